// runner_test - each row is one way in which a program can fail, and the numbers that the runner must report.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closingLine, counters, runGroups } from "./runner.mjs";

const say = (text, status = 0) => ["sh", "-c", `printf '%s\\n' "$0"; exit ${status}`, text];
const { cmocka, forge, closingLine: line, inputs, exitStatus } = counters;
const cmocka2 = "[==========] tests: Running 3 test(s).\n[==========] 3 test(s) run.\n[  PASSED  ] 2 test(s).\n"
    + "[  FAILED  ] 1 test(s), listed below:\n[  FAILED  ] some_test\n\n 1 FAILED TEST(S)";

const rows = [
    // what happens                        argv, counter, seconds, cases                           passed failed skipped
    ["a program succeeds",                 [say("ok"), exitStatus],                                       1, 0, 0],
    ["a program fails",                    [say("ok", 1), exitStatus],                                    0, 1, 0],
    ["a program is not there",             [["./no-such-program"], line],                                 0, 1, 0],
    ["a program crashes after its line",   [["sh", "-c", "echo '9 passed, 0 failed'; kill -SEGV $$"], line], 9, 1, 0],
    ["a program hangs",                    [["sleep", "60"], exitStatus, 1],                              0, 1, 0],
    ["a program reports nothing",          [say("hello"), line],                                          0, 1, 0],
    ["a program reports no test",          [say("0 passed, 0 failed"), line],                             0, 1, 0],
    ["failures with exit status 0",        [say("7 passed, 2 failed, 3 skipped"), line],                  7, 2, 3],
    ["success with exit status 3",         [say("7 passed, 0 failed", 3), line],                          7, 1, 0],
    ["cases are missing",                  [say("9 passed, 0 failed"), line, 9, 10],                      9, 1, 0],
    ["as many cases as there should be",   [say("8 passed, 0 failed, 2 skipped"), line, 9, 10],           8, 0, 2],
    ["only the last line counts",          [say("1 passed, 1 failed\n5 passed, 0 failed"), line],         5, 0, 0],
    ["cmocka, one of three fails",         [say(cmocka2, 1), cmocka],                                     2, 1, 0],
    ["cmocka, two groups",                 [say("[  PASSED  ] 4 test(s).\n[  PASSED  ] 2 test(s)."), cmocka], 6, 0, 0],
    ["cmocka, a crash in the first test",  [say("[ RUN      ] x", 139), cmocka],                          0, 1, 0],
    ["forge, one suite fails",             [say("Ran 2 test suites in 1s (1s CPU time): 11 tests passed, 1 failed, 2 skipped (14 total tests)", 1), forge], 11, 1, 2],
    ["forge does not compile",             [say("Error: Compiler run failed", 1), forge],                 0, 1, 0],
    ["libFuzzer replays two inputs",       [say("Executed a in 0 ms\nExecuted b in 1 ms"), inputs],       2, 0, 0],
    ["libFuzzer has no input",             [say("INFO: Seed: 1"), inputs],                                0, 1, 0],
    ["a group has no job",                 null,                                                          0, 1, 0],
];

const folder = mkdtempSync(join(tmpdir(), "runner-"));
const outcome = { passed: 0, failed: 0, skipped: 0 };
for (const [what, job, passed, failed, skipped] of rows) {
    const jobs = job ? [{ name: "job", argv: job[0], count: job[1], seconds: job[2], cases: job[3] }] : [];
    const got = closingLine(await runGroups([{ name: "group", jobs }], folder, () => {}));
    const want = closingLine({ passed, failed, skipped });
    outcome[got === want ? "passed" : "failed"]++;
    if (got !== want)
        console.log(`${what}: got ${got}, want ${want}`);
}

// Neighbours that are beside each other run side by side, and each has its own line; one that is not waits.
const both = (mine, other) => [["sh", "-c", `touch ${mine}; for i in $(seq 600); do [ -e ${other} ] && exit; sleep 0.1; done; exit 1`], exitStatus];
const none = (other) => [["sh", "-c", `[ ! -e ${other} ]`], exitStatus];
const groupOf = (name, [argv, count], more) => ({ name, jobs: [{ name, argv, count }], ...more });
const lines = [];
const beside = await runGroups([
    groupOf("a", both(join(folder, "a"), join(folder, "b")), { beside: true }),
    groupOf("b", both(join(folder, "b"), join(folder, "a")), { beside: true }),
    groupOf("c", none(join(folder, "d"))),
    groupOf("d", both(join(folder, "d"), join(folder, "d"))),
    { name: "e", jobs: [], beside: true },
], folder, (text) => lines.push(text.split(" ")[0]));
const order = [...lines.slice(0, 2).sort(), ...lines.slice(2)].join(" ");
const good = closingLine(beside) === "4 passed, 1 failed" && order === "a b c d e ";
outcome[good ? "passed" : "failed"]++;
if (!good)
    console.log(`groups beside each other: ${closingLine(beside)}, ${order}`);

rmSync(folder, { recursive: true });
console.log(closingLine(outcome));
process.exit(outcome.failed ? 1 : 0);
