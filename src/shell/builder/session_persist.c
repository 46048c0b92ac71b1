#include "builder/session_persist.h"

#include "bridge/calldata.h"
#include "builder/query.h"
#include "builder/session_private.h"
#include "codec/abi.h"
#include "codec/rlp.h"
#include "codec/text.h"

/* --- one work --- */

enum { WORK_TRANSACT, WORK_OPERATION, WORK_SIGNED, WORK_SIGNED_OPERATION };

static void encode_authorization(struct buffer *out, const struct authorization *a)
{
    const size_t list = rlp_open(out);
    if (a) {
        rlp_add_u256(out, &a->chain_id);
        rlp_add_string(out, BYTES_OF(a->at.b));
        rlp_add_u64(out, a->nonce);
        rlp_add_u64(out, a->y_parity);
        rlp_add_string(out, BYTES_OF(a->r.b));
        rlp_add_string(out, BYTES_OF(a->s.b));
        rlp_add_string(out, BYTES_OF(a->signer.b));
    }
    rlp_close(out, list);
}

static void encode_operation(struct buffer *out, const struct work *w)
{
    const struct operation *o = &w->operation;
    rlp_add_u64(out, o->gas_limit);
    rlp_add_u64(out, o->deadline);
    rlp_add_string(out, BYTES_OF(o->submitter.b));
    const size_t calls = rlp_open(out);
    for (size_t i = 0; i < o->call_count; i++) {
        const size_t call = rlp_open(out);
        rlp_add_string(out, BYTES_OF(o->call[i].to.b));
        rlp_add_u256(out, &o->call[i].value);
        rlp_add_string(out, o->call[i].data);
        rlp_close(out, call);
    }
    rlp_close(out, calls);
}

void work_encode(struct buffer *out, const struct work *w)
{
    const size_t all = rlp_open(out);
    rlp_add_u64(out, w->signed_tx          ? WORK_SIGNED
                     : w->signed_operation ? WORK_SIGNED_OPERATION
                                           : w->report.is_operation);
    rlp_add_u64(out, w->report.chain_id);
    rlp_add_string(out, BYTES_OF(w->report.sender.b));
    if (w->signed_tx) {
        struct buffer envelope = buffer_in(out->arena);
        tx_encode(&envelope, w->signed_tx);
        rlp_add_string(out, buffer_bytes(&envelope));
    } else if (w->report.is_operation) {
        encode_operation(out, w);
        if (w->signed_operation) {
            rlp_add_u256(out, &w->signed_operation->nonce);
            rlp_add_string(out, BYTES_OF(w->signed_operation->signature));
            encode_authorization(out, w->authorization);
        }
    } else {
        rlp_add_u64(out, w->transact.creates);
        rlp_add_string(out, BYTES_OF(w->transact.to.b));
        rlp_add_u256(out, &w->transact.value);
        rlp_add_u64(out, w->transact.gas_limit);
        rlp_add_string(out, w->transact.data);
    }
    rlp_close(out, all);
}

static enum err read_flag(struct rlp_reader *r, bool *out)
{
    u64 x;
    TRY(rlp_u64(r, &x));
    *out = x == 1;
    return x > 1 ? REJECT_STORE_CORRUPT : OK;
}

static enum err read_operation(struct session *s, struct work *w, struct rlp_reader *r)
{
    struct operation *o = &w->operation;
    struct rlp_reader calls, call;
    TRY(rlp_u64(r, &o->gas_limit));
    TRY(rlp_u64(r, &o->deadline));
    TRY(rlp_fixed(r, o->submitter.b, sizeof o->submitter.b));
    TRY(rlp_list(r, &calls));
    size_t count = 0;
    for (struct rlp_reader rest = calls; !rlp_at_end(&rest); count++)
        TRY(rlp_list(&rest, &call));
    struct operation_call *c = ARENA_TAKE_ZERO(&s->arena, struct operation_call, count);
    for (size_t i = 0; i < count; i++) {
        struct bytes data;
        TRY(rlp_list(&calls, &call));
        TRY(rlp_fixed(&call, c[i].to.b, sizeof c[i].to.b));
        TRY(rlp_u256(&call, &c[i].value));
        TRY(rlp_string(&call, &data));
        TRY(rlp_end(&call));
        c[i].data = arena_copy(&s->arena, data);
    }
    o->call = c;
    o->call_count = count;
    return OK;
}

static enum err read_persisted_authorization(struct session *s, struct work *w, struct rlp_reader *r)
{
    struct rlp_reader list;
    struct authorization *a = ARENA_TAKE_ZERO(&s->arena, struct authorization, 1);
    TRY(rlp_list(r, &list));
    if (rlp_at_end(&list))
        return OK;
    TRY(rlp_u256(&list, &a->chain_id));
    TRY(rlp_fixed(&list, a->at.b, sizeof a->at.b));
    TRY(rlp_u64(&list, &a->nonce));
    TRY(rlp_u64(&list, &a->y_parity));
    TRY(rlp_fixed(&list, a->r.b, sizeof a->r.b));
    TRY(rlp_fixed(&list, a->s.b, sizeof a->s.b));
    TRY(rlp_fixed(&list, a->signer.b, sizeof a->signer.b));
    a->signer_is = SIGNER_FOUND;
    w->authorization = a;
    return rlp_end(&list);
}

static enum err read_signed_operation(struct session *s, struct work *w, struct rlp_reader *r)
{
    struct signed_operation *o = ARENA_TAKE_ZERO(&s->arena, struct signed_operation, 1);
    TRY(read_operation(s, w, r));
    *o = (struct signed_operation){.account = w->report.sender, .deadline = w->operation.deadline,
                                   .gas_limit = w->operation.gas_limit, .submitter = w->operation.submitter,
                                   .call = w->operation.call, .call_count = w->operation.call_count};
    TRY(rlp_u256(r, &o->nonce));
    TRY(rlp_fixed(r, o->signature, sizeof o->signature));
    w->signed_operation = o;
    return read_persisted_authorization(s, w, r);
}

static enum err read_transact(struct session *s, struct work *w, struct rlp_reader *r)
{
    struct transact *t = &w->transact;
    struct bytes data;
    t->chain_id = w->report.chain_id;
    TRY(read_flag(r, &t->creates));
    TRY(rlp_fixed(r, t->to.b, sizeof t->to.b));
    TRY(rlp_u256(r, &t->value));
    TRY(rlp_u64(r, &t->gas_limit));
    TRY(rlp_string(r, &data));
    t->data = arena_copy(&s->arena, data);
    return OK;
}

static enum err read_signed_work(struct session *s, struct work *w, struct rlp_reader *r)
{
    struct tx *t = ARENA_TAKE(&s->arena, struct tx, 1);
    struct bytes envelope;
    TRY(rlp_string(r, &envelope));
    TRY(tx_decode(t, &s->arena, arena_copy(&s->arena, envelope), TX_TYPES_ETHEREUM | TX_ADMITS_EIP155));
    TRY(tx_recover(t, true, &s->arena));
    w->signed_tx = t;
    return address_eq(&t->sender, &w->report.sender) ? OK : REJECT_STORE_CORRUPT;
}

struct restoring {
    struct session *s;
    enum err (*key_of)(void *context, hash32 *key, const address *at);
    void *context;
};

static enum err read_work(struct restoring *t, struct work *w, struct rlp_reader *from)
{
    struct rlp_reader r;
    TRY(rlp_list(from, &r));
    u64 kind;
    TRY(rlp_u64(&r, &kind));
    if (kind > WORK_SIGNED_OPERATION)
        return REJECT_STORE_CORRUPT;
    w->report.is_operation = kind == WORK_OPERATION || kind == WORK_SIGNED_OPERATION;
    TRY(rlp_u64(&r, &w->report.chain_id));
    TRY(rlp_fixed(&r, w->report.sender.b, sizeof w->report.sender.b));
    if (!session_ledger(t->s, w->report.chain_id, &w->chain))
        return REJECT_STORE_MISMATCH;
    if (w->report.is_operation != (w->chain == 0))
        return REJECT_STORE_CORRUPT;
    if (kind == WORK_SIGNED || kind == WORK_SIGNED_OPERATION) {
        TRY(kind == WORK_SIGNED ? read_signed_work(t->s, w, &r) : read_signed_operation(t->s, w, &r));
        return rlp_end(&r);
    }
    hash32 *key = w->report.is_operation ? &w->operation.key : &w->transact.key;
    TRY(t->key_of(t->context, key, &w->report.sender));
    TRY(w->report.is_operation ? read_operation(t->s, w, &r) : read_transact(t->s, w, &r));
    return rlp_end(&r);
}

/* --- all of it --- */

static bool is_persisted(const struct session *s, const struct inclusion *l)
{
    return l->block_number + PERSISTED_DEPTH > ledger_head(&s->l1)->header.number;
}

u64 session_first_required_block(const struct session *s)
{
    u64 first = ledger_head(&s->l1)->header.number;
    for (const struct inclusion *l = s->inclusions; l && is_persisted(s, l); l = l->older)
        first = l->block_number < first ? l->block_number : first;
    return first;
}

static void persist_inclusions(struct buffer *out, const struct session *s, const struct inclusion *l)
{
    if (!l || !is_persisted(s, l))
        return;
    persist_inclusions(out, s, l->older); /* the oldest first; the recursion is at most PERSISTED_DEPTH blocks deep */
    const size_t all = rlp_open(out);
    struct buffer envelope = buffer_in(out->arena);
    rlp_add_u64(out, l->block_number);
    rlp_add_string(out, BYTES_OF(l->block_hash.b));
    tx_encode(&envelope, l->tx);
    rlp_add_string(out, buffer_bytes(&envelope));
    rlp_add_u64(out, l->is_bundle);
    rlp_add_string(out, l->is_pinned ? BYTES_OF(l->parent.b) : bytes_of(NULL, 0));
    const size_t blocks = rlp_open(out);
    for (size_t i = 0; i < s->rollup_count && l->is_bundle; i++)
        rlp_add_u64(out, l->first_block[i]);
    rlp_close(out, blocks);
    const size_t works = rlp_open(out);
    for (size_t i = 0; i < l->work_count; i++)
        rlp_add_u64(out, l->work[i]);
    rlp_close(out, works);
    rlp_close(out, all);
}

static void persist_works(struct buffer *out, const struct session *s)
{
    bool *wanted = ARENA_TAKE_ZERO(out->arena, bool, s->work.count);
    for (size_t i = 0; i < s->work.count; i++)
        wanted[i] = s->work.item[i]->report.status == WORK_PENDING;
    for (const struct inclusion *l = s->inclusions; l && is_persisted(s, l); l = l->older)
        for (size_t i = 0; i < l->work_count; i++)
            wanted[l->work[i]] = true;
    const size_t list = rlp_open(out);
    for (size_t i = 0; i < s->work.count; i++) {
        if (!wanted[i])
            continue;
        const size_t one = rlp_open(out);
        rlp_add_u64(out, i);
        rlp_add_u64(out, s->work.item[i]->report.status != WORK_PENDING);
        rlp_add_u64(out, s->work.item[i]->attempts);
        work_encode(out, s->work.item[i]);
        if (s->work.item[i]->group)
            rlp_add_u64(out, s->work.item[i]->group);
        rlp_close(out, one);
    }
    rlp_close(out, list);
}

static void persist_lost_bundle(struct buffer *out, const struct lost_bundle *lost)
{
    const size_t list = rlp_open(out);
    if (lost->exists) {
        rlp_add_u64(out, lost->nonce);
        rlp_add_u64(out, lost->raises);
        rlp_add_u64(out, lost->fees.has_blobs);
        rlp_add_u256(out, &lost->fees.max_fee);
        rlp_add_u256(out, &lost->fees.max_priority_fee);
        rlp_add_u256(out, &lost->fees.max_blob_fee);
    }
    rlp_close(out, list);
}

void session_persist(struct buffer *out, const struct session *s)
{
    const struct session_contracts *c = &s->contracts;
    const size_t all = rlp_open(out), contracts = rlp_open(out);
    rlp_add_string(out, BYTES_OF(c->proof_registry.b));
    rlp_add_string(out, BYTES_OF(c->shared_bridge.b));
    rlp_add_string(out, BYTES_OF(c->quorum_verifier.b));
    for (size_t i = 0; i < s->provers.count; i++)
        rlp_add_string(out, BYTES_OF(s->provers.attester[i].b));
    rlp_close(out, contracts);
    rlp_add_u64(out, s->work.count);
    persist_lost_bundle(out, &s->lost_bundle);
    persist_works(out, s);
    const size_t inclusions = rlp_open(out);
    persist_inclusions(out, s, s->inclusions);
    rlp_close(out, inclusions);
    rlp_close(out, all);
}

/* --- the other way --- */

static enum err read_deployment(struct rlp_reader *from, struct session_deployment *k)
{
    struct rlp_reader r;
    TRY(rlp_list(from, &r));
    TRY(rlp_fixed(&r, k->proof_registry.b, 20));
    TRY(rlp_fixed(&r, k->shared_bridge.b, 20));
    TRY(rlp_fixed(&r, k->quorum_verifier.b, 20));
    while (!rlp_at_end(&r)) {
        if (k->attester_count == SESSION_PROVERS_MAX)
            return REJECT_STORE_CORRUPT;
        TRY(rlp_fixed(&r, k->attester[k->attester_count++].b, 20));
    }
    return OK;
}

enum err session_persisted_deployment(struct session_deployment *out, struct bytes persisted)
{
    struct rlp_reader r = rlp_reader(persisted);
    struct session_deployment k = {0};
    if (rlp_list(&r, &r) != OK || read_deployment(&r, &k) != OK)
        return REJECT_STORE_CORRUPT;
    *out = k;
    return OK;
}

static enum err read_lost_bundle(struct rlp_reader *from, struct lost_bundle *lost)
{
    struct rlp_reader r;
    TRY(rlp_list(from, &r));
    if (rlp_at_end(&r))
        return OK;
    u64 raises;
    lost->exists = true;
    TRY(rlp_u64(&r, &lost->nonce));
    TRY(rlp_u64(&r, &raises));
    TRY(read_flag(&r, &lost->fees.has_blobs));
    TRY(rlp_u256(&r, &lost->fees.max_fee));
    TRY(rlp_u256(&r, &lost->fees.max_priority_fee));
    TRY(rlp_u256(&r, &lost->fees.max_blob_fee));
    if (raises > UINT32_MAX)
        return REJECT_STORE_CORRUPT;
    lost->raises = (u32)raises;
    return rlp_end(&r);
}

/* Handles keep their numbers: work that was not persisted is represented by one empty, settled work. */
static void make_places(struct session *s, u64 count)
{
    struct work *empty = ARENA_TAKE_ZERO(&s->arena, struct work, 1);
    empty->report.status = WORK_SETTLED;
    s->work.count = 0;
    for (u64 i = 0; i < count; i++)
        *LIST_ADD(&s->work, &s->arena) = empty;
}

static enum err read_works(struct restoring *t, struct rlp_reader *from, u64 count)
{
    struct rlp_reader list, one;
    TRY(rlp_list(from, &list));
    make_places(t->s, count);
    while (!rlp_at_end(&list)) {
        u64 handle, attempts;
        bool settled;
        TRY(rlp_list(&list, &one));
        TRY(rlp_u64(&one, &handle));
        TRY(read_flag(&one, &settled));
        TRY(rlp_u64(&one, &attempts));
        if (handle >= count || attempts > UINT32_MAX)
            return REJECT_STORE_CORRUPT;
        struct work *w = t->s->work.item[handle] = ARENA_TAKE_ZERO(&t->s->arena, struct work, 1);
        w->report.status = settled ? WORK_SETTLED : WORK_PENDING;
        w->attempts = (u32)attempts;
        TRY(read_work(t, w, &one));
        const bool has_group = !rlp_at_end(&one);
        if (has_group)
            TRY(rlp_u64(&one, &w->group));
        if (has_group && w->group == 0)
            return REJECT_STORE_CORRUPT;
        TRY(rlp_end(&one));
    }
    return OK;
}

static enum err read_first_blocks(struct session *s, struct rlp_reader *from, struct inclusion *l)
{
    struct rlp_reader r;
    TRY(rlp_list(from, &r));
    if (!l->is_bundle)
        return rlp_end(&r);
    l->first_block = ARENA_TAKE_ZERO(&s->arena, u64, s->rollup_count);
    for (size_t i = 0; i < s->rollup_count; i++) {
        TRY(rlp_u64(&r, &l->first_block[i]));
        if (l->first_block[i] > ledger_head(&s->rollup[i].ledger)->header.number)
            return REJECT_STORE_CORRUPT;
    }
    return rlp_end(&r);
}

static enum err read_handles(struct session *s, struct rlp_reader *from, struct inclusion *l)
{
    struct rlp_reader r;
    TRY(rlp_list(from, &r));
    for (struct rlp_reader rest = r; !rlp_at_end(&rest); l->work_count++) {
        u64 handle;
        TRY(rlp_u64(&rest, &handle));
        if (handle >= s->work.count)
            return REJECT_STORE_CORRUPT;
    }
    l->work = ARENA_TAKE(&s->arena, u64, l->work_count);
    for (size_t i = 0; i < l->work_count; i++)
        TRY(rlp_u64(&r, &l->work[i]));
    return OK;
}

static enum err read_inclusion(struct session *s, struct rlp_reader *from)
{
    struct inclusion *l = ARENA_TAKE_ZERO(&s->arena, struct inclusion, 1);
    struct rlp_reader r;
    struct bytes envelope, parent;
    TRY(rlp_list(from, &r));
    TRY(rlp_u64(&r, &l->block_number));
    TRY(rlp_fixed(&r, l->block_hash.b, sizeof l->block_hash.b));
    TRY(rlp_string(&r, &envelope));
    struct tx *t = ARENA_TAKE(&s->arena, struct tx, 1);
    TRY(tx_decode(t, &s->arena, arena_copy(&s->arena, envelope), TX_TYPES_ALL | TX_ADMITS_EIP155));
    TRY(tx_recover(t, true, &s->arena));
    l->tx = t;
    TRY(read_flag(&r, &l->is_bundle));
    TRY(rlp_string(&r, &parent));
    if (parent.len && (parent.len != sizeof l->parent.b || !l->is_bundle))
        return REJECT_STORE_CORRUPT;
    l->is_pinned = parent.len != 0;
    if (l->is_pinned)
        memcpy(l->parent.b, parent.ptr, sizeof l->parent.b);
    TRY(read_first_blocks(s, &r, l));
    TRY(read_handles(s, &r, l));
    TRY(rlp_end(&r));
    l->older = s->inclusions;
    s->inclusions = l;
    return OK;
}

static enum err read_session(struct restoring *t, struct bytes persisted)
{
    enum { WORKS_MAX = 1 << 24 };
    struct rlp_reader r = rlp_reader(persisted), inclusions;
    struct session_deployment k = {0};
    u64 count;
    TRY(rlp_list(&r, &r));
    TRY(read_deployment(&r, &k));
    TRY(rlp_u64(&r, &count));
    if (count > WORKS_MAX)
        return REJECT_STORE_CORRUPT;
    if (!address_eq(&k.shared_bridge, &t->s->contracts.shared_bridge))
        return REJECT_STORE_MISMATCH;
    TRY(read_lost_bundle(&r, &t->s->lost_bundle));
    TRY(read_works(t, &r, count));
    TRY(rlp_list(&r, &inclusions));
    while (!rlp_at_end(&inclusions))
        TRY(read_inclusion(t->s, &inclusions));
    return rlp_end(&r);
}

enum err session_restore(struct session *s, struct bytes persisted,
                         enum err (*key_of)(void *context, hash32 *key, const address *at), void *context)
{
    BUG_UNLESS(s->work.count == 0);
    struct restoring t = {s, key_of, context};
    const enum err e = read_session(&t, persisted);
    if (e == REJECT_STORE_MISMATCH)
        return session_fail(s, e, BYTES_LITERAL("the persisted session has another bridge, chain or account"));
    return e ? session_fail(s, REJECT_STORE_CORRUPT, BYTES_LITERAL("the persisted session is corrupt")) : OK;
}

void session_persist_work(struct buffer *out, const struct session *s, u64 work)
{
    BUG_UNLESS(work < s->work.count && (s->work.item[work]->signed_tx || s->work.item[work]->signed_operation));
    work_encode(out, s->work.item[work]);
}

static enum err no_key(void *context, hash32 *key, const address *at)
{
    (void)context;
    (void)key;
    (void)at;
    return REJECT_STORE_MISMATCH;
}

enum err session_resume_work(struct session *s, u64 *work, struct bytes persisted)
{
    struct restoring t = {s, no_key, NULL};
    struct rlp_reader r = rlp_reader(persisted);
    struct work w = {.report.status = WORK_PENDING};
    session_forget_error(s);
    if (read_work(&t, &w, &r) != OK || rlp_end(&r) != OK)
        return session_fail(s, REJECT_STORE_CORRUPT, BYTES_LITERAL("a persisted transaction or operation is corrupt"));
    *session_add_work(s, work) = w;
    return OK;
}

/* --- heads --- */

/* The head that SharedBridge has of a rollup. */
static enum err settled_head(struct session *s, hash32 *hash, u64 *number, const struct rollup *r)
{
    const address zero = {{0}};
    const u256 no_value = {0};
    bool success;
    struct bytes output;
    u8 word[32];
    TRY(session_call(s, &success, &output, s->l1_rules.chain_id, &zero, &s->contracts.shared_bridge, &no_value,
                     calldata_rollup(&s->slot_arena, r->rules.chain.chain_id)));
    struct abi_reader reader = abi_reader(output);
    if (!success || abi_word(&reader, hash->b) != OK || abi_word(&reader, word) != OK ||
        abi_word(&reader, word) != OK || abi_u64(&reader, number) != OK)
        return session_fail(s, REJECT_L1_CHAIN, BYTES_LITERAL("SharedBridge does not return the head of a rollup: it is not deployed on this L1"));
    return OK;
}

static enum err check_head(struct session *s, const struct rollup *r)
{
    hash32 hash;
    u64 number;
    TRY(settled_head(s, &hash, &number, r));
    const struct ledger_block *head = ledger_head(&r->ledger), *there = ledger_block_at(&r->ledger, number);
    if (hash32_eq(&hash, &head->hash))
        return OK;
    struct buffer why = buffer_in(&s->slot_arena);
    text_add(&why, "rollup ");
    text_add_u64(&why, r->rules.chain.chain_id);
    text_add(&why, " is at block ");
    text_add_u64(&why, head->header.number);
    text_add(&why, " here, but L1 has settled block ");
    text_add_u64(&why, number);
    text_add(&why, " ");
    text_add_hex(&why, BYTES_OF(hash.b));
    const bool is_behind = there && hash32_eq(&there->hash, &hash);
    if (!is_behind)
        text_add(&why, "; scope derive --l1 rebuilds it from L1");
    return session_fail(s, is_behind ? REJECT_L1_REORGANIZED : REJECT_L1_AHEAD, buffer_bytes(&why));
}

enum err session_check_heads(struct session *s)
{
    if (session_owns_l1(s))
        return OK;
    for (size_t i = 0; i < s->rollup_count; i++)
        TRY(check_head(s, &s->rollup[i]));
    return OK;
}
