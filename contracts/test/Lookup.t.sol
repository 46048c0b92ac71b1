// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {Actor} from "./Actor.sol";
import {Ledger, LookupWorld} from "./LookupWorld.sol";

/// @notice Makes one call, whatever it is called with.
contract Forward {
    address private immutable to;
    bytes private data;

    constructor(address to_, bytes memory data_) {
        (to, data) = (to_, data_);
    }

    fallback() external {
        (bool success, bytes memory result) = to.call(data);
        if (!success) {
            assembly {
                revert(add(result, 0x20), mload(result))
            }
        }
    }
}

/// @notice Lookups from rollup to rollup (docs/protocol.md section 6).
contract LookupTest is LookupWorld {
    // --- what they do ---

    function testALookup() public {
        Leg memory leg = first();
        handle(leg);
        same(leg.response, encodeLookup(3, 1, abi.encode(42)), "answer");
        announce(A, 0);
        fill(leg);
        bytes[] memory results = mustTransact(A, 0, acts(look(leg), tryLook(leg))); // the same one twice
        same(results[0], abi.encode(abi.encode(42)), "as if it were local");
        same(results[1], abi.encode(true, abi.encode(42)), "and again");
        close(A, leg.hash);
        nothingLeft(A);
        matched(A, B);
        (bytes32 requestsOut,,, bytes32 responsesIn) = bridge[A].getMailboxHashes(B);
        same(requestsOut, 0, "no request");
        same(responsesIn, keccak256(abi.encode(0, leafOf(leg))), "its answer");
        same(clockOf(A), 1, "no tick");
        same(clockOf(B), 1, "no tick");
        same(touched(A, B), height[A], "the pair is listed");
        same(touched(B, A), height[B], "by both");
    }

    /// @dev An unmodified view, through a RemoteAccount.
    function testAViewOfARemoteContract() public {
        on(A);
        address there = bridge[A].deployRemoteAccount(B, address(ledger));
        Leg memory leg = first();
        leg.from = address(viewer);
        leg.request.gasLimit = DEFAULT_GAS;
        leg.hash = hashOf(leg);
        handle(leg);
        announce(A, 0);
        fill(leg);
        on(A);
        same(viewer.balance(Ledger(there), address(this)), 42, "from a view");
        same(viewer.remember(Ledger(there), address(this)), 42, "from a transaction");
        (bool success, bytes memory result) = viewer.see(there, balanceOf(), 40_000);
        check(success, "with little gas");
        same(result, abi.encode(42), "the same");
        close(A, leg.hash);
        nothingLeft(A);
        matched(A, B);
    }

    function testAFailureIsAnAnswer() public {
        Leg memory leg = lookup(A, 1, 1, abi.encodeCall(Ledger.strict, (address(1))));
        handle(leg);
        bytes memory reason = abi.encodeWithSelector(Ledger.Unknown.selector, address(1));
        same(leg.response, encodeLookup(2, 1, reason), "answer");
        announce(A, 0);
        fill(leg);
        bytes[] memory results = mustTransact(A, 0, acts(caught(look(leg)), tryLook(leg)));
        same(results[0], reason, "reverts with its reason");
        same(results[1], abi.encode(false, reason), "or returns it");
        close(A, leg.hash);
        matched(A, B);
    }

    /// @dev The target is in a static frame.
    function testALookupHasNoEffect() public {
        Leg memory leg = lookup(A, 1, 1, abi.encodeCall(Ledger.write, ()));
        leg.request.gasLimit = 50_000;
        leg.hash = hashOf(leg);
        handle(leg);
        same(leg.response, encodeLookup(2, 1, ""), "fails");
        // nor may what it calls make a scoped call
        Leg memory on_ = lookup(A, 1, 2, "");
        Leg memory back = newLeg(B, C, nonceOf(1, A, 0, 1, 3), 0, echo());
        on_ = aimed(on_, address(bridge[B]));
        on_.request.to = address(new Forward(address(bridge[B]), act(back).data));
        on_.hash = hashOf(on_);
        handle(on_);
        same(uint8(on_.response[0]), 2, "fails");
        (bytes32 requestsOut,,,) = bridge[B].getMailboxHashes(C);
        same(requestsOut, 0, "no request");
    }

    function testATransactionThatRevertsKeepsItsLookups() public {
        Leg memory leg = first();
        handle(leg);
        announce(A, 0);
        fill(leg);
        (bool success,) = transact(A, 0, abi.encodeCall(Actor.runAndFail, (new Actor.Act[](0))));
        check(!success, "reverts");
        close(A, leg.hash);
        nothingLeft(A);
        matched(A, B);
        same(clockOf(A), 1, "its root stays");
    }

    /// @dev After its first call a transaction has a root, and needs no announcement.
    function testBetweenCalls() public {
        Leg memory call = firstLeg(A, B, 0, echo());
        handle(call); // B handles: 2, responds: 3; A: 4
        Leg memory leg = lookup(A, 1, 4, balanceOf());
        handle(leg);
        Leg memory again = newLeg(A, B, nonceOf(1, A, 0, 0, 5), 0, echo());
        handle(again);
        fill(call);
        fill(leg);
        fill(again);
        Actor.Act[] memory list = new Actor.Act[](3);
        (list[0], list[1], list[2]) = (act(call), look(leg), act(again));
        mustTransact(A, 0, abi.encodeCall(Actor.run, (list)));
        close(A, leg.hash);
        nothingLeft(A);
        matched(A, B);
    }

    /// @dev While A's call waits, B looks at A: inline.
    function testInline() public {
        (Leg memory outer, Leg memory inner) = lookingBack(3);
        inlineSettles(outer, inner);
        // 1 by A's call; 2 by B's handling, which A takes over; 3 by B's answer
        same(clockOf(A), 4, "clock");
        matched(A, B);
    }

    function lookingBack(uint8 status) private view returns (Leg memory outer, Leg memory inner) {
        inner = newLeg(B, A, nonceOf(1, A, LOOKUP, 1, 2), 0, abi.encodeWithSignature("sender()"));
        inner.response = encodeLookup(status, 2, abi.encode(address(this)));
        outer = newLeg(A, B, nonceOf(1, A, 0, 0, 1), 0, acts(look(inner)));
        outer.request.gasLimit = 3_000_000;
        outer.hash = hashOf(outer);
    }

    function inlineSettles(Leg memory outer, Leg memory inner) private {
        fill(inner);
        handle(outer);
        close(B, inner.hash);
        fill(outer);
        queue(A, outer.hash, inner);
        mustTransact(A, 0, acts(act(outer)));
        nothingLeft(A);
        nothingLeft(B);
    }

    function testInlineMismatchAborts() public {
        (Leg memory outer, Leg memory inner) = lookingBack(3);
        inner.response = encodeLookup(3, 2, abi.encode(address(1)));
        inlineAborts(outer, inner, IScopedBridge.NestedMismatch.selector);
    }

    function testInlineLateAborts() public {
        (Leg memory outer, Leg memory inner) = lookingBack(3);
        inner.nonce = nonceOf(0, A, LOOKUP, 1, 0);
        inlineAborts(outer, inner, IScopedBridge.LookupLate.selector);
    }

    function testInlineOfAnotherRootAborts() public {
        (Leg memory outer, Leg memory inner) = lookingBack(3);
        inner.nonce = nonceOf(2, A, LOOKUP, 1, 2);
        inlineAborts(outer, inner, IScopedBridge.RootOrder.selector);
    }

    /// @dev B answers the outer call, A queues the inner lookup for it: A aborts.
    function inlineAborts(Leg memory outer, Leg memory inner, bytes4 reason) private {
        outer.response = encodeResponse(true, 3, "");
        fill(outer);
        queue(A, outer.hash, inner);
        expectAbort(reason);
        mustTransact(A, 0, acts(caught(act(outer))));
    }

    /// @dev A leaf may not call, but look.
    function testALeafLooks() public {
        Leg memory inner = newLeg(B, C, nonceOf(1, A, LOOKUP, 1, 2), 0, abi.encodeWithSignature("count()"));
        handle(inner);
        fill(inner);
        Leg memory leaf = newLeg(A, B, nonceOf(1, A, 1, 0, 1), 0, acts(look(inner)));
        handle(leaf);
        check(actor[B].lastSuccess(), "found its answer");
        close(B, inner.hash);
        matched(B, C);
    }

    // --- one is not the other ---

    function testALookupIsNoCall() public {
        // an answer of a call where a lookup reads
        Leg memory leg = first();
        handle(leg);
        leg.response[0] = 0x01;
        announce(A, 0);
        fill(leg);
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(caught(look(leg))));
    }

    function testACallIsNoLookup() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        handle(leg);
        leg.response[0] = 0x03;
        fill(leg);
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(caught(act(leg))));
    }

    function testMalformedLookups() public {
        Leg memory leg = first();
        leg.nonce = nonceOf(1, A, LOOKUP | 1, 0, 1);
        refused(leg, IScopedBridge.MalformedLookup.selector);
        leg = first();
        leg.request.value = 1;
        refused(leg, IScopedBridge.MalformedLookup.selector);
        on(A);
        expectRevertOf(IScopedBridge.WrongValue.selector, look(leg));
    }

    function expectRevertOf(bytes4 selector, Actor.Act memory a) private {
        vm.prank(address(actor[A]));
        (bool success, bytes memory result) = a.to.call(a.data);
        check(!success, "refused");
        same(result, abi.encodePacked(selector), "by name");
    }

    function testForbiddenTargets() public {
        Leg memory leg = aimed(first(), address(bridge[B]));
        handle(leg);
        same(leg.response, encodeLookup(2, 1, abi.encodePacked(IScopedBridge.ForbiddenTarget.selector)), "is an answer");
    }

    function testLongAnswers() public {
        Leg memory leg = lookup(A, 1, 1, abi.encodeCall(Ledger.words, (30)));
        handle(leg);
        same(leg.response.length, 9 + 1024, "all of it");
        leg = lookup(A, 1, 1, abi.encodeCall(Ledger.words, (31)));
        handle(leg);
        same(
            leg.response, encodeLookup(2, 1, abi.encodePacked(IScopedBridge.ReturnDataTooLong.selector)), "is an answer"
        );
    }

    // --- the place of a lookup ---

    function refused(Leg memory leg, bytes4 selector) private {
        on(leg.target);
        vm.expectRevert(selector);
        system();
        bridge[leg.target].handleScopedCall(leg.source, leg.from, leg.nonce, leg.request);
    }

    /// @dev Later than it was: the chain has done something that the source did not know of.
    function testALateLookup() public {
        handle(newLeg(A, B, nonceOf(5, A, 0, 0, 5), 0, echo())); // 6, 7
        refused(lookup(A, 5, 6, balanceOf()), IScopedBridge.LookupLate.selector);
        handle(lookup(A, 5, 7, balanceOf()));
    }

    /// @dev Earlier than it was: what comes next on this chain is later than it.
    function testAnEarlyLookup() public {
        handle(lookup(A, 5, 9, balanceOf()));
        same(clockOf(B), 9, "clock");
        Leg memory leg = newLeg(A, B, nonceOf(5, A, 0, 0, 8), 0, echo()); // comes before it, at its source
        handle(leg);
        same(
            leg.response, encodeResponse(true, 11, abi.encode(7)), "responds after it: not the response that was given"
        );
    }

    function testRootOrder() public {
        handle(lookup(A, 9, 9, balanceOf()));
        refused(lookup(A, 8, 20, balanceOf()), IScopedBridge.RootOrder.selector);
        refused(lookup(A, 21, 20, balanceOf()), IScopedBridge.RootOrder.selector);
        (, uint128 lastRoot) = bridge[B].scopeClock();
        same(lastRoot, 9 << 64 | A, "its root");
        // a root that starts here is later
        Leg memory leg = newLeg(B, A, nonceOf(10, B, 0, 0, 10), 0, echo());
        handle(leg);
        fill(leg);
        mustTransact(B, 0, acts(act(leg)));
    }

    function testClockTooFar() public {
        uint256 bound = 1 << 32; // of L1 block 0, which the rollup knows
        refused(lookup(A, 1, bound + 1, balanceOf()), IScopedBridge.ClockTooFar.selector);
        handle(lookup(A, 1, bound, balanceOf()));
        same(clockOf(B), bound, "at the bound");
    }

    // --- announcements ---

    function testNotAnnounced() public {
        expectAbort(IScopedBridge.NotAnnounced.selector);
        mustTransact(A, 0, acts(caught(look(first()))));
    }

    function testAnAnnouncedRoot() public {
        announce(A, 6);
        (uint64 clock, uint128 lastRoot) = bridge[A].scopeClock();
        same(clock, 7, "clock");
        same(lastRoot, 7 << 64 | A, "root");
        // the first call takes the next clock, and that root
        Leg memory leg = newLeg(A, B, nonceOf(7, A, 0, 0, 8), 0, echo());
        handle(leg);
        fill(leg);
        mustTransact(A, 0, acts(act(leg)));
        (, lastRoot) = bridge[A].scopeClock();
        same(lastRoot, 7 << 64 | A, "the same root");
        system();
        rollup(A).closeLookups(new bytes32[](0));
        nothingLeft(A);
    }

    function testNothingElseHappensWhileARootIsAnnounced() public {
        announce(A, 0);
        system();
        vm.expectRevert(IScopedBridge.Announced.selector);
        rollup(A).announceRoot(0);
        system();
        vm.expectRevert(IScopedBridge.Announced.selector);
        bridge[A].openScope(9);
        refused(newLeg(B, A, nonceOf(9, B, 0, 0, 9), 0, echo()), IScopedBridge.Announced.selector);
        refused(newLeg(B, A, nonceOf(9, B, LOOKUP, 0, 9), 0, echo()), IScopedBridge.Announced.selector);
        (uint32 responses, uint32 queues) = leftover(A);
        check(responses == 0 && queues == 0, "an announcement is neither");
        // the state transition's Leftover() sees it
        check(uint256(vm.load(address(bridge[A]), bytes32(uint256(1)))) >> 255 == 1, "the top bit");
        system();
        rollup(A).closeLookups(new bytes32[](0));
        check(uint256(vm.load(address(bridge[A]), bytes32(uint256(1)))) >> 192 == 0, "is over");
    }

    function testOnlyTheSystem() public {
        on(A);
        vm.expectRevert(IRollupBridge.OnlySystem.selector);
        rollup(A).announceRoot(0);
        vm.expectRevert(IRollupBridge.OnlySystem.selector);
        rollup(A).closeLookups(new bytes32[](0));
    }

    function testOnlyLookupsAreClosed() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        handle(leg);
        fill(leg);
        bytes32[] memory hashes = new bytes32[](1);
        hashes[0] = leg.hash;
        system();
        vm.expectRevert(IScopedBridge.NotLookup.selector);
        rollup(A).closeLookups(hashes);
        hashes[0] = "nothing";
        system();
        vm.expectRevert(IScopedBridge.NotLookup.selector);
        rollup(A).closeLookups(hashes);
    }

    /// @dev Or a contract would read the answer to what it is about to ask.
    function testHashesAreHiddenUntilItIsClosed() public {
        Leg memory leg = first();
        handle(leg);
        announce(A, 0);
        fill(leg);
        on(A);
        vm.expectRevert(IScopedBridge.ResponsesPending.selector);
        bridge[A].getMailboxHashes(B);
        mustTransact(A, 0, acts(look(leg)));
        vm.expectRevert(IScopedBridge.ResponsesPending.selector);
        bridge[A].getMailboxHashes(B);
        (uint32 responses,) = leftover(A);
        same(responses, 1, "it was read, and is still there");
        close(A, leg.hash);
        matched(A, B);
        // closed is gone
        announce(A, 0);
        Leg memory again = lookup(A, 2, 2, balanceOf());
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(caught(look(again))));
    }

    // --- a missing answer is not caught ---

    /// @dev At every gas: a missing answer is an abort, or the lookup fails as it does with the answer.
    function testAMissingLookupIsAnAbortAtEveryGas() public {
        on(A);
        address there = bridge[A].deployRemoteAccount(B, address(ledger));
        Leg memory leg = first();
        leg.from = address(viewer);
        leg.request.gasLimit = DEFAULT_GAS;
        leg.hash = hashOf(leg);
        handle(leg);
        announce(A, 0);
        uint256 empty = vm.snapshotState();
        uint256 aborts;
        uint256 answers;
        for (uint256 gas = 500; gas < 60_000; gas += gas < 40_000 ? 97 : 1009) {
            vm.revertToState(empty);
            on(A);
            (bool caught_, bytes memory reason) = viewer.see(there, balanceOf(), gas);
            fill(leg);
            (bool success, bytes memory result) = viewer.see(there, balanceOf(), gas);
            check(!caught_, "there is no answer");
            if (bytes4(reason) == IScopedBridge.ResponseMissing.selector && reason.length == 4) aborts++;
            else check(!success && keccak256(result) == keccak256(reason), "fails alike");
            if (success) answers++;
        }
        check(aborts > 50 && answers > 50 && aborts >= answers, "both were met");
    }

    // --- RemoteAccount tells a static frame by a probe ---

    /// @dev With every gas: in a static frame it never makes a call, outside of one it never makes a lookup.
    function testTheProbeAtEveryGas() public {
        on(A);
        address there = bridge[A].deployRemoteAccount(B, address(ledger));
        Leg memory leg = firstLeg(A, B, 0, balanceOf());
        leg = aimed(leg, address(ledger));
        vm.expectCall(address(bridge[A]), abi.encodePacked(IScopedBridge.scopedStaticCall.selector), 0);
        for (uint256 gas = 1; gas < 20_000; gas += gas < 9_000 ? 7 : 101) {
            (bool success,) = there.call{gas: gas}(balanceOf());
            check(!success, "there is no answer");
        }
    }

    function testTheProbeInAStaticFrameAtEveryGas() public {
        on(A);
        address there = bridge[A].deployRemoteAccount(B, address(ledger));
        vm.expectCall(address(bridge[A]), abi.encodePacked(IScopedCallable.scopedCall.selector), 0);
        for (uint256 gas = 1; gas < 20_000; gas += gas < 9_000 ? 7 : 101) {
            (bool success,) = viewer.see(there, balanceOf(), gas);
            check(!success, "there is no answer");
        }
    }

    function testTheProbeTellsCallsFromLookups() public {
        on(A);
        address there = bridge[A].deployRemoteAccount(B, address(ledger));
        vm.expectCall(address(bridge[A]), abi.encodePacked(IScopedBridge.scopedStaticCall.selector), 1);
        vm.expectCall(address(bridge[A]), abi.encodePacked(IScopedCallable.scopedCall.selector), 1);
        (bool success,) = there.call(balanceOf());
        check(!success, "a call");
        (success,) = viewer.see(there, balanceOf(), 0);
        check(!success, "a lookup");
    }
}
