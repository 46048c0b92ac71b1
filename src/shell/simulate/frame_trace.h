/* frame_trace - the frames that are open, on one chain or several, and the path to the one that failed.
 *
 *      l1 account -> l1 bridge -> rollup bridge -> rollup token      open frames, across chains
 *                                                  ^ fails           the path is copied here
 *                    ^ and so does this one                          its gas and output are added
 *
 * A path is forgotten when a frame around it succeeds: the failure was caught. A bridge's frame does not count: a call
 * that fails on the target is a response there, and it is the source that goes on or fails. The bridge's messages to
 * itself, which only a simulation sends, and delegate calls on the way are not part of a path.
 *
 * Bounded: one path of CALL_FRAMES_MAX frames, the outermost and the innermost ones. A trace is fed by the hooks enter
 * and leave of each chain's VM, and borrows open messages from it. Memory: the arena of frame_trace_init. */
#ifndef SIMULATE_FRAME_TRACE_H
#define SIMULATE_FRAME_TRACE_H

#include "base/arena.h"
#include "simulate/call_frame.h"

enum { OPEN_FRAMES_MAX = 4096 };

struct open_frame {
    u64 chain_id;
    const address *bridge;             /* of that chain */
    const struct evm_message *message; /* borrowed while it is open */
    u64 entered;
};

struct frame_trace {
    struct open_frame *open;
    u32 depth;                     /* of all chains; frames beyond OPEN_FRAMES_MAX are only counted */
    u64 now, saved;                /* in frames entered: the present, and when the path was saved */
    struct call_frame frame[CALL_FRAMES_MAX]; /* the path to the frame that failed */
    u32 at_depth[CALL_FRAMES_MAX]; /* of each, in open */
    u8 *bytes[CALL_FRAMES_MAX][2]; /* of its input and output */
    u32 count;                     /* 0: none failed, or it was caught */
};

void frame_trace_init(struct frame_trace *t, struct arena *arena);
void frame_trace_begin(struct frame_trace *t); /* nothing is open */
void frame_trace_enter(struct frame_trace *t, u64 chain_id, const address *bridge, const struct evm_message *m);
void frame_trace_leave(struct frame_trace *t, const address *bridge, const struct evm_message *m,
                       const struct evm_result *r);
/* What runs is rejected where it stands. */
void frame_trace_cut_off(struct frame_trace *t);
/* The frames from the outermost to the one that failed: copied to out, and forgotten. 0: none. */
size_t frame_trace_failure(struct frame_trace *t, struct arena *out, const struct call_frame **frame);

#endif
