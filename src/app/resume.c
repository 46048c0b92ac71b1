#include "app/resume.h"

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

/* position = rlp([ keccak256(scenario), step, met, failed, [ [symbol, bytes], ... ] ])
 * bytes: a contract's address, or what a call returned. */
static enum err keep(void *context, struct play *p, u32 step)
{
    struct resume *r = context;
    const struct binder *b = p->binder;
    struct arena scratch;
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
        if (!b->binding[i].there || (kind != SYMBOL_CONTRACT && kind != SYMBOL_RESULT))
            continue;
        const size_t item = rlp_open(&out);
        rlp_add_u64(&out, i);
        rlp_add_string(&out, kind == SYMBOL_RESULT ? b->binding[i].raw : BYTES_OF(b->binding[i].at.b));
        rlp_close(&out, item);
    }
    rlp_close(&out, list);
    rlp_close(&out, all);
    const enum err e = store_commit(r->store, r->complaint, b->session, buffer_bytes(&out));
    arena_release(&scratch);
    return e;
}

static enum err bind(struct play *p, u64 symbol, struct bytes value)
{
    const struct binder *b = p->binder;
    if (symbol >= b->scenario->symbol_count)
        return REJECT_STORE;
    struct binding *binding = &b->binding[symbol];
    if (b->scenario->symbol[symbol].kind == SYMBOL_RESULT) {
        binding->raw = arena_copy(p->arena, value);
        TRY(abi_decode(p->arena, &binding->value, &binding->function->outputs, binding->raw, DECODED_BYTES_MAX, NULL));
    } else if (value.len == sizeof binding->at.b) {
        memcpy(binding->at.b, value.ptr, value.len);
    } else {
        return REJECT_STORE;
    }
    binding->there = true;
    return OK;
}

static enum err read_position(struct resume *r, struct play *p, struct bytes position)
{
    struct rlp_reader reader = rlp_reader(position), all, list, item;
    hash32 scenario;
    u64 step, met, failed;
    TRY(rlp_list(&reader, &all));
    TRY(rlp_fixed(&all, scenario.b, sizeof scenario.b));
    TRY(rlp_u64(&all, &step));
    TRY(rlp_u64(&all, &met));
    TRY(rlp_u64(&all, &failed));
    TRY(rlp_list(&all, &list));
    if (!hash32_eq(&scenario, &r->scenario) || step > p->binder->scenario->step_count)
        return REJECT_STORE;
    while (!rlp_at_end(&list)) {
        u64 symbol;
        struct bytes value;
        TRY(rlp_list(&list, &item));
        TRY(rlp_u64(&item, &symbol));
        TRY(rlp_string(&item, &value));
        TRY(bind(p, symbol, value));
    }
    p->first_step = (u32)step;
    p->report->met = (u32)met;
    p->report->failed = (u32)failed;
    return OK;
}

enum err resume_play(struct resume *r, struct play *p)
{
    const struct bytes position = store_position(r->store);
    if (position.len) {
        if (read_position(r, p, position) != OK) {
            complain(r->complaint, (struct place){0, 0}, "the store in its folder is of another scenario");
            return REJECT_STORE;
        }
        TRY(store_restore(r->store, r->complaint, p->binder->session));
    }
    p->kept = keep;
    p->kept_context = r;
    return OK;
}
