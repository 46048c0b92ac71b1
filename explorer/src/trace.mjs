// trace - a trace of scope_trace as a sequence of messages between accounts of several chains.
//
//     frames                                             messages
//     west   buyer -> bridge: scopedCall                 west buyer ---> east shop: buy()      one leg, in simple form
//     east     system -> bridge: handleScopedCall
//     east       bridge -> remote account
//     east         remote account -> shop: buy()
//
// A message is { frame, from, to, crosses, static, undone, failed, leg?, messages }: `from` and `to` are accounts on
// chains, `frame` is the one whose input, output and gas are shown; `leg` is the frame that began a call to another
// chain.
// In full form every frame is a message.

// The error of a frame that did not end: the node gives no other.
export const STOPPED = "stopped by the builder";

// A creation that failed has no address.
const at = (chainId, address) => ({ chainId, address: address ?? "" });
const key = (a) => `${a.chainId}:${a.address}`;
export const sameAccount = (a, b) => a.chainId === b.chainId && a.address === b.address;
export const hasFailed = (frame) => frame.error !== undefined;

// Depth first.
export function* framesOf(frame, path = []) {
    yield { frame, path };
    for (const inner of frame.calls ?? [])
        yield* framesOf(inner, [...path, frame]);
}

const HANDLE_SCOPED_CALL = "0x965cd507", SCOPED_STATIC_CALL = "0x7ba901fc";
const words = (input) => input.slice(10).match(/.{64}/g) ?? [];

// handleScopedCall(uint256 sourceChain, address from, uint256 nonce, (address to, uint256 value, uint256 gasLimit,
// bytes data)); a step of L1's bundle has the same words further back.
export function requestOf(frame, call) {
    const w = words(frame.input);
    if (frame.input.startsWith(HANDLE_SCOPED_CALL) && w.length >= 9) {
        const length = 2 * Number(BigInt(`0x${w[8]}`) & 0xffffffffn);
        return { from: `0x${w[1].slice(24)}`, to: `0x${w[4].slice(24)}`, value: `0x${BigInt(`0x${w[5]}`).toString(16)}`,
            gas: `0x${BigInt(`0x${w[6]}`).toString(16)}`, data: `0x${frame.input.slice(10 + 64 * 9).slice(0, length)}` };
    }
    return call ? { from: call.from, to: call.to, value: call.value, data: null } : null;
}

// The frame in which the target itself runs, inside of the one that handles the call.
function targetFrame(handler, request) {
    for (const { frame } of framesOf(handler))
        if (frame !== handler && request && frame.to === request.to && frame.type !== "DELEGATECALL" &&
            frame.chainId === handler.chainId && (request.data === null || frame.input === request.data))
            return frame;
    return null;
}

function isBridge(bridges, frame) {
    return bridges.get(frame.chainId) === frame.to;
}

function simplify(frame, context) {
    const handlers = (frame.calls ?? []).filter((c) => c.handles !== undefined);
    if (isBridge(context.bridges, frame) && frame.handles === undefined)
        return handlers.map((handler) => legOf(frame, handler, context));
    if (frame.type === "DELEGATECALL" && !hasFailed(frame))
        return (frame.calls ?? []).flatMap((c) => simplify(c, context));
    if (frame.handles !== undefined) // an inline call into a chain that waits
        return [legOf(frame, frame, context)];
    return [{ ...plain(frame), messages: (frame.calls ?? []).flatMap((c) => simplify(c, context)) }];
}

function plain(frame) {
    return { frame, from: at(frame.chainId, frame.from), to: at(frame.chainId, frame.to), crosses: false,
        static: frame.static === true, undone: frame.undone === true, failed: hasFailed(frame) };
}

// frame: the source's bridge; handler: the target's.
function legOf(frame, handler, context) {
    const request = requestOf(handler, context.calls[handler.handles]);
    const target = targetFrame(handler, request);
    const shown = target ?? { ...handler, input: request?.data ?? handler.input, to: request?.to ?? handler.to,
        value: request?.value ?? handler.value };
    const sourceChain = frame === handler ? context.calls[handler.handles]?.source ?? frame.chainId : frame.chainId;
    const isView = frame.static === true || frame.input.startsWith(SCOPED_STATIC_CALL);
    const failed = hasFailed(shown) || (!target && hasFailed(frame));
    return { frame: failed && !hasFailed(shown) ? { ...shown, error: frame.error, output: frame.output } : shown,
        leg: frame, from: at(sourceChain, request?.from ?? frame.from), to: at(handler.chainId, shown.to),
        crosses: true,
        static: isView, undone: handler.undone === true || shown.undone === true, failed,
        messages: (target?.calls ?? []).flatMap((c) => simplify(c, context)) };
}

const full = (frame, parent) => ({ ...plain(frame), crosses: parent !== null && parent.chainId !== frame.chainId,
    messages: (frame.calls ?? []).map((c) => full(c, frame)) });

// chains: of scope_chains; the answer of scope_trace. NULL: it has no trace.
export function sequenceOf(answer, chains, isFull = false) {
    if (!answer.trace)
        return null;
    const bridges = new Map(chains.map((c) => [c.chainId, c.bridge.toLowerCase()]));
    const context = { bridges, calls: answer.calls };
    const roots = isFull ? [full(answer.trace, null)] : simplify(answer.trace, context);
    const messages = roots.length === 1 && !isBridge(bridges, answer.trace) ? roots
        : [{ ...plain(answer.trace), messages: roots }];
    return { messages, accounts: accountsOf(messages, chains) };
}

// The accounts that are drawn, chain by chain in the order of the chains, in the order in which they appear.
function accountsOf(messages, chains) {
    const seen = new Map();
    const visit = (list) => list.forEach((m) => {
        for (const a of [m.from, m.to])
            if (!seen.has(key(a)))
                seen.set(key(a), a);
        visit(m.messages);
    });
    visit(messages);
    const order = chains.map((c) => c.chainId), all = [...seen.values()];
    return all.toSorted((a, b) => order.indexOf(a.chainId) - order.indexOf(b.chainId));
}

// --- which frame is to blame ---

const REVERTED = "execution reverted";
const bytesOf = (frame) => (frame.output ?? "0x").slice(2);

// Whether the failure of an inner frame is the one that the outer frame, which reverted, passed on.
const isPassedOn = (inner, outer) => (bytesOf(outer) ? bytesOf(inner).length >= 8
    && bytesOf(outer).includes(bytesOf(inner))
    : !bytesOf(inner));

// The innermost frame with the failure of this one: revert data is passed on, also by bridges, with what they add.
function origin(at) {
    let found = at;
    for (const inner of framesOf(at.frame, at.path))
        if (inner.frame !== at.frame && hasFailed(inner.frame) && inner.frame.error !== STOPPED &&
            isPassedOn(inner.frame, at.frame) && inner.path.length >= found.path.length)
            found = inner;
    return at.frame.error === REVERTED ? found : at;
}

// Where the builder stopped: the frames around it did not end.
function stoppedAt(trace) {
    let at = { frame: trace, path: [] };
    for (let inner = trace; at.frame.error === STOPPED; ) {
        inner = at.frame.calls?.at(-1);
        if (!inner || !hasFailed(inner))
            break;
        at = { frame: inner, path: [...at.path, at.frame] };
    }
    return at;
}

// Of scope_trace's answer: { frame, path } of the frame to blame, and what failed inside of it and is not the reason.
// NULL: no frame is.
export function culprit({ trace, error }) {
    if (!trace || !hasFailed(trace))
        return null;
    const stopped = stoppedAt(trace);
    // the call itself may have succeeded: to blame is the frame that then reverted
    const at = error?.reason === "REJECT_REVERT_AROUND_CALL" ? stopped : origin(stopped);
    let earlier = null;
    for (const { frame, path } of framesOf(at.frame, at.path))
        if (frame !== at.frame && hasFailed(frame) && frame.error !== STOPPED &&
            (!earlier || path.length >= earlier.path.length))
            earlier = { frame, path };
    return { ...at, earlier: earlier?.frame ?? null };
}

// Gas by chain: of the outermost frames of each chain.
export function gasByChain(trace) {
    const gas = new Map();
    const visit = (frame, parent) => {
        if (!parent || parent.chainId !== frame.chainId)
            gas.set(frame.chainId, (gas.get(frame.chainId) ?? 0) + Number(frame.gasUsed));
        if (parent && parent.chainId !== frame.chainId) // a frame's gas is not its parent's on another chain
            gas.set(parent.chainId, gas.get(parent.chainId) ?? 0);
        (frame.calls ?? []).forEach((c) => visit(c, frame));
    };
    visit(trace, null);
    return gas;
}

// --- layout: numbers for the drawing ---

const COLUMN = 176, LEFT = 96, ROW = 44, TOP = 92, MOST_ROWS = 1500;

// rows: { kind: "call" | "return", message, y, x1, x2, depth, number }; bars: where an account runs; columns; bands of
// chains.
export function layoutOf(sequence) {
    const columns = sequence.accounts.map((a, i) => ({ ...a, x: LEFT + COLUMN * i }));
    const xOf = (a) => columns.find((c) => sameAccount(c, a)).x;
    const rows = [], bars = [];
    let y = TOP, number = 0, omitted = 0;
    const visit = (m, depth) => {
        if (rows.length >= MOST_ROWS) {
            omitted++;
            return;
        }
        const x1 = xOf(m.from), x2 = xOf(m.to), begins = y;
        const row = { kind: "call", message: m, y, x1, x2, depth, number: ++number };
        rows.push(row);
        y += x1 === x2 ? ROW + 10 : ROW;
        m.messages.forEach((inner) => visit(inner, depth + 1));
        if (m.failed || m.crosses || m.messages.length) {
            rows.push({ kind: "return", message: m, y, x1: x2, x2: x1, depth, number: row.number });
            y += ROW;
        }
        bars.push({ x: x2, y: begins, height: y - begins - ROW / 2, message: m, depth });
    };
    sequence.messages.forEach((m) => visit(m, 0));
    const bands = [];
    for (const c of columns)
        if (bands.at(-1)?.chainId === c.chainId)
            bands.at(-1).width += COLUMN;
        else
            bands.push({ chainId: c.chainId, x: c.x - COLUMN / 2, width: COLUMN });
    return { columns, rows, bars, bands, omitted, width: LEFT + COLUMN * (columns.length - 1) + 96, height: y + 12 };
}
