// The documents of `scope run` against the program: node tests/cli/documents.mjs SCOPE
// docs/scenario.md lists the defaults of src/shell/scenario/defaults.def, all of them and no other. Each result of
// `scope run --json`, for the examples and tests/scenario, is valid by docs/run.schema.json, as ajv reads it (of the
// packages of solhint); a document with a member added, or of another type, is not.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";

const [scope] = process.argv.slice(2);
let passed = 0, failed = 0;
function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
}

// --- defaults ---

const rows = [...readFileSync("src/shell/scenario/defaults.def", "utf8")
    .matchAll(/^DEFAULT\(\w+, (\d+), "([^"]*)", "([^"]*)"\)$/gm)].map(([, value, where, key]) =>
    `| \`${key}\` | ${where} | ${value} |`);
const section = readFileSync("docs/scenario.md", "utf8").split("| default of | in | |\n|---|---|---|\n")[1] ?? "";
const documented = section.split("\n\n")[0].split("\n");
check("the defaults are read", rows.length > 5);
for (const row of rows)
    check("a default is documented", documented.includes(row), row);
for (const row of documented)
    check("a documented default is one", rows.includes(row), row);

// --- the schema ---

const valid = new Ajv({ allErrors: true, strict: true }).compile(
    JSON.parse(readFileSync("docs/run.schema.json", "utf8")));
const run = (...args) => spawnSync(scope, ["run", "--json", ...args], { encoding: "utf8", maxBuffer: 1 << 28 });
const folder = "tests/scenario";
const files = [...readdirSync("examples").filter((f) => f.endsWith(".yaml")).map((f) => join("examples", f)),
    ...readdirSync(folder).filter((f) => f.endsWith(".yaml")).map((f) => join(folder, f))
        .filter((f) => !readFileSync(f, "utf8").startsWith("# status: 2"))];
const documents = [];
for (const file of files) {
    const r = run(file);
    const document = r.status < 2 ? JSON.parse(r.stdout) : null;
    check(`${file} is valid`, document && valid(document), document ? valid.errors?.slice(0, 3) : r.stderr);
    if (document)
        documents.push(document);
}
const both = run(...files.slice(0, 2));
check("several files are valid", both.status === 0 && valid(JSON.parse(both.stdout)), valid.errors);

// The schema says something about each member: with another type, or with another member beside it, it is invalid.
const seen = new Set(), keysOf = (v) => v && typeof v === "object" ? Object.keys(v) : [];
function mutate(root, value, path) {
    for (const key of keysOf(value)) {
        const at = Array.isArray(value) ? `${path}[]` : `${path}.${key}`, was = value[key];
        if (!seen.has(at)) {
            seen.add(at);
            value[key] = typeof was === "number" ? "7" : 7;
            check(`${at} of another type is invalid`, !valid(root));
            value[key] = was;
            if (was && typeof was === "object" && !Array.isArray(was) && !/\.value$/.test(at)) { // an ABI value is open
                was.unheardOf = 1;
                check(`${at} with another member is invalid`, !valid(root));
                delete was.unheardOf;
            }
        }
        if (!/\.values\[\]\.value$/.test(at))
            mutate(root, was, at);
    }
}
for (const document of documents)
    mutate(document, document, "");

console.log(`${files.length} documents, ${seen.size} members`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
