/* wallet_*: batches of calls of the development accounts (EIP-5792).
 *
 *   on L1         atomic: the account, delegated to ScopedAccount (EIP-7702), runs the batch in a transaction to itself
 *                 (ERC-7821), or in an operation if it calls other chains (operations.c)
 *   on a rollup   a transaction for each call, one after the other: not atomic, which atomicRequired refuses
 *
 * An id is 0x and the hashes of the operation or the transactions, so that nothing has to be remembered; an id that the
 * client chose is, for the newest BATCHES_MAX of them and as long as the process lives. */
#include "bridge/operation.h"
#include "codec/abi.h"
#include "codec/hex.h"
#include "crypto/keccak.h"
#include "devnet/devnet.h"
#include "node/fill.h"
#include "node/write.h"

#include <stdio.h>

enum {
    BATCH_CALLS_MAX = 64,
    BATCHES_MAX = 256,
    ID_CHARACTERS_MAX = 2 + 2 * 4096,
    UNSUPPORTED_CAPABILITY = 5700, /* EIP-5792's codes, and EIP-1193's */
    UNSUPPORTED_CHAIN = 5710,
    DUPLICATE_ID = 5720,
    UNKNOWN_BATCH = 5730,
    BATCH_TOO_LARGE = 5740,
    NOT_ATOMIC = 5760,
    UNAUTHORIZED = 4100,
};

struct call_batch {
    hash32 hash[BATCH_CALLS_MAX];
    u32 count;
};

/* Batches whose id is the client's. */
struct call_batches {
    struct { hash32 id; struct call_batch batch; } row[BATCHES_MAX]; /* of the id: its hash */
    u64 count;
};

struct call_batches *call_batches_open(struct arena *arena)
{
    return ARENA_TAKE_ZERO(arena, struct call_batches, 1);
}

/* With the lock. */
static const struct call_batch *find_batch(const struct call_batches *b, const hash32 *id)
{
    const u64 count = b->count < BATCHES_MAX ? b->count : BATCHES_MAX;
    for (u64 i = 0; i < count; i++)
        if (hash32_eq(&b->row[i].id, id))
            return &b->row[i].batch;
    return NULL;
}

static hash32 id_hash(struct bytes id)
{
    hash32 out;
    keccak256(&out, id.ptr, id.len);
    return out;
}

/* --- wallet_getCapabilities --- */

static enum err known_account(struct rpc_request *r, const struct devnet_account **out, const address *at)
{
    *out = devnet_account(devnet_chain_of(r)->devnet, at);
    return *out ? OK : rpc_fail(r, UNAUTHORIZED, "unknown account");
}

static bool is_asked(struct json list, u64 chain_id)
{
    if (rpc_absent(list))
        return true;
    for (struct json_iterator it = json_items(list); json_next(&it);) {
        u64 id;
        if (!rpc_wrong_quantity(&id, it.value) && id == chain_id)
            return true;
    }
    return false;
}

enum err rpc_wallet_getCapabilities(struct rpc_request *r)
{
    const struct devnet *d = devnet_chain_of(r)->devnet;
    const struct devnet_account *account;
    const address at = rpc_address(r, 0);
    TRY(known_account(r, &account, &at));
    json_write_object(r->out);
    for (size_t i = 0; i < d->chain_count; i++) {
        char key[20];
        if (!is_asked(r->parameter[1], d->chain[i].id))
            continue;
        snprintf(key, sizeof key, "0x%llx", (unsigned long long)d->chain[i].id);
        json_write_key(r->out, key);
        json_write_object(r->out);
        json_write_key(r->out, "atomic");
        json_write_object(r->out);
        json_write_key(r->out, "status");
        json_write_z(r->out, i == 0 ? "supported" : "unsupported");
        json_write_end(r->out);
        json_write_end(r->out);
    }
    json_write_end(r->out);
    return OK;
}

/* --- wallet_sendCalls --- */

struct calls {
    const struct devnet_account *from;
    struct call_object call[BATCH_CALLS_MAX];
    u32 count;
    bool is_atomic;
    struct bytes id; /* the client's; empty: none */
};

/* Of a batch or a call: none is supported that is not optional. */
static enum err check_capabilities(struct rpc_request *r, struct json object)
{
    const struct json list = json_get(object, "capabilities");
    for (struct json_iterator it = json_items(list); json_next(&it);)
        if (json_kind(json_get(it.value, "optional")) != JSON_TRUE)
            return rpc_fail(r, UNSUPPORTED_CAPABILITY, "unsupported capability: %.*s", (int)it.key.len,
                            (const char *)it.key.ptr);
    return OK;
}

static enum err read_batch_call(struct rpc_request *r, struct calls *out, struct json v)
{
    const bool is_l1 = devnet_chain_of(r)->index == 0;
    struct call_object *c = &out->call[out->count];
    TRY(call_object_read(r, c, v, 0));
    TRY(check_capabilities(r, v));
    if (c->tx.is_creation && (is_l1 || c->tx.data.len == 0))
        return rpc_invalid(r, 0, is_l1 ? "calls: a batch cannot create a contract" : "calls: neither to nor data");
    c->tx.sender = out->from->at;
    out->count++;
    return OK;
}

static enum err read_head(struct rpc_request *r, struct calls *out, struct json v)
{
    const struct rpc_members m = {r, v, 0};
    struct devnet *d = devnet_chain_of(r)->devnet;
    u64 chain_id = devnet_chain_of(r)->id;
    address from = d->account[0].at;
    bool has;
    if (!json_text_is(json_get(v, "version"), "2.0.0"))
        return member_invalid(&m, "version", "only 2.0.0 is supported");
    TRY(member_u64(&m, &has, &chain_id, "chainId"));
    if (!has)
        return member_invalid(&m, "chainId", "missing");
    if (chain_id != devnet_chain_of(r)->id)
        return rpc_fail(r, UNSUPPORTED_CHAIN, "unsupported chain id: this is chain %llu",
                        (unsigned long long)devnet_chain_of(r)->id);
    TRY(member_fixed(&m, &has, from.b, sizeof from.b, "from"));
    TRY(known_account(r, &out->from, &from));
    if (rpc_absent(json_get(v, "atomicRequired")))
        return member_invalid(&m, "atomicRequired", "missing");
    TRY(member_bool(&m, &out->is_atomic, "atomicRequired"));
    out->id = json_text(json_get(v, "id"));
    if (out->id.len > ID_CHARACTERS_MAX)
        return member_invalid(&m, "id", "more than 4,096 bytes");
    return check_capabilities(r, v);
}

static enum err read_batch_calls(struct rpc_request *r, struct calls *out)
{
    const struct json v = r->parameter[0];
    const struct rpc_members m = {r, v, 0};
    struct json list;
    bool has;
    TRY(read_head(r, out, v));
    TRY(member_array(&m, &has, &list, "calls"));
    if (json_count(list) == 0)
        return member_invalid(&m, "calls", "missing");
    if (json_count(list) > BATCH_CALLS_MAX)
        return rpc_fail(r, BATCH_TOO_LARGE, "%u calls, at most %d are supported", json_count(list), BATCH_CALLS_MAX);
    for (struct json_iterator it = json_items(list); json_next(&it);)
        TRY(read_batch_call(r, out, it.value));
    if (out->is_atomic && out->count > 1 && devnet_chain_of(r)->index != 0)
        return rpc_fail(r, NOT_ATOMIC, "a rollup's transactions are not atomic; an operation of L1 is");
    return OK;
}

/* execute(bytes32 mode, bytes executionData) of ERC-7821, executionData: Call[] of (to, value, data). */
static struct bytes execute_calldata(struct arena *arena, const struct calls *calls)
{
    static const u8 selector[4] = {0xe9, 0xae, 0x5c, 0x53}, single_batch[32] = {1};
    struct buffer list = buffer_in(arena), out = buffer_in(arena);
    struct abi_writer w = abi_writer(&list);
    abi_open(&w, 1);
    abi_open_array(&w, calls->count, 1);
    for (u32 i = 0; i < calls->count; i++) {
        const struct tx *t = &calls->call[i].tx;
        abi_open_tuple(&w, 3);
        abi_add_address(&w, &t->to);
        abi_add_u256(&w, &t->value);
        abi_add_bytes(&w, t->data);
        abi_close(&w);
    }
    abi_close(&w);
    abi_close(&w);
    buffer_add(&out, selector, sizeof selector);
    w = abi_writer(&out);
    abi_open(&w, 2);
    abi_add_word(&w, single_batch);
    abi_add_bytes(&w, buffer_bytes(&list));
    abi_close(&w);
    return buffer_bytes(&out);
}

/* The account calls itself, and becomes a ScopedAccount first, if it is none. */
static enum err call_itself(struct rpc_request *r, struct call_object *out, const struct calls *calls)
{
    const struct devnet *d = devnet_chain_of(r)->devnet;
    const address at = calls->from->at;
    struct call_object c = {.tx = {.sender = at, .has_sender = true, .to = at}};
    bool is_delegated;
    u64 nonce;
    TRY(devnet_delegation(r, &nonce, &is_delegated, &at));
    c.tx.data = execute_calldata(r->arena, calls);
    c.has_authorizations = !is_delegated;
    if (!is_delegated) {
        c.tx.authorization = ARENA_TAKE_ZERO(r->arena, struct authorization, 1);
        c.tx.authorization_count = 1;
        *c.tx.authorization = (struct authorization){.chain_id = u256_from_u64(d->chain[0].id),
                                                     .at = d->contracts.scoped_account, .nonce = nonce + 1,
                                                     .signer_is = SIGNER_FOUND, .signer = at};
    }
    fill_complete(r, &c, DEFAULT_GAS);
    *out = c;
    return OK;
}

static enum err send_as_operation(struct rpc_request *r, struct call_batch *out, const struct calls *calls)
{
    struct operation_call call[BATCH_CALLS_MAX];
    for (u32 i = 0; i < calls->count; i++) {
        const struct tx *t = &calls->call[i].tx;
        call[i] = (struct operation_call){t->to, t->value, t->data};
    }
    out->count = 1;
    return devnet_operate(r, &out->hash[0], calls->from, call, calls->count, DEFAULT_GAS);
}

static enum err send_at_once(struct rpc_request *r, struct call_batch *out, const struct calls *calls)
{
    struct call_object c;
    bool needs_bundle;
    TRY(call_itself(r, &c, calls));
    TRY(devnet_needs_bundle(r, &needs_bundle, &c.tx));
    if (needs_bundle)
        return send_as_operation(r, out, calls);
    TRY(devnet_sign_and_put(r, &c.tx, &calls->from->at, false));
    out->hash[out->count++] = c.tx.hash;
    const enum err e = devnet_await(devnet_chain_of(r), r, &c.tx);
    return e == REJECT_CALL ? OK : e; /* the status says so */
}

static enum err send_as_transactions(struct rpc_request *r, struct call_batch *out, struct calls *calls)
{
    struct call_object *last = &calls->call[calls->count - 1];
    for (u32 i = 0; i < calls->count; i++) {
        struct call_object *c = &calls->call[i];
        fill_complete(r, c, DEFAULT_GAS);
        TRY(devnet_sign_and_put(r, &c->tx, &calls->from->at, false));
        out->hash[out->count++] = c->tx.hash;
    }
    const enum err e = devnet_await(devnet_chain_of(r), r, &last->tx);
    return e == REJECT_CALL ? OK : e; /* the status says so */
}

/* Before anything is sent: the id is not used. */
static enum err take_id(struct rpc_request *r, u64 *row, struct bytes id)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    struct call_batches *b = d->call_batches;
    const hash32 hash = id_hash(id);
    pthread_mutex_lock(&d->lock);
    const bool is_new = !find_batch(b, &hash);
    if (is_new) {
        *row = b->count++ % BATCHES_MAX;
        b->row[*row].id = hash;
        b->row[*row].batch.count = 0;
    }
    pthread_mutex_unlock(&d->lock);
    return is_new ? OK : rpc_fail(r, DUPLICATE_ID, "duplicate id");
}

/* A batch of which nothing was sent gives its id back. */
static void set_batch(struct devnet *d, u64 row, struct bytes id, const struct call_batch *batch)
{
    const hash32 hash = id_hash(id);
    pthread_mutex_lock(&d->lock);
    if (hash32_eq(&d->call_batches->row[row].id, &hash)) { /* else newer ones have made it go */
        d->call_batches->row[row].batch = *batch;
        if (batch->count == 0)
            d->call_batches->row[row].id = (hash32){{0}};
    }
    pthread_mutex_unlock(&d->lock);
}

static void write_id(struct rpc_request *r, struct bytes id, const struct call_batch *batch)
{
    json_write_object(r->out);
    json_write_key(r->out, "id");
    if (id.len)
        json_write_string(r->out, id);
    else
        json_write_hex(r->out, bytes_of(batch->hash[0].b, sizeof(hash32) * batch->count));
    json_write_end(r->out);
}

enum err rpc_wallet_sendCalls(struct rpc_request *r)
{
    struct calls *calls = ARENA_TAKE_ZERO(r->arena, struct calls, 1);
    struct call_batch batch = {.count = 0};
    u64 row = 0;
    TRY(read_batch_calls(r, calls));
    if (calls->id.len)
        TRY(take_id(r, &row, calls->id));
    const enum err e = devnet_chain_of(r)->index == 0 ? send_at_once(r, &batch, calls)
                                                      : send_as_transactions(r, &batch, calls);
    if (calls->id.len)
        set_batch(devnet_chain_of(r)->devnet, row, calls->id, &batch);
    TRY(e);
    write_id(r, calls->id, &batch);
    return OK;
}

/* --- wallet_getCallsStatus --- */

enum { STATUS_PENDING = 100, STATUS_CONFIRMED = 200, STATUS_NOT_INCLUDED = 400, STATUS_REVERTED = 500,
       STATUS_REVERTED_IN_PART = 600 };

struct progress {
    u32 pending, rejected, reverted, succeeded;
    LIST(struct tx_place) included;
};

static enum err read_batch(struct rpc_request *r, struct call_batch *out)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    const struct bytes id = json_text(r->parameter[0]);
    const hash32 hash = id_hash(id);
    struct bytes hashes;
    pthread_mutex_lock(&d->lock);
    const struct call_batch *known = find_batch(d->call_batches, &hash);
    if (known)
        *out = *known;
    pthread_mutex_unlock(&d->lock);
    if (known)
        return OK;
    if (hex_bytes(r->arena, &hashes, id) != OK || hashes.len == 0 || hashes.len % sizeof(hash32) != 0 ||
        hashes.len > sizeof out->hash)
        return rpc_fail(r, UNKNOWN_BATCH, "unknown bundle id");
    memcpy(out->hash, hashes.ptr, hashes.len);
    out->count = (u32)(hashes.len / sizeof(hash32));
    return OK;
}

/* The transaction, or the bundle of the operation, in a block of the snapshot. */
static enum err follow(struct rpc_request *r, struct progress *p, const hash32 *hash)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    const struct tx_place *place;
    struct status s;
    bool found;
    TRY(devnet_find_status(d, r->arena, &found, &s, hash));
    place = snapshot_find_tx(r->at, found && s.is_operation ? &s.bundle : hash);
    if (!found && !place)
        return rpc_fail(r, UNKNOWN_BATCH, "unknown bundle id");
    if (found && s.chain_id != devnet_chain_of(r)->id)
        return rpc_fail(r, UNKNOWN_BATCH, "unknown bundle id: it is of chain %llu", (unsigned long long)s.chain_id);
    if (!place) {
        p->rejected += s.stage == STAGE_REJECTED;
        p->pending += s.stage != STAGE_REJECTED;
        return OK;
    }
    *LIST_ADD(&p->included, r->arena) = *place;
    p->succeeded += place->block->receipt[place->index].success;
    p->reverted += !place->block->receipt[place->index].success;
    return OK;
}

static u64 batch_status(const struct progress *p)
{
    if (p->pending)
        return STATUS_PENDING;
    if (!p->rejected && !p->reverted)
        return STATUS_CONFIRMED;
    if (p->succeeded)
        return STATUS_REVERTED_IN_PART;
    return p->reverted ? STATUS_REVERTED : STATUS_NOT_INCLUDED;
}

/* Of an operation it is the bundle's, with the logs of all that it settled. */
static void write_batch_receipt(struct json_writer *w, const struct tx_place *p)
{
    const struct receipt *receipt = &p->block->receipt[p->index];
    json_write_object(w);
    json_write_key(w, "logs");
    json_write_array(w);
    for (u32 i = 0; i < receipt->log_count; i++) {
        const struct log_position at = {&p->block->hash, p->block->header.number, p->block->header.timestamp,
                                        &p->hash, p->index, p->first_log + i, false};
        write_log(w, &receipt->log[i], &at);
    }
    json_write_end(w);
    write_quantity(w, "status", receipt->success);
    write_fixed(w, "blockHash", p->block->hash);
    write_quantity(w, "blockNumber", p->block->header.number);
    write_quantity(w, "gasUsed", receipt->gas_used);
    write_fixed(w, "transactionHash", p->hash);
    json_write_end(w);
}

enum err rpc_wallet_getCallsStatus(struct rpc_request *r)
{
    struct call_batch batch;
    struct progress p = {0};
    TRY(read_batch(r, &batch));
    for (u32 i = 0; i < batch.count; i++)
        TRY(follow(r, &p, &batch.hash[i]));
    json_write_object(r->out);
    json_write_key(r->out, "version");
    json_write_z(r->out, "2.0.0");
    json_write_key(r->out, "id");
    json_write_string(r->out, json_text(r->parameter[0]));
    write_quantity(r->out, "chainId", devnet_chain_of(r)->id);
    json_write_key(r->out, "status");
    json_write_u64(r->out, batch.count ? batch_status(&p) : STATUS_PENDING);
    json_write_key(r->out, "atomic");
    json_write_bool(r->out, batch.count <= 1);
    json_write_key(r->out, "receipts");
    json_write_array(r->out);
    for (size_t i = 0; i < p.included.count; i++)
        write_batch_receipt(r->out, &p.included.item[i]);
    json_write_end(r->out);
    json_write_end(r->out);
    return OK;
}
