// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Fixed addresses of every rollup
/// @notice The same on each rollup, part of its rules and of its rulesHash.
library Predeploys {
    /// @notice The abort precompile: a call to it from RollupBridge makes the transaction invalid; for every other
    /// caller it is an account without code (docs/protocol.md section 7). SharedBridge calls it too, so that a
    /// tracer sees the reason; on L1 the address has no code.
    address internal constant ABORT = 0x00000000000000000000000000000000005c09e0;

    /// @notice RollupBridge.
    address internal constant ROLLUP_BRIDGE = 0x00000000000000000000000000000000005c09E1;

    /// @notice L1Context.
    address internal constant L1_CONTEXT = 0x00000000000000000000000000000000005c09e2;

    /// @notice The implementation that every RemoteAccount of the rollup is a clone of.
    address internal constant REMOTE_ACCOUNT = 0x00000000000000000000000000000000005C09E3;

    /// @notice The sender of system transactions.
    address internal constant SYSTEM = 0xffffFFFfFFffffffffffffffFfFFFfffFFFfFFfE;
}
