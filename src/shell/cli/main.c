/* scope - the program: reads the command line and runs the command on a thread with a stack for the deepest calls. */
#include "io/memory.h"
#include "io/stack.h"
#include "options/commands.h"
#include "options/help.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define SCOPE_VERSION "0.1.0"

static int (*const command_function[COMMAND_COUNT])(const struct command_line *line) = {
#define GROUP(...)
#define COMMAND(name, ...) [COMMAND_##name] = cmd_##name,
#include "options/commands.def"
#undef COMMAND
#undef GROUP
};

struct job {
    struct command_line line;
    int status;
};

static void *run_job(void *context)
{
    struct job *job = context;
    job->status = command_function[job->line.command](&job->line);
    return NULL;
}

static int run_on_deep_stack(struct job *job)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int e = pthread_attr_init(&attributes);
    if (!e)
        e = pthread_attr_setstacksize(&attributes, DEEP_STACK_BYTES);
    if (!e)
        e = pthread_create(&thread, &attributes, run_job, job);
    if (!e)
        e = pthread_join(thread, NULL);
    if (e) {
        fprintf(stderr, "scope: FAULT_MEMORY: a stack of %zu MiB: %s\n", DEEP_STACK_BYTES >> 20, strerror(e));
        return STATUS_FAILED;
    }
    pthread_attr_destroy(&attributes);
    return job->status;
}

/* --- what is only printed --- */

static int print_whole_page(const struct page *page)
{
    if (page_write(page, STDOUT_FILENO) == OK)
        return STATUS_MET;
    fprintf(stderr, "scope: FAULT_IO: standard output cannot be written\n");
    return STATUS_FAILED;
}

/* COMMAND_COUNT: of the program. */
static int print_help(enum command_id command)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct page page = page_open(&arena, STDOUT_FILENO);
    if (command == COMMAND_COUNT)
        help_program(&page);
    else
        help_command(&page, command);
    const int status = print_whole_page(&page);
    arena_release(&arena);
    return status;
}

static int print_version(void)
{
    return printf("scope " SCOPE_VERSION "\n") > 0 && fflush(stdout) == 0 ? STATUS_MET : STATUS_FAILED;
}

int cmd_completion(const struct command_line *line)
{
    static const char *const name[] = {[SHELL_BASH] = "bash", [SHELL_ZSH] = "zsh", [SHELL_FISH] = "fish"};
    struct arena arena;
    enum shell shell = SHELL_BASH;
    while (strcmp(name[shell], line->argument[0]) != 0)
        shell++;
    arena_init(&arena, &system_memory);
    struct page page = {.text = buffer_in(&arena)};
    completion_script(&page.text, shell);
    const int status = print_whole_page(&page);
    arena_release(&arena);
    return status;
}

int cmd_man(const struct command_line *line)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct page page = {.text = buffer_in(&arena)};
    if (line->argument_count)
        man_command(&page.text, command_find(line->argument[0]), SCOPE_VERSION);
    else
        man_program(&page.text, SCOPE_VERSION);
    const int status = print_whole_page(&page);
    arena_release(&arena);
    return status;
}

/* --- the command line --- */

static int refuse_command(const char *name)
{
    const char *names[COMMAND_COUNT];
    struct complaint complaint = {0};
    for (enum command_id i = 0; i < COMMAND_COUNT; i++)
        names[i] = command_table[i].name;
    const char *near = nearest_name(name, names, COMMAND_COUNT);
    complain(&complaint, (struct place){0, 0}, "unknown %s \"%.100s\"", name[0] == '-' ? "option" : "command", name);
    fprintf(stderr, "scope: %s%s%s%s\nTry \"scope --help\".\n", complaint.text, near ? "; did you mean \"" : "",
            near ? near : "", near ? "\"?" : "");
    return STATUS_WRONG;
}

static int run_command(enum command_id command, int count, char **word)
{
    struct arena arena;
    struct complaint complaint = {0};
    struct job job = {.status = STATUS_FAILED};
    int status = STATUS_WRONG;
    arena_init(&arena, &system_memory);
    switch (command_line_read(&job.line, &arena, &complaint, command, word, (size_t)count)) {
    case LINE_RUNS: status = run_on_deep_stack(&job); break;
    case LINE_ASKS_HELP: status = print_help(command); break;
    case LINE_IS_WRONG:
        fprintf(stderr, "scope %s: %s\nTry \"scope %s --help\".\n", command_table[command].name, complaint.text,
                command_table[command].name);
        break;
    }
    arena_release(&arena);
    return status;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    if (argc < 2) {
        fprintf(stderr, "scope: no command given\nTry \"scope --help\".\n");
        return STATUS_WRONG;
    }
    const bool asks_help =
        strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0;
    if (asks_help && argc == 2)
        return print_help(COMMAND_COUNT);
    if (strcmp(argv[1], "--version") == 0)
        return print_version();
    const char *name = argv[asks_help ? 2 : 1];
    const enum command_id command = command_find(name);
    if (command == COMMAND_COUNT)
        return refuse_command(name);
    return asks_help ? print_help(command) : run_command(command, argc - 2, argv + 2);
}
