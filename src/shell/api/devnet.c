#include "api/api_private.h"
#include "base/u256.h"
#include "builder/query.h"
#include "builder/session.h"
#include "builder/session_hooks.h"
#include "io/memory.h"
#include "prover/request.h"

enum {
    L1_GAS_LIMIT = 60000000,
    ROLLUP_GAS_LIMIT = 30000000,
    TX_GAS_LIMIT = 1000000,
    BASE_FEE = 1000000000,          /* 1 gwei */
    GENESIS_TIMESTAMP = 1767225600, /* 2026-01-01T00:00:00Z */
    PROVER_TIMEOUT_MS = 8000,
};

_Static_assert((int)SCOPE_DATA_CALLDATA == DATA_CALLDATA && (int)SCOPE_DATA_BLOBS == DATA_BLOBS &&
                   (int)SCOPE_DATA_CHEAPER == DATA_AUTO,
               "enum data_choice");
_Static_assert((int)SCOPE_WORK_PENDING == WORK_PENDING && (int)SCOPE_WORK_SIMULATED == WORK_SIMULATED &&
                   (int)SCOPE_WORK_SETTLED == WORK_SETTLED &&
                   (int)SCOPE_WORK_REJECTED == WORK_REJECTED,
               "enum work_status");

struct scope_devnet {
    struct arena arena; /* the devnet itself is in it */
    struct session *session;
    const struct slot_report *report; /* of the last slot; NULL: none */
    void (*asked)(void *context, struct scope_bytes request, const struct scope_hash *statement);
    void *context;
};

/* --- open and close --- */

static u64 value_or_default(u64 value, u64 otherwise)
{
    return value ? value : otherwise;
}

static u256 fee_in(const struct scope_u256 *fee)
{
    const u256 x = u256_in(fee);
    return u256_is_zero(&x) ? u256_from_u64(BASE_FEE) : x;
}

static const struct rollup_config *rollups_in(struct arena *arena, const struct scope_devnet_config *c)
{
    struct rollup_config *rollup = ARENA_TAKE_ZERO(arena, struct rollup_config, c->rollup_count + 1);
    for (size_t i = 0; i < c->rollup_count; i++)
        rollup[i] = (struct rollup_config){
            .chain_id = c->rollup[i].chain_id,
            .coinbase = address_in(&c->rollup[i].coinbase),
            .gas_limit = value_or_default(c->rollup[i].gas_limit, ROLLUP_GAS_LIMIT),
            .base_fee = fee_in(&c->rollup[i].base_fee),
        };
    return rollup;
}

static const struct funded_account *accounts_in(struct arena *arena, const struct scope_devnet_config *c)
{
    struct funded_account *account = ARENA_TAKE_ZERO(arena, struct funded_account, c->account_count + 1);
    for (size_t i = 0; i < c->account_count; i++)
        account[i] = (struct funded_account){
            c->account[i].chain_id, address_in(&c->account[i].address), u256_in(&c->account[i].balance)};
    return account;
}

static const hash32 *keys_in(struct arena *arena, const struct scope_devnet_config *c)
{
    hash32 *key = ARENA_TAKE_ZERO(arena, hash32, c->prover_count + 1);
    for (size_t i = 0; i < c->prover_count; i++)
        key[i] = hash_in(&c->prover_key[i]);
    return key;
}

scope_err scope_devnet_open(struct scope_devnet **out, const struct scope_devnet_config *c)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct scope_devnet *d = ARENA_TAKE_ZERO(&arena, struct scope_devnet, 1);
    const struct session_config config = {
        .l1_chain_id = c->l1_chain_id,
        .l1_fork = FORK_OSAKA,
        .l1_gas_limit = value_or_default(c->l1_gas_limit, L1_GAS_LIMIT),
        .l1_base_fee = fee_in(&c->l1_base_fee),
        .l1_coinbase = address_in(&c->l1_coinbase),
        .genesis_timestamp = value_or_default(c->timestamp, GENESIS_TIMESTAMP),
        .rollup = rollups_in(&arena, c),
        .rollup_count = c->rollup_count,
        .funded = accounts_in(&arena, c),
        .funded_count = c->account_count,
        .builder_key = hash_in(&c->builder_key),
        .prover_key = keys_in(&arena, c),
        .prover_count = c->prover_count,
        .prover_threshold = c->prover_threshold,
        .data = (enum data_choice)c->data,
        .prover_url = c->prover_url,
        .prover_url_count = c->prover_url_count,
        .prover_timeout_ms = (u32)value_or_default(c->prover_timeout_ms, PROVER_TIMEOUT_MS),
    };
    const enum err e = session_open(&d->session, &system_memory, &config);
    d->arena = arena;
    if (e == OK)
        *out = d;
    else
        arena_release(&arena);
    return e;
}

void scope_devnet_close(struct scope_devnet *d)
{
    if (!d)
        return;
    struct arena arena = d->arena;
    session_close(d->session);
    arena_release(&arena);
}

const char *scope_devnet_error(const struct scope_devnet *d)
{
    return session_error(d->session);
}

void scope_devnet_contracts(const struct scope_devnet *d, struct scope_contracts *out)
{
    const struct session_contracts *c = session_contracts(d->session);
    *out = (struct scope_contracts){
        .shared_bridge = address_out(&c->shared_bridge),
        .proof_registry = address_out(&c->proof_registry),
        .quorum_verifier = address_out(&c->quorum_verifier),
        .scoped_account = address_out(&c->scoped_account),
        .rollup_bridge = address_out(&c->rollup_bridge),
        .l1_context = address_out(&c->l1_context),
    };
}

scope_err scope_devnet_remote_account(struct scope_devnet *d, struct scope_address *out, uint64_t on_chain,
                                      uint64_t of_chain, const struct scope_address *account)
{
    const address of = address_in(account);
    address at;
    TRY(session_remote_account(d->session, &at, on_chain, of_chain, &of));
    *out = address_out(&at);
    return SCOPE_OK;
}

/* --- work --- */

scope_err scope_devnet_send(struct scope_devnet *d, uint64_t *work, const struct scope_transaction *t)
{
    return session_transact(d->session, work,
                            &(struct transact){
                                .chain_id = t->chain_id,
                                .key = hash_in(&t->key),
                                .creates = t->creates,
                                .to = address_in(&t->to),
                                .value = u256_in(&t->value),
                                .gas_limit = value_or_default(t->gas_limit, TX_GAS_LIMIT),
                                .data = bytes_in(t->data),
                            });
}

scope_err scope_devnet_send_call(struct scope_devnet *d, uint64_t *work, const struct scope_call *call,
                                 const struct scope_hash *key, uint64_t tx_gas_limit)
{
    struct scope_call c = *call;
    struct arena arena;
    TRY(scope_key_address(&c.from, key));
    arena_init(&arena, &system_memory);
    struct buffer calldata = buffer_in(&arena);
    call_calldata(&calldata, &c);
    const struct transact t = {
        .chain_id = c.source_chain,
        .key = hash_in(key),
        .to = session_contracts(d->session)->rollup_bridge,
        .value = u256_in(&c.value),
        .gas_limit = value_or_default(tx_gas_limit, TX_GAS_LIMIT),
        .data = buffer_bytes(&calldata),
    };
    const enum err e = session_transact(d->session, work, &t);
    arena_release(&arena);
    return e;
}

scope_err scope_devnet_operate(struct scope_devnet *d, uint64_t *work, const struct scope_operation *o)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct operation_call *call = ARENA_TAKE_ZERO(&arena, struct operation_call, o->call_count + 1);
    for (size_t i = 0; i < o->call_count; i++)
        call[i] = (struct operation_call){
            address_in(&o->call[i].to), u256_in(&o->call[i].value), bytes_in(o->call[i].data)};
    const struct operation operation = {
        .key = hash_in(&o->key),
        .gas_limit = o->gas_limit,
        .deadline = o->deadline,
        .submitter = address_in(&o->submitter),
        .call = call,
        .call_count = o->call_count,
    };
    const enum err e = session_operate(d->session, work, &operation);
    arena_release(&arena);
    return e;
}

scope_err scope_devnet_work(struct scope_devnet *d, struct scope_work *out, uint64_t work)
{
    struct work_report r;
    TRY(session_status(d->session, &r, work));
    *out = (struct scope_work){
        .status = (enum scope_work_status)r.status,
        .rejected = r.rejected,
        .reason = r.reason ? r.reason : "",
        .success = r.success,
        .gas_used = r.gas_used,
        .output = bytes_out(r.output),
        .created = address_out(&r.created),
        .tx_hash = hash_out(&r.tx_hash),
        .block_number = r.block_number,
    };
    return SCOPE_OK;
}

/* --- the slot --- */

scope_err scope_devnet_slot(struct scope_devnet *d, struct scope_slot *out)
{
    const struct slot_report *r;
    d->report = NULL;
    TRY(session_slot(d->session, &r));
    d->report = r;
    *out = (struct scope_slot){
        .sent = r->sent,
        .settled = r->settled,
        .revert_data = bytes_out(r->revert_data),
        .l1_tx_hash = hash_out(&r->l1_tx_hash),
        .l1_block_number = r->l1_block_number,
        .l1_gas_used = r->l1_gas_used,
        .call_count = r->call_count,
        .rollup_count = r->rollup_count,
    };
    return SCOPE_OK;
}

bool scope_devnet_slot_call(const struct scope_devnet *d, struct scope_call_report *out, size_t index)
{
    if (!d->report || index >= d->report->call_count)
        return false;
    const struct call_report *r = &d->report->call[index];
    *out = (struct scope_call_report){
        .call = call_out(&r->call),
        .request_hash = hash_out(&r->request_hash),
        .response = response_out(&r->response),
        .gas_used = r->gas_used,
        .work = r->work,
        .parent = r->parent,
    };
    return true;
}

bool scope_devnet_slot_rollup(const struct scope_devnet *d, struct scope_rollup_report *out, size_t index)
{
    if (!d->report || index >= d->report->rollup_count)
        return false;
    const struct rollup_report *r = &d->report->rollup[index];
    *out = (struct scope_rollup_report){
        .chain_id = r->chain_id,
        .first_block = r->first_block,
        .last_block = r->last_block,
        .gas_used = r->gas_used,
        .block_hash = hash_out(&r->block_hash),
        .state_root = hash_out(&r->state_root),
        .statement = hash_out(&r->statement),
        .data_bytes = r->data_bytes,
        .attestations = r->attestations,
    };
    return true;
}

static void show_request(void *context, const struct prove_request *r, const hash32 *statement)
{
    struct scope_devnet *d = context;
    const struct scope_hash expected = hash_out(statement);
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct buffer request = buffer_in(&arena);
    prove_request_encode(&request, r);
    d->asked(d->context, bytes_out(buffer_bytes(&request)), &expected);
    arena_release(&arena);
}

void scope_devnet_watch_proofs(struct scope_devnet *d,
                               void (*asked)(void *context, struct scope_bytes request,
                                             const struct scope_hash *statement),
                               void *context)
{
    d->asked = asked;
    d->context = context;
    session_watch_proofs(d->session, asked ? show_request : NULL, d);
}

scope_err scope_devnet_open_prover(struct scope_devnet *d, struct scope_prover **out)
{
    struct prover_config config;
    session_prover_config(d->session, &config);
    return prover_open_with(out, &config, NULL);
}

/* --- queries --- */

scope_err scope_devnet_balance(struct scope_devnet *d, struct scope_u256 *out, uint64_t chain_id,
                               const struct scope_address *of)
{
    const address at = address_in(of);
    u256 wei;
    TRY(session_balance(d->session, &wei, chain_id, &at));
    *out = u256_out(&wei);
    return SCOPE_OK;
}

scope_err scope_devnet_storage(struct scope_devnet *d, struct scope_u256 *out, uint64_t chain_id,
                               const struct scope_address *of, const struct scope_u256 *key)
{
    const address at = address_in(of);
    const u256 slot = u256_in(key);
    u256 value;
    TRY(session_storage(d->session, &value, chain_id, &at, &slot));
    *out = u256_out(&value);
    return SCOPE_OK;
}

scope_err scope_devnet_call(struct scope_devnet *d, bool *success, struct scope_bytes *output, uint64_t chain_id,
                            const struct scope_address *from, const struct scope_address *to,
                            const struct scope_u256 *value, struct scope_bytes data)
{
    const address caller = address_in(from), callee = address_in(to);
    const u256 wei = u256_in(value);
    struct bytes out;
    TRY(session_call(d->session, success, &out, chain_id, &caller, &callee, &wei, bytes_in(data)));
    *output = bytes_out(out);
    return SCOPE_OK;
}

scope_err scope_devnet_head(struct scope_devnet *d, uint64_t *number, struct scope_hash *block_hash,
                            struct scope_hash *state_root, uint64_t chain_id)
{
    hash32 block, root;
    TRY(session_head(d->session, number, &block, &root, chain_id));
    *block_hash = hash_out(&block);
    *state_root = hash_out(&root);
    return SCOPE_OK;
}
