#include "play/resume.h"

#include "builder/session_persist.h"
#include "codec/abi.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "io/memory.h"

enum { DECODED_BYTES_MAX = 1 << 20 };

enum err resume_open(struct resume *r, struct complaint *complaint, const char *folder, struct bytes text)
{
    const struct store_config config = {.folder = folder, .memory = &system_memory};
    *r = (struct resume){.complaint = complaint};
    keccak256(&r->scenario, text.ptr, text.len);
    return store_open(&r->store, complaint, &config);
}

enum err resume_known(struct resume *r, const struct session_deployment **out)
{
    *out = NULL;
    if (store_position(r->store).len == 0)
        return OK;
    if (store_session(r->store).len == 0) {
        complain(r->complaint, (struct place){0, 0}, "%s", err_text(REJECT_STORE_MISMATCH));
        return REJECT_STORE_MISMATCH;
    }
    if (session_persisted_deployment(&r->known, store_session(r->store)) != OK) {
        complain(r->complaint, (struct place){0, 0}, "corrupt store: contract addresses are missing");
        return REJECT_STORE_CORRUPT;
    }
    *out = &r->known;
    return OK;
}

static enum err fail_session(struct resume *r, enum err e)
{
    if (e == OK)
        return OK;
    const char *why = session_error(r->binder->session);
    complain(r->complaint, (struct place){0, 0}, "%s: %s", err_name(e), *why ? why : err_text(e));
    return e;
}

/* Every transaction sent to a remote L1 is accounted for, and the heads are those that it has settled. */
static enum err check_l1(struct resume *r)
{
    struct session *s = r->binder->session;
    if (session_has_unreconciled_sends(s)) {
        complain(r->complaint, (struct place){0, 0}, "a previous run sent L1 transactions that no step accounts for");
        return REJECT_STORE_MISMATCH;
    }
    return fail_session(r, session_check_heads(s));
}

static void write_queue(struct buffer *out, const struct play *p)
{
    const size_t queue = rlp_open(out);
    for (u32 i = 0; i < p->pending.count; i++) {
        u32 from;
        u64 work;
        play_queued(p, i, &from, &work);
        const size_t item = rlp_open(out);
        rlp_add_u64(out, from);
        rlp_add_u64(out, work);
        rlp_close(out, item);
    }
    rlp_close(out, queue);
}

static void write_earlier(struct buffer *out, const struct play *p)
{
    const size_t earlier = rlp_open(out);
    for (u32 i = 0; i < p->earlier.count; i++) {
        const char *label;
        struct place place;
        u64 work;
        play_earlier(p, i, &label, &place, &work);
        const size_t item = rlp_open(out);
        rlp_add_string(out, bytes_of(label, strlen(label)));
        rlp_add_u64(out, place.line);
        rlp_add_u64(out, place.column);
        rlp_add_u64(out, work);
        rlp_close(out, item);
    }
    rlp_close(out, earlier);
}

/* position = rlp([ keccak256(scenario), step, met, failed, [ [symbol, bytes], ... ], [ [step, work], ... ],
 *                  [ [label, line, column, work], ... ] ])
 * bytes: a contract's address, or the returndata of a call. First the work queued by steps, then that of slots. */
static enum err persist(void *context, struct play *p, u32 step)
{
    struct resume *r = context;
    const struct binder *b = p->binder;
    struct arena scratch;
    TRY(check_l1(r));
    arena_init(&scratch, &system_memory);
    struct buffer out = buffer_in(&scratch);
    const size_t all = rlp_open(&out);
    rlp_add_string(&out, BYTES_OF(r->scenario.b));
    rlp_add_u64(&out, step);
    rlp_add_u64(&out, p->report->met);
    rlp_add_u64(&out, p->report->failed);
    const size_t list = rlp_open(&out);
    for (u32 i = 0; i < b->scenario->symbol_count; i++) {
        const enum symbol_kind kind = b->scenario->symbol[i].kind;
        if (!b->binding[i].resolved || (kind != SYMBOL_CONTRACT && kind != SYMBOL_RESULT))
            continue;
        const size_t item = rlp_open(&out);
        rlp_add_u64(&out, i);
        rlp_add_string(&out, kind == SYMBOL_RESULT ? b->binding[i].raw : BYTES_OF(b->binding[i].at.b));
        rlp_close(&out, item);
    }
    rlp_close(&out, list);
    write_queue(&out, p);
    write_earlier(&out, p);
    rlp_close(&out, all);
    const enum err e = store_commit(r->store, r->complaint, b->session, buffer_bytes(&out));
    arena_release(&scratch);
    return e;
}

/* checkpoint = rlp([ step, forgeries, L1's head before, met, failed ]) */
static enum err store_checkpoint(void *context, const struct slot_checkpoint *m)
{
    struct resume *r = context;
    struct arena scratch;
    arena_init(&scratch, &system_memory);
    struct buffer out = buffer_in(&scratch);
    const size_t all = rlp_open(&out);
    rlp_add_u64(&out, m->step);
    rlp_add_u64(&out, m->forgeries);
    rlp_add_u64(&out, m->l1_before);
    rlp_add_u64(&out, m->met);
    rlp_add_u64(&out, m->failed);
    rlp_close(&out, all);
    const enum err e = store_mark(r->store, r->complaint, buffer_bytes(&out));
    arena_release(&scratch);
    return e;
}

static enum err read_checkpoint(struct play *p, struct bytes encoded)
{
    struct rlp_reader r = rlp_reader(encoded);
    u64 step, forgeries, l1_before, met, failed;
    TRY(rlp_list(&r, &r));
    TRY(rlp_u64(&r, &step));
    TRY(rlp_u64(&r, &forgeries));
    TRY(rlp_u64(&r, &l1_before));
    TRY(rlp_u64(&r, &met));
    TRY(rlp_u64(&r, &failed));
    TRY(rlp_end(&r));
    p->checkpoint = (struct slot_checkpoint){.is_set = true,
                                             .step = (u32)step,
                                             .forgeries = (u32)forgeries,
                                             .l1_before = l1_before,
                                             .met = (u32)met,
                                             .failed = (u32)failed};
    return OK;
}

static enum err bind(struct play *p, u64 symbol, struct bytes value)
{
    const struct binder *b = p->binder;
    if (symbol >= b->scenario->symbol_count)
        return REJECT_STORE_CORRUPT;
    struct binding *binding = &b->binding[symbol];
    if (b->scenario->symbol[symbol].kind == SYMBOL_RESULT) {
        binding->raw = arena_copy(p->arena, value);
        TRY(abi_decode(p->arena, &binding->value, &binding->function->outputs, binding->raw, DECODED_BYTES_MAX, NULL));
    } else if (value.len == sizeof binding->at.b) {
        memcpy(binding->at.b, value.ptr, value.len);
    } else {
        return REJECT_STORE_CORRUPT;
    }
    binding->resolved = true;
    return OK;
}

static enum err read_earlier(struct play *p, struct rlp_reader *list)
{
    struct rlp_reader item;
    struct bytes label;
    u64 line, column, work;
    TRY(rlp_list(list, &item));
    TRY(rlp_string(&item, &label));
    TRY(rlp_u64(&item, &line));
    TRY(rlp_u64(&item, &column));
    TRY(rlp_u64(&item, &work));
    char *text = arena_take_zero(p->arena, label.len + 1);
    if (label.len)
        memcpy(text, label.ptr, label.len);
    play_add_earlier(p, text, (struct place){(u32)line, (u32)column}, work);
    return OK;
}

static enum err read_position(struct resume *r, struct play *p, struct bytes position)
{
    struct rlp_reader reader = rlp_reader(position), all, list, queue, earlier, item;
    hash32 scenario;
    u64 step, met, failed;
    TRY(rlp_list(&reader, &all));
    TRY(rlp_fixed(&all, scenario.b, sizeof scenario.b));
    TRY(rlp_u64(&all, &step));
    TRY(rlp_u64(&all, &met));
    TRY(rlp_u64(&all, &failed));
    TRY(rlp_list(&all, &list));
    TRY(rlp_list(&all, &queue));
    TRY(rlp_list(&all, &earlier));
    TRY(rlp_end(&all));
    if (!hash32_eq(&scenario, &r->scenario))
        return REJECT_STORE_MISMATCH;
    if (step > p->binder->scenario->step_count)
        return REJECT_STORE_CORRUPT;
    while (!rlp_at_end(&list)) {
        u64 symbol;
        struct bytes value;
        TRY(rlp_list(&list, &item));
        TRY(rlp_u64(&item, &symbol));
        TRY(rlp_string(&item, &value));
        TRY(bind(p, symbol, value));
    }
    while (!rlp_at_end(&queue)) {
        u64 from, work;
        TRY(rlp_list(&queue, &item));
        TRY(rlp_u64(&item, &from));
        TRY(rlp_u64(&item, &work));
        TRY(play_requeue(p, from < step ? (u32)from : UINT32_MAX, work));
    }
    while (!rlp_at_end(&earlier))
        TRY(read_earlier(p, &earlier));
    p->first_step = (u32)step;
    p->report->met = (u32)met;
    p->report->failed = (u32)failed;
    return OK;
}

static enum err key_of(void *context, hash32 *key, const address *at)
{
    const struct resume *r = context;
    const struct scenario *s = r->binder->scenario;
    for (u32 i = 0; i < s->account_count; i++)
        if (address_eq(&s->account[i].at, at)) {
            *key = s->account[i].key;
            return OK;
        }
    return REJECT_STORE_MISMATCH;
}

static enum err restore_play(struct resume *r, struct play *p)
{
    struct session *s = r->binder->session;
    TRY(store_restore(r->store, r->complaint, s));
    TRY(fail_session(r, session_restore(s, store_session(r->store), key_of, r)));
    TRY(fail_session(r, play_refresh_earlier(p)));
    TRY(fail_session(r, session_refresh(s)));
    return session_has_unreconciled_sends(s) ? OK : fail_session(r, session_check_heads(s)); /* else after the step */
}

static enum err fail_position(struct resume *r, enum err e)
{
    if (e == OK)
        return OK;
    const bool is_other = e == REJECT_STORE_MISMATCH;
    complain(r->complaint, (struct place){0, 0}, "%s",
             is_other ? "the store belongs to another scenario" : "corrupt store: the position in the scenario is malformed");
    return is_other ? e : REJECT_STORE_CORRUPT;
}

enum err resume_play(struct resume *r, struct play *p)
{
    const struct bytes position = store_position(r->store), mark = store_marked(r->store);
    r->binder = p->binder;
    if (position.len) {
        TRY(fail_position(r, read_position(r, p, position)));
        if (mark.len)
            TRY(fail_position(r, read_checkpoint(p, mark)));
        TRY(restore_play(r, p));
    }
    p->on_step_done = persist;
    p->persist_context = r;
    if (session_owns_l1(p->binder->session))
        return OK;
    p->on_checkpoint = store_checkpoint;
    return position.len ? OK : persist(r, p, 0); /* the deployment is complete */
}
