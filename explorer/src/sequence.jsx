// sequence - the drawing of a scope: accounts of all chains side by side, calls from the top to the bottom.

import { errorText, shorten, shortHex, valueText } from "./abi.mjs";
import { chainClass, chainName, ether } from "./parts.jsx";
import { layoutOf, STOPPED } from "./trace.mjs";

export function callText(names, frame) {
    if (frame.type?.startsWith("CREATE")) return "deploys a contract";
    if (frame.input === "0x") return BigInt(frame.value ?? 0) > 0n ? "sends" : "calls";
    const known = names.book.call(frame.input);
    if (!known) return `${frame.input.slice(0, 10)}(…)`;
    const values = known.values.map((v, i) => valueText(known.item.inputs[i], v)).join(", ");
    return `${known.item.name}(${values})`;
}

export function answerText(names, message) {
    const { frame } = message;
    if (message.failed) return errorText(names.book, frame);
    const known = frame.output && names.book.returned(frame.input, frame.output);
    if (known) return known.values.map((v, i) => valueText(known.item.outputs[i], v)).join(", ");
    return frame.output && frame.output !== "0x" ? shortHex(frame.output) : "done";
}

const SHOWN = 26,
    SHOWN_WIDE = 60;

function Label({ x, y, text, anchor = "middle", width, kind }) {
    const most = Math.max(SHOWN, Math.min(SHOWN_WIDE, Math.floor(width / 6.4)));
    return (
        <text class={kind} x={x} y={y} text-anchor={anchor}>
            {shorten(text, most)}
            <title>{text}</title>
        </text>
    );
}

function Arrow({ row, names, isChosen, onChoose }) {
    const { message, kind, y, x1, x2 } = row,
        isReturn = kind === "return";
    const classes = [
        "arrow",
        kind,
        message.failed && "failed",
        message.static && "static",
        message.undone && "undone",
        message.crosses && "crosses",
        isChosen && "chosen",
    ]
        .filter(Boolean)
        .join(" ");
    const isSelf = x1 === x2,
        right = x2 > x1,
        gap = 6;
    const from = isSelf ? x1 + gap : x1 + (right ? gap : -gap),
        to = isSelf ? x2 + gap : x2 + (right ? -gap : gap);
    const path = isSelf ? `M${from} ${y} h36 v14 h-36` : `M${from} ${y} L${to} ${y}`;
    const tipY = isSelf ? y + 14 : y,
        tip = isSelf || !right ? 7 : -7;
    const value = !isReturn && BigInt(message.frame.value ?? 0) > 0n ? ` · ${ether(message.frame.value)}` : "";
    const text = isReturn
        ? `${message.failed ? "✕ " : ""}${answerText(names, message)}`
        : `${callText(names, message.frame)}${value}`;
    const middle = isSelf ? x1 + 50 : (x1 + x2) / 2,
        width = Math.abs(x2 - x1) - 20;
    const gas =
        !isReturn &&
        (message.frame.error === STOPPED
            ? "did not end"
            : `${Number(message.frame.gasUsed).toLocaleString("en-US")} gas`);
    const choose = (e) =>
        (e.type === "click" || e.key === "Enter" || e.key === " ") && (e.preventDefault(), onChoose());
    return (
        <g class={classes} role="button" tabindex="0" aria-pressed={isChosen} onClick={choose} onKeyDown={choose}>
            <rect
                class="hit"
                x={Math.min(x1, x2) - 8}
                y={y - 24}
                width={Math.max(60, Math.abs(x2 - x1) + 16)}
                height="38"
                rx="6"
            />
            <path class="line" d={path} />
            <path class="tip" d={`M${to} ${tipY} l${tip} -4 v8 z`} />
            <Label
                kind="label"
                x={middle}
                y={isSelf ? y + 3 : y - 7}
                text={text}
                width={isSelf ? 120 : width}
                anchor={isSelf ? "start" : "middle"}
            />
            {gas && (
                <text class="gas" x={middle} y={isSelf ? y + 17 : y + 13} text-anchor={isSelf ? "start" : "middle"}>
                    {message.static ? "view · " : ""}
                    {message.undone ? "undone · " : ""}
                    {gas}
                </text>
            )}
        </g>
    );
}

// sequence: of sequenceOf; chosen: a message. The drawing is an <svg> that stands alone, but for its style.
export function Sequence({ sequence, chains, names, chosen, onChoose }) {
    const l = layoutOf(sequence);
    return (
        <svg
            class="sequence"
            width={l.width}
            height={l.height}
            viewBox={`0 0 ${l.width} ${l.height}`}
            role="group"
            aria-label="Sequence of calls over chains">
            {l.bands.map((b) => (
                <g key={b.chainId} class={`band ${chainClass(chains, b.chainId)}`}>
                    <rect x={b.x + 4} y="4" width={b.width - 8} height={l.height - 8} rx="10" />
                    <text class="band-name" x={b.x + b.width / 2} y="26" text-anchor="middle">
                        {chainName(chains, b.chainId)}
                    </text>
                </g>
            ))}
            {l.columns.map((c) => (
                <g key={`${c.chainId}${c.address}`} class="life">
                    <line x1={c.x} y1="62" x2={c.x} y2={l.height - 14} />
                    <a href={c.address && `#/account/${c.address}`}>
                        <rect x={c.x - 74} y="36" width="148" height="26" rx="13" />
                        <text x={c.x} y="53" text-anchor="middle">
                            {shorten(names.of(c.address) ?? shortHex(c.address), 20)}
                            <title>{c.address}</title>
                        </text>
                    </a>
                </g>
            ))}
            {l.bars.map((b, i) => (
                <rect
                    key={i}
                    class={`bar ${b.message.failed ? "failed" : ""}`}
                    x={b.x - 4}
                    y={b.y}
                    width="8"
                    height={Math.max(10, b.height)}
                    rx="3"
                />
            ))}
            {l.rows.map((row, i) => (
                <Arrow
                    key={i}
                    row={row}
                    names={names}
                    isChosen={chosen?.frame === row.message.frame}
                    onChoose={() => onChoose(row.message)}
                />
            ))}
        </svg>
    );
}

// How many messages did not fit.
export const omittedRows = (sequence) => layoutOf(sequence).omitted;
