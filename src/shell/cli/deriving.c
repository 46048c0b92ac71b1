#include "cli/deriving.h"

#include "cli/run.h"
#include "io/memory.h"

#include <inttypes.h>
#include <stdio.h>

/* NULL also where the command has no such option. */
static const char *text_if_option(const struct command_line *line, enum option_id option)
{
    return command_has_option(line->command, option) ? option_text(line, option) : NULL;
}

void deriving_open(struct deriving *d, const struct command_line *line)
{
    *d = (struct deriving){
        .l1_path = text_if_option(line, OPTION_L1_FILE),
        .l1_url = text_if_option(line, OPTION_L1),
        .beacon_url = text_if_option(line, OPTION_L1_BEACON),
        .blob_folder = text_if_option(line, OPTION_BLOBS),
        .rollups_path = text_if_option(line, OPTION_ROLLUPS),
        .folder = text_if_option(line, OPTION_DIR),
    };
    arena_init(&d->arena, &system_memory);
}

void deriving_close(struct deriving *d)
{
    if (d->is_derived)
        derive_close(&d->derivation);
    derive_dir_close(&d->dir);
    if (d->l1)
        derive_l1_close(d->l1);
    arena_release(&d->arena);
}

void deriving_print_error(const struct deriving *d, const char *command, enum err e)
{
    for (size_t i = 0; d->is_derived && i < d->derivation.rollup_count; i++) {
        const struct derived_rollup *r = &d->derivation.rollup[i];
        if (r->error != OK)
            fprintf(stderr, "scope %s: rollup %" PRIu64 " stops at block %" PRIu64 ": %s: %s\n", command,
                    r->rules->chain.chain_id, ledger_head(r->ledger)->header.number, err_name(r->error), r->why);
    }
    if (e != OK) {
        char text[sizeof d->complaint.text + 1024];
        complaint_print(text, sizeof text, &d->complaint);
        fprintf(stderr, "scope %s: %s: %s\n", command, err_name(e), d->complaint.raised ? text : err_text(e));
    }
}

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

enum err deriving_read_rollups(struct deriving *d)
{
    return rollups_file_read(&d->rollups, &d->arena, &d->complaint, d->rollups_path);
}

enum err deriving_find_rollup(struct deriving *d, size_t *index, const struct command_line *line)
{
    const struct rollups_file *all = &d->rollups;
    const bool named = option_is_given(line, OPTION_ROLLUP);
    const u64 id = named ? option_number(line, OPTION_ROLLUP) : 0;
    for (size_t i = 0; i < all->rollup_count; i++)
        if (named ? all->rollup[i].chain_id == id : all->rollup_count == 1) {
            *index = i;
            return OK;
        }
    d->complaint.file = d->rollups_path;
    if (named)
        complain(&d->complaint, (struct place){0, 0}, "no rollup has the chain id %" PRIu64, id);
    else
        complain(&d->complaint, (struct place){0, 0}, "has %zu rollups: name one by --rollup", all->rollup_count);
    return REJECT_CONFIG;
}

enum err deriving_run(struct deriving *d)
{
    TRY(deriving_read_rollups(d));
    d->complaint.file = d->l1_path ? d->l1_path : "--l1";
    TRY(d->l1_path ? derive_file(d) : derive_node(d));
    derive_conclude(&d->derivation, d->l1_block);
    return OK;
}
