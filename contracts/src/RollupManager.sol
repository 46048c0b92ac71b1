// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IForcedQueue} from "./interfaces/IForcedQueue.sol";
import {IProofRegistry} from "./interfaces/IProofRegistry.sol";
import {ISharedBridge} from "./interfaces/ISharedBridge.sol";
import {RollupStore} from "./RollupStore.sol";
import {Settlement} from "./Settlement.sol";
import {TransientMap} from "./TransientMap.sol";
import {PairValues, PairValuesLibrary} from "./types/PairValues.sol";
import {Publication, PublicationLibrary} from "./types/Publication.sol";

/// @title What SharedBridge does with rollups
/// @notice Registers and settles them, stores publications of their data, freezes them and pays exits. The code of these
/// functions has an address of its own because a contract has at most 24,576 bytes (EIP-170); it works on the bridge,
/// which runs it by DELEGATECALL: msg.sender, msg.value, address(this), storage and transient storage are the bridge's.
/// SharedBridge has the other half: calls, and the plan of a bundle.
/// @dev Called at its own address it has no rollups and pays nobody; the owner of that instance is the bridge, which
/// never calls it. docs/protocol.md section 9.
contract RollupManager is RollupStore {
    using TransientMap for uint256;

    /// @dev Which proofs are enough.
    IProofRegistry private immutable registry;
    /// @dev Whom payExit pays for.
    address private immutable rollupExit;
    /// @dev What rollups must have taken.
    IForcedQueue private immutable forcedQueue;

    /// @dev Seconds for which published data can settle. Nodes serve blobs for 4,096 epochs, 18 days (EIP-4844): after
    /// the last settlement there are 11 left to fetch them.
    uint64 private constant PUBLICATION_LIFETIME = 7 days;
    /// @dev A rollup that pauses for some hours is not frozen, and anyone can settle it before (ProofRegistry.MAX_DELAY). The upper bounds are those of Rollup's fields.
    uint64 private constant EXIT_DELAY_MIN = 1 days;
    uint64 private constant EXIT_DELAY_MAX = type(uint24).max;
    uint64 private constant GAS_MAX = type(uint48).max;
    uint64 private constant CIRCLE_MAX = type(uint24).max;

    /// @param registry_ Which proofs are enough.
    /// @param rollupExit_ The contract that checks exits.
    /// @param forcedQueue_ The queues of forced entries.
    constructor(IProofRegistry registry_, address rollupExit_, IForcedQueue forcedQueue_) Ownable(msg.sender) {
        registry = registry_;
        rollupExit = rollupExit_;
        forcedQueue = forcedQueue_;
    }

    /// @notice ISharedBridge.registerRollup.
    function registerRollup(ISharedBridge.RollupConfig calldata config) external payable onlyOwner {
        uint256 id = config.chainId;
        if (
            id == 0 || id == block.chainid || rollups[id].maxGas != 0 || config.maxGas == 0 || config.maxGas > GAS_MAX
                || config.defaultGas > GAS_MAX || config.exitDelay < EXIT_DELAY_MIN || config.exitDelay > EXIT_DELAY_MAX
                || config.circle > CIRCLE_MAX
        ) revert ISharedBridge.BadRollup(id);
        rollups[id] = ISharedBridge.Rollup({
            blockHash: config.blockHash,
            stateRoot: config.stateRoot,
            rulesHash: config.rulesHash,
            lastBlock: config.blockNumber,
            anchorNumber: 0,
            clockWith: 0,
            maxGas: uint48(config.maxGas),
            defaultGas: uint48(config.defaultGas),
            escrow: uint128(msg.value),
            circle: uint24(config.circle),
            hasForced: false,
            settledAt: uint40(block.timestamp),
            exitDelay: uint24(config.exitDelay)
        });
        emit ISharedBridge.RollupRegistered(
            config.chainId, config.blockHash, config.stateRoot, config.rulesHash, msg.value
        );
    }

    /// @notice ISharedBridge.freezeRollup.
    /// @dev Inside of a bundle the escrow of a rollup that settles in it is being spent.
    function freezeRollup(uint256 chainId) external {
        if (opened) revert ISharedBridge.Reentered();
        ISharedBridge.Rollup storage r = rollups[chainId];
        if (r.maxGas == 0) revert ISharedBridge.UnknownRollup(chainId);
        if (r.settledAt == FROZEN) revert ISharedBridge.Frozen(chainId);
        uint256 until = uint256(r.settledAt) + r.exitDelay;
        if (block.timestamp <= until) revert ISharedBridge.NotStopped(chainId, until);
        r.settledAt = FROZEN;
        emit ISharedBridge.RollupFrozen(uint64(chainId), r.blockHash, r.stateRoot, r.escrow);
    }

    /// @notice ISharedBridge.payExit.
    function payExit(uint256 chainId, address to, uint256 amount) external {
        if (msg.sender != rollupExit) revert ISharedBridge.OnlyRollupExit();
        ISharedBridge.Rollup storage r = rollups[chainId];
        if (r.escrow < amount) revert ISharedBridge.Escrow(chainId);
        r.escrow -= uint128(amount);
        Address.sendValue(payable(to), amount);
    }

    /// @notice ISharedBridge.noteForced.
    function noteForced(uint256 chainId) external {
        if (msg.sender != address(forcedQueue)) revert ISharedBridge.OnlyForcedQueue();
        rollups[chainId].hasForced = true;
    }

    /// @notice ISharedBridge.publish.
    function publish(
        uint64 chainId,
        uint64 firstBlock,
        uint64 lastBlock,
        uint256[] calldata blobIndexes,
        bytes calldata data
    ) external returns (bytes32 daHash) {
        daHash = Settlement.daHash(chainId, firstBlock, lastBlock, blobIndexes, data);
        published[daHash] = PublicationLibrary.pack(chainId, firstBlock, lastBlock, uint64(block.timestamp));
        emit ISharedBridge.Published(chainId, firstBlock, lastBlock, daHash);
    }

    // --- settlement ---

    /// @notice Settles the rollups of a bundle whose plan has run. Only executeBundle runs it: the
    /// bridge forwards no call to it.
    function settle(ISharedBridge.Bundle calldata bundle, bytes32 planHash) external {
        _settlePairs(bundle.transitions);
        _settleRollups(bundle, planHash);
    }

    /// @dev The settlement equation: every chain named settles in this bundle, both sides list a pair, and facing lanes
    /// and counters are equal. Debits the value that calls between rollups carried.
    function _settlePairs(ISharedBridge.TransitionInput[] calldata transitions) private {
        for (uint256 i = 0; i < touchedCount; i++) {
            uint256 chainId = TOUCHED_LIST.slot(i).get();
            if (PLACE.slot(chainId).get() == 0) revert ISharedBridge.Absent(chainId);
        }
        for (uint256 i = 0; i < transitions.length; i++) {
            uint256 here = transitions[i].chainId;
            ISharedBridge.Mailbox[] calldata list = transitions[i].mailboxes;
            bool listsL1 = false;
            for (uint256 j = 0; j < list.length; j++) {
                ISharedBridge.Mailbox calldata m = list[j];
                uint256 there = m.peerChainId;
                if (there == here || (j != 0 && there <= list[j - 1].peerChainId)) {
                    revert ISharedBridge.MailboxOrder(here);
                }
                if (there == block.chainid) {
                    listsL1 = true;
                    if (TOUCHED.slot(here).get() == 0) revert ISharedBridge.Unpaired(here, there);
                    Settlement.requireMatch(here, m, there, _mailboxWith(here));
                } else {
                    uint256 place = PLACE.slot(there).get();
                    if (place == 0) revert ISharedBridge.Absent(there);
                    ISharedBridge.Mailbox[] calldata facing = transitions[place - 1].mailboxes;
                    uint256 k = Settlement.find(facing, here);
                    if (k == facing.length) revert ISharedBridge.Unpaired(here, there);
                    if (here < there) {
                        Settlement.requireMatch(here, m, there, facing[k]);
                        _debitPair(here, there, m);
                    }
                }
            }
            if (!listsL1 && TOUCHED.slot(here).get() != 0) revert ISharedBridge.Unpaired(block.chainid, here);
        }
    }

    function _mailboxWith(uint256 chainId) private view returns (ISharedBridge.Mailbox memory) {
        MailboxState storage s = mailboxes[chainId];
        return ISharedBridge.Mailbox(
            uint64(chainId), s.requestsOut, s.requestsIn, s.responsesOut, s.responsesIn, s.valueOut, s.valueIn
        );
    }

    /// @dev `m` is what `low` lists of `high`.
    function _debitPair(uint256 low, uint256 high, ISharedBridge.Mailbox calldata m) private {
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

    function _settleRollups(ISharedBridge.Bundle calldata bundle, bytes32 planHash) private {
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

    function _settleRollup(Settlement.Context memory c, ISharedBridge.TransitionInput calldata t) private {
        ISharedBridge.Rollup storage r = rollups[t.chainId];
        uint64 firstBlock = r.lastBlock + 1;
        if (t.lastBlock < firstBlock) revert ISharedBridge.BlockOrder(t.chainId);
        if (t.lastTimestamp > block.timestamp) revert ISharedBridge.TimestampInFuture(t.chainId);
        if (t.anchorNumber < r.anchorNumber) revert ISharedBridge.BadAnchor(t.chainId);
        bytes32 daHash = t.publishedDaHash;
        if (daHash == 0) {
            daHash = Settlement.daHash(t.chainId, firstBlock, t.lastBlock, t.blobIndexes, t.data);
        } else {
            Publication publication = published[daHash];
            if (!publication.covers(t.chainId, firstBlock, t.lastBlock)) revert ISharedBridge.NotPublished(t.chainId);
            if (block.timestamp > publication.timestamp() + PUBLICATION_LIFETIME) {
                revert ISharedBridge.PublicationExpired(t.chainId);
            }
        }
        bytes32 forcedHash;
        uint256 forcedValue;
        if (r.hasForced) (forcedHash, forcedValue, r.hasForced) = forcedQueue.take(t.chainId, t.forcedCount);
        bytes32 statement = Settlement.statement(c, r, t, firstBlock, daHash, forcedHash);
        registry.check(t.chainId, statement, msg.sender, r.settledAt, t.proofs);

        r.blockHash = t.blockHash;
        r.stateRoot = t.stateRoot;
        r.settledAt = uint40(block.timestamp);
        r.lastBlock = t.lastBlock;
        r.anchorNumber = t.anchorNumber;
        r.clockWith = order.clock();
        uint128 escrow = uint128(AVAILABLE.slot(t.chainId).get() + forcedValue);
        if (escrow != r.escrow) emit ISharedBridge.EscrowChanged(t.chainId, escrow);
        r.escrow = escrow;
        emit ISharedBridge.Settled(t.chainId, t.blockHash, t.stateRoot, firstBlock, t.lastBlock, daHash, statement);
    }
}
