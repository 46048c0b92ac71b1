// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

struct ScopedRequest {
    address to;
    uint256 value;
    uint256 gasLimit;
    bytes data;
}

interface Bridge {
    function scopedCall(uint256 targetChainId, address from, ScopedRequest calldata request)
        external
        payable
        returns (bytes memory);
    function tryScopedCall(uint256 targetChainId, address from, ScopedRequest calldata request)
        external
        payable
        returns (bool, bytes memory);
    function scopedStaticCall(uint256 targetChainId, address from, ScopedRequest calldata request)
        external
        view
        returns (bytes memory);
}

/// @title A vault whose functions fail, each in its own way
contract Vault {
    uint256 public total = 100;
    uint256[] private entries;

    error InsufficientShares(uint256 requested, uint256 available);

    function payOut(uint256) external pure {
        revert("vault is empty");
    }

    function withdraw(uint256 shares) external view {
        if (shares > total) revert InsufficientShares(shares, total);
    }

    function share(uint256 parts) external view returns (uint256) {
        return total / parts;
    }

    function debit(uint256 amount) external {
        total -= amount;
    }

    function entry(uint256 index) external view returns (uint256) {
        return entries[index];
    }

    function refuse(uint256) external pure {
        assembly {
            revert(0, 0)
        }
    }

    function sweep(uint256) external pure {
        for (uint256 i = 1; i != 0; i++) {}
    }

    function upgrade(uint256) external pure {
        assembly {
            invalid()
        }
    }

    function peek(uint256) external {
        assembly {
            sstore(0, add(sload(0), 1))
        }
    }

    function deposit(uint256) external returns (uint256) {
        return ++total;
    }

    function history(uint256 bytesOfIt) external pure returns (bytes memory) {
        return new bytes(bytesOfIt);
    }

    function lottery(uint256) external view returns (uint256) {
        return block.prevrandao % 2;
    }

    function burn(uint256 gas_) external view returns (uint256 i) {
        uint256 end = gasleft() - gas_;
        while (gasleft() > end) i++;
    }
}

/// @title Calls a vault on another chain
contract Caller {
    Bridge public immutable bridge;

    error Slippage(uint256 received, uint256 least);

    constructor(Bridge bridge_) {
        bridge = bridge_;
    }

    /// @dev No receive function: it accepts no refund.
    function invest(uint256 chainId, address to, uint256 gasLimit, bytes calldata data) external payable {
        _call(chainId, to, gasLimit, data);
    }

    function investThenRevert(uint256 chainId, address to, uint256 gasLimit, bytes calldata data) external payable {
        _call(chainId, to, gasLimit, data);
        revert Slippage(1, 2);
    }

    function investQuietly(uint256 chainId, address to, uint256 gasLimit, bytes calldata data) external payable {
        try this.investThenRevert(chainId, to, gasLimit, data) {} catch {}
    }

    function investOrRevert(uint256 chainId, address to, uint256 gasLimit, bytes calldata data) external payable {
        _try(chainId, to, gasLimit, data);
        revert("not invested");
    }

    function tryToInvest(uint256 chainId, address to, uint256 gasLimit, bytes calldata data) external payable {
        _try(chainId, to, gasLimit, data);
    }

    function investMuch(uint256 chainId, address to, uint256 gasLimit, uint256 bytesOfIt) external {
        bridge.scopedCall(chainId, address(this), ScopedRequest(to, 0, gasLimit, new bytes(bytesOfIt)));
    }

    function quote(uint256 chainId, address to, uint256 gasLimit, bytes calldata data)
        external
        view
        returns (bytes memory)
    {
        return bridge.scopedStaticCall(chainId, address(this), ScopedRequest(to, 0, gasLimit, data));
    }

    function update(uint256 chainId, address to, uint256 gasLimit, bytes calldata data) external returns (uint256) {
        return bridge.scopedStaticCall(chainId, address(this), ScopedRequest(to, 0, gasLimit, data)).length;
    }

    function impersonate(uint256 chainId, address victim, address to, bytes calldata data) external {
        bridge.scopedCall(chainId, victim, ScopedRequest(to, 0, 200000, data));
    }

    function underpay(uint256 chainId, address to, uint256 value) external {
        bridge.scopedCall(chainId, address(this), ScopedRequest(to, value, 200000, ""));
    }

    function _call(uint256 chainId, address to, uint256 gasLimit, bytes calldata data) private {
        bridge.scopedCall{value: msg.value}(chainId, address(this), ScopedRequest(to, msg.value, gasLimit, data));
    }

    function _try(uint256 chainId, address to, uint256 gasLimit, bytes calldata data) private {
        bridge.tryScopedCall{value: msg.value}(chainId, address(this), ScopedRequest(to, msg.value, gasLimit, data));
    }
}

/// @title A contract whose constructor reverts
contract Unlucky {
    constructor() {
        revert("no luck");
    }
}
