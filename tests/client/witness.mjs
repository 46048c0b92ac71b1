// witness - the witnesses that `scope witness` writes, read by a program that is not ours, @ethereumjs/mpt.
//
//   node tests/client/witness.mjs SCOPE SCENARIO..
//
// Of each witness:
//   - its headers follow each other; the last is the parent, whose state root all begins from
//   - each node hangs below that root (in the state, or in the storage of an account in it), and comes once
//   - each code is the code of an account in it, and comes once
//   - each account and slot that the block looked at can be found in it, or found absent
//   - with any one node taken away that a lookup passes, that lookup fails: the one before could have failed

import { createMPT } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { MapDB, ValueEncoding, bytesToHex, bytesToUnprefixedHex, createAccountFromRLP,
    hexToBytes } from "@ethereumjs/util";
import { keccak_256 as keccak256 } from "@noble/hashes/sha3.js";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const outcome = { passed: 0, failed: 0 };
function check(what, holds) {
    outcome[holds ? "passed" : "failed"]++;
    if (!holds)
        console.log(`failed: ${what}`);
}

const emptyRoot = bytesToHex(keccak256(RLP.encode("")));
const hash = (bytes) => bytesToHex(keccak256(bytes));

// Nodes by their hash; `passed` collects those that were asked for.
class Nodes extends MapDB {
    passed = new Set();
    hidden = null;
    async get(key) {
        const found = key === this.hidden ? undefined : await super.get(key);
        if (found)
            this.passed.add(key);
        return found;
    }
}

// Calls seen(hash) for each node below a node, and leaf(value) for each value.
function walk(nodes, item, seen, leaf) {
    if (item instanceof Uint8Array) {
        if (item.length !== 32)
            return; // nothing there
        const key = bytesToUnprefixedHex(item), rlp = nodes._database.get(key);
        if (!rlp)
            return; // not in the witness: not accessed
        seen(key);
        item = RLP.decode(rlp);
    }
    if (item.length === 17) {
        item.slice(0, 16).forEach((child) => walk(nodes, child, seen, leaf));
        return;
    }
    if (item[0][0] & 0x20)
        leaf(item[1]);
    else
        walk(nodes, item[1], seen, leaf);
}

async function lookUp(nodes, root, keys) {
    const open = (at) => createMPT({ db: nodes, root: hexToBytes(at), useKeyHashing: true,
        valueEncoding: ValueEncoding.Bytes });
    const state = await open(root);
    let storage = null;
    for (const key of keys.map(hexToBytes)) {
        if (key.length === 20) {
            const leaf = await state.get(key, true);
            const account = leaf && createAccountFromRLP(leaf);
            const below = account ? bytesToHex(account.storageRoot) : emptyRoot;
            storage = below === emptyRoot ? null : await open(below);
        } else if (storage) {
            await storage.get(key, true);
        }
    }
}

async function checkWitness(name, w) {
    const headers = w.headers.map((h) => ({ hash: hash(hexToBytes(h)), parent: bytesToHex(RLP.decode(h)[0]),
        root: bytesToHex(RLP.decode(h)[3]) }));
    check(`${name}: its headers follow each other`, headers.length > 0 && headers.every((h, i) => i === 0 || h.parent === headers[i - 1].hash));
    const root = headers.at(-1).root;
    const nodes = new Nodes(), codes = new Set(w.codes.map((c) => hash(hexToBytes(c))));
    for (const node of w.state.map(hexToBytes))
        await nodes.put(bytesToUnprefixedHex(keccak256(node)), node);
    check(`${name}: no node comes twice`, nodes._database.size === w.state.length);
    check(`${name}: no code comes twice`, codes.size === w.codes.length);

    const met = new Set(), used = new Set();
    walk(nodes, hexToBytes(root), (key) => met.add(key), (value) => {
        const account = createAccountFromRLP(value);
        used.add(bytesToHex(account.codeHash));
        walk(nodes, account.storageRoot, (key) => met.add(key), () => {});
    });
    check(`${name}: each node hangs below the parent's state root`, met.size === nodes._database.size);
    check(`${name}: each code is that of an account`, [...codes].every((c) => used.has(c)));

    check(`${name}: it says what was looked at`, w.keys.filter((k) => k.length === 42).length > 2 && w.keys.some((k) => k.length === 66));
    const failed = await lookUp(nodes, root, w.keys).then(() => null, (e) => e);
    check(`${name}: all that was looked at is found (${failed})`, !failed);
    const passed = [...nodes.passed];
    check(`${name}: the rest are siblings of what is deleted (${met.size - passed.length} of ${met.size})`, passed.length > 2 * met.size / 3);
    for (const key of passed) {
        nodes.hidden = key;
        const e = await lookUp(nodes, root, w.keys).then(() => null, (error) => error);
        check(`${name}: without node ${key} nothing is found`, e);
    }
}

const [scope, ...scenarios] = process.argv.slice(2);
for (const scenario of scenarios) {
    const folder = mkdtempSync(join(tmpdir(), "witness-"));
    const run = spawnSync(scope, ["witness", scenario, "--out", folder], { encoding: "utf8" });
    check(`${scenario}: it is written (${run.stderr})`, run.status === 0);
    const files = readdirSync(folder).sort();
    check(`${scenario}: there are several`, files.length > 1);
    for (const file of files)
        await checkWitness(`${basename(scenario)} ${file}`, JSON.parse(readFileSync(join(folder, file), "utf8")));
    rmSync(folder, { recursive: true });
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exitCode = outcome.failed ? 1 : 0;
