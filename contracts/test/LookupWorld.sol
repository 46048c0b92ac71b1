// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {Actor} from "./Actor.sol";
import {RollupWorld} from "./RollupWorld.sol";

/// @notice A contract with views.
contract Ledger {
    mapping(address account => uint256) private balances;
    uint256 private writes;

    error Unknown(address account);

    function set(address account, uint256 balance) external {
        balances[account] = balance;
    }

    function balanceOf(address account) public view returns (uint256) {
        return balances[account];
    }

    function strict(address account) external view returns (uint256) {
        if (balances[account] == 0) revert Unknown(account);
        return balances[account];
    }

    function words(uint256 n) external pure returns (bytes memory) {
        return new bytes(32 * n);
    }

    function burn(uint256 left) external view returns (uint256) {
        while (gasleft() > left) {}
        return left;
    }

    function write() external returns (uint256) {
        return ++writes;
    }
}

/// @notice Reads what it is given by STATICCALL, as Solidity does for a `view` of an interface.
contract Viewer {
    uint256 public seen;

    function see(address target, bytes calldata data, uint256 gas)
        public
        view
        returns (bool success, bytes memory result)
    {
        return target.staticcall{gas: gas == 0 ? gasleft() : gas}(data);
    }

    function balance(Ledger ledger, address account) external view returns (uint256) {
        return ledger.balanceOf(account);
    }

    function remember(Ledger ledger, address account) external returns (uint256) {
        return seen = ledger.balanceOf(account);
    }

    function rememberAndFail(Ledger ledger, address account) external {
        seen = ledger.balanceOf(account);
        revert("after looking");
    }
}

/// @notice What the tests of lookups share.
abstract contract LookupWorld is RollupWorld {
    uint256 internal constant LOOKUP = 2;

    Ledger internal ledger; // on B
    Viewer internal viewer; // on A

    function setUp() public virtual override {
        super.setUp();
        on(B);
        ledger = new Ledger();
        ledger.set(address(this), 42);
        on(A);
        viewer = new Viewer();
    }

    /// @dev A lookup of the ledger on B, by the actor of `source`.
    function lookup(uint256 source, uint256 rootClock, uint256 clock, bytes memory data)
        internal
        view
        returns (Leg memory leg)
    {
        return aimed(newLeg(source, B, nonceOf(rootClock, source, LOOKUP, 0, clock), 0, data), address(ledger));
    }

    function aimed(Leg memory leg, address to) internal pure returns (Leg memory) {
        leg.request.to = to;
        leg.hash = hashOf(leg);
        return leg;
    }

    function balanceOf() internal view returns (bytes memory) {
        return abi.encodeCall(Ledger.balanceOf, (address(this)));
    }

    /// @dev The first lookup of a transaction on A that announced its root at clock 1.
    function first() internal view returns (Leg memory) {
        return lookup(A, 1, 1, balanceOf());
    }

    function look(Leg memory leg) internal view returns (Actor.Act memory) {
        return Actor.Act(
            address(bridge[leg.source]),
            0,
            0,
            false,
            abi.encodeCall(IScopedBridge.scopedStaticCall, (leg.target, leg.from, leg.request))
        );
    }

    function tryLook(Leg memory leg) internal view returns (Actor.Act memory a) {
        a = look(leg);
        a.data = abi.encodeCall(IScopedBridge.tryScopedStaticCall, (leg.target, leg.from, leg.request));
    }

    function announce(uint256 id, uint64 floor) internal {
        on(id);
        system();
        rollup(id).announceRoot(floor);
    }

    function close(uint256 id, bytes32 hash) internal {
        bytes32[] memory hashes = new bytes32[](1);
        hashes[0] = hash;
        on(id);
        system();
        rollup(id).closeLookups(hashes);
    }

    function encodeLookup(uint8 status, uint256 clock, bytes memory data) internal pure returns (bytes memory) {
        return abi.encodePacked(status, uint64(clock), data);
    }

    function nothingLeft(uint256 id) internal view {
        (uint32 responses, uint32 queues) = leftover(id);
        check(responses == 0 && queues == 0, "nothing left over");
    }

    function matched(uint256 here, uint256 there) internal view {
        (bytes32 requestsOut, bytes32 requestsIn, bytes32 responsesOut, bytes32 responsesIn) =
            bridge[here].getMailboxHashes(there);
        (bytes32 out, bytes32 in_, bytes32 theirOut, bytes32 theirIn) = bridge[there].getMailboxHashes(here);
        check(requestsOut == in_ && requestsIn == out, "requests");
        check(responsesOut == theirIn && responsesIn == theirOut, "responses");
    }
}
