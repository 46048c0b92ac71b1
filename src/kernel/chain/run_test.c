/* A block in progress: system transactions, the rules' hooks, undo, and messages inside of a transaction. */
#include "chain/world_test.h"

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
    return t->data.len == 1 ? REJECT_SYSTEM_TX_TARGET : OK;
}

static enum err hook_after(struct block_run *run, const struct tx *t, const struct receipt *r)
{
    ((struct hook_count *)run->hook_data)->after++;
    return t->data.len == 2 || r->log_count > 5 ? REJECT_SYSTEM_TX_TARGET : OK;
}

/* A call to 0xab..: refused whatever the caller does about it. */
static enum err hook_codeless(struct block_run *run, struct evm *vm, const struct evm_message *m, struct evm_result *r,
                              bool *served)
{
    (void)run, (void)vm, (void)r, (void)served;
    return m->code_address.b[0] == 0xab ? REJECT_SYSTEM_TX_TARGET : OK;
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
    assert_int_equal(w.run.tx.count, 2);
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
    assert_int_equal(block_apply(&w.run, &r, &t), REJECT_SYSTEM_TX_TARGET); /* by before */
    t.data = bytes_of(big_code, 2);
    assert_int_equal(block_apply(&w.run, &r, &t), REJECT_SYSTEM_TX_TARGET); /* by after */
    t.data = (struct bytes){0};
    const address refused = {{0xab}};
    t.to = refused;
    assert_int_equal(block_apply(&w.run, &r, &t), REJECT_SYSTEM_TX_TARGET); /* by the VM's hook, in the middle */
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
        assert_int_equal(w.run.host.log.count, 4);
        if (!again)
            block_rewind(&w.run, &mark);
        assert_int_equal(w.run.tx.count, again ? 4 : 1);
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
    TRY(chain_system_call(n->run, &failed, &logger, (struct bytes){0}, 100000,
                          m->depth + 1)); /* increments the storage slot */
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
    const struct storage_slot *storage_slot;
    const u256 zero = {{0}};
    assert_int_equal(state_storage_slot(w.state, &storage_slot, NULL, account_of(w.state, &logger), &zero), OK);
    assert_int_equal(storage_slot->current.w[0], 2); /* the nested increment came first, between LOG and SLOAD */

    const struct tx ask = transfer(1, &teller);
    assert_int_equal(block_apply(&w.run, &r, &ask), OK);
    assert_memory_equal(r->output.ptr + 12, &rich, 20); /* the outer origin is back */
    (void)close_world(&w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_transactions),
        cmocka_unit_test(rule_hooks),
        cmocka_unit_test(base_fee_is_burned),
        cmocka_unit_test(rewinds_transactions),
        cmocka_unit_test(nested_messages),
    };
    return world_main(tests, COUNT_OF(tests));
}
