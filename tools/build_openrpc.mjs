// build_openrpc - the OpenRPC document of the node, made of its tables of methods.
//
//   src/shell/node/rpc.def, src/shell/devnet/methods.def     every method: name, forms of parameters, what it returns
//   src/shell/devnet/openrpc.json                            schemas of the scope_ methods
//     -> build/openrpc.json and build/gen/openrpc.c          what rpc.discover returns
//     -> docs/rpc.md with the argument write; with check, it must be that already
//
// A scope_ method without a schema, or a schema without a method, is an error.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const read = (path) => readFileSync(join(root, path), "utf8");

const FORMS = {
    address: { type: "string", pattern: "^0x[0-9a-fA-F]{40}$" },
    hash: { type: "string", pattern: "^0x[0-9a-fA-F]{64}$" },
    quantity: { type: "string", pattern: "^0x(0|[1-9a-fA-F][0-9a-fA-F]*)$" },
    data: { type: "string", pattern: "^0x([0-9a-fA-F]{2})*$" },
    bool: { type: "boolean" },
    string: { type: "string" },
    object: { type: "object" },
    array: { type: "array" },
    any: {},
    number: { type: "string", description: "a quantity, or latest, earliest, pending, safe, finalized" },
    block: { type: ["string", "object"], description: "a number, a hash, or an object of EIP-1898" },
};

function fail(what) {
    console.error(`build_openrpc: ${what}`);
    process.exit(1);
}

// Rows of a table; an alias has the text of what it stands for.
function rows(path) {
    const text = read(path).replace(/\/\*.*?\*\//gs, "");
    const found = [...text.matchAll(/^(RPC|REPLACES)\((\w+), "([^"]*)",\s*"([^"]*)"\)/gm)].map(
        ([, , name, forms, what]) => ({ name, forms, what }),
    );
    const aliases = [...text.matchAll(/^ALIAS\(([\w.]+), (\w+), "([^"]*)"\)/gm)].map(([, name, of, forms]) => ({
        name,
        forms,
        what: `another name of ${of}`,
    }));
    return [...found, ...aliases];
}

const parametersOf = (forms) =>
    forms
        .split(" ")
        .filter(Boolean)
        .map((form, i, all) => {
            const bare = form.replace("?", "");
            return {
                name: all.filter((f) => f.replace("?", "") === bare).length > 1 ? `${bare}${i + 1}` : bare,
                required: !all.slice(0, i + 1).some((f) => f.endsWith("?")),
                schema: FORMS[bare] ?? fail(`no form ${bare}`),
            };
        });

function methodOf({ name, forms, what }, schemas) {
    const own = schemas.methods[name],
        parameters = parametersOf(forms);
    if (name.startsWith("scope_") && !own) fail(`${name} has no schema in openrpc.json`);
    return {
        name,
        summary: what,
        params: own
            ? own.params.map((p, i) =>
                  typeof p === "string" ? parameters[i] : { ...p, required: parameters[i].required },
              )
            : parameters,
        result: { name: "result", schema: own?.result ?? {} },
    };
}

function documentOf(schemas) {
    const devnet = rows("src/shell/devnet/methods.def"),
        replaced = new Set(devnet.map((m) => m.name));
    const all = [...rows("src/shell/node/rpc.def").filter((m) => !replaced.has(m.name)), ...devnet];
    for (const name of Object.keys(schemas.methods))
        if (!all.some((m) => m.name === name)) fail(`openrpc.json has ${name}, which is no method`);
    return {
        openrpc: "1.3.2",
        info: { title: "scope", version: "0.1.0", license: { name: "MIT" } },
        methods: all.map((m) => methodOf(m, schemas)).sort((a, b) => (a.name < b.name ? -1 : 1)),
        components: { schemas: schemas.schemas },
    };
}

// --- docs/rpc.md ---

const plain = (schema) =>
    schema.$ref
        ? schema.$ref.split("/").pop()
        : schema.enum
          ? schema.enum.map((e) => JSON.stringify(e)).join(", ")
          : schema.anyOf
            ? schema.anyOf.map(plain).join(" or ")
            : "const" in schema
              ? JSON.stringify(schema.const)
              : schema.type === "array" && schema.items
                ? `array of ${plain(schema.items)}`
                : [schema.type ?? "any"].flat().join(" or ");

function members(schema) {
    const shown = schema.type === "array" && schema.items?.properties ? schema.items : schema;
    return Object.entries(shown.properties ?? {}).map(
        ([name, s]) =>
            `| \`${name}\`${shown.required?.includes(name) ? "" : " ?"} | ${plain(s)} | ${s.description ?? ""} |`,
    );
}

const table = (lines) => (lines.length ? ["", "| member | type | |", "|---|---|---|", ...lines] : []);

function markdownOf(document) {
    const own = document.methods.filter((m) => m.name.startsWith("scope_"));
    const others = document.methods.filter((m) => !m.name.startsWith("scope_"));
    const head = (m) => `${m.name}(${m.params.map((p) => p.name + (p.required ? "" : "?")).join(", ")})`;
    return [
        "# JSON-RPC methods",
        "",
        "Made by `tools/build_openrpc.mjs` from the tables of methods; `rpc.discover` returns the",
        "same as an OpenRPC document. A `?` marks what may be absent. [The node](node.md) says what the methods mean.",
        "",
        "## Across chains",
        "",
        "They answer the same on every chain.",
        "",
        ...own.flatMap((m) => [
            `### ${head(m)}`,
            "",
            `${m.summary[0].toUpperCase()}${m.summary.slice(1)}.`,
            ...m.params.flatMap((p) => table(members(p.schema))),
            "",
            `Result: ${plain(m.result.schema)}${members(m.result.schema).length ? ":" : ""}`,
            ...table(members(m.result.schema)),
            "",
        ]),
        "## Values",
        "",
        ...Object.entries(document.components.schemas).flatMap(([name, s]) => [
            `### ${name}`,
            "",
            s.properties ? "An object:" : `${plain(s)}${s.pattern ? `, \`${s.pattern}\`` : ""}`,
            ...table(members(s)),
            "",
        ]),
        "## Of every chain",
        "",
        "| method | result |",
        "|---|---|",
        ...others.map((m) => `| \`${head(m)}\` | ${m.summary.replaceAll("|", "\\|")} |`),
        "",
    ].join("\n");
}

// --- ---

const document = documentOf(JSON.parse(read("src/shell/devnet/openrpc.json"))),
    text = JSON.stringify(document);
const markdown = markdownOf(document),
    page = join(root, "docs/rpc.md");
mkdirSync(join(root, "build/gen"), { recursive: true });
writeFileSync(join(root, "build/openrpc.json"), text);
const bytes = [...Buffer.from(text)].join(",").replace(/(.{1,110},)/g, "$1\n");
writeFileSync(
    join(root, "build/gen/openrpc.c"),
    `/* Made by tools/build_openrpc.mjs. */
#include "devnet/openrpc.h"

static const u8 document[] = {
${bytes}};
const struct bytes openrpc_document = {document, ${Buffer.byteLength(text)}};
`,
);
if (process.argv.includes("write")) writeFileSync(page, markdown);
if (process.argv.includes("check") && read("docs/rpc.md") !== markdown)
    fail("docs/rpc.md is old: node tools/build_openrpc.mjs write");
