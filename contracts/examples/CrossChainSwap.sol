// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {IL1TokenBridge} from "../src/interfaces/ITokenBridge.sol";
import {RemoteAddress} from "../src/RemoteAddress.sol";

/// @title The Router02 of Uniswap V2
/// @notice The part that is used here.
interface IRouter {
    /// @notice Sells ETH for a token.
    function swapExactETHForTokens(uint256 amountOutMin, address[] calldata path, address to, uint256 deadline)
        external
        payable
        returns (uint256[] memory amounts);
}

/// @title A swap on a rollup, bought and paid out on L1
/// @notice The specification's example: L1 asks an AMM on the rollup to sell ETH for a token, uses the amount that it
/// returned, withdraws that token on L1, and hands it to the user. One L1 transaction.
/// @dev SCOPE, "Example". During one call the token is held by this contract's RemoteAccount on the rollup.
contract CrossChainSwap {
    /// @notice SharedBridge.
    IScopedBridge public immutable bridge;
    /// @notice The token bridge on L1.
    IL1TokenBridge public immutable tokenBridge;
    /// @notice The rollup.
    uint256 public immutable rollupChainId;
    /// @notice Router02 on the rollup.
    address public immutable router;
    /// @notice WETH9 on the rollup.
    address public immutable weth;

    /// @notice Gas on the rollup.
    uint256 public constant SWAP_GAS = 300_000;

    /// @notice A swap was made.
    event Swapped(address indexed user, address indexed token, uint256 ethIn, uint256 tokensOut);

    /// @param bridge_ SharedBridge.
    /// @param tokenBridge_ The token bridge on L1.
    /// @param rollupChainId_ The rollup.
    /// @param router_ Router02 on the rollup.
    /// @param weth_ WETH9 on the rollup.
    constructor(
        IScopedBridge bridge_,
        IL1TokenBridge tokenBridge_,
        uint256 rollupChainId_,
        address router_,
        address weth_
    ) {
        bridge = bridge_;
        tokenBridge = tokenBridge_;
        rollupChainId = rollupChainId_;
        router = router_;
        weth = weth_;
    }

    /// @notice Sells the ETH sent for a token of L1, on the rollup.
    /// @param l1Token The token on L1.
    /// @param l2Token Its counterpart on the rollup.
    /// @param amountOutMin The least amount that the user accepts.
    /// @return amount The amount received.
    function swap(address l1Token, address l2Token, uint256 amountOutMin) external payable returns (uint256 amount) {
        address[] memory path = new address[](2);
        path[0] = weth;
        path[1] = l2Token;
        address self = RemoteAddress.onRollup(block.chainid, address(this));
        bytes memory answer = bridge.scopedCall{value: msg.value}(
            rollupChainId,
            address(this),
            IScopedCallable.ScopedRequest(
                router,
                msg.value,
                SWAP_GAS,
                abi.encodeCall(IRouter.swapExactETHForTokens, (amountOutMin, path, self, type(uint256).max))
            )
        );
        uint256[] memory amounts = abi.decode(answer, (uint256[]));
        amount = amounts[amounts.length - 1];
        tokenBridge.withdraw(l1Token, amount, msg.sender);
        emit Swapped(msg.sender, l1Token, msg.value, amount);
    }
}
