/* scope derive - rebuilds rollups from L1 alone (builder/derive.h).
 *
 * L1 comes from a file that `scope run --export-l1` wrote: genesis accounts, blocks, and the blobs beside them. Nothing
 * in it is believed: the accounts must give the genesis block's state root, every block is executed, and a blob must be
 * the one under its versioned hash. */
#include "app/commands.h"
#include "app/fixture_chain.h"
#include "app/rollups_file.h"
#include "app/run.h"
#include "builder/derive.h"
#include "codec/rlp.h"
#include "io/file.h"
#include "io/memory.h"

#include <stdio.h>

enum { L1_BYTES_MAX = 1 << 30 };

struct deriving {
    const char *l1_path, *rollups_path;
    bool json;
    struct arena arena;
    struct complaint complaint;
    struct rollups_file rollups;
    struct activation activation;
    struct chain_rules l1_rules;
    struct code_cache *codes;
    struct ledger l1;
    bool l1_is_open;
    struct derivation derivation;
    bool is_derived;
};

/* --- L1 out of a file --- */

static enum err wrong(struct deriving *d, struct json at, const char *what)
{
    complain(&d->complaint, json_place(at), "%s", what);
    return REJECT_L1_FILE;
}

static enum err open_l1(struct deriving *d, struct json root)
{
    struct json genesis = json_get(root, "genesis");
    struct bytes rlp, header;
    struct rlp_reader r, fields;
    struct header h;
    hash32 state_root;
    if (json_u64(&d->l1_rules.chain_id, json_get(root, "chainId")) != OK)
        return wrong(d, root, "expected chainId");
    const bool prague = json_text_is(json_get(root, "fork"), "prague");
    if (!prague && !json_text_is(json_get(root, "fork"), "osaka"))
        return wrong(d, root, "expected fork: prague or osaka");
    d->activation = (struct activation){.fork = &fork_table[prague ? FORK_PRAGUE : FORK_OSAKA],
                                        .blobs = blob_schedule_prague};
    d->l1_rules.activation = &d->activation;
    d->l1_rules.activation_count = 1;
    ledger_init(&d->l1, &system_memory, &d->l1_rules, d->codes);
    d->l1_is_open = true;
    if (json_hex(&d->arena, &rlp, json_get(genesis, "rlp")) != OK)
        return wrong(d, genesis, "expected the genesis block");
    r = rlp_reader(rlp);
    if (rlp_list(&r, &fields) != OK || rlp_item(&fields, &header) != OK || header_decode(&h, header) != OK)
        return wrong(d, genesis, "this is not a block in RLP");
    struct state *s = ledger_empty_view(&d->l1);
    enum err e = fixture_accounts(s, &d->arena, &d->complaint, json_get(root, "alloc"), &state_root);
    if (e == OK && !hash32_eq(&state_root, &h.state_root))
        e = wrong(d, genesis, "the accounts do not have the state root of the genesis block");
    if (e == OK)
        ledger_append(&d->l1, &h, NULL, s);
    state_release(s);
    return e;
}

static enum err execute_l1_block(struct deriving *d, struct json item)
{
    struct bytes rlp;
    struct block b;
    struct block_run run;
    if (json_hex(&d->arena, &rlp, json_get(item, "rlp")) != OK)
        return wrong(d, item, "expected a block");
    enum err e = block_decode(&b, &d->arena, rlp, &d->l1_rules);
    if (e == OK) {
        struct state *s = ledger_view(&d->l1);
        const struct ledger_block *head = ledger_head(&d->l1);
        e = block_execute(&run, &d->l1.machine, &d->l1_rules, s, &head->header, &head->hash, &d->l1.ancestors, &b,
                          NULL);
        if (e == OK)
            ledger_append(&d->l1, &b.header, &run, s);
        block_release(&run);
        state_release(s);
    }
    if (e != OK && !err_is_fault(e))
        complain(&d->complaint, json_place(item), "L1 does not execute: %s", err_text(e));
    return e;
}

/* The blobs of a transaction, by its hash; none: *blob is NULL. */
static enum err find_blobs(struct deriving *d, const struct kzg_blob **blob, size_t *count, struct json sidecars,
                           const struct tx *t)
{
    struct json_iterator item = json_items(sidecars);
    *blob = NULL;
    *count = 0;
    while (json_next(&item)) {
        hash32 hash;
        struct json blobs;
        TRY(json_need(&blobs, &d->complaint, item.value, "blobs", JSON_ARRAY));
        if (json_hex_fixed(hash.b, sizeof hash, json_get(item.value, "transaction")) != OK)
            return wrong(d, item.value, "expected the hash of a transaction");
        if (!hash32_eq(&hash, &t->hash))
            continue;
        struct kzg_blob *out = ARENA_TAKE(&d->arena, struct kzg_blob, json_count(blobs));
        struct json_iterator b = json_items(blobs);
        while (json_next(&b))
            if (json_hex_fixed(out[b.index].b, sizeof *out, json_get(b.value, "blob")) != OK)
                return wrong(d, b.value, "expected a blob of 131072 bytes");
        *blob = out;
        *count = json_count(blobs);
        return OK;
    }
    return OK;
}

static enum err derive_block(struct deriving *d, const struct ledger_block *block, struct json sidecars)
{
    for (u32 i = 0; i < block->tx_count; i++) {
        const struct arena_mark mark = arena_mark(&d->arena);
        struct l1_transaction t = {.block_number = block->header.number, .tx = &block->tx[i],
                                   .log = block->receipt[i].log, .log_count = block->receipt[i].log_count};
        if (t.tx->type == TX_BLOB)
            TRY(find_blobs(d, &t.blob, &t.blob_count, sidecars, t.tx));
        TRY(derive_transaction(&d->derivation, &t));
        arena_rewind(&d->arena, mark);
    }
    return OK;
}

static enum err derive_file(struct deriving *d)
{
    struct json root, blocks;
    TRY(rollups_file_read(&d->rollups, &d->arena, &d->complaint, d->rollups_path));
    TRY(json_read_file(&d->arena, &root, &d->complaint, d->l1_path, L1_BYTES_MAX));
    TRY(open_l1(d, root));
    TRY(derive_open(&d->derivation, &system_memory, d->rollups.l1_chain_id, &d->rollups.shared_bridge,
                    d->rollups.rollup, d->rollups.rollup_count));
    d->is_derived = true;
    TRY(json_need(&blocks, &d->complaint, root, "blocks", JSON_ARRAY));
    struct json_iterator item = json_items(blocks);
    while (json_next(&item)) {
        TRY(execute_l1_block(d, item.value));
        TRY(derive_block(d, ledger_head(&d->l1), json_get(root, "sidecars")));
    }
    return OK;
}

/* --- the report --- */

static void write_json(struct buffer *out, const struct deriving *d)
{
    struct json_writer w = json_writer(out, 2);
    json_write_object(&w);
    json_write_key(&w, "l1Block");
    json_write_u64(&w, ledger_head(&d->l1)->header.number);
    json_write_key(&w, "rollups");
    json_write_array(&w);
    for (size_t i = 0; i < d->derivation.rollup_count; i++) {
        const struct derived_rollup *r = &d->derivation.rollup[i];
        const struct ledger_block *head = ledger_head(&r->ledger);
        json_write_object(&w);
        json_write_key(&w, "chainId");
        json_write_u64(&w, r->rules.chain.chain_id);
        json_write_key(&w, "block");
        json_write_u64(&w, head->header.number);
        json_write_key(&w, "blockHash");
        json_write_hex(&w, BYTES_OF(head->hash.b));
        json_write_key(&w, "stateRoot");
        json_write_hex(&w, BYTES_OF(head->header.state_root.b));
        json_write_key(&w, "bundles");
        json_write_u64(&w, r->bundles);
        json_write_key(&w, "batchBytes");
        json_write_u64(&w, r->batch_bytes);
        json_write_key(&w, "blobs");
        json_write_u64(&w, r->blobs);
        json_write_key(&w, "transactions");
        json_write_u64(&w, r->transactions);
        json_write_key(&w, "error");
        if (r->error == OK)
            json_write_null(&w);
        else
            json_write_z(&w, err_name(r->error));
        json_write_end(&w);
    }
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
}

static void print_hash(const char *label, const hash32 *h)
{
    printf("%s0x", label);
    for (size_t i = 0; i < sizeof h->b; i++)
        printf("%02x", h->b[i]);
}

static void print_rollup(const struct derived_rollup *r)
{
    const struct ledger_block *head = ledger_head(&r->ledger);
    printf("rollup %llu  block %llu", (unsigned long long)r->rules.chain.chain_id,
           (unsigned long long)head->header.number);
    print_hash("  ", &head->hash);
    printf("\n  %llu bundles, %llu bytes of data, %llu in blobs, %llu transactions; hashes, roots and mailboxes as settled\n",
           (unsigned long long)r->bundles, (unsigned long long)r->batch_bytes, (unsigned long long)r->blobs,
           (unsigned long long)r->transactions);
}

static int report(struct deriving *d, enum err e)
{
    if (e != OK) {
        char text[sizeof d->complaint.text + 1024];
        complaint_print(text, sizeof text, &d->complaint);
        fprintf(stderr, "scope derive: %s: %s\n", err_name(e), d->complaint.raised ? text : err_text(e));
        return err_is_fault(e) ? STATUS_FAILED : STATUS_WRONG;
    }
    if (d->json) {
        struct buffer out = buffer_in(&d->arena);
        write_json(&out, d);
        fwrite(out.ptr, 1, out.len, stdout);
    } else {
        for (size_t i = 0; i < d->derivation.rollup_count; i++)
            print_rollup(&d->derivation.rollup[i]);
    }
    for (size_t i = 0; i < d->derivation.rollup_count; i++)
        if (d->derivation.rollup[i].error != OK)
            fprintf(stderr, "scope derive: rollup %llu stops at block %llu: %s: %s\n",
                    (unsigned long long)d->derivation.rollup[i].rules.chain.chain_id,
                    (unsigned long long)ledger_head(&d->derivation.rollup[i].ledger)->header.number,
                    err_name(d->derivation.rollup[i].error), d->derivation.rollup[i].why);
    if (fflush(stdout) != 0 || ferror(stdout))
        return STATUS_FAILED;
    return derive_failed(&d->derivation) ? STATUS_NOT_MET : STATUS_MET;
}

/* --- the command --- */

static const char usage[] =
    "usage: scope derive --l1-file FILE --rollups FILE [--json]\n\n"
    "Rebuilds rollups from L1 alone: follows the bundles that settled, decodes their data, executes it again from each\n"
    "rollup's genesis, and compares block hashes, state roots and mailboxes with what L1 settled (docs/data.md).\n\n"
    "  --l1-file FILE  L1 as scope run --export-l1 writes it; it is executed, not believed\n"
    "  --rollups FILE  genesis and rules, as scope run --export-genesis writes them\n"
    "  --json          one JSON document on standard output\n\n"
    "Exit status: 0 derived, 1 a rollup stopped at bad data, 2 a file is wrong, 3 the machine failed.\n";

int cmd_derive(int argc, char **argv)
{
    static struct deriving d;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return STATUS_MET;
        }
        if (strcmp(argv[i], "--json") == 0)
            d.json = true;
        else if (strcmp(argv[i], "--l1-file") == 0 && i + 1 < argc)
            d.l1_path = argv[++i];
        else if (strcmp(argv[i], "--rollups") == 0 && i + 1 < argc)
            d.rollups_path = argv[++i];
        else {
            fprintf(stderr, "scope derive: unknown or incomplete option \"%s\"\n\n%s", argv[i], usage);
            return STATUS_WRONG;
        }
    }
    if (!d.l1_path || !d.rollups_path) {
        fprintf(stderr, "scope derive: %s\n\n%s", d.l1_path ? "no --rollups given" : "no --l1-file given", usage);
        return STATUS_WRONG;
    }
    arena_init(&d.arena, &system_memory);
    d.codes = code_cache_open(&system_memory, 0);
    const int status = report(&d, derive_file(&d));
    if (d.is_derived)
        derive_close(&d.derivation);
    if (d.l1_is_open)
        ledger_release(&d.l1);
    code_cache_release(d.codes);
    arena_release(&d.arena);
    return status;
}
