/* session - a devnet in one process: an L1, any number of rollups, and the builder that makes them one machine.
 *
 *   session_open     genesis of all chains; the protocol's contracts are deployed on L1 by ordinary transactions
 *   session_transact an ordinary transaction; on L1 mined at once, on a rollup queued for the slot
 *   session_send     the same, signed by its sender
 *   session_operate  an operation that an L1 user signed, queued for the slot
 *   session_slot     one L1 slot: simulate across chains -> build the rollups' blocks -> prove -> one L1 transaction
 *
 *   queue --> simulate --> plan --> blocks of A, B --> statements --> bundle --> L1 block
 *              (pass 1)              (pass 2, exactly as published)     |
 *              requests, responses, statuses and logs of both passes must agree, or BUG/REJECT by name
 *
 *   session_config.h what it is made of       report.h         what became of work and slots
 *   query.h          reads of its chains      session_hooks.h  watching a slot from inside, or forging it
 *
 * Nothing here depends on a clock: time is a field that the caller moves. Keys are the caller's.
 * Memory: the session's arena, until session_close. A slot's report lives until the next session_slot.
 * Errors: FAULT_* the machine; REJECT_* the input, with session_error() for the message. */
#ifndef BUILDER_SESSION_H
#define BUILDER_SESSION_H

#include "base/arena.h"
#include "base/err.h"
#include "bridge/operation.h"
#include "builder/report.h"
#include "builder/session_config.h"

struct session;
struct authorization;
struct state;

/* *out is also set on failure, for session_error; the caller closes it. */
enum err session_open(struct session **out, const struct memory *memory,
                      const struct session_config *config) MUST_CHECK;
void session_close(struct session *s);
/* The message of the last error: which chain, which transaction, which call, what was expected. */
const char *session_error(const struct session *s);

/* Where the protocol's contracts are. */
struct session_contracts {
    address shared_bridge, proof_registry, quorum_verifier, scoped_account, reader, forced_queue; /* L1 */
    address rollup_bridge, l1_context;                                              /* every rollup */
};
const struct session_contracts *session_contracts(const struct session *s);

/* --- L1 --- */

/* True if L1 is a local chain: then all of its blocks and state are here. */
bool session_owns_l1(const struct session *s);
/* Syncs with L1's head, and undoes what L1 reorged; sending work does so, too. */
enum err session_refresh(struct session *s) MUST_CHECK;
/* The timestamp of a local L1's next block, unless its head's is not lower: then it is one second later. 0: 12 seconds
 * after the head's, which is the default. */
void session_set_time(struct session *s, u64 timestamp);
/* True if a previous process sent transactions to the remote L1 that this one has not looked up yet. */
bool session_has_unreconciled_sends(const struct session *s);

/* --- forced inclusion --- */

/* Entries of a rollup's queue on L1's head that its head has not taken. REJECT_UNKNOWN_CHAIN. */
enum err session_forced_waiting(struct session *s, u64 *count, u64 chain_id) MUST_CHECK;
/* Whether any rollup has one: then the next slot has something to do. */
enum err session_has_forced(struct session *s, bool *out) MUST_CHECK;

/* --- work for the slot --- */

struct transact {
    u64 chain_id;
    hash32 key;      /* signs; the session keeps nonces */
    bool creates;    /* no recipient: data is init code */
    address to;
    u256 value;      /* wei */
    u64 gas_limit;
    struct bytes data;
};

/* A signed operation of an L1 account (contracts/src/interfaces: IScopedAccount.Operation). */
struct operation {
    hash32 key;          /* the account's own; also signs its EIP-7702 authorization when it is not delegated yet */
    u64 gas_limit;
    u64 deadline;        /* L1 timestamp, seconds; 0: the session sets one hour from the slot */
    address submitter;   /* 0: any account */
    const struct operation_call *call;
    size_t call_count;
};

/* On L1 mined at once, in a block of its own; on a rollup queued. *work is its handle; a created contract's address is
 * in its work_report. */
enum err session_transact(struct session *s, u64 *work, const struct transact *t) MUST_CHECK;
enum err session_operate(struct session *s, u64 *work, const struct operation *o) MUST_CHECK;
/* A transaction that its sender signed, copied; t->sender is known. On L1 mined at once: REJECT_TX_*, and
 * REJECT_OUTSIDE_BUNDLE if it makes a scoped call, since frames are opened only inside of a bundle. */
enum err session_send(struct session *s, u64 *work, u64 chain_id, const struct tx *t) MUST_CHECK;
/* An operation that its account signed, queued for the slot. authorization: signed too, with its signer, unless the
 * account delegates to ScopedAccount already; NULL: there is none. Copied. */
enum err session_send_operation(struct session *s, u64 *work, const struct signed_operation *o,
                                const struct authorization *authorization) MUST_CHECK;
/* An L1 block without transactions, on a local L1. edit, unless NULL, writes to its state. */
enum err session_mine(struct session *s, enum err (*edit)(void *context, struct state *state),
                      void *context) MUST_CHECK;
/* Rejects all work that is pending: a slot failed, and would fail again. */
void session_reject_pending(struct session *s, enum err e, const char *reason);
/* The last `count` pieces of queued work, `first` and those behind it, become an atomic group: all of them settle in
 * one bundle and none reverts, or all are rejected, by the builder (docs/protocol.md section 12). REJECT_CONFIG: they
 * are fewer than two or more than ATOMIC_MAX, not the last, not pending, or of a group already. */
enum { ATOMIC_MAX = 16 };
enum err session_make_atomic(struct session *s, u64 first, size_t count) MUST_CHECK;
size_t session_pending_count(const struct session *s);
enum err session_status(struct session *s, struct work_report *out, u64 work) MUST_CHECK;

/* --- the slot --- */

/* OK with report->settled false: the L1 transaction reverted, see revert_data. */
enum err session_slot(struct session *s, const struct slot_report **report) MUST_CHECK;

#endif
