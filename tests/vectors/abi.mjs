// Makes abi.json: ABI encodings by viem, sixty of them also checked with cast.
//
//     node tests/vectors/abi.mjs > tests/vectors/abi.json
//
// Values are text or lists of values, as codec/abi_value.h takes them. Random rows come from a fixed seed.
import { execFileSync } from "node:child_process";
import {
  encodeFunctionData, encodeEventTopics, encodeAbiParameters,
  parseAbiItem, parseAbiParameters, toEventSelector, toFunctionSignature, getAddress, toHex,
} from "viem";

import { panicReasons } from "../../node_modules/viem/_esm/constants/solidity.js"; // not among its exports

const cast = new URL("../../node_modules/@foundry-rs/cast-linux-amd64/bin/cast", import.meta.url).pathname;

// --- random types and values ---------------------------------------------------------------------

let seed = 0x5c09e;
const random = (n) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * n);
};
const pick = (list) => list[random(list.length)];
const bytes = (n) => "0x" + Array.from({ length: n }, () => random(256).toString(16).padStart(2, "0")).join("");
const bits = (n) => {
  let x = 0n;
  for (let i = 0; i < n; i++) x = (x << 1n) | BigInt(random(2));
  return x;
};

function randomType(depth) {
  const kind = random(depth > 0 ? 12 : 8);
  if (kind === 0) return { type: "uint" + 8 * (1 + random(32)) };
  if (kind === 1) return { type: "int" + 8 * (1 + random(32)) };
  if (kind === 2) return { type: "address" };
  if (kind === 3) return { type: "bool" };
  if (kind === 4) return { type: "bytes" + (1 + random(32)) };
  if (kind === 5) return { type: "uint256" };
  if (kind === 6) return { type: "bytes" };
  if (kind === 7) return { type: "string" };
  if (kind === 8) return { array: randomType(depth - 1) };
  if (kind === 9) return { array: randomType(depth - 1), length: 1 + random(3) };
  return { tuple: Array.from({ length: 1 + random(4) }, () => randomType(depth - 1)) };
}

const typeText = (t) =>
  t.type ?? (t.tuple ? `(${t.tuple.map(typeText).join(",")})` : `${typeText(t.array)}[${t.length ?? ""}]`);

// [what viem takes, the text of it]
function randomValue(t) {
  if (t.tuple) return collect(t.tuple.map(randomValue));
  if (t.array) return collect(Array.from({ length: t.length ?? random(4) }, () => randomValue(t.array)));
  const size = Number(/\d+$/.exec(t.type)?.[0] ?? 0);
  if (t.type.startsWith("uint")) {
    const x = pick([0n, 1n, (1n << BigInt(size)) - 1n, bits(size), bits(random(size))]);
    return [x, String(x)];
  }
  if (t.type.startsWith("int")) {
    const half = 1n << BigInt(size - 1);
    const x = pick([0n, -1n, half - 1n, -half, bits(size - 1), -bits(size - 1)]);
    return [x, String(x)];
  }
  if (t.type === "address") return same(getAddress(bytes(20)));
  if (t.type === "bool") {
    const x = random(2) === 1;
    return [x, String(x)];
  }
  if (t.type === "string") return same(pick(["", "dog", "caf\u00e9 \u{1f408}", "x".repeat(random(100)),
      'say "hi"\\\n']));
  if (t.type === "bytes") return same(bytes(pick([0, 1, 31, 32, 33, random(100)])));
  return same(bytes(size));
}
const same = (x) => [x, x];
const collect = (pairs) => [pairs.map((p) => p[0]), pairs.map((p) => p[1])];

// viem takes small integers as numbers
const forViem = (x, t) => {
  if (t.tuple) return x.map((y, i) => forViem(y, t.tuple[i]));
  if (t.array) return x.map((y) => forViem(y, t.array));
  const size = Number(/^u?int(\d+)$/.exec(t.type)?.[1] ?? 256);
  return typeof x === "bigint" && size <= 48 ? Number(x) : x;
};

// --- rows ------------------------------------------------------------------------------------------

// viem takes a tuple of named components as an object; ours are unnamed, so give every one a name.
let names = 0;
const parameter = (t) => {
  const name = `p${names++}`;
  if (t.tuple) return { name, type: "tuple", components: t.tuple.map(parameter) };
  if (t.array) {
    const item = parameter(t.array);
    return { ...item, name, type: `${item.type}[${t.length ?? ""}]` };
  }
  return { name, type: t.type };
};
const named = (x, p, t) => {
  if (t.tuple) return Object.fromEntries(t.tuple.map((c, i) =>
      [p.components[i].name, named(x[i], p.components[i], c)]));
  if (t.array) {
    const item = { ...p, type: p.type.replace(/\[\d*\]$/, "") };
    return x.map((y) => named(y, item, t.array));
  }
  return x;
};

function call(types, values) {
  const signature = `f(${types.map(typeText).join(",")})`;
  const inputs = types.map(parameter);
  const item = { type: "function", name: "f", inputs, outputs: [], stateMutability: "view" };
  const args = values.map((v, i) => named(forViem(v[0], types[i]), inputs[i], types[i]));
  const data = encodeFunctionData({ abi: [item], functionName: "f", args });
  return { signature, arguments: values.map((v) => v[1]), data };
}

const u = (type) => ({ type });
const rows = [
  // the examples of the specification
  call([u("uint32"), u("bool")], [[69n, "69"], [true, "true"]]),
  call([{ array: u("bytes3"), length: 2 }], [collect([same("0x616263"), same("0x646566")])]),
  call([u("bytes"), u("bool"), { array: u("uint256") }],
       [same("0x64617665"), [true, "true"], collect([1n, 2n, 3n].map((x) => [x, String(x)]))]),
  call([u("uint256"), { array: u("uint32") }, u("bytes10"), u("bytes")],
       [[0x123n, "291"], collect([[0x456n, "1110"], [0x789n, "1929"]]), same("0x31323334353637383930"),
        same("0x48656c6c6f2c20776f726c6421")]),
  call([{ array: { array: u("uint256") } }, { array: u("string") }],
       [collect([collect([[1n, "1"], [2n, "2"]]), collect([[3n, "3"]])]), collect(["one", "two", "three"].map(same))]),
  call([], []),
];
for (let i = 0; i < 250; i++) {
  const types = Array.from({ length: random(4) + (i % 3 === 0 ? 0 : 1) }, () => randomType(i % 5));
  rows.push(call(types, types.map(randomValue)));
}

// cast has its own way to write values, so it sees the rows without tuples and awkward strings
const castText = (v) => (Array.isArray(v) ? `[${v.map(castText).join(",")}]` : v);
const castable = (v) => (Array.isArray(v) ? v.every(castable) : !/["\\\n,\[\]() ]|^$/.test(v));
let agreed = 0;
for (const row of rows) {
  if (row.signature.includes("((") || row.signature.includes(",(") || !castable(row.arguments)
      || agreed === 60) continue;
  const args = row.arguments.map(castText);
  const said = execFileSync(cast, ["calldata", row.signature, "--", ...args], { encoding: "utf8" }).trim();
  if (said !== row.data) throw new Error(`viem and cast differ on ${row.signature}`);
  agreed++;
}
if (agreed < 40) throw new Error("cast looked at too few");

const human = [
  "function transfer(address to, uint256 amount) external returns (bool)",
  "function swap(uint256,address[],(address,uint256,bytes)[2])",
  "function f(uint a, int b, address payable c)",
  "function executeBundle(((uint256 id, bytes32 root)[] rollups, (uint8 kind, bytes data, (address to, uint256 value)[] calls)[] steps) bundle) external payable",
  "function getReserves() view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast)",
  "event Transfer(address indexed from, address indexed to, uint256 value)",
  "event Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to)",
  "event Odd(string indexed text, (uint256 a, bytes b) pair, bytes indexed list)",
  "error InsufficientBalance(uint256 have, uint256 want)",
  "error Nothing()",
];
const signatures = human.map((text) => {
  const item = parseAbiItem(text);
  return {
    text,
    canonical: toFunctionSignature({ ...item, type: "function" }),
    hash: toEventSelector({ ...item, type: "event" }),
  };
});

const erc20 = parseAbiItem("event Transfer(address indexed from, address indexed to, uint256 value)");
const odd = parseAbiItem("event Odd(string indexed text, (uint256 a, bytes b) pair, bytes indexed list)");
const from = getAddress(bytes(20)), to = getAddress(bytes(20));
const events = [
  {
    signature: human[5],
    topics: encodeEventTopics({ abi: [erc20], eventName: "Transfer", args: { from, to } }),
    data: toHex(12345n, { size: 32 }),
    shown: `(from: ${from}, to: ${to}, value: 12345)`,
  },
  (() => {
    const topics = encodeEventTopics({ abi: [odd], eventName: "Odd", args: { text: "dog", list: "0x0102" } });
    return {
      signature: human[7],
      topics,
      data: encodeAbiParameters(parseAbiParameters("(uint256 a, bytes b) pair"), [{ a: 7n, b: "0xabcd" }]),
      shown: `(text: ${topics[1]}, pair: (a: 7, b: 0xabcd), list: ${topics[2]})`,
    };
  })(),
];

// viem has no meaning for 0x00, Solidity's generic panic.
const panics = Object.keys(panicReasons).map(Number);

process.stdout.write(
  JSON.stringify({ made_by: "viem 2.57.20, cast 1.7.1: tests/vectors/abi.mjs", cast_agreed: agreed, calls: rows, signatures, events, panics }, null, 1) + "\n",
);
