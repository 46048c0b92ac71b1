// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRollupExit} from "./interfaces/IRollupExit.sol";
import {ISharedBridge} from "./interfaces/ISharedBridge.sol";
import {RemoteAddress} from "./RemoteAddress.sol";
import {StateProof} from "./StateProof.sol";

/// @title The way out of a rollup that has stopped settling
/// @notice See IRollupExit. SharedBridge makes this contract, and pays what it proves.
contract RollupExit is IRollupExit {
    /// @inheritdoc IRollupExit
    ISharedBridge public immutable bridge;

    /// @inheritdoc IRollupExit
    mapping(uint256 chainId => mapping(address account => bool)) public hasExited;

    /// @dev ISharedBridge.Rollup.settledAt of a frozen rollup.
    uint40 private constant FROZEN = type(uint40).max;

    /// @param bridge_ SharedBridge.
    constructor(ISharedBridge bridge_) {
        bridge = bridge_;
    }

    /// @inheritdoc IRollupExit
    function exit(uint256 chainId, address to, bytes[] calldata accountProof) external {
        _exit(chainId, ownAccount(msg.sender), to, accountProof);
    }

    /// @inheritdoc IRollupExit
    function exitRemoteAccount(
        uint256 chainId,
        uint256 ownerChainId,
        address owner,
        address to,
        bytes[] calldata accountProof
    ) external {
        _exit(chainId, remoteAccountOf(msg.sender, ownerChainId, owner), to, accountProof);
    }

    /// @inheritdoc IRollupExit
    function frozenRoot(uint256 chainId) public view returns (bytes32) {
        ISharedBridge.Rollup memory r = bridge.rollup(chainId);
        if (r.settledAt != FROZEN) revert NotFrozen(chainId);
        return r.stateRoot;
    }

    /// @inheritdoc IRollupExit
    function ownAccount(address caller) public view returns (address) {
        // solhint-disable-next-line avoid-tx-origin
        if (caller != tx.origin) revert NotAnAccount(caller);
        return caller;
    }

    /// @inheritdoc IRollupExit
    function remoteAccountOf(address caller, uint256 ownerChainId, address owner) public view returns (address) {
        address here = ownerChainId == block.chainid ? owner : bridge.remoteAccount(ownerChainId, owner);
        if (caller != here) revert NotOwner(ownerChainId, owner);
        return RemoteAddress.onRollup(ownerChainId, owner);
    }

    function _exit(uint256 chainId, address account, address to, bytes[] calldata accountProof) private {
        if (hasExited[chainId][account]) revert AlreadyExited(chainId, account);
        (uint256 balance,) = StateProof.read(frozenRoot(chainId), account, accountProof);
        if (balance == 0) revert NothingToExit(chainId, account);
        hasExited[chainId][account] = true;
        emit Exited(chainId, account, to, balance);
        bridge.payExit(chainId, to, balance);
    }
}
