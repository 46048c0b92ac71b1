#include "promise/promise.h"

#include "crypto/keccak.h"
#include "crypto/secp256k1.h"
#include "scope/eip712.h"

static void statement_digest(hash32 *out, const struct promise_domain *domain, const u8 *packed, size_t len)
{
    const struct eip712_domain d = {
        .name = BYTES_LITERAL("ScopePreconfSlasher"),
        .version = BYTES_LITERAL("1"),
        .chain_id = domain->l1_chain_id,
        .verifying_contract = domain->slasher,
    };
    hash32 struct_hash;
    keccak256(&struct_hash, packed, len);
    eip712_digest(out, &d, &struct_hash);
}

void promise_digest(hash32 *out, const struct promise_domain *domain, const struct promise *p)
{
    u8 packed[12 * 32];
    struct words w = {packed};
    words_put_hash_of(&w, BYTES_LITERAL("Promise(uint64 chainId,bytes32 transactionHash,address sender,uint64 nonce,"
                                        "uint64 blockNumber,uint64 index,bytes32 receiptHash,uint64 deadline,"
                                        "uint64 l1Number,bytes32 l1Hash,uint64 sequence)"));
    words_put_u64(&w, p->chain_id);
    words_put_hash(&w, &p->transaction_hash);
    words_put_address(&w, &p->sender);
    words_put_u64(&w, p->nonce);
    words_put_u64(&w, p->block_number);
    words_put_u64(&w, p->index);
    words_put_hash(&w, &p->receipt_hash);
    words_put_u64(&w, p->deadline);
    words_put_u64(&w, p->l1_number);
    words_put_hash(&w, &p->l1_hash);
    words_put_u64(&w, p->sequence);
    statement_digest(out, domain, packed, sizeof packed);
}

void answer_digest(hash32 *out, const struct promise_domain *domain, const struct answer *a)
{
    u8 packed[7 * 32];
    struct words w = {packed};
    words_put_hash_of(&w, BYTES_LITERAL("Answer(uint64 chainId,bytes32 requestHash,bytes32 responseHash,"
                                        "uint64 l1Number,bytes32 l1Hash,uint64 sequence)"));
    words_put_u64(&w, a->chain_id);
    words_put_hash(&w, &a->request_hash);
    words_put_hash(&w, &a->response_hash);
    words_put_u64(&w, a->l1_number);
    words_put_hash(&w, &a->l1_hash);
    words_put_u64(&w, a->sequence);
    statement_digest(out, domain, packed, sizeof packed);
}

static enum err signer_of(address *out, const hash32 *digest, const u8 signature[PROMISE_SIGNATURE_LEN])
{
    struct signature s;
    if (signature[64] != 27 && signature[64] != 28)
        return REJECT_SIGNATURE;
    memcpy(s.r.b, signature, 32);
    memcpy(s.s.b, signature + 32, 32);
    s.y_parity = signature[64] - 27;
    if (!secp256k1_is_low_s(&s.s))
        return REJECT_SIGNATURE;
    return secp256k1_recover(out, digest, &s);
}

enum err promise_signer(address *out, const struct promise_domain *domain, const struct signed_promise *p)
{
    hash32 digest;
    promise_digest(&digest, domain, &p->message);
    return signer_of(out, &digest, p->signature);
}

enum err answer_signer(address *out, const struct promise_domain *domain, const struct signed_answer *a)
{
    hash32 digest;
    answer_digest(&digest, domain, &a->message);
    return signer_of(out, &digest, a->signature);
}

bool promises_contradict(const struct promise *p, const struct promise *q)
{
    if (p->chain_id != q->chain_id)
        return false;
    const bool is_same = hash32_eq(&p->transaction_hash, &q->transaction_hash);
    if (p->nonce == q->nonce && address_eq(&p->sender, &q->sender) && !is_same)
        return true;
    if (p->block_number == 0 || q->block_number == 0)
        return false;
    if (p->block_number != q->block_number || p->index != q->index)
        return is_same;
    return !is_same || !hash32_eq(&p->receipt_hash, &q->receipt_hash);
}

bool answers_contradict(const struct answer *a, const struct answer *b)
{
    return a->chain_id == b->chain_id && hash32_eq(&a->request_hash, &b->request_hash) &&
           !hash32_eq(&a->response_hash, &b->response_hash);
}
