// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IProofVerifier} from "./interfaces/IProofVerifier.sol";
import {IQuorumVerifier} from "./interfaces/IQuorumVerifier.sol";

/// @title A quorum of provers that re-execute and sign
/// @notice See IQuorumVerifier. An attestation, not a validity proof.
/// @dev docs/protocol.md section 10.
contract QuorumVerifier is IQuorumVerifier, Ownable, EIP712 {
    /// @notice The most provers: a bound on what a settlement can cost, so that no setter can lock a rollup.
    uint256 public constant MAX_PROVERS = 32;

    /// @inheritdoc IQuorumVerifier
    bytes32 public immutable programId;
    /// @inheritdoc IQuorumVerifier
    bytes32 public immutable proofSystemId;
    /// @inheritdoc IQuorumVerifier
    uint64 public proverSetEpoch;
    /// @inheritdoc IQuorumVerifier
    uint256 public threshold;
    /// @inheritdoc IQuorumVerifier
    mapping(address prover => uint64) public memberOf;

    uint256 private constant ITEM = 20 + 8 + 32 + 32 + 1;
    bytes32 private constant SETTLEMENT_TYPE = keccak256(
        "Settlement(bytes32 statement,uint64 chainId,bytes32 programId,bytes32 proofSystemId,uint64 proverSetEpoch,address attester,uint64 deadline)"
    );

    /// @param owner_ Who changes the set of provers.
    /// @param programId_ What the provers execute.
    /// @param proofSystemId_ How they prove it.
    /// @param provers The first set, ascending.
    /// @param threshold_ How many have to sign.
    constructor(
        address owner_,
        bytes32 programId_,
        bytes32 proofSystemId_,
        address[] memory provers,
        uint256 threshold_
    ) Ownable(owner_) EIP712("QuorumVerifier", "1") {
        programId = programId_;
        proofSystemId = proofSystemId_;
        _setProvers(provers, threshold_);
    }

    /// @inheritdoc IQuorumVerifier
    function setProvers(address[] calldata provers, uint256 threshold_) external onlyOwner {
        _setProvers(provers, threshold_);
    }

    function _setProvers(address[] memory provers, uint256 threshold_) private {
        if (threshold_ == 0 || threshold_ > provers.length || provers.length > MAX_PROVERS) revert BadProverSet();
        uint64 epoch = proverSetEpoch + 1;
        for (uint256 i = 0; i < provers.length; i++) {
            if (provers[i] == address(0) || (i != 0 && provers[i] <= provers[i - 1])) revert BadProverSet();
            memberOf[provers[i]] = epoch;
        }
        proverSetEpoch = epoch;
        threshold = threshold_;
        emit ProverSetChanged(epoch, threshold_, provers);
    }

    /// @inheritdoc IProofVerifier
    function verify(uint64 chainId, bytes32 statement, bytes calldata proof) external view returns (bool) {
        if (proof.length % ITEM != 0) revert MalformedProof();
        uint256 count = proof.length / ITEM;
        if (count < threshold) revert NotEnoughSignatures(count, threshold);
        uint64 epoch = proverSetEpoch;
        address last = address(0);
        for (uint256 i = 0; i < count; i++) {
            bytes calldata item = proof[i * ITEM:(i + 1) * ITEM];
            address attester = address(bytes20(item[:20]));
            uint64 deadline = uint64(bytes8(item[20:28]));
            if (attester <= last) revert AttesterOrder();
            if (memberOf[attester] != epoch) revert NotAProver(attester);
            if (block.timestamp > deadline) revert Expired(attester);
            bytes32 hash = settlementHash(chainId, statement, epoch, attester, deadline);
            (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(hash, item[28:]);
            if (problem != ECDSA.RecoverError.NoError || signer != attester) revert WrongSignature(attester);
            last = attester;
        }
        return true;
    }

    /// @inheritdoc IQuorumVerifier
    function settlementHash(uint64 chainId, bytes32 statement, uint64 epoch, address attester, uint64 deadline)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(SETTLEMENT_TYPE, statement, chainId, programId, proofSystemId, epoch, attester, deadline)
            )
        );
    }
}
