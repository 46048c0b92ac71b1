/* Which transactions a block takes. What they do is held by the official fixtures (`scope statetest`); here is that
 * what is refused leaves no trace, and one unit to each side of every limit. */
#include "chain/world_test.h"

/* --- refused work leaves no trace --- */

static const hash32 wrong_version = {{2}};
static struct authorization one_authorization;
static const u256 all_ones = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

enum spoil {
    SPOIL_NOTHING, CHAIN, NONCE_LOW, NONCE_HIGH, NONCE_MAX, INTRINSIC, FLOOR, CAP, BLOCK_GAS_LIMIT, MAX_FEE, PRIORITY,
    FUNDS, VALUE, PRODUCT, INITCODE, CONTRACT_SENDER, BLOB_NONE, BLOB_VERSION, BLOB_MANY, BLOB_TOO_MANY, BLOB_CREATES,
    BLOB_PRICE, BLOB_ROOM, CODE_NONE, CODE_CREATES, SYSTEM, SIGNATURE
};

static void spoil(struct tx *t, enum spoil how)
{
    switch (how) {
    case SPOIL_NOTHING: break;
    case CHAIN: t->chain_id = 2; break;
    case NONCE_LOW: t->nonce = 0; break;
    case NONCE_HIGH: t->nonce = 2; break;
    case NONCE_MAX: t->nonce = UINT64_MAX; break;
    case INTRINSIC: t->gas_limit = 20999; break;
    case FLOOR:
        t->data = bytes_of(big_code, 1000);
        t->gas_limit = 30999;
        break; /* 21,000 + 4 * 1,000 is enough for the rest */
    case CAP: t->gas_limit = (1 << 24) + 1; break;
    case BLOCK_GAS_LIMIT: t->gas_limit = 1 << 24; break;
    case MAX_FEE: t->max_fee = t->max_priority_fee = u256_from_u64(GWEI - 1); break;
    case PRIORITY: t->max_priority_fee = u256_from_u64(3 * (u64)GWEI + 1); break;
    case FUNDS: t->sender = poor; t->nonce = 0; break;
    case VALUE: t->value = all_ones; break;
    case PRODUCT: t->max_fee = all_ones; break;
    case INITCODE: t->is_creation = true; t->data = BYTES_OF(big_code); t->gas_limit = 1 << 23; break;
    case CONTRACT_SENDER: t->sender = contract_with_key; t->nonce = 0; break;
    case BLOB_NONE: make_blob(t, 0); break;
    case BLOB_VERSION: make_blob(t, 1); t->blob_hash = &wrong_version; break;
    case BLOB_MANY: make_blob(t, 7); break;
    case BLOB_TOO_MANY: make_blob(t, 10); break;
    case BLOB_CREATES: make_blob(t, 1); t->is_creation = true; break;
    case BLOB_PRICE: make_blob(t, 1); t->max_blob_fee = u256_from_u64(0); break;
    case BLOB_ROOM: make_blob(t, 4); break;
    case CODE_NONE: t->type = TX_SET_CODE; break;
    case CODE_CREATES:
        t->type = TX_SET_CODE;
        t->is_creation = true;
        t->authorization = &one_authorization;
        t->authorization_count = 1;
        break;
    case SYSTEM: t->type = TX_SYSTEM; t->block_number = 1; t->index = 1; break;
    case SIGNATURE: t->has_sender = false; break; /* r and s are 0 */
    }
}

/* Every rule refuses by its own name, and between two transactions it is as if nothing had been tried. */
static void refusals(void **unused)
{
    (void)unused;
    static const struct { enum spoil how; enum err want; } row[] = {
        {CHAIN, REJECT_TX_INVALID_CHAINID},
        {NONCE_LOW, REJECT_TX_NONCE_LOW},
        {NONCE_HIGH, REJECT_TX_NONCE_HIGH},
        {NONCE_MAX, REJECT_TX_NONCE_IS_MAX},
        {INTRINSIC, REJECT_TX_INTRINSIC_GAS_TOO_LOW},
        {FLOOR, REJECT_TX_BELOW_FLOOR_GAS},          /* EIP-7623 */
        {CAP, REJECT_TX_GAS_LIMIT_MAXIMUM},          /* EIP-7825 */
        {BLOCK_GAS_LIMIT, REJECT_TX_GAS_ALLOWANCE},
        {MAX_FEE, REJECT_TX_MAX_FEE_LOW},
        {PRIORITY, REJECT_TX_PRIORITY_ABOVE_MAX_FEE},
        {FUNDS, REJECT_TX_INSUFFICIENT_FUNDS},
        {VALUE, REJECT_TX_INSUFFICIENT_FUNDS},
        {PRODUCT, REJECT_TX_GASLIMIT_PRICE_PRODUCT_OVERFLOW},
        {INITCODE, REJECT_TX_INITCODE_SIZE},         /* EIP-3860 */
        {CONTRACT_SENDER, REJECT_TX_SENDER_NOT_EOA}, /* EIP-3607 */
        {BLOB_NONE, REJECT_TX_BLOB_ZERO},
        {BLOB_VERSION, REJECT_TX_BLOB_VERSION},
        {BLOB_MANY, REJECT_TX_BLOB_COUNT},           /* EIP-7594 */
        {BLOB_TOO_MANY, REJECT_TX_BLOB_ALLOWANCE},
        {BLOB_CREATES, REJECT_TX_BLOB_CREATION},
        {BLOB_PRICE, REJECT_TX_BLOB_FEE_LOW},
        {BLOB_ROOM, REJECT_TX_BLOB_ALLOWANCE},       /* 6 of 9 are taken */
        {CODE_NONE, REJECT_TX_AUTHORIZATION_EMPTY},
        {CODE_CREATES, REJECT_TX_AUTHORIZATION_CREATION},
        {SYSTEM, REJECT_TX_TYPE_NOT_SUPPORTED},
        {SIGNATURE, REJECT_TX_INVALID_SIGNATURE_VRS},
    };
    hash32 roots[2];
    for (int tried = 0; tried < 2; tried++) { /* without and with the refused ones in between */
        static struct world w;
        struct tx first = transfer(0, &logger), second = transfer(1, &logger);
        const struct receipt *r;
        make_blob(&first, 6);
        open_world(&w, &osaka, NULL, NULL);
        assert_int_equal(block_apply(&w.run, &r, &first), OK);
        w.run.gas_used += BLOCK_GAS - 400000 - r->gas_used; /* the block is nearly full */
        const u64 gas_used = w.run.gas_used, mark = evm_host_mark(&w.run.host);
        for (size_t i = 0; tried && i < COUNT_OF(row); i++) {
            struct tx bad = transfer(1, &logger);
            spoil(&bad, row[i].how);
            if (row[i].how == INITCODE || row[i].how == CAP)
                w.run.gas_used = 0; /* gas limits that a full block would refuse first, were they checked later */
            const enum err e = block_apply(&w.run, &r, &bad);
            w.run.gas_used = gas_used;
            if (e != row[i].want)
                fail_msg("row %zu: %s", i, err_name(e));
            assert_int_equal(w.run.tx.count, 1);
            assert_int_equal(evm_host_mark(&w.run.host), mark);
            assert_false(w.run.tx_open);
        }
        assert_int_equal(block_apply(&w.run, &r, &second), OK);
        assert_true(r->success);
        assert_int_equal(r->log_count, 1);
        assert_int_equal(w.run.tx.count, 2);
        roots[tried] = close_world(&w);
    }
    assert_memory_equal(&roots[0], &roots[1], 32);
}

/* The last gas limit, fee, count that is still good: one unit to the other side of each. */
static void boundaries(void **unused)
{
    (void)unused;
    static const struct {
        const char *what;
        u64 gas_limit;
        size_t zeros;
        u32 blobs;
        bool creates;
        const struct activation *active;
        enum err want;
    } row[] = {
        {"EIP-7825", 1 << 24, 0, 0, false, &osaka, OK},
        {"EIP-7825 + 1", (1 << 24) + 1, 0, 0, false, &osaka, REJECT_TX_GAS_LIMIT_MAXIMUM},
        {"before EIP-7825", (1 << 24) + 1, 0, 0, false, &cancun, OK},
        {"EIP-7623", 31000, 1000, 0, false, &osaka, OK},
        {"EIP-7623 - 1", 30999, 1000, 0, false, &osaka, REJECT_TX_BELOW_FLOOR_GAS},
        {"before EIP-7623", 25000, 1000, 0, false, &cancun, OK},
        {"EIP-3860", 1 << 20, 0xc000, 0, true, &osaka, OK},
        {"EIP-3860 + 1", 1 << 20, 0xc001, 0, true, &osaka, REJECT_TX_INITCODE_SIZE},
        {"EIP-7594", 21000, 0, 6, false, &osaka, OK},
        {"EIP-7594 + 1", 21000, 0, 7, false, &osaka, REJECT_TX_BLOB_COUNT},
        {"EIP-4844", 21000, 0, 6, false, &cancun, OK},
        {"EIP-4844 + 1", 21000, 0, 7, false, &cancun, REJECT_TX_BLOB_COUNT},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        static struct world w;
        struct tx t = transfer(0, &coinbase);
        const struct receipt *r;
        t.gas_limit = row[i].gas_limit;
        t.data = bytes_of(big_code, row[i].zeros);
        t.is_creation = row[i].creates;
        if (row[i].blobs)
            make_blob(&t, row[i].blobs);
        open_world(&w, row[i].active, NULL, NULL);
        const enum err e = block_apply(&w.run, &r, &t);
        if (e != row[i].want)
            fail_msg("%s: %s", row[i].what, err_name(e));
        (void)close_world(&w);
    }
}

/* EIP-7623: the floor counts data alone, the intrinsic cost also access list and authorizations; whichever is more
 * must be within the limit. 1,000 zero bytes: 4,000 and a floor of 31,000; 1,000 others: 16,000 and 61,000. */
static void floor_of_each_type(void **unused)
{
    (void)unused;
    static const hash32 key[4];
    static const struct access list[] = {{.key = key, .key_count = 4}};
    static u8 others[1000];
    memset(others, 1, sizeof others);
    static const struct {
        const char *what;
        enum tx_type type;
        u32 access_count;
        bool zeros;
        u64 enough;
        enum err below;
    } row[] = {
        {"legacy, zeros", TX_LEGACY, 0, true, 31000, REJECT_TX_BELOW_FLOOR_GAS},
        {"legacy, others", TX_LEGACY, 0, false, 61000, REJECT_TX_BELOW_FLOOR_GAS},
        {"access list, zeros: 21,000 + 4,000 + 2,400 + 4 * 1,900", TX_ACCESS_LIST, 1, true, 35000,
         REJECT_TX_INTRINSIC_GAS_TOO_LOW},
        {"access list, others", TX_ACCESS_LIST, 1, false, 61000, REJECT_TX_BELOW_FLOOR_GAS},
        {"dynamic fee, zeros, access list", TX_DYNAMIC_FEE, 1, true, 35000, REJECT_TX_INTRINSIC_GAS_TOO_LOW},
        {"dynamic fee, zeros", TX_DYNAMIC_FEE, 0, true, 31000, REJECT_TX_BELOW_FLOOR_GAS},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++)
        for (u64 less = 0; less < 2; less++) {
            static struct world w;
            struct tx t = transfer(0, &coinbase);
            const struct receipt *r;
            t.type = row[i].type;
            if (t.type <= TX_ACCESS_LIST)
                t.max_priority_fee = t.max_fee;
            t.access = list;
            t.access_count = row[i].access_count;
            t.data = row[i].zeros ? bytes_of(big_code, 1000) : BYTES_OF(others);
            t.gas_limit = row[i].enough - less;
            open_world(&w, &osaka, NULL, NULL);
            const enum err e = block_apply(&w.run, &r, &t);
            if (e != (less ? row[i].below : OK))
                fail_msg("%s: %s", row[i].what, err_name(e));
            if (e == OK)
                assert_int_equal(r->gas_used, row[i].enough); /* nothing runs at the coinbase */
            (void)close_world(&w);
        }
}

/* EIP-4844: a sender must be able to pay the most that gas, value and blob gas may cost, and pays what they do cost:
 * the blob fee is burned, and stays paid when the message fails. */
static void blob_balance(void **unused)
{
    (void)unused;
    const u64 blob_gas = 2 * (1 << 17), gas_limit = 50000;
    for (u64 missing = 0; missing < 2; missing++) {
        static struct world w;
        struct tx t = transfer(0, &reverter);
        const struct receipt *r;
        make_blob(&t, 2);
        t.sender = poor;
        t.gas_limit = gas_limit;
        t.value = u256_from_u64(7);
        t.max_blob_fee = u256_from_u64(5); /* the price is 1: no excess */
        const u256 most = u256_from_u64(gas_limit * 3 * GWEI + 7 + blob_gas * 5 - missing);
        open_world(&w, &cancun, NULL, NULL);
        state_set_balance(w.state, account_of(w.state, &poor), &most);
        const enum err e = block_apply(&w.run, &r, &t);
        assert_int_equal(e, missing ? REJECT_TX_INSUFFICIENT_FUNDS : OK);
        if (e == OK) {
            assert_false(r->success);
            assert_int_equal(r->blob_gas_used, blob_gas);
            const u256 left = account_of(w.state, &poor)->balance;
            assert_int_equal(most.w[0] - left.w[0], r->gas_used * 2 * GWEI + blob_gas);
        }
        (void)close_world(&w);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals),
        cmocka_unit_test(boundaries),
        cmocka_unit_test(floor_of_each_type),
        cmocka_unit_test(blob_balance),
    };
    return world_main(tests, COUNT_OF(tests));
}
