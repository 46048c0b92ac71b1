// build - the switches of rules.mjs, compiled: one object for each file, linked before the library's own.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const programs = {
    rules: "shell/rollup_block/rollup_rules_test",
    lookups: "shell/rollup_block/rollup_lookups_test",
    forced: "shell/rollup_block/rollup_forced_test",
    attempts: "shell/rollup_block/rollup_attempts_test",
    block: "shell/rollup_block/rollup_block_test",
    scope: "kernel/scope/scope_test",
};
const FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-Isrc/kernel", "-g", "-O1", "-w", "-march=x86-64", "-mbmi", "-mbmi2",
        "-mlzcnt", "-mpopcnt"];
const SELECTOR = `#include <stdlib.h>
extern int defence_off;
int defence_off;
__attribute__((constructor)) static void choose(void) { defence_off = atoi(getenv("DEFENCE_OFF")); }
`;

function switchedSources(root, rows) {
    const texts = {}, numbers = new Map();
    const key = ([, file, text, put]) => JSON.stringify([file, text, put]);
    for (const row of rows) {
        const [, file, text, put] = row;
        if (numbers.has(key(row)))
            continue;
        numbers.set(key(row), numbers.size + 1);
        const before = (texts[file] ??= readFileSync(join(root, "src/kernel", file), "utf8"));
        const places = before.split(text).length - 1;
        if (places !== 1)
            throw new Error(`src/kernel/${file} has ${places} times: ${text}`);
        texts[file] = before.replace(text, () => put.replaceAll("OFF", `(defence_off == ${numbers.get(key(row))})`)
            .replace("IT", () => text));
    }
    return { texts, numberOf: (row) => numbers.get(key(row)) };
}

async function must(running) {
    const { text, status } = await running;
    if (status !== 0)
        throw new Error(text.slice(-3000));
}

export async function cDefences(root, folder, rows, run, testsOf, check) {
    const { texts, numberOf } = switchedSources(root, rows);
    mkdirSync(folder, { recursive: true });
    const objects = [];
    for (const [file, text] of Object.entries({ ...texts, "defence.c": SELECTOR })) {
        const source = join(folder, basename(file)), object = source.replace(/c$/, "o");
        writeFileSync(source, `extern int defence_off;\n#line 1 "${file}"\n${text}`);
        await must(run(["gcc", ...FLAGS, "-c", "-o", object, source]));
        objects.push(object);
    }
    await must(run(["make", "--no-print-directory", ...Object.values(programs).map((p) => `build/release/${p}`)]));
    const libraries = execFileSync("make", ["-s", "--no-print-directory", "print-libraries"], { cwd: root,
        encoding: "utf8" })
        .trim().split(/\s+/);
    for (const p of Object.values(programs))
        await must(run(["g++", "-o", join(folder, basename(p)), `build/release/${p}.o`, ...objects,
            "build/release/libprogram.a", "build/release/libscope.a", "-lcmocka", ...libraries]));
    const said = (letter, number) =>
        run([join(folder, basename(programs[letter]))], { env: { ...process.env, DEFENCE_OFF: `${number}` } });
    for (const letter of Object.keys(programs))
        check((await said(letter, 0)).status === 0, `${letter} does not pass with all defences`);
    for (const row of rows)
        for (const { letter, name, label } of row[4].flatMap(testsOf)) {
            const { text, status } = await said(letter, numberOf(row));
            const bites = status !== 0 && (label ? text.includes(label.slice(1,
        -1)) : text.includes(`[  FAILED  ] ${name}`));
            check(bites, `${row[0]}: ${letter}: ${label ?? name} passes without \`${row[2].trim()}\``);
        }
}
