/* The bodies that ask the host or touch memory in bulk: called, not inlined, by every loop. */
#include "crypto/keccak.h"
#include "evm/frame.h"
#include "evm/key_memo.h"

/* ---- arithmetic with a price or a memory ---- */

int op_EXP(struct frame *f, u256 *r, const u256 *a, const u256 *b)
{
    TRY_OP(frame_charge(f, (i64)f->vm->fork->exp_byte_gas * u256_byte_length(b)));
    u256_exp(r, a, b);
    return GOES_ON;
}

int op_MULMOD(struct frame *f, u256 *r, const u256 *a, const u256 *b, const u256 *c)
{
    struct evm_stacks *s = f->vm->stacks;
    if (u256_eq(c, &s->modulus.m) && c->w[3] != 0) {
        u256_mulmod_prepared(r, a, b, &s->modulus);
        return GOES_ON;
    }
    if (c->w[3] != 0) { /* short moduli divide fast enough */
        if (u256_eq(c, &s->seen_modulus)) {
            u256_modulus_init(&s->modulus, c);
            u256_mulmod_prepared(r, a, b, &s->modulus);
            return GOES_ON;
        }
        s->seen_modulus = *c;
    }
    u256_mulmod(r, a, b, c);
    return GOES_ON;
}

int op_KECCAK256(struct frame *f, u256 *r, const u256 *a, const u256 *b)
{
    TRY_OP(frame_expand(f, a, b));
    TRY_OP(frame_charge(f, 6 * words_of(b->w[0])));
    const struct bytes data = frame_view(f, a, b);
    if (data.len == 64) { /* most likely a mapping's element */
        key_memo_hash(r, f->vm->stacks->keys, data.ptr);
        return GOES_ON;
    }
    hash32 hash;
    keccak256(&hash, data.ptr, data.len);
    *r = u256_from_hash32(&hash);
    return GOES_ON;
}

/* ---- memory ---- */

/* Makes size bytes at an offset part of memory, which they are not all yet, or the fast path would have served. */
static inline int reach(struct frame *f, const u256 *offset, u64 size)
{
    if (UNLIKELY(!u256_fits_u64(offset) || offset->w[0] > UINT32_MAX))
        return HALT_OUT_OF_GAS;
    const u64 end = offset->w[0] + size;
    return end <= f->memory_size ? GOES_ON : frame_grow(f, end);
}

int op_MLOAD(struct frame *f, u256 *r, const u256 *a)
{
    TRY_OP(reach(f, a, 32));
    *r = u256_from_be(f->memory + a->w[0]);
    return GOES_ON;
}

int op_MSTORE(struct frame *f, const u256 *a, const u256 *b)
{
    TRY_OP(reach(f, a, 32));
    u256_to_be(f->memory + a->w[0], b);
    return GOES_ON;
}

int op_MSTORE8(struct frame *f, const u256 *a, const u256 *b)
{
    TRY_OP(reach(f, a, 1));
    f->memory[a->w[0]] = (u8)b->w[0];
    return GOES_ON;
}

int op_MCOPY(struct frame *f, const u256 *to, const u256 *from, const u256 *size)
{
    const u256 *higher = u256_lt(from, to) ? to : from;
    TRY_OP(frame_expand(f, higher, size));
    if (u256_is_zero(size))
        return GOES_ON;
    TRY_OP(frame_charge(f, 3 * words_of(size->w[0])));
    memmove(f->memory + to->w[0], f->memory + from->w[0], size->w[0]);
    return GOES_ON;
}

/* Pays for and makes a copy of size bytes to memory; what source does not have is zeros. */
static int copy_padded(struct frame *f, const u256 *to, const u256 *from, const u256 *size, struct bytes source)
{
    TRY_OP(frame_expand(f, to, size));
    if (u256_is_zero(size))
        return GOES_ON;
    TRY_OP(frame_charge(f, 3 * words_of(size->w[0])));
    u8 *target = f->memory + to->w[0];
    const u64 offset = u256_saturate_u64(from);
    const u64 there = offset < source.len ? source.len - offset : 0;
    const u64 copied = there < size->w[0] ? there : size->w[0];
    if (copied)
        memcpy(target, source.ptr + offset, copied);
    memset(target + copied, 0, size->w[0] - copied);
    return GOES_ON;
}

int op_CALLDATALOAD(struct frame *f, u256 *r, const u256 *a)
{
    const struct bytes input = f->input;
    const u64 offset = u256_saturate_u64(a);
    u8 word[32] = {0};
    if (offset < input.len)
        memcpy(word, input.ptr + offset, input.len - offset < 32 ? input.len - offset : 32);
    *r = u256_from_be(word);
    return GOES_ON;
}

int op_CALLDATACOPY(struct frame *f, const u256 *to, const u256 *from, const u256 *size)
{
    return copy_padded(f, to, from, size, f->input);
}

int op_CODECOPY(struct frame *f, const u256 *to, const u256 *from, const u256 *size)
{
    return copy_padded(f, to, from, size, code_bytes(f->code));
}

int op_RETURNDATACOPY(struct frame *f, const u256 *to, const u256 *from, const u256 *size)
{
    const u64 len = f->returndata.len;
    /* EIP-211: reading past the end is an error, and even of nothing */
    if (!u256_fits_u64(from) || !u256_fits_u64(size) || from->w[0] > len || size->w[0] > len - from->w[0])
        return HALT_RETURNDATA_BOUNDS;
    return copy_padded(f, to, from, size, f->returndata);
}

/* ---- other accounts ---- */

static int access_account(struct frame *f, const struct account **out, const u256 *at, u32 gas_before_berlin)
{
    const struct evm *vm = f->vm;
    const address a = u256_to_address(at);
    bool cold;
    TRY_FRAME(f, vm->ops->account(vm->host, out, &cold, &a));
    return frame_charge(f, account_gas(f, cold, gas_before_berlin));
}

int op_BALANCE(struct frame *f, u256 *r, const u256 *a)
{
    const struct account *account;
    TRY_OP(access_account(f, &account, a, f->vm->fork->balance_gas));
    *r = account->balance;
    return GOES_ON;
}

int op_EXTCODESIZE(struct frame *f, u256 *r, const u256 *a)
{
    const struct account *account;
    const struct code *code;
    TRY_OP(access_account(f, &account, a, f->vm->fork->extcode_gas));
    TRY_FRAME(f, f->vm->ops->code(f->vm->host, &code, account));
    *r = u256_from_u64(code->len);
    return GOES_ON;
}

int op_EXTCODECOPY(struct frame *f, u256 *top)
{
    const struct account *account;
    const struct code *code;
    TRY_OP(access_account(f, &account, top, f->vm->fork->extcode_gas));
    TRY_FRAME(f, f->vm->ops->code(f->vm->host, &code, account));
    return copy_padded(f, top - 1, top - 2, top - 3, code_bytes(code));
}

int op_EXTCODEHASH(struct frame *f, u256 *r, const u256 *a)
{
    const struct account *account;
    TRY_OP(access_account(f, &account, a, f->vm->fork->extcodehash_gas));
    /* EIP-1052 after EIP-161: an empty account has no hash */
    *r = account_is_empty(account) ? u256_from_u64(0) : u256_from_hash32(&account->code_hash);
    return GOES_ON;
}

/* ---- block and transaction ---- */

static int environment(struct frame *f, u8 opcode)
{
    const struct hooks *hooks = f->vm->hooks;
    if (UNLIKELY(hooks && hooks->read_environment))
        TRY_FRAME(f, hooks->read_environment(hooks->context, f->vm, f->m, opcode));
    return GOES_ON;
}

#define ENVIRONMENT(byte, name, expression)           \
    int op_##name(struct frame *f, u256 *r)           \
    {                                                 \
        const struct evm_block *block = f->vm->block; \
        const struct evm_tx *tx = f->vm->tx;          \
        (void)block;                                  \
        (void)tx;                                     \
        TRY_OP(environment(f, (byte)));               \
        *r = (expression);                            \
        return GOES_ON;                               \
    }

ENVIRONMENT(0x32, ORIGIN, u256_from_address(&tx->origin))
ENVIRONMENT(0x3a, GASPRICE, tx->gas_price)
ENVIRONMENT(0x41, COINBASE, u256_from_address(&block->coinbase))
ENVIRONMENT(0x42, TIMESTAMP, u256_from_u64(block->timestamp))
ENVIRONMENT(0x43, NUMBER, u256_from_u64(block->number))
ENVIRONMENT(0x44, PREVRANDAO, frame_has(f, FORK_PARIS) ? u256_from_hash32(&block->prevrandao) : block->difficulty)
ENVIRONMENT(0x45, GASLIMIT, u256_from_u64(block->gas_limit))
ENVIRONMENT(0x46, CHAINID, u256_from_u64(block->chain_id))
ENVIRONMENT(0x48, BASEFEE, block->base_fee)
ENVIRONMENT(0x4a, BLOBBASEFEE, block->blob_base_fee)

int op_BLOBHASH(struct frame *f, u256 *r, const u256 *a)
{
    TRY_OP(environment(f, 0x49));
    const struct evm_tx *tx = f->vm->tx;
    *r = u256_fits_u64(a) && a->w[0] < tx->blob_hash_count ? u256_from_hash32(&tx->blob_hash[a->w[0]])
                                                           : u256_from_u64(0);
    return GOES_ON;
}

int op_BLOCKHASH(struct frame *f, u256 *r, const u256 *a)
{
    TRY_OP(environment(f, 0x40));
    const struct evm *vm = f->vm;
    const u64 current = vm->block->number, number = u256_saturate_u64(a);
    hash32 hash = {{0}};
    if (number < current && current - number <= 256)
        TRY_FRAME(f, vm->ops->block_hash(vm->host, &hash, number));
    *r = u256_from_hash32(&hash);
    return GOES_ON;
}

/* ---- storage ---- */

int op_SLOAD(struct frame *f, u256 *r, const u256 *a)
{
    const struct evm *vm = f->vm;
    const struct storage_slot *storage_slot;
    bool cold;
    TRY_FRAME(f, vm->ops->storage_slot(vm->host, &storage_slot, &cold, f->self, a));
    TRY_OP(frame_charge(f, cold && vm->fork->id >= FORK_BERLIN ? vm->fork->cold_sload_gas : vm->fork->sload_gas));
    *r = storage_slot->current;
    return GOES_ON;
}

/* What a write costs beyond a cold storage slot, and what it adds to the refund counter: net of what the transaction
 * did to the storage slot before (EIP-1283 in Constantinople, EIP-2200 since Istanbul, prices by EIP-2929 and
 * EIP-3529), or by the current value alone in the other forks. */
struct sstore_price {
    i64 gas, refund;
};

static struct sstore_price sstore_price(const struct fork *fork, const struct storage_slot *storage_slot,
                                        const u256 *value)
{
    enum { SET = 20000 };
    const i64 reset = fork->sstore_reset_gas, clear_refund = fork->sstore_clear_refund;
    const bool was_zero = u256_is_zero(&storage_slot->current), becomes_zero = u256_is_zero(value);

    if (fork->id < FORK_ISTANBUL && fork->id != FORK_CONSTANTINOPLE)
        return (struct sstore_price){was_zero && !becomes_zero ? SET : reset,
                                     !was_zero && becomes_zero ? clear_refund : 0};

    const i64 again = fork->id == FORK_CONSTANTINOPLE
                          ? 200
                          : fork->sload_gas; /* a value that will not be written, or is dirty already */
    if (u256_eq(&storage_slot->current, value))
        return (struct sstore_price){again, 0};
    const bool original_zero = u256_is_zero(&storage_slot->original);
    if (u256_eq(&storage_slot->current, &storage_slot->original))
        return original_zero ? (struct sstore_price){SET, 0}
                             : (struct sstore_price){reset, becomes_zero ? clear_refund : 0};
    struct sstore_price price = {again, 0};
    if (!original_zero)
        price.refund += was_zero ? -clear_refund : becomes_zero ? clear_refund : 0;
    if (u256_eq(&storage_slot->original, value))
        price.refund += (original_zero ? SET : reset) - again;
    return price;
}

int op_SSTORE(struct frame *f, const u256 *a, const u256 *b)
{
    const struct evm *vm = f->vm;
    if (f->m->is_static)
        return HALT_STATIC_WRITE;
    if (vm->fork->id >= FORK_ISTANBUL && f->gas <= 2300) /* EIP-2200: a call's stipend cannot write */
        return HALT_OUT_OF_GAS;
    const struct storage_slot *storage_slot;
    bool cold;
    TRY_FRAME(f, vm->ops->storage_slot(vm->host, &storage_slot, &cold, f->self, a));
    const struct sstore_price price = sstore_price(vm->fork, storage_slot, b);
    const i64 cold_gas = cold && vm->fork->id >= FORK_BERLIN ? vm->fork->cold_sload_gas : 0;
    TRY_OP(frame_charge(f, price.gas + cold_gas));
    f->refund += price.refund;
    if (!u256_eq(&storage_slot->current, b))
        vm->ops->set_storage_slot(vm->host, f->self, storage_slot, b);
    return GOES_ON;
}

int op_TLOAD(struct frame *f, u256 *r, const u256 *a)
{
    const u256 key = *a;
    f->vm->ops->transient(f->vm->host, r, f->self, &key);
    return GOES_ON;
}

int op_TSTORE(struct frame *f, const u256 *a, const u256 *b)
{
    if (f->m->is_static)
        return HALT_STATIC_WRITE;
    f->vm->ops->set_transient(f->vm->host, f->self, a, b);
    return GOES_ON;
}

/* ---- logs ---- */

static int log_op(struct frame *f, const u256 *top, u32 topics)
{
    const struct evm *vm = f->vm;
    if (f->m->is_static)
        return HALT_STATIC_WRITE;
    TRY_OP(frame_expand(f, top, top - 1));
    const struct bytes data = frame_view(f, top, top - 1);
    TRY_OP(frame_charge(f, 8 * (i64)data.len));
    struct log log = {.at = f->m->recipient, .topic_count = topics, .data = data};
    for (u32 i = 0; i < topics; i++)
        log.topic[i] = u256_to_hash32(top - 2 - i);
    vm->ops->log(vm->host, &log);
    if (UNLIKELY(vm->hooks && vm->hooks->log))
        TRY_FRAME(f, vm->hooks->log(vm->hooks->context, f->vm, f->m, &log));
    return GOES_ON;
}

int op_LOG0(struct frame *f, u256 *top) { return log_op(f, top, 0); }
int op_LOG1(struct frame *f, u256 *top) { return log_op(f, top, 1); }
int op_LOG2(struct frame *f, u256 *top) { return log_op(f, top, 2); }
int op_LOG3(struct frame *f, u256 *top) { return log_op(f, top, 3); }
int op_LOG4(struct frame *f, u256 *top) { return log_op(f, top, 4); }

/* ---- ends ---- */

int op_RETURN(struct frame *f, u256 *top)
{
    TRY_OP(frame_expand(f, top, top - 1));
    f->output = frame_view(f, top, top - 1);
    return HALT_RETURN;
}

int op_REVERT(struct frame *f, u256 *top)
{
    TRY_OP(frame_expand(f, top, top - 1));
    f->output = frame_view(f, top, top - 1);
    return HALT_REVERT;
}

int op_SELFDESTRUCT(struct frame *f, u256 *top)
{
    const struct evm *vm = f->vm;
    const struct fork *fork = vm->fork;
    if (f->m->is_static)
        return HALT_STATIC_WRITE;
    const address at = u256_to_address(top);
    const struct account *beneficiary;
    bool cold;
    TRY_FRAME(f, vm->ops->account(vm->host, &beneficiary, &cold, &at));
    i64 gas = fork->selfdestruct_gas;
    if (fork->id >= FORK_BERLIN && cold)
        gas += fork->cold_account_gas;
    /* EIP-150: an account that this brings into being; since EIP-161 only if it is given anything */
    const bool brings = fork->id >= FORK_SPURIOUS ? account_is_empty(beneficiary) && !u256_is_zero(&f->self->balance)
                                                  : !beneficiary->exists;
    if (fork->id >= FORK_TANGERINE && brings)
        gas += 25000;
    TRY_OP(frame_charge(f, gas));
    if (!f->self->destroyed)
        f->refund += fork->selfdestruct_refund;
    vm->ops->destroy(vm->host, f->self, beneficiary);
    return HALT_DESTROY;
}
