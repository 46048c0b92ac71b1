// run - the model of scope.pml in each configuration, by spin: `make model`. `run.mjs quick` runs a selection, for
// `make check`; `run.mjs WORD` those with the word in their name; `--workers N`: how many side by side, each of them
// with no more than `--memory MB`.
//
// "found": spin must find a history that settles and equals no serial run; with SETTLES, merely one that settles, so
// that "none" is known not to be empty. "none": spin must search everything, and find nothing. One line each;
// the last one is "N passed, N failed".

import { mkdtempSync, rmSync } from "node:fs";
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { tmpdir } from "node:os";
import { promisify } from "node:util";

const model = join(dirname(fileURLToPath(import.meta.url)), "scope.pml");
const args = process.argv.slice(2);
const option = (name, otherwise) => (args.includes(name) ? Number(args.splice(args.indexOf(name), 2)[1]) : otherwise);
const workers = option("--workers", 2);
const memory = option("--memory", 12000);
const which = args[0] ?? "";

const clocks = "CLOCK_HANDLE=0 CLOCK_RETURN=0", roots = "ROOT=0 SPLIT=0";
const two = "HOME1=1", three = "CHAINS=3 HOME1=1";
const swapped = `SWAPPED ${two}`, loop = `LOOP ${two}`, torn = `TORN ${two}`, tornByCall = "TORN CHAINS=3 HOME1=2";
const crossed = `CROSSED ${three}`, inside = `INSIDE ${two}`, probe = `PROBES LEN=3 ${two}`, late = `LATE LEN=3 ${two}`,
    peek = `PEEKS LEN=3 ${two}`;
const borrowed = "FAULTY=2 CHAINS=3 HOME1=2", relayed = "RELAYED FAULTY=3 CHAINS=4 HOME1=3";
const attempt = "ATTEMPTS TXS=3 HOME1=0";
const draft = `BIND=0 ${clocks} ${roots}`;

const small = [
    ["draft: the answers of two calls, swapped", `${swapped} ${draft}`, "found"],
    ["draft: an answer that is missing", `${swapped} ${draft} MISSING=0 LEFTOVER=0`, "found"],
    ["draft: causal loop", `${loop} ${draft}`, "found"],
    ["bound leaf alone: swapped answers", `${swapped} ${clocks}`, "none"],
    ["bound leaf alone: causal loop", `${loop} ${clocks} ${roots}`, "found"],
    ["clocks alone: causal loop", `${loop} ${roots}`, "none"],
    ["clocks alone: torn read", `${torn} ${roots}`, "found"],
    ["clocks alone: crossed writers", `${crossed} ${roots}`, "found"],
    ["no ScopeSplit: torn by an ordinary transaction", `${torn} SPLIT=0`, "found"],
    ["no RootOrder: torn by a call", `${tornByCall} ROOT=0`, "found"],
    ["no RootOrder: crossed writers", `${crossed} ROOT=0`, "found"],
    ["no root for inline calls: another in the middle", `${inside} INLINE=0`, "found"],
    ["no clock of answers: a call back after the answer", `${late} CLOCK_RETURN=0`, "found"],
    ["no comparison of inline answers: the probe", `${probe} COMPARE=0`, "found"],
    ["a getter: an answer from the future", `${peek} HIDDEN=0`, "found"],
    ["no abort for a frame that runs out of gas: a catch branch", `${torn} HALT=0`, "found"],
    ["no abort for a missing answer: an attempt before the call", `${attempt} MISSING=0`, "found"],
    ["no comparison of inline answers: an attempt before the call", `${attempt} COMPARE=0`, "found"],
    ["no circles: torn under a borrowed name", `TORN ${borrowed} CIRCLE=0`, "found"],
    ["no circles: torn lookups under a borrowed name", `TORN ${borrowed} CIRCLE=0 LOOKUPS=1`, "found"],
    ["no circles: crossed reads under a borrowed name", `CROSSED_READS ${borrowed} CIRCLE=0 LOOKUPS=1`, "found"],
    ["no circles for inline calls: another in the middle, under its name", `AROUND LEN=3 ${borrowed} BACK_CIRCLE=0`, "found"],
    ["names vouched for by who passes them on: torn by way of the circle", `${relayed} VOUCH=0`, "found"],
    ["all rules: swapped answers", swapped, "none"],
    ["all rules: torn under a borrowed name", `TORN ${borrowed}`, "none"],
    ["all rules: torn lookups under a borrowed name", `TORN ${borrowed} LOOKUPS=1`, "none"],
    ["all rules: crossed reads under a borrowed name", `CROSSED_READS ${borrowed} LOOKUPS=1`, "none"],
    ["all rules: another in the middle, under its name", `AROUND LEN=3 ${borrowed}`, "none"],
    ["all rules: torn by way of the circle", relayed, "none"],
    ["all rules: lookups under one name settle", `READERS ${borrowed} LOOKUPS=1 SETTLES=name[1]==0`, "found"],
    ["all rules: calls under one name do not", `READERS ${borrowed} SETTLES=name[1]==0`, "none"],
    ["all rules: causal loop", loop, "none"],
    ["all rules: torn read", torn, "none"],
    ["all rules: torn by a call", tornByCall, "none"],
    ["all rules: crossed writers", crossed, "none"],
    ["all rules: another in the middle", inside, "none"],
    ["all rules: a call back after the answer", late, "none"],
    ["all rules: the probe", probe, "none"],
    ["all rules: a getter", peek, "none"],
    ["all rules: an attempt before the call", attempt, "none"],
    ["all rules: an attempt before the call settles", `${attempt} SETTLES=1`, "found"],
    ["all rules: a call back settles", `BACK ${two} SETTLES=1`, "found"],
    ["all rules: crossed writers settle in one order", `${crossed} SETTLES=1`, "found"],
];

// What `make check` runs: each phenomenon once.
const essence = ["draft: the answers of two calls, swapped", "draft: causal loop", "clocks alone: torn read",
    "clocks alone: crossed writers", "no comparison of inline answers: the probe", "all rules: torn read",
    "all rules: crossed writers", "all rules: the probe"].map((name) => small.find((row) => row[0] === name));

// Any programs of two steps.
const any2 = "CHAINS=2", any3 = "CHAINS=3";
const large = [
    ["without requests compared", `${any2} REQUESTS=0`, "found"],
    ["without answers compared", `${any2} RESPONSES=0`, "found"],
    ["without clocks", `${any2} ${clocks}`, "found"],
    ["without the clock of requests", `${any2} CLOCK_HANDLE=0`, "found"],
    ["without ScopeSplit", `${any2} SPLIT=0`, "found"],
    ["without RootOrder", `${any3} ROOT=0`, "found"],
    ["without RootOrder of inline calls", `${any2} INLINE=0`, "found"],
    ["with aborts that are caught", `${any2} ABORT=0`, "found"],
    ["with frames that run out of gas and are caught", `${any2} HALT=0`, "found"],
    ["with missing answers that may be left over", `${any2} MISSING=0 LEFTOVER=0`, "found"],
    ["redundant: the bound leaf, given clocks", `${any2} BIND=0`, "none"],
    ["redundant: the bound leaf, given clocks, 3 chains", `${any3} BIND=0`, "none"],
    ["redundant: the order of a lane, given clocks and roots", `${any2} FIFO=0`, "none"],
    ["redundant: the order of a lane, given these, 3 chains", `${any3} FIFO=0`, "none"],
    ["redundant: the order of a lane, given these, calls that call on", `${any2} VIA=1 FIFO=0`, "none"],
    ["all rules, 2 chains, 2 transactions of 2 steps", any2, "none"],
    ["all rules, 3 chains, 2 transactions of 2 steps", any3, "none"],
    ["all rules, 3 chains, one faulty, 2 transactions of 2 steps", `${any3} FAULTY=2 HOME1=2`, "none"],
    ["all rules, 3 chains, one faulty, lookups, 2 transactions of 2 steps", `${any3} FAULTY=2 HOME1=2 LOOKUPS=1`, "none"],
    ["all rules, 2 chains, 2 of 2 steps, one with calls that call on", `${any2} VIA=1`, "none"],
    ["all rules, 3 chains, 3 transactions of 1 step, all calling on", `${any3} TXS=3 LEN=1 VIA=3`, "none"],
];

const exec = promisify(execFile);

async function run(row) {
    const [name, defines, expected] = row;
    const folder = mkdtempSync(join(tmpdir(), "scope-model-"));
    const flags = defines.split(" ").map((d) => `-D${d}`);
    const start = Date.now();
    try {
        await exec("spin", ["-a", ...flags, model], { cwd: folder });
        await exec("gcc", [large.includes(row) && expected === "none" ? "-O2" : "-O0", "-w", "-DSAFETY", "-DCOLLAPSE",
            `-DMEMLIM=${memory}`,
            "-o", "pan", "pan.c"], { cwd: folder });
        // -E: a sequencer that is stuck has been rejected, which is no error
        const { stdout } = await exec("./pan", ["-E", "-m2000"], { cwd: folder, maxBuffer: 1 << 24 });
        const number = (pattern) => Number(pattern.exec(stdout)?.[1] ?? NaN);
        const complete = !/Search not completed|max search depth too small|out of memory/.test(stdout);
        const violated = /assertion violated/.test(stdout);
        const verdict = violated ? "found" : complete && number(/errors: (\d+)/) === 0 ? "none" : "incomplete";
        return { name, expected, verdict, states: number(/^\s*(\S+) states, stored/m),
            depth: number(/depth reached (\d+)/),
            memory: number(/([\d.]+)\s+total actual memory usage/), seconds: (Date.now() - start) / 1000 };
    } catch (e) {
        return { name, expected, verdict: "failed", why: `${e.stdout ?? ""}${e.stderr ?? e}`.trim() };
    } finally {
        rmSync(folder, { recursive: true });
    }
}

const queue = which === "quick" ? [...essence] : [...small, ...large].filter(([name]) => name.includes(which));
let passed = 0, failed = 0;
async function worker() {
    while (queue.length) {
        const r = await run(queue.shift());
        const good = r.verdict === r.expected;
        good ? passed++ : failed++;
        const figures = r.why ?? `${r.states} states, depth ${r.depth}, ${Math.round(r.memory)} MB, ${r.seconds.toFixed(1)} s`;
        console.log(`${good ? "ok  " : "FAIL"} ${r.expected.padEnd(5)} ${r.name.padEnd(62)} ${good ? "" : `but ${r.verdict}: `}${figures}`);
    }
}
await Promise.all(Array.from({ length: workers }, worker));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
