// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CallNonce} from "./CallNonce.sol";
import {Root, RootLibrary} from "./Root.sol";

/// @notice What the running code is a part of: `root:16 || gas:8 || depth:4 || flags:4`. 0: no step and no call.
///   root   of the running transaction or step; 0 until its first call or inbound call
///   gas    limit of the running step or inbound call
///   depth  of the running inbound call
///   flags  LEAF, INBOUND, WAITING, UNVOUCHED, ATTEMPT
type ScopeContext is uint256;

using ScopeContextLibrary for ScopeContext global;

/// @title The running context
/// @notice Packs the context of a step or an inbound call, and reads its fields.
/// @dev docs/protocol.md sections 2, 4, 6 and 7.
library ScopeContextLibrary {
    uint256 private constant LEAF = 1; // the running inbound call may not call on; equals the nonce's flag
    uint256 private constant INBOUND = 2; // an inbound call runs
    uint256 private constant WAITING = 4; // a scopedCall waits for its response: calls handled now are inline
    uint256 private constant ATTEMPT = 16; // the running inbound call is an attempt: it has no effect
    uint256 private constant UNVOUCHED = 8; // the scopedCall that waits is unvouched; equals the nonce's flag

    ScopeContext internal constant NONE = ScopeContext.wrap(0);

    /// @notice The context of an operation's step.
    function ofStep(uint256 gas_) internal pure returns (ScopeContext) {
        return ScopeContext.wrap(gas_ << 64);
    }

    /// @notice The context of a handled call: its nonce's root, depth and leaf, and its gas limit.
    function ofInbound(CallNonce nonce, uint256 gas_) internal pure returns (ScopeContext) {
        return ScopeContext.wrap(
            uint256(Root.unwrap(nonce.root())) << 128 | gas_ << 64 | uint256(nonce.depth()) << 32
                | (nonce.flags() & LEAF) | (nonce.isAttempt() ? ATTEMPT : 0) | INBOUND
        );
    }

    // --- getters ---

    function root(ScopeContext self) internal pure returns (Root) {
        return Root.wrap(uint128(ScopeContext.unwrap(self) >> 128));
    }

    function hasRoot(ScopeContext self) internal pure returns (bool) {
        return root(self) != RootLibrary.NONE;
    }

    function gasPromised(ScopeContext self) internal pure returns (uint64) {
        return uint64(ScopeContext.unwrap(self) >> 64);
    }

    function isLeaf(ScopeContext self) internal pure returns (bool) {
        return ScopeContext.unwrap(self) & LEAF != 0;
    }

    /// @notice Whether an attempt runs.
    function isAttempt(ScopeContext self) internal pure returns (bool) {
        return ScopeContext.unwrap(self) & ATTEMPT != 0;
    }

    function isWaiting(ScopeContext self) internal pure returns (bool) {
        return ScopeContext.unwrap(self) & WAITING != 0;
    }

    /// @notice Whether this chain did not vouch for the root of the call that waits.
    function isUnvouched(ScopeContext self) internal pure returns (bool) {
        return ScopeContext.unwrap(self) & UNVOUCHED != 0;
    }

    /// @notice The depth of a call that is made now: 0 outside of inbound calls, otherwise the inbound call's plus 1.
    function depthOfCall(ScopeContext self) internal pure returns (uint256) {
        uint256 word = ScopeContext.unwrap(self);
        return word & INBOUND == 0 ? 0 : uint256(uint32(word >> 32)) + 1;
    }

    /// @notice The gas limit of a call that a RemoteAccount makes now: `most`, the target's default; inside of an inbound
    /// call not more than what that one can pass on.
    function gasOfRemote(ScopeContext self, uint256 most) internal pure returns (uint256) {
        if (ScopeContext.unwrap(self) & INBOUND == 0) return most;
        uint256 rest = passedOn(gasPromised(self));
        return rest < most ? rest : most;
    }

    /// @notice What a call with that gas limit can give to a call that it makes, and still handle a call back that passes
    /// on in turn: a 16th and 125,000 less, but at least half.
    function passedOn(uint256 gas_) internal pure returns (uint256) {
        return gas_ < 285_714 ? gas_ / 2 : gas_ - gas_ / 16 - 125_000;
    }

    // --- setters ---

    /// @dev The context has no root yet.
    function withRoot(ScopeContext self, Root root_) internal pure returns (ScopeContext) {
        return ScopeContext.wrap(ScopeContext.unwrap(self) | uint256(Root.unwrap(root_)) << 128);
    }

    /// @dev The context waits for no call yet. `flags` are those of the call.
    function waiting(ScopeContext self, uint256 flags) internal pure returns (ScopeContext) {
        return ScopeContext.wrap(ScopeContext.unwrap(self) | (flags & UNVOUCHED) | WAITING);
    }
}
