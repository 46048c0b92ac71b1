// c - the mutants of src/kernel/scope/*.c: each comparison and each condition, found in clang's syntax tree.
//
// As with contracts, all are compiled at once: `(a < b) != (mutant == 7)`, where `mutant` is a number of the
// environment. The objects are linked before libscope.a, so that the library's own are not taken. Sanitizers are on: a
// loop that goes one too far is a test that fails.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const COMPARISONS = ["<", ">", "<=", ">=", "==", "!="];
const ORDERED = ["<", ">", "<=", ">="];
const TESTS = ["kernel/scope/scope_test", "shell/builder/session_test",
    ...["block", "rules", "lookups"].map((what) => `shell/rollup_block/rollup_${what}_test`)];
const INCLUDES = ["-std=c17", "-D_GNU_SOURCE", "-Isrc/kernel"];

const SELECTOR = `#include <stdlib.h>
extern int mutant;
int mutant;
__attribute__((constructor)) static void choose(void) { mutant = atoi(getenv("MUTANT")); }
`;

export function cMutants(root, folder, hash) {
    const files = readdirSync(join(root, "src/kernel/scope")).filter((f) => f.endsWith(".c")
        && !f.endsWith("_test.c")).sort();
    const mutants = [], names = {}, switched = {};
    for (const f of files) {
        const path = join(root, "src/kernel/scope", f);
        const found = mutantsOf(path, readFileSync(path));
        for (const m of found.mutants) {
            m.file = f;
            const same = names[m.name] = (names[m.name] ?? 0) + 1;
            if (same > 1)
                m.name += ` (${same})`;
            m.id = mutants.push(m);
            m.insert(`(mutant == ${m.id})`);
        }
        switched[f] = `extern int mutant;\n#line 1 "${path}"\n${found.text()}`;
    }
    const read = (names_) => names_.map((f) => readFileSync(join(root, "src", f), "utf8")).join("\0");
    return {
        mutants,
        sourceKey: (m) => hash(read([`kernel/scope/${m.file}`])),
        testKey: hash(read(TESTS.map((t) => `${t}.c`))),
        build: (run) => build(run, root, folder, switched),
        test: (run, mutant) => test(run, folder, mutant),
    };
}

async function build(run, root, folder, switched) {
    mkdirSync(folder, { recursive: true });
    const flags = [...INCLUDES, "-g", "-O1", "-DSANITIZE", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
        "-w",
                   "-march=x86-64", "-mbmi", "-mbmi2", "-mlzcnt", "-mpopcnt", "-pthread"];
    const objects = [];
    for (const [f, text] of Object.entries({ ...switched, "mutant.c": SELECTOR })) {
        const object = join(folder, basename(f, ".c") + ".o");
        writeFileSync(join(folder, f), text);
        await must(run(["gcc", ...flags, "-c", "-o", object, join(folder, f)]));
        objects.push(object);
    }
    const goals = TESTS.map((t) => `build/sanitize/${t}`);
    await must(run(["make", "--no-print-directory", "MODE=sanitize", ...goals], { seconds: 3600 }));
    const libraries = execFileSync("make", ["-s", "--no-print-directory", "print-libraries"],
        { cwd: root, encoding: "utf8" }).trim().split(/\s+/);
    for (const t of TESTS)
        await must(run(["g++", ...flags.filter((x) => x !== "-std=c17"), "-o", join(folder, basename(t)),
            `build/sanitize/${t}.o`, ...objects,
            "build/sanitize/libprogram.a", "build/sanitize/libscope.a", "-lcmocka", ...libraries]));
    const plain = await test(run, folder, { id: 0 });
    if (plain.state !== "survived")
        throw new Error(`without a mutant, ${plain.by} fails`);
}

async function must(running) {
    const { text, status } = await running;
    if (status !== 0)
        throw new Error(text.slice(-3000));
}

async function test(run, folder, mutant) {
    for (const t of TESTS) {
        const { status, late, text } = await run([join(folder, basename(t))],
            { env: { ...process.env, MUTANT: `${mutant.id}` } });
        if (late || status !== 0)
            return { state: "killed", by: `${t} ${late ? "(no end)" : text.match(/\[  FAILED  \] (\w+)/)?.[1] ?? "(crash)"}` };
    }
    return { state: "survived" };
}

// --- finding ---

function mutantsOf(path, bytes) {
    const tree = JSON.parse(execFileSync("clang", [...INCLUDES, "-fsyntax-only", "-Xclang", "-ast-dump=json", path],
        { maxBuffer: 1 << 30, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    const mutants = [], insertions = [];
    const at = (node) => [node.range.begin.offset, node.range.end.offset + node.range.end.tokLen];
    const source = (node) => bytes.subarray(...at(node)).toString();
    const wrap = ([start, end], before, after) => {
        insertions.push({ at: start, length: end - start, text: before, open: 1, order: insertions.length });
        insertions.push({ at: end, length: end - start, text: after, open: 0, order: insertions.length });
    };
    const add = (node, where, kind, insert) =>
        mutants.push({ name: `${basename(path)} ${where}: ${source(node).replace(/\s+/g, " ")}: ${kind}`, insert });
    // not in a macro
    const inFile = (node) => node.range?.begin.offset !== undefined && node.range.end.offset !== undefined;

    function condition(node, where) {
        add(node, where, "negated", (on) => wrap(at(node), "(!!(", `) != ${on})`));
    }

    function visit(node, where) {
        if (!node || typeof node !== "object")
            return;
        if (node.kind === "FunctionDecl")
            where = node.name;
        const [left, right] = node.inner ?? [];
        if (where && inFile(node) && node.kind === "BinaryOperator" && COMPARISONS.includes(node.opcode)) {
            condition(node, where);
            if (ORDERED.includes(node.opcode) && inFile(left) && inFile(right))
                add(node, where, "at equality", (on) => wrap(at(node), "((", `) != (${on} && (${source(left)}) == (${source(right)})))`));
        }
        if (where && node.kind === "BinaryOperator" && ["&&", "||"].includes(node.opcode))
            for (const operand of [left, right].filter(inFile))
                add(operand, where, `left out of ${node.opcode}`, (on) =>
                    wrap(at(operand), "((", node.opcode === "&&" ? `) || ${on})` : `) && !${on})`));
        if (where && ["IfStmt", "ConditionalOperator", "ForStmt", "WhileStmt"].includes(node.kind)) {
            const tested = node.kind === "ForStmt" ? node.inner[2] : left;
            if (tested?.kind && inFile(tested)
                && !(tested.kind === "BinaryOperator" && [...COMPARISONS, "&&", "||"].includes(tested.opcode)))
                condition(tested, where);
        }
        node.inner?.forEach((child) => visit(child, where));
    }
    // declarations of this file: those of headers have a file in their place, the first one here names it again
    let file = "";
    for (const declaration of tree.inner) {
        const place = declaration.loc?.expansionLoc ?? declaration.loc ?? {};
        file = place.file ?? file;
        if (file === path && !place.includedFrom)
            visit(declaration, "");
    }
    return {
        mutants,
        text: () => {
            insertions.sort((x, y) => x.at - y.at || x.open - y.open
                || (x.open ? y.length - x.length || x.order - y.order : x.length - y.length || y.order - x.order));
            let text = "", last = 0;
            for (const { at: place, text: piece } of insertions) {
                text += bytes.subarray(last, place).toString() + piece;
                last = place;
            }
            return text + bytes.subarray(last).toString();
        },
    };
}
