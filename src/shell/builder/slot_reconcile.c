/* A bundle that an earlier process sent, and did not live to see.
 *
 *     settled    the slot is finished as that process would have finished it: the rollups' blocks of the note are
 * executed again, must be the ones that SharedBridge settled, and are appended; the work gets its outcome reverted   a
 * lost race missed     what is built now takes its nonce, and pays more gone       nothing is left of it
 *
 *     note = rlp([ [ [rollup, block, bytes of data], .. ],
 *                  [ [keccak256(work), verdict, evicted, excluded, waits, reason, success, output, gas of the
 * operation, place in its rollup's block + 1 or 0], .. ] ])
 *
 * The verdict is an error's name. Works are in the order of their handles, and must be those that wait now. The calls
 * between chains are not in the note: the report of a slot that was finished so has none. */
#include "builder/slot_private.h"

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
static u64 place_of(const struct slot_run *slot, size_t work)
{
    const size_t chain = slot->work[work]->chain;
    if (chain == L1 || !slot->block[chain].is_open)
        return 0;
    const struct plan_chain *c = &slot->plan->chain[chain];
    for (size_t i = 0; i < c->item_count; i++)
        if (c->item[i].kind != ITEM_HANDLE && c->item[i].work == work && !slot->evicted[work])
            return slot->block[chain].item_tx[i] + 1;
    return 0;
}

static void note_work(struct buffer *out, struct slot_run *slot, size_t i)
{
    hash32 hash;
    const char *verdict = err_name(slot->verdict[i]), *reason = slot->reason[i] ? slot->reason[i] : "";
    work_hash(&hash, slot->arena, slot->work[i]);
    const size_t list = rlp_open(out);
    rlp_add_string(out, BYTES_OF(hash.b));
    rlp_add_string(out, bytes_of(verdict, strlen(verdict)));
    rlp_add_u64(out, slot->evicted[i]);
    rlp_add_u64(out, slot->excluded[i]);
    rlp_add_u64(out, slot->waits[i]);
    rlp_add_string(out, bytes_of(reason, strlen(reason)));
    rlp_add_u64(out, slot->simulated[i].success);
    rlp_add_string(out, slot->simulated[i].output);
    rlp_add_u64(out, slot->operation_gas[i]);
    rlp_add_u64(out, place_of(slot, i));
    rlp_close(out, list);
}

struct bytes slot_note(struct slot_run *slot)
{
    struct buffer out = buffer_in(slot->arena), block = buffer_in(slot->arena);
    const size_t all = rlp_open(&out), blocks = rlp_open(&out);
    for (size_t i = 1; i < slot->chain_count; i++) {
        const struct rollup_block *b = &slot->block[i];
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
    for (size_t i = 0; i < slot->work_count; i++)
        note_work(&out, slot, i);
    rlp_close(&out, works);
    rlp_close(&out, all);
    return buffer_bytes(&out);
}

/* --- reading --- */

struct finishing {
    struct slot_run *slot;
    const struct l1_reconciled *earlier;
    u64 *place;         /* per work */
    u64 *first_block;   /* per rollup; 0: not in the bundle */
    u64 *data_bytes;    /* per rollup */
    hash32 *statement;  /* per rollup, as it settled */
    size_t block_count;
};

static enum err other_work(struct slot_run *slot)
{
    return session_fail(slot->s, REJECT_STORE, BYTES_LITERAL("a bundle that an earlier process sent is of other work than what waits now"));
}

static enum err read_flag(struct rlp_reader *r, bool *out)
{
    u64 x;
    TRY(rlp_u64(r, &x));
    *out = x == 1;
    return x > 1 ? REJECT_STORE : OK;
}

static enum err read_verdict(struct rlp_reader *r, enum err *out)
{
    struct bytes name;
    TRY(rlp_string(r, &name));
    for (enum err e = OK; e < ERR_COUNT; e++)
        if (bytes_eq(name, bytes_of(err_name(e), strlen(err_name(e))))) {
            *out = e;
            return OK;
        }
    return REJECT_STORE;
}

static enum err read_work(struct finishing *f, struct rlp_reader *list, size_t i)
{
    struct slot_run *slot = f->slot;
    struct rlp_reader r;
    hash32 hash, want;
    struct bytes reason, output;
    TRY(rlp_list(list, &r));
    TRY(rlp_fixed(&r, hash.b, sizeof hash.b));
    TRY(read_verdict(&r, &slot->verdict[i]));
    TRY(read_flag(&r, &slot->evicted[i]));
    TRY(read_flag(&r, &slot->excluded[i]));
    TRY(read_flag(&r, &slot->waits[i]));
    TRY(rlp_string(&r, &reason));
    TRY(read_flag(&r, &slot->simulated[i].success));
    TRY(rlp_string(&r, &output));
    TRY(rlp_u64(&r, &slot->operation_gas[i]));
    TRY(rlp_u64(&r, &f->place[i]));
    TRY(rlp_end(&r));
    slot->simulated[i].output = output;
    if (reason.len) {
        slot->why.len = 0;
        buffer_add_bytes(&slot->why, reason);
        slot->reason[i] = slot_keep_text(slot, &slot->why);
        slot->why.len = 0;
    }
    work_hash(&want, slot->arena, slot->work[i]);
    return hash32_eq(&hash, &want) ? OK : REJECT_STORE;
}

static enum err read_works(struct finishing *f, struct rlp_reader *from)
{
    struct rlp_reader list;
    TRY(rlp_list(from, &list));
    for (size_t i = 0; i < f->slot->work_count; i++)
        TRY(read_work(f, &list, i));
    return rlp_end(&list);
}

/* Whether the bundle's transaction settled a rollup at this block, and with what statement. */
static bool has_settled(const struct finishing *f, hash32 *statement, u64 chain_id, const hash32 *block)
{
    enum { STATEMENT = 4 * 32, SIZE = 5 * 32 }; /* after state root, first and last block, data hash */
    static const char settled[] = "Settled(uint64,bytes32,bytes32,uint64,uint64,bytes32,bytes32)";
    const struct receipt *r = f->earlier->receipt;
    hash32 topic;
    keccak256(&topic, settled, sizeof settled - 1);
    for (u32 i = 0; i < r->log_count; i++) {
        const struct log *log = &r->log[i];
        struct abi_reader word = abi_reader(BYTES_OF(log->topic[1].b)); /* there are four, whatever the count */
        u64 id;
        if (log->topic_count == 3 && address_eq(&log->at, &f->slot->s->contracts.shared_bridge) &&
            hash32_eq(&log->topic[0], &topic) && abi_u64(&word, &id) == OK && id == chain_id && log->data.len == SIZE) {
            memcpy(statement->b, log->data.ptr + STATEMENT, sizeof statement->b);
            return hash32_eq(&log->topic[2], block);
        }
    }
    return false;
}

static enum err execute(struct ledger *l, const struct block *b)
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

static enum err take_block(struct finishing *f, struct rlp_reader *list)
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
    struct ledger *l = session_ledger(f->slot->s, chain_id, &chain);
    if (!l || chain == L1 || f->first_block[chain - 1])
        return REJECT_STORE;
    TRY(block_decode(&block, f->slot->arena, rlp, l->rules));
    if (!has_settled(f, &f->statement[chain - 1], chain_id, &block.hash))
        return REJECT_STORE;
    TRY(execute(l, &block));
    f->data_bytes[chain - 1] = data_bytes;
    f->first_block[chain - 1] = block.header.number;
    f->block_count++;
    return OK;
}

/* --- finishing --- */

static enum err report_work(struct finishing *f, size_t i)
{
    struct slot_run *slot = f->slot;
    struct work *w = slot->work[i];
    if (slot->verdict[i] != OK || slot->evicted[i] || slot->excluded[i])
        return OK;
    const bool on_l1 = w->report.is_operation;
    const struct ledger_block *b = on_l1 ? session_block_of(slot->s, f->earlier->receipt)
                                         : ledger_head(session_ledger_at(slot->s, w->chain));
    if (!on_l1 && (f->place[i] == 0 || f->place[i] > b->tx_count || !f->first_block[w->chain - 1]))
        return REJECT_STORE;
    const struct receipt *r = on_l1 ? f->earlier->receipt : &b->receipt[f->place[i] - 1];
    if (!on_l1)
        w->tx = b->tx[f->place[i] - 1];
    w->report.status = WORK_SETTLED;
    w->report.gas_used = on_l1 ? slot->operation_gas[i] : r->gas_used;
    w->report.created = r->created;
    w->report.block_number = b->header.number;
    w->report.log = r->log;
    w->report.log_count = r->log_count;
    w->report.tx_hash = on_l1 ? slot->bundle.hash : w->tx.hash;
    if (!on_l1)
        w->report.output = r->output;
    return OK;
}

static void report_slot(struct finishing *f)
{
    struct slot_run *slot = f->slot;
    struct session *s = slot->s;
    struct buffer raw = buffer_in(slot->arena);
    struct rollup_report *r = ARENA_TAKE_ZERO(slot->arena, struct rollup_report, f->block_count);
    size_t n = 0;
    for (size_t i = 0; i < s->rollup_count; i++) {
        const struct ledger_block *b = ledger_head(&s->rollup[i].ledger);
        if (!f->first_block[i])
            continue;
        u64 system = 0;
        for (u32 t = 0; t < b->tx_count; t++)
            system += b->tx[t].type == TX_SYSTEM;
        r[n++] = (struct rollup_report){
            .chain_id = s->rollup[i].rules.chain.chain_id,
            .first_block = b->header.number,
            .last_block = b->header.number,
            .gas_used = b->header.gas_used,
            .transactions = b->tx_count - system,
            .system_transactions = system,
            .block_hash = b->hash,
            .state_root = b->header.state_root,
            .statement = f->statement[i],
            .data_bytes = f->data_bytes[i],
            .attestations = s->prover_threshold,
        };
    }
    const bool in_blobs = slot->bundle.type == TX_BLOB;
    tx_encode(&raw, &slot->bundle);
    s->slot = (struct slot_report){
        .sent = true,
        .settled = true,
        .l1_tx_hash = slot->bundle.hash,
        .l1_block_number = session_block_of(s, f->earlier->receipt)->header.number,
        .l1_gas_used = f->earlier->receipt->gas_used,
        .l1_tx = buffer_bytes(&raw),
        .data = {.is_in_blobs = in_blobs, .calldata_fits = !in_blobs, .blobs_fit = in_blobs,
                 .reason = "as an earlier process chose"},
        .rollup = r,
        .rollup_count = n,
    };
}

static enum err finish(struct finishing *f)
{
    struct slot_run *slot = f->slot;
    struct rlp_reader r = rlp_reader(f->earlier->note), blocks;
    TRY(rlp_list(&r, &r));
    TRY(rlp_list(&r, &blocks));
    TRY(read_works(f, &r));
    TRY(rlp_end(&r));
    while (!rlp_at_end(&blocks))
        TRY(take_block(f, &blocks));
    slot_report_verdicts(slot);
    slot_report_evicted(slot);
    for (size_t i = 0; i < slot->work_count; i++)
        TRY(report_work(f, i));
    slot->receipt = f->earlier->receipt;
    slot_remember(slot, f->first_block, f->earlier->is_pinned);
    report_slot(f);
    return OK;
}

static enum err finish_settled(struct slot_run *slot, const struct l1_reconciled *earlier)
{
    const struct ledger_block *b = session_block_of(slot->s, earlier->receipt);
    struct finishing f = {
        .slot = slot,
        .earlier = earlier,
        .place = ARENA_TAKE_ZERO(slot->arena, u64, slot->work_count),
        .first_block = ARENA_TAKE_ZERO(slot->arena, u64, slot->s->rollup_count),
        .data_bytes = ARENA_TAKE_ZERO(slot->arena, u64, slot->s->rollup_count),
        .statement = ARENA_TAKE_ZERO(slot->arena, hash32, slot->s->rollup_count),
    };
    if (earlier->note.len == 0 || slot->forge)
        return session_fail(slot->s, REJECT_STORE, BYTES_LITERAL("a bundle of an earlier process has settled, and what it settled is not known"));
    slot->bundle = b->tx[earlier->receipt - b->receipt];
    const enum err e = finish(&f);
    if (e == OK)
        return earlier->as_expected ? OK : session_l1_fail(slot->s, REJECT_L1_DIFFERS);
    return err_is_fault(e) ? e : other_work(slot);
}

enum err slot_take_up(struct slot_run *slot, bool *done)
{
    struct session *s = slot->s;
    bool any = false;
    for (*done = false; !*done; any = true) {
        struct l1_reconciled earlier;
        TRY(session_l1_fail(s,
                            s->l1_source.methods->reconcile(s->l1_source.context, &s->l1, &earlier, &s->builder_key)));
        switch (earlier.fate) {
        case FATE_NONE:
            return any ? session_check_heads(s) : OK; /* another bundle is only built on what has settled */
        case FATE_GONE:
            break;
        case FATE_MISSED:
            slot_remember_sent(s, earlier.tx);
            break;
        case FATE_INCLUDED:
            if (earlier.purpose != PURPOSE_BUNDLE)
                break;
            if (earlier.receipt->success) {
                TRY(finish_settled(slot, &earlier));
                *done = true;
            } else if (earlier.note.len) {
                slot->races_lost++;
                slot->gas_lost += earlier.receipt->gas_used;
            }
        }
    }
    return OK;
}
