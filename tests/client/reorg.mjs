// reorg - L1 is reorganized under scope run, with and without --dir: the chain loses a bundle's block, and includes the
// bundle again, or does not.
//
//   node tests/client/reorg.mjs SCOPE [DEPTH..]      depths of the reorganizations; default: 1 64
//
// After the bundle's receipt was read, anvil is rolled back DEPTH blocks, the first of which has the bundle, and builds
// other blocks:
//
//   same      the sibling of the bundle's block includes the bundle
//   later     the sibling is empty, the next block has the bundle: a pinned one reverts
//   pending   the bundle waits in the mempool and is included three blocks later
//   lost      the bundle is in no block and in no mempool: one that is valid in any block is sent again, byte for byte
//
// at a bundle that is valid in any block (1), and at a pinned one, valid on one parent only (2). With --dir the process
// is killed when it sends the next bundle, and restarted on the reorganized chain.
//
// At the end the scenario's expectations hold, and a bundle that was included again was not built a second time.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex } from "viem";
import { before, bundleIn, check, keep, outcome, root, startAnvil, stopAll, wait } from "./anvil.mjs";

const [scope, ...given] = process.argv.slice(2);
const depths = given.length ? given.map(Number) : [1, 64];
const folder = mkdtempSync(join(tmpdir(), "reorg-")), scenario = join(root, "tests/scenario/l1/reorg.yaml");

function start(url, dir) {
    const args = ["run", scenario, "--data", "calldata", "--l1", url, ...(dir ? ["--dir", dir] : []), "--json"];
    const child = keep(spawn(scope, args, { stdio: ["ignore", "pipe", "pipe"] }));
    let out = "", err = "";
    child.stdout.on("data", (piece) => (out += piece));
    child.stderr.on("data", (piece) => (err += piece));
    const slow = setTimeout(() => { err += "(took too long)"; child.kill("SIGKILL"); }, 60000);
    const ended = new Promise((done) => child.on("close", (status) => {
        clearTimeout(slow);
        let report = null;
        try { report = JSON.parse(out); } catch { /* there is none */ }
        done({ status, err, report });
    }));
    return { child, ended };
}

// The chain as it is after the reorganization; raw: of the bundle.
async function reorganize(node, depth, how, raw) {
    const send = () => node.ask("eth_sendRawTransaction", [raw]);
    const { timestamp } = await node.ask("eth_getBlockByNumber", ["latest", false]); // the bundle's block
    if (depth > 1)
        await node.mine(depth - 1)
    await node.ask("anvil_rollback", [depth]);
    await node.ask("anvil_setCoinbase", [`0x${"11".repeat(20)}`]); // so that no block has the hash that it had
    // not before the rollup's blocks
    await node.ask("evm_setNextBlockTimestamp", [toHex(Number(timestamp) + 1)]);
    if (how === "same") {
        await send();
    } else {
        await node.mine();
        if (how === "later")
            await send();
        else if (how === "pending") {
            await node.ask("evm_setAutomine", [false]);
            await send();
        }
    }
    if (how !== "pending")
        await node.mine(depth);
}

async function reorg(nth, depth, how, withDir) {
    const name = `${how}, bundle ${nth}, depth ${depth}${withDir ? ", --dir" : ""}`;
    const node = await startAnvil(), dir = withDir ? join(folder, name.replace(/\W+/g, "-")) : null, sent = [];
    let state = "before", looks = 0, process;
    const change = async () => {
        state = "done";
        await reorganize(node, depth, how, sent[nth - 1].raw);
    };
    const proxy = await before(node, async (call) => {
        const bundle = bundleIn(call);
        if (bundle && withDir && state === "included") { // the step was committed: killed here
            state = "killed";
            process.child.kill("SIGKILL");
            return { error: { code: -32000, message: "gone" } };
        }
        if (bundle)
            sent.push(bundle);
        if (call.method === "eth_getBlockReceipts" && sent.length === nth && state === "before")
            state = "included";
        else if (!withDir && state === "included" && call.method === "eth_getBlockByNumber" &&
            call.params[0] === "latest")
            await change(); // the next look at the head
        else if (how === "pending" && state === "done" && call.method === "eth_getTransactionByHash" &&
            ++looks % 4 === 0) {
            await node.mine();
            if (looks === 12)
                await node.ask("evm_setAutomine", [true]);
        }
    });
    process = start(proxy.url, dir);
    let r = await process.ended;
    if (withDir) {
        check(`${name}: it was killed`, state === "killed", [state, r]);
        await change();
        process = start(proxy.url, dir);
        r = await process.ended;
    }
    const last = r.report?.steps?.at(-1);
    check(`${name}: ends well`, r.status === 0 && r.report?.failed === 0, `${r.err} ${JSON.stringify(last)}`);
    const isKept = how === "same" || nth === 1; // a pinned bundle is not valid later
    const receipts = await Promise.all(sent.map((b) => node.ask("eth_getTransactionReceipt", [b.hash])));
    const hashes = [...new Set(receipts.filter((x) => x?.status === "0x1").map((x) => x.transactionHash))];
    check(`${name}: ${isKept ? "it settled once, as it was" : "it did not settle as it was"}`,
        hashes.includes(sent[nth - 1].hash) === isKept && hashes.length >= 2 && hashes.length <= 3, hashes);
    proxy.stop();
    node.stop();
}

try {
    for (const depth of depths)
        for (const nth of [1, 2])
            for (const how of ["same", "later", "pending", "lost"])
                for (const withDir of [false, true])
                    await reorg(nth, depth, how, withDir);
} catch (e) {
    console.log(e.stack);
    outcome.failed++;
} finally {
    stopAll();
    rmSync(folder, { recursive: true, force: true });
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
globalThis.process.exit(outcome.failed ? 1 : 0);
