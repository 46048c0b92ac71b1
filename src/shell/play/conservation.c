#include "play/conservation.h"

#include "base/u256.h"
#include "bridge/genesis.h"
#include "builder/query.h"
#include "codec/number.h"
#include "codec/text.h"

enum { DECODED_BYTES_MAX = 1 << 16 };

/* What SELFDESTRUCT burned on a chain: an account that names itself, or is paid after its end (EIP-6780). */
static enum err add_destroyed(struct binder *b, u256 *sum, u64 id, u64 head)
{
    for (u64 n = 1; n <= head; n++) {
        u256 wei;
        TRY(session_destroyed(b->session, &wei, id, n));
        u256_add(sum, sum, &wei);
    }
    return OK;
}

/* L1 mints nothing; base fees and blob fees are burned. */
static enum err l1_is_conserved(struct binder *b, struct buffer *got)
{
    const u64 id = b->scenario->chain[b->scenario->l1].id.value.w[0];
    u256 before, after, burned = {{0}};
    u64 number;
    hash32 hash, root;
    TRY(session_head(b->session, &number, &hash, &root, id));
    TRY(session_total(b->session, &before, id, 0));
    TRY(session_total(b->session, &after, id, number));
    for (u64 n = 1; n <= number; n++) {
        u256 fee;
        TRY(session_burned(b->session, &fee, id, n));
        u256_add(&burned, &burned, &fee);
    }
    TRY(add_destroyed(b, &burned, id, number));
    u256_add(&after, &after, &burned);
    if (!u256_eq(&before, &after)) {
        text_add(got, "L1 started with ");
        text_add_u256(got, &before);
        text_add(got, " wei and now has, including burned fees, ");
        text_add_u256(got, &after);
    }
    return OK;
}

/* The escrow of a rollup in SharedBridge. */
static enum err escrow_of(struct binder *b, u256 *out, u64 rollup)
{
    const struct session_contracts *c = session_contracts(b->session);
    const u64 l1 = b->scenario->chain[b->scenario->l1].id.value.w[0];
    const address no_sender = {{0}};
    const u256 nothing = {{0}};
    const struct member *m;
    struct complaint inner = {0};
    struct buffer data = buffer_in(b->arena);
    struct abi_value values;
    bool success;
    struct bytes output;
    u8 word[32];
    TRY(interface_find(b->arena, &m, &inner, (struct place){0, 0}, &b->protocol[0], ABI_ITEM_FUNCTION, "rollup", 1));
    const u256 id = u256_from_u64(rollup);
    u256_to_be(word, &id);
    buffer_add(&data, m->abi.hash.b, 4);
    buffer_add(&data, word, 32);
    TRY(session_call(b->session, &success, &output, l1, &no_sender, &c->shared_bridge, &nothing, buffer_bytes(&data)));
    if (!success)
        return REJECT_ABI;
    TRY(abi_decode(b->arena, &values, &m->abi.outputs, output, DECODED_BYTES_MAX, NULL));
    const struct abi_type *fields = &m->abi.outputs.item[0];
    for (u32 i = 0; i < fields->count; i++)
        if (bytes_eq(fields->item[i].name, BYTES_LITERAL("escrow")))
            return number_u256(out, values.item[0].item[i].text);
    return REJECT_ABI;
}

/* The supply is complete, and the circulating part equals the escrow, to the wei. What was burned stays in escrow. */
static enum err rollup_is_conserved(struct binder *b, struct buffer *got, u32 chain, u256 *escrows)
{
    const u64 id = b->scenario->chain[chain].id.value.w[0];
    const u256 supply = genesis_rollup_supply();
    u256 total, idle, circulating, escrow;
    u64 number;
    hash32 hash, root;
    TRY(session_head(b->session, &number, &hash, &root, id));
    TRY(session_total(b->session, &total, id, number));
    TRY(add_destroyed(b, &total, id, number));
    TRY(session_balance(b->session, &idle, id, &session_contracts(b->session)->rollup_bridge));
    TRY(escrow_of(b, &escrow, id));
    u256_sub(&circulating, &total, &idle);
    u256_add(escrows, escrows, &escrow);
    if (u256_eq(&total, &supply) && u256_eq(&circulating, &escrow))
        return OK;
    text_add_bytes(got, bytes_of("; ", got->len ? 2 : 0));
    text_add_z(got, b->scenario->chain[chain].head.name);
    text_add(got, " has ");
    text_add_u256(got, &total);
    text_add(got, " wei of a supply of ");
    text_add_u256(got, &supply);
    text_add(got, ", ");
    text_add_u256(got, &circulating);
    text_add(got, " wei circulate, the escrow is ");
    text_add_u256(got, &escrow);
    return OK;
}

enum err conservation_judge(struct binder *b, struct report_verdict *out)
{
    struct buffer got = buffer_in(b->arena);
    u256 escrows = {{0}}, held;
    if (session_owns_l1(b->session)) /* a remote L1 cannot be summed over all accounts */
        TRY(l1_is_conserved(b, &got));
    for (u32 i = 0; i < b->scenario->chain_count; i++)
        if (i != b->scenario->l1)
            TRY(rollup_is_conserved(b, &got, i, &escrows));
    TRY(session_balance(b->session, &held, b->scenario->chain[b->scenario->l1].id.value.w[0],
                        &session_contracts(b->session)->shared_bridge));
    if (u256_lt(&held, &escrows)) {
        text_add_bytes(&got, bytes_of("; ", got.len ? 2 : 0));
        text_add(&got, "SharedBridge holds less than the escrows");
    }
    out->met = got.len == 0;
    out->what = BYTES_LITERAL("ETH is conserved over all chains");
    out->got = buffer_bytes(&got);
    return OK;
}
