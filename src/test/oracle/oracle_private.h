/* oracle_private - what the parts of the oracle share: both worlds. */
#ifndef ORACLE_ORACLE_PRIVATE_H
#define ORACLE_ORACLE_PRIVATE_H

#include "base/list.h"
#include "builder/session_chains.h"
#include "ledger/ledger.h"
#include "oracle/oracle.h"

/* A call as both worlds tell it. */
struct oracle_call {
    u64 source, target;
    address from, to;
    u256 value, gas_limit;
    u32 depth;
    bool is_lookup;
    struct bytes data;
    bool success;
    bool is_attempt; /* it failed, and its caller with it: without effect, as a lookup */
    struct bytes answer;
    /* on the one chain */
    bool reverts;    /* it was made by scopedCall, whose frame fails with it */
    bool is_entered; /* another call or lookup came into its source while it was open */
    u64 epoch;       /* the calls made and answered before it, but for those that failed in this way */
};

/* Why the builder has to reject a scope: the first reason. */
enum refusal {
    REFUSAL_NONE, REFUSAL_REVERT_AROUND_CALL, REFUSAL_FUSE, REFUSAL_REFUND,
    REFUSAL_INTO_STATIC, /* a lookup into a chain that itself waits for one */
};

struct one_result {
    bool success;
    struct bytes output;
    enum refusal refusal;
    LIST(struct oracle_call) call;
    const struct log *log;
    u32 log_count;
};

/* For tests of the oracle itself: what is otherwise on the one chain. */
struct one_chain_change {
    address at;
    struct bytes code; /* empty: its own */
    u64 wei;           /* more than it has */
    u64 state;         /* in slot 0; 0: its own */
};

struct oracle {
    const struct memory *memory;
    struct arena scratch; /* of one run */
    struct session *s;
    struct cast cast;
    struct one_chain *one;
    u64 base[ORACLE_CHAINS_MAX]; /* the heads that a program starts from */
    u256 base_total;             /* wei on L1 there */
    struct finding *finding;     /* of the run */
    struct oracle_shares *shares;
    const struct one_chain_change *change; /* NULL, but in tests */
    enum err (*before_slot)(void *context, struct oracle *o); /* with the slot's work queued; NULL, but in tests */
    void *before_context;
    oracle_seen *seen;           /* NULL: none */
    void *seen_context;
};

/* --- one slot in both worlds --- */

struct slot_works {
    const struct program *p;
    u32 slot;
    u64 handle[ORACLE_WORKS_MAX];
    struct one_result one[ORACLE_WORKS_MAX];
    bool taken[ORACLE_WORKS_MAX]; /* by world 1 */
    bool alone[ORACLE_WORKS_MAX]; /* refused: REJECT_NO_ROLLUP */
    u64 first_block[ORACLE_CHAINS_MAX];
};

/* Whether work i is in the slot, and something of it is left. */
static inline bool slot_runs(const struct slot_works *w, u32 i)
{
    return w->p->work[i].slot == w->slot && program_call_count(&w->p->work[i]) > 0;
}

/* Where the sentence about the first finding goes, until oracle_found; NULL when there is one already. */
struct buffer *oracle_find(struct oracle *o, enum finding_kind kind, struct buffer *text);
void oracle_found(struct oracle *o, const struct buffer *text);
void oracle_say(struct oracle *o, enum finding_kind kind, u64 number, const char *what, struct bytes here,
                struct bytes there);

/* After both worlds ran: outcomes, calls, events, storage, ETH; conservation; shares (compare.c). */
enum err oracle_compare_slot(struct oracle *o, const struct slot_works *w, const struct slot_report *report) MUST_CHECK;

/* Keys; bytes of a puppet's script that deploys the RemoteAccounts on a chain. */
hash32 oracle_user_key(u32 chain, u32 user);
hash32 oracle_deployer_key(u32 chain);
struct bytes oracle_remotes_script(const struct cast *cast, u32 chain, struct arena *arena);

/* --- the one chain (one_chain.c) --- */

struct one_chain;

/* Takes the cast's accounts as they are in the session. */
enum err one_chain_open(struct one_chain **out, const struct memory *memory, struct session *s,
                        const struct cast *cast) MUST_CHECK;
void one_chain_close(struct one_chain *w);

/* A program starts from the state that was opened. */
void one_chain_begin(struct one_chain *w);
enum err one_chain_change(struct one_chain *w, const struct one_chain_change *change) MUST_CHECK;
void one_chain_end(struct one_chain *w);
/* What it gives lives in arena, its logs until one_chain_end. */
enum err one_chain_run(struct one_chain *w, struct one_result *out, const struct program_work *work,
                       struct arena *arena) MUST_CHECK;
/* Undoes what ran last. */
void one_chain_take_back(struct one_chain *w);
enum err one_chain_commit(struct one_chain *w) MUST_CHECK;
/* As it was committed last. */
enum err one_chain_account(struct one_chain *w, struct account_leaf *out, const address *at) MUST_CHECK;

struct bytes execute_batch(const struct program_work *work, const struct cast *cast, struct arena *arena);

#endif
