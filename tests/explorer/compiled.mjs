// compiled - the contracts of a file next to this one: { Name: { abi, bytecode } }.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

export function compiled(file) {
    const solc = createRequire(import.meta.url)("solc");
    const content = readFileSync(new URL(file, import.meta.url), "utf8");
    const settings = { optimizer: { enabled: true }, outputSelection: { f: { "*": ["abi", "evm.bytecode.object"] } } };
    const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources: { f: { content } },
        settings })));
    const wrong = (output.errors ?? []).filter((e) => e.severity === "error");
    if (wrong.length)
        throw new Error(wrong.map((e) => e.formattedMessage).join("\n"));
    return Object.fromEntries(Object.entries(output.contracts.f).filter(([, c]) => c.evm.bytecode.object)
        .map(([name, c]) => [name, { abi: c.abi, bytecode: `0x${c.evm.bytecode.object}` }]));
}
