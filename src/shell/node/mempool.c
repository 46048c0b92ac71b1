#include "node/mempool.h"

#include "base/u256.h"
#include "node/write.h"

#include <pthread.h>

struct pooled {
    struct arena arena;
    struct tx tx;
    u64 arrival;
};

struct mempool {
    const struct memory *memory;
    pthread_mutex_t lock;
    u32 count;
    struct pooled *item[MEMPOOL_MAX]; /* by sender, then nonce */
    u64 arrivals;                     /* that were accepted so far */
    hash32 arrival[MEMPOOL_MAX];      /* the hash of number n at n % MEMPOOL_MAX */
    void (*observer)(void *context);
    void *observer_context;
};

struct mempool *mempool_open(const struct memory *memory)
{
    struct mempool *p = memory->take(memory->context, sizeof *p);
    p->memory = memory;
    p->count = 0;
    p->arrivals = 0;
    p->observer = NULL;
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

static void release_pooled(struct mempool *p, struct pooled *item)
{
    arena_release(&item->arena);
    p->memory->give(p->memory->context, item, sizeof *item);
}

void mempool_close(struct mempool *p)
{
    for (u32 i = 0; i < p->count; i++)
        release_pooled(p, p->item[i]);
    pthread_mutex_destroy(&p->lock);
    p->memory->give(p->memory->context, p, sizeof *p);
}

static int compare(const struct tx *t, const address *sender, u64 nonce)
{
    const int by_sender = memcmp(t->sender.b, sender->b, sizeof sender->b);
    return by_sender ? by_sender : t->nonce < nonce ? -1 : t->nonce > nonce;
}

/* The first item that is not before (sender, nonce). */
static u32 lower_bound(const struct mempool *p, const address *sender, u64 nonce)
{
    u32 low = 0, high = p->count;
    while (low < high) {
        const u32 middle = low + (high - low) / 2;
        if (compare(&p->item[middle]->tx, sender, nonce) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct pooled *pooled_copy_of(struct mempool *p, const struct tx *t)
{
    struct pooled *item = p->memory->take(p->memory->context, sizeof *item);
    arena_init(&item->arena, p->memory);
    struct buffer envelope = buffer_in(&item->arena);
    tx_encode(&envelope, t);
    BUG_UNLESS(tx_decode(&item->tx, &item->arena, buffer_bytes(&envelope), TX_TYPES_ALL | TX_ADMITS_EIP155) == OK);
    item->tx.sender = t->sender;
    item->tx.has_sender = true;
    item->arrival = p->arrivals++;
    return item;
}

/* At least a tenth more. */
static bool is_bump(const u256 *old, const u256 *new)
{
    const u256 ten = u256_from_u64(10), eleven = u256_from_u64(11);
    u256 have, want;
    return !u256_mul_overflows(&want, old, &eleven) && (u256_mul_overflows(&have, new, &ten) || !u256_lt(&have, &want));
}

static const char *replace(struct mempool *p, u32 at, const struct tx *t)
{
    const struct tx *old = &p->item[at]->tx;
    if (hash32_eq(&old->hash, &t->hash))
        return "already known";
    if (!is_bump(&old->max_fee, &t->max_fee) || !is_bump(&old->max_priority_fee, &t->max_priority_fee))
        return "replacement transaction underpriced";
    release_pooled(p, p->item[at]);
    p->item[at] = pooled_copy_of(p, t);
    return NULL;
}

static const char *insert_pooled(struct mempool *p, u32 at, const struct tx *t)
{
    if (p->count == MEMPOOL_MAX)
        return "txpool is full";
    if (lower_bound(p, &t->sender, UINT64_MAX) - lower_bound(p, &t->sender, 0) >= MEMPOOL_SENDER_MAX)
        return "too many transactions of this account in the txpool";
    memmove(&p->item[at + 1], &p->item[at], (p->count - at) * sizeof *p->item);
    p->item[at] = pooled_copy_of(p, t);
    p->count++;
    return NULL;
}

const char *mempool_add(struct mempool *p, const struct tx *t)
{
    pthread_mutex_lock(&p->lock);
    const u32 at = lower_bound(p, &t->sender, t->nonce);
    const bool taken = at < p->count && compare(&p->item[at]->tx, &t->sender, t->nonce) == 0;
    const char *refused = taken ? replace(p, at, t) : insert_pooled(p, at, t);
    if (!refused)
        p->arrival[(p->arrivals - 1) % MEMPOOL_MAX] = t->hash;
    void (*observer)(void *context) = refused ? NULL : p->observer;
    void *context = p->observer_context;
    pthread_mutex_unlock(&p->lock);
    if (observer)
        observer(context);
    return refused;
}

u32 mempool_arrivals(struct mempool *p, hash32 *out, u32 max, u64 *after)
{
    u32 count = 0;
    pthread_mutex_lock(&p->lock);
    if (p->arrivals - *after > MEMPOOL_MAX)
        *after = p->arrivals - MEMPOOL_MAX;
    for (; count < max && *after < p->arrivals; count++)
        out[count] = p->arrival[(*after)++ % MEMPOOL_MAX];
    pthread_mutex_unlock(&p->lock);
    return count;
}

u64 mempool_arrived(struct mempool *p)
{
    pthread_mutex_lock(&p->lock);
    const u64 arrived = p->arrivals;
    pthread_mutex_unlock(&p->lock);
    return arrived;
}

void mempool_observe(struct mempool *p, void (*arrived)(void *context), void *context)
{
    pthread_mutex_lock(&p->lock);
    p->observer = arrived;
    p->observer_context = context;
    pthread_mutex_unlock(&p->lock);
}

u64 mempool_next_nonce(struct mempool *p, const address *sender, u64 nonce)
{
    pthread_mutex_lock(&p->lock);
    for (u32 i = lower_bound(p, sender, nonce); i < p->count && compare(&p->item[i]->tx, sender, nonce) == 0; i++)
        nonce++;
    pthread_mutex_unlock(&p->lock);
    return nonce;
}

/* With the lock. NULL: there is none. */
static const struct tx *pooled_tx(const struct mempool *p, const hash32 *hash)
{
    for (u32 i = 0; i < p->count; i++)
        if (hash32_eq(&p->item[i]->tx.hash, hash))
            return &p->item[i]->tx;
    return NULL;
}

bool mempool_write_tx(struct mempool *p, struct json_writer *w, const hash32 *hash)
{
    const struct tx_position nowhere = {0};
    pthread_mutex_lock(&p->lock);
    const struct tx *t = pooled_tx(p, hash);
    if (t)
        write_tx(w, t, &nowhere);
    pthread_mutex_unlock(&p->lock);
    return t != NULL;
}

struct bytes mempool_envelope(struct mempool *p, struct arena *arena, const hash32 *hash)
{
    struct buffer envelope = buffer_in(arena);
    pthread_mutex_lock(&p->lock);
    const struct tx *t = pooled_tx(p, hash);
    if (t)
        tx_encode(&envelope, t);
    pthread_mutex_unlock(&p->lock);
    return buffer_bytes(&envelope);
}

/* The place of a sender's transaction with a nonce; p->count: there is none. */
static u32 pool_place_of(const struct mempool *p, const address *sender, u64 nonce)
{
    const u32 i = lower_bound(p, sender, nonce);
    return i < p->count && compare(&p->item[i]->tx, sender, nonce) == 0 ? i : p->count;
}

bool mempool_find(struct mempool *p, hash32 *hash, const address *sender, u64 nonce)
{
    pthread_mutex_lock(&p->lock);
    const u32 i = pool_place_of(p, sender, nonce);
    const bool found = i < p->count;
    if (found)
        *hash = p->item[i]->tx.hash;
    pthread_mutex_unlock(&p->lock);
    return found;
}

void mempool_remove(struct mempool *p, const address *sender, u64 nonce, const hash32 *hash)
{
    pthread_mutex_lock(&p->lock);
    const u32 i = pool_place_of(p, sender, nonce);
    if (i < p->count && (!hash || hash32_eq(&p->item[i]->tx.hash, hash))) {
        release_pooled(p, p->item[i]);
        p->count--;
        memmove(&p->item[i], &p->item[i + 1], (p->count - i) * sizeof *p->item);
    }
    pthread_mutex_unlock(&p->lock);
}

void mempool_clear(struct mempool *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->count)
        release_pooled(p, p->item[--p->count]);
    pthread_mutex_unlock(&p->lock);
}

u32 mempool_count(struct mempool *p)
{
    pthread_mutex_lock(&p->lock);
    const u32 count = p->count;
    pthread_mutex_unlock(&p->lock);
    return count;
}

enum err mempool_each(struct mempool *p, enum err (*each)(void *context, const struct tx *t, u64 arrival),
                      void *context)
{
    enum err e = OK;
    pthread_mutex_lock(&p->lock);
    for (u32 i = 0; i < p->count && e == OK; i++)
        e = each(context, &p->item[i]->tx, p->item[i]->arrival);
    pthread_mutex_unlock(&p->lock);
    return e;
}
