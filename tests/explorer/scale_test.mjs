// scale_test - much on the page in Chromium: thousands of scopes that arrive while it is open and are then listed, a
// scope with 300 calls, and one that is nested 16 deep. It prints times and memory.
//
//   node tests/explorer/scale_test.mjs build/release/bin/scope [SCOPES]      300; 10,000 in check-full

import { setTimeout as sleep } from "node:timers/promises";
import { encodeFunctionData, toHex } from "viem";
import { post } from "../client/scope_node.mjs";
import { deploy, openChain, openWorld, rpc } from "../client/up_world.mjs";
import { openBrowser } from "./browser.mjs";
import { compiled } from "./compiled.mjs";

const CALLS = 300,
    DEPTH = 16,
    SCOPES = Number(process.argv[3] ?? 300),
    QUEUED = 1000,
    ROWS_OF_PAGE = 50,
    HEAP_MAX = 64 << 20,
    // with the responses that are filled before it, 300 calls have to fit into the block
    WIDE_GAS = 8000000,
    DEEP_GAS = 16700000;
let passed = 0,
    failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`.slice(0, 1500));
}

const world = await openWorld(process.argv[2], ["--rollups", "3"]);
const { up, l1, west, east, alice, bob } = world;
const south = up.chains[3];
const browser = await openBrowser();
try {
    const Peer = compiled("Scale.sol").Peer;
    const here = await deploy(west, bob, Peer, [west.bridge]);
    const there = await deploy(east, alice, Peer, [east.bridge]);
    const beyond = await deploy(openChain(south), bob, Peer, [south.bridge]);
    const calling = (functionName, ...args) => encodeFunctionData({ abi: Peer.abi, functionName, args });
    const pings = (peers, count) =>
        calling("pingMany", peers.map(([chain]) => BigInt(chain.chainId)), peers.map(([, at]) => at), BigInt(count));
    const wide = await send(here, pings([[east, there], [south, beyond]], CALLS / 2), WIDE_GAS);
    const deep = await send(here, calling("dive", BigInt(west.chainId), here, BigInt(east.chainId), there,
        BigInt(DEPTH),
        12000000n), DEEP_GAS);
    await drawn(wide, "pingMany", CALLS, Peer);
    await drawn(deep, "dive", DEPTH, Peer);
    await listed(here, pings([[east, there]], 1));
    check("nothing in the console", browser.errors.length === 0, browser.errors);
} finally {
    await browser.close();
    check("SIGTERM", (await up.stop()) === 0, up.said());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;


async function send(to, data, gas) {
    const tx = { from: bob.address, to, data, gas: toHex(gas) };
    const { result, error } = await rpc(west.url, "eth_sendTransaction", tx);
    if (!result) throw new Error(JSON.stringify(error));
    return result;
}

// --- one large scope ---

async function withAbi(page, { abi }) {
    await page.goto(`${l1.url}/#/`);
    await page.locator("input[type=file]").setInputFiles({
        name: "Peer.json",
        mimeType: "application/json",
        buffer: Buffer.from(JSON.stringify({ contractName: "Peer", abi })),
    });
    await page.locator("footer", { hasText: "Peer" }).waitFor();
}

function frames(frame) {
    return 1 + (frame.calls ?? []).reduce((n, inner) => n + frames(inner), 0);
}

// All of its calls are arrows that the keyboard reaches; each opens its frames; the tree has each frame.
async function drawn(hash, name, calls, Peer) {
    const { result } = await rpc(l1.url, "scope_trace", hash);
    check(`${name}: settled`, result.status === "settled" && result.calls.length === calls, result.calls.length);
    const page = await browser.page();
    await withAbi(page, Peer);
    const began = performance.now();
    await page.goto(`${l1.url}/#/tx/${hash}`);
    const arrows = page.locator(".arrow.call.crosses");
    await arrows.nth(calls - 1).waitFor();
    const ms = Math.round(performance.now() - began);
    check(`${name}: an arrow for each call`, (await arrows.count()) === calls, await arrows.count());
    const nodes = await page.locator(".tree .node").count();
    check(`${name}: a node of the tree for each frame`, nodes === frames(result.trace), nodes);
    const last = arrows.last();
    await last.focus();
    await page.keyboard.press("Enter");
    await page.locator("section.chosen", { hasText: "Its frames" }).waitFor();
    const title = await page.locator("section.chosen h2").innerText();
    check(`${name}: the last one opens`, title.startsWith(name === "dive" ? "dive(" : "ping("), title);
    await page.keyboard.press("Shift+Tab");
    check(`${name}: the one before it has the focus`, await page.evaluate(() =>
        document.activeElement.classList.contains("arrow")));
    await page.keyboard.press("Escape");
    await page.locator("section.chosen").waitFor({ state: "detached" });
    console.log(`a scope of ${calls} calls, ${frames(result.trace)} frames: drawn in ${ms} ms`);
    await page.context().close();
}

// --- many scopes ---

// In the pools of the accounts, which hold so many each, until the slot is asked for.
async function queue(to, data, count, first) {
    await rpc(west.url, "evm_setAutomine", false);
    const accounts = up.accounts.map((a) => a.address);
    const hashes = [];
    while (hashes.length < count) {
        const body = Array.from({ length: Math.min(100, count - hashes.length) }, (_, i) => ({
            jsonrpc: "2.0",
            id: first + hashes.length + i,
            method: "eth_sendTransaction",
            params: [{ to, data, gas: "0x61a80", from: accounts[(hashes.length + i) % accounts.length] }],
        }));
        for (const { result, error } of await post(west.url, body)) {
            if (error) throw new Error(JSON.stringify(error));
            hashes.push(result);
        }
    }
    return hashes;
}

async function settled() {
    await rpc(west.url, "evm_setAutomine", true);
    await rpc(west.url, "evm_mine");
    for (;;) {
        const { chains } = (await rpc(l1.url, "scope_status")).result;
        if (chains.every((c) => c.waiting === 0)) return;
        await sleep(100);
    }
}

async function heapOf(page) {
    const session = await page.context().newCDPSession(page);
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize;
}

async function listed(to, data) {
    const page = await browser.page();
    await page.goto(`${l1.url}/#/`);
    await page.locator(".live.on").waitFor();
    await page.evaluate(() => (globalThis.longTasks.length = 0));
    const began = performance.now();
    const hashes = [];
    while (hashes.length < SCOPES) {
        hashes.push(...(await queue(to, data, Math.min(QUEUED, SCOPES - hashes.length), hashes.length)));
        await settled();
    }
    const seconds = (performance.now() - began) / 1000;
    await page.locator(".figure-value", { hasText: /^0$/ }).waitFor();
    await page.locator("section", { hasText: "Scopes and transactions" }).locator(".status.settled").first().waitFor();
    const rows = await page.locator("tbody tr").count(),
        longest = await page.evaluate(() => Math.max(0, ...globalThis.longTasks));
    check("the overview has so many rows as before", rows <= 120, rows);
    console.log(`${SCOPES} scopes settled in ${seconds.toFixed(1)} s, the page open; its longest task: ${longest} ms`);

    let before = null,
        count = 0;
    const found = new Set();
    do {
        const { result } = await rpc(l1.url, "scope_listTransactions", { limit: "0x3e8", ...(before && { before }) });
        result.transactions.forEach((t) => found.add(t.hash));
        count += result.transactions.length;
        before = result.next;
    } while (before);
    check("all are listed, once", count === found.size && hashes.every((h) => found.has(h)), count);
    await pages(page, count);
    await page.goto(`${l1.url}/#/`);
    await page.locator(".search input").fill(hashes[0]);
    await page.keyboard.press("Enter");
    await page.locator(".arrow.call.crosses").waitFor();
    const heap = await heapOf(page),
        metrics = await (await fetch(`${l1.url}/metrics`)).text();
    const memory = Number(/^process_max_resident_memory_bytes (\d+)/m.exec(metrics)[1]);
    check("the memory of the page", heap < HEAP_MAX, heap);
    console.log(`memory: page ${(heap / 1e6).toFixed(1)} MB, node ${(memory / 1e6).toFixed(0)} MB at most`);
    await page.context().close();
}

// Page by page to the oldest: by keyboard, each with other rows.
async function pages(page, count) {
    await page.goto(`${l1.url}/#/transactions`);
    const hashesOf = () => page.locator("tbody a[href^='#/tx/']").evaluateAll((all) => all.map((a) => a.hash));
    const seen = new Set(),
        older = page.getByRole("button", { name: "Older" });
    await page.locator("tbody tr").first().waitFor();
    const began = performance.now();
    for (let turned = 0; ; turned++) {
        const hashes = await hashesOf();
        hashes.forEach((h) => seen.add(h));
        if (hashes.length > ROWS_OF_PAGE) check("no more rows than a page has", false, hashes.length);
        if (await older.isDisabled()) {
            const each = Math.round((performance.now() - began) / (turned + 1));
            console.log(`${turned + 1} pages of the list: ${each} ms each`);
            break;
        }
        await older.focus();
        await page.keyboard.press("Enter");
        await page.waitForFunction((first) => document.querySelector("tbody a[href^='#/tx/']")?.hash !== first,
            hashes[0]);
    }
    check("the pages have all of them", seen.size === count, [seen.size, count]);
}
