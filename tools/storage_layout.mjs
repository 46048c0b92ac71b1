// storage_layout - where the contracts keep what: contracts/storage.txt, held against the compiler's output.
//
//      node tools/storage_layout.mjs check     differences end with status 1
//      node tools/storage_layout.mjs write     accepts an intended change
//
// A word that moves is read as something else by whoever knows the old place: a proxy's next implementation, C code
// (contracts/ABI.md), the exits, which prove storage slots. One line for each variable, in the order of the slots:
//
//      contract  slot+offset  bytes  name  type            members of a struct are indented below it

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(join(dirname(fileURLToPath(import.meta.url)), ".."));
const file = "contracts/storage.txt";

// Every struct that a type holds: by itself, as an array's item, as a mapping's value.
function structsOf(types, id, found = new Map()) {
    const t = types[id];
    if (!t || found.has(id))
        return found;
    if (t.members)
        found.set(id, t);
    for (const next of [t.base, t.value, ...(t.members ?? []).map((m) => m.type)])
        if (next)
            structsOf(types, next, found);
    return found;
}

const place = (v) => (v.offset ? `${v.slot}+${v.offset}` : v.slot);
const line = (types, v, indent) =>
    `${indent}${place(v).padEnd(6)} ${types[v.type].numberOfBytes.padEnd(5)} ${v.label}  ${types[v.type].label}`;

function layoutOf(name, { storage, types }) {
    const lines = [name];
    for (const v of storage) {
        lines.push(line(types, v, "    "));
        for (const s of structsOf(types, v.type).values())
            lines.push(`        ${s.label}`, ...s.members.map((m) => line(types, m, "            ")));
    }
    return lines.join("\n");
}

const compiled = JSON.parse(readFileSync("build/contracts/solc-output.json")).contracts;
const layouts = Object.entries(compiled).filter(([path]) => path.startsWith("src/"))
    .flatMap(([, contracts]) => Object.entries(contracts))
    .filter(([, c]) => c.evm.bytecode.object && c.storageLayout?.storage.length)
    .map(([name, c]) => layoutOf(name, c.storageLayout)).sort();
const text = layouts.join("\n\n") + "\n";

if (process.argv[2] === "write") {
    writeFileSync(file, text);
} else if (process.argv[2] === "check") {
    const recorded = readFileSync(file, "utf8").split("\n"), now = text.split("\n");
    const gone = recorded.filter((l) => !now.includes(l)), added = now.filter((l) => !recorded.includes(l));
    for (const l of gone)
        console.log(`- ${l}`);
    for (const l of added)
        console.log(`+ ${l}`);
    if (recorded.join("\n") !== text) {
        console.log(`storage differs from ${file}: node tools/storage_layout.mjs write accepts it`);
        process.exit(1);
    }
    console.log(`${layouts.length} contracts have the storage of ${file}`);
} else {
    console.log("usage: storage_layout check | write");
    process.exit(2);
}
