// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "../../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../../src/interfaces/IScopedCallable.sol";

/// @title A mailbox of CIRC whose messages are scoped calls
/// @notice Functions, keys, roots, events and errors are those of Compose's Mailbox. No coordinator fills the inbox: a message
/// is in the inbox of the other chain when write returns, and settlement proves that it is the one that was written.
contract ScopedMailbox {
    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice The mailbox on another chain; 0 if there is none.
    mapping(uint256 chainId => address) public peers;
    /// @notice The hash over all messages from a chain, in order.
    mapping(uint256 chainId => bytes32) public inboxRootPerChain;
    /// @notice The hash over all messages to a chain, in order.
    mapping(uint256 chainId => bytes32) public outboxRootPerChain;
    /// @notice Messages that arrived, by their keys.
    mapping(bytes32 key => bytes) public inbox;
    /// @notice Messages that were written, by their keys.
    mapping(bytes32 key => bytes) public outbox;
    /// @notice Whether there is a message with that key.
    mapping(bytes32 key => bool) public createdKeys;

    uint256 private inboxCount;
    uint256 private outboxCount;
    address private immutable deployer = msg.sender;

    /// @notice As in Compose's Mailbox.
    event NewInboxKey(uint256 indexed index, bytes32 key);
    /// @notice As in Compose's Mailbox.
    event NewOutboxKey(uint256 indexed index, bytes32 key);

    /// @notice As in Compose's Mailbox; the coordinator is the mailbox on the chain that the message is from.
    error InvalidCoordinator();
    /// @notice As in Compose's Mailbox: nobody wrote that message.
    error MessageNotFound();
    /// @notice Only the deployer names the mailbox on another chain, once.
    error OnlyDeployer();
    /// @notice There is no mailbox on that chain.
    error UnknownChain(uint256 chainId);

    /// @param bridge_ The bridge of this chain.
    constructor(IScopedBridge bridge_) {
        bridge = bridge_;
    }

    /// @notice Names the mailbox on another chain.
    function connect(uint256 chainId, address peer) external {
        if (msg.sender != deployer || peers[chainId] != address(0)) revert OnlyDeployer();
        peers[chainId] = peer;
    }

    /// @notice Writes a message of the caller to an account on another chain.
    /// @param chainMessageRecipient The chain.
    /// @param receiver The account.
    /// @param sessionId The session.
    /// @param label What the message is in that session.
    /// @param data The message.
    function write(
        uint256 chainMessageRecipient,
        address receiver,
        uint256 sessionId,
        bytes calldata label,
        bytes calldata data
    ) external {
        address peer = peers[chainMessageRecipient];
        if (peer == address(0)) revert UnknownChain(chainMessageRecipient);
        bytes32 key = getKey(block.chainid, chainMessageRecipient, msg.sender, receiver, sessionId, label);
        outbox[key] = data;
        createdKeys[key] = true;
        outboxRootPerChain[chainMessageRecipient] =
            keccak256(abi.encode(outboxRootPerChain[chainMessageRecipient], key, data));
        emit NewOutboxKey(outboxCount++, key);
        bridge.scopedCall(
            chainMessageRecipient,
            address(this),
            IScopedCallable.ScopedRequest(
                peer,
                0,
                bridge.remoteGasLimit(chainMessageRecipient),
                abi.encodeCall(this.putInbox, (block.chainid, msg.sender, receiver, sessionId, label, data))
            )
        );
    }

    /// @notice Puts a message of another chain into the inbox. Only the mailbox there.
    function putInbox(
        uint256 chainMessageSender,
        address sender,
        address receiver,
        uint256 sessionId,
        bytes calldata label,
        bytes calldata data
    ) external {
        address peer = peers[chainMessageSender];
        if (peer == address(0) || msg.sender != bridge.remoteAccount(chainMessageSender, peer)) {
            revert InvalidCoordinator();
        }
        bytes32 key = getKey(chainMessageSender, block.chainid, sender, receiver, sessionId, label);
        inbox[key] = data;
        createdKeys[key] = true;
        inboxRootPerChain[chainMessageSender] = keccak256(abi.encode(inboxRootPerChain[chainMessageSender], key, data));
        emit NewInboxKey(inboxCount++, key);
    }

    /// @notice A message to the caller.
    /// @param chainMessageSender The chain that it is from.
    /// @param sender Who wrote it there.
    /// @param sessionId The session.
    /// @param label What the message is in that session.
    function read(uint256 chainMessageSender, address sender, uint256 sessionId, bytes calldata label)
        external
        view
        returns (bytes memory)
    {
        bytes32 key = getKey(chainMessageSender, block.chainid, sender, msg.sender, sessionId, label);
        if (!createdKeys[key]) revert MessageNotFound();
        return inbox[key];
    }

    /// @notice The key of a message.
    function getKey(
        uint256 chainMessageSender,
        uint256 chainMessageRecipient,
        address sender,
        address receiver,
        uint256 sessionId,
        bytes calldata label
    ) public pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(chainMessageSender, chainMessageRecipient, sender, receiver, sessionId, label)
        );
    }
}
