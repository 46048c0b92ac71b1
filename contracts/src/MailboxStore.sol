// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What every bridge stores of its peers
/// @notice The first base of all that has storage: what reads the storage of a bridge finds the mailboxes at slot 0
/// (contracts/ABI.md).
abstract contract MailboxStore {
    /// @dev The mailbox with one peer: five slots.
    struct MailboxState {
        bytes32 requestsOut;
        bytes32 requestsIn;
        bytes32 responsesOut;
        bytes32 responsesIn;
        uint128 valueOut;
        uint128 valueIn;
    }

    /// @dev By peer.
    mapping(uint256 chainId => MailboxState) internal mailboxes;

    /// @notice A base with storage comes before this contract: verifiers would read empty mailboxes.
    error MailboxesMoved(uint256 slot);

    /// @dev Reverts unless the mailboxes are where verifiers read them: a bridge that inherits another base with storage
    /// first does not deploy.
    function _requireLayout() internal pure {
        uint256 slot;
        assembly ("memory-safe") {
            slot := mailboxes.slot
        }
        if (slot != 0) revert MailboxesMoved(slot);
    }
}
