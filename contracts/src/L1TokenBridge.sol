// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
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
    /// @dev The slot of a BridgedToken's mapping of balances (OpenZeppelin ERC20).
    uint256 private constant BALANCES_SLOT = 0;

    mapping(address token => mapping(address holder => bool)) private exited;

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
        IERC20Metadata t = IERC20Metadata(token);
        bytes memory result =
            _callPeer(CREATE_GAS, abi.encodeCall(IL2TokenBridge.create, (token, t.name(), t.symbol(), t.decimals())));
        return abi.decode(result, (address));
    }

    /// @inheritdoc IL1TokenBridge
    /// @dev Mints the amount received, because a token may take a fee; a deposit within a deposit would count twice.
    function deposit(address token, uint256 amount, address to) external nonReentrant {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received == 0) revert NothingReceived();
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
        emit Released(token, to, amount);
        IERC20(token).safeTransfer(to, amount);
    }
}
