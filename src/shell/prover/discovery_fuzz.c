/* discovery: any bytes as what a prover says of itself. What is taken by a builder is refused by one whose chain,
 * verifier, program, epoch or rules are others; every refusal is one sentence of printable text. */
#include "prover/discovery.h"

#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum other { NOTHING, CHAIN, VERIFIER, PROGRAM, EPOCH, GAS_LIMIT };

static enum err read_as(enum other other, struct bytes body)
{
    static const address bridge = {{0x44}}, coinbase = {{0x55}};
    struct quorum quorum = {
        .l1_chain_id = 100, .verifier = {{0x11, 0x22, 0x33}}, .program_id = {{0x77}}, .prover_set_epoch = 1};
    struct rollup_rules rules;
    const struct rollup_rules *const list[] = {&rules};
    const struct discovery_want want = {&quorum, list, 1};
    struct arena arena;
    address attester;
    rollup_rules_init(&rules, 7001, 100, &bridge, &coinbase,
                      other == GAS_LIMIT ? 30000001 : 30000000);
    quorum.l1_chain_id += other == CHAIN;
    quorum.verifier.b[19] = other == VERIFIER;
    quorum.program_id.b[31] = other == PROGRAM;
    quorum.prover_set_epoch += other == EPOCH;
    arena_init(&arena, &system_memory);
    struct buffer why = buffer_in(&arena);
    const enum err e = discovery_read(&arena, &attester, &why, "http://127.0.0.1:1", 200, body, &want);
    BUG_UNLESS(e == OK || e == REJECT_PROVER);
    BUG_UNLESS((e == OK) == (why.len == 0));
    for (size_t i = 0; i < why.len; i++)
        BUG_UNLESS(why.ptr[i] >= ' ' && why.ptr[i] != 0x7f);
    arena_release(&arena);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes body = bytes_of(data, size);
    if (read_as(NOTHING, body) == OK)
        for (enum other o = CHAIN; o <= GAS_LIMIT; o++)
            BUG_UNLESS(read_as(o, body) != OK);
    return 0;
}
