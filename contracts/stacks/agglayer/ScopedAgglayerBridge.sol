// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "../../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../../src/interfaces/IScopedCallable.sol";
import {ExitTree} from "./ExitTree.sol";

/// @notice A contract that AggLayer's bridge calls with a message.
interface IBridgeMessageReceiver {
    /// @notice A message for this contract.
    function onMessageReceived(address originAddress, uint32 originNetwork, bytes memory data) external payable;
}

/// @title Messages of AggLayer's bridge as scoped calls, with its trees
/// @notice bridgeMessage, its event and the exit tree are those of AggLayer's bridge; the receiver has run when it returns. What
/// arrived from a network is in an entrance tree with the same leaves, so that its root is the exit root of a network that
/// sends to this one alone.
contract ScopedAgglayerBridge {
    using ExitTree for ExitTree.Tree;

    /// @notice A bridge on another network.
    struct Peer {
        uint256 chainId;
        address account;
    }

    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice The number of this network.
    uint32 public immutable networkID;
    /// @notice The bridges on other networks.
    mapping(uint32 network => Peer) public peers;

    ExitTree.Tree private exits;
    mapping(uint32 network => ExitTree.Tree) private entrances;
    address private immutable deployer = msg.sender;

    uint8 private constant MESSAGE = 1;

    /// @notice As in AggLayer's bridge.
    event BridgeEvent(
        uint8 leafType,
        uint32 originNetwork,
        address originAddress,
        uint32 destinationNetwork,
        address destinationAddress,
        uint256 amount,
        bytes metadata,
        uint32 depositCount
    );
    /// @notice A message arrived. As AggLayer's ClaimEvent, with the number of the leaf in the entrance tree of its network.
    event MessageReceived(
        uint32 indexed originNetwork, address originAddress, address destinationAddress, uint256 amount, uint32 leafIndex
    );

    /// @notice As in AggLayer's bridge: no such network, or this one.
    error DestinationNetworkInvalid();
    /// @notice Only the deployer names a bridge on another network, once.
    error OnlyDeployer();
    /// @notice Only the bridge on that network.
    error OnlyPeer();

    /// @param bridge_ The bridge of this chain.
    /// @param networkID_ The number of this network.
    constructor(IScopedBridge bridge_, uint32 networkID_) {
        bridge = bridge_;
        networkID = networkID_;
    }

    /// @notice Names the bridge on another network.
    function connect(uint32 network, uint256 chainId, address account) external {
        if (msg.sender != deployer || peers[network].account != address(0) || network == networkID) {
            revert OnlyDeployer();
        }
        peers[network] = Peer(chainId, account);
    }

    /// @notice Sends a message to a contract on another network, with value. Its exit root is there at once.
    function bridgeMessage(uint32 destinationNetwork, address destinationAddress, bool, bytes calldata metadata)
        external
        payable
    {
        Peer memory peer = peers[destinationNetwork];
        if (peer.account == address(0)) revert DestinationNetworkInvalid();
        emit BridgeEvent(
            MESSAGE,
            networkID,
            msg.sender,
            destinationNetwork,
            destinationAddress,
            msg.value,
            metadata,
            uint32(exits.count)
        );
        exits.add(
            getLeafValue(
                MESSAGE, networkID, msg.sender, destinationNetwork, destinationAddress, msg.value, keccak256(metadata)
            )
        );
        bridge.scopedCall{value: msg.value}(
            peer.chainId,
            address(this),
            IScopedCallable.ScopedRequest(
                peer.account,
                msg.value,
                bridge.remoteGasLimit(peer.chainId),
                abi.encodeCall(this.receiveMessage, (networkID, msg.sender, destinationAddress, metadata))
            )
        );
    }

    /// @notice A message of the bridge on another network.
    function receiveMessage(
        uint32 originNetwork,
        address originAddress,
        address destinationAddress,
        bytes calldata metadata
    ) external payable {
        Peer memory peer = peers[originNetwork];
        if (peer.account == address(0) || msg.sender != bridge.remoteAccount(peer.chainId, peer.account)) {
            revert OnlyPeer();
        }
        ExitTree.Tree storage entrance = entrances[originNetwork];
        emit MessageReceived(originNetwork, originAddress, destinationAddress, msg.value, uint32(entrance.count));
        entrance.add(
            getLeafValue(
                MESSAGE, originNetwork, originAddress, networkID, destinationAddress, msg.value, keccak256(metadata)
            )
        );
        IBridgeMessageReceiver(destinationAddress).onMessageReceived{value: msg.value}(
            originAddress, originNetwork, metadata
        );
    }

    /// @notice The exit root of this network.
    function getRoot() external view returns (bytes32) {
        return exits.root();
    }

    /// @notice The number of leaves in the exit tree.
    function depositCount() external view returns (uint256) {
        return exits.count;
    }

    /// @notice The root of what arrived from a network.
    function entranceRoot(uint32 network) external view returns (bytes32) {
        return entrances[network].root();
    }

    /// @notice Whether a leaf is in the tree with a root, as in AggLayer's bridge.
    function verifyMerkleProof(bytes32 leaf, bytes32[32] calldata siblings, uint32 index, bytes32 root)
        external
        pure
        returns (bool)
    {
        return ExitTree.rootOf(leaf, siblings, index) == root;
    }

    /// @notice The hash of a leaf, as in AggLayer's bridge.
    function getLeafValue(
        uint8 leafType,
        uint32 originNetwork,
        address originAddress,
        uint32 destinationNetwork,
        address destinationAddress,
        uint256 amount,
        bytes32 metadataHash
    ) public pure returns (bytes32) {
        return ExitTree.leafOf(
            leafType, originNetwork, originAddress, destinationNetwork, destinationAddress, amount, metadataHash
        );
    }
}
