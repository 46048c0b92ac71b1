/* The proof is go-ethereum's (pointEvaluation.json); the other 100 and more are in the fixtures (scope kzgtest). */
#include "crypto/kzg_proof.h"

#include "crypto/test_hex.h"

#define MODULUS "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"
#define INFINITY_48 "c00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define ZERO_32 "0000000000000000000000000000000000000000000000000000000000000000"

#define COMMITMENT "8f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b7"
#define PROOF      "873033e038326e87ed3e1276fd140253fa08e9fc25fb2d9a98527fc22a2c9612fbeafdad446cbc7bcdbdcd780af2c16a"
#define Z          "564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d36306"
#define Y          "24d25032e67a7e6a4910df5834b8fe70e6bcfeeac0352434196bdf4b2485d5a1"

/* One good proof, and each part of it replaced. The constant polynomial 0 has commitment and proof at infinity. */
static void proofs(void **state)
{
    (void)state;
    static const struct {
        const char *name, *commitment, *z, *y, *proof;
        enum err want;
    } row[] = {
        {"good", COMMITMENT, Z, Y, PROOF, OK},
        {"another z", COMMITMENT, Y, Y, PROOF, REJECT_KZG_PROOF},
        {"another y", COMMITMENT, Z, Z, PROOF, REJECT_KZG_PROOF},
        {"proof and commitment swapped", PROOF, Z, Y, COMMITMENT, REJECT_KZG_PROOF},
        {"0 is 0 at z", INFINITY_48, Z, ZERO_32, INFINITY_48, OK},
        {"0 is not y at z", INFINITY_48, Z, Y, INFINITY_48, REJECT_KZG_PROOF},
        {"proof at infinity", COMMITMENT, Z, Y, INFINITY_48, REJECT_KZG_PROOF},
        {"commitment at infinity", INFINITY_48, Z, ZERO_32, PROOF, REJECT_KZG_PROOF},
        {"z is the modulus", COMMITMENT, MODULUS, Y, PROOF, REJECT_FIELD},
        {"y is the modulus", COMMITMENT, Z, MODULUS, PROOF, REJECT_FIELD},
        {"x of the commitment is beside the curve",
         "8f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b8", Z, Y, PROOF,
         REJECT_POINT},
        {"commitment without its flag of compression",
         "0f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b7", Z, Y, PROOF,
         REJECT_POINT},
        {"proof of order 3, on the curve",
         COMMITMENT, Z, Y,
         "800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", REJECT_POINT},
        {"infinity with a bit after it", COMMITMENT, Z, Y,
         "c00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001", REJECT_POINT},
        {"x is p", COMMITMENT, Z, Y,
         "9a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab", REJECT_POINT},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        u8 commitment[48], proof[48];
        unhex(commitment, 48, row[i].commitment);
        unhex(proof, 48, row[i].proof);
        const hash32 z = unhex32(row[i].z), y = unhex32(row[i].y);
        const enum err got = kzg_proof_verify(commitment, &z, &y, proof);
        if (got != row[i].want)
            fail_msg("%s: %s", row[i].name, err_name(got));
    }
}

static void versioned_hash(void **state)
{
    (void)state;
    u8 commitment[48];
    hash32 got;
    unhex(commitment, 48, COMMITMENT);
    const hash32 want = unhex32("01e798154708fe7789429634053cbf9f99b619f9f084048927333fce637f549b");
    kzg_versioned_hash(&got, commitment);
    assert_memory_equal(&got, &want, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proofs),
        cmocka_unit_test(versioned_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
