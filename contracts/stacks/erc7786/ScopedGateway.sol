// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC7786GatewaySource, IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import {IScopedBridge} from "../../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../../src/interfaces/IScopedCallable.sol";

/// @title An ERC-7786 gateway whose messages are scoped calls
/// @notice The source and the destination gateway of a chain: one contract on each chain, connected to those on others. The
/// recipient has run when sendMessage returns; when it reverts, sendMessage reverts with its error, and nothing was sent.
/// @dev What it sends calls receiveMessage of a recipient and nothing else, so an account that it has on another chain cannot
/// be made to call a bridge or a token.
contract ScopedGateway is IERC7786GatewaySource {
    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice The gateway on another chain; 0 if there is none.
    mapping(uint256 chainId => address) public peers;
    /// @notice Messages sent to another chain.
    mapping(uint256 chainId => uint256) public sent;

    /// @notice The key of the only attribute, `minGasLimit(uint256)`: gas that receiveMessage gets at least.
    bytes4 public constant MIN_GAS_LIMIT = bytes4(keccak256("minGasLimit(uint256)"));
    /// @dev What `deliver` needs beside the recipient's gas, without the payload's length.
    uint256 private constant DELIVER_GAS = 60_000;

    address private immutable deployer = msg.sender;

    /// @notice Only the deployer names a gateway, and once for each chain.
    error OnlyDeployer();
    /// @notice There is no gateway on that chain.
    error UnknownChain(uint256 chainId);
    /// @notice Not the one encoding that ERC-7930 has for an account of an EVM chain.
    error NotCanonical(bytes recipient);
    /// @notice A value that the attribute cannot have, or an attribute that is there twice.
    error InvalidAttribute(bytes4 selector);
    /// @notice Only the gateway of the source chain delivers.
    error OnlyPeer();
    /// @notice The gas that is left is below the attribute minGasLimit.
    error InsufficientGas();
    /// @notice The recipient did not return the selector of receiveMessage.
    error InvalidRecipient(address recipient);

    /// @param bridge_ The bridge of this chain.
    constructor(IScopedBridge bridge_) {
        bridge = bridge_;
    }

    /// @notice Names the gateway on another chain.
    /// @param chainId The chain.
    /// @param peer The ScopedGateway there.
    function connect(uint256 chainId, address peer) external {
        if (msg.sender != deployer || peers[chainId] != address(0)) revert OnlyDeployer();
        peers[chainId] = peer;
    }

    /// @inheritdoc IERC7786GatewaySource
    /// @dev Returns 0: nothing is left to do. Without minGasLimit the call has the gas limit that a RemoteAccount would give it.
    function sendMessage(bytes calldata recipient, bytes calldata payload, bytes[] calldata attributes)
        external
        payable
        returns (bytes32 sendId)
    {
        (uint256 chainId, address to) = InteroperableAddress.parseEvmV1Calldata(recipient);
        if (keccak256(recipient) != keccak256(addressOf(chainId, to))) revert NotCanonical(recipient);
        address peer = peers[chainId];
        if (peer == address(0)) revert UnknownChain(chainId);
        (bool given, uint256 minGas) = _minGasLimit(attributes);
        emit MessageSent(0, addressOf(block.chainid, msg.sender), recipient, payload, msg.value, attributes);
        bytes memory data = abi.encodeCall(
            this.deliver, (block.chainid, ++sent[chainId], msg.sender, to, minGas, payload)
        );
        bridge.scopedCall{value: msg.value}(
            chainId,
            address(this),
            IScopedCallable.ScopedRequest(
                peer,
                msg.value,
                // EIP-150 keeps a 64th back; copying costs less than 1 gas per byte
                given ? minGas + minGas / 63 + payload.length + DELIVER_GAS : bridge.remoteGasLimit(chainId),
                data
            )
        );
        return 0;
    }

    /// @notice Delivers a message of the gateway on another chain.
    /// @param sourceChainId The chain.
    /// @param number The message's number among those from there; with it the receiveId is unique.
    /// @param sender Who sent it.
    /// @param recipient Who receives it.
    /// @param minGas Gas that the recipient gets at least.
    /// @param payload The message.
    function deliver(
        uint256 sourceChainId,
        uint256 number,
        address sender,
        address recipient,
        uint256 minGas,
        bytes calldata payload
    ) external payable {
        address peer = peers[sourceChainId];
        if (peer == address(0) || msg.sender != bridge.remoteAccount(sourceChainId, peer)) revert OnlyPeer();
        if (gasleft() - gasleft() / 64 < minGas) revert InsufficientGas();
        bytes4 answer = IERC7786Recipient(recipient).receiveMessage{value: msg.value}(
            keccak256(abi.encode(sourceChainId, number)), addressOf(sourceChainId, sender), payload
        );
        if (answer != IERC7786Recipient.receiveMessage.selector) revert InvalidRecipient(recipient);
    }

    /// @inheritdoc IERC7786GatewaySource
    function supportsAttribute(bytes4 selector) external pure returns (bool) {
        return selector == MIN_GAS_LIMIT;
    }

    /// @notice The interoperable address (ERC-7930) of an account of an EVM chain, as sendMessage wants it.
    /// @param chainId The chain.
    /// @param account The account.
    function addressOf(uint256 chainId, address account) public pure returns (bytes memory) {
        return InteroperableAddress.formatEvmV1(chainId, account);
    }

    function _minGasLimit(bytes[] calldata attributes) private pure returns (bool given, uint256 minGas) {
        for (uint256 i = 0; i < attributes.length; ++i) {
            bytes calldata attribute = attributes[i];
            if (attribute.length < 4 || bytes4(attribute) != MIN_GAS_LIMIT) {
                revert UnsupportedAttribute(bytes4(attribute));
            }
            if (attribute.length != 36 || given) revert InvalidAttribute(MIN_GAS_LIMIT);
            given = true;
            minGas = uint256(bytes32(attribute[4:]));
            if (minGas > type(uint64).max) revert InvalidAttribute(MIN_GAS_LIMIT);
        }
    }
}
