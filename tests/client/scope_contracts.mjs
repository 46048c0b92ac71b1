// scope_contracts - clients/contracts as a user installs it: packed by npm, unpacked in an empty folder with the
// example project of the package, whose `forge test` runs against a node.
//
//   node tests/client/scope_contracts.mjs build/release/bin/scope

import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnUp } from "./up_process.mjs";

let passed = 0, failed = 0;
function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`.slice(0, 4000));
}

// What `npm install scope-contracts-0.1.0.tgz` leaves, without the registry.
function install() {
    const folder = mkdtempSync(join(tmpdir(), "scope-contracts-"));
    const target = join(folder, "node_modules/scope-contracts");
    const said = execFileSync("npm", ["pack", "--json", "--ignore-scripts=false", "--pack-destination", folder,
        "./clients/contracts"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const [packed] = JSON.parse(said.replace(/^[^[]*/, ""));
    mkdirSync(target, { recursive: true });
    execFileSync("tar", ["xzf", join(folder, packed.filename), "--strip-components=1", "-C", target]);
    cpSync(join(target, "example"), folder, { recursive: true });
    return { folder, target, files: packed.files.map((f) => f.path) };
}

const { folder, target, files } = install();
const up = await spawnUp(process.argv[2]), [, west, east] = up.chains;
try {
    check("the sources are those of the program", files.includes("src/interfaces/IScopedBridge.sol")
        && files.includes("foundry/ScopeNode.sol") && readFileSync(join(target, "src/SharedBridge.sol"), "utf8")
        === readFileSync("contracts/src/SharedBridge.sol", "utf8"), files);
    const { dependencies } = JSON.parse(readFileSync(join(target, "package.json"), "utf8"));
    const installed = JSON.parse(readFileSync("node_modules/@openzeppelin/contracts/package.json", "utf8")).version;
    check("OpenZeppelin's version is the one that is compiled here", dependencies["@openzeppelin/contracts"] === installed,
        [dependencies, installed]);
    for (const line of readFileSync(join(target, "remappings.txt"), "utf8").trim().split("\n"))
        check(`remapping ${line}`, line.includes("@openzeppelin") || existsSync(join(folder, line.split("=")[1])), line);
    const results = await forge();
    const tests = Object.values(results).flatMap((suite) => Object.entries(suite.test_results));
    check("four tests", tests.length === 4, results);
    for (const [name, { status, reason }] of tests)
        check(name, status === "Success", reason);
} finally {
    check("SIGTERM", await up.stop() === 0, up.said());
    rmSync(folder, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

// Its JSON, by suite. The compiler is the repository's; forge would fetch one.
function forge() {
    const child = spawn(join(process.cwd(), "node_modules/.bin/forge"), ["test", "--json", "--root", folder], {
        env: { ...process.env, FOUNDRY_SOLC: join(process.cwd(), "tools/solc"), FOUNDRY_OFFLINE: "true",
            SCOPE_WEST: west.url, SCOPE_EAST: east.url, SCOPE_EAST_ID: String(east.chainId), SCOPE_BRIDGE: west.bridge,
            SCOPE_ACCOUNT: up.accounts[0].address }, stdio: ["ignore", "pipe", "pipe"] });
    let out = "", said = "";
    child.stdout.on("data", (piece) => (out += piece));
    child.stderr.on("data", (piece) => (said += piece));
    return new Promise((done) => child.on("close", () => {
        const line = out.split("\n").find((l) => l.startsWith("{"));
        check("forge ran", line !== undefined, out + said);
        done(line ? JSON.parse(line) : {});
    }));
}
