/* L1's logs, one after the other; what each of them changes, and how it is undone. */
#include "derive/derive.h"

#include "bridge/events.h"
#include "codec/abi.h"
#include "codec/text.h"
#include "crypto/keccak.h"
#include "derive/derive_private.h"

/* --- opening --- */

static void init(struct derivation *d, const struct memory *memory, const address *shared_bridge, size_t count,
                 const struct derive_source *source)
{
    *d = (struct derivation){.memory = memory, .shared_bridge = *shared_bridge, .source = *source};
    arena_init(&d->arena, memory);
    d->topic_registered = event_topic[EVENT_ROLLUP_REGISTERED];
    d->topic_settled = event_topic[EVENT_SETTLED];
    d->topic_published = event_topic[EVENT_PUBLISHED];
    d->rollup = ARENA_TAKE_ZERO(&d->arena, struct derived_rollup, count);
}

static enum err open_rollup(struct derivation *d, struct derived_rollup *r, u64 l1_chain_id,
                            const struct rollup_genesis *g)
{
    struct rollup_rules *rules = ARENA_TAKE(&d->arena, struct rollup_rules, 1);
    rollup_rules_init(rules, g->chain_id, l1_chain_id, &d->shared_bridge, &g->coinbase, g->gas_limit);
    r->rules = rules;
    r->ledger = ARENA_TAKE(&d->arena, struct ledger, 1);
    ledger_init(r->ledger, d->memory, &rules->chain, d->codes);
    return genesis_rollup(r->ledger, rules, &g->genesis, g->peer, g->peer_count, NULL);
}

enum err derive_open(struct derivation *d, const struct memory *memory, u64 l1_chain_id, const address *shared_bridge,
                     const struct rollup_genesis *genesis, size_t count, const struct derive_source *source)
{
    init(d, memory, shared_bridge, count, source);
    d->reaches_genesis = true;
    d->codes = code_cache_open(memory, 0);
    for (size_t i = 0; i < count; i++) {
        d->rollup_count = i + 1;
        const enum err e = open_rollup(d, &d->rollup[i], l1_chain_id, &genesis[i]);
        if (e != OK) {
            derive_close(d);
            return e;
        }
    }
    return OK;
}

void derive_close(struct derivation *d)
{
    for (size_t i = 0; i < d->rollup_count; i++)
        ledger_release(d->rollup[i].ledger);
    if (d->codes)
        code_cache_release(d->codes);
    arena_release(&d->arena);
}

static struct derived_rollup *find_rollup(struct derivation *d, u64 chain_id)
{
    for (size_t i = 0; i < d->rollup_count; i++)
        if (d->rollup[i].rules->chain.chain_id == chain_id)
            return &d->rollup[i];
    return NULL;
}

const struct derived_rollup *derive_failed(const struct derivation *d)
{
    for (size_t i = 0; i < d->rollup_count; i++)
        if (d->rollup[i].error != OK)
            return &d->rollup[i];
    return NULL;
}

bool derive_may_follow(const struct derivation *d, const struct bloom *bloom)
{
    return bloom_may_hold(bloom, BYTES_OF(d->shared_bridge.b)) &&
           (bloom_may_hold(bloom, BYTES_OF(d->topic_registered.b)) ||
            bloom_may_hold(bloom, BYTES_OF(d->topic_settled.b)) ||
            bloom_may_hold(bloom, BYTES_OF(d->topic_published.b)));
}

/* --- steps --- */

static void add_derive_step(struct derivation *d, struct derived_rollup *r, const struct l1_place *block)
{
    struct derive_step *s = d->free_step;
    if (s)
        d->free_step = s->older;
    else
        s = ARENA_TAKE(&d->arena, struct derive_step, 1);
    *s = (struct derive_step){d->step, *block, r, *r, ledger_head(r->ledger)->header.number};
    d->step = s;
}

const struct derive_step *derive_stop(const struct derivation *d, const struct derived_rollup *r)
{
    const struct derive_step *s = r->error != OK ? d->step : NULL;
    while (s && s->rollup != r)
        s = s->older;
    return s;
}

bool derive_last_step(const struct derivation *d, struct l1_place *out, u64 below)
{
    for (const struct derive_step *s = d->step; s; s = s->older)
        if (s->block.number < below) {
            *out = s->block;
            return true;
        }
    return false;
}

static void undo_step(struct derivation *d)
{
    struct derive_step *s = d->step;
    ledger_drop_after(s->rollup->ledger, s->head);
    *s->rollup = s->before;
    d->step = s->older;
    s->older = d->free_step;
    d->free_step = s;
}

void derive_rewind(struct derivation *d, u64 number)
{
    while (d->step && d->step->block.number > number)
        undo_step(d);
    while (d->published && d->published->block.number > number)
        d->published = d->published->older;
}

/* The head of a rollup as far as it can be undone. */
static u64 final_head(const struct derivation *d, const struct derived_rollup *r)
{
    u64 head = ledger_head(r->ledger)->header.number;
    for (const struct derive_step *s = d->step; s; s = s->older)
        if (s->rollup == r)
            head = s->head;
    return head;
}

/* What was published for blocks that are final is of no use any more. */
static void forget_published(struct derivation *d)
{
    struct derive_published **at = &d->published;
    while (*at)
        if ((*at)->last_block <= final_head(d, &d->rollup[(*at)->rollup]))
            *at = (*at)->older;
        else
            at = &(*at)->older;
}

void derive_forget(struct derivation *d, u64 number)
{
    struct derive_step **at = &d->step;
    for (size_t i = 0; i < d->rollup_count; i++) { /* a rollup that stopped is taken up again from there */
        const struct derive_step *s = derive_stop(d, &d->rollup[i]);
        if (s && s->block.number <= number)
            number = s->block.number - 1;
    }
    while (*at && (*at)->block.number > number)
        at = &(*at)->older;
    d->reaches_genesis &= !*at;
    while (*at) {
        struct derive_step *s = *at;
        *at = s->older;
        s->older = d->free_step;
        d->free_step = s;
    }
    forget_published(d);
}

/* --- logs --- */

static enum err read_settled(struct settled *out, const struct log *log)
{
    struct abi_reader r = abi_reader(log->data);
    if (log->topic_count != 3)
        return REJECT_ABI;
    out->block_hash = log->topic[2];
    TRY(abi_word(&r, out->state_root.b));
    TRY(abi_u64(&r, &out->first_block));
    TRY(abi_u64(&r, &out->last_block));
    TRY(abi_word(&r, out->da_hash.b));
    return abi_word(&r, out->statement.b);
}

static enum err check_registration(struct derived_rollup *r, const struct log *log)
{
    const struct ledger_block *genesis = ledger_block_at(r->ledger, 0);
    struct abi_reader reader = abi_reader(log->data);
    hash32 block, root, rules, ours;
    TRY(abi_word(&reader, block.b));
    TRY(abi_word(&reader, root.b));
    TRY(abi_word(&reader, rules.b));
    rollup_rules_hash(&ours, r->rules);
    if (!genesis || !hash32_eq(&block, &genesis->hash) || !hash32_eq(&root, &genesis->header.state_root) ||
        !hash32_eq(&rules, &ours))
        return REJECT_GENESIS;
    r->is_registered = true;
    return OK;
}

static void stop_rollup(struct derivation *d, struct derived_rollup *r, enum err e, u64 good,
                        const struct l1_transaction *t)
{
    const char *more = e == REJECT_BLOB_PROOF || e == FAULT_BLOB_MISSING || e == FAULT_NO_TRACE
                           ? d->source.why(d->source.context)
                           : "";
    ledger_drop_after(r->ledger, good);
    *r = d->step->before; /* nothing of it is counted */
    struct buffer why = buffer_in(&d->arena);
    text_add(&why, "L1 block ");
    text_add_u64(&why, t->block.number);
    text_add(&why, ", transaction ");
    text_add_hex(&why, BYTES_OF(t->tx->hash.b));
    text_add(&why, ": ");
    text_add_z(&why, err_text(e));
    if (*more) {
        text_add(&why, ": ");
        text_add_z(&why, more);
    }
    buffer_add_u8(&why, 0);
    r->error = e;
    r->why = (const char *)why.ptr;
}

void derive_conclude(struct derivation *d, u64 number)
{
    for (size_t i = 0; i < d->rollup_count; i++) {
        struct derived_rollup *r = &d->rollup[i];
        if (r->is_registered || r->error != OK)
            continue;
        struct buffer why = buffer_in(&d->arena);
        text_add(&why, "not registered up to L1 block ");
        text_add_u64(&why, number);
        buffer_add_u8(&why, 0);
        r->error = REJECT_GENESIS;
        r->why = (const char *)why.ptr;
    }
}

/* A bundle whose blocks are there already: on ledgers that were handed over, L1 is read again from an earlier block. */
static bool is_known_settlement(const struct derived_rollup *r, const struct settled *s, enum err *e)
{
    if (s->last_block > ledger_head(r->ledger)->header.number)
        return false;
    const struct ledger_block *b = ledger_block_at(r->ledger, s->last_block);
    *e = b && hash32_eq(&b->hash, &s->block_hash) ? OK : REJECT_DERIVED_OTHERWISE;
    return true;
}

static enum err derive_settled(struct derivation *d, struct derived_rollup *r, const struct l1_transaction *t,
                               const struct log *log, bool *source_failed)
{
    struct settled s;
    struct arena scratch;
    enum err e;
    if (!r->is_registered)
        return REJECT_GENESIS;
    TRY(read_settled(&s, log));
    if (is_known_settlement(r, &s, &e))
        return e;
    arena_init(&scratch, d->memory);
    e = derive_bundle(d, r, &scratch, t, &s, source_failed);
    arena_release(&scratch);
    return e;
}

static void remember_published(struct derivation *d, const struct derived_rollup *rollup,
                               const struct l1_transaction *t, const struct log *log)
{
    struct abi_reader r = abi_reader(log->data);
    struct derive_published p = {
        .older = d->published, .block = t->block, .index = t->index, .rollup = (u32)(rollup - d->rollup)};
    u64 first_block;
    if (abi_u64(&r, &first_block) != OK || abi_u64(&r, &p.last_block) != OK || abi_word(&r, p.da_hash.b) != OK ||
        first_block <= ledger_head(rollup->ledger)->header.number) /* too late to be of use */
        return;
    d->published = ARENA_TAKE(&d->arena, struct derive_published, 1);
    *d->published = p;
}

static enum err derive_log(struct derivation *d, const struct l1_transaction *t, const struct log *log)
{
    const bool settles = hash32_eq(&log->topic[0], &d->topic_settled);
    struct abi_reader topic = abi_reader(BYTES_OF(log->topic[1].b));
    bool source_failed = false;
    u64 chain_id;
    TRY(abi_u64(&topic, &chain_id));
    struct derived_rollup *r = find_rollup(d, chain_id);
    if (!r) {
        d->foreign += settles;
        return OK;
    }
    if (r->error != OK)
        return OK;
    if (hash32_eq(&log->topic[0], &d->topic_published)) {
        remember_published(d, r, t, log);
        return OK;
    }
    const u64 good = ledger_head(r->ledger)->header.number;
    add_derive_step(d, r, &t->block);
    const enum err e = settles ? derive_settled(d, r, t, log, &source_failed) : check_registration(r, log);
    if (e == OK)
        return OK;
    if (source_failed || (err_is_fault(e) && e != FAULT_BLOB_MISSING && e != FAULT_NO_TRACE)) {
        undo_step(d); /* L1's block may be handed over again */
        return e;
    }
    stop_rollup(d, r, e, good, t);
    return OK;
}

enum err derive_transaction(struct derivation *d, const struct l1_transaction *t)
{
    for (u32 i = 0; i < t->log_count; i++) {
        const struct log *log = &t->log[i];
        if (address_eq(&log->at, &d->shared_bridge) && log->topic_count >= 2 &&
            (hash32_eq(&log->topic[0], &d->topic_settled) || hash32_eq(&log->topic[0], &d->topic_registered) ||
             hash32_eq(&log->topic[0], &d->topic_published)))
            TRY(derive_log(d, t, log));
    }
    return OK;
}
