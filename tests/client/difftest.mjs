// difftest - random blocks, executed by us and by an EVM that is not ours, @ethereumjs/vm: they must end alike.
//
//   node tests/client/difftest.mjs SCOPE [--programs N] [--minutes M] [--seed S]       until N programs, or M minutes
//   node tests/client/difftest.mjs SCOPE --case FILE                                   one case, say a cut one
//
// `scope difftest` makes the cases (a parent, a block, accounts with programs, transactions: src/test/conformance/difftest.h) and
// what each came to. Here each block is built once more, and compared: which transactions are refused, and why; gas,
// status, logs and output of the others; the hash of the block, and with it the roots of state,
// transactions, receipts and withdrawals, the bloom, and the hash of the requests. A case that differs is cut
// smaller as long as it differs, and printed with its seed. First, one result is changed: the comparison bites.

import { createBlock, createBlockFromRLP, createBlockHeaderFromRLP } from "@ethereumjs/block";
import { createCustomCommon, Hardfork, Mainnet } from "@ethereumjs/common";
import { RLP } from "@ethereumjs/rlp";
import { Caches, MerkleStateManager } from "@ethereumjs/statemanager";
import { createTxFromRLP } from "@ethereumjs/tx";
import { bytesToHex, createAccount, createAddressFromString, hexToBytes, setLengthLeft } from "@ethereumjs/util";
import { buildBlock, createVM } from "@ethereumjs/vm";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

// --- where @ethereumjs 10.1.3 is known to be wrong --------------------------------------------------------

// Each names the rule, and says from the transaction alone what they should have done.
const theirs = [
    {
        rule: "EIP-4844: the first byte of a versioned hash is 0x01",
        why: "tx/4844/tx.js reads that byte by parseInt(text) without a base: 0x1a to 0x1f are 1 to it, 0xa0 is no number",
        refuses: (tx) => tx.type === 3 && tx.blobVersionedHashes.some((hash) => !hash.startsWith("0x01")),
        rejected: "versioned hash does not start with KZG commitment version",
        seen: 0,
    },
];

// --- why a transaction is refused ---------------------------------------------------------------------

// Our name of a rule, and what they say.
const reason = {
    REJECT_TX_GASLIMIT_PRICE_PRODUCT_OVERFLOW: /gasLimit \* maxFeePerGas cannot exceed|gas limit \* gasPrice cannot exceed|gasLimit \* gasPrice cannot exceed/,
    REJECT_TX_INVALID_CHAINID: /Common chain ID|Incompatible EIP155-based V/,
    REJECT_TX_NONCE_LOW: /doesn't have the correct nonce/,
    REJECT_TX_NONCE_HIGH: /doesn't have the correct nonce/,
    REJECT_TX_NONCE_IS_MAX: /nonce cannot equal or exceed/,
    REJECT_TX_SENDER_NOT_EOA: /address is not EOA/,
    REJECT_TX_INSUFFICIENT_FUNDS: /doesn't have enough funds/,
    REJECT_TX_MAX_FEE_LOW: /is less than the block's baseFeePerGas/,
    REJECT_TX_PRIORITY_ABOVE_MAX_FEE: /maxFeePerGas cannot be less than maxPriorityFeePerGas/,
    REJECT_TX_INTRINSIC_GAS_TOO_LOW: /gasLimit is too low/,
    REJECT_TX_BELOW_FLOOR_GAS: /gasLimit is too low.*floor/,
    REJECT_TX_GAS_ALLOWANCE: /higher gas limit than the remaining gas/,
    REJECT_TX_GAS_LIMIT_MAXIMUM: /exceeds the maximum allowed by EIP-7825/,
    REJECT_TX_BLOB_ZERO: /should contain at least one blob/,
    REJECT_TX_BLOB_VERSION: /versioned hash does not start|number NaN cannot be converted/,
    REJECT_TX_BLOB_COUNT: /exceed maximum blob gas per block|exceeds max \d+ blobs per tx|block blob gas limit reached/,
    REJECT_TX_BLOB_CREATION: /cannot be used to create contracts/,
    REJECT_TX_BLOB_ALLOWANCE: /exceed maximum blob gas per block|block blob gas limit reached/,
    REJECT_TX_BLOB_FEE_LOW: /maxFeePerBlobGas.*is less than block blobGasPrice/,
    REJECT_TX_AUTHORIZATION_EMPTY: /authorization list is empty/,
    REJECT_TX_AUTHORIZATION_CREATION: /cannot be used to create contracts/,
};

// A transaction that breaks two rules is refused for the one that is checked first, and no specification gives that
// order: another known reason is accepted, but not often.
let refused = 0, otherReason = 0;

function sameReason(here, there) {
    refused++;
    if (reason[here]?.test(there))
        return true;
    otherReason++;
    return here in reason && Object.values(reason).some((other) => other.test(there));
}

// --- the other EVM ----------------------------------------------------------------------------------

// No library for KZG is here. What the generator makes of precompile 0x0a is about the polynomial 0: commitment and
// proof are the point at infinity, the value is 0 everywhere (EIP-4844).
const FIELD = 52435875175126190479447740508185965837690552500527637822603658699938581184513n;
const infinity = "0xc0" + "00".repeat(47);
const kzg = new Proxy({
    verifyProof(commitment, z, y, proof) {
        if (BigInt(z) >= FIELD || BigInt(y) >= FIELD)
            throw new Error("C_KZG_BADARGS");
        if (commitment === infinity && proof === infinity)
            return BigInt(y) === 0n;
        throw new Error("C_KZG_BADARGS"); // the generator makes no other commitment whose hash is right
    },
}, { get: (it, name) => it[name] ?? (() =>
    { throw new Error(`no KZG library here, and ${String(name)} needs it`); }) });

const commons = Object.fromEntries([Hardfork.Prague, Hardfork.Osaka].map((hardfork) =>
    [hardfork, createCustomCommon({ chainId: 1 }, Mainnet, { hardfork, customCrypto: { kzg } })]));

// Each block and transaction takes a copy and adds its parameters to it once more: half of the time, for nothing.
for (const common of Object.values(commons)) {
    const seen = new Set(), update = common.updateParams.bind(common);
    common.copy = () => common;
    common.updateParams = (params) => { if (!seen.has(params)) update(params); seen.add(params); };
}

const word = (hex) => setLengthLeft(number(BigInt(hex)), 32);

function number(n) {
    const digits = n.toString(16);
    return n === 0n ? new Uint8Array(0) : hexToBytes("0x" + (digits.length % 2 ? "0" : "") + digits);
}

async function stateOf(pre, common) {
    const state = new MerkleStateManager({ common, caches: new Caches() });
    for (const [at, { balance, nonce, code, storage }] of Object.entries(pre)) {
        const address = createAddressFromString(at);
        await state.putAccount(address, createAccount({ balance: BigInt(balance), nonce: BigInt(nonce) }));
        if (code !== "0x")
            await state.putCode(address, hexToBytes(code));
        for (const [slot, value] of Object.entries(storage))
            await state.putStorage(address, word(slot), number(BigInt(value)));
    }
    await state.flush();
    return state;
}

const digitsHash = (n) => keccak_256(new TextEncoder().encode(String(n)));

// Ancestors have hashes only: the parent its own, the others that of their number's digits.
function chainOn(parent) {
    const chain = {
        shallowCopy: () => chain,
        getBlock: async (n) => ({ hash: () => Number(n) === Number(parent.number) ? parent.hash() : digitsHash(n) }),
        putBlock: async () => {},
    };
    return chain;
}

const hex = (bytes) => bytesToHex(bytes);
const hashOf = (bytes) => hex(keccak_256(bytes));

async function execute({ fork, block, pre, txs }, parentRlp) {
    const common = commons[fork.toLowerCase()];
    const parent = createBlockHeaderFromRLP(hexToBytes(parentRlp), { common });
    const stateManager = await stateOf(pre, common);
    const out = { preRoot: hex(await stateManager.getStateRoot()), parentRoot: hex(parent.stateRoot), txs: [] };
    const vm = await createVM({ common, stateManager, blockchain: chainOn(parent) });
    let builder;
    try {
        builder = await buildBlock(vm, {
            parentBlock: createBlock({ header: parent }, { common }),
            headerData: { coinbase: block.coinbase, timestamp: BigInt(block.timestamp),
                gasLimit: BigInt(block.gasLimit), mixHash: block.prevrandao,
                          parentBeaconBlockRoot: hexToBytes(block.beaconRoot), extraData: block.extra },
            withdrawals: block.withdrawals, blockOpts: { putBlockIntoBlockchain: false },
        });
        for (const raw of txs) {
            try {
                const tx = createTxFromRLP(hexToBytes(raw), { common });
                const known = theirs.find((rule) => rule.refuses(tx));
                if (known) {
                    known.seen++;
                    throw new Error(known.rejected);
                }
                if (!tx.isValid())
                    throw new Error(tx.getValidationErrors().join("; "));
                const r = await builder.addTransaction(tx, { allowNoBlobs: true });
                out.txs.push({ status: r.receipt.status, gasUsed: "0x" + r.totalGasSpent.toString(16),
                    logs: hashOf(RLP.encode(r.receipt.logs)),
                               output: hashOf(r.execResult.returnValue), error: r.execResult.exceptionError?.error });
            } catch (e) {
                out.txs.push({ rejected: e.message });
            }
        }
        const built = await builder.build();
        out.header = built.block.header;
        out.hash = hex(built.block.hash());
    } catch (e) {
        out.rejected = e.message;
        out.stack = e.stack;
    }
    return out;
}

// --- comparing ----------------------------------------------------------------------------------------

// What differs, as a list of sentences.
async function differences(testCase, ours) {
    const found = [];
    const differ = (what, here, there) =>
        { if (here !== there) found.push(`${what}: scope ${here}, @ethereumjs ${there}`); };
    const other = await execute(testCase, ours.parent);
    differ("state root before", other.parentRoot, other.preRoot);
    for (const [i, here] of ours.txs.entries()) {
        const there = other.txs[i] ?? {};
        if (here.rejected || there.rejected) {
            if (!here.rejected || !there.rejected)
                found.push(`transaction ${i}: scope ${here.rejected ?? "takes it, " + here.end}, @ethereumjs ${there.rejected ?? "takes it"}`);
            else if (!sameReason(here.rejected, there.rejected))
                found.push(`transaction ${i}: refused by scope for ${here.rejected}, by @ethereumjs for ${there.rejected}`);
            continue;
        }
        for (const key of ["status", "gasUsed", "logs", "output"])
            differ(`transaction ${i} (${here.end}; ${there.error ?? "success"}): ${key}`, here[key], there[key]);
    }
    if (ours.rejected || other.rejected) {
        if (!ours.rejected || !other.rejected)
            found.push(`block: scope ${ours.rejected ?? "finishes it"}, @ethereumjs ${other.rejected ?? "finishes it"}\n${other.stack ?? ""}`);
    } else if (ours.hash !== other.hash) {
        const fields = ["parentHash", "ommersHash", "coinbase", "stateRoot", "transactionsRoot", "receiptsRoot",
            "logsBloom", "difficulty", "number", "gasLimit", "gasUsed",
                        "timestamp", "extraData", "mixHash", "nonce", "baseFee", "withdrawalsRoot", "blobGasUsed",
                            "excessBlobGas", "parentBeaconBlockRoot", "requestsHash"];
        const here = RLP.decode(hexToBytes(ours.header)), there = other.header.raw();
        fields.forEach((field, k) => differ(`block: ${field}`, hex(here[k]), hex(there[k])));
        differ("block: hash", ours.hash, other.hash);
    }
    return found;
}

// --- cutting a case smaller -----------------------------------------------------------------------------

class Runner {
    constructor(scope) {
        this.child = spawn(scope, ["difftest"], { stdio: ["pipe", "pipe", "ignore"] });
        this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    }
    async run(testCase) {
        this.child.stdin.write(JSON.stringify(testCase) + "\n");
        return JSON.parse((await this.lines.next()).value);
    }
    stop() { this.child.stdin.end(); }
}

async function cut(scope, testCase) {
    const runner = new Runner(scope);
    const kind = (list) => list.map((s) =>
        s.replace(/transaction \d+/, "").replace(/0x[0-9a-f]+/g, "").slice(0, 60)).join();
    const found = async (candidate) => {
        const ours = await runner.run(candidate);
        return ours.unusable ? [] : differences(candidate, ours);
    };
    const wanted = new Set((await found(testCase)).map((s) => kind([s])));
    let best = testCase;
    const take = async (change) => {
        const candidate = structuredClone(best);
        change(candidate);
        const still = await found(candidate);
        // and no other difference, which cutting may make
        if (!still.length || !still.every((s) => wanted.has(kind([s]))))
            return false;
        best = candidate;
        return true;
    };
    for (let i = best.txs.length; i-- > 0;)
        await take((c) => c.txs.splice(i, 1));
    await take((c) => { c.block.withdrawals = []; });
    for (const at of Object.keys(best.pre)) {
        if (!await take((c) => { delete c.pre[at]; }) && !await take((c) => { c.pre[at].code = "0x"; }))
            await take((c) => { c.pre[at].storage = {}; });
    }
    // pieces of code become JUMPDESTs, so that jumps still meet; then its end goes
    for (const at of Object.keys(best.pre)) {
        const bytes = () => (best.pre[at].code.length - 2) / 2;
        for (let piece = 1 << Math.ceil(Math.log2(bytes() + 1)); piece >= 1; piece >>= 1)
            for (let from = 0; from < bytes(); from += piece) {
                const code = best.pre[at].code, to = Math.min(from + piece, bytes());
                const next = code.slice(0, 2 + 2 * from) + "5b".repeat(to - from) + code.slice(2 + 2 * to);
                if (next !== code)
                    await take((c) => { c.pre[at].code = next; });
            }
        const code = best.pre[at].code.replace(/(5b)+$/, (tail) => tail.length % 2 ? tail : "");
        if (code !== best.pre[at].code)
            await take((c) => { c.pre[at].code = code; });
        // runs of JUMPDESTs are only noise to the reader: without them, without jumps
        await take((c) => { c.pre[at].code = "0x" + c.pre[at].code.slice(2).match(/../g)?.filter((b) => b !== "5b").join("") ?? ""; });
    }
    const result = await runner.run(best);
    runner.stop();
    return { best, result, found: await differences(best, result) };
}

// --- the run ------------------------------------------------------------------------------------------

const [scope, ...flags] = process.argv.slice(2);
const option = Object.fromEntries(Array.from({ length: flags.length / 2 }, (_, i) =>
    [flags[2 * i].replace(/^--/, ""), flags[2 * i + 1]]));
const unknown = Object.keys(option).find((name) => !["programs", "minutes", "seed", "case"].includes(name));
if (!scope || unknown || flags.length % 2) {
    console.error("usage: node tests/client/difftest.mjs SCOPE [--programs N] [--minutes M] [--seed S] | --case FILE");
    process.exit(2);
}
const BATCH = 100;
const total = {};
let passed = 0, failed = 0;

function addUp(into, more) {
    for (const [key, value] of Object.entries(more))
        if (typeof value === "object")
            addUp(into[key] ??= {}, value);
        else
            into[key] = key === "deepest" ? Math.max(into[key] ?? 0, value) : (into[key] ?? 0) + value;
}

function batch(seed) {
    const made = spawnSync(scope, ["difftest", "--generate", String(BATCH), "--seed", String(seed)],
        { encoding: "utf8", maxBuffer: 1 << 30 });
    if (made.status !== 0)
        throw new Error(`scope difftest --generate ${BATCH} --seed ${seed}: ${made.signal ?? `exit status ${made.status}`}: ${made.stderr || made.error}`);
    const lines = made.stdout.trim().split("\n").map((line) => JSON.parse(line));
    const last = lines.pop();
    addUp(total, last.shares ?? {});
    return lines;
}

async function check({ case: testCase, result }) {
    const found = await differences(testCase, result);
    if (!found.length) {
        passed++;
        return;
    }
    failed++;
    console.log(`seed ${BigInt(testCase.seed)}:\n  ${found.join("\n  ")}`);
    if (failed > 20)
        return;
    const smaller = await cut(scope, testCase);
    console.log(`cut smaller:\n  ${smaller.found.join("\n  ")}\n${JSON.stringify(smaller.best)}`);
}

function printShares() {
    const share = (counts) => {
        const all = Object.values(counts).reduce((a, b) => a + b, 0);
        return Object.entries(counts).sort((a, b) => b[1] - a[1]).map(([name, n]) => `${name} ${n} (${(100 * n / all).toFixed(n * 100 < all ? 2 : 1)}%)`).join(", ");
    };
    for (const key of ["ops", "halts", "types", "outcomes"])
        console.log(`${key}: ${share(total[key] ?? {})}`);
    const { cases, programs, transactions, instructions, deepest, refusedBlocks } = total;
    for (const { rule, why, seen } of theirs)
        console.log(`not compared: ${rule} (${why}): ${seen} transactions`);
    console.log(`refused: ${refused}, of these for another reason: ${otherReason}`);
    console.log(`${cases} blocks (${refusedBlocks} refused), ${programs} programs, ${transactions} transactions, ${instructions} instructions, calls ${deepest} deep`);
}

if (option.case) {
    const testCase = JSON.parse(readFileSync(option.case, "utf8"));
    const runner = new Runner(scope);
    await check({ case: testCase, result: await runner.run(testCase) });
    runner.stop();
} else {
    const minutes = Number(option.minutes ?? Infinity),
        programs = Number(option.programs ?? (option.minutes ? Infinity : 1500));
    const start = Date.now();
    for (let seed = BigInt(option.seed ?? 1); (total.programs ?? 0) < programs
        && Date.now() - start < minutes * 60000; seed += BigInt(BATCH)) {
        const cases = batch(seed);
        if (!total.bites) { // a result with one more gas is not the result
            const taken = cases.find((c) => c.result.txs.some((t) => t.gasUsed));
            const wrong = structuredClone(taken);
            const tx = wrong.result.txs.find((t) => t.gasUsed);
            tx.gasUsed = "0x" + (BigInt(tx.gasUsed) + 1n).toString(16);
            total.bites = (await differences(wrong.case, wrong.result)).length === 1;
            total.bites ? passed++ : failed++;
        }
        for (const c of cases)
            await check(c);
    }
    otherReason * 10 <= refused ? passed++ : failed++;
    printShares();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
