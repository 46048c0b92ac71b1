// kill_l1 - scope run --l1 --dir, killed with SIGKILL, goes on and ends as if nothing had been, on an L1 that keeps
// what went out.
//
//   node tests/client/kill_l1.mjs SCOPE [MOMENTS] [SEED] [SENDS]
//
//   sends     at each transaction that is about to be sent (every SENDS-th): killed before the node has it, after it
// has it
//             and before it is mined, or when it is mined and before the answer
//   moments   at random moments, over the time that an undisturbed run takes; up to four times before it is left alone
//
// L1 is anvil, and a server before it that mines a little after each transaction. The rows below say what else happens
// there: data in blobs, provers as processes of which one is killed, too, a bundle that is overtaken or comes too late.
//
// Then: L1 reorgs a bundle away while no process runs; an older copy of the folder; another L1; another folder.
//
// At the end L1 is read with viem: what was sent besides bundles was sent once each, and nothing more than by an
// undisturbed run; as many bundles settled, of the same blocks; nothing waits in the pool; SharedBridge has the heads
// that the folder has, which a run of no more steps exports. The scenario's own expectations are met, as many as in one
// process.

import { bytesToHex } from "@ethereumjs/util";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPublicClient, decodeEventLog, getContractAddress, http, keccak256, parseAbi, parseTransaction,
    toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { EXECUTE_BUNDLE } from "./anvil.mjs";
import { spawnAnvil } from "./anvil_process.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const [scope, moments = "10", seed = String(Date.now() % 1000000), sends = "3"] = process.argv.slice(2);
const top = mkdtempSync(join(tmpdir(), "kill-l1-"));
const outcome = { passed: 0, failed: 0 };
function check(what, holds, got = "") {
    outcome[holds ? "passed" : "failed"]++;
    if (!holds)
        console.log(`failed: ${what}${got === "" ? "" : `: ${typeof got === "string" ? got : JSON.stringify(got, (k, v) => (typeof v === "bigint" ? String(v) : v))}`}`);
    return holds;
}
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

let x = Number(seed) >>> 0 || 1; // xorshift32
function random() {
    x ^= x << 13, x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5, x >>>= 0;
    return x / 2 ** 32;
}

// --- L1 ----------------------------------------------------------------------------------------------

const children = new Set();
function keep(child) {
    children.add(child);
    child.on("close", () => children.delete(child));
    return child;
}
const start = (program, args, options) => keep(spawn(program, args, options));

const hostile = privateKeyToAccount("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const oracle = getContractAddress({ from: privateKeyToAccount(keccak256(toHex("scope:account:owner"))).address,
    nonce: 0n });

// What happens on L1 to the n-th bundle sent there. Each gives what the sender is told, or undefined: it is forwarded.
const trouble = {
    none: async () => undefined,
    // its block goes by before it is there
    late: async (l1, raw, n) => { if (n === 1) await l1.mine(); },
    // the node says that it has it, and has not
    dropped: async (l1, raw, n) => (n === 1 ? { result: keccak256(raw) } : undefined),
    // another transaction changes what it read, in its own block and before it
    overtaken: async (l1, raw, n) => {
        const { maxFeePerGas, maxPriorityFeePerGas } = parseTransaction(raw),
            nonce = Number(await l1.ask("eth_getTransactionCount", [hostile.address, "latest"]));
        await l1.ask("eth_sendRawTransaction", [await hostile.signTransaction({ chainId: 31337, type: "eip1559", nonce, to: oracle, gas: 100000n, data: `0x60fe47b1${(3000 + n).toString(16).padStart(64, "0")}`,
            maxFeePerGas: maxFeePerGas * 3n, maxPriorityFeePerGas: maxPriorityFeePerGas * 3n })]);
    },
};

// In its network form a blob transaction is nothing that viem reads; only bundles are of that type.
const isBundle = (raw) => raw.startsWith("0x03") || parseTransaction(raw).data?.startsWith(EXECUTE_BUNDLE);

// Anvil, and the proxy in front of it. onSend(raw, "before" | "pooled" | "mined") may kill the process.
async function startL1(row) {
    const { child, url } = await spawnAnvil(["--no-mining"]);
    keep(child);
    const post = async (call) => (await fetch(url,
        { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(call) })).json();
    const l1 = { client: createPublicClient({ transport: http(url) }), sent: 0, onSend: null, bundles: 0 };
    l1.ask = async (method, params = []) => {
        const answer = await post({ jsonrpc: "2.0", id: 1, method, params });
        if (answer.error)
            throw new Error(`${method}: ${answer.error.message}`);
        return answer.result;
    };
    l1.mine = () => l1.ask("anvil_mine", ["0x1"]);
    const send = async (call) => {
        const raw = call.params[0], n = ++l1.sent;
        if (await l1.onSend?.(n, "before", raw))
            return { jsonrpc: "2.0", id: call.id, error: { code: -32000, message: "the process was killed" } };
        if (isBundle(raw)) {
            const told = await trouble[row.trouble](l1, raw, ++l1.bundles);
            if (told)
                return { jsonrpc: "2.0", id: call.id, ...told };
        }
        const answer = await post(call);
        await l1.onSend?.(n, "pooled");
        if (!answer.error) {
            await wait(random() * 8);
            await l1.mine();
        }
        await l1.onSend?.(n, "mined");
        return answer;
    };
    let turn = Promise.resolve(); // one call after the other, as they came
    const server = createServer((request, response) => {
        const body = [];
        request.on("data", (piece) => body.push(piece));
        request.on("end", () => {
            turn = turn.then(async () => {
                const calls = JSON.parse(Buffer.concat(body)), answers = [];
                for (const call of Array.isArray(calls) ? calls : [calls])
                    answers.push(await (call.method === "eth_sendRawTransaction" ? send(call) : post(call)));
                response.end(JSON.stringify(Array.isArray(calls) ? answers : answers[0]));
            }).catch((e) => { console.log(`the server before anvil: ${e.message}`); outcome.failed++; response.writeHead(500).end(); });
        });
    });
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    l1.url = `http://127.0.0.1:${server.address().port}`;
    l1.stop = () => { server.closeAllConnections(); server.close(); child.kill("SIGKILL"); };
    await l1.mine();
    return l1;
}

const abi = parseAbi([
    "event Settled(uint64 indexed chainId, bytes32 indexed blockHash, bytes32 stateRoot, uint64 firstBlock, uint64 lastBlock, bytes32 dataHash, bytes32 statement)",
    "event RollupRegistered(uint64 indexed chainId, bytes32 blockHash, bytes32 stateRoot, bytes32 rulesHash, uint256 escrow)",
]);

// What an undisturbed run leaves is what any run must leave.
async function readChain(l1) {
    const others = [], settled = [], heads = {};
    let registered = 0, bundles = 0;
    const last = Number(await l1.client.getBlockNumber());
    for (let n = 1; n <= last; n++) {
        const block = await l1.client.getBlock({ blockNumber: BigInt(n), includeTransactions: true });
        for (const tx of block.transactions) {
            if (tx.from.toLowerCase() === hostile.address.toLowerCase())
                continue;
            const receipt = await l1.client.getTransactionReceipt({ hash: tx.hash });
            const isBundle = tx.input.startsWith(EXECUTE_BUNDLE);
            if (!isBundle)
                others.push([tx.from, tx.to, String(tx.value), keccak256(tx.input), receipt.status,
                    tx.authorizationList?.length ?? 0].join(" "));
            bundles += isBundle && receipt.status === "success";
            for (const log of receipt.logs) {
                let event;
                try { event = decodeEventLog({ abi, data: log.data, topics: log.topics }); } catch { continue; }
                registered += event.eventName === "RollupRegistered";
                if (event.eventName === "Settled") {
                    settled.push([event.args.chainId, event.args.firstBlock, event.args.lastBlock].join(" "));
                    heads[event.args.chainId] = event.args.blockHash;
                }
            }
        }
    }
    const pool = await l1.ask("txpool_status");
    return { others: others.sort(), settled: settled.sort(), heads, registered, bundles, pool };
}

// --- runs --------------------------------------------------------------------------------------------

let runs = 0;
// kill(child) is called when it is under way; null: it is left alone. { status, err, report, rollups, ms }
function run(row, l1, folder, prepare = null) {
    const begun = Date.now(), exported = join(top, `${runs++}.rollups.json`);
    const child = start(scope, ["run", row.file, "--l1", l1.url, "--dir", folder, "--json", "--data", row.data,
        "--export-rollups", exported, ...row.provers.flatMap((p) => ["--prover", p.url])],
        { stdio: ["ignore", "pipe", "pipe"] });
    let out = "", err = "";
    child.stdout.on("data", (piece) => (out += piece));
    child.stderr.on("data", (piece) => (err += piece));
    const slow = setTimeout(() => { err += "(took too long)"; child.kill("SIGKILL"); }, 180000);
    prepare?.(child);
    return new Promise((done) => child.on("close", (status, signal) => {
        clearTimeout(slow);
        const ended = { status: status ?? signal, err, report: null, rollups: null, ms: Date.now() - begun };
        if (status === 0) {
            try { ended.report = JSON.parse(out); ended.rollups = JSON.parse(readFileSync(exported,
                "utf8")).rollups; } catch (e) { ended.err += e.message; }
        }
        rmSync(exported, { force: true });
        done(ended);
    }));
}

async function judge(what, row, l1, last) {
    if (!check(`${what}: it goes on to the end`, last.status === 0 && last.report?.failed === 0, `${last.status} ${last.err} ${JSON.stringify(last.report?.steps.flatMap((step) => step.expectations ?? []).filter((e) => !e.met))}`))
        return;
    const chain = await readChain(l1), want = row.chain;
    check(`${what}: every expectation is counted once`, last.report.met === row.met,
        `${last.report.met}, not ${row.met}`);
    check(`${what}: set up once`, chain.registered === want.registered, chain.registered);
    check(`${what}: besides bundles, the same transactions, each once`, JSON.stringify(chain.others) === JSON.stringify(want.others), chain.others.filter((t) => !want.others.includes(t) || chain.others.filter((u) => u === t).length > 1));
    check(`${what}: the same blocks settled, in as many bundles`, JSON.stringify(chain.settled) === JSON.stringify(want.settled) && chain.bundles === want.bundles, chain.settled);
    check(`${what}: nothing waits in the pool`, Number(chain.pool.pending) === 0 && Number(chain.pool.queued) === 0, chain.pool);
    for (const r of last.rollups)
        check(`${what}: the head of ${Number(r.chainId)} is the one that settled`, r.blocks.at(-1)?.hash === chain.heads[Number(r.chainId)], chain.heads);
}

const provers = [];
async function startProver(config, i) {
    const key = join(top, `key-${i}`);
    writeFileSync(key, bytesToHex(keccak_256(new TextEncoder().encode(`scope:prover:${i}`))), { mode: 0o600 });
    const child = start(scope, ["prove", "--config", config, "--key", key, "--listen", "127.0.0.1:0"]);
    child.url = await new Promise((done) => child.stdout.on("data", (text) => done(/http:\S+:\d+/.exec(text)[0])));
    return child;
}

// The first run is not disturbed (but by what the row says), and tells what the others must come to.
async function measure(row) {
    const l1 = await startL1(row), whole = await run(row, l1, join(top, `${row.name}-whole`));
    check(`${row.name}: an undisturbed run`, whole.status === 0 && whole.report?.failed === 0, `${whole.status} ${whole.err}`);
    row.sent = l1.sent;
    row.ms = whole.ms;
    row.met = whole.report?.met;
    row.chain = await readChain(l1);
    l1.stop();
}

// Two bundles, one after the other, and the process dies before it sends the first or the second.
async function beforeBundle(name, n) {
    const row = { name, file: twice, data: "calldata", trouble: "none", provers: [] };
    const l1 = await startL1(row), folder = join(top, name);
    let child = null;
    l1.onSend = async (_, at, raw) => {
        if (at !== "before" || l1.bundles !== n - 1 || !isBundle(raw) || !child)
            return false;
        child.kill("SIGKILL");
        await new Promise((done) => child.on("close", done));
        child = null;
        return true;
    };
    const broken = await run(row, l1, folder, (c) => { child = c; });
    check(`${name}: killed before bundle ${n}`, broken.status === "SIGKILL" && l1.bundles === n - 1, broken.err);
    return { row, l1, folder };
}

// The first bundle's block is reorganized away while no process runs: its work is pending again, with the second's.
async function reorganizedAway() {
    const { row, l1, folder } = await beforeBundle("reorganized while away", 2);
    await l1.ask("anvil_rollback", [1]);
    await l1.mine();
    const last = await run(row, l1, folder), chain = await readChain(l1);
    check(`${row.name}: ends well, with both payments`, last.status === 0 && last.report?.failed === 0, last.err + JSON.stringify(last.report?.steps?.at(-1)));
    check(`${row.name}: one bundle settled, of the first block`, JSON.stringify(chain.settled) === '["7001 1 1"]' && chain.bundles === 1, chain);
    check(`${row.name}: and the folder has it`, last.rollups?.[0].blocks.length === 1 && last.rollups[0].blocks[0].hash === chain.heads[7001], chain.heads);
    check(`${row.name}: nothing waits in the pool`, Number(chain.pool.pending) === 0, chain.pool);
    l1.stop();
}

// A copy of the folder that is older than what has settled: refused by name, and nothing is sent.
async function olderCopy() {
    const { row, l1, folder } = await beforeBundle("older copy", 1);
    cpSync(folder, `${folder}-copy`, { recursive: true });
    const last = await run(row, l1, folder), sent = l1.sent;
    check(`${row.name}: the folder itself goes on`, last.status === 0, last.err);
    const refused = await run(row, l1, `${folder}-copy`);
    check(`${row.name}: is refused by name`, refused.status >= 2 && refused.err.includes("REJECT_L1_AHEAD") && refused.err.includes("has settled block 2"), refused.err);
    check(`${row.name}: nothing was sent`, l1.sent === sent, l1.sent - sent);
    l1.stop();
}

// Another L1 with the same id: the bridge is not there.
async function otherL1() {
    const { row, l1, folder } = await beforeBundle("other L1", 2);
    l1.stop();
    const other = await startL1(row), refused = await run(row, other, folder);
    check(`${row.name}: is refused by name`, refused.status >= 2 && /REJECT_(SET_UP|L1_CHAIN)/.test(refused.err), refused.err);
    check(`${row.name}: nothing was sent`, other.sent === 0, other.sent);
    other.stop();
}

// Another folder on the same L1: contracts of its own are deployed, and neither is in the other's way.
async function otherFolder() {
    const row = { name: "other folder", file: twice, data: "calldata", trouble: "none", provers: [] },
        l1 = await startL1(row);
    for (const folder of ["one", "two"]) {
        const r = await run(row, l1, join(top, folder));
        check(`${row.name}: ${folder} ends well`, r.status === 0 && r.report?.failed === 0, r.err);
    }
    const chain = await readChain(l1);
    check(`${row.name}: a rollup and two bundles each`, chain.registered === 2 && chain.bundles === 4 && chain.settled.length === 4, chain);
    l1.stop();
}

let killed = 0, midway = 0;
const noteProgress = (ended) => {
    const step = /goes on after step (\d+) of (\d+)/.exec(ended.err);
    midway += step !== null && Number(step[1]) < Number(step[2]);
};

async function atSend(row, n, when) {
    const what = `${row.name}, killed ${when} transaction ${n}`, folder = join(top, `${row.name}-${n}-${when}`),
        l1 = await startL1(row);
    let child = null;
    l1.onSend = async (m, at) => {
        if (m !== n || at !== when || !child)
            return false;
        child.kill("SIGKILL");
        await new Promise((done) => child.on("close", done));
        child = null;
        return true;
    };
    const broken = await run(row, l1, folder, (c) => { child = c; });
    check(`${what}: it was`, broken.status === "SIGKILL", `${broken.status} ${broken.err}`);
    killed++;
    const last = await run(row, l1, folder);
    noteProgress(last);
    await judge(what, row, l1, last);
    l1.stop();
    rmSync(folder, { recursive: true, force: true });
}

async function atMoment(row, i) {
    const what = `${row.name}, moment ${i} of seed ${seed}`, folder = join(top, `${row.name}-moment-${i}`),
        l1 = await startL1(row);
    for (let again = 0; again === 0 || (again < 4 && random() < 0.5); again++) {
        const after = random() * 1.1 * row.ms;
        const broken = await run(row, l1, folder, (child) =>
            { const clock = setTimeout(() => child.kill("SIGKILL"), after); child.on("close", () =>
            clearTimeout(clock)); });
        check(`${what}: killed, or it had ended`, broken.status === "SIGKILL" || broken.status === 0, `${broken.status} ${broken.err}`);
        killed += broken.status === "SIGKILL";
    }
    const victim = row.provers[0];
    const clock = victim ? setTimeout(() => victim.kill("SIGKILL"), random() * row.ms) : null; // two of three remain
    const last = await run(row, l1, folder);
    clearTimeout(clock);
    noteProgress(last);
    await judge(what, row, l1, last);
    l1.stop();
    rmSync(folder, { recursive: true, force: true });
    if (victim) {
        victim.kill("SIGKILL");
        row.provers[0] = await startProver(join(top, "rules.json"), 0);
        killed++;
    }
}

const twice = join(root, "tests/scenario/l1/twice.yaml"), race = join(root, "tests/scenario/l1/race.yaml"),
    swap = join(root, "examples/swap.yaml");
const rows = [
    { name: "swap", file: swap, data: "calldata", trouble: "none" },
    // nora waits for the second slot, and gives up there
    { name: "overtaken", file: race, data: "calldata", trouble: "overtaken" },
    { name: "blobs", file: twice, data: "blobs", trouble: "late" },
    { name: "dropped", file: twice, data: "calldata", trouble: "dropped" },
    { name: "provers", file: swap, data: "calldata", trouble: "none", provers: 3 },
];

try {
    for (const row of rows) {
        const count = row.provers ?? 0;
        row.provers = [];
        if (count) { // what provers believe names the L1's id
            const text = readFileSync(row.file, "utf8").replaceAll("../", `${root}/`).replace("kind: l1, id: 1 ", "kind: l1, id: 31337 ");
            writeFileSync(row.file = join(top, "rules.yaml"), text);
            spawnSync(scope, ["rules", row.file, "--out", join(top, "rules.json")]);
        }
        for (let i = 0; i < count; i++)
            row.provers.push(await startProver(join(top, "rules.json"), i));
        await measure(row);
        const when = ["before", "pooled", "mined"];
        if (!count)
            for (let n = 1 + Math.floor(random() * Number(sends)); n <= row.sent; n += Number(sends))
                await atSend(row, n, when[Math.floor(random() * 3)]);
        for (let i = 0; i < Math.ceil(Number(moments) / rows.length); i++)
            await atMoment(row, i);
        row.provers.forEach((p) => p.kill("SIGKILL"));
    }
    for (const f of [reorganizedAway, olderCopy, otherL1, otherFolder])
        await f();
    check("enough were killed", killed >= Number(moments), killed);
    check("enough of them midway", midway > Number(moments) / 10, midway);
    console.log(`seed ${seed}: ${killed} processes killed, ${midway} folders left midway`);
} catch (e) {
    console.log(e.stack);
    outcome.failed++;
} finally {
    for (const child of children)
        child.kill("SIGKILL");
    rmSync(top, { recursive: true, force: true });
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
