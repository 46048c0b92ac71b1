// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IScopedBridge} from "../../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../../src/interfaces/IScopedCallable.sol";
import {IEthrexBridge, IEthrexBridgeL2, IEthrexProposer, SendValues} from "./IEthrex.sol";

/// @title Ethrex's CommonBridge, whose privileged transactions are scoped calls
/// @notice Selectors, events, hashes and errors are those of CommonBridge. A privileged transaction has run on the rollup,
/// and its answer is here, when sendToL2 or deposit returns; what it withdraws can be claimed in the same transaction.
/// @dev A claim needs the message itself, which the rollup's messenger delivers. A batch's Merkle root is chosen by the
/// sequencer and no statement of SCOPE holds it, so a proof is checked as on Ethrex, but never enough.
contract EthrexCommonBridge is IEthrexBridge {
    using SafeERC20 for IERC20;

    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice The rollup.
    uint256 public immutable chainId;
    /// @notice Commits and verifies batches.
    address public immutable ON_CHAIN_PROPOSER;
    /// @notice Seconds after which a privileged transaction that is pending is overdue.
    uint256 public immutable PRIVILEGED_TX_MAX_WAIT_BEFORE_INCLUSION;

    /// @notice The number of the next privileged transaction.
    uint256 public transactionId;
    /// @notice What was deposited and not claimed, by the tokens on both chains.
    mapping(address tokenL1 => mapping(address tokenL2 => uint256)) public deposits;
    /// @notice Withdrawals that were claimed, by the numbers of their messages.
    mapping(uint256 messageId => bool) public claimedWithdrawalIDs;
    /// @notice When a privileged transaction is overdue, by its hash.
    mapping(bytes32 hash => uint256) public privilegedTxDeadline;
    /// @notice Messages of the rollup that have arrived, by their leaf.
    mapping(bytes32 leaf => bool) public arrived;

    bytes32[] private pendingTxHashes;
    uint256 private firstPending;
    mapping(uint256 batchNumber => bytes32) private roots;

    /// @notice The token that stands for ETH.
    address public constant NATIVE_TOKEN_L2 = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;
    /// @notice The bridge on the rollup.
    address public constant L2_BRIDGE_ADDRESS = address(0xffff);
    address private constant MESSENGER = address(0xfffe);
    uint160 private constant ALIAS_OFFSET = uint160(0xEe110000000000000000000000000000000011Ff);
    /// @dev Gas limit of a deposit, which is part of its hash.
    uint256 private constant MINT_GAS = 105_000;
    /// @dev What the bridge on the rollup needs beside a transaction's gas, with the sender's account when it is new.
    uint256 private constant PRIVILEGED_GAS = 400_000;
    /// @dev What a deposit may need more: one that fails is sent back by a scoped call.
    uint256 private constant RETURN_GAS = 1_000_000;

    /// @notice As in CommonBridge.
    event PrivilegedTxSent(
        address indexed l1From,
        address from,
        address to,
        uint256 transactionId,
        uint256 value,
        uint256 gasLimit,
        bytes data
    );
    /// @notice As in CommonBridge.
    event WithdrawalsPublished(uint256 indexed batchNumber, bytes32 indexed withdrawalsLogsMerkleRoot);
    /// @notice As in CommonBridge.
    event WithdrawalClaimed(uint256 indexed withdrawalId);

    /// @notice Only the messenger of the rollup.
    error OnlyMessenger();

    modifier onlyOnChainProposer() {
        require(msg.sender == ON_CHAIN_PROPOSER, "CommonBridge: caller is not the OnChainProposer");
        _;
    }

    /// @param bridge_ The bridge of this chain.
    /// @param chainId_ The rollup.
    /// @param proposer Commits and verifies batches.
    /// @param inclusionMaxWait Seconds after which a privileged transaction that is pending is overdue.
    constructor(IScopedBridge bridge_, uint256 chainId_, address proposer, uint256 inclusionMaxWait) {
        bridge = bridge_;
        chainId = chainId_;
        ON_CHAIN_PROPOSER = proposer;
        PRIVILEGED_TX_MAX_WAIT_BEFORE_INCLUSION = inclusionMaxWait;
    }

    /// @notice Sends a privileged transaction, whose value is the sender's on the rollup.
    /// @return success False if it failed there: it is included nevertheless.
    /// @return answer What it returned.
    function sendToL2(SendValues calldata sendValues) external returns (bool success, bytes memory answer) {
        return _sendToL2(_senderAlias(), sendValues, 0);
    }

    /// @notice Deposits a token, whose counterpart the bridge on the rollup mints.
    function depositERC20(address tokenL1, address tokenL2, address destination, uint256 amount) external {
        require(amount > 0, "CommonBridge: amount to deposit is zero");
        require(tokenL1 != address(0), "CommonBridge: tokenL1 is the native token address, use deposit() instead");
        deposits[tokenL1][tokenL2] += amount;
        IERC20(tokenL1).safeTransferFrom(msg.sender, address(this), amount);
        _sendMint(0, abi.encodeCall(IEthrexBridgeL2.mintERC20, (tokenL1, tokenL2, destination, amount)));
    }

    /// @notice Takes a message of the rollup's messenger, with its ETH.
    function receiveMessage(address sender, bytes32 data, uint256 messageId) external payable {
        if (msg.sender != bridge.remoteAccount(chainId, MESSENGER)) revert OnlyMessenger();
        arrived[_leaf(sender, data, messageId)] = true;
    }

    /// @notice Pays a withdrawal of ETH to its receiver, who calls this.
    /// @param batchNumber The batch of the message; 0 in the transaction that withdrew, before there is one.
    /// @param messageId The number of the message.
    /// @param proof The message's place in the batch; empty without one.
    function claimWithdrawal(uint256 amount, uint256 batchNumber, uint256 messageId, bytes32[] calldata proof)
        external
    {
        _claim(NATIVE_TOKEN_L2, NATIVE_TOKEN_L2, amount, batchNumber, messageId, proof);
        (bool success,) = msg.sender.call{value: amount}("");
        require(success, "CommonBridge: failed to send the claimed amount");
    }

    /// @notice Pays a withdrawal of a token to its receiver, who calls this.
    function claimWithdrawalERC20(
        address tokenL1,
        address tokenL2,
        uint256 amount,
        uint256 batchNumber,
        uint256 messageId,
        bytes32[] calldata proof
    ) external {
        require(
            tokenL1 != NATIVE_TOKEN_L2,
            "CommonBridge: attempted to withdraw ETH as if it were ERC20, use claimWithdrawal()"
        );
        _claim(tokenL1, tokenL2, amount, batchNumber, messageId, proof);
        IERC20(tokenL1).safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IEthrexBridge
    function removePendingTransactionHashes(uint16 number) external onlyOnChainProposer {
        require(
            number <= pendingTransactions(),
            "CommonBridge: number is greater than the length of pendingTxHashes (remove)"
        );
        firstPending += number;
    }

    /// @inheritdoc IEthrexBridge
    function publishWithdrawals(uint256 batchNumber, bytes32 root) external onlyOnChainProposer {
        require(roots[batchNumber] == 0, "CommonBridge: withdrawal logs already published");
        roots[batchNumber] = root;
        emit WithdrawalsPublished(batchNumber, root);
    }

    /// @inheritdoc IEthrexBridge
    function getPendingTransactionsVersionedHash(uint16 number) external view returns (bytes32) {
        require(number > 0, "CommonBridge: number is zero (get)");
        require(
            number <= pendingTransactions(), "CommonBridge: number is greater than the length of pendingTxHashes (get)"
        );
        bytes32[] memory hashes = new bytes32[](number);
        for (uint256 i = 0; i < number; i++) {
            hashes[i] = pendingTxHashes[firstPending + i];
        }
        return bytes32(uint256(number) << 240) | keccak256(abi.encodePacked(hashes)) & bytes32(type(uint256).max >> 16);
    }

    /// @inheritdoc IEthrexBridge
    function hasExpiredPrivilegedTransactions() external view returns (bool) {
        return pendingTransactions() > 0 && block.timestamp > privilegedTxDeadline[pendingTxHashes[firstPending]];
    }

    /// @notice The Merkle root of a batch's messages.
    function getWithdrawalLogsMerkleRoot(uint256 batchNumber) external view returns (bytes32) {
        return roots[batchNumber];
    }

    /// @notice Deposits ETH.
    /// @param amount 0: it is the value that counts.
    function deposit(uint256 amount, address l2Recipient) public payable {
        require(msg.value > 0, "CommonBridge: the native token is ETH, msg.value must be greater than zero");
        require(amount == 0, "CommonBridge: the native token is ETH, _amount must be zero");
        deposits[NATIVE_TOKEN_L2][NATIVE_TOKEN_L2] += msg.value;
        _sendMint(msg.value, abi.encodeCall(IEthrexBridgeL2.mintETH, (l2Recipient)));
    }

    /// @notice How many privileged transactions no verified batch has.
    function pendingTransactions() public view returns (uint256) {
        return pendingTxHashes.length - firstPending;
    }

    /// @dev A privileged transaction of the bridge on the rollup to itself.
    function _sendMint(uint256 value, bytes memory data) private {
        _sendToL2(L2_BRIDGE_ADDRESS, SendValues(L2_BRIDGE_ADDRESS, MINT_GAS, value, data), RETURN_GAS);
    }

    function _sendToL2(address from, SendValues memory sent, uint256 extraGas)
        private
        returns (bool success, bytes memory answer)
    {
        uint256 id = transactionId++;
        bytes32 hash = keccak256(abi.encodePacked(from, sent.to, id, sent.value, sent.gasLimit, keccak256(sent.data)));
        pendingTxHashes.push(hash);
        privilegedTxDeadline[hash] = block.timestamp + PRIVILEGED_TX_MAX_WAIT_BEFORE_INCLUSION;
        emit PrivilegedTxSent(msg.sender, from, sent.to, id, sent.value, sent.gasLimit, sent.data);
        bytes memory result = bridge.scopedCall{value: msg.value}(
            chainId,
            address(this),
            IScopedCallable.ScopedRequest(
                L2_BRIDGE_ADDRESS,
                msg.value,
                sent.gasLimit + sent.gasLimit / 63 + PRIVILEGED_GAS + extraGas, // EIP-150
                abi.encodeCall(IEthrexBridgeL2.executePrivileged, (id, from, sent))
            )
        );
        return abi.decode(result, (bool, bytes));
    }

    function _claim(
        address tokenL1,
        address tokenL2,
        uint256 amount,
        uint256 batchNumber,
        uint256 messageId,
        bytes32[] calldata proof
    ) private {
        require(
            deposits[tokenL1][tokenL2] >= amount, "CommonBridge: trying to withdraw more tokens/ETH than were deposited"
        );
        deposits[tokenL1][tokenL2] -= amount;
        require(!claimedWithdrawalIDs[messageId], "CommonBridge: the withdrawal was already claimed");
        claimedWithdrawalIDs[messageId] = true;
        emit WithdrawalClaimed(messageId);
        bytes32 leaf =
            _leaf(L2_BRIDGE_ADDRESS, keccak256(abi.encodePacked(tokenL1, tokenL2, msg.sender, amount)), messageId);
        if (batchNumber > 0) {
            require(
                roots[batchNumber] != 0, "CommonBridge: the batch that emitted the withdrawal logs was not committed"
            );
            require(
                batchNumber <= IEthrexProposer(ON_CHAIN_PROPOSER).lastVerifiedBatch(),
                "CommonBridge: the batch that emitted the withdrawal logs was not verified"
            );
            require(MerkleProof.verify(proof, roots[batchNumber], leaf), "CommonBridge: Invalid proof");
        }
        require(arrived[leaf], "CommonBridge: Invalid proof");
    }

    /// @dev The sender, or its alias if it is a contract.
    function _senderAlias() private view returns (address) {
        bool delegated = msg.sender.code.length == 23 && bytes3(msg.sender.code) == 0xef0100; // EIP-7702
        if (msg.sender == tx.origin || delegated) return msg.sender;
        unchecked {
            return address(uint160(msg.sender) + ALIAS_OFFSET);
        }
    }

    function _leaf(address sender, bytes32 data, uint256 messageId) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(sender, data, messageId));
    }
}
