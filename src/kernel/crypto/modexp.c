#include "crypto/modexp.h"

#include <gmp.h>

_Static_assert(sizeof(mp_limb_t) == 8 && GMP_NAIL_BITS == 0, "limbs of 64 bits");

static struct bytes without_leading_zeros(struct bytes x)
{
    while (x.len && x.ptr[0] == 0)
        x = bytes_of(x.ptr + 1, x.len - 1);
    return x;
}

/* A read-only mpz over limbs in the arena. */
static void mpz_from_bytes(mpz_t out, struct arena *scratch, struct bytes x)
{
    const size_t count = (x.len + 7) / 8;
    mp_limb_t *limb = ARENA_TAKE(scratch, mp_limb_t, count);
    for (size_t i = 0; i < count; i++) {
        const size_t end = x.len - 8 * i; /* the limb is the up to 8 bytes before end */
        if (end >= 8) {
            limb[i] = load_be64(x.ptr + end - 8);
        } else {
            limb[i] = 0;
            for (size_t j = 0; j < end; j++)
                limb[i] = limb[i] << 8 | x.ptr[j];
        }
    }
    mpz_roinit_n(out, limb, (mp_size_t)count);
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
    mpz_t b, e, m, r;
    mpz_from_bytes(b, scratch, without_leading_zeros(base));
    mpz_from_bytes(e, scratch, without_leading_zeros(exponent));
    mpz_from_bytes(m, scratch, modulus);
    mpz_init(r);
    mpz_powm(r, b, e, m);
    const mp_limb_t *limb = mpz_limbs_read(r);
    const size_t size = mpz_sgn(r) ? (mpz_sizeinbase(r, 2) + 7) / 8 : 0;
    for (size_t i = 0; i < size; i++)
        out[len - 1 - i] = (u8)(limb[i / 8] >> 8 * (i % 8));
    mpz_clear(r);
    arena_rewind(scratch, mark);
}
