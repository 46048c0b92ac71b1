// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Pausable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Pausable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {IL1TokenBridge, IL2TokenBridge} from "../src/interfaces/ITokenBridge.sol";
import {Test} from "./Vm.sol";

interface IAnyToken {
    function approve(address spender, uint256 amount) external;
    function balanceOf(address account) external view returns (uint256);
}

/// @notice An ERC-20 that its tests may mint.
contract Plain is ERC20 {
    constructor() ERC20("Plain", "PLN") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice A tenth of each transfer is burned; or, on top of it, taken from the sender.
contract FeeToken is Plain {
    bool public onTop;

    function setOnTop() external {
        onTop = true;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from != address(0) && to != address(0)) super._update(onTop ? from : to, address(0), amount / 10);
    }
}

/// @notice Balances are shares of a pool that grows and shrinks.
contract RebasingToken is Plain {
    uint256 public percent = 100;

    function rebase(uint256 percent_) external {
        percent = percent_;
    }

    function balanceOf(address account) public view override returns (uint256) {
        return super.balanceOf(account) * percent / 100;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount * 100 / percent);
    }
}

contract PausedToken is Plain, ERC20Pausable {
    function pause() external {
        _pause();
    }

    function unpause() external {
        _unpause();
    }

    function _update(address from, address to, uint256 amount) internal override(ERC20, ERC20Pausable) {
        ERC20Pausable._update(from, to, amount);
    }
}

contract PermitToken is Plain, ERC20Permit {
    constructor() ERC20Permit("Plain") {}
}

/// @notice As tokens before ERC-20 was final: no result, or false where others revert; names of 32 bytes, or none.
contract OldToken {
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    uint256 public immutable kind; // 0: no result; 1: false on failure

    constructor(uint256 kind_) {
        kind = kind_;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        if (allowance[from][msg.sender] >= amount) allowance[from][msg.sender] -= amount;
        else fail();
        move(from, to, amount);
    }

    function move(address from, address to, uint256 amount) private {
        if (balanceOf[from] < amount) fail();
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        if (kind == 1) answer(1);
    }

    function fail() private view {
        require(kind == 1);
        answer(0);
    }

    function answer(uint256 word) private pure {
        assembly {
            mstore(0, word)
            return(0, 32)
        }
    }
}

contract Named is OldToken(0) {
    bytes private nameData;
    bytes private decimalsData;

    function set(bytes calldata nameData_, bytes calldata decimalsData_) external {
        (nameData, decimalsData) = (nameData_, decimalsData_);
    }

    fallback() external {
        bytes memory data = msg.sig == bytes4(keccak256("decimals()")) ? decimalsData : nameData;
        if (data.length == 0) revert();
        assembly {
            return(add(data, 32), mload(data))
        }
    }
}

/// @notice In place of SharedBridge: every call to the rollup succeeds, and the last one is remembered.
contract CallsNothing {
    bytes public last;
    uint256 public count;

    function scopedCall(uint256, address, IScopedCallable.ScopedRequest calldata request)
        external
        payable
        returns (bytes memory)
    {
        last = request.data;
        count++;
        return abi.encode(address(0x70));
    }

    function remoteAccount(uint256, address) external pure returns (address) {
        return address(0x2e2e);
    }
}

/// @notice Tokens that are not as one expects, each refused or accounted for rightly on L1. What happens on the rollup is
/// in Tokens.t.sol.
contract OddTokensTest is Test {
    CallsNothing private bridge;
    IL1TokenBridge private tokens;
    address private user = address(0xa11ce);
    address private constant PEER = address(0x2e2e);

    function setUp() public {
        bridge = new CallsNothing();
        tokens = IL1TokenBridge(
            vm.deployCode("L1TokenBridge.sol:L1TokenBridge", abi.encode(address(bridge), 901, address(0x9ee4)))
        );
    }

    function fund(address token, uint256 amount) private {
        Plain(token).mint(user, amount);
        vm.prank(user);
        IAnyToken(token).approve(address(tokens), amount);
    }

    function deposit(address token, uint256 amount) private {
        vm.prank(user);
        tokens.deposit(token, amount, user);
    }

    function release(address token, uint256 amount) private {
        vm.prank(PEER);
        tokens.release(token, user, amount);
    }

    function minted() private view returns (uint256 amount) {
        bytes memory data = bridge.last();
        assembly {
            amount := mload(add(data, 100)) // mint(token, to, amount)
        }
    }

    function isHeld(address token, uint256 amount) private view {
        same(IAnyToken(token).balanceOf(address(tokens)), amount, "held");
        same(tokens.owed(token), amount, "owed");
    }

    function testAFeeOnTransfer() public {
        FeeToken token = new FeeToken();
        fund(address(token), 1000);
        deposit(address(token), 1000);
        same(minted(), 900, "what arrived is minted");
        isHeld(address(token), 900);
        release(address(token), 500);
        same(token.balanceOf(user), 450, "the recipient pays the fee");
        isHeld(address(token), 400);
    }

    /// @dev The bridge would pay the fee out of other depositors' tokens.
    function testAFeeOnTop() public {
        FeeToken token = new FeeToken();
        fund(address(token), 1000);
        deposit(address(token), 1000);
        token.setOnTop();
        vm.prank(PEER);
        vm.expectRevert(abi.encodeWithSelector(IL1TokenBridge.ReleasedOtherwise.selector, address(token), 500));
        tokens.release(address(token), user, 500);
        isHeld(address(token), 900);
    }

    function testARebase() public {
        RebasingToken token = new RebasingToken();
        fund(address(token), 3000);
        deposit(address(token), 1000);
        token.rebase(200);
        same(token.balanceOf(address(tokens)), 2000, "it grows");
        same(tokens.owed(address(token)), 1000, "and owes no more");
        deposit(address(token), 1000);
        same(minted(), 1000, "as much as arrived, not the growth");
        token.rebase(50); // 1,500 shares: 750 tokens for 2,000 owed
        vm.prank(user);
        vm.expectRevert(abi.encodeWithSelector(IL1TokenBridge.Undercollateralized.selector, address(token), 750, 2000));
        tokens.deposit(address(token), 100, user);
        release(address(token), 500);
        same(tokens.owed(address(token)), 1500, "what is there is released");
    }

    function testPaused() public {
        PausedToken token = new PausedToken();
        fund(address(token), 1000);
        deposit(address(token), 600);
        token.pause();
        uint256 calls = bridge.count();
        vm.prank(user);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        tokens.deposit(address(token), 400, user);
        vm.prank(PEER);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        tokens.release(address(token), user, 600);
        same(bridge.count(), calls, "nothing was minted");
        isHeld(address(token), 600);
        token.unpause();
        release(address(token), 600);
        isHeld(address(token), 0);
    }

    function testNoResult() public {
        OldToken token = new OldToken(0);
        fund(address(token), 1000);
        deposit(address(token), 1000);
        release(address(token), 400);
        isHeld(address(token), 600);
    }

    function testFalse() public {
        OldToken token = new OldToken(1);
        fund(address(token), 1000);
        deposit(address(token), 1000);
        uint256 calls = bridge.count();
        vm.prank(user);
        vm.expectRevert(abi.encodeWithSignature("SafeERC20FailedOperation(address)", address(token)));
        tokens.deposit(address(token), 1, user);
        same(bridge.count(), calls, "nothing was minted");
        release(address(token), 400);
        isHeld(address(token), 600);
    }

    /// @dev No more than was deposited, whatever the rollup says: other tokens sent to the bridge are not released either.
    function testNoMoreThanIsOwed() public {
        Plain token = new Plain();
        fund(address(token), 1000);
        deposit(address(token), 1000);
        token.mint(address(tokens), 500);
        vm.prank(PEER);
        vm.expectRevert();
        tokens.release(address(token), user, 1001);
        release(address(token), 1000);
    }

    function testPermit() public {
        PermitToken token = new PermitToken();
        (uint256 key, uint256 deadline) = (0xb0b, block.timestamp + 1);
        address owner = vm.addr(key);
        token.mint(owner, 1000);
        bytes32 permit = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 digest = keccak256(
            abi.encodePacked(
                hex"1901",
                token.DOMAIN_SEPARATOR(),
                keccak256(abi.encode(permit, owner, address(tokens), 700, 0, deadline))
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        vm.expectRevert(); // signed by another account
        tokens.depositWithPermit(address(token), 700, user, deadline, v, r, s);
        // someone sends the permit ahead: the deposit works all the same
        token.permit(owner, address(tokens), 700, deadline, v, r, s);
        vm.prank(owner);
        tokens.depositWithPermit(address(token), 700, user, deadline, v, r, s);
        isHeld(address(token), 700);
    }

    function testMetadata() public {
        Named token = new Named();
        bytes memory eighteen = abi.encode(18);
        bytes memory long = new bytes(200);
        for (uint256 i = 0; i < 200; i++) {
            long[i] = "x";
        }
        bytes[8] memory given = [
            abi.encode("Some Token"),
            abi.encode(bytes32("MKR")),
            bytes(""), // none
            bytes(hex"01"), // not a word
            abi.encode(uint256(32), uint256(1000)), // longer than what is there
            abi.encode(uint256(1 << 200), uint256(1)),
            abi.encode(bytes32("all 32 bytes are of the name....")),
            abi.encode(string(long))
        ];
        string[8] memory want = ["Some Token", "MKR", "", "", "", "", "all 32 bytes are of the name....", ""];
        for (uint256 i = 0; i < 8; i++) {
            token.set(given[i], eighteen);
            tokens.register(address(token));
            string memory name = want[i];
            if (i == 7) {
                assembly {
                    mstore(long, 128)
                }
                name = string(long);
            }
            same(
                bridge.last(),
                abi.encodeCall(IL2TokenBridge.create, (address(token), name, name, 18)),
                "as the rollup gets it"
            );
        }
    }

    function testNotAToken() public {
        Named token = new Named();
        bytes[3] memory given = [bytes(""), bytes(hex"12"), abi.encode(256)];
        for (uint256 i = 0; i < 3; i++) {
            token.set(abi.encode("x"), given[i]);
            vm.expectRevert(abi.encodeWithSelector(IL1TokenBridge.NotAToken.selector, address(token)));
            tokens.register(address(token));
        }
        vm.expectRevert(abi.encodeWithSelector(IL1TokenBridge.NotAToken.selector, address(0xeeee)));
        tokens.register(address(0xeeee)); // no code
    }
}
