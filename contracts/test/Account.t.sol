// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Actor} from "./Actor.sol";
import {World} from "./World.sol";

/// @notice ScopedAccount: what a signature allows, and that the account stays what it was.
contract AccountTest is World {
    bytes32 private constant SINGLE = bytes32(uint256(1) << 248);
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function account() private view returns (IScopedAccount) {
        return IScopedAccount(user);
    }

    function echoes() private returns (IScopedAccount.Operation memory) {
        return newOperation(address(actor[L1]), 3, abi.encodeCall(Actor.echo, (7)));
    }

    function bundleOf(IScopedAccount.Operation memory operation) private returns (ISharedBridge.Bundle memory b) {
        b = newBundle();
        addOperation(b, operation);
        seal(b, false, A);
    }

    function refused(ISharedBridge.Bundle memory b, bytes4 problem) private {
        prove(b, false);
        executeExpecting(
            b, abi.encodeWithSelector(ISharedBridge.OperationFailed.selector, user, abi.encodePacked(problem))
        );
    }

    function testRuns() public {
        IScopedAccount.Operation memory operation = echoes();
        ISharedBridge.Bundle memory b = bundleOf(operation);
        bytes32 hash = account().operationHash(operation);
        vm.expectEmit(true, true, true, true, user);
        emit IScopedAccount.OperationExecuted(hash);
        execute(b);
        same(actor[L1].sender(), user, "in the user's name");
        same(actor[L1].received(), 3, "with the user's ETH");
        same(account().nonceOf(0), 1, "nonce");
    }

    function testOnlyTheBridgeRunsOperations() public {
        IScopedAccount.Operation memory operation = echoes();
        ISharedBridge.SignedOperation memory s = signed(USER_KEY, operation);
        vm.expectRevert(IScopedAccount.OnlyBridge.selector);
        account().executeOperation(operation, s.signature, address(this));
        vm.prank(user);
        vm.expectRevert(IScopedAccount.OnlyBridge.selector);
        account().executeOperation(operation, s.signature, address(this));
    }

    function testExpired() public {
        IScopedAccount.Operation memory operation = echoes();
        ISharedBridge.Bundle memory b = bundleOf(operation);
        vm.warp(operation.deadline + 1);
        refused(b, IScopedAccount.Expired.selector);
        vm.warp(operation.deadline);
        execute(b);
    }

    function testSubmitter() public {
        anyoneSettles();
        IScopedAccount.Operation memory operation = echoes();
        operation.submitter = address(0xbeef);
        ISharedBridge.Bundle memory b = bundleOf(operation);
        refused(b, IScopedAccount.WrongSubmitter.selector);
        vm.prank(address(0xbeef));
        shared.executeBundle(b);
    }

    function testReplayed() public {
        IScopedAccount.Operation memory operation = echoes();
        execute(bundleOf(operation));
        refused(bundleOf(operation), IScopedAccount.WrongNonce.selector);
        operation.nonce = 2; // a gap
        refused(bundleOf(operation), IScopedAccount.WrongNonce.selector);
        ISharedBridge.Bundle memory b = newBundle();
        operation.nonce = 1;
        addOperation(b, operation);
        addOperation(b, operation); // twice in one bundle
        seal(b, false, A);
        refused(b, IScopedAccount.WrongNonce.selector);
    }

    function testSequencesAreIndependent() public {
        IScopedAccount.Operation memory operation = echoes();
        operation.nonce = 5 << 64;
        execute(bundleOf(operation));
        operation.nonce = 5 << 64 | 1;
        execute(bundleOf(operation));
        operation.nonce = 0;
        execute(bundleOf(operation));
        same(account().nonceOf(5), 2, "of key 5");
        same(account().nonceOf(0), 1, "of key 0");
    }

    /// @dev Each field is signed; another chain or account is another domain; s is low; 65 bytes.
    function testSignatures() public {
        IScopedAccount.Operation memory operation = echoes();
        bytes4 wrong = IScopedAccount.WrongSignature.selector;
        for (uint256 i = 0; i < 12; i++) {
            ISharedBridge.Bundle memory b = bundleOf(operation);
            ISharedBridge.SignedOperation memory s = b.steps[0].operation[0];
            s.operation = abi.decode(abi.encode(operation), (IScopedAccount.Operation));
            if (i == 0) s.operation.deadline++;
            if (i == 1) s.operation.gasLimit++;
            if (i == 2) s.operation.submitter = address(this);
            if (i == 3) s.operation.calls[0].to = address(actor[A]);
            if (i == 4) s.operation.calls[0].value--;
            if (i == 5) s.operation.calls[0].data = abi.encodeCall(Actor.echo, (8));
            if (i == 6) s.operation.calls = new IScopedAccount.Call[](0);
            if (i == 7) {
                vm.chainId(A);
                bytes32 elsewhere = account().operationHash(operation);
                vm.chainId(L1);
                s.signature = sign(USER_KEY, elsewhere);
            }
            if (i == 8) {
                vm.etch(address(0xacc), user.code);
                s.signature = sign(USER_KEY, IScopedAccount(address(0xacc)).operationHash(operation));
            }
            if (i == 9) s.signature = sign(USER_KEY + 1, account().operationHash(operation));
            if (i == 10) s.signature = highS(account().operationHash(operation));
            if (i == 11) s.signature = abi.encodePacked(s.signature, uint8(0));
            refused(b, wrong);
        }
        execute(bundleOf(operation));
    }

    /// @dev The nonces of an account outlive its delegation: an operation that was signed for one deployment must not run
    /// on another one that the account delegates to later.
    function testAnOperationIsForOneBridge() public {
        IScopedAccount.Operation memory operation = echoes();
        ISharedBridge.SignedOperation memory pending = signed(USER_KEY, operation);
        ISharedBridge first = shared;
        shared = newShared();
        vm.etch(user, abi.encodePacked(hex"ef0100", shared.scopedAccount()));
        registerRollup(A, 10 ether);
        ISharedBridge.Bundle memory b = bundleOf(operation);
        bytes memory resigned = b.steps[0].operation[0].signature;
        b.steps[0].operation[0].signature = pending.signature;
        refused(b, IScopedAccount.WrongSignature.selector);
        b.steps[0].operation[0].signature = resigned;
        prove(b, false);
        execute(b);
        check(address(first) != address(shared), "two deployments");
        same(actor[L1].count(), 1, "signed anew");
    }

    /// @dev What was signed can be cancelled, in a transaction of the account's own or by another operation.
    function testOperationsAreCancelled() public {
        IScopedAccount.Operation memory operation = echoes();
        ISharedBridge.Bundle memory b = bundleOf(operation);
        vm.expectRevert(IScopedAccount.OnlySelf.selector);
        account().invalidateNonces(0, 3);
        vm.prank(user, user);
        vm.expectEmit(true, true, true, true, user);
        emit IScopedAccount.NoncesInvalidated(0, 3);
        account().invalidateNonces(0, 3);
        refused(b, IScopedAccount.WrongNonce.selector);
        for (uint64 next = 0; next <= 3; next += 3) {
            vm.prank(user, user);
            vm.expectRevert(IScopedAccount.WrongNonce.selector);
            account().invalidateNonces(0, next);
        }
        operation.nonce = 3;
        operation.calls[0] = IScopedAccount.Call(address(0), 0, abi.encodeCall(IScopedAccount.invalidateNonces, (5, 1)));
        execute(bundleOf(operation));
        same(account().nonceOf(0), 4, "used");
        same(account().nonceOf(5), 1, "cancelled");
        operation = echoes();
        operation.nonce = 5 << 64;
        refused(bundleOf(operation), IScopedAccount.WrongNonce.selector);
        operation.nonce = 5 << 64 | 1;
        execute(bundleOf(operation));
        same(actor[L1].count(), 1, "the next one runs");
    }

    function highS(bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(USER_KEY, digest);
        return abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
    }

    /// @dev A batch succeeds or reverts as a whole; 0 means the account.
    function testBatches() public {
        IScopedAccount.Operation memory operation = echoes();
        operation.calls = new IScopedAccount.Call[](3);
        operation.calls[0] = IScopedAccount.Call(address(actor[L1]), 1, abi.encodeCall(Actor.echo, (1)));
        operation.calls[1] = IScopedAccount.Call(address(0), 0, abi.encodeCall(IScopedAccount.nonceOf, (0)));
        operation.calls[2] = IScopedAccount.Call(address(actor[L1]), 0, abi.encodeCall(Actor.fail, ("why")));
        ISharedBridge.Bundle memory b = bundleOf(operation);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.OperationFailed.selector, user, bytes("why")));
        same(actor[L1].count(), 0, "nothing");
        operation.calls[2] = IScopedAccount.Call(address(actor[L1]), 2, abi.encodeCall(Actor.echo, (2)));
        execute(bundleOf(operation));
        same(actor[L1].count(), 2, "all");
        same(address(actor[L1]).balance, 3, "values");
    }

    /// @dev ERC-7821, in a transaction of the account's own.
    function testExecute() public {
        IScopedAccount.Call[] memory calls = new IScopedAccount.Call[](1);
        calls[0] = IScopedAccount.Call(address(actor[L1]), 3, abi.encodeCall(Actor.echo, (7)));
        vm.expectRevert(IScopedAccount.OnlySelf.selector);
        account().execute(SINGLE, abi.encode(calls));
        vm.prank(user, user);
        account().execute(SINGLE, abi.encode(calls));
        same(actor[L1].sender(), user, "sender");
        vm.prank(user, user);
        vm.expectRevert(IScopedAccount.UnsupportedExecutionMode.selector);
        account().execute(bytes32(uint256(0x0101) << 240), abi.encode(calls));
        check(account().supportsExecutionMode(SINGLE), "single batch");
        check(account().supportsExecutionMode(SINGLE | bytes32(uint256(7))), "free bits");
        check(!account().supportsExecutionMode(bytes32(uint256(0x0101) << 240)), "no try");
        check(!account().supportsExecutionMode(SINGLE | bytes32(uint256(0x78210001) << 176)), "no opData");
        check(!account().supportsExecutionMode(0), "no call type");
    }

    /// @dev What the account's key signs is valid for the account as before, and for no other.
    function testErc1271() public {
        bytes32 hash = keccak256("a permit");
        bytes memory good = sign(USER_KEY, hash);
        same(valid(user, hash, good), bytes32(bytes4(0x1626ba7e)), "valid");
        same(valid(user, keccak256("other"), good), bytes32(bytes4(0xffffffff)), "another hash");
        same(valid(user, hash, sign(7, hash)), bytes32(bytes4(0xffffffff)), "another key");
        same(valid(user, hash, highS(hash)), bytes32(bytes4(0xffffffff)), "high s");
        same(valid(user, hash, ""), bytes32(bytes4(0xffffffff)), "empty");
        vm.etch(address(0xacc), user.code);
        same(valid(address(0xacc), hash, good), bytes32(bytes4(0xffffffff)), "another account");
    }

    function valid(address who, bytes32 hash, bytes memory signature) private view returns (bytes32) {
        (bool success, bytes memory result) =
            who.staticcall(abi.encodeWithSignature("isValidSignature(bytes32,bytes)", hash, signature));
        check(success, "responses");
        return abi.decode(result, (bytes32));
    }

    function testTakesEthAndTokens() public {
        (bool success,) = user.call{value: 5}("");
        check(success, "ETH");
        bytes memory result;
        (success, result) = user.call(
            abi.encodeWithSignature("onERC721Received(address,address,uint256,bytes)", address(1), address(2), 3, "")
        );
        check(success && bytes4(result) == bytes4(0x150b7a02), "ERC-721");
        (success, result) = user.call(
            abi.encodeWithSignature(
                "onERC1155Received(address,address,uint256,uint256,bytes)", address(1), address(2), 3, 4, ""
            )
        );
        check(success && bytes4(result) == bytes4(0xf23a6e61), "ERC-1155");
    }
}
