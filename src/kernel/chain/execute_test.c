/* Whole blocks: what is built is taken, and with any field of the header changed it is not; EIP-7934. What blocks must
 * come to is held by the official fixtures (`scope blocktest`). */
#include "chain/world_test.h"
#include "signer/tx_sign.h"

/* --- a header, field by field --- */

struct built {
    struct header header;
    struct tx tx[2];
    struct bytes rlp;
};

static void build(struct built *out, const struct chain_rules *rules)
{
    static struct block_run run;
    const struct withdrawal withdrawal[] = {{1, 2, {{0x77}}, 5}};
    const struct block_choice choice = {.coinbase = coinbase,
                                        .timestamp = 1012,
                                        .gas_limit = BLOCK_GAS,
                                        .withdrawal = withdrawal,
                                        .withdrawal_count = 1};
    const struct receipt *r;
    struct state *s = state_open(&system_memory, tries, &source, &genesis.state_root);
    assert_int_equal(block_begin(&run, &machine, rules, s, &genesis, NULL, &choice, NULL), OK);
    const struct tx *list[2];
    for (u64 i = 0; i < 2; i++) {
        out->tx[i] = transfer(i, &logger);
        if (i == 1)
            make_blob(&out->tx[i], 2);
        assert_int_equal(tx_sign(&out->tx[i], &rich_key, &arena), OK);
        assert_int_equal(block_apply(&run, &r, &out->tx[i]), OK);
        list[i] = &out->tx[i];
    }
    assert_int_equal(block_finish(&run, &out->header), OK);
    struct buffer b = buffer_in(&arena);
    block_encode(&b, &out->header, list, 2, NULL, 0, withdrawal, 1);
    out->rlp = buffer_bytes(&b);
    block_release(&run);
    state_release(s);
}

static enum err check_block(const struct chain_rules *rules, const struct block *b)
{
    static struct block_run run;
    struct state *s = state_open(&system_memory, tries, &source, &genesis.state_root);
    const enum err e = block_execute(&run, &machine, rules, s, &genesis, &genesis_hash, NULL, b, NULL);
    block_release(&run);
    state_release(s);
    return e;
}

/* What a builder builds, a validator accepts, also after encoding and decoding; with any field of the header changed it
 * does not. */
static void header_fields(void **unused)
{
    (void)unused;
    static struct built made;
    const struct chain_rules rules = rules_of(&cancun, NULL);
    const u32 kept = genesis.field_count;
    genesis.field_count = HEADER_CANCUN;
    header_hash(&genesis_hash, &genesis, &arena);
    build(&made, &rules);
    struct block b;
    hash32 hash;
    assert_int_equal(block_decode(&b, &arena, made.rlp, &rules), OK);
    header_hash(&hash, &made.header, &arena);
    assert_memory_equal(&b.hash, &hash, 32);
    assert_int_equal(check_block(&rules, &b), OK);

    static const struct {
        const char *field; size_t offset; u8 change; enum err want;
    } row[] = {
        {"parent_hash", offsetof(struct header, parent_hash), 1, REJECT_BLOCK_UNKNOWN_PARENT},
        {"ommers_hash", offsetof(struct header, ommers_hash), 1, REJECT_BLOCK_OMMERS_OVER_PARIS},
        {"coinbase", offsetof(struct header, coinbase), 1, REJECT_BLOCK_STATE_ROOT},
        {"state_root", offsetof(struct header, state_root), 1, REJECT_BLOCK_STATE_ROOT},
        {"transactions_root", offsetof(struct header, transactions_root), 1, REJECT_BLOCK_TRANSACTIONS_ROOT},
        {"receipts_root", offsetof(struct header, receipts_root), 1, REJECT_BLOCK_RECEIPTS_ROOT},
        {"bloom", offsetof(struct header, bloom), 1, REJECT_BLOCK_BLOOM},
        {"difficulty", offsetof(struct header, difficulty), 1, REJECT_BLOCK_DIFFICULTY_OVER_PARIS},
        {"number", offsetof(struct header, number), 2, REJECT_BLOCK_NUMBER},
        {"gas_limit, above 1/1024 more", offsetof(struct header, gas_limit) + 3, 1, REJECT_BLOCK_GAS_LIMIT},
        {"gas_limit, above 2^63", offsetof(struct header, gas_limit) + 7, 0x80, REJECT_BLOCK_GASLIMIT_TOO_BIG},
        {"gas_used", offsetof(struct header, gas_used), 1, REJECT_BLOCK_GAS_USED},
        {"gas_used above the limit", offsetof(struct header, gas_used) + 4, 1, REJECT_BLOCK_GAS_USED_ABOVE_LIMIT},
        {"timestamp before the parent's", offsetof(struct header, timestamp) + 1, 2, REJECT_BLOCK_TIMESTAMP},
        {"nonce", offsetof(struct header, nonce), 1, REJECT_BLOCK_FORMAT},
        {"base_fee", offsetof(struct header, base_fee), 1, REJECT_BLOCK_BASE_FEE},
        {"withdrawals_root", offsetof(struct header, withdrawals_root), 1, REJECT_BLOCK_WITHDRAWALS_ROOT},
        {"blob_gas_used", offsetof(struct header, blob_gas_used) + 2, 2, REJECT_BLOCK_BLOB_GAS_USED},
        {"blob_gas_used above the limit", offsetof(struct header, blob_gas_used) + 4, 1,
         REJECT_BLOCK_BLOB_GAS_ABOVE_LIMIT},
        {"excess_blob_gas", offsetof(struct header, excess_blob_gas), 1, REJECT_BLOCK_EXCESS_BLOB_GAS},
        {"field_count", offsetof(struct header, field_count), HEADER_CANCUN ^ HEADER_PRAGUE, REJECT_BLOCK_FORMAT},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct block changed = b;
        ((u8 *)&changed.header)[row[i].offset] ^= row[i].change;
        const enum err e = check_block(&rules, &changed);
        if (e != row[i].want)
            fail_msg("%s: %s", row[i].field, err_name(e));
    }
    /* bodies: one transaction less, none of the withdrawals, an ommer after Paris */
    struct block changed = b;
    changed.tx_count = 1;
    assert_int_equal(check_block(&rules, &changed), REJECT_BLOCK_TRANSACTIONS_ROOT);
    changed = b;
    changed.withdrawal_count = 0;
    assert_int_equal(check_block(&rules, &changed), REJECT_BLOCK_WITHDRAWALS_ROOT);
    changed = b;
    changed.has_withdrawals = false;
    assert_int_equal(check_block(&rules, &changed), REJECT_BLOCK_RLP_WITHDRAWALS);
    changed = b;
    changed.ommer = &genesis;
    changed.ommer_count = 1;
    assert_int_equal(check_block(&rules, &changed), REJECT_BLOCK_OMMERS_HASH);
    genesis.field_count = kept;
    header_hash(&genesis_hash, &genesis, &arena);
}

/* EIP-7934: from Osaka on a block's RLP is at most 10 MiB less 2 MiB. */
static void block_size(void **unused)
{
    (void)unused;
    static const struct { const struct activation *active; size_t len; bool too_large; } row[] = {
        {&osaka, 8388608, false}, {&osaka, 8388609, true}, {&cancun, 8388609, false},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        static struct block_run run;
        const struct chain_rules rules = rules_of(row[i].active, NULL);
        struct state *s = state_open(&system_memory, tries, &source, &genesis.state_root);
        const struct block_choice choice = {.timestamp = 1012, .gas_limit = BLOCK_GAS};
        struct header parent = genesis;
        parent.field_count = header_field_count(row[i].active->fork);
        hash32 parent_hash;
        header_hash(&parent_hash, &parent, &arena);
        struct block b = {.has_withdrawals = true};
        assert_int_equal(block_begin(&run, &machine, &rules, s, &parent, NULL, &choice, NULL), OK);
        b.header = run.header;
        block_release(&run);
        transactions_root(&b.header.transactions_root, NULL, 0, &arena);
        b.rlp.len = row[i].len; /* only its length is looked at */
        const enum err e = block_execute(&run, &machine, &rules, s, &parent, &parent_hash, NULL, &b, NULL);
        assert_int_equal(e == REJECT_BLOCK_TOO_LARGE, row[i].too_large);
        block_release(&run);
        state_release(s);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_fields),
        cmocka_unit_test(block_size),
    };
    return world_main(tests, COUNT_OF(tests));
}
