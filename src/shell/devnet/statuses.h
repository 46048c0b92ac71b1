/* statuses - what became of each transaction and operation that was sent, by its hash.
 *
 *   pending --> (queued: behind a gap) --> simulated --> settled        in a block; on a rollup, settled on L1
 *                  '-> preconfirmed ------'    '-> rejected             with the error's name and a message
 *
 * The newest STATUSES_MAX are there; older ones that are in a block are found on their chain.
 *
 * Threads: the caller's lock. Memory: a table that is taken at once, and what rows point to. */
#ifndef DEVNET_STATUSES_H
#define DEVNET_STATUSES_H

#include "base/arena.h"
#include "base/err.h"
#include "devnet/traces.h"
#include "promise/promise.h"

enum {
    STATUSES_MAX = 1 << 16,
    CHANGES_MAX = 1 << 14,
    TRACES_BYTES_MAX = 1 << 27, /* of all traces: the oldest make room */
};

enum status_stage { STAGE_PENDING, STAGE_SIMULATED, STAGE_PRECONFIRMED, STAGE_SETTLED, STAGE_REJECTED };

/* Open: its block has not settled yet. Broken: what settled differs from what was signed, or it was rejected. */
struct promise_terms {
    struct promise_domain domain;
    address signer;
};
enum promise_state { PROMISE_NONE, PROMISE_OPEN, PROMISE_KEPT, PROMISE_BROKEN };

/* A scoped call that a transaction or operation made. */
struct status_call {
    u64 source_chain, target_chain;
    address from, to;
    u256 value;
    hash32 request_hash;
    u256 nonce; /* scope/request.h: it has the root and the clock */
    u64 gas_used; /* by its handling, the target's bridge included */
    bool success;
    i32 parent; /* index of the call during whose handling it was made; -1: none */
    struct call_place {
        u32 row, index;
    } next; /* statuses.c's: the next call of its chain by hash */
};

struct status {
    hash32 hash;          /* of the transaction, or the digest of the operation */
    u64 chain_id;
    address sender;
    bool is_operation;
    u64 ordinal;          /* of its row in the store while it is pending; 0: it has none */
    bool is_being_stored; /* and not to be taken before that is done */
    enum status_stage stage;
    bool is_taken;        /* the builder has it: */
    u64 work;             /* its handle there */
    u32 retries;          /* slots that had no room for it */
    enum err error;       /* rejected: why */
    char *reason;         /* its message; NULL: there is none */
    u64 block_number;
    hash32 bundle;        /* the L1 transaction that settled it; zero: none, it is L1's own */
    u64 bundle_block;
    struct status_call *call;
    u32 call_count;
    bool is_reverted;     /* of a copy (devnet_copy_status): its receipt says so */
    u64 sequence;         /* from 1, in the order in which they were added */
    struct trace *trace;  /* NULL: there is none, or it made room */
    enum promise_state promised;
    bool is_unpromised; /* a promise would contradict an earlier one of the key: there is none */
    struct signed_promise promise; /* unless PROMISE_NONE, */
    const struct promise_terms *terms; /* of the devnet */
};

struct statuses;

struct statuses *statuses_open(const struct memory *memory);
void statuses_close(struct statuses *s);
/* NULL: not known. */
struct status *statuses_find(struct statuses *s, const hash32 *hash);
/* The row that made a scoped call, by its request hash. NULL: not known. */
struct status *statuses_find_caller(struct statuses *s, const hash32 *request_hash);
/* The row that was added as number sequence; NULL: it made room, or was forgotten. */
struct status *statuses_at(struct statuses *s, u64 sequence);
u64 statuses_added(const struct statuses *s);
/* Something of the row has changed: counts it, for subscribers. Adding and rejecting do so themselves. */
void statuses_changed(struct statuses *s, const struct status *row);
u64 statuses_changes(const struct statuses *s);
struct status_change {
    hash32 hash;
    enum status_stage stage; /* that the row had then */
};
/* The first change behind number *since that is remembered (the last CHANGES_MAX are), and moves it. False: none. */
bool statuses_next_change(const struct statuses *s, struct status_change *out, u64 *since);
/* A row for a hash that is not known, zeroed but for the hash; the oldest one makes room. */
struct status *statuses_add(struct statuses *s, const hash32 *hash);
void statuses_set_calls(struct statuses *s, struct status *row, const struct status_call *call, u32 count);
/* With a reference that is the row's from now on. */
void statuses_set_trace(struct statuses *s, struct status *row, struct trace *trace);
/* Rejects it, with a copy of the message. */
void statuses_reject(struct statuses *s, struct status *row, enum err error, const char *reason);
void statuses_forget(struct statuses *s, const hash32 *hash);
/* Forgets each row of which `is` says yes. */
void statuses_forget_all(struct statuses *s, bool (*is)(void *context, const struct status *row), void *context);

const char *status_stage_name(enum status_stage stage);

#endif
