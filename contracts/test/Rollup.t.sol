// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IL1Context} from "../src/interfaces/IL1Context.sol";
import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {Actor, Miser} from "./Actor.sol";
import {RollupWorld} from "./RollupWorld.sol";
import {Vm} from "./Vm.sol";

/// @notice RollupBridge: who may do what, what is mixed, clocks and roots, responses, aborts, bounds. Nested.t.sol and
/// RollupGas.t.sol have calls back, and gas.
contract RollupTest is RollupWorld {
    IL1Context private constant CONTEXT = IL1Context(Predeploys.L1_CONTEXT);

    // --- who may use the system functions ---

    function testOnlySystem() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        (uint256[] memory ids, bytes32[] memory hashes, bytes[] memory responses) = one(leg);
        on(A);
        vm.expectRevert(IRollupBridge.OnlySystem.selector);
        bridge[A].fillResponsesIn(ids, hashes, responses);
        vm.expectRevert(IRollupBridge.OnlySystem.selector);
        bridge[A].handleScopedCall(B, leg.from, leg.nonce, leg.request);
        vm.expectRevert(IRollupBridge.OnlySystem.selector);
        bridge[A].fillNestedCalls(leg.hash, new IScopedBridge.Inbound[](0), new bytes32[](0));
        vm.expectRevert(IRollupBridge.OnlySystem.selector);
        bridge[A].openScope(5);
    }

    /// @dev For inline calls of a builder that simulates.
    function testTheBridgeItselfMay() public {
        on(A);
        vm.prank(address(bridge[A]));
        bridge[A].openScope(5);
        (uint64 clock,) = bridge[A].scopeClock();
        same(clock, 5, "clock");
    }

    function testConstructorRefusesPeers() public {
        on(A);
        uint64[4] memory first = [uint64(0), uint64(A), uint64(B), uint64(B)];
        uint64[4] memory second = [uint64(B), uint64(B), uint64(B), uint64(C)];
        uint64[4] memory gas = [uint64(1), 1, 1, 0];
        for (uint256 i = 0; i < 4; i++) {
            IRollupBridge.PeerConfig[] memory peers = new IRollupBridge.PeerConfig[](2);
            peers[0] = IRollupBridge.PeerConfig(first[i], gas[i], 1, 0, false);
            peers[1] = IRollupBridge.PeerConfig(second[i], 1, 1, 0, false);
            vm.expectRevert(abi.encodeWithSelector(IRollupBridge.BadPeer.selector, first[i]));
            this.deployRollup(peers);
        }
    }

    function deployRollup(IRollupBridge.PeerConfig[] memory peers) external {
        newRollup(address(1), peers);
    }

    function testRefusesPlainEth() public {
        (bool success,) = address(bridge[A]).call{value: 1}("");
        check(!success, "refused");
        (success,) = address(bridge[A]).call{value: 1}(hex"12345678");
        check(!success, "refused");
    }

    // --- refusals before the request is mixed: plain reverts ---

    function refused(Leg memory leg, uint256 value, bytes memory problem) private {
        (bool success, bytes memory result) = transact(leg.source, value, acts(act(leg)));
        check(!success, "refused");
        same(result, problem, "why");
    }

    function testRefusals() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.from = address(this);
        refused(leg, 0, abi.encodeWithSelector(IScopedBridge.FromMismatch.selector));

        leg = firstLeg(A, B, 0, echo());
        leg.target = 999;
        refused(leg, 0, abi.encodeWithSelector(IScopedBridge.UnsupportedChain.selector, 999));
        leg.target = A;
        refused(leg, 0, abi.encodeWithSelector(IScopedBridge.UnsupportedChain.selector, A));

        leg = firstLeg(A, B, 0, echo());
        leg.request.gasLimit = uint256(MAX_GAS) + 1;
        refused(leg, 0, abi.encodeWithSelector(IScopedBridge.GasLimitTooHigh.selector));

        leg = firstLeg(A, B, 1 ether, echo());
        Actor.Act memory a = act(leg);
        a.value = 1 ether - 1;
        (bool success, bytes memory result) = transact(A, 1 ether, acts(a));
        check(!success, "value");
        same(result, abi.encodeWithSelector(IScopedBridge.WrongValue.selector), "value");

        (success, result) = transact(A, 0, acts(tryAct(firstLeg(A, B, 0, echo()), 2)));
        check(!success, "flags");
        same(result, abi.encodeWithSelector(IScopedBridge.UnknownFlags.selector, 2), "flags");
    }

    /// @dev A callee never has more than its caller; the limit of the chain may be reached exactly.
    function testCallerGas() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.request.gasLimit = MAX_GAS;
        leg.hash = hashOf(leg);
        leg.response = encodeResponse(true, 2, "");
        fill(leg);
        Actor.Act memory a = caught(act(leg));
        a.gas = MAX_GAS - 1;
        mustTransact(A, 0, acts(a));
        same(actor[A].last(), abi.encodeWithSelector(IScopedBridge.CallerGasTooLow.selector), "too low");
        a.gas = MAX_GAS + 20_000; // what the bridge needs before the check
        mustTransact(A, 0, acts(a));
        check(actor[A].lastSuccess(), "enough");
    }

    // --- what is mixed, and what is emitted ---

    function testMixesRequestAndResponse() public {
        Leg memory leg = firstLeg(A, B, 3, echo());
        handle(leg);
        same(leg.response, encodeResponse(true, 3, abi.encode(7)), "response");
        fill(leg);
        vm.recordLogs();
        mustTransact(A, 3, acts(act(leg)));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        same(logs[0].emitter, address(bridge[A]), "emitter");
        same(logs[0].topics[0], IScopedCallable.ScopedCall.selector, "event");
        same(logs[0].topics[1], bytes32(B), "target chain");
        same(logs[0].topics[2], bytes32(uint256(uint160(leg.from))), "from");
        same(logs[0].topics[3], bytes32(uint256(uint160(leg.request.to))), "to");
        same(logs[0].data, abi.encode(leg.nonce, 3, leg.request.gasLimit, leg.request.data), "data");

        (bytes32 requestsOut, bytes32 requestsIn, bytes32 responsesOut, bytes32 responsesIn) =
            bridge[A].getMailboxHashes(B);
        same(requestsOut, keccak256(abi.encode(bytes32(0), leg.hash)), "requestsOut");
        same(responsesIn, keccak256(abi.encode(bytes32(0), leafOf(leg))), "responsesIn");
        same(requestsIn, 0, "requestsIn");
        same(responsesOut, 0, "responsesOut");
        (requestsOut, requestsIn, responsesOut, responsesIn) = bridge[B].getMailboxHashes(A);
        same(requestsIn, keccak256(abi.encode(bytes32(0), leg.hash)), "requestsIn there");
        same(responsesOut, keccak256(abi.encode(bytes32(0), leafOf(leg))), "responsesOut there");
        same(requestsOut, 0, "requestsOut there");
        same(responsesIn, 0, "responsesIn there");
        (uint128 valueOut, uint128 valueIn) = bridge[A].valueCounters(B);
        same(valueOut, 3, "valueOut");
        same(valueIn, 0, "valueIn");
        (valueOut, valueIn) = bridge[B].valueCounters(A);
        same(valueOut, 0, "valueOut there");
        same(valueIn, 3, "valueIn there");
    }

    function testTheTargetSeesTheCaller() public {
        Leg memory leg = firstLeg(A, B, 5 ether, echo());
        handle(leg);
        same(actor[B].sender(), bridge[B].remoteAccount(A, leg.from), "sender");
        same(actor[B].received(), 5 ether, "value");
        same(address(actor[B]).balance, 5 ether, "balance");
        same(address(bridge[B]).balance, SUPPLY - 5 ether, "bridge");
    }

    /// @dev What C code reads: contracts/ABI.md.
    function testStorageLayout() public {
        Leg memory leg = firstLeg(A, B, 3, echo());
        handle(leg);
        fill(leg);
        bytes32 order = vm.load(address(bridge[A]), bytes32(uint256(1)));
        same(uint256(order), 1 << 192, "a response waits");
        bytes32 info = keccak256(abi.encode(B, 2));
        uint256 peer = uint256(vm.load(address(bridge[A]), info));
        same(uint64(peer), MAX_GAS, "maxGas");
        same(uint64(peer >> 64), DEFAULT_GAS, "defaultGas");
        same(uint64(peer >> 128), 1, "touched");
        same(uint32(peer >> 192), 1, "pending");
        same(uint24(peer >> 224), 0, "gasPrice");
        same(peer >> 248, 1, "isTrusted");
        Leg memory queued = newLeg(B, A, nonceOf(1, A, 0, 1, 2), 0, echo());
        queue(A, leg.hash, queued);
        same(uint256(vm.load(address(bridge[A]), bytes32(uint256(1)))), 1 << 224 | 1 << 192, "a queue waits");
        (uint32 responses, uint32 queues) = leftover(A);
        same(responses, 1, "leftover responses");
        same(queues, 1, "leftover queues");

        order = vm.load(address(bridge[B]), bytes32(uint256(1)));
        same(uint256(order), (1 << 64 | A) << 64 | 3, "clock and last root");
        bytes32 mailbox = keccak256(abi.encode(A, 0));
        same(vm.load(address(bridge[B]), mailbox), 0, "requestsOut");
        same(
            vm.load(address(bridge[B]), bytes32(uint256(mailbox) + 1)),
            keccak256(abi.encode(bytes32(0), leg.hash)),
            "requestsIn"
        );
        same(
            vm.load(address(bridge[B]), bytes32(uint256(mailbox) + 2)),
            keccak256(abi.encode(bytes32(0), leafOf(leg))),
            "responsesOut"
        );
        same(vm.load(address(bridge[B]), bytes32(uint256(mailbox) + 3)), 0, "responsesIn");
        same(uint256(vm.load(address(bridge[B]), bytes32(uint256(mailbox) + 4))), 3 << 128, "values");
        same(uint256(vm.load(address(bridge[B]), bytes32(uint256(3)))), 1, "peers");
        same(uint256(vm.load(address(bridge[B]), keccak256(abi.encode(3)))), A, "first peer");
        uint64[] memory peers = touchedPeers(B);
        same(peers.length, 1, "peers");
        same(peers[0], A, "peer");
        same(touched(B, A), 1, "touched");
    }

    /// @dev A contract that knew what is filled, or which peers are touched, would know what the builder does next.
    function testNothingShowsWhatABuilderFilled() public {
        fill(withResponse(firstLeg(A, B, 0, echo())));
        string[3] memory views = ["leftover()", "touched(uint256)", "peers()"];
        for (uint256 i = 0; i < 3; i++) {
            (bool success,) = address(bridge[A]).staticcall(abi.encodePacked(bytes4(keccak256(bytes(views[i]))), B));
            check(!success, views[i]);
        }
        (uint32 responses,) = leftover(A);
        same(responses, 1, "though something is filled");
        (uint64 clock,) = bridge[A].scopeClock();
        same(clock, 0, "and a view of its own state answers");
    }

    function withResponse(Leg memory leg) private pure returns (Leg memory) {
        leg.response = encodeResponse(true, 2, "");
        return leg;
    }

    function testTouchedIsTheLastBlock() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        handle(leg);
        height[B] = 9;
        leg = newLeg(A, B, nonceOf(5, A, 0, 0, 5), 0, echo());
        handle(leg);
        same(touched(B, A), 9, "touched");
        same(touchedPeers(B).length, 1, "once");
        leg = newLeg(C, B, nonceOf(7, C, 0, 0, 7), 0, echo());
        handle(leg);
        same(touchedPeers(B).length, 2, "two");
        same(touchedPeers(B)[1], C, "in order");
    }

    /// @dev Each half of a call touches the mailbox: the response is filled in one block, and the call made in a later
    /// one.
    function testBothHalvesOfACallTouch() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = encodeResponse(true, 2, "");
        fill(leg);
        same(touched(A, B), 1, "filled");
        height[A] = 2;
        mustTransact(A, 0, acts(act(leg)));
        same(touched(A, B), 2, "called");
    }

    // --- responses ---

    function testAFailureIsAResponse() public {
        bytes memory why = abi.encodeWithSignature("Error(string)", "no");
        Leg memory leg = firstLeg(A, B, 3, abi.encodeCall(Actor.fail, (why)));
        handle(leg);
        same(leg.response, encodeResponse(false, 3, why), "response");
        same(address(actor[B]).balance, 0, "value came back");
        same(address(bridge[B]).balance, SUPPLY, "value came back");
        (, uint128 valueIn) = bridge[B].valueCounters(A);
        same(valueIn, 0, "not counted");
        fill(leg);
        (bool success, bytes memory result) = transact(A, 3, acts(act(leg)));
        check(!success, "reverts as a local call would");
        same(result, why, "with its data");
    }

    /// @dev Empty returndata and empty revert data are distinct responses.
    function testEmptyResponses() public {
        Leg memory good = firstLeg(A, B, 0, "");
        handle(good);
        same(good.response, encodeResponse(true, 3, ""), "empty response");
        Leg memory bad = newLeg(A, B, nonceOf(4, A, 0, 0, 4), 0, abi.encodeCall(Actor.fail, ("")));
        handle(bad);
        same(bad.response, encodeResponse(false, 6, ""), "empty revert data");
        fill(good);
        mustTransact(A, 0, acts(act(good)));
        same(actor[A].last(), abi.encode(bytes("")), "empty result");
    }

    function testTryReturnsTheFailureAndRefunds() public {
        bytes memory why = "no";
        Leg memory leg = newLeg(A, B, nonceOf(1, A, 1, 0, 1), 3, abi.encodeCall(Actor.fail, (why)));
        handle(leg);
        fill(leg);
        uint256 before = address(actor[A]).balance;
        Actor.Act memory a = tryAct(leg, 1);
        a.data = abi.encodeWithSignature(
            "tryScopedCall(uint256,address,(address,uint256,uint256,bytes))", B, leg.from, leg.request
        );
        mustTransact(A, 3, acts(a));
        (bool success, bytes memory result) = abi.decode(actor[A].last(), (bool, bytes));
        check(!success, "failed");
        same(result, why, "why");
        same(address(actor[A]).balance, before + 3, "refunded");
        (uint128 valueOut,) = bridge[A].valueCounters(B);
        same(valueOut, 0, "not counted");
        (uint32 responses,) = leftover(A);
        same(responses, 0, "read");
    }

    function testTryReturnsSuccess() public {
        Leg memory leg = newLeg(A, B, nonceOf(1, A, 0, 0, 1), 3, echo());
        handle(leg);
        fill(leg);
        mustTransact(A, 3, acts(tryAct(leg, 0)));
        (bool success, bytes memory result) = abi.decode(actor[A].last(), (bool, bytes));
        check(success, "succeeded");
        same(result, abi.encode(7), "result");
        (uint128 valueOut,) = bridge[A].valueCounters(B);
        same(valueOut, 3, "counted");
    }

    function testARefusedRefundReverts() public {
        on(A);
        Miser miser = new Miser();
        Leg memory leg = newLeg(A, B, nonceOf(1, A, 1, 0, 1), 3, "");
        leg.from = address(miser);
        leg.hash = hashOf(leg);
        leg.response = encodeResponse(false, 2, "");
        fill(leg);
        on(A);
        vm.expectRevert(IScopedBridge.RefundRefused.selector);
        miser.go{value: 3}(address(bridge[A]), tryAct(leg, 1).data);
        (uint32 responses,) = leftover(A);
        same(responses, 1, "undone, and the response is left over");
    }

    /// @dev Where there is nothing to refund, the caller is not called.
    function testNoValueNoRefund() public {
        on(A);
        Miser miser = new Miser();
        Leg memory leg = newLeg(A, B, nonceOf(1, A, 1, 0, 1), 0, "");
        leg.from = address(miser);
        leg.hash = hashOf(leg);
        leg.response = encodeResponse(false, 2, "why");
        fill(leg);
        bytes memory result = miser.go(address(bridge[A]), tryAct(leg, 1).data);
        (bool success, bytes memory reason) = abi.decode(result, (bool, bytes));
        check(!success, "a response");
        same(reason, "why", "reason");
    }

    function testLeafForbidsNesting() public {
        // B handles a leaf call whose target calls on
        Leg memory inner = newLeg(B, C, nonceOf(1, A, 0, 1, 2), 0, "");
        Leg memory leg = newLeg(A, B, nonceOf(1, A, 1, 0, 1), 0, acts(act(inner)));
        handle(leg);
        same(
            leg.response,
            encodeResponse(false, 3, abi.encodeWithSelector(IScopedBridge.NestingForbidden.selector)),
            "leaf"
        );
    }

    function testMalformedFills() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        bytes[3] memory responses = [bytes(""), hex"0100000000000000", hex"050000000000000001"];
        for (uint256 i = 0; i < 3; i++) {
            leg.response = responses[i];
            on(A);
            (uint256[] memory ids, bytes32[] memory hashes, bytes[] memory list) = one(leg);
            system();
            vm.expectRevert(IScopedBridge.MalformedResponse.selector);
            bridge[A].fillResponsesIn(ids, hashes, list);
        }
    }

    function testFillRefusals() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = encodeResponse(true, 2, "");
        fill(leg);
        (uint256[] memory ids, bytes32[] memory hashes, bytes[] memory responses) = one(leg);
        system();
        vm.expectRevert(IScopedBridge.ResponseExists.selector);
        bridge[A].fillResponsesIn(ids, hashes, responses);
        system();
        vm.expectRevert(IScopedBridge.LengthMismatch.selector);
        bridge[A].fillResponsesIn(ids, new bytes32[](0), responses);
        system();
        vm.expectRevert(IScopedBridge.LengthMismatch.selector);
        bridge[A].fillResponsesIn(ids, hashes, new bytes[](2));
        ids[0] = 999;
        hashes[0] = 0;
        system();
        vm.expectRevert(abi.encodeWithSelector(IScopedBridge.UnsupportedChain.selector, 999));
        bridge[A].fillResponsesIn(ids, hashes, responses);
    }

    function testResponsesOfAllLengths(uint8 length, uint8 dirt) public {
        bytes memory data = new bytes(length);
        for (uint256 i = 0; i < length; i++) {
            data[i] = bytes1(uint8(uint256(keccak256(abi.encode(i, dirt)))));
        }
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = encodeResponse(true, 2, data);
        fill(leg);
        mustTransact(A, 0, acts(act(leg)));
        same(actor[A].last(), abi.encode(data), "result");
        for (uint256 i = 0; i <= uint256(length) / 32 + 1; i++) {
            bytes32 cell = keccak256(abi.encode(leg.hash, keccak256("scope.cell.response")));
            same(vm.load(address(bridge[A]), bytes32(uint256(cell) + i)), 0, "cell cleared");
        }
    }

    /// @dev What follows a response in dirty calldata is not stored with it.
    function testDirtyPadding() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = encodeResponse(true, 2, "abc");
        (uint256[] memory ids, bytes32[] memory hashes, bytes[] memory responses) = one(leg);
        bytes memory data = abi.encodeCall(IScopedCallable.fillResponsesIn, (ids, hashes, responses));
        for (uint256 i = data.length - 20; i < data.length; i++) {
            data[i] = 0xff; // 12 bytes of response, 20 of padding
        }
        on(A);
        system();
        (bool success,) = address(bridge[A]).call(data);
        check(success, "filled");
        bytes32 cell = keccak256(abi.encode(leg.hash, keccak256("scope.cell.response")));
        same(vm.load(address(bridge[A]), bytes32(uint256(cell) + 1)), bytes32("abc"), "the response alone");
        mustTransact(A, 0, acts(act(leg)));
        same(actor[A].last(), abi.encode(bytes("abc")), "result");
    }

    /// @dev With a getter, even of hashes, a contract would read its own future.
    function testHashesAreHiddenWhileAResponseWaits() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = encodeResponse(true, 2, "");
        fill(leg);
        vm.expectRevert(IScopedBridge.ResponsesPending.selector);
        bridge[A].getMailboxHashes(B);
        bridge[A].getMailboxHashes(C);
        mustTransact(A, 0, acts(act(leg)));
        bridge[A].getMailboxHashes(B);
    }

    // --- aborts ---

    function testMissingResponseAborts() public {
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(caught(act(firstLeg(A, B, 0, echo())))));
        same(actor[A].last(), abi.encodePacked(IScopedBridge.ResponseMissing.selector), "named");
    }

    /// @dev The response of another chain under this request's hash is none.
    function testResponseOfAnotherChainAborts() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = encodeResponse(true, 2, "");
        leg.target = C;
        fill(leg);
        leg.target = B;
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(caught(act(leg))));
    }

    function testAResponseIsUsedOnce() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = encodeResponse(true, 2, "");
        fill(leg);
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(act(leg), caught(act(leg))));
    }

    // --- clocks and roots ---

    function testClocks() public {
        Leg memory leg = newLeg(A, B, nonceOf(1, A, 0, 0, 1), 0, echo());
        on(B);
        system();
        bridge[B].openScope(100);
        handle(leg); // max(100, 1) + 1, + 1
        same(leg.response, encodeResponse(true, 102, abi.encode(7)), "response");
        same(clockOf(B), 102, "B");
        fill(leg);
        mustTransact(A, 0, acts(act(leg)));
        same(clockOf(A), 103, "A: max(1, 102) + 1");
        // a lagging response
        leg = newLeg(A, B, nonceOf(104, A, 0, 0, 104), 0, echo());
        leg.response = encodeResponse(true, 5, "");
        fill(leg);
        mustTransact(A, 0, acts(act(leg)));
        same(clockOf(A), 105, "A: max(104, 5) + 1");
        on(A);
        system();
        bridge[A].openScope(50);
        same(clockOf(A), 105, "never falls");
    }

    /// @dev Two calls of one transaction share its root; the next transaction has another.
    function testRoots() public {
        Leg memory first = newLeg(A, B, nonceOf(1, A, 0, 0, 1), 0, "");
        Leg memory second = newLeg(A, C, nonceOf(1, A, 0, 0, 3), 0, "");
        Leg memory third = newLeg(A, C, nonceOf(5, A, 0, 0, 5), 0, "");
        (first.response, second.response, third.response) =
        (encodeResponse(true, 1, ""), encodeResponse(true, 1, ""), encodeResponse(true, 1, ""));
        fill(first);
        fill(second);
        fill(third);
        mustTransact(A, 0, acts(act(first), act(second)));
        (, uint128 lastRoot) = bridge[A].scopeClock();
        same(lastRoot, 1 << 64 | A, "root");
        mustTransact(A, 0, acts(act(third)));
        (, lastRoot) = bridge[A].scopeClock();
        same(lastRoot, 5 << 64 | A, "next root");
    }

    /// @dev A call that an inbound call makes inherits its root, one deeper.
    function testDepth() public {
        Leg memory inner = newLeg(B, C, nonceOf(9, A, 0, 4, 11), 0, "");
        inner.response = encodeResponse(true, 2, "x");
        fill(inner);
        Leg memory leg = newLeg(A, B, nonceOf(9, A, 0, 3, 10), 0, acts(act(inner)));
        inner.nonce = nonceOf(9, A, 0, 4, 12); // B: max(0, 10) + 1, then + 1
        inner.hash = hashOf(inner);
        fill(inner);
        leg.request.data = acts(act(inner));
        leg.request.gasLimit = 3_000_000;
        leg.hash = hashOf(leg);
        handle(leg);
        same(leg.response, encodeResponse(true, 14, abi.encode(toList(abi.encode(bytes("x"))))), "response");
    }

    function handleExpecting(Leg memory leg, bytes4 problem) private {
        on(leg.target);
        system();
        vm.expectRevert(problem);
        bridge[leg.target].handleScopedCall(leg.source, leg.from, leg.nonce, leg.request);
    }

    /// @dev No trade on B between two parts of an earlier scope, and no two orders of two scopes.
    function testRootOrder() public {
        handle(newLeg(A, B, nonceOf(5, C, 0, 1, 9), 0, echo()));
        handleExpecting(newLeg(A, B, nonceOf(4, C, 0, 1, 20), 0, echo()), IScopedBridge.RootOrder.selector);
        handleExpecting(newLeg(A, B, nonceOf(5, B, 0, 1, 20), 0, echo()), IScopedBridge.RootOrder.selector);
        handle(newLeg(A, B, nonceOf(5, C, 0, 1, 21), 0, echo()));
        handle(newLeg(A, B, nonceOf(6, A, 0, 1, 22), 0, echo()));
    }

    /// @dev Otherwise a call with a small clock could carry a root that blocks all later roots.
    function testRootAboveItsClock() public {
        handleExpecting(newLeg(A, B, nonceOf(6, A, 0, 0, 5), 0, echo()), IScopedBridge.RootOrder.selector);
        handle(newLeg(A, B, nonceOf(6, A, 0, 0, 6), 0, echo()));
    }

    function testClockTooFar() public {
        uint256 bound = 1 << 32; // no L1 block known: (0 + 1) << 32
        handle(newLeg(A, B, nonceOf(1, A, 0, 0, bound), 0, echo()));
        same(clockOf(B), bound + 2, "taken");
        handle(newLeg(C, B, nonceOf(2, C, 0, 0, bound + 2), 0, echo())); // not above the chain's own
        handleExpecting(newLeg(A, B, nonceOf(3, A, 0, 0, bound + 9), 0, echo()), IScopedBridge.ClockTooFar.selector);
        handle(newLeg(L1, B, nonceOf(3, A, 0, 0, bound + 9), 0, echo())); // L1 has a bound of its own

        on(A);
        system();
        bridge[A].openScope(uint64(bound));
        system();
        vm.expectRevert(IScopedBridge.ClockTooFar.selector);
        bridge[A].openScope(uint64(bound + 1));
        system();
        CONTEXT.update(1, "hash", 1, 1);
        system();
        bridge[A].openScope(uint64(2 * bound));
    }

    function testClockOfAResponseTooFarAborts() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = encodeResponse(true, (1 << 32) + 1, "");
        fill(leg);
        expectAbort(IScopedBridge.ClockTooFar.selector);
        mustTransact(A, 0, acts(caught(act(leg))));
    }

    function testUnsupportedSource() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        on(B);
        system();
        vm.expectRevert(abi.encodeWithSelector(IScopedBridge.UnsupportedChain.selector, 999));
        bridge[B].handleScopedCall(999, leg.from, leg.nonce, leg.request);
        system();
        vm.expectRevert(abi.encodeWithSelector(IScopedBridge.UnsupportedChain.selector, B));
        bridge[B].handleScopedCall(B, leg.from, leg.nonce, leg.request);
    }

    // --- bounds and forbidden targets ---

    function testForbiddenTargets() public {
        address[2] memory targets = [address(bridge[B]), Predeploys.L1_CONTEXT];
        for (uint256 i = 0; i < 2; i++) {
            Leg memory leg = newLeg(A, B, nonceOf(10 * i + 1, A, 0, 0, 10 * i + 1), 1, "");
            leg.request.to = targets[i];
            leg.request.data = abi.encodeCall(IScopedBridge.openScope, (1));
            leg.hash = hashOf(leg);
            handle(leg);
            (bool success, bytes memory data) = split(leg.response);
            check(!success, "refused");
            same(data, abi.encodePacked(IScopedBridge.ForbiddenTarget.selector), "forbidden");
            same(address(bridge[B]).balance, SUPPLY, "no value");
        }
    }

    function testReturnDataBound() public {
        uint256 clock = 1;
        for (uint256 i = 0; i < 4; i++) {
            uint256 size = RETURN_LIMIT + i % 2;
            bytes memory data = i < 2 ? abi.encodeCall(Actor.bomb, (size)) : abi.encodeCall(Actor.revertBomb, (size));
            Leg memory leg = newLeg(A, B, nonceOf(clock, A, 0, 0, clock), 1, data);
            leg.request.gasLimit = 168 * (RETURN_LIMIT + 1);
            leg.hash = hashOf(leg);
            uint256 before = address(actor[B]).balance;
            handle(leg);
            (bool success, bytes memory got) = split(leg.response);
            if (size > RETURN_LIMIT) {
                check(!success, "a response");
                same(got, abi.encodePacked(IScopedBridge.ReturnDataTooLong.selector), "too long");
                same(address(actor[B]).balance, before, "rolled back");
            } else {
                check(success == (i < 2), "status");
                same(got, new bytes(size), "whole");
            }
            clock += 3;
        }
    }

    /// @dev A return bomb costs its own gas limit and no more.
    function testReturnBombIsBounded() public {
        Leg memory leg = firstLeg(A, B, 0, abi.encodeCall(Actor.bomb, (200_000)));
        handle(leg);
        uint256 used = vm.lastCallGas().gasTotalUsed;
        check(used < 600_000 + 300_000, "bounded");
        (, bytes memory got) = split(leg.response);
        same(got, abi.encodePacked(IScopedBridge.ReturnDataTooLong.selector), "too long");
    }

    // --- the L1 context ---

    function testL1Context() public {
        vm.expectRevert(IL1Context.OnlySystem.selector);
        CONTEXT.update(5, "five", 50, 500);
        system();
        CONTEXT.update(5, "five", 50, 500);
        same(CONTEXT.number(), 5, "number");
        same(CONTEXT.blockHash(), "five", "hash");
        same(CONTEXT.timestamp(), 50, "timestamp");
        same(CONTEXT.baseFee(), 500, "base fee");
        same(uint256(vm.load(address(CONTEXT), 0)), uint256(500) << 128 | uint256(50) << 64 | 5, "layout");
        same(vm.load(address(CONTEXT), bytes32(uint256(1))), "five", "layout");
        system();
        vm.expectRevert(IL1Context.AnchorFell.selector);
        CONTEXT.update(4, "four", 50, 500);
        system();
        vm.expectRevert(IL1Context.AnchorFell.selector);
        CONTEXT.update(5, "other", 50, 500);
        system();
        CONTEXT.update(5, "five", 50, 500);
        system();
        CONTEXT.update(6, "six", 60, 500);
        same(CONTEXT.number(), 6, "number");
        // L1's own first block is an anchor like others
        vm.etch(address(CONTEXT), vm.deployCode("L1Context.sol:L1Context").code);
        vm.store(address(CONTEXT), 0, 0);
        vm.store(address(CONTEXT), bytes32(uint256(1)), 0);
        system();
        CONTEXT.update(0, "zero", 1, 1);
        same(CONTEXT.blockHash(), "zero", "hash");
    }
}
