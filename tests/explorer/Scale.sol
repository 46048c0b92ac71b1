// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

interface Bridge {
    struct Request {
        address to;
        uint256 value;
        uint256 gasLimit;
        bytes data;
    }

    function scopedCall(uint256 targetChainId, address from, Request calldata request)
        external
        payable
        returns (bytes memory);
}

/// @title Calls its peer on another chain: many times, or back and forth
contract Peer {
    Bridge public immutable bridge;
    uint256 public pings;

    uint256 private constant PING_GAS = 60_000;
    /// @dev What a level of dive takes besides the call that it makes, and besides a tenth for EIP-150.
    uint256 private constant LEVEL_GAS = 60_000;

    constructor(Bridge bridge_) {
        bridge = bridge_;
    }

    function ping() external returns (uint256) {
        return ++pings;
    }

    function pingMany(uint256[] calldata chainIds, address[] calldata peers, uint256 count) external {
        for (uint256 c = 0; c < chainIds.length; c++) {
            for (uint256 i = 0; i < count; i++) {
                _call(chainIds[c], peers[c], PING_GAS, abi.encodeCall(this.ping, ()));
            }
        }
    }

    /// @notice Calls dive of the peer, which calls dive of this one, down to the depth.
    function dive(uint256 here, address me, uint256 there, address peer, uint256 depth, uint256 gasLimit)
        external
        returns (uint256)
    {
        if (depth == 0) return 1;
        bytes memory data =
            abi.encodeCall(this.dive, (there, peer, here, me, depth - 1, gasLimit * 9 / 10 - LEVEL_GAS));
        return 1 + abi.decode(_call(there, peer, gasLimit, data), (uint256));
    }

    function _call(uint256 chainId, address to, uint256 gasLimit, bytes memory data) private returns (bytes memory) {
        return bridge.scopedCall(chainId, address(this), Bridge.Request(to, 0, gasLimit, data));
    }
}
