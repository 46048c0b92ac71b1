#include "codec/inflate.h"

#include "base/buffer.h"

/* --- bits, the low one of each byte first --- */

struct bits {
    const u8 *next, *end;
    u64 held;  /* the next one lowest; zeros above count */
    u32 count; /* at most 63 */
};

/* At least 56 bits, or all that are left. */
static void refill(struct bits *b)
{
    while (b->count < 56 && b->next < b->end) {
        b->held |= (u64)*b->next++ << b->count;
        b->count += 8;
    }
}

static void drop(struct bits *b, u32 n)
{
    b->held >>= n;
    b->count -= n;
}

/* n up to 16. */
static enum err take_bits(struct bits *b, u32 *out, u32 n)
{
    if (b->count < n)
        refill(b);
    if (b->count < n)
        return REJECT_DEFLATE_TRUNCATED;
    *out = (u32)(b->held & (((u64)1 << n) - 1));
    drop(b, n);
    return OK;
}

/* --- Huffman codes: canonical, given by the length of each symbol's code (RFC 1951, 3.2.2) --- */

enum { LENGTH_MAX = 15, FAST_BITS = 9, SYMBOLS_MAX = 288 };

struct code {
    u16 fast[1 << FAST_BITS];  /* by the next bits: symbol << 4 | length; 0: longer, or no code */
    u16 count[LENGTH_MAX + 1]; /* codes of each length */
    u16 symbol[SYMBOLS_MAX];   /* in the order of their codes */
};

static u32 reversed(u32 code, u32 length)
{
    u32 r = 0;
    for (; length > 0; length--, code >>= 1)
        r = r << 1 | (code & 1);
    return r;
}

/* Refused are lengths that claim more codes than there are, and fewer, unless a single code of one bit or none at all
 * stands for a set that is hardly used. */
static enum err check_lengths(const struct code *c, bool may_be_single)
{
    i32 left = 1;
    u32 longest = 0;
    for (u32 length = 1; length <= LENGTH_MAX; length++) {
        left = left * 2 - c->count[length];
        if (left < 0)
            return REJECT_DEFLATE_CODE;
        if (c->count[length])
            longest = length;
    }
    return left == 0 || (may_be_single && longest <= 1) ? OK : REJECT_DEFLATE_CODE;
}

static enum err huffman_init(struct code *c, const u8 *length, u32 symbols, bool may_be_single)
{
    memset(c, 0, sizeof *c);
    for (u32 i = 0; i < symbols; i++)
        c->count[length[i]]++;
    c->count[0] = 0;
    TRY(check_lengths(c, may_be_single));
    u32 place[LENGTH_MAX + 1] = {0}, next[LENGTH_MAX + 1] = {0};
    for (u32 i = 1; i < LENGTH_MAX; i++) {
        place[i + 1] = place[i] + c->count[i];
        next[i + 1] = (next[i] + c->count[i]) << 1;
    }
    for (u32 i = 0; i < symbols; i++) {
        const u32 n = length[i];
        if (n == 0)
            continue;
        c->symbol[place[n]++] = (u16)i;
        const u32 code = next[n]++;
        if (n <= FAST_BITS)
            for (u32 at = reversed(code, n); at < 1u << FAST_BITS; at += 1u << n)
                c->fast[at] = (u16)(i << 4 | n);
    }
    return OK;
}

/* The codes of one length follow each other, so a code is found by its distance from the first of its length. */
static enum err slow_symbol(struct bits *b, const struct code *c, u32 *out)
{
    u32 code = 0, first = 0, place = 0;
    for (u32 length = 1; length <= LENGTH_MAX; length++) {
        if (length > b->count)
            return REJECT_DEFLATE_TRUNCATED;
        code |= (u32)(b->held >> (length - 1)) & 1;
        if (code - first < c->count[length]) {
            *out = c->symbol[place + code - first];
            drop(b, length);
            return OK;
        }
        place += c->count[length];
        first = (first + c->count[length]) << 1;
        code <<= 1;
    }
    return REJECT_DEFLATE_SYMBOL;
}

static inline enum err take_symbol(struct bits *b, const struct code *c, u32 *out)
{
    if (b->count < LENGTH_MAX)
        refill(b);
    const u32 found = c->fast[b->held & ((1u << FAST_BITS) - 1)], length = found & 15;
    if (UNLIKELY(found == 0 || length > b->count))
        return slow_symbol(b, c, out);
    *out = found >> 4;
    drop(b, length);
    return OK;
}

/* --- blocks --- */

struct inflation {
    struct bits bits;
    struct buffer out;
    size_t limit;
    struct code literals, distances;             /* of a dynamic block */
    struct code fixed_literals, fixed_distances; /* once they are asked for */
    bool has_fixed;
};

static enum err stored_block(struct inflation *f)
{
    u32 length, check;
    drop(&f->bits, f->bits.count % 8);
    TRY(take_bits(&f->bits, &length, 16));
    TRY(take_bits(&f->bits, &check, 16));
    if (length != (check ^ 0xffff))
        return REJECT_DEFLATE_STORED;
    f->bits.next -= f->bits.count / 8; /* whole bytes are held: back to where they came from */
    f->bits.held = 0;
    f->bits.count = 0;
    if ((size_t)(f->bits.end - f->bits.next) < length)
        return REJECT_DEFLATE_TRUNCATED;
    if (f->limit - f->out.len < length)
        return REJECT_TOO_LONG;
    buffer_add(&f->out, f->bits.next, length);
    f->bits.next += length;
    return OK;
}

/* RFC 1951, 3.2.5: lengths of the symbols from 257 on, and distances: the least value, and bits to be added. */
static const struct extra {
    u16 base;
    u8 bits;
} length_row[] = {{3, 0},  {4, 0},  {5, 0},  {6, 0},  {7, 0},  {8, 0},  {9, 0},  {10, 0},  {11, 1},  {13, 1},
                  {15, 1}, {17, 1}, {19, 2}, {23, 2}, {27, 2}, {31, 2}, {35, 3}, {43, 3},  {51, 3},  {59, 3},
                  {67, 4}, {83, 4}, {99, 4}, {115, 4}, {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0}},
  distance_row[] = {{1, 0},    {2, 0},    {3, 0},    {4, 0},    {5, 1},     {7, 1},     {9, 2},     {13, 2},
                    {17, 3},   {25, 3},   {33, 4},   {49, 4},   {65, 5},    {97, 5},    {129, 6},   {193, 6},
                    {257, 7},  {385, 7},  {513, 8},  {769, 8},  {1025, 9},  {1537, 9},  {2049, 10}, {3073, 10},
                    {4097, 11}, {6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13}};

static enum err take_extra(struct bits *b, u32 *out, const struct extra *row, size_t count, u32 symbol)
{
    u32 more;
    if (symbol >= count)
        return REJECT_DEFLATE_SYMBOL; /* the fixed code has codes for symbols that mean nothing */
    TRY(take_bits(b, &more, row[symbol].bits));
    *out = row[symbol].base + more;
    return OK;
}

static enum err copy_match(struct inflation *f, const struct code *distances, u32 symbol)
{
    u32 length, distance;
    TRY(take_extra(&f->bits, &length, length_row, COUNT_OF(length_row), symbol - 257));
    TRY(take_symbol(&f->bits, distances, &symbol));
    TRY(take_extra(&f->bits, &distance, distance_row, COUNT_OF(distance_row), symbol));
    if (distance > f->out.len)
        return REJECT_DEFLATE_DISTANCE;
    if (f->limit - f->out.len < length)
        return REJECT_TOO_LONG;
    u8 *to = buffer_extend(&f->out, length);
    const u8 *from = to - distance;
    for (u32 i = 0; i < length; i++) /* byte after byte: a match may run into itself */
        to[i] = from[i];
    return OK;
}

static enum err coded_block(struct inflation *f, const struct code *literals, const struct code *distances)
{
    enum { END_OF_BLOCK = 256 };
    for (;;) {
        u32 symbol;
        TRY(take_symbol(&f->bits, literals, &symbol));
        if (symbol < END_OF_BLOCK) {
            if (f->out.len == f->limit)
                return REJECT_TOO_LONG;
            buffer_add_u8(&f->out, (u8)symbol);
        } else if (symbol == END_OF_BLOCK) {
            return OK;
        } else {
            TRY(copy_match(f, distances, symbol));
        }
    }
}

/* RFC 1951, 3.2.6 */
static enum err fixed_block(struct inflation *f)
{
    if (!f->has_fixed) {
        u8 length[SYMBOLS_MAX];
        for (u32 i = 0; i < SYMBOLS_MAX; i++)
            length[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
        TRY(huffman_init(&f->fixed_literals, length, SYMBOLS_MAX, false));
        memset(length, 5, 32);
        TRY(huffman_init(&f->fixed_distances, length, 32, false));
        f->has_fixed = true;
    }
    return coded_block(f, &f->fixed_literals, &f->fixed_distances);
}

/* The lengths of both codes in a row, themselves coded: 16, 17 and 18 repeat. */
static enum err take_lengths(struct bits *b, u8 *length, u32 count, const struct code *lengths)
{
    static const struct {
        u8 base, bits;
    } repeat[] = {{3, 2}, {3, 3}, {11, 7}};
    for (u32 i = 0; i < count;) {
        u32 symbol, more;
        TRY(take_symbol(b, lengths, &symbol));
        if (symbol < 16) {
            length[i++] = (u8)symbol;
            continue;
        }
        TRY(take_bits(b, &more, repeat[symbol - 16].bits));
        const u32 times = repeat[symbol - 16].base + more;
        if (times > count - i || (symbol == 16 && i == 0))
            return REJECT_DEFLATE_CODE;
        memset(length + i, symbol == 16 ? length[i - 1] : 0, times);
        i += times;
    }
    return OK;
}

/* RFC 1951, 3.2.7 */
static enum err dynamic_block(struct inflation *f)
{
    enum { LITERALS_MAX = 286, DISTANCES_MAX = 30, LENGTHS = 19 };
    static const u8 order[LENGTHS] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    u32 literals, distances, lengths;
    TRY(take_bits(&f->bits, &literals, 5));
    TRY(take_bits(&f->bits, &distances, 5));
    TRY(take_bits(&f->bits, &lengths, 4));
    literals += 257;
    distances += 1;
    if (literals > LITERALS_MAX || distances > DISTANCES_MAX)
        return REJECT_DEFLATE_CODE;
    u8 length[LITERALS_MAX + DISTANCES_MAX] = {0};
    for (u32 i = 0; i < lengths + 4; i++) {
        u32 n;
        TRY(take_bits(&f->bits, &n, 3));
        length[order[i]] = (u8)n;
    }
    TRY(huffman_init(&f->literals, length, LENGTHS, false)); /* until the lengths are read */
    TRY(take_lengths(&f->bits, length, literals + distances, &f->literals));
    if (length[256] == 0)
        return REJECT_DEFLATE_CODE; /* a block that cannot end */
    TRY(huffman_init(&f->literals, length, literals, true));
    TRY(huffman_init(&f->distances, length + literals, distances, true));
    return coded_block(f, &f->literals, &f->distances);
}

static enum err block(struct inflation *f, bool *last)
{
    u32 is_last, type;
    TRY(take_bits(&f->bits, &is_last, 1));
    TRY(take_bits(&f->bits, &type, 2));
    *last = is_last;
    switch (type) {
    case 0: return stored_block(f);
    case 1: return fixed_block(f);
    case 2: return dynamic_block(f);
    default: return REJECT_DEFLATE_BLOCK_TYPE;
    }
}

static enum err blocks(struct inflation *f)
{
    for (bool last = false; !last;)
        TRY(block(f, &last));
    return f->bits.next == f->bits.end && f->bits.count < 8 ? OK : REJECT_DEFLATE_TRAILING;
}

enum err inflate_bytes(struct bytes *out, struct arena *arena, struct bytes stream, size_t limit)
{
    const struct arena_mark mark = arena_mark(arena);
    struct inflation f;
    f.bits = (struct bits){stream.ptr, stream.len ? stream.ptr + stream.len : stream.ptr, 0, 0};
    f.out = buffer_in(arena);
    f.limit = limit;
    f.has_fixed = false;
    const enum err e = blocks(&f);
    if (e != OK)
        arena_rewind(arena, mark);
    else
        *out = buffer_bytes(&f.out);
    return e;
}
