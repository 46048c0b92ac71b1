// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IForcedQueue} from "../src/interfaces/IForcedQueue.sol";
import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {IRollupExit} from "../src/interfaces/IRollupExit.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {IL1TokenBridge} from "../src/interfaces/ITokenBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {ForcedEntry} from "../src/types/ForcedEntry.sol";
import {Actor} from "./Actor.sol";
import {Vm} from "./Vm.sol";
import {World} from "./World.sol";

interface IMintable {
    function mint(address to, uint256 amount) external;
    function approve(address spender, uint256 amount) external returns (bool);
}

/// @notice An indexer that sees logs of L1 and nothing else knows what every rollup owns there, what waits in every forced
/// queue, and what the token bridge owes.
contract EventsTest is World {
    IForcedQueue private queue;
    IL1TokenBridge private tokens;
    IMintable private token;

    // what the indexer has
    mapping(uint256 chainId => uint256) private escrow;
    mapping(uint256 chainId => uint256) private waiting;
    mapping(uint256 chainId => uint256) private taken;
    mapping(uint256 chainId => uint256) private enqueued;
    mapping(uint256 chainId => bytes32) private head;
    mapping(address token => uint256) private owed;

    uint256 private time;

    function setUp() public override {
        vm.recordLogs();
        super.setUp();
        on(L1);
        queue = shared.forcedQueue();
        // its bridge is this contract: what happens on the rollup is not looked at here
        tokens = IL1TokenBridge(
            vm.deployCode("L1TokenBridge.sol:L1TokenBridge", abi.encode(address(this), A, address(0x9ee4)))
        );
        token = IMintable(vm.deployCode("Token.sol:Token", abi.encode("Example", "EXM")));
        token.mint(address(this), 1000);
        token.approve(address(tokens), 1000);
    }

    // --- in place of SharedBridge, for the token bridge ---

    function scopedCall(uint256, address, ISharedBridge.ScopedRequest calldata)
        external
        payable
        returns (bytes memory)
    {
        return "";
    }

    function remoteAccount(uint256, address) external view returns (address) {
        return address(this);
    }

    // --- the indexer ---

    function index() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter == address(shared)) ofBridge(logs[i]);
            else if (logs[i].emitter == address(queue)) ofQueue(logs[i]);
            else if (logs[i].emitter == address(tokens)) ofTokens(logs[i]);
            else if (logs[i].emitter == shared.rollupExit()) ofExit(logs[i]);
        }
    }

    function ofBridge(Vm.Log memory l) private {
        uint256 id = l.topics.length > 1 ? uint256(l.topics[1]) : 0;
        if (l.topics[0] == ISharedBridge.RollupRegistered.selector) {
            (head[id],,, escrow[id]) = abi.decode(l.data, (bytes32, bytes32, bytes32, uint256));
        } else if (l.topics[0] == ISharedBridge.EscrowChanged.selector) {
            escrow[id] = abi.decode(l.data, (uint256));
        } else if (l.topics[0] == ISharedBridge.Settled.selector) {
            head[id] = l.topics[2];
        }
    }

    function ofQueue(Vm.Log memory l) private {
        uint256 id = uint256(l.topics[1]);
        if (l.topics[0] == IForcedQueue.Enqueued.selector) {
            (, uint256 value,) = abi.decode(l.data, (address, uint256, uint256));
            enqueued[id] = uint256(l.topics[2]) + 1;
            waiting[id] += value;
        } else if (l.topics[0] == IForcedQueue.Taken.selector) {
            uint256 value;
            (taken[id], value) = abi.decode(l.data, (uint256, uint256));
            waiting[id] -= value;
        } else {
            check(l.topics[0] == IForcedQueue.Refunded.selector, "an event of the queue");
            (, uint256 value) = abi.decode(l.data, (address, uint256));
            waiting[id] -= value;
        }
    }

    function ofTokens(Vm.Log memory l) private {
        address which = address(uint160(uint256(l.topics[1])));
        uint256 amount = abi.decode(l.data, (uint256));
        if (l.topics[0] == IL1TokenBridge.Deposited.selector) owed[which] += amount;
        else owed[which] -= amount;
    }

    function ofExit(Vm.Log memory l) private {
        if (l.topics[0] == IRollupExit.Exited.selector) escrow[uint256(l.topics[1])] -= abi.decode(l.data, (uint256));
    }

    function compare(string memory when) private {
        index();
        on(L1);
        uint256 escrows;
        uint256 waits;
        for (uint256 id = A; id <= C; id++) {
            ISharedBridge.Rollup memory r = shared.rollup(id);
            same(escrow[id], r.escrow, when);
            same(head[id], r.blockHash, when);
            (uint64 has, uint64 took) = queue.position(id);
            same(enqueued[id], has, when);
            same(taken[id], took, when);
            escrows += escrow[id];
            waits += waiting[id];
        }
        same(address(shared).balance, escrows, when);
        same(address(queue).balance, waits, when); // here an entry pays no fee: there is no base fee
        same(owed[address(token)], tokens.owed(address(token)), when);
    }

    // --- what happens ---

    function call(uint256 source, uint256 target, uint256 value) private {
        time += 20;
        Leg memory leg =
            newLeg(source, target, nonceOf(time + 1, source, 1, 0, time + 1), value, abi.encodeCall(Actor.echo, (1)));
        ISharedBridge.Bundle memory b = newBundle();
        if (target == L1) {
            leg.response = encodeResponse(true, time + 3, abi.encode(1));
            addInbound(b, leg);
        } else {
            handleWithoutLogs(leg, time + 3);
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
        for (uint256 id = A; id <= C; id++) {
            addTransition(b, id);
        }
        prove(b, source == L1 || target == L1);
        execute(b);
    }

    /// @dev As handle(), which reads the logs that the indexer wants.
    function handleWithoutLogs(Leg memory leg, uint256 clock) private {
        on(leg.target);
        vm.prank(Predeploys.SYSTEM);
        bridge[leg.target].handleScopedCall(leg.source, leg.from, leg.nonce, leg.request);
        leg.response = encodeResponse(true, clock, abi.encode(1));
    }

    function force(uint256 id, uint256 value) private {
        on(L1);
        vm.deal(address(this), 10 ether);
        queue.enqueueCall{value: value}(id, address(actor[id]), value, 300_000, "");
    }

    function takeNext(uint256 id) private {
        IRollupBridge rollup = IRollupBridge(address(bridge[id]));
        ForcedEntry memory entry = queue.entry(id, rollup.forcedCount());
        on(id);
        vm.prank(Predeploys.SYSTEM);
        rollup.takeForced(entry);
    }

    function testAnIndexerKnowsEveryBalance() public {
        compare("registered");
        call(L1, A, 3 ether);
        compare("a deposit");
        call(A, B, 2 ether);
        compare("between rollups");
        call(B, L1, 5 ether);
        compare("a payout");
        force(A, 1 ether);
        force(A, 2 ether);
        force(C, 1 ether);
        compare("forced, and not taken");
        takeNext(A);
        call(A, C, 0);
        compare("one of them taken");
        tokens.deposit(address(token), 700, user);
        tokens.release(address(token), user, 300);
        compare("tokens");
        vm.warp(block.timestamp + 8 days);
        shared.freezeRollup(A);
        queue.refund(A, 1, address(this));
        compare("refunded");
    }
}
