// The commands that ask a running node: node tests/cli/node_commands.mjs SCOPE
// scope call, send and watch against scope up: outputs as viem has them, exit statuses, messages of what is wrong.
// watch on a terminal fills the screen and ends with q; elsewhere it prints a line for each change and ends with a
// signal.

import { spawn, spawnSync } from "node:child_process";
import { encodeFunctionData, parseEther, toFunctionSelector, toHex } from "viem";
import { bridgeAbi, openWorld, rpc, Shop } from "../client/up_world.mjs";

const [scope] = process.argv.slice(2);
let passed = 0, failed = 0;
function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`.slice(0, 2000));
}

// Without blocking: the node's connections are this process's, too.
const run = (...args) => new Promise((done) => {
    const child = spawn(scope, args, { stdio: ["ignore", "pipe", "pipe"] }), out = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"])
        child[name].on("data", (piece) => (out[name] += piece));
    child.on("close", (status) => done({ status, ...out }));
});

const world = await openWorld(scope);
const { up, l1, west, east, alice, bob, shop, buyer, undoing } = world, buy = toFunctionSelector("buy()");
const stock = () => east.reader.readContract({ address: shop, abi: Shop.abi, functionName: "stock" });
try {
    await world.order(5n);
    await calls();
    await sends();
    await watched();
    await onTerminal();
    wrong();
} finally {
    check("SIGTERM", await up.stop() === 0, up.said());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

async function calls() {
    const bought = await run("call", "--rpc", west.url, "--data", buy, "--value", "1ether", buyer);
    check("call across chains", bought.status === 0 && BigInt(bought.stdout.trim()) === 4n && bought.stderr === "",
        bought);
    const read = await run("call", "--rpc", west.url, "--chain", String(east.chainId), "--data",
        toFunctionSelector("stock()"), shop);
    check("call on another chain of the node", read.status === 0 && BigInt(read.stdout.trim()) === await stock(), read);
    const poor = await run("call", "--rpc", west.url, "--data", buy, "--value", "1", buyer);
    check("what would revert", poor.status === 1 && poor.stdout === ""
        && poor.stderr.startsWith("scope call: execution reverted\n") && poor.stderr.includes("FAILED"), poor);
    const undone = await run("call", "--rpc", west.url, "--data", buy, "--value", "1", undoing);
    check("what would be rejected", undone.status === 1 && undone.stdout === ""
        && undone.stderr.startsWith("scope call: REJECT_REVERT_AROUND_CALL: ")
        && undone.stderr.includes("FAILED"), undone);
    const from = await run("call", "--rpc", west.url, "--from", "0x00000000000000000000000000000000000b00b5", "--data",
        buy, "--value", "1ether", buyer);
    check("of a sender without ether", from.status === 1, from);
}

async function sends() {
    const left = await stock();
    const sent = await run("send", "--rpc", west.url, "--data", buy, "--value", "1ether", "--gas", "1000000", buyer);
    const [hash, outcome] = sent.stdout.split("\n");
    check("send", sent.status === 0 && /^0x[0-9a-f]{64}$/.test(hash)
        && outcome.startsWith(`transaction ${hash}: settled by `) && await stock() === left - 1n, sent);
    const { from } = (await rpc(west.url, "eth_getTransactionByHash", hash)).result;
    check("by the first development account", from === up.accounts[0].address.toLowerCase(), from);
    const poor = await run("send", "--rpc", west.url, "--data", buy, "--value", "1", "--gas", "1000000", undoing);
    check("what is rejected", poor.status === 1 && poor.stderr.includes("REJECT_REVERT_AROUND_CALL"), poor);
    const reverted = await run("send", "--rpc", east.url, "--data", buy, "--gas", "1000000", shop);
    check("what reverts", reverted.status === 1 && reverted.stdout.endsWith("execution reverted\n"), reverted);
    const data = encodeFunctionData({ abi: bridgeAbi, functionName: "scopedCall", args: [BigInt(east.chainId),
        bob.address, { to: shop, value: parseEther("1"), gasLimit: 200000n, data: buy }] });
    const operation = await run("send", "--rpc", west.url, "--chain", String(l1.chainId), "--from", bob.address,
        "--data", data, "--value", "1ether", "--gas", "2000000", l1.bridge);
    check("an operation of L1", operation.status === 0 && await stock() === left - 2n, operation);
}

// Output of a child, until it has what is waited for.
function follow(child) {
    let said = "", look = () => undefined;
    child.stdout.on("data", (piece) => ((said += piece), look()));
    const until = (has, what) => new Promise((done, late) => {
        const limit = setTimeout(() => late(new Error(`${what}: ${said.slice(-2000)}`)), 60000);
        (look = () => has(said) && (clearTimeout(limit), done(said)))();
    });
    return { until, ended: new Promise((done) => child.on("close", (status, signal) => done(signal ?? status))) };
}

async function watched() {
    const child = spawn(scope, ["watch", "--rpc", east.url], { stdio: ["ignore", "pipe", "inherit"] });
    const { until, ended } = follow(child);
    await until((said) => said.startsWith("watching "), "watch begins");
    const hash = await world.order(1n);
    const said = await until((text) => text.includes(`transaction ${hash}: settled by bundle 0x`), "a change");
    check("nothing of before", said.split("\n").filter((l) => l.includes(": settled")).length === 1, said);
    child.kill("SIGINT");
    check("ended by a signal", await ended === 0);
}

async function onTerminal() {
    const child = spawn("script", ["-qfec", `${scope} watch --rpc ${west.url}`, "/dev/null"],
        { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, TERM: "xterm" } });
    const { until, ended } = follow(child);
    const screen = await until((said) => said.includes("settlements") && said.includes("transaction 0x"), "a screen");
    check("the alternate screen", screen.startsWith("\x1b[?1049h"), JSON.stringify(screen.slice(0, 80)));
    check("chains", up.chains.every((c) => screen.includes(`chain ${c.chainId}  ${c.kind}`)), screen);
    const hash = await world.order(1n);
    await until((said) => said.includes(hash), "a new transaction on the screen");
    child.stdin.write("q");
    const last = await until((said) => said.includes("\x1b[?1049l"), "the end");
    check("q ends it, and the screen is as before", await ended === 0 && last.includes("\x1b[?25h"));
}

function wrong() {
    for (const [args, text] of [
        [["call", "0x11"], "expected an address"], [["call", buyer, "--data", "0x1"], "even number of digits"],
        [["call", buyer, "--data", "buy()"], "even number of digits"],
        [["send", buyer, "--value", "much"], "an amount"],
        [["send", buyer, "--from", "alice"], "--from: expected an address"], [["call"], "ADDRESS"],
        [["call", buyer, "--rpc", "http://127.0.0.1:1"], "FAULT_NETWORK"],
        [["watch", "--rpc", "http://127.0.0.1:1"], "FAULT_NETWORK"], [["watch", "--rpc", "nowhere"], "--rpc"],
    ]) {
        const r = spawnSync(scope, args, { encoding: "utf8" });
        check(`scope ${args.join(" ")}`, r.status !== 0 && r.stdout === "" && r.stderr.includes(text), r);
    }
    check("the id is hex nowhere", spawnSync(scope, ["call", buyer, "--chain", toHex(7001)]).status === 2);
}
