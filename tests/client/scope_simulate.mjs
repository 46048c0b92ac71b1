// scope_simulate - what transactions would do over all chains, against what they then do; and every scope_ method held
// to the OpenRPC document that the node itself serves.
//
//   node tests/client/scope_simulate.mjs build/release/bin/scope

import { encodeFunctionData, parseEther, toFunctionSelector, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { openDocument, rooted } from "./scope_document.mjs";
import { bridgeAbi, openWorld, rpc, Shop } from "./up_world.mjs";

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
// an estimate's signatures may have other counts of zero bytes than the bundle's
const GAS_SHARE = 0.005;
let passed = 0,
    failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`.slice(0, 2000));
}

const world = await openWorld(process.argv[2]);
const { up, l1, west, east, alice, bob, shop, buyer, undoing } = world;
const buying = {
    from: bob.address,
    to: buyer,
    value: `0x${parseEther("1").toString(16)}`,
    input: toFunctionSelector("buy()"),
};
const { openrpc, methods, ajv, ask, answered } = await openDocument(west.url, check);
// held to theirs by scope_get.mjs and preconf.mjs
const elsewhere = ["Scope", "Operation", "Mailboxes", "Witness", "Batch", "Promise"].map((name) => `scope_get${name}`);
const stockOf = () => east.reader.readContract({ address: shop, abi: Shop.abi, functionName: "stock" });
const near = (a, b, share) => Math.abs(Number(a) - Number(b)) <= share * Number(b);
try {
    documented();
    await world.order(9n);
    await estimates();
    await costs();
    await overridden();
    await ofL1();
    await rejected();
    await sequences();
    await others();
    await operations();
    await invalid();
    check(
        "each scope_ method was held to its schema",
        methods
            .filter((m) => m.name.startsWith("scope_") && !/subscribe$/.test(m.name))
            .every((m) => answered.has(m.name) || elsewhere.includes(m.name)),
        [...answered],
    );
} finally {
    check("SIGTERM", (await up.stop()) === 0, up.said());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

function documented() {
    check("OpenRPC", openrpc === "1.3.2" && methods.length > 80, methods.length);
    check("names are unique", new Set(methods.map((m) => m.name)).size === methods.length);
    for (const schema of [
        ...methods.map((m) => m.result.schema),
        ...methods.flatMap((m) => m.params.map((p) => p.schema)),
    ])
        check("a schema", ajv.validateSchema(rooted(schema)), schema);
}

async function estimates() {
    const called = await ask("scope_call", buying),
        estimate = await ask("scope_estimate", buying);
    check(
        "it would buy",
        called.success &&
            BigInt(called.output) === 8n &&
            called.scopedCalls === 1 &&
            called.error === undefined &&
            called.gas === undefined,
        called,
    );
    check(
        "an estimate has the same trace",
        same(called.trace, estimate.trace) && same(called.output, estimate.output),
    );
    check(
        "as eth_estimateGas",
        estimate.gas === (await rpc(west.url, "eth_estimateGas", buying)).result,
        estimate.gas,
    );
    check(
        "gas of both chains",
        same(
            called.gasByChain.map((g) => g.chainId),
            [west.chainId, east.chainId],
        ) && called.gasByChain.every((g) => BigInt(g.gasUsed) > 20000n),
        called.gasByChain,
    );
    const stock = () => east.reader.readContract({ address: shop, abi: Shop.abi, functionName: "stock" });
    check("nothing has changed", (await stock()) === 9n);
    const sent = await rpc(west.url, "eth_sendTransaction", { ...buying, gas: estimate.gas });
    const traced = await ask("scope_trace", sent.result);
    const bare = ({ from, to, input, output, value, calls }) => ({
        from,
        to,
        input,
        output,
        value,
        calls: calls?.map(bare),
    });
    check("the estimate suffices", traced.status === "settled" && (await stock()) === 8n, traced);
    check(
        "and it did what was simulated",
        traced.trace.calls.length === called.trace.calls.length &&
            traced.trace.output === called.trace.output &&
            bare(traced.trace).calls[0].to === west.bridge.toLowerCase(),
    );
    const elsewhere = await ask("scope_call", {
        chainId: toHex(east.chainId),
        to: shop,
        input: toFunctionSelector("stock()"),
    });
    check(
        "of a chain by its id",
        elsewhere.chainId === east.chainId && BigInt(elsewhere.output) === 8n && elsewhere.scopedCalls === 0,
        elsewhere,
    );
}


// An estimate against the bundle that then settles the same purchase alone.
async function costs() {
    const estimate = await ask("scope_estimate", buying);
    const sent = await rpc(west.url, "eth_sendTransaction", { ...buying, gas: estimate.gas });
    const { bundle } = await ask("scope_getTransaction", sent.result);
    const settled = await ask("scope_getBundle", bundle.hash), ids = (list) => list.map((one) => one.chainId);
    check("legs are the bundle's rollups", same(ids(estimate.legs), ids(settled.rollups)), estimate.legs);
    for (const [i, leg] of estimate.legs.entries()) {
        check(`gas of leg ${i}`, leg.gasUsed === settled.rollups[i].gasUsed, [leg, settled.rollups[i]]);
        check(`data of leg ${i}`, Math.abs(leg.dataBytes - settled.rollups[i].dataBytes) <= 24,
            [leg.dataBytes, settled.rollups[i].dataBytes]);
    }
    await onL1(estimate, bundle);
    check("a call has no cost", (await ask("scope_call", buying)).l1 === undefined);
}

// The bundle's execution is the estimate's.
async function onL1(estimate, bundle) {
    const settled = await ask("scope_getBundle", bundle.hash);
    const receipt = (await rpc(l1.url, "eth_getTransactionReceipt", bundle.hash)).result;
    const fee = (r) => BigInt(r.gasUsed) * BigInt(r.effectiveGasPrice)
        + BigInt(r.blobGasUsed ?? 0) * BigInt(r.blobGasPrice ?? 0);
    check("gas on L1", near(estimate.l1.gasUsed, receipt.gasUsed, GAS_SHARE), [estimate.l1, receipt.gasUsed]);
    check("where its data is", estimate.l1.data === settled.data, [estimate.l1, settled]);
    check("wei on L1", near(estimate.l1.wei, fee(receipt), GAS_SHARE), [estimate.l1, `${fee(receipt)}`]);
}

// State overrides of both chains, and nothing of them stays.
async function overridden() {
    const left = await stockOf(), poor = "0x00000000000000000000000000000000000b00b5";
    const ids = [west, east].map((c) => toHex(c.chainId));
    const ofPoor = { ...buying, from: poor }, ether = toHex(parseEther("2"));
    check("without ether", !(await ask("scope_call", ofPoor)).success);
    const rich = await ask("scope_estimate", ofPoor, { [ids[0]]: { [poor]: { balance: ether } } });
    check("with a balance on the west", rich.success && BigInt(rich.gas) > 0n && rich.legs.length === 2, rich);
    // PUSH1 7 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
    const seven = await ask("scope_call", buying, { [ids[1]]: { [shop]: { code: "0x60075f5260205ff3" } } });
    check("with other code on the east", seven.success && BigInt(seven.output) === 7n, seven);
    const slots = await Promise.all([0, 1, 2, 3].map((i) =>
        rpc(east.url, "eth_getStorageAt", shop, toHex(i), "latest")));
    const slot = slots.findIndex((s) => BigInt(s.result) === left);
    const sold = { [shop]: { stateDiff: { [toHex(slot, { size: 32 })]: `0x${"0".repeat(64)}` } } };
    const soldOut = await ask("scope_call", buying, { [ids[1]]: sold });
    check("with no stock on the east", slot >= 0 && !soldOut.success && soldOut.output === toFunctionSelector("SoldOut()"),
        soldOut);
    const [first, second] = await ask("scope_simulate", { transactions: [ofPoor, buying],
        stateOverrides: { [ids[0]]: { [poor]: { balance: ether } } } });
    check("in a sequence", first.success && second.success && BigInt(second.output) === left - 2n, [first, second]);
    check("nothing has changed", (await stockOf()) === left && (await ask("scope_call", ofPoor)).success === false);
}

// What an L1 account would do, as an operation.
async function ofL1() {
    const data = encodeFunctionData({ abi: bridgeAbi, functionName: "scopedCall", args: [BigInt(east.chainId),
        alice.address, { to: shop, value: parseEther("1"), gasLimit: 200000n, data: toFunctionSelector("buy()") }] });
    const buys = { chainId: toHex(l1.chainId), from: alice.address, to: l1.bridge, value: toHex(parseEther("1")),
        input: data };
    const called = await ask("scope_call", buys), estimate = await ask("scope_estimate", buys);
    check("an operation of L1", called.success && called.scopedCalls === 1 && called.chainId === l1.chainId
        && called.trace.to === alice.address.toLowerCase(), called);
    check("its cost", estimate.gas === undefined && same(estimate.legs.map((l) => l.chainId), [east.chainId])
        && BigInt(estimate.l1.gasUsed) > 100000n, estimate);
    await operationsCost(buys);
    const left = await stockOf();
    const mixed = await ask("scope_simulate", { transactions: [buys, buying] });
    check("then a transaction of a rollup", mixed.every((m) => m.success)
        && BigInt(mixed[1].output) === left - 2n, mixed);
    const poor = await ask("scope_call", { ...buys, value: "0x1" });
    check("one that a slot would reject", !poor.success && poor.error.reason === "REJECT_OPERATION_FAILED", poor.error);
    const calls = [{ to: l1.bridge, data: "0x" }];
    const unsigned = { operation: { account: bob.address, gasLimit: "0x100000", calls } };
    const refused = await ask("scope_call", unsigned);
    check("without a signature", !refused.success && refused.error.reason !== undefined, refused);
    check("nothing has changed", (await stockOf()) === left);
}

// The first of an account, which delegates, and the next; each estimated, then sent.
async function operationsCost(buys) {
    const erin = up.accounts[4].address;
    for (const what of ["the first operation", "the next one"]) {
        const calls = [{ to: l1.bridge, value: buys.value, data: encodeFunctionData({ abi: bridgeAbi,
            functionName: "scopedCall", args: [BigInt(east.chainId), erin, { to: shop, value: parseEther("1"),
                gasLimit: 200000n, data: toFunctionSelector("buy()") }] }) }];
        const object = { chainId: buys.chainId, from: erin, to: l1.bridge, value: buys.value, input: calls[0].data };
        const estimate = await ask("scope_estimate", object);
        const sent = await rpc(l1.url, "eth_sendTransaction", object);
        check(`${what} is sent`, sent.result !== undefined, sent);
        await onL1(estimate, { hash: sent.result });
    }
}

async function rejected() {
    for (const method of ["scope_call", "scope_estimate"]) {
        const answer = await ask(method, { ...buying, to: undoing, value: "0x1" });
        check(
            `${method}: what a slot would reject`,
            !answer.success &&
                answer.gas === undefined &&
                answer.error.reason === "REJECT_REVERT_AROUND_CALL" &&
                answer.trace.error === "execution reverted",
            answer,
        );
    }
    const plain = await ask("scope_call", {
        chainId: toHex(east.chainId),
        to: shop,
        input: toFunctionSelector("buy()"),
    });
    check(
        "a revert is no rejection",
        !plain.success &&
            plain.error.reason === undefined &&
            plain.error.message === "execution reverted" &&
            plain.output === toFunctionSelector("WrongPrice()"),
        plain,
    );
}

// Each sees what those before it did: the last item is sold, so the next buyer fails.
async function sequences() {
    const left = await east.reader.readContract({ address: shop, abi: Shop.abi, functionName: "stock" });
    const transactions = Array(Number(left) + 1).fill({ ...buying, chainId: toHex(west.chainId) });
    const order = encodeFunctionData({ abi: Shop.abi, functionName: "order", args: [1n] });
    transactions.push(
        {
            chainId: toHex(west.chainId),
            from: alice.address,
            to: west.bridge,
            input: encodeFunctionData({
                abi: bridgeAbi,
                functionName: "scopedCall",
                args: [BigInt(east.chainId), alice.address, { to: shop, value: 0n, gasLimit: 200000n, data: order }],
            }),
        },
        { ...buying, chainId: toHex(west.chainId) },
    );
    const answers = await ask("scope_simulate", { transactions });
    check(
        "one after the other",
        answers.slice(0, Number(left)).every((a, i) => a.success && BigInt(a.output) === left - 1n - BigInt(i)),
        answers.map((a) => a.output),
    );
    check(
        "then it is sold out",
        answers[Number(left)].success === false && answers[Number(left)].output === toFunctionSelector("SoldOut()"),
        answers[Number(left)],
    );
    check(
        "ordered, and bought again",
        answers.slice(-2).every((a) => a.success) && BigInt(answers.at(-1).output) === 0n,
        answers.slice(-2),
    );
    check(
        "nothing has changed",
        (await east.reader.readContract({ address: shop, abi: Shop.abi, functionName: "stock" })) === left,
    );
}

async function others() {
    await ask("scope_chains");
    const status = await ask("scope_status"),
        listed = await ask("scope_listTransactions", { limit: "0x3" });
    check("settlements", status.settlements >= 3, status);
    await ask("scope_getTransaction", listed.transactions[0].hash);
    await ask("scope_getTransaction", `0x${"22".repeat(32)}`);
    const [bundle] = await ask("scope_listBundles", {});
    await ask("scope_getBundle", bundle.hash);
    const refused = (await rpc(west.url, "eth_sendTransaction", { ...buying, to: undoing, value: "0x1",
        gas: "0x100000" })).error.data.hash;
    await ask("scope_getTransaction", refused);
    check("a rejected trace", (await ask("scope_trace", refused)).status === "rejected");
    const reverted = (await rpc(west.url, "eth_sendTransaction", { ...buying, value: "0x1", gas: "0x100000" })).result;
    check("a reverted one", (await ask("scope_getTransaction", reverted)).reverted === true
        && (await ask("scope_trace", reverted)).reverted === true);
    await ask("scope_trace", await l1.wallet(alice).sendTransaction({ to: shop, value: 1n }));
}

// An operation of L1 that orders: signed as the node says.
async function operations() {
    const carol = privateKeyToAccount(up.accounts[2].privateKey);
    const data = encodeFunctionData({
        abi: bridgeAbi,
        functionName: "scopedCall",
        args: [
            BigInt(east.chainId),
            carol.address,
            { to: shop, value: parseEther("1"), gasLimit: 200000n, data: toFunctionSelector("buy()") },
        ],
    });
    const operation = {
        account: carol.address,
        gasLimit: "0x200000",
        calls: [{ to: l1.bridge, value: `0x${parseEther("1").toString(16)}`, data }],
    };
    const { typedData, authorization } = await ask("scope_operationTypedData", operation);
    const signature = await carol.signTypedData(typedData);
    const signed =
        authorization &&
        (await carol.signAuthorization({
            contractAddress: authorization.address,
            chainId: authorization.chainId,
            nonce: authorization.nonce,
        }));
    const hash = await ask("scope_sendOperation", {
        operation: { ...operation, ...typedData.message },
        signature,
        ...(signed && {
            authorization: {
                chainId: signed.chainId,
                address: signed.address,
                nonce: signed.nonce,
                yParity: signed.yParity,
                r: signed.r,
                s: signed.s,
            },
        }),
    });
    const traced = await ask("scope_trace", hash);
    check(
        "an operation's trace begins at its account",
        traced.kind === "operation" &&
            traced.status === "settled" &&
            traced.trace.chainId === l1.chainId &&
            traced.trace.to === carol.address.toLowerCase(),
        traced,
    );
    check(
        "its mailboxes are with L1",
        traced.mailboxes.some((m) => m.there.chainId === l1.chainId && m.equal),
        traced,
    );
}

async function invalid() {
    for (const [method, params, code, text] of [
        ["scope_call", [], -32602, "missing"],
        ["scope_call", [{ chainId: "0x5", to: shop }], -32602, "no chain 5"],
        ["scope_call", [{ chainId: toHex(l1.chainId), to: shop }], -32000, "FAULT_UNSUPPORTED"],
        ["scope_call", [buying, { "0x5": {} }], -32602, "not the id of a chain"],
        ["scope_call", [buying, { [toHex(west.chainId)]: { "0x11": {} } }], -32602, "not an address"],
        ["scope_call", [buying, { [toHex(west.chainId)]: 7 }], -32602, "must be an object"],
        ["scope_estimate", [buying, { [toHex(east.chainId)]: { [shop]: { balance: "much" } } }], -32602, "balance"],
        ["scope_call", [buying, { [toHex(east.chainId)]: { [`0x${"1".padStart(40, "0")}`]: { code: "0x" } } }], -32000,
            "FAULT_UNSUPPORTED"],
        ["scope_call", [{ to: "0x11" }], -32602, ""],
        ["scope_estimate", [{ chainId: "west" }], -32602, "chainId"],
        ["scope_simulate", [{}], -32602, "transactions"],
        ["scope_simulate", [{ transactions: [] }], -32602, "1 to 64"],
        ["scope_simulate", [{ transactions: [7] }], -32602, "objects"],
        ["scope_simulate", [{ transactions: Array(65).fill({}) }], -32602, "1 to 64"],
        ["scope_simulate", [{ transactions: [{}], stateOverrides: 7 }], -32602, "state overrides"],
    ]) {
        const { error } = await rpc(west.url, method, ...params);
        check(
            `${method}(${JSON.stringify(params).slice(0, 60)})`,
            error?.code === code && error.message.includes(text),
            error,
        );
    }
}
