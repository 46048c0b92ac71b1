// runner - runs groups of programs, counts what they report, and adds it up. Nothing here knows what is tested.
//
//   group { name, jobs: [job], ..             one line on the terminal: counts and time
//           serial, needed, beside }          optional: one job at a time; nothing runs after it failed; its jobs may
//                                             run while those of its neighbours do that are `beside`, too
//   job   { name, argv, count, ..            one program; its whole output goes to build/log/<name>.log
//           cases, seconds, env }            optional: how many cases it must report, its time limit, variables
//
// A job's numbers come out of what it printed (counters below) and must agree with how it ended: a program
// that fails, crashes or takes too long has failed at least once, whatever it printed, and one that reports
// nothing at all has failed too. So has a group without a job. Numbers are added, never written.

import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";

const sum = (text, pattern) => [...text.matchAll(pattern)].reduce((total, found) => total + Number(found[1]), 0);

// What a program printed -> { passed, failed, skipped }
export const counters = {
    cmocka: (text) => ({
        passed: sum(text, /^\[ {2}PASSED {2}\] (\d+) test/gm),
        failed: sum(text, /^\[ {2}FAILED {2}\] (\d+) test/gm),
        skipped: sum(text, /^\[ {2}SKIPPED \] (\d+) test/gm),
    }),
    forge: (text) => lastLine(text, /: (\d+) tests passed, (\d+) failed, (\d+) skipped \(\d+ total tests\)/g),
    closingLine: (text) => lastLine(text, /^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/gm),
    inputs: (text) => ({ passed: (text.match(/^Executed .* in \d+ ms$/gm) ?? []).length, failed: 0, skipped: 0 }),
    exitStatus: (text, status) => ({ passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 }),
};

function lastLine(text, pattern) {
    const found = [...text.matchAll(pattern)].at(-1) ?? [0, 0, 0, 0];
    return { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3] ?? 0) };
}

const tty = process.stdout.isTTY && !process.env.NO_COLOR;
const red = (text) => (tty ? `\x1b[31m${text}\x1b[0m` : text);

// Runs one job. Gives { passed, failed, skipped, why: what went wrong or "", log }.
export function runJob(job, logFolder) {
    const log = join(logFolder, `${job.name.replace(/[^\w.-]+/g, "_")}.log`);
    mkdirSync(dirname(log), { recursive: true });
    const env = { ...process.env, ...job.env };
    delete env.MAKEFLAGS, delete env.MFLAGS, delete env.MAKELEVEL; // a make that a job starts is its own
    return new Promise((resolve) => {
        const file = createWriteStream(log);
        let late = false, started = true;
        const child = spawn(job.argv[0], job.argv.slice(1), { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
        const stop = () => { try { process.kill(-child.pid, "SIGKILL"); } catch { /* it has ended by itself */ } };
        const clock = setTimeout(() => { late = true; stop(); }, (job.seconds ?? 1200) * 1000);
        process.once("exit", stop);
        child.stdout.pipe(file, { end: false });
        child.stderr.pipe(file, { end: false });
        child.on("error", (e) => { started = false; file.write(`${e}\n`); });
        child.on("close", (status, signal) => file.end(() => {
            clearTimeout(clock);
            process.removeListener("exit", stop);
            const count = job.count(readFileSync(log, "utf8"), status);
            const cases = count.passed + count.failed + count.skipped;
            const why = !started ? "cannot be started" : late ? `stopped after ${job.seconds ?? 1200} s`
                : signal ? `ended by ${signal}` : status ? `exit status ${status}`
                : count.failed ? `${count.failed} failed` : !cases ? "ran nothing"
                : (job.cases ?? cases) !== cases ? `ran ${cases} cases, not ${job.cases}` : "";
            if (why && !count.failed)
                count.failed = 1;
            resolve({ ...count, why, log });
        }));
    });
}

const WAITING = 1; // more jobs beside each other than cores: many wait for a block, a timeout or the disk

// Runs groups one after the other, a group's jobs side by side; neighbours that are `beside` each other share the
// workers. Prints a line for each; gives the totals. The time of each job is listed beside the logs.
export async function runGroups(groups, logFolder, print = console.log) {
    const total = { passed: 0, failed: 0, skipped: 0 };
    const times = [];
    process.setMaxListeners(100);
    for (const neighbours of rowsOf(groups)) {
        if (tty && print === console.log)
            process.stdout.write(`${neighbours.map((g) => g.name).join(", ").slice(0, 100)} ..\r`);
        const states = neighbours.map((group) => begin(group, print));
        const waiting = states.flatMap((state) => state.group.jobs.map((job) => [state, job]));
        const worker = async () => {
            for (let next; (next = waiting.shift());) {
                const [state, job] = next;
                const start = Date.now();
                const result = await runJob(job, logFolder);
                const seconds = (Date.now() - start) / 1000;
                times.push([seconds, state.group.name, job.name]);
                add(state, job, result, seconds, print);
            }
        };
        const workers = neighbours[0].serial ? 1 : availableParallelism() + (neighbours[0].beside ? WAITING : 0);
        await Promise.all(Array.from({ length: workers }, worker));
        for (const { count } of states)
            for (const what of Object.keys(count))
                total[what] += count[what];
        const missing = states.find(({ count, group }) => count.failed && group.needed);
        if (missing) {
            print(`    ${missing.group.name} failed: what comes after it cannot run`);
            break;
        }
    }
    writeFileSync(join(logFolder, "times.txt"), times.sort((a, b) => b[0] - a[0]).map(([seconds, group, job]) =>
        `${seconds.toFixed(1).padStart(8)} s  ${group}: ${job}\n`).join(""));
    return total;
}

function rowsOf(groups) {
    const rows = [];
    for (const group of groups)
        if (group.beside && rows.at(-1)?.[0].beside)
            rows.at(-1).push(group);
        else
            rows.push([group]);
    return rows;
}

function begin(group, print) {
    const state = { group, left: group.jobs.length, count: { passed: 0, failed: 0, skipped: 0 }, complaints: [],
        start: Date.now(), seconds: 0 };
    if (!group.jobs.length) {
        state.count.failed++;
        state.complaints.push(`${group.name}: there is nothing to run`);
        end(state, print);
    }
    return state;
}

function add(state, job, result, seconds, print) {
    for (const what of Object.keys(state.count))
        state.count[what] += result[what];
    if (result.why)
        state.complaints.push(`${job.name}: ${result.why}   ${result.log}`, ...tail(result.log));
    state.seconds += seconds;
    if (--state.left === 0)
        end(state, print);
}

// The time of a group: from its start to its end; of one beside others, of its jobs.
function end({ group, count, complaints, start, seconds }, print) {
    const time = (group.beside ? seconds : (Date.now() - start) / 1000).toFixed(1);
    const skipped = count.skipped ? ` ${count.skipped} skipped` : "";
    const line = `${group.name.padEnd(28)} ${String(count.passed).padStart(7)} passed `
        + `${String(count.failed).padStart(5)} failed${skipped} ${time.padStart(8)} s`;
    print(count.failed ? red(line) : line);
    complaints.forEach((text) => print(`    ${text}`));
}

function tail(log) {
    const lines = readFileSync(log, "utf8").trimEnd().split("\n");
    const telling = lines.findIndex((line) =>
        /error[: ]|ERROR|\[FAIL|FAILED|Assert|[1-9]\d* failed|cannot|differ/.test(line));
    const from = telling < 0 ? Math.max(0, lines.length - 15) : Math.max(0, telling - 2);
    return lines.slice(from, from + 15).map((line) => `  | ${line.slice(0, 200)}`);
}

export function closingLine({ passed, failed, skipped }) {
    return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
}
