// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ERC1155Holder} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Holder.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IScopedAccount} from "./interfaces/IScopedAccount.sol";
import {Batch} from "./Batch.sol";

/// @title The code that a user's account on L1 delegates to
/// @notice See IScopedAccount. The account stays what it was: its key signs, its permits are valid (ERC-1271 takes
/// exactly the signatures that its key makes, so one for this account is one for no other), it receives ETH and tokens.
/// @dev EIP-7702, EIP-712, ERC-7821, ERC-1271, ERC-7201. docs/protocol.md section 8. `address(this)` is the account.
contract ScopedAccount is IScopedAccount, IERC1271, ERC721Holder, ERC1155Holder {
    /// @custom:storage-location erc7201:scope.ScopedAccount
    struct Nonces {
        mapping(uint192 key => uint64) next;
    }

    /// @dev keccak256(abi.encode(uint256(keccak256("scope.ScopedAccount")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant NONCES = 0xf13e180446ea81cc12d693489d285ffcebfb9d79e79d6f3ecd6afab4f3113a00;

    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)");
    bytes32 private constant CALL_TYPE = keccak256("Call(address to,uint256 value,bytes data)");
    bytes32 private constant OPERATION_TYPE = keccak256(
        "Operation(uint256 nonce,uint256 deadline,uint256 gasLimit,address submitter,Call[] calls)Call(address to,uint256 value,bytes data)"
    );

    address private immutable bridge;

    /// @param bridge_ SharedBridge.
    constructor(address bridge_) {
        bridge = bridge_;
    }

    /// @notice ETH is welcome.
    receive() external payable {}

    /// @inheritdoc IScopedAccount
    function executeOperation(Operation calldata operation, bytes calldata signature, address submitter) external {
        if (msg.sender != bridge) revert OnlyBridge();
        if (block.timestamp > operation.deadline) revert Expired();
        if (operation.submitter != address(0) && operation.submitter != submitter) revert WrongSubmitter();
        uint192 key = uint192(operation.nonce >> 64);
        if (_nonces().next[key] != uint64(operation.nonce)) revert WrongNonce();
        bytes32 hash = operationHash(operation);
        if (!_signed(hash, signature)) revert WrongSignature();
        _nonces().next[key]++;
        emit OperationExecuted(hash);
        _run(operation.calls);
    }

    /// @inheritdoc IScopedAccount
    function execute(bytes32 mode, bytes calldata executionData) external payable {
        if (msg.sender != address(this)) revert OnlySelf();
        if (!Batch.knows(mode)) revert UnsupportedExecutionMode();
        _run(abi.decode(executionData, (Call[])));
    }

    /// @inheritdoc IScopedAccount
    function invalidateNonces(uint192 key, uint64 next) external {
        if (msg.sender != address(this)) revert OnlySelf();
        if (next <= _nonces().next[key]) revert WrongNonce();
        _nonces().next[key] = next;
        emit NoncesInvalidated(key, next);
    }

    /// @inheritdoc IScopedAccount
    function supportsExecutionMode(bytes32 mode) external pure returns (bool) {
        return Batch.knows(mode);
    }

    /// @notice ERC-1271: whether the account's key signed the hash.
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return _signed(hash, signature) ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    /// @inheritdoc IScopedAccount
    function nonceOf(uint192 key) external view returns (uint64) {
        return _nonces().next[key];
    }

    /// @inheritdoc IScopedAccount
    function operationHash(Operation calldata operation) public view returns (bytes32) {
        bytes32[] memory calls = new bytes32[](operation.calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            Call calldata call = operation.calls[i];
            calls[i] = keccak256(abi.encode(CALL_TYPE, call.to, call.value, keccak256(call.data)));
        }
        bytes32 domain = keccak256(
            abi.encode(
                DOMAIN_TYPE,
                keccak256("ScopedAccount"),
                keccak256("1"),
                block.chainid,
                address(this),
                bytes32(uint256(uint160(bridge)))
            )
        );
        bytes32 content = keccak256(
            abi.encode(
                OPERATION_TYPE,
                operation.nonce,
                operation.deadline,
                operation.gasLimit,
                operation.submitter,
                keccak256(abi.encodePacked(calls))
            )
        );
        return MessageHashUtils.toTypedDataHash(domain, content);
    }

    function _signed(bytes32 hash, bytes calldata signature) private view returns (bool) {
        (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(hash, signature);
        return problem == ECDSA.RecoverError.NoError && signer == address(this);
    }

    function _run(Call[] memory calls) private {
        for (uint256 i = 0; i < calls.length; i++) {
            Batch.run(calls[i]);
        }
    }

    function _nonces() private pure returns (Nonces storage nonces) {
        assembly ("memory-safe") {
            nonces.slot := NONCES
        }
    }
}
