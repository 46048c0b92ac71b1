/* eth_simulateV1: blocks of calls, one on top of the other, on a block of the chain.
 *
 *   {"blockStateCalls": [{blockOverrides, stateOverrides, calls}, ..], "traceTransfers", "validation",
 *    "returnFullTransactions"}
 *      --> plan_blocks: numbers and times, gaps filled with empty blocks
 *      --> run_block: header, overrides, calls, roots; the result is the block with what each call did
 *
 * Every block has real roots and a hash, as if it had been made of these calls as unsigned transactions. Without
 * validation nonces and base fee are not checked. Numbers, times and errors are those of go-ethereum and of
 * execution-apis. */
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "node/node.h"
#include "node/call_run.h"
#include "node/transfers.h"
#include "node/write.h"

enum {
    BLOCKS_MAX = 256,
    SECONDS_A_BLOCK = 12,
    CODE_BLOCK_NUMBER = -38020,
    CODE_TIMESTAMP = -38021,
    CODE_BLOCK_GAS = -38015,
    CODE_CLIENT_LIMIT = -38026,
};

struct plan {
    struct json overrides, calls; /* JSON_NONE: an empty block */
    struct block_overrides block;
    u64 number, time;
};

struct done {
    u64 number;
    hash32 hash;
};

struct simulate {
    struct rpc_request *request;
    struct call_run run;
    struct ancestors ancestors;
    const struct chain_block *base;
    bool validates, traces_transfers, whole_transactions;
    struct plan *plan;
    u32 plan_count;
    struct done *done; /* blocks before the one that runs */
    u32 done_count;
    struct header parent;
    u64 gas_left;
};

/* What a call did. */
struct outcome {
    struct call_object call;
    struct call_result result;
    const struct traced_log *log;
    u32 log_count;
};

/* --- the plan --- */

static void add_empty_blocks(struct simulate *s, u64 *number, u64 *time, u64 before)
{
    while (*number + 1 < before) {
        *number += 1;
        *time += SECONDS_A_BLOCK;
        s->plan[s->plan_count++] = (struct plan){JSON_NOTHING, JSON_NOTHING, .number = *number, .time = *time};
    }
}

static enum err plan_block(struct simulate *s, struct json block, u64 *number, u64 *time)
{
    struct rpc_request *r = s->request;
    struct plan p = {.overrides = json_get(block, "stateOverrides"), .calls = json_get(block, "calls")};
    if (json_kind(block) != JSON_OBJECT)
        return rpc_invalid(r, 0, "blockStateCalls must be objects");
    if (!rpc_absent(p.calls) && json_kind(p.calls) != JSON_ARRAY)
        return rpc_invalid(r, 0, "calls must be an array");
    TRY(block_overrides_read(r, &p.block, json_get(block, "blockOverrides"), 0));
    p.number = p.block.has_number ? p.block.number : *number + 1;
    if (p.number <= *number)
        return rpc_fail(r, CODE_BLOCK_NUMBER, "block numbers must be in order: %llu <= %llu",
                        (unsigned long long)p.number, (unsigned long long)*number);
    if (p.number - s->base->header.number > BLOCKS_MAX)
        return rpc_fail(r, CODE_CLIENT_LIMIT, "too many blocks");
    add_empty_blocks(s, number, time, p.number);
    p.time = p.block.has_time ? p.block.time : *time + SECONDS_A_BLOCK;
    if (p.time <= *time)
        return rpc_fail(r, CODE_TIMESTAMP, "block timestamps must be in order: %llu <= %llu",
                        (unsigned long long)p.time, (unsigned long long)*time);
    *number = p.number;
    *time = p.time;
    s->plan[s->plan_count++] = p;
    return OK;
}

static enum err plan_blocks(struct simulate *s, struct json blocks)
{
    struct rpc_request *r = s->request;
    u64 number = s->base->header.number, time = s->base->header.timestamp;
    if (json_kind(blocks) != JSON_ARRAY || json_count(blocks) == 0)
        return rpc_fail(r, JSONRPC_INVALID_PARAMS, "empty input");
    if (json_count(blocks) > BLOCKS_MAX)
        return rpc_fail(r, CODE_CLIENT_LIMIT, "too many blocks");
    s->plan = ARENA_TAKE(r->arena, struct plan, BLOCKS_MAX);
    for (struct json_iterator it = json_items(blocks); json_next(&it);)
        TRY(plan_block(s, it.value, &number, &time));
    return OK;
}

/* --- a block --- */

static enum err ancestor(void *context, hash32 *out, u64 number)
{
    const struct simulate *s = context;
    struct chain_line line = {s->request->at->chain, s->base};
    for (u32 i = 0; i < s->done_count; i++)
        if (s->done[i].number == number) {
            *out = s->done[i].hash;
            return OK;
        }
    return chain_line_hash(&line, out, number);
}

static u256 simulated_base_fee(const struct simulate *s, const struct plan *p)
{
    u256 fee = {{0}};
    if (p->block.has_base_fee)
        fee = p->block.base_fee;
    else if (s->validates)
        header_next_base_fee(&fee, &s->parent);
    return fee;
}

static void make_header(const struct simulate *s, struct header *out, const struct plan *p)
{
    const struct chain_rules *rules = s->request->at->chain->rules;
    const struct activation *active = chain_rules_at(rules, p->number, p->time);
    const struct block_overrides *o = &p->block;
    struct header h = {
        .ommers_hash = empty_ommers_hash,
        .coinbase = o->has_coinbase ? o->coinbase : s->parent.coinbase,
        .number = p->number,
        .timestamp = p->time,
        .gas_limit = o->has_gas_limit ? o->gas_limit : s->parent.gas_limit,
        .requests_hash = empty_requests_hash,
        .field_count = header_field_count(active->fork),
    };
    header_hash(&h.parent_hash, &s->parent, s->request->arena);
    if (active->fork->id < FORK_PARIS)
        h.difficulty = o->has_difficulty ? o->difficulty : s->parent.difficulty;
    if (o->has_prevrandao)
        h.prevrandao = o->prevrandao;
    if (o->has_beacon_root)
        h.parent_beacon_root = o->beacon_root;
    if (h.field_count >= HEADER_LONDON)
        h.base_fee = simulated_base_fee(s, p);
    if (h.field_count >= HEADER_SHANGHAI)
        withdrawals_root(&h.withdrawals_root, o->withdrawal, o->withdrawal_count, s->request->arena);
    if (h.field_count >= HEADER_CANCUN && s->parent.field_count >= HEADER_CANCUN)
        h.excess_blob_gas = header_next_excess_blob_gas(&s->parent, active);
    *out = h;
}

/* Nonce and gas where the call does not name them. */
static enum err complete(struct simulate *s, struct call_object *c)
{
    const struct block_run *run = &s->run.run;
    const struct account *sender;
    TRY(state_account(s->run.state, &sender, NULL, &c->tx.sender));
    if (!c->has_nonce)
        c->tx.nonce = sender->nonce;
    if (!c->has_gas)
        c->tx.gas_limit = run->header.gas_limit - run->gas_used;
    c->has_gas = true;
    if (c->tx.gas_limit > run->header.gas_limit - run->gas_used)
        return rpc_fail(s->request, CODE_BLOCK_GAS, "block gas limit reached: %llu >= %llu",
                        (unsigned long long)run->gas_used, (unsigned long long)run->header.gas_limit);
    call_object_complete(c, run->rules, &run->header, s->gas_left);
    return OK;
}

/* The bytes of an unsigned transaction: its signature is 0, 0, 0, where tx_encode has a legacy one's v as 27. */
static struct bytes unsigned_envelope(struct arena *arena, const struct tx *t)
{
    struct buffer b = buffer_in(arena);
    if (t->type != TX_LEGACY) {
        tx_encode(&b, t);
        return buffer_bytes(&b);
    }
    const size_t list = rlp_open(&b);
    rlp_add_u64(&b, t->nonce);
    rlp_add_u256(&b, &t->max_fee);
    rlp_add_u64(&b, t->gas_limit);
    rlp_add_string(&b, t->is_creation ? (struct bytes){0} : BYTES_OF(t->to.b));
    rlp_add_u256(&b, &t->value);
    rlp_add_string(&b, t->data);
    for (int i = 0; i < 3; i++)
        rlp_add_u64(&b, 0);
    rlp_close(&b, list);
    return buffer_bytes(&b);
}

static enum err simulate_call(struct simulate *s, struct transfers *t, struct outcome *out, struct bytes *envelope,
                              struct json call)
{
    struct call_run *m = &s->run;
    TRY(call_object_read(s->request, &out->call, call, 0));
    TRY(complete(s, &out->call));
    *envelope = unsigned_envelope(s->request->arena, &out->call.tx);
    keccak256(&out->call.tx.hash, envelope->ptr, envelope->len);
    out->call.tx.has_hash = true;
    transfers_next(t);
    TRY(call_run_refused(m, &out->call, call_run_try(m, &out->result, &out->call), 0));
    s->gas_left -= out->result.receipt->gas_used;
    out->log = transfers_logs(t, &out->log_count);
    return OK;
}

/* --- the result --- */

static void write_call_logs(struct json_writer *w, const struct outcome *o, u32 index, const struct header *h,
                            const hash32 *hash)
{
    json_write_key(w, "logs");
    json_write_array(w);
    for (u32 i = 0; i < o->log_count; i++) {
        const struct log_position p = {hash, h->number, h->timestamp, &o->call.tx.hash, index, o->log[i].index, false};
        write_log(w, &o->log[i].log, &p);
    }
    json_write_end(w);
}

static void write_call_error(struct json_writer *w, const struct receipt *r)
{
    json_write_key(w, "error");
    json_write_object(w);
    json_write_key(w, "message");
    json_write_z(w, r->halt == HALT_REVERT ? revert_message(w->out->arena, r->output) : halt_message(r->halt));
    json_write_key(w, "code");
    json_write_i64(w, r->halt == HALT_REVERT ? RPC_REVERTED : RPC_VM_ERROR);
    if (r->halt == HALT_REVERT)
        write_hex(w, "data", r->output);
    json_write_end(w);
}

static void write_simulated_outcome(struct json_writer *w, const struct outcome *o, u32 index, const struct header *h,
                                    const hash32 *hash)
{
    const struct receipt *r = o->result.receipt;
    json_write_object(w);
    write_hex(w, "returnData", r->success ? r->output : (struct bytes){0});
    write_call_logs(w, o, index, h, hash);
    write_quantity(w, "gasUsed", r->gas_used);
    write_quantity(w, "maxUsedGas", o->result.gas_peak);
    write_quantity(w, "status", r->success);
    if (!r->success)
        write_call_error(w, r);
    json_write_end(w);
}

static void write_transactions(struct simulate *s, const struct header *h, const hash32 *hash,
                               const struct outcome *o, u32 count)
{
    struct json_writer *w = s->request->out;
    json_write_key(w, "transactions");
    json_write_array(w);
    for (u32 i = 0; i < count; i++) {
        const struct tx_position p = {hash, h->number, h->timestamp, i,
                                      h->field_count >= HEADER_LONDON ? &h->base_fee : NULL, true};
        if (s->whole_transactions)
            write_tx(w, &o[i].call.tx, &p);
        else
            write_hash(w, &o[i].call.tx.hash);
    }
    json_write_end(w);
}

static void write_simulated(struct simulate *s, const struct plan *p, const struct header *h, const hash32 *hash,
                            const struct outcome *o, u32 count)
{
    struct json_writer *w = s->request->out;
    struct block_run *run = &s->run.run;
    struct buffer rlp = buffer_in(s->request->arena);
    block_encode(&rlp, h, run->tx.item, (u32)run->tx.count, NULL, 0, p->block.withdrawal, p->block.withdrawal_count);
    json_write_object(w);
    write_header_members(w, h, hash);
    write_quantity(w, "size", rlp.len);
    write_transactions(s, h, hash, o, count);
    json_write_key(w, "uncles");
    json_write_array(w);
    json_write_end(w);
    if (h->field_count >= HEADER_SHANGHAI) {
        json_write_key(w, "withdrawals");
        write_withdrawals(w, p->block.withdrawal, p->block.withdrawal_count);
    }
    json_write_key(w, "calls");
    json_write_array(w);
    for (u32 i = 0; i < count; i++)
        write_simulated_outcome(w, &o[i], i, h, hash);
    json_write_end(w);
    json_write_end(w);
}

/* --- all of it --- */

static void open_block(struct simulate *s, const struct plan *p, const struct header *h)
{
    struct call_run *m = &s->run;
    call_run_set_hooks(m);
    block_open(&m->run, &m->reader->machine, s->request->at->chain->rules, m->state, h, &s->ancestors, &m->hooks);
    m->run.lenient = LENIENT_SENDER | LENIENT_GAS | LENIENT_ORDER | (s->validates ? 0 : LENIENT_NONCE | LENIENT_FEES);
    m->run.withdrawal = p->block.withdrawal;
    m->run.withdrawal_count = p->block.withdrawal_count;
    if (p->block.has_blob_base_fee)
        m->run.env.blob_base_fee = p->block.blob_base_fee;
}

static enum err run_calls(struct simulate *s, const struct plan *p)
{
    struct block_run *run = &s->run.run;
    const u32 count = json_count(p->calls);
    struct outcome *o = ARENA_TAKE_ZERO(s->request->arena, struct outcome, count);
    struct bytes *envelope = ARENA_TAKE(s->request->arena, struct bytes, count);
    struct transfers transfers;
    struct header h;
    hash32 hash;
    TRY(block_start_calls(run));
    transfers_init(&transfers, s->request->arena, s->run.state, s->traces_transfers);
    call_run_listen(&s->run, &transfers.hooks);
    for (struct json_iterator it = json_items(p->calls); json_next(&it);)
        TRY(simulate_call(s, &transfers, &o[it.index], &envelope[it.index], it.value));
    call_run_listen(&s->run, NULL);
    TRY(block_finish(run, &h));
    transactions_root(&h.transactions_root, envelope, count, s->request->arena);
    header_hash(&hash, &h, s->request->arena);
    write_simulated(s, p, &h, &hash, o, count);
    s->done[s->done_count++] = (struct done){h.number, hash};
    s->parent = h;
    return rpc_check_budget(s->request);
}

static enum err run_block(struct simulate *s, const struct plan *p)
{
    struct call_run *m = &s->run;
    struct header h;
    make_header(s, &h, p);
    m->moves.fork = chain_rules_at(s->request->at->chain->rules, h.number, h.timestamp)->fork;
    m->moves.count = 0;
    TRY(state_overrides_apply(s->request, m->state, &m->moves, p->overrides, 0));
    open_block(s, p, &h);
    enum err e = run_calls(s, p);
    block_release(&m->run);
    if (err_is_reject(e) && e != REJECT_CALL)
        e = rpc_fail(s->request, JSONRPC_INTERNAL_ERROR, "%s", err_text(e));
    return e;
}

static enum err run_blocks(struct simulate *s)
{
    struct rpc_request *r = s->request;
    enum err e = OK;
    call_run_begin(r, &s->run, s->base);
    json_write_array(r->out);
    for (u32 i = 0; i < s->plan_count && e == OK; i++)
        e = run_block(s, &s->plan[i]);
    if (e == OK)
        json_write_end(r->out);
    call_run_end(&s->run);
    return e;
}

enum err rpc_eth_simulateV1(struct rpc_request *r)
{
    struct simulate s = {.request = r, .gas_left = CALL_GAS_MAX};
    const struct rpc_members m = {r, r->parameter[0], 0};
    TRY(member_bool(&m, &s.validates, "validation"));
    TRY(member_bool(&m, &s.traces_transfers, "traceTransfers"));
    TRY(member_bool(&m, &s.whole_transactions, "returnFullTransactions"));
    TRY(rpc_known_block(r, &s.base, 1));
    TRY(plan_blocks(&s, json_get(r->parameter[0], "blockStateCalls")));
    s.ancestors = (struct ancestors){ancestor, &s};
    s.done = ARENA_TAKE(r->arena, struct done, BLOCKS_MAX);
    s.parent = s.base->header;
    return run_blocks(&s);
}
