// program_id - which program a prover stands for: the id of the image, its reproduction, and provers that run the
// image.
//
//   node tests/client/program_id.mjs SCOPE IMAGE
//
//   - the id of IMAGE is the same by JavaScript, by scope guest id, and in native code, its rules and signatures
//   - the sources built in another folder, with nothing cached, give the same image; the record, where it is of these
//     sources, names it
//   - scope prove --emulate signs what native code signs, for the image's id; another image, or one that arrives at
//     something else, signs nothing
// Ends with how it went.

import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { keccak256, recoverTypedDataAddress, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { imageId } from "../../tools/program_id.mjs";

const [scope, image] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "program-"));
const outcome = { passed: 0, failed: 0 };
function check(what, holds, detail = "") {
    outcome[holds ? "passed" : "failed"]++;
    if (!holds)
        console.log(`failed: ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
}
const run = (...args) => spawnSync(scope, args, { encoding: "latin1" });
const printed = (...args) => run(...args).stdout.trim();
const file = (name, content) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
};

// --- the image ---

const bytes = readFileSync(image), id = imageId(bytes);
check("scope guest id --image", printed("guest", "id", "--image", image) === id, id);
check("scope guest id", printed("guest", "id") === id, `${printed("guest", "id")}, the image's ${id}`);
const changed = Buffer.from(bytes);
changed[Number(bytes.readBigUInt64LE(64 + 8)) + 64] ^= 1; // an instruction
check("another image has another id", printed("guest", "id", "--image", file("changed.elf", changed)) !== id);

const copy = join(folder, "some", "other", "folder");
mkdirSync(join(copy, "build"), { recursive: true });
for (const part of ["Makefile", "package.json", "package-lock.json", ".npmrc", "tools", "src"])
    cpSync(part, join(copy, part), { recursive: true });
symlinkSync(resolve("node_modules"), join(copy, "node_modules"));
symlinkSync(resolve("build/bin"), join(copy, "build/bin"));
const env = { ...process.env, CCACHE_DISABLE: "1", MAKELEVEL: "0", MAKEFLAGS: "" };
const made = spawnSync("make", ["MODE=guest", "build/guest/scope.elf"], { cwd: copy, env, encoding: "latin1" });
check("a build in another folder", made.status === 0, made.stderr);
if (made.status === 0)
    check("gives the same image", imageId(readFileSync(join(copy, "build/guest/scope.elf"))) === id);
const record = JSON.parse(readFileSync("src/guest/program.json")), isRecorded = spawnSync("make", ["-s",
    "program-id-recorded"], { env, encoding: "latin1" }).status === 0;
if (isRecorded)
    check("the record names it", record.programId === id, `src/guest/program.json has ${record.programId}, the image ${id}`);
else
    console.log("src/guest/program.json is of other sources: make program-id");

// --- provers ---

const rulesFile = join(folder, "rules.json"), witnesses = join(folder, "witnesses");
check("scope rules", run("rules", "examples/swap.yaml", "--out", rulesFile).status === 0);
check("scope witness", run("witness", "examples/swap.yaml", "--format", "request", "--out", witnesses).status === 0);
const rules = JSON.parse(readFileSync(rulesFile)), chainId = BigInt(rules.rollups[0].chainId);
check("the rules name it", rules.programId === id, rules);
const requests = readdirSync(witnesses).sort().map((name) => readFileSync(join(witnesses, name)));
const key = keccak256(toHex("scope:prover:0")), keyFile = file("key", key);

function start(config, ...args) {
    const child = spawn(scope, ["prove", "--config", config, "--key", keyFile, "--listen", "127.0.0.1:0", ...args]);
    return new Promise((done) => {
        let out = "", err = "";
        child.stderr.on("data", (x) => err += x);
        child.stdout.on("data", (x) => {
            const url = /http:\/\/\S+:\d+/.exec(out += x);
            if (url)
                done({ url: url[0], child });
        });
        child.on("close", (status) => done({ status, err }));
    });
}

async function prove(prover, request) {
    const reply = await fetch(`${prover.url}/prove`, { method: "POST", body: request });
    return { status: reply.status, ...await reply.json() };
}

const signer = (a, programId) => recoverTypedDataAddress({
    domain: { name: "QuorumVerifier", version: "1", chainId: rules.l1ChainId, verifyingContract: rules.quorumVerifier },
    types: { Settlement: [
        { name: "statement", type: "bytes32" }, { name: "chainId", type: "uint64" },
            { name: "programId", type: "bytes32" },
        { name: "proofSystemId", type: "bytes32" }, { name: "proverSetEpoch", type: "uint64" },
        { name: "attester", type: "address" }, { name: "deadline", type: "uint64" }] },
    primaryType: "Settlement",
    message: { statement: a.statement, chainId, programId, proofSystemId: keccak256(toHex("scope.quorum.v1")),
        proverSetEpoch: BigInt(rules.proverSetEpoch), attester: a.attester, deadline: BigInt(a.deadline) },
    signature: a.signature,
});

const native = await start(rulesFile), emulating = await start(rulesFile, "--emulate", image);
const attester = privateKeyToAccount(key).address;
for (const [i, request] of requests.entries()) {
    const [a, b] = [await prove(native, request), await prove(emulating, request)];
    check(`request ${i}: native code signs for the image's id`, a.status === 200 && await signer(a, id) === attester, a);
    check(`request ${i}: so does who runs the image`, JSON.stringify(a) === JSON.stringify(b), [a, b]);
}
const cut = await prove(emulating, requests[0].subarray(0, requests[0].length - 1));
check("what native code refuses is refused", cut.status === 400 && cut.error === "REJECT_REQUEST", cut);

// A program that writes 32 bytes of its own code and exits with 0: li a0,1; auipc a1,0; li a2,32; li a7,64; ecall; li
// a0,0; li a7,93; ecall
const code = [0x00100513, 0x00000597, 0x02000613, 0x04000893, 0x00000073, 0x00000513, 0x05d00893, 0x00000073];
function program(words) {
    const elf = Buffer.alloc(0x1000 + 4 * words.length);
    elf.writeBigUInt64LE(0x00010102464c457fn, 0);
    elf.writeUInt16LE(2, 16);
    elf.writeUInt16LE(243, 18);
    elf.writeUInt32LE(1, 20);
    elf.writeBigUInt64LE(0x10000n, 24);
    elf.writeBigUInt64LE(64n, 32);
    elf.writeUInt16LE(64, 52);
    elf.writeUInt16LE(56, 54);
    elf.writeUInt16LE(1, 56);
    elf.writeUInt32LE(1, 64);
    elf.writeUInt32LE(5, 68);
    [0x1000, 0x10000, 0x10000, 4 * words.length, 4 * words.length, 0x1000].forEach((x, i) =>
        elf.writeBigUInt64LE(BigInt(x), 72 + 8 * i));
    words.forEach((w, i) => elf.writeUInt32LE(w, 0x1000 + 4 * i));
    return elf;
}
for (const [what, words] of [["another result", code], ["no result", code.slice(5)], ["a trap", [0]],
    ["exit code 1", [0x00100513, 0x05d00893, 0x00000073]]]) {
    const elf = program(words), path = file("liar.elf", elf);
    const config = file("liar.json", JSON.stringify({ ...rules, programId: imageId(elf) }));
    const prover = await start(config, "--emulate", path);
    const said = prover.url ? await prove(prover, requests[0]) : prover;
    check(`an image with ${what} signs nothing`, said.status === 500 && said.error === "FAULT_PROGRAM", said);
    prover.child?.kill();
    const refused = await start(rulesFile, "--emulate", path);
    check("an image that the rules do not name", refused.status === 2
        && /programId is not the id of \S+liar.elf/.test(refused.err), refused);
}
const other = await start(file("other.json", JSON.stringify({ ...rules, programId: `0x${"77".repeat(32)}` })));
check("rules with another program", other.status === 2 && other.err.includes("programId is not the id of the program"),
    other);
const none = await start(rulesFile, "--emulate", keyFile);
check("a file that is no image", none.status === 2 && none.err.includes("key"), none);
native.child.kill();
emulating.child.kill();

rmSync(folder, { recursive: true });
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
