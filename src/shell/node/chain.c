#include "node/chain.h"

#include "codec/rlp.h"
#include "state/state.h"

#include <stdlib.h>

/* Shared by the snapshots of one line of blocks: entries below a snapshot's head are never written again. */
struct block_list {
    atomic_uint references;
    u64 room;
    const struct chain_block *block[];
};

struct item {
    hash32 hash;
    struct bytes value;
};

void chain_init(struct chain *c, const struct memory *memory, const struct chain_rules *rules)
{
    *c = (struct chain){.memory = memory, .rules = rules};
    arena_init(&c->arena, memory);
    hash_index_init(&c->blocks, &c->arena);
    hash_index_init(&c->txs, &c->arena);
    hash_index_init(&c->nodes, &c->arena);
    hash_index_init(&c->codes, &c->arena);
    pthread_mutex_init(&c->lock, NULL);
}

void chain_release(struct chain *c)
{
    if (c->newest)
        snapshot_drop(c->newest);
    pthread_mutex_destroy(&c->lock);
    arena_release(&c->arena);
}

/* --- blocks --- */

static const struct log *copy_block_logs(struct arena *arena, const struct log *from, u32 count)
{
    struct log *to = ARENA_TAKE(arena, struct log, count);
    for (u32 i = 0; i < count; i++) {
        to[i] = from[i];
        to[i].data = arena_copy(arena, from[i].data);
    }
    return to;
}

static const struct receipt *copy_receipts(struct arena *arena, const struct receipt *const *from, u32 count)
{
    struct receipt *to = ARENA_TAKE(arena, struct receipt, count);
    for (u32 i = 0; i < count; i++) {
        to[i] = *from[i];
        to[i].log = copy_block_logs(arena, from[i]->log, from[i]->log_count);
        to[i].output = arena_copy(arena, from[i]->output);
    }
    return to;
}

static void index_block(struct chain *c, struct chain_block *b)
{
    hash_index_add(&c->blocks, b);
    for (u32 i = 0; i < b->tx_count; i++) {
        struct tx_place *p = ARENA_TAKE(&c->arena, struct tx_place, 1);
        *p = (struct tx_place){b->tx[i].hash, b, i, b->log_count};
        b->log_count += b->receipt[i].log_count;
        hash_index_add(&c->txs, p);
    }
}

struct chain_block *chain_add_block(struct chain *c, const struct block *b, const struct receipt *const *receipt)
{
    struct chain_block *out = ARENA_TAKE(&c->arena, struct chain_block, 1);
    struct block copy;
    const struct bytes rlp = arena_copy(&c->arena, b->rlp);
    BUG_UNLESS(block_decode(&copy, &c->arena, rlp, c->rules) == OK); /* so that nothing points elsewhere */
    for (u32 i = 0; i < b->tx_count; i++) {
        BUG_UNLESS(b->tx[i].has_sender);
        copy.tx[i].sender = b->tx[i].sender;
        copy.tx[i].has_sender = true;
        for (u32 k = 0; k < copy.tx[i].authorization_count; k++)
            authorization_recover(&copy.tx[i].authorization[k]); /* the cache is written now, not by readers */
    }
    *out = (struct chain_block){
        .hash = copy.hash,
        .header = copy.header,
        .rlp = rlp,
        .tx = copy.tx,
        .receipt = copy_receipts(&c->arena, receipt, b->tx_count),
        .tx_count = copy.tx_count,
        .withdrawal = copy.withdrawal,
        .withdrawal_count = copy.withdrawal_count,
        .ommer = copy.ommer,
        .ommer_count = copy.ommer_count,
    };
    index_block(c, out);
    return out;
}

/* --- states --- */

static void add_item(struct chain *c, struct hash_index *index, const hash32 *hash, struct bytes value)
{
    if (hash_index_find(index, hash))
        return;
    struct item *i = ARENA_TAKE(&c->arena, struct item, 1);
    *i = (struct item){*hash, arena_copy(&c->arena, value)};
    hash_index_add(index, i);
}

struct new_nodes {
    struct chain *chain;
    struct arena arena;
    struct buffer storage_roots;
};

static enum err add_node(void *context, const hash32 *hash, struct bytes rlp)
{
    struct new_nodes *n = context;
    add_item(n->chain, &n->chain->nodes, hash, rlp);
    return OK;
}

/* An account's leaf leads to its storage. A leaf is [path, value], the path's first nibble 2 or 3. */
static enum err add_account_node(void *context, const hash32 *hash, struct bytes rlp)
{
    struct new_nodes *n = context;
    struct rlp_reader r = rlp_reader(rlp), item;
    struct bytes path, value;
    hash32 storage;
    TRY(add_node(n, hash, rlp));
    if (rlp_list(&r, &item) == OK && rlp_string(&item, &path) == OK && path.len && path.ptr[0] >> 5 == 1 &&
        rlp_string(&item, &value) == OK && rlp_at_end(&item) && state_links(&storage, value))
        buffer_add(&n->storage_roots, storage.b, sizeof storage.b);
    return OK;
}

enum err chain_add_state(struct chain *c, struct trie_db *db, const hash32 *root, u32 since)
{
    struct new_nodes n = {.chain = c};
    arena_init(&n.arena, c->memory);
    n.storage_roots = buffer_in(&n.arena);
    enum err e = trie_made_since(db, root, since, add_account_node, &n);
    for (size_t at = 0; e == OK && at < n.storage_roots.len; at += sizeof(hash32)) {
        hash32 storage;
        memcpy(storage.b, n.storage_roots.ptr + at, sizeof storage.b);
        e = trie_made_since(db, &storage, since, add_node, &n);
    }
    arena_release(&n.arena);
    return e;
}

enum err chain_add_code(void *chain, const hash32 *hash, struct bytes code)
{
    struct chain *c = chain;
    add_item(c, &c->codes, hash, code);
    return OK;
}

static enum err find_indexed_item(struct hash_index *index, struct bytes *out, const hash32 *hash)
{
    const struct item *i = hash_index_find(index, hash);
    if (!i)
        return FAULT_STATE_MISSING;
    *out = i->value;
    return OK;
}

enum err chain_node(struct chain *c, struct bytes *rlp, u8 room[CHAIN_NODE_MAX], const hash32 *hash)
{
    size_t len;
    const enum err e = find_indexed_item(&c->nodes, rlp, hash);
    if (e != FAULT_STATE_MISSING || !c->older.node)
        return e;
    TRY(c->older.node(c->older.context, room, &len, hash));
    *rlp = bytes_of(room, len);
    return OK;
}

enum err chain_code(void *chain, struct bytes *out, const hash32 *hash)
{
    return find_indexed_item(&((struct chain *)chain)->codes, out, hash);
}

/* --- snapshots --- */

static struct block_list *new_list(const struct memory *memory, u64 room)
{
    struct block_list *l = memory->take(memory->context, sizeof *l + room * sizeof l->block[0]);
    l->room = room;
    atomic_init(&l->references, 1);
    return l;
}

/* Whether the list of the newest snapshot can take head: it extends that snapshot's head. */
static bool extends(const struct snapshot *newest, const struct chain_block *head)
{
    return newest && head->header.number == newest->head->header.number + 1 &&
           hash32_eq(&head->header.parent_hash, &newest->head->hash) && head->header.number < newest->list->room;
}

static struct block_list *list_to(struct chain *c, const struct chain_block *head)
{
    struct block_list *l;
    if (extends(c->newest, head)) {
        l = c->newest->list;
        atomic_fetch_add(&l->references, 1);
        l->block[head->header.number] = head;
        return l;
    }
    l = new_list(c->memory, 2 * (head->header.number + 1) < 256 ? 256 : 2 * (head->header.number + 1));
    for (const struct chain_block *b = head;; b = hash_index_find(&c->blocks, &b->header.parent_hash)) {
        BUG_UNLESS(b);
        l->block[b->header.number] = b;
        if (b->header.number == 0)
            return l;
    }
}

/* Makes it the newest one. */
static void replace_newest(struct chain *c, const struct snapshot *value)
{
    struct snapshot *s = c->memory->take(c->memory->context, sizeof *s), *old = c->newest;
    memcpy(s, value, sizeof *s);
    atomic_init(&s->references, 1);
    pthread_mutex_lock(&c->lock);
    c->newest = s;
    pthread_mutex_unlock(&c->lock);
    if (old)
        snapshot_drop(old);
}

void chain_publish(struct chain *c, const struct chain_block *head, const struct chain_block *safe,
                   const struct chain_block *finalized)
{
    const struct snapshot s = {.chain = c, .list = list_to(c, head), .head = head, .safe = safe,
                               .finalized = finalized};
    replace_newest(c, &s);
    pthread_mutex_lock(&c->lock);
    void (*published)(void *context) = c->published;
    void *context = c->published_context;
    pthread_mutex_unlock(&c->lock);
    if (published)
        published(context);
}

void chain_publish_pending(struct chain *c, const struct chain_block *pending)
{
    const struct snapshot *now = c->newest;
    const struct snapshot s = {.chain = c, .list = now->list, .head = now->head, .safe = now->safe,
                               .finalized = now->finalized, .pending = pending};
    if (now->pending == pending)
        return;
    atomic_fetch_add(&now->list->references, 1);
    replace_newest(c, &s);
}

void chain_observe(struct chain *c, void (*published)(void *context), void *context)
{
    pthread_mutex_lock(&c->lock);
    c->published = published;
    c->published_context = context;
    pthread_mutex_unlock(&c->lock);
}

struct snapshot *snapshot_take(struct chain *c)
{
    pthread_mutex_lock(&c->lock);
    struct snapshot *s = c->newest;
    BUG_UNLESS(s);
    atomic_fetch_add(&s->references, 1);
    pthread_mutex_unlock(&c->lock);
    return s;
}

void snapshot_drop(struct snapshot *s)
{
    const struct memory *memory = s->chain->memory;
    if (atomic_fetch_sub(&s->references, 1) != 1)
        return;
    if (atomic_fetch_sub(&s->list->references, 1) == 1)
        memory->give(memory->context, s->list, sizeof *s->list + s->list->room * sizeof s->list->block[0]);
    memory->give(memory->context, s, sizeof *s);
}

const struct chain_block *snapshot_at(const struct snapshot *s, u64 number)
{
    return number <= s->head->header.number ? s->list->block[number] : NULL;
}

bool snapshot_is_canonical(const struct snapshot *s, const struct chain_block *b)
{
    return snapshot_at(s, b->header.number) == b;
}

const struct chain_block *chain_block_by_hash(struct chain *c, const hash32 *hash)
{
    return hash_index_find(&c->blocks, hash);
}

const struct tx_place *snapshot_find_tx(const struct snapshot *s, const hash32 *hash)
{
    const struct tx_place *p = NULL;
    while ((p = hash_index_next(&s->chain->txs, hash, p)) != NULL)
        if (snapshot_is_canonical(s, p->block))
            return p;
    return NULL;
}

const struct tx_place *snapshot_find_pending_tx(const struct snapshot *s, const hash32 *hash)
{
    const struct tx_place *p = NULL;
    while (s->pending && (p = hash_index_next(&s->chain->txs, hash, p)) != NULL)
        if (p->block == s->pending)
            return p;
    return NULL;
}

enum err snapshot_ancestor(void *snapshot, hash32 *out, u64 number)
{
    const struct chain_block *b = snapshot_at(snapshot, number);
    if (!b)
        return FAULT_STATE_MISSING;
    *out = b->hash;
    return OK;
}

enum err chain_line_hash(void *line, hash32 *out, u64 number)
{
    const struct chain_line *l = line;
    const struct chain_block *b = l->tip;
    while (b && b->header.number > number)
        b = chain_block_by_hash(l->chain, &b->header.parent_hash);
    if (!b || b->header.number != number)
        return FAULT_STATE_MISSING;
    *out = b->hash;
    return OK;
}
