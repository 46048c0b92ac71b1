// anvil - anvil as a real process, a proxy in front of it that interferes, and scope run on it. For tests;
// an importer calls stopAll() at its end.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnAnvil } from "./anvil_process.mjs";
import { createPublicClient, fromRlp, http, keccak256, parseTransaction, toHex, toRlp } from "viem";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const cast = join(root, "node_modules/.bin/cast");

// --- counting ----------------------------------------------------------------------------------------

export const outcome = { passed: 0, failed: 0 };
export function check(what, holds, got = "") {
    outcome[holds ? "passed" : "failed"]++;
    if (!holds)
        console.log(`failed: ${what}${got === "" ? "" : `: ${typeof got === "string" ? got : JSON.stringify(got, (k, v) => (typeof v === "bigint" ? String(v) : v))}`}`);
}

// --- processes ---------------------------------------------------------------------------------------

const running = new Set();
export function keep(child) {
    running.add(child);
    child.on("close", () => running.delete(child));
    return child;
}
export function stopAll() {
    for (const child of running)
        child.kill();
}

export const wait = (ms) => new Promise((done) => setTimeout(done, ms));

export async function startAnvil(...args) {
    const { child, url } = await spawnAnvil(args);
    keep(child);
    const node = {
        url,
        ask: async (method, params = []) => {
            const answer = await (await fetch(url,
                { method: "POST", headers: { "content-type": "application/json" },
                body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }) })).json();
            if (answer.error)
                throw new Error(`${method}: ${answer.error.message}`);
            return answer.result;
        },
        mine: (n = 1) => node.ask("anvil_mine", [toHex(n)]),
        client: createPublicClient({ transport: http(url) }),
        stop: () => child.kill(),
    };
    return node;
}

// hook(call) gives undefined (anvil answers), or { result } or { error }; or { change }, a function of anvil's answer.
export async function before(node, hook) {
    let turn = Promise.resolve(); // one call after the other, as they came
    const server = createServer((request, response) => {
        const body = [];
        request.on("data", (piece) => body.push(piece));
        request.on("end", () => {
            turn = turn.then(async () => {
                const calls = JSON.parse(Buffer.concat(body)), answers = [];
                for (const call of Array.isArray(calls) ? calls : [calls]) {
                    const mine = await hook(call);
                    if (mine && !mine.change) {
                        answers.push({ jsonrpc: "2.0", id: call.id, ...mine });
                        continue;
                    }
                    const theirs = await (await fetch(node.url,
                        { method: "POST", headers: { "content-type": "application/json" },
                        body: JSON.stringify(call) })).json();
                    answers.push(mine && theirs.result ? { ...theirs, result: mine.change(theirs.result) } : theirs);
                }
                response.end(JSON.stringify(Array.isArray(calls) ? answers : answers[0]));
            }).catch((e) => { console.log(`the server before anvil: ${e.message}`); outcome.failed++; response.writeHead(500).end(); });
        });
    });
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    return { url: `http://127.0.0.1:${server.address().port}`, stop: () => { server.closeAllConnections(); server.close(); } };
}

// --- bundles -----------------------------------------------------------------------------------------

const { SharedBridge } = JSON.parse(readFileSync(join(root, "build/contracts/solc-output.json"), "utf8"))
    .contracts["src/SharedBridge.sol"];
const [, executeBundle] = Object.entries(SharedBridge.evm.methodIdentifiers)
    .find(([signature]) => signature.startsWith("executeBundle("));
export const EXECUTE_BUNDLE = `0x${executeBundle}`;

// What is sent to nodes; of a blob transaction { .., wrapper: the five items of its network form (EIP-7594) }.
export function parseSent(raw) {
    if (!raw.startsWith("0x03"))
        return { ...parseTransaction(raw), raw, hash: keccak256(raw) };
    const wrapper = fromRlp(`0x${raw.slice(4)}`), canonical = `0x03${toRlp(wrapper[0]).slice(2)}`;
    return { ...parseTransaction(canonical), raw, wrapper, hash: keccak256(canonical) };
}

// The bundle that a call hands to the node; null: it does something else.
export function bundleIn(call) {
    if (call.method !== "eth_sendRawTransaction")
        return null;
    const t = parseSent(call.params[0]);
    return t.data?.startsWith(EXECUTE_BUNDLE) ? t : null;
}

// --- scope run ---------------------------------------------------------------------------------------

export function runner(scope) {
    return (...args) => new Promise((done) => {
        const child = keep(spawn(scope, ["run", ...args, "--json"], { stdio: ["ignore", "pipe", "pipe"] }));
        let out = "", err = "";
        child.stdout.on("data", (piece) => (out += piece));
        child.stderr.on("data", (piece) => (err += piece));
        const slow = setTimeout(() => { err += "(took too long)"; child.kill(); }, 120000);
        child.on("close", (status) => {
            clearTimeout(slow);
            let report = null;
            try { report = JSON.parse(out); } catch { /* there is none */ }
            done({ status, err, report, slots: report?.steps.filter((s) => s.settlement) ?? [] });
        });
    });
}

// A run with interference: react(node, bundle, number of bundles so far) is called for each bundle that is sent.
export async function meddle(run, name, args, react, anvilArgs = []) {
    const node = await startAnvil(...anvilArgs), sent = [];
    const proxy = await before(node, async (call) => {
        const bundle = bundleIn(call);
        if (!bundle)
            return undefined;
        sent.push(bundle);
        return react(node, bundle, sent.length);
    });
    const r = await run(...args, "--l1", proxy.url);
    proxy.stop();
    return { ...r, node, sent, name };
}

export const lost = (slot) => ({ races: slot?.settlement.racesLost ?? 0, gas: slot?.settlement.gasLost ?? 0 });
