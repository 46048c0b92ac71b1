// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The account that represents an account of another chain
/// @notice On this chain it *is* that account: calls that the account makes over the bridge come from this address,
/// and calls to this address go to the account, as scoped calls. So it has no functions of its own: every selector
/// is forwarded. Plain ETH stays in it. Its owner spends what it holds by a scoped call to this very address with
/// the ERC-7821 call `execute(bytes32 mode, bytes executionData)`, mode 0x0100..00 (a single batch, no opData).
/// @dev Calldata that makes it act for the bridge: `ACT:32 || to:32 || gasLimit:32 || returnDataLimit:32 || data`, see
/// contracts/ABI.md.
interface IRemoteAccount {
    /// @notice The bridge called with calldata that is no command; or a call to the bare implementation.
    error NotForwarded();
    /// @notice The owner's call to its own RemoteAccount is neither plain ETH nor an ERC-7821 batch.
    error UnsupportedExecutionMode();
    /// @notice The owner may not make it call the bridge, because then the owner could choose `from`.
    error ForbiddenTarget();
}
