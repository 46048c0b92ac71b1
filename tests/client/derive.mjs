// derive - rollups rebuilt from L1 alone, and their data read by programs that are not ours.
//
//   node tests/client/derive.mjs SCOPE SCENARIO.yaml..
//
// For each scenario, with its data in calldata and in blobs: `scope derive` must reach the blocks that the run
// reported. An L1 that is changed (a blob's bit, a blob gone, a block's transaction, the genesis, the rules) must be
// refused by name, with the last good block kept. What is in the blobs is decoded here once more, by the page
// docs/data.md, with node's zlib and @ethereumjs/rlp; and the network form of each blob transaction by viem's and
// @ethereumjs' RLP and hashes.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { RLP } from "@ethereumjs/rlp";
import { fromRlp, keccak256, parseTransaction } from "viem";

const [scope, ...scenarios] = process.argv.slice(2);
const folder = "build/log/derive";
mkdirSync(folder, { recursive: true });
let passed = 0, failed = 0;

function check(what, holds, seen = "") {
    holds ? passed++ : failed++;
    if (!holds)
        console.log(`not so: ${what} ${seen}`);
}

function derive(l1, rollups) {
    const r = spawnSync(scope, ["derive", "--l1-file", l1, "--rollups", rollups, "--json"],
        { maxBuffer: 1 << 26, encoding: "utf8" });
    return { status: r.status, said: r.stderr, rollups: r.stdout ? JSON.parse(r.stdout).rollups : [] };
}

const bytes = (hex) => Buffer.from(hex.slice(2), "hex");
const hex = (b) => "0x" + Buffer.from(b).toString("hex");

// docs/data.md: the frame of a chain in a blob, or null
function frameOf(blob, chainId) {
    const payload = Buffer.concat(Array.from({ length: 4096 }, (_, i) => blob.subarray(32 * i + 1, 32 * i + 32)));
    check("each field element begins with a zero byte",
        Array.from({ length: 4096 }, (_, i) => blob[32 * i]).every((b) => b === 0));
    check("the payload's version is 1", payload[0] === 1);
    for (let at = 1; payload.length - at >= 12;) {
        const chain = payload.readBigUInt64BE(at), length = payload.readUInt32BE(at + 8);
        if (chain === 0n)
            return null;
        if (chain === BigInt(chainId))
            return payload.subarray(at + 12, at + 12 + length);
        at += 12 + length;
    }
    return null;
}

// version || deflate(rlp([[timestamp, [envelope, ..]], ..]))
function blocksOf(batch) {
    check("the batch's version is 2", batch[0] === 2);
    return RLP.decode(inflateRawSync(batch.subarray(1)));
}

// The sidecar in the form that nodes take: EIP-7594.
function checkNetworkForm(sidecar) {
    const raw = bytes(sidecar.network), items = fromRlp(hex(raw.subarray(1)), "hex");
    check("type 3", raw[0] === 3);
    check("five items: transaction, version 1, blobs, commitments, cell proofs", items.length === 5 && items[1] === "0x01");
    const [fields, , blobs, commitments, proofs] = items;
    const canonical = Buffer.concat([Buffer.from([3]), RLP.encode(RLP.decode(Buffer.concat([raw.subarray(1)]))[0])]);
    check("the transaction's hash", keccak256(hex(canonical)) === sidecar.transaction);
    const transaction = parseTransaction(hex(canonical));
    check("viem: a blob transaction", transaction.type === "eip4844");
    check("as many blobs, commitments and versioned hashes, 128 proofs each",
        blobs.length === commitments.length && blobs.length === transaction.blobVersionedHashes.length
            && proofs.length === 128 * blobs.length);
    commitments.forEach((c, i) => {
        const versioned = "0x01" + createHash("sha256").update(bytes(c)).digest("hex").slice(2);
        check("a versioned hash is that of its commitment", versioned === transaction.blobVersionedHashes[i]
            && versioned === fields[10][i]);
        check("blobs of 131072 bytes, points of 48", bytes(blobs[i]).length === 131072 && bytes(c).length === 48);
    });
    check("every proof has 48 bytes", proofs.every((p) => bytes(p).length === 48));
    check("the file's blobs are those", blobs.every((b, i) => b === sidecar.blobs[i].blob));
}

// The last block that the report tells of each rollup.
function headsOf(report) {
    const id = Object.fromEntries(report.chains.map((c) => [c.name, c.id])), heads = {};
    for (const step of report.steps)
        if (step.settlement?.settled)
            for (const r of step.settlement.rollups)
                heads[id[r.chain]] = { number: r.lastBlock, hash: r.blockHash, root: r.stateRoot };
    return heads;
}

function settledIn(report) {
    const id = Object.fromEntries(report.chains.map((c) => [c.name, c.id]));
    return report.steps.filter((s) => s.settlement?.settled).map((s) => ({
        transaction: s.settlement.l1Transaction,
            rollups: s.settlement.rollups.map((r) => ({ ...r, id: id[r.chain] })) }));
}

function checkAltered(name, l1, file, rollupsPath, good) {
    const rollups = JSON.parse(readFileSync(rollupsPath));
    const copy = (change) => {
        const altered = structuredClone(l1);
        change(altered);
        writeFileSync(file + ".altered", JSON.stringify(altered));
        return derive(file + ".altered", rollupsPath);
    };
    const flip = (text, at) => text.slice(0, at) + (text[at] === "0" ? "1" : "0") + text.slice(at + 1);
    const expect = (what, r, status, error) => {
        check(`${name}, ${what}: status ${status}, ${error}`, r.status === status && r.said.includes(error),
            `${r.status} ${r.said}`);
        check(`${name}, ${what}: no block beyond the good ones`, r.rollups.every((x) => x.block <= good[x.chainId]));
    };
    if (l1.sidecars.length) {
        const last = l1.sidecars.length - 1;
        expect("a bit of a blob", copy((a) => (a.sidecars[last].blobs[0].blob = flip(a.sidecars[last].blobs[0].blob, 2 + 64 * 9 + 20))), 1, "REJECT_BLOB_PROOF");
        expect("an element that is none",
            copy((a) => (a.sidecars[last].blobs[0].blob = "0xff" + a.sidecars[last].blobs[0].blob.slice(4))), 1,
            "REJECT_BLOB_PROOF");
        expect("a blob of another bundle", copy((a) => (a.sidecars[last].blobs = a.sidecars[0].blobs)), 1, "REJECT_BLOB_PROOF");
        const gone = copy((a) => a.sidecars.pop());
        expect("a blob that is gone", gone, 1, "FAULT_BLOB_MISSING");
        check(`${name}: the blocks before it are kept`, gone.rollups.some((x) => x.error && x.block === good[x.chainId] - 1));
        expect("a blob that is cut", copy((a) => (a.sidecars[last].blobs[0].blob = a.sidecars[last].blobs[0].blob.slice(0, -2))), 2, "REJECT_L1_FILE");
    }
    const middle = l1.blocks.length - 1;
    expect("a bit of a block", copy((a) => (a.blocks[middle].rlp = flip(a.blocks[middle].rlp, a.blocks[middle].rlp.length - 300))), 2, "L1 does not execute");
    expect("a block left out", copy((a) => a.blocks.splice(3, 1)), 2, "L1 does not execute");
    expect("another account in L1's genesis", copy((a) => (Object.values(a.alloc)[0].balance = "0x1")), 2, "state root");
    for (const [what, change] of [["another balance in a rollup's genesis", (r) => (Object.keys(r.alloc)[0] ? r.alloc[Object.keys(r.alloc)[0]] = "7" : (r.timestamp += 1))],
        ["another coinbase", (r) => (r.coinbase = "0x00000000000000000000000000000000000000aa")],
            ["another gas limit", (r) => (r.gasLimit += 1)],
        ["other peers", (r) => (r.peers[0].maxGas += 1)],
        ["another circle", (r) => (r.peers.at(-1).trusted = !r.peers.at(-1).trusted)]]) {
        const altered = structuredClone(rollups);
        change(altered.rollups[0]);
        writeFileSync(file + ".rollups", JSON.stringify(altered));
        expect(what, derive(file, file + ".rollups"), 1, "REJECT_GENESIS");
    }
}

for (const scenario of scenarios)
    for (const mode of ["calldata", "blobs"]) {
        const name = `${basename(scenario)} in ${mode}`,
            file = join(folder, `${basename(scenario, ".yaml")}.${mode}.json`);
        const run = spawnSync(scope, ["run", scenario, "--data", mode, "--json", "--export-l1", file,
            "--export-genesis", file + ".genesis"], { maxBuffer: 1 << 28, encoding: "utf8" });
        check(`${name}: the run`, run.status === 0, run.stderr);
        const heads = headsOf(JSON.parse(run.stdout)), r = derive(file, file + ".genesis");
        check(`${name}: derived`, r.status === 0, r.said);
        check(`${name}: rollups settled`, Object.keys(heads).length > 0);
        for (const [id, head] of Object.entries(heads)) {
            const got = r.rollups.find((x) => x.chainId === Number(id));
            check(`${name}: head of ${id}`, got?.blockHash === head.hash && got?.stateRoot === head.root && got?.block === head.number, JSON.stringify(got));
            check(`${name}: ${mode} of ${id}`, (got?.blobs > 0) === (mode === "blobs"));
        }
        const l1 = JSON.parse(readFileSync(file)),
            good = Object.fromEntries(r.rollups.map((x) => [x.chainId, x.block]));
        check(`${name}: sidecars`, (l1.sidecars.length > 0) === (mode === "blobs"));
        l1.sidecars.forEach(checkNetworkForm);
        for (const settled of settledIn(JSON.parse(run.stdout)).filter(() => mode === "blobs"))
            for (const rollup of settled.rollups) {
                const sidecar = l1.sidecars.find((s) => s.transaction === settled.transaction);
                const frames = sidecar.blobs.map((b) => frameOf(bytes(b.blob), rollup.id)).filter(Boolean),
                    batch = Buffer.concat(frames);
                check(`${name}: bytes of ${rollup.chain}`, batch.length === rollup.dataBytes);
                const blocks = blocksOf(batch), envelopes = blocks.flatMap((b) => b[1]);
                check(`${name}: blocks of ${rollup.chain}`, blocks.length === rollup.lastBlock - rollup.firstBlock + 1);
                check(`${name}: system transactions of ${rollup.chain}`, envelopes.filter((e) => e[0] === 0x7e).length === rollup.systemTransactions);
                check(`${name}: users' transactions of ${rollup.chain}`, envelopes.filter((e) => e[0] !== 0x7e).length === rollup.transactions);
                check(`${name}: a block begins with a system transaction`, blocks.every((b) => b[1][0][0] === 0x7e));
            }
        if (scenario === scenarios[0]) // the same program, and each time two seconds for the trusted setup
            checkAltered(name, l1, file, file + ".genesis", good);
    }

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
