// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopePreconfSlasher} from "../src/interfaces/IScopePreconfSlasher.sol";
import {PreconfWorld} from "./PreconfWorld.sol";

/// @notice A contract that slashes again when it is paid.
contract Greedy {
    address private immutable slasher;
    bytes private again;
    bytes public failure;

    constructor(address slasher_) {
        slasher = slasher_;
    }

    function prepare(bytes calldata again_) external {
        again = again_;
    }

    receive() external payable {
        (bool success, bytes memory result) = slasher.call(again);
        require(!success, "slashed twice");
        failure = result;
    }
}

/// @notice Two statements that contradict each other, and promises about the responses of calls
/// (docs/preconfirmations.md).
contract EquivocationTest is PreconfWorld {
    // --- equivocation ---

    function contradicts(IScopePreconfSlasher.Promise memory p, IScopePreconfSlasher.Promise memory q) private {
        uint256 snapshot = vm.snapshotState();
        slasher.slashEquivocation(signed(p), signed(q), challenger);
        costs(FALSE, BOND);
        vm.revertToState(snapshot);
        slasher.slashEquivocation(signed(q), signed(p), challenger);
        costs(FALSE, BOND);
        vm.revertToState(snapshot);
    }

    function agrees(IScopePreconfSlasher.Promise memory p, IScopePreconfSlasher.Promise memory q) private {
        IScopePreconfSlasher.SignedPromise memory s = signed(p);
        IScopePreconfSlasher.SignedPromise memory t = signed(q);
        vm.expectRevert(IScopePreconfSlasher.NoContradiction.selector);
        slasher.slashEquivocation(s, t, challenger);
        vm.expectRevert(IScopePreconfSlasher.NoContradiction.selector);
        slasher.slashEquivocation(t, s, challenger);
        costsNothing();
    }

    function second(uint256 number, uint256 index) private view returns (IScopePreconfSlasher.Promise memory q) {
        q = promiseOf(number, index);
        q.sequence = 2;
    }

    function testContradictions() public {
        IScopePreconfSlasher.Promise memory p = promiseOf(2, 1);
        IScopePreconfSlasher.Promise memory q = second(2, 1);
        q.receiptHash = keccak256("another receipt");
        contradicts(p, q);
        q = second(2, 1);
        (q.transactionHash, q.sender) = (keccak256("another"), address(5));
        contradicts(p, q); // another transaction at the place
        q.index = 0;
        q.sender = p.sender;
        contradicts(p, q); // another transaction with the nonce
        (q.blockNumber, q.index, q.receiptHash) = (0, 0, 0);
        contradicts(p, q); // of another kind
        p = inclusionOf(8);
        contradicts(p, q); // both about any block
        p = promiseOf(2, 1);
        q = second(2, 1);
        q.index = 0;
        contradicts(p, q); // at two places
        (q.index, q.blockNumber) = (1, 3);
        contradicts(p, q); // in two blocks
        q = second(2, 1);
        (q.sequence, q.deadline) = (p.sequence, p.deadline + 1);
        contradicts(p, q); // two statements with one number
    }

    function testNoContradictions() public {
        IScopePreconfSlasher.Promise memory p = promiseOf(2, 1);
        IScopePreconfSlasher.Promise memory q = promiseOf(2, 1);
        agrees(p, q); // the same, twice
        q = second(2, 1);
        agrees(p, q); // said again
        q.deadline++;
        agrees(p, q); // with another deadline
        q.l1Number--;
        q.l1Hash = l1Hash(q.l1Number);
        agrees(p, q); // on another condition
        (q.blockNumber, q.index, q.receiptHash) = (0, 0, 0);
        agrees(p, q); // of the other kind
        q.receiptHash = keccak256("another receipt");
        agrees(p, q); // which has no receipt
        q = second(2, 0);
        q.nonce = 9;
        agrees(p, q); // the next place, another nonce
        q = second(2, 1);
        q.chainId = uint64(B);
        (q.receiptHash, q.transactionHash) = (keccak256("another receipt"), keccak256("another"));
        agrees(p, q); // another rollup
    }

    /// @dev On two L1 blocks: only if both are L1's.
    function testEquivocationOnTwoConditions() public {
        vm.setBlockhash(height[L1] - 2, l1Hash(height[L1] - 2));
        IScopePreconfSlasher.Promise memory p = promiseOf(2, 1);
        IScopePreconfSlasher.Promise memory q = second(2, 1);
        (q.receiptHash, q.l1Number, q.l1Hash) = (keccak256("another receipt"), p.l1Number - 1, l1Hash(p.l1Number - 1));
        contradicts(p, q);
        q.l1Hash = keccak256("reorganized");
        IScopePreconfSlasher.SignedPromise memory s = signed(p);
        IScopePreconfSlasher.SignedPromise memory t = signed(q);
        notInForce(q);
        slasher.slashEquivocation(s, t, challenger);
        notInForce(q);
        slasher.slashEquivocation(t, s, challenger);
        (q.l1Number, q.l1Hash) = (p.l1Number, keccak256("a sibling"));
        t = signed(q);
        notInForce(q);
        slasher.slashEquivocation(s, t, challenger);
        costsNothing();
        // under one condition it does not matter whether that is still L1's: he signed both
        vm.setBlockhash(p.l1Number, keccak256("another block of L1"));
        (q.l1Number, q.l1Hash) = (p.l1Number, p.l1Hash);
        slasher.slashEquivocation(s, signed(q), challenger);
        costs(FALSE, BOND);
    }

    /// @dev Each promise costs one penalty, however it is paired.
    function testEachPromiseIsPaidOnce() public {
        IScopePreconfSlasher.SignedPromise[3] memory s;
        for (uint64 i = 0; i < 3; i++) {
            IScopePreconfSlasher.Promise memory p = promiseOf(2, 1);
            (p.sequence, p.receiptHash) = (i, keccak256(abi.encode(i)));
            s[i] = signed(p);
        }
        slasher.slashEquivocation(s[0], s[1], challenger);
        for (uint256 i = 0; i < 2; i++) {
            bytes memory paid = abi.encodeWithSelector(
                IScopePreconfSlasher.AlreadySlashed.selector, slasher.promiseDigest(s[i].message)
            );
            vm.expectRevert(paid);
            slasher.slashEquivocation(s[i], s[2], challenger);
            vm.expectRevert(paid);
            slasher.slashEquivocation(s[2], s[i], challenger);
        }
        settle(2);
        vm.expectRevert(
            abi.encodeWithSelector(IScopePreconfSlasher.AlreadySlashed.selector, slasher.promiseDigest(s[0].message))
        );
        slasher.slashReceipt(s[0], headersOf(2, 2), receiptProof(2, 1), challenger);
        costs(FALSE, BOND);
        slasher.slashReceipt(s[2], headersOf(2, 2), receiptProof(2, 1), challenger);
        same(slasher.bondOf(builder), BOND - 2 * FALSE, "the third one");
    }

    function testTwoBuilders() public {
        IScopePreconfSlasher.SignedPromise memory s = signed(promiseOf(2, 1));
        IScopePreconfSlasher.Promise memory q = second(2, 1);
        q.receiptHash = keccak256("another receipt");
        IScopePreconfSlasher.SignedPromise memory t =
            IScopePreconfSlasher.SignedPromise(q, signature(77, slasher.promiseDigest(q)));
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.DifferentBuilders.selector, builder, vm.addr(77)));
        slasher.slashEquivocation(s, t, challenger);
    }

    /// @dev A challenger that is a contract cannot be paid twice for one fault.
    function testReentry() public {
        Greedy greedy = new Greedy(address(slasher));
        IScopePreconfSlasher.SignedPromise memory s = signed(promiseOf(2, 1));
        IScopePreconfSlasher.Promise memory q = second(2, 1);
        q.receiptHash = keccak256("another receipt");
        bytes memory data =
            abi.encodeCall(IScopePreconfSlasher.slashEquivocation, (s, signed(q), payable(address(greedy))));
        greedy.prepare(data);
        (bool success,) = address(slasher).call(data);
        check(success, "slashed once");
        check(bytes4(greedy.failure()) == IScopePreconfSlasher.AlreadySlashed.selector, "and not again");
        same(slasher.bondOf(builder), BOND - FALSE, "one penalty");
        same(address(greedy).balance, FALSE / 10, "one reward");
    }

    // --- answers ---

    function testAnotherAnswer() public {
        IScopePreconfSlasher.SignedAnswer memory s = signed(answerOf("requestHash", keccak256("another")));
        settle(3);
        slasher.slashAnswer(s, headersOf(3, 2), 0, receiptProof(2, 0), 2, challenger);
        costs(FALSE, BOND);
        vm.expectRevert(
            abi.encodeWithSelector(IScopePreconfSlasher.AlreadySlashed.selector, slasher.answerDigest(s.message))
        );
        slasher.slashAnswer(s, headersOf(3, 2), 0, receiptProof(2, 0), 2, challenger);
    }

    function testAKeptAnswerIsNotSlashed() public {
        IScopePreconfSlasher.SignedAnswer memory s = signed(answerOf("requestHash", named("responseHash")));
        IScopePreconfSlasher.SignedAnswer memory t = signed(answerOf("legacyHash", named("responseHash")));
        settle(2);
        kept();
        slasher.slashAnswer(s, headersOf(2, 2), 0, receiptProof(2, 0), 2, challenger);
        kept();
        slasher.slashAnswer(t, headersOf(2, 2), 1, receiptProof(2, 1), 0, challenger);
        costsNothing();
    }

    /// @dev A receipt without a type byte is read, too.
    function testAnAnswerInALegacyReceipt() public {
        IScopePreconfSlasher.SignedAnswer memory s = signed(answerOf("legacyHash", keccak256("another")));
        settle(2);
        slasher.slashAnswer(s, headersOf(2, 2), 1, receiptProof(2, 1), 0, challenger);
        costs(FALSE, BOND);
    }

    /// @dev Logs of other contracts, of other calls, of other events, and those that are not there.
    function testAnothersLog() public {
        IScopePreconfSlasher.SignedAnswer memory s = signed(answerOf("requestHash", keccak256("another")));
        settle(2);
        uint256[6] memory logs = [uint256(0), 1, 3, 4, 5, 6];
        for (uint256 i = 0; i < logs.length; i++) {
            vm.expectRevert(IScopePreconfSlasher.NoSuchAnswer.selector);
            slasher.slashAnswer(s, headersOf(2, 2), 0, receiptProof(2, 0), logs[i], challenger);
        }
        vm.expectRevert(IScopePreconfSlasher.NoSuchAnswer.selector);
        slasher.slashAnswer(s, headersOf(2, 2), 1, receiptProof(2, 1), 0, challenger);
        vm.expectRevert(IScopePreconfSlasher.NoSuchAnswer.selector);
        slasher.slashAnswer(s, headersOf(2, 2), 2, receiptProof(2, 2), 0, challenger);
        costsNothing();
    }

    /// @dev The same question may be answered twice.
    function testALookupIsNoAnswer() public {
        IScopePreconfSlasher.SignedAnswer memory s = signed(answerOf("lookupHash", keccak256("another")));
        settle(2);
        vm.expectRevert(IScopePreconfSlasher.LookupAnswer.selector);
        slasher.slashAnswer(s, headersOf(2, 2), 0, receiptProof(2, 0), 3, challenger);
    }

    /// @dev A call into L1: the block is one of L1's own, the log one of SharedBridge's.
    function testAnAnswerOnL1() public {
        IScopePreconfSlasher.Answer memory a = answerOf("requestHash", keccak256("another"));
        a.chainId = uint64(L1);
        IScopePreconfSlasher.SignedAnswer memory s = signed(a);
        settle(2);
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.UnknownL1Block.selector, 2));
        slasher.slashAnswer(s, headersOf(2, 2), 0, receiptProof(2, 0), 2, challenger);
        vm.expectRevert(IScopePreconfSlasher.BrokenHeaderChain.selector);
        slasher.slashAnswer(s, headersOf(3, 2), 0, receiptProof(2, 0), 2, challenger);
        costsNothing();
    }

    function testTwoAnswers() public {
        IScopePreconfSlasher.Answer memory a = answerOf("requestHash", keccak256("one"));
        IScopePreconfSlasher.Answer memory b = answerOf("requestHash", keccak256("two"));
        b.sequence = 6;
        IScopePreconfSlasher.SignedAnswer memory s = signed(a);
        IScopePreconfSlasher.SignedAnswer memory t = signed(b);
        uint256 snapshot = vm.snapshotState();
        slasher.slashTwoAnswers(s, t, challenger);
        costs(FALSE, BOND);
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.AlreadySlashed.selector, slasher.answerDigest(a)));
        slasher.slashTwoAnswers(t, s, challenger);
        vm.revertToState(snapshot);
        b.chainId = uint64(B);
        t = signed(b);
        vm.expectRevert(IScopePreconfSlasher.NoContradiction.selector);
        slasher.slashTwoAnswers(s, t, challenger); // of another chain
        b.sequence = a.sequence;
        slasher.slashTwoAnswers(s, signed(b), challenger); // with one number
        costs(FALSE, BOND);
        vm.revertToState(snapshot);
        (b.chainId, b.responseHash, b.sequence) = (a.chainId, a.responseHash, 6);
        t = signed(b);
        vm.expectRevert(IScopePreconfSlasher.NoContradiction.selector);
        slasher.slashTwoAnswers(s, t, challenger); // said twice
        (b.responseHash, b.l1Hash) = (keccak256("two"), keccak256("reorganized"));
        t = signed(b);
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.NotInForce.selector, b.l1Number, b.l1Hash));
        slasher.slashTwoAnswers(s, t, challenger);
    }
}
