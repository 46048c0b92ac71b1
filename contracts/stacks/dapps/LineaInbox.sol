// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What a dApp of Linea needs of its message service.
interface ILineaMessageService {
    /// @notice The sender of the message that is being delivered.
    function sender() external view returns (address);
}

/// @title A contract for Linea, which knows nothing of SCOPE
/// @notice Keeps words of one account of the other chain.
contract LineaInbox {
    /// @notice The message service of this chain.
    ILineaMessageService public immutable service;
    /// @notice Whose words are kept.
    address public immutable peer;
    /// @notice The last word.
    uint256 public word;
    /// @notice How many came.
    uint256 public count;

    /// @notice Only the peer, through the message service.
    error NotFromPeer();

    /// @param service_ The message service of this chain.
    /// @param peer_ Whose words are kept.
    constructor(ILineaMessageService service_, address peer_) {
        service = service_;
        peer = peer_;
    }

    /// @notice Keeps a word.
    function put(uint256 word_) external payable {
        if (msg.sender != address(service) || service.sender() != peer) revert NotFromPeer();
        word = word_;
        count++;
    }
}
