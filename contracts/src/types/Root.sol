// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The id of a root, the transaction or step that a scope starts from: `clock:8 || chainId:8`. 0: none.
/// Roots are ordered by this number.
type Root is uint128;

using RootLibrary for Root global;
using {equal as ==, notEqual as !=, less as <} for Root global;

function equal(Root a, Root b) pure returns (bool) {
    return Root.unwrap(a) == Root.unwrap(b);
}

function notEqual(Root a, Root b) pure returns (bool) {
    return Root.unwrap(a) != Root.unwrap(b);
}

function less(Root a, Root b) pure returns (bool) {
    return Root.unwrap(a) < Root.unwrap(b);
}

/// @title Ids of roots
/// @notice Packs the id of a root, and reads its fields.
/// @dev docs/protocol.md section 2.
library RootLibrary {
    Root internal constant NONE = Root.wrap(0);

    /// @notice The root of a chain's call with this clock.
    function from(uint64 clock, uint256 chainId_) internal pure returns (Root) {
        return Root.wrap(uint128(uint256(clock) << 64 | chainId_));
    }

    /// @notice The chain that the root started on.
    function chainId(Root self) internal pure returns (uint64) {
        return uint64(Root.unwrap(self));
    }
}
