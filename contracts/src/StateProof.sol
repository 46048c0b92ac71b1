// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {TrieProof} from "@openzeppelin/contracts/utils/cryptography/TrieProof.sol";

/// @title Accounts and storage of a rollup, proved against its state root
/// @notice Proofs are those of eth_getProof (EIP-1186): the nodes of a path, from the root to the leaf. An absent account
/// or slot has no such proof: TrieProof's error.
library StateProof {
    /// @notice The leaf of an account is not a list of four.
    error MalformedAccount(address account);

    /// @notice The balance of an account, and the root of its storage.
    /// @param stateRoot The state root.
    /// @param account The account.
    /// @param proof Nodes of the state trie.
    function read(bytes32 stateRoot, address account, bytes[] memory proof)
        internal
        pure
        returns (uint256 balance, bytes32 storageRoot)
    {
        bytes memory leaf = TrieProof.traverse(stateRoot, abi.encodePacked(keccak256(abi.encodePacked(account))), proof);
        Memory.Slice[] memory fields = RLP.decodeList(leaf);
        if (fields.length != 4) revert MalformedAccount(account);
        return (RLP.readUint256(fields[1]), RLP.readBytes32(fields[2]));
    }

    /// @notice The value of a storage slot that is not zero.
    /// @param storageRoot The root of an account's storage.
    /// @param slot The slot.
    /// @param proof Nodes of the storage trie.
    function word(bytes32 storageRoot, bytes32 slot, bytes[] memory proof) internal pure returns (uint256) {
        return RLP.decodeUint256(TrieProof.traverse(storageRoot, abi.encodePacked(keccak256(abi.encode(slot))), proof));
    }
}
