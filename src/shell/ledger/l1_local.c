#include "ledger/l1.h"

enum err l1_run(struct ledger *l, const struct block_choice *choice, const struct tx *t, const struct mining *mining,
                enum err (*use)(void *context, struct block_run *run, const struct receipt *receipt), void *context)
{
    struct state *view = ledger_view(l);
    struct block_run run;
    const struct receipt *receipt;
    enum err e = block_begin(&run, &l->machine, l->rules, view, &ledger_head(l)->header, &l->ancestors, choice,
                             mining->hooks);
    if (e != OK) {
        state_release(view);
        return e;
    }
    e = block_apply(&run, &receipt, t);
    if (e == OK && mining->accept)
        e = mining->accept(mining->context, receipt);
    if (e == OK)
        e = use(context, &run, receipt);
    block_release(&run);
    state_release(view);
    return e;
}

static enum err local_sync(void *context, struct ledger *l)
{
    (void)context, (void)l;
    return OK;
}

static struct block_choice local_choice(void *context, const struct ledger *l)
{
    const struct l1_local *local = context;
    const u64 head = ledger_head(l)->header.timestamp;
    const u64 chosen = local->next_timestamp > head ? local->next_timestamp : head + 1;
    return (struct block_choice){
        .coinbase = local->coinbase,
        .timestamp = local->next_timestamp ? chosen : head + local->slot_seconds,
        .gas_limit = local->gas_limit,
    };
}

static enum err append_local_block(void *context, struct block_run *run, const struct receipt *receipt)
{
    struct header h;
    (void)receipt;
    TRY(block_finish(run, &h));
    ledger_append(context, &h, run, run->state);
    return OK;
}

static enum err local_include(void *context, struct ledger *l, const struct receipt **receipt, bool *as_expected,
                              const struct tx *t, const struct mining *mining)
{
    const struct block_choice next = local_choice(context, l);
    TRY(l1_run(l, &next, t, mining, append_local_block, l));
    *receipt = &ledger_head(l)->receipt[0];
    *as_expected = true;
    return OK;
}

/* Blocks of a local chain are final. */
static enum err local_follow(void *context, struct ledger *l, const struct receipt **receipt, const struct tx *t,
                             const struct mining *mining)
{
    (void)context, (void)l, (void)receipt, (void)t, (void)mining;
    return FAULT_UNSUPPORTED;
}

static enum err local_reconcile(void *context, struct ledger *l, struct l1_reconciled *out, const hash32 *key)
{
    (void)context, (void)l, (void)key;
    *out = (struct l1_reconciled){.outcome = OUTCOME_NONE};
    return OK;
}

static bool local_has_unreconciled(void *context, u64 *first_nonce)
{
    (void)context, (void)first_nonce;
    return false;
}

static const char *local_why(void *context)
{
    (void)context;
    return "";
}

/* The genesis funds the accounts and the whole state is local, so fund and seen are never called. */
const struct l1_methods l1_local_methods = {
    .is_local = true,
    .sync = local_sync,
    .choice = local_choice,
    .include = local_include,
    .follow = local_follow,
    .reconcile = local_reconcile,
    .has_unreconciled = local_has_unreconciled,
    .why = local_why,
};
