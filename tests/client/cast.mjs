// cast - Foundry's cast, unmodified, on L1 and on a rollup of `scope up`.
//
//   node tests/client/cast.mjs build/release/bin/scope

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { spawnUp } from "./up_process.mjs";

const [program] = process.argv.slice(2);
const run = promisify(execFile);
const token = JSON.parse(readFileSync("build/contracts/solc-output.json", "utf8"))
    .contracts["examples/Token.sol"].Token.evm.bytecode.object;
const friend = "0x000000000000000000000000000000000000f41e";
let passed = 0, failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
}

// What it prints; a failure is its message.
async function cast(url, ...args) {
    try {
        const { stdout } = await run("node_modules/.bin/cast", [args[0], "--rpc-url", url, ...args.slice(1)], {
            timeout: 60000, env: { ...process.env, NO_COLOR: "1", FOUNDRY_DISABLE_NIGHTLY_WARNING: "1" } });
        return stdout.trim();
    } catch (e) {
        return `failed: ${e.stderr}`;
    }
}

const json = (text) => {
    try {
        return JSON.parse(text);
    } catch {
        return { text };
    }
};

const up = await spawnUp(program);
try {
    const [owner, user] = up.accounts;
    for (const chain of up.chains.slice(0, 2))
        await flow(chain, owner, user);
} finally {
    check("SIGTERM", await up.stop() === 0, up.said());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

async function flow({ url, chainId, kind }, owner, user) {
    const on = `${kind} ${chainId}`, key = ["--private-key", owner.privateKey];
    check(`${on}: chain-id`, await cast(url, "chain-id") === `${chainId}`);
    const paid = json(await cast(url, "send", "--json", ...key, friend, "--value", "3gwei"));
    check(`${on}: send`, paid.status === "0x1", paid);
    check(`${on}: balance`, await cast(url, "balance", friend) === "3000000000");
    check(`${on}: nonce`, await cast(url, "nonce", owner.address) === "1");
    const made = json(await cast(url, "send", "--json", ...key, "--create", `0x${token}`,
        "constructor(string,string)", "Token", "TKN"));
    check(`${on}: send --create`, made.status === "0x1" && made.contractAddress, made);
    const at = made.contractAddress;
    check(`${on}: code`, (await cast(url, "code", at)).length > 1000);
    await cast(url, "send", ...key, at, "mint(address,uint256)", owner.address, "1000");
    const balance = await cast(url, "call", at, "balanceOf(address)(uint256)", owner.address);
    check(`${on}: call`, balance === "1000", balance);
    const gas = Number(await cast(url, "estimate", at, "transfer(address,uint256)", friend, "5", "--from",
        owner.address));
    check(`${on}: estimate`, gas > 21000 && gas < 100000, gas);
    const moved = json(await cast(url, "send", "--json", ...key, at, "transfer(address,uint256)", friend, "5",
        "--gas-limit", `${gas}`));
    check(`${on}: an estimate suffices`, moved.status === "0x1" && moved.logs.length === 1, moved);
    const logs = json(await cast(url, "logs", "--json", "--from-block", "0", "--address", at,
        "Transfer(address indexed,address indexed,uint256)"));
    check(`${on}: logs`, logs.at?.(-1).transactionHash === moved.transactionHash, logs);
    const receipt = json(await cast(url, "receipt", "--json", moved.transactionHash));
    check(`${on}: receipt`, receipt.blockHash === moved.blockHash, receipt);
    const tx = json(await cast(url, "tx", "--json", moved.transactionHash));
    check(`${on}: tx`, tx.hash === moved.transactionHash && Number(tx.chainId) === chainId, tx);
    const block = json(await cast(url, "block", "--json", "latest"));
    check(`${on}: block`, block.hash === moved.blockHash, block);
    const access = json(await cast(url, "access-list", "--json", at, "transfer(address,uint256)", friend, "5", "--from",
        owner.address));
    check(`${on}: access-list`, access.accessList?.length === 1 || access.length === 1, access);
    if (kind === "l1") { // cast cannot read a rollup's block, which has transactions of a type that it does not know
        const trace = await cast(url, "run", moved.transactionHash);
        check(`${on}: run`, /Transaction successfully executed/.test(trace) && trace.includes("Transfer"), trace);
    }
    const refused = await cast(url, "send", ...key, at, "transfer(address,uint256)", friend, `${10n ** 30n}`);
    check(`${on}: a revert is told`, /execution reverted/.test(refused), refused);
    await delegation({ url, on, chainId }, user, key, at);
}

// EIP-7702: the user delegates to a contract in a transaction of another account.
async function delegation({ url, on }, user, key, at) {
    const signed = await run("node_modules/.bin/cast", ["wallet", "sign-auth", at, "--rpc-url", url, "--private-key",
        user.privateKey]);
    const sent = json(await cast(url, "send", "--json", ...key, friend, "--auth", signed.stdout.trim()));
    check(`${on}: send --auth`, sent.type === "0x4", sent);
    const code = await cast(url, "code", user.address);
    check(`${on}: delegated`, code.toLowerCase() === `0xef0100${at.slice(2).toLowerCase()}`, code);
}
