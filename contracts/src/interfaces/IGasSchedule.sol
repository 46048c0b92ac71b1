// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Gas costs that the contracts rely on, measured
/// @notice RemoteAccount and SharedBridge compute with costs of Ethereum's gas schedule, and neither can be replaced. A fork
/// that changes one of them could make an abort look like a response. This contract says whether they still hold.
interface IGasSchedule {
    /// @notice What was measured, each with a few units for the instructions around it.
    /// @param transfer A CALL of value to a warm account, without what it passes on: 6,800 (9,000 - 2,300 + 100).
    /// @param creation A CALL of value to a cold, empty account, likewise: 34,300 (2,600 + 9,000 + 25,000 - 2,300).
    /// @param mark A TSTORE: 100.
    /// @param given The gas before a CALL that passes on all of it.
    /// @param received What arrived: all but a 64th (EIP-150).
    struct Costs {
        uint256 transfer;
        uint256 creation;
        uint256 mark;
        uint256 given;
        uint256 received;
    }

    /// @notice Too little gas is left to measure a 64th of it.
    error GasTooLow();

    /// @notice Measures. It needs about 300,000 gas.
    function measure() external returns (Costs memory);

    /// @notice Whether the contracts are safe with these costs.
    function isSafe(Costs calldata costs) external pure returns (bool);

    /// @notice Whether they are safe with the costs measured now.
    function holds() external returns (bool);
}
