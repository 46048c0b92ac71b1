#include "codec/number.h"

#include "codec/hex.h"

/* r = r * factor + digit; false, with r unchanged, when that needs more than 256 bits. */
static bool scale(u256 *r, u64 factor, u64 digit)
{
    u256 scaled;
    u128 carry = digit;
    for (int i = 0; i < 4; i++) {
        carry += (u128)r->w[i] * factor;
        scaled.w[i] = (u64)carry;
        carry >>= 64;
    }
    if (carry)
        return false;
    *r = scaled;
    return true;
}

static bool has_hex_prefix(struct bytes text)
{
    return text.len >= 2 && text.ptr[0] == '0' && (text.ptr[1] == 'x' || text.ptr[1] == 'X');
}

/* Digits up to the end of text. All of them are looked at, so that garbage behind a number that is
 * too large is malformed and not out of range. */
static enum err hex_digits(u256 *out, const u8 *digit, size_t len)
{
    u256 x = {{0}};
    bool fits = true;
    if (len == 0)
        return REJECT_NUMBER;
    for (size_t i = 0; i < len; i++) {
        const unsigned d = hex_digit(digit[i]);
        if (d > 15)
            return REJECT_NUMBER;
        fits = fits && scale(&x, 16, d);
    }
    if (!fits)
        return REJECT_NUMBER_RANGE;
    *out = x;
    return OK;
}

static enum err decimal_digits(u256 *out, const u8 *digit, size_t len)
{
    u256 x = {{0}};
    bool fits = true;
    if (len == 0)
        return REJECT_NUMBER;
    for (size_t i = 0; i < len; i++) {
        if (digit[i] < '0' || digit[i] > '9')
            return REJECT_NUMBER;
        fits = fits && scale(&x, 10, (u64)(digit[i] - '0'));
    }
    if (!fits)
        return REJECT_NUMBER_RANGE;
    *out = x;
    return OK;
}

enum err number_u256(u256 *out, struct bytes text)
{
    return has_hex_prefix(text) ? hex_digits(out, text.ptr + 2, text.len - 2) : decimal_digits(out, text.ptr, text.len);
}

static enum err narrow(u64 *out, const u256 *x)
{
    if (!u256_fits_u64(x))
        return REJECT_NUMBER_RANGE;
    *out = x->w[0];
    return OK;
}

enum err number_u64(u64 *out, struct bytes text)
{
    u256 x;
    TRY(number_u256(&x, text));
    return narrow(out, &x);
}

enum err quantity_u256(u256 *out, struct bytes text)
{
    if (!has_hex_prefix(text) || text.ptr[1] != 'x' || (text.len > 3 && text.ptr[2] == '0'))
        return REJECT_NUMBER;
    return hex_digits(out, text.ptr + 2, text.len - 2);
}

enum err quantity_u64(u64 *out, struct bytes text)
{
    u256 x;
    TRY(quantity_u256(&x, text));
    return narrow(out, &x);
}

static struct bytes trimmed(struct bytes text)
{
    while (text.len && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

/* The power of ten of the unit that text ends with, which is cut off. */
static unsigned take_unit(struct bytes *text)
{
    static const struct {
        struct bytes name;
        unsigned exponent;
    } unit[] = {
        {BYTES_LITERAL("ether"), 18},
        {BYTES_LITERAL("gwei"), 9},
        {BYTES_LITERAL("wei"), 0}, /* behind gwei, whose end it is */
    };
    for (size_t i = 0; i < COUNT_OF(unit); i++) {
        const struct bytes name = unit[i].name;
        if (text->len > name.len && bytes_eq(bytes_of(text->ptr + text->len - name.len, name.len), name)) {
            *text = trimmed(bytes_of(text->ptr, text->len - name.len));
            return unit[i].exponent;
        }
    }
    return 0;
}

static bool is_decimal(u8 c)
{
    return c >= '0' && c <= '9';
}

/* 1_000.25e3 as digits times ten to the power of shift: 100025, 1. */
struct scaled {
    u256 digits;
    i32 shift;
    bool fits;
};

static enum err scaled_digits(struct scaled *out, struct bytes text)
{
    struct scaled s = {.fits = true};
    bool point = false;
    size_t i = 0, after_point = 0;
    for (; i < text.len && text.ptr[i] != 'e' && text.ptr[i] != 'E'; i++) {
        const u8 c = text.ptr[i];
        if (is_decimal(c)) {
            s.fits = s.fits && scale(&s.digits, 10, (u64)(c - '0'));
            after_point += point;
            continue;
        }
        /* a point and the separator stand between digits */
        if (i == 0 || i + 1 >= text.len || !is_decimal(text.ptr[i - 1]) || !is_decimal(text.ptr[i + 1]))
            return REJECT_NUMBER;
        if (c == '.' && !point)
            point = true;
        else if (c != '_')
            return REJECT_NUMBER;
    }
    if (i == 0 || after_point > 1000)
        return REJECT_NUMBER;
    s.shift = -(i32)after_point;
    if (i < text.len) {
        u64 exponent;
        TRY(number_u64(&exponent, bytes_of(text.ptr + i + 1, text.len - i - 1)));
        if (has_hex_prefix(bytes_of(text.ptr + i + 1, text.len - i - 1)))
            return REJECT_NUMBER;
        if (exponent > 1000)
            return REJECT_NUMBER_RANGE;
        s.shift += (i32)exponent;
    }
    *out = s;
    return OK;
}

/* x = x / divisor; the remainder. Half a limb at a time: a machine without 128-bit division does it too. */
static u32 divide_limbs(u256 *x, u32 divisor)
{
    u64 rest = 0;
    for (int i = 3; i >= 0; i--) {
        const u64 high = rest << 32 | x->w[i] >> 32;
        const u64 low = high % divisor << 32 | (x->w[i] & 0xffffffff);
        x->w[i] = high / divisor << 32 | low / divisor;
        rest = low % divisor;
    }
    return (u32)rest;
}

enum err amount_u256(u256 *out, struct bytes text)
{
    if (has_hex_prefix(text))
        return number_u256(out, text);
    const unsigned unit = take_unit(&text);
    struct scaled s;
    TRY(scaled_digits(&s, text));
    s.shift += (i32)unit;
    if (!s.fits) /* more than 77 digits, whatever follows */
        return REJECT_NUMBER_RANGE;
    u256 x = s.digits;
    for (; s.shift < 0; s.shift++)
        if (divide_limbs(&x, 10) != 0)
            return REJECT_NUMBER; /* a part of a wei */
    for (; s.shift > 0 && !u256_is_zero(&x); s.shift--)
        if (!scale(&x, 10, 0))
            return REJECT_NUMBER_RANGE;
    *out = x;
    return OK;
}

/* The digits of x before end; their beginning. */
static u8 *decimal_before(u8 *end, u64 x, unsigned least)
{
    u8 *p = end;
    for (; x; x /= 10)
        *--p = (u8)('0' + x % 10);
    while (p > end - least)
        *--p = '0';
    return p;
}

void number_add_u64(struct buffer *b, u64 x)
{
    u8 text[20];
    const u8 *first = decimal_before(text + sizeof text, x, 1);
    buffer_add(b, first, (size_t)(text + sizeof text - first));
}

void number_add_u256(struct buffer *b, const u256 *x)
{
    u8 text[80]; /* 78 digits at most */
    u8 *first = text + sizeof text;
    u256 rest = *x;
    while (!u256_fits_u64(&rest))
        first = decimal_before(first, divide_limbs(&rest, 1000000000), 9);
    first = decimal_before(first, rest.w[0], first == text + sizeof text ? 1 : 0);
    buffer_add(b, first, (size_t)(text + sizeof text - first));
}

void quantity_add_u256(struct buffer *b, const u256 *x)
{
    static const char digit[] = "0123456789abcdef";
    const unsigned digits = u256_is_zero(x) ? 1 : (u256_bit_length(x) + 3) / 4;
    u8 *p = buffer_extend(b, 2 + digits);
    *p++ = '0';
    *p++ = 'x';
    for (unsigned i = digits; i-- > 0;)
        *p++ = (u8)digit[x->w[i / 16] >> (4 * (i % 16)) & 15];
}

void quantity_add_u64(struct buffer *b, u64 x)
{
    const u256 wide = u256_from_u64(x);
    quantity_add_u256(b, &wide);
}
