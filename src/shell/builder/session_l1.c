/* What a session does on L1, whoever makes its blocks: fees, transactions, and taking back what L1 took back. */
#include "base/u256.h"
#include "builder/session_private.h"
#include "codec/text.h"

bool session_owns_l1(const struct session *s)
{
    return s->l1_source.methods->is_ours;
}

bool session_goes_on(const struct session *s)
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

const struct sent *session_sent(const struct session *s, u64 nonce)
{
    return s->sent.is_there && s->sent.nonce == nonce ? &s->sent : NULL;
}

enum err session_mine(struct session *s, const struct receipt **receipt, bool *as_expected, const struct tx *t,
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

void session_landed(struct session *s, struct landed *l, const struct receipt *receipt)
{
    const struct ledger_block *b = session_block_of(s, receipt);
    l->block_number = b->header.number;
    l->block_hash = b->hash;
    l->older = s->landed;
    s->landed = l;
}

/* --- transactions of accounts --- */

static void remember_tx(struct session *s, const struct receipt *receipt)
{
    if (session_owns_l1(s))
        return; /* its blocks stay */
    const struct ledger_block *b = session_block_of(s, receipt);
    struct landed *l = ARENA_TAKE_ZERO(&s->arena, struct landed, 1);
    struct tx *copy = ARENA_TAKE(&s->arena, struct tx, 1);
    *copy = b->tx[receipt - b->receipt]; /* the one of several that made it */
    l->tx = copy;
    session_landed(s, l, receipt);
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

static enum err land_tx(struct session *s, const struct receipt **receipt, const struct tx *t, const hash32 *key)
{
    const struct mining mining = {.key = key};
    bool as_expected;
    TRY(session_l1_fail(s, session_mine(s, receipt, &as_expected, t, &mining)));
    remember_tx(s, *receipt);
    return as_expected ? OK : fail_differs(s, t);
}

/* *tx is as it landed: with a higher fee it has another hash, of an earlier process another nonce. */
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
    TRY(land_tx(s, receipt, tx, &t->key));
    *tx = session_block_of(s, *receipt)->tx[*receipt - session_block_of(s, *receipt)->receipt];
    return OK;
}

/* --- what L1 takes back --- */

static bool is_canonical(const struct session *s, const struct landed *l)
{
    const struct ledger_block *b = ledger_block_at(&s->l1, l->block_number);
    return b && hash32_eq(&b->hash, &l->block_hash);
}

static void take_back_bundle(struct session *s, const struct landed *l)
{
    for (size_t i = 0; i < s->rollup_count; i++)
        if (l->first_block[i])
            ledger_drop_after(&s->rollup[i].ledger, l->first_block[i] - 1);
    for (size_t i = 0; i < l->work_count; i++) {
        struct work_report *r = &s->work[l->work[i]]->report;
        r->status = WORK_PENDING;
        r->success = false;
        r->call_count = 0;
        r->log = NULL;
        r->log_count = 0;
    }
}

enum err session_sync(struct session *s)
{
    struct landed *lost = NULL;
    TRY(session_l1_fail(s, s->l1_source.methods->sync(s->l1_source.context, &s->l1)));
    while (s->landed && !is_canonical(s, s->landed)) {
        struct landed *l = s->landed;
        s->landed = l->older;
        if (!l->tx) {
            take_back_bundle(s, l);
            s->reorganized++;
            continue;
        }
        struct landed *copy = ARENA_TAKE(&s->arena, struct landed, 1);
        *copy = *l;
        copy->older = lost; /* this turns their order: the oldest comes to be first in the list */
        lost = copy;
    }
    for (; lost; lost = lost->older) { /* byte for byte; the node may have put them back by itself */
        const struct receipt *receipt;
        u64 nonce;
        TRY(session_nonce(s, &nonce, 0, &lost->tx->sender));
        if (nonce <= lost->tx->nonce) /* else another block has it already */
            TRY(land_tx(s, &receipt, lost->tx, NULL));
    }
    return OK;
}

enum err session_refresh(struct session *s)
{
    session_forget_error(s);
    return session_sync(s);
}
