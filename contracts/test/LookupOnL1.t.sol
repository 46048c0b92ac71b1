// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {Actor} from "./Actor.sol";
import {Ledger, LookupWorld, Viewer} from "./LookupWorld.sol";

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
        anyoneSettles();
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

    /// @dev At every depth and gas: the bundle fails, or the lookup was refused before any contract could act on it.
    function testNoAbortOfALookupIsCaught(uint256 depth, uint256 gas, uint256 gasLimit) public {
        depth = depth % 12;
        gasLimit = 400_000 + gasLimit % 8_000_000;
        Actor.Act memory a = caught(tryLook(fromL1())); // one that ends without an answer has a result: (false, "")
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
