// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What a dApp of Taiko needs of its bridge.
interface ITaikoContext {
    /// @notice Which message is being processed.
    struct Context {
        bytes32 msgHash;
        address from;
        uint64 srcChainId;
    }

    /// @notice Which message is being processed.
    function context() external view returns (Context memory);
}

/// @title A contract for Taiko, which knows nothing of SCOPE
/// @notice Takes words of one account of the other chain while it is open.
contract TaikoInbox {
    /// @notice Taiko's bridge on this chain.
    ITaikoContext public immutable bridge;
    /// @notice Whose words are taken.
    address public immutable peer;
    /// @notice The last word.
    uint256 public word;
    /// @notice How many came.
    uint256 public count;
    /// @notice Whether words are taken.
    bool public open = true;

    /// @notice Only the peer, through the bridge.
    error NotFromPeer();
    /// @notice The inbox is closed.
    error Closed();

    /// @param bridge_ Taiko's bridge on this chain.
    /// @param peer_ Whose words are taken.
    constructor(ITaikoContext bridge_, address peer_) {
        bridge = bridge_;
        peer = peer_;
    }

    /// @notice Opens or closes the inbox.
    function setOpen(bool open_) external {
        open = open_;
    }

    /// @notice A word of the peer.
    function onMessageInvocation(bytes calldata data) external payable {
        if (msg.sender != address(bridge) || bridge.context().from != peer) revert NotFromPeer();
        if (!open) revert Closed();
        word = abi.decode(data, (uint256));
        count++;
    }
}
