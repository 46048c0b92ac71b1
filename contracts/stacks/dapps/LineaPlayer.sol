// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What a dApp of Linea needs of its message service.
interface IMessageService {
    /// @notice The sender of the message that is being delivered.
    function sender() external view returns (address);

    /// @notice Sends a message to an account on the other chain.
    function sendMessage(address to, uint256 fee, bytes calldata data) external payable;
}

/// @title A contract for Linea, which knows nothing of SCOPE
/// @notice Hits a ball to its counterpart on the other chain, which hits it back, as often as the ball says.
contract LineaPlayer {
    /// @notice The message service of this chain.
    IMessageService public immutable service;
    /// @notice The counterpart.
    address public peer;
    /// @notice Balls that came.
    uint256 public received;
    /// @notice Balls that had come when hit() returned from sendMessage.
    uint256 public receivedWhenSent;

    /// @notice Only the counterpart, through the message service.
    error NotFromPeer();

    /// @param service_ The message service of this chain.
    constructor(IMessageService service_) {
        service = service_;
    }

    /// @notice Names the counterpart, once.
    function connect(address peer_) external {
        if (peer == address(0)) peer = peer_;
    }

    /// @notice Hits the ball, with the ether that came.
    /// @param hops How often it is hit back.
    /// @param fee Of each message.
    function hit(uint256 hops, uint256 fee) external payable {
        _hit(hops, fee);
        receivedWhenSent = received;
    }

    /// @notice The counterpart hit the ball.
    function take(uint256 hops, uint256 fee) external payable {
        if (msg.sender != address(service) || service.sender() != peer) revert NotFromPeer();
        received++;
        if (hops > 0) _hit(hops - 1, fee);
    }

    function _hit(uint256 hops, uint256 fee) private {
        service.sendMessage{value: address(this).balance}(peer, fee, abi.encodeCall(this.take, (hops, fee)));
    }
}
