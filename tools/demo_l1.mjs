// demo_l1 - `make demo-l1`: anvil as L1, the examples landed there, and each bundle read back with cast.

import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const binary = join(root, "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"), cast = join(root, "node_modules/.bin/cast");
const [scope, ...files] = process.argv.slice(2);

const port = await new Promise((done) => {
    const s = createServer().listen(0, "127.0.0.1", () => { const { port } = s.address(); s.close(() => done(port)); });
});
const url = `http://127.0.0.1:${port}`;
const anvil = spawn(binary, ["--hardfork", "osaka", "--enable-tx-gas-limit", "--silent", "--port", String(port)], { stdio: "ignore" });
const read = (...args) => JSON.parse(spawnSync(cast, [...args, "--json", "--rpc-url", url], { encoding: "utf8" }).stdout);
let failed = false;
try {
    for (let i = 0; spawnSync(cast, ["chain-id", "--rpc-url", url]).status !== 0; i++)
        if (i === 100)
            throw new Error("anvil does not answer");
    let from = 1;
    for (const file of files) {
        failed ||= spawnSync(scope, ["run", file, "--l1", url], { stdio: "inherit" }).status !== 0;
        const head = Number(spawnSync(cast, ["block-number", "--rpc-url", url], { encoding: "utf8" }).stdout);
        console.log("\n  read back with cast: bundles in L1 blocks");
        for (; from <= head; from++)
            for (const tx of read("block", String(from), "--full").transactions)
                if (tx.input.startsWith("0x95cbbce4")) { // executeBundle
                    const r = read("receipt", tx.hash);
                    console.log(`    ${from}  ${BigInt(r.status) ? "settled " : "reverted"}  type ${Number(tx.type)}  ${Number(r.gasUsed)} gas  ${r.logs.length} logs  ${tx.hash}`);
                }
        console.log("");
    }
} finally {
    anvil.kill();
}
process.exit(failed ? 1 : 0);
