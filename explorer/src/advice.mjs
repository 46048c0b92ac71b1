// advice - what to do about a rejected transaction or operation, by the name of its reason.

const ADVICE = {
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

export const adviceFor = (reason) => ADVICE[reason] ?? null;
