// transactions - decodes the transactions of an L1 with two programs that are not ours, cast and viem.
//
//   node tests/client/transactions.mjs CHAIN.json
//
//   CHAIN.json   { "blocks": [ { "rlp": "0x.." }, .. ],
//                  "transactions": [ { "raw": "0x..", "hash": "0x..", "sender": "0x..", "type": 4,
//                                      "authorities": ["0x..", ..] }, .. ], .. }
//                (scope run --export-l1 writes it)
//
// Both must find the same hash and the same signer, and viem the same authority of each EIP-7702
// authorization. The bytes must be in one of the blocks. A type 4 transaction without authorities is refused. With a
// flipped bit, neither may find the same signer again: the comparison is known to bite.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { keccak256, parseTransaction, recoverTransactionAddress } from "viem";
import { recoverAuthorizationAddress } from "viem/utils";

const run = promisify(execFile);
const cast = join(dirname(fileURLToPath(import.meta.url)), "../../node_modules/.bin/cast");
const outcome = { passed: 0, failed: 0 };

function same(what, ours, theirs) {
    const equal = String(ours).toLowerCase() === String(theirs).toLowerCase();
    outcome[equal ? "passed" : "failed"]++;
    if (!equal)
        console.log(`${what}: scope has ${ours}, it has ${theirs}`);
}

async function castDecode(raw) {
    // text in JSON
    const decoded = JSON.parse(JSON.parse((await run(cast, ["decode-transaction", "--json", raw])).stdout));
    if (!decoded.hash || !decoded.signer)
        throw new Error(`cast decode-transaction gives no hash or no signer for ${raw}`);
    return { hash: decoded.hash, signer: decoded.signer };
}

// viem's own serializer is not asked: hash and signer come from the raw bytes.
async function viemDecode(raw) {
    return { hash: keccak256(raw), signer: await recoverTransactionAddress({ serializedTransaction: raw }) };
}

// The last bit of s, the last field of every signed transaction.
function flipped(raw) {
    return raw.slice(0, -2) + (parseInt(raw.slice(-2), 16) ^ 1).toString(16).padStart(2, "0");
}

const { transactions, blocks } = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const [i, { raw, hash, sender, type, authorities = [] }] of transactions.entries()) {
    const name = `transaction ${i} (type ${type})`;
    for (const [program, decode] of [["cast", castDecode], ["viem", viemDecode]]) {
        const found = await decode(raw);
        same(`${name}: hash by ${program}`, hash, found.hash);
        same(`${name}: signer by ${program}`, sender, found.signer);
    }
    same(`${name}: is in a block`, true, blocks.some((block) => block.rlp.includes(raw.slice(2))));
    const parsed = parseTransaction(raw);
    same(`${name}: type by viem`, ["legacy", "eip2930", "eip1559", "eip4844", "eip7702"][type], parsed.type);
    const list = parsed.authorizationList ?? [];
    same(`${name}: number of authorizations`, authorities.length, list.length);
    if (type === 4 && !list.length)
        same(`${name}: has authorizations`, true, false);
    for (const [j, authorization] of list.entries())
        same(`${name}: authority ${j} by viem`, authorities[j], await recoverAuthorizationAddress({ authorization }));
    for (const [program, decode] of [["cast", castDecode], ["viem", viemDecode]]) {
        const signer = await decode(flipped(raw)).then((found) => found.signer, () => "none");
        same(`${name}, a bit flipped: another signer by ${program}`, true, signer?.toLowerCase() !== sender.toLowerCase());
    }
}
console.log(`${transactions.length} transactions, cast and viem`);
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed || !outcome.passed ? 1 : 0);
