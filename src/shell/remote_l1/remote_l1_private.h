/* remote_l1_private - what remote_l1.c (a node as the session's L1), reconcile.c (transactions of a previous process),
 * broadcast.c (transactions) and mirror.c (headers) share; each is above those that follow it. */
#ifndef REMOTE_L1_REMOTE_L1_PRIVATE_H
#define REMOTE_L1_REMOTE_L1_PRIVATE_H

#include "ethrpc/rpc_types.h"
#include "remote_l1/outbox.h"
#include "remote_l1/remote_l1.h"

enum { OLDER_MAX = 256 }; /* what BLOCKHASH reaches */

struct remote_l1 {
    const struct memory *memory;
    struct arena arena;
    struct arena scratch;      /* of one call from the session */
    struct rpc_client *rpc;
    struct proved_state *state;
    struct remote_l1_info info;
    bool has_funder;
    hash32 funder;
    u32 patience_ms;
    struct outbox *outbox;     /* NULL: nothing is persisted */
    u64 first_block;           /* where the mirror is to begin */
    struct ledger *ledger;     /* of the session, from its first sync */
    hash32 older[OLDER_MAX];   /* hashes before the mirror's first block, the youngest first */
    u64 older_count;
    struct remote_l1_counts counts;
    char why[480];
};

/* --- mirror.c --- */
enum err remote_fail(struct remote_l1 *r, enum err e, struct bytes sentence);
enum err remote_fail_rpc(struct remote_l1 *r, enum err e);
/* One call; its refusal is an error. */
enum err remote_ask(struct remote_l1 *r, struct json *result, const char *method, struct bytes params) MUST_CHECK;
struct remote_head {
    struct header header;
    hash32 hash;
};
enum err remote_read_latest(struct remote_l1 *r, struct header *h, hash32 *hash) MUST_CHECK;
/* Whether a mirror can begin at this block. */
enum err remote_check_first(struct remote_l1 *r, const struct header *h) MUST_CHECK;
enum err remote_sync(void *context, struct ledger *l) MUST_CHECK;
struct block_choice remote_choice(void *context, const struct ledger *l);
/* --- broadcast.c --- */
enum err remote_include(void *context, struct ledger *l, const struct receipt **receipt, bool *as_expected,
                        const struct tx *t, const struct mining *mining) MUST_CHECK;
/* A transaction that is in the outbox already, until a block has it or none can. */
enum err remote_follow(struct remote_l1 *r, struct ledger *l, const struct receipt **receipt, bool *as_expected,
                       struct outbox_entry *e, const struct mining *mining) MUST_CHECK;
enum err remote_follow_reorged(void *context, struct ledger *l, const struct receipt **receipt, const struct tx *t,
                               const struct mining *mining) MUST_CHECK;
/* --- reconcile.c --- */
enum err remote_reconcile(void *context, struct ledger *l, struct l1_reconciled *out, const hash32 *key) MUST_CHECK;
bool remote_has_unreconciled(void *context, u64 *first_nonce);
enum err remote_fund(void *context, struct ledger *l, const address *at, const u256 *balance) MUST_CHECK;

#endif
