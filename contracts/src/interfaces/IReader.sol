// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The preconditions of a bundle
/// @notice A lost race for L1 state kills a bundle for the price of a few reads. The reads are made by a contract
/// with no authority, so that the bridge is never their sender.
interface IReader {
    /// @notice A read and what it must give.
    /// @param target The contract that is asked, with STATICCALL.
    /// @param data The calldata.
    /// @param resultHash The hash of the expected returndata.
    struct Precondition {
        address target;
        bytes data;
        bytes32 resultHash;
    }

    /// @notice The read number `index` reverted or gave something else.
    error PreconditionFailed(uint256 index);

    /// @notice Reverts unless every precondition holds.
    function check(Precondition[] calldata preconditions) external view;
}
