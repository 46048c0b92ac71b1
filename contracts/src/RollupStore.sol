// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ISharedBridge} from "./interfaces/ISharedBridge.sol";
import {MailboxStore} from "./MailboxStore.sol";
import {TransientMap} from "./TransientMap.sol";
import {PairValues} from "./types/PairValues.sol";
import {Publication} from "./types/Publication.sol";
import {ScopeOrder} from "./types/ScopeOrder.sol";

/// @title What SharedBridge stores of rollups, for good and for a bundle
/// @notice The first base of SharedBridge and the only one of RollupManager, whose code runs on SharedBridge's storage: so
/// both have these words at the same slots.
abstract contract RollupStore is MailboxStore, Ownable {
    using TransientMap for uint256;

    mapping(uint256 chainId => ISharedBridge.Rollup) internal rollups;
    /// @dev By PairValuesLibrary.pairOf: what settled calls carried.
    mapping(uint256 pair => PairValues) internal settledValues;
    mapping(bytes32 daHash => Publication) internal published;

    /// @dev A bundle is open.
    bool internal transient opened;
    /// @dev Mailboxes that changed in this bundle.
    uint256 internal transient touchedCount;
    /// @dev The order word of ScopedCallable: L1's clock and last root live as long as the bundle.
    ScopeOrder internal transient order;

    // Transient words by chain.
    uint256 internal constant PLACE = uint256(keccak256("scope.place")); // 1 + index of its transition
    uint256 internal constant AVAILABLE = uint256(keccak256("scope.available")); // wei that it can still pay out
    uint256 internal constant TOUCHED = uint256(keccak256("scope.touched")); // 1: its mailbox changed
    uint256 internal constant TOUCHED_LIST = uint256(keccak256("scope.touched.list")); // by index: chain id

    /// @dev Rollup.settledAt of a frozen rollup.
    uint40 internal constant FROZEN = type(uint40).max;

    function _credit(uint256 chainId, uint256 amount) internal {
        uint256 slot = AVAILABLE.slot(chainId);
        slot.set(slot.get() + amount);
    }

    function _debit(uint256 chainId, uint256 amount) internal {
        uint256 slot = AVAILABLE.slot(chainId);
        uint256 available = slot.get();
        if (available < amount) revert ISharedBridge.Escrow(chainId);
        slot.set(available - amount);
    }
}
