#include "evm/code.h"

#include "base/err.h"
#include "evm/program.h"

static const u8 no_bytes[CODE_PADDING];
const struct code code_empty = {.ptr = no_bytes};

static void code_init(struct code *c, struct code_learned *learned, const struct memory *memory, u8 *room,
                      struct bytes bytes)
{
    BUG_UNLESS(bytes.len <= UINT32_MAX);
    if (bytes.len)
        memcpy(room, bytes.ptr, bytes.len);
    memset(room + bytes.len, 0, CODE_PADDING);
    /* A translation costs about as much as running this many jumps and what lies between them byte by byte. */
    *learned = (struct code_learned){.memory = memory, .heat_left = 100 + 4 * (i64)bytes.len};
    *c = (struct code){.ptr = room, .len = (u32)bytes.len, .learned = learned};
    if (bytes.len == 23 && room[0] == 0xef && room[1] == 0x01 && room[2] == 0x00) { /* EIP-7702 */
        c->is_delegation = true;
        memcpy(c->delegate.b, room + 3, 20);
    }
}

static size_t jumpdests_size(u32 len)
{
    return ((size_t)len + 63) / 64 * 8;
}

void program_release(struct program *p, const struct memory *memory)
{
    while (p) {
        struct program *next = p->next;
        memory->give(memory->context, p, p->size);
        p = next;
    }
}

static void learned_release(struct code_learned *learned, u32 len)
{
    if (learned->jumpdests)
        learned->memory->give(learned->memory->context, learned->jumpdests, jumpdests_size(len));
    program_release(learned->program, learned->memory);
}

void code_learn_jumpdests(const struct code *c)
{
    struct code_learned *learned = c->learned;
    const size_t size = jumpdests_size(c->len);
    u64 *map = memset(learned->memory->take(learned->memory->context, size), 0, size);
    enum { PUSH1 = 0x60, PUSH32 = 0x7f, JUMPDEST = 0x5b };
    for (const u8 *p = c->ptr, *end = c->ptr + c->len; p < end; p++) {
        const i32 above = (i32)*p - PUSH1;
        if (above >= 0 && above <= PUSH32 - PUSH1)
            p += above + 1; /* the data of a PUSH is not code */
        else if (*p == JUMPDEST)
            map[(p - c->ptr) / 64] |= (u64)1 << ((p - c->ptr) % 64);
    }
    learned->jumpdests = map;
    if (learned->size_total)
        *learned->size_total += size;
}

void code_single_init(struct code_single *out, const struct memory *memory, u8 *room, struct bytes bytes)
{
    code_init(&out->code, &out->learned, memory, room, bytes);
}

void code_single_release(struct code_single *c)
{
    learned_release(&c->learned, c->code.len);
}

/* A hash table with open addressing: cells of pointers, so that codes stay where they are when it grows. */
struct cache_entry {
    hash32 hash;
    struct code code;
    struct code_learned learned;
    u64 used; /* the trim period of its last use */
    u64 shown; /* the showing that it was last put in */
    size_t size;
    u8 bytes[];
};

struct code_cache {
    const struct memory *memory;
    size_t limit;
    size_t size;   /* of entries and what was learned about them */
    u64 period;
    u64 showing;   /* counts code_cache_hide */
    struct cache_entry **cell;
    struct cache_entry **of_bytes; /* as many: the last one put in of those whose bytes sample alike */
    size_t cell_count; /* a power of two, at most half full */
    size_t entry_count;
};

static size_t cache_cell_of(const struct code_cache *cache, const hash32 *hash)
{
    u64 head;
    memcpy(&head, hash->b, 8); /* any eight bytes of a hash are random enough */
    size_t i = (size_t)head & (cache->cell_count - 1);
    while (cache->cell[i] && !hash32_eq(&cache->cell[i]->hash, hash))
        i = (i + 1) & (cache->cell_count - 1);
    return i;
}

/* Length and a few words, the last ones among them: there compilers put a hash of the source. */
static size_t sample_of(const struct code_cache *cache, struct bytes code)
{
    u64 sum = code.len, word;
    for (size_t i = 1; i <= 4 && code.len >= 64; i++) {
        memcpy(&word, code.ptr + code.len * i / 4 - sizeof word, sizeof word);
        sum = (sum ^ word) * 0x9e3779b97f4a7c15; /* 2^64 / golden ratio, odd: Fibonacci hashing */
        sum ^= sum >> 32;
    }
    return (size_t)sum & (cache->cell_count - 1);
}

static struct cache_entry **cells_take(const struct memory *memory, size_t count)
{
    return memset(memory->take(memory->context, count * sizeof(struct cache_entry *)), 0,
                  count * sizeof(struct cache_entry *));
}

struct code_cache *code_cache_open(const struct memory *memory, size_t limit_bytes)
{
    struct code_cache *cache = memory->take(memory->context, sizeof *cache);
    *cache =
        (struct code_cache){.memory = memory, .limit = limit_bytes ? limit_bytes : CODE_CACHE_LIMIT, .cell_count = 256};
    cache->cell = cells_take(memory, cache->cell_count);
    cache->of_bytes = cells_take(memory, cache->cell_count);
    return cache;
}

static void entry_release(struct code_cache *cache, struct cache_entry *e)
{
    learned_release(&e->learned, e->code.len);
    cache->memory->give(cache->memory->context, e, e->size);
}

static void slots_release(const struct code_cache *cache)
{
    cache->memory->give(cache->memory->context, cache->cell, cache->cell_count * sizeof *cache->cell);
    cache->memory->give(cache->memory->context, cache->of_bytes, cache->cell_count * sizeof *cache->of_bytes);
}

static void add_cache_entry(struct code_cache *cache, struct cache_entry *e)
{
    cache->cell[cache_cell_of(cache, &e->hash)] = e;
    cache->of_bytes[sample_of(cache, code_bytes(&e->code))] = e;
    cache->entry_count++;
}

void code_cache_release(struct code_cache *cache)
{
    for (size_t i = 0; i < cache->cell_count; i++)
        if (cache->cell[i])
            entry_release(cache, cache->cell[i]);
    slots_release(cache);
    cache->memory->give(cache->memory->context, cache, sizeof *cache);
}

/* The entries again in a table of count cells; those that keep says no to are released. */
static void rebuild(struct code_cache *cache, size_t count, u64 used_since)
{
    const struct code_cache old = *cache;
    cache->cell_count = count;
    cache->cell = cells_take(cache->memory, count);
    cache->of_bytes = cells_take(cache->memory, count);
    cache->size = 0;
    cache->entry_count = 0;
    for (size_t i = 0; i < old.cell_count; i++) {
        struct cache_entry *e = old.cell[i];
        if (!e)
            continue;
        if (e->used < used_since) {
            entry_release(cache, e);
            continue;
        }
        add_cache_entry(cache, e);
        cache->size += e->size + (e->learned.jumpdests ? jumpdests_size(e->code.len) : 0);
        for (const struct program *p = e->learned.program; p; p = p->next)
            cache->size += p->size;
    }
    slots_release(&old);
}

const struct code *code_cache_get(struct code_cache *cache, const hash32 *hash)
{
    struct cache_entry *e = cache->cell[cache_cell_of(cache, hash)];
    if (!e || e->shown != cache->showing)
        return NULL;
    e->used = cache->period;
    return &e->code;
}

bool code_cache_hash_of(const struct code_cache *cache, hash32 *out, struct bytes code)
{
    const struct cache_entry *e = cache->of_bytes[sample_of(cache, code)];
    if (!e || e->code.len != code.len || (code.len && memcmp(e->code.ptr, code.ptr, code.len) != 0))
        return false;
    *out = e->hash;
    return true;
}

void code_cache_hide(struct code_cache *cache)
{
    cache->showing++;
}

const struct code *code_cache_put(struct code_cache *cache, const hash32 *hash, struct bytes code)
{
    struct cache_entry *there = cache->cell[cache_cell_of(cache, hash)];
    if (there) {
        there->shown = cache->showing;
        there->used = cache->period;
        return &there->code;
    }
    if ((cache->entry_count + 1) * 2 > cache->cell_count)
        rebuild(cache, cache->cell_count * 2, 0);
    const size_t size = sizeof(struct cache_entry) + code.len + CODE_PADDING;
    struct cache_entry *e = cache->memory->take(cache->memory->context, size);
    e->hash = *hash;
    e->size = size;
    e->used = cache->period;
    e->shown = cache->showing;
    code_init(&e->code, &e->learned, cache->memory, e->bytes, code);
    e->learned.size_total = &cache->size;
    add_cache_entry(cache, e);
    cache->size += size;
    return &e->code;
}

void code_cache_trim(struct code_cache *cache)
{
    /* each pass spares what was used since the one before; what one transaction alone needs may be above the limit */
    if (cache->size > cache->limit) {
        rebuild(cache, cache->cell_count, cache->period);
        cache->period++;
    }
}
