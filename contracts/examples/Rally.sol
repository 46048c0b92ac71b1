// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title One side of a rally between two chains
/// @notice Written as if the other side were on this chain: `other` is its RemoteAccount.
contract Rally {
    /// @notice The other side.
    Rally public other;
    /// @notice How often this side was hit.
    uint256 public hits;

    /// @notice The other side was set before.
    error HasOpponent();

    /// @notice Sets the other side, once.
    function play(Rally other_) external {
        if (address(other) != address(0)) revert HasOpponent();
        other = other_;
    }

    /// @notice Plays the ball back `left` times, and returns how often it was hit from here on.
    function hit(uint256 left) external returns (uint256 count) {
        hits++;
        return left == 0 ? 1 : other.hit(left - 1) + 1;
    }
}
