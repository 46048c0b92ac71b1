#include "prover/emulate.h"

#include "rv/machine.h"

/* Some minutes; a block of the examples takes below ten million. */
#define INSTRUCTIONS_MAX ((u64)100000000000)

static enum err run_image(hash32 *transition, struct arena *arena, const struct rv_image *image, struct bytes input)
{
    struct rv_machine m;
    TRY(rv_machine_open(&m, arena, image, input));
    const enum rv_end end = rv_run(&m, INSTRUCTIONS_MAX);
    const bool is_good = end == RV_END_EXIT && m.exit_code == 0 && m.output.len == sizeof transition->b;
    if (is_good)
        memcpy(transition->b, m.output.ptr, sizeof transition->b);
    rv_machine_close(&m);
    return is_good ? OK : FAULT_PROGRAM;
}

enum err emulate_request(hash32 *transition, const struct memory *memory, const struct rv_image *image,
                         const struct rollup_rules *rules, const struct prove_request *r)
{
    struct arena arena;
    arena_init(&arena, memory);
    struct buffer input = buffer_in(&arena);
    guest_input_encode(&input, rules, r);
    const enum err e = run_image(transition, &arena, image, buffer_bytes(&input));
    arena_release(&arena);
    return e;
}
