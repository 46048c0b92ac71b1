// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title Addresses of RemoteAccounts
/// @notice A RemoteAccount is a clone with immutable arguments, at an address that its bridge and its account fix. A
/// rollup's bridge and implementation have fixed addresses, so any chain knows every remote account there.
library RemoteAddress {
    /// @notice The RemoteAccount of an account, on any rollup.
    /// @param chainId The account's chain.
    /// @param account The account.
    function onRollup(uint256 chainId, address account) internal pure returns (address) {
        (bytes32 salt, bytes memory arguments) = identity(Predeploys.ROLLUP_BRIDGE, chainId, account);
        return Clones.predictDeterministicAddressWithImmutableArgs(
            Predeploys.REMOTE_ACCOUNT, arguments, salt, Predeploys.ROLLUP_BRIDGE
        );
    }

    /// @notice The salt of a RemoteAccount's creation, and its arguments: `bridge:20 || chainId:8 || account:20`.
    function identity(address bridge, uint256 chainId, address account)
        internal
        pure
        returns (bytes32 salt, bytes memory arguments)
    {
        return (keccak256(abi.encode(chainId, account)), abi.encodePacked(bridge, uint64(chainId), account));
    }
}
