// l1_names - how a remote L1 can end a run: each case has an error name, and nothing is reported that the chain does
// not contain.
//
//   node tests/client/l1_names.mjs SCOPE
//
//   REJECT_L1_DIFFERS       the chain makes something else of a transaction than was simulated: status, logs, gas
//   REJECT_L1_OUTBID        the nonce of an account is taken
//   REJECT_L1_STUCK         any block would do, and none takes it, however much is paid
//   REJECT_L1_MISSED        (l1_blobs.mjs, and here without blobs: a bundle's block goes by, again and again)
//   REJECT_L1_REORGANIZED   below the first block that was seen
//   REJECT_L1_CHAIN         before Prague, an empty state, an account that lacks or does not take funds
//   REJECT_L1_HEADER, REJECT_RPC    receipts that are not the block's, or are told in two ways

import { mkdtempSync, rmSync, writeFileSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getContractAddress, keccak256, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { before, bundleIn, check, meddle, outcome, parseSent, root, runner, startAnvil, stopAll } from "./anvil.mjs";

const scope = process.argv[2], run = runner(scope);
const folder = mkdtempSync(join(tmpdir(), "l1-names-"));
const scenario = (name) => join(root, `tests/scenario/l1/${name}.yaml`);
const account = (name) => privateKeyToAccount(keccak256(toHex(`scope:account:${name}`)));
// its first deployment
const owner = account("owner"), contract = getContractAddress({ from: owner.address, nonce: 0n });
const word = (n) => `0x${n.toString(16).padStart(64, "0")}`;

// The run ends, by this name; what it could not know to be settled is not reported.
function endsBy(what, r, name, ...says) {
    check(`${what}: ${name}`, r.status >= 2 && r.report === null && r.err.includes(`${name}: `) && says.every((s) => r.err.includes(s)), `${r.status} ${r.err}`);
    r.node?.stop();
}

// A run with a hook before anvil: hook(node, call, the transaction of eth_sendRawTransaction or null, how many there
// were).
async function behind(file, hook, args = [], node = null) {
    node ??= await startAnvil();
    let sent = 0;
    const proxy = await before(node, async (call) => {
        const t = call.method === "eth_sendRawTransaction" ? parseSent(call.params[0]) : null;
        sent += t !== null;
        return hook(node, call, t, sent);
    });
    const r = await run(file, ...args, "--l1", proxy.url);
    proxy.stop();
    return { ...r, node };
}

// --- REJECT_L1_DIFFERS -------------------------------------------------------------------------------

const TRANSFER = "0xa9059cbb", MINT = "0x40c10f19";
// Storage of OpenZeppelin's ERC20: balances in slot 0.
const balanceSlot = (at) => keccak256(`0x${at.slice(2).padStart(64, "0")}${"0".repeat(64)}`);

async function differs() {
    for (const [what, says, change] of [
        ["reverts on the chain", "the status is 0 on the chain and 1", (node) =>
            node.ask("anvil_setCode", [contract, "0x60006000fd"])],
        ["emits nothing on the chain", "the number of logs is 0 on the chain and 1", (node) =>
            node.ask("anvil_setCode", [contract, "0x00"])],
        // PUSH0 PUSH0 LOG0
        ["emits another log on the chain", "the logs are others", (node) =>
            node.ask("anvil_setCode", [contract, "0x5f5fa000"])],
        ["takes other gas on the chain", "the gas used", (node) =>
            node.ask("anvil_setStorageAt", [contract, balanceSlot(account("bob").address), word(1)])],
    ]) {
        const r = await behind(scenario("token"), async (node, call, t) =>
            { if (t?.data?.startsWith(TRANSFER)) await change(node); });
        endsBy(`a transaction that ${what}`, r, "REJECT_L1_DIFFERS", says);
    }
    // a bundle that settles, for other gas than simulated: the price is the same, by a code that is another
    const r = await behind(scenario("race"), async (node, call) => { if (bundleIn(call)) await node.ask("anvil_setCode", [contract, "0x5b5b5b5b6109c460005260206000f3"]); });
    endsBy("a bundle that takes other gas", r, "REJECT_L1_DIFFERS", "the gas used");
}

// --- REJECT_L1_OUTBID, REJECT_L1_MISSED --------------------------------------------------------------

async function outbid() {
    // another sender with the same key is faster
    const taken = await behind(scenario("token"), async (node, call, t) => {
        if (t?.data?.startsWith(MINT))
            await node.ask("eth_sendRawTransaction", [await owner.signTransaction({ chainId: 31337, type: "eip1559", nonce: t.nonce, to: owner.address, gas: 21000n, maxFeePerGas: t.maxFeePerGas, maxPriorityFeePerGas: t.maxPriorityFeePerGas })]);
    });
    endsBy("an account's nonce that is taken", taken, "REJECT_L1_OUTBID", "nonce");
    // blocks go by, and none takes it
    const fees = [];
    const stuck = await behind(scenario("token"), async (node, call, t) => {
        if (t?.data?.startsWith(MINT)) {
            fees.push([t.nonce, t.maxFeePerGas, t.maxPriorityFeePerGas]);
            return { result: t.hash };
        }
        if (call.method === "eth_getTransactionByHash" && fees.length) {
            await node.mine(3);
            return { result: { hash: call.params[0] } };
        }
    });
    endsBy("a transaction that no block takes", stuck, "REJECT_L1_STUCK", "however much is paid");
    check("it was tried twelve times under one nonce, each for a tenth more", fees.length === 12 && fees.slice(1).every(([nonce, fee, tip], i) => nonce === fees[0][0] && fee * 10n >= fees[i][1] * 11n && tip * 10n >= fees[i][2] * 11n), fees);
}

// The same of a bundle, with blobs and without.
async function stuck() {
    for (const [data, most] of [["calldata", 12], ["blobs", 6]]) {
        const sent = [];
        const r = await behind(scenario("stuck"), async (node, call) => {
            const bundle = bundleIn(call);
            if (bundle) {
                sent.push(bundle);
                return { result: bundle.hash };
            }
            if (call.method === "eth_getTransactionByHash" && sent.length) {
                await node.mine(3);
                return { result: { hash: call.params[0] } };
            }
        }, ["--data", data]);
        endsBy(`a bundle in ${data} that no block takes`, r, "REJECT_L1_STUCK");
        check(`a bundle in ${data}: ${most} times under one nonce, and not built anew`, sent.length === most && sent.every((b) => b.nonce === sent[0].nonce && b.data === sent[0].data), sent.length);
    }
}

async function missed() {
    const r = await meddle(run, "missed", [scenario("twice"), "--data", "calldata"], async (node, bundle) =>
        { await node.mine(); return { result: bundle.hash }; });
    endsBy("a bundle whose block goes by, always", r, "REJECT_L1_MISSED", "the bundle was built 17 times");
    check("all under one nonce, each for a tenth more", r.sent.length === 17
        && r.sent.slice(1).every((b, i) => b.nonce === r.sent[0].nonce
        && b.maxFeePerGas * 10n >= r.sent[i].maxFeePerGas * 11n), r.sent.map((b) => b.maxFeePerGas));
}

// --- REJECT_L1_REORGANIZED ---------------------------------------------------------------------------

async function reorganized() {
    const node = await startAnvil();
    await node.mine(5);
    const r = await behind(scenario("twice"), async (_, call) => {
        if (!bundleIn(call))
            return;
        const height = Number(await node.ask("eth_blockNumber"));
        await node.ask("anvil_rollback", [height - 2]);
        await node.mine(height + 1);
        return { result: bundleIn(call).hash };
    }, [], node);
    endsBy("a chain that is another from its third block on", r, "REJECT_L1_REORGANIZED", "below the first block");
}

// --- REJECT_L1_CHAIN ---------------------------------------------------------------------------------

async function chain() {
    const old = await startAnvil("--hardfork", "cancun");
    await old.mine();
    endsBy("a chain before Prague", { ...await run(scenario("twice"), "--l1", old.url), node: old }, "REJECT_L1_CHAIN",
        "before Prague");
    const empty = await startAnvil("--chain-id", "100");
    endsBy("anvil's block 0, without a next block",
        { ...await run(scenario("twice"), "--l1", empty.url), node: empty }, "REJECT_L1_CHAIN", "mine a block first");
    const key = keccak256(toHex("l1_names.mjs")), file = join(folder, "key");
    writeFileSync(file, `${key}\n`);
    chmodSync(file, 0o600);
    for (const [what, balance, says, prepare] of [
        ["an account that cannot pay for it all", 10n ** 18n, "lacks", () => {}],
        ["an account that takes no funds", 10n ** 20n, "did not take the funds", (node) =>
            node.ask("anvil_setCode", [account("alice").address, "0x60006000fd"])],
    ]) {
        const node = await startAnvil();
        await node.ask("anvil_setBalance", [privateKeyToAccount(key).address, toHex(balance)]);
        await prepare(node);
        await node.mine();
        endsBy(what, { ...await run(scenario("twice"), "--l1", node.url, "--l1-key", file), node }, "REJECT_L1_CHAIN",
            says);
    }
}

// --- receipts ----------------------------------------------------------------------------------------

async function receipts() {
    const more = (hex) => toHex(BigInt(hex) + 1n), list = (change) => (all) => all.map(change);
    for (const [what, name, method, change] of [
        ["a receipt that says another gas", "REJECT_RPC", "eth_getTransactionReceipt", (r) =>
            ({ ...r, gasUsed: more(r.gasUsed) })],
        ["a receipt that says it failed", "REJECT_RPC", "eth_getTransactionReceipt", (r) => ({ ...r, status: "0x0" })],
        ["a receipt of another transaction", "REJECT_RPC", "eth_getTransactionReceipt", (r) =>
            ({ ...r, transactionHash: word(1) })],
        ["a block's receipts with a log less", "REJECT_L1_HEADER", "eth_getBlockReceipts",
            list((r) => ({ ...r, logs: r.logs.slice(1) }))],
        ["a block's receipts that say it failed", "REJECT_L1_HEADER", "eth_getBlockReceipts",
            list((r) => ({ ...r, status: "0x0" }))],
        ["no receipts of a block", "REJECT_L1_HEADER", "eth_getBlockReceipts", () => []],
    ]) {
        let paying = false;
        const r = await behind(scenario("token"), async (node, call, t) => {
            paying ||= t?.data?.startsWith(TRANSFER);
            return paying && call.method === method ? { change } : undefined;
        });
        endsBy(what, r, name);
    }
}

try {
    for (const f of [differs, outbid, stuck, missed, reorganized, chain, receipts])
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
