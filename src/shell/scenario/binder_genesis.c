#include "scenario/binder_private.h"

#include "bridge/alloc.h"
#include "codec/hex.h"

static enum err bind_predeploy(struct binder *b, struct predeploy *out, const struct scenario_genesis *g, u32 chain)
{
    const struct scenario_contract c = {
        .name = g->at, .artifact = g->artifact, .contract = g->contract, .args = g->args};
    struct artifact artifact;
    if (address_read(&out->at, bytes_of(g->at.text, strlen(g->at.text)))) {
        complain(b->complaint, g->at.place, "at: \"%.60s\" is not an address, 0x and 40 hexadecimal digits", g->at.text);
        return REJECT_SCENARIO;
    }
    TRY(binder_artifact(b, &artifact, &c, ARTIFACT_CODE));
    return binder_init_code(b, &out->init, &artifact, &c, chain);
}

static enum err complain_about_alloc(struct binder *b, const struct scenario_genesis *g, struct complaint *inner,
                                     enum err e)
{
    if (e == FAULT_MEMORY)
        return e;
    char text[sizeof inner->text + 300];
    inner->file = g->alloc.text;
    complaint_print(text, sizeof text, inner);
    complain(b->complaint, g->alloc.place, "%s", text);
    return REJECT_SCENARIO;
}

/* The file is an alloc, or a genesis file that has one. */
static enum err read_alloc_file(struct binder *b, const struct genesis_account **out, size_t *count,
                                const struct scenario_genesis *g)
{
    struct complaint inner = {0};
    struct json root;
    enum err e = json_read_file(b->arena, &root, &inner, binder_path(b, g->alloc.text), ARTIFACT_BYTES_MAX);
    if (e == OK) {
        const struct json alloc = json_get(root, "alloc");
        e = alloc_accounts_read(out, count, b->arena, &inner, json_kind(alloc) == JSON_NONE ? root : alloc);
    }
    return e ? complain_about_alloc(b, g, &inner, e) : OK;
}

static enum err add_alloc(struct binder *b, struct rollup_config *out, const struct scenario_genesis *g)
{
    const struct genesis_account *account;
    size_t count;
    TRY(read_alloc_file(b, &account, &count, g));
    struct genesis_account *all = ARENA_TAKE(b->arena, struct genesis_account, out->alloc_count + count);
    if (out->alloc_count)
        memcpy(all, out->alloc, out->alloc_count * sizeof *all);
    if (count)
        memcpy(all + out->alloc_count, account, count * sizeof *all);
    out->alloc = all;
    out->alloc_count += count;
    return OK;
}

static enum err bind_genesis(struct binder *b, struct rollup_config *out, u32 chain)
{
    const struct many *list = &b->scenario->chain[chain].genesis;
    const struct scenario_genesis *g = list->items;
    struct predeploy *predeploy = ARENA_TAKE(b->arena, struct predeploy, list->count);
    out->predeploy = predeploy;
    for (u32 i = 0; i < list->count; i++)
        TRY(g[i].head.variant == GENESIS_ALLOC ? add_alloc(b, out, &g[i])
                                               : bind_predeploy(b, &predeploy[out->predeploy_count++], &g[i], chain));
    return OK;
}

/* No step has run: no name that one defines is known. */
enum err binder_genesis(struct binder *b, struct rollup_config *out, u32 chain)
{
    const u32 step = b->step;
    b->step = 0;
    b->is_genesis = true;
    const enum err e = bind_genesis(b, out, chain);
    b->is_genesis = false;
    b->step = step;
    return e;
}
