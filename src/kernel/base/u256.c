#include "base/u256.h"

/* Division after Knuth (The Art of Computer Programming 2, 4.3.1, algorithm D) with reciprocals instead of
 * division instructions: Moeller and Granlund, "Improved division by invariant integers", 2011,
 * whose names for algorithms are used below. */

/* Algorithm 3's precondition: d has its top bit set. floor((2^128 - 1) / d) - 2^64. */
static inline u64 reciprocal_word(u64 d)
{
#ifdef __x86_64__
    u64 quotient, remainder;
    __asm__("divq %4" : "=a"(quotient), "=d"(remainder) : "a"(~(u64)0), "d"(~d), "r"(d) : "cc");
    return quotient;
#else
    /* Newton: each step doubles the number of right bits, the last corrects by comparison. */
    const u64 d9 = d >> 55, d40 = (d >> 24) + 1, d63 = (d >> 1) + (d & 1);
    const u64 v0 = ((1u << 19) - 3 * (1u << 8)) / d9;
    const u64 v1 = (v0 << 11) - (v0 * v0 * d40 >> 40) - 1;
    const u64 v2 = (v1 << 13) + (v1 * (((u64)1 << 60) - v1 * d40) >> 47);
    const u64 e = -(v2 * d63) + ((v2 >> 1) & -(d & 1));
    const u64 v3 = (v2 << 31) + ((u64)((u128)v2 * e >> 64) >> 1);
    return v3 - (u64)((((u128)v3 * d + d) >> 64) + d);
#endif
}

/* Algorithm 6: the same for d1:d0. floor((2^192 - 1) / d) - 2^64. */
static inline u64 reciprocal_two_words(u64 d1, u64 d0)
{
    u64 v = reciprocal_word(d1);
    u64 p = d1 * v + d0;
    if (p < d0) {
        v--;
        if (p >= d1) {
            v--;
            p -= d1;
        }
        p -= d1;
    }
    const u128 t = (u128)v * d0;
    p += (u64)(t >> 64);
    if (p < (u64)(t >> 64)) {
        v--;
        if (p > d1 || (p == d1 && (u64)t >= d0))
            v--;
    }
    return v;
}

/* Algorithm 5: u2:u1:u0 / d1:d0 for u2:u1 < d1:d0. */
static inline u64 divide_3_by_2(u128 *remainder, u64 u2, u64 u1, u64 u0, u64 d1, u64 d0, u64 v)
{
    const u128 d = (u128)d1 << 64 | d0;
    const u128 q = (u128)v * u2 + ((u128)u2 << 64 | u1);
    u64 q1 = (u64)(q >> 64);
    const u64 r1 = u1 - q1 * d1;
    u128 r = ((u128)r1 << 64 | u0) - (u128)d0 * q1 - d;
    q1++;
    if ((u64)(r >> 64) >= (u64)q) {
        q1--;
        r += d;
    }
    if (UNLIKELY(r >= d)) {
        q1++;
        r -= d;
    }
    *remainder = r;
    return q1;
}

#ifndef __x86_64__
/* Algorithm 4: u1:u0 / d for u1 < d. */
static inline u64 divide_2_by_1(u64 *remainder, u64 u1, u64 u0, u64 d, u64 v)
{
    const u128 q = (u128)v * u1 + (((u128)u1 << 64) | u0);
    u64 q1 = (u64)(q >> 64) + 1;
    u64 r = u0 - q1 * d;
    if (r > (u64)q) {
        q1--;
        r += d;
    }
    if (UNLIKELY(r >= d)) {
        q1++;
        r -= d;
    }
    *remainder = r;
    return q1;
}
#endif

/* u1:u0 / d for u1 < d, without preparation: the processor's own division, where there is one, is as fast as a
 * reciprocal that is used once. */
static inline u64 divide_once(u64 *remainder, u64 u1, u64 u0, u64 d)
{
#ifdef __x86_64__
    u64 quotient;
    __asm__("divq %4" : "=a"(quotient), "=d"(*remainder) : "a"(u0), "d"(u1), "r"(d) : "cc");
    return quotient;
#else
    const unsigned shift = (unsigned)__builtin_clzll(d);
    const u64 normal = d << shift;
    const u64 quotient =
        divide_2_by_1(remainder, u1 << shift | u0 >> 1 >> (63 - shift), u0 << shift, normal, reciprocal_word(normal));
    *remainder >>= shift;
    return quotient;
#endif
}

/* u (count + 1 limbs, the top one below d's) becomes its remainder in the low n limbs; q gets count - n + 1 limbs.
 * d has n >= 3 limbs and its top bit set. q may be NULL. */
static inline void divide_long(u64 *q, u64 *u, int count, const u64 *d, int n)
{
    const u64 d1 = d[n - 1], d0 = d[n - 2];
    const u64 v = reciprocal_two_words(d1, d0);
    for (int j = count - n; j >= 0; j--) {
        u64 *top = u + j + n;
        u64 quotient;
        if (UNLIKELY(top[0] == d1 && top[-1] == d0)) {
            quotient = ~(u64)0; /* the one case in which divide_3_by_2 would overflow */
            u64 carry = 0;
            unsigned char borrow = 0;
            for (int i = 0; i < n; i++) {
                const u128 p = (u128)quotient * d[i] + carry;
                carry = (u64)(p >> 64);
                u[j + i] = sub_borrow(u[j + i], (u64)p, &borrow);
            }
            top[0] = top[0] - carry - borrow;
        } else {
            u128 r;
            quotient = divide_3_by_2(&r, top[0], top[-1], top[-2], d1, d0, v);
            u64 carry = 0;
            unsigned char borrow = 0;
            for (int i = 0; i < n - 2; i++) {
                const u128 p = (u128)quotient * d[i] + carry;
                carry = (u64)(p >> 64);
                u[j + i] = sub_borrow(u[j + i], (u64)p, &borrow);
            }
            u64 r0 = sub_borrow((u64)r, carry, &borrow);
            u64 r1 = sub_borrow((u64)(r >> 64), 0, &borrow);
            if (UNLIKELY(borrow)) { /* one too many: add d back */
                quotient--;
                unsigned char back = 0;
                for (int i = 0; i < n - 2; i++)
                    u[j + i] = add_carry(u[j + i], d[i], &back);
                r0 = add_carry(r0, d0, &back);
                r1 = add_carry(r1, d1, &back);
            }
            top[-2] = r0;
            top[-1] = r1;
            top[0] = 0;
        }
        if (q)
            q[j] = quotient;
    }
}

static inline int limbs_of(const u64 *w, int n)
{
    while (n > 0 && w[n - 1] == 0)
        n--;
    return n;
}

/* x (count limbs, at most 8) divided by y (n limbs, top one not 0): q gets count limbs unless NULL, rem 4. */
static inline void divide_words(u64 *q, u64 rem[4], const u64 *x, int count, const u64 *y, int n)
{
    if (n == 1) {
        const u64 d = y[0];
        int j = count - 1;
        u64 r = 0;
        if (x[j] < d) {
            r = x[j];
            if (q)
                q[j] = 0;
            j--;
        }
        for (; j >= 0; j--) {
            const u64 quotient = divide_once(&r, r, x[j], d);
            if (q)
                q[j] = quotient;
        }
        rem[0] = r;
        rem[1] = rem[2] = rem[3] = 0;
        return;
    }
    const unsigned shift = (unsigned)__builtin_clzll(y[n - 1]);
    u64 d[4], u[9];
    for (int i = n - 1; i > 0; i--)
        d[i] = y[i] << shift | y[i - 1] >> 1 >> (63 - shift);
    d[0] = y[0] << shift;
    u[count] = x[count - 1] >> 1 >> (63 - shift);
    for (int i = count - 1; i > 0; i--)
        u[i] = x[i] << shift | x[i - 1] >> 1 >> (63 - shift);
    u[0] = x[0] << shift;

    if (n == 2) {
        const u64 v = reciprocal_two_words(d[1], d[0]);
        u128 r = (u128)u[count] << 64 | u[count - 1];
        if (q)
            q[count - 1] = 0;
        for (int j = count - 2; j >= 0; j--) {
            const u64 quotient = divide_3_by_2(&r, (u64)(r >> 64), (u64)r, u[j], d[1], d[0], v);
            if (q)
                q[j] = quotient;
        }
        r >>= shift;
        rem[0] = (u64)r;
        rem[1] = (u64)(r >> 64);
        rem[2] = rem[3] = 0;
        return;
    }
    if (q)
        for (int j = count - n + 1; j < count; j++)
            q[j] = 0;
    if (n == 3)
        divide_long(q, u, count, d, 3);
    else
        divide_long(q, u, count, d, 4);
    for (int i = 0; i < n - 1; i++)
        rem[i] = u[i] >> shift | u[i + 1] << 1 << (63 - shift);
    rem[n - 1] = u[n - 1] >> shift;
    if (n == 3)
        rem[3] = 0;
}

void u256_divmod(u256 *q, u256 *rem, const u256 *x, const u256 *y)
{
    u256 quotient = {{0, 0, 0, 0}}, remainder = {{0, 0, 0, 0}};
    const int n = limbs_of(y->w, 4), count = limbs_of(x->w, 4);
    if (n == 0 || count == 0) {
        /* both 0 */
    } else if (count == 1 && n == 1) {
        quotient.w[0] = x->w[0] / y->w[0];
        remainder.w[0] = x->w[0] % y->w[0];
    } else if (count < n || u256_lt(x, y)) {
        remainder = *x;
    } else {
        divide_words(quotient.w, remainder.w, x->w, count, y->w, n);
    }
    if (q)
        *q = quotient;
    if (rem)
        *rem = remainder;
}

static u256 negated(const u256 *x)
{
    const u256 zero = {{0, 0, 0, 0}};
    u256 r;
    u256_sub(&r, &zero, x);
    return r;
}

static u256 magnitude(const u256 *x)
{
    return u256_is_negative(x) ? negated(x) : *x;
}

void u256_sdiv(u256 *q, const u256 *x, const u256 *y)
{
    const bool negative = u256_is_negative(x) != u256_is_negative(y);
    const u256 mx = magnitude(x), my = magnitude(y);
    u256_divmod(q, NULL, &mx, &my);
    if (negative)
        *q = negated(q);
}

void u256_smod(u256 *rem, const u256 *x, const u256 *y)
{
    const bool negative = u256_is_negative(x);
    const u256 mx = magnitude(x), my = magnitude(y);
    u256_divmod(NULL, rem, &mx, &my);
    if (negative)
        *rem = negated(rem);
}

#ifdef U256_ASSEMBLY
/* p[0..4] += x y, p[4] being 0 before: the low halves of the four products in one chain of carries, the high ones in
 * another. */
static inline void multiply_row(u64 p[5], u64 x, const u256 *y)
{
    const u128 t0 = (u128)x * y->w[0], t1 = (u128)x * y->w[1], t2 = (u128)x * y->w[2], t3 = (u128)x * y->w[3];
    u64 p0 = p[0], p1 = p[1], p2 = p[2], p3 = p[3], p4 = 0;
    __asm__("addq %5, %0\n\tadcq %6, %1\n\tadcq %7, %2\n\tadcq %8, %3\n\tadcq $0, %4\n\t"
            "addq %9, %1\n\tadcq %10, %2\n\tadcq %11, %3\n\tadcq %12, %4"
            : "+&r"(p0), "+&r"(p1), "+&r"(p2), "+&r"(p3), "+&r"(p4)
            : "rm"((u64)t0), "rm"((u64)t1), "rm"((u64)t2), "rm"((u64)t3), "rm"((u64)(t0 >> 64)), "rm"((u64)(t1 >> 64)),
              "rm"((u64)(t2 >> 64)), "rm"((u64)(t3 >> 64))
            : "cc");
    p[0] = p0;
    p[1] = p1;
    p[2] = p2;
    p[3] = p3;
    p[4] = p4;
}
#else
static inline void multiply_row(u64 p[5], u64 x, const u256 *y)
{
    u64 carry = 0;
    for (int j = 0; j < 4; j++) {
        const u128 t = (u128)x * y->w[j] + p[j] + carry;
        p[j] = (u64)t;
        carry = (u64)(t >> 64);
    }
    p[4] = carry;
}
#endif

/* The full product, 8 limbs. */
static inline void multiply_full(u64 p[8], const u256 *x, const u256 *y)
{
    p[0] = p[1] = p[2] = p[3] = 0;
    for (int i = 0; i < 4; i++)
        multiply_row(p + i, x->w[i], y);
}

bool u256_mul_overflows(u256 *r, const u256 *x, const u256 *y)
{
    u64 p[8];
    multiply_full(p, x, y);
    memcpy(r->w, p, sizeof r->w);
    return (p[4] | p[5] | p[6] | p[7]) != 0;
}

void u256_addmod(u256 *r, const u256 *x, const u256 *y, const u256 *m)
{
    const int n = limbs_of(m->w, 4);
    if (n == 0) {
        *r = (u256){{0, 0, 0, 0}};
        return;
    }
    u256 sum;
    const bool carry = u256_add(&sum, x, y);
    /* the usual case: x and y are below m or nearly, so one subtraction does it */
    u256 less;
    const bool below = u256_sub(&less, &sum, m);
    if (!carry && below) {
        *r = sum;
        return;
    }
    if (carry == below && u256_lt(&less, m)) {
        *r = less;
        return;
    }
    const u64 u[5] = {sum.w[0], sum.w[1], sum.w[2], sum.w[3], carry};
    divide_words(NULL, r->w, u, limbs_of(u, 5), m->w, n);
}

void u256_mulmod(u256 *r, const u256 *x, const u256 *y, const u256 *m)
{
    const int n = limbs_of(m->w, 4);
    u64 p[8];
    multiply_full(p, x, y);
    const int count = limbs_of(p, 8);
    if (n == 0 || count == 0) {
        *r = (u256){{0, 0, 0, 0}};
        return;
    }
    if (count <= 4) {
        const u256 product = {{p[0], p[1], p[2], p[3]}};
        u256_divmod(NULL, r, &product, m);
        return;
    }
    divide_words(NULL, r->w, p, count, m->w, n);
}

void u256_modulus_init(struct u256_modulus *out, const u256 *m)
{
    out->m = *m;
    out->shift = 256 - u256_bit_length(m);
    u256_shl(&out->scaled, m, out->shift);
    /* (2^512 - 1) / d - 2^256 = (2^512 - 1 - 2^256 d) / d, a number whose high half is ~d, below d */
    u64 u[8];
    for (int i = 0; i < 4; i++) {
        u[i] = ~(u64)0;
        u[i + 4] = ~out->scaled.w[i];
    }
    divide_long(out->inverse.w, u, 7, out->scaled.w, 4);
}

/* divide_2_by_1 with words of 256 bits: x y 2^shift / scaled. It needs a high word below scaled, which x < m gives. */
void u256_mulmod_prepared(u256 *r, const u256 *x, const u256 *y, const struct u256_modulus *m)
{
    u256 reduced;
    if (!u256_lt(x, &m->m)) {
        if (u256_lt(y, &m->m)) {
            const u256 *swap = x;
            x = y;
            y = swap;
        } else {
            u256_divmod(NULL, &reduced, x, &m->m);
            x = &reduced;
        }
    }
    u256 scaled;
    u64 p[8], t[8];
    u256_shl(&scaled, x, m->shift);
    multiply_full(p, &scaled, y);
    const u256 low = {{p[0], p[1], p[2], p[3]}}, high = {{p[4], p[5], p[6], p[7]}};
    multiply_full(t, &high, &m->inverse);
    unsigned char carry = 0;
    for (int i = 0; i < 8; i++)
        t[i] = add_carry(t[i], p[i], &carry);
    const u256 q0 = {{t[0], t[1], t[2], t[3]}}, one = {{1, 0, 0, 0}};
    u256 q1 = {{t[4], t[5], t[6], t[7]}}, rest, product;
    u256_add(&q1, &q1, &one);
    u256_mul(&product, &q1, &m->scaled);
    u256_sub(&rest, &low, &product);
    if (u256_lt(&q0, &rest))
        u256_add(&rest, &rest, &m->scaled);
    if (UNLIKELY(!u256_lt(&rest, &m->scaled)))
        u256_sub(&rest, &rest, &m->scaled);
    u256_shr(r, &rest, m->shift);
}

void u256_exp(u256 *r, const u256 *x, const u256 *y)
{
    const u256 base = *x, exponent = *y;
    const unsigned bits = u256_bit_length(&exponent);
    u256 result = {{1, 0, 0, 0}};
    if (u256_fits_u64(&base) && base.w[0] != 0 && (base.w[0] & (base.w[0] - 1)) == 0) {
        /* a power of two, as compilers write shifts */
        const u64 log = (u64)__builtin_ctzll(base.w[0]);
        const u64 e = u256_saturate_u64(&exponent);
        u256_shl(r, &result, log == 0 ? 0 : e < 256 ? (unsigned)(e * log) : 256);
        return;
    }
    for (unsigned i = bits; i-- > 0;) {
        u256_mul(&result, &result, &result);
        if (exponent.w[i / 64] >> (i % 64) & 1)
            u256_mul(&result, &result, &base);
    }
    *r = result;
}
