// build_explorer - bundles the page of explorer/ and embeds it in the program.
//
//   explorer/index.html, style.css, icon.svg, src/**, build/contracts/solc-output.json (the interfaces that it knows)
//     -> build/explorer/*                 the files as they are served
//     -> build/gen/explorer_files.c       the table of src/shell/explorer/explorer.h, each file as it is and by gzip
//
// The bundler is npm's esbuild, and the framework preact. The output depends on nothing but these sources.

import { buildSync, transformSync } from "esbuild";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const output = join(root, "build/explorer"), table = join(root, "build/gen/explorer_files.c");

// --- interfaces: each item once, as text ---

const ofParameter = (p, withIndexed) => `${p.type.startsWith("tuple")
    ? `(${p.components.map((c) => ofParameter(c)).join(",")})${p.type.slice(5)}` : p.type}${
    withIndexed && p.indexed ? " indexed" : ""}${p.name ? ` ${p.name}` : ""}`;

function itemText(entry) {
    const list = (parameters) => parameters.map((p) => ofParameter(p, entry.type === "event")).join(",");
    const mutability = entry.type === "function" && entry.stateMutability !== "nonpayable"
        ? ` ${entry.stateMutability}` : "";
    const returns = entry.outputs?.length ? ` returns (${list(entry.outputs)})` : "";
    return `${entry.type} ${entry.name}(${list(entry.inputs)})${mutability}${returns}`;
}

function interfaces() {
    const { contracts } = JSON.parse(readFileSync(join(root, "build/contracts/solc-output.json"), "utf8"));
    const items = new Set();
    for (const [file, named] of Object.entries(contracts))
        if (/^(src|examples)\//.test(file) || file.endsWith("/IERC20.sol"))
            for (const { abi } of Object.values(named))
                for (const entry of abi)
                    if (["function", "error", "event"].includes(entry.type))
                        items.add(itemText(entry));
    return [...items].sort();
}

// --- files ---

function bundle() {
    const known = join(output, "known.mjs");
    mkdirSync(output, { recursive: true });
    writeFileSync(known, `export default ${JSON.stringify(interfaces())};\n`);
    const { outputFiles } = buildSync({ entryPoints: [join(root, "explorer/src/main.jsx")], bundle: true, minify: true,
        write: false, format: "esm", target: "es2023", jsx: "automatic", jsxImportSource: "preact",
        legalComments: "none",
        alias: { "known-interfaces": known }, nodePaths: [join(root, "node_modules")], logLevel: "warning" });
    return outputFiles[0].contents;
}

const source = (name) => readFileSync(join(root, "explorer", name));
const files = [
    ["/", "text/html; charset=utf-8", source("index.html")],
    ["/explorer/app.js", "text/javascript; charset=utf-8", Buffer.from(bundle())],
    ["/explorer/icon.svg", "image/svg+xml", source("icon.svg")],
    ["/explorer/style.css", "text/css; charset=utf-8", Buffer.from(transformSync(source("style.css").toString(),
        { loader: "css", minify: true }).code)],
];

// --- the table ---

const bytesOf = (data) => [...data].map((b) => b.toString()).join(",").replace(/(.{1,110},)/g, "$1\n");

function array(name, data) {
    return `static const u8 ${name}[] = {\n${bytesOf(data)}};\n`;
}

const rows = files.map(([path, type, data], i) => {
    const zipped = gzipSync(data, { level: 9 });
    writeFileSync(join(output, path === "/" ? "index.html" : path.split("/").pop()), data);
    return { path, type, text: array(`plain_${i}`, data) + array(`gzip_${i}`, zipped), plain: data.length,
        zipped: zipped.length, i };
});
mkdirSync(dirname(table), { recursive: true });
writeFileSync(table, `/* Made by tools/build_explorer.mjs. */
#include "explorer/explorer.h"

${rows.map((r) => r.text).join("\n")}
const struct explorer_file explorer_files[] = {
${rows.map((r) => `    {"${r.path}", "${r.type}", {plain_${r.i}, ${r.plain}}, {gzip_${r.i}, ${r.zipped}}},`).join("\n")}
};
const size_t explorer_file_count = ${rows.length};
`);
if (process.argv.includes("--sizes"))
    for (const { path, plain, zipped } of rows)
        console.log(`${path.padEnd(24)} ${String(plain).padStart(8)} bytes, ${String(zipped).padStart(7)} by gzip`);
