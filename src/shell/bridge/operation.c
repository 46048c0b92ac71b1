#include "bridge/operation.h"

#include "codec/abi.h"
#include "crypto/keccak.h"
#include "crypto/secp256k1.h"
#include "scope/eip712.h"
#include "signer/secp256k1_sign.h"

#define CALL_TYPE "Call(address to,uint256 value,bytes data)"
#define OPERATION_TYPE "Operation(uint256 nonce,uint256 deadline,uint256 gasLimit,address submitter,Call[] calls)" CALL_TYPE

static void call_hash(hash32 *out, const struct operation_call *c)
{
    u8 packed[4 * 32];
    struct words w = {packed};
    words_put_hash_of(&w, BYTES_LITERAL(CALL_TYPE));
    words_put_address(&w, &c->to);
    words_put_u256(&w, &c->value);
    words_put_hash_of(&w, c->data);
    keccak256(out, packed, sizeof packed);
}

void operation_hash(hash32 *out, const struct signed_operation *o, u64 l1_chain_id, const address *shared_bridge,
                    struct arena *scratch)
{
    const struct arena_mark mark = arena_mark(scratch);
    hash32 *calls = ARENA_TAKE(scratch, hash32, o->call_count);
    for (size_t i = 0; i < o->call_count; i++)
        call_hash(&calls[i], &o->call[i]);
    u8 packed[6 * 32];
    struct words w = {packed};
    words_put_hash_of(&w, BYTES_LITERAL(OPERATION_TYPE));
    words_put_u256(&w, &o->nonce);
    words_put_u64(&w, o->deadline);
    words_put_u64(&w, o->gas_limit);
    words_put_address(&w, &o->submitter);
    words_put_hash_of(&w, bytes_of(calls, sizeof *calls * o->call_count));
    hash32 struct_hash;
    keccak256(&struct_hash, packed, sizeof packed);
    hash32 salt = {{0}};
    memcpy(salt.b + 12, shared_bridge->b, sizeof shared_bridge->b);
    const struct eip712_domain domain = {
        .name = BYTES_LITERAL("ScopedAccount"),
        .version = BYTES_LITERAL("1"),
        .chain_id = l1_chain_id,
        .verifying_contract = o->account,
        .salt = &salt,
    };
    eip712_digest(out, &domain, &struct_hash);
    arena_rewind(scratch, mark);
}

static enum err decode_calls(struct signed_operation *o, struct arena *arena, struct abi_reader *from)
{
    struct abi_reader items, fields;
    u32 count;
    TRY(abi_array(from, &items, &count, 1));
    struct operation_call *call = ARENA_TAKE_ZERO(arena, struct operation_call, count);
    for (u32 i = 0; i < count; i++) {
        TRY(abi_tuple(&items, &fields));
        TRY(abi_address(&fields, &call[i].to));
        TRY(abi_u256(&fields, &call[i].value));
        TRY(abi_bytes(&fields, &call[i].data));
    }
    o->call = call;
    o->call_count = count;
    return OK;
}

enum err operation_decode(struct signed_operation *out, struct arena *arena, struct bytes calldata)
{
    static const char function[] =
        "executeOperation((uint256,uint256,uint256,address,(address,uint256,bytes)[]),bytes,address)";
    struct abi_reader arguments, fields;
    struct signed_operation o = *out;
    struct bytes signature;
    hash32 selector;
    keccak256(&selector, BYTES_LITERAL(function).ptr, sizeof function - 1);
    if (calldata.len < 4 || memcmp(calldata.ptr, selector.b, 4) != 0)
        return REJECT_ABI;
    arguments = abi_reader(bytes_of(calldata.ptr + 4, calldata.len - 4));
    TRY(abi_tuple(&arguments, &fields));
    TRY(abi_bytes(&arguments, &signature));
    TRY(abi_u256(&fields, &o.nonce));
    TRY(abi_u64(&fields, &o.deadline));
    TRY(abi_u64(&fields, &o.gas_limit));
    TRY(abi_address(&fields, &o.submitter));
    TRY(decode_calls(&o, arena, &fields));
    if (signature.len != sizeof o.signature)
        return REJECT_ABI;
    memcpy(o.signature, signature.ptr, sizeof o.signature);
    *out = o;
    return OK;
}

enum err operation_sign(struct signed_operation *o, u64 l1_chain_id, const address *shared_bridge,
                        const hash32 *private_key, struct arena *scratch)
{
    address account;
    hash32 digest;
    struct signature s;
    TRY(secp256k1_address(&account, private_key));
    struct signed_operation named = *o;
    named.account = account;
    operation_hash(&digest, &named, l1_chain_id, shared_bridge, scratch);
    TRY(secp256k1_sign(&s, &digest, private_key));
    memcpy(named.signature, s.r.b, 32);
    memcpy(named.signature + 32, s.s.b, 32);
    named.signature[64] = 27 + s.y_parity;
    *o = named;
    return OK;
}
