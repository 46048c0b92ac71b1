/* Blocks built and executed on a small state. What whole blocks must come to is held by the official fixtures
 * (`scope blocktest`); here is what they do not reach: that refused work leaves no trace, hooks and system
 * transactions, undo, messages inside of transactions, each field of a header, and EIP-7934, 6110, 7825. */
#include "chain/execute.h"

#include "base/u256.h"
#include "chain/requests.h"
#include "codec/hex.h"
#include "crypto/keccak.h"
#include "io/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { GWEI = 1000000000, BLOCK_GAS = 60000000 };

/* --- the world: one account that pays, one that has nothing, a few contracts --- */

static struct arena arena;
static struct trie_db *tries;
static struct code_cache *codes;
static struct code_source source;
static struct machine machine;
static struct header genesis;
static hash32 genesis_hash;

static const hash32 rich_key = {{[31] = 1}}, poor_key = {{[31] = 2}}, contract_key = {{[31] = 3}};
static address rich, poor, contract_with_key;
static const address coinbase = {{0xcb}};
static const address logger = {{0x10}};    /* LOG0 of nothing, then SSTORE(0, SLOAD(0) + 1) */
static const address reverter = {{0x20}};
static const address spinner = {{0x30}};   /* endless loop */
static const address teller = {{0x40}};    /* returns ORIGIN, GASPRICE, CALLER */

static const char *const contract_code[][2] = {
    {"10", "5f5fa05f546001015f55"},
    {"20", "5f5ffd"},
    {"30", "5b5f56"},
    {"40", "325f523a602052336040526060" "5ff3"},
};

static struct bytes unhex(const char *text)
{
    struct bytes out;
    assert_int_equal(hex_bytes(&arena, &out, bytes_of(text, strlen(text))), OK);
    return out;
}

static enum err code_from_cache(void *cache, struct bytes *out, const hash32 *hash)
{
    const struct code *c = code_cache_get(cache, hash);
    if (!c)
        return FAULT_STATE_MISSING;
    *out = code_bytes(c);
    return OK;
}

static enum err keep_code(void *cache, const hash32 *hash, struct bytes code)
{
    (void)code_cache_put(cache, hash, code);
    return OK;
}

static const struct account *account_of(struct state *s, const address *at)
{
    const struct account *a;
    assert_int_equal(state_account(s, &a, NULL, at), OK);
    return a;
}

static void fund(struct state *s, const address *at, u64 ether)
{
    const u256 wei = {{1000000000000000000u, 0, 0, 0}}, count = u256_from_u64(ether);
    u256 balance;
    u256_mul(&balance, &wei, &count);
    state_set_balance(s, account_of(s, at), &balance);
}

static void make_genesis(void)
{
    struct state *s = state_open(&system_memory, tries, &source, &trie_empty_root);
    fund(s, &rich, 1000000);
    fund(s, &contract_with_key, 1000);
    state_set_code(s, account_of(s, &contract_with_key), unhex("00"));
    for (size_t i = 0; i < COUNT_OF(contract_code); i++) {
        const address at = {{unhex(contract_code[i][0]).ptr[0]}};
        state_set_code(s, account_of(s, &at), unhex(contract_code[i][1]));
    }
    genesis = (struct header){.field_count = HEADER_PRAGUE,
                              .gas_limit = BLOCK_GAS,
                              .timestamp = 1000,
                              .base_fee = u256_from_u64(GWEI),
                              .ommers_hash = empty_ommers_hash};
    assert_int_equal(state_commit(s, &genesis.state_root), OK);
    assert_int_equal(state_new_codes(s, keep_code, codes), OK);
    state_release(s);
    header_hash(&genesis_hash, &genesis, &arena);
}

static struct chain_rules rules_of(const struct activation *active, const struct chain_hooks *hooks)
{
    return (struct chain_rules){.chain_id = 1, .activation = active, .activation_count = 1, .hooks = hooks};
}

static const struct activation cancun = {.fork = &fork_table[FORK_CANCUN], .blobs = {3, 6, 3338477}};
static const struct activation osaka = {.fork = &fork_table[FORK_OSAKA], .blobs = {6, 9, 5007716}};

/* A run on the genesis, and the state it is on. */
struct world {
    struct chain_rules rules;
    struct state *state;
    struct block_run run;
};

static void open_world(struct world *w, const struct activation *active, const struct chain_hooks *hooks,
                       const struct hooks *listener)
{
    struct header h = genesis;
    h.number = 1;
    h.timestamp = 1012;
    h.parent_hash = genesis_hash;
    h.coinbase = coinbase;
    h.field_count = header_field_count(active->fork);
    w->rules = rules_of(active, hooks);
    w->state = state_open(&system_memory, tries, &source, &genesis.state_root);
    block_open(&w->run, &machine, &w->rules, w->state, &h, NULL, listener);
}

static hash32 close_world(struct world *w)
{
    hash32 root;
    assert_int_equal(state_commit(w->state, &root), OK);
    block_release(&w->run);
    state_release(w->state);
    return root;
}

static struct tx transfer(u64 nonce, const address *to)
{
    return (struct tx){.type = TX_DYNAMIC_FEE,
                       .has_chain_id = true,
                       .chain_id = 1,
                       .nonce = nonce,
                       .gas_limit = 100000,
                       .max_fee = u256_from_u64(3 * (u64)GWEI),
                       .max_priority_fee = u256_from_u64(GWEI),
                       .to = *to,
                       .sender = rich,
                       .has_sender = true};
}

/* --- refused work leaves no trace --- */

static u8 big_code[0xc001];
static const hash32 blob_hashes[10] = {{{1}}, {{1}}, {{1}}, {{1}}, {{1}}, {{1}}, {{1}}, {{1}}, {{1}}, {{1}}};
static const hash32 wrong_version = {{2}};
static struct authorization one_authorization;
static const u256 all_ones = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

enum spoil {
    SPOIL_NOTHING, CHAIN, NONCE_LOW, NONCE_HIGH, NONCE_MAX, INTRINSIC, FLOOR, CAP, BLOCK_GAS_LIMIT, MAX_FEE, PRIORITY,
    FUNDS, VALUE, PRODUCT, INITCODE, CONTRACT_SENDER, BLOB_NONE, BLOB_VERSION, BLOB_MANY, BLOB_TOO_MANY, BLOB_CREATES,
    BLOB_PRICE, BLOB_ROOM, CODE_NONE, CODE_CREATES, SYSTEM, SIGNATURE
};

static void make_blob(struct tx *t, u32 count)
{
    t->type = TX_BLOB;
    t->blob_hash = blob_hashes;
    t->blob_hash_count = count;
    t->max_blob_fee = u256_from_u64(1);
}

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
            assert_int_equal(w.run.tx_count, 1);
            assert_int_equal(evm_host_mark(&w.run.host), mark);
            assert_false(w.run.tx_open);
        }
        assert_int_equal(block_apply(&w.run, &r, &second), OK);
        assert_true(r->success);
        assert_int_equal(r->log_count, 1);
        assert_int_equal(w.run.tx_count, 2);
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

/* --- system transactions and hooks --- */

struct hook_count {
    u64 before, after, system;
};

static enum err hook_system(struct block_run *run, const struct tx *t)
{
    ((struct hook_count *)run->hook_data)->system++;
    return address_eq(&t->to, &spinner) || address_eq(&t->to, &logger) || address_eq(&t->to, &reverter) ||
                   address_eq(&t->to, &teller)
               ? OK
               : REJECT_SYSTEM_TX_TARGET;
}

static enum err hook_before(struct block_run *run, const struct tx *t)
{
    ((struct hook_count *)run->hook_data)->before++;
    return t->data.len == 1 ? REJECT_BLOCK_RULES : OK;
}

static enum err hook_after(struct block_run *run, const struct tx *t, const struct receipt *r)
{
    ((struct hook_count *)run->hook_data)->after++;
    return t->data.len == 2 || r->log_count > 5 ? REJECT_BLOCK_RULES : OK;
}

/* A call to 0xab..: refused whatever the caller does about it. */
static enum err hook_codeless(struct block_run *run, struct evm *vm, const struct evm_message *m, struct evm_result *r,
                              bool *served)
{
    (void)run, (void)vm, (void)r, (void)served;
    return m->code_address.b[0] == 0xab ? REJECT_BLOCK_RULES : OK;
}

static const struct chain_hooks test_hooks = {
    .name = "test",
    .admitted = TX_TYPES_ALL & ~8u,
    .base_fee_to_coinbase = true,
    .omits_beacon_root = true,
    .omits_requests = true,
    .run_size = sizeof(struct hook_count),
    .system = hook_system,
    .before = hook_before,
    .after = hook_after,
    .call_codeless = hook_codeless,
};

static struct tx system_tx(u64 index, const address *to)
{
    return (struct tx){.type = TX_SYSTEM,
                       .has_chain_id = true,
                       .chain_id = 1,
                       .block_number = 1,
                       .index = index,
                       .to = *to,
                       .gas_limit = 200000,
                       .sender = system_sender,
                       .has_sender = true};
}

/* docs/protocol.md section 11: no nonce, no fee, no value, no intrinsic gas, no cap; gas counts in the block. */
static void system_transactions(void **unused)
{
    (void)unused;
    static struct world w;
    const struct receipt *r;
    open_world(&w, &osaka, &test_hooks, NULL);
    struct tx t = system_tx(0, &teller);
    t.gas_limit = 1 << 25; /* above EIP-7825's cap */
    assert_int_equal(block_apply(&w.run, &r, &t), OK);
    assert_true(r->success);
    assert_int_equal(r->type, TX_SYSTEM);
    assert_true(r->gas_used > 0 && r->gas_used < 21000); /* no intrinsic gas */
    assert_int_equal(w.run.gas_used, r->gas_used);
    assert_true(u256_is_zero(&r->effective_gas_price));
    assert_int_equal(r->output.len, 96);
    assert_memory_equal(r->output.ptr + 12, &system_sender, 20); /* ORIGIN */
    assert_true(load_be64(r->output.ptr + 56) == 0);             /* GASPRICE */
    assert_memory_equal(r->output.ptr + 76, &system_sender, 20); /* CALLER */
    assert_false(account_of(w.state, &system_sender)->exists);
    assert_false(account_of(w.state, &coinbase)->exists);

    const struct { struct tx tx; enum err want; } row[] = {
        {system_tx(0, &teller), REJECT_SYSTEM_TX_PLACE},
        {system_tx(2, &teller), REJECT_SYSTEM_TX_PLACE},
        {system_tx(1, &coinbase), REJECT_SYSTEM_TX_TARGET},
        {system_tx(1, &reverter), REJECT_SYSTEM_TX_FAILED},
        {system_tx(1, &spinner), REJECT_SYSTEM_TX_FAILED},
        {system_tx(1, &logger), OK},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++)
        assert_int_equal(block_apply(&w.run, &r, &row[i].tx), row[i].want);
    t = system_tx(2, &teller);
    t.chain_id = 2;
    assert_int_equal(block_apply(&w.run, &r, &t), REJECT_SYSTEM_TX_PLACE);
    t = system_tx(2, &teller);
    t.block_number = 2;
    assert_int_equal(block_apply(&w.run, &r, &t), REJECT_SYSTEM_TX_PLACE);
    t = system_tx(2, &teller);
    t.gas_limit = BLOCK_GAS - w.run.gas_used + 1;
    assert_int_equal(block_apply(&w.run, &r, &t), REJECT_TX_GAS_ALLOWANCE);
    assert_int_equal(w.run.tx_count, 2);
    (void)close_world(&w);
}

/* The rules' hooks see each transaction, may refuse it, and what they keep is undone with it. */
static void rule_hooks(void **unused)
{
    (void)unused;
    static struct world w;
    const struct receipt *r;
    open_world(&w, &osaka, &test_hooks, NULL);
    const struct hook_count *count = w.run.hook_data;
    const u64 mark = evm_host_mark(&w.run.host);
    struct tx t = transfer(0, &logger);
    t.data = bytes_of(big_code, 1);
    assert_int_equal(block_apply(&w.run, &r, &t), REJECT_BLOCK_RULES); /* by before */
    t.data = bytes_of(big_code, 2);
    assert_int_equal(block_apply(&w.run, &r, &t), REJECT_BLOCK_RULES); /* by after */
    t.data = (struct bytes){0};
    const address refused = {{0xab}};
    t.to = refused;
    assert_int_equal(block_apply(&w.run, &r, &t), REJECT_BLOCK_RULES); /* by the VM's hook, in the middle */
    make_blob(&t, 1);
    assert_int_equal(block_apply(&w.run, &r, &t), REJECT_TX_TYPE_NOT_SUPPORTED); /* by the set of types */
    assert_int_equal(evm_host_mark(&w.run.host), mark);
    assert_int_equal(count->before + count->after + count->system, 0);

    t = transfer(0, &logger);
    const u256 before = account_of(w.state, &rich)->balance;
    assert_int_equal(block_apply(&w.run, &r, &t), OK);
    assert_int_equal(count->before, 1);
    assert_int_equal(count->after, 1);
    /* the base fee goes to the coinbase: what the sender paid is what it got, 2 gwei for each unit of gas */
    u256 paid;
    u256_sub(&paid, &before, &account_of(w.state, &rich)->balance);
    assert_true(u256_eq(&paid, &account_of(w.state, &coinbase)->balance));
    assert_int_equal(paid.w[0], r->gas_used * 2 * GWEI);
    (void)close_world(&w);
}

/* On Ethereum the base fee is burned: the coinbase gets the priority fee alone. */
static void base_fee_is_burned(void **unused)
{
    (void)unused;
    static struct world w;
    const struct receipt *r;
    open_world(&w, &osaka, NULL, NULL);
    const struct tx t = transfer(0, &logger);
    assert_int_equal(block_apply(&w.run, &r, &t), OK);
    assert_int_equal(account_of(w.state, &coinbase)->balance.w[0], r->gas_used * GWEI);
    (void)close_world(&w);
}

/* --- undo --- */

static void rewinds_transactions(void **unused)
{
    (void)unused;
    static struct world w;
    const struct receipt *r;
    struct tx t[4];
    for (u64 i = 0; i < COUNT_OF(t); i++)
        t[i] = transfer(i, &logger);
    open_world(&w, &osaka, &test_hooks, NULL);
    assert_int_equal(block_apply(&w.run, &r, &t[0]), OK);
    const struct block_mark mark = block_mark(&w.run);
    for (int again = 0; again < 2; again++) {
        for (u64 i = 1; i < COUNT_OF(t); i++) {
            assert_int_equal(block_apply(&w.run, &r, &t[i]), OK);
            assert_int_equal(r->cumulative_gas, w.run.gas_used);
            assert_int_equal(r->log_count, 1);
        }
        assert_int_equal(account_of(w.state, &rich)->nonce, 4);
        assert_int_equal(w.run.host.log_count, 4);
        if (!again)
            block_rewind(&w.run, &mark);
        assert_int_equal(w.run.tx_count, again ? 4 : 1);
        assert_int_equal(((struct hook_count *)w.run.hook_data)->after, again ? 4 : 1);
    }
    const hash32 once = close_world(&w);

    open_world(&w, &osaka, &test_hooks, NULL);
    for (u64 i = 0; i < COUNT_OF(t); i++)
        assert_int_equal(block_apply(&w.run, &r, &t[i]), OK);
    const hash32 straight = close_world(&w);
    assert_memory_equal(&once, &straight, 32);
}

/* --- messages inside of a transaction --- */

struct nested {
    struct block_run *run;
    u32 depth;
    struct evm_result seen;
};

/* At the log of the running transaction: asks the teller, and lets the reverter fail. */
static enum err on_log(void *context, struct evm *vm, const struct evm_message *m, const struct log *log)
{
    struct nested *n = context;
    (void)vm, (void)log;
    if (n->depth++ > 0)
        return OK;
    struct evm_result failed;
    TRY(chain_system_call(n->run, &failed, &reverter, (struct bytes){0}, 100000, m->depth + 1));
    assert_int_equal(failed.halt, HALT_REVERT);
    TRY(chain_system_call(n->run, &failed, &logger, (struct bytes){0}, 100000, m->depth + 1)); /* increments the slot */
    assert_true(halt_is_success(failed.halt));
    return chain_system_call(n->run, &n->seen, &teller, (struct bytes){0}, 100000, m->depth + 1);
}

/* A message that a hook runs shares the state of the transaction in progress, sees its own origin, and leaves the outer
 * one going on as if nothing had been. */
static void nested_messages(void **unused)
{
    (void)unused;
    static struct world w;
    struct nested n = {.run = &w.run};
    const struct hooks listener = {.context = &n, .log = on_log};
    const struct receipt *r;
    open_world(&w, &osaka, NULL, &listener);
    const struct tx t = transfer(0, &logger);
    assert_int_equal(block_apply(&w.run, &r, &t), OK);
    assert_true(r->success);
    assert_int_equal(r->log_count, 2); /* the outer one's and the nested one's */
    assert_memory_equal(n.seen.output.ptr + 12, &system_sender, 20);
    const struct slot *slot;
    const u256 zero = {{0}};
    assert_int_equal(state_slot(w.state, &slot, NULL, account_of(w.state, &logger), &zero), OK);
    assert_int_equal(slot->current.w[0], 2); /* the nested increment came first, between LOG and SLOAD */

    const struct tx ask = transfer(1, &teller);
    assert_int_equal(block_apply(&w.run, &r, &ask), OK);
    assert_memory_equal(r->output.ptr + 12, &rich, 20); /* the outer origin is back */
    (void)close_world(&w);
}

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

/* What a builder builds, a verifier takes, also after a journey as bytes; with any field of the header changed it does
 * not. */
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

/* --- EIP-6110 --- */

static void put_word(u8 *at, u64 x)
{
    memset(at, 0, 24);
    store_be64(at + 24, x);
}

/* The layout that EIP-6110 gives in its is_valid_deposit_event_data, and the 192 bytes that come out. */
static void deposits(void **unused)
{
    (void)unused;
    static const struct { u32 offset, len; } field[5] = {{160, 48}, {256, 32}, {320, 8}, {384, 96}, {512, 8}};
    u8 data[577] = {0}, want[192];
    size_t n = 0;
    for (size_t i = 0; i < 5; i++) {
        put_word(data + 32 * i, field[i].offset);
        put_word(data + field[i].offset, field[i].len);
        for (u32 k = 0; k < field[i].len; k++)
            want[n++] = data[field[i].offset + 32 + k] = (u8)(i * 50 + k + 1);
    }
    assert_int_equal(n, 192);
    struct buffer out = buffer_in(&arena);
    assert_int_equal(deposit_from_log(&out, bytes_of(data, 576)), OK);
    assert_int_equal(out.len, 192);
    assert_memory_equal(out.ptr, want, 192);

    for (int less = 0; less < 2; less++)
        assert_int_equal(deposit_from_log(&out, bytes_of(data, less ? 575 : 577)), REJECT_BLOCK_DEPOSIT_LAYOUT);
    for (size_t i = 0; i < 5; i++)
        for (int which = 0; which < 2; which++)
            for (int byte = 0; byte < 32; byte += 31) { /* the highest and the lowest byte of each word */
                u8 *at = data + (which ? field[i].offset : 32 * i) + byte;
                *at ^= 1;
                assert_int_equal(deposit_from_log(&out, bytes_of(data, 576)), REJECT_BLOCK_DEPOSIT_LAYOUT);
                *at ^= 1;
            }
    assert_int_equal(out.len, 192);
}

/* EIP-7685: nothing asked hashes to sha256 of nothing, and an empty type is left out. */
static void request_hashes(void **unused)
{
    (void)unused;
    struct buffer requests[REQUEST_TYPES] = {buffer_in(&arena), buffer_in(&arena), buffer_in(&arena)};
    hash32 got;
    requests_hash(&got, requests, &arena);
    assert_memory_equal(&got, &empty_requests_hash, 32);
    buffer_add(&requests[1], "abc", 3);
    /* python: hashlib.sha256(hashlib.sha256(b"\x01abc").digest()).hexdigest() */
    requests_hash(&got, requests, &arena);
    const struct bytes want = unhex("6354c995e8f977ed314ba27970157a1642455d467a15863483bcfff48dd1c30a");
    assert_memory_equal(&got, want.ptr, 32);
    buffer_add(&requests[2], "d", 1);
    requests_hash(&got, requests, &arena);
    const struct bytes both = unhex("7b957653ee9b4500b8ce0c526b684984ca7fa328bb3fdf4013c568fc7f4b6f45");
    assert_memory_equal(&got, both.ptr, 32);
}

static void release_all(void)
{
    machine_release(&machine);
    trie_db_release(tries);
    code_cache_release(codes);
    arena_release(&arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals),        cmocka_unit_test(boundaries),         cmocka_unit_test(system_transactions),
        cmocka_unit_test(rule_hooks),      cmocka_unit_test(base_fee_is_burned), cmocka_unit_test(rewinds_transactions),
        cmocka_unit_test(nested_messages), cmocka_unit_test(header_fields),      cmocka_unit_test(block_size),
        cmocka_unit_test(deposits),        cmocka_unit_test(request_hashes),
    };
    arena_init(&arena, &system_memory);
    codes = code_cache_open(&system_memory, 0);
    source = (struct code_source){code_from_cache, codes};
    tries = trie_db_open(&system_memory, NULL);
    machine_init(&machine, &system_memory, codes);
    if (secp256k1_address(&rich, &rich_key) || secp256k1_address(&poor, &poor_key) ||
        secp256k1_address(&contract_with_key, &contract_key))
        return 1;
    make_genesis();
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    release_all();
    return failed;
}
