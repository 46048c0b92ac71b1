// devnet - `scope up` by viem: a contract of one rollup calls a contract of another by an ordinary transaction.
//
//   node tests/client/devnet.mjs build/release/bin/scope

import { readFileSync } from "node:fs";
import { createPublicClient, createWalletClient, defineChain, encodeFunctionData, http, keccak256, pad, parseEther,
    parseEventLogs, toHex, webSocket } from "viem";
import { mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { post } from "./scope_node.mjs";
import { spawnUp } from "./up_process.mjs";

const [program] = process.argv.slice(2);
const output = JSON.parse(readFileSync("build/contracts/solc-output.json", "utf8")).contracts;
const contract = (file, name) =>
    ({ abi: output[file][name].abi, bytecode: `0x${output[file][name].evm.bytecode.object}` });
const Shop = contract("examples/Guide.sol", "Shop"), Buyer = contract("examples/Guide.sol", "Buyer");
const Token = contract("examples/Token.sol", "Token"), Portfolio = contract("examples/Portfolio.sol", "Portfolio");
const bridgeAbi = output["src/ScopedCallable.sol"].ScopedCallable.abi;
const ether = parseEther("1");
const bigint = (key, value) => typeof value === "bigint" ? `${value}` : value;
let passed = 0, failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail, bigint)}`);
}

async function rpc(url, method, ...params) {
    return post(url, { jsonrpc: "2.0", id: 1, method, params });
}

// A chain of the devnet with clients of viem.
function open(chain) {
    const described = defineChain({ id: chain.chainId, name: chain.kind, rpcUrls: { default: { http: [chain.url] } },
        nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 } });
    const transport = http(chain.url, { retryCount: 0 });
    return { ...chain, reader: createPublicClient({ chain: described, transport, pollingInterval: 20 }),
        wallet: (account) => createWalletClient({ chain: described, transport, account }) };
}

async function deploy(chain, account, { abi, bytecode }, args) {
    const hash = await chain.wallet(account).deployContract({ abi, bytecode, args, gas: 3000000n });
    const receipt = await chain.reader.waitForTransactionReceipt({ hash });
    check(`deployed on ${chain.chainId}`, receipt.status === "success" && receipt.contractAddress, receipt);
    return receipt.contractAddress;
}

const call = (to, value, gasLimit, data) => ({ to, value, gasLimit, data });
const slotOf = (key, slot) => keccak256(`${pad(key)}${pad(toHex(slot)).slice(2)}`);
const storage = async (chain, address, slot) => BigInt(await chain.reader.getStorageAt({ address, slot }));

const up = await spawnUp(program);
try {
    const [l1, west, east] = up.chains.map(open);
    const users = up.accounts.map((a) => privateKeyToAccount(a.privateKey)), [alice, bob] = users;
    check("three chains", up.chains.length === 3 && l1.kind === "l1" && west.kind === "rollup", up.chains);
    check("accounts are the mnemonic's", up.accounts.length === 10 && up.accounts.every((a, i) =>
        a.address === mnemonicToAccount(up.mnemonic, { addressIndex: i }).address && a.address === users[i].address));
    await funds([l1, west, east], users);
    await endpoints(l1, west, east);
    const { shop, buyer } = await shopping(l1, west, east, alice, bob);
    await refusals(l1, west, east, alice, bob, buyer, shop);
    await across(west, east, bob, buyer, shop);
    await views(l1, west, east, alice, bob);
    await thereAndBack(west, east, alice);
    await operations(l1, west, east, alice, bob);
    await nonces(west, bob);
    await legacy([l1, west], alice);
    await unlocked(l1, west, alice, bob);
    await development(l1, west, east, alice, bob);
    await typedData(l1, west, alice);
    await switches(west, bob);
    await busy(west, east);
} finally {
    check("SIGTERM", await up.stop() === 0, up.said());
}
await slots();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

async function funds(chains, users) {
    for (const chain of chains) {
        const balances = await Promise.all(users.map(({ address }) => chain.reader.getBalance({ address })));
        check(`10,000 ether each on ${chain.chainId}`, balances.every((b) => b === 10000n * ether), balances);
        check(`chain id of ${chain.url}`, await chain.reader.getChainId() === chain.chainId);
    }
}

// The first port has all chains; both HTTP and WebSocket.
async function endpoints(l1, west, east) {
    for (const [path, chain] of [["/", l1], ["/l1", l1], [`/${l1.chainId}`, l1], [`/${west.chainId}`, west],
        [`/${east.chainId}`, east]]) {
        const answer = await rpc(l1.url + path, "eth_chainId");
        check(`${path} of the first port`, Number(answer.result) === chain.chainId, answer);
    }
    const socket = createPublicClient({ transport: webSocket(`${l1.url.replace("http", "ws")}/${east.chainId}`) });
    check("WebSocket", await socket.getChainId() === east.chainId);
    (await socket.transport.getRpcClient()).close();
    const health = await (await fetch(`${l1.url}/health`)).json();
    check("/health", health.ready === true && health.chains.length === 3, health);
    const chains = (await rpc(west.url, "scope_chains")).result;
    check("scope_chains", chains.length === 3 && chains[0].contracts.SharedBridge === l1.bridge, chains);
    const modules = (await rpc(west.url, "rpc_modules")).result;
    check("rpc_modules", modules.eth === "1.0" && modules.scope === "1.0", modules);
}

// Alice owns a shop on the east from the west; Bob buys there with a contract of the west.
async function shopping(l1, west, east, alice, bob) {
    const shop = await deploy(east, alice, Shop, [east.bridge, BigInt(west.chainId), alice.address]);
    const buyer = await deploy(west, alice, Buyer, [west.bridge, BigInt(east.chainId), shop]);
    const order = encodeFunctionData({ abi: Shop.abi, functionName: "order", args: [5n] });
    const ordered = await west.wallet(alice).writeContract({ address: west.bridge, abi: bridgeAbi,
        functionName: "scopedCall", args: [BigInt(east.chainId), alice.address, call(shop, 0n, 200000n, order)],
        gas: 1000000n });
    check("order", (await west.reader.waitForTransactionReceipt({ hash: ordered })).status === "success");
    check("stock of the shop", await storage(east, shop, toHex(0)) === 5n);

    const transfer = { account: bob.address, to: alice.address, value: 1n };
    for (const chain of [l1, west, east])
        check("estimate of a transfer", await chain.reader.estimateGas(transfer) === 21000n, chain.chainId);
    const asked = encodeFunctionData({ abi: bridgeAbi, functionName: "maxGas", args: [BigInt(east.chainId)] });
    check("eth_call", BigInt((await west.reader.call({ to: west.bridge, data: asked })).data) > 0n);

    const escrow = await l1.reader.getBalance({ address: l1.bridge });
    const before = await west.reader.getBalance({ address: bob.address });
    const hash = await west.wallet(bob).writeContract({ address: buyer, abi: Buyer.abi, functionName: "buy",
        value: ether, gas: 1500000n });
    const receipt = await west.reader.waitForTransactionReceipt({ hash });
    check("bought", receipt.status === "success", receipt);
    const [event] = parseEventLogs({ abi: bridgeAbi, logs: receipt.logs, eventName: "ScopedCall" });
    check("its log", receipt.logs.length === 1 && receipt.logs[0].address.toLowerCase() === west.bridge.toLowerCase() &&
        event !== undefined, receipt.logs);
    const fee = receipt.gasUsed * receipt.effectiveGasPrice;
    check("Bob paid an ether and gas", await west.reader.getBalance({ address: bob.address }) === before - ether - fee);
    check("the shop has it", await east.reader.getBalance({ address: shop }) === ether);
    check("stock after", await storage(east, shop, toHex(0)) === 4n);
    const account = (await rpc(east.url, "eth_getBlockByNumber", "latest", true)).result.transactions.at(-1);
    check("the east's system transaction", account.type === "0x7e"
        && account.to.toLowerCase() === east.bridge.toLowerCase(), account);
    await bundle(l1, west, east, hash, receipt, buyer, shop);
    check("no ether moved on L1", await l1.reader.getBalance({ address: l1.bridge }) === escrow);
    return { shop, buyer };
}

// A contract of the west reads tokens of the west, the east and L1 with `view` calls, by eth_call and in a transaction.
async function views(l1, west, east, alice, bob) {
    const sent = (on, request) => on.wallet(alice).writeContract({ ...request, gas: 1000000n })
        .then((hash) => on.reader.waitForTransactionReceipt({ hash }));
    const remote = async (on, chain, at) => {
        const named = { address: on.bridge, abi: bridgeAbi, args: [BigInt(chain.chainId), at] };
        await sent(on, { ...named, functionName: "deployRemoteAccount" });
        return on.reader.readContract({ ...named, functionName: "remoteAccount" });
    };
    const tokens = [];
    for (const [chain, amount] of [[west, 1n], [east, 20n], [l1, 300n]]) {
        const token = await deploy(chain, alice, Token, ["Gold", "AU"]);
        await sent(chain, { address: token, abi: Token.abi, functionName: "mint", args: [bob.address, amount] });
        tokens.push(chain === west ? token : await remote(west, chain, token));
    }
    const folio = await deploy(west, alice, Portfolio, []);
    const reading = { address: folio, abi: Portfolio.abi, args: [tokens, bob.address] };
    check("a view by eth_call", await west.reader.readContract({ ...reading, functionName: "total" }) === 321n);
    const gas = await west.reader.estimateContractGas({ ...reading, functionName: "record", account: alice });
    const hash = await west.wallet(alice).writeContract({ ...reading, functionName: "record", gas });
    const receipt = await west.reader.waitForTransactionReceipt({ hash });
    check("views in a transaction, with the gas estimated", receipt.status === "success" && receipt.gasUsed <= gas,
        receipt);
    check("what they read", await storage(west, folio, toHex(0)) === 321n);
    const { status, calls } = (await rpc(west.url, "scope_getTransaction", hash)).result;
    check("settled with its lookups", status === "settled" && calls.length === 2, calls);
}

// The west calls the east, which calls back into the west: that is handled inside of the transaction, for its gas.
async function thereAndBack(west, east, alice) {
    const shop = await deploy(west, alice, Shop, [west.bridge, BigInt(east.chainId), alice.address]);
    const buyer = await deploy(east, alice, Buyer, [east.bridge, BigInt(west.chainId), shop]);
    const send = async (chain, target, value, to, gasLimit, data, gas) => {
        const asked = { address: chain.bridge, abi: bridgeAbi, functionName: "scopedCall", account: alice, value,
            args: [BigInt(target.chainId), alice.address, call(to, value, gasLimit, data)] };
        gas ??= await chain.reader.estimateContractGas(asked);
        const hash = await chain.wallet(alice).writeContract({ ...asked, gas });
        return { gas, receipt: await chain.reader.waitForTransactionReceipt({ hash }) };
    };
    await send(east, west, 0n, shop, 200000n,
        encodeFunctionData({ abi: Shop.abi, functionName: "order", args: [3n] }));
    const buy = encodeFunctionData({ abi: Buyer.abi, functionName: "buy" });
    const { gas, receipt } = await send(west, east, ether, buyer, 1500000n, buy);
    check("there and back, with the gas estimated", receipt.status === "success" && receipt.gasUsed <= gas, receipt);
    check("stock after it", await storage(west, shop, toHex(0)) === 2n);
}

async function bundle(l1, west, east, hash, receipt, buyer, shop) {
    const status = (await rpc(east.url, "scope_getTransaction", hash)).result;
    const [made] = status.calls;
    check("scope_getTransaction", status.status === "settled" && status.chainId === west.chainId &&
        BigInt(status.blockNumber) === receipt.blockNumber, status);
    check("its call", status.calls.length === 1 && made.source === west.chainId && made.target === east.chainId &&
        made.from === buyer.toLowerCase() && made.to === shop.toLowerCase() && BigInt(made.value) === ether &&
        made.success === true && made.parent === null, status.calls);
    const settled = await l1.reader.getTransactionReceipt({ hash: status.bundle.hash });
    check("the bundle on L1", settled.status === "success" && settled.to.toLowerCase() === l1.bridge.toLowerCase() &&
        settled.blockNumber === BigInt(status.bundle.blockNumber), settled);
    check("no such hash", (await rpc(l1.url, "scope_getTransaction", pad("0x1"))).result === null);
}

async function refused(what, promise, pattern) {
    const error = await promise.then(() => null, (e) => e);
    check(what, error && pattern.test(error.details ?? error.message), error ? error.details ?? error.message
        : "it was taken");
}

async function refusals(l1, west, east, alice, bob, buyer, shop) {
    const nonce = await l1.reader.getTransactionCount({ address: alice.address });
    const data = encodeFunctionData({ abi: bridgeAbi, functionName: "scopedCall",
        args: [BigInt(west.chainId), alice.address, call(alice.address, 0n, 100000n, "0x")] });
    const raw = await alice.signTransaction({ chainId: l1.chainId, type: "eip1559", nonce, to: l1.bridge, data,
        gas: 1000000n,
        maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n });
    const answer = await rpc(l1.url, "eth_sendRawTransaction", raw);
    check("a scoped call of a plain L1 transaction", answer.error?.code === -39010 &&
        answer.error.data.reason === "REJECT_OUTSIDE_BUNDLE" && /scope_sendOperation/.test(answer.error.message),
            answer);
    const status = (await rpc(l1.url, "scope_getTransaction", keccak256(raw))).result;
    check("its status", status?.status === "rejected" && status.error.reason === "REJECT_OUTSIDE_BUNDLE", status);
    check("its nonce is free", await l1.reader.getTransactionCount({ address: alice.address, blockTag: "pending" }) === nonce);

    // the shop refuses the price: the transaction fails, as on one chain
    const poor = await west.wallet(bob).writeContract({ address: buyer, abi: Buyer.abi, functionName: "buy",
        value: ether / 2n, gas: 1500000n });
    const receipt = await west.reader.waitForTransactionReceipt({ hash: poor });
    check("a call that fails on the east is included, and failed", receipt.status === "reverted" && receipt.gasUsed > 21000n,
        receipt);
    // its shop has no code and answers nothing, so that the buyer reverts after a call that succeeded
    const undoing = await deploy(west, bob, Buyer, [west.bridge, BigInt(east.chainId), `0x${"5c".repeat(20)}`]);
    await refused("a revert around a scoped call", west.wallet(bob).writeContract({ address: undoing, abi: Buyer.abi,
        functionName: "buy", value: 1n, gas: 1500000n }),
            /REJECT_REVERT_AROUND_CALL: a frame that made a scoped call reverted/);
    check("the shop still has four", await storage(east, shop, toHex(0)) === 4n);
    const send = (fields) => west.wallet(bob).sendTransaction({ to: alice.address, gas: 21000n, ...fields });
    await refused("nonce too low", send({ nonce: 0 }), /nonce too low/);
    await refused("insufficient funds", send({ value: 20000n * ether }),
        /insufficient funds for gas \* price \+ value/);
    await refused("intrinsic gas", send({ gas: 20000n }), /intrinsic gas too low/);
    const other = await bob.signTransaction({ chainId: 1, type: "eip1559", nonce: 9, to: alice.address, gas: 21000n,
        maxFeePerGas: 10n ** 10n });
    check("another chain's", (await rpc(west.url, "eth_sendRawTransaction", other)).error !== undefined);
}

// eth_call and eth_estimateGas of what calls another chain: as it will be.
async function across(west, east, bob, buyer, shop) {
    const buy = { address: buyer, abi: Buyer.abi, functionName: "buy", value: ether, account: bob };
    const { result } = await west.reader.simulateContract(buy);
    check("eth_call across chains", result === 3n, result);
    check("nothing has changed", await storage(east, shop, toHex(0)) === 4n);
    const gas = await west.reader.estimateContractGas(buy);
    const hash = await west.wallet(bob).writeContract({ ...buy, gas });
    const receipt = await west.reader.waitForTransactionReceipt({ hash });
    check("eth_estimateGas across chains suffices", receipt.status === "success" && receipt.gasUsed <= gas &&
        gas < 1000000n, { gas, used: receipt.gasUsed });
    check("and it bought", await storage(east, shop, toHex(0)) === 3n);
    await refused("eth_call of what fails on the east", west.reader.call({ to: buyer, value: 1n, account: bob.address,
        data: encodeFunctionData(buy) }), /execution reverted/);
    await refused("and its estimate", west.reader.estimateGas({ to: buyer, value: 1n, account: bob.address,
        data: encodeFunctionData(buy) }), /execution reverted/);
    await refused("at an older block", west.reader.call({ to: buyer, value: ether, account: bob.address,
        data: encodeFunctionData(buy), blockNumber: receipt.blockNumber - 1n }), /REJECT_RESPONSE_MISSING/);
}

// What an account of L1 signs, and what the node signs for an account that it has.
async function operations(l1, west, east, alice, bob) {
    const friend = pad("0xf41e4d", { size: 20 });
    const pay = (chain, value, from) => ({ to: l1.bridge, value: toHex(value),
        data: encodeFunctionData({ abi: bridgeAbi,
        functionName: "scopedCall", args: [BigInt(chain.chainId), from.address, call(friend, value, 100000n, "0x")] }) });
    for (const [chain, delegated] of [[west, false], [east, true]]) {
        const asked = (await rpc(l1.url, "scope_operationTypedData",
            { account: alice.address, calls: [pay(chain, ether, alice)] })).result;
        check("an account delegates once", (asked.authorization === null) === delegated, asked.authorization);
        const signature = await alice.signTypedData(asked.typedData);
        const authorization = asked.authorization && await alice.signAuthorization(asked.authorization);
        const operation = { account: alice.address, ...asked.typedData.message };
        const stolen = await rpc(l1.url, "scope_sendOperation",
            { operation: { ...operation, account: bob.address }, signature });
        check("another account's", stolen.error?.data.reason === "REJECT_SIGNATURE", stolen);
        const sent = await rpc(l1.url, "scope_sendOperation", { operation, signature, authorization: authorization ?
            { chainId: l1.chainId, address: authorization.address, nonce: authorization.nonce,
                yParity: authorization.yParity, r: authorization.r, s: authorization.s } : null });
        const status = (await rpc(l1.url, "scope_getTransaction", sent.result)).result;
        check(`an operation to ${chain.chainId}`, status?.status === "settled" && status.calls.length === 1 &&
            await chain.reader.getBalance({ address: friend }) === ether, { sent, status });
        const again = await rpc(l1.url, "scope_sendOperation", { operation, signature });
        check("once", again.error?.message === "already known", again);
    }
    const { to, value, data } = pay(west, 2n * ether, bob);
    const hash = await l1.wallet(bob.address).sendTransaction({ to, value: BigInt(value), data, gas: 2000000n });
    const receipt = await l1.reader.waitForTransactionReceipt({ hash });
    check("eth_sendTransaction makes an operation", receipt.status === "success" &&
        await west.reader.getBalance({ address: friend }) === 3n * ether, receipt);
    const poor = await rpc(l1.url, "eth_sendTransaction",
        { from: bob.address, to, value: "0x1", data, gas: "0x1e8480" });
    check("an operation that fails", poor.error?.data.reason === "REJECT_OPERATION_FAILED", poor);
}

// As `cast send --legacy` sends: with a chain id in its signature (EIP-155).
async function legacy(chains, alice) {
    for (const chain of chains) {
        const hash = await chain.wallet(alice).sendTransaction({ type: "legacy", gas: 21000n, value: 1n,
            to: pad("0x1e", { size: 20 }) });
        const receipt = await chain.reader.waitForTransactionReceipt({ hash });
        const tx = await chain.reader.getTransaction({ hash });
        check(`a legacy transaction on ${chain.chainId}`, receipt.status === "success" && tx.type === "legacy" &&
            tx.chainId === chain.chainId && tx.v >= 35n, tx);
    }
}

// eth_signTypedData_v4 signs as viem does, which computes the digest itself; a value that does not fit is refused.
async function typedData(l1, west, alice) {
    const domain = { name: "Ether Mail", version: "1", chainId: 1n, verifyingContract: pad("0xcc", { size: 20 }) };
    const person = [{ name: "name", type: "string" }, { name: "wallets", type: "address[]" }];
    const numbers = [{ name: "least", type: "int8" }, { name: "most", type: "uint256" },
        { name: "one", type: "int256" }, { name: "flag", type: "bool" }, { name: "tag", type: "bytes4" },
        { name: "blob", type: "bytes" }, { name: "grid", type: "uint16[2][]" }];
    const mail = [{ name: "from", type: "Person" }, { name: "to", type: "Person[]" },
        { name: "numbers", type: "Numbers" }];
    const types = { Mail: mail, Person: person, Numbers: numbers };
    const cow = { name: "Cow é", wallets: [alice.address, west.bridge] }, bob = { name: "", wallets: [] };
    const value = { least: -128, most: 2n ** 256n - 1n, one: -1n, flag: true, tag: "0x01020304", blob: "0x",
        grid: [[1, 2], [65535, 0]] };
    const message = { from: cow, to: [bob, cow], numbers: value };
    for (const data of [{ domain, types, primaryType: "Mail", message },
        { domain: { name: "x" }, types: { Person: person }, primaryType: "Person", message: cow },
        { domain, types: {}, primaryType: "EIP712Domain" }])
        for (const chain of [l1, west])
            check(`typed data, ${data.primaryType}`, await chain.wallet(alice.address).signTypedData(data) ===
                await alice.signTypedData(data));
    const sign = (change, type = "Numbers") => rpc(west.url, "eth_signTypedData_v4", alice.address, { domain: {},
        types: { EIP712Domain: [], Numbers: numbers }, primaryType: type,
        message: { ...value, most: "1", one: "0", ...change } });
    check("valid", (await sign({})).result?.length === 132, await sign({}));
    for (const [what, change] of [["least", { least: -129 }], ["least", { least: 128 }], ["most", { most: "-1" }],
        ["tag", { tag: "0x010203" }], ["flag", { flag: undefined }], ["grid", { grid: [[1]] }],
        ["blob", { blob: 7 }]]) {
        const answer = await sign(change);
        check(`refused: ${JSON.stringify(change)}`, answer.error?.code === -32602 &&
            answer.error.message.includes(`${what}: `), answer);
    }
    check("no such type", /primaryType: /.test((await sign({}, "Letter")).error?.message));
    const other = await rpc(west.url, "eth_signTypedData_v4", west.bridge, JSON.stringify({ domain: {},
        primaryType: "A", types: { EIP712Domain: [], A: [] }, message: {} }));
    check("another account's", other.error?.message === "unknown account", other);
}

// evm_setAutomine and evm_setIntervalMining, as anvil has them.
async function switches(west, bob) {
    const send = async () => west.wallet(bob).sendTransaction({ to: bob.address, gas: 21000n,
        nonce: await west.reader.getTransactionCount({ address: bob.address, blockTag: "pending" }) });
    const status = async (hash) => (await rpc(west.url, "scope_getTransaction", hash)).result.status;
    check("automine", (await rpc(west.url, "anvil_getAutomine")).result === true);
    await rpc(west.url, "evm_setAutomine", false);
    const [first, second] = [await send(), await send()];
    check("nothing is mined", await status(first) === "pending" && await status(second) === "pending");
    await rpc(west.url, "evm_mine");
    check("evm_mine mines what waits", await status(first) === "settled" && await status(second) === "settled");
    const third = await send();
    await rpc(west.url, "evm_setIntervalMining", 1);
    check("interval", (await rpc(west.url, "anvil_getIntervalMining")).result === 1);
    const receipt = await west.reader.waitForTransactionReceipt({ hash: third });
    check("a slot by the clock", receipt.status === "success");
    await rpc(west.url, "evm_setIntervalMining", 0);
    const fourth = await send();
    check("neither", await status(fourth) === "pending" && (await rpc(west.url, "anvil_getAutomine")).result === false);
    await rpc(west.url, "evm_setAutomine", true);
    check("automine again", (await west.reader.waitForTransactionReceipt({ hash: fourth })).status === "success");
}

// Commands wait for the builder for a bounded time, and those that do not begin change nothing; the node ends at once.
async function busy(west, east) {
    const before = await east.reader.getBlockNumber({ cacheTime: 0 });
    const mining = [1, 2, 3, 4].map(() => rpc(west.url, "anvil_mine", 1024));
    const answers = await Promise.all([1, 2, 3].map(() => rpc(east.url, "evm_mine")));
    const late = answers.filter((a) => a.error?.code === -32002 && /^FAULT_TIMEOUT: /.test(a.error.message));
    const done = answers.filter((a) => a.result === "0x0");
    check("a busy builder: done, or a named error", late.length + done.length === 3, answers);
    check("what was not done has no effect", await east.reader.getBlockNumber({ cacheTime: 0 }) ===
        before + BigInt(done.length));
    Promise.all(mining).catch(() => null); // the end comes first
}

// Behind a gap it is queued; when the gap is filled, both are in a block.
async function nonces(west, bob) {
    const nonce = await west.reader.getTransactionCount({ address: bob.address });
    const send = (n) => west.wallet(bob).sendTransaction({ to: bob.address, gas: 21000n, nonce: n });
    const later = await send(nonce + 1);
    const queued = (await rpc(west.url, "scope_getTransaction", later)).result;
    check("queued", queued.status === "queued", queued);
    check("txpool_status", (await rpc(west.url, "txpool_status")).result.queued === "0x1");
    const first = await send(nonce);
    for (const hash of [first, later])
        check("both are mined", (await west.reader.waitForTransactionReceipt({ hash })).status === "success");
    check("the pool is empty", (await rpc(west.url, "txpool_status")).result.pending === "0x0");
    check("the nonce behind them", await west.reader.getTransactionCount({ address: bob.address }) === nonce + 2);
}

// The development accounts sign in the node.
async function unlocked(l1, west, alice, bob) {
    for (const chain of [l1, west]) {
        const wallet = chain.wallet(alice.address); // no key here
        const [first] = await wallet.getAddresses();
        check(`eth_accounts of ${chain.chainId}`, first === alice.address, first);
        const hash = await wallet.sendTransaction({ to: pad("0xbeef", { size: 20 }), value: 7n });
        const receipt = await chain.reader.waitForTransactionReceipt({ hash });
        check(`eth_sendTransaction on ${chain.chainId}`, receipt.status === "success" &&
            await chain.reader.getBalance({ address: pad("0xbeef", { size: 20 }) }) === 7n, receipt);
        const signature = await wallet.signMessage({ message: "hello" });
        check(`personal_sign on ${chain.chainId}`, signature === await alice.signMessage({ message: "hello" }), signature);
    }
    const many = await Promise.all(Array.from({ length: 12 }, () =>
        rpc(west.url, "eth_sendTransaction", { from: bob.address, to: bob.address, gas: "0x5208" })));
    const receipts = await Promise.all(many.map(({ result }) =>
        west.reader.waitForTransactionReceipt({ hash: result })));
    check("twelve at once have twelve nonces", receipts.every((r) => r.status === "success"), many);
    const unknown = await rpc(west.url, "eth_sendTransaction", { from: west.bridge, to: bob.address });
    check("an account without a key", unknown.error?.message === "unknown account", unknown);
}

async function development(l1, west, east, alice, bob) {
    const stranger = pad("0x57a6e4", { size: 20 }), value = 123456789n * ether;
    for (const chain of [l1, west]) {
        const wanted = chain === l1 ? value : 5n * ether;
        const set = await rpc(chain.url, "anvil_setBalance", stranger, toHex(wanted));
        check(`anvil_setBalance on ${chain.chainId}`, set.result === null &&
            await chain.reader.getBalance({ address: stranger }) === wanted, set);
    }
    check("a rollup's balance is not lowered",
        /FAULT_UNSUPPORTED/.test((await rpc(west.url, "hardhat_setBalance", stranger, "0x1")).error?.message));
    for (const [method, ...params] of [["anvil_setCode", stranger, "0x00"], ["anvil_setNonce", stranger, "0x9"],
        ["hardhat_setStorageAt", stranger, "0x1", pad("0x2")]]) {
        const no = await rpc(west.url, method, ...params), yes = await rpc(l1.url, method, ...params);
        check(`${method} on a rollup`, no.error?.message.startsWith(`FAULT_UNSUPPORTED: ${method} on a rollup`), no);
        check(`${method} on L1`, yes.result === null, yes);
        const bridge = await rpc(l1.url, method, l1.bridge, ...params.slice(1));
        check(`${method} of SharedBridge`, /a contract of the protocol cannot be edited/.test(bridge.error?.message), bridge);
    }
    check("code, nonce, storage", await l1.reader.getCode({ address: stranger }) === "0x00" &&
        await l1.reader.getTransactionCount({ address: stranger }) === 9
            && await storage(l1, stranger, toHex(1)) === 2n);
    await time(l1, west);
    await snapshots(l1, west, east, alice, bob);
    await impersonation(l1, west);
}

async function time(l1, west) {
    const block = (chain) => chain.reader.getBlock();
    const { timestamp, number } = await block(l1);
    await rpc(west.url, "evm_setNextBlockTimestamp", toHex(timestamp + 1000n));
    await rpc(west.url, "evm_mine");
    check("evm_setNextBlockTimestamp", (await block(west)).timestamp === timestamp + 1000n &&
        (await block(l1)).timestamp === timestamp + 1000n, await block(west));
    const back = await rpc(l1.url, "evm_setNextBlockTimestamp", toHex(timestamp));
    check("time does not go back", /lower than or equal to previous block's timestamp/.test(back.error?.message), back);
    await rpc(l1.url, "evm_increaseTime", 5000);
    await rpc(l1.url, "evm_mine");
    const later = await block(l1);
    check("evm_increaseTime", later.timestamp >= timestamp + 6000n && later.number === number + 2n, later);
    const head = (await block(west)).number;
    await rpc(west.url, "anvil_mine", "0x3", "0x64");
    const third = await block(west), second = await west.reader.getBlock({ blockNumber: third.number - 1n });
    check("anvil_mine", third.number === head + 3n && third.timestamp === second.timestamp + 100n, third);
}

// One snapshot of all chains: what happened on any of them afterwards did not.
async function snapshots(l1, west, east, alice, bob) {
    const state = () => Promise.all([l1, west, east].flatMap((chain) => [chain.reader.getBlock().then((b) => b.hash),
        chain.reader.getBalance({ address: alice.address }), chain.reader.getBalance({ address: bob.address })]));
    const before = await state(), id = (await rpc(east.url, "evm_snapshot")).result;
    const send = (chain) => chain.wallet(alice).sendTransaction({ to: bob.address, value: ether, gas: 21000n });
    const across = () => west.wallet(alice).writeContract({ address: west.bridge, abi: bridgeAbi,
        functionName: "scopedCall",
        args: [BigInt(east.chainId), alice.address, call(bob.address, ether, 100000n, "0x")], value: ether,
            gas: 1000000n });
    const lost = [await send(l1), await send(east), await across()];
    check("the state has changed", JSON.stringify(await state(), bigint) !== JSON.stringify(before, bigint));
    check("evm_revert", (await rpc(l1.url, "evm_revert", id)).result === true);
    check("all chains are as before", JSON.stringify(await state(), bigint) === JSON.stringify(before, bigint));
    for (const hash of lost)
        check("it is not known any more", (await rpc(west.url, "scope_getTransaction", hash)).result === null);
    check("a snapshot is used once", (await rpc(l1.url, "evm_revert", id)).result === false);
    const again = await west.reader.waitForTransactionReceipt({ hash: await across() });
    check("and they go on from there", again.status === "success");
}

async function impersonation(l1, west) {
    const whale = pad("0x3a1e", { size: 20 });
    await rpc(l1.url, "anvil_setBalance", whale, toHex(3n * ether));
    const tx = { from: whale, to: pad("0xf00d", { size: 20 }), value: toHex(ether), gas: "0x5208" };
    check("not without asking", (await rpc(l1.url, "eth_sendTransaction", tx)).error?.message === "unknown account");
    await rpc(l1.url, "anvil_impersonateAccount", whale);
    const hash = (await rpc(l1.url, "eth_sendTransaction", tx)).result;
    const receipt = await l1.reader.waitForTransactionReceipt({ hash });
    check("anvil_impersonateAccount", receipt.status === "success" && receipt.from === whale, receipt);
    await rpc(l1.url, "hardhat_stopImpersonatingAccount", whale);
    check("until it ends", (await rpc(l1.url, "eth_sendTransaction", tx)).error?.message === "unknown account");
    check("not on a rollup", /FAULT_UNSUPPORTED/.test((await rpc(west.url, "anvil_impersonateAccount",
        whale)).error?.message));
}

// In intervals: what was sent waits for its slot, and all of it is in one block.
async function slots() {
    const node = await spawnUp(program, ["--slot", "2", "--rollups", "1"]);
    const [l1, west] = node.chains.map(open);
    const users = node.accounts.map((a) => privateKeyToAccount(a.privateKey));
    const hashes = await Promise.all(users.map((user) =>
        west.wallet(user).sendTransaction({ to: user.address, gas: 21000n })));
    const waiting = (await rpc(l1.url, "scope_status")).result;
    check("a slot each two seconds", waiting.slotSeconds === 2, waiting);
    const receipts = await Promise.all(hashes.map((hash) => west.reader.waitForTransactionReceipt({ hash })));
    check("ten transactions", receipts.every((r) => r.status === "success"), receipts);
    check("in at most two blocks", new Set(receipts.map((r) => r.blockNumber)).size <= 2,
        receipts.map((r) => r.blockNumber));
    check("SIGINT", await node.stop("SIGINT") === 0, node.said());
}
