// stacks - other stacks' own contracts over SCOPE: whose code ran, and that it was what decided.
//
//   node tests/client/stacks.mjs SCOPE [NAME]
//
// Each examples/stacks/NAME.yaml meets its expectations, of which `code` has the keccak of every contract of others,
// and its name behind it. The expected hash is computed here from the package: by viem of the published runtime code,
// or, where a package has creation code alone, of what @ethereumjs/evm leaves when it runs it. Then the rollups are
// executed by @ethereumjs from genesis, and derived from L1. Twins of a scenario, one thing changed in each, must fail
// with the stack's own error.
//
// SCOPE_STACK_ARTIFACTS names a folder with a stack's own compiled contracts (docs/stacks.md, "Your own artifacts").

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createEVM } from "@ethereumjs/evm";
import { bytesToHex, hexToBytes } from "@ethereumjs/util";
import { concat, encodeAbiParameters, encodePacked, getContractAddress, keccak256, parseEther, toBytes, toEventSelector,
    toFunctionSelector, toHex, zeroHash } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { ethrexValues, publishedInputsHold } from "./ethrex_values.mjs";
import { ownBridge, withOwnBridge } from "./stacks_own.mjs";

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
    const hash = (...values) => keccak256(encodeAbiParameters(
        ["address", "address", "uint256", "uint256", "uint256", "bytes"].map((type) => ({ type })), values));
    const tree = new sdk.SparseMerkleTree(5);
    tree.addLeaf(0, hash(account("bob"), account("erin"), parseEther("0.05"), parseEther("2"), 1n, "0x"));
    tree.addLeaf(1, hash(account("bob"), account("alice"), 0n, 0n, 2n, "0x1234"));
    const { root, proof } = tree.getProof(0);
    check("LineaRollup finalizes the root of the SDK's SparseMerkleTree", text.includes(`103, ["${root}"], 5, `));
    check("and the claim has its proof", text.includes(`args: [[["${proof.join('", "')}"], 1, 0, bob, erin, 0.05 ether, 2 ether, erin`));
}

const account = (name) => privateKeyToAddress(keccak256(toBytes(`scope:account:${name}`)));
const created = (name, nonce) => getContractAddress({ from: account(name), nonce });

// AggLayer's leaves and roots that the scenario expects, from the formula: all levels of the tree, from all leaves.
function checkAgglayer(text) {
    const leaf = (...values) => keccak256(encodePacked(
        ["uint8", "uint32", "address", "uint32", "address", "uint256", "bytes32"], values));
    const pair = (left, right) => keccak256(concat([left, right]));
    const root = (leaves) => {
        let row = leaves, empty = zeroHash;
        for (let height = 0; height < 32; height++, empty = pair(empty, empty))
            row = Array.from({ length: Math.max(1, row.length + 1 >> 1) }, (_, i) =>
                pair(row[2 * i] ?? empty, row[2 * i + 1] ?? empty));
        return row[0];
    };
    const metadata = "0x8cc263e342b01c047e88e909c6c3c14c52c8f04a85574cf18578c7de8fbe2736";
    const token = "0xaae0a1ab5eda004d7884c0c081f490d5a77e8c32", to = "0x78a0cd642a490bb203b2e895b0dd0622ab3ba0e2";
    const exit = leaf(0, 0, token, 0, to, 40000000000000000n, metadata);
    check("the certificate's local exit root is that of its leaf",
        root([exit]) === "0xd81cdb2aa661be025c204916103af6b00404f474c6dab3eda8595f2c3cf63572" && text.includes(exit));
    check("leaf 214645 is the certificate's", text.includes(leaf(0, 0, token, 14, to, 50000000000000000n, metadata)));
    const player = created("admin", 2n), word = (n) => keccak256(toHex(n, { size: 32 }));
    const out = [[parseEther("1"), 1], [parseEther("1"), 0], [0n, 0]].map(([value, hops]) =>
        leaf(1, 0, player, 14, player, value, word(hops)));
    check("the exit root of three messages", text.includes(`getRoot, to: bridge, returns: "${root(out)}"`));
    check("and of the answer", text.includes(`getRoot, to: rollupBridge, returns: "${
        root([leaf(1, 14, player, 0, player, parseEther("1"), word(0))])}"`));
}

// Keys and roots of Compose's mailbox, from the formula.
function checkCirc(text) {
    const wanda = created("wanda", 0n), eve = created("eve", 0n);
    const key = (...values) => keccak256(encodePacked(
        ["uint256", "uint256", "address", "address", "uint256", "string"], values));
    const mix = (root, ...values) => keccak256(encodeAbiParameters(
        [{ type: "bytes32" }, { type: "bytes32" }, { type: "bytes" }], [root, ...values]));
    const ping = (session) => key(7001n, 7002n, wanda, eve, session, "PING");
    const pong = key(7002n, 7001n, eve, wanda, 5n, "PONG");
    const pings = [["0x1234", 5n], ...[1n, 2n, 3n, 4n, 5n].map((i) => [`0x0${i}`, 5n + i])];
    for (const [what, value] of Object.entries({ "the key of PING": ping(5n), "the key of PONG": pong,
        "the root of PINGs": pings.reduce((root, [data, session]) => mix(root, ping(session), data), zeroHash),
        "the root of PONG": mix(zeroHash, pong, "0x5678") }))
        check(`${what} is Compose's`, text.includes(value), value);
}

// Hashes of privileged transactions, messages and public inputs, from Ethrex's formulas and its own test; and the
// selectors and events of its interface.
function checkEthrex(text) {
    for (const [what, value] of Object.entries(ethrexValues({ account, created })))
        check(`${what} is Ethrex's`, text.includes(`"${value}"`), value);
    check("the published public inputs have the published sha256", publishedInputsHold());
    const { contracts } = JSON.parse(readFileSync("build/stacks/solc-output.json"));
    for (const [name, id, signature] of ETHREX) {
        const { abi } = contracts[`stacks/ethrex/${name}.sol`][name];
        const own = abi.filter((x) => x.name).map((x) => x.type === "event" ? toEventSelector(x)
            : toFunctionSelector({ ...x, type: "function", outputs: [], stateMutability: "view" }));
        check(`${name} has ${signature}`, own.includes(id));
    }
}
const ETHREX = [ // published ids
    ["EthrexCommonBridge", "0x327091d3", "sendToL2"], ["EthrexCommonBridge", "0x6e553f65", "deposit"],
    ["EthrexCommonBridge", "0x7d76dd36798b00b9c38def780dc4741f49a0f441afba4260388a8f5634eac186", "PrivilegedTxSent"],
    ["EthrexCommonBridgeL2", "0xb0f4d395", "mintETH"], ["EthrexCommonBridgeL2", "0x51cff8d9", "withdraw"],
    ["EthrexMessenger", "0x00cffbe5", "sendMessageToL1"],
    ["EthrexMessenger", "0x18d7b705344d616d1b61daa6a8ccfcf9f10c27ade007cc45cf870d1e121f1a9d", "L1Message"],
];

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
    taiko: [
        ["a message edited on the way", "relay, args: [[0, 0.01 ether,", "relay, args: [[0, 0.02 ether,",
            "✗ alice writes settles"],
        ["a bridge that trusts another bridge", "to: bridgeOnTaiko\n    function: connect\n    args: [bridge]",
            "to: bridgeOnTaiko\n    function: connect\n    args: [alice]", "B_SIGNAL_NOT_RECEIVED"],
        ["signals that trust others", "to: signalsOnTaiko\n    function: connect\n    args: [signals]",
            "to: signalsOnTaiko\n    function: connect\n    args: [alice]", "OnlyPeer"],
    ],
    ethrex: [
        ["a rollup's bridge that trusts another bridge", "to: l2Bridge\n    function: connect\n    args: [bridge]",
            "to: l2Bridge\n    function: connect\n    args: [alice]", "OnlyPeer"],
        ["a target that trusts another sender", "args: [$sender]", "args: [alice]", "✗ inbox.sum() is 5"],
        ["a batch of one privileged transaction more", '"0x0009', '"0x000a',
            "number is greater than the length of pendingTxHashes"],
    ],
    agglayer: [
        ["a bridge that trusts another bridge", "args: [0, $l1.id, bridge]", "args: [0, $l1.id, alice]", "OnlyPeer"],
        ["a receiver that trusts another sender", "args: [0, player]", "args: [0, alice]", "NotFromPeer"],
    ],
    circ: [
        ["a mailbox that trusts another mailbox", "args: [$west.id, mailbox]", "args: [$west.id, wanda]",
            "InvalidCoordinator"],
        ["a message of another session", 'args: [$west.id, player, 5, "0x5678"]',
            'args: [$west.id, player, 6, "0x5678"]', "MessageNotFound"],
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

// Taiko's own Bridge of SCOPE_STACK_ARTIFACTS. And that a Bridge of such a folder is what runs: with a contract of ours
// that has the constructor and the initializer of Taiko's, and with the same when its messages have another hash.
function checkOwnArtifacts() {
    const text = readFileSync(join(examples, "taiko.yaml"), "utf8");
    const scenario = (name, { file }) => {
        const path = join(folder, `${name}.yaml`);
        writeFileSync(path, withOwnBridge(text, file).replaceAll("../../build/", resolve("build") + "/"));
        return path;
    };
    const { abi, evm } = JSON.parse(readFileSync("build/stacks/solc-output.json"))
        .contracts["stacks/dapps/TaikoSetup.sol"].Bridge;
    const made = (name, code) => {
        mkdirSync(join(folder, name, "taiko"), { recursive: true });
        writeFileSync(join(folder, name, "taiko/Bridge.json"),
            JSON.stringify({ abi, bytecode: { object: `0x${code}` } }));
        return ownBridge(join(folder, name));
    };
    const code = evm.bytecode.object, word = Buffer.from("TAIKO_MESSAGE").toString("hex");
    const own = made("own", code), edited = made("edited", code.replaceAll(word, word.replace(/^54/, "55")));
    check("the hash of a folder's Bridge is that of its creation code", own.hash === keccak256(`0x${code}`)
        && edited.hash !== own.hash);
    checkRun("taiko-own", scenario("taiko-own", own));
    const r = run(scope, "run", scenario("taiko-edited", edited));
    check("a Bridge with another hash of messages fails", r.status === 1
        && /✗ \w+\.hashMessage\(/.test(r.stdout), r.stdout.match(/✗.*/)?.[0]);
    const theirs = ownBridge(process.env.SCOPE_STACK_ARTIFACTS);
    if (!theirs)
        return console.log("not run: Taiko's own Bridge, SCOPE_STACK_ARTIFACTS is not set; ran TaikoBridge");
    console.log(`SCOPE_STACK_ARTIFACTS: Bridge ${theirs.hash} (creation code) in place of TaikoBridge;`
        + " ours: ScopedSignalService, TaikoRelayer, TaikoResolver, TaikoProxy");
    checkRun("taiko-theirs", scenario("taiko-theirs", theirs));
}

// Values in a scenario that are computed here.
const VALUES = { linea: checkLineaRoot, agglayer: checkAgglayer, circ: checkCirc, erc7786: checkErc7786,
    ethrex: checkEthrex };

const all = readdirSync(examples).filter((f) => f.endsWith(".yaml")).sort();
for (const file of all.filter((f) => !process.argv[3] || f === `${process.argv[3]}.yaml`)) {
    const name = file.replace(".yaml", ""), text = readFileSync(join(examples, file), "utf8");
    if (packages.some((p) => p.folder === name))
        await checkCode(name, text);
    checkRun(name, join(examples, file));
    checkTwins(name, text);
    VALUES[name]?.(text);
}
if (!process.argv[3] || process.argv[3] === "taiko")
    checkOwnArtifacts();
console.log("not run: Ethrex's own contracts, which take Ethrex's type of transaction; ran EthrexCommonBridge,"
    + " EthrexCommonBridgeL2, EthrexMessenger, EthrexOnChainProposer");
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
