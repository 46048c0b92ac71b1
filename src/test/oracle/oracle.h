/* oracle - is execution across many chains equivalent to execution on one? Every program of calls runs twice.
 *
 *   program --+--> n chains: a session. simulated, built, proved, settled on L1            (world 1)
 *             |                        |
 *             |      storage, answers, returndata, events, ETH: equal, or a finding
 *             |                        |
 *             +--> one chain: contracts/oracle/Router.sol instead of the bridges             (world 2)
 *
 * Both worlds have the same contracts at the same addresses. What the builder rejects runs on the one chain too, and is
 * rolled back: the reason must be visible in the trace there, and what shows a reason there must have been rejected.
 * After each slot every wei is accounted for. docs/protocol.md, the sentence in its first frame; sections 4 to 7.
 *
 * Afterwards both worlds are as before the program. Memory grows with each program; open a new oracle after some
 * hundred. */
#ifndef ORACLE_ORACLE_H
#define ORACLE_ORACLE_H

#include "builder/session.h"
#include "oracle/program.h"

struct oracle;

enum { ORACLE_TEXT_MAX = 2048, ORACLE_DEPTH_MAX = 16 };

enum finding_kind {
    FINDING_NONE,
    FINDING_SLOT_FAILED,  /* session_slot ended with an error */
    FINDING_L1_REVERTED,
    FINDING_REFUSED,      /* the one chain shows no reason, or another */
    FINDING_NOT_REFUSED,
    FINDING_NOT_SETTLED,
    FINDING_OUTCOME,      /* success or returndata of a transaction */
    FINDING_CALLS,        /* other calls, or other answers */
    FINDING_EVENTS,
    FINDING_STORAGE,
    FINDING_ETH,          /* of a contract */
    FINDING_CONSERVATION,
    FINDING_KIND_COUNT
};
const char *finding_name(enum finding_kind kind);

/* What the one chain says of a work. */
enum expected { EXPECTED_NOTHING, EXPECTED_SETTLED, EXPECTED_REVERTED, EXPECTED_REFUSED };

struct finding {
    enum finding_kind kind;
    enum expected expected[ORACLE_WORKS_MAX]; /* as far as it ran */
    char text[ORACLE_TEXT_MAX];
};

/* What programs were like, so that an easy generator shows. A scope here is a transaction or operation with all its
 * calls. */
struct oracle_shares {
    u64 programs, slots, scopes;
    u64 settled, reverted;             /* of the scopes */
    u64 refused_revert_around_call, refused_fuse, refused_refund, refused_operation_failed, refused_alone,
        refused_into_static;
    u64 calls, failed, with_value, refunded, inline_calls, reentered, by_remote, forbidden, leaf;
    u64 depth[ORACLE_DEPTH_MAX];       /* settled scopes by the depth of their deepest call; 0: no call */
    u64 chains[ORACLE_CHAINS_MAX + 1]; /* settled scopes by the chains that took part */
    u64 calls_in_scope[9];             /* settled scopes by their calls; the last: 8 and more */
    u64 with_failure, with_inline, with_reentry, same_call_twice; /* settled scopes */
    /* Lookups, equal ones of a scope at one clock once; and how often they were read, by the one chain. */
    u64 lookups, looked, lookups_failed, lookups_inline, lookups_nested, lookups_by_remote;
    u64 lookups_before, lookups_between, lookups_inside;
    u64 attempts, with_attempt, with_attempt_reverted; /* calls that failed, and whose callers failed with them */
    u64 with_lookup, with_lookup_only, with_lookup_reverted; /* settled scopes */
    u64 events, filled_ahead, l1_gas_most;
};
void oracle_shares_add(struct oracle_shares *sum, const struct oracle_shares *more);

/* rollups: 1 to ORACLE_CHAINS_MAX - 1. On failure *why says where. */
enum err oracle_open(struct oracle **out, const struct memory *memory, u32 rollups, struct buffer *why) MUST_CHECK;
void oracle_close(struct oracle *o);

/* Who wants to see the session after a program ran in it, before all is as before; after: each rollup's head before. */
typedef enum err oracle_seen(void *context, struct session *s, const struct program *p, const u64 *after);
void oracle_watch(struct oracle *o, oracle_seen *seen, void *context);
struct session *oracle_session(struct oracle *o);

/* p's chain_count is the oracle's. shares may be NULL. Errors are the machine's and the oracle's own; what the
 * builder or a contract did wrong is the finding. */
enum err oracle_run(struct oracle *o, const struct program *p, struct oracle_shares *shares,
                    struct finding *finding) MUST_CHECK;

/* A scenario file (docs/scenario.md) that does what p does, with what the one chain says as its expectations. It is to
 * lie in a folder beside build, as examples does. */
void oracle_print_scenario(struct oracle *o, struct buffer *out, const struct program *p,
                           const struct finding *finding);

/* Shrinks p as long as it ends in the same kind of finding; *finding is the last one. */
enum err oracle_shrink(struct oracle *o, struct program *p, struct finding *finding) MUST_CHECK;

#endif
