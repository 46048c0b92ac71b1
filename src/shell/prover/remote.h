/* remote - n provers elsewhere, asked at once; what the first k of them sign, once it was checked, is the proof.
 *
 *                      +--> prover 1   signs                     ok
 *   blocks, witness ---+--> prover 2   no such host              dead
 *   of each rollup     +--> prover 3   ...                       slow
 *                      +--> prover 4   signs, not in the set     wrong signer
 *                      +--> prover 5   signs something else      wrong statement
 *                      +--> prover 6   says no                   refused: REJECT_ANCHOR
 *                      +--> prover 7   <html>                    garbage
 *
 * No answer is believed: the statement must be the one that the builder computed itself, the deadline the one asked
 * for, the signature must recover to an attester of the set that L1 knows, in the form that L1 takes, and no attester
 * counts twice. So k good answers make a proof that L1 takes, whatever the others say, and one that no prover gave
 * cannot get in. A prover is waited for until k of each rollup are there, at most timeout_ms.
 *
 * Memory: everything in the arena given.
 * Errors: FAULT_NO_QUORUM with the reports filled in; REJECT_KEY never. */
#ifndef PROVER_REMOTE_H
#define PROVER_REMOTE_H

#include "io/http_client.h"
#include "prover/prover.h"

enum remote_outcome {
    REMOTE_OK,
    REMOTE_NOT_WAITED, /* enough others had answered */
    REMOTE_DEAD,
    REMOTE_SLOW,
    REMOTE_REFUSED,
    REMOTE_GARBAGE,
    REMOTE_WRONG_STATEMENT,
    REMOTE_WRONG_SIGNER,
    REMOTE_REPEATED,   /* the attester had signed already, under another URL */
    REMOTE_OUTCOME_COUNT
};
/* "ok", "not waited for", "dead", .. */
const char *remote_outcome_name(enum remote_outcome o);

struct remote_report {
    const char *place;  /* "http://127.0.0.1:8601" */
    u64 chain_id;       /* that it was asked about */
    enum remote_outcome outcome;
    const char *why;    /* a sentence; NULL for ok */
    u64 elapsed_us;     /* 0 when it was not waited for */
};

struct remote_provers {
    const char *const *url; /* of a prover; /prove is appended */
    size_t url_count;
    const address *attester; /* the set that L1 knows */
    size_t attester_count;
    size_t threshold;
    u32 timeout_ms;
};

struct remote_question {
    u64 chain_id;
    struct bytes request; /* encoded (request.h) */
    hash32 statement;     /* that the builder came to */
};

/* attestation: threshold of them for each question, in the questions' order. report: url_count for each question. */
enum err remote_attest(struct http_client *client, struct arena *arena, struct attestation *attestation,
                       struct remote_report *report, const struct remote_provers *provers, const struct quorum *quorum,
                       const struct remote_question *question, size_t question_count) MUST_CHECK;

#endif
