// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title One side of a rally between two chains
/// @notice Written as if the other side were on this chain: `other` is its RemoteAccount.
contract Rally {
    /// @notice The other side.
    Rally public other;
    /// @notice How often this side was hit.
    uint256 public hits;

    /// @notice Sets the other side, once.
    function play(Rally other_) external {
        require(address(other) == address(0), "it has an opponent");
        other = other_;
    }

    /// @notice Plays the ball back `left` times, and returns how often it was hit from here on.
    function hit(uint256 left) external returns (uint256 count) {
        hits++;
        return left == 0 ? 1 : other.hit(left - 1) + 1;
    }
}
