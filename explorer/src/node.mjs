// node - the node that serves this page: JSON-RPC over HTTP, and what it tells by WebSocket.
//
//   await call("scope_trace", [hash])            any chain answers scope_ methods
//   await call("eth_getBalance", [..], 7001)     of one chain
//   watch(state => ..)                           chains, heads, statuses, bundles, as they come
//
// Every path is a chain's: /l1, /7001. The page talks to the port that it came from, and to nothing else.

const pathOf = (chainId) => (chainId === undefined ? "/" : `/${chainId}`);
let nextId = 1;

class RpcError extends Error {
    constructor({ code, message, data }) {
        super(message);
        Object.assign(this, { code, data });
    }
}

async function post(body, chainId) {
    const response = await fetch(pathOf(chainId), { method: "POST", headers: { "content-type": "application/json" },
        body: JSON.stringify(body) });
    if (!response.ok)
        throw new Error(`the node answers ${response.status}`);
    return response.json();
}

export async function call(method, params = [], chainId = undefined) {
    const { result, error } = await post({ jsonrpc: "2.0", id: nextId++, method, params }, chainId);
    if (error)
        throw new RpcError(error);
    return result;
}

// Several calls in one request; an item that failed is null.
export async function batch(requests, chainId) {
    if (!requests.length)
        return [];
    const first = nextId;
    nextId += requests.length;
    const answers = await post(requests.map(([method, ...params], i) =>
        ({ jsonrpc: "2.0", id: first + i, method, params })), chainId);
    return requests.map((_, i) => answers.find((a) => a.id === first + i)?.result ?? null);
}

// --- what is happening ---

const BLOCKS = 24, LISTED = 60, BUNDLES = 32;

const state = { isLive: false, error: null, chains: [], status: null, blobFee: null, heads: {}, statuses: [],
    bundles: [],
    accounts: [] };
const watchers = new Set();
let isScheduled = false;

// Once a frame, however much came.
function changed() {
    if (isScheduled)
        return;
    isScheduled = true;
    requestAnimationFrame(() => {
        isScheduled = false;
        watchers.forEach((w) => w({ ...state }));
    });
}

export function watch(watcher) {
    watchers.add(watcher);
    watcher({ ...state });
    return () => watchers.delete(watcher);
}

function putBlock(chainId, block) {
    const blocks = state.heads[chainId] ?? [];
    const rest = blocks.filter((b) => b.number !== block.number && BigInt(b.number) < BigInt(block.number));
    state.heads = { ...state.heads, [chainId]: [block, ...rest].slice(0, BLOCKS) };
}

// A status keeps its place in the list when it changes.
function putStatus(status) {
    const i = state.statuses.findIndex((s) => s.hash === status.hash);
    state.statuses = i < 0 ? [status, ...state.statuses].slice(0, LISTED) : state.statuses.with(i, status);
}

async function refreshStatus() {
    const [status, blobFee] = await batch([["scope_status"], ["eth_blobBaseFee"]], state.chains[0].chainId);
    Object.assign(state, { status: status ?? state.status, blobFee });
    changed();
}

async function loadBlocks({ chainId }) {
    const head = BigInt(await call("eth_blockNumber", [], chainId)), requests = [];
    for (let i = head; i >= 0n && head - i < BLOCKS; i--)
        requests.push(["eth_getBlockByNumber", `0x${i.toString(16)}`, false]);
    const blocks = await batch(requests, chainId);
    state.heads = { ...state.heads, [chainId]: blocks.filter(Boolean) };
}

async function load() {
    const [status, listed, bundles, accounts] = await batch([["scope_status"], ["scope_listTransactions",
        { limit: `0x${LISTED.toString(16)}` }], ["scope_listBundles", { limit: "0x20" }], ["eth_accounts"]]);
    Object.assign(state, { status, statuses: listed.transactions, bundles, accounts: accounts ?? [], error: null });
    await Promise.all([refreshStatus(), ...state.chains.map(loadBlocks)]);
}

// One WebSocket: subscribes to each of the names, and hands on what comes. Resolves when all are begun.
function listen(path, subscriptions, onEnd) {
    const url = new URL(path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url), names = new Map();
    const begun = new Promise((done) => {
        socket.onopen = () => subscriptions.forEach(({ method, name }, i) =>
            socket.send(JSON.stringify({ jsonrpc: "2.0", id: i, method, params: [name] })));
        socket.onmessage = ({ data }) => {
            const { id, result, params } = JSON.parse(data);
            if (params)
                return names.get(params.subscription)?.(params.result);
            names.set(result, subscriptions[id].take);
            return names.size === subscriptions.length && done();
        };
        socket.onclose = onEnd;
    });
    return { socket, begun };
}

async function takeHead(chainId, { number }) {
    const block = await call("eth_getBlockByNumber", [number, false], chainId);
    if (block)
        putBlock(chainId, block);
    changed();
}

const ofScopes = [
    { method: "scope_subscribe", name: "statuses", take: (s) => (putStatus(s), changed()) },
    { method: "scope_subscribe", name: "bundles", take: (b) => {
        state.bundles = [b, ...state.bundles.filter((x) => x.hash !== b.hash)].slice(0, BUNDLES);
        refreshStatus().catch(() => undefined); // the socket says it when the node is gone
    } },
];

const RETRY_MS = 1000, STATUS_MS = 5000;

// Subscribes first, then loads: what comes in between is taken after it.
async function begin(end) {
    const early = [], sockets = [];
    let isLoaded = false;
    const later = (take) => (item) => (isLoaded ? take(item) : early.push(() => take(item)));
    const wrap = (list) => list.map((s) => ({ ...s, take: later(s.take) }));
    state.chains = await call("scope_chains");
    sockets.push(listen("/", wrap(ofScopes), end));
    for (const { chainId } of state.chains)
        sockets.push(listen(pathOf(chainId), wrap([{ method: "eth_subscribe", name: "newHeads",
            take: (h) => takeHead(chainId, h).catch(end) }]), end));
    end.sockets = sockets.map((s) => s.socket);
    await Promise.all(sockets.map((s) => s.begun));
    await load();
    isLoaded = true;
    early.forEach((take) => take());
}

// Again and again: a node that restarts is found again.
function follow() {
    let hasEnded = false;
    const end = (error) => {
        if (hasEnded)
            return;
        hasEnded = true;
        end.sockets?.forEach((s) => s.close());
        Object.assign(state, { isLive: false, error: error instanceof Error ? error.message : null });
        changed();
        setTimeout(follow, RETRY_MS);
    };
    begin(end).then(() => {
        state.isLive = !hasEnded;
        changed();
    }, end);
}

export function start() {
    follow();
    setInterval(() => state.isLive && refreshStatus().catch(() => undefined), STATUS_MS);
}
