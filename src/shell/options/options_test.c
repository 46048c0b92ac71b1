#include "io/memory.h"
#include "options/help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;
static struct complaint complaint;
static struct command_line line;

enum { WORDS_MAX = 80 };

static enum command_line_kind read_words(enum command_id command, const char *const *word, size_t count)
{
    char *copy[WORDS_MAX];
    assert_true(count <= WORDS_MAX);
    for (size_t i = 0; i < count; i++)
        copy[i] = (char *)(uintptr_t)word[i];
    complaint = (struct complaint){0};
    return command_line_read(&line, &arena, &complaint, command, copy, count);
}

/* Words separated by blanks; a ~ stands for an empty word. */
static enum command_line_kind read_line(enum command_id command, const char *text)
{
    const char *word[WORDS_MAX];
    size_t count = 0;
    char *copy = arena_take(&arena, strlen(text) + 1), *rest = NULL;
    memcpy(copy, text, strlen(text) + 1);
    for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
        word[count++] = strcmp(w, "~") == 0 ? "" : w;
    return read_words(command, word, count);
}

/* Every way to write a value gives the same one. */
static void values_are_read(void **unused)
{
    static const char *const threads[] = {"-t 7 x",        "-t7 x",         "--threads 7 x",
                                          "--threads=7 x", "x --threads 7", "--threads 7 -- x"};
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(read_line(COMMAND_statetest, threads[i]), LINE_RUNS);
        assert_int_equal(option_number(&line, OPTION_THREADS), 7);
        assert_true(option_is_given(&line, OPTION_THREADS));
        assert_int_equal(line.argument_count, 1);
        assert_string_equal(line.argument[0], "x");
    }
    assert_int_equal(read_line(COMMAND_statetest, "-- -t --json -- a"), LINE_RUNS);
    assert_int_equal(line.argument_count, 4);
    assert_string_equal(line.argument[2], "--");
    assert_int_equal(read_line(COMMAND_run, "--dir=--json -"), LINE_RUNS);
    assert_string_equal(option_text(&line, OPTION_DIR), "--json");
    assert_string_equal(line.argument[0], "-");
    assert_int_equal(read_line(COMMAND_run, "x --data blobs --json --l1 https://h:1/a?b"), LINE_RUNS);
    assert_int_equal(option_choice(&line, OPTION_DATA), 1);
    assert_true(option_is_given(&line, OPTION_JSON));
    assert_string_equal(option_text(&line, OPTION_L1), "https://h:1/a?b");
    assert_int_equal(read_line(COMMAND_t8n, "--state.fork Osaka --state.reward -1 --state.chainid 18446744073709551615"), LINE_RUNS);
    assert_int_equal(option_signed(&line, OPTION_STATE_REWARD), -1);
    assert_true(option_number(&line, OPTION_STATE_CHAIN_ID) == UINT64_MAX);
}

static void options_repeat_in_order(void **unused)
{
    size_t count;
    (void)unused;
    assert_int_equal(read_line(COMMAND_run, "--prover http://a --json --prover=http://b x"), LINE_RUNS);
    const char *const *url = option_texts(&line, &arena, &count, OPTION_PROVER);
    assert_int_equal(count, 2);
    assert_string_equal(url[0], "http://a");
    assert_string_equal(url[1], "http://b");
}

/* A default is not given, and is read as if it were. */
static void defaults_are_values(void **unused)
{
    (void)unused;
    assert_int_equal(read_line(COMMAND_oracle, ""), LINE_RUNS);
    assert_int_equal(option_number(&line, OPTION_PROGRAMS), 2000);
    assert_false(option_is_given(&line, OPTION_PROGRAMS));
    assert_null(option_text(&line, OPTION_WRITE));
    assert_int_equal(read_line(COMMAND_run, "x"), LINE_RUNS);
    assert_int_equal(option_choice(&line, OPTION_DATA), 2);
    assert_int_equal(read_line(COMMAND_oracle, "--programs 2000"), LINE_RUNS);
    assert_true(option_is_given(&line, OPTION_PROGRAMS));
}

static const struct { enum command_id command; const char *line, *message; } wrong_row[] = {
    {COMMAND_run, "", "no FILE given"},
    {COMMAND_run, "~", "expected FILE, not \"\""},
    {COMMAND_rules, "a b", "unexpected argument \"b\": only one FILE can be given"},
    {COMMAND_run, "a b --dir d", "option \"--dir\" is for one FILE, not for several"},
    {COMMAND_run, "a b --export-l1 x", "option \"--export-l1\" is for one FILE, not for several"},
    {COMMAND_run, "a --export-l1 /nowhere/x", "option \"--export-l1\": /nowhere/x: cannot create: No such file or directory"},
    {COMMAND_run, "a --export-l1=/dev", "option \"--export-l1\": /dev: cannot write: Is a directory"},
    {COMMAND_run, "a --dir /dev/null", "option \"--dir\": /dev/null: cannot write: Not a directory"},
    {COMMAND_witness, "a --out=/nowhere/x", "option \"--out\": /nowhere/x: cannot create: No such file or directory"},
    {COMMAND_derive, "a", "unexpected argument \"a\""},
    {COMMAND_run, "x --jso", "unknown option \"--jso\"; did you mean \"--json\"?"},
    {COMMAND_run, "x --exportl1=y", "unknown option \"--exportl1\"; did you mean \"--export-l1\"?"},
    {COMMAND_run, "x --hepl", "unknown option \"--hepl\"; did you mean \"--help\"?"},
    {COMMAND_run, "x --threads 2", "unknown option \"--threads\""},
    {COMMAND_run, "x -t2", "unknown option \"-t\""},
    {COMMAND_run, "x --json --json", "option \"--json\" is given more than once"},
    {COMMAND_run, "x --json=yes", "option \"--json\" takes no value"},
    {COMMAND_run, "x --dir", "option \"--dir\" needs a value: FOLDER"},
    {COMMAND_run, "x --dir --json", "option \"--dir\" needs a value: FOLDER"},
    {COMMAND_run, "x --dir=", "option \"--dir\": expected FOLDER, not \"\""},
    {COMMAND_run, "x --data disk", "option \"--data\": expected \"calldata\", \"blobs\" or \"auto\", not \"disk\""},
    {COMMAND_run, "x --l1 foo", "option \"--l1\": expected a URL like http://127.0.0.1:8545 or https://host/path"},
    {COMMAND_run, "x --l1-key k", "option \"--l1-key\" requires \"--l1\""},
    {COMMAND_run, "x --l1 http://h --export-l1 y", "options \"--export-l1\" and \"--l1\" exclude each other"},
    {COMMAND_derive, "--l1 http://h", "option \"--rollups\" is required: --rollups FILE"},
    {COMMAND_derive, "--rollups r", "option \"--l1-file\" or \"--l1\" is required"},
    {COMMAND_derive, "--rollups r --l1 http://h --l1-file f", "options \"--l1-file\" and \"--l1\" exclude each other"},
    {COMMAND_derive, "--rollups r --l1-file f --dir d", "option \"--dir\" requires \"--l1\""},
    {COMMAND_force, "", "no transaction|call|status given"},
    {COMMAND_force, "status --rollups r", "option \"--l1\" is required: --l1 URL"},
    {COMMAND_force, "status --l1 http://h", "option \"--rollups\" is required: --rollups FILE"},
    {COMMAND_force, "call --gas 5", "option \"--gas\": expected a number from 21000 to 16777216, not \"5\""},
    {COMMAND_oracle, "--threads 65", "option \"--threads\": expected a number from 1 to 64, not \"65\""},
    {COMMAND_oracle, "--programs 0", "option \"--programs\": expected a number from 1 to 2^64 - 1, not \"0\""},
    {COMMAND_statetest, "x -t 0", "option \"-t\": expected a number from 1 to 256, not \"0\""},
    {COMMAND_t8n, "--state.fork x --state.reward -2", "option \"--state.reward\": expected a number from -1 to 9223372036854775807, not \"-2\""},
    {COMMAND_prove, "--config c --key k --listen 8600", "option \"--listen\": expected ADDRESS:PORT, like 127.0.0.1:8600, with a port from 0 to 65535, not \"8600\""},
    {COMMAND_completion, "tcsh", "expected \"bash\", \"zsh\" or \"fish\", not \"tcsh\""},
    {COMMAND_man, "foo", "expected a command of scope, not \"foo\""},
};

/* What is wrong is said by the name of the option, with what was expected. */
static void wrong_lines_have_their_message(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(wrong_row); i++) {
        assert_int_equal(read_line(wrong_row[i].command, wrong_row[i].line), LINE_IS_WRONG);
        assert_string_equal(complaint.text, wrong_row[i].message);
    }
}

static void help_ends_the_line(void **unused)
{
    (void)unused;
    assert_int_equal(read_line(COMMAND_run, "--help"), LINE_ASKS_HELP);
    assert_int_equal(read_line(COMMAND_rules, "a b --l1 http://h -h --zzz"), LINE_IS_WRONG);
    assert_int_equal(read_line(COMMAND_run, "a --json -h --zzz"), LINE_ASKS_HELP);
    assert_int_equal(read_line(COMMAND_run, "-- --help"), LINE_RUNS);
}

/* No value of these types. */
static const struct { enum value_type type; const char *text;
} garbage[] = {
    {VALUE_NUMBER, ""},
    {VALUE_NUMBER, "x"},
    {VALUE_NUMBER, "-1"},
    {VALUE_NUMBER, "1x"},
    {VALUE_NUMBER, "0x10"},
    {VALUE_NUMBER, " 1"},
    {VALUE_NUMBER, "+1"},
    {VALUE_NUMBER, "1.5"},
    {VALUE_NUMBER, "1e3"},
    {VALUE_NUMBER, "18446744073709551616"},
    {VALUE_NUMBER, "99999999999999999999999999999999999999999999999999999"},
    {VALUE_SIGNED, ""},
    {VALUE_SIGNED, "-"},
    {VALUE_SIGNED, "--1"},
    {VALUE_SIGNED, "1x"},
    {VALUE_SIGNED, "-2"},
    {VALUE_SIGNED, "9223372036854775808"},
    {VALUE_SIGNED, "-9223372036854775809"},
    {VALUE_SIGNED, "-18446744073709551615"},
    {VALUE_URL, ""},
    {VALUE_URL, "foo"},
    {VALUE_URL, "127.0.0.1:8545"},
    {VALUE_URL, "localhost"},
    {VALUE_URL, "ftp://x"},
    {VALUE_URL, "http://"},
    {VALUE_URL, "https://"},
    {VALUE_URL, "http://[::1"},
    {VALUE_URL, "http://a b"},
    {VALUE_URL, "http://x:99999"},
    {VALUE_URL, "//x"},
    {VALUE_URL, "\x01"},
    {VALUE_URL, "file:///etc/passwd"},
    {VALUE_LISTEN, ""},
    {VALUE_LISTEN, "foo"},
    {VALUE_LISTEN, "127.0.0.1"},
    {VALUE_LISTEN, ":8600"},
    {VALUE_LISTEN, "127.0.0.1:"},
    {VALUE_LISTEN, "127.0.0.1:65536"},
    {VALUE_LISTEN, "127.0.0.1:0x50"},
    {VALUE_LISTEN, "::1:80"},
    {VALUE_LISTEN, "127.0.0.1:-1"},
    {VALUE_LISTEN, "[::1:80"},
    {VALUE_CHOICE, ""},
    {VALUE_CHOICE, "x"},
    {VALUE_CHOICE, "|"},
    {VALUE_CHOICE, "auto|"},
    {VALUE_CHOICE, "AUTO"},
    {VALUE_CHOICE, "jso"},
    {VALUE_CHOICE, "bytess"},
    {VALUE_TEXT, ""},
    {VALUE_FILE, ""},
    {VALUE_FOLDER, ""},
};

static void assert_refused(enum command_id c, enum option_id o, const char *const *word, size_t count)
{
    char name[80];
    snprintf(name, sizeof name, "option \"--%s\"", option_table[o].name);
    if (read_words(c, word, count) != LINE_IS_WRONG || !strstr(complaint.text, name))
        fail_msg("scope %s %s %s: \"%s\"", command_table[c].name, word[0], count > 1 ? word[1] : "", complaint.text);
}

/* Every option of every command with every garbage of its type, without a value, and once too often. */
static void garbage_is_refused_by_name(void **unused)
{
    char word[128], argument[] = "x";
    size_t refused = 0;
    (void)unused;
    for (enum command_id c = 0; c < COMMAND_COUNT; c++)
        for (enum option_id o = 0; o < OPTION_COUNT; o++) {
            const struct option_row *row = &option_table[o];
            if (!command_has_option(c, o))
                continue;
            snprintf(word, sizeof word, "--%s%s", row->name, row->type == VALUE_FLAG ? "=1" : "");
            assert_refused(c, o, (const char *const[]){word}, 1);
            for (size_t i = 0; i < COUNT_OF(garbage); i++) {
                if (garbage[i].type != row->type)
                    continue;
                snprintf(word, sizeof word, "--%s=%s", row->name, garbage[i].text);
                assert_refused(c, o, (const char *const[]){word, argument}, 2);
                refused++;
            }
        }
    assert_true(refused > 200);
}

/* A table that lies would lie in every place at once. */
static void the_table_is_sound(void **unused)
{
    (void)unused;
    for (enum option_id o = 0; o < OPTION_COUNT; o++) {
        const struct option_row *row = &option_table[o];
        assert_true(row->commands != 0 && row->times >= 1 && (row->type == VALUE_FLAG) == !row->metavariable);
        for (enum option_id other = 0; other < o; other++) /* a name has one meaning in a command */
            if (option_table[other].commands & row->commands) {
                assert_string_not_equal(option_table[other].name, row->name);
                assert_true(!row->letter || option_table[other].letter != row->letter);
            }
    }
    for (size_t i = 0; i < option_rule_count; i++)
        for (enum command_id c = 0; c < COMMAND_COUNT; c++)
            if (option_rule[i].commands >> c & 1)
                assert_true(command_has_option(c, option_rule[i].option) &&
                            command_has_option(c, option_rule[i].other));
}

static int open_arena(void **unused)
{
    (void)unused;
    arena_init(&arena, &system_memory);
    return 0;
}

static int close_arena(void **unused)
{
    (void)unused;
    arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(options_repeat_in_order),
        cmocka_unit_test(defaults_are_values),
        cmocka_unit_test(wrong_lines_have_their_message),
        cmocka_unit_test(help_ends_the_line),
        cmocka_unit_test(garbage_is_refused_by_name),
        cmocka_unit_test(the_table_is_sound),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
