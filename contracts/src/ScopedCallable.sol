// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BridgePolicy} from "./BridgePolicy.sol";
import {IScopedCallable} from "./interfaces/IScopedCallable.sol";
import {IScopedBridge} from "./interfaces/IScopedBridge.sol";
import {MailboxStore} from "./MailboxStore.sol";
import {Predeploys} from "./Predeploys.sol";
import {RemoteAddress} from "./RemoteAddress.sol";
import {CallNonce, CallNonceLibrary} from "./types/CallNonce.sol";
import {QueueHeader, QueueHeaderLibrary, ResponseHeader, ResponseHeaderLibrary} from "./types/CellHeader.sol";
import {Root, RootLibrary} from "./types/Root.sol";
import {ScopeContext, ScopeContextLibrary} from "./types/ScopeContext.sol";
import {ScopeOrder} from "./types/ScopeOrder.sol";

/// @title The accounting of synchronous calls between chains
/// @notice What all bridges have in common and an existing bridge can inherit: rolling hashes, responses, clocks,
/// roots, nested calls and remote accounts. All of the accounting and none of the policy: who may call, where ETH comes
/// from, what an abort is and where words are stored (storage, or transient storage) are the functions of BridgePolicy.
///
///      source                                              target
///      scopedCall      --- requestsOut  ==  requestsIn ---> handleScopedCall
///      (its response)  <-- responsesIn  ==  responsesOut -- (its response)
///
/// @dev Sources: SCOPE, "How does it work?"; docs/protocol.md sections 2 to 7, which give the reason of each rule.
/// Layouts: contracts/ABI.md. Packed words: types/. The leaf of a response, the clock and the root rules and what
/// happens to a missing or a repeated response are virtual, so that tests can replace them by the draft's literal
/// formulas.
abstract contract ScopedCallable is MailboxStore, BridgePolicy, IScopedBridge {
    /// @dev The implementation that every RemoteAccount of this chain is a clone of.
    address internal immutable remoteAccountCode;
    /// @dev The most bytes of returndata or revert data in a response.
    uint256 internal immutable returnDataLimit;

    /// @dev What the running code is a part of.
    ScopeContext internal transient context;

    /// @dev The target of the innermost scopedCall that waits.
    uint256 private transient waitingFor;

    /// @dev Who vouches for the root that runs, as _voucher says; 0: it is this chain's own.
    uint256 private transient voucher;

    /// @inheritdoc IScopedBridge
    address public transient acting;

    /// @dev Flag of a call: the target may not call on while it handles it.
    uint32 internal constant LEAF = 1;
    /// @dev Flag of a nonce: a call without effect on its target. The same bit of a response's status: such a call's.
    uint32 internal constant LOOKUP = 2;

    /// @dev Flag of a nonce: a call that fails on its target, and whose caller reverts. The same bit of a response's
    /// status: such a call's.
    uint32 internal constant ATTEMPT = 4;

    /// @dev Flag that only a bridge sets: it does not vouch to the target for the name of the root.
    uint256 private constant UNVOUCHED = 8;

    /// @dev The cell of the last root's first handled call or lookup: `root:16 || voucher:16`.
    uint256 internal constant PART = uint256(keccak256("scope.part"));
    /// @dev In place of the voucher: lookups of several, and no call.
    uint256 private constant MANY = 1 << 65;

    /// @dev "scope.remote-account.act": the command that makes a RemoteAccount call a target for the bridge;
    bytes32 internal constant ACT = keccak256("scope.remote-account.act");
    /// @dev "scope.remote-account.look", to call it without effect.
    bytes32 internal constant LOOK = keccak256("scope.remote-account.look");

    /// @dev What a view says instead of an event: a STATICCALL of the abort precompile with these values. The builder
    /// handles the lookup when it sees it; others ignore it.
    bytes4 private constant SCOPED_LOOKUP =
        bytes4(keccak256("ScopedLookup(uint256,address,uint256,(address,uint256,uint256,bytes))"));
    /// @dev Gas with which a lookup that has no response reaches its abort: 2,600 for the STATICCALL above, 2,100 for the
    /// response's header, 100 for the abort, and room.
    uint256 private constant LOOKUP_RESERVE = 8_000;
    /// @dev The most bytes of returndata or revert data of a lookup: filling and closing cost 27,100 gas a word.
    uint256 private constant LOOKUP_DATA_LIMIT = 1024;

    /// @dev Gas limit for which a call may return one byte: what its caller needs to read it (5,200 a word, before the refund
    /// for a cleared slot). So a target cannot make its caller pay more than the gas limit that it set aside.
    uint256 private constant GAS_PER_BYTE = 168;
    /// @dev What it may return in any case: a reason.
    uint256 private constant RETURN_DATA_LEAST = 1024;

    uint256 private constant RESPONSE_CELL = uint256(keccak256("scope.cell.response"));
    uint256 private constant QUEUE_CELL = uint256(keccak256("scope.cell.queue"));
    uint256 private constant RESPONSE_HEADER = 9; // status:1 || clock:8

    constructor(address remoteAccountCode_, uint256 returnDataLimit_) {
        _requireLayout();
        remoteAccountCode = remoteAccountCode_;
        returnDataLimit = returnDataLimit_;
    }

    // --- calling ---

    /// @inheritdoc IScopedCallable
    function scopedCall(uint256 targetChainId, address from, ScopedRequest calldata request)
        external
        payable
        returns (bytes memory result)
    {
        bool success;
        (success, result) = _scopedCall(targetChainId, from, request, 0, true);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    /// @inheritdoc IScopedBridge
    function tryScopedCall(uint256 targetChainId, address from, ScopedRequest calldata request)
        external
        payable
        returns (bool success, bytes memory returndata)
    {
        return _tryScopedCall(targetChainId, from, request, LEAF);
    }

    /// @inheritdoc IScopedBridge
    function tryScopedCall(uint256 targetChainId, address from, ScopedRequest calldata request, uint32 flags)
        external
        payable
        returns (bool success, bytes memory returndata)
    {
        if (flags > LEAF) revert UnknownFlags(flags);
        return _tryScopedCall(targetChainId, from, request, flags);
    }

    function _tryScopedCall(uint256 targetChainId, address from, ScopedRequest calldata request, uint32 flags)
        private
        returns (bool success, bytes memory returndata)
    {
        (success, returndata) = _scopedCall(targetChainId, from, request, flags, false);
        if (!success && msg.value != 0) {
            bool refunded;
            assembly ("memory-safe") {
                refunded := call(gas(), caller(), callvalue(), 0, 0, 0, 0)
            }
            // What gas is left for it depends on the response, which the builder filled.
            if (!refunded) _abort(RefundRefused.selector);
        }
    }

    /// @dev Until the request is mixed, every failure is an ordinary revert that the builder cannot influence; after it,
    /// everything but status 0 and, if `reverts`, a failed attempt is an abort.
    /// @param reverts Whether the caller of this reverts when the call fails. Then it can be an attempt.
    function _scopedCall(uint256 target, address from, ScopedRequest calldata request, uint256 flags, bool reverts)
        private
        returns (bool success, bytes memory returndata)
    {
        _admit(target, request.gasLimit);
        ScopeContext running = context;
        if (running.isLeaf()) revert NestingForbidden();
        if (msg.value != request.value) revert WrongValue();
        _checkRequest(target, from, request);
        if (gasleft() < request.gasLimit) revert CallerGasTooLow();

        bytes32 hash;
        CallNonce callNonce;
        uint256 outer = waitingFor;
        if (!_vouchesTo(target)) flags |= UNVOUCHED;
        {
            (callNonce, running) = _begin(running, flags);
            uint256 nonce = CallNonce.unwrap(callNonce);
            hash = _requestHash(block.chainid, target, from, nonce, request, keccak256(request.data));
            mailboxes[target].requestsOut = _mix(mailboxes[target].requestsOut, hash);
            _touch(target);
            _lock(target, msg.value);
            context = running.waiting(flags);
            waitingFor = target;
            // Last, before the nested calls: a simulating builder handles the call when it sees this event.
            emit ScopedCall(target, from, request.to, nonce, request.value, request.gasLimit, request.data);
        }
        _runQueue(hash);
        context = running;
        waitingFor = outer;

        uint256 cell = _cell(RESPONSE_CELL, hash);
        ResponseHeader header = ResponseHeader.wrap(_load(cell));
        if (reverts && !header.isPresent()) _revertIfAttempted(target, from, callNonce, request);
        // An attempt fails: a call that it makes, and that is not one itself, would be undone on this chain alone.
        if (running.isAttempt()) _abort(CallInAttempt.selector);
        uint64 clock;
        (success, clock, returndata) = _takeResponse(target, cell, header);
        ScopeOrder order = _loadOrder();
        _storeOrder(order.withClock(_received(order.clock(), clock, target, true)));
        if (success) mailboxes[target].valueOut += uint128(msg.value);
        else _unlock(target, msg.value);
    }

    /// @dev Reverts with the failure of the attempt that takes the place of a call, if its response is filled. That undoes
    /// the call: its request, its clock, the value sent with it. The response stays, as a lookup's does.
    function _revertIfAttempted(uint256 target, address from, CallNonce nonce, ScopedRequest calldata request)
        private
        view
    {
        uint256 attempt = CallNonce.unwrap(nonce.asAttempt());
        uint256 cell =
            _cell(RESPONSE_CELL, _requestHash(block.chainid, target, from, attempt, request, keccak256(request.data)));
        ResponseHeader header = ResponseHeader.wrap(_load(cell));
        if (!header.isPresent() || !header.isAttempt() || header.chainId() != target) return;
        // This very call named the root, and the revert undoes that.
        if (nonce.rootClock() == nonce.clock()) _abort(NotAnnounced.selector);
        bytes memory returndata = _readWords(cell, header.length());
        assembly ("memory-safe") {
            revert(add(returndata, 0x20), mload(returndata))
        }
    }

    function _checkRequest(uint256 target, address from, ScopedRequest calldata request) private view {
        if (from != msg.sender && msg.sender != remoteAccount(target, request.to)) revert FromMismatch();
        uint256 most = maxGas(target);
        if (most == 0) revert UnsupportedChain(target);
        if (request.gasLimit > most) revert GasLimitTooHigh();
    }

    /// @dev Takes the clock, and the root if none runs. Returns the nonce and the context with the root.
    function _begin(ScopeContext running, uint256 flags) private returns (CallNonce nonce, ScopeContext) {
        ScopeOrder order = _loadOrder();
        uint64 clock = _tick(order.clock());
        order = order.withClock(clock);
        if (!running.hasRoot()) {
            if (!order.isAnnounced()) order = order.withLastRoot(RootLibrary.from(clock, block.chainid));
            running = running.withRoot(order.lastRoot());
        }
        _storeOrder(order);
        return (CallNonceLibrary.pack(running.root(), flags, running.depthOfCall(), clock), running);
    }

    // --- looking ---

    /// @inheritdoc IScopedBridge
    function scopedStaticCall(uint256 targetChainId, address from, ScopedRequest calldata request)
        external
        view
        returns (bytes memory result)
    {
        bool success;
        (success, result) = _lookup(targetChainId, from, request);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    /// @inheritdoc IScopedBridge
    function tryScopedStaticCall(uint256 targetChainId, address from, ScopedRequest calldata request)
        external
        view
        returns (bool success, bytes memory returndata)
    {
        return _lookup(targetChainId, from, request);
    }

    /// @dev Up to the reading of the response, whatever fails is an ordinary revert that the builder has no hand in;
    /// then a response that is missing is an abort, for which there is gas and a frame.
    function _lookup(uint256 target, address from, ScopedRequest calldata request)
        private
        view
        returns (bool success, bytes memory returndata)
    {
        _admit(target, request.gasLimit);
        if (request.value != 0) revert WrongValue();
        _checkRequest(target, from, request);

        uint256 nonce;
        bool rooted;
        {
            ScopeContext running = context;
            if (running.isLeaf() && !_leafLooks()) revert NestingForbidden();
            ScopeOrder order = _loadOrder();
            Root root = order.isAnnounced() ? order.lastRoot() : running.root();
            rooted = root != RootLibrary.NONE;
            uint256 flags = _vouchesTo(target) ? LOOKUP : LOOKUP | UNVOUCHED;
            nonce = CallNonce.unwrap(CallNonceLibrary.pack(root, flags, running.depthOfCall(), order.clock()));
        }
        bytes32 hash = _requestHash(block.chainid, target, from, nonce, request, keccak256(request.data));
        _announceLookup(abi.encodeWithSelector(SCOPED_LOOKUP, target, from, nonce, request));
        if (!rooted) _abort(NotAnnounced.selector);
        return _readLookup(target, hash);
    }

    function _announceLookup(bytes memory lookup) private view {
        address abort = Predeploys.ABORT;
        bool called;
        if (gasleft() < LOOKUP_RESERVE) revert CallerGasTooLow();
        assembly ("memory-safe") {
            called := staticcall(gas(), abort, add(lookup, 0x20), mload(lookup), 0, 0)
        }
        if (!called) revert CallerGasTooLow(); // the greatest depth: an abort would find no frame either
    }

    /// @dev Reads a response and leaves it: the same lookup may be made again.
    function _readLookup(uint256 target, bytes32 hash) private view returns (bool success, bytes memory returndata) {
        uint256 cell = _cell(RESPONSE_CELL, hash);
        ResponseHeader header = ResponseHeader.wrap(_load(cell));
        if (!header.isPresent() || !header.isLookup() || header.chainId() != target) _abort(ResponseMissing.selector);
        return (header.success(), _readWords(cell, header.length()));
    }

    function _readWords(uint256 cell, uint256 length) private view returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i = 32; i < length + 32; i += 32) {
            uint256 word = _load(++cell);
            assembly ("memory-safe") {
                mstore(add(data, i), word)
            }
        }
    }

    /// @dev Deletes the response to a lookup.
    function _close(bytes32 hash) internal {
        uint256 cell = _cell(RESPONSE_CELL, hash);
        ResponseHeader header = ResponseHeader.wrap(_load(cell));
        if (!header.isWithoutEffect()) revert NotLookup();
        _store(cell, 0);
        for (uint256 i = 0; i < header.length(); i += 32) {
            _clear(++cell);
        }
        _taken(header.chainId());
    }

    // --- handling ---

    /// @inheritdoc IScopedCallable
    function handleScopedCall(uint256 sourceChainId, address from, uint256 nonce, ScopedRequest calldata call)
        external
    {
        _onlySystem();
        _handle(sourceChainId, from, CallNonce.wrap(nonce), call);
    }

    /// @dev Handles a call or lookup; `nested` (inline) when a scopedCall of this chain waits. Returns the leaf of its
    /// response.
    function _handle(uint256 source, address from, CallNonce nonce, ScopedRequest memory request)
        internal
        returns (bytes32 leaf)
    {
        ScopeContext running = context;
        bool nested = running.isWaiting();
        if (maxGas(source) == 0) {
            if (nested) _abort(UnsupportedChain.selector);
            revert UnsupportedChain(source);
        }
        bytes32 hash = _requestHashOf(source, from, nonce, request);
        MailboxState storage mailbox = mailboxes[source];
        if (!nonce.isWithoutEffect()) mailbox.requestsIn = _mix(mailbox.requestsIn, hash);
        else if (!_isWellFormed(nonce, request.value)) _refuse(MalformedLookup.selector, nested);
        _touch(source);
        uint256 outer = voucher;
        uint256 inner = nested ? outer : _voucher(source, nonce);
        if (nested && !_mayCallBack(source, nonce, running)) _abort(OutsideCircle.selector);
        {
            // a call's clock is never below its root's; otherwise a call could raise lastRoot at will
            if (nonce.rootClock() > nonce.clockHandled()) _refuse(RootOrder.selector, nested);
            ScopeOrder order = _loadOrder();
            if (order.isAnnounced() && !nested) revert Announced();
            ScopeOrder next = order.withClock(
                nonce.isWithoutEffect()
                    ? _looked(order.clock(), nonce.clockHandled(), source, nested)
                    : _received(order.clock(), nonce.clock(), source, nested)
            );
            next = _rooted(next, nonce.root(), running.root(), nested);
            if (!nested) next = next.withLookedOnly(_joinRoot(order, nonce, inner));
            _storeOrder(next);
        }

        address account = remoteAccount(source, from);
        if (account.code.length == 0) {
            // What a deployment costs is less than what this leaves, so it cannot fail and be caught.
            if (!_sufficient(request.gasLimit)) _refuse(InsufficientGas.selector, nested);
            _deployRemoteAccount(source, from);
        }
        bool success;
        bytes memory response;
        if (_forbidden(request.to)) {
            response = _errorResponse(ForbiddenTarget.selector);
        } else {
            if (!_sufficient(request.gasLimit)) _refuse(InsufficientGas.selector, nested);
            // An attempt's value comes back, so nobody pays it: its source may have it from a call that fails around it.
            if (!nonce.isAttempt()) _pay(source, request.value, nested);
            context = ScopeContextLibrary.ofInbound(nonce, request.gasLimit);
            address before = acting;
            acting = account;
            voucher = inner;
            uint256 used;
            (success, used, response) = _act(account, request, nonce.isLookup());
            voucher = outer;
            acting = before;
            context = running;
            if (used == type(uint256).max) _refuse(InsufficientGas.selector, nested);
            // A leaf makes no scoped call, so no abort can hide in what it used.
            if (!nonce.isLeaf()) _checkUsed(used, request.gasLimit, nested);
            if (success) mailbox.valueIn += uint128(request.value);
            else if (!nonce.isAttempt()) _unpay(source, request.value);
        }

        {
            if (success && nonce.isAttempt()) _refuse(AttemptSucceeded.selector, nested);
            uint64 clock = nonce.clockHandled();
            uint256 status = nonce.flags() & (LOOKUP | ATTEMPT);
            if (status == 0) {
                ScopeOrder order = _loadOrder();
                clock = _tick(order.clock());
                _storeOrder(order.withClock(clock));
            }
            assembly ("memory-safe") {
                // status:1 || clock:8, ahead of the returndata already in place
                let header := or(shl(248, or(status, success)), shl(184, clock))
                let word := mload(add(response, 0x20))
                mstore(add(response, 0x20), or(header, and(word, shr(72, not(0)))))
            }
        }
        leaf = _leaf(hash, response);
        mailbox.responsesOut = _mix(mailbox.responsesOut, leaf);
        emit ScopedCallExecuted(hash, response);
    }

    /// @dev Whether it names a lookup, or an attempt.
    function _isWellFormed(CallNonce nonce, uint256 value) private pure returns (bool) {
        uint256 flags = nonce.flags() & ~UNVOUCHED;
        if (flags == LOOKUP) return value == 0;
        return flags == ATTEMPT && nonce.clock() != 0;
    }

    /// @dev Has the RemoteAccount call the target. `used` is the gas that the target used, or 2^256-1 when the
    /// account could not give it `gasLimit`. `response` has room for its header.
    function _act(address account, ScopedRequest memory request, bool isLookup)
        internal
        returns (bool success, uint256 used, bytes memory response)
    {
        bytes memory command = abi.encodePacked(
            isLookup ? LOOK : ACT,
            uint256(uint160(request.to)),
            request.gasLimit,
            isLookup ? LOOKUP_DATA_LIMIT : _returnDataLimit(request.gasLimit),
            request.data
        );
        uint256 value = request.value;
        assembly ("memory-safe") {
            success := call(gas(), account, value, add(command, 0x20), mload(command), 0, 0)
            used := not(0)
            response := mload(0x40)
            if gt(returndatasize(), 31) {
                returndatacopy(0, 0, 32)
                used := mload(0)
                let size := sub(returndatasize(), 32)
                mstore(response, add(size, RESPONSE_HEADER))
                returndatacopy(add(response, add(0x20, RESPONSE_HEADER)), 32, size)
                mstore(0x40, and(add(add(response, size), 0x5f), not(0x1f)))
            }
        }
    }

    function _returnDataLimit(uint256 gasLimit) private view returns (uint256) {
        return Math.min(returnDataLimit, Math.max(RETURN_DATA_LEAST, gasLimit / GAS_PER_BYTE));
    }

    function _errorResponse(bytes4 selector) private pure returns (bytes memory) {
        return bytes.concat(new bytes(RESPONSE_HEADER), selector);
    }

    // --- filling ---

    /// @inheritdoc IScopedCallable
    function fillResponsesIn(uint256[] calldata chainIds, bytes32[] calldata reqHashes, bytes[] calldata responses)
        external
    {
        _onlySystem();
        if (chainIds.length != reqHashes.length || chainIds.length != responses.length) revert LengthMismatch();
        for (uint256 i = 0; i < chainIds.length; i++) {
            _fill(chainIds[i], reqHashes[i], responses[i]);
        }
    }

    /// @dev Stores a response: its header, then its returndata, word by word.
    function _fill(uint256 chainId, bytes32 hash, bytes calldata response) internal {
        if (maxGas(chainId) == 0) revert UnsupportedChain(chainId);
        if (response.length < RESPONSE_HEADER || uint8(response[0]) > ATTEMPT) revert MalformedResponse();
        uint256 cell = _cell(RESPONSE_CELL, hash);
        _vacant(ResponseHeader.wrap(_load(cell)));
        uint256 length = response.length - RESPONSE_HEADER;
        ResponseHeader header = ResponseHeaderLibrary.pack(
            uint8(response[0]), length, chainId, uint64(bytes8(response[1:RESPONSE_HEADER]))
        );
        _store(cell, ResponseHeader.unwrap(header));
        for (uint256 i = 0; i < length; i += 32) {
            uint256 word;
            assembly ("memory-safe") {
                word := calldataload(add(add(response.offset, RESPONSE_HEADER), i))
            }
            // clear the bytes of the last word that lie past the response
            if (length - i < 32) word &= ~(type(uint256).max >> 8 * (length - i));
            _store(++cell, word);
        }
        MailboxState storage mailbox = mailboxes[chainId];
        mailbox.responsesIn = _mix(mailbox.responsesIn, _leaf(hash, response));
        _touch(chainId);
        _waits(chainId);
    }

    /// @dev Reads and deletes the response: it is used once.
    function _takeResponse(uint256 target, uint256 cell, ResponseHeader header)
        private
        returns (bool success, uint64 clock, bytes memory returndata)
    {
        if (!header.isPresent() || header.isWithoutEffect() || header.chainId() != target) return _missing();
        success = header.success();
        clock = header.clock();
        returndata = _takeWords(cell, header.length());
        _store(cell, 0);
        _taken(target);
    }

    /// @inheritdoc IScopedBridge
    function fillNestedCalls(bytes32 reqHash, Inbound[] calldata inbound, bytes32[] calldata responseHashes) external {
        _onlySystem();
        _queue(reqHash, inbound, responseHashes);
    }

    /// @dev Stores a queue of nested calls: its header, then abi.encode(inbound, responseHashes).
    function _queue(bytes32 hash, Inbound[] calldata inbound, bytes32[] calldata responseHashes) internal {
        if (inbound.length != responseHashes.length) revert LengthMismatch();
        uint256 cell = _cell(QUEUE_CELL, hash);
        if (QueueHeader.wrap(_load(cell)).isPresent()) revert QueueExists();
        bytes memory queue = abi.encode(inbound, responseHashes);
        _store(cell, QueueHeader.unwrap(QueueHeaderLibrary.pack(queue.length)));
        for (uint256 i = 32; i <= queue.length; i += 32) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(queue, i))
            }
            _store(++cell, word);
        }
        _storeOrder(_loadOrder().addQueue());
    }

    /// @dev Handles the calls that were queued for a request.
    function _runQueue(bytes32 hash) private {
        uint256 cell = _cell(QUEUE_CELL, hash);
        QueueHeader header = QueueHeader.wrap(_load(cell));
        if (!header.isPresent()) return;
        bytes memory queue = _takeWords(cell, header.length());
        _store(cell, 0);
        _storeOrder(_loadOrder().subQueue());
        (Inbound[] memory inbound, bytes32[] memory leaves) = abi.decode(queue, (Inbound[], bytes32[]));
        for (uint256 i = 0; i < inbound.length; i++) {
            Inbound memory call = inbound[i];
            bytes32 leaf = _handle(call.sourceChainId, call.from, CallNonce.wrap(call.nonce), call.request);
            _compared(leaf, leaves[i]);
        }
    }

    function _takeWords(uint256 cell, uint256 length) private returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i = 32; i < length + 32; i += 32) {
            uint256 word = _load(++cell);
            _clear(cell);
            assembly ("memory-safe") {
                mstore(add(data, i), word)
            }
        }
    }

    function _cell(uint256 kind, bytes32 hash) private pure returns (uint256 slot) {
        assembly ("memory-safe") {
            mstore(0, hash)
            mstore(0x20, kind)
            slot := keccak256(0, 0x40)
        }
    }

    /// @inheritdoc IScopedBridge
    function openScope(uint64 floor) external {
        _onlySystem();
        _raise(floor);
    }

    function _raise(uint64 floor) internal {
        ScopeOrder order = _loadOrder();
        if (order.isAnnounced()) revert Announced();
        if (floor <= order.clock()) return;
        if (floor > (_l1BlockNumber() + 1) << 32) revert ClockTooFar();
        _storeOrder(order.withClock(floor));
    }

    /// @dev The order word with a root that is named ahead of its first call: it takes a clock of its own.
    function _named(ScopeOrder order) internal view returns (ScopeOrder) {
        uint64 clock = _tick(order.clock());
        return order.withClock(clock).withLastRoot(RootLibrary.from(clock, block.chainid));
    }

    // --- remote accounts ---

    /// @inheritdoc IScopedBridge
    function remoteAccount(uint256 chainId, address account) public view returns (address) {
        (bytes32 salt, bytes memory arguments) = RemoteAddress.identity(address(this), chainId, account);
        return Clones.predictDeterministicAddressWithImmutableArgs(remoteAccountCode, arguments, salt, address(this));
    }

    /// @inheritdoc IScopedBridge
    function deployRemoteAccount(uint256 chainId, address account) external returns (address) {
        if (maxGas(chainId) == 0) revert UnsupportedChain(chainId);
        return _deployRemoteAccount(chainId, account);
    }

    function _deployRemoteAccount(uint256 chainId, address account) internal returns (address deployed) {
        (bytes32 salt, bytes memory arguments) = RemoteAddress.identity(address(this), chainId, account);
        deployed =
            Clones.predictDeterministicAddressWithImmutableArgs(remoteAccountCode, arguments, salt, address(this));
        if (deployed.code.length == 0) {
            Clones.cloneDeterministicWithImmutableArgs(remoteAccountCode, arguments, salt);
        }
    }

    /// @inheritdoc IScopedBridge
    function remoteGasLimit(uint256 chainId) external view returns (uint256) {
        return context.gasOfRemote(_defaultGas(chainId));
    }

    // --- circles: who may name a root (docs/protocol.md section 3) ---

    /// @dev Who vouches that the call belongs to the root that it names: a circle, `1 << 64 || circle:8`, or its source
    /// alone, `source:8`.
    function _voucher(uint256 source, CallNonce nonce) private view returns (uint256) {
        uint256 circle = _circle(source);
        return circle == 0 || nonce.isUnvouched() ? source : 1 << 64 | circle;
    }

    function _isVouched(uint256 part) internal pure returns (bool) {
        return part >> 64 & 1 != 0;
    }

    /// @dev Whether the root that runs is this chain's own, or the target's circle vouches for it.
    function _vouchesTo(uint256 target) private view returns (bool) {
        uint256 running = voucher;
        return running == 0 || running == (1 << 64 | _circle(target));
    }

    /// @dev All parts of a root are vouched for by one circle or come from one chain, so no other chain comes between two
    /// of them. While there are only lookups, they may be of several: nothing has changed that one could see. Returns
    /// whether there are only lookups.
    function _joinRoot(ScopeOrder before, CallNonce nonce, uint256 by) private returns (bool) {
        uint256 root = uint256(Root.unwrap(nonce.root())) << 128;
        if (nonce.root() != before.lastRoot()) {
            _storePart(root | by);
            return nonce.isWithoutEffect();
        }
        bool looks = nonce.isWithoutEffect() && before.isLookedOnly();
        uint256 first = _load(PART);
        bool isStored = first != 0 && first >> 128 == root >> 128;
        if (isStored ? first != root | by : !_isVouched(by)) {
            if (!looks) revert OutsideCircle();
            _store(PART, root | MANY);
        }
        return looks;
    }

    /// @dev Whether the call may be handled inside of the one that waits: it is of the chain that was called, or of one in
    /// its circle that vouches for the root, as this chain did when it called.
    function _mayCallBack(uint256 source, CallNonce nonce, ScopeContext running) private view returns (bool) {
        uint256 target = waitingFor;
        if (source == target) return true;
        if (running.isUnvouched() || nonce.isUnvouched()) return false;
        uint256 circle = _circle(source);
        return circle != 0 && circle == _circle(target);
    }

    // --- views ---

    /// @inheritdoc IScopedCallable
    function getMailboxHashes(uint256 chainId)
        external
        view
        returns (bytes32 requestsOut, bytes32 requestsIn, bytes32 responsesOut, bytes32 responsesIn)
    {
        if (_pending(chainId) != 0) revert ResponsesPending();
        MailboxState storage m = mailboxes[chainId];
        return (m.requestsOut, m.requestsIn, m.responsesOut, m.responsesIn);
    }

    /// @inheritdoc IScopedBridge
    function valueCounters(uint256 chainId) external view returns (uint128 valueOut, uint128 valueIn) {
        return (mailboxes[chainId].valueOut, mailboxes[chainId].valueIn);
    }

    /// @inheritdoc IScopedBridge
    function scopeClock() external view returns (uint64 clock, uint128 lastRoot) {
        ScopeOrder order = _loadOrder();
        return (order.clock(), Root.unwrap(order.lastRoot()));
    }

    // --- hashes ---

    function _requestHashOf(uint256 source, address from, CallNonce nonce, ScopedRequest memory request)
        private
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encodePacked(
                source, block.chainid, from, request.to, nonce, request.value, request.gasLimit, keccak256(request.data)
            )
        );
    }

    function _requestHash(
        uint256 source,
        uint256 target,
        address from,
        uint256 nonce,
        ScopedRequest calldata request,
        bytes32 dataHash
    ) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(source, target, from, request.to, nonce, request.value, request.gasLimit, dataHash)
        );
    }

    function _mix(bytes32 lane, bytes32 leaf) internal pure returns (bytes32 mixed) {
        assembly ("memory-safe") {
            mstore(0, lane)
            mstore(0x20, leaf)
            mixed := keccak256(0, 0x40)
        }
    }

    // --- refusals ---

    /// @dev Whether the target can be given its gas limit after each frame withholds a 64th (EIP-150).
    function _sufficient(uint256 gasLimit) internal view returns (bool) {
        return gasLimit <= type(uint64).max && gasleft() >= gasLimit + gasLimit / 16 + 100_000;
    }

    /// @dev An inline call is refused by an abort: the caller that waits must not be able to catch its refusal.
    function _refuse(bytes4 selector, bool nested) internal view {
        if (nested) _abort(selector);
        assembly ("memory-safe") {
            mstore(0, selector)
            revert(0, 4)
        }
    }

    // --- rules that tests replace by the draft's formulas ---

    /// @dev The leaf of a response binds the request (docs/protocol.md section 2).
    function _leaf(bytes32 requestHash, bytes memory response) internal pure virtual returns (bytes32) {
        return _mix(requestHash, keccak256(response));
    }

    /// @dev The clock after one more event.
    function _tick(uint64 clock) internal pure virtual returns (uint64) {
        return clock + 1;
    }

    /// @dev The clock after receiving another chain's.
    function _received(uint64 own, uint64 other, uint256 peer, bool nested) internal virtual returns (uint64) {
        if (other <= own) return own + 1;
        if (other > _clockBound(peer)) _refuse(ClockTooFar.selector, nested);
        return other + 1;
    }

    /// @dev The clock when a lookup is handled: the clock of its source, since nothing happens. The place of a lookup is
    /// between two events of this chain (docs/protocol.md section 6); a later place is refused here, an earlier one would
    /// drive this clock past the source's.
    function _looked(uint64 own, uint64 other, uint256 peer, bool nested) internal virtual returns (uint64) {
        if (other < own) _refuse(LookupLate.selector, nested);
        if (other > own && other > _clockBound(peer)) _refuse(ClockTooFar.selector, nested);
        return other;
    }

    /// @dev The order word after a call of `root` begins to be handled; `running` is the root that runs.
    function _rooted(ScopeOrder order, Root root, Root running, bool nested) internal virtual returns (ScopeOrder) {
        if (nested) {
            if (root != running) _abort(RootOrder.selector);
            return order;
        }
        if (root < order.lastRoot()) revert RootOrder();
        return order.withLastRoot(root);
    }

    /// @dev Compares the leaf of an inline response with the one that the builder announced. Without the comparison, a
    /// call whose frame is rolled back would show a response from the future.
    function _compared(bytes32 leaf, bytes32 announced) internal virtual {
        if (leaf != announced) _abort(NestedMismatch.selector);
    }

    /// @dev There is no response to a request.
    function _missing() internal virtual returns (bool success, uint64 clock, bytes memory returndata) {
        (success, clock, returndata) = (false, 0, "");
        _abort(ResponseMissing.selector);
    }

    /// @dev Whether a cell may be filled.
    function _vacant(ResponseHeader header) internal pure virtual {
        if (header.isPresent()) revert ResponseExists();
    }

    /// @dev A response was filled; was read.
    function _waits(uint256 peer) internal virtual {
        _addPending(peer);
        _storeOrder(_loadOrder().addResponse());
    }

    function _taken(uint256 peer) internal virtual {
        _subPending(peer);
        _storeOrder(_loadOrder().subResponse());
    }

    /// @inheritdoc IScopedBridge
    function maxGas(uint256 chainId) public view virtual returns (uint256);
}
