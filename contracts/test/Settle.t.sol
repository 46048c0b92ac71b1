// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IProofRegistry} from "../src/interfaces/IProofRegistry.sol";
import {IQuorumVerifier} from "../src/interfaces/IQuorumVerifier.sol";
import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IReader} from "../src/interfaces/IReader.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Actor} from "./Actor.sol";
import {World} from "./World.sol";

/// @notice A verifier that says what it was asked.
contract Revealer {
    error Asked(bytes32 statement);

    function verify(uint64, bytes32 statement, bytes calldata) external pure returns (bool) {
        revert Asked(statement);
    }
}

/// @notice The settlement: each input of the statement, the settlement equation, escrow. A forged bundle carries the
/// provers' signatures over the forged statement, so that the check under test refuses it and not the signature.
contract SettleTest is World {
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;

    function echo() private pure returns (bytes memory) {
        return abi.encodeCall(Actor.echo, (7));
    }

    /// @dev L1 -> A with 1 ether, ready to settle.
    function l1ToA() private returns (ISharedBridge.Bundle memory b) {
        Leg memory leg = firstLeg(L1, A, 1 ether, echo());
        handle(leg);
        b = newBundle();
        addFill(b, leg);
        addActs(b, 1 ether, acts(act(leg)));
        seal(b, true, A);
    }

    /// @dev A -> B with value, done on both.
    function aToB(uint256 value) private {
        Leg memory leg = firstLeg(A, B, value, echo());
        handle(leg);
        fill(leg);
        mustTransact(A, value, acts(act(leg)));
    }

    function expectWrongSignature(ISharedBridge.Bundle memory b) private {
        executeExpecting(b, abi.encodeWithSelector(IQuorumVerifier.WrongSignature.selector, vm.addr(proverKeys[0])));
    }

    // --- what settles ---

    function testSettles() public {
        ISharedBridge.Bundle memory b = l1ToA();
        bytes32 statement = statementOf(b, 0, Settle(true, 0, l1Hash(height[L1] - 1)));
        bytes32 daHash =
            keccak256(abi.encode(A, uint256(1), uint256(1), new bytes32[](0), keccak256(b.transitions[0].data)));
        vm.expectEmit(true, true, true, true, address(shared));
        emit ISharedBridge.Settled(uint64(A), blockHashOf(A, 1), stateRootOf(A, 1), 1, 1, daHash, statement);
        execute(b);
        ISharedBridge.Rollup memory r = shared.rollup(A);
        same(r.blockHash, blockHashOf(A, 1), "block hash");
        same(r.stateRoot, stateRootOf(A, 1), "state root");
        same(r.rulesHash, RULES, "rules");
        same(r.lastBlock, 1, "last block");
        same(r.anchorNumber, height[L1] - 2, "anchor");
        same(r.clockWith, 4, "clock");
        same(r.escrow, 11 ether, "escrow");
    }

    /// @dev Rollups alone: the bundle is valid in any block.
    function testRollupsAloneSettleInAnyBlock() public {
        aToB(1 ether);
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A, B);
        height[L1] += 100;
        execute(b);
        same(shared.rollup(A).escrow, 9 ether, "A");
        same(shared.rollup(B).escrow, 11 ether, "B");
        same(shared.settledValue(A, B), 1 ether, "settled");
        same(shared.settledValue(B, A), 0, "settled");
    }

    /// @dev With a leg on L1 it is valid in one block, on one parent.
    function testAnL1LegIsForItsBlock() public {
        ISharedBridge.Bundle memory b = l1ToA();
        height[L1]++;
        expectWrongSignature(b);
        height[L1]--;
        on(L1);
        vm.setBlockhash(height[L1] - 1, "another parent");
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.WrongSignature.selector, vm.addr(proverKeys[0])));
        shared.executeBundle(b);
        execute(b);
    }

    /// @dev A statement that says no L1 mailbox changes, in a bundle in which one does, and the other way round.
    function testTheStatementKnowsWhetherL1Changed() public {
        ISharedBridge.Bundle memory b = l1ToA();
        prove(b, false);
        expectWrongSignature(b);
        b = newBundle();
        seal(b, true, B);
        expectWrongSignature(b);
    }

    /// @dev Each change gives another statement, and the provers' signatures are of the one before.
    function testEverythingIsInTheStatement() public {
        for (uint256 i = 0; i < 12; i++) {
            ISharedBridge.Bundle memory b = l1ToA();
            ISharedBridge.TransitionInput memory t = b.transitions[0];
            bytes32 unchanged = statementAsked(b);
            if (i == 0) t.blockHash = "x";
            if (i == 1) t.stateRoot = "x";
            if (i == 2) t.lastBlock++;
            if (i == 3) t.lastTimestamp--;
            if (i == 4) t.anchorNumber--;
            if (i == 5) t.data = "x";
            if (i == 6) b.steps[0].floor = 0;
            if (i == 6) addActs(b, 0, acts(Actor.Act(address(this), 0, 0, true, "")));
            if (i == 7) b.submitter = address(this);
            if (i == 8) b.steps[0].operation[0].signature[64] ^= 0x07; // 27 <-> 28
            if (i == 9) addPrecondition(b);
            if (i == 10) t.proofs = proofsOf(attest(B, statementOf(b, 0, Settle(true, 0, l1Hash(t.anchorNumber))), 2));
            if (i == 11) {
                // the same, proved for another bridge
                ISharedBridge mine = shared;
                shared = newShared();
                registerRollup(A, 0);
                prove(b, true);
                shared = mine;
            }
            on(L1);
            if (i == 4) vm.setBlockhash(t.anchorNumber, l1Hash(t.anchorNumber));
            if (i == 8) {
                // the account refuses it already
                executeExpecting(b, operationFailed(IScopedAccount.WrongSignature.selector));
            } else {
                expectWrongSignature(b);
                // the last two change a proof, and nothing that is proved
                if (i < 10) check(statementAsked(b) != unchanged, "another statement");
            }
            // the leg was handled on A already: each round starts from there
            vm.revertToState(snapshot);
        }
    }

    uint256 private snapshot;
    Revealer private revealer;

    /// @dev What the bridge asks verifiers to accept, by its own formula. All of the bundle runs, and is undone.
    function statementAsked(ISharedBridge.Bundle memory b) private returns (bytes32 statement) {
        uint256 state = vm.snapshotState();
        IProofRegistry.Proof[] memory proofs = b.transitions[0].proofs;
        uint64 id = b.transitions[0].chainId;
        address[] memory verifiers = new address[](1);
        verifiers[0] = address(revealer);
        on(L1);
        vm.setBlockhash(b.transitions[0].anchorNumber, l1Hash(b.transitions[0].anchorNumber));
        registry.setRequirement(id, 1, verifiers);
        b.transitions[0].proofs = new IProofRegistry.Proof[](1);
        b.transitions[0].proofs[0].verifier = address(revealer);
        (bool success, bytes memory result) = address(shared).call(abi.encodeCall(ISharedBridge.executeBundle, (b)));
        check(!success && result.length == 36 && bytes4(result) == Revealer.Asked.selector, "asked");
        assembly {
            statement := mload(add(result, 0x24))
        }
        b.transitions[0].proofs = proofs;
        vm.revertToState(state);
    }

    function setUp() public override {
        super.setUp();
        revealer = new Revealer();
        snapshot = vm.snapshotState();
    }

    function operationFailed(bytes4 problem) private view returns (bytes memory) {
        return abi.encodeWithSelector(ISharedBridge.OperationFailed.selector, user, abi.encodePacked(problem));
    }

    function addPrecondition(ISharedBridge.Bundle memory b) private view {
        b.preconditions = new IReader.Precondition[](1);
        b.preconditions[0] = IReader.Precondition(
            address(actor[L1]), abi.encodeWithSignature("lastSuccess()"), keccak256(abi.encode(false))
        );
    }

    function testReplay() public {
        ISharedBridge.Bundle memory b = l1ToA();
        execute(b);
        height[L1]--;
        executeExpecting(b, operationFailed(IScopedAccount.WrongNonce.selector));
        b = newBundle();
        seal(b, false, A);
        execute(b);
        height[L1]--;
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.BlockOrder.selector, A));
    }

    /// @dev Previous block and state are what is stored: a fork, or a gap, is another statement.
    function testForksAndGaps() public {
        ISharedBridge.Bundle memory fork = newBundle();
        seal(fork, false, A);
        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        b.transitions[0].blockHash = "first";
        prove(b, false);
        execute(b);
        height[A]--;
        fork.transitions[0].lastBlock++; // the block number fits, the parent does not
        expectWrongSignature(fork);
    }

    /// @dev Two forks with the same state: what follows the one is not proved to follow the other.
    function testTheParentIsTheBlockThatSettled() public {
        uint256 state = vm.snapshotState();
        bytes32[2] memory next;
        for (uint256 i = 0; i < 2; i++) {
            ISharedBridge.Bundle memory b = newBundle();
            addTransition(b, A);
            b.transitions[0].blockHash = bytes32(i + 1);
            prove(b, false);
            execute(b);
            b = newBundle();
            addTransition(b, A);
            next[i] = statementAsked(b);
            vm.revertToState(state);
        }
        check(next[0] != next[1], "each has a parent");
    }

    // --- the order of things ---

    function testEmpty() public {
        executeExpecting(newBundle(), ISharedBridge.Empty.selector);
    }

    function testTransitionOrder() public {
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, B, A);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.TransitionOrder.selector, A));
        b = newBundle();
        seal(b, false, A, A);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.TransitionOrder.selector, A));
    }

    function testUnknownRollup() public {
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A);
        b.transitions[0].chainId = 999;
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.UnknownRollup.selector, 999));
    }

    function testBlockOrder() public {
        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        b.transitions[0].lastBlock = 0;
        prove(b, false);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.BlockOrder.selector, A));
    }

    function testTimestampInFuture() public {
        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        b.transitions[0].lastTimestamp++;
        prove(b, false);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.TimestampInFuture.selector, A));
    }

    // --- anchors ---

    function anchored(uint256 number) private returns (ISharedBridge.Bundle memory b) {
        b = newBundle();
        addTransition(b, A);
        b.transitions[0].anchorNumber = uint64(number);
        prove(b, false);
    }

    function testAnchors() public {
        bytes memory bad = abi.encodeWithSelector(ISharedBridge.BadAnchor.selector, A);
        executeExpecting(anchored(height[L1]), bad); // this block
        executeExpecting(anchored(height[L1] + 1), bad);
        executeExpecting(anchored(height[L1] - 300), bad); // no history contract here: too old
        vm.etch(
            HISTORY,
            hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
        );
        executeExpecting(anchored(height[L1] - 300), bad); // the history does not know it
        vm.store(HISTORY, bytes32((height[L1] - 300) % 8191), l1Hash(height[L1] - 300));
        execute(anchored(height[L1] - 300));
        executeExpecting(anchored(height[L1] - 9000), bad); // beyond the history
        vm.store(HISTORY, bytes32((height[L1] - 302) % 8191), l1Hash(height[L1] - 302));
        executeExpecting(anchored(height[L1] - 302), bad); // known, but it falls
        vm.store(HISTORY, bytes32((height[L1] - 301) % 8191), l1Hash(height[L1] - 301));
        execute(anchored(height[L1] - 301)); // stays
    }

    /// @dev With any code at the history contract's address: future blocks are no anchors, and a failure is no hash.
    function testAnchorsDespiteTheHistory() public {
        bytes memory bad = abi.encodeWithSelector(ISharedBridge.BadAnchor.selector, A);
        vm.etch(HISTORY, hex"602a5f5260205ff3"); // always 42
        executeExpecting(anchored(height[L1]), bad);
        executeExpecting(anchored(height[L1] + 1), bad);
        vm.etch(HISTORY, hex"602a5f5260205ffd"); // fails, with 32 bytes
        executeExpecting(anchored(height[L1] - 300), bad);
        vm.etch(HISTORY, hex"602a5f5260405ff3"); // 64 bytes
        executeExpecting(anchored(height[L1] - 300), bad);
    }

    function testAnInventedAnchorIsAnotherStatement() public {
        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        bytes32 statement = statementOf(b, 0, Settle(false, 0, "invented"));
        b.transitions[0].proofs = proofsOf(attest(A, statement, 2));
        expectWrongSignature(b);
    }

    // --- data ---

    /// forge-config: default.isolate = false
    function testBlobs() public {
        bytes32[] memory all = new bytes32[](3);
        (all[0], all[1], all[2]) = (bytes32("blob 0"), bytes32("blob 1"), bytes32("blob 2"));
        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        uint256[] memory indexes = new uint256[](2);
        (indexes[0], indexes[1]) = (2, 0);
        b.transitions[0].blobIndexes = indexes;
        bytes32[] memory used = new bytes32[](2);
        (used[0], used[1]) = (all[2], all[0]);
        bytes32 daHash = keccak256(abi.encode(A, uint256(1), uint256(1), used, keccak256(b.transitions[0].data)));
        bytes32 statement = statementOf(b, 0, Settle(false, daHash, l1Hash(height[L1] - 1)));
        b.transitions[0].proofs = proofsOf(attest(A, statement, 2));
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.MissingBlob.selector, 2));
        vm.blobhashes(all);
        execute(b);
    }

    function testPublishAhead() public {
        on(L1);
        bytes32 daHash = keccak256(abi.encode(A, uint256(1), uint256(1), new bytes32[](0), keccak256("data")));
        vm.expectEmit(true, true, true, true, address(shared));
        emit ISharedBridge.Published(uint64(A), 1, 1, daHash);
        same(shared.publish(uint64(A), 1, 1, new uint256[](0), "data"), daHash, "daHash");
        uint256[] memory none = new uint256[](1);
        vm.expectRevert(abi.encodeWithSelector(ISharedBridge.MissingBlob.selector, 0));
        shared.publish(uint64(A), 1, 1, none, "data");

        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        b.transitions[0].data = "";
        b.transitions[0].publishedDaHash = daHash;
        bytes32 statement = statementOf(b, 0, Settle(false, daHash, l1Hash(height[L1] - 1)));
        b.transitions[0].proofs = proofsOf(attest(A, statement, 2));
        uint256 state = vm.snapshotState();
        execute(b);
        vm.revertToState(state);
        height[L1]--;

        bytes memory problem = abi.encodeWithSelector(ISharedBridge.NotPublished.selector, A);
        b.transitions[0].publishedDaHash = "never published";
        executeExpecting(b, problem);
        b.transitions[0].publishedDaHash = shared.publish(uint64(A), 1, 2, new uint256[](0), "data"); // other blocks
        executeExpecting(b, problem);
        b.transitions[0].publishedDaHash = shared.publish(uint64(B), 1, 1, new uint256[](0), "data"); // other rollup
        executeExpecting(b, problem);
    }

    /// @dev Nodes forget blobs after 18 days: data that was published long ago does not settle, until it is published anew.
    function testPublishedDataHasAnAge() public {
        on(L1);
        bytes32 daHash = shared.publish(uint64(A), 1, 1, new uint256[](0), "data");
        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        b.transitions[0].data = "";
        b.transitions[0].publishedDaHash = daHash;
        bytes32 statement = statementOf(b, 0, Settle(false, daHash, l1Hash(height[L1] - 1)));
        b.transitions[0].proofs = proofsOf(attest(A, statement, 2));
        bytes memory problem = abi.encodeWithSelector(ISharedBridge.PublicationExpired.selector, A);
        uint256 start = block.timestamp;
        vm.warp(start + 7 days + 1);
        executeExpecting(b, problem);
        vm.warp(start + 365 days);
        executeExpecting(b, problem);
        same(shared.publish(uint64(A), 1, 1, new uint256[](0), "data"), daHash, "again");
        vm.warp(start + 365 days + 7 days);
        execute(b);
    }

    // --- the settlement equation ---

    function testAbsent() public {
        aToB(0);
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Absent.selector, B));
        b = newBundle();
        seal(b, false, B);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Absent.selector, A));
        // L1's mailbox with A changed, and A is not here
        Leg memory leg = newLeg(A, L1, nonceOf(9, A, 0, 0, 9), 0, echo());
        b = newBundle();
        addInbound(b, leg);
        seal(b, true, C);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Absent.selector, A));
    }

    function testUnpaired() public {
        aToB(0);
        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        addTransition(b, B);
        ISharedBridge.Mailbox[] memory list = b.transitions[1].mailboxes;
        b.transitions[1].mailboxes = new ISharedBridge.Mailbox[](0);
        prove(b, false);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Unpaired.selector, A, B));
        b.transitions[1].mailboxes = list;
        b.transitions[0].mailboxes = new ISharedBridge.Mailbox[](0);
        prove(b, false);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Unpaired.selector, B, A));
        list[0].peerChainId = uint64(C); // lists, but another
        prove(b, false);
        addTransition(b, C);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Unpaired.selector, B, C));
    }

    /// @dev B lists A, which lists another instead.
    function testUnpairedWithAnotherInstead() public {
        handle(firstLeg(C, A, 0, echo()));
        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        addTransition(b, B);
        addTransition(b, C);
        b.transitions[1].mailboxes = new ISharedBridge.Mailbox[](1);
        b.transitions[1].mailboxes[0] = b.transitions[0].mailboxes[0];
        b.transitions[1].mailboxes[0].peerChainId = uint64(A);
        b.transitions[0].mailboxes = listOf(b.transitions[0].mailboxes[0], C);
        b.transitions[2].mailboxes = new ISharedBridge.Mailbox[](1);
        b.transitions[2].mailboxes[0].peerChainId = uint64(A);
        (b.transitions[2].mailboxes[0].requestsOut, b.transitions[2].mailboxes[0].responsesIn) =
        (b.transitions[0].mailboxes[0].requestsIn, b.transitions[0].mailboxes[0].responsesOut);
        prove(b, false);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Unpaired.selector, B, A));
    }

    function listOf(ISharedBridge.Mailbox memory m, uint256 peer)
        private
        pure
        returns (ISharedBridge.Mailbox[] memory list)
    {
        list = new ISharedBridge.Mailbox[](1);
        list[0] = ISharedBridge.Mailbox(
            uint64(peer), m.requestsOut, m.requestsIn, m.responsesOut, m.responsesIn, m.valueOut, m.valueIn
        );
    }

    function testUnpairedWithL1() public {
        ISharedBridge.Bundle memory b = l1ToA();
        b.transitions[0].mailboxes = new ISharedBridge.Mailbox[](0);
        prove(b, true);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Unpaired.selector, L1, A));
        b = l1ToAOnlyThere();
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Unpaired.selector, B, L1));
    }

    /// @dev B handled a call of L1's that L1 did not make.
    function l1ToAOnlyThere() private returns (ISharedBridge.Bundle memory b) {
        handle(firstLeg(L1, B, 0, echo()));
        b = newBundle();
        seal(b, false, B);
    }

    function testMailboxOrder() public {
        aToB(0);
        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        addTransition(b, B);
        ISharedBridge.Mailbox memory m = b.transitions[0].mailboxes[0];
        ISharedBridge.Mailbox[] memory twice = new ISharedBridge.Mailbox[](2);
        (twice[0], twice[1]) = (m, m);
        b.transitions[0].mailboxes = twice;
        prove(b, false);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.MailboxOrder.selector, A));
        twice[1] = abi.decode(abi.encode(m), (ISharedBridge.Mailbox));
        twice[1].peerChainId = uint64(L1);
        prove(b, false);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.MailboxOrder.selector, A));
        ISharedBridge.Mailbox[] memory own = new ISharedBridge.Mailbox[](1);
        own[0] = twice[1];
        own[0].peerChainId = uint64(A);
        b.transitions[0].mailboxes = own;
        prove(b, false);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.MailboxOrder.selector, A));
    }

    function forge(ISharedBridge.Mailbox memory m, uint256 lane) private pure {
        if (lane == 0) m.requestsOut = "forged";
        if (lane == 1) m.requestsIn = "forged";
        if (lane == 2) m.responsesOut = "forged";
        if (lane == 3) m.responsesIn = "forged";
        if (lane == 4) m.valueOut++;
        if (lane == 5) m.valueIn++;
    }

    function facing(uint256 lane) private pure returns (uint256) {
        return lane ^ 1;
    }

    function mismatch(uint256 here, uint256 there, uint256 lane) private pure returns (bytes memory) {
        return lane < 4
            ? abi.encodeWithSelector(ISharedBridge.MailboxMismatch.selector, here, there, lane)
            : abi.encodeWithSelector(ISharedBridge.ValueMismatch.selector, here, there);
    }

    function testMismatchWithL1() public {
        ISharedBridge.Bundle memory b = l1ToA();
        bytes memory honest = abi.encode(b.transitions[0].mailboxes);
        for (uint256 lane = 0; lane < 6; lane++) {
            b.transitions[0].mailboxes = abi.decode(honest, (ISharedBridge.Mailbox[]));
            forge(b.transitions[0].mailboxes[0], lane);
            prove(b, true);
            executeExpecting(b, mismatch(A, L1, lane));
        }
        b.transitions[0].mailboxes = abi.decode(honest, (ISharedBridge.Mailbox[]));
        prove(b, true);
        execute(b);
    }

    function testMismatchOfRollups() public {
        aToB(1 ether);
        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        addTransition(b, B);
        for (uint256 side = 0; side < 2; side++) {
            bytes memory honest = abi.encode(b.transitions[side].mailboxes);
            for (uint256 lane = 0; lane < 6; lane++) {
                b.transitions[side].mailboxes = abi.decode(honest, (ISharedBridge.Mailbox[]));
                forge(b.transitions[side].mailboxes[0], lane);
                prove(b, false);
                executeExpecting(b, mismatch(A, B, side == 0 ? lane : laneFacing(lane)));
            }
            b.transitions[side].mailboxes = abi.decode(honest, (ISharedBridge.Mailbox[]));
        }
        prove(b, false);
        execute(b);
    }

    function laneFacing(uint256 lane) private pure returns (uint256) {
        return lane < 4 ? facing(lane) : lane;
    }

    /// @dev Two rollups swapped in the inputs: each proof is for one of them.
    function testSwappedRollups() public {
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A, B);
        (b.transitions[0].proofs, b.transitions[1].proofs) = (b.transitions[1].proofs, b.transitions[0].proofs);
        expectWrongSignature(b);
        (b.transitions[0].proofs, b.transitions[1].proofs) = (b.transitions[1].proofs, b.transitions[0].proofs);
        (b.transitions[0].chainId, b.transitions[1].chainId) = (uint64(B), uint64(A));
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.TransitionOrder.selector, A));
        (b.transitions[0], b.transitions[1]) = (b.transitions[1], b.transitions[0]);
        expectWrongSignature(b);
    }

    /// @dev Two rollups that are equal in all but their ids, which settle equal blocks and data.
    function testTwinRollupsHaveTwoStatements() public {
        bytes32[2] memory statements;
        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        for (uint64 i = 0; i < 2; i++) {
            shared.registerRollup(
                ISharedBridge.RollupConfig(910 + i, "head", "state", 0, RULES, MAX_GAS, DEFAULT_GAS, 0, 7 days)
            );
            b.transitions[0].chainId = 910 + i;
            statements[i] = statementAsked(b);
        }
        check(statements[0] != statements[1], "a proof of one is none of the other");
    }

    /// @dev Many pairs at once: every chain called every other.
    function testAllPairs() public {
        for (uint256 s = 0; s < 3; s++) {
            for (uint256 t = 0; t < 3; t++) {
                if (s == t) continue;
                uint256 root = 1000 * (s + 1) + 10 * t; // ascending, so that every chain takes it
                on(A + s);
                openScope(A + s, root - 1);
                Leg memory leg = newLeg(A + s, A + t, nonceOf(root, A + s, 0, 0, root), 1 ether, echo());
                handle(leg);
                fill(leg);
                mustTransact(A + s, 1 ether, acts(act(leg)));
            }
        }
        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        addTransition(b, B);
        addTransition(b, C);
        prove(b, false);
        execute(b);
        for (uint256 id = A; id <= C; id++) {
            same(shared.rollup(id).escrow, 10 ether, "what came went");
        }
        same(shared.settledValue(A, C), 1 ether, "settled");
        same(shared.settledValue(C, A), 1 ether, "settled");
    }

    function openScope(uint256 id, uint256 floor) private {
        vm.prank(0xffffFFFfFFffffffffffffffFfFFFfffFFFfFFfE);
        bridge[id].openScope(uint64(floor));
    }

    // --- escrow ---

    function testEscrowOfTheDebtor() public {
        aToB(10 ether + 1);
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A, B);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Escrow.selector, A));
    }

    function testEscrowOfTheDebtorToTheLastWei() public {
        aToB(10 ether);
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A, B);
        execute(b);
        same(shared.rollup(A).escrow, 0, "A");
        same(shared.rollup(B).escrow, 20 ether, "B");
    }

    /// @dev The same the other way: the higher chain owes the lower.
    function testEscrowOfTheHigherChain() public {
        Leg memory leg = firstLeg(B, A, 10 ether + 1, echo());
        handle(leg);
        fill(leg);
        mustTransact(B, 10 ether + 1, acts(act(leg)));
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A, B);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Escrow.selector, B));
    }

    /// @dev A pays B, and B pays out on L1 what it got, in one bundle.
    function testOpeningCredits() public {
        aToB(4 ether);
        Leg memory leg = newLeg(B, L1, nonceOf(9, B, 0, 0, 9), 14 ether, "");
        leg.request.to = address(0xd00d);
        leg.hash = hashOf(leg);
        leg.response = encodeResponse(true, 11, "");
        openScope(B, 8);
        fill(leg);
        mustTransact(B, 14 ether, acts(act(leg)));
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, leg);
        seal(b, true, A, B);
        execute(b);
        same(shared.rollup(A).escrow, 6 ether, "A");
        same(shared.rollup(B).escrow, 0, "B");
        same(address(0xd00d).balance, 14 ether, "paid");
        same(address(shared).balance, 16 ether, "C's and A's");
    }

    /// @dev An opening credit without a debit is refused by the other side's counters.
    function testAnInventedCredit() public {
        Leg memory leg = newLeg(B, L1, nonceOf(9, B, 0, 0, 9), 14 ether, "");
        leg.request.to = address(0xd00d);
        leg.hash = hashOf(leg);
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, leg);
        addTransition(b, B);
        b.transitions[0].mailboxes = new ISharedBridge.Mailbox[](1);
        b.transitions[0].mailboxes[0].peerChainId = uint64(A);
        b.transitions[0].mailboxes[0].valueIn = 4 ether;
        prove(b, true);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Absent.selector, A));
        addTransition(b, A);
        (b.transitions[0], b.transitions[1]) = (b.transitions[1], b.transitions[0]);
        prove(b, true);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Unpaired.selector, B, A));
    }

    /// @dev Counters only grow, even if both rollups agree on less.
    function testCountersNeverFall() public {
        aToB(4 ether);
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A, B);
        execute(b);
        b = newBundle();
        addTransition(b, A);
        addTransition(b, B);
        b.transitions[0].mailboxes = new ISharedBridge.Mailbox[](1);
        b.transitions[1].mailboxes = new ISharedBridge.Mailbox[](1);
        ISharedBridge.Mailbox memory m = b.transitions[0].mailboxes[0];
        m.peerChainId = uint64(B);
        m.valueOut = 3 ether;
        m = b.transitions[1].mailboxes[0];
        m.peerChainId = uint64(A);
        m.valueIn = 3 ether;
        prove(b, false);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Escrow.selector, B));
        b.transitions[0].mailboxes[0].valueOut = 4 ether;
        b.transitions[1].mailboxes[0].valueIn = 4 ether;
        prove(b, false);
        execute(b);
        same(shared.rollup(A).escrow, 6 ether, "unchanged");
    }

    // --- proofs ---

    function testTooFewProvers() public {
        ISharedBridge.Bundle memory b = newBundle();
        addTransition(b, A);
        bytes32 statement = statementOf(b, 0, Settle(false, 0, l1Hash(height[L1] - 1)));
        b.transitions[0].proofs = proofsOf(attest(A, statement, 1));
        executeExpecting(b, abi.encodeWithSelector(IQuorumVerifier.NotEnoughSignatures.selector, 1, 2));
        b.transitions[0].proofs = new IProofRegistry.Proof[](0);
        executeExpecting(b, abi.encodeWithSelector(IProofRegistry.NotEnoughProofs.selector, A, 0, 1));
    }
}
