/* A block in progress: opening it, joining its hooks, marks, and messages outside of transactions. */
#include "chain/execute.h"

#include "base/u256.h"

void machine_init(struct machine *m, const struct memory *memory, struct code_cache *codes)
{
    *m = (struct machine){.memory = memory, .codes = codes};
    evm_init(&m->vm, memory);
}

void machine_release(struct machine *m)
{
    evm_release(&m->vm);
}

/* --- two listeners on one VM: the rules, which come first, and the caller's --- */

static enum err joined_on_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    const struct hooks *l = ((struct block_run *)context)->listener;
    return l->enter(l->context, vm, m);
}

static enum err joined_on_leave(void *context, struct evm *vm, const struct evm_message *m, const struct evm_result *r)
{
    struct block_run *run = context;
    const struct hooks *l = run->listener;
    if (run->rules->hooks->leave)
        TRY(run->rules->hooks->leave(run, vm, m, r));
    return l && l->leave ? l->leave(l->context, vm, m, r) : OK;
}

static enum err joined_on_log(void *context, struct evm *vm, const struct evm_message *m, const struct log *log)
{
    struct block_run *run = context;
    const struct hooks *l = run->listener;
    if (run->rules->hooks->log)
        TRY(run->rules->hooks->log(run, vm, m, log));
    return l && l->log ? l->log(l->context, vm, m, log) : OK;
}

static enum err on_call_codeless(void *context, struct evm *vm, const struct evm_message *m, struct evm_result *r,
                                 bool *served)
{
    struct block_run *run = context;
    const struct hooks *l = run->listener;
    if (run->rules->hooks->call_codeless)
        TRY(run->rules->hooks->call_codeless(run, vm, m, r, served));
    return *served || !l || !l->call_codeless ? OK : l->call_codeless(l->context, vm, m, r, served);
}

static const struct precompile *on_precompile(void *context, const struct fork *fork, const address *at)
{
    const struct hooks *l = ((struct block_run *)context)->listener;
    return l->precompile(l->context, fork, at);
}

static enum err on_read_environment(void *context, struct evm *vm, const struct evm_message *m, u8 opcode)
{
    const struct hooks *l = ((struct block_run *)context)->listener;
    return l->read_environment(l->context, vm, m, opcode);
}

static enum err joined_on_step(void *context, struct evm *vm, const struct evm_message *m, const struct evm_step *s)
{
    const struct hooks *l = ((struct block_run *)context)->listener;
    return l->step(l->context, vm, m, s);
}

void block_listen(struct block_run *run, const struct hooks *listener)
{
    run->listener = listener;
    const struct chain_hooks *h = run->rules->hooks;
    if (!h || !(h->leave || h->log || h->call_codeless)) {
        run->machine->vm.hooks = listener;
        return;
    }
    const struct hooks none = {0}, *l = listener ? listener : &none;
    run->hooks = (struct hooks){
        .context = run,
        .enter = l->enter ? joined_on_enter : NULL,
        .leave = h->leave || l->leave ? joined_on_leave : NULL,
        .log = h->log || l->log ? joined_on_log : NULL,
        .call_codeless = h->call_codeless || l->call_codeless ? on_call_codeless : NULL,
        .precompile = l->precompile ? on_precompile : NULL,
        .read_environment = l->read_environment ? on_read_environment : NULL,
        .step = l->step ? joined_on_step : NULL,
    };
    run->machine->vm.hooks = &run->hooks;
}

/* --- opening --- */

/* Yellow paper 4.4.3 with EIP-649, EIP-1234 and EIP-3675. */
static i64 reward_of(enum fork_id fork)
{
    const i64 ether = 1000000000000000000;
    return fork >= FORK_PARIS ? -1 : ether * (fork >= FORK_CONSTANTINOPLE ? 2 : fork >= FORK_BYZANTIUM ? 3 : 5);
}

void block_open(struct block_run *run, struct machine *machine, const struct chain_rules *rules, struct state *state,
                const struct header *h, const struct ancestors *ancestors, const struct hooks *listener)
{
    const struct activation *active = chain_rules_at(rules, h->number, h->timestamp);
    *run = (struct block_run){
        .rules = rules,
        .active = active,
        .fork = active->fork,
        .machine = machine,
        .state = state,
        .header = *h,
        .reward = reward_of(active->fork->id),
        .env = {
            .number = h->number,
            .timestamp = h->timestamp,
            .gas_limit = h->gas_limit,
            .coinbase = h->coinbase,
            .prevrandao = h->prevrandao,
            .difficulty = h->difficulty,
            .base_fee = h->base_fee,
            .chain_id = rules->chain_id,
        },
    };
    if (active->fork->id >= FORK_CANCUN)
        blob_base_fee(&run->env.blob_base_fee, h->excess_blob_gas, &active->blobs);
    arena_init(&run->arena, machine->memory);
    run->host = (struct evm_host){
        .state = state,
        .codes = machine->codes,
        .fork = active->fork,
        .arena = &run->arena,
        .parent_number = h->number - 1,
        .parent_hash = h->parent_hash,
        .ancestors = ancestors,
    };
    if (rules->hooks && rules->hooks->run_size)
        run->hook_data = arena_take_zero(&run->arena, rules->hooks->run_size);
    struct evm *vm = &machine->vm;
    vm->fork = active->fork;
    vm->ops = &evm_host_ops;
    vm->host = &run->host;
    vm->block = &run->env;
    vm->tx = &run->tx_env;
    block_listen(run, listener);
}

void block_release(struct block_run *run)
{
    run->machine->vm.hooks = NULL;
    arena_release(&run->arena);
}

/* --- undo --- */

struct block_mark block_mark(struct block_run *run)
{
    struct block_mark m = {
        .host_mark = evm_host_mark(&run->host),
        .gas_used = run->gas_used,
        .blob_gas_used = run->blob_gas_used,
        .tx_count = (u32)run->tx.count,
    };
    if (run->hook_data) {
        const size_t size = run->rules->hooks->run_size;
        m.hook_data = memcpy(arena_take(&run->arena, size), run->hook_data, size);
    }
    return m;
}

void block_rewind(struct block_run *run, const struct block_mark *mark)
{
    evm_host_rewind(&run->host, mark->host_mark);
    run->gas_used = mark->gas_used;
    run->blob_gas_used = mark->blob_gas_used;
    run->tx.count = run->receipt.count = mark->tx_count;
    if (run->hook_data)
        memcpy(run->hook_data, mark->hook_data, run->rules->hooks->run_size);
}

/* --- messages --- */

/* Warms the two ends and runs. */
static enum err run_message(struct block_run *run, struct evm_result *out, const struct block_message *m)
{
    const struct account *ignored;
    bool cold;
    TRY(state_account(run->state, &ignored, &cold, &m->from));
    TRY(state_account(run->state, &ignored, &cold, &m->to));
    const struct evm_message message = {
        .kind = MESSAGE_CALL,
        .is_static = m->is_static,
        .depth = m->depth,
        .gas = m->gas > INT64_MAX ? INT64_MAX : (i64)m->gas,
        .recipient = m->to,
        .sender = m->from,
        .code_address = m->to,
        .input = m->data,
        .value = m->value,
        .skips_transfer = m->skips_transfer,
    };
    TRY(evm_execute(&run->machine->vm, out, &message));
    out->output = arena_copy(&run->arena, out->output);
    return OK;
}

enum err block_message(struct block_run *run, struct evm_result *out, const struct block_message *m)
{
    const struct evm_tx outer = run->tx_env;
    const bool alone = !run->tx_open;
    if (alone) {
        state_tx_begin(run->state);
        run->tx_open = true;
    }
    run->tx_env = (struct evm_tx){.origin = m->from};
    const enum err e = run_message(run, out, m);
    run->tx_env = outer;
    if (alone) {
        run->tx_open = false;
        if (e == OK)
            state_tx_end(run->state, &(struct state_rules){.clears_empty = run->fork->id >= FORK_SPURIOUS});
    }
    return e;
}

enum err chain_system_call(struct block_run *run, struct evm_result *out, const address *to, struct bytes data, u64 gas,
                           u32 depth)
{
    const struct block_message m = {
        .from = system_sender,
        .to = *to,
        .data = data,
        .gas = gas,
        .depth = depth,
        .skips_transfer = true,
    };
    return block_message(run, out, &m);
}
