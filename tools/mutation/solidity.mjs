// solidity - the mutants of contracts/src, found in the compiler's syntax tree.
//
// All of them are compiled at once: each place becomes a switch on PREVRANDAO, a word that no contract of ours reads
// and that forge sets from its command line. So a mutant costs one run of the tests, and no compilation:
//
//      if (a <= b) revert X();      if (((prevrandao == 8 ? a < b : (a <= b))) != (prevrandao == 7)) {
//                                       if (prevrandao != 9) revert X();
//                                   }
//
// The switches cost gas, so tests that measure gas to the unit may fail with no mutant chosen; and what survives is
// compiled alone, as it stands (`alone` of a mutant is its own edit), and meets all tests again.

import { createRequire } from "node:module";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const COMPARISONS = ["<", ">", "<=", ">=", "==", "!="];
const AT_EQUALITY = { "<": "<=", ">": ">=", "<=": "<", ">=": ">" };
const ARITHMETIC = { "+": "-", "-": "+", "*": "/", "/": "*", "<<": ">>", ">>": "<<", "&": "|", "|": "&" };
const YUL_COMPARISONS = ["lt", "gt", "slt", "sgt", "eq", "iszero"];

// All sources that contracts/src needs: name -> text
export function sourcesOf(root) {
    const sources = {};
    const add = (name) => {
        if (sources[name])
            return;
        const path = [join(root, "contracts", name), join(root, "node_modules", name)].find(existsSync);
        sources[name] = { content: readFileSync(path, "utf8") };
        for (const [, imported] of
            sources[name].content.matchAll(/^\s*(?:import|\}\s*from)\b[^"';]*["']([^"']+)["']/gm))
            add(imported.startsWith(".") ? join(dirname(name), imported) : imported);
    };
    for (const file of readdirSync(join(root, "contracts/src"), { recursive: true }).sort())
        if (file.endsWith(".sol"))
            add(join("src", file));
    return sources;
}

export function compile(sources, settings) {
    const result = JSON.parse(require("solc").compile(JSON.stringify({ language: "Solidity", sources, settings })));
    const errors = (result.errors ?? []).filter((e) => e.severity === "error");
    return { result, errors: errors.map((e) => e.formattedMessage) };
}

// A source with the one edit of a mutant.
export function aloneText(text, mutant) {
    const bytes = Buffer.from(text);
    const [{ at, end, text: piece }] = mutant.alone;
    return bytes.subarray(0, at).toString() + piece + bytes.subarray(end).toString();
}

// The files of contracts/src whose code can depend on a file.
export function whoImports(sources, file) {
    const found = new Set([file]);
    for (let before = 0; before !== found.size;) {
        before = found.size;
        for (const [name, { content }] of Object.entries(sources))
            for (const [, path] of content.matchAll(/^\s*(?:import|\}\s*from)\b[^"';]*["']([^"']+)["']/gm))
                if (path.startsWith(".") && found.has(join(dirname(name), path)))
                    found.add(name);
    }
    return [...found].filter((name) => name.startsWith("src/") && !name.startsWith("src/interfaces/"));
}

// A switch reads, so nothing is pure any more.
// Free functions that define operators stay so by rule.
export const impure = (text) => text.replace(/^(?!\s*\/\/|function ).*\bpure\b/gm,
    (line) => line.replace(/\bpure\b/, "view"));

// -> { mutants: [{ id, name, file, alone: [{ at, end, text }], switched }], switched: { file: text } }
// `wanted` says which files; `word`, in assembly `yul`, is the number of the mutant that is on.
export function solidityMutants(sources, { wanted = (f) => f.startsWith("src/"), word = "block.prevrandao",
    yul = "prevrandao()" } = {}) {
    const { result, errors } = compile(sources, { outputSelection: { "*": { "": ["ast"] } } });
    if (errors.length)
        throw new Error(errors.join("\n"));
    const mutants = [], switched = {}, names = {};
    for (const file of Object.keys(sources).filter(wanted)) {
        const found = new Finder(file, sources[file].content);
        found.visit(result.sources[file].ast, {});
        for (const m of found.mutants) {
            const same = names[m.name] = (names[m.name] ?? 0) + 1; // the second of the same text says so
            if (same > 1)
                m.name += ` (${same})`;
            m.id = mutants.push(m);
            m.insert?.(`${word} == ${m.id}`, `eq(${yul}, ${m.id})`);
        }
        switched[file] = impure(found.instrumented());
    }
    return { mutants, switched };
}

class Finder {
    constructor(file, text) {
        this.file = file;
        this.text = Buffer.from(text);
        this.mutants = [];
        this.insertions = [];
    }

    at(node) {
        const [start, length] = node.src.split(":").map(Number);
        return [start, start + length];
    }

    source(node) {
        return this.text.subarray(...this.at(node)).toString();
    }

    // Text before and after a node; what is inserted around an outer node stays outside.
    wrap([start, end], before, after) {
        this.insertions.push({ at: start, end, text: before, open: true, order: this.insertions.length });
        this.insertions.push({ at: end, start, text: after, open: false, order: this.insertions.length });
    }

    instrumented() {
        const list = this.insertions.sort((x, y) => x.at - y.at || (x.open ? 1 : 0) - (y.open ? 1 : 0)
            || (x.open ? y.end - x.end || x.order - y.order : y.start - x.start || y.order - x.order));
        let text = "", last = 0;
        for (const { at, text: piece } of list) {
            text += this.text.subarray(last, at).toString() + piece;
            last = at;
        }
        return text + this.text.subarray(last).toString();
    }

    mutant(node, where, kind, alone, insert) {
        const short = this.source(node).replace(/\s+/g, " ");
        this.mutants.push({ name: `${where.contract}.${where.function ?? ""}: ${short}: ${kind}`, file: this.file, alone,
            insert: where.isFree ? null : insert });
    }

    edit(node, text) {
        const [at, end] = this.at(node);
        return [{ at, end, text }];
    }

    // An expression: another one in its place, of the same type.
    instead(node, where, kind, other) {
        this.mutant(node, where, kind, this.edit(node, other),
            (on) => this.wrap(this.at(node), `(${on} ? ${other} : (`, "))"));
    }

    arithmetic(node, where) {
        const [left, right] = [node.leftExpression, node.rightExpression];
        if (node.isPure || !where.function)
            return; // a constant: by its numbers
        if (ARITHMETIC[node.operator] && isInteger(node)) {
            const other = `${this.source(left)} ${ARITHMETIC[node.operator]} ${this.source(right)}`;
            this.instead(node, where, `${ARITHMETIC[node.operator]} for ${node.operator}`, `(${other})`);
        }
        for (const [operand, beside] of [[left, right], [right, left]])
            if (isNumber(operand) && isInteger(beside))
                this.instead(operand, where, `plus one, in ${this.source(node).replace(/\s+/g, " ")}`, plusOne(operand));
    }

    // What a constant is: one more. No switch can be in it, so it is compiled alone.
    constant(node, where) {
        const number = numberIn(node.value);
        if (number)
            this.mutant(number, { ...where, function: node.name }, "plus one",
                this.edit(number, `(${this.source(number)} + 1)`), null);
    }

    returned(node, where) {
        const type = node.expression?.typeDescriptions.typeString ?? "";
        if (/^(u?int\d*|bytes32|address)$/.test(type))
            this.instead(node.expression, where, "returns 0", `${type}(0)`);
    }

    // A condition: the other outcome.
    negate(node, where) {
        const text = this.source(node);
        this.mutant(node, where, "negated", this.edit(node, `!(${text})`),
            (on) => this.wrap(this.at(node), "((", `) != (${on}))`));
    }

    comparison(node, where) {
        this.negate(node, where);
        if (!AT_EQUALITY[node.operator] || !isBuiltIn(node.leftExpression))
            return; // a type of ours defines one of the two only
        const other = [node.leftExpression, node.rightExpression].map((n) =>
            this.source(n)).join(` ${AT_EQUALITY[node.operator]} `);
        this.mutant(node, where, "at equality", this.edit(node, other),
            (on) => this.wrap(this.at(node), `(${on} ? ${other} : (`, "))"));
    }

    // An operand of && or ||: as if it were not there.
    drop(node, operator, where) {
        const text = this.source(node);
        this.mutant(node, where, `left out of ${operator}`, this.edit(node, operator === "&&" ? "true" : "false"),
            (on) => this.wrap(this.at(node), "((", operator === "&&" ? `) || ${on})` : `) && !(${on}))`));
        if (!COMPARISONS.includes(node.operator) && !["&&", "||"].includes(node.operator))
            this.visitedConditions.add(node.id);
        return text;
    }

    remove(node, where) {
        const [start, end] = this.at(node);
        const semicolon = this.text.indexOf(";", end - 1) + 1;
        this.mutant(node, where, "left out", [{ at: start, end: semicolon, text: "{}" }],
            (on) => this.wrap([start, semicolon], `{ if (!(${on})) `, " }"));
    }

    visitedConditions = new Set();

    condition(node, where) {
        if (!COMPARISONS.includes(node.operator) && !["&&", "||"].includes(node.operator)
            && !this.visitedConditions.has(node.id))
            this.negate(node, where);
    }

    visit(node, where) {
        if (Array.isArray(node))
            return node.forEach((n) => this.visit(n, where));
        if (!node || typeof node !== "object")
            return;
        switch (node.nodeType) {
        case "ContractDefinition":
            where = { contract: node.name };
            break;
        case "FunctionDefinition":
            where = { ...where, function: node.name || node.kind, isFree: node.kind === "freeFunction" };
            break;
        case "ModifierInvocation":
            if (node.kind === "modifierInvocation") // not a base contract's constructor
                this.mutant(node, where, "left out", this.edit(node, ""), null);
            return;
        case "RevertStatement":
            this.remove(node, where);
            return;
        case "VariableDeclaration":
            if (node.constant)
                this.constant(node, where);
            break;
        case "Return":
            this.returned(node, where);
            break;
        case "ExpressionStatement":
            if (node.expression.nodeType === "FunctionCall" && node.expression.kind === "functionCall")
                this.remove(node, where);
            break;
        case "IfStatement": case "Conditional": case "WhileStatement":
            this.condition(node.condition, where);
            break;
        case "BinaryOperation":
            this.arithmetic(node, where);
            if (COMPARISONS.includes(node.operator))
                this.comparison(node, where);
            else if (["&&", "||"].includes(node.operator))
                [node.leftExpression, node.rightExpression].forEach((n) => this.drop(n, node.operator, where));
            break;
        case "InlineAssembly":
            this.visitYul(node.AST, where);
            return;
        }
        Object.values(node).forEach((child) => typeof child === "object" && this.visit(child, where));
    }

    visitYul(node, where) {
        if (Array.isArray(node))
            return node.forEach((n) => this.visitYul(n, where));
        if (!node || typeof node !== "object")
            return;
        const yulNegate = (n) => this.mutant(n, where, "negated", this.edit(n, `iszero(${this.source(n)})`),
            (_, on) => this.wrap(this.at(n), "xor(iszero(iszero(", `)), ${on})`));
        if (node.nodeType === "YulFunctionCall" && YUL_COMPARISONS.includes(node.functionName.name))
            yulNegate(node);
        if (node.nodeType === "YulIf" && !YUL_COMPARISONS.includes(node.condition.functionName?.name))
            yulNegate(node.condition);
        if (node.nodeType === "YulLiteral" && node.kind === "number")
            this.mutant(node, where, `plus one, at ${this.line(node)}`, this.edit(node, `add(${this.source(node)}, 1)`),
                (_, on) => this.wrap(this.at(node), "add(", `, ${on})`));
        // the values of a switch's cases are literals by rule
        const children = node.nodeType === "YulCase" ? [node.body] : Object.values(node);
        children.forEach((child) => typeof child === "object" && this.visitYul(child, where));
    }

    // The line's text, so that the name of a mutant outlives changes above it.
    line(node) {
        const [at] = this.at(node), text = this.text.toString("latin1");
        return text.slice(text.lastIndexOf("\n", at) + 1, text.indexOf("\n", at)).trim();
    }
}

const isNumber = (node) => node.nodeType === "Literal" && node.kind === "number" && !node.subdenomination
    && !/^address/.test(node.typeDescriptions.typeString);
const isInteger = (node) => /^u?int\d*$/.test(node.typeDescriptions.typeString);
const isBuiltIn = (node) => /^(u?int|bytes|address|literal)/.test(node.typeDescriptions.typeString);
const plusOne = (node) => `${BigInt(node.value.replaceAll("_", "")) + 1n}`;

// The first number in an expression: `2 * BLOCK_GAS`, `7 days`.
function numberIn(node) {
    if (!node || typeof node !== "object")
        return null;
    if (node.nodeType === "Literal")
        return node.kind === "number" ? node : null;
    for (const child of Object.values(node)) {
        const found = typeof child === "object" ? numberIn(child) : null;
        if (found)
            return found;
    }
    return null;
}
