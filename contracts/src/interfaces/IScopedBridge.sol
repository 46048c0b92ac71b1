// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedCallable} from "./IScopedCallable.sol";

/// @title What every bridge offers beyond the specification
/// @notice Failure as a response, calls back into a chain that is in the middle of its own call, clocks, and the
/// remote accounts. The rules are in docs/protocol.md; its section numbers are given below.
interface IScopedBridge is IScopedCallable {
    /// @notice A call from another chain, to be handled here: the arguments of handleScopedCall.
    struct Inbound {
        uint256 sourceChainId;
        address from;
        uint256 nonce;
        ScopedRequest request;
    }

    // --- refusals of a call: ordinary reverts, the same whatever the builder does ---

    /// @notice `from` is neither the caller nor the one who called through a RemoteAccount.
    error FromMismatch();
    /// @notice `msg.value` is not `request.value`.
    error WrongValue();
    /// @notice The chain is not one that this chain can call.
    error UnsupportedChain(uint256 chainId);
    /// @notice The caller has less gas left than it wants to give to the target (section 4), or too little, or no frame, to
    /// look at another chain.
    error CallerGasTooLow();
    /// @notice More gas than one transaction of the target chain can give (section 4).
    error GasLimitTooHigh();
    /// @notice A call made by tryScopedCall is being handled, and it may not call on (section 4).
    error NestingForbidden();
    /// @notice Flags of a nonce that have no meaning.
    error UnknownFlags(uint32 flags);
    /// @notice The caller of tryScopedCall refused its refund.
    error RefundRefused();

    // --- refusals of a system function: no honest builder meets them ---

    /// @notice The arrays differ in length.
    error LengthMismatch();
    /// @notice A response shorter than its header, or with an unknown bit in its status.
    error MalformedResponse();
    /// @notice The request has a response already.
    error ResponseExists();
    /// @notice The request has a queue of nested calls already.
    error QueueExists();
    /// @notice A handled call belongs to a root before the last one, or an inline one to a root that does not run.
    error RootOrder();
    /// @notice The parts of a root are not adjacent (section 3).
    error ScopeSplit();
    /// @notice A clock so far ahead that it would drive this chain's clock to its end (section 3).
    error ClockTooFar();

    /// @notice A lookup comes after an event of this chain that its source had not heard of (section 6).
    error LookupLate();
    /// @notice A lookup with value, or with another flag.
    error MalformedLookup();
    /// @notice A root is announced, and its transaction has not been closed (section 6).
    error Announced();
    /// @notice Not the response to a lookup.
    error NotLookup();

    // --- aborts: section 7 ---

    /// @notice A transaction looks at another chain, and its root was neither announced nor opened by a call.
    error NotAnnounced();

    /// @notice There is no response to the request.
    error ResponseMissing();
    /// @notice There is not enough gas to give the target what it was promised.
    error InsufficientGas();
    /// @notice A nested call was answered otherwise than the builder announced.
    error NestedMismatch();

    // --- responses that a bridge gives in the target's place, as revert data ---

    /// @notice A bridge calls no privileged contract for anybody (section 4).
    error ForbiddenTarget();
    /// @notice More returndata or revert data than a response may hold.
    error ReturnDataTooLong();

    // --- views ---

    /// @notice A response from that chain waits to be read, so its hashes would tell the future (section 4).
    error ResponsesPending();

    /// @notice As scopedCall, but failure is a response too. The value of a failed call is refunded at the end.
    /// The target cannot call on while it handles this call (flag `leaf`).
    /// @return success Whether the target succeeded.
    /// @return returndata What it returned, or its revert data.
    function tryScopedCall(uint256 targetChainId, address from, ScopedRequest calldata request)
        external
        payable
        returns (bool success, bytes memory returndata);

    /// @notice The same with flags: bit 0 is `leaf`. With 0 the target may call on; if it then fails, the whole
    /// transaction cannot settle and the builder refuses it.
    function tryScopedCall(uint256 targetChainId, address from, ScopedRequest calldata request, uint32 flags)
        external
        payable
        returns (bool success, bytes memory returndata);

    /// @notice A lookup: asks a contract on another chain as a STATICCALL would, without effect on it. Allowed wherever a view
    /// is: in static frames, in a leaf, in frames that revert (section 6).
    /// @dev Reverts with the target's revert data when the call reverted there.
    /// @param targetChainId The chain that is asked.
    /// @param from The caller, as for scopedCall.
    /// @param request The call, with value 0. Nothing of the caller's gas is set aside for its gas limit.
    /// @return result What the target returned.
    function scopedStaticCall(uint256 targetChainId, address from, ScopedRequest calldata request)
        external
        view
        returns (bytes memory result);

    /// @notice The same, but failure is a response too.
    /// @return success Whether the target succeeded.
    /// @return returndata What it returned, or its revert data.
    function tryScopedStaticCall(uint256 targetChainId, address from, ScopedRequest calldata request)
        external
        view
        returns (bool success, bytes memory returndata);

    /// @notice Queues calls into this chain that happen while `reqHash` is under way. A system function (section 6).
    /// @param reqHash The call of this chain during which they are handled.
    /// @param inbound The calls, in order.
    /// @param responseHashes The leaf of each one's response, as simulated.
    function fillNestedCalls(bytes32 reqHash, Inbound[] calldata inbound, bytes32[] calldata responseHashes) external;

    /// @notice Raises a lagging clock before a root starts here. A system function (section 3).
    function openScope(uint64 floor) external;

    /// @notice The address of the local address of an account on another chain, deployed or not.
    function remoteAccount(uint256 chainId, address account) external view returns (address);

    /// @notice Deploys that RemoteAccount, so that ordinary calls to its address are scoped calls. Anyone may; once is enough.
    function deployRemoteAccount(uint256 chainId, address account) external returns (address);

    /// @notice The gas limit that a RemoteAccount gives a call or lookup to that chain, made now: the bridge's default, halved
    /// for each inbound call around it (section 4).
    function remoteGasLimit(uint256 chainId) external view returns (uint256);

    /// @notice The greatest gas limit of a call to that chain; 0 when there is no way to call it.
    function maxGas(uint256 chainId) external view returns (uint256);

    /// @notice The RemoteAccount that acts for the bridge at the moment, or 0.
    function acting() external view returns (address);

    /// @notice Wei that calls which succeeded carried to and from that chain, since the beginning (section 5).
    function valueCounters(uint256 chainId) external view returns (uint128 valueOut, uint128 valueIn);

    /// @notice The chain's Lamport clock and the last root that was opened or handled, `clock:8 || chainId:8`.
    function scopeClock() external view returns (uint64 clock, uint128 lastRoot);
}
