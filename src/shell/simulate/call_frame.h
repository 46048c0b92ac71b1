/* call_frame - one frame on the way to the one that failed, as the simulation saw it. */
#ifndef SIMULATE_CALL_FRAME_H
#define SIMULATE_CALL_FRAME_H

#include "evm/evm.h"

enum { CALL_FRAMES_MAX = 16, CALL_FRAME_BYTES_MAX = 1024 };

struct call_frame {
    u64 chain_id;
    enum message_kind kind;
    address from, to;     /* to: whose code runs */
    u256 value;           /* wei */
    u64 gas_limit;        /* given to it */
    u64 gas_used;         /* unless it was cut off */
    bool is_cut_off;      /* it did not end: the scope was rejected while it ran */
    enum halt halt;       /* unless it was cut off */
    struct bytes input, output; /* the first CALL_FRAME_BYTES_MAX bytes; output: returndata or revert data */
    u32 skipped;          /* frames left out before this one, because there are more than CALL_FRAMES_MAX */
};

#endif
