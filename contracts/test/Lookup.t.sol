// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {Actor} from "./Actor.sol";
import {RollupWorld} from "./RollupWorld.sol";

/// @notice A contract with views.
contract Ledger {
    mapping(address account => uint256) private balances;
    uint256 private writes;

    error Unknown(address account);

    function set(address account, uint256 balance) external {
        balances[account] = balance;
    }

    function balanceOf(address account) public view returns (uint256) {
        return balances[account];
    }

    function strict(address account) external view returns (uint256) {
        if (balances[account] == 0) revert Unknown(account);
        return balances[account];
    }

    function words(uint256 n) external pure returns (bytes memory) {
        return new bytes(32 * n);
    }

    function burn(uint256 left) external view returns (uint256) {
        while (gasleft() > left) {}
        return left;
    }

    function write() external returns (uint256) {
        return ++writes;
    }
}

/// @notice Reads what it is given by STATICCALL, as Solidity does for a `view` of an interface.
contract Viewer {
    uint256 public seen;

    function see(address target, bytes calldata data, uint256 gas)
        public
        view
        returns (bool success, bytes memory result)
    {
        return target.staticcall{gas: gas == 0 ? gasleft() : gas}(data);
    }

    function balance(Ledger ledger, address account) external view returns (uint256) {
        return ledger.balanceOf(account);
    }

    function remember(Ledger ledger, address account) external returns (uint256) {
        return seen = ledger.balanceOf(account);
    }

    function rememberAndFail(Ledger ledger, address account) external {
        seen = ledger.balanceOf(account);
        revert("after looking");
    }
}

/// @notice What the tests of lookups share.
abstract contract LookupWorld is RollupWorld {
    uint256 internal constant LOOKUP = 2;

    Ledger internal ledger; // on B
    Viewer internal viewer; // on A

    function setUp() public virtual override {
        super.setUp();
        on(B);
        ledger = new Ledger();
        ledger.set(address(this), 42);
        on(A);
        viewer = new Viewer();
    }

    /// @dev A lookup of the ledger on B, by the actor of `source`.
    function lookup(uint256 source, uint256 rootClock, uint256 clock, bytes memory data)
        internal
        view
        returns (Leg memory leg)
    {
        return aimed(newLeg(source, B, nonceOf(rootClock, source, LOOKUP, 0, clock), 0, data), address(ledger));
    }

    function aimed(Leg memory leg, address to) internal pure returns (Leg memory) {
        leg.request.to = to;
        leg.hash = hashOf(leg);
        return leg;
    }

    function balanceOf() internal view returns (bytes memory) {
        return abi.encodeCall(Ledger.balanceOf, (address(this)));
    }

    /// @dev The first lookup of a transaction on A that announced its root at clock 1.
    function first() internal view returns (Leg memory) {
        return lookup(A, 1, 1, balanceOf());
    }

    function look(Leg memory leg) internal view returns (Actor.Act memory) {
        return Actor.Act(
            address(bridge[leg.source]),
            0,
            0,
            false,
            abi.encodeCall(IScopedBridge.scopedStaticCall, (leg.target, leg.from, leg.request))
        );
    }

    function tryLook(Leg memory leg) internal view returns (Actor.Act memory a) {
        a = look(leg);
        a.data = abi.encodeCall(IScopedBridge.tryScopedStaticCall, (leg.target, leg.from, leg.request));
    }

    function announce(uint256 id, uint64 floor) internal {
        on(id);
        system();
        rollup(id).announceRoot(floor);
    }

    function close(uint256 id, bytes32 hash) internal {
        bytes32[] memory hashes = new bytes32[](1);
        hashes[0] = hash;
        on(id);
        system();
        rollup(id).closeLookups(hashes);
    }

    function encodeLookup(uint8 status, uint256 clock, bytes memory data) internal pure returns (bytes memory) {
        return abi.encodePacked(status, uint64(clock), data);
    }

    function nothingLeft(uint256 id) internal view {
        (uint32 responses, uint32 queues) = rollup(id).leftover();
        check(responses == 0 && queues == 0, "nothing left over");
    }

    function matched(uint256 here, uint256 there) internal view {
        (bytes32 requestsOut, bytes32 requestsIn, bytes32 responsesOut, bytes32 responsesIn) =
            bridge[here].getMailboxHashes(there);
        (bytes32 out, bytes32 in_, bytes32 theirOut, bytes32 theirIn) = bridge[there].getMailboxHashes(here);
        check(requestsOut == in_ && requestsIn == out, "requests");
        check(responsesOut == theirIn && responsesIn == theirOut, "responses");
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
        same(rollup(A).touched(B), height[A], "the pair is listed");
        same(rollup(B).touched(A), height[B], "by both");
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
        fill(outer = answered(outer));
        queue(A, outer.hash, inner);
        expectAbort(IScopedBridge.NestedMismatch.selector);
        mustTransact(A, 0, acts(caught(act(outer))));
    }

    function testInlineLateAborts() public {
        (Leg memory outer, Leg memory inner) = lookingBack(3);
        inner.nonce = nonceOf(0, A, LOOKUP, 1, 0);
        fill(outer = answered(outer));
        queue(A, outer.hash, inner);
        expectAbort(IScopedBridge.LookupLate.selector);
        mustTransact(A, 0, acts(caught(act(outer))));
    }

    function testInlineOfAnotherRootAborts() public {
        (Leg memory outer, Leg memory inner) = lookingBack(3);
        inner.nonce = nonceOf(2, A, LOOKUP, 1, 2);
        fill(outer = answered(outer));
        queue(A, outer.hash, inner);
        expectAbort(IScopedBridge.RootOrder.selector);
        mustTransact(A, 0, acts(caught(act(outer))));
    }

    function answered(Leg memory outer) private pure returns (Leg memory) {
        outer.response = encodeResponse(true, 3, "");
        return outer;
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
        (uint32 responses, uint32 queues) = rollup(A).leftover();
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
        (uint32 responses,) = rollup(A).leftover();
        same(responses, 1, "it was read, and is still there");
        close(A, leg.hash);
        matched(A, B);
        // closed is gone
        announce(A, 0);
        Leg memory again = lookup(A, 2, 2, balanceOf());
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(caught(look(again))));
    }

    // --- nobody catches a missing answer ---

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

/// @notice Lookups from L1 and into it.
contract LookupOnL1Test is LookupWorld {
    function addAnnounced(ISharedBridge.Bundle memory b, bytes memory data) private {
        addActs(b, 0, data);
        b.steps[b.steps.length - 1].announces = true;
    }

    /// @dev L1 looks at B in an operation whose root has clock 1.
    function fromL1() private view returns (Leg memory) {
        return lookup(L1, 1, 1, balanceOf());
    }

    function testFromL1() public {
        Leg memory leg = fromL1();
        handle(leg);
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, leg);
        addAnnounced(b, acts(look(leg), tryLook(leg)));
        seal(b, true, B);
        execute(b);
        same(actor[L1].last(), abi.encode(true, abi.encode(42)), "answer");
        matched(L1, B);
        same(shared.rollup(B).clockWith, 1, "clock");
    }

    function testAViewOfARemoteContractOnL1() public {
        on(L1);
        Viewer here = new Viewer();
        address there = shared.deployRemoteAccount(B, address(ledger));
        Leg memory leg = fromL1();
        leg.from = address(here);
        leg.request.gasLimit = DEFAULT_GAS;
        leg.hash = hashOf(leg);
        handle(leg);
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, leg);
        addAnnounced(
            b,
            acts(Actor.Act(address(here), 0, 0, false, abi.encodeCall(Viewer.remember, (Ledger(there), address(this)))))
        );
        seal(b, true, B);
        execute(b);
        same(here.seen(), 42, "seen");
    }

    /// @dev What was filled for one bundle is deleted at its end: it is not there for the next one in the same transaction.
    function testAnAnswerEndsWithItsBundle() public {
        Leg memory leg = fromL1();
        handle(leg);
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, leg);
        addAnnounced(b, acts(look(leg)));
        seal(b, true, B);
        on(L1);
        TwoBundles sender = new TwoBundles();
        (bool success, bytes memory result) = sender.send(shared, b);
        check(!success, "the second fails");
        same(
            result,
            abi.encodeWithSelector(
                ISharedBridge.OperationFailed.selector, user, abi.encodePacked(IScopedAccount.WrongNonce.selector)
            ),
            "but not for what was left over"
        );
    }

    function testAMissingLookupIsAFuse() public {
        ISharedBridge.Bundle memory b = newBundle();
        addAnnounced(b, acts(caught(look(fromL1()))));
        seal(b, true, B);
        vm.expectCall(Predeploys.ABORT, abi.encodePacked(IScopedBridge.ResponseMissing.selector));
        executeExpecting(b, ISharedBridge.Fuse.selector);
    }

    function testNotAnnouncedIsAFuse() public {
        ISharedBridge.Bundle memory b = newBundle();
        addActs(b, 0, acts(caught(look(fromL1()))));
        seal(b, true, B);
        vm.expectCall(Predeploys.ABORT, abi.encodePacked(IScopedBridge.NotAnnounced.selector));
        executeExpecting(b, ISharedBridge.Fuse.selector);
    }

    /// @dev At every depth and gas: the bundle fails, or the lookup was refused before anybody had a hand in it.
    function testNoAbortOfALookupIsCaught(uint256 depth, uint256 gas, uint256 gasLimit) public {
        depth = depth % 12;
        gasLimit = 400_000 + gasLimit % 8_000_000;
        Actor.Act memory a = caught(look(fromL1()));
        a.gas = gas % gasLimit;
        for (uint256 i = 0; i < depth; i++) {
            a = Actor.Act(address(actor[L1]), 0, 0, true, acts(a));
        }
        ISharedBridge.Bundle memory b = newBundle();
        IScopedAccount.Operation memory operation = newOperation(address(actor[L1]), 0, acts(a));
        operation.gasLimit = gasLimit;
        addOperation(b, operation);
        b.steps[0].announces = true;
        seal(b, false, B);
        on(L1);
        (bool success,) = address(shared).call(abi.encodeCall(ISharedBridge.executeBundle, (b)));
        if (!success) return;
        bytes memory result = actor[L1].last();
        while (result.length > 100) result = abi.decode(result, (bytes[]))[0];
        check(result.length == 0 || bytes4(result) == ISharedBridge.Starved.selector, "refused in time");
    }

    function toL1(bytes memory data, address to) private view returns (Leg memory leg) {
        return aimed(newLeg(B, L1, nonceOf(9, B, LOOKUP, 0, 9), 0, data), to);
    }

    function testIntoL1() public {
        on(L1);
        Ledger here = new Ledger();
        here.set(address(this), 43);
        Leg memory leg = toL1(balanceOf(), address(here));
        leg.response = encodeLookup(3, 9, abi.encode(43));
        announce(B, 8);
        fill(leg);
        bytes[] memory results = mustTransact(B, 0, acts(look(leg)));
        same(results[0], abi.encode(abi.encode(43)), "answer");
        close(B, leg.hash);
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, leg);
        seal(b, true, B);
        execute(b);
        matched(L1, B);
        same(shared.rollup(B).clockWith, 9, "clock");
    }

    /// @dev The builder tells B of another balance than L1 has.
    function testAFalseAnswerDoesNotSettle() public {
        on(L1);
        Ledger here = new Ledger();
        here.set(address(this), 43);
        Leg memory leg = toL1(balanceOf(), address(here));
        leg.response = encodeLookup(3, 9, abi.encode(44));
        announce(B, 8);
        fill(leg);
        mustTransact(B, 0, acts(look(leg)));
        close(B, leg.hash);
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, leg);
        seal(b, true, B);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.MailboxMismatch.selector, B, L1, 3));
    }

    function testALateLookupOnL1() public {
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, toL1(balanceOf(), address(actor[L1])));
        b.steps[0].floor = 10;
        seal(b, true, B);
        executeExpecting(b, IScopedBridge.LookupLate.selector);
    }

    /// @dev An abort could hide in what a view uses, since it may look on.
    function testAViewThatUsesHalfOfItsGas() public {
        on(L1);
        Ledger here = new Ledger();
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, toL1(abi.encodeCall(Ledger.burn, (250_000)), address(here)));
        seal(b, true, B);
        executeExpecting(b, ISharedBridge.Fuse.selector);
    }

    /// @dev A leaf on L1 has no fuse, so it may not look.
    function testALeafDoesNotLookOnL1() public {
        Leg memory inner = newLeg(L1, B, nonceOf(1, B, LOOKUP, 1, 2), 0, balanceOf());
        Leg memory leaf = newLeg(B, L1, nonceOf(1, B, 1, 0, 1), 0, acts(caught(look(inner))));
        leaf.response =
            encodeResponse(true, 3, abi.encode(toList(abi.encodePacked(IScopedBridge.NestingForbidden.selector))));
        fill(leaf);
        mustTransact(B, 0, acts(tryAct(leaf, 1)));
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, leaf);
        seal(b, true, B);
        execute(b); // L1 gave that response
    }

    function testAnInboundStepAnnouncesNothing() public {
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, toL1(balanceOf(), address(actor[L1])));
        b.steps[0].announces = true;
        seal(b, true, B);
        executeExpecting(b, ISharedBridge.BadStep.selector);
    }
}

/// @notice Sends a bundle twice in one transaction.
contract TwoBundles {
    function send(ISharedBridge shared, ISharedBridge.Bundle calldata b)
        external
        returns (bool success, bytes memory result)
    {
        shared.executeBundle(b);
        return address(shared).call(abi.encodeCall(ISharedBridge.executeBundle, (b)));
    }
}
