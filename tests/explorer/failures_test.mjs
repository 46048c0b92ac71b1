// failures_test - scopes that fail, each for another reason (failures.mjs): opened on the page in Chromium, each shows
// its cause, its place and what to do. Cause and place are in the lines of `scope trace`, too.
//
//   node tests/explorer/failures_test.mjs build/release/bin/scope

import { execFile } from "node:child_process";
import { toFunctionSelector } from "viem";
import { openWorld } from "../client/up_world.mjs";
import { openBrowser, serious } from "./browser.mjs";
import { prepareFailures } from "./failures.mjs";

const FAILURES_LEAST = 20;
// causes that are in a frame as text, without an ABI
const plain = ["vault is empty", "out of gas", "invalid opcode", "write protection"];
let passed = 0,
    failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`.slice(0, 1500));
}

const world = await openWorld(process.argv[2]);
const browser = await openBrowser();
try {
    const { failures, abi, labels } = await prepareFailures(world);
    check("enough of them", failures.length >= FAILURES_LEAST, failures.length);
    check("each is another", new Set(failures.map((f) => f.hash)).size === failures.length);
    await onThePage(failures, abi, labels);
    await inTheTerminal(failures, abi, labels);
    check("nothing in the console", browser.errors.length === 0, browser.errors);
    console.log(`failures: ${failures.length}`);
} finally {
    await browser.close();
    check("SIGTERM", (await world.up.stop()) === 0, world.up.said());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

async function onThePage(failures, abi, labels) {
    const page = await browser.page({
        script: `localStorage.setItem("scope-explorer-labels", ${JSON.stringify(JSON.stringify(labels))})`,
    });
    await page.goto(`${world.l1.url}/#/`);
    const artifact = { contractName: "Failures", abi };
    await page.locator("input[type=file]").setInputFiles({
        name: "Failures.json",
        mimeType: "application/json",
        buffer: Buffer.from(JSON.stringify(artifact)),
    });
    for (const { name, hash, cause, place, action } of failures) {
        await page.goto(`${world.l1.url}/#/tx/${hash}`);
        await page.locator("h1", { hasText: /Scope|Transaction|Operation/ }).waitFor();
        const why = page.locator(".why");
        await why.or(page.locator(".empty")).first().waitFor();
        const shown = (await why.count()) && (await why.isVisible()) ? await why.innerText() : "";
        const found = await page.locator(".facts .hash").first().innerText();
        check(`${name}: its page`, found.startsWith(hash), found);
        check(`${name}: cause`, shown.includes(cause), shown || (await page.locator("main").innerText()));
        check(`${name}: place`, place.every((part) => shown.includes(part)), shown);
        check(`${name}: what to do`, shown.includes(action), shown);
    }
    await page.goto(`${world.l1.url}/#/transactions`);
    await page.locator("tbody tr").first().waitFor();
    const isRed = await page.locator("tbody tr").evaluateAll((rows) => rows.map((row) => [
        row.querySelector("a[href^='#/tx/']").hash.slice(5),
        row.querySelector(".status").classList.contains("rejected"),
    ]));
    const red = new Map(isRed);
    const listed = failures.filter((f) => red.has(f.hash));
    check("each of them is red in the list", listed.length > FAILURES_LEAST && listed.every((f) => red.get(f.hash)),
        isRed);
    const found = await serious(page);
    check("accessible", found.length === 0, found.join("\n"));
    await page.context().close();
}

function trace(hash) {
    const args = ["trace", hash, "--rpc", world.l1.url];
    return new Promise((done) => execFile(process.argv[2], args, (error, out, errors) => done(`${out}${errors}`)));
}

// The frame's line has what the page's place has, undecoded: the chain's id, the contract's address, the selector.
async function inTheTerminal(failures, abi, labels) {
    const functions = abi.filter((item) => item.type === "function");
    for (const { name, hash, cause, place } of failures) {
        const text = await trace(hash),
            because = /^because (.*)$/m.exec(text)?.[1] ?? "";
        const [chain, contract, call] = place,
            address = Object.keys(labels).find((a) => labels[a] === contract),
            item = functions.find((f) => call?.startsWith(`${f.name}(`));
        const where = [chain.replace("Rollup ", "").replace("L1", world.l1.chainId), address, item
            && toFunctionSelector(item)];
        // the builder's message names what an operation failed with
        const isText = cause.startsWith("REJECT_") || plain.includes(cause) || !because || name.includes("operation");
        const isThere = where.filter(Boolean).every((part) => because.includes(part));
        if (address) check(`${name}: where, in the terminal`, isThere, text);
        if (isText) check(`${name}: why, in the terminal`, text.includes(cause), text);
    }
}
