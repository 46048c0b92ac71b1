/* session_private - a session from inside: its state, and what the files of this folder share.
 *
 *   session.c          opening, work                    session_l1.c       sending to L1, and undoing its reorgs
 *   session_genesis.c  opening its chains               session_send.c     transactions that are signed
 *   session_chains.c   ledgers                          session_persist.c  across processes
 *   session_frames.c   frames of transactions on L1
 *   session_state.c    error, trusted setup             deploy.c           contracts on L1
 *   slot*.c            the stages of a slot (slot_stages.h) */
#ifndef BUILDER_SESSION_PRIVATE_H
#define BUILDER_SESSION_PRIVATE_H

#include "base/list.h"
#include "bridge/genesis.h"
#include "builder/session.h"
#include "builder/session_chains.h"
#include "builder/session_hooks.h"
#include "io/http_client.h"
#include "ledger/fees.h"
#include "ledger/l1.h"
#include "ledger/ledger.h"
#include "ledger/sidecar.h"
#include "prover/prover.h"
#include "scope/selector.h"
#include "simulate/frame_trace.h"
#include "simulate/plan.h"
#include "verify/rollup.h"

enum { SLOT_SECONDS = 12 };

struct rollup {
    struct rollup_rules rules;
    struct ledger ledger;
    struct genesis genesis;        /* as it was made, with these peers */
    const struct peer_config *peer;
    size_t peer_count;
};

/* Who signs statements. */
struct provers {
    hash32 key[SESSION_PROVERS_MAX];       /* that sign in this process */
    address attester[SESSION_PROVERS_MAX]; /* in the order of keys or URLs */
    size_t count, threshold;
    const char *const *url;                /* of remote provers; url_count 0: the keys sign */
    size_t url_count;
    u32 timeout_ms;
    struct http_client *http;              /* NULL unless there are URLs */
    struct quorum quorum;                  /* but for the deadline */
    struct verify_cache *verify_cache;           /* what provers in this process have learned */
};

/* The builder's last bundle that was lost: a transaction that takes its nonce must pay more. */
struct lost_bundle {
    bool exists;
    u64 nonce;
    struct fees fees;
    u32 raises; /* how often they were raised under this nonce */
};

/* A transaction of the session in a block of a remote L1: followed, or rolled back, when the block is reorged. */
struct inclusion {
    struct inclusion *older;
    u64 block_number;
    hash32 block_hash;
    const struct tx *tx;           /* an account's, or a bundle's */
    bool is_bundle;
    bool is_pinned;                /* a bundle that is valid only on top of parent */
    hash32 parent;
    u64 *first_block;              /* of a bundle: per rollup; 0: not in it */
    u64 *work;                     /* of a bundle: what it settled */
    size_t work_count;
};

struct work {
    struct work_report report;
    size_t chain;                  /* 0: L1 */
    struct transact transact;      /* copied */
    struct operation operation;    /* copied */
    const struct signed_operation *signed_operation; /* by its account, which gives operation; NULL: there is none */
    const struct authorization *authorization; /* of that account, which is not delegated yet; NULL: there is none */
    const struct tx *signed_tx;    /* by its sender, in place of transact; NULL: there is none. Copied */
    u64 group;                     /* 1 + the handle of the first work of its atomic group; 0: it is in none */
    u32 attempts;                  /* slots in which it was the first to be left out */
};

struct session {
    const struct memory *memory;
    struct arena arena;
    struct arena slot_arena;       /* anew with each slot */
    struct code_cache *code_cache;
    struct activation l1_activation;
    struct chain_rules l1_rules;
    struct ledger l1;
    struct l1_source l1_source;
    struct l1_local l1_local;
    struct frame_trace *l1_trace;  /* of the running transaction of an account; NULL: there was none yet */
    struct lost_bundle lost_bundle;
    struct inclusion *inclusions;  /* the youngest first */
    u64 reorged_bundles;
    struct rollup *rollup;         /* ascending by chain id */
    size_t rollup_count;
    struct session_contracts contracts;
    hash32 builder_key;
    address builder;
    struct provers provers;
    enum data_choice data;
    size_t work_max;               /* that a slot begins with, by measure of those before; 0: all */
    size_t slot_limit;             /* that the next slot takes at most (session_limit_slot); 0: all */
    struct kzg_setup *kzg;         /* NULL: not loaded yet */
    LIST(struct work *) work;
    size_t first_open;             /* what comes before it has settled or is rejected, for good */
    struct slot_report slot;
    void (*asked)(void *context, const struct prove_request *r, const hash32 *statement);
    void *asked_context;
    void (*phase_begins)(void *context, enum slot_phase phase); /* NULL: not watched */
    void *phase_context;
    bool records_trees;
    bool ignores_forced;
    char error[512];
};

/* Records the message of an error, if it is the first, and returns e. */
enum err session_fail(struct session *s, enum err e, struct bytes message);
void session_forget_error(struct session *s);
enum err session_unknown_chain(struct session *s, u64 chain_id);

struct work *session_add_work(struct session *s, u64 *handle);
/* The outcome of a transaction of an account. */
void session_report_receipt(struct work *w, const struct ledger_block *b, const struct receipt *r);

/* session_frames.c: what an account's transaction on L1 does, which no simulation has recorded. */
struct l1_watch {
    struct session *s;
    bool asks_outside; /* a contract asks SharedBridge for a scoped call, caught or not: there is no bundle */
};
struct hooks session_watch_l1(struct l1_watch *w);
/* Of the last transaction with those hooks: the frames to its failure, if it reverted. */
void session_report_frames(struct session *s, struct work_report *r);

/* Opening: L1 on its source, a rollup from its genesis. */
enum { ROLLUP_DEFAULT_GAS = 2000000 }; /* of a call that handling on a rollup is not given more for */
enum { ROLLUP_CIRCLE = 1 };            /* the rollups of a session have one builder, and trust each other */
enum { ROLLUP_EXIT_DELAY = 7 * 24 * 3600 }; /* seconds without a settlement after which accounts may exit */
enum { ROLLUP_SEQUENCER_DELAY = 3600 };     /* likewise, after which others than the builder may settle */
enum err session_open_l1(struct session *s, const struct session_config *c) MUST_CHECK;
enum err session_open_rollup(struct session *s, const struct session_config *c, size_t index) MUST_CHECK;
u64 rollup_max_gas(const struct rollup_config *r);
/* What backs a rollup's funded accounts on L1, in wei. */
u256 rollup_escrow(const struct session_config *c, u64 chain_id);

/* The choice of an L1 block on top of the head. */
struct block_choice session_l1_choice(const struct session *s);
/* The trusted setup, loaded at the first call. */
enum err session_kzg(struct session *s, const struct kzg_setup **out) MUST_CHECK;

/* The prices of the next L1 block, in wei. */
struct session_prices {
    u256 gas;          /* base fee and tip */
    u256 blob_gas;
    u256 max_blob_fee; /* that a transaction should offer, with room for rises */
};
struct session_prices session_prices(const struct session *s);

/* EIP-1559 fees that the next blocks will take. */
void session_fees(const struct session *s, u256 *max_fee, u256 *max_priority_fee);

/* The nonce of an account at a chain's head. */
enum err session_nonce(struct session *s, u64 *out, size_t chain, const address *at) MUST_CHECK;

/* The address that a view of a contract returns. */
enum err session_address_of(struct session *s, address *out, u64 chain_id, const address *to,
                            struct bytes data) MUST_CHECK;

/* Syncs L1's ledger with the chain, and undoes what was reorged: the rollups' blocks are dropped, their work is pending
 * again, transactions of accounts are sent again. */
enum err session_sync(struct session *s) MUST_CHECK;
/* Gets one transaction into an L1 block. *receipt lives in the ledger. On error, accept's too, it is in none. */
enum err session_include(struct session *s, const struct receipt **receipt, bool *as_expected, const struct tx *t,
                         const struct mining *mining) MUST_CHECK;
/* The same for an ordinary transaction of an account, which is followed when its block is reorged. REJECT_L1_DIFFERS:
 * it did something else on the chain. */
enum err session_include_tx(struct session *s, const struct receipt **receipt, const struct tx *t,
                            const struct mining *mining) MUST_CHECK;
/* Signs an ordinary transaction of an account and gets it into a block. *tx is as it is in the block. */
enum err session_send_l1(struct session *s, const struct receipt **receipt, struct tx *tx,
                         const struct transact *t) MUST_CHECK;
/* The block that holds a receipt which session_include gave. */
const struct ledger_block *session_block_of(const struct session *s, const struct receipt *receipt);
/* Fills in the receipt's transaction and block, and adds i to those that are followed when it is reorged. */
void session_add_inclusion(struct session *s, struct inclusion *i, const struct receipt *receipt);
/* Of a bundle that was sent under this nonce and may still be pending; NULL: there is none. */
const struct lost_bundle *session_lost_bundle(const struct session *s, u64 nonce);
void session_record_lost_bundle(struct session *s, const struct tx *t);
/* The session's error for one of l1_source's. */
enum err session_l1_fail(struct session *s, enum err e) MUST_CHECK;

#endif
