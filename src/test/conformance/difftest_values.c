/* Values of random programs: offsets and sizes, keys, addresses, expressions; and copies, which are made of them. */
#include "conformance/difftest_coder.h"

/* --- offsets, keys, places --- */

u64 coder_offset(struct coder *c)
{
    static const u64 edge[] = {0, 1, 31, 32, 33, 63, 64, 65, 95, 96, 127, 128, 1023, 1024};
    switch (below(c, 20)) {
    case 0: return below(c, 5000);
    case 1: return below(c, 300);
    default: return percent(c, 50) ? edge[below(c, COUNT_OF(edge))] : below(c, 12) * 32;
    }
}

u64 coder_size(struct coder *c)
{
    static const u64 edge[] = {0, 0, 1, 20, 31, 32, 32, 33, 64, 65, 96, 128, 135, 136, 137};
    return percent(c, 4) ? below(c, 3000) : edge[below(c, COUNT_OF(edge))];
}

void coder_push_offset(struct coder *c)
{
    static const u256 hopeless[] = {{{0, 1, 0, 0}}, {{~0ull, ~0ull, ~0ull, ~0ull}}, {{~0ull, 0, 0, 0}},
                                    {{0xffffffff, 0, 0, 0}}, {{0x7fffffffffffffff, 0, 0, 0}}};
    if (below(c, 500) == 0)
        push(c, &hopeless[below(c, COUNT_OF(hopeless))]);
    else if (below(c, 200) == 0)
        coder_value(c, 3);
    else
        push_u64(c, coder_offset(c));
}

void coder_push_size(struct coder *c)
{
    if (below(c, 500) == 0)
        coder_push_offset(c);
    else
        push_u64(c, coder_size(c));
}

void coder_push_key(struct coder *c)
{
    if (percent(c, 6))
        coder_value(c, 3);
    else
        push_u64(c, below(c, 5));
}

void coder_push_place(struct coder *c)
{
    u256 x;
    switch (below(c, 24)) {
    case 0: put(c, ADDRESS, 1); return;
    case 1: put(c, percent(c, 50) ? CALLER : ORIGIN, 1); return;
    case 2: put(c, COINBASE, 1); return;
    case 3: push_u64(c, 1 + below(c, 18)); return; /* precompiles, and 0x12 */
    case 4: push_u64(c, 0x100); return;
    case 5: coder_value(c, 2); return;
    default:
        x = u256_from_address(
            &c->world->place[below(c, percent(c, 75) ? c->world->contract_count : c->world->place_count)]);
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
    coder_value(c, depth + 1);
    if ((what >= 0x1a && what <= 0x1d) || what == SIGNEXTEND) /* an index or a count on top */
        push_u64(c, percent(c, 80) ? below(c, what >= 0x1b ? 260 : 34) : 1ull << below(c, 64));
    else
        coder_value(c, depth + 1);
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
    coder_push_place(c);
    put(c, ops[below(c, 3)], 0);
}

static void number_and_hash(struct coder *c)
{
    if (percent(c, 70)) {
        push_u64(c, percent(c, 70) ? below(c, 4) : below(c, 260));
        put(c, NUMBER, 1);
        put(c, SUB, -1);
    } else {
        coder_value(c, 3);
    }
    put(c, BLOCKHASH, 0);
}

void coder_value(struct coder *c, u32 depth)
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
        coder_value(c, depth + 1);
        const u64 which = below(c, c->world->fork >= FORK_OSAKA ? 4 : 3);
        put(c, which == 0 ? ISZERO : which == 1 ? NOT : which == 2 ? ISZERO : CLZ, 0);
    } else if (kind < 92) {
        coder_value(c, depth + 1);
        coder_value(c, depth + 1);
        coder_value(c, depth + 1);
        put(c, ADDMOD + (unsigned)below(c, 2), -2);
    } else if (kind < 94) {
        if (percent(c, 80))
            push_u64(c, percent(c, 70) ? below(c, 300) : 1ull << below(c, 64));
        else
            coder_value(c, depth + 1);
        coder_value(c, depth + 1);
        put(c, EXP, -1);
    } else if (kind < 99) {
        coder_push_key(c);
        put(c, SLOAD, 0);
    } else if (kind < 103) {
        coder_push_key(c);
        put(c, TLOAD, 0);
    } else if (kind < 109) {
        coder_push_offset(c);
        put(c, MLOAD, 0);
    } else if (kind < 113) {
        coder_push_offset(c);
        put(c, CALLDATALOAD, 0);
    } else if (kind < 117) {
        coder_push_size(c);
        coder_push_offset(c);
        put(c, KECCAK256, -1);
    } else if (kind < 123) {
        of_place(c);
    } else if (kind < 126) {
        number_and_hash(c);
    } else if (kind < 128) {
        push_u64(c, percent(c, 90) ? below(c, 8) : 1ull << below(c, 64));
        put(c, BLOBHASH, 0);
    } else {
        coder_push_place(c);
    }
}

/* --- copies --- */

void coder_copy(struct coder *c)
{
    static const u8 ops[] = {CALLDATACOPY, CODECOPY, MCOPY, RETURNDATACOPY, EXTCODECOPY};
    const u8 what = ops[below(c, COUNT_OF(ops))];
    if (what == RETURNDATACOPY && percent(c, 85)) { /* in bounds, or just not */
        const u64 over = below(c, 12) == 0, from = below(c, 3);
        if (from) {
            push_u64(c, 0);
            push_u64(c, over);
            coder_push_offset(c);
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
    coder_push_size(c);
    coder_push_offset(c);
    coder_push_offset(c);
    if (what == EXTCODECOPY)
        coder_push_place(c);
    put(c, what, what == EXTCODECOPY ? -4 : -3);
}
