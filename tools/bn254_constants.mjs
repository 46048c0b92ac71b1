#!/usr/bin/env node
// Derives every constant of src/crypto/bn254_constants.h from the curve's parameter, checks what can be checked, and
// prints the header. Nothing in it is copied from another implementation.
//
//   node tools/bn254_constants.mjs > src/crypto/bn254_constants.h
//   node tools/bn254_constants.mjs check src/crypto/bn254_constants.h
import { readFileSync } from 'node:fs'

const assert = (condition, what) => {
  if (!condition) throw new Error(`bn254_constants: ${what}`)
}
const mod = (x, m) => ((x % m) + m) % m
const power = (x, e, m) => {
  let r = 1n
  for (x = mod(x, m); e > 0n; e >>= 1n, x = (x * x) % m) if (e & 1n) r = (r * x) % m
  return r
}
const inverse = (x, m) => {
  let [r0, r1, s0, s1] = [m, mod(x, m), 0n, 1n]
  while (r1) {
    const q = r0 / r1
    ;[r0, r1, s0, s1] = [r1, r0 - q * r1, s1, s0 - q * s1]
  }
  assert(r0 === 1n, 'not invertible')
  return mod(s0, m)
}
const gcd = (x, y) => {
  while (y) [x, y] = [y, x % y]
  return x < 0n ? -x : x
}

// The family of Barreto and Naehrig (2005); u as in EIP-197's curve.
const u = 4965661367192848881n
const p = 36n * u ** 4n + 36n * u ** 3n + 24n * u ** 2n + 6n * u + 1n
const r = 36n * u ** 4n + 36n * u ** 3n + 18n * u ** 2n + 6n * u + 1n
assert(p === 21888242871839275222246405745257275088696311157297823662689037894645226208583n, 'p is not that of EIP-196')
assert(r === 21888242871839275222246405745257275088548364400416034343698204186575808495617n, 'r is not that of EIP-196')
const t = 6n * u ** 2n + 1n // trace of Frobenius: the curve has p + 1 - t = r points
assert(p + 1n - t === r, 'order')

// Fp2 = Fp[i] / (i^2 + 1), xi = 9 + i
const mul2 = ([a, b], [c, d]) => [mod(a * c - b * d, p), mod(a * d + b * c, p)]
const power2 = (x, e) => {
  let r = [1n, 0n]
  for (; e > 0n; e >>= 1n, x = mul2(x, x)) if (e & 1n) r = mul2(r, x)
  return r
}
const inverse2 = ([a, b]) => {
  const n = inverse(a * a + b * b, p)
  return [mod(a * n, p), mod(-b * n, p)]
}
const xi = [9n, 1n]
const three_over_xi = mul2([3n, 0n], inverse2(xi)) // b of the twist y^2 = x^3 + 3 / xi

// Frobenius: w^p^k = w * xi^((p^k - 1) / 6), and so on for powers of w.
const gamma = (k, i) => power2(xi, (BigInt(i) * (p ** BigInt(k) - 1n)) / 6n)
for (let i = 1; i <= 5; i++) assert(gamma(2, i)[1] === 0n, 'gamma of p^2 lies in Fp')
assert(gamma(2, 3)[0] === p - 1n, 'pi^2 negates y')

// GLV (Gallant, Lambert, Vanstone 2001): phi(x, y) = (beta x, y) is multiplication by lambda on the group of order r.
// beta and lambda are cube roots of unity; the pair that belongs together is found on the generator (1, 2).
const add = (P, Q) => {
  if (!P) return Q
  if (!Q) return P
  if (P[0] === Q[0] && mod(P[1] + Q[1], p) === 0n) return null
  const s = P[0] === Q[0] ? 3n * P[0] * P[0] * inverse(2n * P[1], p) : (Q[1] - P[1]) * inverse(Q[0] - P[0], p)
  const x = mod(s * s - P[0] - Q[0], p)
  return [x, mod(s * (P[0] - x) - P[1], p)]
}
const times = (k, P) => {
  let R = null
  for (; k > 0n; k >>= 1n, P = add(P, P)) if (k & 1n) R = add(R, P)
  return R
}
const cube_root_of_unity = (m) => {
  for (let g = 2n; ; g++) {
    const c = power(g, (m - 1n) / 3n, m)
    if (c !== 1n) return c
  }
}
const lambda = cube_root_of_unity(r)
const image = times(lambda, [1n, 2n])
let beta = cube_root_of_unity(p)
if (image[0] !== beta) beta = (beta * beta) % p
assert(image[0] === beta && image[1] === 2n, 'phi is multiplication by lambda')

// Two short vectors (a, b) with a + b lambda = 0 mod r, by the extended Euclidean algorithm stopped half way.
const sqrt = (n) => {
  let x = 1n << 128n
  for (;;) {
    const y = (x + n / x) >> 1n
    if (y >= x) return x
    x = y
  }
}
const rows = []
{
  let [r0, r1, t0, t1] = [r, lambda, 0n, 1n]
  while (r1) {
    rows.push([r0, t0])
    const q = r0 / r1
    ;[r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1]
  }
}
const half_way = rows.findIndex(([x]) => x < sqrt(r))
const norm = ([x, y]) => x * x + y * y
const v1 = [rows[half_way][0], -rows[half_way][1]]
const other = [rows[half_way - 1], rows[half_way + 1]].map(([x, y]) => [x, -y])
const v2 = norm(other[0]) < norm(other[1]) ? other[0] : other[1]
for (const [a, b] of [v1, v2]) assert(mod(a + b * lambda, r) === 0n, 'lattice')
let det = v1[0] * v2[1] - v1[1] * v2[0]
assert(det === r || det === -r, 'the vectors span the lattice')
const sign = det / r
// k = k1 + k2 lambda with (k1, k2) = (k, 0) - c1 v1 - c2 v2, c1 = round(k b2 / det), c2 = round(-k b1 / det);
// the quotients by r become products with g = round(2^256 b / r), shifted.
const rounded = (x, y) => (2n * x + y) / (2n * y) // y > 0; x of either sign, away from zero at the end
const abs = (x) => (x < 0n ? -x : x)
const g1 = rounded(abs(v2[1]) << 256n, r)
const g2 = rounded(abs(v1[1]) << 256n, r)
const s1 = v2[1] * sign > 0n ? 1n : -1n
const s2 = -v1[1] * sign > 0n ? 1n : -1n
assert(v1[0] > 0n && v1[1] < 0n && v2[0] > 0n && v2[1] > 0n && s1 > 0n && s2 > 0n, 'the signs that bn254.c is written for')
const split = (k) => {
  const c1 = s1 * ((k * g1) >> 256n)
  const c2 = s2 * ((k * g2) >> 256n)
  return [k - c1 * v1[0] - c2 * v2[0], -c1 * v1[1] - c2 * v2[1]]
}
// (k1, k2) = f1 v1 + f2 v2 with fractions f: rounding down leaves 0 <= f < 1, and the error of g adds k / 2^257 < 1/8.
const bound = ((abs(v1[0]) + abs(v2[0])) * 9n) / 8n > ((abs(v1[1]) + abs(v2[1])) * 9n) / 8n
  ? ((abs(v1[0]) + abs(v2[0])) * 9n) / 8n
  : ((abs(v1[1]) + abs(v2[1])) * 9n) / 8n
assert(bound < 1n << 128n, 'halves of the scalar have at most 128 bits')
for (let i = 0n, k = 12345n; i < 2000n; i++, k = mod(k * k + i, r)) {
  const [k1, k2] = split(i < 4n ? r - 1n - i : i < 8n ? i - 4n : k)
  assert(abs(k1) <= bound && abs(k2) <= bound, 'bound of the halves')
  assert(mod(k1 + k2 * lambda - (i < 4n ? r - 1n - i : i < 8n ? i - 4n : k), r) === 0n, 'split')
}

// Subgroup check of G2. psi, the Frobenius of the curve brought to the twist, satisfies X^2 - t X + p on the whole twist and
// is multiplication by p on the subgroup. The Miller loop of the optimal ate pairing (Vercauteren 2010) ends with
// (6u + 2) Q + psi(Q) - psi^2(Q), which is -psi^3(Q) on the subgroup. Conversely, a point with g(psi) Q = 0 for
// g = (6u + 2) + X - X^2 + X^3 has an order that divides the resultant of both polynomials, and the order of the twist. That their
// gcd is r proves that no other point ends there.
const g = [6n * u + 2n, 1n, -1n, 1n] // coefficients from X^0
let [c0, c1] = [0n, 0n] // g mod X^2 - t X + p, as c0 + c1 X
for (const c of [...g].reverse()) [c0, c1] = [c - p * c1, c0 + t * c1]
const resultant = c0 * c0 + c0 * c1 * t + c1 * c1 * p
const twist_order = r * (2n * p - r) // Hess, Smart, Vercauteren 2006: (p + 1 - t)(p - 1 + t)
assert(2n * p - r === p - 1n + t, 'cofactor of the twist')
assert(gcd(resultant, twist_order) === r, 'the subgroup check is a check')
assert(mod(g[0] + g[1] * p + g[2] * p * p + g[3] * p ** 3n, r) === 0n, 'the subgroup passes it')

// Hard part of the final exponentiation (Fuentes-Castaneda, Knapp, Rodriguez-Henriquez 2011): the exponents below add up to
// 2u (6u^2 + 3u + 1) times (p^4 - p^2 + 1) / r, and that factor is prime to r.
const hard = (p ** 4n - p * p + 1n) / r
const lambdas = [
  1n + 6n * u + 12n * u ** 2n + 12n * u ** 3n,
  4n * u + 6n * u ** 2n + 12n * u ** 3n,
  6n * u + 6n * u ** 2n + 12n * u ** 3n,
  -1n + 4n * u + 6n * u ** 2n + 12n * u ** 3n,
]
const total = lambdas.reduce((sum, l, i) => sum + l * p ** BigInt(i), 0n)
assert(total === 2n * u * (6n * u ** 2n + 3n * u + 1n) * hard, 'hard part')
assert(gcd(2n * u * (6n * u ** 2n + 3n * u + 1n), r) === 1n, 'factor of the hard part')

// Non-adjacent form, most significant digit first.
const naf = (n) => {
  const digits = []
  for (; n > 0n; n >>= 1n) {
    let d = 0n
    if (n & 1n) {
      d = 2n - (n & 3n)
      n -= d
    }
    digits.push(d)
  }
  return digits.reverse()
}

const R = 1n << 256n
const limbs = (x) => {
  assert(x >= 0n && x < R, 'fits 256 bits')
  return `{{${[0n, 64n, 128n, 192n].map((s) => '0x' + ((x >> s) & 0xffffffffffffffffn).toString(16).padStart(16, '0')).join(', ')}}}`
}
const fp = (x) => limbs(mod(x * R, p))
const fp2 = ([a, b]) => `{\n    ${fp(a)},\n    ${fp(b)},\n}`
const lines = []
const say = (s) => lines.push(s)
const wrap = (digits) => {
  const out = []
  for (let i = 0; i < digits.length; i += 24) out.push('    ' + digits.slice(i, i + 24).map((d) => `${d},`).join(' '))
  return out.join('\n')
}
const bits = (x) => x.toString(2).length

const field = `static const struct modulus bn254_p = {
    .m = ${limbs(p)},
    .inverse = 0x${mod(-inverse(p, 1n << 64n), 1n << 64n).toString(16)},
    .one = ${limbs(mod(R, p))},
    .square = ${limbs(mod(R * R, p))},
    .cube = ${limbs(mod(R * R * R, p))},
};`
say(`/* bn254_constants - numbers of the curve of EIP-196 and EIP-197. Generated by tools/bn254_constants.mjs, which derives
 * each from the parameter u and says how; do not edit. Field elements are in Montgomery form. */
#ifndef CRYPTO_BN254_CONSTANTS_H
#define CRYPTO_BN254_CONSTANTS_H

#include "crypto/montgomery.h"

/* An element of Fp, in Montgomery form. */
typedef u256 fp;
/* c0 + c1 i, i^2 = -1 */
struct fp2 {
    fp c0, c1;
};

/* p = 36 u^4 + 36 u^3 + 24 u^2 + 6 u + 1, u = 0x${u.toString(16)} */
${field}

/* The order of both groups: 36 u^4 + 36 u^3 + 18 u^2 + 6 u + 1 */
static const u256 bn254_order = ${limbs(r)};

static const fp fp_three = ${fp(3n)};
/* b of the twist: 3 / xi */
static const struct fp2 twist_b = ${fp2(three_over_xi)};
`)
for (const k of [1, 3]) {
  say(`/* frobenius${k}[i - 1] = xi^(i (p${k === 1 ? '' : '^3'} - 1) / 6) */`)
  say(`static const struct fp2 frobenius${k}[5] = {`)
  for (let i = 1; i <= 5; i++) say(`    {${fp(gamma(k, i)[0])},\n     ${fp(gamma(k, i)[1])}},`)
  say('};')
}
say('/* frobenius2[i - 1] = xi^(i (p^2 - 1) / 6) */')
say('static const fp frobenius2[5] = {')
for (let i = 1; i <= 5; i++) say(`    ${fp(gamma(2, i)[0])},`)
say('};')
say(`
/* Digits of 6u + 2 in non-adjacent form, most significant first. */
static const signed char ate_digits[] = {
${wrap(naf(6n * u + 2n))}
};
/* Digits of u. */
static const signed char u_digits[] = {
${wrap(naf(u))}
};

/* (beta x, y) = lambda (x, y) */
static const fp glv_beta = ${fp(beta)};
/* k = k1 + k2 lambda: with c1 = k g1 >> 256 and c2 = k g2 >> 256, k1 = k - c1 a1 - c2 a2 and k2 = c1 b1 - c2 b2.
 * (a1, -b1) and (a2, b2) are short vectors with a + b lambda = 0. Both halves are below 2^${bits(bound)} in magnitude. */
static const u256 glv_g1 = ${limbs(g1)};
static const u256 glv_g2 = ${limbs(g2)};
static const u256 glv_a1 = ${limbs(abs(v1[0]))};
static const u256 glv_b1 = ${limbs(abs(v1[1]))};
static const u256 glv_a2 = ${limbs(abs(v2[0]))};
static const u256 glv_b2 = ${limbs(abs(v2[1]))};

#endif`)
const text = lines.join('\n') + '\n'
if (process.argv[2] === 'check') {
  assert(readFileSync(process.argv[3], 'utf8') === text, `${process.argv[3]} is not what this program prints`)
} else {
  process.stdout.write(text)
}
