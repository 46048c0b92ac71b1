// gas - what calls cost, measured by contracts/test/Gas.t.sol.
//
//      node tools/gas.mjs          measures, writes contracts/snapshots/gas.json, and prints the tables
//      node tools/gas.mjs write    puts the tables of contracts/snapshots/gas.json into docs/gas.md
//      node tools/gas.mjs check    docs/gas.md has the tables of contracts/snapshots/gas.json (which forge test checks)

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const snapshot = "contracts/snapshots/gas.json", page = "docs/gas.md";
const how = process.argv[2] ?? "print";

function forge(...args) {
    const run = spawnSync("../node_modules/.bin/forge", args, { cwd: "contracts", encoding: "utf8",
        env: { ...process.env, FORGE_SNAPSHOT_EMIT: "true", FORGE_SNAPSHOT_CHECK: "false" } });
    if (run.status !== 0) {
        console.error(run.stdout + run.stderr);
        process.exit(1);
    }
}

// All sources at once, as in a fresh clone: the code that solc makes of a contract (via IR) differs by some gas with
// the sources that it is compiled with.
if (how === "print") {
    forge("build", "--force");
    forge("test", "--match-contract", "GasTest");
}
const gas = Object.fromEntries(Object.entries(JSON.parse(readFileSync(snapshot, "utf8"))).map(([name, value]) =>
    [name, Number(value)]));
const number = (value) => (value === undefined ? "" : value.toLocaleString("en-US"));

function table(head, rows) {
    return [`| ${head.join(" | ")} |`, `|---|${"---:|".repeat(head.length - 1)}`, ...rows.map((r) => `| ${r.join(" | ")} |`)].join("\n");
}

const directions = ["L1 to L2", "L2 to L1", "L2 to L2"];
const kinds = [["", "no value, answer of 32 bytes"], [", value", "with value"], [", empty answer", "empty answer"],
               [", answer of 1000 bytes", "answer of 1,000 bytes"]];
const columns = ["first, L1", "further, L1", "L2 user", "L2 fills", "L2 handles"];
const calls = table(["gas", "L1, first call", "L1, each further", "source: user's transaction", "source: fill",
    "target: handle"],
    directions.flatMap((d) => kinds.map(([kind, text]) =>
        [`${d}, ${text}`, ...columns.map((c) => number(gas[`${d}${kind}, ${c}`]))])));
const counts = [1, 2, 4, 16];
const settling = table(["rollups", "L1 gas", "of that, each"], counts.map((n) => {
    const whole = gas[`settling ${n} ${n === 1 ? "rollup" : "rollups"}`];
    return [n, number(whole), number(Math.round(whole / n))];
}));
const text = `${calls}\n\n${settling}\n`;

const [before, , after] = how === "print" ? []
    : readFileSync(page, "utf8").split(/(?<=<!-- measured -->\n)([^]*)(?=<!-- \/measured -->)/);
if (how === "print")
    console.log(text);
else if (how === "write")
    writeFileSync(page, `${before}\n${text}\n${after}`);
else if (readFileSync(page, "utf8") !== `${before}\n${text}\n${after}`) {
    console.error(`${page} does not have the figures of ${snapshot}: node tools/gas.mjs write`);
    process.exit(1);
}
