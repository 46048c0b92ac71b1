// kill_up - scope up --dir, killed with SIGKILL at random moments under load, loses nothing that it has answered.
//
//   node tests/client/kill_up.mjs SCOPE [MOMENTS] [SEED]
//
// One folder for all moments. While a process lives, accounts send to L1 and both rollups, one transaction after the
// other: transfers, purchases across rollups, transactions that are rejected, operations of an L1 account. Each answer
// is noted. Then it is killed, sometimes once more while it starts, and the next process must have all of it: a hash
// that was answered is pending or in a block; a receipt, a rejection and its reason are the same; blocks that were
// seen are canonical. In the end each transaction that was answered is in a block once, and balances are the sums of
// what is in blocks. Every second process makes a slot each second, so that work waits while it is killed.

import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeDeployData, encodeFunctionData, keccak256, pad, parseEther, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { post } from "./scope_node.mjs";
import { spawnUp } from "./up_process.mjs";

const [program, moments = "10", seed = String(Date.now() % 1000000)] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "kill-up-"));
const output = JSON.parse(readFileSync("build/contracts/solc-output.json", "utf8")).contracts;
const bridgeAbi = output["src/ScopedCallable.sol"].ScopedCallable.abi;
const guide = (name) => output["examples/Guide.sol"][name];
const recipient = pad("0x5ee", { size: 20 }), friend = pad("0xf41e4d", { size: 20 });
let passed = 0, failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${JSON.stringify(detail, (k, v) => typeof v === "bigint" ? `${v}` : v)}`);
}

let x = Number(seed) >>> 0 || 1; // xorshift32
function random() {
    x ^= x << 13, x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5, x >>>= 0;
    return x / 2 ** 32;
}

// A process that was killed answers nothing: null.
async function ask(url, method, ...params) {
    try {
        return await post(url, { jsonrpc: "2.0", id: 1, method, params });
    } catch {
        return null;
    }
}

async function must(url, method, ...params) {
    const answer = await post(url, { jsonrpc: "2.0", id: 1, method, params });
    if (answer.error)
        throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.result;
}

// --- what was answered ---

const sent = new Map(); // hash -> { chainId, isOperation }
const receipts = new Map(); // hash -> JSON
const rejections = new Map(); // hash -> reason
const blocks = new Map(); // chain:number -> hash
const expected = new Set(["REJECT_REVERT_AROUND_CALL", "REJECT_OPERATION_FAILED"]);

async function sameRejection(hash, reason, l1) {
    const status = await must(l1.url, "scope_getTransaction", hash);
    return status?.status === "rejected" && status.error.reason === reason;
}

// What a new process must know, at once. How many were pending.
async function compare(up, what) {
    const [l1] = up.chains, lost = [], changed = [];
    let pending = 0;
    for (const hash of sent.keys()) {
        const status = await must(l1.url, "scope_getTransaction", hash);
        pending += status?.status === "pending" || status?.status === "queued";
        // what waited may be rejected now, for what it does itself
        if (status?.status === "rejected" && !rejections.has(hash) && expected.has(status.error.reason))
            rejections.set(hash, status.error.reason);
        if (!status || (status.status === "rejected" && !rejections.has(hash)))
            lost.push([hash, status]);
    }
    check(`${what}: every hash that was answered is known`, lost.length === 0, lost);
    for (const [hash, receipt] of receipts) {
        const chain = up.chains.find((c) => c.chainId === sent.get(hash).chainId);
        const now = JSON.stringify(await must(chain.url, "eth_getTransactionReceipt", hash));
        if (now !== receipt)
            changed.push([hash, receipt, now]);
    }
    for (const [hash, reason] of rejections)
        if (!await sameRejection(hash, reason, l1))
            changed.push([hash, reason]);
    for (const [key, hash] of blocks) {
        const [chainId, number] = key.split(":").map(Number), chain = up.chains.find((c) => c.chainId === chainId);
        const block = await must(chain.url, "eth_getBlockByNumber", toHex(number), false);
        if (block?.hash !== hash)
            changed.push([key, hash, block?.hash]);
    }
    check(`${what}: receipts, rejections and blocks are the same`, changed.length === 0, changed);
    return pending;
}

// --- load: each loop ends when the process does not answer any more ---

// No two are the same.
let tip = 1n;
const nonces = new Set(); // sent before, by chain and account
async function sendRaw(chain, account, nonce, fields) {
    const raw = await account.signTransaction({ chainId: chain.chainId, type: "eip1559", nonce, gas: 21000n,
        maxFeePerGas: parseEther("0.000001"), maxPriorityFeePerGas: tip++, to: recipient, ...fields });
    const key = `${chain.chainId}:${account.address}:${nonce}`, wasSent = nonces.has(key);
    nonces.add(key); // without an answer, too: it may have arrived before the kill
    const hash = keccak256(raw), answer = await ask(chain.url, "eth_sendRawTransaction", raw);
    if (answer === null)
        return null;
    if (answer.result === hash) {
        sent.set(hash, { chainId: chain.chainId });
    } else if (answer.error?.data?.reason) {
        sent.set(hash, { chainId: chain.chainId });
        rejections.set(hash, answer.error.data.reason);
    } else { // the nonce of one that was queued behind a rejected one: it waits, or is in a block by now
        const says = /^(replacement transaction underpriced|nonce too low: )/.test(answer.error?.message);
        check("an answer", says && wasSent, answer);
    }
    return { hash, answer };
}

async function note(chain, hash) {
    const answer = await ask(chain.url, "eth_getTransactionReceipt", hash);
    if (answer?.result)
        receipts.set(hash, JSON.stringify(answer.result));
    const status = await ask(chain.url, "scope_getTransaction", hash);
    if (status?.result?.status === "rejected")
        rejections.set(hash, status.result.error.reason);
    const head = await ask(chain.url, "eth_getBlockByNumber", "latest", false);
    if (head?.result)
        blocks.set(`${chain.chainId}:${Number(head.result.number)}`, head.result.hash);
}

async function nonceOf(chain, account) {
    const answer = await ask(chain.url, "eth_getTransactionCount", account.address, "pending");
    return answer && Number(answer.result);
}

// fields(i): of the i-th transaction of an account.
async function load(chain, account, fields) {
    for (let i = 0, nonce = await nonceOf(chain, account); nonce !== null; i++) {
        const done = await sendRaw(chain, account, nonce, fields(i));
        if (done === null)
            return;
        await note(chain, done.hash);
        nonce = done.answer.error ? await nonceOf(chain, account) : nonce + 1;
    }
}

// An account of L1 pays a wei to a friend on the west.
async function operate(l1, west, account) {
    const data = encodeFunctionData({ abi: bridgeAbi, functionName: "scopedCall",
        args: [BigInt(west.chainId), account.address, call(friend, 1n, 100000n, "0x")] });
    for (;;) {
        const asked = await ask(l1.url, "scope_operationTypedData", { account: account.address,
            calls: [{ to: l1.bridge, value: "0x1", data }] });
        if (!asked)
            return;
        const { typedData, authorization } = asked.result;
        const signature = await account.signTypedData(typedData);
        const signed = authorization && await account.signAuthorization(authorization);
        const answer = await ask(l1.url, "scope_sendOperation", { operation: { account: account.address,
            ...typedData.message }, signature, authorization: signed ? { chainId: l1.chainId, address: signed.address,
            nonce: signed.nonce, yParity: signed.yParity, r: signed.r, s: signed.s } : null });
        if (!answer)
            return;
        if (!answer.result) {
            // the one before waits for its slot, or took the nonce
            check("an operation", answer.error.message === "already known" ||
                answer.error.data?.reason === "REJECT_OPERATION_FAILED", answer);
            if (answer.error.data)
                rejections.set(answer.error.data.hash, answer.error.data.reason);
            await new Promise((done) => setTimeout(done, 20));
            continue;
        }
        sent.set(answer.result, { chainId: l1.chainId, isOperation: true });
    }
}

// --- the contracts ---

const call = (to, value, gasLimit, data) => ({ to, value, gasLimit, data });

async function deploy(chain, account, name, args) {
    const { abi, evm } = guide(name);
    const data = encodeDeployData({ abi, bytecode: `0x${evm.bytecode.object}`, args });
    const nonce = Number(await must(chain.url, "eth_getTransactionCount", account.address, "latest"));
    const { hash } = await sendRaw(chain, account, nonce, { gas: 3000000n, to: null, data });
    return (await must(chain.url, "eth_getTransactionReceipt", hash)).contractAddress;
}

async function shops(up, owner) {
    const [, west, east] = up.chains;
    const shop = await deploy(east, owner, "Shop", [east.bridge, BigInt(west.chainId), owner.address]);
    const buyer = await deploy(west, owner, "Buyer", [west.bridge, BigInt(east.chainId), shop]);
    const order = encodeFunctionData({ abi: guide("Shop").abi, functionName: "order", args: [1000000n] });
    const data = encodeFunctionData({ abi: bridgeAbi, functionName: "scopedCall",
        args: [BigInt(east.chainId), owner.address, call(shop, 0n, 200000n, order)] });
    const nonce = Number(await must(west.url, "eth_getTransactionCount", owner.address, "latest"));
    const { answer } = await sendRaw(west, owner, nonce, { gas: 1000000n, to: west.bridge, data });
    check("the shop has goods", answer.result, answer);
    return { shop, buyer };
}

function startLoad(up, users, buyer) {
    const [l1, west, east] = up.chains, buy = encodeFunctionData({ abi: guide("Buyer").abi, functionName: "buy" });
    const transfer = (i) => ({ value: BigInt(i % 7) });
    const purchase = (i) => i % 4 === 3
        ? { to: west.bridge, gas: 300000n, data: encodeFunctionData({ abi: bridgeAbi, functionName: "scopedCall",
            args: [4242n, recipient, call(recipient, 0n, 30000n, "0x")] }) } // no such chain
        : { to: buyer, gas: 1500000n, value: parseEther("0.001"), data: buy };
    return Promise.all([load(l1, users[1], transfer), load(west, users[2], transfer), load(east, users[3], transfer),
        load(west, users[4], purchase), load(east, users[2], transfer), operate(l1, west, users[5])]);
}

// --- the end: nothing waits any more ---

// Transactions behind one that was rejected wait for its nonce.
async function fill(chain, account) {
    while (BigInt((await must(chain.url, "txpool_status")).queued) > 0n) {
        const nonce = await nonceOf(chain, account);
        const { answer } = await sendRaw(chain, account, nonce, {});
        if (answer.error)
            await new Promise((done) => setTimeout(done, 50));
    }
}

async function drain(up, users) {
    const until = Date.now() + 60000;
    for (;;) {
        await fill(up.chains[1], users[4]);
        const { chains } = await must(up.chains[0].url, "scope_status");
        const pending = [];
        for (const hash of sent.keys())
            if (["pending", "queued", "simulated"].includes((await must(up.chains[0].url, "scope_getTransaction",
                hash)).status))
                pending.push(hash);
        if ((chains.every((c) => c.waiting === 0) && pending.length === 0) || Date.now() > until) {
            check("nothing waits", pending.length === 0, { chains, pending });
            return;
        }
        await new Promise((done) => setTimeout(done, 50));
    }
}

async function finish(up, users) {
    await drain(up, users);
    await compare(up, "the end");
    for (const chain of up.chains) {
        const seen = new Map();
        let paid = 0n;
        for (let n = 0, head = Number(await must(chain.url, "eth_blockNumber")); n <= head; n++)
            for (const t of (await must(chain.url, "eth_getBlockByNumber", toHex(n), true)).transactions) {
                seen.set(t.hash, (seen.get(t.hash) ?? 0) + 1);
                paid += t.to === recipient ? BigInt(t.value) : 0n;
            }
        const mine = [...sent].filter(([hash, s]) => s.chainId === chain.chainId && !s.isOperation &&
            !rejections.has(hash));
        check(`each is in a block of ${chain.chainId}, once`, mine.length > 0 &&
            mine.every(([hash]) => seen.get(hash) === 1), mine.filter(([hash]) => seen.get(hash) !== 1));
        const balance = BigInt(await must(chain.url, "eth_getBalance", recipient, "latest"));
        check(`the balance of ${chain.chainId} is the sum`, balance === paid, { balance, paid });
    }
    const operations = [...sent].filter(([hash, s]) => s.isOperation && !rejections.has(hash)).length;
    const balance = Number(await must(up.chains[1].url, "eth_getBalance", friend, "latest"));
    // one more may have settled whose answer was lost, at each moment
    check("each operation settled once", operations > 0 && balance >= operations &&
        balance <= operations + kills, { balance, operations });
}

let counts = "", waited = 0, kills = 0;
try {
    let up = await spawnUp(program, ["--dir", folder]);
    const users = up.accounts.map((a) => privateKeyToAccount(a.privateKey));
    const { buyer } = await shops(up, users[0]);
    const addresses = JSON.stringify(up.chains.map((c) => [c.chainId, c.bridge, c.contracts]));
    // more than that, if no kill has met a transaction that waits
    for (let i = 0; i < Number(moments) || (waited === 0 && i < Number(moments) + 40); i++) {
        kills++;
        const ended = startLoad(up, users, buyer);
        await new Promise((done) => setTimeout(done, 100 + random() * 900));
        check(`moment ${i} of seed ${seed}: killed`, await up.stop("SIGKILL") === "SIGKILL");
        await ended;
        if (random() < 0.3) { // once more, while it starts
            const started = await spawnUp(program, ["--dir", folder], { killAfter: random() * 200 }).catch(() => null);
            await started?.stop("SIGKILL");
        }
        up = await spawnUp(program, ["--dir", folder, ...(i % 2 === 0 ? ["--slot", "1"] : [])]);
        check("the same contracts", JSON.stringify(up.chains.map((c) => [c.chainId, c.bridge, c.contracts])) ===
            addresses);
        waited += await compare(up, `after moment ${i} of seed ${seed}`);
    }
    await finish(up, users);
    check("transactions waited while it was killed", waited > 0);
    counts = `${sent.size} sent, ${receipts.size} receipts, ${rejections.size} rejections, ${blocks.size} blocks, ` +
        `${waited} waited`;
    check("SIGTERM", await up.stop() === 0, up.said());
    const other = await spawnUp(program, ["--dir", folder, "--rollups", "3"]).catch((e) => e.message);
    check("another number of rollups",
        /REJECT_STORE_MISMATCH: .*it has 2 rollups, and --rollups asks for 3/.test(other), other);
} finally {
    rmSync(folder, { recursive: true });
}
console.log(counts);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
