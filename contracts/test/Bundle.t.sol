// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IReader} from "../src/interfaces/IReader.sol";
import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {Actor} from "./Actor.sol";
import {World} from "./World.sol";

/// @notice SharedBridge up to the settlement: opening, preconditions, fills, steps, the gas fuse, escrow in the bundle.
contract BundleTest is World {
    function echo() private pure returns (bytes memory) {
        return abi.encodeCall(Actor.echo, (7));
    }

    function caught(Actor.Act memory a) private pure returns (Actor.Act memory) {
        a.mayFail = true;
        return a;
    }

    /// @dev A bundle whose user has the actor do this, and which settles A as it is.
    function run(Actor.Act memory a, bool touchesL1) private {
        ISharedBridge.Bundle memory b = newBundle();
        addActs(b, a.value, acts(a));
        seal(b, touchesL1, A);
        execute(b);
    }

    function ownCall(bytes memory data) private view returns (Actor.Act memory) {
        return Actor.Act(address(shared), 0, 0, true, data);
    }

    /// @dev A -> L1, handled in a bundle.
    function inbound(uint256 value, bytes memory data) private view returns (Leg memory leg) {
        leg = firstLeg(A, L1, value, data);
    }

    // --- who may do what, and when ---

    function testOutsideBundle() public {
        on(L1);
        mustTransact(L1, 0, acts(caught(act(firstLeg(L1, A, 0, echo())))));
        same(actor[L1].last(), abi.encodePacked(ISharedBridge.OutsideBundle.selector), "outside");
    }

    function systemCalls() private view returns (bytes[] memory list) {
        Leg memory leg = inbound(0, echo());
        (uint256[] memory ids, bytes32[] memory hashes, bytes[] memory responses) = one(leg);
        ISharedBridge.Step memory step;
        list = new bytes[](7);
        list[0] = abi.encodeCall(IScopedCallable.handleScopedCall, (A, leg.from, leg.nonce, leg.request));
        list[1] = abi.encodeCall(IScopedCallable.fillResponsesIn, (ids, hashes, responses));
        list[2] =
            abi.encodeCall(IScopedBridge.fillNestedCalls, (leg.hash, new IScopedBridge.Inbound[](0), new bytes32[](0)));
        list[3] = abi.encodeCall(IScopedBridge.openScope, (5));
        list[4] = abi.encodeCall(ISharedBridge.openBundle, (new uint256[](0)));
        list[5] = abi.encodeCall(ISharedBridge.runStep, (step, address(this)));
        list[6] = abi.encodeCall(ISharedBridge.addCredit, (A, 1 ether));
    }

    /// @dev No account can call a system function: not from outside, not in a step, not as the bridge without a bundle.
    function testOnlyBundle() public {
        bytes[] memory list = systemCalls();
        for (uint256 i = 0; i < list.length; i++) {
            on(L1);
            onlyBundle(address(this), list[i]);
            run(ownCall(list[i]), false);
            same(actor[L1].last(), abi.encodePacked(ISharedBridge.OnlyBundle.selector), "in a step");
            // openBundle is the one that a builder's simulation calls as the bridge
            if (i != 4) onlyBundle(address(shared), list[i]);
        }
    }

    function onlyBundle(address from, bytes memory data) private {
        vm.prank(from);
        (bool success, bytes memory result) = address(shared).call(data);
        check(!success, "refused");
        same(result, abi.encodePacked(ISharedBridge.OnlyBundle.selector), "by name");
    }

    function testReentered() public {
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, B);
        run(ownCall(abi.encodeCall(ISharedBridge.executeBundle, (b))), false);
        same(actor[L1].last(), abi.encodePacked(ISharedBridge.Reentered.selector), "reentered");
    }

    function testSubmitter() public {
        anyoneSettles();
        ISharedBridge.Bundle memory b = newBundle();
        b.submitter = address(0xbeef);
        seal(b, false, A);
        executeExpecting(b, ISharedBridge.WrongSubmitter.selector);
        on(L1);
        vm.prank(address(0xbeef));
        shared.executeBundle(b);
    }

    function testOnlyTheOwnerRegisters() public {
        on(L1);
        ISharedBridge.RollupConfig memory config = ISharedBridge.RollupConfig(904, 0, 0, 0, 0, 1, 1, 0, 1 days);
        vm.prank(address(0xbeef));
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", address(0xbeef)));
        shared.registerRollup(config);
        shared.registerRollup{value: 5}(config);
        same(shared.rollup(904).escrow, 5, "escrow");
        config.chainId = uint64(L1);
        refusesRollup(config);
        config.chainId = 0;
        refusesRollup(config);
        config.chainId = uint64(A);
        refusesRollup(config);
        config.chainId = 905;
        config.maxGas = 0;
        refusesRollup(config);
        config.maxGas = 1;
        config.exitDelay = 1 days - 1;
        refusesRollup(config);
        config.exitDelay = 2 ** 24;
        refusesRollup(config);
        config.exitDelay = 1 days;
        config.maxGas = 2 ** 48;
        refusesRollup(config);
        config.maxGas = 1;
        config.defaultGas = 2 ** 48;
        refusesRollup(config);
        config.defaultGas = 1;
        config.circle = 2 ** 24;
        refusesRollup(config);
    }

    function refusesRollup(ISharedBridge.RollupConfig memory config) private {
        vm.expectRevert(abi.encodeWithSelector(ISharedBridge.BadRollup.selector, config.chainId));
        shared.registerRollup(config);
    }

    function testRefusesPlainEth() public {
        (bool success,) = address(shared).call{value: 1}("");
        check(!success, "refused");
    }

    // --- preconditions ---

    function precondition(bytes32 resultHash, bytes memory data) private returns (ISharedBridge.Bundle memory b) {
        b = newBundle();
        b.preconditions = new IReader.Precondition[](2);
        b.preconditions[0] = IReader.Precondition(
            address(actor[L1]), abi.encodeWithSignature("count()"), keccak256(abi.encode(uint256(0)))
        );
        b.preconditions[1] = IReader.Precondition(address(actor[L1]), data, resultHash);
        seal(b, false, A);
    }

    function testPreconditions() public {
        execute(precondition(keccak256(abi.encode(false)), abi.encodeWithSignature("lastSuccess()")));
        bytes memory second = abi.encodeWithSelector(IReader.PreconditionFailed.selector, 1);
        executeExpecting(precondition(keccak256(abi.encode(true)), abi.encodeWithSignature("lastSuccess()")), second);
        executeExpecting(precondition(keccak256(""), abi.encodeCall(Actor.fail, (""))), second);
        // the reader may not write, and is not the bridge
        executeExpecting(precondition(keccak256(abi.encode(7)), echo()), second);
    }

    // --- steps ---

    function testBadSteps() public {
        ISharedBridge.Bundle memory b = newBundle();
        ISharedBridge.Step memory none;
        addStep(b, none);
        seal(b, false, A);
        executeExpecting(b, ISharedBridge.BadStep.selector);
        b = newBundle();
        addInbound(b, inbound(0, echo()));
        addActs(b, 0, acts(caught(act(inbound(0, "")))));
        b.steps[0].operation = b.steps[1].operation;
        seal(b, false, A);
        executeExpecting(b, ISharedBridge.BadStep.selector);
        b = newBundle();
        addInbound(b, inbound(0, echo()));
        b.steps[0].inbound = new IScopedBridge.Inbound[](2);
        seal(b, false, A);
        executeExpecting(b, ISharedBridge.BadStep.selector);
    }

    function testNotDelegated() public {
        ISharedBridge.Bundle memory b = newBundle();
        addActs(b, 0, acts(ownCall("")));
        seal(b, false, A);
        vm.etch(user, "");
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.NotDelegated.selector, user));
        vm.etch(user, abi.encodePacked(hex"ef0100", address(actor[L1])));
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.NotDelegated.selector, user));
        vm.etch(user, abi.encodePacked(hex"ef0100", shared.scopedAccount()));
        execute(b);
    }

    function testOperationFailed() public {
        ISharedBridge.Bundle memory b = newBundle();
        addOperation(b, newOperation(address(actor[L1]), 0, abi.encodeCall(Actor.fail, ("why"))));
        seal(b, false, A);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.OperationFailed.selector, user, bytes("why")));
        // a long reason is cut
        b = newBundle();
        addOperation(b, newOperation(address(actor[L1]), 0, abi.encodeCall(Actor.revertBomb, (5000))));
        seal(b, false, A);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.OperationFailed.selector, user, new bytes(1024)));
    }

    function testOperationWithTooMuchGas() public {
        ISharedBridge.Bundle memory b = newBundle();
        IScopedAccount.Operation memory operation = newOperation(address(actor[L1]), 0, echo());
        operation.gasLimit = 1e10;
        addOperation(b, operation);
        seal(b, false, A);
        executeExpecting(b, IScopedBridge.InsufficientGas.selector);
        operation.gasLimit = type(uint256).max;
        b.steps[0].operation[0] = signed(USER_KEY, operation);
        executeExpecting(b, IScopedBridge.InsufficientGas.selector);
    }

    function testLeftover() public {
        Leg memory leg = firstLeg(L1, A, 0, echo());
        leg.response = encodeResponse(true, 2, "");
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, leg);
        seal(b, true, A);
        executeExpecting(b, ISharedBridge.Leftover.selector);
        b = newBundle();
        addNested(b, leg.hash, inbound(0, echo()));
        seal(b, true, A);
        executeExpecting(b, ISharedBridge.Leftover.selector);
    }

    function testFillRefusals() public {
        Leg memory leg = firstLeg(L1, A, 0, echo());
        leg.response = encodeResponse(true, 2, "");
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, leg);
        addFill(b, leg);
        seal(b, true, A);
        executeExpecting(b, IScopedBridge.ResponseExists.selector);
        leg.target = 999;
        b = newBundle();
        addFill(b, leg);
        seal(b, true, A);
        executeExpecting(b, abi.encodeWithSelector(IScopedBridge.UnsupportedChain.selector, 999));
        b = newBundle();
        addNested(b, leg.hash, inbound(0, echo()));
        addNested(b, leg.hash, inbound(0, echo()));
        seal(b, true, A);
        executeExpecting(b, IScopedBridge.QueueExists.selector);
        b.nested[0].responseHashes = new bytes32[](0);
        executeExpecting(b, IScopedBridge.LengthMismatch.selector);
    }

    // --- clocks and roots on L1 ---

    function testRootsOnL1() public {
        Leg memory first = newLeg(A, L1, nonceOf(5, A, 0, 0, 5), 0, echo());
        Leg memory again = newLeg(A, L1, nonceOf(5, A, 0, 0, 9), 0, echo());
        Leg memory other = newLeg(B, L1, nonceOf(6, B, 0, 0, 6), 0, echo());
        Leg memory before = newLeg(A, L1, nonceOf(4, B, 0, 1, 9), 0, echo());
        ISharedBridge.Bundle memory b;

        b = newBundle(); // parts of one root, adjacent: refused only at the settlement
        addInbound(b, first);
        addInbound(b, again);
        seal(b, true, A);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Unpaired.selector, L1, A));

        b = newBundle(); // an operation between them
        addInbound(b, first);
        addActs(b, 0, acts(ownCall("")));
        addInbound(b, again);
        seal(b, true, A);
        executeExpecting(b, IScopedBridge.ScopeSplit.selector);

        b = newBundle(); // another root between them: it is greater
        addInbound(b, first);
        addInbound(b, other);
        addInbound(b, again);
        seal(b, true, A, B);
        executeExpecting(b, IScopedBridge.RootOrder.selector);

        b = newBundle(); // a root before the last one
        addInbound(b, first);
        addInbound(b, before);
        seal(b, true, A);
        executeExpecting(b, IScopedBridge.RootOrder.selector);

        b = newBundle(); // an operation closes what came before it, and nothing else
        addInbound(b, first);
        addActs(b, 0, acts(ownCall("")));
        addInbound(b, other);
        seal(b, true, A, B);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Unpaired.selector, L1, A));
    }

    /// @dev The root of an operation ends with it.
    function testAnOperationsRootIsOver() public {
        Leg memory leg = firstLeg(L1, A, 0, echo());
        leg.response = encodeResponse(true, 2, "");
        Leg memory late = newLeg(A, L1, nonceOf(1, L1, 0, 1, 9), 0, echo());
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, leg);
        addActs(b, 0, acts(act(leg)));
        addInbound(b, late);
        seal(b, true, A);
        executeExpecting(b, IScopedBridge.ScopeSplit.selector);
    }

    function testClockTooFarOnL1() public {
        uint256 bound = (height[L1] + 1) << 32;
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, newLeg(A, L1, nonceOf(1, A, 0, 0, bound), 0, echo()));
        seal(b, true, A);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Unpaired.selector, L1, A));
        b = newBundle();
        addInbound(b, newLeg(A, L1, nonceOf(1, A, 0, 0, bound + 1), 0, echo()));
        seal(b, true, A);
        executeExpecting(b, IScopedBridge.ClockTooFar.selector);
        b = newBundle();
        addActs(b, 0, acts(ownCall("")));
        b.steps[0].floor = uint64(bound + 1);
        seal(b, true, A);
        executeExpecting(b, IScopedBridge.ClockTooFar.selector);
        b = newBundle();
        addInbound(b, newLeg(A, L1, nonceOf(2, A, 0, 0, 1), 0, echo()));
        seal(b, true, A);
        executeExpecting(b, IScopedBridge.RootOrder.selector);
    }

    /// @dev L1's clock is per bundle: it starts at the clock of the bundle's rollups; other rollups' bundles do not
    /// change it.
    function testL1ClockIsPerBundle() public {
        ISharedBridge.Bundle memory b = newBundle();
        addActs(b, 0, acts(ownCall("")));
        b.steps[0].floor = 500;
        seal(b, false, A);
        execute(b);
        same(shared.rollup(A).clockWith, 500, "A");
        same(shared.rollup(B).clockWith, 0, "B");
        (uint64 clock,) = shared.scopeClock();
        same(clock, 0, "none outside");

        Leg memory leg = firstLeg(L1, B, 0, echo()); // B alone: 1
        handle(leg);
        b = newBundle();
        addFill(b, leg);
        addActs(b, 0, acts(act(leg)));
        seal(b, true, B);
        execute(b);
        same(shared.rollup(B).clockWith, 4, "B");

        leg = newLeg(L1, B, nonceOf(501, L1, 0, 0, 501), 0, echo()); // with A: 501
        handle(leg);
        b = newBundle();
        addFill(b, leg);
        addActs(b, 0, acts(act(leg)));
        seal(b, true, A, B);
        execute(b);
        same(shared.rollup(A).clockWith, 504, "A");
        same(shared.rollup(B).clockWith, 504, "B");
    }

    function testHashesAreHiddenWhileAResponseWaits() public {
        Leg memory leg = firstLeg(L1, A, 0, echo());
        handle(leg);
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, leg);
        bytes memory read = abi.encodeCall(IScopedCallable.getMailboxHashes, (A));
        addActs(b, 0, acts(ownCall(read)));
        addActs(b, 0, acts(act(leg)));
        seal(b, true, A);
        execute(b);
        // the second operation's result is the response; look at the first by a precondition of the same kind
        b = newBundle();
        leg = newLeg(L1, A, nonceOf(5, L1, 0, 0, 5), 0, echo());
        handle(leg);
        addFill(b, leg);
        addActs(b, 0, acts(act(leg), ownCall(read)));
        seal(b, true, A);
        execute(b);
        check(actor[L1].lastSuccess(), "after it was read");
    }

    function testHashesAreHiddenBefore() public {
        Leg memory leg = firstLeg(L1, A, 0, echo());
        handle(leg);
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, leg);
        Actor.Act memory read = ownCall(abi.encodeCall(IScopedCallable.getMailboxHashes, (A)));
        read.mayFail = false;
        addActs(b, 0, acts(read, act(leg)));
        seal(b, true, A);
        executeExpecting(
            b,
            abi.encodeWithSelector(
                ISharedBridge.OperationFailed.selector, user, abi.encodePacked(IScopedBridge.ResponsesPending.selector)
            )
        );
    }

    // --- the gas fuse ---

    function testStarved() public {
        Actor.Act memory a = caught(act(firstLeg(L1, A, 0, echo())));
        a.gas = 1_999_000; // of 4,000,000
        run(a, false);
        same(actor[L1].last(), abi.encodePacked(ISharedBridge.Starved.selector), "by name, and harmless");
    }

    /// @dev A builder that leaves out a fill cannot choose the victim's catch branch.
    function testAMissingResponseCannotBeCaught() public {
        ISharedBridge.Bundle memory b = newBundle();
        addActs(b, 0, acts(caught(act(firstLeg(L1, A, 0, echo())))));
        seal(b, true, A);
        vm.expectCall(Predeploys.ABORT, abi.encodePacked(IScopedBridge.ResponseMissing.selector));
        executeExpecting(b, ISharedBridge.Fuse.selector);
    }

    /// @dev At every depth and gas: the bundle fails, or the call was refused before the builder could influence it.
    function testNoAbortIsCaught(uint256 depth, uint256 gas, uint256 gasLimit) public {
        depth = depth % 12;
        gasLimit = 400_000 + gasLimit % 8_000_000;
        gas = gas % gasLimit;
        Leg memory leg = firstLeg(L1, A, 0, echo());
        leg.request.gasLimit = 21_000;
        Actor.Act memory a = caught(act(leg));
        a.gas = gas;
        for (uint256 i = 0; i < depth; i++) {
            a = Actor.Act(address(actor[L1]), 0, 0, true, acts(a));
        }
        ISharedBridge.Bundle memory b = newBundle();
        IScopedAccount.Operation memory operation = newOperation(address(actor[L1]), 0, acts(a));
        operation.gasLimit = gasLimit;
        addOperation(b, operation);
        seal(b, false, A);
        on(L1);
        (bool success, bytes memory result) = address(shared).call(abi.encodeCall(ISharedBridge.executeBundle, (b)));
        if (success) {
            bytes memory last = deepest(actor[L1].last(), depth);
            check(
                keccak256(last) == keccak256(abi.encodePacked(ISharedBridge.Starved.selector))
                    || keccak256(last) == keccak256(abi.encodePacked(IScopedBridge.CallerGasTooLow.selector))
                    || (last.length == 0 && gas < 10_000), // ran out of gas in front of the bridge's check
                "refused before the request"
            );
            (bytes32 requestsOut,,,) = shared.getMailboxHashes(A);
            same(requestsOut, 0, "no request");
        } else {
            check(
                bytes4(result) == ISharedBridge.Fuse.selector
                    || bytes4(result) == ISharedBridge.OperationFailed.selector,
                "the bundle fails"
            );
        }
    }

    function deepest(bytes memory result, uint256 depth) private pure returns (bytes memory) {
        for (uint256 i = 0; i < depth; i++) {
            if (result.length < 64) return result;
            bytes[] memory list = abi.decode(result, (bytes[]));
            result = list[0];
        }
        return result;
    }

    /// @dev Less than half passes, half does not.
    function testTheFuseIsAtHalf(uint256 left) public {
        left = 1_000_000 + left % 2_900_000;
        ISharedBridge.Bundle memory b = newBundle();
        addOperation(b, newOperation(address(actor[L1]), 0, abi.encodeCall(Actor.burnTo, (left))));
        seal(b, false, A);
        on(L1);
        (bool success, bytes memory result) = address(shared).call(abi.encodeCall(ISharedBridge.executeBundle, (b)));
        // burnTo's frame has at most 63/64 of what the account had, so its gasleft() lags by at most 4,000,000 / 64
        if (left < 1_930_000) check(!success && bytes4(result) == ISharedBridge.Fuse.selector, "blown");
        if (left > 2_000_000) check(success, "whole");
    }

    function testTheFuseOfAHandledCall(uint256 left, uint256 value) public {
        left = 100_000 + left % 480_000; // of 600,000
        Leg memory leg = inbound(value % 2, abi.encodeCall(Actor.burnTo, (left)));
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, leg);
        seal(b, true, A);
        if (left < 299_000) executeExpecting(b, ISharedBridge.Fuse.selector);
        if (left > 303_000) {
            executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Unpaired.selector, L1, A));
        }
    }

    /// @dev A hostile callee that burns all of its gas is a response to a leaf, as on a rollup: it can make no scoped call,
    /// so no abort hides in it. Without the flag it is the fuse.
    function testALeafThatBurnsItsGasIsAResponse() public {
        uint256 state = vm.snapshotState();
        Leg memory leg = burning(1);
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, leg);
        seal(b, true, A);
        // handled: what the settlement misses is A's side
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Unpaired.selector, L1, A));
        vm.revertToState(state);
        leg = burning(0);
        b = newBundle();
        addInbound(b, leg);
        seal(b, true, A);
        executeExpecting(b, ISharedBridge.Fuse.selector);
    }

    /// @dev Inside of a call of L1 too.
    function testAnInlineLeafThatBurnsItsGasIsAResponse() public {
        (Leg memory outer, Leg memory inner) = callBack(0, 0, abi.encodeCall(Actor.burnTo, (200_000)));
        inner.nonce |= 1 << 96; // leaf
        inner.hash = hashOf(inner);
        inner.response = encodeResponse(true, 6, "");
        // not the fuse, which stops it without the flag (testInlineFuseAborts): the comparison of the response is reached
        aborts(outer, inner, IScopedBridge.NestedMismatch.selector);
    }

    function burning(uint256 flags) private view returns (Leg memory leg) {
        leg = newLeg(A, L1, nonceOf(9, A, flags, 0, 9), 0, abi.encodeCall(Actor.burnTo, (1)));
    }

    /// @dev A small limit is not refused for the price of the value's transfer.
    function testSmallLimitsWithValue() public {
        Leg memory leg = inbound(1, "");
        leg.request.gasLimit = 8_000;
        leg.hash = hashOf(leg);
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, leg);
        seal(b, true, A);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Unpaired.selector, L1, A));
    }

    /// @dev A target without code cannot hold an abort.
    function testTargetsWithoutCodeAreExempt() public {
        Leg memory leg = newLeg(A, L1, nonceOf(1, A, 1, 0, 1), 0, "x");
        leg.request.to = address(8); // fails, using all of its gas
        leg.hash = hashOf(leg);
        leg.response = encodeResponse(false, 3, "");
        fill(leg);
        mustTransact(A, 0, acts(tryAct(leg, 1)));
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, leg);
        seal(b, true, A);
        execute(b);
    }

    // --- nested calls on L1 ---

    /// @dev L1 calls A, which calls back into the middle of L1's call.
    function callBack(uint256 valueOut, uint256 valueIn, bytes memory data)
        private
        view
        returns (Leg memory outer, Leg memory inner)
    {
        inner = newLeg(A, L1, nonceOf(1, L1, 0, 1, 3), valueIn, data);
        inner.response = encodeResponse(true, 5, abi.encode(7));
        outer = newLeg(L1, A, nonceOf(1, L1, 0, 0, 1), valueOut, acts(act(inner)));
        outer.request.gasLimit = 3_000_000;
        outer.hash = hashOf(outer);
    }

    function testCallBackIntoL1() public {
        (Leg memory outer, Leg memory inner) = callBack(5 ether, 2 ether, echo());
        fill(inner);
        handle(outer);
        ISharedBridge.Bundle memory b = newBundle();
        addFill(b, outer);
        addNested(b, outer.hash, inner);
        IScopedAccount.Operation memory operation = newOperation(
            address(actor[L1]), 5 ether, acts(act(outer), ownCall(abi.encodeCall(IScopedBridge.acting, ())))
        );
        operation.gasLimit = 8_000_000;
        addOperation(b, operation);
        seal(b, true, A);
        execute(b);
        same(actor[L1].count(), 1, "called back");
        same(actor[L1].last(), abi.encode(address(0)), "no account acts afterwards");
        same(shared.rollup(A).escrow, 13 ether, "escrow");
        same(shared.rollup(A).clockWith, 8, "clock");
        same(address(shared).balance, 33 ether, "bridge");
    }

    function aborts(Leg memory outer, Leg memory inner, bytes4 selector) private {
        ISharedBridge.Bundle memory b = newBundle();
        outer.response = encodeResponse(true, 7, "");
        addFill(b, outer);
        addNested(b, outer.hash, inner);
        IScopedAccount.Operation memory operation =
            newOperation(address(actor[L1]), outer.request.value, acts(caught(act(outer))));
        operation.gasLimit = 8_000_000;
        addOperation(b, operation);
        seal(b, true, A);
        vm.expectCall(Predeploys.ABORT, abi.encodePacked(selector));
        executeExpecting(b, ISharedBridge.Fuse.selector);
    }

    function testNestedMismatchAborts() public {
        (Leg memory outer, Leg memory inner) = callBack(0, 0, echo());
        inner.response = encodeResponse(true, 6, abi.encode(7));
        aborts(outer, inner, IScopedBridge.NestedMismatch.selector);
    }

    function testInlineRootOrderAborts() public {
        (Leg memory outer, Leg memory inner) = callBack(0, 0, echo());
        inner.nonce = nonceOf(1, A, 0, 1, 3);
        aborts(outer, inner, IScopedBridge.RootOrder.selector);
    }

    function testInlineFuseAborts() public {
        (Leg memory outer, Leg memory inner) = callBack(0, 0, abi.encodeCall(Actor.burnTo, (200_000)));
        aborts(outer, inner, ISharedBridge.Fuse.selector);
    }

    function testInlineInsufficientGasAborts() public {
        (Leg memory outer, Leg memory inner) = callBack(0, 0, echo());
        inner.request.gasLimit = 7_900_000;
        aborts(outer, inner, IScopedBridge.InsufficientGas.selector);
    }

    function testInlineEscrowAborts() public {
        (Leg memory outer, Leg memory inner) = callBack(0, 10 ether + 1, echo());
        aborts(outer, inner, ISharedBridge.Escrow.selector);
    }

    /// @dev A failed call is refunded; if the rollup already paid the value out, its claim was false.
    function testValueSpentByACallThatFailsAborts() public {
        (Leg memory outer, Leg memory inner) = callBack(5 ether, 15 ether, echo());
        ISharedBridge.Bundle memory b = newBundle();
        outer.nonce = nonceOf(1, L1, 0, 0, 1);
        outer.response = encodeResponse(false, 7, "");
        addFill(b, outer);
        addNested(b, outer.hash, inner);
        IScopedAccount.Operation memory operation =
            newOperation(address(actor[L1]), 5 ether, acts(caught(tryAct(outer, 0))));
        operation.gasLimit = 8_000_000;
        addOperation(b, operation);
        seal(b, true, A);
        vm.expectCall(Predeploys.ABORT, abi.encodePacked(ISharedBridge.Escrow.selector));
        executeExpecting(b, ISharedBridge.Fuse.selector);
    }

    // --- escrow in the bundle ---

    function testPayoutsAreCovered() public {
        Leg memory leg = inbound(10 ether + 1, "");
        leg.request.to = address(0xd00d);
        leg.hash = hashOf(leg);
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, leg);
        seal(b, true, A);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Escrow.selector, A));
    }

    /// @dev What calls paid in earlier in the bundle can be paid out, and not one wei more.
    function testPaidInEarlier() public {
        for (uint256 extra = 0; extra < 2; extra++) {
            uint256 state = vm.snapshotState();
            Leg memory leg = firstLeg(L1, A, 5 ether, "");
            handle(leg);
            Leg memory back = newLeg(A, L1, nonceOf(4, A, 0, 0, 4), 15 ether + extra, "");
            back.request.to = address(0xd00d);
            back.hash = hashOf(back);
            back.response = encodeResponse(true, 6, "");
            fill(back);
            mustTransact(A, 15 ether + extra, acts(act(back)));
            ISharedBridge.Bundle memory b = newBundle();
            addFill(b, leg);
            addActs(b, 5 ether, acts(act(leg)));
            addInbound(b, back);
            seal(b, true, A);
            if (extra == 0) {
                execute(b);
                same(shared.rollup(A).escrow, 0, "all");
                same(address(0xd00d).balance, 15 ether, "paid");
                same(address(shared).balance, 20 ether, "the others' escrow is whole");
            } else {
                executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Escrow.selector, A));
            }
            vm.revertToState(state);
        }
    }

    function testForbiddenTargetsOnL1() public {
        address[3] memory targets = [address(shared), address(registry), address(quorum)];
        for (uint256 i = 0; i < 3; i++) {
            uint256 clock = 1 + 4 * i;
            Leg memory leg = newLeg(A, L1, nonceOf(clock, A, 1, 0, clock), 1, "");
            leg.response = encodeResponse(false, clock + 2, abi.encodePacked(IScopedBridge.ForbiddenTarget.selector));
            leg.request.to = targets[i];
            leg.hash = hashOf(leg);
            fill(leg);
            mustTransact(A, 1, acts(tryAct(leg, 1)));
            ISharedBridge.Bundle memory b = newBundle();
            addInbound(b, leg);
            seal(b, true, A);
            execute(b);
        }
        same(shared.rollup(A).escrow, 10 ether, "no value");
    }

    /// @dev The bridge's own state is clean for a second bundle in the same transaction.
    function testTwoBundlesInOneTransaction() public {
        anyoneSettles();
        Leg memory leg = firstLeg(L1, A, 1 ether, echo());
        handle(leg);
        ISharedBridge.Bundle memory first = newBundle();
        addFill(first, leg);
        addActs(first, 1 ether, acts(act(leg)));
        seal(first, true, A);
        // B's bundle touches nothing on L1: its statement says so
        ISharedBridge.Bundle memory second = newBundle();
        seal(second, false, B);
        on(L1);
        Actor.Act[] memory both = new Actor.Act[](2);
        both[0] = Actor.Act(address(shared), 0, 0, false, abi.encodeCall(ISharedBridge.executeBundle, (first)));
        both[1] = Actor.Act(address(shared), 0, 0, false, abi.encodeCall(ISharedBridge.executeBundle, (second)));
        actor[L1].run(both);
        same(shared.rollup(A).lastBlock, 1, "A settled");
        same(shared.rollup(B).lastBlock, 1, "B settled");
        same(shared.rollup(B).clockWith, 0, "B's clock is its own");
        same(shared.rollup(A).escrow, 11 ether, "A's escrow");
        same(shared.rollup(B).escrow, 10 ether, "B's escrow");
    }

    /// @dev No transient state of the first remains: neither its rollups nor its touched mailboxes.
    function testASecondBundleForgetsTheFirst() public {
        anyoneSettles();
        Leg memory leg = firstLeg(L1, A, 1 ether, echo());
        handle(leg);
        ISharedBridge.Bundle memory first = newBundle();
        addFill(first, leg);
        addActs(first, 1 ether, acts(act(leg)));
        seal(first, true, A);
        uint256 state = vm.snapshotState();
        execute(first);
        height[L1]--;
        ISharedBridge.Bundle memory again = newBundle(); // A's next block, which did not touch L1
        seal(again, false, A);
        vm.revertToState(state);
        ISharedBridge.Bundle memory named = newBundle(); // C names A, which is in the first only
        addTransition(named, C);
        named.transitions[0].mailboxes = new ISharedBridge.Mailbox[](1);
        named.transitions[0].mailboxes[0].peerChainId = uint64(A);
        prove(named, false);
        on(L1);
        Actor.Act[] memory both = new Actor.Act[](3);
        both[0] = Actor.Act(address(shared), 0, 0, false, abi.encodeCall(ISharedBridge.executeBundle, (first)));
        both[1] = Actor.Act(address(shared), 0, 0, false, abi.encodeCall(ISharedBridge.executeBundle, (again)));
        both[2] = Actor.Act(address(shared), 0, 0, true, abi.encodeCall(ISharedBridge.executeBundle, (named)));
        actor[L1].run(both);
        same(shared.rollup(A).lastBlock, 2, "A settled twice");
        same(actor[L1].last(), abi.encodeWithSelector(ISharedBridge.Absent.selector, A), "A is not in the third");
    }

    /// @dev The value of a call that failed is available to the next.
    function testAPayoutThatFailedIsThereForTheNext() public {
        Leg memory bad = newLeg(A, L1, nonceOf(1, A, 1, 0, 1), 10 ether, abi.encodeCall(Actor.fail, ("no")));
        bad.response = encodeResponse(false, 3, "no");
        fill(bad);
        mustTransact(A, 10 ether, acts(tryAct(bad, 1)));
        Leg memory good = newLeg(A, L1, nonceOf(5, A, 0, 0, 5), 10 ether, "");
        good.response = encodeResponse(true, 7, "");
        fill(good);
        mustTransact(A, 10 ether, acts(act(good)));
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, bad);
        addInbound(b, good);
        seal(b, true, A);
        execute(b);
        same(shared.rollup(A).escrow, 0, "all of it, once");
        same(address(actor[L1]).balance, 10 ether, "paid");
    }
}
