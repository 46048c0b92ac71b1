// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {Actor} from "./Actor.sol";
import {RollupWorld} from "./RollupWorld.sol";

/// @notice RollupBridge: calls back into a chain that is in the middle of its own call.
contract NestedTest is RollupWorld {
    /// @dev A calls B, which calls back into the middle of A's call.
    function callBack() private view returns (Leg memory outer, Leg memory inner) {
        // A: 1; B handles: 2, calls: 3; A handles: 4, responses: 5; B: 6, responses: 7; A: 8
        inner = newLeg(B, A, nonceOf(1, A, 0, 1, 3), 1, echo());
        inner.response = encodeResponse(true, 5, abi.encode(7));
        outer = newLeg(A, B, nonceOf(1, A, 0, 0, 1), 2, acts(act(inner)));
        outer.request.gasLimit = 3_000_000;
        outer.hash = hashOf(outer);
        outer.response = encodeResponse(true, 7, abi.encode(toList(abi.encode(abi.encode(7)))));
    }

    function testCallBack() public {
        (Leg memory outer, Leg memory inner) = callBack();
        bytes memory promised = outer.response;
        fill(inner);
        handle(outer);
        same(outer.response, promised, "outer response");
        fill(outer);
        queue(A, outer.hash, inner);
        vm.recordLogs();
        mustTransact(A, 2, acts(act(outer)));
        same(executed(inner.hash), inner.response, "inner response");
        same(clockOf(A), 8, "clock");
        same(clockOf(B), 7, "clock");
        (bytes32 requestsOut, bytes32 requestsIn, bytes32 responsesOut, bytes32 responsesIn) =
            bridge[A].getMailboxHashes(B);
        (bytes32 out, bytes32 in_, bytes32 theirResponsesOut, bytes32 theirResponsesIn) = bridge[B].getMailboxHashes(A);
        check(requestsOut == in_ && requestsIn == out, "requests");
        check(responsesOut == theirResponsesIn && responsesIn == theirResponsesOut, "responses");
        (uint128 valueOut, uint128 valueIn) = bridge[A].valueCounters(B);
        check(valueOut == 2 && valueIn == 1, "values");
        (uint32 responses, uint32 queues) = leftover(A);
        check(responses == 0 && queues == 0, "nothing left over");
    }

    function testAQueueIsUsedOnce() public {
        (Leg memory outer, Leg memory inner) = callBack();
        fill(outer);
        queue(A, outer.hash, inner);
        mustTransact(A, 2, acts(act(outer)));
        queue(A, outer.hash, inner); // it is empty again: no QueueExists()
    }

    function testNestedMismatchAborts() public {
        (Leg memory outer, Leg memory inner) = callBack();
        fill(outer);
        inner.response = encodeResponse(true, 5, abi.encode(8));
        queue(A, outer.hash, inner);
        expectAbort(IScopedBridge.NestedMismatch.selector);
        mustTransact(A, 2, acts(caught(act(outer))));
    }

    function abortsInline(Leg memory outer, Leg memory inner, bytes4 selector) private {
        fill(outer);
        queue(A, outer.hash, inner);
        expectAbort(selector);
        mustTransact(A, 2, acts(caught(act(outer))));
        (uint32 responses, uint32 queues) = leftover(A);
        check(responses == 1 && queues == 1, "left over even where nothing aborts");
    }

    function testInlineRootOrderAborts() public {
        (Leg memory outer, Leg memory inner) = callBack();
        inner.nonce = nonceOf(2, A, 0, 1, 3);
        abortsInline(outer, inner, IScopedBridge.RootOrder.selector);
    }

    function testInlineRootAboveClockAborts() public {
        (Leg memory outer, Leg memory inner) = callBack();
        inner.nonce = nonceOf(1, A, 0, 1, 0);
        abortsInline(outer, inner, IScopedBridge.RootOrder.selector);
    }

    function testInlineClockTooFarAborts() public {
        (Leg memory outer, Leg memory inner) = callBack();
        inner.nonce = nonceOf(1, A, 0, 1, (1 << 32) + 1);
        abortsInline(outer, inner, IScopedBridge.ClockTooFar.selector);
    }

    function testInlineInsufficientGasAborts() public {
        (Leg memory outer, Leg memory inner) = callBack();
        inner.request.gasLimit = 5e9;
        abortsInline(outer, inner, IScopedBridge.InsufficientGas.selector);
    }

    function testInlineUnsupportedChainAborts() public {
        (Leg memory outer, Leg memory inner) = callBack();
        inner.source = 999;
        abortsInline(outer, inner, IScopedBridge.UnsupportedChain.selector);
    }

    function testQueueRefusals() public {
        (Leg memory outer, Leg memory inner) = callBack();
        queue(A, outer.hash, inner);
        system();
        vm.expectRevert(IScopedBridge.QueueExists.selector);
        bridge[A].fillNestedCalls(outer.hash, new IScopedBridge.Inbound[](0), new bytes32[](0));
        system();
        vm.expectRevert(IScopedBridge.LengthMismatch.selector);
        bridge[A].fillNestedCalls(0, new IScopedBridge.Inbound[](0), new bytes32[](1));
    }

    /// @dev The probe: a call is made in a frame that reverts, with a call back, and made again. The response of the
    /// first call back cannot be shown to the frame that is rolled back and denied afterwards: the queue is left over.
    function testTheProbe() public {
        (Leg memory outer, Leg memory inner) = callBack();
        outer.response = encodeResponse(true, 7, "");
        fill(outer);
        queue(A, outer.hash, inner);
        Actor.Act memory first = act(outer);
        // a frame that makes the call and then reverts
        Actor.Act memory probe =
            Actor.Act(address(actor[A]), 2, 0, true, abi.encodeCall(Actor.runAndFail, (listOf(first))));
        mustTransact(A, 2, acts(probe));
        same(actor[A].count(), 0, "rolled back");
        (uint32 responses, uint32 queues) = leftover(A);
        check(responses == 1 && queues == 1, "live again");
        same(clockOf(A), 0, "clock rolled back");
    }

    function listOf(Actor.Act memory a) private pure returns (Actor.Act[] memory list) {
        list = new Actor.Act[](1);
        list[0] = a;
    }
}
