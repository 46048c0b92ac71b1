// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IForcedQueue} from "./interfaces/IForcedQueue.sol";
import {ISharedBridge} from "./interfaces/ISharedBridge.sol";
import {ForcedEntry, ForcedEntryLibrary} from "./types/ForcedEntry.sol";

/// @title Forced inclusion
/// @notice See IForcedQueue. SharedBridge makes this contract, and asks it in each settlement. Entries are stored as code:
/// a builder reads them from L1's state, by proof, and needs no index of logs.
/// @dev Whoever fills the queue could stop the rollup by it. So entries pay for their gas what gas of L1 costs, to nobody
/// (a builder that was paid could fill the queue for nothing); a block of L1 adds at most BLOCK_GAS; and a settlement
/// that takes PROGRESS_GAS is not overdue, however long the queue is.
contract ForcedQueue is IForcedQueue {
    /// @dev One rollup's.
    struct Queue {
        uint64 enqueued;
        uint64 taken;
        uint64 lastBlock; // of the last entry
        uint64 lastGas; // of the entries of that block
    }

    /// @dev The queue up to an entry, and where the entry is.
    struct Position {
        bytes32 hash;
        uint64 totalGas;
        uint128 totalValue;
        address code;
        uint64 blockNumber;
        bool refunded;
    }

    /// @inheritdoc IForcedQueue
    ISharedBridge public immutable bridge;

    mapping(uint256 chainId => Queue) private queues;
    /// @dev By the number of entries: 1 is the first.
    mapping(uint256 chainId => mapping(uint256 count => Position)) private positions;

    /// @dev Blocks of L1 for which a settlement may leave an entry: six hours, for provers that need hours.
    uint256 private constant WINDOW = 1800;
    uint256 private constant BLOCK_GAS = 4_000_000;
    uint256 private constant PROGRESS_GAS = 2 * BLOCK_GAS;
    /// @dev What taking an entry costs a rollup beside its gas limit, at most; and a byte of it, which the builder
    /// publishes once more.
    uint256 private constant ENTRY_GAS = 200_000;
    uint256 private constant BYTE_GAS = 100;
    /// @dev What fits into code (EIP-170) with the words ahead of it.
    uint256 private constant DATA_MAX = 24_000;
    /// @dev Copies what is behind it, and makes that the contract's code, a STOP first.
    bytes private constant STORE = hex"600b5981380380925939f300";
    /// @dev IRollupRegistrar.Rollup.settledAt of a frozen rollup.
    uint40 private constant FROZEN = type(uint40).max;

    /// @param bridge_ SharedBridge.
    constructor(ISharedBridge bridge_) {
        bridge = bridge_;
    }

    // --- adding ---

    /// @inheritdoc IForcedQueue
    function enqueueTransaction(uint256 chainId, uint256 gasLimit, bytes calldata envelope)
        external
        payable
        returns (uint64)
    {
        return _enqueue(chainId, ForcedEntry(address(0), address(0), 0, gasLimit, envelope));
    }

    /// @inheritdoc IForcedQueue
    function enqueueCall(uint256 chainId, address to, uint256 value, uint256 gasLimit, bytes calldata data)
        external
        payable
        returns (uint64)
    {
        return _enqueue(chainId, ForcedEntry(msg.sender, to, value, gasLimit, data));
    }

    function _enqueue(uint256 chainId, ForcedEntry memory e) private returns (uint64 index) {
        ISharedBridge.Rollup memory r = bridge.rollup(chainId);
        if (r.maxGas == 0 || r.settledAt == FROZEN) revert NotOpen(chainId);
        if (e.data.length > DATA_MAX) revert DataTooLong();
        Queue storage q = queues[chainId];
        uint256 room = q.lastBlock == block.number ? BLOCK_GAS - q.lastGas : BLOCK_GAS;
        uint256 gas_ = costOf(e.gasLimit, e.data.length);
        if (gas_ > room) revert QueueFull(room);
        if (e.value > msg.value) revert Underpaid(e.value);
        uint256 needed = e.value + gas_ * block.basefee;
        if (msg.value < needed) revert Underpaid(needed);

        index = q.enqueued;
        Position storage last = positions[chainId][index];
        positions[chainId][index + 1] = Position({
            hash: ForcedEntryLibrary.mix(last.hash, e),
            totalGas: last.totalGas + uint64(gas_),
            totalValue: last.totalValue + uint128(e.value),
            code: _storeAsCode(abi.encode(e)),
            blockNumber: uint64(block.number),
            refunded: false
        });
        (q.enqueued, q.lastBlock, q.lastGas) = (index + 1, uint64(block.number), uint64(BLOCK_GAS - room + gas_));
        if (index == q.taken) bridge.noteForced(chainId); // an empty queue costs settlements nothing
        emit Enqueued(uint64(chainId), index, e.from, e.to, e.value, e.gasLimit);
        if (msg.value > needed) {
            (bool returned,) = msg.sender.call{value: msg.value - needed}("");
            if (!returned) revert ReturnRefused();
        }
    }

    function _storeAsCode(bytes memory data) private returns (address stored) {
        bytes memory init = abi.encodePacked(STORE, data);
        assembly ("memory-safe") {
            stored := create(0, add(init, 0x20), mload(init))
            if iszero(stored) { revert(0, 0) }
        }
    }

    // --- settling ---

    /// @inheritdoc IForcedQueue
    function take(uint256 chainId, uint256 count) external returns (bytes32 hash, uint256 value, bool left) {
        if (msg.sender != address(bridge)) revert OnlyBridge();
        Queue storage q = queues[chainId];
        (uint256 taken, uint256 enqueued) = (q.taken, q.enqueued);
        if (count < taken || count > enqueued) revert BadCount(chainId, count);
        left = count < enqueued;
        Position storage before = positions[chainId][taken];
        Position storage last = positions[chainId][count];
        if (left && last.totalGas - before.totalGas < PROGRESS_GAS) {
            uint256 due = dueBlock(chainId, count);
            if (block.number > due) revert Overdue(chainId, count, due);
        }
        if (count == taken) return (0, 0, left);
        q.taken = uint64(count);
        hash = last.hash;
        value = last.totalValue - before.totalValue;
        emit Taken(uint64(chainId), uint64(count), value);
        if (value != 0) Address.sendValue(payable(msg.sender), value);
    }

    /// @inheritdoc IForcedQueue
    function refund(uint256 chainId, uint64 index, address to) external {
        if (bridge.rollup(chainId).settledAt != FROZEN) revert NotFrozen(chainId);
        Queue storage q = queues[chainId];
        if (index < q.taken || index >= q.enqueued) revert NotRefundable(chainId, index);
        ForcedEntry memory e = entry(chainId, index);
        Position storage p = positions[chainId][uint256(index) + 1];
        if (e.from != msg.sender || e.value == 0 || p.refunded) revert NotRefundable(chainId, index);
        p.refunded = true;
        emit Refunded(uint64(chainId), index, to, e.value);
        Address.sendValue(payable(to), e.value);
    }

    // --- views ---

    /// @inheritdoc IForcedQueue
    function costOf(uint256 gasLimit, uint256 bytes_) public pure returns (uint256) {
        return gasLimit > BLOCK_GAS ? gasLimit : gasLimit + ENTRY_GAS + BYTE_GAS * bytes_;
    }

    /// @inheritdoc IForcedQueue
    function position(uint256 chainId) external view returns (uint64 enqueued, uint64 taken) {
        Queue storage q = queues[chainId];
        return (q.enqueued, q.taken);
    }

    /// @inheritdoc IForcedQueue
    function entry(uint256 chainId, uint256 index) public view returns (ForcedEntry memory) {
        bytes memory code = positions[chainId][index + 1].code.code;
        assembly ("memory-safe") {
            let size := mload(code)
            if size {
                code := add(code, 1) // without the STOP
                mstore(code, sub(size, 1))
            }
        }
        return abi.decode(code, (ForcedEntry));
    }

    /// @inheritdoc IForcedQueue
    function dueBlock(uint256 chainId, uint256 index) public view returns (uint256) {
        return uint256(positions[chainId][index + 1].blockNumber) + WINDOW;
    }

    /// @inheritdoc IForcedQueue
    function hashAt(uint256 chainId, uint256 count) external view returns (bytes32) {
        return positions[chainId][count].hash;
    }
}
