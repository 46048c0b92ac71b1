#include "bridge/calldata.h"

#include "codec/abi.h"
#include "crypto/keccak.h"
#include "scope/selector.h"

/* A call being written: the selector, then the arguments' tuple. */
struct call_writer {
    struct buffer out;
    struct abi_writer abi;
};

static void begin_call(struct call_writer *w, struct arena *a, enum selector selector, u32 words)
{
    u8 be[4];
    store_be32(be, (u32)selector);
    w->out = buffer_in(a);
    buffer_add(&w->out, be, sizeof be);
    w->abi = abi_writer(&w->out);
    abi_open(&w->abi, words);
}

static void begin_arguments(struct call_writer *w, struct arena *a, u32 words)
{
    w->out = buffer_in(a);
    w->abi = abi_writer(&w->out);
    abi_open(&w->abi, words);
}

static struct bytes end_call(struct call_writer *w)
{
    abi_close(&w->abi);
    return buffer_bytes(&w->out);
}

/* --- structs, as their interfaces declare them --- */

static void add_request(struct abi_writer *w, const struct scoped_request *r)
{
    abi_open_tuple(w, 4);
    abi_add_address(w, &r->to);
    abi_add_u256(w, &r->value);
    abi_add_u256(w, &r->gas_limit);
    abi_add_bytes(w, r->data);
    abi_close(w);
}

/* The four members of Inbound, which are also the arguments of handleScopedCall. */
static void add_inbound_members(struct abi_writer *w, const struct scoped_call *c)
{
    abi_add_u64(w, c->source_chain);
    abi_add_address(w, &c->from);
    abi_add_u256(w, &c->nonce);
    add_request(w, &c->request);
}

static void add_inbound_list(struct abi_writer *w, const struct scoped_call *c, size_t count)
{
    abi_open_array(w, (u32)count, 1);
    for (size_t i = 0; i < count; i++) {
        abi_open_tuple(w, 4);
        add_inbound_members(w, &c[i]);
        abi_close(w);
    }
    abi_close(w);
}

static void add_hash_list(struct abi_writer *w, const hash32 *h, size_t count)
{
    abi_open_array(w, (u32)count, 1);
    for (size_t i = 0; i < count; i++)
        abi_add_hash32(w, &h[i]);
    abi_close(w);
}

static void add_operation(struct abi_writer *w, const struct signed_operation *o)
{
    abi_open_tuple(w, 3); /* SignedOperation */
    abi_add_address(w, &o->account);
    abi_open_tuple(w, 5); /* Operation */
    abi_add_u256(w, &o->nonce);
    abi_add_u64(w, o->deadline);
    abi_add_u64(w, o->gas_limit);
    abi_add_address(w, &o->submitter);
    abi_open_array(w, (u32)o->call_count, 1);
    for (size_t i = 0; i < o->call_count; i++) {
        abi_open_tuple(w, 3); /* Call */
        abi_add_address(w, &o->call[i].to);
        abi_add_u256(w, &o->call[i].value);
        abi_add_bytes(w, o->call[i].data);
        abi_close(w);
    }
    abi_close(w);
    abi_close(w);
    abi_add_bytes(w, bytes_of(o->signature, sizeof o->signature));
    abi_close(w);
}

static void write_step(struct abi_writer *w, const struct step *s)
{
    abi_open_tuple(w, 4);
    abi_add_u64(w, s->floor);
    abi_add_bool(w, s->announces);
    add_inbound_list(w, s->inbound, s->inbound ? 1 : 0);
    abi_open_array(w, s->operation ? 1 : 0, 1);
    if (s->operation)
        add_operation(w, s->operation);
    abi_close(w);
    abi_close(w);
}

static void add_preconditions(struct abi_writer *w, const struct precondition *p, size_t count)
{
    abi_open_array(w, (u32)count, 1);
    for (size_t i = 0; i < count; i++) {
        abi_open_tuple(w, 3);
        abi_add_address(w, &p[i].target);
        abi_add_bytes(w, p[i].data);
        abi_add_hash32(w, &p[i].result_hash);
        abi_close(w);
    }
    abi_close(w);
}

static void add_fills(struct abi_writer *w, const struct fill *f, size_t count)
{
    abi_open_array(w, (u32)count, 1);
    for (size_t i = 0; i < count; i++) {
        abi_open_tuple(w, 3);
        abi_add_u64(w, f[i].chain_id);
        abi_add_hash32(w, &f[i].request_hash);
        abi_add_bytes(w, f[i].response);
        abi_close(w);
    }
    abi_close(w);
}

static void add_nested(struct abi_writer *w, const struct nested *n, size_t count)
{
    abi_open_array(w, (u32)count, 1);
    for (size_t i = 0; i < count; i++) {
        abi_open_tuple(w, 3);
        abi_add_hash32(w, &n[i].request_hash);
        add_inbound_list(w, n[i].inbound, n[i].count);
        add_hash_list(w, n[i].response_hash, n[i].count);
        abi_close(w);
    }
    abi_close(w);
}

/* Four items of the open tuple. */
static void add_plan(struct abi_writer *w, const struct l1_plan *p)
{
    add_preconditions(w, p->precondition, p->precondition_count);
    add_fills(w, p->fill, p->fill_count);
    add_nested(w, p->nested, p->nested_count);
    abi_open_array(w, (u32)p->step_count, 1);
    for (size_t i = 0; i < p->step_count; i++)
        write_step(w, &p->step[i]);
    abi_close(w);
}

static void add_mailboxes(struct abi_writer *w, const struct mailbox *m, size_t count)
{
    abi_open_array(w, (u32)count, 7);
    for (size_t i = 0; i < count; i++) {
        abi_add_u64(w, m[i].peer_chain);
        for (enum lane l = 0; l < LANE_COUNT; l++)
            abi_add_hash32(w, &m[i].lane[l]);
        abi_add_u256(w, &m[i].value_out);
        abi_add_u256(w, &m[i].value_in);
    }
    abi_close(w);
}

static void add_transition(struct abi_writer *w, const struct transition_input *t)
{
    static const hash32 not_published;
    abi_open_tuple(w, 12);
    abi_add_u64(w, t->chain_id);
    abi_add_hash32(w, &t->block_hash);
    abi_add_hash32(w, &t->state_root);
    abi_add_u64(w, t->last_block);
    abi_add_u64(w, t->last_timestamp);
    abi_add_u64(w, t->anchor_number);
    abi_add_u64(w, t->forced_count);
    abi_add_hash32(w, &not_published);
    abi_open_array(w, (u32)t->blob_count, 1); /* blobIndexes */
    for (size_t i = 0; i < t->blob_count; i++)
        abi_add_u64(w, t->first_blob + i);
    abi_close(w);
    abi_add_bytes(w, t->data);
    add_mailboxes(w, t->mailbox, t->mailbox_count);
    abi_open_array(w, 1, 1); /* proofs */
    abi_open_tuple(w, 2);
    abi_add_address(w, &t->verifier);
    abi_add_bytes(w, t->proof);
    abi_close(w);
    abi_close(w);
    abi_close(w);
}

/* --- system functions --- */

struct bytes calldata_handle_scoped_call(struct arena *a, const struct scoped_call *call)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_HANDLE_SCOPED_CALL, 4);
    add_inbound_members(&w.abi, call);
    return end_call(&w);
}

static void add_scoped_call(struct abi_writer *w, u64 target_chain, const address *from, const struct scoped_request *r)
{
    abi_add_u64(w, target_chain);
    abi_add_address(w, from);
    add_request(w, r);
}

struct bytes calldata_scoped_call(struct arena *a, u64 target_chain, const address *from,
                                  const struct scoped_request *r)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_SCOPED_CALL, 3);
    add_scoped_call(&w.abi, target_chain, from, r);
    return end_call(&w);
}

struct bytes calldata_scoped_static_call(struct arena *a, u64 target_chain, const address *from,
                                         const struct scoped_request *r)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_SCOPED_STATIC_CALL, 3);
    add_scoped_call(&w.abi, target_chain, from, r);
    return end_call(&w);
}

struct bytes calldata_try_scoped_call(struct arena *a, u64 target_chain, const address *from,
                                      const struct scoped_request *r, const u32 *flags)
{
    struct call_writer w;
    begin_call(&w, a, flags ? SELECTOR_TRY_SCOPED_CALL_FLAGS : SELECTOR_TRY_SCOPED_CALL, flags ? 4 : 3);
    add_scoped_call(&w.abi, target_chain, from, r);
    if (flags)
        abi_add_u64(&w.abi, *flags);
    return end_call(&w);
}

struct bytes calldata_open_scope(struct arena *a, u64 floor)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_OPEN_SCOPE, 1);
    abi_add_u64(&w.abi, floor);
    return end_call(&w);
}

struct bytes calldata_announce_root(struct arena *a, u64 floor)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_ANNOUNCE_ROOT, 1);
    abi_add_u64(&w.abi, floor);
    return end_call(&w);
}

struct bytes calldata_close_lookups(struct arena *a, const hash32 *request_hash, size_t count)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_CLOSE_LOOKUPS, 1);
    add_hash_list(&w.abi, request_hash, count);
    return end_call(&w);
}

enum err calldata_scoped_lookup(struct scoped_call *out, struct bytes data, u64 source_chain)
{
    struct scoped_call c = {.source_chain = source_chain};
    struct abi_reader request;
    if (selector_of(data) != (u32)SELECTOR_SCOPED_LOOKUP)
        return REJECT_ABI;
    struct abi_reader r = abi_reader(bytes_of(data.ptr + 4, data.len - 4));
    TRY(abi_u64(&r, &c.target_chain));
    TRY(abi_address(&r, &c.from));
    TRY(abi_u256(&r, &c.nonce));
    TRY(abi_tuple(&r, &request));
    TRY(abi_address(&request, &c.request.to));
    TRY(abi_u256(&request, &c.request.value));
    TRY(abi_u256(&request, &c.request.gas_limit));
    TRY(abi_bytes(&request, &c.request.data));
    *out = c;
    return OK;
}

struct bytes calldata_update(struct arena *a, u64 number, const hash32 *block_hash, u64 timestamp, const u256 *base_fee)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_UPDATE, 4);
    abi_add_u64(&w.abi, number);
    abi_add_hash32(&w.abi, block_hash);
    abi_add_u64(&w.abi, timestamp);
    abi_add_u256(&w.abi, base_fee);
    return end_call(&w);
}

struct bytes calldata_fill_responses_in(struct arena *a, const struct fill *fill, size_t count)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_FILL_RESPONSES_IN, 3);
    abi_open_array(&w.abi, (u32)count, 1);
    for (size_t i = 0; i < count; i++)
        abi_add_u64(&w.abi, fill[i].chain_id);
    abi_close(&w.abi);
    abi_open_array(&w.abi, (u32)count, 1);
    for (size_t i = 0; i < count; i++)
        abi_add_hash32(&w.abi, &fill[i].request_hash);
    abi_close(&w.abi);
    abi_open_array(&w.abi, (u32)count, 1);
    for (size_t i = 0; i < count; i++)
        abi_add_bytes(&w.abi, fill[i].response);
    abi_close(&w.abi);
    return end_call(&w);
}

struct bytes calldata_fill_nested_calls(struct arena *a, const struct nested *nested)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_FILL_NESTED_CALLS, 3);
    abi_add_hash32(&w.abi, &nested->request_hash);
    add_inbound_list(&w.abi, nested->inbound, nested->count);
    add_hash_list(&w.abi, nested->response_hash, nested->count);
    return end_call(&w);
}

/* --- SharedBridge --- */

struct bytes calldata_open_bundle(struct arena *a, const u64 *chain_id, size_t count)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_OPEN_BUNDLE, 1);
    abi_open_array(&w.abi, (u32)count, 1);
    for (size_t i = 0; i < count; i++)
        abi_add_u64(&w.abi, chain_id[i]);
    abi_close(&w.abi);
    return end_call(&w);
}

struct bytes calldata_run_step(struct arena *a, const struct step *step, const address *submitter)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_RUN_STEP, 2);
    write_step(&w.abi, step);
    abi_add_address(&w.abi, submitter);
    return end_call(&w);
}

struct bytes calldata_add_credit(struct arena *a, u64 chain_id, const u256 *amount)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_ADD_CREDIT, 2);
    abi_add_u64(&w.abi, chain_id);
    abi_add_u256(&w.abi, amount);
    return end_call(&w);
}

struct bytes calldata_nonce_of(struct arena *a)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_NONCE_OF, 1);
    abi_add_u64(&w.abi, 0);
    return end_call(&w);
}

struct bytes calldata_remote_account(struct arena *a, u64 chain_id, const address *account)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_REMOTE_ACCOUNT, 2);
    abi_add_u64(&w.abi, chain_id);
    abi_add_address(&w.abi, account);
    return end_call(&w);
}

static struct bytes with_chain(struct arena *a, enum selector selector, u64 chain_id)
{
    struct call_writer w;
    begin_call(&w, a, selector, 1);
    abi_add_u64(&w.abi, chain_id);
    return end_call(&w);
}

struct bytes calldata_get_mailbox_hashes(struct arena *a, u64 chain_id)
{
    return with_chain(a, SELECTOR_GET_MAILBOX_HASHES, chain_id);
}

struct bytes calldata_rollup(struct arena *a, u64 chain_id)
{
    return with_chain(a, SELECTOR_ROLLUP, chain_id);
}

struct bytes calldata_value_counters(struct arena *a, u64 chain_id)
{
    return with_chain(a, SELECTOR_VALUE_COUNTERS, chain_id);
}

void plan_hash(hash32 *out, const struct l1_plan *plan, struct arena *scratch)
{
    const struct arena_mark mark = arena_mark(scratch);
    struct call_writer w;
    begin_arguments(&w, scratch, 4);
    add_plan(&w.abi, plan);
    const struct bytes encoded = end_call(&w);
    keccak256(out, encoded.ptr, encoded.len);
    arena_rewind(scratch, mark);
}

struct bytes calldata_execute_bundle(struct arena *a, const address *submitter, const struct l1_plan *plan,
                                     const struct transition_input *transition, size_t count)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_EXECUTE_BUNDLE, 1);
    abi_open_tuple(&w.abi, 6);
    abi_add_address(&w.abi, submitter);
    add_plan(&w.abi, plan);
    abi_open_array(&w.abi, (u32)count, 1);
    for (size_t i = 0; i < count; i++)
        add_transition(&w.abi, &transition[i]);
    abi_close(&w.abi);
    abi_close(&w.abi);
    return end_call(&w);
}

/* --- set-up --- */

struct bytes calldata_register_rollup(struct arena *a, const struct rollup_registration *r)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_REGISTER_ROLLUP, 9);
    abi_add_u64(&w.abi, r->chain_id);
    abi_add_hash32(&w.abi, &r->block_hash);
    abi_add_hash32(&w.abi, &r->state_root);
    abi_add_u64(&w.abi, r->block_number);
    abi_add_hash32(&w.abi, &r->rules_hash);
    abi_add_u64(&w.abi, r->max_gas);
    abi_add_u64(&w.abi, r->default_gas);
    abi_add_u64(&w.abi, r->circle);
    abi_add_u64(&w.abi, r->exit_delay);
    return end_call(&w);
}

static void add_address_list(struct abi_writer *w, const address *item, size_t count)
{
    abi_open_array(w, (u32)count, 1);
    for (size_t i = 0; i < count; i++)
        abi_add_address(w, &item[i]);
    abi_close(w);
}

struct bytes calldata_configure(struct arena *a, const struct rollup_requirement *r)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_CONFIGURE, 5);
    abi_add_u64(&w.abi, r->chain_id);
    abi_add_u64(&w.abi, r->threshold);
    add_address_list(&w.abi, r->verifier, r->verifier_count);
    abi_add_address(&w.abi, &r->sequencer);
    abi_add_u64(&w.abi, r->delay);
    return end_call(&w);
}

struct bytes calldata_sequencer(struct arena *a, u64 chain_id)
{
    return with_chain(a, SELECTOR_SEQUENCER, chain_id);
}

/* --- forced inclusion --- */

struct bytes calldata_take_forced(struct arena *a, const struct forced_entry *e)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_TAKE_FORCED, 1);
    abi_open_tuple(&w.abi, 5);
    abi_add_address(&w.abi, &e->from);
    abi_add_address(&w.abi, &e->to);
    abi_add_u256(&w.abi, &e->value);
    abi_add_u64(&w.abi, e->gas_limit);
    abi_add_bytes(&w.abi, e->data);
    abi_close(&w.abi);
    return end_call(&w);
}

/* The hash chain, a RemoteAccount that is deployed, and for a call what _sufficient wants (EIP-150). */
u64 take_forced_gas(const struct forced_entry *e)
{
    enum { OVERHEAD = 400000, BYTE = 20 };
    const u64 call = address_is_zero(&e->from) ? 0 : e->gas_limit + e->gas_limit / 8;
    return OVERHEAD + BYTE * (u64)e->data.len + call;
}

u64 forced_entry_cost(const struct forced_entry *e)
{
    enum { ENTRY_GAS = 200000, BYTE_GAS = 100 };
    return e->gas_limit + ENTRY_GAS + BYTE_GAS * (u64)e->data.len;
}

struct bytes calldata_position(struct arena *a, u64 chain_id)
{
    return with_chain(a, SELECTOR_POSITION, chain_id);
}

struct bytes calldata_entry(struct arena *a, u64 chain_id, u64 index)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_ENTRY, 2);
    abi_add_u64(&w.abi, chain_id);
    abi_add_u64(&w.abi, index);
    return end_call(&w);
}

enum err forced_entry_decode(struct forced_entry *out, struct bytes returned)
{
    struct abi_reader r = abi_reader(returned), entry;
    TRY(abi_tuple(&r, &entry));
    TRY(abi_address(&entry, &out->from));
    TRY(abi_address(&entry, &out->to));
    TRY(abi_u256(&entry, &out->value));
    TRY(abi_u64(&entry, &out->gas_limit));
    return abi_bytes(&entry, &out->data);
}

struct bytes calldata_enqueue_transaction(struct arena *a, u64 chain_id, u64 gas_limit, struct bytes envelope)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_ENQUEUE_TRANSACTION, 3);
    abi_add_u64(&w.abi, chain_id);
    abi_add_u64(&w.abi, gas_limit);
    abi_add_bytes(&w.abi, envelope);
    return end_call(&w);
}

struct bytes calldata_enqueue_call(struct arena *a, u64 chain_id, const address *to, const u256 *value, u64 gas_limit,
                                   struct bytes data)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_ENQUEUE_CALL, 5);
    abi_add_u64(&w.abi, chain_id);
    abi_add_address(&w.abi, to);
    abi_add_u256(&w.abi, value);
    abi_add_u64(&w.abi, gas_limit);
    abi_add_bytes(&w.abi, data);
    return end_call(&w);
}

/* --- exits --- */

static void add_proof(struct abi_writer *w, struct trie_proof p)
{
    abi_open_array(w, (u32)p.count, 1);
    for (size_t i = 0; i < p.count; i++)
        abi_add_bytes(w, p.node[i]);
    abi_close(w);
}

struct bytes calldata_freeze_rollup(struct arena *a, u64 chain_id)
{
    return with_chain(a, SELECTOR_FREEZE_ROLLUP, chain_id);
}

struct bytes calldata_exit(struct arena *a, u64 chain_id, const address *to, struct trie_proof account)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_EXIT, 3);
    abi_add_u64(&w.abi, chain_id);
    abi_add_address(&w.abi, to);
    add_proof(&w.abi, account);
    return end_call(&w);
}

struct bytes calldata_exit_token(struct arena *a, const address *token, const address *to, struct trie_proof account,
                                 struct trie_proof balance)
{
    struct call_writer w;
    begin_call(&w, a, SELECTOR_EXIT_TOKEN, 4);
    abi_add_address(&w.abi, token);
    abi_add_address(&w.abi, to);
    add_proof(&w.abi, account);
    add_proof(&w.abi, balance);
    return end_call(&w);
}

/* --- constructor arguments --- */

struct bytes arguments_rollup_bridge(struct arena *a, u64 l1_chain_id, const address *remote_account,
                                     u64 returndata_limit, const struct peer_config *peer, size_t count)
{
    struct call_writer w;
    begin_arguments(&w, a, 4);
    abi_add_u64(&w.abi, l1_chain_id);
    abi_add_address(&w.abi, remote_account);
    abi_add_u64(&w.abi, returndata_limit);
    abi_open_array(&w.abi, (u32)count, 5);
    for (size_t i = 0; i < count; i++) {
        abi_add_u64(&w.abi, peer[i].chain_id);
        abi_add_u64(&w.abi, peer[i].max_gas);
        abi_add_u64(&w.abi, peer[i].default_gas);
        abi_add_u64(&w.abi, peer[i].gas_price);
        abi_add_bool(&w.abi, peer[i].is_trusted);
    }
    abi_close(&w.abi);
    return end_call(&w);
}

struct bytes arguments_shared_bridge(struct arena *a, const address *owner, const address *registry,
                                     u64 returndata_limit)
{
    struct call_writer w;
    begin_arguments(&w, a, 3);
    abi_add_address(&w.abi, owner);
    abi_add_address(&w.abi, registry);
    abi_add_u64(&w.abi, returndata_limit);
    return end_call(&w);
}

struct bytes arguments_address(struct arena *a, const address *owner)
{
    struct call_writer w;
    begin_arguments(&w, a, 1);
    abi_add_address(&w.abi, owner);
    return end_call(&w);
}

struct bytes arguments_quorum_verifier(struct arena *a, const address *owner, const hash32 *program_id,
                                       const hash32 *proof_system_id, const address *prover, size_t count,
                                       u64 threshold)
{
    struct call_writer w;
    begin_arguments(&w, a, 5);
    abi_add_address(&w.abi, owner);
    abi_add_hash32(&w.abi, program_id);
    abi_add_hash32(&w.abi, proof_system_id);
    add_address_list(&w.abi, prover, count);
    abi_add_u64(&w.abi, threshold);
    return end_call(&w);
}
