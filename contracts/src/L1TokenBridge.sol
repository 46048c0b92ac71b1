// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IL1TokenBridge, IL2TokenBridge} from "./interfaces/ITokenBridge.sol";
import {IRollupExit} from "./interfaces/IRollupExit.sol";
import {IScopedBridge} from "./interfaces/IScopedBridge.sol";
import {ISharedBridge} from "./interfaces/ISharedBridge.sol";
import {BridgedToken} from "./BridgedToken.sol";
import {Peered} from "./Peered.sol";
import {StateProof} from "./StateProof.sol";

/// @title Tokens of L1 on a rollup, the part on L1
/// @notice See IL1TokenBridge. A withdrawal needs no permission: the call that burns and the release are one
/// transaction, which the bundle undoes if the burn did not happen.
/// @dev docs/protocol.md section 1; SCOPE, "Example".
contract L1TokenBridge is Peered, IL1TokenBridge, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Gas on the rollup: creating a token.
    uint256 public constant CREATE_GAS = 1_500_000;
    /// @notice Gas on the rollup: minting and burning.
    uint256 public constant MINT_GAS = 150_000;
    /// @dev The most bytes of a name or symbol.
    uint256 private constant TEXT_MAX = 128;
    /// @dev The slot of a BridgedToken's mapping of balances (OpenZeppelin ERC20).
    uint256 private constant BALANCES_SLOT = 0;

    mapping(address token => mapping(address holder => bool)) private exited;
    /// @inheritdoc IL1TokenBridge
    mapping(address token => uint256) public owed;

    /// @param bridge_ SharedBridge.
    /// @param peerChainId_ The rollup.
    /// @param peer_ The contract there; 0: named later by `connect`.
    constructor(IScopedBridge bridge_, uint256 peerChainId_, address peer_) Peered(bridge_, peerChainId_, peer_) {}

    /// @inheritdoc IL1TokenBridge
    function connect(address peer_) external {
        if (!_connect(peer_)) revert CannotConnect();
    }

    /// @inheritdoc IL1TokenBridge
    function register(address token) external returns (address remoteToken) {
        (bool success, bytes memory result) = token.staticcall(abi.encodeCall(IERC20Metadata.decimals, ()));
        if (!success || result.length < 32 || uint256(bytes32(result)) > type(uint8).max) revert NotAToken(token);
        string memory name = _text(token, abi.encodeCall(IERC20Metadata.name, ()));
        string memory symbol = _text(token, abi.encodeCall(IERC20Metadata.symbol, ()));
        uint8 decimals = uint8(uint256(bytes32(result)));
        result = _callPeer(CREATE_GAS, abi.encodeCall(IL2TokenBridge.create, (token, name, symbol, decimals)));
        return abi.decode(result, (address));
    }

    /// @dev A view's string: as ABI has it, or as bytes32, or "" for anything else. Never a reason to refuse a token.
    function _text(address token, bytes memory view_) private view returns (string memory) {
        (bool success, bytes memory data) = token.staticcall(view_);
        if (!success || data.length < 32) return "";
        uint256 length;
        if (data.length == 32) {
            while (length < 32 && data[length] != 0) length++;
            return _cut(data, 0, length);
        }
        (uint256 offset, uint256 size) = (uint256(bytes32(data)), 0);
        if (offset != 32 || data.length < 64) return "";
        assembly ("memory-safe") {
            size := mload(add(data, 64))
        }
        return size > data.length - 64 ? "" : _cut(data, 64, size);
    }

    function _cut(bytes memory data, uint256 from, uint256 length) private pure returns (string memory) {
        bytes memory text = new bytes(length < TEXT_MAX ? length : TEXT_MAX);
        for (uint256 i = 0; i < text.length; i++) {
            text[i] = data[from + i];
        }
        return string(text);
    }

    /// @inheritdoc IL1TokenBridge
    /// @dev Mints the amount received, because a token may take a fee; a deposit within a deposit would count twice.
    function deposit(address token, uint256 amount, address to) external nonReentrant {
        _deposit(token, amount, to);
    }

    /// @inheritdoc IL1TokenBridge
    function depositWithPermit(
        address token,
        uint256 amount,
        address to,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        try IERC20Permit(token).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _deposit(token, amount, to);
    }

    function _deposit(address token, uint256 amount, address to) private {
        uint256 before = IERC20(token).balanceOf(address(this));
        uint256 debt = owed[token];
        if (before < debt) revert Undercollateralized(token, before, debt);
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received == 0) revert NothingReceived();
        owed[token] = debt + received;
        emit Deposited(token, msg.sender, to, received);
        _callPeer(MINT_GAS, abi.encodeCall(IL2TokenBridge.mint, (token, to, received)));
    }

    /// @inheritdoc IL1TokenBridge
    function withdraw(address token, uint256 amount, address to) external {
        _callPeer(MINT_GAS, abi.encodeCall(IL2TokenBridge.burn, (token, msg.sender, amount)));
        _release(token, to, amount);
    }

    /// @inheritdoc IL1TokenBridge
    function release(address token, address to, uint256 amount) external {
        if (!_fromPeer()) revert OnlyPeer();
        _release(token, to, amount);
    }

    /// @inheritdoc IL1TokenBridge
    function exit(address token, address to, bytes[] calldata accountProof, bytes[] calldata balanceProof) external {
        _exit(token, _rollupExit().ownAccount(msg.sender), to, accountProof, balanceProof);
    }

    /// @inheritdoc IL1TokenBridge
    function exitRemoteAccount(
        uint256 ownerChainId,
        address owner,
        address token,
        address to,
        bytes[] calldata accountProof,
        bytes[] calldata balanceProof
    ) external {
        address holder = _rollupExit().remoteAccountOf(msg.sender, ownerChainId, owner);
        _exit(token, holder, to, accountProof, balanceProof);
    }

    function _rollupExit() private view returns (IRollupExit) {
        return IRollupExit(ISharedBridge(address(bridge)).rollupExit());
    }

    function _exit(
        address token,
        address holder,
        address to,
        bytes[] calldata accountProof,
        bytes[] calldata balanceProof
    ) private {
        if (exited[token][holder]) revert AlreadyExited(token, holder);
        bytes32 salt = bytes32(uint256(uint160(token)));
        address counterpart = Create2.computeAddress(salt, keccak256(type(BridgedToken).creationCode), peer);
        (, bytes32 storageRoot) = StateProof.read(_rollupExit().frozenRoot(peerChainId), counterpart, accountProof);
        uint256 amount = StateProof.word(storageRoot, keccak256(abi.encode(holder, BALANCES_SLOT)), balanceProof);
        exited[token][holder] = true;
        _release(token, to, amount);
    }

    function _release(address token, address to, uint256 amount) private {
        uint256 before = IERC20(token).balanceOf(address(this));
        owed[token] -= amount;
        emit Released(token, to, amount);
        IERC20(token).safeTransfer(to, amount);
        if (before - IERC20(token).balanceOf(address(this)) != amount) revert ReleasedOtherwise(token, amount);
    }
}
