// Keccak-256, as Ethereum uses it (padding 0x01): for selectors and checksums, so it is short and not fast.

const ROUNDS = 24, RATE = 136, MASK = (1n << 64n) - 1n;
const rotations = [], places = [], constants = [];

// The rotation of each word, the place where it goes, and the constants of the rounds (a shift register).
for (let x = 1, y = 0, t = 0; t < 24; t++) {
    rotations[x + 5 * y] = BigInt(((t + 1) * (t + 2) / 2) % 64);
    [x, y] = [y, (2 * x + 3 * y) % 5];
}
rotations[0] = 0n;
for (let y = 0; y < 5; y++)
    for (let x = 0; x < 5; x++)
        places[x + 5 * y] = y + 5 * ((2 * x + 3 * y) % 5);
for (let round = 0, r = 1; round < ROUNDS; round++) {
    constants[round] = 0n;
    for (let j = 0; j < 7; j++) {
        if (r & 1)
            constants[round] |= 1n << BigInt(2 ** j - 1);
        r = r & 0x80 ? (r << 1) ^ 0x171 : r << 1;
    }
}

const rotate = (x, n) => ((x << n) | (x >> (64n - n))) & MASK;

function permute(a) {
    for (let round = 0; round < ROUNDS; round++) {
        const c = [0, 1, 2, 3, 4].map((x) => a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20]);
        for (let i = 0; i < 25; i++)
            a[i] ^= c[(i + 4) % 5] ^ rotate(c[(i + 1) % 5], 1n);
        const b = [];
        for (let i = 0; i < 25; i++)
            b[places[i]] = rotate(a[i], rotations[i]);
        for (let i = 0; i < 25; i++) {
            const row = 5 * Math.floor(i / 5);
            a[i] = b[i] ^ (~b[row + (i + 1) % 5] & MASK & b[row + (i + 2) % 5]);
        }
        a[0] ^= constants[round];
    }
}

// bytes: Uint8Array; the hash as 64 hex digits.
export function keccak256(bytes) {
    const padded = new Uint8Array(Math.ceil((bytes.length + 1) / RATE) * RATE), state = Array(25).fill(0n);
    padded.set(bytes);
    padded[bytes.length] |= 0x01;
    padded[padded.length - 1] |= 0x80;
    const view = new DataView(padded.buffer);
    for (let at = 0; at < padded.length; at += RATE) {
        for (let i = 0; i < RATE / 8; i++)
            state[i] ^= view.getBigUint64(at + 8 * i, true);
        permute(state);
    }
    const out = new DataView(new ArrayBuffer(32));
    state.slice(0, 4).forEach((word, i) => out.setBigUint64(8 * i, word, true));
    return [...new Uint8Array(out.buffer)].map((b) => b.toString(16).padStart(2, "0")).join("");
}

export const keccakText = (text) => keccak256(new TextEncoder().encode(text));
