// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token for Ethrex, which knows nothing of SCOPE
contract EthrexToken is ERC20 {
    /// @notice The token on L1; 0 if this is it.
    address public immutable l1Address;

    /// @notice Only Ethrex's bridge mints and burns.
    error OnlyBridge();

    modifier onlyBridge() {
        if (msg.sender != address(0xffff)) revert OnlyBridge();
        _;
    }

    /// @param l1Address_ The token on L1; 0 if this is it.
    /// @param supply What the deployer has.
    constructor(address l1Address_, uint256 supply) ERC20("Example", "EXM") {
        l1Address = l1Address_;
        _mint(msg.sender, supply);
    }

    /// @notice Mints what was deposited on L1.
    function crosschainMint(address to, uint256 amount) external onlyBridge {
        _mint(to, amount);
    }

    /// @notice Burns what is withdrawn to L1.
    function crosschainBurn(address from, uint256 amount) external onlyBridge {
        _burn(from, amount);
    }
}
