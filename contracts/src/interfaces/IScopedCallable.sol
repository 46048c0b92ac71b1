// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Synchronous calls between chains, as the specification declares them
/// @notice The four functions, the struct and their ABI are exactly those of SCOPE ("How does it work?"); the events
/// are those of its authors' contracts. What this project adds is in IScopedBridge.
/// @dev Layouts that are hashed: contracts/ABI.md.
interface IScopedCallable {
    /// @notice A call to a contract on another chain.
    /// @param to The account to call on the target chain.
    /// @param value Wei sent with the call; the target chain's bridge pays it out.
    /// @param gasLimit Gas of the call on the target chain: the operand of its CALL.
    /// @param data Calldata.
    struct ScopedRequest {
        address to;
        uint256 value;
        uint256 gasLimit;
        bytes data;
    }

    /// @notice A contract on this chain called one on another. All seven values, the chain's own id and the hash of
    /// `data` are the request hash.
    event ScopedCall(
        uint256 indexed targetChainId,
        address indexed from,
        address indexed to,
        uint256 nonce,
        uint256 value,
        uint256 gasLimit,
        bytes data
    );

    /// @notice A call from another chain was handled here. `response` is `status:1 || clock:8 || returndata`.
    event ScopedCallExecuted(bytes32 indexed requestHash, bytes response);

    /// @notice Calls a contract on another chain and returns its response.
    /// @dev Reverts with the target's revert data when the call reverted there. The result is read from the
    /// responses that the builder filled; settlement proves that it is the response that was given.
    /// @param targetChainId The chain on which `request` is executed.
    /// @param from The caller: `msg.sender`, or the account that called through `msg.sender`, a RemoteAccount.
    /// @param request The call. `msg.value` equals `request.value`.
    /// @return result What the target returned.
    function scopedCall(uint256 targetChainId, address from, ScopedRequest calldata request)
        external
        payable
        returns (bytes memory result);

    /// @notice Executes a call that another chain made. For the builder: a system function.
    /// @param sourceChainId The chain that called.
    /// @param from The caller there.
    /// @param nonce The nonce that its bridge gave the call.
    /// @param call The call.
    function handleScopedCall(uint256 sourceChainId, address from, uint256 nonce, ScopedRequest calldata call) external;

    /// @notice Gives the responses of calls that this chain is about to make. For the builder: a system function.
    /// @dev Arrays of equal length. Mixes each response into `responsesIn` of its chain.
    /// @param chainIds The chains that answered.
    /// @param reqHashes The requests that are answered.
    /// @param responses The responses, `status:1 || clock:8 || returndata`.
    function fillResponsesIn(uint256[] calldata chainIds, bytes32[] calldata reqHashes, bytes[] calldata responses)
        external;

    /// @notice The rolling hashes of this chain's mailbox with another. Reverts while a response from it waits.
    /// @param chainId The other chain.
    /// @return requestsOut Calls that this chain made.
    /// @return requestsIn Calls that this chain handled.
    /// @return responsesOut Responses that this chain gave.
    /// @return responsesIn Responses that this chain was given.
    function getMailboxHashes(uint256 chainId)
        external
        view
        returns (bytes32 requestsOut, bytes32 requestsIn, bytes32 responsesOut, bytes32 responsesIn);
}
