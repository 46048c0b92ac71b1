// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title The counterpart of an L1 token on a rollup
/// @notice A plain ERC-20; the token bridge that made it mints and burns. It is initialized in the transaction that
/// creates it, so that its address follows from the L1 token alone.
contract BridgedToken is ERC20 {
    /// @notice The token bridge.
    address public immutable minter = msg.sender;
    /// @notice The token on L1.
    address public l1Token;

    string private tokenName;
    string private tokenSymbol;
    uint8 private tokenDecimals;

    /// @notice Only the token bridge may call this.
    error OnlyMinter();

    constructor() ERC20("", "") {}

    modifier onlyMinter() {
        if (msg.sender != minter) revert OnlyMinter();
        _;
    }

    /// @notice Names the token. Only the token bridge, which does it once.
    function initialize(address l1Token_, string calldata name_, string calldata symbol_, uint8 decimals_)
        external
        onlyMinter
    {
        l1Token = l1Token_;
        tokenName = name_;
        tokenSymbol = symbol_;
        tokenDecimals = decimals_;
    }

    /// @notice ERC-20.
    function name() public view override returns (string memory) {
        return tokenName;
    }

    /// @notice ERC-20.
    function symbol() public view override returns (string memory) {
        return tokenSymbol;
    }

    /// @notice ERC-20.
    function decimals() public view override returns (uint8) {
        return tokenDecimals;
    }

    /// @notice Only the token bridge.
    function mint(address to, uint256 amount) external onlyMinter {
        _mint(to, amount);
    }

    /// @notice Only the token bridge, which acts for the owner.
    function burn(address owner, uint256 amount) external onlyMinter {
        _burn(owner, amount);
    }
}
