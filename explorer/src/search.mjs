// search - what a person typed, as the address of a page: a hash, an address, a block number, a name.

import { batch, call } from "./node.mjs";

// Blocks and transactions of one chain by a hash.
async function onChain(chainId, hash) {
    const [tx, block] = await batch([["eth_getTransactionByHash", hash], ["eth_getBlockByHash", hash, false]], chainId);
    return tx ? `#/tx/${hash}` : block ? `#/block/${chainId}/${Number(block.number)}` : null;
}

async function ofHash(hash, chains) {
    const [known, bundle] = await Promise.all([call("scope_getTransaction", [hash]), call("scope_getBundle", [hash])]);
    if (bundle)
        return `#/bundle/${hash}`;
    if (known)
        return `#/tx/${hash}`;
    return (await Promise.all(chains.map((c) => onChain(c.chainId, hash)))).find(Boolean) ?? null;
}

// "12", "7001/12", "7001 12": the chain's block; without a chain, of L1.
function ofNumber(text, chains) {
    const [, first, second] = /^(\d+)(?:[\s/:#]+(\d+))?$/.exec(text) ?? [];
    if (first === undefined)
        return null;
    if (second === undefined)
        return `#/block/${chains[0].chainId}/${first}`;
    return chains.some((c) => c.chainId === Number(first)) ? `#/block/${first}/${second}` : null;
}

// NULL: nothing is found.
export async function find(typed, state, names) {
    const text = typed.trim().toLowerCase();
    if (/^0x[0-9a-f]{64}$/.test(text))
        return ofHash(text, state.chains);
    if (/^0x[0-9a-f]{40}$/.test(text))
        return `#/account/${text}`;
    const named = [...names.addresses].find(([, name]) => name.toLowerCase() === text) ??
        [...names.addresses].find(([, name]) => text.length > 2 && name.toLowerCase().startsWith(text));
    return named ? `#/account/${named[0]}` : ofNumber(text, state.chains);
}
