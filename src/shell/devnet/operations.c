/* Operations: how an account of L1 calls other chains. Its wallet signs typed data (bridge/operation.h), and once an
 * authorization that delegates the account to ScopedAccount (EIP-7702); the builder's bundle runs it. */
#include "base/u256.h"
#include "bridge/operation.h"
#include "codec/text.h"
#include "crypto/keccak.h"
#include "crypto/secp256k1.h"
#include "devnet/devnet.h"
#include "node/rpc_members.h"
#include "node/write.h"
#include "signer/tx_sign.h"

#include <time.h>

enum { OPERATION_GAS = 2000000, OPERATION_CALLS_MAX = 64, HOUR = 3600 };

/* --- the account on L1 --- */

struct account_on_l1 {
    u64 nonce;            /* the account's */
    u256 operation_nonce; /* of its next operation, key 0 */
    bool is_delegated;
};

/* ScopedAccount's mapping of nonces is at its ERC-7201 location: next[0] is at keccak256(0 || location). */
static u256 nonce_slot(void)
{
    static const u8 location[32] = {0xf1, 0x3e, 0x18, 0x04, 0x46, 0xea, 0x81, 0xcc, 0x12, 0xd6, 0x93,
                                    0x48, 0x9d, 0x28, 0x5f, 0xfc, 0xeb, 0xfb, 0x9d, 0x79, 0xe7, 0x9d,
                                    0x6f, 0x3e, 0xcd, 0x6a, 0xfa, 0xb4, 0xf3, 0x11, 0x3a, 0x00};
    u8 packed[64] = {0};
    hash32 hash;
    memcpy(packed + 32, location, sizeof location);
    keccak256(&hash, packed, sizeof packed);
    return u256_from_be(hash.b);
}

static enum err read_account(struct state *s, struct account_on_l1 *out, const address *at, const address *delegate)
{
    const struct account *a;
    const struct storage_slot *slot;
    struct bytes code = {0};
    u8 designator[23] = {0xef, 0x01, 0x00}; /* EIP-7702 */
    const u256 key = nonce_slot();
    memcpy(designator + 3, delegate->b, sizeof delegate->b);
    TRY(state_account(s, &a, NULL, at));
    TRY(state_storage_slot(s, &slot, NULL, a, &key));
    if (a->has_code)
        TRY(state_code(s, &code, a));
    *out = (struct account_on_l1){a->nonce, slot->current, bytes_eq(code, BYTES_OF(designator))};
    return OK;
}

static enum err look_up(struct rpc_request *r, struct account_on_l1 *out, const address *at)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    struct devnet_chain *l1 = &d->chain[0];
    struct snapshot *head = snapshot_take(&l1->chain);
    struct reader *reader = reader_take(&l1->node.readers);
    struct state *s = reader_state(reader, &head->head->header.state_root);
    const enum err e = read_account(s, out, at, &d->contracts.scoped_account);
    state_release(s);
    reader_give(&l1->node.readers, reader);
    snapshot_drop(head);
    return e;
}

enum err devnet_delegation(struct rpc_request *r, u64 *nonce, bool *is_delegated, const address *at)
{
    struct account_on_l1 account;
    TRY(look_up(r, &account, at));
    *nonce = account.nonce;
    *is_delegated = account.is_delegated;
    return OK;
}

/* --- reading --- */

static enum err read_operation_calls(struct rpc_request *r, struct signed_operation *o, struct json object)
{
    const struct rpc_members m = {r, object, 0};
    struct json list;
    bool has;
    TRY(member_array(&m, &has, &list, "calls"));
    if (json_count(list) == 0 || json_count(list) > OPERATION_CALLS_MAX)
        return rpc_invalid(r, 0, "calls: expected 1 to %d", OPERATION_CALLS_MAX);
    struct operation_call *call = ARENA_TAKE_ZERO(r->arena, struct operation_call, json_count(list));
    for (struct json_iterator it = json_items(list); json_next(&it);) {
        const struct rpc_members one = {r, it.value, 0};
        struct operation_call *c = &call[it.index];
        TRY(member_fixed(&one, &has, c->to.b, sizeof c->to.b, "to"));
        TRY(member_data(&one, &has, &c->data, "data"));
        const struct json value = json_get(it.value, "value");
        if (!rpc_absent(value) && json_u256(&c->value, value) != OK)
            return member_invalid(&one, "value", "expected a number");
    }
    o->call = call;
    o->call_count = json_count(list);
    return OK;
}

/* A number as JSON, in decimal or hex: typed data has them in decimal. */
static enum err read_number(struct rpc_request *r, u64 *out, struct json object, const char *key)
{
    const struct json v = json_get(object, key);
    return rpc_absent(v) || json_u64(out, v) == OK ? OK : rpc_invalid(r, 0, "%s: expected a number", key);
}

static enum err read_operation_object(struct rpc_request *r, struct signed_operation *o, struct json object)
{
    const struct rpc_members m = {r, object, 0};
    bool has_account, ignored;
    *o = (struct signed_operation){.gas_limit = OPERATION_GAS};
    TRY(member_fixed(&m, &has_account, o->account.b, sizeof o->account.b, "account"));
    if (!has_account)
        return member_invalid(&m, "account", "missing");
    TRY(member_fixed(&m, &ignored, o->submitter.b, sizeof o->submitter.b, "submitter"));
    TRY(read_number(r, &o->gas_limit, object, "gasLimit"));
    TRY(read_number(r, &o->deadline, object, "deadline"));
    const struct json nonce = json_get(object, "nonce");
    if (!rpc_absent(nonce) && json_u256(&o->nonce, nonce) != OK)
        return member_invalid(&m, "nonce", "expected a number");
    return read_operation_calls(r, o, object);
}

/* L1's clock may be ahead of the system's. */
static u64 default_deadline(const struct devnet *d)
{
    struct snapshot *head = snapshot_take(&d->chain[0].chain);
    const u64 l1 = head->head->header.timestamp, now = (u64)time(NULL);
    snapshot_drop(head);
    return (l1 > now ? l1 : now) + HOUR;
}

/* --- scope_operationTypedData --- */

static void write_field(struct json_writer *w, const char *name, const char *type)
{
    json_write_object(w);
    json_write_key(w, "name");
    json_write_z(w, name);
    json_write_key(w, "type");
    json_write_z(w, type);
    json_write_end(w);
}

static void write_types(struct json_writer *w)
{
    static const struct {
        const char *type, *field[6][2];
    } row[] = {
        {"EIP712Domain", {{"name", "string"}, {"version", "string"}, {"chainId", "uint256"},
                          {"verifyingContract", "address"}, {"salt", "bytes32"}}},
        {"Operation", {{"nonce", "uint256"}, {"deadline", "uint256"}, {"gasLimit", "uint256"},
                       {"submitter", "address"}, {"calls", "Call[]"}}},
        {"Call", {{"to", "address"}, {"value", "uint256"}, {"data", "bytes"}}},
    };
    json_write_key(w, "types");
    json_write_object(w);
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        json_write_key(w, row[i].type);
        json_write_array(w);
        for (size_t f = 0; row[i].field[f][0]; f++)
            write_field(w, row[i].field[f][0], row[i].field[f][1]);
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_decimal(struct json_writer *w, const char *key, const u256 *x)
{
    json_write_key(w, key);
    json_write_u256(w, x);
}

static void write_decimal_u64(struct json_writer *w, const char *key, u64 x)
{
    const u256 wide = u256_from_u64(x);
    write_decimal(w, key, &wide);
}

static void write_message(struct json_writer *w, const struct signed_operation *o)
{
    json_write_key(w, "message");
    json_write_object(w);
    write_decimal(w, "nonce", &o->nonce);
    write_decimal_u64(w, "deadline", o->deadline);
    write_decimal_u64(w, "gasLimit", o->gas_limit);
    write_fixed(w, "submitter", o->submitter);
    json_write_key(w, "calls");
    json_write_array(w);
    for (size_t i = 0; i < o->call_count; i++) {
        json_write_object(w);
        write_fixed(w, "to", o->call[i].to);
        write_decimal(w, "value", &o->call[i].value);
        write_hex(w, "data", o->call[i].data);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

static void write_domain(struct json_writer *w, const struct devnet *d, const address *account)
{
    hash32 salt = {{0}};
    memcpy(salt.b + 12, d->contracts.shared_bridge.b, sizeof d->contracts.shared_bridge.b);
    json_write_key(w, "domain");
    json_write_object(w);
    json_write_key(w, "name");
    json_write_z(w, "ScopedAccount");
    json_write_key(w, "version");
    json_write_z(w, "1");
    json_write_key(w, "chainId");
    json_write_u64(w, d->chain[0].id);
    write_fixed(w, "verifyingContract", *account);
    write_fixed(w, "salt", salt);
    json_write_end(w);
}

static void write_authorization_to_sign(struct json_writer *w, const struct devnet *d, const struct account_on_l1 *a)
{
    json_write_key(w, "authorization");
    if (a->is_delegated) {
        json_write_null(w);
        return;
    }
    json_write_object(w);
    json_write_key(w, "chainId");
    json_write_u64(w, d->chain[0].id);
    write_fixed(w, "address", d->contracts.scoped_account);
    json_write_key(w, "nonce");
    json_write_u64(w, a->nonce);
    json_write_end(w);
}

enum err rpc_scope_operationTypedData(struct rpc_request *r)
{
    const struct devnet *d = devnet_chain_of(r)->devnet;
    struct signed_operation o;
    struct account_on_l1 account;
    TRY(read_operation_object(r, &o, r->parameter[0]));
    TRY(look_up(r, &account, &o.account));
    if (rpc_absent(json_get(r->parameter[0], "nonce")))
        o.nonce = account.operation_nonce;
    if (o.deadline == 0)
        o.deadline = default_deadline(d);
    json_write_object(r->out);
    json_write_key(r->out, "typedData");
    json_write_object(r->out);
    write_domain(r->out, d, &o.account);
    write_types(r->out);
    json_write_key(r->out, "primaryType");
    json_write_z(r->out, "Operation");
    write_message(r->out, &o);
    json_write_end(r->out);
    write_authorization_to_sign(r->out, d, &account);
    json_write_end(r->out);
    return OK;
}

/* --- sending --- */

static enum err queue(struct devnet *d, void *context)
{
    const struct sent_operation *o = context;
    u64 work;
    if (d->taken_count == TAKEN_MAX)
        return REJECT_BUNDLE_FULL;
    d->report = NULL;
    TRY(session_send_operation(d->session, &work, &o->operation, o->has_authorization ? &o->authorization : NULL));
    d->taken[d->taken_count++] = (struct taken){.chain = 0, .hash = o->hash, .work = work,
                                                .sender = o->operation.account};
    pthread_mutex_lock(&d->lock);
    struct status *s = statuses_find(d->statuses, &o->hash);
    if (s) {
        s->is_taken = true;
        s->work = work;
        devnet_store_operation(d, s, work);
    }
    pthread_mutex_unlock(&d->lock);
    return OK;
}

/* The same operation again is one that was rejected. */
static enum err add_operation_status(struct rpc_request *r, const struct sent_operation *o)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    pthread_mutex_lock(&d->lock);
    const struct status *known = statuses_find(d->statuses, &o->hash);
    const bool is_new = !known || known->stage == STAGE_REJECTED;
    if (is_new) {
        statuses_forget(d->statuses, &o->hash);
        struct status *s = statuses_add(d->statuses, &o->hash);
        s->chain_id = d->chain[0].id;
        s->sender = o->operation.account;
        s->is_operation = true;
    }
    pthread_mutex_unlock(&d->lock);
    devnet_tell_subscribers(d);
    return is_new ? OK : rpc_fail(r, JSONRPC_SERVER_ERROR, "already known");
}

static enum err send_operation(struct rpc_request *r, struct sent_operation *o)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    operation_hash(&o->hash, &o->operation, d->chain[0].id, &d->contracts.shared_bridge, r->arena);
    TRY(add_operation_status(r, o));
    const enum err e = devnet_run(r, queue, o);
    if (e == OK)
        return OK;
    pthread_mutex_lock(&d->lock);
    struct status *s = statuses_find(d->statuses, &o->hash);
    if (s && !s->is_taken)
        statuses_forget(d->statuses, &o->hash);
    pthread_mutex_unlock(&d->lock);
    return devnet_fail(r, e);
}

static enum err check_signature(struct rpc_request *r, const struct sent_operation *o)
{
    const struct devnet *d = devnet_chain_of(r)->devnet;
    struct signature s = {.y_parity = (u8)(o->operation.signature[64] - 27)};
    hash32 digest;
    address signer;
    memcpy(s.r.b, o->operation.signature, 32);
    memcpy(s.s.b, o->operation.signature + 32, 32);
    operation_hash(&digest, &o->operation, d->chain[0].id, &d->contracts.shared_bridge, r->arena);
    const bool is_signers = (o->operation.signature[64] == 27 || o->operation.signature[64] == 28) &&
                            secp256k1_recover(&signer, &digest, &s) == OK &&
                            address_eq(&signer, &o->operation.account);
    return is_signers ? OK
                      : devnet_refused(r, REJECT_SIGNATURE, "the operation is not signed by its account", &digest);
}

static enum err read_sent_authorization(struct rpc_request *r, struct sent_operation *o, struct json object)
{
    const struct rpc_members m = {r, json_get(object, "authorization"), 0};
    struct authorization *a = &o->authorization;
    u64 chain_id = 0;
    bool has;
    o->has_authorization = !rpc_absent(m.object);
    if (!o->has_authorization)
        return OK;
    TRY(read_number(r, &chain_id, m.object, "chainId"));
    TRY(read_number(r, &a->nonce, m.object, "nonce"));
    TRY(read_number(r, &a->y_parity, m.object, "yParity"));
    TRY(member_fixed(&m, &has, a->at.b, sizeof a->at.b, "address"));
    TRY(member_fixed(&m, &has, a->r.b, sizeof a->r.b, "r"));
    TRY(member_fixed(&m, &has, a->s.b, sizeof a->s.b, "s"));
    a->chain_id = u256_from_u64(chain_id);
    authorization_recover(a);
    if (a->signer_is != SIGNER_FOUND || !address_eq(&a->signer, &o->operation.account))
        return devnet_refused(r, REJECT_SIGNATURE, "the authorization is not signed by the operation's account", NULL);
    return OK;
}

enum err devnet_read_sent_operation(struct rpc_request *r, struct sent_operation *o, bool *is_signed,
                                    struct json object)
{
    const struct rpc_members m = {r, object, 0};
    *o = (struct sent_operation){0};
    TRY(read_operation_object(r, &o->operation, json_get(object, "operation")));
    TRY(member_fixed(&m, is_signed, o->operation.signature, sizeof o->operation.signature, "signature"));
    return read_sent_authorization(r, o, object);
}

enum err rpc_scope_sendOperation(struct rpc_request *r)
{
    const struct rpc_members m = {r, r->parameter[0], 0};
    struct sent_operation o;
    struct status ignored;
    bool is_signed;
    TRY(devnet_read_sent_operation(r, &o, &is_signed, r->parameter[0]));
    if (!is_signed)
        return member_invalid(&m, "signature", "missing");
    TRY(check_signature(r, &o));
    TRY(send_operation(r, &o));
    if (devnet_is_automining(devnet_chain_of(r)->devnet))
        TRY(devnet_await_status(r, &ignored, &o.hash));
    write_hash(r->out, &o.hash);
    return OK;
}

/* --- of a development account, signed here --- */

enum err devnet_sign_operation(struct rpc_request *r, struct sent_operation *o, const struct devnet_account *from)
{
    const struct devnet *d = devnet_chain_of(r)->devnet;
    struct account_on_l1 account;
    TRY(look_up(r, &account, &from->at));
    o->operation.nonce = account.operation_nonce;
    o->operation.deadline = default_deadline(d);
    if (!account.is_delegated) {
        o->has_authorization = true;
        o->authorization = (struct authorization){.chain_id = u256_from_u64(d->chain[0].id),
                                                  .at = d->contracts.scoped_account, .nonce = account.nonce};
        TRY(authorization_sign(&o->authorization, &from->key));
        o->authorization.signer_is = SIGNER_FOUND;
    }
    return operation_sign(&o->operation, d->chain[0].id, &d->contracts.shared_bridge, &from->key, r->arena);
}

/* With the lock of signing. Whether the operation settles is not this function's question. */
static enum err operate_next(struct rpc_request *r, struct sent_operation *o, const struct devnet_account *from)
{
    struct status ignored;
    TRY(devnet_sign_operation(r, o, from));
    TRY(send_operation(r, o));
    const enum err e = devnet_await_status(r, &ignored, &o->hash);
    return e == REJECT_CALL ? OK : e;
}

enum err devnet_operate(struct rpc_request *r, hash32 *hash, const struct devnet_account *from,
                        const struct operation_call *call, u32 call_count, u64 gas_limit)
{
    struct devnet_chain *c = devnet_chain_of(r);
    struct sent_operation o = {.operation = {.account = from->at, .gas_limit = gas_limit, .call = call,
                                             .call_count = call_count}};
    pthread_mutex_lock(&c->signing); /* one operation of an account at a time: the next has the next nonce */
    const enum err e = operate_next(r, &o, from);
    pthread_mutex_unlock(&c->signing);
    *hash = o.hash;
    return e;
}
