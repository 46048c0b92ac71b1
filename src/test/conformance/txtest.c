/* txtest - runs transaction tests: one envelope, and its expected result under each fork.
 *
 *   {"name": {"txbytes": "0x..", "result": {"London": {"hash", "sender", "intrinsicGas"} or {"exception"}}}}
 *
 * Decoding, the rules that need no state, and the recovery of the signer, in that order: what is refused must be
 * refused by the exception that the test names, what is taken must have the hash, sender and gas given. */
#include "options/commands.h"
#include "conformance/fixture.h"
#include "conformance/fixture_chain.h"

struct test {
    struct fixture_worker *w;
    struct bytes name;
    struct bytes envelope;
};

static enum err txtest_examine(struct test *t, struct tx *out, const struct fixture_rules *rules)
{
    const struct activation *active = &rules->activation[0];
    TRY(tx_decode(out, &t->w->arena, t->envelope, chain_rules_admitted(&rules->chain, active->fork)));
    TRY(tx_check(out, &rules->chain, active));
    return tx_recover(out, active->fork->id >= FORK_HOMESTEAD, &t->w->arena);
}

/* What is wrong with a transaction that was taken, or NULL. */
static const char *txtest_compare(const struct tx *tx, const struct fork *fork, struct json result)
{
    hash32 hash;
    address sender;
    u64 gas;
    if (json_hex_fixed(hash.b, sizeof hash.b, json_get(result, "hash")) != OK || !hash32_eq(&hash, &tx->hash))
        return "hash differs";
    if (json_hex_fixed(sender.b, sizeof sender.b, json_get(result, "sender")) != OK ||
        !address_eq(&sender, &tx->sender))
        return "sender differs";
    if (json_u64(&gas, json_get(result, "intrinsicGas")) != OK || gas != tx_intrinsic_gas(tx, fork))
        return "intrinsic gas differs";
    return NULL;
}

static enum err txtest_run_fork(struct test *t, struct bytes fork, struct json result)
{
    struct fixture_rules rules;
    struct tx tx;
    if (!fixture_wanted(t->w, fork, t->name))
        return OK;
    const char *skip = fixture_skip(t->w, t->name);
    if (skip) {
        fixture_report(t->w, fork, t->name, FIXTURE_SKIPPED, "%s", skip);
        return OK;
    }
    TRY(fixture_rules_init(&rules, &t->w->complaint, fork, (struct json){NULL, UINT32_MAX}, result));
    const enum err e = txtest_examine(t, &tx, &rules);
    const struct bytes want = json_text(json_get(result, "exception"));
    const char *wrong = want.len || e ? NULL : txtest_compare(&tx, rules.activation[0].fork, result);
    if (want.len ? !fixture_expects(want, e) : e != OK)
        fixture_report(t->w, fork, t->name, FIXTURE_FAILED, "%s, expected %.*s", e ? err_name(e) : "was accepted",
                       want.len ? (int)want.len : 7, want.len ? (const char *)want.ptr : "success");
    else if (wrong)
        fixture_report(t->w, fork, t->name, FIXTURE_FAILED, "%s", wrong);
    else
        fixture_report(t->w, fork, t->name, FIXTURE_PASSED, "passed");
    return OK;
}

static enum err txtest_run_file(struct fixture_worker *w, struct json root)
{
    for (struct json_iterator it = json_items(root); json_next(&it);) {
        struct test t = {.w = w, .name = it.key};
        struct json result;
        TRY(json_need(&result, &w->complaint, it.value, "result", JSON_OBJECT));
        if (json_hex(&w->arena, &t.envelope, json_get(it.value, "txbytes")) != OK)
            return json_unexpected(&w->complaint, it.value, "txbytes");
        for (struct json_iterator fork = json_items(result); json_next(&fork);)
            TRY(txtest_run_fork(&t, fork.key, fork.value));
    }
    return OK;
}

int cmd_txtest(const struct command_line *line)
{
    const struct fixture_command command = {"txtest", txtest_run_file};
    return fixture_main(&command, line);
}
