// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Actor} from "./Actor.sol";
import {World} from "./World.sol";

/// @notice What a builder does on L1 in simulation: as the bridge, in one transaction.
contract SimulationTest is World {
    /// forge-config: default.isolate = false
    function testABuilderSimulatesAsTheBridge() public {
        Leg memory outer = firstLeg(L1, A, 1 ether, abi.encodeCall(Actor.echo, (7)));
        handle(outer);
        on(L1);
        uint256[] memory ids = new uint256[](1);
        ids[0] = A;
        vm.prank(address(shared));
        shared.openBundle(ids);
        vm.prank(address(shared));
        shared.addCredit(A, 5 ether);
        (uint256[] memory chains, bytes32[] memory hashes, bytes[] memory responses) = one(outer);
        vm.prank(address(shared));
        shared.fillResponsesIn(chains, hashes, responses);
        ISharedBridge.Bundle memory b = newBundle();
        addActs(b, 1 ether, acts(act(outer)));
        vm.prank(address(shared));
        shared.runStep(b.steps[0], address(this));
        same(abi.decode(abi.decode(actor[L1].last(), (bytes)), (uint256)), 7, "response");
        Leg memory back = newLeg(A, L1, nonceOf(9, A, 0, 0, 9), 16 ether, ""); // 10 + 5 + 1
        vm.prank(address(shared));
        shared.handleScopedCall(back.source, back.from, back.nonce, back.request);
        same(address(actor[L1]).balance, 16 ether, "paid");
        vm.prank(address(shared));
        vm.expectRevert(ISharedBridge.Reentered.selector);
        shared.openBundle(ids);
    }
}
