// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {Actor} from "./Actor.sol";
import {World} from "./World.sol";

interface IShop {
    function buy() external payable returns (uint256);
    function order(uint256 items) external;
    function stock() external view returns (uint256);
    function bought(address buyer) external view returns (uint256);
    error SoldOut();
    error OnlyOwner();
}

interface IBuyer {
    function buyAsIfItWereHere() external payable returns (uint256);
    function buy() external payable returns (uint256);
    function tryToBuy() external payable returns (bool);
}

interface IClub {
    function join() external payable;
    function pay(uint256 chainId, address to, uint256 gasLimit) external;
    function payCarelessly(uint256 chainId, address to, uint256 gasLimit) external;
}

interface ITraveller {
    function handOver(uint256 chainId, address remote, address token, uint256 amount, uint256 value, address to)
        external;
}

interface IToken {
    function mint(address to, uint256 amount) external;
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
}

/// @notice A member of the club who, called back in the middle of a payment, asks for another.
contract Thief {
    IClub private immutable club;
    uint256 private immutable chain;
    bytes4 private immutable way;
    address public to;

    constructor(IClub club_, uint256 chain_, bytes4 way_) payable {
        (club, chain, way) = (club_, chain_, way_);
        club.join{value: msg.value}();
    }

    function take(address to_) external {
        to = to_;
        ask(4_000_000);
    }

    function again() external {
        ask(100_000);
    }

    function ask(uint256 gasLimit) private {
        (bool success, bytes memory result) = address(club).call(abi.encodeWithSelector(way, chain, to, gasLimit));
        if (!success) {
            assembly {
                revert(add(result, 0x20), mload(result))
            }
        }
    }
}

/// @notice Is paid on the other chain, and calls the thief back, once.
contract Accomplice {
    Thief private immutable thief;
    bool private called;

    constructor(Thief thief_) {
        thief = thief_;
    }

    receive() external payable {
        if (called) return;
        called = true;
        thief.again();
    }
}

/// @notice What docs/contracts.md says: its contracts are those of contracts/examples/Guide.sol.
contract GuideTest is World {
    uint256 private constant BUY_GAS = 150_000;

    IShop private shop; // on B
    IBuyer private buyer; // on A

    /// @dev The actor of A owns the shop, which has two items.
    function setUp() public override {
        super.setUp();
        on(B);
        shop = IShop(vm.deployCode("Guide.sol:Shop", abi.encode(bridge[B], A, actor[A])));
        on(A);
        buyer = IBuyer(vm.deployCode("Guide.sol:Buyer", abi.encode(bridge[A], B, shop)));
        vm.deal(address(this), 100 ether);
    }

    function leg(address from, uint256 clock, uint256 value, uint256 gas, bytes memory data)
        private
        view
        returns (Leg memory l)
    {
        l = newLeg(A, B, nonceOf(clock, A, 0, 0, clock), value, data);
        (l.from, l.request.to, l.request.gasLimit) = (from, address(shop), gas);
        l.hash = hashOf(l);
    }

    function stocked(uint256 items) private {
        vm.prank(bridge[B].remoteAccount(A, address(actor[A])));
        shop.order(items);
    }

    function settle() private {
        ISharedBridge.Bundle memory b = newBundle();
        seal(b, false, A, B);
        execute(b);
    }

    // --- calling ---

    function testAsIfItWereHere() public {
        stocked(2);
        Leg memory l = leg(address(buyer), 1, 1 ether, DEFAULT_GAS, abi.encodeCall(IShop.buy, ()));
        handle(l);
        fill(l);
        (bool success,) = address(buyer).call{value: 1 ether}(abi.encodeCall(IBuyer.buyAsIfItWereHere, ()));
        check(!success, "a remote account without code cannot be called");
        bridge[A].deployRemoteAccount(B, address(shop)); // any account may
        same(buyer.buyAsIfItWereHere{value: 1 ether}(), 1, "left");
        same(shop.bought(bridge[B].remoteAccount(A, address(buyer))), 1, "the buyer's RemoteAccount bought");
        same(address(shop).balance, 1 ether, "paid");
        settle();
    }

    function testWithAGasLimit() public {
        stocked(2);
        Leg memory l = leg(address(buyer), 1, 1 ether, BUY_GAS, abi.encodeCall(IShop.buy, ()));
        handle(l);
        fill(l);
        same(buyer.buy{value: 1 ether}(), 1, "left");
        settle();
    }

    function testTheValueOfAFailureComesBack() public {
        Leg memory l = newLeg(A, B, nonceOf(1, A, 1, 0, 1), 1 ether, abi.encodeCall(IShop.buy, ()));
        (l.from, l.request.to, l.request.gasLimit) = (address(buyer), address(shop), BUY_GAS);
        l.hash = hashOf(l);
        handle(l);
        fill(l);
        check(!buyer.tryToBuy{value: 1 ether}(), "not sold");
        same(address(buyer).balance, 1 ether, "refunded");
        settle();
    }

    /// @dev A scopedCall that fails reverts its own request, so the response to it cannot settle: it has to be an attempt
    /// (Attempt.t.sol).
    function testACaughtFailureCannotSettle() public {
        Leg memory l = leg(address(actor[A]), 1, 0, BUY_GAS, abi.encodeCall(IShop.buy, ()));
        handle(l);
        fill(l);
        Actor.Act memory caught = act(l);
        caught.mayFail = true;
        mustTransact(A, 0, acts(caught));
        check(!actor[A].lastSuccess(), "failed, and was caught");
        (uint32 responses,) = leftover(A);
        same(responses, 1, "the response is left over: no block can contain this");
        cannotRead();
    }

    function cannotRead() private {
        vm.expectRevert(IScopedBridge.ResponsesPending.selector);
        bridge[A].getMailboxHashes(B);
    }

    // --- being called ---

    function testWhoCalls() public {
        Leg memory l = leg(address(actor[A]), 1, 0, BUY_GAS, abi.encodeCall(IShop.order, (5)));
        handle(l);
        same(l.response, encodeResponse(true, 3, ""), "the owner");
        same(shop.stock(), 5, "ordered");
        l = leg(address(buyer), 9, 0, BUY_GAS, abi.encodeCall(IShop.order, (5)));
        handle(l);
        same(l.response, encodeResponse(false, 11, abi.encodePacked(IShop.OnlyOwner.selector)), "another account");
        // the same address on the rollup itself is another account too
        vm.prank(address(actor[A]));
        vm.expectRevert(IShop.OnlyOwner.selector);
        shop.order(5);
    }

    // --- a remote account is not the account ---

    function testARemoteAccountCanBeRead() public {
        on(A);
        address remote = bridge[A].deployRemoteAccount(B, address(shop));
        Leg memory leg = newLeg(A, B, nonceOf(1, A, 2, 0, 1), 0, abi.encodeCall(IShop.stock, ()));
        (leg.from, leg.request.to, leg.request.gasLimit) = (address(this), address(shop), DEFAULT_GAS);
        leg.hash = hashOf(leg);
        handle(leg);
        on(A);
        vm.prank(Predeploys.SYSTEM);
        IRollupBridge(address(bridge[A])).announceRoot(0);
        fill(leg);
        same(IShop(remote).stock(), shop.stock(), "as if it were here");
    }

    function testARemoteAccountCannotBeALibrary() public {
        on(A);
        address remote = bridge[A].deployRemoteAccount(B, address(shop));
        bytes memory data = abi.encodeCall(IShop.stock, ());
        Leg memory l = leg(address(this), 1, 0, DEFAULT_GAS, data);
        handle(l);
        fill(l);
        on(A);
        (bool success,) = remote.delegatecall(data);
        check(!success, "it cannot tell which account it runs for");
        (success,) = remote.call(data);
        check(success, "the same call, for itself");
    }

    function testARemoteAccountHasItsOwnBalance() public {
        on(A);
        address remote = bridge[A].deployRemoteAccount(B, address(shop));
        (bool success,) = remote.call{value: 2 ether}("");
        check(success && remote.balance == 2 ether, "ETH without calldata stays");
        same(address(shop).balance, 0, "the shop has none of it");
    }

    // --- re-entry ---

    /// @dev The thief pays in 1 ETH, others 5, and is paid on B, where an accomplice calls him back in the middle of
    /// it.
    function robbery(bytes4 way, uint256 second) private returns (uint256 left) {
        on(A);
        IClub club = IClub(vm.deployCode("Guide.sol:Club", abi.encode(bridge[A])));
        club.join{value: 5 ether}();
        Thief thief = new Thief{value: 1 ether}(club, B, way);
        on(B);
        Accomplice accomplice = new Accomplice(Thief(bridge[B].deployRemoteAccount(A, address(thief))));
        // A: 1; B: 2, calls back: 3; A: 4, pays again: 5; B: 6, responses: 7; A: 8, responses: 9; B: 10, responses: 11
        Leg memory first = newLeg(A, B, nonceOf(1, A, 0, 0, 1), 1 ether, "");
        Leg memory back = newLeg(B, A, nonceOf(1, A, 0, 1, 3), 0, abi.encodeCall(Thief.again, ()));
        Leg memory again = newLeg(A, B, nonceOf(1, A, 0, 2, 5), second, "");
        (first.from, first.request.to, first.request.gasLimit) = (address(club), address(accomplice), 4_000_000);
        (back.from, back.request.to, back.request.gasLimit) = (address(accomplice), address(thief), DEFAULT_GAS);
        (again.from, again.request.to, again.request.gasLimit) = (address(club), address(accomplice), 100_000);
        first.hash = hashOf(first);
        back.hash = hashOf(back);
        again.hash = hashOf(again);
        again.response = encodeResponse(true, 7, "");
        back.response = encodeResponse(true, 9, "");
        fill(back);
        queue(B, back, again);
        handle(first);
        same(first.response, encodeResponse(true, 11, ""), "the accomplice is paid");
        fill(again);
        fill(first);
        queue(A, first, back);
        thief.take(address(accomplice));
        settle();
        same(address(accomplice).balance, 1 ether + second, "what they got");
        return address(club).balance;
    }

    function queue(uint256 id, Leg memory outer, Leg memory inner) private {
        IScopedBridge.Inbound[] memory inbound = new IScopedBridge.Inbound[](1);
        bytes32[] memory leaves = new bytes32[](1);
        (inbound[0], leaves[0]) = (inboundOf(inner), leafOf(inner));
        on(id);
        vm.prank(Predeploys.SYSTEM);
        bridge[id].fillNestedCalls(outer.hash, inbound, leaves);
    }

    function testTheCarelessClubIsRobbed() public {
        same(robbery(IClub.payCarelessly.selector, 1 ether), 4 ether, "one of the others' is gone");
    }

    function testTheCarefulClubIsNot() public {
        same(robbery(IClub.pay.selector, 0), 5 ether, "the others' is there");
    }

    // --- ETH and tokens that wait ---

    /// @dev Sent to the remote account before it is deployed, and before the contract on the other chain is.
    function testWhatWasSentEarlyIsHandedOver() public {
        on(A);
        address traveller = vm.deployCode("Guide.sol:Traveller", abi.encode(bridge[A]));
        on(B);
        IToken token = IToken(vm.deployCode("Token.sol:Token", abi.encode("Token", "TOK")));
        address remote = bridge[B].remoteAccount(A, traveller);
        check(remote.code.length == 0, "not deployed");
        token.mint(remote, 70);
        vm.deal(remote, 3 ether);

        bytes memory data =
            abi.encodeCall(ITraveller.handOver, (B, remote, address(token), 60, 2 ether, address(0xd00d)));
        Leg memory l = newLeg(A, B, nonceOf(1, A, 0, 0, 1), 0, batchOf(token, 60, 2 ether));
        (l.from, l.request.to, l.request.gasLimit) = (traveller, remote, 300_000);
        l.hash = hashOf(l);
        handle(l);
        fill(l);
        (bool success,) = traveller.call(data);
        check(success, "handed over");
        check(token.balanceOf(address(0xd00d)) == 60 && token.balanceOf(remote) == 10, "tokens");
        check(address(0xd00d).balance == 2 ether && remote.balance == 1 ether, "ETH");
        settle();
    }

    struct Call {
        address to;
        uint256 value;
        bytes data;
    }

    function batchOf(IToken token, uint256 amount, uint256 value) private pure returns (bytes memory) {
        Call[] memory calls = new Call[](2);
        calls[0] = Call(address(token), 0, abi.encodeCall(IToken.transfer, (address(0xd00d), amount)));
        calls[1] = Call(address(0xd00d), value, "");
        return abi.encodeWithSignature("execute(bytes32,bytes)", bytes32(uint256(1) << 248), abi.encode(calls));
    }
}
