// readme - the commands that README.md begins with, run as they stand there, but for the ports.
//
//   node tests/client/readme.mjs build/release/bin/scope

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { spawnUp } from "./up_process.mjs";

const [program] = process.argv.slice(2);
let passed = 0, failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${detail}`);
}

const readme = readFileSync("README.md", "utf8");
const script = /```sh\n(west=[^]*?)```/.exec(readme)?.[1] ?? "";
check("README.md begins with scope up", /make up/.test(readme.split("\n## ")[0]) && script !== "");
check("make up runs scope up", /^up: .*\n\t.*bin\/scope up/m.test(readFileSync("Makefile", "utf8")));

const up = await spawnUp(program);
const ports = ["8545", "8546", "8547"].map((port, i) => [`http://127.0.0.1:${port}`, up.chains[i].url]);
const lines = ports.reduce((text, [fixed, url]) => text.replaceAll(fixed, url), script);
check("the URLs are those of scope up", lines !== script && !/:854[567]\b/.test(lines), lines);
const run = spawnSync("bash", ["-euo", "pipefail", "-c", lines], { encoding: "utf8" });
check("the commands succeed", run.status === 0, run.stderr + run.stdout);
const wanted = script.trim().split("\n").at(-1).match(/# (.*)$/)?.[1];
check("and print what README.md says", wanted && run.stdout.trim().split("\n").at(-1) === wanted,
    `${run.stdout.trim().split("\n").at(-1)} instead of ${wanted}`);
check("SIGTERM", await up.stop() === 0, up.said());
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
