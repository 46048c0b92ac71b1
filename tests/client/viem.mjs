// viem - viem's public, wallet and test clients, unmodified, on L1 and on a rollup of `scope up`: contract events,
// watchBlocks over WebSocket, fees and gas filled in by the node, EIP-7702, and the development methods.
//
//   node tests/client/viem.mjs build/release/bin/scope

import { createPublicClient, createTestClient, createWalletClient, encodeFunctionData, http, parseEther,
    parseEventLogs, publicActions, verifyMessage, verifyTypedData, walletActions, webSocket } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { bridgeAbi, contract, deploy, openChain } from "./up_world.mjs";
import { spawnUp } from "./up_process.mjs";

const [program] = process.argv.slice(2);
const Token = contract("examples/Token.sol", "Token");
const bigint = (key, value) => typeof value === "bigint" ? `${value}` : value;
let passed = 0, failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail, bigint)}`);
}

// What a watcher is told; next(): the first that fits, told already or not, within a time.
function listening() {
    const told = [];
    let wake = () => {};
    const tell = (item) => {
        told.push(item);
        wake();
    };
    const next = async (fits, ms) => {
        const until = Date.now() + ms;
        for (;;) {
            const found = told.find(fits);
            if (found || Date.now() > until)
                return found;
            await new Promise((done) => {
                wake = done;
                setTimeout(done, until - Date.now()).unref();
            });
        }
    };
    return { tell, next };
}

const up = await spawnUp(program);
try {
    const [alice, bob, carol] = up.accounts.map((a) => privateKeyToAccount(a.privateKey));
    for (const chain of up.chains.slice(0, 2).map(openChain)) {
        const on = `${chain.kind} ${chain.chainId}`;
        const token = await events(on, chain, alice, bob);
        await filling(on, chain, alice, bob, token);
        await delegation(on, chain, bob, carol, token);
        await signing(on, chain, up.accounts[0].address);
        await batches(on, chain, up.accounts[3].address, token);
        if (chain.kind === "l1")
            await acrossChains(on, chain, openChain(up.chains[1]), up.accounts[3].address, token);
        await testClient(on, chain, alice);
    }
} finally {
    check("SIGTERM", await up.stop() === 0, up.said());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

// A transfer is seen by watchers over WebSocket (eth_subscribe) and HTTP (filters), and found afterwards.
async function events(on, chain, alice, bob) {
    const token = await deploy(chain, alice, Token, ["Gold", "AU"]);
    const named = { address: token, abi: Token.abi };
    const socket = createPublicClient({ chain: chain.reader.chain,
        transport: webSocket(chain.url.replace("http", "ws")) });
    const blocks = listening(), overSocket = listening(), overHttp = listening(), hashes = listening();
    const fault = (e) => check(`${on}: a watcher`, false, `${e}`);
    const stop = [
        socket.watchBlocks({ onBlock: blocks.tell, onError: fault }),
        socket.watchContractEvent({ ...named, eventName: "Transfer", args: { to: bob.address },
            onLogs: (logs) => logs.forEach(overSocket.tell), onError: fault }),
        socket.watchPendingTransactions({ onTransactions: (list) => list.forEach(hashes.tell), onError: fault }),
        chain.reader.watchContractEvent({ ...named, eventName: "Transfer", args: { to: bob.address },
            onLogs: (logs) => logs.forEach(overHttp.tell), onError: fault }),
    ];
    const filter = await chain.reader.createContractEventFilter({ ...named, eventName: "Transfer" });
    const { request } = await chain.reader.simulateContract({ ...named, functionName: "mint", account: alice,
        args: [bob.address, 77n] });
    // A watcher does not say when its subscription has begun: so mint until each was told of a mint, 30 at most.
    let last, mints = 0, told = [];
    const isLast = (log) => log.transactionHash === last.transactionHash;
    while (mints < 30 && (told.length === 0 || told.includes(undefined))) {
        last = await chain.reader.waitForTransactionReceipt({ hash: await chain.wallet(alice).writeContract(request) });
        mints++;
        told = await Promise.all([blocks.next((b) => b.hash === last.blockHash, 1000), overSocket.next(isLast, 1000),
            overHttp.next(isLast, 1000), hashes.next((h) => h === last.transactionHash, 1000)]);
    }
    check(`${on}: minted`, last.status === "success", last);
    for (const [i, what] of ["watchBlocks over WebSocket", "watchContractEvent over WebSocket",
        "watchContractEvent over HTTP", "watchPendingTransactions over WebSocket"].entries())
        check(`${on}: ${what}`, told[i] !== undefined);
    check(`${on}: decoded`, told[1]?.args.value === 77n && told[2]?.args.to === bob.address, told);
    const changes = await chain.reader.getFilterChanges({ filter });
    check(`${on}: a filter`, changes.length === mints && isLast(changes.at(-1)), changes);
    const found = await chain.reader.getContractEvents({ ...named, eventName: "Transfer", fromBlock: 0n });
    check(`${on}: getContractEvents`, found.length === mints && found[0].args.to === bob.address, found);
    check(`${on}: parseEventLogs`, parseEventLogs({ abi: Token.abi, logs: last.logs })[0].eventName === "Transfer");
    stop.forEach((end) => end());
    (await socket.transport.getRpcClient()).close();
    return token;
}

// eth_fillTransaction is what viem asks for first.
async function filling(on, chain, alice, bob, token) {
    const asked = [];
    const transport = http(chain.url, { retryCount: 0, onFetchRequest: (_, { body }) => {
        asked.push(JSON.parse(body).method);
    } });
    const wallet = createWalletClient({ chain: chain.reader.chain, transport, account: bob });
    const hash = await wallet.writeContract({ address: token, abi: Token.abi, functionName: "transfer",
        args: [alice.address, 5n] });
    const receipt = await chain.reader.waitForTransactionReceipt({ hash });
    check(`${on}: a write that the node filled`, receipt.status === "success"
        && asked.includes("eth_fillTransaction") && !asked.includes("eth_estimateGas"), asked);
    const tx = await chain.reader.getTransaction({ hash });
    check(`${on}: its fees`, tx.maxFeePerGas > tx.maxPriorityFeePerGas && tx.gas >= receipt.gasUsed, tx);
    const why = await chain.reader.simulateContract({ address: token, abi: Token.abi, functionName: "transfer",
        args: [alice.address, parseEther("1")], account: bob }).catch((e) => e);
    check(`${on}: a custom error is decoded`, why.walk?.((e) => e.data)?.data?.errorName === "ERC20InsufficientBalance",
        `${why}`);
}

// EIP-7702: carol's account takes the token's code in a transaction that bob pays, and gives it back in one of her own.
async function delegation(on, chain, bob, carol, token) {
    const send = async (account, more) => chain.reader.waitForTransactionReceipt(
        { hash: await chain.wallet(account).sendTransaction({ to: carol.address, ...more }) });
    const authorization = await chain.wallet(bob).signAuthorization({ account: carol, contractAddress: token });
    const decimals = encodeFunctionData({ abi: Token.abi, functionName: "decimals" });
    const given = await send(bob, { authorizationList: [authorization], data: decimals });
    check(`${on}: signAuthorization`, given.status === "success" && given.type === "eip7702", given);
    const code = await chain.reader.getCode({ address: carol.address });
    check(`${on}: delegated`, code === `0xef0100${token.slice(2).toLowerCase()}`, code);
    const name = await chain.reader.readContract({ address: carol.address, abi: Token.abi, functionName: "decimals" });
    check(`${on}: its code runs`, name === 18, `${name}`);
    const wallet = chain.wallet(carol);
    const back = await wallet.signAuthorization({ contractAddress: `0x${"0".repeat(40)}`, executor: "self" });
    const ended = await send(carol, { authorizationList: [back], to: bob.address });
    check(`${on}: taken back`, ended.status === "success"
        && await chain.reader.getCode({ address: carol.address }) === undefined, ended);
}

// The node's keys: json-rpc accounts.
async function signing(on, chain, address) {
    const wallet = chain.wallet(address);
    const message = "over the wire", typed = { domain: { name: "scope", chainId: chain.chainId }, primaryType: "Order",
        types: { Order: [{ name: "items", type: "uint256" }] }, message: { items: 3n } };
    check(`${on}: signMessage`, await verifyMessage({ address, message, signature:
        await wallet.signMessage({ message }) }));
    check(`${on}: signTypedData`, await verifyTypedData({ address, ...typed, signature:
        await wallet.signTypedData(typed) }));
    check(`${on}: getAddresses`, (await wallet.getAddresses())[0] === address);
}

// EIP-5792: an operation on L1, transactions on a rollup.
async function batches(on, chain, address, token) {
    const wallet = chain.wallet(address), isL1 = chain.kind === "l1";
    const mint = (amount) => ({ to: token, abi: Token.abi, functionName: "mint", args: [address, amount] });
    const balance = () => chain.reader.readContract({ address: token, abi: Token.abi, functionName: "balanceOf",
        args: [address] });
    const named = (what) => (e) => e.walk?.((cause) => cause.name === what) ? what : `${e}`;
    const capabilities = await wallet.getCapabilities({ chainId: chain.chainId });
    check(`${on}: getCapabilities`, capabilities.atomic.status === (isL1 ? "supported" : "unsupported"), capabilities);
    const { id } = await wallet.sendCalls({ calls: [mint(20n), mint(3n)], forceAtomic: isL1 });
    const ended = await wallet.waitForCallsStatus({ id });
    check(`${on}: sendCalls`, ended.status === "success" && ended.atomic === isL1
        && ended.receipts.length === (isL1 ? 1 : 2) && ended.receipts.every((r) => r.status === "success"), ended);
    check(`${on}: what they did`, await balance() === 23n);
    const own = `0x${(isL1 ? "ab" : "cd").repeat(32)}`, once = { id: own, calls: [mint(100n)] };
    check(`${on}: an id of the client's`, (await wallet.sendCalls(once)).id === own
        && (await wallet.waitForCallsStatus({ id: own })).statusCode === 200);
    check(`${on}: only once`, await wallet.sendCalls(once).catch(named("DuplicateIdError")) === "DuplicateIdError");
    const much = 10n ** 9n, transfer = { to: token, abi: Token.abi, functionName: "transfer", args: [token, much] };
    const failing = await wallet.sendCalls({ calls: [mint(1n), transfer], forceAtomic: isL1 });
    const partly = await wallet.waitForCallsStatus({ id: failing.id });
    check(`${on}: one that reverts`, partly.statusCode === (isL1 ? 500 : 600)
        && await balance() === (isL1 ? 123n : 124n), partly);
    check(`${on}: an unknown id`, await wallet.getCallsStatus({ id: `0x${"12".repeat(32)}` })
        .catch(named("UnknownBundleIdError")) === "UnknownBundleIdError");
    const refusals = [["forceAtomic", { calls: [mint(1n), mint(1n)], forceAtomic: true }, "AtomicityNotSupportedError"],
        ["a capability", { calls: [mint(1n)], capabilities: { paymasterService: { url: "x" } } },
            "UnsupportedNonOptionalCapabilityError"],
        ["too many", { calls: Array(65).fill(mint(1n)) }, "BundleTooLargeError"]].slice(isL1 ? 1 : 0);
    for (const [what, request, error] of refusals) {
        const got = await wallet.sendCalls(request).catch(named(error));
        check(`${on}: sendCalls, ${what}`, got === error, got);
    }
    const stranger = await chain.wallet("0x00000000000000000000000000000000000057a2").sendCalls({ calls: [mint(1n)] })
        .catch(named("UnauthorizedProviderError"));
    check(`${on}: sendCalls of a stranger`, stranger === "UnauthorizedProviderError", stranger);
}

// A batch of L1 that calls a rollup: both happen, or neither.
async function acrossChains(on, l1, rollup, address, token) {
    const stranger = "0x00000000000000000000000000000000000c4a11", wallet = l1.wallet(address);
    const pay = (value) => ({ to: l1.bridge, abi: bridgeAbi, functionName: "scopedCall", value,
        args: [BigInt(rollup.chainId), address, { to: stranger, value, gasLimit: 100000n, data: "0x" }] });
    const mint = { to: token, abi: Token.abi, functionName: "mint", args: [stranger, 9n] };
    const fails = { to: token, abi: Token.abi, functionName: "transfer", args: [token, 10n ** 30n] };
    const status = async (calls) => wallet.waitForCallsStatus(await wallet.sendCalls({ calls, forceAtomic: true }));
    const held = async () => [await l1.reader.readContract({ address: token, abi: Token.abi, functionName: "balanceOf",
        args: [stranger] }), await rollup.reader.getBalance({ address: stranger })];
    const done = await status([mint, pay(5n)]);
    check(`${on}: sendCalls to a rollup`, done.statusCode === 200 && done.receipts.length === 1, done);
    check(`${on}: on both chains`, `${await held()}` === "9,5", await held());
    const undone = await status([mint, pay(7n), fails]);
    check(`${on}: on neither`, undone.statusCode === 400 && `${await held()}` === "9,5", undone);
}

// Time and snapshots are all chains'; what writes to a state outside of a transaction is L1's (docs/node.md).
async function testClient(on, chain, alice) {
    const node = createTestClient({ chain: chain.reader.chain, mode: "anvil", transport: http(chain.url) })
        .extend(publicActions).extend(walletActions);
    const stranger = "0x00000000000000000000000000000000000057a2";
    const id = await node.snapshot();
    const before = await node.getBlock();
    await node.setBalance({ address: stranger, value: parseEther("3") });
    check(`${on}: setBalance`, await node.getBalance({ address: stranger }) === parseEther("3"));
    await node.increaseTime({ seconds: 1000 });
    await node.mine({ blocks: 2 });
    const after = await node.getBlock();
    check(`${on}: mine, increaseTime`, after.number >= before.number + 2n
        && after.timestamp >= before.timestamp + 1000n, after);
    await node.setNextBlockTimestamp({ timestamp: after.timestamp + 500n });
    await node.mine({ blocks: 1 });
    check(`${on}: setNextBlockTimestamp`, (await node.getBlock()).timestamp === after.timestamp + 500n);
    await node.setAutomine(false);
    const hash = await node.sendTransaction({ account: alice, to: stranger, value: 1n });
    check(`${on}: it waits`, (await node.getTransaction({ hash })).blockNumber === null);
    check(`${on}: txpool`, (await node.getTxpoolStatus()).pending === 1);
    await node.setAutomine(true);
    check(`${on}: it is mined`, (await node.waitForTransactionReceipt({ hash })).status === "success");
    if (chain.kind === "l1")
        await writes(on, node, stranger);
    await node.revert({ id });
    check(`${on}: revert`, await node.getBalance({ address: stranger }) === 0n
        && (await node.getBlock({ blockNumber: before.number })).hash === before.hash);
}

async function writes(on, node, stranger) {
    await node.setCode({ address: stranger, bytecode: "0x5f545f5260205ff3" }); // returns slot 0
    await node.setStorageAt({ address: stranger, index: 0, value: `0x${"2a".padStart(64, "0")}` });
    check(`${on}: setCode, setStorageAt`, BigInt((await node.call({ to: stranger })).data) === 42n);
    const whale = "0x00000000000000000000000000000000000000aa";
    await node.setBalance({ address: whale, value: parseEther("1") });
    await node.impersonateAccount({ address: whale });
    const hash = await node.sendTransaction({ account: whale, to: stranger, value: 0n });
    check(`${on}: impersonateAccount`, (await node.waitForTransactionReceipt({ hash })).from === whale);
    await node.stopImpersonatingAccount({ address: whale });
    await node.setNonce({ address: stranger, nonce: 9 });
    check(`${on}: setNonce`, await node.getTransactionCount({ address: stranger }) === 9);
}
