#include "scope/settlement.h"

#include "base/u256.h"
#include "crypto/keccak.h"

/* A run of abi words being filled. */
struct words {
    u8 *ptr;
    size_t count;
};

static void put_bytes32(struct words *w, const hash32 *h)
{
    memcpy(w->ptr + 32 * w->count++, h->b, 32);
}

static void put_u256(struct words *w, const u256 *x)
{
    u256_to_be(w->ptr + 32 * w->count++, x);
}

static void put_u64(struct words *w, u64 x)
{
    const u256 wide = u256_from_u64(x);
    put_u256(w, &wide);
}

static void put_address(struct words *w, const address *a)
{
    const u256 wide = u256_from_address(a);
    put_u256(w, &wide);
}

static void mailboxes_hash(hash32 *out, const struct mailbox *m, size_t count, struct arena *scratch)
{
    enum { FIELDS = 3 + LANE_COUNT };
    const struct arena_mark mark = arena_mark(scratch);
    struct words w = {arena_take(scratch, 32 * (2 + FIELDS * count)), 0};
    put_u64(&w, 0x20);
    put_u64(&w, count);
    for (size_t i = 0; i < count; i++) {
        put_u64(&w, m[i].peer_chain);
        for (enum lane l = 0; l < LANE_COUNT; l++)
            put_bytes32(&w, &m[i].lane[l]);
        put_u256(&w, &m[i].value_out);
        put_u256(&w, &m[i].value_in);
    }
    keccak256(out, w.ptr, 32 * w.count);
    arena_rewind(scratch, mark);
}

static enum err check_order(u64 chain_id, const struct mailbox *m, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (m[i].peer_chain == chain_id || m[i].peer_chain == 0 || (i && m[i - 1].peer_chain >= m[i].peer_chain))
            return REJECT_MAILBOX_ORDER;
    return OK;
}

enum err transition_hash(hash32 *out, const struct transition *t, struct arena *scratch)
{
    TRY(check_order(t->chain_id, t->mailbox, t->mailbox_count));
    hash32 mailboxes;
    mailboxes_hash(&mailboxes, t->mailbox, t->mailbox_count, scratch);
    u8 packed[32 * 13];
    struct words w = {packed, 0};
    put_u64(&w, t->chain_id);
    put_bytes32(&w, &t->rules_hash);
    put_bytes32(&w, &t->parent_block_hash);
    put_bytes32(&w, &t->pre_state_root);
    put_bytes32(&w, &t->block_hash);
    put_bytes32(&w, &t->state_root);
    put_u64(&w, t->first_block);
    put_u64(&w, t->last_block);
    put_u64(&w, t->last_timestamp);
    put_bytes32(&w, &t->da_hash);
    put_u64(&w, t->anchor_number);
    put_bytes32(&w, &t->anchor_hash);
    put_bytes32(&w, &mailboxes);
    keccak256(out, packed, sizeof packed);
    return OK;
}

enum err statement_hash(hash32 *out, const struct settlement_context *c, const struct transition *t, struct arena *scratch)
{
    static const char domain[] = "scope.settlement.v1";
    hash32 domain_hash, transition;
    TRY(transition_hash(&transition, t, scratch));
    keccak256(&domain_hash, domain, sizeof domain - 1);
    u8 packed[32 * 8];
    struct words w = {packed, 0};
    put_bytes32(&w, &domain_hash);
    put_u64(&w, c->l1_chain_id);
    put_address(&w, &c->bridge);
    put_u64(&w, c->l1_block_number);
    put_bytes32(&w, &c->l1_parent_hash);
    put_address(&w, &c->submitter);
    put_bytes32(&w, &c->plan_hash);
    put_bytes32(&w, &transition);
    keccak256(out, packed, sizeof packed);
    return OK;
}

void da_hash(hash32 *out, u64 chain_id, u64 first_block, u64 last_block, const hash32 *blob_hash, size_t blob_count,
             struct bytes data, struct arena *scratch)
{
    hash32 data_hash;
    keccak256(&data_hash, data.ptr, data.len);
    const struct arena_mark mark = arena_mark(scratch);
    struct words w = {arena_take(scratch, 32 * (6 + blob_count)), 0};
    put_u64(&w, chain_id);
    put_u64(&w, first_block);
    put_u64(&w, last_block);
    put_u64(&w, 0xa0); /* where the array begins: after five heads */
    put_bytes32(&w, &data_hash);
    put_u64(&w, blob_count);
    for (size_t i = 0; i < blob_count; i++)
        put_bytes32(&w, &blob_hash[i]);
    keccak256(out, w.ptr, 32 * w.count);
    arena_rewind(scratch, mark);
}

static const struct settlement_side *find_side(const struct settlement_side *side, size_t count, u64 chain_id)
{
    for (size_t i = 0; i < count; i++)
        if (side[i].chain_id == chain_id)
            return &side[i];
    return NULL;
}

static const struct mailbox *find_mailbox(const struct settlement_side *side, u64 peer)
{
    for (size_t i = 0; i < side->count; i++)
        if (side->mailbox[i].peer_chain == peer)
            return &side->mailbox[i];
    return NULL;
}

enum err settlement_check(const struct settlement_side *side, size_t count, u64 *here, u64 *there)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < side[i].count; j++) {
            const struct mailbox *m = &side[i].mailbox[j];
            *here = side[i].chain_id;
            *there = m->peer_chain;
            const struct settlement_side *peer = find_side(side, count, m->peer_chain);
            if (!peer)
                return REJECT_ABSENT;
            const struct mailbox *facing = find_mailbox(peer, side[i].chain_id);
            if (!facing)
                return REJECT_UNPAIRED;
            TRY(mailbox_settle(m, facing));
        }
    }
    return OK;
}
