// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IProofRegistry} from "../src/interfaces/IProofRegistry.sol";
import {IQuorumVerifier} from "../src/interfaces/IQuorumVerifier.sol";
import {IRollupBridge} from "../src/interfaces/IRollupBridge.sol";
import {IScopedAccount} from "../src/interfaces/IScopedAccount.sol";
import {IScopedBridge} from "../src/interfaces/IScopedBridge.sol";
import {IScopedCallable} from "../src/interfaces/IScopedCallable.sol";
import {ISharedBridge} from "../src/interfaces/ISharedBridge.sol";
import {Predeploys} from "../src/Predeploys.sol";
import {Actor} from "./Actor.sol";
import {Test, Vm} from "./Vm.sol";

/// @notice L1 and three rollups in one EVM: `on(chain)` changes the chain id and the block number, each call of a test
/// is a transaction (isolate = true). The test plays the builder: it handles a call on its target, fills the response
/// at its source, and settles with provers' signatures over what the bundle claims, true or not.
abstract contract World is Test {
    uint256 internal constant L1 = 1;
    uint256 internal constant A = 901;
    uint256 internal constant B = 902;
    uint256 internal constant C = 903;

    uint256 internal constant SUPPLY = 2 ** 96;
    uint64 internal constant MAX_GAS = 14_000_000;
    uint64 internal constant DEFAULT_GAS = 1_000_000;
    uint64 internal constant SEQUENCER_DELAY = 1 hours;
    uint256 internal constant RETURN_LIMIT = 16384;
    uint64 internal constant NEVER = type(uint64).max;
    uint256 internal constant USER_KEY = 0xa11ce;
    bytes32 internal constant RULES = keccak256("rules");

    ISharedBridge internal shared;
    IProofRegistry internal registry;
    IQuorumVerifier internal quorum;
    mapping(uint256 chainId => IScopedBridge) internal bridge;
    mapping(uint256 chainId => uint256) internal height;
    mapping(uint256 chainId => Actor) internal actor;
    uint256[] internal proverKeys;
    address internal user;
    uint64 internal userNonce;

    // --- set-up ---

    function setUp() public virtual {
        vm.warp(1_700_000_000);
        height[L1] = 20_000_000;
        vm.etch(Predeploys.L1_CONTEXT, vm.deployCode("L1Context.sol:L1Context").code);

        on(L1);
        registry = IProofRegistry(vm.deployCode("ProofRegistry.sol:ProofRegistry", abi.encode(address(this))));
        shared = newShared();
        bridge[L1] = shared;
        actor[L1] = new Actor();
        proverKeys = sorted(keys(3));
        quorum = IQuorumVerifier(
            vm.deployCode(
                "QuorumVerifier.sol:QuorumVerifier",
                abi.encode(address(this), bytes32("program"), bytes32("system"), addresses(proverKeys), 2)
            )
        );
        user = vm.addr(USER_KEY);
        vm.etch(user, abi.encodePacked(hex"ef0100", shared.scopedAccount()));
        vm.deal(user, 1000 ether);

        for (uint256 id = A; id <= C; id++) {
            height[id] = 1;
            on(id);
            bridge[id] = newRollup(vm.deployCode("RemoteAccount.sol:RemoteAccount"), peersOf(id));
            vm.deal(address(bridge[id]), SUPPLY);
            actor[id] = new Actor();
            on(L1);
            registerRollup(id, 10 ether);
        }
        on(L1);
    }

    function newShared() internal virtual returns (ISharedBridge) {
        return ISharedBridge(
            vm.deployCode("SharedBridge.sol:SharedBridge", abi.encode(address(this), registry, RETURN_LIMIT))
        );
    }

    function newRollup(address code, IRollupBridge.PeerConfig[] memory peers) internal virtual returns (IScopedBridge) {
        return IScopedBridge(
            vm.deployCode("RollupBridge.sol:RollupBridge", abi.encode(uint64(L1), code, RETURN_LIMIT, peers))
        );
    }

    /// @dev All rollups trust each other.
    function circleOf(uint256) internal pure virtual returns (uint64) {
        return 1;
    }

    function peersOf(uint256 id) internal view virtual returns (IRollupBridge.PeerConfig[] memory peers) {
        peers = new IRollupBridge.PeerConfig[](3);
        peers[0] = IRollupBridge.PeerConfig(uint64(L1), MAX_GAS, DEFAULT_GAS, 0, false);
        uint256 n = 1;
        for (uint256 p = A; p <= C; p++) {
            if (p != id) {
                bool isTrusted = circleOf(p) != 0 && circleOf(p) == circleOf(id);
                peers[n++] = IRollupBridge.PeerConfig(uint64(p), MAX_GAS, DEFAULT_GAS, 0, isTrusted);
            }
        }
    }

    function registerRollup(uint256 id, uint256 escrow) internal {
        shared.registerRollup{value: escrow}(
            ISharedBridge.RollupConfig(
                uint64(id), blockHashOf(id, 0), stateRootOf(id, 0), 0, RULES, MAX_GAS, DEFAULT_GAS, circleOf(id), 7 days
            )
        );
        address[] memory verifiers = new address[](1);
        verifiers[0] = address(quorum);
        registry.configure(uint64(id), 1, verifiers, address(this), SEQUENCER_DELAY);
    }

    /// @dev For bundles that others send.
    function anyoneSettles() internal {
        for (uint256 id = A; id <= C; id++) {
            registry.setSequencer(uint64(id), address(0), 0);
        }
    }

    function keys(uint256 n) internal pure returns (uint256[] memory list) {
        list = new uint256[](n);
        for (uint256 i = 0; i < n; i++) {
            list[i] = uint256(keccak256(abi.encode("prover", i)));
        }
    }

    function sorted(uint256[] memory list) internal pure returns (uint256[] memory) {
        for (uint256 i = 0; i < list.length; i++) {
            for (uint256 j = i + 1; j < list.length; j++) {
                if (vm.addr(list[j]) < vm.addr(list[i])) (list[i], list[j]) = (list[j], list[i]);
            }
        }
        return list;
    }

    function addresses(uint256[] memory list) internal pure returns (address[] memory out) {
        out = new address[](list.length);
        for (uint256 i = 0; i < list.length; i++) {
            out[i] = vm.addr(list[i]);
        }
    }

    // --- chains ---

    /// @dev From now on everything happens on this chain.
    function on(uint256 id) internal {
        vm.chainId(id);
        vm.roll(height[id]);
        if (id == L1) vm.setBlockhash(height[L1] - 1, l1Hash(height[L1] - 1));
    }

    function l1Hash(uint256 number) internal pure returns (bytes32) {
        return keccak256(abi.encode("l1", number));
    }

    function blockHashOf(uint256 id, uint256 number) internal pure returns (bytes32) {
        return keccak256(abi.encode("block", id, number));
    }

    function stateRootOf(uint256 id, uint256 number) internal pure returns (bytes32) {
        return keccak256(abi.encode("state", id, number));
    }

    // --- calls ---

    struct Leg {
        uint256 source;
        uint256 target;
        address from;
        uint256 nonce;
        IScopedCallable.ScopedRequest request;
        bytes32 hash;
        bytes response;
    }

    function nonceOf(uint256 rootClock, uint256 rootChain, uint256 flags, uint256 depth, uint256 clock)
        internal
        pure
        returns (uint256)
    {
        return rootClock << 192 | rootChain << 128 | flags << 96 | depth << 64 | clock;
    }

    function hashOf(Leg memory leg) internal pure returns (bytes32) {
        return keccak256(
            bytes.concat(
                abi.encodePacked(leg.source, leg.target, leg.from, leg.request.to, leg.nonce),
                abi.encodePacked(leg.request.value, leg.request.gasLimit, keccak256(leg.request.data))
            )
        );
    }

    function leafOf(Leg memory leg) internal pure returns (bytes32) {
        return keccak256(abi.encode(leg.hash, keccak256(leg.response)));
    }

    function encodeResponse(bool success, uint256 clock, bytes memory data) internal pure returns (bytes memory) {
        return abi.encodePacked(success, uint64(clock), data);
    }

    /// @dev A call with an ample gas limit from the actor of one chain to that of another.
    function newLeg(uint256 source, uint256 target, uint256 nonce, uint256 value, bytes memory data)
        internal
        view
        returns (Leg memory leg)
    {
        leg.source = source;
        leg.target = target;
        leg.from = address(actor[source]);
        leg.nonce = nonce;
        leg.request = IScopedCallable.ScopedRequest(address(actor[target]), value, 600_000, data);
        leg.hash = hashOf(leg);
    }

    /// @dev The first call of the first scope of a chain whose clock is 0.
    function firstLeg(uint256 source, uint256 target, uint256 value, bytes memory data)
        internal
        view
        returns (Leg memory)
    {
        return newLeg(source, target, nonceOf(1, source, 0, 0, 1), value, data);
    }

    /// @dev A system transaction that handles the call on a rollup; stores the response.
    function handle(Leg memory leg) internal {
        on(leg.target);
        vm.recordLogs();
        vm.prank(Predeploys.SYSTEM);
        bridge[leg.target].handleScopedCall(leg.source, leg.from, leg.nonce, leg.request);
        leg.response = executed(leg.hash);
    }

    /// @dev The response in the logs.
    function executed(bytes32 hash) internal returns (bytes memory) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = logs.length; i > 0; i--) {
            Vm.Log memory log = logs[i - 1];
            if (log.topics[0] == IScopedCallable.ScopedCallExecuted.selector && log.topics[1] == hash) {
                return abi.decode(log.data, (bytes));
            }
        }
        revert Failed("the call was not handled");
    }

    /// @dev A system transaction that fills one response on a rollup.
    function fill(Leg memory leg) internal {
        on(leg.source);
        (uint256[] memory ids, bytes32[] memory hashes, bytes[] memory responses) = one(leg);
        vm.prank(Predeploys.SYSTEM);
        bridge[leg.source].fillResponsesIn(ids, hashes, responses);
    }

    function one(Leg memory leg)
        internal
        pure
        returns (uint256[] memory ids, bytes32[] memory hashes, bytes[] memory responses)
    {
        ids = new uint256[](1);
        hashes = new bytes32[](1);
        responses = new bytes[](1);
        (ids[0], hashes[0], responses[0]) = (leg.target, leg.hash, leg.response);
    }

    /// @dev What the actor of the source does to make the call.
    function act(Leg memory leg) internal view returns (Actor.Act memory) {
        return Actor.Act(
            address(bridge[leg.source]),
            leg.request.value,
            0,
            false,
            abi.encodeCall(IScopedCallable.scopedCall, (leg.target, leg.from, leg.request))
        );
    }

    /// @dev The same with tryScopedCall and flags.
    function tryAct(Leg memory leg, uint32 flags) internal view returns (Actor.Act memory) {
        return Actor.Act(
            address(bridge[leg.source]),
            leg.request.value,
            0,
            false,
            abi.encodeWithSignature(
                "tryScopedCall(uint256,address,(address,uint256,uint256,bytes),uint32)",
                leg.target,
                leg.from,
                leg.request,
                flags
            )
        );
    }

    function acts(Actor.Act memory a) internal pure returns (bytes memory) {
        Actor.Act[] memory list = new Actor.Act[](1);
        list[0] = a;
        return abi.encodeCall(Actor.run, (list));
    }

    function acts(Actor.Act memory a, Actor.Act memory b) internal pure returns (bytes memory) {
        Actor.Act[] memory list = new Actor.Act[](2);
        (list[0], list[1]) = (a, b);
        return abi.encodeCall(Actor.run, (list));
    }

    /// @dev A transaction on a rollup, by some account, that has the actor do these things.
    function transact(uint256 id, uint256 value, bytes memory data)
        internal
        returns (bool success, bytes memory result)
    {
        on(id);
        vm.deal(address(this), address(this).balance + value);
        return address(actor[id]).call{value: value}(data);
    }

    function mustTransact(uint256 id, uint256 value, bytes memory data) internal returns (bytes[] memory) {
        (bool success, bytes memory result) = transact(id, value, data);
        if (!success) {
            assembly {
                revert(add(result, 0x20), mload(result))
            }
        }
        return abi.decode(result, (bytes[]));
    }

    // --- bundles ---

    function newBundle() internal pure returns (ISharedBridge.Bundle memory b) {}

    function addFill(ISharedBridge.Bundle memory b, Leg memory leg) internal pure {
        ISharedBridge.Fill[] memory list = new ISharedBridge.Fill[](b.fills.length + 1);
        for (uint256 i = 0; i < b.fills.length; i++) {
            list[i] = b.fills[i];
        }
        list[b.fills.length] = ISharedBridge.Fill(leg.target, leg.hash, leg.response);
        b.fills = list;
    }

    function inboundOf(Leg memory leg) internal pure returns (IScopedBridge.Inbound memory) {
        return IScopedBridge.Inbound(leg.source, leg.from, leg.nonce, leg.request);
    }

    function addNested(ISharedBridge.Bundle memory b, bytes32 outer, Leg memory leg) internal pure {
        ISharedBridge.Nested[] memory list = new ISharedBridge.Nested[](b.nested.length + 1);
        for (uint256 i = 0; i < b.nested.length; i++) {
            list[i] = b.nested[i];
        }
        IScopedBridge.Inbound[] memory inbound = new IScopedBridge.Inbound[](1);
        bytes32[] memory leaves = new bytes32[](1);
        inbound[0] = inboundOf(leg);
        leaves[0] = leafOf(leg);
        list[b.nested.length] = ISharedBridge.Nested(outer, inbound, leaves);
        b.nested = list;
    }

    function addStep(ISharedBridge.Bundle memory b, ISharedBridge.Step memory step) internal pure {
        ISharedBridge.Step[] memory list = new ISharedBridge.Step[](b.steps.length + 1);
        for (uint256 i = 0; i < b.steps.length; i++) {
            list[i] = b.steps[i];
        }
        list[b.steps.length] = step;
        b.steps = list;
    }

    function addInbound(ISharedBridge.Bundle memory b, Leg memory leg) internal pure {
        ISharedBridge.Step memory step;
        step.inbound = new IScopedBridge.Inbound[](1);
        step.inbound[0] = inboundOf(leg);
        addStep(b, step);
    }

    function addOperation(ISharedBridge.Bundle memory b, IScopedAccount.Operation memory operation) internal {
        ISharedBridge.Step memory step;
        step.operation = new ISharedBridge.SignedOperation[](1);
        step.operation[0] = signed(USER_KEY, operation);
        addStep(b, step);
    }

    function newOperation(address to, uint256 value, bytes memory data)
        internal
        returns (IScopedAccount.Operation memory operation)
    {
        operation.nonce = userNonce++;
        operation.deadline = block.timestamp;
        operation.gasLimit = 4_000_000;
        operation.calls = new IScopedAccount.Call[](1);
        operation.calls[0] = IScopedAccount.Call(to, value, data);
    }

    /// @dev The user has the actor of L1 do these things.
    function addActs(ISharedBridge.Bundle memory b, uint256 value, bytes memory data) internal {
        addOperation(b, newOperation(address(actor[L1]), value, data));
    }

    function signed(uint256 key, IScopedAccount.Operation memory operation)
        internal
        returns (ISharedBridge.SignedOperation memory)
    {
        on(L1);
        address account = vm.addr(key);
        return
            ISharedBridge.SignedOperation(
                account, operation, sign(key, IScopedAccount(account).operationHash(operation))
            );
    }

    function sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev The mailboxes of a rollup as its verifier would list them.
    function mailboxesOf(uint256 id, uint256 firstBlock) internal returns (ISharedBridge.Mailbox[] memory list) {
        uint256 here = block.chainid;
        uint64[] memory peers = touchedPeers(id);
        list = new ISharedBridge.Mailbox[](peers.length);
        uint256 n = 0;
        for (uint256 p = 0; p <= C; p++) {
            for (uint256 i = 0; i < peers.length; i++) {
                if (peers[i] == p && touched(id, p) >= firstBlock) list[n++] = mailboxOf(bridge[id], p);
            }
        }
        assembly {
            mstore(list, n)
        }
        on(here);
    }

    // --- what a verifier reads of a rollup's storage, and no contract can (contracts/ABI.md) ---

    /// @dev Responses filled and not read, and queues not run.
    function leftover(uint256 id) internal view returns (uint32 responses, uint32 queues) {
        uint256 order = uint256(vm.load(address(bridge[id]), bytes32(uint256(1))));
        return (uint32(order >> 192), uint32(order >> 224) & 0x3fffffff);
    }

    /// @dev The last block that touched the mailbox with that peer; 0: never.
    function touched(uint256 id, uint256 peer) internal view returns (uint64) {
        return uint64(uint256(vm.load(address(bridge[id]), keccak256(abi.encode(peer, 2)))) >> 128);
    }

    /// @dev By first touch.
    function touchedPeers(uint256 id) internal view returns (uint64[] memory list) {
        list = new uint64[](uint256(vm.load(address(bridge[id]), bytes32(uint256(3)))));
        for (uint256 i = 0; i < list.length; i++) {
            bytes32 word = vm.load(address(bridge[id]), bytes32(uint256(keccak256(abi.encode(3))) + i / 4));
            list[i] = uint64(uint256(word) >> 64 * (i % 4));
        }
    }

    function mailboxOf(IScopedBridge from, uint256 peer) internal view returns (ISharedBridge.Mailbox memory m) {
        m.peerChainId = uint64(peer);
        (m.requestsOut, m.requestsIn, m.responsesOut, m.responsesIn) = from.getMailboxHashes(peer);
        (m.valueOut, m.valueIn) = from.valueCounters(peer);
    }

    function addTransition(ISharedBridge.Bundle memory b, uint256 id) internal {
        ISharedBridge.TransitionInput[] memory list = new ISharedBridge.TransitionInput[](b.transitions.length + 1);
        for (uint256 i = 0; i < b.transitions.length; i++) {
            list[i] = b.transitions[i];
        }
        ISharedBridge.TransitionInput memory t = list[b.transitions.length];
        t.chainId = uint64(id);
        t.blockHash = blockHashOf(id, height[id]);
        t.stateRoot = stateRootOf(id, height[id]);
        t.lastBlock = uint64(height[id]);
        t.lastTimestamp = uint64(block.timestamp);
        t.anchorNumber = uint64(height[L1] - 1);
        t.forcedCount = IRollupBridge(address(bridge[id])).forcedCount();
        t.data = abi.encodePacked("data of ", id);
        t.mailboxes = mailboxesOf(id, shared.rollup(id).lastBlock + 1);
        b.transitions = list;
    }

    function planHashOf(ISharedBridge.Bundle memory b) internal pure returns (bytes32) {
        return keccak256(abi.encode(b.preconditions, b.fills, b.nested, b.steps));
    }

    /// @dev The statement, with what L1 knows as the arguments of a Settle.
    struct Settle {
        bool touchesL1;
        bytes32 daHash; // 0: of the data field
        bytes32 anchorHash;
    }

    function statementOf(ISharedBridge.Bundle memory b, uint256 i, Settle memory s) internal view returns (bytes32) {
        ISharedBridge.TransitionInput memory t = b.transitions[i];
        ISharedBridge.Rollup memory r = shared.rollup(t.chainId);
        bytes32 daHash = s.daHash;
        if (daHash == 0) {
            daHash = keccak256(
                abi.encode(uint256(t.chainId), r.lastBlock + 1, t.lastBlock, new bytes32[](0), keccak256(t.data))
            );
        }
        bytes memory transition = bytes.concat(
            abi.encode(t.chainId, r.rulesHash, r.blockHash, r.stateRoot, t.blockHash, t.stateRoot),
            abi.encode(r.lastBlock + 1, t.lastBlock, t.lastTimestamp, daHash),
            abi.encode(t.anchorNumber, s.anchorHash, forcedHashOf(t), keccak256(abi.encode(t.mailboxes)))
        );
        return keccak256(
            abi.encode(
                keccak256("scope.settlement.v2"),
                L1,
                address(shared),
                s.touchesL1 ? height[L1] : 0,
                s.touchesL1 ? l1Hash(height[L1] - 1) : bytes32(0),
                b.submitter,
                planHashOf(b),
                keccak256(transition)
            )
        );
    }

    /// @dev Signatures of the first n provers over a statement.
    function attest(uint256 id, bytes32 statement, uint256 n) internal view returns (bytes memory proof) {
        for (uint256 i = 0; i < n; i++) {
            address attester = vm.addr(proverKeys[i]);
            proof = abi.encodePacked(
                proof,
                attester,
                NEVER,
                sign(proverKeys[i], quorum.settlementHash(uint64(id), statement, 1, attester, NEVER))
            );
        }
    }

    function proofsOf(bytes memory proof) internal view returns (IProofRegistry.Proof[] memory list) {
        list = new IProofRegistry.Proof[](1);
        list[0] = IProofRegistry.Proof(address(quorum), proof);
    }

    /// @dev Proves what the bundle says, true or not.
    function prove(ISharedBridge.Bundle memory b, bool touchesL1) internal {
        on(L1);
        for (uint256 i = 0; i < b.transitions.length; i++) {
            ISharedBridge.TransitionInput memory t = b.transitions[i];
            bytes32 statement = statementOf(b, i, Settle(touchesL1, 0, l1Hash(t.anchorNumber)));
            t.proofs = proofsOf(attest(t.chainId, statement, 2));
        }
    }

    /// @dev What the rollup says of the queue after its last block, if it took entries since it settled.
    function forcedHashOf(ISharedBridge.TransitionInput memory t) internal view virtual returns (bytes32) {
        (, uint64 taken) = shared.forcedQueue().position(t.chainId);
        return t.forcedCount == taken ? bytes32(0) : IRollupBridge(address(bridge[t.chainId])).forcedHash();
    }

    /// @dev Settles these rollups as they are, in ascending order.
    function seal(ISharedBridge.Bundle memory b, bool touchesL1, uint256 first) internal {
        addTransition(b, first);
        prove(b, touchesL1);
    }

    function seal(ISharedBridge.Bundle memory b, bool touchesL1, uint256 first, uint256 second) internal {
        addTransition(b, first);
        seal(b, touchesL1, second);
    }

    function execute(ISharedBridge.Bundle memory b) internal {
        on(L1);
        shared.executeBundle(b);
        for (uint256 i = 0; i < b.transitions.length; i++) {
            height[b.transitions[i].chainId]++;
        }
        height[L1]++;
        on(L1);
    }

    function executeExpecting(ISharedBridge.Bundle memory b, bytes memory problem) internal {
        on(L1);
        vm.expectRevert(problem);
        shared.executeBundle(b);
        syncNonce();
    }

    /// @dev A bundle that reverted used no nonce.
    function syncNonce() internal {
        (bool success, bytes memory result) = user.staticcall(abi.encodeCall(IScopedAccount.nonceOf, (0)));
        if (success && result.length == 32) userNonce = abi.decode(result, (uint64));
    }

    function executeExpecting(ISharedBridge.Bundle memory b, bytes4 problem) internal {
        executeExpecting(b, abi.encodeWithSelector(problem));
    }

    receive() external payable {}
}
