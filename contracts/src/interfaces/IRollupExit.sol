// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISharedBridge} from "./ISharedBridge.sol";

/// @title The way out of a rollup that has stopped settling
/// @notice Once a rollup is frozen (ISharedBridge.freezeRollup), the owner of an account withdraws its ETH by a Merkle
/// proof against the last settled state root. Nobody else is needed: no builder, no prover, no owner of a contract.
/// ETH in a contract on the rollup is covered when that contract is a RemoteAccount, and not otherwise.
/// @dev docs/protocol.md section 9. Proofs are those of eth_getProof (EIP-1186): nodes from the root to the leaf.
interface IRollupExit {
    /// @notice ETH of an account on a frozen rollup was paid out.
    event Exited(uint256 indexed chainId, address indexed account, address indexed to, uint256 amount);

    /// @notice The rollup is not frozen.
    error NotFrozen(uint256 chainId);
    /// @notice The caller is not an account that a key controls, so the same address on the rollup may be another's.
    error NotAnAccount(address caller);
    /// @notice The caller is not the owner of this RemoteAccount, nor the owner's RemoteAccount on this chain.
    error NotOwner(uint256 ownerChainId, address owner);
    /// @notice The account's ETH was already paid out.
    error AlreadyExited(uint256 chainId, address account);
    /// @notice The account has no ETH.
    error NothingToExit(uint256 chainId, address account);

    /// @notice Pays out the ETH of the caller's own account. The caller sends the transaction itself.
    /// @param chainId The frozen rollup.
    /// @param to Who gets the ETH on L1.
    /// @param accountProof Proof of the account in the settled state.
    function exit(uint256 chainId, address to, bytes[] calldata accountProof) external;

    /// @notice Pays out the ETH of a RemoteAccount on the rollup. The caller is the owner, or, when the owner is on
    /// another rollup, the owner's RemoteAccount on L1.
    /// @param chainId The frozen rollup.
    /// @param ownerChainId The owner's chain.
    /// @param owner The owner's address there.
    /// @param to Who gets the ETH on L1.
    /// @param accountProof Proof of the RemoteAccount in the settled state.
    function exitRemoteAccount(
        uint256 chainId,
        uint256 ownerChainId,
        address owner,
        address to,
        bytes[] calldata accountProof
    ) external;

    /// @notice The last settled state root of a frozen rollup. Reverts if it is not frozen.
    function frozenRoot(uint256 chainId) external view returns (bytes32);

    /// @notice Whether the ETH of an account was paid out.
    function hasExited(uint256 chainId, address account) external view returns (bool);

    /// @notice The account on a rollup that a caller may exit for: its own address, if the caller sends the transaction
    /// itself and is thus controlled by a key. Reverts otherwise.
    /// @dev An address that a key controls is no contract's on any chain. A contract's address may be another's on
    /// another chain: whoever deployed it there may deploy something else here.
    function ownAccount(address caller) external view returns (address);

    /// @notice The address on every rollup of an owner's RemoteAccount. Reverts unless the caller is the owner, or the
    /// owner's RemoteAccount on L1.
    function remoteAccountOf(address caller, uint256 ownerChainId, address owner) external view returns (address);

    /// @notice The bridge whose rollups these are.
    function bridge() external view returns (ISharedBridge);
}
