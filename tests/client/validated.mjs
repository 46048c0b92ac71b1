// validated - every answer that a test gets over HTTP is valid by the OpenRPC sources of execution-apis.
//
//   SCOPE_RPC_SPEC=build/fixtures/rpc_spec node --import ./tests/client/validated.mjs tests/client/devnet.mjs ..
//
// It wraps fetch, which viem and the tests use. What is wrong is printed, and the exit status is then 1. A result of a
// method that the sources do not have is not looked at; neither is an error, whose code and message are go-ethereum's.

import { openrpc, violations } from "./rpc_schemas.mjs";

const method = openrpc(process.env.SCOPE_RPC_SPEC, { extended: true });
const plain = globalThis.fetch;
const seen = new Map();   // method -> answers
let wrong = 0;

globalThis.fetch = async (url, options) => {
    const response = await plain(url, options);
    if (typeof options?.body === "string")
        validate(options.body, await response.clone().text());
    return response;
};

function validate(request, response) {
    const [sent, got] = [request, response].map(parsed);
    for (const answer of [got].flat()) {
        const name = [sent].flat().find((call) => call?.id === answer?.id)?.method;
        const of = method(name);
        if (!of || !("result" in answer))
            continue;
        seen.set(name, (seen.get(name) ?? 0) + 1);
        const why = violations(of.result, answer.result);
        if (why && ++wrong <= 20)
            console.log(`${name} is not valid by the OpenRPC sources:\n    ${why}`);
    }
}

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null; // a test of what is no JSON
    }
}

process.on("exit", () => {
    const answers = [...seen.values()].reduce((a, b) => a + b, 0);
    console.log(`${answers} answers of ${seen.size} methods validated, ${wrong} wrong`);
    if (wrong || !answers)
        process.exitCode = 1;
});
