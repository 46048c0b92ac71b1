#include "crypto/bn254.h"

#include "base/u256.h"
#include "rv/zkvm_accelerators.h"

static const u256 bn254_prime = {{0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029}};

/* Numbers of 32 bytes, all below the prime. An accelerator rejects them as well, but does not say why. */
static enum err check_coordinates(const u8 *p, size_t len)
{
    for (size_t i = 0; i < len; i += 32) {
        const u256 x = u256_from_be(p + i);
        if (!u256_lt(&x, &bn254_prime))
            return REJECT_FIELD;
    }
    return OK;
}

enum err bn254_add(u8 out[BN254_G1_BYTES], const u8 points[2 * BN254_G1_BYTES])
{
    zkvm_bn254_g1_point p, q, sum;
    TRY(check_coordinates(points, 2 * BN254_G1_BYTES));
    memcpy(p.data, points, sizeof p.data);
    memcpy(q.data, points + sizeof p.data, sizeof q.data);
    if (zkvm_bn254_g1_add(&p, &q, &sum) != ZKVM_EOK)
        return REJECT_POINT;
    memcpy(out, sum.data, sizeof sum.data);
    return OK;
}

enum err bn254_mul(u8 out[BN254_G1_BYTES], const u8 point[BN254_G1_BYTES], const u8 scalar[32])
{
    zkvm_bn254_g1_point p, product;
    zkvm_bn254_scalar factor;
    TRY(check_coordinates(point, BN254_G1_BYTES));
    memcpy(p.data, point, sizeof p.data);
    memcpy(factor.data, scalar, sizeof factor.data);
    if (zkvm_bn254_g1_mul(&p, &factor, &product) != ZKVM_EOK)
        return REJECT_POINT;
    memcpy(out, product.data, sizeof product.data);
    return OK;
}

enum err bn254_pairing_is_one(struct arena *scratch, bool *out, const u8 *pairs, size_t count)
{
    const struct arena_mark mark = arena_mark(scratch);
    zkvm_bn254_pairing_pair *pair = ARENA_TAKE(scratch, zkvm_bn254_pairing_pair, count);
    _Static_assert(sizeof *pair == BN254_PAIR_BYTES, "as EIP-197 has them");
    enum err e = check_coordinates(pairs, count * BN254_PAIR_BYTES);
    if (e == OK) {
        memcpy(pair, pairs, count * BN254_PAIR_BYTES);
        e = zkvm_bn254_pairing(pair, count, out) == ZKVM_EOK ? OK : REJECT_POINT;
    }
    arena_rewind(scratch, mark);
    return e;
}
