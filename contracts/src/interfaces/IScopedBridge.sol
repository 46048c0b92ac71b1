// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedCallable} from "./IScopedCallable.sol";

/// @title What every bridge offers beyond the specification
/// @notice Failure as a response, calls back into a chain that is waiting for a response, clocks, and the
/// remote accounts. The rules are in docs/protocol.md; its section numbers are given below.
interface IScopedBridge is IScopedCallable {
    /// @notice A call from another chain, to be handled here: the arguments of handleScopedCall.
    struct Inbound {
        uint256 sourceChainId;
        address from;
        uint256 nonce;
        ScopedRequest request;
    }

    // --- refusals of a call: ordinary reverts, independent of the builder ---

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

    // --- refusals of a system function: they never occur with an honest builder ---

    /// @notice The arrays differ in length.
    error LengthMismatch();
    /// @notice A response shorter than its header, or with an unknown bit in its status.
    error MalformedResponse();
    /// @notice The request already has a response.
    error ResponseExists();
    /// @notice The request already has a queue of nested calls.
    error QueueExists();
    /// @notice A handled call belongs to a root before the last one, or an inline one to a root that is not the running
    /// one.
    error RootOrder();
    /// @notice The parts of a root are not adjacent (section 3).
    error ScopeSplit();
    /// @notice A clock so far ahead that it could exhaust this chain's clock (section 3).
    error ClockTooFar();

    /// @notice A lookup comes after an event of this chain that its source had not heard of (section 6).
    error LookupLate();
    /// @notice A lookup with value, or a lookup or attempt with another flag.
    error MalformedLookup();
    /// @notice A root is announced, and its transaction has not been closed (section 6).
    error Announced();
    /// @notice Not the response to a lookup or attempt.
    error NotLookup();
    /// @notice A call that was handled as an attempt did not fail (section 7).
    error AttemptSucceeded();
    /// @notice A part of a root from a chain that the chain of an earlier part does not trust, or an inline call from one
    /// that the called chain does not trust (section 3).
    error OutsideCircle();

    // --- aborts: section 7 ---

    /// @notice A transaction looks at another chain or attempts a call, and its root was neither announced nor opened by a
    /// call.
    error NotAnnounced();
    /// @notice An attempt makes a call that is no attempt (section 7).
    error CallInAttempt();

    /// @notice There is no response to the request.
    error ResponseMissing();
    /// @notice Not enough gas is left to give the target its gas limit.
    error InsufficientGas();
    /// @notice The response to a nested call is not the one that the builder announced.
    error NestedMismatch();

    // --- revert data of responses that the bridge makes instead of calling the target ---

    /// @notice The bridge calls no privileged contract on behalf of a user (section 4).
    error ForbiddenTarget();
    /// @notice More returndata or revert data than a response may hold.
    error ReturnDataTooLong();

    // --- views ---

    /// @notice A response from that chain is filled and not yet read: the hashes would reveal the future (section 4).
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

    /// @notice Queues calls into this chain that happen while `reqHash` waits for its response. A system function
    /// (section 6).
    /// @param reqHash The call of this chain during which they are handled.
    /// @param inbound The calls, in order.
    /// @param responseHashes The leaf of each one's response, as simulated.
    function fillNestedCalls(bytes32 reqHash, Inbound[] calldata inbound, bytes32[] calldata responseHashes) external;

    /// @notice Raises a lagging clock before a root starts here. A system function (section 3).
    function openScope(uint64 floor) external;

    /// @notice The address of the RemoteAccount of another chain's account, deployed or not.
    function remoteAccount(uint256 chainId, address account) external view returns (address);

    /// @notice Deploys that RemoteAccount, so that ordinary calls to its address become scoped calls. Any account may
    /// call it; once is enough.
    function deployRemoteAccount(uint256 chainId, address account) external returns (address);

    /// @notice The gas limit that a RemoteAccount gives a call or lookup to that chain at this moment: the bridge's
    /// default, inside of an inbound call not more than that can pass on (section 4).
    function remoteGasLimit(uint256 chainId) external view returns (uint256);

    /// @notice The greatest gas limit of a call to that chain; 0 if the chain is not supported.
    function maxGas(uint256 chainId) external view returns (uint256);

    /// @notice The RemoteAccount that acts for the bridge at the moment, or 0.
    function acting() external view returns (address);

    /// @notice Wei carried to and from that chain by successful calls since genesis (section 5).
    function valueCounters(uint256 chainId) external view returns (uint128 valueOut, uint128 valueIn);

    /// @notice The chain's Lamport clock and the last root that was opened or handled, `clock:8 || chainId:8`.
    function scopeClock() external view returns (uint64 clock, uint128 lastRoot);
}
