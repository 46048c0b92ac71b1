// demo_l1 - `make demo-l1`: anvil as the L1, and the rollups derived from it by a separate process.
//
//   node tools/demo_l1.mjs SCOPE EXAMPLE..
//
//   1  anvil is started, and each example runs on it, with the rollups' data in blobs
//   2  each bundle is read back with cast: receipt, blobs, events
//   3  in a fresh directory, scope derive rebuilds the rollups from the node and the genesis file
//   4  block number, block hash and state root are compared: the run, L1's events, the derived rollups

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { cast, check, outcome, startAnvil, stopAll } from "../tests/client/anvil.mjs";

const scope = resolve(process.argv[2]), files = process.argv.slice(3);
const fresh = mkdtempSync(join(tmpdir(), "demo-l1-"));
const short = (hex) => `${hex.slice(0, 8)}…${hex.slice(-6)}`;
const say = (label, text) => console.log(`    ${label.padEnd(9)}${text}`);
const compare = (what, holds, got) => { check(what, holds, got); return holds ? "=" : "DIFFERS"; };

function run(program, args, cwd) {
    return new Promise((done) => {
        const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
        let out = "", err = "";
        child.stdout.on("data", (piece) => (out += piece));
        child.stderr.on("data", (piece) => (err += piece));
        child.on("close", (status) => done({ status, out, err }));
    });
}

// --- cast --------------------------------------------------------------------------------------------

function castSays(...args) {
    const r = spawnSync(cast, args, { encoding: "utf8" });
    if (r.status !== 0)
        throw new Error(`cast ${args[0]}: ${r.stderr}`);
    return r.stdout.trim();
}
const topicOf = (event) => castSays("sig-event", event);

// The rollups' new heads, from L1's events.
function settledIn(logs, bridge) {
    return logs.filter((l) => l.address.toLowerCase() === bridge && l.topics[0] === topic.settled).map((l) => {
        const [stateRoot, first, last] = l.data.slice(2).match(/.{64}/g);
        return { chain: Number(l.topics[1]), hash: l.topics[2], root: `0x${stateRoot}`, first: Number(`0x${first}`),
            last: Number(`0x${last}`) };
    });
}

const topic = {
    settled: topicOf("event Settled(uint64,bytes32,bytes32,uint64,uint64,bytes32,bytes32)"),
    called: topicOf("event ScopedCall(uint256,address,address,uint256,uint256,uint256,bytes)"),
    executed: topicOf("event ScopedCallExecuted(bytes32,bytes)"),
};

function readBundle(name, url, bridge, slot, chains) {
    const { settlement } = slot, receipt = JSON.parse(castSays("receipt", settlement.l1Transaction, "--json",
        "--rpc-url", url));
    const l1 = chains.find((c) => c.kind === "l1").name, calls = slot.work.flatMap((w) => w.calls);
    const emitted = (t) => receipt.logs.filter((l) => l.topics[0] === t).length,
        heads = settledIn(receipt.logs, bridge);
    const rollups = settlement.rollups.map((r) =>
        ({ chain: chains.find((c) => c.name === r.chain).id, hash: r.blockHash, root: r.stateRoot, first: r.firstBlock,
        last: r.lastBlock }));
    compare(`${name}: receipt`, BigInt(receipt.status) === 1n && Number(receipt.blockNumber) === settlement.l1Block && Number(receipt.gasUsed) === settlement.l1GasUsed, receipt);
    compare(`${name}: blobs`, BigInt(receipt.type) === 3n && Number(receipt.blobGasUsed) === 131072 * settlement.data.blobs, receipt);
    compare(`${name}: rollups settled`, JSON.stringify(heads) === JSON.stringify(rollups), { heads, rollups });
    const sent = calls.filter((c) => c.from.chain === l1).length,
        handled = calls.filter((c) => c.to.chain === l1).length;
    compare(`${name}: calls`, emitted(topic.called) === sent && emitted(topic.executed) === handled, { sent, handled });
    const of = settlement.rollups.map((r) => `${r.chain} ${r.firstBlock === r.lastBlock ? r.lastBlock : `${r.firstBlock} to ${r.lastBlock}`}`).join(", ");
    return `L1 block ${settlement.l1Block}, ${short(settlement.l1Transaction)}: ${settlement.data.blobs} blob${settlement.data.blobs > 1 ? "s" : ""}, ${Number(receipt.gasUsed).toLocaleString("en")} gas; ` +
        `settles block ${of}; ${emitted(topic.called)} calls from L1, ${emitted(topic.executed)} to it`;
}

// --- one example -------------------------------------------------------------------------------------

async function show(node, file) {
    const name = basename(file), genesis = join(fresh, `${name}.genesis.json`);
    const landed = await run(scope, ["run", file, "--l1", node.url, "--data", "blobs", "--export-genesis", genesis,
        "--json"]);
    if (landed.status !== 0 || !landed.out)
        throw new Error(`scope run ${file}: ${landed.err}`);
    const report = JSON.parse(landed.out), slots = report.steps.filter((s) => s.settlement),
        forged = slots.flatMap((s) => s.forgeries);
    const bridge = JSON.parse(readFileSync(genesis)).sharedBridge.toLowerCase();
    console.log(`\n${file}: ${report.scenario}\n`);
    say("settled", `${report.met} of ${report.met + report.failed} expectations met; ${forged.length} forged bundles sent, ${forged.filter((f) => !f.settled).length} refused by L1`);
    for (const slot of slots.filter((s) => s.settlement.settled))
        say("cast", readBundle(name, node.url, bridge, slot, report.chains));
    // derived from L1 by a process that shares nothing with the run
    const derived = await run(scope, ["derive", "--l1", node.url, "--l1-beacon", node.url, "--rollups",
        basename(genesis), "--json"], fresh);
    if (derived.status !== 0)
        throw new Error(`scope derive ${file}: ${derived.err}`);
    const { rollups } = JSON.parse(derived.out), names = report.chains.filter((c) => c.kind !== "l1");
    compare(`${name}: every rollup is derived`, rollups.length === names.length, rollups);
    const logs = settledIn(JSON.parse(castSays("logs", "--from-block", "0", "--address", bridge, topic.settled,
        "--json", "--rpc-url", node.url)), bridge);
    for (const { id, name: chain } of names) {
        const got = rollups.find((r) => r.chainId === id),
            told = slots.flatMap((s) => (s.settlement.settled ? s.settlement.rollups : [])).filter((r) =>
            r.chain === chain).at(-1);
        const event = logs.filter((l) => l.chain === id).at(-1);
        const byRun = compare(`${name}: ${chain}: derived and run`, got?.block === told?.lastBlock && got?.blockHash === told?.blockHash && got?.stateRoot === told?.stateRoot, { got, told });
        const byL1 = compare(`${name}: ${chain}: derived and L1`, got?.block === event?.last && got?.blockHash === event?.hash && got?.stateRoot === event?.root, { got, event });
        say("derived", `${chain}: block ${got?.block} ${short(got?.blockHash ?? "")}, state root ${short(got?.stateRoot ?? "")}  ${byRun} the run's  ${byL1} L1's event`);
    }
}

try {
    const node = await startAnvil();
    console.log(`L1 is ${await node.ask("web3_clientVersion")}, started for this. A rollup's data goes there in blobs, and nowhere else.`);
    for (const file of files)
        await show(node, file);
    console.log(`\n  cast     reads each bundle back: receipt, blob gas, and the events Settled, ScopedCall, ScopedCallExecuted, against the run's report`);
    console.log(`  derived  by scope derive, which had the node's blocks and blobs, and in a fresh directory how the rollups began:`);
    console.log(`           ${readdirSync(fresh).join(", ")}\n`);
    console.log(outcome.failed ? `${outcome.failed} of ${outcome.passed + outcome.failed} comparisons DIFFER` : `all ${outcome.passed} comparisons agree`);
} catch (e) {
    console.log(e.message);
    outcome.failed++;
} finally {
    stopAll();
    rmSync(fresh, { recursive: true, force: true });
}
process.exit(outcome.failed ? 1 : 0);
