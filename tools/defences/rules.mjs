// rules - the defences of src/kernel, and the tests that fail without them; as in contracts.mjs, with files below
// src/kernel. OFF is an expression of C. A test is a function, or the label of a row in quotation marks: the first row
// that fails.

const rollup = "verify/rollup.c", verify = "verify/verify.c";
const settlement = "scope/settlement.c", mailbox = "scope/mailbox.c";

const abortOf = (selector) => `if (OFF && load_be32(m->input.ptr) == (u32)${selector}) return OK; IT`;

export const rows = [
    ["missing response", rollup, "return abort_reason(m->input);", abortOf("SELECTOR_RESPONSE_MISSING"),
        ['rules: "a call whose answer is missing"']],
    ["a call skipped, added", mailbox, "return REJECT_MAILBOX_MISMATCH;", "return OFF ? OK : REJECT_MAILBOX_MISMATCH;",
        ["scope: settlement"]],
    ["a read torn by a trade", rollup, "if (seen && !runs)", "if (!OFF && seen && !runs)",
        ['rules: "a user\'s transaction between two parts of a root"']],
    ["a call back from a rollup", rollup, "return abort_reason(m->input);", abortOf("SELECTOR_OUTSIDE_CIRCLE"),
        ['rules: "a stranger calls back"']],
    ["an abort caught", rollup, "return abort_reason(m->input);", abortOf("SELECTOR_RESPONSE_MISSING"),
        ["rules: no_abort_is_caught_at_any_gas"]],
    ["a response, or a queue", rollup, "return halt_is_success(result->halt) || result->halt == HALT_REVERT ?",
        "return OFF || halt_is_success(result->halt) || result->halt == HALT_REVERT ?",
        ['rules: "a call that runs out of gas in a long response, made again"']],
    ["an abort at call depth 1024", rollup, "return halt_is_success(result->halt) || result->halt == HALT_REVERT ?",
        "return OFF || halt_is_success(result->halt) || result->halt == HALT_REVERT ?",
        ["rules: aborts_at_the_greatest_depth"]],
    ["a refund that runs out of gas", rollup, "return abort_reason(m->input);", abortOf("SELECTOR_REFUND_REFUSED"),
        ['rules: "a refund refused, and caught"']],
    ["a chain absent", settlement, "return REJECT_ABSENT;", "return OFF ? OK : REJECT_ABSENT;",
        ["scope: settlement_presence"]],
    ["two rollups swapped", settlement, "return REJECT_MAILBOX_ORDER;", "return OFF ? OK : REJECT_MAILBOX_ORDER;",
        ["scope: mailbox_order"]],
    ["a pair settled with one side", settlement, "return REJECT_UNPAIRED;", "return OFF ? OK : REJECT_UNPAIRED;",
        ["scope: settlement_presence"]],
    ["escrow of one rollup", mailbox, "return REJECT_VALUE_MISMATCH;", "return OFF ? OK : REJECT_VALUE_MISMATCH;",
        ["scope: settlement"]],
    ["a mint by withdrawal", rollup, "return REJECT_ROLLUP_HEADER;", "return OFF ? OK : REJECT_ROLLUP_HEADER;",
        ["block: header_rules"]],
    ["an announcement that is stale", rollup, "return REJECT_ANNOUNCEMENT;", "return OFF ? OK : REJECT_ANNOUNCEMENT;",
        ['lookups: "and closed"']],
    ["another root, or a transaction, between two lookups", rollup, "if (seen && !runs)", "if (!OFF && seen && !runs)",
        ['lookups: "a transaction between two lookups of a root"']],
    ["a missing answer to a lookup", rollup, "return abort_reason(m->input);", abortOf("SELECTOR_RESPONSE_MISSING"),
        ['lookups: "a lookup whose answer is missing"']],
    ["a call's response deleted", rollup, "return scope.left_over == 0 ?", "return OFF || scope.left_over == 0 ?",
        ['lookups: "a lookup\'s answer that is not closed"']],
    ["a failure that would not happen", rollup, "return abort_reason(m->input);",
        abortOf("SELECTOR_ATTEMPT_SUCCEEDED"), ['attempts: "an inline attempt that succeeds"']],
    ["a call made to fail in an attempt", rollup, "return abort_reason(m->input);", abortOf("SELECTOR_CALL_IN_ATTEMPT"),
        ['attempts: "a call in an attempt"']],
    ["an attempt handled before or after", rollup, "return abort_reason(m->input);", abortOf("SELECTOR_NOT_ANNOUNCED"),
        ['attempts: "an attempt whose call names the root"']],
    ["a system transaction sent by a user", rollup, "    return REJECT_SYSTEM_TARGET;\n",
        "    return OFF ? OK : REJECT_SYSTEM_TARGET;\n",
        ['rules: "a system transaction to an account without rights"']],
    ["the abort precompile called by a user", rollup, "|| !address_eq(&m->sender, &rollup_bridge_address))",
        "|| (!OFF && !address_eq(&m->sender, &rollup_bridge_address)))",
        ['rules: "the abort precompile called by a user"']],
    ["a forced transaction made invalid", rollup, "if (gas_limit > run->header.gas_limit - run->gas_used)",
        "if (!OFF && gas_limit > run->header.gas_limit - run->gas_used)", ["forced: it_has_room_or_is_not_taken"]],
    ["a forced transaction made invalid", rollup, "return REJECT_SYSTEM_TX_PLACE;",
        "return OFF ? OK : REJECT_SYSTEM_TX_PLACE;",
        ["forced: at_the_start_of_a_block_only"]],
    ["a system transaction in a forced entry", rollup, "& ~tx_type_bit(TX_SYSTEM)",
        "& (OFF ? ~0u : ~tx_type_bit(TX_SYSTEM))", ['forced: "a system transaction"']],
    ["a system transaction in a forced entry", rollup, "if (t->gas_limit > gas_limit)",
        "if (!OFF && t->gas_limit > gas_limit)", ['forced: "more gas than was paid for on L1"']],
    ["a prover given false input", verify, "l1_anchor_eq(&told, &v->parent_anchor) ? OK : REJECT_ANCHOR;",
        "l1_anchor_eq(&told, &v->parent_anchor) || OFF ? OK : REJECT_ANCHOR;", ["block: forged_anchor"]],
];

// Attacks on processes and nodes: the program under attack is one, and its tests take it as it is.
const processes = "the test attacks a running process";
export const elsewhere = {
    "provers that are dead": processes,
    "a prover given a state with balances": processes,
    "connections that announce": processes,
    "an L1 node with an impossible head": processes,
    "an L1 node, or a beacon node": processes,
    "an L1 node that refuses": processes,
    "provers configured for another L1": processes,
    "a promise for another L1": "the domain and the signature are hashed and recovered by OpenZeppelin",
    "a builder that signs two promises": "promise_test.c attacks the journal as it runs",
};
