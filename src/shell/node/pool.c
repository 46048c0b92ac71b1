/* eth_sendRawTransaction and txpool_*. */
#include "node/pool.h"

#include "base/u256.h"
#include "codec/hex.h"
#include "codec/rlp.h"
#include "codec/text.h"
#include "crypto/kzg_proof.h"
#include "node/mempool.h"
#include "node/node.h"
#include "node/write.h"

#include <stdio.h>

enum { BLOB_BYTES = 131072, POINT_BYTES = 48, CELLS_A_BLOB = 128, WRAPPER_VERSION = 1 /* EIP-7594 */ };

/* --- a blob transaction in its network form: 0x03 || rlp([fields, 1, blobs, commitments, cell proofs]) --- */

static bool all_of_length(const struct bytes *list, size_t count, size_t len)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].len != len)
            return false;
    return true;
}

/* The lists fit together, and the commitments are those of the transaction's versioned hashes. The proofs are not
 * computed here: blocks of this chain carry no blobs. */
static bool sidecar_fits(const struct tx *t, const struct bytes *blob, size_t blobs, const struct bytes *commitment,
                         size_t commitments, const struct bytes *proof, size_t proofs)
{
    const size_t n = t->blob_hash_count;
    if (blobs != n || commitments != n || proofs != n * CELLS_A_BLOB || !all_of_length(blob, n, BLOB_BYTES) ||
        !all_of_length(commitment, n, POINT_BYTES) || !all_of_length(proof, proofs, POINT_BYTES))
        return false;
    for (size_t i = 0; i < n; i++) {
        hash32 hash;
        kzg_versioned_hash(&hash, commitment[i].ptr);
        if (!hash32_eq(&hash, &t->blob_hash[i]))
            return false;
    }
    return true;
}

static enum err decode_network_form(struct rpc_request *r, struct tx *out, struct rlp_reader items, u32 admitted)
{
    const struct bytes *blob, *commitment, *proof;
    size_t blobs, commitments, proofs;
    struct bytes fields;
    u64 version;
    struct buffer envelope = buffer_in(r->arena);
    TRY(rlp_item(&items, &fields));
    TRY(rlp_u64(&items, &version));
    TRY(rlp_strings(&items, r->arena, &blob, &blobs));
    TRY(rlp_strings(&items, r->arena, &commitment, &commitments));
    TRY(rlp_strings(&items, r->arena, &proof, &proofs));
    TRY(rlp_end(&items));
    buffer_add_u8(&envelope, TX_BLOB);
    buffer_add_bytes(&envelope, fields);
    TRY(tx_decode(out, r->arena, buffer_bytes(&envelope), admitted));
    return version == WRAPPER_VERSION && sidecar_fits(out, blob, blobs, commitment, commitments, proof, proofs)
               ? OK
               : REJECT_ENCODING;
}

static enum err decode_pooled(struct rpc_request *r, struct tx *out, struct bytes envelope, u32 admitted)
{
    if (envelope.len && envelope.ptr[0] == TX_BLOB) {
        struct rlp_reader rest = rlp_reader(bytes_of(envelope.ptr + 1, envelope.len - 1)), items;
        if (rlp_list(&rest, &items) == OK && rlp_at_end(&rest) && rlp_is_list(&items))
            return decode_network_form(r, out, items, admitted);
        return REJECT_ENCODING; /* without its blobs it cannot be included */
    }
    return tx_decode(out, r->arena, envelope, admitted);
}

/* --- acceptance --- */

/* go-ethereum's words (core/error.go, core/txpool/errors.go): libraries search for them. */
static const char *message_of(enum err e)
{
    static const struct {
        enum err e;
        const char *message;
    } row[] = {
        {REJECT_TX_INVALID_CHAINID, "invalid chain id for signer"},
        {REJECT_TX_TYPE_NOT_SUPPORTED, "transaction type not supported"},
        {REJECT_TX_INTRINSIC_GAS_TOO_LOW, "intrinsic gas too low"},
        {REJECT_TX_BELOW_FLOOR_GAS, "insufficient gas for floor data gas cost"},
        {REJECT_TX_PRIORITY_ABOVE_MAX_FEE, "max priority fee per gas higher than max fee per gas"},
        {REJECT_TX_INITCODE_SIZE, "max initcode size exceeded"},
        {REJECT_TX_GAS_LIMIT_MAXIMUM, "transaction gas limit too high"},
        {REJECT_TX_NONCE_IS_MAX, "nonce has max value"},
        {REJECT_TX_AUTHORIZATION_EMPTY, "EIP-7702 transaction with empty auth list"},
        {REJECT_TX_AUTHORIZATION_CREATION, "EIP-7702 transaction cannot be used to create contract"},
        {REJECT_TX_INVALID_SIGNATURE_VRS, "invalid transaction v, r, s values"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++)
        if (row[i].e == e)
            return row[i].message;
    return err_text(e);
}

static u256 cost_of(const struct tx *t)
{
    const u256 gas = u256_from_u64(t->gas_limit), blob_gas = u256_from_u64((u64)t->blob_hash_count << 17);
    u256 cost = t->value, part;
    u256_mul(&part, &gas, &t->max_fee);
    u256_add(&cost, &cost, &part);
    u256_mul(&part, &blob_gas, &t->max_blob_fee);
    u256_add(&cost, &cost, &part);
    return cost;
}

static enum err check_pool_account(struct rpc_request *r, const struct tx *t, const struct account *a)
{
    const u256 cost = cost_of(t);
    if (t->nonce < a->nonce)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "nonce too low: next nonce %llu, tx nonce %llu",
                        (unsigned long long)a->nonce, (unsigned long long)t->nonce);
    if (!u256_lt(&a->balance, &cost))
        return OK;
    struct buffer why = buffer_in(r->arena);
    text_add(&why, "insufficient funds for gas * price + value: balance ");
    text_add_u256(&why, &a->balance);
    text_add(&why, ", tx cost ");
    text_add_u256(&why, &cost);
    return rpc_fail(r, JSONRPC_SERVER_ERROR, "%.*s", (int)why.len, (const char *)why.ptr);
}

static enum err check_pool_sender(struct rpc_request *r, const struct tx *t)
{
    struct reader *d = reader_take(&r->node->readers);
    struct state *s = reader_state(d, &r->at->head->header.state_root);
    const struct account *a;
    enum err e = state_account(s, &a, NULL, &t->sender);
    if (e == OK)
        e = check_pool_account(r, t, a);
    state_release(s);
    reader_give(&r->node->readers, d);
    return e;
}

enum err pool_check(struct rpc_request *r, struct tx *t)
{
    const struct header *h = &r->at->head->header;
    const struct activation *next = chain_rules_at(r->at->chain->rules, h->number + 1, h->timestamp + 1);
    const enum err e = tx_check(t, r->at->chain->rules, next);
    if (e != OK)
        return err_is_reject(e) ? rpc_fail(r, JSONRPC_SERVER_ERROR, "%s", message_of(e)) : e;
    if (t->gas_limit > r->at->head->header.gas_limit)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "exceeds block gas limit");
    if (tx_recover(t, next->fork->id >= FORK_HOMESTEAD, r->arena) != OK)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "invalid sender");
    return check_pool_sender(r, t);
}

enum err pool_send(struct rpc_request *r, struct tx *t)
{
    TRY(pool_check(r, t));
    if (r->node->maker)
        return r->node->maker->send(r->node->maker->context, r, t);
    const char *refused = mempool_add(r->node->pool, t);
    return refused ? rpc_fail(r, JSONRPC_SERVER_ERROR, "%s", refused) : OK;
}

enum err rpc_eth_sendRawTransaction(struct rpc_request *r)
{
    const struct header *h = &r->at->head->header;
    const struct chain_rules *rules = r->at->chain->rules;
    const struct activation *next = chain_rules_at(rules, h->number + 1, h->timestamp + 1);
    struct tx t;
    const enum err e = decode_pooled(r, &t, rpc_data(r, 0), chain_rules_admitted(rules, next->fork));
    if (e != OK)
        return err_is_reject(e) ? rpc_fail(r, JSONRPC_SERVER_ERROR, "%s", message_of(e)) : e;
    TRY(pool_send(r, &t));
    write_hash(r->out, &t.hash);
    return OK;
}

/* --- txpool_* --- */

enum { PENDING, QUEUED };

/* Walks the pool, and knows of each transaction which of the two it is. */
struct walk {
    struct rpc_request *request;
    struct state *state;
    int wanted;          /* PENDING or QUEUED */
    const address *only; /* NULL: all senders */
    bool as_lines;
    bool open;           /* an object of a sender is open */
    address sender;
    u64 next_nonce;
    u64 count[2];
};

static enum err next_sender(struct walk *k, const struct tx *t)
{
    const struct account *a;
    if (k->open && address_eq(&k->sender, &t->sender))
        return OK;
    TRY(state_account(k->state, &a, NULL, &t->sender));
    k->sender = t->sender;
    k->next_nonce = a->nonce;
    k->open = true;
    return OK;
}

/* -1: a block has it. */
static enum err classify(struct walk *k, int *out, const struct tx *t)
{
    TRY(next_sender(k, t));
    *out = t->nonce < k->next_nonce ? -1 : t->nonce == k->next_nonce ? PENDING : QUEUED;
    if (*out == PENDING)
        k->next_nonce++;
    return OK;
}

static enum err count_one(void *context, const struct tx *t, u64 arrival)
{
    struct walk *k = context;
    int kind;
    (void)arrival;
    TRY(classify(k, &kind, t));
    if (kind >= 0)
        k->count[kind]++;
    return OK;
}

static enum err walk(struct rpc_request *r, struct walk *k,
                     enum err (*each)(void *context, const struct tx *t, u64 arrival))
{
    struct reader *d = reader_take(&r->node->readers);
    k->request = r;
    k->state = reader_state(d, &r->at->head->header.state_root);
    const enum err e = mempool_each(r->node->pool, each, k);
    state_release(k->state);
    reader_give(&r->node->readers, d);
    return e;
}

enum err rpc_txpool_status(struct rpc_request *r)
{
    struct walk k = {0};
    TRY(walk(r, &k, count_one));
    json_write_object(r->out);
    write_quantity(r->out, "pending", k.count[PENDING]);
    write_quantity(r->out, "queued", k.count[QUEUED]);
    json_write_end(r->out);
    return OK;
}

/* "to: value wei + gas limit gas x price wei" */
static void write_line(struct json_writer *w, const struct tx *t)
{
    struct buffer line = buffer_in(w->out->arena);
    if (t->is_creation)
        text_add(&line, "contract creation");
    else
        address_add(&line, &t->to);
    text_add(&line, ": ");
    text_add_u256(&line, &t->value);
    text_add(&line, " wei + ");
    text_add_u64(&line, t->gas_limit);
    text_add(&line, " gas \xc3\x97 ");
    text_add_u256(&line, &t->max_fee);
    text_add(&line, " wei");
    json_write_string(w, buffer_bytes(&line));
}

/* Members "nonce": transaction of an object per sender; with `only`, of the open object. */
struct listing {
    struct walk walk;
    bool sender_open;
    address written;
};

static void open_sender(struct listing *l, const address *sender)
{
    struct json_writer *w = l->walk.request->out;
    u8 name[42];
    if (l->walk.only || (l->sender_open && address_eq(&l->written, sender)))
        return;
    if (l->sender_open)
        json_write_end(w);
    address_write(name, sender);
    json_write_key_bytes(w, BYTES_OF(name));
    json_write_object(w);
    l->sender_open = true;
    l->written = *sender;
}

static enum err list_one(void *context, const struct tx *t, u64 arrival)
{
    struct listing *l = context;
    struct json_writer *w = l->walk.request->out;
    const struct tx_position nowhere = {0};
    char nonce[24];
    int kind;
    (void)arrival;
    TRY(classify(&l->walk, &kind, t));
    if (kind != l->walk.wanted || (l->walk.only && !address_eq(l->walk.only, &t->sender)))
        return OK;
    open_sender(l, &t->sender);
    snprintf(nonce, sizeof nonce, "%llu", (unsigned long long)t->nonce);
    json_write_key(w, nonce);
    if (l->walk.as_lines)
        write_line(w, t);
    else
        write_tx(w, t, &nowhere);
    return OK;
}

static enum err list_pool(struct rpc_request *r, const address *only, bool as_lines)
{
    json_write_object(r->out);
    for (int wanted = PENDING; wanted <= QUEUED; wanted++) {
        struct listing l = {.walk = {.wanted = wanted, .only = only, .as_lines = as_lines}};
        json_write_key(r->out, wanted == PENDING ? "pending" : "queued");
        json_write_object(r->out);
        TRY(walk(r, &l.walk, list_one));
        if (l.sender_open)
            json_write_end(r->out);
        json_write_end(r->out);
    }
    json_write_end(r->out);
    return OK;
}

enum err rpc_txpool_content(struct rpc_request *r)
{
    return list_pool(r, NULL, false);
}

enum err rpc_txpool_contentFrom(struct rpc_request *r)
{
    const address sender = rpc_address(r, 0);
    return list_pool(r, &sender, false);
}

enum err rpc_txpool_inspect(struct rpc_request *r)
{
    return list_pool(r, NULL, true);
}
