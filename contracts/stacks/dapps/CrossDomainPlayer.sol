// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What a dApp of the OP Stack needs of its messenger.
interface ICrossDomainMessenger {
    /// @notice The sender of the message that is being relayed.
    function xDomainMessageSender() external view returns (address);

    /// @notice Sends a message to a contract on the other chain.
    function sendMessage(address target, bytes calldata message, uint32 minGasLimit) external payable;
}

/// @title A contract for the OP Stack, which knows nothing of SCOPE
/// @notice Hits a ball to its counterpart on the other chain, which hits it back, as often as the ball says.
contract CrossDomainPlayer {
    /// @notice The cross domain messenger of this chain.
    ICrossDomainMessenger public immutable messenger;
    /// @notice The counterpart.
    address public peer;
    /// @notice Balls that came.
    uint256 public received;
    /// @notice Balls that had come when hit() returned from sendMessage.
    uint256 public receivedWhenSent;

    /// @notice Only the counterpart, through the messenger.
    error NotFromPeer();

    /// @param messenger_ The cross domain messenger of this chain.
    constructor(ICrossDomainMessenger messenger_) {
        messenger = messenger_;
    }

    /// @notice Names the counterpart, once.
    function connect(address peer_) external {
        if (peer == address(0)) peer = peer_;
    }

    /// @notice Hits the ball, with the ether that came.
    /// @param hops How often it is hit back.
    function hit(uint256 hops) external payable {
        _hit(hops);
        receivedWhenSent = received;
    }

    /// @notice The counterpart hit the ball.
    function take(uint256 hops) external payable {
        if (msg.sender != address(messenger) || messenger.xDomainMessageSender() != peer) revert NotFromPeer();
        received++;
        if (hops > 0) _hit(hops - 1);
    }

    function _hit(uint256 hops) private {
        messenger.sendMessage{value: address(this).balance}(
            peer, abi.encodeCall(this.take, (hops)), uint32(100_000 + 700_000 * hops)
        );
    }
}
