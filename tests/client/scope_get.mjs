// scope_get - one scope, one operation, mailboxes, witnesses and batches, against what the chains themselves and other
// programs say of them; then the same in the next process of a folder, and after evm_revert.
//
//   node tests/client/scope_get.mjs build/release/bin/scope

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { encodeFunctionData, fromRlp, keccak256, parseEther, toFunctionSelector, toHex, toRlp } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { openDocument } from "./scope_document.mjs";
import { spawnUp } from "./up_process.mjs";
import { bridgeAbi, openWorld, rpc } from "./up_world.mjs";

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
let passed = 0, failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`.slice(0, 2000));
}

const folder = mkdtempSync(join(tmpdir(), "scope-get-"));
const world = await openWorld(process.argv[2], ["--dir", folder]);
const { up, l1, west, east, alice, shop, buyer, undoing } = world;
const { ask } = await openDocument(west.url, check);
const blockOf = async (chain, number, whole = false) =>
    (await rpc(chain.url, "eth_getBlockByNumber", number, whole)).result;
try {
    await world.order(5n);
    const hash = await world.buy(parseEther("1"));
    const scope = await oneScope(hash);
    await mailboxes();
    await witness(scope);
    await batch(scope);
    const operation = await oneOperation();
    const rejected = (await rpc(west.url, "eth_sendTransaction", { from: alice.address, to: undoing, value: "0x1",
        data: toFunctionSelector("buy()"), gas: "0x100000" })).error.data.hash;
    await invalid(hash);
    const before = await remembered([hash, operation, rejected], scope);
    check("SIGTERM", await up.stop() === 0, up.said());
    await nextProcess(before, [hash, operation, rejected], scope);
} finally {
    await up.stop();
    rmSync(folder, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

function* frames(frame) {
    yield frame;
    for (const inner of frame.calls ?? [])
        yield* frames(inner);
}

async function oneScope(hash) {
    const scope = await ask("scope_getScope", hash), traced = await ask("scope_trace", hash);
    const plain = await ask("scope_getTransaction", hash), [call] = scope.calls;
    check("all that scope_getTransaction has", Object.keys(plain).every((k) => same(plain[k], scope[k])), scope);
    check("its root is its first call", same(scope.root, { chainId: west.chainId, clock: call.clock }), scope);
    check("it made one call that was no lookup", scope.calls.length === 1 && call.lookup === false, scope.calls);
    check("by the hash of its request", same(await ask("scope_getScope", call.requestHash), scope));
    const handling = [...frames(traced.trace)].find((f) => f.handles === 0);
    check("gas of its handling", call.gasUsed === handling.gasUsed, [call, handling.gasUsed]);
    const outermost = [traced.trace, [...frames(traced.trace)].find((f) => f.handles === 0)];
    check("gas by chain", same(scope.gasByChain, outermost.map((f) => ({ chainId: f.chainId, gasUsed: f.gasUsed }))),
        scope.gasByChain);
    for (const [i, chain] of [west, east].entries()) {
        const head = await blockOf(chain, "latest");
        check(`its block of ${chain.chainId}`, same(scope.blocks[i], { chainId: chain.chainId, blockNumber: head.number,
            blockHash: head.hash }), scope.blocks);
    }
    check("its mailboxes", same(scope.mailboxes, traced.mailboxes) && scope.mailboxes.every((m) => m.equal), scope);
    check("nobody's hash", (await ask("scope_getScope", `0x${"33".repeat(32)}`)) === null);
    return scope;
}

async function mailboxes() {
    const pairs = await ask("scope_getMailboxes"), chains = [l1, west, east];
    check("each pair of chains once", pairs.length === 3 && new Set(pairs.map((p) => [p.here.chainId, p.there.chainId]
        .toSorted().join())).size === 3, pairs);
    for (const { here, there, equal } of pairs) {
        for (const [side, peer] of [[here, there], [there, here]]) {
            const chain = chains.find((c) => c.chainId === side.chainId), args = [BigInt(peer.chainId)];
            const read = (functionName) =>
                chain.reader.readContract({ address: chain.bridge, abi: bridgeAbi, functionName, args });
            check(`hashes of ${side.chainId} for ${peer.chainId}`, same(await read("getMailboxHashes"),
                [side.requestsOut, side.requestsIn, side.responsesOut, side.responsesIn]), side);
            check(`value of ${side.chainId} for ${peer.chainId}`, same((await read("valueCounters")).map((v) => toHex(v)),
                [side.valueOut, side.valueIn]), side);
        }
        check("they are equal", equal && here.requestsOut === there.requestsIn, [here, there]);
    }
    const ofEast = await ask("scope_getMailboxes", { chainId: toHex(east.chainId) });
    check("of one chain", ofEast.length === 2 && ofEast.every((p) =>
        [p.here.chainId, p.there.chainId].includes(east.chainId)), ofEast);
    const one = await ask("scope_getMailboxes", { chainId: toHex(east.chainId), peer: toHex(west.chainId) });
    check("of one pair, from either side", one.length === 1 && same(one, await ask("scope_getMailboxes",
        { chainId: toHex(west.chainId), peer: toHex(east.chainId) })), one);
}

async function witness(scope) {
    const { chainId, blockNumber, blockHash } = scope.blocks[1];
    const w = await ask("scope_getWitness", toHex(chainId), blockNumber);
    const block = await blockOf(east, blockNumber), parent = await blockOf(east, block.parentHash
        && toHex(BigInt(blockNumber) - 1n));
    const bundle = await ask("scope_getBundle", scope.bundle.hash);
    const rollup = bundle.rollups.find((r) => r.chainId === chainId);
    check("what was proved of it", w.statement === rollup.statement && w.firstBlock === rollup.firstBlock
        && w.lastBlock === rollup.lastBlock && rollup.blockHash === blockHash, [w.statement, rollup]);
    check("its bundle", same(w.bundle, scope.bundle), w.bundle);
    check("the last header is the parent", keccak256(w.headers.at(-1)) === block.parentHash, w.headers);
    const nodes = new Set(w.state.map((n) => keccak256(n))), codes = new Set(w.codes.map((c) => keccak256(c)));
    check("the state's root is among the nodes", nodes.has(parent.stateRoot), parent.stateRoot);
    const code = (await rpc(east.url, "eth_getCode", shop, "latest")).result;
    check("the shop's code is there", codes.has(keccak256(code)), [...codes]);
    const anchor = fromRlp(w.l1Header), number = BigInt(anchor[8]);
    check("the anchor is a block of L1", (await blockOf(l1, toHex(number))).hash === keccak256(w.l1Header), number);
    const sent = (await rpc(l1.url, "eth_getTransactionByHash", scope.bundle.hash)).result;
    check("for the builder's bundle", w.submitter === sent.from.toLowerCase(), w.submitter);
    check("no such block", (await ask("scope_getWitness", toHex(chainId), "0xffff")) === null);
    check("genesis", (await ask("scope_getWitness", toHex(chainId), "0x0")).error?.message.startsWith("genesis"));
}

async function batch(scope) {
    const { chainId, blockNumber } = scope.blocks[0];
    const b = await ask("scope_getBatch", toHex(chainId), blockNumber);
    const block = await blockOf(west, blockNumber, true);
    check("its block", b.blocks.length === 1 && b.blocks[0].number === blockNumber
        && b.blocks[0].timestamp === block.timestamp, b);
    check("its transactions are the block's", same(b.blocks[0].transactions.map((t) => keccak256(t)),
        block.transactions.map((t) => t.hash)), b.blocks);
    const sent = (await rpc(l1.url, "eth_getTransactionByHash", scope.bundle.hash)).result;
    check("published on L1", b.place === "calldata" && sent.input.includes(b.batch.slice(2))
        && b.blobHashes.length === 0, b.place);
    const content = inflateRawSync(Buffer.from(b.batch.slice(4), "hex"));
    check("version 2, and a DEFLATE stream of the blocks", b.batch.startsWith("0x02") && toRlp([[block.timestamp,
        b.blocks[0].transactions]]) === `0x${content.toString("hex")}`, content.toString("hex"));
    check("no such block", (await ask("scope_getBatch", toHex(chainId), "0xffff")) === null);
}

async function oneOperation() {
    const carol = privateKeyToAccount(up.accounts[2].privateKey), value = toHex(parseEther("1"));
    const data = encodeFunctionData({ abi: bridgeAbi, functionName: "scopedCall", args: [BigInt(east.chainId),
        carol.address, { to: shop, value: parseEther("1"), gasLimit: 200000n, data: toFunctionSelector("buy()") }] });
    const asked = { account: carol.address, gasLimit: "0x200000", calls: [{ to: l1.bridge, value, data }] };
    const { typedData, authorization } = await ask("scope_operationTypedData", asked);
    const signature = await carol.signTypedData(typedData);
    const { chainId, address, nonce, yParity, r, s } = await carol.signAuthorization({ chainId: authorization.chainId,
        contractAddress: authorization.address, nonce: authorization.nonce });
    const hash = await ask("scope_sendOperation", { operation: { ...asked, ...typedData.message }, signature,
        authorization: { chainId, address, nonce, yParity, r, s } });
    const got = await ask("scope_getOperation", hash), { message } = typedData;
    check("what became of it", got.status === "settled" && got.kind === "operation" && got.calls.length === 1, got);
    check("what was signed", same(got.operation, { account: carol.address.toLowerCase(),
        nonce: toHex(BigInt(message.nonce)), deadline: toHex(BigInt(message.deadline)), gasLimit: "0x200000",
        submitter: `0x${"0".repeat(40)}`,
        calls: [{ to: l1.bridge.toLowerCase(), value, data }], signature }), got.operation);
    return hash;
}

async function invalid(hash) {
    for (const [method, params, code] of [["scope_getScope", [], -32602], ["scope_getScope", ["0x11"], -32602],
        ["scope_getMailboxes", [{ chainId: "0x5" }], -32602], ["scope_getMailboxes", [{ peer: "0x5" }], -32602],
        ["scope_getMailboxes", [7], -32602], ["scope_getWitness", ["0x5", "0x1"], -32602],
        ["scope_getWitness", [toHex(l1.chainId), "0x1"], -32602], ["scope_getBatch", [toHex(west.chainId)], -32602]]) {
        const answer = await rpc(west.url, method, ...params);
        check(`${method}(${JSON.stringify(params)})`, answer.error?.code === code, answer);
    }
    check("a transaction is no operation", (await ask("scope_getOperation", hash)) === null);
}

// All answers that the next process must give, too.
async function remembered(hashes, scope, url = west.url) {
    const answers = [];
    for (const hash of hashes)
        for (const method of ["scope_getScope", "scope_trace", "scope_getOperation"])
            answers.push((await rpc(url, method, hash)).result);
    answers.push((await rpc(url, "scope_getScope", scope.calls[0].requestHash)).result);
    answers.push((await rpc(url, "scope_getBundle", scope.bundle.hash)).result);
    answers.push((await rpc(url, "scope_listBundles")).result, (await rpc(url, "scope_getMailboxes")).result);
    return answers;
}

async function nextProcess(before, hashes, scope) {
    const next = await spawnUp(process.argv[2], ["--dir", folder]), [, { url }] = next.chains;
    try {
        const after = await remembered(hashes, scope, url);
        for (const [i, answer] of before.entries())
            check(`the next process answers the same (${i})`, answer !== undefined && same(after[i], answer),
                [answer, after[i]]);
        const gone = await rpc(url, "scope_getWitness", toHex(scope.blocks[0].chainId), scope.blocks[0].blockNumber);
        check("a witness is not persisted", gone.error?.message.includes("not in memory any more"), gone);
        await undone(url, hashes);
    } finally {
        check("SIGTERM", await next.stop() === 0, next.said());
    }
}

// What evm_revert undoes is nobody's scope.
async function undone(url, [hash]) {
    const id = (await rpc(url, "evm_snapshot")).result, { from, to, value, input } =
        (await rpc(url, "eth_getTransactionByHash", hash)).result;
    const again = (await rpc(url, "eth_sendTransaction", { from, to, value, data: input, gas: "0x100000" })).result;
    const scope = (await rpc(url, "scope_getScope", again)).result;
    check("bought again", scope?.status === "settled" && scope.calls.length === 1, scope);
    await rpc(url, "evm_revert", id);
    for (const [method, ...params] of [["scope_getScope", again], ["scope_getScope", scope.calls[0].requestHash],
        ["scope_getBundle", scope.bundle.hash],
        ["scope_getWitness", toHex(scope.blocks[0].chainId), scope.blocks[0].blockNumber]]) {
        const answer = await rpc(url, method, ...params);
        check(`undone: ${method}(${params})`, answer.result === null, answer);
    }
}
