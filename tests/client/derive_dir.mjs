// derive_dir - scope derive --l1 URL --dir FOLDER: what was derived is kept, and a later one goes on from there.
//
//   node tests/client/derive_dir.mjs SCOPE
//
//   later      the chain is read up to some block, then to its end: as from the beginning, and nothing is read twice
//   killed     kill -9 while it reads, some times; then it goes on
//   missing    a blob that is not to be had, and then is
//   reorganized  between two runs
//   others     folders of other rollups, and of scope run

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXECUTE_BUNDLE, before, check, keep, outcome, root, startAnvil, stopAll, wait } from "./anvil.mjs";
import { blocksOf, deriver, reaches, refused } from "./deriving.mjs";

const [scope] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "derive-dir-"));
const { derive, land, run } = deriver(scope, folder);
const same = (name, r, whole) => check(`${name}: as from the beginning`, r.status === 0 && r.err === "" && JSON.stringify(r.rollups) === JSON.stringify(whole.rollups), [r, whole.rollups]);

async function later(node, genesis, heads) {
    const whole = await derive("--l1", node.url, "--rollups", genesis), dir = join(folder, "later");
    reaches("the whole chain", whole, heads);
    const bundles = (await blocksOf(node)).filter((b) =>
        b.transactions.some((t) => t.input.startsWith(EXECUTE_BUNDLE)));
    let total = 0;
    for (const [i, b] of bundles.entries()) {
        const latest = await node.ask("eth_getBlockByNumber", [b.number, false]), asked = [];
        const proxy = await before(node, async (call) => {
            asked.push(call);
            return call.method === "eth_getBlockByNumber" && call.params[0] === "latest" ? { result: latest }
                : undefined;
        });
        const r = await derive("--l1", proxy.url, "--rollups", genesis, "--dir", dir);
        proxy.stop();
        check(`up to bundle ${i + 1}`, r.status === 0, r.err);
        const read = asked.filter((c) => c.method === "eth_getBlockByHash").map((c) => c.params[0]);
        check(`up to bundle ${i + 1}: no block is read twice`, i === 0 || read.every((h) => h === b.hash), read); // none, where it reverted
        total += read.length;
    }
    check("there was something to read", total > bundles.length / 2, total);
    const end = await derive("--l1", node.url, "--rollups", genesis, "--dir", dir);
    same("the rest", end, whole);
    same("and again", await derive("--l1", node.url, "--rollups", genesis, "--dir", dir), whole);
    return whole;
}

async function killed(node, genesis, whole) {
    const dir = join(folder, "killed");
    let kills = 0, slow = 40; // ms a call, so that there is time to be killed
    const proxy = await before(node, async () => { await wait(slow); });
    for (let i = 0; i < 8; i++) {
        const child = keep(spawn(scope, ["derive", "--l1", proxy.url, "--rollups", genesis, "--dir", dir],
            { stdio: "ignore" }));
        const ended = new Promise((done) => child.on("close", (status, signal) => done(signal)));
        await wait(150 + 250 * i);
        child.kill("SIGKILL");
        kills += (await ended) === "SIGKILL";
    }
    check("killed: some times", kills >= 4, kills);
    slow = 0;
    same("killed, and then not", await derive("--l1", proxy.url, "--rollups", genesis, "--dir", dir), whole);
    proxy.stop();
}

async function reorganized(node, genesis, heads) {
    const dir = join(folder, "later"), head = Number(await node.ask("eth_blockNumber"));
    const bundles = (await blocksOf(node)).filter((b) =>
        b.transactions.some((t) => t.input.startsWith(EXECUTE_BUNDLE)));
    await node.ask("anvil_reorg", [head - Number(bundles.at(-2).number) + 1, []]);
    const whole = await derive("--l1", node.url, "--rollups", genesis);
    check("reorganized: something is lost", whole.rollups.every((x) => x.error === null) && whole.status === 0,
        whole.err);
    same("reorganized between two runs", await derive("--l1", node.url, "--rollups", genesis, "--dir", dir), whole);
    // below the registration: nothing of what is kept is on the chain
    await node.ask("anvil_reorg", [Number(await node.ask("eth_blockNumber")) - 1, []]);
    refused("reorganized from the beginning", await derive("--l1", node.url, "--rollups", genesis, "--dir", dir), heads,
        1, "REJECT_GENESIS", "not registered");
}

async function others(node, genesis) {
    const dir = join(folder, "others"), other = join(folder, "other.json"), rollups = JSON.parse(readFileSync(genesis));
    check("others: a folder", (await derive("--l1", node.url, "--rollups", genesis, "--dir", dir)).status === 0);
    rollups.rollups[0].gasLimit += 1;
    writeFileSync(other, JSON.stringify(rollups));
    const r = await derive("--l1", node.url, "--rollups", other, "--dir", dir);
    check("others: of other rules", r.status === 2 && r.err.includes("REJECT_STORE_MISMATCH"), r.err);
    const ran = join(folder, "ran");
    await run(join(root, "examples/two-rollups.yaml"), "--dir", ran);
    check("others: of scope run", existsSync(join(ran, "data.mdb")));
    const s = await derive("--l1", node.url, "--rollups", genesis, "--dir", ran);
    check("others: of scope run", s.status === 2 && s.err.includes("REJECT_STORE_MISMATCH"), s.err);
    const t = await run(join(root, "examples/two-rollups.yaml"), "--dir", dir);
    check("others: scope run in a folder of scope derive", t.status !== 0 && t.err.includes("store"), t.err);
    same("others: and it is as it was", await derive("--l1", node.url, "--rollups", genesis, "--dir", dir),
        await derive("--l1", node.url, "--rollups", genesis));
    const file = await derive("--l1-file", genesis, "--rollups", genesis, "--dir", dir);
    check("others: not with a file", file.status === 2 && file.err.includes('"--dir" requires "--l1"'), file.err);
}

async function missing() {
    const { node, genesis, heads } = await land("swap.yaml", "blobs"), dir = join(folder, "missing"),
        blobs = join(folder, "blobs");
    reaches("missing: none is", await derive("--l1", node.url, "--l1-beacon", node.url, "--blobs", blobs, "--rollups",
        genesis), heads);
    const hashes = []; // in the order of the chain
    for (const t of (await blocksOf(node)).flatMap((b) => b.transactions))
        if (t.blobVersionedHashes && existsSync(join(blobs, t.blobVersionedHashes[0])))
            hashes.push(t.blobVersionedHashes[0]);
    const third = join(blobs, hashes[2]), content = readFileSync(third);
    rmSync(third);
    for (const n of [1, 2]) {
        const r = await derive("--l1", node.url, "--blobs", blobs, "--rollups", genesis, "--dir", dir);
        refused(`missing: the third, time ${n}`, r, heads, 1, "FAULT_BLOB_MISSING", hashes[2]);
        check(`missing: the third, time ${n}: two are kept`, r.rollups[0].bundles === 2, r.rollups);
    }
    writeFileSync(third, content);
    rmSync(join(blobs, hashes[0])); // it is not asked for again
    reaches("missing: and then it is there",
        await derive("--l1", node.url, "--blobs", blobs, "--rollups", genesis, "--dir", dir), heads);
    node.stop();
}

try {
    const { node, genesis, heads } = await land("two-rollups.yaml", "calldata");
    const whole = await later(node, genesis, heads);
    await killed(node, genesis, whole);
    await others(node, genesis);
    await reorganized(node, genesis, heads);
    node.stop();
    await missing();
} catch (e) {
    console.log(e.stack);
    outcome.failed++;
} finally {
    stopAll();
    rmSync(folder, { recursive: true, force: true });
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
