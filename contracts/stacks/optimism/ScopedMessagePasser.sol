// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "../../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../../src/interfaces/IScopedCallable.sol";
import {ScopedOptimismPortal} from "./ScopedOptimismPortal.sol";

/// @title The L2ToL1MessagePasser of the OP Stack, for a rollup whose withdrawals are scoped calls
/// @notice Stands at 0x4200000000000000000000000000000000000016 from genesis on. Hashes, numbers, the event and the place of
/// sentMessages in storage are those of L2ToL1MessagePasser; a withdrawal is finalized on L1 when initiateWithdrawal
/// returns.
contract ScopedMessagePasser {
    /// @notice Withdrawals by their hash, in slot 0 as in L2ToL1MessagePasser.
    mapping(bytes32 withdrawalHash => bool) public sentMessages;
    /// @dev Slot 1.
    uint240 private msgNonce;
    /// @notice ScopedOptimismPortal on L1; 0 until it is named.
    address public portal;

    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice The chain of the portal.
    uint256 public immutable l1ChainId;
    /// @notice Names the portal, once.
    address public immutable owner;

    /// @notice The version that is part of a number.
    uint16 public constant MESSAGE_VERSION = 1;
    /// @dev What ScopedOptimismPortal needs beside the message's gas.
    uint256 private constant PORTAL_GAS = 80_000;

    /// @notice As in L2ToL1MessagePasser.
    event MessagePassed(
        uint256 indexed nonce,
        address indexed sender,
        address indexed target,
        uint256 value,
        uint256 gasLimit,
        bytes data,
        bytes32 withdrawalHash
    );

    /// @notice Only the owner names the portal, once.
    error OnlyOwner();
    /// @notice There is no portal yet.
    error NotConnected();

    /// @param bridge_ The bridge of this chain.
    /// @param l1ChainId_ The chain of the portal.
    /// @param owner_ Names the portal.
    constructor(IScopedBridge bridge_, uint256 l1ChainId_, address owner_) {
        bridge = bridge_;
        l1ChainId = l1ChainId_;
        owner = owner_;
    }

    /// @notice Names the portal.
    /// @param portal_ ScopedOptimismPortal on L1.
    function connect(address portal_) external {
        if (msg.sender != owner || portal != address(0)) revert OnlyOwner();
        portal = portal_;
    }

    /// @notice Withdraws to L1.
    /// @param target The account to call there; the messenger's is otherMessenger() of the portal.
    /// @param gasLimit Gas of the call.
    /// @param data Calldata.
    function initiateWithdrawal(address target, uint256 gasLimit, bytes calldata data) external payable {
        if (portal == address(0)) revert NotConnected();
        uint256 nonce = messageNonce();
        bytes32 withdrawalHash = keccak256(abi.encode(nonce, msg.sender, target, msg.value, gasLimit, data));
        sentMessages[withdrawalHash] = true;
        ++msgNonce;
        emit MessagePassed(nonce, msg.sender, target, msg.value, gasLimit, data, withdrawalHash);
        bridge.scopedCall{value: msg.value}(
            l1ChainId,
            address(this),
            IScopedCallable.ScopedRequest(
                portal,
                msg.value,
                gasLimit + gasLimit / 63 + PORTAL_GAS, // EIP-150
                abi.encodeCall(ScopedOptimismPortal.finalize, (nonce, msg.sender, target, gasLimit, data))
            )
        );
    }

    /// @notice The number of the next withdrawal, with its version.
    function messageNonce() public view returns (uint256) {
        return uint256(msgNonce) | uint256(MESSAGE_VERSION) << 240;
    }
}
