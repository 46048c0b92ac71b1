// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "./interfaces/IScopedBridge.sol";
import {IScopedCallable} from "./interfaces/IScopedCallable.sol";

/// @title A contract with one counterpart on another chain
/// @notice Calls it with scopedCall; the counterpart's calls arrive from its RemoteAccount.
abstract contract Peered {
    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice The chain of the counterpart.
    uint256 public immutable peerChainId;
    /// @notice The counterpart; 0 until it is named.
    address public peer;

    address private immutable deployer = msg.sender;

    constructor(IScopedBridge bridge_, uint256 peerChainId_, address peer_) {
        bridge = bridge_;
        peerChainId = peerChainId_;
        peer = peer_;
    }

    /// @dev False if the caller is not the deployer or the counterpart is already set.
    function _connect(address peer_) internal returns (bool) {
        if (msg.sender != deployer || peer != address(0)) return false;
        peer = peer_;
        return true;
    }

    function _fromPeer() internal view returns (bool) {
        return peer != address(0) && msg.sender == bridge.remoteAccount(peerChainId, peer);
    }

    function _callPeer(uint256 gasLimit, bytes memory data) internal returns (bytes memory) {
        return bridge.scopedCall(peerChainId, address(this), IScopedCallable.ScopedRequest(peer, 0, gasLimit, data));
    }
}
