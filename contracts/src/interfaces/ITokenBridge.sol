// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Tokens of L1 on a rollup, the part on L1
/// @notice Holds the tokens in escrow. Uses scoped calls and nothing else: no proof, no claim, no delay.
interface IL1TokenBridge {
    /// @notice Tokens went to the rollup.
    event Deposited(address indexed token, address indexed from, address indexed to, uint256 amount);
    /// @notice Tokens came back.
    event Released(address indexed token, address indexed to, uint256 amount);

    /// @notice Only the bridge contract on the rollup may call, through its RemoteAccount.
    error OnlyPeer();
    /// @notice The peer is set already, or the caller is not the deployer.
    error CannotConnect();
    /// @notice No amount arrived.
    error NothingReceived();
    /// @notice The bridge holds less of the token than it owes: the token took some away, as rebasing tokens do. No more
    /// is accepted. What is there is released to those who come.
    error Undercollateralized(address token, uint256 held, uint256 owed);
    /// @notice The token took another amount from the bridge than was released, as some tokens with fees do.
    error ReleasedOtherwise(address token, uint256 amount);
    /// @notice The account is no token: it has no code, or does not say its decimals.
    error NotAToken(address token);
    /// @notice The tokens of this holder on the frozen rollup were already released.
    error AlreadyExited(address token, address holder);

    /// @notice Names the contract on the rollup, once; by the deployer.
    function connect(address peer) external;

    /// @notice Creates the token's counterpart on the rollup. Anyone may, once for each token. Name and symbol may be
    /// strings, bytes32 as some old tokens have them, or missing.
    function register(address token) external returns (address remoteToken);

    /// @notice Takes tokens of the caller into escrow and mints as much on the rollup.
    /// @param token The token on L1.
    /// @param amount How much.
    /// @param to Who gets it on the rollup.
    function deposit(address token, uint256 amount, address to) external;

    /// @notice The same after the token's permit (ERC-2612). A permit that fails, because someone else sent it first, is
    /// no failure: the allowance decides.
    function depositWithPermit(
        address token,
        uint256 amount,
        address to,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice How much of the token its counterpart on the rollup stands for.
    function owed(address token) external view returns (uint256);

    /// @notice Burns what the caller's RemoteAccount on the rollup owns, and releases it here.
    /// @param token The token on L1.
    /// @param amount How much.
    /// @param to Who gets it on L1.
    function withdraw(address token, uint256 amount, address to) external;

    /// @notice Releases tokens that were burned on the rollup. Only the peer.
    function release(address token, address to, uint256 amount) external;

    /// @notice Releases what the caller's own account holds on the rollup, once that is frozen (IRollupExit).
    /// @param token The token on L1.
    /// @param to Who gets it on L1.
    /// @param accountProof Proof of the token's counterpart in the rollup's settled state.
    /// @param balanceProof Proof of the caller's balance in the counterpart's storage.
    function exit(address token, address to, bytes[] calldata accountProof, bytes[] calldata balanceProof) external;

    /// @notice The same for what a RemoteAccount on the rollup holds. The caller is as for
    /// IRollupExit.exitRemoteAccount.
    function exitRemoteAccount(
        uint256 ownerChainId,
        address owner,
        address token,
        address to,
        bytes[] calldata accountProof,
        bytes[] calldata balanceProof
    ) external;
}

/// @title Tokens of L1 on a rollup, the part on the rollup
/// @notice Makes the counterparts of L1's tokens, mints what was deposited, burns what is withdrawn.
interface IL2TokenBridge {
    /// @notice A token of L1 got its counterpart.
    event TokenCreated(address indexed l1Token, address token);

    /// @notice Only the bridge contract on L1 may call, through its RemoteAccount.
    error OnlyPeer();
    /// @notice The peer is set already, or the caller is not the deployer.
    error CannotConnect();
    /// @notice The token has no counterpart here.
    error UnknownToken(address l1Token);
    /// @notice The token has its counterpart already.
    error TokenExists(address l1Token);

    /// @notice Names the contract on L1, once; by the deployer.
    function connect(address peer) external;

    /// @notice The counterpart of a token of L1, deployed or not.
    function tokenOf(address l1Token) external view returns (address);

    /// @notice Creates the counterpart. Only the peer.
    function create(address l1Token, string calldata name, string calldata symbol, uint8 decimals)
        external
        returns (address);

    /// @notice Mints. Only the peer.
    function mint(address l1Token, address to, uint256 amount) external;

    /// @notice Burns what the RemoteAccount of `owner`, an account on L1, holds. Only the peer.
    function burn(address l1Token, address owner, uint256 amount) external;

    /// @notice Burns the caller's tokens and releases them on L1.
    /// @param l1Token The token on L1.
    /// @param amount How much.
    /// @param to Who gets it on L1.
    function withdraw(address l1Token, uint256 amount, address to) external;
}
