// mutate - one at a time: removes or negates every revert, modifier, comparison, condition, operand of && and ||, and
// call for its effect in contracts/src; adds one to every constant and number, swaps arithmetic operators, returns 0 in
// place of each formula; and negates every comparison and condition in src/kernel/scope/*.c. A test must fail for each.
//
//      node tools/mutate.mjs [contracts | c] [--workers 2] [--list] [--only TEXT]
//
// Takes hours; results are saved in build/mutation/known.jsonl and not repeated: a mutant that was killed, while
// its file is the same; one that survived, or did until now (suspect), while the tests are the same too. Interrupt it,
// and start it again.
//
//   killed      a test failed; which one is in known.jsonl
//   same code   the optimizer generates the same code
//   harmless    it survives, and docs/security.md, section 7, says why that is harmless
//   survived    it survives: a test is missing. Exit status 1, as for a row of section 7 that is no longer true
//
// Mutants are made by tools/mutation/solidity.mjs and c.mjs, which say how all of them are compiled at once.

import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync,
    writeFileSync } from "node:fs";
import { join, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { cMutants } from "./mutation/c.mjs";
import { aloneText, compile, impure, solidityMutants, sourcesOf, whoImports } from "./mutation/solidity.mjs";
import { settings } from "./mutation/settings.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(root);
const folder = "build/mutation";
const argument = (name, otherwise) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1]
    : otherwise);
const what = process.argv[2] && !process.argv[2].startsWith("--") ? process.argv[2] : "all";
const workers = Number(argument("--workers", 2));
const only = argument("--only", "");
const SECONDS = 300; // for the tests of one mutant; some loop until their gas is gone
const SLOW = "^(InvariantsTest|ConservationTest)$"; // nine tenths of the time: they are asked when all others pass

const hash = (...texts) => createHash("sha256").update(texts.join("\0")).digest("hex").slice(0, 16);
const textOf = (path, ending) => readdirSync(path, { recursive: true }).filter((f) => f.endsWith(ending)).sort()
    .map((f) => readFileSync(join(path, f), "utf8")).join("\0");

// --- what is known ---

mkdirSync(folder, { recursive: true });
const file = join(folder, "known.jsonl");
const known = new Map();
if (existsSync(file))
    for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
        const row = JSON.parse(line);
        known.set(row.name, row);
    }

function remember(row) {
    known.set(row.name, row);
    appendFileSync(file, JSON.stringify(row) + "\n");
}

const isKnown = (m, sourceKey, tests) => {
    const row = known.get(m.name);
    return row?.sources === sourceKey(m) && row.state !== "suspect"
        && (row.state !== "survived" || row.tests === tests);
};

const isSuspect = (m, sourceKey, tests) => {
    const row = known.get(m.name);
    return row?.state === "suspect" && row.sources === sourceKey(m) && row.tests === tests;
};

// The rows of docs/security.md, section 7: mutant -> why it is harmless
function harmless() {
    const text = readFileSync("docs/security.md", "utf8");
    const section = text.split(/^## /m).find((s) => s.startsWith("7. Mutants that survive")) ?? "";
    return new Map([...section.matchAll(/^\| `(.+?)` \| (.+) \|$/gm)].map(([, name, why]) => [name.replaceAll("\\|", "|"), why]));
}

// --- running ---

function run(argv, options = {}) {
    return new Promise((resolve) => {
        let text = "", late = false;
        const child = spawn(argv[0], argv.slice(1), { stdio: ["ignore", "pipe", "pipe"], detached: true, ...options });
        const stop = () => { try { process.kill(-child.pid, "SIGKILL"); } catch { /* it has ended by itself */ } };
        const clock = setTimeout(() => { late = true; stop(); }, (options.seconds ?? SECONDS) * 1000);
        process.once("exit", stop);
        child.stdout.on("data", (d) => (text += d));
        child.stderr.on("data", (d) => (text += d));
        child.on("close", (status) => {
            clearTimeout(clock);
            process.removeListener("exit", stop);
            resolve({ text, status, late });
        });
    });
}
process.setMaxListeners(100);
for (const signal of ["SIGINT", "SIGTERM"])
    process.on(signal, () => process.exit(130));

// Runs `work(item, worker)` for all items, by several workers.
async function sideBySide(items, work) {
    const start = Date.now();
    let next = 0, done = 0;
    await Promise.all(Array.from({ length: workers }, async (_, worker) => {
        while (next < items.length) {
            const item = items[next++];
            const state = await work(item, worker);
            done++;
            const left = Math.round((Date.now() - start) / done * (items.length - done) / 1000);
            console.log(`${done}/${items.length} (${left} s left)  ${state}  ${item.name}`);
        }
    }));
}

// --- contracts ---

const forge = (contracts, argv, seconds) =>
    run([join(root, "node_modules/.bin/forge"), "test", "--threads", "1", ...argv], { cwd: contracts, seconds, env: { ...process.env, FORGE_SNAPSHOT_CHECK: "false" } });

// A copy of contracts/, with some sources replaced, and links to what it needs beside itself.
function copyOfContracts(name, switched) {
    const place = join(folder, name), copy = join(place, "contracts");
    // forge knows a folder by its real path, once it is there
    mkdirSync(join(place, "build/forge/out/build-info"), { recursive: true });
    cpSync("contracts", copy, { recursive: true });
    for (const part of ["node_modules", "tools", "tests"])
        if (!existsSync(join(place, part)))
            symlinkSync(join(root, part), join(place, part));
    for (const [path, text] of Object.entries(switched))
        writeFileSync(join(copy, path), text);
    return copy;
}

// Forge's artifacts of a copy.
const artifactsOf = (copy) => join(copy, "../build/forge/out");

const failed = (text) => [...text.matchAll(/^\[FAIL.*?\] (\w+)\(/gm)].map((f) => f[1]);

// What one run of the tests says of a mutant.
function verdict({ text, late }) {
    const tests = failed(text);
    if (late)
        return { state: "killed", by: `no end in ${SECONDS} s` };
    if (tests.length || /^\[FAIL/m.test(text))
        return { state: "killed", by: tests[0] ?? "setUp" };
    if (!/(\d+) tests passed, 0 failed/.test(text))
        throw new Error(`forge neither passes nor fails:\n${text.slice(-3000)}`);
    return { state: "survived" };
}

// What the tests say of the mutant that is in a copy: the quick ones first.
async function ask(copy, argv = []) {
    const quick = verdict(await forge(copy, [...argv, "--fail-fast", "--no-match-contract", SLOW]));
    return quick.state === "killed" ? quick
        : verdict(await forge(copy, [...argv, "--fail-fast", "--match-contract", SLOW]));
}

async function contracts() {
    const sources = sourcesOf(root);
    const { mutants, switched } = solidityMutants(sources);
    const sourceKey = (m) => hash(sources[m.file].content);
    const testKey = hash(textOf("contracts/test", ".sol"));
    const open = mutants.filter((m) => m.name.includes(only) && !isKnown(m, sourceKey, testKey));
    console.log(`contracts: ${mutants.length} mutants, ${open.length} to ask`);
    if (process.argv.includes("--list") || !open.length)
        return { mutants, sourceKey };

    // all at once
    const suspects = open.filter((m) => isSuspect(m, sourceKey, testKey));
    const atOnce = open.filter((m) => m.insert && !suspects.includes(m));
    if (atOnce.length) {
        for (const f of readdirSync("contracts/test"))
            switched[`test/${f}`] = impure(readFileSync(join("contracts/test", f), "utf8"));
        const copy = copyOfContracts("switched", switched);
        const limit = ["--code-size-limit", "100000"]; // the switches do not fit a chain's limit
        console.log("compiling all mutants at once ..");
        const plain = await forge(copy, limit, 3600);
        if (!/tests passed/.test(plain.text))
            throw new Error(`the switched contracts do not compile:\n${plain.text.slice(-3000)}`);
        const measuring = failed(plain.text); // gas to the unit
        console.log(`with the switches, of which none is on, ${measuring.length} tests fail and are left out: ${measuring.join(" ")}`);
        await sideBySide(atOnce, async (m) => {
            const number = `0x${m.id.toString(16).padStart(64, "0")}`;
            const { state, by } = await ask(copy, [...limit, "--block-prevrandao", number,
                ...(measuring.length ? ["--no-match-test", `^(${measuring.join("|")})\\(`] : [])]);
            if (state === "survived")
                suspects.push(m);
            remember(state === "killed" ? { name: m.name, state, by, sources: sourceKey(m) }
                : { name: m.name, state: "suspect", sources: sourceKey(m), tests: testKey });
            return state === "killed" ? `killed by ${by}` : "to be compiled alone";
        });
    }

    // alone
    const rest = [...open.filter((m) => !m.insert), ...suspects];
    if (!rest.length)
        return { mutants, sourceKey };
    const copy = copyOfContracts("alone", {});
    const restored = join(copy, "../restored"); // not there: artifacts may be those of an interrupted run
    if (!existsSync(restored))
        rmSync(artifactsOf(copy), { recursive: true, force: true });
    for (const argv of [[], ["--no-match-contract", SLOW]]) { // with other arguments forge may compile again
        const plain = await forge(copy, argv, 3600);
        if (verdict(plain).state !== "survived")
            throw new Error(`without a mutant, tests fail: ${failed(plain.text).join(" ")}`);
    }
    rmSync(restored, { force: true });
    const codes = {};
    for (const [i, m] of rest.entries()) {
        const put = alone(copy, sources, m, codes);
        const state = Object.keys(put).length ? await ask(copy) : { state: "same code" };
        for (const [artifact, text] of Object.entries(put))
            if (readFileSync(artifact, "utf8") !== text)
                throw new Error(`${m.name}: forge compiled ${artifact} again, without the mutant`);
        restore(codes);
        remember({ name: m.name, ...state, sources: sourceKey(m), tests: testKey });
        console.log(`${i + 1}/${rest.length}, alone  ${state.state} ${state.by ?? ""} ${m.name}`);
    }
    writeFileSync(restored, "");
    return { mutants, sourceKey };
}

// Puts the code of one mutant into forge's artifacts -> { artifact: its text }, of those that differ.
function alone(copy, sources, m, codes) {
    const selection = Object.fromEntries(whoImports(sources, m.file).map((f) =>
        [f, { "*": ["evm.bytecode.object", "evm.deployedBytecode.object"] }]));
    const mutated = { ...sources, [m.file]: { content: aloneText(sources[m.file].content, m) } };
    const { result, errors } = compile(mutated, { ...settings(root), outputSelection: selection });
    if (errors.length)
        throw new Error(`${m.name}: ${errors[0]}`);
    const put = {};
    for (const [path, list] of Object.entries(result.contracts))
        for (const [name, { evm }] of Object.entries(list)) {
            const artifact = join(artifactsOf(copy), path.split("/").at(-1), `${name}.json`);
            if (!existsSync(artifact))
                continue;
            codes[artifact] ??= readFileSync(artifact, "utf8");
            const content = JSON.parse(codes[artifact]);
            if (content.bytecode.object === `0x${evm.bytecode.object}`)
                continue;
            content.bytecode.object = `0x${evm.bytecode.object}`;
            content.deployedBytecode.object = `0x${evm.deployedBytecode.object}`;
            writeFileSync(artifact, put[artifact] = JSON.stringify(content));
        }
    return put;
}

function restore(codes) {
    for (const [artifact, text] of Object.entries(codes))
        writeFileSync(artifact, text);
}

// --- C ---

async function c() {
    const { mutants, sourceKey, testKey, build, test } = cMutants(root, join(folder, "c"), hash);
    const open = mutants.filter((m) => m.name.includes(only) && !isKnown(m, sourceKey, testKey));
    console.log(`src/kernel/scope: ${mutants.length} mutants, ${open.length} to ask`);
    if (process.argv.includes("--list") || !open.length)
        return { mutants, sourceKey };
    await build(run);
    await sideBySide(open, async (m) => {
        const row = await test(run, m);
        remember({ name: m.name, ...row, sources: sourceKey(m), tests: testKey });
        return row.state + (row.by ? ` by ${row.by}` : "");
    });
    return { mutants, sourceKey };
}

// --- the report ---

const asked = [];
if (what !== "c")
    asked.push(await contracts());
if (what !== "contracts")
    asked.push(await c());
const reasons = harmless();
const count = { killed: 0, "same code": 0, harmless: 0, survived: 0, "not asked": 0 };
const complaints = [];
for (const { mutants, sourceKey } of asked)
    for (const m of mutants) {
        const { name } = m;
        const row = known.get(name);
        let state = row?.sources === sourceKey(m) && row.state !== "suspect" ? row.state : "not asked";
        if (state === "survived" && reasons.has(name))
            state = "harmless";
        else if (reasons.has(name) && state !== "not asked")
            complaints.push(`${state}, but listed as harmless: ${name}`);
        if (state === "survived")
            complaints.push(`survived: ${name}`);
        count[state]++;
        if (process.argv.includes("--list"))
            console.log(`${state}  ${name}${row?.by ? `  (${row.by})` : ""}`);
    }
if (what === "all") {
    const names = new Set(asked.flatMap(({ mutants }) => mutants.map((m) => m.name)));
    for (const name of reasons.keys())
        if (!names.has(name))
            complaints.push(`docs/security.md lists a mutant that does not exist: ${name}`);
}
complaints.forEach((line) => console.log(line));
const total = Object.values(count).reduce((x, y) => x + y);
console.log(`${total} mutants: ${Object.entries(count).filter(([, n]) => n).map(([state, n]) => `${n} ${state}`).join(", ")}`);
process.exitCode = complaints.length || count["not asked"] ? 1 : 0;
