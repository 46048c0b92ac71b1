// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";

/// @title Replaces the bridges when all chains are one
/// @notice For the one-chain oracle (src/test/oracle/oracle.h). A scoped call is a plain call here: no hashes, no
/// clocks, no responses from other chains. It preserves what a caller can observe of a bridge: msg.sender (the same
/// RemoteAccounts, at the same addresses), the refusals before a request is made, and that tryScopedCall returns
/// failures.
///
/// It is deployed at two addresses: as L1's bridge, and as the bridge of every rollup. On which of them the running
/// code lives is `here`: of the outermost call, by its origin; of a handled one, its target.
///
/// @dev Gas limits, which matter on several chains, do not here: a limit is either hopeless, and passed on as it is, or
/// ample, and then the target gets all gas. What a builder would refuse is reported by events, for a listener that sees
/// them even if they are reverted.
contract Router {
    struct Configuration {
        address implementation; // of RemoteAccounts
        uint256 hopeless; // gas limits up to this are given as they are
        address l1Router;
        address rollupRouter;
        uint256 l1;
        uint256[] chains; // L1 first
        uint256[] maxGas;
        uint256[] defaultGas;
        address[] users;
        uint256[] homes; // of the users
        address[] forbidden;
    }

    struct Chain {
        uint64 maxGas;
        uint64 defaultGas;
    }

    uint256 private constant RETURN_DATA_LIMIT = 16384;
    bytes32 private constant ACT = keccak256("scope.remote-account.act");

    address private implementation;
    uint256 private hopeless;
    address private l1Router;
    address private rollupRouter;
    uint256 private l1;
    mapping(uint256 chainId => Chain) private chains;
    mapping(address user => uint256 chainId) private homes;
    mapping(address target => bool) private forbidden;

    uint256 private transient current;
    uint256 private transient around; // inbound calls
    bool private transient leaf;
    address public transient acting;

    /// @notice A request is made.
    event Requested(
        uint256 source,
        uint256 target,
        address from,
        address to,
        uint256 value,
        uint256 gasLimit,
        uint256 depth,
        bytes data
    );
    /// @notice The innermost open request is answered.
    event Answered(bool success, bytes returndata);
    /// @notice A call used so much of its gas on L1 that SharedBridge would revert (the fuse).
    event Fused();
    /// @notice The caller of a failed call on a rollup did not accept its refund, which is an abort there.
    event RefundRefused();

    /// @notice Once, by the oracle.
    function configure(Configuration calldata c) external {
        implementation = c.implementation;
        hopeless = c.hopeless;
        l1Router = c.l1Router;
        rollupRouter = c.rollupRouter;
        l1 = c.l1;
        for (uint256 i = 0; i < c.chains.length; i++) {
            chains[c.chains[i]] = Chain(uint64(c.maxGas[i]), uint64(c.defaultGas[i]));
        }
        for (uint256 i = 0; i < c.users.length; i++) {
            homes[c.users[i]] = c.homes[i];
        }
        for (uint256 i = 0; i < c.forbidden.length; i++) {
            forbidden[c.forbidden[i]] = true;
        }
    }

    // --- the interface of a bridge ---

    function scopedCall(uint256 target, address from, IScopedCallable.ScopedRequest calldata request)
        external
        payable
        returns (bytes memory result)
    {
        bool success;
        (success, result) = _scopedCall(target, from, request, false);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    function tryScopedCall(uint256 target, address from, IScopedCallable.ScopedRequest calldata request)
        external
        payable
        returns (bool, bytes memory)
    {
        return _tryScopedCall(target, from, request, true);
    }

    function tryScopedCall(uint256 target, address from, IScopedCallable.ScopedRequest calldata request, uint32 flags)
        external
        payable
        returns (bool, bytes memory)
    {
        if (flags > 1) revert IScopedBridge.UnknownFlags(flags);
        return _tryScopedCall(target, from, request, flags == 1);
    }

    function remoteAccount(uint256 chainId, address account) public view returns (address) {
        (bytes32 salt, bytes memory arguments) = _identity(chainId, account);
        return Clones.predictDeterministicAddressWithImmutableArgs(implementation, arguments, salt, address(this));
    }

    function remoteGasLimit(uint256 chainId) external view returns (uint256) {
        if (!_isPeer(chainId)) revert IScopedBridge.UnsupportedChain(chainId);
        return chains[chainId].defaultGas >> around;
    }

    // --- calling ---

    function _here() private view returns (uint256) {
        if (address(this) == l1Router) return l1;
        return current != 0 ? current : homes[tx.origin];
    }

    function _isPeer(uint256 chainId) private view returns (bool) {
        return chainId != _here() && chains[chainId].maxGas != 0;
    }

    function _tryScopedCall(uint256 target, address from, IScopedCallable.ScopedRequest calldata request, bool isLeaf)
        private
        returns (bool success, bytes memory returndata)
    {
        (success, returndata) = _scopedCall(target, from, request, isLeaf);
        if (!success && msg.value != 0) {
            (bool refunded,) = msg.sender.call{value: msg.value}("");
            if (!refunded) {
                if (_here() != l1) emit RefundRefused();
                revert IScopedBridge.RefundRefused();
            }
        }
    }

    function _scopedCall(uint256 target, address from, IScopedCallable.ScopedRequest calldata request, bool isLeaf)
        private
        returns (bool success, bytes memory returndata)
    {
        if (leaf) revert IScopedBridge.NestingForbidden();
        if (msg.value != request.value) revert IScopedBridge.WrongValue();
        if (from != msg.sender && msg.sender != remoteAccount(target, request.to)) revert IScopedBridge.FromMismatch();
        if (!_isPeer(target)) revert IScopedBridge.UnsupportedChain(target);
        if (request.gasLimit > chains[target].maxGas) revert IScopedBridge.GasLimitTooHigh();
        emit Requested(
            _here(), target, from, request.to, request.value, request.gasLimit, around, request.data
        );
        Router there = Router(target == l1 ? l1Router : rollupRouter);
        (success, returndata) = there.handle(_here(), from, target, around + 1, isLeaf, request);
        emit Answered(success, returndata);
    }

    // --- handling ---

    /// @notice The call as its target sees it. The other one of the two calls this, or this one itself.
    function handle(
        uint256 source,
        address from,
        uint256 target,
        uint256 depth,
        bool isLeaf,
        IScopedCallable.ScopedRequest calldata request
    ) external returns (bool success, bytes memory returndata) {
        require(msg.sender == l1Router || msg.sender == rollupRouter, "only a router");
        address account = _deployRemoteAccount(source, from);
        if (forbidden[request.to]) return (false, abi.encodePacked(IScopedBridge.ForbiddenTarget.selector));
        (uint256 before, uint256 beforeAround, bool beforeLeaf, address beforeActing) = (current, around, leaf, acting);
        (current, around, leaf, acting) = (target, depth, isLeaf, account);
        (success, returndata) = _act(target, account, isLeaf, request);
        (current, around, leaf, acting) = (before, beforeAround, beforeLeaf, beforeActing);
    }

    function _act(uint256 target, address account, bool isLeaf, IScopedCallable.ScopedRequest calldata request)
        private
        returns (bool success, bytes memory returndata)
    {
        uint256 limit = request.gasLimit <= hopeless ? request.gasLimit : gasleft() - gasleft() / 8;
        bytes memory reply;
        (success, reply) = account.call{value: request.value}(
            abi.encodePacked(ACT, uint256(uint160(request.to)), limit, RETURN_DATA_LIMIT, request.data)
        );
        uint256 used = uint256(bytes32(reply));
        require(used != type(uint256).max, "the oracle itself has too little gas");
        bool isHeavy = request.gasLimit <= hopeless && 2 * used >= request.gasLimit;
        // a leaf cannot hide an abort
        if (target == l1 && !isLeaf && used != 0 && isHeavy) emit Fused();
        returndata = new bytes(reply.length - 32);
        assembly ("memory-safe") {
            mcopy(add(returndata, 0x20), add(reply, 0x40), mload(returndata))
        }
    }

    function _deployRemoteAccount(uint256 chainId, address account) private returns (address deployed) {
        (bytes32 salt, bytes memory arguments) = _identity(chainId, account);
        deployed = Clones.predictDeterministicAddressWithImmutableArgs(implementation, arguments, salt, address(this));
        if (deployed.code.length == 0) Clones.cloneDeterministicWithImmutableArgs(implementation, arguments, salt);
    }

    function _identity(uint256 chainId, address account) private view returns (bytes32 salt, bytes memory arguments) {
        return (keccak256(abi.encode(chainId, account)), abi.encodePacked(address(this), uint64(chainId), account));
    }
}
