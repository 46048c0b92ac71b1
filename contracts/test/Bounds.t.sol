// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Actor} from "./Actor.sol";
import {World} from "./World.sol";

/// @notice Bounds of SharedBridge, to the unit: one unit to each side of half the gas, and the last wei of an escrow.
///
/// Where exactly half of a step's gas lies is not known from outside: it depends on what the compiler made. But what is
/// used below it does not depend on the limit, so each bound is found by search, and its parity shows which side of
/// the comparison the equal case is on: a limit that is more than twice of something is at least 2n + 1.
contract BoundsTest is World {
    function echo() private pure returns (bytes memory) {
        return abi.encodeCall(Actor.echo, (7));
    }

    /// @dev The least limit at which a bundle is not refused by this error; at `low` it is, at `high` not.
    function least(function(uint256) returns (bytes memory) attempt, bytes memory problem, uint256 low, uint256 high)
        private
        returns (uint256)
    {
        same(attempt(low), problem, "refused below");
        same(attempt(high), "", "passes above");
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            bytes memory result = attempt(middle);
            if (result.length == 0) {
                high = middle;
            } else {
                same(result, problem, "by name");
                low = middle;
            }
        }
        return high;
    }

    /// @dev What the bundle reverts with; what it does is undone.
    function outcome(ISharedBridge.Bundle memory b) private returns (bytes memory) {
        on(L1);
        uint256 state = vm.snapshotState();
        (bool success, bytes memory result) = address(shared).call(abi.encodeCall(ISharedBridge.executeBundle, (b)));
        vm.revertToState(state);
        check(success == (result.length == 0), "a reason");
        return result;
    }

    // --- half of the gas ---

    /// @dev "The bridge requires that less than L/2 was used": of the gas of an operation.
    function testHalfOfAnOperationsGas() public {
        uint256 limit = least(operate, abi.encodePacked(ISharedBridge.Fuse.selector), 50_000, 4_000_000);
        same(limit & 1, 1, "more than twice of what it used");
    }

    function operate(uint256 gasLimit) private returns (bytes memory) {
        uint64 nonce = userNonce;
        ISharedBridge.Bundle memory b = newBundle();
        IScopedAccount.Operation memory operation = newOperation(address(actor[L1]), 0, echo());
        operation.gasLimit = gasLimit;
        addOperation(b, operation);
        seal(b, false, A);
        userNonce = nonce;
        return outcome(b);
    }

    /// @dev The same of a handled call's.
    function testHalfOfAHandledCallsGas() public {
        uint256 limit = least(handleOnL1, abi.encodePacked(ISharedBridge.Fuse.selector), 1_000, 600_000);
        same(limit & 1, 1, "more than twice of what it used");
    }

    function handleOnL1(uint256 gasLimit) private returns (bytes memory) {
        ISharedBridge.Bundle memory b = newBundle();
        Leg memory leg = firstLeg(A, L1, 0, echo());
        leg.request.gasLimit = gasLimit;
        leg.hash = hashOf(leg);
        addInbound(b, leg);
        addTransition(b, A);
        bytes memory result = outcome(b);
        // A did not make the call: that is seen when all steps are through
        return keccak256(result) == keccak256(abi.encodeWithSelector(ISharedBridge.Unpaired.selector, L1, A))
            ? bytes("")
            : result;
    }

    /// @dev "scopedCall first requires gasleft() >= L/2": the greatest L is twice of what is left there.
    function testHalfIsNotStarved() public {
        Leg memory leg = firstLeg(L1, A, 0, echo());
        handle(leg);
        fedLeg = abi.encode(leg);
        bytes memory starved = abi.encodeWithSelector(
            ISharedBridge.OperationFailed.selector, user, abi.encodePacked(ISharedBridge.Starved.selector)
        );
        uint256 limit = 4_000_000 - least(feed, starved, 0, 2_400_000);
        same(limit & 1, 0, "twice of what is left");
    }

    bytes private fedLeg;

    /// @dev A call that has 1,000,000 gas in a step that has so much less than 4,000,000.
    function feed(uint256 less) private returns (bytes memory) {
        uint64 nonce = userNonce;
        Leg memory leg = abi.decode(fedLeg, (Leg));
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, leg);
        Actor.Act memory a = act(leg);
        a.gas = 1_000_000;
        IScopedAccount.Operation memory operation = newOperation(address(actor[L1]), 0, acts(a));
        operation.gasLimit = 4_000_000 - less;
        addOperation(b, operation);
        seal(b, true, A);
        userNonce = nonce;
        return outcome(b);
    }

    /// @dev A target without code cannot contain an abort, at any limit.
    function testEthWithoutGasToAnAccountWithoutCode() public {
        Leg memory leg = firstLeg(A, L1, 1 ether, "");
        leg.request.to = address(0xd00d);
        leg.request.gasLimit = 0;
        leg.hash = hashOf(leg);
        leg.response = encodeResponse(true, 3, "");
        fill(leg);
        mustTransact(A, 1 ether, acts(act(leg)));
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, leg);
        seal(b, true, A);
        execute(b);
        same(address(0xd00d).balance, 1 ether, "arrived");
    }

    // --- the last wei ---

    /// @dev A call back can be paid all that the rollup owns.
    function testACallBackIsPaidTheLastWei() public {
        Leg memory inner = newLeg(A, L1, nonceOf(1, L1, 0, 1, 3), 10 ether, echo());
        inner.response = encodeResponse(true, 5, abi.encode(7));
        Leg memory outer = newLeg(L1, A, nonceOf(1, L1, 0, 0, 1), 0, acts(act(inner)));
        outer.request.gasLimit = 3_000_000;
        outer.hash = hashOf(outer);
        vm.deal(address(actor[A]), 10 ether);
        fill(inner);
        handle(outer);
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, outer);
        addNested(b, outer.hash, inner);
        IScopedAccount.Operation memory operation = newOperation(address(actor[L1]), 0, acts(act(outer)));
        operation.gasLimit = 8_000_000;
        addOperation(b, operation);
        seal(b, true, A);
        execute(b);
        same(shared.rollup(A).escrow, 0, "all");
        same(address(actor[L1]).balance, 10 ether, "paid");
    }

    /// @dev A rollup that owns nothing gives back what a call that failed brought.
    function testARefundOfTheLastWei() public {
        Leg memory all = firstLeg(A, L1, 10 ether, "");
        all.request.to = address(0xd00d);
        all.hash = hashOf(all);
        all.response = encodeResponse(true, 3, "");
        fill(all);
        mustTransact(A, 10 ether, acts(act(all)));
        Leg memory bad = newLeg(L1, A, nonceOf(4, L1, 0, 0, 4), 5 ether, abi.encodeCall(Actor.fail, ("no")));
        handle(bad);
        same(bad.response, encodeResponse(false, 6, "no"), "fails");
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, all);
        addFill(b, bad);
        addActs(b, 5 ether, acts(tryAct(bad, 0)));
        seal(b, true, A);
        execute(b);
        same(shared.rollup(A).escrow, 0, "nothing");
        same(address(actor[L1]).balance, 5 ether, "refunded");
    }
}
