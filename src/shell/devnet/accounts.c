/* The development accounts as a wallet: this process has their keys. */
#include "base/u256.h"
#include "crypto/keccak.h"
#include "devnet/devnet.h"
#include "devnet/typed_data.h"
#include "node/call_run.h"
#include "node/fill.h"
#include "node/pool.h"
#include "node/write.h"
#include "scope/selector.h"
#include "signer/secp256k1_sign.h"
#include "signer/tx_sign.h"

#include <stdio.h>

enum err devnet_eth_accounts(struct rpc_request *r)
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
    return devnet_eth_accounts(r);
}

static enum err find_key(struct rpc_request *r, const struct devnet_account **out, const address *at)
{
    *out = devnet_account(devnet_chain_of(r)->devnet, at);
    return *out ? OK : rpc_fail(r, JSONRPC_SERVER_ERROR, "unknown account");
}

/* --- messages: EIP-191, version 0x45 --- */

static enum err sign_digest(struct rpc_request *r, const address *at, const hash32 *digest)
{
    const struct devnet_account *a;
    struct signature s;
    u8 out[65];
    TRY(find_key(r, &a, at));
    TRY(secp256k1_sign(&s, digest, &a->key));
    memcpy(out, s.r.b, 32);
    memcpy(out + 32, s.s.b, 32);
    out[64] = (u8)(27 + s.y_parity);
    json_write_hex(r->out, BYTES_OF(out));
    return OK;
}

static enum err sign_message(struct rpc_request *r, const address *at, struct bytes message)
{
    struct buffer text = buffer_in(r->arena);
    char head[60];
    hash32 digest;
    const int len = snprintf(head, sizeof head, "\x19" "Ethereum Signed Message:\n%zu", message.len);
    buffer_add(&text, head, (size_t)len);
    buffer_add_bytes(&text, message);
    keccak256(&digest, text.ptr, text.len);
    return sign_digest(r, at, &digest);
}

/* Typed data is an object, or its text. */
enum err rpc_eth_signTypedData_v4(struct rpc_request *r)
{
    const address at = rpc_address(r, 0);
    struct json data = r->parameter[1];
    struct complaint complaint = {0};
    struct buffer why = buffer_in(r->arena);
    hash32 digest;
    if (json_kind(data) == JSON_STRING) {
        const struct bytes text = json_text(data);
        if (json_parse_untrusted(r->arena, &data, &complaint, text, text.len) != OK)
            return rpc_invalid(r, 1, "invalid JSON: %s", complaint.text);
    }
    if (typed_data_digest(&digest, r->arena, data, &why) != OK)
        return rpc_invalid(r, 1, "%.*s", (int)why.len, (const char *)why.ptr);
    return sign_digest(r, &at, &digest);
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

static enum err read_tx(struct rpc_request *r, struct tx *t, bool *has_nonce)
{
    struct call_object c;
    TRY(fill_read(r, &c, DEFAULT_GAS));
    *t = c.tx;
    *has_nonce = c.has_nonce;
    return OK;
}

enum err rpc_eth_signTransaction(struct rpc_request *r)
{
    const struct devnet_account *a;
    struct buffer envelope = buffer_in(r->arena);
    struct tx t;
    bool has_nonce;
    TRY(read_tx(r, &t, &has_nonce));
    TRY(find_key(r, &a, &t.sender));
    if (!has_nonce)
        TRY(fill_nonce(r, &t.nonce, &t.sender));
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

/* A transaction of an impersonated account: its signature is no signature, and its hash is its own. L1 takes it
 * from this process alone. */
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
    struct authorization *own = t->authorization;
    if (!a)
        return pretend_to_sign(r, t, from);
    if (t->authorization_count == 1 && own->signer_is == SIGNER_FOUND && address_eq(&own->signer, from)) {
        own->nonce = t->nonce + 1; /* the account's nonce, once the transaction has begun */
        TRY(authorization_sign(own, &a->key));
    }
    return tx_sign(t, &a->key, r->arena);
}

enum err devnet_sign_and_put(struct rpc_request *r, struct tx *t, const address *from, bool has_nonce)
{
    struct devnet_chain *c = devnet_chain_of(r);
    pthread_mutex_lock(&c->signing);
    enum err e = has_nonce ? OK : fill_nonce(r, &t->nonce, from);
    if (e == OK)
        e = sign_as(r, t, from);
    if (e == OK)
        e = pool_check(r, t);
    if (e == OK)
        e = devnet_put(c, r, t);
    pthread_mutex_unlock(&c->signing);
    return e;
}

/* --- a scoped call on L1 needs a bundle --- */

struct outside_bundle {
    const address *bridge;
    bool was_asked;
};

static enum err see_outside_bundle(void *context, struct evm *vm, const struct evm_message *m,
                                   const struct evm_result *result)
{
    struct outside_bundle *o = context;
    (void)vm;
    if (result->halt == HALT_REVERT && address_eq(&m->code_address, o->bridge) &&
        selector_of(result->output) == (u32)SELECTOR_OUTSIDE_BUNDLE)
        o->was_asked = true;
    return OK;
}

enum err devnet_needs_bundle(struct rpc_request *r, bool *out, const struct tx *t)
{
    struct outside_bundle outside = {.bridge = &devnet_chain_of(r)->devnet->contracts.shared_bridge};
    const struct hooks hooks = {.context = &outside, .leave = see_outside_bundle};
    const struct json none = json_get(r->parameter[0], "");
    struct call_run run;
    struct call_result result;
    struct call_object call = {.tx = *t};
    TRY(call_run_open(r, &run, r->at->head, none, 0, none, 0));
    call_run_listen(&run, &hooks);
    const enum err e = call_run_execute(&run, &result, &call);
    call_run_close(&run);
    *out = outside.was_asked;
    return *out ? OK : e;
}

static enum err operate_instead(struct rpc_request *r, bool *done, const struct tx *t)
{
    const struct devnet_chain *c = devnet_chain_of(r);
    const struct devnet_account *a = devnet_account(c->devnet, &t->sender);
    const struct operation_call call = {t->to, t->value, t->data};
    struct status s;
    hash32 hash;
    *done = false;
    if (c->index != 0 || !a || t->is_creation || t->data.len == 0)
        return OK;
    TRY(devnet_needs_bundle(r, done, t));
    if (!*done)
        return OK;
    TRY(devnet_operate(r, &hash, a, &call, 1, t->gas_limit));
    TRY(devnet_await_status(r, &s, &hash));
    write_hash(r->out, &s.bundle);
    return OK;
}

enum err rpc_eth_sendTransaction(struct rpc_request *r)
{
    struct tx t;
    bool has_nonce, done;
    TRY(read_tx(r, &t, &has_nonce));
    const address from = t.sender;
    TRY(operate_instead(r, &done, &t));
    if (done)
        return OK;
    TRY(devnet_sign_and_put(r, &t, &from, has_nonce));
    TRY(devnet_await(devnet_chain_of(r), r, &t));
    write_hash(r->out, &t.hash);
    return OK;
}
