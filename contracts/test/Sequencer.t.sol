// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IGasSchedule} from "../src/interfaces/IGasSchedule.sol";
import {IProofRegistry} from "../src/interfaces/IProofRegistry.sol";
import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {MailboxStore} from "../src/MailboxStore.sol";
import {World} from "./World.sol";

/// @notice A sequencer that is a contract.
contract SequencerContract {
    bytes32 private approved;

    function approve(bytes32 hash) external {
        approved = hash;
    }

    function isValidSignature(bytes32 hash, bytes calldata) external view returns (bytes4) {
        return hash == approved ? this.isValidSignature.selector : bytes4(0);
    }
}

/// @notice Who may settle, and what has to hold on L1 for that: the sequencer, gas costs, where mailboxes are.
contract SequencerTest is World {
    address private constant STRANGER = address(0x57a49e);
    uint256 private constant SEQUENCER_KEY = 0x5e9;

    /// @dev Proved by enough provers.
    function proved() private returns (ISharedBridge.Bundle memory b) {
        b = newBundle();
        seal(b, false, A);
    }

    function executeAs(address sender, ISharedBridge.Bundle memory b) private {
        on(L1);
        vm.prank(sender);
        shared.executeBundle(b);
    }

    function refused(address sender, ISharedBridge.Bundle memory b) private {
        on(L1);
        vm.prank(sender);
        vm.expectRevert(abi.encodeWithSelector(IProofRegistry.NotSequencer.selector, A, sender));
        shared.executeBundle(b);
    }

    // --- who settles ---

    /// @dev Provers attest to a block that is right, whoever ordered it. Without a sequencer the stranger's block settles.
    function testAStrangerDoesNotSettle() public {
        ISharedBridge.Bundle memory b = proved();
        refused(STRANGER, b);
        uint256 state = vm.snapshotState();
        registry.setSequencer(uint64(A), address(0), 0);
        executeAs(STRANGER, b);
        vm.revertToState(state);
        execute(b); // the sequencer
    }

    function testOneOfTwoSequencers() public {
        registry.setSequencer(uint64(B), STRANGER, SEQUENCER_DELAY);
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A, B);
        refused(STRANGER, b);
        on(L1);
        vm.expectRevert(abi.encodeWithSelector(IProofRegistry.NotSequencer.selector, B, address(this)));
        shared.executeBundle(b);
    }

    function testAnyoneSettlesWhenTheSequencerIsAway() public {
        uint256 start = block.timestamp;
        ISharedBridge.Bundle memory b = proved();
        vm.warp(start + SEQUENCER_DELAY);
        refused(STRANGER, b);
        vm.warp(start + SEQUENCER_DELAY + 1);
        executeAs(STRANGER, b);
        same(shared.rollup(A).settledAt, block.timestamp, "settled");
    }

    /// @dev A settlement of the rollup, by whomever, and of no other one.
    function testASettlementRestartsTheDelay() public {
        uint256 start = block.timestamp;
        vm.warp(start + SEQUENCER_DELAY);
        execute(proved());
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, B);
        vm.warp(start + SEQUENCER_DELAY + 1);
        executeAs(STRANGER, b);
        refused(STRANGER, proved());
        vm.warp(start + 2 * SEQUENCER_DELAY + 1);
        executeAs(STRANGER, proved());
    }

    /// @dev The fallback is there before a rollup can be frozen.
    function testTheDelayIsBelowEveryExitDelay() public {
        registry.setSequencer(uint64(A), address(this), 12 hours);
        vm.expectRevert(IProofRegistry.BadSequencer.selector);
        registry.setSequencer(uint64(A), address(this), 12 hours + 1);
        // the shortest exit delay: Bundle.t.sol, testRegister
    }

    function testWhoSetsTheSequencer() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", STRANGER));
        registry.setSequencer(uint64(A), STRANGER, 0);
        vm.expectRevert(IProofRegistry.BadSequencer.selector);
        registry.setSequencer(uint64(A), address(quorum), 0);
        address[] memory verifiers = new address[](1);
        verifiers[0] = address(this);
        vm.expectRevert(IProofRegistry.BadRequirement.selector);
        registry.setRequirement(uint64(A), 1, verifiers);
        (address account, uint64 delay) = registry.sequencer(uint64(A));
        same(account, address(this), "sequencer");
        same(delay, SEQUENCER_DELAY, "delay");
        vm.expectEmit(true, true, true, true, address(registry));
        emit IProofRegistry.SequencerSet(uint64(A), STRANGER, 7);
        registry.setSequencer(uint64(A), STRANGER, 7);
        executeExpecting(proved(), abi.encodeWithSelector(IProofRegistry.NotSequencer.selector, A, address(this)));
    }

    // --- a signature in place of the sender ---

    /// @dev The quorum's proof, and the sequencer's signature among the proofs.
    function signedBy(ISharedBridge.Bundle memory b, address sequencer, bytes memory signature) private view {
        IProofRegistry.Proof memory quorums = b.transitions[0].proofs[0];
        IProofRegistry.Proof memory own = IProofRegistry.Proof(sequencer, signature);
        IProofRegistry.Proof[] memory both = new IProofRegistry.Proof[](2);
        (both[0], both[1]) = sequencer < address(quorum) ? (own, quorums) : (quorums, own);
        b.transitions[0].proofs = both;
    }

    function hashFor(ISharedBridge.Bundle memory b) private view returns (bytes32) {
        return registry.sequencingHash(uint64(A), statementOf(b, 0, Settle(false, 0, l1Hash(height[L1] - 1))));
    }

    function testTheSequencerSigns() public {
        address sequencer = vm.addr(SEQUENCER_KEY);
        registry.setSequencer(uint64(A), sequencer, SEQUENCER_DELAY);
        ISharedBridge.Bundle memory b = proved();
        bytes32 hash = hashFor(b);
        signedBy(b, sequencer, sign(SEQUENCER_KEY + 1, hash));
        bytes memory wrong = abi.encodeWithSelector(IProofRegistry.WrongSequencerSignature.selector, A);
        executeExpecting(b, wrong);
        b = proved();
        signedBy(b, sequencer, sign(SEQUENCER_KEY, registry.sequencingHash(uint64(B), hash)));
        executeExpecting(b, wrong);
        b = proved();
        signedBy(b, sequencer, sign(SEQUENCER_KEY, registry.sequencingHash(uint64(A), "another")));
        executeExpecting(b, wrong);
        b = proved();
        signedBy(b, sequencer, sign(SEQUENCER_KEY, hash));
        executeAs(STRANGER, b);
    }

    function testASequencerThatIsAContractSigns() public {
        SequencerContract sequencer = new SequencerContract();
        registry.setSequencer(uint64(A), address(sequencer), SEQUENCER_DELAY);
        ISharedBridge.Bundle memory b = proved();
        bytes32 hash = hashFor(b);
        signedBy(b, address(sequencer), "");
        executeExpecting(b, abi.encodeWithSelector(IProofRegistry.WrongSequencerSignature.selector, A));
        sequencer.approve(hash);
        executeAs(STRANGER, b);
    }

    /// @dev It says who ordered the blocks, and not that they are right.
    function testASignatureIsNoProof() public {
        address sequencer = vm.addr(SEQUENCER_KEY);
        registry.setSequencer(uint64(A), sequencer, SEQUENCER_DELAY);
        ISharedBridge.Bundle memory b = proved();
        bytes32 hash = hashFor(b);
        b.transitions[0].proofs = new IProofRegistry.Proof[](1);
        b.transitions[0].proofs[0] = IProofRegistry.Proof(sequencer, sign(SEQUENCER_KEY, hash));
        executeExpecting(b, abi.encodeWithSelector(IProofRegistry.NotEnoughProofs.selector, A, 0, 1));
    }

    // --- gas costs ---

    /// @dev The figures of Prague: EIP-2929, EIP-1153, EIP-150, and the yellow paper's transfer.
    function testMeasuredCosts() public {
        IGasSchedule.Costs memory c = registry.gasSchedule().measure();
        check(c.transfer >= 6_800 && c.transfer < 6_900, "9,000 - 2,300 + 100");
        check(c.creation >= 34_300 && c.creation < 34_400, "2,600 + 9,000 + 25,000 - 2,300");
        check(c.mark >= 100 && c.mark < 150, "100");
        check(c.received < c.given && c.given - c.received < c.given / 64 + 500, "a 64th");
        check(registry.measureGas(uint64(A)), "hold");
        execute(proved());
    }

    function testEachCostMatters() public {
        IGasSchedule schedule = registry.gasSchedule();
        IGasSchedule.Costs memory c = IGasSchedule.Costs(6_800, 34_300, 100, 6_400_000, 6_300_000);
        check(schedule.isSafe(c), "as they are");
        c.transfer = 6_799; // an abort could hide in what is counted too little
        check(!schedule.isSafe(c), "transfer");
        (c.transfer, c.creation) = (6_800, 37_201);
        check(!schedule.isSafe(c), "creation");
        (c.creation, c.mark) = (37_200, 501);
        check(!schedule.isSafe(c), "mark");
        (c.mark, c.received) = (500, 6_298_999);
        check(!schedule.isSafe(c), "what is withheld");
        c.received = 6_299_000;
        check(schedule.isSafe(c), "the bounds");
    }

    /// @dev A fork that changes them: nothing is deployed, no rollup gets a requirement, and none settles once anyone has
    /// measured.
    function testABrokenScheduleStopsSettlement() public {
        address schedule = address(registry.gasSchedule());
        ISharedBridge.Bundle memory b = proved();
        vm.mockCall(schedule, abi.encodeCall(IGasSchedule.holds, ()), abi.encode(false));
        vm.prank(STRANGER);
        vm.expectEmit(true, true, true, true, address(registry));
        emit IProofRegistry.GasScheduleBroken(uint64(A));
        check(!registry.measureGas(uint64(A)), "broken");
        executeExpecting(b, IProofRegistry.GasScheduleChanged.selector);
        address[] memory verifiers = new address[](1);
        verifiers[0] = address(quorum);
        vm.expectRevert(IProofRegistry.GasScheduleChanged.selector);
        registry.setRequirement(uint64(A), 1, verifiers);
        // it held after all: the owner says so, nobody else
        vm.clearMockedCalls();
        check(registry.measureGas(uint64(A)), "holds");
        executeExpecting(b, IProofRegistry.GasScheduleChanged.selector);
        registry.setRequirement(uint64(A), 1, verifiers);
        execute(b);
    }

    // --- where mailboxes are ---

    function creation(string memory artifact) private view returns (bytes memory) {
        IRollupBridge.PeerConfig[] memory peers = peersOf(A);
        return abi.encodePacked(vm.getCode(artifact), abi.encode(uint64(L1), address(1), RETURN_LIMIT, peers));
    }

    /// @dev A bridge whose mailboxes a verifier would not find is refused when it deploys, by name. With its own storage
    /// behind them it works.
    function testABridgeWithStorageBeforeTheMailboxes() public {
        on(A);
        bytes memory code = creation("Harness.sol:ExtendedRollup");
        address created;
        assembly {
            created := create(0, add(code, 0x20), mload(code))
        }
        check(created != address(0), "control");
        code = vm.getCode("Harness.sol:MovedStore");
        bytes memory problem = new bytes(36);
        assembly {
            created := create(0, add(code, 0x20), mload(code))
            returndatacopy(add(problem, 0x20), 0, returndatasize())
        }
        check(created == address(0), "refused");
        same(problem, abi.encodeWithSelector(MailboxStore.MailboxesMoved.selector, 1), "by name");
    }
}
