// sequencer - who may settle: scope run --l1 registers its own account as the sequencer of its rollups. After the owner
// names another, a resumed run is refused by name, until that one has been away for an hour.
//
//   node tests/client/sequencer.mjs SCOPE

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeFunctionResult, encodeFunctionData, parseAbi } from "viem";
import { check, keep, outcome, root, startAnvil, stopAll } from "./anvil.mjs";

const [scope] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "sequencer-"));
const abi = parseAbi(["function owner() view returns (address)",
    "function sequencer(uint64 chainId) view returns (address account, uint64 delay)",
    "function setSequencer(uint64 chainId, address sequencer, uint64 delay)"]);
const OTHER = "0x00000000000000000000000000000000000bEEf1";

// Not spawnSync: somebody has to read anvil's output meanwhile.
function run(url) {
    const child = keep(spawn(scope, ["run", join(root, "examples/swap.yaml"), "--l1", url, "--dir", folder, "--json"],
        { stdio: ["ignore", "pipe", "pipe"] }));
    let stdout = "", stderr = "";
    child.stdout.on("data", (piece) => (stdout += piece));
    child.stderr.on("data", (piece) => (stderr += piece));
    return new Promise((done) => child.on("close", (status) => done({ status, stdout, stderr })));
}

// ProofRegistry is the first that is deployed (contracts/ABI.md).
async function firstContract(node) {
    for (let n = 1;; n++) {
        const receipts = await node.ask("eth_getBlockReceipts", [`0x${n.toString(16)}`]);
        const created = receipts.find((r) => r.contractAddress);
        if (created)
            return created.contractAddress;
    }
}

try {
    const node = await startAnvil();
    const read = async (to, functionName, args = []) => decodeFunctionResult({ abi, functionName,
        data: await node.ask("eth_call", [{ to, data: encodeFunctionData({ abi, functionName, args }) }, "latest"]) });
    const first = await run(node.url);
    check("it settles", first.status === 0, first.stderr);
    const report = JSON.parse(first.stdout);
    const registry = await firstContract(node), owner = await read(registry, "owner");
    const id = BigInt(report.chains.find((c) => c.kind === "rollup").id);
    const [account, delay] = await read(registry, "sequencer", [id]);
    check("its account is the sequencer", account === owner && delay === 3600n, [account, owner, delay]);
    const again = await run(node.url);
    check("it resumes", again.status === 0, again.stderr);

    await node.ask("anvil_impersonateAccount", [owner]);
    await node.ask("eth_sendTransaction", [{ from: owner, to: registry, gas: "0x30000",
        data: encodeFunctionData({ abi, functionName: "setSequencer", args: [id, OTHER, 3600n] }) }]);
    check("another is named", (await read(registry, "sequencer", [id]))[0] === OTHER);
    const refused = await run(node.url);
    check("refused by name", refused.status !== 0 && /REJECT_CONFIG/.test(refused.stdout + refused.stderr)
        && (refused.stdout + refused.stderr).includes(`is settled by its sequencer, ${OTHER.toLowerCase()}`),
        refused.stdout + refused.stderr);

    await node.ask("evm_increaseTime", [3601]);
    await node.mine();
    const open = await run(node.url);
    check("open after an hour without a settlement", open.status === 0, open.stdout + open.stderr);
} catch (e) {
    console.log(e.stack);
    outcome.failed++;
} finally {
    stopAll();
    rmSync(folder, { recursive: true, force: true });
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
