// reexecute - runs the blocks of an L1 once more, in an EVM that is not ours: @ethereumjs/vm.
//
//   node tests/client/reexecute.mjs CHAIN.json
//
//   CHAIN.json   as scope run --export-l1 writes it (l1_chain.mjs)
//
// The genesis state is built from alloc, and each block must follow from the one before it: header rules
// (number, time, gas limit, base fee, blob gas), then its transactions executed from its RLP alone.
// Counted per block: hash, transactions root, receipts root, state root. Then one wei is added to one
// account, and the first block must no longer be reached: the comparison is known to bite.

import { bytesToHex } from "@ethereumjs/util";
import { readFileSync } from "node:fs";
import { commonOf, execute } from "./l1_chain.mjs";

const outcome = { passed: 0, failed: 0 };

function same(what, ours, theirs) {
    outcome[ours === theirs ? "passed" : "failed"]++;
    if (ours !== theirs)
        console.log(`${what}: the chain has ${ours}, @ethereumjs has ${theirs}`);
}

const chainFile = JSON.parse(readFileSync(process.argv[2], "utf8")), common = commonOf(chainFile);

let transactions = 0, gas = 0n;
await execute(chainFile, common, 0n, (block, hash, result) => {
    const name = `block ${block.header.number}`;
    same(`${name}: hash`, hash, bytesToHex(block.hash()));
    same(`${name}: state root`, bytesToHex(block.header.stateRoot), bytesToHex(result.stateRoot));
    if (result.receiptsRoot) {
        same(`${name}: receipts root`, bytesToHex(block.header.receiptTrie), bytesToHex(result.receiptsRoot));
        same(`${name}: transactions root`, bytesToHex(block.header.transactionsTrie), bytesToHex(result.transactionsRoot));
    }
    transactions += block.transactions.length;
    gas += result.gasUsed ?? 0n;
}).catch((e) => {
    outcome.failed++;
    console.log(e.message);
});
const bites = await execute(chainFile, common, 1n).then(() => false, () => true);
same("a genesis with one wei more is refused", true, bites);
console.log(`${chainFile.blocks.length} blocks, ${transactions} transactions, ${gas} gas, ${common.hardfork()}, @ethereumjs/vm`);
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed || !transactions ? 1 : 0);
