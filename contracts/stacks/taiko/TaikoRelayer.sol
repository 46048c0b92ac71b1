// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TaikoMessage, TaikoStatus, TaikoStatusReason} from "./ITaiko.sol";

/// @notice What a relayer calls of Taiko's bridge.
interface ITaikoProcessor {
    /// @notice Processes a message of the other chain.
    function processMessage(TaikoMessage calldata message, bytes calldata proof)
        external
        returns (TaikoStatus, TaikoStatusReason);
}

/// @title Processes messages of Taiko's bridge, and passes the fee on
/// @notice For a scoped call in the transaction that sent the message. Anyone may call it; a signal has no proof.
contract TaikoRelayer {
    /// @notice Taiko's bridge on this chain.
    ITaikoProcessor public immutable taikoBridge;

    /// @notice The fee recipient refused its fee.
    error FeeRefused();

    /// @param taikoBridge_ Taiko's bridge on this chain.
    constructor(ITaikoProcessor taikoBridge_) {
        taikoBridge = taikoBridge_;
    }

    /// @notice The fee of a message.
    receive() external payable {}

    /// @notice Processes a message.
    /// @param message The message, as it was sent.
    /// @param feeRecipient Who gets the relayer's fee.
    function relay(TaikoMessage calldata message, address payable feeRecipient)
        external
        returns (TaikoStatus status, TaikoStatusReason reason)
    {
        (status, reason) = taikoBridge.processMessage(message, "");
        (bool success,) = feeRecipient.call{value: address(this).balance}("");
        if (!success) revert FeeRefused();
    }
}
