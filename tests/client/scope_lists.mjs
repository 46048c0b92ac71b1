// scope_lists - lists of transactions and bundles over all chains, and their news by WebSocket.
//
//   node tests/client/scope_lists.mjs build/release/bin/scope

import { parseEther } from "viem";
import WebSocket from "ws";
import { openWorld, rpc } from "./up_world.mjs";

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
let passed = 0, failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`.slice(0, 2000));
}

const world = await openWorld(process.argv[2]);
const { up, l1, west, east, alice, bob, shop, undoing } = world;
try {
    const news = await subscribe();
    const hashes = [await world.order(5n)];
    for (let i = 0; i < 3; i++)
        hashes.push(await world.buy(parseEther("1")));
    await transactions(hashes);
    await bundles(hashes);
    await arrived(news, hashes);
    await invalid(news.call);
} finally {
    check("SIGTERM", await up.stop() === 0, up.said());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

async function transactions(hashes) {
    const list = async (choice) => (await rpc(east.url, "scope_listTransactions", choice)).result;
    const all = await list();
    check("the newest first", same(all.transactions.slice(0, 4).map((t) => t.hash), hashes.toReversed()), all);
    check("deployments, too", all.transactions.length === 7 && all.next === null, all);
    check("as scope_getTransaction has it", same(all.transactions[0],
        (await rpc(west.url, "scope_getTransaction", hashes[3])).result), all.transactions[0]);
    const pages = [];
    for (let before; before !== null;) {
        const page = await list({ limit: "0x4", ...(before ? { before } : {}) });
        pages.push(page.transactions.map((t) => t.hash));
        before = page.next;
    }
    check("pages", pages.length === 2 && same(pages.flat(), all.transactions.map((t) => t.hash)), pages);
    const ofBob = await list({ from: bob.address });
    check("by sender", same(ofBob.transactions.slice(0, 3).map((t) => t.hash), hashes.slice(1).toReversed())
        && ofBob.transactions.length === 5 && ofBob.transactions.every((t) => t.from === bob.address.toLowerCase()),
        ofBob);
    check("by status", (await list({ status: "pending" })).transactions.length === 0 &&
        (await list({ status: "settled" })).transactions.length === 7);
    const refused = await rpc(west.url, "eth_sendTransaction", { from: alice.address, to: undoing, value: "0x1",
        data: "0xa6f2ae3a", gas: "0x100000" });
    const rejected = await list({ status: "rejected" });
    check("rejected", same(rejected.transactions.map((t) => t.hash), [refused.error.data.hash]), rejected);
}

async function bundles(hashes) {
    const list = async (choice) => (await rpc(west.url, "scope_listBundles", choice)).result;
    const all = await list();
    const receipt = (await rpc(l1.url, "eth_getTransactionReceipt", all[0].hash)).result;
    check("the newest bundle is the newest transaction to the bridge", receipt.to.toLowerCase() ===
        l1.bridge.toLowerCase() && receipt.blockNumber === all[0].blockNumber, all[0]);
    check("its transactions", same(all[0].transactions, [hashes[3]]) && same(all[1].transactions, [hashes[2]]), all);
    check("descending", all.every((b, i) => i === 0 || Number(b.blockNumber) < Number(all[i - 1].blockNumber)), all);
    check("a part of them", same(await list({ limit: "0x1", skip: "0x1" }), [all[1]]));
    check("behind the last", same(await list({ skip: "0xffff" }), []));
}

// A WebSocket with all subscriptions.
async function subscribe() {
    const socket = new WebSocket(`${l1.url.replace("http", "ws")}/${east.chainId}`);
    const replies = new Map(), got = { statuses: [], scopes: [], bundles: [] }, ids = {};
    let waiting = () => undefined, id = 0;
    socket.addEventListener("message", ({ data }) => {
        const { id, method, params, ...reply } = JSON.parse(data);
        if (method === "scope_subscription")
            got[Object.keys(ids).find((k) => ids[k] === params.subscription)]?.push(params.result);
        else
            replies.get(id)(reply);
        waiting();
    });
    await new Promise((done) => socket.addEventListener("open", done));
    const call = (method, ...params) => new Promise((done) => {
        replies.set(++id, done);
        socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
    for (const name of ["statuses", "scopes", "bundles"])
        ids[name] = (await call("scope_subscribe", name)).result;
    const until = (is) => new Promise((done, expired) => {
        const text = () => `no such news: ${JSON.stringify(got)}`.slice(0, 2000);
        const limit = setTimeout(() => expired(new Error(text())), 60000);
        (waiting = () => is(got) && done(clearTimeout(limit)))();
    });
    return { socket, call, got, ids, until };
}

async function arrived(news, hashes) {
    const settled = (got, h) => got.statuses.find((t) => t.hash === h && t.status === "settled");
    await news.until((got) => hashes.every((h) => settled(got, h)) && got.bundles.length >= 4);
    const stages = (h) => news.got.statuses.filter((t) => t.hash === h).map((t) => t.status);
    check("pending comes first", hashes.every((h) => stages(h)[0] === "pending"), news.got.statuses);
    check("settled comes last, once", hashes.every((h) => stages(h).indexOf("settled") === stages(h).length - 1),
        news.got.statuses);
    check("pending has no block and no calls", news.got.statuses.every((t) => t.status !== "pending" ||
        (t.calls.length === 0 && t.blockNumber === undefined && t.bundle === undefined)), news.got.statuses);
    check("then settled, with its calls", hashes.every((h) => settled(news.got, h).calls.length === 1));
    await news.until((got) => got.scopes.length >= hashes.length);
    check("each scope once, when it is over", same(news.got.scopes, hashes.map((h) => settled(news.got, h))),
        news.got.scopes);
    check("a bundle each", same(news.got.bundles.slice(0, 4).map((b) => b.transactions), hashes.map((h) => [h])),
        news.got.bundles);
    check("as scope_listBundles has it", same(news.got.bundles.slice(0, 4).toReversed(),
        (await rpc(l1.url, "scope_listBundles", { limit: "0x4" })).result), news.got.bundles);
    check("it ends", (await news.call("scope_unsubscribe", news.ids.bundles)).result === true);
    const before = news.got.bundles.length;
    const hash = await world.order(1n);
    await news.until((got) => settled(got, hash));
    const plain = await west.wallet(world.alice).sendTransaction({ to: world.alice.address, value: 1n });
    await news.until((got) => settled(got, plain));
    const next = await world.order(1n);
    await news.until((got) => got.scopes.some((t) => t.hash === next));
    check("no transaction that calls no other chain", same(news.got.scopes.map((t) => t.hash), [...hashes, hash, next]),
        news.got.scopes);
    const reverted = (await rpc(west.url, "eth_sendTransaction", { from: world.alice.address, to: world.buyer, value: "0x1",
        data: "0xa6f2ae3a", gas: "0x100000" })).result;
    await news.until((got) => settled(got, reverted));
    check("one that reverted", settled(news.got, reverted).reverted === true && settled(news.got, next).reverted
        === undefined, settled(news.got, reverted));
    check("nothing after it", news.got.bundles.length === before, news.got.bundles);
}

async function invalid(call) {
    for (const [method, params, code] of [
        ["scope_listTransactions", [7], -32602], ["scope_listTransactions", [{ limit: "0x0" }], -32602],
        ["scope_listTransactions", [{ limit: "0x3e9" }], -32602],
        ["scope_listTransactions", [{ from: "0x11" }], -32602],
        ["scope_listTransactions", [{ status: "lost" }], -32602],
        ["scope_listTransactions", [{ before: "soon" }], -32602],
        ["scope_listBundles", [{ skip: "-1" }], -32602],
        ["scope_subscribe", ["statuses"], -32601]]) {
        const answer = await rpc(west.url, method, ...params);
        check(`${method}(${JSON.stringify(params)})`, answer.error?.code === code, answer);
    }
    check("no such news", (await call("scope_subscribe", "gossip")).error?.code === -32601);
    check("no name", (await call("scope_subscribe")).error?.code === -32602);
    check("no such subscription", (await call("scope_unsubscribe", "0x1")).error?.code === -32000);
}
