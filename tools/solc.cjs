// solc - see tools/solc.
const solc = require("solc");
const args = process.argv.slice(2);

if (args.includes("--version")) {
    console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else if (args.includes("--standard-json")) {
    const chunks = [];
    process.stdin.on("data", (chunk) => chunks.push(chunk));
    process.stdin.on("end", () => process.stdout.write(solc.compile(Buffer.concat(chunks).toString("utf8"))));
} else {
    console.error("solc: only --version and --standard-json");
    process.exit(1);
}
