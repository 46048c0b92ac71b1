// kill - scope run --dir, killed with SIGKILL at random moments, goes on and ends with the same chains.
//
//   node tests/client/kill.mjs SCOPE [MOMENTS] [SEED]
//
// For each moment: a new folder, a run that is killed then, perhaps once more while it goes on, then one that is left
// alone. It must end as an undisturbed run does, and its L1 and its rollups (scope run --export-l1, --export-rollups)
// must be that run's, byte for byte: so nothing settled twice, no nonce is missing, and no settled block is lost. Every
// third time the provers are processes, and one of them is killed at a random moment, too (then signatures may differ:
// shape).
//
// Each moment is drawn from the time that an undisturbed run takes. That enough of them fell between the first commit
// and the last is checked, since otherwise nothing would be tested.

import { bytesToHex } from "@ethereumjs/util";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [scope, moments = "12", seed = String(Date.now() % 1000000)] = process.argv.slice(2);
const scenario = "examples/swap.yaml", top = mkdtempSync(join(tmpdir(), "kill-"));
const outcome = { passed: 0, failed: 0 };
function check(what, holds, got = "") {
    outcome[holds ? "passed" : "failed"]++;
    if (!holds)
        console.log(`failed: ${what}: ${got}`);
}

let x = Number(seed) >>> 0 || 1; // xorshift32
function random() {
    x ^= x << 13, x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5, x >>>= 0;
    return x / 2 ** 32;
}

const provers = [];
async function startProvers() {
    const rules = join(top, "rules.json");
    spawnSync(scope, ["rules", scenario, "--out", rules]);
    for (let i = 0; i < 3; i++) {
        const key = join(top, `key-${i}`);
        writeFileSync(key, bytesToHex(keccak_256(new TextEncoder().encode(`scope:prover:${i}`))), { mode: 0o600 });
        const child = spawn(scope, ["prove", "--config", rules, "--key", key, "--listen", "127.0.0.1:0"]);
        provers.push(child);
        const url = await new Promise((done) => child.stdout.on("data", (text) => done(/http:\S+:\d+/.exec(text)[0])));
        child.url = url;
    }
}

// A run in a folder; killed after so many milliseconds unless that is null. { status, err, l1, rollups, ms }
let runs = 0;
function run(folder, after, more = []) {
    const start = Date.now(), l1 = join(top, `${runs}.l1.json`), rollups = join(top, `${runs++}.rollups.json`);
    const child = spawn(scope, ["run", scenario, "--json", ...(folder ? ["--dir", folder] : []), "--export-l1", l1,
        "--export-rollups", rollups, ...more]);
    let err = "";
    child.stderr.on("data", (piece) => err += piece);
    child.stdout.resume();
    const clock = after === null ? null : setTimeout(() => child.kill("SIGKILL"), after);
    return new Promise((done) => child.on("close", (status, signal) => {
        clearTimeout(clock);
        const read = (path) => status === null ? null : readFileSync(path, "utf8");
        const ended = { status: status ?? signal, err, l1: null, rollups: null, ms: Date.now() - start };
        try { ended.l1 = read(l1); ended.rollups = read(rollups); } catch { /* it ended before */ }
        rmSync(l1, { force: true });
        rmSync(rollups, { force: true });
        done(ended);
    }));
}

// How many blocks and, in order, whose transactions of what type: what remains the same when other provers were faster,
// since their signatures are in the bundles.
function shape(text) {
    const count = [];
    JSON.parse(text ?? "null", (key, value) => {
        if (key === "blocks")
            count.push(value.length);
        if (key === "sender" || key === "type")
            count.push(value);
        return value;
    });
    return JSON.stringify(count);
}

try {
    const wanted = await run(null, null);
    check("an undisturbed run", wanted.status === 0 && wanted.l1 && wanted.rollups, wanted.err);
    const kept = await run(join(top, "whole"), null);
    check("a run that keeps what it does makes the same chains", kept.status === 0 && kept.l1 === wanted.l1 && kept.rollups === wanted.rollups, kept.err);
    await startProvers();
    const urls = provers.flatMap((p) => ["--prover", p.url]);
    let killed = 0, midway = 0;
    // until enough stores were left midway, which a fast machine does seldom
    for (let i = 0; i < Number(moments) || (midway <= Number(moments) / 10 && i < 10 * Number(moments)); i++) {
        const folder = join(top, `moment-${i}`), what = `moment ${i} of seed ${seed}`;
        const more = i % 3 === 2 ? urls : [];
        for (let again = 0; again === 0 || (again < 4 && random() < 0.5); again++) {
            const broken = await run(folder, random() * 1.1 * kept.ms, more);
            check(`${what}: killed, or it had ended`, broken.status === "SIGKILL" || broken.status === 0, `${broken.status} ${broken.err}`);
            killed += broken.status === "SIGKILL";
        }
        if (more.length && provers.length > 2) { // two of three remain, which is enough
            const victim = provers.pop();
            setTimeout(() => victim.kill("SIGKILL"), random() * kept.ms);
        }
        const last = await run(folder, null, more);
        check(`${what}: it goes on to the end`, last.status === 0, `${last.status} ${last.err}`);
        const same = more.length ? (there, here) => shape(there) === shape(here) : (there, here) => there === here;
        check(`${what}: L1 is the same`, same(last.l1, wanted.l1));
        check(`${what}: the rollups are the same`, same(last.rollups, wanted.rollups));
        const step = /goes on after step (\d+) of (\d+)/.exec(last.err);
        midway += step !== null && Number(step[1]) < Number(step[2]);
        rmSync(folder, { recursive: true, force: true });
    }
    check("enough were killed", killed > Number(moments) / 3, killed);
    check("enough of them midway", midway > Number(moments) / 10, midway);
    console.log(`seed ${seed}: ${killed} processes killed, ${midway} of ${moments} stores left midway`);

    // one process at a time
    const folder = join(top, "shared"), first = run(folder, null), second = await run(folder, null), one = await first;
    check("two at once: one is refused by name, or came later", [one, second].every((r) => r.status === 0 || (r.status !== 0 && r.err.includes("another process"))) && (one.status === 0 || second.status === 0), one.err + second.err);
} finally {
    provers.forEach((p) => p.kill("SIGKILL"));
    rmSync(top, { recursive: true });
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
