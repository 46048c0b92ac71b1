/* What the forced queues on L1 ask of the rollups' next blocks, read from L1's state. Nothing of it is stored here, so
 * a reorg of L1 needs no care: the next slot reads again. docs/protocol.md section 14. */
#include "builder/slot_stages.h"

#include "builder/query.h"
#include "codec/abi.h"

static enum err call_queue(struct session *s, struct bytes *output, struct bytes data)
{
    const address zero = {{0}};
    const u256 nothing = {0};
    bool success;
    TRY(session_call(s, &success, output, s->l1_rules.chain_id, &zero, &s->contracts.forced_queue, &nothing, data));
    return success ? OK : session_fail(s, REJECT_SET_UP, BYTES_LITERAL("a view of ForcedQueue reverted"));
}

/* The next entry that the rollup's head has not taken, and how many L1's head has. */
static enum err read_queue_position(struct session *s, u64 *taken, u64 *enqueued, size_t index)
{
    const u64 chain_id = s->rollup[index].rules.chain.chain_id;
    struct state *view = ledger_view(&s->rollup[index].ledger);
    struct bytes output;
    const enum err e = rollup_forced(view, taken, NULL);
    state_release(view);
    TRY(e);
    TRY(call_queue(s, &output, calldata_position(&s->slot_arena, chain_id)));
    struct abi_reader r = abi_reader(output);
    return abi_u64(&r, enqueued);
}

/* At most what half of a block has room for, and one: a builder owes L1 less than that for a settlement. */
static enum err read_entries(struct session *s, struct forced_list *out, struct arena *arena, size_t index)
{
    const struct rollup_rules *rules = &s->rollup[index].rules;
    LIST(struct forced_entry) list = {0};
    u64 taken, enqueued, cost = 0;
    TRY(read_queue_position(s, &taken, &enqueued, index));
    for (u64 i = taken; i < enqueued; i++) {
        struct forced_entry e;
        struct bytes output;
        TRY(call_queue(s, &output, calldata_entry(&s->slot_arena, rules->chain.chain_id, i)));
        TRY(forced_entry_decode(&e, output));
        cost += forced_entry_cost(&e);
        if (list.count && cost > rules->gas_limit / 2)
            break;
        *LIST_ADD(&list, arena) = e;
    }
    *out = (struct forced_list){list.item, list.count};
    return OK;
}

enum err slot_read_forced(const struct forced_list **out, struct session *s, struct arena *arena)
{
    struct forced_list *list = ARENA_TAKE_ZERO(arena, struct forced_list, s->rollup_count + 1);
    for (size_t i = 0; i < s->rollup_count && !s->ignores_forced; i++)
        TRY(read_entries(s, &list[i + 1], arena, i));
    *out = list;
    return OK;
}

enum err session_forced_waiting(struct session *s, u64 *count, u64 chain_id)
{
    for (size_t i = 0; i < s->rollup_count; i++)
        if (s->rollup[i].rules.chain.chain_id == chain_id) {
            u64 taken, enqueued;
            TRY(read_queue_position(s, &taken, &enqueued, i));
            *count = enqueued > taken ? enqueued - taken : 0;
            return OK;
        }
    return session_unknown_chain(s, chain_id);
}

enum err session_has_forced(struct session *s, bool *out)
{
    *out = false;
    for (size_t i = 0; i < s->rollup_count && !*out && !s->ignores_forced; i++) {
        u64 taken, enqueued;
        TRY(read_queue_position(s, &taken, &enqueued, i));
        *out = enqueued > taken;
    }
    return OK;
}

void session_ignore_forced(struct session *s, bool ignores)
{
    s->ignores_forced = ignores;
}
