// settings - the compiler's settings, out of contracts/foundry.toml: what forge tests is what the program embeds.

import { readFileSync } from "node:fs";
import { join } from "node:path";

export function settings(root) {
    const file = join(root, "contracts/foundry.toml");
    const profile = readFileSync(file, "utf8").split(/^\[/m).find((part) => part.startsWith("profile.default]")) ?? "";
    const value = (name, missing) => {
        const found = profile.match(new RegExp(`^${name}\\s*=\\s*(.+?)\\s*(?:#.*)?$`, "m"));
        if (!found && missing === undefined)
            throw new Error(`${file}: ${name} is missing`);
        return found ? JSON.parse(found[1].replaceAll("'", '"')) : missing;
    };
    return {
        evmVersion: value("evm_version"),
        viaIR: value("via_ir", false),
        optimizer: { enabled: value("optimizer"), runs: value("optimizer_runs") },
        metadata: { bytecodeHash: value("bytecode_hash", "ipfs"), appendCBOR: value("cbor_metadata", true) },
    };
}
