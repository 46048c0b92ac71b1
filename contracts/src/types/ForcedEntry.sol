// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What a rollup must do by order of L1: a signed transaction of its own, or a call from an account of L1.
/// @param from The account of L1; 0: data is the envelope of a signed transaction, and to and value are 0.
/// @param to What is called.
/// @param value Wei that the call carries.
/// @param gasLimit Of the call; of a transaction the most that it may have.
/// @param data Calldata, or the envelope.
struct ForcedEntry {
    address from;
    address to;
    uint256 value;
    uint256 gasLimit;
    bytes data;
}

/// @title The hash chain of a forced queue
/// @notice L1 and the rollup compute it alike. It starts at 0, and fixes entries, order and number.
/// @dev Layout: contracts/ABI.md.
library ForcedEntryLibrary {
    /// @notice The chain with one more entry.
    function mix(bytes32 chain, ForcedEntry memory entry) internal pure returns (bytes32) {
        bytes32 leaf = keccak256(abi.encode(entry.from, entry.to, entry.value, entry.gasLimit, keccak256(entry.data)));
        return keccak256(abi.encode(chain, leaf));
    }
}
