// rpc_fixtures - the official request and response pairs of execution-apis, sent to `scope up` on the chain that they
// are about.
//
//   node tests/client/rpc_fixtures.mjs build/release/bin/scope build/fixtures [PATTERN]
//
// FOLDER/rpc has genesis.json, chain.rlp, headfcu.json (the call that makes the last block the head, sent first) and
// one file for each test: lines ">> request" and "<< response", sent in the order of the files' names, which is what
// hive does (transactions that are sent come before the pool is looked at). Each pair counts. A response must be equal
// as JSON, members that are too many included; of two errors code and data count, the message does not. A file that
// says "speconly" holds an example: there the response is validated by the schema of the method in FOLDER/rpc_spec
// (OpenRPC).

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { openrpc, violations } from "./rpc_schemas.mjs";
import { post, spawnNode } from "./scope_node.mjs";

const [program, folder, pattern] = process.argv.slice(2);
const filter = new RegExp(pattern ?? "");
const rpc = join(folder, "rpc"), spec = join(folder, "rpc_spec");
let passed = 0, failed = 0;

const node = await spawnNode(program, ["--genesis", join(rpc, "genesis.json"), "--import", join(rpc, "chain.rlp"),
    "--no-mining"]);
try {
    const head = await post(node.url, JSON.parse(readFileSync(join(rpc, "headfcu.json"), "utf8")));
    check("headfcu.json", head.result?.payloadStatus?.status === "VALID", `VALID expected: ${JSON.stringify(head)}`);
    const schemaOf = openrpc(spec);
    for (const file of tests())
        await run(file, schemaOf);
} finally {
    const status = await node.stop();
    check("SIGTERM", status === 0, `exit status ${status}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

function check(name, ok, why) {
    if (ok)
        return passed++;
    failed++;
    console.log(`${name}\n    ${why}`);
}

function tests() {
    return readdirSync(rpc, { withFileTypes: true }).filter((d) => d.isDirectory())
        .flatMap((d) => readdirSync(join(rpc, d.name)).filter((f) => f.endsWith(".io")).map((f) => join(d.name, f)))
        .filter((f) => filter.test(f)).sort();
}

async function run(file, schemaOf) {
    const lines = readFileSync(join(rpc, file), "utf8").split("\n");
    const specOnly = lines.some((l) => /^\/\/\s*speconly/.test(l));
    const sent = lines.filter((l) => l.startsWith(">> ")).map((l) => JSON.parse(l.slice(3)));
    const expected = lines.filter((l) => l.startsWith("<< ")).map((l) => JSON.parse(l.slice(3)));
    check(`${file}: pairs`, sent.length === expected.length && sent.length > 0, "a request without a response");
    passed--; // the file itself is no case
    for (let i = 0; i < sent.length; i++) {
        let got, why;
        try {
            got = await post(node.url, sent[i]);
            why = specOnly ? violation(schemaOf(sent[i].method)?.result, expected[i], got)
                : difference(withoutMessage(expected[i], got), withoutMessage(got, expected[i]));
        } catch (e) {
            why = `${e}`;
        }
        check(sent.length > 1 ? `${file} #${i + 1}` : file, !why, why);
    }
}

// error.message goes where both have one.
function withoutMessage(here, there) {
    const copy = structuredClone(here);
    dropMessages(copy, there);
    return copy;
}

function dropMessages(here, there) {
    if (!here || !there || typeof here !== "object" || typeof there !== "object")
        return;
    if (here.error?.message !== undefined && there.error?.message !== undefined)
        delete here.error.message;
    for (const key of Object.keys(here))
        dropMessages(here[key], there[key]);
}

function short(x) {
    const text = JSON.stringify(x) ?? "nothing";
    return text.length > 300 ? `${text.slice(0, 300)}..` : text;
}

function difference(expected, got, path = "") {
    if (isDeepStrictEqual(expected, got))
        return "";
    if (!expected || !got || typeof expected !== "object" || typeof got !== "object"
        || Array.isArray(expected) !== Array.isArray(got))
        return `${path}: expected ${short(expected)}, got ${short(got)}`;
    return [...new Set([...Object.keys(expected), ...Object.keys(got)])]
        .map((key) => difference(expected[key], got[key], `${path}/${key}`)).filter(Boolean).slice(0, 8).join("\n    ");
}

function violation(validate, expected, got) {
    if (!validate)
        return "rpc_spec has no such method";
    if (expected.error)
        return got.error?.code === expected.error.code && got.error.data === expected.error.data ? "" : `expected ${short(expected.error)}, got ${short(got)}`;
    if (got.error || got.id !== expected.id || got.jsonrpc !== "2.0")
        return `expected a result, got ${short(got)}`;
    return violations(validate, got.result);
}
