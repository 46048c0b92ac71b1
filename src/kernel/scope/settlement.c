#include "scope/settlement.h"

#include "crypto/keccak.h"
#include "scope/words.h"

static void mailboxes_hash(hash32 *out, const struct mailbox *m, size_t count, struct arena *scratch)
{
    enum { FIELDS = 3 + LANE_COUNT };
    const struct arena_mark mark = arena_mark(scratch);
    const size_t size = 32 * (2 + FIELDS * count);
    u8 *const packed = arena_take(scratch, size);
    struct words w = {packed};
    words_put_u64(&w, 0x20);
    words_put_u64(&w, count);
    for (size_t i = 0; i < count; i++) {
        words_put_u64(&w, m[i].peer_chain);
        for (enum lane l = 0; l < LANE_COUNT; l++)
            words_put_hash(&w, &m[i].lane[l]);
        words_put_u256(&w, &m[i].value_out);
        words_put_u256(&w, &m[i].value_in);
    }
    keccak256(out, packed, size);
    arena_rewind(scratch, mark);
}

static enum err check_peer_order(u64 chain_id, const struct mailbox *m, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (m[i].peer_chain == chain_id || m[i].peer_chain == 0 || (i && m[i - 1].peer_chain >= m[i].peer_chain))
            return REJECT_MAILBOX_ORDER;
    return OK;
}

enum err transition_hash(hash32 *out, const struct transition *t, struct arena *scratch)
{
    TRY(check_peer_order(t->chain_id, t->mailbox, t->mailbox_count));
    hash32 mailboxes;
    mailboxes_hash(&mailboxes, t->mailbox, t->mailbox_count, scratch);
    u8 packed[32 * 14];
    struct words w = {packed};
    words_put_u64(&w, t->chain_id);
    words_put_hash(&w, &t->rules_hash);
    words_put_hash(&w, &t->parent_block_hash);
    words_put_hash(&w, &t->pre_state_root);
    words_put_hash(&w, &t->block_hash);
    words_put_hash(&w, &t->state_root);
    words_put_u64(&w, t->first_block);
    words_put_u64(&w, t->last_block);
    words_put_u64(&w, t->last_timestamp);
    words_put_hash(&w, &t->da_hash);
    words_put_u64(&w, t->anchor_number);
    words_put_hash(&w, &t->anchor_hash);
    words_put_hash(&w, &t->forced_hash);
    words_put_hash(&w, &mailboxes);
    keccak256(out, packed, sizeof packed);
    return OK;
}

void statement_of_transition(hash32 *out, const struct settlement_context *c, const hash32 *transition)
{
    static const char domain[] = "scope.settlement.v2";
    hash32 domain_hash;
    keccak256(&domain_hash, domain, sizeof domain - 1);
    u8 packed[32 * 8];
    struct words w = {packed};
    words_put_hash(&w, &domain_hash);
    words_put_u64(&w, c->l1_chain_id);
    words_put_address(&w, &c->bridge);
    words_put_u64(&w, c->l1_block_number);
    words_put_hash(&w, &c->l1_parent_hash);
    words_put_address(&w, &c->submitter);
    words_put_hash(&w, &c->plan_hash);
    words_put_hash(&w, transition);
    keccak256(out, packed, sizeof packed);
}

enum err statement_hash(hash32 *out, const struct settlement_context *c, const struct transition *t,
                        struct arena *scratch)
{
    hash32 transition;
    TRY(transition_hash(&transition, t, scratch));
    statement_of_transition(out, c, &transition);
    return OK;
}

void da_hash(hash32 *out, u64 chain_id, u64 first_block, u64 last_block, const hash32 *blob_hash, size_t blob_count,
             struct bytes data, struct arena *scratch)
{
    hash32 data_hash;
    keccak256(&data_hash, data.ptr, data.len);
    const struct arena_mark mark = arena_mark(scratch);
    const size_t size = 32 * (6 + blob_count);
    u8 *const packed = arena_take(scratch, size);
    struct words w = {packed};
    words_put_u64(&w, chain_id);
    words_put_u64(&w, first_block);
    words_put_u64(&w, last_block);
    words_put_u64(&w, 0xa0); /* where the array begins: after five heads */
    words_put_hash(&w, &data_hash);
    words_put_u64(&w, blob_count);
    for (size_t i = 0; i < blob_count; i++)
        words_put_hash(&w, &blob_hash[i]);
    keccak256(out, packed, size);
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
