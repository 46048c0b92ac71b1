// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IRemoteAccount} from "./interfaces/IRemoteAccount.sol";
import {IScopedAccount} from "./interfaces/IScopedAccount.sol";
import {IScopedCallable} from "./interfaces/IScopedCallable.sol";
import {IScopedBridge} from "./interfaces/IScopedBridge.sol";
import {Batch} from "./Batch.sol";

/// @title The account of another chain's account on this one
/// @notice See IRemoteAccount. One implementation for a chain; each remote account is a minimal clone with arguments
/// (`bridge:20 || chainId:8 || account:20`), made by the bridge.
/// @dev Who calls decides what happens, never a selector, so that no function of the account is shadowed:
///
///   its bridge, with a command    calls the target of a scoped call, in the account's name
///   itself                        an ERC-7821 batch: the account asked for it by a scoped call to this address
///   any other account             a scoped call to the account, in the caller's name; in a static frame, a lookup
///   any account, no calldata      ETH, which stays
contract RemoteAccount is IRemoteAccount {
    /// @dev The implementation itself, which represents no account.
    address private immutable self = address(this);

    bytes32 private constant ACT = keccak256("scope.remote-account.act");
    bytes32 private constant LOOK = keccak256("scope.remote-account.look");
    bytes4 private constant EXECUTE = bytes4(keccak256("execute(bytes32,bytes)"));
    /// @dev A command: ACT or LOOK, to, gasLimit, returnDataLimit, then data.
    uint256 private constant COMMAND_HEADER = 128;
    /// @dev Gas of the call to the implementation that tells whether the frame is static; it uses about 300.
    uint256 private constant PROBE_GAS = 1000;

    /// @notice ETH stays here until the owner spends it.
    receive() external payable {
        if (address(this) == self) {
            assembly {
                tstore(0, 0) // halts in a static frame: see _isStatic
            }
            revert NotForwarded();
        }
    }

    /// @notice Every other call.
    fallback() external payable {
        if (address(this) == self) revert NotForwarded();
        (address bridge, uint64 chainId, address account) = _identity();
        if (msg.sender == bridge) _act(bridge);
        else if (msg.sender == address(this)) _batch(bridge);
        else _forward(bridge, chainId, account);
    }

    function _identity() private view returns (address bridge, uint64 chainId, address account) {
        bytes memory arguments = Clones.fetchCloneArgs(address(this));
        assembly ("memory-safe") {
            bridge := shr(96, mload(add(arguments, 0x20)))
            chainId := shr(192, mload(add(arguments, 0x34)))
            account := shr(96, mload(add(arguments, 0x3c)))
        }
    }

    /// @dev Calls the target with exactly the gas that the caller on the other chain gave, and measures what it
    /// used. Success and failure both end this frame, so that a failure undoes the transfer of the value.
    /// The measure counts the transfer of value (9,000 gas, of which 2,300 go to the target) as the bridge's.
    function _act(address bridge) private {
        if (msg.data.length < COMMAND_HEADER) revert NotForwarded();
        bool looks = bytes32(msg.data[:32]) == LOOK;
        if (!looks && bytes32(msg.data[:32]) != ACT) revert NotForwarded();
        if (IScopedBridge(bridge).acting() != address(this)) revert NotForwarded();
        bytes4 tooLong = IScopedBridge.ReturnDataTooLong.selector;
        assembly {
            let to := calldataload(32)
            let limit := calldataload(64)
            let most := calldataload(96)
            let size := sub(calldatasize(), COMMAND_HEADER)
            let code := extcodesize(to) // warms the account too

            calldatacopy(0, COMMAND_HEADER, size)
            // The CALL costs at most 36,600 gas (cold, with value, new account; less here) and withholds a 64th of
            // the rest (EIP-150): with this much left it passes on exactly `limit`.
            if lt(gas(), add(add(limit, div(limit, 63)), 40000)) {
                mstore(0, not(0))
                revert(0, 32)
            }
            let used := gas()
            let success
            switch looks
            case 0 { success := call(limit, to, callvalue(), 0, size, 0, 0) }
            default { success := staticcall(limit, to, 0, size, 0, 0) }
            used := sub(used, gas())
            if callvalue() { used := mul(gt(used, 6800), sub(used, 6800)) }
            if iszero(code) { used := 0 }

            mstore(0, used)
            if gt(returndatasize(), most) {
                mstore(32, tooLong)
                revert(0, 36)
            }
            returndatacopy(32, 0, returndatasize())
            if success { return(0, add(32, returndatasize())) }
            revert(0, add(32, returndatasize()))
        }
    }

    function _batch(address bridge) private {
        if (msg.data.length < 4 || bytes4(msg.data) != EXECUTE) revert UnsupportedExecutionMode();
        (bytes32 mode, bytes memory executionData) = abi.decode(msg.data[4:], (bytes32, bytes));
        if (!Batch.knows(mode)) revert UnsupportedExecutionMode();
        IScopedAccount.Call[] memory calls = abi.decode(executionData, (IScopedAccount.Call[]));
        for (uint256 i = 0; i < calls.length; i++) {
            // The bridge trusts this contract's statement of who called through it.
            if (calls[i].to == bridge) revert ForbiddenTarget();
            Batch.run(calls[i]);
        }
    }

    function _forward(address bridge, uint64 chainId, address account) private {
        IScopedCallable.ScopedRequest memory request =
            IScopedCallable.ScopedRequest(account, msg.value, IScopedBridge(bridge).remoteGasLimit(chainId), msg.data);
        bytes memory result = _isStatic()
            ? IScopedBridge(bridge).scopedStaticCall(chainId, msg.sender, request)
            : IScopedBridge(bridge).scopedCall{value: msg.value}(chainId, msg.sender, request);
        assembly ("memory-safe") {
            return(add(result, 0x20), mload(result))
        }
    }

    /// @dev Whether this frame is static. No opcode tells, but a write does: TSTORE halts there and takes all of its gas
    /// along. The implementation makes it, in a frame of its own, with a gas that is always enough; otherwise it reverts
    /// with an error. A call that failed and left its gas found no frame: that says nothing, so it is never an answer.
    function _isStatic() private returns (bool) {
        if (msg.value != 0) return false;
        address implementation = self;
        uint256 returned;
        uint256 used = gasleft();
        if (used < 2 * PROBE_GAS) revert IScopedBridge.CallerGasTooLow();
        assembly ("memory-safe") {
            pop(call(PROBE_GAS, implementation, 0, 0, 0, 0, 0))
            returned := returndatasize()
        }
        used -= gasleft();
        if (returned != 0) return false;
        if (used < PROBE_GAS) revert IScopedBridge.CallerGasTooLow();
        return true;
    }
}
