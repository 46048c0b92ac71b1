// operation - what operates a `scope up`: /health and /metrics, which is Prometheus' text format.
//
//   node tests/client/operation.mjs build/release/bin/scope

import { parseEther } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { openChain, rpc } from "./up_world.mjs";
import { spawnUp } from "./up_process.mjs";

const [program] = process.argv.slice(2);
let passed = 0, failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
}

// The exposition format 0.0.4, strictly: HELP, TYPE, then the samples of that metric; "name{labels}" -> value
function read(text) {
    const samples = new Map(), types = new Map(), wrong = [];
    const expect = (what, good) => good || wrong.push(what);
    let name;
    expect("the end is a line feed", text.endsWith("\n"));
    for (const line of text.trimEnd().split("\n")) {
        const head = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
        const sample = /^([a-z_]+)(\{[a-z]+="[^"\\]*"(?:,[a-z]+="[^"\\]*")*\})? (\d+(?:\.\d+)?)$/.exec(line);
        expect(`this is no line: ${line}`, head || sample);
        if (head?.[1] === "TYPE") {
            name = head[2];
            expect(`${name} has one type`, !types.has(name) && ["gauge", "counter"].includes(head[3]));
            types.set(name, head[3]);
        }
        if (sample) {
            const key = sample[1] + (sample[2] ?? "");
            expect(`${key} is below its TYPE, once`, sample[1] === name && !samples.has(key));
            samples.set(key, Number(sample[3]));
        }
    }
    for (const [metric, type] of types)
        expect(`${metric}: a counter ends with _total, and nothing else does`,
            (type === "counter") === metric.endsWith("_total"));
    check("the format of metrics", wrong.length === 0 && samples.size > 20, wrong);
    return samples;
}

async function metrics(url) {
    const response = await fetch(`${url}/metrics`);
    check("/metrics", response.status === 200
        && response.headers.get("content-type") === "text/plain; version=0.0.4; charset=utf-8");
    return read(await response.text());
}

const up = await spawnUp(program);
try {
    const [l1, west] = up.chains.map(openChain), alice = privateKeyToAccount(up.accounts[0].privateKey);
    const of = (chain) => `{chain="${chain.chainId}",kind="${chain.kind}"}`;
    const before = await metrics(l1.url);
    const hash = await west.wallet(alice).sendTransaction({ to: alice.address, value: parseEther("1") });
    await west.reader.waitForTransactionReceipt({ hash });
    for (let i = 0; i < 3; i++)
        await rpc(west.url, "eth_nothing");
    const after = await metrics(west.url), grew = (name) => after.get(name) - (before.get(name) ?? 0);
    check("ready", after.get("scope_ready") === 1);
    check("a slot, a settlement", grew("scope_slots_total") >= 1 && grew("scope_settlements_total") === 1
        && grew("scope_submitted_total") === 1 && after.get("scope_last_settlement_timestamp_seconds") > 1.7e9);
    check("time in slots", grew("scope_slot_seconds_total") > 0 && grew("scope_slot_seconds_total") < 600);
    check("heads", after.get(`scope_chain_head_number${of(west)}`) ===
        Number(await west.reader.getBlockNumber({ cacheTime: 0 })) && grew(`scope_chain_head_number${of(west)}`) === 1
        && grew(`scope_chain_head_number${of(l1)}`) >= 1);
    check("calls and errors", grew(`scope_rpc_errors_total${of(west)}`) >= 3
        && grew(`scope_rpc_calls_total${of(west)}`) > grew(`scope_rpc_errors_total${of(west)}`)
        && grew(`scope_rpc_errors_total${of(l1)}`) === 0);
    check("requests", grew("scope_http_requests_total") >= 5 && after.get("scope_http_connections") >= 1);
    check("the process", after.get("process_max_resident_memory_bytes") > 1e6
        && after.get("process_cpu_seconds_total") > 0);
    const health = await (await fetch(`${l1.url}/health`)).json();
    check("/health", health.ready === true && health.slots === after.get("scope_slots_total"), health);
    check("another path", (await fetch(`${l1.url}/nothing`)).status === 404);
} finally {
    check("SIGTERM", await up.stop() === 0, up.said());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
