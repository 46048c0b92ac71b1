// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "scope-contracts/src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "scope-contracts/src/interfaces/IScopedCallable.sol";

/// @title A counter on one chain
contract Counter {
    uint256 public count;

    error TooMuch(uint256 by);

    function add(uint256 by) external returns (uint256) {
        if (by > 10) revert TooMuch(by);
        return count += by;
    }
}

/// @title Counts on another chain
contract RemoteCounting {
    IScopedBridge public immutable bridge;
    uint256 public immutable chainId;
    address public immutable counter;
    uint256 public last;

    constructor(IScopedBridge bridge_, uint256 chainId_, address counter_) {
        bridge = bridge_;
        chainId = chainId_;
        counter = counter_;
    }

    /// @notice Adds there, and has the sum in the same line.
    function add(uint256 by) external returns (uint256) {
        bytes memory answer = bridge.scopedCall(
            chainId,
            address(this),
            IScopedCallable.ScopedRequest(counter, 0, 100_000, abi.encodeCall(Counter.add, (by)))
        );
        return last = abi.decode(answer, (uint256));
    }
}
