// scope-viem - viem actions for a scope node: `scope up` serves its scope_ methods on every chain.
//
//     const client = createWalletClient({ account, chain, transport: http() }).extend(scopeActions());
//     const hash = await client.sendOperation({ calls, gasLimit });
//     const { bundle } = await client.waitForSettlement({ hash });

import { BaseError, defineChain, numberToHex } from "viem";
import { parseAccount } from "viem/utils";

/** What the builder refused: its reason, as the node names it. */
export class ScopeRejectedError extends BaseError {
    constructor({ hash, reason, message }) {
        super(`${hash} was rejected: ${reason}`, { details: message, name: "ScopeRejectedError" });
        Object.assign(this, { hash, reason });
    }
}

export class ScopeNotFoundError extends BaseError {
    constructor({ hash }) {
        super(`The node knows no transaction or operation ${hash}.`, { name: "ScopeNotFoundError" });
        this.hash = hash;
    }
}

export class SettlementTimeoutError extends BaseError {
    constructor({ hash, timeout }) {
        super(`${hash} has not settled within ${timeout} ms.`, { name: "SettlementTimeoutError" });
        this.hash = hash;
    }
}

// --- values: quantities as bigint ---

const optional = (value, format) => (value === undefined || value === null ? value : format(value));
const place = ({ hash, blockNumber }) => ({ hash, blockNumber: BigInt(blockNumber) });
const formatCall = (call) => ({ ...call, value: BigInt(call.value), gasUsed: BigInt(call.gasUsed) });
const formatFrame = (frame) => ({
    ...frame,
    ...(frame.value !== undefined && { value: BigInt(frame.value) }),
    gas: BigInt(frame.gas),
    gasUsed: BigInt(frame.gasUsed),
    ...(frame.calls && { calls: frame.calls.map(formatFrame) }),
});
const formatSide = (side) => ({ ...side, valueOut: BigInt(side.valueOut), valueIn: BigInt(side.valueIn) });
const formatPair = ({ here, there, equal }) => ({ here: formatSide(here), there: formatSide(there), equal });

function formatScope(scope) {
    return {
        ...scope,
        ...(scope.blockNumber && { blockNumber: BigInt(scope.blockNumber) }),
        ...(scope.bundle && { bundle: place(scope.bundle) }),
        calls: scope.calls.map(formatCall),
        ...(scope.mailboxes && { mailboxes: scope.mailboxes.map(formatPair) }),
        ...(scope.trace !== undefined && { trace: optional(scope.trace, formatFrame) }),
    };
}

const formatSimulated = (simulated) => ({
    ...simulated,
    ...(simulated.gas && { gas: BigInt(simulated.gas) }),
    gasUsed: BigInt(simulated.gasUsed),
    gasByChain: simulated.gasByChain.map((g) => ({ chainId: g.chainId, gasUsed: BigInt(g.gasUsed) })),
    trace: optional(simulated.trace, formatFrame),
});

function requestOf(client, { account = client.account, to, data, value, gas, chainId }) {
    return {
        ...(account && { from: parseAccount(account).address }),
        ...(to && { to }),
        ...(data && { input: data }),
        ...(value !== undefined && { value: numberToHex(value) }),
        ...(gas !== undefined && { gas: numberToHex(gas) }),
        ...(chainId !== undefined && { chainId: numberToHex(chainId) }),
    };
}

// --- reading ---

export async function getScope(client, { hash }) {
    const scope = await client.request({ method: "scope_getTransaction", params: [hash] });
    if (!scope) throw new ScopeNotFoundError({ hash });
    return formatScope(scope);
}

export async function traceScope(client, { hash }) {
    return formatScope(await client.request({ method: "scope_trace", params: [hash] }));
}

/** Until it is settled. Throws ScopeRejectedError when the builder refused it. */
export async function waitForSettlement(client, parameters) {
    const { hash, timeout = 180_000, pollingInterval = client.pollingInterval } = parameters;
    const until = Date.now() + timeout;
    for (;;) {
        const scope = await getScope(client, { hash });
        if (scope.status === "settled") return scope;
        if (scope.status === "rejected") throw new ScopeRejectedError({ hash, ...scope.error });
        if (Date.now() + pollingInterval > until) throw new SettlementTimeoutError({ hash, timeout });
        await new Promise((done) => setTimeout(done, pollingInterval));
    }
}

/** What a transaction of a rollup would do on all chains, and the gas limit that suffices. */
export async function estimateScope(client, parameters) {
    return formatSimulated(await client.request({ method: "scope_estimate", params: [requestOf(client, parameters)] }));
}

// --- operations of L1 accounts ---

function accountOf(client, account = client.account) {
    if (!account) throw new BaseError("An operation needs an account.");
    const parsed = parseAccount(account);
    if (!parsed.signTypedData) throw new BaseError("An operation needs an account that signs here: a local one.");
    return parsed;
}

/** Asks the node what to sign, and signs it: the operation, and an EIP-7702 authorization if the account needs one. */
export async function signOperation(client, { account, calls, gasLimit, nonce, deadline, submitter }) {
    const signer = accountOf(client, account);
    const asked = {
        account: signer.address,
        gasLimit: numberToHex(gasLimit),
        calls: calls.map(({ to, value = 0n, data = "0x" }) => ({ to, value: numberToHex(value), data })),
        ...(nonce !== undefined && { nonce: numberToHex(nonce) }),
        ...(deadline !== undefined && { deadline: numberToHex(deadline) }),
        ...(submitter && { submitter }),
    };
    const { typedData, authorization } = await client.request({ method: "scope_operationTypedData", params: [asked] });
    const signature = await signer.signTypedData(typedData);
    const signed = { operation: { ...asked, ...typedData.message, calls: asked.calls }, signature };
    if (!authorization) return signed;
    const { chainId, address, nonce: authorizationNonce, yParity, r, s } = await signer.signAuthorization({
        contractAddress: authorization.address,
        chainId: authorization.chainId,
        nonce: authorization.nonce,
    });
    return { ...signed, authorization: { chainId, address, nonce: authorizationNonce, yParity, r, s } };
}

/** Sends an operation that signOperation signed, or signs it first. Its hash. */
export async function sendOperation(client, parameters) {
    const signed = parameters.signature ? parameters : await signOperation(client, parameters);
    const { operation, signature, authorization } = signed;
    return client.request({
        method: "scope_sendOperation",
        params: [{ operation, signature, ...(authorization && { authorization }) }],
    });
}

// --- chains ---

/** The chains of a node, as viem knows chains; url: of any of them. The node serves each under /<chain id>. */
export async function getScopeChains(client, { url }) {
    const chains = await client.request({ method: "scope_chains" });
    return chains.map(({ chainId, kind, bridge, contracts }) =>
        defineChain({
            id: chainId,
            name: kind === "l1" ? "scope L1" : `scope rollup ${chainId}`,
            nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
            rpcUrls: { default: { http: [new URL(`/${chainId}`, url).href] } },
            contracts: Object.fromEntries(Object.entries(contracts).map(([name, address]) => [name, { address }])),
            custom: { kind, bridge },
        }),
    );
}

/** client.extend(scopeActions()) */
export const scopeActions = () => (client) => ({
    getScope: (parameters) => getScope(client, parameters),
    traceScope: (parameters) => traceScope(client, parameters),
    waitForSettlement: (parameters) => waitForSettlement(client, parameters),
    estimateScope: (parameters) => estimateScope(client, parameters),
    signOperation: (parameters) => signOperation(client, parameters),
    sendOperation: (parameters) => sendOperation(client, parameters),
    getScopeChains: (parameters) => getScopeChains(client, parameters),
});
