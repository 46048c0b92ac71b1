#include "codec/hex.h"

#include "crypto/keccak.h"

#define BAD     0xff
#define BAD8    BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD
#define BAD16   BAD8, BAD8
#define BAD128  BAD16, BAD16, BAD16, BAD16, BAD16, BAD16, BAD16, BAD16
#define LETTERS BAD, 10, 11, 12, 13, 14, 15, BAD, BAD8

static const u8 value[256] = {
    BAD16,   BAD16, BAD16,                                                    /* 0x00 */
    0,       1,     2,     3, 4, 5, 6, 7, 8, 9, BAD, BAD, BAD, BAD, BAD, BAD, /* 0x30, '0' */
    LETTERS, BAD16,                                                           /* 0x40, 'A' at 0x41 */
    LETTERS, BAD16,                                                           /* 0x60, 'a' at 0x61 */
    BAD128,
};

static const char digit[] = "0123456789abcdef";

unsigned hex_digit(u8 c)
{
    return value[c];
}

static struct bytes without_prefix(struct bytes text)
{
    const bool prefix = text.len >= 2 && text.ptr[0] == '0' && (text.ptr[1] == 'x' || text.ptr[1] == 'X');
    return prefix ? bytes_of(text.ptr + 2, text.len - 2) : text;
}

/* 2 * len digits into out; false when one of them is none, with out spoilt. Faults are collected and
 * looked at once, so that the loop has no branch. */
static bool decode_digits(u8 *out, size_t len, const u8 *digits)
{
    u8 fault = 0;
    for (size_t i = 0; i < len; i++) {
        const u8 high = value[digits[2 * i]], low = value[digits[2 * i + 1]];
        fault |= high | low;
        out[i] = (u8)(high << 4 | low);
    }
    return fault <= 15;
}

enum err hex_fixed(u8 *out, size_t len, struct bytes text)
{
    const struct bytes digits = without_prefix(text);
    if (digits.len != 2 * len)
        return REJECT_HEX;
    for (size_t i = 0; i < digits.len; i++)
        if (value[digits.ptr[i]] > 15)
            return REJECT_HEX;
    if (!decode_digits(out, len, digits.ptr))
        BUG("checked digits do not decode");
    return OK;
}

enum err hex_bytes(struct arena *arena, struct bytes *out, struct bytes text)
{
    const struct bytes digits = without_prefix(text);
    if (digits.len % 2)
        return REJECT_HEX;
    const size_t len = digits.len / 2;
    const struct arena_mark mark = arena_mark(arena);
    u8 *data = arena_take(arena, len);
    if (!decode_digits(data, len, digits.ptr)) {
        arena_rewind(arena, mark);
        return REJECT_HEX;
    }
    *out = bytes_of(data, len);
    return OK;
}

void hex_write(u8 *out, const u8 *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = (u8)digit[data[i] >> 4];
        out[2 * i + 1] = (u8)digit[data[i] & 15];
    }
}

void hex_add(struct buffer *b, struct bytes data)
{
    u8 *p = buffer_extend(b, 2 + 2 * data.len);
    p[0] = '0';
    p[1] = 'x';
    hex_write(p + 2, data.ptr, data.len);
}

/* EIP-55: a letter is a capital where the same nibble of the hash of the lower case digits is above 7. */
void address_write(u8 out[42], const address *a)
{
    u8 *digits = out + 2;
    hash32 hash;
    out[0] = '0';
    out[1] = 'x';
    hex_write(digits, a->b, 20);
    keccak256(&hash, digits, 40);
    for (size_t i = 0; i < 40; i++) {
        const u8 nibble = i % 2 ? hash.b[i / 2] & 15 : hash.b[i / 2] >> 4;
        if (digits[i] >= 'a' && nibble > 7)
            digits[i] = (u8)(digits[i] - 'a' + 'A');
    }
}

void address_add(struct buffer *b, const address *a)
{
    address_write(buffer_extend(b, 42), a);
}

enum err address_read(address *out, struct bytes text)
{
    const struct bytes digits = without_prefix(text);
    address a;
    if (digits.len != 40)
        return REJECT_HEX;
    TRY(hex_fixed(a.b, 20, digits));
    bool lower = false, upper = false;
    for (size_t i = 0; i < 40; i++) {
        lower = lower || digits.ptr[i] >= 'a';
        upper = upper || (digits.ptr[i] >= 'A' && digits.ptr[i] <= 'F');
    }
    if (lower && upper) {
        u8 right[42];
        address_write(right, &a);
        if (memcmp(right + 2, digits.ptr, 40) != 0)
            return REJECT_CHECKSUM;
    }
    *out = a;
    return OK;
}
