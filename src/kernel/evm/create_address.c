/* The addresses of created contracts (yellow paper, section 7; EIP-1014). */
#include "base/u256.h"
#include "crypto/keccak.h"
#include "evm/evm.h"

void evm_create_address(address *out, const address *sender, u64 nonce)
{
    /* a list of a 20-byte string and a number: never longer than 55 bytes */
    u8 rlp[1 + 21 + 9];
    size_t len = 1;
    rlp[len++] = 0x80 + 20;
    memcpy(rlp + len, sender->b, 20);
    len += 20;
    if (nonce == 0) {
        rlp[len++] = 0x80;
    } else if (nonce < 0x80) {
        rlp[len++] = (u8)nonce;
    } else {
        const unsigned bytes = (71 - (unsigned)__builtin_clzll(nonce)) / 8;
        rlp[len++] = (u8)(0x80 + bytes);
        for (unsigned i = bytes; i-- > 0;)
            rlp[len++] = (u8)(nonce >> (8 * i));
    }
    rlp[0] = (u8)(0xc0 + len - 1);
    hash32 hash;
    keccak256(&hash, rlp, len);
    memcpy(out->b, hash.b + 12, 20);
}

void evm_create2_address(address *out, const address *sender, const u256 *salt, const hash32 *init_code_hash)
{
    u8 data[1 + 20 + 32 + 32];
    data[0] = 0xff;
    memcpy(data + 1, sender->b, 20);
    u256_to_be(data + 21, salt);
    memcpy(data + 53, init_code_hash->b, 32);
    hash32 hash;
    keccak256(&hash, data, sizeof data);
    memcpy(out->b, hash.b + 12, 20);
}
