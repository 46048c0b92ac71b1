// abi - interfaces of contracts: read from JSON or from text, and used to decode and encode calls.
//
//   parseItem("function buy(uint256 count) payable returns (uint256 left)")      { kind, name, inputs, outputs, .. }
//   const book = openBook([items]);  book.call(input), book.error(data), book.event(log)
//
// A type is { name, type, parts?, of?, size? }: parts of a tuple, of: what an array repeats, size: its length (null:
// any).
// Whatever is decoded comes from strangers: bytes that do not fit a type give null, never an exception, and sizes are
// bounded by the data that is there.

import { keccakText } from "./keccak.mjs";

const ARRAY = /^(.*)\[(\d*)\]$/;

// --- types ---

function makeType(type, name, parts) {
    const array = ARRAY.exec(type);
    if (array)
        return { name, type, of: makeType(array[1], "", parts), size: array[2] === "" ? null : Number(array[2]) };
    if (type.startsWith("tuple"))
        return { name, type, parts };
    const known = /^(u?int(\d+)?|address|bool|string|bytes(\d+)?)$/.exec(type);
    if (!known)
        throw new Error(`unknown type ${type}`);
    return { name, type: type === "uint" ? "uint256" : type === "int" ? "int256" : type };
}

// As in a selector's text: (address,uint256)[]
function canonical(t) {
    if (t.of)
        return `${canonical(t.of)}[${t.size ?? ""}]`;
    return t.parts ? `(${t.parts.map(canonical).join(",")})` : t.type;
}

const isDynamic = (t) => t.of ? t.size === null || isDynamic(t.of) : t.parts ? t.parts.some(isDynamic)
    : t.type === "string" || t.type === "bytes";
const words = (t) => isDynamic(t) ? 1 : t.of ? t.size * words(t.of)
    : t.parts ? t.parts.reduce((n, p) => n + words(p), 0) : 1;

// --- items: functions, errors, events ---

function finish(item) {
    item.signature = `${item.name}(${item.inputs.map(canonical).join(",")})`;
    item.hash = `0x${keccakText(item.signature)}`;
    item.selector = item.hash.slice(0, 10);
    return item;
}

const ofJson = (p) => makeType(p.type, p.name ?? "", p.components?.map(ofJson));

// The items of a JSON ABI that can be decoded; others are left out.
export function readAbi(json) {
    const items = [];
    for (const entry of Array.isArray(json) ? json : [])
        try {
            if (!["function", "error", "event"].includes(entry.type) || !/^[A-Za-z_$][\w$]{0,200}$/.test(entry.name))
                continue;
            items.push(finish({ kind: entry.type, name: entry.name, inputs: (entry.inputs ?? []).map((p) =>
                Object.assign(ofJson(p), { indexed: p.indexed === true })), outputs: (entry.outputs ?? []).map(ofJson),
                mutability: entry.stateMutability ?? "nonpayable" }));
        } catch {
            continue; // a type that is not Solidity's
        }
    return items;
}

// Splits at commas that are in no parentheses.
function split(text) {
    const out = [];
    let depth = 0, from = 0;
    for (let i = 0; i <= text.length; i++) {
        if (text[i] === "(")
            depth++;
        else if (text[i] === ")")
            depth--;
        if ((text[i] === "," && depth === 0) || (i === text.length && i > from)) {
            out.push(text.slice(from, i).trim());
            from = i + 1;
        }
    }
    return out;
}

function ofText(text) {
    const close = text.lastIndexOf(")");
    const [type, ...rest] = text.slice(close + 1).trim().split(/\s+/);
    const indexed = rest.includes("indexed"), name = rest.filter((w) => w !== "indexed").join("");
    const parts = close >= 0 ? split(text.slice(text.indexOf("(") + 1, close)).map(ofText) : undefined;
    return Object.assign(makeType(close >= 0 ? `tuple${type}` : type, name, parts), { indexed });
}

// The text between the parenthesis at `open` and its partner.
function inside(text, open) {
    let depth = 0;
    for (let i = open; i < text.length; i++) {
        depth += text[i] === "(" ? 1 : text[i] === ")" ? -1 : 0;
        if (depth === 0)
            return text.slice(open + 1, i);
    }
    throw new Error(`unbalanced: ${text}`);
}

export function parseItem(text) {
    const [, kind, name] = /^(function|error|event) ([\w$]+)\(/.exec(text);
    const inputs = inside(text, text.indexOf("("));
    const rest = text.slice(text.indexOf("(") + inputs.length + 2), returns = rest.indexOf("(");
    return finish({ kind, name, inputs: split(inputs).map(ofText),
        outputs: returns < 0 ? [] : split(inside(rest, returns)).map(ofText),
        mutability: /\b(view|pure|payable)\b/.exec(rest)?.[1] ?? "nonpayable" });
}

// --- decoding ---

const word = (data, at) => {
    if (!Number.isSafeInteger(at) || at < 0 || 2 * (at + 32) > data.length)
        throw new Error("the data ends early");
    return data.slice(2 * at, 2 * (at + 32));
};
const length = (data, at) => {
    const n = BigInt(`0x${word(data, at)}`);
    if (n > BigInt(data.length))
        throw new Error("a length beyond the data");
    return Number(n);
};

function decodeBytes(data, at) {
    const n = length(data, at);
    if (2 * (at + 32 + n) > data.length)
        throw new Error("the data ends early");
    return data.slice(2 * (at + 32), 2 * (at + 32 + n));
}

function decodeScalar(t, data, at) {
    if (t.type === "string")
        return new TextDecoder().decode(toBytes(decodeBytes(data, at)));
    if (t.type === "bytes")
        return `0x${decodeBytes(data, at)}`;
    const w = word(data, at), x = BigInt(`0x${w}`);
    if (t.type === "address")
        return `0x${w.slice(24)}`;
    if (t.type === "bool")
        return x !== 0n;
    if (t.type.startsWith("bytes"))
        return `0x${w.slice(0, 2 * Number(t.type.slice(5)))}`;
    return t.type.startsWith("int") && x >> 255n ? x - (1n << 256n) : x;
}

function decodeList(types, data, base) {
    let at = base;
    return types.map((t) => {
        const place = isDynamic(t) ? base + length(data, at) : at;
        at += 32 * words(t);
        return decodeValue(t, data, place);
    });
}

function decodeValue(t, data, at) {
    if (t.parts && !t.of)
        return decodeList(t.parts, data, at);
    if (!t.of)
        return decodeScalar(t, data, at);
    const count = t.size ?? length(data, at), base = t.size === null ? at + 32 : at;
    if (count * words(t.of) * 64 > data.length)
        throw new Error("more items than data");
    return decodeList(Array(count).fill(t.of), data, base);
}

// data: hex digits without 0x. NULL: it does not fit.
export function decode(types, data) {
    try {
        return decodeList(types, data, 0);
    } catch {
        return null;
    }
}

// --- encoding: of what a person types ---

export function toBytes(hex) {
    return Uint8Array.from(hex.match(/../g) ?? [], (b) => parseInt(b, 16));
}

const hexWord = (x) => BigInt.asUintN(256, x).toString(16).padStart(64, "0");
const padRight = (hex) => hex.padEnd(Math.ceil(hex.length / 64) * 64, "0");

function needHex(text, bytes, what) {
    if (!/^0x([0-9a-f]{2})*$/i.test(text) || (bytes !== null && text.length !== 2 + 2 * bytes))
        throw new Error(`${what}: expected ${bytes === null ? "bytes" : `${bytes} bytes`} in hex`);
    return text.slice(2).toLowerCase();
}

function encodeScalar(t, value) {
    const what = t.name || t.type;
    if (t.type === "string" || t.type === "bytes") {
        const hex = t.type === "bytes" ? needHex(String(value), null, what)
            : [...new TextEncoder().encode(String(value))].map((b) => b.toString(16).padStart(2, "0")).join("");
        return hexWord(BigInt(hex.length / 2)) + padRight(hex);
    }
    if (t.type === "address")
        return needHex(String(value), 20, what).padStart(64, "0");
    if (t.type === "bool") {
        if (!["true", "false", "1", "0"].includes(String(value)))
            throw new Error(`${what}: expected true or false`);
        return hexWord(["true", "1"].includes(String(value)) ? 1n : 0n);
    }
    if (t.type.startsWith("bytes"))
        return padRight(needHex(String(value), Number(t.type.slice(5)), what));
    let x;
    try {
        x = BigInt(value);
    } catch {
        throw new Error(`${what}: expected a number`);
    }
    const bits = BigInt(t.type.replace(/\D+/, "")), isSigned = t.type.startsWith("int");
    const [least, most] = isSigned ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
    if (x < least || x > most)
        throw new Error(`${what}: out of the range of ${t.type}`);
    return hexWord(x);
}

function encodeValue(t, value) {
    if (!t.of && !t.parts)
        return encodeScalar(t, value);
    if (!Array.isArray(value))
        throw new Error(`${t.name || t.type}: expected a list, as JSON`);
    if (t.of && t.size !== null && value.length !== t.size)
        throw new Error(`${t.name || t.type}: expected ${t.size} items`);
    const body = encode(t.of ? value.map(() => t.of) : t.parts, value);
    return t.of && t.size === null ? hexWord(BigInt(value.length)) + body : body;
}

// The values of a call as hex digits without 0x; throws with a message for a person.
export function encode(types, values) {
    let head = "", tail = "";
    if (values.length !== types.length)
        throw new Error(`expected ${types.length} values`);
    const size = 32 * types.reduce((n, t) => n + words(t), 0);
    types.forEach((t, i) => {
        const body = encodeValue(t, values[i]);
        head += isDynamic(t) ? hexWord(BigInt(size + tail.length / 2)) : body;
        tail += isDynamic(t) ? body : "";
    });
    return head + tail;
}

// --- a book of everything that is known ---

const builtIn = ["error Error(string reason)", "error Panic(uint256 code)"].map(parseItem);
const PANIC = { 1: "assert(false)", 17: "arithmetic overflow", 18: "division by zero", 33: "enum out of range",
    34: "invalid storage byte array", 49: "pop of an empty array", 50: "index out of bounds", 65: "out of memory",
    81: "call of an uninitialized function" };

// items: lists of items, the first that knows a selector wins. Functions that return data differently are one.
export function openBook(lists) {
    const functions = new Map(), errors = new Map(), events = new Map();
    const add = (map, key, item) => map.has(key) || map.set(key, item);
    for (const item of [...lists.flat(), ...builtIn])
        if (item.kind === "function")
            add(functions, item.selector, item);
        else if (item.kind === "error")
            add(errors, item.selector, item);
        else
            add(events, item.hash, item);
    const known = (map, data) => {
        const item = data?.length >= 10 ? map.get(data.slice(0, 10).toLowerCase()) : undefined;
        const values = item && decode(item.inputs, data.slice(10));
        return values ? { item, values } : null;
    };
    return {
        call: (input) => known(functions, input),
        error: (data) => known(errors, data),
        returned: (input, output) => {
            const item = functions.get(input?.slice(0, 10).toLowerCase());
            const values = item?.outputs.length ? decode(item.outputs, output.slice(2)) : null;
            return values ? { item, values } : null;
        },
        event: (log) => {
            const item = events.get(log.topics[0]);
            if (!item)
                return null;
            const plain = decode(item.inputs.filter((t) => !t.indexed), log.data.slice(2));
            const topics = log.topics.slice(1);
            if (!plain || topics.length !== item.inputs.filter((t) => t.indexed).length)
                return null;
            const values = item.inputs.map((t) => !t.indexed ? plain.shift() : isDynamic(t) ? topics.shift()
                : decode([t], topics.shift().slice(2))?.[0] ?? null);
            return { item, values };
        },
    };
}

// What a call failed with, in a few words: a custom error, a reason, a panic, or the data.
export function errorText(book, frame) {
    if (frame.error && frame.error !== "execution reverted")
        return frame.error;
    const known = book.error(frame.output);
    if (!known)
        return frame.revertReason ?? (frame.output && frame.output !== "0x" ? `${frame.output.slice(0, 10)}…`
            : "reverted without a reason");
    if (known.item.name === "Error")
        return known.values[0] || "reverted with an empty reason";
    if (known.item.name === "Panic")
        return PANIC[known.values[0]] ?? `panic ${known.values[0]}`;
    return `${known.item.name}(${known.values.map((v, i) => valueText(known.item.inputs[i], v)).join(", ")})`;
}

// 1000000000000000000 is 1e18, and what is long is cut.
function shortNumber(x) {
    const text = String(x), zeros = /0*$/.exec(text)[0].length;
    if (text.length > 9 && text.length - zeros <= 4)
        return `${text.slice(0, text.length - zeros)}e${zeros}`;
    return text.length > 15 ? `${text.slice(0, 6)}…${text.slice(-4)}` : text;
}

// A decoded value as a line of text.
export function valueText(t, value, long = false) {
    if (Array.isArray(value)) {
        const items = value.map((v, i) => valueText(t.of ?? t.parts[i], v, long)).join(", ");
        return t.of ? `[${items}]` : `(${items})`;
    }
    if (typeof value === "string" && t.type === "string")
        return JSON.stringify(long ? value : shorten(value, 40));
    if (typeof value === "string")
        return long ? value : shortHex(value);
    return long || typeof value === "boolean" ? String(value) : shortNumber(value);
}

export const shorten = (text, most) => text.length > most ? `${text.slice(0, most - 1)}…` : text;
export const shortHex = (hex) => hex.length > 14 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex;
