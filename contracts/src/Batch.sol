// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedAccount} from "./interfaces/IScopedAccount.sol";

/// @title Batches of calls (ERC-7821)
/// @notice Shared by ScopedAccount and RemoteAccount: which modes are supported, and how one call is made.
library Batch {
    /// @dev Bytes 0 and 1 of the mode: a single batch that reverts as a whole; bytes 6 to 9: no opData. The others are
    /// free.
    bytes32 private constant MASK = 0xffff00000000ffffffff00000000000000000000000000000000000000000000;
    bytes32 private constant SINGLE_BATCH = 0x0100000000000000000000000000000000000000000000000000000000000000;

    /// @notice Whether a batch of this mode can be executed.
    function knows(bytes32 mode) internal pure returns (bool) {
        return mode & MASK == SINGLE_BATCH;
    }

    /// @notice Makes one call in the name of this account; reverts as it does.
    function run(IScopedAccount.Call memory call) internal {
        address to = call.to == address(0) ? address(this) : call.to;
        uint256 value = call.value;
        bytes memory data = call.data;
        assembly ("memory-safe") {
            if iszero(call(gas(), to, value, add(data, 0x20), mload(data), 0, 0)) {
                let free := mload(0x40)
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
        }
    }
}
