#include "crypto/kzg_proof.h"

#include "crypto/sha256.h"

#include <blst.h>

const hash32 kzg_scalar_modulus = {{0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8,
                                    0x08, 0x09, 0xa1, 0xd8, 0x05, 0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe,
                                    0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01}};

/* tau G2: the second of g2_monomial in the trusted setup of Ethereum's ceremony, there compressed as
 * b5bfd7dd...20c1def2. Limbs of x and y, least significant first. */
static const u64 tau_g2[2][2][6] = {
    {{0xc98edada20c1def2, 0x087041de621000ed, 0xa36851477ba4c60b, 0x3926c911cceceac9, 0x734429b7b38608e2,
      0x185cbfee53492714},
     {0xafaaab24f3499f72, 0x2914e5870cb452d2, 0x1009a2ce615ac53d, 0x26187075cbfbefa8, 0x843bc287230af389,
      0x15bfd7dd8cdeb128}},
    {{0xee689bfbbb832a99, 0x4ce26d105941f383, 0xe82451a496a9c979, 0x131569490e28de18, 0xd7d5ee8599d1fca2,
      0x014353bdb96b626d},
     {0x23048ef30d0a154f, 0x9495346f3d7ac9cd, 0xda5ed1ba9bfa0789, 0xef79de09fc63671f, 0x03432fcae0181b4b,
      0x1666c54b0a325295}},
};

static enum err read_g1(blst_p1_affine *out, const u8 in[48])
{
    return blst_p1_uncompress(out, in) == BLST_SUCCESS && blst_p1_affine_in_g1(out) ? OK : REJECT_POINT;
}

static enum err read_scalar(blst_scalar *out, const hash32 *in)
{
    if (memcmp(in->b, kzg_scalar_modulus.b, 32) >= 0)
        return REJECT_FIELD;
    blst_scalar_from_bendian(out, in->b);
    return OK;
}

enum { SCALAR_BITS = 255 };

enum err kzg_proof_verify(const u8 commitment[48], const hash32 *z, const hash32 *y, const u8 proof[48])
{
    blst_scalar scalar_z, scalar_y;
    blst_p1_affine c, w;
    TRY(read_scalar(&scalar_z, z));
    TRY(read_scalar(&scalar_y, y));
    TRY(read_g1(&c, commitment));
    TRY(read_g1(&w, proof));

    blst_p1 left, term; /* left = y G1 - C - z W */
    blst_p1_mult(&left, blst_p1_generator(), scalar_y.b, SCALAR_BITS);
    blst_p1_from_affine(&term, &w);
    blst_p1_mult(&term, &term, scalar_z.b, SCALAR_BITS);
    blst_p1_add_or_double_affine(&term, &term, &c);
    blst_p1_cneg(&term, true);
    blst_p1_add_or_double(&left, &left, &term);

    blst_p1_affine p[2];
    blst_p2_affine q[2];
    size_t count = 0;
    if (!blst_p1_is_inf(&left)) { /* a pairing with infinity is one, and blst's loop over many cannot bear it */
        blst_p1_to_affine(&p[count], &left);
        q[count++] = *blst_p2_affine_generator();
    }
    if (!blst_p1_affine_is_inf(&w)) {
        p[count] = w;
        for (unsigned i = 0; i < 2; i++) {
            blst_fp_from_uint64(&q[count].x.fp[i], tau_g2[0][i]);
            blst_fp_from_uint64(&q[count].y.fp[i], tau_g2[1][i]);
        }
        count++;
    }
    if (count == 0)
        return OK;
    blst_fp12 product;
    const blst_p1_affine *const ps[2] = {p, NULL};
    const blst_p2_affine *const qs[2] = {q, NULL};
    blst_miller_loop_n(&product, qs, ps, count);
    blst_final_exp(&product, &product);
    return blst_fp12_is_one(&product) ? OK : REJECT_KZG_PROOF;
}

void kzg_versioned_hash(hash32 *out, const u8 commitment[48])
{
    sha256(out, commitment, 48);
    out->b[0] = 0x01; /* VERSIONED_HASH_VERSION_KZG */
}
