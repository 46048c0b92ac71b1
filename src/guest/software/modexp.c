/* base^exponent mod modulus (EIP-198) in C: from the highest bit of the exponent, square and multiply; products are
 * reduced by long division (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D), digits of 32 bits. */
#include "crypto/modexp.h"

static struct bytes without_leading_zeros(struct bytes x)
{
    while (x.len && x.ptr[0] == 0)
        x = bytes_of(x.ptr + 1, x.len - 1);
    return x;
}

/* Digits, least significant first. */
struct number {
    u32 *digit;
    size_t count;
};

static void trim(struct number *x)
{
    while (x->count && x->digit[x->count - 1] == 0)
        x->count--;
}

static struct number number_of(struct arena *scratch, struct bytes x)
{
    struct number r = {ARENA_TAKE(scratch, u32, x.len / 4 + 2), (x.len + 3) / 4}; /* one to spare */
    memset(r.digit, 0, (x.len / 4 + 2) * sizeof(u32));
    for (size_t i = 0; i < x.len; i++)
        r.digit[i / 4] |= (u32)x.ptr[x.len - 1 - i] << 8 * (i % 4);
    return r;
}

/* A modulus moved up so that its highest bit is set. */
struct divisor {
    struct number m;
    unsigned shift;
};

static void shift_up(u32 *x, size_t count, unsigned by)
{
    u32 carry = 0;
    for (size_t i = 0; i < count; i++) {
        const u64 wide = (u64)x[i] << by | carry;
        x[i] = (u32)wide;
        carry = (u32)(wide >> 32);
    }
}

static void shift_down(u32 *x, size_t count, unsigned by)
{
    u32 carry = 0;
    for (size_t i = count; i-- > 0;) {
        const u64 wide = ((u64)carry << 32 | x[i]) >> by;
        carry = x[i] & ((1u << by) - 1);
        x[i] = (u32)wide;
    }
}

/* u[0..n] -= q v; whether it was too much. */
static bool subtract_multiple(u32 *u, const u32 *v, size_t n, u32 q)
{
    u64 carry = 0;
    for (size_t i = 0; i < n; i++) {
        const u64 product = (u64)q * v[i] + carry;
        const u32 low = (u32)product;
        carry = (product >> 32) + (u[i] < low);
        u[i] -= low;
    }
    const bool borrow = u[n] < carry;
    u[n] -= (u32)carry;
    return borrow;
}

static void add_back(u32 *u, const u32 *v, size_t n)
{
    u64 carry = 0;
    for (size_t i = 0; i < n; i++) {
        carry += (u64)u[i] + v[i];
        u[i] = (u32)carry;
        carry >>= 32;
    }
    u[n] += (u32)carry;
}

static u32 estimate(const u32 *u, const u32 *v, size_t n)
{
    const u64 top = (u64)u[n] << 32 | u[n - 1];
    u64 q = top / v[n - 1], left = top % v[n - 1];
    const u32 second = n > 1 ? v[n - 2] : 0, third = n > 1 ? u[n - 2] : 0;
    while (q >> 32 || q * second > (left << 32 | third)) {
        q--;
        left += v[n - 1];
        if (left >> 32)
            break;
    }
    return (u32)q;
}

/* x mod m, in place; x has a digit to spare. */
static void reduce(struct number *x, const struct divisor *d)
{
    const size_t n = d->m.count;
    if (x->count >= n) {
        x->digit[x->count] = 0;
        shift_up(x->digit, x->count + 1, d->shift);
        for (size_t i = x->count - n + 1; i-- > 0;) {
            u32 *u = x->digit + i;
            if (subtract_multiple(u, d->m.digit, n, estimate(u, d->m.digit, n)))
                add_back(u, d->m.digit, n);
        }
        x->count = n;
        shift_down(x->digit, n, d->shift);
    }
    trim(x);
}

/* r = x y mod m, through product */
static void multiply(struct number *r, const struct number *x, const struct number *y, struct number *product,
                     const struct divisor *d)
{
    product->count = x->count + y->count;
    memset(product->digit, 0, product->count * sizeof(u32));
    for (size_t i = 0; i < x->count; i++) {
        u64 carry = 0;
        for (size_t j = 0; j < y->count; j++) {
            carry += (u64)x->digit[i] * y->digit[j] + product->digit[i + j];
            product->digit[i + j] = (u32)carry;
            carry >>= 32;
        }
        product->digit[i + y->count] = (u32)carry;
    }
    reduce(product, d);
    r->count = product->count;
    if (r->count)
        memcpy(r->digit, product->digit, r->count * sizeof(u32));
}

static void power(struct number *r, const struct number *base, struct bytes exponent, struct number *product,
                  const struct divisor *d)
{
    for (size_t i = 0; i < exponent.len; i++)
        for (unsigned bit = 8; bit-- > 0;) {
            multiply(r, r, r, product, d);
            if (exponent.ptr[i] >> bit & 1)
                multiply(r, r, base, product, d);
        }
}

void modexp(struct arena *scratch, u8 *out, struct bytes base, struct bytes exponent, struct bytes modulus)
{
    const size_t len = modulus.len;
    if (len)
        memset(out, 0, len);
    modulus = without_leading_zeros(modulus);
    if (modulus.len == 0)
        return;
    const struct arena_mark mark = arena_mark(scratch);
    struct divisor d = {.m = number_of(scratch, modulus)};
    trim(&d.m);
    d.shift = (unsigned)__builtin_clz(d.m.digit[d.m.count - 1]);
    shift_up(d.m.digit, d.m.count, d.shift);

    struct number b = number_of(scratch, without_leading_zeros(base));
    struct number r = {ARENA_TAKE(scratch, u32, d.m.count + 2), 1};
    struct number product = {ARENA_TAKE(scratch, u32, 2 * d.m.count + 2), 0};
    reduce(&b, &d);
    r.digit[0] = 1;
    reduce(&r, &d); /* 0 modulo 1 */
    power(&r, &b, without_leading_zeros(exponent), &product, &d);
    for (size_t i = 0; i < 4 * r.count && i < len; i++)
        out[len - 1 - i] = (u8)(r.digit[i / 4] >> 8 * (i % 4));
    arena_rewind(scratch, mark);
}
