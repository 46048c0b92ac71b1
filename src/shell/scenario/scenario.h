/* scenario - a scenario file of `scope run`: chains, accounts, and steps that run in file order.
 *
 *   scenario: A title
 *   chains:   { l1: {kind: l1, id: 1}, rollup: {kind: rollup, id: 7001} }
 *   accounts: { alice: {balance: {l1: 10 ether}} }
 *   steps:
 *     - deploy: token        deploys a contract from a compiler artifact; defines its name
 *     - attach: pair         defines a name for an existing contract
 *     - read: price          calls without a transaction; defines a name for the result
 *     - send: fund the pool  sends an ordinary signed transaction
 *     - operate: register    submits an operation that an L1 account signs
 *     - slot: the swap       work for one L1 slot, forgeries to try first, expectations afterwards
 *     - check: [...]         expectations between slots
 *
 * Loops and variables (`let`, `repeat`, `each`) are expanded first: scenario/expand.h.
 *
 * docs/scenario.md describes the format; the tables in scenario_tables.c are the format. Three phases:
 *
 *   scenario_read    text -> this struct: shape, names, references; reads no other file
 *   program_check    artifacts, functions, argument types (play/check.h)
 *   play_all         runs it on a session (play/play.h)
 *
 * Values whose type comes from a contract's ABI (arguments, expected values) stay YAML nodes here, so that every error
 * message can point at them.
 *
 * Memory: the caller's arena. Errors: REJECT_YAML, REJECT_SCENARIO; the complaint has line and column. */
#ifndef SCENARIO_SCENARIO_H
#define SCENARIO_SCENARIO_H

#include "scenario/schema.h"

enum {
    SCENARIO_BYTES_MAX = 1 << 20,
    SCENARIO_CHAINS_MAX = 65,
    SCENARIO_ACCOUNTS_MAX = 1000,
    SCENARIO_STEPS_MAX = 1000,
    SCENARIO_PROVERS_MAX = 16
};

/* DEFAULT_L1_GAS_LIMIT, ... */
enum scenario_default {
#define DEFAULT(id, value, where, key) DEFAULT_##id = (value),
#include "scenario/defaults.def"
#undef DEFAULT
};

enum chain_kind { CHAIN_L1, CHAIN_ROLLUP };

struct scenario_chain {
    struct head head;
    struct number kind; /* enum chain_kind */
    struct number id;
    struct number fork; /* 0 osaka, 1 prague; L1 only */
    struct number gas_limit;
    struct number base_fee; /* wei */
    struct number timestamp; /* of the genesis, seconds; L1 only: rollups share it */
    struct word coinbase;    /* an account's name or 0x.. */
    struct many genesis;     /* struct scenario_genesis; rollups only */
};

enum genesis_verb { GENESIS_PREDEPLOY, GENESIS_ALLOC };

/* What a rollup begins with, besides the protocol's own contracts. */
struct scenario_genesis {
    struct head head; /* variant: enum genesis_verb */
    struct word at;       /* predeploy: 0x.. */
    struct word artifact; /* predeploy: as of deploy */
    struct word contract;
    const struct yaml *args;
    struct word alloc;    /* a path, from the scenario's folder: accounts as in geth's genesis files */
};

struct scenario_account {
    struct head head;
    struct word key_text;        /* 0x and 64 digits; absent: keccak256("scope:account:" name) */
    const struct yaml *balances; /* chain: amount */
    hash32 key;
    address at;
    u256 *balance; /* per chain, wei */
};

/* A function of a contract with its arguments; or, without a function, plain ETH. */
struct scenario_call {
    struct head head;
    const struct yaml *to;
    struct word function; /* name, or name(types) */
    const struct yaml *args;
    const struct yaml *data; /* raw calldata, instead of a function */
    struct number value; /* wei */
};

struct scenario_contract { /* deploy, attach */
    struct word name;
    struct word chain;
    struct word artifact; /* a path, from the scenario's folder; or scope:Name */
    struct word contract; /* Name or File.sol:Name within it */
    struct word from;
    const struct yaml *args;
    struct number value;
    struct number gas_limit;
    const struct yaml *address; /* attach */
};

struct scenario_read_step {
    struct word name;
    struct word from;
    struct scenario_call call;
};

struct scenario_send {
    struct word label;
    struct word chain;
    struct word from;
    struct scenario_call call;
    struct number gas_limit;
};

struct scenario_operation {
    struct word label;
    struct word account;
    struct many calls; /* struct scenario_call */
    struct number gas_limit;
    struct number deadline; /* L1 timestamp, seconds */
    const struct yaml *submitter;
};

enum submit_verb { SUBMIT_SEND, SUBMIT_OPERATE };

struct scenario_submission {
    struct head head; /* variant: enum submit_verb */
    struct word atomic; /* the name of its atomic group */
    struct scenario_send send;
    struct scenario_operation operate;
};

enum forgery_verb { FORGE_EDIT, FORGE_LEAVE_OUT, FORGE_SWAP };

struct scenario_forgery {
    struct head head; /* variant: enum forgery_verb */
    struct number call;  /* from 1, as the timeline counts */
    struct number other; /* swap */
    struct number byte;  /* edit: of the response, from 0 */
    const struct yaml *calls;
    /* The error that the L1 transaction reverts with, or the rule (err.def) by which a rollup refuses the block. */
    struct word refused;
    const struct yaml *with; /* expected arguments, by name; the others are ignored */
};

enum expect_verb { EXPECT_OUTCOME, EXPECT_CALL, EXPECT_BALANCE, EXPECT_EVENT, EXPECT_STORAGE, EXPECT_CODE,
                   EXPECT_CONSERVED };

enum outcome { OUTCOME_SETTLED, OUTCOME_REVERTED, OUTCOME_REJECTED, OUTCOME_PENDING };

struct scenario_bound { /* exactly one is given */
    const struct yaml *equals, *at_least, *at_most;
};

struct scenario_expectation {
    struct head head; /* variant: enum expect_verb */
    struct word label; /* outcome: of the submission, in this slot or an earlier one */
    struct number is;  /* enum outcome */
    struct word reason;
    struct word chain;
    struct word from;
    const struct yaml *who; /* balance of, storage of, code of, emitter */
    struct scenario_call call;
    const struct yaml *returns;
    struct word event; /* name or name(types) */
    const struct yaml *key;
    struct word code_hash; /* code: 0x and 64 digits */
    struct number unit; /* conserved */
    struct scenario_bound bound;
};

struct scenario_slot {
    struct word label;
    struct many submit;    /* struct scenario_submission */
    struct many forgeries; /* struct scenario_forgery */
    struct many expect;    /* struct scenario_expectation */
};

enum step_verb { STEP_DEPLOY, STEP_ATTACH, STEP_READ, STEP_SEND, STEP_OPERATE, STEP_SLOT, STEP_CHECK };

struct scenario_step {
    struct head head; /* variant: enum step_verb */
    union {
        struct scenario_contract contract;
        struct scenario_read_step read;
        struct scenario_send send;
        struct scenario_operation operate;
        struct scenario_slot slot;
        struct many check; /* struct scenario_expectation */
    };
};

/* What a name refers to. Names are unique in a file, across all kinds. */
enum symbol_kind { SYMBOL_CHAIN, SYMBOL_ACCOUNT, SYMBOL_CONTRACT, SYMBOL_RESULT };

struct symbol {
    const char *name;
    struct place place;
    enum symbol_kind kind;
    u32 index; /* of the chain, account or step */
    u32 chain; /* of a contract */
    u32 known_from; /* first step that may use it; 0 for chains and accounts */
};

struct scenario_provers { /* k of n */
    struct head head;
    struct number count;
    struct number threshold;
};

struct scenario {
    struct head head;
    struct word title;
    struct word about;
    struct many chain_list;
    struct many account_list;
    struct many step_list;
    struct scenario_provers provers;

    struct scenario_chain *chain;
    struct scenario_account *account; /* the first is the builder, which files do not declare */
    struct scenario_step *step;
    u32 chain_count, account_count, step_count;
    u32 l1; /* index of the L1 in chain */
    struct symbol *symbol;
    u32 symbol_count;
};

enum err scenario_read(struct arena *arena, struct scenario **out, struct complaint *complaint, struct bytes text)
    MUST_CHECK;

/* The symbol, if an earlier step defined it; else NULL and a complaint at place that suggests a similar name.
 * kinds: a set of bits 1 << enum symbol_kind. */
const struct symbol *scenario_find(const struct scenario *s, struct complaint *complaint, struct place place,
                                   const char *name, unsigned kinds, u32 step);

/* keccak256("scope:account:" name): the private key of an account without `key`. */
hash32 scenario_account_key(const char *name);

#endif
