/* binder - resolves the names of a scenario, and encodes its YAML values as ABI data.
 *
 *     to: pool                     -> address, chain and interface of the contract
 *     args: [$token, 1 ether]      -> the words that swap(address,uint256) takes
 *
 * An address is written as
 *
 *     0x..                         40 digits
 *     alice, pool, $pool           an account, a contract, or a result that is an address
 *     l1.bridge, rollup.context    one of the protocol's contracts on a chain: bridge, registry, verifier, account,
 *                                  reader on the L1; bridge, context on a rollup
 *     remote(pool)                 the RemoteAccount of a contract of another chain, on the chain of the call
 *     remote(l1, alice)            the RemoteAccount of an account, whose chain must be given
 *     remote(l1, alice, rollup)    the same, on the chain given last
 *
 * and a value as codec/abi_value.h says, where $name also stands for a result (name.1 or name.reserve0 for one of
 * several), $rollup.id for a chain's id, and {to, function, args} for the bytes of a call.
 *
 * The same functions are used twice: first without a session, to check every file, function, type and reference, with a
 * sample value for each result that is not known before the run; then during the run.
 *
 * Memory: the arena. Errors: REJECT_SCENARIO, REJECT_ARTIFACT with a complaint; FAULTs of the session. */
#ifndef SCENARIO_BINDER_H
#define SCENARIO_BINDER_H

#include "builder/session.h"
#include "codec/abi_value.h"
#include "scenario/artifact.h"
#include "scenario/scenario.h"

#define NO_CHAIN UINT32_MAX

struct binding { /* of one symbol */
    bool resolved;                     /* a contract with an address, a result that was read */
    address at;                        /* account, contract */
    struct artifact artifact;          /* contract */
    const struct abi_signature *function; /* result: whose outputs they are */
    struct abi_value value;            /* result: a list */
    struct bytes raw;                  /* the bytes that it was decoded from */
};

struct binder {
    const struct scenario *scenario;
    struct arena *arena;
    struct complaint *complaint;
    const char *folder;      /* of the scenario's file; ends with / or is empty */
    struct artifact_store store;
    struct binding *binding; /* one per symbol */
    struct interface protocol[8];
    struct interface remote_account;
    u32 step;                /* names that later steps define are unknown */
    struct session *session; /* NULL: check only */
    bool is_genesis;         /* addresses that are not known at genesis are refused, not sampled */
    /* Called when a contract is named whose deployment is still queued: executes the queue. */
    enum err (*await)(void *context, u32 symbol);
    void *context;
};

enum err binder_init(struct binder *b, struct arena *arena, struct complaint *complaint, const struct scenario *s,
                     const char *file) MUST_CHECK;

struct target {
    address at;
    u32 chain;                         /* NO_CHAIN: not determined by the expression */
    const struct interface *interface; /* NULL: unknown */
};

/* on_chain: the chain of a remote() that names none; NO_CHAIN rejects those. */
enum err binder_target(struct binder *b, struct target *out, const struct yaml *y, u32 on_chain) MUST_CHECK;

/* name: one that scenario_read has checked. */
u32 binder_chain(const struct binder *b, const char *name);
const struct scenario_account *binder_account(const struct binder *b, const char *name);
struct binding *binder_binding(const struct binder *b, const char *name);

/* The contract of a deploy or attach step. */
enum err binder_artifact(struct binder *b, struct artifact *out, const struct scenario_contract *c,
                         enum artifact_need need) MUST_CHECK;
enum err binder_init_code(struct binder *b, struct bytes *out, const struct artifact *a,
                          const struct scenario_contract *c, u32 chain) MUST_CHECK;

/* The contracts and accounts that a rollup's genesis takes from the scenario, into a config that has none. */
enum err binder_genesis(struct binder *b, struct rollup_config *out, u32 chain) MUST_CHECK;

struct bound_call {
    struct target target;         /* with its chain */
    const struct member *function; /* NULL: plain ETH */
    u256 value;
    struct bytes data;
};
/* chain: given by the scenario, or NO_CHAIN to take the target's. */
enum err binder_call(struct binder *b, struct bound_call *out, const struct scenario_call *c, struct place place,
                     u32 chain) MUST_CHECK;

/* The value of one type; what: "returns", for messages. */
enum err binder_value(struct binder *b, struct abi_value *out, const struct abi_type *type, const struct yaml *y,
                      u32 chain) MUST_CHECK;
/* The same, encoded as the one item of a tuple. */
enum err binder_encode_value(struct binder *b, struct bytes *out, const struct abi_type *type, const struct yaml *y,
                             const char *what, u32 chain) MUST_CHECK;
/* A number: an amount, or a result that is one. */
enum err binder_number(struct binder *b, u256 *out, const struct yaml *y, const char *what) MUST_CHECK;

/* A sample value of a type: zero or empty. */
struct abi_value sample_value(struct arena *arena, const struct abi_type *type);

#endif
