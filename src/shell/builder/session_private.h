/* session_private - what session.c (the devnet and its work) and slot.c (one slot) share. */
#ifndef BUILDER_SESSION_PRIVATE_H
#define BUILDER_SESSION_PRIVATE_H

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

/* The builder's last bundle that was lost: what takes its nonce must pay more. */
struct sent {
    bool is_there;
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
    struct tx tx;                  /* as it was included */
    struct signed_operation signed_operation;
    u32 attempts;                  /* how often the second pass took it back */
};

struct session {
    const struct memory *memory;
    struct arena arena;
    struct arena slot_arena;       /* anew with each slot */
    struct code_cache *code_cache;
    struct verify_cache *verify_cache; /* of the provers in this process */
    struct activation l1_activation;
    struct chain_rules l1_rules;
    struct ledger l1;
    struct l1_source l1_source;
    struct l1_local l1_local;
    struct sent sent;
    struct inclusion *inclusion;         /* the youngest first */
    u64 reorganized;               /* bundles that L1 took back */
    struct rollup *rollup;         /* ascending by chain id */
    size_t rollup_count;
    struct session_contracts contracts;
    hash32 builder_key;
    address builder;
    hash32 prover_key[SESSION_PROVERS_MAX];
    address attester[SESSION_PROVERS_MAX]; /* of each key */
    size_t prover_count, prover_threshold;
    const char *const *prover_url; /* copied */
    size_t prover_url_count;
    u32 prover_timeout_ms;
    struct http_client *http;      /* NULL unless there is a prover_url */
    struct quorum quorum;
    enum data_choice data;
    struct kzg_setup *kzg;         /* NULL: not needed so far */
    struct work **work;
    size_t work_count, work_room;
    struct slot_report slot;
    void (*asked)(void *context, const struct prove_request *r, const hash32 *statement);
    void *asked_context;
    void (*phase_begins)(void *context, enum slot_phase phase); /* NULL: nobody watches */
    void *phase_context;
    char error[512];
};

/* Keeps the first sentence that was said; e is handed on. */
enum err session_fail(struct session *s, enum err e, struct bytes sentence);
void session_forget_error(struct session *s);

/* The choice of an L1 block on top of the head. */
struct block_choice session_l1_choice(const struct session *s);
/* The trusted setup, loaded when it is first asked for: two seconds. */
enum err session_kzg(struct session *s, const struct kzg_setup **out) MUST_CHECK;

/* What the next L1 block asks, in wei. */
struct session_prices {
    u256 gas;          /* base fee and tip */
    u256 blob_gas;
    u256 max_blob_fee; /* what a transaction offers, with room for rises */
};
struct session_prices session_prices(const struct session *s);

/* EIP-1559 fees that the next blocks will take. */
void session_fees(const struct session *s, u256 *max_fee, u256 *max_priority_fee);

/* The nonce of an account at a chain's head. */
enum err session_nonce(struct session *s, u64 *out, size_t chain, const address *at) MUST_CHECK;

/* The ledger of L1 is as the chain is; what was reorganized away is taken back: the rollups' blocks are dropped, their
 * work waits again, transactions of accounts are sent again. */
enum err session_sync(struct session *s) MUST_CHECK;
/* Gets one transaction into an L1 block. *receipt lives in the ledger. An error, accept's too: it is in none. */
enum err session_mine(struct session *s, const struct receipt **receipt, bool *as_expected, const struct tx *t,
                      const struct mining *mining) MUST_CHECK;
/* Signs an ordinary transaction of an account and gets it into a block. *tx is as it is in the block. */
enum err session_send_l1(struct session *s, const struct receipt **receipt, struct tx *tx,
                         const struct transact *t) MUST_CHECK;
/* The block that holds a receipt which session_mine gave. */
const struct ledger_block *session_block_of(const struct session *s, const struct receipt *receipt);
/* To be taken back when the receipt's block is. */
void session_add_inclusion(struct session *s, struct inclusion *l, const struct receipt *receipt);
/* What was sent under this nonce and may still be waiting; NULL: nothing. */
const struct sent *session_sent(const struct session *s, u64 nonce);
/* The session's error for one of l1_source's. */
enum err session_l1_fail(struct session *s, enum err e) MUST_CHECK;

#endif
