/* call_tree - every frame of a scope over all chains, in the order in which they were entered.
 *
 *     depth 0   west  user -> shop                       a transaction; or, on L1, an operation's account
 *     depth 1   west    shop -> bridge                   scopedCall
 *     depth 2   east      system -> bridge               handles call 0 of the scope
 *     depth 3   east        bridge -> remote account
 *
 * A frame's calls are the frames that follow it with a greater depth, up to the next one whose depth is not. What only
 * a simulation does is left out: fills, openings and their like; and the frame in which a bundle runs an operation.
 *
 * Gas is that of the first pass (simulate.h): a frame around a scoped call may use more in its block, where responses
 * are read from storage that is cold. */
#ifndef SIMULATE_CALL_TREE_H
#define SIMULATE_CALL_TREE_H

#include "evm/evm.h"

enum { TREE_FRAMES_MAX = 8192, TREE_BYTES_MAX = 1 << 21 /* input and output of all frames of a scope */ };

struct tree_frame {
    u64 chain_id;
    u32 depth;
    enum message_kind kind;
    bool is_static;       /* nothing can be changed in it */
    bool is_cut_off;      /* it did not end: the scope was rejected while it ran */
    enum halt halt;       /* unless it was cut off */
    i32 handles;          /* the scoped call that it handles, counted in the scope; -1: none */
    address from, to;     /* from: of a DELEGATECALL, the account that runs it; to: whose code runs */
    u256 value;           /* wei */
    u64 gas_limit;        /* given to it */
    u64 gas_used;         /* unless it was cut off */
    struct bytes input, output; /* output: returndata or revert data */
};

struct call_tree {
    const struct tree_frame *frame;
    u32 count;
    u32 left_out;         /* frames that were not recorded, for want of room */
};

#endif
