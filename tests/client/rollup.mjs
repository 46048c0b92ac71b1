// rollup - executes the blocks of rollups once more, from genesis and batches alone, in an EVM that is not ours:
// @ethereumjs/vm.
//
//   node tests/client/rollup.mjs FILE.. [--blocks N]
//
//   FILE   what scope run --export-rollups and scope oracle --export-rollups write (src/shell/export/export_rollups.h)
//
// What a rollup adds to Ethereum (docs/protocol.md section 11) is done here, around their EVM: predeploys are
// constructed, system transactions run through evm.runCall, the base fee goes to the coinbase, the bridge's call of the
// abort precompile makes the block invalid, and of a block's system calls only EIP-2935's is made. The header is then
// built anew from the parent, the rules and the results; compared are its fields and its hash.
//
// --blocks: at least so many. Afterwards a block of each file is damaged in several ways, in what is executed or in
// what is expected, and each must be noticed: the comparison is known to bite.

import { createBlock, createBlockHeader, createBlockHeaderFromRLP } from "@ethereumjs/block";
import { createCustomCommon, Hardfork, Mainnet } from "@ethereumjs/common";
import { createMPT } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { Caches, MerkleStateManager } from "@ethereumjs/statemanager";
import { createTxFromRLP } from "@ethereumjs/tx";
import { Account, bytesToBigInt, bytesToHex, concatBytes, createAccount, createAddressFromString, hexToBytes,
    KECCAK256_RLP, setLengthLeft, unpadBytes } from "@ethereumjs/util";
import { Bloom, createVM, encodeReceipt, runTx } from "@ethereumjs/vm";
import { readFileSync } from "node:fs";

const SYSTEM_TX = 0x7e;
const SCOPED_LOOKUP = "0xd44c8a09"; // with which a bridge only tells of a lookup
const EMPTY_REQUESTS = "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"; // sha256 of nothing, EIP-7685
const HISTORY_WINDOW = 8191n; // EIP-2935
const kzg = new Proxy({}, { get: (_, name) => () =>
    { throw new Error(`no KZG library here, and ${String(name)} needs it`); } });

const outcome = { passed: 0, failed: 0 };
const count = { blocks: 0, system: 0, ordinary: 0, gas: 0n, damages: 0 };

const word = (n) => setLengthLeft(trimmed(n), 32);

function trimmed(n) {
    const digits = BigInt(n).toString(16);
    return BigInt(n) === 0n ? new Uint8Array(0) : hexToBytes("0x" + (digits.length % 2 ? "0" : "") + digits);
}

async function root(items) {
    const trie = await createMPT();
    for (const [i, item] of items.entries())
        await trie.put(RLP.encode(i), item);
    return trie.root();
}

// A rollup in their state: its rules, its head, and what a block does to it.
class Rollup {
    constructor(file) {
        this.rules = file;
        this.common = createCustomCommon({ chainId: Number(file.chainId) }, Mainnet,
            { hardfork: Hardfork.Osaka, customCrypto: { kzg } });
        this.sender = createAddressFromString(file.systemSender);
        this.coinbase = createAddressFromString(file.coinbase);
    }

    async open() {
        const { genesis, bridge, gasLimit, coinbase, fork } = this.rules;
        if (fork !== "osaka")
            throw new Error(`no rollup is under ${fork} rules`);
        this.state = new MerkleStateManager({ common: this.common, caches: new Caches() });
        this.headers = [];
        this.vm = await createVM({ common: this.common, stateManager: this.state, blockchain: this });
        this.vm.evm.events.on("beforeMessage", (message, next) => {
            if (message.to?.toString() === this.rules.abort && message.caller.toString() === bridge.toLowerCase()
                && !message.delegatecall && bytesToHex(message.data.subarray(0, 4)) !== SCOPED_LOOKUP)
                this.aborted = bytesToHex(message.data);
            next?.();
        });
        for (const { at, code } of genesis.code) {
            const address = createAddressFromString(at);
            await this.state.putAccount(address, createAccount({ nonce: 1n }));
            await this.state.putCode(address, hexToBytes(code));
        }
        const block = createBlock({ header: { number: 0n, timestamp: BigInt(genesis.timestamp),
            gasLimit: BigInt(gasLimit) } }, { common: this.common });
        for (const { at, init } of genesis.construct)
            await this.construct(createAddressFromString(at), hexToBytes(init), block);
        let rest = BigInt(genesis.supply);
        for (const [at, account] of Object.entries(genesis.alloc))
            rest -= await this.allocate(createAddressFromString(at), account);
        await this.credit(createAddressFromString(bridge), rest);
        for (const { at, init } of genesis.predeploys)
            await this.construct(createAddressFromString(at), hexToBytes(init), block);
        const header = createBlockHeader({
            number: 0n, timestamp: BigInt(genesis.timestamp), gasLimit: BigInt(gasLimit),
                baseFeePerGas: BigInt(genesis.baseFee), coinbase,
            stateRoot: await this.root(), requestsHash: hexToBytes(EMPTY_REQUESTS),
                parentBeaconBlockRoot: new Uint8Array(32),
        }, { common: this.common });
        this.headers = [header];
        return bytesToHex(header.hash());
    }

    // What init code leaves at a fixed address.
    async construct(at, init, block) {
        const { balance } = await this.state.getAccount(at) ?? new Account();
        await this.state.putAccount(at, createAccount({ nonce: 1n, balance }));
        await this.vm.evm.journal.cleanup();
        await this.vm.evm.journal.checkpoint();
        const result = await this.vm.evm.runCode({ code: init, to: at, caller: this.sender, origin: this.sender,
            gasLimit: 1n << 40n, block });
        if (result.exceptionError)
            throw new Error(`the constructor of ${at} fails: ${result.exceptionError.error}`);
        await this.vm.evm.journal.commit();
        await this.endTransaction();
        await this.state.putCode(at, result.returnValue);
    }

    // An account of geth's alloc, or its wei alone; returns the wei.
    async allocate(at, account) {
        const { balance, nonce, code = "0x", storage = {} } = typeof account === "object" ? account
            : { balance: account, nonce: 0 };
        await this.credit(at, BigInt(balance));
        if (nonce)
            await this.state.modifyAccountFields(at, { nonce: BigInt(nonce) });
        if (code !== "0x")
            await this.state.putCode(at, hexToBytes(code));
        for (const [key, value] of Object.entries(storage))
            await this.state.putStorage(at, hexToBytes(key), unpadBytes(hexToBytes(value)));
        return BigInt(balance);
    }

    async credit(address, wei) {
        const account = await this.state.getAccount(address) ?? new Account();
        account.balance += wei;
        await this.state.putAccount(address, account);
    }

    async root() {
        await this.state.flush();
        return this.state.getStateRoot();
    }

    // BLOCKHASH asks here.
    async getBlock(number) {
        const header = this.headers[Number(number)];
        if (!header)
            throw new Error(`there is no block ${number}`);
        return { hash: () => header.hash() };
    }
    shallowCopy() { return this; }

    async endTransaction() {
        await this.vm.evm.journal.cleanup(); // EIP-161: touched and empty accounts go
        this.state.originalStorageCache.clear();
    }

    // One that needs no fee, no nonce and no intrinsic gas, and may not fail.
    async system(envelope, block, index) {
        const [chainId, number, place, to, gasLimit, data] = RLP.decode(envelope.slice(1));
        const at = [chainId, number, place].map(bytesToBigInt);
        if (at[0] !== BigInt(this.rules.chainId) || at[1] !== block.header.number || at[2] !== BigInt(index))
            throw new Error(`a system transaction is in the wrong place: ${at}`);
        const { journal } = this.vm.evm;
        await journal.cleanup();
        for (const precompile of this.vm.evm.precompiles.keys())
            journal.addAlwaysWarmAddress(precompile);
        journal.addAlwaysWarmAddress(bytesToHex(to));
        const result = await this.vm.evm.runCall({
            caller: this.sender, origin: this.sender, to: createAddressFromString(bytesToHex(to)), data,
                gasLimit: bytesToBigInt(gasLimit),
            gasPrice: 0n, block, skipNonceIncrement: true,
        });
        if (result.execResult.exceptionError)
            throw new Error(`system transaction ${index} fails: ${result.execResult.exceptionError.error}`);
        await this.endTransaction();
        count.system++;
        return { status: 1, gas: result.execResult.executionGasUsed, logs: result.execResult.logs ?? [] };
    }

    async ordinary(envelope, block, gasBefore) {
        const tx = createTxFromRLP(envelope, { common: this.common });
        const result = await runTx(this.vm, { tx, block, blockGasUsed: gasBefore });
        await this.endTransaction();
        await this.credit(this.coinbase, result.totalGasSpent * block.header.baseFeePerGas);
        count.ordinary++;
        return { status: result.receipt.status, gas: result.totalGasSpent, logs: result.receipt.logs };
    }

    // EIP-2935, as runBlock does it.
    async rememberParent(parent) {
        const history = createAddressFromString(this.rules.genesis.code[0].at);
        await this.state.putStorage(history, word(parent.number % HISTORY_WINDOW), trimmedHash(parent.hash()));
    }

    // The block's header as it follows from the batch.
    async execute({ timestamp, transactions }) {
        const parent = this.headers.at(-1);
        const start = {
            parentHash: parent.hash(), number: parent.number + 1n, timestamp: BigInt(timestamp),
                gasLimit: BigInt(this.rules.gasLimit),
            coinbase: this.rules.coinbase, baseFeePerGas: parent.calcNextBaseFee(),
                excessBlobGas: parent.calcNextExcessBlobGas(this.common),
        };
        if (start.timestamp <= parent.timestamp)
            throw new Error("time stands still");
        const block = createBlock({ header: start }, { common: this.common });
        await this.rememberParent(parent);
        const envelopes = transactions.map((t) => hexToBytes(t)), receipts = [],
            bloom = new Bloom(undefined, this.common);
        let gas = 0n;
        for (const [index, envelope] of envelopes.entries()) {
            const isSystem = envelope[0] === SYSTEM_TX;
            if (!isSystem && index === 0)
                throw new Error("the first transaction is not the system's");
            this.aborted = undefined;
            const r = isSystem ? await this.system(envelope, block, index) : await this.ordinary(envelope, block, gas);
            if (this.aborted)
                throw new Error(`transaction ${index}: the bridge aborted it, ${this.aborted}`);
            gas += r.gas;
            const own = new Bloom(undefined, this.common);
            for (const [at, topics] of r.logs) {
                own.add(at);
                topics.forEach((t) => own.add(t));
            }
            bloom.or(own);
            receipts.push(isSystem ? concatBytes(Uint8Array.of(SYSTEM_TX),
                RLP.encode([trimmed(r.status), trimmed(gas), own.bitvector, r.logs]))
                : encodeReceipt({ status: r.status, cumulativeBlockGasUsed: gas, bitvector: own.bitvector,
                    logs: r.logs }, envelope[0] > 0x7f ? 0 : envelope[0]));
        }
        if (gas > start.gasLimit)
            throw new Error("more gas than the limit");
        count.gas += gas;
        return createBlockHeader({
            ...start, gasUsed: gas, logsBloom: bloom.bitvector, receiptTrie: await root(receipts),
                transactionsTrie: await root(envelopes),
            stateRoot: await this.root(), requestsHash: hexToBytes(EMPTY_REQUESTS),
                parentBeaconBlockRoot: new Uint8Array(32), blobGasUsed: 0n,
        }, { common: this.common });
    }

    // Another past: the state of an earlier head.
    async goBack(headers) {
        this.headers = headers.slice();
        await this.state.setStateRoot(headers.at(-1).stateRoot, true);
    }
}

function trimmedHash(hash) {
    let zeros = 0;
    while (zeros < hash.length && hash[zeros] === 0)
        zeros++;
    return hash.slice(zeros);
}

const fields = ["stateRoot", "receiptTrie", "transactionsTrie", "gasUsed", "baseFeePerGas", "logsBloom"];
const shown = (x) => typeof x === "bigint" ? x.toString() : bytesToHex(x);

// The first thing in which a block differs from what is said of it; null: in none.
async function difference(rollup, block) {
    let header;
    try {
        header = await rollup.execute(block);
    } catch (e) {
        return e.message;
    }
    const said = createBlockHeaderFromRLP(hexToBytes(block.header), { common: rollup.common });
    rollup.headers.push(said);
    for (const field of fields)
        if (shown(header[field]) !== shown(said[field]))
            return `${field}: we have ${shown(said[field])}, @ethereumjs has ${shown(header[field])}`;
    return bytesToHex(header.hash()) === block.hash && bytesToHex(said.hash()) === block.hash ? null : "hash";
}

async function runBlocks(rollup, blocks, name) {
    for (const block of blocks) {
        const wrong = await difference(rollup, block);
        outcome[wrong === null ? "passed" : "failed"]++;
        count.blocks++;
        if (wrong !== null) {
            console.log(`${name}, chain ${Number(rollup.rules.chainId)}, block ${rollup.headers.length - 1}: ${wrong}`);
            return;
        }
    }
}

// --- the comparison bites -------------------------------------------------------------------------------

const flipped = (hex, at) => hex.slice(0, at) + (hex[at] === "0" ? "1" : "0") + hex.slice(at + 1);
const STATE_ROOT_AT = 3 + 33 + 33 + 21 + 1; // in a header's RLP: list, parent, ommers, coinbase, a string's length

const FILL_RESPONSES_IN = "b7195915", RESPONSE_MISSING = "0x4912e49a"; // selectors

// The place of a fill, directly before the transaction that reads it; -1: none.
const fillAt = (block) => block.transactions.findIndex((t, i) => t.startsWith("0x7e")
    && t.includes(FILL_RESPONSES_IN) &&
    !(block.transactions[i + 1] ?? "0x7e").startsWith("0x7e"));

function leaveOut(block, at) {
    block.transactions.splice(at, 1);
    block.transactions = block.transactions.map((t, i) => {
        if (!t.startsWith("0x7e"))
            return t;
        const fields = RLP.decode(hexToBytes("0x" + t.slice(4)));
        fields[2] = trimmed(i);
        return bytesToHex(concatBytes(Uint8Array.of(SYSTEM_TX), RLP.encode(fields)));
    });
}

// Each is done to a copy of a block, and must be noticed, some by name.
const damages = [
    { what: "another state root", does: (b) => { b.header = flipped(b.header, 2 + 2 * STATE_ROOT_AT); },
        by: /^stateRoot/ },
    { what: "another hash", does: (b) => { b.hash = flipped(b.hash, 40); }, by: /^hash/ },
    { what: "a second later", does: (b) => { b.timestamp = "0x" + (BigInt(b.timestamp) + 1n).toString(16); }, by: /./ },
    { what: "the last transaction left out", does: (b) => { b.transactions.pop(); }, by: /./ },
    { what: "an argument of a system transaction", does: (b) =>
        { b.transactions[0] = flipped(b.transactions[0], b.transactions[0].length - 1); }, by: /^stateRoot/ },
    { what: "an answer left out", needs: (b) => fillAt(b) >= 0, does: (b) => leaveOut(b, fillAt(b)),
        by: new RegExp(`aborted it, ${RESPONSE_MISSING}`) },
];

async function bite(file, name) {
    for (const { what, needs = () => true, does, by } of damages) {
        const rules = file.rollups.find((r) => r.blocks.some(needs));
        if (!rules)
            continue;
        const at = rules.blocks.findIndex(needs), copy = structuredClone(rules.blocks[at]), rollup = new Rollup(rules);
        await rollup.open();
        for (const block of rules.blocks.slice(0, at))
            await difference(rollup, block);
        does(copy);
        const noticed = await difference(rollup, copy) ?? "nothing";
        outcome[by.test(noticed) ? "passed" : "failed"]++;
        count.damages++;
        if (!by.test(noticed))
            console.log(`${name}: ${what}: noticed is ${noticed}`);
    }
}

// --- all of it ------------------------------------------------------------------------------------------

const files = process.argv.slice(2), wanted = files.includes("--blocks")
    ? Number(files.splice(files.indexOf("--blocks"), 2)[1]) : 1;
for (const name of files) {
    const file = JSON.parse(readFileSync(name, "utf8"));
    for (const rules of file.rollups) {
        const rollup = new Rollup(rules);
        const hash = await rollup.open();
        outcome[hash === rules.genesis.hash ? "passed" : "failed"]++;
        if (hash !== rules.genesis.hash)
            console.log(`${name}, chain ${Number(rules.chainId)}: genesis is ${rules.genesis.hash}, @ethereumjs has ${hash}`);
        await runBlocks(rollup, rules.blocks, name);
        const base = rollup.headers.slice();
        for (const branch of file.branches) {
            await rollup.goBack(base);
            await runBlocks(rollup, branch.blocks[Number(rules.chainId)], `${name}, ${branch.name}`);
        }
    }
    await bite(file, name);
}
if (count.blocks < wanted) {
    outcome.failed++;
    console.log(`only ${count.blocks} blocks, of ${wanted}`);
}
console.log(`${count.blocks} blocks, ${count.system} system and ${count.ordinary} ordinary transactions, ${count.gas} gas, ${count.damages} damages tried, @ethereumjs/vm`);
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed || !count.blocks ? 1 : 0);
