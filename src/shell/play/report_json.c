#include "play/report.h"

static void write_hash(struct json_writer *w, const char *key, const hash32 *h)
{
    json_write_key(w, key);
    json_write_hex(w, BYTES_OF(h->b));
}

static void write_u64(struct json_writer *w, const char *key, u64 x)
{
    json_write_key(w, key);
    json_write_u64(w, x);
}

static void write_bool(struct json_writer *w, const char *key, bool x)
{
    json_write_key(w, key);
    json_write_bool(w, x);
}

static void write_text(struct json_writer *w, const char *key, struct bytes text)
{
    json_write_key(w, key);
    json_write_string(w, text);
}

static void write_z(struct json_writer *w, const char *key, const char *text)
{
    json_write_key(w, key);
    json_write_z(w, text);
}

static void write_u256(struct json_writer *w, const char *key, const u256 *x)
{
    json_write_key(w, key);
    json_write_u256(w, x);
}

static void write_party(struct json_writer *w, const char *key, const struct report_party *p)
{
    json_write_key(w, key);
    json_write_object(w);
    write_z(w, "chain", p->chain);
    write_text(w, "name", p->name);
    json_write_key(w, "address");
    json_write_address(w, &p->at);
    json_write_end(w);
}

static void write_data(struct json_writer *w, const char *key, const struct report_data *d)
{
    json_write_key(w, key);
    json_write_object(w);
    json_write_key(w, "data");
    json_write_hex(w, d->raw);
    if (d->function) {
        if (*d->function)
            write_z(w, "name", d->function);
        if (d->signature)
            write_z(w, "signature", d->signature);
        json_write_key(w, "values");
        json_write_array(w);
        for (u32 i = 0; i < d->argument_count; i++) {
            json_write_object(w);
            const struct report_argument *a = &d->argument[i];
            struct buffer type = buffer_in(w->out->arena);
            abi_add_type(&type, a->type);
            write_text(w, "name", a->type->name);
            write_text(w, "type", buffer_bytes(&type));
            json_write_key(w, "value");
            abi_write_value(w, a->type, a->value);
            write_text(w, "text", a->text);
            json_write_end(w);
        }
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_call(struct json_writer *w, const struct report_call *c)
{
    json_write_object(w);
    write_u64(w, "number", c->number);
    write_u64(w, "depth", c->depth);
    write_bool(w, "inline", c->is_inline);
    write_bool(w, "view", c->is_lookup);
    write_party(w, "from", &c->from);
    write_party(w, "to", &c->to);
    write_u256(w, "value", &c->value);
    write_u64(w, "gasLimit", c->gas_limit);
    write_u64(w, "gasUsed", c->gas_used);
    write_data(w, "request", &c->request);
    write_bool(w, "success", c->success);
    write_data(w, "response", &c->response);
    write_hash(w, "requestHash", &c->request_hash);
    write_hash(w, "responseHash", &c->response_hash);
    json_write_end(w);
}

static void write_report_frame(struct json_writer *w, const struct report_frame *f)
{
    json_write_object(w);
    write_party(w, "from", &f->from);
    write_party(w, "to", &f->to);
    write_z(w, "kind", f->kind);
    write_u256(w, "value", &f->value);
    write_u64(w, "gasLimit", f->gas_limit);
    write_bool(w, "cutOff", f->is_cut_off);
    write_data(w, "request", &f->request);
    if (!f->is_cut_off) {
        write_u64(w, "gasUsed", f->gas_used);
        write_z(w, "halt", f->halt);
    }
    if (f->failed)
        write_data(w, "revert", &f->revert);
    if (f->skipped)
        write_u64(w, "skippedBefore", f->skipped);
    json_write_end(w);
}

static void write_work_members(struct json_writer *w, const struct report_work *work)
{
    write_z(w, "label", work->label);
    write_z(w, "kind", work->is_operation ? "operation" : "transaction");
    if (work->carried)
        write_bool(w, "carried", true);
    write_party(w, "account", &work->account);
    write_z(w, "status", work->status);
    if (work->reason.len)
        write_text(w, "reason", work->reason);
    write_u64(w, "gasUsed", work->gas_used);
    write_u64(w, "block", work->block_number);
    write_hash(w, "transaction", &work->tx_hash);
    json_write_key(w, "calls");
    json_write_array(w);
    for (u32 i = 0; i < work->call_count; i++)
        write_call(w, &work->call[i]);
    json_write_end(w);
    if (!work->frame_count)
        return;
    json_write_key(w, "trace");
    json_write_array(w);
    for (u32 i = 0; i < work->frame_count; i++)
        write_report_frame(w, &work->frame[i]);
    json_write_end(w);
}

static void write_forgery(struct json_writer *w, const struct report_forgery *f)
{
    json_write_object(w);
    write_text(w, "forgery", f->what);
    write_z(w, "expected", f->expected);
    write_bool(w, "settled", f->settled);
    if (f->rule.len)
        write_text(w, "refusedByRules", f->rule);
    else
        write_data(w, "refusedBy", &f->refused);
    write_bool(w, "chainsAsBefore", f->as_before);
    write_u64(w, "l1GasUsed", f->gas_used);
    write_bool(w, "met", f->met);
    json_write_end(w);
}

static void write_side(struct json_writer *w, const char *key, const struct report_side *s)
{
    static const char *const lane[LANE_COUNT] = {[REQUESTS_OUT] = "requestsOut",
                                                 [REQUESTS_IN] = "requestsIn",
                                                 [RESPONSES_OUT] = "responsesOut",
                                                 [RESPONSES_IN] = "responsesIn"};
    json_write_key(w, key);
    json_write_object(w);
    write_z(w, "chain", s->chain);
    for (int i = 0; i < LANE_COUNT; i++)
        write_hash(w, lane[i], &s->mailbox.lane[i]);
    write_u256(w, "valueOut", &s->mailbox.value_out);
    write_u256(w, "valueIn", &s->mailbox.value_in);
    json_write_end(w);
}

static void write_prover(struct json_writer *w, const struct report_prover *r)
{
    json_write_object(w);
    write_z(w, "url", r->place);
    write_z(w, "chain", r->chain);
    write_z(w, "outcome", r->outcome);
    if (r->why)
        write_z(w, "why", r->why);
    write_u64(w, "elapsedMicroseconds", r->elapsed_us);
    json_write_end(w);
}

static void write_report_rollup(struct json_writer *w, const struct report_rollup *r)
{
    json_write_object(w);
    write_z(w, "chain", r->chain);
    write_u64(w, "firstBlock", r->first_block);
    write_u64(w, "lastBlock", r->last_block);
    write_u64(w, "gasUsed", r->gas_used);
    write_u64(w, "transactions", r->transactions);
    write_u64(w, "systemTransactions", r->system_transactions);
    write_u64(w, "dataBytes", r->data_bytes);
    write_u64(w, "attestations", r->attestations);
    write_hash(w, "blockHash", &r->block_hash);
    write_hash(w, "stateRoot", &r->state_root);
    write_hash(w, "statement", &r->statement);
    json_write_end(w);
}

static void write_data_place(struct json_writer *w, const struct data_report *d)
{
    json_write_key(w, "data");
    json_write_object(w);
    write_z(w, "place", d->is_in_blobs ? "blobs" : "calldata");
    write_z(w, "reason", d->reason);
    write_u64(w, "blobs", d->blob_count);
    write_bool(w, "calldataFits", d->calldata_fits);
    write_bool(w, "blobsFit", d->blobs_fit);
    write_u256(w, "calldataWei", &d->calldata_wei);
    write_u256(w, "blobsWei", &d->blobs_wei);
    write_u64(w, "delegatedAhead", d->delegated_ahead);
    write_u64(w, "delegationGasUsed", d->delegation_gas_used);
    json_write_end(w);
}

static void write_settlement(struct json_writer *w, const struct report_slot *s)
{
    json_write_key(w, "settlement");
    json_write_object(w);
    write_bool(w, "sent", s->sent);
    write_bool(w, "settled", s->settled);
    if (s->sent) {
        write_u64(w, "l1Block", s->l1_block_number);
        write_hash(w, "l1Transaction", &s->l1_tx_hash);
        write_u64(w, "l1TransactionBytes", s->l1_tx_bytes);
        write_u64(w, "l1GasUsed", s->l1_gas_used);
        write_data_place(w, &s->data);
    }
    if (s->races_lost) {
        write_u64(w, "racesLost", s->races_lost);
        write_u64(w, "gasLost", s->gas_lost);
    }
    if (s->sent && !s->settled)
        write_data(w, "revert", &s->revert);
    json_write_key(w, "rollups");
    json_write_array(w);
    for (u32 i = 0; i < s->rollup_count; i++)
        write_report_rollup(w, &s->rollup[i]);
    json_write_end(w);
    json_write_key(w, "provers");
    json_write_array(w);
    for (u32 i = 0; i < s->prover_count; i++)
        write_prover(w, &s->prover[i]);
    json_write_end(w);
    json_write_end(w);
}

static void write_report_slot(struct json_writer *w, const struct report_slot *s)
{
    write_z(w, "slot", s->label);
    json_write_key(w, "work");
    json_write_array(w);
    for (u32 i = 0; i < s->work_count; i++) {
        json_write_object(w);
        write_work_members(w, &s->work[i]);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_key(w, "forgeries");
    json_write_array(w);
    for (u32 i = 0; i < s->forgery_count; i++)
        write_forgery(w, &s->forgery[i]);
    json_write_end(w);
    json_write_key(w, "mailboxes");
    json_write_array(w);
    for (u32 i = 0; i < s->pair_count; i++) {
        json_write_object(w);
        write_side(w, "here", &s->pair[i].here);
        write_side(w, "there", &s->pair[i].there);
        json_write_end(w);
    }
    json_write_end(w);
    write_settlement(w, s);
}

static void write_verdicts(struct json_writer *w, const struct report_verdicts *v)
{
    json_write_key(w, "expectations");
    json_write_array(w);
    for (u32 i = 0; i < v->count; i++) {
        json_write_object(w);
        write_text(w, "expectation", v->item[i].what);
        write_u64(w, "line", v->item[i].place.line);
        write_bool(w, "met", v->item[i].met);
        if (!v->item[i].met)
            write_text(w, "got", v->item[i].got);
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_item(struct json_writer *w, const struct report_item *item)
{
    json_write_object(w);
    switch (item->kind) {
    case REPORT_CONTRACT:
        write_party(w, "contract", &item->contract.where);
        write_text(w, "artifact", item->contract.artifact);
        write_u64(w, "gasUsed", item->contract.gas_used);
        break;
    case REPORT_WORK:
        write_work_members(w, &item->work);
        break;
    case REPORT_READ:
        write_z(w, "read", item->read.name);
        write_text(w, "value", item->read.text);
        break;
    case REPORT_SLOT:
        write_report_slot(w, &item->slot);
        break;
    case REPORT_VERDICTS:
        write_verdicts(w, &item->verdicts);
        break;
    }
    json_write_end(w);
}

void report_write_json(struct json_writer *w, const struct report *r)
{
    json_write_object(w);
    write_z(w, "scenario", r->title);
    write_z(w, "file", r->file);
    write_bool(w, "passed", r->failed == 0);
    write_u64(w, "met", r->met);
    write_u64(w, "failed", r->failed);
    json_write_key(w, "chains");
    json_write_array(w);
    for (u32 i = 0; i < r->chain_count; i++) {
        json_write_object(w);
        write_z(w, "name", r->chain[i].name);
        write_z(w, "kind", r->chain[i].kind);
        write_u64(w, "id", r->chain[i].id);
        write_z(w, "fork", r->chain[i].fork);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_key(w, "provers");
    json_write_object(w);
    write_u64(w, "count", r->prover_count);
    write_u64(w, "threshold", r->prover_threshold);
    json_write_end(w);
    json_write_key(w, "steps");
    json_write_array(w);
    for (u32 i = 0; i < r->item.count; i++)
        write_item(w, &r->item.item[i]);
    json_write_end(w);
    json_write_end(w);
    json_write_finish(w);
}
