// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What a dApp of CIRC needs of its mailbox.
interface IMailbox {
    /// @notice A message to the caller.
    function read(uint256 chainMessageSender, address sender, uint256 sessionId, bytes calldata label)
        external
        view
        returns (bytes memory);

    /// @notice Writes a message of the caller.
    function write(
        uint256 chainMessageRecipient,
        address receiver,
        uint256 sessionId,
        bytes calldata label,
        bytes calldata data
    ) external;
}

/// @title A contract for CIRC, which knows nothing of SCOPE
/// @notice Plays ping-pong with its counterpart by messages.
contract MailboxPlayer {
    /// @notice The mailbox of this chain.
    IMailbox public immutable mailbox;
    /// @notice The last message read.
    bytes public last;

    /// @param mailbox_ The mailbox of this chain.
    constructor(IMailbox mailbox_) {
        mailbox = mailbox_;
    }

    /// @notice Writes PING.
    function ping(uint256 chainId, address peer, uint256 session, bytes calldata data) external {
        mailbox.write(chainId, peer, session, "PING", data);
    }

    /// @notice Reads PING, and answers with PONG.
    function pong(uint256 chainId, address peer, uint256 session, bytes calldata data) external {
        last = mailbox.read(chainId, peer, session, "PING");
        mailbox.write(chainId, peer, session, "PONG", data);
    }

    /// @notice Reads PONG.
    function end(uint256 chainId, address peer, uint256 session) external {
        last = mailbox.read(chainId, peer, session, "PONG");
    }
}
