// protocol - writes protocol.json: the bytes that contracts and C code hash, computed by viem from contracts/ABI.md.
//
//   node tests/vectors/protocol.mjs > tests/vectors/protocol.json
//
// Numbers are decimal strings where they fit a C u64 or u256, bytes are hex.

import {
    concat, encodeAbiParameters, encodePacked, getContractAddress, hashTypedData, keccak256, numberToHex, pad,
        parseAbiParameters,
    toHex,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

const ZERO = "0x" + "00".repeat(32);
const MAX64 = 2n ** 64n - 1n;
const MAX256 = 2n ** 256n - 1n;
const address = (n) => pad(toHex(n), { size: 20 });
const bytes32 = (text) => keccak256(toHex(text));
const word = (n) => numberToHex(n, { size: 32 });

// --- nonce, leaf, lane ---

const nonces = [
    [1n, 1n, 0n, 0n, 1n],
    [1n, 1n, 1n, 0n, 1n],
    [7n, 901n, 1n, 3n, 12n],
    [MAX64, MAX64, 2n ** 32n - 1n, 2n ** 32n - 1n, MAX64],
].map(([rootClock, rootChainId, flags, depth, clock]) => ({
    rootClock, rootChainId, flags, depth, clock,
    nonce: concat([numberToHex(rootClock, { size: 8 }), numberToHex(rootChainId, { size: 8 }),
                   numberToHex(flags, { size: 4 }), numberToHex(depth, { size: 4 }), numberToHex(clock, { size: 8 })]),
}));

const requests = [
    { sourceChainId: 1n, targetChainId: 901n, from: address(0xaa), to: address(0xbb), nonce: BigInt(nonces[0].nonce),
        value: 0n,
      gasLimit: 1000000n, data: "0xfebb0f7e" },
    { sourceChainId: 901n, targetChainId: 1n, from: address(0xbb), to: address(0xaa), nonce: BigInt(nonces[2].nonce),
      value: 10n ** 18n, gasLimit: 200000n, data: "0x" },
].map((r) => ({
    ...r,
    requestHash: keccak256(encodePacked(
        ["uint256", "uint256", "address", "address", "uint256", "uint256", "uint256", "bytes32"],
        [r.sourceChainId, r.targetChainId, r.from, r.to, r.nonce, r.value, r.gasLimit, keccak256(r.data)])),
}));

let lane = ZERO;
const responses = [
    [1, 2n, "0x"],
    [1, 3n, word(42n)],
    [0, 4n, "0x"],
    [3, 5n, word(43n)], // of lookups
    [2, 5n, "0x"],
    [4, 6n, "0x"], // of an attempt
    [0, MAX64, "0x08c379a0" + encodeAbiParameters(parseAbiParameters("string"), ["no"]).slice(2)],
].map(([status, clock, returndata], i) => {
    const requestHash = requests[i % requests.length].requestHash;
    const response = concat([numberToHex(status, { size: 1 }), numberToHex(clock, { size: 8 }), returndata]);
    const responseHash = keccak256(concat([requestHash, keccak256(response)]));
    lane = keccak256(concat([lane, responseHash]));
    return { requestHash, status, clock, returndata, response, responseHash, lane };
});

// --- data, transition, statement ---

const daHashes = [
    { chainId: 901n, firstBlock: 1n, lastBlock: 1n, blobHashes: [], data: "0x" },
    { chainId: 901n, firstBlock: 1n, lastBlock: 9n, blobHashes: [], data: "0x010203" },
    { chainId: 902n, firstBlock: 5n, lastBlock: MAX64, data: "0x",
      blobHashes: ["0x01" + bytes32("blob 0").slice(4), "0x01" + bytes32("blob 1").slice(4)] },
].map((d) => ({
    ...d,
    daHash: keccak256(encodeAbiParameters(parseAbiParameters("uint256, uint256, uint256, bytes32[], bytes32"),
        [d.chainId, d.firstBlock, d.lastBlock, d.blobHashes, keccak256(d.data)])),
}));

const mailbox = (peerChainId, valueOut, valueIn) => ({
    peerChainId,
    requestsOut: bytes32(`requestsOut ${peerChainId}`), requestsIn: bytes32(`requestsIn ${peerChainId}`),
    responsesOut: bytes32(`responsesOut ${peerChainId}`), responsesIn: bytes32(`responsesIn ${peerChainId}`),
    valueOut, valueIn,
});
const MAILBOXES = parseAbiParameters("(uint64 peerChainId, bytes32 requestsOut, bytes32 requestsIn, bytes32 responsesOut, "
    + "bytes32 responsesIn, uint128 valueOut, uint128 valueIn)[]");
const TRANSITION = parseAbiParameters("uint64 chainId, bytes32 rulesHash, bytes32 parentBlockHash, bytes32 preStateRoot, "
    + "bytes32 blockHash, bytes32 stateRoot, uint64 firstBlock, uint64 lastBlock, uint64 lastTimestamp, bytes32 daHash, "
    + "uint64 anchorNumber, bytes32 anchorHash, bytes32 forcedHash, bytes32 mailboxes");
const STATEMENT = parseAbiParameters("bytes32 domain, uint256 l1ChainId, address bridge, uint256 l1BlockNumber, "
    + "bytes32 l1ParentHash, address submitter, bytes32 planHash, bytes32 transition");

const statements = [
    { l1BlockNumber: 0n, l1ParentHash: ZERO, submitter: address(0), mailboxes: [] },
    { l1BlockNumber: 21000000n, l1ParentHash: bytes32("parent"), submitter: address(0xbeef),
        mailboxes: [mailbox(1n, 5n, 7n)] },
    { l1BlockNumber: 21000001n, l1ParentHash: bytes32("parent 2"), submitter: address(0),
      mailboxes: [mailbox(1n, 0n, 0n), mailbox(900n, 1n, 2n ** 128n - 1n), mailbox(902n, 10n ** 18n, 0n)] },
].map((s, i) => {
    const transition = {
        chainId: 901n, rulesHash: bytes32("rules"), parentBlockHash: bytes32(`parent block ${i}`),
            preStateRoot: bytes32(`pre ${i}`),
        blockHash: bytes32(`block ${i}`), stateRoot: bytes32(`state ${i}`), firstBlock: 10n + BigInt(i), lastBlock: 12n + BigInt(i),
        lastTimestamp: 1700000000n, daHash: daHashes[i].daHash, anchorNumber: 20999999n, anchorHash: bytes32("anchor"),
        forcedHash: i ? bytes32(`forced ${i}`) : ZERO,
    };
    const mailboxesHash = keccak256(encodeAbiParameters(MAILBOXES, [s.mailboxes]));
    const transitionHash = keccak256(encodeAbiParameters(TRANSITION, [...Object.values(transition), mailboxesHash]));
    const context = { l1ChainId: 1n, bridge: address(0x5c09e), l1BlockNumber: s.l1BlockNumber,
        l1ParentHash: s.l1ParentHash,
                      submitter: s.submitter, planHash: bytes32(`plan ${i}`) };
    return {
        ...context, ...transition, mailboxes: s.mailboxes, mailboxesHash, transitionHash,
        statement: keccak256(encodeAbiParameters(STATEMENT,
            [bytes32("scope.settlement.v2"), ...Object.values(context), transitionHash])),
    };
});

// --- plan ---

const REQUEST = "(address to, uint256 value, uint256 gasLimit, bytes data)";
const INBOUND = `(uint256 sourceChainId, address from, uint256 nonce, ${REQUEST} request)`;
const OPERATION = "(uint256 nonce, uint256 deadline, uint256 gasLimit, address submitter, (address to, uint256 value, bytes data)[] calls)";
const PLAN = parseAbiParameters("(address target, bytes data, bytes32 resultHash)[] preconditions, "
    + "(uint256 chainId, bytes32 requestHash, bytes response)[] fills, "
    + `(bytes32 requestHash, ${INBOUND}[] inbound, bytes32[] responseHashes)[] nested, `
    + `(uint64 floor, bool announces, ${INBOUND}[] inbound, (address account, ${OPERATION} operation, bytes signature)[] operation)[] steps`);

const key = bytes32("a key for tests");
const user = privateKeyToAccount(key);
const operationTypes = {
    Operation: [{ name: "nonce", type: "uint256" }, { name: "deadline", type: "uint256" },
        { name: "gasLimit", type: "uint256" },
                { name: "submitter", type: "address" }, { name: "calls", type: "Call[]" }],
    Call: [{ name: "to", type: "address" }, { name: "value", type: "uint256" }, { name: "data", type: "bytes" }],
};
const operations = [];
for (const operation of [
    { nonce: 0n, deadline: MAX64, gasLimit: 500000n, submitter: address(0), calls: [] },
    { nonce: (5n << 64n) | 2n, deadline: 1800000000n, gasLimit: 2000000n, submitter: address(0xbeef),
      calls: [{ to: address(0xbb), value: 10n ** 18n, data: "0xdeadbeef" },
          { to: address(0), value: 0n, data: "0x" }] },
]) {
    const bridge = address(0xb1d6e);
    const typed = { domain: { name: "ScopedAccount", version: "1", chainId: 1, verifyingContract: user.address,
                              salt: pad(bridge, { size: 32 }) },
                    types: operationTypes, primaryType: "Operation", message: operation };
    operations.push({ chainId: 1n, account: user.address, bridge, operation, operationHash: hashTypedData(typed),
                      signature: await user.signTypedData(typed) });
}

const inbound = requests.map((r) => ({ sourceChainId: r.sourceChainId, from: r.from, nonce: r.nonce,
                                       request: { to: r.to, value: r.value, gasLimit: r.gasLimit, data: r.data } }));
const signed = operations.map((o) => ({ account: o.account, operation: o.operation, signature: o.signature }));
const fills = responses.map((r) => ({ chainId: 901n, requestHash: r.requestHash, response: r.response }));
const plans = [
    { preconditions: [], fills: [], nested: [], steps: [] },
    { preconditions: [], fills: [], nested: [],
      steps: [{ floor: 0n, announces: true, inbound: [], operation: [signed[1]] }] },
    { preconditions: [{ target: address(0xcc), data: "0x01020304", resultHash: bytes32("result") }],
      fills,
      nested: [{ requestHash: requests[0].requestHash, inbound,
          responseHashes: [responses[0].responseHash, responses[1].responseHash] }],
      steps: [{ floor: 0n, announces: false, inbound: [inbound[1]], operation: [] },
          { floor: MAX64, announces: false, inbound: [], operation: [signed[0]] },
              { floor: 3n, announces: true, inbound: [], operation: [signed[1]] }] },
].map((p) => {
    const encoded = encodeAbiParameters(PLAN, [p.preconditions, p.fills, p.nested, p.steps]);
    return { ...p, encoded, planHash: keccak256(encoded) };
});

// --- attestation ---

const settlementTypes = {
    Settlement: [{ name: "statement", type: "bytes32" }, { name: "chainId", type: "uint64" },
        { name: "programId", type: "bytes32" },
                 { name: "proofSystemId", type: "bytes32" }, { name: "proverSetEpoch", type: "uint64" },
                 { name: "attester", type: "address" }, { name: "deadline", type: "uint64" }],
};
const attestations = [];
for (const { statement, chainId } of statements) {
    const message = { statement, chainId, programId: bytes32("program"), proofSystemId: bytes32("system"),
        proverSetEpoch: 1n,
                      attester: user.address, deadline: 1800000000n };
    const typed = { domain: { name: "QuorumVerifier", version: "1", chainId: 1, verifyingContract: address(0x900d) },
                    types: settlementTypes, primaryType: "Settlement", message };
    const signature = await user.signTypedData(typed);
    attestations.push({ l1ChainId: 1n, verifier: address(0x900d), ...message, digest: hashTypedData(typed),
        privateKey: key, signature,
                        item: concat([user.address, numberToHex(message.deadline, { size: 8 }), signature]) });
}

// --- remote accounts ---

const remoteAccounts = [[1n, address(0xaa)], [901n, user.address], [MAX64, address(0)]].map(([chainId, account]) => {
    const bridge = address(0x5c09e1);
    const implementation = address(0x5c09e3);
    const runtime = concat(["0x363d3d373d3d3d363d73", implementation, "0x5af43d82803e903d91602b57fd5bf3",
                            bridge, numberToHex(chainId, { size: 8 }), account]);
    const salt = keccak256(encodeAbiParameters(parseAbiParameters("uint256, address"), [chainId, account]));
    const bytecode = concat(["0x61", numberToHex((runtime.length - 2) / 2, { size: 2 }), "0x3d81600a3d39f3", runtime]);
    return { bridge, implementation, chainId, account, runtime, salt,
             address: getContractAddress({ opcode: "CREATE2", from: bridge, salt, bytecode }) };
});

const vectors = {
    source: "viem, by tests/vectors/protocol.mjs from contracts/ABI.md; not produced by the contracts or the C program",
    nonces, requests, responses, daHashes, statements, operations, plans, attestations, remoteAccounts,
};
const text = JSON.stringify(vectors, (_, v) => (typeof v === "bigint" ? v.toString() : v), 1) + "\n";
process.stdout.write(text);
