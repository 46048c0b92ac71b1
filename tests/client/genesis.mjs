// genesis - contracts in a rollup's genesis: executed by @ethereumjs, derived from L1, persisted.
//
//   node tests/client/genesis.mjs SCOPE [FIXTURES]
//
// tests/scenario/genesis.yaml, and the same with the alloc of go-ethereum's chain for the RPC tests
// (FIXTURES/rpc): the header of the first block must be that which @ethereumjs computes; `scope derive` must reach the
// heads that the run reported, and refuse a genesis in which one thing is different; a folder persists the chains, and
// belongs to one genesis.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [scope, fixtures] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "genesis-"));
let passed = 0, failed = 0;

function check(what, holds, seen = "") {
    holds ? passed++ : failed++;
    if (!holds)
        console.log(`not so: ${what} ${seen}`);
}

const run = (program, ...args) => spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 26 });
const tail = (r) => (r.stderr || r.stdout).slice(-400);

function derive(l1, rollups) {
    const r = run(scope, "derive", "--l1-file", l1, "--rollups", rollups, "--json");
    return { status: r.status, said: r.stderr, rollups: r.stdout ? JSON.parse(r.stdout).rollups : [] };
}

// One change each, to a rollup of the exported genesis; false: it has no such thing.
const CHANGES = {
    "a balance": (r) => (r.alloc[firstOf(r)].balance = "12345"),
    "a nonce": (r) => (r.alloc[firstOf(r)].nonce += 1),
    "a byte of code": (r) => (r.alloc[firstOf(r)].code = r.alloc[firstOf(r)].code.replace(/..$/, "fe")),
    "a storage word": (r) => {
        const account = Object.values(r.alloc).find((a) => Object.keys(a.storage ?? {}).length);
        account.storage[Object.keys(account.storage)[0]] = "0x" + "11".repeat(32);
    },
    "an account gone": (r) => delete r.alloc[firstOf(r)],
    "a constructor's argument": (r) => (r.predeploys[0].init = r.predeploys[0].init.replace(/..$/, "fe")),
    "a predeploy elsewhere": (r) => (r.predeploys[0].at = "0x4200000000000000000000000000000000000011"),
    "no predeploys": (r) => delete r.predeploys,
};
const firstOf = (r) => Object.keys(r.alloc).find((at) => typeof r.alloc[at] === "object" && r.alloc[at].code !== "0x");

function checkScenario(name, file) {
    const out = (kind) => join(folder, `${name}.${kind}.json`);
    const r = run(scope, "run", file, "--json", "--export-l1", out("l1"), "--export-rollups", out("rollups"),
        "--export-genesis", out("genesis"));
    check(`${name} runs`, r.status === 0, tail(r));
    if (r.status !== 0)
        return;
    const again = run(process.execPath, "tests/client/rollup.mjs", out("rollups"));
    check(`${name}: @ethereumjs has the same blocks, from genesis on`, again.status === 0, tail(again));
    const derived = derive(out("l1"), out("genesis"));
    check(`${name}: derived from L1`, derived.status === 0, derived.said);
    const exported = JSON.parse(readFileSync(out("rollups"))).rollups[0];
    const head = exported.blocks.at(-1)?.hash ?? exported.genesis.hash;
    check(`${name}: the derived head is the run's`, derived.rollups[0]?.blockHash === head);
    for (const [what, change] of Object.entries(CHANGES)) {
        const genesis = JSON.parse(readFileSync(out("genesis")));
        change(genesis.rollups[0]);
        const changed = join(folder, "changed.json");
        writeFileSync(changed, JSON.stringify(genesis));
        const refused = derive(out("l1"), changed);
        check(`${name}: ${what} is refused`, refused.status === 1 && refused.said.includes("REJECT_GENESIS"),
            `${refused.status} ${refused.said}`);
    }
}

function checkFolder(file, other) {
    const dir = join(folder, "persisted");
    mkdirSync(dir);
    check("a folder persists it", run(scope, "run", file, "--dir", dir).status === 0);
    const again = run(scope, "run", file, "--dir", dir);
    check("and is resumed", again.status === 0, tail(again));
    const mixed = run(scope, "run", other, "--dir", dir);
    check("another genesis is refused", mixed.status !== 0 && /REJECT_|belongs to/.test(mixed.stderr), tail(mixed));
}

const own = "tests/scenario/genesis.yaml";
checkScenario("own alloc", own);
const text = readFileSync(own, "utf8").replace("artifacts/alloc.json", resolve("tests/scenario/artifacts/alloc.json"));
const twin = join(folder, "twin.yaml");
writeFileSync(twin, text.replace("[rollup.bridge, $l1.id, alice]", "[rollup.bridge, 2, alice]"));
checkFolder(own, twin);

const official = fixtures && join(fixtures, "rpc/genesis.json");
if (official && existsSync(official)) {
    const added = join(folder, "official.yaml");
    writeFileSync(added, text.replace("    genesis:\n", `    genesis:\n      - { alloc: "${resolve(official)}" }\n`));
    checkScenario("go-ethereum's alloc", added);
} else {
    console.log("SKIPPED: no official fixtures, so no alloc of others");
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
