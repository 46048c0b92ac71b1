// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Makes calls for any caller, under its own name or that of an account that delegates to it (EIP-7702).
contract Forwarder {
    struct Call {
        address to;
        bool isUndone; // it is made, then reverted
        bytes data;
    }

    error Undone();

    function forward(Call[] calldata calls) external {
        for (uint256 i = 0; i < calls.length; i++) {
            if (calls[i].isUndone) {
                try this.undone(calls[i].to, calls[i].data) {} catch {}
            } else {
                _call(calls[i].to, calls[i].data);
            }
        }
    }

    function undone(address to, bytes calldata data) external {
        _call(to, data);
        revert Undone();
    }

    function _call(address to, bytes calldata data) private {
        (bool success, bytes memory result) = to.call(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }
}
