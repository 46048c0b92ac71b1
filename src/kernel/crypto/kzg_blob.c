#include "crypto/kzg_blob.h"

#include "crypto/kzg_proof.h"
#include "crypto/kzg_scalar.h"

enum { ELEMENTS_LOG2 = 12, ELEMENTS = 1 << ELEMENTS_LOG2 };
_Static_assert(ELEMENTS * 32 == KZG_BLOB_BYTES, "a blob is 4096 elements of 32 bytes");

/* An element of the scalar field, in Montgomery form. */
typedef u256 element;

/* 7^((r - 1) / 4096): 7 generates the field's multiplicative group. */
static const element omega = {{0xf2df262c09458a39, 0x048cdf5b99dff177, 0x16857bc5c7cce57b, 0x043b3dbca4a915ae}};
/* 1 / 4096 */
static const element weight = {{0, 0, 0, 0x0010000000000000}};

static enum err read_element(element *out, const u8 in[32])
{
    const u256 x = u256_from_be(in);
    if (!u256_lt(&x, &kzg_r.m))
        return REJECT_FIELD;
    modulus_mul(out, &x, &kzg_r.square, &kzg_r);
    return OK;
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
static enum err weighted_sum(element *out, const struct kzg_blob *blob, const element *z)
{
    element w = kzg_r.one, product = w, sum = {{0}};
    for (u32 i = 0; i < ELEMENTS; i++) {
        element f, difference;
        TRY(read_element(&f, blob->b + (size_t)32 * bit_reversed(i)));
        modulus_mul(&f, &f, &w, &kzg_r);
        modulus_mul(&f, &f, &product, &kzg_r);
        modulus_sub(&difference, z, &w, &kzg_r);
        modulus_mul(&sum, &sum, &difference, &kzg_r);
        modulus_add(&sum, &sum, &f, &kzg_r);
        modulus_mul(&product, &product, &difference, &kzg_r);
        modulus_mul(&w, &w, &omega, &kzg_r);
    }
    *out = sum;
    return OK;
}

enum err kzg_blob_evaluate(hash32 *y, const struct kzg_blob *blob, const hash32 *z)
{
    static const u256 one = {{1, 0, 0, 0}};
    element at, sum;
    TRY(read_element(&at, z->b));
    TRY(weighted_sum(&sum, blob, &at));
    modulus_mul(&sum, &sum, &weight, &kzg_r);
    modulus_mul(&sum, &sum, &one, &kzg_r); /* out of Montgomery form */
    u256_to_be(y->b, &sum);
    return OK;
}

enum err kzg_blob_verify(const struct kzg_blob *blob, const struct kzg_point *commitment, const struct kzg_point *proof)
{
    hash32 z, y;
    kzg_challenge(&z, blob, commitment);
    TRY(kzg_blob_evaluate(&y, blob, &z));
    return kzg_proof_verify(commitment->b, &z, &y, proof->b);
}
