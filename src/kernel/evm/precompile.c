#include "evm/precompile.h"

#include "base/u256.h"
#include "crypto/blake2f.h"
#include "crypto/bls12_381.h"
#include "crypto/bn254.h"
#include "crypto/kzg_proof.h"
#include "crypto/modexp.h"
#include "crypto/p256.h"
#include "crypto/ripemd160.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"

/* Three parts: what each row costs, what it computes, and the table that joins them. */

/* ---- input ---- */

/* What a contract did not send reads as zeros: len bytes from offset of the input. */
static void read_padded(u8 *out, struct bytes input, size_t offset, size_t len)
{
    const size_t there = offset < input.len ? input.len - offset : 0;
    const size_t copied = there < len ? there : len;
    if (copied)
        memcpy(out, input.ptr + offset, copied);
    memset(out + copied, 0, len - copied);
}

/* ---- gas ---- */

/* MODEXP input: three lengths of 32 bytes, then base, exponent, modulus. */
struct modexp_input {
    u64 base_len, exponent_len, modulus_len; /* saturated: no gas limit pays for 2^64 either */
    u256 exponent_head;                      /* the first 32 bytes of the exponent, or all of a shorter one */
};

static struct modexp_input modexp_input(struct bytes input)
{
    u8 header[96];
    read_padded(header, input, 0, sizeof header);
    const u256 base = u256_from_be(header), exponent = u256_from_be(header + 32), modulus = u256_from_be(header + 64);
    struct modexp_input in = {
        u256_saturate_u64(&base), u256_saturate_u64(&exponent), u256_saturate_u64(&modulus), {{0}}};
    const size_t head_len = in.exponent_len < 32 ? in.exponent_len : 32;
    const u64 offset = in.base_len > UINT64_MAX - 96 ? UINT64_MAX : 96 + in.base_len;
    if (offset < input.len) {
        u8 head[32];
        read_padded(head, input, offset, head_len);
        in.exponent_head = u256_from_bytes(head, head_len);
    }
    return in;
}

/* The bit length of the exponent, less one, judged by its first 32 bytes; each byte after them counts as
 * weight bits. Not below 1. */
static u128 modexp_iterations(const struct modexp_input *in, unsigned weight)
{
    const unsigned bits = u256_bit_length(&in->exponent_head);
    u128 tail = in->exponent_len > 32 ? (u128)(in->exponent_len - 32) * weight : 0;
    if (in->exponent_len == UINT64_MAX) /* or longer */
        tail = (u128)1 << 100;
    const u128 count = tail + (bits ? bits - 1 : 0);
    return count ? count : 1;
}

static u64 modexp_max_len(const struct modexp_input *in)
{
    return in->base_len > in->modulus_len ? in->base_len : in->modulus_len;
}

static u64 saturating_product(u128 complexity, u128 iterations, unsigned divisor)
{
    u128 gas;
    if (__builtin_mul_overflow(complexity, iterations, &gas) || gas / divisor > UINT64_MAX)
        return UINT64_MAX;
    return (u64)(gas / divisor);
}

static u64 gas_modexp_eip198(struct bytes input)
{
    const struct modexp_input in = modexp_input(input);
    const u128 x = modexp_max_len(&in);
    u128 complexity = x * x;
    if (x > 1024)
        complexity = x * x / 16 + 480 * x - 199680;
    else if (x > 64)
        complexity = x * x / 4 + 96 * x - 3072;
    return saturating_product(complexity, modexp_iterations(&in, 8), 20);
}

static u128 square_of_words(u64 len)
{
    const u128 words = len / 8 + (len % 8 != 0);
    return words * words;
}

static u64 gas_modexp_eip2565(struct bytes input)
{
    const struct modexp_input in = modexp_input(input);
    const u64 gas = saturating_product(square_of_words(modexp_max_len(&in)), modexp_iterations(&in, 8), 3);
    return gas < 200 ? 200 : gas;
}

static u64 gas_modexp_eip7883(struct bytes input)
{
    const struct modexp_input in = modexp_input(input);
    const u64 max_len = modexp_max_len(&in);
    const u128 complexity = max_len <= 32 ? 16 : 2 * square_of_words(max_len);
    const u64 gas = saturating_product(complexity, modexp_iterations(&in, 16), 1);
    return gas < 500 ? 500 : gas;
}

enum { BLAKE2F_BYTES = 213 };

/* One unit a round. An input of another length is refused, whatever it costs. */
static u64 gas_blake2f(struct bytes input)
{
    return input.len == BLAKE2F_BYTES ? load_be32(input.ptr) : 0;
}

enum { BLS_DISCOUNTS = 128 };

/* EIP-2537: what a term of an MSM of k terms costs, in thousandths of a multiplication, for k from 1. */
static const u16 g1_discount[BLS_DISCOUNTS] = {
    1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677,
    673, 669, 665, 661, 658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627,
    625, 623, 621, 619, 617, 615, 613, 611, 609, 608, 606, 604, 603, 601, 599, 598,
    596, 595, 593, 592, 591, 589, 588, 586, 585, 584, 582, 581, 580, 579, 577, 576,
    575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563, 562, 561, 560, 559,
    558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545, 544,
    543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531,
    530, 529, 528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519,
};
static const u16 g2_discount[BLS_DISCOUNTS] = {
    1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717,
    711, 704, 699, 693, 688, 683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646,
    643, 640, 637, 634, 632, 629, 627, 624, 622, 620, 618, 615, 613, 611, 609, 607,
    606, 604, 602, 600, 598, 597, 595, 593, 592, 590, 589, 587, 586, 584, 583, 582,
    580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567, 566, 565, 563, 562,
    561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548, 547,
    546, 545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535,
    534, 533, 532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524,
};

static u64 gas_of_msm(u64 terms, u64 multiplication_gas, const u16 discount[BLS_DISCOUNTS])
{
    if (terms == 0)
        return 0; /* refused */
    const u64 thousandths = discount[(terms < BLS_DISCOUNTS ? terms : BLS_DISCOUNTS) - 1];
    return terms * multiplication_gas * thousandths / 1000; /* fits: terms are bytes of memory */
}

static u64 gas_bls_g1_msm(struct bytes input)
{
    return gas_of_msm(input.len / BLS12_G1_TERM_BYTES, 12000, g1_discount);
}

static u64 gas_bls_g2_msm(struct bytes input)
{
    return gas_of_msm(input.len / BLS12_G2_TERM_BYTES, 22500, g2_discount);
}

/* ---- run ---- */

/* OK, or the REJECT that refuses the input, or a FAULT. *output is empty beforehand. */

static u8 *precompile_output(struct bytes *output, struct arena *arena, size_t len)
{
    u8 *p = arena_take(arena, len);
    *output = bytes_of(p, len);
    return p;
}

static void answer_bool(struct bytes *output, struct arena *arena, bool yes)
{
    u8 *out = precompile_output(output, arena, 32);
    memset(out, 0, 31);
    out[31] = yes;
}

/* hash, v, r, s of 32 bytes each. What no key can have signed returns no bytes. */
static enum err run_ecrecover(struct bytes input, struct arena *arena, struct bytes *output)
{
    u8 in[128];
    read_padded(in, input, 0, sizeof in);
    const u256 v = u256_from_be(in + 32);
    const u64 parity = u256_saturate_u64(&v) - 27;
    if (parity > 1)
        return OK;
    hash32 digest;
    struct signature sig = {.y_parity = (u8)parity};
    memcpy(digest.b, in, 32);
    memcpy(sig.r.b, in + 64, 32);
    memcpy(sig.s.b, in + 96, 32);
    address signer;
    const enum err e = secp256k1_recover(&signer, &digest, &sig);
    if (e == REJECT_SIGNATURE)
        return OK;
    TRY(e);
    u8 *out = precompile_output(output, arena, 32);
    memset(out, 0, 12);
    memcpy(out + 12, signer.b, 20);
    return OK;
}

static enum err run_sha256(struct bytes input, struct arena *arena, struct bytes *output)
{
    hash32 hash;
    sha256(&hash, input.ptr, input.len);
    memcpy(precompile_output(output, arena, 32), hash.b, 32);
    return OK;
}

static enum err run_ripemd160(struct bytes input, struct arena *arena, struct bytes *output)
{
    u8 *out = precompile_output(output, arena, 32);
    memset(out, 0, 12);
    ripemd160(out + 12, input.ptr, input.len);
    return OK;
}

static enum err run_identity(struct bytes input, struct arena *arena, struct bytes *output)
{
    *output = arena_copy(arena, input);
    return OK;
}

/* Before Osaka only gas bounds the lengths, and gas knows no exponent that is as long as the machine's memory:
 * EIP-198 sells 64 MiB of it for 27 million. */
static const u64 modexp_longest = (u64)64 << 20;

static enum err run_modexp(struct bytes input, struct arena *arena, struct bytes *output)
{
    const struct modexp_input in = modexp_input(input);
    if (in.modulus_len == 0)
        return OK;
    if (in.base_len > modexp_longest || in.exponent_len > modexp_longest || in.modulus_len > modexp_longest)
        return FAULT_MEMORY;
    u8 *out = precompile_output(output, arena, in.modulus_len);
    const struct arena_mark mark = arena_mark(arena);
    const size_t len = in.base_len + in.exponent_len + in.modulus_len;
    u8 *numbers = arena_take(arena, len);
    read_padded(numbers, input, 96, len);
    const struct bytes base = bytes_of(numbers, in.base_len);
    const struct bytes exponent = bytes_of(base.ptr + base.len, in.exponent_len);
    const struct bytes modulus = bytes_of(exponent.ptr + exponent.len, in.modulus_len);
    modexp(arena, out, base, exponent, modulus);
    arena_rewind(arena, mark);
    return OK;
}

static enum err run_modexp_eip7823(struct bytes input, struct arena *arena, struct bytes *output)
{
    enum { LONGEST = 1024 }; /* EIP-7823: 8192 bits */
    const struct modexp_input in = modexp_input(input);
    if (in.base_len > LONGEST || in.exponent_len > LONGEST || in.modulus_len > LONGEST)
        return REJECT_TOO_LONG;
    return run_modexp(input, arena, output);
}

static enum err run_bn254_add(struct bytes input, struct arena *arena, struct bytes *output)
{
    u8 in[2 * BN254_G1_BYTES];
    read_padded(in, input, 0, sizeof in);
    return bn254_add(precompile_output(output, arena, BN254_G1_BYTES), in);
}

static enum err run_bn254_mul(struct bytes input, struct arena *arena, struct bytes *output)
{
    u8 in[BN254_G1_BYTES + 32];
    read_padded(in, input, 0, sizeof in);
    return bn254_mul(precompile_output(output, arena, BN254_G1_BYTES), in, in + BN254_G1_BYTES);
}

static enum err run_bn254_pairing(struct bytes input, struct arena *arena, struct bytes *output)
{
    if (input.len % BN254_PAIR_BYTES)
        return REJECT_ENCODING;
    bool is_one;
    TRY(bn254_pairing_is_one(arena, &is_one, input.ptr, input.len / BN254_PAIR_BYTES));
    answer_bool(output, arena, is_one);
    return OK;
}

static inline u64 word_of_le(const u8 *p)
{
    return __builtin_bswap64(load_be64(p));
}

static inline void word_to_le(u8 *p, u64 x)
{
    store_be64(p, __builtin_bswap64(x));
}

/* rounds (4 bytes, big endian), h (64, little endian words), m (128), offset (16), last (1) */
static enum err run_blake2f(struct bytes input, struct arena *arena, struct bytes *output)
{
    if (input.len != BLAKE2F_BYTES || input.ptr[212] > 1)
        return REJECT_ENCODING;
    u64 h[8], m[16];
    for (unsigned i = 0; i < 8; i++)
        h[i] = word_of_le(input.ptr + 4 + 8 * i);
    for (unsigned i = 0; i < 16; i++)
        m[i] = word_of_le(input.ptr + 68 + 8 * i);
    const u64 offset[2] = {word_of_le(input.ptr + 196), word_of_le(input.ptr + 204)};
    blake2f(h, load_be32(input.ptr), m, offset, input.ptr[212] == 1);
    u8 *out = precompile_output(output, arena, 64);
    for (unsigned i = 0; i < 8; i++)
        word_to_le(out + 8 * i, h[i]);
    return OK;
}

/* versioned hash, z, y of 32 bytes each, commitment and proof of 48: the number of field elements in a blob
 * and the modulus of their field. */
static enum err run_point_evaluation(struct bytes input, struct arena *arena, struct bytes *output)
{
    enum { FIELD_ELEMENTS_PER_BLOB = 4096 };
    if (input.len != 192)
        return REJECT_ENCODING;
    hash32 hash, z, y;
    kzg_versioned_hash(&hash, input.ptr + 96);
    if (memcmp(hash.b, input.ptr, 32) != 0)
        return REJECT_KZG_PROOF;
    memcpy(z.b, input.ptr + 32, 32);
    memcpy(y.b, input.ptr + 64, 32);
    TRY(kzg_proof_verify(input.ptr + 96, &z, &y, input.ptr + 144));
    u8 *out = precompile_output(output, arena, 64);
    memset(out, 0, 24);
    store_be64(out + 24, FIELD_ELEMENTS_PER_BLOB);
    memcpy(out + 32, kzg_scalar_modulus.b, 32);
    return OK;
}

static enum err run_bls_g1_add(struct bytes input, struct arena *arena, struct bytes *output)
{
    if (input.len != 2 * BLS12_G1_BYTES)
        return REJECT_ENCODING;
    return bls12_g1_add(precompile_output(output, arena, BLS12_G1_BYTES), input.ptr);
}

static enum err run_bls_g2_add(struct bytes input, struct arena *arena, struct bytes *output)
{
    if (input.len != 2 * BLS12_G2_BYTES)
        return REJECT_ENCODING;
    return bls12_g2_add(precompile_output(output, arena, BLS12_G2_BYTES), input.ptr);
}

static enum err run_bls_g1_msm(struct bytes input, struct arena *arena, struct bytes *output)
{
    if (input.len == 0 || input.len % BLS12_G1_TERM_BYTES)
        return REJECT_ENCODING;
    return bls12_g1_msm(arena, precompile_output(output, arena, BLS12_G1_BYTES), input.ptr,
                        input.len / BLS12_G1_TERM_BYTES);
}

static enum err run_bls_g2_msm(struct bytes input, struct arena *arena, struct bytes *output)
{
    if (input.len == 0 || input.len % BLS12_G2_TERM_BYTES)
        return REJECT_ENCODING;
    return bls12_g2_msm(arena, precompile_output(output, arena, BLS12_G2_BYTES), input.ptr,
                        input.len / BLS12_G2_TERM_BYTES);
}

static enum err run_bls_pairing(struct bytes input, struct arena *arena, struct bytes *output)
{
    if (input.len == 0 || input.len % BLS12_PAIR_BYTES)
        return REJECT_ENCODING;
    bool is_one;
    TRY(bls12_pairing_is_one(arena, &is_one, input.ptr, input.len / BLS12_PAIR_BYTES));
    answer_bool(output, arena, is_one);
    return OK;
}

static enum err run_bls_map_g1(struct bytes input, struct arena *arena, struct bytes *output)
{
    if (input.len != BLS12_FP_BYTES)
        return REJECT_ENCODING;
    return bls12_map_fp_to_g1(precompile_output(output, arena, BLS12_G1_BYTES), input.ptr);
}

static enum err run_bls_map_g2(struct bytes input, struct arena *arena, struct bytes *output)
{
    if (input.len != 2 * BLS12_FP_BYTES)
        return REJECT_ENCODING;
    return bls12_map_fp2_to_g2(precompile_output(output, arena, BLS12_G2_BYTES), input.ptr);
}

/* digest, r, s, x, y of 32 bytes each: 1, or no bytes. */
static enum err run_p256_verify(struct bytes input, struct arena *arena, struct bytes *output)
{
    hash32 in[5];
    if (input.len != sizeof in)
        return OK;
    memcpy(in, input.ptr, sizeof in);
    const enum err e = p256_verify(&in[0], &in[1], &in[2], &in[3], &in[4]);
    if (e == OK)
        answer_bool(output, arena, true);
    return err_is_reject(e) ? OK : e;
}

/* ---- the table ---- */

#define FLAT(gas_)                  {.first = (gas_), .piece_bytes = 1}
#define PER(bytes_, each_, first_)  {.first = (first_), .each = (each_), .piece_bytes = (bytes_)}
#define BY(rule_)                   {.rule = gas_##rule_}
static const struct precompile table[] = {
#define PRECOMPILE(number, name, since, price, run) {number, FORK_##since, #name, price, run_##run},
#include "evm/precompile.def"
#undef PRECOMPILE
};

u64 precompile_gas(const struct precompile *row, struct bytes input)
{
    const struct precompile_price *price = &row->price;
    if (price->rule)
        return price->rule(input);
    const u64 pieces = input.len / price->piece_bytes + (input.len % price->piece_bytes != 0);
    return price->first + price->each * pieces; /* fits: pieces are bytes of memory */
}

const struct precompile *precompile_find(const struct fork *fork, const address *at)
{
    if (load_be64(at->b) | load_be64(at->b + 8) | load_be32(at->b + 16) >> 16)
        return NULL;
    const unsigned number = load_be32(at->b + 16);
    const struct precompile *found = NULL;
    for (size_t i = 0; i < COUNT_OF(table) && table[i].number <= number; i++)
        if (table[i].number == number && table[i].since <= fork->id)
            found = &table[i];
    return found;
}

const struct precompile *precompile_at_index(const struct fork *fork, unsigned index)
{
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const bool replaced =
            i + 1 < COUNT_OF(table) && table[i + 1].number == table[i].number && table[i + 1].since <= fork->id;
        if (table[i].since <= fork->id && !replaced && index-- == 0)
            return &table[i];
    }
    return NULL;
}

enum err precompile_run(struct precompile_result *out, const struct precompile *row, struct bytes input, i64 gas,
                        struct arena *arena)
{
    const u64 cost = precompile_gas(row, input);
    if (gas < 0 || cost > (u64)gas) {
        *out = (struct precompile_result){HALT_OUT_OF_GAS, gas, {NULL, 0}};
        return OK;
    }
    struct bytes output = {NULL, 0};
    const struct arena_mark mark = arena_mark(arena);
    const enum err e = row->run(input, arena, &output);
    if (e != OK)
        arena_rewind(arena, mark);
    if (e != OK && !err_is_reject(e))
        return e;
    /* a rule that the input broke is, to the program that called, a halt */
    *out = e == OK ? (struct precompile_result){HALT_RETURN, (i64)cost, output}
                   : (struct precompile_result){HALT_PRECOMPILE, gas, {NULL, 0}};
    return OK;
}
