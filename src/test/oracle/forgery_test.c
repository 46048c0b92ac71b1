/* A hostile builder lies once about every element of a recorded bundle, in every way that forgery.h knows. None
 * settles, each is refused by an error that its row expects, and every chain is as before. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "adversary/forgery.h"
#include "base/u256.h"
#include "builder/query.h"
#include "chain/system_contracts.h"
#include "crypto/keccak.h"
#include "io/memory.h"
#include "oracle/oracle_private.h"
#include "scope/selector.h"

/* --- the recorded bundle --- */

/* Three scopes on L1 and three rollups: every direction, ETH both ways, a failing call, the same call twice with other
 * answers, two calls back into a chain that waits, and one of them into L1. */
struct story {
    struct act act[64];
    size_t count;
    struct program p;
};

static struct act *add(struct story *s, struct act a)
{
    assert_true(s->count < COUNT_OF(s->act));
    s->act[s->count] = a;
    return &s->act[s->count++];
}

/* A script: acts in order. */
static struct act *script(size_t count, struct act **act)
{
    for (size_t i = 0; i + 1 < count; i++)
        act[i]->next = act[i + 1];
    return act[0];
}
#define SCRIPT(...) script(sizeof((struct act *[]){__VA_ARGS__}) / sizeof(struct act *), (struct act *[]){__VA_ARGS__})

static struct act *mix(struct story *s, u64 word)
{
    return add(s, (struct act){.kind = ACT_MIX, .word = word});
}

static struct act *note(struct story *s, u64 word)
{
    return add(s, (struct act){.kind = ACT_NOTE, .word = word});
}

static struct act *call(struct story *s, u32 chain, u64 value, u64 gas, struct act *body)
{
    return add(s, (struct act){.kind = ACT_SCOPED, .chain = chain, .value = value, .gas = gas, .body = body});
}

/* tryScopedCall with flags 0: the callee may call on, and may fail. */
static struct act *attempt(struct story *s, u32 chain, u64 value, u64 gas, struct act *body)
{
    struct act *a = call(s, chain, value, gas, body);
    a->how = HOW_TRY_FLAGS_0;
    a->caught = true;
    return a;
}

static struct act *locally(struct story *s, u32 chain, struct act *body)
{
    return add(s, (struct act){.kind = ACT_CALL, .chain = chain, .body = body});
}

static void tell(struct story *s)
{
    *s = (struct story){.p = {.chain_count = 4, .slot_count = 1, .work_count = 4}};
    /* L1's user: to rollup 1 with ETH, which asks rollup 2 and twice L1, which waits; and to rollup 2 */
    struct act *back = call(s, 0, 3, 150000, note(s, 1)), *again = call(s, 0, 0, 150000, SCRIPT(mix(s, 2), note(s, 3)));
    struct act *ask = call(s, 2, 0, 400000, mix(s, 4));
    struct act *first = call(s, 1, 50, 3000000, SCRIPT(mix(s, 5), ask, back, again, note(s, 6)));
    s->p.work[0] = (struct program_work){
        .chain = 0,
        .act = locally(s, 0,
                       SCRIPT(first, call(s, 2, 7, 400000, mix(s, 8)), call(s, 1, 0, 400000, mix(s, 10)), note(s, 9)))};
    /* rollup 1's user: the same call to rollup 2 twice, one that fails and has its ETH refunded, one that calls back
     * twice */
    struct act *refused = attempt(s, 2, 11, 400000, add(s, (struct act){.kind = ACT_REVERT, .size = 5}));
    struct act *inside = SCRIPT(call(s, 1, 2, 300000, mix(s, 12)), call(s, 1, 0, 300000, mix(s, 13)), note(s, 14));
    s->p.work[1] = (struct program_work){
        .chain = 1,
        .act = locally(s, 1, SCRIPT(call(s, 2, 0, 400000, mix(s, 15)), call(s, 2, 0, 400000, mix(s, 15)), refused,
                                 call(s, 2, 5, 3000000, inside), note(s, 16)))};
    /* rollup 2's user: L1 with ETH, rollup 3, which asks L1 */
    struct act *onward = call(s, 3, 4, 2000000, SCRIPT(call(s, 0, 0, 300000, mix(s, 17)), note(s, 18)));
    s->p.work[2] = (struct program_work){
        .chain = 2, .act = locally(s, 2, SCRIPT(call(s, 0, 6, 300000, mix(s, 19)), onward, note(s, 20)))};
    /* rollup 3's user makes no call */
    s->p.work[3] = (struct program_work){.chain = 3, .act = locally(s, 3, SCRIPT(mix(s, 21), note(s, 22)))};
}

/* --- what is known of it --- */

enum { CALLS_MAX = 32, ITEMS_MAX = 32 };

struct record {
    struct plan_call call[CALLS_MAX];
    size_t call_count;
    struct plan_item item[ORACLE_CHAINS_MAX][ITEMS_MAX];
    size_t item_count[ORACLE_CHAINS_MAX];
    u64 chain_id[ORACLE_CHAINS_MAX];
    size_t chain_count;
};

/* A forger who only looks. */
static enum err look_at(void *context, struct plan *out, struct arena *arena, const struct plan *plan,
                        struct buffer *why)
{
    struct record *r = context;
    (void)out, (void)arena, (void)why;
    assert_true(plan->call.count <= CALLS_MAX && plan->chain_count <= ORACLE_CHAINS_MAX);
    memcpy(r->call, plan->call.item, sizeof *plan->call.item * plan->call.count);
    r->call_count = plan->call.count;
    r->chain_count = plan->chain_count;
    for (size_t i = 0; i < plan->chain_count; i++) {
        assert_true(plan->chain[i].item.count <= ITEMS_MAX);
        r->item_count[i] = plan->chain[i].item.count;
        r->chain_id[i] = plan->chain[i].chain_id;
        memcpy(r->item[i], plan->chain[i].item.item, sizeof *r->item[i] * r->item_count[i]);
    }
    return REJECT_CONFIG;
}

static size_t chain_index(const struct record *r, u64 chain_id)
{
    for (size_t i = 0; i < r->chain_count; i++)
        if (r->chain_id[i] == chain_id)
            return i;
    fail();
    return 0;
}

/* --- what the chains are --- */

struct heads {
    u64 number[ORACLE_CHAINS_MAX];
    hash32 hash[ORACLE_CHAINS_MAX];
};

static struct heads heads_of(struct oracle *o)
{
    struct heads h = {0};
    for (u32 i = 0; i < o->cast.chain_count; i++) {
        hash32 root;
        assert_int_equal(session_head(o->s, &h.number[i], &h.hash[i], &root, o->cast.chain_id[i]), OK);
    }
    return h;
}

/* Who pays and who gets the fee, and what every block writes (EIP-2935 and the like). */
struct allowed {
    hash32 key[2 + SYSTEM_CONTRACT_COUNT];
    bool as_before;
};

static enum err judge(void *context, const hash32 *key, const struct account_leaf *was, const struct account_leaf *is)
{
    struct allowed *a = context;
    const bool same_code = hash32_eq(&was->code_hash, &is->code_hash);
    const bool same_storage = hash32_eq(&was->storage_root, &is->storage_root);
    const bool same_money = was->nonce == is->nonce && u256_eq(&was->balance, &is->balance);
    bool fine = false;
    for (size_t i = 0; i < COUNT_OF(a->key); i++)
        fine |= hash32_eq(key, &a->key[i]) && same_code && (i < 2 ? same_storage : same_money);
    a->as_before &= fine;
    return OK;
}

static void assert_as_before(struct oracle *o, const struct heads *before)
{
    const struct heads after = heads_of(o);
    struct allowed a = {.as_before = true};
    for (u32 i = 1; i < o->cast.chain_count; i++)
        assert_memory_equal(&before->hash[i], &after.hash[i], sizeof after.hash[i]);
    keccak256(&a.key[0], session_builder(o->s)->b, 20);
    keccak256(&a.key[1], ledger_head(session_ledger_at(o->s, 0))->header.coinbase.b, 20);
    for (size_t i = 0; i < SYSTEM_CONTRACT_COUNT; i++)
        keccak256(&a.key[2 + i], system_contract[i].at.b, 20);
    assert_int_equal(session_changes(o->s, o->cast.chain_id[0], before->number[0], after.number[0], judge, &a), OK);
    assert_true(a.as_before);
}

/* --- what refuses it --- */

enum outcome {
    SETTLED,
    /* SharedBridge reverts */
    MISMATCH, UNPAIRED, ABSENT, LEFTOVER, EXISTS, FUSE, FAILED, ROOT, SPLIT, TOO_FAR, ESCROW, GAS,
    /* no block contains it: no prover would attest */
    NO_SYSTEM, NO_ANSWER, NO_END, NO_NESTED, NO_ROOT, NO_CLOCK, NO_GAS, NO_SPLIT, NO_ROOM, NO_NONCE,
    OUTCOME_COUNT
};

static const struct {
    const char *error;  /* of SharedBridge */
    enum err refused;   /* by the rollup's state transition */
} outcomes[OUTCOME_COUNT] = {
    [MISMATCH] = {"MailboxMismatch(uint256,uint256,uint256)", OK},
    [UNPAIRED] = {"Unpaired(uint256,uint256)", OK},
    [ABSENT] = {"Absent(uint256)", OK},
    [LEFTOVER] = {"Leftover()", OK},
    [EXISTS] = {"ResponseExists()", OK},
    [FUSE] = {"Fuse()", OK}, /* an abort: the bridge burned the step's gas */
    [FAILED] = {"OperationFailed(address,bytes)", OK},
    [ROOT] = {"RootOrder()", OK},
    [SPLIT] = {"ScopeSplit()", OK},
    [TOO_FAR] = {"ClockTooFar()", OK},
    [ESCROW] = {"Escrow(uint256)", OK},
    [GAS] = {"InsufficientGas()", OK},
    [NO_SYSTEM] = {NULL, REJECT_SYSTEM_TX_FAILED}, /* of RootOrder, ClockTooFar, ResponseExists, or out of funds */
    [NO_ANSWER] = {NULL, REJECT_RESPONSE_MISSING},
    [NO_END] = {NULL, REJECT_LEFTOVER},
    [NO_NESTED] = {NULL, REJECT_NESTED_MISMATCH},
    [NO_ROOT] = {NULL, REJECT_ROOT_ORDER},
    [NO_CLOCK] = {NULL, REJECT_CLOCK_TOO_FAR},
    [NO_GAS] = {NULL, REJECT_INSUFFICIENT_GAS},
    [NO_SPLIT] = {NULL, REJECT_SCOPE_SPLIT},
    [NO_ROOM] = {NULL, REJECT_TX_GAS_ALLOWANCE},
    [NO_NONCE] = {NULL, REJECT_TX_NONCE_LOW},
};

static enum outcome outcome_of(enum err e, const struct slot_report *r)
{
    hash32 hash;
    if (e == OK && r->settled)
        return SETTLED;
    for (enum outcome o = SETTLED + 1; o < OUTCOME_COUNT; o++) {
        if (e != OK && e == outcomes[o].refused)
            return o;
        if (e != OK || !outcomes[o].error)
            continue;
        keccak256(&hash, outcomes[o].error, strlen(outcomes[o].error));
        if (r->revert_data.len >= 4 && load_be32(hash.b) == load_be32(r->revert_data.ptr))
            return o;
    }
    return OUTCOME_COUNT;
}

/* --- every lie, and what must refuse it --- */

/* Who is lied to. */
enum place { ON_L1, ON_ROLLUP, INLINE_ON_L1, INLINE_ON_ROLLUP, PLACE_COUNT };

/* Parts of a response and of a request, each with its first byte (forgery.h). */
enum part {
    WHOLE,
    STATUS, ANSWER_CLOCK, RETURNDATA,
    FROM, TO, ROOT_CLOCK, ROOT_CHAIN, FLAGS, DEPTH, CLOCK, VALUE, GAS_LIMIT, DATA,
    PART_COUNT
};
static const size_t part_begins[PART_COUNT + 1] = {
    [STATUS] = 0, [ANSWER_CLOCK] = 1, [RETURNDATA] = 9,
    [FROM] = 64, [TO] = 84, [ROOT_CLOCK] = 104, [ROOT_CHAIN] = 112, [FLAGS] = 120, [DEPTH] = 124, [CLOCK] = 128,
    [VALUE] = 136, [GAS_LIMIT] = 168, [DATA] = 200,
};

/* Where the lie changes nothing but what is compared, the comparison finds it: MISMATCH. Most lies also make one of the
 * chains do something else, which is found sooner: a later call has another nonce and so no answer (NO_ANSWER, on L1
 * FUSE), an answer has no call (NO_END), an order is not kept. A row lists all that may refuse it, and the run
 * must meet each of them. */
static const struct {
    enum forgery_kind kind;
    enum part part;
    enum outcome want[PLACE_COUNT][6]; /* until SETTLED */
} rows[] = {
    /* L1, a rollup, inline on L1, inline on a rollup. Answers have no place of the last two kinds. */
    {FORGERY_RESPONSE_BYTE, STATUS, {{FAILED}, {MISMATCH, NO_ANSWER, NO_END}}},
    {FORGERY_RESPONSE_BYTE, ANSWER_CLOCK, {{MISMATCH, FUSE}, {MISMATCH, NO_ANSWER, NO_CLOCK}}},
    {FORGERY_RESPONSE_BYTE, RETURNDATA, {{MISMATCH}, {MISMATCH}}},
    {FORGERY_RESPONSE_CUT, WHOLE, {{MISMATCH}, {MISMATCH}}},
    {FORGERY_RESPONSE_LONGER, WHOLE, {{MISMATCH}, {MISMATCH}}},
    {FORGERY_RESPONSE_SWAP,
     WHOLE,
     {{MISMATCH, FUSE, NO_ANSWER}, {MISMATCH, FUSE, NO_ANSWER, NO_END}}}, /* two sources */
    {FORGERY_FILL_LEFT_OUT, WHOLE, {{FUSE}, {NO_ANSWER}}},
    {FORGERY_FILL_TWICE, WHOLE, {{EXISTS}, {NO_SYSTEM}}},
    {FORGERY_FILL_SWAP, WHOLE, {{MISMATCH}, {MISMATCH}}},
    {FORGERY_FILL_CHAIN, WHOLE, {{FUSE}, {NO_ANSWER}}},
    {FORGERY_FILL_ADDED, WHOLE, {{LEFTOVER}, {NO_END}}},
    {FORGERY_REQUEST_BYTE, FROM, {{MISMATCH}, {MISMATCH}, {FUSE}, {NO_NESTED}}},
    {FORGERY_REQUEST_BYTE, TO, {{MISMATCH}, {MISMATCH, NO_ANSWER, NO_END}, {FUSE}, {NO_NESTED}}},
    {FORGERY_REQUEST_BYTE, ROOT_CLOCK, {{MISMATCH, ROOT}, {MISMATCH, NO_SYSTEM, NO_ANSWER}, {FUSE}, {NO_ROOT}}},
    {FORGERY_REQUEST_BYTE, ROOT_CHAIN, {{MISMATCH, ROOT}, {MISMATCH, NO_SYSTEM, NO_ANSWER}, {FUSE}, {NO_ROOT}}},
    {FORGERY_REQUEST_BYTE, FLAGS, {{MISMATCH}, {MISMATCH, NO_ANSWER, NO_END}, {MISMATCH}, {MISMATCH}}},
    {FORGERY_REQUEST_BYTE, DEPTH, {{MISMATCH}, {MISMATCH, NO_ANSWER}, {MISMATCH}, {MISMATCH}}},
    {FORGERY_REQUEST_BYTE,
     CLOCK,
     {{MISMATCH, ROOT, TOO_FAR}, {MISMATCH, NO_SYSTEM, NO_ANSWER}, {FUSE}, {NO_NESTED, NO_CLOCK}}},
    {FORGERY_REQUEST_BYTE, VALUE, {{MISMATCH, ESCROW}, {MISMATCH, NO_SYSTEM}, {FUSE}, {NO_NESTED, NO_GAS}}},
    {FORGERY_REQUEST_BYTE, GAS_LIMIT, {{MISMATCH, GAS}, {MISMATCH, NO_ROOM}, {MISMATCH, FUSE}, {MISMATCH, NO_GAS}}},
    {FORGERY_REQUEST_BYTE, DATA, {{MISMATCH}, {MISMATCH, NO_ANSWER, NO_END}, {MISMATCH, FUSE}, {MISMATCH, NO_NESTED}}},
    {FORGERY_REQUEST_CUT, WHOLE, {{MISMATCH}, {MISMATCH, NO_ANSWER, NO_END}, {FUSE}, {NO_NESTED}}},
    {FORGERY_REQUEST_LONGER, WHOLE, {{MISMATCH}, {MISMATCH, NO_ANSWER, NO_END}, {FUSE}, {NO_NESTED}}},
    {FORGERY_SOURCE, WHOLE, {{MISMATCH}, {MISMATCH, UNPAIRED}, {FUSE}, {NO_NESTED}}},
    {FORGERY_LEAVE_OUT, WHOLE, {{MISMATCH, UNPAIRED}, {MISMATCH, UNPAIRED}, {MISMATCH}, {MISMATCH}}},
    {FORGERY_TWICE, WHOLE, {{MISMATCH}, {MISMATCH, NO_ANSWER}, {FUSE}, {NO_NESTED}}},
    {FORGERY_SWAP, WHOLE, {{MISMATCH}, {MISMATCH, NO_SYSTEM, NO_ANSWER}, {FUSE}, {NO_NESTED}}},
    {FORGERY_MOVE, WHOLE, {{MISMATCH, FUSE}, {MISMATCH, NO_SYSTEM, NO_ANSWER}}},
    {FORGERY_TARGET, WHOLE, {{MISMATCH, UNPAIRED, NO_SPLIT}, {MISMATCH, SPLIT, NO_SYSTEM, NO_ANSWER, NO_END}}},
    {FORGERY_ADDED, WHOLE, {{MISMATCH}, {MISMATCH, NO_ANSWER}, {FUSE}, {NO_NESTED}}},
    {FORGERY_ANNOUNCED, WHOLE, {{SETTLED}, {SETTLED}, {FUSE}, {NO_NESTED}}},
    {FORGERY_MAKER_LEFT_OUT, WHOLE, {{UNPAIRED}, {MISMATCH, UNPAIRED}}},
    {FORGERY_MAKER_TWICE, WHOLE, {{FAILED}, {NO_ANSWER, NO_NONCE}}},
    {FORGERY_ABSENT, WHOLE, {{ABSENT}, {ABSENT}, {ABSENT}, {ABSENT}}},
};

/* Every byte would take minutes under sanitizers: the ends of each part there, all of them in a release build. */
#ifdef SANITIZE
enum { EVERY_BYTE = false };
#else
enum { EVERY_BYTE = true };
#endif

struct run {
    struct oracle *o;
    struct record record;
    u32 met[COUNT_OF(rows)][PLACE_COUNT][OUTCOME_COUNT];
    u32 tried;
};

static enum part part_of(const struct forgery *f)
{
    if (f->kind != FORGERY_RESPONSE_BYTE && f->kind != FORGERY_REQUEST_BYTE)
        return WHOLE;
    enum part p = f->kind == FORGERY_RESPONSE_BYTE ? RETURNDATA : DATA;
    while (part_begins[p] > f->offset)
        p--;
    return p;
}

static size_t row_of(const struct forgery *f)
{
    const enum part part = part_of(f);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].kind == f->kind && rows[i].part == part)
            return i;
    fail_msg("%s has no row", forgery_name(f->kind));
    return 0;
}

static bool is_wanted(const enum outcome *want, enum outcome outcome)
{
    for (; *want != SETTLED; want++)
        if (*want == outcome)
            return true;
    return false;
}

static void tell_of(const struct forgery *f, enum err e, const struct slot_report *r)
{
    print_message("%s: call %zu, other %zu, offset %zu: %s", forgery_name(f->kind), f->call, f->other, f->offset,
                  e != OK ? err_name(e) : r->settled ? "settled" : "reverted with ");
    for (size_t i = 0; e == OK && i < r->revert_data.len; i++)
        print_message("%02x", r->revert_data.ptr[i]);
    print_message("\n");
}

static void try_one(struct run *run, struct forgery f, enum place place)
{
    const struct heads before = heads_of(run->o);
    const struct slot_report *r;
    const enum err e = session_slot_forged(run->o->s, &r, &f);
    if (e == REJECT_CONFIG)
        return; /* this call has no such element */
    const size_t row = row_of(&f);
    const enum outcome outcome = outcome_of(e, r);
    if (!is_wanted(rows[row].want[place], outcome)) {
        tell_of(&f, e, r);
        fail();
    }
    assert_as_before(run->o, &before);
    run->met[row][place][outcome]++;
    run->tried++;
}

static enum place source_of(const struct run *run, const struct plan_call *c)
{
    return chain_index(&run->record, c->call.source_chain) == 0 ? ON_L1 : ON_ROLLUP;
}

static enum place target_of(const struct run *run, const struct plan_call *c)
{
    const bool l1 = chain_index(&run->record, c->call.target_chain) == 0;
    return c->enclosing == PLAN_NONE ? (l1 ? ON_L1 : ON_ROLLUP) : (l1 ? INLINE_ON_L1 : INLINE_ON_ROLLUP);
}

/* Past transactions that concern no other chain a call may be moved: that is the builder's to choose. */
static bool moving_matters(const struct record *r, size_t call, size_t to)
{
    const size_t chain = chain_index(r, r->call[call].call.target_chain);
    const struct plan_item *item = r->item[chain];
    size_t from = 0;
    while (from < r->item_count[chain] && !(item[from].kind == ITEM_HANDLE && item[from].call == call))
        from++;
    for (size_t i = from < to ? from + 1 : to; from < to ? i <= to : i < from; i++)
        if (item[i].kind == ITEM_HANDLE || item[i].made.first != PLAN_NONE)
            return true;
    return false;
}

static void flip_bytes(struct run *run, enum forgery_kind kind, size_t call, enum part from, enum part to, size_t end,
                       enum place place)
{
    for (enum part part = from; part <= to; part++) {
        const size_t last = (part == to ? end : part_begins[part + 1]) - 1;
        for (size_t at = part_begins[part]; at <= last; at++)
            if (EVERY_BYTE || at == part_begins[part] || at == last)
                try_one(run, (struct forgery){kind, call, 0, at}, place);
    }
}

static void lie_about(struct run *run, size_t i)
{
    static const struct { enum forgery_kind kind; bool at_target; } single[] = {
        {FORGERY_RESPONSE_CUT, false}, {FORGERY_RESPONSE_LONGER, false}, {FORGERY_FILL_LEFT_OUT, false},
        {FORGERY_FILL_TWICE, false}, {FORGERY_FILL_ADDED, false}, {FORGERY_REQUEST_CUT, true},
        {FORGERY_REQUEST_LONGER, true}, {FORGERY_LEAVE_OUT, true}, {FORGERY_TWICE, true}, {FORGERY_ADDED, true},
        {FORGERY_ANNOUNCED, true}, {FORGERY_MAKER_LEFT_OUT, false}, {FORGERY_MAKER_TWICE, false},
    };
    const struct plan_call *c = &run->record.call[i];
    const enum place source = source_of(run, c), target = target_of(run, c);
    const size_t target_chain = chain_index(&run->record, c->call.target_chain);
    flip_bytes(run, FORGERY_RESPONSE_BYTE, i, STATUS, RETURNDATA, c->response.len, source);
    flip_bytes(run, FORGERY_REQUEST_BYTE, i, FROM, DATA, part_begins[DATA] + c->call.request.data.len, target);
    for (size_t k = 0; k < COUNT_OF(single); k++)
        try_one(run, (struct forgery){single[k].kind, i, 0, 0}, single[k].at_target ? target : source);
    for (size_t other = i + 1; other < run->record.call_count; other++) {
        try_one(run, (struct forgery){FORGERY_RESPONSE_SWAP, i, other, 0}, source);
        try_one(run, (struct forgery){FORGERY_FILL_SWAP, i, other, 0}, source);
        try_one(run, (struct forgery){FORGERY_FILL_SWAP, other, i, 0}, source);
        try_one(run, (struct forgery){FORGERY_SWAP, i, other, 0}, target);
    }
    for (size_t chain = 0; chain < run->record.chain_count; chain++) {
        try_one(run, (struct forgery){FORGERY_FILL_CHAIN, i, chain, 0}, source);
        try_one(run, (struct forgery){FORGERY_SOURCE, i, chain, 0}, target);
        try_one(run, (struct forgery){FORGERY_TARGET, i, chain, 0}, target);
    }
    for (size_t to = 0; to < run->record.item_count[target_chain]; to++)
        if (moving_matters(&run->record, i, to))
            try_one(run, (struct forgery){FORGERY_MOVE, i, to, 0}, target);
    for (size_t side = 0; side < 2; side++)
        try_one(run, (struct forgery){FORGERY_ABSENT, i, side, 0}, target);
}

/* Every outcome of every row occurred: this detects a row that covers less than it says, and a forgery that was not
 * made. */
static void assert_all_met(const struct run *run)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (enum place p = 0; p < PLACE_COUNT; p++)
            for (const enum outcome *want = rows[i].want[p]; *want != SETTLED; want++)
                if (run->met[i][p][*want] == 0)
                    fail_msg("%s, part %d, place %d: outcome %d was not met", forgery_name(rows[i].kind), rows[i].part,
                             p, *want);
}

/* A call back from a chain that the rollup does not know. */
static enum err from_an_unknown_chain(void *context, struct plan *out, struct arena *arena, const struct plan *plan,
                                      struct buffer *why)
{
    TRY(forgery_apply(out, arena, plan, context, why));
    out->call.item[out->call.count - 1].call.source_chain = 77; /* the copy that is handled */
    return OK;
}

static void lie_about_chains(struct run *run)
{
    u32 tried = 0;
    for (size_t i = 0; i < run->record.call_count; i++) {
        const struct slot_report *r;
        struct forgery f = {.kind = FORGERY_REQUEST_BYTE, .call = i, .offset = part_begins[FROM]};
        if (target_of(run, &run->record.call[i]) != INLINE_ON_ROLLUP)
            continue;
        assert_int_equal(session_slot_by(run->o->s, &r, from_an_unknown_chain, &f), REJECT_ABORT);
        tried++;
    }
    assert_int_equal(tried, 2);
}

static enum err lie(void *context, struct oracle *o)
{
    struct run *run = context;
    const struct slot_report *r;
    run->o = o;
    assert_int_equal(session_slot_by(o->s, &r, look_at, &run->record), REJECT_CONFIG);
    for (size_t i = 0; i < run->record.call_count; i++)
        lie_about(run, i);
    lie_about_chains(run);
    return OK;
}

static void nothing_forged_settles(void **state)
{
    (void)state;
    struct arena arena;
    struct oracle *o;
    struct finding finding;
    static struct story s;
    static struct run run;
    arena_init(&arena, &system_memory);
    struct buffer why = buffer_in(&arena);
    assert_int_equal(oracle_open(&o, &system_memory, 3, &why), OK);
    tell(&s);
    o->before_slot = lie;
    o->before_context = &run;
    assert_int_equal(oracle_run(o, &s.p, NULL, &finding), OK);
    if (finding.kind != FINDING_NONE)
        print_message("%s: %s\n", finding_name(finding.kind), finding.text);
    assert_int_equal(finding.kind, FINDING_NONE); /* the honest bundle settles, and does what one chain does */
    assert_int_equal(run.record.call_count, 15);
    assert_all_met(&run);
    print_message("%u lies refused\n", run.tried);
    oracle_close(o);
    arena_release(&arena);
}

static enum err tell_the_truth(void *context, struct plan *out, struct arena *arena, const struct plan *plan,
                               struct buffer *why)
{
    (void)context, (void)arena, (void)why;
    *out = *plan;
    return OK;
}

static enum err settle_truth(void *context, struct oracle *o)
{
    const struct slot_report *r;
    bool *settled = context;
    TRY(session_slot_by(o->s, &r, tell_the_truth, NULL));
    *settled = r->sent && r->settled;
    return REJECT_CONFIG; /* the oracle would find nothing left to settle */
}

/* It is the lie that is refused: by the same hand, and compared with nothing, the truth settles. */
static void the_truth_settles(void **state)
{
    (void)state;
    struct arena arena;
    struct oracle *o;
    struct finding finding;
    static struct story s;
    bool settled = false;
    arena_init(&arena, &system_memory);
    struct buffer why = buffer_in(&arena);
    assert_int_equal(oracle_open(&o, &system_memory, 3, &why), OK);
    tell(&s);
    o->before_slot = settle_truth;
    o->before_context = &settled;
    assert_int_equal(oracle_run(o, &s.p, NULL, &finding), REJECT_CONFIG);
    assert_true(settled);
    oracle_close(o);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_truth_settles),
        cmocka_unit_test(nothing_forged_settles),
    };
    return cmocka_run_group_tests_name("forgery", tests, NULL, NULL);
}
