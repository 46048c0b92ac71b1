#include "rv/accelerate.h"

#include "rv/machine_memory.h"
#include "rv/zkvm_accelerators.h"

enum { A0 = 10, A7 = 17, PARAMETERS_MAX = 7, KECCAK_RATE = 136 };

enum kind { KIND_NONE, KIND_NUMBER, KIND_IN, KIND_OUT, KIND_LIST, KIND_OUT_AS_LAST };
struct parameter {
    enum kind kind;
    u64 bytes;
};

#define NUMBER      {KIND_NUMBER, 0}
#define IN(n)       {KIND_IN, n}
#define OUT(n)      {KIND_OUT, n}
#define LIST(n)     {KIND_LIST, n}
#define OUT_AS_LAST {KIND_OUT_AS_LAST, 1}
static const struct {
    u64 number;
    const char *name;
    struct parameter parameter[PARAMETERS_MAX];
} accelerator[RV_ACCELERATORS] = {
#define ACCELERATOR(number, name, ...) {number, #name, {__VA_ARGS__}},
#include "rv/accelerators.def"
#undef ACCELERATOR
};

enum which {
#define ACCELERATOR(number, name, ...) WHICH_##name,
#include "rv/accelerators.def"
#undef ACCELERATOR
};

/* What a parameter points to, NULL for a number. False: it is not there, and the machine has trapped. */
static bool resolve_parameter(struct rv_machine *m, void **out, const struct parameter *p, const u64 *argument)
{
    static u8 nothing[8]; /* a list of none may point anywhere */
    u64 len = p->bytes;
    *out = NULL;
    if (p->kind == KIND_NONE || p->kind == KIND_NUMBER)
        return true;
    if (p->kind == KIND_LIST && __builtin_mul_overflow(p->bytes, argument[1], &len))
        return rv_fault(m, RV_END_LOAD, argument[0]);
    if (p->kind == KIND_OUT_AS_LAST)
        len = argument[-1];
    const bool writes = p->kind == KIND_OUT || p->kind == KIND_OUT_AS_LAST;
    if (len > 1 && p->bytes > 1 && argument[0] % 8)
        return rv_fault(m, writes ? RV_END_STORE_MISALIGNED : RV_END_LOAD_MISALIGNED, argument[0]);
    *out = len == 0 ? nothing : writes ? rv_writable(m, argument[0], len) : (u8 *)rv_readable(m, argument[0], len);
    return *out || rv_fault(m, writes ? RV_END_STORE : RV_END_LOAD, argument[0]);
}

static zkvm_status compute(enum which which, void *const *p, const u64 *n)
{
    switch (which) {
    case WHICH_keccak256: return zkvm_keccak256(p[0], n[1], p[2]);
    case WHICH_sha256: return zkvm_sha256(p[0], n[1], p[2]);
    case WHICH_ripemd160: return zkvm_ripemd160(p[0], n[1], p[2]);
    case WHICH_blake2f: return zkvm_blake2f((u32)n[0], p[1], p[2], p[3], (u8)n[4]);
    case WHICH_secp256k1_ecrecover: return zkvm_secp256k1_ecrecover(p[0], p[1], (u8)n[2], p[3]);
    case WHICH_secp256r1_verify: return zkvm_secp256r1_verify(p[0], p[1], p[2], p[3]);
    case WHICH_modexp: return zkvm_modexp(p[0], n[1], p[2], n[3], p[4], n[5], p[6]);
    case WHICH_bn254_g1_add: return zkvm_bn254_g1_add(p[0], p[1], p[2]);
    case WHICH_bn254_g1_mul: return zkvm_bn254_g1_mul(p[0], p[1], p[2]);
    case WHICH_bn254_pairing: return zkvm_bn254_pairing(p[0], n[1], p[2]);
    case WHICH_kzg_point_eval: return zkvm_kzg_point_eval(p[0], p[1], p[2], p[3], p[4]);
    case WHICH_bls12_g1_add: return zkvm_bls12_g1_add(p[0], p[1], p[2]);
    case WHICH_bls12_g1_msm: return zkvm_bls12_g1_msm(p[0], n[1], p[2]);
    case WHICH_bls12_g2_add: return zkvm_bls12_g2_add(p[0], p[1], p[2]);
    case WHICH_bls12_g2_msm: return zkvm_bls12_g2_msm(p[0], n[1], p[2]);
    case WHICH_bls12_pairing: return zkvm_bls12_pairing(p[0], n[1], p[2]);
    case WHICH_bls12_map_fp_to_g1: return zkvm_bls12_map_fp_to_g1(p[0], p[1]);
    case WHICH_bls12_map_fp2_to_g2: return zkvm_bls12_map_fp2_to_g2(p[0], p[1]);
    }
    BUG("an accelerator without a function");
}

bool rv_accelerate(struct rv_machine *m, bool *ok)
{
    size_t i = 0;
    while (i < RV_ACCELERATORS && accelerator[i].number != m->x[A7])
        i++;
    if (i == RV_ACCELERATORS)
        return false;
    const u64 *argument = m->x + A0;
    void *pointer[PARAMETERS_MAX];
    *ok = true;
    for (size_t k = 0; k < PARAMETERS_MAX && *ok; k++)
        *ok = resolve_parameter(m, &pointer[k], &accelerator[i].parameter[k], argument + k);
    if (!*ok)
        return true;
    m->accelerated[i]++;
    if (i == WHICH_keccak256)
        m->permutations += argument[1] / KECCAK_RATE + 1;
    m->x[A0] = (u64)(i64)compute((enum which)i, pointer, argument);
    return true;
}

const char *rv_accelerator_name(size_t i)
{
    return accelerator[i].name;
}
