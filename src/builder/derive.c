#include "builder/derive.h"

#include "codec/abi.h"
#include "codec/text.h"
#include "crypto/keccak.h"
#include "crypto/kzg_proof.h"
#include "io/trusted_setup.h"
#include "scope/selector.h"
#include "scope/settlement.h"
#include "verify/batch.h"
#include "verify/data.h"

/* --- opening --- */

static void topic_of(hash32 *out, const char *signature)
{
    keccak256(out, signature, strlen(signature));
}

static enum err open_rollup(struct derivation *d, struct derived_rollup *r, u64 l1_chain_id,
                            const struct rollup_genesis *g)
{
    rollup_rules_init(&r->rules, g->chain_id, l1_chain_id, &d->shared_bridge, &g->coinbase, g->gas_limit);
    ledger_init(&r->ledger, d->memory, &r->rules.chain, d->codes);
    return genesis_rollup(&r->ledger, &r->rules, &g->genesis, g->peer, g->peer_count);
}

enum err derive_open(struct derivation *d, const struct memory *memory, u64 l1_chain_id, const address *shared_bridge,
                     const struct rollup_genesis *genesis, size_t count)
{
    *d = (struct derivation){.memory = memory, .shared_bridge = *shared_bridge};
    arena_init(&d->arena, memory);
    d->codes = code_cache_open(memory, 0);
    topic_of(&d->topic_registered, "RollupRegistered(uint64,bytes32,bytes32,bytes32,uint256)");
    topic_of(&d->topic_settled, "Settled(uint64,bytes32,bytes32,uint64,uint64,bytes32,bytes32)");
    d->rollup = ARENA_TAKE_ZERO(&d->arena, struct derived_rollup, count);
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
        ledger_release(&d->rollup[i].ledger);
    if (d->kzg)
        kzg_setup_close(d->kzg);
    code_cache_release(d->codes);
    arena_release(&d->arena);
}

static struct derived_rollup *find_rollup(struct derivation *d, u64 chain_id)
{
    for (size_t i = 0; i < d->rollup_count; i++)
        if (d->rollup[i].rules.chain.chain_id == chain_id)
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

/* --- what L1 says --- */

struct settled {
    hash32 block_hash, state_root, da_hash;
    u64 first_block, last_block;
};

static enum err read_settled(struct settled *out, const struct log *log)
{
    struct abi_reader r = abi_reader(log->data);
    if (log->topic_count != 3)
        return REJECT_ABI;
    out->block_hash = log->topic[2];
    TRY(abi_word(&r, out->state_root.b));
    TRY(abi_u64(&r, &out->first_block));
    TRY(abi_u64(&r, &out->last_block));
    return abi_word(&r, out->da_hash.b);
}

/* A rollup's part of executeBundle's argument. */
struct part {
    u64 chain_id, last_block;
    hash32 block_hash, state_root, published;
    struct abi_reader blob_index;
    u32 blob_count;
    struct bytes data;
    struct abi_reader mailbox;
    u32 mailbox_count;
};

static enum err read_part(struct part *out, struct abi_reader *list)
{
    struct abi_reader r;
    u64 timestamp, anchor;
    TRY(abi_tuple(list, &r));
    TRY(abi_u64(&r, &out->chain_id));
    TRY(abi_word(&r, out->block_hash.b));
    TRY(abi_word(&r, out->state_root.b));
    TRY(abi_u64(&r, &out->last_block));
    TRY(abi_u64(&r, &timestamp));
    TRY(abi_u64(&r, &anchor));
    TRY(abi_word(&r, out->published.b));
    TRY(abi_array(&r, &out->blob_index, &out->blob_count, 1));
    TRY(abi_bytes(&r, &out->data));
    return abi_array(&r, &out->mailbox, &out->mailbox_count, 3 + LANE_COUNT);
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

static bool calls_the_bridge(const struct derivation *d, const struct tx *t)
{
    return !t->is_creation && address_eq(&t->to, &d->shared_bridge) && t->data.len >= 4 &&
           load_be32(t->data.ptr) == (u32)SELECTOR_EXECUTE_BUNDLE;
}

/* --- the data --- */

static enum err check_blob(struct derivation *d, struct data_blob *out, const struct l1_transaction *t, u64 index)
{
    hash32 versioned;
    if (index >= t->tx->blob_hash_count)
        return REJECT_BLOB_COUNT;
    if (!t->blob || index >= t->blob_count)
        return FAULT_BLOB_MISSING;
    if (!d->kzg)
        TRY(kzg_setup_open(&d->kzg, &d->arena, trusted_setup()));
    out->blob = &t->blob[index];
    if (kzg_commit(&out->commitment, out->blob, d->kzg) != OK)
        return REJECT_BLOB_PROOF; /* an element that is none */
    kzg_versioned_hash(&versioned, out->commitment.b);
    return hash32_eq(&versioned, &t->tx->blob_hash[index]) ? OK : REJECT_BLOB_PROOF;
}

static enum err find_data(struct derivation *d, struct published_data *out, struct arena *arena,
                          const struct l1_transaction *t, struct part *p)
{
    if (!hash32_is_zero(&p->published))
        return FAULT_UNSUPPORTED; /* publish() ahead of the bundle: no builder of ours does it */
    if (p->blob_count > DATA_BLOBS_MAX)
        return REJECT_BLOB_COUNT;
    if (p->blob_count && p->data.len)
        return REJECT_DATA_TWO_PLACES;
    struct data_blob *blob = ARENA_TAKE_ZERO(arena, struct data_blob, p->blob_count);
    for (u32 i = 0; i < p->blob_count; i++) {
        u64 index;
        TRY(abi_u64(&p->blob_index, &index));
        TRY(check_blob(d, &blob[i], t, index));
    }
    *out = (struct published_data){.calldata = p->data, .blob = blob, .blob_count = p->blob_count};
    return OK;
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
        TRY(block_apply(run, &receipt, t));
    }
    return OK;
}

static enum err execute(struct derived_rollup *r, struct arena *arena, const struct batch_block *b)
{
    const struct block_choice choice = rollup_block_choice(&r->rules, b->timestamp);
    struct state *view = ledger_view(&r->ledger);
    struct block_run run;
    struct header h;
    enum err e = block_begin(&run, &r->ledger.machine, r->ledger.rules, view, &ledger_head(&r->ledger)->header,
                             &r->ledger.ancestors, &choice, NULL);
    if (e == OK) {
        e = apply_all(&run, arena, b);
        if (e == OK)
            e = block_finish(&run, &h);
        if (e == OK) {
            ledger_append(&r->ledger, &h, &run, view);
            r->transactions += run.tx_count;
        }
        block_release(&run);
    }
    state_release(view);
    return e;
}

/* The mailboxes that the bundle lists are those of the state. */
static enum err compare_mailboxes(struct derived_rollup *r, struct arena *arena, struct part *p, u64 first_block)
{
    struct mailbox *mailbox;
    size_t count;
    struct state *view = ledger_view(&r->ledger);
    const enum err e = rollup_mailboxes(view, arena, &mailbox, &count, first_block);
    state_release(view);
    TRY(e);
    if (count != p->mailbox_count)
        return REJECT_DERIVED_OTHERWISE;
    for (size_t i = 0; i < count; i++) {
        struct mailbox listed;
        TRY(abi_u64(&p->mailbox, &listed.peer_chain));
        for (enum lane l = 0; l < LANE_COUNT; l++)
            TRY(abi_word(&p->mailbox, listed.lane[l].b));
        TRY(abi_u256(&p->mailbox, &listed.value_out));
        TRY(abi_u256(&p->mailbox, &listed.value_in));
        if (memcmp(&listed, &mailbox[i], sizeof listed) != 0) /* words all: nothing lies between them */
            return REJECT_DERIVED_OTHERWISE;
    }
    return OK;
}

static enum err run_batch(struct derived_rollup *r, struct arena *arena, const struct batch *batch, struct part *p,
                          const struct settled *s)
{
    if (s->first_block != ledger_head(&r->ledger)->header.number + 1 || p->last_block != s->last_block ||
        s->last_block - s->first_block + 1 != batch->block_count)
        return REJECT_DERIVED_OTHERWISE;
    for (u32 i = 0; i < batch->block_count; i++)
        TRY(execute(r, arena, &batch->block[i]));
    const struct ledger_block *head = ledger_head(&r->ledger);
    if (!hash32_eq(&head->hash, &s->block_hash) || !hash32_eq(&head->header.state_root, &s->state_root))
        return REJECT_DERIVED_OTHERWISE;
    return compare_mailboxes(r, arena, p, s->first_block);
}

static enum err derive_bundle(struct derivation *d, struct derived_rollup *r, struct arena *arena,
                              const struct l1_transaction *t, const struct settled *s)
{
    struct part p;
    struct published_data data;
    struct bytes encoded;
    struct batch batch;
    hash32 da;
    const u64 chain_id = r->rules.chain.chain_id;
    if (!r->is_registered)
        return REJECT_GENESIS;
    if (!calls_the_bridge(d, t->tx))
        return FAULT_UNSUPPORTED; /* a contract sent the bundle: its calldata is not the transaction's */
    TRY(find_part(&p, t->tx->data, chain_id));
    TRY(find_data(d, &data, arena, t, &p));
    data_hash(&da, &data, chain_id, s->first_block, s->last_block, arena);
    if (!hash32_eq(&da, &s->da_hash))
        return REJECT_DERIVED_OTHERWISE;
    TRY(data_batch(&encoded, arena, &data, chain_id));
    TRY(batch_decode(&batch, arena, encoded));
    TRY(run_batch(r, arena, &batch, &p, s));
    r->bundles++;
    r->batch_bytes += encoded.len;
    r->blobs += data.blob_count;
    return OK;
}

/* --- logs --- */

static enum err check_registration(struct derived_rollup *r, const struct log *log)
{
    const struct ledger_block *genesis = &r->ledger.block[0];
    struct abi_reader reader = abi_reader(log->data);
    hash32 block, root, rules, ours;
    TRY(abi_word(&reader, block.b));
    TRY(abi_word(&reader, root.b));
    TRY(abi_word(&reader, rules.b));
    rollup_rules_hash(&ours, &r->rules);
    if (!hash32_eq(&block, &genesis->hash) || !hash32_eq(&root, &genesis->header.state_root) ||
        !hash32_eq(&rules, &ours))
        return REJECT_GENESIS;
    r->is_registered = true;
    return OK;
}

static void stop(struct derivation *d, struct derived_rollup *r, enum err e, u64 good, const struct l1_transaction *t)
{
    ledger_drop_after(&r->ledger, good);
    struct buffer why = buffer_in(&d->arena);
    text_add(&why, "L1 block ");
    text_add_u64(&why, t->block_number);
    text_add(&why, ", transaction ");
    text_add_hex_cut(&why, BYTES_OF(t->tx->hash.b), 32);
    text_add(&why, ": ");
    text_add_z(&why, err_text(e));
    buffer_add_u8(&why, 0);
    r->error = e;
    r->why = (const char *)why.ptr;
}

static enum err derive_settled(struct derivation *d, struct derived_rollup *r, const struct l1_transaction *t,
                               const struct log *log)
{
    struct settled s;
    struct arena scratch;
    arena_init(&scratch, d->memory);
    enum err e = read_settled(&s, log);
    if (e == OK)
        e = derive_bundle(d, r, &scratch, t, &s);
    arena_release(&scratch);
    return e;
}

static enum err derive_log(struct derivation *d, const struct l1_transaction *t, const struct log *log)
{
    const bool settles = hash32_eq(&log->topic[0], &d->topic_settled);
    struct abi_reader topic = abi_reader(BYTES_OF(log->topic[1].b));
    u64 chain_id;
    TRY(abi_u64(&topic, &chain_id));
    struct derived_rollup *r = find_rollup(d, chain_id);
    if (!r) {
        d->foreign += settles;
        return OK;
    }
    if (r->error != OK)
        return OK;
    const u64 good = ledger_head(&r->ledger)->header.number;
    const enum err e = settles ? derive_settled(d, r, t, log) : check_registration(r, log);
    if (e == FAULT_MEMORY || e == FAULT_CRYPTO || e == FAULT_CALL_DEPTH)
        return e;
    if (e != OK)
        stop(d, r, e, good, t);
    return OK;
}

enum err derive_transaction(struct derivation *d, const struct l1_transaction *t)
{
    for (u32 i = 0; i < t->log_count; i++) {
        const struct log *log = &t->log[i];
        if (address_eq(&log->at, &d->shared_bridge) && log->topic_count >= 2 &&
            (hash32_eq(&log->topic[0], &d->topic_settled) || hash32_eq(&log->topic[0], &d->topic_registered)))
            TRY(derive_log(d, t, log));
    }
    return OK;
}
