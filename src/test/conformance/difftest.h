/* difftest - differential testing: random blocks, executed by two independent EVMs, must have the same results.
 *
 *   seed --> [ difftest_case ] --> JSON, one line: parent, block, accounts with random programs, transactions
 *                                    |
 *                [ run, 4 times ] <--+--> tests/client/difftest.mjs: @ethereumjs/vm
 *                        |                          |
 *                        '------ same? -------------'     block hash; gas, status, logs of each transaction; refusals
 *
 * Ours runs four times: byte by byte, translated from the first instruction, turning hot on the way, and traced. A case
 * is its seed: nothing else is random. What is executed is the JSON, so a reduced case runs the same way as a generated
 * one.
 *
 * Memory: the arena given. */
#ifndef CONFORMANCE_DIFFTEST_H
#define CONFORMANCE_DIFFTEST_H

#include "chain/execute.h"
#include "io/json.h"

/* --- dice: splitmix64 (Steele, Lea, Flood, 2014) --- */

struct dice {
    u64 state;
};

static inline u64 dice_word(struct dice *d)
{
    u64 z = d->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}
static inline u64 dice_below(struct dice *d, u64 n)
{
    return dice_word(d) % n;
}
static inline bool dice_percent(struct dice *d, u64 percent)
{
    return dice_below(d, 100) < percent;
}
void dice_fill(struct dice *d, void *out, size_t len);

/* A number that arithmetic likes to get wrong: 0, 1, -1, 2^k and its neighbours, a sign bit, a few bytes, any. */
u256 dice_u256(struct dice *d);

/* --- programs (difftest_program.c) --- */

enum { DIFFTEST_PLACES_MAX = 24 };

/* What a program knows of its world. */
struct program_world {
    enum fork_id fork;
    address place[DIFFTEST_PLACES_MAX]; /* worth calling and looking at */
    u32 place_count;
    u32 contract_count;                 /* the first so many have programs */
    hash32 key;                         /* signs what ecrecover gets to see */
};

enum program_kind {
    PROGRAM_ANY,
    PROGRAM_INIT, /* returns code, mostly */
    PROGRAM_LEAF, /* makes no calls */
    PROGRAM_DEEP, /* calls itself once with all its gas, and no one else */
    PROGRAM_NOISE, /* bytes without a plan */
};
struct bytes difftest_program(struct arena *arena, struct dice *d, const struct program_world *world,
                              enum program_kind kind, u32 statements);

/* --- cases (difftest_case.c) --- */

enum { DIFFTEST_ACCOUNTS_MAX = 40, DIFFTEST_TXS_MAX = 6, DIFFTEST_SLOTS_MAX = 6 };

struct difftest_account {
    address at;
    u64 nonce;
    u256 balance;
    struct bytes code;
    u32 slot_count;
    struct {
        u256 key, value;
    } slot[DIFFTEST_SLOTS_MAX];
};

struct difftest_tx {
    struct tx tx;
    hash32 key;  /* the sender's */
    bool cut;    /* its gas limit is to be set again when it is known what it needs */
};

struct difftest_case {
    u64 seed;
    const struct fork *fork;
    struct header parent;      /* the caller fills in its state root */
    struct block_choice choice;
    struct difftest_account account[DIFFTEST_ACCOUNTS_MAX];
    u32 account_count;
    u32 program_count;
    struct difftest_tx tx[DIFFTEST_TXS_MAX];
    u32 tx_count;
};

void difftest_case_make(struct difftest_case *out, struct arena *arena, u64 seed);
/* One line, with a line feed. */
void difftest_case_write(struct buffer *out, const struct difftest_case *c, struct arena *scratch);
/* Signs a transaction again after it was changed. */
void difftest_sign(struct difftest_tx *t, struct arena *scratch);

#endif
