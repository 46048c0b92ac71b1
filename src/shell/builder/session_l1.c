/* What a session does on L1, local or remote: fees, transactions, and undoing what L1 reorged. */
#include "base/u256.h"
#include "builder/session_private.h"
#include "codec/text.h"
#include "signer/secp256k1_sign.h"
#include "signer/tx_sign.h"

bool session_owns_l1(const struct session *s)
{
    return s->l1_source.methods->is_local;
}

void session_set_time(struct session *s, u64 timestamp)
{
    BUG_UNLESS(session_owns_l1(s));
    s->l1_local.next_timestamp = timestamp;
}

bool session_has_unreconciled_sends(const struct session *s)
{
    u64 ignored;
    return s->l1_source.methods->has_unreconciled(s->l1_source.context, &ignored);
}

enum err session_l1_fail(struct session *s, enum err e)
{
    if (e == OK)
        return OK;
    const char *why = s->l1_source.methods->why(s->l1_source.context);
    return session_fail(s, e, bytes_of(why, strlen(why)));
}

struct block_choice session_l1_choice(const struct session *s)
{
    return s->l1_source.methods->choice(s->l1_source.context, &s->l1);
}

void session_fees(const struct session *s, u256 *max_fee, u256 *max_priority_fee)
{
    const u256 gwei = u256_from_u64(1000000000);
    const u256 *base = &ledger_head(&s->l1)->header.base_fee;
    u256_add(max_fee, base, base);
    u256_add(max_fee, max_fee, &gwei);
    *max_priority_fee = gwei;
}

const struct lost_bundle *session_lost_bundle(const struct session *s, u64 nonce)
{
    return s->lost_bundle.exists && s->lost_bundle.nonce == nonce ? &s->lost_bundle : NULL;
}

void session_record_lost_bundle(struct session *s, const struct tx *t)
{
    const struct lost_bundle *before = session_lost_bundle(s, t->nonce);
    s->lost_bundle = (struct lost_bundle){
        .exists = true, .nonce = t->nonce, .fees = fees_of(t), .raises = before ? before->raises + 1 : 0};
}

enum err session_include(struct session *s, const struct receipt **receipt, bool *as_expected, const struct tx *t,
                         const struct mining *mining)
{
    return s->l1_source.methods->include(s->l1_source.context, &s->l1, receipt, as_expected, t, mining);
}

const struct ledger_block *session_block_of(const struct session *s, const struct receipt *receipt)
{
    for (u64 n = ledger_head(&s->l1)->header.number;; n--) {
        const struct ledger_block *b = ledger_block_at(&s->l1, n);
        BUG_UNLESS(b);
        if (receipt >= b->receipt && receipt < b->receipt + b->tx_count)
            return b;
    }
}

void session_add_inclusion(struct session *s, struct inclusion *l, const struct receipt *receipt)
{
    const struct ledger_block *b = session_block_of(s, receipt);
    struct tx *copy = ARENA_TAKE(&s->arena, struct tx, 1);
    *copy = b->tx[receipt - b->receipt]; /* the variant that was included */
    l->tx = copy;
    l->block_number = b->header.number;
    l->parent = b->header.parent_hash;
    l->block_hash = b->hash;
    l->older = s->inclusions;
    s->inclusions = l;
}

/* --- transactions of accounts --- */

static void record_tx(struct session *s, const struct receipt *receipt)
{
    if (session_owns_l1(s))
        return; /* its blocks are final */
    struct inclusion *i = ARENA_TAKE_ZERO(&s->arena, struct inclusion, 1);
    session_add_inclusion(s, i, receipt);
}

static enum err fail_differs(struct session *s, const struct tx *t)
{
    struct buffer why = buffer_in(&s->slot_arena);
    text_add(&why, "transaction ");
    text_add_hex(&why, BYTES_OF(t->hash.b));
    text_add(&why, ": ");
    text_add_z(&why, s->l1_source.methods->why(s->l1_source.context));
    return session_fail(s, REJECT_L1_DIFFERS, buffer_bytes(&why));
}

enum err session_include_tx(struct session *s, const struct receipt **receipt, const struct tx *t,
                            const struct mining *mining)
{
    bool as_expected;
    TRY(session_l1_fail(s, session_include(s, receipt, &as_expected, t, mining)));
    record_tx(s, *receipt);
    return as_expected ? OK : fail_differs(s, t);
}

/* *tx is as it was included: with a higher fee it has another hash, of an earlier process another nonce. */
enum err session_send_l1(struct session *s, const struct receipt **receipt, struct tx *tx, const struct transact *t)
{
    address sender;
    TRY(secp256k1_address(&sender, &t->key));
    TRY(session_sync(s));
    *tx = (struct tx){
        .type = TX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = s->l1_rules.chain_id,
        .is_creation = t->creates,
        .to = t->to,
        .value = t->value,
        .gas_limit = t->gas_limit,
        .data = t->data,
    };
    TRY(session_nonce(s, &tx->nonce, 0, &sender));
    session_fees(s, &tx->max_fee, &tx->max_priority_fee);
    TRY(tx_sign(tx, &t->key, &s->arena));
    struct l1_watch watch = {.s = s};
    const struct hooks hooks = session_watch_l1(&watch);
    const struct mining mining = {.key = &t->key, .hooks = &hooks};
    TRY(session_include_tx(s, receipt, tx, &mining));
    const struct ledger_block *b = session_block_of(s, *receipt);
    *tx = b->tx[*receipt - b->receipt];
    return OK;
}

/* --- reorgs --- */

static bool is_canonical(const struct session *s, const struct inclusion *i)
{
    const struct ledger_block *b = ledger_block_at(&s->l1, i->block_number);
    return b && hash32_eq(&b->hash, &i->block_hash);
}

/* The rollups' blocks of a bundle, and all above them, are dropped; its work is pending again. */
static void roll_back_bundle(struct session *s, const struct inclusion *i)
{
    for (size_t r = 0; r < s->rollup_count; r++)
        if (i->first_block[r] && ledger_block_at(&s->rollup[r].ledger, i->first_block[r]))
            ledger_drop_after(&s->rollup[r].ledger, i->first_block[r] - 1);
    for (size_t w = 0; w < i->work_count; w++) {
        struct work_report *r = &s->work.item[i->work[w]]->report;
        r->status = WORK_PENDING;
        r->success = false;
        r->call_count = 0;
        r->log = NULL;
        r->log_count = 0;
    }
    s->reorged_bundles++;
}

/* Blocks that the bundle's blocks build on were dropped, so they cannot settle. */
static bool lost_its_parent(const struct session *s, const struct inclusion *i)
{
    for (size_t r = 0; r < s->rollup_count; r++)
        if (i->first_block[r] && !ledger_block_at(&s->rollup[r].ledger, i->first_block[r]))
            return true;
    return false;
}

/* *receipt NULL: no block has the transaction, and none will. */
static enum err follow_reorged_inclusion(struct session *s, const struct receipt **receipt, const struct inclusion *i)
{
    const struct mining mining = {.purpose = i->is_bundle ? PURPOSE_BUNDLE : PURPOSE_TRANSACTION,
                                  .parent = i->is_pinned ? &i->parent : NULL};
    const enum err e = s->l1_source.methods->follow(s->l1_source.context, &s->l1, receipt, i->tx, &mining);
    if (e != REJECT_L1_MISSED && e != REJECT_L1_OUTBID)
        return session_l1_fail(s, e);
    *receipt = NULL;
    return OK;
}

/* Mempools re-include the transactions of reorged blocks. A bundle that settles in another block has the same effect
 * there: the statement that it settles names neither block (or, when pinned, both have the parent that it names). */
static enum err follow_bundle(struct session *s, struct inclusion *i)
{
    const struct receipt *receipt = NULL;
    if (!lost_its_parent(s, i))
        TRY(follow_reorged_inclusion(s, &receipt, i));
    if (!receipt || !receipt->success) {
        roll_back_bundle(s, i);
        return OK;
    }
    session_add_inclusion(s, i, receipt);
    for (size_t w = 0; w < i->work_count; w++)
        if (s->work.item[i->work[w]]->report.is_operation)
            s->work.item[i->work[w]]->report.block_number = i->block_number;
    return OK;
}

/* Sent again, byte for byte, unless a block has it, or another one with its nonce. */
static enum err follow_tx(struct session *s, struct inclusion *i)
{
    const struct receipt *receipt;
    u64 nonce;
    TRY(session_nonce(s, &nonce, 0, &i->tx->sender));
    if (nonce <= i->tx->nonce)
        return session_include_tx(s, &receipt, i->tx, &(struct mining){0});
    TRY(follow_reorged_inclusion(s, &receipt, i));
    if (receipt)
        session_add_inclusion(s, i, receipt);
    return OK;
}

/* Takes what is in no block of the chain off the list; the oldest comes first. NULL: nothing was reorged. */
static struct inclusion *take_reorged(struct session *s)
{
    struct inclusion *reorged = NULL;
    while (s->inclusions && !is_canonical(s, s->inclusions)) {
        struct inclusion *copy = ARENA_TAKE(&s->arena, struct inclusion, 1);
        *copy = *s->inclusions;
        copy->older = reorged;
        reorged = copy;
        s->inclusions = s->inclusions->older;
    }
    return reorged;
}

/* Following takes blocks, and the chain may be reorged again meanwhile. */
enum err session_sync(struct session *s)
{
    for (;;) {
        TRY(session_l1_fail(s, s->l1_source.methods->sync(s->l1_source.context, &s->l1)));
        struct inclusion *reorged = take_reorged(s);
        if (!reorged)
            return OK;
        for (struct inclusion *next; reorged; reorged = next) {
            next = reorged->older;
            TRY(reorged->is_bundle ? follow_bundle(s, reorged) : follow_tx(s, reorged));
        }
    }
}

enum err session_refresh(struct session *s)
{
    session_forget_error(s);
    return session_sync(s);
}
