#include "builder/session_private.h"

#include "builder/deploy.h"
#include "codec/text.h"
#include "signer/secp256k1_sign.h"

const char *work_status_name(enum work_status status)
{
    static const char *const name[] = {
        [WORK_PENDING] = "pending", [WORK_SIMULATED] = "simulated",
        [WORK_SETTLED] = "settled", [WORK_REJECTED] = "rejected",
    };
    return (unsigned)status < COUNT_OF(name) ? name[status] : "(not a status)";
}

const struct session_contracts *session_contracts(const struct session *s)
{
    return &s->contracts;
}

const address *session_builder(const struct session *s)
{
    return &s->builder;
}

struct session_prices session_prices(const struct session *s)
{
    const struct header *head = &ledger_head(&s->l1)->header;
    struct session_prices p;
    u256 max_fee, tip;
    session_fees(s, &max_fee, &tip);
    header_next_base_fee(&p.gas, head);
    u256_add(&p.gas, &p.gas, &tip);
    blob_base_fee(&p.blob_gas, header_next_excess_blob_gas(head, &s->l1_activation), &s->l1_activation.blobs);
    u256_add(&p.max_blob_fee, &p.blob_gas, &p.blob_gas);
    return p;
}

/* --- opening --- */

static enum err check_config(struct session *s, const struct session_config *c)
{
    struct buffer why = buffer_in(&s->slot_arena);
    if (c->l1_chain_id == 0)
        text_add(&why, "L1's chain id must not be 0");
    if (c->rollup_count > SESSION_ROLLUPS_MAX)
        text_add(&why, "too many rollups: at most 64");
    if (c->discover_provers && c->prover_count != c->prover_url_count)
        text_add(&why, "to discover provers, give one URL for each");
    if (c->prover_count == 0 || c->prover_count > SESSION_PROVERS_MAX || c->prover_threshold == 0 ||
        c->prover_threshold > c->prover_count)
        text_add(&why, "the threshold must be between 1 and the number of provers, which is at most 16");
    for (size_t i = 0; i < c->rollup_count && why.len == 0; i++)
        if (c->rollup[i].chain_id == 0 || c->rollup[i].chain_id == c->l1_chain_id ||
            (i && c->rollup[i].chain_id <= c->rollup[i - 1].chain_id)) {
            text_add(&why, "rollups must have ascending chain ids other than 0 and L1's: see ");
            text_add_u64(&why, c->rollup[i].chain_id);
        }
    return why.len ? session_fail(s, REJECT_CONFIG, buffer_bytes(&why)) : OK;
}

static enum err open_all(struct session *s, const struct session_config *c)
{
    TRY(check_config(s, c));
    u64 nonce;
    TRY(secp256k1_address(&s->builder, &c->builder_key));
    s->contracts.rollup_bridge = rollup_bridge_address;
    s->contracts.l1_context = l1_context_address;
    TRY(session_open_l1(s, c));
    TRY(deploy_bridge_address(s, c, &nonce)); /* the rollups' rules name it */
    s->rollup = ARENA_TAKE_ZERO(&s->arena, struct rollup, c->rollup_count);
    for (size_t i = 0; i < c->rollup_count; i++) {
        s->rollup_count = i + 1; /* before it is open, so that session_close also releases one that failed half way */
        TRY(session_open_rollup(s, c, i));
    }
    return deploy_contracts(s, c, nonce);
}

static struct provers copy_provers(struct session *s, const struct session_config *c)
{
    struct provers p = {
        .count = c->prover_count <= SESSION_PROVERS_MAX ? c->prover_count : 0,
        .threshold = c->prover_threshold,
        .url_count = c->prover_url_count,
        .timeout_ms = c->prover_timeout_ms,
        .verify_cache = verify_cache_open(s->memory, 0),
    };
    const char **url = ARENA_TAKE(&s->arena, const char *, c->prover_url_count);
    for (size_t i = 0; i < c->prover_url_count; i++)
        url[i] = (const char *)arena_copy(&s->arena, bytes_of(c->prover_url[i], strlen(c->prover_url[i]) + 1)).ptr;
    for (size_t i = 0; i < p.count && !c->discover_provers; i++)
        p.key[i] = c->prover_key[i];
    p.url = url;
    return p;
}

enum err session_open(struct session **out, const struct memory *memory, const struct session_config *config)
{
    struct arena arena;
    arena_init(&arena, memory);
    struct session *s = ARENA_TAKE_ZERO(&arena, struct session, 1);
    s->memory = memory;
    s->arena = arena;
    arena_init(&s->slot_arena, memory);
    s->code_cache = code_cache_open(memory, 0);
    s->builder_key = config->builder_key;
    s->data = config->data;
    s->provers = copy_provers(s, config);
    *out = s; /* also on failure, for session_error; the caller closes it */
    if (s->provers.url_count)
        TRY(http_open(&s->provers.http, memory));
    return open_all(s, config);
}

void session_close(struct session *s)
{
    if (s->provers.http)
        http_close(s->provers.http);
    for (size_t i = 0; i < s->rollup_count; i++)
        ledger_release(&s->rollup[i].ledger);
    if (s->l1.memory)
        ledger_release(&s->l1);
    code_cache_release(s->code_cache);
    verify_cache_close(s->provers.verify_cache);
    arena_release(&s->slot_arena);
    struct arena arena = s->arena; /* the session lives in it */
    arena_release(&arena);
}

/* --- work --- */

struct work *session_add_work(struct session *s, u64 *handle)
{
    struct work *w = ARENA_TAKE_ZERO(&s->arena, struct work, 1);
    *handle = s->work.count;
    *LIST_ADD(&s->work, &s->arena) = w;
    return w;
}

void session_report_receipt(struct work *w, const struct ledger_block *b, const struct receipt *r)
{
    w->report.status = WORK_SETTLED;
    w->report.success = r->success;
    w->report.gas_used = r->gas_used;
    w->report.output = r->output;
    w->report.created = r->created;
    w->report.block_number = b->header.number;
    w->report.log = r->log;
    w->report.log_count = r->log_count;
}

enum err session_transact(struct session *s, u64 *work, const struct transact *t)
{
    session_forget_error(s);
    size_t chain;
    address sender;
    if (!session_ledger(s, t->chain_id, &chain))
        return session_unknown_chain(s, t->chain_id);
    TRY(secp256k1_address(&sender, &t->key));
    struct transact copy = *t;
    copy.data = arena_copy(&s->arena, t->data);
    if (chain == 0) {
        const struct receipt *receipt;
        struct tx tx;
        TRY(session_send_l1(s, &receipt, &tx, &copy));
        struct work *w = session_add_work(s, work);
        *w = (struct work){.chain = 0, .transact = copy};
        session_report_receipt(w, session_block_of(s, receipt), receipt);
        w->report.tx_hash = tx.hash;
        session_report_frames(s, &w->report);
        w->report.chain_id = t->chain_id;
        w->report.sender = sender;
        return OK;
    }
    struct work *w = session_add_work(s, work);
    *w = (struct work){.chain = chain, .transact = copy};
    w->report.chain_id = t->chain_id;
    w->report.sender = sender;
    return OK;
}

enum err session_operate(struct session *s, u64 *work, const struct operation *o)
{
    session_forget_error(s);
    address sender;
    TRY(secp256k1_address(&sender, &o->key));
    struct operation_call *call = ARENA_TAKE(&s->arena, struct operation_call, o->call_count);
    for (size_t i = 0; i < o->call_count; i++) {
        call[i] = o->call[i];
        call[i].data = arena_copy(&s->arena, o->call[i].data);
    }
    struct work *w = session_add_work(s, work);
    *w = (struct work){.operation = *o};
    w->operation.call = call;
    w->report.chain_id = s->l1_rules.chain_id;
    w->report.is_operation = true;
    w->report.sender = sender;
    return OK;
}

void session_reject_pending(struct session *s, enum err e, const char *reason)
{
    const char *copy = (const char *)arena_copy(&s->arena, bytes_of(reason, strlen(reason) + 1)).ptr;
    for (size_t i = s->first_open; i < s->work.count; i++) {
        struct work_report *r = &s->work.item[i]->report;
        if (r->status != WORK_PENDING)
            continue;
        r->status = WORK_REJECTED;
        r->rejected = e;
        r->reason = copy;
    }
}

enum err session_make_atomic(struct session *s, u64 first, size_t count)
{
    session_forget_error(s);
    bool fits = count >= 2 && count <= ATOMIC_MAX && first < s->work.count && s->work.count - first == count;
    for (size_t i = first; fits && i < s->work.count; i++)
        fits = s->work.item[i]->report.status == WORK_PENDING && s->work.item[i]->group == 0;
    if (!fits)
        return session_fail(s, REJECT_CONFIG, BYTES_LITERAL("an atomic group is 2 to 16 pieces of pending work"));
    for (size_t i = first; i < s->work.count; i++)
        s->work.item[i]->group = first + 1;
    return OK;
}

size_t session_pending_count(const struct session *s)
{
    size_t count = 0;
    for (size_t i = s->first_open; i < s->work.count; i++)
        count += s->work.item[i]->report.status == WORK_PENDING;
    return count;
}

enum err session_status(struct session *s, struct work_report *out, u64 work)
{
    if (work >= s->work.count)
        return session_fail(s, REJECT_CONFIG, BYTES_LITERAL("no such work"));
    *out = s->work.item[work]->report;
    return OK;
}
