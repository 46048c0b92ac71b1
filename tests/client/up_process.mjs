// up_process - `scope up` with rollups, on ports that the system chose for it.
//
//   const up = await spawnUp(program, ["--rollups", "2"]);      up.chains[0].url takes calls already
//   await up.stop()                                             its exit status

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

// killAfter: SIGKILL after so many milliseconds, started or not.
export async function spawnUp(program, args = [], { killAfter } = {}) {
    const began = performance.now();
    const child = spawn(program, ["up", "--json", "--listen", "127.0.0.1:0", ...args],
        { stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise((done) => child.on("close", (status, signal) => done(signal ?? status)));
    if (killAfter !== undefined)
        setTimeout(() => child.kill("SIGKILL"), killAfter);
    let said = "";
    child.stderr.on("data", (piece) => (said += piece));
    const document = await new Promise((done, failed) => {
        ended.then((status) => failed(new Error(`scope up ended with status ${status}: ${said}`)));
        createInterface({ input: child.stdout }).once("line", (line) => done(JSON.parse(line)));
    });
    const stop = (signal = "SIGTERM") => {
        child.kill(signal);
        const kill = setTimeout(() => child.kill("SIGKILL"), 10000);
        return ended.finally(() => clearTimeout(kill));
    };
    const atExit = () => child.kill("SIGKILL");
    process.once("exit", atExit);
    ended.then(() => process.off("exit", atExit));
    return { ...document, startMs: performance.now() - began, stop, said: () => said };
}
