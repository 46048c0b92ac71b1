/* kzgtest - runs the vectors of c-kzg-4844: PATH/<function>/<suite>/<case>/data.yaml.
 *
 *   input:  {blob: '0x..', z: '0x..'}     what the function takes
 *   output: [..], '0x..', true, or null   what it gives; null when it must refuse its input
 *
 * One row of the table below is one function of the specification. The trusted setup is read when the first
 * case asks for it. */
#include "codec/hex.h"
#include "kzg/kzg_setup.h"
#include "options/commands.h"
#include "crypto/kzg.h"
#include "crypto/kzg_blob.h"
#include "crypto/kzg_proof.h"
#include "io/file.h"
#include "io/memory.h"
#include "io/yaml.h"

#include <stdio.h>

enum { SETUP_LIMIT = 8 << 20 };

struct run {
    struct arena *arena; /* of the case */
    const struct yaml *input;
    const struct yaml *output;
    const struct kzg_setup *setup;
};

/* ---- input: REJECT_ENCODING for what is missing, of another length, or no hex ---- */

static enum err read_hex(u8 *out, size_t len, const struct yaml *y)
{
    if (!y || y->kind != YAML_SCALAR || hex_fixed(out, len, bytes_of(y->text, y->len)) != OK)
        return REJECT_ENCODING;
    return OK;
}

static enum err kzgtest_take(const struct run *r, void *out, size_t len, const char *key)
{
    return read_hex(out, len, yaml_get(r->input, key));
}

/* The items of a list, each size bytes. */
static enum err take_list(const struct run *r, void **out, size_t *count, size_t size, const char *key)
{
    const struct yaml *list = yaml_get(r->input, key);
    if (!list || list->kind != YAML_LIST)
        return REJECT_ENCODING;
    u8 *at = arena_take(r->arena, size * list->count);
    *out = at;
    *count = list->count;
    for (const struct yaml *item = list->first; item; item = item->next, at += size)
        TRY(read_hex(at, size, item));
    return OK;
}

static enum err take_indices(const struct run *r, u64 **out, size_t *count, const char *key)
{
    const struct yaml *list = yaml_get(r->input, key);
    if (!list || list->kind != YAML_LIST)
        return REJECT_ENCODING;
    u64 *at = *out = ARENA_TAKE(r->arena, u64, list->count);
    *count = list->count;
    for (const struct yaml *item = list->first; item; item = item->next, at++) {
        *at = 0;
        if (item->kind != YAML_SCALAR || item->len == 0 || item->len > 18)
            return REJECT_ENCODING;
        for (size_t i = 0; i < item->len; i++) {
            if (item->text[i] < '0' || item->text[i] > '9')
                return REJECT_ENCODING;
            *at = *at * 10 + (u64)(item->text[i] - '0');
        }
    }
    return OK;
}

/* ---- output ---- */

static bool same(const void *got, size_t len, const struct yaml *want)
{
    u8 bytes[KZG_CELL_BYTES];
    return read_hex(bytes, len, want) == OK && memcmp(bytes, got, len) == 0;
}

static bool same_list(const void *got, size_t size, size_t count, const struct yaml *want)
{
    if (!want || want->kind != YAML_LIST || want->count != count)
        return false;
    const u8 *at = got;
    for (const struct yaml *item = want->first; item; item = item->next, at += size)
        if (!same(at, size, item))
            return false;
    return true;
}

static bool same_pair_of_lists(const struct kzg_cell *cells, const struct kzg_point *proofs, const struct yaml *want)
{
    return want->kind == YAML_LIST && want->count == 2 && same_list(cells, sizeof *cells, KZG_CELLS, want->first) &&
           same_list(proofs, sizeof *proofs, KZG_CELLS, want->first->next);
}

static bool is_word(const struct yaml *y, const char *word)
{
    return y->kind == YAML_SCALAR && !y->quoted && strcmp(y->text, word) == 0;
}

/* ---- functions: the error, or whether the answer is the expected one ---- */

static enum err run_blob_to_kzg_commitment(const struct run *r, bool *right)
{
    struct kzg_blob *blob = arena_take(r->arena, sizeof *blob);
    struct kzg_point got;
    TRY(kzgtest_take(r, blob, sizeof *blob, "blob"));
    TRY(kzg_commit(&got, blob, r->setup));
    *right = same(&got, sizeof got, r->output);
    return OK;
}

static enum err run_compute_kzg_proof(const struct run *r, bool *right)
{
    struct kzg_blob *blob = arena_take(r->arena, sizeof *blob);
    hash32 z, y;
    struct kzg_point got;
    TRY(kzgtest_take(r, blob, sizeof *blob, "blob"));
    TRY(kzgtest_take(r, &z, sizeof z, "z"));
    TRY(kzg_prove(&got, &y, blob, &z, r->setup));
    *right = r->output->kind == YAML_LIST && r->output->count == 2 && same(&got, sizeof got, r->output->first) &&
             same(&y, sizeof y, r->output->first->next);
    return OK;
}

static enum err run_compute_blob_kzg_proof(const struct run *r, bool *right)
{
    struct kzg_blob *blob = arena_take(r->arena, sizeof *blob);
    struct kzg_point commitment, got;
    TRY(kzgtest_take(r, blob, sizeof *blob, "blob"));
    TRY(kzgtest_take(r, &commitment, sizeof commitment, "commitment"));
    TRY(kzg_prove_blob(&got, blob, &commitment, r->setup));
    *right = same(&got, sizeof got, r->output);
    return OK;
}

/* A proof that does not hold is an answer here: false. */
static enum err kzgtest_verdict(const struct run *r, enum err e, bool *right)
{
    if (e != REJECT_KZG_PROOF)
        TRY(e);
    *right = is_word(r->output, e == OK ? "true" : "false");
    return OK;
}

static enum err run_verify_kzg_proof(const struct run *r, bool *right)
{
    struct kzg_point commitment, proof;
    hash32 z, y;
    TRY(kzgtest_take(r, &commitment, sizeof commitment, "commitment"));
    TRY(kzgtest_take(r, &z, sizeof z, "z"));
    TRY(kzgtest_take(r, &y, sizeof y, "y"));
    TRY(kzgtest_take(r, &proof, sizeof proof, "proof"));
    return kzgtest_verdict(r, kzg_proof_verify(commitment.b, &z, &y, proof.b), right);
}

static enum err run_verify_blob_kzg_proof(const struct run *r, bool *right)
{
    struct kzg_blob *blob = arena_take(r->arena, sizeof *blob);
    struct kzg_point commitment, proof;
    TRY(kzgtest_take(r, blob, sizeof *blob, "blob"));
    TRY(kzgtest_take(r, &commitment, sizeof commitment, "commitment"));
    TRY(kzgtest_take(r, &proof, sizeof proof, "proof"));
    return kzgtest_verdict(r, kzg_blob_verify(blob, &commitment, &proof), right);
}

static enum err run_verify_blob_kzg_proof_batch(const struct run *r, bool *right)
{
    void *blobs, *commitments, *proofs;
    size_t count, commitment_count, proof_count;
    TRY(take_list(r, &blobs, &count, sizeof(struct kzg_blob), "blobs"));
    TRY(take_list(r, &commitments, &commitment_count, sizeof(struct kzg_point), "commitments"));
    TRY(take_list(r, &proofs, &proof_count, sizeof(struct kzg_point), "proofs"));
    if (commitment_count != count || proof_count != count)
        return REJECT_ENCODING;
    return kzgtest_verdict(r, kzg_verify_blobs(blobs, commitments, proofs, count, r->setup), right);
}

static enum err run_compute_cells(const struct run *r, bool *right)
{
    struct kzg_blob *blob = arena_take(r->arena, sizeof *blob);
    struct kzg_cell *cells = ARENA_TAKE(r->arena, struct kzg_cell, KZG_CELLS);
    TRY(kzgtest_take(r, blob, sizeof *blob, "blob"));
    TRY(kzg_cells(cells, NULL, blob, r->setup));
    *right = same_list(cells, sizeof *cells, KZG_CELLS, r->output);
    return OK;
}

static enum err run_compute_cells_and_kzg_proofs(const struct run *r, bool *right)
{
    struct kzg_blob *blob = arena_take(r->arena, sizeof *blob);
    struct kzg_cell *cells = ARENA_TAKE(r->arena, struct kzg_cell, KZG_CELLS);
    struct kzg_point *proofs = ARENA_TAKE(r->arena, struct kzg_point, KZG_CELLS);
    TRY(kzgtest_take(r, blob, sizeof *blob, "blob"));
    TRY(kzg_cells(cells, proofs, blob, r->setup));
    *right = same_pair_of_lists(cells, proofs, r->output);
    return OK;
}

static enum err run_recover_cells_and_kzg_proofs(const struct run *r, bool *right)
{
    struct kzg_cell *cells = ARENA_TAKE(r->arena, struct kzg_cell, KZG_CELLS);
    struct kzg_point *proofs = ARENA_TAKE(r->arena, struct kzg_point, KZG_CELLS);
    u64 *index;
    void *known;
    size_t count, known_count;
    TRY(take_indices(r, &index, &count, "cell_indices"));
    TRY(take_list(r, &known, &known_count, sizeof(struct kzg_cell), "cells"));
    if (known_count != count)
        return REJECT_ENCODING;
    TRY(kzg_recover_cells(cells, proofs, index, known, count, r->setup));
    *right = same_pair_of_lists(cells, proofs, r->output);
    return OK;
}

static enum err run_verify_cell_kzg_proof_batch(const struct run *r, bool *right)
{
    u64 *index;
    void *commitments, *cells, *proofs;
    size_t count, commitment_count, cell_count, proof_count;
    TRY(take_list(r, &commitments, &commitment_count, sizeof(struct kzg_point), "commitments"));
    TRY(take_indices(r, &index, &count, "cell_indices"));
    TRY(take_list(r, &cells, &cell_count, sizeof(struct kzg_cell), "cells"));
    TRY(take_list(r, &proofs, &proof_count, sizeof(struct kzg_point), "proofs"));
    if (commitment_count != count || cell_count != count || proof_count != count)
        return REJECT_ENCODING;
    return kzgtest_verdict(r, kzg_verify_cells(commitments, index, cells, proofs, count, r->setup), right);
}

static enum err run_compute_challenge(const struct run *r, bool *right)
{
    struct kzg_blob *blob = arena_take(r->arena, sizeof *blob);
    struct kzg_point commitment;
    hash32 got;
    TRY(kzgtest_take(r, blob, sizeof *blob, "blob"));
    TRY(kzgtest_take(r, &commitment, sizeof commitment, "commitment"));
    kzg_challenge(&got, blob, &commitment);
    *right = same(&got, sizeof got, r->output);
    return OK;
}

static enum err run_compute_verify_cell_kzg_proof_batch_challenge(const struct run *r, bool *right)
{
    u64 *row, *index;
    void *commitments, *proofs;
    size_t count, commitment_count, row_count, proof_count;
    TRY(take_list(r, &commitments, &commitment_count, sizeof(struct kzg_point), "commitments"));
    TRY(take_indices(r, &row, &row_count, "commitment_indices"));
    TRY(take_indices(r, &index, &count, "cell_indices"));
    TRY(take_list(r, &proofs, &proof_count, sizeof(struct kzg_point), "proofs"));
    const struct yaml *cosets = yaml_get(r->input, "cosets_evals");
    if (row_count != count || proof_count != count || !cosets || cosets->kind != YAML_LIST || cosets->count != count)
        return REJECT_ENCODING;
    struct kzg_cell *cells = ARENA_TAKE(r->arena, struct kzg_cell, count);
    struct kzg_cell *cell = cells;
    for (const struct yaml *coset = cosets->first; coset; coset = coset->next, cell++) {
        if (coset->kind != YAML_LIST || coset->count != KZG_CELL_BYTES / 32)
            return REJECT_ENCODING;
        u8 *at = cell->b;
        for (const struct yaml *value = coset->first; value; value = value->next, at += 32)
            TRY(read_hex(at, 32, value));
    }
    hash32 got;
    kzg_cells_challenge(&got, commitments, commitment_count, row, index, cells, proofs, count);
    *right = same(&got, sizeof got, r->output);
    return OK;
}

static const struct function {
    const char *name;
    enum err (*run)(const struct run *r, bool *right);
    bool needs_setup;
} function[] = {
    {"blob_to_kzg_commitment", run_blob_to_kzg_commitment, true},
    {"compute_kzg_proof", run_compute_kzg_proof, true},
    {"compute_blob_kzg_proof", run_compute_blob_kzg_proof, true},
    {"verify_kzg_proof", run_verify_kzg_proof, false},
    {"verify_blob_kzg_proof", run_verify_blob_kzg_proof, false},
    {"verify_blob_kzg_proof_batch", run_verify_blob_kzg_proof_batch, true},
    {"compute_cells", run_compute_cells, true},
    {"compute_cells_and_kzg_proofs", run_compute_cells_and_kzg_proofs, true},
    {"recover_cells_and_kzg_proofs", run_recover_cells_and_kzg_proofs, true},
    {"verify_cell_kzg_proof_batch", run_verify_cell_kzg_proof_batch, true},
    {"compute_challenge", run_compute_challenge, false},
    {"compute_verify_cell_kzg_proof_batch_challenge", run_compute_verify_cell_kzg_proof_batch_challenge, false},
};

/* ---- the run ---- */

struct tests {
    struct arena arena, case_arena;
    struct complaint complaint;
    const char *setup_path;
    struct kzg_setup *setup;
    unsigned passed[COUNT_OF(function)], failed[COUNT_OF(function)];
};

static const struct function *function_of(const char *path)
{
    for (size_t i = 0; i < COUNT_OF(function); i++) {
        const size_t len = strlen(function[i].name);
        const char *at = path;
        while ((at = strstr(at, function[i].name))) {
            if (at > path && at[-1] == '/' && at[len] == '/')
                return &function[i];
            at += len;
        }
    }
    return NULL;
}

static enum err open_setup(struct tests *t)
{
    struct bytes text;
    const struct arena_mark mark = arena_mark(&t->case_arena);
    TRY(file_read(&t->case_arena, &text, &t->complaint, t->setup_path, SETUP_LIMIT));
    const enum err e = kzg_setup_open(&t->setup, &t->arena, text);
    if (e != OK) {
        t->complaint.file = t->setup_path;
        complain(&t->complaint, (struct place){0, 0}, "is no trusted setup: %s", err_text(e));
    }
    arena_rewind(&t->case_arena, mark);
    return e;
}

static enum err kzgtest_run_file(struct tests *t, const char *path)
{
    t->complaint.file = path;
    const struct function *f = function_of(path);
    if (!f) {
        complain(&t->complaint, (struct place){0, 0}, "no folder of its path is named like a function of the specification");
        return REJECT_YAML;
    }
    if (f->needs_setup && !t->setup)
        TRY(open_setup(t));
    struct bytes text;
    const struct yaml *root;
    TRY(file_read(&t->case_arena, &text, &t->complaint, path, YAML_BYTES_MAX));
    TRY(yaml_read(&t->case_arena, &root, &t->complaint, text));
    const struct run r = {&t->case_arena, yaml_get(root, "input"), yaml_get(root, "output"), t->setup};
    if (!r.input || !r.output) {
        complain(&t->complaint, root->place, "expected a map with input and output");
        return REJECT_YAML;
    }
    bool right = false;
    const enum err e = f->run(&r, &right);
    if (err_is_fault(e)) {
        complain(&t->complaint, (struct place){0, 0}, "%s", err_text(e));
        return e;
    }
    const bool must_refuse = is_word(r.output, "null");
    const bool passed = must_refuse ? e != OK : e == OK && right;
    if (!passed)
        fprintf(stderr, "%s: %s\n", path, e != OK ? err_text(e) : must_refuse ? "took a bad input" : "another answer");
    (passed ? t->passed : t->failed)[f - function]++;
    return OK;
}

static int print_counts(const struct tests *t)
{
    unsigned passed = 0, failed = 0;
    for (size_t i = 0; i < COUNT_OF(function); i++) {
        if (t->passed[i] + t->failed[i])
            printf("%-46s %5u passed %3u failed\n", function[i].name, t->passed[i], t->failed[i]);
        passed += t->passed[i];
        failed += t->failed[i];
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed || !passed;
}

int cmd_kzgtest(const struct command_line *line)
{
    struct tests t = {.setup_path = option_text(line, OPTION_SETUP)};
    arena_init(&t.arena, &system_memory);
    arena_init(&t.case_arena, &system_memory);
    enum err e = OK;
    for (size_t i = 0; i < line->argument_count && e == OK; i++) {
        struct file_list files;
        e = file_list(&t.arena, &files, &t.complaint, line->argument[i], ".yaml");
        for (size_t f = 0; e == OK && f < files.count; f++) {
            const struct arena_mark mark = arena_mark(&t.case_arena);
            e = kzgtest_run_file(&t, files.path[f]);
            arena_rewind(&t.case_arena, mark);
        }
    }
    int status;
    if (e == OK) {
        status = print_counts(&t);
    } else {
        char text[1024];
        complaint_print(text, sizeof text, &t.complaint);
        fprintf(stderr, "%s\n", text);
        status = err_is_fault(e) ? 3 : 2;
    }
    if (t.setup)
        kzg_setup_close(t.setup);
    arena_release(&t.case_arena);
    arena_release(&t.arena);
    return status;
}
