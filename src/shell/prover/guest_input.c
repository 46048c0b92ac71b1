#include "prover/guest_input.h"

enum { RULES_BYTES = 1 + 8 + 8 + 20 + 20 + 8 };

void guest_input_encode(struct buffer *out, const struct rollup_rules *rules, const struct prove_request *r)
{
    buffer_add_u8(out, GUEST_INPUT_VERSION);
    store_be64(buffer_extend(out, 8), rules->chain.chain_id);
    store_be64(buffer_extend(out, 8), rules->l1_chain_id);
    buffer_add(out, rules->shared_bridge.b, sizeof rules->shared_bridge.b);
    buffer_add(out, rules->coinbase.b, sizeof rules->coinbase.b);
    store_be64(buffer_extend(out, 8), rules->gas_limit);
    prove_request_encode(out, r);
}

static void read_rules(struct rollup_rules *out, const u8 *p)
{
    address bridge, coinbase;
    memcpy(bridge.b, p + 17, sizeof bridge.b);
    memcpy(coinbase.b, p + 37, sizeof coinbase.b);
    rollup_rules_init(out, load_be64(p + 1), load_be64(p + 9), &bridge, &coinbase, load_be64(p + 57));
}

static enum err run(hash32 *transition, struct arena *arena, const struct memory *memory, struct bytes input)
{
    struct rollup_rules rules;
    struct prove_request r;
    if (input.len < RULES_BYTES || input.ptr[0] != GUEST_INPUT_VERSION)
        return REJECT_REQUEST;
    read_rules(&rules, input.ptr);
    TRY(prove_request_decode(&r, arena, bytes_of(input.ptr + RULES_BYTES, input.len - RULES_BYTES)));
    if (r.chain_id != rules.chain.chain_id)
        return REJECT_REQUEST;
    const struct verify_input in = {.rules = &rules, .witness = r.witness, .data = r.data};
    return verify_transition(transition, NULL, memory, &in);
}

enum err guest_input_run(hash32 *transition, const struct memory *memory, struct bytes input)
{
    struct arena arena;
    arena_init(&arena, memory);
    const enum err e = run(transition, &arena, memory, input);
    arena_release(&arena);
    return e;
}
