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
import { mkdtempSync, openSync, closeSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [scope, image, accelerated, ...scenarios] = process.argv.slice(2).filter((x) => x !== "--");
const uncounted = new Set(process.argv.includes("--") ? process.argv.slice(process.argv.indexOf("--") + 1) : []);
const cycleFile = join(dirname(fileURLToPath(import.meta.url)), "guest_cycles.json");
const mutationsOfEach = Number(process.env.MUTATIONS ?? 3), bound = 0.02;
const folder = mkdtempSync(join(tmpdir(), "guest-"));
const outcome = { passed: 0, failed: 0 };

function check(what, holds, detail = "") {
    outcome[holds ? "passed" : "failed"]++;
    if (!holds)
        console.log(`failed: ${what}: ${detail}`);
}

// What a program wrote, and how it ended: the transition hash, or the name of an error.
function run(command, args, input) {
    return new Promise((resolve) => {
        const from = input ? openSync(input) : "ignore", out = [], log = [];
        const child = spawn(command, args, { stdio: [from, "pipe", "pipe"], timeout: 120000 });
        if (input)
            closeSync(from);
        child.stdout.on("data", (x) => out.push(x));
        child.stderr.on("data", (x) => log.push(x));
        child.on("error", (e) => resolve(String(e)));
        child.on("close", (status, signal) => {
            const text = Buffer.concat(log).toString("latin1").split("\n")[0], bytes = Buffer.concat(out);
            const hash = input ? "0x" + bytes.toString("hex") : bytes.toString("latin1").trim();
            const failed = status === 1 && bytes.length === 0 ? text : `${status} ${signal} ${text}`;
            resolve(status === 0 && !text ? hash : failed);
        });
    });
}

async function compare(what, file, accepted) {
    const [native, emulator, circuits, qemu] = await Promise.all([
        run(scope, ["guest", "native", "--input", file]),
        run(scope, ["guest", "run", "--image", image, "--input", file]),
        run(scope, ["guest", "run", "--image", accelerated, "--input", file]),
        run("qemu-riscv64", [image], file),
    ]);
    const good = /^0x[0-9a-f]{64}$/.test(native) || (!accepted && /^(REJECT|FAULT)_[A-Z0-9_]+$/.test(native));
    check(what, good && native === emulator && native === qemu && native === circuits,
        `native ${native}, emulator ${emulator}, accelerated ${circuits}, qemu ${qemu}`);
    return native;
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
        await compare(key, file, true);
        if (!uncounted.has(scenario))
            countInstructions(key, file);
        const bytes = readFileSync(file), changed = join(folder, "changed");
        for (let i = 0; i < mutationsOfEach; i++) {
            writeFileSync(changed, mutated(bytes));
            const end = await compare(`${key}, mutation ${i}`, changed, false);
            const kind = end.startsWith("0x") ? "accepted" : end;
            ends.set(kind, (ends.get(kind) ?? 0) + 1);
        }
    }
}
if (process.env.GUEST_CYCLES)
    writeFileSync(cycleFile, JSON.stringify(counted, null, 4) + "\n");
rmSync(folder, { recursive: true });
console.log([...ends].map(([name, n]) => `${name} ${n}`).join(", "));
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
