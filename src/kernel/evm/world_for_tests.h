/* world_for_tests - a chain state and a VM on it, for tests, fuzzers and benchmarks. Included by nothing else. */
#ifndef EVM_WORLD_FOR_TESTS_H
#define EVM_WORLD_FOR_TESTS_H

#include <stdio.h>
#include <stdlib.h>

#include "base/u256.h"
#include "chain/evm_host.h"
#include "io/memory.h"

struct world {
    struct trie_db *tries;
    struct state *state;
    struct code_cache *codes;
    struct arena arena;
    struct evm_host host;
    struct evm_block block;
    struct evm_tx tx;
    struct evm vm;
};

static inline void must_work(enum err e, const char *what)
{
    if (e != OK) {
        fprintf(stderr, "%s: %s\n", what, err_text(e));
        exit(3);
    }
}

static inline void world_fork(struct world *w, enum fork_id fork)
{
    w->host.fork = w->vm.fork = &fork_table[fork];
}

static inline void world_open(struct world *w)
{
    memset(w, 0, sizeof *w);
    arena_init(&w->arena, &system_memory);
    w->tries = trie_db_open(&system_memory, NULL);
    w->state = state_open(&system_memory, w->tries, NULL, &trie_empty_root);
    w->codes = code_cache_open(&system_memory, 0);
    w->host = (struct evm_host){.state = w->state, .codes = w->codes, .arena = &w->arena};
    evm_init(&w->vm, &system_memory);
    w->vm.ops = &evm_host_ops;
    w->vm.host = &w->host;
    w->vm.block = &w->block;
    w->vm.tx = &w->tx;
    world_fork(w, FORK_OSAKA);
}

static inline void world_release(struct world *w)
{
    evm_release(&w->vm);
    code_cache_release(w->codes);
    state_release(w->state);
    trie_db_release(w->tries);
    arena_release(&w->arena);
}

static inline const struct account *world_add(struct world *w, const address *at, const u256 *balance, u64 nonce,
                                              struct bytes code)
{
    const struct account *a;
    must_work(state_account(w->state, &a, NULL, at), "state_account");
    state_set_balance(w->state, a, balance);
    state_set_nonce(w->state, a, nonce);
    if (code.len || a->has_code)
        state_set_code(w->state, a, code);
    return a;
}

/* 0x00..00n */
static inline address world_address(u64 n)
{
    const u256 x = u256_from_u64(n);
    return u256_to_address(&x);
}

#endif
