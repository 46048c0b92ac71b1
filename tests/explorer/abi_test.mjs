// abi_test - the explorer's decoder and encoder against viem, and against data that no encoder makes.
//
//   node tests/explorer/abi_test.mjs

import { encodeAbiParameters, encodeErrorResult, encodeEventTopics, encodeFunctionData, keccak256, parseAbi,
    toEventSelector, toFunctionSelector } from "viem";
import { decode, encode, errorText, openBook, parseItem, readAbi, valueText } from "../../explorer/src/abi.mjs";
import { keccak256 as ours } from "../../explorer/src/keccak.mjs";

let passed = 0, failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${detail}`);
}

const text = (x) => JSON.stringify(x, (key, v) => (["bigint", "number"].includes(typeof v) ? `${v}` : v))
    ?.toLowerCase();
const address = (n) => `0x${String(n).repeat(40)}`;

for (const length of [0, 1, 31, 32, 135, 136, 137, 271, 272, 273, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255);
    check(`keccak256 of ${length} bytes`, `0x${ours(bytes)}` === keccak256(bytes), ours(bytes));
}

// type, values: what viem encodes is decoded, and encoded to the same.
const rows = [
    ["uint256 a, uint8 b, int16 c, bool d, address e", [7n, 255, -3, true, address(1)]],
    ["bytes a, string b", ["0x001122", "many ☃ characters, more than a word of them takes"]],
    ["bytes4 a, bytes32 b", ["0x11223344", `0x${"ab".repeat(32)}`]],
    ["uint256[] a, address[2] b, string[] c", [[1n, 2n, 3n], [address(1), address(2)], ["", "x"]]],
    ["(address to, uint256 value, uint256 gasLimit, bytes data) request, uint32 flags",
        [{ to: address(3), value: 9n, gasLimit: 10n, data: "0xdeadbeef" }, 5]],
    ["(uint256 a, (bytes b, uint256[] c)[] d)[2] e", [[{ a: 1n, d: [{ b: "0x", c: [] }] },
        { a: 2n, d: [{ b: "0x01", c: [4n] }, { b: "0x02", c: [5n, 6n] }] }]]],
    ["int256 a", [-(1n << 255n)]], ["", []],
];
const listed = (t, v) => t.of ? v.map((x) => listed(t.of, x)) : t.parts ? t.parts.map((p) => listed(p, v[p.name])) : v;
for (const [types, values] of rows) {
    const item = parseItem(`function f(${types}) payable returns (uint256)`);
    const abi = parseAbi([`function f(${types}) payable`]);
    const data = encodeFunctionData({ abi, args: values }), lists = item.inputs.map((t, i) => listed(t, values[i]));
    check(`selector of (${types})`, item.selector === data.slice(0, 10), item.signature);
    const decoded = decode(item.inputs, data.slice(10));
    check(`(${types}) decoded`, text(decoded) === text(lists), text(decoded));
    check(`(${types}) encoded`, item.selector + encode(item.inputs, lists) === data, "");
    check(`(${types}) as JSON`, readAbi(abi)[0].signature === item.signature, readAbi(abi)[0].signature);
    for (let cut = 10; cut < data.length; cut += 34) { // never an exception
        const shorter = decode(item.inputs, data.slice(10, cut));
        check(`(${types}) cut at ${cut}`, shorter === null || Array.isArray(shorter), "");
    }
}

// What no encoder makes: lengths and places far outside.
const huge = "f".repeat(64), bombs = [["bytes", huge], ["string[]", "0".repeat(62) + "20" + huge],
    ["uint256[]", "0".repeat(62) + "20" + "0".repeat(48) + "ffffffffffffffff"],
    ["uint256[][][]", ("0".repeat(62) + "20").repeat(60)], ["uint256[1000000000]", "00".repeat(64)]];
for (const [type, data] of bombs) {
    const began = performance.now(), decoded = decode([parseItem(`function f(${type} x)`).inputs[0]], data);
    check(`hostile ${type}`, decoded === null || performance.now() - began < 5000, text(decoded));
}
for (const [type, value] of [["uint8", "256"], ["uint8", "-1"], ["int8", "128"], ["address", "0x11"], ["bool", "maybe"],
    ["bytes", "0x123"], ["bytes4", "0x11"], ["uint256", "five"], ["uint256[]", "5"]]) {
    let said = "";
    try {
        encode([parseItem(`function f(${type} x)`).inputs[0]], [value]);
    } catch (error) {
        said = error.message;
    }
    check(`${value} is no ${type}`, said.startsWith("x: "), said);
}

// A book: calls, errors, events.
const abi = parseAbi(["function buy(uint256 count) payable returns (uint256 left)", "error WrongPrice(uint256 price)",
    "event Bought(address indexed who, uint256 count, string note)"]);
const book = openBook([readAbi(abi)]);
const input = encodeFunctionData({ abi, functionName: "buy", args: [3n] });
check("a call", book.call(input).item.name === "buy" && book.call(input).values[0] === 3n, "");
check("a call that is cut", book.call(input.slice(0, 20)) === null, "");
check("what it returns", book.returned(input, encodeAbiParameters([{ type: "uint256" }], [8n])).values[0] === 8n, "");
const reverted = (output) => errorText(book, { error: "execution reverted", output });
check("an error", reverted(encodeErrorResult({ abi, errorName: "WrongPrice", args: [5n] })) === "WrongPrice(5)", "");
check("a reason", reverted(encodeErrorResult({ abi: parseAbi(["error Error(string)"]), args: ["no"] })) === "no", "");
check("a panic", reverted(encodeErrorResult({ abi: parseAbi(["error Panic(uint256)"]), args: [17n] }))
    === "arithmetic overflow", "");
check("unknown data", reverted("0x11223344aa") === "0x11223344…", reverted("0x11223344aa"));
check("no data", reverted(undefined) === "reverted without a reason", "");
const topics = encodeEventTopics({ abi, eventName: "Bought", args: { who: address(1) } });
const data = encodeAbiParameters([{ type: "uint256" }, { type: "string" }], [2n, "<b>"]);
const event = book.event({ topics, data });
check("an event", event.item.name === "Bought" && text(event.values) === text([address(1), 2n, "<b>"]), text(event));
check("an event without a topic", book.event({ topics: topics.slice(0, 1), data }) === null, "");
check("anonymous", book.event({ topics: [], data }) === null, "");
check("selectors", readAbi(abi)[0].selector === toFunctionSelector(abi[0]) && readAbi(abi)[2].hash
    === toEventSelector(abi[2]), "");
check("an ABI of nonsense", readAbi([null, 7, { type: "function", name: "<img>", inputs: [] }, { type: "function",
    name: "f", inputs: [{ type: "mapping" }] }]).length === 0, "");
check("a number", valueText({ type: "uint256" }, 10n ** 18n) === "1e18", valueText({ type: "uint256" }, 10n ** 18n));

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
