// rv - the emulator of RV64IM (`scope guest`) against qemu-riscv64.
//
//   node tests/client/rv.mjs SCOPE [PROGRAMS] [SEED]
//
// Random programs: each loads 30 registers with values that are often extreme, runs 4,000 random instructions of every
// kind (arithmetic, words, multiplication and division, loads and stores of every width, branches, jumps), writes all
// registers and its memory, and exits. Both must write the same bytes. Random words with a base opcode: each is illegal
// for both or for neither.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [scope, programs = "40", seed = "1"] = process.argv.slice(2);
const length = 4000, memoryBytes = 2048, code = 0x10000, data = 0x400000;
const base = 31; // the register that holds the address of the data
const cpu = "rv64,f=off,d=off,a=off,c=off";
const folder = mkdtempSync(join(tmpdir(), "rv-"));
const outcome = { passed: 0, failed: 0 };

// xorshift128+, so that a seed gives the same programs everywhere
const mask = (1n << 64n) - 1n;
let s0 = BigInt(seed) * 0x9e3779b97f4a7c15n & mask, s1 = 0x1234567890abcdefn;
function random64() {
    let x = s0;
    const y = s1;
    s0 = y;
    x ^= x << 23n & mask;
    s1 = x ^ y ^ x >> 17n ^ y >> 26n;
    return s1 + y & mask;
}
const below = (n) => Number(random64() % BigInt(n));
const pick = (list) => list[below(list.length)];

const extreme = [0n, 1n, 2n, mask, mask - 1n, 1n << 63n, (1n << 63n) - 1n, 1n << 31n, (1n << 31n) - 1n,
    mask ^ (1n << 31n) - 1n, 1n << 32n, (1n << 32n) - 1n, 63n, 64n, 31n, 32n];
const value = () => below(2) ? pick(extreme) : random64() >> BigInt(below(64));

const R = (op, f3, f7, rd, rs1, rs2) => (f7 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op) >>> 0;
const I = (op, f3, rd, rs1, imm) => ((imm & 0xfff) << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op) >>> 0;
const S = (f3, rs1, rs2, imm) => R(0x23, f3, imm >> 5 & 0x7f, imm & 31, rs1, rs2);
const B = (f3, rs1, rs2, imm) =>
    R(0x63, f3, (imm >> 12 & 1) << 6 | imm >> 5 & 0x3f, imm & 0x1e | imm >> 11 & 1, rs1, rs2);
const J = (rd, imm) => ((imm >> 20 & 1) << 31 | (imm >> 1 & 0x3ff) << 21 | (imm >> 11 & 1) << 20 |
    (imm >> 12 & 0xff) << 12 | rd << 7 | 0x6f) >>> 0;
const U = (op, rd, imm) => (imm << 12 | rd << 7 | op) >>> 0;

const anyRegister = () => below(32);
const target = () => below(31); // not the base
const forward = () => 4 * (1 + below(7));

const nop = I(0x13, 0, 0, 0, 0);

const kinds = [
    () => R(0x33, ...pick([[0, 0], [0, 0x20], [1, 0], [2, 0], [3, 0], [4, 0], [5, 0], [5, 0x20], [6, 0], [7, 0]]),
        target(), anyRegister(), anyRegister()),
    () => R(0x33, below(8), 1, target(), anyRegister(), anyRegister()),
    () => R(0x3b, ...pick([[0, 0], [0, 0x20], [1, 0], [5, 0], [5, 0x20]]), target(), anyRegister(), anyRegister()),
    () => R(0x3b, pick([0, 4, 5, 6, 7]), 1, target(), anyRegister(), anyRegister()),
    () => I(0x13, pick([0, 2, 3, 4, 6, 7]), target(), anyRegister(), below(4096)),
    () => I(0x13, ...(([f3, top]) => [f3, target(), anyRegister(), top << 6 | below(64)])(
        pick([[1, 0], [5, 0], [5, 0x10]]))),
    () => I(0x1b, 0, target(), anyRegister(), below(4096)),
    () => I(0x1b, ...(([f3, top]) => [f3, target(), anyRegister(), top << 5 | below(32)])(
        pick([[1, 0], [5, 0], [5, 0x20]]))),
    () => U(pick([0x17, 0x37]), target(), below(1 << 20)),
    () => {
        const f3 = below(7);
        return I(0x03, f3, target(), base, below(memoryBytes >> (f3 & 3)) << (f3 & 3));
    },
    () => {
        const f3 = below(4);
        return S(f3, base, anyRegister(), below(memoryBytes >> f3) << f3);
    },
    () => B(pick([0, 1, 4, 5, 6, 7]), anyRegister(), anyRegister(), forward()),
    () => J(target(), forward()),
    () => { // jalr drops the lowest bit; what jumps over the nops lands on auipc at most
        const rd = 1 + below(30);
        return [...Array(6).fill(nop), U(0x17, rd, 0), I(0x67, 0, target(), rd, 4 + forward() + below(2))];
    },
    () => I(0x0f, 0, 0, 0, below(256)),
];

function elf(words, content, memory) {
    const header = Buffer.alloc(64 + 2 * 56), text = Buffer.alloc(4 * words.length);
    words.forEach((w, i) => text.writeUInt32LE(w, 4 * i));
    header.write("\x7fELF\x02\x01\x01", "latin1");
    [[16, 2], [18, 243], [52, 64], [54, 56], [56, 2], [58, 64]].forEach(([at, x]) => header.writeUInt16LE(x, at));
    header.writeUInt32LE(1, 20);
    header.writeBigUInt64LE(BigInt(code), 24);
    header.writeBigUInt64LE(64n, 32);
    const offset = 4096, next = offset + Math.ceil(text.length / 4096) * 4096;
    [[64, 5, offset, code, text.length, text.length], [120, 6, next, data, content.length, memory]].forEach(
        ([at, flags, from, to, inFile, inMemory]) => {
            header.writeUInt32LE(1, at);
            header.writeUInt32LE(flags, at + 4);
            [from, to, to, inFile, inMemory, 4096].forEach((x, i) =>
                header.writeBigUInt64LE(BigInt(x), at + 8 + 8 * i));
        });
    const file = Buffer.alloc(next + content.length);
    header.copy(file);
    text.copy(file, offset);
    content.copy(file, next);
    return file;
}

const loadBase = U(0x37, base, data >> 12);
const exitCall = [I(0x13, 0, 17, 0, 93), 0x73];

function randomProgram() {
    const content = Buffer.alloc(memoryBytes + 256);
    for (let i = 0; i < memoryBytes / 8 + 32; i++)
        content.writeBigUInt64LE(value(), 8 * i);
    const words = [loadBase, I(0x13, 0, 30, base, 2047), I(0x13, 0, 30, 30, 1)]; // x30: behind the memory
    for (let r = 1; r < 31; r++)
        words.push(I(0x03, 3, r === 30 ? 30 : r, 30, 8 * r));
    for (let i = 0; i < length; i++)
        words.push(...[pick(kinds)()].flat());
    for (let i = 0; i < 10; i++)
        words.push(nop);
    // x31 still is the base: registers go where they came from
    const room = 1792;
    for (let r = 0; r < 31; r++)
        words.push(S(3, base, r, room + 8 * r));
    words.push(I(0x13, 0, 10, 0, 1), I(0x13, 0, 11, base, 0), U(0x37, 12, 1), I(0x1b, 0, 12, 12, memoryBytes - 4096),
        I(0x13, 0, 17, 0, 64), 0x73, I(0x13, 0, 10, 0, 0), ...exitCall);
    return elf(words, content, content.length);
}

function compare(what, holds, detail) {
    outcome[holds ? "passed" : "failed"]++;
    if (!holds)
        console.log(`failed: ${what}: ${detail}`);
}

for (let i = 0; i < Number(programs); i++) {
    const file = join(folder, `${i}.elf`);
    writeFileSync(file, randomProgram(), { mode: 0o755 }); // qemu asks for it
    const there = spawnSync("qemu-riscv64", ["-cpu", cpu, file], { timeout: 60000 });
    const here = spawnSync(scope, ["guest", "run", "--image", file], { encoding: "latin1", timeout: 60000 });
    const expected = "0x" + (there.stdout ?? Buffer.alloc(0)).toString("hex");
    compare(`program ${i}, seed ${seed}`, there.status === 0 && there.stdout.length === memoryBytes &&
        here.status === 0 && here.stdout.trim() === expected,
        `qemu ${there.error ?? there.signal ?? there.status}, scope ${here.status} ${here.stderr}`);
}

// One word, then exit with code 7: illegal for both, or for none. Words that jump, trap or touch memory are left out.
for (let i = 0; i < Number(programs); i++) {
    const op = pick([0x13, 0x1b, 0x33, 0x3b]), f7 = below(4) ? pick([0, 1, 0x20, 0x10]) : below(128);
    const word = R(op, below(8), f7, 5, 6, below(32));
    const file = join(folder, `word-${i}.elf`);
    writeFileSync(file, elf([word, I(0x13, 0, 10, 0, 7), ...exitCall], Buffer.alloc(8), 8), { mode: 0o755 });
    const there = spawnSync("qemu-riscv64", ["-cpu", `${cpu},zba=off,zbb=off,zbc=off,zbs=off`, file]);
    const here = spawnSync(scope, ["guest", "run", "--image", file], { encoding: "latin1", timeout: 60000 });
    const legal = /exit code 7/.test(here.stderr), illegal = /illegal instruction/.test(here.stderr);
    compare(`word ${word.toString(16)}`, (there.status === 7 && legal) || (there.signal === "SIGILL" && illegal),
        `qemu ${there.error ?? there.signal ?? there.status}, scope ${here.stderr}`);
}
rmSync(folder, { recursive: true });
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
