// compile_stacks - other stacks' contracts, out of their npm packages, and the adapters that call them.
//
//   contracts/stacks/packages.json   packages: version, integrity, and which contracts are used
//     -> build/stacks/optimism/NAME.json    Foundry artifacts, as the package has them
//     -> build/stacks/linea/NAME.json       { abi, bytecode } out of the package's factories
//     -> build/stacks/linea/dist/..         its Merkle tree, for a test
//     -> build/stacks/oz4/..                Solidity sources
//   the Solidity of contracts/stacks, with contracts/src and the sources above, folder by folder
//     -> build/stacks/solc-output.json      the compiler's standard JSON output, as scenario files load it
//
// A package is fetched by `npm pack`, which uses npm's cache; a file whose sha512 is not the integrity above ends this.
// Nothing of a package is run here, and nothing of it gets into the program or its library. What has been made is not
// made again until a source, a setting or this file changes.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync,
    writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { settings } from "./mutation/settings.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);
const out = join(root, "build/stacks");
const own = readFileSync(fileURLToPath(import.meta.url));
const sha256 = (...parts) => parts.reduce((h, part) => h.update(part), createHash("sha256")).digest("hex");

// --- packages ---

function fail(what) {
    console.error(`compile_stacks: ${what}`);
    process.exit(1);
}

function fetched(p) {
    const folder = mkdtempSync(join(tmpdir(), "scope-stacks-")), name = `${p.package}@${p.version}`;
    const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", name, "--json", "--pack-destination", folder],
        { cwd: root, encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "inherit"] }));
    const file = join(folder, filename.replace("@", "").replace("/", "-"));
    const integrity = "sha512-" + createHash("sha512").update(readFileSync(file)).digest("base64");
    if (integrity !== p.integrity)
        fail(`${name} has the integrity ${integrity}, contracts/stacks/packages.json says ${p.integrity}`);
    execFileSync("tar", ["xzf", file, "-C", folder, "--no-same-owner", ...membersOf(p)]);
    return folder;
}

const membersOf = (p) => [
    ...(p.artifacts ?? []).map((name) => `package/forge-artifacts/${name}.sol/${name}.json`),
    ...(p.factories ?? []).map((name) => `package/dist/typechain/factories/${name}__factory.js`),
    ...(p.sources ?? []).map((name) => `package/${name}`),
];

// A typechain factory: `const _abi = [..];` and `const _bytecode = "0x..";`, read as text.
function factory(text, name) {
    const bytecode = text.match(/^const _bytecode =\s*"(0x[0-9a-f]+)";$/m)?.[1];
    const abi = text.match(/^const _abi = (\[[\s\S]*?\n\]);$/m)?.[1];
    if (!bytecode || !abi)
        fail(`the factory of ${name} has another form than expected`);
    const json = abi.replace(/^(\s*)(\w+):/gm, '$1"$2":').replace(/,(\s*[\]}])/g, "$1");
    return { contractName: name, abi: JSON.parse(json), bytecode };
}

function unpack(p) {
    const target = join(out, p.folder), stamp = join(target, ".made"), key = sha256(JSON.stringify(p), own);
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === key)
        return;
    const folder = fetched(p), made = join(folder, "made");
    mkdirSync(made);
    for (const name of p.artifacts ?? [])
        renameSync(join(folder, `package/forge-artifacts/${name}.sol/${name}.json`), join(made, `${name}.json`));
    for (const name of p.factories ?? [])
        writeFileSync(join(made, `${name}.json`), JSON.stringify(factory(
            readFileSync(join(folder, `package/dist/typechain/factories/${name}__factory.js`), "utf8"), name)));
    for (const name of p.sources ?? [])
        execFileSync("cp", ["-r", "--parents", name, made], { cwd: join(folder, "package") });
    writeFileSync(join(made, ".made"), key);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
    execFileSync("cp", ["-r", made, target]);
    rmSync(folder, { recursive: true });
}

// --- adapters ---

// The compiler's input for one folder of contracts/stacks: its sources and all that they import.
function standardInput(folder) {
    const sources = {};
    const add = (name) => {
        if (sources[name])
            return;
        const path = [join(root, "contracts"), out, join(root, "node_modules")].map((f) => join(f, name))
            .find(existsSync);
        if (!path)
            fail(`${name}: no such file in contracts/, build/stacks/ or node_modules/`);
        const content = readFileSync(path, "utf8");
        sources[name] = { content };
        for (const [, imported] of content.matchAll(/^\s*(?:import|\}\s*from)\b[^"';]*["']([^"']+)["']/gm))
            add(imported.startsWith(".") ? join(dirname(name), imported) : imported);
    };
    for (const file of readdirSync(join(root, "contracts/stacks", folder)).filter((f) => f.endsWith(".sol")).sort())
        add(join("stacks", folder, file));
    return { language: "Solidity", sources, settings: {
        ...settings(root),
        outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } } } };
}

// The contracts of one folder, compiled again only when something of its input has changed.
function compiled(folder) {
    const input = standardInput(folder), file = join(out, "compiled", `${folder}.json`);
    const key = sha256(require("solc/package.json").version, JSON.stringify(input), own);
    const before = existsSync(file) ? JSON.parse(readFileSync(file)) : {};
    if (before.key === key)
        return before.contracts;
    const result = JSON.parse(require("solc").compile(JSON.stringify(input)));
    const reported = (result.errors ?? []).filter((e) =>
        e.severity === "error" || e.sourceLocation?.file.startsWith("stacks/"));
    for (const { formattedMessage } of reported)
        console.error(formattedMessage);
    if (reported.length)
        fail("errors or warnings");
    const contracts = Object.fromEntries(Object.entries(result.contracts).filter(([f]) => f.startsWith("stacks/")));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ key, contracts }));
    return contracts;
}

for (const p of JSON.parse(readFileSync(join(root, "contracts/stacks/packages.json"))))
    unpack(p);
const folders = readdirSync(join(root, "contracts/stacks"), { withFileTypes: true }).filter((f) => f.isDirectory());
writeFileSync(join(out, "solc-output.json"), JSON.stringify({
    contracts: Object.assign({}, ...folders.map(({ name }) => compiled(name))) }));
