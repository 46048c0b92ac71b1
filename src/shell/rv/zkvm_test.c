/* The interface is the standard's: each function is assigned to a pointer of the type that the standard's header gives
 * it, with structures named by their size. And what the standard leaves open is as zkvm_accelerators.h says. */
#include "rv/zkvm_accelerators.h"

#include "base/types.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

typedef const uint8_t *bytes_in;
typedef zkvm_bytes_16 *b16;
typedef zkvm_bytes_32 *b32;
typedef zkvm_bytes_64 *b64;
typedef zkvm_bytes_96 *b96;
typedef zkvm_bytes_192 *b192;
typedef const zkvm_bytes_16 *in16;
typedef const zkvm_bytes_32 *in32;
typedef const zkvm_bytes_48 *in48;
typedef const zkvm_bytes_64 *in64;
typedef const zkvm_bytes_96 *in96;
typedef const zkvm_bytes_128 *in128;
typedef const zkvm_bytes_192 *in192;

#define IS(name, ...) __builtin_types_compatible_p(__typeof__(name), zkvm_status(__VA_ARGS__))
_Static_assert(IS(zkvm_keccak256, bytes_in, size_t, b32), "");
_Static_assert(IS(zkvm_sha256, bytes_in, size_t, b32), "");
_Static_assert(IS(zkvm_ripemd160, bytes_in, size_t, b32), "");
_Static_assert(IS(zkvm_secp256k1_verify, in32, in64, in64, bool *), "");
_Static_assert(IS(zkvm_secp256k1_ecrecover, in32, in64, uint8_t, b64), "");
_Static_assert(IS(zkvm_secp256r1_verify, in32, in64, in64, bool *), "");
_Static_assert(IS(zkvm_modexp, bytes_in, size_t, bytes_in, size_t, bytes_in, size_t, uint8_t *), "");
_Static_assert(IS(zkvm_bn254_g1_add, in64, in64, b64), "");
_Static_assert(IS(zkvm_bn254_g1_mul, in64, in32, b64), "");
_Static_assert(IS(zkvm_bn254_pairing, const zkvm_bn254_pairing_pair *, size_t, bool *), "");
_Static_assert(IS(zkvm_blake2f, uint32_t, b64, in128, in16, uint8_t), "");
_Static_assert(IS(zkvm_kzg_point_eval, in48, in32, in32, in48, bool *), "");
_Static_assert(IS(zkvm_bls12_g1_add, in96, in96, b96), "");
_Static_assert(IS(zkvm_bls12_g1_msm, const zkvm_bls12_381_g1_msm_pair *, size_t, b96), "");
_Static_assert(IS(zkvm_bls12_g2_add, in192, in192, b192), "");
_Static_assert(IS(zkvm_bls12_g2_msm, const zkvm_bls12_381_g2_msm_pair *, size_t, b192), "");
_Static_assert(IS(zkvm_bls12_pairing, const zkvm_bls12_381_pairing_pair *, size_t, bool *), "");
_Static_assert(IS(zkvm_bls12_map_fp_to_g1, in48, b96), "");
_Static_assert(IS(zkvm_bls12_map_fp2_to_g2, in96, b192), "");

_Static_assert(ZKVM_EOK == 0 && ZKVM_EFAIL == -1, "");
_Static_assert(_Alignof(zkvm_bytes_16) == 8 && sizeof(zkvm_bytes_48) == 48 && sizeof(zkvm_bytes_192) == 192, "");
_Static_assert(sizeof(zkvm_bn254_pairing_pair) == 192 && sizeof(zkvm_bls12_381_g1_msm_pair) == 128 &&
                   sizeof(zkvm_bls12_381_g2_msm_pair) == 224 && sizeof(zkvm_bls12_381_pairing_pair) == 288,
               "");

static void refusals(void **state)
{
    (void)state;
    const zkvm_bytes_32 zero = {{0}};
    const zkvm_bytes_64 beside_the_curve = {{1}};
    zkvm_bytes_64 out;
    bool verified = true;
    assert_int_equal(zkvm_secp256k1_ecrecover(&zero, &beside_the_curve, 0, &out), ZKVM_EFAIL); /* s = 0 */
    assert_int_equal(zkvm_secp256r1_verify(&zero, &beside_the_curve, &beside_the_curve, &verified), ZKVM_EFAIL);
    assert_int_equal(zkvm_bn254_g1_mul(&beside_the_curve, &zero, &out), ZKVM_EFAIL);
    assert_int_equal(zkvm_bn254_pairing(NULL, 0, &verified), ZKVM_EOK); /* of none: one */
    assert_true(verified);
}

static void padding(void **state)
{
    (void)state;
    static const u8 of_nothing[32] = {[12] = 0x9c, 0x11, 0x85, 0xa5, 0xc5, 0xe9, 0xfc, 0x54, 0x61, 0x28,
                                      0x08, 0x97, 0x7e, 0xe8, 0xf5, 0x48, 0xb2, 0x25, 0x8d, 0x31};
    zkvm_bytes_32 hash;
    memset(&hash, 0xff, sizeof hash);
    assert_int_equal(zkvm_ripemd160(NULL, 0, &hash), ZKVM_EOK);
    assert_memory_equal(hash.data, of_nothing, sizeof of_nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(refusals), cmocka_unit_test(padding)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
