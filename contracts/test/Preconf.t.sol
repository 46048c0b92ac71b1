// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IScopePreconfSlasher} from "../src/interfaces/IScopePreconfSlasher.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {World} from "./World.sol";

interface ITrieHarness {
    function lookup(bytes32 root, bytes calldata key, bytes[] calldata proof)
        external
        view
        returns (bool found, bytes memory value);
}

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

/// @notice Promises, kept and broken (docs/preconfirmations.md). The chain that settles is that of
/// tests/vectors/preconf.json: three blocks, of which nodes and proofs were made by other libraries.
contract PreconfTest is World {
    uint256 private constant BUILDER_KEY = 0xb17de4;
    uint256 private constant LATE = 1 ether;
    uint256 private constant FALSE = 4 ether;
    uint256 private constant BOND = 10 ether;

    IScopePreconfSlasher private slasher;
    address private builder = vm.addr(BUILDER_KEY);
    address payable private challenger = payable(address(0xc4a11e));
    string private json;

    function setUp() public override {
        super.setUp();
        json = vm.readFile("../tests/vectors/preconf.json");
        slasher = IScopePreconfSlasher(
            vm.deployCode("ScopePreconfSlasher.sol:ScopePreconfSlasher", abi.encode(shared, LATE, FALSE))
        );
        vm.deal(builder, BOND);
        vm.prank(builder);
        slasher.deposit{value: BOND}();
    }

    // --- the vectors ---

    function place(string memory list, uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".", list, "[", vm.toString(i), "].", field);
    }

    function item(string memory list, uint256 i, string memory field, uint256 j) private pure returns (string memory) {
        return string.concat(place(list, i, field), "[", vm.toString(j), "]");
    }

    function proofAt(string memory path) private view returns (bytes[] memory) {
        return vm.parseJsonBytesArray(json, path);
    }

    /// @dev Headers of the blocks `from` down to `to`.
    function headersOf(uint256 from, uint256 to) private view returns (bytes[] memory headers) {
        headers = new bytes[](from - to + 1);
        for (uint256 i = 0; i < headers.length; i++) {
            headers[i] = vm.parseJsonBytes(json, place("chain", from - i - 1, "header"));
        }
    }

    function transactionProof(uint256 number, uint256 index) private view returns (bytes[] memory) {
        return proofAt(item("chain", number - 1, "transactionProofs", index));
    }

    function receiptProof(uint256 number, uint256 index) private view returns (bytes[] memory) {
        return proofAt(item("chain", number - 1, "receiptProofs", index));
    }

    /// @dev Accounts: 0 the sender, 1 another one, 2 an absent one.
    function accountProof(uint256 number, uint256 account) private view returns (bytes[] memory) {
        return proofAt(item("chain", number - 1, "accountProofs", account));
    }

    function transactionHash(uint256 number, uint256 index) private view returns (bytes32) {
        return vm.parseJsonBytes32(json, item("chain", number - 1, "transactionHashes", index));
    }

    function receiptHash(uint256 number, uint256 index) private view returns (bytes32) {
        return vm.parseJsonBytes32(json, item("chain", number - 1, "receiptHashes", index));
    }

    function named(string memory name) private view returns (bytes32) {
        return vm.parseJsonBytes32(json, string.concat(".", name));
    }

    // --- L1 and the rollup ---

    /// @dev L1's block numbers grow by n; the hash of the one before is there.
    function pass(uint256 n) private {
        height[L1] += n;
        on(L1);
    }

    /// @dev Settles A up to this block of the vectors' chain, by a bundle that its provers attest.
    function settle(uint256 number) private {
        ISharedBridge.Bundle memory b = newBundle();
        height[A] = number;
        on(L1);
        addTransition(b, A);
        b.transitions[0].blockHash = vm.parseJsonBytes32(json, place("chain", number - 1, "hash"));
        b.transitions[0].stateRoot = vm.parseJsonBytes32(json, place("chain", number - 1, "stateRoot"));
        prove(b, false);
        execute(b);
        same(shared.rollup(A).lastBlock, number, "settled");
    }

    // --- promises ---

    /// @dev Of what the chain has at this place, on the L1 block before.
    function promiseOf(uint256 number, uint256 index) private view returns (IScopePreconfSlasher.Promise memory p) {
        p.chainId = uint64(A);
        p.transactionHash = transactionHash(number, index);
        p.sender = vm.parseJsonAddress(json, ".sender");
        p.nonce = 8;
        p.blockNumber = uint64(number);
        p.index = uint64(index);
        p.receiptHash = receiptHash(number, index);
        p.deadline = uint64(height[L1] + 10);
        p.l1Number = uint64(height[L1] - 1);
        p.l1Hash = l1Hash(height[L1] - 1);
        p.sequence = 1;
    }

    /// @dev That a transaction of the sender with this nonce is in any block.
    function inclusionOf(uint64 nonce) private view returns (IScopePreconfSlasher.Promise memory p) {
        p = promiseOf(1, 0);
        (p.blockNumber, p.index, p.receiptHash, p.nonce) = (0, 0, 0, nonce);
    }

    function signature(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function signed(IScopePreconfSlasher.Promise memory p)
        private
        view
        returns (IScopePreconfSlasher.SignedPromise memory)
    {
        return IScopePreconfSlasher.SignedPromise(p, signature(BUILDER_KEY, slasher.promiseDigest(p)));
    }

    function signed(IScopePreconfSlasher.Answer memory a)
        private
        view
        returns (IScopePreconfSlasher.SignedAnswer memory)
    {
        return IScopePreconfSlasher.SignedAnswer(a, signature(BUILDER_KEY, slasher.answerDigest(a)));
    }

    function costs(uint256 penalty, uint256 bondBefore) private view {
        same(slasher.bondOf(builder), bondBefore - penalty, "the bond");
        same(challenger.balance, penalty / 10, "the reward");
        same(address(slasher).balance, bondBefore - penalty, "the rest is burned");
    }

    function costsNothing() private view {
        same(slasher.bondOf(builder), BOND, "the bond");
        same(challenger.balance, 0, "no reward");
    }

    function kept() private {
        vm.expectRevert(IScopePreconfSlasher.PromiseKept.selector);
    }

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

    function notInForce(IScopePreconfSlasher.Promise memory p) private {
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.NotInForce.selector, p.l1Number, p.l1Hash));
    }

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

    function answerOf(string memory request, bytes32 response)
        private
        view
        returns (IScopePreconfSlasher.Answer memory)
    {
        return IScopePreconfSlasher.Answer(
            uint64(A), named(request), response, uint64(height[L1] - 1), l1Hash(height[L1] - 1), 5
        );
    }

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

/// @notice TrieLookup finds what @ethereumjs/mpt has put there, and nothing else.
contract TrieLookupTest is World {
    ITrieHarness private trie = ITrieHarness(vm.deployCode("TrieHarness.sol:TrieHarness"));

    function setUp() public override {}

    function place(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".tries[", vm.toString(i), "].", field);
    }

    /// @dev Each row in a call of its own, whose memory ends with it.
    function eachRow(function(uint256) external view row) private view {
        uint256 n = vm.parseJsonUint(vm.readFile("../tests/vectors/preconf.json"), ".trieCount");
        check(n > 100, "rows");
        for (uint256 i = 0; i < n; i++) {
            row(i);
        }
    }

    function read(string memory json, uint256 i)
        private
        pure
        returns (bytes32 root, bytes memory key, bytes[] memory proof)
    {
        root = vm.parseJsonBytes32(json, place(i, "root"));
        key = vm.parseJsonBytes(json, place(i, "key"));
        proof = vm.parseJsonBytesArray(json, place(i, "proof"));
    }

    function testLookups() public view {
        eachRow(this.find);
    }

    function find(uint256 i) external view {
        string memory json = vm.readFile("../tests/vectors/preconf.json");
        (bytes32 root, bytes memory key, bytes[] memory proof) = read(json, i);
        (bool found, bytes memory value) = trie.lookup(root, key, proof);
        check(found == vm.parseJsonBool(json, place(i, "found")), place(i, "found"));
        same(value, vm.parseJsonBytes(json, place(i, "value")), place(i, "value"));
    }

    function testForgedProofs() public view {
        eachRow(this.forge);
    }

    /// @dev A node more, a node less, a changed bit, and nodes of another root: nothing is proved.
    function forge(uint256 i) external view {
        (bytes32 root, bytes memory key, bytes[] memory proof) = read(vm.readFile("../tests/vectors/preconf.json"), i);
        bytes[] memory more = new bytes[](proof.length + 1);
        for (uint256 j = 0; j < proof.length; j++) {
            more[j] = proof[j];
        }
        more[proof.length] = proof.length == 0 ? bytes(hex"80") : proof[0];
        refused(root, key, more, "one more");
        if (proof.length == 0) return;
        bytes[] memory fewer = new bytes[](proof.length - 1);
        for (uint256 j = 0; j < fewer.length; j++) {
            fewer[j] = proof[j];
        }
        refused(root, key, fewer, "one less");
        for (uint256 j = 0; j < proof.length; j++) {
            uint256 where = uint256(keccak256(abi.encode(i, j))) % proof[j].length;
            proof[j][where] ^= 0x04;
            refused(root, key, proof, "changed");
            proof[j][where] ^= 0x04;
        }
        refused(keccak256("root"), key, proof, "another root");
    }

    function refused(bytes32 root, bytes memory key, bytes[] memory proof, string memory what) private view {
        (bool success,) = address(trie).staticcall(abi.encodeCall(ITrieHarness.lookup, (root, key, proof)));
        check(!success, what);
    }
}
