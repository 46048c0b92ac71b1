/* promise - what a builder signs before it settles: preconfirmations, as ScopePreconfSlasher checks them.
 *
 *   struct promise   a transaction of a rollup will have settled by L1 block `deadline`; with a block number also
 *                    where, and with which receipt
 *   struct answer    a call across chains, if it settles, has this response
 *
 *   digest = EIP-712( "ScopePreconfSlasher", "1", L1's chain id, the contract; the struct's fields in order )
 *
 * Each statement is conditional on an L1 block: if L1 has another one with that number, nothing is owed. What a
 * statement means, and how a broken one is proved: docs/preconfirmations.md,
 * contracts/src/interfaces/IScopePreconfSlasher.sol.
 *
 * Values in, values out: the journal that a signature waits for is promise/journal.h. Numbers are host integers;
 * signatures are r || s || v, v 27 or 28. */
#ifndef PROMISE_PROMISE_H
#define PROMISE_PROMISE_H

#include "base/err.h"
#include "base/types.h"

enum { PROMISE_SIGNATURE_LEN = 65 };

struct promise {
    u64 chain_id;
    hash32 transaction_hash;
    address sender;
    u64 nonce;
    u64 block_number;    /* of the rollup; 0: any block, and index and receipt_hash are 0 */
    u64 index;           /* among all transactions of the block, system transactions included */
    hash32 receipt_hash; /* keccak256 of the receipt, as the receipts trie holds it */
    u64 deadline;        /* L1 block */
    u64 l1_number;       /* the condition */
    hash32 l1_hash;
    u64 sequence;        /* counts the builder's statements */
};

struct answer {
    u64 chain_id;         /* that handles the call */
    hash32 request_hash;
    hash32 response_hash; /* keccak256 of status:1 || clock:8 || returndata */
    u64 l1_number;        /* the condition */
    hash32 l1_hash;
    u64 sequence;
};

/* Which contract on which L1: EIP-712's domain. */
struct promise_domain {
    u64 l1_chain_id;
    address slasher;
};

struct signed_promise {
    struct promise message;
    u8 signature[PROMISE_SIGNATURE_LEN];
};

struct signed_answer {
    struct answer message;
    u8 signature[PROMISE_SIGNATURE_LEN];
};

void promise_digest(hash32 *out, const struct promise_domain *domain, const struct promise *p);
void answer_digest(hash32 *out, const struct promise_domain *domain, const struct answer *a);

/* The signer. REJECT_SIGNATURE: none, or not r || s || v with a low s, which the contract would refuse. */
enum err promise_signer(address *out, const struct promise_domain *domain, const struct signed_promise *p) MUST_CHECK;
enum err answer_signer(address *out, const struct promise_domain *domain, const struct signed_answer *a) MUST_CHECK;

/* Whether no chain can keep both, whatever their conditions: of one rollup, two transactions with one nonce of one
 * sender; two transactions or receipts at one place; one transaction at two places. Symmetric. */
bool promises_contradict(const struct promise *p, const struct promise *q);
/* Two responses to one call. */
bool answers_contradict(const struct answer *a, const struct answer *b);

#endif
