// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {World} from "./World.sol";

/// @dev The same function as a CALL: a STATICCALL of a RemoteAccount would be a lookup.
interface IValue {
    function value() external returns (uint256);
}

/// @notice Makes a call in a frame that takes itself back, does what it saw there, and makes the call again. The second
/// call has the nonce of the first, so it meets the same response and the same calls back.
contract Prober {
    uint256 public value = 1;
    uint256 public response;

    error Seen(bytes response);

    function probe(IScopedCallable bridge, uint256 chain, IScopedCallable.ScopedRequest calldata request) external {
        try this.attempt(bridge, chain, request) {}
        catch (bytes memory reason) {
            // what was seen ahead of its time makes itself true
            if (bytes4(reason) == Seen.selector) value = lastWord(reason);
        }
        response = lastWord(bridge.scopedCall(chain, address(this), request));
    }

    function attempt(IScopedCallable bridge, uint256 chain, IScopedCallable.ScopedRequest calldata request) external {
        revert Seen(bridge.scopedCall(chain, address(this), request));
    }

    function lastWord(bytes memory data) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(data, mload(data)))
        }
    }
}

/// @notice Responses with what a prober answers to it.
contract Asker {
    function ask(IValue prober) external returns (uint256) {
        return prober.value();
    }
}

/// @notice The probe: no contract wrote 7, but a builder claims that the call back returned 7, and the prober, which
/// sees it in the frame that reverts, writes it. All that settles then is true: only the first frame saw the future.
abstract contract Probe is World {
    uint256 internal constant TRUE = 1;
    uint256 internal constant INVENTED = 7;

    Prober internal prober;

    /// @dev The prober's call from `source` to an asker on B, and the call back, answered by `value`.
    function legs(uint256 source, uint256 value) internal returns (Leg memory outer, Leg memory inner) {
        on(B);
        Asker asker = new Asker();
        on(source);
        prober = new Prober();
        on(B);
        address remote = bridge[B].deployRemoteAccount(source, address(prober));
        inner = newLeg(B, source, nonceOf(1, source, 0, 1, 3), 0, abi.encodeCall(IValue.value, ()));
        (inner.from, inner.request.to, inner.request.gasLimit) = (address(asker), address(prober), DEFAULT_GAS);
        inner.hash = hashOf(inner);
        inner.response = encodeResponse(true, 5, abi.encode(value));
        outer = newLeg(source, B, nonceOf(1, source, 0, 0, 1), 0, abi.encodeCall(Asker.ask, (IValue(remote))));
        (outer.from, outer.request.to, outer.request.gasLimit) = (address(prober), address(asker), 3_000_000);
        outer.hash = hashOf(outer);
        // B has done its part, and says what the builder wants
        fill(inner);
        handle(outer);
        same(outer.response, encodeResponse(true, 7, abi.encode(value)), "what B answers");
    }

    function probeData(uint256 source, Leg memory outer) internal view returns (bytes memory) {
        return abi.encodeCall(Prober.probe, (bridge[source], B, outer.request));
    }

    /// @dev The prober's transaction on A, after the fills of a builder.
    function probeOnA(uint256 value) internal returns (bool success, bytes memory result) {
        (Leg memory outer, Leg memory inner) = legs(A, value);
        fill(outer);
        IScopedBridge.Inbound[] memory inbound = new IScopedBridge.Inbound[](1);
        bytes32[] memory leaves = new bytes32[](1);
        (inbound[0], leaves[0]) = (inboundOf(inner), leafOf(inner));
        vm.prank(Predeploys.SYSTEM);
        bridge[A].fillNestedCalls(outer.hash, inbound, leaves);
        return address(prober).call(probeData(A, outer));
    }

    /// @dev A bundle of an operation on L1 that has the prober do the same.
    function probeOnL1(uint256 value) internal returns (ISharedBridge.Bundle memory b) {
        (Leg memory outer, Leg memory inner) = legs(L1, value);
        b = newBundle();
        addFill(b, outer);
        addNested(b, outer.hash, inner);
        IScopedAccount.Operation memory operation = newOperation(address(prober), 0, probeData(L1, outer));
        operation.gasLimit = 30_000_000;
        addOperation(b, operation);
        seal(b, true, B);
    }

    function settlesAfterwards() internal {
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A, B);
        execute(b);
    }
}

/// @notice Without the comparison of inline responses the probe works.
contract UncomparedTest is Probe {
    function newRollup(address code, IRollupBridge.PeerConfig[] memory peers)
        internal
        override
        returns (IScopedBridge)
    {
        return IScopedBridge(
            vm.deployCode("Harness.sol:UncomparedRollup", abi.encode(uint64(L1), code, RETURN_LIMIT, peers))
        );
    }

    function testTheProbe() public {
        (bool success,) = probeOnA(INVENTED);
        check(success, "goes through");
        same(prober.value(), INVENTED, "a value that no contract returned");
        settlesAfterwards();
    }
}

/// @notice With it, only a response that is true when it is seen goes through.
contract ProbeTest is Probe {
    function testTheProbe() public {
        vm.expectCall(Predeploys.ABORT, abi.encodePacked(IScopedBridge.NestedMismatch.selector));
        (bool success, bytes memory result) = probeOnA(INVENTED);
        check(!success, "aborts");
        same(result, abi.encodePacked(IScopedBridge.NestedMismatch.selector), "by name");
        same(prober.value(), TRUE, "nothing was learned");
    }

    function testTheProbeOnL1() public {
        ISharedBridge.Bundle memory b = probeOnL1(INVENTED);
        vm.expectCall(Predeploys.ABORT, abi.encodePacked(IScopedBridge.NestedMismatch.selector));
        executeExpecting(b, ISharedBridge.Fuse.selector);
        same(prober.value(), TRUE, "nothing was learned");
    }

    function testAnHonestProbe() public {
        (bool success,) = probeOnA(TRUE);
        check(success, "goes through");
        same(prober.response(), TRUE, "response");
        settlesAfterwards();
    }

    function testAnHonestProbeOnL1() public {
        execute(probeOnL1(TRUE));
        same(prober.response(), TRUE, "response");
    }
}
