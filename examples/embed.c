/* embed - libscope in another program: a devnet with two rollups, a call from one to the other, and a prover.
 *
 *     make install PREFIX=$HOME/.local
 *     cc examples/embed.c $(pkg-config --cflags --libs --static scope) -o embed && ./embed
 *
 * Exit status 0 only if the call was answered, and the prover computed each statement that the builder expects. */
#include <scope/scope.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { L1 = 1, A = 901, B = 902 };
static const struct scope_hash user_key = {{[31] = 1}}, builder_key = {{[31] = 9}};
static struct scope_devnet *devnet;
static struct scope_prover *prover;
static unsigned agreed, asked;

static void must(scope_err e)
{
    if (e == SCOPE_OK)
        return;
    fprintf(stderr, "%s: %s\n", scope_err_name(e), devnet ? scope_devnet_error(devnet) : scope_err_text(e));
    exit(1);
}

/* What a prover does with a request; the builder's statement is only compared. */
static void on_request(void *context, struct scope_bytes request, const struct scope_hash *expected)
{
    struct scope_hash statement;
    (void)context;
    must(scope_prover_verify(prover, &statement, NULL, request));
    asked++;
    for (size_t i = 0; i < sizeof statement.b; i++)
        if (statement.b[i] != expected->b[i])
            return;
    agreed++;
}

static void open_devnet(void)
{
    const struct scope_u256 ether = {{1000000000000000000}};
    const struct scope_hash prover_key[] = {{{[31] = 11}}, {{[31] = 12}}, {{[31] = 13}}};
    const struct scope_devnet_rollup rollup[] = {{.chain_id = A}, {.chain_id = B}};
    struct scope_devnet_account account[] = {{.chain_id = A, .balance = ether}, {.chain_id = B, .balance = ether}};
    must(scope_key_address(&account[0].address, &user_key));
    account[1].address = account[0].address;
    const struct scope_devnet_config config = {
        .l1_chain_id = L1, .rollup = rollup, .rollup_count = 2, .account = account, .account_count = 2,
        .builder_key = builder_key, .prover_key = prover_key, .prover_count = 3, .prover_threshold = 2};
    must(scope_devnet_open(&devnet, &config));
    must(scope_devnet_open_prover(devnet, &prover));
    scope_devnet_watch_proofs(devnet, on_request, NULL);
}

int main(void)
{
    /* deploys CALLDATASIZE PUSH0 MSTORE PUSH1 32 PUSH0 RETURN: a contract that returns the length of its calldata */
    static const uint8_t init[] = {0x66, 0x36, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3, 0x5f, 0x52, 0x60, 7, 0x60, 25, 0xf3};
    static const uint8_t data[100] = {0};
    struct scope_work created;
    struct scope_slot slot;
    struct scope_call_report report;
    uint64_t work;
    open_devnet();
    const struct scope_transaction deployment = {
        .chain_id = B, .key = user_key, .creates = true, .data = {init, sizeof init}};
    must(scope_devnet_send(devnet, &work, &deployment));
    must(scope_devnet_slot(devnet, &slot));
    must(scope_devnet_work(devnet, &created, work));

    asked = agreed = 0;
    const struct scope_call call = {.source_chain = A, .target_chain = B, .to = created.created,
                                    .gas_limit = {{100000}}, .data = {data, sizeof data}};
    must(scope_devnet_send_call(devnet, &work, &call, &user_key, 0));
    must(scope_devnet_slot(devnet, &slot));
    const bool answered = scope_devnet_slot_call(devnet, &report, 0) && report.response.success &&
                          report.response.returndata.len == 32 && report.response.returndata.ptr[31] == sizeof data;
    printf("the call %s; %zu rollups settled in L1 block %" PRIu64 ", for %" PRIu64 " gas\n",
           answered ? "was answered" : "FAILED", slot.rollup_count, slot.l1_block_number, slot.l1_gas_used);
    printf("%u of %u statements computed from the witness alone\n", agreed, asked);
    scope_prover_close(prover);
    scope_devnet_close(devnet);
    return answered && slot.settled && asked == 2 && agreed == asked ? 0 : 1;
}
