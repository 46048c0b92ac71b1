// http_server - answers well and badly, for src/shell/io/http_client_test.c. Prints its port; ends when its input ends.
//
//   /echo        method, Content-Type and body, as they came      /status/N   N and a short body
//   /bytes/N     N bytes                                          /slow/MS    an answer after so many milliseconds
//   /break       half of a body, then the connection is cut       /redirect   to /echo
//   /silent      accepts, and never says anything                 /nonsense   is not HTTP at all
//   /chunks/N    N bytes in chunks of unknown number              /count      how many connections there were

import { createServer } from "node:http";

let connections = 0;
const server = createServer((request, response) => {
    const [, what, n] = request.url.split("/");
    const body = [];
    request.on("data", (piece) => body.push(piece));
    request.on("end", () => {
        switch (what) {
        case "echo":
            response.end(`${request.method}|${request.headers["content-type"] ?? ""}|${Buffer.concat(body)}`);
            break;
        case "status": response.writeHead(Number(n)).end("said"); break;
        case "bytes": response.end(Buffer.alloc(Number(n), "x")); break;
        case "chunks":
            for (let left = Number(n); left > 0; left -= 1000)
                response.write(Buffer.alloc(Math.min(left, 1000), "c"));
            response.end();
            break;
        case "slow": setTimeout(() => response.end("slow"), Number(n)); break;
        case "break":
            response.writeHead(200, { "content-length": 100 });
            response.write("half", () => request.socket.destroy());
            break;
        case "redirect": response.writeHead(302, { location: "/echo" }).end("elsewhere"); break;
        case "silent": break;
        case "nonsense": request.socket.end("\x00\x1b[31mnothing like HTTP\r\n"); break;
        case "count": response.end(String(connections)); break;
        default: response.writeHead(404).end();
        }
    });
});
server.on("connection", () => connections++);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
