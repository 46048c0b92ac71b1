// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {Actor} from "./Actor.sol";
import {World} from "./World.sol";

/// @notice What the tests of RollupBridge share.
abstract contract RollupWorld is World {
    function expectAbort(bytes4 selector) internal {
        vm.expectCall(Predeploys.ABORT, abi.encodePacked(selector));
    }

    function system() internal {
        vm.prank(Predeploys.SYSTEM);
    }

    function rollup(uint256 id) internal view returns (IRollupBridge) {
        return IRollupBridge(address(bridge[id]));
    }

    function echo() internal pure returns (bytes memory) {
        return abi.encodeCall(Actor.echo, (7));
    }

    function caught(Actor.Act memory a) internal pure returns (Actor.Act memory) {
        a.mayFail = true;
        return a;
    }

    function clockOf(uint256 id) internal view returns (uint64 clock) {
        (clock,) = bridge[id].scopeClock();
    }

    function toList(bytes memory item) internal pure returns (bytes[] memory list) {
        list = new bytes[](1);
        list[0] = item;
    }

    function queue(uint256 id, bytes32 outer, Leg memory inner) internal {
        IScopedBridge.Inbound[] memory inbound = new IScopedBridge.Inbound[](1);
        bytes32[] memory leaves = new bytes32[](1);
        inbound[0] = inboundOf(inner);
        leaves[0] = leafOf(inner);
        on(id);
        system();
        bridge[id].fillNestedCalls(outer, inbound, leaves);
    }

    function split(bytes memory response) internal pure returns (bool success, bytes memory data) {
        success = response[0] == 0x01;
        data = new bytes(response.length - 9);
        for (uint256 i = 0; i < data.length; i++) {
            data[i] = response[i + 9];
        }
    }
}
