// ethrex_values - what examples/stacks/ethrex.yaml expects, from Ethrex's formulas, by viem.

import { createHash } from "node:crypto";
import { concat, encodeAbiParameters, encodeErrorResult, encodeFunctionData, encodePacked, getAddress, hexToBytes,
    keccak256, parseAbi, parseEther, toHex } from "viem";

const BRIDGE = "0x000000000000000000000000000000000000ffff", ETH = `0x${"ee".repeat(20)}`;
const ALIAS = 0xEe110000000000000000000000000000000011Ffn, MINT_GAS = 105_000n;
const abi = parseAbi(["function mintETH(address)", "function mintERC20(address,address,address,uint256)",
    "function add(uint256)", "error Error(string)"]);
const call = (functionName, ...args) => encodeFunctionData({ abi, functionName, args });

// What Ethrex's own test has of the public inputs, and their sha256 there.
const INPUTS = ["0x48f7b11fc87cbe873361a3ff5b40c91dc24cf42f2597c43b23e5d5ebd64fca94",
    "0xb652083c49449bf64a2c2d75f9a933a206ccb75b718e74cebeff78b580aa7b3a",
    "0xc55f9da905b0df29c9aaab516d596b67f57c6b60bc10c2a0dbac27744c6c9976",
    "0x00015183d843661fbfd058d685348153652c98d9ec35fcc20f303daa31011239",
    "0x01a3de24063c81ce5bb50727e9b66372583d43283d4f0429863bb4c2f61c0be5",
    "0xea82457426f80e6fe99776a37b4201f32813ff791800018f79be49dc75d3a9dd",
    toHex(65536999, { size: 32 }), toHex(1, { size: 32 })];
const INPUTS_SHA256 = "11f0ad405278dfd9a8bb883a7ba632031b4b0af97c5d2603f6048ec37c984811";

// The leaves of messages, paired as OpenZeppelin's MerkleProof does: the root, and the root without the last leaf.
function tree(leaves) {
    const pair = (a, b) => keccak256(a < b ? concat([a, b]) : concat([b, a]));
    const root = (row) => row.length === 1 ? row[0]
        : root(row.flatMap((x, i) => i % 2 ? [] : [i + 1 < row.length ? pair(x, row[i + 1]) : x]));
    return [root(leaves), root(leaves.slice(0, -1))];
}

export function ethrexValues({ account, created }) {
    const user = created("admin", 0n), token = created("alice", 0n);
    const inbox = created("admin", 1n), rollupToken = created("admin", 2n), alice = account("alice");
    const alias = getAddress(toHex((BigInt(user) + ALIAS) % (1n << 160n), { size: 20 }));
    const mint = (value, data) => [BRIDGE, BRIDGE, value, MINT_GAS, data];
    const sent = (value, to, data, from = alias) => [from, to, value, 100_000n, data];
    const transactions = [
        mint(parseEther("1"), call("mintETH", account("carol"))),
        sent(0n, inbox, call("add", 5n)),
        sent(parseEther("0.25"), inbox, call("add", 6n)),
        sent(parseEther("5"), inbox, call("add", 7n)),
        sent(0n, inbox, call("add", 8n), alice),
        sent(0n, BRIDGE, call("mintERC20", token, rollupToken, user, 1n)),
        mint(0n, call("mintERC20", token, rollupToken, account("carol"), 100n)),
        mint(parseEther("0.5"), call("mintETH", inbox)),
        mint(0n, call("mintERC20", token, inbox, alice, 7n)),
        mint(parseEther("1"), call("mintETH", account("carol"))),
    ];
    const hashes = transactions.map(([from, to, value, gas, data], id) => keccak256(encodePacked(
        ["address", "address", "uint256", "uint256", "uint256", "bytes32"],
        [from, to, BigInt(id), value, gas, keccak256(data)])));
    const versioned = (n, first = 0) => concat([toHex(n, { size: 2 }),
        `0x${keccak256(concat(hashes.slice(first, first + n))).slice(6)}`]);
    const leaves = [[ETH, ETH, inbox, parseEther("0.5")], [token, inbox, alice, 7n], [token, rollupToken, alice, 40n],
        [ETH, ETH, alice, parseEther("0.4")], [ETH, ETH, alice, parseEther("0.1")]].map((message, i) =>
        keccak256(encodePacked(["address", "bytes32", "uint256"], [BRIDGE,
            keccak256(encodePacked(["address", "address", "address", "uint256"], message)), BigInt(i + 1)])));
    const [root, others] = tree(leaves);
    return { "the alias of the user": alias, "the versioned hash of one": versioned(1),
        "the versioned hash of all": versioned(9),
        "the versioned hash of the tenth": versioned(1, 9), "the root of the messages": root,
        "the proof of the last": others,
        "the answer 5": encodeAbiParameters([{ type: "uint256" }], [5n]),
        "the answer 11": encodeAbiParameters([{ type: "uint256" }], [11n]),
        "the refusal of the bridge": encodeErrorResult({ abi, errorName: "Error",
            args: ["CommonBridgeL2: caller is not the bridge"] }),
        "the published public inputs": concat(INPUTS) };
}

export function publishedInputsHold() {
    return createHash("sha256").update(hexToBytes(concat(INPUTS))).digest("hex") === INPUTS_SHA256;
}
