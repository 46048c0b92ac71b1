/* scope derive - rebuilds rollups from L1 alone (derive/derive.h): an L1 in a file, or a remote L1. */
#include "options/commands.h"
#include "cli/derive_dir.h"
#include "derive/rollups_file.h"
#include "cli/run.h"
#include "derive/file_source.h"
#include "derive/remote_source.h"
#include "io/memory.h"

#include <inttypes.h>
#include <stdio.h>

struct deriving {
    const char *l1_path, *l1_url, *beacon_url, *blob_folder, *rollups_path, *folder;
    bool json;
    struct arena arena;
    struct complaint complaint;
    struct rollups_file rollups;
    struct derive_file file;
    struct derive_l1 *l1;
    struct derivation derivation;
    bool is_derived;
    u64 l1_block; /* the last one that was read */
    struct derive_dir dir;
};

/* --- L1 out of a file --- */

static enum err open_derivation(struct deriving *d, const struct derive_source *source)
{
    TRY(derive_open(&d->derivation, &system_memory, d->rollups.l1_chain_id, &d->rollups.shared_bridge,
                    d->rollups.rollup, d->rollups.rollup_count, source));
    d->is_derived = true;
    return OK;
}

static enum err derive_file(struct deriving *d)
{
    TRY(derive_file_open(&d->file, &d->arena, &d->complaint, d->l1_path, &d->rollups.shared_bridge));
    const struct derive_source source = derive_file_source(&d->file);
    enum err e = open_derivation(d, &source);
    if (e == OK)
        e = derive_file_read(&d->file, &d->derivation);
    d->l1_block = ledger_head(&d->file.l1)->header.number;
    derive_file_close(&d->file);
    return e;
}

/* --- remote L1 --- */

static void complain_l1(struct deriving *d)
{
    if (*derive_l1_why(d->l1))
        complain(&d->complaint, (struct place){0, 0}, "%s", derive_l1_why(d->l1));
}

static enum err derive_node(struct deriving *d)
{
    const struct derive_l1_config config = {
        .url = d->l1_url,
        .chain_id = d->rollups.l1_chain_id,
        .blobs = {d->beacon_url, d->blob_folder},
        .has_first_block = d->rollups.has_l1_block,
        .first_block = d->rollups.l1_block,
        .after = derive_dir_after,
        .context = &d->dir,
    };
    const struct l1_place *after;
    enum err e = derive_l1_open(&d->l1, &system_memory, &config);
    if (e == OK) {
        const struct derive_source source = derive_l1_source(d->l1);
        e = open_derivation(d, &source);
    }
    if (e == OK)
        e = derive_dir_open(&d->dir, &d->complaint, &d->derivation, d->folder, d->rollups.l1_block, &after);
    if (e == OK)
        e = derive_l1_read(d->l1, &d->derivation, after);
    if (e != OK)
        complain_l1(d);
    const struct l1_place at = derive_l1_at(d->l1);
    d->l1_block = at.number;
    const enum err kept = derive_dir_end(&d->dir, &at);
    return e == OK ? kept : e;
}

static enum err derive(struct deriving *d)
{
    TRY(rollups_file_read(&d->rollups, &d->arena, &d->complaint, d->rollups_path));
    d->complaint.file = d->l1_path ? d->l1_path : "--l1";
    TRY(d->l1_path ? derive_file(d) : derive_node(d));
    derive_conclude(&d->derivation, d->l1_block);
    return OK;
}

/* --- the report --- */

static void write_error(struct json_writer *w, enum err e)
{
    json_write_key(w, "error");
    if (e == OK)
        json_write_null(w);
    else
        json_write_z(w, err_name(e));
}

static void write_derive_json(struct buffer *out, const struct deriving *d, enum err e)
{
    struct json_writer w = json_writer(out, 2);
    json_write_object(&w);
    write_error(&w, e);
    json_write_key(&w, "l1Block");
    json_write_u64(&w, d->l1_block);
    json_write_key(&w, "rollups");
    json_write_array(&w);
    for (size_t i = 0; i < d->derivation.rollup_count; i++) {
        const struct derived_rollup *r = &d->derivation.rollup[i];
        const struct ledger_block *head = ledger_head(r->ledger);
        json_write_object(&w);
        json_write_key(&w, "chainId");
        json_write_u64(&w, r->rules->chain.chain_id);
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
        write_error(&w, r->error);
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

static void print_derived_rollup(const struct derived_rollup *r)
{
    const struct ledger_block *head = ledger_head(r->ledger);
    printf("rollup %llu  block %llu", (unsigned long long)r->rules->chain.chain_id,
           (unsigned long long)head->header.number);
    print_hash("  ", &head->hash);
    printf("\n  %llu bundles, %llu bytes of data, %llu in blobs, %llu transactions; as settled\n",
           (unsigned long long)r->bundles, (unsigned long long)r->batch_bytes, (unsigned long long)r->blobs,
           (unsigned long long)r->transactions);
}

/* How far the rollups came, whatever ended it. */
static void print_rollups(struct deriving *d, enum err e)
{
    if (d->json) {
        struct buffer out = buffer_in(&d->arena);
        write_derive_json(&out, d, e);
        fwrite(out.ptr, 1, out.len, stdout);
    } else {
        for (size_t i = 0; i < d->derivation.rollup_count; i++)
            print_derived_rollup(&d->derivation.rollup[i]);
    }
    for (size_t i = 0; i < d->derivation.rollup_count; i++) {
        const struct derived_rollup *r = &d->derivation.rollup[i];
        if (r->error != OK)
            fprintf(stderr, "scope derive: rollup %" PRIu64 " stops at block %" PRIu64 ": %s: %s\n",
                    r->rules->chain.chain_id, ledger_head(r->ledger)->header.number, err_name(r->error), r->why);
    }
}

static int report(struct deriving *d, enum err e)
{
    if (d->is_derived)
        print_rollups(d, e);
    if (e != OK) {
        char text[sizeof d->complaint.text + 1024];
        complaint_print(text, sizeof text, &d->complaint);
        fprintf(stderr, "scope derive: %s: %s\n", err_name(e), d->complaint.raised ? text : err_text(e));
    }
    if (fflush(stdout) != 0 || ferror(stdout))
        return STATUS_FAILED;
    if (e != OK)
        return err_is_fault(e) ? STATUS_FAILED : STATUS_WRONG;
    return derive_failed(&d->derivation) ? STATUS_NOT_MET : STATUS_MET;
}

/* --- the command --- */

int cmd_derive(const struct command_line *line)
{
    static struct deriving d;
    d = (struct deriving){
        .l1_path = option_text(line, OPTION_L1_FILE),
        .l1_url = option_text(line, OPTION_L1),
        .beacon_url = option_text(line, OPTION_L1_BEACON),
        .blob_folder = option_text(line, OPTION_BLOBS),
        .rollups_path = option_text(line, OPTION_ROLLUPS),
        .folder = option_text(line, OPTION_DIR),
        .json = option_is_given(line, OPTION_JSON),
    };
    arena_init(&d.arena, &system_memory);
    const int status = report(&d, derive(&d));
    if (d.is_derived)
        derive_close(&d.derivation);
    derive_dir_close(&d.dir);
    if (d.l1)
        derive_l1_close(d.l1);
    arena_release(&d.arena);
    return status;
}
