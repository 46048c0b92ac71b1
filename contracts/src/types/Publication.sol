// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What data was published for, and when: `chainId:8 || firstBlock:8 || lastBlock:8 || timestamp:8`. 0: nothing.
type Publication is uint256;

using PublicationLibrary for Publication global;

/// @title Publications of rollups' data
/// @notice Packs and unpacks them.
library PublicationLibrary {
    /// @notice Packs a publication; `timestamp_` is L1's, in seconds.
    function pack(uint64 chainId, uint64 firstBlock, uint64 lastBlock, uint64 timestamp_)
        internal
        pure
        returns (Publication)
    {
        return Publication.wrap(
            uint256(chainId) << 192 | uint256(firstBlock) << 128 | uint256(lastBlock) << 64 | timestamp_
        );
    }

    /// @notice Whether it is for exactly these blocks of this rollup.
    function covers(Publication self, uint64 chainId, uint64 firstBlock, uint64 lastBlock)
        internal
        pure
        returns (bool)
    {
        return Publication.unwrap(self) >> 64 == Publication.unwrap(pack(chainId, firstBlock, lastBlock, 0)) >> 64;
    }

    /// @notice When it was published, in seconds.
    function timestamp(Publication self) internal pure returns (uint64) {
        return uint64(Publication.unwrap(self));
    }
}
