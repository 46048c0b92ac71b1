#include "crypto/kzg_proof.h"

#include "crypto/sha256.h"
#include "rv/zkvm_accelerators.h"

const hash32 kzg_scalar_modulus = {{0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8,
                                    0x08, 0x09, 0xa1, 0xd8, 0x05, 0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe,
                                    0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01}};

enum err kzg_proof_verify(const u8 commitment[48], const hash32 *z, const hash32 *y, const u8 proof[48])
{
    zkvm_kzg_commitment c;
    zkvm_kzg_proof w;
    zkvm_kzg_field_element at, value;
    bool verified = false;
    if (memcmp(z->b, kzg_scalar_modulus.b, 32) >= 0 || memcmp(y->b, kzg_scalar_modulus.b, 32) >= 0)
        return REJECT_FIELD;
    memcpy(c.data, commitment, sizeof c.data);
    memcpy(w.data, proof, sizeof w.data);
    memcpy(at.data, z->b, sizeof at.data);
    memcpy(value.data, y->b, sizeof value.data);
    if (zkvm_kzg_point_eval(&c, &at, &value, &w, &verified) != ZKVM_EOK)
        return REJECT_POINT;
    return verified ? OK : REJECT_KZG_PROOF;
}

void kzg_versioned_hash(hash32 *out, const u8 commitment[48])
{
    sha256(out, commitment, 48);
    out->b[0] = 0x01; /* VERSIONED_HASH_VERSION_KZG */
}
