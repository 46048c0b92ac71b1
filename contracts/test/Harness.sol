// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IProofRegistry} from "../src/interfaces/IProofRegistry.sol";
import {MailboxStore} from "../src/MailboxStore.sol";
import {RollupBridge} from "../src/RollupBridge.sol";
import {ScopedCallable} from "../src/ScopedCallable.sol";
import {SharedBridge} from "../src/SharedBridge.sol";
import {ResponseHeader} from "../src/types/CellHeader.sol";
import {Root} from "../src/types/Root.sol";
import {ScopeOrder} from "../src/types/ScopeOrder.sol";

/// @notice Shows the hashes of ScopedCallable.
contract Harness is RollupBridge {
    constructor() RollupBridge(1, address(0), 0, new PeerConfig[](0)) {}

    function leaf(bytes32 hash, bytes calldata response) external pure returns (bytes32) {
        return _leaf(hash, response);
    }

    function mix(bytes32 lane, bytes32 item) external pure returns (bytes32) {
        return _mix(lane, item);
    }

    function requestHash(uint256 source, uint256 target, address from, uint256 nonce, ScopedRequest calldata request)
        external
        pure
        returns (bytes32)
    {
        return _requestHash(source, target, from, nonce, request, keccak256(request.data));
    }
}

/// @notice A rollup's bridge with the literal formulas of the draft: the leaf of a response is its hash, there are no
/// clocks and no root order, a missing response reads as empty, and a response may be filled again. The attacks that
/// docs/protocol.md closes work here, so the tests are known to bite.
contract DraftRollup is RollupBridge {
    constructor(uint64 l1, address code, uint256 limit, PeerConfig[] memory peers)
        RollupBridge(l1, code, limit, peers)
    {}

    function leaf(bytes32 hash, bytes calldata response) external pure returns (bytes32) {
        return _leaf(hash, response);
    }

    function _leaf(bytes32, bytes memory response) internal pure virtual override returns (bytes32) {
        return keccak256(response);
    }

    function _received(uint64 own, uint64, uint256, bool) internal pure override returns (uint64) {
        return own;
    }

    function _rooted(ScopeOrder order, Root, Root, bool) internal pure override returns (ScopeOrder) {
        return order;
    }

    function _missing() internal pure override returns (bool, uint64, bytes memory) {
        return (true, 0, "");
    }

    function _vacant(ResponseHeader) internal pure override {}

    // leftovers are not counted
    function _waits(uint256) internal pure override {}
    function _taken(uint256) internal pure override {}
}

/// @notice The draft with a leaf that binds the request, and nothing else of the protocol.
contract BoundLeafRollup is DraftRollup {
    constructor(uint64 l1, address code, uint256 limit, PeerConfig[] memory peers)
        DraftRollup(l1, code, limit, peers)
    {}

    function _leaf(bytes32 requestHash, bytes memory response) internal pure override returns (bytes32) {
        return ScopedCallable._leaf(requestHash, response);
    }
}

/// @notice The protocol without root order.
contract UnrootedRollup is RollupBridge {
    constructor(uint64 l1, address code, uint256 limit, PeerConfig[] memory peers)
        RollupBridge(l1, code, limit, peers)
    {}

    function _rooted(ScopeOrder order, Root, Root, bool) internal pure override returns (ScopeOrder) {
        return order;
    }
}

/// @notice The protocol without the comparison of inline responses.
contract UncomparedRollup is RollupBridge {
    constructor(uint64 l1, address code, uint256 limit, PeerConfig[] memory peers)
        RollupBridge(l1, code, limit, peers)
    {}

    function _compared(bytes32, bytes32) internal pure override {}
}

/// @notice A base with storage.
abstract contract Registry {
    uint256 internal entries;
}

/// @notice An existing bridge that inherits its own storage first: verifiers would find no mailboxes. It checks as
/// ScopedCallable does, without the immutables: solc 0.8.37 sees that the constructor of a whole bridge never ends, and refuses
/// to compile it.
contract MovedStore is Registry, MailboxStore {
    constructor() {
        _requireLayout();
    }
}

/// @notice A bridge with its own storage behind.
contract ExtendedRollup is RollupBridge, Registry {
    constructor(uint64 l1, address code, uint256 limit, PeerConfig[] memory peers)
        RollupBridge(l1, code, limit, peers)
    {}
}

/// @notice The draft's formulas on L1.
contract DraftShared is SharedBridge {
    constructor(address owner, IProofRegistry registry, uint256 limit) SharedBridge(owner, registry, limit) {}

    function _leaf(bytes32, bytes memory response) internal pure virtual override returns (bytes32) {
        return keccak256(response);
    }

    function _received(uint64 own, uint64, uint256, bool) internal pure override returns (uint64) {
        return own;
    }

    function _rooted(ScopeOrder order, Root, Root, bool) internal pure override returns (ScopeOrder) {
        return order;
    }

    function _missing() internal pure override returns (bool, uint64, bytes memory) {
        return (true, 0, "");
    }

    function _vacant(ResponseHeader) internal pure override {}

    function _waits(uint256) internal pure override {}
    function _taken(uint256) internal pure override {}
}

/// @notice The draft on L1 with a leaf that binds the request.
contract BoundLeafShared is DraftShared {
    constructor(address owner, IProofRegistry registry, uint256 limit) DraftShared(owner, registry, limit) {}

    function _leaf(bytes32 requestHash, bytes memory response) internal pure override returns (bytes32) {
        return ScopedCallable._leaf(requestHash, response);
    }
}
