// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title Addresses of RemoteAccounts on other chains
/// @notice A rollup's bridge and implementation have fixed addresses, so any chain knows every remote account there.
library RemoteAddress {
    /// @notice The RemoteAccount of an account, on any rollup.
    /// @param chainId The account's chain.
    /// @param account The account.
    function onRollup(uint256 chainId, address account) internal pure returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(
            Predeploys.REMOTE_ACCOUNT,
            abi.encodePacked(Predeploys.ROLLUP_BRIDGE, uint64(chainId), account),
            keccak256(abi.encode(chainId, account)),
            Predeploys.ROLLUP_BRIDGE
        );
    }
}
