// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Sends the privileged transactions of one account of L1
/// @notice On a rollup of Ethrex that account itself is their sender, which takes another kind of transaction. The value
/// of its transactions comes from this balance.
contract EthrexSender {
    address private immutable bridge = msg.sender;

    /// @notice Only the bridge that made this.
    error OnlyBridge();

    /// @notice ETH for later transactions.
    receive() external payable {}

    /// @notice Executes a transaction: one that fails has no effect.
    function execute(address to, uint256 value, uint256 gasLimit, bytes calldata data)
        external
        returns (bool success, bytes memory answer)
    {
        if (msg.sender != bridge) revert OnlyBridge();
        return to.call{value: value, gas: gasLimit}(data);
    }
}
