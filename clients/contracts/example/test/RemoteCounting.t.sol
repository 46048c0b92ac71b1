// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "scope-contracts/src/interfaces/IScopedBridge.sol";
import {ScopeNode} from "scope-contracts/foundry/ScopeNode.sol";
import {Counter, RemoteCounting} from "../src/RemoteCounting.sol";

interface Vm {
    function envString(string calldata name) external view returns (string memory);
    function envAddress(string calldata name) external view returns (address);
    function envUint(string calldata name) external view returns (uint256);
}

/// @notice Against `scope up`: SCOPE_WEST and SCOPE_EAST are the URLs of two of its rollups, SCOPE_EAST_ID the chain id of
/// the second, SCOPE_BRIDGE their bridge, SCOPE_ACCOUNT a development account.
contract RemoteCountingTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    string private west = vm.envString("SCOPE_WEST");
    string private east = vm.envString("SCOPE_EAST");
    address private account = vm.envAddress("SCOPE_ACCOUNT");
    address private counter;
    address private counting;

    function setUp() public {
        counter = ScopeNode.deploy(east, account, type(Counter).creationCode);
        counting = ScopeNode.deploy(
            west,
            account,
            abi.encodePacked(
                type(RemoteCounting).creationCode,
                abi.encode(IScopedBridge(vm.envAddress("SCOPE_BRIDGE")), vm.envUint("SCOPE_EAST_ID"), counter)
            )
        );
    }

    function add(uint256 by) public returns (uint256) {
        bytes memory data = abi.encodeCall(RemoteCounting.add, (by));
        return abi.decode(ScopeNode.call(west, account, counting, 0, data), (uint256));
    }

    function testCallReturnsTheSumOfTheOtherChain() public {
        require(add(7) == 7, "7 would be there");
        require(add(7) == 7, "nothing has stayed");
    }

    function testSendSettlesOnBothChains() public {
        setUp(); // contracts of its own: what is sent stays on the node, where other tests run at the same time
        ScopeNode.send(west, account, counting, 0, abi.encodeCall(RemoteCounting.add, (5)));
        ScopeNode.fork(east);
        require(Counter(counter).count() == 5, "counted on the east");
        ScopeNode.fork(west);
        require(RemoteCounting(counting).last() == 5, "answered on the west");
        require(add(1) == 6, "the next call is on top of it");
    }

    function testEstimateSuffices() public {
        uint256 gas = ScopeNode.estimate(west, account, counting, 0, abi.encodeCall(RemoteCounting.add, (5)));
        require(gas > 50_000 && gas < 1_000_000, "a gas limit");
    }

    function testWhatFailsThereFailsHere() public {
        try this.add(11) returns (uint256) {
            revert("11 is too much");
        } catch (bytes memory reason) {
            require(contains(reason, "execution reverted"), string(reason));
        }
    }

    function contains(bytes memory text, bytes memory part) private pure returns (bool) {
        for (uint256 i = 0; i + part.length <= text.length; i++) {
            uint256 n = 0;
            while (n < part.length && text[i + n] == part[n]) n++;
            if (n == part.length) return true;
        }
        return false;
    }
}
