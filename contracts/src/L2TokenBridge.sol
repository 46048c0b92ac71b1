// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IL1TokenBridge, IL2TokenBridge} from "./interfaces/ITokenBridge.sol";
import {IScopedBridge} from "./interfaces/IScopedBridge.sol";
import {BridgedToken} from "./BridgedToken.sol";
import {Peered} from "./Peered.sol";

/// @title Tokens of L1 on a rollup, the part on the rollup
/// @notice See IL2TokenBridge. Each token of L1 has one counterpart, a plain ERC-20 that this contract mints and burns.
/// @dev docs/protocol.md section 1. The counterpart is a CREATE2 child with the L1 token as its salt,
/// and without constructor arguments, so that its address depends on the L1 token alone.
contract L2TokenBridge is Peered, IL2TokenBridge {
    /// @notice Gas on L1: releasing a token. Ample, since a step may use less than half.
    uint256 public constant RELEASE_GAS = 400_000;

    /// @param bridge_ RollupBridge.
    /// @param peerChainId_ L1.
    /// @param peer_ The contract there; 0: named later by `connect`.
    constructor(IScopedBridge bridge_, uint256 peerChainId_, address peer_) Peered(bridge_, peerChainId_, peer_) {}

    /// @inheritdoc IL2TokenBridge
    function connect(address peer_) external {
        if (!_connect(peer_)) revert CannotConnect();
    }

    /// @inheritdoc IL2TokenBridge
    function tokenOf(address l1Token) public view returns (address) {
        return Create2.computeAddress(_salt(l1Token), keccak256(type(BridgedToken).creationCode));
    }

    /// @inheritdoc IL2TokenBridge
    function create(address l1Token, string calldata name, string calldata symbol, uint8 decimals)
        external
        returns (address token)
    {
        if (!_fromPeer()) revert OnlyPeer();
        if (tokenOf(l1Token).code.length != 0) revert TokenExists(l1Token);
        token = address(new BridgedToken{salt: _salt(l1Token)}());
        BridgedToken(token).initialize(l1Token, name, symbol, decimals);
        emit TokenCreated(l1Token, token);
    }

    /// @inheritdoc IL2TokenBridge
    function mint(address l1Token, address to, uint256 amount) external {
        if (!_fromPeer()) revert OnlyPeer();
        _token(l1Token).mint(to, amount);
    }

    /// @inheritdoc IL2TokenBridge
    function burn(address l1Token, address owner, uint256 amount) external {
        if (!_fromPeer()) revert OnlyPeer();
        _token(l1Token).burn(bridge.remoteAccount(peerChainId, owner), amount);
    }

    /// @inheritdoc IL2TokenBridge
    function withdraw(address l1Token, uint256 amount, address to) external {
        _token(l1Token).burn(msg.sender, amount);
        _callPeer(RELEASE_GAS, abi.encodeCall(IL1TokenBridge.release, (l1Token, to, amount)));
    }

    function _token(address l1Token) private view returns (BridgedToken token) {
        token = BridgedToken(tokenOf(l1Token));
        if (address(token).code.length == 0) revert UnknownToken(l1Token);
    }

    function _salt(address l1Token) private pure returns (bytes32) {
        return bytes32(uint256(uint160(l1Token)));
    }
}
