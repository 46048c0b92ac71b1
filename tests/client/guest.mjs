// guest - the proving program on the witnesses of scenarios: native code, the emulator and qemu-riscv64 agree; so does
// the emulator on the program that is linked with accelerators instead of software.
//
//   node tests/client/guest.mjs SCOPE IMAGE ACCELERATED SCENARIO.. [-- SCENARIO..]
//
// GUEST_CYCLES=write rewrites the cycle file; MUTATIONS=n: n of each witness.
//
//   - each witness: the same transition hash from all four
//   - these with a bit changed, a piece cut out or bytes repeated: the same hash, or the same error's name
//   - the instructions of each are those of tests/client/guest_cycles.json, within 2 %; not of scenarios after --
// Ends with how it went.

import { spawn, spawnSync } from "node:child_process";
import { closeSync, copyFileSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from
    "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [scope, image, accelerated, ...scenarios] = process.argv.slice(2).filter((x) => x !== "--");
const uncounted = new Set(process.argv.includes("--") ? process.argv.slice(process.argv.indexOf("--") + 1) : []);
const cycleFile = join(dirname(fileURLToPath(import.meta.url)), "guest_cycles.json");
const mutationsOfEach = Number(process.env.MUTATIONS ?? 3), bound = 0.02, BATCH = 200;
const folder = mkdtempSync(join(tmpdir(), "guest-"));
const outcome = { passed: 0, failed: 0 };

function check(what, holds, detail = "") {
    outcome[holds ? "passed" : "failed"]++;
    if (!holds)
        console.log(`failed: ${what}: ${detail}`);
}

function run(command, args, input) {
    return new Promise((resolve) => {
        const from = input ? openSync(input) : "ignore", out = [], log = [];
        const child = spawn(command, args, { stdio: [from, "pipe", "pipe"], timeout: 600000 });
        if (input)
            closeSync(from);
        child.stdout.on("data", (x) => out.push(x));
        child.stderr.on("data", (x) => log.push(x));
        child.on("error", (e) => resolve({ out: Buffer.alloc(0), log: String(e), status: null }));
        child.on("close", (status) =>
            resolve({ out: Buffer.concat(out), log: Buffer.concat(log).toString("latin1"), status }));
    });
}

// How inputs end by native code, which must be how they end by either image in the emulator and by qemu: each is a
// transition hash, or the name of an error if not all must be accepted.
async function compare(what, files, accepted) {
    const folder = dirname(files[0]);
    const [software, circuits] = await Promise.all([image, accelerated].map((program) =>
        run(scope, ["guest", "compare", "--image", program, "--input", folder])));
    check(`${what}: native code, emulator`, software.status === 0, software.log);
    check(`${what}: native code, accelerators`, circuits.status === 0, circuits.log);
    const ends = software.out.toString("latin1").trim().split("\n");
    check(`${what}: one end for each`, ends.length === files.length && software.out.equals(circuits.out),
        `${ends.length} ends of ${files.length}`);
    const waiting = [...files.keys()];
    await Promise.all([0, 1].map(async () => {
        for (let i; (i = waiting.shift()) !== undefined;) {
            const { out, log, status } = await run("qemu-riscv64", [image], files[i]);
            const failed = `${log.trim()}${status === 1 ? "" : ` ${status}`}`;
            const end = status === 0 && !log ? "0x" + out.toString("hex") : failed;
            const good = /^0x[0-9a-f]{64}$/.test(end) || (!accepted && /^(REJECT|FAULT)_[A-Z0-9_]+$/.test(end));
            check(`${what}: ${basename(files[i])}`, good && end === ends[i], `qemu ${end}, native code ${ends[i]}`);
        }
    }));
    return ends;
}

// xorshift, so that a run can be repeated
let state = 0x2545f491;
function below(n) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
}

function mutated(bytes) {
    const b = Buffer.from(bytes), at = below(b.length), len = 1 + below(64);
    switch (below(4)) {
    case 0: return Buffer.concat([b.subarray(0, at), b.subarray(at + len)]);
    case 1: return Buffer.concat([b.subarray(0, at + len), b.subarray(at)]);
    default: b[at] ^= 1 << below(8); return b;
    }
}

const expected = JSON.parse(readFileSync(cycleFile)), counted = {};
function countOne(key, program, file, what) {
    const report = spawnSync(scope, ["guest", "count", "--image", program, "--input", file], { encoding: "latin1" });
    const number = counted[key] = Number(report.stdout.match(new RegExp(`^${what} (\\d+)$`, "m"))?.[1]);
    if (!process.env.GUEST_CYCLES)
        check(`${key}: ${what}`, Math.abs(number / expected[key] - 1) <= bound,
            `${number}, in ${basename(cycleFile)} ${expected[key]}`);
}

function countInstructions(key, file) {
    countOne(key, image, file, "instructions");
    countOne(`${key}, accelerated`, accelerated, file, "instructions");
    countOne(`${key}, permutations`, accelerated, file, "permutations");
}

const ends = new Map();
for (const scenario of scenarios) {
    const out = join(folder, basename(scenario, ".yaml"));
    const made = spawnSync(scope, ["witness", scenario, "--format", "guest", "--out", out], { encoding: "latin1" });
    check(`${scenario}: witnesses`, made.status === 0, made.stderr);
    if (made.status)
        continue;
    for (const name of readdirSync(out).sort()) {
        const file = join(out, name), key = `${basename(scenario, ".yaml")} ${basename(name, ".guest")}`;
        const alone = mkdtempSync(join(folder, "one-"));
        copyFileSync(file, join(alone, name));
        await compare(key, [join(alone, name)], true);
        const cut = await run(scope, ["guest", "compare", "--image", image, "--input", file, "--limit", "1000"]);
        const stopped = cut.status === 1 && !cut.out.length && /after 1000/.test(cut.log);
        check(`${key}: a program that is stopped differs`, stopped,
            `${cut.status} ${cut.log}`);
        if (!uncounted.has(scenario))
            countInstructions(key, file);
        const bytes = readFileSync(file);
        for (let first = 0; first < mutationsOfEach; first += BATCH) {
            const changed = mkdtempSync(join(folder, "changed-"));
            const files = Array.from({ length: Math.min(BATCH, mutationsOfEach - first) }, (_, i) =>
                join(changed, `${String(first + i).padStart(6, "0")}.guest`));
            files.forEach((f) => writeFileSync(f, mutated(bytes)));
            for (const end of await compare(`${key}, changed`, files, false)) {
                const kind = end.startsWith("0x") ? "accepted" : end;
                ends.set(kind, (ends.get(kind) ?? 0) + 1);
            }
            rmSync(changed, { recursive: true });
        }
    }
}
if (process.env.GUEST_CYCLES)
    writeFileSync(cycleFile, JSON.stringify(counted, null, 4) + "\n");
rmSync(folder, { recursive: true });
const inputs = [...ends.values()].reduce((sum, n) => sum + n, 0);
console.log(`${inputs} changed inputs: ${[...ends].map(([name, n]) => `${name} ${n}`).join(", ")}`);
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
