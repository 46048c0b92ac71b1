// Makes data.json: published rollup data, encoded by other libraries (docs/data.md).
//
//     node tests/vectors/data.mjs > tests/vectors/data.json
//
// Batches: RLP by @ethereumjs/rlp, DEFLATE by node's zlib at several levels and strategies. Blobs: packed by the dozen
// lines below, which follow that page. daHash and versioned hashes: viem.
import { constants, deflateRawSync } from "node:zlib";
import { createHash } from "node:crypto";
import { RLP } from "@ethereumjs/rlp";
import { commitmentToVersionedHash, encodeAbiParameters, keccak256, parseAbiParameters, toHex } from "viem";

const hex = (bytes) => toHex(Uint8Array.from(bytes));
const noise = (n, seed) => Buffer.concat(Array.from({ length: Math.ceil(n / 32) }, (_, i) =>
  createHash("sha256").update(`${seed} ${i}`).digest())).subarray(0, n);

// --- batches ---------------------------------------------------------------------------------------

const example = [
  { timestamp: 1700000012, transactions: [Buffer.from("7ec0ffee", "hex"), Buffer.from("02beef", "hex")] },
  { timestamp: 1700000024, transactions: [] },
];
const long = Array.from({ length: 12 }, (_, i) => ({
  timestamp: 1700000000 + 12 * i,
  transactions: Array.from({ length: i % 4 }, (_, j) =>
      Buffer.concat([Buffer.from([2]), Buffer.alloc(60 + 37 * j, 0x5a), noise(40, `${i} ${j}`)])),
}));

const content = (blocks) => RLP.encode(blocks.map((b) => [b.timestamp, b.transactions]));
const batch = (blocks, options) => Buffer.concat([Buffer.from([2]), deflateRawSync(content(blocks), options)]);
const ways = {
  stored: { level: 0 },
  fast: { level: 1 },
  best: { level: 9 },
  fixed: { strategy: constants.Z_FIXED },
  huffman: { strategy: constants.Z_HUFFMAN_ONLY },
  runs: { strategy: constants.Z_RLE },
};
const batches = [["example", example], ["long", long]].flatMap(([name, blocks]) =>
  Object.entries(ways).map(([way, options]) => ({
    name: `${name}, ${way}`,
    blocks: blocks.map((b) => ({ timestamp: b.timestamp, transactions: b.transactions.map(hex) })),
    batch: hex(batch(blocks, options)),
  })));

// --- blobs -----------------------------------------------------------------------------------------

function blob(frames) {
  const head = (chain, length) => {
    const b = Buffer.alloc(12);
    b.writeBigUInt64BE(BigInt(chain)), b.writeUInt32BE(length, 8);
    return b;
  };
  const payload = Buffer.concat([Buffer.from([1]),
      ...frames.flatMap(([chain, data]) => [head(chain, data.length), data])]);
  const elements = [];
  for (let i = 0; i < payload.length; i += 31)
    elements.push(Buffer.from([0]), payload.subarray(i, i + 31));
  return Buffer.concat(elements); // zeros follow
}
const commitment = (i) => Buffer.concat([Buffer.from([0x80 + i]), noise(47, `commitment ${i}`)]);

function published(chainId, firstBlock, lastBlock, commitments, data) {
  const hashes = commitments.map((c) => commitmentToVersionedHash({ commitment: hex(c) }));
  return {
    chainId, firstBlock, lastBlock, calldata: hex(data), commitments: commitments.map(hex), versionedHashes: hashes,
    daHash: keccak256(encodeAbiParameters(parseAbiParameters("uint256, uint256, uint256, bytes32[], bytes32"),
      [BigInt(chainId), BigInt(firstBlock), BigInt(lastBlock), hashes, keccak256(hex(data))])),
  };
}

const small = batch(example, ways.stored), middle = batch(long, ways.best), cut = 300;
const result = {
  batches,
  blobs: [
    { name: "one rollup", blob: hex(blob([[901, small]])), frames: [{ chainId: 901, data: hex(small) }] },
    { name: "two rollups", blob: hex(blob([[901, small], [902, middle]])),
      frames: [{ chainId: 901, data: hex(small) }, { chainId: 902, data: hex(middle) }] },
  ],
  // a batch in two frames of two blobs; the first is shared with another rollup
  spanning: { chainId: 902, batch: hex(middle),
              blobs: [hex(blob([[901, small], [902, middle.subarray(0, cut)]])),
                  hex(blob([[902, middle.subarray(cut)]]))] },
  published: [
    published(901, 1, 2, [], small),
    published(901, 1, 2, [commitment(0)], Buffer.alloc(0)),
    published(902, 7, 18, [commitment(0), commitment(1), commitment(2)], Buffer.alloc(0)),
  ],
};
process.stdout.write(JSON.stringify(result, null, 1) + "\n");
