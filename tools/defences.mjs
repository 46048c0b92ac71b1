// defences - the table of attacks in docs/security.md, proved: each defence that it names is taken away, alone, and
// each test that it names for it must fail. Rows are in tools/defences/contracts.mjs and rules.mjs.
//
//      node tools/defences.mjs [contracts | c] [--only TEXT] [--workers 2]
//
// As in tools/mutate.mjs, all of them are compiled at once: a defence is away when PREVRANDAO, a word that no contract
// of ours reads and that forge sets from its command line, is its number; in C, when the environment says so.
// Every attack of the table has a row here, or is in `elsewhere` of rules.mjs with the reason. The last line is
// "N passed, N failed".

import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rows as contractRows, views } from "./defences/contracts.mjs";
import { elsewhere, rows as ruleRows } from "./defences/rules.mjs";
import { cDefences } from "./defences/build.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(root);
const folder = "build/defences";
const argument = (name, otherwise) =>
    (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : otherwise);
const what = ["contracts", "c"].find((w) => process.argv[2] === w) ?? "all";
const only = argument("--only", "");
const workers = Number(argument("--workers", 2));

let passed = 0, failed = 0;
function check(good, text) {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${text}`);
}

export function run(argv, options = {}) {
    return new Promise((resolve) => {
        let text = "";
        const child = spawn(argv[0], argv.slice(1), { stdio: ["ignore", "pipe", "pipe"], ...options });
        child.stdout.on("data", (d) => (text += d));
        child.stderr.on("data", (d) => (text += d));
        child.on("close", (status) => resolve({ text, status }));
    });
}

// --- the table ---

// The letters of section 6: `R` is contracts/test/Rollup.t.sol, ..
const security = readFileSync("docs/security.md", "utf8");
const section = security.split(/^## /m).find((s) => s.startsWith("6. Attacks"));
const attacks = [...section.matchAll(/^\| (.+?) \| (.+?) \| (.+) \|$/gm)].slice(1).map(([, attack, ,
        tests]) => ({ attack, tests }));
const letters = Object.fromEntries([...section.split("\n| attack")[0].replaceAll("\n", " ")
    .matchAll(/`(\w+)` (?:is )?(\S+\.(?:sol|c))/g)].map(([, letter, file]) => [letter, file.split("/").at(-1)]));

const rowOf = (attack) => attacks.find((a) => a.attack.startsWith(attack));

function checkTable() {
    const all = [...contractRows, ...ruleRows];
    for (const { attack } of attacks) {
        const covered = all.some(([a]) => attack.startsWith(a)),
        excused = Object.keys(elsewhere).some((a) => attack.startsWith(a));
        check(covered || excused, `no defence is taken away for: ${attack}`);
    }
    for (const [attack, , , , tests] of all) {
        const row = rowOf(attack);
        check(row, `docs/security.md has no attack "${attack}"`);
        for (const { name, label } of tests.flatMap(testsOf))
            check(row?.tests.includes(label ?? name.split(".").at(-1)),
        `${attack}: docs/security.md does not name ${label ?? name}`);
    }
    for (const attack of Object.keys(elsewhere))
        check(rowOf(attack), `docs/security.md has no attack "${attack}"`);
}

// "B: testA, X.testB" -> [{ letter, name }]; "rules: \"a row\"" -> [{ letter, label }]
function testsOf(text) {
    const [, letter, list] = /^(\w+): (.*)$/s.exec(text);
    return list.startsWith("\"") ? [{ letter, label: list }] : list.split(", ").map((name) => ({ letter, name }));
}

// --- contracts ---

function switchedContracts() {
    const texts = {}, numbers = new Map();
    const read = (file) => (texts[file] ??= readFileSync(join("contracts", file), "utf8"));
    for (const [file, line] of views)
        texts[file] = read(file).replace(line, (text) => text.replace("pure", "view"));
    const changesOf = ([, file, text, put, , also = []]) => [[file, text, put], ...also];
    for (const row of contractRows) {
        const key = JSON.stringify(changesOf(row));
        if (numbers.has(key))
            continue;
        const number = numbers.size + 1;
        numbers.set(key, number);
        for (const [file, text, put] of changesOf(row)) {
            if (read(file).split(text).length !== 2)
                throw new Error(`${file} has ${read(file).split(text).length - 1} times: ${text}`);
            texts[file] = texts[file].replace(text, () => put.replaceAll("YUL_OFF", `eq(prevrandao(), ${number})`)
                .replaceAll("OFF", `(block.prevrandao == ${number})`).replace("IT", () => text));
        }
    }
    return { texts, numberOf: (row) => numbers.get(JSON.stringify(changesOf(row))) };
}

// A copy of contracts/ with the switches; what forge compiled before is taken along.
function copyOfContracts(texts) {
    const copy = join(folder, "contracts");
    rmSync(copy, { recursive: true, force: true });
    mkdirSync(join(folder, "build"), { recursive: true });
    cpSync("contracts", copy, { recursive: true });
    if (existsSync("build/forge/out") && !existsSync(join(folder, "build/forge")))
        cpSync("build/forge", join(folder, "build/forge"), { recursive: true, preserveTimestamps: true });
    for (const part of ["node_modules", "tools", "tests"])
        if (!existsSync(join(folder, part)))
            symlinkSync(join(root, part), join(folder, part));
    for (const [file, text] of Object.entries(texts))
        writeFileSync(join(copy, file), text);
    return copy;
}

const forge = (copy, argv) => run([join(root, "node_modules/.bin/forge"), "test", "--threads", "1",
        "--code-size-limit", "100000",
    ...argv], { cwd: copy, env: { ...process.env, FORGE_SNAPSHOT_CHECK: "false" } });

// "Contract.test" of what failed, and of what passed.
function outcomes(text) {
    const failures = new Set(), passes = new Set();
    let contract = "";
    for (const line of text.split("\n")) {
        contract = /^Ran \d+ tests? for \S+:(\w+)/.exec(line)?.[1] ?? contract;
        if (line.startsWith("Failing tests:"))
            break;
        const test = /^\[(PASS|FAIL)[^\]]*\] (\w+)\(/.exec(line) ?? /^\[(FAIL).*\] (\w+)\(/.exec(line);
        if (test)
            (test[1] === "PASS" ? passes : failures).add(`${contract}.${test[2]}`);
    }
    return { failures, passes };
}

const has = (set, name) => [...set].some((full) => (name.includes(".") ? full === name : full.endsWith(`.${name}`)));

async function contracts() {
    const { texts, numberOf } = switchedContracts();
    const copy = copyOfContracts(texts);
    console.log("contracts: compiling all switches at once ..");
    const plain = await forge(copy, []);
    if (!/tests passed/.test(plain.text))
        throw new Error(`the switched contracts do not compile:\n${plain.text.slice(-3000)}`);
    const before = outcomes(plain.text);
    const asked = contractRows.filter(([attack, , text]) => `${attack} ${text}`.includes(only))
        .flatMap((row) => row[4].map((tests) => ({ row, tests: testsOf(tests) })));
    let next = 0;
    await Promise.all(Array.from({ length: workers }, async () => {
        while (next < asked.length) {
            const { row, tests } = asked[next++];
            const number = `0x${numberOf(row).toString(16).padStart(64, "0")}`;
            const names = tests.map(({ name }) => name.split(".").at(-1));
            const { text } = await forge(copy, ["--block-prevrandao", number, "--match-path",
        `test/${letters[tests[0].letter]}`,
                "--match-test", `^(${names.join("|")})\\(`]);
            const after = outcomes(text);
            for (const { letter, name } of tests) {
                check(has(before.passes, name), `${letter}: ${name} does not pass with all defences`);
                check(has(after.failures, name),
        `${row[0]}: ${letter}: ${name} passes without \`${row[2].replace(/\s+/g, " ")}\``);
            }
        }
    }));
}

// --- the run ---

checkTable();
if (what !== "c")
    await contracts();
if (what !== "contracts")
    await cDefences(root, join(folder, "c"), ruleRows.filter(([attack, , text]) => `${attack} ${text}`.includes(only)),
        run, testsOf, check);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
