// curve_math - what the programs that derive curve constants share: integers modulo m, affine points, lattices for GLV.
import { readFileSync } from 'node:fs'

export const check = (condition, what) => {
  if (!condition) throw new Error(`curve constants: ${what}`)
}
export const mod = (x, m) => ((x % m) + m) % m
export const abs = (x) => (x < 0n ? -x : x)
export const power = (x, e, m) => {
  let r = 1n
  for (x = mod(x, m); e > 0n; e >>= 1n, x = (x * x) % m) if (e & 1n) r = (r * x) % m
  return r
}
export const inverse = (x, m) => {
  let [r0, r1, s0, s1] = [m, mod(x, m), 0n, 1n]
  while (r1) {
    const q = r0 / r1
    ;[r0, r1, s0, s1] = [r1, r0 - q * r1, s1, s0 - q * s1]
  }
  check(r0 === 1n, 'not invertible')
  return mod(s0, m)
}
export const gcd = (x, y) => {
  while (y) [x, y] = [y, x % y]
  return abs(x)
}

// Affine points of y^2 = x^3 + b modulo p; null is infinity.
export const curve = (p) => {
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
  // P, 3P, 5P ..
  const oddMultiples = (P, count) => Array.from({ length: count }, (_, i) => times(BigInt(2 * i + 1), P))
  return { add, times, oddMultiples }
}

const cubeRootOfUnity = (m) => {
  for (let g = 2n; ; g++) {
    const c = power(g, (m - 1n) / 3n, m)
    if (c !== 1n) return c
  }
}
const sqrt = (n) => {
  let x = 1n << 129n
  for (;;) {
    const y = (x + n / x) >> 1n
    if (y >= x) return x
    x = y
  }
}

// GLV (Gallant, Lambert, Vanstone 2001) for a curve with a = 0 and a group of prime order r: phi(x, y) = (beta x, y) is
// multiplication by lambda. beta and lambda are cube roots of unity; the pair that belongs together is found on a
// generator.
//
// A scalar k is split into halves k1 + k2 lambda = k with (k1, k2) = (k, 0) - c1 v1 - c2 v2, where v1 and v2 are short
// vectors (a, b) with a + b lambda = 0, found by the extended Euclidean algorithm stopped half way. c1 and c2 are
// rounded quotients by r, here products with g = round(2^256 b / r), shifted.
export const glv = (p, r, G) => {
  const lambda = cubeRootOfUnity(r)
  const image = curve(p).times(lambda, G)
  let beta = cubeRootOfUnity(p)
  if (image[0] !== mod(beta * G[0], p)) beta = (beta * beta) % p
  check(image[0] === mod(beta * G[0], p) && image[1] === G[1], 'phi is multiplication by lambda')

  const rows = []
  let [r0, r1, t0, t1] = [r, lambda, 0n, 1n]
  while (r1) {
    rows.push([r0, -t0])
    const q = r0 / r1
    ;[r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1]
  }
  const halfWay = rows.findIndex(([x]) => x < sqrt(r))
  const norm = ([x, y]) => x * x + y * y
  const v1 = rows[halfWay]
  const v2 = norm(rows[halfWay - 1]) < norm(rows[halfWay + 1]) ? rows[halfWay - 1] : rows[halfWay + 1]
  for (const [a, b] of [v1, v2]) check(mod(a + b * lambda, r) === 0n, 'lattice')
  check(v1[0] * v2[1] - v1[1] * v2[0] === r, 'the vectors span the lattice')
  check(v1[0] > 0n && v1[1] < 0n && v2[0] > 0n && v2[1] > 0n, 'the signs that crypto/glv.h is written for')

  const rounded = (x, y) => (2n * x + y) / (2n * y)
  const g1 = rounded(v2[1] << 256n, r)
  const g2 = rounded(-v1[1] << 256n, r)
  const split = (k) => {
    const c1 = (k * g1) >> 256n
    const c2 = (k * g2) >> 256n
    return [k - c1 * v1[0] - c2 * v2[0], -c1 * v1[1] - c2 * v2[1]]
  }
  // (k1, k2) = f1 v1 + f2 v2: rounding down leaves 0 <= f < 1, and the error of g adds at most k / 2^257 < 1/2 on
  // either side
  const bound = [0, 1].map((i) => ((abs(v1[i]) + abs(v2[i])) * 3n) / 2n).reduce((x, y) => (x > y ? x : y))
  check(bound < 1n << 130n, 'halves of the scalar are halves')
  for (let i = 0n, k = 12345n; i < 2000n; i++, k = mod(k * k + i, r)) {
    const scalar = i < 4n ? r - 1n - i : i < 8n ? i - 4n : k
    const [k1, k2] = split(scalar)
    check(abs(k1) <= bound && abs(k2) <= bound, 'bound of the halves')
    check(mod(k1 + k2 * lambda - scalar, r) === 0n, 'split')
  }
  return { beta, lambda, v1, v2, g1, g2, bits: bound.toString(2).length }
}

// ---- C ----

export const R = 1n << 256n
export const limbs = (x) => {
  check(x >= 0n && x < R, 'fits 256 bits')
  return `{{${[0n, 64n, 128n, 192n].map((s) => '0x' + ((x >> s) & 0xffffffffffffffffn).toString(16).padStart(16, '0')).join(', ')}}}`
}
// struct modulus of crypto/montgomery.h
export const modulusText = (name, m) => `static const struct modulus ${name} = {
    .m = ${limbs(m)},
    .inverse = 0x${mod(-inverse(m, 1n << 64n), 1n << 64n).toString(16)},
    .one = ${limbs(mod(R, m))},
    .square = ${limbs(mod(R * R, m))},
    .cube = ${limbs(mod(R * R * R, m))},
};`
// struct glv of crypto/glv.h
export const glvText = (name, { v1, v2, g1, g2, bits }) => `/* Both halves are below 2^${bits} in magnitude. */
static const struct glv ${name} = {
    .g1 = ${limbs(g1)},
    .g2 = ${limbs(g2)},
    .a1 = ${limbs(v1[0])},
    .b1 = ${limbs(-v1[1])},
    .a2 = ${limbs(v2[0])},
    .b2 = ${limbs(v2[1])},
};`

// PROGRAM: prints the header.   PROGRAM check FILE: is it what would be printed?
export const finish = (text) => {
  if (process.argv[2] === 'check') check(readFileSync(process.argv[3], 'utf8') === text, `${process.argv[3]} is not what this program prints`)
  else process.stdout.write(text)
}
