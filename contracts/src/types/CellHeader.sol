// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The first word of a cell that holds a response; its returndata follows, word by word.
/// `present:1 bit || zero || status:1 || zero || length:4 || chainId:8 || clock:8`, the status in bits 240 to 247. 0: no
/// response.
type ResponseHeader is uint256;

/// @notice The first word of a cell that holds a queue of nested calls; abi.encode(inbound, responseHashes) follows.
/// `present:1 bit || zero || length:4`. 0: no queue.
type QueueHeader is uint256;

using ResponseHeaderLibrary for ResponseHeader global;
using QueueHeaderLibrary for QueueHeader global;

/// @title Headers of response cells
/// @notice Packs the header of a response cell, and reads its fields.
library ResponseHeaderLibrary {
    uint256 private constant PRESENT = 1 << 255;

    /// @notice Packs a header.
    function pack(uint8 status, uint256 length_, uint256 chainId_, uint64 clock_)
        internal
        pure
        returns (ResponseHeader)
    {
        return ResponseHeader.wrap(PRESENT | uint256(status) << 240 | length_ << 128 | chainId_ << 64 | clock_);
    }

    function isPresent(ResponseHeader self) internal pure returns (bool) {
        return ResponseHeader.unwrap(self) != 0;
    }

    /// @notice Whether the call succeeded.
    function success(ResponseHeader self) internal pure returns (bool) {
        return ResponseHeader.unwrap(self) >> 240 & 1 != 0;
    }

    /// @notice Whether a lookup was answered.
    function isLookup(ResponseHeader self) internal pure returns (bool) {
        return ResponseHeader.unwrap(self) >> 240 & 2 != 0;
    }

    /// @notice Whether an attempt was answered.
    function isAttempt(ResponseHeader self) internal pure returns (bool) {
        return ResponseHeader.unwrap(self) >> 240 & 4 != 0;
    }

    /// @notice Whether it stays until it is closed: of a lookup or an attempt.
    function isWithoutEffect(ResponseHeader self) internal pure returns (bool) {
        return ResponseHeader.unwrap(self) >> 240 & 6 != 0;
    }

    /// @notice Bytes of returndata.
    function length(ResponseHeader self) internal pure returns (uint32) {
        return uint32(ResponseHeader.unwrap(self) >> 128);
    }

    /// @notice The chain that responded.
    function chainId(ResponseHeader self) internal pure returns (uint64) {
        return uint64(ResponseHeader.unwrap(self) >> 64);
    }

    /// @notice That chain's clock as it responded.
    function clock(ResponseHeader self) internal pure returns (uint64) {
        return uint64(ResponseHeader.unwrap(self));
    }
}

/// @title Headers of queue cells
/// @notice Packs the header of a queue cell, and reads its fields.
library QueueHeaderLibrary {
    uint256 private constant PRESENT = 1 << 255;

    /// @notice Packs a header.
    function pack(uint256 length_) internal pure returns (QueueHeader) {
        return QueueHeader.wrap(PRESENT | length_);
    }

    function isPresent(QueueHeader self) internal pure returns (bool) {
        return QueueHeader.unwrap(self) != 0;
    }

    /// @notice Bytes of the encoded queue.
    function length(QueueHeader self) internal pure returns (uint32) {
        return uint32(QueueHeader.unwrap(self));
    }
}
