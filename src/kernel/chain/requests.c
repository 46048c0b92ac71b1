#include "chain/requests.h"

#include "base/u256.h"
#include "crypto/sha256.h"

const address beacon_root_contract = {{0x00, 0x0f, 0x3d, 0xf6, 0xd7, 0x32, 0x80, 0x7e, 0xf1, 0x31,
                                       0x9f, 0xb7, 0xb8, 0xbb, 0x85, 0x22, 0xd0, 0xbe, 0xac, 0x02}};
const address history_contract = {{0x00, 0x00, 0xf9, 0x08, 0x27, 0xf1, 0xc5, 0x3a, 0x10, 0xcb,
                                   0x7a, 0x02, 0x33, 0x5b, 0x17, 0x53, 0x20, 0x00, 0x29, 0x35}};

enum { DEPOSIT, WITHDRAWAL, CONSOLIDATION };
enum { SYSTEM_CALL_GAS = 30000000 };

/* The contracts that are asked at the end of a block. */
static const struct { u8 type; address at; } asked[] = {
    {WITHDRAWAL, {{0x00, 0x00, 0x09, 0x61, 0xef, 0x48, 0x0e, 0xb5, 0x5e, 0x80,     /* EIP-7002 */
                   0xd1, 0x9a, 0xd8, 0x35, 0x79, 0xa6, 0x4c, 0x00, 0x70, 0x02}}},
    {CONSOLIDATION, {{0x00, 0x00, 0xbb, 0xdd, 0xc7, 0xce, 0x48, 0x86, 0x42, 0xfb,  /* EIP-7251 */
                      0x57, 0x9f, 0x8b, 0x00, 0xf3, 0xa5, 0x90, 0x00, 0x72, 0x51}}},
};

/* keccak256("DepositEvent(bytes,bytes,bytes,bytes,bytes)") */
static const hash32 deposit_event = {{0x64, 0x9b, 0xbc, 0x62, 0xd0, 0xe3, 0x13, 0x42, 0xaf, 0xea, 0x4e,
                                      0x5c, 0xd8, 0x2d, 0x40, 0x49, 0xe7, 0xe1, 0xee, 0x91, 0x2f, 0xc0,
                                      0x88, 0x9a, 0xa7, 0x90, 0x80, 0x3b, 0xe3, 0x90, 0x38, 0xc5}};

/* EIP-6110: the ABI encoding of (bytes pubkey, bytes withdrawal_credentials, bytes amount, bytes signature, bytes
 * index) with exactly these offsets and lengths. */
static const struct { u32 offset, len; } deposit_field[5] = {{160, 48}, {256, 32}, {320, 8}, {384, 96}, {512, 8}};
enum { DEPOSIT_DATA_BYTES = 576 };

static bool word_is(const u8 *word, u64 x)
{
    const u256 w = u256_from_be(word);
    return u256_saturate_u64(&w) == x;
}

enum err deposit_from_log(struct buffer *out, struct bytes data)
{
    if (data.len != DEPOSIT_DATA_BYTES)
        return REJECT_BLOCK_DEPOSIT_LAYOUT;
    for (size_t i = 0; i < COUNT_OF(deposit_field); i++)
        if (!word_is(data.ptr + 32 * i, deposit_field[i].offset) ||
            !word_is(data.ptr + deposit_field[i].offset, deposit_field[i].len))
            return REJECT_BLOCK_DEPOSIT_LAYOUT;
    for (size_t i = 0; i < COUNT_OF(deposit_field); i++)
        buffer_add(out, data.ptr + deposit_field[i].offset + 32, deposit_field[i].len);
    return OK;
}

static enum err collect_deposits(struct block_run *run)
{
    for (size_t i = 0; i < run->receipt.count; i++) {
        const struct receipt *r = run->receipt.item[i];
        for (u32 k = 0; k < r->log_count; k++) {
            const struct log *l = &r->log[k];
            if (address_eq(&l->at, &run->rules->deposit_contract) && l->topic_count > 0 &&
                hash32_eq(&l->topic[0], &deposit_event))
                TRY(deposit_from_log(&run->requests[DEPOSIT], l->data));
        }
    }
    return OK;
}

static enum err call_request_contract(struct block_run *run, struct buffer *out, const address *at)
{
    const struct account *contract;
    struct evm_result result;
    TRY(state_account(run->state, &contract, NULL, at));
    if (!contract->has_code)
        return REJECT_BLOCK_SYSTEM_CONTRACT_EMPTY;
    TRY(chain_system_call(run, &result, at, (struct bytes){0}, SYSTEM_CALL_GAS, 0));
    if (!halt_is_success(result.halt))
        return REJECT_BLOCK_SYSTEM_CONTRACT_FAILED;
    buffer_add_bytes(out, result.output);
    return OK;
}

enum err requests_collect(struct block_run *run)
{
    for (size_t i = 0; i < REQUEST_TYPES; i++)
        run->requests[i] = buffer_in(&run->arena);
    TRY(collect_deposits(run));
    for (size_t i = 0; i < COUNT_OF(asked); i++)
        TRY(call_request_contract(run, &run->requests[asked[i].type], &asked[i].at));
    return OK;
}

void requests_hash(hash32 *out, const struct buffer requests[REQUEST_TYPES], struct arena *scratch)
{
    const struct arena_mark mark = arena_mark(scratch);
    hash32 hash[REQUEST_TYPES];
    size_t count = 0;
    for (u8 type = 0; type < REQUEST_TYPES; type++) {
        if (requests[type].len == 0)
            continue;
        struct buffer b = buffer_in(scratch);
        buffer_add_u8(&b, type);
        buffer_add_bytes(&b, buffer_bytes(&requests[type]));
        sha256(&hash[count++], b.ptr, b.len);
    }
    sha256(out, hash, count * sizeof *hash);
    arena_rewind(scratch, mark);
}
