// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The preconditions of a bundle
/// @notice If L1 state changed since simulation, the bundle reverts early, for the price of a few reads. A contract
/// without authority makes the reads, so that the bridge is never their sender.
interface IReader {
    /// @notice A read and its expected result.
    /// @param target The contract that is read, by STATICCALL.
    /// @param data The calldata.
    /// @param resultHash The hash of the expected returndata.
    struct Precondition {
        address target;
        bytes data;
        bytes32 resultHash;
    }

    /// @notice Read number `index` reverted or returned something else.
    error PreconditionFailed(uint256 index);

    /// @notice Reverts unless every precondition holds.
    function check(Precondition[] calldata preconditions) external view;
}
