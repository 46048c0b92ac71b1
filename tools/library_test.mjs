// library_test - the installed library, as another program meets it: node tools/library_test.mjs
//
//   names      nm of libscope.a: every global symbol begins with scope_, and they are exactly the functions of the headers
//   headers    each compiles alone, as C11 and as C++, -Wall -Wextra -pedantic, by gcc and clang; includes nothing of src
//   embed.c    builds with pkg-config's flags by both compilers, and runs; a C++ program links
//   uninstall  into an empty prefix, into one that does not exist, into one with files of others: only those remain

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
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
const globals = lines(sh(`nm --defined-only --extern-only ${archive}`).stdout).filter((l) => / [A-Za-z] /.test(l)).map((l) => l.split(" ").at(-1));
check("every global name begins with scope_", globals.length > 0 && globals.every((n) => n.startsWith("scope_")), globals.filter((n) => !n.startsWith("scope_")).slice(0, 20));
const headers = readdirSync("include/scope").sort();
check("five headers", JSON.stringify(headers) === '["derive.h","devnet.h","prover.h","rollup.h","scope.h"]', headers);
const code = (header) => readFileSync(join(prefix, "include/scope", header), "utf8").replace(/\/\*[^]*?\*\//g, "");
const declared = headers.flatMap((h) => [...code(h).matchAll(/\b(scope_\w+)\((?!\*)/g)].map((m) => m[1]));
check("the global names are the functions of the headers", JSON.stringify([...new Set(declared)].sort()) === JSON.stringify([...globals].sort()),
    { undeclared: globals.filter((n) => !declared.includes(n)), missing: declared.filter((n) => !globals.includes(n)) });
for (const h of headers) {
    const names = [...code(h).matchAll(/^(?:struct|enum|typedef .*?|#define)\s+(\w+)/gm)].map((m) => m[1]).filter((n) => n !== "struct" && n !== "enum");
    check(`the names of ${h}`, names.every((n) => /^(scope_|SCOPE_)/.test(n)), names);
    const includes = [...code(h).matchAll(/#include (.*)/g)].map((m) => m[1]);
    check(`${h} includes nothing of src`, includes.every((i) => /^<(scope\/(rollup|prover|devnet|derive)\.h|std(bool|def|int)\.h)>$/.test(i)), includes);
}
const inside = lines(sh(`nm ${archive}`).stdout).map((l) => l.split(" ").at(-1));
const program = inside.filter((n) => /^(cmd_|fixture_|oracle_|scenario_|binder_|play_|command_line_|main$)/.test(n));
check("nothing of the command line and the tests is in it", inside.length > 1000 && program.length === 0, program.slice(0, 20));

// --- headers and programs ---

const pkg = { PKG_CONFIG_PATH: join(prefix, "lib/pkgconfig") };
check("scope.pc has the version of the program", sh("pkg-config --modversion scope", pkg).stdout.trim() === sh(`${prefix}/bin/scope --version | cut -d' ' -f2`).stdout.trim());
const strict = "-Wall -Wextra -Wshadow -pedantic -Werror";
for (const h of headers) {
    writeFileSync(join(folder, "one.c"), `#include <scope/${h}>\n#include <scope/${h}>\nint one(void);\nint one(void) { return SCOPE_OK; }\n`);
    for (const [cc, flags] of [["gcc", "-std=c11"], ["clang", "-std=c11"], ["gcc", "-std=c17"], ["g++", "-x c++ -std=c++17"], ["clang++", "-x c++ -std=c++20"]]) {
        const r = sh(`${cc} ${flags} ${strict} $(pkg-config --cflags scope) -c -o ${folder}/one.o ${folder}/one.c`, pkg);
        check(`${h} alone, ${cc} ${flags}`, r.status === 0, r.stderr);
    }
}
for (const cc of ["gcc", "clang"]) {
    const built = sh(`${cc} -std=c17 ${strict} examples/embed.c $(pkg-config --cflags --libs --static scope) -o ${folder}/embed`, pkg);
    check(`embed.c, ${cc}`, built.status === 0, built.stderr);
    const ran = sh(join(folder, "embed"));
    check(`embed, ${cc}`, ran.status === 0 && ran.stdout.includes("the call was answered; 2 rollups settled") && ran.stdout.includes("2 of 2 statements"), ran);
}
// values that are known from elsewhere: the first account of anvil, the layout of a response, the names of errors
writeFileSync(join(folder, "link.cc"), `#include <scope/scope.h>
#include <cstring>
int main()
{
    static const uint8_t secret[32] = {0xac, 0x09, 0x74, 0xbe, 0xc3, 0x9a, 0x17, 0xe3, 0x6b, 0xa4, 0xa6, 0xb4, 0xd2, 0x38, 0xff, 0x94,
                                       0x4b, 0xac, 0xb4, 0x78, 0xcb, 0xed, 0x5e, 0xfc, 0xae, 0x78, 0x4d, 0x7b, 0xf4, 0xf2, 0xff, 0x80};
    static const uint8_t account[20] = {0xf3, 0x9f, 0xd6, 0xe5, 0x1a, 0xad, 0x88, 0xf6, 0xf4, 0xce, 0x6a, 0xb8, 0x82, 0x72, 0x79, 0xcf, 0xff, 0xb9, 0x22, 0x66};
    static const uint8_t answer[11] = {1, 0, 0, 0, 0, 0, 0, 0, 7, 0xaa, 0xbb};
    scope_hash key;
    scope_address at;
    std::memcpy(key.b, secret, sizeof secret);
    if (scope_key_address(&at, &key) != SCOPE_OK || std::memcmp(at.b, account, sizeof account) != 0)
        return 1;
    scope_response r;
    uint8_t back[sizeof answer];
    if (scope_response_decode(&r, {answer, sizeof answer}) != SCOPE_OK || !r.success || r.clock != 7 || r.returndata.len != 2 ||
        scope_response_encode(back, 3, &r) != sizeof answer || scope_response_encode(back, sizeof back, &r) != sizeof answer ||
        std::memcmp(back, answer, sizeof answer) != 0)
        return 2;
    const scope_err e = scope_response_decode(&r, {answer, 8});
    if (std::strcmp(scope_err_name(e), "REJECT_RESPONSE") != 0 || scope_err_of("REJECT_RESPONSE") != e || scope_err_kind(e) != SCOPE_ERR_REJECT ||
        scope_err_kind(SCOPE_OK) != SCOPE_ERR_NONE || std::strcmp(scope_err_name(123456), "UNKNOWN") != 0 || scope_err_of("NONE") != -1)
        return 3;
    scope_nonce n = {5, 901, 1, 2, 9}, m;
    scope_u256 packed;
    scope_nonce_pack(&packed, &n);
    scope_nonce_unpack(&m, &packed);
    if (packed.w[0] != 9 || packed.w[1] != (1ull << 32 | 2) || packed.w[2] != 901 || packed.w[3] != 5 || m.root_clock != 5 || m.flags != 1)
        return 4;
    scope_prover *prover = nullptr;
    char why[600];
    scope_derivation *derivation = nullptr;
    const scope_derivation_config nothing = {"/nowhere/rollups.json", "/nowhere/l1.json", nullptr, nullptr, nullptr};
    if (scope_err_kind(scope_prover_open_file(&prover, "/nowhere/x", &key, why, sizeof why)) != SCOPE_ERR_FAULT || !std::strstr(why, "/nowhere/x"))
        return 5;
    if (scope_derivation_open(&derivation, &nothing) == SCOPE_OK || !std::strstr(scope_derivation_error(derivation), "/nowhere/rollups.json"))
        return 6;
    scope_derivation_close(derivation);
    return std::strcmp(scope_version(), SCOPE_VERSION) != 0;
}
`);
const linked = sh(`g++ -std=c++17 ${strict} ${folder}/link.cc $(pkg-config --cflags --libs --static scope) -o ${folder}/link`, pkg);
check("a C++ program links", linked.status === 0, linked.stderr);
const run = sh(join(folder, "link"));
check("a C++ program runs", run.status === 0, `exit status ${run.status} ${run.stderr}`);
// derive.h on what the program exported
writeFileSync(join(folder, "derive.c"), `#include <scope/scope.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    struct scope_derivation *d;
    struct scope_derived_rollup r;
    uint64_t l1 = 0;
    if (argc != 3 || scope_derivation_open(&d, &(struct scope_derivation_config){.l1_path = argv[1], .rollups_path = argv[2]}) != SCOPE_OK)
        return 1;
    if (scope_derivation_read(d, &l1) != SCOPE_OK)
        return 2;
    for (size_t i = 0; scope_derivation_rollup(d, &r, i); i++)
        printf("%s %llu:%llu\\n", scope_err_name(r.error), (unsigned long long)r.chain_id, (unsigned long long)r.block_number);
    scope_derivation_close(d);
    return 0;
}
`);
const derived = sh(`gcc -std=c11 ${strict} ${folder}/derive.c $(pkg-config --cflags --libs --static scope) -o ${folder}/derive
    ${prefix}/bin/scope run examples/two-rollups.yaml --export-l1 ${folder}/l1.json --export-genesis ${folder}/rollups.json >/dev/null
    ${folder}/derive ${folder}/l1.json ${folder}/rollups.json >${folder}/ours
    ${prefix}/bin/scope derive --l1-file ${folder}/l1.json --rollups ${folder}/rollups.json --json >${folder}/program`, pkg);
check("scope_derivation runs", derived.status === 0, derived.stderr);
if (derived.status === 0) {
    const program_ = JSON.parse(readFileSync(join(folder, "program"))).rollups.map((r) => `OK ${r.chainId}:${r.block}`);
    check("scope_derivation derives as scope derive", program_.length === 2 && JSON.stringify(lines(readFileSync(join(folder, "ours"), "utf8"))) === JSON.stringify(program_), program_);
}

// --- what is installed, and that it goes away ---

const files = tree(prefix).filter((f) => !statSync(join(prefix, f)).isDirectory());
const commands = [...readFileSync("src/shell/options/commands.def", "utf8").matchAll(/^COMMAND\((\w+)/gm)].map((m) => m[1]);
const wanted = ["bin/scope", "lib/libscope.a", "lib/pkgconfig/scope.pc", ...headers.map((h) => `include/scope/${h}`), "share/scope/files",
    "share/man/man1/scope.1", ...commands.map((c) => `share/man/man1/scope-${c}.1`), "share/bash-completion/completions/scope",
    "share/zsh/site-functions/_scope", "share/fish/vendor_completions.d/scope.fish",
    ...lines(sh("find contracts/src -name '*.sol'").stdout).map((f) => `share/scope/${f}`)].sort();
check("what is installed", JSON.stringify(files) === JSON.stringify(wanted), { more: files.filter((f) => !wanted.includes(f)), missing: wanted.filter((f) => !files.includes(f)) });

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
check("beside files of others", make("install", prefix).status === 0);
uninstalled("beside files of others", others, prefix);
check("DESTDIR", make("install", prefix, { DESTDIR: join(folder, "stage") }).status === 0 && existsSync(join(folder, "stage", prefix, "bin/scope")) && !existsSync(join(prefix, "bin/scope")));
check("DESTDIR: uninstall", make("uninstall", prefix, { DESTDIR: join(folder, "stage") }).status === 0 && !existsSync(join(folder, "stage", prefix)));
const relative = make("install", "here");
check("a relative prefix is refused", relative.status !== 0 && relative.stderr.includes("absolute path"), relative.stderr);

rmSync(folder, { recursive: true });
console.log(`${globals.length} global names in libscope.a`);
console.log(closingLine(outcome));
process.exit(outcome.failed ? 1 : 0);
