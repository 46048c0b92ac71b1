/* types - the words every layer speaks: integers, byte strings, hashes, addresses, 256-bit numbers.
 *
 *   u256     a number: four 64-bit limbs, limb 0 least significant, never bytes in memory order
 *   hash32   32 bytes as they travel on the wire
 *   address  20 bytes as they travel on the wire
 *   bytes    a borrowed view; its source defines how long it lives
 *
 * Everything here is a value: copy it freely. Arithmetic on u256 is in u256.h. */
#ifndef BASE_TYPES_H
#define BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t  u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t  i32;
typedef int64_t  i64;
__extension__ typedef unsigned __int128 u128;

typedef struct { u64 w[4]; } u256;
typedef struct { u8 b[32]; } hash32;
typedef struct { u8 b[20]; } address;

/* A view of len bytes owned elsewhere. ptr may be NULL when len is 0. */
struct bytes {
    const u8 *ptr;
    size_t len;
};

#define MUST_CHECK __attribute__((warn_unused_result))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define BYTES_OF(array) ((struct bytes){(const u8 *)(array), sizeof(array)})
#define BYTES_LITERAL(text) ((struct bytes){(const u8 *)(text), sizeof(text) - 1})

static inline struct bytes bytes_of(const void *ptr, size_t len)
{
    return (struct bytes){ptr, len};
}

static inline bool bytes_eq(struct bytes here, struct bytes there)
{
    return here.len == there.len && (here.len == 0 || memcmp(here.ptr, there.ptr, here.len) == 0);
}

static inline bool hash32_eq(const hash32 *here, const hash32 *there)
{
    return memcmp(here->b, there->b, 32) == 0;
}

static inline bool hash32_is_zero(const hash32 *h)
{
    static const hash32 zero;
    return memcmp(h->b, zero.b, 32) == 0;
}

static inline bool address_eq(const address *here, const address *there)
{
    return memcmp(here->b, there->b, 20) == 0;
}

static inline bool address_is_zero(const address *a)
{
    static const address zero;
    return memcmp(a->b, zero.b, 20) == 0;
}

static inline u64 load_be64(const u8 *p)
{
    u64 x;
    memcpy(&x, p, 8);
    return __builtin_bswap64(x);
}

static inline void store_be64(u8 *p, u64 x)
{
    x = __builtin_bswap64(x);
    memcpy(p, &x, 8);
}

static inline u32 load_be32(const u8 *p)
{
    u32 x;
    memcpy(&x, p, 4);
    return __builtin_bswap32(x);
}

static inline void store_be32(u8 *p, u32 x)
{
    x = __builtin_bswap32(x);
    memcpy(p, &x, 4);
}

#endif
