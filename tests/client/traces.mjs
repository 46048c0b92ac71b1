// traces - debug_traceCall of a call that does a bit of everything, by `scope up` and by anvil on the same accounts:
// the results of each tracer must be equal.
//
//   node tests/client/traces.mjs build/release/bin/scope
//
// What anvil's tracers (revm-inspectors) and go-ethereum's do differently is left out in withoutTaste, case by case.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { spawnAnvil } from "./anvil_process.mjs";
import { post, spawnNode } from "./scope_node.mjs";

const program = process.argv[2];
let passed = 0, failed = 0;
function check(what, ok, why) {
    ok ? passed++ : failed++;
    if (!ok)
        console.log(`failed: ${what}\n    ${why}`);
}

// --- programs ---

const opcodes = { STOP: 0x00, ADDRESS: 0x30, BALANCE: 0x31, EXTCODESIZE: 0x3b, POP: 0x50, MLOAD: 0x51, MSTORE: 0x52,
    SLOAD: 0x54, SSTORE: 0x55, GAS: 0x5a, LOG0: 0xa0, LOG1: 0xa1, CREATE: 0xf0, CALL: 0xf1, CALLCODE: 0xf2,
    RETURN: 0xf3, DELEGATECALL: 0xf4, CREATE2: 0xf5, STATICCALL: 0xfa, REVERT: 0xfd, INVALID: 0xfe,
    SELFDESTRUCT: 0xff };
const hex = (n) => n.toString(16).padStart(2, "0");
// Names are instructions; numbers and hex strings are pushed.
const code = (...items) => "0x" + items.map((i) => {
    if (i in opcodes)
        return hex(opcodes[i]);
    const digits = typeof i === "string" ? i.slice(2) : hex(i).length % 2 ? `0${hex(i)}` : hex(i);
    return hex(0x5f + digits.length / 2) + digits;
}).join("");
const at = (n) => `0x${n.toString(16).padStart(40, "0")}`;

const sender = at(0xe0a), coinbase = at(0xcb), main = at(0x1000), reverts = at(0x1001), library = at(0x1002);
const dies = at(0x1003),
    friend = at(0x1004), halts = at(0x1005), burns = at(0x1006);
const call = (to, { value = 0, size = 0, kind = "CALL" } = {}) =>
    [0, 0, size, 0, ...(kind === "CALL" || kind === "CALLCODE" ? [value] : []), to, "GAS", kind, "POP"];
const reason = "08c379a0" + "20".padStart(64, "0") + "2".padStart(64, "0") + "6e6f".padEnd(64, "0");
const programs = {
    [main]: code(
        "0xaabbccdd".padEnd(66, "0"), 0, "MSTORE", 0x77, 4, 0, "LOG1",
        ...call(reverts, { size: 36 }), ...call(library, { kind: "DELEGATECALL", size: 4 }),
        ...call(library, { kind: "CALLCODE", value: 1 }), ...call(at(4), { kind: "STATICCALL", size: 32 }),
        ...call(friend, { value: 3 }), ...call(dies, { value: 2 }), ...call(halts),
        "0x600160005360016000f3".padEnd(66, "0"), 0x20, "MSTORE", 10, 0x20, 0, "CREATE", "POP",
        "0x60006000fd".padEnd(66, "0"), 0x20, "MSTORE", 9, 5, 0x20, 0, "CREATE2", "POP",
        friend, "BALANCE", "POP", library, "EXTCODESIZE", "POP", 5, "SLOAD", "POP", 0, 6, "SSTORE", 0, 0, "LOG0",
        ...call(library, { kind: "STATICCALL", size: 4 }), 0x20, 0, "RETURN"),
    [reverts]: code(0, 0, "LOG0", ...call(friend),
        ...[0, 1, 2, 3].flatMap((i) => [`0x${reason.slice(64 * i, 64 * i + 64).padEnd(64, "0")}`, 32 * i, "MSTORE"]),
        100, 0, "REVERT"),
    [library]: code(7, 1, "SSTORE", 1, 0, "LOG0"),
    [dies]: code(friend, "SELFDESTRUCT"),
    [halts]: code("INVALID"),
    [burns]: code("ADDRESS", 1, "SSTORE", ...call(main)),
};
const word = (n) => `0x${n.toString(16).padStart(64, "0")}`;
const storage = { [main]: { [word(5)]: word(9), [word(6)]: word(1) } };

const forks = ["homesteadBlock", "eip150Block", "eip155Block", "eip158Block", "byzantiumBlock", "constantinopleBlock",
    "petersburgBlock", "istanbulBlock", "berlinBlock", "londonBlock"];
const schedule = { target: 6, max: 9, baseFeeUpdateFraction: 5007716 };
const genesis = {
    config: { chainId: 1337, ...Object.fromEntries(forks.map((f) => [f, 0])), terminalTotalDifficulty: 0,
        shanghaiTime: 0, cancunTime: 0, pragueTime: 0, osakaTime: 0,
        blobSchedule: { cancun: schedule, prague: schedule, osaka: schedule } },
    nonce: "0x0", timestamp: "0x65000000", extraData: "0x", gasLimit: "0x3938700", difficulty: "0x0",
    mixHash: `0x${"0".repeat(64)}`, coinbase, baseFeePerGas: "0x7",
    alloc: { [sender]: { balance: "0xde0b6b3a7640000" },
        ...Object.fromEntries(Object.entries(programs).map(([a, bytes]) =>
            [a, { balance: "0x64", nonce: "0x1", code: bytes, ...(storage[a] && { storage: storage[a] }) }])) },
};

// --- comparison ---

// Where anvil and go-ethereum differ: the gas of the outermost call (less its intrinsic gas, or all of it), texts of
// errors, numbers of logs, logs of a transaction that failed, and in prestates slots that are zero and accounts that
// are empty.
const sameError = { StateChangeDuringStaticCall: "write protection" };
function withoutTaste(tracer, value, depth = 0) {
    if (Array.isArray(value))
        return value.map((v) => withoutTaste(tracer, v, depth + 1));
    if (!value || typeof value !== "object")
        return sameError[value] ?? value;
    const isOutermost = tracer === "callTracer" && depth === 0;
    return Object.fromEntries(Object.entries(value)
        .filter(([key, v]) => !(key === "index" || (isOutermost && (key === "gas" || (key === "logs" && value.error)))
            || (tracer === "prestateTracer" && (/^0x0{64}$/.test(v) || isDeepStrictEqual(v, { balance: "0x0" })))))
        .map(([key, v]) => [key, withoutTaste(tracer, v, depth + 1)])
        .filter(([key, v]) => !(key === "storage" && Object.keys(v).length === 0)));
}

function difference(expected, got, path = "") {
    if (isDeepStrictEqual(expected, got))
        return "";
    if (!expected || !got || typeof expected !== "object" || typeof got !== "object")
        return `${path}: anvil has ${JSON.stringify(expected)?.slice(0, 200)}, scope has ${JSON.stringify(got)?.slice(0, 200)}`;
    return [...new Set([...Object.keys(expected), ...Object.keys(got)])]
        .map((k) => difference(expected[k], got[k], `${path}/${k}`))
        .filter(Boolean).slice(0, 10).join("\n    ");
}

// What 4byteTracer, which anvil's debug_traceCall does not have, finds in a tree of calls.
function selectors(frame, found = {}) {
    const isPrecompile = /^0x0{38}(0[1-9a-f]|1[01])$/.test(frame.to ?? "");
    if (/CALL/.test(frame.type) && frame.input.length >= 10 && !isPrecompile) {
        const key = `${frame.input.slice(0, 10)}-${(frame.input.length - 10) / 2}`;
        found[key] = (found[key] ?? 0) + 1;
    }
    frame.calls?.forEach((inner) => selectors(inner, found));
    return found;
}

const folder = mkdtempSync(join(tmpdir(), "scope-traces-"));
const file = join(folder, "genesis.json");
writeFileSync(file, JSON.stringify(genesis));
const anvil = await spawnAnvil(["--init", file, "--no-mining", "--chain-id", "1337"]);
const node = await spawnNode(program, ["--genesis", file, "--no-mining"]);
const ask = async (url, method, params) => post(url, { jsonrpc: "2.0", id: 1, method, params });
try {
    const tracers = [["callTracer", {}], ["callTracer", { withLog: true }], ["callTracer", { onlyTopCall: true }],
        ["prestateTracer", {}], ["prestateTracer", { diffMode: true }], ["4byteTracer"], ["noopTracer", {}]];
    const calls = [["everything", { from: sender, to: main, gas: "0x4c4b40", input: "0x12345678" }],
        ["everything, one frame deeper", { from: sender, to: burns, gas: "0x4c4b40", value: "0x5" }],
        ["a revert", { from: sender, to: reverts, gas: "0x186a0" }],
        ["a halt", { from: sender, to: halts, gas: "0x186a0" }],
        ["out of gas", { from: sender, to: main, gas: "0x9c40" }],
        ["a transfer", { from: sender, to: friend, gas: "0x5208", value: "0x1" }],
        ["a creation", { from: sender, gas: "0x186a0", input: "0x600160005360016000f3" }],
        ["a precompile", { from: sender, to: at(2), gas: "0x186a0", input: "0x00112233" }]];
    for (const [name, tx] of calls)
        for (const [tracer, tracerConfig] of tracers) {
            const trace = (url, t) => ask(url, "debug_traceCall", [tx, "latest", { tracer: t, tracerConfig }]);
            const ours = await trace(node.url, tracer);
            const theirs = await trace(anvil.url, tracer === "4byteTracer" ? "callTracer" : tracer);
            const expected = tracer === "4byteTracer" ? selectors(theirs.result) : theirs.result ?? theirs;
            const why = difference(withoutTaste(tracer, expected), withoutTaste(tracer, ours.result ?? ours));
            check(`${name}: ${tracer} ${JSON.stringify(tracerConfig ?? "")}`, !why, why);
        }
} finally {
    anvil.child.kill();
    check("SIGTERM", await node.stop() === 0, "exit status");
    rmSync(folder, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
