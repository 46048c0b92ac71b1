/* The chains of a session as ledgers. */
#include "builder/session_chains.h"

#include "builder/session_private.h"
#include "codec/text.h"

size_t session_chain_count(const struct session *s)
{
    return s->rollup_count + 1;
}

struct ledger *session_ledger_at(struct session *s, size_t chain)
{
    return chain == 0 ? &s->l1 : &s->rollup[chain - 1].ledger;
}

struct ledger *session_ledger(struct session *s, u64 chain_id, size_t *chain)
{
    for (size_t i = 0; i <= s->rollup_count; i++) {
        struct ledger *l = session_ledger_at(s, i);
        if (l->rules->chain_id == chain_id) {
            if (chain)
                *chain = i;
            return l;
        }
    }
    return NULL;
}

enum err session_unknown_chain(struct session *s, u64 chain_id)
{
    struct buffer why = buffer_in(&s->slot_arena);
    text_add(&why, "unknown chain ");
    text_add_u64(&why, chain_id);
    return session_fail(s, REJECT_UNKNOWN_CHAIN, buffer_bytes(&why));
}

enum err session_nonce(struct session *s, u64 *out, size_t chain, const address *at)
{
    struct state *view = ledger_view(session_ledger_at(s, chain));
    const struct account *a;
    const enum err e = state_account(view, &a, NULL, at);
    if (e == OK)
        *out = a->nonce;
    state_release(view);
    return e;
}

void session_reset(struct session *s, const u64 *head)
{
    for (size_t i = 0; i <= s->rollup_count; i++)
        ledger_drop_after(session_ledger_at(s, i), head[i]);
    s->work.count = 0;
    s->first_open = 0;
}
