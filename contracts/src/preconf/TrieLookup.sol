// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";

/// @title The value of a key in a Merkle Patricia trie, or its absence, proved
/// @notice A proof is that of eth_getProof (EIP-1186): the nodes of the path from the root, as far as there are any.
/// It is exact: a node that is missing, left over or changed reverts. OpenZeppelin's TrieProof proves presence only.
/// @dev Yellow paper, appendix D. That a root is the root of a well-formed trie is for the caller to know.
library TrieLookup {
    /// @notice Not the nodes of this key's path.
    error InvalidTrieProof();

    /// @dev keccak256(rlp("")): no node.
    bytes32 private constant EMPTY_ROOT = 0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421;
    uint256 private constant BRANCH = 17;

    /// @notice Looks a key up.
    /// @param root The trie's root.
    /// @param key The key, hashed already where the trie is a secure one.
    /// @param proof The nodes.
    /// @return found False: the trie has no such key.
    /// @return value What it holds; empty if there is none.
    function lookup(bytes32 root, bytes memory key, bytes[] memory proof)
        internal
        pure
        returns (bool found, bytes memory value)
    {
        if (root == EMPTY_ROOT) return _end(proof, 0, false, "");
        uint256 used = 0;
        bytes memory node = _node(proof, used++, root);
        for (uint256 depth = 0;;) {
            Memory.Slice[] memory item = RLP.decodeList(node);
            Memory.Slice child;
            if (item.length == BRANCH) {
                if (depth == 2 * key.length) {
                    value = RLP.readBytes(item[BRANCH - 1]);
                    return _end(proof, used, value.length != 0, value);
                }
                child = item[_nibble(key, depth++)];
            } else if (item.length == 2) {
                (bool matches, bool isLeaf, uint256 next) = _follow(RLP.readBytes(item[0]), key, depth);
                if (isLeaf) {
                    if (!matches || next != 2 * key.length) return _end(proof, used, false, "");
                    value = RLP.readBytes(item[1]);
                    if (value.length == 0) revert InvalidTrieProof();
                    return _end(proof, used, true, value);
                }
                if (next == depth) revert InvalidTrieProof(); // an extension of nothing
                if (!matches) return _end(proof, used, false, "");
                depth = next;
                child = item[1];
            } else {
                revert InvalidTrieProof();
            }
            if (uint8(Memory.load(child, 0)[0]) >= 0xc0) {
                if (Memory.length(child) >= 32) revert InvalidTrieProof(); // only shorter nodes are embedded
                node = Memory.toBytes(child);
                continue;
            }
            bytes memory hash = RLP.readBytes(child);
            if (hash.length == 0 && item.length == BRANCH) return _end(proof, used, false, "");
            if (hash.length != 32) revert InvalidTrieProof();
            node = _node(proof, used++, bytes32(hash));
        }
    }

    function _node(bytes[] memory proof, uint256 index, bytes32 hash) private pure returns (bytes memory node) {
        if (index >= proof.length) revert InvalidTrieProof();
        node = proof[index];
        if (keccak256(node) != hash) revert InvalidTrieProof();
    }

    /// @dev The path of a leaf or extension: hex-prefix encoding.
    function _follow(bytes memory path, bytes memory key, uint256 depth)
        private
        pure
        returns (bool matches, bool isLeaf, uint256 next)
    {
        if (path.length == 0) revert InvalidTrieProof();
        uint256 flag = uint8(path[0]) >> 4;
        if (flag > 3 || (flag & 1 == 0 && uint8(path[0]) & 15 != 0)) revert InvalidTrieProof();
        isLeaf = flag & 2 != 0;
        uint256 first = flag & 1 == 0 ? 2 : 1;
        next = depth + 2 * path.length - first;
        matches = next <= 2 * key.length;
        for (uint256 i = depth; matches && i < next; i++) {
            matches = _nibble(path, first + i - depth) == _nibble(key, i);
        }
    }

    function _nibble(bytes memory data, uint256 index) private pure returns (uint256) {
        uint256 octet = uint8(data[index / 2]);
        return index % 2 == 0 ? octet >> 4 : octet & 15;
    }

    function _end(bytes[] memory proof, uint256 used, bool found, bytes memory value)
        private
        pure
        returns (bool, bytes memory)
    {
        if (used != proof.length) revert InvalidTrieProof();
        return (found, value);
    }
}
