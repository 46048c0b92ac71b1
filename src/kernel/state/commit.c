#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "state/journal.h"
#include "state/view.h"

/* --- accounts as leaves --- */

enum err account_leaf_decode(struct account_leaf *out, struct bytes rlp)
{
    struct account_leaf leaf;
    struct rlp_reader r = rlp_reader(rlp), field;
    if (rlp_list(&r, &field) != OK || !rlp_at_end(&r) || rlp_u64(&field, &leaf.nonce) != OK ||
        rlp_u256(&field, &leaf.balance) != OK || rlp_fixed(&field, leaf.storage_root.b, 32) != OK ||
        rlp_fixed(&field, leaf.code_hash.b, 32) != OK || !rlp_at_end(&field))
        return REJECT_ACCOUNT;
    *out = leaf;
    return OK;
}

bool state_links(hash32 *storage_root, struct bytes value)
{
    struct account_leaf leaf;
    if (account_leaf_decode(&leaf, value) != OK || hash32_eq(&leaf.storage_root, &trie_empty_root))
        return false;
    *storage_root = leaf.storage_root;
    return true;
}

/* rlp of a number; at most 33 bytes. */
static u8 *put_number(u8 *p, const u256 *x)
{
    const unsigned len = u256_byte_length(x);
    u8 be[32];
    u256_to_be(be, x);
    if (len == 1 && be[31] < 0x80) {
        *p++ = be[31];
        return p;
    }
    *p++ = (u8)(0x80 + len);
    memcpy(p, be + 32 - len, len);
    return p + len;
}

static u8 *put_hash(u8 *p, const hash32 *h)
{
    *p++ = 0xa0;
    memcpy(p, h->b, 32);
    return p + 32;
}

/* The payload is longer than 55 bytes (two hashes) and shorter than 256: its list always takes two bytes of prefix. */
size_t account_leaf_encode(u8 out[128], const struct account_leaf *leaf)
{
    const u256 nonce = u256_from_u64(leaf->nonce);
    u8 *p = put_hash(put_hash(put_number(put_number(out + 2, &nonce), &leaf->balance), &leaf->storage_root),
                     &leaf->code_hash);
    out[0] = 0xf8;
    out[1] = (u8)(p - (out + 2));
    return (size_t)(p - out);
}

/* --- what is dirty --- */

/* Arrays, not lists: what they point to lies all over the memory, and the processor can fetch ahead only what it need
 * not read to know where to go on. */
struct dirty_set {
    struct entry **account;
    size_t accounts;
    struct storage_slot_entry **storage_slot; /* grouped by account, in the order of account */
    size_t storage_slots;
};

static void add_dirty_account(struct dirty_set *d, struct entry *e, u32 scan)
{
    if (e->scan == scan)
        return;
    e->scan = scan;
    e->dirty_storage_slots = 0;
    d->account[d->accounts++] = e;
}

/* Not if the account is gone, nor if its storage is another by now, nor if the storage slot is back to what it was. */
static bool is_dirty(const struct storage_slot_entry *storage_slot)
{
    const struct entry *owner = storage_slot->storage->owner;
    return owner->storage == storage_slot->storage && owner->account.exists &&
           !u256_eq(&storage_slot->storage_slot.current, &storage_slot->committed);
}

/* Counting sort of the storage slots by account. */
static void group_storage_slots(struct state *s, struct dirty_set *d)
{
    struct storage_slot_entry **grouped = ARENA_TAKE(&s->scratch, struct storage_slot_entry *, d->storage_slots);
    u32 start = 0;
    for (size_t i = 0; i < d->accounts; i++) {
        d->account[i]->dirty_end = start; /* moves on as the group fills */
        start += d->account[i]->dirty_storage_slots;
    }
    for (size_t i = 0; i < d->storage_slots; i++)
        grouped[d->storage_slot[i]->storage->owner->dirty_end++] = d->storage_slot[i];
    d->storage_slot = grouped;
}

/* The journal since the last commit says who was written. */
static struct dirty_set find_dirty(struct state *s)
{
    const size_t most = s->journal_len / 2; /* an entry has two words at least */
    struct dirty_set d = {.account = ARENA_TAKE(&s->scratch, struct entry *, most),
                          .storage_slot = ARENA_TAKE(&s->scratch, struct storage_slot_entry *, most)};
    const u32 scan = ++s->scan;
    for (size_t end = s->journal_len; end > 0;) {
        const struct journal_entry j = journal_back(s, &end);
        struct storage_slot_entry *storage_slot = j.thing;
        switch (j.kind) {
        case JOURNAL_BALANCE:
        case JOURNAL_NONCE:
        case JOURNAL_CODE:
        case JOURNAL_FLAGS: /* with JOURNAL_STORAGE always */
            add_dirty_account(&d, j.thing, scan);
            break;
        case JOURNAL_STORAGE_SLOT:
            if (storage_slot->scan == scan)
                break;
            storage_slot->scan = scan;
            if (!is_dirty(storage_slot))
                break;
            add_dirty_account(&d, storage_slot->storage->owner, scan);
            storage_slot->storage->owner->dirty_storage_slots++;
            d.storage_slot[d.storage_slots++] = storage_slot;
            break;
        default:
            break;
        }
    }
    group_storage_slots(s, &d);
    return d;
}

/* --- from the view to the tries --- */

/* keccak256 of count pieces of size bytes that follow each other. */
static hash32 *hash_pieces(struct arena *scratch, const u8 *piece, size_t size, size_t count)
{
    hash32 *hash = ARENA_TAKE(scratch, hash32, count);
    struct bytes *message = ARENA_TAKE(scratch, struct bytes, count);
    for (size_t i = 0; i < count; i++)
        message[i] = bytes_of(piece + i * size, size);
    keccak256_many(hash, message, count);
    return hash;
}

/* One job for each account with dirty storage slots, in the order of the accounts. */
static enum err update_storages(struct state *s, struct trie_job **out, const struct dirty_set *d)
{
    enum { VALUE_ROOM = 33 };
    u8 *key = arena_take(&s->scratch, d->storage_slots * 32),
       *value = arena_take(&s->scratch, d->storage_slots * VALUE_ROOM);
    struct trie_change *change = ARENA_TAKE(&s->scratch, struct trie_change, d->storage_slots);
    struct trie_job *job = ARENA_TAKE(&s->scratch, struct trie_job, d->accounts);
    for (size_t i = 0; i < d->storage_slots; i++) {
        const struct storage_slot_entry *storage_slot = d->storage_slot[i];
        u8 *v = value + i * VALUE_ROOM;
        const u8 *end =
            u256_is_zero(&storage_slot->storage_slot.current) ? v : put_number(v, &storage_slot->storage_slot.current);
        u256_to_be(key + i * 32, &storage_slot->key);
        change[i].value = bytes_of(v, (size_t)(end - v));
    }
    const hash32 *hashed = hash_pieces(&s->scratch, key, 32, d->storage_slots);
    for (size_t i = 0; i < d->storage_slots; i++)
        change[i].key = BYTES_OF(hashed[i].b);
    size_t jobs = 0;
    for (size_t i = 0; i < d->accounts; i++) {
        const struct entry *e = d->account[i];
        if (e->dirty_storage_slots)
            job[jobs++] = (struct trie_job){e->storage->root, change + (e->dirty_end - e->dirty_storage_slots),
                                            e->dirty_storage_slots};
    }
    TRY(trie_update_many(s->tries, job, jobs));
    *out = job;
    return OK;
}

static enum err update_accounts(struct state *s, hash32 *root, const struct dirty_set *d, const struct trie_job *job)
{
    enum { LEAF_ROOM = 128 };
    u8 *key = arena_take(&s->scratch, d->accounts * sizeof(address)),
       *value = arena_take(&s->scratch, d->accounts * LEAF_ROOM);
    struct trie_change *change = ARENA_TAKE(&s->scratch, struct trie_change, d->accounts);
    size_t n = 0;
    for (size_t i = 0; i < d->accounts; i++) {
        const struct entry *e = d->account[i];
        const hash32 *storage_root = e->dirty_storage_slots ? &job++->root : &e->storage->root;
        if (!e->account.exists && !e->in_trie)
            continue;
        u8 *v = value + n * LEAF_ROOM;
        size_t size = 0;
        if (e->account.exists)
            size = account_leaf_encode(
                v, &(struct account_leaf){e->account.nonce, e->account.balance, *storage_root, e->account.code_hash});
        memcpy(key + n * sizeof(address), e->account.at.b, sizeof(address));
        change[n++].value = bytes_of(v, size);
    }
    const hash32 *hashed = hash_pieces(&s->scratch, key, sizeof(address), n);
    for (size_t i = 0; i < n; i++)
        change[i].key = BYTES_OF(hashed[i].b);
    return trie_update(s->tries, root, &s->root, change, n);
}

static void settle_entries(struct state *s, const struct dirty_set *d, const struct trie_job *job, const hash32 *root)
{
    for (size_t i = 0; i < d->accounts; i++) {
        struct entry *e = d->account[i];
        e->in_trie = e->account.exists;
        if (e->dirty_storage_slots)
            e->storage->root = job++->root;
    }
    for (size_t i = 0; i < d->storage_slots; i++)
        d->storage_slot[i]->committed = d->storage_slot[i]->storage_slot.current;
    s->root = *root;
    s->journal_len = 0;
    s->tx_start = 0;
}

enum err state_commit(struct state *s, hash32 *root)
{
    BUG_UNLESS(!s->tx_open);
    const struct arena_mark mark = arena_mark(&s->scratch);
    const struct dirty_set d = find_dirty(s);
    struct trie_job *job;
    hash32 new_root;
    enum err e = update_storages(s, &job, &d);
    if (e == OK)
        e = update_accounts(s, &new_root, &d, job);
    if (e == OK) {
        settle_entries(s, &d, job, &new_root);
        *root = new_root;
    }
    arena_rewind(&s->scratch, mark);
    return e;
}
