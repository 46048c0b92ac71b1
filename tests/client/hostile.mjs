// hostile - peers that attack: a prover's client, an L1 node, a beacon node. None aborts a process or fills its memory.
//
//   node tests/client/hostile.mjs SCOPE [urls|prover|heads|replies|words ..]
//
//   prover    witnesses with balances near 2^256, hashed again up to the root: executed, and refused by name;
//             8 MiB of trie nodes of one byte; bodies that are announced and not sent; more silent connections than a
//             prover takes
//   heads     an L1 node whose head is block 2^64 - 1; whose fees, or excessBlobGas, are as high as they can be written
//   replies   48 MiB of small JSON values from an L1 node and from a beacon node: memory in proportion
//   words     what six clients answer to eth_sendRawTransaction: known, underpriced, nonce too low
//   urls      --l1 with something that is no URL

import { RLP } from "@ethereumjs/rlp";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keccak256, toHex, toRlp } from "viem";
import { before, bundleIn, check, keep, outcome, root, runner, startAnvil, stopAll, wait } from "./anvil.mjs";

const [scope, ...only] = process.argv.slice(2), run = runner(scope);
const folder = mkdtempSync(join(tmpdir(), "hostile-"));
const stuck = join(root, "tests/scenario/l1/stuck.yaml");

const peakKiB = (child) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]);

// --- a prover ----------------------------------------------------------------------------------------

const [DATA, WITNESS] = [6, 8], [HEADERS, ANCHOR, NODES, CODES] = [0, 1, 2, 3];
const encode = (list) => Buffer.concat([Buffer.from([1]), RLP.encode(list)]);
const indexOf = (bytes, part) => Buffer.from(bytes).indexOf(Buffer.from(part));

function startProver(config) {
    const key = join(folder, "key");
    writeFileSync(key, `${keccak256(toHex("scope:prover:0"))}\n`);
    chmodSync(key, 0o600);
    const child = keep(spawn(scope, ["prove", "--config", config, "--key", key, "--listen", "127.0.0.1:0"],
        { stdio: ["ignore", "pipe", "pipe"] }));
    return new Promise((done) => child.stdout.on("data", (text) => {
        const url = /http:\/\/\S+:\d+/.exec(text);
        if (url)
            done({ child, url: url[0], post: async (body) => {
                try {
                    const answer = await fetch(`${url[0]}/prove`, { method: "POST", body });
                    return { status: answer.status, ...await answer.json() };
                } catch (e) {
                    return { status: 0, error: e.message };
                }
            } });
    }));
}

// Puts other bytes in a node's place, and the new hashes wherever the old ones are, up to the parent's header.
function replaceNode(request, at, bytes) {
    const w = request[WITNESS], work = [[keccak_256(w[NODES][at]), keccak_256(bytes)]];
    w[NODES][at] = bytes;
    const replace = (items, i, from, to) => {
        const place = indexOf(items[i], from);
        if (place < 0)
            return;
        const old = keccak_256(items[i]), changed = Uint8Array.from(items[i]);
        changed.set(to, place);
        items[i] = changed;
        work.push([old, keccak_256(changed)]);
    };
    while (work.length) {
        const [from, to] = work.pop();
        for (const items of [w[NODES], w[HEADERS]])
            items.forEach((_, i) => replace(items, i, from, to));
    }
}

// Where a request's witness has an account: [index of the node, what the node is, the account].
function accountsOf(request) {
    return RLP.decode(request.slice(1))[WITNESS][NODES].flatMap((node, at) => {
        const items = RLP.decode(node);
        if (items.length !== 2 || items[0][0] >> 5 !== 1)
            return [];
        try {
            const account = RLP.decode(items[1]);
            return Array.isArray(account) && account.length === 4 ? [[at, items, account]] : [];
        } catch {
            return [];
        }
    });
}

// Balances near 2^256, of every account in turn: false when the prover ended. What runs over is refused by its name.
async function executed(p, requests) {
    const names = new Set();
    for (const [k, honest] of requests.entries())
        for (const [at, items, account] of accountsOf(honest))
            for (const balance of [(1n << 256n) - 1n, (1n << 256n) - (1n << 60n), 1n << 255n]) {
                const request = RLP.decode(honest.slice(1));
                const bytes = Buffer.from(balance.toString(16).padStart(64, "0"), "hex");
                replaceNode(request, at,
                    RLP.encode([items[0], RLP.encode([account[0], bytes, account[2], account[3]])]));
                const got = await p.post(encode(request));
                names.add(got.error ?? "signed");
                check(`request ${k}, node ${at}, balance ${toHex(balance)}: an answer`,
                    got.status === 200 || got.status === 422, got);
                if (got.status === 0)
                    return false;
            }
    check("a balance that runs over is refused by its name", names.has("REJECT_BALANCE_OVERFLOW"), [...names]);
    check("balances that do not run over are signed", names.has("signed"), [...names]);
    return true;
}

async function memory(p, honest) {
    const request = RLP.decode(honest.slice(1)), earlier = peakKiB(p.child);
    const list = (payload) => {
        const digits = payload.length.toString(16);
        const size = Buffer.from(digits.length % 2 ? `0${digits}` : digits, "hex");
        return Buffer.concat([Buffer.of(0xf7 + size.length), size, payload]);
    };
    const w = request[WITNESS], nodes = list(Buffer.alloc(8 << 20, 1));
    const witness = list(Buffer.concat([RLP.encode(w[HEADERS]), RLP.encode(w[ANCHOR]), nodes, RLP.encode(w[CODES])]));
    const items = request.slice(0, WITNESS).map((item) => RLP.encode(item));
    const got = await p.post(Buffer.concat([Buffer.of(1), list(Buffer.concat([...items, witness]))]));
    const peak = (peakKiB(p.child) - earlier) >> 10;
    check("8 MiB of one-byte nodes are refused", got.status === 400, got);
    check("8 MiB of one-byte nodes take less than 64 MiB", peak < 64, `${peak} MiB`);
}

const open = (url, text) => new Promise((done) => {
    const { hostname, port } = new URL(url);
    const socket = connect(port, hostname, () => { socket.write(text); done(socket); });
    socket.on("error", () => {});
});

async function connections(p, honest) {
    const claim = "POST /prove HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\n\r\n";
    const idle = await Promise.all([...Array(8)].map(() => open(p.url, claim)));
    await wait(200);
    const busy = await p.post(honest);
    check("eight bodies that are announced and not sent lock out no client", busy.status === 200, busy);
    idle.forEach((s) => s.destroy());
    await wait(300);
    const silent = await Promise.all([...Array(64)].map(() => open(p.url, "")));
    await wait(300);
    const full = await Promise.race([p.post(honest), wait(30000).then(() => ({ status: 0, error: "no answer" }))]);
    check("64 silent connections lock out no client", full.status === 200, full);
    silent.forEach((s) => s.destroy());
    await wait(300);
    const slow = await open(p.url, `POST /prove HTTP/1.1\r\nHost: x\r\nContent-Length: ${honest.length}\r\n\r\n`);
    const reply = new Promise((done) =>
        slow.once("data", (bytes) => done(bytes.toString())).once("close", () => done("")));
    slow.write(honest.subarray(0, honest.length / 2));
    await wait(300);
    const newer = await Promise.all([...Array(80)].map(() => open(p.url, "")));
    await wait(300);
    slow.write(honest.subarray(honest.length / 2));
    const got = await reply;
    check("80 newer silent connections do not replace a slow request", got.startsWith("HTTP/1.1 200"), got);
    newer.forEach((s) => s.destroy());
}

async function prover() {
    const rules = join(folder, "rules.json"), witnesses = join(folder, "witnesses");
    check("scope rules", spawnSync(scope, ["rules", "examples/swap.yaml", "--out", rules]).status === 0);
    const made = spawnSync(scope, ["witness", "examples/swap.yaml", "--format", "request", "--out", witnesses]);
    check("scope witness", made.status === 0);
    const requests = readdirSync(witnesses).filter((f) => f.endsWith(".request")).sort().map((f) =>
        readFileSync(join(witnesses, f)));
    let p = await startProver(rules);
    if (!await executed(p, requests))
        p = await startProver(rules);
    await connections(p, requests.at(-1));
    await memory(p, requests.at(-1));
    const last = await p.post(requests.at(-1));
    check("the prover signs what is honest afterwards", last.status === 200, last);
    p.child.kill();
}

// --- an L1 node --------------------------------------------------------------------------------------

const order = ["parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom",
    "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce", "baseFeePerGas",
    "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot", "requestsHash"];
const quantities = new Set(["difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed",
    "excessBlobGas"]);
const minimal = (hex) => (BigInt(hex) === 0n ? "0x" : toHex(BigInt(hex)));

// The block with other fields, and the hash of that.
function forged(block, fields) {
    const b = { ...block, ...fields };
    return { ...b, hash: keccak256(toRlp(order.filter((k) => b[k] !== undefined).map((k) =>
        (quantities.has(k) ? minimal(b[k]) : b[k])))) };
}

// A node all of whose blocks have these fields, each the child of the one before it; everything else is anvil's, by
// the hashes that the blocks then have.
async function liar(node, fields) {
    const real = new Map(), told = new Map(); // of a hash, the other one
    const translate = (x, to) => JSON.parse(JSON.stringify(x ?? null).replace(/0x[0-9a-f]{64}(?![0-9a-f])/g,
        (hash) => to.get(hash) ?? hash));
    const tell = async (block) => {
        if (BigInt(block.number) > 0n && !told.has(block.parentHash))
            await tell(await node.ask("eth_getBlockByHash", [block.parentHash, false]));
        const lie = forged(block, { parentHash: told.get(block.parentHash) ?? block.parentHash, ...fields });
        told.set(block.hash, lie.hash);
        real.set(lie.hash, block.hash);
        return lie;
    };
    return before(node, async (call) => {
        try {
            const result = await node.ask(call.method, translate(call.params, real));
            const isBlock = /^eth_getBlockBy/.test(call.method) && result;
            return { result: isBlock ? await tell(result) : translate(result, told) };
        } catch (e) {
            return { error: { code: -32000, message: e.message } };
        }
    });
}

// A process until it ends: its status, what it wrote to stderr, and the most memory that it was seen to have, in KiB.
function watch(...argv) {
    return new Promise((done) => {
        const child = keep(spawn(scope, argv, { stdio: ["ignore", "ignore", "pipe"] }));
        let err = "", peak = 0;
        child.stderr.on("data", (text) => (err += text));
        const look = setInterval(() => {
            try { peak = Math.max(peak, peakKiB(child) || 0); } catch { /* it has ended */ }
        }, 1);
        const slow = setTimeout(() => { err += "(did not end)"; child.kill("SIGKILL"); }, 60000);
        child.on("close", (status) => {
            clearInterval(look);
            clearTimeout(slow);
            done({ status, err, peak });
        });
    });
}

async function heads() {
    const node = await startAnvil();
    await node.mine();
    const real = await node.ask("eth_getBlockByNumber", ["latest", false]);
    check("a block hashes as it should", forged(real, {}).hash === real.hash, real);
    const high = await before(node, async (call) => (/^eth_getBlockBy/.test(call.method)
        ? { change: (block) => forged(block, { number: toHex((1n << 64n) - 1n) }) } : undefined));
    const genesis = join(folder, "genesis.json");
    const made = spawnSync(scope, ["run", "examples/swap.yaml", "--export-genesis", genesis]);
    check("--export-genesis", made.status === 0);
    const file = JSON.parse(readFileSync(genesis, "utf8"));
    file.l1ChainId = 31337;
    delete file.l1Block;
    writeFileSync(genesis, JSON.stringify(file));
    const derived = await watch("derive", "--l1", high.url, "--rollups", genesis);
    check("a head of block 2^64 - 1: scope derive refuses it",
        derived.status === 2 && derived.err.includes("REJECT_RPC"), derived);
    high.stop();
    node.stop();
    const most = (bits) => toHex((1n << bits) - 1n);
    for (const [name, fields] of [["excessBlobGas of 2^64 - 1", { excessBlobGas: most(64n) }],
        ["a base fee of 2^256 - 1", { baseFeePerGas: most(256n) }],
        ["a gas limit of 2^63 - 1", { gasLimit: most(63n) }]]) {
        const honest = await startAnvil(), lying = await liar(honest, fields);
        const r = await run(stuck, "--data", "auto", "--l1", lying.url);
        check(`${name}: scope run ends by name`, r.status === 3 || /REJECT_|FAULT_/.test(r.err), r);
        check(`${name}: scope run is not aborted`, r.status !== null && r.status <= 3 && !r.err.includes("BUG"), r);
        lying.stop();
        honest.stop();
    }
}

// The text of a JSON-RPC result, or of a beacon node's answer.
async function talker(text) {
    const server = createServer((request, response) => request.resume().on("end", () => response.end(text(request))));
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

async function replies() {
    const zeros = `[${"0,".repeat((48 << 20) / 2)}0]`, most = 256 << 10;
    const big = await talker(() => `[{"jsonrpc":"2.0","id":1,"result":${zeros}}]`);
    const r = await watch("run", stuck, "--l1", big.url);
    check("48 MiB of small JSON values from an L1 node are refused", r.status === 2 && r.err.includes("REJECT_RPC"), r);
    check("48 MiB of small JSON values from an L1 node take less than 256 MiB", r.peak < most, r.peak);
    big.stop();
    const node = await startAnvil(), genesis = join(folder, "blobs.json");
    const made = await run(stuck, "--data", "blobs", "--l1", node.url, "--export-genesis", genesis);
    check("a rollup's data in blobs", made.status === 0, made.err);
    const beacon = await talker((request) => (/genesis$/.test(request.url) ? '{"data":{"genesis_time":"1"}}'
        : /spec$/.test(request.url) ? '{"data":{"SECONDS_PER_SLOT":"1"}}'
            : `{"data":[${"0,".repeat((24 << 20) / 2)}0]}`));
    const d = await watch("derive", "--l1", node.url, "--rollups", genesis, "--l1-beacon", beacon.url);
    check("24 MiB of small JSON values from a beacon node are refused",
        d.status === 1 && d.err.includes("FAULT_BLOB_MISSING") && d.err.includes("too many values"), d);
    check("24 MiB of small JSON values from a beacon node take less than 256 MiB", d.peak < most, d.peak);
    beacon.stop();
    node.stop();
}

// What a client answers; had: whether it has the transaction all the same.
const answers = [
    ["geth, reth, erigon", "already known", true], ["nethermind", "AlreadyKnown", true],
    ["besu", "Known transaction", true], ["anvil", "transaction already imported", true],
    ["geth, reth", "nonce too low: next nonce 9, tx nonce 8", true], ["besu", "Nonce too low", true],
    ["nethermind", "OldNonce, Current nonce: 9, nonce of rejected tx: 8", true],
    ["geth, reth", "replacement transaction underpriced", false],
    ["geth", "transaction underpriced: gas tip cap 1, minimum needed 2", false],
    ["erigon", "could not replace existing tx", false], ["nethermind", "ReplacementNotAllowed", false],
    ["nethermind", "FeeTooLow, MaxFeePerGas too low", false], ["besu", "Replacement transaction underpriced", false],
    ["anvil", "max fee per gas less than block base fee", false],
];

async function words() {
    for (const [client, message, had] of answers) {
        const node = await startAnvil(), sent = [];
        let hidden = 0;
        const proxy = await before(node, async (call) => {
            const bundle = bundleIn(call);
            if (bundle && sent.push(bundle) === 1) {
                if (had)
                    await node.ask("eth_sendRawTransaction", [bundle.raw]);
                hidden = had ? 2 : 0; // the first looks do not find it: another node of the same name answers them
                return { error: { code: -32000, message } };
            }
            if (hidden && call.method === "eth_getTransactionByHash")
                return hidden--, { result: null };
        });
        const r = await run(stuck, "--data", "calldata", "--l1", proxy.url);
        check(`${client}: "${message}": settles`, r.status === 0 && r.report?.failed === 0, r.err);
        const [first, second] = sent;
        check(`${client}: "${message}": ${had ? "as it was sent" : "sent again for more"}`, had || (sent.length === 2 &&
            second.nonce === first.nonce && second.maxFeePerGas > first.maxFeePerGas), sent.length);
        proxy.stop();
        node.stop();
    }
}

async function urls() {
    for (const url of ["foo", "127.0.0.1:8545", "localhost:8545", "", "http://", "ftp://127.0.0.1/",
        "ws://127.0.0.1:8545"]) {
        const r = await run(stuck, "--l1", url);
        check(`--l1 ${JSON.stringify(url)}: refused`, r.status === 2 && r.err.includes("http://"),
            `${r.status} ${r.err}`);
    }
}

try {
    for (const f of [urls, prover, heads, replies, words])
        if (!only.length || only.includes(f.name))
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
