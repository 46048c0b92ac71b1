/* scope force - forced inclusion from L1 alone: prints the L1 transaction that adds an entry to a rollup's queue, or
 * what became of the entries (ForcedQueue; docs/protocol.md section 14). */
#include "cli/deriving.h"
#include "cli/run.h"
#include "codec/abi.h"
#include "codec/hex.h"
#include "codec/number.h"
#include "crypto/keccak.h"
#include "derive/forced.h"
#include "ethrpc/rpc_client.h"
#include "ethrpc/rpc_types.h"
#include "io/memory.h"
#include "options/commands.h"
#include "scope/selector.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    BLOCK_GAS = 4000000,  /* of ForcedQueue: the most that entries of one L1 block may take */
    DATA_MAX = 24000,     /* bytes of one entry */
    CALL_GAS = 100000,    /* of a call without --gas */
    ENTRIES_SHOWN = 100,
};

struct forcing {
    struct deriving deriving;
    struct rpc_client *l1;
    size_t rollup; /* in the file */
    u64 chain_id;
    struct rollup_rules rules;
    address queue;
    u64 block;     /* of L1, where all is read */
    u256 base_fee; /* wei, of that block */
    struct forced_entry entry; /* to be added */
    struct tx tx;              /* in it */
    u64 enqueued, taken;
    bool is_bad; /* an entry is overdue, was skipped, or failed */
    struct buffer out;
};

/* --- the command line --- */

static int say_wrong_option(const char *what, const char *text)
{
    fprintf(stderr, "scope force: %s: \"%.100s\"\nTry \"scope force --help\".\n", what, text);
    return STATUS_WRONG;
}

static int say_missing_option(const char *action, const char *option)
{
    fprintf(stderr, "scope force: %s needs %s\nTry \"scope force --help\".\n", action, option);
    return STATUS_WRONG;
}

/* 0x and digits, in the arena. */
static int read_hex_option(struct forcing *x, struct bytes *out, const char *name, const char *text)
{
    const size_t len = strlen(text);
    u8 *bytes = arena_take(&x->deriving.arena, len + 1);
    if (len < 2 || len % 2 || text[0] != '0' || text[1] != 'x' ||
        hex_fixed(bytes, len / 2 - 1, bytes_of(text, len)) != OK) {
        fprintf(stderr, "scope force: %s: expected 0x and an even number of hexadecimal digits\n", name);
        return STATUS_WRONG;
    }
    *out = bytes_of(bytes, len / 2 - 1);
    return STATUS_MET;
}

static int read_forced_call(struct forcing *x, const struct command_line *line)
{
    const char *to = option_text(line, OPTION_CALL_TO), *value = option_text(line, OPTION_VALUE);
    struct forced_entry *e = &x->entry;
    if (!to)
        return say_missing_option("call", "--to ADDRESS");
    if (hex_fixed(e->to.b, sizeof e->to.b, bytes_of(to, strlen(to))) != OK)
        return say_wrong_option("--to: expected an address: 0x and 40 digits", to);
    if (amount_u256(&e->value, bytes_of(value, strlen(value))) != OK)
        return say_wrong_option("--value: expected an amount, as 5, 20gwei or 1.5ether", value);
    e->gas_limit = option_is_given(line, OPTION_GAS) ? option_number(line, OPTION_GAS) : CALL_GAS;
    return read_hex_option(x, &e->data, "--data", option_text(line, OPTION_CALLDATA));
}

static int read_forced_transaction(struct forcing *x, const struct command_line *line)
{
    const char *text = option_text(line, OPTION_TRANSACTION);
    return text ? read_hex_option(x, &x->entry.data, "--transaction", text)
                : say_missing_option("transaction", "--transaction HEX");
}

/* --- L1 --- */

static enum err ask_node(struct forcing *x, struct json *result, const char *method, struct bytes params)
{
    const enum err e = rpc_call_one(x->l1, &x->deriving.arena, result, method, params);
    if (e != OK)
        complain(&x->deriving.complaint, (struct place){0, 0}, "%s", rpc_why(x->l1));
    return e;
}

static enum err ask_contract(struct forcing *x, struct bytes *out, const address *at, struct bytes data)
{
    struct buffer call = buffer_in(&x->deriving.arena);
    struct json_writer w = json_writer(&call, 0);
    struct rpc_params p = rpc_params(&x->deriving.arena);
    struct json result;
    json_write_object(&w);
    json_write_key(&w, "to");
    json_write_hex(&w, BYTES_OF(at->b));
    json_write_key(&w, "data");
    json_write_hex(&w, data);
    json_write_end(&w);
    rpc_add_json(&p, buffer_bytes(&call));
    rpc_add_quantity(&p, x->block);
    TRY(ask_node(x, &result, "eth_call", rpc_params_end(&p)));
    return json_hex(&x->deriving.arena, out, result);
}

static enum err read_l1_head(struct forcing *x)
{
    static const char latest[] = "[\"latest\",false]";
    struct json id, block;
    u64 chain_id;
    TRY(ask_node(x, &id, "eth_chainId", bytes_of(NULL, 0)));
    TRY(json_u64(&chain_id, id));
    if (chain_id != x->deriving.rollups.l1_chain_id) {
        complain(&x->deriving.complaint, (struct place){0, 0},
                 "the node's chain id is %" PRIu64 ", that of L1 is %" PRIu64, chain_id,
                 x->deriving.rollups.l1_chain_id);
        return REJECT_CONFIG;
    }
    TRY(ask_node(x, &block, "eth_getBlockByNumber", bytes_of(latest, sizeof latest - 1)));
    TRY(json_u64(&x->block, json_get(block, "number")));
    return json_u256(&x->base_fee, json_get(block, "baseFeePerGas"));
}

static enum err read_queue(struct forcing *x)
{
    const address *bridge = &x->deriving.rollups.shared_bridge;
    struct bytes output;
    u8 selector[4];
    store_be32(selector, (u32)SELECTOR_FORCED_QUEUE);
    TRY(ask_contract(x, &output, bridge, BYTES_OF(selector)));
    struct abi_reader queue = abi_reader(output);
    if (abi_address(&queue, &x->queue) != OK) {
        complain(&x->deriving.complaint, (struct place){0, 0}, "no SharedBridge at the address in %s",
                 x->deriving.rollups_path);
        return REJECT_CONFIG;
    }
    TRY(ask_contract(x, &output, &x->queue, calldata_position(&x->deriving.arena, x->chain_id)));
    struct abi_reader position = abi_reader(output);
    TRY(abi_u64(&position, &x->enqueued));
    return abi_u64(&position, &x->taken);
}

static enum err open_l1(struct forcing *x, const struct command_line *line)
{
    struct deriving *d = &x->deriving;
    TRY(deriving_read_rollups(d));
    TRY(deriving_find_rollup(d, &x->rollup, line));
    const struct rollup_genesis *g = &d->rollups.rollup[x->rollup];
    x->chain_id = g->chain_id;
    rollup_rules_init(&x->rules, g->chain_id, d->rollups.l1_chain_id, &d->rollups.shared_bridge, &g->coinbase,
                      g->gas_limit);
    d->complaint.file = "--l1";
    TRY(rpc_open(&x->l1, &system_memory, d->l1_url));
    TRY(read_l1_head(x));
    return read_queue(x);
}

/* --- adding --- */

static enum err refuse_entry(struct forcing *x, enum err e, const char *why)
{
    x->deriving.complaint.file = "entry";
    complain(&x->deriving.complaint, (struct place){0, 0}, "%s", why);
    return e;
}

/* What ForcedQueue would refuse, and a transaction that the rollup would skip for certain. */
static enum err check_entry(struct forcing *x, bool is_transaction)
{
    struct forced_entry *e = &x->entry;
    if (is_transaction) {
        e->gas_limit = UINT64_MAX; /* as much as the transaction has */
        const enum err refused = forced_transaction_check(&x->tx, &x->deriving.arena, &x->rules, e);
        if (refused != OK)
            return refuse_entry(x, refused, err_text(refused));
        e->gas_limit = x->tx.gas_limit;
    }
    if (u256_bit_length(&e->value) > 127)
        return refuse_entry(x, REJECT_TX_VALUE_OVERFLOW, "--value: above 2^127 wei, what a rollup can hold");
    if (e->data.len > DATA_MAX)
        return refuse_entry(x, REJECT_TOO_LONG, "more than 24000 bytes of data");
    if (e->gas_limit > BLOCK_GAS || forced_entry_cost(e) > BLOCK_GAS)
        return refuse_entry(x, REJECT_TX_GAS_ALLOWANCE,
                            "gas limit, 200000 gas and 100 for a byte are above the 4000000 gas of a block's entries");
    return OK;
}

static void write_addition(struct forcing *x, bool is_transaction)
{
    const struct forced_entry *e = &x->entry;
    struct arena *a = &x->deriving.arena;
    struct json_writer w = json_writer(&x->out, 2);
    const u256 gas = u256_from_u64(2 * forced_entry_cost(e));
    u256 paid;
    u256_mul(&paid, &gas, &x->base_fee);
    u256_add(&paid, &paid, &e->value);
    json_write_object(&w);
    json_write_key(&w, "chainId");
    json_write_u64(&w, x->chain_id);
    if (is_transaction) {
        json_write_key(&w, "hash");
        json_write_hex(&w, BYTES_OF(x->tx.hash.b));
        json_write_key(&w, "sender");
        json_write_hex(&w, BYTES_OF(x->tx.sender.b));
        json_write_key(&w, "nonce");
        json_write_u64(&w, x->tx.nonce);
    }
    json_write_key(&w, "gasLimit");
    json_write_u64(&w, e->gas_limit);
    json_write_key(&w, "entryGas");
    json_write_u64(&w, forced_entry_cost(e));
    json_write_key(&w, "baseFee");
    json_write_u256(&w, &x->base_fee);
    json_write_key(&w, "entriesWaiting");
    json_write_u64(&w, x->enqueued - x->taken);
    json_write_key(&w, "transaction");
    json_write_object(&w);
    json_write_key(&w, "to");
    json_write_hex(&w, BYTES_OF(x->queue.b));
    json_write_key(&w, "value");
    json_write_u256(&w, &paid);
    json_write_key(&w, "data");
    json_write_hex(&w, is_transaction
                           ? calldata_enqueue_transaction(a, x->chain_id, e->gas_limit, e->data)
                           : calldata_enqueue_call(a, x->chain_id, &e->to, &e->value, e->gas_limit, e->data));
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
}

static enum err add_entry(struct forcing *x, const struct command_line *line, bool is_transaction)
{
    TRY(open_l1(x, line));
    TRY(check_entry(x, is_transaction));
    write_addition(x, is_transaction);
    return OK;
}

/* --- status --- */

static enum err read_entry(struct forcing *x, struct forced_entry *e, u64 *due, u64 index)
{
    static const char signature[] = "dueBlock(uint256,uint256)";
    u8 data[4 + 64] = {0};
    struct bytes output;
    hash32 h;
    TRY(ask_contract(x, &output, &x->queue, calldata_entry(&x->deriving.arena, x->chain_id, index)));
    TRY(forced_entry_decode(e, output));
    keccak256(&h, signature, sizeof signature - 1);
    memcpy(data, h.b, 4);
    store_be64(data + 4 + 24, x->chain_id);
    store_be64(data + 4 + 56, index);
    TRY(ask_contract(x, &output, &x->queue, BYTES_OF(data)));
    struct abi_reader r = abi_reader(output);
    return abi_u64(&r, due);
}

static void write_entry(struct json_writer *w, const struct forced_entry *e, u64 index, u64 due)
{
    const bool is_transaction = address_is_zero(&e->from);
    hash32 hash;
    json_write_key(w, "index");
    json_write_u64(w, index);
    json_write_key(w, "kind");
    json_write_z(w, is_transaction ? "transaction" : "call");
    if (is_transaction) {
        keccak256(&hash, e->data.ptr, e->data.len);
        json_write_key(w, "hash");
        json_write_hex(w, BYTES_OF(hash.b));
    } else {
        json_write_key(w, "from");
        json_write_hex(w, BYTES_OF(e->from.b));
        json_write_key(w, "to");
        json_write_hex(w, BYTES_OF(e->to.b));
        json_write_key(w, "value");
        json_write_u256(w, &e->value);
    }
    json_write_key(w, "gasLimit");
    json_write_u64(w, e->gas_limit);
    json_write_key(w, "dueBlock");
    json_write_u64(w, due);
}

static void write_waiting(struct forcing *x, struct json_writer *w, u64 due)
{
    const bool is_overdue = x->block > due;
    x->is_bad |= is_overdue;
    json_write_key(w, "status");
    json_write_z(w, is_overdue ? "overdue" : "waiting");
}

static void write_forced_outcome(struct forcing *x, struct json_writer *w, const struct forced_outcome *o)
{
    x->is_bad |= !o->is_included || !o->success;
    json_write_key(w, "status");
    json_write_z(w, o->is_included ? "included" : "skipped");
    json_write_key(w, "block");
    json_write_u64(w, o->block);
    if (o->is_included) {
        json_write_key(w, "success");
        json_write_bool(w, o->success);
        return;
    }
    json_write_key(w, "reason");
    json_write_z(w, o->reason == OK ? "invalid in its place: nonce, balance, or a call to another chain"
                                    : err_name(o->reason));
}

static enum err find_outcome(struct forcing *x, struct forced_outcome *o, const struct forced_entry *e, u64 index)
{
    struct deriving *d = &x->deriving;
    bool found;
    TRY(deriving_run(d));
    const struct derived_rollup *r = &d->derivation.rollup[x->rollup];
    TRY(forced_find(o, &found, &d->arena, r, index, e));
    if (found)
        return OK;
    return r->error != OK ? r->error : REJECT_L1_REORGANIZED;
}

static enum err write_entry_status(struct forcing *x, struct json_writer *w, u64 index, bool follows)
{
    struct forced_entry e;
    struct forced_outcome o = {0};
    u64 due;
    TRY(read_entry(x, &e, &due, index));
    if (follows)
        TRY(find_outcome(x, &o, &e, index));
    json_write_object(w);
    write_entry(w, &e, index, due);
    if (follows)
        write_forced_outcome(x, w, &o);
    else
        write_waiting(x, w, due);
    json_write_end(w);
    return OK;
}

static enum err write_entries(struct forcing *x, struct json_writer *w, const struct command_line *line)
{
    if (option_is_given(line, OPTION_INDEX)) {
        const u64 index = option_number(line, OPTION_INDEX);
        if (index < x->enqueued)
            return write_entry_status(x, w, index, index < x->taken);
        complain(&x->deriving.complaint, (struct place){0, 0}, "--index: the queue has %" PRIu64 " entries",
                 x->enqueued);
        return REJECT_CONFIG;
    }
    for (u64 i = x->taken; i < x->enqueued && i < x->taken + ENTRIES_SHOWN; i++)
        TRY(write_entry_status(x, w, i, false));
    return OK;
}

static enum err show_status(struct forcing *x, const struct command_line *line)
{
    struct json_writer w = json_writer(&x->out, 2);
    TRY(open_l1(x, line));
    json_write_object(&w);
    json_write_key(&w, "chainId");
    json_write_u64(&w, x->chain_id);
    json_write_key(&w, "queue");
    json_write_hex(&w, BYTES_OF(x->queue.b));
    json_write_key(&w, "l1Block");
    json_write_u64(&w, x->block);
    json_write_key(&w, "enqueued");
    json_write_u64(&w, x->enqueued);
    json_write_key(&w, "taken");
    json_write_u64(&w, x->taken);
    json_write_key(&w, "entries");
    json_write_array(&w);
    TRY(write_entries(x, &w, line));
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
    return OK;
}

/* --- the command --- */

static int report_forcing(struct forcing *x, enum err e)
{
    deriving_print_error(&x->deriving, "force", e);
    if (e != OK)
        return err_is_fault(e) ? STATUS_FAILED : STATUS_WRONG;
    if (fwrite(x->out.ptr, 1, x->out.len, stdout) != x->out.len || fflush(stdout) != 0)
        return STATUS_FAILED;
    return x->is_bad ? STATUS_NOT_MET : STATUS_MET;
}

int cmd_force(const struct command_line *line)
{
    static struct forcing x;
    const char *action = line->argument[0];
    const bool is_transaction = strcmp(action, "transaction") == 0, is_status = strcmp(action, "status") == 0;
    int status = STATUS_MET;
    x = (struct forcing){0};
    deriving_open(&x.deriving, line);
    x.out = buffer_in(&x.deriving.arena);
    if (!is_status)
        status = is_transaction ? read_forced_transaction(&x, line) : read_forced_call(&x, line);
    if (status == STATUS_MET)
        status = report_forcing(&x, is_status ? show_status(&x, line) : add_entry(&x, line, is_transaction));
    if (x.l1)
        rpc_close(x.l1);
    deriving_close(&x.deriving);
    return status;
}
