// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {TrieProof} from "@openzeppelin/contracts/utils/cryptography/TrieProof.sol";
import {IRollupExit} from "../src/interfaces/IRollupExit.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {IL1TokenBridge, IL2TokenBridge} from "../src/interfaces/ITokenBridge.sol";
import {RemoteAddress} from "../src/RemoteAddress.sol";
import {World} from "./World.sol";

interface IExampleToken {
    function mint(address to, uint256 amount) external;
    function balanceOf(address account) external view returns (uint256);
}

/// @notice Exits when it is called or constructed, from its own address.
contract Claimer {
    constructor(bytes memory target) {
        if (target.length != 0) forward(target);
    }

    function forward(bytes memory target) public {
        (address to, bytes memory data) = abi.decode(target, (address, bytes));
        (bool success, bytes memory result) = to.call(data);
        if (!success) {
            assembly {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    receive() external payable {}
}

/// @notice Withdrawals from a rollup that has stopped (docs/protocol.md section 9).
contract ExitTest is World {
    IRollupExit private exits;
    address private holder = vm.addr(11);
    address private other = vm.addr(12);
    address private sink = address(0xdead1);

    uint256 private constant HELD = 3 ether;

    function setUp() public override {
        super.setUp();
        exits = IRollupExit(shared.rollupExit());
    }

    // --- a state trie of two accounts: a branch with two leaves, or one leaf when the first nibbles are equal ---

    function leafNode(bytes32 path, bool skipFirst, bytes memory value) private pure returns (bytes memory) {
        bytes memory key = skipFirst
            ? abi.encodePacked(uint8(0x30 | (uint8(path[0]) & 15)), slice(path))
            : abi.encodePacked(uint8(0x20), path);
        bytes[] memory item = new bytes[](2);
        (item[0], item[1]) = (RLP.encode(key), RLP.encode(value));
        return RLP.encode(item);
    }

    function slice(bytes32 path) private pure returns (bytes memory out) {
        out = new bytes(31);
        for (uint256 i = 0; i < 31; i++) {
            out[i] = path[i + 1];
        }
    }

    function accountLeaf(uint256 balance, bytes32 storageRoot) private pure returns (bytes memory) {
        bytes[] memory item = new bytes[](4);
        (item[0], item[1]) = (RLP.encode(uint256(1)), RLP.encode(balance));
        (item[2], item[3]) = (RLP.encode(storageRoot), RLP.encode(keccak256("")));
        return RLP.encode(item);
    }

    /// @dev The root of a trie with one entry, and its proof.
    function one(bytes memory key, bytes memory value) private pure returns (bytes32 root, bytes[] memory proof) {
        proof = new bytes[](1);
        proof[0] = leafNode(keccak256(key), false, value);
        root = keccak256(proof[0]);
    }

    /// @dev The root of a trie with two entries, and the proof of the first.
    function two(bytes memory key, bytes memory value, bytes memory key2, bytes memory value2)
        private
        pure
        returns (bytes32 root, bytes[] memory proof)
    {
        (bytes32 path, bytes32 path2) = (keccak256(key), keccak256(key2));
        require(path[0] >> 4 != path2[0] >> 4, "choose others");
        proof = new bytes[](2);
        proof[1] = leafNode(path, true, value);
        bytes[] memory child = new bytes[](17);
        for (uint256 i = 0; i < 17; i++) {
            child[i] = RLP.encode(bytes(""));
        }
        child[uint8(path[0]) >> 4] = RLP.encode(keccak256(proof[1]));
        child[uint8(path2[0]) >> 4] = RLP.encode(keccak256(leafNode(path2, true, value2)));
        proof[0] = RLP.encode(child);
        root = keccak256(proof[0]);
    }

    /// @dev Settles A with this state root, by a bundle that its provers attest.
    function settle(bytes32 root) private {
        ISharedBridge.Bundle memory b = newBundle();
        on(L1);
        addTransition(b, A);
        b.transitions[0].stateRoot = root;
        prove(b, false);
        execute(b);
        same(shared.rollup(A).stateRoot, root, "settled");
    }

    /// @dev A state in which the holder has ETH, and another account too.
    function settleHolder() private returns (bytes[] memory proof) {
        bytes32 root;
        (root, proof) =
            two(abi.encodePacked(holder), accountLeaf(HELD, 0), abi.encodePacked(other), accountLeaf(5 ether, 0));
        settle(root);
    }

    function freeze() private {
        vm.warp(block.timestamp + 7 days + 1);
        shared.freezeRollup(A);
    }

    function exit(address account, bytes[] memory proof) private {
        vm.prank(account, account);
        exits.exit(A, sink, proof);
    }

    // --- ETH ---

    function testAnAccountExits() public {
        bytes[] memory proof = settleHolder();
        freeze();
        uint256 held = address(shared).balance;
        vm.expectEmit(true, true, true, true, address(exits));
        emit IRollupExit.Exited(A, holder, sink, HELD);
        exit(holder, proof);
        same(sink.balance, HELD, "paid");
        same(shared.rollup(A).escrow, 10 ether - HELD, "out of the rollup's escrow");
        same(address(shared).balance, held - HELD, "and of no other");
        check(exits.hasExited(A, holder), "remembered");
    }

    function testAnAccountExitsOnce() public {
        bytes[] memory proof = settleHolder();
        freeze();
        exit(holder, proof);
        vm.expectRevert(abi.encodeWithSelector(IRollupExit.AlreadyExited.selector, A, holder));
        exit(holder, proof);
    }

    function testNoExitBeforeItIsFrozen() public {
        bytes[] memory proof = settleHolder();
        vm.expectRevert(abi.encodeWithSelector(IRollupExit.NotFrozen.selector, A));
        exit(holder, proof);
        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IRollupExit.NotFrozen.selector, A));
        exit(holder, proof);
    }

    function testAnothersProof() public {
        bytes[] memory proof = settleHolder();
        freeze();
        vm.expectRevert(); // by TrieProof: the path leads to another account
        exit(other, proof);
        proof[1] = leafNode(keccak256(abi.encodePacked(holder)), true, accountLeaf(10 ether, 0));
        vm.expectRevert(
            abi.encodeWithSelector(TrieProof.TrieProofTraversalError.selector, TrieProof.ProofError.INVALID_LARGE_NODE)
        );
        exit(holder, proof);
        vm.expectRevert(
            abi.encodeWithSelector(TrieProof.TrieProofTraversalError.selector, TrieProof.ProofError.INVALID_PROOF)
        );
        exit(holder, new bytes[](0));
    }

    function testAnEarlierState() public {
        bytes[] memory proof = settleHolder();
        height[A]++;
        settle(stateRootOf(A, height[A]));
        freeze();
        vm.expectRevert(
            abi.encodeWithSelector(TrieProof.TrieProofTraversalError.selector, TrieProof.ProofError.INVALID_ROOT)
        );
        exit(holder, proof);
    }

    function testAnEmptyAccount() public {
        (bytes32 root, bytes[] memory proof) = one(abi.encodePacked(holder), accountLeaf(0, 0));
        settle(root);
        freeze();
        vm.expectRevert(abi.encodeWithSelector(IRollupExit.NothingToExit.selector, A, holder));
        exit(holder, proof);
    }

    /// @dev Provers that attested more ETH than there is do not reach other rollups' escrow.
    function testNoMoreThanTheEscrow() public {
        (bytes32 root, bytes[] memory proof) = one(abi.encodePacked(holder), accountLeaf(10 ether + 1, 0));
        settle(root);
        freeze();
        vm.expectRevert(abi.encodeWithSelector(ISharedBridge.Escrow.selector, A));
        exit(holder, proof);
    }

    // --- whose account it is ---

    /// @dev Whoever deployed a contract on the rollup could deploy another one at its address on L1.
    function testAContractDoesNotExit() public {
        Claimer claimer = new Claimer("");
        (bytes32 root, bytes[] memory proof) = one(abi.encodePacked(address(claimer)), accountLeaf(HELD, 0));
        settle(root);
        freeze();
        bytes memory target = abi.encode(address(exits), abi.encodeCall(IRollupExit.exit, (A, sink, proof)));
        vm.expectRevert(abi.encodeWithSelector(IRollupExit.NotAnAccount.selector, address(claimer)));
        claimer.forward(target);
        // nor while it is constructed and has no code
        address next = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectRevert(abi.encodeWithSelector(IRollupExit.NotAnAccount.selector, next));
        new Claimer(target);
    }

    function testARemoteAccountExits() public {
        address remote = RemoteAddress.onRollup(L1, holder);
        (bytes32 root, bytes[] memory proof) = one(abi.encodePacked(remote), accountLeaf(HELD, 0));
        settle(root);
        freeze();
        vm.expectRevert(abi.encodeWithSelector(IRollupExit.NotOwner.selector, L1, holder));
        vm.prank(other);
        exits.exitRemoteAccount(A, L1, holder, sink, proof);
        vm.prank(holder);
        exits.exitRemoteAccount(A, L1, holder, sink, proof);
        same(sink.balance, HELD, "paid");
        vm.expectRevert(abi.encodeWithSelector(IRollupExit.AlreadyExited.selector, A, remote));
        vm.prank(holder);
        exits.exitRemoteAccount(A, L1, holder, sink, proof);
    }

    /// @dev What an account of B owns on A: it exits by a call from B, through its RemoteAccount on L1.
    function testARemoteAccountOfAnotherRollupExits() public {
        address remote = RemoteAddress.onRollup(B, holder);
        (bytes32 root, bytes[] memory proof) = one(abi.encodePacked(remote), accountLeaf(HELD, 0));
        settle(root);
        freeze();
        vm.expectRevert(abi.encodeWithSelector(IRollupExit.NotOwner.selector, B, holder));
        vm.prank(holder);
        exits.exitRemoteAccount(A, B, holder, sink, proof);
        address here = shared.remoteAccount(B, holder);
        vm.prank(here);
        exits.exitRemoteAccount(A, B, holder, sink, proof);
        same(sink.balance, HELD, "paid");
    }

    // --- freezing ---

    function testOnlyAStoppedRollupIsFrozen() public {
        settleHolder();
        uint256 until = block.timestamp + 7 days;
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(ISharedBridge.NotStopped.selector, A, until));
        shared.freezeRollup(A);
        vm.expectRevert(abi.encodeWithSelector(ISharedBridge.UnknownRollup.selector, 999));
        shared.freezeRollup(999);
        vm.warp(until + 1);
        shared.freezeRollup(A);
        vm.expectRevert(abi.encodeWithSelector(ISharedBridge.Frozen.selector, A));
        shared.freezeRollup(A);
    }

    /// @dev A settlement starts the delay again.
    function testASettlementDelaysIt() public {
        settleHolder();
        vm.warp(block.timestamp + 7 days);
        height[A]++;
        settle(stateRootOf(A, height[A]));
        vm.warp(block.timestamp + 7 days);
        vm.expectRevert(abi.encodeWithSelector(ISharedBridge.NotStopped.selector, A, block.timestamp));
        shared.freezeRollup(A);
    }

    function testAFrozenRollupNeverSettles() public {
        settleHolder();
        freeze();
        height[A]++;
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A);
        executeExpecting(b, abi.encodeWithSelector(ISharedBridge.Frozen.selector, A));
        // the others go on
        b = newBundle();
        seal(b, false, B);
        execute(b);
    }

    /// @dev Or a bundle would spend the escrow that its own step has just paid out.
    function testNotFrozenInsideOfABundle() public {
        settleHolder();
        vm.warp(block.timestamp + 7 days + 1);
        height[A]++;
        ISharedBridge.Bundle memory b = newBundle();
        addOperation(b, newOperation(address(shared), 0, abi.encodeCall(ISharedBridge.freezeRollup, (A))));
        seal(b, false, A);
        executeExpecting(
            b,
            abi.encodeWithSelector(
                ISharedBridge.OperationFailed.selector, user, abi.encodePacked(ISharedBridge.Reentered.selector)
            )
        );
    }

    function testOnlyRollupExitIsPaid() public {
        settleHolder();
        freeze();
        vm.expectRevert(ISharedBridge.OnlyRollupExit.selector);
        shared.payExit(A, sink, 1);
    }

    // --- tokens ---

    function tokens() private returns (IL1TokenBridge bridge_, address token, address peer) {
        on(L1);
        bridge_ = IL1TokenBridge(
            vm.deployCode("L1TokenBridge.sol:L1TokenBridge", abi.encode(address(shared), A, address(0)))
        );
        token = vm.deployCode("Token.sol:Token", abi.encode("Example", "EXM"));
        IExampleToken(token).mint(address(bridge_), 1000);
        vm.store(address(bridge_), keccak256(abi.encode(token, 2)), bytes32(uint256(1000))); // as if deposited: owed
        on(A);
        peer = vm.deployCode("L2TokenBridge.sol:L2TokenBridge", abi.encode(address(bridge[A]), L1, address(bridge_)));
        on(L1);
        bridge_.connect(peer);
    }

    /// @dev A's state: the token's counterpart, in whose storage the account holds 77.
    function settleTokens(address counterpart, address account)
        private
        returns (bytes[] memory accountProof, bytes[] memory balanceProof)
    {
        bytes32 root;
        (root, balanceProof) = one(abi.encode(keccak256(abi.encode(account, 0))), RLP.encode(uint256(77)));
        (root, accountProof) = one(abi.encodePacked(counterpart), accountLeaf(0, root));
        settle(root);
        freeze();
    }

    function testTokensExit() public {
        (IL1TokenBridge bridge_, address token, address peer) = tokens();
        (bytes[] memory accountProof, bytes[] memory balanceProof) =
            settleTokens(IL2TokenBridge(peer).tokenOf(token), holder);
        vm.expectRevert(); // by TrieProof
        vm.prank(other, other);
        bridge_.exit(token, sink, accountProof, balanceProof);
        vm.expectRevert(abi.encodeWithSelector(IRollupExit.NotAnAccount.selector, holder));
        vm.prank(holder, other);
        bridge_.exit(token, sink, accountProof, balanceProof);
        vm.prank(holder, holder);
        bridge_.exit(token, sink, accountProof, balanceProof);
        same(IExampleToken(token).balanceOf(sink), 77, "released");
        vm.expectRevert(abi.encodeWithSelector(IL1TokenBridge.AlreadyExited.selector, token, holder));
        vm.prank(holder, holder);
        bridge_.exit(token, sink, accountProof, balanceProof);
    }

    function testTokensOfARemoteAccountExit() public {
        (IL1TokenBridge bridge_, address token, address peer) = tokens();
        (bytes[] memory accountProof, bytes[] memory balanceProof) =
            settleTokens(IL2TokenBridge(peer).tokenOf(token), RemoteAddress.onRollup(L1, holder));
        vm.expectRevert(abi.encodeWithSelector(IRollupExit.NotOwner.selector, L1, holder));
        vm.prank(other);
        bridge_.exitRemoteAccount(L1, holder, token, sink, accountProof, balanceProof);
        vm.prank(holder);
        bridge_.exitRemoteAccount(L1, holder, token, sink, accountProof, balanceProof);
        same(IExampleToken(token).balanceOf(sink), 77, "released");
    }

    function testNoTokensExitBeforeItIsFrozen() public {
        (IL1TokenBridge bridge_, address token,) = tokens();
        vm.expectRevert(abi.encodeWithSelector(IRollupExit.NotFrozen.selector, A));
        vm.prank(holder, holder);
        bridge_.exit(token, sink, new bytes[](0), new bytes[](0));
    }

    /// @dev Another contract's storage proves nothing.
    function testAnotherTokensBalance() public {
        (IL1TokenBridge bridge_, address token, address peer) = tokens();
        (bytes[] memory accountProof, bytes[] memory balanceProof) =
            settleTokens(IL2TokenBridge(peer).tokenOf(address(0x1234)), holder);
        vm.expectRevert(); // by TrieProof
        vm.prank(holder, holder);
        bridge_.exit(token, sink, accountProof, balanceProof);
    }
}
