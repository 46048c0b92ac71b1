// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The code that a user's account on L1 delegates to (EIP-7702)
/// @notice Runs operations that the account's key signed, when SharedBridge asks for it. The user sends nothing.
/// @dev EIP-712 domain: name "ScopedAccount", version "1", chainId, verifyingContract = the account, salt = the address
/// of SharedBridge, left-padded: the storage of nonces outlives a delegation, so an operation names its deployment.
///   Operation(uint256 nonce,uint256 deadline,uint256 gasLimit,address submitter,Call[] calls)Call(address to,uint256 value,bytes data)
interface IScopedAccount {
    /// @notice One call of a batch (ERC-7821).
    /// @param to The target; 0 means the account itself.
    /// @param value Wei of the account sent along.
    /// @param data Calldata.
    struct Call {
        address to;
        uint256 value;
        bytes data;
    }

    /// @notice What a user signs.
    /// @param nonce `key:192 || sequence:64`: each key is a sequence of its own, from 0, without gaps.
    /// @param deadline The last second at which it may run.
    /// @param gasLimit Gas of the step: the operation runs with exactly this much.
    /// @param submitter Who may send the bundle that holds it; 0: any account.
    /// @param calls The batch; all succeed, or none happens.
    struct Operation {
        uint256 nonce;
        uint256 deadline;
        uint256 gasLimit;
        address submitter;
        Call[] calls;
    }

    /// @notice The operation ran. `operationHash` is the EIP-712 digest that was signed.
    event OperationExecuted(bytes32 indexed operationHash);

    /// @notice Operations of this key with a sequence number below `next` can run no more.
    event NoncesInvalidated(uint192 indexed key, uint64 next);

    /// @notice Only SharedBridge runs operations.
    error OnlyBridge();
    /// @notice Only the account itself runs an unsigned batch, or cancels operations.
    error OnlySelf();
    /// @notice `block.timestamp` is after the deadline.
    error Expired();
    /// @notice Not the submitter that the signer named.
    error WrongSubmitter();
    /// @notice Not the next of its sequence: replayed, or out of order; or nonces that are invalid already.
    error WrongNonce();
    /// @notice Not a signature of the account's key over this operation for this bridge on this chain.
    error WrongSignature();
    /// @notice ERC-7821: only mode 0x0100..00 is supported.
    error UnsupportedExecutionMode();

    /// @notice Runs a signed operation. Only SharedBridge may call.
    /// @param operation The operation.
    /// @param signature `r:32 || s:32 || v:1` by the account's key, low s.
    /// @param submitter Who sent the bundle.
    function executeOperation(Operation calldata operation, bytes calldata signature, address submitter) external;

    /// @notice ERC-7821: runs a batch; only the account itself may, in a transaction of its own.
    /// @param mode 0x01 and 31 zero bytes: a single batch, no opData.
    /// @param executionData `abi.encode(Call[])`.
    function execute(bytes32 mode, bytes calldata executionData) external payable;

    /// @notice Cancels the operations of a key that were signed with a sequence number below `next`, in a transaction of
    /// the account's own or in an operation. Only the account itself.
    /// @param key The upper 24 bytes of their nonces.
    /// @param next The next valid sequence number, above the present one.
    function invalidateNonces(uint192 key, uint64 next) external;

    /// @notice ERC-7821.
    function supportsExecutionMode(bytes32 mode) external view returns (bool);

    /// @notice The next sequence number of a key; the next nonce is `key << 64 | sequence`.
    function nonceOf(uint192 key) external view returns (uint64 sequence);

    /// @notice The EIP-712 digest that the account's key signs.
    function operationHash(Operation calldata operation) external view returns (bytes32);
}
