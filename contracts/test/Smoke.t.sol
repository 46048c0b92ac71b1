// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {World} from "./World.sol";
import {Actor} from "./Actor.sol";

contract SmokeTest is World {
    function testL1ToRollup() public {
        Leg memory leg = firstLeg(L1, A, 1 ether, abi.encodeCall(Actor.echo, (42)));
        handle(leg);
        same(leg.response, encodeResponse(true, 3, abi.encode(42)), "response");
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, leg);
        addActs(b, 1 ether, acts(act(leg)));
        seal(b, true, A);
        execute(b);
        same(abi.decode(abi.decode(actor[L1].last(), (bytes)), (uint256)), 42, "result");
        same(shared.rollup(A).escrow, 11 ether, "escrow");
        same(address(actor[A]).balance, 1 ether, "paid");
        same(actor[A].sender(), bridge[A].remoteAccount(L1, address(actor[L1])), "sender");
    }

    function testRollupToL1() public {
        Leg memory leg = firstLeg(A, L1, 1 ether, abi.encodeCall(Actor.echo, (42)));
        leg.response = encodeResponse(true, 3, abi.encode(42));
        fill(leg);
        mustTransact(A, 1 ether, acts(act(leg)));
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, leg);
        seal(b, true, A);
        execute(b);
        same(shared.rollup(A).escrow, 9 ether, "escrow");
        same(address(actor[L1]).balance, 1 ether, "paid");
    }

    function testRollupToRollup() public {
        Leg memory leg = firstLeg(A, B, 1 ether, abi.encodeCall(Actor.echo, (42)));
        handle(leg);
        fill(leg);
        mustTransact(A, 1 ether, acts(act(leg)));
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A, B);
        execute(b);
        same(shared.rollup(A).escrow, 9 ether, "escrow A");
        same(shared.rollup(B).escrow, 11 ether, "escrow B");
    }
}
