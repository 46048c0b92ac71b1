// rpc_liar - anvil, and a server before it that tells the truth or lies, for tests of what reads an L1.
//
//   node tests/client/rpc_liar.mjs [ANVIL ARGUMENTS..]      prints "PORT-OF-THE-LIAR PORT-OF-ANVIL"; ends when its
// input ends
//
//   /honest      what anvil says               /header   a block with another state root
//   /account     a bit of an account's proof   /slot     a bit of a slot's proof        /short   a proof without its
// leaf
//   /other       the proof of another account  /code     a bit of a code                /empty   no code
//   /ids         an id that was not asked      /twice    the same id twice              /missing one answer left out
//   /version     JSON-RPC 1.0                  /both     a result and an error          /html    a page, with status
// 502

import { createServer } from "node:http";
import { spawnAnvil } from "./anvil_process.mjs";

// Changes a digit in the middle.
const bent = (hex) => { const i = hex.length >> 1; return hex.slice(0, i) + (hex[i] === "0" ? "1"
    : "0") + hex.slice(i + 1); };
const bendLast = (list) => [...list.slice(0, -1), bent(list.at(-1))];

const lies = {
    honest: (a) => a,
    header: (a) => a.map((x) => (x.result?.stateRoot
        ? { ...x, result: { ...x.result, stateRoot: bent(x.result.stateRoot) } } : x)),
    account: (a) => a.map((x) => (x.result?.accountProof
        ? { ...x, result: { ...x.result, accountProof: bendLast(x.result.accountProof) } } : x)),
    slot: (a) => a.map((x) => (x.result?.storageProof?.length
        ? { ...x, result: { ...x.result, storageProof: x.result.storageProof.map((p) =>
            ({ ...p, proof: bendLast(p.proof) })) } } : x)),
    short: (a) => a.map((x) => (x.result?.accountProof
        ? { ...x, result: { ...x.result, accountProof: x.result.accountProof.slice(0, -1) } } : x)),
    code: (a) => a.map((x) => (typeof x.result === "string" ? { ...x, result: bent(x.result) } : x)),
    empty: (a) => a.map((x) => (typeof x.result === "string" ? { ...x, result: "0x" } : x)),
    ids: (a) => a.map((x, i) => (i === a.length - 1 ? { ...x, id: x.id + 1 } : x)),
    twice: (a) => a.map(() => a[0]),
    missing: (a) => a.slice(0, -1),
    version: (a) => a.map((x) => ({ ...x, jsonrpc: "1.0" })),
    both: (a) => a.map((x) => ({ ...x, error: { code: 1, message: "and yet" } })),
};

const { child: anvil, url: upstream } = await spawnAnvil(process.argv.slice(2));
const ask = async (body) => (await fetch(upstream,
    { method: "POST", headers: { "content-type": "application/json" }, body })).text();

const server = createServer((request, response) => {
    const what = request.url.slice(1), body = [];
    request.on("data", (piece) => body.push(piece));
    request.on("end", async () => {
        if (what === "html")
            return response.writeHead(502).end("<html>bad gateway</html>");
        let text = Buffer.concat(body).toString();
        if (what === "other")
            text = text.replace(/("eth_getProof","params":\["0x)(..)/g, "$1ff");
        const answers = JSON.parse(await ask(text));
        response.end(JSON.stringify((lies[what] ?? lies.honest)(Array.isArray(answers) ? answers : [answers])));
    });
});

server.listen(0, "127.0.0.1", () => console.log(`${server.address().port} ${new URL(upstream).port}`));
process.stdin.on("end", () => { anvil.kill(); process.exit(0); }).resume();
