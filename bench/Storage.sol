// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// The programs of `make bench` that live from storage and calls: tools/bench_programs.mjs gives them their state.
contract Token is ERC20("Token", "TKN") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

interface IPair {
    function getReserves() external view returns (uint112, uint112, uint32);
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
}

contract Driver {
    /// Each to another account that has nothing yet.
    function transfers(Token token, uint256 count) external {
        for (uint256 i = 1; i <= count; i++) {
            token.transfer(address(uint160(i)), i);
        }
    }

    function mints(Token token, uint256 count) external {
        for (uint256 i = 1; i <= count; i++) {
            token.mint(address(uint160(i)), i);
        }
    }

    function approvals(Token token, uint256 count) external {
        for (uint256 i = 1; i <= count; i++) {
            token.approve(address(uint160(i)), i);
            token.approve(address(this), i);
            token.transferFrom(address(this), address(uint160(i)), i);
        }
    }

    /// There and back again, by Uniswap V2's own formula.
    function swaps(Token[2] calldata token, IPair pair, uint256 count) external {
        for (uint256 i = 0; i < count; i++) {
            (uint256 reserve0, uint256 reserve1,) = pair.getReserves();
            (uint256 here, uint256 there) = i % 2 == 0 ? (reserve0, reserve1) : (reserve1, reserve0);
            uint256 amount = (1000000 + i) * 997;
            uint256 out = (amount * there) / (here * 1000 + amount);
            token[i % 2].transfer(address(pair), 1000000 + i);
            pair.swap(i % 2 == 0 ? 0 : out, i % 2 == 0 ? out : 0, address(this), "");
        }
    }

    function hashes(uint256 count) external pure returns (bytes32 h) {
        for (uint256 i = 0; i < count; i++) {
            h = keccak256(abi.encode(h));
        }
    }
}
