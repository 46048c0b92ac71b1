// derive_sent - rollups rebuilt where the data went ahead of its bundle, and where contracts sent what is looked for.
//
//   node tests/client/derive_sent.mjs SCOPE
//
// A scenario is settled on anvil, and its second bundle is withheld. In its place the same bundle is sent in another
// way, in the block that it is for: through a contract that the builder's account delegates to, with the data
// published ahead in calldata or in blobs, or all of that from a contract in one transaction, among calls that are
// undone. The bridge settles it; what it then says of each rollup is what `scope derive` must reach.
//
// Who traces may lie: each lie is refused by name.
//
// The same in an L1 that is a file: its last block is made anew by @ethereumjs/vm, with a forwarder, and the bundle
// through it.

import { createBlock, createBlockFromRLP } from "@ethereumjs/block";
import { createTxFromRLP } from "@ethereumjs/tx";
import { bytesToHex, hexToBytes } from "@ethereumjs/util";
import { runBlock } from "@ethereumjs/vm";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeFunctionData, encodeAbiParameters, encodeDeployData, encodeFunctionData, getContractAddress, keccak256,
    parseTransaction, toHex, toRlp, fromRlp } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { EXECUTE_BUNDLE, before, bundleIn, check, outcome, root, startAnvil, stopAll } from "./anvil.mjs";
import { deriver, headsOf, reaches, refused } from "./deriving.mjs";
import { commonOf, execute } from "./l1_chain.mjs";

const [scope] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "derive-sent-"));
const { derive, land, run } = deriver(scope, folder);
const builder = privateKeyToAccount(keccak256(toHex("scope:account:builder")));
const stranger = privateKeyToAccount("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

function compile() {
    const solc = createRequire(import.meta.url)("solc"),
        content = readFileSync(join(root, "tests/client/Forwarder.sol"), "utf8");
    const { contracts } = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources: { f: { content } }, settings: { outputSelection: { f: { "*": ["abi", "evm.bytecode.object"] } } } })));
    return { abi: contracts.f.Forwarder.abi, bytecode: `0x${contracts.f.Forwarder.evm.bytecode.object}` };
}
const forwarder = compile();
const bridgeAbi = JSON.parse(readFileSync(join(root,
    "build/contracts/solc-output.json"))).contracts["src/SharedBridge.sol"].SharedBridge.abi;

// --- sending ------------------------------------------------------------------------------------------

const fees = { chainId: 31337, maxFeePerGas: 20000000000n };
const nonceOf = async (node, at) => Number(await node.ask("eth_getTransactionCount", [at, "latest"]));
async function send(node, ...raw) { // into one block, in this order
    await node.ask("anvil_setAutomine", [false]);
    const hashes = [];
    for (const r of raw)
        hashes.push(await node.ask("eth_sendRawTransaction", [r]));
    await node.mine();
    await node.ask("anvil_setAutomine", [true]);
    for (const h of hashes) {
        const { status } = await node.ask("eth_getTransactionReceipt", [h]);
        if (status !== "0x1")
            throw new Error(`a transaction failed: ${h}`);
    }
    return hashes;
}

const forwarding = (calls) => encodeFunctionData({ abi: forwarder.abi, functionName: "forward", args: [calls] });

async function deployForwarder(node) {
    const nonce = await nonceOf(node, stranger.address);
    await send(node, await stranger.signTransaction({ ...fees, type: "eip1559", nonce, gas: 2000000n,
        maxPriorityFeePerGas: 1n, data: encodeDeployData(forwarder) }));
    return getContractAddress({ from: stranger.address, nonce: BigInt(nonce) });
}

// The builder's account, delegated to the forwarder, makes these calls.
async function asBuilder(node, code, nonce, calls) {
    const authorization = await builder.signAuthorization({ chainId: 31337, contractAddress: code,
        nonce: await nonceOf(node, builder.address) });
    return stranger.signTransaction({ ...fees, type: "eip7702", nonce, gas: 15000000n,
        maxPriorityFeePerGas: 2000000000n, to: builder.address, authorizationList: [authorization],
        data: forwarding(calls) });
}

// --- bundles ------------------------------------------------------------------------------------------

const bundleOf = (data) => decodeFunctionData({ abi: bridgeAbi, data }).args[0];
const encodeBundle = (bundle) => encodeFunctionData({ abi: bridgeAbi, functionName: "executeBundle", args: [bundle] });
const publishing = (p) => encodeFunctionData({ abi: bridgeAbi, functionName: "publish",
    args: [p.chainId, p.firstBlock, p.lastBlock, p.blobIndexes, p.data] });

// docs/data.md: daHash
const daHash = (p, hashes) => keccak256(encodeAbiParameters([{ type: "uint256" }, { type: "uint256" },
    { type: "uint256" }, { type: "bytes32[]" }, { type: "bytes32" }],
    [p.chainId, p.firstBlock, p.lastBlock, p.blobIndexes.map((i) => hashes[Number(i)]), keccak256(p.data)]));

// The bundle without its data, and the data: what publish takes for each rollup. settled: the rollup's last block
// before.
async function split(tx, settled) {
    const bundle = bundleOf(tx.data), parts = [];
    for (const t of bundle.transitions) {
        const part = { chainId: t.chainId, firstBlock: (await settled(t.chainId)) + 1n, lastBlock: t.lastBlock,
            blobIndexes: t.blobIndexes, data: t.data };
        parts.push(part);
        Object.assign(t, { publishedDaHash: daHash(part, tx.blobVersionedHashes ?? []), blobIndexes: [], data: "0x" });
    }
    return { calldata: encodeBundle(bundle), parts };
}

const lastBlockOn = (node, bridge) => async (chainId) =>
    (await node.client.readContract({ address: bridge, abi: bridgeAbi, functionName: "rollup",
    args: [chainId] })).lastBlock;

// A run whose second bundle is kept back: react sends it in its own way. Then the node is silent.
async function instead(name, file, data, genesis, react) {
    const node = await startAnvil(), code = await deployForwarder(node);
    let count = 0, done = false, bridge;
    const proxy = await before(node, async (call) => {
        const bundle = bundleIn(call);
        if (done)
            return { error: { code: -1, message: "enough" } };
        if (!bundle || ++count !== 2)
            return undefined;
        done = true;
        bridge = bundle.to;
        await react(node, bundle, code);
        return { error: { code: -1, message: "enough" } };
    });
    await run(join(root, "examples", file), "--l1", proxy.url, "--data", data);
    proxy.stop();
    check(`${name}: it was sent`, done);
    const heads = {};
    for (const { chainId } of JSON.parse(readFileSync(genesis)).rollups) {
        const r = await node.client.readContract({ address: bridge, abi: bridgeAbi, functionName: "rollup",
            args: [BigInt(chainId)] });
        heads[chainId] = { block: Number(r.lastBlock), blockHash: r.blockHash, stateRoot: r.stateRoot };
    }
    check(`${name}: it settled`, Object.values(heads).some((h) => h.block > 1), heads);
    const rollups = join(folder, "rollups.json");
    const { l1Block, ...rest } = JSON.parse(readFileSync(genesis));
    writeFileSync(rollups, JSON.stringify({ ...rest, sharedBridge: bridge }));
    return { name, node, heads, bridge, rollups, derive: (url = node.url, ...args) =>
        derive("--l1", url, "--rollups", rollups, ...args) };
}

// --- who lies about calls -----------------------------------------------------------------------------

// Every frame of a trace, changed.
const everywhere = (frame, change) => change({ ...frame,
    ...(frame.calls ? { calls: frame.calls.map((f) => everywhere(f, change)) } : {}) });
const flip = (hex, at) => hex.slice(0, at) + (hex[at] === "0" ? "1" : "0") + hex.slice(at + 1);

async function liars(r) {
    const toBridge = (f) => f.to?.toLowerCase() === r.bridge.toLowerCase();
    for (const [name, error, answer] of [
        ["there is no such method", "FAULT_NO_TRACE", { error: { code: -32601, message: "Method not found" } }],
        ["no trace", "FAULT_NO_TRACE", { result: null }],
        ["frames that are none", "FAULT_NO_TRACE", { change: (t) => ({ ...t, calls: [7] }) }],
        ["a frame without calldata", "FAULT_NO_TRACE", { change: (t) => everywhere(t, ({ input, ...f }) => f) }],
        ["no calls", "REJECT_TRACE", { change: ({ calls, ...t }) => t }],
        ["all of it undone", "REJECT_TRACE", { change: (t) => ({ ...t, error: "execution reverted" }) }],
        ["the bundle undone", "REJECT_TRACE", { change: (t) => everywhere(t, (f) => (toBridge(f) ? { ...f, error: "execution reverted" } : f)) }],
        ["delegated to, not called", "REJECT_TRACE", { change: (t) => everywhere(t, (f) => (toBridge(f) ? { ...f, type: "DELEGATECALL" } : f)) }],
        ["another's call", "REJECT_TRACE",
            { change: (t) => everywhere(t, (f) => (toBridge(f) ? { ...f, to: stranger.address } : f)) }],
        ["another function", "REJECT_TRACE",
            { change: (t) => everywhere(t, (f) => (toBridge(f) ? { ...f, input: flip(f.input, 3) } : f)) }],
        ["cut calldata", "REJECT_TRACE", { change: (t) =>
            everywhere(t, (f) => (toBridge(f) ? { ...f, input: f.input.slice(0, 1000) } : f)) }],
        ...["blockHash", "stateRoot", "lastBlock", "data", "submitter", "steps"].map((field) => [`the bundle's ${field}`, "REJECT_TRACE", { change: (t) => everywhere(t, (f) => {
            if (!toBridge(f) || !f.input.startsWith(EXECUTE_BUNDLE))
                return f;
            const bundle = bundleOf(f.input), first = bundle.transitions[0];
            if (field === "submitter")
                bundle.submitter = stranger.address;
            else if (field === "steps")
                bundle.steps = [...bundle.steps, { floor: 7n, announces: false, inbound: [], operation: [] }];
            else
                first[field] = field === "lastBlock" ? first.lastBlock + 1n
                    : flip(first[field], first[field].length - 1);
            return { ...f, input: encodeBundle(bundle) };
        }) }]),
    ]) {
        let asked = 0;
        const proxy = await before(r.node, async (call) =>
            (call.method === "debug_traceTransaction" && ++asked ? answer : undefined));
        const d = await r.derive(proxy.url);
        proxy.stop();
        refused(`${r.name}: ${name}`, d, r.heads, 1, error);
        check(`${r.name}: ${name}: the first bundle is kept`, asked > 0 && d.rollups.some((x) => x.block === r.heads[x.chainId].block - 1), d.rollups);
    }
}

// --- the tests ----------------------------------------------------------------------------------------

async function inCalldata() {
    const honest = await land("two-rollups.yaml", "calldata"), start = (name, react) =>
        instead(name, "two-rollups.yaml", "calldata", honest.genesis, react);
    honest.node.stop();
    const sent = await start("sent by a contract", async (node, tx, code) => {
        await send(node, await asBuilder(node, code, await nonceOf(node, stranger.address),
            [{ to: tx.to, isUndone: false, data: tx.data }]));
    });
    reaches(sent.name, await sent.derive(), sent.heads);
    await liars(sent);
    sent.node.stop();

    const ahead = await start("published ahead", async (node, tx) => {
        const { calldata, parts } = await split(tx, lastBlockOn(node, tx.to)),
            first = await nonceOf(node, stranger.address), raw = [];
        for (const [i, p] of parts.entries())
            raw.push(await stranger.signTransaction({ ...fees, type: "eip1559", nonce: first + i, gas: 3000000n,
                maxPriorityFeePerGas: 3000000000n, to: tx.to, data: publishing(p) }));
        raw.push(await builder.signTransaction({ ...fees, type: "eip1559", nonce: tx.nonce, gas: 15000000n,
            maxPriorityFeePerGas: 2000000000n, to: tx.to, data: calldata }));
        await send(node, ...raw);
    });
    reaches(ahead.name, await ahead.derive(), ahead.heads);
    const untraced = await before(ahead.node, async (call) =>
        (call.method === "debug_traceTransaction" ? { error: { code: -32601, message: "no" } } : undefined));
    reaches(`${ahead.name}, and no traces`, await ahead.derive(untraced.url), ahead.heads);
    untraced.stop();
    ahead.node.stop();

    const both = await start("published and sent by a contract", async (node, tx, code) => {
        const { calldata, parts } = await split(tx, lastBlockOn(node, tx.to)), to = tx.to;
        const garbage = parts.map((p) => publishing({ ...p, data: `${p.data}00` }));
        await send(node, await asBuilder(node, code, await nonceOf(node, stranger.address), [
            ...garbage.map((data) => ({ to, isUndone: false, data })),
            ...parts.map((p) => ({ to, isUndone: true, data: publishing(p) })),
            ...parts.map((p) => ({ to, isUndone: false, data: publishing(p) })),
            ...parts.map((p) => ({ to, isUndone: false, data: publishing(p) })), // twice
            { to, isUndone: true, data: calldata },
            { to, isUndone: false, data: calldata },
        ]));
    });
    reaches(both.name, await both.derive(), both.heads);
    both.node.stop();
}

async function inBlobs() {
    const honest = await land("swap.yaml", "blobs");
    honest.node.stop();
    const r = await instead("published ahead in blobs", "swap.yaml", "blobs", honest.genesis, async (node, tx) => {
        const { calldata, parts } = await split(tx, lastBlockOn(node, tx.to)),
            first = await nonceOf(node, stranger.address), raw = [];
        for (const [i, p] of parts.entries()) {
            const signed = await stranger.signTransaction({ ...fees, type: "eip4844", nonce: first + i, gas: 3000000n,
                maxPriorityFeePerGas: 3000000000n, maxFeePerBlobGas: 1000000000n, to: tx.to, data: publishing(p),
                blobVersionedHashes: tx.blobVersionedHashes });
            raw.push(`0x03${toRlp([fromRlp(`0x${signed.slice(4)}`), ...tx.wrapper.slice(1)]).slice(2)}`);
            check("a publish with blobs: viem takes it", parseTransaction(signed).blobVersionedHashes.length > 0);
        }
        raw.push(await builder.signTransaction({ ...fees, type: "eip1559", nonce: tx.nonce, gas: 15000000n,
            maxPriorityFeePerGas: 2000000000n, to: tx.to, data: calldata }));
        await send(node, ...raw);
    });
    reaches(r.name, await r.derive(r.node.url, "--l1-beacon", r.node.url), r.heads);
    refused(`${r.name}, and no beacon node`, await r.derive(), r.heads, 1, "FAULT_BLOB_MISSING");
    r.node.stop();
}

// The last block of the file, with other transactions: what @ethereumjs/vm makes of them.
async function remake(l1, transactions) {
    const common = commonOf(l1), before = { ...l1, blocks: l1.blocks.slice(0, -1) },
        { vm } = await execute(before, common, 0n);
    const { header } = createBlockFromRLP(hexToBytes(l1.blocks.at(-1).rlp), { common });
    const block = createBlock({ header: header.toJSON(),
        transactions: transactions.map((raw) => createTxFromRLP(hexToBytes(raw), { common })), withdrawals: [] },
        { common, skipConsensusFormatValidation: true });
    let made;
    vm.events.on("afterBlock", (result) => (made = result.block ?? made));
    const result = await runBlock(vm, { block, generate: true, skipBlockValidation: true,
        root: await vm.stateManager.getStateRoot() });
    check("a block made anew: its transactions succeed", result.receipts.every((r) => r.status === 1),
        result.results.map((r) => bytesToHex(r.execResult.returnValue)));
    return { ...l1, blocks: [...before.blocks,
        { rlp: bytesToHex((made ?? block).serialize()), hash: bytesToHex((made ?? block).hash()) }] };
}

async function inAFile() {
    const file = join(folder, "l1.json"), rollups = join(folder, "l1.rollups.json");
    const ran = spawnSync(scope, ["run", join(root, "examples/swap.yaml"), "--data", "calldata", "--json",
        "--export-l1", file, "--export-genesis", rollups], { encoding: "utf8", maxBuffer: 1 << 28 });
    const l1 = JSON.parse(readFileSync(file)), heads = headsOf(JSON.parse(ran.stdout)), common = commonOf(l1),
        bridge = JSON.parse(readFileSync(rollups)).sharedBridge;
    const last = createBlockFromRLP(hexToBytes(l1.blocks.at(-1).rlp), { common }), tx = last.transactions[0];
    check("in a file: the last block is the bundle's", last.transactions.length === 1 &&
        bytesToHex(tx.data).startsWith(EXECUTE_BUNDLE));
    const sent = { to: bridge, data: bytesToHex(tx.data) },
        { calldata, parts } = await split(sent, async (chainId) => BigInt(heads[chainId].block - 1));
    const nonce = Number(tx.nonce), code = getContractAddress({ from: builder.address, nonce: BigInt(nonce) }),
        chainId = Number(l1.chainId);
    const fee = { chainId, maxFeePerGas: 20000000000n, maxPriorityFeePerGas: 1n };
    // the user's, which the bundle's transaction carried
    const delegated = (tx.authorizationList ?? []).map(([chain, address, n, yParity, r, s]) => {
        const number = (b) => (b.length ? Number(bytesToHex(b)) : 0);
        return { chainId: number(chain), address: bytesToHex(address), nonce: number(n), yParity: number(yParity),
            r: bytesToHex(r), s: bytesToHex(s) };
    });
    const itself = await builder.signAuthorization({ chainId, contractAddress: code, nonce: nonce + 2 });
    const forwarded = async (calls) => [
        await builder.signTransaction({ ...fee, type: "eip1559", nonce, gas: 2000000n,
            data: encodeDeployData(forwarder) }),
        await builder.signTransaction({ ...fee, type: "eip7702", nonce: nonce + 1, gas: 16000000n, to: builder.address,
            authorizationList: [itself, ...delegated], data: forwarding(calls) }),
    ];
    const to = bridge, call = (data, isUndone = false) => ({ to, isUndone, data });
    for (const [name, calls] of [
        ["in a file: sent by a contract", [call(sent.data, true), call(sent.data)]],
        ["in a file: published and sent by a contract",
            [...parts.flatMap((p) => [call(publishing(p), true), call(publishing({ ...p, data: `${p.data}00` })),
            call(publishing(p))]), call(calldata)]],
    ]) {
        writeFileSync(file, JSON.stringify(await remake(l1, await forwarded(calls))));
        const r = spawnSync(scope, ["derive", "--l1-file", file, "--rollups", rollups, "--json"], { encoding: "utf8" });
        reaches(name, { status: r.status, err: r.stderr, rollups: r.stdout ? JSON.parse(r.stdout).rollups : [] },
            heads);
    }
}

try {
    for (const f of [inAFile, inCalldata, inBlobs])
        await f();
} catch (e) {
    console.log(e.stack);
    outcome.failed++;
} finally {
    stopAll();
    rmSync(folder, { recursive: true, force: true });
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
