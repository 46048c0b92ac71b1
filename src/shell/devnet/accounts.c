/* The development accounts as a wallet: this process has their keys. */
#include "base/u256.h"
#include "crypto/keccak.h"
#include "devnet/devnet.h"
#include "node/mempool.h"
#include "node/write.h"
#include "signer/secp256k1_sign.h"
#include "signer/tx_sign.h"

#include <stdio.h>

enum { DEFAULT_GAS = 5000000 };

enum err rpc_eth_accounts(struct rpc_request *r)
{
    const struct devnet *d = devnet_chain_of(r)->devnet;
    json_write_array(r->out);
    for (size_t i = 0; i < DEVNET_ACCOUNTS; i++)
        json_write_hex(r->out, BYTES_OF(d->account[i].at.b));
    json_write_end(r->out);
    return OK;
}

enum err rpc_eth_requestAccounts(struct rpc_request *r)
{
    return rpc_eth_accounts(r);
}

static enum err find_key(struct rpc_request *r, const struct devnet_account **out, const address *at)
{
    *out = devnet_account(devnet_chain_of(r)->devnet, at);
    return *out ? OK : rpc_fail(r, JSONRPC_SERVER_ERROR, "unknown account");
}

/* --- messages: EIP-191, version 0x45 --- */

static enum err sign_message(struct rpc_request *r, const address *at, struct bytes message)
{
    const struct devnet_account *a;
    struct buffer text = buffer_in(r->arena);
    struct signature s;
    char head[60];
    hash32 digest;
    u8 out[65];
    TRY(find_key(r, &a, at));
    const int len = snprintf(head, sizeof head, "\x19" "Ethereum Signed Message:\n%zu", message.len);
    buffer_add(&text, head, (size_t)len);
    buffer_add_bytes(&text, message);
    keccak256(&digest, text.ptr, text.len);
    TRY(secp256k1_sign(&s, &digest, &a->key));
    memcpy(out, s.r.b, 32);
    memcpy(out + 32, s.s.b, 32);
    out[64] = (u8)(27 + s.y_parity);
    json_write_hex(r->out, BYTES_OF(out));
    return OK;
}

enum err rpc_eth_sign(struct rpc_request *r)
{
    const address at = rpc_address(r, 0);
    return sign_message(r, &at, rpc_data(r, 1));
}

enum err rpc_personal_sign(struct rpc_request *r)
{
    const address at = rpc_address(r, 1);
    return sign_message(r, &at, rpc_data(r, 0));
}

/* --- transactions --- */

static enum err fail_member(struct rpc_request *r, const char *key, const char *wrong)
{
    return rpc_invalid(r, 0, "%s: %s", key, wrong);
}

static enum err get_u256(struct rpc_request *r, u256 *out, bool *found, const char *key)
{
    const struct json v = json_get(r->parameter[0], key);
    const char *wrong = rpc_absent(v) ? NULL : rpc_wrong_u256(out, v);
    *found = !rpc_absent(v);
    return wrong ? fail_member(r, key, wrong) : OK;
}

static enum err get_u64(struct rpc_request *r, u64 *out, bool *found, const char *key)
{
    const struct json v = json_get(r->parameter[0], key);
    const char *wrong = rpc_absent(v) ? NULL : rpc_wrong_quantity(out, v);
    *found = !rpc_absent(v);
    return wrong ? fail_member(r, key, wrong) : OK;
}

static enum err get_address(struct rpc_request *r, address *out, bool *found, const char *key)
{
    const struct json v = json_get(r->parameter[0], key);
    const char *wrong = rpc_absent(v) ? NULL : rpc_wrong_fixed(out->b, sizeof out->b, v);
    *found = !rpc_absent(v);
    return wrong ? fail_member(r, key, wrong) : OK;
}

static enum err get_input(struct rpc_request *r, struct bytes *out)
{
    const struct json data = json_get(r->parameter[0], "data"), input = json_get(r->parameter[0], "input");
    const struct json v = rpc_absent(input) ? data : input;
    const char *wrong = rpc_absent(v) ? NULL : rpc_wrong_data(r->arena, out, v);
    return wrong ? fail_member(r, "input", wrong) : OK;
}

static enum err refuse_lists(struct rpc_request *r)
{
    static const char *const key[] = {"accessList", "authorizationList", "blobVersionedHashes", "blobs"};
    for (size_t i = 0; i < COUNT_OF(key); i++) {
        const struct json v = json_get(r->parameter[0], key[i]);
        if (!rpc_absent(v) && json_count(v))
            return rpc_fail(r, JSONRPC_SERVER_ERROR,
                            "FAULT_UNSUPPORTED: eth_sendTransaction with %s is not supported yet: sign it and use "
                            "eth_sendRawTransaction", key[i]);
    }
    return OK;
}

/* Twice the base fee and a gwei, unless the request says otherwise. */
static enum err read_fees(struct rpc_request *r, struct tx *t)
{
    const u256 gwei = u256_from_u64(1000000000);
    u256 base_fee, price;
    bool has_price, has_max, has_tip;
    header_next_base_fee(&base_fee, &r->at->head->header);
    u256_add(&t->max_fee, &base_fee, &base_fee);
    u256_add(&t->max_fee, &t->max_fee, &gwei);
    t->max_priority_fee = gwei;
    TRY(get_u256(r, &price, &has_price, "gasPrice"));
    TRY(get_u256(r, &t->max_fee, &has_max, "maxFeePerGas"));
    TRY(get_u256(r, &t->max_priority_fee, &has_tip, "maxPriorityFeePerGas"));
    if (has_price && (has_max || has_tip))
        return rpc_fail(r, JSONRPC_SERVER_ERROR,
                        "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified");
    if (has_price)
        t->max_fee = t->max_priority_fee = price;
    if (!has_tip && u256_lt(&t->max_fee, &t->max_priority_fee))
        t->max_priority_fee = t->max_fee;
    t->type = has_price ? TX_LEGACY : TX_DYNAMIC_FEE;
    return OK;
}

static enum err read_tx(struct rpc_request *r, struct tx *t, bool *has_nonce)
{
    bool has_to, has_gas, ignored;
    u64 chain_id = r->at->chain->rules->chain_id;
    *t = (struct tx){.has_chain_id = true, .chain_id = chain_id};
    TRY(refuse_lists(r));
    TRY(get_address(r, &t->to, &has_to, "to"));
    TRY(get_u256(r, &t->value, &ignored, "value"));
    TRY(get_input(r, &t->data));
    TRY(get_u64(r, &t->gas_limit, &has_gas, "gas"));
    TRY(get_u64(r, &t->nonce, has_nonce, "nonce"));
    TRY(get_u64(r, &chain_id, &ignored, "chainId"));
    if (chain_id != t->chain_id)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "chainId does not match node's (have=%llu, want=%llu)",
                        (unsigned long long)chain_id, (unsigned long long)t->chain_id);
    if (!has_to && t->data.len == 0)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "contract creation without any data provided");
    t->is_creation = !has_to;
    if (!has_gas)
        t->gas_limit = DEFAULT_GAS; /* what is not used is not paid */
    return read_fees(r, t);
}

static enum err next_nonce(struct rpc_request *r, u64 *out, const address *at)
{
    struct reader *d = reader_take(&r->node->readers);
    struct snapshot *newest = snapshot_take(r->node->chain); /* a nonce may have been used since the call began */
    struct state *s = reader_state(d, &newest->head->header.state_root);
    const struct account *a;
    const enum err e = state_account(s, &a, NULL, at);
    if (e == OK)
        *out = mempool_next_nonce(r->node->pool, at, a->nonce);
    state_release(s);
    snapshot_drop(newest);
    reader_give(&r->node->readers, d);
    return e;
}

static enum err read_sender(struct rpc_request *r, address *from)
{
    bool has_from;
    TRY(get_address(r, from, &has_from, "from"));
    return has_from ? OK : fail_member(r, "from", "missing");
}

enum err rpc_eth_signTransaction(struct rpc_request *r)
{
    const struct devnet_account *a;
    struct buffer envelope = buffer_in(r->arena);
    struct tx t;
    address from;
    bool has_nonce;
    TRY(read_sender(r, &from));
    TRY(find_key(r, &a, &from));
    TRY(read_tx(r, &t, &has_nonce));
    if (!has_nonce)
        TRY(next_nonce(r, &t.nonce, &from));
    TRY(tx_sign(&t, &a->key, r->arena));
    tx_encode(&envelope, &t);
    json_write_object(r->out);
    write_hex(r->out, "raw", buffer_bytes(&envelope));
    json_write_key(r->out, "tx");
    json_write_object(r->out);
    write_tx(r->out, &t, &(struct tx_position){0});
    json_write_end(r->out);
    json_write_end(r->out);
    return OK;
}

/* A transaction of somebody whose key is not here: its signature is no signature, and its hash is its own. L1 takes it
 * from this process, and from nobody else. */
static enum err pretend_to_sign(struct rpc_request *r, struct tx *t, const address *from)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    pthread_mutex_lock(&d->lock);
    const bool is_impersonated = devnet_chain_of(r)->index == 0 && devnet_impersonates(d, from);
    pthread_mutex_unlock(&d->lock);
    if (!is_impersonated)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "unknown account");
    keccak256(&t->signature.r, from->b, sizeof from->b);
    t->signature.r.b[0] = 0;
    t->signature.s = (hash32){{[31] = 1}};
    t->sender = *from;
    t->has_sender = true;
    tx_hash(&t->hash, t, r->arena);
    t->has_hash = true;
    return OK;
}

static enum err sign_as(struct rpc_request *r, struct tx *t, const address *from)
{
    const struct devnet_account *a = devnet_account(devnet_chain_of(r)->devnet, from);
    return a ? tx_sign(t, &a->key, r->arena) : pretend_to_sign(r, t, from);
}

/* Nonces are given one at a time, and used before the next is given. */
static enum err sign_and_put(struct rpc_request *r, struct tx *t, const address *from, bool has_nonce)
{
    struct devnet_chain *c = devnet_chain_of(r);
    pthread_mutex_lock(&c->signing);
    enum err e = has_nonce ? OK : next_nonce(r, &t->nonce, from);
    if (e == OK)
        e = sign_as(r, t, from);
    if (e == OK)
        e = pool_check(r, t);
    if (e == OK)
        e = devnet_put(c, r, t);
    pthread_mutex_unlock(&c->signing);
    return e;
}

enum err rpc_eth_sendTransaction(struct rpc_request *r)
{
    struct tx t;
    address from;
    bool has_nonce;
    TRY(read_sender(r, &from));
    TRY(read_tx(r, &t, &has_nonce));
    TRY(sign_and_put(r, &t, &from, has_nonce));
    TRY(devnet_await(devnet_chain_of(r), r, &t));
    write_hash(r->out, &t.hash);
    return OK;
}
