/* fixture - what the runners of official fixtures share: command line, worker threads, counting, reports.
 *
 *   scope statetest [--fork NAME] [--name TEXT] [--threads N] [--part N] [--skip FILE] [--expect N] [--json]
 *                   [--tier auto|bytes|program] [--time] [--trace] PATH...
 *
 *     files, largest first --> workers, one thread each --> run_file(worker, json) --> fixture_report per case
 *                                                                                           |
 *     tally per fork and folder, failures, skips by name  <---------------------------------'
 *
 * A case passes, fails or is skipped; a skip has a reason that is printed with its count. --expect makes a number of
 * cases that is not N a failure, so that no case is silently dropped. --tier says how code is run (enum evm_tier);
 * --time prints what each file took: processor time of its thread, all of it, the reading of the file and every root
 * included. A worker owns all that it runs on (arena, machine, code cache); workers share nothing but the list of
 * files.
 *
 * Exit status: 0 all passed, 1 some failed (or not N cases, or none), 2 a file is wrong, 3 the machine failed. */
#ifndef CONFORMANCE_FIXTURE_H
#define CONFORMANCE_FIXTURE_H

#include "base/arena.h"
#include "chain/execute.h"
#include "io/json.h"
#include "options/options.h"

enum fixture_outcome { FIXTURE_PASSED, FIXTURE_FAILED, FIXTURE_SKIPPED, FIXTURE_OUTCOMES };

struct fixture_run;

struct fixture_worker {
    struct fixture_run *run;
    struct arena arena;          /* rewound after each file */
    struct code_cache *codes;
    struct machine machine;
    struct complaint complaint;  /* of the file at hand */
    const char *path;
    const char *folder;
    struct fixture_tally *tally;
    u64 gas;                     /* of the file at hand: used by what was executed */
    bool trace;                  /* print EIP-3155 traces of failing cases */
};

struct fixture_command {
    const char *name;
    /* Runs every case of a file. A REJECT means that the file is not a fixture of this kind, and ends the program with
     * the worker's complaint; what a case does is reported. */
    enum err (*run_file)(struct fixture_worker *w, struct json root);
};

int fixture_main(const struct fixture_command *command, const struct command_line *line);

/* A test with a state of its own: what it runs in is made for it, and given back after it. */
struct fixture_test {
    struct fixture_worker *w;
    struct bytes name;
    struct code_source codes;
    struct trie_db *tries;
};
enum err fixture_each(struct fixture_worker *w, struct json root,
                      enum err (*run)(const struct fixture_test *t, struct json test)) MUST_CHECK;

/* Whether the case is asked for, by --fork and --name; false: do not count it. */
bool fixture_wanted(const struct fixture_worker *w, struct bytes fork, struct bytes name);
/* The reason why tests/fixtures/skip.txt skips it, or NULL. */
const char *fixture_skip(const struct fixture_worker *w, struct bytes name);
/* One case is done; why (printf) describes a failure or skip. */
void fixture_report(struct fixture_worker *w, struct bytes fork, struct bytes name, enum fixture_outcome outcome,
                    const char *why, ...) __attribute__((format(printf, 5, 6)));

/* How many of this worker's cases failed so far. */
u64 fixture_failed(const struct fixture_worker *w);

#endif
