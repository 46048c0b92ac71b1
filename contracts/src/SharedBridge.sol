// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ISharedBridge} from "./interfaces/ISharedBridge.sol";
import {IScopedAccount} from "./interfaces/IScopedAccount.sol";
import {IScopedBridge} from "./interfaces/IScopedBridge.sol";
import {IProofRegistry} from "./interfaces/IProofRegistry.sol";
import {IReader} from "./interfaces/IReader.sol";
import {Predeploys} from "./Predeploys.sol";
import {Reader} from "./Reader.sol";
import {RemoteAccount} from "./RemoteAccount.sol";
import {RollupExit} from "./RollupExit.sol";
import {ScopedAccount} from "./ScopedAccount.sol";
import {ScopedCallable} from "./ScopedCallable.sol";
import {Settlement} from "./Settlement.sol";
import {TransientMap} from "./TransientMap.sol";
import {CallNonce} from "./types/CallNonce.sol";
import {PairValues, PairValuesLibrary} from "./types/PairValues.sol";
import {Publication, PublicationLibrary} from "./types/Publication.sol";
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
/// @dev docs/protocol.md sections 3, 5, 7, 8 and 9. The settlement equation and the statement are in Settlement.
contract SharedBridge is ScopedCallable, ISharedBridge, Ownable {
    using TransientMap for uint256;

    /// @inheritdoc ISharedBridge
    IProofRegistry public immutable registry;
    /// @inheritdoc ISharedBridge
    IReader public immutable reader;
    /// @inheritdoc ISharedBridge
    address public immutable scopedAccount;
    /// @inheritdoc ISharedBridge
    address public immutable rollupExit;
    /// @dev The code hash of an account that delegates to ScopedAccount (EIP-7702).
    bytes32 private immutable delegation;

    mapping(uint256 chainId => Rollup) private rollups;
    /// @dev By PairValuesLibrary.pairOf: what settled calls carried.
    mapping(uint256 pair => PairValues) private settledValues;
    mapping(bytes32 daHash => Publication) private published;

    bool private transient opened;
    /// @dev The root that was handled last has ended.
    bool private transient closedRoot;
    /// @dev Mailboxes that changed in this bundle.
    uint256 private transient touchedCount;
    /// @dev The order word of ScopedCallable: L1's clock and last root live as long as the bundle.
    ScopeOrder private transient order;

    // Transient words by chain.
    uint256 private constant PLACE = uint256(keccak256("scope.place")); // 1 + index of its transition
    uint256 private constant AVAILABLE = uint256(keccak256("scope.available")); // wei that it can still pay out
    uint256 private constant TOUCHED = uint256(keccak256("scope.touched")); // 1: its mailbox changed
    uint256 private constant PENDING = uint256(keccak256("scope.pending")); // responses filled and not read
    uint256 private constant TOUCHED_LIST = uint256(keccak256("scope.touched.list")); // by index: chain id

    /// @dev Seconds for which published data can settle. Nodes serve blobs for 4,096 epochs, 18 days (EIP-4844): after
    /// the last settlement there are 11 left to fetch them.
    uint64 private constant PUBLICATION_LIFETIME = 7 days;
    /// @dev A rollup that pauses for some hours is not frozen. The upper bounds are those of Rollup's fields.
    uint64 private constant EXIT_DELAY_MIN = 1 days;
    uint64 private constant EXIT_DELAY_MAX = type(uint24).max;
    uint64 private constant GAS_MAX = type(uint48).max;
    uint64 private constant CIRCLE_MAX = type(uint32).max;
    /// @dev Rollup.settledAt of a frozen rollup.
    uint40 private constant FROZEN = type(uint40).max;
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
        delegation = keccak256(abi.encodePacked(hex"ef0100", scopedAccount));
    }

    // --- rollups ---

    /// @inheritdoc ISharedBridge
    function registerRollup(RollupConfig calldata config) external payable onlyOwner {
        uint256 id = config.chainId;
        if (
            id == 0 || id == block.chainid || rollups[id].maxGas != 0 || config.maxGas == 0 || config.maxGas > GAS_MAX
                || config.defaultGas > GAS_MAX || config.exitDelay < EXIT_DELAY_MIN || config.exitDelay > EXIT_DELAY_MAX
                || config.circle > CIRCLE_MAX
        ) revert BadRollup(id);
        rollups[id] = Rollup({
            blockHash: config.blockHash,
            stateRoot: config.stateRoot,
            rulesHash: config.rulesHash,
            lastBlock: config.blockNumber,
            anchorNumber: 0,
            clockWith: 0,
            maxGas: uint48(config.maxGas),
            defaultGas: uint48(config.defaultGas),
            escrow: uint128(msg.value),
            circle: uint32(config.circle),
            settledAt: uint40(block.timestamp),
            exitDelay: uint24(config.exitDelay)
        });
        emit RollupRegistered(config.chainId, config.blockHash, config.stateRoot, config.rulesHash, msg.value);
    }

    /// @inheritdoc ISharedBridge
    function rollup(uint256 chainId) external view returns (Rollup memory) {
        return rollups[chainId];
    }

    /// @inheritdoc ISharedBridge
    function settledValue(uint256 from, uint256 to) external view returns (uint256) {
        return _settled(from, to);
    }

    /// @inheritdoc IScopedBridge
    function maxGas(uint256 chainId) public view override(ScopedCallable, IScopedBridge) returns (uint256) {
        return rollups[chainId].maxGas;
    }

    // --- exit ---

    /// @inheritdoc ISharedBridge
    /// @dev Inside of a bundle the escrow of a rollup that settles in it is being spent.
    function freezeRollup(uint256 chainId) external {
        if (opened) revert Reentered();
        Rollup storage r = rollups[chainId];
        if (r.maxGas == 0) revert UnknownRollup(chainId);
        if (r.settledAt == FROZEN) revert Frozen(chainId);
        uint256 until = uint256(r.settledAt) + r.exitDelay;
        if (block.timestamp <= until) revert NotStopped(chainId, until);
        r.settledAt = FROZEN;
        emit RollupFrozen(uint64(chainId), r.blockHash, r.stateRoot, r.escrow);
    }

    /// @inheritdoc ISharedBridge
    function payExit(uint256 chainId, address to, uint256 amount) external {
        if (msg.sender != rollupExit) revert OnlyRollupExit();
        Rollup storage r = rollups[chainId];
        if (r.escrow < amount) revert Escrow(chainId);
        r.escrow -= uint128(amount);
        Address.sendValue(payable(to), amount);
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

        _settlePairs(bundle.transitions);
        _settleRollups(bundle, planHash);
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
        r.settledAt = uint40(block.timestamp); // a bundle that does not settle it reverts
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
                    uint256 settled = _settled(m.peerChainId, t.chainId);
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
            if (uint8(fills[i].response[0]) & LOOKUP != 0) _close(fills[i].requestHash);
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

    // --- settlement ---

    /// @inheritdoc ISharedBridge
    function publish(
        uint64 chainId,
        uint64 firstBlock,
        uint64 lastBlock,
        uint256[] calldata blobIndexes,
        bytes calldata data
    ) external returns (bytes32 daHash) {
        daHash = Settlement.daHash(chainId, firstBlock, lastBlock, blobIndexes, data);
        published[daHash] = PublicationLibrary.pack(chainId, firstBlock, lastBlock, uint64(block.timestamp));
        emit Published(chainId, firstBlock, lastBlock, daHash);
    }

    /// @dev The settlement equation: every chain named settles in this bundle, both sides list a pair, and facing lanes
    /// and counters are equal. Debits the value that calls between rollups carried.
    function _settlePairs(TransitionInput[] calldata transitions) private {
        for (uint256 i = 0; i < touchedCount; i++) {
            uint256 chainId = TOUCHED_LIST.slot(i).get();
            if (PLACE.slot(chainId).get() == 0) revert Absent(chainId);
        }
        for (uint256 i = 0; i < transitions.length; i++) {
            uint256 here = transitions[i].chainId;
            Mailbox[] calldata list = transitions[i].mailboxes;
            bool listsL1 = false;
            for (uint256 j = 0; j < list.length; j++) {
                Mailbox calldata m = list[j];
                uint256 there = m.peerChainId;
                if (there == here || (j != 0 && there <= list[j - 1].peerChainId)) revert MailboxOrder(here);
                if (there == block.chainid) {
                    listsL1 = true;
                    if (TOUCHED.slot(here).get() == 0) revert Unpaired(here, there);
                    Settlement.requireMatch(here, m, there, _mailboxWith(here));
                } else {
                    uint256 place = PLACE.slot(there).get();
                    if (place == 0) revert Absent(there);
                    Mailbox[] calldata facing = transitions[place - 1].mailboxes;
                    uint256 k = Settlement.find(facing, here);
                    if (k == facing.length) revert Unpaired(here, there);
                    if (here < there) {
                        Settlement.requireMatch(here, m, there, facing[k]);
                        _debitPair(here, there, m);
                    }
                }
            }
            if (!listsL1 && TOUCHED.slot(here).get() != 0) revert Unpaired(block.chainid, here);
        }
    }

    function _mailboxWith(uint256 chainId) private view returns (Mailbox memory) {
        MailboxState storage s = mailboxes[chainId];
        return
            Mailbox(uint64(chainId), s.requestsOut, s.requestsIn, s.responsesOut, s.responsesIn, s.valueOut, s.valueIn);
    }

    /// @dev `m` is what `low` lists of `high`.
    function _debitPair(uint256 low, uint256 high, Mailbox calldata m) private {
        uint256 pair = PairValuesLibrary.pairOf(low, high);
        PairValues settled = settledValues[pair];
        uint256 outSettled = settled.carried(low, high);
        uint256 inSettled = settled.carried(high, low);
        if (m.valueOut == outSettled && m.valueIn == inSettled) return;
        // neither is negative: both sides claimed the same, and _creditClaims compared each claim
        _debit(low, m.valueOut - outSettled);
        _debit(high, m.valueIn - inSettled);
        settledValues[pair] = PairValuesLibrary.pack(m.valueOut, m.valueIn);
    }

    function _settled(uint256 from, uint256 to) private view returns (uint256) {
        return settledValues[PairValuesLibrary.pairOf(from, to)].carried(from, to);
    }

    function _settleRollups(Bundle calldata bundle, bytes32 planHash) private {
        // A bundle that changed no mailbox on L1 is valid in any block.
        Settlement.Context memory c = Settlement.Context({
            l1BlockNumber: touchedCount == 0 ? 0 : block.number,
            l1ParentHash: touchedCount == 0 ? bytes32(0) : blockhash(block.number - 1),
            submitter: bundle.submitter,
            planHash: planHash
        });
        for (uint256 i = 0; i < bundle.transitions.length; i++) {
            uint256 free;
            assembly ("memory-safe") {
                free := mload(0x40)
            }
            _settleRollup(c, bundle.transitions[i]);
            assembly ("memory-safe") {
                mstore(0x40, free)
            }
        }
    }

    function _settleRollup(Settlement.Context memory c, TransitionInput calldata t) private {
        Rollup storage r = rollups[t.chainId];
        uint64 firstBlock = r.lastBlock + 1;
        if (t.lastBlock < firstBlock) revert BlockOrder(t.chainId);
        if (t.lastTimestamp > block.timestamp) revert TimestampInFuture(t.chainId);
        if (t.anchorNumber < r.anchorNumber) revert BadAnchor(t.chainId);
        bytes32 daHash = t.publishedDaHash;
        if (daHash == 0) {
            daHash = Settlement.daHash(t.chainId, firstBlock, t.lastBlock, t.blobIndexes, t.data);
        } else {
            Publication publication = published[daHash];
            if (!publication.covers(t.chainId, firstBlock, t.lastBlock)) revert NotPublished(t.chainId);
            if (block.timestamp > publication.timestamp() + PUBLICATION_LIFETIME) {
                revert PublicationExpired(t.chainId);
            }
        }
        bytes32 statement = Settlement.statement(c, r, t, firstBlock, daHash);
        registry.check(t.chainId, statement, t.proofs);

        r.blockHash = t.blockHash;
        r.stateRoot = t.stateRoot;
        r.lastBlock = t.lastBlock;
        r.anchorNumber = t.anchorNumber;
        r.clockWith = order.clock();
        r.escrow = uint128(AVAILABLE.slot(t.chainId).get());
        emit Settled(t.chainId, t.blockHash, t.stateRoot, firstBlock, t.lastBlock, daHash, statement);
    }

    // --- escrow ---

    function _credit(uint256 chainId, uint256 amount) private {
        uint256 slot = AVAILABLE.slot(chainId);
        slot.set(slot.get() + amount);
    }

    function _debit(uint256 chainId, uint256 amount) private {
        uint256 slot = AVAILABLE.slot(chainId);
        uint256 available = slot.get();
        if (available < amount) revert Escrow(chainId);
        slot.set(available - amount);
    }

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
