// Makes preconf.json: promises and what they are proved with, by other libraries (docs/preconfirmations.md).
//
//     node tests/vectors/preconf.mjs > tests/vectors/preconf.json
//
// digests: EIP-712 by viem. tries and chain: nodes and proofs by @ethereumjs/mpt, headers and receipts by
// @ethereumjs/rlp.
import { createHash } from "node:crypto";
import { MerklePatriciaTrie, createMerkleProof } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { hexToBytes } from "@ethereumjs/util";
import { encodeAbiParameters, hashTypedData, keccak256, toHex } from "viem";
import { privateKeyToAccount, sign } from "viem/accounts";

const hex = (bytes) => toHex(Uint8Array.from(bytes));
const noise = (n, seed) => Buffer.concat(Array.from({ length: Math.ceil(n / 32) }, (_, i) =>
    createHash("sha256").update(`preconf ${seed} ${i}`).digest())).subarray(0, n);
const hash = (name) => hex(noise(32, name)), hexOf = (buffer) => buffer.toString("hex");

// --- digests ---------------------------------------------------------------------------------------

const builder = privateKeyToAccount(hash("builder"));
const domain = { name: "ScopePreconfSlasher", version: "1", chainId: 1,
    verifyingContract: "0x00000000000000000000000000000000005c0de5" };
const fields = (text) => text.split(",").map((field) => {
    const [type, name] = field.split(" ");
    return { name, type };
});
const types = {
    Promise: fields("uint64 chainId,bytes32 transactionHash,address sender,uint64 nonce,uint64 blockNumber," +
        "uint64 index,bytes32 receiptHash,uint64 deadline,uint64 l1Number,bytes32 l1Hash,uint64 sequence"),
    Answer: fields("uint64 chainId,bytes32 requestHash,bytes32 responseHash,uint64 l1Number,bytes32 l1Hash," +
        "uint64 sequence"),
};
const MAX = "18446744073709551615", zero = `0x${"00".repeat(32)}`;
const promise = (more) => ({ chainId: "901", transactionHash: hash("transaction"), sender: builder.address, nonce: "7",
    blockNumber: "3", index: "2", receiptHash: hash("receipt"), deadline: "20000040", l1Number: "19999999",
    l1Hash: hash("l1"), sequence: "1", ...more });
const answer = (more) => ({ chainId: "902", requestHash: hash("request"), responseHash: hash("response"),
    l1Number: "19999999", l1Hash: hash("l1"), sequence: "2", ...more });

async function digest(primaryType, message) {
    const value = hashTypedData({ domain, types, primaryType, message });
    const { r, s, v } = await sign({ hash: value, privateKey: hash("builder") });
    return { ...message, digest: value, signature: `${r}${s.slice(2)}${toHex(v).slice(2)}` };
}

const promises = await Promise.all([
    promise(), promise({ blockNumber: "0", index: "0", receiptHash: zero }),
    promise({ chainId: MAX, nonce: MAX, blockNumber: MAX, index: MAX, deadline: MAX, l1Number: MAX, sequence: MAX }),
    promise({ chainId: "1", transactionHash: zero, sender: `0x${"00".repeat(20)}`, nonce: "0",
        l1Hash: zero, sequence: "0" }),
].map((message) => digest("Promise", message)));
const answers = await Promise.all([answer(), answer({ chainId: MAX, l1Number: MAX, sequence: MAX }),
    answer({ requestHash: zero, responseHash: zero })].map((message) => digest("Answer", message)));

// --- tries -----------------------------------------------------------------------------------------

async function trieOf(entries) {
    const trie = new MerklePatriciaTrie();
    for (const [key, value] of entries)
        await trie.put(key, value);
    return trie;
}

// As eth_getProof gives them: a node that is embedded in its parent is no item.
const nodesOf = (proof) => proof.filter((node, i) => i === 0 || node.length >= 32).map((node) => hex(node));

async function lookup(trie, key) {
    const value = await trie.get(key);
    return { root: hex(trie.root()), key: hex(key), found: value !== null, value: value ? hex(value) : "0x",
        proof: nodesOf(await createMerkleProof(trie, key)) };
}

// Short values are embedded in their parents; keys of one beginning make extensions; a key may end in a branch.
const maps = [
    [],
    [["6b6579", "01"]],
    [["6b6579", hexOf(noise(40, "long"))]],
    [["00", "01"], ["01", "02"], ["0102", "03"], ["010203", "04"], ["ff", "05"]],
    [["abcd", hexOf(noise(33, "a"))], ["abce", hexOf(noise(33, "b"))], ["ab", "07"]],
    [["abcdef", "01"], ["abcdee", "02"], ["abcd", hexOf(noise(50, "c"))]],
    Array.from({ length: 20 }, (_, i) => [hexOf(noise(32, `key ${i}`)), hexOf(noise(1 + 5 * i, `value ${i}`))]),
    Array.from({ length: 130 }, (_, i) => [hexOf(Buffer.from(RLP.encode(i))), hexOf(noise(110, `item ${i}`))]),
];
const tries = [];
for (const [m, map] of maps.entries()) {
    const trie = await trieOf(map.map(([key, value]) => [Buffer.from(key, "hex"), Buffer.from(value, "hex")]));
    const present = map.length > 20 ? map.filter((_, i) => [0, 1, 127, 128, 129].includes(i)) : map;
    const near = map.slice(0, 4).flatMap(([key]) =>
        [`${key}00`, key.slice(2), key.replace(/.$/, (c) => (c === "0" ? "1" : "0"))]);
    const absent = ["00", "80", "8180", "820100", "6b65", "6b657900", "abcf", "ac", ...near,
        hexOf(noise(32, `absent ${m}`))];
    for (const key of new Set([...present.map(([k]) => k), ...absent].filter(Boolean)))
        tries.push(await lookup(trie, Buffer.from(key, "hex")));
}

// --- a chain: blocks of a rollup, or of anything -----------------------------------------------------

const sender = privateKeyToAccount(hash("sender")).address, other = privateKeyToAccount(hash("other")).address;
const bridge = "0x00000000000000000000000000000000005c09e1";
const executed = keccak256(toHex("ScopedCallExecuted(bytes32,bytes)"));
const request = hash("call"), looked = hash("lookup");
const rest = `${"00".repeat(7)}09${"00".repeat(31)}2a`, response = `0x01${rest}`, lookupResponse = `0x03${rest}`;
const logOf = (at, requestHash, data) => [hexToBytes(at), [executed, requestHash].map((t) => hexToBytes(t)),
    hexToBytes(encodeAbiParameters([{ type: "bytes" }], [data]))];

function receipt(type, status, gas, logs = []) {
    const rlp = RLP.encode([status ? Uint8Array.of(1) : new Uint8Array(), gas, new Uint8Array(256), logs]);
    return type === 0 ? rlp : Uint8Array.of(type, ...rlp);
}

const transactions = (block, n) => Array.from({ length: n }, (_, i) =>
    Uint8Array.of(2, ...noise(110, `tx ${block} ${i}`)));
const contents = [
    { number: 1, nonce: 7, transactions: transactions(1, 3),
      receipts: [receipt(0, 1, 21000), receipt(2, 1, 63000), receipt(2, 0, 99000)] },
    { number: 2, nonce: 8, transactions: transactions(2, 2), receipts: [
        receipt(0x7e, 1, 50000, [logOf(other, request, response), logOf(bridge, hash("else"), response),
            logOf(bridge, request, response), logOf(bridge, looked, lookupResponse),
            [hexToBytes(bridge), [hexToBytes(executed)], new Uint8Array()],
            [hexToBytes(bridge), [hexToBytes(hash("event")), hexToBytes(request)], new Uint8Array()]]),
        receipt(0, 1, 80000, [logOf(bridge, hash("legacy"), response)])] },
    { number: 3, nonce: 9, transactions: [], receipts: [] },
];
const empty = keccak256("0x"), emptyRoot = hex((new MerklePatriciaTrie()).EMPTY_TRIE_ROOT);
const account = (nonce) => RLP.encode([nonce, 10n ** 18n, hexToBytes(emptyRoot), hexToBytes(empty)]);
const secure = (address) => Buffer.from(hexToBytes(keccak256(address)));
const listTrie = (list) => trieOf(list.map((item, i) => [RLP.encode(i), item]));
const indexes = [0, 1, 2, 3, 128];

const chain = [];
let parent = hash("parent");
for (const block of contents) {
    const state = await trieOf([[secure(sender), account(block.nonce)], [secure(other), account(0)],
        ...Array.from({ length: 12 }, (_, i) => [noise(32, `account ${i}`), account(i)])]);
    const [txs, receipts] = [await listTrie(block.transactions), await listTrie(block.receipts)];
    const header = RLP.encode([parent, hash("ommers"), bridge, hex(state.root()), hex(txs.root()), hex(receipts.root()),
        hex(new Uint8Array(256)), 0, block.number, 30000000, 80000, 1700000000 + block.number, new Uint8Array(),
        hash("randao"), "0x0000000000000000", 7, hash("withdrawals"), 0, 0, hash("beacon"), hash("requests")]);
    const proofs = (trie) => Promise.all(indexes.map(async (i) => (await lookup(trie, RLP.encode(i))).proof));
    const accounts = (list) => Promise.all(list.map(async (at) => (await lookup(state, secure(at))).proof));
    parent = keccak256(header);
    chain.push({ header: hex(header), hash: parent, stateRoot: hex(state.root()),
        transactionHashes: block.transactions.map((t) => keccak256(t)),
        receiptHashes: block.receipts.map((r) => keccak256(r)),
        transactionProofs: await proofs(txs), receiptProofs: await proofs(receipts),
        accountProofs: await accounts([sender, other, builder.address]) });
}

console.log(JSON.stringify({
    builder: builder.address, builderKey: hash("builder"), domain, promises, answers, trieCount: tries.length, tries,
    sender, other, absent: builder.address, bridge, requestHash: request, lookupHash: looked,
    legacyHash: hash("legacy"),
    responseHash: keccak256(response), indexes, chain,
}, null, 1));
