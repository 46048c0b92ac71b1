// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IForcedQueue} from "../src/interfaces/IForcedQueue.sol";
import {IQuorumVerifier} from "../src/interfaces/IQuorumVerifier.sol";
import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {ForcedEntry} from "../src/types/ForcedEntry.sol";
import {Actor} from "./Actor.sol";
import {RollupWorld} from "./RollupWorld.sol";

/// @notice Takes ETH, or enters the queue again while it is paid.
contract Payee {
    address public target;
    bytes public data;
    bool public refuses;

    function set(address target_, bytes calldata data_, bool refuses_) external {
        (target, data, refuses) = (target_, data_, refuses_);
    }

    function send(address to, bytes calldata input) external payable {
        (bool success, bytes memory result) = to.call{value: msg.value}(input);
        if (!success) {
            assembly {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    receive() external payable {
        require(!refuses, "refused");
        if (target != address(0)) {
            (bool success,) = target.call(data);
            require(!success, "entered again");
        }
    }
}

/// @notice Forced inclusion (docs/protocol.md section 14). The test is the builder of the rollups, honest or not.
contract ForcedTest is RollupWorld {
    uint256 private constant WINDOW = 1800;
    uint256 private constant BLOCK_GAS = 4_000_000;
    uint256 private constant ENTRY_GAS = 200_000;

    IForcedQueue private queue_;
    address private payer = address(0xcafe);
    bytes private envelope = hex"02c0"; // L1 does not read it

    function setUp() public override {
        super.setUp();
        queue_ = shared.forcedQueue();
        vm.deal(payer, 1000 ether);
        vm.fee(1 gwei);
    }

    // --- what users do ---

    function feeOf(uint256 gasLimit, uint256 size) private view returns (uint256) {
        return (gasLimit + ENTRY_GAS + 100 * size) * block.basefee;
    }

    function forceTx(uint256 id, uint256 gasLimit) private returns (ForcedEntry memory) {
        on(L1);
        uint256 fee = feeOf(gasLimit, envelope.length);
        vm.prank(payer);
        queue_.enqueueTransaction{value: fee}(id, gasLimit, envelope);
        return ForcedEntry(address(0), address(0), 0, gasLimit, envelope);
    }

    function forceCall(uint256 id, address to, uint256 value, uint256 gasLimit, bytes memory data)
        private
        returns (ForcedEntry memory)
    {
        on(L1);
        uint256 fee = feeOf(gasLimit, data.length);
        vm.prank(payer);
        queue_.enqueueCall{value: value + fee}(id, to, value, gasLimit, data);
        return ForcedEntry(payer, to, value, gasLimit, data);
    }

    function forceEcho(uint256 id, uint256 value) private returns (ForcedEntry memory) {
        return forceCall(id, address(actor[id]), value, 300_000, echo());
    }

    function fillQueue(uint256 id, uint256 entries) private {
        for (uint256 i = 0; i < entries; i++) {
            forceTx(id, BLOCK_GAS - ENTRY_GAS - 100 * envelope.length);
            height[L1]++;
        }
    }

    // --- what the rollup does ---

    /// @dev The system transaction that takes an entry.
    function take(uint256 id, ForcedEntry memory e) private {
        on(id);
        system();
        rollup(id).takeForced(e);
    }

    function takeAll(uint256 id, uint256 count) private {
        for (uint256 i = rollup(id).forcedCount(); i < count; i++) {
            ForcedEntry memory e = queue_.entry(id, i);
            take(id, e);
        }
    }

    function settle(uint256 id) private {
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, id);
        execute(b);
    }

    function settleExpecting(uint256 id, bytes memory problem) private {
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, id);
        executeExpecting(b, problem);
    }

    function overdue(uint256 id, uint256 index) private view returns (bytes memory) {
        return abi.encodeWithSelector(IForcedQueue.Overdue.selector, id, index, queue_.dueBlock(id, index));
    }

    function wrongSignature() private view returns (bytes memory) {
        return abi.encodeWithSelector(IQuorumVerifier.WrongSignature.selector, vm.addr(proverKeys[0]));
    }

    function remoteOfPayer(uint256 id) private returns (address) {
        on(id);
        return bridge[id].remoteAccount(L1, payer);
    }

    // --- the queue ---

    function testEntriesAreStored() public {
        ForcedEntry memory first = forceTx(A, 100_000);
        ForcedEntry memory second = forceEcho(A, 1 ether);
        ForcedEntry memory other = forceTx(B, 50_000);
        same(keccak256(abi.encode(queue_.entry(A, 0))), keccak256(abi.encode(first)), "first entry");
        same(keccak256(abi.encode(queue_.entry(A, 1))), keccak256(abi.encode(second)), "second entry");
        same(keccak256(abi.encode(queue_.entry(B, 0))), keccak256(abi.encode(other)), "other rollup's entry");
        (uint64 enqueued, uint64 taken) = queue_.position(A);
        same(enqueued, 2, "enqueued");
        same(taken, 0, "taken");
        same(queue_.dueBlock(A, 1), height[L1] + WINDOW, "due");
        // the chain, by hand
        bytes32 leaf0 = keccak256(abi.encode(address(0), address(0), uint256(0), uint256(100_000), keccak256(envelope)));
        bytes32 leaf1 =
            keccak256(abi.encode(payer, address(actor[A]), uint256(1 ether), uint256(300_000), keccak256(echo())));
        bytes32 chain = keccak256(abi.encode(keccak256(abi.encode(bytes32(0), leaf0)), leaf1));
        same(queue_.hashAt(A, 2), chain, "hash chain");
    }

    function testTheLongestEntry() public {
        envelope = new bytes(24_000);
        ForcedEntry memory e = forceTx(A, 1_000_000);
        same(keccak256(abi.encode(queue_.entry(A, 0))), keccak256(abi.encode(e)), "longest entry");
        vm.expectRevert(IForcedQueue.DataTooLong.selector);
        queue_.enqueueTransaction{value: 1 ether}(A, 1_000_000, new bytes(24_001));
    }

    /// @dev Isolated transactions have no base fee.
    /// forge-config: default.isolate = false
    function testTheFeeIsThePriceOfL1Gas() public {
        uint256 fee = feeOf(100_000, envelope.length);
        vm.expectRevert(abi.encodeWithSelector(IForcedQueue.Underpaid.selector, fee));
        queue_.enqueueTransaction{value: fee - 1}(A, 100_000, envelope);
        vm.expectRevert(abi.encodeWithSelector(IForcedQueue.Underpaid.selector, 1 ether + fee));
        queue_.enqueueCall{value: fee + 1 ether - 1}(A, address(1), 1 ether, 100_000, envelope);
        vm.expectRevert(abi.encodeWithSelector(IForcedQueue.Underpaid.selector, type(uint256).max));
        queue_.enqueueCall{value: fee}(A, address(1), type(uint256).max, 100_000, envelope);
        // what is too much comes back
        uint256 before = payer.balance;
        vm.prank(payer);
        queue_.enqueueTransaction{value: 1 ether}(A, 100_000, envelope);
        same(before - payer.balance, fee, "fee");
    }

    function testABlockOfL1AddsABoundedAmount() public {
        forceTx(A, 1_000_000);
        forceTx(A, 1_000_000);
        uint256 left = BLOCK_GAS - 2 * (1_000_000 + ENTRY_GAS + 100 * envelope.length);
        vm.expectRevert(abi.encodeWithSelector(IForcedQueue.QueueFull.selector, left));
        queue_.enqueueTransaction{value: 1 ether}(A, 1_500_000, envelope);
        vm.expectRevert(abi.encodeWithSelector(IForcedQueue.QueueFull.selector, left));
        queue_.enqueueTransaction{value: 1 ether}(A, type(uint256).max, envelope);
        forceTx(B, 3_000_000); // another rollup's queue
        height[L1]++;
        forceTx(A, 3_000_000);
    }

    function testOnlyForRollupsThatSettle() public {
        vm.expectRevert(abi.encodeWithSelector(IForcedQueue.NotOpen.selector, 77));
        queue_.enqueueTransaction{value: 1 ether}(77, 100_000, envelope);
        vm.warp(block.timestamp + 8 days);
        shared.freezeRollup(A);
        vm.expectRevert(abi.encodeWithSelector(IForcedQueue.NotOpen.selector, A));
        queue_.enqueueCall{value: 1 ether}(A, address(1), 0, 100_000, "");
    }

    // --- settlement ---

    function testACensoringBuilderIsOverdue() public {
        forceTx(A, 100_000);
        settle(A); // young: it may wait
        height[L1] = queue_.dueBlock(A, 0);
        settle(A); // the last block in which it may
        settleExpecting(A, overdue(A, 0));
        settle(B); // another rollup
        takeAll(A, 1);
        settle(A);
        (, uint64 taken) = queue_.position(A);
        same(taken, 1, "taken");
    }

    function testTheFirstLeftCounts() public {
        forceTx(A, 100_000);
        height[L1] += 10;
        forceTx(A, 100_000);
        takeAll(A, 1);
        settle(A);
        height[L1] = queue_.dueBlock(A, 0) + 1;
        settle(A); // the second is not due
        height[L1] = queue_.dueBlock(A, 1) + 1;
        settleExpecting(A, overdue(A, 1));
    }

    /// @dev A queue that was filled while the builder was away does not stop the rollup: it settles as long as it works.
    function testAFullQueueDoesNotStopARollup() public {
        fillQueue(A, 5);
        height[L1] += WINDOW + 1;
        takeAll(A, 1);
        settleExpecting(A, overdue(A, 1)); // too little
        takeAll(A, 2);
        settle(A);
        settleExpecting(A, overdue(A, 2)); // again nothing
        takeAll(A, 4);
        settle(A);
        takeAll(A, 5);
        settle(A);
    }

    function testWhatIsTakenIsTheQueue() public {
        ForcedEntry memory first = forceTx(A, 100_000);
        ForcedEntry memory second = forceEcho(A, 0);
        // entries in another order, one edited, one invented: the state's hash is not the queue's
        for (uint256 i = 0; i < 4; i++) {
            uint256 snapshot = vm.snapshotState();
            if (i == 0) (first, second) = (second, first);
            if (i == 1) first.gasLimit--;
            if (i == 2) second.to = address(1);
            if (i == 3) second.from = address(user);
            take(A, first);
            take(A, second);
            ISharedBridge.Bundle memory b = newBundle();
            seal(b, false, A);
            executeExpecting(b, wrongSignature());
            vm.revertToState(snapshot);
            (first, second) = (queue_.entry(A, 0), queue_.entry(A, 1));
        }
        take(A, first);
        take(A, second);
        settle(A);
    }

    function testACountThatIsNotTheStates() public {
        forceTx(A, 100_000);
        takeAll(A, 1);
        settle(A);
        forceTx(A, 100_000);
        // nothing was taken, and L1 is told that something was; and the other way round
        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        prove(b, false);
        b.transitions[0].forcedCount = 2;
        executeExpecting(b, wrongSignature());
        b.transitions[0].forcedCount = 0;
        executeExpecting(b, abi.encodeWithSelector(IForcedQueue.BadCount.selector, A, 0));
        b.transitions[0].forcedCount = 3;
        executeExpecting(b, abi.encodeWithSelector(IForcedQueue.BadCount.selector, A, 3));
        takeAll(A, 2);
        b = newBundle();
        addTransition(b, A);
        prove(b, false);
        b.transitions[0].forcedCount = 1;
        executeExpecting(b, wrongSignature());
    }

    function testOnlyTheBridgeTakes() public {
        forceTx(A, 100_000);
        vm.expectRevert(IForcedQueue.OnlyBridge.selector);
        queue_.take(A, 1);
        vm.expectRevert(ISharedBridge.OnlyForcedQueue.selector);
        shared.noteForced(A);
        vm.expectRevert(ISharedBridge.OnlyForcedQueue.selector);
        (bool sent,) = address(shared).call{value: 1}("");
        check(sent, "the call reverted as expected");
    }

    // --- value ---

    function testValueBecomesEscrowWhenItIsTaken() public {
        uint256 before = shared.rollup(A).escrow;
        forceEcho(A, 3 ether);
        settle(A);
        same(shared.rollup(A).escrow, before, "not escrow yet");
        takeAll(A, 1);
        settle(A);
        same(shared.rollup(A).escrow, before + 3 ether, "escrow");
        same(address(actor[A]).balance, 3 ether, "what the call carried");
        forceEcho(A, 1 ether);
        forceTx(A, 100_000);
        forceEcho(A, 2 ether);
        takeAll(A, 4);
        settle(A);
        same(shared.rollup(A).escrow, before + 6 ether, "escrow of three entries");
        same(
            address(shared).balance,
            shared.rollup(A).escrow + shared.rollup(B).escrow + shared.rollup(C).escrow,
            "the bridge holds every escrow"
        );
    }

    function testValueOfAFailedCallStaysInTheRemoteAccount() public {
        address remote = remoteOfPayer(A);
        forceCall(A, address(actor[A]), 2 ether, 300_000, hex"deadbeef");
        forceCall(A, Predeploys.L1_CONTEXT, 1 ether, 300_000, ""); // forbidden
        forceCall(A, address(bridge[A]), 4 ether, 300_000, ""); // forbidden
        takeAll(A, 3);
        on(A);
        same(remote.balance, 7 ether, "value of failed calls");
        settle(A);
        // and its owner spends it by a forced call
        IScopedAccount.Call[] memory calls = new IScopedAccount.Call[](1);
        calls[0] = IScopedAccount.Call(address(0xfee), 5 ether, "");
        bytes memory batch =
            abi.encodeWithSignature("execute(bytes32,bytes)", bytes32(uint256(1) << 248), abi.encode(calls));
        forceCall(A, remote, 0, 300_000, batch);
        takeAll(A, 4);
        on(A);
        same(remote.balance, 2 ether, "left in the remote account");
        same(address(0xfee).balance, 5 ether, "spent");
    }

    function testRefundsOfAFrozenRollup() public {
        forceEcho(A, 1 ether);
        forceEcho(A, 2 ether);
        forceTx(A, 100_000);
        takeAll(A, 1);
        settle(A);
        vm.startPrank(payer);
        vm.expectRevert(abi.encodeWithSelector(IForcedQueue.NotFrozen.selector, A));
        queue_.refund(A, 1, payer);
        vm.warp(block.timestamp + 8 days);
        shared.freezeRollup(A);
        uint256 before = payer.balance;
        queue_.refund(A, 1, payer);
        same(payer.balance, before + 2 ether, "refund");
        bytes4 refused = IForcedQueue.NotRefundable.selector;
        vm.expectRevert(abi.encodeWithSelector(refused, A, 1)); // twice
        queue_.refund(A, 1, payer);
        vm.expectRevert(abi.encodeWithSelector(refused, A, 0)); // it was taken
        queue_.refund(A, 0, payer);
        vm.expectRevert(abi.encodeWithSelector(refused, A, 2)); // it has no value, and no owner
        queue_.refund(A, 2, payer);
        vm.expectRevert(abi.encodeWithSelector(refused, A, 3)); // it is not there
        queue_.refund(A, 3, payer);
        vm.stopPrank();
    }

    function testARefundIsItsOwners() public {
        forceEcho(A, 1 ether);
        vm.warp(block.timestamp + 8 days);
        shared.freezeRollup(A);
        vm.expectRevert(abi.encodeWithSelector(IForcedQueue.NotRefundable.selector, A, 0));
        queue_.refund(A, 0, address(this));
    }

    function testARefundIsNotEnteredAgain() public {
        Payee payee = new Payee();
        vm.fee(0);
        bytes memory data =
            abi.encodeCall(IForcedQueue.enqueueCall, (A, address(actor[A]), 1 ether, 300_000, bytes("")));
        vm.deal(address(this), 10 ether);
        payee.set(address(queue_), abi.encodeCall(IForcedQueue.refund, (A, 0, address(payee))), false);
        payee.send{value: 1 ether + feeOf(300_000, 0)}(address(queue_), data);
        payee.send{value: 1 ether + feeOf(300_000, 0)}(address(queue_), data);
        vm.warp(block.timestamp + 8 days);
        shared.freezeRollup(A);
        payee.send(address(queue_), abi.encodeCall(IForcedQueue.refund, (A, 0, address(payee))));
        same(address(payee).balance, 1 ether, "one refund");
    }

    function testAReturnThatIsRefused() public {
        Payee payee = new Payee();
        payee.set(address(0), "", true);
        bytes memory data = abi.encodeCall(IForcedQueue.enqueueTransaction, (A, 100_000, envelope));
        vm.expectRevert(IForcedQueue.ReturnRefused.selector);
        payee.send{value: 1 ether}(address(queue_), data);
    }

    // --- on the rollup ---

    function testOnlySystemTakes() public {
        on(A);
        vm.expectRevert(IRollupBridge.OnlySystem.selector);
        rollup(A).takeForced(ForcedEntry(payer, address(1), 0, 21_000, ""));
    }

    function testACallIsItsAccounts() public {
        forceEcho(A, 0);
        takeAll(A, 1);
        on(A);
        same(actor[A].sender(), remoteOfPayer(A), "caller");
    }

    /// @dev What is called makes a scoped call, or looks at another chain: both are refused like any call of a leaf, and
    /// nothing aborts. Otherwise an entry could make every block invalid.
    function testAForcedCallMakesNoScopedCall() public {
        Leg memory leg = newLeg(A, B, 0, 0, echo());
        bytes memory looks = abi.encodeCall(IScopedBridge.scopedStaticCall, (B, address(actor[A]), leg.request));
        bytes[3] memory data = [
            acts(caught(act(leg))),
            acts(caught(tryAct(leg, 0))),
            acts(caught(Actor.Act(address(bridge[A]), 0, 0, false, looks)))
        ];
        vm.expectCall(Predeploys.ABORT, "", 0);
        for (uint256 i = 0; i < 3; i++) {
            forceCall(A, address(actor[A]), 0, 2_000_000, data[i]);
            height[L1]++;
            takeAll(A, i + 1);
            same(actor[A].last(), abi.encodeWithSelector(IScopedBridge.NestingForbidden.selector), "error");
        }
    }

    function testTheTargetGetsItsGas() public {
        ForcedEntry memory e = forceEcho(A, 0);
        on(A);
        uint256 snapshot = vm.snapshotState();
        bool some;
        for (uint256 gas_ = 200_000; gas_ < 800_000; gas_ += 10_000) {
            system();
            (bool success,) = address(bridge[A]).call{gas: gas_}(abi.encodeCall(IRollupBridge.takeForced, (e)));
            if (success) {
                some = true;
                same(actor[A].sender(), remoteOfPayer(A), "it was not starved");
            }
            vm.revertToState(snapshot);
        }
        check(some, "some gas is enough");
    }
}
