// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CrosschainLinked} from "@openzeppelin/contracts/crosschain/CrosschainLinked.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Crosschain} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Crosschain.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

/// @title A token on several chains by ERC-7786, which knows nothing of SCOPE
/// @notice OpenZeppelin's ERC20Crosschain: burned here, minted there.
contract GatewayToken is ERC20Crosschain {
    /// @param supply What the deployer has.
    constructor(uint256 supply) ERC20("Example", "EXM") CrosschainLinked(new Link[](0)) {
        _mint(msg.sender, supply);
    }

    /// @notice Names the token on another chain and the gateway to it, once.
    function link(address gateway, uint256 chainId, address counterpart) external {
        _setLink(gateway, InteroperableAddress.formatEvmV1(chainId, counterpart), false);
    }
}
