// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Reads tokens, wherever they are
/// @notice Nothing here knows of other chains. A token can be the RemoteAccount of one on another chain: `balanceOf` is a
/// STATICCALL then as always, and returns what the token has there.
contract Portfolio {
    /// @notice What `record` found last.
    uint256 public recorded;

    /// @notice The token did not pay.
    error NotPaid();
    /// @notice The payment did not arrive.
    error Differs(uint256 before, uint256 afterwards);
    /// @notice What `refuse` found.
    error Recorded(uint256 balance);

    /// @notice The sum of an account's balances.
    function total(IERC20[] calldata tokens, address account) public view returns (uint256 sum) {
        for (uint256 i = 0; i < tokens.length; i++) {
            sum += tokens[i].balanceOf(account);
        }
    }

    /// @notice Stores that sum.
    function record(IERC20[] calldata tokens, address account) external returns (uint256) {
        return recorded = total(tokens, account);
    }

    /// @notice Finds that sum and reverts with it.
    function refuse(IERC20[] calldata tokens, address account) external {
        recorded = total(tokens, account);
        revert Recorded(recorded);
    }

    /// @notice Pays out of what this contract has, and looks before and after.
    function pay(IERC20 token, address account, uint256 amount) external returns (uint256 afterwards) {
        uint256 before = token.balanceOf(account);
        if (!token.transfer(account, amount)) revert NotPaid();
        afterwards = token.balanceOf(account);
        if (afterwards != before + amount) revert Differs(before, afterwards);
        // What is read after the call is what this is about.
        // solhint-disable-next-line reentrancy
        recorded = afterwards;
    }
}

/// @title A token that shows the balances of another
/// @notice The other can be the RemoteAccount of one on another chain.
contract Mirror {
    /// @notice The other.
    IERC20 public token;

    /// @notice Shows another from now on. Open to every account.
    function show(IERC20 token_) external {
        token = token_;
    }

    /// @notice What an account has of the other.
    function balanceOf(address account) external view returns (uint256) {
        return token.balanceOf(account);
    }
}
