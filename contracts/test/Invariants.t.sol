// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IForcedQueue} from "../src/interfaces/IForcedQueue.sol";
import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {ForcedEntry} from "../src/types/ForcedEntry.sol";
import {Actor} from "./Actor.sol";
import {World} from "./World.sol";

/// @notice What holds after any sequence of calls, settlements and attempts at forgery, on L1 and three rollups. Forge
/// makes the sequences out of the functions of section "what happens"; the invariants are looked at after each of them.
/// The expected values are computed beside the chains: each lane as the fold of what was asked and answered, in order.
contract InvariantsTest is World {
    uint256 private constant ESCROW = 10 ether;

    uint256 private time; // every chain's clock is at most this
    mapping(uint256 chain => uint256) private owned; // wei, settled or not
    mapping(uint256 chain => mapping(uint256 peer => bytes32[4])) private lanes; // requests out, in, responses out, in
    bool private unsettled;

    mapping(uint256 chain => uint256) private forced; // wei that forced entries brought

    mapping(uint256 chain => uint256) private lastClock;
    mapping(uint256 chain => uint256) private lastRoot;
    uint256 private handled;
    uint256 private refused;
    uint256 private settlements;

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function setUp() public override {
        super.setUp();
        for (uint256 id = A; id <= C; id++) {
            owned[id] = ESCROW;
        }
    }

    function targetContracts() public view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(this);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory list) {
        list = new FuzzSelector[](1);
        list[0].addr = address(this);
        list[0].selectors = new bytes4[](7);
        list[0].selectors[0] = this.callOnce.selector;
        list[0].selectors[1] = this.callBack.selector;
        list[0].selectors[2] = this.settleAll.selector;
        list[0].selectors[3] = this.intrude.selector;
        list[0].selectors[4] = this.forge.selector;
        list[0].selectors[5] = this.overdraw.selector;
        list[0].selectors[6] = this.force.selector;
    }

    // --- what happens ---

    /// @notice One call from any chain to any other, that succeeds or fails. One with L1 settles at once.
    function callOnce(uint256 source, uint256 target, uint256 value, bool succeeds) external {
        (source, target) = pair(source, target);
        value %= (source == L1 ? 3 ether : owned[source]) + 1;
        Leg memory leg = newCall(source, target, value, succeeds);
        ISharedBridge.Bundle memory b = newBundle();
        make(b, leg, succeeds);
        kept(leg, succeeds);
        if (source == L1 || target == L1) settle(b, true);
        else unsettled = true;
        (bool success,) = abi.decode(actor[source].last(), (bool, bytes));
        check(success == succeeds, "the response is the target's");
    }

    /// @notice A rollup calls another, which calls back into the middle of it; both with value.
    function callBack(uint256 source, uint256 target, uint256 out, uint256 back) external {
        source = A + source % 3;
        target = A + (source - A + 1 + target % 2) % 3;
        out %= owned[source] + 1;
        back %= out + 1;
        uint256 t = tick();
        Leg memory inner = newLeg(target, source, nonceOf(t + 1, source, 0, 1, t + 3), back, echo());
        inner.response = encodeResponse(true, t + 5, abi.encode(7));
        Leg memory outer = newLeg(source, target, nonceOf(t + 1, source, 0, 0, t + 1), out, acts(act(inner)));
        outer.request.gasLimit = 3_000_000;
        outer.hash = hashOf(outer);
        fill(inner);
        handle(outer);
        begin(source, t);
        fill(outer);
        IScopedBridge.Inbound[] memory inbound = new IScopedBridge.Inbound[](1);
        bytes32[] memory leaves = new bytes32[](1);
        (inbound[0], leaves[0]) = (inboundOf(inner), leafOf(inner));
        vm.prank(Predeploys.SYSTEM);
        bridge[source].fillNestedCalls(outer.hash, inbound, leaves);
        mustTransact(source, out, acts(act(outer)));
        // responses are filled ahead of the calls that they answer, so each lane has its own order
        mix(source, target, 0, outer.hash);
        mix(source, target, 1, inner.hash);
        mix(source, target, 2, leafOf(inner));
        mix(source, target, 3, leafOf(outer));
        mix(target, source, 0, inner.hash);
        mix(target, source, 1, outer.hash);
        mix(target, source, 2, leafOf(outer));
        mix(target, source, 3, leafOf(inner));
        owned[source] = owned[source] + back - out;
        owned[target] = owned[target] + out - back;
        (handled, unsettled) = (handled + 2, true);
    }

    /// @notice Settles all rollups.
    function settleAll() external {
        settle(newBundle(), false);
    }

    /// @notice Any account calls a system function on any chain, and a user's function at the wrong time.
    function intrude(address who, uint256 id, uint256 which, uint256 word) external {
        id = chain(id);
        if (who == Predeploys.SYSTEM || who == address(bridge[id])) return;
        IScopedCallable.ScopedRequest memory request =
            IScopedCallable.ScopedRequest(address(actor[id]), 0, 100_000, echo());
        uint256[] memory words = new uint256[](1);
        words[0] = A + word % 3;
        bytes[] memory calls = new bytes[](7);
        calls[0] = abi.encodeCall(IScopedCallable.handleScopedCall, (words[0], who, word, request));
        calls[1] = abi.encodeCall(IScopedCallable.fillResponsesIn, (words, new bytes32[](1), new bytes[](1)));
        calls[2] = abi.encodeCall(
            IScopedBridge.fillNestedCalls, (bytes32(word), new IScopedBridge.Inbound[](0), new bytes32[](0))
        );
        calls[3] = abi.encodeCall(IScopedBridge.openScope, (uint64(word)));
        calls[4] = abi.encodeCall(ISharedBridge.openBundle, (words));
        calls[5] = abi.encodeCall(ISharedBridge.addCredit, (words[0], word));
        // on L1 outside of a bundle, on a rollup without a response
        calls[6] = abi.encodeCall(IScopedCallable.scopedCall, (id == A ? B : A, who, request));
        on(id);
        vm.prank(who);
        (bool success,) = address(bridge[id]).call{gas: 3_000_000}(calls[which % 7]);
        check(!success, "an intrusion succeeded");
        refused++;
    }

    /// @notice An honest call from L1, and a bundle that says something else of it, attested.
    function forge(uint256 target, uint256 value, uint256 how, uint256 word) external {
        target = A + target % 3;
        Leg memory leg = newCall(L1, target, value % 3 ether, true);
        uint256 state = vm.snapshotState();
        handle(leg);
        ISharedBridge.Bundle memory b = newBundle();
        how %= 5;
        if (how == 1) leg.response[word % leg.response.length] ^= bytes1(uint8(1 + word % 255));
        if (how != 0) addFill(b, leg); // 0: the response is missing
        if (how == 2) addFill(b, newCallLike(leg, word)); // a response too many
        addActs(b, leg.request.value, acts(tryAct(leg, 1)));
        b.steps[0].floor = uint64(time);
        if (how == 3) addInbound(b, newCall(target, L1, 0, true)); // a call that no chain made
        addAll(b);
        if (how == 4) b.transitions[target - A].mailboxes[0].requestsIn ^= bytes32(uint256(1 + word % 255));
        prove(b, true);
        on(L1);
        try shared.executeBundle(b) {
            check(false, "a forged bundle settled");
        } catch {
            vm.revertToState(state);
            syncNonce();
        }
        refused++;
    }

    /// @notice A rollup pays more on L1 than it owns.
    function overdraw(uint256 source, uint256 more) external {
        source = A + source % 3;
        uint256 value = owned[source] + 1 + more % 1 ether;
        Leg memory leg = newCall(source, L1, value, true);
        uint256 state = vm.snapshotState();
        ISharedBridge.Bundle memory b = newBundle();
        make(b, leg, true);
        addAll(b);
        prove(b, true);
        on(L1);
        try shared.executeBundle(b) {
            check(false, "more than the rollup owns");
        } catch (bytes memory why) {
            same(bytes32(bytes4(why)), bytes32(ISharedBridge.Escrow.selector), "refused for its escrow");
            vm.revertToState(state);
        }
        refused++;
    }

    /// @notice An account of L1 forces a call with value, which succeeds or fails, and perhaps another behind it.
    function force(uint256 id, uint256 value, bool succeeds, bool again) external {
        id = A + id % 3;
        value %= 3 ether;
        on(L1);
        IForcedQueue queue = shared.forcedQueue();
        bytes memory data = succeeds ? echo() : abi.encodeCall(Actor.fail, ("no"));
        for (uint256 i = 0; i < (again ? 2 : 1); i++) {
            on(L1);
            vm.deal(address(this), address(this).balance + value);
            uint64 index = queue.enqueueCall{value: value}(id, address(actor[id]), value, 300_000, data);
            ForcedEntry memory entry = queue.entry(id, index);
            on(id);
            vm.prank(Predeploys.SYSTEM);
            IRollupBridge(address(bridge[id])).takeForced(entry);
            owned[id] += value;
            forced[id] += value;
        }
        settle(newBundle(), false);
    }

    // --- what holds ---

    /// @notice Every lane is the fold of what was asked and answered, and nothing else ever enters it.
    function invariant_lanes() public {
        for (uint256 i = 0; i < 4; i++) {
            for (uint256 j = 0; j < 4; j++) {
                if (i == j) continue;
                bytes32[4] memory want = lanes[chain(i)][chain(j)];
                on(chain(i));
                // reverts when a response waits
                (bytes32 out, bytes32 in_, bytes32 theirResponsesOut, bytes32 theirResponsesIn) =
                    bridge[chain(i)].getMailboxHashes(chain(j));
                check(out == want[0] && in_ == want[1], "requests");
                check(theirResponsesOut == want[2] && theirResponsesIn == want[3], "responses");
            }
        }
    }

    /// @notice What circulates on a rollup is what calls brought and did not take away; the bridge on L1 holds the
    /// escrows and nothing else; settled, an escrow is what circulates.
    function invariant_ethIsConserved() public {
        uint256 escrows;
        for (uint256 id = A; id <= C; id++) {
            on(id);
            uint256 brought;
            uint256 taken;
            for (uint256 i = 0; i < 4; i++) {
                (uint128 valueOut, uint128 valueIn) = bridge[id].valueCounters(chain(i));
                brought += valueIn;
                taken += valueOut;
            }
            brought += forced[id];
            same(address(bridge[id]).balance + brought, SUPPLY + taken, "circulation");
            same(ESCROW + brought - taken, owned[id], "what the rollup owns");
            on(L1);
            uint256 escrow = shared.rollup(id).escrow;
            escrows += escrow;
            if (!unsettled) same(escrow, owned[id], "escrow");
        }
        same(address(shared).balance, escrows, "the bridge holds the escrows");
        same(address(shared.forcedQueue()).balance, 0, "the queue holds the value of entries that were not taken");
    }

    /// @notice Clocks and roots never fall.
    function invariant_clocks() public {
        for (uint256 id = A; id <= C; id++) {
            on(id);
            (uint64 clock, uint128 root) = bridge[id].scopeClock();
            check(clock >= lastClock[id] && root >= lastRoot[id], "fell");
            check(clock >= root >> 64, "a clock is not behind its root");
            (lastClock[id], lastRoot[id]) = (clock, root);
            on(L1);
            uint256 with = shared.rollup(id).clockWith;
            check(with >= lastClock[id + 1000], "L1's clock fell");
            lastClock[id + 1000] = with;
        }
    }

    /// @notice Nothing is left open: no response, no queue, no acting account, no bundle.
    function invariant_nothingIsOpen() public {
        for (uint256 id = A; id <= C; id++) {
            on(id);
            (uint32 responses, uint32 queues) = leftover(id);
            check(responses == 0 && queues == 0, "left over");
            same(bridge[id].acting(), address(0), "acting");
        }
        on(L1);
        same(shared.acting(), address(0), "acting on L1");
        Leg memory leg = newLeg(L1, A, 0, 0, "");
        vm.expectRevert(ISharedBridge.OutsideBundle.selector);
        shared.scopedCall(A, address(this), leg.request);
    }

    /// @notice The sequences are not empty ones.
    function afterInvariant() public view {
        check(handled != 0 && refused != 0 && settlements != 0, "a run in which nothing happens");
    }

    // --- parts ---

    function chain(uint256 i) private pure returns (uint256) {
        return i % 4 == 3 ? L1 : A + i % 4;
    }

    function pair(uint256 i, uint256 j) private pure returns (uint256, uint256) {
        return (chain(i), chain(i % 4 + 1 + j % 3));
    }

    function echo() private pure returns (bytes memory) {
        return abi.encodeCall(Actor.echo, (7));
    }

    function tick() private returns (uint256) {
        return time += 20;
    }

    function newCall(uint256 source, uint256 target, uint256 value, bool succeeds) private returns (Leg memory) {
        uint256 t = tick();
        bytes memory data = succeeds ? echo() : abi.encodeCall(Actor.fail, ("no"));
        return newLeg(source, target, nonceOf(t + 1, source, 1, 0, t + 1), value, data);
    }

    function newCallLike(Leg memory leg, uint256 word) private view returns (Leg memory other) {
        other = newLeg(leg.source, leg.target, word, 0, "");
        other.response = leg.response;
    }

    function begin(uint256 id, uint256 clock) private {
        on(id);
        vm.prank(Predeploys.SYSTEM);
        bridge[id].openScope(uint64(clock));
    }

    /// @dev Handles the call on its target and makes it on its source; what happens on L1 goes into the bundle.
    function make(ISharedBridge.Bundle memory b, Leg memory leg, bool succeeds) private {
        if (leg.target == L1) {
            leg.response = encodeResponse(succeeds, time + 3, succeeds ? abi.encode(7) : bytes("no"));
            addInbound(b, leg);
        } else {
            handle(leg);
        }
        if (leg.source == L1) {
            addFill(b, leg);
            addActs(b, leg.request.value, acts(tryAct(leg, 1)));
            b.steps[0].floor = uint64(time);
        } else {
            begin(leg.source, time);
            fill(leg);
            mustTransact(leg.source, leg.request.value, acts(tryAct(leg, 1)));
        }
    }

    function kept(Leg memory leg, bool succeeds) private {
        bytes32 leaf = leafOf(leg);
        mix(leg.source, leg.target, 0, leg.hash);
        mix(leg.source, leg.target, 3, leaf);
        mix(leg.target, leg.source, 1, leg.hash);
        mix(leg.target, leg.source, 2, leaf);
        handled++;
        if (!succeeds) return;
        if (leg.source != L1) owned[leg.source] -= leg.request.value;
        if (leg.target != L1) owned[leg.target] += leg.request.value;
    }

    function mix(uint256 id, uint256 peer, uint256 lane, bytes32 leaf) private {
        lanes[id][peer][lane] = keccak256(abi.encode(lanes[id][peer][lane], leaf));
    }

    function addAll(ISharedBridge.Bundle memory b) private {
        for (uint256 id = A; id <= C; id++) {
            addTransition(b, id);
        }
    }

    function settle(ISharedBridge.Bundle memory b, bool touchesL1) private {
        addAll(b);
        prove(b, touchesL1);
        execute(b);
        (settlements, unsettled) = (settlements + 1, false);
    }
}
