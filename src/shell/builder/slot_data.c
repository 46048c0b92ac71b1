/* Where a bundle's data goes: calldata of one transaction, or blobs.
 *
 *   calldata   one transaction, type 4 when accounts are to be delegated, else type 2
 *   blobs      a type 3 transaction; type 3 carries no authorizations, so a type 4 transaction delegates ahead of it
 *
 * Both are priced at the fees of the next block, and the cheaper one that fits is taken. If neither fits, there is too
 * much work for one slot, and slot.c defers some of it. docs/data.md, docs/protocol.md section 8. */
#include "builder/slot_stages.h"

#include "base/u256.h"
#include "verify/blob.h"

enum {
    TX_BYTES_SLACK = 16,       /* a signature may become some bytes longer */
    BLOB_GAS = 1 << 17,        /* EIP-4844: GAS_PER_BLOB */
    PROOF_BYTES = 93           /* an attestation: prover/prover.h */
};

/* Rough gas of executing a bundle besides its intrinsic gas, measured on the examples. It is only for comparing prices:
 * with calldata, EIP-7623 charges the greater of a floor and everything that is used. */
enum { BUNDLE_USE = 60000, ROLLUP_USE = 110000, STEP_USE = 90000 };

/* What the two candidates have in common. */
struct weighing {
    struct arena *arena;
    const struct slot_env *env;
    const struct carrier *carrier;
    const struct second_pass *second;
    const struct l1_part *l1;
    struct transition_input *input; /* with blank proofs */
    u64 use;                        /* gas of the execution besides the intrinsic gas */
};

struct candidate {
    struct tx tx;
    u256 price;   /* wei, an estimate, for */
    u64 gas;
    u64 intrinsic, floor;
    struct room tightest;
    bool fits;
};

static struct transition_input input_of(const struct slot_env *env, const struct rollup_block *b,
                                        const struct transition *t)
{
    return (struct transition_input){
        .chain_id = t->chain_id,
        .block_hash = t->block_hash,
        .state_root = t->state_root,
        .last_block = t->last_block,
        .last_timestamp = t->last_timestamp,
        .anchor_number = t->anchor_number,
        .forced_count = b->forced_count,
        .mailbox = t->mailbox,
        .mailbox_count = t->mailbox_count,
        .verifier = env->contracts->quorum_verifier,
    };
}

static struct transition_input *blank_inputs(struct arena *arena, const struct slot_env *env,
                                             const struct second_pass *second)
{
    struct transition_input *input = ARENA_TAKE(arena, struct transition_input, second->bundled_count);
    const size_t len = PROOF_BYTES * env->provers->threshold;
    u8 *blank = arena_take(arena, len);
    memset(blank, 0xff, len);
    for (size_t i = 0; i < second->bundled_count; i++) {
        input[i] = input_of(env, second->bundled[i], &second->bundled[i]->transition);
        input[i].proof = bytes_of(blank, len);
    }
    return input;
}

/* --- prices --- */

static u64 estimated_use(const struct slot_env *env, const struct second_pass *second, const struct l1_part *l1)
{
    const struct plan *plan = second->plan;
    u64 gas = BUNDLE_USE + ROLLUP_USE * second->bundled_count + STEP_USE * l1->plan.step_count;
    for (size_t i = 0; i < plan->call.count; i++)
        if (plan->call.item[i].call.target_chain == env->l1_chain_id)
            gas += plan->call.item[i].gas_used;
    return gas;
}

static u64 u64_max(u64 here, u64 there)
{
    return here > there ? here : there;
}

/* Saturates: a header may name any price. */
static void add_product(u256 *sum, const u256 *price, u64 count)
{
    u256 product;
    const u256 wide = u256_from_u64(count);
    if (u256_mul_overflows(&product, price, &wide) || u256_add(sum, sum, &product))
        *sum = (u256){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
}

static u64 thousandths(const struct room *r)
{
    return r->max ? 1000 * r->taken / r->max : 0;
}

static void take_tighter(struct room *tightest, struct room r)
{
    if (thousandths(&r) >= thousandths(tightest))
        *tightest = r;
}

/* Price and size of a candidate whose type is set: with the bundle's calldata, proofs of the right length. */
static void weigh(const struct weighing *w, struct candidate *c, u64 blobs)
{
    const struct fork *fork = w->env->l1_activation->fork;
    const struct session_prices *prices = &w->carrier->prices;
    struct buffer encoded = buffer_in(w->arena);
    c->tx.data =
        calldata_execute_bundle(w->arena, &w->env->builder, &w->l1->plan, w->input, w->second->bundled_count);
    tx_encode(&encoded, &c->tx);
    c->intrinsic = tx_intrinsic_gas(&c->tx, fork);
    c->floor = tx_floor_gas(&c->tx, fork);
    const u64 least = u64_max(c->intrinsic, c->floor);
    c->fits = encoded.len + TX_BYTES_SLACK <= TX_BYTES_MAX && least <= c->tx.gas_limit;
    take_tighter(&c->tightest,
                 (struct room){"bytes of the L1 transaction", encoded.len + TX_BYTES_SLACK, TX_BYTES_MAX});
    take_tighter(&c->tightest, (struct room){"gas of the L1 transaction before it executes", least, c->tx.gas_limit});
    c->price = (u256){0};
    c->gas = u64_max(c->intrinsic + w->use, c->floor);
    add_product(&c->price, &prices->gas, c->gas);
    add_product(&c->price, &prices->blob_gas, blobs * BLOB_GAS);
}

static void weigh_calldata(const struct weighing *w, struct candidate *c)
{
    for (size_t i = 0; i < w->second->bundled_count; i++)
        w->input[i].data = w->second->bundled[i]->data.calldata;
    c->tx = w->carrier->tx;
    weigh(w, c, 0);
}

struct tx slot_delegation(const struct carrier *carrier, const struct slot_env *env)
{
    struct tx t = carrier->tx;
    t.data = bytes_of(NULL, 0);
    t.to = env->builder;
    t.has_hash = false;
    return t;
}

static void name_blobs(struct transition_input *input, const struct packed_batch *batch)
{
    input->data = bytes_of(NULL, 0);
    input->first_blob = batch->first_blob;
    input->blob_count = batch->blob_count;
}

static void weigh_blobs(const struct weighing *w, struct candidate *c, const struct placement *p)
{
    for (size_t i = 0; i < w->second->bundled_count; i++)
        name_blobs(&w->input[i], &p->batch[i]);
    c->tx = w->carrier->tx;
    c->tx.type = TX_BLOB;
    c->tx.authorization = NULL;
    c->tx.authorization_count = 0;
    c->tx.blob_hash = ARENA_TAKE_ZERO(w->arena, hash32, p->blob_count);
    c->tx.blob_hash_count = (u32)p->blob_count;
    weigh(w, c, p->blob_count);
    if (w->carrier->tx.authorization_count) {
        const struct tx ahead = slot_delegation(w->carrier, w->env);
        add_product(&c->price, &w->carrier->prices.gas, tx_intrinsic_gas(&ahead, w->env->l1_activation->fork));
    }
}

/* False: it is more than blobs hold. */
static bool pack(const struct weighing *w, struct placement *p, struct room *tightest)
{
    const struct second_pass *second = w->second;
    const u32 of_block = w->env->l1_activation->blobs.max_count;
    p->batch = ARENA_TAKE(w->arena, struct packed_batch, second->bundled_count);
    for (size_t i = 0; i < second->bundled_count; i++)
        p->batch[i] = (struct packed_batch){.chain_id = second->bundled[i]->transition.chain_id,
                                            .batch = second->bundled[i]->batch};
    const u32 blobs_max = of_block < DATA_BLOBS_MAX ? of_block : DATA_BLOBS_MAX;
    u64 bytes = 0;
    for (size_t i = 0; i < second->bundled_count; i++)
        bytes += second->bundled[i]->batch.len;
    take_tighter(tightest, (struct room){"bytes in blobs", bytes, (u64)blobs_max * BLOB_PAYLOAD_BYTES});
    return batcher_pack(w->arena, p->batch, second->bundled_count, blobs_max, &p->blob, &p->blob_count) == OK;
}

/* --- the choice --- */

/* Blobs take a tenth of a second each to make, and half a second for a node, so they have to save a twentieth. */
static bool blobs_pay(const struct candidate *calldata, const struct candidate *blobs)
{
    const u256 parts = u256_from_u64(20), less = u256_from_u64(19);
    u256 blob_cost, calldata_cost;
    u256_mul(&blob_cost, &blobs->price, &parts);
    u256_mul(&calldata_cost, &calldata->price, &less);
    return u256_lt(&blob_cost, &calldata_cost);
}

static const char *reason_of(const struct carrier *carrier, const struct candidate *calldata,
                             const struct candidate *blobs)
{
    if (carrier->data != DATA_AUTO)
        return carrier->follows_lost ? "same as the transaction that it replaces" : "as configured";
    if (!blobs->fits)
        return "too large for blobs";
    if (!calldata->fits)
        return "too large for a transaction";
    if (blobs_pay(calldata, blobs))
        return "cheaper at current fees";
    return u256_lt(&blobs->price, &calldata->price) ? "blobs would save less than 5%" : "cheaper at current fees";
}

static struct placement weigh_both(const struct weighing *w)
{
    struct placement p = {0};
    struct candidate calldata = {0}, blobs = {0};
    const struct carrier *carrier = w->carrier;
    weigh_calldata(w, &calldata);
    if (pack(w, &p, &blobs.tightest))
        weigh_blobs(w, &blobs, &p);
    const bool may_calldata = calldata.fits && carrier->data != DATA_BLOBS,
               may_blobs = blobs.fits && carrier->data != DATA_CALLDATA;
    p.fits = may_calldata || may_blobs;
    p.tightest = carrier->data == DATA_BLOBS ? blobs.tightest : calldata.tightest;
    if (carrier->data == DATA_AUTO && thousandths(&blobs.tightest) < thousandths(&p.tightest))
        p.tightest = blobs.tightest;
    p.filled = thousandths(&p.tightest);
    p.report = (struct data_report){
        .is_in_blobs = may_blobs && (!may_calldata || blobs_pay(&calldata, &blobs)),
        .reason = reason_of(carrier, &calldata, &blobs),
        .calldata_fits = calldata.fits,
        .blobs_fit = blobs.fits,
        .calldata_wei = calldata.price,
        .blobs_wei = blobs.price,
        .blob_count = p.blob_count,
    };
    const struct candidate *chosen = p.report.is_in_blobs ? &blobs : &calldata;
    p.report.l1_gas = chosen->gas;
    p.intrinsic_gas = chosen->intrinsic;
    p.floor_gas = chosen->floor;
    p.delegates_first = p.report.is_in_blobs && carrier->tx.authorization_count;
    return p;
}

struct placement slot_weigh(struct arena *arena, const struct slot_env *env, const struct carrier *carrier,
                            const struct second_pass *second, const struct l1_part *l1)
{
    const struct weighing w = {arena, env, carrier, second, l1, blank_inputs(arena, env, second),
                               estimated_use(env, second, l1)};
    return weigh_both(&w);
}

/* A bundle that paid the floor (EIP-7623) used some gas below it: how much is not known. */
struct data_report slot_weigh_again(struct arena *arena, const struct slot_env *env, const struct carrier *carrier,
                                    const struct second_pass *second, const struct l1_part *l1,
                                    const struct placement *before, u64 gas_used)
{
    struct weighing w = {arena, env, carrier, second, l1, blank_inputs(arena, env, second),
                         gas_used > before->intrinsic_gas ? gas_used - before->intrinsic_gas : 0};
    if (gas_used == before->floor_gas && estimated_use(env, second, l1) < w.use)
        w.use = estimated_use(env, second, l1);
    const struct placement known = weigh_both(&w);
    struct data_report report = before->report;
    report.calldata_wei = known.report.calldata_wei;
    report.blobs_wei = known.report.blobs_wei;
    report.l1_gas = gas_used;
    return report;
}

/* --- in its place --- */

static enum err publish_rollup(struct published_rollup *r, struct arena *arena, const struct slot_env *env,
                               const struct l1_part *l1)
{
    const struct transition t = rollup_block_transition(r->block, &r->data, arena);
    r->input = input_of(env, r->block, &t);
    r->input.data = r->data.calldata;
    return statement_hash(&r->statement, &l1->context, &t, arena);
}

static const struct rollup_rules *rollup_rules_of(const struct slot_env *env, u64 chain_id)
{
    for (size_t i = 1; i < env->chain_count; i++)
        if (env->chain[i].rules->chain.chain_id == chain_id)
            return env->chain[i].rules;
    BUG("a block of a rollup that the session does not have");
}

static enum err make_blobs(struct published *out, struct arena *arena, const struct placement *p,
                           const struct kzg_setup *setup, struct data_blob **blob)
{
    TRY(sidecar_make(&out->sidecar, arena, p->blob, p->blob_count, setup));
    *blob = ARENA_TAKE(arena, struct data_blob, p->blob_count);
    for (size_t i = 0; i < p->blob_count; i++)
        (*blob)[i] = (struct data_blob){&p->blob[i], out->sidecar.commitment[i], out->sidecar.proof[i]};
    return OK;
}

enum err slot_publish(struct published *out, struct arena *arena, const struct slot_env *env,
                      const struct second_pass *second, const struct l1_part *l1, const struct placement *placement,
                      const struct kzg_setup *setup)
{
    const bool in_blobs = placement->report.is_in_blobs;
    struct data_blob *blob = NULL;
    *out = (struct published){.rollup = ARENA_TAKE_ZERO(arena, struct published_rollup, second->bundled_count),
                              .count = second->bundled_count};
    if (in_blobs)
        TRY(make_blobs(out, arena, placement, setup, &blob));
    for (size_t i = 0; i < out->count; i++) {
        const struct packed_batch *b = &placement->batch[i];
        struct published_rollup *r = &out->rollup[i];
        r->block = second->bundled[i];
        r->rules = rollup_rules_of(env, r->block->transition.chain_id);
        if (in_blobs)
            r->data = (struct published_data){.blob = blob + b->first_blob, .blob_count = b->blob_count};
        else
            r->data = r->block->data;
        TRY(publish_rollup(r, arena, env, l1));
        if (in_blobs)
            name_blobs(&r->input, b);
    }
    return OK;
}
