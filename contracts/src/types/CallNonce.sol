// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Root} from "./Root.sol";

/// @notice The nonce of a scoped call: `rootClock:8 || rootChainId:8 || flags:4 || depth:4 || clock:8`.
type CallNonce is uint256;

using CallNonceLibrary for CallNonce global;

/// @title Nonces of scoped calls
/// @notice Packs a nonce, and reads its fields.
/// @dev docs/protocol.md section 2.
library CallNonceLibrary {
    /// @notice Packs a nonce.
    function pack(Root root_, uint256 flags_, uint256 depth_, uint64 clock_) internal pure returns (CallNonce) {
        return CallNonce.wrap(uint256(Root.unwrap(root_)) << 128 | flags_ << 96 | depth_ << 64 | clock_);
    }

    /// @notice The root that the call belongs to.
    function root(CallNonce self) internal pure returns (Root) {
        return Root.wrap(uint128(CallNonce.unwrap(self) >> 128));
    }

    /// @notice The clock of the root's first call.
    function rootClock(CallNonce self) internal pure returns (uint64) {
        return uint64(CallNonce.unwrap(self) >> 192);
    }

    /// @notice ScopedCallable's flags; bit 0 is `leaf`, bit 1 is `lookup`, bit 2 is `attempt`, bit 3 is
    /// `unvouched`.
    function flags(CallNonce self) internal pure returns (uint32) {
        return uint32(CallNonce.unwrap(self) >> 96);
    }

    /// @notice Whether the target may make no scoped call while it handles this one.
    function isLeaf(CallNonce self) internal pure returns (bool) {
        return flags(self) & 1 != 0;
    }

    /// @notice Whether it names a lookup, a call without effect on its target.
    function isLookup(CallNonce self) internal pure returns (bool) {
        return flags(self) & 2 != 0;
    }

    /// @notice Whether it names an attempt, a call that fails on its target and that its source undoes.
    function isAttempt(CallNonce self) internal pure returns (bool) {
        return flags(self) & 4 != 0;
    }

    /// @notice Whether it names a lookup or an attempt: neither has an effect on its target.
    function isWithoutEffect(CallNonce self) internal pure returns (bool) {
        return flags(self) & 6 != 0;
    }

    /// @notice The attempt in whose place a call of this nonce would stand.
    function asAttempt(CallNonce self) internal pure returns (CallNonce) {
        return CallNonce.wrap(CallNonce.unwrap(self) | 4 << 96);
    }

    /// @notice Whether the source does not vouch to the target for the name of the root.
    function isUnvouched(CallNonce self) internal pure returns (bool) {
        return flags(self) & 8 != 0;
    }

    /// @notice The inbound calls around the call.
    function depth(CallNonce self) internal pure returns (uint32) {
        return uint32(CallNonce.unwrap(self) >> 64);
    }

    /// @notice The source's clock after its increment; of a lookup, as it stands.
    function clock(CallNonce self) internal pure returns (uint64) {
        return uint64(CallNonce.unwrap(self));
    }

    /// @notice The source's clock before an attempt, whose call is undone; of anything else, the clock.
    /// @dev The clock of an attempt is above 0.
    function clockHandled(CallNonce self) internal pure returns (uint64) {
        return isAttempt(self) ? clock(self) - 1 : clock(self);
    }
}
