/* The standard's interface by the kernel's crypto: for the emulator with the kernel's libraries, in the software
 * library of the proving program (src/guest/software) with C in their place. ZKVM_EFAIL is each REJECT but that of a
 * signature or a proof that does not hold. */
#include "rv/zkvm_accelerators.h"

#include "crypto/blake2f.h"
#include "crypto/bls12_381.h"
#include "crypto/bn254.h"
#include "crypto/keccak.h"
#include "crypto/kzg_proof.h"
#include "crypto/modexp.h"
#include "crypto/p256.h"
#include "crypto/ripemd160.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"
#include "rv/zkvm_memory.h"

static zkvm_status zkvm_status_of(enum err e)
{
    BUG_UNLESS(e == OK || err_is_reject(e));
    return e == OK ? ZKVM_EOK : ZKVM_EFAIL;
}

static hash32 hash_of(const zkvm_bytes_32 *x)
{
    hash32 h;
    memcpy(h.b, x->data, sizeof h.b);
    return h;
}

/* ---- hashes ---- */

zkvm_status zkvm_keccak256(const uint8_t *data, size_t len, zkvm_keccak256_hash *output)
{
    keccak256((hash32 *)output->data, data, len);
    return ZKVM_EOK;
}

zkvm_status zkvm_sha256(const uint8_t *data, size_t len, zkvm_sha256_hash *output)
{
    sha256((hash32 *)output->data, data, len);
    return ZKVM_EOK;
}

zkvm_status zkvm_ripemd160(const uint8_t *data, size_t len, zkvm_ripemd160_hash *output)
{
    memset(output->data, 0, 12);
    ripemd160(output->data + 12, data, len);
    return ZKVM_EOK;
}

static u64 little_endian(const u8 *p)
{
    return __builtin_bswap64(load_be64(p));
}

zkvm_status zkvm_blake2f(uint32_t rounds, zkvm_blake2f_state *h, const zkvm_blake2f_message *m,
                         const zkvm_blake2f_offset *t, uint8_t f)
{
    u64 state[8], message[16];
    const u64 offset[2] = {little_endian(t->data), little_endian(t->data + 8)};
    if (f > 1)
        return ZKVM_EFAIL;
    for (unsigned i = 0; i < 8; i++)
        state[i] = little_endian(h->data + 8 * i);
    for (unsigned i = 0; i < 16; i++)
        message[i] = little_endian(m->data + 8 * i);
    blake2f(state, rounds, message, offset, f == 1);
    for (unsigned i = 0; i < 8; i++)
        store_be64(h->data + 8 * i, __builtin_bswap64(state[i]));
    return ZKVM_EOK;
}

/* ---- signatures ---- */

zkvm_status zkvm_secp256k1_ecrecover(const zkvm_secp256k1_hash *msg, const zkvm_secp256k1_signature *sig, uint8_t recid,
                                     zkvm_secp256k1_pubkey *output)
{
    const hash32 digest = hash_of(msg);
    struct signature signature = {.y_parity = recid};
    memcpy(signature.r.b, sig->data, 32);
    memcpy(signature.s.b, sig->data + 32, 32);
    return zkvm_status_of(secp256k1_recover_key(output->data, &digest, &signature));
}

zkvm_status zkvm_secp256r1_verify(const zkvm_secp256r1_hash *msg, const zkvm_secp256r1_signature *sig,
                                  const zkvm_secp256r1_pubkey *pubkey, bool *verified)
{
    const hash32 digest = hash_of(msg);
    hash32 number[4]; /* r, s, x, y */
    memcpy(number[0].b, sig->data, 64);
    memcpy(number[2].b, pubkey->data, 64);
    const enum err e = p256_verify(&digest, &number[0], &number[1], &number[2], &number[3]);
    *verified = e == OK;
    return e == REJECT_SIGNATURE ? ZKVM_EOK : zkvm_status_of(e);
}

/* ---- numbers ---- */

zkvm_status zkvm_modexp(const uint8_t *base, size_t base_len, const uint8_t *exp, size_t exp_len,
                        const uint8_t *modulus, size_t mod_len, uint8_t *output)
{
    struct arena arena;
    arena_init(&arena, &zkvm_memory);
    modexp(&arena, output, bytes_of(base, base_len), bytes_of(exp, exp_len), bytes_of(modulus, mod_len));
    arena_release(&arena);
    return ZKVM_EOK;
}

/* ---- bn254 ---- */

zkvm_status zkvm_bn254_g1_add(const zkvm_bn254_g1_point *p1, const zkvm_bn254_g1_point *p2, zkvm_bn254_g1_point *result)
{
    u8 both[2 * BN254_G1_BYTES];
    memcpy(both, p1->data, BN254_G1_BYTES);
    memcpy(both + BN254_G1_BYTES, p2->data, BN254_G1_BYTES);
    return zkvm_status_of(bn254_add(result->data, both));
}

zkvm_status zkvm_bn254_g1_mul(const zkvm_bn254_g1_point *point, const zkvm_bn254_scalar *scalar,
                              zkvm_bn254_g1_point *result)
{
    return zkvm_status_of(bn254_mul(result->data, point->data, scalar->data));
}

zkvm_status zkvm_bn254_pairing(const zkvm_bn254_pairing_pair *pairs, size_t num_pairs, bool *verified)
{
    struct arena arena;
    arena_init(&arena, &zkvm_memory);
    const enum err e = bn254_pairing_is_one(&arena, verified, (const u8 *)pairs, num_pairs);
    arena_release(&arena);
    return zkvm_status_of(e);
}

/* ---- BLS12-381: elements get the 16 zeros of EIP-2537 ---- */

enum { FP = 48 };

static void widen(u8 *out, const u8 *in, unsigned elements)
{
    for (unsigned i = 0; i < elements; i++, in += FP, out += BLS12_FP_BYTES) {
        memset(out, 0, BLS12_FP_BYTES - FP);
        memcpy(out + BLS12_FP_BYTES - FP, in, FP);
    }
}

static zkvm_status strip(u8 *out, const u8 *in, unsigned elements, enum err e)
{
    for (unsigned i = 0; i < elements && e == OK; i++, in += BLS12_FP_BYTES, out += FP)
        memcpy(out, in + BLS12_FP_BYTES - FP, FP);
    return zkvm_status_of(e);
}

zkvm_status zkvm_bls12_g1_add(const zkvm_bls12_381_g1_point *p1, const zkvm_bls12_381_g1_point *p2,
                              zkvm_bls12_381_g1_point *result)
{
    u8 both[2 * BLS12_G1_BYTES], sum[BLS12_G1_BYTES];
    widen(both, p1->data, 2);
    widen(both + BLS12_G1_BYTES, p2->data, 2);
    return strip(result->data, sum, 2, bls12_g1_add(sum, both));
}

zkvm_status zkvm_bls12_g2_add(const zkvm_bls12_381_g2_point *p1, const zkvm_bls12_381_g2_point *p2,
                              zkvm_bls12_381_g2_point *result)
{
    u8 both[2 * BLS12_G2_BYTES], sum[BLS12_G2_BYTES];
    widen(both, p1->data, 4);
    widen(both + BLS12_G2_BYTES, p2->data, 4);
    return strip(result->data, sum, 4, bls12_g2_add(sum, both));
}

zkvm_status zkvm_bls12_g1_msm(const zkvm_bls12_381_g1_msm_pair *pairs, size_t num_pairs,
                              zkvm_bls12_381_g1_point *result)
{
    struct arena arena;
    arena_init(&arena, &zkvm_memory);
    u8 *const terms = arena_take(&arena, num_pairs * BLS12_G1_TERM_BYTES), *term = terms, sum[BLS12_G1_BYTES];
    for (size_t i = 0; i < num_pairs; i++, term += BLS12_G1_TERM_BYTES) {
        widen(term, pairs[i].point.data, 2);
        memcpy(term + BLS12_G1_BYTES, pairs[i].scalar.data, BLS12_SCALAR_BYTES);
    }
    const enum err e = bls12_g1_msm(&arena, sum, terms, num_pairs);
    arena_release(&arena);
    return strip(result->data, sum, 2, e);
}

zkvm_status zkvm_bls12_g2_msm(const zkvm_bls12_381_g2_msm_pair *pairs, size_t num_pairs,
                              zkvm_bls12_381_g2_point *result)
{
    struct arena arena;
    arena_init(&arena, &zkvm_memory);
    u8 *const terms = arena_take(&arena, num_pairs * BLS12_G2_TERM_BYTES), *term = terms, sum[BLS12_G2_BYTES];
    for (size_t i = 0; i < num_pairs; i++, term += BLS12_G2_TERM_BYTES) {
        widen(term, pairs[i].point.data, 4);
        memcpy(term + BLS12_G2_BYTES, pairs[i].scalar.data, BLS12_SCALAR_BYTES);
    }
    const enum err e = bls12_g2_msm(&arena, sum, terms, num_pairs);
    arena_release(&arena);
    return strip(result->data, sum, 4, e);
}

zkvm_status zkvm_bls12_pairing(const zkvm_bls12_381_pairing_pair *pairs, size_t num_pairs, bool *verified)
{
    struct arena arena;
    arena_init(&arena, &zkvm_memory);
    u8 *const wide = arena_take(&arena, num_pairs * BLS12_PAIR_BYTES), *pair = wide;
    for (size_t i = 0; i < num_pairs; i++, pair += BLS12_PAIR_BYTES) {
        widen(pair, pairs[i].g1.data, 2);
        widen(pair + BLS12_G1_BYTES, pairs[i].g2.data, 4);
    }
    const enum err e = bls12_pairing_is_one(&arena, verified, wide, num_pairs);
    arena_release(&arena);
    return zkvm_status_of(e);
}

zkvm_status zkvm_bls12_map_fp_to_g1(const zkvm_bls12_381_fp *field_element, zkvm_bls12_381_g1_point *result)
{
    u8 wide[BLS12_FP_BYTES], point[BLS12_G1_BYTES];
    widen(wide, field_element->data, 1);
    return strip(result->data, point, 2, bls12_map_fp_to_g1(point, wide));
}

zkvm_status zkvm_bls12_map_fp2_to_g2(const zkvm_bls12_381_fp2 *field_element, zkvm_bls12_381_g2_point *result)
{
    u8 wide[2 * BLS12_FP_BYTES], point[BLS12_G2_BYTES];
    widen(wide, field_element->data, 2);
    return strip(result->data, point, 4, bls12_map_fp2_to_g2(point, wide));
}

zkvm_status zkvm_kzg_point_eval(const zkvm_kzg_commitment *commitment, const zkvm_kzg_field_element *z,
                                const zkvm_kzg_field_element *y, const zkvm_kzg_proof *proof, bool *verified)
{
    const hash32 at = hash_of(z), value = hash_of(y);
    const enum err e = kzg_proof_verify(commitment->data, &at, &value, proof->data);
    *verified = e == OK;
    return e == REJECT_KZG_PROOF ? ZKVM_EOK : zkvm_status_of(e);
}
