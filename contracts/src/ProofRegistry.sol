// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {GasSchedule} from "./GasSchedule.sol";
import {IGasSchedule} from "./interfaces/IGasSchedule.sol";
import {IProofRegistry} from "./interfaces/IProofRegistry.sol";
import {IProofVerifier} from "./interfaces/IProofVerifier.sol";

/// @title Which proofs a rollup accepts, how many, and who may settle it
/// @notice See IProofRegistry. Several proof systems for one rollup guard against a fault in one of them. A proof says that a
/// block is right; it does not say that the one who ordered it may do so. That is the sequencer's to decide, until it stops.
/// @dev docs/protocol.md sections 9 and 10.
contract ProofRegistry is IProofRegistry, Ownable, EIP712 {
    /// @notice The most verifiers of one rollup: a bound on what a settlement can cost.
    uint256 public constant MAX_VERIFIERS = 8;
    /// @notice The longest that a rollup may wait for its sequencer, in seconds: below the shortest exit delay (a day).
    uint64 public constant MAX_DELAY = 12 hours;

    bytes32 private constant SEQUENCING_TYPE = keccak256("Sequencing(uint64 chainId,bytes32 statement)");

    /// @dev The first word is all that a settlement reads besides the verifiers.
    struct Requirement {
        address sequencer;
        uint40 delay;
        uint8 threshold;
        bool isGasBroken;
        address[] verifiers;
    }

    mapping(uint64 chainId => Requirement) private requirements;

    /// @dev The rollups that accept the account as a verifier.
    mapping(address account => uint256) private rollupsOf;

    /// @inheritdoc IProofRegistry
    IGasSchedule public immutable gasSchedule;

    /// @param owner_ Who sets requirements and sequencers.
    constructor(address owner_) Ownable(owner_) EIP712("ProofRegistry", "1") {
        gasSchedule = new GasSchedule();
        if (!gasSchedule.holds()) revert GasScheduleChanged();
    }

    /// @inheritdoc IProofRegistry
    function setRequirement(uint64 chainId, uint256 threshold, address[] calldata verifiers) public onlyOwner {
        if (threshold == 0 || threshold > verifiers.length || verifiers.length > MAX_VERIFIERS) {
            revert BadRequirement();
        }
        if (!gasSchedule.holds()) revert GasScheduleChanged();
        Requirement storage r = requirements[chainId];
        address[] storage before = r.verifiers;
        for (uint256 i = 0; i < before.length; i++) {
            rollupsOf[before[i]]--;
        }
        for (uint256 i = 0; i < verifiers.length; i++) {
            if (verifiers[i] == r.sequencer || (i != 0 && verifiers[i] <= verifiers[i - 1])) revert BadRequirement();
            rollupsOf[verifiers[i]]++;
        }
        (r.threshold, r.isGasBroken, r.verifiers) = (uint8(threshold), false, verifiers);
        emit RequirementSet(chainId, threshold, verifiers);
    }

    /// @inheritdoc IProofRegistry
    function configure(
        uint64 chainId,
        uint256 threshold,
        address[] calldata verifiers,
        address sequencer_,
        uint64 delay
    ) external {
        setRequirement(chainId, threshold, verifiers);
        setSequencer(chainId, sequencer_, delay);
    }

    /// @inheritdoc IProofRegistry
    function setSequencer(uint64 chainId, address sequencer_, uint64 delay) public onlyOwner {
        Requirement storage r = requirements[chainId];
        if (delay > MAX_DELAY || (sequencer_ != address(0) && _contains(r.verifiers, sequencer_))) {
            revert BadSequencer();
        }
        (r.sequencer, r.delay) = (sequencer_, uint40(delay));
        emit SequencerSet(chainId, sequencer_, delay);
    }

    /// @inheritdoc IProofRegistry
    function measureGas(uint64 chainId) external returns (bool holds) {
        holds = gasSchedule.holds();
        if (holds) return true;
        requirements[chainId].isGasBroken = true;
        emit GasScheduleBroken(chainId);
    }

    /// @inheritdoc IProofRegistry
    function isVerifier(address account) external view returns (bool) {
        return rollupsOf[account] != 0;
    }

    /// @inheritdoc IProofRegistry
    function requirement(uint64 chainId) external view returns (uint256 threshold, address[] memory verifiers) {
        return (requirements[chainId].threshold, requirements[chainId].verifiers);
    }

    /// @inheritdoc IProofRegistry
    function sequencer(uint64 chainId) external view returns (address account, uint64 delay) {
        return (requirements[chainId].sequencer, requirements[chainId].delay);
    }

    /// @inheritdoc IProofRegistry
    function sequencingHash(uint64 chainId, bytes32 statement) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(SEQUENCING_TYPE, chainId, statement)));
    }

    /// @inheritdoc IProofRegistry
    function check(uint64 chainId, bytes32 statement, address submitter, uint256 settledAt, Proof[] calldata proofs)
        external
        view
    {
        Requirement storage r = requirements[chainId];
        (address signer, uint256 delay, uint256 threshold, bool isGasBroken) = _first(r);
        if (threshold == 0) revert NoRequirement(chainId);
        if (isGasBroken) revert GasScheduleChanged();
        bool agrees = submitter == signer || signer == address(0) || block.timestamp > settledAt + delay;
        uint256 count = proofs.length;
        address[] memory accepted = r.verifiers;
        for (uint256 i = 0; i < proofs.length; i++) {
            address verifier = proofs[i].verifier;
            if (i != 0 && verifier <= proofs[i - 1].verifier) revert ProofOrder();
            if (verifier == signer && verifier != address(0)) {
                bytes32 hash = sequencingHash(chainId, statement);
                if (!SignatureChecker.isValidSignatureNow(signer, hash, proofs[i].proof)) {
                    revert WrongSequencerSignature(chainId);
                }
                agrees = true;
                count--;
                continue;
            }
            if (!_contains(accepted, verifier)) revert VerifierNotAccepted(verifier);
            if (!IProofVerifier(verifier).verify(chainId, statement, proofs[i].proof)) revert ProofRejected(verifier);
        }
        if (count < threshold) revert NotEnoughProofs(chainId, count, threshold);
        if (!agrees) revert NotSequencer(chainId, submitter);
    }

    /// @dev The first word, read once.
    function _first(Requirement storage r)
        private
        view
        returns (address signer, uint256 delay, uint256 threshold, bool isGasBroken)
    {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(r.slot)
        }
        return (address(uint160(word)), uint40(word >> 160), uint8(word >> 200), uint8(word >> 208) != 0);
    }

    function _contains(address[] memory list, address item) private pure returns (bool) {
        for (uint256 i = 0; i < list.length; i++) {
            if (list[i] == item) return true;
        }
        return false;
    }
}
