// anvil_process - anvil on a port that the system chose for it, so that programs which run side by side never meet.
//
//   const { child, url } = await spawnAnvil(["--no-mining"]);        it takes calls already

import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const binary = join(dirname(fileURLToPath(import.meta.url)), "../../node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");

// A URL without a listener: tests cannot bind this port, and no system assigns it.
export const NO_LISTENER = "http://127.0.0.1:1";

export async function spawnAnvil(args) {
    const fork = args.includes("--hardfork") ? [] : ["--hardfork", "osaka"];
    const child = spawn(binary, [...fork, "--enable-tx-gas-limit", "--port", "0", ...args],
        { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stderr.on("data", (piece) => (said += piece));
    const port = await new Promise((done, failed) => {
        child.on("close", (status) => failed(new Error(`anvil ended with status ${status}: ${said}`)));
        createInterface({ input: child.stdout }).on("line", (line) => { // read to its end: a full pipe would stop it
            const listens = /^Listening on .*:(\d+)$/.exec(line);
            if (listens)
                done(listens[1]);
        });
    });
    return { child, url: `http://127.0.0.1:${port}` };
}
