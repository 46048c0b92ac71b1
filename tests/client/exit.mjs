// exit - the way out of a rollup whose builder is gone, with L1 data alone: anvil is L1, viem sends.
//
//   node tests/client/exit.mjs SCOPE
//
//   early      nobody freezes a rollup that still settles, nobody exits from one that is not frozen
//   out        scope exit, from nothing but L1: the account's ETH and tokens arrive on L1, each once
//   others     another account's proof, a changed proof, an account that holds nothing

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    createWalletClient, decodeErrorResult, getContractAddress, http, keccak256, parseAbi, parseEther, toHex,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { check, keep, outcome, root, stopAll } from "./anvil.mjs";
import { deriver } from "./deriving.mjs";

const [scope] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "exit-"));
const { land } = deriver(scope, folder);
const key = (name) => keccak256(toHex(`scope:account:${name}`));
const [holder, friend, stranger] = ["holder", "friend", "stranger"].map((name) => privateKeyToAccount(key(name)));
const sink = "0x00000000000000000000000000000000DeaDBeef";
const artifacts = JSON.parse(readFileSync(join(root, "build/contracts/solc-output.json"))).contracts;
const abi = ["SharedBridge", "RollupExit", "L1TokenBridge"].flatMap((name) =>
    artifacts[`src/${name}.sol`][name].abi).concat(parseAbi(["error TrieProofTraversalError(uint8)"]));
const erc20 = parseAbi(["function balanceOf(address) view returns (uint256)"]);

function exitOf(...args) {
    return new Promise((done) => {
        const child = keep(spawn(scope, ["exit", ...args], { stdio: ["ignore", "pipe", "pipe"] }));
        let out = "", err = "";
        child.stdout.on("data", (piece) => (out += piece));
        child.stderr.on("data", (piece) => (err += piece));
        child.on("close", (status) => done({ status, err, ...(out ? JSON.parse(out) : {}) }));
    });
}

// Sends a call as this account; the revert reason's name, or "ok".
async function send(node, account, { to, data }) {
    await node.ask("anvil_setBalance", [account.address, toHex(parseEther("10"))]);
    const wallet = createWalletClient({ account, transport: http(node.url) });
    try {
        await node.client.call({ account: account.address, to, data });
    } catch (e) {
        const raw = e.walk((x) => typeof x.data === "string" || typeof x.data?.data === "string");
        const bytes = raw?.data?.data ?? raw?.data;
        return bytes ? decodeErrorResult({ abi, data: bytes }).errorName : `no reason: ${e.message}`;
    }
    const hash = await wallet.sendTransaction({ to, data, chain: null });
    const receipt = await node.client.waitForTransactionReceipt({ hash });
    return receipt.status === "success" ? "ok" : "reverted";
}

const days = async (node, n) => {
    await node.ask("evm_increaseTime", [n * 24 * 3600]);
    await node.mine();
};

try {
    const { node, genesis } = await land("../tests/scenario/l1/exit.yaml", "calldata");
    const from = ["--l1", node.url, "--rollups", genesis, "--rollup", "7001"];
    const bridge = JSON.parse(readFileSync(genesis)).sharedBridge;
    const read = (functionName, args = []) =>
        node.client.readContract({ abi, address: bridge, functionName, args });
    const balance = (address) => node.client.getBalance({ address });
    const issuer = privateKeyToAccount(key("issuer")).address;
    const [token, tokenBridge] = [0n, 1n].map((nonce) => getContractAddress({ from: issuer, nonce }));
    const counterpart = getContractAddress({ opcode: "CREATE2", salt: toHex(BigInt(token), { size: 32 }),
        from: getContractAddress({ from: privateKeyToAccount(key("maker")).address, nonce: 0n }),
        bytecode: `0x${artifacts["src/BridgedToken.sol"].BridgedToken.evm.bytecode.object}` });

    // --- early
    const ether = await exitOf(...from, holder.address, "--to", sink);
    check("the command", ether.status === 0, ether.err);
    check("what the scenario left there, in wei", ether.amount === String(parseEther("22")), ether.amount);
    const [freeze, exit] = ether.transactions ?? [];
    check("the bridge freezes", freeze?.to === bridge.toLowerCase(), freeze);
    check("the contract that the bridge made pays", exit?.to === (await read("rollupExit")).toLowerCase(), exit);
    const settled = await read("rollup", [7001n]);
    check("proved against what settled last: root", ether.stateRoot === settled.stateRoot, ether);
    check("proved against what settled last: block", BigInt(ether.block) === settled.lastBlock, ether);
    check("early: it still settles", await send(node, stranger, freeze) === "NotStopped");
    check("early: it is not frozen", await send(node, holder, exit) === "NotFrozen");
    await days(node, 6);
    check("six days: still early", await send(node, stranger, freeze) === "NotStopped");

    // --- out
    await days(node, 2);
    check("anyone freezes it", await send(node, stranger, freeze) === "ok");
    check("once", await send(node, stranger, freeze) === "Frozen");
    const held = await balance(bridge);
    check("others: not with another's proof", await send(node, stranger, exit) === "TrieProofTraversalError");
    const at = exit.data.length - 200, digit = exit.data[at] === "1" ? "2" : "1";
    const changed = { ...exit, data: exit.data.slice(0, at) + digit + exit.data.slice(at + 1) };
    check("others: not with a changed one", await send(node, holder, changed) === "TrieProofTraversalError");
    check("out: the holder exits", await send(node, holder, exit) === "ok");
    check("out: all of it arrives", await balance(sink) === parseEther("22"));
    check("out: from the bridge", await balance(bridge) === held - parseEther("22"));
    check("out: and from this rollup's escrow", (await read("rollup", [7001n])).escrow === settled.escrow - parseEther("22"));
    check("once", await send(node, holder, exit) === "AlreadyExited");

    const tokens = await exitOf(...from, friend.address, "--token", counterpart, "--token-bridge", tokenBridge);
    check("tokens: the command", tokens.status === 0 && tokens.amount === String(parseEther("300")), [tokens.err, tokens.amount]);
    check("tokens: of L1", tokens.token === token.toLowerCase(), tokens.token);
    check("tokens: not another's", await send(node, holder, tokens.transactions[1]) === "TrieProofTraversalError");
    check("tokens: the friend exits", await send(node, friend, tokens.transactions[1]) === "ok");
    const owned = await node.client.readContract({ abi: erc20, address: token, functionName: "balanceOf",
        args: [friend.address] });
    check("tokens: they arrive", owned === parseEther("300"), owned);
    check("tokens: once", await send(node, friend, tokens.transactions[1]) === "AlreadyExited");

    // --- others
    const nothing = await exitOf(...from, stranger.address);
    const says = (r, status, words) => r.status === status && r.err.includes(words);
    check("nothing there: status 1", says(nothing, 1, "REJECT_NOTHING_TO_EXIT"), nothing.err);
    const none = await exitOf(...from, stranger.address, "--token", counterpart, "--token-bridge", tokenBridge);
    check("no tokens there: status 1", says(none, 1, "REJECT_NOTHING_TO_EXIT"), none.err);
    const malformed = await exitOf(...from, "0x1234");
    check("not an address: status 2", malformed.status === 2 && malformed.err.includes('"0x1234" is not an address'), malformed.err);
    const unnamed = await exitOf("--l1", node.url, "--rollups", genesis, holder.address);
    check("which rollup: status 2", unnamed.status === 2 && unnamed.err.includes("name one by --rollup"), unnamed.err);
    const unknown = await exitOf("--l1", node.url, "--rollups", genesis, "--rollup", "7009", holder.address);
    check("no such rollup: status 2", unknown.status === 2 && unknown.err.includes("7009"), unknown.err);
} finally {
    stopAll();
    rmSync(folder, { recursive: true, force: true });
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
