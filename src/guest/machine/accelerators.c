/* The standard's interface by the machine (rv/accelerators.def): what a zkVM has circuits for is one ecall. */
#include "rv/zkvm_accelerators.h"

#include "machine/machine.h"

enum accelerator {
#define ACCELERATOR(number, name, ...) CALL_##name = (number),
#include "rv/accelerators.def"
#undef ACCELERATOR
};

/* Up to seven arguments, numbers and pointers. */
#define CALL(name, ...) accelerator_call(CALL_##name, (const long[7]){__VA_ARGS__})
#define AT(pointer)     ((long)(uintptr_t)(pointer))

static zkvm_status accelerator_call(enum accelerator which, const long argument[7])
{
    register long a0 __asm__("a0") = argument[0];
    register long a1 __asm__("a1") = argument[1];
    register long a2 __asm__("a2") = argument[2];
    register long a3 __asm__("a3") = argument[3];
    register long a4 __asm__("a4") = argument[4];
    register long a5 __asm__("a5") = argument[5];
    register long a6 __asm__("a6") = argument[6];
    register long a7 __asm__("a7") = which;
    __asm__ volatile("ecall"
                     : "+r"(a0)
                     : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a6), "r"(a7)
                     : "memory");
    return a0 == 0 ? ZKVM_EOK : ZKVM_EFAIL;
}

zkvm_status zkvm_keccak256(const uint8_t *data, size_t len, zkvm_keccak256_hash *output)
{
    return CALL(keccak256, AT(data), (long)len, AT(output));
}

zkvm_status zkvm_sha256(const uint8_t *data, size_t len, zkvm_sha256_hash *output)
{
    return CALL(sha256, AT(data), (long)len, AT(output));
}

zkvm_status zkvm_ripemd160(const uint8_t *data, size_t len, zkvm_ripemd160_hash *output)
{
    return CALL(ripemd160, AT(data), (long)len, AT(output));
}

zkvm_status zkvm_blake2f(uint32_t rounds, zkvm_blake2f_state *h, const zkvm_blake2f_message *m,
                         const zkvm_blake2f_offset *t, uint8_t f)
{
    return CALL(blake2f, (long)rounds, AT(h), AT(m), AT(t), f);
}

zkvm_status zkvm_secp256k1_ecrecover(const zkvm_secp256k1_hash *msg, const zkvm_secp256k1_signature *sig, uint8_t recid,
                                     zkvm_secp256k1_pubkey *output)
{
    return CALL(secp256k1_ecrecover, AT(msg), AT(sig), recid, AT(output));
}

zkvm_status zkvm_secp256r1_verify(const zkvm_secp256r1_hash *msg, const zkvm_secp256r1_signature *sig,
                                  const zkvm_secp256r1_pubkey *pubkey, bool *verified)
{
    return CALL(secp256r1_verify, AT(msg), AT(sig), AT(pubkey), AT(verified));
}

zkvm_status zkvm_modexp(const uint8_t *base, size_t base_len, const uint8_t *exp, size_t exp_len,
                        const uint8_t *modulus, size_t mod_len, uint8_t *output)
{
    return CALL(modexp, AT(base), (long)base_len, AT(exp), (long)exp_len, AT(modulus), (long)mod_len, AT(output));
}

zkvm_status zkvm_bn254_g1_add(const zkvm_bn254_g1_point *p1, const zkvm_bn254_g1_point *p2, zkvm_bn254_g1_point *result)
{
    return CALL(bn254_g1_add, AT(p1), AT(p2), AT(result));
}

zkvm_status zkvm_bn254_g1_mul(const zkvm_bn254_g1_point *point, const zkvm_bn254_scalar *scalar,
                              zkvm_bn254_g1_point *result)
{
    return CALL(bn254_g1_mul, AT(point), AT(scalar), AT(result));
}

zkvm_status zkvm_bn254_pairing(const zkvm_bn254_pairing_pair *pairs, size_t num_pairs, bool *verified)
{
    return CALL(bn254_pairing, AT(pairs), (long)num_pairs, AT(verified));
}

zkvm_status zkvm_kzg_point_eval(const zkvm_kzg_commitment *commitment, const zkvm_kzg_field_element *z,
                                const zkvm_kzg_field_element *y, const zkvm_kzg_proof *proof, bool *verified)
{
    return CALL(kzg_point_eval, AT(commitment), AT(z), AT(y), AT(proof), AT(verified));
}

zkvm_status zkvm_bls12_g1_add(const zkvm_bls12_381_g1_point *p1, const zkvm_bls12_381_g1_point *p2,
                              zkvm_bls12_381_g1_point *result)
{
    return CALL(bls12_g1_add, AT(p1), AT(p2), AT(result));
}

zkvm_status zkvm_bls12_g1_msm(const zkvm_bls12_381_g1_msm_pair *pairs, size_t num_pairs,
                              zkvm_bls12_381_g1_point *result)
{
    return CALL(bls12_g1_msm, AT(pairs), (long)num_pairs, AT(result));
}

zkvm_status zkvm_bls12_g2_add(const zkvm_bls12_381_g2_point *p1, const zkvm_bls12_381_g2_point *p2,
                              zkvm_bls12_381_g2_point *result)
{
    return CALL(bls12_g2_add, AT(p1), AT(p2), AT(result));
}

zkvm_status zkvm_bls12_g2_msm(const zkvm_bls12_381_g2_msm_pair *pairs, size_t num_pairs,
                              zkvm_bls12_381_g2_point *result)
{
    return CALL(bls12_g2_msm, AT(pairs), (long)num_pairs, AT(result));
}

zkvm_status zkvm_bls12_pairing(const zkvm_bls12_381_pairing_pair *pairs, size_t num_pairs, bool *verified)
{
    return CALL(bls12_pairing, AT(pairs), (long)num_pairs, AT(verified));
}

zkvm_status zkvm_bls12_map_fp_to_g1(const zkvm_bls12_381_fp *field_element, zkvm_bls12_381_g1_point *result)
{
    return CALL(bls12_map_fp_to_g1, AT(field_element), AT(result));
}

zkvm_status zkvm_bls12_map_fp2_to_g2(const zkvm_bls12_381_fp2 *field_element, zkvm_bls12_381_g2_point *result)
{
    return CALL(bls12_map_fp2_to_g2, AT(field_element), AT(result));
}
