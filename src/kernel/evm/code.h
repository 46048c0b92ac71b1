/* code - bytecode with the analysis of it, and the cache that holds both by hash.
 *
 *   code hash --> [ code_cache ] --> struct code: bytes, padded by zeros (STOP)
 *                                       |  on the first jump:    map of valid JUMPDESTs
 *                                       '  once it is hot:       program (translated, see program.h)
 *
 * The implementation of host_ops.code owns a cache and returns what it holds:
 *
 *   const struct code *c = code_cache_get(cache, &hash);
 *   if (!c) c = code_cache_put(cache, &hash, bytes);
 *
 * A struct code is const except to the interpreter, which adds its analysis. One cache serves one thread; several
 * chains may share it, under any fork.
 *
 * Memory: bytes are copied. Codes do not move or go before code_cache_trim, which the owner calls between transactions,
 * when no execution holds one: above the limit it evicts codes not used since the previous trim. */
#ifndef EVM_CODE_H
#define EVM_CODE_H

#include "base/arena.h"
#include "base/types.h"

/* Zero bytes after every code, so that a PUSH at its end reads zeros and running off meets STOP. */
#define CODE_PADDING 40

struct program;

struct code {
    const u8 *ptr; /* len bytes and CODE_PADDING zeros; never NULL */
    u32 len;
    bool is_delegation;   /* EIP-7702: 0xef0100 || address, and nothing else */
    address delegate;     /* of a delegation */
    struct code_learned *learned; /* NULL only where there is no byte of code */
};

/* What executions find out about a code: filled in by the interpreter, never by the host. */
struct code_learned {
    const struct memory *memory; /* where what is learned lives */
    u64 *jumpdests;              /* one bit per byte of code; NULL until the first jump */
    struct program *program;     /* NULL until the code is hot */
    i64 heat_left;               /* jumps that it may take before it is called hot */
    size_t *size_total;          /* the owner's count of bytes held, or NULL */
};

extern const struct code code_empty;

static inline struct bytes code_bytes(const struct code *c)
{
    return bytes_of(c->ptr, c->len);
}

/* The map of valid jump destinations, made on first use. */
void code_learn_jumpdests(const struct code *c);

static inline bool code_is_jumpdest(const struct code *c, u64 pc)
{
    if (pc >= c->len)
        return false;
    if (!c->learned->jumpdests)
        code_learn_jumpdests(c);
    return c->learned->jumpdests[pc / 64] >> (pc % 64) & 1;
}

/* A code outside of any cache, for init code: copied to room, which has bytes.len + CODE_PADDING bytes and outlives it.
 */
struct code_single {
    struct code code;
    struct code_learned learned;
};
void code_single_init(struct code_single *out, const struct memory *memory, u8 *room, struct bytes bytes);
void code_single_release(struct code_single *c);

struct code_cache;
/* limit_bytes is what code_cache_trim keeps to; 0 means CODE_CACHE_LIMIT. */
#define CODE_CACHE_LIMIT ((size_t)256 << 20)
struct code_cache *code_cache_open(const struct memory *memory, size_t limit_bytes);
void code_cache_release(struct code_cache *cache);

/* NULL: not here. */
const struct code *code_cache_get(struct code_cache *cache, const hash32 *hash);
/* Copies code under its hash (which is not checked here) and returns it; the existing entry if there is one. */
const struct code *code_cache_put(struct code_cache *cache, const hash32 *hash, struct bytes code);
/* The hash under which exactly these bytes are here, hidden or not; false: not found, which does not say that they are
 * not here. As true as what code_cache_put was told; it saves hashing again a code that comes without its hash. */
bool code_cache_hash_of(const struct code_cache *cache, hash32 *out, struct bytes code);
/* Between transactions only: nothing is here until it is put again, and then with all that was learned about it. So who
 * has to show every code that he runs gains nothing from what others have shown. */
void code_cache_hide(struct code_cache *cache);
/* Between transactions only: every struct code given out before may be gone. */
void code_cache_trim(struct code_cache *cache);

#endif
