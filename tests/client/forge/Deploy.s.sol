// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Counter, Vm} from "./Counter.sol";

/// @title Deploys a counter and counts with it, in three transactions
contract Deploy {
    /// @notice What forge runs.
    function run() external returns (Counter counter) {
        Vm vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
        vm.startBroadcast();
        counter = new Counter{value: 1 ether}();
        counter.add(3);
        counter.add(4);
        vm.stopBroadcast();
    }
}
