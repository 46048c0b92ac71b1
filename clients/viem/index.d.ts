import type { Account, Address, BaseError, Chain, Client, Hash, Hex } from "viem";

export type ScopeStatus = "pending" | "queued" | "simulated" | "preconfirmed" | "settled" | "rejected";

export interface ScopedCall {
    source: number;
    target: number;
    from: Address;
    to: Address;
    value: bigint;
    requestHash: Hash;
    /** Of the source chain, when it was made. */
    clock: number;
    /** A STATICCALL, without effect on the target. */
    lookup: boolean;
    /** By its handling, the target's bridge included. */
    gasUsed: bigint;
    success: boolean;
    /** The call during whose handling it was made. */
    parent: number | null;
}

export interface Scope {
    hash: Hash;
    chainId: number;
    from: Address;
    kind: "transaction" | "operation";
    status: ScopeStatus;
    error?: { reason: string; message: string };
    /** It is in a block, and failed there. */
    reverted?: true;
    blockNumber?: bigint;
    bundle?: { hash: Hash; blockNumber: bigint };
    calls: ScopedCall[];
}

/** As callTracer's, on every chain. */
export interface ScopeFrame {
    chainId: number;
    type: "CALL" | "CALLCODE" | "DELEGATECALL" | "STATICCALL" | "CREATE" | "CREATE2" | "SELFDESTRUCT";
    from: Address;
    to?: Address;
    value?: bigint;
    gas: bigint;
    gasUsed: bigint;
    input: Hex;
    output?: Hex;
    error?: string;
    revertReason?: string;
    /** Nothing can be changed in it. */
    static?: true;
    /** It succeeded inside of a frame that failed. */
    undone?: true;
    /** The scoped call that its chain handles in it. */
    handles?: number;
    calls?: ScopeFrame[];
}

export interface Mailbox {
    chainId: number;
    requestsOut: Hash;
    requestsIn: Hash;
    responsesOut: Hash;
    responsesIn: Hash;
    valueOut: bigint;
    valueIn: bigint;
}

export interface TracedScope extends Scope {
    mailboxes?: { here: Mailbox; there: Mailbox; equal: boolean }[];
    omittedFrames: number;
    trace: ScopeFrame | null;
}

export interface SimulatedScope {
    chainId: number;
    success: boolean;
    output: Hex;
    error?: { reason?: string; message: string };
    /** A gas limit that suffices, when it succeeds. */
    gas?: bigint;
    gasUsed: bigint;
    scopedCalls: number;
    gasByChain: { chainId: number; gasUsed: bigint }[];
    omittedFrames: number;
    trace: ScopeFrame | null;
}

export interface ScopeTransaction {
    account?: Account | Address;
    to?: Address;
    data?: Hex;
    value?: bigint;
    gas?: bigint;
    /** Of a rollup; absent: the client's. */
    chainId?: number;
}

export interface OperationParameters {
    /** One that signs here. */
    account?: Account;
    calls: { to: Address; value?: bigint; data?: Hex }[];
    gasLimit: bigint;
    nonce?: bigint;
    /** Seconds since 1970. */
    deadline?: bigint;
    submitter?: Address;
}

export interface SignedOperation {
    operation: Record<string, unknown>;
    signature: Hex;
    authorization?: { chainId: number; address: Address; nonce: number; yParity?: number; r: Hex; s: Hex };
}

export type ScopeChain = Chain & { custom: { kind: "l1" | "rollup"; bridge: Address } };

export interface ScopeActions {
    getScope(parameters: { hash: Hash }): Promise<Scope>;
    traceScope(parameters: { hash: Hash }): Promise<TracedScope>;
    waitForSettlement(parameters: { hash: Hash; timeout?: number; pollingInterval?: number }): Promise<Scope>;
    estimateScope(parameters: ScopeTransaction): Promise<SimulatedScope>;
    signOperation(parameters: OperationParameters): Promise<SignedOperation>;
    sendOperation(parameters: OperationParameters | SignedOperation): Promise<Hash>;
    getScopeChains(parameters: { url: string }): Promise<ScopeChain[]>;
}

export declare function scopeActions(): (client: Client) => ScopeActions;
export declare function getScope(client: Client, parameters: { hash: Hash }): Promise<Scope>;
export declare function traceScope(client: Client, parameters: { hash: Hash }): Promise<TracedScope>;
export declare function waitForSettlement(
    client: Client,
    parameters: { hash: Hash; timeout?: number; pollingInterval?: number },
): Promise<Scope>;
export declare function estimateScope(client: Client, parameters: ScopeTransaction): Promise<SimulatedScope>;
export declare function signOperation(client: Client, parameters: OperationParameters): Promise<SignedOperation>;
export declare function sendOperation(
    client: Client,
    parameters: OperationParameters | SignedOperation,
): Promise<Hash>;
export declare function getScopeChains(client: Client, parameters: { url: string }): Promise<ScopeChain[]>;

export declare class ScopeRejectedError extends BaseError {
    hash: Hash;
    reason: string;
}
export declare class ScopeNotFoundError extends BaseError {
    hash: Hash;
}
export declare class SettlementTimeoutError extends BaseError {
    hash: Hash;
}
