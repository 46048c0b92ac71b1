/* The oracle bites: when the one chain is made to differ, it says so, and by the right name. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/memory.h"
#include "oracle/oracle_private.h"

struct fixture {
    struct oracle *o;
    struct arena arena;
};

static void open_oracle(struct fixture *f, u32 rollups)
{
    arena_init(&f->arena, &system_memory);
    struct buffer why = buffer_in(&f->arena);
    const enum err e = oracle_open(&f->o, &system_memory, rollups, &why);
    if (e != OK)
        print_message("%.*s\n", (int)why.len, (const char *)why.ptr);
    assert_int_equal(e, OK);
}

static void close_oracle(struct fixture *f)
{
    oracle_close(f->o);
    arena_release(&f->arena);
}

/* L1's user calls L1's puppet 0, which notes, and calls rollup 1's puppet 0, which reads, mixes and notes. */
struct story {
    struct act act[6];
    struct program p;
};

static void tell(struct story *s)
{
    *s = (struct story){.p = {.chain_count = 2, .slot_count = 1, .work_count = 1, .work[0].act = &s->act[0]}};
    s->act[0] = (struct act){.kind = ACT_CALL, .body = &s->act[1]};
    s->act[1] = (struct act){.kind = ACT_NOTE, .word = 1, .next = &s->act[2]};
    s->act[2] = (struct act){.kind = ACT_SCOPED, .chain = 1, .gas = 2000000, .value = 5, .body = &s->act[3]};
    s->act[3] = (struct act){.kind = ACT_READ, .next = &s->act[4]};
    s->act[4] = (struct act){.kind = ACT_MIX, .word = 2, .next = &s->act[5]};
    s->act[5] = (struct act){.kind = ACT_NOTE, .word = 3};
}

static enum finding_kind run(struct fixture *f, const struct program *p, struct oracle_shares *shares)
{
    struct finding finding;
    assert_int_equal(oracle_run(f->o, p, shares, &finding), OK);
    return finding.kind;
}

/* What is changed on the one chain alone, and what the oracle must say. */
struct row {
    const char *what;
    u32 chain;              /* whose puppet 0 */
    const char *code;       /* in place of its own; NULL: keeps it */
    size_t code_len;
    u64 wei;                /* more that it has */
    u64 state;              /* in its slot 0; 0: as it is */
    enum finding_kind want;
};
#define CODE(bytes) bytes, sizeof bytes - 1

static const struct row rows[] = {
    {"nothing", 0, NULL, 0, 0, 0, FINDING_NONE},
    {"a wei more", 1, NULL, 0, 1, 0, FINDING_ETH},
    {"another state, which the answer tells", 1, NULL, 0, 0, 7, FINDING_CALLS},
    {"another state, which is not read", 0, NULL, 0, 0, 7, FINDING_STORAGE},
    {"a target that says nothing", 1, CODE("\x00"), 0, 0, FINDING_CALLS},
    {"a target that reverts", 1, CODE("\x5f\x5f\xfd"), 0, 0, FINDING_NOT_REFUSED},
    {"a caller that does not call", 0, CODE("\x00"), 0, 0, FINDING_CALLS},
};

static void a_difference_is_found(void **state)
{
    (void)state;
    struct fixture f;
    struct story s;
    open_oracle(&f, 1);
    tell(&s);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *r = &rows[i];
        const struct one_chain_change change = {.at = f.o->cast.puppet[r->chain][0],
                                                .code = bytes_of(r->code, r->code_len),
                                                .wei = r->wei,
                                                .state = r->state};
        f.o->change = &change;
        const enum finding_kind got = run(&f, &s.p, NULL);
        if (got != r->want)
            print_message("%s: %s\n", r->what, finding_name(got));
        assert_int_equal(got, r->want);
    }
    f.o->change = NULL;
    assert_int_equal(run(&f, &s.p, NULL), FINDING_NONE); /* nothing of it stays */
    close_oracle(&f);
}

/* A wrong answer to a lookup, however it is made; and a chain that looks at one that looks. */
static void a_lookup_that_differs_is_found(void **state)
{
    static const enum act_kind kinds[] = {ACT_LOOK_REMOTE, ACT_LOOK_SCOPED};
    (void)state;
    struct fixture f;
    open_oracle(&f, 1);
    struct act act[] = {{.kind = ACT_CALL, .body = &act[1]},
                        {.gas = 2000000, .chain = 1, .caught = true, .body = &act[2]},
                        {.kind = ACT_READ, .next = &act[3]},
                        {.kind = ACT_HELD},
                        {.kind = ACT_LOOK_REMOTE, .caught = true, .body = &act[5]},
                        {.kind = ACT_READ}};
    const struct program p = {.chain_count = 2, .slot_count = 1, .work_count = 1, .work[0].act = act};
    const struct one_chain_change change = {.at = f.o->cast.puppet[1][0], .state = 7};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct oracle_shares shares = {0};
        act[1].kind = kinds[i];
        act[3].next = NULL;
        assert_int_equal(run(&f, &p, &shares), FINDING_NONE);
        assert_int_equal(shares.lookups, 1);
        f.o->change = &change;
        assert_int_equal(run(&f, &p, NULL), FINDING_CALLS);
        f.o->change = NULL;
        act[3].next = &act[4]; /* back to L1, which waits in a static frame */
        shares = (struct oracle_shares){0};
        assert_int_equal(run(&f, &p, &shares), FINDING_NONE);
        assert_int_equal(shares.refused_into_static, 1);
    }
    close_oracle(&f);
}

/* Shrinking keeps what fails and drops the rest. */
static void a_finding_is_shrunk(void **state)
{
    (void)state;
    struct fixture f;
    struct story s;
    struct finding finding;
    open_oracle(&f, 1);
    tell(&s);
    const struct one_chain_change change = {.at = f.o->cast.puppet[1][0], .state = 7};
    f.o->change = &change;
    assert_int_equal(oracle_run(f.o, &s.p, NULL, &finding), OK);
    assert_int_equal(finding.kind, FINDING_CALLS);
    assert_int_equal(program_act_count(&s.p), 6);
    assert_int_equal(oracle_shrink(f.o, &s.p, &finding), OK);
    assert_int_equal(program_act_count(&s.p), 3); /* the call, the scoped call, and the read */
    assert_false(s.act[0].removed || s.act[2].removed || s.act[3].removed);
    assert_int_equal(s.act[2].value, 0);
    close_oracle(&f);
}

/* Random programs, seeds 1 to 60: no finding, and every kind of thing that is to happen happens. make check runs more.
 */
static void random_programs_agree(void **state)
{
    (void)state;
    struct fixture f[ORACLE_CHAINS_MAX + 1] = {0};
    struct oracle_shares shares = {0};
    struct arena arena;
    arena_init(&arena, &system_memory);
    for (u64 seed = 1; seed <= 60; seed++) {
        struct program p;
        program_generate(&p, &arena, seed);
        if (!f[p.chain_count].o)
            open_oracle(&f[p.chain_count], p.chain_count - 1);
        assert_int_equal(run(&f[p.chain_count], &p, &shares), FINDING_NONE);
    }
    assert_int_equal(shares.programs, 60);
    assert_true(shares.settled && shares.reverted && shares.refused_revert_around_call &&
                shares.refused_operation_failed);
    assert_true(shares.failed && shares.refunded && shares.inline_calls && shares.reentered && shares.by_remote &&
                shares.leaf);
    assert_true(shares.lookups && shares.lookups_failed && shares.lookups_inline && shares.lookups_nested &&
                shares.lookups_by_remote && shares.lookups_before && shares.lookups_between && shares.lookups_inside);
    assert_true(shares.with_lookup_only && shares.with_lookup_reverted && shares.looked > shares.lookups);
    assert_true(shares.depth[4] && shares.chains[4] && shares.same_call_twice && shares.events && shares.filled_ahead);
    for (u32 i = 0; i <= ORACLE_CHAINS_MAX; i++)
        if (f[i].o)
            close_oracle(&f[i]);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_difference_is_found),
        cmocka_unit_test(a_lookup_that_differs_is_found),
        cmocka_unit_test(a_finding_is_shrunk),
        cmocka_unit_test(random_programs_agree),
    };
    return cmocka_run_group_tests_name("oracle", tests, NULL, NULL);
}
