// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {
    ITaikoInvocable,
    ITaikoRecallable,
    ITaikoSignalService,
    TaikoContext,
    TaikoMessage,
    TaikoStatus,
    TaikoStatusReason
} from "./ITaiko.sol";

/// @title A bridge with the published interface of Taiko's, for chains where Taiko's own is not deployed
/// @notice Selectors, events, errors, hashes, statuses, fees and the gas of a message are those of Taiko's Bridge. As there, the
/// bridges hold the ETH. It stands on a signal service, and knows nothing of SCOPE.
contract TaikoBridge {
    /// @notice The signal service of this chain.
    ITaikoSignalService public immutable signalService;
    /// @notice The other chain.
    uint64 public immutable peerChainId;
    /// @notice The bridge there; 0 until it is named.
    address public peer;
    /// @notice The id of the next message.
    uint64 public nextMessageId;
    /// @notice Statuses by the hashes of messages.
    mapping(bytes32 msgHash => TaikoStatus) public messageStatus;

    TaikoContext private ctx;
    bool private entered;
    address private immutable deployer = msg.sender;

    /// @notice Gas that is taken from a message's gas limit, beside its calldata.
    uint32 public constant GAS_RESERVE = 800_000;
    /// @notice Gas that a relayer is paid for, beside what it uses.
    uint32 public constant GAS_OVERHEAD = 120_000;
    uint256 private constant SEND_ETHER_GAS = 35_000;

    /// @notice As in IBridge.
    event MessageSent(bytes32 indexed msgHash, TaikoMessage message);
    /// @notice As in IBridge.
    event MessageStatusChanged(bytes32 indexed msgHash, TaikoStatus status);

    error B_INVALID_CHAINID();
    error B_INVALID_CONTEXT();
    error B_INVALID_FEE();
    error B_INVALID_GAS_LIMIT();
    error B_INVALID_STATUS();
    error B_INVALID_VALUE();
    error B_MESSAGE_NOT_SENT();
    error B_PERMISSION_DENIED();
    error B_RETRY_FAILED();
    error B_SIGNAL_NOT_RECEIVED();
    error ETH_TRANSFER_FAILED();
    error REENTRANT_CALL();
    error ZERO_ADDRESS();
    /// @notice Only the deployer names the peer, once.
    error OnlyDeployer();

    modifier nonReentrant() {
        if (entered) revert REENTRANT_CALL();
        entered = true;
        _;
        entered = false;
    }

    /// @param signalService_ The signal service of this chain.
    /// @param peerChainId_ The other chain.
    constructor(ITaikoSignalService signalService_, uint64 peerChainId_) payable {
        signalService = signalService_;
        peerChainId = peerChainId_;
    }

    /// @notice ETH for messages that arrive.
    receive() external payable {}

    /// @notice Names the bridge on the other chain.
    function connect(address peer_) external {
        if (msg.sender != deployer || peer != address(0)) revert OnlyDeployer();
        peer = peer_;
    }

    /// @notice Sends a message, with its value and fee.
    function sendMessage(TaikoMessage calldata message)
        external
        payable
        nonReentrant
        returns (bytes32 msgHash, TaikoMessage memory sent)
    {
        if (message.srcOwner == address(0) || message.destOwner == address(0) || message.to == address(0)) {
            revert ZERO_ADDRESS();
        }
        if (message.destChainId != peerChainId || peer == address(0)) revert B_INVALID_CHAINID();
        if (message.gasLimit == 0) {
            if (message.fee != 0) revert B_INVALID_FEE();
        } else if (_invocationGas(message) == 0) {
            revert B_INVALID_GAS_LIMIT();
        }
        if (message.value + message.fee != msg.value) revert B_INVALID_VALUE();
        sent = message;
        sent.id = nextMessageId++;
        sent.from = msg.sender;
        sent.srcChainId = uint64(block.chainid);
        msgHash = hashMessage(sent);
        emit MessageSent(msgHash, sent);
        signalService.sendSignal(msgHash);
    }

    /// @notice Processes a message of the other chain; anyone may, if it has a gas limit.
    function processMessage(TaikoMessage calldata message, bytes calldata proof)
        external
        nonReentrant
        returns (TaikoStatus status, TaikoStatusReason reason)
    {
        uint256 gasStart = gasleft();
        _checkArrived(message);
        bool byRelayer = msg.sender != message.destOwner;
        if (byRelayer && message.gasLimit == 0) revert B_PERMISSION_DENIED();
        bytes32 msgHash = hashMessage(message);
        _checkStatus(msgHash, TaikoStatus.NEW);
        _proveSignal(msgHash, message.srcChainId, proof);

        uint256 refund = message.fee;
        if (_isProhibited(message)) {
            refund += message.value;
            (status, reason) = (TaikoStatus.DONE, TaikoStatusReason.INVOCATION_PROHIBITED);
        } else if (_invoke(message, msgHash, byRelayer ? _invocationGas(message) : gasleft(), byRelayer)) {
            (status, reason) = (TaikoStatus.DONE, TaikoStatusReason.INVOCATION_OK);
        } else {
            (status, reason) = (TaikoStatus.RETRIABLE, TaikoStatusReason.INVOCATION_FAILED);
        }
        if (byRelayer && message.fee > 0) {
            uint256 fee = _relayerFee(message, GAS_OVERHEAD + gasStart - gasleft());
            refund -= fee;
            _pay(msg.sender, fee);
        }
        _pay(message.destOwner, refund);
        _setStatus(msgHash, status);
    }

    /// @notice Tries a message again that failed when it was processed.
    /// @param message The message.
    /// @param isLastAttempt Whether it is FAILED if it fails again; only destOwner says so.
    function retryMessage(TaikoMessage calldata message, bool isLastAttempt) external nonReentrant {
        _checkArrived(message);
        bytes32 msgHash = hashMessage(message);
        _checkStatus(msgHash, TaikoStatus.RETRIABLE);
        if ((message.gasLimit == 0 || isLastAttempt) && msg.sender != message.destOwner) revert B_PERMISSION_DENIED();
        if (_invoke(message, msgHash, gasleft(), false)) {
            _setStatus(msgHash, TaikoStatus.DONE);
        } else {
            if (!isLastAttempt) revert B_RETRY_FAILED();
            _fail(msgHash);
        }
    }

    /// @notice Gives a message up that failed when it was processed; only destOwner.
    function failMessage(TaikoMessage calldata message) external nonReentrant {
        _checkArrived(message);
        if (msg.sender != message.destOwner) revert B_PERMISSION_DENIED();
        bytes32 msgHash = hashMessage(message);
        _checkStatus(msgHash, TaikoStatus.RETRIABLE);
        _fail(msgHash);
    }

    /// @notice Gives the value of a message back that is FAILED on the other chain.
    function recallMessage(TaikoMessage calldata message, bytes calldata proof) external nonReentrant {
        if (message.srcChainId != block.chainid || message.destChainId != peerChainId) revert B_INVALID_CHAINID();
        bytes32 msgHash = hashMessage(message);
        _checkStatus(msgHash, TaikoStatus.NEW);
        if (!signalService.isSignalSent(address(this), msgHash)) revert B_MESSAGE_NOT_SENT();
        _proveSignal(signalForFailedMessage(msgHash), message.destChainId, proof);
        _setStatus(msgHash, TaikoStatus.RECALLED);
        if (ERC165Checker.supportsInterface(message.from, type(ITaikoRecallable).interfaceId)) {
            ctx = TaikoContext(msgHash, address(this), message.srcChainId);
            ITaikoRecallable(message.from).onMessageRecalled{value: message.value}(message, msgHash);
            delete ctx;
        } else {
            _pay(message.srcOwner, message.value);
        }
    }

    /// @notice Which message is being processed.
    function context() external view returns (TaikoContext memory) {
        if (ctx.msgHash == 0) revert B_INVALID_CONTEXT();
        return ctx;
    }

    /// @notice Whether a message was sent from here.
    function isMessageSent(TaikoMessage calldata message) external view returns (bool) {
        return message.srcChainId == block.chainid && signalService.isSignalSent(address(this), hashMessage(message));
    }

    /// @notice Whether messages to that chain can be sent, and its bridge.
    function isDestChainEnabled(uint64 chainId) external view returns (bool enabled, address destBridge) {
        return chainId == peerChainId && peer != address(0) ? (true, peer) : (false, address(0));
    }

    /// @notice The smallest gas limit of a message with that much data, above which its target gets gas.
    function getMessageMinGasLimit(uint256 dataLength) public pure returns (uint32) {
        return GAS_RESERVE + _calldataCost(dataLength);
    }

    /// @notice A message's hash, which is also its signal.
    function hashMessage(TaikoMessage memory message) public pure returns (bytes32) {
        return keccak256(abi.encode("TAIKO_MESSAGE", message));
    }

    /// @notice The signal that a message is FAILED.
    function signalForFailedMessage(bytes32 msgHash) public pure returns (bytes32) {
        return msgHash ^ bytes32(uint256(TaikoStatus.FAILED));
    }

    function _invoke(TaikoMessage calldata message, bytes32 msgHash, uint256 gasLimit, bool exactly)
        private
        returns (bool success)
    {
        if (message.value == 0 && message.data.length == 0) return true;
        ctx = TaikoContext(msgHash, message.from, message.srcChainId);
        bytes memory data = message.data;
        address to = message.to;
        uint256 value = message.value;
        uint256 left;
        assembly ("memory-safe") {
            success := call(gasLimit, to, value, add(data, 32), mload(data), 0, 0)
            left := gas()
        }
        if (exactly && left < gasLimit / 63) {
            assembly ("memory-safe") {
                invalid() // the target had less than its gas (EIP-150)
            }
        }
        delete ctx;
    }

    function _fail(bytes32 msgHash) private {
        _setStatus(msgHash, TaikoStatus.FAILED);
        signalService.sendSignal(signalForFailedMessage(msgHash));
    }

    function _setStatus(bytes32 msgHash, TaikoStatus status) private {
        messageStatus[msgHash] = status;
        emit MessageStatusChanged(msgHash, status);
    }

    function _pay(address to, uint256 amount) private {
        if (amount == 0) return;
        (bool success,) = to.call{value: amount, gas: SEND_ETHER_GAS}("");
        if (!success) revert ETH_TRANSFER_FAILED();
    }

    function _proveSignal(bytes32 signal, uint64 chainId, bytes calldata proof) private {
        try signalService.proveSignalReceived(chainId, peer, signal, proof) {}
        catch {
            revert B_SIGNAL_NOT_RECEIVED();
        }
    }

    function _checkArrived(TaikoMessage calldata message) private view {
        if (message.destChainId != block.chainid || message.srcChainId != peerChainId) revert B_INVALID_CHAINID();
    }

    function _checkStatus(bytes32 msgHash, TaikoStatus status) private view {
        if (messageStatus[msgHash] != status) revert B_INVALID_STATUS();
    }

    function _isProhibited(TaikoMessage calldata message) private view returns (bool) {
        if (message.to == address(this) || message.to == address(signalService)) return true;
        return message.data.length >= 4 && bytes4(message.data) != ITaikoInvocable.onMessageInvocation.selector
            && message.to.code.length > 0;
    }

    function _relayerFee(TaikoMessage calldata message, uint256 gasUsed) private view returns (uint256) {
        uint256 gasCharged = gasUsed + _calldataCost(message.data.length);
        uint256 maxFee = gasCharged * message.fee / message.gasLimit;
        uint256 baseFee = gasCharged * block.basefee;
        uint256 fee = baseFee >= maxFee ? maxFee : (maxFee + baseFee) / 2;
        return fee < message.fee ? fee : message.fee;
    }

    function _invocationGas(TaikoMessage calldata message) private pure returns (uint256) {
        uint256 least = getMessageMinGasLimit(message.data.length);
        return message.gasLimit > least ? message.gasLimit - least : 0;
    }

    /// @dev 16 gas a byte of the encoded message.
    function _calldataCost(uint256 dataLength) private pure returns (uint32) {
        return uint32(((dataLength + 31) / 32 * 32 + 416) * 16);
    }
}
