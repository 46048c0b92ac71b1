// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRollupBridge} from "./interfaces/IRollupBridge.sol";
import {IScopedBridge} from "./interfaces/IScopedBridge.sol";
import {IL1Context} from "./interfaces/IL1Context.sol";
import {ScopedCallable} from "./ScopedCallable.sol";
import {Predeploys} from "./Predeploys.sol";
import {CallNonceLibrary} from "./types/CallNonce.sol";
import {ForcedEntry, ForcedEntryLibrary} from "./types/ForcedEntry.sol";
import {RootLibrary} from "./types/Root.sol";
import {ScopeContext, ScopeContextLibrary} from "./types/ScopeContext.sol";
import {ScopeOrder} from "./types/ScopeOrder.sol";

/// @title The bridge of a rollup
/// @notice The policy of ScopedCallable on a rollup: system transactions alone use the system functions; words live
/// in storage, since a fill and the call that reads it are different transactions; an abort makes the transaction
/// invalid. It has no function that takes plain ETH: the genesis gives it the whole supply.
/// @dev docs/protocol.md sections 4, 5, 7 and 9. Layout: contracts/ABI.md.
contract RollupBridge is ScopedCallable, IRollupBridge {
    struct Peer {
        uint64 maxGas;
        uint64 defaultGas;
        uint64 touched;
        uint32 pending;
        uint24 gasPrice;
        bool isTrusted;
    }

    uint64 private immutable l1ChainId;

    ScopeOrder private order;
    mapping(uint256 chainId => Peer) private peer;
    uint64[] private touchedPeers;
    /// @inheritdoc IRollupBridge
    bytes32 public forcedHash;
    /// @inheritdoc IRollupBridge
    uint64 public forcedCount;

    /// @dev A forced call runs: no response can be there, so it may not look at other chains.
    bool private transient forced;

    /// @param l1ChainId_ The id of L1, whose clock is accepted without a bound.
    /// @param remoteAccountCode_ The implementation of RemoteAccount on this chain.
    /// @param returnDataLimit_ The most bytes of returndata in a response.
    /// @param peers_ The chains that this one can call, L1 among them.
    constructor(uint64 l1ChainId_, address remoteAccountCode_, uint256 returnDataLimit_, PeerConfig[] memory peers_)
        ScopedCallable(remoteAccountCode_, returnDataLimit_)
    {
        l1ChainId = l1ChainId_;
        for (uint256 i = 0; i < peers_.length; i++) {
            PeerConfig memory p = peers_[i];
            if (p.chainId == 0 || p.chainId == block.chainid || p.maxGas == 0 || peer[p.chainId].maxGas != 0) {
                revert BadPeer(p.chainId);
            }
            peer[p.chainId] = Peer(p.maxGas, p.defaultGas, 0, 0, p.gasPrice, p.isTrusted);
        }
    }

    // --- views ---

    /// @inheritdoc IScopedBridge
    function maxGas(uint256 chainId) public view override(ScopedCallable, IScopedBridge) returns (uint256) {
        return peer[chainId].maxGas;
    }

    // --- lookups ---

    /// @inheritdoc IRollupBridge
    function announceRoot(uint64 floor) external {
        _onlySystem();
        _raise(floor);
        order = _named(order).announced();
    }

    /// @inheritdoc IRollupBridge
    function closeLookups(bytes32[] calldata reqHashes) external {
        _onlySystem();
        for (uint256 i = 0; i < reqHashes.length; i++) {
            _close(reqHashes[i]);
        }
        order = order.closed();
    }

    // --- forced inclusion ---

    /// @inheritdoc IRollupBridge
    function takeForced(ForcedEntry calldata entry) external {
        _onlySystem();
        bytes32 hash = ForcedEntryLibrary.mix(forcedHash, entry);
        uint64 index = forcedCount;
        (forcedHash, forcedCount) = (hash, index + 1);
        bool success = entry.from != address(0) && _callForced(entry);
        emit ForcedTaken(index, hash, success);
    }

    /// @dev A leaf without a root: it makes no scoped call, so nothing in it can abort.
    function _callForced(ForcedEntry calldata entry) private returns (bool success) {
        address account = _deployRemoteAccount(l1ChainId, entry.from);
        if (!_forbidden(entry.to)) {
            ScopeContext running = context;
            context = ScopeContextLibrary.ofInbound(CallNonceLibrary.pack(RootLibrary.NONE, LEAF, 0, 0), entry.gasLimit);
            acting = account;
            forced = true;
            uint256 used;
            (success, used,) = _act(account, ScopedRequest(entry.to, entry.value, entry.gasLimit, entry.data), false);
            forced = false;
            acting = address(0);
            context = running;
            if (used == type(uint256).max) revert InsufficientGas();
        }
        if (success || entry.value == 0) return success;
        (bool paid,) = account.call{value: entry.value}("");
        if (!paid) revert InsufficientGas();
    }

    // --- policy ---

    function _onlySystem() internal view override {
        if (msg.sender != Predeploys.SYSTEM && msg.sender != address(this)) revert OnlySystem();
    }

    /// @dev The price of the target's gas, burned: BLAKE2F consumes all of its gas when its input is not 213 bytes
    /// (EIP-152).
    function _admit(uint256 target, uint256 gasLimit) internal view override {
        uint256 price = peer[target].gasPrice;
        if (price == 0) return;
        if (gasLimit > type(uint64).max) revert GasLimitTooHigh();
        uint256 amount = gasLimit * price >> 16;
        if (gasleft() < amount + amount / 63 + 1000) revert TargetGasUnpaid();
        assembly ("memory-safe") {
            pop(staticcall(amount, 9, 0, 0, 0, 0))
        }
    }

    function _leafLooks() internal view override returns (bool) {
        return !forced;
    }

    /// @dev The call to the precompile makes the transaction invalid, so no block contains it. The revert is for
    /// tracers that execute this code without the rollup's rules.
    function _abort(bytes4 selector) internal view override {
        address abort = Predeploys.ABORT;
        assembly ("memory-safe") {
            mstore(0, selector)
            // At the greatest depth there is no call: the state transition sees the halt (section 7).
            if iszero(staticcall(gas(), abort, 0, 4, 0, 0)) { invalid() }
            revert(0, 4)
        }
    }

    function _clockBound(uint256 chainId) internal view override returns (uint256) {
        return chainId == l1ChainId ? type(uint64).max : (_l1BlockNumber() + 1) << 32;
    }

    /// @dev A rollup knows one circle, its own. L1 is in it: what it says of roots is executed, not attested.
    function _circle(uint256 chainId) internal view override returns (uint256) {
        return chainId == l1ChainId || peer[chainId].isTrusted ? 1 : 0;
    }

    /// @dev Nothing is stored for the common case.
    function _storePart(uint256 part) internal override {
        if (!_isVouched(part)) _store(PART, part);
    }

    function _l1BlockNumber() internal view override returns (uint256) {
        try IL1Context(Predeploys.L1_CONTEXT).number() returns (uint64 number) {
            return number;
        } catch {
            // Out of gas. A revert could be caught, a halt after ScopedCall cannot (section 7).
            assembly ("memory-safe") {
                invalid()
            }
        }
    }

    function _forbidden(address to) internal view override returns (bool) {
        return to == address(this) || to == Predeploys.L1_CONTEXT;
    }

    function _defaultGas(uint256 chainId) internal view override returns (uint256) {
        if (peer[chainId].maxGas == 0) revert UnsupportedChain(chainId);
        return peer[chainId].defaultGas;
    }

    // A rollup's bridge holds all ETH that can ever enter the rollup, so there is no escrow to account for.
    function _lock(uint256, uint256) internal override {}
    function _unlock(uint256, uint256) internal override {}
    function _pay(uint256, uint256, bool) internal override {}
    function _unpay(uint256, uint256) internal override {}

    // On a rollup an abort needs no fuse.
    function _checkUsed(uint256, uint256, bool) internal view override {}

    function _touch(uint256 chainId) internal override {
        Peer storage p = peer[chainId];
        if (p.touched == block.number) return;
        if (p.touched == 0) touchedPeers.push(uint64(chainId));
        p.touched = uint64(block.number);
    }

    function _addPending(uint256 chainId) internal override {
        peer[chainId].pending++;
    }

    function _subPending(uint256 chainId) internal override {
        peer[chainId].pending--;
    }

    function _pending(uint256 chainId) internal view override returns (uint256) {
        return peer[chainId].pending;
    }

    function _loadOrder() internal view override returns (ScopeOrder) {
        return order;
    }

    function _storeOrder(ScopeOrder order_) internal override {
        order = order_;
    }

    function _load(uint256 slot) internal view override returns (uint256 word) {
        assembly ("memory-safe") {
            word := sload(slot)
        }
    }

    function _store(uint256 slot, uint256 word) internal override {
        assembly ("memory-safe") {
            sstore(slot, word)
        }
    }

    function _clear(uint256 slot) internal override {
        assembly ("memory-safe") {
            sstore(slot, 0)
        }
    }
}
