// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "../../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../../src/interfaces/IScopedCallable.sol";

/// @title A message service of Linea whose messages are scoped calls
/// @notice For contracts that take their message service as a parameter: one on each chain. The target has run when
/// sendMessage returns. Hashes, numbers, rolling hashes, events and errors are those of LineaRollup and L2MessageService.
/// @dev A target is called in this contract's name. So it is neither the bridge nor the peer's RemoteAccount: by either of
/// them a message could make this contract send one with a sender of its choice.
contract ScopedMessageService {
    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice The other chain.
    uint256 public immutable peerChainId;
    /// @notice Gets the fees of messages that arrive here.
    address payable public immutable feeRecipient;
    /// @notice The message service on the other chain; 0 until it is named.
    address public peer;
    /// @notice The number of the next message.
    uint256 public nextMessageNumber = 1;
    /// @notice The rolling hash after a message that was sent from here.
    mapping(uint256 messageNumber => bytes32) public rollingHashes;
    /// @notice The sender of the message that is being delivered, on the other chain.
    address public sender = DEFAULT_SENDER;

    /// @dev The sender when there is none, as on Linea.
    address private constant DEFAULT_SENDER = address(123);
    address private immutable deployer = msg.sender;

    /// @notice As in L1MessageService and L2MessageService.
    event MessageSent(
        address indexed _from,
        address indexed _to,
        uint256 _fee,
        uint256 _value,
        uint256 _nonce,
        bytes _calldata,
        bytes32 indexed _messageHash
    );
    /// @notice As in LineaRollup.
    event RollingHashUpdated(uint256 indexed messageNumber, bytes32 indexed rollingHash, bytes32 indexed messageHash);
    /// @notice As in L1MessageService and L2MessageService.
    event MessageClaimed(bytes32 indexed _messageHash);

    /// @notice As there: no target.
    error ZeroAddressNotAllowed();
    /// @notice As there: a fee above the value.
    error ValueSentTooLow();
    /// @notice As there: a target that reverted without a reason.
    error MessageSendingFailed(address destination);
    /// @notice As there: a recipient that refused its fee.
    error FeePaymentFailed(address recipient);
    /// @notice Only the deployer names the peer, once.
    error OnlyDeployer();
    /// @notice There is no peer yet.
    error NotConnected();
    /// @notice Only the peer delivers.
    error OnlyPeer();
    /// @notice By this target a message could have a sender of its choice.
    error ForbiddenTarget();

    /// @param bridge_ The bridge of this chain.
    /// @param peerChainId_ The other chain.
    /// @param feeRecipient_ Gets the fees of messages that arrive here.
    constructor(IScopedBridge bridge_, uint256 peerChainId_, address payable feeRecipient_) {
        bridge = bridge_;
        peerChainId = peerChainId_;
        feeRecipient = feeRecipient_;
    }

    /// @notice Names the message service on the other chain.
    function connect(address peer_) external {
        if (msg.sender != deployer || peer != address(0)) revert OnlyDeployer();
        peer = peer_;
    }

    /// @notice Sends a message, which is delivered when this returns. If the target reverts, so does this.
    /// @param to The account to call on the other chain.
    /// @param fee The part of msg.value that goes to the peer's fee recipient; the target gets the rest.
    /// @param data Calldata.
    function sendMessage(address to, uint256 fee, bytes calldata data) external payable {
        if (to == address(0)) revert ZeroAddressNotAllowed();
        if (fee > msg.value) revert ValueSentTooLow();
        if (peer == address(0)) revert NotConnected();
        uint256 number = nextMessageNumber++;
        uint256 value = msg.value - fee;
        bytes32 messageHash = keccak256(abi.encode(msg.sender, to, fee, value, number, data));
        bytes32 rollingHash = keccak256(abi.encode(rollingHashes[number - 1], messageHash));
        rollingHashes[number] = rollingHash;
        emit RollingHashUpdated(number, rollingHash, messageHash);
        emit MessageSent(msg.sender, to, fee, value, number, data, messageHash);
        bridge.scopedCall{value: msg.value}(
            peerChainId,
            address(this),
            IScopedCallable.ScopedRequest(
                peer,
                msg.value,
                bridge.remoteGasLimit(peerChainId),
                abi.encodeCall(this.deliver, (msg.sender, to, fee, number, data))
            )
        );
    }

    /// @notice Delivers a message of the peer.
    /// @param from Who sent it.
    /// @param to The account to call.
    /// @param fee The part of msg.value that is the fee.
    /// @param number The message's number.
    /// @param data Calldata.
    function deliver(address from, address to, uint256 fee, uint256 number, bytes calldata data) external payable {
        address account = bridge.remoteAccount(peerChainId, peer);
        if (msg.sender != account || peer == address(0)) revert OnlyPeer();
        if (to == address(bridge) || to == account) revert ForbiddenTarget();
        uint256 value = msg.value - fee;
        address outer = sender;
        sender = from;
        (bool success, bytes memory returndata) = to.call{value: value}(data);
        sender = outer;
        if (!success) {
            if (returndata.length == 0) revert MessageSendingFailed(to);
            assembly ("memory-safe") {
                revert(add(returndata, 32), mload(returndata))
            }
        }
        if (fee > 0) {
            (success,) = feeRecipient.call{value: fee}("");
            if (!success) revert FeePaymentFailed(feeRecipient);
        }
        emit MessageClaimed(keccak256(abi.encode(from, to, fee, value, number, data)));
    }
}
