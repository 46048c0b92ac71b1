// fuzzers_test - every fuzzer has seeds and a row in docs/testing.md, and every row and folder of seeds has a fuzzer.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { closingLine } from "./runner.mjs";

process.chdir(join(dirname(fileURLToPath(import.meta.url)), ".."));
const outcome = { passed: 0, failed: 0, skipped: 0 };
const expect = (holds, complaint) => {
    outcome[holds ? "passed" : "failed"]++;
    if (!holds)
        console.log(complaint);
};

const fuzzers = readdirSync("src", { recursive: true }).filter((f) => f.endsWith("_fuzz.c")).map((f) =>
    basename(f, "_fuzz.c"));
const section = readFileSync("docs/testing.md", "utf8").match(/^## Fuzzing$([^]*?)^## /m)[1];
const rows = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
const corpora = readdirSync("tests/corpus");

for (const name of fuzzers) {
    const folder = join("tests/corpus", name);
    expect(existsSync(folder) && readdirSync(folder).length > 0, `${name}_fuzz.c: no seeds in ${folder}`);
    expect(rows.includes(name), `${name}_fuzz.c: no row in docs/testing.md`);
}
for (const name of [...rows, ...corpora])
    expect(fuzzers.includes(name), `${name}: there is no ${name}_fuzz.c`);
expect(new Set(fuzzers).size === fuzzers.length, "two fuzzers of one name");
console.log(closingLine(outcome));
process.exit(outcome.failed ? 1 : 0);
