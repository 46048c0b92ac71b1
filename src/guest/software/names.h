/* names - the names that the kernel's crypto has inside of the software library: the program has functions of its own
 * with the kernel's names, which call the accelerators. Included before each of the library's sources. */
#ifndef SOFTWARE_NAMES_H
#define SOFTWARE_NAMES_H

#define KeccakP1600_Permute_24rounds software_keccak_permute
#define keccak256                    software_keccak256
#define keccak_of_empty              software_keccak_of_empty
#define sha256                       software_sha256
#define sha256_init                  software_sha256_init
#define sha256_add                   software_sha256_add
#define sha256_end                   software_sha256_end
#define ripemd160                    software_ripemd160
#define blake2f                      software_blake2f
#define modexp                       software_modexp
#define secp256k1_recover_key        software_secp256k1_recover_key
#define inverse_mod                  software_inverse_mod
#define p256_verify                  software_p256_verify
#define bn254_add                    software_bn254_add
#define bn254_mul                    software_bn254_mul
#define bn254_pairing_is_one         software_bn254_pairing_is_one
#define bls12_g1_add                 software_bls12_g1_add
#define bls12_g1_msm                 software_bls12_g1_msm
#define bls12_g2_add                 software_bls12_g2_add
#define bls12_g2_msm                 software_bls12_g2_msm
#define bls12_pairing_is_one         software_bls12_pairing_is_one
#define bls12_map_fp_to_g1           software_bls12_map_fp_to_g1
#define bls12_map_fp2_to_g2          software_bls12_map_fp2_to_g2
#define kzg_proof_verify             software_kzg_proof_verify
#define kzg_versioned_hash           software_kzg_versioned_hash
#define kzg_scalar_modulus           software_kzg_scalar_modulus

#endif
