// rpc_schemas - the OpenRPC sources of execution-apis (FOLDER/rpc_spec of the fixtures), as validators.
//
//   const method = openrpc(folder);
//   const { params, errors, result } = method("eth_getBalance");      undefined: the sources do not have it
//   violations(result, value)                                         "", or what is wrong with a value

import Ajv from "ajv";
import { load } from "js-yaml";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

// What a rollup adds to Ethereum's transactions (docs/protocol.md section 11).
const system = { title: "System transaction", type: "object", required: ["type", "from", "to", "gas", "input"],
    properties: { type: { type: "string", pattern: "^0x7e$" } } };

// { extended: true }: transactions may be a rollup's, too; and as in every client, a transaction that waits is one with
// the place null, for which the sources have the schema, but not in eth_getTransactionByHash.
export function openrpc(folder, { extended = false } = {}) {
    const yaml = (sub) => readdirSync(join(folder, sub)).filter((f) => f.endsWith(".yaml"))
        .map((f) => load(readFileSync(join(folder, sub, f), "utf8")));
    const schemas = Object.assign({}, ...yaml("engine/openrpc/schemas"), ...yaml("schemas"));
    if (extended)
        schemas.TransactionSigned.oneOf.push(system);
    // [] is an array of hashes and one of logs: the sources say oneOf
    const { oneOf: anyOf, ...results } = schemas.FilterResults;
    schemas.FilterResults = { ...results, anyOf };
    const ajv = new Ajv({ strict: false, allErrors: false });
    ajv.addSchema({ $id: "spec", components: { schemas } });
    const methods = new Map(["eth", "debug", "txpool", "testing"].flatMap(yaml).flat().map((m) => [m.name, m]));
    if (extended)
        methods.get("eth_getTransactionByHash").result.schema.oneOf.push(
            { $ref: "#/components/schemas/PendingTransactionInfo" });
    const compiled = new Map();
    const refs = (x) => JSON.parse(JSON.stringify(x).replaceAll('"#/components/', '"spec#/components/'));
    const method = (name) => {
        const m = methods.get(name);
        if (m && !compiled.has(name))
            compiled.set(name, { ...m, result: ajv.compile(refs(m.result.schema)) });
        return compiled.get(name);
    };
    method.names = [...methods.keys()];
    return method;
}

export function violations(validate, value) {
    if (validate(value))
        return "";
    const text = JSON.stringify(value) ?? "nothing";
    return validate.errors.map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`).slice(0, 5)
        .concat(`of ${text.length > 300 ? `${text.slice(0, 300)}..` : text}`).join("\n    ");
}
