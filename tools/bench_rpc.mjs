// bench_rpc - the JSON-RPC server under load, beside anvil: requests a second and the 99th percentile, by wrk.
//
//   node tools/bench_rpc.mjs [SECONDS]        (docs/performance.md)
//
// eth_blockNumber as a POST with keep-alive, 1, 8 and 64 connections, in turns. Ours answers a constant: it measures
// the transport, on the loop and through a worker; anvil's is its own. Processor time is the server's.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(join(dirname(fileURLToPath(import.meta.url)), ".."));
const seconds = Number(process.argv[2] ?? 5), folder = mkdtempSync(join(tmpdir(), "bench-rpc-"));
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function script(method) {
    const path = join(folder, `${method}.lua`);
    writeFileSync(path, `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = '{"jsonrpc":"2.0","id":1,"method":"${method}","params":[]}'\n`);
    return path;
}

const ticks = (child) => { // user and system, in 10 ms
    const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ");
    return Number(fields[11]) + Number(fields[12]);
};

function measure(server, connections) {
    const before = ticks(server.child);
    const run = spawnSync("wrk", ["-t1", `-c${connections}`, `-d${seconds}`, "--latency", "-s", script(server.method), `http://127.0.0.1:${server.port}/`], { encoding: "utf8" });
    const one = (pattern) => pattern.exec(run.stdout)?.[1] ?? "?";
    if (run.status !== 0 || /Non-2xx|Socket errors/.test(run.stdout))
        throw new Error(`wrk: ${run.error ?? run.stdout + run.stderr}`);
    const microseconds = (ticks(server.child) - before) * 10000 / Number(one(/(\d+) requests in/));
    return { rate: Math.round(Number(one(/Requests\/sec:\s+([\d.]+)/))), p99: one(/99%\s+(\S+)/),
        cpu: microseconds.toFixed(1) };
}

const echo = spawn("build/release/shell/jsonrpc/echo_bench", ["127.0.0.1:18745"], { stdio: "ignore" });
const anvil = spawn("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil", ["--port", "18746", "--hardfork", "osaka", "--silent"], { stdio: "ignore" });
const servers = [
    { name: "scope, on the loop", child: echo, port: 18745, method: "eth_blockNumber" },
    { name: "scope, by a worker", child: echo, port: 18745, method: "work" },
    { name: "anvil", child: anvil, port: 18746, method: "eth_blockNumber" },
];
try {
    await wait(1000);
    console.log("| server | connections | requests/s | p99 | CPU/request |\n|---|---|---|---|---|");
    for (const connections of [1, 8, 64])
        for (const server of servers) {
            const m = measure(server, connections);
            console.log(`| ${server.name} | ${connections} | ${m.rate} | ${m.p99} | ${m.cpu} us |`);
        }
} finally {
    echo.kill("SIGTERM");
    anvil.kill("SIGTERM");
    rmSync(folder, { recursive: true });
}
