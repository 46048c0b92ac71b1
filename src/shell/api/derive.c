#include "api/api_private.h"
#include "derive/file_source.h"
#include "derive/remote_source.h"
#include "derive/rollups_file.h"
#include "io/memory.h"

struct scope_derivation {
    struct arena arena; /* the derivation itself is in it */
    struct complaint complaint;
    struct rollups_file rollups;
    struct derive_file file;
    struct derive_l1 *l1; /* NULL: L1 is in the file */
    struct derivation derivation;
    bool is_open, has_file;
    char error[sizeof((struct complaint *)NULL)->text + 1024];
};

static scope_err open_scope_derivation(struct scope_derivation *d, const struct derive_source *source)
{
    TRY(derive_open(&d->derivation, &system_memory, d->rollups.l1_chain_id, &d->rollups.shared_bridge,
                    d->rollups.rollup, d->rollups.rollup_count, source));
    d->is_open = true;
    return SCOPE_OK;
}

static scope_err open_sources(struct scope_derivation *d, const struct scope_derivation_config *c)
{
    if (!c->rollups_path || !c->l1_path == !c->l1_url || (c->l1_path && (c->beacon_url || c->blobs_folder)))
        return REJECT_CONFIG;
    TRY(rollups_file_read(&d->rollups, &d->arena, &d->complaint, c->rollups_path));
    if (c->l1_path) {
        d->complaint.file = c->l1_path;
        TRY(derive_file_open(&d->file, &d->arena, &d->complaint, c->l1_path, &d->rollups.shared_bridge));
        d->has_file = true;
        const struct derive_source source = derive_file_source(&d->file);
        return open_scope_derivation(d, &source);
    }
    d->complaint.file = "L1";
    const struct derive_l1_config config = {
        .url = c->l1_url,
        .chain_id = d->rollups.l1_chain_id,
        .blobs = {c->beacon_url, c->blobs_folder},
        .has_first_block = d->rollups.has_l1_block,
        .first_block = d->rollups.l1_block,
    };
    TRY(derive_l1_open(&d->l1, &system_memory, &config));
    const struct derive_source source = derive_l1_source(d->l1);
    return open_scope_derivation(d, &source);
}

scope_err scope_derivation_open(struct scope_derivation **out, const struct scope_derivation_config *config)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct scope_derivation *d = ARENA_TAKE_ZERO(&arena, struct scope_derivation, 1);
    d->arena = arena;
    *out = d;
    return open_sources(d, config);
}

void scope_derivation_close(struct scope_derivation *d)
{
    if (!d)
        return;
    if (d->is_open)
        derive_close(&d->derivation);
    if (d->has_file)
        derive_file_close(&d->file);
    if (d->l1)
        derive_l1_close(d->l1);
    struct arena arena = d->arena;
    arena_release(&arena);
}

const char *scope_derivation_error(const struct scope_derivation *d)
{
    if (d->complaint.raised) {
        struct scope_derivation *own = (struct scope_derivation *)(uintptr_t)d;
        complaint_print(own->error, sizeof own->error, &d->complaint);
        return d->error;
    }
    return d->l1 ? derive_l1_why(d->l1) : "";
}

scope_err scope_derivation_read(struct scope_derivation *d, uint64_t *l1_block)
{
    if (!d->is_open)
        return REJECT_CONFIG;
    enum err e;
    if (d->l1) {
        const struct l1_place before = derive_l1_at(d->l1);
        e = derive_l1_read(d->l1, &d->derivation, before.number ? &before : NULL);
        *l1_block = derive_l1_at(d->l1).number;
    } else {
        e = derive_file_read(&d->file, &d->derivation);
        *l1_block = ledger_head(&d->file.l1)->header.number;
    }
    if (e == OK)
        derive_conclude(&d->derivation, *l1_block);
    return e;
}

bool scope_derivation_rollup(const struct scope_derivation *d, struct scope_derived_rollup *out, size_t index)
{
    if (!d->is_open || index >= d->derivation.rollup_count)
        return false;
    const struct derived_rollup *r = &d->derivation.rollup[index];
    const struct ledger_block *head = ledger_head(r->ledger);
    *out = (struct scope_derived_rollup){
        .chain_id = r->rules->chain.chain_id,
        .block_number = head->header.number,
        .block_hash = hash_out(&head->hash),
        .state_root = hash_out(&head->header.state_root),
        .bundles = r->bundles,
        .transactions = r->transactions,
        .blobs = r->blobs,
        .error = r->error,
        .why = r->why ? r->why : "",
    };
    return true;
}
