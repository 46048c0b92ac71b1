// check - all tests: `make check`, and `make check-full`, which runs all official fixtures under sanitizers instead of a
// tenth. The last line is "N passed, N failed"; exit status 1 when anything failed.
//
// Each group is a row below: its programs, and how their output is counted (runner.mjs). Logs: build/log.
// Fixtures: ../shared/fixtures/dev.tar.zst, or the folder that SCOPE_FIXTURES names (unpacked).

import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { closingLine, counters, runGroups } from "./runner.mjs";

process.chdir(join(dirname(fileURLToPath(import.meta.url)), ".."));
const full = process.argv[2] === "check-full";
const { cmocka, forge, closingLine: line, inputs, exitStatus } = counters;
const release = "build/release", sanitize = "build/sanitize";
process.env.UBSAN_OPTIONS ??= "print_stacktrace=1";
if (full)
    process.env.PROMISE_RUNS ??= "10000"; // src/shell/promise/promise_test.c

const make = (name, ...goals) => ({ name, argv: ["make", "--no-print-directory", ...goals], count: exitStatus });

// The programs built from src/**/x_<kind>.c.
function programs(kind) {
    return readdirSync("src", { recursive: true }).filter((f) => f.endsWith(`_${kind}.c`)).map((f) =>
        f.slice(0, -2)).sort();
}

const corpus = (fuzzer) => {
    const folder = join("tests/corpus", basename(fuzzer).replace(/_fuzz$/, ""));
    return existsSync(folder) ? readdirSync(folder).sort().map((f) => join(folder, f)) : [];
};

const house = {
    name: "house", beside: true,
    jobs: [
        { name: "runner", argv: ["node", "tools/runner_test.mjs"], count: line },
        { name: "house", argv: ["node", "tools/house_test.mjs"], count: line },
        { name: "errors have tests", argv: ["node", "tools/errors_test.mjs"], count: line },
        { name: "names", argv: ["node", "tools/names_test.mjs"], count: line },
        { name: "eips", argv: ["node", "tools/eips_test.mjs"], count: line },
        { name: "fuzzers", argv: ["node", "tools/fuzzers_test.mjs"], count: line },
        make("layers", "layers"),
        make("format", "format"),
        make("pure", "pure"),
        ...["bn254", "secp256k1"].map((curve) => ({
            name: `${curve} constants`,
            argv: ["node", `tools/${curve}_constants.mjs`, "check", `src/kernel/crypto/${curve}_constants.h`],
            count: exitStatus,
        })),
    ],
};

// gcc for everything that runs, clang for the fuzzers; every file without a warning by both.
const builds = [
    { name: "gcc, no warning", serial: true, needed: true, jobs: [
        make("build gcc release", "all", "benches"),
        make("rings", "rings"),
        make("build gcc sanitizers", "MODE=sanitize", "all", "objects", "tests"),
    ] },
    { name: "clang, no warning", jobs: [make("build clang sanitizers, fuzzers", "MODE=fuzz", "objects", "fuzzers")] },
];

const units = {
    name: "unit tests, sanitizers", beside: true,
    jobs: programs("test").map((p) => ({ name: p, argv: [join(sanitize, p)], count: cmocka })),
};

const fuzzers = {
    name: "fuzz corpus, sanitizers", beside: true,
    // without -runs=0 it would start to fuzz
    jobs: programs("fuzz").map((p) => ({ name: p, argv: [join("build/fuzz", p), "-runs=0", ...corpus(p)],
        count: inputs })),
};

// Values computed by independent programs: recomputed and compared.
const vectors = {
    name: "vectors, recomputed", beside: true,
    jobs: readdirSync("tests/vectors").filter((f) => f.endsWith(".mjs")).map((f) =>
        join("tests/vectors", basename(f, ".mjs")))
        .map((f) => ({ name: f, argv: ["sh", "-c", `node ${f}.mjs >build/log/${basename(f)}.json && cmp build/log/${basename(f)}.json ${f}.json`], count: exitStatus })),
};

// Sequences of random calls, and what must hold after each: deeper in check-full.
const invariants = full ? "env FOUNDRY_INVARIANT_RUNS=256 FOUNDRY_INVARIANT_DEPTH=128 " : "";

const contracts = {
    name: "contracts, forge", beside: true,
    jobs: [{ name: "solc warnings", argv: ["node", "tools/compile_contracts.mjs", "--strict"], count: exitStatus },
           { name: "natspec", argv: ["node", "tools/natspec.mjs"], count: line },
           { name: "storage", argv: ["node", "tools/storage_layout.mjs", "check"], count: exitStatus },
           { name: "docs/gas.md", argv: ["node", "tools/gas.mjs", "check"], count: exitStatus },
           { name: "forge lint", argv: ["sh", "-c", "cd contracts && exec ../node_modules/.bin/forge lint src examples --deny warnings --out ../build/forge/lint --cache-path ../build/forge/lint-cache"], count: exitStatus },
           { name: "solhint", argv: ["sh", "-c", "cd contracts && exec ../node_modules/.bin/solhint --max-warnings 0 -c .solhintrc.yaml 'src/**/*.sol' 'examples/*.sol'"], count: exitStatus },
           { name: "forge", argv: ["sh", "-c", `cd contracts && exec ${invariants}../node_modules/.bin/forge test`], count: forge }],
};

// Each defence that docs/security.md names, taken away; those of the contracts, which are compiled for it, only in
// check-full.
const defences = {
    name: "defences", beside: true,
    jobs: [{ name: "defences", argv: ["node", "tools/defences.mjs", ...(full ? [] : ["c"])], count: line,
        seconds: full ? 3600 : 300 }],
};

// The smallest configurations of `make model`.
const protocolModel = {
    name: "model, spin", beside: true,
    jobs: [{ name: "model", argv: ["node", "tests/model/run.mjs", "quick"], count: line }],
};

const scenarios = (existsSync("examples") ? readdirSync("examples") : []).filter((f) => f.endsWith(".yaml"));
const l1 = (scenario) => join("build/log", basename(scenario, ".yaml") + ".l1.json");
const rollups = (scenario) => join("build/log", basename(scenario, ".yaml") + ".rollups.json");

const demo = {
    name: "demo and examples",
    jobs: scenarios.map((f) => ({ name: f,
        argv: [join(release, "bin/scope"), "run", join("examples", f), "--export-l1", l1(f), "--export-rollups",
        rollups(f)], count: exitStatus })),
};

// The command line, --help, man pages and completion against the table of options.
const commandLine = {
    name: "command line, sanitizers", beside: true,
    jobs: [{ name: "options", argv: ["node", "tests/cli/options.mjs", join(release, "bin/scope"),
        join(process.cwd(), sanitize, "bin/scope")], count: line },
           { name: "run", argv: ["node", "tests/cli/run.mjs", join(release, "bin/scope")], count: line },
           { name: "node commands", argv: ["node", "tests/cli/node_commands.mjs", join(release, "bin/scope")],
             count: line, seconds: 120 },
           { name: "documents", argv: ["node", "tests/cli/documents.mjs", join(release, "bin/scope")], count: line }],
};

// The installed library, and programs that use only its headers, by both compilers.
const library = {
    name: "libscope, installed",
    jobs: [{ name: "library", argv: ["node", "tools/library_test.mjs"], count: line }],
};

// Invalid files and their messages; failed expectations; 10 MB of garbage.
const wrongFiles = {
    name: "scenario files, sanitizers", beside: true,
    jobs: [{ name: "scenario files", argv: ["tests/scenario/run.sh", join(sanitize, "bin/scope")], count: line }],
};

// Random programs on many chains and on one; the seeds are fixed.
const oracle = {
    name: "one-chain oracle",
    serial: true, // uses two threads
    jobs: [
        { name: "oracle", argv: [join(release, "bin/scope"), "oracle", "--programs", "2000", "--seed", "1"],
            count: line, cases: 2000 },
        { name: "oracle, sanitizers", argv: [join(sanitize, "bin/scope"), "oracle", "--programs", "200", "--seed",
            "5001"], count: line, cases: 200 },
    ],
};

// The L1 and the rollups of each example, and 200 random rollup blocks, re-executed by other clients.
const clients = {
    name: "other clients", beside: true,
    jobs: scenarios.flatMap((f) => [
        { name: `${f} by @ethereumjs`, argv: ["node", "tests/client/reexecute.mjs", l1(f)], count: line },
        { name: `${f} by cast and viem`, argv: ["node", "tests/client/transactions.mjs", l1(f)], count: line },
        { name: `rollups of ${f} by @ethereumjs`, argv: ["node", "tests/client/rollup.mjs", rollups(f)], count: line },
    ]).concat([{
        name: "random rollup blocks by @ethereumjs",
        argv: ["sh", "-c", `rm -rf build/log/oracle && mkdir -p build/log/oracle &&
            ${join(release, "bin/scope")} oracle --threads 1 --programs 68 --seed 1 \\
                --export-rollups build/log/oracle >/dev/null &&
            node tests/client/rollup.mjs build/log/oracle/*.json --blocks 200`],
        count: line, seconds: 900,
    }]),
};

// Rollups rebuilt from L1 alone, in a file and from anvil, their data in calldata and in blobs; a modified L1
// and a lying node are rejected.
const derivation = {
    name: "derivation", beside: true,
    jobs: [{ name: "scope derive --l1", argv: ["node", "tests/client/derive_l1.mjs", join(release, "bin/scope")],
        count: line, seconds: 300 },
           { name: "scope derive, sent otherwise",
               argv: ["node", "tests/client/derive_sent.mjs", join(release, "bin/scope")], count: line, seconds: 300 },
           { name: "scope exit", argv: ["node", "tests/client/exit.mjs", join(release, "bin/scope")], count: line },
           { name: "scope force", argv: ["node", "tests/client/force.mjs", join(release, "bin/scope")], count: line },
           { name: "scope derive --dir", argv: ["node", "tests/client/derive_dir.mjs", join(release, "bin/scope")],
               count: line, seconds: 300 },
           { name: "scope derive", argv: ["node", "tests/client/derive.mjs", join(release, "bin/scope"),
               ...["swap.yaml", "two-rollups.yaml", "forced.yaml"].map((f) => join("examples", f))], count: line },
           { name: "contracts at genesis", count: line,
               argv: ["node", "tests/client/genesis.mjs", join(release, "bin/scope"), unpacked() ?? ""] }],
};

// Other stacks' own contracts, out of their packages, over SCOPE.
const stacks = {
    name: "other stacks", beside: true,
    jobs: [{ name: "stacks", count: line, seconds: 300,
        argv: ["sh", "-c", `node tools/compile_stacks.mjs && exec node tests/client/stacks.mjs ${join(release, "bin/scope")}`] }],
};

// The witnesses of the examples' blocks: complete and minimal.
const witnesses = {
    name: "witnesses by @ethereumjs", beside: true,
    jobs: [{ name: "witness by @ethereumjs",
        argv: ["node", "tests/client/witness.mjs", join(release, "bin/scope"),
        ...scenarios.map((f) => join("examples", f))], count: line }],
};

// The emulator of RV64IM: random programs, a quarter of a million instructions, also run by qemu.
const emulator = {
    name: "RV64IM emulator by qemu", beside: true,
    jobs: [{ name: "rv", argv: ["node", "tests/client/rv.mjs", join(release, "bin/scope"), "60"], count: line,
        seconds: 600 }],
};

// The proving program, by native code, the emulator and qemu; and how many instructions it takes.
const guestBuild = {
    name: "proving program, built",
    jobs: [make("build guest", "guest", "software-tests", "link-kit", ...(full ? ["link-kit-lto"] : []))],
};

const guest = {
    name: "proving program", beside: true,
    jobs: [
        { name: "guest", argv: ["env", `MUTATIONS=${full ? 400 : 3}`, "node", "tests/client/guest.mjs",
            join(release, "bin/scope"), "build/guest/scope.elf", "build/guest/scope-accelerated.elf",
            "examples/swap.yaml", "examples/two-rollups.yaml", "--", "examples/views.yaml", ...(full ? [
                "back_and_forth", "loops", "many_in_a_slot", "outcomes", "selfdestruct", "views", "waiting"].map((f) =>
                `tests/scenario/${f}.yaml`) : [])], count: line, seconds: full ? 14400 : 900 },
        ...["crypto/p256", "crypto/modexp", "crypto/hashes", "crypto/secp256k1", "crypto/bn254", "crypto/bls12_381",
            "crypto/kzg_proof", "evm/precompile"].map((test) => (
            { name: `software ${test}`, argv: [join(release, "software/tests", `${test}_test`)], count: cmocka })),
        ...["guest", ...(full ? ["guest-lto"] : [])].map((mode) => ({ name: `link kit (${mode})`,
            argv: ["node", "tests/client/link_kit.mjs", join(release, "bin/scope"), "build/guest/kit/program.a",
                "build/guest/guest/kit/sdk.o", ...["zisk", "sp1", "openvm"].flatMap((platform) =>
                    (mode === "guest" ? ["riscv64-linux-gnu-ld", "ld.lld"] : ["ld.lld"])
                        .map((ld) => `build/${mode}/kit/${platform}-${ld}.elf`))],
            count: line })),
        { name: "program id", argv: ["node", "tests/client/program_id.mjs", join(release, "bin/scope"),
            "build/guest/scope.elf"], count: line, seconds: 900 }],
};

// The JSON-RPC server, and hostile clients.
const jsonrpc = {
    name: "JSON-RPC server", beside: true,
    jobs: [{ name: "jsonrpc", argv: ["node", "tests/client/jsonrpc.mjs", join(release, "shell/jsonrpc/echo_bench")],
             count: line, seconds: 120 }],
};

// Each answer that a test gets is validated, if the OpenRPC sources are there.
function validated(test) {
    const folder = unpacked(), argv = [`tests/client/${test}.mjs`, join(release, "bin/scope")];
    return !folder ? { argv: ["node", ...argv] }
        : { argv: ["node", "--import", "./tests/client/validated.mjs", ...argv],
            env: { SCOPE_RPC_SPEC: join(folder, "rpc_spec") } };
}

// scope up, by viem.
const devnet = {
    name: "devnet", beside: true,
    jobs: [{ name: "devnet", ...validated("devnet"), count: line, seconds: 300 },
           { name: "scope_trace", argv: ["node", "tests/client/scope_trace.mjs", join(release, "bin/scope")],
             count: line, seconds: 120 },
           { name: "scope_lists", argv: ["node", "tests/client/scope_lists.mjs", join(release, "bin/scope")],
             count: line, seconds: 120 },
           { name: "scope_get", argv: ["node", "tests/client/scope_get.mjs", join(release, "bin/scope")],
             count: line, seconds: 120 },
           { name: "preconf", argv: ["node", "tests/client/preconf.mjs", join(release, "bin/scope")],
             count: line, seconds: 180 },
           { name: "scope_simulate", argv: ["node", "tests/client/scope_simulate.mjs", join(release, "bin/scope")],
             count: line, seconds: 120 },
           { name: "scope-viem", argv: ["node", "tests/client/scope_viem.mjs", join(release, "bin/scope")],
             count: line, seconds: 180 },
           { name: "scope-contracts", argv: ["node", "tests/client/scope_contracts.mjs", join(release, "bin/scope")],
             count: line, seconds: 300 },
           { name: "docs/rpc.md", argv: ["node", "tools/build_openrpc.mjs", "check"], count: exitStatus },
           { name: "explorer", argv: ["node", "tests/explorer/explorer_test.mjs", join(release, "bin/scope")],
             count: line, seconds: 300 },
           { name: "explorer, failures", count: line, seconds: 300,
             argv: ["node", "tests/explorer/failures_test.mjs", join(release, "bin/scope")] },
           { name: "explorer, much", count: line, seconds: 300,
             argv: ["node", "tests/explorer/scale_test.mjs", join(release, "bin/scope"), full ? "10000" : "300"] },
           { name: "explorer's ABI", argv: ["node", "tests/explorer/abi_test.mjs"], count: line },
           { name: "cast", argv: ["node", "tests/client/cast.mjs", join(release, "bin/scope")], count: line,
             seconds: 300 },
           { name: "viem", ...validated("viem"), count: line, seconds: 300 },
           { name: "ethers", argv: ["node", "tests/client/ethers.mjs", join(release, "bin/scope")], count: line,
             seconds: 300 },
           { name: "operation", argv: ["node", "tests/client/operation.mjs", join(release, "bin/scope")], count: line,
             seconds: 120 },
           { name: "forge", argv: ["node", "tests/client/forge.mjs", join(release, "bin/scope")], count: line,
             seconds: 900 },
           { name: "README.md", argv: ["node", "tests/client/readme.mjs", join(release, "bin/scope")], count: line,
             seconds: 120 }],
};

// Provers as separate processes: some of them lie, and all of them get false requests.
const provers = {
    name: "provers", beside: true,
    jobs: [{ name: "provers", argv: ["node", "tests/client/provers.mjs", join(release, "bin/scope")], count: line,
        seconds: 300 }],
};

// `scope up` on the chain of the official RPC fixtures: each pair of request and response.
function node() {
    const folder = unpacked();
    return folder ? [{
        name: "node", beside: true,
        jobs: [{ name: "rpc fixtures", count: line, seconds: 300,
                 argv: ["node", "tests/client/rpc_fixtures.mjs", join(release, "bin/scope"), folder] },
               { name: "rpc methods", count: line, seconds: 300,
                 argv: ["node", "tests/client/rpc_methods.mjs", join(release, "bin/scope"), folder] },
               { name: "traces", argv: ["node", "tests/client/traces.mjs", join(release, "bin/scope")], count: line,
                 seconds: 300 },
               { name: "subscriptions", count: line, seconds: 300,
                 argv: ["node", "tests/client/subscriptions.mjs", join(release, "bin/scope"), folder] }],
    }] : [];
}

// Clients of the node, under ThreadSanitizer: a race is printed to build/log/race.*, and is the exit status. Only in
// check-full: all of the program is compiled for it.
function threads() {
    const folder = unpacked(), thread = "build/thread";
    const under = (name, ...rest) => ({ name: `${name}, ThreadSanitizer`, count: line, seconds: 900,
        argv: ["node", `tests/client/${name}.mjs`, ...rest], env: { TSAN_OPTIONS: "log_path=build/log/race" } });
    return !full ? [] : [
        { name: "ThreadSanitizer, built", serial: true, jobs: [make("build threads", "MODE=thread", "all")] },
        { name: "ThreadSanitizer", jobs: [
            ...["devnet", "scope_trace", "scope_lists", "scope_simulate", "traces"].map((test) =>
                under(test, join(thread, "bin/scope"))),
            ...(folder ? [under("rpc_fixtures", join(thread, "bin/scope"), folder)] : []),
        ] },
    ];
}

// Clients of a prover, L1 nodes and beacon nodes that attack (docs/security.md).
const hostile = {
    name: "hostile peers", beside: true,
    jobs: [{ name: "hostile", argv: ["node", "tests/client/hostile.mjs", join(release, "bin/scope")], count: line,
        seconds: 900 }],
};

// Killed at random moments (50 of them: node tests/client/kill.mjs build/release/bin/scope 50).
const kills = {
    name: "kill -9", beside: true,
    jobs: [{ name: "kill", argv: ["node", "tests/client/kill.mjs", join(release, "bin/scope"), "12", "7"], count: line,
        seconds: 300 },
           // 100 of them: kill_up.mjs build/release/bin/scope 100
           { name: "kill scope up", argv: ["node", "tests/client/kill_up.mjs", join(release, "bin/scope"), "10", "7"],
               count: line, seconds: 300 },
           // every moment at which something is sent: kill_l1.mjs build/release/bin/scope 50 7 1
           { name: "kill, on a remote L1",
               argv: ["node", "tests/client/kill_l1.mjs", join(release, "bin/scope"), "5", "7", "9"], count: line,
               seconds: 300 }],
};

// anvil as the L1, with other users, reorgs and lying proxies.
const remoteL1 = {
    name: "remote L1", beside: true,
    jobs: [{ name: "l1 blobs", argv: ["node", "tests/client/l1_blobs.mjs", join(release, "bin/scope"),
        ...scenarios.map((f) => join("examples", f))], count: line, seconds: 600 },
        { name: "demo-l1", argv: ["node", "tools/demo_l1.mjs", join(release, "bin/scope"),
            ...["swap.yaml", "two-rollups.yaml"].map((f) => join("examples", f))], count: exitStatus, seconds: 300 },
        { name: "l1 names", argv: ["node", "tests/client/l1_names.mjs", join(release, "bin/scope")], count: line,
            seconds: 300 },
        { name: "lying quorum", argv: ["node", "tests/client/lying_quorum.mjs", join(release, "bin/scope")],
            count: line, seconds: 300 },
        { name: "sequencer", argv: ["node", "tests/client/sequencer.mjs", join(release, "bin/scope")], count: line,
            seconds: 300 },
        { name: "l1 provers", argv: ["node", "tests/client/l1_provers.mjs", join(release, "bin/scope")], count: line,
            seconds: 300 },
        // every depth: reorg.mjs build/release/bin/scope $(seq 64)
        { name: "l1 reorg", argv: ["node", "tests/client/reorg.mjs", join(release, "bin/scope")], count: line,
            seconds: 600 },
        { name: "l1", argv: ["node", "tests/client/l1.mjs", join(release, "bin/scope"),
            ...scenarios.map((f) => join("examples", f))], count: line, seconds: 300 }],
};

// Random blocks: our four execution modes agree with each other and with @ethereumjs/vm (docs/testing.md).
const random = {
    name: "random blocks", beside: true,
    jobs: [
        { name: "difftest by @ethereumjs",
            argv: ["node", "tests/client/difftest.mjs", join(release, "bin/scope"), "--programs", "1300", "--seed",
            "1"], count: line },
        { name: "difftest sanitizers", argv: ["sh", "-c", `${join(sanitize, "bin/scope")} difftest --generate 200 --seed 10001 >/dev/null`], count: exitStatus },
    ],
};

// The builder's benchmarks run correctly: each call settles, no work is left over. No times are compared.
const benchmarks = {
    name: "benchmarks of the builder run", beside: true,
    jobs: ["session_bench", "verify_bench"].map((f) =>
        ({ name: f, argv: [join(release, "shell/builder", f)], count: exitStatus })),
};

// Official fixtures: command and arguments (@ stands for the folder of the fixtures), and the expected number of cases.
// Sanitizers run those with a third column whole in check-full and by a tenth in check, the others whole, or not at
// all.
const skips = "--skip=tests/fixtures/skip.txt";
const sets = [
    ["statetest @state_tests", 27793, "tenth"],
    ["statetest @legacy_general_state_tests", 10673, "tenth"],
    ["blocktest @blockchain_tests", 21403, "tenth"],
    ["blocktest @blockchain_tests_v5.4.0_extra", 891, "tenth"],
    ["blocktest @benchmark_tests", 287, "full"],
    // few of these codes turn hot: all of them again, translated at once; counted as one each
    ["statetest --tier=program --expect=27793 @state_tests", 1, "full"],
    ["blocktest --tier=program --expect=21403 @blockchain_tests", 1, "full"],
    ["txtest @transaction_tests", 2055], // 162 files, each under every fork
    ["rlptest @rlp_tests", 49],
    ["trietest @trie_tests", 21],
    ["precompiletest @precompile_vectors", 1511],
    ["kzgtest --setup @kzg/trusted_setup.txt @kzg", 272, "full"],
    ["import --genesis @rpc/genesis.json @rpc/chain.rlp", 1], // Homestead to BPO2, every root checked
];

function fixtures() {
    const folder = unpacked();
    if (!folder)
        return [];
    const job = (program, [line_, cases], tenth) => {
        const [command, ...rest] = line_.replaceAll("@", folder + "/").split(" ");
        const again = rest[0].startsWith("--tier=");
        const flags = /^(state|block|tx|rlp|trie)test$/.test(command) ? [skips] : [];
        return {
            name: `${basename(dirname(dirname(program)))} ${command} ${again ? "translated " : ""}${basename(rest.at(-1))}`,
            argv: [program, command, ...flags, ...(tenth ? ["--part=10"] : []), ...rest],
            count: command === "import" || again ? exitStatus : line, cases: tenth ? undefined : cases, seconds: 3600,
        };
    };
    return [
        { name: "fixtures", serial: true, jobs: sets.map((set) => job(join(release, "bin/scope"), set)) },
        { name: "fixtures' runners", jobs: [{ name: "runners",
            argv: ["node", "tests/client/runners.mjs", join(release, "bin/scope"), folder], count: line }] },
        { name: `fixtures, ${full ? "" : "a tenth, "}sanitizers`, serial: true,
          jobs: sets.filter((set) => full || set[2] !== "full").map((set) =>
              job(join(sanitize, "bin/scope"), set, !full && set[2] === "tenth")) },
    ];
}

function unpacked() {
    if (process.env.SCOPE_FIXTURES)
        return process.env.SCOPE_FIXTURES;
    const archive = "../shared/fixtures/dev.tar.zst", folder = "build/fixtures";
    if (!existsSync(archive)) {
        console.log(`no ${archive}: the official fixtures are not run, only the project's own tables`);
        return null;
    }
    const { size, mtimeMs } = statSync(archive), stamp = join(folder, `.unpacked-${size}-${Math.floor(mtimeMs)}`);
    if (!existsSync(stamp)) {
        mkdirSync(folder, { recursive: true });
        const run = spawnSync("sh", ["-c", `zstd -dc --long=27 ${archive} | tar x --strip-components=1 -C ${folder}`], { encoding: "utf8" });
        if (run.status !== 0)
            throw new Error(`cannot unpack ${archive}: ${run.stderr}`);
        writeFileSync(stamp, "");
    }
    return folder;
}

// The transition tool, on a few of the fixtures.
function aroundFixtures(program) {
    const folder = unpacked();
    if (!folder)
        return [];
    return [{
        name: "fixtures, tools",
        jobs: [
            ...["osaka", "prague", "cancun"].map((fork) =>
                ({ name: `t8n ${fork}`, argv: ["node", "tests/client/t8n.mjs", program, join(folder, "blockchain_tests", `for_${fork}`), "100"], count: line })),
        ],
    }];
}

const start = Date.now();
const total = await runGroups([
    ...builds,
    // side by side, those with the longest jobs first
    contracts,
    house,
    units,
    vectors,
    fuzzers,
    defences,
    protocolModel,
    oracle,
    demo,
    library,
    guestBuild,
    // side by side again
    remoteL1,
    guest,
    hostile,
    kills,
    provers,
    derivation,
    devnet,
    clients,
    wrongFiles,
    commandLine,
    stacks,
    witnesses,
    emulator,
    jsonrpc,
    random,
    benchmarks,
    ...node(),
    ...threads(),
    ...fixtures(),
    ...aroundFixtures(join(release, "bin/scope")),
], "build/log");
console.log(`${Math.round((Date.now() - start) / 1000)} s; logs in build/log`);
console.log(closingLine(total));
process.exitCode = total.failed ? 1 : 0;
