// stacks_own - a stack's own compiled contracts, out of the folder SCOPE_STACK_ARTIFACTS, in place of ours.
//
//   SCOPE_STACK_ARTIFACTS/taiko/Bridge.json     Taiko's Bridge: an artifact of Foundry or Hardhat
//
// Taiko's Bridge finds the other bridge by a resolver, and is initialized behind a proxy; so the scenario's bridges
// are deployed in that way, and steps that name the other bridge of ours go. The others stay.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { keccak256, toHex } from "viem";

const SETUP = "../../build/stacks/solc-output.json";

const deploy = (name, chain, artifact, contract, args, value) => `  - deploy: ${name}
    chain: ${chain}
    from: admin
    artifact: ${artifact}
    contract: ${contract}
    args: [${args}]
${value ? `    value: ${value}\n` : ""}`;
const send = (label, to, name, args) => `  - send: ${label}
    from: admin
    to: ${to}
    function: ${name}
    args: [${args}]
`;

// The text with `pattern` replaced, which must be there once.
function replaced(text, pattern, by) {
    const count = text.match(new RegExp(pattern, "g"))?.length ?? 0;
    if (count !== 1)
        throw new Error(`taiko.yaml has ${pattern} ${count} times`);
    return text.replace(pattern, () => by);
}

// The scenario examples/stacks/taiko.yaml with Taiko's Bridge of the artifact.
export function withOwnBridge(text, artifact) {
    const bridge = (name, chain, signals, value) =>
        deploy(`${name}Resolver`, chain, SETUP, "stacks/dapps/TaikoSetup.sol:TaikoResolver", "")
        + deploy(`${name}Code`, chain, artifact, "Bridge", `${name}Resolver, ${signals}`)
        + deploy(`${name}Proxy`, chain, SETUP, "stacks/dapps/TaikoSetup.sol:TaikoProxy", `${name}Code`, value)
        + `  - attach: ${name}\n    chain: ${chain}\n    address: ${name}Proxy\n`
        + `    artifact: ${artifact}\n    contract: Bridge\n`;
    const connect = (name, chain, other) =>
        send(`name the other bridge of ${name}`, `${name}Resolver`, "registerAddress",
            `$${chain}.id, "${toHex("bridge", { size: 32 })}", ${other}`)
        + send(`initialize ${name}`, name, "init", "admin");
    const step = (first) => new RegExp(`  - ${first}\\n(?:    .*\\n)+`);
    text = replaced(text, step("deploy: bridge"), bridge("bridge", "l1", "signals"));
    text = replaced(text, step("deploy: bridgeOnTaiko"),
        bridge("bridgeOnTaiko", "taiko", "signalsOnTaiko", "20 ether"));
    text = replaced(text, step("send: connect the bridge"), connect("bridge", "taiko", "bridgeOnTaiko"));
    text = replaced(text, step("send: connect the rollup's bridge"), connect("bridgeOnTaiko", "l1", "bridge"));
    text = replaced(text, /      - send: another bridge\n(?:        .*\n)+/, "");
    return replaced(text, / +- \{ outcome: another bridge, .*\n/, "");
}

// Taiko's Bridge of a folder -> the artifact's path and the hash of its creation code; null without one.
export function ownBridge(folder) {
    if (!folder)
        return null;
    const file = resolve(folder, "taiko/Bridge.json");
    const { bytecode } = JSON.parse(readFileSync(file, "utf8"));
    const code = bytecode.object ?? bytecode;
    if (!/^0x[0-9a-f]+$/i.test(code))
        throw new Error(`${file}: creation code is missing or not linked`);
    return { file, hash: keccak256(code) };
}
