/* Where a bundle's data goes: calldata of one transaction, or blobs.
 *
 *   calldata   one transaction, type 4 when accounts are to be delegated, else type 2
 *   blobs      a type 3 transaction; type 3 carries no authorizations, so a type 4 transaction delegates ahead of it
 *
 * Both are priced at the fees of the next block, and the cheaper one that fits is taken. What fits in neither is too
 * much work for a slot: the last of it waits for the next one. docs/data.md, docs/protocol.md section 8. */
#include "builder/slot_private.h"

#include "base/u256.h"
#include "codec/text.h"
#include "rollup_block/batcher.h"

enum {
    TX_BYTES_MAX = 128 * 1024, /* what nodes take from each other, a blob transaction's sidecar not counted */
    TX_BYTES_SLACK = 16,       /* a signature may become some bytes longer */
    BLOB_GAS = 1 << 17,        /* EIP-4844: GAS_PER_BLOB */
    PROOF_BYTES = 93           /* an attestation: prover/prover.h */
};

/* What executing a bundle takes besides its intrinsic gas, roughly, from those that the examples send. It is only for
 * comparing prices: with calldata, EIP-7623 asks for the greater of a floor and all that is used. */
enum { BUNDLE_USE = 60000, ROLLUP_USE = 110000, STEP_USE = 90000 };

struct candidate {
    struct tx tx;
    u64 gas;      /* an estimate */
    u256 price;   /* wei */
    bool fits;
};

static u64 estimated_use(const struct slot_run *slot)
{
    u64 gas = BUNDLE_USE + ROLLUP_USE * slot->input_count + STEP_USE * slot->l1_plan.step_count;
    for (size_t i = 0; i < slot->plan->call_count; i++)
        if (slot->plan->call[i].call.target_chain == slot->s->l1_rules.chain_id)
            gas += slot->plan->call[i].gas_used;
    return gas;
}

static u64 u64_max(u64 here, u64 there)
{
    return here > there ? here : there;
}

static void add_product(u256 *sum, const u256 *price, u64 count)
{
    u256 product;
    const u256 wide = u256_from_u64(count);
    BUG_UNLESS(!u256_mul_overflows(&product, price, &wide) && !u256_add(sum, sum, &product));
}

/* The bundle as it would be sent, with proofs of the right length. */
static struct bytes bundle_with_blank_proofs(struct slot_run *slot)
{
    struct session *s = slot->s;
    const size_t len = PROOF_BYTES * s->prover_threshold;
    u8 *blank = arena_take(slot->arena, len);
    memset(blank, 0xff, len);
    for (size_t i = 0; i < slot->input_count; i++)
        slot->input[i].proof = bytes_of(blank, len);
    return calldata_execute_bundle(slot->arena, &s->builder, &slot->l1_plan, slot->input, slot->input_count);
}

/* Gas, price and size of a candidate whose data is filled in. */
static void weigh(struct slot_run *slot, struct candidate *c, u64 blobs)
{
    const struct session *s = slot->s;
    const struct fork *fork = s->l1_activation.fork;
    const struct session_prices prices = session_prices(s);
    const u64 intrinsic = tx_intrinsic_gas(&c->tx, fork), floor = tx_floor_gas(&c->tx, fork);
    struct buffer encoded = buffer_in(slot->arena);
    tx_encode(&encoded, &c->tx);
    c->gas = u64_max(intrinsic + estimated_use(slot), floor);
    c->fits = encoded.len + TX_BYTES_SLACK <= TX_BYTES_MAX && u64_max(intrinsic, floor) <= c->tx.gas_limit;
    c->price = (u256){0};
    add_product(&c->price, &prices.gas, c->gas);
    add_product(&c->price, &prices.blob_gas, blobs * BLOB_GAS);
}

static void weigh_calldata(struct slot_run *slot, struct candidate *c)
{
    c->tx = slot->carrier;
    c->tx.data = bundle_with_blank_proofs(slot);
    weigh(slot, c, 0);
}

/* --- blobs --- */

struct packing {
    struct packed_batch *batch; /* per input */
    struct kzg_blob *blob;
    size_t blob_count;
};

static size_t blobs_max(const struct session *s)
{
    const u32 of_block = s->l1_activation.blobs.max_count;
    return of_block < DATA_BLOBS_MAX ? of_block : DATA_BLOBS_MAX;
}

static enum err pack(struct slot_run *slot, struct packing *p)
{
    p->batch = ARENA_TAKE(slot->arena, struct packed_batch, slot->input_count);
    size_t n = 0;
    for (size_t i = 1; i < slot->chain_count; i++)
        if (slot_sends(slot, i))
            p->batch[n++] = (struct packed_batch){.chain_id = slot->block[i].transition.chain_id,
                                                  .batch = slot->block[i].batch};
    return batcher_pack(slot->arena, p->batch, n, blobs_max(slot->s), &p->blob, &p->blob_count);
}

static void name_blobs(struct slot_run *slot, const struct packing *p)
{
    for (size_t i = 0; i < slot->input_count; i++) {
        slot->input[i].data = bytes_of(NULL, 0);
        slot->input[i].first_blob = p->batch[i].first_blob;
        slot->input[i].blob_count = p->batch[i].blob_count;
    }
}

/* The transaction that delegates ahead. */
static struct tx delegation(const struct slot_run *slot)
{
    struct tx t = slot->carrier;
    t.data = bytes_of(NULL, 0);
    t.to = slot->s->builder;
    return t;
}

static void weigh_blobs(struct slot_run *slot, struct candidate *c, const struct packing *p)
{
    static const hash32 any;
    hash32 *hash = ARENA_TAKE(slot->arena, hash32, p->blob_count);
    for (size_t i = 0; i < p->blob_count; i++)
        hash[i] = any;
    c->tx = slot->carrier;
    c->tx.type = TX_BLOB;
    c->tx.authorization = NULL;
    c->tx.authorization_count = 0;
    c->tx.blob_hash = hash;
    c->tx.blob_hash_count = (u32)p->blob_count;
    c->tx.data = bundle_with_blank_proofs(slot);
    weigh(slot, c, p->blob_count);
    if (slot->carrier.authorization_count) {
        const struct tx ahead = delegation(slot);
        const struct session_prices prices = session_prices(slot->s);
        add_product(&c->price, &prices.gas, tx_intrinsic_gas(&ahead, slot->s->l1_activation.fork));
    }
}

/* --- waiting --- */

static size_t included(const struct slot_run *slot, size_t *last)
{
    size_t count = 0;
    for (size_t i = 0; i < slot->work_count; i++)
        if (slot->verdict[i] == OK && !slot->excluded[i] && !slot->evicted[i]) {
            count++;
            *last = i;
        }
    return count;
}

bool slot_wait(struct slot_run *slot)
{
    size_t last = 0, count = included(slot, &last);
    if (count == 0)
        return false;
    const bool alone = count == 1;
    for (size_t leave = (count + 3) / 4; leave > 0; leave--) {
        slot->excluded[last] = true;
        slot->waits[last] = !alone;
        slot->verdict[last] = alone ? REJECT_BUNDLE_TOO_LARGE : REJECT_BUNDLE_FULL;
        slot->reason[last] = err_text(slot->verdict[last]);
        included(slot, &last);
    }
    return true;
}

/* --- the choice --- */

/* Blobs take half a second each to make, and the setup two, so they have to save a twentieth. */
static bool blobs_pay(const struct candidate *calldata, const struct candidate *blobs)
{
    const u256 parts = u256_from_u64(20), less = u256_from_u64(19);
    u256 theirs, ours;
    u256_mul(&theirs, &blobs->price, &parts);
    u256_mul(&ours, &calldata->price, &less);
    return u256_lt(&theirs, &ours);
}

/* What waits under the same nonce can only be replaced by its like (fees.h). */
static enum data_choice allowed(const struct slot_run *slot)
{
    const struct sent *sent = session_sent(slot->s, slot->carrier.nonce);
    return !sent ? slot->s->data : sent->fees.has_blobs ? DATA_BLOBS : DATA_CALLDATA;
}

static const char *reason_of(const struct slot_run *slot, const struct candidate *calldata,
                             const struct candidate *blobs)
{
    if (slot->s->data != DATA_AUTO)
        return "as the options ask";
    if (allowed(slot) != DATA_AUTO)
        return "as what it replaces";
    if (!blobs->fits)
        return "more than blobs hold";
    if (!calldata->fits)
        return "more than a transaction holds";
    if (blobs_pay(calldata, blobs))
        return "the cheaper at current fees";
    return u256_lt(&blobs->price, &calldata->price) ? "blobs would save less than a twentieth"
                                                    : "the cheaper at current fees";
}

static enum err put_in_blobs(struct slot_run *slot, const struct packing *p)
{
    const struct kzg_setup *setup;
    TRY(session_kzg(slot->s, &setup));
    TRY(sidecar_make(&slot->sidecar, slot->arena, p->blob, p->blob_count, setup));
    struct data_blob *blob = ARENA_TAKE(slot->arena, struct data_blob, p->blob_count);
    for (size_t i = 0; i < p->blob_count; i++)
        blob[i] = (struct data_blob){&p->blob[i], slot->sidecar.commitment[i], slot->sidecar.proof[i]};
    size_t n = 0;
    for (size_t i = 1; i < slot->chain_count; i++) {
        if (!slot_sends(slot, i))
            continue;
        const struct packed_batch *b = &p->batch[n++];
        const struct published_data data = {.blob = blob + b->first_blob, .blob_count = b->blob_count};
        rollup_block_publish(&slot->block[i], &data);
    }
    slot->is_in_blobs = true;
    return OK;
}

static enum err delegate_ahead(struct slot_run *slot)
{
    const struct receipt *receipt;
    const struct mining mining = {.purpose = PURPOSE_DELEGATION, .key = &slot->s->builder_key};
    bool as_expected;
    struct tx t = delegation(slot);
    t.has_hash = false;
    TRY(tx_sign(&t, &slot->s->builder_key, slot->arena));
    TRY(session_mine(slot->s, &receipt, &as_expected, &t, &mining));
    slot->data.delegated_ahead = slot->carrier.authorization_count;
    slot->data.delegation_gas_used = receipt->gas_used;
    return OK;
}

enum err slot_place_data(struct slot_run *slot, bool *again)
{
    const enum data_choice choice = allowed(slot);
    struct candidate calldata = {0}, blobs = {0};
    struct packing packing = {0};
    *again = false;
    slot->is_in_blobs = false;
    weigh_calldata(slot, &calldata);
    if (pack(slot, &packing) == OK) {
        name_blobs(slot, &packing);
        weigh_blobs(slot, &blobs, &packing);
    }
    const bool may_calldata = calldata.fits && choice != DATA_BLOBS, may_blobs = blobs.fits && choice != DATA_CALLDATA;
    if (!may_calldata && !may_blobs) {
        *again = slot_wait(slot);
        return *again ? OK : REJECT_BUNDLE_TOO_LARGE;
    }
    const bool in_blobs = may_blobs && (!may_calldata || blobs_pay(&calldata, &blobs));
    slot->data.is_in_blobs = in_blobs;
    slot->data.reason = reason_of(slot, &calldata, &blobs);
    slot->data.calldata_fits = calldata.fits;
    slot->data.blobs_fit = blobs.fits;
    slot->data.calldata_wei = calldata.price;
    slot->data.blobs_wei = blobs.price;
    slot->data.blob_count = packing.blob_count;
    if (in_blobs && slot->carrier.authorization_count) {
        TRY(delegate_ahead(slot));
        *again = true;
        return OK;
    }
    if (!in_blobs)
        return slot_make_inputs(slot); /* as they were before the blobs were weighed */
    TRY(put_in_blobs(slot, &packing));
    TRY(slot_make_inputs(slot));
    name_blobs(slot, &packing);
    return OK;
}

enum err slot_carry_blobs(struct slot_run *slot)
{
    const struct kzg_setup *setup;
    struct tx *t = &slot->bundle;
    TRY(session_kzg(slot->s, &setup));
    TRY(sidecar_prove_cells(&slot->sidecar, slot->arena, setup));
    t->type = TX_BLOB;
    t->blob_hash = slot->sidecar.versioned_hash;
    t->blob_hash_count = (u32)slot->sidecar.blob_count;
    return OK;
}
