/* run - a scenario file from its text to the last expectation, for every command that plays one. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "builder/session.h"
#include "options/options.h"

struct run_options {
    const char *file;     /* "-": standard input */
    const char *export_l1, *export_rollups, *export_genesis, *svg; /* NULL: no */
    const char *dir;       /* of the store; NULL: nothing is kept */
    const char *l1;        /* the URL of a node to be the L1; NULL: one of our own */
    const char *l1_key;    /* a file; NULL: none */
    enum data_choice data;
    bool json;
    const char *json_before; /* printed before the document; NULL: nothing */
    const char *const *prover_url; /* provers elsewhere */
    size_t prover_url_count;
    /* Stop after opened. On l1 nothing is sent: the session is one of our own that has the addresses which a run there
     * would get. */
    bool open_alone;
    bool quiet;            /* neither timeline nor JSON: errors alone */
    /* Called with the session before the first step; may be NULL. */
    enum err (*opened)(void *context, struct session *s);
    void *context;
};

/* An exit status, or 128 and the signal that interrupted the run. */
int run_scenario(const struct run_options *options);

#endif
