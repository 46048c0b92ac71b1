/* Random bytecode with a plan: it follows its stack's height, its jumps mostly meet, its offsets are mostly small and its
 * addresses mostly somebody's, so that programs get far; and now and then none of this holds.
 *
 *   program   = statement ... end, functions, data
 *   statement = store | copy | log | call | create | branch | loop | function call | stack shuffle | an end | noise
 *   value     = constant | DUP | environment | operation(value ...) | load(value)       leaves one item */
#include "app/difftest.h"

#include "base/u256.h"
#include "crypto/sha256.h"

enum {
    STOP = 0x00, ADD = 0x01, MUL = 0x02, SUB = 0x03, ADDMOD = 0x08, EXP = 0x0a, SIGNEXTEND = 0x0b, LT = 0x10,
    ISZERO = 0x15, AND = 0x16, NOT = 0x19, BYTE = 0x1a, SHL = 0x1b, CLZ = 0x1e, KECCAK256 = 0x20, ADDRESS = 0x30,
    BALANCE = 0x31, ORIGIN = 0x32, CALLER = 0x33, CALLDATALOAD = 0x35, CALLDATACOPY = 0x37, CODESIZE = 0x38,
    CODECOPY = 0x39, EXTCODESIZE = 0x3b, EXTCODECOPY = 0x3c, RETURNDATASIZE = 0x3d, RETURNDATACOPY = 0x3e,
    EXTCODEHASH = 0x3f, BLOCKHASH = 0x40, COINBASE = 0x41, NUMBER = 0x43, SELFBALANCE = 0x47, BLOBHASH = 0x49,
    POP = 0x50, MLOAD = 0x51, MSTORE = 0x52, MSTORE8 = 0x53, SLOAD = 0x54, SSTORE = 0x55, JUMP = 0x56, JUMPI = 0x57,
    GAS = 0x5a, JUMPDEST = 0x5b, TLOAD = 0x5c, TSTORE = 0x5d, MCOPY = 0x5e, PUSH0 = 0x5f, PUSH1 = 0x60, PUSH2 = 0x61,
    DUP1 = 0x80, SWAP1 = 0x90, LOG0 = 0xa0, CREATE = 0xf0, CALL = 0xf1, CALLCODE = 0xf2, RETURN = 0xf3,
    DELEGATECALL = 0xf4, CREATE2 = 0xf5, STATICCALL = 0xfa, REVERT = 0xfd, INVALID = 0xfe, SELFDESTRUCT = 0xff,
};

enum { CODE_ROOM = 24000, DATA_MAX = 24, FUNCTIONS_MAX = 3, CALLS_MAX = 24, HEIGHT_MAX = 40 };

struct coder {
    struct arena *arena;
    struct dice *dice;
    const struct program_world *world;
    u8 *code;
    size_t len;
    int height;      /* items on the stack here, for sure */
    u32 nesting;     /* branches and loops around */
    u32 loops;       /* loops around: what is in them should be cheap */
    bool calls_none; /* neither calls nor creates */
    struct {
        struct bytes data;
        size_t at; /* of the offset to be filled in */
    } data[DATA_MAX];
    u32 data_count;
    struct {
        u32 function;
        size_t at;
    } call[CALLS_MAX];
    u32 call_count;
};

static void value(struct coder *c, u32 depth);
static void statement(struct coder *c);

/* --- pieces --- */

static void op(struct coder *c, unsigned byte)
{
    if (c->len < CODE_ROOM)
        c->code[c->len++] = (u8)byte;
}

/* An instruction that leaves so many more items. */
static void put(struct coder *c, unsigned byte, int rise)
{
    op(c, byte);
    c->height += rise;
}

static void push(struct coder *c, const u256 *x)
{
    u8 be[32];
    const unsigned least = u256_byte_length(x);
    /* mostly the shortest; else some zeros in front */
    const unsigned count = dice_percent(c->dice, 90) ? least : least + (unsigned)dice_below(c->dice, 33 - least);
    u256_to_be(be, x);
    put(c, PUSH0 + count, 1);
    for (unsigned i = 0; i < count; i++)
        op(c, be[32 - count + i]);
}

static void push_u64(struct coder *c, u64 x)
{
    const u256 wide = u256_from_u64(x);
    push(c, &wide);
}

/* A constant of two bytes that is filled in later; where. */
static size_t push_open(struct coder *c)
{
    put(c, PUSH2, 1);
    op(c, 0);
    op(c, 0);
    return c->len - 2;
}

static void fill_in(struct coder *c, size_t at, size_t x)
{
    c->code[at] = (u8)(x >> 8);
    c->code[at + 1] = (u8)x;
}

static u64 below(struct coder *c, u64 n)
{
    return dice_below(c->dice, n);
}

static bool percent(struct coder *c, u64 p)
{
    return dice_percent(c->dice, p);
}

static u64 offset(struct coder *c)
{
    static const u64 edge[] = {0, 1, 31, 32, 33, 63, 64, 65, 95, 96, 127, 128, 1023, 1024};
    switch (below(c, 20)) {
    case 0: return below(c, 5000);
    case 1: return below(c, 300);
    default: return percent(c, 50) ? edge[below(c, COUNT_OF(edge))] : below(c, 12) * 32;
    }
}

static u64 size(struct coder *c)
{
    static const u64 edge[] = {0, 0, 1, 20, 31, 32, 32, 33, 64, 65, 96, 128, 135, 136, 137};
    return percent(c, 4) ? below(c, 3000) : edge[below(c, COUNT_OF(edge))];
}

static void push_offset(struct coder *c)
{
    static const u256 hopeless[] = {{{0, 1, 0, 0}}, {{~0ull, ~0ull, ~0ull, ~0ull}}, {{~0ull, 0, 0, 0}},
                                    {{0xffffffff, 0, 0, 0}}, {{0x7fffffffffffffff, 0, 0, 0}}};
    if (below(c, 150) == 0)
        push(c, &hopeless[below(c, COUNT_OF(hopeless))]);
    else if (percent(c, 2))
        value(c, 3);
    else
        push_u64(c, offset(c));
}

static void push_size(struct coder *c)
{
    if (below(c, 200) == 0)
        push_offset(c);
    else
        push_u64(c, size(c));
}

static void push_key(struct coder *c)
{
    if (percent(c, 6))
        value(c, 3);
    else
        push_u64(c, below(c, 5));
}

static void push_place(struct coder *c)
{
    u256 x;
    switch (below(c, 24)) {
    case 0: put(c, ADDRESS, 1); return;
    case 1: put(c, percent(c, 50) ? CALLER : ORIGIN, 1); return;
    case 2: put(c, COINBASE, 1); return;
    case 3: push_u64(c, 1 + below(c, 18)); return; /* precompiles, and 0x12 */
    case 4: push_u64(c, 0x100); return;
    case 5: value(c, 2); return;
    default:
        x = u256_from_address(&c->world->place[below(c, percent(c, 75) ? c->world->contract_count : c->world->place_count)]);
        if (percent(c, 3))
            x.w[3] = dice_word(c->dice); /* what is above an address does not count */
        push(c, &x);
    }
}

/* --- values --- */

static void binary(struct coder *c, u32 depth)
{
    static const u8 ops[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0b, 0x10, 0x11, 0x12, 0x13,
                             0x14, 0x16, 0x17, 0x18, 0x1a, 0x1b, 0x1c, 0x1d, 0x04, 0x05, 0x06, 0x07};
    const u8 what = ops[below(c, COUNT_OF(ops))];
    value(c, depth + 1);
    if ((what >= 0x1a && what <= 0x1d) || what == SIGNEXTEND) /* an index or a count on top */
        push_u64(c, percent(c, 80) ? below(c, what >= 0x1b ? 260 : 34) : 1ull << below(c, 64));
    else
        value(c, depth + 1);
    put(c, what, -1);
}

static void environment(struct coder *c)
{
    static const u8 ops[] = {0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43,
                             0x44, 0x45, 0x46, 0x47, 0x48, 0x4a, 0x58, 0x59, 0x5a};
    put(c, ops[below(c, COUNT_OF(ops))], 1);
}

static void constant(struct coder *c)
{
    const u256 x = percent(c, 40) ? u256_from_u64(below(c, 70)) : dice_u256(c->dice);
    push(c, &x);
}

static void of_place(struct coder *c)
{
    static const u8 ops[] = {BALANCE, EXTCODESIZE, EXTCODEHASH};
    push_place(c);
    put(c, ops[below(c, 3)], 0);
}

static void number_and_hash(struct coder *c)
{
    if (percent(c, 70)) {
        push_u64(c, percent(c, 70) ? below(c, 4) : below(c, 260));
        put(c, NUMBER, 1);
        put(c, SUB, -1);
    } else {
        value(c, 3);
    }
    put(c, BLOCKHASH, 0);
}

static void value(struct coder *c, u32 depth)
{
    if (c->height >= HEIGHT_MAX) {
        put(c, POP, -1);
    }
    const u64 kind = depth >= 3 ? below(c, 50) : below(c, 130);
    if (kind < 30) {
        constant(c);
    } else if (kind < 42) {
        if (c->height > 0)
            put(c, DUP1 + (unsigned)below(c, c->height < 16 ? (u64)c->height : 16), 1);
        else
            constant(c);
    } else if (kind < 50) {
        environment(c);
    } else if (kind < 82) {
        binary(c, depth);
    } else if (kind < 88) {
        value(c, depth + 1);
        const u64 which = below(c, c->world->fork >= FORK_OSAKA ? 4 : 3);
        put(c, which == 0 ? ISZERO : which == 1 ? NOT : which == 2 ? ISZERO : CLZ, 0);
    } else if (kind < 92) {
        value(c, depth + 1);
        value(c, depth + 1);
        value(c, depth + 1);
        put(c, ADDMOD + (unsigned)below(c, 2), -2);
    } else if (kind < 94) {
        if (percent(c, 80))
            push_u64(c, percent(c, 70) ? below(c, 300) : 1ull << below(c, 64));
        else
            value(c, depth + 1);
        value(c, depth + 1);
        put(c, EXP, -1);
    } else if (kind < 99) {
        push_key(c);
        put(c, SLOAD, 0);
    } else if (kind < 103) {
        push_key(c);
        put(c, TLOAD, 0);
    } else if (kind < 109) {
        push_offset(c);
        put(c, MLOAD, 0);
    } else if (kind < 113) {
        push_offset(c);
        put(c, CALLDATALOAD, 0);
    } else if (kind < 117) {
        push_size(c);
        push_offset(c);
        put(c, KECCAK256, -1);
    } else if (kind < 123) {
        of_place(c);
    } else if (kind < 126) {
        number_and_hash(c);
    } else if (kind < 128) {
        push_u64(c, percent(c, 90) ? below(c, 8) : 1ull << below(c, 64));
        put(c, BLOBHASH, 0);
    } else {
        push_place(c);
    }
}

/* --- stores, copies, logs --- */

static void store(struct coder *c)
{
    const u64 kind = below(c, 10);
    if (kind < 4) {
        if (percent(c, 50))
            push_u64(c, below(c, 3));
        else
            value(c, 1);
        push_key(c);
        put(c, SSTORE, -2);
    } else if (kind < 6) {
        value(c, 1);
        push_key(c);
        put(c, TSTORE, -2);
    } else {
        value(c, 1);
        push_offset(c);
        put(c, kind < 9 ? MSTORE : MSTORE8, -2);
    }
}

static void copy(struct coder *c)
{
    static const u8 ops[] = {CALLDATACOPY, CODECOPY, MCOPY, RETURNDATACOPY, EXTCODECOPY};
    const u8 what = ops[below(c, COUNT_OF(ops))];
    if (what == RETURNDATACOPY && percent(c, 85)) { /* in bounds, or just not */
        const u64 over = below(c, 12) == 0, from = below(c, 3);
        if (from) {
            push_u64(c, 0);
            push_u64(c, over);
            push_offset(c);
        } else {
            if (over)
                push_u64(c, 1);
            put(c, RETURNDATASIZE, 1);
            if (over)
                put(c, ADD, -1);
            push_u64(c, 0);
            push_u64(c, below(c, 5) * 32);
        }
        put(c, what, -3);
        return;
    }
    push_size(c);
    push_offset(c);
    push_offset(c);
    if (what == EXTCODECOPY)
        push_place(c);
    put(c, what, what == EXTCODECOPY ? -4 : -3);
}

static void write_log(struct coder *c)
{
    const unsigned topics = (unsigned)below(c, 5);
    for (unsigned i = 0; i < topics; i++)
        value(c, 2);
    push_size(c);
    push_offset(c);
    put(c, LOG0 + topics, -2 - (int)topics);
}

/* --- data behind the code --- */

/* Copies data to memory at `to`. */
static void bring(struct coder *c, struct bytes data, u64 to)
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
        push_key(c);
        put(c, SSTORE, -2);
        break;
    case 2:
        push_offset(c);
        put(c, MSTORE, -2);
        break;
    default: put(c, POP, -1);
    }
}

static void push_gas(struct coder *c)
{
    static const u64 some[] = {0, 100, 700, 2300, 2600, 5000, 9000, 20000, 30000, 50000, 100000, 1000000};
    if (percent(c, 75))
        put(c, GAS, 1);
    else if (percent(c, 90))
        push_u64(c, some[below(c, COUNT_OF(some))]);
    else
        value(c, 2);
}

static void push_wei(struct coder *c)
{
    switch (below(c, 16)) {
    case 0: put(c, SELFBALANCE, 1); break;
    case 1: value(c, 2); break;
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
        push_place(c);
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
    bring(c, arena_copy(c->arena, bytes_of(element, g2 ? 128 : 64)), 512);
    call_at(c, 512, g2 ? 128 : 64, 0, g2 ? 256 : 128, &map, true);
    use(c);
    if (row[which].pairing) {
        const u256 map_g2 = u256_from_u64(0x11);
        bring(c, arena_copy(c->arena, BYTES_OF(element)), 512);
        call_at(c, 512, 128, 128, 256, &map_g2, true);
        use(c);
    } else if (row[which].scalar) {
        value(c, 2);
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
    bring(c, arena_copy(c->arena, bytes_of(input, len)), to);
    static const u8 result_bytes[] = {0, 32, 64, 31, 65, 128};
    call_at(c, to, len, percent(c, 60) ? to : offset(c), result_bytes[below(c, sizeof result_bytes)], &place, percent(c, 80));
    use(c);
}

/* EIP-7002, EIP-7251: the requests' contracts are the last places. */
static void call_requests(struct coder *c)
{
    u8 input[96];
    const bool consolidation = percent(c, 50);
    const size_t len = consolidation ? 96 : 56;
    dice_fill(c->dice, input, sizeof input);
    bring(c, arena_copy(c->arena, bytes_of(input, percent(c, 92) ? len : below(c, 97))), 0);
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

static void call(struct coder *c)
{
    const u64 kind = below(c, 20);
    if (kind < 5)
        call_precompile(c);
    else if (kind < 6)
        call_requests(c);
    else {
        call_at(c, offset(c), size(c), offset(c), size(c), NULL, false);
        use(c);
        if (percent(c, 35))
            copy(c);
    }
}

/* --- creations --- */

static void create(struct coder *c)
{
    const bool two = percent(c, 50);
    size_t len;
    if (percent(c, 70)) {
        struct bytes init = difftest_program(c->arena, c->dice, c->world, PROGRAM_INIT, (u32)below(c, 5));
        len = init.len;
        bring(c, init, 0);
    } else if (percent(c, 50)) { /* the code of somebody as init code */
        len = below(c, 400);
        push_u64(c, len);
        push_u64(c, 0);
        push_u64(c, 0);
        push_place(c);
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

/* --- control --- */

/* As many items as before. */
static void level(struct coder *c, int height)
{
    while (c->height > height)
        put(c, POP, -1);
    while (c->height < height)
        put(c, PUSH0, 1);
}

static void block_of(struct coder *c, u64 statements)
{
    const int height = c->height;
    for (u64 i = 0; i < statements; i++)
        statement(c);
    level(c, height);
}

static void branch(struct coder *c)
{
    value(c, 1);
    const size_t otherwise = push_open(c);
    put(c, JUMPI, -2);
    c->nesting++;
    block_of(c, 1 + below(c, 2));
    if (percent(c, 40)) {
        const size_t end = push_open(c);
        put(c, JUMP, -1);
        fill_in(c, otherwise, c->len);
        put(c, JUMPDEST, 0);
        block_of(c, 1);
        fill_in(c, end, c->len);
    } else {
        fill_in(c, otherwise, c->len);
    }
    put(c, JUMPDEST, 0);
    c->nesting--;
}

/* A loop that counts down; often enough to be called hot, where its body is cheap. */
static void loop(struct coder *c)
{
    static const u16 often[] = {150, 300, 600};
    const bool hot = c->loops == 0 && percent(c, 25);
    push_u64(c, hot ? often[below(c, COUNT_OF(often))] : 1 + below(c, 6));
    const size_t start = c->len;
    put(c, JUMPDEST, 0);
    c->nesting++;
    c->loops++;
    if (hot) {
        const int height = c->height;
        const u64 count = 1 + below(c, 3);
        for (u64 i = 0; i < count; i++) {
            value(c, 2);
            if (percent(c, 60)) {
                push_u64(c, below(c, 8) * 32);
                put(c, MSTORE, -2);
            } else if (c->height > 2) {
                put(c, SWAP1, 0);
            }
            if (percent(c, 30))
                branch(c);
        }
        level(c, height);
    } else {
        block_of(c, 1 + below(c, 3));
    }
    c->nesting--;
    c->loops--;
    push_u64(c, 1);
    put(c, SWAP1, 0);
    put(c, SUB, -1);
    put(c, DUP1, 1);
    push_u64(c, start);
    put(c, JUMPI, -2);
    if (percent(c, 70))
        put(c, POP, -1);
}

/* Return address, function, JUMP: the functions are behind the end. */
static void function_call(struct coder *c)
{
    if (c->call_count == CALLS_MAX)
        return;
    const size_t back = push_open(c);
    c->call[c->call_count].function = (u32)below(c, FUNCTIONS_MAX);
    c->call[c->call_count++].at = push_open(c);
    put(c, JUMP, -1);
    fill_in(c, back, c->len);
    put(c, JUMPDEST, -1);
}

static void functions(struct coder *c)
{
    const u32 calls = c->call_count;
    for (u32 f = 0; f < FUNCTIONS_MAX; f++) {
        bool called = false;
        for (u32 i = 0; i < calls; i++)
            if (c->call[i].function == f) {
                fill_in(c, c->call[i].at, c->len);
                called = true;
            }
        if (!called)
            continue;
        put(c, JUMPDEST, 0);
        c->height = 1;
        c->nesting = 2;
        c->call_count = CALLS_MAX; /* functions call none */
        block_of(c, 1 + below(c, 3));
        put(c, JUMP, -1);
    }
}

static void end(struct coder *c)
{
    const u64 kind = below(c, 20);
    if (kind < 5) {
        op(c, STOP);
    } else if (kind < 14) {
        push_size(c);
        push_offset(c);
        op(c, kind < 11 ? RETURN : REVERT);
    } else if (kind < 17) {
        push_place(c);
        op(c, SELFDESTRUCT);
    } else if (kind < 18) {
        op(c, INVALID);
    } else if (kind < 19) { /* a jump to wherever; the byte 0x5b as data */
        push_u64(c, percent(c, 50) ? c->len + 3 : JUMPDEST);
        if (percent(c, 50))
            value(c, 2);
        op(c, JUMP);
    } else {
        op(c, 0x0c + (unsigned)below(c, 4)); /* no instruction */
    }
}

static void shuffle(struct coder *c)
{
    const u64 kind = below(c, 4);
    if (kind == 0 && c->height > 0)
        put(c, POP, -1);
    else if (kind < 3 && c->height > 1)
        put(c, SWAP1 + (unsigned)below(c, c->height < 17 ? (u64)c->height - 1 : 16), 0);
    else
        value(c, 0);
}

static void statement(struct coder *c)
{
    if (c->len > CODE_ROOM - 8000)
        return;
    const u64 kind = below(c, 1000);
    const bool inside = c->nesting >= 3;
    if (kind < 260)
        store(c);
    else if (kind < 340)
        copy(c);
    else if (kind < 400)
        write_log(c);
    else if (kind < 560 && !c->calls_none)
        call(c);
    else if (kind < 600 && !c->calls_none && c->loops == 0)
        create(c);
    else if (kind < 700 && !inside)
        branch(c);
    else if (kind < 770 && !inside)
        loop(c);
    else if (kind < 810)
        function_call(c);
    else if (kind < 980)
        shuffle(c);
    else if (kind < 990 || !c->nesting)
        value(c, 0);
    else if (kind < 997)
        end(c);
    else
        op(c, (unsigned)below(c, 256));
}

/* --- programs --- */

/* What the init code returns: a small program, or something that may not be code. */
static void return_code(struct coder *c)
{
    static const u8 marked[] = {0xef, 0x00};
    const u64 kind = below(c, 16);
    if (kind < 11) {
        const struct bytes code = difftest_program(c->arena, c->dice, c->world, PROGRAM_ANY, (u32)below(c, 4));
        bring(c, code, 0);
        push_u64(c, code.len);
        push_u64(c, 0);
        op(c, RETURN);
    } else if (kind == 11) {
        bring(c, BYTES_OF(marked), 0);
        push_u64(c, 2);
        push_u64(c, 0);
        op(c, RETURN);
    } else if (kind == 12) {
        push_u64(c, 24575 + below(c, 3)); /* EIP-170: 24576 is the most */
        push_u64(c, 0);
        op(c, RETURN);
    } else {
        end(c);
    }
}

static void deep(struct coder *c)
{
    c->calls_none = true;
    block_of(c, below(c, 2));
    for (int i = 0; i < 5; i++)
        push_u64(c, i == 1 ? 32 : 0);
    put(c, ADDRESS, 1);
    put(c, GAS, 1);
    put(c, CALL, -6);
    if (percent(c, 50)) {
        push_u64(c, below(c, 3));
        put(c, SSTORE, -2);
    }
    block_of(c, below(c, 3));
}

struct bytes difftest_program(struct arena *arena, struct dice *d, const struct program_world *world,
                              enum program_kind kind, u32 statements)
{
    struct coder *c = ARENA_TAKE_ZERO(arena, struct coder, 1);
    *c = (struct coder){.arena = arena, .dice = d, .world = world, .code = ARENA_TAKE(arena, u8, CODE_ROOM + 64)};
    if (kind == PROGRAM_NOISE) {
        c->len = 1 + below(c, 80);
        dice_fill(d, c->code, c->len);
        return bytes_of(c->code, c->len);
    }
    if (kind == PROGRAM_DEEP)
        deep(c);
    else
        for (u32 i = 0; i < statements; i++)
            statement(c);
    if (kind == PROGRAM_INIT)
        return_code(c);
    else
        end(c);
    if (c->call_count && kind != PROGRAM_DEEP)
        functions(c);
    for (u32 i = 0; i < c->data_count && c->len + c->data[i].data.len < CODE_ROOM; i++) {
        fill_in(c, c->data[i].at, c->len);
        if (c->data[i].data.len)
            memcpy(c->code + c->len, c->data[i].data.ptr, c->data[i].data.len);
        c->len += c->data[i].data.len;
    }
    return bytes_of(c->code, c->len);
}
