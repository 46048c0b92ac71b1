// eips_test - docs/eips.md is correct: the name in a row occurs in the row's file, and every
// EIP that a file of the EVM, the state or the chain cites has its row.

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { closingLine } from "./runner.mjs";

process.chdir(join(dirname(fileURLToPath(import.meta.url)), ".."));
const outcome = { passed: 0, failed: 0, skipped: 0 };
const expect = (holds, complaint) => {
    outcome[holds ? "passed" : "failed"]++;
    if (!holds)
        console.log(complaint);
};

const page = readFileSync("docs/eips.md", "utf8");
const rows = [...page.matchAll(/^\| ([\d, ]+) \|[^|]*\| `([^`]+)` \| `([^`]+)` \|$/gm)];
for (const [, eips, file, name] of rows)
    expect(new RegExp(`(?<!\\w)${name}(?!\\w)`).test(readFileSync(file, "utf8")),
        `docs/eips.md: EIP ${eips}: no ${name} in ${file}`);

// EIPs about messages and encodings between programs, not rules of the chain
const elsewhere = new Set(["55", "712", "1186", "1985", "3155", "7910"]);
const listed = new Set([...rows.flatMap(([, eips]) => eips.split(", ")), ...elsewhere]);
for (const layer of ["evm", "state", "chain"]) {
    for (const file of readdirSync(join("src/kernel", layer)).filter((f) => !/_(test|fuzz|bench)\.c$/.test(f))) {
        const text = readFileSync(join("src/kernel", layer, file), "utf8");
        const missing = new Set([...text.matchAll(/EIP-(\d+)/g)].map(([, eip]) => eip).filter((eip) =>
            !listed.has(eip)));
        expect(missing.size === 0, `src/kernel/${layer}/${file}: EIP ${[...missing].join(", ")} is not in docs/eips.md`);
    }
}
if (rows.length < 70)
    expect(false, `docs/eips.md: only ${rows.length} rows were read`);
console.log(closingLine(outcome));
process.exit(outcome.failed ? 1 : 0);
