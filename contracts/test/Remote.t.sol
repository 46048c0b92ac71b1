// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRemoteAccount} from "../src/interfaces/IRemoteAccount.sol";
import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {Actor} from "./Actor.sol";
import {World} from "./World.sol";

/// @notice RemoteAccount: the remote of a caller on the target, and of a remote contract on the source.
contract RemoteTest is World {
    bytes32 private constant SINGLE = bytes32(uint256(1) << 248);
    bytes32 private constant ACT = keccak256("scope.remote-account.act");

    function remote(uint256 here, uint256 there) private view returns (address) {
        return bridge[here].remoteAccount(there, address(actor[there]));
    }

    function deployed(uint256 here, uint256 there) private returns (address) {
        on(here);
        return bridge[here].deployRemoteAccount(there, address(actor[there]));
    }

    function call(address to, uint256 value, bytes memory data) private pure returns (Actor.Act memory) {
        return Actor.Act(to, value, 0, true, data);
    }

    /// @dev What a call to the remote of B's actor on A asks for.
    function forwarded(uint256 value, bytes memory data) private view returns (Leg memory leg) {
        leg = firstLeg(A, B, value, data);
        leg.request.gasLimit = DEFAULT_GAS;
        leg.hash = hashOf(leg);
    }

    // --- the remote of a remote contract ---

    function testACallToTheFaceIsAScopedCall() public {
        Leg memory leg = forwarded(3, abi.encodeCall(Actor.echo, (42)));
        handle(leg);
        fill(leg);
        address there = deployed(A, B);
        same(there, remote(A, B), "at the predicted address");
        mustTransact(A, 3, acts(call(there, 3, abi.encodeCall(Actor.echo, (42)))));
        check(actor[A].lastSuccess(), "succeeds");
        same(actor[A].last(), abi.encode(42), "as if it were local");
        same(actor[B].sender(), remote(B, A), "in the caller's name");
        same(address(actor[B]).balance, 3, "value");
    }

    /// @dev The same on L1, in a bundle.
    function testACallToTheFaceOnL1() public {
        Leg memory leg = firstLeg(L1, A, 3, abi.encodeCall(Actor.echo, (42)));
        leg.request.gasLimit = DEFAULT_GAS;
        leg.hash = hashOf(leg);
        handle(leg);
        address there = deployed(L1, A);
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, leg);
        addActs(b, 3, acts(call(there, 3, abi.encodeCall(Actor.echo, (42)))));
        seal(b, true, A);
        execute(b);
        check(actor[L1].lastSuccess(), "succeeds");
        same(actor[L1].last(), abi.encode(42), "as if it were local");
        same(actor[A].sender(), remote(A, L1), "in the caller's name");
        same(address(actor[A]).balance, 3, "value");
    }

    function testItsFailureIsOurs() public {
        Leg memory leg = forwarded(0, abi.encodeCall(Actor.fail, ("why")));
        handle(leg);
        fill(leg);
        address there = deployed(A, B);
        mustTransact(A, 0, acts(call(there, 0, abi.encodeCall(Actor.fail, ("why")))));
        check(!actor[A].lastSuccess(), "fails");
        same(actor[A].last(), "why", "for its reason");
    }

    /// @dev Inside of an inbound call the gas limit is what that call's can pass on, since a call back runs inside of it.
    function testGasLimitIsPassedOn() public {
        address there = deployed(B, C);
        Leg memory inner = newLeg(B, C, nonceOf(9, A, 0, 4, 12), 0, abi.encodeCall(Actor.echo, (42)));
        inner.request.gasLimit = 437_500; // of 600,000: a 16th and 125,000 less
        inner.hash = hashOf(inner);
        inner.response = encodeResponse(true, 2, abi.encode(42));
        fill(inner);
        Leg memory outer =
            newLeg(A, B, nonceOf(9, A, 0, 3, 10), 0, acts(call(there, 0, abi.encodeCall(Actor.echo, (42)))));
        handle(outer);
        check(actor[B].lastSuccess(), "found its response");
        same(actor[B].last(), abi.encode(42), "response");
        same(bridge[B].remoteGasLimit(C), DEFAULT_GAS, "outside");
    }

    function testUnsupportedChains() public {
        for (uint256 i = 0; i < 2; i++) {
            uint256 here = i == 0 ? A : L1;
            on(here);
            vm.expectRevert(abi.encodeWithSelector(IScopedBridge.UnsupportedChain.selector, 999));
            bridge[here].deployRemoteAccount(999, address(this));
            vm.expectRevert(abi.encodeWithSelector(IScopedBridge.UnsupportedChain.selector, 999));
            bridge[here].remoteGasLimit(999);
        }
        same(deployed(A, B), deployed(A, B), "twice is once");
    }

    function testNothingButItsBridgeMakesItAct() public {
        address there = deployed(A, B);
        bytes memory command = abi.encodePacked(
            ACT, uint256(uint160(address(actor[A]))), uint256(100_000), uint256(100), abi.encodeCall(Actor.echo, (1))
        );
        // from any other account it is calldata like any other, forwarded
        vm.expectCall(Predeploys.ABORT, abi.encodePacked(IScopedBridge.ResponseMissing.selector));
        mustTransact(A, 0, acts(call(there, 0, command)));
        same(actor[A].count(), 0, "did not act");
        // from the bridge, when it does not act
        on(A);
        notForwarded(address(bridge[A]), there, 0, command);
        notForwarded(address(bridge[A]), there, 0, abi.encodeCall(Actor.echo, (1)));
        notForwarded(address(bridge[A]), there, 0, abi.encodePacked(keccak256("no command"), new bytes(96)));
        same(actor[A].count(), 0, "did not act");
    }

    function notForwarded(address from, address to, uint256 value, bytes memory data) private {
        vm.deal(from, from.balance + value);
        vm.prank(from);
        (bool success, bytes memory result) = to.call{value: value}(data);
        check(!success, "refused");
        same(result, abi.encodePacked(IRemoteAccount.NotForwarded.selector), "by name");
    }

    function testTheImplementationRefusesAllCalls() public {
        on(A);
        address code;
        bytes memory runtime = deployed(A, B).code;
        assembly {
            code := shr(96, mload(add(runtime, 0x2a)))
        }
        check(code.code.length > 1000, "the implementation");
        notForwarded(address(this), code, 1, "");
        notForwarded(address(this), code, 0, hex"12345678");
    }

    // --- what the remote owns ---

    /// @dev The owner's scoped call to its own remote.
    function spend(uint256 clock, bytes memory data) private returns (bool success, bytes memory result) {
        Leg memory leg = newLeg(A, B, nonceOf(clock, A, 0, 0, clock), 0, data);
        leg.request.to = remote(B, A);
        leg.hash = hashOf(leg);
        handle(leg);
        success = leg.response[0] == 0x01;
        result = new bytes(leg.response.length - 9);
        for (uint256 i = 0; i < result.length; i++) {
            result[i] = leg.response[i + 9];
        }
    }

    function batch(bytes32 mode, address to, uint256 value, bytes memory data) private pure returns (bytes memory) {
        IScopedAccount.Call[] memory calls = new IScopedAccount.Call[](1);
        calls[0] = IScopedAccount.Call(to, value, data);
        return abi.encodeCall(IScopedAccount.execute, (mode, abi.encode(calls)));
    }

    function testEthSentEarlyIsSpent() public {
        address here = remote(B, A);
        vm.deal(here, 5 ether); // before it is deployed
        (bool success,) = spend(1, batch(SINGLE, address(0xd00d), 2 ether, ""));
        check(success, "spent");
        same(address(0xd00d).balance, 2 ether, "arrived");
        on(B);
        (success,) = here.call{value: 1 ether}(""); // and after
        check(success, "taken");
        same(here.balance, 4 ether, "stays");
        (success,) = spend(4, batch(SINGLE, address(actor[B]), 4 ether, abi.encodeCall(Actor.echo, (1))));
        check(success, "spent");
        same(actor[B].sender(), here, "in its own name");
        same(actor[B].received(), 4 ether, "all");
    }

    function testValueSentToTheOwnFaceStays() public {
        Leg memory leg = firstLeg(A, B, 3, "");
        leg.request.to = remote(B, A);
        leg.hash = hashOf(leg);
        handle(leg);
        same(leg.response, encodeResponse(true, 3, ""), "taken");
        same(remote(B, A).balance, 3, "stays");
    }

    function testBatches() public {
        // 0 means the RemoteAccount itself, so a batch may contain a batch
        (bool success,) =
            spend(1, batch(SINGLE, address(0), 0, batch(SINGLE, address(actor[B]), 0, abi.encodeCall(Actor.echo, (1)))));
        check(success, "nested");
        same(actor[B].sender(), remote(B, A), "sender");
        bytes memory result;
        (success, result) = spend(4, batch(SINGLE, address(actor[B]), 0, abi.encodeCall(Actor.fail, ("why"))));
        check(!success, "fails as a whole");
        same(result, "why", "for its reason");
        bytes[4] memory bad = [
            batch(bytes32(uint256(0x0101) << 240), address(actor[B]), 0, ""), // not reverting
            batch(SINGLE | bytes32(uint256(0x78210001) << 176), address(actor[B]), 0, ""), // opData
            abi.encodeCall(Actor.echo, (1)),
            bytes(hex"01")
        ];
        for (uint256 i = 0; i < 4; i++) {
            (success, result) = spend(10 + 3 * i, bad[i]);
            check(!success, "refused");
            same(result, abi.encodePacked(IRemoteAccount.UnsupportedExecutionMode.selector), "mode");
        }
    }

    /// @dev The bridge trusts the RemoteAccount of (target chain, request.to) about its caller. So an owner that makes
    /// its RemoteAccount call the bridge could claim any account as the caller.
    function testTheOwnerCannotForgeItsCallers() public {
        IScopedCallable.ScopedRequest memory request = IScopedCallable.ScopedRequest(address(actor[A]), 0, 100_000, "");
        bytes memory forged = abi.encodeCall(IScopedCallable.scopedCall, (A, address(0xbad), request));
        (bool success, bytes memory result) = spend(1, batch(SINGLE, address(bridge[B]), 0, forged));
        check(!success, "refused");
        same(result, abi.encodePacked(IRemoteAccount.ForbiddenTarget.selector), "forbidden");
    }

    /// @dev A call to another account's RemoteAccount is a call to that account, from the caller: it does not act for
    /// it.
    function testAStrangerDoesNotSpend() public {
        address victim = bridge[B].remoteAccount(A, address(this));
        vm.deal(victim, 5 ether);
        on(B);
        bridge[B].deployRemoteAccount(A, address(this));
        Leg memory leg = firstLeg(A, B, 0, batch(SINGLE, address(0xd00d), 5 ether, ""));
        leg.request.to = victim;
        leg.request.gasLimit = 3_000_000;
        leg.hash = hashOf(leg);
        vm.expectCall(Predeploys.ABORT, abi.encodePacked(IScopedBridge.ResponseMissing.selector));
        handle(leg);
        same(victim.balance, 5 ether, "untouched");
    }
}
