// compile_contracts - compiles the Solidity of the project and embeds it in the program.
//
//   contracts/src/**, contracts/examples/**, contracts/oracle/**
//     -> build/contracts/solc-output.json    the compiler's standard JSON output, as scenario files load it
//     -> build/gen/contracts_table.c         the table of src/shell/contracts/contracts.h: contracts/src
//     -> build/gen/oracle_contracts_table.c  the table of src/test/oracle/oracle_contracts.h: contracts/oracle
//
// The compiler is npm's solc; its settings are those of contracts/foundry.toml, so that forge tests what is
// embedded. Nothing is compiled when neither a source nor a setting nor the compiler changed. Warnings are
// printed, saved in build/contracts/warnings.txt, and fail with the argument --strict, as in make check.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { settings } from "./mutation/settings.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);
const output = join(root, "build/contracts/solc-output.json");
const warnings = join(root, "build/contracts/warnings.txt");
const table = join(root, "build/gen/contracts_table.c"), oracleTable = join(root, "build/gen/oracle_contracts_table.c");

const CODE_MAX = 24576;

// Ignored warnings: code -> reason.
const ACCEPTED = {
    2394: "transient storage needs care: it is what the bridge's bundle is made of, and every slot is cleared",
};

const input = standardInput();
const version = JSON.parse(readFileSync(join(root, "node_modules/solc/package.json"))).version;
const key = createHash("sha256").update(version).update(JSON.stringify(input))
    .update(readFileSync(fileURLToPath(import.meta.url))).digest("hex");
const keyFile = join(root, "build/contracts/key");
if (!existsSync(keyFile) || readFileSync(keyFile, "utf8") !== key || !existsSync(output) || !existsSync(table) ||
    !existsSync(oracleTable)) {
    const compiled = compile(input);
    write(output, JSON.stringify(compiled.result));
    write(warnings, compiled.warnings.join("\n"));
    const embedded = embed(compiled.result);
    write(table, embedded.product);
    write(oracleTable, embedded.oracle);
    write(keyFile, key);
}
if (process.argv.includes("--strict")) {
    const text = readFileSync(warnings, "utf8");
    if (text)
        fail(`the compiler warns:\n${text}`);
}

function fail(what) {
    console.error(`compile_contracts: ${what}`);
    process.exit(1);
}

function write(path, text) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
}

// --- the compiler's input ---

function solidityFiles(folder) {
    if (!existsSync(folder))
        return [];
    return readdirSync(folder, { recursive: true }).filter((f) => f.endsWith(".sol")).sort().map((f) =>
        join(folder, f));
}

// All sources, imported ones too: so the input is the whole key.
function standardInput() {
    const sources = {};
    const add = (name) => {
        if (sources[name])
            return;
        const path = [join(root, "contracts", name), join(root, "node_modules", name)].find(existsSync);
        if (!path)
            fail(`${name}: no such file in contracts/ or node_modules/`);
        const content = readFileSync(path, "utf8");
        sources[name] = { content };
        for (const [, imported] of content.matchAll(/^\s*(?:import|\}\s*from)\b[^"';]*["']([^"']+)["']/gm))
            add(imported.startsWith(".") ? join(dirname(name), imported) : imported);
    };
    for (const folder of ["src", "examples", "oracle"])
        for (const path of solidityFiles(join(root, "contracts", folder)))
            add(path.slice(join(root, "contracts").length + 1));
    if (!Object.keys(sources).length)
        fail("no Solidity source in contracts/src");
    return { language: "Solidity", sources, settings: compilerSettings() };
}

function compilerSettings() {
    return {
        ...settings(root),
        outputSelection: {
            "*": {
                "": ["ast"],
                "*": ["abi", "evm.bytecode.object", "evm.bytecode.linkReferences", "evm.deployedBytecode.object",
                      "evm.deployedBytecode.immutableReferences", "evm.methodIdentifiers", "storageLayout"],
            },
        },
    };
}

// --- compiling ---

function compile(input) {
    const result = JSON.parse(require("solc").compile(JSON.stringify(input)));
    const ours = (result.errors ?? []).filter((e) => e.severity === "error"
        || !(ACCEPTED[e.errorCode] || e.sourceLocation?.file.startsWith("@")));
    const errors = ours.filter((e) => e.severity === "error").map((e) => e.formattedMessage);
    const warnings = ours.filter((e) => e.severity !== "error").map((e) => e.formattedMessage);
    for (const message of [...errors, ...warnings])
        console.error(message);
    if (errors.length)
        fail(`${errors.length} errors`);
    return { result, warnings };
}

// --- embedding ---

function embed(compiled) {
    const immutables = {}; // id in the syntax tree -> name
    const visit = (node) => {
        if (node?.nodeType === "VariableDeclaration" && node.mutability === "immutable")
            immutables[node.id] = node.name;
        if (node && typeof node === "object")
            Object.values(node).forEach(visit);
    };
    Object.values(compiled.sources).forEach((source) => visit(source.ast));

    // A library of internal functions has no function of its own, but it may declare errors.
    const canBeCalled = (contract) => contract.abi.some((item) => !["error", "event"].includes(item.type));
    // The rows of a folder: every deployable contract, so no library of internal functions.
    const rowsOf = (folder) => {
        const rows = [];
        for (const [file, contracts] of Object.entries(compiled.contracts))
            for (const [name, contract] of Object.entries(contracts))
                if (file.startsWith(folder) && contract.evm.bytecode.object && canBeCalled(contract))
                    rows.push(row(file, name, contract, immutables));
        rows.sort((x, y) => (x.name < y.name ? -1 : 1));
        if (!rows.length)
            fail(`no contract in contracts/${folder} can be deployed`);
        return rows;
    };
    const product = rowsOf("src/"), oracle = rowsOf("oracle/");
    const names = [...product, ...oracle].map((r) => r.name).sort();
    names.forEach((name, i) => i && name === names[i - 1] && fail(`two contracts are called ${name}`));
    const define = (folder, header, table, count, rows) =>
        `/* Written by tools/compile_contracts.mjs from ${folder}. Do not edit. */
#include "${header}"

${rows.map((r) => r.data).join("\n")}
const struct contract ${table}[] = {
${rows.map((r) => r.entry).join("\n")}
};
const size_t ${count} = COUNT_OF(${table});
`;

    return {
        product: define("contracts/src", "contracts/contracts.h", "contract_table", "contract_count", product),
        oracle: define("contracts/oracle", "oracle/oracle_contracts.h",
            "oracle_contract_table", "oracle_contract_count", oracle),
    };
}

function row(file, name, contract, immutables) {
    const { bytecode, deployedBytecode } = contract.evm;
    if (Object.keys(bytecode.linkReferences).length)
        fail(`${file}:${name} needs a linked library (an external function of a library): not supported`);
    if (deployedBytecode.object.length / 2 > CODE_MAX)
        fail(`${file}:${name} has ${deployedBytecode.object.length / 2} bytes of code, EIP-170 allows ${CODE_MAX}`);
    if (bytecode.object.length / 2 > 2 * CODE_MAX)
        fail(`${file}:${name} has ${bytecode.object.length / 2} bytes of creation code, EIP-3860 allows ${2 * CODE_MAX}`);
    const places = Object.entries(deployedBytecode.immutableReferences ?? {})
        .flatMap(([id, list]) => list.map(({ start, length }) => {
            if (length !== 32 || !immutables[id])
                fail(`${file}:${name}: an immutable of ${length} bytes, id ${id}`);
            return { name: immutables[id], start };
        }))
        .sort((x, y) => x.start - y.start);
    const { storage, types } = contract.storageLayout;
    const abi = Buffer.from(JSON.stringify(contract.abi)).toString("hex");
    const array = (what, type, items) =>
        items.length ? `static const struct ${type} ${what}_${name}[] = {\n${items.join("\n")}\n};\n` : "";
    return {
        name,
        data: octets(`creation_${name}`, bytecode.object) + octets(`runtime_${name}`, deployedBytecode.object)
            + octets(`abi_${name}`, abi)
            + array("immutables", "contract_immutable", places.map((p) => `    {"${p.name}", ${p.start}},`))
            + array("variables", "contract_variable", storage.map((v) =>
                `    {"${v.label}", "${types[v.type].label}", ${v.slot}, ${v.offset}},`)),
        entry: `    {"${name}", {creation_${name}, ${bytecode.object.length / 2}}, `
            + `{runtime_${name}, ${deployedBytecode.object.length / 2}},\n`
            + `     ${places.length ? `immutables_${name}` : "NULL"}, ${places.length}, `
            + `${storage.length ? `variables_${name}` : "NULL"}, ${storage.length}, {abi_${name}, ${abi.length / 2}}},`,
    };
}

function octets(name, hex) {
    const lines = hex.match(/.{1,64}/g).map((part) => `    "${part.replace(/../g, "\\x$&")}"`);
    return `static const u8 ${name}[${hex.length / 2}] =\n${lines.join("\n")};\n`;
}
