/* l1 - the L1 under a session: a local chain, or a remote Ethereum node.
 *
 *     session, slot, query ---> struct ledger: heads, receipts, a state on the head's root, older hashes
 *                                   ^
 *     struct l1_methods ------------'  keeps the ledger equal to the chain, and gets transactions included
 *        l1_local.c               the session's own chain: each transaction is mined at once, in a block of its own
 *        remote_l1/remote_l1.h    a remote node: the ledger mirrors it (ledger.h)
 *
 * A transaction is always executed here first, on the head, and sent only if its sender accepts the result. The
 * receipt returned is the chain's. On a remote chain it may differ from the expected one, and there may be none:
 *
 *     REJECT_L1_MISSED    the only block that it was valid for passed without it (it may still be in a mempool)
 *     REJECT_L1_OUTBID    another transaction used the nonce
 *     REJECT_L1_STUCK     valid in any block, but no block includes it
 *     FAULT_TIMEOUT       no new block for a long time
 *
 * On each of them nothing has changed here. why() returns the message of the last error of these functions. */
#ifndef LEDGER_L1_H
#define LEDGER_L1_H

#include "ledger/ledger.h"
#include "ledger/sidecar.h"

/* What a transaction is for. */
enum l1_purpose { PURPOSE_TRANSACTION, PURPOSE_FUNDS, PURPOSE_DELEGATION, PURPOSE_BUNDLE, PURPOSE_COUNT };

/* How one transaction is to be included. */
struct mining {
    enum l1_purpose purpose;
    const hash32 *parent;  /* the block that it must be mined on top of; NULL: any */
    /* The sender's. Without a parent, a stuck transaction is replaced at a higher fee; NULL: never. */
    const hash32 *key;
    /* Of a blob transaction, with its cell proofs (sidecar.h); NULL: there are no blobs. */
    const struct sidecar *sidecar;
    /* On the run before it is sent: a hook for each message, and a verdict at the end. May be NULL. */
    const struct hooks *hooks;
    enum err (*accept)(void *context, const struct receipt *receipt);
    /* After accept: what a restarted process needs to finish the work of this transaction; it is persisted with the
     * transaction. May be NULL. */
    struct bytes (*note)(void *context);
    void *context;
};

/* The outcome of a transaction that a previous process sent for a slot and did not finish. */
enum l1_outcome {
    OUTCOME_NONE,     /* nothing more to reconcile */
    OUTCOME_INCLUDED, /* receipt and as_expected are those of include() */
    OUTCOME_MISSED,   /* its only valid block passed; it may still be in a mempool */
    OUTCOME_REPLACED      /* another transaction used its nonce */
};
struct l1_reconciled {
    enum l1_outcome outcome;
    enum l1_purpose purpose;
    const struct tx *tx; /* the one that was included, or else the last one sent */
    const struct receipt *receipt;
    bool as_expected;
    bool is_pinned;      /* it is valid in one block only */
    struct bytes note;   /* lives, as tx does, until the next commit */
};

struct l1_methods {
    bool is_local;
    /* Makes the ledger's head the chain's; drops reorged blocks. */
    enum err (*sync)(void *context, struct ledger *l);
    /* The next block's fields, as far as they can be predicted. */
    struct block_choice (*choice)(void *context, const struct ledger *l);
    /* Gets t into a block. *as_expected false: its outcome on the chain differs from the run on the head. */
    enum err (*include)(void *context, struct ledger *l, const struct receipt **receipt, bool *as_expected,
                        const struct tx *t, const struct mining *mining);
    /* t was in a block that was reorged: the receipt, when another block includes it; with mining->parent, only a block
     * on top of that will do. It is not executed here. REJECT_L1_MISSED, REJECT_L1_OUTBID: none will. */
    enum err (*follow)(void *context, struct ledger *l, const struct receipt **receipt, const struct tx *t,
                       const struct mining *mining);
    /* Funds an account of a scenario: afterwards it has at least this much. */
    enum err (*fund)(void *context, struct ledger *l, const address *at, const u256 *balance);
    /* The outcome of the next transaction of a previous process, each once. key: the sender's, as in struct mining. */
    enum err (*reconcile)(void *context, struct ledger *l, struct l1_reconciled *out, const hash32 *key);
    /* True if a previous process sent transactions, other than funding, that this one has not looked up yet; the nonce
     * of the first. */
    bool (*has_unreconciled)(void *context, u64 *first_nonce);
    /* The accounts that were read on a remote chain. */
    size_t (*seen_count)(void *context);
    const address *(*seen)(void *context, size_t index);
    /* Whether each of its storage slots that was read has the same value in both states. */
    enum err (*same_storage)(void *context, struct ledger *l, bool *out, size_t index, const hash32 *root,
                             const hash32 *other_root);
    const char *(*why)(void *context);
};

struct l1_source {
    const struct l1_methods *methods;
    void *context;
};

/* Executes t in a block on top of the head. use(context, run, receipt) may finish the block; otherwise it is discarded.
 */
enum err l1_run(struct ledger *l, const struct block_choice *choice, const struct tx *t, const struct mining *mining,
                enum err (*use)(void *context, struct block_run *run, const struct receipt *receipt),
                void *context) MUST_CHECK;

/* context: a struct l1_local. */
struct l1_local {
    address coinbase;
    u64 gas_limit, slot_seconds;
    u64 next_timestamp; /* of the next block, at least one second after the head's; 0: slot_seconds after it */
};
extern const struct l1_methods l1_local_methods;

#endif
