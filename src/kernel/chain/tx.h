/* tx - transactions of every type: what they say, how they travel, who signed them.
 *
 *   envelope   legacy: rlp([...])    typed: type || rlp([...])        EIP-2718
 *   hash       keccak256(envelope)
 *   signer     recovered from keccak256(the same without y_parity, r, s)
 *
 *   0 legacy (EIP-155 or not)  1 access list (EIP-2930)  2 dynamic fee (EIP-1559)
 *   3 blob (EIP-4844)          4 set code (EIP-7702)
 *   0x7e system: rlp([chainId, blockNumber, index, to, gasLimit, data]), unsigned; its sender is
 *   0xffff..fffe. No Ethereum chain admits it; a rollup's rules may (docs/protocol.md section 11).
 *
 * Decoding is strict and says which field is wrong: first what breaks RLP or a field's width, then a type
 * that is not admitted here, then numbers that are too large. So every envelope has one
 * struct tx, and tx_encode gives the envelope back byte for byte.
 *
 * Memory: a struct tx is a value; its lists and data point into the arena or the envelope given to
 * tx_decode, which must outlive it. Whether a tx may run is execute.h's question.
 * Errors: REJECT_TX_*. */
#ifndef CHAIN_TX_H
#define CHAIN_TX_H

#include "base/buffer.h"
#include "base/err.h"
#include "base/types.h"
#include "crypto/secp256k1.h"

enum tx_type {
    TX_LEGACY = 0,
    TX_ACCESS_LIST = 1,
    TX_DYNAMIC_FEE = 2,
    TX_BLOB = 3,
    TX_SET_CODE = 4,
    TX_SYSTEM = 0x7e,
};

/* A set of types. */
static inline u32 tx_type_bit(enum tx_type t)
{
    return t == TX_SYSTEM ? 1u << 31 : 1u << t;
}
#define TX_TYPES_ETHEREUM 0x1fu
#define TX_TYPES_ALL 0x8000001fu
/* In the same set: legacy transactions may name their chain (from EIP-155 on). */
#define TX_ADMITS_EIP155 (1u << 30)

struct access {
    address at;
    const hash32 *key;
    u32 key_count;
};

/* EIP-7702: the signer's account takes the code of another. */
struct authorization {
    u256 chain_id;      /* 0: any chain */
    address at;         /* whose code; 0 takes a delegation back */
    u64 nonce;
    u64 y_parity;       /* any u8 travels; only 0 and 1 can have a signer */
    hash32 r, s;
    /* cached by authorization_recover */
    enum { SIGNER_UNKNOWN, SIGNER_FOUND, SIGNER_NONE } signer_is;
    address signer;
};

struct tx {
    enum tx_type type;
    bool has_chain_id;       /* false: a legacy transaction without EIP-155 */
    bool is_creation;        /* no `to` */
    bool has_sender;         /* sender is known: recovered, or set by the caller */
    bool has_hash;
    u64 chain_id;
    u64 nonce;
    u64 gas_limit;
    u256 max_fee;            /* wei per gas; types 0 and 1: gasPrice */
    u256 max_priority_fee;   /* types 0 and 1: equal to max_fee */
    u256 max_blob_fee;       /* wei per blob gas */
    address to;
    u256 value;
    struct bytes data;
    const struct access *access;
    u32 access_count;
    u32 blob_hash_count;
    const hash32 *blob_hash;
    struct authorization *authorization;
    u32 authorization_count;
    struct signature signature;
    /* system */
    u64 block_number;
    u64 index;
    /* cached */
    address sender;
    hash32 hash;
};

/* 0xfffffffffffffffffffffffffffffffffffffffe: who system calls come from (EIP-4788). */
extern const address system_sender;

/* The whole of envelope as one transaction of a type in admitted (tx_type_bit); sets the hash. */
enum err tx_decode(struct tx *out, struct arena *arena, struct bytes envelope, u32 admitted) MUST_CHECK;
void tx_encode(struct buffer *out, const struct tx *t);
/* As an item of a block's list: legacy as a list, typed as a string. */
void tx_encode_item(struct buffer *out, const struct tx *t);
enum err tx_decode_item(struct tx *out, struct arena *arena, struct bytes item, u32 admitted) MUST_CHECK;

void tx_hash(hash32 *out, const struct tx *t, struct arena *scratch);
void tx_signing_hash(hash32 *out, const struct tx *t, struct arena *scratch);

/* Sets sender unless it is known. low_s: from Homestead on (EIP-2). */
enum err tx_recover(struct tx *t, bool low_s, struct arena *scratch) MUST_CHECK;

/* keccak256(0x05 || rlp([chain_id, address, nonce])) */
void authorization_signing_hash(hash32 *out, const struct authorization *a);
/* Sets signer_is and, where found, signer; s must be low. */
void authorization_recover(struct authorization *a);

/* Gas before the first instruction: base, data, creation, access list, authorizations, of the
 * fork's prices; and EIP-7623's floor, 0 before Prague. */
struct fork;
u64 tx_intrinsic_gas(const struct tx *t, const struct fork *fork);
u64 tx_floor_gas(const struct tx *t, const struct fork *fork);

#endif
