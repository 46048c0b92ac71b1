// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "./IScopedBridge.sol";
import {IForcedQueue} from "./IForcedQueue.sol";
import {IScopedAccount} from "./IScopedAccount.sol";
import {IProofRegistry} from "./IProofRegistry.sol";
import {IReader} from "./IReader.sol";

/// @title The bridge of L1: escrow of every rollup's ETH, and settlement
/// @notice executeBundle is the only way in, and anyone with enough proofs may call it. Everything in it happens, or
/// nothing (docs/protocol.md section 8).
/// @dev Layouts that are hashed (planHash, Transition, statement, daHash): contracts/ABI.md.
interface ISharedBridge is IScopedBridge {
    // --- the plan: what happens on L1. planHash binds it. ---

    /// @notice A response to a call that L1 makes in this bundle.
    struct Fill {
        uint256 chainId;
        bytes32 requestHash;
        bytes response;
    }

    /// @notice The calls into L1 that happen while a call of L1 is under way: arguments of fillNestedCalls.
    struct Nested {
        bytes32 requestHash;
        Inbound[] inbound;
        bytes32[] responseHashes;
    }

    /// @notice A user's signed operation.
    struct SignedOperation {
        address account;
        IScopedAccount.Operation operation;
        bytes signature;
    }

    /// @notice One step: either a call from a rollup is handled, or an operation runs. Exactly one of the two lists
    /// has one element, the other none (so that the encoding is typed throughout).
    /// @param floor Raises L1's clock before the step; 0: not.
    /// @param announces Of an operation: its root has a name before its first call, so that it may look before it calls.
    struct Step {
        uint64 floor;
        bool announces;
        Inbound[] inbound;
        SignedOperation[] operation;
    }

    // --- the settlement: one input per rollup ---

    /// @notice A rollup's mailbox with one peer after its last block.
    struct Mailbox {
        uint64 peerChainId;
        bytes32 requestsOut;
        bytes32 requestsIn;
        bytes32 responsesOut;
        bytes32 responsesIn;
        uint128 valueOut;
        uint128 valueIn;
    }

    /// @notice What a rollup settles. The rest of its Transition comes from L1's own storage and opcodes.
    /// @param chainId The rollup.
    /// @param blockHash Its new head.
    /// @param stateRoot The head's state root.
    /// @param lastBlock The head's number; the first block is the one after the settled head.
    /// @param lastTimestamp The head's timestamp.
    /// @param anchorNumber The L1 block that the head is anchored to.
    /// @param forcedCount Entries of its forced queue that it has taken, from the first on.
    /// @param publishedDaHash 0: the data is in this transaction. Otherwise the daHash that `publish` stored.
    /// @param blobIndexes The transaction's blobs that hold this rollup's data, in order.
    /// @param data Data of this rollup in calldata, or empty.
    /// @param mailboxes Exactly the peers touched since the first block, ascending.
    /// @param proofs Proofs of the statement, by ascending verifier.
    struct TransitionInput {
        uint64 chainId;
        bytes32 blockHash;
        bytes32 stateRoot;
        uint64 lastBlock;
        uint64 lastTimestamp;
        uint64 anchorNumber;
        uint64 forcedCount;
        bytes32 publishedDaHash;
        uint256[] blobIndexes;
        bytes data;
        Mailbox[] mailboxes;
        IProofRegistry.Proof[] proofs;
    }

    /// @notice A bundle.
    /// @param submitter Who may send it; 0: any account.
    /// @param preconditions Reads that must give what the builder saw.
    /// @param fills Responses, all filled before the first step.
    /// @param nested Queues of nested calls, all filled before the first step.
    /// @param steps The steps, in order.
    /// @param transitions The rollups that settle, by ascending chain id.
    struct Bundle {
        address submitter;
        IReader.Precondition[] preconditions;
        Fill[] fills;
        Nested[] nested;
        Step[] steps;
        TransitionInput[] transitions;
    }

    /// @notice A new rollup. `msg.value` backs the ETH in its genesis state.
    /// @param chainId Its id: not 0, not this chain's, below 2^64.
    /// @param blockHash Its genesis block.
    /// @param stateRoot Its genesis state.
    /// @param blockNumber The genesis block's number, 0 as a rule.
    /// @param rulesHash The rules that its proofs must follow.
    /// @param maxGas The greatest gas limit of a call to it.
    /// @param defaultGas What a RemoteAccount gives a call to it, at depth 0.
    /// @param circle Rollups with the same number trust each other's quorums (docs/protocol.md section 3); 0: none. At most
    /// 2^24 - 1. What its genesis says of its peers should agree: the owner answers for it.
    /// @param exitDelay Seconds without a settlement after which anyone may freeze it: a day to 194.
    struct RollupConfig {
        uint64 chainId;
        bytes32 blockHash;
        bytes32 stateRoot;
        uint64 blockNumber;
        bytes32 rulesHash;
        uint64 maxGas;
        uint64 defaultGas;
        uint64 circle;
        uint64 exitDelay;
    }

    /// @notice A rollup's settled head. The last two words change with a settlement, and hold what a call reads.
    /// @param hasForced Its forced queue has entries that it has not taken.
    /// @param settledAt When it last settled, or was registered; 2^40 - 1: it is frozen.
    struct Rollup {
        bytes32 blockHash;
        bytes32 stateRoot;
        bytes32 rulesHash;
        uint64 lastBlock;
        uint64 anchorNumber;
        uint64 clockWith;
        uint40 settledAt;
        uint24 exitDelay;
        uint128 escrow;
        uint48 maxGas;
        uint48 defaultGas;
        uint24 circle;
        bool hasForced;
    }

    /// @notice A rollup joined.
    event RollupRegistered(
        uint64 indexed chainId, bytes32 blockHash, bytes32 stateRoot, bytes32 rulesHash, uint256 escrow
    );
    /// @notice A rollup settled.
    event Settled(
        uint64 indexed chainId,
        bytes32 indexed blockHash,
        bytes32 stateRoot,
        uint64 firstBlock,
        uint64 lastBlock,
        bytes32 daHash,
        bytes32 statement
    );
    /// @notice What a rollup owns on L1 changed with its settlement.
    event EscrowChanged(uint64 indexed chainId, uint256 escrow);
    /// @notice A rollup that had stopped settling is frozen: it never settles again, and its accounts may exit.
    event RollupFrozen(uint64 indexed chainId, bytes32 blockHash, bytes32 stateRoot, uint256 escrow);
    /// @notice Data of a rollup was published ahead of its settlement.
    event Published(uint64 indexed chainId, uint64 firstBlock, uint64 lastBlock, bytes32 daHash);

    // --- bundle ---

    /// @notice A bundle is already open.
    error Reentered();
    /// @notice The bundle names another submitter.
    error WrongSubmitter();
    /// @notice A step holds no call and no operation, or more than one.
    error BadStep();
    /// @notice Only a bundle's own loop may call this.
    error OnlyBundle();
    /// @notice On L1, scopedCall works only inside a bundle.
    error OutsideBundle();
    /// @notice Less than half of the step's gas is left (section 7).
    error Starved();
    /// @notice A step used half of its gas or more: an abort may hide in it (section 7).
    error Fuse();
    /// @notice The account's code is not a delegation to ScopedAccount.
    error NotDelegated(address account);
    /// @notice The operation reverted with this data.
    error OperationFailed(address account, bytes reason);
    /// @notice A response was not read, or a queue not run.
    error Leftover();

    // --- settlement ---

    /// @notice Nothing settles.
    error Empty();
    /// @notice Transitions are listed by ascending chain id, each once.
    error TransitionOrder(uint256 chainId);
    /// @notice No such rollup.
    error UnknownRollup(uint256 chainId);
    /// @notice The rollup is already registered, or its id or a parameter is invalid or out of range.
    error BadRollup(uint256 chainId);
    /// @notice The head is not after the settled one.
    error BlockOrder(uint256 chainId);
    /// @notice The head's timestamp is in the future.
    error TimestampInFuture(uint256 chainId);
    /// @notice The anchor is before the last one, not before this block, or too old to be looked up.
    error BadAnchor(uint256 chainId);
    /// @notice The transaction has no blob of this index.
    error MissingBlob(uint256 index);
    /// @notice That data was not published for these blocks of this rollup.
    error NotPublished(uint256 chainId);
    /// @notice The data was published more than 7 days ago: nodes may not serve its blobs for much longer.
    error PublicationExpired(uint256 chainId);
    /// @notice Mailboxes are listed by ascending peer, each once, and none is the rollup's own.
    error MailboxOrder(uint256 chainId);
    /// @notice A chain that a mailbox names, or whose mailbox with L1 changed, does not settle in this bundle.
    error Absent(uint256 chainId);
    /// @notice One chain lists a mailbox with the other, which does not list it.
    error Unpaired(uint256 here, uint256 there);
    /// @notice Facing hashes differ. `lane` as `here` sees it: 0 requestsOut, 1 requestsIn, 2 responsesOut, 3
    /// responsesIn.
    error MailboxMismatch(uint256 here, uint256 there, uint256 lane);
    /// @notice Facing value counters differ.
    error ValueMismatch(uint256 here, uint256 there);
    /// @notice The rollup would pay out more than its escrow holds.
    error Escrow(uint256 chainId);

    /// @notice Only the forced queue may call this, or pay without a call.
    error OnlyForcedQueue();

    // --- exit ---

    /// @notice The rollup is frozen.
    error Frozen(uint256 chainId);
    /// @notice The rollup may not be frozen before this time.
    error NotStopped(uint256 chainId, uint256 until);
    /// @notice Only the contract that checks exits may call this.
    error OnlyRollupExit();

    /// @notice Runs a bundle: preconditions, fills, steps, settlement.
    function executeBundle(Bundle calldata bundle) external;

    /// @notice Publishes a rollup's data in a transaction ahead of the bundle that settles it, at most 7 days. Anyone
    /// may, and may publish the same data again.
    /// @param chainId The rollup.
    /// @param firstBlock The first block in the data.
    /// @param lastBlock The last block in the data.
    /// @param blobIndexes The transaction's blobs that hold the data, in order.
    /// @param data Data in calldata, or empty.
    /// @return daHash What the settlement names.
    function publish(
        uint64 chainId,
        uint64 firstBlock,
        uint64 lastBlock,
        uint256[] calldata blobIndexes,
        bytes calldata data
    ) external returns (bytes32 daHash);

    /// @notice Adds a rollup. Only the owner.
    function registerRollup(RollupConfig calldata config) external payable;

    /// @notice Freezes a rollup that has not settled for its exitDelay. Anyone may, outside of a bundle. It is final.
    function freezeRollup(uint256 chainId) external;

    /// @notice Pays from the escrow of a frozen rollup. Only rollupExit.
    function payExit(uint256 chainId, address to, uint256 amount) external;

    /// @notice The contract whose code settles, registers and freezes rollups here. By itself it does nothing.
    function rollupManager() external view returns (address);

    /// @notice The contract that checks exits from frozen rollups (IRollupExit).
    function rollupExit() external view returns (address);

    /// @notice A rollup's settled head.
    function rollup(uint256 chainId) external view returns (Rollup memory);

    /// @notice Wei that settled calls carried from one rollup to another.
    function settledValue(uint256 from, uint256 to) external view returns (uint256);

    /// @notice The contract that accounts delegate to.
    function scopedAccount() external view returns (address);

    /// @notice Notes that a rollup's forced queue is not empty. Only forcedQueue.
    function noteForced(uint256 chainId) external;

    /// @notice The contract with each rollup's queue of forced entries.
    function forcedQueue() external view returns (IForcedQueue);

    /// @notice The contract that makes the precondition reads.
    function reader() external view returns (IReader);

    /// @notice The contract that says which proofs are enough.
    function registry() external view returns (IProofRegistry);

    // --- for simulation: a builder calls them as the bridge, which on a chain never calls itself ---

    /// @notice Opens a bundle of these rollups, as executeBundle does.
    function openBundle(uint256[] calldata chainIds) external;

    /// @notice Runs one step, as executeBundle does.
    function runStep(Step calldata step, address submitter) external;

    /// @notice Credits value that a call carried to a rollup from another one.
    function addCredit(uint256 chainId, uint256 amount) external;
}
