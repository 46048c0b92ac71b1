// subscriptions - filters and subscriptions of `scope up`, by viem over HTTP and WebSocket, and by hostile clients.
//
//   node tests/client/subscriptions.mjs build/release/bin/scope build/fixtures
//
// The chain is that of the official RPC fixtures. Its head is moved with engine_forkchoiceUpdatedV3, forth and back, so
// that blocks come and go.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createPublicClient, http, webSocket } from "viem";
import WebSocket from "ws";
import { post, spawnNode } from "./scope_node.mjs";

const [program, folder] = process.argv.slice(2);
const rpc = join(folder, "rpc");
let passed = 0, failed = 0;
function check(what, ok, got = "") {
    ok ? passed++ : failed++;
    if (!ok)
        console.log(`failed: ${what}: ${JSON.stringify(got)?.slice(0, 400)}`);
}
const same = (what, got, expected) => check(what, JSON.stringify(got) === JSON.stringify(expected), { got, expected });
async function until(what, holds, ms = 30000) {
    for (const end = Date.now() + ms; !holds() && Date.now() < end;)
        await new Promise((done) => setTimeout(done, 5));
    check(what, holds(), "it did not happen");
}

const node = await spawnNode(program, ["--genesis", join(rpc, "genesis.json"), "--import", join(rpc, "chain.rlp"),
    "--no-mining"]);
const wsUrl = node.url.replace("http", "ws");
const ask = async (method, ...params) => post(node.url, { jsonrpc: "2.0", id: 1, method, params });
const hashOf = async (number) => (await ask("eth_getHeaderByNumber", `0x${number.toString(16)}`)).result.hash;
const head = JSON.parse(readFileSync(join(rpc, "headfcu.json"), "utf8")).params[0].headBlockHash;
const zero = `0x${"0".repeat(64)}`;
const setHead = (hash) => ask("engine_forkchoiceUpdatedV3", { headBlockHash: hash, safeBlockHash: zero,
    finalizedBlockHash: zero });
const key = (l) => [Number(l.blockNumber), Number(l.logIndex), l.transactionHash, Boolean(l.removed)];

try {
    await setHead(head);
    const top = Number((await ask("eth_blockNumber")).result), low = 20, middle = 30;
    const hashes = await Promise.all([...Array(top + 1).keys()].map(hashOf));
    const logs = (await ask("eth_getLogs", { fromBlock: `0x${(low + 1).toString(16)}`, toBlock: "latest" })).result;
    check("there are logs to wait for", logs.length > 10, logs.length);
    await setHead(hashes[low]);
    await withViem(hashes, logs, low, middle, top);
    await rules();
    await bounds(hashes, low);
    await slowReader(hashes, low, top);
} finally {
    check("SIGTERM", await node.stop() === 0, "exit status");
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);

// --- what viem does ---

async function withViem(hashes, logs, low, middle, top) {
    const poller = createPublicClient({ transport: http(node.url) }),
        subscriber = createPublicClient({ transport: webSocket(wsUrl) });
    const heads = [], sent = [], pending = [], errors = [];
    const onError = (e) => errors.push(e.message);
    const transport = await subscriber.transport.getRpcClient() && subscriber.transport;
    await transport.subscribe({ params: ["newHeads"], onData: (d) => heads.push(d.result), onError });
    await transport.subscribe({ params: ["logs", {}], onData: (d) => sent.push(d.result), onError });
    const some = logs[0].topics.length ? logs[0] : logs.find((l) => l.topics.length), narrow = [];
    const one = await transport.subscribe({ params: ["logs", { address: some.address, topics: [some.topics[0]] }],
        onData: (d) => narrow.push(d.result), onError });
    await transport.subscribe({ params: ["newPendingTransactions"], onData: (d) => pending.push(d.result), onError });
    const [blockFilter, eventFilter, poolFilter] = [await poller.createBlockFilter(), await poller.createEventFilter(),
        await poller.createPendingTransactionFilter()];

    await setHead(hashes[top]);
    const newer = hashes.slice(low + 1);
    await until("a head for each block", () => heads.length === newer.length);
    same("the heads are the blocks", heads.map((h) => h.hash), newer);
    const header = (await ask("eth_getHeaderByHash", hashes[top])).result;
    same("a head has the members of a header", Object.keys(heads.at(-1)).sort(), Object.keys(header).sort());
    await until("a notification for each log", () => sent.length === logs.length);
    same("the logs are those of eth_getLogs", sent.map(key), logs.map(key));
    same("the block filter has each block", await poller.getFilterChanges({ filter: blockFilter }), newer);
    const eventChanges = async () => (await poller.getFilterChanges({ filter: eventFilter })).map(key);
    same("the event filter has each log", await eventChanges(), logs.map(key));
    same("nothing is given twice", [await poller.getFilterChanges({ filter: blockFilter }),
        await poller.getFilterChanges({ filter: eventFilter })], [[], []]);
    const chosen = logs.filter((l) => l.address === some.address && l.topics[0] === some.topics[0]);
    same("a filter by address and topic", narrow.map(key), chosen.map(key));
    await one.unsubscribe();

    // back: what left the chain is removed, the newest block first
    await setHead(hashes[middle]);
    const gone = logs.filter((l) => Number(l.blockNumber) > middle).map((l) => ({ ...l, removed: true }))
        .sort((a, b) => Number(b.blockNumber) - Number(a.blockNumber) || Number(a.logIndex) - Number(b.logIndex));
    await until("a notification for each removed log", () => sent.length === logs.length + gone.length);
    same("the removed logs", sent.slice(logs.length).map(key), gone.map(key));
    same("the event filter has them too", await eventChanges(), gone.map(key));
    same("a block filter has none of them", await poller.getFilterChanges({ filter: blockFilter }), []);
    check("no head for blocks that went", heads.length === newer.length, heads.length);
    check("an ended subscription is silent", narrow.length === chosen.length, narrow.length);

    // the pool
    await setHead(hashes[top]);
    const raw = /"params":\["(0x\w+)"/.exec(readFileSync(join(rpc,
        "eth_sendRawTransaction/send-legacy-transaction.io"), "utf8"))[1];
    const transaction = await poller.sendRawTransaction({ serializedTransaction: raw });
    await until("a notification for a transaction", () => pending.length === 1);
    same("its hash", pending, [transaction]);
    same("the pool's filter", await poller.getFilterChanges({ filter: poolFilter }), [transaction]);
    check("eth_uninstallFilter", await poller.uninstallFilter({ filter: poolFilter })
        && !await poller.uninstallFilter({ filter: poolFilter }));
    const whole = (await ask("eth_newFilter", { fromBlock: "0x0", toBlock: "latest" })).result;
    same("eth_getFilterLogs", (await ask("eth_getFilterLogs", whole)).result.filter((l) => Number(l.blockNumber) > low)
        .map(key), logs.map(key));

    // viem's own watchers
    await setHead(hashes[middle]);
    const watched = [];
    const unwatch = subscriber.watchBlockNumber({ onBlockNumber: (n) => watched.push(Number(n)), onError });
    await until("viem watches", () => true);
    await new Promise((done) => { const wait = setInterval(async () => { // until its subscription is there
        await setHead(hashes[middle - 1]);
        await setHead(hashes[middle]);
        if (watched.length) { clearInterval(wait); done(); }
    }, 50); });
    watched.length = 0;
    await setHead(hashes[top]);
    await until("viem sees each number", () => watched.includes(top));
    unwatch();
    same("no error", errors, []);
    await transport.getRpcClient().then((c) => c.close());
}

// --- what geth answers ---

async function rules() {
    const rows = [["eth_getFilterChanges", ["0x1"], -32000, "filter not found"],
        ["eth_getFilterLogs", ["0x1"], -32000, "filter not found"],
        ["eth_getFilterLogs", [(await ask("eth_newBlockFilter")).result], -32000, "filter not found"],
        ["eth_subscribe", ["newHeads"], -32601, "notifications not supported"],
        ["eth_unsubscribe", ["0x1"], -32601, "notifications not supported"],
        ["eth_newFilter", [{ topics: [1] }], -32602, ""], ["eth_newFilter", [{ fromBlock: "soon" }], -32602, ""]];
    for (const [method, params, code, message] of rows) {
        const { error } = await ask(method, ...params);
        check(`${method} ${JSON.stringify(params)}`, error?.code === code && error.message.includes(message), error);
    }
    const socket = await open();
    const unknown = await socket.ask("eth_subscribe", "newThings");
    check("an unknown subscription", unknown.error?.code === -32601
        && /no "newThings" subscription/.test(unknown.error.message), unknown);
    const other = await socket.ask("eth_unsubscribe", "0x1");
    check("an unknown id", other.error?.message === "subscription not found", other);
    socket.terminate();
}

// --- bounds ---

async function open() {
    const socket = new WebSocket(wsUrl), waiting = new Map();
    let next = 0;
    socket.notes = 0;
    socket.on("message", (text) => {
        const m = JSON.parse(text);
        if (m.method)
            socket.notes++;
        else
            waiting.get(m.id)?.(m);
    });
    socket.on("error", () => {});
    socket.closed = new Promise((done) => socket.on("close", done));
    socket.ask = (method, ...params) => new Promise((done) => {
        waiting.set(++next, done);
        socket.send(JSON.stringify({ jsonrpc: "2.0", id: next, method, params }));
    });
    await new Promise((done, broken) => socket.on("open", done).on("error", broken));
    return socket;
}

async function batch(count, method, ...params) {
    return post(node.url, [...Array(count)].map((_, id) => ({ jsonrpc: "2.0", id, method, params })));
}

async function bounds() {
    const filters = (await Promise.all([batch(600, "eth_newBlockFilter"), batch(600, "eth_newBlockFilter")])).flat();
    check("a thousand filters and no more", filters.some((f) => f.error?.code === -32005) && filters
        .filter((f) => f.result).length > 900
        && filters.filter((f) => f.result).length <= 1000, filters.filter((f) => f.result).length);
    await post(node.url, filters.filter((f) => f.result).slice(0, 900)
        .map((f, id) => ({ jsonrpc: "2.0", id, method: "eth_uninstallFilter", params: [f.result] })));
    const fat = { address: [...Array(1000)].map((_, i) => `0x${i.toString(16).padStart(40, "0")}`) };
    const many = [];
    for (let i = 0; i < 8; i++)
        many.push(...await batch(90, "eth_newFilter", fat));
    check("filters of 16 MB in all", many.some((f) => f.error?.code === -32005) && many
        .filter((f) => f.result).length > 300, many.filter((f) => f.result).length);
    const socket = await open();
    const subscribed = await Promise.all([...Array(1100)].map(() => socket.ask("eth_subscribe", "newHeads")));
    check("1,024 subscriptions on a connection", subscribed.filter((s) => s.result).length === 1024, subscribed
        .filter((s) => s.result).length);
    check("and an error for the next", subscribed.find((s) => s.error)?.error.code === -32005, subscribed.at(-1));
    check("ids are not the same", new Set(subscribed.map((s) => s.result)).size === 1025, "");
    // closing a connection gives all of them back: 20 times as many as there may be at once
    socket.terminate();
    for (let i = 0; i < 20; i++) {
        const s = await open();
        const got = await Promise.all([...Array(1000)].map(() => s.ask("eth_subscribe", "newHeads")));
        check("subscriptions of closed connections are gone", got.every((g) => g.result), got.find((g) => g.error));
        s.terminate();
        await s.closed;
    }
}

function memory() {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${node.child.pid}/status`, "utf8"))[1]) / 1024;
}

// A client that does not read is closed; one that does gets everything, and memory stays bounded.
async function slowReader(hashes, low, top) {
    const deaf = await open(), other = await open();
    for (let i = 0; i < 100; i++)
        await deaf.ask("eth_subscribe", "logs", {});
    await other.ask("eth_subscribe", "newHeads");
    await setHead(hashes[top]);
    await setHead(hashes[low]);
    deaf._socket.pause();
    let isClosed = false, rounds = 0;
    deaf.closed.then(() => isClosed = true);
    other.notes = 0;
    for (; !isClosed && rounds < 200; rounds++) {
        await setHead(hashes[top]);
        await setHead(hashes[low]);
        if (rounds % 10 === 9) { // a paused socket does not see that it was closed
            deaf._socket.resume();
            await new Promise((done) => setImmediate(done));
            deaf._socket.pause();
        }
    }
    deaf._socket.resume();
    check("who does not read is closed", [1006, 1008].includes(await Promise.race([deaf.closed,
        new Promise((d) => setTimeout(d, 20000))])), rounds);
    await until("who reads gets the last head", () => other.notes > 0);
    check("memory", memory() < 400, `${memory()} MB`);
    check("it answers", (await ask("eth_blockNumber")).result === `0x${low.toString(16)}`, "");
    other.terminate();
}
