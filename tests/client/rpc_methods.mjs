// rpc_methods - the methods of the OpenRPC sources of execution-apis, beyond the fixtures' pairs: each is there, and
// takes what the sources say; wrong parameters and unknown things have the codes of execution-apis' tests.
//
//   node tests/client/rpc_methods.mjs build/release/bin/scope build/fixtures

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openrpc, violations } from "./rpc_schemas.mjs";
import { post, spawnNode } from "./scope_node.mjs";

const [program, folder] = process.argv.slice(2);
const rpc = join(folder, "rpc");
const method = openrpc(join(folder, "rpc_spec"), { extended: true });
const unknown = `0x${"1".padStart(64, "0")}`, alice = `0xc0${"0".repeat(38)}`, bob = `0xc1${"0".repeat(38)}`;
let passed = 0, failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)?.slice(0, 600)}`);
}

const node = await spawnNode(program, ["--genesis", join(rpc, "genesis.json"), "--import", join(rpc, "chain.rlp"),
    "--no-mining"]);
const ask = (name, ...params) => post(node.url, { jsonrpc: "2.0", id: 1, method: name, params });
try {
    const fcu = JSON.parse(readFileSync(join(rpc, "headfcu.json"), "utf8"));
    await post(node.url, fcu);
    await everyMethod();
    await refusals();
    await filling();
    await fromThePool(fcu.params[0].headBlockHash);
} finally {
    check("SIGTERM", await node.stop() === 0, node.said());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

// A method without an account's key, of the forks that this program has.
async function everyMethod() {
    const keys = ["eth_sign", "eth_signTransaction", "eth_sendTransaction"];
    const amsterdam = ["eth_getBlockAccessList", "debug_getRawBlockAccessList"];
    for (const name of method.names) {
        const answer = await ask(name);
        const is = answer.error?.code === -32601 ? "not there" : "there";
        check(`${name} is there`, is === (keys.concat(amsterdam).includes(name) ? "not there" : "there"), answer);
        if ("result" in answer) {
            const why = violations(method(name).result, answer.result);
            check(`${name}: result`, !why, why);
        }
    }
}

// Codes of execution-apis' tests (tests/*/*.io) on other parameters.
async function refusals() {
    const state = (overrides, calls, more = {}) =>
        [{ blockStateCalls: [{ stateOverrides: overrides, calls }], ...more }, "latest"];
    const rows = [
        ["debug_traceBlockByHash", [unknown], -32000],
        ["debug_traceBlockByNumber", ["3"], -32602],
        ["debug_traceBlockByNumber", ["0x999"], -32000],
        ["debug_traceTransaction", [unknown], -32000],
        ["debug_getRawBlock", ["2"], -32602],
        ["debug_getRawTransaction", [unknown.slice(2)], -32602],
        ["eth_getLogs", [{ fromBlock: "0x38", toBlock: "0x3a" }], -32602],
        ["eth_getLogs", [{ fromBlock: "0x38", toBlock: "latest" }], -32602],
        ["eth_getLogs", [{ fromBlock: "0x3", toBlock: "0x4", blockHash: unknown }], -32602],
        ["eth_getLogs", [{ blockHash: unknown }], -32000],
        ["eth_getBalance", [alice, "0x1000"], -32000],
        ["eth_getBalance", ["0xc0", "latest"], -32602],
        ["eth_getStorageAt", [alice, `0x${"0".repeat(66)}`, "latest"], -32602],
        ["eth_getFilterChanges", ["0x1234"], -32000],
        ["eth_sendRawTransaction", ["0x02"], -32000],
        ["eth_simulateV1", [{ blockStateCalls: [{ blockOverrides: { number: "0x9a" } },
            { blockOverrides: { number: "0x90" } }] }, "latest"], -38020],
        ["eth_simulateV1", [{ blockStateCalls: [{ blockOverrides: { time: "0x300" } },
            { blockOverrides: { time: "0x2ff" } }] }, "latest"], -38021],
        ["eth_simulateV1", state({}, [{ from: alice, to: bob, value: "0x3e8" }], { traceTransfers: true }), -38014],
        ["eth_simulateV1", state({ [alice]: { nonce: "0xffffffffffffffff" } },
            [{ from: alice, to: bob }, { from: alice, to: bob }], { validation: true }), -32603],
        ["eth_simulateV1", state({ [alice]: { movePrecompileToAddress: bob } }, []), -32000],
        ["eth_fillTransaction", [{ to: bob }], -32602],
        ["eth_fillTransaction", [{ from: alice }], -32000],
        ["eth_fillTransaction", [{ from: alice, to: bob, value: "0x1" }], -32000],
        ["eth_nothing", [], -32601],
    ];
    for (const [name, params, code] of rows) {
        const answer = await ask(name, ...params);
        check(`${name} ${JSON.stringify(params).slice(0, 80)}`, answer.error?.code === code, answer);
    }
}

// eth_fillTransaction: its result is signed and sent as it is.
async function filling() {
    const filled = (await ask("eth_fillTransaction", { from: alice, to: bob })).result?.tx;
    check("filled", filled?.gas === "0x5208" && filled.nonce === "0x0" && filled.type === "0x2" &&
        BigInt(filled.maxFeePerGas) > BigInt(filled.maxPriorityFeePerGas), filled);
    const why = violations(method("eth_fillTransaction").result, { tx: filled });
    check("filled: by the schema", !why, why);
    const given = (await ask("eth_fillTransaction",
        { from: alice, to: bob, gas: "0x6000", nonce: "0x7", gasPrice: "0x5" })).result?.tx;
    check("what is given stays", given?.gas === "0x6000" && given.nonce === "0x7" && given.gasPrice === "0x5" &&
        given.type === "0x0", given);
}

// testing_buildBlockV1 with null takes the pool's transactions: of a sender in the order of nonces, none behind a gap.
async function fromThePool(head) {
    const attributes = { parentBeaconBlockRoot: unknown, prevRandao: unknown, suggestedFeeRecipient: alice,
        timestamp: "0x228", withdrawals: [] };
    const built = async (list) => (await ask("testing_buildBlockV1", head, attributes, list, "0x")).result;
    const sent = [];
    for (const kind of ["legacy", "dynamic-fee", "access-list", "dynamic-fee-access-list", "blob"]) {
        const file = readFileSync(join(rpc,
            `eth_sendRawTransaction/send-${kind}-${kind === "blob" ? "tx" : "transaction"}.io`), "utf8");
        const [request] = file.split("\n").filter((l) => l.startsWith(">> ")).map((l) => JSON.parse(l.slice(3)));
        const answer = await post(node.url, request);
        check(`sent: ${kind}`, typeof answer.result === "string", answer);
        if (kind !== "blob")
            sent.push(request.params[0]);
    }
    check("[] is an empty block", (await built([])).executionPayload.transactions.length === 0);
    const block = await built(null);
    const why = violations(method("testing_buildBlockV1").result, block);
    check("a block of the pool: by the schema", !why, why);
    const { transactions } = block.executionPayload;
    check("all of the pool but the blob transaction", transactions.length === sent.length
        && sent.every((t) => transactions.includes(t)), { transactions, sent });
    const same = await built(transactions);
    check("the same block, when they are named", same.executionPayload.blockHash === block.executionPayload.blockHash);
    const raw = (await ask("debug_getRawTransaction", (await ask("eth_sendRawTransaction", sent[0])).error
        ? Object.values((await ask("txpool_content")).result.pending).flatMap(Object.values)[0].hash : "")).result;
    check("debug_getRawTransaction of the pool", sent.includes(raw), raw);
    check("the head stays", (await ask("eth_getBlockByNumber", "latest", false)).result.hash === head);
}
