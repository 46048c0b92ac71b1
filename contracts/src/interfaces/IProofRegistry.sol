// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Which proofs a rollup accepts, and how many
/// @notice The owner sets it per rollup; SharedBridge checks it at each settlement.
interface IProofRegistry {
    /// @notice A proof and the verifier that it is for.
    struct Proof {
        address verifier;
        bytes proof;
    }

    /// @notice `threshold` of `verifiers` have to agree about `chainId`.
    event RequirementSet(uint64 indexed chainId, uint256 threshold, address[] verifiers);

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

    /// @notice Sets what a rollup requires. Only the owner.
    /// @param chainId The rollup.
    /// @param threshold How many verifiers have to agree, at least 1.
    /// @param verifiers The verifiers accepted, ascending, at most 8.
    function setRequirement(uint64 chainId, uint256 threshold, address[] calldata verifiers) external;

    /// @notice What a rollup requires.
    function requirement(uint64 chainId) external view returns (uint256 threshold, address[] memory verifiers);

    /// @notice Whether some rollup accepts this account as a verifier.
    function isVerifier(address account) external view returns (bool);

    /// @notice Reverts unless enough of the rollup's verifiers accept the statement.
    function check(uint64 chainId, bytes32 statement, Proof[] calldata proofs) external view;
}
