/* tx_sign - transactions and authorizations, signed. */
#ifndef SIGNER_TX_SIGN_H
#define SIGNER_TX_SIGN_H

#include "base/arena.h"
#include "chain/tx.h"

/* Signs, and sets signature, sender and hash. REJECT_KEY. has_chain_id and chain_id must be set before. */
enum err tx_sign(struct tx *t, const hash32 *private_key, struct arena *scratch) MUST_CHECK;
/* Signs, and sets signature and signer. REJECT_KEY. */
enum err authorization_sign(struct authorization *a, const hash32 *private_key) MUST_CHECK;

#endif
