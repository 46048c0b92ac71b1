#include "play/report.h"

#include "codec/hex.h"
#include "codec/text.h"

#include <stdio.h>

enum { MARGIN = 2, HASH_DIGITS = 6 };

/* --- words ------------------------------------------------------------------------------------ */

/* "12,345" */
static void add_grouped(struct page *p, u64 x)
{
    char digits[24], out[32];
    const int len = snprintf(digits, sizeof digits, "%lu", (unsigned long)x);
    size_t at = 0;
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = 0;
    page_add(p, out);
}

/* "1.25 ether", "30 gwei", "12 wei": exact. */
static void add_wei(struct page *p, const u256 *wei)
{
    struct buffer digits = buffer_in(p->text.arena);
    text_add_u256(&digits, wei);
    const size_t power = u256_is_zero(wei) || digits.len > 14 ? 18 : digits.len > 8 ? 9 : 0;
    u8 padded[18 + 80];
    memset(padded, '0', 18);
    memcpy(padded + 18, digits.ptr, digits.len);
    const size_t len = 18 + digits.len, point = len - power;
    size_t first = 0, end = len;
    while (first + 1 < point && padded[first] == '0')
        first++;
    while (end > point && padded[end - 1] == '0')
        end--;
    page_add_bytes(p, bytes_of(padded + first, point - first));
    if (end > point) {
        page_add(p, ".");
        page_add_bytes(p, bytes_of(padded + point, end - point));
    }
    page_add(p, power == 18 ? " ether" : power == 9 ? " gwei" : " wei");
}

/* In full where there is room, else 0x123456…abcdef. */
static void add_hash(struct page *p, const hash32 *h, bool whole)
{
    struct buffer text = buffer_in(p->text.arena);
    text_add_hex(&text, BYTES_OF(h->b));
    if (whole) {
        page_add_bytes(p, buffer_bytes(&text));
        return;
    }
    page_add_bytes(p, bytes_of(text.ptr, 2 + HASH_DIGITS));
    page_add(p, "…");
    page_add_bytes(p, bytes_of(text.ptr + text.len - HASH_DIGITS, HASH_DIGITS));
}

static void add_party(struct page *p, const struct report_party *party)
{
    page_say(p, STYLE_QUIET, party->chain);
    page_add(p, " ");
    page_style(p, STYLE_STRONG);
    page_add_bytes(p, party->name);
    page_style(p, STYLE_PLAIN);
}

static void add_gas(struct page *p, u64 gas)
{
    page_style(p, STYLE_QUIET);
    add_grouped(p, gas);
    page_add(p, " gas");
    page_style(p, STYLE_PLAIN);
}

/* Right-aligned at the edge: gas. */
static void add_gas_at_edge(struct page *p, u64 gas)
{
    char digits[24];
    const int len = snprintf(digits, sizeof digits, "%lu", (unsigned long)gas);
    const u32 columns = (u32)(len + (len - 1) / 3) + 4;
    page_to(p, p->width > columns ? p->width - columns : 0);
    add_gas(p, gas);
}

/* "swap(amount: 5, to: alice)" as one text to wrap. */
static struct bytes data_text(struct arena *arena, const struct report_data *d)
{
    struct buffer b = buffer_in(arena);
    if (!d->function) {
        if (d->raw.len == 0)
            text_add(&b, "(no data)");
        else
            text_add_hex_cut(&b, d->raw, 36);
        return buffer_bytes(&b);
    }
    if (!*d->function && d->argument_count == 0)
        text_add(&b, "ok");
    text_add_z(&b, d->function);
    const bool single = !*d->function && d->argument_count == 1;
    const bool bare = single || (!*d->function && d->argument_count == 0);
    if (!bare)
        text_add(&b, "(");
    for (u32 i = 0; i < d->argument_count; i++) {
        if (i)
            text_add(&b, ", ");
        if (d->argument[i].type->name.len && !single) {
            text_add_safe(&b, d->argument[i].type->name, 64);
            text_add(&b, ": ");
        }
        text_add_bytes(&b, d->argument[i].text);
    }
    if (!bare)
        text_add(&b, ")");
    return buffer_bytes(&b);
}

static void add_data(struct page *p, u32 indent, const struct report_data *d)
{
    page_wrap(p, indent, data_text(p->text.arena, d));
}

static void add_heading(struct page *p, const char *text)
{
    page_line(p);
    page_to(p, MARGIN);
    page_say(p, STYLE_QUIET, text);
    page_line(p);
}

/* --- before the slots --------------------------------------------------------------------------- */

void report_print_head(struct page *p, const struct report *r)
{
    page_line(p);
    page_say(p, STYLE_STRONG, r->title);
    page_to(p, p->width > strlen(r->file) ? p->width - (u32)strlen(r->file) : 0);
    page_say(p, STYLE_QUIET, r->file);
    page_line(p);
    if (r->about) {
        page_wrap(p, 0, bytes_of(r->about, strlen(r->about)));
        page_line(p);
    }
    add_heading(p, "chains");
    for (u32 i = 0; i < r->chain_count; i++) {
        const struct report_chain *c = &r->chain[i];
        page_to(p, 4);
        page_say(p, STYLE_STRONG, c->name);
        page_to(p, 20);
        page_addf(p, "%s, chain %lu, %s rules", c->kind, (unsigned long)c->id, c->fork);
        if (strcmp(c->kind, "l1") != 0)
            page_addf(p, ", attested by %lu of %lu provers", (unsigned long)r->prover_threshold,
                      (unsigned long)r->prover_count);
        page_line(p);
    }
}

static void print_contract(struct page *p, const struct report_contract *c, bool first)
{
    if (first)
        add_heading(p, "contracts");
    page_to(p, 4);
    page_style(p, STYLE_STRONG);
    page_add_bytes(p, c->where.name);
    page_style(p, STYLE_PLAIN);
    page_to(p, 20);
    page_say(p, STYLE_QUIET, c->where.chain);
    page_to(p, 30);
    u8 text[42];
    address_write(text, &c->where.at);
    page_style(p, STYLE_QUIET);
    page_add_bytes(p, BYTES_OF(text));
    page_style(p, STYLE_PLAIN);
    if (c->gas_used)
        add_gas_at_edge(p, c->gas_used);
    page_line(p);
}

static void print_read(struct page *p, const char *name, struct bytes text, bool first)
{
    if (first)
        add_heading(p, "read");
    page_to(p, 4);
    page_say(p, STYLE_STRONG, name);
    page_to(p, 20);
    page_wrap(p, 20, text);
    page_line(p);
}

/* --- the timeline ------------------------------------------------------------------------------- */

static void print_call(struct page *p, const struct report_call *c)
{
    const u32 indent = 6 + 3 * c->depth, body = indent + 4;
    page_to(p, indent);
    page_addf(p, "%u", c->number);
    page_to(p, body);
    add_party(p, &c->from);
    page_say(p, STYLE_NOTE, c->is_inline ? " ⇢ " : " → ");
    add_party(p, &c->to);
    if (c->is_lookup)
        page_say(p, STYLE_NOTE, "  view");
    if (!u256_is_zero(&c->value)) {
        page_add(p, "  ");
        page_style(p, STYLE_NOTE);
        add_wei(p, &c->value);
        page_style(p, STYLE_PLAIN);
    }
    add_gas_at_edge(p, c->gas_used);
    page_line(p);
    page_to(p, body);
    add_data(p, body + 4, &c->request);
    page_line(p);
    page_to(p, body);
    page_say(p, c->success ? STYLE_GOOD : STYLE_BAD, c->success ? "← " : "✗ ");
    add_data(p, body + 4, &c->response);
    page_line(p);
}

/* "12,345 of 100,000 gas"; the simulation gives a bridge's own message gas without a limit. */
static void add_gas_of(struct page *p, const struct report_frame *f)
{
    const bool limited = f->gas_limit < 1ull << 31;
    page_add(p, "  ");
    page_style(p, STYLE_QUIET);
    if (f->is_cut_off) {
        page_add(p, "cut off");
    } else {
        add_grouped(p, f->gas_used);
        page_add(p, limited ? "" : " gas");
    }
    if (limited) {
        page_add(p, f->is_cut_off ? ", of " : " of ");
        add_grouped(p, f->gas_limit);
        page_add(p, " gas");
    }
    page_style(p, STYLE_PLAIN);
}

static void print_frame(struct page *p, const struct report_frame *f, u32 depth)
{
    const u32 indent = 6 + 2 * depth, body = indent + 2;
    if (f->skipped) {
        page_to(p, indent);
        page_addf(p, "... %u frames ...", f->skipped);
        page_line(p);
    }
    page_to(p, indent);
    add_party(p, &f->from);
    page_say(p, STYLE_NOTE, " → ");
    add_party(p, &f->to);
    if (strcmp(f->kind, "call") != 0) {
        page_add(p, "  ");
        page_say(p, STYLE_QUIET, f->kind);
    }
    if (!u256_is_zero(&f->value)) {
        page_add(p, "  ");
        page_style(p, STYLE_NOTE);
        add_wei(p, &f->value);
        page_style(p, STYLE_PLAIN);
    }
    add_gas_of(p, f);
    page_line(p);
    page_to(p, body);
    add_data(p, body + 4, &f->request);
    page_line(p);
    if (!f->failed || f->passes_on)
        return;
    page_to(p, body);
    page_say(p, STYLE_BAD, "✗ ");
    page_add(p, f->halt);
    if (f->revert.raw.len) {
        page_add(p, ": ");
        add_data(p, body + 4, &f->revert);
    }
    page_line(p);
}

static void print_work(struct page *p, const struct report_work *w)
{
    page_to(p, 4);
    page_say(p, STYLE_STRONG, w->label);
    page_add(p, "  ");
    page_say(p, STYLE_QUIET, w->is_operation ? "operation of" : "transaction of");
    page_add(p, " ");
    add_party(p, &w->account);
    page_add(p, "  ");
    page_say(p, w->good ? STYLE_GOOD : STYLE_BAD, w->status);
    if (w->carried)
        page_say(p, STYLE_QUIET, "  from an earlier slot");
    if (w->gas_used)
        add_gas_at_edge(p, w->gas_used);
    page_line(p);
    if (w->reason.len) {
        page_to(p, 6);
        page_wrap(p, 8, w->reason);
        page_line(p);
    }
    for (u32 i = 0; i < w->call_count; i++)
        print_call(p, &w->call[i]);
    for (u32 i = 0; i < w->frame_count; i++)
        print_frame(p, &w->frame[i], i);
}

static void print_forgeries(struct page *p, const struct report_slot *s)
{
    if (s->forgery_count)
        add_heading(p, "forged bundles, signed by the provers");
    for (u32 i = 0; i < s->forgery_count; i++) {
        const struct report_forgery *f = &s->forgery[i];
        page_to(p, 4);
        page_say(p, f->met ? STYLE_GOOD : STYLE_BAD, f->met ? "✓ " : "✗ ");
        page_add_bytes(p, f->what);
        page_line(p);
        page_to(p, 8);
        if (f->settled)
            page_say(p, STYLE_BAD, "settled");
        else if (f->rule.len) {
            page_say(p, STYLE_QUIET, "refused by the rollup's rules: ");
            page_wrap(p, 10, f->rule);
        } else {
            page_say(p, STYLE_QUIET, "reverted with ");
            add_data(p, 10, &f->refused);
        }
        if (!f->met && !f->settled && f->as_before)
            page_addf(p, ", expected %s", f->expected);
        page_say(p, f->as_before ? STYLE_QUIET : STYLE_BAD,
                 f->as_before ? "; chains unchanged" : "; chains changed");
        page_line(p);
    }
}

/* --- settlement --------------------------------------------------------------------------------- */

static void print_lanes(struct page *p, const struct report_pair *pair)
{
    static const struct {
        enum lane here, there;
        const char *here_name, *there_name;
    } row[] = {
        {REQUESTS_OUT, REQUESTS_IN, "requests out", "requests in"},
        {REQUESTS_IN, REQUESTS_OUT, "requests in", "requests out"},
        {RESPONSES_OUT, RESPONSES_IN, "responses out", "responses in"},
        {RESPONSES_IN, RESPONSES_OUT, "responses in", "responses out"},
    };
    const bool whole = p->width >= 180;
    const u32 middle = whole ? 86 : 38;
    page_to(p, 4);
    page_say(p, STYLE_STRONG, pair->here.chain);
    page_to(p, middle + 2);
    page_say(p, STYLE_STRONG, pair->there.chain);
    page_line(p);
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const hash32 *here = &pair->here.mailbox.lane[row[i].here], *there = &pair->there.mailbox.lane[row[i].there];
        const bool equal = hash32_eq(here, there);
        page_to(p, 4);
        page_say(p, STYLE_QUIET, row[i].here_name);
        page_to(p, 19);
        add_hash(p, here, whole);
        page_to(p, middle);
        page_say(p, equal ? STYLE_GOOD : STYLE_BAD, equal ? "=" : "≠");
        page_add(p, " ");
        add_hash(p, there, whole);
        page_add(p, "  ");
        page_say(p, STYLE_QUIET, row[i].there_name);
        page_line(p);
    }
}

static void print_values(struct page *p, const struct report_pair *pair)
{
    const struct mailbox *here = &pair->here.mailbox, *there = &pair->there.mailbox;
    const u32 middle = p->width >= 180 ? 86 : 38;
    for (int out = 1; out >= 0; out--) {
        const u256 *h = out ? &here->value_out : &here->value_in, *t = out ? &there->value_in : &there->value_out;
        const bool equal = u256_eq(h, t);
        page_to(p, 4);
        page_say(p, STYLE_QUIET, out ? "value out" : "value in");
        page_to(p, 19);
        add_wei(p, h);
        page_to(p, middle);
        page_say(p, equal ? STYLE_GOOD : STYLE_BAD, equal ? "=" : "≠");
        page_add(p, " ");
        add_wei(p, t);
        page_add(p, "  ");
        page_say(p, STYLE_QUIET, out ? "value in" : "value out");
        page_line(p);
    }
}

static void print_prover(struct page *p, const struct report_prover *r)
{
    page_to(p, 4);
    page_say(p, STYLE_QUIET, r->chain);
    page_to(p, 14);
    page_addf(p, "prover %s: ", r->place);
    page_say(p, r->good ? STYLE_GOOD : STYLE_QUIET, r->outcome);
    if (r->good)
        page_addf(p, " in %lu ms", (unsigned long)((r->elapsed_us + 500) / 1000));
    else if (r->why)
        page_addf(p, ": %s", r->why);
    page_line(p);
}

static void print_rollup(struct page *p, const struct report_rollup *r)
{
    page_to(p, 4);
    page_say(p, STYLE_STRONG, r->chain);
    page_to(p, 14);
    if (r->first_block == r->last_block)
        page_addf(p, "block %lu", (unsigned long)r->first_block);
    else
        page_addf(p, "blocks %lu to %lu", (unsigned long)r->first_block, (unsigned long)r->last_block);
    page_add(p, ": ");
    page_addf(p, "%lu user, %lu system transactions, %lu bytes of data, %lu attestations",
              (unsigned long)r->transactions, (unsigned long)r->system_transactions, (unsigned long)r->data_bytes,
              (unsigned long)r->attestations);
    add_gas_at_edge(p, r->gas_used);
    page_line(p);
    page_to(p, 14);
    page_say(p, STYLE_QUIET, "state root ");
    add_hash(p, &r->state_root, false);
    page_say(p, STYLE_QUIET, "  statement ");
    add_hash(p, &r->statement, false);
    page_line(p);
}

/* An estimate: to a gwei. */
static void add_price(struct page *p, bool fits, const u256 *wei)
{
    if (!fits) {
        page_add(p, "too large");
        return;
    }
    if (!u256_fits_u64(wei)) {
        add_wei(p, wei);
        return;
    }
    add_grouped(p, wei->w[0] / 1000000000);
    page_add(p, " gwei");
}

static void print_data_place(struct page *p, const struct data_report *d)
{
    page_to(p, 4);
    page_add(p, "data in ");
    if (d->is_in_blobs)
        page_addf(p, "%lu blob%s, ", (unsigned long)d->blob_count, d->blob_count == 1 ? "" : "s");
    else
        page_add(p, "calldata, ");
    page_add(p, d->reason);
    page_add(p, ": calldata ");
    add_price(p, d->calldata_fits, &d->calldata_wei);
    page_add(p, ", blobs ");
    add_price(p, d->blobs_fit, &d->blobs_wei);
    if (d->delegated_ahead) {
        page_addf(p, "; %lu delegated in advance", (unsigned long)d->delegated_ahead);
        add_gas_at_edge(p, d->delegation_gas_used);
    }
    page_line(p);
}

static void print_settlement(struct page *p, const struct report_slot *s)
{
    add_heading(p, "settlement");
    if (s->races_lost) {
        page_to(p, 4);
        page_addf(p, "%lu earlier bundle%s lost a race to other transactions, ", (unsigned long)s->races_lost,
                  s->races_lost == 1 ? "" : "s");
        add_grouped(p, s->gas_lost);
        page_add(p, " gas");
        page_line(p);
    }
    page_to(p, 4);
    if (!s->sent) {
        page_add(p, "nothing to settle");
        page_line(p);
        return;
    }
    page_say(p, s->settled ? STYLE_GOOD : STYLE_BAD, s->settled ? "settled" : "reverted");
    page_addf(p, " in L1 block %lu, transaction ", (unsigned long)s->l1_block_number);
    add_hash(p, &s->l1_tx_hash, p->width >= 140);
    page_add(p, ", ");
    add_grouped(p, s->l1_tx_bytes);
    page_add(p, " bytes");
    add_gas_at_edge(p, s->l1_gas_used);
    page_line(p);
    if (!s->settled) {
        page_to(p, 4);
        add_data(p, 6, &s->revert);
        page_line(p);
    }
    print_data_place(p, &s->data);
    for (u32 i = 0; i < s->rollup_count; i++)
        print_rollup(p, &s->rollup[i]);
    for (u32 i = 0; i < s->prover_count; i++)
        print_prover(p, &s->prover[i]);
}

static void print_slot(struct page *p, const struct report_slot *s)
{
    page_line(p);
    page_say(p, STYLE_NOTE, "▌ ");
    page_say(p, STYLE_STRONG, s->label);
    page_line(p);
    add_heading(p, "timeline");
    for (u32 i = 0; i < s->work_count; i++)
        print_work(p, &s->work[i]);
    print_forgeries(p, s);
    if (s->pair_count)
        add_heading(p, "mailboxes");
    for (u32 i = 0; i < s->pair_count; i++) {
        print_lanes(p, &s->pair[i]);
        print_values(p, &s->pair[i]);
    }
    print_settlement(p, s);
}

/* --- expectations ------------------------------------------------------------------------------- */

static void print_verdicts(struct page *p, const struct report_verdicts *v)
{
    if (v->count)
        add_heading(p, "expectations");
    for (u32 i = 0; i < v->count; i++) {
        page_to(p, 4);
        page_say(p, v->item[i].met ? STYLE_GOOD : STYLE_BAD, v->item[i].met ? "✓ " : "✗ ");
        page_wrap(p, 8, v->item[i].what);
        page_line(p);
        if (v->item[i].met)
            continue;
        page_to(p, 8);
        page_style(p, STYLE_BAD);
        page_wrap(p, 8, v->item[i].got);
        page_style(p, STYLE_PLAIN);
        page_line(p);
    }
}

void report_print_item(struct page *p, const struct report_item *item, bool first)
{
    switch (item->kind) {
    case REPORT_CONTRACT:
        print_contract(p, &item->contract, first);
        return;
    case REPORT_WORK:
        if (first)
            add_heading(p, "transactions");
        print_work(p, &item->work);
        return;
    case REPORT_READ:
        print_read(p, item->read.name, item->read.text, first);
        return;
    case REPORT_SLOT:
        print_slot(p, &item->slot);
        return;
    case REPORT_VERDICTS:
        print_verdicts(p, &item->verdicts);
        return;
    }
    BUG("a report item without a kind");
}

void report_print_end(struct page *p, const struct report *r)
{
    page_line(p);
    page_style(p, r->failed ? STYLE_BAD : STYLE_GOOD);
    if (r->failed)
        page_addf(p, "%u of %u expectations failed", r->failed, r->met + r->failed);
    else
        page_addf(p, "all %u expectations met", r->met);
    page_style(p, STYLE_PLAIN);
    page_line(p);
}
