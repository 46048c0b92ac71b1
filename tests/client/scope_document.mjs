// scope_document - the OpenRPC document that a node serves, and methods whose answers are held to it.
//
//   const { ask, methods, answered } = await openDocument(url, check);
//   await ask("scope_chains");      the result, or the answer with its error

import Ajv2020 from "ajv/dist/2020.js";
import { rpc } from "./up_world.mjs";

export const rooted = (schema) => JSON.parse(JSON.stringify(schema).replaceAll("#/", "document#/"));

export async function openDocument(url, check) {
    const document = (await rpc(url, "rpc.discover")).result, answered = new Set(), results = new Map();
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    ajv.addSchema({ $id: "document", components: document.components });
    const ask = async (method, ...params) => {
        const answer = await rpc(url, method, ...params);
        const { result } = document.methods.find((m) => m.name === method);
        if (!results.has(method))
            results.set(method, ajv.compile(rooted(result.schema)));
        const fits = results.get(method);
        answered.add(method);
        check(`${method}(${JSON.stringify(params).slice(0, 100)}) fits its schema`, answer.error || fits(answer.result),
            { errors: fits.errors?.slice(0, 3), answer });
        return answer.result ?? (answer.error ? answer : null);
    };
    return { ...document, ajv, ask, answered };
}
