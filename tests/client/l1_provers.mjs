// l1_provers - not a development chain: scope run --l1 on chain 100, where publicly known keys are refused, with
// provers that are processes of their own (scope prove), with keys of their own.
//
//   node tests/client/l1_provers.mjs SCOPE
//
//   discovery   before contracts are deployed for them, provers say who they are. Those that believe another L1,
// another
//                   verifier or other rules, that are dead, no provers, or twice the same, are refused by name
//   settling        scope rules foresees the contracts' addresses; the set on L1 is the processes' keys; the bundles
// settle,
//                   in blobs, also with one of three provers gone; and the rollup is derived from the chain

import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keccak256, parseAbi, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { before, bundleIn, check, keep, outcome, root, runner, startAnvil, stopAll } from "./anvil.mjs";

const scope = process.argv[2], run = runner(scope);
const folder = mkdtempSync(join(tmpdir(), "l1-provers-"));
let files = 0;
function file(text, name = "file") {
    const path = join(folder, `${files++}-${name}`);
    writeFileSync(path, text);
    chmodSync(path, 0o600);
    return path;
}
const secret = (name) => keccak256(toHex(`l1_provers.mjs: ${name}`));
const addressOf = (name) => privateKeyToAccount(secret(name)).address;
const keyFile = (name) => file(`${secret(name)}\n`, name);
const payer = keyFile("payer");

// Two payments to a rollup, by an account with a key of its own.
const scenario = file(readFileSync(join(root, "tests/scenario/l1/twice.yaml"), "utf8").replace("alice: { ",
    `alice: { key: "${secret("alice")}", `), "twice.yaml");

function prover(config, name) {
    const child = keep(spawn(scope, ["prove", "--config", config, "--key", keyFile(name), "--listen", "127.0.0.1:0"],
        { stdio: ["ignore", "pipe", "inherit"] }));
    return new Promise((done, failed) => {
        child.on("close", (status) => failed(new Error(`a prover ended with ${status}`)));
        child.stdout.on("data", (text) => { const url = /http:\/\/\S+:\d+/.exec(text); if (url) done({ url: url[0], kill: () => child.kill("SIGKILL") }); });
    });
}

// Not a development chain: 12 seconds between blocks, and one account that has something.
async function startChain() {
    const node = await startAnvil("--chain-id", "100");
    await node.ask("anvil_setBlockTimestampInterval", [12]);
    await node.ask("anvil_setBalance", [addressOf("payer"), toHex(10n ** 20n)]);
    await node.mine();
    return node;
}

function rulesFor(...args) {
    const path = join(folder, `${files++}-rules.json`);
    const r = spawnSync(scope, ["rules", scenario, "--out", path, ...args], { encoding: "utf8" });
    check("scope rules", r.status === 0, r.stderr);
    return JSON.parse(readFileSync(path, "utf8"));
}
const config = (rules) => file(JSON.stringify(rules), "rules.json");
const withProvers = (node, ...urls) => run(scenario, "--l1", node.url, "--l1-key", payer,
    ...urls.flatMap((u) => ["--prover", u]));
const deployed = async (node, at) => (await node.ask("eth_getCode", [at, "latest"])) !== "0x";

// --- discovery -----------------------------------------------------------------------------------

async function discovery() {
    const node = await startChain(), rules = rulesFor("--l1", node.url, "--l1-key", payer),
        chain = rules.rollups[0].chainId;
    check("foreseeing sends nothing", Number(await node.ask("eth_blockNumber")) === 1);
    // its account is funded by a first run that gets no further; from then on the contracts' addresses are others
    const first = await withProvers(node, "http://127.0.0.1:1", "http://127.0.0.1:1");
    check("dead: by name", first.status === 3 && first.err.includes("FAULT_NETWORK")
        && first.err.includes("127.0.0.1:1"), first.err);
    const now = rulesFor("--l1", node.url, "--l1-key", payer);
    check("funding an account took no unexpected nonce", now.quorumVerifier === rules.quorumVerifier, [now, rules]);
    const good = (await prover(config(now), "one")).url;
    const impostor = createServer((request, response) => response.end("<html>\x1b[31mwelcome</html>"));
    await new Promise((done) => impostor.listen(0, "127.0.0.1", done));
    const turncoat = createServer(async (request, response) => response.end(JSON.stringify(
        { ...await (await fetch(good)).json(), programId: `0x${"77".repeat(32)}` })));
    const listening = (server) => new Promise((done) => server.listen(0, "127.0.0.1", () =>
        done(`http://127.0.0.1:${server.address().port}`)));
    const other = async (change) => (await prover(config({ ...now, ...change }), "two")).url;
    const height = await node.ask("eth_blockNumber");
    for (const [what, url, says] of [
        ["an L1 of its own", (await prover(config(rulesFor()), "two")).url, "another L1"],
        ["another verifier", await other({ quorumVerifier: now.sharedBridge }), "another QuorumVerifier"],
        ["another bridge", await other({ sharedBridge: now.quorumVerifier }), "other rules"],
        ["another program", await listening(turncoat), "another program"],
        ["another epoch", await other({ proverSetEpoch: 2 }), "another epoch"],
        ["another gas limit", await other({ rollups: [{ ...now.rollups[0], gasLimit: now.rollups[0].gasLimit + 1 }] }),
            `rollup ${chain}, or other rules`],
        ["another rollup", await other({ rollups: [{ ...now.rollups[0], chainId: chain + 1 }] }),
            `rollup ${chain}, or other rules`],
        ["the same key", (await prover(config(now), "one")).url, "the same key"],
        ["no prover at all", `http://127.0.0.1:${impostor.address().port}`, "does not say who it is"],
    ]) {
        const r = await withProvers(node, good, url);
        check(`${what}: refused by name`, r.status === 3 && r.err.includes("REJECT_PROVER") && r.err.includes(says) && r.err.includes(url) && !/\x1b/.test(r.err), r.err);
    }
    const few = await withProvers(node, good);
    check("fewer provers than must sign", few.status === 3 && few.err.includes("REJECT_CONFIG"), few.err);
    check("nothing was deployed for any of them", await node.ask("eth_blockNumber") === height
        && !await deployed(node, now.sharedBridge));
    impostor.close();
    turncoat.close();
    node.stop();
}

// --- settling ----------------------------------------------------------------------------------------

async function settling() {
    const node = await startChain(), rules = rulesFor("--l1", node.url, "--l1-key", payer);
    const names = ["one", "two", "three"], provers = await Promise.all(names.map((n) => prover(config(rules), n)));
    let bundles = 0;
    const proxy = await before(node, async (call) => {
        if (bundleIn(call) && ++bundles === 1)
            provers[1].kill();
    });
    const genesis = join(folder, "genesis.json");
    const r = await run(scenario, "--data", "blobs", "--export-genesis", genesis, "--l1", proxy.url, "--l1-key", payer,
        ...provers.flatMap((p) => ["--prover", p.url]));
    check("chain 100: ends well", r.status === 0 && r.report?.failed === 0, r.err);
    check("chain 100: both slots settle", r.slots.length === 2 && r.slots.every((s) => s.settlement.settled), r.err);
    for (const what of ["sharedBridge", "quorumVerifier"])
        check(`chain 100: ${what} is at the expected address`, await deployed(node, rules[what]));
    const sets = await node.client.getContractEvents({ address: rules.quorumVerifier, abi: parseAbi(["event ProverSetChanged(uint64 indexed epoch, uint256 threshold, address[] provers)"]), fromBlock: 0n });
    const want = names.map(addressOf).sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
    check("chain 100: the set on L1 is the processes' keys, two of which must sign", sets.length === 1 && JSON.stringify(sets[0].args.provers) === JSON.stringify(want) && sets[0].args.threshold === 2n, sets);
    const did = r.slots.map((s) => (s.settlement.provers ?? []).map((p) => p.outcome));
    check("chain 100: at first two of three sign", did[0]?.filter((o) => o === "ok").length === 2, did);
    check("chain 100: then the two that are left, and the one that is gone does not", ["dead", "not waited for"].includes(did[1]?.[1]) && did[1].filter((o) => o === "ok").length === 2, did);
    for (const { settlement } of r.slots) {
        const receipt = await node.client.getTransactionReceipt({ hash: settlement.l1Transaction });
        check("chain 100: viem: settled, paid by the account of --l1-key", receipt.status === "success" && receipt.from.toLowerCase() === addressOf("payer").toLowerCase() && Number(receipt.gasUsed) === settlement.l1GasUsed, receipt);
    }
    check("chain 100: in blobs", r.slots.every((s) => s.settlement.data.place === "blobs"), r.slots.map((s) => s.settlement.data));
    const derived = spawnSync(scope, ["derive", "--l1", node.url, "--l1-beacon", node.url, "--rollups", genesis,
        "--json"], { encoding: "utf8" });
    const head = r.slots[1]?.settlement.rollups[0], [got] = derived.status === 0 ? JSON.parse(derived.stdout).rollups
        : [];
    check("chain 100: derived from it, the same head", got && got.block === head.lastBlock
        && got.blockHash === head.blockHash && got.stateRoot === head.stateRoot, derived.stderr);
    proxy.stop();
    node.stop();
}

try {
    await discovery();
    await settling();
} catch (e) {
    console.log(e.stack);
    outcome.failed++;
} finally {
    stopAll();
    rmSync(folder, { recursive: true, force: true });
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
