// failures - scopes that fail, each for another reason, on a `scope up` (up_world.mjs). Contracts: Failures.sol.
//
//   const { failures, abi, labels } = await prepareFailures(world);
//   failures: [{ name, hash, cause, place, action }]      what a person must find on the page and in `scope trace`

import { encodeFunctionData, parseEther, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { deploy, rpc } from "../client/up_world.mjs";
import { compiled } from "./compiled.mjs";

export async function prepareFailures(world) {
    const { l1, west, east, alice, bob, up } = world;
    const { Vault, Caller, Unlucky } = compiled("Failures.sol");
    const [carol, dave, erin, frank] = up.accounts.slice(2).map((a) => privateKeyToAccount(a.privateKey));
    const vault = await deploy(east, alice, Vault), caller = await deploy(west, bob, Caller, [west.bridge]);
    const vaultOfL1 = await deploy(l1, erin, Vault), callerOfL1 = await deploy(l1, erin, Caller, [l1.bridge]);
    const callerOfEast = await deploy(east, frank, Caller, [east.bridge]);
    const inVault = (functionName, ...args) => encodeFunctionData({ abi: Vault.abi, functionName, args });
    const ofCaller = (functionName, ...args) => encodeFunctionData({ abi: Caller.abi, functionName, args });
    const across = (how, data, { gas = 200000n, to = vault, chainId = east.chainId } = {}) =>
        ofCaller(how, BigInt(chainId), to, gas, data);

    // The hash, if the node refuses it too.
    const hashOf = (answer, name) => {
        const hash = answer.result ?? answer.error?.data?.hash;
        if (!hash)
            throw new Error(`${name}: ${JSON.stringify(answer)}`);
        return hash;
    };
    const fromWest = (data, more = {}) => ({ chain: west, tx: { from: bob.address, to: caller, data, ...more } });
    const wei = (ether) => toHex(parseEther(ether));

    // An operation that its account signs: as the node says, with what is changed.
    const operate = async (account, calls, changed = {}, withAuthorization = true) => {
        const operation = { account: account.address, gasLimit: "0x100000", calls, ...changed };
        const { typedData, authorization } = (await rpc(l1.url, "scope_operationTypedData", operation)).result;
        const signature = await account.signTypedData(typedData);
        const delegated = authorization && withAuthorization && await account.signAuthorization({ contractAddress:
            authorization.address, chainId: authorization.chainId, nonce: authorization.nonce });
        return rpc(l1.url, "scope_sendOperation", { operation: { ...operation, ...typedData.message }, signature,
            ...(delegated && { authorization: { chainId: delegated.chainId, address: delegated.address,
                nonce: delegated.nonce, yParity: delegated.yParity, r: delegated.r, s: delegated.s } }) });
    };
    const depositing = [{ to: callerOfL1, value: "0x0", data: across("invest", inVault("deposit", 1n)) }];
    const onVaultOfL1 = (name, argument) => [{ to: vaultOfL1, value: "0x0", data: inVault(name, argument) }];

    // A plain transaction of L1, as any wallet sends it; eth_sendTransaction would make an operation of it.
    const outside = async () => {
        const tx = await carol.signTransaction({ chainId: l1.chainId, type: "eip1559", to: callerOfL1, gas: 500000n,
            nonce: await l1.reader.getTransactionCount({ address: carol.address }), maxFeePerGas: 100000000000n,
            data: across("invest", inVault("deposit", 1n)) });
        return rpc(l1.url, "eth_sendRawTransaction", tx);
    };
    // The first is replaced by the second, which pays more, before a slot takes it.
    const replaced = async () => {
        await rpc(west.url, "evm_setAutomine", false);
        const nonce = toHex(await west.reader.getTransactionCount({ address: carol.address }));
        const pay = (gwei) => rpc(west.url, "eth_sendTransaction",
            { from: carol.address, to: caller, nonce, data: across(
            "invest", inVault("deposit", 1n)), gas: "0x200000", maxFeePerGas: toHex(gwei * 10n ** 9n),
            maxPriorityFeePerGas: toHex(gwei * 10n ** 9n) });
        const first = await pay(10n);
        await pay(20n);
        await rpc(west.url, "evm_setAutomine", true);
        await rpc(west.url, "evm_mine");
        return first;
    };
    const send = ({ chain, tx }) => () => rpc(chain.url, "eth_sendTransaction", { gas: "0x200000", ...tx });
    const invest = (data, options) => send(fromWest(across("invest", data, options)));
    const there = ["Rollup 7002", "Vault"], here = ["Rollup 7001", "Caller"], l1Vault = ["L1", "Vault of L1"];
    const atBridge = ["Rollup 7001", "RollupBridge", "scopedCall("];

    // name, how, the cause as the contracts name it, the place as chain, contract and call, and words of what to do
    const rows = [
        ["a revert with a string", invest(inVault("payOut", 5n)), "vault is empty", [...there, "payOut(5)"],
            "gives this reason"],
        ["a custom error", invest(inVault("withdraw", 500n)), "InsufficientShares(500, 100)",
            [...there, "withdraw(500)"],
            "gives this reason"],
        ["a division by zero", invest(inVault("share", 0n)), "division by zero", [...there, "share(0)"],
            "arguments of the call"],
        ["an overflow", invest(inVault("debit", 500n)), "overflow", [...there, "debit(500)"], "arguments of the call"],
        ["an index out of bounds", invest(inVault("entry", 7n)), "index out of bounds", [...there, "entry(7)"],
            "arguments of the call"],
        ["a revert without a reason", invest(inVault("refuse", 8n)), "without a reason", [...there, "refuse(8)"],
            "check without a message"],
        ["out of gas on the target", invest(inVault("sweep", 9n)), "out of gas", [...there, "sweep(9)"],
            "raise the gas limit in the request"],
        ["INVALID", invest(inVault("upgrade", 3n)), "invalid opcode", [...there, "upgrade(3)"], "executed INVALID"],
        ["no such function", invest("0x12345678"), "without a reason", [...there, "0x12345678"], "no such function"],
        ["a function that takes no value",
            send(fromWest(across("invest", inVault("deposit", 7n)), { value: wei("1") })),
            "without a reason", [...there, "deposit(7)"], "takes no value"],
        ["a success that its caller undoes", send(fromWest(across("investThenRevert", inVault("deposit", 7n)))),
            "REJECT_REVERT_AROUND_CALL", [...here, "investThenRevert(", "Slippage(1, 2)"], "use tryScopedCall"],
        ["the same, caught", send(fromWest(across("investQuietly", inVault("deposit", 7n)))),
            "REJECT_REVERT_AROUND_CALL",
            [...here, "investThenRevert(", "Slippage(1, 2)"], "use tryScopedCall"],
        ["a try that its caller undoes", send(fromWest(across("investOrRevert", inVault("payOut", 7n)))),
            "REJECT_REVERT_AROUND_CALL", [...here, "investOrRevert(", "not invested", "payOut(7)", "vault is empty"],
            "use tryScopedCall"],
        ["tryScopedCall inside of a call that fails", send(fromWest(across("invest", across("investOrRevert",
            inVault("payOut", 1n), { chainId: l1.chainId, to: vaultOfL1 }), { to: callerOfEast, gas: 900000n }))),
            "REJECT_REVERT_AROUND_CALL", ["Rollup 7002", "Caller of the east", "investOrRevert(", "not invested"],
            "use tryScopedCall"],
        ["an unknown chain", invest(inVault("deposit", 7n), { chainId: 9999 }), "UnsupportedChain(9999)", atBridge,
            "id of the target chain"],
        ["a target that is forbidden", invest("0x", { to: east.bridge }), "ForbiddenTarget()", atBridge,
            "contract of the protocol"],
        ["in another's name", send(fromWest(ofCaller("impersonate", BigInt(east.chainId), alice.address, vault,
            inVault("deposit", 1n)))), "FromMismatch()", atBridge, "it must be the caller"],
        ["value that was not sent", send(fromWest(ofCaller("underpay", BigInt(east.chainId), vault, 5n))),
            "WrongValue()", atBridge, "must equal the value"],
        ["more gas than the caller has", send(fromWest(across("invest", inVault("deposit", 7n), { gas: 1500000n }),
            { gas: "0x100000" })), "CallerGasTooLow()", atBridge, "Raise the transaction's gas limit"],
        ["more gas than the target allows", invest(inVault("deposit", 7n), { gas: 100000000n }), "GasLimitTooHigh()",
            atBridge, "Lower it"],
        ["a write in a view call", send(fromWest(across("update", inVault("peek", 7n)))), "write protection",
            [...there, "peek(7)"], "Use scopedCall"],
        ["too much returndata", invest(inVault("history", 60000n), { gas: 900000n }), "ReturnDataTooLong()",
            ["Rollup 7002", "RemoteAccount"], "Return less"],
        ["a refund that is refused", send(fromWest(across("tryToInvest", inVault("payOut", 5n)), { value: wei("1") })),
            "REJECT_REFUND_REFUSED", [...here, "sends"], "receive function"],
        ["a view call into a chain that waits for one", send(fromWest(across("update", across("quote", inVault("total"),
            { chainId: west.chainId, to: caller, gas: 100000n }), { to: callerOfEast, gas: 500000n }))),
            "REJECT_LOOKUP_INTO_STATIC", ["Rollup 7002", "RollupBridge", "scopedStaticCall("], "Split it"],
        ["a call of L1 that reads PREVRANDAO", invest(inVault("lottery", 1n), { chainId: l1.chainId, to: vaultOfL1 }),
            "REJECT_READS_PROPOSER", [...l1Vault, "lottery(1)"], "Remove the read"],
        ["more bytes than a bundle holds", send(fromWest(ofCaller("investMuch", BigInt(l1.chainId), vaultOfL1, 200000n,
            140000n), { gas: toHex(16000000) })), "REJECT_BUNDLE_TOO_LARGE", ["bytes of the L1 transaction"],
                "fewer calls"],
        ["a constructor that reverts", send({ chain: west, tx: { from: bob.address, data: Unlucky.bytecode } }),
            "no luck", ["Rollup 7001", "deploys a contract"], "gives this reason"],
        ["a transaction that was replaced", replaced, "REJECT_TX_NONCE_LOW", ["another transaction replaced it"],
            "Sign it with the next one"],
        ["an L1 transaction that calls outside of a bundle", outside, "REJECT_OUTSIDE_BUNDLE", ["scope_sendOperation"],
            "Send an operation"],
        ["an operation without delegation", () => operate(dave, depositing, {}, false), "REJECT_NOT_DELEGATED",
            ["ScopedAccount"], "Sign the authorization"],
        ["an operation that is too late", () => operate(carol, depositing, { deadline: "0x10" }), "Expired()",
            ["L1", "executeOperation("], "Sign it again with a later one"],
        ["an operation's nonce that is not the next", () => operate(carol, depositing, { nonce: "0x9" }),
            "WrongNonce()",
            ["L1", "executeOperation("], "next operation nonce"],
        ["another submitter", () => operate(carol, depositing, { submitter: bob.address }), "WrongSubmitter()",
            ["L1", "executeOperation("], "names the submitter"],
        ["an operation whose call fails elsewhere", () => operate(carol, [{ to: callerOfL1, value: "0x0",
            data: across("invest", inVault("payOut", 4n)) }]), "vault is empty", [...there, "payOut(4)"],
            "gives this reason"],
        ["an operation that uses half of its gas", () => operate(carol, [...depositing,
            ...onVaultOfL1("burn", 600000n)]), "Fuse()", ["of its gas limit of 1048576"], "less than half"],
        ["an operation that no rollup is part of", () => operate(carol, onVaultOfL1("deposit", 1n)), "REJECT_NO_ROLLUP",
            ["takes part in its slot"], "ordinary L1 transaction"],
    ];
    const failures = [];
    for (const [name, how, cause, place, action] of rows)
        failures.push({ name, hash: hashOf(await how(), name), cause, place, action });
    const abi = [...Vault.abi, ...Caller.abi];
    const labels = { [vault]: "Vault", [caller]: "Caller", [vaultOfL1]: "Vault of L1", [callerOfL1]: "Caller of L1",
        [callerOfEast]: "Caller of the east" };
    return { failures, abi, labels: Object.fromEntries(Object.entries(labels).map(([a, l]) => [a.toLowerCase(), l])) };
}
