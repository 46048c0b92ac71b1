// errors_test - every error of err.def is produced by some source, and expected by a test or by the official fixtures.
//
// A name whose text is an exception of the official fixtures is expected by those; where the fixtures use
// another name, fixture_alias.def maps it. make check runs them. All others must occur in a test of ours.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { closingLine } from "./runner.mjs";

process.chdir(join(dirname(fileURLToPath(import.meta.url)), ".."));

const files = (folder) => readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
});
const text = (paths) => paths.map((path) => readFileSync(path, "latin1")).join("\n");
const isTest = (path) => /_test\.c$|_fuzz\.c$|_for_tests\.h$|world_test\.h$/.test(path);

const sources = files("src").filter((path) => /\.(c|h|cc|def)$/.test(path) && path !== "src/kernel/base/err.def");
const produced = new Set(text(sources.filter((path) => !isTest(path))).match(/\b(REJECT|FAULT|HALT)_[A-Z0-9_]+/g));
const tested = new Set(text([...sources.filter(isTest), ...files("tests").filter((path) => /\.(mjs|sh|yaml|json)$/.test(path)), "src/test/conformance/fixture_alias.def"])
    .match(/\b(REJECT|FAULT|HALT)_[A-Z0-9_]+/g));

// Errors that no test expects, each with the reason. A test that does expect one makes its row an error.
const untestable = new Map([
    ["FAULT_MEMORY", "the system's memory is never short in a test; io/memory.h ends the program"],
    ["REJECT_SET_UP", "the contracts that a set-up deploys are compiled in"],
    ["REJECT_CALL_ORDER", "only another bridge than ours could answer what was not asked"],
    ["REJECT_FILL_FAILED", "only another bridge than ours could refuse an answer that it waits for"],
    ["REJECT_NOT_PUBLISHED", "a bundle whose publishedDaHash the contract does not know reverts"],
]);

let passed = 0, failed = 0;
for (const [, name, sentence] of readFileSync("src/kernel/base/err.def",
    "utf8").matchAll(/^ERR\((\w+), "([^"]*)"\)/gm)) {
    if (name === "OK")
        continue;
    const official = /^(Transaction|Block)Exception\./.test(sentence);
    const complaint = !produced.has(name) ? "nothing produces it"
        : !official && !tested.has(name) && !untestable.has(name) ? "no test expects it"
        : untestable.has(name) && tested.has(name) ? "a test expects it: it need not be excused" : null;
    if (complaint)
        console.log(`src/kernel/base/err.def: ${name}: ${complaint}`);
    complaint ? failed++ : passed++;
}
console.log(closingLine({ passed, failed, skipped: 0 }));
process.exitCode = failed ? 1 : 0;
