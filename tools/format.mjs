// format - checks (or fixes) how the source looks.
//
//   node tools/format.mjs check | fix [FILE...]       no FILE: all that git knows or would add
//
// C and C++ are compared with what clang-format (.clang-format) would write, but for two things that are
// better done by hand: spaces inside a line (aligned tables and comments) and where a line is broken
// (a one-line enum, rows of constants). So a line must have clang-format's indentation, and every run of
// lines clang-format's spacing between its tokens. Everything: no tabs but in Makefile, no space at the
// end of a line, at most 120 columns in C, one newline at the end, links of .md files lead somewhere.
// Solidity: forge fmt.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(join(dirname(fileURLToPath(import.meta.url)), ".."));
const [mode, ...named] = process.argv.slice(2);
if (mode !== "check" && mode !== "fix") {
    console.error("format: check or fix?");
    process.exit(2);
}

const COLUMNS = 120;
const files = (named.length ? named : git("ls-files", "--cached", "--others", "--exclude-standard"))
    .filter((f) => existsSync(f) && /\.(c|h|cc|def|mjs|sh|sol|txt|md|yaml)$|^Makefile$|^\.ci\/run$/.test(f));
let violations = 0;

for (const file of files) {
    const text = readFileSync(file, "utf8");
    let lines = text.replace(/\n$/, "").split("\n");
    lines = plain(file, text, lines);
    if (/\.(c|h|cc)$/.test(file))
        lines = laidOut(file, lines);
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

// What holds for every text file. Returns the lines as they should be.
function plain(file, text, lines) {
    if (!text.endsWith("\n") || text.endsWith("\n\n"))
        bad(file, lines.length, "one newline at the end of the file");
    const out = lines.map((line, i) => {
        const want = line.replace(/[ \t\r]+$/, "");
        if (want !== line)
            bad(file, i + 1, "space at the end of the line");
        if (want.includes("\t") && file !== "Makefile")
            bad(file, i + 1, "a tab");
        if ([...want].length > COLUMNS && /\.(c|h|cc)$/.test(file))
            bad(file, i + 1, `more than ${COLUMNS} columns`);
        for (const [, target] of file.endsWith(".md") ? want.matchAll(/\]\(([^)#:\s]+)[^)]*\)/g) : [])
            if (!existsSync(join(dirname(file), target)))
                bad(file, i + 1, `a link to ${target}, which is not there`);
        return want;
    });
    while (out.length > 1 && out.at(-1) === "")
        out.pop();
    return out;
}

// Two pieces of code are alike when they differ only in spaces that a person may choose.
function squeeze(code) {
    return code.replace(/\s+/g, " ").replace(/ ?([\][{}(),;\\]) ?/g, "$1").trim();
}

function clangFormat(file, lines, style = "file", only = []) {
    const run = spawnSync("clang-format", ["--assume-filename=" + file, "--style=" + style, ...only],
                          { input: lines.join("\n") + "\n", encoding: "utf8", maxBuffer: 1 << 26 });
    if (run.status !== 0)
        throw new Error(`clang-format ${file}: ${run.stderr}`);
    return run.stdout.replace(/\n$/, "").split("\n");
}

// What holds for C. Returns the lines as they should be.
function laidOut(file, lines) {
    if (mode === "fix") {
        const long = lines.flatMap((line, i) => ([...line].length > COLUMNS ? [`--lines=${i + 1}:${i + 1}`] : []));
        const style = readFileSync(".clang-format", "utf8").replace(/^#.*/gm, "").replace(/ColumnLimit:.*/, `ColumnLimit: ${COLUMNS}`);
        if (long.length)
            lines = clangFormat(file, lines, `{${style.trim().split("\n").join(", ")}}`, long);
    }
    const want = clangFormat(file, lines);
    const out = [];
    for (const hunk of compare(lines.map(squeeze), want.map(squeeze))) {
        const here = lines.slice(hunk.here, hunk.hereEnd), there = want.slice(hunk.there, hunk.thereEnd);
        if (hunk.same) {
            here.forEach((line, i) => {
                const indent = there[i].match(/^ */)[0];
                if (line.match(/^ */)[0] !== indent)
                    bad(file, hunk.here + i + 1, `indented by ${indent.length} spaces, clang-format thinks`);
                out.push(indent + line.trimStart());
            });
        } else if (squeeze(here.join("\n")) === squeeze(there.join("\n")) && here.some((line) => line)) {
            out.push(...here); // broken into lines by hand
        } else {
            bad(file, hunk.here + 1, here.length ? "clang-format writes:" : "clang-format adds:");
            if (mode === "check")
                console.log([...here.map((l) => "    - " + l), ...there.map((l) => "    + " + l)].join("\n"));
            out.push(...there);
        }
    }
    return out;
}

// The longest common subsequence of two lists of lines, as alternating runs of same and different lines.
function compare(here, there) {
    const width = there.length + 1;
    const common = new Uint16Array((here.length + 1) * width);
    for (let i = here.length - 1; i >= 0; i--)
        for (let j = there.length - 1; j >= 0; j--)
            common[i * width + j] = here[i] === there[j] ? common[(i + 1) * width + j + 1] + 1
                : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    const hunks = [];
    for (let i = 0, j = 0; i < here.length || j < there.length;) {
        const same = i < here.length && j < there.length && here[i] === there[j];
        if (!hunks.length || hunks.at(-1).same !== same)
            hunks.push({ same, here: i, there: j });
        if (same) {
            i++, j++;
        } else if (j >= there.length || (i < here.length && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
            i++;
        } else {
            j++;
        }
        Object.assign(hunks.at(-1), { hereEnd: i, thereEnd: j });
    }
    return hunks;
}

function solidity() {
    if (!files.some((f) => f.endsWith(".sol")))
        return;
    const run = spawnSync("node_modules/.bin/forge", ["fmt", "--root", "contracts", ...(mode === "check" ? ["--check"] : [])],
                          { encoding: "utf8" });
    if (run.status !== 0) {
        console.log(run.stdout + run.stderr);
        violations++;
    }
}
