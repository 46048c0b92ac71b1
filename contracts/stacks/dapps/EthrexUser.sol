// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What a user of Ethrex calls of its bridge.
interface IEthrexUserBridge {
    /// @notice The call of a privileged transaction.
    struct SendValues {
        address to;
        uint256 gasLimit;
        uint256 value;
        bytes data;
    }

    /// @notice Sends a privileged transaction.
    function sendToL2(SendValues calldata sendValues) external returns (bool success, bytes memory answer);
}

/// @notice What a sequencer of Ethrex calls of its proposer.
interface IEthrexSequencerProposer {
    /// @notice Commits a batch.
    function commitBatch(
        uint256 batchNumber,
        bytes32 newStateRoot,
        bytes32 withdrawalsLogsMerkleRoot,
        bytes32 processedPrivilegedTransactionsRollingHash,
        bytes32 lastBlockHash,
        uint256 nonPrivilegedTransactions,
        bytes32 commitHash,
        bytes[] calldata blocks
    ) external;
}

/// @notice What a sequencer reads of the rollup's settlement.
interface IEthrexSettled {
    /// @notice The beginning of a rollup's record.
    function rollup(uint256 chainId) external view returns (bytes32 blockHash, bytes32 stateRoot);
}

/// @title A contract on L1 that sends privileged transactions, and is a sequencer
contract EthrexUser {
    /// @notice Whether the last privileged transaction succeeded.
    bool public succeeded;
    /// @notice Its answer.
    bytes public answer;

    /// @notice Sends a privileged transaction and stores its answer.
    function send(IEthrexUserBridge bridge, address to, uint256 gasLimit, uint256 value, bytes calldata data) external {
        (succeeded, answer) = bridge.sendToL2(IEthrexUserBridge.SendValues(to, gasLimit, value, data));
    }

    /// @notice Commits what is settled as a batch.
    /// @param wrong Added to the state root: not 0 for a batch that cannot be verified.
    function commit(
        IEthrexSequencerProposer proposer,
        IEthrexSettled bridge,
        uint256 chainId,
        uint256 batchNumber,
        bytes32 withdrawals,
        bytes32 privileged,
        uint256 nonPrivileged,
        uint256 wrong
    ) external {
        (bytes32 blockHash, bytes32 stateRoot) = bridge.rollup(chainId);
        stateRoot = bytes32(uint256(stateRoot) ^ wrong);
        proposer.commitBatch(
            batchNumber,
            stateRoot,
            withdrawals,
            privileged,
            blockHash,
            nonPrivileged,
            bytes32(uint256(1)),
            new bytes[](0)
        );
    }
}
