// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IScopePreconfSlasher} from "../src/interfaces/IScopePreconfSlasher.sol";
import {PreconfWorld} from "./PreconfWorld.sol";

/// @notice Promises about a transaction, kept and broken (docs/preconfirmations.md).
contract PreconfTest is PreconfWorld {
    // --- what is signed ---

    /// @dev The digests are those of viem, at the vectors' address.
    function testDigests() public {
        address place_ = vm.parseJsonAddress(json, ".domain.verifyingContract");
        vm.etch(place_, address(slasher).code);
        IScopePreconfSlasher there = IScopePreconfSlasher(place_);
        for (uint256 i = 0; i < 4; i++) {
            IScopePreconfSlasher.Promise memory p;
            p.chainId = uint64(vm.parseJsonUint(json, place("promises", i, "chainId")));
            p.transactionHash = vm.parseJsonBytes32(json, place("promises", i, "transactionHash"));
            p.sender = vm.parseJsonAddress(json, place("promises", i, "sender"));
            p.nonce = uint64(vm.parseJsonUint(json, place("promises", i, "nonce")));
            p.blockNumber = uint64(vm.parseJsonUint(json, place("promises", i, "blockNumber")));
            p.index = uint64(vm.parseJsonUint(json, place("promises", i, "index")));
            p.receiptHash = vm.parseJsonBytes32(json, place("promises", i, "receiptHash"));
            p.deadline = uint64(vm.parseJsonUint(json, place("promises", i, "deadline")));
            p.l1Number = uint64(vm.parseJsonUint(json, place("promises", i, "l1Number")));
            p.l1Hash = vm.parseJsonBytes32(json, place("promises", i, "l1Hash"));
            p.sequence = uint64(vm.parseJsonUint(json, place("promises", i, "sequence")));
            same(there.promiseDigest(p), vm.parseJsonBytes32(json, place("promises", i, "digest")), "a promise");
        }
        for (uint256 i = 0; i < 3; i++) {
            IScopePreconfSlasher.Answer memory a;
            a.chainId = uint64(vm.parseJsonUint(json, place("answers", i, "chainId")));
            a.requestHash = vm.parseJsonBytes32(json, place("answers", i, "requestHash"));
            a.responseHash = vm.parseJsonBytes32(json, place("answers", i, "responseHash"));
            a.l1Number = uint64(vm.parseJsonUint(json, place("answers", i, "l1Number")));
            a.l1Hash = vm.parseJsonBytes32(json, place("answers", i, "l1Hash"));
            a.sequence = uint64(vm.parseJsonUint(json, place("answers", i, "sequence")));
            same(there.answerDigest(a), vm.parseJsonBytes32(json, place("answers", i, "digest")), "an answer");
        }
    }

    /// @dev A promise for another L1 or another slasher, and so for another bridge, is no promise here: another signer is
    /// recovered, who has no bond.
    function testAPromiseIsForOneL1AndOneBridge() public {
        IScopePreconfSlasher other = IScopePreconfSlasher(
            vm.deployCode("ScopePreconfSlasher.sol:ScopePreconfSlasher", abi.encode(shared, LATE, FALSE))
        );
        IScopePreconfSlasher.Promise memory p = promiseOf(1, 0);
        p.receiptHash = receiptHash(1, 1);
        bytes32 here = slasher.promiseDigest(p);
        check(other.promiseDigest(p) != here, "another contract");
        vm.chainId(B);
        bytes32 elsewhere = slasher.promiseDigest(p);
        check(elsewhere != here, "another L1");
        on(L1);
        settle(1);
        IScopePreconfSlasher.SignedPromise memory s = signed(p);
        s.signature = signature(BUILDER_KEY, elsewhere);
        (bool success, bytes memory result) = address(slasher)
            .call(
                abi.encodeCall(IScopePreconfSlasher.slashReceipt, (s, headersOf(1, 1), receiptProof(1, 0), challenger))
            );
        check(!success && bytes4(result) == IScopePreconfSlasher.NoBond.selector, "not slashed");
        s.signature = signature(BUILDER_KEY, other.promiseDigest(p));
        (success, result) = address(slasher)
            .call(
                abi.encodeCall(IScopePreconfSlasher.slashReceipt, (s, headersOf(1, 1), receiptProof(1, 0), challenger))
            );
        check(!success && bytes4(result) == IScopePreconfSlasher.NoBond.selector, "not slashed");
        costsNothing();
    }

    // --- the bond ---

    function testTheBondIsLockedForADelay() public {
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.NotWithdrawable.selector, 0));
        vm.prank(builder);
        slasher.withdraw(challenger);
        same(slasher.coveredUntil(builder), height[L1] + 50_400, "no withdrawal announced");
        vm.prank(builder);
        slasher.announceWithdrawal();
        uint256 from = height[L1] + 50_400;
        same(slasher.coveredUntil(builder), from, "announced");
        pass(50_399);
        same(slasher.coveredUntil(builder), from, "announced, as before");
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.NotWithdrawable.selector, from));
        vm.prank(builder);
        slasher.withdraw(challenger);
        pass(1);
        vm.prank(builder);
        slasher.withdraw(challenger);
        same(challenger.balance, BOND, "paid");
        same(slasher.bondOf(builder), 0, "nothing left");
        same(slasher.coveredUntil(builder), 0, "no cover");
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.NotWithdrawable.selector, 0));
        vm.prank(builder);
        slasher.withdraw(challenger);
    }

    function testAWithdrawalIsCancelled() public {
        vm.prank(builder);
        slasher.announceWithdrawal();
        pass(50_400);
        vm.prank(builder);
        slasher.cancelWithdrawal();
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.NotWithdrawable.selector, 0));
        vm.prank(builder);
        slasher.withdraw(challenger);
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.NoBond.selector, address(this)));
        slasher.announceWithdrawal();
    }

    function testAnAnnouncedWithdrawalIsStillSlashed() public {
        IScopePreconfSlasher.Promise memory p = promiseOf(2, 1);
        p.receiptHash = receiptHash(2, 0);
        settle(2);
        vm.prank(builder);
        slasher.announceWithdrawal();
        slasher.recordL1Block(p.l1Number);
        pass(50_400);
        slasher.slashReceipt(signed(p), headersOf(2, 2), receiptProof(2, 1), challenger);
        costs(FALSE, BOND);
        vm.prank(builder);
        slasher.withdraw(payable(builder));
        same(builder.balance, BOND - FALSE, "what is left");
    }

    function testPenaltiesAreBoundedByTheBond() public {
        uint256 bond = BOND;
        for (uint64 i = 1; i <= 3; i++) {
            IScopePreconfSlasher.Promise memory p = promiseOf(1, 0);
            (p.receiptHash, p.sequence) = (receiptHash(1, 1), i);
            IScopePreconfSlasher.SignedPromise memory s = signed(p);
            if (i == 1) settle(1);
            slasher.slashReceipt(s, headersOf(1, 1), receiptProof(1, 0), challenger);
            bond -= i == 3 ? 2 ether : FALSE;
            same(slasher.bondOf(builder), bond, "the bond");
        }
        same(bond, 0, "all of it");
        IScopePreconfSlasher.Promise memory q = promiseOf(1, 0);
        (q.receiptHash, q.sequence) = (receiptHash(1, 1), 4);
        IScopePreconfSlasher.SignedPromise memory t = signed(q);
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.NoBond.selector, builder));
        slasher.slashReceipt(t, headersOf(1, 1), receiptProof(1, 0), challenger);
    }

    /// @dev A bond of another builder is another builder's.
    function testOnlyTheSignerIsSlashed() public {
        address honest = vm.addr(77);
        vm.deal(honest, BOND);
        vm.prank(honest);
        slasher.deposit{value: BOND}();
        IScopePreconfSlasher.Promise memory p = promiseOf(1, 0);
        p.receiptHash = receiptHash(1, 1);
        settle(1);
        slasher.slashReceipt(signed(p), headersOf(1, 1), receiptProof(1, 0), challenger);
        same(slasher.bondOf(honest), BOND, "not this one");
        same(slasher.bondOf(builder), BOND - FALSE, "this one");
    }

    function testAMalleableSignature() public {
        IScopePreconfSlasher.Promise memory p = promiseOf(1, 0);
        p.receiptHash = receiptHash(1, 1);
        settle(1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(BUILDER_KEY, slasher.promiseDigest(p));
        uint256 n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes32 high = bytes32(n - uint256(s));
        IScopePreconfSlasher.SignedPromise memory forged =
            IScopePreconfSlasher.SignedPromise(p, abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27)));
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, high));
        slasher.slashReceipt(forged, headersOf(1, 1), receiptProof(1, 0), challenger);
    }

    // --- a promise about a place in a block ---

    function testAKeptPromiseIsNotSlashed() public {
        for (uint256 number = 1; number <= 2; number++) {
            settle(number);
            for (uint256 index = 0; index < 4 - number; index++) {
                IScopePreconfSlasher.SignedPromise memory s = signed(promiseOf(number, index));
                kept();
                slasher.slashTransaction(s, headersOf(number, number), transactionProof(number, index), challenger);
                kept();
                slasher.slashReceipt(s, headersOf(number, number), receiptProof(number, index), challenger);
            }
        }
        IScopePreconfSlasher.SignedPromise memory old = signed(promiseOf(1, 2));
        settle(3);
        kept();
        slasher.slashReceipt(old, headersOf(3, 1), receiptProof(1, 2), challenger);
        pass(200);
        kept();
        slasher.slashLateBlock(old, challenger);
        costsNothing();
    }

    function testAnotherReceipt() public {
        IScopePreconfSlasher.Promise memory p = promiseOf(1, 1);
        p.receiptHash = receiptHash(1, 2);
        IScopePreconfSlasher.SignedPromise memory s = signed(p);
        settle(3);
        slasher.slashReceipt(s, headersOf(3, 1), receiptProof(1, 1), challenger);
        costs(FALSE, BOND);
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.AlreadySlashed.selector, slasher.promiseDigest(p)));
        slasher.slashReceipt(s, headersOf(3, 1), receiptProof(1, 1), challenger);
    }

    function testAnotherTransaction() public {
        IScopePreconfSlasher.Promise memory p = promiseOf(2, 1);
        p.transactionHash = keccak256("another");
        IScopePreconfSlasher.SignedPromise memory s = signed(p);
        settle(2);
        slasher.slashTransaction(s, headersOf(2, 2), transactionProof(2, 1), challenger);
        costs(FALSE, BOND);
    }

    /// @dev A place behind the block's last transaction, in blocks of three, two and no transactions.
    function testNoTransaction() public {
        settle(3);
        for (uint256 number = 1; number <= 3; number++) {
            for (uint256 i = 3; i <= 4; i++) {
                IScopePreconfSlasher.Promise memory p = promiseOf(1, 0);
                (p.blockNumber, p.index) = (uint64(number), i == 3 ? 3 : 128);
                p.sequence = uint64(10 * number + i);
                IScopePreconfSlasher.SignedPromise memory s = signed(p);
                uint256 snapshot = vm.snapshotState();
                slasher.slashTransaction(s, headersOf(3, number), transactionProof(number, i), challenger);
                costs(FALSE, BOND);
                vm.revertToState(snapshot);
                slasher.slashReceipt(s, headersOf(3, number), receiptProof(number, i), challenger);
                costs(FALSE, BOND);
                vm.revertToState(snapshot);
            }
        }
    }

    /// @dev The proof of another index, of another block, of the other trie, changed or cut, proves nothing.
    function testAnotherProof() public {
        IScopePreconfSlasher.SignedPromise memory s = signed(promiseOf(1, 1));
        settle(3);
        vm.expectRevert();
        slasher.slashReceipt(s, headersOf(3, 1), receiptProof(1, 2), challenger);
        vm.expectRevert();
        slasher.slashReceipt(s, headersOf(3, 1), receiptProof(1, 3), challenger);
        vm.expectRevert();
        slasher.slashReceipt(s, headersOf(3, 1), receiptProof(2, 1), challenger);
        vm.expectRevert();
        slasher.slashReceipt(s, headersOf(3, 1), transactionProof(1, 1), challenger);
        vm.expectRevert();
        slasher.slashReceipt(s, headersOf(3, 1), new bytes[](0), challenger);
        costsNothing();
    }

    /// @dev Headers have to lead from what settled to the promised block.
    function testHeaders() public {
        IScopePreconfSlasher.Promise memory p = promiseOf(1, 1);
        p.receiptHash = receiptHash(1, 2);
        IScopePreconfSlasher.SignedPromise memory s = signed(p);
        bytes[] memory headers = headersOf(3, 1);
        settle(2);
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.UnknownHead.selector, A, keccak256(headers[0])));
        slasher.slashReceipt(s, headers, receiptProof(1, 1), challenger);
        settle(3);
        vm.expectRevert(IScopePreconfSlasher.BrokenHeaderChain.selector);
        slasher.slashReceipt(s, new bytes[](0), receiptProof(1, 1), challenger);
        vm.expectRevert(IScopePreconfSlasher.BrokenHeaderChain.selector);
        slasher.slashReceipt(s, headersOf(3, 2), receiptProof(2, 1), challenger);
        bytes memory middle = headers[1];
        headers[1] = headers[2];
        vm.expectRevert(IScopePreconfSlasher.BrokenHeaderChain.selector);
        slasher.slashReceipt(s, headers, receiptProof(1, 1), challenger);
        headers[1] = middle;
        headers[2][600] ^= 0x01;
        vm.expectRevert(IScopePreconfSlasher.BrokenHeaderChain.selector);
        slasher.slashReceipt(s, headers, receiptProof(1, 1), challenger);
        costsNothing();
        slasher.slashReceipt(s, headersOf(3, 1), receiptProof(1, 1), challenger);
    }

    /// @dev A builder that settles in each L1 block cannot make evidence void.
    function testARecordedHead() public {
        IScopePreconfSlasher.Promise memory p = promiseOf(1, 1);
        p.receiptHash = receiptHash(1, 2);
        IScopePreconfSlasher.SignedPromise memory s = signed(p);
        settle(2);
        uint256 snapshot = vm.snapshotState();
        settle(3);
        bytes32 head = keccak256(headersOf(2, 2)[0]);
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.UnknownHead.selector, A, head));
        slasher.slashReceipt(s, headersOf(2, 1), receiptProof(1, 1), challenger);
        vm.revertToState(snapshot);
        slasher.recordHead(A);
        same(slasher.headAt(A, head), height[L1], "recorded");
        same(slasher.headAt(B, head), 0, "of this rollup");
        settle(3);
        slasher.slashReceipt(s, headersOf(2, 1), receiptProof(1, 1), challenger);
        costs(FALSE, BOND);
    }

    // --- late ---

    /// @dev To the block: at the deadline and GRACE nobody is late.
    function testALateBlock() public {
        IScopePreconfSlasher.Promise memory p = promiseOf(2, 1);
        IScopePreconfSlasher.SignedPromise memory s = signed(p);
        settle(1);
        height[L1] = p.deadline + 64;
        on(L1);
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.NotLate.selector, p.deadline + 64));
        slasher.slashLateBlock(s, challenger);
        pass(1);
        uint256 snapshot = vm.snapshotState();
        slasher.slashLateBlock(s, challenger);
        costs(LATE, BOND);
        // settled after all: whoever was not slashed before is not slashed any more
        vm.revertToState(snapshot);
        settle(2);
        kept();
        slasher.slashLateBlock(s, challenger);
        costsNothing();
    }

    function testALateTransaction() public {
        settle(1);
        IScopePreconfSlasher.Promise memory p = inclusionOf(8); // the account's nonce is 7 after block 1, then 8, 9
        IScopePreconfSlasher.SignedPromise memory s = signed(p);
        height[L1] = p.deadline + 64;
        on(L1);
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.NotLate.selector, p.deadline + 64));
        slasher.slashLateTransaction(s, headersOf(1, 1)[0], accountProof(1, 0), challenger);
        pass(1);
        uint256 snapshot = vm.snapshotState();
        slasher.slashLateTransaction(s, headersOf(1, 1)[0], accountProof(1, 0), challenger);
        costs(LATE, BOND);
        vm.revertToState(snapshot);
        settle(2); // its nonce is the next one
        slasher.slashLateTransaction(s, headersOf(2, 2)[0], accountProof(2, 0), challenger);
        costs(LATE, BOND);
        vm.revertToState(snapshot);
        settle(3);
        kept();
        slasher.slashLateTransaction(s, headersOf(3, 3)[0], accountProof(3, 0), challenger);
        costsNothing();
    }

    /// @dev The state has to be one that was settled after the grace: an older one does not show that it is late.
    function testAnOldStateDoesNotShowLateness() public {
        settle(1);
        IScopePreconfSlasher.SignedPromise memory s = signed(inclusionOf(8));
        slasher.recordHead(A);
        settle(3);
        pass(200);
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.NotLate.selector, s.message.deadline + 64));
        slasher.slashLateTransaction(s, headersOf(1, 1)[0], accountProof(1, 0), challenger);
        bytes32 never = keccak256(headersOf(2, 2)[0]);
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.UnknownHead.selector, A, never));
        slasher.slashLateTransaction(s, headersOf(2, 2)[0], accountProof(2, 0), challenger);
        costsNothing();
    }

    function testALateTransactionWithARecordedHead() public {
        settle(1);
        IScopePreconfSlasher.SignedPromise memory s = signed(inclusionOf(8));
        height[L1] = s.message.deadline + 65;
        on(L1);
        slasher.recordHead(A);
        settle(3); // too late, and evidence is recorded
        slasher.slashLateTransaction(s, headersOf(1, 1)[0], accountProof(1, 0), challenger);
        costs(LATE, BOND);
    }

    function testAnAbsentSender() public {
        settle(1);
        IScopePreconfSlasher.Promise memory p = inclusionOf(0);
        p.sender = vm.parseJsonAddress(json, ".absent");
        IScopePreconfSlasher.SignedPromise memory s = signed(p);
        pass(100);
        vm.expectRevert();
        slasher.slashLateTransaction(s, headersOf(1, 1)[0], accountProof(1, 1), challenger);
        slasher.slashLateTransaction(s, headersOf(1, 1)[0], accountProof(1, 2), challenger);
        costs(LATE, BOND);
    }

    /// @dev Another account's nonce says nothing of the sender's.
    function testAnothersNonce() public {
        settle(3);
        IScopePreconfSlasher.SignedPromise memory s = signed(inclusionOf(8));
        pass(100);
        vm.expectRevert();
        slasher.slashLateTransaction(s, headersOf(3, 3)[0], accountProof(3, 1), challenger);
        vm.expectRevert();
        slasher.slashLateTransaction(s, headersOf(3, 3)[0], accountProof(3, 2), challenger);
        costsNothing();
    }

    function testKinds() public {
        settle(1);
        IScopePreconfSlasher.SignedPromise memory s = signed(inclusionOf(8));
        IScopePreconfSlasher.SignedPromise memory t = signed(promiseOf(1, 0));
        pass(100);
        vm.expectRevert(IScopePreconfSlasher.OtherKind.selector);
        slasher.slashLateBlock(s, challenger);
        vm.expectRevert(IScopePreconfSlasher.OtherKind.selector);
        slasher.slashTransaction(s, headersOf(1, 1), transactionProof(1, 0), challenger);
        vm.expectRevert(IScopePreconfSlasher.OtherKind.selector);
        slasher.slashReceipt(s, headersOf(1, 1), receiptProof(1, 0), challenger);
        vm.expectRevert(IScopePreconfSlasher.OtherKind.selector);
        slasher.slashLateTransaction(t, headersOf(1, 1)[0], accountProof(1, 0), challenger);
    }

    // --- the condition: a reorganization of L1 breaks no promise ---

    function testNothingIsOwedAfterAReorganization() public {
        IScopePreconfSlasher.Promise memory p = promiseOf(2, 1);
        p.receiptHash = receiptHash(1, 0);
        IScopePreconfSlasher.Promise memory q = inclusionOf(20);
        IScopePreconfSlasher.Answer memory a = answerOf("requestHash", keccak256("another"));
        settle(2);
        uint256 snapshot = vm.snapshotState();
        vm.setBlockhash(p.l1Number, keccak256("another block of L1"));
        IScopePreconfSlasher.SignedPromise memory s = signed(p);
        IScopePreconfSlasher.SignedAnswer memory t = signed(a);
        notInForce(p);
        slasher.slashReceipt(s, headersOf(2, 2), receiptProof(2, 1), challenger);
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.NotInForce.selector, a.l1Number, a.l1Hash));
        slasher.slashAnswer(t, headersOf(2, 2), 0, receiptProof(2, 0), 2, challenger);
        p.transactionHash = keccak256("another");
        s = signed(p);
        notInForce(p);
        slasher.slashTransaction(s, headersOf(2, 2), transactionProof(2, 1), challenger);
        pass(100);
        vm.setBlockhash(p.l1Number, keccak256("another block of L1"));
        p.blockNumber = 3;
        s = signed(p);
        notInForce(p);
        slasher.slashLateBlock(s, challenger);
        s = signed(q);
        notInForce(q);
        slasher.slashLateTransaction(s, headersOf(2, 2)[0], accountProof(2, 0), challenger);
        costsNothing();
        // the same without the reorganization
        vm.revertToState(snapshot);
        pass(100);
        s = signed(q);
        slasher.slashLateTransaction(s, headersOf(2, 2)[0], accountProof(2, 0), challenger);
        costs(LATE, BOND);
    }

    /// @dev What BLOCKHASH says of a block that it does not know is 0: no condition.
    function testNoConditionIsNoPromise() public {
        IScopePreconfSlasher.Promise memory p = promiseOf(1, 0);
        p.receiptHash = receiptHash(1, 1);
        settle(1);
        uint256[4] memory numbers = [uint256(0), height[L1], height[L1] + 1, type(uint64).max];
        for (uint256 i = 0; i < numbers.length; i++) {
            (p.l1Number, p.l1Hash) = (uint64(numbers[i]), 0);
            IScopePreconfSlasher.SignedPromise memory s = signed(p);
            notInForce(p);
            slasher.slashReceipt(s, headersOf(1, 1), receiptProof(1, 0), challenger);
        }
    }

    function testAnOldConditionIsRecorded() public {
        IScopePreconfSlasher.Promise memory p = promiseOf(1, 0);
        p.receiptHash = receiptHash(1, 1);
        IScopePreconfSlasher.SignedPromise memory s = signed(p);
        settle(1);
        uint256 snapshot = vm.snapshotState();
        pass(20_000);
        notInForce(p);
        slasher.slashReceipt(s, headersOf(1, 1), receiptProof(1, 0), challenger);
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.UnknownL1Block.selector, p.l1Number));
        slasher.recordL1Block(p.l1Number);
        vm.revertToState(snapshot);
        slasher.recordL1Block(p.l1Number);
        pass(20_000);
        slasher.slashReceipt(s, headersOf(1, 1), receiptProof(1, 0), challenger);
        costs(FALSE, BOND);
    }
}
