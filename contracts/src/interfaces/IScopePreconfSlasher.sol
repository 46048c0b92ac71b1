// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISharedBridge} from "./ISharedBridge.sol";

/// @title The bond of builders that promise what they will settle
/// @notice A builder deposits a bond and signs promises (preconfirmations) with the same key. Whoever shows that one is
/// broken, from L1's own data, has the builder lose a part of the bond. What is promised, and what is not, is in
/// docs/preconfirmations.md.
/// @dev EIP-712 domain "ScopePreconfSlasher", "1", L1, this contract; so a promise is for one L1, one bridge. Every
/// statement is conditional on an L1 block: if a reorganization removed it, nothing is owed.
interface IScopePreconfSlasher {
    /// @notice A transaction of a rollup will be in the settled chain.
    /// @param chainId The rollup.
    /// @param transactionHash The transaction.
    /// @param sender Its sender.
    /// @param nonce Its nonce.
    /// @param blockNumber The rollup's block that it will be in; 0: any. Then index and receiptHash are 0, too.
    /// @param index Its place among all transactions of that block, system transactions included.
    /// @param receiptHash keccak256 of its receipt, as the receipts trie holds it.
    /// @param deadline The last L1 block that may settle it. Slots without a block do not count.
    /// @param l1Number The condition: an L1 block.
    /// @param l1Hash Its hash.
    /// @param sequence Counts the builder's statements.
    struct Promise {
        uint64 chainId;
        bytes32 transactionHash;
        address sender;
        uint64 nonce;
        uint64 blockNumber;
        uint64 index;
        bytes32 receiptHash;
        uint64 deadline;
        uint64 l1Number;
        bytes32 l1Hash;
        uint64 sequence;
    }

    /// @notice A call across chains, if it settles, has this response. Not for lookups, which may be asked again.
    /// @param chainId The chain that handles the call; L1's: a call into L1.
    /// @param requestHash The call.
    /// @param responseHash keccak256 of the response, `status:1 || clock:8 || returndata`.
    /// @param l1Number The condition: an L1 block.
    /// @param l1Hash Its hash.
    /// @param sequence Counts the builder's statements.
    struct Answer {
        uint64 chainId;
        bytes32 requestHash;
        bytes32 responseHash;
        uint64 l1Number;
        bytes32 l1Hash;
        uint64 sequence;
    }

    /// @notice A promise and the builder's signature: r, s, v.
    struct SignedPromise {
        Promise message;
        bytes signature;
    }

    /// @notice An answer and the builder's signature: r, s, v.
    struct SignedAnswer {
        Answer message;
        bytes signature;
    }

    /// @notice How a statement was broken.
    enum Fault {
        Equivocation,
        Late,
        WrongTransaction,
        WrongReceipt,
        WrongAnswer
    }

    /// @notice A builder's bond has grown.
    event Deposited(address indexed builder, uint256 amount, uint256 bond);
    /// @notice The bond may be withdrawn from L1 block `from` on; type(uint256).max: the withdrawal was cancelled.
    event WithdrawalAnnounced(address indexed builder, uint256 from);
    /// @notice The bond was withdrawn.
    event Withdrawn(address indexed builder, address indexed to, uint256 amount);
    /// @notice The settled head of a rollup was recorded, for later evidence.
    event HeadRecorded(uint256 indexed chainId, bytes32 indexed blockHash);
    /// @notice The hash of an L1 block was recorded, for later evidence.
    event L1BlockRecorded(uint256 indexed number, bytes32 blockHash);
    /// @notice A builder lost `amount` of its bond for the statement `digest`; `reward` of it went to `challenger`.
    event Slashed(
        address indexed builder,
        bytes32 indexed digest,
        Fault indexed fault,
        uint256 amount,
        address challenger,
        uint256 reward
    );

    /// @notice A penalty of the constructor is 0.
    error BadPenalty();
    /// @notice The bond is 0.
    error NoBond(address builder);
    /// @notice No withdrawal was announced, or the bond may be withdrawn from that L1 block on only.
    error NotWithdrawable(uint256 from);
    /// @notice Two statements by two builders.
    error DifferentBuilders(address first, address second);
    /// @notice Both statements can be true.
    error NoContradiction();
    /// @notice The L1 block that the statement is conditional on is not one of this chain, or too old and not recorded.
    error NotInForce(uint256 l1Number, bytes32 l1Hash);
    /// @notice A penalty was paid for the statement.
    error AlreadySlashed(bytes32 digest);
    /// @notice The deadline and the grace after it have not passed.
    error NotLate(uint256 until);
    /// @notice The statement is of the other kind: about a place in a block, or about any block.
    error OtherKind();
    /// @notice The settled chain is as promised.
    error PromiseKept();
    /// @notice The hash of the first header is neither the rollup's settled head nor a recorded one.
    error UnknownHead(uint256 chainId, bytes32 blockHash);
    /// @notice A header is not the parent of the one before it, or the last one has another number.
    error BrokenHeaderChain();
    /// @notice The receipt has no such log, or the log is not of this call.
    error NoSuchAnswer();
    /// @notice The call was a lookup.
    error LookupAnswer();
    /// @notice The hash of the L1 block is not available.
    error UnknownL1Block(uint256 number);

    // --- the bond ---

    /// @notice Adds to the bond of the caller.
    function deposit() external payable;

    /// @notice Begins the delay after which the caller's bond can be withdrawn. Until then it can be slashed.
    function announceWithdrawal() external;

    /// @notice Cancels the withdrawal.
    function cancelWithdrawal() external;

    /// @notice Pays out the bond of the caller.
    /// @param to Who gets it.
    function withdraw(address payable to) external;

    // --- evidence that does not wait ---

    /// @notice Records the settled head of a rollup: headers and proofs that start from it stay valid when the rollup
    /// settles again.
    /// @param chainId The rollup.
    function recordHead(uint256 chainId) external;

    /// @notice Records the hash of an L1 block, before it is more than 8,191 blocks old (EIP-2935).
    /// @param number The block.
    function recordL1Block(uint256 number) external;

    // --- faults: each is paid for once for each statement ---

    /// @notice The builder signed two promises that cannot both be kept.
    /// @param challenger Who gets the reward.
    function slashEquivocation(SignedPromise calldata first, SignedPromise calldata second, address payable challenger)
        external;

    /// @notice The builder signed two responses to one call.
    /// @param challenger Who gets the reward.
    function slashTwoAnswers(SignedAnswer calldata first, SignedAnswer calldata second, address payable challenger)
        external;

    /// @notice The promised block has not settled by the deadline, nor in GRACE L1 blocks after it.
    /// @param signed A promise about a block.
    /// @param challenger Who gets the reward.
    function slashLateBlock(SignedPromise calldata signed, address payable challenger) external;

    /// @notice The sender's nonce, in a state that was settled later than GRACE L1 blocks after the deadline, shows that
    /// the transaction has not been executed.
    /// @param signed A promise about any block.
    /// @param header The header of the settled head.
    /// @param accountProof Proof of the sender in its state, or of its absence.
    /// @param challenger Who gets the reward.
    function slashLateTransaction(
        SignedPromise calldata signed,
        bytes calldata header,
        bytes[] calldata accountProof,
        address payable challenger
    ) external;

    /// @notice The settled block has another transaction at the promised place, or none.
    /// @param signed A promise about a block.
    /// @param headers Headers from a settled head down to the block.
    /// @param proof Proof of the index in the block's transactions.
    /// @param challenger Who gets the reward.
    function slashTransaction(
        SignedPromise calldata signed,
        bytes[] calldata headers,
        bytes[] calldata proof,
        address payable challenger
    ) external;

    /// @notice The settled block has another receipt at the promised place, or none.
    /// @param signed A promise about a block.
    /// @param headers Headers from a settled head down to the block.
    /// @param proof Proof of the index in the block's receipts.
    /// @param challenger Who gets the reward.
    function slashReceipt(
        SignedPromise calldata signed,
        bytes[] calldata headers,
        bytes[] calldata proof,
        address payable challenger
    ) external;

    /// @notice The call settled with another response.
    /// @param signed An answer.
    /// @param headers Headers from a settled head down to the block that handled the call; of L1: that block's alone.
    /// @param index The transaction that handled it.
    /// @param proof Proof of the index in the block's receipts.
    /// @param logIndex Which of the receipt's logs is the response.
    /// @param challenger Who gets the reward.
    function slashAnswer(
        SignedAnswer calldata signed,
        bytes[] calldata headers,
        uint256 index,
        bytes[] calldata proof,
        uint256 logIndex,
        address payable challenger
    ) external;

    // --- views ---

    /// @notice The bridge whose rollups the promises are about.
    function bridge() external view returns (ISharedBridge);

    /// @notice What a late statement costs, in wei.
    function latePenalty() external view returns (uint256);

    /// @notice What a false statement costs, in wei.
    function falsePenalty() external view returns (uint256);

    /// @notice L1 blocks after the deadline in which nobody is late: settlements that a reorganization removed return.
    function GRACE() external view returns (uint256);

    /// @notice L1 blocks between announcing a withdrawal and the withdrawal.
    function WITHDRAWAL_DELAY() external view returns (uint256);

    /// @notice A builder's bond, in wei.
    function bondOf(address builder) external view returns (uint256);

    /// @notice The first L1 block in which a builder may withdraw its bond, if it announces that now or has announced it.
    /// A promise is worth its bond only if its deadline and GRACE are well before; 0: there is no bond.
    function coveredUntil(address builder) external view returns (uint256);

    /// @notice Whether a penalty was paid for the statement.
    function isSlashed(bytes32 digest) external view returns (bool);

    /// @notice The last L1 block known in which this was the settled head of the rollup; 0: it is not known.
    function headAt(uint256 chainId, bytes32 blockHash) external view returns (uint256);

    /// @notice Whether the L1 block that a statement is conditional on is known to be one of this chain.
    function isInForce(uint256 l1Number, bytes32 l1Hash) external view returns (bool);

    /// @notice The digest that a builder signs.
    function promiseDigest(Promise calldata message) external view returns (bytes32);

    /// @notice The digest that a builder signs.
    function answerDigest(Answer calldata message) external view returns (bytes32);
}
