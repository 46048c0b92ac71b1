// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {Actor} from "./Actor.sol";
import {LookupWorld} from "./LookupWorld.sol";

/// @notice Calls that fail on their target, and whose callers fail with them (docs/protocol.md section 7).
contract AttemptTest is LookupWorld {
    uint256 private constant ATTEMPT = 4;

    function failing() private pure returns (bytes memory) {
        return abi.encodeCall(Actor.fail, ("no"));
    }

    /// @dev By the actor of A, in a transaction that announced its root at clock 1, as the first event after it.
    function attempt(bytes memory data) private view returns (Leg memory) {
        return newLeg(A, B, nonceOf(1, A, ATTEMPT, 0, 2), 0, data);
    }

    /// @dev The same with gas for a call on.
    function outerAttempt(bytes memory data) private view returns (Leg memory leg) {
        leg = attempt(data);
        leg.request.gasLimit = 3_000_000;
        leg.hash = hashOf(leg);
    }

    function refused(Leg memory leg, bytes4 selector) private {
        on(leg.target);
        vm.expectRevert(selector);
        system();
        bridge[leg.target].handleScopedCall(leg.source, leg.from, leg.nonce, leg.request);
    }

    // --- what they do ---

    function testAnAttempt() public {
        Leg memory leg = attempt(failing());
        handle(leg);
        same(leg.response, encodeLookup(4, 1, "no"), "the clock before the call");
        announce(A, 0);
        fill(leg);
        bytes[] memory results = mustTransact(A, 0, acts(caught(act(leg)), caught(act(leg))));
        same(results[0], "no", "as if it were local");
        same(results[1], "no", "and again");
        close(A, leg.hash);
        nothingLeft(A);
        matched(A, B);
        (bytes32 requestsOut,,, bytes32 responsesIn) = bridge[A].getMailboxHashes(B);
        same(requestsOut, 0, "no request");
        same(responsesIn, keccak256(abi.encode(0, leafOf(leg))), "its response");
        same(clockOf(A), 1, "no tick");
        same(clockOf(B), 1, "no tick");
    }

    /// @dev Nobody catches it: the transaction fails, and is in the block.
    function testATransactionThatFails() public {
        Leg memory leg = attempt(failing());
        handle(leg);
        announce(A, 0);
        fill(leg);
        (bool success, bytes memory reason) = transact(A, 0, acts(act(leg)));
        check(!success, "fails");
        same(reason, "no", "with its reason");
        close(A, leg.hash);
        nothingLeft(A);
        matched(A, B);
    }

    function testThroughARemoteAccount() public {
        on(A);
        address there = bridge[A].deployRemoteAccount(B, address(actor[B]));
        Leg memory leg = attempt(failing());
        leg.request.gasLimit = DEFAULT_GAS;
        leg.hash = hashOf(leg);
        handle(leg);
        announce(A, 0);
        fill(leg);
        bytes[] memory results = mustTransact(A, 0, acts(Actor.Act(there, 0, 0, true, failing())));
        same(results[0], "no", "its reason");
        close(A, leg.hash);
        matched(A, B);
    }

    function testItsValueStays() public {
        Leg memory leg = newLeg(A, B, nonceOf(1, A, ATTEMPT, 0, 2), 5, failing());
        uint256 held = address(bridge[B]).balance;
        handle(leg);
        same(address(bridge[B]).balance, held, "nothing was paid");
        announce(A, 0);
        fill(leg);
        uint256 before = address(actor[A]).balance;
        mustTransact(A, 5, acts(caught(act(leg))));
        same(address(actor[A]).balance, before + 5, "nothing was sent");
        (uint128 valueOut,) = bridge[A].valueCounters(B);
        (, uint128 valueIn) = bridge[B].valueCounters(A);
        check(valueOut == 0 && valueIn == 0, "no counter moved");
        close(A, leg.hash);
        matched(A, B);
    }

    /// @dev The call that follows has the attempt's clock, and another hash.
    function testACallFollows() public {
        Leg memory leg = attempt(failing());
        Leg memory call = newLeg(A, B, nonceOf(1, A, 0, 0, 2), 0, echo());
        handle(leg);
        handle(call);
        announce(A, 0);
        fill(leg);
        fill(call);
        bytes[] memory results = mustTransact(A, 0, acts(caught(act(leg)), act(call)));
        same(results[1], abi.encode(abi.encode(7)), "the call's");
        close(A, leg.hash);
        nothingLeft(A);
        matched(A, B);
    }

    /// @dev B attempts a call to C, and fails with it.
    function testAnAttemptInAnAttempt() public {
        Leg memory inner = newLeg(B, C, nonceOf(1, A, ATTEMPT, 1, 2), 0, failing());
        Leg memory outer = outerAttempt(acts(act(inner)));
        handle(inner);
        same(inner.response, encodeLookup(4, 1, "no"), "at one clock");
        fill(inner);
        handle(outer);
        same(outer.response, encodeLookup(4, 1, "no"), "its reason is passed on");
        close(B, inner.hash);
        announce(A, 0);
        fill(outer);
        mustTransact(A, 0, acts(caught(act(outer))));
        close(A, outer.hash);
        nothingLeft(A);
        nothingLeft(B);
        matched(A, B);
        matched(B, C);
    }

    // --- a failure that would not happen ---

    function testAnAttemptThatSucceeds() public {
        refused(attempt(echo()), IScopedBridge.AttemptSucceeded.selector);
    }

    function testAnInlineAttemptThatSucceedsAborts() public {
        inlineAborts(newLeg(B, A, nonceOf(1, A, ATTEMPT, 1, 3), 0, echo()), IScopedBridge.AttemptSucceeded.selector);
    }

    function inlineAborts(Leg memory inner, bytes4 reason) private {
        Leg memory outer = firstLeg(A, B, 0, acts(caught(act(inner))));
        outer.response = encodeResponse(true, 3, "");
        inner.response = encodeLookup(4, 2, "no");
        fill(outer);
        queue(A, outer.hash, inner);
        expectAbort(reason);
        mustTransact(A, 0, acts(caught(act(outer))));
    }

    /// @dev A call on to another chain would fail in an attempt, whose frame may make none, and succeed outside of one.
    function testACallInAnAttemptAborts() public {
        Leg memory inner = newLeg(B, C, nonceOf(1, A, 0, 1, 2), 0, echo());
        inner.response = encodeResponse(true, 4, abi.encode(7));
        fill(inner);
        expectAbort(IScopedBridge.CallInAttempt.selector);
        handle(outerAttempt(abi.encodeCall(Actor.runAndFail, (list(act(inner))))));
    }

    function testATriedCallInAnAttemptAborts() public {
        Leg memory inner = newLeg(B, C, nonceOf(1, A, ATTEMPT, 1, 2), 0, failing());
        inner.response = encodeLookup(4, 1, "no");
        fill(inner);
        expectAbort(IScopedBridge.CallInAttempt.selector);
        handle(outerAttempt(abi.encodeCall(Actor.runAndFail, (list(tryAct(inner, 0))))));
    }

    function list(Actor.Act memory a) private pure returns (Actor.Act[] memory all) {
        all = new Actor.Act[](1);
        all[0] = a;
    }

    /// @dev A failed try does not undo its call.
    function testATriedCallIsNoAttempt() public {
        Leg memory leg = attempt(failing());
        handle(leg);
        announce(A, 0);
        fill(leg);
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(caught(tryAct(leg, 0))));
    }

    // --- one is not the other ---

    function testALookupIsNoAttempt() public {
        Leg memory leg = attempt(failing());
        handle(leg);
        leg.response[0] = 0x02;
        announce(A, 0);
        fill(leg);
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(caught(act(leg))));
    }

    function testAnAttemptIsNoLookup() public {
        Leg memory leg = first();
        handle(leg);
        leg.response[0] = 0x04;
        announce(A, 0);
        fill(leg);
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(caught(look(leg))));
    }

    function testAnAttemptIsNoCall() public {
        Leg memory leg = firstLeg(A, B, 0, failing());
        leg.response = encodeLookup(4, 0, "no");
        fill(leg);
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(caught(act(leg))));
    }

    function testOfAnotherChain() public {
        Leg memory leg = attempt(failing());
        handle(leg);
        announce(A, 0);
        leg.target = C;
        fill(leg); // under the request's hash, as the response of C
        leg.target = B;
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(caught(act(leg))));
    }

    function testMalformedAttempts() public {
        uint256[3] memory flags = [ATTEMPT | 1, ATTEMPT | LOOKUP, ATTEMPT | 16];
        for (uint256 i = 0; i < flags.length; i++) {
            refused(newLeg(A, B, nonceOf(1, A, flags[i], 0, 2), 0, failing()), IScopedBridge.MalformedLookup.selector);
        }
        refused(newLeg(A, B, nonceOf(0, A, ATTEMPT, 0, 0), 0, failing()), IScopedBridge.MalformedLookup.selector);
        Leg memory leg = attempt(failing());
        leg.response = encodeLookup(5, 1, "no");
        (uint256[] memory ids, bytes32[] memory hashes, bytes[] memory responses) = one(leg);
        on(A);
        system();
        vm.expectRevert(IScopedBridge.MalformedResponse.selector);
        bridge[A].fillResponsesIn(ids, hashes, responses);
    }

    // --- its place ---

    function testNotAnnounced() public {
        Leg memory leg = newLeg(A, B, nonceOf(1, A, ATTEMPT, 0, 1), 0, failing());
        leg.response = encodeLookup(4, 0, "no");
        fill(leg);
        expectAbort(IScopedBridge.NotAnnounced.selector);
        mustTransact(A, 0, acts(caught(act(leg))));
    }

    /// @dev Its root would be above the clock at which it takes place.
    function testARootOfItsOwn() public {
        refused(newLeg(A, B, nonceOf(5, A, ATTEMPT, 0, 5), 0, failing()), IScopedBridge.RootOrder.selector);
    }

    function testALateAttempt() public {
        handle(newLeg(A, B, nonceOf(5, A, 0, 0, 5), 0, echo())); // 6, 7
        refused(newLeg(A, B, nonceOf(5, A, ATTEMPT, 0, 7), 0, failing()), IScopedBridge.LookupLate.selector);
        handle(newLeg(A, B, nonceOf(5, A, ATTEMPT, 0, 8), 0, failing()));
        same(clockOf(B), 7, "no tick");
    }

    function testAnEarlyAttempt() public {
        handle(newLeg(A, B, nonceOf(5, A, ATTEMPT, 0, 9), 0, failing()));
        same(clockOf(B), 8, "the next event of this chain is later");
    }

    // --- L1 ---

    function fromL1() private view returns (Leg memory) {
        return newLeg(L1, B, nonceOf(1, L1, ATTEMPT, 0, 2), 0, failing());
    }

    function testFromL1() public {
        Leg memory leg = fromL1();
        handle(leg);
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, leg);
        addActs(b, 0, acts(caught(act(leg))));
        b.steps[0].announces = true;
        seal(b, true, B);
        execute(b);
        same(actor[L1].last(), "no", "its reason");
        matched(L1, B);
        same(shared.rollup(B).clockWith, 1, "clock");
    }

    function testNotAnnouncedIsAFuse() public {
        Leg memory leg = newLeg(L1, B, nonceOf(1, L1, ATTEMPT, 0, 1), 0, failing());
        leg.response = encodeLookup(4, 0, "no");
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, leg);
        addActs(b, 0, acts(caught(act(leg))));
        seal(b, true, B);
        vm.expectCall(Predeploys.ABORT, abi.encodePacked(IScopedBridge.NotAnnounced.selector));
        executeExpecting(b, ISharedBridge.Fuse.selector);
    }

    function toL1(bytes memory data) private view returns (Leg memory) {
        return newLeg(B, L1, nonceOf(9, B, ATTEMPT, 0, 10), 0, data);
    }

    function testIntoL1() public {
        Leg memory leg = toL1(failing());
        leg.response = encodeLookup(4, 9, "no");
        announce(B, 8);
        fill(leg);
        mustTransact(B, 0, acts(caught(act(leg))));
        close(B, leg.hash);
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, leg);
        seal(b, true, B);
        execute(b);
        matched(L1, B);
    }

    function testAnAttemptThatSucceedsOnL1() public {
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, toL1(echo()));
        seal(b, true, B);
        executeExpecting(b, IScopedBridge.AttemptSucceeded.selector);
    }

    /// @dev It may hide an abort, as a call may: it is not exempt from the fuse.
    function testACallInAnAttemptIsAFuse() public {
        Leg memory inner = newLeg(L1, B, nonceOf(9, B, 0, 1, 10), 0, echo());
        inner.response = encodeResponse(true, 12, abi.encode(7));
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, inner);
        Leg memory leg = toL1(abi.encodeCall(Actor.runAndFail, (list(caught(act(inner))))));
        leg.request.gasLimit = 3_000_000;
        leg.hash = hashOf(leg);
        addInbound(b, leg);
        seal(b, true, B);
        vm.expectCall(Predeploys.ABORT, abi.encodePacked(IScopedBridge.CallInAttempt.selector));
        executeExpecting(b, ISharedBridge.Fuse.selector);
    }
}
