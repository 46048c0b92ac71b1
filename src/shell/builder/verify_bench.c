/* What a prover needs for a rollup's blocks, as a ratio to what executing them takes a node that has the state in
 * memory: both decode the batch, recover signers, execute, and hash the new state; the prover also hashes the witness.
 * And where that time goes. Medians over runs. */
#include "builder/session_bench.h"

#include "prover/request.h"
#include "signer/secp256k1_sign.h"
#include "verify/batch.h"

enum { RUNS = 15 };

/* --- the same blocks, twice --- */

struct measured {
    struct session *s;
    const char *name;
    double ratio_highest;
};

/* As a node does it: the parent's state is in memory. */
static double execute(struct session *s, const struct prove_request *r, hash32 *root)
{
    size_t chain;
    struct ledger *l = session_ledger(s, r->chain_id, &chain);
    const struct rollup_rules *rules = &s->rollup[chain - 1].rules;
    struct arena arena;
    struct batch batch;
    struct bytes encoded;
    struct header h;
    struct block_run run;
    arena_init(&arena, &system_memory);
    const u64 start = now_ns();
    must(s, data_batch(&encoded, &arena, &r->data, r->chain_id));
    must(s, batch_decode(&batch, &arena, encoded));
    const struct block_choice choice = rollup_block_choice(rules, batch.block[0].timestamp);
    struct state *view = ledger_view(l);
    must(s, block_begin(&run, &l->machine, &rules->chain, view, &ledger_head(l)->header, &l->ancestors, &choice, NULL));
    for (u32 i = 0; i < batch.block[0].envelope_count; i++) {
        struct tx *t = ARENA_TAKE(&arena, struct tx, 1);
        const struct receipt *receipt;
        must(s, tx_decode(t, &arena, batch.block[0].envelope[i], chain_rules_admitted(&rules->chain, run.fork)));
        must(s, tx_recover(t, true, &arena));
        must(s, block_apply(&run, &receipt, t));
    }
    must(s, block_finish(&run, &h));
    const double seconds = (double)(now_ns() - start) / 1e9;
    *root = h.state_root;
    block_release(&run);
    state_release(view);
    arena_release(&arena);
    return seconds;
}

static double prove(struct session *s, const struct prove_request *r, const hash32 *statement)
{
    size_t chain;
    hash32 got;
    (void)session_ledger(s, r->chain_id, &chain);
    const struct settlement_context context = {
        .l1_chain_id = L1, .bridge = s->contracts.shared_bridge, .l1_block_number = r->l1_block_number,
        .l1_parent_hash = r->l1_parent_hash, .submitter = r->submitter, .plan_hash = r->plan_hash};
    const struct verify_input in = {
        .rules = &s->rollup[chain - 1].rules, .context = &context, .witness = r->witness, .data = r->data,
        .cache = s->provers.verify_cache};
    const u64 start = now_ns();
    must(s, verify(&got, NULL, &system_memory, &in));
    const double seconds = (double)(now_ns() - start) / 1e9;
    if (!hash32_eq(&got, statement)) {
        fprintf(stderr, "another statement\n");
        exit(3);
    }
    return seconds;
}

static double open_witness(const struct prove_request *r)
{
    struct arena arena;
    struct witness_index index;
    arena_init(&arena, &system_memory);
    const u64 start = now_ns();
    must(NULL, witness_open(&index, &arena, &r->witness, NULL));
    const double seconds = (double)(now_ns() - start) / 1e9;
    arena_release(&arena);
    return seconds;
}

static void on_request(void *context, const struct prove_request *r, const hash32 *statement)
{
    struct measured *m = context;
    double executed[RUNS], proved[RUNS], opened[RUNS];
    hash32 root;
    if (!m->name)
        return;
    for (int i = 0; i < RUNS; i++) {
        executed[i] = execute(m->s, r, &root);
        proved[i] = prove(m->s, r, statement);
        opened[i] = open_witness(r);
    }
    size_t bytes = 0;
    for (size_t i = 0; i < r->witness.node_count; i++)
        bytes += r->witness.node[i].len;
    for (size_t i = 0; i < r->witness.code_count; i++)
        bytes += r->witness.code[i].len;
    const double execution = median(executed, RUNS), proof = median(proved, RUNS), ratio = proof / execution;
    printf("%-34s %9.3f %9.3f %7.2f %9.3f %7zu %6zu %9zu\n", m->name, execution * 1e3, proof * 1e3, ratio,
           median(opened, RUNS) * 1e3, r->witness.node_count, r->witness.code_count, bytes);
    m->ratio_highest = ratio > m->ratio_highest ? ratio : m->ratio_highest;
}

/* --- work --- */

static void run_slot(struct session *s)
{
    const struct slot_report *r;
    must(s, session_slot(s, &r));
    if (!r->settled) {
        fprintf(stderr, "the slot did not settle\n");
        exit(3);
    }
}

static void add_scopes(struct session *s, struct arena *a, u64 count, const address *callee)
{
    const hash32 key = key_of(1);
    address from;
    must(s, secp256k1_address(&from, &key));
    for (u64 i = 0; i < count; i++) {
        u64 work;
        const struct transact t = {.chain_id = A, .key = key, .to = rollup_bridge_address, .gas_limit = 1000000,
                                   .data = call_data(a, &from, callee)};
        must(s, session_transact(s, &work, &t));
    }
}

/* Ether to accounts that are not there yet. */
static void add_transfers(struct session *s, u64 count, u64 first)
{
    for (u64 i = 0; i < count; i++) {
        u64 work;
        struct transact t = {.chain_id = A, .key = key_of(1), .value = {{1}}, .gas_limit = 30000};
        store_be64(t.to.b + 12, first + i + 1000000);
        must(s, session_transact(s, &work, &t));
    }
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct session *s = open_session(2, DATA_CALLDATA);
    const address callee = deploy_callee(s);
    struct measured m = {.s = s};
    session_watch_proofs(s, on_request, &m);
    add_transfers(s, 2000, 0); /* a tree that is not empty */
    const struct slot_report *r;
    do /* what does not fit in a slot waits for the next, and would be measured with the first row */
        must(s, session_slot(s, &r));
    while (r->sent);
    printf("%-34s %9s %9s %7s %9s %7s %6s %9s\n", "block", "execute", "prove", "ratio", "open", "nodes", "codes",
           "bytes");
    printf("%-34s %9s %9s %7s %9s\n", "", "ms", "ms", "", "ms");
    static const struct {
        const char *name;
        u64 scopes, transfers;
    } row[] = {
        {"1 scope", 1, 0},        {"10 scopes", 10, 0},          {"100 scopes", 100, 0},
        {"1 transfer", 0, 1},     {"100 transfers", 0, 100},     {"1000 transfers", 0, 1000},
        {"50 scopes, 500 transfers", 50, 500},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        add_scopes(s, &arena, row[i].scopes, &callee);
        add_transfers(s, row[i].transfers, (i + 1) * 1000000);
        m.name = row[i].name;
        run_slot(s);
        m.name = NULL;
    }
    printf("highest ratio %.2f\n", m.ratio_highest);
    session_close(s);
    arena_release(&arena);
    return 0;
}
