/* kzg_scalar - the scalar field of BLS12-381, in which the elements of a blob lie: numbers modulo r (montgomery.h). */
#ifndef CRYPTO_KZG_SCALAR_H
#define CRYPTO_KZG_SCALAR_H

#include "crypto/montgomery.h"

static const struct modulus kzg_r = {
    .m = {{0xffffffff00000001, 0x53bda402fffe5bfe, 0x3339d80809a1d805, 0x73eda753299d7d48}},
    .inverse = 0xfffffffeffffffff,
    .one = {{0x00000001fffffffe, 0x5884b7fa00034802, 0x998c4fefecbc4ff5, 0x1824b159acc5056f}},
    .square = {{0xc999e990f3f29c6d, 0x2b6cedcb87925c23, 0x05d314967254398f, 0x0748d9d99f59ff11}},
    .cube = {{0xc62c1807439b73af, 0x1b3e0d188cf06990, 0x73d13c71c7b5f418, 0x6e2a5bb9c8db33e9}},
};

#endif
