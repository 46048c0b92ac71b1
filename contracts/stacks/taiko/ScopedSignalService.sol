// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "../../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../../src/interfaces/IScopedCallable.sol";
import {ITaikoSignalService} from "./ITaiko.sol";

/// @title A signal service of Taiko whose signals are scoped calls
/// @notice Slots, values and the event are those of Taiko's SignalService. A signal is on the other chain when sendSignal
/// returns, so its proof there is empty.
contract ScopedSignalService is ITaikoSignalService {
    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice The other chain.
    uint64 public immutable peerChainId;
    /// @notice The signal service there; 0 until it is named.
    address public peer;

    /// @dev Gas of receiveSignal.
    uint256 private constant RECEIVE_GAS = 80_000;

    address private immutable deployer = msg.sender;

    /// @notice As in Taiko's SignalService.
    event SignalSent(address app, bytes32 signal, bytes32 slot, bytes32 value);

    /// @notice As in Taiko's SignalService.
    error SS_SIGNAL_NOT_RECEIVED();
    /// @notice Only the deployer names the peer, once.
    error OnlyDeployer();
    /// @notice Only the peer's signals are received.
    error OnlyPeer();
    /// @notice A signal needs no proof here, and none is checked.
    error ProofNotSupported();

    /// @param bridge_ The bridge of this chain.
    /// @param peerChainId_ The other chain.
    constructor(IScopedBridge bridge_, uint64 peerChainId_) {
        bridge = bridge_;
        peerChainId = peerChainId_;
    }

    /// @notice Names the signal service on the other chain.
    function connect(address peer_) external {
        if (msg.sender != deployer || peer != address(0)) revert OnlyDeployer();
        peer = peer_;
    }

    /// @inheritdoc ITaikoSignalService
    function sendSignal(bytes32 signal) external returns (bytes32 slot) {
        slot = _store(uint64(block.chainid), msg.sender, signal);
        emit SignalSent(msg.sender, signal, slot, signal);
        bridge.scopedCall(
            peerChainId,
            address(this),
            IScopedCallable.ScopedRequest(peer, 0, RECEIVE_GAS, abi.encodeCall(this.receiveSignal, (msg.sender, signal)))
        );
    }

    /// @notice Takes a signal of the peer.
    /// @param app Who sent it there.
    /// @param signal The signal.
    function receiveSignal(address app, bytes32 signal) external {
        if (peer == address(0) || msg.sender != bridge.remoteAccount(peerChainId, peer)) revert OnlyPeer();
        _store(peerChainId, app, signal);
    }

    /// @inheritdoc ITaikoSignalService
    function proveSignalReceived(uint64 chainId, address app, bytes32 signal, bytes calldata proof)
        external
        view
        returns (uint256 numCacheOps)
    {
        verifySignalReceived(chainId, app, signal, proof);
        return 0;
    }

    /// @inheritdoc ITaikoSignalService
    function isSignalSent(address app, bytes32 signal) external view returns (bool) {
        return isSignalSent(getSignalSlot(uint64(block.chainid), app, signal));
    }

    /// @inheritdoc ITaikoSignalService
    function verifySignalReceived(uint64 chainId, address app, bytes32 signal, bytes calldata proof) public view {
        if (proof.length > 0) revert ProofNotSupported();
        if (chainId == block.chainid || !isSignalSent(getSignalSlot(chainId, app, signal))) {
            revert SS_SIGNAL_NOT_RECEIVED();
        }
    }

    /// @notice Whether there is a signal in a slot.
    function isSignalSent(bytes32 slot) public view returns (bool) {
        bytes32 value;
        assembly {
            value := sload(slot)
        }
        return value != 0;
    }

    /// @notice Where a signal is in the storage of the signal service of its chain.
    function getSignalSlot(uint64 chainId, address app, bytes32 signal) public pure returns (bytes32) {
        return keccak256(abi.encodePacked("SIGNAL", chainId, app, signal));
    }

    function _store(uint64 chainId, address app, bytes32 signal) private returns (bytes32 slot) {
        slot = getSignalSlot(chainId, app, signal);
        assembly {
            sstore(slot, signal)
        }
    }
}
