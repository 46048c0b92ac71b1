// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {World} from "./World.sol";

/// @notice What calls cost: `make gas` prints it, snapshots/gas.json holds it, docs/gas.md explains it.
///
/// On L1 a transaction costs intrinsic gas, calldata with its floor, execution, less refunds; a row of L1 is the
/// difference of two whole bundles. On a rollup the user's transaction is counted whole, system transactions without
/// intrinsic gas. The caller is a user's account: in a signed operation on L1, in a transaction to the bridge on a
/// rollup. 100 bytes of data without a zero, a target that does next to nothing, never the first bundle, call or value
/// of an account; two of three provers sign; a response of 32 bytes is a number, others have no zeros.
contract GasTest is World {
    address private target; // responses with the bytes in its code
    uint256 private clock;
    uint256 private responseSize = 32;

    // of the last call that was made
    uint256 private handleGas;
    uint256 private fillGas;
    uint256 private userGas;

    /// @dev Gas of bundles that carry so many calls, and of their parts on rollups.
    struct Cost {
        uint256 first;
        uint256 further;
    }

    function setUp() public override {
        super.setUp();
        target = address(0x7a59e7);
        answering(32);
        for (uint256 i = 0; i < 2; i++) {
            outwards(2, 1);
            inwards(2, 1);
            across(2, 1);
        }
    }

    // --- the target ---

    function answering(uint256 size) private {
        responseSize = size;
        // PUSH2 size PUSH1 12 PUSH0 CODECOPY PUSH2 size PUSH0 RETURN
        vm.etch(
            target, abi.encodePacked(hex"61", uint16(size), hex"600c5f3961", uint16(size), hex"5ff3", theResponse())
        );
    }

    function theResponse() private view returns (bytes memory out) {
        if (responseSize == 32) return abi.encode(42);
        out = new bytes(responseSize);
        for (uint256 i = 0; i < responseSize; i++) {
            out[i] = bytes1(uint8(i % 255 + 1));
        }
    }

    function data() private pure returns (bytes memory out) {
        out = new bytes(100);
        for (uint256 i = 0; i < 100; i++) {
            out[i] = bytes1(uint8(i + 1));
        }
    }

    function leg(uint256 source, uint256 to, uint256 nonce, uint256 value) private view returns (Leg memory out) {
        out = newLeg(source, to, nonce, value, data());
        out.from = user;
        out.request.to = target;
        out.request.gasLimit = 100_000;
        out.hash = hashOf(out);
    }

    // --- bundles: each gives the gas of the whole transaction on L1 ---

    /// @dev L1 calls A n times, in one operation.
    function outwards(uint256 n, uint256 value) private returns (uint256) {
        ISharedBridge.Bundle memory b = newBundle();
        IScopedAccount.Call[] memory list = new IScopedAccount.Call[](n);
        uint256 root = clock + 1;
        uint64 floor = uint64(clock);
        for (uint256 i = 0; i < n; i++) {
            Leg memory l = leg(L1, A, nonceOf(root, L1, 0, 0, clock + 1), value);
            handled(l);
            clock += 4;
            addFill(b, l);
            list[i] = IScopedAccount.Call(address(shared), value, act(l).data);
        }
        if (n != 0) {
            IScopedAccount.Operation memory operation = newOperation(address(0), 0, "");
            operation.calls = list;
            addOperation(b, operation);
            b.steps[0].floor = floor;
        }
        seal(b, n != 0, A);
        execute(b);
        return vm.lastCallGas().gasTotalUsed;
    }

    /// @dev A calls L1 n times, each in a transaction of its own.
    function inwards(uint256 n, uint256 value) private returns (uint256) {
        ISharedBridge.Bundle memory b = newBundle();
        for (uint256 i = 0; i < n; i++) {
            Leg memory l = leg(A, L1, nonceOf(clock + 1, A, 0, 0, clock + 1), value);
            l.response = encodeResponse(true, clock + 3, theResponse());
            begin(A);
            filled(l);
            used(l);
            clock += 4;
            addInbound(b, l);
        }
        seal(b, true, A);
        execute(b);
        return vm.lastCallGas().gasTotalUsed;
    }

    /// @dev A calls B n times, each in a transaction of its own.
    function across(uint256 n, uint256 value) private returns (uint256) {
        for (uint256 i = 0; i < n; i++) {
            Leg memory l = leg(A, B, nonceOf(clock + 1, A, 0, 0, clock + 1), value);
            begin(A);
            handled(l);
            filled(l);
            used(l);
            clock += 4;
        }
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A, B);
        execute(b);
        return vm.lastCallGas().gasTotalUsed;
    }

    // --- transactions on rollups ---

    function begin(uint256 id) private {
        on(id);
        vm.prank(Predeploys.SYSTEM);
        bridge[id].openScope(uint64(clock));
    }

    function handled(Leg memory l) private {
        handle(l);
        handleGas = systemGas(abi.encodeCall(IScopedCallable.handleScopedCall, (l.source, l.from, l.nonce, l.request)));
    }

    function filled(Leg memory l) private {
        fill(l);
        (uint256[] memory ids, bytes32[] memory hashes, bytes[] memory responses) = one(l);
        fillGas = systemGas(abi.encodeCall(IScopedCallable.fillResponsesIn, (ids, hashes, responses)));
    }

    function used(Leg memory l) private {
        on(l.source);
        vm.prank(user);
        bridge[l.source].scopedCall{value: l.request.value}(l.target, l.from, l.request);
        userGas = vm.lastCallGas().gasTotalUsed;
    }

    /// @dev What the last call used beyond a transaction's intrinsic gas.
    function systemGas(bytes memory calldata_) private view returns (uint256) {
        uint256 intrinsic = 21000;
        for (uint256 i = 0; i < calldata_.length; i++) {
            intrinsic += calldata_[i] == 0 ? 4 : 16;
        }
        return vm.lastCallGas().gasTotalUsed - intrinsic;
    }

    // --- rows ---

    function row(string memory name, uint256 gas) private {
        vm.snapshotValue("gas", name, gas);
    }

    function both(string memory name, uint256 none, uint256 first, uint256 third) private returns (uint256 further) {
        further = third < first ? 0 : (third - first) / 2; // hashes have zeros here and there
        row(string.concat(name, ", first, L1"), first - none);
        row(string.concat(name, ", further, L1"), further);
    }

    function measured(string memory what, uint256 value) private {
        uint256 none = outwards(0, 0);
        string memory name = string.concat("L1 to L2", what);
        check(both(name, none, outwards(1, value), outwards(3, value)) < (responseSize > 32 ? 120_000 : 40_000), name);
        row(string.concat(name, ", L2 handles"), handleGas);

        name = string.concat("L2 to L1", what);
        check(both(name, none, inwards(1, value), inwards(3, value)) < (responseSize > 32 ? 120_000 : 40_000), name);
        row(string.concat(name, ", L2 fills"), fillGas);
        row(string.concat(name, ", L2 user"), userGas);

        name = string.concat("L2 to L2", what);
        none = across(0, 0);
        both(name, none, across(1, value), across(3, value));
        row(string.concat(name, ", L2 handles"), handleGas);
        row(string.concat(name, ", L2 fills"), fillGas);
        row(string.concat(name, ", L2 user"), userGas);
    }

    function testGasOfCalls() public {
        measured("", 0);
    }

    function testGasOfCallsWithValue() public {
        measured(", value", 1);
    }

    function testGasOfEmptyResponses() public {
        answering(0);
        measured(", empty answer", 0);
    }

    function testGasOfLongResponses() public {
        answering(1000);
        measured(", answer of 1000 bytes", 0);
    }

    /// @dev Rollups that settle blocks in which nothing was called.
    function testGasOfRollups() public {
        for (uint256 id = C + 1; id <= A + 15; id++) {
            height[id] = 1;
            on(id);
            bridge[id] = newRollup(vm.deployCode("RemoteAccount.sol:RemoteAccount"), peersOf(A));
            on(L1);
            registerRollup(id, 1 ether);
        }
        for (uint256 n = 1; n <= 16; n = n == 4 ? 16 : 2 * n) {
            rollups(n); // not the first bundle of any
            row(string.concat("settling ", vm.toString(n), n == 1 ? " rollup" : " rollups"), rollups(n));
        }
    }

    function rollups(uint256 n) private returns (uint256) {
        ISharedBridge.Bundle memory b = newBundle();
        for (uint256 i = 0; i < n; i++) {
            addTransition(b, A + i);
        }
        prove(b, false);
        execute(b);
        return vm.lastCallGas().gasTotalUsed;
    }
}
