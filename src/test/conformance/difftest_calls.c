/* Calls and creations: to whom, with what input, and what becomes of the result. Precompiles get inputs that mean
 * something to them, now and then damaged. */
#include "conformance/difftest_coder.h"
#include "crypto/sha256.h"
#include "signer/secp256k1_sign.h"

/* --- data behind the code --- */

/* Copies data to memory at `to`. */
void coder_bring(struct coder *c, struct bytes data, u64 to)
{
    if (c->data_count == DATA_MAX || data.len > 6000)
        return;
    push_u64(c, data.len);
    c->data[c->data_count].data = data;
    c->data[c->data_count++].at = push_open(c);
    push_u64(c, to);
    put(c, CODECOPY, -3);
}

/* --- calls --- */

/* What to do with the item on top. */
static void use(struct coder *c)
{
    switch (below(c, 6)) {
    case 0: break; /* stays */
    case 1:
        coder_push_key(c);
        put(c, SSTORE, -2);
        break;
    case 2:
        coder_push_offset(c);
        put(c, MSTORE, -2);
        break;
    default: put(c, POP, -1);
    }
}

static void push_gas(struct coder *c)
{
    static const u64 some[] = {0, 100, 700, 2300, 2600, 5000, 9000, 20000, 30000, 50000, 100000, 1000000};
    if (percent(c, 72))
        put(c, GAS, 1);
    else if (percent(c, 15))
        push_u64(c, 2300 + below(c, 16)); /* EIP-2200: with 2300 left nothing may be stored */
    else if (percent(c, 90))
        push_u64(c, some[below(c, COUNT_OF(some))]);
    else
        coder_value(c, 2);
}

static void push_wei(struct coder *c)
{
    switch (below(c, 16)) {
    case 0: put(c, SELFBALANCE, 1); break;
    case 1: coder_value(c, 2); break;
    case 2:
    case 3:
    case 4: push_u64(c, below(c, 3)); break;
    default: push_u64(c, 0);
    }
}

/* A call whose input is in_size bytes at in; the rest of it is random. */
static void call_at(struct coder *c, u64 in, u64 in_size, u64 out, u64 out_size, const u256 *to, bool plain)
{
    static const u8 ops[] = {CALL, CALL, CALL, CALLCODE, DELEGATECALL, DELEGATECALL, STATICCALL, STATICCALL};
    const u8 what = ops[below(c, COUNT_OF(ops))];
    push_u64(c, out_size);
    push_u64(c, out);
    push_u64(c, in_size);
    push_u64(c, in);
    const bool has_value = what == CALL || what == CALLCODE;
    if (has_value) {
        if (plain)
            push_u64(c, 0);
        else
            push_wei(c);
    }
    if (to)
        push(c, to);
    else
        coder_push_place(c);
    if (plain)
        put(c, GAS, 1);
    else
        push_gas(c);
    put(c, what, has_value ? -6 : -5);
}

static void random_bytes(struct coder *c, u8 *out, size_t len)
{
    dice_fill(c->dice, out, len);
    for (size_t i = 0; i < len; i++)
        if (percent(c, 30))
            out[i] = 0;
}

static void word_at(u8 *out, u64 x)
{
    memset(out, 0, 24);
    store_be64(out + 24, x);
}

static size_t input_of_ecrecover(struct coder *c, u8 *out)
{
    hash32 digest;
    struct signature s;
    dice_fill(c->dice, digest.b, 32);
    BUG_UNLESS(secp256k1_sign(&s, &digest, &c->world->key) == OK);
    memcpy(out, digest.b, 32);
    word_at(out + 32, 27u + s.y_parity);
    memcpy(out + 64, s.r.b, 32);
    memcpy(out + 96, s.s.b, 32);
    return 128;
}

static size_t input_of_modexp(struct coder *c, u8 *out)
{
    static const u16 edge[] = {0, 1, 2, 8, 31, 32, 33, 64, 65, 256, 1024, 1025};
    size_t total = 96;
    for (int i = 0; i < 3; i++) {
        const u16 len = percent(c, 75) ? (u16)below(c, 40) : edge[below(c, COUNT_OF(edge))];
        word_at(out + 32 * i, len);
        if (total + len <= 1500) {
            random_bytes(c, out + total, len);
            total += len;
        }
    }
    return total;
}

static size_t input_of_blake2f(struct coder *c, u8 *out)
{
    random_bytes(c, out, 213);
    memset(out, 0, 2);
    out[2] &= 1;
    out[212] = (u8)(percent(c, 95) ? below(c, 2) : below(c, 256));
    return 213;
}

/* The generator of bn254, or nothing. */
static void bn254_point(struct coder *c, u8 *out)
{
    memset(out, 0, 64);
    if (percent(c, 80)) {
        out[31] = 1;
        out[63] = 2;
    }
}

static size_t input_of_bn254_pairing(struct coder *c, u8 *out)
{
    static const u8 g2[128] = {
        /* EIP-197: P2, imaginary parts first */
        0x19, 0x8e, 0x93, 0x93, 0x92, 0x0d, 0x48, 0x3a, 0x72, 0x60, 0xbf, 0xb7, 0x31, 0xfb, 0x5d, 0x25,
        0xf1, 0xaa, 0x49, 0x33, 0x35, 0xa9, 0xe7, 0x12, 0x97, 0xe4, 0x85, 0xb7, 0xae, 0xf3, 0x12, 0xc2,
        0x18, 0x00, 0xde, 0xef, 0x12, 0x1f, 0x1e, 0x76, 0x42, 0x6a, 0x00, 0x66, 0x5e, 0x5c, 0x44, 0x79,
        0x67, 0x43, 0x22, 0xd4, 0xf7, 0x5e, 0xda, 0xdd, 0x46, 0xde, 0xbd, 0x5c, 0xd9, 0x92, 0xf6, 0xed,
        0x09, 0x06, 0x89, 0xd0, 0x58, 0x5f, 0xf0, 0x75, 0xec, 0x9e, 0x99, 0xad, 0x69, 0x0c, 0x33, 0x95,
        0xbc, 0x4b, 0x31, 0x33, 0x70, 0xb3, 0x8e, 0xf3, 0x55, 0xac, 0xda, 0xdc, 0xd1, 0x22, 0x97, 0x5b,
        0x12, 0xc8, 0x5e, 0xa5, 0xdb, 0x8c, 0x6d, 0xeb, 0x4a, 0xab, 0x71, 0x80, 0x8d, 0xcb, 0x40, 0x8f,
        0xe3, 0xd1, 0xe7, 0x69, 0x0c, 0x43, 0xd3, 0x7b, 0x4c, 0xe6, 0xcc, 0x01, 0x66, 0xfa, 0x7d, 0xaa};
    const size_t pairs = below(c, 3);
    for (size_t i = 0; i < pairs; i++) {
        bn254_point(c, out + 192 * i);
        if (percent(c, 70))
            memcpy(out + 192 * i + 64, g2, 128);
        else
            memset(out + 192 * i + 64, 0, 128);
    }
    return 192 * pairs;
}

/* The polynomial 0: its commitment and every proof are the point at infinity, its value is 0 everywhere. */
static size_t input_of_kzg(struct coder *c, u8 *out)
{
    memset(out, 0, 192);
    dice_fill(c->dice, out + 33, 31);
    out[96] = out[144] = 0xc0;
    if (percent(c, 15))
        out[95] = 1;
    hash32 hash;
    sha256(&hash, out + 96, 48);
    memcpy(out, hash.b, 32);
    out[0] = 1; /* EIP-4844: VERSIONED_HASH_VERSION_KZG */
    return 192;
}

static size_t input_of_p256(u8 *out)
{
    static const char valid[] = /* RFC 6979, A.2.5, SHA-256, "sample" */
        "\xaf\x2b\xdb\xe1\xaa\x9b\x6e\xc1\xe2\xad\xe1\xd6\x94\xf4\x1f\xc7\x1a\x83\x1d\x02\x68\xe9\x89\x15\x62\x11\x3d\x8a\x62\xad\xd1\xbf"
        "\xef\xd4\x8b\x2a\xac\xb6\xa8\xfd\x11\x40\xdd\x9c\xd4\x5e\x81\xd6\x9d\x2c\x87\x7b\x56\xaa\xf9\x91\xc3\x4d\x0e\xa8\x4e\xaf\x37\x16"
        "\xf7\xcb\x1c\x94\x2d\x65\x7c\x41\xd4\x36\xc7\xa1\xb6\xe2\x9f\x65\xf3\xe9\x00\xdb\xb9\xaf\xf4\x06\x4d\xc4\xab\x2f\x84\x3a\xcd\xa8"
        "\x60\xfe\xd4\xba\x25\x5a\x9d\x31\xc9\x61\xeb\x74\xc6\x35\x6d\x68\xc0\x49\xb8\x92\x3b\x61\xfa\x6c\xe6\x69\x62\x2e\x60\xf2\x9f\xb6"
        "\x79\x03\xfe\x10\x08\xb8\xbc\x99\xa4\x1a\xe9\xe9\x56\x28\xbc\x64\xf2\xf1\xb2\x0c\x2d\x7e\x9f\x51\x77\xa3\xc2\x94\xd4\x46\x22\x99";
    memcpy(out, valid, 160);
    return 160;
}

/* Points of BLS12-381 come out of the two mapping precompiles and go into the others. */
static void call_bls12_381(struct coder *c)
{
    static const struct {
        u8 at;
        bool g2;
        u16 in; /* bytes of points, with scalars where there are some */
        bool scalar, pairing;
    } row[] = {{0x0b, false, 256, false, false}, {0x0c, false, 160, true, false}, {0x0d, true, 512, false, false},
               {0x0e, true, 288, true, false},   {0x0f, false, 384, false, true}};
    const size_t which = below(c, 12) == 0 ? 4 : below(c, 4);
    u8 element[128] = {0};
    dice_fill(c->dice, element + 17, 47);
    dice_fill(c->dice, element + 81, 47);
    const bool g2 = row[which].g2;
    const u256 map = u256_from_u64(g2 ? 0x11 : 0x10);
    coder_bring(c, arena_copy(c->arena, bytes_of(element, g2 ? 128 : 64)), 512);
    call_at(c, 512, g2 ? 128 : 64, 0, g2 ? 256 : 128, &map, true);
    use(c);
    if (row[which].pairing) {
        const u256 map_g2 = u256_from_u64(0x11);
        coder_bring(c, arena_copy(c->arena, BYTES_OF(element)), 512);
        call_at(c, 512, 128, 128, 256, &map_g2, true);
        use(c);
    } else if (row[which].scalar) {
        coder_value(c, 2);
        push_u64(c, g2 ? 256 : 128);
        put(c, MSTORE, -2);
    } else if (percent(c, 60)) { /* to itself; else to infinity */
        push_u64(c, g2 ? 256 : 128);
        push_u64(c, 0);
        push_u64(c, g2 ? 256 : 128);
        put(c, MCOPY, -3);
    }
    const u256 to = u256_from_u64(row[which].at);
    call_at(c, 0, row[which].in, 1024, 256, &to, percent(c, 70));
    use(c);
}

static void call_precompile(struct coder *c)
{
    u8 input[1600];
    memset(input, 0, sizeof input);
    size_t len = below(c, 200);
    u64 at = 1 + below(c, 10);
    if (percent(c, 8)) {
        call_bls12_381(c);
        return;
    }
    if (percent(c, 8))
        at = 0x100;
    random_bytes(c, input, len);
    switch (at) {
    case 1: len = input_of_ecrecover(c, input); break;
    case 5: len = input_of_modexp(c, input); break;
    case 6:
        bn254_point(c, input);
        bn254_point(c, input + 64);
        len = 128;
        break;
    case 7:
        bn254_point(c, input);
        random_bytes(c, input + 64, 32);
        len = 96;
        break;
    case 8:
        if (percent(c, 75)) /* takes long elsewhere */
            return;
        len = input_of_bn254_pairing(c, input);
        break;
    case 9: len = input_of_blake2f(c, input); break;
    case 10: len = input_of_kzg(c, input); break;
    case 0x100: len = input_of_p256(input); break;
    default: break;
    }
    if (len && percent(c, 15))
        input[below(c, len)] ^= (u8)(1u << below(c, 8));
    if (percent(c, 8))
        len += below(c, 2) ? 1 : len ? -1ull : 0;
    const u64 to = below(c, 4) * 32;
    const u256 place = u256_from_u64(at);
    coder_bring(c, arena_copy(c->arena, bytes_of(input, len)), to);
    static const u8 result_bytes[] = {0, 32, 64, 31, 65, 128};
    const u64 out = percent(c, 60) ? to : coder_offset(c);
    call_at(c, to, len, out, result_bytes[below(c, sizeof result_bytes)], &place, percent(c, 80));
    use(c);
}

/* EIP-7002, EIP-7251: the requests' contracts are the last places. */
static void call_requests(struct coder *c)
{
    u8 input[96];
    const bool consolidation = percent(c, 50);
    const size_t len = consolidation ? 96 : 56;
    dice_fill(c->dice, input, sizeof input);
    coder_bring(c, arena_copy(c->arena, bytes_of(input, percent(c, 92) ? len : below(c, 97))), 0);
    push_u64(c, 32);
    push_u64(c, 128);
    push_u64(c, percent(c, 85) ? len : 0);
    push_u64(c, 0);
    push_u64(c, below(c, 3) ? 1 : below(c, 40));
    const u256 to = u256_from_address(&c->world->place[c->world->place_count - (consolidation ? 1 : 2)]);
    push(c, &to);
    put(c, GAS, 1);
    put(c, CALL, -6);
    use(c);
}

void coder_call(struct coder *c)
{
    const u64 kind = below(c, 20);
    if (kind < 5)
        call_precompile(c);
    else if (kind < 6)
        call_requests(c);
    else {
        call_at(c, coder_offset(c), coder_size(c), coder_offset(c), coder_size(c), NULL, false);
        use(c);
        if (percent(c, 35))
            coder_copy(c);
    }
}

/* --- creations --- */

void coder_create(struct coder *c)
{
    const bool two = percent(c, 50);
    size_t len;
    if (percent(c, 70)) {
        struct bytes init = c->program(c->arena, c->dice, c->world, PROGRAM_INIT, (u32)below(c, 5));
        len = init.len;
        coder_bring(c, init, 0);
    } else if (percent(c, 50)) { /* the code of an account as init code */
        len = below(c, 400);
        push_u64(c, len);
        push_u64(c, 0);
        push_u64(c, 0);
        coder_push_place(c);
        put(c, EXTCODECOPY, -4);
    } else { /* what lies there; rarely too much of it */
        static const u16 limit[] = {49151, 49152, 49153};
        len = below(c, 8) ? below(c, 80) : limit[below(c, 3)];
    }
    if (two)
        push_u64(c, below(c, 2)); /* salts meet */
    push_u64(c, len);
    push_u64(c, 0);
    push_wei(c);
    put(c, two ? CREATE2 : CREATE, two ? -3 : -2);
    if (percent(c, 50)) { /* and call it */
        put(c, DUP1, 1);
        for (int i = 0; i < 5; i++)
            push_u64(c, 0);
        put(c, DUP1 + 5, 1);
        push_gas(c);
        put(c, CALL, -6);
        use(c);
    }
    use(c);
}
