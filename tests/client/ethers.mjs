// ethers - ethers 6, unmodified, on L1 and on a rollup of `scope up`: signer, contract factory, filters, subscriptions,
// typed data, EIP-7702; and Uniswap V2's own contracts, out of their packages, deployed, funded and swapped with.
//
//   node tests/client/ethers.mjs build/release/bin/scope

import { readFileSync } from "node:fs";
import { ethers } from "../../build/clients/node_modules/ethers/lib.esm/index.js";
import { spawnUp } from "./up_process.mjs";

const [program] = process.argv.slice(2);
const output = JSON.parse(readFileSync("build/contracts/solc-output.json", "utf8")).contracts;
const { abi, evm } = output["examples/Token.sol"].Token;
const uniswap = (part, name) =>
    JSON.parse(readFileSync(`node_modules/@uniswap/v2-${part}/build/${name}.json`, "utf8"));
const bigint = (key, value) => typeof value === "bigint" ? `${value}` : value;
let passed = 0, failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail, bigint)}`);
}

const within = (ms, promise) => Promise.race([promise, new Promise((done) => setTimeout(done, ms).unref())]);

const up = await spawnUp(program);
try {
    for (const chain of up.chains.slice(0, 2)) {
        // Without the cache of 250 ms, in which a nonce would be used twice on a chain that mines at once.
        const provider = new ethers.JsonRpcProvider(chain.url, undefined, { cacheTimeout: -1, polling: true,
            pollingInterval: 50 });
        const wallets = up.accounts.map((a) => new ethers.Wallet(a.privateKey, provider));
        const on = `${chain.kind} ${chain.chainId}`;
        const token = await contracts(on, provider, wallets);
        await filters(on, provider, token, wallets);
        await subscriptions(on, chain, token, wallets);
        await signing(on, chain, provider, wallets, token);
        await exchange(on, token, wallets[0]);
        provider.destroy();
    }
} finally {
    check("SIGTERM", await up.stop() === 0, up.said());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

async function contracts(on, provider, [alice, bob]) {
    const paid = await (await alice.sendTransaction({ to: bob.address, value: 5n })).wait();
    check(`${on}: sendTransaction`, paid.status === 1 && paid.gasUsed === 21000n, paid);
    const token = await new ethers.ContractFactory(abi, evm.bytecode.object, alice).deploy("Gold", "AU");
    await token.waitForDeployment();
    check(`${on}: contract factory`, await provider.getCode(token) !== "0x" && await token.name() === "Gold");
    await (await token.mint(alice, 1000n)).wait();
    check(`${on}: a write and a read`, await token.balanceOf(alice) === 1000n);
    check(`${on}: estimateGas`, await token.transfer.estimateGas(bob, 1n) > 21000n);
    check(`${on}: staticCall`, await token.transfer.staticCall(bob, 1n) === true);
    const why = await token.connect(bob).transfer.staticCall(alice, 1n).catch((e) => e);
    check(`${on}: a revert is decoded`, why.code === "CALL_EXCEPTION"
        && why.revert?.name === "ERC20InsufficientBalance", `${why}`);
    const sent = await token.connect(bob).transfer(alice, 1n).catch((e) => e);
    check(`${on}: a revert has its data`, sent.code === "CALL_EXCEPTION" && sent.data === why.data, `${sent}`);
    const { chainId } = await provider.getNetwork(), fees = await provider.getFeeData();
    check(`${on}: network and fees`, on.endsWith(` ${chainId}`) && fees.maxFeePerGas > fees.maxPriorityFeePerGas, fees);
    const low = await alice.sendTransaction({ to: bob.address, nonce: 0 }).catch((e) => e);
    check(`${on}: a nonce that is used`, low.code === "NONCE_EXPIRED", `${low.code} ${low}`);
    return token;
}

// Polled: eth_newFilter or eth_getLogs.
async function filters(on, provider, token, [alice, bob]) {
    const told = new Promise((done) => token.on(token.filters.Transfer(alice), ({ args }) => done(args)));
    const block = new Promise((done) => provider.on("block", done));
    let event, receipt;
    for (let i = 0; i < 30 && !event; i++) { // the filter may begin after the first
        receipt = await (await token.transfer(bob, 7n)).wait();
        event = await within(1000, told);
    }
    check(`${on}: contract.on`, event?.value === 7n && event.to === bob.address, event);
    check(`${on}: provider.on("block")`, await within(30000, block) > 0);
    const found = await token.queryFilter(token.filters.Transfer(null, bob), 0);
    check(`${on}: queryFilter`, found.at(-1).transactionHash === receipt.hash && found[0].args.value === 7n, found);
    await token.removeAllListeners();
    await provider.removeAllListeners();
}

async function subscriptions(on, chain, token, [alice, bob]) {
    const socket = new ethers.WebSocketProvider(chain.url.replace("http", "ws"));
    const blocks = [], logs = [];
    await socket.on("block", (number) => blocks.push(number));
    await token.connect(socket).on("Transfer", (from, to, value) => logs.push(value));
    await socket.getBlockNumber();
    let receipt;
    for (let i = 0; i < 30 && !(logs.length && blocks.length); i++) {
        receipt = await (await token.transfer(bob, 9n)).wait();
        await socket.getBlockNumber(); // what was notified before this answer is here
    }
    check(`${on}: "block" over WebSocket`, blocks.length > 0 && blocks.at(-1) <= receipt.blockNumber, blocks);
    check(`${on}: events over WebSocket`, logs[0] === 9n, logs);
    await socket.destroy();
}

async function signing(on, chain, provider, [alice, bob, carol], token) {
    const domain = { name: "scope", chainId: chain.chainId }, types = { Order: [{ name: "items", type: "uint256" }] };
    const signer = await provider.getSigner(alice.address); // the node's keys
    const message = await signer.signMessage("over the wire");
    check(`${on}: signMessage`, ethers.verifyMessage("over the wire", message) === alice.address);
    const typed = await signer.signTypedData(domain, types, { items: 3n });
    check(`${on}: signTypedData`, typed === await alice.signTypedData(domain, types, { items: 3n }));
    check(`${on}: listAccounts`, (await provider.listAccounts())[0].address === alice.address);
    const authorization = await carol.authorize({ address: await token.getAddress() });
    const given = await (await bob.sendTransaction({ type: 4, to: carol.address, authorizationList: [authorization],
        data: token.interface.encodeFunctionData("decimals") })).wait();
    check(`${on}: authorize`, given.status === 1
        && (await provider.getCode(carol.address)).startsWith("0xef0100"), given);
}

// Uniswap V2: factory, WETH and router as their packages have them.
async function exchange(on, token, alice) {
    const deploy = async ({ abi, bytecode }, ...args) =>
        (await new ethers.ContractFactory(abi, bytecode, alice).deploy(...args)).waitForDeployment();
    const weth = await deploy(uniswap("periphery", "WETH9"));
    const factory = await deploy(uniswap("core", "UniswapV2Factory"), alice.address);
    const router = await deploy(uniswap("periphery", "UniswapV2Router02"), await factory.getAddress(),
        await weth.getAddress());
    const done = async (sent) => (await sent).wait();
    const deadline = 2n ** 40n, value = ethers.parseEther("1"), path = [await weth.getAddress(),
        await token.getAddress()];
    await done(token.mint(alice, 10n ** 21n));
    await done(token.approve(router, 10n ** 21n));
    await done(router.addLiquidityETH(token, 10n ** 20n, 0, 0, alice, deadline, { value: value * 10n }));
    const pair = await factory.getPair(...path);
    check(`${on}: Uniswap's pair`, BigInt(pair) > 0n && await token.balanceOf(pair) === 10n ** 20n, pair);
    const [, quoted] = await router.getAmountsOut(value, path);
    // x y = k, less 0.3 %
    check(`${on}: its price`, quoted === value * 997n * 10n ** 20n / (value * 10n * 1000n + value * 997n), `${quoted}`);
    const before = await token.balanceOf(alice);
    const swapped = await done(router.swapExactETHForTokens(quoted, path, alice, deadline, { value }));
    check(`${on}: swapped`, swapped.status === 1 && await token.balanceOf(alice) === before + quoted, swapped);
}
