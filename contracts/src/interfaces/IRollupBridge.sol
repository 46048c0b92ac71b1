// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "./IScopedBridge.sol";
import {ForcedEntry} from "../types/ForcedEntry.sol";

/// @title The bridge of a rollup, a predeploy
/// @notice Its system functions (handleScopedCall, fillResponsesIn, fillNestedCalls, openScope, announceRoot,
/// closeLookups, takeForced) are called by system transactions alone. It holds the ETH that is not in circulation on the rollup.
/// @dev Storage that the state transition and the verifier read is listed in contracts/ABI.md.
interface IRollupBridge is IScopedBridge {
    /// @notice A chain that the rollup can call, fixed at genesis.
    /// @param chainId Its id.
    /// @param maxGas The greatest gas limit of a call to it.
    /// @param defaultGas What a RemoteAccount gives a call to it, at depth 0.
    /// @param gasPrice Source gas burned for 65,536 gas of the target; 0: nothing.
    /// @param isTrusted Whether it is in this rollup's circle (docs/protocol.md section 3). L1 is, whatever this says.
    struct PeerConfig {
        uint64 chainId;
        uint64 maxGas;
        uint64 defaultGas;
        uint24 gasPrice;
        bool isTrusted;
    }

    /// @notice An entry of the forced queue was taken.
    /// @param index Its place in the queue.
    /// @param hash The hash chain after it.
    /// @param success Of a call from L1: whether it succeeded. Of a transaction: false; it follows, if it is valid.
    event ForcedTaken(uint64 indexed index, bytes32 hash, bool success);

    /// @notice Only the system sender 0xfffffffffffffffffffffffffffffffffffffffe may call this.
    error OnlySystem();
    /// @notice Two peers with one id, or an id that is 0, this chain's own, or not below 2^64.
    error BadPeer(uint256 chainId);
    /// @notice The caller cannot pay the price of the target's gas.
    error TargetGasUnpaid();

    /// @notice Names the root of the next transaction, which looks at another chain before it calls one: after raising a
    /// lagging clock as openScope does, the root is the next clock. A system function (section 6).
    function announceRoot(uint64 floor) external;

    /// @notice Deletes responses to lookups, and ends the announcement. A system function (section 6).
    /// @param reqHashes The lookups.
    function closeLookups(bytes32[] calldata reqHashes) external;

    /// @notice Takes the next entry of the queue on L1 (IForcedQueue). A call from L1 runs at once, in its account's name;
    /// it can make no scoped call. A signed transaction is the block's next, if it is valid. A system function (section 14).
    function takeForced(ForcedEntry calldata entry) external;

    /// @notice The hash chain over all entries that were taken.
    function forcedHash() external view returns (bytes32);

    /// @notice How many entries were taken.
    function forcedCount() external view returns (uint64);
}
