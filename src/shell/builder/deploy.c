#include "builder/deploy.h"

#include "bridge/calldata.h"
#include "builder/query.h"
#include "builder/session_chains.h"
#include "codec/abi.h"
#include "codec/text.h"
#include "contracts/contracts.h"
#include "prover/discovery.h"
#include "prover/program_id.h"
#include "signer/secp256k1_sign.h"

enum { DEPLOY_GAS = 1 << 24 /* EIP-7825 */ };

/* The builder's deploying transactions, in order: ProofRegistry, SharedBridge, QuorumVerifier. */
enum { BRIDGE_ORDER = 1, VERIFIER_ORDER = 2 };

/* --- transactions --- */

/* Sent by the builder; it must succeed. */
static enum err send_deployment(struct session *s, const struct transact *t, address *created)
{
    const struct receipt *receipt;
    struct tx tx;
    TRY(session_send_l1(s, &receipt, &tx, t));
    if (!receipt->success) {
        struct buffer why = buffer_in(&s->slot_arena);
        text_add(&why, "a deployment transaction failed in L1 block ");
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

static enum err create_contract(struct session *s, address *out, const char *name, struct bytes arguments)
{
    const struct contract *contract = contract_find(name);
    BUG_UNLESS(contract);
    struct buffer init = buffer_in(&s->arena);
    buffer_add_bytes(&init, contract->creation_code);
    buffer_add_bytes(&init, arguments);
    const struct transact t = {
        .key = s->builder_key, .creates = true, .gas_limit = DEPLOY_GAS, .data = buffer_bytes(&init)};
    return send_deployment(s, &t, out);
}

static enum err call_contract(struct session *s, const address *to, const u256 *value, struct bytes data)
{
    const struct transact t = {
        .key = s->builder_key, .to = *to, .value = *value, .gas_limit = DEPLOY_GAS, .data = data};
    return send_deployment(s, &t, NULL);
}

static enum err fail_address(struct session *s, const char *contract)
{
    struct buffer why = buffer_in(&s->slot_arena);
    text_add_z(&why, contract);
    text_add(&why, " was created at an unexpected address: the builder's account sent other transactions meanwhile");
    return session_fail(s, REJECT_SET_UP, buffer_bytes(&why));
}

/* --- who signs --- */

static void set_quorum(struct session *s, const struct session_config *c, const address *verifier)
{
    struct quorum *q = &s->provers.quorum;
    q->l1_chain_id = c->l1_chain_id;
    q->prover_set_epoch = 1; /* the first set, from the constructor */
    q->program_id = native_program_id;
    prover_proof_system_id(&q->proof_system_id);
    q->verifier = *verifier;
}

static enum err ask_provers(struct session *s)
{
    struct provers *p = &s->provers;
    struct buffer why = buffer_in(&s->slot_arena);
    const struct rollup_rules **rules = ARENA_TAKE(&s->slot_arena, const struct rollup_rules *, s->rollup_count);
    for (size_t i = 0; i < s->rollup_count; i++)
        rules[i] = &s->rollup[i].rules;
    const struct discovery_want want = {&p->quorum, rules, s->rollup_count};
    const enum err e =
        discover_provers(p->http, &s->slot_arena, p->attester, &why, p->url, p->count, &want, p->timeout_ms);
    return e ? session_fail(s, e, buffer_bytes(&why)) : OK;
}

/* The addresses of the provers' keys, or those that the provers report. */
static enum err find_attesters(struct session *s, const struct session_config *c)
{
    struct provers *p = &s->provers;
    if (c->discover_provers)
        return ask_provers(s);
    for (size_t i = 0; i < p->count; i++)
        TRY(secp256k1_address(&p->attester[i], &p->key[i]));
    return OK;
}

/* As QuorumVerifier's constructor takes them: in ascending order. */
static void sort_attesters(address *out, const struct provers *p)
{
    for (size_t i = 0; i < p->count; i++) {
        size_t j = i;
        for (; j > 0 && memcmp(out[j - 1].b, p->attester[i].b, 20) > 0; j--)
            out[j] = out[j - 1];
        out[j] = p->attester[i];
    }
}

/* --- contracts --- */

static enum err create_contracts(struct session *s)
{
    const struct provers *p = &s->provers;
    struct session_contracts *contracts = &s->contracts;
    address attester[SESSION_PROVERS_MAX], bridge;
    sort_attesters(attester, p);
    TRY(create_contract(s, &contracts->proof_registry, "ProofRegistry", arguments_address(&s->arena, &s->builder)));
    TRY(create_contract(s, &bridge, "SharedBridge",
                        arguments_shared_bridge(&s->arena, &s->builder, &contracts->proof_registry, RETURNDATA_LIMIT)));
    if (!address_eq(&bridge, &contracts->shared_bridge))
        return fail_address(s, "SharedBridge");
    const struct bytes arguments =
        arguments_quorum_verifier(&s->arena, &s->builder, &p->quorum.program_id, &p->quorum.proof_system_id, attester,
                                  p->count, p->threshold);
    TRY(create_contract(s, &contracts->quorum_verifier, "QuorumVerifier", arguments));
    return address_eq(&contracts->quorum_verifier, &p->quorum.verifier) ? OK : fail_address(s, "QuorumVerifier");
}

static enum err register_rollup(struct session *s, const struct session_config *c, size_t index)
{
    const struct rollup *r = &s->rollup[index];
    const struct ledger_block *genesis = ledger_head(&r->ledger);
    const u256 nothing = {0}, escrow = rollup_escrow(c, r->rules.chain.chain_id);
    struct rollup_registration registration = {
        .chain_id = r->rules.chain.chain_id,
        .block_hash = genesis->hash,
        .state_root = genesis->header.state_root,
        .max_gas = rollup_max_gas(&c->rollup[index]),
        .default_gas = ROLLUP_DEFAULT_GAS,
        .circle = ROLLUP_CIRCLE,
        .exit_delay = ROLLUP_EXIT_DELAY,
    };
    rollup_rules_hash(&registration.rules_hash, &r->rules);
    const struct rollup_requirement requirement = {
        .chain_id = registration.chain_id,
        .threshold = 1,
        .verifier = &s->contracts.quorum_verifier,
        .verifier_count = 1,
        .sequencer = s->builder,
        .delay = ROLLUP_SEQUENCER_DELAY,
    };
    TRY(call_contract(s, &s->contracts.proof_registry, &nothing, calldata_configure(&s->arena, &requirement)));
    return call_contract(s, &s->contracts.shared_bridge, &escrow, calldata_register_rollup(&s->arena, &registration));
}

static enum err deploy_all(struct session *s, const struct session_config *c, u64 first_nonce)
{
    address verifier;
    evm_create_address(&verifier, &s->builder, first_nonce + VERIFIER_ORDER);
    set_quorum(s, c, &verifier);
    TRY(find_attesters(s, c));
    TRY(create_contracts(s));
    for (size_t i = 0; i < c->rollup_count; i++)
        TRY(register_rollup(s, c, i));
    return OK;
}

/* --- an existing deployment --- */

static enum err fail_sequencer(struct session *s, u64 chain_id, const address *sequencer, u64 open_at)
{
    struct buffer why = buffer_in(&s->slot_arena);
    text_add(&why, "rollup ");
    text_add_u64(&why, chain_id);
    text_add(&why, " is settled by its sequencer, ");
    text_add_hex(&why, BYTES_OF(sequencer->b));
    text_add(&why, ": this run's account ");
    text_add_hex(&why, BYTES_OF(s->builder.b));
    text_add(&why, " may settle it after timestamp ");
    text_add_u64(&why, open_at);
    text_add(&why, ", if nothing settles it until then");
    return session_fail(s, REJECT_CONFIG, buffer_bytes(&why));
}

/* A view's answer of at least `words` words: an account without code answers nothing. */
static enum err view_words(struct session *s, struct abi_reader *out, const address *to, struct bytes data,
                           size_t words)
{
    const u256 nothing = {0};
    bool success;
    struct bytes output;
    TRY(session_call(s, &success, &output, s->l1_rules.chain_id, &s->builder, to, &nothing, data));
    *out = abi_reader(output);
    return success && output.len >= 32 * words
               ? OK
               : session_fail(s, REJECT_SET_UP, BYTES_LITERAL("the deployment's contracts are other ones"));
}

/* Whether the builder may settle the rollup: it is its sequencer, or that one is away (docs/protocol.md section 9). */
static enum err check_sequencer(struct session *s, u64 chain_id)
{
    enum { SEQUENCER_WORDS = 2, SETTLED_AT = 6 }; /* the word of SharedBridge.Rollup */
    const address nobody = {{0}};
    struct abi_reader r;
    address sequencer;
    u64 delay, settled_at;
    TRY(view_words(s, &r, &s->contracts.proof_registry, calldata_sequencer(&s->slot_arena, chain_id),
                   SEQUENCER_WORDS));
    TRY(abi_address(&r, &sequencer));
    TRY(abi_u64(&r, &delay));
    if (address_eq(&sequencer, &s->builder) || address_eq(&sequencer, &nobody))
        return OK;
    TRY(view_words(s, &r, &s->contracts.shared_bridge, calldata_rollup(&s->slot_arena, chain_id), SETTLED_AT + 1));
    u8 word[32];
    for (int i = 0; i < SETTLED_AT; i++)
        TRY(abi_word(&r, word));
    TRY(abi_u64(&r, &settled_at));
    return ledger_head(&s->l1)->header.timestamp > settled_at + delay
               ? OK
               : fail_sequencer(s, chain_id, &sequencer, settled_at + delay);
}

/* The attesters were registered when it was deployed. */
static enum err adopt_existing(struct session *s, const struct session_config *c)
{
    const struct session_deployment *d = c->deployment;
    struct provers *p = &s->provers;
    if (d->attester_count != p->count)
        return session_fail(s, REJECT_CONFIG, BYTES_LITERAL("the number of provers differs from the registered set"));
    memcpy(p->attester, d->attester, sizeof *p->attester * p->count);
    s->contracts.proof_registry = d->proof_registry;
    s->contracts.quorum_verifier = d->quorum_verifier;
    set_quorum(s, c, &d->quorum_verifier);
    for (size_t i = 0; i < s->rollup_count; i++)
        TRY(check_sequencer(s, s->rollup[i].rules.chain.chain_id));
    return OK;
}

/* One of the contracts that SharedBridge deployed itself. */
static enum err read_contract_address(struct session *s, address *out, enum selector view)
{
    u8 selector[4];
    store_be32(selector, (u32)view);
    return session_address_of(s, out, s->l1_rules.chain_id, &s->contracts.shared_bridge, BYTES_OF(selector));
}

enum err deploy_bridge_address(struct session *s, const struct session_config *c, u64 *first_nonce)
{
    /* after a restart: the nonce of what an earlier process sent */
    if (!s->l1_source.methods->has_unreconciled(s->l1_source.context, first_nonce))
        TRY(session_nonce(s, first_nonce, 0, &s->builder));
    if (c->deployment)
        s->contracts.shared_bridge = c->deployment->shared_bridge;
    else
        evm_create_address(&s->contracts.shared_bridge, &s->builder, *first_nonce + BRIDGE_ORDER);
    return OK;
}

enum err deploy_contracts(struct session *s, const struct session_config *c, u64 first_nonce)
{
    TRY(c->deployment ? adopt_existing(s, c) : deploy_all(s, c, first_nonce));
    TRY(read_contract_address(s, &s->contracts.scoped_account, SELECTOR_SCOPED_ACCOUNT));
    TRY(read_contract_address(s, &s->contracts.forced_queue, SELECTOR_FORCED_QUEUE));
    return read_contract_address(s, &s->contracts.reader, SELECTOR_READER);
}
