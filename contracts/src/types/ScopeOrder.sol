// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Root} from "./Root.sol";

/// @notice All that orders a chain's calls, in one word: `announced:1 bit || lookedOnly:1 bit || queues:30 bits ||
/// responses:4 || lastRoot:16 || clock:8`.
///   announced  lastRoot is the root of the transaction that comes next, or runs (announceRoot)
///   lookedOnly only lookups were handled under lastRoot
///   queues     queues of nested calls that were filled and did not run
///   responses  responses that were filled and were not read, or, of lookups, not closed
///   lastRoot   the last root that was opened, announced or handled
///   clock      the chain's Lamport clock
type ScopeOrder is uint256;

using ScopeOrderLibrary for ScopeOrder global;

/// @title The order word
/// @notice Reads the fields of the order word, and replaces one at a time.
/// @dev docs/protocol.md section 3. C code reads it from RollupBridge's storage: contracts/ABI.md.
library ScopeOrderLibrary {
    uint256 private constant ONE_RESPONSE = 1 << 192;
    uint256 private constant ONE_QUEUE = 1 << 224;
    uint256 private constant LOOKED_ONLY = 1 << 254;
    uint256 private constant ANNOUNCED = 1 << 255;

    // --- getters ---

    function clock(ScopeOrder self) internal pure returns (uint64) {
        return uint64(ScopeOrder.unwrap(self));
    }

    function lastRoot(ScopeOrder self) internal pure returns (Root) {
        return Root.wrap(uint128(ScopeOrder.unwrap(self) >> 64));
    }

    function isAnnounced(ScopeOrder self) internal pure returns (bool) {
        return ScopeOrder.unwrap(self) & ANNOUNCED != 0;
    }

    function isLookedOnly(ScopeOrder self) internal pure returns (bool) {
        return ScopeOrder.unwrap(self) & LOOKED_ONLY != 0;
    }

    /// @notice Whether a response, a queue or an announcement is left over.
    function hasLeftover(ScopeOrder self) internal pure returns (bool) {
        return (ScopeOrder.unwrap(self) & ~LOOKED_ONLY) >> 192 != 0;
    }

    // --- setters ---

    function withClock(ScopeOrder self, uint64 clock_) internal pure returns (ScopeOrder) {
        return ScopeOrder.wrap(ScopeOrder.unwrap(self) & ~uint256(type(uint64).max) | clock_);
    }

    function withLastRoot(ScopeOrder self, Root root) internal pure returns (ScopeOrder) {
        return ScopeOrder.wrap(
            ScopeOrder.unwrap(self) & ~(uint256(type(uint128).max) << 64 | LOOKED_ONLY) | uint256(Root.unwrap(root))
                << 64
        );
    }

    /// @dev Sets the flag, which withLastRoot clears.
    function withLookedOnly(ScopeOrder self, bool lookedOnly) internal pure returns (ScopeOrder) {
        return lookedOnly ? ScopeOrder.wrap(ScopeOrder.unwrap(self) | LOOKED_ONLY) : self;
    }

    function announced(ScopeOrder self) internal pure returns (ScopeOrder) {
        return ScopeOrder.wrap(ScopeOrder.unwrap(self) | ANNOUNCED);
    }

    function closed(ScopeOrder self) internal pure returns (ScopeOrder) {
        return ScopeOrder.wrap(ScopeOrder.unwrap(self) & ~ANNOUNCED);
    }

    function addResponse(ScopeOrder self) internal pure returns (ScopeOrder) {
        return ScopeOrder.wrap(ScopeOrder.unwrap(self) + ONE_RESPONSE);
    }

    function subResponse(ScopeOrder self) internal pure returns (ScopeOrder) {
        return ScopeOrder.wrap(ScopeOrder.unwrap(self) - ONE_RESPONSE);
    }

    function addQueue(ScopeOrder self) internal pure returns (ScopeOrder) {
        return ScopeOrder.wrap(ScopeOrder.unwrap(self) + ONE_QUEUE);
    }

    function subQueue(ScopeOrder self) internal pure returns (ScopeOrder) {
        return ScopeOrder.wrap(ScopeOrder.unwrap(self) - ONE_QUEUE);
    }
}
