// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What the script and the test need of forge's cheat codes
interface Vm {
    /// @notice The calls that follow become transactions.
    function startBroadcast() external;
    /// @notice They do not any more.
    function stopBroadcast() external;
    /// @notice A variable of the environment.
    function envAddress(string calldata name) external view returns (address);
    /// @notice A variable of the environment.
    function envUint(string calldata name) external view returns (uint256);
    /// @notice Another fork.
    function createSelectFork(string calldata url) external returns (uint256);
    /// @notice A variable of the environment.
    function envString(string calldata name) external view returns (string memory);
}

/// @title Counts
contract Counter {
    /// @notice What it counts.
    uint256 public count;

    /// @notice Counted.
    event Added(uint256 by);

    /// @notice Holds what it is deployed with.
    constructor() payable {}

    /// @notice Counts.
    function add(uint256 by) external {
        count += by;
        emit Added(by);
    }
}
