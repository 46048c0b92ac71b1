// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Actor} from "./Actor.sol";
import {RollupWorld} from "./RollupWorld.sol";

/// @notice A and B are in one circle. C is in none, and dishonest: it names A's root in calls that A's scope did not
/// cause, and its own quorum signs them.
contract CircleTest is RollupWorld {
    uint256 private constant LOOKUP = 2;
    uint256 private constant UNVOUCHED = 8;

    function circleOf(uint256 id) internal pure override returns (uint64) {
        return id == C ? 0 : 1;
    }

    // --- parts of a root ---

    /// @dev A call of `source` to `target` under the root that clock 1 and `rootChain` name.
    function part(uint256 source, uint256 target, uint256 rootChain, uint256 flags, uint256 clock)
        private
        view
        returns (Leg memory)
    {
        return newLeg(source, target, nonceOf(1, rootChain, flags, 0, clock), 0, echo());
    }

    function refused(Leg memory leg) private {
        on(leg.target);
        system();
        vm.expectRevert(IScopedBridge.OutsideCircle.selector);
        bridge[leg.target].handleScopedCall(leg.source, leg.from, leg.nonce, leg.request);
    }

    /// @dev A calls B twice in one scope, and C trades in between.
    function testATornReadByAStranger() public {
        handle(part(A, B, A, 0, 1));
        refused(part(C, B, A, 0, 5));
        handle(part(A, B, A, 0, 9));
        same(actor[B].count(), 2, "A's calls");
    }

    /// @dev C's part first: A's scope is refused on B, and not torn.
    function testAStrangersPartFirst() public {
        handle(part(C, B, A, 0, 5));
        refused(part(A, B, A, 0, 9));
    }

    /// @dev B trusts A, whose contract makes two calls because C called it. C is waiting for A then, and calls B itself,
    /// under the root that is its own.
    function testATornReadByTheOriginOfTheRoot() public {
        handle(part(A, B, C, UNVOUCHED, 5));
        refused(part(C, B, C, 0, 7));
        handle(part(A, B, C, UNVOUCHED, 9));
        same(actor[B].count(), 2, "A's calls");
    }

    /// @dev Two chains that nobody trusts exclude each other; one alone may make any number of calls.
    function testPartsOfOneStranger() public {
        handle(part(C, B, A, 0, 5));
        handle(part(C, B, A, 0, 7));
        refused(part(A, B, A, UNVOUCHED, 9));
    }

    /// @dev C names a root of its own: another scope, in root order.
    function testAStrangersOwnRoot() public {
        handle(part(A, B, A, 0, 1));
        handle(newLeg(C, B, nonceOf(5, C, 0, 0, 5), 0, echo()));
        same(actor[B].count(), 2, "handled");
    }

    /// @dev The ring inside of a circle; L1 is in the circle of every rollup.
    function testARingInTheCircle() public {
        handle(part(A, B, L1, 0, 5));
        handle(part(L1, B, L1, 0, 9));
        handle(part(A, B, L1, 0, 12));
        same(actor[B].count(), 3, "handled");
    }

    /// @dev On L1 the parts of a root are of one circle too.
    function testATornReadOnL1() public {
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, part(A, L1, A, 0, 1));
        addInbound(b, part(C, L1, A, 0, 5));
        seal(b, true, A, C);
        executeExpecting(b, IScopedBridge.OutsideCircle.selector);
        b = newBundle();
        addInbound(b, part(A, L1, A, 0, 1));
        addInbound(b, part(B, L1, A, 0, 5));
        seal(b, true, A, B);
        // both are handled: what is missing are the sides of A and B
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Unpaired.selector, L1, A));
    }

    // --- lookups ---

    function refusedOnL1(Leg memory first, Leg memory second) private {
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, first);
        addInbound(b, second);
        seal(b, true, A, C);
        executeExpecting(b, IScopedBridge.OutsideCircle.selector);
    }

    /// @dev The reads of a torn read are lookups: a call of another chain after one of them is refused.
    function testATornLookupByAStranger() public {
        handle(part(A, B, A, LOOKUP, 1));
        refused(part(C, B, A, 0, 5));
        handle(part(A, B, A, LOOKUP, 9));
        refusedOnL1(newLeg(A, L1, nonceOf(1, A, LOOKUP, 0, 1), 0, ""), part(C, L1, A, 0, 5));
    }

    /// @dev A chain reads the state in the middle of another's scope.
    function testAStrangerDoesNotLookIntoAScope() public {
        handle(part(A, B, A, 0, 1));
        refused(part(C, B, A, LOOKUP, 5));
        refusedOnL1(part(A, L1, A, 0, 1), newLeg(C, L1, nonceOf(1, A, LOOKUP, 0, 5), 0, ""));
    }

    /// @dev Or a chain that trusts no name of C's is made to look there, because C called it: it says so by the flag.
    function testAnUnvouchedLookupIsOfItsSourceAlone() public {
        handle(part(L1, B, L1, 0, 1));
        refused(part(A, B, L1, LOOKUP | UNVOUCHED, 5));
        handle(part(A, B, L1, LOOKUP, 9));
    }

    /// @dev A call after lookups of several: it could come between two of them, of either.
    function testNobodyCallsAfterLookupsOfSeveral() public {
        handle(part(A, B, A, LOOKUP, 1));
        handle(part(C, B, A, LOOKUP, 5));
        refused(part(A, B, A, 0, 9));
        refused(part(C, B, A, 0, 9));
        handle(part(A, B, A, LOOKUP, 11));
        handle(part(C, B, A, LOOKUP, 11));
    }

    /// @dev A lookup does not reopen a scope to others in which something was changed.
    function testALookupAfterACallIsAPart() public {
        handle(part(A, B, A, LOOKUP, 1));
        handle(part(A, B, A, 0, 2));
        handle(part(A, B, A, LOOKUP, 5));
        refused(part(C, B, A, LOOKUP, 9));
    }

    /// @dev Of a scope that only looks, and of a stranger's own, nobody is in the way.
    function testLookupsOfAll() public {
        handle(part(A, B, A, LOOKUP, 1));
        handle(part(C, B, A, LOOKUP, 5));
        handle(part(L1, B, A, LOOKUP, 9));
        handle(newLeg(C, B, nonceOf(10, C, LOOKUP, 0, 10), 0, echo()));
        handle(newLeg(C, B, nonceOf(10, C, 0, 0, 12), 0, echo()));
        same(actor[B].count(), 1, "the stranger's call");
    }

    /// @dev An inline lookup sees the middle of the frame that waits: it is taken from whom an inline call is.
    function testAStrangerDoesNotLookIntoAFrame() public {
        Leg memory outer = callBack(B, C, LOOKUP);
        expectAbort(IScopedBridge.OutsideCircle.selector);
        mustTransact(A, 0, acts(caught(act(outer))));
    }

    // --- who vouches for a root ---

    /// @dev C's part runs on A first, whose contract calls B. A's bridge does not vouch for the root: the response that is
    /// taken is the one to exactly that nonce.
    function calledOn(uint256 source, uint256 flags) private returns (bool success) {
        Leg memory inner = newLeg(A, B, nonceOf(5, B, flags, 1, 7), 0, echo());
        inner.response = encodeResponse(true, 9, abi.encode(7));
        fill(inner);
        Leg memory outer = newLeg(source, A, nonceOf(5, B, 0, 0, 5), 0, acts(act(inner)));
        outer.request.gasLimit = 3_000_000;
        outer.hash = hashOf(outer);
        handle(outer);
        (success,) = split(outer.response);
    }

    function testAStrangersRootIsNotVouchedFor() public {
        check(calledOn(C, UNVOUCHED), "called on");
    }

    function testARootOfTheCircleIsVouchedFor() public {
        check(calledOn(B, 0), "called on");
    }

    /// @dev The same on L1, which vouches to the circle that vouched.
    function calledOnFromL1(uint256 source, uint256 target, uint256 flags)
        private
        returns (ISharedBridge.Bundle memory b)
    {
        Leg memory inner = newLeg(L1, target, nonceOf(9, A, flags, 1, 11), 0, "");
        inner.response = encodeResponse(true, 12, "");
        Leg memory outer = newLeg(source, L1, nonceOf(9, A, 0, 0, 9), 0, acts(act(inner)));
        outer.request.gasLimit = 3_000_000;
        outer.hash = hashOf(outer);
        b = newBundle();
        addFill(b, inner);
        addInbound(b, outer);
        seal(b, true, A);
    }

    function testL1VouchesToTheCircleThatVouched() public {
        // handled, with the response to that nonce: what is missing is another chain's side
        executeExpecting(calledOnFromL1(C, A, UNVOUCHED), abi.encodeWithSelector(ISharedBridge.Absent.selector, C));
        executeExpecting(calledOnFromL1(C, A, 0), ISharedBridge.Fuse.selector);
        executeExpecting(calledOnFromL1(A, B, 0), abi.encodeWithSelector(ISharedBridge.Absent.selector, B));
        executeExpecting(calledOnFromL1(A, B, UNVOUCHED), ISharedBridge.Fuse.selector);
        executeExpecting(calledOnFromL1(A, C, UNVOUCHED), abi.encodeWithSelector(ISharedBridge.Absent.selector, C));
    }

    /// @dev Nobody but a bridge sets the flag, which would make it a stranger's.
    function testTheFlagIsTheBridges() public {
        Leg memory leg = firstLeg(A, B, 0, "");
        Actor.Act memory a = tryAct(leg, uint32(UNVOUCHED));
        (bool success, bytes memory reason) = transact(A, 0, acts(a));
        check(!success, "refused");
        same(reason, abi.encodeWithSelector(IScopedBridge.UnknownFlags.selector, UNVOUCHED), "by name");
    }

    // --- calls back ---

    /// @dev An operation of L1 calls A; inside of it, an inline call from `source`.
    function callBackToL1(uint256 source, uint256 flags) private returns (ISharedBridge.Bundle memory b) {
        Leg memory inner = newLeg(source, L1, nonceOf(1, L1, flags, 1, 3), 0, echo());
        inner.response = encodeResponse(true, 5, abi.encode(7));
        Leg memory outer = newLeg(L1, A, nonceOf(1, L1, 0, 0, 1), 0, "");
        outer.response = encodeResponse(true, 7, "");
        b = newBundle();
        addFill(b, outer);
        addNested(b, outer.hash, inner);
        IScopedAccount.Operation memory operation = newOperation(address(actor[L1]), 0, acts(act(outer)));
        operation.gasLimit = 8_000_000;
        addOperation(b, operation);
        seal(b, true, A);
    }

    /// @dev C calls back while L1 waits for A: every contract of L1 would be re-enterable by every rollup.
    function testAStrangerCallsBackToL1() public {
        ISharedBridge.Bundle memory b = callBackToL1(C, 0);
        expectAbort(IScopedBridge.OutsideCircle.selector);
        executeExpecting(b, ISharedBridge.Fuse.selector);
    }

    /// @dev So does a chain of the circle that does not vouch for the root.
    function testAnUnvouchedCallBackToL1() public {
        ISharedBridge.Bundle memory b = callBackToL1(B, UNVOUCHED);
        expectAbort(IScopedBridge.OutsideCircle.selector);
        executeExpecting(b, ISharedBridge.Fuse.selector);
    }

    /// @dev The called chain calls back, and a chain of its circle does. What is missing then is their side.
    function testTheCircleCallsBackToL1() public {
        executeExpecting(callBackToL1(A, 0), abi.encodeWithSelector(ISharedBridge.Unpaired.selector, L1, A));
        executeExpecting(callBackToL1(A, UNVOUCHED), abi.encodeWithSelector(ISharedBridge.Unpaired.selector, L1, A));
        executeExpecting(callBackToL1(B, 0), abi.encodeWithSelector(ISharedBridge.Absent.selector, B));
    }

    /// @dev A transaction of A calls `target`; inside of it, an inline call from `source`.
    function callBack(uint256 target, uint256 source, uint256 flags) private returns (Leg memory outer) {
        Leg memory inner = newLeg(source, A, nonceOf(1, A, flags, 1, 3), 0, echo());
        inner.response = encodeResponse(true, 5, abi.encode(7));
        outer = newLeg(A, target, nonceOf(1, A, 0, 0, 1), 0, "");
        outer.response = encodeResponse(true, 7, "");
        fill(outer);
        queue(A, outer.hash, inner);
    }

    function testAStrangerCallsBack() public {
        Leg memory outer = callBack(B, C, 0);
        expectAbort(IScopedBridge.OutsideCircle.selector);
        mustTransact(A, 0, acts(caught(act(outer))));
    }

    /// @dev A waits for C, which nobody trusts: B cannot know whether C was called under that root.
    function testTheCircleCallsBackFromAStranger() public {
        Leg memory outer = callBack(C, B, UNVOUCHED);
        expectAbort(IScopedBridge.OutsideCircle.selector);
        mustTransact(A, 0, acts(caught(act(outer))));
    }

    function testWhoMayCallBack() public {
        uint256[2][4] memory who = [[B, B], [B, L1], [L1, B], [C, C]];
        for (uint256 i = 0; i < 4; i++) {
            uint256 state = vm.snapshotState();
            mustTransact(A, 0, acts(act(callBack(who[i][0], who[i][1], 0))));
            same(actor[A].count(), 1, "called back");
            vm.revertToState(state);
        }
    }

    /// @dev C's part runs on A, whose contract calls B. A chain of the circle that vouches for the root has another scope in
    /// mind, which must not come between.
    function testAnotherScopeCallsBack() public {
        Leg memory inner = newLeg(L1, A, nonceOf(5, B, 0, 1, 8), 0, echo());
        Leg memory middle = newLeg(A, B, nonceOf(5, B, UNVOUCHED, 1, 7), 0, "");
        middle.response = encodeResponse(true, 12, "");
        fill(middle);
        queue(A, middle.hash, inner);
        Leg memory outer = newLeg(C, A, nonceOf(5, B, 0, 0, 5), 0, acts(caught(act(middle))));
        outer.request.gasLimit = 3_000_000;
        outer.hash = hashOf(outer);
        expectAbort(IScopedBridge.OutsideCircle.selector);
        handle(outer);
    }
}
