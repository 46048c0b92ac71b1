#include "builder/session_private.h"

#include "base/u256.h"
#include "bridge/calldata.h"
#include "bridge/genesis.h"
#include "codec/abi.h"
#include "codec/json_write.h"
#include "codec/text.h"
#include "contracts/contracts.h"
#include "crypto/keccak.h"
#include "io/trusted_setup.h"
#include "prover/discovery.h"

/* Gas of calls between chains: what handling on the target can take in one transaction there. */
enum { L1_MAX_GAS = 6000000, L1_DEFAULT_GAS = 1000000, ROLLUP_DEFAULT_GAS = 2000000 };

/* --- small things --- */

enum err session_fail(struct session *s, enum err e, struct bytes sentence)
{
    if (s->error[0])
        return e;
    const size_t len = sentence.len < sizeof s->error - 1 ? sentence.len : sizeof s->error - 1;
    if (len)
        memcpy(s->error, sentence.ptr, len);
    s->error[len] = 0;
    return e;
}

void session_forget_error(struct session *s)
{
    s->error[0] = 0;
}

const char *session_error(const struct session *s)
{
    return s->error;
}

const char *work_status_name(enum work_status status)
{
    static const char *const name[] = {
        [WORK_PENDING] = "pending", [WORK_SIMULATED] = "simulated", [WORK_BUNDLED] = "bundled",
        [WORK_SETTLED] = "settled", [WORK_REJECTED] = "rejected",
    };
    return (unsigned)status < COUNT_OF(name) ? name[status] : "(not a status)";
}

const struct session_contracts *session_contracts(const struct session *s)
{
    return &s->contracts;
}

size_t session_chain_count(const struct session *s)
{
    return s->rollup_count + 1;
}

const address *session_builder(const struct session *s)
{
    return &s->builder;
}

void session_reset(struct session *s, const u64 *head)
{
    for (size_t i = 0; i <= s->rollup_count; i++)
        ledger_drop_after(session_ledger_at(s, i), head[i]);
    s->work_count = 0;
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

static enum err fail_chain(struct session *s, u64 chain_id)
{
    struct buffer why = buffer_in(&s->slot_arena);
    text_add(&why, "there is no chain ");
    text_add_u64(&why, chain_id);
    return session_fail(s, REJECT_UNKNOWN_CHAIN, buffer_bytes(&why));
}

struct session_prices session_prices(const struct session *s)
{
    const struct header *head = &ledger_head(&s->l1)->header;
    struct session_prices p;
    u256 max_fee, tip;
    session_fees(s, &max_fee, &tip);
    header_next_base_fee(&p.gas, head);
    u256_add(&p.gas, &p.gas, &tip);
    blob_base_fee(&p.blob_gas, header_next_excess_blob_gas(head, &s->l1_activation), &s->l1_activation.blobs);
    u256_add(&p.max_blob_fee, &p.blob_gas, &p.blob_gas);
    return p;
}

enum err session_kzg(struct session *s, const struct kzg_setup **out)
{
    if (!s->kzg)
        TRY(kzg_setup_attach(&s->kzg, &s->arena, trusted_setup_image()));
    *out = s->kzg;
    return OK;
}

/* --- L1 --- */

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

/* A transaction of the set-up, by the builder; it has to succeed. */
static enum err set_up(struct session *s, const struct transact *t, address *created)
{
    const struct receipt *receipt;
    struct tx tx;
    TRY(session_send_l1(s, &receipt, &tx, t));
    if (!receipt->success) {
        struct buffer why = buffer_in(&s->slot_arena);
        text_add(&why, "setting up L1 failed in block ");
        text_add_u64(&why, ledger_head(&s->l1)->header.number);
        text_add(&why, ": ");
        text_add_z(&why, halt_name(receipt->halt));
        text_add(&why, " ");
        text_add_hex_cut(&why, receipt->output, 68);
        return session_fail(s, REJECT_SET_UP, buffer_bytes(&why));
    }
    if (created)
        *created = receipt->created;
    return OK;
}

enum { SET_UP_GAS = 1 << 24 }; /* EIP-7825 */

static enum err deploy(struct session *s, address *out, const char *name, struct bytes arguments)
{
    const struct contract *contract = contract_find(name);
    BUG_UNLESS(contract);
    struct buffer init = buffer_in(&s->arena);
    buffer_add_bytes(&init, contract->creation_code);
    buffer_add_bytes(&init, arguments);
    const struct transact t = {
        .key = s->builder_key, .creates = true, .gas_limit = SET_UP_GAS, .data = buffer_bytes(&init)};
    return set_up(s, &t, out);
}

static enum err call_l1(struct session *s, const address *to, const u256 *value, struct bytes data)
{
    const struct transact t = {
        .key = s->builder_key, .to = *to, .value = *value, .gas_limit = SET_UP_GAS, .data = data};
    return set_up(s, &t, NULL);
}

/* --- opening --- */

static enum err check_config(struct session *s, const struct session_config *c)
{
    struct buffer why = buffer_in(&s->slot_arena);
    if (c->l1_chain_id == 0)
        text_add(&why, "a chain id is not 0");
    if (c->rollup_count > SESSION_ROLLUPS_MAX)
        text_add(&why, "more rollups than a session holds");
    if (c->provers_name_themselves && c->prover_count != c->prover_url_count)
        text_add(&why, "provers that name themselves are as many as their URLs");
    if (c->prover_count == 0 || c->prover_count > SESSION_PROVERS_MAX || c->prover_threshold == 0 ||
        c->prover_threshold > c->prover_count)
        text_add(&why, "the provers' threshold must be between 1 and their number, and there are at most 16");
    for (size_t i = 0; i < c->rollup_count && why.len == 0; i++)
        if (c->rollup[i].chain_id == 0 || c->rollup[i].chain_id == c->l1_chain_id ||
            (i && c->rollup[i].chain_id <= c->rollup[i - 1].chain_id)) {
            text_add(&why, "chain ids must ascend, differ from each other and from 0; see ");
            text_add_u64(&why, c->rollup[i].chain_id);
        }
    return why.len ? session_fail(s, REJECT_CONFIG, buffer_bytes(&why)) : OK;
}

static size_t accounts_of(struct session *s, const struct session_config *c, u64 chain_id, size_t extra,
                          struct genesis_account **out)
{
    struct genesis_account *a = *out = ARENA_TAKE(&s->arena, struct genesis_account, c->funded_count + extra);
    size_t count = 0;
    for (size_t i = 0; i < c->funded_count; i++)
        if (c->funded[i].chain_id == chain_id)
            a[count++] = (struct genesis_account){c->funded[i].at, c->funded[i].balance, 0};
    return count;
}

/* What backs a rollup's funded accounts. */
static u256 escrow_of(const struct session_config *c, u64 chain_id)
{
    u256 sum = {0};
    for (size_t i = 0; i < c->funded_count; i++)
        if (c->funded[i].chain_id == chain_id)
            u256_add(&sum, &sum, &c->funded[i].balance);
    return sum;
}

/* Somebody else's L1: no genesis of ours. Funds come before all else, so where an earlier process went further, they
 * are there. */
static enum err join_l1(struct session *s, const struct session_config *c)
{
    u256 budget = {{10000000000000000000ull, 0, 0, 0}}; /* 10 ether, for fees */
    s->l1_source = c->l1;
    TRY(session_sync(s));
    if (ledger_head(&s->l1)->header.timestamp < c->genesis_timestamp)
        return session_fail(s, REJECT_CONFIG, BYTES_LITERAL("the rollups' genesis would be later than the L1's head"));
    if (c->known || session_goes_on(s))
        return OK;
    for (size_t i = 0; i < c->rollup_count; i++) {
        const u256 escrow = escrow_of(c, c->rollup[i].chain_id);
        u256_add(&budget, &budget, &escrow);
    }
    TRY(session_l1_fail(s, s->l1_source.methods->fund(s->l1_source.context, &s->l1, &s->builder, &budget)));
    for (size_t i = 0; i < c->funded_count; i++)
        if (c->funded[i].chain_id == c->l1_chain_id)
            TRY(session_l1_fail(s, s->l1_source.methods->fund(s->l1_source.context, &s->l1, &c->funded[i].at,
                                                              &c->funded[i].balance)));
    return session_sync(s);
}

static enum err open_l1(struct session *s, const struct session_config *c)
{
    s->l1_activation = (struct activation){.fork = &fork_table[c->l1_fork], .blobs = blob_schedule_prague};
    if (c->l1_blobs.max_count)
        s->l1_activation.blobs = c->l1_blobs;
    s->l1_rules =
        (struct chain_rules){.chain_id = c->l1_chain_id, .activation = &s->l1_activation, .activation_count = 1};
    ledger_init(&s->l1, s->memory, &s->l1_rules, s->code_cache);
    if (c->l1.methods)
        return join_l1(s, c);
    s->l1_local = (struct l1_local){c->l1_coinbase, c->l1_gas_limit, SLOT_SECONDS};
    s->l1_source = (struct l1_source){&l1_local_methods, &s->l1_local};
    struct genesis_account *account;
    size_t count = accounts_of(s, c, c->l1_chain_id, 1, &account);
    u256 budget = {{0, 1ull << 24, 0, 0}}; /* 2^88 wei, about 309 million ether, for fees */
    for (size_t i = 0; i < c->rollup_count; i++) {
        const u256 escrow = escrow_of(c, c->rollup[i].chain_id);
        u256_add(&budget, &budget, &escrow);
    }
    account[count++] = (struct genesis_account){s->builder, budget, c->builder_nonce};
    const struct genesis g = {
        .timestamp = c->genesis_timestamp,
        .gas_limit = c->l1_gas_limit,
        .base_fee = c->l1_base_fee,
        .coinbase = c->l1_coinbase,
        .account = account,
        .account_count = count,
    };
    return genesis_l1(&s->l1, &g);
}

static u64 rollup_max_gas(const struct rollup_config *r)
{
    return r->gas_limit / 2;
}

static enum err open_rollup(struct session *s, const struct session_config *c, size_t index)
{
    const struct rollup_config *config = &c->rollup[index];
    struct rollup *r = &s->rollup[index];
    rollup_rules_init(&r->rules, config->chain_id, c->l1_chain_id, &s->contracts.shared_bridge, &config->coinbase,
                      config->gas_limit);
    ledger_init(&r->ledger, s->memory, &r->rules.chain, s->code_cache);
    struct peer_config *peer = ARENA_TAKE(&s->arena, struct peer_config, c->rollup_count);
    size_t peers = 0;
    peer[peers++] =
        (struct peer_config){.chain_id = c->l1_chain_id, .max_gas = L1_MAX_GAS, .default_gas = L1_DEFAULT_GAS};
    for (size_t i = 0; i < c->rollup_count; i++)
        if (i != index)
            peer[peers++] = (struct peer_config){.chain_id = c->rollup[i].chain_id,
                                                 .max_gas = rollup_max_gas(&c->rollup[i]),
                                                 .default_gas = ROLLUP_DEFAULT_GAS};
    struct genesis_account *account;
    const size_t count = accounts_of(s, c, config->chain_id, 0, &account);
    const struct genesis g = {
        .timestamp = c->genesis_timestamp,
        .gas_limit = config->gas_limit,
        .base_fee = config->base_fee,
        .coinbase = config->coinbase,
        .account = account,
        .account_count = count,
    };
    r->genesis = g;
    r->peer = peer;
    r->peer_count = peers;
    return genesis_rollup(&r->ledger, &r->rules, &g, peer, peers);
}

/* The builder's transactions of the set-up, in order: ProofRegistry, SharedBridge .. */
enum { BRIDGE_ORDER = 1, VERIFIER_ORDER = 2 };

static void name_quorum(struct session *s, const struct session_config *c, const address *verifier)
{
    s->quorum.l1_chain_id = c->l1_chain_id;
    s->quorum.prover_set_epoch = 1; /* the first set, from the constructor */
    prover_program_id(&s->quorum.program_id);
    prover_proof_system_id(&s->quorum.proof_system_id);
    s->quorum.verifier = *verifier;
}

/* Who the provers are: the addresses of their keys, or whom those elsewhere say they are. */
static enum err name_provers(struct session *s, const struct session_config *c, u64 first_nonce)
{
    address verifier;
    evm_create_address(&verifier, &s->builder, first_nonce + VERIFIER_ORDER);
    name_quorum(s, c, &verifier);
    if (c->provers_name_themselves) {
        struct buffer why = buffer_in(&s->slot_arena);
        const struct rollup_rules **rules = ARENA_TAKE(&s->slot_arena, const struct rollup_rules *, s->rollup_count);
        for (size_t i = 0; i < s->rollup_count; i++)
            rules[i] = &s->rollup[i].rules;
        const struct discovery_want want = {&s->quorum, rules, s->rollup_count};
        const enum err e = discover_provers(s->http, &s->slot_arena, s->attester, &why, s->prover_url, s->prover_count,
                                            &want, s->prover_timeout_ms);
        return e ? session_fail(s, e, buffer_bytes(&why)) : OK;
    }
    for (size_t i = 0; i < s->prover_count; i++)
        TRY(secp256k1_address(&s->attester[i], &s->prover_key[i]));
    return OK;
}

static enum err deploy_l1(struct session *s)
{
    address provers[SESSION_PROVERS_MAX], deployed;
    for (size_t i = 0; i < s->prover_count; i++) {
        provers[i] = s->attester[i];
        for (size_t j = i; j > 0 && memcmp(provers[j - 1].b, provers[j].b, 20) > 0; j--) {
            const address t = provers[j];
            provers[j] = provers[j - 1];
            provers[j - 1] = t;
        }
    }
    TRY(deploy(s, &s->contracts.proof_registry, "ProofRegistry", arguments_address(&s->arena, &s->builder)));
    TRY(deploy(s, &deployed, "SharedBridge",
               arguments_shared_bridge(&s->arena, &s->builder, &s->contracts.proof_registry, RETURNDATA_LIMIT)));
    if (!address_eq(&deployed, &s->contracts.shared_bridge))
        return session_fail(s, REJECT_SET_UP, BYTES_LITERAL("SharedBridge has another address than expected: somebody "
                                                            "else sends from the builder's account"));
    TRY(deploy(s, &s->contracts.quorum_verifier, "QuorumVerifier",
               arguments_quorum_verifier(&s->arena, &s->builder, &s->quorum.program_id, &s->quorum.proof_system_id,
                                         provers, s->prover_count, s->prover_threshold)));
    if (!address_eq(&s->contracts.quorum_verifier, &s->quorum.verifier))
        return session_fail(s, REJECT_SET_UP, BYTES_LITERAL("QuorumVerifier has another address than expected: "
                                                            "somebody else sends from the builder's account"));
    return OK;
}

static enum err register_rollup(struct session *s, const struct session_config *c, size_t index)
{
    const struct rollup *r = &s->rollup[index];
    const struct ledger_block *genesis = ledger_head(&r->ledger);
    const u256 nothing = {0}, escrow = escrow_of(c, r->rules.chain.chain_id);
    struct rollup_registration registration = {
        .chain_id = r->rules.chain.chain_id,
        .block_hash = genesis->hash,
        .state_root = genesis->header.state_root,
        .max_gas = rollup_max_gas(&c->rollup[index]),
        .default_gas = ROLLUP_DEFAULT_GAS,
    };
    rollup_rules_hash(&registration.rules_hash, &r->rules);
    TRY(call_l1(s, &s->contracts.proof_registry, &nothing,
                calldata_set_requirement(&s->arena, registration.chain_id, 1, &s->contracts.quorum_verifier, 1)));
    return call_l1(s, &s->contracts.shared_bridge, &escrow, calldata_register_rollup(&s->arena, &registration));
}

/* An address that a contract of ours tells. */
static enum err ask_address(struct session *s, address *out, u64 chain_id, const address *to, struct bytes data)
{
    const address nobody = {{0}};
    const u256 nothing = {0};
    bool success;
    struct bytes output;
    TRY(session_call(s, &success, &output, chain_id, &nobody, to, &nothing, data));
    struct abi_reader r = abi_reader(output);
    if (!success || abi_address(&r, out) != OK)
        return session_fail(s, REJECT_SET_UP, BYTES_LITERAL("a contract did not tell an address"));
    return OK;
}

/* The set-up is there; who signs was settled then. */
static enum err know(struct session *s, const struct session_config *c)
{
    const struct session_known *k = c->known;
    if (k->attester_count != s->prover_count)
        return session_fail(s, REJECT_CONFIG, BYTES_LITERAL("there are not as many provers as were registered"));
    memcpy(s->attester, k->attester, sizeof *s->attester * s->prover_count);
    s->contracts.proof_registry = k->proof_registry;
    s->contracts.quorum_verifier = k->quorum_verifier;
    name_quorum(s, c, &k->quorum_verifier);
    return OK;
}

static enum err set_up_l1(struct session *s, const struct session_config *c, u64 first_nonce)
{
    TRY(name_provers(s, c, first_nonce));
    TRY(deploy_l1(s));
    for (size_t i = 0; i < c->rollup_count; i++)
        TRY(register_rollup(s, c, i));
    return OK;
}

/* Of the set-up's first transaction: what the builder has, unless an earlier process sent it. */
static enum err first_nonce(struct session *s, u64 *out)
{
    if (s->l1_source.methods->has_unreconciled(s->l1_source.context, out))
        return OK;
    return session_nonce(s, out, 0, &s->builder);
}

static enum err open_all(struct session *s, const struct session_config *c)
{
    TRY(check_config(s, c));
    u64 nonce;
    TRY(secp256k1_address(&s->builder, &c->builder_key));
    s->contracts.rollup_bridge = rollup_bridge_address;
    s->contracts.l1_context = l1_context_address;
    TRY(open_l1(s, c));
    TRY(first_nonce(s, &nonce));
    if (c->known)
        s->contracts.shared_bridge = c->known->shared_bridge; /* the rollups' rules name it */
    else
        evm_create_address(&s->contracts.shared_bridge, &s->builder, nonce + BRIDGE_ORDER);
    s->rollup = ARENA_TAKE_ZERO(&s->arena, struct rollup, c->rollup_count);
    for (size_t i = 0; i < c->rollup_count; i++) {
        s->rollup_count = i + 1; /* before it is open, so that session_close also releases one that failed half way */
        TRY(open_rollup(s, c, i));
    }
    TRY(c->known ? know(s, c) : set_up_l1(s, c, nonce));
    u8 selector[4];
    store_be32(selector, (u32)SELECTOR_SCOPED_ACCOUNT);
    TRY(ask_address(s, &s->contracts.scoped_account, c->l1_chain_id, &s->contracts.shared_bridge, BYTES_OF(selector)));
    store_be32(selector, (u32)SELECTOR_READER);
    return ask_address(s, &s->contracts.reader, c->l1_chain_id, &s->contracts.shared_bridge, BYTES_OF(selector));
}

static void copy_prover_urls(struct session *s, const struct session_config *c)
{
    const char **url = ARENA_TAKE(&s->arena, const char *, c->prover_url_count);
    for (size_t i = 0; i < c->prover_url_count; i++)
        url[i] = (const char *)arena_copy(&s->arena, bytes_of(c->prover_url[i], strlen(c->prover_url[i]) + 1)).ptr;
    s->prover_url = url;
    s->prover_url_count = c->prover_url_count;
}

enum err session_open(struct session **out, const struct memory *memory, const struct session_config *config)
{
    struct arena arena;
    arena_init(&arena, memory);
    struct session *s = ARENA_TAKE_ZERO(&arena, struct session, 1);
    s->memory = memory;
    s->arena = arena;
    arena_init(&s->slot_arena, memory);
    s->code_cache = code_cache_open(memory, 0);
    s->verify_cache = verify_cache_open(memory, 0);
    s->builder_key = config->builder_key;
    s->data = config->data;
    s->prover_count = config->prover_count <= SESSION_PROVERS_MAX ? config->prover_count : 0;
    s->prover_threshold = config->prover_threshold;
    for (size_t i = 0; i < s->prover_count && !config->provers_name_themselves; i++)
        s->prover_key[i] = config->prover_key[i];
    s->prover_timeout_ms = config->prover_timeout_ms;
    copy_prover_urls(s, config);
    *out = s; /* also on failure, for session_error; the caller closes it */
    if (s->prover_url_count)
        TRY(http_open(&s->http, memory));
    return open_all(s, config);
}

void session_close(struct session *s)
{
    if (s->http)
        http_close(s->http);
    for (size_t i = 0; i < s->rollup_count; i++)
        ledger_release(&s->rollup[i].ledger);
    if (s->l1.memory)
        ledger_release(&s->l1);
    code_cache_release(s->code_cache);
    verify_cache_close(s->verify_cache);
    arena_release(&s->slot_arena);
    struct arena arena = s->arena; /* the session lives in it */
    arena_release(&arena);
}

/* --- work --- */

static struct work *add_work(struct session *s, u64 *handle)
{
    if (s->work_count == s->work_room) {
        s->work_room = s->work_room ? s->work_room * 2 : 64;
        struct work **grown = ARENA_TAKE(&s->arena, struct work *, s->work_room);
        if (s->work_count)
            memcpy(grown, s->work, sizeof *grown * s->work_count);
        s->work = grown;
    }
    struct work *w = s->work[s->work_count] = ARENA_TAKE_ZERO(&s->arena, struct work, 1);
    *handle = s->work_count++;
    return w;
}

static void report_receipt(struct work *w, const struct ledger_block *b, const struct receipt *r)
{
    w->report.status = WORK_SETTLED;
    w->report.success = r->success;
    w->report.gas_used = r->gas_used;
    w->report.output = r->output;
    w->report.created = r->created;
    w->report.block_number = b->header.number;
    w->report.log = r->log;
    w->report.log_count = r->log_count;
}

enum err session_transact(struct session *s, u64 *work, const struct transact *t)
{
    session_forget_error(s);
    size_t chain;
    address sender;
    if (!session_ledger(s, t->chain_id, &chain))
        return fail_chain(s, t->chain_id);
    TRY(secp256k1_address(&sender, &t->key));
    struct transact copy = *t;
    copy.data = arena_copy(&s->arena, t->data);
    if (chain == 0) {
        const struct receipt *receipt;
        struct tx tx;
        TRY(session_send_l1(s, &receipt, &tx, &copy));
        struct work *w = add_work(s, work);
        *w = (struct work){.chain = 0, .transact = copy, .tx = tx};
        report_receipt(w, session_block_of(s, receipt), receipt);
        w->report.tx_hash = tx.hash;
        w->report.chain_id = t->chain_id;
        w->report.sender = sender;
        return OK;
    }
    struct work *w = add_work(s, work);
    *w = (struct work){.chain = chain, .transact = copy};
    w->report.chain_id = t->chain_id;
    w->report.sender = sender;
    return OK;
}

enum err session_operate(struct session *s, u64 *work, const struct operation *o)
{
    session_forget_error(s);
    address sender;
    TRY(secp256k1_address(&sender, &o->key));
    struct operation_call *call = ARENA_TAKE(&s->arena, struct operation_call, o->call_count);
    for (size_t i = 0; i < o->call_count; i++) {
        call[i] = o->call[i];
        call[i].data = arena_copy(&s->arena, o->call[i].data);
    }
    struct work *w = add_work(s, work);
    *w = (struct work){.operation = *o};
    w->operation.call = call;
    w->report.chain_id = s->l1_rules.chain_id;
    w->report.is_operation = true;
    w->report.sender = sender;
    return OK;
}

enum err session_status(struct session *s, struct work_report *out, u64 work)
{
    if (work >= s->work_count)
        return session_fail(s, REJECT_CONFIG, BYTES_LITERAL("no such work"));
    *out = s->work[work]->report;
    return OK;
}

/* --- looking --- */

enum err session_head(struct session *s, u64 *number, hash32 *block_hash, hash32 *state_root, u64 chain_id)
{
    const struct ledger *l = session_ledger(s, chain_id, NULL);
    if (!l)
        return fail_chain(s, chain_id);
    const struct ledger_block *b = ledger_head(l);
    *number = b->header.number;
    *block_hash = b->hash;
    *state_root = b->header.state_root;
    return OK;
}

enum err session_balance(struct session *s, u256 *out, u64 chain_id, const address *at)
{
    struct ledger *l = session_ledger(s, chain_id, NULL);
    if (!l)
        return fail_chain(s, chain_id);
    struct state *view = ledger_view(l);
    const struct account *a;
    const enum err e = state_account(view, &a, NULL, at);
    if (e == OK)
        *out = a->balance;
    state_release(view);
    return e;
}

enum err session_storage(struct session *s, u256 *out, u64 chain_id, const address *at, const u256 *key)
{
    struct ledger *l = session_ledger(s, chain_id, NULL);
    if (!l)
        return fail_chain(s, chain_id);
    struct state *view = ledger_view(l);
    const struct account *a;
    const struct storage_slot *slot;
    enum err e = state_account(view, &a, NULL, at);
    if (e == OK)
        e = state_storage_slot(view, &slot, NULL, a, key);
    if (e == OK)
        *out = slot->current;
    state_release(view);
    return e;
}

enum err session_call(struct session *s, bool *success, struct bytes *output, u64 chain_id, const address *from,
                      const address *to, const u256 *value, struct bytes data)
{
    enum { CALL_GAS = 100000000 };
    struct ledger *l = session_ledger(s, chain_id, NULL);
    if (!l)
        return fail_chain(s, chain_id);
    struct state *view = ledger_view(l);
    struct block_run run;
    struct evm_result r;
    const struct block_message m = {.from = *from, .to = *to, .value = *value, .data = data, .gas = CALL_GAS};
    block_open(&run, &l->machine, l->rules, view, &ledger_head(l)->header, &l->ancestors, NULL);
    const enum err e = block_message(&run, &r, &m);
    if (e == OK) {
        *success = halt_is_success(r.halt);
        *output = arena_copy(&s->slot_arena, r.output);
    }
    block_release(&run);
    state_release(view);
    return e;
}

enum err session_remote_account(struct session *s, address *out, u64 on_chain, u64 of_chain, const address *account)
{
    const address *bridge =
        on_chain == s->l1_rules.chain_id ? &s->contracts.shared_bridge : &s->contracts.rollup_bridge;
    return ask_address(s, out, on_chain, bridge, calldata_remote_account(&s->slot_arena, of_chain, account));
}
