// natspec - every public item of contracts/src and contracts/examples is documented: contracts, functions that can be
// called from outside, constructors, public variables, events, errors and structs. That the names of parameters are
// right is the compiler's own check. Reads the syntax trees of the last build (tools/compile_contracts.mjs).

import { readFileSync } from "node:fs";
import { closingLine } from "./runner.mjs";

const { sources } = JSON.parse(readFileSync("build/contracts/solc-output.json", "utf8"));
const outcome = { passed: 0, failed: 0, skipped: 0 };

const isPublic = {
    ContractDefinition: () => true,
    FunctionDefinition: (n) => ["external", "public"].includes(n.visibility),
    VariableDeclaration: (n) => n.stateVariable && n.visibility === "public",
    EventDefinition: () => true,
    ErrorDefinition: () => true,
    StructDefinition: (n, contract) => contract.contractKind === "interface",
};

// An overriding function needs @inheritdoc or its own text; a constructor, text for its parameters.
function check(node, contract, file) {
    if (!isPublic[node.nodeType]?.(node, contract))
        return;
    const needsNotice = node.kind !== "constructor";
    const text = node.documentation?.text ?? "";
    const empty = node.kind === "constructor" && !node.parameters.parameters.length;
    const good = empty || (needsNotice ? /@notice |@inheritdoc /.test(text) || (text && !text.startsWith("@")) : text);
    outcome[good ? "passed" : "failed"]++;
    if (!good)
        console.log(`${file}: ${contract.name}${node === contract ? "" : `.${node.name || node.kind}`} (${node.nodeType}) has no notice`);
}

for (const [file, { ast }] of Object.entries(sources).filter(([f]) => /^(src|examples)\//.test(f)))
    for (const contract of ast.nodes.filter((n) => n.nodeType === "ContractDefinition")) {
        check(contract, contract, file);
        contract.nodes.forEach((node) => check(node, contract, file));
    }
console.log(closingLine(outcome));
process.exitCode = outcome.failed || !outcome.passed ? 1 : 0;
