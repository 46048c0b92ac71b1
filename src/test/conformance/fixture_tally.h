/* fixture_tally - what the runners of fixtures count: outcomes per fork and folder, and the cases that did not pass.
 *
 * Each worker has a tally of its own, with its own arena; they are merged when all are done. */
#ifndef CONFORMANCE_FIXTURE_TALLY_H
#define CONFORMANCE_FIXTURE_TALLY_H

#include "conformance/fixture.h"

struct group {
    struct group *next;
    char fork[40];
    char folder[120];
    u64 count[FIXTURE_OUTCOMES];
};

/* A case that did not pass, or how often a reason to skip was given. */
struct note {
    struct note *next;
    enum fixture_outcome outcome;
    u64 count;
    char *text;
};

/* What a file took; kept if --time asks for it. */
struct file_time {
    struct file_time *next;
    const char *path;
    u64 nanoseconds; /* processor time */
    u64 gas;
};

struct fixture_tally {
    struct arena arena;
    struct file_time *times;
    struct group *groups;
    struct group *last;
    struct note *notes;
    u64 count[FIXTURE_OUTCOMES];
};

void fixture_tally_add(struct fixture_tally *t, const char *fork, const char *folder, enum fixture_outcome outcome);
/* A failed case, or a reason to skip, counted once each. */
void fixture_tally_note(struct fixture_tally *t, enum fixture_outcome outcome, const char *text, u64 count);
/* path outlives the tally. */
void fixture_tally_time(struct fixture_tally *t, const char *path, u64 nanoseconds, u64 gas);
void fixture_tally_merge(struct fixture_tally *into, const struct fixture_tally *from);

/* On standard output. */
void fixture_print_table(const char *command, struct fixture_tally *t, u64 milliseconds);
void fixture_print_json(const char *command, struct fixture_tally *t, u64 milliseconds);

#endif
