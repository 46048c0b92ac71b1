// lying_quorum - k provers sign a false statement, and L1 settles it: the limit of attestations. Rebuilding the rollups
// from L1 detects it: scope derive stops at the last correct block, with REJECT_DERIVED_OTHERWISE.
//
//   node tests/client/lying_quorum.mjs SCOPE
//
// A bundle of scope run is caught on its way to anvil, decoded, changed, signed by the scenario's provers (whose keys
// follow from their numbers) over the statement as docs/protocol.md section 9 has it, and sent by the builder (whose
// key does, too). Nothing changed: the same way there, and everything derives.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concat, decodeFunctionData, encodeAbiParameters, encodeFunctionData, keccak256, numberToHex,
    recoverTypedDataAddress, size, slice, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { before, bundleIn, check, outcome, root, runner, startAnvil, stopAll } from "./anvil.mjs";

const scope = process.argv[2], run = runner(scope);
const folder = mkdtempSync(join(tmpdir(), "lying-quorum-"));
const programId = spawnSync(scope, ["guest", "id"], { encoding: "latin1" }).stdout.trim();
const keyOf = (name) => keccak256(toHex(`scope:${name}`));
const builder = privateKeyToAccount(keyOf("account:builder")),
    provers = [0, 1, 2].map((i) => privateKeyToAccount(keyOf(`prover:${i}`)));
const abi = JSON.parse(readFileSync(join(root,
    "build/contracts/solc-output.json"))).contracts["src/SharedBridge.sol"].SharedBridge.abi;
const bundleType = abi.find((f) => f.name === "executeBundle").inputs[0].components;
const transitionType = bundleType.find((c) => c.name === "transitions").components;
const typesOf = (names) => names.map((name) => bundleType.find((c) => c.name === name));
const hashOf = (types, values) => keccak256(encodeAbiParameters(types.map((type) =>
    (typeof type === "string" ? { type } : type)), values));

// --- the statement, as docs/protocol.md section 9 and contracts/ABI.md have it ----------------------------

async function statement(node, bridge, bundle, t) {
    const settled = await node.client.readContract({ address: bridge, abi, functionName: "rollup", args: [t.chainId] });
    const anchor = await node.client.getBlock({ blockNumber: t.anchorNumber }), first = settled.lastBlock + 1n;
    const zero = `0x${"0".repeat(64)}`; // of L1: its mailboxes did not change
    const daHash = hashOf(["uint256", "uint256", "uint256", "bytes32[]", "bytes32"],
        [t.chainId, first, t.lastBlock, [], keccak256(t.data)]);
    const transition = hashOf(["uint64", "bytes32", "bytes32", "bytes32", "bytes32", "bytes32", "uint64", "uint64",
        "uint64", "bytes32", "uint64", "bytes32", "bytes32", "bytes32"],
        [t.chainId, settled.rulesHash, settled.blockHash, settled.stateRoot, t.blockHash, t.stateRoot, first,
            t.lastBlock, t.lastTimestamp, daHash, t.anchorNumber, anchor.hash, zero, // no forced entry
            hashOf([transitionType.find((c) => c.name === "mailboxes")], [t.mailboxes])]);
    const plan = hashOf(typesOf(["preconditions", "fills", "nested", "steps"]),
        [bundle.preconditions, bundle.fills, bundle.nested, bundle.steps]);
    return hashOf(["bytes32", "uint256", "address", "uint256", "bytes32", "address", "bytes32", "bytes32"],
        [keccak256(toHex("scope.settlement.v2")), 31337n, bridge, 0n, zero, bundle.submitter, plan, transition]);
}

const settlement = (verifier, statement, chainId, attester, deadline) => ({
    domain: { name: "QuorumVerifier", version: "1", chainId: 31337, verifyingContract: verifier },
    types: { Settlement: [
        { name: "statement", type: "bytes32" }, { name: "chainId", type: "uint64" },
            { name: "programId", type: "bytes32" }, { name: "proofSystemId", type: "bytes32" },
        { name: "proverSetEpoch", type: "uint64" }, { name: "attester", type: "address" },
            { name: "deadline", type: "uint64" }] },
    primaryType: "Settlement",
    message: { statement, chainId, programId,
        proofSystemId: keccak256(toHex("scope.quorum.v1")), proverSetEpoch: 1n, attester, deadline },
});

// attester:20 deadline:8 signature:65, ascending
const attestations = (proof) => Array.from({ length: size(proof) / 93 }, (_, i) => {
    const at = 93 * i;
    return { attester: slice(proof, at, at + 20), deadline: BigInt(slice(proof, at + 20, at + 28)),
        signature: slice(proof, at + 28, at + 93) };
});

async function signedBy(verifier, statement, chainId, deadline) {
    const signers = provers.slice(0, 2).sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
    const each = await Promise.all(signers.map(async (p) =>
        concat([p.address, numberToHex(deadline, { size: 8 }),
        await p.signTypedData(settlement(verifier, statement, chainId, p.address, deadline))])));
    return concat(each);
}

// --- the bundle, changed ------------------------------------------------------------------------------

async function alter(node, sent, change) {
    const { args: [bundle] } = decodeFunctionData({ abi, data: sent.data });
    for (const t of bundle.transitions) { // that the statement is understood: the provers' signatures are over it
        const honest = await statement(node, sent.to, bundle, t), [{ verifier, proof }] = t.proofs;
        for (const a of attestations(proof))
            check("an honest signature is over this statement",
                (await recoverTypedDataAddress({ ...settlement(verifier, honest, t.chainId, a.attester, a.deadline),
                signature: a.signature })).toLowerCase() === a.attester);
    }
    change(bundle.transitions);
    for (const t of bundle.transitions) {
        const [{ verifier, proof }] = t.proofs;
        t.proofs = [{ verifier, proof: await signedBy(verifier, await statement(node, sent.to, bundle, t), t.chainId,
            attestations(proof)[0].deadline) }];
    }
    const raw = await builder.signTransaction({ type: "eip1559", chainId: 31337, nonce: sent.nonce, to: sent.to,
        gas: sent.gas, maxFeePerGas: sent.maxFeePerGas, maxPriorityFeePerGas: sent.maxPriorityFeePerGas,
        data: encodeFunctionData({ abi, functionName: "executeBundle", args: [bundle] }) });
    return node.ask("eth_sendRawTransaction", [raw]);
}

const scenario = join(root, "tests/scenario/l1/two.yaml"), genesis = join(folder, "genesis.json");

// How the rollups begin: the same in every run, since nothing has been sent before.
async function begin() {
    const node = await startAnvil(), r = await run(scenario, "--l1", node.url, "--data", "calldata", "--export-genesis",
        genesis);
    check("an honest run", r.status === 0, r.err);
    const file = JSON.parse(readFileSync(genesis));
    delete file.l1Block;
    writeFileSync(genesis, JSON.stringify(file));
    node.stop();
    return Object.fromEntries(r.slots[0].settlement.rollups.map((x) =>
        [r.report.chains.find((c) => c.name === x.chain).id, x]));
}

// What scope derive says of an L1 on which the first bundle was changed; and that L1 took it.
async function settle(what, change) {
    const node = await startAnvil();
    let hash = null;
    const proxy = await before(node, async (call) => {
        const sent = bundleIn(call);
        if (hash)
            return { error: { code: -32000, message: "that was all" } }; // what the run makes of it is not looked at
        if (sent) {
            hash = await alter(node, sent, change);
            return { result: hash };
        }
    });
    await run(scenario, "--l1", proxy.url, "--data", "calldata");
    const receipt = await node.client.waitForTransactionReceipt({ hash, pollingInterval: 20 });
    check(`${what}: L1 settles it`, receipt.status === "success", receipt);
    const d = spawnSync(scope, ["derive", "--l1", node.url, "--rollups", genesis, "--json"], { encoding: "utf8" });
    proxy.stop();
    node.stop();
    return { status: d.status, err: d.stderr, rollups: d.stdout ? JSON.parse(d.stdout).rollups : [] };
}

const bent = (hex) => `${hex.slice(0, -1)}${hex.endsWith("0") ? "1" : "0"}`;
const lies = [
    ["another state root", [7001], ([north]) => { north.stateRoot = bent(north.stateRoot); }],
    ["another block hash", [7002], ([, south]) => { south.blockHash = bent(south.blockHash); }],
    ["the state before the payment", [7001], ([north, south]) => { north.stateRoot = south.stateRoot; }],
    ["a block that was never published", [7001], ([north]) => { north.lastBlock += 1n; }],
    // each side says so, so the pair agrees; and L1 moves three ether of escrow instead of one
    ["a payment of three ether", [7001, 7002], ([north, south]) =>
        { north.mailboxes[0].valueOut *= 3n; south.mailboxes[0].valueIn *= 3n; }],
    ["a call that was never made", [7001, 7002], ([north, south]) =>
        { north.mailboxes[0].requestsOut = south.mailboxes[0].requestsIn = bent(north.mailboxes[0].requestsOut); }],
];

try {
    const honest = await begin(), nothing = await settle("nothing changed", () => {});
    check("nothing changed: everything derives", nothing.status === 0 && nothing.rollups.length === 2
        && nothing.rollups.every((r) => r.error === null && r.block === 1), nothing);
    check("nothing changed: the block that an honest run reports", nothing.rollups.every((r) => honest[r.chainId].lastBlock === r.block));
    for (const [what, chains, change] of lies) {
        const r = await settle(what, change);
        check(`${what}: derive names it`, r.status === 1 && r.err.includes("REJECT_DERIVED_OTHERWISE"), r);
        for (const { chainId, block, error } of r.rollups)
            check(`${what}: rollup ${chainId} ${chains.includes(chainId) ? "stops before it" : "goes on"}`, chains.includes(chainId) ? error === "REJECT_DERIVED_OTHERWISE" && block === 0 : error === null && block === 1, r.rollups);
    }
} catch (e) {
    console.log(e.stack);
    outcome.failed++;
} finally {
    stopAll();
    rmSync(folder, { recursive: true, force: true });
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
