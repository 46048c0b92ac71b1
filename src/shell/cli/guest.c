/* scope guest - the program that a proof is about, in an emulator of RV64IM. */
#include "io/file.h"
#include "io/memory.h"
#include "options/commands.h"
#include "prover/guest_input.h"
#include "prover/program_id.h"
#include "rv/accelerate.h"
#include "rv/count.h"
#include "rv/image_id.h"

#include <stdio.h>

enum action { ACTION_RUN, ACTION_COUNT, ACTION_ID, ACTION_NATIVE, ACTION_COMPARE };
enum { FILE_MAX = 256 << 20, FUNCTIONS_SHOWN = 30 };

struct guest {
    struct arena arena;
    const char *image_path, *input_path;
    u64 limit;
    struct rv_image image;
    struct rv_machine machine;
};

static int failed(const struct complaint *c, enum err e)
{
    char text[sizeof c->text + 1024];
    complaint_print(text, sizeof text, c);
    fprintf(stderr, "scope guest: %s: %s\n", err_name(e), text);
    return err_is_fault(e) ? STATUS_FAILED : STATUS_WRONG;
}

static int load(struct guest *g)
{
    struct complaint c = {0};
    struct bytes file;
    if (!g->image_path) {
        fprintf(stderr, "scope guest: --image is needed\n");
        return STATUS_WRONG;
    }
    const enum err e = file_read(&g->arena, &file, &c, g->image_path, FILE_MAX);
    if (e)
        return failed(&c, e);
    const enum rv_elf_error refused = rv_elf_read(&g->image, file);
    if (refused)
        fprintf(stderr, "scope guest: %s: %s\n", g->image_path, rv_elf_message(refused));
    return refused ? STATUS_WRONG : STATUS_MET;
}

static void print_hex(const u8 *p, size_t len)
{
    printf("0x");
    for (size_t i = 0; i < len; i++)
        printf("%02x", p[i]);
    printf("\n");
}

/* Of the image, or of the one that native code stands for. */
static int print_id(const struct guest *g)
{
    hash32 id = native_program_id;
    if (g->image_path)
        rv_image_id(&id, &g->image);
    print_hex(id.b, sizeof id.b);
    return STATUS_MET;
}

static void print_counts(const char *title, struct rv_count_list list, size_t most, u64 all)
{
    printf("%s\n", title);
    for (size_t i = 0; i < list.count && i < most; i++)
        printf("  %-40s %12llu  %5.1f %%\n", list.entry[i].name, (unsigned long long)list.entry[i].instructions,
               100.0 * (double)list.entry[i].instructions / (double)all);
}

static void print_accelerators(const struct rv_machine *m)
{
    printf("accelerators\n");
    for (size_t i = 0; i < RV_ACCELERATORS; i++)
        if (m->accelerated[i])
            printf("  %-40s %12llu calls\n", rv_accelerator_name(i), (unsigned long long)m->accelerated[i]);
    printf("permutations %llu\n", (unsigned long long)m->permutations);
}

static void print_report(struct guest *g)
{
    const struct rv_machine *m = &g->machine;
    printf("instructions %llu\nmemory %llu pages of 4 KiB\n", (unsigned long long)m->instructions,
           (unsigned long long)rv_pages_used(m));
    print_counts("sections", rv_count_sections(m, &g->arena), SIZE_MAX, m->instructions);
    print_counts("functions", rv_count_functions(m, &g->arena), FUNCTIONS_SHOWN, m->instructions);
    print_accelerators(m);
}

static void print_trap(FILE *to, const struct rv_machine *m)
{
    fprintf(to, "%s: pc 0x%llx, address 0x%llx, after %llu instructions\n", rv_end_message(m->end),
            (unsigned long long)m->pc, (unsigned long long)m->fault_address, (unsigned long long)m->instructions);
}

/* The program's log goes to standard error, its output to standard output, in hex. */
static int print_end(const struct guest *g)
{
    const struct rv_machine *m = &g->machine;
    fwrite(m->log.ptr, 1, m->log.len, stderr);
    if (m->end == RV_END_EXIT && m->exit_code == 0) {
        print_hex(m->output.ptr, m->output.len);
        return STATUS_MET;
    }
    if (m->end == RV_END_EXIT)
        fprintf(stderr, "scope guest: exit code %llu\n", (unsigned long long)m->exit_code);
    else {
        fprintf(stderr, "scope guest: ");
        print_trap(stderr, m);
    }
    return STATUS_NOT_MET;
}

static int read_input_file(struct guest *g, struct bytes *input)
{
    struct complaint c = {0};
    *input = bytes_of(NULL, 0);
    const enum err e = g->input_path ? file_read(&g->arena, input, &c, g->input_path, FILE_MAX) : OK;
    return e ? failed(&c, e) : STATUS_MET;
}

/* What the program computes and reports, by this one. */
static int run_native(struct guest *g)
{
    struct bytes input;
    hash32 transition;
    const int status = read_input_file(g, &input);
    if (status != STATUS_MET)
        return status;
    const enum err e = guest_input_run(&transition, &system_memory, input);
    if (e) {
        fprintf(stderr, "%s\n", err_name(e));
        return STATUS_NOT_MET;
    }
    print_hex(transition.b, sizeof transition.b);
    return STATUS_MET;
}

static int execute(struct guest *g, bool report)
{
    struct bytes input;
    int status = read_input_file(g, &input);
    if (status != STATUS_MET)
        return status;
    const enum err e = rv_machine_open(&g->machine, &g->arena, &g->image, input);
    if (e) {
        fprintf(stderr, "scope guest: %s: no memory for the program\n", err_name(e));
        return STATUS_FAILED;
    }
    rv_run(&g->machine, g->limit);
    status = print_end(g);
    if (report)
        print_report(g);
    rv_machine_close(&g->machine);
    return status;
}

/* Whether the program did what native code did: the same transition hash, or the name of the same error in its log. */
static bool agrees(const struct rv_machine *m, enum err native, const hash32 *transition)
{
    if (m->end != RV_END_EXIT)
        return false;
    if (!native)
        return m->exit_code == 0 && m->log.len == 0 && m->output.len == sizeof transition->b
               && memcmp(m->output.ptr, transition->b, sizeof transition->b) == 0;
    const char *name = err_name(native);
    return m->exit_code == 1 && m->output.len == 0 && m->log.len == strlen(name) + 1
           && memcmp(m->log.ptr, name, strlen(name)) == 0 && m->log.ptr[m->log.len - 1] == '\n';
}

static void print_difference(const char *path, const struct rv_machine *m, enum err native)
{
    fprintf(stderr, "scope guest: %s: native code: %s; the program: ", path, native ? err_name(native) : "accepted");
    if (m->end != RV_END_EXIT)
        print_trap(stderr, m);
    else if (m->exit_code)
        fprintf(stderr, "exit code %llu, %.*s\n", (unsigned long long)m->exit_code, (int)m->log.len,
                (const char *)m->log.ptr);
    else
        fprintf(stderr, "another output\n");
}

static int compare_one(const struct guest *g, const char *path)
{
    struct guest one = {.input_path = path, .image = g->image, .limit = g->limit};
    struct bytes input;
    hash32 transition = {0};
    arena_init(&one.arena, &system_memory);
    int status = read_input_file(&one, &input);
    enum err e = OK;
    if (status == STATUS_MET && (e = rv_machine_open(&one.machine, &one.arena, &one.image, input))) {
        fprintf(stderr, "scope guest: %s: no memory for the program\n", err_name(e));
        status = STATUS_FAILED;
    } else if (status == STATUS_MET) {
        rv_run(&one.machine, one.limit);
        const enum err native = guest_input_run(&transition, &system_memory, input);
        if (!agrees(&one.machine, native, &transition)) {
            print_difference(path, &one.machine, native);
            status = STATUS_NOT_MET;
        } else if (native) {
            printf("%s\n", err_name(native));
        } else {
            print_hex(transition.b, sizeof transition.b);
        }
        rv_machine_close(&one.machine);
    }
    arena_release(&one.arena);
    return status;
}

/* A line for each input, a file or the .guest files of a folder: its transition hash or error. */
static int compare_files(struct guest *g)
{
    struct complaint c = {0};
    struct file_list list;
    if (!g->input_path) {
        fprintf(stderr, "scope guest: --input is needed\n");
        return STATUS_WRONG;
    }
    const enum err e = file_list(&g->arena, &list, &c, g->input_path, ".guest");
    if (e)
        return failed(&c, e);
    if (!list.count) {
        fprintf(stderr, "scope guest: %s: no file ends in .guest\n", g->input_path);
        return STATUS_WRONG;
    }
    int worst = STATUS_MET;
    for (size_t i = 0; i < list.count; i++) {
        const int status = compare_one(g, list.path[i]);
        worst = status > worst ? status : worst;
    }
    return worst;
}

int cmd_guest(const struct command_line *line)
{
    static const char *const name[] = {"run", "count", "id", "native", "compare"};
    struct guest g = {
        .image_path = option_text(line, OPTION_IMAGE),
        .input_path = option_text(line, OPTION_INPUT),
        .limit = option_number(line, OPTION_LIMIT),
    };
    size_t action = 0;
    while (strcmp(line->argument[0], name[action]) != 0)
        action++;
    arena_init(&g.arena, &system_memory);
    const bool needs_image = action != ACTION_NATIVE && (g.image_path || action != ACTION_ID);
    int status = needs_image ? load(&g) : STATUS_MET;
    if (status == STATUS_MET)
        switch (action) {
        case ACTION_ID: status = print_id(&g); break;
        case ACTION_NATIVE: status = run_native(&g); break;
        case ACTION_COMPARE: status = compare_files(&g); break;
        default: status = execute(&g, action == ACTION_COUNT);
        }
    arena_release(&g.arena);
    return status;
}
