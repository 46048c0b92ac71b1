/* What a freestanding compiler asks for, and base/err.h's bug(). Memory is walked by words where both sides allow it:
 * the machine has no misaligned access. */
#include "base/err.h"
#include "image/platform.h"

#undef memcpy
#undef memmove
#undef memset
#undef memcmp

size_t strlen(const char *text);
u128 __udivti3(u128 x, u128 y);

enum { WORD = 8 };

/* A word of the program's own memory, of whatever type. */
typedef u64 __attribute__((may_alias)) word;

static bool same_offset(const void *a, const void *b)
{
    return ((uintptr_t)a ^ (uintptr_t)b) % WORD == 0;
}

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
    u8 *t = to;
    const u8 *f = from;
    if (len >= 2 * WORD && same_offset(t, f)) {
        for (; (uintptr_t)t % WORD; len--)
            *t++ = *f++;
        for (; len >= 4 * WORD; len -= 4 * WORD, t += 4 * WORD, f += 4 * WORD) {
            const u64 a = ((const word *)f)[0], b = ((const word *)f)[1], c = ((const word *)f)[2],
                      d = ((const word *)f)[3];
            ((word *)t)[0] = a;
            ((word *)t)[1] = b;
            ((word *)t)[2] = c;
            ((word *)t)[3] = d;
        }
        for (; len >= WORD; len -= WORD, t += WORD, f += WORD)
            *(word *)t = *(const word *)f;
    } else if (len >= 4 * WORD) { /* words of the one, put together from two of the other */
        for (; (uintptr_t)t % WORD; len--)
            *t++ = *f++;
        const unsigned low = 8 * ((uintptr_t)f % WORD), high = 64 - low;
        const word *aligned = (const word *)(f - low / 8);
        u64 before = *aligned++;
        for (; len >= 5 * WORD; len -= 4 * WORD, t += 4 * WORD, f += 4 * WORD, aligned += 4) {
            const u64 a = aligned[0], b = aligned[1], c = aligned[2], d = aligned[3];
            ((word *)t)[0] = before >> low | a << high;
            ((word *)t)[1] = a >> low | b << high;
            ((word *)t)[2] = b >> low | c << high;
            ((word *)t)[3] = c >> low | d << high;
            before = d;
        }
        for (; len >= 2 * WORD; len -= WORD, t += WORD, f += WORD) { /* the last word read has bytes of ours */
            const u64 after = *aligned++;
            *(word *)t = before >> low | after << high;
            before = after;
        }
    }
    for (; len; len--)
        *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, size_t len)
{
    u8 *t = to;
    const u8 *f = from;
    if ((uintptr_t)t - (uintptr_t)f >= len) { /* also where t is below f: words are read before they are overwritten */
        if (t > f || (size_t)(f - t) >= 4 * WORD)
            return memcpy(to, from, len);
        for (; len; len--)
            *t++ = *f++;
        return to;
    }
    while (len--)
        t[len] = f[len];
    return to;
}

void *memset(void *to, int byte, size_t len)
{
    u8 *t = to;
    const u64 all = (u8)byte * 0x0101010101010101u;
    if (len >= 2 * WORD) {
        for (; (uintptr_t)t % WORD; len--)
            *t++ = (u8)byte;
        for (; len >= 4 * WORD; len -= 4 * WORD, t += 4 * WORD) {
            ((word *)t)[0] = all;
            ((word *)t)[1] = all;
            ((word *)t)[2] = all;
            ((word *)t)[3] = all;
        }
        for (; len >= WORD; len -= WORD, t += WORD)
            *(word *)t = all;
    }
    for (; len; len--)
        *t++ = (u8)byte;
    return to;
}

int memcmp(const void *here, const void *there, size_t len)
{
    const u8 *h = here, *t = there;
    if (same_offset(h, t)) {
        for (; len && (uintptr_t)h % WORD; len--, h++, t++)
            if (*h != *t)
                return *h < *t ? -1 : 1;
        for (; len >= WORD && *(const word *)h == *(const word *)t; len -= WORD, h += WORD, t += WORD)
            ;
    }
    for (; len; len--, h++, t++)
        if (*h != *t)
            return *h < *t ? -1 : 1;
    return 0;
}

size_t strlen(const char *text)
{
    size_t len = 0;
    while (text[len])
        len++;
    return len;
}

/* Bit by bit: one quotient a block (chain/header.c). */
u128 __udivti3(u128 x, u128 y)
{
    if ((u64)(x >> 64) == 0 && (u64)(y >> 64) == 0)
        return y ? (u64)x / (u64)y : ~(u128)0;
    u128 quotient = 0, left = 0;
    for (unsigned i = 128; i-- > 0;) {
        const bool carry = left >> 127;
        left = left << 1 | (x >> i & 1);
        if (carry || left >= y) {
            left -= y;
            quotient |= (u128)1 << i;
        }
    }
    return quotient;
}

_Noreturn void bug(const char *file, int line, const char *what)
{
    (void)line;
    write_log("BUG");
    write_log(file);
    write_log(what);
    halt(EXIT_BUG);
}
