// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title An ERC-20 for examples and tests
/// @notice Any caller may mint.
contract Token is ERC20 {
    /// @param name The name.
    /// @param symbol The symbol.
    constructor(string memory name, string memory symbol) ERC20(name, symbol) {}

    /// @notice Mints.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
