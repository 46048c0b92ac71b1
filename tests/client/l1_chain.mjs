// l1_chain - an L1 in a file (scope run --export-l1) in an EVM that is not ours: @ethereumjs/vm.
//
//   { "fork": "osaka",                        a hardfork's name, in force from block 0
//     "chainId": "0x1",
//     "alloc": { address: { "balance", "nonce", "code", "storage": { slot: value } } },
//     "genesis": { "rlp": "0x..", "hash": "0x.." },
//     "blocks": [ { "rlp": "0x..", "hash": "0x.." }, .. ] }          all of it hex

import { createBlockFromRLP, genTransactionsTrieRoot } from "@ethereumjs/block";
import { createCustomCommon, Hardfork, Mainnet } from "@ethereumjs/common";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { bytesToHex, createAccount, createAddressFromString, hexToBytes, setLengthLeft } from "@ethereumjs/util";
import { createVM, runBlock } from "@ethereumjs/vm";

// The headers so far, as BLOCKHASH and the header rules see them.
class Chain {
    blocks = [];
    shallowCopy() { return this; }
    async putBlock(block) { this.blocks.push(block); }
    async getBlock(id) {
        const found = typeof id === "object" ? this.blocks.find((b) => bytesToHex(b.hash()) === bytesToHex(id))
            : this.blocks[Number(id)];
        if (!found)
            throw new Error(`block ${typeof id === "object" ? bytesToHex(id) : id} is not in the chain`);
        return found;
    }
    async validateHeader(header) {
        const parent = this.blocks.at(-1).header;
        const rules = {
            "parent hash": bytesToHex(header.parentHash) === bytesToHex(parent.hash()),
            "number": header.number === parent.number + 1n,
            "timestamp": header.timestamp > parent.timestamp,
            "base fee": header.baseFeePerGas === parent.calcNextBaseFee(),
            "excess blob gas": header.excessBlobGas === parent.calcNextExcessBlobGas(header.common),
            "difficulty": header.difficulty === 0n,
            "extra data": header.extraData.length <= 32,
        };
        header.validateGasLimit(parent);
        for (const [rule, holds] of Object.entries(rules))
            if (!holds)
                throw new Error(`header of block ${header.number}: ${rule}`);
    }
}

async function genesisState(alloc, common, extraWei = 0n) {
    const state = new MerkleStateManager({ common });
    for (const [at, { balance = "0x0", nonce = "0x0", code = "0x", storage = {} }] of Object.entries(alloc)) {
        const address = createAddressFromString(at);
        await state.putAccount(address, createAccount({ balance: BigInt(balance) + extraWei, nonce: BigInt(nonce) }));
        extraWei = 0n;
        if (code !== "0x")
            await state.putCode(address, hexToBytes(code));
        for (const [slot, value] of Object.entries(storage)) {
            const number = BigInt(value).toString(16);
            if (number !== "0")
                await state.putStorage(address, word(slot), hexToBytes("0x" + (number.length % 2 ? "0" : "") + number));
        }
    }
    await state.flush();
    return state;
}

function word(hex) {
    const digits = BigInt(hex).toString(16);
    return setLengthLeft(hexToBytes("0x" + (digits.length % 2 ? "0" : "") + digits), 32);
}

// Builds the genesis state, runs the blocks one after the other, and gives the VM as it is then.
export async function execute(chainFile, common, extraWei, onBlock) {
    const stateManager = await genesisState(chainFile.alloc, common, extraWei);
    const chain = new Chain();
    const genesis = createBlockFromRLP(hexToBytes(chainFile.genesis.rlp), { common });
    await chain.putBlock(genesis);
    const vm = await createVM({ common, stateManager, blockchain: chain });
    const root = await stateManager.getStateRoot();
    onBlock?.(genesis, chainFile.genesis.hash, { stateRoot: root });
    for (const { rlp, hash } of chainFile.blocks) {
        const block = createBlockFromRLP(hexToBytes(rlp), { common });
        const result = await runBlock(vm, { block, root: await stateManager.getStateRoot(), validateBlockSize: true });
        await chain.putBlock(block);
        onBlock?.(block, hash, { ...result, transactionsRoot: await genTransactionsTrieRoot(block.transactions) });
    }
    return { vm, chain };
}

export function commonOf(chainFile) {
    const hardfork = Object.values(Hardfork).find((name) => name.toLowerCase() === chainFile.fork.toLowerCase());
    if (!hardfork || !chainFile.blocks.length || !Object.keys(chainFile.alloc).length)
        throw new Error("an unknown fork, no blocks or no accounts");
    // Blob transactions can be executed without KZG; a caller of precompile 0x0a fails here by name.
    const kzg = new Proxy({}, { get: (_, name) => () =>
        { throw new Error(`no KZG library here, and ${String(name)} needs it`); } });
    return createCustomCommon({ chainId: Number(chainFile.chainId) }, Mainnet, { hardfork, customCrypto: { kzg } });
}
