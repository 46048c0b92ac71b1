#include "chain/header.h"

#include "base/u256.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "state/trie.h"

enum {
    GAS_LIMIT_DIVISOR = 1024,        /* yellow paper 4.3.4 */
    GAS_LIMIT_MIN = 5000,
    ELASTICITY = 2,                  /* EIP-1559 */
    BASE_FEE_CHANGE_DENOMINATOR = 8,
    INITIAL_BASE_FEE = 1000000000,
    BLOB_GAS = 1 << 17,              /* EIP-4844: GAS_PER_BLOB */
    BLOB_BASE_COST = 1 << 13,        /* EIP-7918 */
    DIFFICULTY_DIVISOR = 2048,
    DIFFICULTY_MIN = 131072,
    BOMB_START = 200000,
};
#define GAS_LIMIT_MAX ((u64)INT64_MAX) /* EIP-1985's bound, which the fixtures keep */

const hash32 empty_ommers_hash = {{0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a, 0xab, 0x85, 0xb5,
                                   0x67, 0xb6, 0xcc, 0xd4, 0x1a, 0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a,
                                   0x74, 0x13, 0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47}};
const hash32 empty_requests_hash = {{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
                                     0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
                                     0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}};

/* --- the fields in order --- */

static const struct field_row {
    enum { U64, U256, FIXED, EXTRA } kind;
    u16 offset;
    u16 size; /* of FIXED */
} row[HEADER_PRAGUE] = {
#define FIXED_ROW(member) {FIXED, offsetof(struct header, member), sizeof(((struct header *)0)->member)}
#define NUMBER_ROW(kind, member) {kind, offsetof(struct header, member), 0}
    FIXED_ROW(parent_hash),
    FIXED_ROW(ommers_hash),
    FIXED_ROW(coinbase),
    FIXED_ROW(state_root),
    FIXED_ROW(transactions_root),
    FIXED_ROW(receipts_root),
    FIXED_ROW(bloom),
    NUMBER_ROW(U256, difficulty),
    NUMBER_ROW(U64, number),
    NUMBER_ROW(U64, gas_limit),
    NUMBER_ROW(U64, gas_used),
    NUMBER_ROW(U64, timestamp),
    {EXTRA, 0, 0},
    FIXED_ROW(prevrandao),
    FIXED_ROW(nonce),
    NUMBER_ROW(U256, base_fee),        /* EIP-1559 */
    FIXED_ROW(withdrawals_root),       /* EIP-4895 */
    NUMBER_ROW(U64, blob_gas_used),    /* EIP-4844 */
    NUMBER_ROW(U64, excess_blob_gas),
    FIXED_ROW(parent_beacon_root),     /* EIP-4788 */
    FIXED_ROW(requests_hash),          /* EIP-7685 */
};

u32 header_field_count(const struct fork *fork)
{
    static const struct { enum fork_id since; u32 count;
    } step[] = {
        {FORK_PRAGUE, HEADER_PRAGUE},
        {FORK_CANCUN, HEADER_CANCUN},
        {FORK_SHANGHAI, HEADER_SHANGHAI},
        {FORK_LONDON, HEADER_LONDON},
    };
    for (size_t i = 0; i < COUNT_OF(step); i++)
        if (fork->id >= step[i].since)
            return step[i].count;
    return HEADER_FRONTIER;
}

void header_encode(struct buffer *out, const struct header *h)
{
    const size_t list = rlp_open(out);
    for (u32 i = 0; i < h->field_count; i++) {
        const u8 *at = (const u8 *)h + row[i].offset;
        u64 n;
        u256 x;
        switch (row[i].kind) {
        case U64: memcpy(&n, at, sizeof n); rlp_add_u64(out, n); break;
        case U256: memcpy(&x, at, sizeof x); rlp_add_u256(out, &x); break;
        case FIXED: rlp_add_string(out, bytes_of(at, row[i].size)); break;
        case EXTRA: rlp_add_string(out, bytes_of(h->extra, h->extra_count)); break;
        }
    }
    rlp_close(out, list);
}

/* A number that does not fit 64 bits has a name of its own. */
static enum err take_header_number(struct rlp_reader *r, size_t width, u256 *out)
{
    struct bytes s;
    if (rlp_string(r, &s) != OK || (s.len && s.ptr[0] == 0))
        return REJECT_BLOCK_RLP;
    if (s.len > width)
        return REJECT_BLOCK_RLP_OVERFLOW;
    *out = u256_from_bytes(s.ptr, s.len);
    return OK;
}

static enum err take_header_field(struct rlp_reader *r, struct header *h, const struct field_row *f)
{
    u8 *at = (u8 *)h + f->offset;
    u256 x;
    struct bytes s;
    switch (f->kind) {
    case U64:
        TRY(take_header_number(r, 8, &x));
        memcpy(at, &x.w[0], 8);
        return OK;
    case U256:
        TRY(take_header_number(r, 32, &x));
        memcpy(at, &x, 32);
        return OK;
    case FIXED:
        return rlp_fixed(r, at, f->size) == OK ? OK : REJECT_BLOCK_RLP;
    case EXTRA:
        if (rlp_string(r, &s) != OK)
            return REJECT_BLOCK_RLP;
        if (s.len > HEADER_EXTRA_MAX)
            return REJECT_BLOCK_EXTRA_DATA_TOO_BIG;
        h->extra_count = (u8)s.len;
        if (s.len)
            memcpy(h->extra, s.ptr, s.len);
        return OK;
    }
    return OK;
}

enum err header_decode(struct header *out, struct bytes item)
{
    struct rlp_reader r = rlp_reader(item), list, counting;
    struct bytes ignored;
    if (rlp_list(&r, &list) != OK || !rlp_at_end(&r))
        return REJECT_BLOCK_RLP;
    u32 count = 0;
    for (counting = list; !rlp_at_end(&counting) && count <= HEADER_PRAGUE; count++)
        if (rlp_item(&counting, &ignored) != OK)
            return REJECT_BLOCK_RLP;
    if (count != HEADER_FRONTIER && count != HEADER_LONDON && count != HEADER_SHANGHAI && count != HEADER_CANCUN &&
        count != HEADER_PRAGUE)
        return REJECT_BLOCK_FORMAT;
    struct header h = {.field_count = count};
    for (u32 i = 0; i < count; i++)
        TRY(take_header_field(&list, &h, &row[i]));
    *out = h;
    return OK;
}

void header_hash(hash32 *out, const struct header *h, struct arena *scratch)
{
    const struct arena_mark mark = arena_mark(scratch);
    struct buffer b = buffer_in(scratch);
    header_encode(&b, h);
    keccak256(out, b.ptr, b.len);
    arena_rewind(scratch, mark);
}

/* --- what follows from the parent --- */

static u256 mul_div(const u256 *x, u64 y, u64 z)
{
    const u256 wide_y = u256_from_u64(y), wide_z = u256_from_u64(z);
    u256 r;
    u256_mul(&r, x, &wide_y); /* fits: a base fee that moved by at most 1/8 a block is far below 2^192 */
    u256_divmod(&r, NULL, &r, &wide_z);
    return r;
}

void header_next_base_fee(u256 *out, const struct header *parent)
{
    if (parent->field_count < HEADER_LONDON) {
        *out = u256_from_u64(INITIAL_BASE_FEE);
        return;
    }
    const u64 target = parent->gas_limit / ELASTICITY;
    u256 fee = parent->base_fee, delta;
    if (target != 0 && parent->gas_used > target) {
        delta = mul_div(&fee, parent->gas_used - target, target);
        delta = mul_div(&delta, 1, BASE_FEE_CHANGE_DENOMINATOR);
        if (u256_is_zero(&delta))
            delta = u256_from_u64(1);
        u256_add(&fee, &fee, &delta);
    } else if (target != 0 && parent->gas_used < target) {
        delta = mul_div(&fee, target - parent->gas_used, target);
        delta = mul_div(&delta, 1, BASE_FEE_CHANGE_DENOMINATOR);
        u256_sub(&fee, &fee, &delta);
    }
    *out = fee;
}

/* fake_exponential of EIP-4844 with factor 1: e^(excess / fraction) by its Taylor series. */
void blob_base_fee(u256 *out, u64 excess_blob_gas, const struct blob_schedule *schedule)
{
    const u256 denominator = u256_from_u64(schedule->update_fraction), numerator = u256_from_u64(excess_blob_gas);
    u256 sum = {{0}}, term = denominator;
    for (u64 i = 1; !u256_is_zero(&term); i++) {
        u256 divisor = u256_from_u64(i);
        const bool carry = u256_add(&sum, &sum, &term);
        if (carry || u256_mul_overflows(&term, &term, &numerator)) {
            *out = (u256){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
            return;
        }
        u256_mul(&divisor, &divisor, &denominator);
        u256_divmod(&term, NULL, &term, &divisor);
    }
    u256_divmod(out, NULL, &sum, &denominator);
}

/* EIP-7918: whether blobs are so cheap that execution gas, not blob gas, bounds their price. */
static bool below_reserve_price(const struct header *parent, const struct blob_schedule *blobs)
{
    u256 fee, blob_price, reserve;
    blob_base_fee(&fee, parent->excess_blob_gas, blobs);
    const u256 blob_gas = u256_from_u64(BLOB_GAS), base_cost = u256_from_u64(BLOB_BASE_COST);
    if (u256_mul_overflows(&blob_price, &fee, &blob_gas))
        return false;
    return u256_mul_overflows(&reserve, &parent->base_fee, &base_cost) || u256_lt(&blob_price, &reserve);
}

u64 header_next_excess_blob_gas(const struct header *parent, const struct activation *active)
{
    const struct blob_schedule *blobs = &active->blobs;
    const u64 target = (u64)blobs->target_count * BLOB_GAS;
    const u128 sum = (u128)parent->excess_blob_gas + parent->blob_gas_used; /* both 0 on a parent before Cancun */
    if (sum < target)
        return 0;
    if (active->fork->id >= FORK_OSAKA && below_reserve_price(parent, blobs)) {
        const u256 used = u256_from_u64(parent->blob_gas_used);
        const u256 part = mul_div(&used, blobs->max_count - blobs->target_count, blobs->max_count);
        return parent->excess_blob_gas + part.w[0];
    }
    return (u64)(sum - target);
}

enum err header_next_difficulty(u256 *out, const struct header *parent, const struct fork *fork, u64 timestamp)
{
    if (parent->number + 1 >= BOMB_START)
        return FAULT_UNSUPPORTED;
    const u256 divisor = u256_from_u64(DIFFICULTY_DIVISOR), least = u256_from_u64(DIFFICULTY_MIN);
    const u64 seconds = timestamp - parent->timestamp;
    i64 steps; /* of parent.difficulty / 2048 */
    if (fork->id >= FORK_BYZANTIUM) { /* EIP-100 */
        const i64 with_ommers = hash32_eq(&parent->ommers_hash, &empty_ommers_hash) ? 1 : 2;
        steps = seconds / 9 > 1000 ? -99 : with_ommers - (i64)(seconds / 9);
    } else if (fork->id >= FORK_HOMESTEAD) { /* EIP-2 */
        steps = seconds / 10 > 1000 ? -99 : 1 - (i64)(seconds / 10);
    } else {
        steps = seconds < 13 ? 1 : -1;
    }
    if (steps < -99)
        steps = -99;
    u256 unit, d = parent->difficulty;
    u256_divmod(&unit, NULL, &d, &divisor);
    for (; steps > 0; steps--)
        u256_add(&d, &d, &unit);
    for (; steps < 0; steps++) /* at most 99 / 2048 of itself */
        u256_sub(&d, &d, &unit);
    *out = u256_lt(&d, &least) ? least : d;
    return OK;
}

/* --- the check --- */

static enum err check_gas_limit(const struct header *h, const struct header *parent)
{
    const bool first_london = h->field_count >= HEADER_LONDON && parent->field_count < HEADER_LONDON;
    const u64 from = first_london ? parent->gas_limit * ELASTICITY : parent->gas_limit;
    const u64 distance = h->gas_limit > from ? h->gas_limit - from : from - h->gas_limit;
    if (h->gas_limit > GAS_LIMIT_MAX)
        return REJECT_BLOCK_GASLIMIT_TOO_BIG;
    return distance < from / GAS_LIMIT_DIVISOR && h->gas_limit >= GAS_LIMIT_MIN ? OK : REJECT_BLOCK_GAS_LIMIT;
}

/* EIP-3675 */
static enum err check_after_paris(const struct header *h)
{
    static const u8 zero_nonce[8];
    if (!u256_is_zero(&h->difficulty))
        return REJECT_BLOCK_DIFFICULTY_OVER_PARIS;
    if (!hash32_eq(&h->ommers_hash, &empty_ommers_hash))
        return REJECT_BLOCK_OMMERS_OVER_PARIS;
    return memcmp(h->nonce, zero_nonce, sizeof zero_nonce) == 0 ? OK : REJECT_BLOCK_FORMAT;
}

static enum err check_difficulty(const struct header *h, const struct header *parent, const struct fork *fork)
{
    u256 want;
    if (fork->id >= FORK_PARIS)
        return check_after_paris(h);
    TRY(header_next_difficulty(&want, parent, fork, h->timestamp));
    return u256_eq(&h->difficulty, &want) ? OK : REJECT_BLOCK_DIFFICULTY;
}

enum err header_check(const struct header *h, const struct header *parent, const hash32 *parent_hash,
                      const struct chain_rules *rules)
{
    const struct activation *active = chain_rules_at(rules, h->number, h->timestamp);
    const struct chain_hooks *hooks = rules->hooks;
    u256 base_fee;
    if (h->field_count != header_field_count(active->fork))
        return REJECT_BLOCK_FORMAT;
    if (!hash32_eq(&h->parent_hash, parent_hash))
        return REJECT_BLOCK_UNKNOWN_PARENT;
    if (h->number != parent->number + 1)
        return REJECT_BLOCK_NUMBER;
    if (h->timestamp <= parent->timestamp)
        return REJECT_BLOCK_TIMESTAMP;
    if (!hooks || !hooks->fixes_gas_limit)
        TRY(check_gas_limit(h, parent));
    if (h->gas_used > h->gas_limit)
        return REJECT_BLOCK_GAS_USED_ABOVE_LIMIT;
    TRY(check_difficulty(h, parent, active->fork));
    if (h->field_count >= HEADER_LONDON) {
        header_next_base_fee(&base_fee, parent);
        if (!u256_eq(&h->base_fee, &base_fee))
            return REJECT_BLOCK_BASE_FEE;
    }
    if (h->field_count >= HEADER_CANCUN && h->excess_blob_gas != header_next_excess_blob_gas(parent, active))
        return REJECT_BLOCK_EXCESS_BLOB_GAS;
    if (hooks && hooks->omits_requests && h->field_count >= HEADER_SHANGHAI &&
        !hash32_eq(&h->withdrawals_root, &trie_empty_root))
        return REJECT_BLOCK_WITHDRAWALS_ROOT;
    return hooks && hooks->header ? hooks->header(rules, h, parent) : OK;
}
