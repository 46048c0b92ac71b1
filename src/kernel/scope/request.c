#include "scope/request.h"

#include "base/u256.h"
#include "crypto/keccak.h"

const hash32 scoped_call_topic = {{0x9f, 0x30, 0x9e, 0x71, 0x77, 0x4d, 0xf2, 0x32, 0x5b, 0xf7, 0x38,
                                   0x79, 0x29, 0x44, 0x1a, 0x68, 0x3f, 0xb2, 0x30, 0x75, 0xc8, 0xbe,
                                   0xd5, 0x87, 0x22, 0x69, 0x72, 0xe5, 0x64, 0xe1, 0x57, 0x50}};

static u8 *put_u256(u8 *p, const u256 *x)
{
    u256_to_be(p, x);
    return p + 32;
}

static u8 *put_u64(u8 *p, u64 x)
{
    const u256 wide = u256_from_u64(x);
    return put_u256(p, &wide);
}

static u8 *put_address(u8 *p, const address *a)
{
    memcpy(p, a->b, 20);
    return p + 20;
}

void request_pack(u8 out[REQUEST_PACKED_BYTES], const struct scoped_call *call)
{
    const struct scoped_request *r = &call->request;
    hash32 data_hash;
    keccak256(&data_hash, r->data.ptr, r->data.len);
    u8 *p = put_u64(out, call->source_chain);
    p = put_u64(p, call->target_chain);
    p = put_address(p, &call->from);
    p = put_address(p, &r->to);
    p = put_u256(p, &call->nonce);
    p = put_u256(p, &r->value);
    p = put_u256(p, &r->gas_limit);
    memcpy(p, data_hash.b, 32);
}

void request_hash(hash32 *out, const struct scoped_call *call)
{
    u8 packed[REQUEST_PACKED_BYTES];
    request_pack(packed, call);
    keccak256(out, packed, sizeof packed);
}

u256 nonce_pack(const struct nonce *n)
{
    return (u256){{n->clock, (u64)n->flags << 32 | n->depth, n->root.chain, n->root.clock}};
}

struct nonce nonce_unpack(const u256 *packed)
{
    return (struct nonce){
        .root = {.clock = packed->w[3], .chain = packed->w[2]},
        .flags = (u32)(packed->w[1] >> 32),
        .depth = (u32)packed->w[1],
        .clock = packed->w[0],
    };
}

bool is_lookup(const struct scoped_call *call)
{
    return nonce_unpack(&call->nonce).flags & NONCE_LOOKUP;
}

bool is_attempt(const struct scoped_call *call)
{
    return nonce_unpack(&call->nonce).flags & NONCE_ATTEMPT;
}

bool is_without_effect(const struct scoped_call *call)
{
    return nonce_unpack(&call->nonce).flags & (NONCE_LOOKUP | NONCE_ATTEMPT);
}

int root_cmp(const struct root *here, const struct root *there)
{
    if (here->clock != there->clock)
        return here->clock < there->clock ? -1 : 1;
    return here->chain < there->chain ? -1 : here->chain > there->chain;
}
