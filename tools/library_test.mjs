// library_test - the installed library, as another program meets it: node tools/library_test.mjs
//
//   names      nm of libscope.a: every global symbol begins with scope_, and they are the functions of the headers
//   headers    each compiles alone, as C11 and as C++, -Wall -Wextra -pedantic; nothing of src is in it
//   embed.c    builds with pkg-config's flags by both compilers, and runs; a C++ program links
//   uninstall  into an empty prefix, into one that does not exist, into one with other files: only those remain

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync,
    writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { closingLine } from "./runner.mjs";

process.chdir(join(dirname(fileURLToPath(import.meta.url)), ".."));
const folder = mkdtempSync(join(tmpdir(), "scope-library-"));
const outcome = { passed: 0, failed: 0, skipped: 0 };
function check(what, good, detail = "") {
    outcome[good ? "passed" : "failed"]++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
}
const env = { ...process.env };
delete env.DESTDIR;
const sh = (command, more = {}) => spawnSync("sh", ["-ec", command], { encoding: "utf8", env: { ...env, ...more } });
const make = (goal, prefix, more) => sh(`make --no-print-directory ${goal} PREFIX=${prefix}`, more);
const tree = (path) => existsSync(path) ? readdirSync(path, { recursive: true }).sort() : null;
const lines = (text) => text.split("\n").filter(Boolean);

// --- names ---

const prefix = join(folder, "usr");
const installed = make("install", prefix);
check("make install", installed.status === 0, installed.stderr);
const archive = join(prefix, "lib/libscope.a");
const globals = lines(sh(`nm --defined-only --extern-only ${archive}`).stdout).filter((l) => / [A-Za-z] /.test(l))
    .map((l) => l.split(" ").at(-1));
check("every global name begins with scope_", globals.length > 0 && globals.every((n) => n.startsWith("scope_")),
    globals.filter((n) => !n.startsWith("scope_")).slice(0, 20));
const headers = readdirSync("include/scope").sort();
check("five headers", JSON.stringify(headers) === '["derive.h","devnet.h","prover.h","rollup.h","scope.h"]', headers);
const code = (header) => readFileSync(join(prefix, "include/scope", header), "utf8").replace(/\/\*[^]*?\*\//g, "");
const declared = headers.flatMap((h) => [...code(h).matchAll(/\b(scope_\w+)\((?!\*)/g)].map((m) => m[1]));
check("the global names are the functions of the headers",
    JSON.stringify([...new Set(declared)].sort()) === JSON.stringify([...globals].sort()),
    { undeclared: globals.filter((n) => !declared.includes(n)),
        missing: declared.filter((n) => !globals.includes(n)) });
for (const h of headers) {
    const names = [...code(h).matchAll(/^(?:struct|enum|typedef .*?|#define)\s+(\w+)/gm)].map((m) => m[1])
        .filter((n) => n !== "struct" && n !== "enum");
    check(`the names of ${h}`, names.every((n) => /^(scope_|SCOPE_)/.test(n)), names);
    const includes = [...code(h).matchAll(/#include (.*)/g)].map((m) => m[1]);
    check(`${h} includes nothing of src`,
        includes.every((i) => /^<(scope\/(rollup|prover|devnet|derive)\.h|std(bool|def|int)\.h)>$/.test(i)), includes);
}
const inside = lines(sh(`nm ${archive}`).stdout).map((l) => l.split(" ").at(-1));
const program = inside.filter((n) => /^(cmd_|fixture_|oracle_|scenario_|binder_|play_|command_line_|main$)/.test(n));
check("nothing of the command line and the tests is in it", inside.length > 1000 && program.length === 0,
    program.slice(0, 20));

// --- headers and programs ---

const pkg = { PKG_CONFIG_PATH: join(prefix, "lib/pkgconfig") };
check("scope.pc has the version of the program",
    `scope ${sh("pkg-config --modversion scope", pkg).stdout}` === sh(`${prefix}/bin/scope --version`).stdout);
const compilers = ["gcc -std=c11", "clang -std=c11", "gcc -std=c17", "g++ -x c++ -std=c++17",
    "clang++ -x c++ -std=c++20"];
const libraries = "$(pkg-config --cflags --libs --static scope)";
const strict = "-Wall -Wextra -Wshadow -pedantic -Werror";
for (const h of headers) {
    writeFileSync(join(folder, "one.c"),
        `#include <scope/${h}>\n#include <scope/${h}>\nint one(void);\nint one(void) { return SCOPE_OK; }\n`);
    for (const compiler of compilers) {
        const r = sh(`${compiler} ${strict} $(pkg-config --cflags scope) -c -o ${folder}/one.o ${folder}/one.c`, pkg);
        check(`${h} alone, ${compiler}`, r.status === 0, r.stderr);
    }
}
for (const cc of ["gcc", "clang"]) {
    const built = sh(`${cc} -std=c17 ${strict} examples/embed.c ${libraries} -o ${folder}/embed`, pkg);
    check(`embed.c, ${cc}`, built.status === 0, built.stderr);
    const ran = sh(join(folder, "embed"));
    check(`embed, ${cc}`, ran.status === 0 && ran.stdout.includes("the call was answered; 2 rollups settled") &&
        ran.stdout.includes("2 of 2 statements"), ran);
}
const linked = sh(`g++ -std=c++17 ${strict} tests/library/values.cc ${libraries} -o ${folder}/values`, pkg);
check("a C++ program links", linked.status === 0, linked.stderr);
const run = sh(join(folder, "values"));
check("a C++ program runs", run.status === 0, `exit status ${run.status} ${run.stderr}`);
const derived = sh(`gcc -std=c11 ${strict} tests/library/derive.c ${libraries} -o ${folder}/derive
    scenario=$PWD/examples/two-rollups.yaml && cd ${folder}
    ${prefix}/bin/scope run $scenario --export-l1 l1.json --export-genesis rollups.json
    ./derive l1.json rollups.json >ours
    ${prefix}/bin/scope derive --l1-file l1.json --rollups rollups.json --json >program`, pkg);
check("scope_derivation runs", derived.status === 0, derived.stderr);
if (derived.status === 0) {
    const program_ = JSON.parse(readFileSync(join(folder, "program"))).rollups.map((r) => `OK ${r.chainId}:${r.block}`);
    check("scope_derivation derives as scope derive", program_.length === 2 &&
        JSON.stringify(lines(readFileSync(join(folder, "ours"), "utf8"))) === JSON.stringify(program_), program_);
}

// --- what is installed, and that it goes away ---

const files = tree(prefix).filter((f) => !statSync(join(prefix, f)).isDirectory());
const commandTable = readFileSync("src/shell/options/commands.def", "utf8");
const commands = [...commandTable.matchAll(/^COMMAND\((\w+)/gm)].map((m) => m[1]);
const wanted = ["bin/scope", "lib/libscope.a", "lib/pkgconfig/scope.pc", ...headers.map((h) => `include/scope/${h}`),
    "share/scope/files",
    "share/man/man1/scope.1", ...commands.map((c) => `share/man/man1/scope-${c}.1`),
        "share/bash-completion/completions/scope",
    "share/zsh/site-functions/_scope", "share/fish/vendor_completions.d/scope.fish",
    ...lines(sh("find contracts/src -name '*.sol'").stdout).map((f) => `share/scope/${f}`)].sort();
check("what is installed", JSON.stringify(files) === JSON.stringify(wanted),
    { more: files.filter((f) => !wanted.includes(f)), missing: wanted.filter((f) => !files.includes(f)) });

function uninstalled(what, before, root, more) {
    const r = make("uninstall", join(folder, "usr"), more), after = tree(root);
    check(`uninstall: ${what}`, r.status === 0 && JSON.stringify(after) === JSON.stringify(before), { ...r, after });
}
check("install over itself", make("install", prefix).status === 0);
uninstalled("the prefix did not exist", null, prefix);
check("uninstall: not installed", make("uninstall", prefix).status !== 0);
mkdirSync(prefix);
check("into an empty prefix", make("install", prefix).status === 0);
uninstalled("an empty prefix", [], prefix);
for (const f of ["share/man/man1", "share/scope", "lib/pkgconfig", "bin"])
    mkdirSync(join(prefix, f), { recursive: true });
writeFileSync(join(prefix, "share/man/man1/other.1"), "");
const others = tree(prefix);
check("beside other files", make("install", prefix).status === 0);
uninstalled("beside other files", others, prefix);
const stage = join(folder, "stage");
const staged = make("install", prefix, { DESTDIR: stage });
check("DESTDIR", staged.status === 0 && existsSync(join(stage, prefix, "bin/scope")) &&
    !existsSync(join(prefix, "bin/scope")));
const unstaged = make("uninstall", prefix, { DESTDIR: stage });
check("DESTDIR: uninstall", unstaged.status === 0 && !existsSync(join(stage, prefix)));
const relative = make("install", "here");
check("a relative prefix is refused", relative.status !== 0 && relative.stderr.includes("absolute path"),
    relative.stderr);

rmSync(folder, { recursive: true });
console.log(`${globals.length} global names in libscope.a`);
console.log(closingLine(outcome));
process.exit(outcome.failed ? 1 : 0);
