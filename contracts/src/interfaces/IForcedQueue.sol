// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISharedBridge} from "./ISharedBridge.sol";
import {ForcedEntry} from "../types/ForcedEntry.sol";

/// @title Forced inclusion: transactions that a rollup cannot leave out
/// @notice Anyone adds an entry to a rollup's queue on L1. The rollup's blocks take the queue in order, and SharedBridge
/// settles nothing of a rollup that leaves an entry for more than WINDOW blocks: Overdue.
/// @dev docs/protocol.md section 14.
interface IForcedQueue {
    /// @notice An entry was added; entry() returns it.
    event Enqueued(
        uint64 indexed chainId, uint64 indexed index, address indexed from, address to, uint256 value, uint256 gasLimit
    );
    /// @notice A settlement took the entries below `count`, and `value` wei of theirs became the rollup's escrow.
    event Taken(uint64 indexed chainId, uint64 count, uint256 value);
    /// @notice The value of an entry that a frozen rollup did not take was paid back.
    event Refunded(uint64 indexed chainId, uint64 indexed index, address to, uint256 value);

    /// @notice No such rollup, or it is frozen.
    error NotOpen(uint256 chainId);
    /// @notice The entries of this L1 block have this much gas left; costOf says what an entry takes.
    error QueueFull(uint256 gasLeft);
    /// @notice The data has more than DATA_MAX bytes.
    error DataTooLong();
    /// @notice The call is not given its value and its fee.
    error Underpaid(uint256 needed);
    /// @notice The rest of what was paid could not be returned.
    error ReturnRefused();
    /// @notice Only SharedBridge may call this.
    error OnlyBridge();
    /// @notice A rollup cannot have taken this many.
    error BadCount(uint256 chainId, uint256 count);
    /// @notice The rollup leaves an entry that is due: it settles when it takes it.
    error Overdue(uint256 chainId, uint256 index, uint256 dueBlock);
    /// @notice The rollup is not frozen.
    error NotFrozen(uint256 chainId);
    /// @notice The entry was taken, is not there, is another's, has no value, or was paid back.
    error NotRefundable(uint256 chainId, uint256 index);

    /// @notice Adds a signed transaction of the rollup, by its envelope. Anyone may send it.
    /// @param chainId The rollup.
    /// @param gasLimit At least the transaction's own, or it is invalid.
    /// @param envelope The transaction as eth_sendRawTransaction takes it.
    /// @return index Its place in the rollup's queue.
    function enqueueTransaction(uint256 chainId, uint256 gasLimit, bytes calldata envelope)
        external
        payable
        returns (uint64 index);

    /// @notice Adds a call from the caller's RemoteAccount on the rollup. The value leaves with the entry: if the call
    /// fails, the RemoteAccount has it. There is no response.
    /// @param chainId The rollup.
    /// @param to What is called.
    /// @param value Wei that the call carries.
    /// @param gasLimit What the call gets.
    /// @param data Its calldata.
    /// @return index Its place in the rollup's queue.
    function enqueueCall(uint256 chainId, address to, uint256 value, uint256 gasLimit, bytes calldata data)
        external
        payable
        returns (uint64 index);

    /// @notice Records that a settlement took the entries below `count`, and pays their value to SharedBridge. Only
    /// SharedBridge.
    /// @return hash The hash chain after them, or 0 when the count does not change.
    /// @return value What was paid.
    /// @return left Whether there are entries behind them.
    function take(uint256 chainId, uint256 count) external returns (bytes32 hash, uint256 value, bool left);

    /// @notice Pays back the value of the caller's entry, once, when the rollup was frozen before it took it.
    function refund(uint256 chainId, uint64 index, address to) external;

    /// @notice How many entries the queue has, and how many of them settled blocks took.
    function position(uint256 chainId) external view returns (uint64 enqueued, uint64 taken);

    /// @notice What an entry takes of a rollup's block. Its fee is this much gas of L1, at L1's base fee.
    function costOf(uint256 gasLimit, uint256 bytes_) external pure returns (uint256);

    /// @notice An entry.
    function entry(uint256 chainId, uint256 index) external view returns (ForcedEntry memory);

    /// @notice The last L1 block in which a settlement may leave this entry.
    function dueBlock(uint256 chainId, uint256 index) external view returns (uint256);

    /// @notice The hash chain over the first `count` entries.
    function hashAt(uint256 chainId, uint256 count) external view returns (bytes32);

    /// @notice The bridge whose rollups these are.
    function bridge() external view returns (ISharedBridge);
}
