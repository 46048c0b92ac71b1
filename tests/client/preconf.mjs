// preconf - sub-blocks and promises of `scope up --slot 2 --preconf-ms 50`, by viem.
//
//   node tests/client/preconf.mjs build/release/bin/scope
//
// Each promise is checked as a client checks it: its signature (viem's EIP-712), its bond, and, when the slot has
// settled, the receipt at its place. A second node has a store, is killed while its promises are open, and keeps them.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createPublicClient, createWalletClient, defineChain, http, keccak256, parseEther,
    recoverTypedDataAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import WebSocket from "ws";
import { openDocument } from "./scope_document.mjs";
import { post } from "./scope_node.mjs";
import { spawnUp } from "./up_process.mjs";

const [program] = process.argv.slice(2);
const output = JSON.parse(readFileSync("build/contracts/solc-output.json", "utf8")).contracts;
const { abi: slasherAbi } = output["src/preconf/ScopePreconfSlasher.sol"].ScopePreconfSlasher;
const types = { Promise: [["uint64", "chainId"], ["bytes32", "transactionHash"], ["address", "sender"],
    ["uint64", "nonce"], ["uint64", "blockNumber"], ["uint64", "index"], ["bytes32", "receiptHash"],
    ["uint64", "deadline"], ["uint64", "l1Number"], ["bytes32", "l1Hash"], ["uint64", "sequence"]]
    .map(([type, name]) => ({ type, name })) };
let passed = 0, failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
}

async function ask(url, method, ...params) {
    const { result, error } = await post(url, { jsonrpc: "2.0", id: 1, method, params });
    if (error)
        throw new Error(`${method}: ${error.message}`);
    return result;
}

async function until(what, get) {
    for (const end = Date.now() + 60000; Date.now() < end;) {
        const value = await get();
        if (value)
            return value;
        await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error(`timed out: ${what}`);
}

function open(chain) {
    const described = defineChain({ id: chain.chainId, name: chain.kind, rpcUrls: { default: { http: [chain.url] } },
        nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 } });
    const transport = http(chain.url, { retryCount: 0 });
    return { ...chain, reader: createPublicClient({ chain: described, transport, pollingInterval: 20 }),
        wallet: (account) => createWalletClient({ chain: described, transport, account }) };
}

const signerOf = (p) => recoverTypedDataAddress({ types, primaryType: "Promise", message: p.message,
    signature: p.signature, domain: { name: "ScopePreconfSlasher", version: "1", chainId: p.l1ChainId,
        verifyingContract: p.slasher } });

const send = (chain, account, nonce, to) => chain.wallet(account).sendTransaction({ to, value: parseEther("1"), nonce,
    gas: 21000n, maxFeePerGas: 3000000000n, maxPriorityFeePerGas: 1000000000n });

const promiseOf = (chain, hash) => until("a promise", () => ask(chain.url, "scope_getPromise", hash));
const settledPromise = (chain, hash) => until("a settled promise", async () => {
    const p = await ask(chain.url, "scope_getPromise", hash);
    return p.status !== "open" && p;
});

// What was signed is what the chain has, and L1 has the block of its condition.
async function checkKept(l1, chain, hash, promise) {
    const after = await settledPromise(chain, hash), m = promise.message;
    check("kept", after.status === "kept" && after.signature === promise.signature, after);
    const receipt = await ask(chain.url, "eth_getTransactionReceipt", hash);
    check("a receipt without promise", receipt.preconfirmation === undefined && receipt.status === "0x1", receipt);
    check("the place", receipt.blockNumber === m.blockNumber && receipt.transactionIndex === m.index, [receipt, m]);
    const raw = await ask(chain.url, "debug_getRawReceipts", m.blockNumber);
    check("in force", await l1.reader.readContract({ address: promise.slasher, abi: slasherAbi,
        functionName: "isInForce", args: [BigInt(m.l1Number), m.l1Hash] }), m);
    check("the receipt", keccak256(raw[Number(m.index)]) === m.receiptHash, m);
}

async function checkPromise(l1, chain, hash, promise, sender, nonce) {
    const m = promise.message;
    check("signed", (await signerOf(promise)).toLowerCase() === promise.signer, promise);
    check("of the transaction", m.transactionHash === hash && Number(m.chainId) === chain.chainId &&
        m.sender === sender.toLowerCase() && Number(m.nonce) === nonce, m);
    const at = { address: promise.slasher, abi: slasherAbi };
    check("a bond", await l1.reader.readContract({ ...at, functionName: "bondOf", args: [promise.signer] }) ===
        parseEther("32"));
    const to = BigInt(await l1.reader.readContract({ ...at, functionName: "coveredUntil", args: [promise.signer] }));
    check("covered", to > BigInt(m.deadline), [`${to}`, m.deadline]);
}

async function streamed(chain, begin) {
    const socket = new WebSocket(chain.url.replace("http", "ws")), got = [];
    await new Promise((done) => (socket.onopen = done));
    const subscribed = new Promise((done) => (socket.onmessage = ({ data }) => done(JSON.parse(data))));
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "scope_subscribe", params: ["preconfirmations"] }));
    const { result: id } = await subscribed;
    socket.onmessage = ({ data }) => {
        const { method, params } = JSON.parse(data);
        check("a notification", method === "scope_subscription" && params.subscription === id, data);
        got.push(params.result);
    };
    const hashes = await begin();
    await until("the stream", () => got.length >= hashes.length);
    socket.close();
    check("one promise for each", got.length === hashes.length &&
        hashes.every((h) => got.filter((p) => p.message.transactionHash === h).length === 1), got);
    return got;
}

async function executionPromises() {
    const up = await spawnUp(program, ["--slot", "2", "--preconf-ms", "50"]);
    const [l1, west, east] = up.chains.map(open);
    const [alice, bob, carol] = up.accounts.map((a) => privateKeyToAccount(a.privateKey));
    const to = "0x00000000000000000000000000000000000a11ce";
    try {
        const first = await send(west, alice, 0, to), promise = await promiseOf(west, first);
        await (await openDocument(west.url, check)).ask("scope_getPromise", first);
        check("named places", promise.message.blockNumber === "0x1", promise);
        await checkPromise(l1, west, first, promise, alice.address, 0);
        if ((await ask(west.url, "scope_getPromise", first)).status === "open") {
            const receipt = await ask(west.url, "eth_getTransactionReceipt", first);
            const pending = await ask(west.url, "eth_getBlockByNumber", "pending", false);
            const latest = await ask(west.url, "eth_blockNumber");
            if (latest === "0x0") { // the slot has not ended meanwhile
                check("preconfirmed receipt", receipt?.preconfirmation?.signature === promise.signature, receipt);
                check("pending block", pending.number === "0x1" && pending.transactions.includes(first), pending);
                check("pending balance", BigInt(await ask(west.url, "eth_getBalance", to, "pending")) >=
                    parseEther("1"));
            }
        }
        await checkKept(l1, west, first, promise);

        const hashes = [];
        const got = await streamed(west, async () => {
            for (let i = 0; i < 12; i++) { // they grow over several sub-blocks
                const chain = i % 3 === 2 ? east : west, account = [alice, bob, carol][i % 3];
                const nonce = Math.floor(i / 3) + (account === alice ? 1 : 0);
                const hash = await send(chain, account, nonce, to);
                hashes.push([chain, hash, account, nonce]);
                await promiseOf(chain, hash);
                if (i % 4 === 1) // L1's own blocks come behind what is promised
                    await send(l1, carol, Math.floor(i / 4), to);
            }
            return hashes.map(([, hash]) => hash);
        });
        for (const [chain, hash, account, nonce] of hashes) {
            const p = got.find((one) => one.message.transactionHash === hash);
            await checkPromise(l1, chain, hash, p, account.address, nonce);
            await checkKept(l1, chain, hash, p);
        }
        // A block of L1 that a client asks for ends the slot first.
        const last = await send(west, bob, 4, to), open4 = await promiseOf(west, last);
        await ask(l1.url, "evm_mine");
        await ask(l1.url, "anvil_setBalance", to, "0x1");
        await checkKept(l1, west, last, open4);
        const { preconfirmations: counts } = await ask(l1.url, "scope_status");
        check("counts", counts.promises === 14 && counts.kept === 14 && counts.broken === 0 && counts.subBlocks >= 3,
            counts);
    } finally {
        check("no promise was broken", !/broken|failed/.test(up.said()), up.said());
        check("ended", await up.stop() === 0);
    }
}

// The chains go back to before a promise; its account sends another transaction in its place, which settles unpromised.
async function contradictions() {
    const up = await spawnUp(program, ["--slot", "600", "--preconf-ms", "50"]);
    const [l1, west] = up.chains.map(open), alice = privateKeyToAccount(up.accounts[0].privateKey);
    try {
        const before = await ask(l1.url, "evm_snapshot");
        const first = await send(west, alice, 0, `0x${"aa".repeat(20)}`);
        await promiseOf(west, first);
        await ask(l1.url, "evm_mine");
        check("reverted", await ask(l1.url, "evm_revert", before) === true);
        const second = await send(west, alice, 0, `0x${"bb".repeat(20)}`);
        const refused = () => up.said().split(`no promise for transaction ${second}`).length - 1;
        await until("a refusal", async () => refused() > 0);
        const third = await send(west, alice, 1, `0x${"cc".repeat(20)}`); // a sub-block more
        await promiseOf(west, third);
        await ask(l1.url, "evm_mine");
        check("settled", (await ask(west.url, "eth_getTransactionReceipt", second))?.status === "0x1");
        check("not promised", await ask(west.url, "scope_getPromise", second) === null);
        check("said once", refused() === 1, up.said());
    } finally {
        check("ended after a contradiction", await up.stop() === 0, up.said());
    }
}

async function inclusionPromises() {
    const folder = mkdtempSync(join(tmpdir(), "scope-preconf-"));
    const args = ["--slot", "600", "--preconf-ms", "50", "--dir", join(folder, "node")];
    const to = "0x00000000000000000000000000000000000b0b00";
    try {
        const up = await spawnUp(program, args);
        const west = open(up.chains[1]), alice = privateKeyToAccount(up.accounts[0].privateKey);
        const hashes = [];
        for (let nonce = 0; nonce < 3; nonce++)
            hashes.push(await send(west, alice, nonce, to));
        const promises = [];
        for (const hash of hashes)
            promises.push(await promiseOf(west, hash));
        check("of inclusion", promises.every((p) => p.message.blockNumber === "0x0"), promises);
        await up.stop("SIGKILL");
        const again = await spawnUp(program, args), [l1, same] = again.chains.map(open);
        await ask(l1.url, "evm_mine");
        for (const [i, hash] of hashes.entries()) {
            const receipt = await until("a receipt", () => ask(same.url, "eth_getTransactionReceipt", hash));
            check("kept by the next process", receipt.status === "0x1", receipt);
            const repeated = await ask(same.url, "scope_getPromise", hash);
            check("no other statement", !repeated || repeated.message.sequence === promises[i].message.sequence,
                repeated);
        }
        check("ended", await again.stop() === 0, again.said());
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

// The program of docs/preconfirmations.md, with another port.
async function documented() {
    const up = await spawnUp(program, ["--slot", "2", "--preconf-ms", "200"]);
    const text = readFileSync("docs/preconfirmations.md", "utf8").match(/```js\n([^]*?)```/)[1];
    const url = "http://127.0.0.1:8546", path = `build/preconf_documented_${process.pid}.mjs`;
    try {
        check("the URL of the document", text.includes(url));
        writeFileSync(path, text.replace(url, up.chains[1].url));
        const { stdout } = await promisify(execFile)(process.execPath, [path], { timeout: 60000 });
        check("the document's program", stdout === "promised 0x1\n", stdout);
    } finally {
        rmSync(path, { force: true });
        await up.stop();
    }
}

await documented();
await executionPromises();
await contradictions();
await inclusionPromises();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
