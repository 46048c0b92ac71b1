// derive_l1 - rollups rebuilt from an Ethereum node: anvil as a real process, with a liar before it.
//
//   node tests/client/derive_l1.mjs SCOPE
//
//   landing    scenarios are landed on anvil, in blobs and in calldata; `scope derive --l1` must reach, from nothing
// but the
//              node and how the rollups began, the blocks that the run reported
//   blobs      from anvil's Beacon API, from a beacon node with slots (made here by the Beacon API's words), from its older
//              sidecars, from a folder; missing, of another bundle, or garbage
//   lies       a node that tells of headers, blocks, transactions, receipts, logs what they are not, or does not answer
//   reorganized  the chain changes while it is read

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXECUTE_BUNDLE, before, check, outcome, startAnvil, stopAll } from "./anvil.mjs";
import { NO_LISTENER } from "./anvil_process.mjs";
import { blocksOf, deriver, reaches, refused } from "./deriving.mjs";

const [scope] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "derive-l1-"));
const { derive, land } = deriver(scope, folder);

// --- a beacon node ------------------------------------------------------------------------------------

// answer(path) gives { status, body } or a string; the paths that were asked for are kept.
async function beacon(answer) {
    const asked = [];
    const server = createServer(async (request, response) => {
        asked.push(request.url);
        const a = await answer(request.url);
        response.writeHead(a.status ?? 200, { "content-type": "application/json" });
        response.end(typeof a === "string" ? a : a.body ?? JSON.stringify({ code: a.status, message: "no" }));
    });
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    return { url: `http://127.0.0.1:${server.address().port}`, asked, stop: () => { server.closeAllConnections(); server.close(); } };
}

const json = (data) => JSON.stringify({ execution_optimistic: false, finalized: true, data });

// A beacon node of a chain with a slot of 12 seconds, that has the blobs of anvil's blocks; older: sidecars only.
async function beaconOf(node, older) {
    const genesis = 1600000000, slots = new Map();
    for (const block of await blocksOf(node)) {
        const blobs = block.transactions.flatMap((t) =>
            (t.blobs ?? []).map((blob, i) =>
            ({ blob, kzg_commitment: t.commitments[i], hash: t.blobVersionedHashes[i] })));
        const slot = String(Math.floor((Number(block.timestamp) - genesis) / 12));
        if (blobs.length)
            slots.set(slot, [...(slots.get(slot) ?? []), ...blobs]); // anvil's blocks are a second apart
    }
    return beacon((path) => {
        const { pathname, searchParams } = new URL(path, "http://beacon"), [, , , , kind, id] = pathname.split("/");
        if (pathname === "/eth/v1/beacon/genesis")
            return json({ genesis_time: String(genesis) });
        if (pathname === "/eth/v1/config/spec")
            return json({ SECONDS_PER_SLOT: "12" });
        if (!slots.has(id) || kind !== (older ? "blob_sidecars" : "blobs"))
            return { status: 404 };
        const asked = searchParams.getAll("versioned_hashes"),
            blobs = slots.get(id).filter((b) => asked.length === 0 || asked.includes(b.hash));
        return json(blobs.map((b, index) => (older ? { index: String(index), ...b } : b.blob)));
    });
}

// --- the tests ----------------------------------------------------------------------------------------

async function inCalldata() {
    const { node, genesis, heads } = await land("two-rollups.yaml", "calldata");
    reaches("two-rollups.yaml in calldata", await derive("--l1", node.url, "--rollups", genesis), heads);
    // without a word on where to begin, the node is asked
    const unnamed = JSON.parse(readFileSync(genesis));
    check("the file names the block of the registration", unnamed.l1Block > 0);
    delete unnamed.l1Block;
    writeFileSync(join(folder, "unnamed"), JSON.stringify(unnamed));
    reaches("where to begin, by the node", await derive("--l1", node.url, "--rollups", join(folder, "unnamed")), heads);
    unnamed.l1Block = 0;
    writeFileSync(join(folder, "unnamed"), JSON.stringify(unnamed));
    reaches("from block 0 on", await derive("--l1", node.url, "--rollups", join(folder, "unnamed")), heads);
    unnamed.l1Block = 1e6;
    writeFileSync(join(folder, "unnamed"), JSON.stringify(unnamed));
    refused("a block that is not there yet", await derive("--l1", node.url, "--rollups", join(folder, "unnamed")),
        heads, 1, "REJECT_GENESIS", "not registered");
    unnamed.l1ChainId = 1;
    writeFileSync(join(folder, "unnamed"), JSON.stringify(unnamed));
    refused("another chain", await derive("--l1", node.url, "--rollups", join(folder, "unnamed")), heads, 2,
        "REJECT_L1_CHAIN", "31337");
    await lies(node, genesis, heads);
    await reorganized(node, genesis, heads);
    node.stop();
    refused("no listener", await derive("--l1", NO_LISTENER, "--rollups", genesis), heads, 3, "FAULT_NETWORK",
        new URL(NO_LISTENER).host);
}

async function inBlobs() {
    const { node, genesis, heads, bundles } = await land("swap.yaml", "blobs");
    const from = (...args) => derive("--l1", node.url, "--rollups", genesis, ...args), kept = join(folder, "blobs");
    check("swap.yaml: a bundle with blobs", bundles.length > 0 && bundles.every((b) => b.data.place === "blobs"), bundles);
    const carried = []; // by what did not revert: the forgeries of the scenario do
    for (const t of (await blocksOf(node)).flatMap((b) => b.transactions))
        if (t.blobVersionedHashes && (await node.ask("eth_getTransactionReceipt", [t.hash])).status === "0x1")
            carried.push(...t.blobVersionedHashes);
    reaches("blobs from anvil", await from("--l1-beacon", node.url), heads);
    for (const older of [false, true]) {
        const b = await beaconOf(node, older), name = older ? "blob_sidecars of a slot" : "blobs of a slot";
        reaches(name, await from("--l1-beacon", `${b.url}/`, ...(older ? [] : ["--blobs", kept])), heads);
        check(`${name}: the clock is asked for once`, b.asked.filter((p) => p === "/eth/v1/beacon/genesis").length === 1, b.asked);
        b.stop();
    }
    const files = readdirSync(kept).sort();
    check("what the beacon node gave is kept", carried.length > 1
        && JSON.stringify(files) === JSON.stringify(carried.sort()) &&
        files.every((f) => statSync(join(kept, f)).size === 131072), { files, carried });
    const unused = await beacon(() => ({ status: 500 }));
    reaches("blobs from a folder", await from("--blobs", kept, "--l1-beacon", unused.url), heads);
    check("blobs from a folder: no beacon node is asked", unused.asked.length === 0, unused.asked);
    unused.stop();
    await missing(from, node, heads, kept);
    node.stop();
}

async function missing(from, node, heads, kept) {
    const first = "L1 block ", hash = /blob 0x01[0-9a-f]{62}/;
    const nowhere = await from();
    refused("no place for blobs", nowhere, heads, 1, "FAULT_BLOB_MISSING", first, "neither a beacon node nor a folder");
    check("no place for blobs: the hash is named", hash.test(nowhere.err), nowhere.err);
    check("no place for blobs: the last good block", nowhere.rollups.every((x) => x.block === 0 && x.error === "FAULT_BLOB_MISSING"), nowhere.rollups);
    const all = readdirSync(kept), original = all.map((f) => readFileSync(join(kept, f)));
    const altered = async (name, change, ...words) => {
        change();
        refused(name, await from("--blobs", kept), heads, 1, ...words);
        all.forEach((f, i) => writeFileSync(join(kept, f), original[i]));
    };
    await altered("a file is missing", () => rmSync(join(kept, all[0])), "FAULT_BLOB_MISSING", all[0], kept);
    await altered("a bit of a file", () => writeFileSync(join(kept, all[0]), original[0].map((b, i) => (i === 4000 ? b ^ 1 : b))), "REJECT_BLOB_PROOF", all[0]);
    await altered("a file that is cut", () => writeFileSync(join(kept, all[0]), original[0].subarray(1)), "REJECT_BLOB_PROOF", "131072");
    await altered("a file that is too long", () => writeFileSync(join(kept, all[0]), Buffer.concat([original[0], original[0]])), "FAULT_BLOB_MISSING", "limit");
    await altered("files that are exchanged", () => all.forEach((f, i) => writeFileSync(join(kept, f), original[(i + 1) % all.length])), "REJECT_BLOB_PROOF", "another blob");
    // what is bad in the folder is had again from the beacon node, and put there
    writeFileSync(join(kept, all[0]), original[1]);
    reaches("a bad file, and a beacon node", await from("--blobs", kept, "--l1-beacon", node.url), heads);
    check("a bad file, and a beacon node: the file is good again", readFileSync(join(kept, all[0])).equals(original[0]));
    for (const [name, answer, ...words] of [
        ["a beacon node that has nothing", () => ({ status: 404 }), "FAULT_BLOB_MISSING", "HTTP status 404"],
        ["a beacon node that is broken", () => "<html>", "FAULT_BLOB_MISSING", "not JSON"],
        ["a beacon node whose answer is cut", () => json([`0x${original[0].toString("hex")}`]).slice(0, -9), "FAULT_BLOB_MISSING", "not JSON"],
        ["no list", () => json({}), "FAULT_BLOB_MISSING", "no list of blobs"],
        ["no blobs", () => json(["0x00", {}]), "FAULT_BLOB_MISSING", "no blob of 131072 bytes"],
        ["blobs of other bundles", () => json([`0x${original[0].toString("hex")}`]), "REJECT_BLOB_PROOF",
            "others than that"],
        ["an empty list", () => json([]), "FAULT_BLOB_MISSING", "none"],
        ["no field elements", () => json([`0x${"ff".repeat(131072)}`]), "REJECT_BLOB_PROOF", "others than that"],
        ["a slot of no length", (path) =>
            (path.includes("spec") ? json({ SECONDS_PER_SLOT: "0" }) : path.includes("genesis")
            ? json({ genesis_time: "1" }) : { status: 404 }), "FAULT_BLOB_MISSING", "no SECONDS_PER_SLOT"],
        ["a genesis to come", (path) => (path.includes("spec") ? json({ SECONDS_PER_SLOT: "12" })
            : path.includes("genesis") ? json({ genesis_time: "18446744073709551615" }) : { status: 404 }),
            "FAULT_BLOB_MISSING", "404"],
    ]) {
        const b = await beacon(answer);
        refused(name, await from("--l1-beacon", b.url), heads, 1, ...words);
        b.stop();
    }
    const gone = await beacon(() => ({ status: 404 }));
    gone.stop();
    refused("no beacon node", await from("--l1-beacon", gone.url), heads, 1, "FAULT_BLOB_MISSING",
        new URL(gone.url).host);
    refused("no URL", await from("--l1-beacon", "ftp://x"), heads, 2, "--l1-beacon", "expected a URL");
}

// --- lies ---------------------------------------------------------------------------------------------

const flip = (hex, at) => hex.slice(0, at) + (hex[at] === "0" ? "1" : "0") + hex.slice(at + 1);
const number = (x) => `0x${x.toString(16)}`;

async function lies(node, genesis, heads) {
    const head = Number(await node.ask("eth_blockNumber"));
    const withBundle = (await blocksOf(node)).filter((b) =>
        b.transactions.some((t) => t.input.startsWith(EXECUTE_BUNDLE))), last = withBundle.at(-1);
    const lie = async (name, status, words, hook, rollups = genesis) => {
        const proxy = await before(node, hook), r = await derive("--l1", proxy.url, "--rollups", rollups);
        proxy.stop();
        refused(`a lie: ${name}`, r, heads, status, ...words);
        check(`a lie: ${name}: what led up to it is kept`, r.rollups.length === Object.keys(heads).length, r.rollups);
        return r;
    };
    const header = (n, change) => async (call) =>
        (call.method === "eth_getBlockByNumber" && call.params[0] === number(n) ? { change } : undefined);
    const whole = (change) => async (call) =>
        (call.method === "eth_getBlockByHash" && call.params[0] === last.hash ? { change } : undefined);
    const receipts = (change) => async (call) =>
        (call.method === "eth_getBlockReceipts" && call.params[0] === last.hash ? { change } : undefined);
    for (const field of ["parentHash", "stateRoot", "logsBloom", "receiptsRoot", "timestamp", "gasUsed"])
        await lie(`a header's ${field}`, 2, ["REJECT_L1_HEADER", "hashes to"], header(head - 1, (b) => ({ ...b, [field]: flip(b[field], b[field].length - 1) })));
    await lie("a header without a field", 2, ["REJECT_RPC", "stateRoot"], header(head - 1, ({ stateRoot, ...b }) => b));
    const other = await node.ask("eth_getBlockByNumber", [number(head - 2), false]);
    await lie("a block in another's place", 2, ["REJECT_L1_HEADER", "another given"], header(head - 1, () => other));
    await lie("a block that is not there", 2, ["REJECT_RPC", "below the head"], header(head - 1, () => null));
    const stranger = await startAnvil();
    await stranger.mine(head);
    const strange = await stranger.ask("eth_getBlockByNumber", [number(head - 1), false]);
    stranger.stop();
    await lie("a block of another chain", 2, ["REJECT_L1_HEADER", "does not follow"], header(head - 1, () => strange));
    // a head that is not there is one that was reorganized away: once is forgiven
    let looks = 0;
    const latest = (how) => async (call) =>
        (call.method === "eth_getBlockByNumber" && call.params[0] === "latest" && how() ? { change: () => strange }
        : undefined);
    const once = await before(node, latest(() => looks++ === 0));
    reaches("another head, once", await derive("--l1", once.url, "--rollups", genesis), heads);
    once.stop();
    await lie("another head each time", 2, ["REJECT_L1_REORGANIZED", "no longer part"], latest(() => true));
    let turns = 0; // the last bundle's block is there when headers are read, and is not when it is asked for
    await lie("a block that comes and goes", 2, ["REJECT_L1_REORGANIZED", String(Number(last.number))], async (call) =>
        (call.method === "eth_getBlockByHash" && call.params[0] === last.hash ? { result: null }
            : call.method === "eth_getBlockByNumber" && call.params[0] === last.number && turns++ % 2
                ? { change: () => ({ ...strange }) } : undefined));

    const kept = await lie("a bit of a transaction", 2,
        ["REJECT_L1_HEADER", "transactions", String(Number(last.number))],
        whole((b) => ({ ...b, transactions: b.transactions.map((t) =>
        ({ ...t, input: flip(t.input, t.input.length - 70) })) })));
    check("a bit of a transaction: the blocks before it are there", kept.rollups.some((x) => x.block === heads[x.chainId].block - 1), kept.rollups);
    await lie("a transaction left out", 2, ["REJECT_L1_HEADER", "transactions"],
        whole((b) => ({ ...b, transactions: b.transactions.slice(1) })));
    await lie("a transaction too many", 2, ["REJECT_L1_HEADER", "transactions"],
        whole((b) => ({ ...b, transactions: [...b.transactions, b.transactions[0]] })));
    await lie("a transaction's hash alone", 2, ["REJECT_RPC", "transaction 0"],
        whole((b) => ({ ...b, transactions: b.transactions.map((t) => t.hash) })));
    await lie("no transactions", 2, ["REJECT_RPC", "transactions"], whole(({ transactions, ...b }) => b));
    await lie("another block than asked", 2, ["REJECT_L1_HEADER", "another block"], whole(() => withBundle[0]));
    await lie("the block's header alone", 2, ["REJECT_RPC", "header alone"], whole(() => null));
    await lie("a bit of a log", 2, ["REJECT_L1_HEADER", "receipts"],
        receipts((list) => list.map((r) =>
        ({ ...r, logs: r.logs.map((l) => ({ ...l, data: flip(l.data, l.data.length - 1) })) }))));
    await lie("a log left out", 2, ["REJECT_L1_HEADER", "receipts"],
        receipts((list) => list.map((r) => ({ ...r, logs: r.logs.slice(0, -1) }))));
    await lie("a receipt left out", 2, ["REJECT_L1_HEADER", "receipts"], receipts((list) => list.slice(1)));
    await lie("a transaction that failed", 2, ["REJECT_L1_HEADER", "receipts"], receipts((list) => list.map((r) => ({ ...r, status: "0x0" }))));
    await lie("no receipts", 2, ["REJECT_RPC"], receipts(() => null));
    await lie("receipts refused", 2, ["REJECT_RPC_REFUSED", "not today"], async (call) =>
        (call.method === "eth_getBlockReceipts" ? { error: { code: -32000, message: "not today" } } : undefined));

    const unnamed = join(folder, "unnamed.lie"), { l1Block, ...rest } = JSON.parse(readFileSync(genesis));
    writeFileSync(unnamed, JSON.stringify(rest));
    const logs = (answer) => async (call) => (call.method === "eth_getLogs" ? answer : undefined);
    await lie("the registration later than it was", 1, ["REJECT_GENESIS"],
        logs({ change: (list) => list.map((l) => ({ ...l, blockNumber: number(Number(l.blockNumber) + 1) })) }),
        unnamed);
    await lie("the registrations refused", 2, ["REJECT_RPC_REFUSED", "l1Block"],
        logs({ error: { code: -32005, message: "too many" } }), unnamed);
    await lie("no list of logs", 2, ["REJECT_RPC"], logs({ result: {} }), unnamed);
    const hidden = await before(node, logs({ result: [] }));
    reaches("the registrations hidden: from block 0 on", await derive("--l1", hidden.url, "--rollups", unnamed), heads);
    hidden.stop();

    for (const [name, status, words, serve] of [
        ["an answer that is cut", 3, ["FAULT_NETWORK"], (response) =>
            { response.writeHead(200, { "content-length": 4096 }); response.write("[{"); setTimeout(() =>
            response.destroy(), 20); }],
        ["HTTP 500", 2, ["REJECT_RPC", "500"], (response) => response.writeHead(500).end()],
        ["no JSON", 2, ["REJECT_RPC", "not JSON"], (response) => response.end("<html>")],
        ["zeros without end", 2, ["REJECT_TOO_LONG"], (response) => { const piece = Buffer.alloc(1 << 20), more = () => { while (response.write(piece)); }; response.on("drain", more); more(); }],
    ]) {
        let calls = 0; // the first ones are answered
        const server = createServer((request, response) => {
            const body = [];
            request.on("data", (piece) => body.push(piece));
            request.on("end", async () => {
                if (++calls > 2)
                    serve(response);
                else
                    response.end(Buffer.from(await (await fetch(node.url,
                        { method: "POST", headers: { "content-type": "application/json" },
                        body: Buffer.concat(body) })).arrayBuffer()));
            });
        });
        await new Promise((done) => server.listen(0, "127.0.0.1", done));
        const r = await derive("--l1", `http://127.0.0.1:${server.address().port}`, "--rollups", genesis);
        refused(`a node: ${name}`, r, heads, status, ...words);
        server.closeAllConnections();
        server.close();
    }
}

// --- the chain changes while it is read ----------------------------------------------------------------

async function reorganized(node, genesis, heads) {
    const bundles = (await blocksOf(node)).filter((b) =>
        b.transactions.some((t) => t.input.startsWith(EXECUTE_BUNDLE)));
    // two bundles are lost
    const head = Number(await node.ask("eth_blockNumber")), depth = head - Number(bundles.at(-2).number) + 1;
    let done = false;
    const proxy = await before(node, async (call) => {
        if (done || call.method !== "eth_getBlockByHash" || call.params[0] !== bundles.at(-1).hash)
            return undefined;
        done = true;
        await node.ask("anvil_reorg", [depth, []]);
    });
    const r = await derive("--l1", proxy.url, "--rollups", genesis),
        again = await derive("--l1", node.url, "--rollups", genesis);
    proxy.stop();
    check("reorganized: it was, while it was read", done);
    check("reorganized: derived", r.status === 0 && r.err === "", r.err);
    check("reorganized: as from the beginning", again.status === 0
        && JSON.stringify(r.rollups) === JSON.stringify(again.rollups), [r.rollups, again.rollups, again.err]);
    check("reorganized: what was lost is gone", r.rollups.some((x) => x.block < heads[x.chainId].block), r.rollups);
}

try {
    for (const f of [inCalldata, inBlobs])
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
