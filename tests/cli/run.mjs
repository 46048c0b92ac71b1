// `scope run` from outside: node tests/cli/run.mjs SCOPE
// Exit statuses of files that are absent, for every command; standard input; several files in one run, with and
// without --json; paths that cannot be written are refused before anything runs; SIGINT says what becomes of queued
// work and, with --dir, the same command completes the run; progress on a terminal and nowhere else.

import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:http";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [scope] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "scope-run-"));
let passed = 0, failed = 0;
function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
}
const run = (args, input = "") =>
    spawnSync(scope, args, { encoding: "utf8", input, env: { ...process.env, NO_COLOR: "1" } });

const documented = readFileSync("docs/scenario.md", "utf8").match(/```yaml\n(scenario:[^]*?)```/)[1];
const good = join(folder, "good.yaml"), unmet = join(folder, "unmet.yaml"), wrong = join(folder, "wrong.yaml");
writeFileSync(good, documented);
writeFileSync(unmet, documented.replace("equals: 9 ether", "equals: 8 ether"));
writeFileSync(wrong, documented.replace("equals: 9 ether", "equals: much"));

// --- files that are absent: status 2, and the message names the file and the system's reason ---

const absent = join(folder, "absent"), key = join(folder, "key");
writeFileSync(key, "11".repeat(32), { mode: 0o600 });
for (const args of [
    ["run", absent], ["rules", absent], ["witness", "--out", join(folder, "w"), absent],
    ["run", "--l1", "http://127.0.0.1:1", "--l1-key", absent, good],
    ["derive", "--rollups", absent, "--l1-file", absent], ["prove", "--config", absent, "--key", key],
    ["up", "--chain-only", "--no-mining", "--genesis", absent], ["import", "--genesis", absent, absent],
    ["t8n", "--state.fork", "Osaka", "--input.alloc", absent, "--input.env", absent],
    ["kzgtest", absent], ["precompiletest", absent], ["statetest", "--skip", absent, folder],
    ...["state", "block", "tx", "rlp", "trie"].map((name) => [`${name}test`, absent]),
]) {
    const r = run(args);
    check(`absent: scope ${args.join(" ")}`,
        r.status === 2 && r.stdout === "" && r.stderr.includes(`${absent}: cannot open: No such file or directory`), r);
}

// --- outputs are checked first: nothing ran, nothing is there ---

for (const option of ["--export-l1", "--export-rollups", "--export-genesis", "--svg", "--dir"]) {
    const r = run(["run", good, `${option}=${join(absent, "x")}`]);
    check(`${option} cannot be written`, r.status === 2 && r.stdout === "" &&
        r.stderr.includes(`option "${option}": ${join(absent, "x")}: cannot create: No such file or directory`), r);
}
const exported = join(folder, "l1.json");
check("--opt=value", run(["run", good, `--export-l1=${exported}`, "--data=calldata"]).status === 0 &&
    JSON.parse(readFileSync(exported, "utf8")));

// --- the drawing: docs/swap.svg is made by scope run examples/swap.yaml --svg docs/swap.svg ---

const drawn = join(folder, "drawn.svg"), drawing = (file) => readFileSync(file, "utf8").replace(/\d+ gas/g, "N gas");
check("--svg", run(["run", "examples/swap.yaml", "--svg", drawn]).status === 0);
check("docs/swap.svg is what is drawn, gas apart", drawing(drawn) === drawing("docs/swap.svg"), drawing(drawn));
const hostile = join(folder, "hostile.yaml");
writeFileSync(hostile, documented.replace(/^scenario: .*$/m, "scenario: \"<script>&\""));
check("names stay text", run(["run", hostile, "--svg", drawn]).status === 0
    && readFileSync(drawn, "utf8").includes("<title>&lt;script&gt;&amp;</title>"), readFileSync(drawn, "utf8"));

// --- standard input, several files ---

check("-: a scenario", run(["run", "-"], documented).status === 0);
check("-: a message", run(["run", "-"], "scenario: x\nchain: {}\n").stderr.startsWith("standard input:2:1: "));
check("-: --json", JSON.parse(run(["run", "-", "--json"], documented).stdout).file === "standard input");
for (const [files, status, tail] of [
    [[good, good], 0, "2 of 2 scenarios passed"], [[good, unmet], 1, "1 of 2 scenarios passed"],
    [[wrong, good, unmet], 2, "1 of 3 scenarios passed"], [[absent, unmet], 2, "0 of 2 scenarios passed"]]) {
    const r = run(["run", ...files]), json = run(["run", "--json", ...files]);
    check(`${files.length} files`, r.status === status && r.stdout.endsWith(`\n${tail}\n`), r);
    const documents = JSON.parse(json.stdout);
    check(`${files.length} files, --json`, json.status === status &&
        JSON.stringify(documents.map((d) => d.file)) ===
            JSON.stringify(files.filter((f) => f === good || f === unmet)), json);
}
check("no document", JSON.stringify(JSON.parse(run(["run", "--json", wrong, absent]).stdout)) === "[]");

// --- SIGINT ---

// Rollup transactions are queued until a slot. The chain of steps is long enough to be interrupted in the middle.
const many = join(folder, "many.yaml");
writeFileSync(many, `scenario: Many slots
chains: { l1: { kind: l1, id: 1 }, rollup: { kind: rollup, id: 7001 } }
accounts: { alice: { balance: { l1: 10 ether, rollup: 10 ether } }, bob: }
steps:
${Array.from({ length: 60 }, (_, i) => `  - { send: to bob ${i}, from: alice, to: bob, chain: rollup, value: 1 }
  - check: [{ balance: bob, chain: rollup, equals: ${i + 1} }]
`).join("")}`);
function interrupted(args, signal) {
    return new Promise((done) => {
        const child = spawn(scope, args, { env: { ...process.env, NO_COLOR: "1" } });
        let out = "", err = "", sent = false;
        child.stdout.on("data", (data) => {
            out += data;
            if (!sent && out.includes("\n    ✓ ")) // some of it is done, most is not
                sent = child.kill(signal);
        });
        child.stderr.on("data", (data) => (err += data));
        child.on("close", (status, by) => done({ status, by, out, err }));
    });
}
for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]]) {
    const r = await interrupted(["run", many], signal);
    const said = new RegExp("FAULT_INTERRUPTED: .*many\\.yaml: interrupted at step \\d+ of 120: " +
        "(nothing was queued|1 queued transaction or operation was not sent); " +
        "without --dir the run cannot be resumed\n$");
    check(signal, r.status === status && said.test(r.err), r);
}
const dir = join(folder, "dir");
const first = await interrupted(["run", many, "--dir", dir], "SIGINT");
check("SIGINT with --dir", first.status === 130 && first.err.includes(`; the same command resumes from ${dir}\n`),
    first);
const second = run(["run", many, "--dir", dir]);
check("the same command completes the run", second.status === 0 && second.stdout.endsWith("all 60 expectations met\n"),
    second);

// --- progress: what takes over a second, on a terminal alone ---

// A prover that answers when the line is there: the run waits for as long as that takes.
const held = [];
const prover = createServer((request, response) => held.push(response)).listen(0, "127.0.0.1");
await new Promise((done) => prover.on("listening", done));
const waiting = join(folder, "waiting.yaml");
writeFileSync(waiting, documented.replace(/^chains:/m, "provers: { count: 1, threshold: 1 }\nchains:"));
const seen = await new Promise((done) => {
    const child = spawn("script", ["-qfec",
        `'${scope}' run '${waiting}' --prover http://127.0.0.1:${prover.address().port} >/dev/null`, "/dev/null"],
        { env: { ...process.env, TERM: "xterm", NO_COLOR: "1" } });
    let out = "";
    child.stdout.on("data", (data) => {
        out += data;
        if (/scope: .*, \d+ s/.test(out))
            for (const response of held.splice(0))
                response.writeHead(500).end();
    });
    child.on("close", (status) => done({ status, out }));
    child.stdin.end();
});
prover.close();
prover.closeAllConnections();
check("progress", seen.status === 3 && /\r\x1b\[Kscope: .*, \d+ s\r\x1b\[K/.test(seen.out) &&
    /\r\x1b\[Kscope: FAULT_NO_QUORUM/.test(seen.out), seen);
check("no progress in a pipe", run(["run", "--json", good]).stderr === "");

// --- the frames to a failure ---

// By contracts/examples/Guide.sol: the shop has nothing; the buyer gives it 150,000 gas, and CALL adds the stipend of
// 2,300.
const workOf = (file, label) => JSON.parse(run(["run", "--json", join("tests/scenario", file)]).stdout)
    .steps.flatMap((step) => step.work ?? []).find((work) => work.label === label);
const insists = workOf("failing_call.yaml", "she insists"), frames = insists?.trace ?? [], last = frames.at(-1);
check("the frame that failed", last?.to.chain === "rollup" && last.to.name === "shop" &&
    last.from.name === "remote(l1, buyer)" && last.request.name === "buy" && last.value === "1000000000000000000" &&
    last.revert.name === "SoldOut" && last.halt === "revert" && !last.cutOff && last.gasLimit === 150000 + 2300 &&
    last.gasUsed > 0 && last.gasUsed < 10000, insists);
check("the frames above it, over both chains", frames[0]?.from.chain === "l1" &&
    frames.some((f) => f.to.name === "buyer" && f.to.chain === "l1" && f.request.name === "buy") &&
    frames.some((f) => f.from.name === "buyer" && f.to.name === "bridge" && f.request.name === "scopedCall"), insists);
check("a failure that is caught has none", workOf("failing_call.yaml", "she tries").trace === undefined);
const deep = workOf("deep_failure.yaml", "deep")?.trace ?? [];
check("bounded", deep.length === 16 && deep[0].from.name === "alice" && deep[4].skippedBefore > 50 &&
    deep.every((f) => f.to.name === "recursion" && f.gasLimit <= 3000000) &&
    deep.every((f, i) => i === 0 || f.gasLimit < deep[i - 1].gasLimit), deep.map((f) => [f.gasLimit, f.halt]));

rmSync(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
