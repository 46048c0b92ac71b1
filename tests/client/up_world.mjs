// up_world - a `scope up` with clients of viem, and the contracts of examples/Guide.sol in it: a shop on the east, and
// a contract on the west that buys there.
//
//   const { up, l1, west, east, alice, bob, shop, buyer, undoing, order, buy } = await openWorld(program);
//   await order(5n); await buy(parseEther("1"));      hashes; then await up.stop()

import { readFileSync } from "node:fs";
import { createPublicClient, createWalletClient, defineChain, encodeFunctionData, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { post } from "./scope_node.mjs";
import { spawnUp } from "./up_process.mjs";

const output = JSON.parse(readFileSync("build/contracts/solc-output.json", "utf8")).contracts;
export const contract = (file, name) =>
    ({ abi: output[file][name].abi, bytecode: `0x${output[file][name].evm.bytecode.object}` });
export const Shop = contract("examples/Guide.sol", "Shop"), Buyer = contract("examples/Guide.sol", "Buyer");
export const bridgeAbi = output["src/ScopedCallable.sol"].ScopedCallable.abi;

export const rpc = (url, method, ...params) => post(url, { jsonrpc: "2.0", id: 1, method, params });

export function openChain(chain) {
    const described = defineChain({ id: chain.chainId, name: chain.kind, rpcUrls: { default: { http: [chain.url] } },
        nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 } });
    const transport = http(chain.url, { retryCount: 0 });
    return { ...chain, reader: createPublicClient({ chain: described, transport, pollingInterval: 20 }),
        wallet: (account) => createWalletClient({ chain: described, transport, account }) };
}

export async function deploy(chain, account, { abi, bytecode }, args, gas = 3000000n) {
    const hash = await chain.wallet(account).deployContract({ abi, bytecode, args, gas });
    const { status, contractAddress } = await chain.reader.waitForTransactionReceipt({ hash });
    if (status !== "success")
        throw new Error(`the contract was not deployed: ${hash}`);
    return contractAddress;
}

export async function openWorld(program, args = []) {
    const up = await spawnUp(program, args);
    const [l1, west, east] = up.chains.map(openChain);
    const [alice, bob] = up.accounts.map((a) => privateKeyToAccount(a.privateKey));
    const shop = await deploy(east, alice, Shop, [east.bridge, BigInt(west.chainId), alice.address]);
    const buyer = await deploy(west, bob, Buyer, [west.bridge, BigInt(east.chainId), shop]);
    // Its shop has no code: it takes the ether and answers nothing, so that it reverts after a call that succeeded.
    const undoing = await deploy(west, bob, Buyer, [west.bridge, BigInt(east.chainId), `0x${"5c".repeat(20)}`]);
    const order = (count) => west.wallet(alice).writeContract({ address: west.bridge, abi: bridgeAbi, gas: 1000000n,
        functionName: "scopedCall", args: [BigInt(east.chainId), alice.address, { to: shop, value: 0n,
            gasLimit: 200000n, data: encodeFunctionData({ abi: Shop.abi, functionName: "order", args: [count] }) }] });
    const buy = (value) => west.wallet(bob).writeContract({ address: buyer, abi: Buyer.abi, functionName: "buy", value,
        gas: 1500000n });
    return { up, l1, west, east, alice, bob, shop, buyer, undoing, order, buy };
}
