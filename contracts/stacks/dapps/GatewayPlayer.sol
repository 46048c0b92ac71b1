// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CrosschainLinked} from "@openzeppelin/contracts/crosschain/CrosschainLinked.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

/// @title A contract for ERC-7786, which knows nothing of SCOPE
/// @notice Hits a ball to its counterpart on another chain, which hits it back, as often as the ball says. Who sent a
/// message is what OpenZeppelin's CrosschainLinked checks.
contract GatewayPlayer is CrosschainLinked {
    /// @notice Balls that came.
    uint256 public received;
    /// @notice Balls that had come when hit() returned from sendMessage.
    uint256 public receivedWhenSent;
    /// @notice The gateway's name of the last message.
    bytes32 public lastId;
    /// @notice Gas that was left when the last ball came.
    uint256 public gasOfLast;

    /// @notice This ball is not returned.
    error Missed();

    constructor() CrosschainLinked(new Link[](0)) {}

    /// @notice Names the counterpart on a chain and the gateway to it, once.
    function link(address gateway, uint256 chainId, address counterpart) external {
        _setLink(gateway, InteroperableAddress.formatEvmV1(chainId, counterpart), false);
    }

    /// @notice Hits the ball, with the ether that came.
    /// @param chainId The counterpart's chain.
    /// @param hops How often it is hit back.
    /// @param attributes Of the first message.
    function hit(uint256 chainId, uint256 hops, bytes[] calldata attributes) external payable {
        _hit(chainId, hops, attributes);
        receivedWhenSent = received;
    }

    function _processMessage(address, bytes32 receiveId, bytes calldata sender, bytes calldata payload)
        internal
        override
    {
        gasOfLast = gasleft();
        lastId = receiveId;
        received++;
        uint256 hops = abi.decode(payload, (uint256));
        if (hops == 99) revert Missed();
        (uint256 chainId,) = InteroperableAddress.parseEvmV1Calldata(sender);
        if (hops > 0) _hit(chainId, hops - 1, new bytes[](0));
    }

    function _hit(uint256 chainId, uint256 hops, bytes[] memory attributes) private {
        (address gateway, bytes memory counterpart) = getLink(InteroperableAddress.formatEvmV1(chainId));
        (bool success, bytes memory returndata) = gateway.call{value: address(this).balance}(
            abi.encodeWithSignature(
                "sendMessage(bytes,bytes,bytes[])", counterpart, abi.encode(hops), attributes
            )
        );
        if (!success) {
            assembly ("memory-safe") {
                revert(add(returndata, 32), mload(returndata))
            }
        }
    }
}
