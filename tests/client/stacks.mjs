// stacks - other stacks' own contracts over SCOPE: whose code ran, and that it was what decided.
//
//   node tests/client/stacks.mjs SCOPE
//
// Each examples/stacks/NAME.yaml meets its expectations, of which `code` has the keccak of every contract of others,
// and its name behind it. The expected hash is computed here from the package: by viem of the published runtime code,
// or, where a package has creation code alone, of what @ethereumjs/evm leaves when it runs it. Then the rollups are
// executed by @ethereumjs from genesis, and derived from L1. Twins of a scenario, one thing changed in each, must fail
// with the stack's own error.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createEVM } from "@ethereumjs/evm";
import { bytesToHex, hexToBytes } from "@ethereumjs/util";
import { concat, encodeAbiParameters, keccak256, parseEther, toBytes, toEventSelector, toFunctionSelector,
    zeroHash } from "viem";
import { privateKeyToAddress } from "viem/accounts";

const scope = process.argv[2], folder = mkdtempSync(join(tmpdir(), "stacks-")), examples = "examples/stacks";
const packages = JSON.parse(readFileSync("contracts/stacks/packages.json"));
let passed = 0, failed = 0;

function check(what, holds, seen = "") {
    holds ? passed++ : failed++;
    if (!holds)
        console.log(`not so: ${what} ${seen}`);
}

const run = (program, ...args) => spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28 });
const tail = (r) => (r.stdout + r.stderr).slice(-600);

// The runtime code of a contract of a package: as published, or as its constructor leaves it.
async function runtimeCode(stack, name) {
    const artifact = JSON.parse(readFileSync(`build/stacks/${stack}/${name}.json`));
    if (artifact.deployedBytecode && !artifact.deployedBytecode.immutableReferences)
        return artifact.deployedBytecode.object;
    const evm = await createEVM();
    const { execResult } = await evm.runCall({ data: hexToBytes(artifact.bytecode.object ?? artifact.bytecode),
        gasLimit: 1n << 40n });
    if (execResult.exceptionError)
        throw new Error(`the constructor of ${name} fails: ${execResult.exceptionError.error}`);
    return bytesToHex(execResult.returnValue);
}

async function checkCode(stack, text) {
    const row = packages.find((p) => p.folder === stack), names = new Set();
    for (const [, hash, name] of text.matchAll(/code: .*keccak256: "(0x[0-9a-f]{64})" \} # (\w+)/g)) {
        const expected = keccak256(await runtimeCode(stack, name));
        check(`${name} is that of ${row.package}`, hash === expected, `${hash}, the package has ${expected}`);
        if (!names.has(name))
            console.log(`${row.package} ${row.version}: ${name} ${expected}`);
        names.add(name);
    }
    for (const name of [...row.artifacts ?? [], ...row.factories ?? []])
        if (text.includes(`/${name}.json`) && !UNCHECKED.has(name))
            check(`the code of ${name} is expected`, names.has(name));
}
// What a contract of theirs creates, with immutable values of its own; a proxy with its implementation's address.
const UNCHECKED = new Set(["OptimismMintableERC20", "TransparentUpgradeableProxy"]);

// Three programs: ours, @ethereumjs from genesis, and the derivation from L1.
function checkRun(name, file) {
    const out = (kind) => join(folder, `${name}.${kind}.json`);
    const r = run(scope, "run", file, "--export-l1", out("l1"), "--export-rollups", out("rollups"),
        "--export-genesis", out("genesis"));
    check(`${name} meets its expectations`, r.status === 0, tail(r));
    if (r.status !== 0)
        return;
    const executed = run(process.execPath, "tests/client/rollup.mjs", out("rollups"));
    check(`${name}: @ethereumjs has the same blocks`, executed.status === 0, tail(executed));
    const derived = run(scope, "derive", "--l1-file", out("l1"), "--rollups", out("genesis"));
    check(`${name}: derived from L1`, derived.status === 0, tail(derived));
}

// The root and the proof by which messages to L1 are claimed are those of the SDK's own tree.
function checkLineaRoot(text) {
    const sdk = {}, ethers = { ZeroHash: zeroHash, solidityPackedKeccak256: (_, words) => keccak256(concat(words)) };
    new Function("exports", "require", readFileSync("build/stacks/linea/dist/lib/sdk/merkleTree/SparseMerkleTree.js", "utf8"))(
        sdk, () => ({ ethers }));
    const account = (name) => privateKeyToAddress(keccak256(toBytes(`scope:account:${name}`)));
    const hash = (...values) => keccak256(encodeAbiParameters(
        ["address", "address", "uint256", "uint256", "uint256", "bytes"].map((type) => ({ type })), values));
    const tree = new sdk.SparseMerkleTree(5);
    tree.addLeaf(0, hash(account("bob"), account("erin"), parseEther("0.05"), parseEther("2"), 1n, "0x"));
    tree.addLeaf(1, hash(account("bob"), account("alice"), 0n, 0n, 2n, "0x1234"));
    const { root, proof } = tree.getProof(0);
    check("LineaRollup finalizes the root of the SDK's SparseMerkleTree", text.includes(`103, ["${root}"], 5, `));
    check("and the claim has its proof", text.includes(`args: [[["${proof.join('", "')}"], 1, 0, bob, erin, 0.05 ether, 2 ether, erin`));
}

// The gateway of ERC-7786 has the functions, the event and the error of the ERC's text, and its selectors.
function checkErc7786() {
    const { abi } = JSON.parse(readFileSync("build/stacks/solc-output.json"))
        .contracts["stacks/erc7786/ScopedGateway.sol"].ScopedGateway;
    const ids = new Set(abi.filter((x) => x.name).map((x) => x.type === "event" ? toEventSelector(x)
        : toFunctionSelector({ ...x, type: "function", outputs: [], stateMutability: "view" })));
    for (const text of ["function supportsAttribute(bytes4) external view returns (bool)",
        "function sendMessage(bytes,bytes,bytes[]) external payable returns (bytes32)",
        "event MessageSent(bytes32 indexed,bytes,bytes,bytes,uint256,bytes[])",
        "function UnsupportedAttribute(bytes4) external"])
        check(`ScopedGateway has ${text}`,
            ids.has(text.startsWith("event") ? toEventSelector(text) : toFunctionSelector(text)));
    const { stateMutability, outputs } = abi.find((x) => x.name === "sendMessage");
    check("sendMessage is payable and returns the sendId", stateMutability === "payable"
        && outputs.map((o) => o.type).join() === "bytes32");
    const text = readFileSync("node_modules/@openzeppelin/contracts/interfaces/draft-IERC7786.sol", "utf8");
    check("OpenZeppelin's receiveMessage is the ERC's, 0x2432ef26", /receiveMessage\(\s*bytes32/.test(text)
        && toFunctionSelector("receiveMessage(bytes32,bytes,bytes)") === "0x2432ef26");
}

// One thing changed: what is replaced, by what, and the error of theirs that must be in the report.
const TWINS = {
    optimism: [
        ["another messenger than the aliased one", "args: [$otherMessenger]", "args: [portal]",
            "CrossDomainMessenger: message cannot be replayed"],
        ["a target that its counterpart does not call",
            "args: [l2Counter, { to: l2Counter, function: add, args: [42] }, 200_000]",
            "args: [l2Player, { to: l2Player, function: take, args: [0] }, 200_000]", "✗ l2Counter.count() is 1"],
    ],
    linea: [
        ["one of two messages left out",
            "                - [alice, inbox, 0, 0, 3, { to: inbox, function: put, args: [8] }]\n", "",
            "✗ inbox.count() is 2"],
        ["another word than was sent",
            "- - [alice, inbox, 0.05 ether, 0.9 ether, 2, { to: inbox, function: put, args: [7] }]",
            "- - [alice, inbox, 0.05 ether, 0.9 ether, 2, { to: inbox, function: put, args: [6] }]",
            "L1RollingHashSynchronizationWrong"],
        ["a receiver that may not set messages", "args: [$setter, receiver]", "args: [$setter, alice]",
            "AccessControl"],
    ],
    erc7786: [
        ["a recipient that trusts another gateway", "args: [rollupGateway, $l1.id, player]",
            "args: [mute, $l1.id, player]", "ERC7786RecipientUnauthorizedGateway(rollupGateway"],
        ["a recipient that trusts another sender", "args: [rollupGateway, $l1.id, player]",
            "args: [rollupGateway, $l1.id, token]", "ERC7786RecipientUnauthorizedGateway"],
        ["a gateway that trusts another gateway", "args: [$l1.id, gateway]", "args: [$l1.id, alice]", "OnlyPeer"],
    ],
};

function checkTwins(name, text) {
    for (const [what, from, to, error] of TWINS[name] ?? []) {
        check(`${name} has "${from}"`, text.includes(from));
        const file = join(folder, "twin.yaml");
        writeFileSync(file, text.replace(from, to).replaceAll("../../build/", resolve("build") + "/"));
        const r = run(scope, "run", file);
        check(`${name}: ${what} fails`, r.status === 1 && (r.stdout + r.stderr).replace(/\s+/g, " ").includes(error),
            `${r.status} ${tail(r)}`);
    }
}

checkErc7786();
for (const file of readdirSync(examples).filter((f) => f.endsWith(".yaml")).sort()) {
    const name = file.replace(".yaml", ""), text = readFileSync(join(examples, file), "utf8");
    if (packages.some((p) => p.folder === name))
        await checkCode(name, text);
    checkRun(name, join(examples, file));
    checkTwins(name, text);
    if (name === "linea")
        checkLineaRoot(text);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
