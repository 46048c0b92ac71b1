// Arithmetic modulo odd numbers, by BigInt: node tests/vectors/modulus.mjs > tests/vectors/modulus.json
//
// "inverses": [m, x, 1 / x or 0 for 0].  "operations": per modulus, its constants (R = 2^256), and rows of
// [x, y, x + y, x - y, x y / R, x / 2].  "folded": modulo 2^256 - 2^32 - 977, [x, y, x y, x^2].
import { createHash } from "node:crypto";

const R = 1n << 256n, mask = (bits) => (1n << bits) - 1n;
const mod = (x, m) => ((x % m) + m) % m;

// Euclid: 1 / x mod m
function inverse(x, m) {
    let [a, b, u, v] = [mod(x, m), m, 1n, 0n];
    while (a > 1n) {
        const q = b / a;
        [a, b, u, v] = [b - q * a, a, v - q * u, u];
    }
    return a === 0n ? 0n : mod(u, m);
}

let drawn = 0;
const random = () => BigInt("0x" + createHash("sha256").update(`modulus ${drawn++}`).digest("hex"));
const hex = (x) => "0x" + x.toString(16);

const bn254 = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
const p256 = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const p256Order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const greatest = R - 189n; // the greatest prime below 2^256
const curve25519 = (1n << 255n) - 19n;
const secp256k1 = R - (1n << 32n) - 977n;

const inverses = [bn254, p256, p256Order, greatest, 3n, curve25519].flatMap((m) =>
    [0n, 1n, 2n, m - 1n, (m - 1n) / 2n, (m + 1n) / 2n, random(), random(), random() & mask(100n)]
        .map((x) => mod(x, m)).map((x) => [m, x, inverse(x, m)].map(hex)));

// Sums with a carry, differences with a borrow, and limbs that are all ones.
const operations = [bn254, p256, p256Order, greatest, curve25519].map((m) => {
    const rows = [[0n, 0n], [0n, m - 1n], [1n, m - 1n], [m - 1n, m - 1n], [m - 1n, 1n], [(m - 1n) / 2n, 2n],
        [random(), random()],
        [random(), random()], [m - (1n << 64n), m - (1n << 128n)], [mask(192n), mask(128n) << 64n]].map((pair) =>
            pair.map((x) => mod(x, m)));
    return {
        m: hex(m), inverse: hex(mod(-inverse(m, 1n << 64n), 1n << 64n)), one: hex(R % m), square: hex(R * R % m),
            cube: hex(R * R * R % m),
        rows: rows.map(([x, y]) => [x, y, mod(x + y, m), mod(x - y, m), mod(x * y * inverse(R, m), m),
            mod(x * inverse(2n, m), m)].map(hex)),
    };
});

// Products around 0 and around the modulus, before the second folding and after it.
const m = secp256k1;
const folded = [[0n, 0n], [0n, m - 1n], [1n, m - 1n], [m - 1n, m - 1n], [m - 1n, 2n], [1n << 255n, 2n],
    [1n << 128n, 1n << 128n],
    [m - (1n << 32n), m - 977n], [(m - (1n << 32n) + 1n) / 2n, 2n], [m - 1n, m - 2n], [m - 47n, 1n],
        [(m - 7n) / 3n, 3n], [mask(224n), 1n << 33n],
    [mask(256n) - mask(33n), mask(216n) << 40n], ...Array.from({ length: 23 }, () => [random(), random()])]
    .map((pair) => pair.map((x) => mod(x, m))).map(([x, y]) => [x, y, x * y % m, x * x % m].map(hex));

const list = (rows, indent) => `[\n${rows.map((r) => indent + JSON.stringify(r)).join(",\n")}\n${indent.slice(2)}]`;
console.log(`{
  "inverses": ${list(inverses, "    ")},
  "operations": [
${operations.map(({ rows, ...constants }) => `    {\n${Object.entries(constants).map(([k, v]) => `      "${k}": "${v}",\n`).join("")}      "rows": ${list(rows, "        ")}\n    }`).join(",\n")}
  ],
  "folded": ${list(folded, "    ")}
}`);
