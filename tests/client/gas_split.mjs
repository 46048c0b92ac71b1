// gas_split - where the gas of further calls goes on L1: a bundle's steps in an EVM that is not ours, each counted for
// the function of our Solidity that it came from, by the compiler's source map.
//
//      scope run bench/gas.yaml --export-l1 CHAIN.json
//      node tests/client/gas_split.mjs CHAIN.json
//
// The last four bundles have one call and three calls out of L1, one and three into L1. A row is what a further call
// adds: (three - one) / 2. What the transaction paid is compared with the sum of the rows, to the last unit.

import { createBlockFromRLP } from "@ethereumjs/block";
import { createCustomCommon, Hardfork, Mainnet } from "@ethereumjs/common";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { bytesToHex, createAccount, createAddressFromString, hexToBytes, setLengthLeft } from "@ethereumjs/util";
import { createVM, runBlock } from "@ethereumjs/vm";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, sourcesOf } from "../../tools/mutation/solidity.mjs";
import { settings } from "../../tools/mutation/settings.mjs";

// Where a function's own steps are counted.
const PARTS = {
    "clock and root": ["_begin", "_received", "_tick", "_rooted", "_withClock", "_withRoot", "_raise", "_loadOrder",
        "_storeOrder", "_clockBound", "_l1BlockNumber"],
    "hashes of requests, answers, lanes": ["_mix", "_leaf", "_requestHash", "_requestHashOf"],
    "transient words: answer, counters, limits": ["get", "set", "slot", "_fill", "_takeResponse", "_takeWords", "_cell",
        "_load", "_store", "_vacant", "_touch", "_waits", "_taken",
        "_addPending", "_subPending", "_pending", "_runQueue", "_queue", "_lock", "_unlock", "_pay", "_unpay",
            "_credit", "_debit"],
    "address of the RemoteAccount": ["_deployRemoteAccount", "_identity", "remoteAccount", "computeAddress",
        "predictDeterministicAddressWithImmutableArgs", "_cloneCodeWithImmutableArgs"],
    "settlement and proofs": ["_settlePairs", "_settleRollups", "_settleRollup", "_debitPair", "_mailboxWith", "face",
        "find", "daHash", "statement", "anchorHash", "_closeBundle", "check", "verify", "_creditClaims", "_join"],
};
const partOf = Object.fromEntries(Object.entries(PARTS).flatMap(([part, names]) => names.map((name) => [name, part])));
// What is in none of these functions: in another one of the contract; or what the compiler adds to it.
const CONTRACTS = {
    SharedBridge: ["the call: checks, mailbox words, event, CALL", "arguments: decoded, encoded, copied to be hashed"],
    RemoteAccount: ["RemoteAccount, without the target", "RemoteAccount, without the target"],
    ScopedAccount: ["the account's signed batch", "the account's signed batch"],
    ProofRegistry: ["settlement and proofs", "settlement and proofs"],
    QuorumVerifier: ["settlement and proofs", "settlement and proofs"],
};
const OTHERS = "the target, and code that is not ours";
const INTRINSIC = "calldata";
const REFUNDS = "refunds, and the floor of calldata";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const sources = sourcesOf(root);
const wanted = Object.fromEntries(Object.keys(CONTRACTS).map((name) => [`src/${name}.sol`, { "": ["ast"], [name]: ["evm.deployedBytecode"] }]));
const { result } = compile(sources, { ...settings(root), outputSelection: { ...wanted, "*": { "": ["ast"] } } });

// Of each file: where functions are.
const functions = {};
for (const { ast, id } of Object.values(result.sources)) {
    const list = functions[id] = [];
    const visit = (node) => {
        if (node?.nodeType === "FunctionDefinition") {
            const [start, length] = node.src.split(":").map(Number);
            list.push({ start, end: start + length, name: node.name });
        }
        if (node && typeof node === "object")
            Object.values(node).forEach(visit);
    };
    visit(ast);
}

// Of each contract: its code, with holes for immutables, and the part of each position.
const codes = Object.keys(CONTRACTS).map((name) => {
    const { deployedBytecode } = result.contracts[`src/${name}.sol`][name].evm;
    const { object, sourceMap, immutableReferences = {} } = deployedBytecode;
    const code = Buffer.from(object, "hex"), holes = Object.values(immutableReferences).flat();
    for (const { start, length } of holes)
        code.fill(0, start, start + length);
    const parts = new Array(code.length);
    let entry = ["0", "0", "-1"], pc = 0;
    for (const item of sourceMap.split(";")) {
        entry = item.split(":").reduce((all, value, i) =>
            (value === "" ? all : Object.assign([...all], { [i]: value })), entry);
        const at = Number(entry[0]);
        const inside = (functions[entry[2]] ?? []).find((f) => f.start <= at && at < f.end);
        parts[pc] = inside ? partOf[inside.name] ?? CONTRACTS[name][0] : CONTRACTS[name][1];
        pc += code[pc] >= 0x60 && code[pc] <= 0x7f ? code[pc] - 0x5e : 1;
    }
    return { code, holes, parts };
});

const seen = new Map();
function partsOf(bytes) {
    const key = bytesToHex(bytes);
    if (!seen.has(key))
        seen.set(key, codes.find(({ code, holes }) => {
            if (code.length !== bytes.length)
                return false;
            const copy = Buffer.from(bytes);
            for (const { start, length } of holes)
                copy.fill(0, start, start + length);
            return copy.equals(code);
        })?.parts ?? null);
    return seen.get(key);
}

// --- execution ---

const chainFile = JSON.parse(readFileSync(process.argv[2], "utf8"));
const hardfork = Object.values(Hardfork).find((name) => name.toLowerCase() === chainFile.fork.toLowerCase());
const kzg = new Proxy({}, { get: (_, name) => () =>
    { throw new Error(`no KZG library here, and ${String(name)} needs it`); } });
const common = createCustomCommon({ chainId: Number(chainFile.chainId) }, Mainnet, { hardfork, customCrypto: { kzg } });
const word = (hex) => setLengthLeft(hexToBytes(`0x${BigInt(hex).toString(16).padStart(64, "0")}`), 32);

const state = new MerkleStateManager({ common });
for (const [at, { balance = "0x0", nonce = "0x0", code = "0x", storage = {} }] of Object.entries(chainFile.alloc)) {
    const address = createAddressFromString(at);
    await state.putAccount(address, createAccount({ balance: BigInt(balance), nonce: BigInt(nonce) }));
    if (code !== "0x")
        await state.putCode(address, hexToBytes(code));
    for (const [slot, value] of Object.entries(storage))
        if (BigInt(value))
            await state.putStorage(address, word(slot), hexToBytes(`0x${BigInt(value).toString(16).replace(/^(.(..)*)$/, "0$1")}`));
}
await state.flush();
const blocks = [createBlockFromRLP(hexToBytes(chainFile.genesis.rlp), { common })];
const blockchain = {
    shallowCopy() { return this; },
    async putBlock(block) { blocks.push(block); },
    async getBlock(id) { return blocks.find((b) =>
        (typeof id === "object" ? bytesToHex(b.hash()) === bytesToHex(id) : b.header.number === BigInt(id))); },
    async validateHeader() {},
};
const vm = await createVM({ common, stateManager: state, blockchain });
let steps = [], ofTransaction = [];
vm.events.on("beforeTx", () => (steps = []));
vm.events.on("afterTx", () => ([ofTransaction, steps] = [steps, []]));
vm.evm.events.on("step", (e) => steps.push({ depth: e.depth, gas: Number(e.gasLeft), pc: e.pc, at: e.codeAddress
    ?? e.address }));

async function partsAt(address) {
    let code = await state.getCode(address);
    if (code.length === 23 && bytesToHex(code).startsWith("0xef0100")) // EIP-7702
        code = await state.getCode(createAddressFromString(bytesToHex(code.subarray(3))));
    return partsOf(code);
}

// The gas of each step without that of the frames that it opens: between it and the next one of its frame, less theirs.
async function tallyOf(list) {
    const tally = {}, frames = [], parts = {};
    const leave = (depth) => {
        while (frames.length > depth) {
            const { start, last } = frames.pop();
            if (frames.length)
                frames.at(-1).children += start - last.gas;
        }
    };
    for (const { depth, gas, pc, at } of list) {
        const address = at.toString();
        parts[address] ??= { of: await partsAt(at) };
        leave(depth + 1);
        if (frames.length === depth)
            frames.push({ start: gas, last: null, children: 0 });
        const frame = frames.at(-1);
        if (frame.last)
            tally[frame.last.part] = (tally[frame.last.part] ?? 0) + frame.last.gas - gas - frame.children;
        frame.children = 0;
        frame.last = { gas, part: parts[address].of ? parts[address].of[pc] : OTHERS };
    }
    const executed = list.length ? list[0].gas - list.at(-1).gas : 0;
    if (Object.values(tally).reduce((x, y) => x + y, 0) !== executed)
        throw new Error("the parts are not the whole");
    return { tally, executed };
}

const bundles = [];
for (const { rlp } of chainFile.blocks) {
    const block = createBlockFromRLP(hexToBytes(rlp), { common });
    const run = await runBlock(vm, { block, root: await state.getStateRoot(), skipHeaderValidation: true });
    await blockchain.putBlock(block);
    const user = block.transactions.at(-1); // a bundle has a block to itself
    if (!user)
        continue;
    const { tally, executed } = await tallyOf(ofTransaction);
    const intrinsic = Number(user.getIntrinsicGas());
    bundles.push({ ...tally, [INTRINSIC]: intrinsic, [REFUNDS]: Number(run.gasUsed) - executed - intrinsic });
}

const [out1, out3, in1, in3] = bundles.slice(-4);
const names = [...new Set([...Object.keys(out3), ...Object.keys(in3)])];
const further = (one, three, name) => ((three[name] ?? 0) - (one[name] ?? 0)) / 2;
const rows = names.map((name) => [name, further(out1, out3, name), further(in1, in3, name)]).filter(([, x, y]) => x
    || y)
    .sort((x, y) => y[1] + y[2] - x[1] - x[2]);
const number = (x) => x.toLocaleString("en-US", { maximumFractionDigits: 0 });
console.log("| of a further call on L1 | out of L1 | into L1 |\n|---|---:|---:|");
for (const [name, x, y] of [...rows, ["all", ...[1, 2].map((i) => rows.reduce((sum, row) => sum + row[i], 0))]])
    console.log(`| ${name} | ${number(x)} | ${number(y)} |`);
