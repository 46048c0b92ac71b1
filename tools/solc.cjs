// solc - see tools/solc. Forge runs it in the folder of foundry.toml; what the input does not contain (libraries
// outside of that folder) is read from there.
const { existsSync, readFileSync } = require("node:fs");
const solc = require("solc");
const args = process.argv.slice(2);

const read = (path) => (existsSync(path) ? { contents: readFileSync(path, "utf8") } : { error: "no such file" });

if (args.includes("--version")) {
    console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else if (args.includes("--standard-json")) {
    const chunks = [];
    process.stdin.on("data", (chunk) => chunks.push(chunk));
    process.stdin.on("end", () => {
        const output = solc.compile(Buffer.concat(chunks).toString("utf8"), { import: read });
        process.stdout.write(output);
    });
} else {
    console.error("solc: only --version and --standard-json");
    process.exit(1);
}
