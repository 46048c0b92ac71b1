// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {ScopeContextLibrary} from "../src/types/ScopeContext.sol";

/// @title The host of the one chain
interface IHost {
    /// @notice The innermost call from another chain that is being handled; zeros outside of all of them.
    function context()
        external
        view
        returns (uint256 chainId, uint256 depth, bool isLeaf, address acting, uint256 gasLimit);
    /// @notice One is about to be handled.
    function begin(uint256 chainId, uint256 depth, bool isLeaf, address acting, uint256 gasLimit) external view;
    /// @notice It was handled.
    function end() external view;
    /// @notice A request is made.
    function requested(
        uint256 source,
        uint256 target,
        address from,
        address to,
        uint256 value,
        uint256 gasLimit,
        uint256 depth,
        bool isLookup,
        bytes calldata data
    ) external view;
    /// @notice The innermost open request is answered.
    function answered(bool success, bytes calldata returndata) external view;
    /// @notice A call used so much of its gas on L1 that SharedBridge would revert (the fuse).
    function fused() external view;
    /// @notice The caller of a failed call on a rollup did not accept its refund, which is an abort there.
    function refundRefused() external view;
}

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
/// ample, and then the target gets all gas. In a static frame it can neither store nor emit, so the host
/// (src/test/oracle/one_chain.c) has the context; it serves the calls to an account without code. All requests and
/// responses are reported to it, and what a builder would refuse, even if they are reverted.
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
    uint256 private constant LOOKUP_DATA_LIMIT = 1024;
    bytes32 private constant ACT = keccak256("scope.remote-account.act");
    bytes32 private constant LOOK = keccak256("scope.remote-account.look");
    address private constant HOST = address(0x0a11);

    address private implementation;
    uint256 private hopeless;
    address private l1Router;
    address private rollupRouter;
    uint256 private l1;
    mapping(uint256 chainId => Chain) private chains;
    mapping(address user => uint256 chainId) private homes;
    mapping(address target => bool) private forbidden;

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
        returns (bytes memory)
    {
        (bool success, bytes memory result) = _scopedCall(target, from, request, false);
        return _resultOf(success, result);
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

    function scopedStaticCall(uint256 target, address from, IScopedCallable.ScopedRequest calldata request)
        external
        view
        returns (bytes memory)
    {
        (bool success, bytes memory result) = _lookup(target, from, request);
        return _resultOf(success, result);
    }

    function tryScopedStaticCall(uint256 target, address from, IScopedCallable.ScopedRequest calldata request)
        external
        view
        returns (bool, bytes memory)
    {
        return _lookup(target, from, request);
    }

    function _resultOf(bool success, bytes memory result) private pure returns (bytes memory) {
        if (!success) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
        return result;
    }

    function acting() external view returns (address account) {
        (,,, account,) = _context();
    }

    function remoteAccount(uint256 chainId, address account) public view returns (address) {
        (bytes32 salt, bytes memory arguments) = _identity(chainId, account);
        return Clones.predictDeterministicAddressWithImmutableArgs(implementation, arguments, salt, address(this));
    }

    /// @notice For accounts that look before they call: in a static frame nothing can be deployed.
    function deployRemoteAccount(uint256 chainId, address account) external returns (address) {
        return _deployRemoteAccount(chainId, account);
    }

    function remoteGasLimit(uint256 chainId) external view returns (uint256) {
        if (!_isPeer(chainId)) revert IScopedBridge.UnsupportedChain(chainId);
        (, uint256 depth,,, uint256 gasLimit) = _context();
        uint256 most = chains[chainId].defaultGas;
        uint256 rest = ScopeContextLibrary.passedOn(gasLimit);
        return depth == 0 || rest > most ? most : rest;
    }

    // --- the host ---

    function _tell(bytes memory message) private view returns (bytes memory reply) {
        bool served;
        (served, reply) = HOST.staticcall(message);
        require(served, "the oracle's host failed");
    }

    function _context()
        private
        view
        returns (uint256 chainId, uint256 depth, bool isLeaf, address account, uint256 gasLimit)
    {
        return abi.decode(_tell(abi.encodeCall(IHost.context, ())), (uint256, uint256, bool, address, uint256));
    }

    // --- calling ---

    function _here() private view returns (uint256) {
        if (address(this) == l1Router) return l1;
        (uint256 current,,,,) = _context();
        return current != 0 ? current : homes[tx.origin];
    }

    function _there(uint256 target) private view returns (Router) {
        return Router(target == l1 ? l1Router : rollupRouter);
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
                if (_here() != l1) _tell(abi.encodeCall(IHost.refundRefused, ()));
                revert IScopedBridge.RefundRefused();
            }
        }
    }

    function _scopedCall(uint256 target, address from, IScopedCallable.ScopedRequest calldata request, bool isLeaf)
        private
        returns (bool success, bytes memory returndata)
    {
        (, uint256 depth, bool inLeaf,,) = _context();
        if (inLeaf) revert IScopedBridge.NestingForbidden();
        if (msg.value != request.value) revert IScopedBridge.WrongValue();
        _checkRequest(target, from, request);
        _request(target, from, request, depth, false);
        (success, returndata) = _there(target).handle(_here(), from, target, depth + 1, isLeaf, request);
        _tell(abi.encodeCall(IHost.answered, (success, returndata)));
    }

    function _lookup(uint256 target, address from, IScopedCallable.ScopedRequest calldata request)
        private
        view
        returns (bool success, bytes memory returndata)
    {
        if (request.value != 0) revert IScopedBridge.WrongValue();
        _checkRequest(target, from, request);
        (, uint256 depth, bool inLeaf,,) = _context();
        if (inLeaf && _here() == l1) revert IScopedBridge.NestingForbidden();
        _request(target, from, request, depth, true);
        (success, returndata) = _there(target).handleLookup(_here(), from, target, depth + 1, request);
        _tell(abi.encodeCall(IHost.answered, (success, returndata)));
    }

    function _checkRequest(uint256 target, address from, IScopedCallable.ScopedRequest calldata request) private view {
        if (from != msg.sender && msg.sender != remoteAccount(target, request.to)) revert IScopedBridge.FromMismatch();
        if (!_isPeer(target)) revert IScopedBridge.UnsupportedChain(target);
        if (request.gasLimit > chains[target].maxGas) revert IScopedBridge.GasLimitTooHigh();
    }

    function _request(
        uint256 target,
        address from,
        IScopedCallable.ScopedRequest calldata request,
        uint256 depth,
        bool isLookup
    ) private view {
        _tell(
            abi.encodeWithSelector(
                IHost.requested.selector,
                _here(),
                target,
                from,
                request.to,
                request.value,
                request.gasLimit,
                depth,
                isLookup,
                request.data
            )
        );
    }

    // --- handling ---

    modifier onlyRouters() {
        require(msg.sender == l1Router || msg.sender == rollupRouter, "only a router");
        _;
    }

    /// @notice The call as its target sees it. The other one of the two calls this, or this one itself.
    function handle(
        uint256 source,
        address from,
        uint256 target,
        uint256 depth,
        bool isLeaf,
        IScopedCallable.ScopedRequest calldata request
    ) external onlyRouters returns (bool success, bytes memory returndata) {
        address account = _deployRemoteAccount(source, from);
        if (forbidden[request.to]) return (false, abi.encodePacked(IScopedBridge.ForbiddenTarget.selector));
        uint256 limit = _limitOf(request);
        bytes memory command = _command(ACT, limit, RETURN_DATA_LIMIT, request);
        _tell(abi.encodeCall(IHost.begin, (target, depth, isLeaf, account, request.gasLimit)));
        (success, returndata) = account.call{value: request.value}(command);
        _tell(abi.encodeCall(IHost.end, ()));
        uint256 used;
        (used, returndata) = _split(returndata);
        // a leaf cannot hide an abort
        if (target == l1 && !isLeaf) _checkUsed(used, limit, request.gasLimit);
    }

    /// @notice The lookup as its target sees it.
    function handleLookup(
        uint256 source,
        address from,
        uint256 target,
        uint256 depth,
        IScopedCallable.ScopedRequest calldata request
    ) external view onlyRouters returns (bool success, bytes memory returndata) {
        address account = remoteAccount(source, from);
        require(account.code.length != 0, "the oracle has not deployed a RemoteAccount");
        if (forbidden[request.to]) return (false, abi.encodePacked(IScopedBridge.ForbiddenTarget.selector));
        uint256 limit = _limitOf(request);
        bytes memory command = _command(LOOK, limit, LOOKUP_DATA_LIMIT, request);
        _tell(abi.encodeCall(IHost.begin, (target, depth, false, account, request.gasLimit)));
        (success, returndata) = account.staticcall(command);
        _tell(abi.encodeCall(IHost.end, ()));
        uint256 used;
        (used, returndata) = _split(returndata);
        if (target == l1) _checkUsed(used, limit, request.gasLimit);
    }

    function _limitOf(IScopedCallable.ScopedRequest calldata request) private view returns (uint256) {
        return request.gasLimit <= hopeless ? request.gasLimit : gasleft() - gasleft() / 8;
    }

    function _command(bytes32 what, uint256 limit, uint256 dataLimit, IScopedCallable.ScopedRequest calldata request)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(what, uint256(uint160(request.to)), limit, dataLimit, request.data);
    }

    /// @dev What a RemoteAccount replies: the gas that the target used, then its returndata.
    function _split(bytes memory reply) private pure returns (uint256 used, bytes memory returndata) {
        used = uint256(bytes32(reply));
        require(used != type(uint256).max, "the oracle itself has too little gas");
        returndata = new bytes(reply.length - 32);
        assembly ("memory-safe") {
            mcopy(add(returndata, 0x20), add(reply, 0x40), mload(returndata))
        }
    }

    /// @dev Ample gas is half used only by what takes all of it: a write in a static frame.
    function _checkUsed(uint256 used, uint256 limit, uint256 gasLimit) private view {
        bool isHeavy = gasLimit <= hopeless ? used != 0 && 2 * used >= gasLimit : used >= limit;
        if (isHeavy) _tell(abi.encodeCall(IHost.fused, ()));
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
