// trie - random trees and states by a program that is not ours, @ethereumjs/mpt and @ethereumjs/statemanager, and the
// check of our proofs by it. Driven by src/kernel/state/client_test.c.
//
//   node tests/client/trie.mjs generate SEED   prints operations and what came of them, a line each:
//
//     tree                      a new empty tree
//     put KEY VALUE             0x deletes
//     root ROOT                 of the tree now
//     proof KEY VALUE NODE..    of KEY in the tree now; VALUE 0x: it is not there
//     list ROOT ITEM..          the root of rlp(index) -> ITEM
//     state                     a new empty state
//     account ADDRESS NONCE BALANCE      numbers are hex
//     code ADDRESS CODE
//     slot ADDRESS KEY VALUE
//     gone ADDRESS              the account and its storage
//     state-root ROOT
//     end N                     N lines came before
//
//   node tests/client/trie.mjs verify < LINES  lines "proof ROOT KEY VALUE NODE..", then "end N": exit status 0 when
// all
//                                              N hold

import { createInterface } from "node:readline";
import { createMPT, createMerkleProof, verifyMerkleProof } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { bytesToHex, concatBytes, createAccount, createAddressFromString, equalsBytes,
    hexToBytes } from "@ethereumjs/util";

const hex = (bytes) => bytesToHex(bytes ?? new Uint8Array());

// xorshift32: the same numbers for the same seed
function dice(seed) {
    let x = seed >>> 0 || 1;
    return (sides) => {
        x ^= x << 13, x >>>= 0;
        x ^= x >>> 17;
        x ^= x << 5, x >>>= 0;
        return (x >>> 3) % sides;
    };
}

function* range(count) {
    for (let i = 0; i < count; i++)
        yield i;
}

const random = (roll, length) => Uint8Array.from(range(length), () => roll(256));

// Keys of three shapes: hashed, short with shared prefixes, and one the beginning of another.
const shapes = [
    (roll) => random(roll, 32),
    (roll) => Uint8Array.from(range(3), () => [0x00, 0x01, 0x10, 0x11][roll(4)]),
    (roll) => Uint8Array.from(range(1 + roll(4)), () => [0x11, 0x12][roll(2)]),
];

let lines = 0;
function say(...words) {
    lines++;
    process.stdout.write(words.join(" ") + "\n");
}

async function tree(roll, shape) {
    const mpt = await createMPT();
    const keys = [];
    say("tree");
    for (const step of range(120)) {
        const known = keys.length && roll(3) === 0;
        const key = known ? keys[roll(keys.length)] : shape(roll);
        const value = roll(step < 70 ? 8 : 2) === 0 ? new Uint8Array()
            : random(roll, roll(3) ? 1 + roll(3) : 1 + roll(70));
        if (!known)
            keys.push(key);
        // its put of an empty value is a deletion, as ours is
        await mpt.put(key, value);
        say("put", hex(key), hex(value));
        if (roll(4) === 0)
            say("root", hex(mpt.root()));
    }
    say("root", hex(mpt.root()));
    for (const _ of range(20)) {
        const key = roll(3) ? keys[roll(keys.length)] : shape(roll);
        // it lists embedded nodes too, which stand in their parents
        const proof = (await createMerkleProof(mpt, key)).filter((node, i) => i === 0 || node.length >= 32);
        if (!equalsBytes(mpt.root(), mpt.EMPTY_TRIE_ROOT))
            say("proof", hex(key), hex(await mpt.get(key)), ...proof.map(hex));
    }
}

async function list(roll, count) {
    const mpt = await createMPT();
    const items = [];
    for (const i of range(count)) {
        items.push(random(roll, 1 + roll(roll(20) ? 120 : 1500)));
        await mpt.put(RLP.encode(i), items[i]);
    }
    say("list", hex(mpt.root()), ...items.map(hex));
}

async function state(roll) {
    const manager = new MerkleStateManager();
    const addresses = Array.from(range(24), () => createAddressFromString(hex(random(roll, 20))));
    say("state");
    for (const step of range(300)) {
        const address = addresses[roll(addresses.length)];
        const account = await manager.getAccount(address);
        const what = roll(20);
        if (what < 6 || !account) {
            const nonce = BigInt(roll(1000)), balance = BigInt(roll(2) ? roll(100) : hex(random(roll, 1 + roll(32))));
            const next = account ?? createAccount({});
            next.nonce = nonce;
            next.balance = balance;
            await manager.putAccount(address, next);
            say("account", address.toString(), "0x" + nonce.toString(16), "0x" + balance.toString(16));
        } else if (what < 15) {
            const key = new Uint8Array(32);
            key[31] = roll(40);
            const value = roll(3) === 0 ? new Uint8Array() : random(roll, 1 + roll(32));
            while (value.length && value[0] === 0)
                value[0] = roll(256);
            await manager.putStorage(address, key, value);
            say("slot", address.toString(), hex(key), hex(value));
        } else if (what < 17) {
            const code = random(roll, roll(60));
            await manager.putCode(address, code);
            say("code", address.toString(), hex(code));
        } else if (what === 17) {
            await manager.clearStorage(address);
            await manager.deleteAccount(address);
            say("gone", address.toString());
        }
        if (roll(15) === 0 || step === 299) {
            await manager.flush();
            say("state-root", hex(await manager.getStateRoot()));
        }
    }
}

async function verify() {
    let good = 0;
    for await (const line of createInterface({ input: process.stdin })) {
        const [word, root, key, value, ...nodes] = line.split(" ");
        if (word === "end" && Number(root) === good)
            return;
        if (word !== "proof")
            throw new Error(`not a proof: ${line.slice(0, 80)}`);
        const got = await verifyMerkleProof(hexToBytes(key), nodes.map(hexToBytes), { root: hexToBytes(root) });
        if (hex(got) !== value)
            throw new Error(`the proof of ${key} gives ${hex(got)}, not ${value}`);
        good++;
    }
    throw new Error("no end, or another number of proofs");
}

const [mode, seed] = process.argv.slice(2);
if (mode === "verify") {
    await verify();
} else if (mode === "generate" && Number(seed) > 0) {
    const roll = dice(Number(seed));
    for (const i of range(9))
        await tree(roll, shapes[i % shapes.length]);
    for (const count of [1, 2, 127, 128, 129, 256, 300])
        await list(roll, count);
    for (const _ of range(4))
        await state(roll);
    const said = lines;
    say("end", said);
} else {
    console.error("usage: node tests/client/trie.mjs generate SEED | verify");
    process.exitCode = 2;
}
