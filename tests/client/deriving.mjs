// deriving - what the tests of `scope derive --l1` share: landing a scenario, deriving from it, and what is expected of that.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { check, keep, root, runner, startAnvil } from "./anvil.mjs";

// folder: where land puts how the rollups began
export function deriver(scope, folder) {
    const run = runner(scope);
    function derive(...args) {
        return new Promise((done) => {
            const child = keep(spawn(scope, ["derive", ...args, "--json"], { stdio: ["ignore", "pipe", "pipe"] }));
            let out = "", err = "";
            child.stdout.on("data", (piece) => (out += piece));
            child.stderr.on("data", (piece) => (err += piece));
            child.on("close", (status) => done({ status, err, rollups: out ? JSON.parse(out).rollups : [] }));
        });
    }

    async function land(file, data) {
        const node = await startAnvil(), genesis = join(folder, `${data}.genesis.json`);
        const r = await run(join(root, "examples", file), "--l1", node.url, "--data", data, "--export-genesis",
            genesis);
        check(`${file} in ${data}: lands`, r.status === 0, r.err);
        return { node, genesis, heads: headsOf(r.report),
            bundles: r.slots.filter((s) => s.settlement.settled).map((s) => s.settlement) };
    }
    return { derive, land, run };
}

// What the run says of each rollup's last block.
export function headsOf(report) {
    const id = Object.fromEntries(report.chains.map((c) => [c.name, c.id])), heads = {};
    for (const step of report.steps)
        if (step.settlement?.settled)
            for (const r of step.settlement.rollups)
                heads[id[r.chain]] = { block: r.lastBlock, blockHash: r.blockHash, stateRoot: r.stateRoot };
    return heads;
}

export function reaches(name, r, heads) {
    check(`${name}: derived`, r.status === 0 && r.err === "", r.err);
    check(`${name}: every rollup`, r.rollups.length === Object.keys(heads).length && r.rollups.length > 0, r.rollups);
    for (const x of r.rollups) {
        const { block, blockHash, stateRoot, error } = x;
        check(`${name}: rollup ${x.chainId} as the run said`, JSON.stringify({ block, blockHash, stateRoot }) === JSON.stringify(heads[x.chainId]) && error === null, x);
    }
}

// Refused by name; no rollup beyond a block that the run made, and what is said names the place.
export function refused(name, r, heads, status, ...words) {
    check(`${name}: status ${status}, ${words.join(", ")}`, r.status === status && words.every((w) => r.err.includes(w)), `${r.status} ${r.err}`);
    for (const x of r.rollups)
        check(`${name}: no block beyond the good ones`, x.block <= heads[x.chainId].block);
}

// All of them, transactions included.
export async function blocksOf(node) {
    const head = Number(await node.ask("eth_blockNumber"));
    return Promise.all(Array.from({ length: head + 1 }, (_, n) =>
        node.ask("eth_getBlockByNumber", [`0x${n.toString(16)}`, true])));
}
