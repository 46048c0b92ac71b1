#include "node/call_error.h"

#include "codec/hex.h"
#include "codec/text.h"

/* --- why a call may not run --- */

/* Codes of eth_simulateV1 (execution-apis). */
static const struct { enum err e; i32 code; const char *message; } refusal[] = {
    {REJECT_TX_NONCE_LOW, -38010, "nonce too low"},
    {REJECT_TX_NONCE_HIGH, -38011, "nonce too high"},
    {REJECT_TX_NONCE_IS_MAX, JSONRPC_INTERNAL_ERROR, "nonce has max value"},
    {REJECT_TX_SENDER_NOT_EOA, -38024, "sender not an eoa"},
    {REJECT_TX_MAX_FEE_LOW, -38012, "max fee per gas less than block base fee"},
    {REJECT_TX_PRIORITY_ABOVE_MAX_FEE, JSONRPC_INVALID_PARAMS, "max priority fee per gas higher than max fee per gas"},
    {REJECT_TX_INSUFFICIENT_FUNDS, -38014, "insufficient funds for gas * price + value"},
    {REJECT_TX_INTRINSIC_GAS_TOO_LOW, -38013, "intrinsic gas too low"},
    {REJECT_TX_BELOW_FLOOR_GAS, -38013, "insufficient gas for floor data gas cost"},
    {REJECT_TX_INITCODE_SIZE, -38025, "max initcode size exceeded"},
    {REJECT_TX_GAS_ALLOWANCE, -38015, "gas limit reached"},
    {REJECT_TX_GAS_LIMIT_MAXIMUM, JSONRPC_INTERNAL_ERROR, "transaction gas limit too high"},
    {REJECT_TX_BLOB_FEE_LOW, JSONRPC_INTERNAL_ERROR, "max fee per blob gas less than block blob gas fee"},
    {REJECT_TX_BLOB_ZERO, JSONRPC_INTERNAL_ERROR, "blob transaction missing blob hashes"},
    {REJECT_TX_BLOB_CREATION, JSONRPC_INTERNAL_ERROR, "blob transaction of type create"},
    {REJECT_TX_BLOB_VERSION, JSONRPC_INTERNAL_ERROR, "blob has invalid hash version"},
    {REJECT_TX_BLOB_COUNT, JSONRPC_INTERNAL_ERROR, "blob transaction has too many blobs"},
    {REJECT_TX_BLOB_ALLOWANCE, JSONRPC_INTERNAL_ERROR, "blob gas limit reached"},
    {REJECT_TX_AUTHORIZATION_EMPTY, JSONRPC_INTERNAL_ERROR, "EIP-7702 transaction with empty auth list"},
    {REJECT_TX_AUTHORIZATION_CREATION, JSONRPC_INTERNAL_ERROR,
     "EIP-7702 transaction cannot be used to create contract"},
};

static void add_figure(struct buffer *b, const char *label, const u256 *x)
{
    text_add_z(b, label);
    text_add_u256(b, x);
}

static void add_count(struct buffer *b, const char *label, u64 x)
{
    text_add_z(b, label);
    text_add_u64(b, x);
}

/* What the sender must have: value, and each gas at its highest price. */
static u256 highest_cost(const struct tx *t)
{
    u256 cost = t->value, part;
    const u256 gas = u256_from_u64(t->gas_limit), blob_gas = u256_from_u64((u64)t->blob_hash_count << 17);
    u256_mul(&part, &gas, &t->max_fee);
    u256_add(&cost, &cost, &part);
    u256_mul(&part, &blob_gas, &t->max_blob_fee);
    u256_add(&cost, &cost, &part);
    return cost;
}

/* The figures that go-ethereum gives for the commonest ones. */
static enum err add_figures(struct buffer *b, struct state *state, const struct tx *t, const struct header *h,
                            const struct chain_rules *rules, enum err e)
{
    const struct account *a;
    const u256 cost = highest_cost(t);
    const struct fork *fork = chain_rules_at(rules, h->number, h->timestamp)->fork;
    TRY(state_account(state, &a, NULL, &t->sender));
    if (e == REJECT_TX_INTRINSIC_GAS_TOO_LOW || e == REJECT_TX_BELOW_FLOOR_GAS) {
        add_count(b, ": have ", t->gas_limit);
        add_count(b, ", want ",
                  e == REJECT_TX_BELOW_FLOOR_GAS ? tx_floor_gas(t, fork) : tx_intrinsic_gas(t, fork));
        return OK;
    }
    text_add(b, ": address ");
    address_add(b, &t->sender);
    if (e == REJECT_TX_INSUFFICIENT_FUNDS) {
        add_figure(b, " have ", &a->balance);
        add_figure(b, " want ", &cost);
    } else if (e == REJECT_TX_MAX_FEE_LOW) {
        add_figure(b, ", maxFeePerGas: ", &t->max_fee);
        add_figure(b, ", baseFee: ", &h->base_fee);
    } else if (e == REJECT_TX_NONCE_LOW || e == REJECT_TX_NONCE_HIGH) {
        add_count(b, ", tx: ", t->nonce);
        add_count(b, " state: ", a->nonce);
    }
    return OK;
}

enum err call_refused(struct rpc_request *r, struct state *state, const struct call_object *c, const struct header *h,
                      enum err e, i32 code)
{
    struct buffer text = buffer_in(r->arena);
    i32 own_code = JSONRPC_INTERNAL_ERROR;
    r->reason = e;
    const char *message = err_text(e);
    for (size_t i = 0; i < COUNT_OF(refusal); i++)
        if (refusal[i].e == e) {
            own_code = refusal[i].code;
            message = refusal[i].message;
        }
    text_add_z(&text, message);
    TRY(add_figures(&text, state, &c->tx, h, r->at->chain->rules, e));
    return rpc_fail(r, code ? code : own_code, "err: %.*s (supplied gas %llu)", (int)text.len, (const char *)text.ptr,
                    (unsigned long long)c->tx.gas_limit);
}

/* --- what a program did --- */

const char *halt_message(enum halt h)
{
    static const char *const text[HALT_COUNT] = {
        [HALT_REVERT] = "execution reverted",
        [HALT_OUT_OF_GAS] = "out of gas",
        [HALT_STACK_UNDERFLOW] = "stack underflow",
        [HALT_STACK_OVERFLOW] = "stack limit reached 1024 (1023)",
        [HALT_BAD_JUMP] = "invalid jump destination",
        [HALT_BAD_OPCODE] = "invalid opcode",
        [HALT_INVALID] = "invalid opcode: INVALID",
        [HALT_STATIC_WRITE] = "write protection",
        [HALT_RETURNDATA_BOUNDS] = "return data out of bounds",
        [HALT_CALL_DEPTH] = "max call depth exceeded",
        [HALT_BALANCE] = "insufficient balance for transfer",
        [HALT_NONCE_MAX] = "nonce uint64 overflow",
        [HALT_CREATE_COLLISION] = "contract address collision",
        [HALT_CODE_TOO_LARGE] = "max code size exceeded",
        [HALT_CODE_PREFIX] = "invalid code: must not begin with 0xef",
        [HALT_PRECOMPILE] = "precompile failed",
    };
    BUG_UNLESS(text[h]);
    return text[h];
}

/* Solidity's Panic(uint256). */
static const struct { u64 code; const char *text; } panic[] = {
    {0x00, "generic panic"},
    {0x01, "assert(false)"},
    {0x11, "arithmetic underflow or overflow"},
    {0x12, "division or modulo by zero"},
    {0x21, "enum overflow"},
    {0x22, "invalid encoded storage byte array accessed"},
    {0x31, "out-of-bounds array access; popping on an empty array"},
    {0x32, "out-of-bounds access of an array or bytesN"},
    {0x41, "out of memory"},
    {0x51, "uninitialized function"},
};

/* The word number i behind the selector. */
static u256 word_at(struct bytes output, size_t i)
{
    return u256_from_be(output.ptr + 4 + 32 * i);
}

/* Characters as they are, but for NUL, which would end the text. */
static const char *text_of_reason(struct arena *arena, struct bytes text)
{
    u8 *z = arena_take(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++)
        z[i] = text.ptr[i] ? text.ptr[i] : ' ';
    z[text.len] = 0;
    return (const char *)z;
}

const char *revert_reason(struct arena *arena, struct bytes output)
{
    static const u8 error_string[4] = {0x08, 0xc3, 0x79, 0xa0}, panic_code[4] = {0x4e, 0x48, 0x7b, 0x71};
    if (output.len >= 4 + 64 && memcmp(output.ptr, error_string, 4) == 0) {
        const u256 at = word_at(output, 0), len = word_at(output, 1);
        if (u256_saturate_u64(&at) == 32 && u256_saturate_u64(&len) <= output.len - 4 - 64)
            return text_of_reason(arena, bytes_of(output.ptr + 4 + 64, (size_t)len.w[0]));
    } else if (output.len == 4 + 32 && memcmp(output.ptr, panic_code, 4) == 0) {
        const u256 code = word_at(output, 0);
        for (size_t i = 0; i < COUNT_OF(panic); i++)
            if (u256_saturate_u64(&code) == panic[i].code)
                return panic[i].text;
    }
    return NULL;
}

const char *revert_message(struct arena *arena, struct bytes output)
{
    struct buffer b = buffer_in(arena);
    const char *reason = revert_reason(arena, output);
    text_add_z(&b, halt_message(HALT_REVERT));
    if (reason) {
        text_add_z(&b, ": ");
        text_add_z(&b, reason);
    }
    buffer_add_u8(&b, 0);
    return (const char *)b.ptr;
}

enum err call_halted(struct rpc_request *r, enum halt halt, struct bytes output, i32 vm_code)
{
    if (halt != HALT_REVERT)
        return rpc_fail(r, vm_code, "%s", halt_message(halt));
    struct buffer data = buffer_in(r->arena);
    struct json_writer w = json_writer(&data, 0);
    json_write_hex(&w, output);
    r->error = (struct jsonrpc_error){RPC_REVERTED, revert_message(r->arena, output), buffer_bytes(&data)};
    return REJECT_CALL;
}
