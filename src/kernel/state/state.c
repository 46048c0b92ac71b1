#include "state/state.h"

#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "state/access.h"
#include "state/journal.h"
#include "state/view.h"

enum { ACCOUNTS_ROOM = 256, CODES_ROOM = 16, TRANSIENTS_ROOM = 16, SLOTS_ROOM = 8, JOURNAL_ROOM = 2048 };

struct state *state_open(const struct memory *memory, struct trie_db *tries, const struct code_source *codes,
                         const hash32 *root)
{
    struct arena arena;
    arena_init(&arena, memory);
    struct state *s = ARENA_TAKE_ZERO(&arena, struct state, 1);
    s->memory = memory;
    s->arena = arena; /* it holds the state itself */
    arena_init(&s->scratch, memory);
    s->tries = tries;
    if (codes)
        s->codes = *codes;
    s->root = *root;
    s->seed = map_seed_from(root);
    map_init(&s->accounts, &s->arena, ACCOUNTS_ROOM);
    map_init(&s->new_codes, &s->arena, CODES_ROOM);
    map_init(&s->transients, &s->arena, TRANSIENTS_ROOM);
    s->journal_room = JOURNAL_ROOM;
    s->journal = memory->take(memory->context, s->journal_room * sizeof *s->journal);
    s->tx = s->tx_highest = 1; /* 0: the stamp of what was never touched */
    return s;
}

void state_release(struct state *s)
{
    s->memory->give(s->memory->context, s->journal, s->journal_room * sizeof *s->journal);
    arena_release(&s->scratch);
    struct arena arena = s->arena;
    arena_release(&arena);
}

const hash32 *state_root(const struct state *s)
{
    return &s->root;
}

void state_fetch_from(struct state *s, const struct state_fetch *fetch)
{
    s->fetch = *fetch;
}

/* --- accounts --- */

enum err state_find(struct trie_db *tries, const struct state_fetch *fetch, bool *found, struct bytes *value,
                    const hash32 *root, const address *at)
{
    hash32 key;
    keccak256(&key, at->b, sizeof at->b);
    const enum err e = trie_get(tries, found, value, root, BYTES_OF(key.b));
    if (LIKELY(e != FAULT_STATE_MISSING) || !fetch || !fetch->fetch)
        return e;
    TRY(fetch->fetch(fetch->context, root, at, NULL));
    return trie_get(tries, found, value, root, BYTES_OF(key.b));
}

static struct entry *find_account(const struct state *s, u64 hash, const address *at)
{
    for (const struct map_cell *c = map_first(&s->accounts, hash); c->item; c = map_next(&s->accounts, c))
        if (c->hash == hash && address_eq(&((struct entry *)c->item)->account.at, at))
            return c->item;
    return NULL;
}

static enum err load_account(struct state *s, struct entry **out, u64 hash, const address *at)
{
    struct account_leaf leaf = {.storage_root = trie_empty_root, .code_hash = keccak_of_empty};
    bool found = false;
    if (!hash32_eq(&s->root, &trie_empty_root)) {
        struct bytes value;
        TRY(state_find(s->tries, &s->fetch, &found, &value, &s->root, at));
        if (found)
            TRY(account_leaf_decode(&leaf, value));
    }
    struct entry *e = ARENA_TAKE_ZERO(&s->arena, struct entry, 1);
    e->account = (struct account){
        .at = *at,
        .nonce = leaf.nonce,
        .balance = leaf.balance,
        .code_hash = leaf.code_hash,
        .exists = found,
        .has_code = !hash32_eq(&leaf.code_hash, &keccak_of_empty),
    };
    e->in_trie = found;
    e->first_storage = (struct storage){.owner = e, .root = leaf.storage_root};
    e->storage = &e->first_storage;
    map_add(&s->accounts, hash, e);
    *out = e;
    return OK;
}

enum err state_account(struct state *s, const struct account **out, bool *cold, const address *at)
{
    struct entry *e = s->last;
    if (!e || !address_eq(&e->account.at, at)) {
        const u64 hash = map_hash_address(&s->seed, at);
        e = find_account(s, hash, at);
        if (UNLIKELY(!e))
            TRY(load_account(s, &e, hash, at));
        s->last = e;
    }
    if (cold) {
        *cold = e->warm_tx != s->tx;
        if (UNLIKELY(s->watch) && address_eq(at, &s->watch->account))
            s->watch->hits++;
        if (*cold) {
            *journal_add(s, JOURNAL_WARM, e, 1) = e->warm_tx;
            e->warm_tx = s->tx;
        }
    }
    *out = &e->account;
    return OK;
}

static u64 flags_of(const struct account *a)
{
    return (u64)a->exists | (u64)a->created << 1 | (u64)a->destroyed << 2 | (u64)a->has_code << 3;
}

void view_save_flags(struct state *s, struct entry *e)
{
    *journal_add(s, JOURNAL_FLAGS, e, 1) = flags_of(&e->account);
}

static inline void exists_now(struct state *s, struct entry *e)
{
    if (UNLIKELY(!e->account.exists)) {
        view_save_flags(s, e);
        e->account.exists = true;
    }
}

void state_touch(struct state *s, const struct account *a)
{
    struct entry *e = entry_of(a);
    view_save_flags(s, e); /* even where nothing changes: state_tx_end finds in the journal who was touched */
    e->account.exists = true;
}

void state_set_balance(struct state *s, const struct account *a, const u256 *balance)
{
    struct entry *e = entry_of(a);
    exists_now(s, e);
    memcpy(journal_add(s, JOURNAL_BALANCE, e, 4), &e->account.balance, 32);
    e->account.balance = *balance;
}

void state_set_nonce(struct state *s, const struct account *a, u64 nonce)
{
    struct entry *e = entry_of(a);
    exists_now(s, e);
    *journal_add(s, JOURNAL_NONCE, e, 1) = e->account.nonce;
    e->account.nonce = nonce;
}

void state_create(struct state *s, const struct account *a, u64 nonce)
{
    struct entry *e = entry_of(a);
    view_save_flags(s, e);
    e->account.exists = true;
    e->account.created = s->tx_open; /* genesis accounts were created by no transaction */
    state_set_nonce(s, a, nonce);
}

void state_destroy(struct state *s, const struct account *a)
{
    struct entry *e = entry_of(a);
    BUG_UNLESS(s->tx_open);
    view_save_flags(s, e);
    e->account.destroyed = true;
}

void state_burn(struct state *s, const u256 *wei)
{
    memcpy(journal_add(s, JOURNAL_BURNED, NULL, 4), &s->burned, 32);
    u256_add(&s->burned, &s->burned, wei);
}

u256 state_burned(const struct state *s)
{
    return s->burned;
}

void view_delete(struct state *s, struct entry *e)
{
    view_save_flags(s, e);
    e->account.exists = e->account.created = e->account.destroyed = e->account.has_code = false;
    memcpy(journal_add(s, JOURNAL_BALANCE, e, 4), &e->account.balance, 32);
    e->account.balance = u256_from_u64(0);
    *journal_add(s, JOURNAL_NONCE, e, 1) = e->account.nonce;
    e->account.nonce = 0;
    memcpy(journal_add(s, JOURNAL_CODE, e, 4), &e->account.code_hash, 32);
    e->account.code_hash = keccak_of_empty;
    *journal_add(s, JOURNAL_STORAGE, e, 1) = (u64)(uintptr_t)e->storage;
    e->storage = ARENA_TAKE_ZERO(&s->arena, struct storage, 1);
    e->storage->owner = e;
    e->storage->root = trie_empty_root;
}

/* --- code --- */

static struct code_entry *find_code(const struct state *s, const hash32 *hash)
{
    const u64 h = map_hash_hash32(hash);
    for (const struct map_cell *c = map_first(&s->new_codes, h); c->item; c = map_next(&s->new_codes, c))
        if (c->hash == h && hash32_eq(&((struct code_entry *)c->item)->hash, hash))
            return c->item;
    return NULL;
}

void state_set_code(struct state *s, const struct account *a, struct bytes code)
{
    struct entry *e = entry_of(a);
    hash32 hash;
    keccak256(&hash, code.ptr, code.len);
    if (code.len && !find_code(s, &hash)) {
        struct code_entry *c = ARENA_TAKE(&s->arena, struct code_entry, 1);
        *c = (struct code_entry){hash, arena_copy(&s->arena, code)};
        map_add(&s->new_codes, map_hash_hash32(&hash), c);
    }
    view_save_flags(s, e);
    memcpy(journal_add(s, JOURNAL_CODE, e, 4), &e->account.code_hash, 32);
    e->account.code_hash = hash;
    e->account.has_code = code.len != 0;
    e->account.exists = true;
}

enum err state_code(struct state *s, struct bytes *out, const struct account *a)
{
    if (!a->has_code) {
        *out = bytes_of(NULL, 0);
        return OK;
    }
    const struct code_entry *c = find_code(s, &a->code_hash);
    if (c) {
        *out = c->code;
        return OK;
    }
    if (!s->codes.code)
        return FAULT_STATE_MISSING;
    const enum err e = s->codes.code(s->codes.context, out, &a->code_hash);
    if (LIKELY(e != FAULT_STATE_MISSING) || !s->fetch.fetch)
        return e;
    /* Its leaf came with the proof of another account: this one was not requested yet. */
    TRY(s->fetch.fetch(s->fetch.context, &s->root, &a->at, NULL));
    return s->codes.code(s->codes.context, out, &a->code_hash);
}

enum err state_new_codes(struct state *s, enum err (*each)(void *context, const hash32 *code_hash, struct bytes code),
                         void *context)
{
    for (u64 i = 0; i <= s->new_codes.mask; i++) {
        const struct code_entry *c = s->new_codes.cell[i].item;
        if (c)
            TRY(each(context, &c->hash, c->code));
    }
    return OK;
}

/* --- storage slots --- */

static struct storage_slot_entry *find_storage_slot(const struct storage *storage, u64 hash, const u256 *key)
{
    if (UNLIKELY(!storage->storage_slots.cell))
        return NULL;
    for (const struct map_cell *c = map_first(&storage->storage_slots, hash); c->item;
         c = map_next(&storage->storage_slots, c))
        if (c->hash == hash && u256_eq(&((struct storage_slot_entry *)c->item)->key, key))
            return c->item;
    return NULL;
}

static enum err read_storage_slot(struct state *s, u256 *out, const struct storage *storage, const u256 *key)
{
    *out = u256_from_u64(0);
    if (hash32_eq(&storage->root, &trie_empty_root))
        return OK;
    u8 preimage[32];
    hash32 hashed;
    bool found;
    struct bytes value;
    u256_to_be(preimage, key);
    keccak256(&hashed, preimage, sizeof preimage);
    enum err e = trie_get(s->tries, &found, &value, &storage->root, BYTES_OF(hashed.b));
    if (UNLIKELY(e == FAULT_STATE_MISSING) && s->fetch.fetch) {
        TRY(s->fetch.fetch(s->fetch.context, &s->root, &storage->owner->account.at, key));
        e = trie_get(s->tries, &found, &value, &storage->root, BYTES_OF(hashed.b));
    }
    TRY(e);
    if (!found)
        return OK;
    struct rlp_reader r = rlp_reader(value);
    if (rlp_u256(&r, out) != OK || !rlp_at_end(&r))
        return REJECT_ACCOUNT;
    if (u256_is_zero(out) && !s->fetch.fetch) /* a remote trie may hold zeros, as anvil's does */
        return REJECT_ACCOUNT;
    return OK;
}

static enum err load_storage_slot(struct state *s, struct storage_slot_entry **out, struct storage *storage, u64 hash,
                                  const u256 *key)
{
    u256 value;
    TRY(read_storage_slot(s, &value, storage, key));
    struct storage_slot_entry *e = ARENA_TAKE(&s->arena, struct storage_slot_entry, 1);
    *e = (struct storage_slot_entry){
        .key = *key, .storage_slot = {value, value}, .storage = storage, .committed = value};
    if (!storage->storage_slots.cell)
        map_init(&storage->storage_slots, &s->arena, SLOTS_ROOM);
    map_add(&storage->storage_slots, hash, e);
    *out = e;
    return OK;
}

static void stamp_storage_slot(struct state *s, struct storage_slot_entry *e, bool warm)
{
    const u64 stamps = (u64)e->original_tx << 32 | e->warm_tx;
    if (e->original_tx == s->tx || u256_eq(&e->storage_slot.original, &e->storage_slot.current)) {
        *journal_add(s, JOURNAL_STORAGE_SLOT_STAMPS, e, 1) = stamps;
    } else {
        u64 *old = journal_add(s, JOURNAL_STORAGE_SLOT_ORIGINAL, e, 5);
        memcpy(old, &e->storage_slot.original, 32);
        old[4] = stamps;
        e->storage_slot.original = e->storage_slot.current;
    }
    e->original_tx = s->tx;
    if (warm)
        e->warm_tx = s->tx;
}

enum err state_storage_slot(struct state *s, const struct storage_slot **out, bool *cold, const struct account *a,
                            const u256 *key)
{
    struct storage *storage = entry_of(a)->storage;
    struct storage_slot_entry *e = storage->last;
    if (!e || !u256_eq(&e->key, key)) {
        const u64 hash = map_hash_u256(&s->seed, key);
        e = find_storage_slot(storage, hash, key);
        if (UNLIKELY(!e))
            TRY(load_storage_slot(s, &e, storage, hash, key));
        storage->last = e;
    }
    if (cold)
        *cold = e->warm_tx != s->tx;
    if (e->original_tx != s->tx || (cold && *cold))
        stamp_storage_slot(s, e, cold != NULL);
    *out = &e->storage_slot;
    return OK;
}

void state_set_storage_slot(struct state *s, const struct account *a, const struct storage_slot *storage_slot,
                            const u256 *value)
{
    struct storage_slot_entry *e = storage_slot_entry_of(storage_slot);
    exists_now(s, entry_of(a));
    memcpy(journal_add(s, JOURNAL_STORAGE_SLOT, e, 4), &e->storage_slot.current, 32);
    e->storage_slot.current = *value;
}

/* Asked only about an account without nonce and code (EIP-7610). Such an account never ran code since the trie's root,
 * for a creation that failed was rewound; so its storage slots are those of the trie, and none was zeroed. */
enum err state_has_storage(struct state *s, bool *out, const struct account *a)
{
    (void)s;
    const struct storage *storage = entry_of(a)->storage;
    bool has = !hash32_eq(&storage->root, &trie_empty_root);
    for (u64 i = 0; !has && storage->storage_slots.cell && i <= storage->storage_slots.mask; i++) {
        const struct storage_slot_entry *e = storage->storage_slots.cell[i].item;
        has = e && !u256_is_zero(&e->storage_slot.current);
    }
    *out = has;
    return OK;
}

/* --- transient storage (EIP-1153) --- */

static struct transient_entry *find_transient(const struct state *s, u64 hash, const struct entry *entry,
                                              const u256 *key)
{
    for (const struct map_cell *c = map_first(&s->transients, hash); c->item; c = map_next(&s->transients, c)) {
        struct transient_entry *t = c->item;
        if (c->hash == hash && t->entry == entry && u256_eq(&t->key, key))
            return t;
    }
    return NULL;
}

static u64 transient_hash(const struct state *s, const struct account *a, const u256 *key)
{
    return map_fold(map_hash_u256(&s->seed, key) ^ map_hash_address(&s->seed, &a->at), 0x9e3779b97f4a7c15ull);
}

void state_transient(struct state *s, u256 *out, const struct account *a, const u256 *key)
{
    const struct transient_entry *t = find_transient(s, transient_hash(s, a, key), entry_of(a), key);
    *out = t && t->tx == s->tx ? t->value : u256_from_u64(0);
}

void state_set_transient(struct state *s, const struct account *a, const u256 *key, const u256 *value)
{
    const u64 hash = transient_hash(s, a, key);
    struct transient_entry *t = find_transient(s, hash, entry_of(a), key);
    if (!t) {
        t = ARENA_TAKE_ZERO(&s->arena, struct transient_entry, 1);
        t->entry = entry_of(a);
        t->key = *key;
        map_add(&s->transients, hash, t);
    }
    u64 *old = journal_add(s, JOURNAL_TRANSIENT, t, 5);
    memcpy(old, &t->value, 32);
    old[4] = t->tx;
    t->value = *value;
    t->tx = s->tx;
}
