// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISharedBridge} from "../../src/interfaces/ISharedBridge.sol";
import {IEthrexBridge, IEthrexProposer} from "./IEthrex.sol";

/// @title Ethrex's OnChainProposer, whose batches are proved by what SharedBridge has settled
/// @notice Order, checks, errors and public inputs are those of OnChainProposer in its based form, as a validium: the
/// rollup's data is published by SharedBridge.
contract EthrexOnChainProposer is IEthrexProposer {
    /// @notice A batch that is committed.
    struct Batch {
        bytes32 newStateRoot;
        bytes32 blobVersionedHash;
        bytes32 processedPrivilegedTransactionsRollingHash;
        bytes32 withdrawalsLogsMerkleRoot;
        bytes32 lastBlockHash;
        uint256 nonPrivilegedTransactions;
    }

    /// @notice The bridge of this chain.
    ISharedBridge public immutable sharedBridge;
    /// @notice The rollup.
    uint256 public immutable CHAIN_ID;
    /// @notice Commits batches.
    address public immutable sequencer;
    /// @notice Names the bridge of Ethrex, once.
    address public immutable owner;
    /// @notice EthrexCommonBridge; 0 until it is named.
    IEthrexBridge public BRIDGE;
    /// @notice The last batch that is committed.
    uint256 public lastCommittedBatch;
    /// @inheritdoc IEthrexProposer
    uint256 public lastVerifiedBatch;
    /// @notice Batches by their numbers, from the last that is verified on.
    mapping(uint256 batchNumber => Batch) public batchCommitments;

    /// @notice As in OnChainProposer.
    event BatchCommitted(uint256 indexed batchNumber, bytes32 indexed newStateRoot);
    /// @notice As in OnChainProposer.
    event BatchVerified(uint256 indexed lastVerifiedBatch);

    /// @notice Only the owner names the bridge, once.
    error OnlyOwner();
    /// @notice Only the sequencer.
    error OnlySequencer();
    /// @notice SharedBridge has settled another block than the batch's last, or another state.
    error NotSettled(bytes32 blockHash, bytes32 stateRoot);

    /// @param sharedBridge_ The bridge of this chain.
    /// @param chainId The rollup, which is registered.
    /// @param sequencer_ Commits batches.
    constructor(ISharedBridge sharedBridge_, uint256 chainId, address sequencer_) {
        (sharedBridge, CHAIN_ID, sequencer, owner) = (sharedBridge_, chainId, sequencer_, msg.sender);
        batchCommitments[0].newStateRoot = sharedBridge_.rollup(chainId).stateRoot;
    }

    /// @notice Names the bridge of Ethrex.
    function initializeBridgeAddress(IEthrexBridge bridge) external {
        if (msg.sender != owner || address(BRIDGE) != address(0)) revert OnlyOwner();
        BRIDGE = bridge;
    }

    /// @notice Commits a batch.
    function commitBatch(
        uint256 batchNumber,
        bytes32 newStateRoot,
        bytes32 withdrawalsLogsMerkleRoot,
        bytes32 processedPrivilegedTransactionsRollingHash,
        bytes32 lastBlockHash,
        uint256 nonPrivilegedTransactions,
        bytes32,
        bytes[] calldata
    ) external {
        if (msg.sender != sequencer) revert OnlySequencer();
        require(
            batchNumber == lastCommittedBatch + 1,
            "OnChainProposer: batchNumber is not the immediate successor of lastCommittedBatch"
        );
        require(lastBlockHash != 0, "OnChainProposer: lastBlockHash cannot be zero");
        bytes32 privileged = processedPrivilegedTransactionsRollingHash;
        if (privileged != 0) {
            require(
                BRIDGE.getPendingTransactionsVersionedHash(uint16(bytes2(privileged))) == privileged,
                "OnChainProposer: invalid privileged transactions log"
            );
        }
        if (withdrawalsLogsMerkleRoot != 0) BRIDGE.publishWithdrawals(batchNumber, withdrawalsLogsMerkleRoot);
        batchCommitments[batchNumber] =
            Batch(newStateRoot, 0, privileged, withdrawalsLogsMerkleRoot, lastBlockHash, nonPrivilegedTransactions);
        emit BatchCommitted(batchNumber, newStateRoot);
        lastCommittedBatch = batchNumber;
    }

    /// @notice Verifies a batch; anyone may. The proofs of Ethrex's provers are not read.
    function verifyBatch(uint256 batchNumber, bytes calldata, bytes calldata, bytes calldata) external {
        require(batchNumber == lastVerifiedBatch + 1, "OnChainProposer: batch already verified");
        Batch memory batch = batchCommitments[batchNumber];
        require(batch.lastBlockHash != 0, "OnChainProposer: cannot verify an uncommitted batch");
        uint16 privileged = uint16(bytes2(batch.processedPrivilegedTransactionsRollingHash));
        if (privileged > 0) BRIDGE.removePendingTransactionHashes(privileged);
        if (batch.nonPrivilegedTransactions != 0 && BRIDGE.hasExpiredPrivilegedTransactions()) {
            revert("exceeded privileged transaction inclusion deadline, can't include non-privileged transactions");
        }
        ISharedBridge.Rollup memory settled = sharedBridge.rollup(CHAIN_ID);
        if (settled.blockHash != batch.lastBlockHash || settled.stateRoot != batch.newStateRoot) {
            revert NotSettled(settled.blockHash, settled.stateRoot);
        }
        lastVerifiedBatch = batchNumber;
        delete batchCommitments[batchNumber - 1];
        emit BatchVerified(batchNumber);
    }

    /// @notice What Ethrex's provers prove of a batch that follows the last one verified.
    function publicInputs(uint256 batchNumber) external view returns (bytes memory) {
        return
            encodePublicInputs(
                batchCommitments[lastVerifiedBatch].newStateRoot, batchCommitments[batchNumber], CHAIN_ID
            );
    }

    /// @notice The public inputs of a batch: 256 bytes.
    function encodePublicInputs(bytes32 initialStateRoot, Batch memory batch, uint256 chainId)
        public
        pure
        returns (bytes memory)
    {
        return abi.encode(
            initialStateRoot,
            batch.newStateRoot,
            batch.withdrawalsLogsMerkleRoot,
            batch.processedPrivilegedTransactionsRollingHash,
            batch.blobVersionedHash,
            batch.lastBlockHash,
            chainId,
            batch.nonPrivilegedTransactions
        );
    }
}
