// forge - Foundry's forge, unmodified, on L1 and on a rollup of `scope up`: a script that is broadcast, a contract that
// is created, and tests on forks of both.
//
//   node tests/client/forge.mjs build/release/bin/scope

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { post } from "./scope_node.mjs";
import { spawnUp } from "./up_process.mjs";

const [program] = process.argv.slice(2);
const run = promisify(execFile), root = "tests/client/forge";
let passed = 0, failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
}

// What it prints; a failure is its output.
async function forge(args, env = {}) {
    try {
        const { stdout } = await run(resolve("node_modules/.bin/forge"), args, { cwd: root, timeout: 240000,
            env: { ...process.env, NO_COLOR: "1", FOUNDRY_DISABLE_NIGHTLY_WARNING: "1", ...env } });
        return stdout;
    } catch (e) {
        return `failed: ${e.stdout}${e.stderr}`;
    }
}

const ask = async (url, method, ...params) => (await post(url, { jsonrpc: "2.0", id: 1, method, params })).result;

const up = await spawnUp(program);
try {
    const key = ["--private-key", up.accounts[0].privateKey], chains = up.chains.slice(0, 2), counters = [];
    for (const { url, chainId, kind } of chains) {
        const on = `${kind} ${chainId}`;
        const said = await forge(["script", "Deploy.s.sol", "--rpc-url", url, "--broadcast", ...key]);
        check(`${on}: forge script --broadcast`, /ONCHAIN EXECUTION COMPLETE & SUCCESSFUL/.test(said), said);
        const made = JSON.parse(readFileSync(`build/forge/clients/broadcast/Deploy.s.sol/${chainId}/run-latest.json`));
        check(`${on}: three receipts`, made.receipts.length === 3 && made.receipts.every((r) => r.status === "0x1"),
            made.receipts);
        counters.push(made.transactions[0].contractAddress);
        const count = await ask(url, "eth_getStorageAt", counters.at(-1), "0x0", "latest");
        check(`${on}: its calls`, BigInt(count) === 7n, count);
        const created = await forge(["create", "Counter.sol:Counter", "--rpc-url", url, "--broadcast", ...key,
            "--json"]);
        const at = /"deployedTo":\s*"(0x[0-9a-fA-F]{40})"/.exec(created)?.[1];
        check(`${on}: forge create`, at && (await ask(url, "eth_getCode", at, "latest")).length > 100, created);
    }
    const [l1, rollup] = chains, head = await ask(rollup.url, "eth_blockNumber");
    const tested = await forge(["test", "--fork-url", rollup.url], { CHAIN: `${rollup.chainId}`, COUNTER: counters[1],
        HEAD: `${BigInt(head)}`, OTHER: l1.url, OTHER_CHAIN: `${l1.chainId}`, OTHER_COUNTER: counters[0] });
    check("forge test --fork-url, and a fork of L1 in it", /2 tests passed, 0 failed/.test(tested), tested);
    for (const [i, { url, kind }] of chains.entries()) {
        const after = await ask(url, "eth_getStorageAt", counters[i], "0x0", "latest");
        check(`${kind}: what a test writes stays there`, BigInt(after) === 7n, after);
    }
} finally {
    check("SIGTERM", await up.stop() === 0, up.said());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
