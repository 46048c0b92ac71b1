// mutate_stacks - removes or negates, one at a time, every revert, modifier, comparison, condition, operand of && and
// ||, and call for its effect in the adapters of contracts/stacks. The scenario of that stack must fail for each.
//
//      node tools/mutate_stacks.mjs SCOPE [--stack NAME] [--list]
//
// As in tools/mutate.mjs, all of them are compiled at once: a mutant is on when its number is the balance, in wei, of
// an account that the scenario gets for it. `make stacks` has to be run first. The last line is "N passed, N failed".

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { settings } from "./mutation/settings.mjs";
import { solidityMutants } from "./mutation/solidity.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(root);
const require = createRequire(import.meta.url);
const scope = process.argv[2], folder = "build/mutation/stacks";
const only = process.argv.includes("--stack") ? process.argv[process.argv.indexOf("--stack") + 1] : null;

const MUTANT = "0xd9bEF8954105eCDd7c83407E5320Af2505d3F785"; // the account `mutant` of a scenario

// Mutants that no scenario can see, and why.
const UNSEEN = "the RemoteAccount of address 0 acts for nobody";
const HARMLESS = [
    ["ScopedMailbox.putInbox: peer == address(0): left out of ||", UNSEEN],
    ["ScopedAgglayerBridge.receiveMessage: peer.account == address(0): left out of ||", UNSEEN],
    ["ScopedGateway.deliver: peer == address(0): left out of ||", UNSEEN],
    ["ScopedGateway.deliver: gasleft() - gasleft() / 64 < minGas: at equality", "gas to the unit"],
    ["ScopedGateway.deliver: revert InsufficientGas(): left out", "only a payload of megabytes costs more than a gas a byte"],
    ["ScopedGateway._minGasLimit: attribute.length < 4: left out of ||", "the key does not end with a zero byte"],
    ["ScopedSignalService.receiveSignal: peer == address(0): left out of ||", UNSEEN],
    ["EthrexCommonBridge.publishWithdrawals: require(roots[batchNumber] == 0, \"CommonBridge: withdrawal logs already published\"): left out",
        "the proposer commits each number once"],
    ["EthrexCommonBridge.hasExpiredPrivilegedTransactions: block.timestamp > privilegedTxDeadline[pendingTxHashes[firstPending]]: at equality",
        "time to the second"],
    ["EthrexCommonBridge._senderAlias: msg.sender.code.length == 23: left out of &&",
        "no other code begins with 0xef (EIP-3541)"],
    ["EthrexCommonBridge._senderAlias: msg.sender == tx.origin: left out of ||",
        "a scoped call needs a bundle, whose sender calls the bridge alone"],
    ["ScopedMessageService.deliver: peer == address(0): left out of ||", UNSEEN],
];

// The sources of one stack's adapters, and all that they import.
function sourcesOf(stack) {
    const sources = {};
    const add = (name) => {
        if (sources[name])
            return;
        const content = readFileSync(["contracts", "build/stacks", "node_modules"].map((f) => join(f, name))
            .find(existsSync), "utf8");
        sources[name] = { content };
        for (const [, imported] of content.matchAll(/^\s*(?:import|\}\s*from)\b[^"';]*["']([^"']+)["']/gm))
            add(imported.startsWith(".") ? join(dirname(name), imported) : imported);
    };
    for (const file of readdirSync(join("contracts/stacks", stack)).sort())
        add(join("stacks", stack, file));
    return sources;
}

// Compiles a stack's adapters with all mutants in them -> the mutants.
function compile(stack) {
    const sources = sourcesOf(stack);
    const { mutants, switched } = solidityMutants(sources, { wanted: (f) => f.startsWith("stacks/"),
        word: `${MUTANT}.balance`, yul: `balance(${MUTANT})` });
    if (process.argv.includes("--list"))
        return mutants;
    for (const [file, content] of Object.entries(switched))
        sources[file] = { content };
    const result = JSON.parse(require("solc").compile(JSON.stringify({ language: "Solidity", sources, settings: {
        ...settings(root), optimizer: { enabled: true, runs: 1 },
        outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } } } })));
    const errors = (result.errors ?? []).filter((e) => e.severity === "error");
    if (errors.length)
        throw new Error(errors.map((e) => e.formattedMessage).join("\n"));
    const { contracts } = JSON.parse(readFileSync("build/stacks/solc-output.json"));
    for (const file of Object.keys(switched))
        contracts[file] = result.contracts[file] ?? contracts[file];
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${stack}.json`), JSON.stringify({ contracts }));
    return mutants;
}

// The exit status of a stack's scenario with one mutant on: 0, or 1 when an expectation or a step failed.
function run(stack, id) {
    const text = readFileSync(`examples/stacks/${stack}.yaml`, "utf8"), file = join(folder, `${stack}.yaml`);
    const chains = [...text.matchAll(/^  (\w+):(?: \{|\n   ) kind: (?:l1|rollup)/gm)]
        .map(([, name]) => `${name}: ${id}`);
    writeFileSync(file, text.replace(/^accounts:$/m, `accounts:\n  mutant: { balance: { ${chains.join(", ")} } }`)
        .replaceAll("../../build/stacks/solc-output.json", resolve(folder, `${stack}.json`))
        .replaceAll("../../build/", resolve("build") + "/"));
    const r = spawnSync(scope, ["run", file], { encoding: "utf8", maxBuffer: 1 << 28 });
    if (![0, 1].includes(r.status))
        throw new Error(`mutant ${id} of ${stack}: exit status ${r.status}\n${(r.stdout + r.stderr).slice(-800)}`);
    return r.status;
}

let passed = 0, failed = 0;
for (const stack of readdirSync("contracts/stacks").filter((f) => f !== "dapps" && !f.endsWith(".json"))) {
    if (only && stack !== only)
        continue;
    const mutants = compile(stack);
    if (process.argv.includes("--list")) {
        mutants.forEach((m) => console.log(`${stack}: ${m.name}`));
        continue;
    }
    if (run(stack, 0) !== 0)
        throw new Error(`${stack}: without a mutant, its scenario fails`);
    for (const m of mutants) {
        const harmless = HARMLESS.some(([name]) => m.name === name);
        const killed = m.insert ? run(stack, m.id) !== 0 : null;
        if (killed === harmless || killed === null) {
            failed++;
            console.log(`${stack}: ${killed === null ? "not tried" : killed ? "killed, but listed as harmless" : "survived"}: ${m.name}`);
        } else {
            passed++;
        }
    }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
