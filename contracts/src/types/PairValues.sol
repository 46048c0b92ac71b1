// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Wei that settled calls carried between two rollups: `higher to lower:16 || lower to higher:16`, by chain id.
type PairValues is uint256;

using PairValuesLibrary for PairValues global;

/// @title Settled value of a pair of rollups
/// @notice Packs the value counters of a pair of rollups, and reads them by direction.
library PairValuesLibrary {
    /// @notice Packs both directions.
    function pack(uint128 lowerToHigher, uint128 higherToLower) internal pure returns (PairValues) {
        return PairValues.wrap(uint256(higherToLower) << 128 | lowerToHigher);
    }

    /// @notice The id of a pair of chains, in either order.
    function pairOf(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a << 64 | b : b << 64 | a;
    }

    /// @notice Wei from one of the two chains to the other.
    function carried(PairValues self, uint256 from, uint256 to) internal pure returns (uint256) {
        uint256 both = PairValues.unwrap(self);
        return from < to ? uint128(both) : both >> 128;
    }
}
