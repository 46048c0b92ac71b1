// format - checks (or fixes) how the source looks.
//
//   node tools/format.mjs check | fix [FILE...]       no FILE: all that git knows or would add
//
// C and C++ are compared with what clang-format (.clang-format) would write, but for two things that are
// better done by hand: how many spaces inside a line (aligned tables and comments) and where a line is
// broken (a one-line enum, rows of constants). So where both break a line the indentation must be clang-format's,
// and where neither does, there is a space or none as clang-format has it. JavaScript is laid out by hand; `fix` breaks
// lines that are too long. Everything: no tabs but in Makefile, no space at the
// end of a line, at most 120 columns in C and JavaScript, one newline at the end, links of .md files lead somewhere.
// Solidity: forge fmt.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(join(dirname(fileURLToPath(import.meta.url)), ".."));
const [mode, ...named] = process.argv.slice(2);
if (mode !== "check" && mode !== "fix") {
    console.error("format: check or fix?");
    process.exit(2);
}

const COLUMNS = 120;
const continues = "\u2028"; // stands for a backslash at the end of a line, which is white space too
const files = (named.length ? named : git("ls-files", "--cached", "--others", "--exclude-standard"))
    .filter((f) => existsSync(f) && !/^tests\/(corpus|scenario)\/.*\.yaml$/.test(f)
        && /\.(c|h|cc|def|mjs|sh|sol|txt|md|yaml)$|^Makefile$|^\.ci\/run$/.test(f));
const isC = (file) => /\.(c|h|cc)$/.test(file);
const formatted = mode === "check" ? clangFormatAll(files.filter(isC)) : new Map();
let violations = 0;

for (const file of files) {
    const text = readFileSync(file, "utf8");
    let lines = text.replace(/\n$/, "").split("\n");
    lines = plain(file, text, lines);
    if (isC(file))
        lines = laidOut(file, lines);
    if (mode === "fix" && file.endsWith(".mjs"))
        lines = broken(lines);
    const fixed = lines.join("\n") + "\n";
    if (mode === "fix" && fixed !== text)
        writeFileSync(file, fixed);
}
solidity();
console.log(`format: ${files.length} files, ${violations} ${mode === "fix" ? "places changed" : "violations"}`);
process.exit(files.length === 0 || (mode === "check" && violations > 0) ? 1 : 0);

function git(...args) {
    return execFileSync("git", args, { encoding: "utf8", maxBuffer: 1 << 26 }).split("\n").filter(Boolean);
}

function bad(file, line, what) {
    violations++;
    if (mode === "check")
        console.log(`${file}:${line}: ${what}`);
}

// A line with a long string or pattern in it (a vector, a message) is as long as it is.
function tooLong(line) {
    return [...line].length > COLUMNS && !/"(?:[^"\\]|\\.){50,}"|'(?:[^'\\]|\\.){50,}'|`[^`]{50,}|[(:] ?\/(?![/*])(?:[^/\\]|\\.){50,}\//.test(line);
}

// What holds for every text file. Returns the lines as they should be.
function plain(file, text, lines) {
    if (!text.endsWith("\n") || text.endsWith("\n\n"))
        bad(file, lines.length, "one newline at the end of the file");
    let code = false; // between ``` and ```, where no link is
    const out = lines.map((line, i) => {
        const want = line.replace(/[ \t\r]+$/, "");
        if (want !== line)
            bad(file, i + 1, "space at the end of the line");
        if (want.includes("\t") && file !== "Makefile")
            bad(file, i + 1, "a tab");
        if (tooLong(want) && /\.(c|h|cc|mjs)$/.test(file))
            bad(file, i + 1, `more than ${COLUMNS} columns`);
        code = code !== want.startsWith("```");
        for (const [, target] of file.endsWith(".md") && !code ? want.matchAll(/\]\(([^)#:\s]+)[^)]*\)/g) : [])
            if (!existsSync(join(dirname(file), target)))
                bad(file, i + 1, `a link to ${target}, which is not there`);
        return want;
    });
    while (out.length > 1 && out.at(-1) === "")
        out.pop();
    return out;
}

function clangFormat(file, lines, style = "file", only = []) {
    const run = spawnSync("clang-format", ["--assume-filename=" + file, "--style=" + style, ...only],
                          { input: lines.join("\n") + "\n", encoding: "utf8", maxBuffer: 1 << 26 });
    if (run.status !== 0)
        throw new Error(`clang-format ${file}: ${run.stderr}`);
    return run.stdout.replace(/\n$/, "").split("\n");
}

// Files as clang-format writes them, as file -> text: many in one process, since most of its time is its start.
// It writes one behind the other, so a file with a mark follows each.
function clangFormatAll(names) {
    const mark = "// end of a file, for tools/format.mjs", separator = "build/format/end.c", out = new Map();
    mkdirSync(dirname(separator), { recursive: true });
    writeFileSync(separator, `${mark}\n`);
    for (let first = 0; first < names.length; first += 100) {
        const some = names.slice(first, first + 100);
        const text = execFileSync("clang-format", ["--style=file", ...some.flatMap((name) => [name, separator])],
            { encoding: "utf8", maxBuffer: 1 << 28 });
        const texts = text.split(`${mark}\n`);
        if (texts.length !== some.length + 1)
            throw new Error(`clang-format wrote ${texts.length - 1} files of ${some.length}`);
        some.forEach((name, i) => out.set(name, texts[i].replace(/\n$/, "")));
    }
    return out;
}

// What holds for C. Returns the lines as they should be.
function laidOut(file, lines) {
    if (mode === "fix") {
        const long = lines.flatMap((line, i) => (tooLong(line) ? [`--lines=${i + 1}:${i + 1}`] : []));
        const style = readFileSync(".clang-format", "utf8").replace(/^#.*/gm, "").replace(/ColumnLimit:.*/,
            `ColumnLimit: ${COLUMNS}`)
            + "ReflowComments: false\n"; // a picture would become prose: comments are broken by hand
        if (long.length)
            lines = clangFormat(file, lines, `{${style.trim().split("\n").join(", ")}}`, long);
    }
    const here = pieces(lines.join("\n")), there = pieces(formatted.get(file) ?? clangFormat(file, lines).join("\n"));
    if (here.ink !== there.ink)
        return bad(file, 1, "clang-format changes more than space: run clang-format and compare"), lines;
    const gaps = here.gaps.map((gap, i) => {
        const want = there.gaps[i];
        if (gap === want || gap.includes(continues) || here.ink[i - 1] === '"' || here.ink[i] === '"')
            return gap;
        const lineNumber = () => 1 + here.gaps.slice(0, i + 1).join("").split(/[\n\u2028]/).length - 1;
        if (gap.includes("\n") && want.includes("\n")) {
            const indent = want.match(/ *$/)[0].length;
            bad(file, lineNumber(), gap.match(/ *$/)[0].length === indent ? "number of empty lines"
                : `indented by ${indent} spaces, clang-format thinks`);
            return want;
        }
        const before = here.ink[i - 1] ?? "", after = here.ink[i] ?? "";
        const opens = after === "{", endsLine = here.gaps[i + 1]?.includes("\n");
        const byHand = opens && endsLine ? gap && want && !want.includes("\n")                // { of a body
            : gap.includes("\n") || want.includes("\n") || (gap && want)                      // a line broken, or not
            || /[{([,\\]/.test(before) || /[})\],\\]/.test(after) || (opens && before === ")"); // aligned
        if (byHand)
            return gap;
        bad(file, lineNumber(), `${!want ? "no space" : want.includes("\n") ? "a new line" : "a space"} before "${here.ink.slice(i, i + 20)}", clang-format thinks`);
        return want;
    });
    return gaps.map((gap, i) => gap + (here.ink[i] ?? "")).join("").replaceAll(continues, "\\\n").split("\n");
}

// --- JavaScript ---

// Lines that are too long, broken: code behind a comma or an arrow or before an operator, comments between words.
function broken(lines) {
    const goesOn = new Set(); // lines that continue the one before
    for (let i = 0; i < lines.length; i++) {
        if (!tooLong(lines[i]))
            continue;
        const comment = lines[i].match(/^( *)(?:(.*[\w;{}(),]) +)?(\/\/ .*)$/);
        if (comment) {
            const [, indent, code, text] = comment;
            let end = i + 1; // of the paragraph
            while (!code && lines[end]?.startsWith(`${indent}// `) && /^ *\/\/ [^ -]/.test(lines[end]))
                end++;
            const words = [text, ...lines.slice(i + 1, end).map((l) => l.slice(indent.length + 3))].join(" ");
            lines.splice(i, end - i, ...wrapped(indent, words), ...(code ? [indent + code] : []));
            continue;
        }
        const at = placeToBreak(breakable(lines.slice(0, i + 1).join("\n"), lines[i].length));
        if (!at)
            continue;
        const indent = lines[i].match(/^ */)[0] + (goesOn.has(lines[i]) ? "" : "    ");
        lines.splice(i, 1, lines[i].slice(0, at).trimEnd(), indent + lines[i].slice(at).trimStart());
        goesOn.add(lines[i + 1]);
    }
    return lines;
}

// The last one of those with the fewest brackets around them, beyond the first third of the line.
function placeToBreak(places) {
    const late = places.filter((p) => p.at > COLUMNS / 3), depth = Math.min(...late.map((p) => p.depth));
    return Math.max(0, ...late.filter((p) => p.depth === depth).map((p) => p.at));
}

function wrapped(indent, comment) {
    const out = [];
    for (const word of comment.slice(3).split(" "))
        if (out.length && out.at(-1).length + 1 + word.length <= COLUMNS)
            out.push(`${out.pop()} ${word}`);
        else
            out.push(`${indent}// ${word}`);
    return out;
}

// Where the last line of a text, `length` long, may be broken: columns up to COLUMNS, and how deep in brackets each is.
function breakable(text, length) {
    const code = /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`|[()[\]{}]|, | (?:&&|\|\||\?\?|\?|:) |=> |\/|[^]/y;
    const regex = /\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y, template = /\\.|`|\$\{|[^]/y;
    const first = text.length - length, places = [], stack = [];
    let lineDepth = null;
    for (let i = 0; i < text.length;) {
        const inside = stack.at(-1) === "`", token = inside ? template : code;
        if (i >= first)
            lineDepth ??= stack.length;
        token.lastIndex = regex.lastIndex = i;
        let [found] = token.exec(text);
        if (found === "/" && /(?:[(,=:[!&|?{};>\n]|return) *$/.test(text.slice(Math.max(0, i - 40), i)))
            found = regex.exec(text)?.[0] ?? found;
        if (found === "`")
            inside ? stack.pop() : stack.push("`");
        else if (found === "${" || (!inside && /^[([{]$/.test(found)))
            stack.push(found);
        else if (!inside && /^[)\]}]$/.test(found))
            stack.pop();
        else if (i > first && !stack.includes("`") && /^(?:, |=> | \S+ )$/.test(found)) {
            const at = i - first + (found.startsWith(" ") ? 1 : found.length - 1);
            if (at <= COLUMNS)
                places.push({ at, depth: stack.length - lineDepth });
        }
        i += found.length;
    }
    return places;
}

// What is printed, and the white space before each character of it (a backslash that continues a line is space).
function pieces(text) {
    const gaps = [""];
    let ink = "";
    for (const c of text.replaceAll("\\\n", continues)) {
        if (c === " " || c === "\n" || c === continues) {
            gaps[gaps.length - 1] += c;
        } else {
            ink += c;
            for (let unit = 0; unit < c.length; unit++)
                gaps.push("");
        }
    }
    return { ink, gaps };
}

function solidity() {
    if (!files.some((f) => f.endsWith(".sol")))
        return;
    const run = spawnSync("node_modules/.bin/forge",
        ["fmt", "--root", "contracts", ...(mode === "check" ? ["--check"] : [])],
                          { encoding: "utf8" });
    if (run.status !== 0) {
        console.log(run.stdout + run.stderr);
        violations++;
    }
}
