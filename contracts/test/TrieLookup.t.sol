// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {World} from "./World.sol";

interface ITrieHarness {
    function lookup(bytes32 root, bytes calldata key, bytes[] calldata proof)
        external
        view
        returns (bool found, bytes memory value);
}

/// @notice TrieLookup finds what @ethereumjs/mpt has put there, and nothing else.
contract TrieLookupTest is World {
    ITrieHarness private trie = ITrieHarness(vm.deployCode("TrieHarness.sol:TrieHarness"));

    function setUp() public override {}

    function place(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".tries[", vm.toString(i), "].", field);
    }

    /// @dev Each row in a call of its own, whose memory ends with it.
    function eachRow(function(uint256) external view row) private view {
        uint256 n = vm.parseJsonUint(vm.readFile("../tests/vectors/preconf.json"), ".trieCount");
        check(n > 100, "rows");
        for (uint256 i = 0; i < n; i++) {
            row(i);
        }
    }

    function read(string memory json, uint256 i)
        private
        pure
        returns (bytes32 root, bytes memory key, bytes[] memory proof)
    {
        root = vm.parseJsonBytes32(json, place(i, "root"));
        key = vm.parseJsonBytes(json, place(i, "key"));
        proof = vm.parseJsonBytesArray(json, place(i, "proof"));
    }

    function testLookups() public view {
        eachRow(this.find);
    }

    function find(uint256 i) external view {
        string memory json = vm.readFile("../tests/vectors/preconf.json");
        (bytes32 root, bytes memory key, bytes[] memory proof) = read(json, i);
        (bool found, bytes memory value) = trie.lookup(root, key, proof);
        check(found == vm.parseJsonBool(json, place(i, "found")), place(i, "found"));
        same(value, vm.parseJsonBytes(json, place(i, "value")), place(i, "value"));
    }

    function testForgedProofs() public view {
        eachRow(this.forge);
    }

    /// @dev A node more, a node less, a changed bit, and nodes of another root: nothing is proved.
    function forge(uint256 i) external view {
        (bytes32 root, bytes memory key, bytes[] memory proof) = read(vm.readFile("../tests/vectors/preconf.json"), i);
        bytes[] memory more = new bytes[](proof.length + 1);
        for (uint256 j = 0; j < proof.length; j++) {
            more[j] = proof[j];
        }
        more[proof.length] = proof.length == 0 ? bytes(hex"80") : proof[0];
        refused(root, key, more, "one more");
        if (proof.length == 0) return;
        bytes[] memory fewer = new bytes[](proof.length - 1);
        for (uint256 j = 0; j < fewer.length; j++) {
            fewer[j] = proof[j];
        }
        refused(root, key, fewer, "one less");
        for (uint256 j = 0; j < proof.length; j++) {
            uint256 where = uint256(keccak256(abi.encode(i, j))) % proof[j].length;
            proof[j][where] ^= 0x04;
            refused(root, key, proof, "changed");
            proof[j][where] ^= 0x04;
        }
        refused(keccak256("root"), key, proof, "another root");
    }

    function refused(bytes32 root, bytes memory key, bytes[] memory proof, string memory what) private view {
        (bool success,) = address(trie).staticcall(abi.encodeCall(ITrieHarness.lookup, (root, key, proof)));
        check(!success, what);
    }
}
