/* precompiletest - runs precompile vectors in go-ethereum's format (core/vm/testdata/precompiles).
 *
 * A file is a list of cases for one precompile under one fork's prices. "Input" and "Expected" are hex
 * without prefix, "Gas" the exact price; files named fail-* give "ExpectedError" instead. A case
 * passes when the call with exactly its gas gives the output and uses that gas, and the call with
 * one unit less runs out of gas; a failing one when the call is refused and all gas is gone. */

#include "options/commands.h"
#include "evm/precompile.h"
#include "io/file.h"
#include "io/json.h"
#include "io/memory.h"

#include <stdio.h>

/* Which precompile a file is about, by the end of its name; the first match counts. */
static const struct {
    const char *file;
    u16 number;
    enum fork_id fork;
} subject[] = {
    {"ecRecover.json", 0x01, FORK_FRONTIER},
    {"modexp.json", 0x05, FORK_BYZANTIUM},
    {"modexp_eip2565.json", 0x05, FORK_BERLIN},
    {"modexp_eip7883.json", 0x05, FORK_OSAKA},
    {"bn256Add.json", 0x06, FORK_ISTANBUL},
    {"bn256ScalarMul.json", 0x07, FORK_ISTANBUL},
    {"bn256Pairing.json", 0x08, FORK_ISTANBUL},
    {"blake2F.json", 0x09, FORK_ISTANBUL},
    {"blake2f.json", 0x09, FORK_ISTANBUL},
    {"pointEvaluation.json", 0x0a, FORK_CANCUN},
    {"blsG1Add.json", 0x0b, FORK_PRAGUE},
    {"blsG1Mul.json", 0x0c, FORK_PRAGUE},
    {"blsG1MultiExp.json", 0x0c, FORK_PRAGUE},
    {"blsG2Add.json", 0x0d, FORK_PRAGUE},
    {"blsG2Mul.json", 0x0e, FORK_PRAGUE},
    {"blsG2MultiExp.json", 0x0e, FORK_PRAGUE},
    {"blsPairing.json", 0x0f, FORK_PRAGUE},
    {"blsMapG1.json", 0x10, FORK_PRAGUE},
    {"blsMapG2.json", 0x11, FORK_PRAGUE},
    {"p256Verify.json", 0x100, FORK_OSAKA},
};

enum { FILE_LIMIT = 64 << 20, PLENTY_OF_GAS = 1 << 30 };

static const struct precompile *subject_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (strncmp(name, "fail-", 5) == 0)
        name += 5;
    for (size_t i = 0; i < COUNT_OF(subject); i++) {
        if (strcmp(name, subject[i].file) != 0)
            continue;
        const struct fork fork = {.id = subject[i].fork};
        address at = {{0}};
        at.b[18] = (u8)(subject[i].number >> 8);
        at.b[19] = (u8)subject[i].number;
        return precompile_find(&fork, &at);
    }
    return NULL;
}

static struct precompile_result precompiletest_call(const struct precompile *row, struct bytes input, i64 gas,
                                                    struct arena *arena, enum err *fault)
{
    struct precompile_result result = {.halt = HALT_COUNT};
    *fault = precompile_run(&result, row, input, gas, arena);
    return result;
}

/* NULL when the case passes, else what went wrong. */
static const char *precompiletest_judge(const struct precompile *row, struct json test, struct arena *arena)
{
    struct bytes input, expected;
    u64 gas;
    enum err fault;
    if (json_hex(arena, &input, json_get(test, "Input")))
        return "no Input";
    if (json_kind(json_get(test, "ExpectedError")) == JSON_STRING) {
        const struct precompile_result r = precompiletest_call(row, input, PLENTY_OF_GAS, arena, &fault);
        if (fault)
            return err_text(fault);
        if (r.halt != HALT_PRECOMPILE)
            return "accepted a bad input";
        return r.gas_used == PLENTY_OF_GAS && r.output.len == 0 ? NULL : "a refusal must take all gas and give nothing";
    }
    if (json_hex(arena, &expected, json_get(test, "Expected")) || json_u64(&gas, json_get(test, "Gas")))
        return "no Expected, or no Gas";
    struct precompile_result r = precompiletest_call(row, input, (i64)gas, arena, &fault);
    if (fault)
        return err_text(fault);
    if (r.halt == HALT_OUT_OF_GAS)
        return "costs too much";
    if (r.halt != HALT_RETURN)
        return "refused a good input";
    if (r.gas_used != (i64)gas)
        return "costs too little";
    if (!bytes_eq(r.output, expected))
        return "another output";
    r = precompiletest_call(row, input, (i64)gas - 1, arena, &fault);
    if (fault)
        return err_text(fault);
    return r.halt == HALT_OUT_OF_GAS && r.gas_used == (i64)gas - 1 ? NULL : "ran without enough gas";
}

struct counts {
    unsigned passed, failed;
};

static enum err precompiletest_run_file(struct arena *arena, struct counts *counts, struct complaint *complaint,
                                        const char *path)
{
    struct json root;
    TRY(json_read_file(arena, &root, complaint, path, FILE_LIMIT));
    if (json_kind(root) != JSON_ARRAY)
        return json_unexpected(complaint, root, "a list of cases");
    const struct precompile *row = subject_of(path);
    if (!row) {
        complain(complaint, (struct place){0, 0}, "no precompile is known for a file of this name");
        return REJECT_JSON;
    }
    struct counts here = {0, 0};
    struct json_iterator test = json_items(root);
    while (json_next(&test)) {
        const struct arena_mark mark = arena_mark(arena);
        const char *wrong = precompiletest_judge(row, test.value, arena);
        if (wrong) {
            const struct bytes name = json_text(json_get(test.value, "Name"));
            fprintf(stderr, "%s: %.*s: %s\n", path, (int)name.len, (const char *)name.ptr, wrong);
        }
        here.passed += !wrong;
        here.failed += !!wrong;
        arena_rewind(arena, mark);
    }
    const char *slash = strrchr(path, '/');
    printf("%-28s %-22s %5u passed %3u failed\n", slash ? slash + 1 : path, row->name, here.passed, here.failed);
    counts->passed += here.passed;
    counts->failed += here.failed;
    return OK;
}

int cmd_precompiletest(const struct command_line *line)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct counts counts = {0, 0};
    struct complaint complaint = {0};
    enum err e = OK;
    for (size_t i = 0; i < line->argument_count && e == OK; i++) {
        struct file_list files;
        e = file_list(&arena, &files, &complaint, line->argument[i], ".json");
        for (size_t f = 0; e == OK && f < files.count; f++) {
            const struct arena_mark mark = arena_mark(&arena);
            e = precompiletest_run_file(&arena, &counts, &complaint, files.path[f]);
            arena_rewind(&arena, mark);
        }
    }
    arena_release(&arena);
    if (e != OK) {
        char text[1024];
        complaint_print(text, sizeof text, &complaint);
        fprintf(stderr, "%s\n", text);
        return err_is_fault(e) ? 3 : 2;
    }
    printf("%u passed, %u failed\n", counts.passed, counts.failed);
    return counts.failed || !counts.passed;
}
