// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IL1Context} from "../src/interfaces/IL1Context.sol";
import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {Actor, Miser} from "./Actor.sol";
import {Vm} from "./Vm.sol";
import {World} from "./World.sol";

/// @notice RollupBridge: who may do what, what is mixed, clocks and roots, answers, nested calls, aborts, gas.
contract RollupTest is World {
    IL1Context private constant CONTEXT = IL1Context(Predeploys.L1_CONTEXT);

    function expectAbort(bytes4 selector) private {
        vm.expectCall(Predeploys.ABORT, abi.encodePacked(selector));
    }

    function system() private {
        vm.prank(Predeploys.SYSTEM);
    }

    function rollup(uint256 id) private view returns (IRollupBridge) {
        return IRollupBridge(address(bridge[id]));
    }

    function echo() private pure returns (bytes memory) {
        return abi.encodeCall(Actor.echo, (7));
    }

    function caught(Actor.Act memory a) private pure returns (Actor.Act memory) {
        a.mayFail = true;
        return a;
    }

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
            peers[0] = IRollupBridge.PeerConfig(first[i], gas[i], 1, 0);
            peers[1] = IRollupBridge.PeerConfig(second[i], 1, 1, 0);
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
        leg.response = answer(true, 2, "");
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

    function testMixesRequestAndAnswer() public {
        Leg memory leg = firstLeg(A, B, 3, echo());
        handle(leg);
        same(leg.response, answer(true, 3, abi.encode(7)), "answer");
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
        same(peer >> 224, 0, "gasPrice");
        Leg memory queued = newLeg(B, A, nonceOf(1, A, 0, 1, 2), 0, echo());
        queue(A, leg.hash, queued);
        same(uint256(vm.load(address(bridge[A]), bytes32(uint256(1)))), 1 << 224 | 1 << 192, "a queue waits");
        (uint32 responses, uint32 queues) = rollup(A).leftover();
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
        uint64[] memory peers = rollup(B).peers();
        same(peers.length, 1, "peers");
        same(peers[0], A, "peer");
        same(rollup(B).touched(A), 1, "touched");
    }

    function testTouchedIsTheLastBlock() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        handle(leg);
        height[B] = 9;
        leg = newLeg(A, B, nonceOf(5, A, 0, 0, 5), 0, echo());
        handle(leg);
        same(rollup(B).touched(A), 9, "touched");
        same(rollup(B).peers().length, 1, "once");
        leg = newLeg(C, B, nonceOf(7, C, 0, 0, 7), 0, echo());
        handle(leg);
        same(rollup(B).peers().length, 2, "two");
        same(rollup(B).peers()[1], C, "in order");
    }

    /// @dev Each half of a call touches the mailbox: the answer is filled in one block, and the call made in a later one.
    function testBothHalvesOfACallTouch() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = answer(true, 2, "");
        fill(leg);
        same(rollup(A).touched(B), 1, "filled");
        height[A] = 2;
        mustTransact(A, 0, acts(act(leg)));
        same(rollup(A).touched(B), 2, "called");
    }

    // --- answers ---

    function testAFailureIsAnAnswer() public {
        bytes memory why = abi.encodeWithSignature("Error(string)", "no");
        Leg memory leg = firstLeg(A, B, 3, abi.encodeCall(Actor.fail, (why)));
        handle(leg);
        same(leg.response, answer(false, 3, why), "answer");
        same(address(actor[B]).balance, 0, "value came back");
        same(address(bridge[B]).balance, SUPPLY, "value came back");
        (, uint128 valueIn) = bridge[B].valueCounters(A);
        same(valueIn, 0, "not counted");
        fill(leg);
        (bool success, bytes memory result) = transact(A, 3, acts(act(leg)));
        check(!success, "reverts as a local call would");
        same(result, why, "with its data");
    }

    /// @dev Empty answers and empty revert data are told apart.
    function testEmptyAnswers() public {
        Leg memory good = firstLeg(A, B, 0, "");
        handle(good);
        same(good.response, answer(true, 3, ""), "empty answer");
        Leg memory bad = newLeg(A, B, nonceOf(4, A, 0, 0, 4), 0, abi.encodeCall(Actor.fail, ("")));
        handle(bad);
        same(bad.response, answer(false, 6, ""), "empty revert data");
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
        (uint32 responses,) = rollup(A).leftover();
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
        leg.response = answer(false, 2, "");
        fill(leg);
        on(A);
        vm.expectRevert(IScopedBridge.RefundRefused.selector);
        miser.go{value: 3}(address(bridge[A]), tryAct(leg, 1).data);
        (uint32 responses,) = rollup(A).leftover();
        same(responses, 1, "undone, and the answer is left over");
    }

    /// @dev Where there is nothing to refund, the caller is not called.
    function testNoValueNoRefund() public {
        on(A);
        Miser miser = new Miser();
        Leg memory leg = newLeg(A, B, nonceOf(1, A, 1, 0, 1), 0, "");
        leg.from = address(miser);
        leg.hash = hashOf(leg);
        leg.response = answer(false, 2, "why");
        fill(leg);
        bytes memory result = miser.go(address(bridge[A]), tryAct(leg, 1).data);
        (bool success, bytes memory reason) = abi.decode(result, (bool, bytes));
        check(!success, "an answer");
        same(reason, "why", "reason");
    }

    function testLeafForbidsNesting() public {
        // B handles a leaf call whose target calls on
        Leg memory inner = newLeg(B, C, nonceOf(1, A, 0, 1, 2), 0, "");
        Leg memory leg = newLeg(A, B, nonceOf(1, A, 1, 0, 1), 0, acts(act(inner)));
        handle(leg);
        same(leg.response, answer(false, 3, abi.encodeWithSelector(IScopedBridge.NestingForbidden.selector)), "leaf");
    }

    function testMalformedFills() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        bytes[3] memory responses = [bytes(""), hex"0100000000000000", hex"020000000000000001"];
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
        leg.response = answer(true, 2, "");
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

    function testAnswersOfAllLengths(uint8 length, uint8 dirt) public {
        bytes memory data = new bytes(length);
        for (uint256 i = 0; i < length; i++) {
            data[i] = bytes1(uint8(uint256(keccak256(abi.encode(i, dirt)))));
        }
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = answer(true, 2, data);
        fill(leg);
        mustTransact(A, 0, acts(act(leg)));
        same(actor[A].last(), abi.encode(data), "result");
        for (uint256 i = 0; i <= uint256(length) / 32 + 1; i++) {
            bytes32 cell = keccak256(abi.encode(leg.hash, keccak256("scope.cell.response")));
            same(vm.load(address(bridge[A]), bytes32(uint256(cell) + i)), 0, "cell cleared");
        }
    }

    /// @dev What follows an answer in dirty calldata is not stored with it.
    function testDirtyPadding() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = answer(true, 2, "abc");
        (uint256[] memory ids, bytes32[] memory hashes, bytes[] memory responses) = one(leg);
        bytes memory data = abi.encodeCall(IScopedCallable.fillResponsesIn, (ids, hashes, responses));
        for (uint256 i = data.length - 20; i < data.length; i++) {
            data[i] = 0xff; // 12 bytes of answer, 20 of padding
        }
        on(A);
        system();
        (bool success,) = address(bridge[A]).call(data);
        check(success, "filled");
        bytes32 cell = keccak256(abi.encode(leg.hash, keccak256("scope.cell.response")));
        same(vm.load(address(bridge[A]), bytes32(uint256(cell) + 1)), bytes32("abc"), "the answer alone");
        mustTransact(A, 0, acts(act(leg)));
        same(actor[A].last(), abi.encode(bytes("abc")), "result");
    }

    /// @dev With a getter, even of hashes, a contract would read its own future.
    function testHashesAreHiddenWhileAnAnswerWaits() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = answer(true, 2, "");
        fill(leg);
        vm.expectRevert(IScopedBridge.ResponsesPending.selector);
        bridge[A].getMailboxHashes(B);
        bridge[A].getMailboxHashes(C);
        mustTransact(A, 0, acts(act(leg)));
        bridge[A].getMailboxHashes(B);
    }

    // --- aborts ---

    function testMissingAnswerAborts() public {
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(caught(act(firstLeg(A, B, 0, echo())))));
        same(actor[A].last(), abi.encodePacked(IScopedBridge.ResponseMissing.selector), "named");
    }

    /// @dev The answer of another chain under this request's hash is none.
    function testAnswerOfAnotherChainAborts() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = answer(true, 2, "");
        leg.target = C;
        fill(leg);
        leg.target = B;
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(caught(act(leg))));
    }

    function testAnAnswerIsUsedOnce() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = answer(true, 2, "");
        fill(leg);
        expectAbort(IScopedBridge.ResponseMissing.selector);
        mustTransact(A, 0, acts(act(leg), caught(act(leg))));
    }

    // --- clocks and roots ---

    function clockOf(uint256 id) private view returns (uint64 clock) {
        (clock,) = bridge[id].scopeClock();
    }

    function testClocks() public {
        Leg memory leg = newLeg(A, B, nonceOf(1, A, 0, 0, 1), 0, echo());
        on(B);
        system();
        bridge[B].openScope(100);
        handle(leg); // max(100, 1) + 1, + 1
        same(leg.response, answer(true, 102, abi.encode(7)), "answer");
        same(clockOf(B), 102, "B");
        fill(leg);
        mustTransact(A, 0, acts(act(leg)));
        same(clockOf(A), 103, "A: max(1, 102) + 1");
        // a lagging answer
        leg = newLeg(A, B, nonceOf(104, A, 0, 0, 104), 0, echo());
        leg.response = answer(true, 5, "");
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
        (answer(true, 1, ""), answer(true, 1, ""), answer(true, 1, ""));
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
        inner.response = answer(true, 2, "x");
        fill(inner);
        Leg memory leg = newLeg(A, B, nonceOf(9, A, 0, 3, 10), 0, acts(act(inner)));
        inner.nonce = nonceOf(9, A, 0, 4, 12); // B: max(0, 10) + 1, then + 1
        inner.hash = hashOf(inner);
        fill(inner);
        leg.request.data = acts(act(inner));
        leg.request.gasLimit = 3_000_000;
        leg.hash = hashOf(leg);
        handle(leg);
        same(leg.response, answer(true, 14, abi.encode(toList(abi.encode(bytes("x"))))), "answer");
    }

    function toList(bytes memory item) private pure returns (bytes[] memory list) {
        list = new bytes[](1);
        list[0] = item;
    }

    function handleExpecting(Leg memory leg, bytes4 problem) private {
        on(leg.target);
        system();
        vm.expectRevert(problem);
        bridge[leg.target].handleScopedCall(leg.source, leg.from, leg.nonce, leg.request);
    }

    /// @dev Nobody trades on B between two parts of a scope that came before, or orders two scopes in two ways.
    function testRootOrder() public {
        handle(newLeg(A, B, nonceOf(5, C, 0, 1, 9), 0, echo()));
        handleExpecting(newLeg(A, B, nonceOf(4, C, 0, 1, 20), 0, echo()), IScopedBridge.RootOrder.selector);
        handleExpecting(newLeg(A, B, nonceOf(5, B, 0, 1, 20), 0, echo()), IScopedBridge.RootOrder.selector);
        handle(newLeg(A, B, nonceOf(5, C, 0, 1, 21), 0, echo()));
        handle(newLeg(A, B, nonceOf(6, A, 0, 1, 22), 0, echo()));
    }

    /// @dev Else a small clock could carry a root that refuses everybody for ever.
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

    function testClockOfAnAnswerTooFarAborts() public {
        Leg memory leg = firstLeg(A, B, 0, echo());
        leg.response = answer(true, (1 << 32) + 1, "");
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

    // --- nested calls ---

    function queue(uint256 id, bytes32 outer, Leg memory inner) private {
        IScopedBridge.Inbound[] memory inbound = new IScopedBridge.Inbound[](1);
        bytes32[] memory leaves = new bytes32[](1);
        inbound[0] = inboundOf(inner);
        leaves[0] = leafOf(inner);
        on(id);
        system();
        bridge[id].fillNestedCalls(outer, inbound, leaves);
    }

    /// @dev A calls B, which calls back into the middle of A's call.
    function callBack() private view returns (Leg memory outer, Leg memory inner) {
        // A: 1; B handles: 2, calls: 3; A handles: 4, answers: 5; B: 6, answers: 7; A: 8
        inner = newLeg(B, A, nonceOf(1, A, 0, 1, 3), 1, echo());
        inner.response = answer(true, 5, abi.encode(7));
        outer = newLeg(A, B, nonceOf(1, A, 0, 0, 1), 2, acts(act(inner)));
        outer.request.gasLimit = 3_000_000;
        outer.hash = hashOf(outer);
        outer.response = answer(true, 7, abi.encode(toList(abi.encode(abi.encode(7)))));
    }

    function testCallBack() public {
        (Leg memory outer, Leg memory inner) = callBack();
        bytes memory promised = outer.response;
        fill(inner);
        handle(outer);
        same(outer.response, promised, "outer answer");
        fill(outer);
        queue(A, outer.hash, inner);
        vm.recordLogs();
        mustTransact(A, 2, acts(act(outer)));
        same(executed(inner.hash), inner.response, "inner answer");
        same(clockOf(A), 8, "clock");
        same(clockOf(B), 7, "clock");
        (bytes32 requestsOut, bytes32 requestsIn, bytes32 responsesOut, bytes32 responsesIn) =
            bridge[A].getMailboxHashes(B);
        (bytes32 out, bytes32 in_, bytes32 answersOut, bytes32 answersIn) = bridge[B].getMailboxHashes(A);
        check(requestsOut == in_ && requestsIn == out, "requests");
        check(responsesOut == answersIn && responsesIn == answersOut, "responses");
        (uint128 valueOut, uint128 valueIn) = bridge[A].valueCounters(B);
        check(valueOut == 2 && valueIn == 1, "values");
        (uint32 responses, uint32 queues) = rollup(A).leftover();
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
        inner.response = answer(true, 5, abi.encode(8));
        queue(A, outer.hash, inner);
        expectAbort(IScopedBridge.NestedMismatch.selector);
        mustTransact(A, 2, acts(caught(act(outer))));
    }

    function abortsInline(Leg memory outer, Leg memory inner, bytes4 selector) private {
        fill(outer);
        queue(A, outer.hash, inner);
        expectAbort(selector);
        mustTransact(A, 2, acts(caught(act(outer))));
        (uint32 responses, uint32 queues) = rollup(A).leftover();
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

    /// @dev The probe: a call is made in a frame that reverts, with a call back, and made again. The answer of the
    /// first call back cannot be shown to the frame that is rolled back and denied afterwards: the queue is left over.
    function testTheProbe() public {
        (Leg memory outer, Leg memory inner) = callBack();
        outer.response = answer(true, 7, "");
        fill(outer);
        queue(A, outer.hash, inner);
        Actor.Act memory first = act(outer);
        // a frame that makes the call and then reverts
        Actor.Act memory probe =
            Actor.Act(address(actor[A]), 2, 0, true, abi.encodeCall(Actor.runAndFail, (listOf(first))));
        mustTransact(A, 2, acts(probe));
        same(actor[A].count(), 0, "rolled back");
        (uint32 responses, uint32 queues) = rollup(A).leftover();
        check(responses == 1 && queues == 1, "live again");
        same(clockOf(A), 0, "clock rolled back");
    }

    function listOf(Actor.Act memory a) private pure returns (Actor.Act[] memory list) {
        list = new Actor.Act[](1);
        list[0] = a;
    }

    // --- gas ---

    function testTheTargetGetsExactlyItsGas(uint256 gasLimit, uint256 value) public {
        gasLimit = 100_000 + gasLimit % 10_000_000;
        value = value % 2;
        Leg memory leg = firstLeg(A, B, value, abi.encodeCall(Actor.gasAtStart, ()));
        leg.request.gasLimit = gasLimit;
        leg.hash = hashOf(leg);
        handle(leg);
        (, bytes memory data) = split(leg.response);
        uint256 got = abi.decode(data, (uint256));
        uint256 given = gasLimit + (value == 0 ? 0 : 2300);
        check(got <= given && got > given - 400, "exactly the limit, and the stipend with value");
    }

    function split(bytes memory response) private pure returns (bool success, bytes memory data) {
        success = response[0] == 0x01;
        data = new bytes(response.length - 9);
        for (uint256 i = 0; i < data.length; i++) {
            data[i] = response[i + 9];
        }
    }

    /// @dev However little gas the builder gives, the target gets all it was promised, or the transaction fails: the
    /// answer never depends on it. The limits are such that one unit more or less decides.
    function testStarvingChangesNoAnswer(uint256 gas, uint256 gasLimit, uint16 size) public {
        gasLimit = 30_000 + gasLimit % 3_000_000;
        Leg memory leg = firstLeg(A, B, 0, abi.encodePacked(abi.encodeCall(Actor.gasAtStart, ()), new bytes(size)));
        leg.request.gasLimit = gasLimit;
        leg.hash = hashOf(leg);
        uint256 least = gasLimit + gasLimit / 16 + 100_000;
        gas = least - 20_000 + gas % 400_000;
        on(B);
        vm.recordLogs();
        system();
        (bool success,) = address(bridge[B]).call{gas: gas}(
            abi.encodeCall(IScopedCallable.handleScopedCall, (A, leg.from, leg.nonce, leg.request))
        );
        if (!success) return;
        (bool succeeded, bytes memory data) = split(executed(leg.hash));
        check(succeeded, "never starved");
        uint256 got = abi.decode(data, (uint256));
        check(got > gasLimit - 400, "all that was promised");
    }

    /// @dev gasLimit + gasLimit/16 + 100,000 where the bridge looks, whatever it used before.
    function testTheBoundOfSufficientGas() public {
        Leg memory leg = firstLeg(A, B, 0, abi.encodeCall(Actor.gasAtStart, ()));
        leg.request.gasLimit = 13_000_000;
        leg.hash = hashOf(leg);
        bytes memory data = abi.encodeCall(IScopedCallable.handleScopedCall, (A, leg.from, leg.nonce, leg.request));
        uint256 bound = 13_000_000 + 812_500 + 100_000;
        on(B);
        bridge[B].deployRemoteAccount(A, leg.from);
        // the least gas with which it is handled, to the unit
        uint256 low = bound;
        uint256 high = bound + 150_000;
        while (high - low > 1) {
            uint256 state = vm.snapshotState();
            uint256 gas = (low + high) / 2;
            system();
            (bool success, bytes memory result) = address(bridge[B]).call{gas: gas}(data);
            if (success) {
                high = gas;
            } else {
                low = gas;
                same(result, abi.encodePacked(IScopedBridge.InsufficientGas.selector), "by name");
            }
            vm.revertToState(state);
        }
        check(high > bound && high < bound + 140_000, "where it should be");
        for (uint256 i = 0; i < 2; i++) {
            system();
            (bool success,) = address(bridge[B]).call{gas: low + i}(data);
            check(success == (i == 1), "one unit decides");
        }
    }

    /// @dev Calldata so large that what is left after copying it does not cover the limit: the RemoteAccount says so.
    function testLargeCalldataCannotStarve() public {
        Leg memory leg = firstLeg(A, B, 0, abi.encodePacked(abi.encodeCall(Actor.gasAtStart, ()), new bytes(700_000)));
        bytes memory data = abi.encodeCall(IScopedCallable.handleScopedCall, (A, leg.from, leg.nonce, leg.request));
        on(B);
        bool refusedByName;
        // each time from the same state: the RemoteAccount is deployed before
        bridge[B].deployRemoteAccount(A, leg.from);
        for (uint256 gas = 6_000_000; gas < 30_000_000; gas += 200_000) {
            system();
            vm.recordLogs();
            (bool success, bytes memory result) = address(bridge[B]).call{gas: gas}(data);
            if (success) {
                (bool succeeded, bytes memory got) = split(executed(leg.hash));
                check(succeeded && abi.decode(got, (uint256)) > 600_000 - 400, "all that was promised");
                check(refusedByName, "refused before");
                return;
            }
            if (result.length != 0) {
                same(result, abi.encodePacked(IScopedBridge.InsufficientGas.selector), "by name");
                refusedByName = true;
            }
        }
        check(false, "never handled");
    }

    function testPriceOfTargetGas() public {
        on(A);
        IRollupBridge.PeerConfig[] memory peers = new IRollupBridge.PeerConfig[](1);
        peers[0] = IRollupBridge.PeerConfig(uint64(B), MAX_GAS, DEFAULT_GAS, 32768); // half a unit for each
        bridge[A] = newRollup(address(1), peers);
        Leg memory leg = firstLeg(A, B, 0, "");
        leg.response = answer(true, 2, "");
        fill(leg);
        Actor.Act memory measure = caught(act(leg));
        uint256 gas = gasOf(measure);
        check(actor[A].lastSuccess(), "paid");
        check(gas > 300_000 && gas < 500_000, "half of 600,000 burned");

        leg = newLeg(A, B, nonceOf(4, A, 0, 0, 4), 0, "");
        measure = caught(act(leg));
        measure.gas = 300_000;
        mustTransact(A, 0, acts(measure));
        same(actor[A].last(), abi.encodeWithSelector(IRollupBridge.TargetGasUnpaid.selector), "unpaid");
        leg.request.gasLimit = 1 << 64;
        mustTransact(A, 0, acts(caught(act(leg))));
        same(actor[A].last(), abi.encodeWithSelector(IScopedBridge.GasLimitTooHigh.selector), "too high");
        leg.request.gasLimit = type(uint64).max; // the last that has a price
        mustTransact(A, 0, acts(caught(act(leg))));
        same(actor[A].last(), abi.encodeWithSelector(IRollupBridge.TargetGasUnpaid.selector), "unpaid");
    }

    function gasOf(Actor.Act memory a) private returns (uint256) {
        mustTransact(A, 0, acts(a));
        return vm.lastCallGas().gasTotalUsed;
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
            uint256 before = address(actor[B]).balance;
            handle(leg);
            (bool success, bytes memory got) = split(leg.response);
            if (size > RETURN_LIMIT) {
                check(!success, "an answer");
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
