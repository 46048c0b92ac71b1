// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IProofVerifier} from "./IProofVerifier.sol";

/// @title A quorum of provers that re-execute and sign
/// @notice k of n provers re-executed the rollup's blocks and attest the statement. It is an attestation
/// and not a validity proof: it holds as long as fewer than k of them lie.
/// @dev EIP-712 domain "QuorumVerifier", "1", L1, the contract. A proof is a concatenation, ascending by attester, of
/// `attester:20 || deadline:8 || r:32 || s:32 || v:1`.
interface IQuorumVerifier is IProofVerifier {
    /// @notice A new set of provers.
    event ProverSetChanged(uint64 indexed epoch, uint256 threshold, address[] provers);

    /// @notice No provers, too many, not ascending, or a threshold of 0 or above their number.
    error BadProverSet();
    /// @notice The proof is not a whole number of items.
    error MalformedProof();
    /// @notice Attesters are listed ascending, each once.
    error AttesterOrder();
    /// @notice Not a prover of the current set.
    error NotAProver(address attester);
    /// @notice The signature has expired.
    error Expired(address attester);
    /// @notice Not the attester's signature over this statement for this rollup.
    error WrongSignature(address attester);
    /// @notice Fewer provers than the threshold.
    error NotEnoughSignatures(uint256 given, uint256 required);

    /// @notice What the provers execute: a hash of the program.
    function programId() external view returns (bytes32);

    /// @notice How they prove it.
    function proofSystemId() external view returns (bytes32);

    /// @notice Counts the sets of provers, from 1; a signature is for one of them.
    function proverSetEpoch() external view returns (uint64);

    /// @notice How many have to sign.
    function threshold() external view returns (uint256);

    /// @notice The last epoch of which the prover is a member; 0: none.
    function memberOf(address prover) external view returns (uint64);

    /// @notice Replaces the set of provers; signatures for the old one are void. Only the owner.
    /// @param provers The new set, ascending.
    /// @param threshold_ How many have to sign.
    function setProvers(address[] calldata provers, uint256 threshold_) external;

    /// @notice The EIP-712 digest that a prover signs.
    function settlementHash(uint64 chainId, bytes32 statement, uint64 epoch, address attester, uint64 deadline)
        external
        view
        returns (bytes32);
}
