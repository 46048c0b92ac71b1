// jsonrpc - the server of src/shell/jsonrpc as its clients see it, good ones and hostile ones.
//
//   node tests/client/jsonrpc.mjs build/release/shell/jsonrpc/echo_bench
//
// The other side is Node's: http, net, and the package ws. What must hold after each attack: the server answers, at
// once, and its memory (VmHWM) stays below a bound that has nothing to do with what it was sent.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import WebSocket from "ws";

const program = process.argv[2];
const outcome = { passed: 0, failed: 0 };
function check(what, holds, got = "") {
    outcome[holds ? "passed" : "failed"]++;
    if (!holds)
        console.log(`failed: ${what}${got === "" ? "" : `: ${typeof got === "string" ? got.slice(0, 300) : JSON.stringify(got)}`}`);
}
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function start(...options) {
    const child = spawn(program, ["127.0.0.1:0", "127.0.0.1:0", ...options], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((done) => child.on("close", (status, signal) => done(status ?? signal)));
    return new Promise((done, failed) => {
        let text = "";
        child.stdout.on("data", (piece) => {
            const ports = [...(text += piece).matchAll(/:(\d+)\n/g)].map(([, port]) => Number(port));
            if (ports.length === 2)
                done({ child, ended, port: ports[0], other: ports[1] });
        });
        ended.then((status) => failed(new Error(`it ended with ${status}`)));
    });
}

const call = (method, params = [], id = 1) => ({ jsonrpc: "2.0", id, method, params });
function http(port, { method = "POST", path = "/", headers = { "content-type": "application/json" }, body = "",
    agent } = {}) {
    return new Promise((done, failed) => {
        const r = request({ host: "127.0.0.1", port, method, path, headers, agent }, (response) => {
            const pieces = [];
            response.on("data", (piece) => pieces.push(piece));
            response.on("end", () => done({ status: response.statusCode, headers: response.headers,
                text: Buffer.concat(pieces).toString() }));
            response.on("error", failed);
        });
        r.on("error", failed);
        r.end(body);
    });
}
const ask = async (port, method, params, options) =>
    JSON.parse((await http(port, { ...options, body: JSON.stringify(call(method, params)) })).text);

// Bytes as they are; what came back until the other side closed, or ms have passed.
function raw(port, bytes, ms = 5000) {
    const start = Date.now();
    return new Promise((done) => {
        let text = "";
        const socket = connect(port, "127.0.0.1", () => bytes && socket.write(bytes));
        const end = () => { clearTimeout(timer); socket.destroy(); done({ text, ms: Date.now() - start }); };
        const timer = setTimeout(end, ms);
        socket.on("data", (piece) => text += piece).on("error", () => {}).on("close", end);
    });
}
const post = (body, more = "") => `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;
const memory = (server) =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, "utf8"))[1]) / 1024;

async function lives(server, what) {
    const begin = Date.now(), answer = await ask(server.port, "eth_blockNumber").catch((e) => e.message);
    check(`${what}: it answers`, answer.result === "0x10" && Date.now() - begin < 2000, answer);
    // 192 MiB of replies, and 8 workers with 20 MB of a result and as much of the reply
    check(`${what}: memory`, memory(server) < 700, `${memory(server)} MB`);
}

// --- HTTP --------------------------------------------------------------------------------------------

async function overHttp(server) {
    const { port, other } = server, one = JSON.stringify(call("eth_blockNumber"));
    const rows = [
        ["a call", { body: one }, 200, '{"jsonrpc":"2.0","id":1,"result":"0x10"}'],
        ["another path", { body: one, path: "/l1?x=1" }, 200, "0x10"],
        ["no path", { body: one, path: "/l2" }, 404, "HTTP_NOT_FOUND"],
        ["parameters of the type", { body: one, headers: { "content-type": "Application/JSON; charset=utf-8" } }, 200,
         "0x10"],
        ["json-rpc", { body: one, headers: { "content-type": "application/json-rpc" } }, 200, "0x10"],
        ["text/plain", { body: one, headers: { "content-type": "text/plain" } }, 415, "invalid content type"],
        ["no type", { body: one, headers: {} }, 415, "invalid content type"],
        ["PUT", { method: "PUT", body: one }, 405, "method not allowed"],
        ["DELETE", { method: "DELETE" }, 405, "method not allowed"],
        ["GET", { method: "GET" }, 200, ""],
        ["HEAD", { method: "HEAD" }, 200, ""],
        ["livez", { method: "GET", path: "/livez" }, 200, "ok\n"],
        ["GET elsewhere", { method: "GET", path: "/nowhere" }, 404, ""],
        ["OPTIONS, CORS is off",
         { method: "OPTIONS", headers: { origin: "http://a", "access-control-request-method": "POST" } }, 204,
         ""],
        ["a foreign host", { body: one, headers: { host: "evil.example", "content-type": "application/json" } }, 403,
         "invalid host"],
        ["localhost", { body: one, headers: { host: "LOCALHOST:8545", "content-type": "application/json" } }, 200,
         "0x10"],
        ["an IPv6 host", { body: one, headers: { host: "[::1]:8545", "content-type": "application/json" } }, 200,
         "0x10"],
        ["chunked", { body: one, headers: { "content-type": "application/json", "transfer-encoding": "chunked" } }, 200,
         "0x10"],
        ["an empty body", {}, 200, ""],
        ["not JSON", { body: "{" }, 200, '"code":-32700'],
        ["a notification", { body: '{"jsonrpc":"2.0","method":"echo"}' }, 200, ""],
        ["a worker", { body: JSON.stringify(call("work")) }, 200, "0x10"],
        ["revert", { body: JSON.stringify(call("revert")) }, 200, '"code":3,"message":"execution reverted","data":"0x08c379a0"'],
        ["no subscriptions", { body: JSON.stringify(call("eth_subscribe")) }, 200, "notifications not supported"],
    ];
    for (const [what, options, status, text] of rows) {
        const answer = await http(port, options).catch((e) => ({ status: e.message, text: "" }));
        check(`${what}: ${status}`, answer.status === status && (text ? answer.text.includes(text) : answer.text === "" || status >= 400), answer);
        check(`${what}: no CORS`, !answer.headers?.["access-control-allow-origin"]);
    }
    check("the other port", (await ask(other, "echo", [1, "two"])).result.length === 2);
    const big = "y".repeat(4 << 20);
    check("4 MiB there and back", (await ask(port, "echo", [big])).result[0] === big);
    check("20 MB back", (await ask(port, "large", [20000000])).result.length === 20000000);

    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 20; i++)
        check("keep-alive", (await ask(port, i % 2 ? "work" : "echo", [i], { agent })).id === 1);
    agent.destroy();
    const three = ["eth_blockNumber", "work", "echo"].map((m) => post(JSON.stringify(call(m, [], m))));
    const piped = await raw(port, three.slice(0, 2).join("") + three[2].replace("Host", "Connection: close\r\nHost"));
    check("pipelined: in order",
        /"eth_blockNumber"[^]*"work"[^]*"echo"/.test(piped.text) && piped.text.match(/200 OK/g)?.length === 3,
        piped.text);
    check("Connection: close closes", piped.ms < 4000);
    check("byte by byte", await new Promise((done) => {
        const socket = connect(port, "127.0.0.1"), bytes = Buffer.from(post(one));
        let at = 0;
        const next = () => at < bytes.length ? socket.write(bytes.subarray(at, ++at)) : clearInterval(drip);
        const drip = setInterval(next, 1);
        socket.on("data", (piece) => { socket.destroy(); done(piece.toString().includes("0x10")); });
    }));
    check("HTTP/1.0", (await raw(port, post(one).replace("HTTP/1.1", "HTTP/1.0"))).text.includes("0x10"));
    const continued = await raw(port, post(one, "Expect: 100-continue\r\nConnection: close\r\n"));
    check("Expect: 100-continue", continued.text.startsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"));
}

async function cors() {
    const server = await start("--cors", "http://wallet.example");
    const headers = (origin) => ({
        origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type",
    });
    const good = await http(server.port, { method: "OPTIONS", headers: headers("http://wallet.example") });
    check("preflight", good.status === 204 && good.headers["access-control-allow-origin"] === "http://wallet.example" &&
        good.headers["access-control-allow-headers"] === "content-type" && good.headers.vary === "Origin",
        good.headers);
    const bad = await http(server.port, { method: "OPTIONS", headers: headers("http://evil.example") });
    check("preflight of another origin", bad.status === 204 && !bad.headers["access-control-allow-origin"],
        bad.headers);
    server.child.kill("SIGTERM");
    check("it ends", await server.ended === 0);
}

// --- WebSocket -----------------------------------------------------------------------------------------

function open(port, options = {}) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, options);
    socket.closed = new Promise((done) => socket.on("close", (code) => done(code)));
    socket.got = [];
    socket.on("message", (m) => socket.got.push(JSON.parse(m)));
    return new Promise((done, failed) => socket.on("open", () => done(socket)).on("error", failed));
}
const until = async (condition, ms = 5000) => {
    for (const end = Date.now() + ms; !condition() && Date.now() < end;)
        await wait(5);
    return condition();
};

async function overWebSocket(server) {
    const { port } = server, socket = await open(port);
    check("permessage-deflate is refused", socket.extensions === "");
    socket.send(JSON.stringify(call("echo", [1])));
    check("a call", await until(() => socket.got.length === 1) && socket.got[0].result[0] === 1, socket.got);
    for (let i = 0; i < 100; i++)
        socket.send(JSON.stringify(call(i % 3 ? "work" : "echo", [], 100 + i)));
    check("100 at once", await until(() => socket.got.length === 101)
        && new Set(socket.got.map((m) => m.id)).size === 101, socket.got.length);
    socket.send(JSON.stringify(call("slow", [300], "slow")));
    socket.send(JSON.stringify(call("work", [], "fast")));
    check("a slow call delays no other", await until(() => socket.got.length === 103) && socket.got.at(-2).id === "fast");
    const big = "z".repeat(6 << 20);
    socket.got.length = 0;
    socket.send(JSON.stringify(call("echo", [big])).slice(0, 1000), { fin: false });
    socket.send(JSON.stringify(call("echo", [big])).slice(1000));
    check("fragments, 6 MiB", await until(() => socket.got.length === 1) && socket.got[0].result[0] === big);
    const pong = new Promise((done) => socket.once("pong", (data) => done(data.toString())));
    socket.ping("hello");
    check("ping", await pong === "hello");
    socket.got.length = 0;
    socket.send("{");
    socket.send(JSON.stringify([call("echo", [], 1), call("work", [], 2)]));
    check("what is not JSON is answered, and the next too", await until(() => socket.got.length === 2) &&
        socket.got.some((m) => m.error?.code === -32700) && socket.got.some((m) => m.length === 2), socket.got);
    socket.got.length = 0;
    socket.send(JSON.stringify(call("eth_subscribe", [2], "sub")));
    check("a subscription", await until(() => socket.got.length > 20));
    check("its id comes first, then all in order", socket.got[0].id === "sub" &&
        socket.got.slice(1).every((m, i) => m.method === "eth_subscription"
            && m.params.subscription === socket.got[0].result && m.params.result === i), socket.got[0]);
    socket.close(1000);
    check("closing", await socket.closed === 1000);

    const codes = [
        ["a message of 33 MiB", (s) => s.send("x".repeat(33 << 20)), 1009],
        ["not UTF-8", (s) => s.send(Buffer.from([0xff, 0xfe]), { binary: false }), 1007],
        ["a reserved opcode", (s) => s._socket.write(Buffer.from([0x83, 0x80, 0, 0, 0, 0])), 1002],
        ["not masked", (s) => s._socket.write(Buffer.from([0x81, 0x01, 0x31])), 1002],
        ["compressed", (s) => s._socket.write(Buffer.from([0xc1, 0x80, 0, 0, 0, 0])), 1002],
    ];
    for (const [what, act, code] of codes) {
        const s = await open(port);
        s.on("error", () => {});
        act(s);
        const got = await Promise.race([s.closed, wait(8000).then(() => "nothing")]);
        check(`${what}: ${code}`, got === code || (what === "a message of 33 MiB" && got === 1006), got);
        s.terminate();
    }
    const foreign = await open(port, { origin: "http://evil.example" }).catch((e) => e.message);
    check("a page from elsewhere", /403/.test(foreign), foreign);
    const local = await open(port, { origin: "http://localhost:5173" }).catch((e) => e);
    check("a page from localhost", local instanceof WebSocket);
    local.terminate?.();
    check("no key", (await raw(port, "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 1000)).text.startsWith("HTTP/1.1 400"));
}

// --- hostile clients -------------------------------------------------------------------------------------

async function hostile(server) {
    const { port } = server;
    const rows = [
        ["garbage", "\x00\x01\x02 nonsense\r\n\r\n", "400"],
        ["TLS", Buffer.from("16030100a5010000a10303", "hex"), "400"],
        ["two lengths", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"],
        ["a length and chunks", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400"],
        ["a negative length", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", "400"],
        ["headers without end", `GET / HTTP/1.1\r\nX: ${"y".repeat(40000)}`, "431"],
        ["many headers", `GET / HTTP/1.1\r\n${"X: y\r\n".repeat(100)}\r\n`, "431"],
        ["a URL without end", `GET /${"y".repeat(40000)}`, "414"],
        ["a body that is too large", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n", "413"],
        ["chunks that are too large", `POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n600000\r\n${"x".repeat(0x600000)}`, "413"],
    ];
    for (const [what, bytes, status] of rows) {
        const { text } = await raw(port, bytes, 4000);
        check(`${what}: ${status}`, text.startsWith(`HTTP/1.1 ${status}`), text);
    }
    await lives(server, "malformed");
    for (const [what, body, code] of [["deep JSON", "[".repeat(5 << 20 - 1).slice(0, 5 << 20), -32700], ["a batch of a million", `[${"1,".repeat(1000000)}1]`, -32600],
                                      ["many keys", `{${'"a":1,'.repeat(500000)}"b":1}`, -32600]]) {
        const answer = await http(port, { body }).catch((e) => ({ text: e.message }));
        check(`${what}: ${code}`, answer.text.includes(`"code":${code}`), answer.text);
        await lives(server, what);
    }
    const fat = await http(port, { body: JSON.stringify([...Array(100)].map((_, i) => call("large", [1000000], i))) });
    const answers = JSON.parse(fat.text);
    check("a batch of large results ends at 25 MB", answers.length === 100 && answers[24].result
        && answers[25].error?.code === -32003, answers[25]?.error);

    // more connections than it takes, silent, and half of them with a promise of a body
    const silent = [];
    for (let i = 0; i < 2000; i++) {
        const s = connect(port, "127.0.0.1", () => i % 2 && s.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n{"));
        s.on("error", () => {});
        silent.push(s);
        if (i % 200 === 199) {
            await wait(20);
            await lives(server, `${i + 1} silent connections`);
        }
    }
    silent.forEach((s) => s.destroy());

    // who does not read
    const deaf = await open(port), flood = [];
    deaf.on("error", () => {});
    deaf._socket.pause();
    for (let i = 0; i < 5; i++)
        deaf.send(JSON.stringify(call("flood", [10000, 500], i)));
    await until(() => (flood.push(1), false), 1500);
    await lives(server, "50,000 notifications to who does not read");
    deaf._socket.resume();
    const code = await Promise.race([deaf.closed, wait(4000).then(() => "nothing")]);
    check("who does not read is closed with 1008, or cut off", code === 1008 || code === 1006, code);
    const replies = [...Array(40)].map(() => {
        const s = connect(port, "127.0.0.1", () => s.write(post(JSON.stringify(call("large", [20000000])))));
        return s.on("error", () => {}).pause();
    });
    await wait(1500);
    await lives(server, "800 MB of replies that are not read");
    replies.forEach((s) => s.destroy());
    const pinger = await open(port);
    pinger.on("error", () => {});
    pinger._socket.pause();
    pinger._socket.write(Buffer.concat([...Array(200000)].map(() => Buffer.from([0x89, 0x80, 0, 0, 0, 0]))));
    await wait(500);
    await lives(server, "200,000 pings");
    pinger.terminate();
    const counts = (await ask(port, "counts")).result;
    check("they are counted", counts.requests > 100 && counts.refused > 5 && counts.dropped > 0, counts);
}

async function slow() {
    const server = await start("--receive-ms", "1000", "--idle-ms", "1500", "--send-ms", "1000", "--connections", "50");
    const trickle = (first) => new Promise((done) => {
        const begin = Date.now(), s = connect(server.port, "127.0.0.1", () => s.write(first));
        const drip = setInterval(() => s.write("x"), 100);
        s.on("error", () => {}).on("data", () => {}).on("close", () =>
            { clearInterval(drip); done(Date.now() - begin); });
    });
    const [nothing, headers, body, idle] = await Promise.all([
        raw(server.port, "").then((r) => r.ms), trickle("POST / HTTP/1.1\r\nX: "),
            trickle(post("x".repeat(1000)).slice(0, 150)),
        raw(server.port, post(JSON.stringify(call("work")))).then((r) => r.ms)]);
    for (const [what, ms, most] of [["nothing", nothing, 2500], ["slow headers", headers, 2500],
        ["a slow body", body, 2500], ["keep-alive without more", idle, 3500]])
        check(`${what}: cut off`, ms > 800 && ms < most, `${ms} ms`);
    // ends while something runs
    const under = ask(server.port, "slow", [500]), socket = await open(server.port);
    await wait(100);
    server.child.kill("SIGTERM");
    check("what runs is answered", (await under.catch((e) => e.message)).result === "slept");
    check("a WebSocket is closed with 1001", await socket.closed === 1001);
    check("it ends", await server.ended === 0);
}

const server = await start();
try {
    await overHttp(server);
    await cors();
    await overWebSocket(server);
    await hostile(server);
    await slow();
    server.child.kill("SIGTERM");
    check("SIGTERM ends it", await server.ended === 0);
} finally {
    server.child.kill("SIGKILL");
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed ? 1 : 0);
