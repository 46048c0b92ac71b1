// scope_trace - the tree of a scope over all chains: frame by frame as callTracer sees each chain's part in its block,
// with the mailboxes that the contracts themselves report; of a refused one, up to the frame that failed.
//
//   node tests/client/scope_trace.mjs build/release/bin/scope

import { execFile } from "node:child_process";
import { parseEther, toFunctionSelector } from "viem";
import { bridgeAbi, openWorld, rpc } from "./up_world.mjs";

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const traced = async (chain, hash) =>
    (await rpc(chain.url, "debug_traceTransaction", hash, { tracer: "callTracer" })).result;
let passed = 0, failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`.slice(0, 2000));
}

const world = await openWorld(process.argv[2]);
const { up, l1, west, east, alice, shop, buyer, undoing } = world;
try {
    await world.order(5n);
    await settled(await world.buy(parseEther("1")));
    await failedThere();
    await refused();
    await ofL1();
    await inTheTerminal();
    await invalid();
} finally {
    check("SIGTERM", await up.stop() === 0, up.said());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

// What both tracers say of a frame, gas apart: in its block a bridge pays more for responses.
function shape(frame, chainId) {
    const { type, from, to, input, output = "0x", value = "0x0", error = null } = frame;
    const calls = (frame.calls ?? []).filter((c) => c.chainId === undefined || c.chainId === chainId);
    return { type, from, to, input, output, value: type === "STATICCALL" ? "0x0" : value, error,
        calls: calls.map((c) => shape(c, chainId)) };
}

function* frames(frame, depth = 0) {
    yield { ...frame, depth };
    for (const inner of frame.calls ?? [])
        yield* frames(inner, depth + 1);
}

async function settled(hash) {
    const answer = (await rpc(l1.url, "scope_trace", hash)).result;
    check("settled", answer.status === "settled" && answer.kind === "transaction" && answer.chainId === west.chainId
        && answer.omittedFrames === 0, answer);
    check("the west's part is its block's", same(shape(answer.trace, west.chainId),
        shape(await traced(west, hash), west.chainId)), answer.trace);

    const legs = [...frames(answer.trace)].filter((f) => f.handles !== undefined);
    check("one leg, on the east", legs.length === 1 && legs[0].chainId === east.chainId && legs[0].handles === 0, legs);
    const block = (await rpc(east.url, "eth_getBlockByNumber", "latest", true)).result;
    const system = block.transactions.find((t) => t.input === legs[0].input);
    check("the east's part is its block's", same(shape(legs[0], east.chainId),
        shape(await traced(east, system.hash), east.chainId)), legs[0]);
    const purchase = [...frames(answer.trace)].find((f) => f.to === shop.toLowerCase() && f.chainId === east.chainId);
    check("the shop gets the ether", BigInt(purchase.value) === parseEther("1") && BigInt(purchase.gasUsed) > 0n,
        purchase);
    check("static frames are marked", [...frames(answer.trace)].every((f) =>
        (f.static === true) === (f.type === "STATICCALL")), "");
    check("nothing is undone", [...frames(answer.trace)].every((f) => !f.undone && !f.error), "");
    check("its call", answer.calls.length === 1 && answer.calls[0].source === west.chainId
        && answer.calls[0].target === east.chainId && answer.calls[0].success, answer.calls);
    await mailboxes(answer);
}

async function mailboxes(answer) {
    const pair = answer.mailboxes.find((m) => m.here.chainId === west.chainId && m.there.chainId === east.chainId);
    const lanes = (chain, peer) => chain.reader.readContract({ address: chain.bridge, abi: bridgeAbi,
        functionName: "getMailboxHashes", args: [BigInt(peer.chainId)] });
    const listed = (side) => [side.requestsOut, side.requestsIn, side.responsesOut, side.responsesIn];
    check("the west's hashes", same(listed(pair.here), await lanes(west, east)), pair);
    check("the east's hashes", same(listed(pair.there), await lanes(east, west)), pair);
    check("they meet", pair.equal && pair.here.requestsOut === pair.there.requestsIn
        && pair.here.responsesIn === pair.there.responsesOut && BigInt(pair.here.requestsOut) !== 0n, pair);
    check("the value, too", BigInt(pair.here.valueOut) === parseEther("1") && pair.there.valueIn === pair.here.valueOut,
        pair);
    const bundle = (await rpc(west.url, "scope_getBundle", answer.bundle.hash)).result;
    const receipt = (await rpc(l1.url, "eth_getTransactionReceipt", answer.bundle.hash)).result;
    const block = (await rpc(l1.url, "eth_getBlockByNumber", receipt.blockNumber, false)).result;
    check("its bundle", bundle.blockNumber === receipt.blockNumber && bundle.gasUsed === receipt.gasUsed
        && bundle.timestamp === block.timestamp && same(bundle.transactions, [answer.hash])
        && same(bundle.mailboxes, answer.mailboxes), bundle);
    const heads = await Promise.all([west, east].map(async (c) =>
        (await rpc(c.url, "eth_getBlockByNumber", "latest", false)).result));
    check("its blocks", same(bundle.rollups.map((r) => [r.chainId, r.lastBlock, r.blockHash, r.stateRoot, r.gasUsed]),
        [west, east].map((c, i) => [c.chainId, heads[i].number, heads[i].hash, heads[i].stateRoot, heads[i].gasUsed])),
        bundle.rollups);
    const raw = (await rpc(l1.url, "eth_getRawTransactionByHash", answer.bundle.hash)).result;
    check("its size", raw === undefined || bundle.bytes === raw.length / 2 - 1 || bundle.data === "blobs", bundle.bytes);
}

// A wei is too little for the shop, whose error passes through both bridges: the transaction is included, and failed.
async function failedThere() {
    const { result: hash } = await rpc(west.url, "eth_sendTransaction", { from: alice.address, to: buyer, value: "0x1",
        data: toFunctionSelector("buy()"), gas: "0x100000" });
    const receipt = await west.reader.waitForTransactionReceipt({ hash });
    const answer = (await rpc(east.url, "scope_trace", hash)).result, all = [...frames(answer.trace)];
    check("a call that fails on the east: included, and failed", receipt.status === "reverted" && receipt.gasUsed > 21000n
        && answer.status === "settled" && answer.reverted === true, answer);
    const listed = (await rpc(west.url, "scope_listTransactions", { limit: "0x2" })).result.transactions;
    check("as the list has it", listed[0].hash === hash && listed[0].reverted === true
        && listed[1].reverted === undefined, listed);
    const innermost = all.filter((f) => f.error).reduce((a, b) => (b.depth > a.depth ? b : a));
    check("the frame that failed", innermost.chainId === east.chainId && innermost.to === shop.toLowerCase()
        && innermost.error === "execution reverted" && innermost.output === toFunctionSelector("WrongPrice()"),
        innermost);
    check("its reason goes through both bridges", answer.trace.output === toFunctionSelector("WrongPrice()"),
        answer.trace);
}

// The account there takes the wei, and answers nothing: its caller reverts.
async function refused() {
    const sent = await rpc(west.url, "eth_sendTransaction", { from: alice.address, to: undoing, value: "0x1",
        data: toFunctionSelector("buy()"), gas: "0x100000" });
    const answer = (await rpc(east.url, "scope_trace", sent.error.data.hash)).result;
    const all = [...frames(answer.trace)];
    check("refused", answer.status === "rejected" && answer.error.reason === "REJECT_REVERT_AROUND_CALL"
        && answer.error.message.length > 0 && answer.bundle === undefined, answer);
    const failing = all.filter((f) => f.error);
    const innermost = failing.reduce((a, b) => (b.depth > a.depth ? b : a));
    check("the frame that failed", innermost.chainId === west.chainId && innermost.to === undoing.toLowerCase()
        && innermost.error === "execution reverted" && innermost.depth === 0, innermost);
    const handling = all.find((f) => f.handles === 0);
    check("what succeeded is undone", handling.undone === true && !handling.error, handling);
    check("no trace of it in a block", (await rpc(west.url, "eth_getTransactionReceipt", answer.hash)).result === null);
}

async function ofL1() {
    const hash = await l1.wallet(alice).sendTransaction({ to: shop, value: 1n });
    const answer = (await rpc(west.url, "scope_trace", hash)).result;
    check("a transaction of L1", answer.status === "settled" && answer.trace.chainId === l1.chainId
        && answer.trace.value === "0x1" && answer.trace.to === shop.toLowerCase() && answer.calls.length === 0, answer);
}

// scope trace: the same frames as lines, the exit status of what became of it.
async function inTheTerminal() {
    const run = (...args) => new Promise((done) => execFile(process.argv[2], ["trace", ...args],
        (error, stdout, stderr) => done({ status: error?.code ?? 0, stdout, stderr })));
    const hash = await world.buy(parseEther("1"));
    const { trace } = (await rpc(l1.url, "scope_trace", hash)).result, count = [...frames(trace)].length;
    const shown = await run(hash, "--rpc", east.url), lines = shown.stdout.trim().split("\n");
    check("a line for each frame", shown.status === 0 && lines.filter((l) => / gas/.test(l)).length === count
        && lines[0].startsWith(`transaction ${hash}: settled by bundle 0x`), shown);
    check("indented by depth", [...frames(trace)].every((f, i) => lines[i + 1].startsWith(`${"  ".repeat(f.depth)}${
        f.chainId}  ${f.type} ${f.to}`)), lines);
    check("the mailboxes", lines.at(-1) === `mailboxes of ${west.chainId} and ${east.chainId}: equal`, lines.at(-1));
    const sent = await rpc(west.url, "eth_sendTransaction", { from: alice.address, to: undoing, value: "0x1",
        data: toFunctionSelector("buy()"), gas: "0x100000" });
    const refused = await run(sent.error.data.hash, "--rpc", west.url);
    check("what was rejected", refused.status === 1 && refused.stdout.includes("REJECT_REVERT_AROUND_CALL")
        && refused.stdout.includes("FAILED: execution reverted"), refused);
    check("no such hash", (await run(`0x${"11".repeat(32)}`, "--rpc", west.url)).stderr.includes("transaction not found"));
    check("no hash", (await run("0x11")).status === 2 && (await run("0x11")).stderr.includes("expected a hash"));
}

async function invalid() {
    const unknown = `0x${"11".repeat(32)}`;
    for (const [method, params, code] of [["scope_trace", [unknown], -32000], ["scope_trace", [], -32602],
        ["scope_trace", ["0x11"], -32602], ["scope_trace", [7], -32602], ["scope_getBundle", [], -32602],
        ["scope_getBundle", ["latest"], -32602]]) {
        const answer = await rpc(west.url, method, ...params);
        check(`${method}(${params})`, answer.error?.code === code, answer);
    }
    check("an unknown bundle", (await rpc(west.url, "scope_getBundle", unknown)).result === null);
}
