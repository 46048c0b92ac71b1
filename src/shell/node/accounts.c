/* Methods that read accounts and storage at a block. */
#include "codec/hex.h"
#include "crypto/keccak.h"
#include "node/mempool.h"
#include "node/node.h"
#include "node/reader.h"
#include "node/rpc.h"
#include "node/write.h"

/* A view of a block's state, for one method. */
struct look {
    struct reader *reader;
    struct state *state;
};

static enum err look_at_param_block(struct rpc_request *r, struct look *l, u32 index)
{
    const struct chain_block *b;
    TRY(rpc_known_block(r, &b, index));
    l->reader = reader_take(&r->node->readers);
    l->state = reader_state(l->reader, &b->header.state_root);
    return OK;
}

static enum err look_end(struct rpc_request *r, struct look *l, enum err e)
{
    state_release(l->state);
    reader_give(&r->node->readers, l->reader);
    return e;
}

static enum err find_param_account(struct rpc_request *r, struct look *l, const struct account **out, u32 block_index)
{
    const address at = rpc_address(r, 0);
    TRY(look_at_param_block(r, l, block_index));
    const enum err e = state_account(l->state, out, NULL, &at);
    return e == OK ? OK : look_end(r, l, e);
}

enum err rpc_eth_getBalance(struct rpc_request *r)
{
    const struct account *a;
    struct look l;
    TRY(find_param_account(r, &l, &a, 1));
    json_write_quantity_u256(r->out, &a->balance);
    return look_end(r, &l, OK);
}

/* pending counts what waits in the pool. */
enum err rpc_eth_getTransactionCount(struct rpc_request *r)
{
    const struct account *a;
    struct look l;
    TRY(find_param_account(r, &l, &a, 1));
    json_write_quantity(r->out, rpc_is_pending(r, 1) ? mempool_next_nonce(r->node->pool, &a->at, a->nonce) : a->nonce);
    return look_end(r, &l, OK);
}

enum err rpc_eth_getCode(struct rpc_request *r)
{
    const struct account *a;
    struct bytes code = {0};
    struct look l;
    TRY(find_param_account(r, &l, &a, 1));
    const enum err e = a->has_code ? state_code(l.state, &code, a) : OK;
    if (e == OK)
        json_write_hex(r->out, code);
    return look_end(r, &l, e);
}

enum err rpc_eth_getAccountInfo(struct rpc_request *r)
{
    const struct account *a;
    struct bytes code = {0};
    struct look l;
    TRY(find_param_account(r, &l, &a, 1));
    const enum err e = a->has_code ? state_code(l.state, &code, a) : OK;
    if (e != OK)
        return look_end(r, &l, e);
    json_write_object(r->out);
    write_u256(r->out, "balance", &a->balance);
    write_quantity(r->out, "nonce", a->nonce);
    write_hex(r->out, "code", code);
    json_write_end(r->out);
    return look_end(r, &l, OK);
}

/* --- storage --- */

/* A slot's key: at most 32 bytes of hex, with or without 0x and leading zeros. */
static enum err read_slot_key(struct rpc_request *r, u256 *out, struct json v)
{
    struct bytes text = json_text(v);
    u8 be[32] = {0};
    if (text.len >= 2 && text.ptr[0] == '0' && (text.ptr[1] | 0x20) == 'x')
        text = bytes_of(text.ptr + 2, text.len - 2);
    for (size_t i = 0; i < text.len; i++)
        if (hex_digit(text.ptr[i]) > 15)
            return rpc_fail(r, JSONRPC_INVALID_PARAMS, "invalid hex in storage key: %.*s", (int)json_source(v).len,
                            (const char *)json_source(v).ptr);
    if (json_kind(v) != JSON_STRING || text.len > 64)
        return rpc_fail(r, JSONRPC_INVALID_PARAMS, "storage key too long (want at most 32 bytes): %.*s",
                        (int)json_source(v).len, (const char *)json_source(v).ptr);
    for (size_t i = 0; i < text.len; i++) {
        const size_t nibble = 64 - text.len + i;
        be[nibble / 2] |= (u8)(hex_digit(text.ptr[i]) << (nibble % 2 ? 0 : 4));
    }
    *out = u256_from_be(be);
    return OK;
}

static enum err write_storage_proof(struct rpc_request *r, struct look *l, const struct account *a, const u256 *key)
{
    const struct storage_slot *slot;
    TRY(state_storage_slot(l->state, &slot, NULL, a, key));
    const hash32 word = u256_to_hash32(&slot->current);
    write_hash(r->out, &word);
    return OK;
}

enum err rpc_eth_getStorageAt(struct rpc_request *r)
{
    const struct account *a;
    struct look l;
    u256 key;
    TRY(read_slot_key(r, &key, r->parameter[1]));
    TRY(find_param_account(r, &l, &a, 2));
    return look_end(r, &l, write_storage_proof(r, &l, a, &key));
}

enum { STORAGE_VALUES_MAX = 1024 };

static enum err write_slots(struct rpc_request *r, struct look *l, const address *at, struct json keys)
{
    const struct account *a;
    u256 key;
    TRY(state_account(l->state, &a, NULL, at));
    json_write_array(r->out);
    for (struct json_iterator it = json_items(keys); json_next(&it);) {
        TRY(read_slot_key(r, &key, it.value));
        TRY(write_storage_proof(r, l, a, &key));
    }
    json_write_end(r->out);
    return OK;
}

static enum err write_storage_values(struct rpc_request *r, struct look *l)
{
    address at;
    json_write_object(r->out);
    for (struct json_iterator it = json_items(r->parameter[0]); json_next(&it);) {
        if (it.key.len != 42 || hex_fixed(at.b, sizeof at.b, it.key) != OK)
            return rpc_invalid(r, 0, "a key is not an address");
        if (json_kind(it.value) != JSON_ARRAY)
            return rpc_invalid(r, 0, "the keys of an account are not an array");
        json_write_key_bytes(r->out, it.key);
        TRY(write_slots(r, l, &at, it.value));
    }
    json_write_end(r->out);
    return OK;
}

enum err rpc_eth_getStorageValues(struct rpc_request *r)
{
    struct look l;
    u32 count = 0;
    for (struct json_iterator it = json_items(r->parameter[0]); json_next(&it);)
        count += json_count(it.value);
    if (count == 0)
        return rpc_fail(r, JSONRPC_INVALID_PARAMS, "empty request");
    if (count > STORAGE_VALUES_MAX)
        return rpc_fail(r, JSONRPC_INVALID_PARAMS, "too many slots (max %d)", STORAGE_VALUES_MAX);
    TRY(look_at_param_block(r, &l, 1));
    return look_end(r, &l, write_storage_values(r, &l));
}

/* --- proofs: EIP-1186 --- */

enum { PROOF_KEYS_MAX = 1024 }; /* go-ethereum's */

static enum err write_proof(struct rpc_request *r, struct look *l, const hash32 *root, struct bytes key)
{
    struct bytes *node;
    size_t count;
    hash32 path;
    keccak256(&path, key.ptr, key.len);
    TRY(trie_prove(l->reader->tries, r->arena, &node, &count, root, BYTES_OF(path.b)));
    json_write_array(r->out);
    for (size_t i = 0; i < count; i++)
        json_write_hex(r->out, node[i]);
    json_write_end(r->out);
    return OK;
}

/* The key as it was asked for: 32 bytes in full, everything else as a number. */
static void write_key_as_given(struct rpc_request *r, struct json given, const u256 *key)
{
    const hash32 word = u256_to_hash32(key);
    json_write_key(r->out, "key");
    if (json_text(given).len == 66)
        write_hash(r->out, &word);
    else
        json_write_quantity_u256(r->out, key);
}

static enum err write_slot_proof(struct rpc_request *r, struct look *l, const struct account *a,
                                 const struct account_leaf *leaf, struct json given)
{
    const struct storage_slot *slot;
    u256 key;
    TRY(read_slot_key(r, &key, given));
    TRY(state_storage_slot(l->state, &slot, NULL, a, &key));
    const hash32 word = u256_to_hash32(&key);
    json_write_object(r->out);
    write_key_as_given(r, given, &key);
    write_u256(r->out, "value", &slot->current);
    json_write_key(r->out, "proof");
    TRY(write_proof(r, l, &leaf->storage_root, BYTES_OF(word.b)));
    json_write_end(r->out);
    return OK;
}

static enum err read_leaf(struct look *l, struct account_leaf *out, const address *at)
{
    struct bytes value;
    bool found;
    *out = (struct account_leaf){.storage_root = trie_empty_root, .code_hash = keccak_of_empty};
    TRY(state_find(l->reader->tries, NULL, &found, &value, state_root(l->state), at));
    return found ? account_leaf_decode(out, value) : OK;
}

static enum err write_account_proof(struct rpc_request *r, struct look *l)
{
    const address at = rpc_address(r, 0);
    const struct account *a;
    struct account_leaf leaf;
    TRY(read_leaf(l, &leaf, &at));
    TRY(state_account(l->state, &a, NULL, &at));
    json_write_object(r->out);
    write_fixed(r->out, "address", at);
    json_write_key(r->out, "accountProof");
    TRY(write_proof(r, l, state_root(l->state), BYTES_OF(at.b)));
    write_u256(r->out, "balance", &leaf.balance);
    write_fixed(r->out, "codeHash", leaf.code_hash);
    write_quantity(r->out, "nonce", leaf.nonce);
    write_fixed(r->out, "storageHash", leaf.storage_root);
    json_write_key(r->out, "storageProof");
    json_write_array(r->out);
    for (struct json_iterator it = json_items(r->parameter[1]); json_next(&it);)
        TRY(write_slot_proof(r, l, a, &leaf, it.value));
    json_write_end(r->out);
    json_write_end(r->out);
    return OK;
}

enum err rpc_eth_getProof(struct rpc_request *r)
{
    struct look l;
    if (json_count(r->parameter[1]) > PROOF_KEYS_MAX)
        return rpc_fail(r, JSONRPC_INVALID_PARAMS, "too many keys (max %d)", PROOF_KEYS_MAX);
    TRY(look_at_param_block(r, &l, 2));
    return look_end(r, &l, write_account_proof(r, &l));
}
