#include "verify/verify.h"

#include "crypto/keccak.h"
#include "verify/batch.h"

struct verify_cache {
    const struct memory *memory;
    struct code_cache *codes;
    struct machine machine;
};

/* What one verification holds open. */
struct verification {
    const struct verify_input *in;
    struct verify_cache *cache;
    struct arena arena;
    struct witness_index witness;
    struct node_source nodes;
    struct code_source codes;
    struct trie_db *tries;
    struct state *state;
    struct l1_anchor parent_anchor; /* of the pre-state */
    hash32 parent_forced;           /* of the pre-state */
    struct l1_anchor anchor;        /* by the L1 header of the witness */
    struct hash_list {
        u64 first;    /* number of hash[0] */
        hash32 *hash; /* of the blocks executed so far */
        size_t count;
    } blocks;
};

/* Ancestors of a block that is being executed: blocks of this batch, then the witness. */
static enum err witness_ancestor_hash(void *context, hash32 *out, u64 number)
{
    const struct verification *v = context;
    if (number >= v->blocks.first && number - v->blocks.first < v->blocks.count) {
        *out = v->blocks.hash[number - v->blocks.first];
        return OK;
    }
    struct witness_index *index = (struct witness_index *)&v->witness;
    const struct ancestors older = witness_ancestors(index);
    return older.hash(older.context, out, number);
}

static enum err apply_transactions(struct verification *v, struct block_run *run, const struct batch_block *b)
{
    const u32 admitted = chain_rules_admitted(run->rules, run->fork);
    for (u32 i = 0; i < b->envelope_count; i++) {
        struct tx *t = ARENA_TAKE(&v->arena, struct tx, 1);
        const struct receipt *receipt;
        TRY(tx_decode(t, &v->arena, b->envelope[i], admitted));
        TRY(tx_recover(t, true, &v->arena));
        TRY(rollup_apply(run, &receipt, t, &v->arena));
    }
    return OK;
}

/* A block tells contracts number, hash, time and base fee of an L1 block. L1 compares the hash of the last block's
 * anchor alone, so all blocks have that anchor or still the parent's, and what they tell of it is what its header says.
 */
static enum err check_anchor(struct verification *v)
{
    struct l1_anchor told;
    TRY(rollup_anchor(v->state, &told));
    return l1_anchor_eq(&told, &v->anchor) || l1_anchor_eq(&told, &v->parent_anchor) ? OK : REJECT_ANCHOR;
}

static enum err read_anchor(struct verification *v)
{
    struct header h;
    const struct bytes rlp = v->in->witness.anchor;
    if (header_decode(&h, rlp) != OK)
        return REJECT_WITNESS;
    v->anchor = (struct l1_anchor){.number = h.number, .timestamp = h.timestamp, .base_fee = h.base_fee};
    keccak256(&v->anchor.hash, rlp.ptr, rlp.len);
    return OK;
}

/* One block of the batch on top of *parent, which becomes the block's header. */
static enum err execute_block(struct verification *v, struct header *parent, const struct batch_block *b)
{
    const struct rollup_rules *rules = v->in->rules;
    const struct ancestors ancestors = {witness_ancestor_hash, v};
    const struct block_choice choice = rollup_block_choice(rules, b->timestamp);
    struct block_run run;
    TRY(block_begin(&run, &v->cache->machine, &rules->chain, v->state, parent, &ancestors, &choice, NULL));
    struct header h;
    enum err e = apply_transactions(v, &run, b);
    if (e == OK)
        e = block_finish(&run, &h);
    block_release(&run);
    TRY(e);
    *parent = h;
    header_hash(&v->blocks.hash[v->blocks.count++], &h, &v->arena);
    return check_anchor(v);
}

/* What the last state says of itself. */
static enum err read_result(struct verification *v, struct transition *t)
{
    struct mailbox *mailbox;
    struct l1_anchor last;
    TRY(rollup_anchor(v->state, &last));
    t->anchor_number = last.number;
    t->anchor_hash = last.hash;
    TRY(rollup_forced(v->state, NULL, &t->forced_hash));
    if (hash32_eq(&t->forced_hash, &v->parent_forced))
        t->forced_hash = (hash32){{0}};
    TRY(rollup_mailboxes(v->state, &v->arena, &mailbox, &t->mailbox_count, t->first_block));
    t->mailbox = mailbox;
    return OK;
}

static enum err run_verification(struct verification *v, hash32 *transition, hash32 *block_hash)
{
    const struct verify_input *in = v->in;
    TRY(witness_open(&v->witness, &v->arena, &in->witness, v->cache->codes));
    struct batch batch;
    struct bytes encoded;
    TRY(data_check(&in->data));
    TRY(data_batch(&encoded, &v->arena, &in->data, in->rules->chain.chain_id));
    TRY(batch_decode(&batch, &v->arena, encoded));
    if (in->blocks_max && batch.block_count > in->blocks_max)
        return REJECT_BATCH_BLOCKS;
    v->nodes = witness_nodes(&v->witness);
    v->codes = witness_codes(&v->witness);
    v->tries = trie_db_open(v->arena.memory, &v->nodes);
    v->state = state_open(v->arena.memory, v->tries, &v->codes, &v->witness.parent.state_root);

    TRY(read_anchor(v));
    TRY(rollup_anchor(v->state, &v->parent_anchor));
    TRY(rollup_forced(v->state, NULL, &v->parent_forced));

    struct header last = v->witness.parent;
    v->blocks.first = last.number + 1;
    v->blocks.hash = ARENA_TAKE(&v->arena, hash32, batch.block_count);
    for (u32 i = 0; i < batch.block_count; i++)
        TRY(execute_block(v, &last, &batch.block[i]));

    struct transition t = {
        .chain_id = in->rules->chain.chain_id,
        .parent_block_hash = v->witness.parent_hash,
        .pre_state_root = v->witness.parent.state_root,
        .block_hash = v->blocks.hash[v->blocks.count - 1],
        .state_root = last.state_root,
        .first_block = v->witness.parent.number + 1,
        .last_block = last.number,
        .last_timestamp = last.timestamp,
    };
    rollup_rules_hash(&t.rules_hash, in->rules);
    data_hash(&t.da_hash, &in->data, t.chain_id, t.first_block, t.last_block, &v->arena);
    TRY(read_result(v, &t));
    hash32 hash;
    TRY(transition_hash(&hash, &t, &v->arena));
    *transition = hash;
    if (block_hash)
        *block_hash = t.block_hash;
    return OK;
}

struct verify_cache *verify_cache_open(const struct memory *memory, size_t cache_bytes)
{
    struct verify_cache *v = memory->take(memory->context, sizeof *v);
    *v = (struct verify_cache){.memory = memory, .codes = code_cache_open(memory, cache_bytes)};
    machine_init(&v->machine, memory, v->codes);
    return v;
}

void verify_cache_close(struct verify_cache *v)
{
    machine_release(&v->machine);
    code_cache_release(v->codes);
    v->memory->give(v->memory->context, v, sizeof *v);
}

enum err verify_transition(hash32 *transition, hash32 *out_block_hash, const struct memory *memory,
                           const struct verify_input *in)
{
    struct verification v = {.in = in, .cache = in->cache ? in->cache : verify_cache_open(memory, 0)};
    arena_init(&v.arena, memory);
    code_cache_hide(v.cache->codes);
    const enum err e = run_verification(&v, transition, out_block_hash);
    if (v.state)
        state_release(v.state);
    if (v.tries)
        trie_db_release(v.tries);
    if (in->cache)
        code_cache_trim(v.cache->codes);
    else
        verify_cache_close(v.cache);
    arena_release(&v.arena);
    return e;
}

enum err verify(hash32 *statement, hash32 *out_block_hash, const struct memory *memory, const struct verify_input *in)
{
    hash32 transition;
    TRY(verify_transition(&transition, out_block_hash, memory, in));
    statement_of_transition(statement, in->context, &transition);
    return OK;
}
