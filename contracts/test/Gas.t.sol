// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {Actor, Answerer} from "./Actor.sol";
import {World} from "./World.sol";

/// @notice What calls cost on L1, as whole transactions: intrinsic gas, calldata with its floor, execution, refunds.
/// 100 bytes of data, 32 bytes of answer, a target that does next to nothing. Two of three provers sign.
contract GasTest is World {
    event log_named_uint(string name, uint256 value);

    Answerer private answerer;
    uint256 private clock;

    function setUp() public override {
        super.setUp();
        answerer = new Answerer();
        // not the first bundle, call or value of anybody
        for (uint256 i = 0; i < 2; i++) {
            outwards(2, 1);
            inwards(2, 1);
        }
    }

    function data() private pure returns (bytes memory out) {
        out = new bytes(100);
        for (uint256 i = 0; i < 100; i++) {
            out[i] = bytes1(uint8(i + 1));
        }
    }

    function leg(uint256 source, uint256 target, uint256 nonce, uint256 value) private view returns (Leg memory out) {
        out = newLeg(source, target, nonce, value, data());
        out.request.to = address(answerer);
        out.request.gasLimit = 100_000;
        out.hash = hashOf(out);
    }

    /// @dev One bundle in which L1 calls A n times, in one operation.
    function outwards(uint256 n, uint256 value) private returns (uint256) {
        ISharedBridge.Bundle memory b = newBundle();
        Actor.Act[] memory list = new Actor.Act[](n);
        uint256 root = clock + 1;
        uint64 floor = uint64(clock);
        for (uint256 i = 0; i < n; i++) {
            Leg memory l = leg(L1, A, nonceOf(root, L1, 0, 0, clock + 1), value);
            handle(l);
            clock += 4;
            addFill(b, l);
            list[i] = act(l);
        }
        if (n != 0) {
            addActs(b, value * n, abi.encodeCall(Actor.run, (list)));
            b.steps[0].floor = floor;
        }
        seal(b, n != 0, A);
        execute(b);
        return vm.lastCallGas().gasTotalUsed;
    }

    /// @dev One bundle in which A calls L1 n times, each in a transaction of its own.
    function inwards(uint256 n, uint256 value) private returns (uint256) {
        ISharedBridge.Bundle memory b = newBundle();
        for (uint256 i = 0; i < n; i++) {
            Leg memory l = leg(A, L1, nonceOf(clock + 1, A, 0, 0, clock + 1), value);
            l.response = answer(true, clock + 3, abi.encode(42));
            on(A);
            vm.prank(Predeploys.SYSTEM);
            bridge[A].openScope(uint64(clock));
            fill(l);
            mustTransact(A, value, acts(act(l)));
            clock += 4;
            addInbound(b, l);
        }
        seal(b, true, A);
        execute(b);
        return vm.lastCallGas().gasTotalUsed;
    }

    function report(string memory name, uint256 gas, uint256 bound) private {
        emit log_named_uint(name, gas);
        check(gas < bound, name);
    }

    function testGasPerCall() public {
        uint256 none = outwards(0, 0);
        uint256 one_ = outwards(1, 0);
        uint256 three = outwards(3, 0);
        report("a bundle with one rollup and no call", none, 200_000);
        report("L1 to L2, first call and operation", one_ - none, 150_000);
        report("L1 to L2, each further call", (three - one_) / 2, 40_000);
        uint256 first = inwards(1, 0);
        report("L2 to L1, first call", first - none, 110_000);
        report("L2 to L1, each further call", (inwards(3, 0) - first) / 2, 40_000);
        one_ = outwards(1, 1);
        report("L1 to L2 with value, each further call", (outwards(3, 1) - one_) / 2, 40_000);
        first = inwards(1, 1);
        report("L2 to L1 with value, each further call", (inwards(3, 1) - first) / 2, 40_000);
    }

    function testGasPerRollup() public {
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A, B);
        execute(b);
        uint256 two = vm.lastCallGas().gasTotalUsed;
        b = newBundle();
        addTransition(b, A);
        addTransition(b, B);
        addTransition(b, C);
        prove(b, false);
        execute(b);
        report("each further rollup", vm.lastCallGas().gasTotalUsed - two, 150_000);
    }
}
