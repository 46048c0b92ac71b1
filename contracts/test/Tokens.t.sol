// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {IL1TokenBridge, IL2TokenBridge} from "../src/interfaces/ITokenBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {Actor} from "./Actor.sol";
import {World} from "./World.sol";

interface IToken is IERC20 {
    function mint(address to, uint256 amount) external;
    function burn(address owner, uint256 amount) external;
    function initialize(address l1Token, string calldata name, string calldata symbol, uint8 decimals) external;
    function name() external view returns (string memory);
    function symbol() external view returns (string memory);
    function decimals() external view returns (uint8);
    function minter() external view returns (address);
    function l1Token() external view returns (address);
}

interface ISwap {
    function swap(address l1Token, address l2Token, uint256 amountOutMin) external payable returns (uint256);
}

interface IRouterAdmin {
    function addLiquidityETH(
        address token,
        uint256 amountTokenDesired,
        uint256 amountTokenMin,
        uint256 amountETHMin,
        address to,
        uint256 deadline
    ) external payable returns (uint256, uint256, uint256);
}

/// @notice A token that deposits while it is being deposited.
contract HookToken {
    IL1TokenBridge private immutable bridge;
    uint256 public balanceOf_;
    bool private inside;

    constructor(IL1TokenBridge bridge_) {
        bridge = bridge_;
    }

    function go() external {
        bridge.deposit(address(this), 1, address(1));
    }

    function balanceOf(address) external view returns (uint256) {
        return balanceOf_;
    }

    function transferFrom(address, address, uint256 amount) external returns (bool) {
        if (!inside) {
            inside = true;
            bridge.deposit(address(this), amount, address(1));
        }
        balanceOf_ += amount;
        return true;
    }
}

/// @notice The token bridge in all directions, and the specification's example with Uniswap's own code. The rollup's
/// bridge sits at its fixed address here, as in a genesis.
contract TokensTest is World {
    IL1TokenBridge private l1Tokens;
    IL2TokenBridge private l2Tokens;
    IToken private token;

    function setUp() public override {
        super.setUp();
        moveToPredeploy();
        on(L1);
        l1Tokens = IL1TokenBridge(
            vm.deployCode("L1TokenBridge.sol:L1TokenBridge", abi.encode(address(shared), A, address(0)))
        );
        token = IToken(vm.deployCode("Token.sol:Token", abi.encode("Example", "EXM")));
        on(A);
        l2Tokens = IL2TokenBridge(
            vm.deployCode("L2TokenBridge.sol:L2TokenBridge", abi.encode(address(bridge[A]), L1, address(l1Tokens)))
        );
        on(L1);
        l1Tokens.connect(address(l2Tokens));
        token.mint(user, 1000);
    }

    /// @dev RollupBridge and RemoteAccount of A, where a genesis puts them: each is constructed at its address.
    function moveToPredeploy() private {
        on(A);
        place(Predeploys.REMOTE_ACCOUNT, vm.getCode("RemoteAccount.sol:RemoteAccount"));
        place(
            Predeploys.ROLLUP_BRIDGE,
            bytes.concat(
                vm.getCode("RollupBridge.sol:RollupBridge"),
                abi.encode(uint64(L1), Predeploys.REMOTE_ACCOUNT, RETURN_LIMIT, peersOf(A))
            )
        );
        bridge[A] = IScopedBridge(Predeploys.ROLLUP_BRIDGE);
        vm.deal(Predeploys.ROLLUP_BRIDGE, SUPPLY);
    }

    /// @dev Runs a constructor as the account, and gives it the code that comes back: what a genesis builder does.
    function place(address at_, bytes memory creation) private {
        vm.etch(at_, creation);
        (bool success, bytes memory runtime) = at_.call("");
        check(success, "constructed");
        vm.etch(at_, runtime);
    }

    // --- playing the builder for an operation on L1 ---

    /// @dev L1's call `n` of an operation, from a contract to the rollup.
    function call(address from, uint256 n, address to, uint256 value, uint256 gasLimit, bytes memory data)
        private
        returns (Leg memory leg)
    {
        uint64 clock = shared.rollup(A).clockWith;
        leg.source = L1;
        leg.target = A;
        leg.from = from;
        // each call of these tests is answered two later and received one after that
        leg.nonce = nonceOf(clock + 1, L1, 0, 0, clock + 1 + 4 * n);
        leg.request = IScopedCallable.ScopedRequest(to, value, gasLimit, data);
        leg.hash = hashOf(leg);
        handle(leg);
        check(leg.response[0] == 0x01, "succeeded on the rollup");
    }

    function operate(address to, uint256 value, bytes memory data, Leg[] memory legs) private {
        on(L1);
        ISharedBridge.Bundle memory b = newBundle();
        for (uint256 i = 0; i < legs.length; i++) {
            addFill(b, legs[i]);
        }
        IScopedAccount.Operation memory operation = newOperation(to, value, data);
        operation.gasLimit = 6_000_000;
        addOperation(b, operation);
        seal(b, true, A);
        execute(b);
    }

    function list(Leg memory leg) private pure returns (Leg[] memory legs) {
        legs = new Leg[](1);
        legs[0] = leg;
    }

    function register() private {
        Leg memory leg = call(
            address(l1Tokens),
            0,
            address(l2Tokens),
            0,
            1_500_000,
            abi.encodeCall(IL2TokenBridge.create, (address(token), "Example", "EXM", 18))
        );
        operate(address(l1Tokens), 0, abi.encodeCall(IL1TokenBridge.register, (address(token))), list(leg));
    }

    function approve() private {
        vm.prank(user, user);
        token.approve(address(l1Tokens), type(uint256).max);
    }

    function deposit(uint256 amount, address to) private {
        on(L1);
        approve();
        Leg memory leg = call(
            address(l1Tokens),
            0,
            address(l2Tokens),
            0,
            150_000,
            abi.encodeCall(IL2TokenBridge.mint, (address(token), to, amount))
        );
        operate(address(l1Tokens), 0, abi.encodeCall(IL1TokenBridge.deposit, (address(token), amount, to)), list(leg));
    }

    function remote() private view returns (IToken) {
        return IToken(l2Tokens.tokenOf(address(token)));
    }

    // --- tests ---

    function testRegisterAndDeposit() public {
        register();
        same(bytes(remote().name()), "Example", "name");
        same(bytes(remote().symbol()), "EXM", "symbol");
        same(remote().decimals(), 18, "decimals");
        same(remote().l1Token(), address(token), "of");
        same(remote().minter(), address(l2Tokens), "minter");
        deposit(400, address(0xa));
        same(remote().balanceOf(address(0xa)), 400, "minted");
        same(token.balanceOf(address(l1Tokens)), 400, "in escrow");
        same(token.balanceOf(user), 600, "taken");
    }

    function testWithdrawFromTheRollup() public {
        register();
        deposit(400, address(actor[A]));
        (uint64 clock,) = bridge[A].scopeClock();
        clock++;
        Leg memory leg;
        (leg.source, leg.target, leg.from) = (A, L1, address(l2Tokens));
        leg.nonce = nonceOf(clock, A, 0, 0, clock);
        leg.request = IScopedCallable.ScopedRequest(
            address(l1Tokens), 0, 400_000, abi.encodeCall(IL1TokenBridge.release, (address(token), address(0xb), 300))
        );
        leg.hash = hashOf(leg);
        leg.response = encodeResponse(true, clock + 2, "");
        fill(leg);
        mustTransact(
            A,
            0,
            acts(
                Actor.Act(
                    address(l2Tokens),
                    0,
                    0,
                    false,
                    abi.encodeCall(IL2TokenBridge.withdraw, (address(token), 300, address(0xb)))
                )
            )
        );
        same(remote().balanceOf(address(actor[A])), 100, "burned");
        ISharedBridge.Bundle memory b = newBundle();
        addInbound(b, leg);
        seal(b, true, A);
        execute(b);
        same(token.balanceOf(address(0xb)), 300, "released");
        same(token.balanceOf(address(l1Tokens)), 100, "escrow");
    }

    /// @dev What the caller's RemoteAccount owns, released on L1.
    function testWithdrawFromL1() public {
        register();
        deposit(400, bridge[A].remoteAccount(L1, user));
        Leg memory leg = call(
            address(l1Tokens),
            0,
            address(l2Tokens),
            0,
            150_000,
            abi.encodeCall(IL2TokenBridge.burn, (address(token), user, 300))
        );
        operate(
            address(l1Tokens),
            0,
            abi.encodeCall(IL1TokenBridge.withdraw, (address(token), 300, address(0xb))),
            list(leg)
        );
        same(remote().balanceOf(bridge[A].remoteAccount(L1, user)), 100, "burned");
        same(token.balanceOf(address(0xb)), 300, "released");
    }

    function testOnlyPeers() public {
        on(L1);
        vm.expectRevert(IL1TokenBridge.OnlyPeer.selector);
        l1Tokens.release(address(token), user, 1);
        on(A);
        vm.expectRevert(IL2TokenBridge.OnlyPeer.selector);
        l2Tokens.mint(address(token), user, 1);
        vm.expectRevert(IL2TokenBridge.OnlyPeer.selector);
        l2Tokens.burn(address(token), user, 1);
        vm.expectRevert(IL2TokenBridge.OnlyPeer.selector);
        l2Tokens.create(address(token), "", "", 1);
        // before a peer is set, no account is the peer
        IL2TokenBridge fresh = IL2TokenBridge(
            vm.deployCode("L2TokenBridge.sol:L2TokenBridge", abi.encode(address(bridge[A]), L1, address(0)))
        );
        vm.prank(bridge[A].remoteAccount(L1, address(0)));
        vm.expectRevert(IL2TokenBridge.OnlyPeer.selector);
        fresh.mint(address(token), user, 1);
    }

    function testUnknownToken() public {
        on(A);
        bytes memory problem = abi.encodeWithSelector(IL2TokenBridge.UnknownToken.selector, address(token));
        vm.expectRevert(problem);
        l2Tokens.withdraw(address(token), 1, user);
        address peer = bridge[A].remoteAccount(L1, address(l1Tokens));
        vm.prank(peer);
        vm.expectRevert(problem);
        l2Tokens.mint(address(token), user, 1);
        vm.prank(peer);
        l2Tokens.create(address(token), "Example", "EXM", 18);
        vm.prank(peer);
        vm.expectRevert(abi.encodeWithSelector(IL2TokenBridge.TokenExists.selector, address(token)));
        l2Tokens.create(address(token), "Again", "EXM", 18);
    }

    function testConnect() public {
        on(L1);
        vm.expectRevert(IL1TokenBridge.CannotConnect.selector);
        l1Tokens.connect(address(1)); // named already
        IL1TokenBridge fresh = IL1TokenBridge(
            vm.deployCode("L1TokenBridge.sol:L1TokenBridge", abi.encode(address(shared), A, address(0)))
        );
        vm.prank(address(0xbeef));
        vm.expectRevert(IL1TokenBridge.CannotConnect.selector);
        fresh.connect(address(1)); // not the deployer
        fresh.connect(address(1));
        IL2TokenBridge other = IL2TokenBridge(
            vm.deployCode("L2TokenBridge.sol:L2TokenBridge", abi.encode(address(shared), L1, address(0)))
        );
        other.connect(address(1));
        vm.expectRevert(IL2TokenBridge.CannotConnect.selector);
        other.connect(address(1));
    }

    function testOnlyTheMinter() public {
        register();
        on(A);
        IToken t = remote();
        bytes4 problem = bytes4(keccak256("OnlyMinter()"));
        vm.expectRevert(problem);
        t.mint(user, 1);
        vm.expectRevert(problem);
        t.burn(user, 1);
        vm.expectRevert(problem);
        t.initialize(user, "", "", 1);
    }

    function testNothingReceived() public {
        on(L1);
        vm.expectRevert(IL1TokenBridge.NothingReceived.selector);
        l1Tokens.deposit(address(token), 0, user);
    }

    /// @dev A token that calls the sender while it moves: what it deposits meanwhile would be minted twice.
    function testADepositInsideOfADeposit() public {
        on(L1);
        HookToken hooked = new HookToken(l1Tokens);
        vm.expectRevert(bytes4(keccak256("ReentrancyGuardReentrantCall()")));
        hooked.go();
    }

    // --- the specification's example ---

    function uniswap(string memory file, bytes memory arguments) private returns (address deployed) {
        string memory json = vm.readFile(string.concat("../node_modules/@uniswap/", file));
        bytes memory code = bytes.concat(
            vm.parseJsonBytes(string.concat('{"code":"0x', vm.parseJsonString(json, ".bytecode"), '"}'), ".code"),
            arguments
        );
        assembly {
            deployed := create(0, add(code, 0x20), mload(code))
        }
        check(deployed != address(0), file);
    }

    function testTheSwap() public {
        register();
        deposit(1000, address(actor[A]));
        on(A);
        address weth = uniswap("v2-periphery/build/WETH9.json", "");
        address factory = uniswap("v2-core/build/UniswapV2Factory.json", abi.encode(address(this)));
        address router = uniswap("v2-periphery/build/UniswapV2Router02.json", abi.encode(factory, weth));
        address here = address(remote());
        // the actor of A gives liquidity: 1000 tokens to 10 ether
        mustTransact(
            A,
            10 ether,
            acts(
                Actor.Act(here, 0, 0, false, abi.encodeCall(IERC20.approve, (router, 1000))),
                Actor.Act(
                    router,
                    10 ether,
                    0,
                    false,
                    abi.encodeCall(
                        IRouterAdmin.addLiquidityETH, (here, 1000, 0, 0, address(actor[A]), type(uint256).max)
                    )
                )
            )
        );
        on(L1);
        address swapper = vm.deployCode(
            "CrossChainSwap.sol:CrossChainSwap", abi.encode(address(shared), address(l1Tokens), A, router, weth)
        );
        address[] memory path = new address[](2);
        (path[0], path[1]) = (weth, here);
        Leg[] memory legs = new Leg[](2);
        legs[0] = call(
            swapper,
            0,
            router,
            1 ether,
            300_000,
            abi.encodeWithSignature(
                "swapExactETHForTokens(uint256,address[],address,uint256)",
                80,
                path,
                bridge[A].remoteAccount(L1, swapper),
                type(uint256).max
            )
        );
        uint256 amount = remote().balanceOf(bridge[A].remoteAccount(L1, swapper));
        same(amount, 90, "1 ether buys 90 of 1000 at 10 ether, less 0.3%");
        legs[1] = call(
            address(l1Tokens),
            1,
            address(l2Tokens),
            0,
            150_000,
            abi.encodeCall(IL2TokenBridge.burn, (address(token), swapper, amount))
        );
        operate(swapper, 1 ether, abi.encodeCall(ISwap.swap, (address(token), here, 80)), legs);
        same(token.balanceOf(user), 90, "paid out on L1");
        same(remote().balanceOf(bridge[A].remoteAccount(L1, swapper)), 0, "burned");
        same(shared.rollup(A).escrow, 11 ether, "escrow");
    }
}
