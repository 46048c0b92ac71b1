/* t8n - the transition tool: a state, a block's environment and transactions in, the state and the result out.
 *
 *   alloc, env, txs --> [ block_open, calls at the start, block_apply ..., block_finish ] --> alloc, result, body
 *
 * The form is go-ethereum's `evm t8n`, which execution-spec-tests speaks: each of the three inputs is a file or `stdin`
 * (then one JSON document holds them under "alloc", "env", "txs"), each of the three outputs a file or `stdout` (then
 * one document holds them). A rejected transaction is listed under "rejected" with the fixtures' name of the rule, and
 * has no effect; a violated block rule (a missing system contract, say) is named in "blockException".
 *
 * Exit status: 0, 2 the input is wrong, 3 the machine failed; 4: a block hash that is needed was not given. */
#ifndef CONFORMANCE_T8N_H
#define CONFORMANCE_T8N_H

#include "codec/json_write.h"
#include "conformance/fixture_chain.h"
#include "conformance/trace.h"

struct rejected_tx {
    u32 index;
    enum err why;
};

struct t8n {
    struct arena arena;
    struct complaint complaint;
    /* from the command line */
    const char *alloc_in, *env_in, *txs_in, *alloc_out, *result_out, *body_out, *basedir, *fork;
    u64 chain_id;
    i64 reward;
    bool trace, state_test;
    /* input */
    struct json stdin_root;
    struct json env;
    struct fixture_rules rules;
    struct header header;
    const struct withdrawal *withdrawal;
    u32 withdrawal_count;
    struct header *ommer;
    u32 ommer_count;
    /* run */
    struct trie_db *tries;
    struct code_cache *codes;
    struct code_source source;
    struct machine machine;
    struct state *state;
    struct block_run run;
    struct rejected_tx *rejected;
    u32 rejected_count;
    enum err block_exception;
};

/* env and the transactions, t8n_input.c. A transaction that is none is rejected, not an error. */
enum err t8n_read_env(struct t8n *t, struct json env) MUST_CHECK;
enum err t8n_block_hash(void *context, hash32 *out, u64 number); /* of struct ancestors; context: the struct t8n */

/* The three outputs as JSON, t8n_output.c. */
void t8n_write_result(struct t8n *t, struct json_writer *w);
enum err t8n_write_alloc(struct t8n *t, struct json_writer *w) MUST_CHECK;
void t8n_write_body(struct t8n *t, struct json_writer *w);

#endif
