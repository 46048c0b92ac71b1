// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Counter, Vm} from "./Counter.sol";

/// @title forge test --fork-url, on chains where Deploy has run
contract ForkTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice The chain of --fork-url, at its head.
    function testFork() external {
        require(block.number == vm.envUint("HEAD"), "head");
        count(vm.envUint("CHAIN"), vm.envAddress("COUNTER"));
    }

    /// @notice Another chain.
    function testOtherFork() external {
        vm.createSelectFork(vm.envString("OTHER"));
        count(vm.envUint("OTHER_CHAIN"), vm.envAddress("OTHER_COUNTER"));
    }

    /// @notice State and code are those of the chain; what is written stays here.
    function count(uint256 chainId, address at) private {
        Counter counter = Counter(at);
        require(block.chainid == chainId, "chain id");
        require(counter.count() == 7, "count");
        require(at.balance == 1 ether, "balance");
        counter.add(5);
        require(counter.count() == 12, "count after");
    }
}
