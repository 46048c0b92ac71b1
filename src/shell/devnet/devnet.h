/* devnet - an L1 and rollups as endpoints of Ethereum's JSON-RPC: one thread builds, many threads read.
 *
 *   RPC threads                                       the builder's thread (devnet_build)
 *     eth_sendRawTransaction --> mempool of a chain -->  takes what waits: on L1 mined, on rollups into the next slot
 *     evm_mine, anvil_setBalance --> devnet_run ------>  commands, one after the other
 *     reads <---- snapshots (node/chain.h) <-----------  publishes each chain after a slot
 *     waits  <--- statuses (under the lock) <----------  what became of each transaction
 *
 * The builder's thread alone touches the session: its ledgers, arenas and trie databases. Everything that another
 * thread sees was copied: into a struct chain, or into the statuses under the lock.
 *
 * With a store (persist.c) what a slot or command changed is committed before anybody sees it, and a transaction is
 * written before its hash is returned: kill -9 loses nothing that was answered.
 *
 * Without slot_seconds a slot is made as soon as there is work, and who sends a transaction waits until it is in a
 * block, at most WAIT_MS and at most WAITING_MAX at a time: then receipts are there when a client asks for them.
 *
 * Errors: REJECT_* and FAULT_*, with a message in the complaint. */
#ifndef DEVNET_DEVNET_H
#define DEVNET_DEVNET_H

#include "bridge/operation.h"
#include "builder/session.h"
#include "devnet/bundles.h"
#include "devnet/statuses.h"
#include "devnet/witnesses.h"
#include "io/complaint.h"
#include "node/node.h"
#include "node/rpc.h"
#include "store/store.h"

enum {
    DEVNET_ROLLUPS_MAX = 16,
    DEVNET_ROLLUPS = 2,
    DEVNET_ACCOUNTS = 10,
    DEVNET_L1_CHAIN_ID = 31337,   /* as anvil and hardhat have it */
    DEVNET_FIRST_ROLLUP_ID = 7001,
    SLOT_WORK_MAX = 256,          /* transactions of a chain in a slot */
    TAKEN_MAX = 4096,             /* in the session at once */
    WAIT_MS = 5000,
    ESTIMATE_MS = 500,            /* of the builder's thread, to make an estimate tighter */
    DEFAULT_GAS = 5000000,        /* of a transaction or operation signed here: it costs nothing when it is not used */
    COMMAND_MS = 10000,           /* that a command waits for the builder's thread */
    WAITING_MAX = 6,              /* of the server's 8 workers */
    REFUSED_BY_BUILDER = -39010,  /* codes of JSON-RPC errors; data: {"reason", "hash", "chainId"} */
    DEVNET_STOPPING = -39041,
    SAVED_MAX = 4096,             /* evm_snapshot */
    IMPERSONATED_MAX = 256,
};

/* The accounts of anvil and hardhat: "test test test test test test test test test test test junk". */
extern const char *const devnet_mnemonic;
struct devnet_account {
    hash32 key;
    address at;
};

struct devnet_config {
    u32 rollup_count; /* 0: those of the store, or else DEVNET_ROLLUPS */
    const char *folder; /* of the store; NULL: nothing is persisted */
    u64 slot_seconds; /* 0: as soon as there is work */
    u64 preconf_ms;   /* between sub-blocks, whose transactions are promised; 0: none. Needs slot_seconds */
    bool no_mining;   /* only when a client asks for it (evm_mine), or switches it on */
};

struct devnet;

struct devnet_chain {
    struct devnet *devnet;
    size_t index;             /* in the session; 0: L1 */
    u64 id;
    struct ledger *ledger;    /* the builder's, as are the next three */
    u32 since;                /* trie_now when its newest state was published */
    size_t codes;             /* that are published */
    struct chain chain;
    struct node node;
    struct block_maker maker;
    pthread_mutex_t signing;  /* held while a development account's nonce is taken and used */
};

/* What the session has taken and the statuses do not have the outcome of. */
struct taken {
    size_t chain;
    hash32 hash;
    u64 work;
    address sender;
    u64 nonce;
    bool is_pooled; /* false: an operation */
    enum err refused;   /* L1's: it is not in the session; OK: it is */
    const char *reason; /* its message, in the slot's arena */
    bool is_over;
    bool is_settled;
};

/* What evm_snapshot saved. */
struct saved {
    i64 time_offset;
    u64 head[DEVNET_ROLLUPS_MAX + 1];
};

/* Runs on the builder's thread, while its caller waits. */
struct devnet_command {
    struct devnet_command *next;
    enum err (*run)(struct devnet *d, void *context);
    void *context;
    enum err result;
    bool is_begun, is_done;
    char error[512]; /* the session's message, if it failed */
};

struct call_batches; /* wallet.c */
struct preconf;      /* preconf.h */

struct devnet {
    const struct memory *memory;
    struct session *session;            /* the builder's thread alone */
    struct store *store;                /* NULL: nothing is persisted */
    const char *folder;                 /* of the store */
    struct buffer position;             /* the builder's: what the store has */
    struct arena position_arena;
    u64 genesis_timestamp;
    struct session_contracts contracts;
    struct devnet_chain *chain;
    size_t chain_count;
    struct devnet_account account[DEVNET_ACCOUNTS];
    address builder;
    hash32 builder_key;
    struct arena arena;                 /* the devnet lives in it */
    struct arena slot_arena;            /* the builder's: of what it takes for a slot */
    i64 time_offset;                    /* the builder's: seconds that L1's clock is ahead of the system's */
    u64 next_timestamp;                 /* the builder's: of the next slot; 0: the clock's */
    struct preconf *preconf;            /* the builder's, but for counts; NULL: nothing is promised */
    u64 preconf_ms;                     /* the builder's */
    u64 slot_timestamp;                 /* the builder's: of a slot with sub-blocks; 0: it has none yet */
    struct taken *taken;                /* the builder's, at most TAKEN_MAX */
    size_t taken_count;
    const struct slot_report *report;   /* the builder's: of the last slot; NULL: none */
    u32 fruitless_slots;                /* the builder's: in a row, while work was pending */
    u64 forced_failed_at;               /* the L1 block on which a slot for forced entries failed; 0: none did */
    struct saved **saved;               /* the builder's: what evm_snapshot saved; the id is the place, from 1 */
    size_t saved_count;
    int wake;                           /* an eventfd: there is work */
    int stop;                           /* the builder's: readable at the end */
    pthread_mutex_t lock;               /* of all below */
    pthread_cond_t changed;
    bool is_stopping;
    u32 waiting;
    u64 slot_seconds;                   /* 0: as soon as there is work, if */
    bool is_automining;
    struct devnet_command *first, *last;
    struct statuses *statuses;
    struct bundles *bundles;
    struct witnesses *witnesses;
    struct call_batches *call_batches;
    address impersonated[IMPERSONATED_MAX];
    u32 impersonated_count;
    u64 last_ordinal;                   /* of a pending transaction or operation in the store */
    u64 slots, settlements;
    u64 slot_ms;                        /* that the builder spent in slots of this process */
    u64 settled_at;                     /* the system's clock in seconds, of the last settlement */
};

/* *out is set on failure, too, unless it is NULL; the caller closes it. */
enum err devnet_open(struct devnet **out, struct complaint *complaint, const struct memory *memory,
                     const struct devnet_config *config) MUST_CHECK;
/* No RPC thread uses it any more. */
void devnet_close(struct devnet *d);

/* The builder's thread: returns when `stop` is readable, with every command refused that has not begun. */
void devnet_build(struct devnet *d, int stop);

/* Runs a command on the builder's thread, publishes what it changed, and returns its result; r->error.message is the
 * session's message, if it has one. If the devnet is stopping, or has not begun it after COMMAND_MS: the error of
 * rpc_fail, and nothing has happened. */
enum err devnet_run(struct rpc_request *r, enum err (*run)(struct devnet *d, void *context), void *context) MUST_CHECK;
void devnet_wake(struct devnet *d);

u64 devnet_now_ms(void); /* of a clock that is never set */

/* --- the builder's thread --- */
/* A command of many slots ends before its end. */
bool devnet_must_stop(const struct devnet *d);
/* One slot: takes what waits, mines and settles it, publishes it. False: nothing waited. */
bool devnet_slot(struct devnet *d);
/* A sub-block of the slot that is made in slot_ms: takes what waits on rollups, and promises it. */
void devnet_sub_block(struct devnet *d, u64 slot_ms);
/* Makes the slot now if something of it is promised: before a command that makes an L1 block. */
void devnet_seal(struct devnet *d);
/* L1's clock for the next block. */
void devnet_set_time(struct devnet *d);
/* Publishes what is new of each chain. */
enum err devnet_publish(struct devnet *d) MUST_CHECK;

/* --- the store: persist.c; nothing happens without one --- */
/* Before the session is opened: its number of rollups and genesis are those of the store. */
enum err devnet_open_store(struct devnet *d, struct complaint *complaint, struct devnet_config *config) MUST_CHECK;
/* Into the session that was opened. */
enum err devnet_restore(struct devnet *d, struct complaint *complaint) MUST_CHECK;
/* After the chains were opened: what was pending waits again. */
enum err devnet_restore_pending(struct devnet *d, struct complaint *complaint) MUST_CHECK;
/* With the lock. Commits what has changed; a store that cannot be written ends the process, so that nothing is answered
 * that is not stored. */
void devnet_commit(struct devnet *d);
/* With the lock: the outcome, and a pending row that is not needed any more, are part of the next commit. */
void devnet_store_outcome(struct devnet *d, const struct status *s);
void devnet_store_operation(struct devnet *d, struct status *s, u64 work);
void devnet_store_forget(struct devnet *d, const struct status *s);
void devnet_store_saved(struct devnet *d, u64 id);
/* persist_scopes.c, with the lock: what scope_trace and scope_getBundle show, part of the next commit. */
void devnet_store_trace(struct devnet *d, const hash32 *hash, const struct call_tree *tree);
void devnet_store_bundle(struct devnet *d, const struct bundle_record *b);
void devnet_store_calls(struct devnet *d, const struct status *s);
/* The bundles, after the chains were opened. */
enum err devnet_restore_bundles(struct devnet *d, struct complaint *complaint) MUST_CHECK;
/* Any thread: an older trace, in the arena; the transaction or operation that made a scoped call. */
enum err devnet_stored_trace(struct devnet *d, struct arena *arena, bool *found, struct call_tree *out,
                             const hash32 *hash) MUST_CHECK;
enum err devnet_stored_caller(struct devnet *d, struct arena *arena, bool *found, hash32 *out,
                              const hash32 *request_hash) MUST_CHECK;
/* Any thread, without the lock: a transaction that is in the pool, and the one that it replaced. */
struct sent {
    const struct tx *tx;
    u64 chain_id, ordinal;
    bool replaces;
    struct status replaced; /* rejected */
};
enum err devnet_store_sent(struct devnet *d, struct complaint *complaint, const struct sent *sent) MUST_CHECK;
/* Any thread: an outcome that is older than those in memory. */
enum err devnet_stored_status(struct devnet *d, struct arena *arena, bool *found, struct status *out,
                              const hash32 *hash) MUST_CHECK;

/* --- any thread --- */
/* Statuses or bundles have changed. */
void devnet_tell_subscribers(struct devnet *d);
/* A block_maker's send; context: the struct devnet_chain. */
enum err devnet_send(void *chain, struct rpc_request *r, const struct tx *t) MUST_CHECK;
/* Its two halves: into the pool, and until it is in a block or rejected. */
enum err devnet_put(struct devnet_chain *c, struct rpc_request *r, const struct tx *t) MUST_CHECK;
enum err devnet_await(struct devnet_chain *c, struct rpc_request *r, const struct tx *t) MUST_CHECK;
/* Until it is settled, in slots of any length: *out is a copy of its status, in the request's arena. -32002: it took
 * too long. */
enum err devnet_await_status(struct rpc_request *r, struct status *out, const hash32 *hash) MUST_CHECK;
/* A copy in the arena; false: it is not known. */
bool devnet_copy_status(struct devnet *d, struct arena *arena, struct status *out, const hash32 *hash);
/* With a reference for the caller; NULL: there is none. */
struct trace *devnet_take_trace(struct devnet *d, const hash32 *hash);
/* That, or an older one from the store, which is in the arena: *held is what the caller drops. */
enum err devnet_find_trace(struct devnet *d, struct arena *arena, bool *found, struct call_tree *out,
                           struct trace **held, const hash32 *hash) MUST_CHECK;
/* The same, or an older one from the store. */
enum err devnet_find_status(struct devnet *d, struct arena *arena, bool *found, struct status *out,
                            const hash32 *hash) MUST_CHECK;
/* An operation of an L1 account, as it is sent; operations.c. */
struct sent_operation {
    struct signed_operation operation;
    bool has_authorization;
    struct authorization authorization;
    hash32 hash;
};
/* {operation, signature?, authorization?}; the authorization's signature is checked, the operation's is not. */
enum err devnet_read_sent_operation(struct rpc_request *r, struct sent_operation *o, bool *is_signed,
                                    struct json object) MUST_CHECK;
/* Completes and signs an operation that has calls and a gas limit. */
enum err devnet_sign_operation(struct rpc_request *r, struct sent_operation *o,
                               const struct devnet_account *from) MUST_CHECK;
/* Signs the operation of a development account on L1, sends it, and waits for its slot as devnet_await_status does; it
 * may be rejected then, or still wait. */
enum err devnet_operate(struct rpc_request *r, hash32 *hash, const struct devnet_account *from,
                        const struct operation_call *call, u32 call_count, u64 gas_limit) MUST_CHECK;
/* The nonce of an account on L1, and whether it is delegated to ScopedAccount. */
enum err devnet_delegation(struct rpc_request *r, u64 *nonce, bool *is_delegated, const address *at) MUST_CHECK;
/* Whether t, on L1's head, asks SharedBridge for a scoped call. */
enum err devnet_needs_bundle(struct rpc_request *r, bool *out, const struct tx *t) MUST_CHECK;
/* Signs a transaction of a development or impersonated account, and puts it into the pool. Nonces are given one at a
 * time, and used before the next is given. A delegation of the account itself (signer_is, signer) is signed, too. */
enum err devnet_sign_and_put(struct rpc_request *r, struct tx *t, const address *from, bool has_nonce) MUST_CHECK;
/* The error of rpc_fail for something that the builder rejected. */
enum err devnet_refused(struct rpc_request *r, enum err error, const char *reason, const hash32 *hash) MUST_CHECK;
/* The same for what a command of devnet_run returned. */
enum err devnet_fail(struct rpc_request *r, enum err e) MUST_CHECK;
struct devnet_chain *devnet_chain_of(const struct rpc_request *r);
/* With the lock: anvil_impersonateAccount. */
bool devnet_impersonates(const struct devnet *d, const address *at);
bool devnet_is_automining(struct devnet *d);
struct call_batches *call_batches_open(struct arena *arena);
/* NULL: it is no development account. */
const struct devnet_account *devnet_account(const struct devnet *d, const address *at);

/* What scope_getTransaction says of one. */
void devnet_write_transaction(struct json_writer *w, const struct status *s, const char *stage);
/* The calls of a status, as an array; and its error, bundle and block as members. */
void devnet_write_calls(struct json_writer *w, const struct status *s);
void devnet_write_outcome(struct json_writer *w, const struct status *s);
/* All of it as members of the open object. */
void devnet_write_members(struct json_writer *w, const struct status *s, const char *stage);
/* The stage of one; "queued": a gap of nonces is before it. */
enum err devnet_stage_name(struct devnet *d, const char **out, const struct status *s) MUST_CHECK;
/* NULL: there is no such chain. */
struct devnet_chain *devnet_chain_by_id(struct devnet *d, u64 id);

/* A copy in the arena; false: it is not known. */
bool devnet_copy_bundle(struct devnet *d, struct arena *arena, struct bundle_record *out, const hash32 *hash);
/* A tree as callTracer's (scope_trace.c): the next value. */
enum err write_call_tree(struct rpc_request *r, const struct call_tree *t) MUST_CHECK;
/* mailboxes of the bundle of a status, if that is known (write_bundle.h). */
void write_bundle_mailboxes(struct rpc_request *r, const struct status *s);
/* gasByChain: of the outermost frames of each chain. */
void write_gas_by_chain(struct json_writer *w, const struct devnet *d, const struct call_tree *t);

/* Members of the open object: what scope_chains says of a chain. */
void devnet_write_chain(struct json_writer *w, const struct devnet_chain *c);
/* The result of scope_status. */
void devnet_write_status(struct json_writer *w, struct devnet *d);

#define RPC(method, parameters, what) enum err rpc_##method(struct rpc_request *r) MUST_CHECK;
#define ALIAS(name, method, parameters)
#define REPLACES(method, parameters, what) enum err devnet_##method(struct rpc_request *r) MUST_CHECK;
#include "devnet/methods.def"
#undef REPLACES
#undef ALIAS
#undef RPC
extern const struct rpc_table devnet_methods; /* methods.c */

#endif
