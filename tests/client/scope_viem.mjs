// scope_viem - clients/viem as a user installs it: packed by npm, unpacked beside viem in an empty folder, and used
// against a running node by a program of that folder.
//
//   node tests/client/scope_viem.mjs build/release/bin/scope

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createWalletClient, encodeFunctionData, http, parseEther, toFunctionSelector } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { bridgeAbi, openWorld, rpc } from "./up_world.mjs";

const failure = (promise) =>
    promise.then(
        () => null,
        (error) => error,
    );
let passed = 0,
    failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(
            `FAIL ${what}: ${detail?.stack ?? JSON.stringify(detail, (k, v) => (typeof v === "bigint" ? `${v}` : v))}`.slice(
                0,
                2000,
            ),
        );
}

// What `npm install scope-viem-0.1.0.tgz viem` leaves, without the registry.
function install() {
    const folder = mkdtempSync(join(tmpdir(), "scope-viem-")),
        target = join(folder, "node_modules/scope-viem");
    const packed = JSON.parse(
        execFileSync("npm", ["pack", "--json", "--pack-destination", folder, "./clients/viem"], { encoding: "utf8" }),
    )[0];
    mkdirSync(target, { recursive: true });
    execFileSync("tar", ["xzf", join(folder, packed.filename), "--strip-components=1", "-C", target]);
    symlinkSync(join(process.cwd(), "node_modules/viem"), join(folder, "node_modules/viem"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "program.mjs"), 'export * from "scope-viem";');
    return { folder, files: packed.files.map((f) => f.path).sort() };
}

const { folder, files } = install();
const world = await openWorld(process.argv[2]);
const { up, l1, west, east, shop, buyer, undoing, bob } = world;
try {
    check("what is packed", files.join() === "README.md,index.d.ts,index.js,package.json", files);
    const { getScope, scopeActions } = await import(pathToFileURL(join(folder, "program.mjs")));
    const carol = privateKeyToAccount(up.accounts[2].privateKey);
    const clientOf = (chain, account) =>
        createWalletClient({ account, transport: http(chain.url), pollingInterval: 50 }).extend(scopeActions());
    await world.order(5n);
    await transactions(clientOf(west, bob), getScope);
    await operations(clientOf(l1, carol), carol);
    await chains(clientOf(west, bob));
} finally {
    rmSync(folder, { recursive: true });
    check("SIGTERM", (await up.stop()) === 0, up.said());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

async function transactions(client, getScope) {
    const data = toFunctionSelector("buy()");
    const estimate = await client.estimateScope({ to: buyer, data, value: parseEther("1") });
    check(
        "estimateScope",
        estimate.success &&
            estimate.gas > 50000n &&
            estimate.scopedCalls === 1 &&
            estimate.gasByChain.length === 2 &&
            estimate.trace.value === parseEther("1"),
        estimate,
    );
    const poor = await client.estimateScope({ to: undoing, data, value: 1n });
    check(
        "estimateScope of what is rejected",
        !poor.success && poor.error.reason === "REJECT_REVERT_AROUND_CALL",
        poor,
    );
    const hash = await world.buy(parseEther("1"));
    const settled = await client.waitForSettlement({ hash });
    const receipt = await l1.reader.getTransactionReceipt({ hash: settled.bundle.hash });
    check(
        "waitForSettlement",
        settled.status === "settled" && settled.bundle.blockNumber === receipt.blockNumber,
        settled,
    );
    check(
        "getScope",
        JSON.stringify(await getScope(client, { hash }), (k, v) => (typeof v === "bigint" ? `${v}` : v)) ===
            JSON.stringify(settled, (k, v) => (typeof v === "bigint" ? `${v}` : v)),
    );
    const traced = await client.traceScope({ hash });
    check(
        "traceScope",
        traced.trace.gasUsed > 0n &&
            traced.mailboxes[0].equal &&
            traced.mailboxes[0].here.valueOut === parseEther("1") &&
            traced.calls[0].value === parseEther("1"),
        traced,
    );
    const refused = (
        await rpc(west.url, "eth_sendTransaction", {
            from: up.accounts[0].address,
            to: undoing,
            value: "0x1",
            data,
            gas: "0x100000",
        })
    ).error.data.hash;
    const error = await failure(client.waitForSettlement({ hash: refused }));
    check(
        "a rejected one throws",
        error?.name === "ScopeRejectedError" && error.reason === "REJECT_REVERT_AROUND_CALL",
        error,
    );
    const unknown = await failure(client.getScope({ hash: `0x${"11".repeat(32)}` }));
    check("an unknown one throws", unknown?.name === "ScopeNotFoundError", unknown);
}

async function operations(client, account) {
    const request = { to: shop, value: parseEther("1"), gasLimit: 200000n, data: toFunctionSelector("buy()") };
    const call = {
        to: l1.bridge,
        value: parseEther("1"),
        data: encodeFunctionData({
            abi: bridgeAbi,
            functionName: "scopedCall",
            args: [BigInt(east.chainId), account.address, request],
        }),
    };
    const stock = async () =>
        BigInt((await rpc(east.url, "eth_call", { to: shop, data: toFunctionSelector("stock()") }, "latest")).result);
    const before = await stock();
    const signed = await client.signOperation({ calls: [call], gasLimit: 2000000n });
    check(
        "signOperation",
        signed.signature.length === 132 &&
            signed.authorization?.address.toLowerCase() ===
                (await rpc(l1.url, "scope_chains")).result[0].contracts.ScopedAccount.toLowerCase(),
        signed,
    );
    const first = await client.sendOperation(signed);
    check("one that is signed", (await client.waitForSettlement({ hash: first })).kind === "operation");
    const second = await client.sendOperation({ calls: [call], gasLimit: 2000000n });
    check("and one that is not", (await client.waitForSettlement({ hash: second })).calls.length === 1);
    check("both bought", (await stock()) === before - 2n);
    const keyless = await failure(client.signOperation({ account: bob.address, calls: [call], gasLimit: 1n }));
    check("an account without a key here", /signs here/.test(keyless?.message), keyless);
}

async function chains(client) {
    const list = await client.getScopeChains({ url: west.url });
    check("getScopeChains", list.map((c) => c.id).join() === [l1, west, east].map((c) => c.chainId).join(), list);
    const reached = createWalletClient({ chain: list[2], transport: http() });
    check("by the path of one port", (await reached.getChainId()) === east.chainId);
    check(
        "its contracts",
        list[0].contracts.SharedBridge.address === l1.bridge && list[1].custom.kind === "rollup",
        list,
    );
}
