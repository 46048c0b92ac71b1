// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @dev The cheatcodes that ScopeNode takes, as Foundry declares them.
interface ScopeVm {
    function rpc(string calldata url, string calldata method, string calldata params)
        external
        returns (bytes memory data);
    function createSelectFork(string calldata url) external returns (uint256 forkId);
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
    function toString(address value) external pure returns (string memory);
    function toString(bytes calldata value) external pure returns (string memory);
    function toString(bytes32 value) external pure returns (string memory);
}

/// @title Calls across chains from `forge test`, made by a running node
/// @notice A fork has the state of one chain, so a call to another one cannot be answered in it. The node answers it:
/// `call` runs a transaction on all chains and leaves nothing, `send` has it signed by a development account and
/// settled, and `fork` selects a fork of a chain as it is then.
/// @dev Each function takes the URL of a chain of `scope up`. What the node rejects reverts, with its reason, as
/// cheatcodes do.
library ScopeNode {
    ScopeVm private constant vm = ScopeVm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice What a transaction would return now, with every call to another chain answered.
    /// @param url The chain.
    /// @param from The sender.
    /// @param to The contract.
    /// @param value Wei sent along.
    /// @param data Calldata.
    /// @return Returndata.
    function call(string memory url, address from, address to, uint256 value, bytes memory data)
        internal
        returns (bytes memory)
    {
        return vm.rpc(url, "eth_call", string.concat("[", transaction(from, to, value, data), ",\"latest\"]"));
    }

    /// @notice The gas limit that suffices for it.
    function estimate(string memory url, address from, address to, uint256 value, bytes memory data)
        internal
        returns (uint256)
    {
        return number(
            vm.rpc(url, "eth_estimateGas", string.concat("[", transaction(from, to, value, data), ",\"latest\"]"))
        );
    }

    /// @notice Sends a transaction of a development account, which the node settles: then it is in a block of each
    /// chain that it calls.
    /// @return hash Of the transaction; of an account of L1 that calls other chains, of its bundle.
    function send(string memory url, address from, address to, uint256 value, bytes memory data)
        internal
        returns (bytes32 hash)
    {
        return bytes32(vm.rpc(url, "eth_sendTransaction", string.concat("[", transaction(from, to, value, data), "]")));
    }

    /// @notice Creates a contract on a chain by a development account.
    /// @param code Init code, with constructor arguments.
    /// @return at Its address.
    function deploy(string memory url, address from, bytes memory code) internal returns (address at) {
        bytes memory hash = vm.rpc(
            url,
            "eth_sendTransaction",
            string.concat("[{\"from\":\"", vm.toString(from), "\",\"data\":\"", vm.toString(code), "\"}]")
        );
        bytes memory envelope =
            vm.rpc(url, "debug_getRawTransaction", string.concat("[\"", vm.toString(bytes32(hash)), "\"]"));
        return vm.computeCreateAddress(from, nonceOf(envelope));
    }

    /// @notice Selects a fork of a chain as it is now.
    function fork(string memory url) internal returns (uint256 forkId) {
        return vm.createSelectFork(url);
    }

    function transaction(address from, address to, uint256 value, bytes memory data)
        private
        pure
        returns (string memory)
    {
        return string.concat(
            "{\"from\":\"",
            vm.toString(from),
            "\",\"to\":\"",
            vm.toString(to),
            "\",\"value\":\"",
            quantity(value),
            "\",\"data\":\"",
            vm.toString(data),
            "\"}"
        );
    }

    /// @dev Of an envelope of EIP-2718: type || rlp([chainId, nonce, ..]). Other transactions of the account may have come
    /// before it, so it is not guessed.
    function nonceOf(bytes memory envelope) private pure returns (uint256 nonce) {
        require(envelope.length > 4 && uint8(envelope[0]) < 0x80, "ScopeNode: not a typed transaction");
        uint8 head = uint8(envelope[1]);
        uint256 at = head < 0xf8 ? 2 : 2 + (head - 0xf7);
        head = uint8(envelope[at]);
        at += head < 0x81 ? 1 : 1 + (head - 0x80);
        head = uint8(envelope[at]);
        if (head < 0x80) return head;
        for (uint256 i = 1; i <= head - 0x80; i++) {
            nonce = nonce << 8 | uint8(envelope[at + i]);
        }
    }

    /// @dev A quantity of JSON-RPC: hex without leading zeros.
    function quantity(uint256 value) private pure returns (string memory) {
        bytes memory digits = bytes(vm.toString(bytes32(value)));
        uint256 first = 2;
        while (first < digits.length - 1 && digits[first] == "0") first++;
        bytes memory text = new bytes(digits.length - first + 2);
        text[0] = "0";
        text[1] = "x";
        for (uint256 i = first; i < digits.length; i++) {
            text[i - first + 2] = digits[i];
        }
        return string(text);
    }

    /// @dev The bytes of a quantity, big endian, as vm.rpc returns them.
    function number(bytes memory data) private pure returns (uint256 value) {
        for (uint256 i = 0; i < data.length; i++) {
            value = value << 8 | uint8(data[i]);
        }
    }
}
