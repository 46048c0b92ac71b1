// advice - what to do about a transaction or operation that failed: by the name of the reason for which the builder
// rejected it, or by the error of the frame that failed.

const OF_REASON = {
    REJECT_REVERT_AROUND_CALL: "A frame that made a scoped call reverted, so the other chain would have executed a call "
        + "that its caller undid. Let the call succeed, or use tryScopedCall and handle the failure without reverting.",
    REJECT_OPERATION_FAILED: "A call of the operation reverted. Fix what the failing frame complains about, then sign the "
        + "operation again.",
    REJECT_OUTSIDE_BUNDLE: "On L1 a scoped call needs a bundle around it. Send an operation (scope_sendOperation, or "
        + "eth_sendTransaction of a development account) instead of a transaction.",
    REJECT_UNKNOWN_CHAIN: "The target chain id is not one of this node's chains. Check the first argument of scopedCall.",
    REJECT_NO_ROLLUP: "Nothing in the slot touches a rollup, so there is no bundle to run the operation in. Send an "
        + "ordinary L1 transaction.",
    REJECT_HANDLING_FAILED: "The target's bridge could not handle the call. A larger gas limit in the request often helps.",
    REJECT_FILL_FAILED: "The source's bridge did not take the response.",
    REJECT_CALL_ORDER: "A chain was called back in an order that no block can have. Make nested calls only from inside of "
        + "the call that they answer.",
    REJECT_REFUND_REFUSED: "A call with value failed, and its caller reverted when the value came back. Give the calling "
        + "contract a receive function, or send the call without value.",
    REJECT_ATOMIC: "It was sent as one of a group, and another of the group was rejected. Look at that one.",
    REJECT_ROOT_ORDER: "Another scope with a later clock came first. Send it again.",
    REJECT_LOOKUP_INTO_STATIC: "A view call into a chain that itself waits for a view call. Split it into two.",
    REJECT_NOT_ANNOUNCED: "A view call came before the scope was announced; the builder does that by itself in a slot.",
    REJECT_READS_PROPOSER: "An L1 step reads COINBASE or PREVRANDAO, which the builder cannot know in advance. Remove the "
        + "read.",
    REJECT_BUNDLE_TOO_LARGE: "It does not fit into an L1 transaction even alone. Make fewer calls, or pass less data.",
    REJECT_BUNDLE_FULL: "No slot had room. Send it again later.",
    REJECT_PASSES_DIFFER: "The block did not do what the simulation did. Code that depends on gas left, or on fees, may "
        + "behave so.",
    REJECT_TX_NONCE_LOW: "Another transaction took this nonce. Sign it with the next one.",
    REJECT_TX_NONCE_HIGH: "Transactions with earlier nonces are missing.",
    REJECT_TX_INSUFFICIENT_FUNDS: "The account cannot pay value and gas. Fund it, or lower the gas limit.",
    REJECT_TX_MAX_FEE_LOW: "maxFeePerGas is below the base fee.",
    REJECT_TX_INTRINSIC_GAS_TOO_LOW: "The gas limit is below what the transaction costs before it runs.",
    REJECT_TX_GAS_ALLOWANCE: "The gas limit does not fit into a block.",
    REJECT_SIGNATURE: "The signature is not the account's.",
    REJECT_NOT_DELEGATED: "The account has not delegated to ScopedAccount. Sign the authorization that "
        + "scope_operationTypedData returns.",
};


// Errors of the bridge and of ScopedAccount (contracts/src/interfaces).
const OF_ERROR = {
    FromMismatch: "The second argument of a scoped call is the account in whose name it is made: it must be the caller.",
    WrongValue: "The value sent to the bridge must equal the value of the request.",
    UnsupportedChain: "The first argument of a scoped call is the id of the target chain, and the bridge knows no such chain.",
    CallerGasTooLow: "The call's gas limit must fit into the gas that its caller has left. Raise the transaction's gas "
        + "limit, or lower the call's.",
    GasLimitTooHigh: "The call's gas limit is above what the target chain allows. Lower it.",
    NestingForbidden: "A call that was made with the leaf flag may not call another chain. Make it without the flag.",
    ForbiddenTarget: "The target is a contract of the protocol, which no scoped call may call. Call a contract behind it.",
    ReturnDataTooLong: "The target returned more data than a response holds. Return less, or in several calls.",
    Expired: "The operation's deadline is over. Sign it again with a later one.",
    WrongNonce: "Not the account's next operation nonce: it was used, or an earlier one is missing. Ask for it with "
        + "scope_operationTypedData, and sign the operation again.",
    WrongSubmitter: "The operation names the submitter of the bundle, and this builder is not it. Sign it for this builder, "
        + "or for any (0).",
    WrongSignature: "The signature is not that of the account's key over this operation on this chain. Sign what "
        + "scope_operationTypedData returns.",
    NotDelegated: "The account has not delegated to ScopedAccount. Sign the authorization that "
        + "scope_operationTypedData returns.",
    Error: "The contract gives this reason itself. Change the arguments or the state that it checks.",
    Panic: "The contract's code failed a check that the compiler adds. Check the arguments of the call.",
};

// How a frame ended.
const OF_HALT = {
    "out of gas": "The frame used up its gas. If another chain called it, raise the gas limit in the request of the scoped "
        + "call; otherwise that of the transaction.",
    "invalid opcode: INVALID": "The contract executed INVALID, which takes all gas: a failed assertion of old compilers, or a "
        + "function that is not meant to be called.",
    "write protection": "A view call (scopedStaticCall) may change nothing, and the function changes state. Use scopedCall.",
};

// The builder's reason says only that some frame failed.
const IS_OF_FRAME = new Set(["REJECT_OPERATION_FAILED", "REJECT_HANDLING_FAILED"]);
const NO_REASON = "The contract gave no reason. Usual causes: it has no such function, the function takes no value, or a "
    + "check without a message failed.";

function ofFrame(frame, book) {
    if (frame.error !== "execution reverted")
        return OF_HALT[frame.error] ?? null;
    const known = book.error(frame.output)?.item.name;
    if (known)
        return OF_ERROR[known] ?? OF_ERROR.Error;
    return (frame.output ?? "0x") === "0x" ? NO_REASON
        : "The contract gives a reason of its own. Drop its artifact on this page to read it.";
}

// frame: the one to blame, or null; book: of names.mjs.
export function adviceFor(reason, frame, book) {
    const ofReason = OF_REASON[reason] ?? null;
    if (reason && !IS_OF_FRAME.has(reason))
        return ofReason;
    return (frame && ofFrame(frame, book)) ?? ofReason;
}
