// l1 - scope run on a remote L1: anvil as a real process, and a proxy in front of it that interferes.
//
//   node tests/client/l1.mjs SCOPE [FILE..]      FILE: scenarios that must end well (the examples)
//
//   landing   each FILE on anvil that mines at once, and one on anvil that mines when it is told; what scope reports of
// its
//             bundles is read back with viem and with cast: status, gas, block, type, the events of both bridges
//   racing    a bundle is dropped, delayed, outbid, overtaken by a write to what it read, reorganized away
//   keys      publicly known keys are refused outside of development chains
//
// The server sees every call. A hook may answer a call in anvil's place, or do something first.

import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { decodeEventLog, getContractAddress, keccak256, parseAbi, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { before, bundleIn, cast, check, EXECUTE_BUNDLE, lost, meddle as meddleWith, outcome, root, runner, startAnvil,
    stopAll, wait } from "./anvil.mjs";
import { NO_LISTENER } from "./anvil_process.mjs";

const [scope, ...files] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "l1-"));
// in blobs: l1_blobs.mjs
const run = runner(scope), meddle = (name, file, react) => meddleWith(run, name, [file, "--data", "calldata"], react);
const PRECONDITION_FAILED = "0x97d675ca";

// --- landing -----------------------------------------------------------------------------------------

const events = parseAbi([
    "event ScopedCall(uint256 indexed targetChainId, address indexed from, address indexed to, uint256 nonce, uint256 value, uint256 gasLimit, bytes data)",
    "event ScopedCallExecuted(bytes32 indexed requestHash, bytes response)",
]);

function readEvents(logs) {
    const seen = { ScopedCall: 0, executed: [] };
    for (const log of logs) {
        try {
            const { eventName, args } = decodeEventLog({ abi: events, data: log.data, topics: log.topics });
            if (eventName === "ScopedCall")
                seen.ScopedCall++;
            else
                seen.executed.push(args.requestHash);
        } catch { /* of other contracts */ }
    }
    return seen;
}

// What scope says of a bundle is what two programs that are not ours read from the chain.
async function readBack(name, node, slot, l1) {
    const { settlement } = slot, hash = settlement.l1Transaction;
    const receipt = await node.client.getTransactionReceipt({ hash }), tx = await node.client.getTransaction({ hash });
    const byCast = JSON.parse(spawnSync(cast, ["receipt", hash, "--json", "--rpc-url", node.url],
        { encoding: "utf8" }).stdout);
    check(`${name}: viem: settled`, receipt.status === "success" && Number(receipt.blockNumber) === settlement.l1Block && Number(receipt.gasUsed) === settlement.l1GasUsed, receipt);
    check(`${name}: cast: settled`, BigInt(byCast.status) === 1n && Number(byCast.blockNumber) === settlement.l1Block && Number(byCast.gasUsed) === settlement.l1GasUsed, byCast);
    check(`${name}: it is a bundle`, tx.input.startsWith(EXECUTE_BUNDLE) && tx.input.length / 2 - 1 < settlement.l1TransactionBytes);
    const seen = readEvents(receipt.logs), calls = slot.work.flatMap((w) => w.calls);
    const made = calls.filter((c) => c.from.chain === l1 && !c.view); // a view cannot emit
    check(`${name}: calls from L1`, seen.ScopedCall === made.length, seen);
    const handled = calls.filter((c) => c.to.chain === l1).map((c) => c.requestHash).sort();
    check(`${name}: calls to L1`, JSON.stringify(seen.executed.sort()) === JSON.stringify(handled), { seen, handled });
    return tx;
}

// A block once the node has the transaction, however long that takes.
async function mineWith(node, raw) {
    for (const end = Date.now() + 60000; Date.now() < end; await wait(5))
        if (await node.ask("eth_getTransactionByHash", [keccak256(raw)]))
            return node.mine();
    throw new Error(`the node does not have transaction ${keccak256(raw)}`);
}

async function land(file, how) {
    const name = `${basename(file, ".yaml")}, ${how}`, mined = [];
    const node = await startAnvil(...(how === "told to mine" ? ["--no-mining"] : []));
    const proxy = how === "told to mine" ? await before(node, async (call) => {
        if (call.method === "eth_sendRawTransaction")
            mined.push(mineWith(node, call.params[0]).catch((e) => check(`${name}: mined`, false, e)));
    }) : null;
    const r = await run(file, "--l1", proxy?.url ?? node.url);
    await Promise.all(mined);
    check(`${name}: ends well`, r.status === 0 && r.report?.failed === 0, r.err);
    const settled = r.slots.filter((s) => s.settlement.settled), types = new Set();
    check(`${name}: has a settled bundle`, settled.length > 0);
    for (const [i, slot] of settled.entries()) {
        const tx = await readBack(`${name}, bundle ${i + 1}`, node, slot, r.report.chains.find((c) => c.kind === "l1").name);
        types.add(tx.typeHex);
        check(`${name}: delegates by type 4 alone`, tx.typeHex !== "0x4" || tx.authorizationList.length > 0);
    }
    for (const f of r.slots.flatMap((s) => s.forgeries)) {
        check(`${name}: ${f.forgery}: refused, and nothing changed`, f.met && f.chainsAsBefore && !f.settled, f);
    }
    proxy?.stop();
    node.stop();
    return types;
}

async function landing() {
    const types = new Set();
    for (const file of files)
        for (const t of await land(file, "at once"))
            types.add(t);
    for (const t of await land(join(root, "tests/scenario/l1/twice.yaml"), "told to mine"))
        types.add(t);
    // of type 3: l1_blobs.mjs
    check("bundles of type 2 and of type 4", types.has("0x2") && types.has("0x4"), [...types]);
}

// --- racing ------------------------------------------------------------------------------------------

const builderKey = keccak256(toHex("scope:account:builder")), builder = privateKeyToAccount(builderKey);
const hostile = privateKeyToAccount("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const twice = join(root, "tests/scenario/l1/twice.yaml"), race = join(root, "tests/scenario/l1/race.yaml");
const status = (slot, label) => slot.work.find((w) => w.label === label)?.status;

function endsWell(r) {
    check(`${r.name}: ends well`, r.status === 0 && r.report?.failed === 0, r.err);
    check(`${r.name}: both slots settle`, r.slots.length === 2 && r.slots.every((s) => s.settlement.settled), r.err);
}

// The node says that it has it, and forgets it: it is sent again, and nothing is rebuilt.
async function dropped() {
    const r = await meddle("dropped", twice, async (node, bundle, n) =>
        (n === 1 ? { result: bundle.hash } : undefined));
    endsWell(r);
    check("dropped: sent again, byte for byte", r.sent.length === 3 && r.sent[0].raw === r.sent[1].raw, r.sent.length);
    check("dropped: no race was lost", r.slots.every((s) => lost(s).races === 0));
    r.node.stop();
}

// The node tells of the block, and a third of a second later of the receipt: the bundle is waited for, and built once.
async function toldLate() {
    const node = await startAnvil(), sent = [], since = new Map();
    const proxy = await before(node, async (call) => {
        const bundle = bundleIn(call);
        if (bundle) {
            sent.push(bundle);
            since.set(bundle.hash, Date.now());
        }
        if (call.method === "eth_getTransactionReceipt" && Date.now() < (since.get(call.params[0]) ?? 0) + 333)
            return { result: null };
    });
    const r = { ...await run(twice, "--data", "calldata", "--l1", proxy.url), name: "told late" };
    endsWell(r);
    check("told late: two bundles for two slots", sent.length === 2 && sent[1].nonce === sent[0].nonce + 1,
        sent.map((s) => s.nonce));
    check("told late: no race was lost", r.slots.every((s) => lost(s).races === 0), r.slots.map(lost));
    proxy.stop();
    node.stop();
}

// Its block goes by without it: the next one has the same nonce, and pays a tenth more.
async function passedBy() {
    const r = await meddle("passed by", twice, async (node, bundle, n) => {
        if (n !== 1)
            return undefined;
        await node.mine();
        return { result: bundle.hash };
    });
    endsWell(r);
    check("passed by: the same nonce, a tenth more", r.sent[1]?.nonce === r.sent[0].nonce
        && r.sent[1].maxFeePerGas * 10n >= r.sent[0].maxFeePerGas * 11n &&
        r.sent[1].maxPriorityFeePerGas * 10n >= r.sent[0].maxPriorityFeePerGas * 11n,
            r.sent.map((s) => [s.nonce, s.maxFeePerGas]));
    check("passed by: one race lost, for no gas", lost(r.slots[0]).races === 1 && lost(r.slots[0]).gas === 0,
        lost(r.slots[0]));
    r.node.stop();
}

// It is mined a block late, and reverts: what is settled names its block.
async function late() {
    const r = await meddle("late", twice, async (node, bundle, n) => { if (n === 1) await node.mine(); });
    endsWell(r);
    check("late: the nonce is spent", r.sent[1]?.nonce === r.sent[0].nonce + 1, r.sent.map((s) => s.nonce));
    check("late: one race lost, for some gas", lost(r.slots[0]).races === 1 && lost(r.slots[0]).gas > 0,
        lost(r.slots[0]));
    console.log(`late: a bundle that missed its block cost ${lost(r.slots[0]).gas} gas; one that settles ${r.slots[0].settlement.l1GasUsed}`);
    r.node.stop();
}

// Another sender with the builder's key uses its nonce.
async function outbid() {
    const r = await meddle("outbid", twice, async (node, bundle, n) => {
        if (n !== 1)
            return;
        await node.ask("eth_sendRawTransaction", [await builder.signTransaction({ chainId: 31337, type: "eip1559", nonce: bundle.nonce, to: builder.address, gas: 21000n, maxFeePerGas: bundle.maxFeePerGas * 2n, maxPriorityFeePerGas: bundle.maxPriorityFeePerGas * 2n })]);
    });
    endsWell(r);
    check("outbid: the next nonce", r.sent.at(-1).nonce > r.sent[0].nonce && lost(r.slots[0]).races === 1,
        r.sent.map((s) => s.nonce));
    r.node.stop();
}

const oracle = getContractAddress({ from: privateKeyToAccount(keccak256(toHex("scope:account:owner"))).address,
    nonce: 0n });

// A write to what it read, in its own block and before it, in every block: who reads it is left out and tried again.
// Who does not, settles all the same. The second time the reader is rejected, by name.
async function overtaken() {
    let price = 3000n;
    const r = await meddle("overtaken", race, async (node, bundle) => {
        const nonce = Number(await node.ask("eth_getTransactionCount", [hostile.address, "latest"]));
        await node.ask("anvil_setAutomine", [false]);
        await node.ask("eth_sendRawTransaction", [await hostile.signTransaction({ chainId: 31337, type: "eip1559", nonce, to: oracle, gas: 100000n, data: `0x60fe47b1${(++price).toString(16).padStart(64, "0")}`,
            maxFeePerGas: bundle.maxFeePerGas * 3n, maxPriorityFeePerGas: bundle.maxPriorityFeePerGas * 3n })]);
        const result = await node.ask("eth_sendRawTransaction", [bundle.raw]);
        await node.mine();
        await node.ask("anvil_setAutomine", [true]);
        return { result };
    });
    const [first, second] = r.slots, nora = (slot) => slot?.work.find((w) => w.label === "nora reads");
    check("overtaken: the other settles in the first slot", first?.settlement.settled
        && status(first, "sam withdraws") === "settled", r.err);
    check("overtaken: and in the second", second?.settlement.settled
        && status(second, "sam withdraws again") === "settled", r.err);
    check("overtaken: ends as the scenario says", r.status === 0 && r.report?.failed === 0, r.err);
    check("overtaken: the reader waits after the first", nora(first)?.status === "pending" && !nora(first).carried,
        nora(first));
    check("overtaken: and is rejected after the second, by name", nora(second)?.status === "rejected" && nora(second).carried && nora(second).reason.startsWith("REJECT_L1_RACE: "), nora(second));
    check("overtaken: each slot lost one race", lost(first).races === 1 && lost(second).races === 1,
        [first, second].map(lost));
    const kill = lost(first).gas, settles = first?.settlement.l1GasUsed;
    check("overtaken: a kill costs less than half of a bundle", kill > 0 && kill * 2 < settles, { kill, settles });
    console.log(`overtaken: a kill cost ${kill} gas; the bundle without the reader settles for ${settles}`);
    const trace = await r.node.ask("debug_traceTransaction", [r.sent[0].hash, { tracer: "callTracer" }]);
    check("overtaken: killed by its precondition", trace.output?.startsWith(PRECONDITION_FAILED), trace.output);
    r.node.stop();
}

// A bundle that may land in any block waits three blocks, and is sent again for a tenth more.
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
    const r = await run(join(root, "tests/scenario/l1/stuck.yaml"), "--data", "calldata", "--l1", proxy.url);
    check("stuck: ends well", r.status === 0 && r.report?.failed === 0 && r.slots[0].settlement.settled, r.err);
    check("stuck: three were sent, one bundle under one nonce", sent.length === 3 && sent.every((b) => b.nonce === sent[0].nonce && b.data === sent[0].data), sent.length);
    check("stuck: each for a tenth more, and not for twice as much", sent.slice(1).every((b, i) => b.maxFeePerGas * 10n >= sent[i].maxFeePerGas * 11n && b.maxFeePerGas * 10n < sent[i].maxFeePerGas * 12n &&
        b.maxPriorityFeePerGas * 10n >= sent[i].maxPriorityFeePerGas * 11n),
            sent.map((b) => [b.maxFeePerGas, b.maxPriorityFeePerGas]));
    proxy.stop();
    node.stop();
}

// The bundle's block is reorganized away after it settled: the rollup's blocks go with it, the work comes again.
async function reorganized() {
    const node = await startAnvil();
    let bundles = 0, pending = false;
    const proxy = await before(node, async (call) => {
        bundles += bundleIn(call) !== null;
        if (call.method === "eth_getBlockReceipts" && bundles === 1)
            pending = true;
        // the next look at the head
        else if (pending && call.method === "eth_getBlockByNumber" && call.params[0] === "latest") {
            pending = false;
            await node.ask("anvil_rollback", [1]);
            await node.ask("anvil_mine", ["0x1"]);
        }
    });
    const r = await run(twice, "--data", "calldata", "--l1", proxy.url);
    check("reorganized: ends well", r.status === 0 && r.report?.failed === 0,
        r.err + JSON.stringify(r.report?.steps?.at(-1)));
    check("reorganized: two bundles, the second has both", bundles === 2 && r.slots[1]?.settlement.settled
        && r.slots[1].settlement.rollups[0].firstBlock === 1, { bundles, rollups: r.slots[1]?.settlement.rollups });
    const again = r.slots[1]?.work.find((w) => w.label === "alice pays");
    check("reorganized: what was rolled back is reported again, with its call", again?.carried && again.status === "settled" && again.calls.length === 1 && again.transaction === r.slots[1].settlement.l1Transaction, again);
    check("reorganized: each in its slot, once", r.slots[0]?.work.length === 1 && r.slots[1]?.work.length === 2,
        r.slots.map((s) => s.work.map((w) => w.label)));
    proxy.stop();
    node.stop();
}

// --- keys --------------------------------------------------------------------------------------------

async function keys() {
    const node = await startAnvil("--chain-id", "100");
    await node.mine();
    const keyFile = (name, text) => { const path = join(folder, name); writeFileSync(path, text); chmodSync(path,
        0o600); return path; };
    const anvils = keyFile("anvil", "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80\n"), own = keyFile("own", keccak256(toHex("l1.mjs")) + "\n");
    for (const [what, args, says] of [
        ["the scenario's own builder", [], "--l1-key"],
        ["a key of anvil's", ["--l1-key", anvils], "publicly known"],
        ["a scenario's account", ["--l1-key", own], "account \"alice\""],
    ]) {
        const r = await run(twice, "--l1", node.url, ...args);
        check(`keys: ${what} is refused`, r.status !== 0 && r.err.includes("REJECT_DEVELOPMENT_KEY: ") && r.err.includes(says) && r.err.includes("chain 100"), r.err);
    }
    check("keys: nothing was sent", Number(await node.ask("eth_blockNumber")) === 1);
    node.stop();
    const dev = await startAnvil(), funded = keyFile("funded", keccak256(toHex("funded")) + "\n");
    await dev.ask("anvil_setBalance", [privateKeyToAccount(keccak256(toHex("funded"))).address, toHex(10n ** 20n)]);
    await dev.mine();
    const r = await run(twice, "--l1", dev.url, "--l1-key", funded);
    check("keys: a funded account pays for all", r.status === 0 && r.report?.failed === 0, r.err);
    dev.stop();
    const none = await run(twice, "--l1", NO_LISTENER);
    check("keys: no listener", none.status === 3 && none.err.includes("127.0.0.1"), none.err);
}

try {
    await landing();
    for (const f of [dropped, toldLate, passedBy, late, outbid, overtaken, stuck, reorganized, keys])
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
