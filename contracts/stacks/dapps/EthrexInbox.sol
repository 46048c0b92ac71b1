// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title A contract for Ethrex, which knows nothing of SCOPE
/// @notice Adds words of one sender, and answers with their sum.
contract EthrexInbox {
    /// @notice Whose words are added.
    address public immutable peer;
    /// @notice Their sum.
    uint256 public sum;

    /// @notice Only the peer.
    error NotFromPeer(address sender);

    /// @param peer_ Whose words are added.
    constructor(address peer_) {
        peer = peer_;
    }

    /// @notice Adds a word; this contract takes no ETH but with it.
    function add(uint256 word) external payable returns (uint256) {
        if (msg.sender != peer) revert NotFromPeer(msg.sender);
        return sum += word;
    }
}
