// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";

/// @title A contract that does what the script in its calldata says
/// @notice For the one-chain oracle (src/test/oracle/oracle.h). What it observes (caller, value, the result of each of
/// its own calls) is hashed into one word, `heard`, and that word goes into storage, events, returndata and
/// branches: a single wrong result changes all of them.
///
///   01 word:8                                  mix       state = keccak(state, heard, word)
///   02 word:8                                  note      emits Note(heard, word)
///   03                                         read      heard = keccak(heard, state)
///   04                                         balance   heard = keccak(heard, own balance)
///   05 how:1 to:20 value:8 length:2 data       call      an ordinary call
///   06 how:1 chain:8 to:20 value:8 gas:8 length:2 data   a scoped call, by the bridge
///   07 length:2                                revert    with so many bytes made of heard
///   08 length:2                                return    with so many bytes made of heard and state
///   09 on:1                                    refuse    plain ETH, from now on
///   0a bit:1 length:2                          branch    skips so many bytes of script unless the bit of heard is set
///   0b                                         spawn     creates its child, a puppet too, if there is none
///   0c word:8                                  hold      held = keccak(held, heard, word), until this call returns
///   0d                                         held      heard = keccak(heard, held)
///   0e how:1 to:20 gas:8 length:2 data         look      a STATICCALL; gas 0: all there is
///   0f how:1 chain:8 to:20 value:8 gas:8 length:2 data   a scoped static call, by the bridge
///
///   how   bit 0: a failure is caught; else it is passed on.   bit 7: attaches one wei more than the request says
///         of a scoped call, bits 1 and 2: 0 scopedCall, 1 tryScopedCall, 2 with flags 0, 3 with flags 1 (leaf);
///         bit 3: claims another caller (`from`)
///         of a scoped static call, bits 1 and 2: 0 scopedStaticCall, 1 tryScopedStaticCall; bit 3 as above
///
/// @dev It reads no gas, chain id, block field or foreign balance. `held` is transient storage, which a scope's parts
/// on one chain share or not (docs/security.md, section 4): so each call leaves it as it was.
contract Puppet {
    address private immutable bridge;

    uint256 private state;
    bool private refuses;
    uint256 private transient held;

    event Note(bytes32 heard, uint256 word);

    error Refused();
    error BadScript();

    /// @param bridge_ The bridge of this chain.
    constructor(address bridge_) payable {
        bridge = bridge_;
    }

    receive() external payable {
        if (refuses) revert Refused();
        state = uint256(keccak256(abi.encode(state, msg.sender, msg.value)));
    }

    /// @notice Interprets the calldata.
    fallback() external payable {
        _run(msg.data);
    }

    /// @notice The same, for callers that want a function.
    function run(bytes calldata script) external payable {
        _run(script);
    }

    function _run(bytes calldata script) private {
        bytes32 heard = keccak256(abi.encode(msg.sender, msg.value));
        uint256 heldBefore = held;
        while (script.length != 0) {
            uint256 op = uint8(script[0]);
            if (op == 1) {
                state = uint256(keccak256(abi.encode(state, heard, uint64(bytes8(script[1:9])))));
                script = script[9:];
            } else if (op == 2) {
                emit Note(heard, uint64(bytes8(script[1:9])));
                script = script[9:];
            } else if (op == 3) {
                heard = keccak256(abi.encode(heard, state));
                script = script[1:];
            } else if (op == 4) {
                heard = keccak256(abi.encode(heard, address(this).balance));
                script = script[1:];
            } else if (op == 5) {
                uint256 end = 32 + uint256(uint16(bytes2(script[30:32])));
                heard = _call(
                    heard, script[1], address(bytes20(script[2:22])), uint64(bytes8(script[22:30])), script[32:end]
                );
                script = script[end:];
            } else if (op == 6) {
                uint256 end = 48 + uint256(uint16(bytes2(script[46:48])));
                heard = _scoped(heard, script[:end]);
                script = script[end:];
            } else if (op == 7) {
                bytes memory data = _made(heard, 0, uint16(bytes2(script[1:3])));
                assembly ("memory-safe") {
                    revert(add(data, 0x20), mload(data))
                }
            } else if (op == 8) {
                bytes memory data = _made(heard, state, uint16(bytes2(script[1:3])));
                _release(heldBefore);
                assembly ("memory-safe") {
                    return(add(data, 0x20), mload(data))
                }
            } else if (op == 9) {
                refuses = script[1] != 0;
                script = script[2:];
            } else if (op == 10) {
                bool taken = uint256(heard) >> uint8(script[1]) & 1 != 0;
                script = script[taken ? 4 : 4 + uint256(uint16(bytes2(script[2:4]))):];
            } else if (op == 11) {
                heard = keccak256(abi.encode(heard, _spawn()));
                script = script[1:];
            } else if (op == 12) {
                held = uint256(keccak256(abi.encode(held, heard, uint64(bytes8(script[1:9])))));
                script = script[9:];
            } else if (op == 13) {
                heard = keccak256(abi.encode(heard, held));
                script = script[1:];
            } else if (op == 14) {
                uint256 end = 32 + uint256(uint16(bytes2(script[30:32])));
                heard = _look(
                    heard, script[1], address(bytes20(script[2:22])), uint64(bytes8(script[22:30])), script[32:end]
                );
                script = script[end:];
            } else if (op == 15) {
                uint256 end = 48 + uint256(uint16(bytes2(script[46:48])));
                heard = _scopedLook(heard, script[:end]);
                script = script[end:];
            } else {
                revert BadScript();
            }
        }
        _release(heldBefore);
        assembly ("memory-safe") {
            mstore(0, heard)
            return(0, 32)
        }
    }

    /// @dev In a static frame nothing changed, and nothing can be written.
    function _release(uint256 heldBefore) private {
        if (held != heldBefore) held = heldBefore;
    }

    /// @dev The arguments of a scoped call or scoped static call.
    function _request(bytes calldata op)
        private
        view
        returns (uint256 chain, address from, IScopedCallable.ScopedRequest memory request)
    {
        chain = uint64(bytes8(op[2:10]));
        from = uint8(op[1]) & 8 == 0 ? address(this) : address(1);
        request = IScopedCallable.ScopedRequest({
            to: address(bytes20(op[10:30])),
            value: uint64(bytes8(op[30:38])),
            gasLimit: uint64(bytes8(op[38:46])),
            data: op[48:]
        });
    }

    function _scoped(bytes32 heard, bytes calldata op) private returns (bytes32) {
        bytes1 how = op[1];
        uint256 kind = uint8(how) >> 1 & 3;
        (uint256 chain, address from, IScopedCallable.ScopedRequest memory request) = _request(op);
        bytes memory data;
        if (kind == 0) {
            data = abi.encodeCall(IScopedCallable.scopedCall, (chain, from, request));
        } else if (kind == 1) {
            data = abi.encodeWithSignature(
                "tryScopedCall(uint256,address,(address,uint256,uint256,bytes))", chain, from, request
            );
        } else {
            data = abi.encodeWithSignature(
                "tryScopedCall(uint256,address,(address,uint256,uint256,bytes),uint32)",
                chain,
                from,
                request,
                uint32(kind - 2)
            );
        }
        return _call(heard, how, bridge, request.value, data);
    }

    function _scopedLook(bytes32 heard, bytes calldata op) private view returns (bytes32) {
        (uint256 chain, address from, IScopedCallable.ScopedRequest memory request) = _request(op);
        bytes memory data = uint8(op[1]) >> 1 & 3 == 0
            ? abi.encodeCall(IScopedBridge.scopedStaticCall, (chain, from, request))
            : abi.encodeCall(IScopedBridge.tryScopedStaticCall, (chain, from, request));
        return _look(heard, op[1], bridge, 0, data);
    }

    function _call(bytes32 heard, bytes1 how, address to, uint256 value, bytes memory data) private returns (bytes32) {
        if (uint8(how) & 0x80 != 0) value++;
        (bool success, bytes memory answer) = to.call{value: value}(data);
        return _heardOf(heard, how, success, answer);
    }

    function _look(bytes32 heard, bytes1 how, address to, uint256 gasLimit, bytes memory data)
        private
        view
        returns (bytes32)
    {
        (bool success, bytes memory answer) = to.staticcall{gas: gasLimit == 0 ? gasleft() : gasLimit}(data);
        return _heardOf(heard, how, success, answer);
    }

    function _heardOf(bytes32 heard, bytes1 how, bool success, bytes memory answer) private pure returns (bytes32) {
        if (!success && uint8(how) & 1 == 0) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
        return keccak256(abi.encode(heard, success, keccak256(answer)));
    }

    /// @dev A second creation at the same address would take all gas.
    function _spawn() private returns (address child) {
        child = Clones.predictDeterministicAddress(address(this), 0);
        if (child.code.length == 0) child = Clones.cloneDeterministic(address(this), 0);
    }

    /// @dev So many bytes: one, two, one, two ... as far as they go.
    function _made(bytes32 one, uint256 two, uint256 length) private pure returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i = 0; i < length; i += 32) {
            uint256 word = i & 32 == 0 ? uint256(one) : two;
            if (length - i < 32) word &= ~(type(uint256).max >> 8 * (length - i));
            assembly ("memory-safe") {
                mstore(add(add(data, 0x20), i), word)
            }
        }
    }
}
