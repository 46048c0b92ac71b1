#include "crypto/kzg_blob.h"

#include "crypto/kzg_proof.h"

#include <blst.h>

enum { ELEMENTS_LOG2 = 12, ELEMENTS = 1 << ELEMENTS_LOG2 };
_Static_assert(ELEMENTS * 32 == KZG_BLOB_BYTES, "a blob is 4096 elements of 32 bytes");

static enum err read_element(blst_fr *out, const u8 in[32])
{
    blst_scalar scalar;
    if (memcmp(in, kzg_scalar_modulus.b, 32) >= 0)
        return REJECT_FIELD;
    blst_scalar_from_bendian(&scalar, in);
    blst_fr_from_scalar(out, &scalar);
    return OK;
}

static blst_fr from_u64(u64 x)
{
    const u64 limbs[4] = {x, 0, 0, 0};
    blst_fr out;
    blst_fr_from_uint64(&out, limbs);
    return out;
}

/* 7^((r - 1) / 4096): 7 generates the field's multiplicative group. */
static blst_fr root_of_unity(void)
{
    enum { BITS = 256 };
    const blst_fr seven = from_u64(7);
    blst_fr x = from_u64(1);
    for (u32 i = 0; i < BITS - ELEMENTS_LOG2; i++) { /* bits of r, the highest first; its low 12 are those of 1 */
        blst_fr_sqr(&x, &x);
        if (kzg_scalar_modulus.b[i / 8] >> (7 - i % 8) & 1)
            blst_fr_mul(&x, &x, &seven);
    }
    return x;
}

static u32 bit_reversed(u32 i)
{
    u32 r = 0;
    for (u32 bit = 0; bit < ELEMENTS_LOG2; bit++)
        r |= (i >> bit & 1) << (ELEMENTS_LOG2 - 1 - bit);
    return r;
}

/* sum = sum_i f_i w_i prod_{j != i} (z - w_j), one i after the other: with the product of all so far,
 * sum' = sum (z - w) + f w product, product' = product (z - w). */
static enum err weighted_sum(blst_fr *out, const struct kzg_blob *blob, const blst_fr *z)
{
    const blst_fr omega = root_of_unity();
    blst_fr w = from_u64(1), product = w, sum = from_u64(0);
    for (u32 i = 0; i < ELEMENTS; i++) {
        blst_fr f, difference;
        TRY(read_element(&f, blob->b + (size_t)32 * bit_reversed(i)));
        blst_fr_mul(&f, &f, &w);
        blst_fr_mul(&f, &f, &product);
        blst_fr_sub(&difference, z, &w);
        blst_fr_mul(&sum, &sum, &difference);
        blst_fr_add(&sum, &sum, &f);
        blst_fr_mul(&product, &product, &difference);
        blst_fr_mul(&w, &w, &omega);
    }
    *out = sum;
    return OK;
}

enum err kzg_blob_evaluate(hash32 *y, const struct kzg_blob *blob, const hash32 *z)
{
    blst_fr at, sum;
    TRY(read_element(&at, z->b));
    TRY(weighted_sum(&sum, blob, &at));
    for (u32 i = 0; i < ELEMENTS_LOG2; i++)
        blst_fr_rshift(&sum, &sum, 1); /* a half, modulo r */
    blst_scalar scalar;
    blst_scalar_from_fr(&scalar, &sum);
    blst_bendian_from_scalar(y->b, &scalar);
    return OK;
}

enum err kzg_blob_verify(const struct kzg_blob *blob, const struct kzg_point *commitment, const struct kzg_point *proof)
{
    hash32 z, y;
    kzg_challenge(&z, blob, commitment);
    TRY(kzg_blob_evaluate(&y, blob, &z));
    return kzg_proof_verify(commitment->b, &z, &y, proof->b);
}
