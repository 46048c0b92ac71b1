// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {Actor} from "./Actor.sol";
import {RollupWorld} from "./RollupWorld.sol";

/// @notice RollupBridge: what gas a target gets, to the unit, and what it costs the caller.
contract RollupGasTest is RollupWorld {
    function testTheTargetGetsExactlyItsGas(uint256 gasLimit, uint256 value) public {
        gasLimit = 100_000 + gasLimit % 10_000_000;
        value = value % 2;
        Leg memory leg = firstLeg(A, B, value, abi.encodeCall(Actor.gasAtStart, ()));
        leg.request.gasLimit = gasLimit;
        leg.hash = hashOf(leg);
        handle(leg);
        (, bytes memory data) = split(leg.response);
        uint256 got = abi.decode(data, (uint256));
        uint256 given = gasLimit + (value == 0 ? 0 : 2300);
        check(got <= given && got > given - 400, "exactly the limit, and the stipend with value");
    }

    /// @dev At any gas limit that the builder chooses, the target gets its full limit or the transaction fails: the
    /// response never depends on it. The limits are such that one unit more or less decides.
    function testStarvingChangesNoResponse(uint256 gas, uint256 gasLimit, uint16 size) public {
        gasLimit = 30_000 + gasLimit % 3_000_000;
        Leg memory leg = firstLeg(A, B, 0, abi.encodePacked(abi.encodeCall(Actor.gasAtStart, ()), new bytes(size)));
        leg.request.gasLimit = gasLimit;
        leg.hash = hashOf(leg);
        uint256 least = gasLimit + gasLimit / 16 + 100_000;
        gas = least - 20_000 + gas % 400_000;
        on(B);
        vm.recordLogs();
        system();
        (bool success,) = address(bridge[B]).call{gas: gas}(
            abi.encodeCall(IScopedCallable.handleScopedCall, (A, leg.from, leg.nonce, leg.request))
        );
        if (!success) return;
        (bool succeeded, bytes memory data) = split(executed(leg.hash));
        check(succeeded, "never starved");
        uint256 got = abi.decode(data, (uint256));
        check(got > gasLimit - 400, "all that was promised");
    }

    /// @dev gasLimit + gasLimit/16 + 100,000 where the bridge checks, independent of the gas used before.
    function testTheBoundOfSufficientGas() public {
        Leg memory leg = firstLeg(A, B, 0, abi.encodeCall(Actor.gasAtStart, ()));
        leg.request.gasLimit = 13_000_000;
        leg.hash = hashOf(leg);
        bytes memory data = abi.encodeCall(IScopedCallable.handleScopedCall, (A, leg.from, leg.nonce, leg.request));
        uint256 bound = 13_000_000 + 812_500 + 100_000;
        on(B);
        bridge[B].deployRemoteAccount(A, leg.from);
        // the least gas with which it is handled, to the unit
        uint256 low = bound;
        uint256 high = bound + 150_000;
        while (high - low > 1) {
            uint256 state = vm.snapshotState();
            uint256 gas = (low + high) / 2;
            system();
            (bool success, bytes memory result) = address(bridge[B]).call{gas: gas}(data);
            if (success) {
                high = gas;
            } else {
                low = gas;
                same(result, abi.encodePacked(IScopedBridge.InsufficientGas.selector), "by name");
            }
            vm.revertToState(state);
        }
        check(high > bound && high < bound + 140_000, "where it should be");
        for (uint256 i = 0; i < 2; i++) {
            system();
            (bool success,) = address(bridge[B]).call{gas: low + i}(data);
            check(success == (i == 1), "one unit decides");
        }
    }

    /// @dev Calldata so large that what is left after copying it does not cover the limit: the RemoteAccount refuses.
    function testLargeCalldataCannotStarve() public {
        Leg memory leg = firstLeg(A, B, 0, abi.encodePacked(abi.encodeCall(Actor.gasAtStart, ()), new bytes(700_000)));
        bytes memory data = abi.encodeCall(IScopedCallable.handleScopedCall, (A, leg.from, leg.nonce, leg.request));
        on(B);
        bool refusedByName;
        // each time from the same state: the RemoteAccount is deployed before
        bridge[B].deployRemoteAccount(A, leg.from);
        for (uint256 gas = 6_000_000; gas < 30_000_000; gas += 200_000) {
            system();
            vm.recordLogs();
            (bool success, bytes memory result) = address(bridge[B]).call{gas: gas}(data);
            if (success) {
                (bool succeeded, bytes memory got) = split(executed(leg.hash));
                check(succeeded && abi.decode(got, (uint256)) > 600_000 - 400, "all that was promised");
                check(refusedByName, "refused before");
                return;
            }
            if (result.length != 0) {
                same(result, abi.encodePacked(IScopedBridge.InsufficientGas.selector), "by name");
                refusedByName = true;
            }
        }
        check(false, "never handled");
    }

    /// @dev The longest answer that a gas limit allows costs the caller no more than that limit, which it had set aside; a
    /// longer one is a failed call.
    function testAnAnswerCostsNoMoreThanTheGasLimit() public {
        uint64[5] memory limits = [uint64(180_000), 336_000, 600_000, 1_500_000, 2_752_512];
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < limits.length; i++) {
            uint256 most = limits[i] / 168;
            for (uint256 over = 0; over < 2; over++) {
                bytes memory data = abi.encodeCall(Actor.bomb, (most + over));
                Leg memory leg = firstLeg(A, B, 0, data);
                leg.from = user;
                leg.request.gasLimit = limits[i];
                leg.hash = hashOf(leg);
                handle(leg);
                (bool success, bytes memory got) = split(leg.response);
                if (over == 1) same(got, abi.encodePacked(IScopedBridge.ReturnDataTooLong.selector), "too long");
                else check(success && got.length == most, "whole");
                fill(leg);
                on(A);
                vm.prank(user);
                (success,) = address(bridge[A]).call(act(leg).data);
                check(success == (over == 0), "read");
                uint256 used = vm.lastCallGas().gasTotalUsed;
                if (over == 0) check(used < limits[i] + 160_000, string.concat("used ", vm.toString(used)));
                vm.revertToState(state);
            }
        }
    }

    /// @dev A reason always has room.
    function testAReasonHasRoom() public {
        Leg memory leg = firstLeg(A, B, 0, abi.encodeCall(Actor.revertBomb, (1024)));
        leg.request.gasLimit = 30_000;
        leg.hash = hashOf(leg);
        handle(leg);
        (bool success, bytes memory got) = split(leg.response);
        check(!success && got.length == 1024, "whole");
    }

    function testPriceOfTargetGas() public {
        on(A);
        IRollupBridge.PeerConfig[] memory peers = new IRollupBridge.PeerConfig[](1);
        peers[0] = IRollupBridge.PeerConfig(uint64(B), MAX_GAS, DEFAULT_GAS, 32768, false); // half a unit for each
        bridge[A] = newRollup(address(1), peers);
        Leg memory leg = firstLeg(A, B, 0, "");
        leg.response = encodeResponse(true, 2, "");
        fill(leg);
        Actor.Act memory measure = caught(act(leg));
        uint256 gas = gasOf(measure);
        check(actor[A].lastSuccess(), "paid");
        check(gas > 300_000 && gas < 500_000, "half of 600,000 burned");

        leg = newLeg(A, B, nonceOf(4, A, 0, 0, 4), 0, "");
        measure = caught(act(leg));
        measure.gas = 300_000;
        mustTransact(A, 0, acts(measure));
        same(actor[A].last(), abi.encodeWithSelector(IRollupBridge.TargetGasUnpaid.selector), "unpaid");
        leg.request.gasLimit = 1 << 64;
        mustTransact(A, 0, acts(caught(act(leg))));
        same(actor[A].last(), abi.encodeWithSelector(IScopedBridge.GasLimitTooHigh.selector), "too high");
        leg.request.gasLimit = type(uint64).max; // the last that has a price
        mustTransact(A, 0, acts(caught(act(leg))));
        same(actor[A].last(), abi.encodeWithSelector(IRollupBridge.TargetGasUnpaid.selector), "unpaid");
    }

    function gasOf(Actor.Act memory a) private returns (uint256) {
        mustTransact(A, 0, acts(a));
        return vm.lastCallGas().gasTotalUsed;
    }
}
