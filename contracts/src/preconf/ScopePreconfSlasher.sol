// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {BlockHeader} from "@openzeppelin/contracts/utils/BlockHeader.sol";
import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IScopedCallable} from "../interfaces/IScopedCallable.sol";
import {IScopePreconfSlasher} from "../interfaces/IScopePreconfSlasher.sol";
import {ISharedBridge} from "../interfaces/ISharedBridge.sol";
import {Predeploys} from "../Predeploys.sol";
import {TrieLookup} from "./TrieLookup.sol";

/// @title The bond of builders that promise what they will settle
/// @notice See IScopePreconfSlasher.
/// @dev docs/preconfirmations.md. It only reads the bridge: nothing in the protocol depends on this contract.
contract ScopePreconfSlasher is IScopePreconfSlasher, EIP712 {
    /// @inheritdoc IScopePreconfSlasher
    uint256 public constant GRACE = 64;
    /// @inheritdoc IScopePreconfSlasher
    uint256 public constant WITHDRAWAL_DELAY = 50_400;

    /// @inheritdoc IScopePreconfSlasher
    ISharedBridge public immutable bridge;
    /// @inheritdoc IScopePreconfSlasher
    uint256 public immutable latePenalty;
    /// @inheritdoc IScopePreconfSlasher
    uint256 public immutable falsePenalty;

    /// @dev 0: no withdrawal is announced.
    mapping(address builder => uint256) private withdrawableFrom;
    /// @inheritdoc IScopePreconfSlasher
    mapping(address builder => uint256) public bondOf;
    /// @inheritdoc IScopePreconfSlasher
    mapping(bytes32 digest => bool) public isSlashed;
    mapping(uint256 chainId => mapping(bytes32 blockHash => uint256)) private recordedHeads;
    mapping(uint256 number => bytes32) private recordedL1Blocks;

    /// @dev The challenger gets a tenth. The rest is burned, so that a builder gains little by slashing itself first.
    uint256 private constant REWARD_DIVISOR = 10;
    /// @dev Bit of a response's status: docs/protocol.md section 6.
    uint8 private constant LOOKUP = 2;
    bytes32 private constant PROMISE_TYPE = keccak256(
        "Promise(uint64 chainId,bytes32 transactionHash,address sender,uint64 nonce,uint64 blockNumber,uint64 index,bytes32 receiptHash,uint64 deadline,uint64 l1Number,bytes32 l1Hash,uint64 sequence)"
    );
    bytes32 private constant ANSWER_TYPE = keccak256(
        "Answer(uint64 chainId,bytes32 requestHash,bytes32 responseHash,uint64 l1Number,bytes32 l1Hash,uint64 sequence)"
    );

    /// @param bridge_ SharedBridge.
    /// @param latePenalty_ What a late statement costs, in wei.
    /// @param falsePenalty_ What a false statement costs, in wei.
    constructor(ISharedBridge bridge_, uint256 latePenalty_, uint256 falsePenalty_) EIP712("ScopePreconfSlasher", "1") {
        if (latePenalty_ == 0 || falsePenalty_ == 0) revert BadPenalty();
        bridge = bridge_;
        latePenalty = latePenalty_;
        falsePenalty = falsePenalty_;
    }

    // --- the bond ---

    /// @inheritdoc IScopePreconfSlasher
    function deposit() external payable {
        uint256 bond = bondOf[msg.sender] + msg.value;
        bondOf[msg.sender] = bond;
        emit Deposited(msg.sender, msg.value, bond);
    }

    /// @inheritdoc IScopePreconfSlasher
    function announceWithdrawal() external {
        if (bondOf[msg.sender] == 0) revert NoBond(msg.sender);
        uint256 from = block.number + WITHDRAWAL_DELAY;
        withdrawableFrom[msg.sender] = from;
        emit WithdrawalAnnounced(msg.sender, from);
    }

    /// @inheritdoc IScopePreconfSlasher
    function cancelWithdrawal() external {
        delete withdrawableFrom[msg.sender];
        emit WithdrawalAnnounced(msg.sender, type(uint256).max);
    }

    /// @inheritdoc IScopePreconfSlasher
    function withdraw(address payable to) external {
        uint256 from = withdrawableFrom[msg.sender];
        if (from == 0 || block.number < from) revert NotWithdrawable(from);
        uint256 amount = bondOf[msg.sender];
        delete withdrawableFrom[msg.sender];
        delete bondOf[msg.sender];
        emit Withdrawn(msg.sender, to, amount);
        Address.sendValue(to, amount);
    }

    /// @inheritdoc IScopePreconfSlasher
    function coveredUntil(address builder) external view returns (uint256) {
        if (bondOf[builder] == 0) return 0;
        uint256 from = withdrawableFrom[builder];
        return from == 0 ? block.number + WITHDRAWAL_DELAY : from;
    }

    // --- evidence that does not wait ---

    /// @inheritdoc IScopePreconfSlasher
    function recordHead(uint256 chainId) external {
        bytes32 head = bridge.rollup(chainId).blockHash;
        recordedHeads[chainId][head] = block.number;
        emit HeadRecorded(chainId, head);
    }

    /// @inheritdoc IScopePreconfSlasher
    function recordL1Block(uint256 number) external {
        bytes32 hash = Blockhash.blockHash(number);
        if (hash == 0) revert UnknownL1Block(number);
        recordedL1Blocks[number] = hash;
        emit L1BlockRecorded(number, hash);
    }

    /// @inheritdoc IScopePreconfSlasher
    function headAt(uint256 chainId, bytes32 blockHash) public view returns (uint256) {
        return bridge.rollup(chainId).blockHash == blockHash ? block.number : recordedHeads[chainId][blockHash];
    }

    /// @inheritdoc IScopePreconfSlasher
    function isInForce(uint256 l1Number, bytes32 l1Hash) public view returns (bool) {
        // 0 is what an unknown block has
        return l1Hash != 0 && (Blockhash.blockHash(l1Number) == l1Hash || recordedL1Blocks[l1Number] == l1Hash);
    }

    // --- equivocation ---

    /// @inheritdoc IScopePreconfSlasher
    function slashEquivocation(SignedPromise calldata first, SignedPromise calldata second, address payable challenger)
        external
    {
        (Promise calldata p, Promise calldata q) = (first.message, second.message);
        (bytes32 digest, bytes32 other) = (promiseDigest(p), promiseDigest(q));
        address builder = _builder(digest, first.signature, other, second.signature);
        if (digest == other || !(p.sequence == q.sequence || _contradict(p, q))) revert NoContradiction();
        _requireComparable(p.l1Number, p.l1Hash, q.l1Number, q.l1Hash);
        _mark(other);
        _slash(builder, digest, Fault.Equivocation, challenger);
    }

    /// @inheritdoc IScopePreconfSlasher
    function slashTwoAnswers(SignedAnswer calldata first, SignedAnswer calldata second, address payable challenger)
        external
    {
        (Answer calldata a, Answer calldata b) = (first.message, second.message);
        (bytes32 digest, bytes32 other) = (answerDigest(a), answerDigest(b));
        address builder = _builder(digest, first.signature, other, second.signature);
        bool isOneCall = a.chainId == b.chainId && a.requestHash == b.requestHash;
        bool differs = isOneCall && a.responseHash != b.responseHash;
        if (digest == other || !(differs || a.sequence == b.sequence)) revert NoContradiction();
        _requireComparable(a.l1Number, a.l1Hash, b.l1Number, b.l1Hash);
        _mark(other);
        _slash(builder, digest, Fault.Equivocation, challenger);
    }

    /// @dev Of one rollup: another transaction with the same nonce of the same sender; another transaction or receipt at
    /// the same place; the same transaction at another place.
    function _contradict(Promise calldata p, Promise calldata q) private pure returns (bool) {
        if (p.chainId != q.chainId) return false;
        bool isSame = p.transactionHash == q.transactionHash;
        if (p.sender == q.sender && p.nonce == q.nonce && !isSame) return true;
        if (p.blockNumber == 0 || q.blockNumber == 0) return false;
        bool isOnePlace = p.blockNumber == q.blockNumber && p.index == q.index;
        return isOnePlace ? !isSame || p.receiptHash != q.receiptHash : isSame;
    }

    function _builder(bytes32 digest, bytes calldata signature, bytes32 other, bytes calldata otherSignature)
        private
        pure
        returns (address builder)
    {
        builder = ECDSA.recoverCalldata(digest, signature);
        address second = ECDSA.recoverCalldata(other, otherSignature);
        if (builder != second) revert DifferentBuilders(builder, second);
    }

    /// @dev Under one condition both hold or neither. Under two, each must be known to hold.
    function _requireComparable(uint256 number, bytes32 hash, uint256 otherNumber, bytes32 otherHash) private view {
        if (number == otherNumber && hash == otherHash) return;
        _requireInForce(number, hash);
        _requireInForce(otherNumber, otherHash);
    }

    // --- late ---

    /// @inheritdoc IScopePreconfSlasher
    function slashLateBlock(SignedPromise calldata signed, address payable challenger) external {
        Promise calldata p = signed.message;
        if (p.blockNumber == 0) revert OtherKind();
        _requireLate(p, block.number);
        if (bridge.rollup(p.chainId).lastBlock >= p.blockNumber) revert PromiseKept();
        _slashPromise(signed, Fault.Late, challenger);
    }

    /// @inheritdoc IScopePreconfSlasher
    function slashLateTransaction(
        SignedPromise calldata signed,
        bytes calldata header,
        bytes[] calldata accountProof,
        address payable challenger
    ) external {
        Promise calldata p = signed.message;
        if (p.blockNumber != 0) revert OtherKind();
        bytes32 head = keccak256(header);
        uint256 settledAt = headAt(p.chainId, head);
        if (settledAt == 0) revert UnknownHead(p.chainId, head);
        _requireLate(p, settledAt);
        (bool found, bytes memory leaf) = TrieLookup.lookup(
            BlockHeader.getStateRoot(header), abi.encodePacked(keccak256(abi.encodePacked(p.sender))), accountProof
        );
        if (found && RLP.readUint256(RLP.decodeList(leaf)[0]) > p.nonce) revert PromiseKept();
        _slashPromise(signed, Fault.Late, challenger);
    }

    function _requireLate(Promise calldata p, uint256 l1Block) private pure {
        uint256 until = uint256(p.deadline) + GRACE;
        if (l1Block <= until) revert NotLate(until);
    }

    // --- false ---

    /// @inheritdoc IScopePreconfSlasher
    function slashTransaction(
        SignedPromise calldata signed,
        bytes[] calldata headers,
        bytes[] calldata proof,
        address payable challenger
    ) external {
        Promise calldata p = signed.message;
        bytes32 root = BlockHeader.getTransactionsRoot(_promisedBlock(p, headers));
        _requireAnother(root, p.index, proof, p.transactionHash);
        _slashPromise(signed, Fault.WrongTransaction, challenger);
    }

    /// @inheritdoc IScopePreconfSlasher
    function slashReceipt(
        SignedPromise calldata signed,
        bytes[] calldata headers,
        bytes[] calldata proof,
        address payable challenger
    ) external {
        Promise calldata p = signed.message;
        bytes32 root = BlockHeader.getReceiptsRoot(_promisedBlock(p, headers));
        _requireAnother(root, p.index, proof, p.receiptHash);
        _slashPromise(signed, Fault.WrongReceipt, challenger);
    }

    /// @inheritdoc IScopePreconfSlasher
    function slashAnswer(
        SignedAnswer calldata signed,
        bytes[] calldata headers,
        uint256 index,
        bytes[] calldata proof,
        uint256 logIndex,
        address payable challenger
    ) external {
        Answer calldata a = signed.message;
        bytes memory header = a.chainId == block.chainid ? _l1Block(headers) : _settledBlock(a.chainId, headers);
        (bool found, bytes memory receipt) =
            TrieLookup.lookup(BlockHeader.getReceiptsRoot(header), RLP.encode(index), proof);
        if (!found) revert NoSuchAnswer();
        address handler = a.chainId == block.chainid ? address(bridge) : Predeploys.ROLLUP_BRIDGE;
        bytes memory response = _response(receipt, logIndex, handler, a.requestHash);
        if (uint8(response[0]) & LOOKUP != 0) revert LookupAnswer();
        if (keccak256(response) == a.responseHash) revert PromiseKept();
        _requireInForce(a.l1Number, a.l1Hash);
        bytes32 digest = answerDigest(a);
        _slash(ECDSA.recoverCalldata(digest, signed.signature), digest, Fault.WrongAnswer, challenger);
    }

    function _promisedBlock(Promise calldata p, bytes[] calldata headers) private view returns (bytes memory header) {
        if (p.blockNumber == 0) revert OtherKind();
        header = _settledBlock(p.chainId, headers);
        if (BlockHeader.getNumber(header) != p.blockNumber) revert BrokenHeaderChain();
    }

    /// @dev The last header of a chain of parents that begins with a settled head.
    function _settledBlock(uint256 chainId, bytes[] calldata headers) private view returns (bytes memory header) {
        if (headers.length == 0) revert BrokenHeaderChain();
        header = headers[0];
        bytes32 head = keccak256(header);
        if (headAt(chainId, head) == 0) revert UnknownHead(chainId, head);
        for (uint256 i = 1; i < headers.length; i++) {
            bytes32 parent = BlockHeader.getParentHash(header);
            header = headers[i];
            if (keccak256(header) != parent) revert BrokenHeaderChain();
        }
    }

    function _l1Block(bytes[] calldata headers) private view returns (bytes memory header) {
        if (headers.length != 1) revert BrokenHeaderChain();
        header = headers[0];
        uint256 number = BlockHeader.getNumber(header);
        if (!isInForce(number, keccak256(header))) revert UnknownL1Block(number);
    }

    function _requireAnother(bytes32 root, uint256 index, bytes[] calldata proof, bytes32 promised) private pure {
        (bool found, bytes memory value) = TrieLookup.lookup(root, RLP.encode(index), proof);
        if (found && keccak256(value) == promised) revert PromiseKept();
    }

    /// @dev The response in a log of a receipt: `[type ||] rlp([status, gas, bloom, [[address, topics, data], ..]])`.
    function _response(bytes memory receipt, uint256 logIndex, address handler, bytes32 requestHash)
        private
        pure
        returns (bytes memory response)
    {
        Memory.Slice encoded = Memory.asSlice(receipt);
        if (uint8(receipt[0]) < 0x80) encoded = Memory.slice(encoded, 1);
        Memory.Slice[] memory logs = RLP.readList(RLP.readList(encoded)[3]);
        if (logIndex >= logs.length) revert NoSuchAnswer();
        Memory.Slice[] memory log = RLP.readList(logs[logIndex]);
        Memory.Slice[] memory topics = RLP.readList(log[1]);
        if (
            RLP.readAddress(log[0]) != handler || topics.length != 2
                || RLP.readBytes32(topics[0]) != IScopedCallable.ScopedCallExecuted.selector
                || RLP.readBytes32(topics[1]) != requestHash
        ) revert NoSuchAnswer();
        return abi.decode(RLP.readBytes(log[2]), (bytes));
    }

    // --- the penalty ---

    function _requireInForce(uint256 l1Number, bytes32 l1Hash) private view {
        if (!isInForce(l1Number, l1Hash)) revert NotInForce(l1Number, l1Hash);
    }

    function _slashPromise(SignedPromise calldata signed, Fault fault, address payable challenger) private {
        Promise calldata p = signed.message;
        _requireInForce(p.l1Number, p.l1Hash);
        bytes32 digest = promiseDigest(p);
        _slash(ECDSA.recoverCalldata(digest, signed.signature), digest, fault, challenger);
    }

    function _mark(bytes32 digest) private {
        if (isSlashed[digest]) revert AlreadySlashed(digest);
        isSlashed[digest] = true;
    }

    function _slash(address builder, bytes32 digest, Fault fault, address payable challenger) private {
        _mark(digest);
        uint256 bond = bondOf[builder];
        if (bond == 0) revert NoBond(builder);
        uint256 amount = Math.min(bond, fault == Fault.Late ? latePenalty : falsePenalty);
        uint256 reward = amount / REWARD_DIVISOR;
        bondOf[builder] = bond - amount;
        emit Slashed(builder, digest, fault, amount, challenger, reward);
        Address.sendValue(payable(address(0)), amount - reward);
        Address.sendValue(challenger, reward);
    }

    // --- what is signed ---

    /// @inheritdoc IScopePreconfSlasher
    function promiseDigest(Promise calldata message) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(PROMISE_TYPE, message)));
    }

    /// @inheritdoc IScopePreconfSlasher
    function answerDigest(Answer calldata message) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ANSWER_TYPE, message)));
    }
}
