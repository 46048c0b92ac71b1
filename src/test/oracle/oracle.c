#include "base/u256.h"
#include "bridge/calldata.h"
#include "bridge/genesis.h"
#include "builder/query.h"
#include "builder/session_hooks.h"
#include "codec/abi.h"
#include "codec/text.h"
#include "crypto/keccak.h"
#include "oracle/oracle_contracts.h"
#include "oracle/oracle_private.h"
#include "signer/secp256k1_sign.h"
#include "simulate/plan.h"

/* --- setting up: accounts, puppets, their RemoteAccounts --- */

enum { PROVER = 2, DEPLOYER = 16, USER = 64 };

static hash32 key_of(u32 number)
{
    hash32 k = {{[0] = 0x0a}};
    store_be32(k.b + 28, number);
    return k;
}

hash32 oracle_user_key(u32 chain, u32 user)
{
    return key_of(USER + chain * ORACLE_USERS + user);
}

hash32 oracle_deployer_key(u32 chain)
{
    return key_of(DEPLOYER + chain);
}

static enum err open_session(struct oracle *o, u32 rollups)
{
    static const char builder[] = "scope:account:builder"; /* as scenario files have it: the same addresses */
    const hash32 prover = key_of(PROVER);
    hash32 builder_key;
    keccak256(&builder_key, builder, sizeof builder - 1);
    struct rollup_config rollup[ORACLE_CHAINS_MAX - 1];
    struct funded_account funded[ORACLE_CHAINS_MAX * (ORACLE_USERS + 1)];
    size_t count = 0;
    const u256 plenty = {{0, 1024, 0, 0}}; /* 2^74 wei, about 18,889 ether */
    for (u32 i = 0; i <= rollups; i++) {
        o->cast.chain_id[i] = i ? 900 + i : 1;
        if (i)
            rollup[i - 1] = (struct rollup_config){.chain_id = 900 + i,
                                                   .coinbase = {{0xc0, (u8)i}},
                                                   .gas_limit = 1u << 30,
                                                   .base_fee = u256_from_u64(ORACLE_BASE_FEE)};
        for (u32 j = 0; j <= ORACLE_USERS; j++) {
            const hash32 key = j < ORACLE_USERS ? oracle_user_key(i, j) : oracle_deployer_key(i);
            funded[count] = (struct funded_account){.chain_id = o->cast.chain_id[i], .balance = plenty};
            if (i)
                funded[count].balance = u256_from_u64(j < ORACLE_USERS ? ORACLE_USER_WEI : ORACLE_DEPLOYER_WEI);
            TRY(secp256k1_address(&funded[count].at, &key));
            if (j < ORACLE_USERS)
                o->cast.user[i][j] = funded[count].at;
            count++;
        }
    }
    const struct session_config config = {
        .l1_chain_id = 1, .l1_fork = FORK_OSAKA, .l1_gas_limit = 60000000, .l1_base_fee = u256_from_u64(1000000000),
        .l1_coinbase = {{0xc0}}, .genesis_timestamp = 1700000000, .rollup = rollup, .rollup_count = rollups,
        .funded = funded, .funded_count = count, .builder_key = builder_key, .prover_key = &prover, .prover_count = 1,
        .prover_threshold = 1,
    };
    return session_open(&o->s, o->memory, &config);
}

static enum err sent_well(struct oracle *o, u64 work)
{
    struct work_report r;
    TRY(session_status(o->s, &r, work));
    return r.status == WORK_SETTLED && r.success ? OK : REJECT_SET_UP;
}

/* Sends from a chain's deployer, as if in order. */
static enum err send(struct oracle *o, u32 chain, const struct transact *wanted, u64 *work)
{
    struct transact t = *wanted;
    t.chain_id = o->cast.chain_id[chain];
    t.key = oracle_deployer_key(chain);
    t.gas_limit = 1 << 24; /* EIP-7825 */
    return session_transact(o->s, work, &t);
}

/* CREATE2 by the parent of an EIP-1167 clone of the parent, salt 0 (EIP-1014). */
static void child_address(address *out, const address *parent)
{
    static const u8 head[] = {0x3d, 0x60, 0x2d, 0x80, 0x60, 0x0a, 0x3d, 0x39, 0x81, 0xf3,
                              0x36, 0x3d, 0x3d, 0x37, 0x3d, 0x3d, 0x3d, 0x36, 0x3d, 0x73};
    static const u8 tail[] = {0x5a, 0xf4, 0x3d, 0x82, 0x80, 0x3e, 0x90, 0x3d, 0x91, 0x60, 0x2b, 0x57, 0xfd, 0x5b, 0xf3};
    u8 init[sizeof head + 20 + sizeof tail];
    const u256 salt = {{0}};
    hash32 hash;
    memcpy(init, head, sizeof head);
    memcpy(init + sizeof head, parent->b, 20);
    memcpy(init + sizeof head + 20, tail, sizeof tail);
    keccak256(&hash, init, sizeof init);
    evm_create2_address(out, parent, &salt, &hash);
}

static enum err deploy_puppets(struct oracle *o, u32 chain, u64 *work)
{
    const hash32 key = oracle_deployer_key(chain);
    address deployer;
    TRY(secp256k1_address(&deployer, &key));
    struct buffer init = buffer_in(&o->scratch);
    buffer_add_bytes(&init, oracle_contract_find("Puppet")->creation_code);
    struct abi_writer w = abi_writer(&init);
    abi_open(&w, 1);
    abi_add_address(&w, &o->cast.bridge[chain]);
    abi_close(&w);
    for (u32 i = 0; i < ORACLE_PUPPETS; i++) {
        const struct transact t = {.creates = true,
                                   .value = u256_from_u64(i ? ORACLE_POOR_WEI : ORACLE_RICH_WEI),
                                   .data = buffer_bytes(&init)};
        evm_create_address(&o->cast.puppet[chain][i], &deployer, i);
        child_address(&o->cast.puppet[chain][ORACLE_PUPPETS + i], &o->cast.puppet[chain][i]);
        TRY(send(o, chain, &t, &work[i]));
    }
    return OK;
}

/* deployRemoteAccount for every puppet of another chain. */
struct bytes oracle_remotes_script(const struct cast *cast, u32 chain, struct arena *arena)
{
    enum { DEPLOY_REMOTE_ACCOUNT = (int)0xffd870d3, CALL = 5, ARGUMENTS = 68 };
    struct buffer script = buffer_in(arena);
    for (u32 of = 0; of < cast->chain_count; of++)
        for (u32 i = 0; i < ORACLE_CONTRACTS && of != chain; i++) {
            u8 head[32] = {CALL}, data[ARGUMENTS] = {0};
            memcpy(head + 2, cast->bridge[chain].b, 20);
            head[31] = ARGUMENTS;
            store_be32(data, (u32)DEPLOY_REMOTE_ACCOUNT);
            store_be64(data + 4 + 24, cast->chain_id[of]);
            memcpy(data + 36 + 12, cast->puppet[of][i].b, 20);
            buffer_add(&script, head, sizeof head);
            buffer_add(&script, data, sizeof data);
        }
    return buffer_bytes(&script);
}

static enum err deploy_remotes(struct oracle *o, u32 chain, u64 *work)
{
    const struct transact t = {.to = o->cast.puppet[chain][0],
                               .data = oracle_remotes_script(&o->cast, chain, &o->scratch)};
    return send(o, chain, &t, work);
}

static enum err name_accounts(struct oracle *o)
{
    struct cast *c = &o->cast;
    for (u32 on = 0; on < c->chain_count; on++) {
        c->sink[on] = (address){{0x51, [18] = 0xaa, [19] = (u8)on}};
        for (u32 of = 0; of < c->chain_count; of++) {
            for (u32 i = 0; i < ORACLE_CONTRACTS && of != on; i++)
                TRY(session_remote_account(o->s, &c->remote[on][of][i], c->chain_id[on], c->chain_id[of],
                                           &c->puppet[of][i]));
            for (u32 i = 0; i < ORACLE_USERS && of != on; i++)
                TRY(session_remote_account(o->s, &c->user_remote[on][of][i], c->chain_id[on], c->chain_id[of],
                                           &c->user[of][i]));
        }
    }
    return OK;
}

/* A first operation of L1's first user: he is delegated when programs start, the others are not. */
static enum err delegate_one(struct oracle *o, u64 *work)
{
    const struct operation_call call = {.to = o->cast.sink[0], .value = u256_from_u64(1)};
    const struct operation op = {.key = oracle_user_key(0, 0), .gas_limit = 1000000, .call = &call, .call_count = 1};
    return session_operate(o->s, work, &op);
}

static enum err remember_base(struct oracle *o)
{
    for (u32 i = 0; i < o->cast.chain_count; i++)
        o->base[i] = ledger_head(session_ledger_at(o->s, i))->header.number;
    return session_total(o->s, &o->base_total, o->cast.chain_id[0], o->base[0]);
}

static enum err set_up(struct oracle *o, u32 rollups)
{
    enum { WORKS = ORACLE_PUPPETS + 1 };
    u64 work[ORACLE_CHAINS_MAX][WORKS], operation;
    const struct slot_report *report;
    o->cast.chain_count = rollups + 1;
    TRY(open_session(o, rollups));
    for (u32 i = 0; i <= rollups; i++)
        o->cast.bridge[i] = i ? session_contracts(o->s)->rollup_bridge : session_contracts(o->s)->shared_bridge;
    for (u32 i = 0; i <= rollups; i++)
        TRY(deploy_puppets(o, i, work[i]));
    for (u32 i = 0; i <= rollups; i++)
        TRY(deploy_remotes(o, i, &work[i][ORACLE_PUPPETS]));
    TRY(name_accounts(o));
    TRY(delegate_one(o, &operation));
    TRY(session_slot(o->s, &report));
    for (u32 i = 0; i <= rollups; i++)
        for (u32 j = 0; j < WORKS; j++)
            TRY(sent_well(o, work[i][j]));
    TRY(sent_well(o, operation));
    TRY(remember_base(o));
    return one_chain_open(&o->one, o->memory, o->s, &o->cast);
}

enum err oracle_open(struct oracle **out, const struct memory *memory, u32 rollups, struct buffer *why)
{
    BUG_UNLESS(rollups >= 1 && rollups < ORACLE_CHAINS_MAX);
    struct arena arena;
    arena_init(&arena, memory);
    struct oracle *o = ARENA_TAKE_ZERO(&arena, struct oracle, 1);
    o->memory = memory;
    o->scratch = arena;
    const enum err e = set_up(o, rollups);
    if (e != OK) {
        text_add_z(why, err_text(e));
        text_add(why, "; ");
        text_add_z(why, o->s ? session_error(o->s) : "");
        oracle_close(o);
        return e;
    }
    *out = o;
    return OK;
}

void oracle_close(struct oracle *o)
{
    if (o->one)
        one_chain_close(o->one);
    if (o->s)
        session_close(o->s);
    struct arena arena = o->scratch; /* the oracle lives in it */
    arena_release(&arena);
}

/* --- one slot in both worlds --- */

static enum err submit_operation(struct oracle *o, const struct program_work *work, u64 *handle)
{
    struct operation_call *call = ARENA_TAKE(&o->scratch, struct operation_call, program_call_count(work));
    size_t count = 0;
    for (const struct act *a = work->act; a; a = a->next) {
        if (a->removed)
            continue;
        const struct program_call c = program_call_of(a, &o->cast, work, &o->scratch);
        call[count++] = (struct operation_call){c.to, c.value, c.data};
    }
    const struct operation op = {
        .key = oracle_user_key(0, work->user), .gas_limit = ORACLE_OPERATION_GAS, .call = call, .call_count = count};
    return session_operate(o->s, handle, &op);
}

static enum err submit(struct oracle *o, const struct program_work *work, u64 *handle)
{
    if (work->chain == 0)
        return submit_operation(o, work, handle);
    const struct act *a = work->act;
    while (a->removed)
        a = a->next;
    const struct program_call c = program_call_of(a, &o->cast, work, &o->scratch);
    const struct transact t = {.chain_id = o->cast.chain_id[work->chain],
                               .key = oracle_user_key(work->chain, work->user),
                               .to = c.to,
                               .value = c.value,
                               .gas_limit = ORACLE_TX_GAS,
                               .data = c.data};
    return session_transact(o->s, handle, &t);
}

/* The reason that the one chain shows for a refusal, as the builder's error. OK: none. */
static enum err reason_of(const struct one_result *one, bool is_operation)
{
    if (one->refusal == REFUSAL_REVERT_AROUND_CALL)
        return REJECT_REVERT_AROUND_CALL;
    if (one->refusal == REFUSAL_FUSE)
        return REJECT_HANDLING_FAILED;
    if (one->refusal == REFUSAL_REFUND)
        return REJECT_REFUND_REFUSED;
    if (one->refusal == REFUSAL_INTO_STATIC)
        return REJECT_LOOKUP_INTO_STATIC;
    return is_operation && !one->success ? REJECT_OPERATION_FAILED : OK;
}

static void count_refusal(struct oracle_shares *s, enum err e)
{
    s->refused_revert_around_call += e == REJECT_REVERT_AROUND_CALL;
    s->refused_fuse += e == REJECT_HANDLING_FAILED;
    s->refused_refund += e == REJECT_REFUND_REFUSED;
    s->refused_into_static += e == REJECT_LOOKUP_INTO_STATIC;
    s->refused_operation_failed += e == REJECT_OPERATION_FAILED;
}

static void compare_verdict(struct oracle *o, u32 work, const struct work_report *r, enum err reason)
{
    struct buffer text;
    const enum err verdict = r->status == WORK_REJECTED ? r->rejected : OK;
    if (verdict == REJECT_NO_ROLLUP && reason == OK)
        return; /* confirmed by confirm_alone */
    if (verdict == reason) {
        if (verdict != OK)
            count_refusal(o->shares, verdict);
        return;
    }
    if (!oracle_find(o, verdict == OK ? FINDING_NOT_REFUSED : FINDING_REFUSED, &text))
        return;
    text_add(&text, "work ");
    text_add_u64(&text, work);
    text_add(&text, ": the builder says ");
    text_add_z(&text, err_name(verdict));
    text_add(&text, " (");
    text_add_z(&text, r->reason ? r->reason : "");
    text_add(&text, "), the one chain shows ");
    text_add_z(&text, err_name(reason));
    oracle_found(o, &text);
}

/* Operations that are refused because nothing in the slot concerns a rollup: nothing does. */
static void confirm_alone(struct oracle *o, const struct slot_works *w)
{
    struct buffer text;
    u32 alone = 0, others = 0;
    for (u32 i = 0; i < w->p->work_count; i++) {
        alone += slot_runs(w, i) && w->alone[i];
        others += slot_runs(w, i) && (w->taken[i] || (w->alone[i] && w->one[i].call.count));
    }
    o->shares->refused_alone += alone;
    if (alone && others && oracle_find(o, FINDING_REFUSED, &text)) {
        text_add(&text, "an operation is refused because no rollup takes part, but one does");
        oracle_found(o, &text);
    }
}

/* The one chain: work by work, and what the builder rejected is rolled back. */
static enum err run_one_chain(struct oracle *o, struct slot_works *w)
{
    for (u32 i = 0; i < w->p->work_count; i++) {
        if (!slot_runs(w, i))
            continue;
        struct work_report r;
        TRY(session_status(o->s, &r, w->handle[i]));
        TRY(one_chain_run(o->one, &w->one[i], &w->p->work[i], &o->scratch));
        compare_verdict(o, i, &r, reason_of(&w->one[i], w->p->work[i].chain == 0));
        const enum err reason = reason_of(&w->one[i], w->p->work[i].chain == 0);
        o->finding->expected[i] = reason != OK        ? EXPECTED_REFUSED
                                  : w->one[i].success ? EXPECTED_SETTLED
                                                      : EXPECTED_REVERTED;
        w->taken[i] = r.status != WORK_REJECTED;
        w->alone[i] = !w->taken[i] && r.rejected == REJECT_NO_ROLLUP;
        if (!w->taken[i])
            one_chain_take_back(o->one);
    }
    confirm_alone(o, w);
    return one_chain_commit(o->one);
}

/* --- a program --- */

static void slot_failed(struct oracle *o, enum err e)
{
    struct buffer text;
    if (!oracle_find(o, FINDING_SLOT_FAILED, &text))
        return;
    text_add_z(&text, err_name(e));
    text_add(&text, ": ");
    text_add_z(&text, session_error(o->s));
    oracle_found(o, &text);
}

/* --- a builder that fills ahead --- */

/* The responses of an item up to the first of a lookup or attempt go to the end of those of an earlier one. Returns how
 * many. */
static u64 move_fills(struct plan *p, struct plan_item *to, struct plan_item *from)
{
    u64 moved = 0;
    while (from->completed.first != PLAN_NONE && !is_without_effect(&p->call.item[from->completed.first].call)) {
        const i32 call = from->completed.first;
        from->completed.first = p->call.item[call].next_completed;
        p->call.item[call].next_completed = PLAN_NONE;
        if (to->completed.last == PLAN_NONE)
            to->completed.first = call;
        else
            p->call.item[to->completed.last].next_completed = call;
        to->completed.last = call;
        moved++;
    }
    if (from->completed.first == PLAN_NONE)
        from->completed.last = PLAN_NONE;
    return moved;
}

/* A scope's first part on each rollup gets the responses that later parts read, too: in their order, which the lanes
 * show. Those of lookups and attempts stay, and all after them: they are deleted at the end of their part. */
static enum err fill_ahead(void *context, struct plan *out, struct arena *arena, const struct plan *plan,
                           struct buffer *why)
{
    struct oracle *o = context;
    (void)arena, (void)why;
    *out = *plan;
    for (size_t chain = 1; chain < out->chain_count; chain++) {
        struct plan_item *item = out->chain[chain].item.item, *first = item;
        for (size_t i = 0; i < out->chain[chain].item.count; i++) {
            if (item[i].work != first->work || item[i].kind != ITEM_HANDLE)
                first = &item[i];
            else if (first != &item[i])
                o->shares->filled_ahead += move_fills(out, first, &item[i]);
            if (first != &item[i] && item[i].completed.first != PLAN_NONE)
                first = &item[i];
        }
    }
    return OK;
}

static enum err run_slot(struct oracle *o, const struct program *p, u32 slot)
{
    struct slot_works w = {.p = p, .slot = slot};
    const struct slot_report *report;
    for (u32 i = 0; i < o->cast.chain_count; i++)
        w.first_block[i] = ledger_head(session_ledger_at(o->s, i))->header.number + 1;
    for (u32 i = 0; i < p->work_count; i++)
        if (slot_runs(&w, i)) {
            TRY(submit(o, &p->work[i], &w.handle[i]));
            o->shares->scopes++;
        }
    o->shares->slots++;
    if (o->before_slot)
        TRY(o->before_slot(o->before_context, o));
    const enum err e =
        p->fills_ahead ? session_slot_by(o->s, &report, fill_ahead, o) : session_slot(o->s, &report);
    if (err_is_fault(e) && e != FAULT_STATE_MISSING)
        return e;
    if (e != OK) {
        slot_failed(o, e);
        return OK;
    }
    if (report->l1_gas_used > o->shares->l1_gas_most)
        o->shares->l1_gas_most = report->l1_gas_used;
    if (report->sent && !report->settled) {
        oracle_say(o, FINDING_L1_REVERTED, report->l1_gas_used, "gas used", report->revert_data, bytes_of(NULL, 0));
        return OK;
    }
    TRY(run_one_chain(o, &w));
    return o->finding->kind == FINDING_NONE ? oracle_compare_slot(o, &w, report) : OK;
}

void oracle_watch(struct oracle *o, oracle_seen *seen, void *context)
{
    o->seen = seen;
    o->seen_context = context;
}

struct session *oracle_session(struct oracle *o)
{
    return o->s;
}

enum err oracle_run(struct oracle *o, const struct program *p, struct oracle_shares *shares, struct finding *finding)
{
    BUG_UNLESS(p->chain_count == o->cast.chain_count);
    struct oracle_shares ignored = {0};
    const struct arena_mark mark = arena_mark(&o->scratch);
    enum err e = OK;
    *finding = (struct finding){0};
    o->finding = finding;
    o->shares = shares ? shares : &ignored;
    o->shares->programs++;
    one_chain_begin(o->one);
    if (o->change)
        e = one_chain_change(o->one, o->change);
    for (u32 slot = 0; slot < p->slot_count && e == OK && finding->kind == FINDING_NONE; slot++)
        e = run_slot(o, p, slot);
    one_chain_end(o->one);
    if (o->seen && e == OK)
        e = o->seen(o->seen_context, o->s, p, o->base + 1);
    session_reset(o->s, o->base);
    arena_rewind(&o->scratch, mark);
    return e;
}

/* --- shrinking --- */

struct shrink_run {
    struct oracle *o;
    enum finding_kind kind;
    enum err e;
    struct finding *finding;
};

static bool fails_alike(void *context, const struct program *p)
{
    struct shrink_run *run = context;
    struct finding finding;
    if (run->e != OK)
        return false;
    run->e = oracle_run(run->o, p, NULL, &finding);
    if (run->e != OK || finding.kind != run->kind)
        return false;
    *run->finding = finding;
    return true;
}

enum err oracle_shrink(struct oracle *o, struct program *p, struct finding *finding)
{
    struct shrink_run run = {.o = o, .kind = finding->kind, .finding = finding};
    program_shrink(p, fails_alike, &run);
    return run.e;
}
