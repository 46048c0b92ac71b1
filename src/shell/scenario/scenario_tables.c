#include "scenario/scenario_tables.h"

#define FIELD(key, shape_, presence_, type, member) \
    {.name = (key), .shape = SHAPE_##shape_, .presence = (presence_), .offset = offsetof(type, member)}
#define CHOICE(key, presence_, type, member, ...)                                                           \
    {.name = (key), .shape = SHAPE_CHOICE, .presence = (presence_), .offset = offsetof(type, member),       \
     .choices = (const char *const[]){__VA_ARGS__, NULL}}
#define MANY(key, shape_, presence_, type, member, schema_)                                                 \
    {.name = (key), .shape = SHAPE_##shape_, .presence = (presence_), .offset = offsetof(type, member),     \
     .record = (schema_)}
#define VARIANT(verb_, what_, fields_) \
    { \
        .verb = (verb_), .what = (what_), .fields = (fields_), .count = COUNT_OF(fields_) \
    }
#define ONE_VARIANT(what_, fields_) (const struct variant[]){VARIANT(NULL, what_, fields_)}

static const struct field genesis_predeploy_fields[] = {
    FIELD("at", TEXT, REQUIRED, struct scenario_genesis, at),
    FIELD("artifact", TEXT, REQUIRED, struct scenario_genesis, artifact),
    FIELD("contract", TEXT, OPTIONAL, struct scenario_genesis, contract),
    FIELD("args", NODE, OPTIONAL, struct scenario_genesis, args),
};
static const struct field genesis_alloc_fields[] = {
    FIELD("alloc", TEXT, REQUIRED, struct scenario_genesis, alloc),
};
static const struct variant genesis_variants[] = {
    [GENESIS_PREDEPLOY] = VARIANT("at", "a predeploy", genesis_predeploy_fields),
    [GENESIS_ALLOC] = VARIANT("alloc", "an alloc", genesis_alloc_fields),
};
static const struct schema genesis_schema = {
    .what = "an item of genesis", .size = sizeof(struct scenario_genesis), .items_max = 256,
    .variants = genesis_variants, .count = COUNT_OF(genesis_variants)};

static const struct field chain_fields[] = {
    CHOICE("kind", REQUIRED, struct scenario_chain, kind, "l1", "rollup"),
    FIELD("id", COUNT, REQUIRED, struct scenario_chain, id),
    CHOICE("fork", OPTIONAL, struct scenario_chain, fork, "osaka", "prague"),
    FIELD("gasLimit", COUNT, OPTIONAL, struct scenario_chain, gas_limit),
    FIELD("baseFee", AMOUNT, OPTIONAL, struct scenario_chain, base_fee),
    FIELD("timestamp", COUNT, OPTIONAL, struct scenario_chain, timestamp),
    FIELD("coinbase", TEXT, OPTIONAL, struct scenario_chain, coinbase),
    MANY("genesis", LIST, OPTIONAL, struct scenario_chain, genesis, &genesis_schema),
};
static const struct schema chain_schema = {
    .what = "a chain", .size = sizeof(struct scenario_chain), .items_max = SCENARIO_CHAINS_MAX,
    .variants = ONE_VARIANT("a chain", chain_fields), .count = 1};

static const struct field account_fields[] = {
    FIELD("key", TEXT, OPTIONAL, struct scenario_account, key_text),
    FIELD("balance", NODE, OPTIONAL, struct scenario_account, balances),
};
static const struct schema account_schema = {
    .what = "an account", .size = sizeof(struct scenario_account), .items_max = SCENARIO_ACCOUNTS_MAX,
    .variants = ONE_VARIANT("an account", account_fields), .count = 1};

static const struct field call_fields[] = {
    FIELD("to", NODE, REQUIRED, struct scenario_call, to),
    FIELD("function", TEXT, OPTIONAL, struct scenario_call, function),
    FIELD("args", NODE, OPTIONAL, struct scenario_call, args),
    FIELD("data", NODE, OPTIONAL, struct scenario_call, data),
    FIELD("value", AMOUNT, OPTIONAL, struct scenario_call, value),
};
static const struct schema call_schema = {
    .what = "a call", .size = sizeof(struct scenario_call), .items_max = 64,
    .variants = ONE_VARIANT("a call", call_fields), .count = 1};

#define SEND_FIELDS(type, prefix)                                  \
    FIELD("send", TEXT, REQUIRED, type, prefix label),             \
    FIELD("from", NAME, REQUIRED, type, prefix from),              \
    FIELD("chain", NAME, OPTIONAL, type, prefix chain),            \
    FIELD("to", NODE, REQUIRED, type, prefix call.to),             \
    FIELD("function", TEXT, OPTIONAL, type, prefix call.function), \
    FIELD("args", NODE, OPTIONAL, type, prefix call.args),         \
    FIELD("data", NODE, OPTIONAL, type, prefix call.data),         \
    FIELD("value", AMOUNT, OPTIONAL, type, prefix call.value),     \
    FIELD("gasLimit", COUNT, OPTIONAL, type, prefix gas_limit)

#define OPERATE_FIELDS(type, prefix)                               \
    FIELD("operate", TEXT, REQUIRED, type, prefix label),          \
    FIELD("account", NAME, REQUIRED, type, prefix account),        \
    MANY("calls", LIST, REQUIRED, type, prefix calls, &call_schema), \
    FIELD("gasLimit", COUNT, OPTIONAL, type, prefix gas_limit),    \
    FIELD("deadline", COUNT, OPTIONAL, type, prefix deadline),     \
    FIELD("submitter", NODE, OPTIONAL, type, prefix submitter)

static const struct field submit_send_fields[] = {
    SEND_FIELDS(struct scenario_submission, send.),
    FIELD("atomic", NAME, OPTIONAL, struct scenario_submission, atomic),
};
static const struct field submit_operate_fields[] = {
    OPERATE_FIELDS(struct scenario_submission, operate.),
    FIELD("atomic", NAME, OPTIONAL, struct scenario_submission, atomic),
};
static const struct variant submit_variants[] = {
    [SUBMIT_SEND] = VARIANT("send", "a transaction", submit_send_fields),
    [SUBMIT_OPERATE] = VARIANT("operate", "an operation", submit_operate_fields),
};
static const struct schema submit_schema = {
    .what = "work for a slot", .size = sizeof(struct scenario_submission), .items_max = 1000,
    .variants = submit_variants, .count = COUNT_OF(submit_variants)};

static const struct field forge_edit_fields[] = {
    FIELD("editResponse", COUNT, REQUIRED, struct scenario_forgery, call),
    FIELD("byte", COUNT, OPTIONAL, struct scenario_forgery, byte),
    FIELD("refused", TEXT, REQUIRED, struct scenario_forgery, refused),
    FIELD("with", NODE, OPTIONAL, struct scenario_forgery, with),
};
static const struct field forge_leave_out_fields[] = {
    FIELD("leaveOut", COUNT, REQUIRED, struct scenario_forgery, call),
    FIELD("refused", TEXT, REQUIRED, struct scenario_forgery, refused),
    FIELD("with", NODE, OPTIONAL, struct scenario_forgery, with),
};
static const struct field forge_swap_fields[] = {
    FIELD("swap", NODE, REQUIRED, struct scenario_forgery, calls),
    FIELD("refused", TEXT, REQUIRED, struct scenario_forgery, refused),
    FIELD("with", NODE, OPTIONAL, struct scenario_forgery, with),
};
static const struct variant forgery_variants[] = {
    [FORGE_EDIT] = VARIANT("editResponse", "an edited response", forge_edit_fields),
    [FORGE_LEAVE_OUT] = VARIANT("leaveOut", "a call left out", forge_leave_out_fields),
    [FORGE_SWAP] = VARIANT("swap", "a swap of calls", forge_swap_fields),
};
static const struct schema forgery_schema = {
    .what = "a forgery", .size = sizeof(struct scenario_forgery), .items_max = 100,
    .variants = forgery_variants, .count = COUNT_OF(forgery_variants)};

#define EXPECT(key, shape_, presence_, member) FIELD(key, shape_, presence_, struct scenario_expectation, member)
#define BOUND_FIELDS                                    \
    EXPECT("equals", NODE, OPTIONAL, bound.equals),     \
    EXPECT("atLeast", NODE, OPTIONAL, bound.at_least),  \
    EXPECT("atMost", NODE, OPTIONAL, bound.at_most)

static const struct field expect_outcome_fields[] = {
    EXPECT("outcome", TEXT, REQUIRED, label),
    CHOICE("is", REQUIRED, struct scenario_expectation, is, "settled", "reverted", "rejected", "pending"),
    EXPECT("reason", TEXT, OPTIONAL, reason),
};
static const struct field expect_call_fields[] = {
    EXPECT("call", TEXT, REQUIRED, call.function),
    EXPECT("to", NODE, REQUIRED, call.to),
    EXPECT("args", NODE, OPTIONAL, call.args),
    EXPECT("from", NAME, OPTIONAL, from),
    EXPECT("returns", NODE, OPTIONAL, returns),
    BOUND_FIELDS,
};
static const struct field expect_balance_fields[] = {
    EXPECT("balance", NODE, REQUIRED, who),
    EXPECT("chain", NAME, OPTIONAL, chain),
    BOUND_FIELDS,
};
static const struct field expect_event_fields[] = {
    EXPECT("event", TEXT, REQUIRED, event),
    EXPECT("by", NODE, REQUIRED, who),
    EXPECT("args", NODE, OPTIONAL, call.args),
};
static const struct field expect_storage_fields[] = {
    EXPECT("storage", NODE, REQUIRED, who),
    EXPECT("chain", NAME, OPTIONAL, chain),
    EXPECT("key", NODE, REQUIRED, key),
    BOUND_FIELDS,
};
static const struct field expect_code_fields[] = {
    EXPECT("code", NODE, REQUIRED, who),
    EXPECT("chain", NAME, OPTIONAL, chain),
    EXPECT("keccak256", TEXT, REQUIRED, code_hash),
};
static const struct field expect_conserved_fields[] = {
    CHOICE("conserved", REQUIRED, struct scenario_expectation, unit, "ETH"),
};
const struct variant expect_variants[] = {
    [EXPECT_OUTCOME] = VARIANT("outcome", "an expected outcome", expect_outcome_fields),
    [EXPECT_CALL] = VARIANT("call", "an expected answer", expect_call_fields),
    [EXPECT_BALANCE] = VARIANT("balance", "an expected balance", expect_balance_fields),
    [EXPECT_EVENT] = VARIANT("event", "an expected event", expect_event_fields),
    [EXPECT_STORAGE] = VARIANT("storage", "an expected storage word", expect_storage_fields),
    [EXPECT_CODE] = VARIANT("code", "expected code", expect_code_fields),
    [EXPECT_CONSERVED] = VARIANT("conserved", "conservation", expect_conserved_fields),
};
static const struct schema expect_schema = {
    .what = "an expectation", .size = sizeof(struct scenario_expectation), .items_max = 1000,
    .variants = expect_variants, .count = COUNT_OF(expect_variants)};

#define STEP(key, shape_, presence_, member) FIELD(key, shape_, presence_, struct scenario_step, member)

static const struct field deploy_fields[] = {
    STEP("deploy", NAME, REQUIRED, contract.name),
    STEP("chain", NAME, REQUIRED, contract.chain),
    STEP("from", NAME, REQUIRED, contract.from),
    STEP("artifact", TEXT, REQUIRED, contract.artifact),
    STEP("contract", TEXT, OPTIONAL, contract.contract),
    STEP("args", NODE, OPTIONAL, contract.args),
    STEP("value", AMOUNT, OPTIONAL, contract.value),
    STEP("gasLimit", COUNT, OPTIONAL, contract.gas_limit),
};
static const struct field attach_fields[] = {
    STEP("attach", NAME, REQUIRED, contract.name),
    STEP("chain", NAME, REQUIRED, contract.chain),
    STEP("address", NODE, REQUIRED, contract.address),
    STEP("artifact", TEXT, REQUIRED, contract.artifact),
    STEP("contract", TEXT, OPTIONAL, contract.contract),
};
static const struct field read_fields[] = {
    STEP("read", NAME, REQUIRED, read.name),
    STEP("to", NODE, REQUIRED, read.call.to),
    STEP("function", TEXT, REQUIRED, read.call.function),
    STEP("args", NODE, OPTIONAL, read.call.args),
    STEP("from", NAME, OPTIONAL, read.from),
};
static const struct field send_fields[] = {SEND_FIELDS(struct scenario_step, send.)};
static const struct field operate_fields[] = {OPERATE_FIELDS(struct scenario_step, operate.)};
static const struct field slot_fields[] = {
    STEP("slot", TEXT, REQUIRED, slot.label),
    MANY("submit", LIST, REQUIRED, struct scenario_step, slot.submit, &submit_schema),
    MANY("forgeries", LIST, OPTIONAL, struct scenario_step, slot.forgeries, &forgery_schema),
    MANY("expect", LIST, OPTIONAL, struct scenario_step, slot.expect, &expect_schema),
};
static const struct field check_fields[] = {
    MANY("check", LIST, REQUIRED, struct scenario_step, check, &expect_schema),
};
static const struct variant step_variants[] = {
    [STEP_DEPLOY] = VARIANT("deploy", "a deployment", deploy_fields),
    [STEP_ATTACH] = VARIANT("attach", "an attached contract", attach_fields),
    [STEP_READ] = VARIANT("read", "a read", read_fields),
    [STEP_SEND] = VARIANT("send", "a transaction", send_fields),
    [STEP_OPERATE] = VARIANT("operate", "an operation", operate_fields),
    [STEP_SLOT] = VARIANT("slot", "a slot", slot_fields),
    [STEP_CHECK] = VARIANT("check", "a check", check_fields),
};
static const struct schema step_schema = {
    .what = "a step", .size = sizeof(struct scenario_step), .items_max = SCENARIO_STEPS_MAX,
    .variants = step_variants, .count = COUNT_OF(step_variants)};

static const struct field prover_fields[] = {
    FIELD("count", COUNT, REQUIRED, struct scenario_provers, count),
    FIELD("threshold", COUNT, REQUIRED, struct scenario_provers, threshold),
};
static const struct schema prover_schema = {
    .what = "provers", .size = sizeof(struct scenario_provers), .items_max = 1,
    .variants = ONE_VARIANT("provers", prover_fields), .count = 1};

static const struct field scenario_fields[] = {
    FIELD("scenario", TEXT, REQUIRED, struct scenario, title),
    FIELD("about", TEXT, OPTIONAL, struct scenario, about),
    MANY("chains", NAMED, REQUIRED, struct scenario, chain_list, &chain_schema),
    MANY("accounts", NAMED, OPTIONAL, struct scenario, account_list, &account_schema),
    MANY("provers", RECORD, OPTIONAL, struct scenario, provers, &prover_schema),
    MANY("steps", LIST, REQUIRED, struct scenario, step_list, &step_schema),
};
const struct schema scenario_schema = {
    .what = "a scenario", .size = sizeof(struct scenario), .items_max = 1,
    .variants = ONE_VARIANT("a scenario", scenario_fields), .count = 1};
