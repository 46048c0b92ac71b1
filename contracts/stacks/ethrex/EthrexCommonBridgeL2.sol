// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "../../src/interfaces/IScopedBridge.sol";
import {EthrexSender} from "./EthrexSender.sol";
import {IEthrexBridgeL2, IEthrexMessenger, IEthrexToken, SendValues} from "./IEthrex.sol";

/// @title Ethrex's CommonBridgeL2, with the entrance of privileged transactions
/// @notice Stands at 0xffff from genesis on. Selectors, events and errors are those of CommonBridgeL2. A privileged transaction of
/// this contract to itself is a call of itself; one of another account is a call of its EthrexSender.
contract EthrexCommonBridgeL2 is IEthrexBridgeL2 {
    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice The chain of the bridge on L1.
    uint256 public immutable l1ChainId;
    /// @notice Names the bridge on L1, once.
    address public immutable owner;
    /// @notice EthrexCommonBridge on L1; 0 until it is named.
    address public peer;

    /// @notice The messenger.
    address public constant L1_MESSENGER = address(0xfffe);
    /// @notice The token that stands for ETH.
    address public constant NATIVE_TOKEN_L2 = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;

    /// @notice As in CommonBridgeL2.
    event WithdrawalInitiated(address indexed senderOnL2, address indexed receiverOnL1, uint256 indexed amount);
    /// @notice As in CommonBridgeL2.
    event DepositProcessed(address indexed receiver, uint256 amount);
    /// @notice As in CommonBridgeL2.
    event ERC20DepositProcessed(
        address indexed tokenL1, address indexed tokenL2, address indexed receiver, uint256 amount
    );
    /// @notice As in CommonBridgeL2.
    event ERC20WithdrawalInitiated(
        address indexed tokenL1, address indexed tokenL2, address indexed receiverOnL1, uint256 amount
    );
    /// @notice A privileged transaction has run; its receipt's status.
    event PrivilegedTxExecuted(uint256 indexed transactionId, address indexed from, bool success);

    /// @notice Only the owner names the bridge on L1, once.
    error OnlyOwner();
    /// @notice Only the bridge on L1.
    error OnlyPeer();

    modifier onlySelf() {
        require(msg.sender == address(this), "CommonBridgeL2: caller is not the bridge");
        _;
    }

    /// @param bridge_ The bridge of this chain.
    /// @param l1ChainId_ The chain of the bridge on L1.
    /// @param owner_ Names that bridge.
    constructor(IScopedBridge bridge_, uint256 l1ChainId_, address owner_) {
        bridge = bridge_;
        l1ChainId = l1ChainId_;
        owner = owner_;
    }

    /// @notice Names the bridge on L1.
    function connect(address peer_) external {
        if (msg.sender != owner || peer != address(0)) revert OnlyOwner();
        peer = peer_;
    }

    /// @inheritdoc IEthrexBridgeL2
    /// @dev One that fails is included: this does not revert. Of this contract's own the value is minted all the same.
    function executePrivileged(uint256 transactionId, address from, SendValues calldata sent)
        external
        payable
        returns (bool success, bytes memory answer)
    {
        if (msg.sender != bridge.remoteAccount(l1ChainId, peer)) revert OnlyPeer();
        (success, answer) = from == address(this)
            ? sent.to.call{value: sent.value}(sent.data)
            : _sender(from).execute(sent.to, sent.value, sent.gasLimit, sent.data);
        emit PrivilegedTxExecuted(transactionId, from, success);
    }

    /// @notice Withdraws ETH to L1.
    function withdraw(address receiverOnL1) external payable {
        require(msg.value > 0, "Withdrawal amount must be positive");
        emit WithdrawalInitiated(msg.sender, receiverOnL1, msg.value);
        _withdraw(NATIVE_TOKEN_L2, NATIVE_TOKEN_L2, receiverOnL1, msg.value, msg.value);
    }

    /// @inheritdoc IEthrexBridgeL2
    function mintETH(address to) external payable {
        (bool success,) = to.call{value: msg.value}("");
        if (!success) this.withdraw{value: msg.value}(to);
        emit DepositProcessed(to, msg.value);
    }

    /// @inheritdoc IEthrexBridgeL2
    function mintERC20(address tokenL1, address tokenL2, address destination, uint256 amount) external onlySelf {
        try this.tryMintERC20(tokenL1, tokenL2, destination, amount) {}
        catch {
            _withdraw(tokenL1, tokenL2, destination, amount, 0);
        }
        emit ERC20DepositProcessed(tokenL1, tokenL2, destination, amount);
    }

    /// @notice The part of a deposit that may fail.
    function tryMintERC20(address tokenL1, address tokenL2, address destination, uint256 amount) external onlySelf {
        require(IEthrexToken(tokenL2).l1Address() == tokenL1);
        IEthrexToken(tokenL2).crosschainMint(destination, amount);
    }

    /// @notice Withdraws a token to L1.
    function withdrawERC20(address tokenL1, address tokenL2, address destination, uint256 amount) external {
        require(amount > 0, "Withdrawal amount must be positive");
        IEthrexToken(tokenL2).crosschainBurn(msg.sender, amount);
        emit ERC20WithdrawalInitiated(tokenL1, tokenL2, destination, amount);
        _withdraw(tokenL1, tokenL2, destination, amount, 0);
    }

    /// @notice The account that privileged transactions of an account of L1 come from.
    function senderOf(address from) public view returns (address) {
        bytes32 codeHash = keccak256(type(EthrexSender).creationCode);
        bytes32 salt = bytes32(uint256(uint160(from)));
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", address(this), salt, codeHash)))));
    }

    function _sender(address from) private returns (EthrexSender sender) {
        sender = EthrexSender(payable(senderOf(from)));
        if (address(sender).code.length == 0) new EthrexSender{salt: bytes32(uint256(uint160(from)))}();
    }

    function _withdraw(address tokenL1, address tokenL2, address destination, uint256 amount, uint256 value) private {
        IEthrexMessenger(L1_MESSENGER).sendMessageToL1{value: value}(
            keccak256(abi.encodePacked(tokenL1, tokenL2, destination, amount))
        );
    }
}
