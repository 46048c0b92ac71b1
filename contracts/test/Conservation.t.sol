// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {Actor} from "./Actor.sol";
import {World} from "./World.sol";

/// @notice ETH is conserved over all chains, for any sequence of calls: after each settlement every escrow equals what
/// circulates, and the bridge on L1 holds the escrows and nothing else.
contract ConservationTest is World {
    uint256 private constant ESCROW = 10 ether;
    uint256 private time;

    /// forge-config: default.fuzz.runs = 16
    function testConservation(uint256 seed) public {
        for (uint256 round = 0; round < 10; round++) {
            seed = uint256(keccak256(abi.encode(seed, round)));
            uint256 source = chain(seed % 4);
            uint256 target = chain((seed % 4 + 1 + (seed >> 8) % 3) % 4);
            uint256 value = (seed >> 16) % 3 == 0 ? 0 : (seed >> 32) % 4 ether;
            one(source, target, value, (seed >> 24) % 4 != 0);
            holds();
        }
    }

    function chain(uint256 i) private pure returns (uint256) {
        return i == 3 ? L1 : A + i;
    }

    /// @dev One call that succeeds or fails, settled by all rollups or refused for want of escrow.
    function one(uint256 source, uint256 target, uint256 value, bool succeeds) private {
        time += 10;
        bytes memory data = succeeds ? abi.encodeCall(Actor.echo, (1)) : abi.encodeCall(Actor.fail, ("no"));
        Leg memory leg = newLeg(source, target, nonceOf(time + 1, source, 1, 0, time + 1), value, data);
        uint256 state = vm.snapshotState();
        ISharedBridge.Bundle memory b = newBundle();
        if (target == L1) {
            leg.response =
                succeeds ? encodeResponse(true, time + 3, abi.encode(1)) : encodeResponse(false, time + 3, "no");
            addInbound(b, leg);
        } else {
            handle(leg);
        }
        if (source == L1) {
            addFill(b, leg);
            addActs(b, value, acts(tryAct(leg, 1)));
            b.steps[0].floor = uint64(time);
        } else {
            on(source);
            vm.prank(Predeploys.SYSTEM);
            bridge[source].openScope(uint64(time));
            fill(leg);
            mustTransact(source, value, acts(tryAct(leg, 1)));
        }
        addTransition(b, A);
        addTransition(b, B);
        addTransition(b, C);
        prove(b, source == L1 || target == L1);
        on(L1);
        // On L1 the target is paid before it answers; between rollups a call that fails moves nothing.
        bool pays = source != L1 && (succeeds || target == L1);
        if (pays && shared.rollup(source).escrow < value) {
            executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Escrow.selector, source));
            vm.revertToState(state);
        } else {
            execute(b);
            bool success;
            (success,) = abi.decode(actor[source].last(), (bool, bytes));
            check(success == succeeds, "the response is the target's");
        }
    }

    function holds() private view {
        uint256 escrows;
        for (uint256 id = A; id <= C; id++) {
            uint256 escrow = shared.rollup(id).escrow;
            escrows += escrow;
            same(escrow + address(bridge[id]).balance, ESCROW + SUPPLY, "escrow equals what circulates");
        }
        same(address(shared).balance, escrows, "the bridge holds the escrows");
    }
}
