// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The exit tree of AggLayer
/// @notice A Keccak tree of depth 32 with zero leaves, to which leaves are appended (as the deposit contract's). A leaf is a
/// transfer or message that leaves a network.
library ExitTree {
    /// @notice Siblings on the way to the next leaf, and the number of leaves.
    struct Tree {
        bytes32[32] branch;
        uint256 count;
    }

    /// @notice There are 2^32 - 1 leaves.
    error TreeFull();

    /// @notice Appends a leaf.
    function add(Tree storage tree, bytes32 leaf) internal {
        uint256 size = ++tree.count;
        if (size > type(uint32).max) revert TreeFull();
        bytes32 node = leaf;
        for (uint256 height = 0;; ++height) {
            if (size >> height & 1 == 1) {
                tree.branch[height] = node;
                return;
            }
            node = _pair(tree.branch[height], node);
        }
    }

    /// @notice The root.
    function root(Tree storage tree) internal view returns (bytes32 node) {
        bytes32 empty;
        for (uint256 height = 0; height < 32; ++height) {
            node = tree.count >> height & 1 == 1 ? _pair(tree.branch[height], node) : _pair(node, empty);
            empty = _pair(empty, empty);
        }
    }

    /// @notice The root that a leaf at an index has with these siblings.
    function rootOf(bytes32 leaf, bytes32[32] memory siblings, uint32 index) internal pure returns (bytes32 node) {
        node = leaf;
        for (uint256 height = 0; height < 32; ++height) {
            node = index >> height & 1 == 1 ? _pair(siblings[height], node) : _pair(node, siblings[height]);
        }
    }

    /// @notice The hash of a leaf.
    /// @param leafType 0: a transfer, 1: a message.
    /// @param originNetwork The network of the token, or of the message's sender.
    /// @param originAddress The token, or the message's sender.
    /// @param destinationNetwork Where it goes.
    /// @param destinationAddress Who gets it.
    /// @param amount How much of the token, or of ETH.
    /// @param metadataHash The hash of the token's metadata, or of the message.
    function leafOf(
        uint8 leafType,
        uint32 originNetwork,
        address originAddress,
        uint32 destinationNetwork,
        address destinationAddress,
        uint256 amount,
        bytes32 metadataHash
    ) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                leafType,
                originNetwork,
                originAddress,
                destinationNetwork,
                destinationAddress,
                amount,
                metadataHash
            )
        );
    }

    function _pair(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return keccak256(abi.encode(left, right));
    }
}
