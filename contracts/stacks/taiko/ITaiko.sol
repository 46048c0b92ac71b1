// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Where a message is, on the chain that it is for; RECALLED on the chain that it is from.
enum TaikoStatus {
    NEW,
    RETRIABLE,
    DONE,
    FAILED,
    RECALLED
}

/// @notice Why a message has its status.
enum TaikoStatusReason {
    INVOCATION_OK,
    INVOCATION_PROHIBITED,
    INVOCATION_FAILED,
    OUT_OF_ETH_QUOTA
}

/// @notice A message of Taiko's bridge. The bridge fills in id, from and srcChainId.
struct TaikoMessage {
    uint64 id;
    uint64 fee;
    uint32 gasLimit;
    address from;
    uint64 srcChainId;
    address srcOwner;
    uint64 destChainId;
    address destOwner;
    address to;
    uint256 value;
    bytes data;
}

/// @notice Which message is being processed.
struct TaikoContext {
    bytes32 msgHash;
    address from;
    uint64 srcChainId;
}

/// @title What Taiko's bridge needs of a signal service
interface ITaikoSignalService {
    /// @notice Sends a signal of the caller.
    function sendSignal(bytes32 signal) external returns (bytes32 slot);

    /// @notice Reverts if the signal was not sent on that chain by that account.
    function proveSignalReceived(uint64 chainId, address app, bytes32 signal, bytes calldata proof)
        external
        returns (uint256 numCacheOps);

    /// @notice The same, without effect.
    function verifySignalReceived(uint64 chainId, address app, bytes32 signal, bytes calldata proof) external view;

    /// @notice Whether that account sent the signal on this chain.
    function isSignalSent(address app, bytes32 signal) external view returns (bool);
}

/// @title A contract that Taiko's bridge calls with a message
interface ITaikoInvocable {
    /// @notice A message for this contract; the bridge's context() says from whom.
    function onMessageInvocation(bytes calldata data) external payable;
}

/// @title A contract that takes back the value of its message when that failed
interface ITaikoRecallable {
    /// @notice The message failed on the other chain.
    function onMessageRecalled(TaikoMessage calldata message, bytes32 msgHash) external payable;
}
