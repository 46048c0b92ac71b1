/* One rollup's part of a bundle that settled: where its data is, its blocks, and whether they are what settled. */
#include "derive/derive_private.h"

#include "codec/abi.h"
#include "crypto/kzg_proof.h"
#include "io/trusted_setup.h"
#include "kzg/kzg_setup.h"
#include "scope/selector.h"
#include "scope/settlement.h"
#include "verify/batch.h"
#include "verify/data.h"

/* A rollup's part of executeBundle's argument. */
struct part {
    u64 chain_id, last_block;
    hash32 block_hash, state_root, published;
    struct abi_reader blob_index;
    u32 blob_count;
    struct bytes data;
};

/* Where a batch is: in calldata, or in blobs of the transaction that brought it. */
struct batch_place {
    const struct l1_transaction *t;
    struct bytes calldata;
    const hash32 *blob_hash;
    u32 blob_count;
};

/* What went wrong with one bundle, and whose fault it is. */
struct search {
    struct derivation *d;
    struct arena *arena;
    u64 chain_id;
    const struct settled *s;
    bool source_failed;
    struct bytes calldata;  /* of the bundle, when it was found */
    bool is_traced;         /* and it was found in a trace, which nothing has proved */
};

/* --- calldata --- */

static enum err read_part(struct part *out, struct abi_reader *list)
{
    struct abi_reader r;
    u64 timestamp, anchor, forced_count;
    TRY(abi_tuple(list, &r));
    TRY(abi_u64(&r, &out->chain_id));
    TRY(abi_word(&r, out->block_hash.b));
    TRY(abi_word(&r, out->state_root.b));
    TRY(abi_u64(&r, &out->last_block));
    TRY(abi_u64(&r, &timestamp));
    TRY(abi_u64(&r, &anchor));
    TRY(abi_u64(&r, &forced_count));
    TRY(abi_word(&r, out->published.b));
    TRY(abi_array(&r, &out->blob_index, &out->blob_count, 1));
    return abi_bytes(&r, &out->data);
}

/* The part of a chain, in the calldata of executeBundle. */
static enum err find_part(struct part *out, struct bytes calldata, u64 chain_id)
{
    enum { BEFORE = 5 }; /* submitter, preconditions, fills, nested, steps */
    struct abi_reader arguments = abi_reader(bytes_of(calldata.ptr + 4, calldata.len - 4)), bundle, list;
    u32 count;
    u8 word[32];
    TRY(abi_tuple(&arguments, &bundle));
    for (u32 i = 0; i < BEFORE; i++)
        TRY(abi_word(&bundle, word));
    TRY(abi_array(&bundle, &list, &count, 1));
    for (u32 i = 0; i < count; i++) {
        TRY(read_part(out, &list));
        if (out->chain_id == chain_id)
            return OK;
    }
    return REJECT_ABSENT;
}

static bool is_call_of(struct bytes calldata, enum selector selector)
{
    return calldata.len >= 4 && load_be32(calldata.ptr) == (u32)selector;
}

static bool calls_the_bridge(const struct derivation *d, const struct tx *t, enum selector selector)
{
    return !t->is_creation && address_eq(&t->to, &d->shared_bridge) && is_call_of(t->data, selector);
}

/* --- the place of the data --- */

/* The versioned hashes of the blobs that a call names, as BLOBHASH gives them; and that it is what settled. */
static enum err check_place(const struct search *x, struct batch_place *out, const struct l1_transaction *t,
                            struct abi_reader blob_index, u32 blob_count, struct bytes calldata)
{
    hash32 is;
    if (blob_count > DATA_BLOBS_MAX)
        return REJECT_BLOB_COUNT;
    hash32 *hash = ARENA_TAKE(x->arena, hash32, blob_count);
    for (u32 i = 0; i < blob_count; i++) {
        u64 index;
        TRY(abi_u64(&blob_index, &index));
        if (index >= t->tx->blob_hash_count)
            return REJECT_BLOB_COUNT;
        hash[i] = t->tx->blob_hash[index];
    }
    da_hash(&is, x->chain_id, x->s->first_block, x->s->last_block, hash, blob_count, calldata, x->arena);
    if (!hash32_eq(&is, &x->s->da_hash))
        return REJECT_DERIVED_OTHERWISE;
    if (blob_count && calldata.len)
        return REJECT_DATA_TWO_PLACES;
    *out = (struct batch_place){t, calldata, hash, blob_count};
    return OK;
}

/* publish(chainId, firstBlock, lastBlock, blobIndexes, data) */
static enum err place_of_publish(const struct search *x, struct batch_place *out, const struct l1_transaction *t,
                                 struct bytes calldata)
{
    struct abi_reader r = abi_reader(bytes_of(calldata.ptr + 4, calldata.len - 4)), blob_index;
    u64 chain_id, first_block, last_block;
    u32 blob_count;
    struct bytes data;
    TRY(abi_u64(&r, &chain_id));
    TRY(abi_u64(&r, &first_block));
    TRY(abi_u64(&r, &last_block));
    TRY(abi_array(&r, &blob_index, &blob_count, 1));
    TRY(abi_bytes(&r, &data));
    if (chain_id != x->chain_id || first_block != x->s->first_block || last_block != x->s->last_block)
        return REJECT_DERIVED_OTHERWISE;
    return check_place(x, out, t, blob_index, blob_count, data);
}

static enum err of_source(struct search *x, enum err e)
{
    x->source_failed |= e != OK && e != FAULT_BLOB_MISSING && e != FAULT_NO_TRACE && e != REJECT_BLOB_PROOF;
    return e;
}

/* The call to publish in an earlier transaction: its own, or one that a contract made in it. */
static enum err find_publish(struct search *x, struct batch_place *out, const struct derive_published *p)
{
    struct l1_transaction *t = ARENA_TAKE(x->arena, struct l1_transaction, 1);
    const struct derive_source *source = &x->d->source;
    const struct bytes *call;
    size_t count;
    TRY(of_source(x, source->transaction(source->context, x->arena, t, &p->block, p->index)));
    if (calls_the_bridge(x->d, t->tx, SELECTOR_PUBLISH))
        return place_of_publish(x, out, t, t->tx->data);
    TRY(of_source(x, source->calls(source->context, x->arena, &call, &count, t)));
    for (size_t i = 0; i < count; i++)
        if (is_call_of(call[i], SELECTOR_PUBLISH) && place_of_publish(x, out, t, call[i]) == OK)
            return OK;
    return REJECT_TRACE;
}

/* --- blobs --- */

struct judged {
    struct derivation *d;
    struct kzg_point *commitment;
    const hash32 *versioned_hash;
};

static enum err judge_blob(void *context, const struct kzg_blob *blob)
{
    const struct judged *j = context;
    hash32 versioned;
    if (!j->d->kzg)
        TRY(kzg_setup_attach(&j->d->kzg, &j->d->arena, trusted_setup_image()));
    const enum err e = kzg_commit(j->commitment, blob, j->d->kzg);
    if (e != OK)
        return err_is_fault(e) ? e : REJECT_BLOB_PROOF; /* an element that is none */
    kzg_versioned_hash(&versioned, j->commitment->b);
    return hash32_eq(&versioned, j->versioned_hash) ? OK : REJECT_BLOB_PROOF;
}

static enum err fetch_data(struct search *x, struct published_data *out, const struct batch_place *p)
{
    const struct derive_source *source = &x->d->source;
    struct data_blob *blob = ARENA_TAKE_ZERO(x->arena, struct data_blob, p->blob_count);
    for (u32 i = 0; i < p->blob_count; i++) {
        struct kzg_blob *bytes = ARENA_TAKE(x->arena, struct kzg_blob, 1);
        struct judged judged = {x->d, &blob[i].commitment, &p->blob_hash[i]};
        const struct wanted_blob wanted = {
            .block = p->t->block,
            .tx = p->t->tx,
            .versioned_hash = p->blob_hash[i],
            .judge = judge_blob,
            .context = &judged,
        };
        TRY(of_source(x, source->blob(source->context, bytes, &wanted)));
        TRY(judge_blob(&judged, bytes)); /* whatever the source says of it */
        blob[i].blob = bytes;
    }
    *out = (struct published_data){.calldata = p->calldata, .blob = blob, .blob_count = p->blob_count};
    return OK;
}

/* Data that went ahead of the bundle, to wherever it can still be had: the youngest place first. */
static enum err find_published(struct search *x, struct published_data *out)
{
    enum err last = REJECT_NOT_PUBLISHED;
    for (const struct derive_published *p = x->d->published; p; p = p->older) {
        struct batch_place place;
        if (!hash32_eq(&p->da_hash, &x->s->da_hash))
            continue;
        enum err e = find_publish(x, &place, p);
        if (e == OK)
            e = fetch_data(x, out, &place);
        if (e == OK || x->source_failed)
            return e;
        last = e;
    }
    return last;
}

/* --- the bundle's call --- */

/* The part of the rollup in one call, if that call is what settled: its data has the hash of the event. */
static enum err try_call(const struct search *x, struct part *p, struct batch_place *place,
                         const struct l1_transaction *t, struct bytes calldata)
{
    TRY(find_part(p, calldata, x->chain_id));
    if (p->last_block != x->s->last_block || !hash32_eq(&p->block_hash, &x->s->block_hash) ||
        !hash32_eq(&p->state_root, &x->s->state_root))
        return REJECT_DERIVED_OTHERWISE;
    if (hash32_is_zero(&p->published))
        return check_place(x, place, t, p->blob_index, p->blob_count, p->data);
    return hash32_eq(&p->published, &x->s->da_hash) ? OK : REJECT_DERIVED_OTHERWISE;
}

static enum err find_call(struct search *x, struct part *p, struct batch_place *place, const struct l1_transaction *t)
{
    const struct derive_source *source = &x->d->source;
    const struct bytes *call;
    size_t count;
    x->calldata = t->tx->data;
    /* then there is no other one within: the bridge is not entered again */
    if (calls_the_bridge(x->d, t->tx, SELECTOR_EXECUTE_BUNDLE))
        return try_call(x, p, place, t, x->calldata);
    TRY(of_source(x, source->calls(source->context, x->arena, &call, &count, t)));
    x->is_traced = true;
    for (size_t i = 0; i < count; i++) {
        x->calldata = call[i];
        if (is_call_of(call[i], SELECTOR_EXECUTE_BUNDLE) && try_call(x, p, place, t, call[i]) == OK)
            return OK;
    }
    return REJECT_TRACE;
}

/* --- the blocks --- */

static enum err apply_all(struct block_run *run, struct arena *arena, const struct batch_block *b)
{
    const u32 admitted = chain_rules_admitted(run->rules, run->fork);
    for (u32 i = 0; i < b->envelope_count; i++) {
        struct tx *t = ARENA_TAKE(arena, struct tx, 1);
        const struct receipt *receipt;
        TRY(tx_decode(t, arena, b->envelope[i], admitted));
        TRY(tx_recover(t, true, arena));
        TRY(rollup_apply(run, &receipt, t, arena));
    }
    return OK;
}

static enum err execute_batch_block(struct derived_rollup *r, struct arena *arena, const struct batch_block *b)
{
    const struct block_choice choice = rollup_block_choice(r->rules, b->timestamp);
    struct state *view = ledger_view(r->ledger);
    struct block_run run;
    struct header h;
    enum err e = block_begin(&run, &r->ledger->machine, r->ledger->rules, view, &ledger_head(r->ledger)->header,
                             &r->ledger->ancestors, &choice, NULL);
    if (e == OK) {
        e = apply_all(&run, arena, b);
        if (e == OK)
            e = block_finish(&run, &h);
        if (e == OK) {
            ledger_append(r->ledger, &h, &run, view);
            r->transactions += run.tx.count;
        }
        block_release(&run);
    }
    state_release(view);
    return e;
}

static enum err run_batch(struct derived_rollup *r, struct arena *arena, const struct batch *batch,
                          const struct settled *s)
{
    if (s->first_block != ledger_head(r->ledger)->header.number + 1 ||
        s->last_block - s->first_block + 1 != batch->block_count)
        return REJECT_DERIVED_OTHERWISE;
    for (u32 i = 0; i < batch->block_count; i++)
        TRY(execute_batch_block(r, arena, &batch->block[i]));
    const struct ledger_block *head = ledger_head(r->ledger);
    return hash32_eq(&head->hash, &s->block_hash) && hash32_eq(&head->header.state_root, &s->state_root)
               ? OK
               : REJECT_DERIVED_OTHERWISE;
}

static enum err forced_at_head(struct derived_rollup *r, hash32 *out)
{
    struct state *view = ledger_view(r->ledger);
    const enum err e = rollup_forced(view, NULL, out);
    state_release(view);
    return e;
}

enum err derive_bundle(struct derivation *d, struct derived_rollup *r, struct arena *arena,
                       const struct l1_transaction *t, const struct settled *s, bool *source_failed)
{
    struct search x = {.d = d, .arena = arena, .chain_id = r->rules->chain.chain_id, .s = s};
    struct part p;
    struct batch_place place;
    struct published_data data;
    struct bytes encoded;
    struct batch batch;
    hash32 forced;
    enum err e = find_call(&x, &p, &place, t);
    if (e == OK)
        e = hash32_is_zero(&p.published) ? fetch_data(&x, &data, &place) : find_published(&x, &data);
    *source_failed = x.source_failed;
    TRY(e);
    TRY(data_batch(&encoded, arena, &data, x.chain_id));
    TRY(batch_decode(&batch, arena, encoded));
    TRY(forced_at_head(r, &forced));
    TRY(run_batch(r, arena, &batch, s));
    e = derive_statement(d, r, arena, &t->block, x.calldata, s, &forced);
    if (e != OK)
        return x.is_traced && !err_is_fault(e) ? REJECT_TRACE : e;
    r->bundles++;
    r->batch_bytes += encoded.len;
    r->blobs += data.blob_count;
    return OK;
}
