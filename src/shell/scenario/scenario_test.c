#include "base/u256.h"
#include "io/memory.h"
#include "scenario/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

/* A whole, correct file; rows of the table below break one line of it. */
#define CHAINS "scenario: t\nchains:\n  l1: {kind: l1, id: 1}\n  two: {kind: rollup, id: 2}\n"
#define ACCOUNTS "accounts:\n  alice: {balance: {l1: 10 ether, two: 1.5 gwei}}\n"
#define TOKEN "  - {deploy: token, chain: two, from: alice, artifact: t.json}\n"
#define SLOT_HEAD "  - slot: s\n    submit: [{operate: a, account: alice, calls: [{to: token}]}]\n"

static struct arena arena;

static enum err read_text(struct scenario **out, struct complaint *c, const char *text)
{
    *c = (struct complaint){.file = "f"};
    return scenario_read(&arena, out, c, bytes_of(text, strlen(text)));
}

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena, &system_memory);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* Whatever is wrong with a file, the message says where and what was expected. */
static void bad_files_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } row[] = {
        /* YAML itself */
        {"", "f:1:1: a scenario needs \"scenario\""},
        {"- a\n- b\n", "f:1:1: a scenario: expected a map, found a list"},
        {"a: [1, 2\nb: 3\n", "f:2:2: not YAML: while parsing a flow sequence that begins in line 1, did not find expected ',' or ']'"},
        {"a: 1\nb: 2\na: 3\n", "f:3:1: duplicate key \"a\"; first used in line 1"},
        {"a: &x 1\nb: *x\n", "f:1:4: anchors (&) are not supported"},
        {"b: *x\n", "f:1:4: aliases (*) are not supported; quote text that begins with *"},
        {"a: !!binary x\n", "f:1:4: tags (!) are not supported"},
        {"? [a]\n: b\n", "f:1:3: a key must be plain text"},
        {"a: 1\n---\nb: 2\n", "f:2:1: a second document; one file holds one"},
        {"a: \"x\\0y\"\n", "f:1:4: text may not contain a NUL character"},
        {"a: b\n\xff\xfe", "f:2:1: not readable as YAML text: invalid leading UTF-8 octet"},
        {"a:\n\tb: 1\n", "f:2:1: not YAML: while scanning for the next token, found character that cannot start any token"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "f:1:25: nested more than 24 deep"},

        /* keys */
        {"scenari: t\n", "f:1:1: a scenario has no key \"scenari\"; did you mean \"scenario\"?"},
        {"zzz: t\n",
         "f:1:1: a scenario has no key \"zzz\"; expected one of scenario, about, chains, accounts, provers, steps"},
        {CHAINS, "f:1:1: a scenario needs \"steps\""},
        {"scenario: [t]\n", "f:1:11: scenario: expected text, found a list"},
        {"scenario: t\nchains: 5\nsteps: []\n", "f:2:9: chains: expected a map of names, found text"},
        {"scenario: t\nchains: {l1: {kind: l1, id: 1, gaslimit: 5}}\nsteps: []\n",
         "f:2:32: a chain has no key \"gaslimit\"; did you mean \"gasLimit\"?"},

        /* chains */
        {"scenario: t\nchains: {}\nsteps: []\n", "f:2:9: chains: no chain of kind l1; a scenario has exactly one"},
        {"scenario: t\nchains: {a: {kind: l1, id: 1}}\nsteps: []\n",
         "f:2:9: chains: no chain of kind rollup; a scenario has at least one"},
        {"scenario: t\nchains:\n  a: {kind: l1, id: 1}\n  b: {kind: l1, id: 2}\nsteps: []\n",
         "f:4:13: kind: \"a\" is already the l1; a scenario has exactly one"},
        {"scenario: t\nchains:\n  a: {kind: l1, id: 7}\n  b: {kind: rollup, id: 0x7}\nsteps: []\n",
         "f:4:25: id: the chains \"a\" and \"b\" have the same id 7"},
        {"scenario: t\nchains:\n  a: {kind: l1, id: 0}\nsteps: []\n", "f:3:21: id: must not be 0"},
        {"scenario: t\nchains:\n  a: {kind: l1, id: 18446744073709551616}\nsteps: []\n",
         "f:3:21: id: expected a number below 2^64, found \"18446744073709551616\""},
        {"scenario: t\nchains:\n  a: {kind: l2, id: 1}\nsteps: []\n",
         "f:3:13: kind: expected l1 or rollup, found \"l2\""},
        {"scenario: t\nchains:\n  a: {kind: l1}\nsteps: []\n", "f:3:3: a chain needs \"id\""},
        {"scenario: t\nchains:\n  1a: {kind: l1, id: 1}\nsteps: []\n",
         "f:3:3: chains: \"1a\" is not a name; expected a letter, then letters, digits, _ or -, at most 40 in all"},
        {"scenario: t\nchains:\n  a: {kind: l1, id: 1, baseFee: 1.5 wei}\nsteps: []\n",
         "f:3:33: baseFee: expected a number, such as 42, 0x2a, 1.5 ether or 30 gwei, found \"1.5 wei\""},
        {"scenario: t\nchains:\n  a: {kind: l1, id: 1, coinbase: bob}\n  b: {kind: rollup, id: 2}\nsteps: []\n",
         "f:3:34: unknown name \"bob\": expected an account"},
        {"scenario: t\nchains:\n  a: {kind: l1, id: 1}\n  b: {kind: rollup, id: 2, fork: prague}\nsteps: []\n",
         "f:4:34: fork: only the l1 takes a fork; rollups run Osaka rules"},

        /* accounts */
        {CHAINS "accounts:\n  alice: {balance: {l3: 1}}\nsteps: []\n",
         "f:6:21: unknown name \"l3\": expected a chain; did you mean \"l1\"?"},
        {CHAINS "accounts:\n  alice: {balance: {l1: much}}\nsteps: []\n",
         "f:6:25: balance: expected an amount, such as 10 ether, found \"much\""},
        {CHAINS "accounts:\n  alice: {balance: 10 ether}\nsteps: []\n",
         "f:6:20: balance: expected a map of chains, such as {l1: 10 ether}, found text"},
        {CHAINS "accounts:\n  alice: {balance: {two: 1e39}}\nsteps: []\n",
         "f:6:26: balance: the accounts on \"two\" add up to 2^126 wei or more"},
        {"scenario: t\nchains:\n  a: {kind: l1, id: 1, gasLimit: 1000}\nsteps: []\n",
         "f:3:34: gasLimit: expected 20000000 to 2^62 for the l1"},
        {"scenario: t\nchains:\n  a: {kind: l1, id: 1, baseFee: 1e30}\nsteps: []\n",
         "f:3:33: baseFee: expected less than 2^96 wei"},
        {"scenario: t\nchains:\n  a: {kind: l1, id: 1, timestamp: 5e18}\nsteps: []\n",
         "f:3:35: timestamp: expected seconds, less than 2^62"},
        {CHAINS "accounts:\n  alice: {key: 0x12}\nsteps: []\n", "f:6:16: key: expected 0x and 64 hexadecimal digits"},
        {CHAINS "accounts:\n  alice: {key: 0x0000000000000000000000000000000000000000000000000000000000000000}\nsteps: []\n",
         "f:6:16: key: invalid secp256k1 private key (0, or not below the group order)"},
        {CHAINS "accounts:\n  two: {}\nsteps: []\n", "f:6:3: the name \"two\" is already used by a chain in line 4"},
        {CHAINS "accounts:\n  builder: {}\nsteps: []\n", "f:6:3: key: already used by \"builder\""},
        {CHAINS "provers: {count: 17, threshold: 2}\nsteps: []\n", "f:5:18: count: expected 1 to 16 provers"},
        {CHAINS "provers: {count: 2, threshold: 3}\nsteps: []\n",
         "f:5:32: threshold: expected 1 to the number of provers"},

        /* steps */
        {CHAINS "steps: [{depoly: x}]\n",
         "f:5:9: a step needs one key of deploy, attach, read, send, operate, slot or check; did you mean \"deploy\"?"},
        {CHAINS "steps: [{deploy: x, send: y}]\n", "f:5:21: a step is one of \"deploy\" and \"send\", not both"},
        {CHAINS "steps: [{deploy: x, chain: two}]\n", "f:5:9: a deployment needs \"from\""},
        {CHAINS ACCOUNTS "steps:\n  - {deploy: token, chain: two, from: alcie, artifact: t.json}\n",
         "f:8:39: unknown name \"alcie\": expected an account; did you mean \"alice\"?"},
        {CHAINS ACCOUNTS "steps:\n  - {deploy: token, chain: alice, from: alice, artifact: t.json}\n",
         "f:8:28: \"alice\" is an account; expected a chain"},
        {CHAINS ACCOUNTS "steps:\n" TOKEN TOKEN, "f:9:14: the name \"token\" is already used by a contract in line 8"},
        {CHAINS ACCOUNTS "steps:\n  - {send: x, from: alice, to: token, args: [1]}\n",
         "f:8:45: args: given without a function"},
        {CHAINS ACCOUNTS "steps:\n  - slot: s\n    submit: [{operate: a, account: alice, calls: []}]\n",
         "f:9:14: an operation needs at least one call"},
        {CHAINS ACCOUNTS "steps:\n  - slot: s\n    submit:\n      - {send: a, from: alice, to: x}\n"
                         "      - {send: a, from: alice, to: x}\n",
         "f:11:16: duplicate label \"a\"; first used in line 10"},

        /* forgeries and expectations */
        {CHAINS ACCOUNTS "steps:\n" SLOT_HEAD "    forgeries: [{swap: [1], refused: X}]\n",
         "f:10:24: swap: expected a list of two calls, such as [1, 2]"},
        {CHAINS ACCOUNTS "steps:\n" SLOT_HEAD "    forgeries: [{swap: [1, 1], refused: X}]\n",
         "f:10:28: swap: expected two different calls"},
        {CHAINS ACCOUNTS "steps:\n" SLOT_HEAD "    forgeries: [{leaveOut: 0, refused: X}]\n",
         "f:10:28: calls are numbered from 1, as in the timeline"},
        {CHAINS ACCOUNTS "steps:\n" SLOT_HEAD "    forgeries: [{leaveOut: 1}]\n",
         "f:10:17: a call left out needs \"refused\""},
        {CHAINS ACCOUNTS "steps:\n" SLOT_HEAD "    expect: [{balance: alice}]\n",
         "f:10:14: an expected balance needs exactly one of equals, atLeast and atMost"},
        {CHAINS ACCOUNTS "steps:\n" SLOT_HEAD "    expect: [{outcome: b, is: settled}]\n",
         "f:10:24: no work with the label \"b\" in this slot or an earlier one; did you mean \"a\"?"},
        {CHAINS ACCOUNTS "steps:\n" SLOT_HEAD "    expect: [{outcome: c, is: pending}]\n"
                         "  - slot: t\n    submit:\n      - {send: c, from: alice, to: x}\n",
         "f:10:24: no work with the label \"c\" in this slot or an earlier one; did you mean \"a\"?"},
        {CHAINS ACCOUNTS "steps:\n" SLOT_HEAD "    expect: [{outcome: a, is: done}]\n",
         "f:10:31: is: expected settled, reverted, rejected or pending, found \"done\""},
        {CHAINS ACCOUNTS "steps:\n  - check: [{event: E, by: alice}]\n",
         "f:8:13: an event expectation belongs under a slot's \"expect\""},
        {CHAINS ACCOUNTS "steps:\n  - check: [{conserved: BTC}]\n", "f:8:25: conserved: expected ETH, found \"BTC\""},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct scenario *s = NULL;
        struct complaint c;
        const enum err e = read_text(&s, &c, row[i].text);
        char message[600] = "accepted";
        if (e)
            complaint_print(message, sizeof message, &c);
        assert_string_equal(message, row[i].message);
        assert_true(e == REJECT_YAML || e == REJECT_SCENARIO);
        assert_null(s);
    }
}

/* Control characters of a file do not reach the terminal. */
static void messages_carry_no_control_characters(void **state)
{
    (void)state;
    struct scenario *s;
    struct complaint c;
    assert_int_equal(read_text(&s, &c, "\"a\\e[31m\\r\\u202e\": 1\n"), REJECT_SCENARIO);
    for (const char *p = c.text; *p; p++)
        assert_true((u8)*p >= 0x20 && *p != 0x7f);
}

/* Size, nesting and number of values are bounded, whatever is in them. */
static void garbage_is_refused_quickly(void **state)
{
    (void)state;
    static const struct {
        const char *unit;
        size_t times;
        const char *message;
    } row[] = {
        {"a", 10u << 20, "f: has 10485760 bytes; the limit is 1048576"},
        {"[", 1u << 20, "f:1:25: nested more than 24 deep"},
        {"- ", 1u << 19, "f:1:49: nested more than 24 deep"},
        {"- a\n", 1u << 18, "f:65536:3: more than 65536 values in one file"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const size_t unit = strlen(row[i].unit), len = unit * row[i].times;
        char *text = arena_take(&arena, len);
        for (size_t j = 0; j < len; j++)
            text[j] = row[i].unit[j % unit];
        struct scenario *s;
        struct complaint c = {.file = "f"};
        assert_int_equal(scenario_read(&arena, &s, &c, bytes_of(text, len)), REJECT_YAML);
        char message[600];
        complaint_print(message, sizeof message, &c);
        assert_string_equal(message, row[i].message);
    }
}

static void more_keys_than_a_map_may_have(void **state)
{
    (void)state;
    char *text = arena_take(&arena, 32768), *p = text;
    for (int i = 0; i < 1100; i++)
        p += sprintf(p, "k%d: 1\n", i);
    struct scenario *s;
    struct complaint c;
    assert_int_equal(read_text(&s, &c, text), REJECT_YAML);
    assert_int_equal(c.place.line, 1025);
}

static void a_whole_file_is_read(void **state)
{
    (void)state;
    static const char text[] = CHAINS ACCOUNTS "provers: {count: 5, threshold: 4}\nsteps:\n" TOKEN
        "  - {attach: pair, chain: l1, address: $token, artifact: p.json, contract: 'a.sol:Pair'}\n"
        "  - {read: price, to: token, function: 'f(uint256)', args: [1_000]}\n"
        "  - {send: x, from: alice, to: alice, chain: two, value: 0.5 ether, gasLimit: 21000}\n"
        "  - slot: the slot\n"
        "    submit:\n"
        "      - {operate: o, account: alice, calls: [{to: pair, function: g, args: [$price]}], gasLimit: 1e6}\n"
        "    forgeries: [{swap: [2, 1], refused: A}, {leaveOut: 1, refused: B}, {editResponse: 1, byte: 9, refused: C}]\n"
        "    expect: [{outcome: o, is: settled}, {balance: alice, chain: l1, atMost: 1}, {event: E, by: pair}]\n"
        "  - check: [{conserved: ETH}, {call: f, to: token, returns: 1}, {storage: token, key: 0, equals: 1}]\n";
    struct scenario *s;
    struct complaint c;
    assert_int_equal(read_text(&s, &c, text), OK);
    assert_int_equal(s->chain_count, 2);
    assert_int_equal(s->l1, 0);
    assert_int_equal(s->provers.count.value.w[0], 5);
    assert_int_equal(s->account_count, 2);
    assert_int_equal(s->account[1].balance[0].w[0], 10000000000000000000u);
    assert_int_equal(s->account[1].balance[1].w[0], 1500000000);
    assert_int_equal(s->step_count, 6);
    assert_int_equal(s->step[3].send.call.value.value.w[0], 500000000000000000u);
    const struct scenario_slot *slot = &s->step[4].slot;
    const struct scenario_forgery *f = slot->forgeries.items;
    assert_int_equal(slot->forgeries.count, 3);
    assert_int_equal(f[0].head.variant, FORGE_SWAP);
    assert_int_equal(f[0].call.value.w[0], 2);
    assert_int_equal(f[0].other.value.w[0], 1);
    assert_int_equal(f[2].byte.value.w[0], 9);
    const struct scenario_submission *w = slot->submit.items;
    assert_int_equal(w[0].operate.gas_limit.value.w[0], 1000000);
    assert_int_equal(w[0].operate.calls.count, 1);

    /* a name is known after the step that makes it, not before */
    assert_non_null(scenario_find(s, &c, (struct place){1, 1}, "price", 1u << SYMBOL_RESULT, 3));
    assert_null(scenario_find(s, &c, (struct place){1, 1}, "price", 1u << SYMBOL_RESULT, 2));
    assert_string_equal(c.text, "\"price\" is used before its definition in line 11");
}

/* The key that docs/scenario.md promises; expected values from `cast keccak` and `cast wallet address`. */
static void keys_follow_from_names(void **state)
{
    (void)state;
    static const char key[] = "b8f0a0b5676f8f00e62bc33adb9ea61876d5de565bf9caad7d77a8651e427ec2";
    char text[65];
    const hash32 got = scenario_account_key("alice");
    for (int i = 0; i < 32; i++)
        sprintf(text + 2 * i, "%02x", got.b[i]);
    assert_string_equal(text, key);
}

/* Loops and variables: what is wrong with one is said at its place in the file. */
static void loops_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct { const char *text, *message; } row[] = {
        {CHAINS "steps:\n  - {repeat: 2, each: x, do: []}\n",
         "f:6:17: a loop is one of \"repeat\" and \"each\", not both"},
        {CHAINS "steps:\n  - {repeat: 2, in: [a], do: []}\n", "f:6:17: \"in\" belongs to \"each\""},
        {CHAINS "steps:\n  - {each: x, in: [a], as: y, do: []}\n", "f:6:24: \"as\" belongs to \"repeat\""},
        {CHAINS "steps:\n  - {each: x, do: []}\n", "f:6:12: each: needs \"in\", a list of texts"},
        {CHAINS "steps:\n  - {repeat: 2}\n", "f:6:5: a loop needs \"do\", a list"},
        {CHAINS "steps:\n  - {repeat: 65536, do: []}\n",
         "f:6:14: repeat: expected a number below 65536, found \"65536\""},
        {CHAINS "steps:\n  - {repeat: 1, times: 2, do: []}\n",
         "f:6:17: a loop has no key \"times\"; expected repeat, as and do, or each, in and do"},
        {CHAINS "steps:\n  - {repeat: 1, as: a-b, do: []}\n",
         "f:6:21: \"a-b\" is not a variable's name; expected a letter, then letters, digits or _"},
        {CHAINS "let: {i: 1}\nsteps:\n  - {repeat: 1, do: []}\n", "f:7:14: the variable \"i\" is already defined"},
        {CHAINS "let: {a: 1, b: \"${c}\"}\nsteps: []\n",
         "f:5:16: ${..}: unknown variable \"c\"; did you mean \"a\"?"},
        {CHAINS "let: {a: [1]}\nsteps: []\n", "f:5:10: let: expected text, found a list"},
        {CHAINS "let: 5\nsteps: []\n", "f:5:6: let: expected a map of variables, such as {users: 3}"},
        {CHAINS "let: {a: x, b: \"${a + 1}\"}\nsteps: []\n", "f:5:16: ${..}: \"x\" is not a number"},
        {CHAINS "let: {a: \"${1 / 0}\"}\nsteps: []\n", "f:5:10: ${..}: division by 0"},
        {CHAINS "let: {a: \"${1 % (2 - 2)}\"}\nsteps: []\n", "f:5:10: ${..}: division by 0"},
        {CHAINS "let: {a: \"${1 - 2}\"}\nsteps: []\n", "f:5:10: ${..}: the difference is negative"},
        {CHAINS "let: {a: 1e77, b: \"${a + a}\"}\nsteps: []\n", "f:5:19: ${..}: the sum is 2^256 or more"},
        {CHAINS "let: {a: 1e70, b: \"${a * a}\"}\nsteps: []\n", "f:5:19: ${..}: the product is 2^256 or more"},
        {CHAINS "let: {a: \"${2 * (1 + 3}\"}\nsteps: []\n", "f:5:10: ${..}: expected )"},
        {CHAINS "let: {a: \"${1 1}\"}\nsteps: []\n", "f:5:10: ${..}: expected an operator: + - * / or %"},
        {CHAINS "let: {a: \"${}\"}\nsteps: []\n", "f:5:10: ${..}: expected a variable, a number or ("},
        {CHAINS "let: {a: \"${1\"}\nsteps: []\n", "f:5:10: ${..}: missing }; quote the text inside [] and {}"},
        {CHAINS "accounts:\n  a${i}: {repeat: 2}\n  a1: {}\nsteps: []\n", "f:7:3: duplicate key \"a1\""},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct scenario *s = NULL;
        struct complaint c;
        char message[600] = "accepted";
        if (read_text(&s, &c, row[i].text))
            complaint_print(message, sizeof message, &c);
        assert_string_equal(message, row[i].message);
    }
}

static void loops_expand(void **state)
{
    (void)state;
    static const char text[] = CHAINS "let: {n: 3, half: \"${n / 2}\", price: \"${half * 1.5 ether + 7 % 4}\"}\n"
        "accounts:\n  u${k}: {repeat: \"${n}\", as: k, balance: {two: \"${k} ether\"}}\n"
        "steps:\n"
        "  - repeat: ${n - 1}\n"
        "    do:\n"
        "      - each: who\n"
        "        in: [u1, \"u${i + 1}\"]\n"
        "        do:\n"
        "          - {send: \"${who} in ${i}, $${i}\", from: \"${who}\", to: u1, chain: two, value: \"${(i + 1) * 2}\"}\n"
        "  - {send: last, from: u3, to: u1, chain: two, value: \"${price}\"}\n";
    static const struct { const char *label, *from; u64 value; } want[] = {
        {"u1 in 1, ${i}", "u1", 4}, {"u2 in 1, ${i}", "u2", 4}, {"u1 in 2, ${i}", "u1", 6},
        {"u3 in 2, ${i}", "u3", 6}, {"last", "u3", 1500000000000000003},
    };
    struct scenario *s;
    struct complaint c;
    assert_int_equal(read_text(&s, &c, text), OK);
    assert_int_equal(s->account_count, 1 + 3);
    assert_string_equal(s->account[3].head.name, "u3");
    assert_true(s->account[3].balance[1].w[0] == 3000000000000000000u);
    assert_int_equal(s->step_count, COUNT_OF(want));
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        const struct scenario_send *t = &s->step[i].send;
        assert_string_equal(t->label.text, want[i].label);
        assert_string_equal(t->from.text, want[i].from);
        assert_true(t->call.value.value.w[0] == want[i].value);
        assert_int_equal(t->label.place.line, i < 4 ? 14 : 15);
    }
}

/* Nothing that a small file says expands without a bound. */
static void expansion_is_bounded(void **state)
{
    (void)state;
    static const char *const text[] = {
        CHAINS "steps:\n  - {repeat: 65535, as: a, do: [{repeat: 65535, as: b, do: [{repeat: 65535, do: []}]}]}\n",
        CHAINS "steps:\n  - {repeat: 60000, do: [{check: [{conserved: ETH}]}]}\n",
        CHAINS "let: {a: \"0123456789012345678901234567890123456789\", b: \"${a}${a}${a}${a}${a}${a}${a}${a}${a}${a}\",\n"
               "  c: \"${b}${b}${b}${b}${b}${b}${b}${b}${b}${b}\", d: \"${c}${c}${c}${c}${c}${c}${c}${c}${c}${c}\",\n"
               "  e: \"${d}${d}${d}${d}${d}${d}${d}${d}${d}${d}\", f: \"${e}${e}${e}${e}${e}${e}${e}${e}${e}${e}\",\n"
               "  g: \"${f}${f}${f}${f}${f}${f}${f}${f}${f}${f}\"}\nsteps: []\n",
    };
    for (size_t i = 0; i < COUNT_OF(text); i++) {
        struct scenario *s = NULL;
        struct complaint c;
        assert_int_equal(read_text(&s, &c, text[i]), REJECT_SCENARIO);
        assert_non_null(strstr(c.text, i == 2 ? "too long" : "more than 65536 values"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bad_files_are_refused_with_their_place, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(messages_carry_no_control_characters, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(garbage_is_refused_quickly, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(more_keys_than_a_map_may_have, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_whole_file_is_read, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(loops_are_refused_with_their_place, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(loops_expand, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(expansion_is_bounded, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(keys_follow_from_names, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
