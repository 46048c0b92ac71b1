/* scope derive - rebuilds rollups from L1 alone (derive/derive.h): an L1 in a file, or a remote L1. */
#include "cli/deriving.h"
#include "cli/run.h"
#include "options/commands.h"

#include <stdio.h>

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
static void print_rollups(struct deriving *d, enum err e, bool as_json)
{
    if (as_json) {
        struct buffer out = buffer_in(&d->arena);
        write_derive_json(&out, d, e);
        fwrite(out.ptr, 1, out.len, stdout);
    } else {
        for (size_t i = 0; i < d->derivation.rollup_count; i++)
            print_derived_rollup(&d->derivation.rollup[i]);
    }
}

static int report(struct deriving *d, enum err e, bool as_json)
{
    if (d->is_derived)
        print_rollups(d, e, as_json);
    deriving_print_error(d, "derive", e);
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
    deriving_open(&d, line);
    const int status = report(&d, deriving_run(&d), option_is_given(line, OPTION_JSON));
    deriving_close(&d);
    return status;
}
