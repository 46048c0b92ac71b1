/* bn254_curve - points of bn254 as bn254.c decodes them and bn254_pairing.c takes them. */
#ifndef CRYPTO_BN254_CURVE_H
#define CRYPTO_BN254_CURVE_H

#include "base/err.h"
#include "crypto/bn254_field.h"

struct g1 {
    fp x, y;
    bool infinite;
};
struct g2 {
    struct fp2 x, y;
    bool infinite;
};

/* On the curve, coordinates below p; or REJECT_POINT, REJECT_FIELD. */
enum err g1_read(struct g1 *out, const u8 in[64]) MUST_CHECK;
/* On the twist, which is not yet in the subgroup. */
enum err g2_read(struct g2 *out, const u8 in[128]) MUST_CHECK;

#endif
