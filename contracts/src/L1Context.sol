// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IL1Context} from "./interfaces/IL1Context.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title What a rollup knows of L1
/// @notice See IL1Context. Settlement checks the last anchor of the blocks that settle against L1 itself.
/// @dev docs/protocol.md sections 1, 9 and 11. Layout: contracts/ABI.md.
contract L1Context is IL1Context {
    /// @inheritdoc IL1Context
    uint64 public number;
    /// @inheritdoc IL1Context
    uint64 public timestamp;
    /// @inheritdoc IL1Context
    uint128 public baseFee;
    /// @inheritdoc IL1Context
    bytes32 public blockHash;

    /// @inheritdoc IL1Context
    function update(uint64 number_, bytes32 blockHash_, uint64 timestamp_, uint128 baseFee_) external {
        if (msg.sender != Predeploys.SYSTEM) revert OnlySystem();
        if (number_ < number || (number_ == number && blockHash != 0 && blockHash_ != blockHash)) revert AnchorFell();
        number = number_;
        timestamp = timestamp_;
        baseFee = baseFee_;
        blockHash = blockHash_;
    }
}
