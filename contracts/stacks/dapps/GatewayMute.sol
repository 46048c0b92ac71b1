// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title A recipient that does not follow ERC-7786
/// @notice Takes everything, and returns another word than the selector of receiveMessage.
contract GatewayMute {
    fallback() external payable {
        assembly ("memory-safe") {
            mstore(0, 0)
            return(0, 32)
        }
    }
}
