/* precompile: any bytes for any precompile of Osaka end in an answer or a refusal, the same one each time, and cost
 * what they should. The first byte chooses the precompile, the rest is its input; what costs more than LIMIT is left
 * out. */
#include "evm/precompile.h"

#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 2000000 };

static void check(const struct precompile *p, const struct precompile_result *r, i64 gas, i64 cost)
{
    BUG_UNLESS(r->halt == HALT_RETURN || r->halt == HALT_PRECOMPILE || r->halt == HALT_OUT_OF_GAS);
    BUG_UNLESS((r->halt == HALT_OUT_OF_GAS) == (cost > gas));
    BUG_UNLESS(r->gas_used == (r->halt == HALT_RETURN ? cost : gas));
    BUG_UNLESS(r->halt == HALT_RETURN || r->output.len == 0);
    BUG_UNLESS(p->number == 0x04 || p->number == 0x05 || r->output.len % 32 == 0);
}

/* A sum does not depend on the order of its terms. */
static void check_swapped(const struct precompile *p, struct bytes input, const struct precompile_result *r,
                          struct arena *arena)
{
    const size_t half = p->number == 0x06 ? 64 : p->number == 0x0b ? 128 : p->number == 0x0d ? 256 : 0;
    if (half == 0 || input.len != 2 * half)
        return;
    u8 swapped[512];
    memcpy(swapped, input.ptr + half, half);
    memcpy(swapped + half, input.ptr, half);
    struct precompile_result other;
    BUG_UNLESS(precompile_run(&other, p, bytes_of(swapped, 2 * half), LIMIT, arena) == OK);
    BUG_UNLESS(other.halt == r->halt && bytes_eq(other.output, r->output));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fork osaka = {.id = FORK_OSAKA};
    if (size == 0)
        return 0;
    const struct precompile *p = precompile_at_index(&osaka, data[0]);
    if (!p)
        return 0;
    const struct bytes input = bytes_of(data + 1, size - 1);
    const u64 cost = precompile_gas(p, input);
    if (cost > LIMIT)
        return 0;
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct precompile_result first, again, poor;
    BUG_UNLESS(precompile_run(&first, p, input, LIMIT, &arena) == OK);
    check(p, &first, LIMIT, (i64)cost);
    BUG_UNLESS(precompile_run(&again, p, input, LIMIT, &arena) == OK);
    BUG_UNLESS(again.halt == first.halt && bytes_eq(again.output, first.output));
    check_swapped(p, input, &first, &arena);
    if (cost) {
        BUG_UNLESS(precompile_run(&poor, p, input, (i64)cost - 1, &arena) == OK);
        check(p, &poor, (i64)cost - 1, (i64)cost);
    }
    arena_release(&arena);
    return 0;
}
