/* What both worlds say of a slot, side by side; every wei; and the shares. */
#include "base/u256.h"
#include "bridge/genesis.h"
#include "builder/query.h"
#include "codec/text.h"
#include "oracle/oracle_private.h"

const char *finding_name(enum finding_kind kind)
{
    static const char *const name[FINDING_KIND_COUNT] = {
        [FINDING_NONE] = "none",
        [FINDING_SLOT_FAILED] = "the slot failed",
        [FINDING_L1_REVERTED] = "L1 reverted",
        [FINDING_REFUSED] = "refused without a reason",
        [FINDING_NOT_REFUSED] = "not refused",
        [FINDING_NOT_SETTLED] = "not settled",
        [FINDING_OUTCOME] = "outcome",
        [FINDING_CALLS] = "calls",
        [FINDING_EVENTS] = "events",
        [FINDING_STORAGE] = "storage",
        [FINDING_ETH] = "ETH",
        [FINDING_CONSERVATION] = "conservation",
    };
    return kind < FINDING_KIND_COUNT ? name[kind] : "(not a finding)";
}

/* Where a sentence about the first finding goes; NULL when there is one already. */
struct buffer *oracle_find(struct oracle *o, enum finding_kind kind, struct buffer *text)
{
    if (o->finding->kind != FINDING_NONE)
        return NULL;
    o->finding->kind = kind;
    *text = buffer_in(&o->scratch);
    return text;
}

void oracle_found(struct oracle *o, const struct buffer *text)
{
    const size_t len = text->len < ORACLE_TEXT_MAX - 1 ? text->len : ORACLE_TEXT_MAX - 1;
    memcpy(o->finding->text, text->ptr, len);
    o->finding->text[len] = 0;
}

void oracle_say(struct oracle *o, enum finding_kind kind, u64 number, const char *what, struct bytes here,
                struct bytes there)
{
    struct buffer text;
    if (!oracle_find(o, kind, &text))
        return;
    text_add_z(&text, what);
    text_add(&text, " ");
    text_add_u64(&text, number);
    text_add(&text, ": many chains ");
    text_add_hex_cut(&text, here, 400);
    text_add(&text, ", one chain ");
    text_add_hex_cut(&text, there, 400);
    oracle_found(o, &text);
}

/* --- comparing --- */

static void compare_outcome(struct oracle *o, u32 i, const struct work_report *r, const struct one_result *one)
{
    struct buffer text;
    if (r->status != WORK_SETTLED && oracle_find(o, FINDING_NOT_SETTLED, &text)) {
        text_add(&text, "work ");
        text_add_u64(&text, i);
        text_add(&text, " was neither refused nor settled, but is ");
        text_add_z(&text, work_status_name(r->status));
        oracle_found(o, &text);
    }
    const u8 here = r->success, there = one->success;
    if (here != there)
        oracle_say(o, FINDING_OUTCOME, i, "success of work", bytes_of(&here, 1), bytes_of(&there, 1));
    if (!r->is_operation && !bytes_eq(r->output, one->output)) /* an operation returns nothing */
        oracle_say(o, FINDING_OUTCOME, i, "returndata of work", r->output, one->output);
    o->shares->settled += r->success;
    o->shares->reverted += !r->success;
}

/* Request and response; *request_len is of the first. */
static struct bytes call_text(struct oracle *o, const struct oracle_call *c, size_t *request_len)
{
    struct buffer b = buffer_in(&o->scratch);
    u8 word[32];
    store_be64(buffer_extend(&b, 8), c->source);
    store_be64(buffer_extend(&b, 8), c->target);
    buffer_add(&b, c->from.b, 20);
    buffer_add(&b, c->to.b, 20);
    u256_to_be(word, &c->value);
    buffer_add(&b, word + 16, 16);
    u256_to_be(word, &c->gas_limit);
    buffer_add(&b, word + 16, 16);
    store_be32(buffer_extend(&b, 4), c->depth);
    buffer_add_u8(&b, c->is_lookup);
    store_be32(buffer_extend(&b, 4), (u32)c->data.len);
    buffer_add_bytes(&b, c->data);
    *request_len = b.len;
    buffer_add_u8(&b, c->success);
    buffer_add_u8(&b, c->is_attempt);
    buffer_add_bytes(&b, c->answer);
    return buffer_bytes(&b);
}

static struct oracle_call call_of(const struct call_report *c)
{
    return (struct oracle_call){
        .source = c->call.source_chain,
        .target = c->call.target_chain,
        .from = c->call.from,
        .to = c->call.request.to,
        .value = c->call.request.value,
        .gas_limit = c->call.request.gas_limit,
        .depth = nonce_unpack(&c->call.nonce).depth,
        .is_lookup = is_lookup(&c->call),
        .is_attempt = is_attempt(&c->call),
        .data = c->call.request.data,
        .success = c->response.success,
        .answer = c->response.returndata,
    };
}

/* A list of calls as both worlds tell it. Equal lookups at one clock are one, and so are attempts: of many chains, the
 * clock is in the nonce; on the one chain, no call was made or answered between them. */
struct call_line {
    struct bytes text;
    size_t request_len;
    bool is_lookup, is_attempt;
    u64 epoch;
    const hash32 *hash;
};

static bool is_same(const struct call_line *x, const struct call_line *y)
{
    if (x->is_lookup != y->is_lookup || x->is_attempt != y->is_attempt || (!x->is_lookup && !x->is_attempt))
        return false;
    if (x->hash)
        return hash32_eq(x->hash, y->hash);
    return x->epoch == y->epoch &&
           bytes_eq(bytes_of(x->text.ptr, x->request_len), bytes_of(y->text.ptr, y->request_len));
}

/* Appends a line, unless it is a lookup or attempt that the list has: then the answer is the same, too. */
static void add_line(struct oracle *o, struct call_line *line, size_t *count, const struct call_line *next)
{
    for (size_t i = 0; i < *count; i++)
        if (is_same(&line[i], next)) {
            if (!bytes_eq(line[i].text, next->text))
                oracle_say(o, FINDING_CALLS, i, "one lookup has two answers", line[i].text, next->text);
            return;
        }
    line[(*count)++] = *next;
}

static size_t lines_of_many(struct oracle *o, struct call_line *line, const struct call_report *call, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct oracle_call c = call_of(&call[i]);
        struct call_line next = {.is_lookup = c.is_lookup, .is_attempt = c.is_attempt, .hash = &call[i].request_hash};
        next.text = call_text(o, &c, &next.request_len);
        add_line(o, line, &n, &next);
    }
    return n;
}

static size_t lines_of_one(struct oracle *o, struct call_line *line, const struct one_result *one)
{
    size_t n = 0;
    for (size_t i = 0; i < one->call.count; i++) {
        const struct oracle_call *c = &one->call.item[i];
        struct call_line next = {.is_lookup = c->is_lookup, .is_attempt = c->is_attempt, .epoch = c->epoch};
        next.text = call_text(o, c, &next.request_len);
        add_line(o, line, &n, &next);
    }
    return n;
}

static void compare_calls(struct oracle *o, u32 i, const struct call_report *call, size_t count,
                          const struct one_result *one)
{
    struct call_line *here = ARENA_TAKE(&o->scratch, struct call_line, count),
                     *there = ARENA_TAKE(&o->scratch, struct call_line, one->call.count);
    const size_t here_count = lines_of_many(o, here, call, count), there_count = lines_of_one(o, there, one);
    if (here_count != there_count) {
        const u8 x = (u8)here_count, y = (u8)there_count;
        oracle_say(o, FINDING_CALLS, i, "number of calls of work", bytes_of(&x, 1), bytes_of(&y, 1));
        return;
    }
    for (size_t j = 0; j < here_count; j++)
        if (!bytes_eq(here[j].text, there[j].text))
            oracle_say(o, FINDING_CALLS, i, "calls of work", here[j].text, there[j].text);
}

static u32 puppet_chain(const struct cast *cast, const address *at)
{
    for (u32 i = 0; i < cast->chain_count; i++)
        for (u32 j = 0; j < ORACLE_CONTRACTS; j++)
            if (address_eq(&cast->puppet[i][j], at))
                return i;
    return ORACLE_CHAINS_MAX;
}

static void add_log(struct buffer *out, const struct log *log)
{
    buffer_add(out, log->at.b, 20);
    buffer_add(out, log->topic, sizeof *log->topic * log->topic_count);
    buffer_add_bytes(out, log->data);
}

/* The events of puppets, chain by chain: each chain's in its order, which holds the order within each root. */
static void compare_events(struct oracle *o, const struct slot_works *w)
{
    struct buffer there[ORACLE_CHAINS_MAX];
    for (u32 chain = 0; chain < o->cast.chain_count; chain++)
        there[chain] = buffer_in(&o->scratch);
    for (u32 i = 0; i < w->p->work_count; i++)
        for (u32 j = 0; slot_runs(w, i) && w->taken[i] && j < w->one[i].log_count; j++) {
            const struct log *log = &w->one[i].log[j];
            const u32 chain = puppet_chain(&o->cast, &log->at);
            if (chain < o->cast.chain_count) {
                add_log(&there[chain], log);
                o->shares->events++;
            }
        }
    for (u32 chain = 0; chain < o->cast.chain_count; chain++) {
        const struct ledger *l = session_ledger_at(o->s, chain);
        struct buffer here = buffer_in(&o->scratch);
        for (u64 n = w->first_block[chain]; n < l->block.count; n++)
            for (u32 t = 0; t < l->block.item[n].tx_count; t++)
                for (u32 j = 0; j < l->block.item[n].receipt[t].log_count; j++)
                    if (puppet_chain(&o->cast, &l->block.item[n].receipt[t].log[j].at) == chain)
                        add_log(&here, &l->block.item[n].receipt[t].log[j]);
        if (!bytes_eq(buffer_bytes(&here), buffer_bytes(&there[chain])))
            oracle_say(o, FINDING_EVENTS, chain, "events on chain", buffer_bytes(&here), buffer_bytes(&there[chain]));
    }
}

static enum err compare_account(struct oracle *o, u32 chain, const address *at)
{
    struct account_leaf here, there;
    u8 balance[2][32];
    TRY(session_account(o->s, &here, o->cast.chain_id[chain],
                        ledger_head(session_ledger_at(o->s, chain))->header.number, at));
    TRY(one_chain_account(o->one, &there, at));
    if (!hash32_eq(&here.storage_root, &there.storage_root))
        oracle_say(o, FINDING_STORAGE, chain, "storage on chain", BYTES_OF(here.storage_root.b),
                   BYTES_OF(there.storage_root.b));
    u256_to_be(balance[0], &here.balance);
    u256_to_be(balance[1], &there.balance);
    if (memcmp(balance[0], balance[1], 32) != 0)
        oracle_say(o, FINDING_ETH, chain, "wei of an account on chain", BYTES_OF(balance[0]), BYTES_OF(balance[1]));
    return OK;
}

static enum err compare_accounts(struct oracle *o)
{
    for (u32 i = 0; i < o->cast.chain_count; i++) {
        for (u32 j = 0; j < ORACLE_CONTRACTS; j++)
            TRY(compare_account(o, i, &o->cast.puppet[i][j]));
        TRY(compare_account(o, i, &o->cast.sink[i]));
    }
    return OK;
}

/* --- every wei --- */

static void not_conserved(struct oracle *o, u32 chain, const char *what, const u256 *is, const u256 *should)
{
    u8 word[2][32];
    u256_to_be(word[0], is);
    u256_to_be(word[1], should);
    oracle_say(o, FINDING_CONSERVATION, chain, what, BYTES_OF(word[0]), BYTES_OF(word[1]));
}

/* What SharedBridge keeps for a rollup: the ninth word of rollup(chainId). */
static enum err escrow_of(struct oracle *o, u256 *out, u32 chain)
{
    enum { ROLLUP_WORDS = 13, ESCROW_WORD = 8 };
    const address zero = {{0}};
    const u256 nothing = {{0}};
    u8 data[36] = {0};
    bool success;
    struct bytes output;
    store_be32(data, 0x1331b410); /* rollup(uint256) */
    store_be64(data + 28, o->cast.chain_id[chain]);
    TRY(session_call(o->s, &success, &output, o->cast.chain_id[0], &zero, &o->cast.bridge[0], &nothing,
                     BYTES_OF(data)));
    if (!success || output.len != 32 * ROLLUP_WORDS)
        return REJECT_ABI;
    *out = u256_from_be(output.ptr + 32 * ESCROW_WORD);
    return OK;
}

static enum err check_l1(struct oracle *o)
{
    const struct ledger *l = session_ledger_at(o->s, 0);
    u256 total;
    TRY(session_total(o->s, &total, o->cast.chain_id[0], ledger_head(l)->header.number));
    for (u64 n = o->base[0] + 1; n < l->block.count; n++) {
        u256 burned, gas = u256_from_u64(l->block.item[n].header.gas_used);
        u256_mul(&burned, &l->block.item[n].header.base_fee, &gas);
        u256_add(&total, &total, &burned);
    }
    if (!u256_eq(&total, &o->base_total))
        not_conserved(o, 0, "wei on chain", &total, &o->base_total);
    return OK;
}

static enum err check_conservation(struct oracle *o)
{
    const u256 supply = genesis_rollup_supply();
    u256 escrows = {{0}}, held;
    TRY(check_l1(o));
    for (u32 i = 1; i < o->cast.chain_count; i++) {
        u256 total, idle, circulating, escrow;
        TRY(session_total(o->s, &total, o->cast.chain_id[i], ledger_head(session_ledger_at(o->s, i))->header.number));
        TRY(session_balance(o->s, &idle, o->cast.chain_id[i], &o->cast.bridge[i]));
        TRY(escrow_of(o, &escrow, i));
        u256_sub(&circulating, &total, &idle);
        u256_add(&escrows, &escrows, &escrow);
        if (!u256_eq(&total, &supply))
            not_conserved(o, i, "wei on chain", &total, &supply);
        if (!u256_eq(&circulating, &escrow))
            not_conserved(o, i, "escrow (right) of what circulates (left) on chain", &circulating, &escrow);
    }
    TRY(session_balance(o->s, &held, o->cast.chain_id[0], &o->cast.bridge[0]));
    if (!u256_eq(&held, &escrows))
        not_conserved(o, 0, "all escrows (right) and the bridge's ETH (left) on chain", &held, &escrows);
    return OK;
}

/* --- shares --- */

static u32 depth_of(const struct call_report *call, size_t i)
{
    return call[i].parent < 0 ? 1 : depth_of(call, (size_t)call[i].parent) + 1;
}

/* The target is in the middle of a call of its own, somewhere around. */
static bool reenters(const struct call_report *call, size_t i)
{
    for (i32 p = (i32)i; p >= 0; p = call[p].parent)
        if (call[p].call.source_chain == call[i].call.target_chain &&
            address_eq(&call[p].call.from, &call[i].call.request.to))
            return true;
    return false;
}

static bool called_before(const struct call_report *call, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (call[j].call.source_chain == call[i].call.source_chain &&
            call[j].call.target_chain == call[i].call.target_chain &&
            is_lookup(&call[j].call) == is_lookup(&call[i].call) &&
            address_eq(&call[i].call.request.to, &call[j].call.request.to) &&
            bytes_eq(call[i].call.request.data, call[j].call.request.data))
            return true;
    return false;
}

static bool takes_part(const struct oracle *o, u32 chain, const struct call_report *call, size_t count)
{
    const u64 id = o->cast.chain_id[chain];
    for (size_t i = 0; i < count; i++)
        if (id == call[i].call.source_chain || id == call[i].call.target_chain)
            return true;
    return false;
}

static bool is_by_remote(const struct call_report *call, i32 i)
{
    const struct call_report *c = &call[i];
    const u64 outer = c->parent < 0 ? 0 : u256_saturate_u64(&call[c->parent].call.request.gas_limit);
    return u256_saturate_u64(&c->call.request.gas_limit) == gas_of_remote(outer);
}

/* Calls of the same parent come before and after it. */
static bool is_between(const struct call_report *call, size_t count, size_t i)
{
    bool before = false, after = false;
    for (size_t j = 0; j < count; j++)
        if (!is_lookup(&call[j].call) && call[j].parent == call[i].parent) {
            before |= j < i;
            after |= j > i;
        }
    return before && after;
}

/* Of a settled scope. */
static void count_lookups(struct oracle_shares *s, const struct call_report *call, size_t count, size_t first,
                          bool success)
{
    size_t lookups = 0, calls_before = 0;
    for (size_t i = 0; i < count; i++) {
        const i32 parent = call[i].parent;
        const bool in_lookup = parent >= 0 && is_lookup(&call[(size_t)parent - first].call);
        if (!is_lookup(&call[i].call)) {
            calls_before++;
            continue;
        }
        lookups++;
        s->lookups_failed += !call[i].response.success;
        s->lookups_inline += call[i].is_inline;
        s->lookups_nested += in_lookup;
        s->lookups_by_remote += is_by_remote(call - first, (i32)(first + i));
        s->lookups_before += calls_before == 0;
        s->lookups_between += is_between(call, count, i);
        s->lookups_inside += parent >= 0 && !in_lookup;
    }
    s->lookups += lookups;
    s->with_lookup += lookups > 0;
    s->with_lookup_only += lookups > 0 && lookups == count;
    s->with_lookup_reverted += lookups > 0 && !success;
}

static void count_scope(struct oracle *o, const struct call_report *call, size_t count, size_t first, bool success)
{
    struct oracle_shares *s = o->shares;
    const struct call_report *all = call - first;
    u32 deepest = 0, failed = 0, inside = 0, reentered = 0, twice = 0, chains = 0, calls = 0, attempts = 0;
    for (size_t i = 0; i < count; i++) {
        const struct call_report *c = &call[i];
        const u32 depth = depth_of(all, first + i);
        deepest = depth > deepest ? depth : deepest;
        twice += called_before(call, i);
        if (is_lookup(&c->call))
            continue;
        calls++;
        failed += !c->response.success;
        attempts += is_attempt(&c->call);
        inside += c->is_inline;
        reentered += reenters(all, first + i);
        s->with_value += !u256_is_zero(&c->call.request.value);
        s->refunded += !c->response.success && !u256_is_zero(&c->call.request.value);
        s->leaf += nonce_unpack(&c->call.nonce).flags & NONCE_LEAF;
        s->by_remote += is_by_remote(all, (i32)(first + i));
        s->forbidden += address_eq(&c->call.request.to, &o->cast.bridge[c->call.target_chain != o->cast.chain_id[0]]);
    }
    for (u32 j = 0; j < o->cast.chain_count; j++)
        chains += takes_part(o, j, call, count);
    s->calls += calls;
    s->attempts += attempts;
    s->with_attempt += attempts > 0;
    s->with_attempt_reverted += attempts > 0 && !success;
    s->failed += failed;
    s->inline_calls += inside;
    s->reentered += reentered;
    s->with_failure += failed > 0;
    s->with_inline += inside > 0;
    s->with_reentry += reentered > 0;
    s->same_call_twice += twice > 0;
    s->depth[deepest < ORACLE_DEPTH_MAX ? deepest : ORACLE_DEPTH_MAX - 1]++;
    s->chains[count ? chains : 1]++;
    s->calls_in_scope[calls < COUNT_OF(s->calls_in_scope) ? calls : COUNT_OF(s->calls_in_scope) - 1]++;
}

void oracle_shares_add(struct oracle_shares *sum, const struct oracle_shares *more)
{
    const u64 most = sum->l1_gas_most > more->l1_gas_most ? sum->l1_gas_most : more->l1_gas_most;
    u64 *to = (u64 *)sum;
    const u64 *from = (const u64 *)more;
    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
        to[i] += from[i];
    sum->l1_gas_most = most;
}

enum err oracle_compare_slot(struct oracle *o, const struct slot_works *w, const struct slot_report *report)
{
    for (u32 i = 0; i < w->p->work_count; i++) {
        if (!slot_runs(w, i) || !w->taken[i])
            continue;
        struct work_report r;
        TRY(session_status(o->s, &r, w->handle[i]));
        compare_outcome(o, i, &r, &w->one[i]);
        compare_calls(o, i, report->call + r.first_call, r.call_count, &w->one[i]);
        if (o->finding->kind != FINDING_NONE)
            continue;
        count_scope(o, report->call + r.first_call, r.call_count, r.first_call, r.success);
        count_lookups(o->shares, report->call + r.first_call, r.call_count, r.first_call, r.success);
        for (size_t j = 0; j < w->one[i].call.count; j++)
            o->shares->looked += w->one[i].call.item[j].is_lookup;
    }
    compare_events(o, w);
    TRY(compare_accounts(o));
    return check_conservation(o);
}
