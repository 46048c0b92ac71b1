// The command line against its tables: node tests/cli/options.mjs SCOPE SANITIZED_SCOPE
// The tables, src/shell/options/*.def, are read here by other means than in the program. --help and the man page of
// every command list exactly their options; every option is given garbage under sanitizers, left without a value and
// repeated; the completion scripts load and complete; the man pages have no warning. zsh, fish and mandoc are used
// where they are.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

const [scope, sanitized] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "scope-cli-"));
let passed = 0, failed = 0;
function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
}

// --- the tables ---

const table = (name) => readFileSync(`src/shell/options/${name}.def`, "utf8").replace(/\/\*[^]*?\*\//g, "");
const commands = [...table("commands").matchAll(/^COMMAND\((\w+), (\w+), (?:NULL|"([^"]*)"), (\w+), (\d+), (\w+), "([^"]*)"/gm)]
    .map(([, name, group, argument, type, least, most, summary]) =>
        ({ name, group, argument, type, least: +least, most, summary }));
const text = table("options"), fixtures = text.match(/#define FIXTURES \((.*)\)/)[1];
const members = (set) => [...set.replace("FIXTURES", fixtures).matchAll(/IN\((\w+)\)/g)].map(([, name]) => name);
const bound = (word) => ({ UINT64_MAX: 2n ** 64n - 1n, INT64_MAX: 2n ** 63n - 1n })[word] ?? BigInt(word);
const options = [...text.matchAll(/^OPTION\((\w+), "([^"]*)", (0|'.'), (\w+), (?:NULL|"([^"]*)"), (?:NULL|"([^"]*)"), (-?\w+), (\w+), (\d+),([^"]*),\s*"/gm)]
    .map(([, id, name, letter, type, metavariable, standard, least, most, times, set]) =>
        ({ id, name, letter: letter === "0" ? "" : letter[1], type, metavariable, standard, least: bound(least),
            most: bound(most), times: +times, commands: members(set) }));
const rules = [...text.matchAll(/^(REQUIRED|NEEDS|EXCLUDES|ONE_OF|WRITES|SINGLE)\(([^,]*), (\w+)(?:, (\w+))?\)$/gm)]
    .map(([, kind, set, a, b]) => ({ kind, commands: members(set), option: a, other: b }));
check("the tables are read", commands.length === (table("commands").match(/^COMMAND\(/gm)).length &&
    options.length === text.match(/^OPTION\(/gm).length
        && rules.length === text.match(/^(REQUIRED|NEEDS|EXCLUDES|ONE_OF|WRITES|SINGLE)\(/gm).length &&
    options.every((o) => o.commands.length),
        { commands: commands.length, options: options.length, rules: rules.length });
const of = (command) => options.filter((o) => o.commands.includes(command));
const byId = (id) => options.find((o) => o.id === id);
// an option as a line has it
const spell = (o, value) => o.type === "FLAG" ? [`--${o.name}`] : [`--${o.name}`, value];

// --- help and man pages list exactly the table's options ---

const run = (...args) => spawnSync(scope, args, { encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } });
const same = (found, wanted) => JSON.stringify([...found].sort()) === JSON.stringify([...wanted].sort());
const forms = (command) => [...of(command).map((o) => `${o.letter ? `-${o.letter}, ` : ""}--${o.name}${o.metavariable ? ` ${o.metavariable}` : ""}`), "-h, --help"];

const help = run("--help");
check("scope --help lists the commands", help.status === 0 && help.stderr === "" &&
    same([...help.stdout.matchAll(/^ {2}([a-z]\w*) {2,}/gm)].map((m) => m[1]), commands.map((c) => c.name)),
        help.stdout);
check("scope help", run("help").stdout === help.stdout && run("-h").stdout === help.stdout);
for (const { name } of commands) {
    const page = run(name, "--help");
    const listed = page.stdout.split("\nOptions:\n")[1]?.split("\nExit status:")[0] ?? "";
    const found = [...listed.matchAll(/^ {2}(?: {4}|(-\w, ))(--\S+(?: \S+)?)(?= {2}|$)/gm)].map((m) =>
        (m[1] ?? "") + m[2]);
    check(`scope ${name} --help lists its options`, page.status === 0 && same(found, forms(name)), { found, wanted: forms(name) });
    check(`scope ${name} -h, help ${name}`, run(name, "-h").stdout === page.stdout && run("help", name).stdout === page.stdout);
    const synopsis = page.stdout.split("\n\n")[0];
    for (const r of rules.filter((r) => ["REQUIRED", "ONE_OF"].includes(r.kind) && r.commands.includes(name)))
        for (const id of [r.option, r.other].filter(Boolean))
            check(`usage of ${name} has --${byId(id).name}`,
                synopsis.includes(spell(byId(id), byId(id).metavariable).join(" ")), synopsis);
}

const plain = (roff) => roff.replace(/\\f[BIR]/g, "").replace(/\\-/g, "-").replace(/\\&/g, "");
const exists = (program) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const tools = ["man", "mandoc", "zsh", "fish"].filter(exists);
for (const name of ["", ...commands.map((c) => c.name)]) {
    const page = run("man", ...(name ? [name] : [])), file = join(folder, `scope${name && "-"}${name}.1`);
    writeFileSync(file, page.stdout);
    check(`man page of ${name || "scope"}`, page.status === 0 && page.stdout.includes(`.TH SCOPE${name && "\\-"}${name.toUpperCase()} 1`), page.stderr);
    if (name) {
        const found = [...plain(page.stdout).matchAll(/^\.TP\n((?:-\w, )?--.*)$/gm)].map((m) => m[1]);
        check(`scope-${name}(1) lists its options`, same(found, forms(name)), { found, wanted: forms(name) });
    } else {
        check("scope(1) lists the commands",
            same([...plain(page.stdout).matchAll(/^\.TP\n\.BR scope-(\w+)/gm)].map((m) => m[1]),
            commands.map((c) => c.name)));
    }
    if (tools.includes("man")) {
        const lint = spawnSync("man", ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", file],
            { encoding: "utf8", env: { ...process.env, LC_ALL: "C.UTF-8", MANWIDTH: "80" } });
        check(`man --warnings ${name}`, lint.status === 0 && lint.stderr === "" && lint.stdout.length > 500, lint.stderr);
    }
    if (tools.includes("mandoc")) {
        const lint = spawnSync("mandoc", ["-T", "lint", "-W", "warning", file], { encoding: "utf8" });
        check(`mandoc ${name}`, lint.stdout.split("\n").filter((l) => l && !l.includes("missing date")).length === 0, lint.stdout);
    }
}

// --- completion ---

const script = Object.fromEntries(["bash", "zsh", "fish"].map((shell) => {
    const file = join(folder, `completion.${shell}`);
    writeFileSync(file, run("completion", shell).stdout);
    return [shell, file];
}));
const bash = (words) => spawnSync("bash", ["-c", `source ${script.bash} || exit 1; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _scope; printf '%s\\n' "\${COMPREPLY[@]}"`, "bash", ...words],
    { encoding: "utf8" }).stdout.trim().split("\n");
const loaded = spawnSync("bash", ["-c", `source ${script.bash}; complete -p scope`], { encoding: "utf8" });
check("bash has it", loaded.stdout === "complete -F _scope scope\n" && loaded.stderr === "", loaded);
check("bash: commands", same(bash(["scope", ""]), ["--help", "--version", ...commands.map((c) => c.name)]),
    bash(["scope", ""]));
for (const { name } of commands)
    check(`bash: options of ${name}`, same(bash(["scope", name, "-"]), [...of(name).map((o) => `--${o.name}`), "--help"]), bash(["scope", name, "-"]));
for (const o of options.filter((o) => o.type === "CHOICE"))
    for (const words of [[`--${o.name}`, ""], [`--${o.name}`, "=", ""]])
        check(`bash: values of ${words.join(" ")}`, same(bash(["scope", o.commands[0], ...words]), o.metavariable.split("|")), bash(["scope", o.commands[0], ...words]));
check("bash: files", bash(["scope", "run", "examples/swap"]).includes("examples/swap.yaml"));
check("bash: folders", same(bash(["scope", "run", "--dir", "exam"]), ["examples"]),
    bash(["scope", "run", "--dir", "exam"]));
if (tools.includes("zsh")) {
    check("zsh: syntax", spawnSync("zsh", ["-n", script.zsh]).status === 0);
    const comp = spawnSync("zsh", ["-fc", `autoload -U compinit; compinit -D; source ${script.zsh}; print $_comps[scope]`], { encoding: "utf8" });
    check("zsh has it", comp.stdout === "_scope\n", comp.stderr);
}
if (tools.includes("fish")) {
    check("fish: syntax", spawnSync("fish", ["-n", script.fish]).status === 0);
    const all = spawnSync("fish", ["-c", `source ${script.fish}; for c in ${commands.map((c) => c.name).join(" ")}; echo "# $c"; complete -C "scope $c --"; end`], { encoding: "utf8" }).stdout;
    for (const { name } of commands) {
        const found = all.split(`# ${name}\n`)[1]?.split("# ")[0] ?? "";
        check(`fish: options of ${name}`, same([...found.matchAll(/^--([\w.-]+)/gm)].map((m) => m[1]), [...of(name).map((o) => o.name), "help"]), found);
    }
}

// --- wrong command lines, under sanitizers ---

writeFileSync(join(folder, "empty"), "");
const sound = { FILE: join(folder, "empty"), PATH: join(folder, "empty"), FOLDER: join(folder, "new"),
    URL: "http://127.0.0.1:1", LISTEN: "127.0.0.1:0", TEXT: "x", NAME: "run" };
const valueOf = (o) => sound[o.type] ?? (o.type === "CHOICE" ? o.metavariable.split("|")[0]
    : String(o.least > 0n ? o.least : 1n));
const given = (o) => spell(o, valueOf(o));
// the words of a line without an option and its value
const without = (words, o) => words.filter((w, i) =>
    w !== `--${o.name}` && (o.type === "FLAG" || words[i - 1] !== `--${o.name}`));
// a line that is right but for what is tested; every file in it is empty, so that no command goes far
function around(command, tested) {
    const needed = rules.filter((r) => r.commands.includes(command)).flatMap((r) =>
        r.kind === "REQUIRED" ? [r.option]
        : r.kind === "ONE_OF" ? (tested && [r.option, r.other].includes(tested.id) ? [] : [r.other])
        : r.kind === "NEEDS" && r.option === tested?.id ? [r.other] : []);
    const c = commands.find((one) => one.name === command);
    return [...[...new Set(needed)].filter((id) => id !== tested?.id).flatMap((id) => given(byId(id))),
        ...(c.least ? [c.type === "CHOICE" ? c.argument.split("|")[0] : sound[c.type]] : [])];
}
// one value of each type that is none; src/shell/options/options_test.c has the rest
const garbage = { NUMBER: "1x", SIGNED: "1x", URL: "127.0.0.1:8545", LISTEN: "127.0.0.1:65536", CHOICE: "x", TEXT: "",
    FILE: "", FOLDER: "" };
const lines = []; // [what, words, exit statuses, pieces of the message]
const wrong = (what, words, ...pieces) => lines.push([what, words, [2], pieces]);
for (const o of options) {
    const command = o.commands[0], option = `--${o.name}`, rest = around(command, o), spelled = `option "${option}"`;
    if (o.type === "FLAG") {
        wrong("a flag with a value", [command, ...rest, `${option}=1`], spelled, "takes no value");
        continue;
    }
    wrong("garbage", [command, ...rest, option, garbage[o.type]], spelled, "expected");
    wrong("no value", [command, ...rest, option], spelled, "needs a value", o.metavariable);
    // a value that is well-formed, and of nothing that is there
    const nothing = { FILE: ["/nowhere/x", folder], FOLDER: ["/nowhere/x/y", "/dev/null"],
        URL: ["http://127.0.0.1:1", "https://127.0.0.1:1/x?y#z"], LISTEN: ["256.0.0.1:0", "[::zz]:0"] };
    if (command !== "t8n" && command !== "oracle")
        for (const value of nothing[o.type] ?? [])
            lines.push(["of nothing", [command, ...rest, option, value], [1, 2, 3], []]);
}
wrong("the first that is said", ["run", "--l1", "foo", "x"], 'option "--l1"', "expected a URL");
for (const r of rules)
    for (const command of r.commands) {
        const a = byId(r.option), b = byId(r.other ?? r.option),
            bare = without(around(command), a);
        if (r.kind === "REQUIRED")
            wrong("required", [command, ...bare], `"--${a.name}"`, "is required");
        else if (r.kind === "NEEDS")
            wrong("needs", [command, ...without(without(around(command, { id: b.id }), b), a), ...(["derive", "exit"].includes(command) && b.id === "L1" ? given(byId("L1_FILE")) : []), ...given(a)], `"--${a.name}" requires "--${b.name}"`);
        else if (r.kind === "WRITES") // checked before anything runs
            for (const value of a.type === "FOLDER" ? ["/nowhere/x", "/dev/null"] : ["/nowhere/x", folder])
                wrong("cannot be written", [command, ...without(around(command, a), a), ...spell(a, value)],
                    `option "--${a.name}": ${value}: cannot `);
        else if (r.kind === "SINGLE")
            wrong("several arguments", [command, ...around(command, a), "more", ...given(a)],
                `option "--${a.name}" is for one `);
        else if (r.kind === "EXCLUDES")
            wrong("excludes", [command, ...around(command), ...given(a), ...given(b)], `"--${a.name}" and "--${b.name}" exclude each other`);
        else
            wrong("both of two", [command, ...around(command, a), ...given(a), ...given(b)], "exclude each other"),
            wrong("none of two", [command, ...around(command, a)], `"--${a.name}" or "--${b.name}" is required`);
    }
for (const c of commands) {
    const rest = around(c.name).slice(0, c.least ? -1 : undefined);
    if (c.least && c.type !== "CHOICE")
        wrong("no argument", [c.name, ...rest], `no ${c.argument} given`), wrong("an empty argument", [c.name, ...rest, ""], "expected");
    if (c.most === "0" || c.most === "1")
        wrong("an argument too many", [c.name, ...around(c.name), ...(c.least ? [] : c.most === "1" ? ["run"] : []), "more"], 'unexpected argument "more"');
    wrong("an unknown option", [c.name, "--zzzzzzzz"], 'unknown option "--zzzzzzzz"'),
        wrong("an unknown letter", [c.name, "-z"], 'unknown option "-z"');
        if (c.least && c.most === "1" && c.type !== "CHOICE")
        wrong("-- ends the options", [c.name, "--", "--json", "--json"], 'unexpected argument "--json"');
}
wrong("another shell", ["completion", "tcsh"], 'expected "bash", "zsh" or "fish", not "tcsh"');
wrong("an unknown command", ["rnu"], 'unknown command "rnu"; did you mean "run"?');
wrong("no command", [], "no command given");
wrong("a control character", ["run", "--\x1b[31m"], "unknown option");
lines.push(["--version", ["--version"], [0], []]);

function sanitizedRun(words) {
    return new Promise((done) => {
        const child = spawn(sanitized, words, { stdio: ["ignore", "pipe", "pipe"], cwd: folder });
        let out = "", err = "";
        child.stdout.on("data", (data) => (out += data));
        child.stderr.on("data", (data) => (err += data));
        const clock = setTimeout(() => child.kill("SIGKILL"), 60000);
        child.on("close", (status, signal) => { clearTimeout(clock); done({ status, signal, out, err }); });
    });
}
async function worker() {
    for (let line; (line = lines.pop());) {
        const [what, words, statuses, pieces] = line;
        const r = await sanitizedRun(words);
        const good = statuses.includes(r.status) && !/Sanitizer|runtime error|\bBUG\b/.test(r.err)
            && pieces.every((p) => r.err.includes(p)) &&
            !/[\x00-\x09\x0b-\x1f]/.test(r.err)
                && (r.status === 0 || statuses.length > 1
                || (r.out === "" && r.err.split("\n").length === 3 && r.err.includes("--help")));
        check(`${what}: scope ${words.join(" ")}`, good, { ...r, wanted: [statuses, pieces] });
    }
}
const count = lines.length;
await Promise.all(Array.from({ length: availableParallelism() }, worker));

rmSync(folder, { recursive: true });
console.log(`${options.length} options, ${options.reduce((n, o) => n + o.commands.length, 0)} on ${commands.length} commands; ${count} command lines; with ${["bash", ...tools].join(", ")}` +
    (tools.length < 4 ? `; not installed: ${["man", "mandoc", "zsh", "fish"].filter((t) => !tools.includes(t)).join(", ")}` : ""));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
