// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IReader} from "./interfaces/IReader.sol";

/// @title The preconditions of a bundle
/// @notice See IReader. docs/protocol.md section 8.
contract Reader is IReader {
    /// @inheritdoc IReader
    function check(Precondition[] calldata preconditions) external view {
        for (uint256 i = 0; i < preconditions.length; i++) {
            (bool success, bytes memory result) = preconditions[i].target.staticcall(preconditions[i].data);
            if (!success || keccak256(result) != preconditions[i].resultHash) revert PreconditionFailed(i);
        }
    }
}
