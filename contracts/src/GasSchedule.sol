// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IGasSchedule} from "./interfaces/IGasSchedule.sol";

/// @title Gas costs that the contracts rely on, measured
/// @notice See IGasSchedule. A CALL whose value the caller cannot pay is charged as any other, then returns what it would have
/// passed on: it measures the cost of a transfer without one.
/// @dev Whoever warms an account first lowers a cost and never raises one, so nobody can make a schedule that is safe look
/// unsafe. docs/protocol.md section 9.
contract GasSchedule is IGasSchedule {
    /// @dev RemoteAccount: what it subtracts for a transfer, so that `used` is the target's. If a transfer became cheaper, the
    /// target's gas would be counted too low, and an abort could hide in it.
    uint256 private constant TRANSFER = 6_800;
    /// @dev RemoteAccount: what it sets aside for the CALL; with less, a target would get less than its gas limit.
    uint256 private constant CREATION_MAX = 40_000 - 2_300 - 500;
    /// @dev RemoteAccount: half of PROBE_GAS. If TSTORE cost more than the probe has, every frame would look static.
    uint256 private constant MARK_MAX = 500;
    /// @dev Around a call that passes on all gas.
    uint256 private constant CALL_OVERHEAD = 1_000;
    uint256 private constant GIVEN_MIN = 200_000;

    /// @inheritdoc IGasSchedule
    function measure() public returns (Costs memory c) {
        address self = address(this);
        address empty = address(bytes20(keccak256(abi.encode(self, block.timestamp, gasleft()))));
        uint256 value = self.balance + 1;
        uint256[5] memory costs;
        if (gasleft() < GIVEN_MIN + 100_000) revert GasTooLow();
        assembly ("memory-safe") {
            let before := gas()
            pop(call(0, self, value, 0, 0, 0, 0))
            mstore(costs, sub(before, gas()))
            before := gas()
            pop(call(0, empty, value, 0, 0, 0, 0))
            mstore(add(costs, 0x20), sub(before, gas()))
            before := gas()
            tstore(0, 0)
            mstore(add(costs, 0x40), sub(before, gas()))
            before := gas()
            if iszero(call(gas(), self, 0, 0, 0, 0, 0x20)) { revert(0, 0) }
            mstore(add(costs, 0x60), before)
            mstore(add(costs, 0x80), mload(0))
        }
        return Costs(costs[0], costs[1], costs[2], costs[3], costs[4]);
    }

    /// @notice How much gas arrived.
    fallback() external {
        assembly ("memory-safe") {
            mstore(0, gas())
            return(0, 0x20)
        }
    }

    /// @inheritdoc IGasSchedule
    function isSafe(Costs memory c) public pure returns (bool) {
        return c.transfer >= TRANSFER && c.creation <= CREATION_MAX && c.mark <= MARK_MAX
            && c.received + c.given / 64 + CALL_OVERHEAD >= c.given;
    }

    /// @inheritdoc IGasSchedule
    function holds() external returns (bool) {
        return isSafe(measure());
    }
}
