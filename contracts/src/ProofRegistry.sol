// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IProofRegistry} from "./interfaces/IProofRegistry.sol";
import {IProofVerifier} from "./interfaces/IProofVerifier.sol";

/// @title Which proofs a rollup accepts, and how many
/// @notice See IProofRegistry. Several proof systems for one rollup guard against a fault in one of them.
/// @dev docs/protocol.md sections 9 and 10.
contract ProofRegistry is IProofRegistry, Ownable {
    /// @notice The most verifiers of one rollup: a bound on what a settlement can cost.
    uint256 public constant MAX_VERIFIERS = 8;

    struct Requirement {
        uint256 threshold;
        address[] verifiers;
    }

    mapping(uint64 chainId => Requirement) private requirements;

    /// @dev The rollups that accept the account as a verifier.
    mapping(address account => uint256) private rollupsOf;

    /// @param owner_ Who sets requirements.
    constructor(address owner_) Ownable(owner_) {}

    /// @inheritdoc IProofRegistry
    function setRequirement(uint64 chainId, uint256 threshold, address[] calldata verifiers) external onlyOwner {
        if (threshold == 0 || threshold > verifiers.length || verifiers.length > MAX_VERIFIERS) {
            revert BadRequirement();
        }
        address[] storage before = requirements[chainId].verifiers;
        for (uint256 i = 0; i < before.length; i++) {
            rollupsOf[before[i]]--;
        }
        for (uint256 i = 0; i < verifiers.length; i++) {
            if (i != 0 && verifiers[i] <= verifiers[i - 1]) revert BadRequirement();
            rollupsOf[verifiers[i]]++;
        }
        requirements[chainId] = Requirement(threshold, verifiers);
        emit RequirementSet(chainId, threshold, verifiers);
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
    function check(uint64 chainId, bytes32 statement, Proof[] calldata proofs) external view {
        Requirement storage r = requirements[chainId];
        uint256 threshold = r.threshold;
        if (threshold == 0) revert NoRequirement(chainId);
        if (proofs.length < threshold) revert NotEnoughProofs(chainId, proofs.length, threshold);
        address[] memory accepted = r.verifiers;
        for (uint256 i = 0; i < proofs.length; i++) {
            address verifier = proofs[i].verifier;
            if (i != 0 && verifier <= proofs[i - 1].verifier) revert ProofOrder();
            if (!_contains(accepted, verifier)) revert VerifierNotAccepted(verifier);
            if (!IProofVerifier(verifier).verify(chainId, statement, proofs[i].proof)) revert ProofRejected(verifier);
        }
    }

    function _contains(address[] memory list, address item) private pure returns (bool) {
        for (uint256 i = 0; i < list.length; i++) {
            if (list[i] == item) return true;
        }
        return false;
    }
}
