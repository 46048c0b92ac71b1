// l1_blobs - scope run --data blobs on a remote L1: what is sent, its outcome, and what nodes require.
//
//   node tests/client/l1_blobs.mjs SCOPE [FILE..]      FILE: scenarios that must end well (the examples)
//
//   landing   each bundle is a type 3 transaction, read back with viem and with cast; what was sent to the node is the
//             network form of EIP-7594: decoded here, its cell proofs judged by c-kzg-4844 alone (cell_proofs.c), its
//             blobs compared with those that anvil serves as a beacon node
//   racing    dropped, passed by, late, outbid, overtaken, stuck, reorganized: a successor under the same nonce pays
// twice as much,
//             three times over, and has the blobs of the blocks that were built anew

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { getContractAddress, keccak256, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { before, bundleIn, cast, check, EXECUTE_BUNDLE, lost, meddle as meddleWith, outcome, root, runner, startAnvil,
    stopAll } from "./anvil.mjs";

const [scope, ...files] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "l1-blobs-"));
const run = runner(scope), meddle = (name, file, react) => meddleWith(run, name, [file, "--data", "blobs"], react);
const bytes = (hex) => Buffer.from(hex.slice(2), "hex");
const BLOB_GAS = 131072n; // EIP-4844

// --- the network form --------------------------------------------------------------------------------

const judge = join(folder, "cell_proofs"), kzg = join(root, "node_modules/c-kzg/deps");
function compileJudge() {
    const third = join(dirname(scope), "../third"),
        objects = ["ckzg", "blst_server", "blst_assembly"].map((o) => join(third, `${o}.o`));
    const cc = spawnSync("cc", ["-O1", "-w", "-I", join(kzg, "c-kzg"), "-I", join(kzg, "blst/bindings"), "-o", judge,
        join(root, "tests/client/cell_proofs.c"), ...objects], { encoding: "utf8" });
    if (cc.status !== 0)
        throw new Error(`cell_proofs.c: ${cc.stderr}`);
}
const judged = (sidecars) => spawnSync(judge, [join(kzg, "c-kzg/trusted_setup.txt")],
    { input: Buffer.concat(sidecars), encoding: "utf8" });

// Its form, and what cell_proofs takes of each blob.
function checkNetworkForm(name, bundle) {
    const w = bundle.wrapper ?? [];
    check(`${name}: five items, wrapper version 1`, w.length === 5 && w[1] === "0x01", w.length);
    if (w.length !== 5)
        return [];
    const [, , blobs, commitments, proofs] = w, n = bundle.blobVersionedHashes.length;
    check(`${name}: 128 cell proofs a blob`, n > 0 && blobs.length === n && commitments.length === n && proofs.length === 128 * n, [n, blobs.length, commitments.length, proofs.length]);
    check(`${name}: blobs of 131072 bytes, points of 48`, blobs.every((b) => b.length === 2 + 2 * 131072) && [...commitments, ...proofs].every((p) => p.length === 98));
    check(`${name}: versioned hashes`, commitments.every((c, i) => `0x01${createHash("sha256").update(bytes(c)).digest("hex").slice(2)}` === bundle.blobVersionedHashes[i]));
    return blobs.map((b, i) => Buffer.concat([bytes(b), bytes(commitments[i]),
        ...proofs.slice(128 * i, 128 * i + 128).map(bytes)]));
}

// --- landing -----------------------------------------------------------------------------------------

async function readBack(name, node, bundle) {
    const { hash } = bundle, n = BigInt(bundle.blobVersionedHashes.length);
    const [receipt, tx] = [await node.client.getTransactionReceipt({ hash }),
        await node.client.getTransaction({ hash })];
    const block = await node.client.getBlock({ blockNumber: receipt.blockNumber });
    const read = (...args) => JSON.parse(spawnSync(cast, [...args, hash, "--json", "--rpc-url", node.url],
        { encoding: "utf8" }).stdout);
    const byCast = { tx: read("tx"), receipt: read("receipt") };
    check(`${name}: viem: type 3, with these blobs`, tx.type === "eip4844" && JSON.stringify(tx.blobVersionedHashes) === JSON.stringify(bundle.blobVersionedHashes), tx);
    check(`${name}: cast: type 3, with these blobs`, BigInt(byCast.tx.type) === 3n && JSON.stringify(byCast.tx.blobVersionedHashes) === JSON.stringify(bundle.blobVersionedHashes), byCast.tx);
    check(`${name}: viem: blob gas of ${n}`, receipt.blobGasUsed === n * BLOB_GAS && block.blobGasUsed >= receipt.blobGasUsed, receipt.blobGasUsed);
    check(`${name}: cast: blob gas of ${n}`, BigInt(byCast.receipt.blobGasUsed) === n * BLOB_GAS && BigInt(byCast.receipt.blobGasPrice) === receipt.blobGasPrice, byCast.receipt);
    check(`${name}: a blob gas price that was offered`, receipt.blobGasPrice > 0n && receipt.blobGasPrice <= tx.maxFeePerBlobGas, [receipt.blobGasPrice, tx.maxFeePerBlobGas]);
    const served = await (await fetch(`${node.url}/eth/v1/beacon/blobs/${receipt.blockNumber}?versioned_hashes=${bundle.blobVersionedHashes.join()}`)).json();
    check(`${name}: the beacon node has the blobs`, JSON.stringify(served.data) === JSON.stringify(bundle.wrapper[2]), served.data?.length);
    return receipt;
}

async function land(file) {
    const name = basename(file, ".yaml"), sent = [], sidecars = [];
    const node = await startAnvil();
    const proxy = await before(node, async (call) => { const b = bundleIn(call); if (b) sent.push(b); });
    const r = await run(file, "--data", "blobs", "--l1", proxy.url);
    check(`${name}: ends well`, r.status === 0 && r.report?.failed === 0, r.err);
    check(`${name}: bundles in blobs, and nothing else`, sent.length > 0 && sent.every((b) => b.type === "eip4844" && b.data.startsWith(EXECUTE_BUNDLE)), sent.map((b) => b.type));
    const settled = r.slots.filter((s) => s.settlement.settled);
    check(`${name}: has a settled bundle`, settled.length > 0);
    for (const { settlement } of settled) {
        const bundle = sent.find((b) => b.hash === settlement.l1Transaction);
        check(`${name}: says blobs, and how many`, bundle && settlement.data.place === "blobs" && settlement.data.blobs === bundle.blobVersionedHashes.length, settlement.data);
    }
    for (const [i, bundle] of sent.entries()) {
        const what = `${name}, bundle ${i + 1} of ${sent.length}`;
        sidecars.push(...checkNetworkForm(what, bundle));
        const receipt = await readBack(what, node, bundle),
            slot = settled.find((s) => s.settlement.l1Transaction === bundle.hash);
        check(`${what}: as scope tells`, !slot || (receipt.status === "success" && Number(receipt.gasUsed) === slot.settlement.l1GasUsed && Number(receipt.blockNumber) === slot.settlement.l1Block), receipt);
    }
    for (const f of r.slots.flatMap((s) => s.forgeries))
        check(`${name}: ${f.forgery}: refused, and nothing changed`, f.met && f.chainsAsBefore && !f.settled, f);
    const verdict = judged(sidecars);
    check(`${name}: c-kzg: the cell proofs hold`, verdict.status === 0
        && verdict.stdout === `${sidecars.length} valid\n`, verdict.stdout);
    proxy.stop();
    node.stop();
    return sidecars;
}

// The judge has to be able to refuse: a proof of another cell, a bit of the blob.
function judgeRefuses(sidecar) {
    const swapped = Buffer.from(sidecar), bent = Buffer.from(sidecar), at = 131072 + 48;
    swapped.set(sidecar.subarray(at, at + 48), at + 48);
    bent[31 + 32 * 100] ^= 1;
    for (const [what, altered] of [["a proof of another cell", swapped], ["a bit of the blob", bent],
        ["a byte less", sidecar.subarray(1)]])
        check(`c-kzg refuses ${what}`, judged([altered]).status === 1);
}

async function landing() {
    compileJudge();
    const sidecars = [];
    for (const file of files)
        sidecars.push(...await land(file));
    if (sidecars.length)
        judgeRefuses(sidecars[0]);
}

// --- racing ------------------------------------------------------------------------------------------

const builder = privateKeyToAccount(keccak256(toHex("scope:account:builder")));
const hostile = privateKeyToAccount("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const scenario = (name) => join(root, `tests/scenario/l1/${name}.yaml`);
const prices = (b) => [b.maxFeePerGas, b.maxPriorityFeePerGas, b.maxFeePerBlobGas];
const twiceAsMuch = (next, b) => prices(next).every((p, i) => p >= 2n * prices(b)[i]);
const otherData = (next, b) => next.blobVersionedHashes.every((h) => !b.blobVersionedHashes.includes(h));

function endsWell(r, slots = 2) {
    check(`${r.name}: ends well`, r.status === 0 && r.report?.failed === 0, r.err);
    check(`${r.name}: each slot settles`, r.slots.length === slots && r.slots.every((s) => s.settlement.settled && s.settlement.data.place === "blobs"), r.err);
    for (const [i, b] of r.sent.entries())
        checkNetworkForm(`${r.name}, sent ${i + 1}`, b);
}

async function dropped() {
    const r = await meddle("dropped", scenario("twice"), async (node, bundle, n) =>
        (n === 1 ? { result: bundle.hash } : undefined));
    endsWell(r);
    check("dropped: sent again, byte for byte, blobs and all", r.sent.length === 3 && r.sent[0].raw === r.sent[1].raw,
        r.sent.length);
    check("dropped: no race was lost", r.slots.every((s) => lost(s).races === 0));
    r.node.stop();
}

async function passedBy() {
    const r = await meddle("passed by", scenario("twice"), async (node, bundle, n) => {
        if (n > 2)
            return undefined;
        await node.mine();
        return { result: bundle.hash };
    });
    endsWell(r);
    const [first, second, third] = r.sent;
    check("passed by: the same nonce, and a blob transaction again", second.nonce === first.nonce && third.nonce === first.nonce && third.type === "eip4844", r.sent.map((s) => [s.nonce, s.type]));
    check("passed by: three fees, each at least twice the last", twiceAsMuch(second, first) && twiceAsMuch(third, second), r.sent.map(prices));
    check("passed by: on another head, so with other data", otherData(second, first) && otherData(third, second));
    check("passed by: two races lost, for no gas", lost(r.slots[0]).races === 2 && lost(r.slots[0]).gas === 0,
        lost(r.slots[0]));
    check("passed by: the next nonce begins low again", r.sent[3].nonce === first.nonce + 1
        && prices(r.sent[3]).every((p, i) => p < 2n * prices(first)[i]), r.sent.map(prices));
    r.node.stop();
}

// Twice as much each time is soon too much.
async function passedByAlways() {
    const r = await meddle("passed by, always", scenario("twice"), async (node, bundle) =>
        { await node.mine(); return { result: bundle.hash }; });
    check("passed by, always: given up by name", r.status !== 0 && r.err.includes("REJECT_L1_MISSED"), r.err);
    check("passed by, always: after six doublings, all under one nonce", r.sent.length === 7 && new Set(r.sent.map((s) => s.nonce)).size === 1, r.sent.length);
    check("passed by, always: each at least twice the last", r.sent.slice(1).every((b, i) => twiceAsMuch(b, r.sent[i])),
        r.sent.map(prices));
    r.node.stop();
}

const cost = async (node, { hash }) => {
    const { gasUsed, blobGasUsed, status } = await node.client.getTransactionReceipt({ hash });
    return { gasUsed, blobGasUsed, status, text: `${gasUsed} gas and ${blobGasUsed} of blobs` };
};

async function late() {
    const r = await meddle("late", scenario("twice"), async (node, bundle, n) => { if (n === 1) await node.mine(); });
    endsWell(r);
    const [kill, settles] = [await cost(r.node, r.sent[0]), await cost(r.node, r.sent[1])];
    check("late: the nonce is spent, and other data is sent", r.sent[1].nonce === r.sent[0].nonce + 1
        && otherData(r.sent[1], r.sent[0]), r.sent.map((s) => s.nonce));
    check("late: mined, reverted, and paid for its blobs all the same", kill.status === "reverted" && kill.blobGasUsed === BLOB_GAS && lost(r.slots[0]).races === 1 && BigInt(lost(r.slots[0]).gas) === kill.gasUsed, kill);
    console.log(`late: a bundle that missed its block cost ${kill.text}; one that settles ${settles.text}`);
    r.node.stop();
}

async function outbid() {
    const r = await meddle("outbid", scenario("twice"), async (node, bundle, n) => {
        if (n === 1)
            await node.ask("eth_sendRawTransaction", [await builder.signTransaction({ chainId: 31337, type: "eip1559", nonce: bundle.nonce, to: builder.address, gas: 21000n, maxFeePerGas: bundle.maxFeePerGas * 2n, maxPriorityFeePerGas: bundle.maxPriorityFeePerGas * 2n })]);
    });
    endsWell(r);
    check("outbid: the next nonce, and other data", r.sent.at(-1).nonce > r.sent[0].nonce
        && lost(r.slots[0]).races === 1 && otherData(r.sent[1], r.sent[0]), r.sent.map((s) => s.nonce));
    r.node.stop();
}

// A write to what it read, in its own block and before it: the reader goes, the blobs are paid for, the other settles.
async function overtaken() {
    const oracle = getContractAddress({ from: privateKeyToAccount(keccak256(toHex("scope:account:owner"))).address,
        nonce: 0n });
    const once = join(folder, "race.yaml"); // once only: the second time it settles
    writeFileSync(once, readFileSync(scenario("race"), "utf8").replace("is: rejected, reason: REJECT_L1_RACE",
        "is: settled").replace("../../../build", join(root, "build")));
    const r = await meddle("overtaken", once, async (node, bundle, n) => {
        if (n !== 1)
            return undefined;
        await node.ask("anvil_setAutomine", [false]);
        await node.ask("eth_sendRawTransaction", [await hostile.signTransaction({ chainId: 31337, type: "eip1559", nonce: 0, to: oracle, gas: 100000n, data: `0x60fe47b1${(2501).toString(16).padStart(64, "0")}`,
            maxFeePerGas: bundle.maxFeePerGas * 3n, maxPriorityFeePerGas: bundle.maxPriorityFeePerGas * 3n })]);
        const result = await node.ask("eth_sendRawTransaction", [bundle.raw]);
        await node.mine();
        await node.ask("anvil_setAutomine", [true]);
        return { result };
    });
    endsWell(r);
    const kill = await cost(r.node, r.sent[0]), settles = await cost(r.node, r.sent[1]);
    check("overtaken: killed, and rebuilt without the reader, with other data", kill.status === "reverted" && settles.status === "success" && otherData(r.sent[1], r.sent[0]), [kill, settles]);
    check("overtaken: a kill costs less than half of a bundle's gas", kill.gasUsed * 2n < settles.gasUsed && kill.blobGasUsed === BLOB_GAS, [kill, settles]);
    console.log(`overtaken: a kill cost ${kill.text}; the bundle without the reader settles for ${settles.text}`);
    r.node.stop();
}

// A bundle that may land in any block waits three blocks, and is sent again for twice as much, with the same blobs.
async function stuck() {
    const node = await startAnvil(), sent = [];
    const proxy = await before(node, async (call) => {
        const bundle = bundleIn(call);
        if (bundle)
            sent.push(bundle);
        if (bundle && sent.length < 3)
            return { result: bundle.hash };
        if (call.method === "eth_getTransactionByHash" && sent.length < 3
            && sent.some((b) => b.hash === call.params[0])) {
            await node.mine();
            return { result: { hash: call.params[0] } };
        }
    });
    const r = { ...await run(scenario("stuck"), "--data", "blobs", "--l1", proxy.url), name: "stuck", sent, node };
    endsWell(r, 1);
    check("stuck: three were sent, under one nonce, with the same blobs", sent.length === 3 && sent.every((b) => b.nonce === sent[0].nonce && JSON.stringify(b.blobVersionedHashes) === JSON.stringify(sent[0].blobVersionedHashes)), sent.length);
    check("stuck: three fees, each at least twice the last", sent.slice(1).every((b, i) => twiceAsMuch(b, sent[i])),
        sent.map(prices));
    check("stuck: no race was lost", lost(r.slots[0]).races === 0);
    proxy.stop();
    node.stop();
}

// The bundle's block is reorganized away after it settled: its work comes again, in the next bundle's blobs.
async function reorganized() {
    const node = await startAnvil(), sent = [];
    let pending = false;
    const proxy = await before(node, async (call) => {
        const bundle = bundleIn(call);
        if (bundle)
            sent.push(bundle);
        if (call.method === "eth_getBlockReceipts" && sent.length === 1)
            pending = true;
        // the next look at the head
        else if (pending && call.method === "eth_getBlockByNumber" && call.params[0] === "latest") {
            pending = false;
            await node.ask("anvil_rollback", [1]);
            await node.mine();
        }
    });
    const r = { ...await run(scenario("twice"), "--data", "blobs", "--l1", proxy.url), name: "reorganized", sent,
        node };
    endsWell(r);
    check("reorganized: two bundles, the second with both payments and other data", sent.length === 2 && r.slots[1]?.work.length === 2 && r.slots[1].settlement.rollups[0].firstBlock === 1 && otherData(sent[1], sent[0]), r.slots[1]?.work);
    proxy.stop();
    node.stop();
}

try {
    await landing();
    for (const f of [dropped, passedBy, passedByAlways, late, outbid, overtaken, stuck, reorganized])
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
