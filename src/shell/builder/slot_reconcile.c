/* A bundle that an earlier process broadcast and did not finish.
 *
 *     included, success    the slot is finished as that process would have finished it: the rollups' blocks of the note
 *                          are executed again, must be the ones that SharedBridge settled, and are appended; the work
 *                          gets its receipts
 *     included, reverted   a lost race
 *     missed               the next bundle takes its nonce, and pays more
 *     replaced             nothing is left of it
 *
 *     note = rlp([ [ [rollup, block, bytes of data], .. ],
 *                  [ [keccak256(work), error, evicted, left out, deferred, reason, success, output,
 *                     gas of the operation, place in its rollup's block + 1 or 0], .. ] ])
 *
 * The error is a name of err.def. Works are in the order of their handles, and must be those that are pending now.
 * Calls between chains are not in the note: the report of a slot that was finished from it has none. */
#include "builder/slot_stages.h"

#include "bridge/events.h"
#include "builder/session_persist.h"
#include "codec/abi.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

/* --- writing --- */

static void work_hash(hash32 *out, struct arena *scratch, const struct work *w)
{
    struct buffer b = buffer_in(scratch);
    work_encode(&b, w);
    keccak256(out, b.ptr, b.len);
}

/* Where the work's own transaction is in its rollup's block, counted from 1; 0: it has none. */
static u64 place_in_block(const struct second_pass *second, const struct slot_works *work, size_t i)
{
    const size_t chain = work->item[i].work->chain;
    if (chain == L1 || !second->block[chain].is_open || is_evicted(work, i))
        return 0;
    const struct plan_chain *c = &second->plan->chain[chain];
    for (size_t k = 0; k < c->item.count; k++)
        if (c->item.item[k].kind != ITEM_HANDLE && c->item.item[k].work == i)
            return second->block[chain].item_tx[k] + 1;
    return 0;
}

static void note_work(struct buffer *out, const struct second_pass *second, const struct slot_works *work, size_t i)
{
    const struct slot_work *w = &work->item[i];
    const char *error = err_name(w->error), *reason = w->reason ? w->reason : "";
    hash32 hash;
    work_hash(&hash, out->arena, w->work);
    const size_t list = rlp_open(out);
    rlp_add_string(out, BYTES_OF(hash.b));
    rlp_add_string(out, bytes_of(error, strlen(error)));
    rlp_add_u64(out, w->fate == FATE_EVICTED);
    rlp_add_u64(out, w->fate == FATE_EXCLUDED || w->fate == FATE_DEFERRED);
    rlp_add_u64(out, w->fate == FATE_DEFERRED);
    rlp_add_string(out, bytes_of(reason, strlen(reason)));
    rlp_add_u64(out, w->simulated.success);
    rlp_add_string(out, w->simulated.output);
    rlp_add_u64(out, w->operation_gas);
    rlp_add_u64(out, place_in_block(second, work, i));
    rlp_close(out, list);
}

struct bytes slot_note(struct arena *arena, const struct second_pass *second, const struct slot_works *work)
{
    struct buffer out = buffer_in(arena), block = buffer_in(arena);
    const size_t all = rlp_open(&out), blocks = rlp_open(&out);
    for (size_t i = 1; i < second->chain_count; i++) {
        const struct rollup_block *b = &second->block[i];
        if (!b->is_open)
            continue;
        const size_t one = rlp_open(&out);
        block.len = 0;
        block_encode(&block, &b->header, b->run.tx.item, (u32)b->run.tx.count, NULL, 0, NULL, 0);
        rlp_add_u64(&out, b->transition.chain_id);
        rlp_add_string(&out, buffer_bytes(&block));
        rlp_add_u64(&out, b->batch.len);
        rlp_close(&out, one);
    }
    rlp_close(&out, blocks);
    const size_t works = rlp_open(&out);
    for (size_t i = 0; i < work->count; i++)
        note_work(&out, second, work, i);
    rlp_close(&out, works);
    rlp_close(&out, all);
    return buffer_bytes(&out);
}

/* --- reading --- */

struct finishing {
    struct session *s;
    struct arena *arena;
    const struct l1_reconciled *found;
    struct tx bundle;
    struct slot_works work;
    u64 *place;         /* per work */
    u64 *first_block;   /* per rollup; 0: not in the bundle */
    u64 *data_bytes;    /* per rollup */
    hash32 *statement;  /* per rollup, as it settled */
    size_t block_count;
};

static enum err read_note_flag(struct rlp_reader *r, bool *out)
{
    u64 x;
    TRY(rlp_u64(r, &x));
    *out = x == 1;
    return x > 1 ? REJECT_STORE_CORRUPT : OK;
}

static enum err read_err_name(struct rlp_reader *r, enum err *out)
{
    struct bytes name;
    TRY(rlp_string(r, &name));
    for (enum err e = OK; e < ERR_COUNT; e++)
        if (bytes_eq(name, bytes_of(err_name(e), strlen(err_name(e))))) {
            *out = e;
            return OK;
        }
    return REJECT_STORE_CORRUPT;
}

static enum err read_fate(struct rlp_reader *r, struct slot_work *w)
{
    bool is_evicted, is_left_out, is_deferred;
    TRY(read_err_name(r, &w->error));
    TRY(read_note_flag(r, &is_evicted));
    TRY(read_note_flag(r, &is_left_out));
    TRY(read_note_flag(r, &is_deferred));
    w->fate = is_deferred        ? FATE_DEFERRED
              : is_left_out      ? FATE_EXCLUDED
              : is_evicted       ? FATE_EVICTED
              : w->error == OK   ? FATE_INCLUDED
                               : FATE_REFUSED;
    return OK;
}

static enum err read_noted_work(struct finishing *f, struct rlp_reader *list, size_t i)
{
    struct slot_work *w = &f->work.item[i];
    struct rlp_reader r;
    hash32 hash, expected;
    struct bytes reason;
    TRY(rlp_list(list, &r));
    TRY(rlp_fixed(&r, hash.b, sizeof hash.b));
    TRY(read_fate(&r, w));
    TRY(rlp_string(&r, &reason));
    TRY(read_note_flag(&r, &w->simulated.success));
    TRY(rlp_string(&r, &w->simulated.output));
    TRY(rlp_u64(&r, &w->operation_gas));
    TRY(rlp_u64(&r, &f->place[i]));
    TRY(rlp_end(&r));
    if (reason.len) {
        struct buffer text = buffer_in(f->arena);
        buffer_add_bytes(&text, reason);
        w->reason = slot_message(f->arena, &text);
    }
    work_hash(&expected, f->arena, w->work);
    return hash32_eq(&hash, &expected) ? OK : REJECT_STORE_MISMATCH;
}

static enum err read_noted_works(struct finishing *f, struct rlp_reader *from)
{
    struct rlp_reader list;
    TRY(rlp_list(from, &list));
    for (size_t i = 0; i < f->work.count; i++) {
        if (rlp_at_end(&list))
            return REJECT_STORE_MISMATCH;
        TRY(read_noted_work(f, &list, i));
    }
    return rlp_at_end(&list) ? OK : REJECT_STORE_MISMATCH;
}

/* Whether the bundle's transaction settled a rollup at this block, and with what statement. */
static bool has_settled(const struct finishing *f, hash32 *statement, u64 chain_id, const hash32 *block)
{
    const struct receipt *r = f->found->receipt;
    for (u32 i = 0; i < r->log_count; i++) {
        struct settled_event settled;
        if (address_eq(&r->log[i].at, &f->s->contracts.shared_bridge) && log_settled(&settled, &r->log[i]) == OK &&
            settled.chain_id == chain_id) {
            *statement = settled.statement;
            return hash32_eq(&settled.block_hash, block);
        }
    }
    return false;
}

static enum err execute_noted_block(struct ledger *l, const struct block *b)
{
    struct block_run run;
    struct state *view = ledger_view(l);
    const struct ledger_block *head = ledger_head(l);
    const enum err e =
        block_execute(&run, &l->machine, l->rules, view, &head->header, &head->hash, &l->ancestors, b, NULL);
    if (e == OK)
        ledger_append(l, &b->header, &run, view);
    block_release(&run);
    state_release(view);
    return e;
}

static enum err append_reconciled_block(struct finishing *f, struct rlp_reader *list)
{
    struct rlp_reader r;
    struct bytes rlp;
    struct block block;
    u64 chain_id, data_bytes;
    size_t chain;
    TRY(rlp_list(list, &r));
    TRY(rlp_u64(&r, &chain_id));
    TRY(rlp_string(&r, &rlp));
    TRY(rlp_u64(&r, &data_bytes));
    TRY(rlp_end(&r));
    struct ledger *l = session_ledger(f->s, chain_id, &chain);
    if (!l || chain == L1 || f->first_block[chain - 1])
        return REJECT_STORE_CORRUPT;
    TRY(block_decode(&block, f->arena, rlp, l->rules));
    if (!has_settled(f, &f->statement[chain - 1], chain_id, &block.hash))
        return REJECT_STORE_CORRUPT;
    TRY(execute_noted_block(l, &block));
    f->data_bytes[chain - 1] = data_bytes;
    f->first_block[chain - 1] = block.header.number;
    f->block_count++;
    return OK;
}

/* --- finishing --- */

static enum err report_work(struct finishing *f, size_t i)
{
    const struct slot_work *w = &f->work.item[i];
    if (w->fate != FATE_INCLUDED)
        return OK;
    struct work_report *report = &f->s->work.item[w->handle]->report;
    const bool on_l1 = report->is_operation;
    const struct ledger_block *b = on_l1 ? session_block_of(f->s, f->found->receipt)
                                         : ledger_head(session_ledger_at(f->s, w->work->chain));
    if (!on_l1 && (f->place[i] == 0 || f->place[i] > b->tx_count || !f->first_block[w->work->chain - 1]))
        return REJECT_STORE_CORRUPT;
    const struct receipt *r = on_l1 ? f->found->receipt : &b->receipt[f->place[i] - 1];
    report->status = WORK_SETTLED;
    report->gas_used = on_l1 ? w->operation_gas : r->gas_used;
    report->created = r->created;
    report->block_number = b->header.number;
    report->log = r->log;
    report->log_count = r->log_count;
    report->tx_hash = on_l1 ? f->bundle.hash : b->tx[f->place[i] - 1].hash;
    if (!on_l1)
        report->output = r->output;
    return OK;
}

static struct rollup_report report_rollup(const struct finishing *f, size_t i)
{
    const struct ledger_block *b = ledger_head(&f->s->rollup[i].ledger);
    u64 system = 0;
    for (u32 t = 0; t < b->tx_count; t++)
        system += b->tx[t].type == TX_SYSTEM;
    return (struct rollup_report){
        .chain_id = f->s->rollup[i].rules.chain.chain_id,
        .first_block = b->header.number,
        .last_block = b->header.number,
        .gas_used = b->header.gas_used,
        .transactions = b->tx_count - system,
        .system_transactions = system,
        .block_hash = b->hash,
        .state_root = b->header.state_root,
        .statement = f->statement[i],
        .data_bytes = f->data_bytes[i],
        .attestations = f->s->provers.threshold,
    };
}

static void report_slot(struct finishing *f)
{
    struct session *s = f->s;
    struct buffer raw = buffer_in(f->arena);
    struct rollup_report *r = ARENA_TAKE_ZERO(f->arena, struct rollup_report, f->block_count);
    const bool in_blobs = f->bundle.type == TX_BLOB;
    size_t n = 0;
    for (size_t i = 0; i < s->rollup_count; i++)
        if (f->first_block[i])
            r[n++] = report_rollup(f, i);
    tx_encode(&raw, &f->bundle);
    s->slot = (struct slot_report){
        .sent = true,
        .settled = true,
        .l1_tx_hash = f->bundle.hash,
        .l1_block_number = session_block_of(s, f->found->receipt)->header.number,
        .l1_gas_used = f->found->receipt->gas_used,
        .l1_tx = buffer_bytes(&raw),
        .data = {.is_in_blobs = in_blobs, .calldata_fits = !in_blobs, .blobs_fit = in_blobs,
                 .reason = "chosen by an earlier process"},
        .rollup = r,
        .rollup_count = n,
    };
}

static enum err finish_from_note(struct finishing *f)
{
    struct rlp_reader r = rlp_reader(f->found->note), blocks;
    TRY(rlp_list(&r, &r));
    TRY(rlp_list(&r, &blocks));
    TRY(read_noted_works(f, &r));
    TRY(rlp_end(&r));
    while (!rlp_at_end(&blocks))
        TRY(append_reconciled_block(f, &blocks));
    slot_report_simulated(f->s, &f->work);
    slot_report_left_out(f->s, &f->work);
    for (size_t i = 0; i < f->work.count; i++)
        TRY(report_work(f, i));
    slot_record_inclusion(f->s, &f->work, f->first_block, f->found->is_pinned, f->found->receipt);
    report_slot(f);
    return OK;
}

static enum err finish_settled(struct session *s, struct arena *arena, const struct slot_env *env,
                               const struct slot_works *work, const struct l1_reconciled *found)
{
    const struct ledger_block *b = session_block_of(s, found->receipt);
    struct finishing f = {
        .s = s,
        .arena = arena,
        .found = found,
        .bundle = b->tx[found->receipt - b->receipt],
        .work = slot_works_copy(work, arena),
        .place = ARENA_TAKE_ZERO(arena, u64, work->count),
        .first_block = ARENA_TAKE_ZERO(arena, u64, s->rollup_count),
        .data_bytes = ARENA_TAKE_ZERO(arena, u64, s->rollup_count),
        .statement = ARENA_TAKE_ZERO(arena, hash32, s->rollup_count),
    };
    if (found->note.len == 0 || env->is_forged)
        return session_fail(s, REJECT_STORE_CORRUPT, BYTES_LITERAL("a bundle of an earlier process has settled, but the store has no record of what is in it"));
    const enum err e = finish_from_note(&f);
    if (e == OK)
        return found->as_expected ? OK : session_l1_fail(s, REJECT_L1_DIFFERS);
    if (e == REJECT_STORE_MISMATCH)
        return session_fail(s, e, BYTES_LITERAL("a bundle of an earlier process holds other work than what is pending now"));
    return err_is_fault(e) ? e : session_fail(s, REJECT_STORE_CORRUPT, BYTES_LITERAL("the record of a bundle of an earlier process is corrupt"));
}

enum err slot_reconcile(struct reconciled_slot *out, struct session *s, struct arena *arena, const struct slot_env *env,
                        const struct slot_works *work)
{
    const struct l1_source *l1 = &s->l1_source;
    *out = (struct reconciled_slot){0};
    for (bool any = false; !out->is_finished; any = true) {
        struct l1_reconciled found;
        TRY(session_l1_fail(s, l1->methods->reconcile(l1->context, &s->l1, &found, &s->builder_key)));
        switch (found.outcome) {
        case OUTCOME_NONE:
            return any ? session_check_heads(s) : OK; /* a new bundle is only built on what has settled */
        case OUTCOME_REPLACED:
            break;
        case OUTCOME_MISSED:
            session_record_lost_bundle(s, found.tx);
            break;
        case OUTCOME_INCLUDED:
            if (found.purpose != PURPOSE_BUNDLE)
                break;
            if (found.receipt->success) {
                TRY(finish_settled(s, arena, env, work, &found));
                out->is_finished = true;
            } else if (found.note.len) {
                out->races_lost++;
                out->gas_lost += found.receipt->gas_used;
            }
        }
    }
    return OK;
}
