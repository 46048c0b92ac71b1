// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopePreconfSlasher} from "../src/interfaces/IScopePreconfSlasher.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {World} from "./World.sol";

/// @notice A builder with a bond, and a rollup whose blocks are those of tests/vectors/preconf.json: three, of which nodes
/// and proofs were made by other libraries.
abstract contract PreconfWorld is World {
    uint256 internal constant BUILDER_KEY = 0xb17de4;
    uint256 internal constant LATE = 1 ether;
    uint256 internal constant FALSE = 4 ether;
    uint256 internal constant BOND = 10 ether;

    IScopePreconfSlasher internal slasher;
    address internal builder = vm.addr(BUILDER_KEY);
    address payable internal challenger = payable(address(0xc4a11e));
    string internal json;

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

    function place(string memory list, uint256 i, string memory field) internal pure returns (string memory) {
        return string.concat(".", list, "[", vm.toString(i), "].", field);
    }

    function item(string memory list, uint256 i, string memory field, uint256 j) internal pure returns (string memory) {
        return string.concat(place(list, i, field), "[", vm.toString(j), "]");
    }

    function proofAt(string memory path) internal view returns (bytes[] memory) {
        return vm.parseJsonBytesArray(json, path);
    }

    /// @dev Headers of the blocks `from` down to `to`.
    function headersOf(uint256 from, uint256 to) internal view returns (bytes[] memory headers) {
        headers = new bytes[](from - to + 1);
        for (uint256 i = 0; i < headers.length; i++) {
            headers[i] = vm.parseJsonBytes(json, place("chain", from - i - 1, "header"));
        }
    }

    function transactionProof(uint256 number, uint256 index) internal view returns (bytes[] memory) {
        return proofAt(item("chain", number - 1, "transactionProofs", index));
    }

    function receiptProof(uint256 number, uint256 index) internal view returns (bytes[] memory) {
        return proofAt(item("chain", number - 1, "receiptProofs", index));
    }

    /// @dev Accounts: 0 the sender, 1 another one, 2 an absent one.
    function accountProof(uint256 number, uint256 account) internal view returns (bytes[] memory) {
        return proofAt(item("chain", number - 1, "accountProofs", account));
    }

    function transactionHash(uint256 number, uint256 index) internal view returns (bytes32) {
        return vm.parseJsonBytes32(json, item("chain", number - 1, "transactionHashes", index));
    }

    function receiptHash(uint256 number, uint256 index) internal view returns (bytes32) {
        return vm.parseJsonBytes32(json, item("chain", number - 1, "receiptHashes", index));
    }

    function named(string memory name) internal view returns (bytes32) {
        return vm.parseJsonBytes32(json, string.concat(".", name));
    }

    // --- L1 and the rollup ---

    /// @dev L1's block numbers grow by n; the hash of the one before is there.
    function pass(uint256 n) internal {
        height[L1] += n;
        on(L1);
    }

    /// @dev Settles A up to this block of the vectors' chain, by a bundle that its provers attest.
    function settle(uint256 number) internal {
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
    function promiseOf(uint256 number, uint256 index) internal view returns (IScopePreconfSlasher.Promise memory p) {
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
    function inclusionOf(uint64 nonce) internal view returns (IScopePreconfSlasher.Promise memory p) {
        p = promiseOf(1, 0);
        (p.blockNumber, p.index, p.receiptHash, p.nonce) = (0, 0, 0, nonce);
    }

    function signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function signed(IScopePreconfSlasher.Promise memory p)
        internal
        view
        returns (IScopePreconfSlasher.SignedPromise memory)
    {
        return IScopePreconfSlasher.SignedPromise(p, signature(BUILDER_KEY, slasher.promiseDigest(p)));
    }

    function signed(IScopePreconfSlasher.Answer memory a)
        internal
        view
        returns (IScopePreconfSlasher.SignedAnswer memory)
    {
        return IScopePreconfSlasher.SignedAnswer(a, signature(BUILDER_KEY, slasher.answerDigest(a)));
    }

    function costs(uint256 penalty, uint256 bondBefore) internal view {
        same(slasher.bondOf(builder), bondBefore - penalty, "the bond");
        same(challenger.balance, penalty / 10, "the reward");
        same(address(slasher).balance, bondBefore - penalty, "the rest is burned");
    }

    function costsNothing() internal view {
        same(slasher.bondOf(builder), BOND, "the bond");
        same(challenger.balance, 0, "no reward");
    }

    function kept() internal {
        vm.expectRevert(IScopePreconfSlasher.PromiseKept.selector);
    }

    function notInForce(IScopePreconfSlasher.Promise memory p) internal {
        vm.expectRevert(abi.encodeWithSelector(IScopePreconfSlasher.NotInForce.selector, p.l1Number, p.l1Hash));
    }

    function answerOf(string memory request, bytes32 response)
        internal
        view
        returns (IScopePreconfSlasher.Answer memory)
    {
        return IScopePreconfSlasher.Answer(
            uint64(A), named(request), response, uint64(height[L1] - 1), l1Hash(height[L1] - 1), 5
        );
    }
}
