// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TrieLookup} from "../src/preconf/TrieLookup.sol";

/// @notice TrieLookup, for its tests.
contract TrieHarness {
    function lookup(bytes32 root, bytes calldata key, bytes[] calldata proof)
        external
        pure
        returns (bool found, bytes memory value)
    {
        return TrieLookup.lookup(root, key, proof);
    }
}
