// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IGasSchedule} from "./IGasSchedule.sol";

/// @title Which proofs a rollup accepts, how many, and who may settle it
/// @notice The owner sets it per rollup; SharedBridge checks it at each settlement.
interface IProofRegistry {
    /// @notice A proof and the verifier that it is for; or the sequencer and its signature (sequencingHash).
    struct Proof {
        address verifier;
        bytes proof;
    }

    /// @notice `threshold` of `verifiers` have to agree about `chainId`.
    event RequirementSet(uint64 indexed chainId, uint256 threshold, address[] verifiers);

    /// @notice `sequencer` alone settles `chainId`, until nothing has settled it for `delay` seconds; 0: anyone does.
    event SequencerSet(uint64 indexed chainId, address sequencer, uint64 delay);
    /// @notice L1's gas costs are no longer those that the contracts rely on: the rollup does not settle.
    event GasScheduleBroken(uint64 indexed chainId);

    /// @notice The rollup has no requirement: nothing can settle it.
    error NoRequirement(uint64 chainId);
    /// @notice A threshold of 0 or above the number of verifiers, too many verifiers, or ones not ascending.
    error BadRequirement();
    /// @notice Proofs are listed by ascending verifier, each verifier once.
    error ProofOrder();
    /// @notice The rollup does not accept this verifier.
    error VerifierNotAccepted(address verifier);
    /// @notice The verifier did not return true.
    error ProofRejected(address verifier);
    /// @notice Fewer proofs than the rollup requires.
    error NotEnoughProofs(uint64 chainId, uint256 given, uint256 required);

    /// @notice The submitter is not the rollup's sequencer, which did not sign either, and it settled at most the
    /// sequencer's delay ago.
    error NotSequencer(uint64 chainId, address submitter);
    /// @notice The sequencer did not sign this statement.
    error WrongSequencerSignature(uint64 chainId);
    /// @notice A sequencer that is one of the rollup's verifiers, or a delay above 12 hours.
    error BadSequencer();
    /// @notice L1's gas costs are not those that the contracts rely on (IGasSchedule).
    error GasScheduleChanged();

    /// @notice Sets what a rollup requires. Only the owner, and only while L1's gas costs hold.
    /// @param chainId The rollup.
    /// @param threshold How many verifiers have to agree, at least 1.
    /// @param verifiers The verifiers accepted, ascending, at most 8.
    function setRequirement(uint64 chainId, uint256 threshold, address[] calldata verifiers) external;

    /// @notice What a rollup requires.
    function requirement(uint64 chainId) external view returns (uint256 threshold, address[] memory verifiers);

    /// @notice Whether some rollup accepts this account as a verifier.
    function isVerifier(address account) external view returns (bool);

    /// @notice Sets who settles a rollup. Only the owner.
    /// @param chainId The rollup.
    /// @param sequencer The account that sends or signs its settlements (a contract signs by ERC-1271); 0: anyone may settle.
    /// @param delay Seconds without a settlement after which anyone may settle too; at most 12 hours, so that it is always
    /// less than the rollup's exit delay.
    function setSequencer(uint64 chainId, address sequencer, uint64 delay) external;

    /// @notice setRequirement and setSequencer in one transaction: what a new rollup needs. Only the owner.
    function configure(
        uint64 chainId,
        uint256 threshold,
        address[] calldata verifiers,
        address sequencer_,
        uint64 delay
    ) external;

    /// @notice Who settles a rollup.
    function sequencer(uint64 chainId) external view returns (address account, uint64 delay);

    /// @notice What a sequencer signs (EIP-712) so that another account may send the settlement.
    function sequencingHash(uint64 chainId, bytes32 statement) external view returns (bytes32);

    /// @notice Measures L1's gas costs. If they are not those that the contracts rely on, a rollup does not settle until the
    /// owner sets its requirement again. Anyone may call it, after a fork say.
    /// @return holds Whether they are.
    function measureGas(uint64 chainId) external returns (bool holds);

    /// @notice The contract that measures them.
    function gasSchedule() external view returns (IGasSchedule);

    /// @notice Reverts unless enough of the rollup's verifiers accept the statement, and its sequencer sent or signed it, or
    /// was away for too long.
    /// @param chainId The rollup.
    /// @param statement What is proved.
    /// @param submitter Who sent the settlement.
    /// @param settledAt When the rollup last settled.
    /// @param proofs The proofs, by ascending verifier, the sequencer's signature among them.
    function check(uint64 chainId, bytes32 statement, address submitter, uint256 settledAt, Proof[] calldata proofs)
        external
        view;
}
