// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {Actor} from "./Actor.sol";
import {World} from "./World.sol";

/// @notice The attacks that the draft's literal formulas allow, each on both kinds of bridges: with the draft's
/// formulas (test/Harness.sol) it settles, with the protocol's it does not. Only the contracts differ.
abstract contract Attacks is World {
    bytes internal constant ASK = abi.encodeWithSignature("count()");

    /// @dev Whether the mailboxes of A and B match, which is all that the settlement checks.
    function facing() internal view returns (bool) {
        (bytes32 requestsOut, bytes32 requestsIn, bytes32 responsesOut, bytes32 responsesIn) =
            bridge[A].getMailboxHashes(B);
        (bytes32 out, bytes32 in_, bytes32 theirResponsesOut, bytes32 theirResponsesIn) = bridge[B].getMailboxHashes(A);
        return
            requestsOut == in_ && requestsIn == out && responsesOut == theirResponsesIn
                && responsesIn == theirResponsesOut;
    }

    function echo(uint256 x) internal pure returns (bytes memory) {
        return abi.encodeCall(Actor.echo, (x));
    }

    function resultOf(bytes memory result) internal pure returns (uint256) {
        bytes memory data = abi.decode(result, (bytes));
        return data.length == 32 ? abi.decode(data, (uint256)) : 0;
    }

    /// @dev Two calls of A to B, with two responses, made by two transactions.
    function twoCalls() internal returns (Leg memory first, Leg memory second) {
        first = firstLeg(A, B, 0, echo(1));
        handle(first);
        uint256 clock = secondClock();
        second = newLeg(A, B, nonceOf(clock, A, 0, 0, clock), 0, echo(2));
        handle(second);
    }

    /// @dev A's clock at its second call: the draft's does not look at responses.
    function secondClock() internal pure virtual returns (uint256);

    /// @dev The responses in the right order, each under the other's request.
    function swappedResponses() internal returns (bool settles) {
        (Leg memory first, Leg memory second) = twoCalls();
        (first.hash, second.hash) = (second.hash, first.hash);
        fill(first);
        fill(second);
        (first.hash, second.hash) = (second.hash, first.hash);
        mustTransact(A, 0, acts(act(first)));
        same(resultOf(actor[A].last()), 2, "the other's response");
        (bool success,) = transact(A, 0, acts(act(second)));
        return success && facing();
    }

    /// @dev The response filled after it was asked for.
    function missingResponse() internal returns (bool settles) {
        Leg memory leg = firstLeg(A, B, 0, echo(1));
        handle(leg);
        (bool success,) = transact(A, 0, acts(act(leg)));
        fill(leg);
        return success && resultOf(actor[A].last()) == 0 && noneWaits() && facing();
    }

    function noneWaits() private view returns (bool) {
        (uint32 responses,) = leftover(A);
        return responses == 0;
    }

    /// @dev The second response over the first one.
    function overwrittenResponse() internal returns (bool settles) {
        (Leg memory first, Leg memory second) = twoCalls();
        second.hash = first.hash;
        fill(first);
        (uint256[] memory ids, bytes32[] memory hashes, bytes[] memory responses) = one(second);
        on(A);
        vm.prank(Predeploys.SYSTEM);
        try bridge[A].fillResponsesIn(ids, hashes, responses) {}
        catch {
            return false;
        }
        mustTransact(A, 0, acts(act(first)));
        same(resultOf(actor[A].last()), 2, "the second response");
        second.hash = hashOf(second);
        mustTransact(A, 0, acts(act(second)));
        return facing();
    }

    /// @dev A writes what B says, and B writes what A says: a value that neither wrote first. Each is asked after it
    /// was written.
    function causalLoop(uint64 aClock, uint64 bClock) internal returns (bool settles) {
        Leg memory ask = firstLeg(A, B, 0, ASK);
        Leg memory tell = firstLeg(B, A, 0, ASK);
        ask.response = encodeResponse(true, bClock, abi.encode(uint256(1)));
        tell.response = encodeResponse(true, aClock, abi.encode(uint256(1)));
        bytes memory askResponse = ask.response;
        bytes memory tellResponse = tell.response;
        fill(ask);
        fill(tell);
        // each asks the other for its count and, on the answer 1, counts to 1
        mustTransact(A, 0, acts(act(ask), Actor.Act(address(actor[A]), 0, 0, false, echo(1))));
        mustTransact(B, 0, acts(act(tell), Actor.Act(address(actor[B]), 0, 0, false, echo(1))));
        if (!handles(tell) || !handles(ask)) return false;
        (aSaid, bSaid) = (clockOf(tell.response), clockOf(ask.response));
        bool told =
            keccak256(ask.response) == keccak256(askResponse) && keccak256(tell.response) == keccak256(tellResponse);
        return told && facing();
    }

    function clockOf(bytes memory response) private pure returns (uint64 clock) {
        assembly ("memory-safe") {
            clock := shr(192, mload(add(response, 0x21)))
        }
    }

    /// @dev The clocks of the responses that A and B gave in the last causalLoop.
    uint64 private aSaid;
    uint64 private bSaid;

    /// @dev The builder fills the clocks that the last attempt was answered with, until they fit. Without Lamport's rule
    /// they do at the second attempt: what a chain says does not depend on what it was told.
    function chasedLoop() internal returns (bool settles) {
        (uint64 a, uint64 b) = (2, 2);
        for (uint256 i = 0; i < 6; i++) {
            uint256 state = vm.snapshotState();
            if (causalLoop(a, b)) return true;
            (a, b) = (aSaid, bSaid);
            vm.revertToState(state);
        }
        return false;
    }

    function handles(Leg memory leg) private returns (bool) {
        try this.handled(leg) returns (bytes memory response) {
            leg.response = response;
            return true;
        } catch (bytes memory why) {
            same(bytes32(bytes4(why)), bytes32(IScopedBridge.RootOrder.selector), "root order");
            return false;
        }
    }

    function handled(Leg memory leg) external returns (bytes memory) {
        handle(leg);
        return leg.response;
    }

    /// @dev Two calls of L1 to A in one operation, their responses exchanged.
    function swappedOnL1() internal returns (ISharedBridge.Bundle memory b) {
        Leg memory first = firstLeg(L1, A, 0, echo(1));
        handle(first);
        uint256 clock = secondClock();
        Leg memory second = newLeg(L1, A, nonceOf(1, L1, 0, 0, clock), 0, echo(2));
        handle(second);
        b = newBundle();
        (first.hash, second.hash) = (second.hash, first.hash);
        addFill(b, first);
        addFill(b, second);
        (first.hash, second.hash) = (second.hash, first.hash);
        addActs(b, 0, acts(act(first), act(second)));
        seal(b, true, A);
    }

    /// @dev Between two parts of one scope on B, a part of another: a read torn by a trade.
    function tornRead() internal returns (bool settles) {
        Leg memory look = newLeg(A, B, nonceOf(1, A, 0, 0, 1), 0, ASK);
        Leg memory trade = newLeg(C, B, nonceOf(7, C, 0, 0, 7), 0, echo(1));
        Leg memory buy = newLeg(A, B, nonceOf(1, A, 0, 0, 9), 0, ASK);
        handle(look);
        handle(trade);
        on(B);
        vm.prank(Predeploys.SYSTEM);
        try bridge[B].handleScopedCall(buy.source, buy.from, buy.nonce, buy.request) {
            return true;
        } catch (bytes memory why) {
            same(bytes32(bytes4(why)), bytes32(IScopedBridge.RootOrder.selector), "root order");
            return false;
        }
    }
}

/// @notice With the draft's formulas the attacks work.
contract DraftTest is Attacks {
    function newShared() internal override returns (ISharedBridge) {
        return
            ISharedBridge(vm.deployCode("Harness.sol:DraftShared", abi.encode(address(this), registry, RETURN_LIMIT)));
    }

    function newRollup(address code, IRollupBridge.PeerConfig[] memory peers)
        internal
        override
        returns (IScopedBridge)
    {
        return IScopedBridge(
            vm.deployCode("Harness.sol:DraftRollup", abi.encode(uint64(L1), code, RETURN_LIMIT, peers))
        );
    }

    function secondClock() internal pure override returns (uint256) {
        return 2;
    }

    function testSwappedResponses() public {
        check(swappedResponses(), "settles");
    }

    function testMissingResponse() public {
        check(missingResponse(), "settles");
    }

    function testOverwrittenResponse() public {
        check(overwrittenResponse(), "settles");
    }

    function testCausalLoop() public {
        // there are no clocks: what each says of its own is what it is
        check(causalLoop(2, 2), "settles");
    }

    function testTornRead() public {
        check(tornRead(), "settles");
    }

    /// @dev On L1 too: swapped responses inside a bundle, settled.
    function testSwappedResponsesOnL1() public {
        execute(swappedOnL1());
        same(resultOf(actor[L1].last()), 1, "the other's response");
    }
}

/// @notice The bound leaf alone closes what mixes up responses. The leaf is the protocol's own, not a copy.
contract BoundLeafTest is Attacks {
    function newShared() internal override returns (ISharedBridge) {
        return
            ISharedBridge(
                vm.deployCode("Harness.sol:BoundLeafShared", abi.encode(address(this), registry, RETURN_LIMIT))
            );
    }

    function newRollup(address code, IRollupBridge.PeerConfig[] memory peers)
        internal
        override
        returns (IScopedBridge)
    {
        return IScopedBridge(
            vm.deployCode("Harness.sol:BoundLeafRollup", abi.encode(uint64(L1), code, RETURN_LIMIT, peers))
        );
    }

    function secondClock() internal pure override returns (uint256) {
        return 2;
    }

    function testSwappedResponses() public {
        check(!swappedResponses(), "lanes differ");
    }

    function testOverwrittenResponse() public {
        check(!overwrittenResponse(), "lanes differ");
    }

    function testSwappedResponsesOnL1() public {
        ISharedBridge.Bundle memory b = swappedOnL1();
        on(L1);
        (bool success, bytes memory why) = address(shared).call(abi.encodeCall(ISharedBridge.executeBundle, (b)));
        check(!success, "lanes differ");
        same(bytes32(bytes4(why)), bytes32(ISharedBridge.MailboxMismatch.selector), "by name");
    }

    function testCausalLoop() public {
        check(causalLoop(2, 2), "settles all the same");
    }
}

/// @notice Clocks close the causal loop without root order, which is needed for the torn read.
contract UnrootedTest is Attacks {
    function newRollup(address code, IRollupBridge.PeerConfig[] memory peers)
        internal
        override
        returns (IScopedBridge)
    {
        return IScopedBridge(
            vm.deployCode("Harness.sol:UnrootedRollup", abi.encode(uint64(L1), code, RETURN_LIMIT, peers))
        );
    }

    function secondClock() internal pure override returns (uint256) {
        return 5;
    }

    /// @dev For any clocks that the builder invents for the responses.
    function testCausalLoop(uint16 aClock, uint16 bClock) public {
        check(!causalLoop(aClock % 32, bClock % 32), "no clocks fit");
    }

    function testCausalLoopByChasing() public {
        check(!chasedLoop(), "no clocks fit");
    }

    function testTornRead() public {
        check(tornRead(), "settles");
    }
}

/// @notice With the protocol's formulas they do not.
contract ProtocolTest is Attacks {
    function secondClock() internal pure override returns (uint256) {
        return 5; // 1, answered at 3, received: 4
    }

    function testSwappedResponses() public {
        check(!swappedResponses(), "aborts");
    }

    function testMissingResponse() public {
        check(!missingResponse(), "aborts");
    }

    function testOverwrittenResponse() public {
        check(!overwrittenResponse(), "refused");
    }

    function testCausalLoop() public {
        check(!causalLoop(2, 2), "refused");
    }

    function testTornRead() public {
        check(!tornRead(), "refused");
    }

    function testSwappedResponsesOnL1() public {
        executeExpecting(swappedOnL1(), ISharedBridge.Fuse.selector);
    }
}
