// rings - units (object files) that call each other in a ring: `make rings`.
//
//   node tools/rings.mjs FOLDER OBJECT ..       FOLDER: what is left out of their names in messages
//
// An edge from a to b: a needs a symbol that b defines (nm). Units are read and tested from the bottom up, so none may
// need one that needs it in turn: what both need belongs in a unit below, a table of handlers above its handlers.
// Two units whose recursion is the thing itself call each other through a pointer (vm->run_message in evm/call.c).

import { execFileSync } from "node:child_process";

// Symbols of the objects: { object: { defines, needs } }.
function symbols(objects) {
    const units = new Map(objects.map((o) => [o, { defines: new Set(), needs: new Set() }]));
    for (const line of execFileSync("nm", ["-A", ...objects], { encoding: "utf8", maxBuffer: 1 << 28 }).split("\n")) {
        const [, object, kind, name] = /^(.*):[0-9a-f ]* (\w) (\S+)$/.exec(line) ?? [];
        if (kind === "U")
            units.get(object).needs.add(name);
        else if (kind && "TDBRVW".includes(kind))
            units.get(object).defines.add(name);
    }
    return units;
}

// Strongly connected components of more than one node (Tarjan).
function rings(graph) {
    const index = new Map(), low = new Map(), stack = [], found = [];
    const visit = (v) => {
        index.set(v, index.size);
        low.set(v, index.get(v));
        stack.push(v);
        for (const w of graph.get(v).keys()) {
            if (!index.has(w))
                visit(w);
            if (stack.includes(w))
                low.set(v, Math.min(low.get(v), low.get(w)));
        }
        if (low.get(v) === index.get(v)) {
            const ring = stack.splice(stack.indexOf(v));
            if (ring.length > 1)
                found.push(ring.sort());
        }
    };
    for (const v of graph.keys())
        if (!index.has(v))
            visit(v);
    return found;
}

const [folder, ...objects] = process.argv.slice(2);
const units = symbols(objects), definedIn = new Map();
for (const [object, { defines }] of units)
    defines.forEach((name) => definedIn.set(name, object));
const graph = new Map(objects.map((o) => [o, new Map()]));
for (const [object, { needs }] of units)
    for (const name of needs) {
        const other = definedIn.get(name);
        if (other && other !== object)
            graph.get(object).set(other, [...graph.get(object).get(other) ?? [], name]);
    }
const short = (object) => object.slice(folder.length + 1, -2);
const found = rings(graph);
for (const ring of found) {
    console.log(`a ring of ${ring.length} units: ${ring.map(short).join(" ")}`);
    for (const a of ring)
        for (const [b, names] of graph.get(a))
            if (ring.includes(b))
                console.log(`    ${short(a)} needs ${names.slice(0, 6).join(", ")} of ${short(b)}`);
}
console.log(`rings: ${objects.length} units, ${found.length} rings`);
process.exitCode = found.length ? 1 : 0;
