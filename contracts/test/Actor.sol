// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice A contract that runs the calls it is given and records its caller.
contract Actor {
    struct Act {
        address to;
        uint256 value;
        uint256 gas; // 0: all
        bool mayFail;
        bytes data;
    }

    address public sender;
    uint256 public received;
    uint256 public count;
    bytes public last; // result of the last act
    bool public lastSuccess;

    receive() external payable {}

    /// @notice Does these things, in order, and returns what they returned.
    function run(Act[] calldata list) external payable returns (bytes[] memory results) {
        sender = msg.sender;
        received = msg.value;
        results = new bytes[](list.length);
        for (uint256 i = 0; i < list.length; i++) {
            bool success;
            (success, results[i]) =
                list[i].to.call{value: list[i].value, gas: list[i].gas == 0 ? gasleft() : list[i].gas}(list[i].data);
            if (!success && !list[i].mayFail) fail(results[i]);
            last = results[i];
            lastSuccess = success;
        }
    }

    /// @notice Remembers the call and returns its argument.
    function echo(uint256 x) external payable returns (uint256) {
        sender = msg.sender;
        received = msg.value;
        count++;
        return x;
    }

    /// @notice As run, but fails afterwards.
    function runAndFail(Act[] calldata list) external payable {
        this.run(list);
        revert("failed afterwards");
    }

    /// @notice Reverts with exactly these bytes.
    function fail(bytes memory data) public payable {
        assembly {
            revert(add(data, 0x20), mload(data))
        }
    }

    /// @notice Returns so many zero bytes.
    function bomb(uint256 size) external payable {
        assembly {
            calldatacopy(0, calldatasize(), size)
            return(0, size)
        }
    }

    /// @notice Reverts with so many zero bytes.
    function revertBomb(uint256 size) external payable {
        assembly {
            calldatacopy(0, calldatasize(), size)
            revert(0, size)
        }
    }

    /// @notice Uses gas until this much is left, then returns how much it had at the start.
    function burnTo(uint256 left) external payable returns (uint256 start) {
        start = gasleft();
        while (gasleft() > left) {}
    }

    /// @notice Gas at the start of this function.
    function gasAtStart() external payable returns (uint256) {
        return gasleft();
    }
}

/// @notice Refuses ETH.
contract Miser {
    /// @notice Calls on, with the value sent.
    function go(address to, bytes calldata data) external payable returns (bytes memory) {
        (bool success, bytes memory result) = to.call{value: msg.value}(data);
        if (!success) {
            assembly {
                revert(add(result, 0x20), mload(result))
            }
        }
        return result;
    }
}
