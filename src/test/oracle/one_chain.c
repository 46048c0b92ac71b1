#include "base/u256.h"
#include "bridge/calldata.h"
#include "builder/query.h"
#include "codec/abi.h"
#include "crypto/keccak.h"
#include "oracle/oracle_contracts.h"
#include "oracle/oracle_private.h"
#include "scope/selector.h"

enum { FRAMES_MAX = 1026 };
static const u64 ALL_GAS = 1ull << 60; /* a write in a static frame takes seven eighths */

/* What Router's host serves (contracts/oracle/Router.sol). */
enum host_function {
    HOST_CONTEXT, HOST_BEGIN, HOST_END, HOST_REQUESTED, HOST_ANSWERED, HOST_FUSED, HOST_REFUND_REFUSED,
    HOST_FUNCTION_COUNT
};

static const char *const host_signature[HOST_FUNCTION_COUNT] = {
    [HOST_CONTEXT] = "context()",
    [HOST_BEGIN] = "begin(uint256,uint256,bool,address,uint256)",
    [HOST_END] = "end()",
    [HOST_REQUESTED] = "requested(uint256,uint256,address,address,uint256,uint256,uint256,bool,bytes)",
    [HOST_ANSWERED] = "answered(bool,bytes)",
    [HOST_FUSED] = "fused()",
    [HOST_REFUND_REFUSED] = "refundRefused()",
};
static const address host_address = {{[18] = 0x0a, [19] = 0x11}};

enum { CONTEXT_BYTES = 5 * 32 }; /* as begin gives it and context returns it */

struct one_chain {
    const struct memory *memory;
    const struct cast *cast;
    struct ledger ledger;
    struct header header;
    hash32 root;            /* committed last */
    struct state *view;
    struct block_run run;
    bool is_open;
    struct block_mark mark; /* before what ran last */
    struct hooks hooks;
    u32 function[HOST_FUNCTION_COUNT]; /* selectors */
    /* of what runs */
    struct arena *arena;
    struct one_result *out;
    size_t open_call[FRAMES_MAX]; /* requests that are not answered yet, innermost last */
    size_t open_count;
    size_t requests;              /* calls made so far, undone ones too */
    u64 epoch;
    u8 handling[FRAMES_MAX][CONTEXT_BYTES]; /* the calls that are being handled, innermost last */
    size_t handling_count;
    u8 reply[CONTEXT_BYTES];
    size_t requests_at_enter[FRAMES_MAX];
    bool reverts[FRAMES_MAX];     /* by depth: the frame runs a router's scopedCall */
};

/* --- listening --- */

static bool is_router(const struct one_chain *w, const address *at)
{
    return address_eq(at, &w->cast->bridge[0]) || address_eq(at, &w->cast->bridge[1]);
}

static enum err one_chain_on_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    struct one_chain *w = context;
    (void)vm;
    BUG_UNLESS(m->depth < FRAMES_MAX);
    w->requests_at_enter[m->depth] = w->requests;
    w->reverts[m->depth] = is_router(w, &m->recipient) && m->input.len >= 4 &&
                           load_be32(m->input.ptr) == (u32)SELECTOR_SCOPED_CALL;
    return OK;
}

static void note_refusal(struct one_chain *w, enum refusal refusal)
{
    if (w->out->refusal == REFUSAL_NONE)
        w->out->refusal = refusal;
}

static enum err one_chain_on_leave(void *context, struct evm *vm, const struct evm_message *m,
                                   const struct evm_result *r)
{
    struct one_chain *w = context;
    (void)vm;
    if (!halt_is_success(r->halt) && w->requests > w->requests_at_enter[m->depth])
        note_refusal(w, REFUSAL_REVERT_AROUND_CALL);
    return OK;
}

/* A lookup into a chain whose innermost open request is a lookup itself: its frame is static. Of a call that fails, it
 * is known later. */
static bool goes_into_static(const struct one_chain *w, const struct oracle_call *c)
{
    for (size_t i = w->open_count; i > 0; i--) {
        struct oracle_call *open = &w->out->call.item[w->open_call[i - 1]];
        if (open->source == c->target) {
            open->is_entered = true;
            return open->is_lookup;
        }
    }
    return false;
}

static enum err on_requested(struct one_chain *w, struct abi_reader r, u32 depth_of_router)
{
    struct oracle_call c = {.epoch = w->epoch, .reverts = w->reverts[depth_of_router]};
    u64 depth;
    TRY(abi_u64(&r, &c.source));
    TRY(abi_u64(&r, &c.target));
    TRY(abi_address(&r, &c.from));
    TRY(abi_address(&r, &c.to));
    TRY(abi_u256(&r, &c.value));
    TRY(abi_u256(&r, &c.gas_limit));
    TRY(abi_u64(&r, &depth));
    TRY(abi_bool(&r, &c.is_lookup));
    TRY(abi_bytes(&r, &c.data));
    c.depth = (u32)depth;
    c.data = arena_copy(w->arena, c.data);
    if (goes_into_static(w, &c))
        note_refusal(w, REFUSAL_INTO_STATIC);
    *LIST_ADD(&w->out->call, w->arena) = c;
    BUG_UNLESS(w->open_count < FRAMES_MAX);
    w->open_call[w->open_count++] = w->out->call.count - 1;
    w->requests += !c.is_lookup;
    w->epoch += !c.is_lookup;
    return OK;
}

/* It failed, and its caller fails with it: no event, whatever was looked at meanwhile. */
static void make_attempt(struct one_chain *w, const struct oracle_call *c)
{
    if (c->is_entered)
        note_refusal(w, REFUSAL_INTO_STATIC);
    w->requests--;
    w->epoch = c->epoch;
    for (size_t i = (size_t)(c - w->out->call.item); i < w->out->call.count; i++)
        w->out->call.item[i].epoch = c->epoch;
}

static enum err on_answered(struct one_chain *w, struct abi_reader r)
{
    BUG_UNLESS(w->open_count > 0);
    struct oracle_call *c = &w->out->call.item[w->open_call[--w->open_count]];
    TRY(abi_bool(&r, &c->success));
    TRY(abi_bytes(&r, &c->answer));
    c->answer = arena_copy(w->arena, c->answer);
    c->is_attempt = c->reverts && !c->success;
    if (c->is_attempt)
        make_attempt(w, c);
    else
        w->epoch += !c->is_lookup;
    return OK;
}

static enum err serve_host(struct one_chain *w, enum host_function function, struct bytes arguments,
                           struct bytes *reply, u32 depth_of_router)
{
    switch (function) {
    case HOST_CONTEXT:
        memset(w->reply, 0, sizeof w->reply);
        if (w->handling_count)
            memcpy(w->reply, w->handling[w->handling_count - 1], CONTEXT_BYTES);
        *reply = BYTES_OF(w->reply);
        return OK;
    case HOST_BEGIN:
        BUG_UNLESS(arguments.len == CONTEXT_BYTES && w->handling_count < FRAMES_MAX);
        memcpy(w->handling[w->handling_count++], arguments.ptr, CONTEXT_BYTES);
        return OK;
    case HOST_END:
        BUG_UNLESS(w->handling_count > 0);
        w->handling_count--;
        return OK;
    case HOST_REQUESTED:
        return on_requested(w, abi_reader(arguments), depth_of_router);
    case HOST_ANSWERED:
        return on_answered(w, abi_reader(arguments));
    case HOST_FUSED:
        note_refusal(w, REFUSAL_FUSE);
        return OK;
    case HOST_REFUND_REFUSED:
        note_refusal(w, REFUSAL_REFUND);
        return OK;
    case HOST_FUNCTION_COUNT:
        break;
    }
    BUG("not a function of the host");
}

static enum err one_chain_call_codeless(void *context, struct evm *vm, const struct evm_message *m,
                                        struct evm_result *r, bool *served)
{
    struct one_chain *w = context;
    (void)vm;
    *served = address_eq(&m->recipient, &host_address) && is_router(w, &m->sender);
    if (!*served)
        return OK;
    BUG_UNLESS(m->input.len >= 4);
    *r = (struct evm_result){.halt = HALT_RETURN, .gas_left = m->gas};
    for (enum host_function f = 0; f < HOST_FUNCTION_COUNT; f++)
        if (w->function[f] == load_be32(m->input.ptr))
            return serve_host(w, f, bytes_of(m->input.ptr + 4, m->input.len - 4), &r->output, m->depth - 1);
    BUG("not a function of the host");
}

/* --- building it --- */

static enum err put(struct one_chain *w, const address *at, struct bytes code, const u256 *balance)
{
    const struct account *a;
    TRY(state_account(w->view, &a, NULL, at));
    state_set_nonce(w->view, a, 1);
    state_set_balance(w->view, a, balance);
    if (code.len)
        state_set_code(w->view, a, code);
    return OK;
}

/* The account as the session's chain has it. */
static enum err copy(struct one_chain *w, struct session *s, u32 chain, const address *at)
{
    struct account_leaf leaf;
    struct bytes code;
    u64 head;
    hash32 hash, root;
    TRY(session_head(s, &head, &hash, &root, w->cast->chain_id[chain]));
    TRY(session_account(s, &leaf, w->cast->chain_id[chain], head, at));
    TRY(session_code(s, &code, w->cast->chain_id[chain], head, at));
    BUG_UNLESS(hash32_eq(&leaf.storage_root, &trie_empty_root));
    return put(w, at, code, &leaf.balance);
}

/* The implementation that the RemoteAccounts on a chain are clones of (EIP-1167): its address is in their code. */
static enum err implementation_of(struct one_chain *w, struct session *s, u32 chain, address *out)
{
    enum { IMPLEMENTATION_AT = 10 };
    struct bytes code;
    u64 head;
    hash32 hash, root;
    TRY(session_head(s, &head, &hash, &root, w->cast->chain_id[chain]));
    TRY(session_code(s, &code, w->cast->chain_id[chain], head, &w->cast->remote[chain][chain == 0][0]));
    BUG_UNLESS(code.len > IMPLEMENTATION_AT + 20);
    memcpy(out->b, code.ptr + IMPLEMENTATION_AT, 20);
    return OK;
}

static void add_words(struct abi_writer *abi, const u64 *word, u32 count)
{
    abi_open_array(abi, count, 1);
    for (u32 i = 0; i < count; i++)
        abi_add_u64(abi, word[i]);
    abi_close(abi);
}

/* Router.configure */
static u64 rollup_gas_limit(const struct session *s, size_t index)
{
    struct rollup_origin r;
    BUG_UNLESS(session_rollup(s, &r, index));
    return r.rules->gas_limit;
}

static struct bytes configuration(const struct one_chain *w, struct session *s, const address *implementation,
                                  struct arena *arena)
{
    const struct cast *cast = w->cast;
    const address forbidden[] = {cast->bridge[0], cast->bridge[1], session_contracts(s)->proof_registry,
                                 session_contracts(s)->quorum_verifier, session_contracts(s)->l1_context};
    u64 max_gas[ORACLE_CHAINS_MAX], default_gas[ORACLE_CHAINS_MAX];
    for (u32 i = 0; i < cast->chain_count; i++) {
        max_gas[i] = i == 0 ? ORACLE_L1_MAX_GAS : rollup_gas_limit(s, i - 1) / 2;
        default_gas[i] = ORACLE_DEFAULT_GAS;
    }
    struct buffer out = buffer_in(arena);
    u8 selector[4];
    store_be32(selector, 0xa3f3f2ab); /* configure((...)) */
    buffer_add(&out, selector, 4);
    struct abi_writer abi = abi_writer(&out);
    abi_open(&abi, 1);
    abi_open_tuple(&abi, 11);
    abi_add_address(&abi, implementation);
    abi_add_u64(&abi, ORACLE_HOPELESS_GAS);
    abi_add_address(&abi, &cast->bridge[0]);
    abi_add_address(&abi, &cast->bridge[1]);
    abi_add_u64(&abi, cast->chain_id[0]);
    add_words(&abi, cast->chain_id, cast->chain_count);
    add_words(&abi, max_gas, cast->chain_count);
    add_words(&abi, default_gas, cast->chain_count);
    abi_open_array(&abi, cast->chain_count * ORACLE_USERS, 1);
    for (u32 i = 0; i < cast->chain_count * ORACLE_USERS; i++)
        abi_add_address(&abi, &cast->user[i / ORACLE_USERS][i % ORACLE_USERS]);
    abi_close(&abi);
    abi_open_array(&abi, cast->chain_count * ORACLE_USERS, 1);
    for (u32 i = 0; i < cast->chain_count * ORACLE_USERS; i++)
        abi_add_u64(&abi, cast->chain_id[i / ORACLE_USERS]);
    abi_close(&abi);
    abi_open_array(&abi, COUNT_OF(forbidden), 1);
    for (u32 i = 0; i < COUNT_OF(forbidden); i++)
        abi_add_address(&abi, &forbidden[i]);
    abi_close(&abi);
    abi_close(&abi);
    abi_close(&abi);
    return buffer_bytes(&out);
}

static enum err put_router(struct one_chain *w, struct session *s, u32 chain, struct arena *arena)
{
    const u256 plenty = {{0, 1ull << 40, 0, 0}};
    address implementation;
    struct evm_result r;
    TRY(implementation_of(w, s, chain, &implementation));
    TRY(copy(w, s, chain, &implementation));
    TRY(put(w, &w->cast->bridge[chain], oracle_contract_find("Router")->runtime_code, &plenty));
    const struct block_message m = {
        .to = w->cast->bridge[chain], .data = configuration(w, s, &implementation, arena), .gas = ALL_GAS};
    TRY(block_message(&w->run, &r, &m));
    BUG_UNLESS(halt_is_success(r.halt));
    return OK;
}

static enum err put_users(struct one_chain *w, struct session *s)
{
    const u256 plenty = {{0, 1ull << 30, 0, 0}};
    u8 designator[23] = {0xef, 0x01, 0x00}; /* EIP-7702 */
    memcpy(designator + 3, session_contracts(s)->scoped_account.b, 20);
    for (u32 i = 0; i < w->cast->chain_count; i++)
        for (u32 j = 0; j < ORACLE_USERS; j++)
            TRY(put(w, &w->cast->user[i][j], i == 0 ? BYTES_OF(designator) : bytes_of(NULL, 0), &plenty));
    return copy(w, s, 0, &session_contracts(s)->scoped_account);
}

static enum err deploy_remote_account(struct one_chain *w, u32 chain, u32 of, const address *account)
{
    enum { DEPLOY_REMOTE_ACCOUNT = (int)0xffd870d3 };
    u8 data[4 + 64] = {0};
    struct evm_result r;
    store_be32(data, (u32)DEPLOY_REMOTE_ACCOUNT);
    store_be64(data + 4 + 24, w->cast->chain_id[of]);
    memcpy(data + 36 + 12, account->b, 20);
    const struct block_message m = {.to = w->cast->bridge[chain], .data = BYTES_OF(data), .gas = ALL_GAS};
    TRY(block_message(&w->run, &r, &m));
    BUG_UNLESS(halt_is_success(r.halt));
    return OK;
}

/* A user who looks at a chain is there already: Router deploys nothing in a static frame. */
static enum err deploy_user_remotes(struct one_chain *w)
{
    for (u32 on = 0; on < w->cast->chain_count; on++)
        for (u32 of = 0; of < w->cast->chain_count; of++)
            for (u32 i = 0; i < ORACLE_USERS && of != on; i++)
                TRY(deploy_remote_account(w, on, of, &w->cast->user[of][i]));
    return OK;
}

static enum err put_all(struct one_chain *w, struct session *s, struct arena *arena)
{
    const struct cast *cast = w->cast;
    for (u32 i = 0; i < cast->chain_count; i++) {
        TRY(copy(w, s, i, &cast->sink[i]));
        for (u32 j = 0; j < ORACLE_PUPPETS; j++)
            TRY(copy(w, s, i, &cast->puppet[i][j]));
        for (u32 of = 0; of < cast->chain_count; of++)
            for (u32 j = 0; j < ORACLE_CONTRACTS && of != i; j++)
                TRY(copy(w, s, i, &cast->remote[i][of][j]));
    }
    TRY(put_users(w, s));
    TRY(put_router(w, s, 0, arena));
    TRY(put_router(w, s, 1, arena));
    TRY(deploy_user_remotes(w));
    return state_commit(w->view, &w->root);
}

static void open_run(struct one_chain *w)
{
    block_open(&w->run, &w->ledger.machine, w->ledger.rules, w->view, &w->header, &w->ledger.ancestors, &w->hooks);
    w->is_open = true;
}

static void close_run(struct one_chain *w)
{
    if (w->is_open)
        block_release(&w->run);
    w->is_open = false;
    if (w->view)
        state_release(w->view);
    w->view = NULL;
}

enum err one_chain_open(struct one_chain **out, const struct memory *memory, struct session *s, const struct cast *cast)
{
    struct one_chain *w = *out = ARENA_TAKE_ZERO(&session_ledger_at(s, 0)->arena, struct one_chain, 1);
    w->memory = memory;
    w->cast = cast;
    w->hooks = (struct hooks){.context = w, .enter = one_chain_on_enter, .leave = one_chain_on_leave,
                              .call_codeless = one_chain_call_codeless};
    for (enum host_function f = 0; f < HOST_FUNCTION_COUNT; f++) {
        hash32 hash;
        keccak256(&hash, host_signature[f], __builtin_strlen(host_signature[f]));
        w->function[f] = load_be32(hash.b);
    }
    const struct ledger *l1 = session_ledger_at(s, 0);
    ledger_init(&w->ledger, memory, l1->rules, l1->code_cache);
    w->header = ledger_head(l1)->header;
    w->header.number = 0;
    w->view = ledger_empty_view(&w->ledger);
    struct one_result nothing = {0};
    struct arena scratch;
    arena_init(&scratch, memory);
    w->arena = &scratch;
    w->out = &nothing;
    open_run(w);
    const enum err e = put_all(w, s, &scratch);
    if (e == OK) {
        w->header.state_root = w->root;
        ledger_append(&w->ledger, &w->header, NULL, w->view);
    }
    close_run(w);
    arena_release(&scratch);
    return e;
}

void one_chain_close(struct one_chain *w)
{
    close_run(w);
    ledger_release(&w->ledger);
}

/* --- running --- */

void one_chain_begin(struct one_chain *w)
{
    w->view = ledger_view(&w->ledger);
    w->root = ledger_head(&w->ledger)->header.state_root;
    open_run(w);
}

enum err one_chain_change(struct one_chain *w, const struct one_chain_change *change)
{
    const struct account *a;
    const struct storage_slot *slot;
    const u256 zero = {{0}}, more = u256_from_u64(change->wei), value = u256_from_u64(change->state);
    u256 balance;
    TRY(state_account(w->view, &a, NULL, &change->at));
    TRY(state_storage_slot(w->view, &slot, NULL, a, &zero));
    u256_add(&balance, &a->balance, &more);
    state_set_balance(w->view, a, &balance);
    if (change->code.len)
        state_set_code(w->view, a, change->code);
    if (change->state)
        state_set_storage_slot(w->view, a, slot, &value);
    return OK;
}

void one_chain_end(struct one_chain *w)
{
    close_run(w);
}

/* execute(bytes32,bytes): ERC-7821, as the account itself calls it */
struct bytes execute_batch(const struct program_work *work, const struct cast *cast, struct arena *arena)
{
    static const u8 mode[32] = {1};
    struct buffer inner = buffer_in(arena), out = buffer_in(arena);
    struct abi_writer w = abi_writer(&inner);
    abi_open(&w, 1);
    abi_open_array(&w, program_call_count(work), 1);
    for (const struct act *a = work->act; a; a = a->next) {
        if (a->removed)
            continue;
        const struct program_call c = program_call_of(a, cast, work, arena);
        abi_open_tuple(&w, 3);
        abi_add_address(&w, &c.to);
        abi_add_u256(&w, &c.value);
        abi_add_bytes(&w, c.data);
        abi_close(&w);
    }
    abi_close(&w);
    abi_close(&w);
    u8 selector[4];
    store_be32(selector, 0xe9ae5c53);
    buffer_add(&out, selector, 4);
    w = abi_writer(&out);
    abi_open(&w, 2);
    abi_add_word(&w, mode);
    abi_add_bytes(&w, buffer_bytes(&inner));
    abi_close(&w);
    return buffer_bytes(&out);
}

/* What is left of the work: the first call of a rollup's user, all calls of one on L1. */
static struct block_message message_of(const struct one_chain *w, const struct program_work *work, struct arena *arena)
{
    const address user = w->cast->user[work->chain][work->user];
    struct block_message m = {.from = user, .to = user, .gas = ALL_GAS};
    if (work->chain == 0) {
        m.data = execute_batch(work, w->cast, arena);
        return m;
    }
    const struct act *a = work->act;
    while (a->removed)
        a = a->next;
    const struct program_call c = program_call_of(a, w->cast, work, arena);
    m.to = c.to;
    m.value = c.value;
    m.data = c.data;
    return m;
}

enum err one_chain_run(struct one_chain *w, struct one_result *out, const struct program_work *work,
                       struct arena *arena)
{
    *out = (struct one_result){0};
    w->arena = arena;
    w->out = out;
    w->open_count = w->requests = w->handling_count = 0;
    w->epoch = 0;
    w->mark = block_mark(&w->run);
    const u32 before = (u32)w->run.host.log.count;
    const struct block_message m = message_of(w, work, arena);
    struct evm_result r;
    TRY(block_message(&w->run, &r, &m));
    out->success = halt_is_success(r.halt);
    out->output = arena_copy(arena, r.output);
    out->log_count = (u32)w->run.host.log.count - before;
    struct log *log = ARENA_TAKE(arena, struct log, out->log_count);
    for (u32 i = 0; i < out->log_count; i++)
        log[i] = w->run.host.log.item[before + i];
    out->log = log;
    return OK;
}

void one_chain_take_back(struct one_chain *w)
{
    block_rewind(&w->run, &w->mark);
}

enum err one_chain_commit(struct one_chain *w)
{
    return state_commit(w->view, &w->root);
}

enum err one_chain_account(struct one_chain *w, struct account_leaf *out, const address *at)
{
    hash32 key;
    bool found;
    struct bytes value;
    keccak256(&key, at->b, sizeof at->b);
    TRY(trie_get(w->ledger.tries, &found, &value, &w->root, BYTES_OF(key.b)));
    if (found)
        return account_leaf_decode(out, value);
    *out = (struct account_leaf){.storage_root = trie_empty_root, .code_hash = keccak_of_empty};
    return OK;
}
