// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";

// The contracts of docs/contracts.md, which quotes them; contracts/test/Guide.t.sol runs them.

/// @title A shop on one chain
/// @notice Sells for ETH to any caller, and ships on the order of one account of another chain.
contract Shop {
    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice The chain of the account that may order.
    uint256 public immutable ownerChainId;
    /// @notice The account that may order.
    address public immutable owner;

    /// @notice What an item costs.
    uint256 public constant PRICE = 1 ether;
    /// @notice How many items are left.
    uint256 public stock;
    /// @notice Items that each account bought.
    mapping(address buyer => uint256) public bought;

    /// @notice Sold out.
    error SoldOut();
    /// @notice The value is not the price.
    error WrongPrice();
    /// @notice Only the owner orders.
    error OnlyOwner();

    /// @param bridge_ The bridge of this chain.
    /// @param ownerChainId_ The owner's chain.
    /// @param owner_ The owner, on that chain.
    constructor(IScopedBridge bridge_, uint256 ownerChainId_, address owner_) {
        bridge = bridge_;
        ownerChainId = ownerChainId_;
        owner = owner_;
    }

    /// @notice Sells one item.
    /// @return left How many are left.
    function buy() external payable returns (uint256 left) {
        if (msg.value != PRICE) revert WrongPrice();
        if (stock == 0) revert SoldOut();
        bought[msg.sender]++;
        return --stock;
    }

    /// @notice Puts more into the shop. Only the owner, from its own chain.
    function order(uint256 items) external {
        if (msg.sender != bridge.remoteAccount(ownerChainId, owner)) revert OnlyOwner();
        stock += items;
    }
}

/// @title A buyer on another chain
/// @notice The three ways to call a contract there.
contract Buyer {
    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice The shop's chain.
    uint256 public immutable shopChainId;
    /// @notice The shop, there.
    address public immutable shop;
    /// @notice Gas for the shop, there.
    uint256 public constant BUY_GAS = 150_000;

    /// @notice The shop did not sell, for this reason.
    event NotSold(bytes reason);

    /// @param bridge_ The bridge of this chain.
    /// @param shopChainId_ The shop's chain.
    /// @param shop_ The shop, there.
    constructor(IScopedBridge bridge_, uint256 shopChainId_, address shop_) {
        bridge = bridge_;
        shopChainId = shopChainId_;
        shop = shop_;
    }

    /// @notice Accepts ETH, and refunds in particular.
    receive() external payable {}

    /// @notice As if the shop were on this chain: a call to its RemoteAccount is a scoped call to it.
    function buyAsIfItWereHere() external payable returns (uint256 left) {
        Shop remote = Shop(bridge.remoteAccount(shopChainId, shop));
        return remote.buy{value: msg.value}();
    }

    /// @notice With an explicit gas limit. If the shop reverts, this reverts.
    function buy() external payable returns (uint256 left) {
        bytes memory answer = bridge.scopedCall{value: msg.value}(
            shopChainId,
            address(this),
            IScopedCallable.ScopedRequest(shop, msg.value, BUY_GAS, abi.encodeCall(Shop.buy, ()))
        );
        return abi.decode(answer, (uint256));
    }

    /// @notice If the shop reverts, the call returns its revert data and the value is refunded.
    function tryToBuy() external payable returns (bool sold) {
        bytes memory answer;
        (sold, answer) = bridge.tryScopedCall{value: msg.value}(
            shopChainId,
            address(this),
            IScopedCallable.ScopedRequest(shop, msg.value, BUY_GAS, abi.encodeCall(Shop.buy, ()))
        );
        if (!sold) emit NotSold(answer);
    }
}

/// @title Pays its members on another chain
/// @notice What state a reentrant call sees during a scoped call.
contract Club {
    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice How much each member may still withdraw.
    mapping(address member => uint256) public balance;

    /// @param bridge_ The bridge of this chain.
    constructor(IScopedBridge bridge_) {
        bridge = bridge_;
    }

    /// @notice Pays in.
    function join() external payable {
        balance[msg.sender] += msg.value;
    }

    /// @notice WRONG: while the payment is made on the other chain, it may call back into this function.
    function payCarelessly(uint256 chainId, address to, uint256 gasLimit) external {
        uint256 amount = balance[msg.sender];
        bridge.scopedCall{value: amount}(
            chainId, address(this), IScopedCallable.ScopedRequest(to, amount, gasLimit, "")
        );
        balance[msg.sender] = 0;
    }

    /// @notice Right: first the accounting, then the call.
    function pay(uint256 chainId, address to, uint256 gasLimit) external {
        uint256 amount = balance[msg.sender];
        balance[msg.sender] = 0;
        bridge.scopedCall{value: amount}(
            chainId, address(this), IScopedCallable.ScopedRequest(to, amount, gasLimit, "")
        );
    }
}

/// @title Spends what its RemoteAccount on another chain holds
/// @notice ETH and tokens may be sent to the RemoteAccount before it or this contract is deployed.
contract Traveller {
    /// @notice The bridge of this chain.
    IScopedBridge public immutable bridge;
    /// @notice ERC-7821: one batch, which fails as a whole.
    bytes32 private constant SINGLE_BATCH = bytes32(uint256(1) << 248);

    /// @param bridge_ The bridge of this chain.
    constructor(IScopedBridge bridge_) {
        bridge = bridge_;
    }

    /// @notice Has the RemoteAccount there transfer a token and ETH, in one call.
    /// @param chainId The chain there.
    /// @param remote This contract's RemoteAccount there, deployed or not.
    /// @param token A token there.
    /// @param amount How much of it.
    /// @param value How much ETH.
    /// @param to Who gets it.
    function handOver(uint256 chainId, address remote, IERC20 token, uint256 amount, uint256 value, address to) external {
        IScopedAccount.Call[] memory calls = new IScopedAccount.Call[](2);
        calls[0] = IScopedAccount.Call(address(token), 0, abi.encodeCall(IERC20.transfer, (to, amount)));
        calls[1] = IScopedAccount.Call(to, value, "");
        bridge.scopedCall(
            chainId,
            address(this),
            IScopedCallable.ScopedRequest(
                remote, 0, 300_000, abi.encodeCall(IScopedAccount.execute, (SINGLE_BATCH, abi.encode(calls)))
            )
        );
    }
}
