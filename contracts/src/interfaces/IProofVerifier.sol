// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title One proof system
/// @notice Every proof system proves the same 32-byte statement. A proof for one rollup is a proof for no other.
interface IProofVerifier {
    /// @notice Checks a proof. Reverts with the reason when it does not hold.
    /// @param chainId The rollup that the proof is for.
    /// @param statement What is proved: contracts/ABI.md.
    /// @param proof The proof, as the proof system lays it out.
    /// @return ok Always true, so that an account without this function cannot pass for a verifier.
    function verify(uint64 chainId, bytes32 statement, bytes calldata proof) external view returns (bool ok);
}
