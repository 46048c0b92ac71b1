/* binder - what the names of a scenario stand for, and its YAML values as ABI data.
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
 *     remote(pool)                 the local face (RemoteAccount) of a contract of another chain, on the chain
 *     remote(l1, alice)            where the call happens; of an account, which has no chain of its own
 *     remote(l1, alice, rollup)    the same, on a chain that is named
 *
 * and a value as codec/abi_value.h says, where $name also stands for a result (name.1 or name.reserve0 for one of
 * several), $rollup.id for a chain's id, and {to, function, args} for the bytes of a call.
 *
 * The same functions serve twice: first without a session, when every file, function, type and reference is
 * checked and what is not known yet has a sample value of its type; then for real.
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
    bool there;                        /* a contract that has its address, a result that was read */
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
    struct interface protocol[7];
    u32 step;                /* names that later steps make are not known */
    struct session *session; /* NULL: check only */
    /* A contract's name is used whose transaction still waits in a queue: have it executed. */
    enum err (*await)(void *context, u32 symbol);
    void *context;
};

enum err binder_init(struct binder *b, struct arena *arena, struct complaint *complaint, const struct scenario *s,
                     const char *file) MUST_CHECK;

struct target {
    address at;
    u32 chain;                         /* NO_CHAIN: the expression does not say */
    const struct interface *interface; /* NULL: not known */
};

/* on_chain: where a remote() without a chain of its own is looked for; NO_CHAIN refuses those. */
enum err binder_target(struct binder *b, struct target *out, const struct yaml *y, u32 on_chain) MUST_CHECK;

/* A name that scenario_read has checked. */
u32 binder_chain(const struct binder *b, const char *name);
const struct scenario_account *binder_account(const struct binder *b, const char *name);
struct binding *binder_binding(const struct binder *b, const char *name);

/* The contract of a deploy or attach step. */
enum err binder_artifact(struct binder *b, struct artifact *out, const struct scenario_contract *c,
                         enum artifact_need need) MUST_CHECK;
enum err binder_init_code(struct binder *b, struct bytes *out, const struct artifact *a,
                          const struct scenario_contract *c, u32 chain) MUST_CHECK;

struct bound_call {
    struct target target;         /* chain is known */
    const struct member *function; /* NULL: plain ETH */
    u256 value;
    struct bytes data;
};
/* chain: named by the scenario, or NO_CHAIN where the target says it. */
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

/* A sample of a type: zeros and nothing. */
struct abi_value sample_value(struct arena *arena, const struct abi_type *type);

#endif
