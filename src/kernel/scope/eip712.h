/* eip712 - typed data, hashed as EIP-712 says: what users and provers sign.
 *
 *   digest = keccak256( 0x19 0x01 || domainSeparator || hashStruct )
 *   domain = EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)
 *            or, with a salt, EIP712Domain(.. ,address verifyingContract,bytes32 salt)
 *
 * A struct is hashed as keccak256(typeHash || words); a caller fills the words (scope/words.h). */
#ifndef SCOPE_EIP712_H
#define SCOPE_EIP712_H

#include "scope/words.h"

struct eip712_domain {
    struct bytes name;
    struct bytes version;
    u64 chain_id;
    address verifying_contract;
    const hash32 *salt; /* NULL: the domain has none */
};

void eip712_digest(hash32 *out, const struct eip712_domain *domain, const hash32 *struct_hash);

#endif
