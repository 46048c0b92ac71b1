// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedCallable} from "../../src/interfaces/IScopedCallable.sol";
import {EthrexCommonBridge} from "./EthrexCommonBridge.sol";
import {EthrexCommonBridgeL2} from "./EthrexCommonBridgeL2.sol";
import {IEthrexMessenger} from "./IEthrex.sol";

/// @title Ethrex's L2ToL1Messenger, whose messages are scoped calls
/// @notice Stands at 0xfffe from genesis on. A message is on L1 when sendMessageToL1 returns.
contract EthrexMessenger is IEthrexMessenger {
    /// @notice How many messages were sent.
    uint256 public lastMessageId;

    EthrexCommonBridgeL2 private constant BRIDGE = EthrexCommonBridgeL2(address(0xffff));
    /// @dev Gas of receiveMessage.
    uint256 private constant RECEIVE_GAS = 80_000;

    /// @notice As in L2ToL1Messenger.
    event L1Message(address indexed senderOnL2, bytes32 indexed data, uint256 indexed messageId);

    /// @inheritdoc IEthrexMessenger
    function sendMessageToL1(bytes32 data) external payable {
        uint256 messageId = ++lastMessageId;
        emit L1Message(msg.sender, data, messageId);
        BRIDGE.bridge().scopedCall{value: msg.value}(
            BRIDGE.l1ChainId(),
            address(this),
            IScopedCallable.ScopedRequest(
                BRIDGE.peer(),
                msg.value,
                RECEIVE_GAS,
                abi.encodeCall(EthrexCommonBridge.receiveMessage, (msg.sender, data, messageId))
            )
        );
    }
}
