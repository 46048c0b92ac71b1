// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RemoteAddress} from "../../src/RemoteAddress.sol";
import {IScopedBridge} from "../../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../../src/interfaces/IScopedCallable.sol";

/// @title What an L1CrossDomainMessenger of the OP Stack has for a portal
/// @notice The messenger's deposits are scoped calls: the L2CrossDomainMessenger has relayed a message, and the target
/// has run, when sendMessage returns. Its withdrawals arrive from ScopedMessagePasser in the same way.
/// @dev On the rollup, calls of this contract come from its RemoteAccount. The L2CrossDomainMessenger takes that account
/// for the aliased messenger once it is initialized with otherMessenger(). So whoever could make this contract call the
/// bridge, or a RemoteAccount, could send any message: it serves the messenger alone, and calls nothing else.
contract ScopedOptimismPortal {
    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice The rollup.
    uint256 public immutable chainId;
    /// @notice The L1CrossDomainMessenger.
    address public immutable messenger;
    /// @notice The account on the rollup whose withdrawal is being relayed, as in OptimismPortal.
    address public l2Sender = DEFAULT_SENDER;
    /// @notice Withdrawals that were relayed, by their hash, as in OptimismPortal.
    mapping(bytes32 withdrawalHash => bool) public finalizedWithdrawals;

    /// @dev The sender when there is none.
    address private constant DEFAULT_SENDER = 0x000000000000000000000000000000000000dEaD;
    address private constant MESSAGE_PASSER = 0x4200000000000000000000000000000000000016;
    /// @dev What the OP Stack adds to the address of a contract on L1.
    uint160 private constant ALIAS_OFFSET = uint160(0x1111000000000000000000000000000000001111);

    /// @notice As in OptimismPortal.
    event WithdrawalFinalized(bytes32 indexed withdrawalHash, bool success);

    /// @notice Only the messenger deposits; others use the chain's own OptimismPortal, or a RemoteAccount.
    error OnlyMessenger();
    /// @notice Only ScopedMessagePasser of the rollup.
    error OnlyMessagePasser();
    /// @notice Only a withdrawal to the messenger.
    error TargetNotMessenger(address target);

    /// @param bridge_ The bridge of this chain.
    /// @param chainId_ The rollup.
    /// @param messenger_ The L1CrossDomainMessenger, which is then initialized with this contract as its portal.
    constructor(IScopedBridge bridge_, uint256 chainId_, address messenger_) {
        bridge = bridge_;
        chainId = chainId_;
        messenger = messenger_;
    }

    /// @notice A deposit, as the messenger makes it: its value is msg.value, and it creates nothing.
    /// @param to The L2CrossDomainMessenger.
    /// @param gasLimit Gas of the call on the rollup.
    /// @param data The message.
    function depositTransaction(address to, uint256, uint64 gasLimit, bool, bytes calldata data) external payable {
        if (msg.sender != messenger) revert OnlyMessenger();
        bridge.scopedCall{value: msg.value}(
            chainId, address(this), IScopedCallable.ScopedRequest(to, msg.value, gasLimit, data)
        );
    }

    /// @notice A withdrawal of the rollup. A failing message reverts with the messenger's error, and then there was no
    /// withdrawal; a target that fails does not make its message fail (FailedRelayedMessage).
    /// @param nonce The withdrawal's number on the rollup.
    /// @param sender Who withdraws, on the rollup.
    /// @param target otherMessenger(), which stands for the messenger.
    /// @param gasLimit As signed by the sender: part of the hash.
    /// @param data The message.
    function finalize(uint256 nonce, address sender, address target, uint256 gasLimit, bytes calldata data)
        external
        payable
    {
        if (msg.sender != bridge.remoteAccount(chainId, MESSAGE_PASSER)) revert OnlyMessagePasser();
        if (target != otherMessenger()) revert TargetNotMessenger(target);
        bytes32 withdrawalHash = keccak256(abi.encode(nonce, sender, target, msg.value, gasLimit, data));
        address outer = l2Sender;
        l2Sender = sender;
        (bool success, bytes memory returndata) = messenger.call{value: msg.value}(data);
        l2Sender = outer;
        if (!success) {
            assembly ("memory-safe") {
                revert(add(returndata, 32), mload(returndata))
            }
        }
        finalizedWithdrawals[withdrawalHash] = true;
        emit WithdrawalFinalized(withdrawalHash, true);
    }

    /// @notice The other messenger, for the initializer of the L2CrossDomainMessenger: aliased, it is the account that
    /// this contract has on the rollup.
    function otherMessenger() public view returns (address) {
        unchecked {
            return address(uint160(RemoteAddress.onRollup(block.chainid, address(this))) - ALIAS_OFFSET);
        }
    }
}
