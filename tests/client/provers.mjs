// provers - scope prove and scope run --prover as real processes, with provers that lie, and requests that lie.
//
//   node tests/client/provers.mjs SCOPE
//
//   settling    examples/oracle.yaml has five provers, of which three must sign. Some are the program's own, the others
// are
//               servers below that behave badly. The bundle settles, and each is reported by what it did
//   lying       one request of examples/swap.yaml, changed in one thing each time: refused by name, or signed for
//               another statement, which L1 does not ask for. The prover lives on and signs the honest one
//   starting    key files and configurations that are not as they must be

import { RLP } from "@ethereumjs/rlp";
import { bytesToHex, hexToBytes } from "@ethereumjs/util";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { recoverTypedDataAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const scope = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), "provers-"));
const outcome = { passed: 0, failed: 0 };
function check(what, holds, got = "") {
    outcome[holds ? "passed" : "failed"]++;
    if (!holds)
        console.log(`failed: ${what}${got === "" ? "" : `: ${typeof got === "string" ? got : JSON.stringify(got)}`}`);
}
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// --- provers -----------------------------------------------------------------------------------------

const keyOf = (name) => bytesToHex(keccak_256(new TextEncoder().encode(name)));
let files = 0;
function file(content, mode = 0o600) {
    const path = join(folder, `file-${files++}`);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
}

const running = new Set();
// A prover of ours: { url, child, ended }.
function prover(config, key) {
    const child = spawn(scope, ["prove", "--config", config, "--key", file(`${key}\n`), "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
    running.add(child);
    const ended = new Promise((done) => child.on("close", (status, signal) =>
        { running.delete(child); done(status ?? signal); }));
    return new Promise((done, failed) => {
        let text = "";
        child.stdout.on("data", (piece) => {
            text += piece;
            const url = /http:\/\/\S+:\d+/.exec(text);
            if (url)
                done({ url: url[0], child, ended });
        });
        ended.then((status) => failed(new Error(`a prover ended with ${status}`)));
    });
}

// A prover that is none. answer(request body) gives { status, body } or never ends.
const servers = [];
function impostor(answer) {
    const server = createServer((request, response) => {
        const pieces = [];
        request.on("data", (piece) => pieces.push(piece));
        request.on("end", async () => {
            const { status = 200, body } = await answer(Buffer.concat(pieces));
            response.writeHead(status, { "content-type": "application/json" }).end(body);
        });
    });
    servers.push(server);
    return new Promise((done) => server.listen(0, "127.0.0.1", () =>
        done(`http://127.0.0.1:${server.address().port}`)));
}

const post = async (url, body) => {
    const answer = await fetch(`${url}/prove`, { method: "POST", body });
    return { status: answer.status, body: await answer.json() };
};
const through = (url, change) => async (body) => {
    const answer = await post(url, body);
    return { status: answer.status, body: JSON.stringify(await change(answer.body)) };
};

// A signature over anything, by a prover of the set that has turned.
const typed = (rules, chainId, a) => ({
    domain: { name: "QuorumVerifier", version: "1", chainId: rules.l1ChainId, verifyingContract: rules.quorumVerifier },
    types: { Settlement: [
        { name: "statement", type: "bytes32" }, { name: "chainId", type: "uint64" },
            { name: "programId", type: "bytes32" },
        { name: "proofSystemId", type: "bytes32" }, { name: "proverSetEpoch", type: "uint64" },
        { name: "attester", type: "address" }, { name: "deadline", type: "uint64" }] },
    primaryType: "Settlement",
    message: {
        statement: a.statement, chainId: BigInt(chainId), programId: rules.programId,
            proofSystemId: keyOf("scope.quorum.v1"),
        proverSetEpoch: BigInt(rules.proverSetEpoch), attester: a.attester, deadline: BigInt(a.deadline),
    },
});
const flipped = (hex) => hex.slice(0, -1) + (hex.endsWith("0") ? "1" : "0");

function malleated(signature) {
    const bytes = hexToBytes(signature), s = BigInt(bytesToHex(bytes.slice(32, 64)));
    const other = (secp256k1.Point.Fn.ORDER - s).toString(16).padStart(64, "0");
    return bytesToHex(bytes.slice(0, 32)) + other + (bytes[64] === 27 ? "1c" : "1b");
}

// --- settling ------------------------------------------------------------------------------------------

async function settling() {
    const rules = join(folder, "oracle.json");
    check("scope rules", spawnSync(scope, ["rules", "examples/oracle.yaml", "--out", rules]).status === 0);
    const believed = JSON.parse(readFileSync(rules, "utf8")), chain = believed.rollups[0].chainId;
    const honest = await Promise.all([0, 1, 2, 3].map((i) => prover(rules, keyOf(`scope:prover:${i}`))));
    const stranger = await prover(rules, keyOf("not registered on L1"));
    const mistaken = file(JSON.stringify({ ...believed, rollups: [{ ...believed.rollups[0], chainId: chain + 1 }] }));
    const ignorant = await prover(mistaken, keyOf("scope:prover:4"));
    const turned = privateKeyToAccount(keyOf("scope:prover:4"));
    const last = await prover(rules, keyOf("scope:prover:4"));
    const bad = {
        "dead": "http://127.0.0.1:1",
        "wrong signer": stranger.url,
        "refused": ignorant.url,
        "garbage": await impostor(() => ({ body: "<html>\x1b[31mwelcome</html>" })),
        "garbage, half an attestation": await impostor(through(honest[0].url, ({ attester, statement }) =>
            ({ attester, statement }))),
        "garbage, without end": await impostor(() => ({ body: "x".repeat(1 << 20) })),
        "refused, garbage": await impostor(() => ({ status: 500, body: "{}" })),
        "wrong statement": await impostor(through(last.url, async (a) => {
            const lie = { ...a, statement: flipped(a.statement) };
            return { ...lie, signature: await turned.signTypedData(typed(believed, chain, lie)) };
        })),
        "wrong statement, the deadline": await impostor(through(last.url, async (a) => {
            const lie = { ...a, deadline: `0x${(BigInt(a.deadline) - 1000n).toString(16)}` };
            return { ...lie, signature: await turned.signTypedData(typed(believed, chain, lie)) };
        })),
        "wrong signer, another's name": await impostor(through(last.url, (a) => ({ ...a, attester: privateKeyToAccount(keyOf("scope:prover:3")).address }))),
        "wrong signer, s above half": await impostor(through(last.url, (a) =>
            ({ ...a, signature: malleated(a.signature) }))),
        "repeated": await impostor(through(honest[0].url, (a) => a)),
        "not waited for": await impostor(() => new Promise(() => {})),
    };
    const wanted = { "refused, garbage": "garbage" };
    // so that the bad ones answer first
    const late = async (p) => impostor(async (body) => { await wait(400); return through(p.url, (a) => a)(body); });

    const run = (urls) => {
        const child = spawn(scope, ["run", "examples/oracle.yaml", "--json", ...urls.flatMap((u) => ["--prover", u])]);
        let out = "", err = "";
        child.stdout.on("data", (piece) => out += piece);
        child.stderr.on("data", (piece) => err += piece);
        return new Promise((done) => child.on("close", (status) => done({ status, out, err })));
    };
    const slots = (out) => {
        const found = [];
        const look = (x) => {
            if (Array.isArray(x))
                x.forEach(look);
            else if (x && typeof x === "object") {
                if (Array.isArray(x.provers) && x.provers.length && x.provers[0].outcome)
                    found.push(x);
                Object.values(x).forEach(look);
            }
        };
        look(JSON.parse(out));
        return found;
    };

    // three honest ones and two of the bad; the first of the honest answers at once, for "repeated"
    const pairs = Object.keys(bad).map((name, i, all) => [name, all[(i + 1) % all.length]]);
    for (const names of pairs) {
        const urls = [honest[0].url, ...names.map((n) => bad[n]), await late(honest[1]), await late(honest[2])];
        const { status, out, err } = await run(urls);
        check(`settles beside ${names.join(" and ")}`, status === 0, err);
        if (status !== 0)
            continue;
        const seen = slots(out);
        check(`provers are reported beside ${names.join(" and ")}`, seen.length > 0);
        for (const slot of seen)
            names.forEach((name, i) => {
                const reported = slot.provers[1 + i];
                const want = wanted[name] ?? name.split(",")[0];
                check(`${name} is reported as such`, reported.outcome === want, reported);
                check(`${name}: it says why`, reported.why?.length > 5 && !/[\x00-\x1f]/.test(reported.why), reported);
                check(`${name}: it says which`, bad[name] === reported.url, reported);
            });
    }

    // too few: two honest ones, a slow one, and the rest bad
    const { status, out, err } = await run([honest[0].url, honest[1].url, bad["not waited for"], bad.dead,
        bad.garbage]);
    check("two of three: nothing settles", status === 3 && out === "", `${status} ${err}`);
    for (const text of ["FAULT_NO_QUORUM", `${honest[0].url}: ok`, `${bad["not waited for"]}: slow`,
        `${bad.dead}: dead`, `${bad.garbage}: garbage`])
        check(`two of three: it says "${text}"`, err.includes(text), err);

    for (const p of [...honest, stranger, ignorant, last]) {
        p.child.kill("SIGTERM");
        check("SIGTERM ends a prover", await p.ended === 0);
    }
}

// --- lying -----------------------------------------------------------------------------------------------

const [CHAIN, SUBMITTER, L1_BLOCK, L1_PARENT, PLAN, DEADLINE, DATA, BLOBS, WITNESS] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const [HEADERS, ANCHOR, NODES, CODES] = [0, 1, 2, 3];
const decode = (bytes) => RLP.decode(bytes.slice(1));
const encode = (list) => Buffer.concat([Buffer.from([1]), RLP.encode(list)]);
const flip = (bytes, at) => { const b = Uint8Array.from(bytes); b[at < 0 ? b.length + at : at] ^= 1; return b; };
const quantity = (n) => hexToBytes(`0x${n.toString(16).padStart(n.toString(16).length + n.toString(16).length % 2, "0")}`);

// A blob of zeros with its commitment and proof, which need no setup: the zero polynomial's are the point at infinity.
const infinity = Uint8Array.of(0xc0, ...new Uint8Array(47));
function blob(change = () => {}) {
    const content = new Uint8Array(131072);
    change(content);
    return [content, infinity, infinity];
}

// Sends bytes as they are; what comes back, and when the other side closed.
function raw(url, bytes, { end = true } = {}) {
    const { hostname, port } = new URL(url);
    return new Promise((done) => {
        let text = "";
        const start = Date.now(), socket = connect(port, hostname, () =>
            { socket.write(bytes); if (end) socket.end(); });
        socket.on("data", (piece) => text += piece);
        socket.on("error", () => {});
        socket.on("close", () => done({ text, ms: Date.now() - start }));
    });
}

async function lying() {
    const rules = join(folder, "swap.json"), witnesses = join(folder, "witnesses");
    check("scope rules", spawnSync(scope, ["rules", "examples/swap.yaml", "--out", rules]).status === 0);
    for (const format of ["json", "request"])
        check(`scope witness ${format}`, spawnSync(scope, ["witness", "examples/swap.yaml", "--format", format, "--out", witnesses]).status === 0);
    const believed = JSON.parse(readFileSync(rules, "utf8")), chain = believed.rollups[0].chainId;
    const two = file(JSON.stringify({ ...believed,
        rollups: [...believed.rollups, { ...believed.rollups[0], chainId: chain + 1 }] }));
    const key = keyOf("scope:prover:0");
    const p = await prover(two, key);
    const requests = readdirSync(witnesses).filter((f) => f.endsWith(".request")).sort().map((f) =>
        readFileSync(join(witnesses, f)));
    const honest = requests.at(-1), other = decode(requests[2]);
    const { statement } = JSON.parse(readFileSync(join(witnesses,
        readdirSync(witnesses).filter((f) => f.endsWith(".json")).sort().at(-1)), "utf8"));

    const changed = (change) => {
        const list = decode(honest);
        return encode(change(list) ?? list);
    };
    const attests = async (name) => {
        const { status, body } = await post(p.url, honest);
        check(`${name}: it signs what is honest`, status === 200 && body.statement === statement, body);
        const signer = status === 200 && await recoverTypedDataAddress({ ...typed(believed, chain, body),
            signature: body.signature });
        check(`${name}: viem agrees`, signer === privateKeyToAccount(key).address && signer.toLowerCase() === body.attester.toLowerCase(), body);
    };
    await attests("at first");

    const header = (change) => (r) => {
        const fields = RLP.decode(r[WITNESS][HEADERS].at(-1));
        change(fields);
        r[WITNESS][HEADERS][r[WITNESS][HEADERS].length - 1] = RLP.encode(fields);
    };
    const refusals = [
        // what, the request, status, the name
        ["not a request", Buffer.from("hello"), 400, "REJECT_REQUEST"],
        ["nothing", Buffer.alloc(0), 400, "REJECT_REQUEST"],
        ["another version", Buffer.concat([Buffer.from([2]), honest.subarray(1)]), 400, "REJECT_REQUEST"],
        ["cut", honest.subarray(0, honest.length - 1), 400, "REJECT_REQUEST"],
        ["longer", Buffer.concat([honest, Buffer.from([0])]), 400, "REJECT_REQUEST"],
        ["a member too many", changed((r) => [...r, new Uint8Array()]), 400, "REJECT_REQUEST"],
        ["a chain that it does not know", changed((r) => { r[CHAIN] = quantity(chain + 5); }), 422, "REJECT_UNKNOWN_ROLLUP"],
        ["as another chain's", changed((r) => { r[CHAIN] = quantity(chain + 1); }), 422, "REJECT_SYSTEM_TX_PLACE"],
        ["a signature for a month", changed((r) => { r[DEADLINE] = quantity(BigInt(bytesToHex(r[DEADLINE])) + 2592000n); }), 422, "REJECT_DEADLINE"],
        ["another block's witness", changed((r) => { r[WITNESS] = other[WITNESS]; }), 422, null],
        ["another block's data", changed((r) => { r[DATA] = other[DATA]; }), 422, null],
        ["no data", changed((r) => { r[DATA] = new Uint8Array(); }), 422, "REJECT_BATCH_VERSION"],
        ["data cut", changed((r) => { r[DATA] = r[DATA].slice(0, -1); }), 422, "REJECT_DEFLATE_TRUNCATED"],
        ["data in both places", changed((r) => { r[BLOBS] = [blob()]; }), 422, "REJECT_DATA_TWO_PLACES"],
        ["a blob that is not its commitment's", changed((r) => { r[BLOBS] = [blob((b) => { b[5] = 1; })]; r[DATA] = new Uint8Array(); }), 422, "REJECT_BLOB_PROOF"],
        ["a blob without frames", changed((r) => { r[BLOBS] = [blob()]; r[DATA] = new Uint8Array(); }), 422, "REJECT_BLOB_VERSION"],
        ["a blob cut", changed((r) => { r[BLOBS] = [[new Uint8Array(131071), infinity, infinity]]; }), 400, "REJECT_REQUEST"],
        ["too many blobs", changed((r) => { r[BLOBS] = Array(7).fill(blob()); r[DATA] = new Uint8Array(); }), 400, "REJECT_REQUEST"],
        ["no header", changed((r) => { r[WITNESS][HEADERS] = []; }), 422, "REJECT_WITNESS"],
        ["a header that is none", changed((r) => { r[WITNESS][HEADERS] = [Uint8Array.of(0xc0)]; }), 422, "REJECT_WITNESS"],
        ["headers that do not follow", changed((r) => { r[WITNESS][HEADERS] = [r[WITNESS][HEADERS][0], r[WITNESS][HEADERS][0]]; }), 422, "REJECT_WITNESS"],
        ["a parent with a forged state root", changed(header((h) => { h[3] = flip(h[3], 0); })), 422, "FAULT_STATE_MISSING"],
        ["a parent of another height", changed(header((h) => { h[8] = quantity(77); })), 422, "REJECT_SYSTEM_TX_PLACE"],
        ["no anchor", changed((r) => { r[WITNESS][ANCHOR] = new Uint8Array(); }), 422, "REJECT_WITNESS"],
        ["another anchor", changed((r) => { r[WITNESS][ANCHOR] = other[WITNESS][ANCHOR]; }), 422, "REJECT_ANCHOR"],
        ["no nodes", changed((r) => { r[WITNESS][NODES] = []; }), 422, "FAULT_STATE_MISSING"],
        ["no codes", changed((r) => { r[WITNESS][CODES] = []; }), 422, "FAULT_STATE_MISSING"],
    ];
    const whole = decode(honest);
    whole[WITNESS][NODES].forEach((_, i) => {
        refusals.push([`without node ${i}`, changed((r) => { r[WITNESS][NODES].splice(i, 1); }), 422, "FAULT_STATE_MISSING"]);
        refusals.push([`a forged node ${i}`, changed((r) => { r[WITNESS][NODES][i] = flip(r[WITNESS][NODES][i], -1); }), 422, "FAULT_STATE_MISSING"]);
    });
    whole[WITNESS][CODES].forEach((_, i) =>
        refusals.push([`without code ${i}`, changed((r) => { r[WITNESS][CODES].splice(i, 1); }), 422, "FAULT_STATE_MISSING"]));
    for (const [what, body, status, name] of refusals) {
        const got = await post(p.url, body);
        const named = name ? got.body.error === name : /^(REJECT|FAULT)_[A-Z0-9_]+$/.test(got.body.error);
        check(`${what} is refused by name`, got.status === status && named && got.body.message && !got.body.signature, got);
    }

    // what L1 compares is in the statement: a lie about it makes another one
    const others = [
        ["a parent with another time", header((h) => { h[11] = quantity(BigInt(bytesToHex(h[11])) - 1n); })],
        ["another submitter", (r) => { r[SUBMITTER] = flip(r[SUBMITTER], 3); }],
        ["another L1 block", (r) => { r[L1_BLOCK] = quantity(99999); }],
        ["another L1 parent", (r) => { r[L1_PARENT] = flip(r[L1_PARENT], 3); }],
        ["another plan", (r) => { r[PLAN] = flip(r[PLAN], 3); }],
    ];
    for (const [what, change] of others) {
        const got = await post(p.url, changed(change));
        check(`${what}: another statement`, got.status === 200 && got.body.statement !== statement, got);
    }
    for (let at = 0; at < whole[DATA].length; at += 37) {
        const got = await post(p.url, changed((r) => { r[DATA] = flip(r[DATA], at); }));
        const refused = got.status === 422 && /^(REJECT|FAULT)_/.test(got.body.error);
        check(`byte ${at} of the data changed: refused, or another statement`, refused || (got.status === 200 && got.body.statement !== statement), got);
    }

    // HTTP
    const head = (more, method = "POST", path = "/prove") => `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}\r\n`;
    const wire = [
        ["wrong method", head("", "GET"), "405", "HTTP_METHOD"],
        ["wrong method", head("Content-Length: 2\r\n", "PUT") + "{}", "405", "HTTP_METHOD"],
        ["wrong path", head("Content-Length: 0\r\n", "POST", "/attest"), "404", "HTTP_NOT_FOUND"],
        ["a body that is too large", head("Content-Length: 67108865\r\n"), "413", "HTTP_TOO_LARGE"],
        ["a body far too large", head("Content-Length: 99999999999999999999999999\r\n"), "400", "HTTP_MALFORMED"],
        ["a body in chunks", head("Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\n\r\n", "400",
            "REJECT_REQUEST"],
        ["chunks that are too large", head("Transfer-Encoding: chunked\r\n") +
            `4000001\r\n${"x".repeat(0x4000001)}\r\n`, "413", "HTTP_TOO_LARGE"],
        ["headers without end", head(`X: ${"y".repeat(40000)}\r\n`), "4", ""],
    ];
    for (const [what, bytes, status, name] of wire) {
        const { text } = await raw(p.url, bytes, { end: false });
        check(`${what}: ${status} ${name}`, text.startsWith(`HTTP/1.1 ${status}`) && text.includes(name), text);
    }
    const cut = await raw(p.url, Buffer.concat([Buffer.from(head(`Content-Length: ${honest.length}\r\n`)),
        honest.subarray(0, 1000)]));
    check("a body that breaks off is not answered with a signature", !cut.text.includes("signature"), cut.text);
    check("not HTTP", !(await raw(p.url, "\x00\x01\x02 nonsense\r\n\r\n")).text.includes("signature"));

    // more at once than it takes, among them some that say nothing: they make way
    const silent = [...Array(6)].map(() => raw(p.url, "POST /prove HTTP/1.1\r\n", { end: false }));
    const many = await Promise.all([...Array(40)].map(() => post(p.url, honest)));
    check("40 at once are all answered", many.every((a) => a.status === 200 && a.body.statement === statement));
    const flood = await Promise.all([...Array(150)].map(() => post(p.url, honest).catch(() => null)));
    check("of 150 at once some are answered, none wrongly", flood.some((a) => a)
        && flood.every((a) => !a || a.body.statement === statement));
    // one that trickles while there is room
    const trickle = new Promise((done) => {
        const { hostname, port } = new URL(p.url), start = Date.now();
        const socket = connect(port, hostname, () => socket.write(head(`Content-Length: 1000\r\n`)));
        const drip = setInterval(() => socket.write("x"), 500);
        socket.on("error", () => {}).on("data", () => {}).on("close", () =>
            { clearInterval(drip); done(Date.now() - start); });
    });
    const ms = await trickle;
    check("who trickles is cut off", ms > 10000 && ms < 25000, `${ms} ms`);
    check("who is silent is cut off", (await Promise.all(silent)).every((s) => s.ms < 25000));
    await attests("at last");

    // a request that is under way when it is told to end is answered
    const under = post(p.url, honest);
    await wait(3);
    p.child.kill("SIGTERM");
    const answer = await under.catch((e) => e);
    check("what was under way is answered, or was never taken", answer.status === 200 || answer instanceof Error, answer);
    check("SIGTERM ends it", await p.ended === 0);
    return two;
}

// --- starting ----------------------------------------------------------------------------------------------

function starting(config) {
    const good = JSON.parse(readFileSync(config, "utf8")), key = keyOf("scope:prover:0");
    const fifo = join(folder, "fifo"), place = join(folder, "folder");
    spawnSync("mkfifo", [fifo]);
    chmodSync(fifo, 0o600);
    mkdirSync(place);
    const begin = (c, k, listen = "127.0.0.1:0") =>
        spawnSync(scope, ["prove", "--config", c, "--key", k, "--listen", listen], { encoding: "utf8", timeout: 5000 });
    const rows = [
        ["others may read it", config, file(key, 0o604), 2, "chmod 600"],
        ["the group may read it", config, file(key, 0o640), 2, "chmod 600"],
        ["the group may write it", config, file(key, 0o620), 2, "chmod 600"],
        ["too short", config, file(key.slice(0, -1)), 2, "64 hex digits"],
        ["too long", config, file(`${key}00`), 2, "64 hex digits"],
        ["two lines", config, file(`${key}\n${key}\n`), 2, "64 hex digits"],
        ["not hex", config, file("x".repeat(64)), 2, "64 hex digits"],
        ["empty", config, file(""), 2, "64 hex digits"],
        ["zero", config, file("0".repeat(64)), 2, "REJECT_KEY"],
        ["the order", config, file("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"), 2, "REJECT_KEY"],
        ["a folder", config, place, 2, "regular file"],
        ["a pipe", config, fifo, 2, "regular file"],
        ["no such file", config, join(folder, "nothing"), 2, "No such file"],
        ["no configuration", join(folder, "nothing"), file(key), 2, "No such file"],
        ["not JSON", file("{"), file(key), 2, "REJECT_JSON"],
        ["a member misspelled", file(JSON.stringify({ ...good, deadlineSecs: 1 })), file(key), 2, "not known"],
        ["no verifier", file(JSON.stringify({ ...good, quorumVerifier: undefined })), file(key), 2, "quorumVerifier"],
        ["a bridge of zeros", file(JSON.stringify({ ...good, sharedBridge: `0x${"0".repeat(40)}` })), file(key), 2, "address"],
        ["another program", file(JSON.stringify({ ...good, programId: keyOf("another") })), file(key), 2, "programId is not"],
        ["no program", file(JSON.stringify({ ...good, programId: undefined })), file(key), 2, "programId"],
        ["no rollups", file(JSON.stringify({ ...good, rollups: [] })), file(key), 2, "rollups"],
        ["a rollup twice", file(JSON.stringify({ ...good, rollups: [good.rollups[0], good.rollups[0]] })), file(key), 2, "ascend"],
        ["a rollup with L1's id", file(JSON.stringify({ ...good, rollups: [{ ...good.rollups[0], chainId: good.l1ChainId }] })), file(key), 2, "L1"],
    ];
    for (const [what, c, k, status, text] of rows) {
        const run = begin(c, k);
        check(`${what}: ${text}`, run.status === status && run.stderr.includes(text) && !run.stderr.includes(key.slice(2, 20)), `${run.status} ${run.stderr}`);
    }
    for (const listen of ["127.0.0.1", "127.0.0.1:99999", "8600", "[::1:80", "127.0.0.1:8x"]) {
        const run = begin(config, file(key), listen);
        check(`--listen ${listen}`, run.status === 2 && run.stderr.includes("expected ADDRESS:PORT"), `${run.status} ${run.stderr}`);
    }
    const nowhere = begin(config, file(key), "nowhere:80");
    check("--listen nowhere:80", nowhere.status === 3 && nowhere.stderr.includes("cannot listen"), `${nowhere.status} ${nowhere.stderr}`);
}

try {
    await settling();
    starting(await lying());
} finally {
    running.forEach((child) => child.kill("SIGKILL"));
    servers.forEach((server) => { server.closeAllConnections(); server.close(); });
    rmSync(folder, { recursive: true });
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
