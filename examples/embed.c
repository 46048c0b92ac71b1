/* embed - libscope in a program of one's own: a devnet with two rollups, a call from one to the other, and what a
 * prover does about it.
 *
 *     make install PREFIX=$HOME/.local
 *     cc examples/embed.c $(pkg-config --cflags --libs --static scope) -o embed && ./embed
 *
 * Exit status 0 only if the call was answered, and each prover came to the statement that the builder asked for. */
#include <scope.h>

#include <stdio.h>
#include <stdlib.h>

enum { L1 = 1, A = 901, B = 902 };

static void must(const struct session *s, enum err e)
{
    if (e == OK)
        return;
    fprintf(stderr, "%s: %s\n", err_name(e), s ? session_error(s) : err_text(e));
    exit(1);
}

static hash32 key_of(u8 x)
{
    return (hash32){{[31] = x}};
}

static address user(void)
{
    const hash32 key = key_of(1);
    address at;
    must(NULL, secp256k1_address(&at, &key));
    return at;
}

static struct session *open_devnet(void)
{
    static const struct rollup_config rollup[] = {
        {.chain_id = A, .coinbase = {{0xaa}}, .gas_limit = 30000000, .base_fee = {{1000000000}}},
        {.chain_id = B, .coinbase = {{0xbb}}, .gas_limit = 30000000, .base_fee = {{1000000000}}},
    };
    const u256 ether = {{1000000000000000000}};
    const struct funded_account funded[] = {{A, user(), ether}, {B, user(), ether}};
    const hash32 prover[] = {key_of(11), key_of(12), key_of(13)};
    const struct session_config config = {
        .l1_chain_id = L1, .l1_fork = FORK_OSAKA, .l1_gas_limit = 60000000, .l1_base_fee = {{1000000000}},
        .l1_coinbase = {{0xcc}}, .genesis_timestamp = 1700000000, .rollup = rollup, .rollup_count = 2,
        .funded = funded, .funded_count = 2, .builder_key = key_of(9), .prover_key = prover, .prover_count = 3,
        .prover_threshold = 2, .data = DATA_CALLDATA,
    };
    struct session *s;
    must(NULL, session_open(&s, &system_memory, &config));
    return s;
}

static const struct slot_report *run_slot(struct session *s)
{
    const struct slot_report *r;
    must(s, session_slot(s, &r, NULL));
    if (!r->settled) {
        fprintf(stderr, "the slot did not settle\n");
        exit(1);
    }
    return r;
}

/* A contract on B that answers how many bytes it was called with: 36 5f 52 60 20 5f f3. */
static address deploy(struct session *s)
{
    static const u8 init[] = {0x66, 0x36, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3, 0x5f, 0x52, 0x60, 0x07, 0x60, 0x19, 0xf3};
    const struct transact t = {
        .chain_id = B, .key = key_of(1), .creates = true, .gas_limit = 1000000, .data = BYTES_OF(init)};
    u64 work;
    struct work_report w;
    must(s, session_transact(s, &work, &t));
    run_slot(s);
    must(s, session_status(s, &w, work));
    return w.created;
}

/* The user of A has A's bridge call it: scopedCall(uint256 chain, address from, (address to, uint256 value, uint256
 * gasLimit, bytes data)). */
static void call(struct session *s, const address *to, struct bytes data)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    const address from = user();
    hash32 selector;
    keccak256(&selector, "scopedCall(uint256,address,(address,uint256,uint256,bytes))", 59);
    struct buffer calldata = buffer_in(&arena);
    buffer_add(&calldata, selector.b, 4);
    struct abi_writer w = abi_writer(&calldata);
    abi_open(&w, 3);
    abi_add_u64(&w, B);
    abi_add_address(&w, &from);
    abi_open_tuple(&w, 4);
    abi_add_address(&w, to);
    abi_add_u64(&w, 0);
    abi_add_u64(&w, 100000);
    abi_add_bytes(&w, data);
    abi_close(&w);
    abi_close(&w);
    const struct transact t = {.chain_id = A, .key = key_of(1), .to = session_contracts(s)->rollup_bridge,
                               .gas_limit = 1000000, .data = buffer_bytes(&calldata)};
    u64 work;
    must(s, session_transact(s, &work, &t));
    arena_release(&arena);
}

/* --- a prover's view: the request, and its own configuration --- */

struct prover {
    struct prover_config config;
    unsigned agreed, asked;
};

static void on_request(void *context, const struct prove_request *r, const hash32 *wanted)
{
    struct prover *p = context;
    const struct settlement_context settlement = {
        .l1_chain_id = p->config.quorum.l1_chain_id, .bridge = p->config.shared_bridge,
        .l1_block_number = r->l1_block_number, .l1_parent_hash = r->l1_parent_hash, .submitter = r->submitter,
        .plan_hash = r->plan_hash};
    const struct verify_input in = {.rules = prover_config_rules(&p->config, r->chain_id), .context = &settlement,
                                    .witness = r->witness, .data = r->data};
    hash32 statement;
    p->asked++;
    must(NULL, verify(&statement, NULL, &system_memory, &in));
    p->agreed += hash32_eq(&statement, wanted);
}

int main(void)
{
    static const u8 data[100] = {0};
    struct session *s = open_devnet();
    const address callee = deploy(s);
    struct prover prover = {0};
    session_prover_config(s, &prover.config);
    session_watch_proofs(s, on_request, &prover);

    call(s, &callee, BYTES_OF(data));
    const struct slot_report *r = run_slot(s);
    const struct response *answer = &r->call[0].response;
    const unsigned last = answer->returndata.len == 32 ? answer->returndata.ptr[31] : 0;

    printf("%llu called %llu with %zu bytes, and was answered %u\n", (unsigned long long)A, (unsigned long long)B,
           sizeof data, last);
    printf("%zu rollups settled in L1 block %llu, for %llu gas\n", r->rollup_count,
           (unsigned long long)r->l1_block_number, (unsigned long long)r->l1_gas_used);
    printf("%u of %u statements re-executed from the witness alone\n", prover.agreed, prover.asked);
    const bool good = r->call_count == 1 && answer->success && last == sizeof data && prover.asked == 2 &&
                      prover.agreed == prover.asked;
    session_close(s);
    return good ? 0 : 1;
}
