/* l1 - the L1 under a session: a chain of its own, or somebody else's.
 *
 *     session, slot, look ---> struct ledger: heads, receipts, a state on the head's root, older hashes
 *                                  ^
 *     struct l1_methods -----------'  keeps the ledger true to the chain, and gets transactions into its blocks
 *        l1_local.c              the session's own chain: each transaction is mined at once, in a block of its own
 *        remote_l1/remote_l1.h        a node that others run: the ledger is a mirror of it (ledger.h)
 *
 * A transaction is always run here first, on the head, and only sent when its sender likes what it did. The receipt
 * that comes back is the chain's. On somebody else's chain it may not be the one that was foreseen, and there may be
 * none:
 *
 *     REJECT_L1_MISSED    the only block that would do has gone by (the transaction may still be waiting somewhere)
 *     REJECT_L1_OUTBID    another transaction took the nonce
 *     REJECT_L1_STUCK     any block would do, and none takes it
 *     FAULT_TIMEOUT       no new block for a long time
 *
 * Neither leaves anything behind but what the chain holds. why() has a sentence to every error of these functions. */
#ifndef LEDGER_L1_H
#define LEDGER_L1_H

#include "ledger/ledger.h"
#include "ledger/sidecar.h"

/* What a transaction is for; a slot looks after its own. */
enum l1_errand { ERRAND_TRANSACTION, ERRAND_FUNDS, ERRAND_DELEGATION, ERRAND_BUNDLE, ERRAND_COUNT };

/* One transaction on its way. */
struct mining {
    enum l1_errand errand;
    const hash32 *parent;  /* the block that it must be mined on top of; NULL: any */
    /* Of its sender: where any block will do, a transaction that is stuck is sent again with a higher fee; NULL: never.
     */
    const hash32 *key;
    /* Of a blob transaction, with its cell proofs (sidecar.h); NULL: there are no blobs. */
    const struct sidecar *sidecar;
    /* Who wants to see it before it is sent: a hook for each message, and a say at the end. May be NULL. */
    const struct hooks *hooks;
    enum err (*accept)(void *context, const struct receipt *receipt);
    /* After accept: what a process that comes after a kill must know of it. Kept with it, where anything is kept; may
     * be NULL. */
    struct bytes (*note)(void *context);
    void *context;
};

/* What became of a transaction that an earlier process sent for a slot, and did not live to finish. */
enum l1_fate {
    FATE_NONE,   /* there is none, or no other */
    FATE_LANDED, /* receipt and foreseen as land gives them */
    FATE_MISSED, /* its block went by; it may still wait somewhere, under its nonce */
    FATE_GONE    /* another transaction has its nonce */
};
struct l1_past {
    enum l1_fate fate;
    enum l1_errand errand;
    const struct tx *tx; /* the one that landed, or was sent last */
    const struct receipt *receipt;
    bool foreseen;
    struct bytes note;   /* this and tx: until the next commit */
};

struct l1_methods {
    bool is_ours;
    /* Afterwards the ledger's head is the chain's; blocks that were reorganized away are dropped. */
    enum err (*sync)(void *context, struct ledger *l);
    /* The next block, as far as it can be known. */
    struct block_choice (*choice)(void *context, const struct ledger *l);
    /* Gets t into a block. *foreseen false: the chain made something else of it than the run on the head. */
    enum err (*land)(void *context, struct ledger *l, const struct receipt **receipt, bool *foreseen,
                     const struct tx *t, const struct mining *mining);
    /* Sees to it that an account has this much, for the scenario's sake. */
    enum err (*fund)(void *context, struct ledger *l, const address *at, const u256 *balance);
    /* The next of a killed process, once. key: the sender's, as in struct mining. */
    enum err (*past)(void *context, struct ledger *l, struct l1_past *out, const hash32 *key);
    /* Whether an earlier process sent something, funds apart, that nobody has asked for yet; with what nonce, the
     * first. */
    bool (*has_past)(void *context, u64 *first_nonce);
    /* What is known to have been looked at on a chain that is not ours. */
    size_t (*seen_count)(void *context);
    const address *(*seen)(void *context, size_t index);
    /* Whether every slot of it that was looked at holds the same in both states. */
    enum err (*same_slots)(void *context, struct ledger *l, bool *out, size_t index, const hash32 *root,
                           const hash32 *other_root);
    const char *(*why)(void *context);
};

struct l1_source {
    const struct l1_methods *methods;
    void *context;
};

/* Runs t in a block on top of the head. use(context, run, receipt) may finish the block; what it does not keep is gone.
 */
enum err l1_run(struct ledger *l, const struct block_choice *choice, const struct tx *t, const struct mining *mining,
                enum err (*use)(void *context, struct block_run *run, const struct receipt *receipt),
                void *context) MUST_CHECK;

/* context: a struct l1_local. */
struct l1_local {
    address coinbase;
    u64 gas_limit, slot_seconds;
};
extern const struct l1_methods l1_local_methods;

#endif
