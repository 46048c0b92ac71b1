/* A stub of a vendor's library: the functions of zkvm-standards, of which each traps. Linking with it shows what the
 * program needs of a platform; it runs on none. */
int main(void);
void _start(void);

__attribute__((section(".text.start"))) void _start(void) /* linker scripts keep it first */
{
    main();
    __builtin_trap();
}

#define STUB(name)   \
    void name(void); \
    void name(void)  \
    {                \
        __builtin_trap(); \
    }
STUB(read_input)
STUB(write_output)
STUB(zkvm_keccak256)
STUB(zkvm_sha256)
STUB(zkvm_ripemd160)
STUB(zkvm_blake2f)
STUB(zkvm_secp256k1_verify)
STUB(zkvm_secp256k1_ecrecover)
STUB(zkvm_secp256r1_verify)
STUB(zkvm_modexp)
STUB(zkvm_bn254_g1_add)
STUB(zkvm_bn254_g1_mul)
STUB(zkvm_bn254_pairing)
STUB(zkvm_kzg_point_eval)
STUB(zkvm_bls12_g1_add)
STUB(zkvm_bls12_g1_msm)
STUB(zkvm_bls12_g2_add)
STUB(zkvm_bls12_g2_msm)
STUB(zkvm_bls12_pairing)
STUB(zkvm_bls12_map_fp_to_g1)
STUB(zkvm_bls12_map_fp2_to_g2)
