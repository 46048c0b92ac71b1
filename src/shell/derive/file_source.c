#include "derive/file_source.h"

#include "codec/rlp.h"
#include "ethrpc/alloc_json.h"
#include "io/memory.h"

enum { L1_BYTES_MAX = 1 << 30 };

/* A call to the bridge that was not undone. */
struct file_call {
    struct file_call *older;
    u64 block;
    u32 index;
    struct bytes input;
};

static enum err wrong_in_file(struct derive_file *f, struct json at, const char *what)
{
    complain(f->complaint, json_place(at), "%s", what);
    return REJECT_L1_FILE;
}

/* --- genesis --- */

static enum err read_file_rules(struct derive_file *f)
{
    if (json_u64(&f->rules.chain_id, json_get(f->root, "chainId")) != OK)
        return wrong_in_file(f, f->root, "expected chainId");
    const bool prague = json_text_is(json_get(f->root, "fork"), "prague");
    if (!prague && !json_text_is(json_get(f->root, "fork"), "osaka"))
        return wrong_in_file(f, f->root, "expected fork: prague or osaka");
    f->activation = (struct activation){.fork = &fork_table[prague ? FORK_PRAGUE : FORK_OSAKA],
                                        .blobs = blob_schedule_prague};
    f->rules.activation = &f->activation;
    f->rules.activation_count = 1;
    return OK;
}

static enum err read_file_genesis(struct derive_file *f)
{
    struct json genesis = json_get(f->root, "genesis");
    struct bytes rlp, header;
    struct rlp_reader r, fields;
    struct header h;
    hash32 state_root;
    if (json_hex(f->arena, &rlp, json_get(genesis, "rlp")) != OK)
        return wrong_in_file(f, genesis, "expected the genesis block");
    r = rlp_reader(rlp);
    if (rlp_list(&r, &fields) != OK || rlp_item(&fields, &header) != OK || header_decode(&h, header) != OK)
        return wrong_in_file(f, genesis, "this is not a block in RLP");
    struct state *s = ledger_empty_view(&f->l1);
    enum err e = alloc_read(s, f->arena, f->complaint, json_get(f->root, "alloc"), &state_root);
    if (e == OK && !hash32_eq(&state_root, &h.state_root))
        e = wrong_in_file(f, genesis, "the accounts do not have the state root of the genesis block");
    if (e == OK)
        ledger_append(&f->l1, &h, NULL, s);
    state_release(s);
    return e;
}

enum err derive_file_open(struct derive_file *f, struct arena *arena, struct complaint *complaint, const char *path,
                          const address *bridge)
{
    *f = (struct derive_file){.arena = arena, .complaint = complaint, .bridge = *bridge, .why = ""};
    TRY(json_read_file(arena, &f->root, complaint, path, L1_BYTES_MAX));
    TRY(read_file_rules(f));
    f->codes = code_cache_open(&system_memory, 0);
    ledger_init(&f->l1, &system_memory, &f->rules, f->codes);
    const enum err e = read_file_genesis(f);
    if (e != OK)
        derive_file_close(f);
    return e;
}

void derive_file_close(struct derive_file *f)
{
    ledger_release(&f->l1);
    code_cache_release(f->codes);
}

/* --- blocks --- */

static enum err on_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    struct derive_file *f = context;
    (void)vm;
    f->before[m->depth] = f->call;
    if (address_eq(&m->recipient, &f->bridge) && address_eq(&m->code_address, &f->bridge)) {
        struct file_call *c = ARENA_TAKE(f->arena, struct file_call, 1);
        *c = (struct file_call){f->call, f->block, f->index, arena_copy(f->arena, m->input)};
        f->call = c;
    }
    return OK;
}

static enum err on_leave_file_call(void *context, struct evm *vm, const struct evm_message *m,
                                   const struct evm_result *r)
{
    struct derive_file *f = context;
    (void)vm;
    if (!halt_is_success(r->halt))
        f->call = f->before[m->depth];
    if (m->depth == 0 && !address_eq(&m->sender, &system_sender))
        f->index++;
    return OK;
}

static enum err execute_file_block(struct derive_file *f, struct json item)
{
    const struct hooks hooks = {.context = f, .enter = on_enter, .leave = on_leave_file_call};
    struct bytes rlp;
    struct block b;
    struct block_run run;
    if (json_hex(f->arena, &rlp, json_get(item, "rlp")) != OK)
        return wrong_in_file(f, item, "expected a block");
    enum err e = block_decode(&b, f->arena, rlp, &f->rules);
    if (e == OK) {
        struct state *s = ledger_view(&f->l1);
        const struct ledger_block *head = ledger_head(&f->l1);
        f->block = b.header.number;
        f->index = 0;
        e = block_execute(&run, &f->l1.machine, &f->rules, s, &head->header, &head->hash, &f->l1.ancestors, &b,
                          &hooks);
        if (e == OK)
            ledger_append(&f->l1, &b.header, &run, s);
        block_release(&run);
        state_release(s);
    }
    if (e != OK && !err_is_fault(e))
        complain(f->complaint, json_place(item), "L1 does not execute: %s", err_text(e));
    return e;
}

static void file_take_transaction(struct l1_transaction *out, const struct ledger_block *b, u32 index)
{
    *out = (struct l1_transaction){
        .block = {b->header.number, b->header.timestamp, b->hash, b->header.parent_hash},
        .index = index,
        .tx = &b->tx[index],
        .log = b->receipt[index].log,
        .log_count = b->receipt[index].log_count,
    };
}

enum err derive_file_read(struct derive_file *f, struct derivation *d)
{
    struct json blocks;
    TRY(json_need(&blocks, f->complaint, f->root, "blocks", JSON_ARRAY));
    struct json_iterator item = json_items(blocks);
    while (json_next(&item)) {
        TRY(execute_file_block(f, item.value));
        for (u32 i = 0; i < ledger_head(&f->l1)->tx_count; i++) {
            struct l1_transaction t;
            file_take_transaction(&t, ledger_head(&f->l1), i);
            TRY(derive_transaction(d, &t));
        }
    }
    return OK;
}

/* --- what the blocks do not tell --- */

static enum err blobs_of(struct derive_file *f, struct json *out, const struct tx *t)
{
    struct json_iterator item = json_items(json_get(f->root, "sidecars"));
    while (json_next(&item)) {
        hash32 hash;
        if (json_hex_fixed(hash.b, sizeof hash, json_get(item.value, "transaction")) != OK)
            return wrong_in_file(f, item.value, "expected the hash of a transaction");
        if (hash32_eq(&hash, &t->hash))
            return json_need(out, f->complaint, item.value, "blobs", JSON_ARRAY);
    }
    f->why = "the file has no blobs of the transaction";
    return FAULT_BLOB_MISSING;
}

static enum err file_find_blob(void *context, struct kzg_blob *out, const struct wanted_blob *wanted)
{
    struct derive_file *f = context;
    struct json blobs;
    f->why = "";
    TRY(blobs_of(f, &blobs, wanted->tx));
    for (u32 i = 0; i < wanted->tx->blob_hash_count; i++) {
        const struct json item = json_at(blobs, i);
        if (!hash32_eq(&wanted->tx->blob_hash[i], &wanted->versioned_hash))
            continue;
        if (json_kind(item) == JSON_NONE)
            break;
        if (json_hex_fixed(out->b, sizeof *out, json_get(item, "blob")) != OK)
            return wrong_in_file(f, item, "expected a blob of 131072 bytes");
        return wanted->judge(wanted->context, out);
    }
    f->why = "the file has fewer blobs than the transaction carries";
    return FAULT_BLOB_MISSING;
}

static enum err file_find_calls(void *context, struct arena *arena, const struct bytes **calldata, size_t *count,
                                const struct l1_transaction *t)
{
    struct derive_file *f = context;
    size_t n = 0;
    const struct file_call *c;
    for (c = f->call; c; c = c->older)
        n += c->block == t->block.number && c->index == t->index;
    struct bytes *list = ARENA_TAKE(arena, struct bytes, n);
    *count = n;
    for (c = f->call; c; c = c->older)
        if (c->block == t->block.number && c->index == t->index)
            list[--n] = c->input;
    *calldata = list;
    return OK;
}

static enum err file_find_transaction(void *context, struct arena *arena, struct l1_transaction *out,
                                      const struct l1_place *block, u32 index)
{
    struct derive_file *f = context;
    const struct ledger_block *b = ledger_block_at(&f->l1, block->number);
    (void)arena;
    BUG_UNLESS(b && index < b->tx_count); /* it was handed over from here */
    file_take_transaction(out, b, index);
    return OK;
}

static const char *file_reason(void *context)
{
    const struct derive_file *f = context;
    return f->why;
}

struct derive_source derive_file_source(struct derive_file *f)
{
    return (struct derive_source){f, file_find_blob, file_find_calls, file_find_transaction, file_reason};
}
