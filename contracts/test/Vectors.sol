// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IQuorumVerifier} from "../src/interfaces/IQuorumVerifier.sol";
import {IReader} from "../src/interfaces/IReader.sol";
import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Test} from "./Vm.sol";

interface IHarness {
    function leaf(bytes32 requestHash, bytes calldata response) external view returns (bytes32);
    function mix(bytes32 lane, bytes32 item) external view returns (bytes32);
    function requestHash(
        uint256 source,
        uint256 target,
        address from,
        uint256 nonce,
        IScopedCallable.ScopedRequest calldata request
    ) external view returns (bytes32);
}

/// @notice The bytes that are hashed equal those that others computed: the draft's in pure Python, the protocol's by viem.
contract VectorsTest is Test {
    IHarness private harness = IHarness(vm.deployCode("Harness.sol:Harness"));
    IHarness private draft = IHarness(
        vm.deployCode(
            "Harness.sol:DraftRollup", abi.encode(uint64(1), address(0), 0, new IRollupBridge.PeerConfig[](0))
        )
    );
    string private json;
    string private row;

    function place(string memory list, uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".", list, "[", vm.toString(i), "].", field);
    }

    function count(string memory list) private view returns (uint256 n) {
        while (vm.keyExistsJson(json, string.concat(".", list, "[", vm.toString(n), "]"))) n++;
        check(n != 0, "no rows");
    }

    function hash(string memory list, uint256 i, string memory field) private view returns (bytes32) {
        return vm.parseJsonBytes32(json, place(list, i, field));
    }

    function number(string memory list, uint256 i, string memory field) private view returns (uint256) {
        return vm.parseJsonUint(json, place(list, i, field));
    }

    function account(string memory list, uint256 i, string memory field) private view returns (address) {
        return vm.parseJsonAddress(json, place(list, i, field));
    }

    function data(string memory list, uint256 i, string memory field) private view returns (bytes memory) {
        return vm.parseJsonBytes(json, place(list, i, field));
    }

    function checkRequests() private view returns (uint256 n) {
        n = count("requests");
        for (uint256 i = 0; i < n; i++) {
            bytes32 got = harness.requestHash(
                number("requests", i, "sourceChainId"),
                number("requests", i, "targetChainId"),
                account("requests", i, "from"),
                number("requests", i, "nonce"),
                IScopedCallable.ScopedRequest(
                    account("requests", i, "to"),
                    number("requests", i, "value"),
                    number("requests", i, "gasLimit"),
                    data("requests", i, "data")
                )
            );
            same(got, hash("requests", i, "requestHash"), "request hash");
        }
    }

    function testDraftRequests() public {
        json = vm.readFile("../tests/vectors/draft.json");
        same(checkRequests(), 10, "rows");
    }

    function testDraftRollingHashes() public {
        json = vm.readFile("../tests/vectors/draft.json");
        uint256 responses;
        for (uint256 i = 0; i < count("rolling"); i++) {
            bytes32 item = hash("rolling", i, "item");
            if (vm.keyExistsJson(json, place("rolling", i, "response"))) {
                same(draft.leaf(keccak256("any"), data("rolling", i, "response")), item, "draft leaf");
                responses++;
            }
            same(harness.mix(hash("rolling", i, "prev"), item), hash("rolling", i, "next"), "lane");
        }
        same(responses, 5, "responses");
    }

    function testDraftAbi() public {
        json = vm.readFile("../tests/vectors/draft.json");
        string[4] memory names = [
            "scopedCall(uint256,address,(address,uint256,uint256,bytes))",
            "handleScopedCall(uint256,address,uint256,(address,uint256,uint256,bytes))",
            "fillResponsesIn(uint256[],bytes32[],bytes[])",
            "getMailboxHashes(uint256)"
        ];
        bytes4[4] memory selectors = [
            IScopedCallable.scopedCall.selector,
            IScopedCallable.handleScopedCall.selector,
            IScopedCallable.fillResponsesIn.selector,
            IScopedCallable.getMailboxHashes.selector
        ];
        for (uint256 i = 0; i < 4; i++) {
            bytes memory want = vm.parseJsonBytes(json, string.concat(".selectors['", names[i], "']"));
            same(abi.encodePacked(selectors[i]), want, names[i]);
        }
        same(
            IScopedCallable.ScopedCall.selector,
            vm.parseJsonBytes32(json, ".topics['ScopedCall(uint256,address,address,uint256,uint256,uint256,bytes)']"),
            "ScopedCall"
        );
        same(
            IScopedCallable.ScopedCallExecuted.selector,
            vm.parseJsonBytes32(json, ".topics['ScopedCallExecuted(bytes32,bytes)']"),
            "ScopedCallExecuted"
        );
    }

    function testRequests() public {
        json = vm.readFile("../tests/vectors/protocol.json");
        checkRequests();
    }

    function testResponses() public {
        json = vm.readFile("../tests/vectors/protocol.json");
        bytes32 lane;
        for (uint256 i = 0; i < count("responses"); i++) {
            bytes memory response = data("responses", i, "response");
            bytes32 leaf = harness.leaf(hash("responses", i, "requestHash"), response);
            same(leaf, hash("responses", i, "responseHash"), "leaf");
            lane = harness.mix(lane, leaf);
            same(lane, hash("responses", i, "lane"), "lane");
        }
    }

    function testPlans() public {
        json = vm.readFile("../tests/vectors/protocol.json");
        for (uint256 i = 0; i < count("plans"); i++) {
            bytes memory encoded = data("plans", i, "encoded");
            (
                IReader.Precondition[] memory preconditions,
                ISharedBridge.Fill[] memory fills,
                ISharedBridge.Nested[] memory nested,
                ISharedBridge.Step[] memory steps
            ) = abi.decode(
                encoded, (IReader.Precondition[], ISharedBridge.Fill[], ISharedBridge.Nested[], ISharedBridge.Step[])
            );
            same(keccak256(abi.encode(preconditions, fills, nested, steps)), hash("plans", i, "planHash"), "plan");
        }
    }

    function testOperations() public {
        json = vm.readFile("../tests/vectors/protocol.json");
        for (uint256 i = 0; i < count("operations"); i++) {
            vm.chainId(number("operations", i, "chainId"));
            address signer = account("operations", i, "account");
            bytes memory bridge = abi.encode(account("operations", i, "bridge"));
            address code = vm.deployCode("ScopedAccount.sol:ScopedAccount", bridge);
            vm.etch(signer, abi.encodePacked(hex"ef0100", code));
            // the operation is the one of the plan's steps
            (,,, ISharedBridge.Step[] memory steps) = abi.decode(
                data("plans", 2, "encoded"),
                (IReader.Precondition[], ISharedBridge.Fill[], ISharedBridge.Nested[], ISharedBridge.Step[])
            );
            ISharedBridge.SignedOperation memory signed = steps[i + 1].operation[0];
            same(signed.account, signer, "account");
            bytes32 want = hash("operations", i, "operationHash");
            same(IScopedAccount(signer).operationHash(signed.operation), want, "operation hash");
            (bool success, bytes memory result) =
                signer.staticcall(abi.encodeWithSignature("isValidSignature(bytes32,bytes)", want, signed.signature));
            check(success && bytes4(result) == bytes4(0x1626ba7e), "signature");
        }
    }

    function testAttestations() public {
        json = vm.readFile("../tests/vectors/protocol.json");
        for (uint256 i = 0; i < count("attestations"); i++) {
            vm.chainId(number("attestations", i, "l1ChainId"));
            vm.warp(1_700_000_000);
            address[] memory provers = new address[](1);
            provers[0] = account("attestations", i, "attester");
            address deployed = vm.deployCode(
                "QuorumVerifier.sol:QuorumVerifier",
                abi.encode(
                    address(this),
                    hash("attestations", i, "programId"),
                    hash("attestations", i, "proofSystemId"),
                    provers,
                    1
                )
            );
            // the digest names the verifier's address: put its code and storage there
            address verifier = account("attestations", i, "verifier");
            vm.etch(verifier, deployed.code);
            for (uint256 slot = 0; slot < 8; slot++) {
                vm.store(verifier, bytes32(slot), vm.load(deployed, bytes32(slot)));
            }
            // memberOf is the mapping in the slot that the member's entry is found in
            for (uint256 slot = 0; slot < 8; slot++) {
                bytes32 entry = keccak256(abi.encode(provers[0], slot));
                vm.store(verifier, entry, vm.load(deployed, entry));
            }
            uint64 chainId = uint64(number("attestations", i, "chainId"));
            bytes32 statement = hash("attestations", i, "statement");
            same(
                IQuorumVerifier(verifier)
                    .settlementHash(chainId, statement, 1, provers[0], uint64(number("attestations", i, "deadline"))),
                hash("attestations", i, "digest"),
                "digest"
            );
            check(IQuorumVerifier(verifier).verify(chainId, statement, data("attestations", i, "item")), "verified");
        }
    }

    function testRemoteAccounts() public {
        json = vm.readFile("../tests/vectors/protocol.json");
        for (uint256 i = 0; i < count("remoteAccounts"); i++) {
            address at_ = account("remoteAccounts", i, "bridge");
            vm.chainId(77);
            IRollupBridge.PeerConfig[] memory peers = new IRollupBridge.PeerConfig[](1);
            uint256 chainId = number("remoteAccounts", i, "chainId");
            peers[0] = IRollupBridge.PeerConfig(uint64(chainId), 1, 1, 0, false);
            address code = account("remoteAccounts", i, "implementation");
            vm.etch(code, hex"fe");
            address deployed =
                vm.deployCode("RollupBridge.sol:RollupBridge", abi.encode(uint64(1), code, uint256(0), peers));
            vm.etch(at_, deployed.code);
            bytes32 slot = keccak256(abi.encode(chainId, 2));
            vm.store(at_, slot, vm.load(deployed, slot));
            address who = account("remoteAccounts", i, "account");
            address want = account("remoteAccounts", i, "address");
            same(IScopedBridge(at_).remoteAccount(chainId, who), want, "predicted");
            same(IScopedBridge(at_).deployRemoteAccount(chainId, who), want, "deployed");
            same(want.code, data("remoteAccounts", i, "runtime"), "runtime");
        }
    }

    function testNonces() public {
        json = vm.readFile("../tests/vectors/protocol.json");
        for (uint256 i = 0; i < count("nonces"); i++) {
            uint256 nonce = number("nonces", i, "rootClock") << 192 | number("nonces", i, "rootChainId") << 128
                | number("nonces", i, "flags") << 96 | number("nonces", i, "depth") << 64 | number("nonces", i, "clock");
            same(bytes32(nonce), hash("nonces", i, "nonce"), "nonce"); // as World.nonceOf, which every test uses
        }
    }
}
