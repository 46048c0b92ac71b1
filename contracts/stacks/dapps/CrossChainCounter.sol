// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CrossChainEnabledOptimism} from "oz4/crosschain/optimism/CrossChainEnabledOptimism.sol";

/// @title A contract for the OP Stack, which knows nothing of SCOPE
/// @notice Counts calls of its counterpart on the other chain. Who calls is what OpenZeppelin's CrossChainEnabledOptimism says.
contract CrossChainCounter is CrossChainEnabledOptimism {
    /// @notice How often the counterpart called.
    uint256 public count;
    /// @notice Its last word.
    uint256 public last;
    /// @notice The counterpart.
    address public peer;

    /// @param messenger The cross domain messenger of this chain.
    constructor(address messenger) CrossChainEnabledOptimism(messenger) {}

    /// @notice Names the counterpart, once.
    function connect(address peer_) external {
        if (peer == address(0)) peer = peer_;
    }

    /// @notice Only the counterpart, through the messenger.
    function add(uint256 word) external onlyCrossChainSender(peer) {
        count++;
        last = word;
    }
}
