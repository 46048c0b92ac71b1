/* The transaction in whose frame the bundle runs. */
#include "builder/slot_stages.h"
#include "signer/tx_sign.h"

static enum err is_delegated(const struct slot_env *env, struct state *view, bool *out, u64 *nonce, const address *at)
{
    const struct account *a;
    struct bytes code;
    u8 designator[23] = {0xef, 0x01, 0x00}; /* EIP-7702 */
    memcpy(designator + 3, env->contracts->scoped_account.b, 20);
    TRY(state_account(view, &a, NULL, at));
    TRY(state_code(view, &code, a));
    *out = bytes_eq(code, BYTES_OF(designator));
    *nonce = a->nonce;
    return OK;
}

static bool has_signed(const struct authorization *list, u32 count, const address *signer)
{
    for (u32 i = 0; i < count; i++)
        if (address_eq(&list[i].signer, signer))
            return true;
    return false;
}

/* One for each account with a pending operation that is not delegated yet. */
static enum err authorize_accounts(struct tx *t, struct arena *arena, const struct slot_env *env, struct state *view,
                                   const struct slot_works *work)
{
    struct authorization *list = ARENA_TAKE_ZERO(arena, struct authorization, work->count);
    u32 count = 0;
    for (size_t i = 0; i < work->count; i++) {
        const struct work *w = work->item[i].work;
        bool delegated;
        u64 nonce;
        if (w->signed_operation && !w->authorization)
            continue; /* it has to be delegated already */
        if (!w->report.is_operation || has_signed(list, count, &w->report.sender))
            continue;
        TRY(is_delegated(env, view, &delegated, &nonce, &w->report.sender));
        if (delegated)
            continue;
        struct authorization *a = &list[count];
        if (w->authorization) {
            list[count++] = *w->authorization;
            continue;
        }
        a->chain_id = u256_from_u64(env->l1_chain_id);
        a->at = env->contracts->scoped_account;
        a->nonce = address_eq(&w->report.sender, &env->builder) ? nonce + 1 : nonce; /* the bundle itself takes one */
        TRY(authorization_sign(a, &w->operation.key));
        a->signer = w->report.sender;
        count++;
    }
    t->authorization = list;
    t->authorization_count = count;
    t->type = count ? TX_SET_CODE : TX_DYNAMIC_FEE;
    return OK;
}

static enum err fill_carrier(struct carrier *c, struct session *s, struct arena *arena, const struct slot_env *env,
                             struct state *view, const struct slot_works *work)
{
    const struct account *builder;
    TRY(state_account(view, &builder, NULL, &env->builder));
    c->tx.nonce = builder->nonce;
    const struct lost_bundle *lost = session_lost_bundle(s, builder->nonce);
    if (lost) { /* nodes let a blob transaction be replaced by another one only, and by nothing else (fees.h) */
        fees_outbid(&c->tx, &lost->fees);
        c->follows_lost = c->data == DATA_AUTO;
        c->data = lost->fees.has_blobs ? DATA_BLOBS : DATA_CALLDATA;
    }
    return authorize_accounts(&c->tx, arena, env, view, work);
}

enum err slot_make_carrier(struct carrier *out, struct session *s, struct arena *arena, const struct slot_env *env,
                           const struct slot_works *work)
{
    struct carrier c = {.l1_choice = session_l1_choice(s), .prices = session_prices(s), .data = s->data};
    c.tx = (struct tx){
        .has_chain_id = true,
        .chain_id = env->l1_chain_id,
        .to = env->contracts->shared_bridge,
        .gas_limit = c.l1_choice.gas_limit < BUNDLE_GAS ? c.l1_choice.gas_limit : BUNDLE_GAS,
        .max_blob_fee = c.prices.max_blob_fee, /* used only if the data goes to blobs */
    };
    session_fees(s, &c.tx.max_fee, &c.tx.max_priority_fee);
    struct state *view = ledger_view(env->chain[L1].ledger);
    const enum err e = fill_carrier(&c, s, arena, env, view, work);
    state_release(view);
    TRY(e);
    TRY(tx_sign(&c.tx, &env->builder_key, arena));
    *out = c;
    return OK;
}
