// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";

/// @title A price on L1
/// @notice Any caller may set the value; reads are counted per caller.
contract Oracle {
    /// @notice The price.
    uint256 public price;
    /// @notice How often it was asked for.
    uint256 public asked;

    /// @param price_ The first price.
    constructor(uint256 price_) {
        price = price_;
    }

    /// @notice Sets the price.
    function set(uint256 price_) external {
        price = price_;
    }

    /// @notice Answers and counts.
    function ask() external returns (uint256) {
        asked++;
        return price;
    }
}

/// @title A borrower on a rollup
/// @notice Uses the price that L1 has now, in the same transaction.
contract Borrower {
    /// @notice RollupBridge.
    IScopedBridge public immutable bridge;
    /// @notice L1.
    uint256 public immutable l1ChainId;
    /// @notice The Oracle on L1.
    address public immutable oracle;
    /// @notice What each account may borrow.
    mapping(address account => uint256) public limit;

    /// @notice Gas on L1; a step there may use less than half of it.
    uint256 public constant ASK_GAS = 200_000;

    /// @param bridge_ RollupBridge.
    /// @param l1ChainId_ L1.
    /// @param oracle_ The Oracle on L1.
    constructor(IScopedBridge bridge_, uint256 l1ChainId_, address oracle_) {
        bridge = bridge_;
        l1ChainId = l1ChainId_;
        oracle = oracle_;
    }

    /// @notice Values `collateral` at the price that L1 has now.
    function open(uint256 collateral) external returns (uint256) {
        bytes memory answer = bridge.scopedCall(
            l1ChainId, address(this), IScopedCallable.ScopedRequest(oracle, 0, ASK_GAS, abi.encodeCall(Oracle.ask, ()))
        );
        return limit[msg.sender] = collateral * abi.decode(answer, (uint256)) / 2;
    }
}
