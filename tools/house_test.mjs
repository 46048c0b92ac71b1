// house_test - tests of layers, pure and format: each row is a small source file with one fault, and part of the
// expected message; the last rows have no fault and must pass. Also: rings of units, names of static functions, and
// docs/security.md must name tests that exist.

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { closingLine } from "./runner.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const rows = [
    // tool, file, its text, a piece of the complaint ("": none), and the rows of layers.txt
    ["layers", "src/kernel/evm/x.c", '#include "state/state.h"\n', "src/kernel/evm/x.c:1: evm must not include state/"],
    ["layers", "src/kernel/base/x.h", '\n#include "io/file.h"\n', "src/kernel/base/x.h:2: base must not include io/"],
    ["layers", "src/kernel/chain/x.c", '#include "base/err.h"\n/* a scopedCall */\n', 'src/kernel/chain/x.c:2: chain must not contain the word "scope"'],
    ["layers", "src/kernel/codec/x.c", "#include <stdio.h>\n", "src/kernel/codec/x.c:1: the kernel must not include <stdio.h>"],
    ["layers", "src/shell/nowhere/x.c", '#include "base/err.h"\n', "src/shell/nowhere is not in layers.txt"],
    ["layers", "src/shell/cli/x.c", '#include "schema.h"\n', "name the folder too"],
    ["layers", "src/kernel/evm/x.c", '#include "base/err.h"\n', "layers.txt:3: no file of evm includes codec",
        "base:\ncodec:\nevm: base codec\n"],
    ["layers", "src/kernel/evm/x.c", '#include "base/err.h"\n', "layers.txt:1: folder base is listed below evm",
        "evm: base\nbase:\n"],
    ["layers", "src/shell/cli/x.c", '#include "io/x_private.h"\n', "it is private to io", "io:\ncli: io\n"],
    ["layers", "src/kernel/evm/x_test.c", '#include "state/x_private.h"\n', "it is private to state", "state:\nevm:\n"],
    ["pure", "x.c", "int count; int f(void) { return ++count; }\n", "mutable global count"],
    ["pure", "x.c", "int f(void) { static int n = 5; return ++n; }\n", "mutable global f.n"],
    ["pure", "x.c", "int f(void) { static _Thread_local int n; return ++n; }\n", "mutable global f.n"],
    ["pure", "x.c", "const char *name[2] = {\"a\", \"b\"};\n", "mutable global name"],
    ["pure", "x.c", "void *malloc(unsigned long); void *f(void) { return malloc(7); }\n", "needs malloc"],
    ["pure", "x.c", "long time(long *); long f(void) { return time(0); }\n", "needs time"],
    ["pure", "x.c", "double f(double x) { return x / 3; }\n", "needs __divdf3"],
    ["pure", "x.c", "extern _Thread_local int errno_; int f(void) { return errno_; }\n", "needs errno_"],
    ["format", "src/kernel/base/x.c", "int f(void)\n{\n  return 1;\n}\n",
        "src/kernel/base/x.c:3: indented by 4 spaces"],
    ["format", "src/kernel/base/x.c", "int f(int x)\n{\n    return x+1;\n}\n",
        'src/kernel/base/x.c:3: a space before "+1;'],
    ["format", "src/kernel/base/x.c", "int f(int* x);\n", 'src/kernel/base/x.c:1: a space before "*x);'],
    ["format", "src/kernel/base/x.c", "int f(int x)\n{\n    if(x)\n        return 2;\n    return 1;\n}\n", 'src/kernel/base/x.c:3: a space before "(x)'],
    ["format", "src/kernel/base/x.c", "int f(void) {\n    return 1;\n}\n",
        'src/kernel/base/x.c:1: a new line before "{return'],
    ["format", "src/kernel/base/x.c", "int f(void)\n{\n    return 1;\n}\n\n\n\nint x;\n",
        "src/kernel/base/x.c:8: number of empty lines"],
    ["format", "src/kernel/base/x.c", "int x; \n", "src/kernel/base/x.c:1: space at the end"],
    ["format", "src/kernel/base/x.c", "int x;", "one newline at the end"],
    ["format", "src/kernel/base/x.def", "ROW(\t1)\n", "src/kernel/base/x.def:1: a tab"],
    ["format", "src/kernel/base/x.c", `/* ${"x".repeat(120)} */\n`, "more than 120 columns"],
    ["format", "tools/x.mjs", `f(${"x".repeat(120)});\n`, "tools/x.mjs:1: more than 120 columns"],
    ["format", "x.md", "see [it](nowhere.md)\n", "a link to nowhere.md"],
    // what is allowed
    ["layers", "src/kernel/chain/x.c", '#include "evm/host.h"\n#include <string.h>\n', "", "evm:\nchain: evm\n"],
    ["layers", "src/kernel/evm/x_test.c", '#include "io/memory.h"\n#include <stdio.h>\n', "", "evm:\n"],
    ["format", "src/kernel/base/x.c", "static const int row[] = {\n    1,    22, /* aligned by hand */\n    333,  4,\n    5,\n};\n", ""],
    ["format", "x.md", "```\nnew Call[](2)\n```\n", ""],
    ["format", "x.md", "```\nnew Call[](2)\n```\n[it](nowhere.md)\n", "x.md:4: a link to nowhere.md"],
    ["format", "src/kernel/base/x.h", "static inline int one(void) { return 1; }\n", ""],
    ["format", "src/kernel/base/x.h", "enum lane { HERE, THERE };\n", ""],
];

// The complaints of a tool about one file, and whether it failed.
function complaints(tool, file, text, layers = "base:\ncodec:\nstate:\nevm:\nchain:\nio:\ncli:\n") {
    const folder = mkdtempSync(join(tmpdir(), "house-"));
    for (const part of ["tools", ".clang-format"])
        cpSync(join(root, part), join(folder, part), { recursive: true });
    writeFileSync(join(folder, "layers.txt"), layers);
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
    let run;
    if (tool === "layers") {
        run = spawnSync(join(folder, "tools/layers"), { encoding: "utf8" });
    } else if (tool === "format") {
        run = spawnSync("node", [join(folder, "tools/format.mjs"), "check", file], { encoding: "utf8" });
    } else {
        const object = join(folder, "x.o");
        execFileSync("clang", ["--target=riscv64-unknown-elf", "-march=rv64im", "-mabi=lp64", "-msmall-data-limit=0",
            "-O1",
                               "-ffreestanding", "-fno-pic", "-c", "-o", object, join(folder, file)]);
        run = spawnSync(join(folder, "tools/pure"), ["test", object], { encoding: "utf8" });
    }
    rmSync(folder, { recursive: true });
    return { text: run.stdout + run.stderr, failed: run.status !== 0 };
}

const outcome = { passed: 0, failed: 0, skipped: 0 };
for (const [tool, file, text, want, layers] of rows) {
    const found = complaints(tool, file, text, layers);
    const good = want ? found.failed && found.text.includes(want) : !found.failed;
    outcome[good ? "passed" : "failed"]++;
    if (!good)
        console.log(`${tool} of ${JSON.stringify(text)}: want ${JSON.stringify(want)}, got\n${found.text}`);
}
// --- units that call each other ---

// The complaint of rings about units given as C text.
function ringsOf(units) {
    const folder = mkdtempSync(join(tmpdir(), "house-"));
    const objects = Object.entries(units).map(([name, text]) => {
        const object = join(folder, `${name}.o`);
        writeFileSync(join(folder, `${name}.c`), text);
        execFileSync("cc", ["-c", "-o", object, join(folder, `${name}.c`)]);
        return object;
    });
    const run = spawnSync("node", [join(root, "tools/rings.mjs"), folder, ...objects], { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    return { text: run.stdout + run.stderr, failed: run.status !== 0 };
}

const call = (name, ...others) =>
    `${others.map((o) => `int ${o}(void);`).join(" ")} int ${name}(void) { return 1${others.map((o) => ` + ${o}()`).join("")}; }\n`;
for (const [units, want] of [
    [{ a: call("a", "b"), b: call("b", "a") }, "a ring of 2 units: a b"],
    [{ a: call("a", "b"), b: call("b", "c"), c: call("c", "a"), d: call("d", "a") }, "a ring of 3 units: a b c"],
    [{ a: "int a(void); int *x; int a(void) { return *x; }\n", b: "extern int *x; int a(void); int b(void) { return *x + a(); }\n" }, ""],
    [{ a: call("a", "b", "c"), b: call("b", "c"), c: call("c", "elsewhere") }, ""],
]) {
    const found = ringsOf(units);
    const good = want ? found.failed && found.text.includes(want) : !found.failed;
    outcome[good ? "passed" : "failed"]++;
    if (!good)
        console.log(`rings of ${JSON.stringify(units)}: want ${JSON.stringify(want)}, got\n${found.text}`);
}

// --- static functions: a name that a debugger or grep meets is one function's ---

// Names of static functions that several files have; files: [path, text].
function sharedNames(files) {
    const homes = new Map();
    for (const [path, text] of files)
        for (const [, name] of text.replace(/__attribute__\(\(.*?\)\)/gs, "")
            .matchAll(/^static [^=;{}(]*?\b(\w+)\([^;{]*?\)\s*\n?\{/gms))
            homes.set(name, new Set([...homes.get(name) ?? [], path]));
    return [...homes].filter(([, paths]) => paths.size > 1).map(([name, paths]) =>
        `${name} is a static function of ${[...paths].join(" and ")}`);
}

// src/guest/software has other bodies for functions of src/kernel/crypto, and the program of src/guest is another one.
const production = readdirSync(join(root, "src"), { recursive: true }).filter((f) => /\.[ch]$/.test(f)
    && !/^(test|guest)\/|_(test|fuzz|bench)\.[ch]$|_for_tests\.h$/.test(f));
const shared = sharedNames(production.map((f) => [`src/${f}`, readFileSync(join(root, "src", f), "utf8")]));
shared.forEach((line) => console.log(line));
outcome[shared.length || production.length < 300 ? "failed" : "passed"]++;
const one = "static int turn(int x)\n{\n    return x;\n}\n";
for (const [files, want] of [
    [[["a.c", one], ["b.c", `int f(void);\n\n${one}`]], 1],
    [[["a.c", one], ["b.c", "static __attribute__((noinline)) int turn(int x)\n{\n    return x;\n}\n"]], 1],
    [[["a.h", "static inline int turn(int x) { return x; }\n"], ["b.c", "static enum err turn(struct x *x,\n                     int y)\n{\n    return OK;\n}\n"]], 1],
    [[["a.c", one], ["b.c", one.replace("turn", "other")]], 0],
    [[["a.c", one + "int g(void)\n{\n    return turn(1);\n}\n"], ["b.c", "static const int turn[] = {(1)};\n"]], 0],
]) {
    const found = sharedNames(files).length;
    outcome[found === want ? "passed" : "failed"]++;
    if (found !== want)
        console.log(`shared names of ${JSON.stringify(files)}: want ${want}, got ${found}`);
}

// --- docs/security.md names tests that exist ---

// In a text: a letter or word of section 6 and a colon say where the names after it are; "another" is a row's name.
const places = (text) => Object.fromEntries([...text.matchAll(/`(\w+)`\s(?:is )?(contracts\/test\/)?(\w+\.t\.sol|src\/\w+\/\w+\/\w+_test\.c)/g)]
    .map(([, key, , file]) => [key, file.startsWith("src/") ? file : `contracts/test/${file}`]));

function missingTests(document, read) {
    const where = places(document), missing = [];
    const rows_ = document.split(/^## /m).find((part) => part.startsWith("6. Attacks")).match(/^\| .* \|$/gm) ?? [];
    for (const row of rows_.slice(1)) {
        let keys = [];
        for (const [, prefix, contract, test, unit, name] of row.split(" | ").at(-1)
            .matchAll(/\b((?:[A-Z]|[a-z]+)(?:, [A-Z])*): |(?:\b(\w+)\.)?\b(test[A-Z]\w*)|\b([a-z0-9]+(?:_[a-z0-9]+)+)\b|"([^"]+?)(?: \.\.)?"/g)) {
            if (prefix) {
                const known = prefix.split(", ").filter((key) => where[key]);
                keys = known.length ? known : keys; // "control: .." goes on in the same file
                continue;
            }
            const what = test ? `function ${test}(` : unit ?? name;
            for (const key of keys) {
                const text = read(where[key]);
                const part = contract ? text.split(/^contract /m).find((t) => t.startsWith(`${contract} `)) ?? ""
                    : text;
                if (!part.includes(what))
                    missing.push(`${where[key]} has no ${what}`);
            }
            if (!keys.length && test)
                missing.push(`no file is named for ${test}`);
        }
    }
    return { missing, count: rows_.length };
}

const textOf = (file) => readFileSync(join(root, file), "utf8");
const security = textOf("docs/security.md");
const { missing, count } = missingTests(security, textOf);
missing.forEach((line) => console.log(`docs/security.md: ${line}`));
outcome[missing.length || count < 30 ? "failed" : "passed"]++;
// and a wrong name is noticed: of a test, a unit test and a row
for (const [name, other] of [["testOnlySystem", "testNobody"], ["rollup_rules_hold", "rules_hold_rollup"],
    ['"another root', '"any root']]) {
    const found = missingTests(security, (file) =>
        textOf(file).replaceAll(name.replace('"', ""), other.replace('"', ""))).missing.length;
    outcome[found ? "passed" : "failed"]++;
    if (!found)
        console.log(`docs/security.md: that ${name} does not exist is not noticed`);
}

// --- docs/contracts.md quotes code that is compiled and tested, and names functions and tests that exist ---

const squeeze = (text) => text.split("\n").map((l) => l.trim()).join("\n");
const guide = textOf("docs/contracts.md"), guideCode = squeeze(textOf("contracts/examples/Guide.sol"));
const guideTests = ["Guide", "Remote", "Rollup"].map((f) => textOf(`contracts/test/${f}.t.sol`)).join("\n");
const virtual = textOf("contracts/src/ScopedCallable.sol") + textOf("contracts/src/BridgePolicy.sol");
function wrongQuotes(document, code) {
    return [
        ...[...document.matchAll(/```solidity\n([^]*?)```/g)].map(([, text]) => text).filter((text) => !code.includes(squeeze(text).trim())),
        ...[...document.matchAll(/`(test\w+)`/g)].map(([, name]) => name).filter((name) => !guideTests.includes(`function ${name}(`)),
        ...[...document.matchAll(/`(_\w+)`/g)].map(([, name]) => name)
            .filter((name) => !new RegExp(`function ${name}\\([^)]*\\)[^{;]*virtual`).test(virtual)),
    ];
}
const wrong = wrongQuotes(guide, guideCode);
wrong.forEach((text) => console.log(`docs/contracts.md has what is not in the code:\n${text}`));
const changed = guide.replace("testARemoteAccountCanBeRead", "testNothing").replace("`_checkUsed`", "`_mix`");
const noticed = wrongQuotes(changed, guideCode.replace("= 0;", "= 1;"));
outcome[wrong.length ? "failed" : "passed"]++;
outcome[noticed.length >= 3 ? "passed" : "failed"]++;
const allVirtual = [...virtual.matchAll(/function (_?\w+)\([^)]*\)[^{;]*virtual/g)].map(([, name]) =>
    name).filter((name) => !guide.includes(`\`${name}\``));
allVirtual.forEach((name) => console.log(`docs/contracts.md does not say what ${name} is`));
outcome[allVirtual.length ? "failed" : "passed"]++;

console.log(closingLine(outcome));
process.exit(outcome.failed ? 1 : 0);
