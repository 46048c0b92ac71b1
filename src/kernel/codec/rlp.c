#include "codec/rlp.h"

enum {
    STRING_SHORT = 0x80, /* + length up to 55 */
    STRING_LONG = 0xb7,  /* + bytes of length, 1 to 8 */
    LIST_SHORT = 0xc0,
    LIST_LONG = 0xf7,
    SHORT_MAX = 55,
};

struct item {
    const u8 *payload;
    size_t len;
    bool list;
};

/* The length of a long item, which follows its first byte in size bytes. */
static bool long_length(const u8 *next, size_t left, size_t size, size_t *out)
{
    if (left - 1 < size || next[1] == 0)
        return false;
    size_t len = 0;
    for (size_t i = 1; i <= size; i++)
        len = len << 8 | next[i];
    if (len <= SHORT_MAX)
        return false;
    *out = len;
    return true;
}

/* The item at the cursor; false when it is not the shortest form or does not fit what is left. */
static inline bool item_at(const struct rlp_reader *r, struct item *out)
{
    const size_t left = (size_t)(r->end - r->next);
    if (UNLIKELY(left == 0))
        return false;
    const u8 *next = r->next;
    const u8 first = *next;
    size_t head = 1, len;
    if (first < STRING_SHORT) {
        *out = (struct item){next, 1, false};
        return true;
    }
    const bool list = first >= LIST_SHORT;
    const u8 short_base = list ? LIST_SHORT : STRING_SHORT;
    if (first - short_base <= SHORT_MAX) {
        len = (size_t)(first - short_base);
    } else {
        const size_t size = (size_t)(first - short_base - SHORT_MAX);
        if (UNLIKELY(!long_length(next, left, size, &len)))
            return false;
        head += size;
    }
    if (UNLIKELY(left - head < len))
        return false;
    if (UNLIKELY(first == STRING_SHORT + 1 && next[1] < STRING_SHORT))
        return false; /* a byte below 0x80 is its own encoding */
    *out = (struct item){next + head, len, list};
    return true;
}

enum err rlp_string(struct rlp_reader *r, struct bytes *out)
{
    struct item item;
    if (!item_at(r, &item) || item.list)
        return REJECT_RLP;
    r->next = item.payload + item.len;
    *out = bytes_of(item.payload, item.len);
    return OK;
}

enum err rlp_list(struct rlp_reader *r, struct rlp_reader *items)
{
    struct item item;
    if (!item_at(r, &item) || !item.list)
        return REJECT_RLP;
    r->next = item.payload + item.len;
    *items = (struct rlp_reader){item.payload, item.payload + item.len};
    return OK;
}

/* A number: a string of at most max bytes without leading zeros; zero is the empty string. */
static inline bool number_at(const struct rlp_reader *r, size_t max, struct item *out)
{
    return item_at(r, out) && !out->list && out->len <= max && (out->len == 0 || out->payload[0] != 0);
}

enum err rlp_u64(struct rlp_reader *r, u64 *out)
{
    struct item item;
    if (!number_at(r, 8, &item))
        return REJECT_RLP;
    u64 x = 0;
    for (size_t i = 0; i < item.len; i++)
        x = x << 8 | item.payload[i];
    r->next = item.payload + item.len;
    *out = x;
    return OK;
}

enum err rlp_u256(struct rlp_reader *r, u256 *out)
{
    struct item item;
    if (!number_at(r, 32, &item))
        return REJECT_RLP;
    r->next = item.payload + item.len;
    *out = u256_from_bytes(item.payload, item.len);
    return OK;
}

enum err rlp_fixed(struct rlp_reader *r, u8 *out, size_t len)
{
    struct item item;
    if (!item_at(r, &item) || item.list || item.len != len)
        return REJECT_RLP;
    r->next = item.payload + item.len;
    memcpy(out, item.payload, len);
    return OK;
}

enum err rlp_item(struct rlp_reader *r, struct bytes *out)
{
    struct item item;
    if (!item_at(r, &item))
        return REJECT_RLP;
    const u8 *end = item.payload + item.len;
    *out = bytes_of(r->next, (size_t)(end - r->next));
    r->next = end;
    return OK;
}

bool rlp_is_list(const struct rlp_reader *r)
{
    return r->next != r->end && *r->next >= LIST_SHORT;
}

bool rlp_at_end(const struct rlp_reader *r)
{
    return r->next == r->end;
}

enum err rlp_end(const struct rlp_reader *r)
{
    return rlp_at_end(r) ? OK : REJECT_RLP;
}

/* Bytes that a long length takes: 1 to 8. */
static size_t length_size(size_t len)
{
    return (size_t)(71 - __builtin_clzll(len)) / 8;
}

static u8 *put_length(u8 *p, size_t len, size_t size)
{
    for (size_t i = size; i-- > 0; len >>= 8)
        p[i] = (u8)len;
    return p + size;
}

size_t rlp_string_size(struct bytes s)
{
    if (s.len == 1 && s.ptr[0] < STRING_SHORT)
        return 1;
    return s.len <= SHORT_MAX ? 1 + s.len : 1 + length_size(s.len) + s.len;
}

void rlp_add_string(struct buffer *b, struct bytes s)
{
    if (s.len == 1 && s.ptr[0] < STRING_SHORT) {
        buffer_add_u8(b, s.ptr[0]);
        return;
    }
    u8 *p = buffer_extend(b, rlp_string_size(s));
    if (s.len <= SHORT_MAX) {
        *p++ = (u8)(STRING_SHORT + s.len);
    } else {
        const size_t size = length_size(s.len);
        *p++ = (u8)(STRING_LONG + size);
        p = put_length(p, s.len, size);
    }
    if (s.len)
        memcpy(p, s.ptr, s.len);
}

void rlp_add_u64(struct buffer *b, u64 x)
{
    u8 be[8];
    store_be64(be, x);
    const size_t zeros = x ? (size_t)__builtin_clzll(x) / 8 : 8;
    rlp_add_string(b, bytes_of(be + zeros, 8 - zeros));
}

void rlp_add_u256(struct buffer *b, const u256 *x)
{
    u8 be[32];
    u256_to_be(be, x);
    const size_t len = u256_byte_length(x);
    rlp_add_string(b, bytes_of(be + 32 - len, len));
}

/* One byte is kept for the prefix, so that closing a short list moves nothing. */
size_t rlp_open(struct buffer *b)
{
    buffer_add_u8(b, 0);
    return b->len;
}

void rlp_close(struct buffer *b, size_t opened)
{
    BUG_UNLESS(opened > 0 && opened <= b->len);
    const size_t len = b->len - opened;
    if (len <= SHORT_MAX) {
        b->ptr[opened - 1] = (u8)(LIST_SHORT + len);
        return;
    }
    const size_t size = length_size(len);
    buffer_extend(b, size);
    u8 *payload = b->ptr + opened;
    memmove(payload + size, payload, len);
    payload[-1] = (u8)(LIST_LONG + size);
    put_length(payload, len, size);
}

/* --- lists of strings --- */

enum err rlp_strings(struct rlp_reader *r, struct arena *arena, const struct bytes **out, size_t *count)
{
    struct rlp_reader after = *r, list, again;
    size_t n = 0;
    TRY(rlp_list(&after, &list));
    for (again = list; !rlp_at_end(&again); n++) { /* each takes at least a byte, so n is bounded by the input */
        struct bytes s;
        TRY(rlp_string(&again, &s));
    }
    struct bytes *item = ARENA_TAKE(arena, struct bytes, n);
    for (size_t i = 0; i < n; i++)
        TRY(rlp_string(&list, &item[i]));
    *r = after;
    *out = item;
    *count = n;
    return OK;
}

void rlp_add_strings(struct buffer *b, const struct bytes *s, size_t count)
{
    const size_t opened = rlp_open(b);
    for (size_t i = 0; i < count; i++)
        rlp_add_string(b, s[i]);
    rlp_close(b, opened);
}
