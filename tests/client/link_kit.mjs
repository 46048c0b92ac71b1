// link_kit - the proving program as a zkVM's tools would link it (docs/guest.md): linked, never run.
//
//   node tests/client/link_kit.mjs SCOPE PROGRAM.a SDK.o ELF..
//
//   - what the program leaves undefined is the standard's interface, and nothing else; the stub SDK defines all of it
//   - each linked file is a static executable by the rules of zkvm-standards (scope guest id loads it), with nothing
//     undefined, and at the addresses of its platform
// Ends with how it went.

import { spawnSync } from "node:child_process";
import { basename } from "node:path";

const [scope, program, sdk, ...elves] = process.argv.slice(2);
const outcome = { passed: 0, failed: 0 };
function check(what, holds, detail = "") {
    outcome[holds ? "passed" : "failed"]++;
    if (!holds)
        console.log(`failed: ${what}: ${detail}`);
}
const output = (command, ...args) => spawnSync(command, args, { encoding: "latin1", maxBuffer: 1 << 26 }).stdout;
const names = (file, ...options) => new Set(output("llvm-nm", ...options, file).split("\n")
    .map((line) => line.trim().split(" ")).filter((x) => x.length >= 2).map((x) => x[x.length - 1]));

// zkvm-standards: io-interface, c-interface-accelerators, static-library-and-linker-script.
const accelerators = ["keccak256", "secp256k1_verify", "secp256k1_ecrecover", "sha256", "ripemd160", "modexp",
    "bn254_g1_add", "bn254_g1_mul", "bn254_pairing", "blake2f", "kzg_point_eval", "bls12_g1_add", "bls12_g1_msm",
    "bls12_g2_add", "bls12_g2_msm", "bls12_pairing", "bls12_map_fp_to_g1", "bls12_map_fp2_to_g2", "secp256r1_verify"];
const library = ["read_input", "write_output", ...accelerators.map((x) => `zkvm_${x}`)];
const unused = "zkvm_secp256k1_verify"; // the EVM verifies no signature under a key

const defined = names(program, "--defined-only"), undefinedNames = [...names(program, "--undefined-only")]
    .filter((x) => !defined.has(x)).sort().join(" ");
const expected = [...library.filter((x) => x !== unused), "_heap_start", "_heap_end"].sort().join(" ");
check("undefined names of the program", undefinedNames === expected, `${undefinedNames}, expected ${expected}`);
check("the program has main", defined.has("main"));
const sdkNames = names(sdk, "--defined-only");
for (const name of ["_start", ...library])
    check(`the stub SDK has ${name}`, sdkNames.has(name));

const codeOf = { zisk: 0x80000000n, sp1: 0x78000000n, openvm: 0x200800n };
const idOf = (file) => spawnSync(scope, ["guest", "id", "--image", file], { encoding: "latin1" });
for (const file of elves) {
    const id = idOf(file), inside = names(file, "--defined-only"), platform = basename(file).split("-")[0];
    check(`${file}: loads`, /^0x[0-9a-f]{64}\n$/.test(id.stdout), id.stderr);
    check(`${file}: nothing is undefined`, names(file, "--undefined-only").size === 0);
    check(`${file}: has _start, keccak256`, inside.has("_start") && inside.has("zkvm_keccak256"));
    const start = output("llvm-nm", "--defined-only", file).match(/^([0-9a-f]+) . _start$/m)?.[1];
    check(`${file}: entry`, start && BigInt(`0x${start}`) === codeOf[platform], start);
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
