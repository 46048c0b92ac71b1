/* fixture_chain - translates what fixtures say about a chain: forks, schedules, accounts, exceptions.
 *
 *   "ShanghaiToCancunAtTime15k"  -->  chain_rules: Shanghai, from timestamp 15000 on Cancun
 *   "A|B"                        -->  the errors that may be it; err.def's texts are the fixtures' names */
#ifndef CONFORMANCE_FIXTURE_CHAIN_H
#define CONFORMANCE_FIXTURE_CHAIN_H

#include "chain/execute.h"
#include "io/json.h"

struct fixture_rules {
    struct chain_rules chain;
    struct activation activation[2];
};

/* network by the fixtures' name; config: the fixture's "config", or none. out stays where it is. REJECT_JSON, with a
 * complaint at `at`, for a network that is not known. */
enum err fixture_rules_init(struct fixture_rules *out, struct complaint *complaint, struct bytes network,
                            struct json config, struct json at) MUST_CHECK;

/* {"target", "max", "baseFeeUpdateFraction"}; none: *out stays. */

/* Code from a cache that is not trimmed meanwhile; code_source.context is the struct code_cache. */
enum err fixture_code(void *cache, struct bytes *out, const hash32 *code_hash);
/* Keeps the codes that a view has made: a callback of state_new_codes, context is the struct code_cache. */
enum err fixture_keep_code(void *cache, const hash32 *code_hash, struct bytes code);

/* Whether e is one of the exceptions in expected ("TransactionException.A|TransactionException.B"). */
bool fixture_expects(struct bytes expected, enum err e);

#endif
