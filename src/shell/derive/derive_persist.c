#include "derive/derive_persist.h"

#include "codec/rlp.h"
#include "derive/derive_private.h"

enum { VERSION = 1 };

/* --- keeping --- */

static void add_place(struct buffer *out, const struct l1_place *p)
{
    const size_t list = rlp_open(out);
    rlp_add_u64(out, p->number);
    rlp_add_u64(out, p->timestamp);
    rlp_add_string(out, BYTES_OF(p->hash.b));
    rlp_add_string(out, BYTES_OF(p->parent_hash.b));
    rlp_close(out, list);
}

static void add_counts(struct buffer *out, const struct derived_rollup *r)
{
    rlp_add_u64(out, r->is_registered);
    rlp_add_u64(out, r->bundles);
    rlp_add_u64(out, r->batch_bytes);
    rlp_add_u64(out, r->blobs);
    rlp_add_u64(out, r->transactions);
}

/* Before the first block at which a rollup stopped. */
static struct l1_place go_on_after(const struct derivation *d, const struct l1_place *at)
{
    struct l1_place after = *at;
    for (size_t i = 0; i < d->rollup_count; i++) {
        const struct derive_step *s = derive_stop(d, &d->rollup[i]);
        if (s && s->block.number <= after.number)
            after = (struct l1_place){.number = s->block.number - 1, .hash = s->block.parent_hash};
    }
    return after;
}

/* What is kept is a list with the youngest first; it is written the other way round. */
static void add_steps(struct buffer *out, const struct derivation *d, const struct derive_step *s)
{
    size_t count = 0;
    for (const struct derive_step *i = s; i; i = i->older)
        count++;
    const struct derive_step **order = ARENA_TAKE(out->arena, const struct derive_step *, count);
    for (size_t k = count; s; s = s->older)
        order[--k] = s;
    for (size_t k = 0; k < count; k++) {
        if (order[k]->before.error != OK)
            continue; /* of a rollup that had stopped: nothing changed */
        const size_t list = rlp_open(out);
        add_place(out, &order[k]->block);
        rlp_add_u64(out, (u64)(order[k]->rollup - d->rollup));
        rlp_add_u64(out, order[k]->head);
        add_counts(out, &order[k]->before);
        rlp_close(out, list);
    }
}

static void add_published(struct buffer *out, const struct derive_published *p)
{
    size_t count = 0;
    for (const struct derive_published *i = p; i; i = i->older)
        count++;
    const struct derive_published **order = ARENA_TAKE(out->arena, const struct derive_published *, count);
    for (size_t k = count; p; p = p->older)
        order[--k] = p;
    for (size_t k = 0; k < count; k++) {
        const size_t list = rlp_open(out);
        add_place(out, &order[k]->block);
        rlp_add_u64(out, order[k]->index);
        rlp_add_u64(out, order[k]->rollup);
        rlp_add_u64(out, order[k]->last_block);
        rlp_add_string(out, BYTES_OF(order[k]->da_hash.b));
        rlp_close(out, list);
    }
}

void derive_persist(struct buffer *out, const struct derivation *d, const struct l1_place *at)
{
    const struct l1_place after = go_on_after(d, at);
    const size_t all = rlp_open(out);
    rlp_add_u64(out, VERSION);
    add_place(out, &after);
    rlp_add_u64(out, d->reaches_genesis);
    const size_t rollups = rlp_open(out);
    for (size_t i = 0; i < d->rollup_count; i++) {
        const size_t list = rlp_open(out);
        hash32 rules;
        rollup_rules_hash(&rules, d->rollup[i].rules);
        rlp_add_string(out, BYTES_OF(rules.b));
        add_counts(out, &d->rollup[i]);
        rlp_close(out, list);
    }
    rlp_close(out, rollups);
    const size_t steps = rlp_open(out);
    add_steps(out, d, d->step);
    rlp_close(out, steps);
    const size_t published = rlp_open(out);
    add_published(out, d->published);
    rlp_close(out, published);
    rlp_close(out, all);
}

/* --- taking up --- */

static enum err read_l1_place(struct l1_place *out, struct rlp_reader *r)
{
    struct rlp_reader list;
    TRY(rlp_list(r, &list));
    TRY(rlp_u64(&list, &out->number));
    TRY(rlp_u64(&list, &out->timestamp));
    TRY(rlp_fixed(&list, out->hash.b, sizeof out->hash.b));
    return rlp_fixed(&list, out->parent_hash.b, sizeof out->parent_hash.b);
}

static enum err read_counts(struct derived_rollup *out, struct rlp_reader *r)
{
    u64 is_registered;
    TRY(rlp_u64(r, &is_registered));
    TRY(rlp_u64(r, &out->bundles));
    TRY(rlp_u64(r, &out->batch_bytes));
    TRY(rlp_u64(r, &out->blobs));
    TRY(rlp_u64(r, &out->transactions));
    out->is_registered = is_registered;
    return OK;
}

static enum err read_persisted_rollups(struct derivation *d, struct rlp_reader *r)
{
    struct rlp_reader list, item;
    TRY(rlp_list(r, &list));
    for (size_t i = 0; i < d->rollup_count; i++) {
        hash32 rules, ours;
        if (rlp_at_end(&list))
            return REJECT_STORE_MISMATCH;
        TRY(rlp_list(&list, &item));
        TRY(rlp_fixed(&item, rules.b, sizeof rules.b));
        rollup_rules_hash(&ours, d->rollup[i].rules);
        if (!hash32_eq(&rules, &ours))
            return REJECT_STORE_MISMATCH;
        TRY(read_counts(&d->rollup[i], &item));
    }
    return rlp_at_end(&list) ? OK : REJECT_STORE_MISMATCH;
}

static enum err read_steps(struct derivation *d, struct rlp_reader *r)
{
    struct rlp_reader list, item;
    TRY(rlp_list(r, &list));
    while (!rlp_at_end(&list)) {
        u64 rollup;
        struct derive_step *s = ARENA_TAKE_ZERO(&d->arena, struct derive_step, 1);
        TRY(rlp_list(&list, &item));
        TRY(read_l1_place(&s->block, &item));
        TRY(rlp_u64(&item, &rollup));
        TRY(rlp_u64(&item, &s->head));
        if (rollup >= d->rollup_count)
            return REJECT_STORE_CORRUPT;
        s->rollup = &d->rollup[rollup];
        s->before = *s->rollup; /* rules and ledger; nothing has stopped */
        TRY(read_counts(&s->before, &item));
        if (!ledger_block_at(s->rollup->ledger, s->head))
            return REJECT_STORE_CORRUPT;
        s->older = d->step;
        d->step = s;
    }
    return OK;
}

static enum err read_published(struct derivation *d, struct rlp_reader *r)
{
    struct rlp_reader list, item;
    TRY(rlp_list(r, &list));
    while (!rlp_at_end(&list)) {
        u64 index, rollup;
        struct derive_published *p = ARENA_TAKE_ZERO(&d->arena, struct derive_published, 1);
        TRY(rlp_list(&list, &item));
        TRY(read_l1_place(&p->block, &item));
        TRY(rlp_u64(&item, &index));
        TRY(rlp_u64(&item, &rollup));
        TRY(rlp_u64(&item, &p->last_block));
        TRY(rlp_fixed(&item, p->da_hash.b, sizeof p->da_hash.b));
        if (index > UINT32_MAX || rollup >= d->rollup_count)
            return REJECT_STORE_CORRUPT;
        p->index = (u32)index;
        p->rollup = (u32)rollup;
        p->older = d->published;
        d->published = p;
    }
    return OK;
}

static enum err read_persisted(struct derivation *d, struct l1_place *at, struct bytes kept)
{
    struct rlp_reader reader = rlp_reader(kept), all;
    struct l1_place after;
    u64 version, reaches_genesis;
    TRY(rlp_list(&reader, &all));
    TRY(rlp_u64(&all, &version));
    if (!rlp_at_end(&reader))
        return REJECT_STORE_CORRUPT;
    if (version != VERSION)
        return REJECT_STORE_VERSION;
    TRY(read_l1_place(&after, &all));
    TRY(rlp_u64(&all, &reaches_genesis));
    TRY(read_persisted_rollups(d, &all));
    TRY(read_steps(d, &all));
    TRY(read_published(d, &all));
    d->reaches_genesis = reaches_genesis;
    *at = after;
    return OK;
}

enum err derive_restore(struct derivation *d, struct l1_place *at, struct bytes kept)
{
    const enum err e = read_persisted(d, at, kept);
    return e == OK || e == REJECT_STORE_VERSION || e == REJECT_STORE_MISMATCH ? e : REJECT_STORE_CORRUPT;
}
