// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "../../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../../src/interfaces/IScopedCallable.sol";

/// @notice What a courier reads of LineaRollup.
interface ILineaRollup {
    /// @notice The rolling hash after a message.
    function rollingHashes(uint256 messageNumber) external view returns (bytes32);
}

/// @notice What a courier calls of L2MessageService.
interface IL2MessageService {
    /// @notice The number of the last message that was anchored.
    function lastAnchoredL1MessageNumber() external view returns (uint256);

    /// @notice Anchors messages of L1; for the setter of messages.
    function anchorL1L2MessageHashes(
        bytes32[] calldata messageHashes,
        uint256 startingMessageNumber,
        uint256 finalMessageNumber,
        bytes32 finalRollingHash
    ) external;

    /// @notice Delivers an anchored message.
    function claimMessage(
        address from,
        address to,
        uint256 fee,
        uint256 value,
        address payable feeRecipient,
        bytes calldata data,
        uint256 nonce
    ) external;
}

/// @notice A message as LineaRollup's event MessageSent has it.
struct LineaMessage {
    address from;
    address to;
    uint256 fee;
    uint256 value;
    uint256 number;
    bytes data;
}

/// @title Brings messages of Linea's LineaRollup to the rollup in the transaction that sent them
/// @notice Anyone may call it after sendMessage. What it is told is not believed: L2MessageService compares the messages with
/// the rolling hash that LineaRollup has.
contract LineaCourier {
    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice The rollup.
    uint256 public immutable chainId;
    /// @notice LineaRollup.
    ILineaRollup public immutable rollup;
    /// @notice LineaReceiver on the rollup; 0 until it is named.
    address public receiver;

    address private immutable deployer = msg.sender;

    /// @notice Only the deployer names the receiver, once.
    error OnlyDeployer();

    /// @param bridge_ The bridge of this chain.
    /// @param chainId_ The rollup.
    /// @param rollup_ LineaRollup.
    constructor(IScopedBridge bridge_, uint256 chainId_, ILineaRollup rollup_) {
        bridge = bridge_;
        chainId = chainId_;
        rollup = rollup_;
    }

    /// @notice Names the receiver.
    function connect(address receiver_) external {
        if (msg.sender != deployer || receiver != address(0)) revert OnlyDeployer();
        receiver = receiver_;
    }

    /// @notice Delivers messages; all of the last ones that are not anchored, in order.
    /// @param messages The messages, at least one.
    /// @param feeRecipient Who gets their fees on the rollup.
    /// @param gasLimit Gas on the rollup.
    function deliver(LineaMessage[] calldata messages, address payable feeRecipient, uint256 gasLimit) external {
        bytes32 rollingHash = rollup.rollingHashes(messages[messages.length - 1].number);
        bridge.scopedCall(
            chainId,
            address(this),
            IScopedCallable.ScopedRequest(
                receiver,
                0,
                gasLimit,
                abi.encodeCall(LineaReceiver.receiveMessages, (messages, feeRecipient, rollingHash))
            )
        );
    }
}

/// @title The other end of LineaCourier: the setter of messages of an L2MessageService
/// @notice Anchors what the courier brings, and claims it.
contract LineaReceiver {
    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice The chain of the courier.
    uint256 public immutable l1ChainId;
    /// @notice LineaCourier.
    address public immutable courier;
    /// @notice L2MessageService, which takes this contract for the setter of messages.
    IL2MessageService public immutable service;

    /// @notice Only the courier.
    error OnlyCourier();

    /// @param bridge_ The bridge of this chain.
    /// @param l1ChainId_ The chain of the courier.
    /// @param courier_ LineaCourier.
    /// @param service_ L2MessageService.
    constructor(IScopedBridge bridge_, uint256 l1ChainId_, address courier_, IL2MessageService service_) {
        bridge = bridge_;
        l1ChainId = l1ChainId_;
        courier = courier_;
        service = service_;
    }

    /// @notice Anchors the messages, and delivers each. Fees and value are paid by L2MessageService, as on Linea.
    /// @param messages The messages.
    /// @param feeRecipient Who gets their fees.
    /// @param rollingHash LineaRollup's after the last one.
    function receiveMessages(LineaMessage[] calldata messages, address payable feeRecipient, bytes32 rollingHash)
        external
    {
        if (msg.sender != bridge.remoteAccount(l1ChainId, courier)) revert OnlyCourier();
        bytes32[] memory hashes = new bytes32[](messages.length);
        for (uint256 i = 0; i < messages.length; ++i) {
            LineaMessage calldata m = messages[i];
            hashes[i] = keccak256(abi.encode(m.from, m.to, m.fee, m.value, m.number, m.data));
        }
        service.anchorL1L2MessageHashes(hashes, messages[0].number, messages[messages.length - 1].number, rollingHash);
        for (uint256 i = 0; i < messages.length; ++i) {
            LineaMessage calldata m = messages[i];
            service.claimMessage(m.from, m.to, m.fee, m.value, feeRecipient, m.data, m.number);
        }
    }
}
