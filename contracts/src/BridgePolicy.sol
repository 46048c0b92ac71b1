// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ScopeOrder} from "./types/ScopeOrder.sol";

/// @title What a bridge decides
/// @notice The functions that ScopedCallable leaves to a bridge: who may call, where ETH comes from, what an abort is,
/// whom it trusts, and where words are stored (storage, or transient storage).
/// @dev docs/contracts.md, "A bridge of your own"; docs/protocol.md sections 3 to 7.
abstract contract BridgePolicy {
    /// @dev Reverts unless the caller may use the system functions.
    function _onlySystem() internal view virtual;

    /// @dev Refuses a call, or takes its price, before anything else happens.
    function _admit(uint256 target, uint256 gasLimit) internal view virtual;

    /// @dev Whether a leaf may look at other chains.
    function _leafLooks() internal view virtual returns (bool);

    /// @dev Fails in a way that no caller can catch and profit from (section 7). Does not return.
    function _abort(bytes4 selector) internal view virtual;

    /// @dev The greatest clock accepted from a peer whose clock is ahead of this chain's.
    function _clockBound(uint256 peer) internal view virtual returns (uint256);

    /// @dev The circle of a chain, above 0; 0: it is in none.
    function _circle(uint256 chainId) internal view virtual returns (uint256);

    /// @dev Stores what _joinRoot compares later calls of the root with. If nothing is, the own circle vouches.
    function _storePart(uint256 part) internal virtual;

    /// @dev The number of the L1 block that this chain knows.
    function _l1BlockNumber() internal view virtual returns (uint256);

    /// @dev Accounts that no call from another chain may reach.
    function _forbidden(address to) internal view virtual returns (bool);

    /// @dev What a RemoteAccount gives a call to that chain, at depth 0. Reverts when the chain is not supported.
    function _defaultGas(uint256 chainId) internal view virtual returns (uint256);

    /// @dev A call of value to `target` begins; fails.
    function _lock(uint256 target, uint256 value) internal virtual;
    function _unlock(uint256 target, uint256 value) internal virtual;

    /// @dev A call of value from `source` is paid; was not.
    function _pay(uint256 source, uint256 value, bool nested) internal virtual;
    function _unpay(uint256 source, uint256 value) internal virtual;

    /// @dev The gas that a handled call used, when its target has code.
    function _checkUsed(uint256 used, uint256 gasLimit, bool nested) internal view virtual;

    /// @dev The mailbox with that peer changes.
    function _touch(uint256 peer) internal virtual;

    /// @dev Responses of a peer that were filled and not read.
    function _addPending(uint256 peer) internal virtual;
    function _subPending(uint256 peer) internal virtual;
    function _pending(uint256 peer) internal view virtual returns (uint256);

    /// @dev The order word, and the cells that hold responses and queues. A word that is cleared is not read again
    /// before it is stored.
    function _loadOrder() internal view virtual returns (ScopeOrder);
    function _storeOrder(ScopeOrder order) internal virtual;
    function _load(uint256 slot) internal view virtual returns (uint256);
    function _store(uint256 slot, uint256 word) internal virtual;
    function _clear(uint256 slot) internal virtual;
}
