/* scope - the program: finds the command and runs it on a thread with a stack for the deepest calls. */
#include "base/types.h"
#include "cli/commands.h"
#include "io/complaint.h"
#include "io/stack.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define SCOPE_VERSION "0.1.0"

static const struct command {
    const char *name, *arguments, *what;
    int (*run)(int argc, char **argv);
} commands[] = {
#define CMD(name, arguments, what) {#name, arguments, what, cmd_##name},
#include "cli/commands.def"
#undef CMD
};

static void print_help(FILE *out)
{
    fprintf(out, "scope - Ethereum and its rollups as one machine\n\n  scope COMMAND [ARGUMENTS]\n\n");
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        fprintf(out, "  %-15s %s\n  %15s   %s\n", commands[i].name, commands[i].arguments, "", commands[i].what);
    fprintf(out, "\n  --help          this\n  --version       the version\n\n"
                 "Exit status: 0 all is as it should be, 1 something is not, 2 the input is wrong, 3 the machine failed.\n");
}

struct job {
    const struct command *command;
    int argc;
    char **argv;
    int status;
};

static void *run_job(void *context)
{
    struct job *job = context;
    job->status = job->command->run(job->argc, job->argv);
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
        return 3;
    }
    pthread_attr_destroy(&attributes);
    return job->status;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)) {
        print_help(stdout);
        return 0;
    }
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        printf("scope " SCOPE_VERSION "\n");
        return 0;
    }
    for (size_t i = 0; argc >= 2 && i < COUNT_OF(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0) {
            struct job job = {&commands[i], argc - 1, argv + 1, 3};
            return run_on_deep_stack(&job);
        }
    if (argc >= 2) {
        const char *names[COUNT_OF(commands)];
        for (size_t i = 0; i < COUNT_OF(commands); i++)
            names[i] = commands[i].name;
        const char *near = nearest_name(argv[1], names, COUNT_OF(commands));
        fprintf(stderr, "scope: there is no command \"%s\"%s%s%s\n", argv[1], near ? "; did you mean \"" : "",
                near ? near : "", near ? "\"?" : "");
        return 2;
    }
    print_help(stderr);
    return 2;
}
