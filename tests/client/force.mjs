// force - forced inclusion by `scope force`, with L1 data alone: anvil is L1, viem signs and sends.
//
//   node tests/client/force.mjs SCOPE
//
//   taken      what a builder took: calls that succeed and fail, transactions in their block, or skipped, and why
//   added      no builder takes them: the printed L1 transactions are accepted, wait, and become overdue
//   refused    what the queue would refuse, or the rollup skip for certain, is named before anything is paid

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    createWalletClient, encodeFunctionData, http, keccak256, parseAbi, parseEther, parseGwei, toHex,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { check, keep, outcome, runner, startAnvil, stopAll } from "./anvil.mjs";

const [scope] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "force-"));
const [alice, bob, carol] = ["alice", "bob", "carol"]
    .map((name) => privateKeyToAccount(keccak256(toHex(`scope:account:${name}`))));
const sink = "0x00000000000000000000000000000000DeaDBeef";
const abi = parseAbi([
    "function enqueueTransaction(uint256, uint256, bytes) payable returns (uint64)",
    "function enqueueCall(uint256, address, uint256, uint256, bytes) payable returns (uint64)",
]);
const sign = (account, fields) => account.signTransaction({ type: "eip1559", chainId: 7001, nonce: 0, gas: 21000n,
    maxFeePerGas: parseGwei("100"), maxPriorityFeePerGas: 0n, to: sink, value: 5n, ...fields });

function force(...args) {
    return new Promise((done) => {
        const child = keep(spawn(scope, ["force", ...args], { stdio: ["ignore", "pipe", "pipe"] }));
        let out = "", err = "";
        child.stdout.on("data", (piece) => (out += piece));
        child.stderr.on("data", (piece) => (err += piece));
        child.on("close", (status) => done({ status, err, ...(out ? JSON.parse(out) : {}) }));
    });
}

// Entries 0 to 5 of the rollup, enqueued by the scenario.
async function scenario() {
    const raw = [sign(bob, {}), sign(bob, {}), sign(bob, { nonce: 1, maxFeePerGas: 1n }),
        sign(bob, { chainId: 7002, nonce: 1 })];
    const rows = (await Promise.all(raw)).map((x) => ["enqueueTransaction", `[$north.id, 21000, "${x}"]`]).concat([
        ["enqueueCall", `[$north.id, "${sink}", 7, 21000, "0x"]`],
        ["enqueueCall", '[$north.id, north.bridge, 0, 100000, "0xdeadbeef"]']]);
    const steps = rows.map(([name, args], i) =>
        `  - { send: "${i}", from: alice, to: l1.queue, function: ${name}, args: ${args}, value: 0.1 ether }`);
    const file = join(folder, "forced.yaml");
    writeFileSync(file, ["scenario: Entries of every result", "chains:", "  l1: { kind: l1, id: 1 }",
        "  north: { kind: rollup, id: 7001 }", "  south: { kind: rollup, id: 7002 }", "accounts:",
        "  alice: { balance: { l1: 10 ether } }", "  bob: { balance: { north: 1 ether } }", "steps:", ...steps,
        "  - { slot: all are taken, submit: [] }", ""].join("\n"));
    return { file, hash: keccak256(await raw[0]) };
}

const says = (r, status, words) => r.status === status && r.err.includes(words);

try {
    const { file, hash } = await scenario(), genesis = join(folder, "genesis.json"), node = await startAnvil();
    const r = await runner(scope)(file, "--l1", node.url, "--export-genesis", genesis);
    check("the scenario settles", r.status === 0, r.err);
    const from = ["--l1", node.url, "--rollups", genesis, "--rollup", "7001"];

    // --- taken
    const all = await force("status", ...from);
    check("status: six entries, all taken", all.status === 0 && all.enqueued === 6 && all.taken === 6, all);
    check("status: none waits", all.entries?.length === 0, all);
    const expected = [
        ["a valid transaction", 0, { status: "included", success: true }],
        ["its copy", 1, { status: "skipped" }],
        ["a fee below the base fee", 1, { status: "skipped", reason: "REJECT_TX_MAX_FEE_LOW" }],
        ["another chain's", 1, { status: "skipped", reason: "REJECT_TX_INVALID_CHAINID" }],
        ["a call with value", 0, { status: "included", success: true }],
        ["a call that fails", 1, { status: "included", success: false }],
    ];
    for (const [index, [what, status, fields]] of expected.entries()) {
        const one = await force("status", ...from, "--index", String(index)), entry = one.entries?.[0];
        check(`taken: ${what}: exit status ${status}`, one.status === status, [one.status, one.err]);
        for (const [key, value] of Object.entries(fields))
            check(`taken: ${what}: ${key}`, entry?.[key] === value, entry);
        check(`taken: ${what}: index, kind, block`, entry?.index === index && entry.block >= 1 &&
            entry.kind === (index < 4 ? "transaction" : "call"), entry);
        if (index === 0)
            check("taken: the transaction's hash", entry?.hash === hash, entry);
        if (index === 4)
            check("taken: the call's sender, recipient and value", entry?.from === alice.address.toLowerCase() &&
                entry.to === sink.toLowerCase() && entry.value === "7", entry);
    }

    // --- added
    const wallet = createWalletClient({ account: carol, transport: http(node.url) });
    await node.ask("anvil_setBalance", [carol.address, toHex(parseEther("10"))]);
    const send = async ({ to, value, data }) => {
        const sent = await wallet.sendTransaction({ to, value: BigInt(value), data, chain: null });
        return node.client.waitForTransactionReceipt({ hash: sent });
    };
    const raw = await sign(bob, { nonce: 1, value: 9n });
    const transaction = await force("transaction", ...from, "--transaction", raw);
    check("added: a transaction is printed", transaction.status === 0, transaction.err);
    check("added: its hash, sender and nonce", transaction.hash === keccak256(raw) &&
        transaction.sender === bob.address.toLowerCase() && transaction.nonce === 1, transaction);
    check("added: its calldata", transaction.transaction?.data === encodeFunctionData({ abi,
        functionName: "enqueueTransaction", args: [7001n, 21000n, raw] }), transaction);
    const first = await send(transaction.transaction);
    check("added: L1 accepts the transaction", first.status === "success");
    const call = await force("call", ...from, "--to", sink, "--value", "0.5ether", "--data", "0x1234",
        "--gas", "60000");
    check("added: a call is printed", call.status === 0, call.err);
    check("added: its calldata", call.transaction?.data === encodeFunctionData({ abi, functionName: "enqueueCall",
        args: [7001n, sink, parseEther("0.5"), 60000n, "0x1234"] }), call);
    const before = await node.client.getBalance({ address: call.transaction.to });
    const second = await send(call.transaction);
    check("added: L1 accepts the call", second.status === "success");
    const paid = await node.client.getBalance({ address: call.transaction.to }) - before;
    const { baseFeePerGas } = await node.client.getBlock({ blockNumber: second.blockNumber });
    check("added: value and fee stay, the rest comes back",
        paid === parseEther("0.5") + (60000n + 200000n + 200n) * baseFeePerGas, paid);
    const waiting = await force("status", ...from);
    check("added: both wait", waiting.status === 0 && waiting.enqueued === 8 && waiting.taken === 6 &&
        waiting.entries.every((e) => e.status === "waiting"), waiting);
    for (const [i, receipt] of [first, second].entries())
        check(`added: entry ${6 + i} is due 1,800 blocks after its own`, waiting.entries[i].index === 6 + i &&
            BigInt(waiting.entries[i].dueBlock) === receipt.blockNumber + 1800n, waiting);
    const head = Number(await node.client.getBlockNumber({ cacheTime: 0 }));
    await node.mine(waiting.entries[0].dueBlock - head);
    const last = await force("status", ...from);
    check("added: in the due block it may still wait", last.status === 0 &&
        last.l1Block === last.entries[0].dueBlock, last);
    await node.mine();
    const late = await force("status", ...from, "--index", "6");
    check("added: a block later it is overdue", late.status === 1 && late.entries?.[0].status === "overdue", late);

    // --- refused
    const other = await force("transaction", ...from, "--transaction", await sign(bob, { chainId: 7002 }));
    check("refused: another chain's transaction", says(other, 2, "REJECT_TX_INVALID_CHAINID"), other.err);
    const cut = await force("transaction", ...from, "--transaction", raw.slice(0, -2));
    check("refused: a malformed one", cut.status === 2 && cut.err.includes("REJECT_TX_"), cut.err);
    const large = await force("transaction", ...from, "--transaction", await sign(bob, { nonce: 1, gas: 3_900_000n }));
    check("refused: more gas than a block's entries", says(large, 2, "REJECT_TX_GAS_ALLOWANCE"), large.err);
    const long = await force("call", ...from, "--to", sink, "--data", `0x${"00".repeat(24001)}`);
    check("refused: more data than an entry", says(long, 2, "REJECT_TOO_LONG"), long.err);
    const beyond = await force("status", ...from, "--index", "8");
    check("refused: no such entry", says(beyond, 2, "the queue has 8 entries"), beyond.err);
    const unnamed = await force("status", "--l1", node.url, "--rollups", genesis);
    check("refused: which rollup", says(unnamed, 2, "name one by --rollup"), unnamed.err);
    const empty = await force("transaction", ...from), target = await force("call", ...from);
    check("refused: no transaction", says(empty, 2, "needs --transaction HEX"), empty.err);
    check("refused: no recipient", says(target, 2, "needs --to ADDRESS"), target.err);
    const wrong = join(folder, "wrong.json");
    writeFileSync(wrong, JSON.stringify({ ...JSON.parse(readFileSync(genesis)), sharedBridge: sink }));
    const absent = await force("status", "--l1", node.url, "--rollups", wrong, "--rollup", "7001");
    check("refused: no bridge there", says(absent, 2, "no SharedBridge"), absent.err);
} finally {
    stopAll();
    rmSync(folder, { recursive: true, force: true });
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
