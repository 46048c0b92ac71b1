// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What a dApp of AggLayer needs of its bridge.
interface IAgglayerBridge {
    /// @notice Sends a message to a contract on another network.
    function bridgeMessage(uint32 network, address to, bool forceUpdateGlobalExitRoot, bytes calldata metadata)
        external
        payable;
}

/// @title A contract for AggLayer, which knows nothing of SCOPE
/// @notice Hits a ball to its counterpart on another network, which hits it back, as often as the ball says.
contract AgglayerPlayer {
    /// @notice AggLayer's bridge on this chain.
    IAgglayerBridge public immutable bridge;
    /// @notice The counterpart.
    address public peer;
    /// @notice Its network.
    uint32 public peerNetwork;
    /// @notice Balls that came.
    uint256 public received;
    /// @notice Balls that had come when hit() returned from bridgeMessage.
    uint256 public receivedWhenSent;

    /// @notice Only the counterpart, through the bridge.
    error NotFromPeer();

    /// @param bridge_ AggLayer's bridge on this chain.
    constructor(IAgglayerBridge bridge_) {
        bridge = bridge_;
    }

    /// @notice Names the counterpart, once.
    function connect(uint32 network, address peer_) external {
        if (peer == address(0)) (peerNetwork, peer) = (network, peer_);
    }

    /// @notice Hits the ball, with the ether that came.
    /// @param hops How often it is hit back.
    function hit(uint256 hops) external payable {
        _hit(hops);
        receivedWhenSent = received;
    }

    /// @notice The counterpart hit the ball.
    function onMessageReceived(address originAddress, uint32 originNetwork, bytes memory data) external payable {
        if (msg.sender != address(bridge) || originAddress != peer || originNetwork != peerNetwork) revert NotFromPeer();
        received++;
        uint256 hops = abi.decode(data, (uint256));
        if (hops > 0) _hit(hops - 1);
    }

    function _hit(uint256 hops) private {
        bridge.bridgeMessage{value: address(this).balance}(peerNetwork, peer, true, abi.encode(hops));
    }
}
