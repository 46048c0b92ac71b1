#include "remote_l1/proved_state.h"

#include "base/map.h"
#include "base/u256.h"
#include "codec/hex.h"
#include "codec/text.h"
#include "crypto/keccak.h"
#include "ethrpc/rpc_types.h"

enum {
    PINS = 64,
    ACCOUNTS_MAX = 512,
    SLOTS_MAX = 512,
    WHY_MAX = 480,
    NODES_ROOM = 4096,
    CODES_ROOM = 64,
    SEEN_ROOM = 256
};

struct pin {
    hash32 root, block_hash;
    bool is_warm; /* what was ever looked at has been fetched for it */
};

/* A node or a code. */
struct blob {
    hash32 hash;
    struct bytes bytes;
};

struct seen_slot {
    u256 key;
    struct seen_slot *next;
};

struct seen_account {
    address at;
    struct seen_slot *slot;
    size_t slot_count;
};

/* Who has a code that was not fetched. */
struct owner {
    hash32 code_hash, block_hash;
    address at;
};

struct proved_state {
    const struct memory *memory;
    struct rpc_client *rpc;
    struct arena arena;   /* who was looked at; the state itself */
    struct arena kept;    /* nodes, codes */
    struct arena scratch; /* of one round */
    struct map nodes, codes, owners;
    struct map accounts;
    struct map_seed seed;
    struct seen_account *account[ACCOUNTS_MAX];
    size_t account_count;
    struct pin pin[PINS];
    u64 pin_count;        /* ever */
    struct proved_state_counts counts;
    char why[WHY_MAX];
};

static enum err proof_fail(struct proved_state *s, enum err e, const char *sentence, const address *at)
{
    struct buffer why = buffer_in(&s->scratch);
    text_add_z(&why, sentence);
    if (at) {
        text_add(&why, " of ");
        address_add(&why, at);
    }
    const size_t len = why.len < WHY_MAX - 1 ? why.len : WHY_MAX - 1;
    memcpy(s->why, why.ptr, len);
    s->why[len] = 0;
    return e;
}

static void open_kept(struct proved_state *s)
{
    arena_init(&s->kept, s->memory);
    map_init(&s->nodes, &s->kept, NODES_ROOM);
    map_init(&s->codes, &s->kept, CODES_ROOM);
    map_init(&s->owners, &s->kept, CODES_ROOM);
    s->counts.nodes = s->counts.bytes = 0;
}

struct proved_state *proved_state_open(const struct memory *memory, struct rpc_client *rpc)
{
    struct arena arena;
    arena_init(&arena, memory);
    struct proved_state *s = ARENA_TAKE_ZERO(&arena, struct proved_state, 1);
    s->memory = memory;
    s->rpc = rpc;
    s->arena = arena;
    arena_init(&s->scratch, memory);
    s->seed = map_seed_from(&trie_empty_root); /* the accounts are those of our own work */
    map_init(&s->accounts, &s->arena, SEEN_ROOM);
    open_kept(s);
    return s;
}

void proved_state_close(struct proved_state *s)
{
    arena_release(&s->kept);
    arena_release(&s->scratch);
    struct arena arena = s->arena;
    arena_release(&arena);
}

void proved_state_forget(struct proved_state *s)
{
    arena_release(&s->kept);
    open_kept(s);
    for (size_t i = 0; i < PINS; i++)
        s->pin[i].is_warm = false;
}

const char *proved_state_why(const struct proved_state *s)
{
    return s->why;
}

size_t proved_state_account_count(const struct proved_state *s)
{
    return s->account_count;
}

const address *proved_state_account(const struct proved_state *s, size_t index)
{
    return &s->account[index]->at;
}

size_t proved_state_slots(const struct proved_state *s, u256 *out, size_t max, size_t account_index)
{
    size_t n = 0;
    for (const struct seen_slot *slot = s->account[account_index]->slot; slot && n < max; slot = slot->next)
        out[n++] = slot->key;
    return n;
}

struct proved_state_counts proved_state_counts(const struct proved_state *s)
{
    return s->counts;
}

void proved_state_pin(struct proved_state *s, const hash32 *state_root, const hash32 *block_hash)
{
    s->pin[s->pin_count++ % PINS] = (struct pin){*state_root, *block_hash, false};
}

static struct pin *find_pin(struct proved_state *s, const hash32 *root)
{
    for (u64 i = 0; i < PINS && i < s->pin_count; i++) { /* the youngest first */
        struct pin *p = &s->pin[(s->pin_count - 1 - i) % PINS];
        if (hash32_eq(&p->root, root))
            return p;
    }
    return NULL;
}

/* --- by hash --- */

static void *find_proved(const struct map *m, const hash32 *hash)
{
    const u64 h = map_hash_hash32(hash);
    for (const struct map_cell *c = map_first(m, h); c->item; c = map_next(m, c))
        if (c->hash == h && hash32_eq((const hash32 *)c->item, hash)) /* each begins with its hash */
            return c->item;
    return NULL;
}

static bool add_proved(struct proved_state *s, struct map *m, const hash32 *hash, struct bytes bytes)
{
    if (find_proved(m, hash))
        return false;
    struct blob *b = ARENA_TAKE(&s->kept, struct blob, 1);
    *b = (struct blob){*hash, arena_copy(&s->kept, bytes)};
    map_add(m, map_hash_hash32(hash), b);
    s->counts.bytes += bytes.len;
    return true;
}

static enum err node_by_hash(void *context, struct bytes *rlp, const hash32 *hash)
{
    const struct proved_state *s = context;
    const struct blob *b = find_proved(&s->nodes, hash);
    if (!b)
        return FAULT_STATE_MISSING;
    *rlp = b->bytes;
    return OK;
}

/* --- who was looked at --- */

static struct seen_account *find_seen(struct proved_state *s, const address *at)
{
    const u64 h = map_hash_address(&s->seed, at);
    for (const struct map_cell *c = map_first(&s->accounts, h); c->item; c = map_next(&s->accounts, c))
        if (c->hash == h && address_eq(&((struct seen_account *)c->item)->at, at))
            return c->item;
    if (s->account_count == ACCOUNTS_MAX)
        return NULL;
    struct seen_account *a = s->account[s->account_count++] = ARENA_TAKE_ZERO(&s->arena, struct seen_account, 1);
    a->at = *at;
    map_add(&s->accounts, h, a);
    return a;
}

static void remember(struct proved_state *s, const address *at, const u256 *key)
{
    struct seen_account *a = find_seen(s, at);
    if (!a || !key || a->slot_count == SLOTS_MAX)
        return;
    for (const struct seen_slot *i = a->slot; i; i = i->next)
        if (u256_eq(&i->key, key))
            return;
    struct seen_slot *slot = ARENA_TAKE(&s->arena, struct seen_slot, 1);
    *slot = (struct seen_slot){*key, a->slot};
    a->slot = slot;
    a->slot_count++;
}

/* --- one round --- */

struct wish {
    const address *at;
    const u256 *key;
    size_t key_count;
};

static struct bytes proof_params(struct proved_state *s, const struct wish *w, const hash32 *block_hash)
{
    struct rpc_params p = rpc_params(&s->scratch), keys = rpc_params(&s->scratch);
    u8 word[32];
    for (size_t i = 0; i < w->key_count; i++) {
        u256_to_be(word, &w->key[i]);
        rpc_add_hex(&keys, BYTES_OF(word));
    }
    rpc_add_hex(&p, BYTES_OF(w->at->b));
    rpc_add_json(&p, rpc_params_end(&keys));
    rpc_add_block(&p, block_hash);
    return rpc_params_end(&p);
}

static struct bytes code_params(struct proved_state *s, const address *at, const hash32 *block_hash)
{
    struct rpc_params p = rpc_params(&s->scratch);
    rpc_add_hex(&p, BYTES_OF(at->b));
    rpc_add_block(&p, block_hash);
    return rpc_params_end(&p);
}

/* A list of nodes, checked from the root to the key, and kept. */
static enum err take_proof(struct proved_state *s, bool *found, struct bytes *value, const hash32 *root,
                           struct bytes key, struct json list)
{
    const u32 count = json_count(list);
    struct bytes *node = ARENA_TAKE(&s->scratch, struct bytes, count);
    u32 n = 0;
    if (json_kind(list) != JSON_ARRAY)
        return REJECT_PROOF;
    for (struct json_iterator it = json_items(list); json_next(&it); n++)
        if (json_hex(&s->scratch, &node[n], it.value) != OK)
            return REJECT_PROOF;
    TRY(trie_verify_proof(found, value, root, key, node, n, &s->scratch));
    for (u32 i = 0; i < n; i++) {
        hash32 hash;
        keccak256(&hash, node[i].ptr, node[i].len);
        s->counts.nodes += add_proved(s, &s->nodes, &hash, node[i]);
    }
    return OK;
}

static enum err take_slots(struct proved_state *s, const struct wish *w, const hash32 *storage_root, struct json list)
{
    if (json_kind(list) != JSON_ARRAY || json_count(list) != w->key_count)
        return REJECT_PROOF;
    size_t i = 0;
    for (struct json_iterator it = json_items(list); json_next(&it); i++) {
        u8 word[32];
        hash32 key;
        bool found;
        struct bytes value;
        u256_to_be(word, &w->key[i]);
        keccak256(&key, word, sizeof word);
        TRY(take_proof(s, &found, &value, storage_root, BYTES_OF(key.b), json_get(it.value, "proof")));
        s->counts.slots++;
    }
    return OK;
}

static enum err take_account(struct proved_state *s, struct account_leaf *leaf, const struct wish *w,
                             const struct pin *pin, struct json proof)
{
    hash32 key;
    bool found;
    struct bytes value;
    *leaf = (struct account_leaf){.storage_root = trie_empty_root, .code_hash = keccak_of_empty};
    keccak256(&key, w->at->b, sizeof w->at->b);
    TRY(take_proof(s, &found, &value, &pin->root, BYTES_OF(key.b), json_get(proof, "accountProof")));
    if (found)
        TRY(account_leaf_decode(leaf, value));
    s->counts.accounts++;
    return take_slots(s, w, &leaf->storage_root, json_get(proof, "storageProof"));
}

static enum err proof_refused(struct proved_state *s, const struct rpc_call *call, const address *at)
{
    struct buffer why = buffer_in(&s->scratch);
    text_add_z(&why, call->method);
    text_add(&why, ": ");
    text_add_z(&why, call->message);
    text_add(&why, ", asked for the state");
    buffer_add_u8(&why, 0);
    return proof_fail(s, REJECT_RPC_REFUSED, (const char *)why.ptr, at);
}

static enum err take_proved_code(struct proved_state *s, const hash32 *want, const struct rpc_call *call,
                                 const address *at)
{
    struct bytes code;
    hash32 is;
    if (call->error != OK)
        return proof_refused(s, call, at);
    if (json_hex(&s->scratch, &code, call->result) != OK)
        return proof_fail(s, REJECT_RPC, "eth_getCode did not give hex digits for the code", at);
    keccak256(&is, code.ptr, code.len);
    if (!hash32_eq(&is, want))
        return proof_fail(s, REJECT_L1_CODE, "the code that the node gave is not the code", at);
    s->counts.codes += code.len && add_proved(s, &s->codes, &is, code);
    return OK;
}

/* Codes that come later: who to ask, and at which block. */
static void note_owner(struct proved_state *s, const hash32 *code_hash, const address *at, const hash32 *block_hash)
{
    if (hash32_eq(code_hash, &keccak_of_empty) || find_proved(&s->codes, code_hash))
        return;
    struct owner *o = find_proved(&s->owners, code_hash);
    if (!o) {
        o = ARENA_TAKE(&s->kept, struct owner, 1);
        o->code_hash = *code_hash;
        map_add(&s->owners, map_hash_hash32(code_hash), o);
    }
    o->at = *at;
    o->block_hash = *block_hash;
}

/* Proofs for all wishes; for the first one, if asked, also its code. */
static enum err round_trip(struct proved_state *s, const struct wish *wish, size_t count, bool with_code,
                           struct pin *pin)
{
    struct rpc_call *call = ARENA_TAKE_ZERO(&s->scratch, struct rpc_call, count + 1);
    for (size_t i = 0; i < count; i++)
        call[i] = (struct rpc_call){.method = "eth_getProof", .params = proof_params(s, &wish[i], &pin->block_hash)};
    call[count] = (struct rpc_call){.method = "eth_getCode", .params = code_params(s, wish[0].at, &pin->block_hash)};
    const enum err e = rpc_call_all(s->rpc, &s->scratch, call, count + with_code);
    if (e != OK)
        return proof_fail(s, e, rpc_why(s->rpc), NULL);
    s->counts.rounds++;
    for (size_t i = 0; i < count; i++) {
        struct account_leaf leaf;
        if (call[i].error != OK)
            return proof_refused(s, &call[i], wish[i].at);
        if (take_account(s, &leaf, &wish[i], pin, call[i].result) != OK)
            return proof_fail(s, REJECT_PROOF, "eth_getProof does not lead from the block's state root to the account or a slot",
                              wish[i].at);
        if (i == 0 && with_code)
            TRY(take_proved_code(s, &leaf.code_hash, &call[count], wish[0].at));
        else
            note_owner(s, &leaf.code_hash, wish[i].at, &pin->block_hash);
    }
    return OK;
}

static struct wish wish_for(struct proved_state *s, const struct seen_account *a)
{
    u256 *key = ARENA_TAKE(&s->scratch, u256, a->slot_count);
    size_t n = 0;
    for (const struct seen_slot *slot = a->slot; slot; slot = slot->next)
        key[n++] = slot->key;
    return (struct wish){&a->at, key, n};
}

static enum err fetch(void *context, const hash32 *root, const address *at, const u256 *key)
{
    struct proved_state *s = context;
    struct pin *pin = find_pin(s, root);
    if (!pin)
        return proof_fail(s, FAULT_STATE_MISSING, "a state that is not pinned was asked for the state", at);
    const struct arena_mark mark = arena_mark(&s->scratch);
    const size_t known = s->account_count;
    struct wish *wish = ARENA_TAKE(&s->scratch, struct wish, s->account_count + 1);
    size_t count = 0;
    wish[count++] = (struct wish){at, key, key != NULL};
    if (!pin->is_warm)
        for (size_t i = 0; i < s->account_count; i++)
            wish[count++] = wish_for(s, s->account[i]);
    remember(s, at, key);
    const enum err e = round_trip(s, wish, count, s->account_count > known, pin);
    if (e == OK)
        pin->is_warm = true;
    arena_rewind(&s->scratch, mark);
    return e;
}

static enum err proved_code_by_hash(void *context, struct bytes *out, const hash32 *hash)
{
    struct proved_state *s = context;
    const struct blob *b = find_proved(&s->codes, hash);
    if (!b) {
        const struct owner *o = find_proved(&s->owners, hash);
        if (!o)
            return FAULT_STATE_MISSING;
        const struct arena_mark mark = arena_mark(&s->scratch);
        struct rpc_call call = {.method = "eth_getCode", .params = code_params(s, &o->at, &o->block_hash)};
        enum err e = rpc_call_all(s->rpc, &s->scratch, &call, 1);
        s->counts.rounds++;
        e = e != OK ? proof_fail(s, e, rpc_why(s->rpc), NULL) : take_proved_code(s, hash, &call, &o->at);
        arena_rewind(&s->scratch, mark);
        TRY(e);
        b = find_proved(&s->codes, hash);
    }
    *out = b->bytes;
    return OK;
}

struct node_source proved_state_nodes(struct proved_state *s)
{
    return (struct node_source){node_by_hash, s};
}

struct code_source proved_state_codes(struct proved_state *s)
{
    return (struct code_source){proved_code_by_hash, s};
}

struct state_fetch proved_state_fetch(struct proved_state *s)
{
    return (struct state_fetch){fetch, s};
}
