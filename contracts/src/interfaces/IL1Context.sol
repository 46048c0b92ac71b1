// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What a rollup knows of L1, a predeploy
/// @notice The L1 block that the rollup's block is anchored to. The first transaction of each block sets it.
interface IL1Context {
    /// @notice Only the system sender may call this.
    error OnlySystem();
    /// @notice The anchor is before the last one, or another block with the same number.
    error AnchorFell();

    /// @notice Anchors the block. A system function.
    /// @param number The L1 block's number.
    /// @param blockHash Its hash.
    /// @param timestamp Its timestamp, seconds.
    /// @param baseFee Its base fee, wei.
    function update(uint64 number, bytes32 blockHash, uint64 timestamp, uint128 baseFee) external;

    /// @notice The anchored L1 block's number.
    function number() external view returns (uint64);

    /// @notice The anchored L1 block's hash.
    function blockHash() external view returns (bytes32);

    /// @notice The anchored L1 block's timestamp, seconds.
    function timestamp() external view returns (uint64);

    /// @notice The anchored L1 block's base fee, wei.
    function baseFee() external view returns (uint128);
}
