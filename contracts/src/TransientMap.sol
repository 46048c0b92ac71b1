// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Words in transient storage (EIP-1153)
/// @notice By a namespace and a key.
/// @dev The compiler's own transient variables take the low slots; these are hashes.
library TransientMap {
    /// @notice The slot of a key.
    function slot(uint256 namespace, uint256 key) internal pure returns (uint256 hashed) {
        assembly ("memory-safe") {
            mstore(0, key)
            mstore(0x20, namespace)
            hashed := keccak256(0, 0x40)
        }
    }

    /// @notice Reads a slot.
    function get(uint256 hashed) internal view returns (uint256 word) {
        assembly ("memory-safe") {
            word := tload(hashed)
        }
    }

    /// @notice Writes a slot.
    function set(uint256 hashed, uint256 word) internal {
        assembly ("memory-safe") {
            tstore(hashed, word)
        }
    }
}
