// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice A call of a privileged transaction, as Ethrex's CommonBridge takes it.
struct SendValues {
    address to;
    uint256 gasLimit;
    uint256 value;
    bytes data;
}

/// @title What the bridge on L1 calls of the bridge on the rollup
interface IEthrexBridgeL2 {
    /// @notice Executes a privileged transaction.
    function executePrivileged(uint256 transactionId, address from, SendValues calldata sent)
        external
        payable
        returns (bool success, bytes memory answer);

    /// @notice Gives a deposit to its recipient.
    function mintETH(address to) external payable;

    /// @notice Gives a deposit of a token to its recipient.
    function mintERC20(address tokenL1, address tokenL2, address destination, uint256 amount) external;
}

/// @title What the rollup's contracts call of its messenger
interface IEthrexMessenger {
    /// @notice Sends a message of the caller to L1, with ETH.
    function sendMessageToL1(bytes32 data) external payable;
}

/// @title What the proposer calls of the bridge on L1
interface IEthrexBridge {
    /// @notice The number of the first hashes that are pending, and their hash.
    function getPendingTransactionsVersionedHash(uint16 number) external view returns (bytes32);

    /// @notice Whether a privileged transaction is pending for too long.
    function hasExpiredPrivilegedTransactions() external view returns (bool);

    /// @notice Removes the first hashes that are pending.
    function removePendingTransactionHashes(uint16 number) external;

    /// @notice Publishes the Merkle root of a batch's messages.
    function publishWithdrawals(uint256 batchNumber, bytes32 root) external;
}

/// @title What the bridge on L1 calls of the proposer
interface IEthrexProposer {
    /// @notice The last batch that is verified.
    function lastVerifiedBatch() external view returns (uint256);
}

/// @title A token of the rollup that Ethrex's bridge mints and burns
interface IEthrexToken {
    /// @notice The token on L1.
    function l1Address() external view returns (address);

    /// @notice Mints what was deposited on L1.
    function crosschainMint(address to, uint256 amount) external;

    /// @notice Burns what is withdrawn to L1.
    function crosschainBurn(address from, uint256 amount) external;
}
