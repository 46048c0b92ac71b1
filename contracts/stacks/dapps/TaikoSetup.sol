// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ITaikoSignalService} from "../taiko/ITaiko.sol";
import {TaikoBridge} from "../taiko/TaikoBridge.sol";

/// @title Where Taiko's contracts look up one another
contract TaikoResolver {
    /// @notice Addresses by chain and name.
    mapping(uint256 chainId => mapping(bytes32 name => address)) public addresses;

    /// @notice Nothing has that name.
    error RESOLVED_TO_ZERO_ADDRESS();

    /// @notice Names an address.
    function registerAddress(uint256 chainId, bytes32 name, address account) external {
        addresses[chainId][name] = account;
    }

    /// @notice The address of a name on a chain.
    function resolve(uint256 chainId, bytes32 name, bool allowZero) external view returns (address account) {
        account = addresses[chainId][name];
        if (account == address(0) && !allowZero) revert RESOLVED_TO_ZERO_ADDRESS();
    }
}

/// @title A proxy in front of Taiko's bridge, that has ETH from the beginning
contract TaikoProxy {
    /// @dev The slot of ERC-1967.
    bytes32 private constant SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    /// @param implementation The bridge's code.
    constructor(address implementation) payable {
        assembly ("memory-safe") {
            sstore(SLOT, implementation)
        }
    }

    /// @notice ETH for messages that arrive.
    receive() external payable {}

    fallback() external payable {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let success := delegatecall(gas(), sload(SLOT), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(success) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }
}

/// @title Ours with the constructor and the initializer of Taiko's Bridge
/// @notice Tests that a Bridge can be given to the tests; not for deployment.
contract Bridge is TaikoBridge {
    TaikoResolver private immutable resolver;

    /// @param resolver_ Names the bridge on the other chain.
    /// @param signalService_ The signal service of this chain.
    constructor(TaikoResolver resolver_, ITaikoSignalService signalService_)
        TaikoBridge(signalService_, block.chainid == 1 ? 167_000 : 1)
    {
        resolver = resolver_;
    }

    /// @notice Initializes the contract.
    function init(address) external {
        peer = resolver.resolve(peerChainId, "bridge", false);
    }
}
