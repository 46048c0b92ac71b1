#include "scope/eip712.h"

#include "crypto/keccak.h"

void eip712_digest(hash32 *out, const struct eip712_domain *domain, const hash32 *struct_hash)
{
    static const char plain[] = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
    static const char salted[] =
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)";
    u8 packed[6 * 32];
    struct words w = {packed};
    words_put_hash_of(&w, domain->salt ? BYTES_LITERAL(salted) : BYTES_LITERAL(plain));
    words_put_hash_of(&w, domain->name);
    words_put_hash_of(&w, domain->version);
    words_put_u64(&w, domain->chain_id);
    words_put_address(&w, &domain->verifying_contract);
    if (domain->salt)
        words_put_hash(&w, domain->salt);
    u8 preimage[2 + 2 * 32] = {0x19, 0x01};
    hash32 separator;
    keccak256(&separator, packed, (size_t)(w.next - packed));
    memcpy(preimage + 2, separator.b, 32);
    memcpy(preimage + 34, struct_hash->b, 32);
    keccak256(out, preimage, sizeof preimage);
}
