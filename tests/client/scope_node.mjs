// scope_node - `scope up` on a port that the system chose for it.
//
//   const node = await spawnNode(program, ["--genesis", file, "--no-mining"]);      it takes calls at node.url already
//   await post(node.url, { jsonrpc: "2.0", id: 1, method: "eth_blockNumber" });
//   await node.stop()                                                               its exit status

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export async function spawnNode(program, args) {
    const began = performance.now();
    const child = spawn(program, ["up", "--chain-only", "--listen", "127.0.0.1:0", ...args],
        { stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise((done) => child.on("close", (status, signal) => done(signal ?? status)));
    let said = "";
    child.stderr.on("data", (piece) => (said += piece));
    const port = await new Promise((done, failed) => {
        ended.then((status) => failed(new Error(`scope up ended with status ${status}: ${said}`)));
        createInterface({ input: child.stdout }).on("line", (line) => {
            const listens = /^Listening on .*?:(\d+)/.exec(line);
            if (listens)
                done(listens[1]);
        });
    });
    const stop = () => {
        child.kill("SIGTERM");
        const kill = setTimeout(() => child.kill("SIGKILL"), 10000);
        return ended.finally(() => clearTimeout(kill));
    };
    process.once("exit", () => child.kill("SIGKILL"));
    return { child, url: `http://127.0.0.1:${port}`, startMs: performance.now() - began, stop, said: () => said };
}

export async function post(url, body) {
    const response = await fetch(url, {
        method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
            signal: AbortSignal.timeout(60000),
    });
    return JSON.parse(await response.text());
}
