/* plan - the result of the first pass: which calls happen, what they return, and in which order each chain runs what.
 *
 *   plan
 *     call[]          every scoped call, lookup and attempt, in the order in which they were made
 *     completed[]     the same calls in the order of their responses: the order of fills
 *     chain[]         per chain: item[], in order
 *                       ITEM_TX         a rollup's ordinary transaction
 *                       ITEM_OPERATION  an L1 user's signed operation, a step of the bundle
 *                       ITEM_HANDLE     a call from another chain; on L1 a step, on a rollup a system transaction
 *
 * The second pass turns it into blocks and a bundle: before each item of a rollup come the responses and
 * queues that it reads (plan_fills, plan_nested); L1 gets all of them at the start of its bundle.
 *
 * Memory: the slot's arena. docs/protocol.md sections 4, 6, 8 and 12. */
#ifndef SIMULATE_PLAN_H
#define SIMULATE_PLAN_H

#include "base/buffer.h"
#include "base/list.h"
#include "bridge/bundle.h"
#include "chain/tx.h"
#include "scope/request.h"
#include "scope/response.h"

enum { PLAN_NONE = -1 };

/* Calls in some order, linked by a member of struct plan_call. */
struct call_list {
    i32 first, last;
};

struct plan_call {
    struct scoped_call call;
    hash32 request_hash;
    struct bytes response;  /* encoded; ptr NULL until it is known */
    hash32 response_hash;
    i32 parent;             /* the call during whose handling it was made; PLAN_NONE */
    i32 enclosing;          /* inline: the target's own open call inside of which it is handled; PLAN_NONE */
    size_t source_item;     /* on the source chain, the item in which it was made */
    size_t target_item;     /* on the target chain, the item in which it was handled */
    u64 gas_used;           /* by its handling */
    size_t work;
    i32 next_made;          /* the next call made in the same item */
    i32 next_completed;     /* the next one of that item to return */
    struct call_list nested; /* calls handled inside of this one, in order, linked by next_nested */
    i32 next_nested;
};

/* Items are numbered in their order, with gaps so that others can be placed between them. */
enum { ITEM_NUMBER_STEP = 1024 };

enum item_kind { ITEM_TX, ITEM_OPERATION, ITEM_HANDLE };

struct plan_item {
    enum item_kind kind;
    u32 number;
    size_t work;        /* ITEM_TX, ITEM_OPERATION: whose */
    size_t call;        /* ITEM_HANDLE */
    u64 floor;          /* openScope before it; 0: none */
    bool announces;     /* its root, before its first call: an ITEM_TX by announceRoot(floor) in place of openScope */
    u64 clock_before;   /* of the chain, in the simulation */
    u64 clock_after;
    struct call_list made;      /* calls that it made */
    struct call_list completed; /* the same, in the order of their responses */
    bool success;       /* of an ITEM_TX */
    u32 log_count;
    hash32 logs;        /* logs_hash of what it emitted: both passes must agree */
};

struct plan_chain {
    u64 chain_id;
    LIST(struct plan_item) item;
    bool withheld; /* forged: its block is built, but not bundled */
};

struct plan {
    struct arena *arena;
    LIST(struct plan_call) call;
    LIST(size_t) completed;
    struct plan_chain *chain; /* [0] is L1 */
    size_t chain_count;
};

void plan_init(struct plan *p, struct arena *arena, size_t chain_count);
size_t plan_add_call(struct plan *p, const struct scoped_call *call);
size_t plan_add_item(struct plan *p, size_t chain, enum item_kind kind);
/* A call that was added is made in an item of its source chain; is nested in another; has its response. */
void plan_made(struct plan *p, size_t call, size_t chain, size_t item);
void plan_inline(struct plan *p, size_t call, size_t enclosing);
void plan_complete(struct plan *p, size_t call, size_t chain);
/* Moves the last item of a chain, which made and handled no call, before another. Its number is between its neighbors'.
 * False: no number is left there. */
bool plan_move_last(struct plan *p, size_t chain, size_t before) MUST_CHECK;

/* For rolling back a rejected scope. */
struct plan_mark {
    size_t call_count, completed_count;
    size_t *item_count; /* per chain */
};
struct plan_mark plan_mark(const struct plan *p);
void plan_rewind(struct plan *p, const struct plan_mark *mark);
/* The same in the middle of a scope, whose first call is given: what was added since is also taken out of the lists of
 * items and calls before it, and `handled` is not handled yet. */
void plan_unwind(struct plan *p, const struct plan_mark *mark, size_t first_call, size_t handled);

/* --- for the second pass --- */

/* The responses that an item reads, in the order of their completion; and queues of nested calls. PLAN_ALL_ITEMS: those
 * of all items of the chain, which is what L1 fills at the start. */
#define PLAN_ALL_ITEMS SIZE_MAX
/* without: work whose calls are left out, by number; NULL: none. */
size_t plan_fills(const struct plan *p, struct arena *out, struct fill **fill, size_t chain, size_t item,
                  const bool *without);
size_t plan_nested(const struct plan *p, struct arena *out, struct nested **nested, size_t chain, size_t item,
                   const bool *without);
/* Request hashes of the lookups and attempts that a rollup's item made: closed after it. */
size_t plan_lookups(const struct plan *p, struct arena *out, hash32 **lookup, size_t chain, size_t item);

#endif
