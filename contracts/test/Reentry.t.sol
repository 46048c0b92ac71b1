// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IProofRegistry} from "../src/interfaces/IProofRegistry.sol";
import {IProofVerifier} from "../src/interfaces/IProofVerifier.sol";
import {IReader} from "../src/interfaces/IReader.sol";
import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Actor} from "./Actor.sol";
import {World} from "./World.sol";

/// @notice Each call to it calls this, and returns or reverts as that does. A proof is accepted when the call fails
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

/// @notice Takes a refund by a call to the bridge.
contract RefundTaker {
    bytes public result;
    bytes private data;

    function go(address bridge, bytes calldata call, bytes calldata data_) external payable {
        data = data_;
        (bool success,) = bridge.call{value: msg.value}(call);
        require(success, "the call");
    }

    receive() external payable {
        bool success;
        (success, result) = msg.sender.call(data);
        require(!success, "let in");
    }
}

/// @notice What the bridge calls in the middle of a bundle cannot do anything to the bundle: not preconditions and
/// verifiers, which are static calls, and not the targets of handled and inline calls and who takes a refund, which are
/// refused by name.
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
        // any account may call this one in a bundle, but it writes
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
            execute(b); // the read had the expected result, otherwise PreconditionFailed
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

    uint256 private constant SYSTEM_FUNCTIONS = 8; // of the rows: the first ones

    function attempt(bytes memory data) private view returns (bytes memory) {
        return acts(Actor.Act(address(shared), 0, 0, true, data));
    }

    /// @dev What the actor answers when its attempt met the error. The settlement compares it with the response on L1.
    function refused(uint256 clock, bytes memory want) private pure returns (bytes memory) {
        bytes[] memory results = new bytes[](1);
        results[0] = want;
        return encodeResponse(true, clock, abi.encode(results));
    }

    function testHandledCallsCannotReenter() public {
        for (uint256 i = 0; i < SYSTEM_FUNCTIONS; i++) {
            uint256 state = vm.snapshotState();
            Row memory row = rows(newBundleOf(B))[i];
            Leg memory leg = firstLeg(A, L1, 0, attempt(row.data));
            leg.request.gasLimit = 3_000_000;
            leg.hash = hashOf(leg);
            leg.response = refused(3, row.want);
            fill(leg);
            mustTransact(A, 0, acts(act(leg)));
            ISharedBridge.Bundle memory b = newBundle();
            addInbound(b, leg);
            seal(b, true, A);
            execute(b);
            same(shared.rollup(A).lastBlock, 1, row.name);
            vm.revertToState(state);
        }
    }

    /// @dev The same from a call back, while a call of L1 waits for its response.
    function testInlineCallsCannotReenter() public {
        for (uint256 i = 0; i < SYSTEM_FUNCTIONS; i++) {
            uint256 state = vm.snapshotState();
            Row memory row = rows(newBundleOf(B))[i];
            Leg memory inner = newLeg(A, L1, nonceOf(1, L1, 0, 1, 3), 0, attempt(row.data));
            inner.request.gasLimit = 2_000_000;
            inner.hash = hashOf(inner);
            inner.response = refused(5, row.want);
            Leg memory outer = newLeg(L1, A, nonceOf(1, L1, 0, 0, 1), 0, acts(act(inner)));
            outer.request.gasLimit = 4_000_000;
            outer.hash = hashOf(outer);
            fill(inner);
            handle(outer);
            ISharedBridge.Bundle memory b = newBundle();
            addFill(b, outer);
            addNested(b, outer.hash, inner);
            IScopedAccount.Operation memory operation = newOperation(address(actor[L1]), 0, acts(act(outer)));
            operation.gasLimit = 10_000_000;
            addOperation(b, operation);
            seal(b, true, A);
            execute(b);
            same(shared.rollup(A).lastBlock, 1, row.name);
            vm.revertToState(state);
        }
    }

    /// @dev The same from the refund of a call that failed.
    function testRefundsCannotReenter() public {
        for (uint256 i = 0; i < SYSTEM_FUNCTIONS; i++) {
            uint256 state = vm.snapshotState();
            Row memory row = rows(newBundleOf(B))[i];
            on(L1);
            RefundTaker taker = new RefundTaker();
            Leg memory leg = firstLeg(L1, A, 5, abi.encodeCall(Actor.fail, ("no")));
            leg.from = address(taker);
            leg.hash = hashOf(leg);
            handle(leg);
            ISharedBridge.Bundle memory b = newBundle();
            addFill(b, leg);
            bytes memory go = abi.encodeCall(RefundTaker.go, (address(shared), tryAct(leg, 0).data, row.data));
            addOperation(b, newOperation(address(taker), 5, go));
            seal(b, true, A);
            execute(b);
            same(taker.result(), row.want, row.name);
            same(address(taker).balance, 5, "refunded");
            vm.revertToState(state);
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
