/* precompile - the precompiled contracts: a table, and one function that runs a row.
 *
 *   const struct precompile *p = precompile_find(fork, &address);   NULL: an ordinary account
 *   if (p) e = precompile_run(&result, p, input, gas, &arena);
 *
 * One row of precompile.def is one address under one price list; a later row of the same address
 * replaces the earlier one from its fork on (modexp: EIP-198, EIP-2565, EIP-7883). The price depends
 * on the input alone, and is taken before anything runs.
 *
 * Failure: a rejected input is HALT_PRECOMPILE and costs all gas of the call; too little gas is
 * HALT_OUT_OF_GAS. ecrecover, P-256 and the like do not fail: they return no bytes.
 * Errors: FAULT_UNSUPPORTED for a row without a function, FAULT_CRYPTO when a library failed.
 * Memory: output bytes come from the given arena; scratch memory is taken there too and rewound. */
#ifndef EVM_PRECOMPILE_H
#define EVM_PRECOMPILE_H

#include "base/arena.h"
#include "base/err.h"
#include "evm/evm.h"
#include "evm/fork.h"

struct precompile_result {
    enum halt halt;      /* HALT_RETURN, HALT_OUT_OF_GAS or HALT_PRECOMPILE */
    i64 gas_used;        /* all of the gas given unless HALT_RETURN */
    struct bytes output; /* empty unless HALT_RETURN; in the arena, never a view of the input */
};

/* What a call costs: a rule, or first + each * pieces of the input, the last one counted whole. */
struct precompile_price {
    u64 first, each;
    size_t piece_bytes;
    u64 (*rule)(struct bytes input); /* UINT64_MAX if it exceeds any gas limit */
};

struct precompile {
    u16 number; /* the address, as a number */
    enum fork_id since;
    const char *name; /* as in EIP-7910 */
    struct precompile_price price;
    /* OK with the output (untouched where there is none), a REJECT that refuses the input, or a FAULT. */
    enum err (*run)(struct bytes input, struct arena *arena, struct bytes *output);
};

/* The row that rules at this address in this fork, or NULL. */
const struct precompile *precompile_find(const struct fork *fork, const address *at);
/* All rows in force in a fork, in the order of their addresses: index from 0 until NULL comes back. EIP-2929 warms
 * them. */
const struct precompile *precompile_at_index(const struct fork *fork, unsigned index);

u64 precompile_gas(const struct precompile *row, struct bytes input);
enum err precompile_run(struct precompile_result *out, const struct precompile *row, struct bytes input, i64 gas,
                        struct arena *arena) MUST_CHECK;

#endif
