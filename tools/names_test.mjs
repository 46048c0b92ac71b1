// names_test - what documents and comments name is there: files, functions, make goals, commands and their options.
//
//   a file            base/err.h, docs/l1.md, x.h     a path of the tree, or the end of one
//   an identifier     rlp_open, REJECT_YAML           some code has it; in backticks camelCase and calls() too
//   a goal            `make layers`                   the Makefile has it
//   a command         `scope run --dir FOLDER`        src/shell/options has the command with this option
//   a step            ARCHITECTURE.md, "Life of one scoped call": the file of the row defines the row's function
//   a folder          of src: it has a row in ARCHITECTURE.md
//
// Documents are the .md files; comments are those of C, Solidity and JavaScript. At the end each kind of wrong name is
// put into a text of its own, and must be found.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { closingLine } from "./runner.mjs";

process.chdir(join(dirname(fileURLToPath(import.meta.url)), ".."));

const CODE = /\.(c|h|cc|def|sol|mjs|cjs|sh|pml)$|^Makefile$|^tools\/[a-z0-9]+$|^package\.json$/;
const FILE_NAME = /\.(?:c|h|cc|def|mjs|cjs|sol|md|yaml|sh|txt|pml)$/;

// Names that are not of this tree, one by one.
const elsewhere = new Set([
    // libraries, compilers, fixtures
    "cmocka.h", "trusted_setup.txt", "KeccakP-1600-opt64.c", "__File.sol", "jump_around", "structarray_alloc",
    "transferOwnership", // OpenZeppelin
    // specifications
    "alt_bn128", "fake_exponential", "g2_monomial", "hash_to_bls_field", "is_valid_deposit_event_data", "map_to_curve",
    "withdrawal_credentials", "Bidi_Control", "GAS_PER_BLOB", "PER_AUTH_BASE_COST", "PER_EMPTY_ACCOUNT_COST",
    "VERSIONED_HASH_VERSION_KZG",
    // examples
    "get_balance", "SANITIZED_SCOPE",
    // instructions that macros put together (evm/program.h)
    "ADD_SK", "BR_LT_SS",
]);

// --- text and comments ---

// The text of a C, Solidity or JavaScript file in two: what is code and what is comment, with the lines in place.
function split(file, text) {
    const blank = (part) => part.replace(/[^\n]/g, " ");
    if (/\.(mjs|cjs)$/.test(file)) {
        const line = /(^|[ \t;,{([])(\/\/ .*|\/\/)$/gm;
        return { code: text.replace(line, (all, before) => before), comment: only(text, line) };
    }
    const token = /\/\*[^]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g;
    const isComment = (t) => t.startsWith("/*") || t.startsWith("//");
    return {
        code: text.replace(token, (t) => (isComment(t) ? blank(t) : t)),
        comment: only(text, token, isComment),
    };

    function only(whole, pattern, wanted = () => true) {
        let out = "", at = 0;
        for (const m of whole.matchAll(pattern)) {
            out += blank(whole.slice(at, m.index)) + (wanted(m[0]) ? m[0] : blank(m[0]));
            at = m.index + m[0].length;
        }
        return out + blank(whole.slice(at));
    }
}

// --- the tree ---

function readTree() {
    const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"],
                               { encoding: "utf8", maxBuffer: 1 << 26 }).split("\n").filter((f) => f && existsSync(f));
    const text = new Map(files.filter((f) => CODE.test(f) || /\.(md|yaml|txt)$/.test(f)).map((f) =>
        [f, readFileSync(f, "utf8")]));
    const identifiers = new Set();
    for (const [file, whole] of text)
        if (CODE.test(file) && file !== "tools/names_test.mjs") // where wrong names are
            for (const [name] of split(file, whole).code.matchAll(/[A-Za-z_$][\w$]*/g))
                identifiers.add(name);
    const makefile = text.get("Makefile");
    return {
        files, text, identifiers,
        ends: new Set(files.flatMap((f) => f.split("/").map((_, i, parts) => parts.slice(i).join("/")))),
        programs: new Set(files.map((f) => basename(f).replace(/\..*/, ""))),
        goals: [...makefile.matchAll(/^([\w%-]+(?: [\w%-]+)*):(?!=)/gm)].flatMap(([, names]) => names.split(" ")),
        commands: commandsOf(text.get("src/shell/options/commands.def"), text.get("src/shell/options/options.def")),
    };
}

// The commands of `scope`, each with its options.
function commandsOf(commands, options) {
    const table = new Map([...commands.matchAll(/^COMMAND\((\w+),/gm)].map(([, name]) => [name, new Set(["--help"])]));
    const short = new Map([...options.matchAll(/^#define (\w+) \((.*IN.*)\)$/gm)].map(([, name, list]) =>
        [name, list]));
    for (const [, name, rest] of options.matchAll(/^OPTION\(\w+, "([^"]+)", ([^]*?)\n *"/gm))
        for (const [, command] of rest.replace(/\b[A-Z]+\b/g, (word) => short.get(word)
            ?? word).matchAll(/IN\((\w+)\)/g))
            table.get(command).add(`--${name}`);
    return table;
}

// --- what a text names ---

const goalExists = (tree, goal) => tree.goals.some((g) => new RegExp(`^${g.replace("%", "[\\w-]+")}$`).test(goal));

// A path of the tree, or the end of one; x.c and NAME.h stand for many, * for any name.
function fileExists(tree, name, from) {
    if (/^(?:.*\/)?(?:x|a|X|NAME|File|FILE)(?:_[a-z]+)?\.\w+$|[<>]|[A-Z]{4}.*\.yaml$/.test(name) || elsewhere.has(name)
        || name.startsWith("build/"))
        return true;
    if (name.includes("*")) {
        const pattern = new RegExp(`(^|/)${name.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`);
        return tree.files.some((f) => pattern.test(f));
    }
    return tree.ends.has(name.replace(/^(\.\.?\/)+/, "")) || tree.ends.has(join(dirname(from), name));
}

// An identifier of some code, or the name of a program or of its source; f_i is a formula, op_NAME stands for many.
function isKnown(tree, name) {
    if (/^[A-Za-z]+_[ij]$/.test(name) || /_NAME$|_x$|^x_/.test(name))
        return true;
    return tree.identifiers.has(name) || tree.programs.has(name) || elsewhere.has(name);
}

// The complaints about one line of prose, or of a listing where `listing` is set.
function wrongInLine(tree, file, line, listing) {
    const wrong = [];
    const names = line.match(/(?<![\w.:/>-])(?:\.\.?\/)*[\w*<>-]+(?:[./][\w*<>-]+)*\.[a-z]+(?![\w/(]|\.\w|: )/g) ?? [];
    for (const name of names.filter((n) => FILE_NAME.test(n)))
        if (!fileExists(tree, name, file))
            wrong.push(`no file ${name}`);
    const rest = line.replace(/https?:\S+/g, "").replace(/[\w*.<>-]*\/[\w*./<>-]+|[\w-]+(?:\.[\w-]+)*\.(?:c|h|cc|def|mjs|sol|md|yaml|sh|txt|pml|json|zst|gz)\b/g, "");
    for (const [name] of rest.matchAll(/(?<![\w.$*-])[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+(?![\w*-]|\.\w)/g))
        if (!isKnown(tree, name))
            wrong.push(`no ${name}`);
    for (const [, quoted] of rest.matchAll(/`([^`]+)`/g)) {
        const name = quoted.match(/^(?:\w+\.)?([A-Za-z_]\w*)(\([^()]*\))?$/);
        if (name && (name[2] || /[a-z][A-Z]/.test(name[1])) && !/_/.test(name[1]) && !isKnown(tree, name[1]))
            wrong.push(`no ${name[1]}`);
    }
    for (const [, part] of (listing ? [[null, line]] : line.matchAll(/`([^`]+)`/g))) {
        for (const [, goals] of part.matchAll(/(?:^|&& |\s{2,})make ((?:[a-z][\w-]*(?:, make | \| | |$))+)/g))
            for (const goal of goals.split(/, make | \| | /).filter(Boolean))
                if (!goalExists(tree, goal))
                    wrong.push(`no goal: make ${goal}`);
        for (const [, command, rest_] of part.matchAll(/(?:^|[\s/])scope ([a-z]\w*)(?= |$)(.*)/g)) {
            if (!tree.commands.has(command)) {
                wrong.push(`no command: scope ${command}`);
                continue;
            }
            for (const [option] of rest_.split(/\s{3,}/)[0].matchAll(/(?<![\w-])--[a-z][\w.-]*/g))
                if (!tree.commands.get(command).has(option))
                    wrong.push(`no option: scope ${command} ${option}`);
        }
    }
    return wrong;
}

// A step of ARCHITECTURE.md: | 1 | what | `function` | `file` |; the file defines the function.
function wrongSteps(tree, text) {
    const steps = [...text.matchAll(/^\| *(\d+) *\|.*\| *`(\w+)` *\| *`([\w/.]+)` *\|$/gm)];
    const wrong = steps.filter(([, , name, file]) => !defines(tree.text.get(file) ?? "", name))
        .map(([, number, name, file]) => `step ${number}: ${file} does not define ${name}`);
    return steps.length < 8 ? [...wrong, "fewer than 8 steps"] : wrong;
}

// Each folder of src has its row in ARCHITECTURE.md.
function missingFolders(tree, text) {
    const folders = new Set([...tree.text.keys()].map((file) => /^src\/\w+\/(\w+)\//.exec(file)?.[1]).filter(Boolean));
    return [...folders].filter((folder) => !text.includes(`\n| \`${folder}\` | `))
        .map((folder) => `no row for the folder ${folder}`);
}

const defines = (source, name) =>
    new RegExp(`^(?:[\\w *]+[ *]${name}\\([^;{]*\\)\\s*\\{| *function ${name}\\()`, "m").test(source);

// Every complaint about one file, as "file:line: what".
const GLOSSARY_MAX = 30;

function glossaryRows(text) {
    const section = text.split("\n## Glossary\n")[1]?.split("\n## ")[0] ?? "";
    return section.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| word |")).length;
}

function wrongNames(tree, file, text) {
    const isDocument = file.endsWith(".md");
    const lines = (isDocument ? text : split(file, text).comment).split("\n");
    const wrong = [];
    let fenced = false;
    lines.forEach((line, i) => {
        if (isDocument && line.startsWith("```"))
            fenced = !fenced;
        for (const what of wrongInLine(tree, file, line, isDocument && (fenced || line.startsWith("    "))))
            wrong.push(`${file}:${i + 1}: ${what}`);
    });
    if (file === "CONTRIBUTING.md" && glossaryRows(text) > GLOSSARY_MAX)
        wrong.push(`${file}: ${glossaryRows(text)} words in the glossary, at most ${GLOSSARY_MAX}`);
    if (file === "ARCHITECTURE.md")
        wrong.push(...[...wrongSteps(tree, text), ...missingFolders(tree, text)].map((what) => `${file}: ${what}`));
    return wrong;
}

// --- the tree, and names that are wrong ---

const tree = readTree();
const outcome = { passed: 0, failed: 0, skipped: 0 };
const checked = tree.files.filter((f) => /\.md$|\.(c|h|cc|def|sol|mjs)$/.test(f) && !f.startsWith("tests/corpus/"));
for (const file of checked) {
    const wrong = wrongNames(tree, file, tree.text.get(file));
    wrong.forEach((line) => console.log(line));
    outcome[wrong.length ? "failed" : "passed"]++;
}
if (checked.length < 400) {
    console.log(`only ${checked.length} files`);
    outcome.failed++;
}

const architecture = tree.text.get("ARCHITECTURE.md");
const rows = [
    // file, its text, a piece of the complaint ("": none)
    ["docs/x.md", "See `src/kernel/scope/mail.h`.\n", "docs/x.md:1: no file src/kernel/scope/mail.h"],
    ["docs/x.md", "See scope/nowhere.h.\n", "no file scope/nowhere.h"],
    ["docs/x.md", "All of `src/kernel/nowhere/*.c`.\n", "no file src/kernel/nowhere/*.c"],
    ["docs/x.md", "\n`rlp_opens` opens a list.\n", "docs/x.md:2: no rlp_opens"],
    ["docs/x.md", "It fails with REJECT_NO_SUCH_THING.\n", "no REJECT_NO_SUCH_THING"],
    ["docs/x.md", "`scopedCalld` and\n", "no scopedCalld"],
    ["docs/x.md", "`Fuzed()` reverts.\n", "no Fuzed"],
    ["docs/x.md", "`make layer` checks it.\n", "no goal: make layer"],
    ["docs/x.md", "    make demos     # the swap\n", "no goal: make demos"],
    ["docs/x.md", "`scope play FILE`\n", "no command: scope play"],
    ["docs/x.md", "```\nscope run FILE --folder X\n```\n", "docs/x.md:2: no option: scope run --folder"],
    ["docs/x.md", "`scope derive --prover URL`\n", "no option: scope derive --prover"],
    ["src/kernel/base/x.c", "/* see base/error.h */\n", "src/kernel/base/x.c:1: no file base/error.h"],
    ["src/kernel/base/x.c", "int x;\n\n/* As\n * arena_taken does. */\n", "src/kernel/base/x.c:4: no arena_taken"],
    ["contracts/src/X.sol", "// slot_nowhere\n", "no slot_nowhere"],
    ["tools/x.mjs", "// tools/nowhere.mjs\n", "no file tools/nowhere.mjs"],
    ["ARCHITECTURE.md", architecture.replace(/(\| *1 *\|.*\| *`)\w+(`)/, "$1rlp_open$2"), "step 1: "],
    ["ARCHITECTURE.md", "# Architecture\n", "fewer than 8 steps"],
    ["ARCHITECTURE.md", architecture.replace("| `ledger` |", "| `ledgers` |"), "no row for the folder ledger"],
    ["CONTRIBUTING.md", `\n## Glossary\n${"| clock | a clock |\n".repeat(31)}`, "31 words in the glossary"],
    // what is allowed
    ["docs/x.md", "`src/kernel/base/err.def`, base/err.h, x_test.c, `make fuzz-rlp`, `scope run --dir X`, `rlp_open`, rlp_*\n", ""],
    ["src/kernel/base/x.c", 'const char *x = "no_such_name"; /* base/err.h */\n', ""],
];
for (const [file, text, want] of rows) {
    const found = wrongNames(tree, file, text);
    const good = want ? found.some((line) => line.includes(want)) : !found.length;
    outcome[good ? "passed" : "failed"]++;
    if (!good)
        console.log(`names of ${JSON.stringify(text.slice(0, 200))}: want ${JSON.stringify(want)}, got ${JSON.stringify(found)}`);
}

console.log(closingLine(outcome));
process.exitCode = outcome.failed ? 1 : 0;
