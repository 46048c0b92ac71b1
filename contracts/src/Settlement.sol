// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISharedBridge} from "./interfaces/ISharedBridge.sol";

/// @title What a settlement compares and what its proofs prove
/// @notice Facing mailboxes, the hash of published data, and the one 32-byte statement that every proof system proves.
/// @dev docs/protocol.md section 9; layouts: contracts/ABI.md. Inputs of the statement that the contract can find
/// out itself come from storage or an opcode, never from the submitter.
library Settlement {
    /// @notice The L1 block, submitter and plan that a statement is valid for.
    struct Context {
        uint256 l1BlockNumber;
        bytes32 l1ParentHash;
        address submitter;
        bytes32 planHash;
    }

    bytes32 private constant DOMAIN = keccak256("scope.settlement.v2");
    /// @dev EIP-2935: hashes of the last 8,191 blocks.
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;

    /// @notice Reverts unless two mailboxes match.
    function requireMatch(
        uint256 here,
        ISharedBridge.Mailbox memory ours,
        uint256 there,
        ISharedBridge.Mailbox memory theirs
    ) internal pure {
        if (ours.requestsOut != theirs.requestsIn) revert ISharedBridge.MailboxMismatch(here, there, 0);
        if (ours.requestsIn != theirs.requestsOut) revert ISharedBridge.MailboxMismatch(here, there, 1);
        if (ours.responsesOut != theirs.responsesIn) revert ISharedBridge.MailboxMismatch(here, there, 2);
        if (ours.responsesIn != theirs.responsesOut) revert ISharedBridge.MailboxMismatch(here, there, 3);
        if (ours.valueOut != theirs.valueIn || ours.valueIn != theirs.valueOut) {
            revert ISharedBridge.ValueMismatch(here, there);
        }
    }

    /// @notice The index of a peer in an ascending list, or the list's length.
    function find(ISharedBridge.Mailbox[] calldata list, uint256 peer) internal pure returns (uint256) {
        uint256 low = 0;
        uint256 high = list.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (list[middle].peerChainId < peer) low = middle + 1;
            else high = middle;
        }
        return low < list.length && list[low].peerChainId == peer ? low : list.length;
    }

    /// @notice The hash of a rollup's data, in blobs of this transaction and in calldata.
    function daHash(
        uint256 chainId,
        uint256 firstBlock,
        uint256 lastBlock,
        uint256[] calldata blobIndexes,
        bytes calldata data
    ) internal view returns (bytes32) {
        bytes32[] memory blobHashes = new bytes32[](blobIndexes.length);
        for (uint256 i = 0; i < blobHashes.length; i++) {
            blobHashes[i] = blobhash(blobIndexes[i]);
            if (blobHashes[i] == 0) revert ISharedBridge.MissingBlob(blobIndexes[i]);
        }
        return keccak256(abi.encode(chainId, firstBlock, lastBlock, blobHashes, keccak256(data)));
    }

    /// @notice The statement of one rollup. `r` is what is settled so far.
    function statement(
        Context memory c,
        ISharedBridge.Rollup storage r,
        ISharedBridge.TransitionInput calldata t,
        uint64 firstBlock,
        bytes32 daHash_,
        bytes32 forcedHash
    ) internal view returns (bytes32) {
        // in two parts, which the stack holds
        bytes memory head =
            abi.encode(t.chainId, r.rulesHash, r.blockHash, r.stateRoot, t.blockHash, t.stateRoot, firstBlock);
        bytes memory tail = abi.encode(
            t.lastBlock,
            t.lastTimestamp,
            daHash_,
            t.anchorNumber,
            anchorHash(t.chainId, t.anchorNumber),
            forcedHash,
            keccak256(abi.encode(t.mailboxes))
        );
        bytes32 transition = keccak256(bytes.concat(head, tail));
        return keccak256(
            abi.encode(
                DOMAIN,
                block.chainid,
                address(this),
                c.l1BlockNumber,
                c.l1ParentHash,
                c.submitter,
                c.planHash,
                transition
            )
        );
    }

    /// @notice The hash of an earlier L1 block.
    function anchorHash(uint256 chainId, uint256 number) internal view returns (bytes32 hash) {
        if (number >= block.number) revert ISharedBridge.BadAnchor(chainId);
        hash = blockhash(number);
        if (hash == 0) {
            (bool success, bytes memory result) = HISTORY.staticcall(abi.encode(number));
            if (success && result.length == 32) hash = abi.decode(result, (bytes32));
        }
        if (hash == 0) revert ISharedBridge.BadAnchor(chainId);
    }
}
