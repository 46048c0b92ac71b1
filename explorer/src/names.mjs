// names - what addresses are called, and the interfaces that are known: the protocol's contracts, the development
// accounts, and what was dropped on the page.

import knownItems from "known-interfaces";
import { openBook, parseItem, readAbi } from "./abi.mjs";

const STORED = "scope-explorer-interfaces", MOST_CONTRACTS = 64;
// Of every rollup: who runs system transactions, and the code of remote accounts (contracts/src/Predeploys.sol).
const SYSTEM = "0xfffffffffffffffffffffffffffffffffffffffe",
    REMOTE_ACCOUNT = "0x00000000000000000000000000000000005c09e3";

const known = knownItems.map(parseItem);

// Names that came from files: { contract: "Shop", abi: [..] }
export function storedContracts() {
    try {
        const list = JSON.parse(localStorage.getItem(STORED)) ?? [];
        return Array.isArray(list) ? list.filter((c) => typeof c?.name === "string" && Array.isArray(c.abi)) : [];
    } catch {
        return [];
    }
}

function store(contracts) {
    try {
        localStorage.setItem(STORED, JSON.stringify(contracts.slice(0, MOST_CONTRACTS)));
    } catch {
        // no room, or no storage: they are known until the page is closed
    }
}

// What a person called an address: { "0x..": "my shop" }
const LABELS = "scope-explorer-labels", LABEL_MAX = 40;

export function storedLabels() {
    try {
        const labels = JSON.parse(localStorage.getItem(LABELS)) ?? {};
        return Object.fromEntries(Object.entries(labels).filter(([, text]) => typeof text === "string"));
    } catch {
        return {};
    }
}

export function withLabel(labels, address, text) {
    const changed = { ...labels, [address]: text.trim().slice(0, LABEL_MAX) };
    if (!changed[address])
        delete changed[address];
    try {
        localStorage.setItem(LABELS, JSON.stringify(changed));
    } catch {
        // as above
    }
    return changed;
}

// A compiler's artifact, its standard output, or a plain ABI; what: the file's name. The contracts in it.
export function contractsIn(json, what) {
    const found = [];
    const add = (name, abi) => readAbi(abi).length && found.push({ name: String(name).slice(0, 80), abi });
    if (Array.isArray(json))
        add(what, json);
    else if (Array.isArray(json?.abi))
        add(json.contractName ?? what, json.abi);
    else
        for (const file of Object.values(json?.contracts ?? {}))
            for (const [name, contract] of Object.entries(file ?? {}))
                if (Array.isArray(contract?.abi))
                    add(name, contract.abi);
    return found;
}

export function addContracts(list, before) {
    const merged = [...list, ...before.filter((c) => !list.some((n) => n.name === c.name))];
    store(merged);
    return merged;
}

export function clearContracts() {
    store([]);
    return [];
}

export function makeNames(state, contracts, labels) {
    const map = new Map([[SYSTEM, "system"], [REMOTE_ACCOUNT, "RemoteAccount"]]);
    for (const chain of state.chains)
        for (const [name, address] of Object.entries(chain.contracts))
            map.set(address.toLowerCase(), name);
    state.accounts.forEach((address, i) => map.set(address.toLowerCase(), `account ${i}`));
    for (const [address, text] of Object.entries(labels))
        map.set(address, text);
    const dropped = contracts.map((c) => ({ ...c, items: readAbi(c.abi) }));
    return {
        // without an address it is a contract whose creation failed
        of: (address) => (address ? map.get(address.toLowerCase()) ?? null : "new contract"),
        addresses: map,
        book: openBook([...dropped.map((c) => c.items), known]),
        contracts: dropped,
        known,
    };
}
