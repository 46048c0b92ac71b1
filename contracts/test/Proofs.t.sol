// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IProofRegistry} from "../src/interfaces/IProofRegistry.sol";
import {IProofVerifier} from "../src/interfaces/IProofVerifier.sol";
import {IQuorumVerifier} from "../src/interfaces/IQuorumVerifier.sol";
import {World} from "./World.sol";

/// @notice A verifier that returns what the test sets.
contract FixedVerifier is IProofVerifier {
    bool private immutable ok;

    constructor(bool ok_) {
        ok = ok_;
    }

    function verify(uint64, bytes32, bytes calldata) external view returns (bool) {
        return ok;
    }
}

/// @notice ProofRegistry and QuorumVerifier.
contract ProofsTest is World {
    bytes32 private constant STATEMENT = keccak256("a statement");

    function verify(bytes memory proof) private view returns (bool) {
        return quorum.verify(uint64(A), STATEMENT, proof);
    }

    // --- quorum ---

    function testQuorum() public view {
        check(verify(attest(A, STATEMENT, 2)), "two of three");
        check(verify(attest(A, STATEMENT, 3)), "three of three");
    }

    function testNotEnough() public {
        bytes memory proof = attest(A, STATEMENT, 1);
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.NotEnoughSignatures.selector, 1, 2));
        verify(proof);
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.NotEnoughSignatures.selector, 0, 2));
        verify("");
    }

    function testMalformed() public {
        bytes memory proof = abi.encodePacked(attest(A, STATEMENT, 2), uint8(0));
        vm.expectRevert(IQuorumVerifier.MalformedProof.selector);
        verify(proof);
    }

    function item(uint256 i, uint64 epoch, uint64 deadline) private view returns (bytes memory) {
        address attester = vm.addr(proverKeys[i]);
        return abi.encodePacked(
            attester,
            deadline,
            sign(proverKeys[i], quorum.settlementHash(uint64(A), STATEMENT, epoch, attester, deadline))
        );
    }

    function testOrder() public {
        bytes memory proof = bytes.concat(item(0, 1, NEVER), item(0, 1, NEVER));
        vm.expectRevert(IQuorumVerifier.AttesterOrder.selector);
        verify(proof);
        proof = bytes.concat(item(1, 1, NEVER), item(0, 1, NEVER));
        vm.expectRevert(IQuorumVerifier.AttesterOrder.selector);
        verify(proof);
    }

    function testStrangers() public {
        uint256[] memory mine = sorted(keys(4));
        bytes memory proof;
        address stranger;
        for (uint256 i = 0; i < 4; i++) {
            bool known = quorum.memberOf(vm.addr(mine[i])) != 0;
            if (!known) stranger = vm.addr(mine[i]);
            proverKeys[0] = mine[i];
            proof = bytes.concat(proof, item(0, 1, NEVER));
        }
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.NotAProver.selector, stranger));
        verify(proof);
    }

    function testExpired() public {
        uint64 deadline = uint64(block.timestamp) - 1;
        bytes memory proof = bytes.concat(item(0, 1, NEVER), item(1, 1, deadline));
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.Expired.selector, vm.addr(proverKeys[1])));
        verify(proof);
        check(verify(bytes.concat(item(0, 1, NEVER), item(1, 1, deadline + 1))), "in time");
    }

    /// @dev Statement, rollup, epoch, deadline, verifier, chain: each is signed.
    function testSignatures() public {
        bytes memory second = item(1, 1, NEVER);
        bytes memory wrong = abi.encodeWithSelector(IQuorumVerifier.WrongSignature.selector, vm.addr(proverKeys[0]));
        bytes memory good = item(0, 1, NEVER);
        bytes[6] memory firsts;
        firsts[0] = item(0, 2, NEVER);
        firsts[1] = bytes.concat(item(0, 1, 1)); // its deadline changed below
        for (uint256 i = 20; i < 28; i++) {
            firsts[1][i] = 0xff;
        }
        firsts[2] = abi.encodePacked(
            vm.addr(proverKeys[0]),
            NEVER,
            sign(proverKeys[0], quorum.settlementHash(uint64(B), STATEMENT, 1, vm.addr(proverKeys[0]), NEVER))
        );
        firsts[3] = abi.encodePacked(
            vm.addr(proverKeys[0]),
            NEVER,
            sign(proverKeys[0], quorum.settlementHash(uint64(A), "other", 1, vm.addr(proverKeys[0]), NEVER))
        );
        vm.chainId(A);
        firsts[4] = item(0, 1, NEVER);
        vm.chainId(L1);
        firsts[5] = highS(good);
        for (uint256 i = 0; i < 6; i++) {
            vm.expectRevert(wrong);
            verify(bytes.concat(firsts[i], second));
        }
        check(verify(bytes.concat(good, second)), "good");
    }

    function highS(bytes memory good) private pure returns (bytes memory bad) {
        bad = bytes.concat(good);
        bytes32 s;
        assembly {
            s := mload(add(bad, 0x5c)) // 0x20 + 28 + 32
            s := sub(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141, s)
            mstore(add(bad, 0x5c), s)
        }
        bad[92] = bad[92] == bytes1(uint8(27)) ? bytes1(uint8(28)) : bytes1(uint8(27));
    }

    function testANewSetVoidsOldSignatures() public {
        uint256[] memory mine = sorted(keys(2));
        quorum.setProvers(addresses(mine), 2);
        same(quorum.proverSetEpoch(), 2, "epoch");
        proverKeys = mine;
        bytes memory old = bytes.concat(item(0, 1, NEVER), item(1, 1, NEVER));
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.WrongSignature.selector, vm.addr(mine[0])));
        verify(old);
        check(verify(bytes.concat(item(0, 2, NEVER), item(1, 2, NEVER))), "of the new set");
        // who is not in the new set is no prover
        quorum.setProvers(addresses(sorted(keys(1))), 1);
        address gone = vm.addr(keys(2)[1]);
        proverKeys[0] = keys(2)[1];
        bytes memory his = item(0, 3, NEVER);
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.NotAProver.selector, gone));
        verify(his);
    }

    function testProverSets() public {
        address[] memory two = addresses(sorted(keys(2)));
        vm.prank(address(0xbeef));
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", address(0xbeef)));
        quorum.setProvers(two, 1);
        refuseSet(two, 0);
        refuseSet(two, 3);
        refuseSet(new address[](0), 0);
        (two[0], two[1]) = (two[1], two[0]);
        refuseSet(two, 1);
        two[0] = two[1];
        refuseSet(two, 1);
        two[0] = address(0);
        refuseSet(two, 1);
        refuseSet(addresses(sorted(keys(33))), 1);
        quorum.setProvers(addresses(sorted(keys(32))), 32);
        same(quorum.threshold(), 32, "threshold");
        same(quorum.programId(), "program", "program");
        same(quorum.proofSystemId(), "system", "system");
    }

    function refuseSet(address[] memory provers, uint256 threshold) private {
        vm.expectRevert(IQuorumVerifier.BadProverSet.selector);
        quorum.setProvers(provers, threshold);
    }

    // --- registry ---

    function three() private returns (address[] memory list) {
        list = new address[](3);
        list[0] = address(quorum);
        list[1] = address(new FixedVerifier(true));
        list[2] = address(new FixedVerifier(false));
        for (uint256 i = 0; i < 3; i++) {
            for (uint256 j = i + 1; j < 3; j++) {
                if (list[j] < list[i]) (list[i], list[j]) = (list[j], list[i]);
            }
        }
    }

    function testRequirements() public {
        address[] memory list = three();
        vm.prank(address(0xbeef));
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", address(0xbeef)));
        registry.setRequirement(uint64(A), 2, list);
        refuse(list, 0);
        refuse(list, 4);
        refuse(new address[](0), 0);
        refuse(many(9), 1);
        (list[0], list[1]) = (list[1], list[0]);
        refuse(list, 1);
        list[0] = list[1];
        refuse(list, 1);
        registry.setRequirement(uint64(A), 8, many(8));
        (uint256 threshold, address[] memory got) = registry.requirement(uint64(A));
        same(threshold, 8, "threshold");
        same(abi.encode(got), abi.encode(many(8)), "verifiers");
        check(registry.isVerifier(many(8)[7]), "is");
        check(registry.isVerifier(address(quorum)), "of other rollups");
        check(!registry.isVerifier(address(this)), "never was");
    }

    /// @dev The owner names a token bridge as a verifier, by mistake or not: no rollup can call it, until it is required
    /// no more. A verifier that another rollup requires remains one.
    function testAVerifierThatIsNotRequiredIsNone() public {
        address bridged = address(actor[L1]);
        address[] memory list = new address[](2);
        (list[0], list[1]) = bridged < address(quorum) ? (bridged, address(quorum)) : (address(quorum), bridged);
        registry.setRequirement(uint64(A), 1, list);
        check(registry.isVerifier(bridged), "cut off from all rollups");
        list = new address[](1);
        list[0] = address(quorum);
        registry.setRequirement(uint64(A), 1, list);
        check(!registry.isVerifier(bridged), "not for ever");
        list[0] = bridged;
        registry.setRequirement(uint64(A), 1, list);
        registry.setRequirement(uint64(A), 1, list);
        registry.setRequirement(uint64(B), 1, list);
        list[0] = address(quorum);
        registry.setRequirement(uint64(A), 1, list);
        check(registry.isVerifier(bridged), "of B");
        registry.setRequirement(uint64(B), 1, list);
        check(!registry.isVerifier(bridged), "of none");
        check(registry.isVerifier(address(quorum)), "required");
    }

    function many(uint256 n) private pure returns (address[] memory list) {
        list = new address[](n);
        for (uint256 i = 0; i < n; i++) {
            list[i] = address(uint160(1000 + i));
        }
    }

    function refuse(address[] memory verifiers, uint256 threshold) private {
        vm.expectRevert(IProofRegistry.BadRequirement.selector);
        registry.setRequirement(uint64(A), threshold, verifiers);
    }

    function proofBy(address verifier) private view returns (IProofRegistry.Proof memory) {
        return IProofRegistry.Proof(verifier, verifier == address(quorum) ? attest(A, STATEMENT, 2) : bytes(""));
    }

    function testCheck() public {
        address yes = address(new FixedVerifier(true));
        address no = address(new FixedVerifier(false));
        address[] memory list = new address[](3);
        (list[0], list[1], list[2]) = (address(quorum), yes, no);
        sort(list);
        registry.setRequirement(uint64(A), 2, list);

        IProofRegistry.Proof[] memory one_ = new IProofRegistry.Proof[](1);
        one_[0] = proofBy(yes);
        vm.expectRevert(abi.encodeWithSelector(IProofRegistry.NotEnoughProofs.selector, A, 1, 2));
        registry.check(uint64(A), STATEMENT, address(this), block.timestamp, one_);

        IProofRegistry.Proof[] memory two = pair(address(quorum), yes);
        registry.check(uint64(A), STATEMENT, address(this), block.timestamp, two);
        (two[0], two[1]) = (two[1], two[0]);
        vm.expectRevert(IProofRegistry.ProofOrder.selector);
        registry.check(uint64(A), STATEMENT, address(this), block.timestamp, two);
        two[0] = two[1];
        vm.expectRevert(IProofRegistry.ProofOrder.selector);
        registry.check(uint64(A), STATEMENT, address(this), block.timestamp, two);

        two = pair(yes, no);
        vm.expectRevert(abi.encodeWithSelector(IProofRegistry.ProofRejected.selector, no));
        registry.check(uint64(A), STATEMENT, address(this), block.timestamp, two);

        address stranger = address(new FixedVerifier(true));
        two = pair(yes, stranger);
        vm.expectRevert(abi.encodeWithSelector(IProofRegistry.VerifierNotAccepted.selector, stranger));
        registry.check(uint64(A), STATEMENT, address(this), block.timestamp, two);

        vm.expectRevert(abi.encodeWithSelector(IProofRegistry.NoRequirement.selector, 999));
        registry.check(999, STATEMENT, address(this), block.timestamp, two);
        // a verifier has to say yes: an account without code says nothing
        list[0] = address(5000);
        (list[1], list[2]) = (yes, no);
        sort(list);
        registry.setRequirement(uint64(A), 2, list);
        two = pair(address(5000), yes);
        vm.expectRevert(bytes(""));
        registry.check(uint64(A), STATEMENT, address(this), block.timestamp, two);
    }

    function pair(address x, address y) private view returns (IProofRegistry.Proof[] memory list) {
        list = new IProofRegistry.Proof[](2);
        (list[0], list[1]) = x < y ? (proofBy(x), proofBy(y)) : (proofBy(y), proofBy(x));
    }

    function sort(address[] memory list) private pure {
        for (uint256 i = 0; i < list.length; i++) {
            for (uint256 j = i + 1; j < list.length; j++) {
                if (list[j] < list[i]) (list[i], list[j]) = (list[j], list[i]);
            }
        }
    }
}
