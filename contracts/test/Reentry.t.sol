// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IProofRegistry} from "../src/interfaces/IProofRegistry.sol";
import {IProofVerifier} from "../src/interfaces/IProofVerifier.sol";
import {IReader} from "../src/interfaces/IReader.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {World} from "./World.sol";

/// @notice Whatever is called, calls this, and returns or reverts as that does. A proof is accepted when the call fails
/// as expected.
contract Intruder is IProofVerifier {
    address private to;
    bytes private data;
    bytes private want;

    function set(address to_, bytes calldata data_, bytes calldata want_) external {
        (to, data, want) = (to_, data_, want_);
    }

    function intrude() public view returns (bytes memory result) {
        // a write in a static call uses up all gas
        (, result) = to.staticcall{gas: 500_000}(data);
    }

    function verify(uint64, bytes32, bytes calldata) external view returns (bool) {
        return keccak256(intrude()) == keccak256(want);
    }
}

/// @notice What the bridge asks in the middle of a bundle, preconditions and verifiers, cannot do anything to it: they are
/// static calls, and the functions refuse besides.
contract ReentryTest is World {
    struct Row {
        string name;
        bytes data;
        bytes want; // what the call reverts with; a write ends without a word
    }

    function rows(ISharedBridge.Bundle memory b) private view returns (Row[] memory list) {
        bytes memory onlyBundle = abi.encodePacked(ISharedBridge.OnlyBundle.selector);
        ISharedBridge.Step memory step;
        Leg memory leg = firstLeg(L1, A, 0, "");
        Leg memory inward = firstLeg(A, L1, 0, "");
        uint256[] memory ids = new uint256[](1);
        ids[0] = A;
        list = new Row[](10);
        list[0] = Row(
            "executeBundle",
            abi.encodeCall(ISharedBridge.executeBundle, (b)),
            abi.encodePacked(ISharedBridge.Reentered.selector)
        );
        list[1] = Row("openBundle", abi.encodeCall(ISharedBridge.openBundle, (ids)), onlyBundle);
        list[2] = Row("runStep", abi.encodeCall(ISharedBridge.runStep, (step, address(this))), onlyBundle);
        list[3] = Row("addCredit", abi.encodeCall(ISharedBridge.addCredit, (A, 1 ether)), onlyBundle);
        list[4] = Row(
            "fillResponsesIn",
            abi.encodeCall(IScopedCallable.fillResponsesIn, (new uint256[](0), new bytes32[](0), new bytes[](0))),
            onlyBundle
        );
        list[5] = Row(
            "fillNestedCalls",
            abi.encodeCall(IScopedBridge.fillNestedCalls, (0, new IScopedBridge.Inbound[](0), new bytes32[](0))),
            onlyBundle
        );
        list[6] = Row("openScope", abi.encodeCall(IScopedBridge.openScope, (9)), onlyBundle);
        list[7] = Row(
            "handleScopedCall",
            abi.encodeCall(IScopedCallable.handleScopedCall, (A, inward.from, inward.nonce, inward.request)),
            onlyBundle
        );
        // this one is anybody's in a bundle, but it writes
        (leg.from, leg.request.gasLimit) = (address(intruder), 50_000);
        list[8] = Row("scopedCall", abi.encodeCall(IScopedCallable.scopedCall, (A, leg.from, leg.request)), "");
        list[9] = Row("publish", abi.encodeCall(ISharedBridge.publish, (uint64(A), 1, 1, new uint256[](0), "")), "");
    }

    Intruder private intruder;

    function setUp() public override {
        super.setUp();
        intruder = new Intruder();
    }

    function testPreconditionsCannotReenter() public {
        Row[] memory list = rows(newBundleOf(A));
        for (uint256 i = 0; i < list.length; i++) {
            intruder.set(address(shared), list[i].data, "");
            ISharedBridge.Bundle memory b = newBundle();
            b.preconditions = new IReader.Precondition[](1);
            b.preconditions[0] = IReader.Precondition(
                address(intruder), abi.encodeCall(Intruder.intrude, ()), keccak256(abi.encode(list[i].want))
            );
            seal(b, false, A);
            execute(b); // the read had the result that was foretold, or it would be PreconditionFailed
        }
    }

    function testVerifiersCannotReenter() public {
        address[] memory verifiers = new address[](1);
        verifiers[0] = address(intruder);
        registry.setRequirement(uint64(A), 1, verifiers);
        Row[] memory list = rows(newBundleOf(B));
        for (uint256 i = 0; i < list.length; i++) {
            intruder.set(address(shared), list[i].data, list[i].want);
            executeProvedByIntruder();
            // the verifier is asked: with another expectation it rejects
            intruder.set(address(shared), list[i].data, "another");
            ISharedBridge.Bundle memory b = provedByIntruder();
            executeExpecting(b, abi.encodeWithSelector(IProofRegistry.ProofRejected.selector, address(intruder)));
        }
    }

    function newBundleOf(uint256 id) private returns (ISharedBridge.Bundle memory b) {
        b = newBundle();
        seal(b, false, id);
    }

    function provedByIntruder() private returns (ISharedBridge.Bundle memory b) {
        b = newBundle();
        addTransition(b, A);
        b.transitions[0].proofs = new IProofRegistry.Proof[](1);
        b.transitions[0].proofs[0] = IProofRegistry.Proof(address(intruder), "");
    }

    function executeProvedByIntruder() private {
        ISharedBridge.Bundle memory b = provedByIntruder();
        uint256 state = vm.snapshotState();
        on(L1);
        try shared.executeBundle(b) {
            vm.revertToState(state);
        } catch {
            check(false, "the intrusion did not fail as expected");
        }
        height[L1]++;
        on(L1);
    }
}
