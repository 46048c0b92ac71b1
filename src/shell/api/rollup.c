#include "api/api_private.h"
#include "bridge/calldata.h"
#include "io/memory.h"
#include "scope/mailbox.h"
#include "scope/request.h"
#include "scope/response.h"
#include "scope/settlement.h"
#include "signer/secp256k1_sign.h"
#include "verify/rollup.h"

_Static_assert(sizeof(struct scope_mailbox) == sizeof(struct mailbox) &&
                   offsetof(struct scope_mailbox, lane) == offsetof(struct mailbox, lane) &&
                   offsetof(struct scope_mailbox, value_in) == offsetof(struct mailbox, value_in),
               "a list of mailboxes is passed on as it is");
_Static_assert((int)SCOPE_REQUESTS_OUT == REQUESTS_OUT && (int)SCOPE_REQUESTS_IN == REQUESTS_IN &&
                   (int)SCOPE_RESPONSES_OUT == RESPONSES_OUT && (int)SCOPE_RESPONSES_IN == RESPONSES_IN,
               "enum lane");

/* The length; the bytes too if there is room for all of them. */
static size_t copy_out(u8 *out, size_t room, const struct buffer *b)
{
    if (b->len && b->len <= room)
        memcpy(out, b->ptr, b->len);
    return b->len;
}

scope_err scope_key_address(struct scope_address *out, const struct scope_hash *private_key)
{
    const hash32 key = hash_in(private_key);
    address at;
    TRY(secp256k1_address(&at, &key));
    *out = address_out(&at);
    return SCOPE_OK;
}

/* --- requests and responses --- */

struct scoped_call call_in(const struct scope_call *x)
{
    return (struct scoped_call){
        .source_chain = x->source_chain,
        .target_chain = x->target_chain,
        .from = address_in(&x->from),
        .nonce = u256_in(&x->nonce),
        .request = {address_in(&x->to), u256_in(&x->value), u256_in(&x->gas_limit), bytes_in(x->data)},
    };
}

struct scope_call call_out(const struct scoped_call *x)
{
    return (struct scope_call){
        .source_chain = x->source_chain,
        .target_chain = x->target_chain,
        .from = address_out(&x->from),
        .to = address_out(&x->request.to),
        .nonce = u256_out(&x->nonce),
        .value = u256_out(&x->request.value),
        .gas_limit = u256_out(&x->request.gas_limit),
        .data = bytes_out(x->request.data),
    };
}

void scope_call_hash(struct scope_hash *out, const struct scope_call *call)
{
    const struct scoped_call c = call_in(call);
    hash32 hash;
    request_hash(&hash, &c);
    *out = hash_out(&hash);
}

void scope_nonce_pack(struct scope_u256 *out, const struct scope_nonce *n)
{
    const u256 packed = nonce_pack(&(struct nonce){{n->root_clock, n->root_chain}, n->flags, n->depth, n->clock});
    *out = u256_out(&packed);
}

void scope_nonce_unpack(struct scope_nonce *out, const struct scope_u256 *packed)
{
    const u256 word = u256_in(packed);
    const struct nonce n = nonce_unpack(&word);
    *out = (struct scope_nonce){n.root.clock, n.root.chain, n.flags, n.depth, n.clock};
}

void call_calldata(struct buffer *out, const struct scope_call *call)
{
    const struct scoped_call c = call_in(call);
    const struct bytes encoded = calldata_scoped_call(out->arena, c.target_chain, &c.from, &c.request);
    buffer_add(out, encoded.ptr, encoded.len);
}

size_t scope_call_encode(uint8_t *out, size_t room, const struct scope_call *call)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct buffer b = buffer_in(&arena);
    call_calldata(&b, call);
    const size_t len = copy_out(out, room, &b);
    arena_release(&arena);
    return len;
}

struct scope_response response_out(const struct response *r)
{
    return (struct scope_response){r->success, r->is_lookup, r->is_attempt, r->clock, bytes_out(r->returndata)};
}

size_t scope_response_encode(uint8_t *out, size_t room, const struct scope_response *r)
{
    const struct response response = {r->success, r->is_lookup, r->is_attempt, r->clock, bytes_in(r->returndata)};
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct buffer b = buffer_in(&arena);
    response_encode(&b, &response);
    const size_t len = copy_out(out, room, &b);
    arena_release(&arena);
    return len;
}

scope_err scope_response_decode(struct scope_response *out, struct scope_bytes encoded)
{
    struct response r;
    TRY(response_decode(&r, bytes_in(encoded)));
    *out = response_out(&r);
    return SCOPE_OK;
}

void scope_response_hash(struct scope_hash *out, const struct scope_hash *request_hash_, struct scope_bytes encoded)
{
    const hash32 request = hash_in(request_hash_);
    hash32 hash;
    response_hash(&hash, &request, bytes_in(encoded));
    *out = hash_out(&hash);
}

/* --- mailboxes and statements --- */

void scope_mailbox_fold(struct scope_mailbox *mailbox, enum scope_lane lane, const struct scope_hash *leaf)
{
    const hash32 item = hash_in(leaf);
    struct mailbox m;
    memcpy(&m, mailbox, sizeof m);
    mailbox_fold(&m, (enum lane)lane, &item);
    memcpy(mailbox, &m, sizeof m);
}

scope_err scope_mailbox_settle(const struct scope_mailbox *here, const struct scope_mailbox *there)
{
    struct mailbox h, t;
    memcpy(&h, here, sizeof h);
    memcpy(&t, there, sizeof t);
    return mailbox_settle(&h, &t);
}

scope_err scope_statement_hash(struct scope_hash *out, const struct scope_context *c, const struct scope_transition *t)
{
    const struct settlement_context context = {
        .l1_chain_id = c->l1_chain_id,
        .bridge = address_in(&c->shared_bridge),
        .l1_block_number = c->l1_block_number,
        .l1_parent_hash = hash_in(&c->l1_parent_hash),
        .submitter = address_in(&c->submitter),
        .plan_hash = hash_in(&c->plan_hash),
    };
    struct arena arena;
    hash32 hash;
    arena_init(&arena, &system_memory);
    struct mailbox *mailbox = ARENA_TAKE(&arena, struct mailbox, t->mailbox_count + 1);
    if (t->mailbox_count)
        memcpy(mailbox, t->mailbox, t->mailbox_count * sizeof *mailbox);
    const struct transition transition = {
        .chain_id = t->chain_id,
        .rules_hash = hash_in(&t->rules_hash),
        .parent_block_hash = hash_in(&t->parent_block_hash),
        .pre_state_root = hash_in(&t->pre_state_root),
        .block_hash = hash_in(&t->block_hash),
        .state_root = hash_in(&t->state_root),
        .first_block = t->first_block,
        .last_block = t->last_block,
        .last_timestamp = t->last_timestamp,
        .da_hash = hash_in(&t->da_hash),
        .anchor_number = t->anchor_number,
        .anchor_hash = hash_in(&t->anchor_hash),
        .forced_hash = hash_in(&t->forced_hash),
        .mailbox = mailbox,
        .mailbox_count = t->mailbox_count,
    };
    const enum err e = statement_hash(&hash, &context, &transition, &arena);
    arena_release(&arena);
    if (e == OK)
        *out = hash_out(&hash);
    return e;
}

/* --- rules --- */

void scope_rules_hash(struct scope_hash *out, const struct scope_rules *r)
{
    const address bridge = address_in(&r->shared_bridge), coinbase = address_in(&r->coinbase);
    struct rollup_rules rules;
    hash32 hash;
    rollup_rules_init(&rules, r->chain_id, r->l1_chain_id, &bridge, &coinbase, r->gas_limit);
    rollup_rules_hash(&hash, &rules);
    *out = hash_out(&hash);
}
