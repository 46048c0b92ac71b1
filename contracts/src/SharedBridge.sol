// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IForcedQueue} from "./interfaces/IForcedQueue.sol";
import {IScopedAccount} from "./interfaces/IScopedAccount.sol";
import {IScopedBridge} from "./interfaces/IScopedBridge.sol";
import {IProofRegistry} from "./interfaces/IProofRegistry.sol";
import {IReader} from "./interfaces/IReader.sol";
import {ISharedBridge} from "./interfaces/ISharedBridge.sol";
import {ForcedQueue} from "./ForcedQueue.sol";
import {Predeploys} from "./Predeploys.sol";
import {Reader} from "./Reader.sol";
import {RemoteAccount} from "./RemoteAccount.sol";
import {RollupExit} from "./RollupExit.sol";
import {RollupManager} from "./RollupManager.sol";
import {RollupStore} from "./RollupStore.sol";
import {ScopedAccount} from "./ScopedAccount.sol";
import {ScopedCallable} from "./ScopedCallable.sol";
import {TransientMap} from "./TransientMap.sol";
import {CallNonce} from "./types/CallNonce.sol";
import {PairValuesLibrary} from "./types/PairValues.sol";
import {Root} from "./types/Root.sol";
import {ScopeContextLibrary} from "./types/ScopeContext.sol";
import {ScopeOrder} from "./types/ScopeOrder.sol";

/// @title The bridge of L1
/// @notice The policy of ScopedCallable on L1, where everything happens in one transaction: words live in transient
/// storage, the bundle's loop alone uses the system functions, an abort burns the step's gas, and every payout is
/// covered by what the rollup owns here.
///
///      executeBundle:   open -> preconditions -> fills -> steps -> settle -> close        all, or nothing
///
/// @dev docs/protocol.md sections 3, 5, 7, 8 and 9. What concerns rollups, settlement included, is in RollupManager.
contract SharedBridge is RollupStore, ScopedCallable, ISharedBridge {
    using TransientMap for uint256;

    /// @inheritdoc ISharedBridge
    IProofRegistry public immutable registry;
    /// @inheritdoc ISharedBridge
    IReader public immutable reader;
    /// @inheritdoc ISharedBridge
    address public immutable scopedAccount;
    /// @inheritdoc ISharedBridge
    address public immutable rollupExit;
    /// @inheritdoc ISharedBridge
    IForcedQueue public immutable forcedQueue;
    /// @inheritdoc ISharedBridge
    address public immutable rollupManager;
    /// @dev The code hash of an account that delegates to ScopedAccount (EIP-7702).
    bytes32 private immutable delegation;

    /// @dev The root that was handled last has ended.
    bool private transient closedRoot;
    // Transient words by chain; others: RollupStore.
    uint256 private constant PENDING = uint256(keccak256("scope.pending")); // responses filled and not read

    /// @dev Revert data of an operation that is passed on.
    uint256 private constant REASON_LIMIT = 1024;

    /// @param owner_ Who adds rollups.
    /// @param registry_ Which proofs are enough.
    /// @param returnDataLimit_ The most bytes of returndata in a response.
    constructor(address owner_, IProofRegistry registry_, uint256 returnDataLimit_)
        ScopedCallable(address(new RemoteAccount()), returnDataLimit_)
        Ownable(owner_)
    {
        registry = registry_;
        reader = new Reader();
        scopedAccount = address(new ScopedAccount(address(this)));
        rollupExit = address(new RollupExit(this));
        forcedQueue = new ForcedQueue(this);
        rollupManager = address(new RollupManager(registry_, rollupExit, forcedQueue));
        delegation = keccak256(abi.encodePacked(hex"ef0100", scopedAccount));
    }

    // --- rollups ---

    /// @inheritdoc ISharedBridge
    function rollup(uint256 chainId) external view returns (Rollup memory) {
        return rollups[chainId];
    }

    /// @inheritdoc ISharedBridge
    function settledValue(uint256 from, uint256 to) public view returns (uint256) {
        return settledValues[PairValuesLibrary.pairOf(from, to)].carried(from, to);
    }

    /// @inheritdoc ISharedBridge
    function registerRollup(RollupConfig calldata) external payable {
        _delegateToManager();
    }

    /// @inheritdoc ISharedBridge
    function freezeRollup(uint256) external {
        _delegateToManager();
    }

    /// @inheritdoc ISharedBridge
    function payExit(uint256, address, uint256) external {
        _delegateToManager();
    }

    /// @inheritdoc ISharedBridge
    function publish(uint64, uint64, uint64, uint256[] calldata, bytes calldata) external returns (bytes32) {
        _delegateToManager();
    }

    /// @inheritdoc ISharedBridge
    function noteForced(uint256) external {
        _delegateToManager();
    }

    /// @dev Runs the called function in RollupManager's code, and ends the call with what it returned.
    function _delegateToManager() private {
        address code = rollupManager;
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            let success := delegatecall(gas(), code, data, calldatasize(), 0, 0)
            returndatacopy(data, 0, returndatasize())
            if iszero(success) { revert(data, returndatasize()) }
            return(data, returndatasize())
        }
    }

    /// @dev Runs RollupManager.settle with the bundle as it is in the calldata.
    function _settle(Bundle calldata bundle, bytes32 planHash) private {
        address code = rollupManager;
        bytes4 selector = RollupManager.settle.selector;
        assembly ("memory-safe") {
            let data := mload(0x40)
            let size := sub(calldatasize(), bundle)
            mstore(data, selector)
            mstore(add(data, 0x04), 0x40)
            mstore(add(data, 0x24), planHash)
            calldatacopy(add(data, 0x44), bundle, size)
            if iszero(delegatecall(gas(), code, data, add(size, 0x44), 0, 0)) {
                returndatacopy(data, 0, returndatasize())
                revert(data, returndatasize())
            }
        }
    }

    /// @inheritdoc IScopedBridge
    function maxGas(uint256 chainId) public view override(ScopedCallable, IScopedBridge) returns (uint256) {
        return rollups[chainId].maxGas;
    }

    /// @notice Takes the value of forced entries when a settlement takes them.
    receive() external payable {
        if (msg.sender != address(forcedQueue)) revert OnlyForcedQueue();
    }

    // --- the bundle ---

    /// @inheritdoc ISharedBridge
    function executeBundle(Bundle calldata bundle) external {
        if (bundle.submitter != address(0) && bundle.submitter != msg.sender) revert WrongSubmitter();
        uint256 count = bundle.transitions.length;
        if (count == 0) revert Empty();

        _openBundle();
        for (uint256 i = 0; i < count; i++) {
            TransitionInput calldata t = bundle.transitions[i];
            if (i != 0 && t.chainId <= bundle.transitions[i - 1].chainId) revert TransitionOrder(t.chainId);
            _join(t.chainId, i);
        }
        _creditClaims(bundle.transitions);
        bytes32 planHash = keccak256(abi.encode(bundle.preconditions, bundle.fills, bundle.nested, bundle.steps));

        if (bundle.preconditions.length != 0) reader.check(bundle.preconditions);
        for (uint256 i = 0; i < bundle.fills.length; i++) {
            Fill calldata f = bundle.fills[i];
            _fill(f.chainId, f.requestHash, f.response);
        }
        for (uint256 i = 0; i < bundle.nested.length; i++) {
            Nested calldata n = bundle.nested[i];
            _queue(n.requestHash, n.inbound, n.responseHashes);
        }
        for (uint256 i = 0; i < bundle.steps.length; i++) {
            uint256 free;
            assembly ("memory-safe") {
                free := mload(0x40)
            }
            _step(bundle.steps[i], msg.sender);
            assembly ("memory-safe") {
                mstore(0x40, free) // memory of a step is not needed after it
            }
        }
        _closeLookups(bundle.fills);
        if (order.hasLeftover()) revert Leftover();

        _settle(bundle, planHash);
        _closeBundle(bundle.transitions);
    }

    function _openBundle() private {
        if (opened) revert Reentered();
        opened = true;
        order = ScopeOrder.wrap(0);
        closedRoot = false;
        touchedCount = 0;
    }

    /// @dev Adds a rollup to the bundle: raises L1's clock to the last one that the rollup saw, and makes its escrow
    /// available for payouts.
    function _join(uint256 chainId, uint256 index) private {
        Rollup storage r = rollups[chainId];
        if (r.maxGas == 0) revert UnknownRollup(chainId);
        if (r.settledAt == FROZEN) revert Frozen(chainId);
        PLACE.slot(chainId).set(index + 1);
        AVAILABLE.slot(chainId).set(r.escrow);
        if (r.clockWith > order.clock()) order = order.withClock(r.clockWith);
    }

    /// @dev Credits the value that calls between rollups are claimed to have carried: a rollup may pay out on L1 what
    /// it received in the same bundle. _settlePairs debits the other side; the proofs verify both.
    function _creditClaims(TransitionInput[] calldata transitions) private {
        for (uint256 i = 0; i < transitions.length; i++) {
            TransitionInput calldata t = transitions[i];
            for (uint256 j = 0; j < t.mailboxes.length; j++) {
                Mailbox calldata m = t.mailboxes[j];
                if (m.peerChainId != block.chainid) {
                    uint256 settled = settledValue(m.peerChainId, t.chainId);
                    if (m.valueIn < settled) revert Escrow(t.chainId);
                    _credit(t.chainId, m.valueIn - settled);
                }
            }
        }
    }

    function _step(Step calldata step, address submitter) private {
        _raise(step.floor);
        if (step.inbound.length + step.operation.length != 1) revert BadStep();
        if (step.inbound.length == 1) {
            if (step.announces) revert BadStep();
            Inbound calldata call = step.inbound[0];
            _handle(call.sourceChainId, call.from, CallNonce.wrap(call.nonce), call.request);
        } else {
            _operate(step.operation[0], step.announces, submitter);
        }
    }

    /// @dev Runs a signed operation with exactly the gas that was signed. Its root begins and ends with it.
    function _operate(SignedOperation calldata signed, bool announces, address submitter) private {
        address account = signed.account;
        // a call to an account without code would succeed silently
        if (account.codehash != delegation) revert NotDelegated(account);
        bytes memory data =
            abi.encodeCall(IScopedAccount.executeOperation, (signed.operation, signed.signature, submitter));
        uint256 limit = signed.operation.gasLimit;
        closedRoot = true;
        if (!_sufficient(limit)) revert InsufficientGas();
        context = ScopeContextLibrary.ofStep(limit);
        if (announces) {
            order = _named(order);
            context = context.withRoot(order.lastRoot());
        }
        uint256 used = gasleft();
        bool success;
        assembly ("memory-safe") {
            success := call(limit, account, 0, add(data, 0x20), mload(data), 0, 0)
        }
        used -= gasleft();
        context = ScopeContextLibrary.NONE;
        if (2 * used >= limit) revert Fuse();
        if (!success) revert OperationFailed(account, _reason());
    }

    function _reason() private pure returns (bytes memory reason) {
        uint256 limit = REASON_LIMIT;
        assembly ("memory-safe") {
            let size := returndatasize()
            if gt(size, limit) { size := limit }
            reason := mload(0x40)
            mstore(reason, size)
            returndatacopy(add(reason, 0x20), 0, size)
            mstore(0x40, and(add(add(reason, size), 0x3f), not(0x1f)))
        }
    }

    /// @dev What was filled for lookups serves as often as it is read: the bundle's end deletes it.
    function _closeLookups(Fill[] calldata fills) private {
        for (uint256 i = 0; i < fills.length; i++) {
            if (uint8(fills[i].response[0]) & (LOOKUP | ATTEMPT) != 0) _close(fills[i].requestHash);
        }
    }

    function _closeBundle(TransitionInput[] calldata transitions) private {
        for (uint256 i = 0; i < transitions.length; i++) {
            uint256 chainId = transitions[i].chainId;
            PLACE.slot(chainId).set(0);
            TOUCHED.slot(chainId).set(0);
            AVAILABLE.slot(chainId).set(0);
        }
        opened = false;
    }

    // --- for simulation ---

    /// @inheritdoc ISharedBridge
    function openBundle(uint256[] calldata chainIds) external {
        if (msg.sender != address(this)) revert OnlyBundle();
        _openBundle();
        for (uint256 i = 0; i < chainIds.length; i++) {
            _join(chainIds[i], i);
        }
    }

    /// @inheritdoc ISharedBridge
    function runStep(Step calldata step, address submitter) external {
        _onlySystem();
        _step(step, submitter);
    }

    /// @inheritdoc ISharedBridge
    function addCredit(uint256 chainId, uint256 amount) external {
        _onlySystem();
        _credit(chainId, amount);
    }

    // --- escrow ---

    function _lock(uint256 target, uint256 value) internal override {
        if (value != 0) _credit(target, value);
    }

    /// @dev The value of a failed call is refunded to the caller, unless the rollup has already paid it out.
    function _unlock(uint256 target, uint256 value) internal override {
        if (value == 0) return;
        if (AVAILABLE.slot(target).get() < value) _abort(Escrow.selector);
        _debit(target, value);
    }

    function _pay(uint256 source, uint256 value, bool nested) internal override {
        if (value == 0) return;
        if (nested && AVAILABLE.slot(source).get() < value) _abort(Escrow.selector);
        _debit(source, value);
    }

    function _unpay(uint256 source, uint256 value) internal override {
        if (value != 0) _credit(source, value);
    }

    // --- policy ---

    function _onlySystem() internal view override {
        if (msg.sender != address(this) || !opened) revert OnlyBundle();
    }

    /// @dev The gas fuse: an abort in what follows burns at least half of the step's gas, and the step is refused.
    /// Checked before anything that the builder can influence.
    function _admit(uint256, uint256) internal view override {
        if (!opened) revert OutsideBundle();
        if (2 * gasleft() < context.gasPromised()) revert Starved();
    }

    /// @dev No abort can hide in the gas that a leaf used, since it makes none: neither calls nor looks.
    function _leafLooks() internal pure override returns (bool) {
        return false;
    }

    /// @dev The call shows the reason to tracers; INVALID burns the frame's remaining gas.
    function _abort(bytes4 selector) internal view override {
        address abort = Predeploys.ABORT;
        assembly ("memory-safe") {
            mstore(0, selector)
            pop(staticcall(gas(), abort, 0, 4, 0, 0))
            invalid()
        }
    }

    function _checkUsed(uint256 used, uint256 gasLimit, bool nested) internal view override {
        if (2 * used >= gasLimit && used != 0) _refuse(Fuse.selector, nested);
    }

    function _clockBound(uint256) internal view override returns (uint256) {
        return (block.number + 1) << 32;
    }

    function _circle(uint256 chainId) internal view override returns (uint256) {
        return rollups[chainId].circle;
    }

    function _storePart(uint256 part) internal override {
        _store(PART, part);
    }

    function _l1BlockNumber() internal view override returns (uint256) {
        return block.number;
    }

    /// @dev On L1 a handled root ends when a step of another root begins.
    function _rooted(ScopeOrder order_, Root root, Root running, bool nested)
        internal
        virtual
        override
        returns (ScopeOrder)
    {
        if (!nested) {
            if (root != order_.lastRoot()) closedRoot = false;
            else if (closedRoot) revert ScopeSplit();
        }
        return super._rooted(order_, root, running, nested);
    }

    function _forbidden(address to) internal view override returns (bool) {
        return to == address(this) || to == address(registry) || registry.isVerifier(to);
    }

    function _defaultGas(uint256 chainId) internal view override returns (uint256) {
        if (rollups[chainId].maxGas == 0) revert UnsupportedChain(chainId);
        return rollups[chainId].defaultGas;
    }

    function _touch(uint256 chainId) internal override {
        uint256 slot = TOUCHED.slot(chainId);
        if (slot.get() != 0) return;
        slot.set(1);
        TOUCHED_LIST.slot(touchedCount++).set(chainId);
    }

    function _addPending(uint256 chainId) internal override {
        uint256 slot = PENDING.slot(chainId);
        slot.set(slot.get() + 1);
    }

    function _subPending(uint256 chainId) internal override {
        uint256 slot = PENDING.slot(chainId);
        slot.set(slot.get() - 1);
    }

    function _pending(uint256 chainId) internal view override returns (uint256) {
        return PENDING.slot(chainId).get();
    }

    function _loadOrder() internal view override returns (ScopeOrder) {
        return order;
    }

    function _storeOrder(ScopeOrder order_) internal override {
        order = order_;
    }

    function _load(uint256 slot) internal view override returns (uint256) {
        return slot.get();
    }

    function _store(uint256 slot, uint256 word) internal override {
        slot.set(word);
    }

    function _clear(uint256) internal override {} // transient words go by themselves
}
