// scope - a transaction or operation: the drawing of its calls over chains, what failed and what to do, the call tree of
// a message, gas, mailboxes, and the bundle that settled it.

import { useEffect, useState } from "preact/hooks";
import { adviceFor } from "../advice.mjs";
import { errorText, valueText } from "../abi.mjs";
import { batch, call } from "../node.mjs";
import {
    Account,
    Chain,
    chainClass,
    chainName,
    Copy,
    Data,
    Empty,
    ether,
    Facts,
    Hash,
    Loading,
    number,
    Section,
    Status,
    useAsked,
} from "../parts.jsx";
import { culprit, gasByChain, hasFailed, sequenceOf, STOPPED } from "../trace.mjs";
import { answerText, callText, omittedRows, Sequence } from "../sequence.jsx";

// --- why it failed ---

const whereText = (frame, chains, names) =>
    `${names.of(frame.to) ?? frame.to} on ${chainName(chains, frame.chainId)}`;

const reasonText = (reason) => reason.replace("REJECT_", "").replaceAll("_", " ").toLowerCase();

const Failure = ({ frame, names, chains }) => (
    <>
        <strong>{callText(names, frame)}</strong> of <Account names={names} address={frame.to} /> on{" "}
        <Chain chains={chains} id={frame.chainId} />{" "}
        {frame.error === STOPPED ? (
            "was running"
        ) : (
            <>
                failed: <strong class="bad">{errorText(names.book, frame)}</strong>
            </>
        )}
    </>
);

function Why({ answer, state, names }) {
    const { chains } = state,
        blame = culprit(answer),
        frame = blame?.frame ?? null;
    if (!answer.error && !frame) return null;
    const advice = adviceFor(answer.error?.reason, frame, names.book);
    return (
        <section class="panel why" role="alert">
            <h2>
                {answer.error ? `Rejected: ${reasonText(answer.error.reason)}` : "It reverted"}{" "}
                {answer.error && <code>{answer.error.reason}</code>}
            </h2>
            {frame && (
                <p class="why-frame">
                    <Failure frame={frame} names={names} chains={chains} />
                </p>
            )}
            {blame?.earlier && (
                <p class="why-earlier">
                    Before that, <Failure frame={blame.earlier} names={names} chains={chains} />
                </p>
            )}
            {answer.error && <p>{answer.error.message}</p>}
            {blame && (
                <details>
                    <summary>The {blame.path.length + 1} frames on the way</summary>
                    <ol class="path">
                        {[...blame.path, frame].map((f, i) => (
                            <li key={i}>
                                <Chain chains={chains} id={f.chainId} /> <code>{callText(names, f)}</code> of{" "}
                                {whereText(f, chains, names)}
                            </li>
                        ))}
                    </ol>
                </details>
            )}
            {advice && (
                <p class="advice">
                    <span class="tag">What to do</span> {advice}
                </p>
            )}
        </section>
    );
}

// --- the call tree ---

function Values({ types, values }) {
    return (
        <table class="values">
            <tbody>
                {types.map((t, i) => (
                    <tr key={i}>
                        <th scope="row">
                            {t.name || i}
                            <span class="muted"> {t.type}</span>
                        </th>
                        <td>
                            <code>{valueText(t, values[i], true)}</code>
                            <Copy text={valueText(t, values[i], true)} what={t.name || `value ${i}`} quiet />
                        </td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

function FrameFacts({ frame, names, chains }) {
    const called = names.book.call(frame.input);
    const returned = frame.output && !hasFailed(frame) ? names.book.returned(frame.input, frame.output) : null;
    return (
        <div class="frame-facts">
            <Facts
                rows={[
                    ["chain", <Chain chains={chains} id={frame.chainId} />],
                    ["type", frame.type.toLowerCase()],
                    ["from", <Account names={names} address={frame.from} whole />],
                    ["to", <Account names={names} address={frame.to} whole />],
                    frame.value && ["value", ether(frame.value)],
                    ["gas", `${number(frame.gasUsed)} of ${number(frame.gas)}`],
                    hasFailed(frame) && ["error", <span class="bad">{errorText(names.book, frame)}</span>],
                    frame.static && ["static", "nothing can be changed in it"],
                    frame.undone && ["undone", "a frame around it failed"],
                ]}
            />
            {called && called.values.length > 0 && (
                <>
                    <h4>{called.item.name}</h4>
                    <Values types={called.item.inputs} values={called.values} />
                </>
            )}
            {returned && (
                <>
                    <h4>returns</h4>
                    <Values types={returned.item.outputs} values={returned.values} />
                </>
            )}
            <Facts
                rows={[
                    ["input", <Data hex={frame.input} what="input" />],
                    ["output", <Data hex={frame.output ?? "0x"} what="output" />],
                ]}
            />
        </div>
    );
}

function Tree({ frame, names, chains, isOpen }) {
    const [isShown, setShown] = useState(isOpen);
    const classes = ["node", hasFailed(frame) && "failed", frame.undone && "undone", frame.static && "static"];
    return (
        <li class={classes.filter(Boolean).join(" ")}>
            <details open={isShown} onToggle={(e) => e.target === e.currentTarget && setShown(e.currentTarget.open)}>
                <summary>
                    <Chain chains={chains} id={frame.chainId} />{" "}
                    <span class="callee">{names.of(frame.to) ?? frame.to}</span> <code>{callText(names, frame)}</code>
                    {frame.value && BigInt(frame.value) > 0n && <span class="tag">{ether(frame.value)}</span>}
                    {frame.static && <span class="tag">static</span>}
                    {frame.undone && <span class="tag">undone</span>}
                    {hasFailed(frame) && <span class="bad"> ✕ {errorText(names.book, frame)}</span>}
                    <span class="muted">
                        {" "}
                        {frame.error === STOPPED ? "did not end" : `${number(frame.gasUsed)} gas`}
                    </span>
                </summary>
                {isShown && <FrameFacts frame={frame} names={names} chains={chains} />}
            </details>
            {frame.calls && (
                <ul>
                    {frame.calls.map((c, i) => (
                        <Tree key={i} frame={c} names={names} chains={chains} />
                    ))}
                </ul>
            )}
        </li>
    );
}

function Chosen({ message, names, chains, onClose }) {
    return (
        <section class="panel chosen" aria-live="polite">
            <div class="panel-head">
                <h2>{callText(names, message.frame)}</h2>
                <button type="button" onClick={onClose} aria-label="Close">
                    ✕
                </button>
            </div>
            <p>
                {message.failed ? "Failed" : "Returned"}:{" "}
                <strong class={message.failed ? "bad" : ""}>{answerText(names, message)}</strong>
            </p>
            <FrameFacts frame={message.frame} names={names} chains={chains} />
            <h3>Its frames</h3>
            <ul class="tree">
                <Tree frame={message.leg ?? message.frame} names={names} chains={chains} />
            </ul>
        </section>
    );
}

// --- gas and mailboxes ---

// rows: [key, label, value, class]
export function Bars({ rows, unit }) {
    const most = Math.max(1, ...rows.map(([, , value]) => value));
    return (
        <div class="bars">
            {rows.map(([key, label, value, kind]) => (
                <div key={key} class="bar-row">
                    <span>{label}</span>
                    <svg class={`bar-line ${kind}`} width="100%" height="12" aria-hidden="true">
                        <rect x="0" y="1" height="10" rx="3" width={`${Math.max(0.5, (value * 100) / most)}%`} />
                    </svg>
                    <span class="right">
                        {number(value)} {unit}
                    </span>
                </div>
            ))}
        </div>
    );
}

const LANES = [
    ["requestsOut", "requestsIn"],
    ["requestsIn", "requestsOut"],
    ["responsesOut", "responsesIn"],
    ["responsesIn", "responsesOut"],
    ["valueOut", "valueIn"],
    ["valueIn", "valueOut"],
];
const LANE_NAME = {
    requestsOut: "requests out",
    requestsIn: "requests in",
    responsesOut: "responses out",
    responsesIn: "responses in",
    valueOut: "value out",
    valueIn: "value in",
};

export function Mailboxes({ pairs, chains }) {
    return pairs.map(({ here, there, equal }) => (
        <div key={`${here.chainId}-${there.chainId}`} class="scroll" tabIndex={0} role="group" aria-label="Mailboxes">
            <table class="mailboxes">
                <caption>
                    <Chain chains={chains} id={here.chainId} /> and <Chain chains={chains} id={there.chainId} />{" "}
                    <span class={equal ? "good" : "bad"}>{equal ? "✓ equal" : "✕ different"}</span>
                </caption>
                <tbody>
                    {LANES.map(([a, b]) => (
                        <tr key={a}>
                            <td class="right muted">{LANE_NAME[a]}</td>
                            <td>
                                <Side value={here[a]} />
                            </td>
                            <td class={here[a] === there[b] ? "good" : "bad"}>{here[a] === there[b] ? "=" : "≠"}</td>
                            <td>
                                <Side value={there[b]} />
                            </td>
                            <td class="muted">{LANE_NAME[b]}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    ));
}

const Side = ({ value }) =>
    value.length === 66 ? (
        <span class="hash">
            <code title={value} class={/^0x0+$/.test(value) ? "muted" : ""}>
                {/^0x0+$/.test(value) ? "nothing yet" : `${value.slice(0, 14)}…${value.slice(-6)}`}
            </code>
            <Copy text={value} what="hash" quiet />
        </span>
    ) : (
        <code>{ether(value)}</code>
    );

// --- the page ---

function Head({ answer, state, names }) {
    const { chains } = state;
    return (
        <section class="panel">
            <div class="panel-head">
                <h1>{answer.kind === "operation" ? "Operation" : answer.calls.length ? "Scope" : "Transaction"}</h1>
                <Status of={answer} />
            </div>
            <Facts
                rows={[
                    ["hash", <Hash hash={answer.hash} whole />],
                    ["chain", <Chain chains={chains} id={answer.chainId} />],
                    ["from", <Account names={names} address={answer.from} whole />],
                    [
                        "block",
                        answer.blockNumber ? (
                            <a href={`#/block/${answer.chainId}/${Number(answer.blockNumber)}`}>
                                {number(answer.blockNumber)}
                            </a>
                        ) : (
                            <span class="muted">in none</span>
                        ),
                    ],
                    [
                        "settled by",
                        answer.bundle ? (
                            <>
                                <Hash hash={answer.bundle.hash} to={`#/bundle/${answer.bundle.hash}`} whole /> in L1 block{" "}
                                <a href={`#/block/${chains[0].chainId}/${Number(answer.bundle.blockNumber)}`}>
                                    {number(answer.bundle.blockNumber)}
                                </a>
                            </>
                        ) : (
                            <span class="muted">no bundle</span>
                        ),
                    ],
                ]}
            />
        </section>
    );
}

function Drawing({ answer, state, names, chosen, setChosen }) {
    const [isFull, setFull] = useState(false);
    const sequence = sequenceOf(answer, state.chains, isFull);
    const omitted = omittedRows(sequence);
    const aside = (
        <label>
            <input
                type="checkbox"
                checked={isFull}
                onChange={(e) => {
                    setFull(e.target.checked);
                    setChosen(null);
                }}
            />{" "}
            every frame
        </label>
    );
    return (
        <Section title="Calls" aside={aside}>
            <div class="scroll" tabIndex={0} role="group" aria-label="Drawing of the calls">
                <Sequence
                    sequence={sequence}
                    chains={state.chains}
                    names={names}
                    chosen={chosen}
                    onChoose={setChosen}
                />
            </div>
            <p class="legend muted">
                solid: a call · dashed: its answer · dotted: a view call · pale: undone ·{" "}
                <span class="bad">red: failed</span>. Choose an arrow to see its frames.
                {omitted > 0 && ` ${omitted} more calls are in the tree below.`}
            </p>
        </Section>
    );
}

function Settled({ answer, chains }) {
    return (
        <Section
            title="Mailboxes after the bundle"
            aside={<span class="muted">both sides of each pair; a bundle whose hashes differ cannot settle</span>}>
            <Mailboxes pairs={answer.mailboxes} chains={chains} />
        </Section>
    );
}

function Traced({ answer, state, names }) {
    const [chosen, setChosen] = useState(null);
    useEffect(() => {
        const close = (e) => e.key === "Escape" && setChosen(null);
        addEventListener("keydown", close);
        return () => removeEventListener("keydown", close);
    }, []);
    const gas = [...gasByChain(answer.trace)].map(([id, used]) => [
        id,
        chainName(state.chains, id),
        used,
        chainClass(state.chains, id),
    ]);
    return (
        <>
            <div class={chosen ? "split" : ""}>
                <Drawing answer={answer} state={state} names={names} chosen={chosen} setChosen={setChosen} />
                {chosen && (
                    <Chosen message={chosen} names={names} chains={state.chains} onClose={() => setChosen(null)} />
                )}
            </div>
            <Section title="Gas by chain" aside={<span class="muted">as simulated</span>}>
                <Bars rows={gas} unit="gas" />
            </Section>
            {answer.mailboxes?.length > 0 && <Settled answer={answer} chains={state.chains} />}
            <Section
                title="Call tree"
                aside={
                    answer.omittedFrames > 0 && (
                        <span class="bad">{answer.omittedFrames} frames were not recorded</span>
                    )
                }>
                <ul class="tree">
                    <Tree frame={answer.trace} names={names} chains={state.chains} />
                </ul>
            </Section>
        </>
    );
}

export function Scope({ state, names, hash }) {
    const now = state.statuses.find((s) => s.hash === hash)?.status;
    const answer = useAsked(
        () =>
            call("scope_trace", [hash]).catch(async (error) => {
                const known = await call("scope_getTransaction", [hash]);
                if (!known) throw error;
                return { ...known, trace: null };
            }),
        [hash, now],
    );
    if (!answer.value) return <Loading answer={answer} what="the transaction" />;
    return (
        <>
            <Head answer={answer.value} state={state} names={names} />
            <Why answer={answer.value} state={state} names={names} />
            {answer.value.trace ? (
                <Traced answer={answer.value} state={state} names={names} />
            ) : (
                <Empty>
                    {["pending", "simulated"].includes(answer.value.status)
                        ? "It waits for its slot."
                        : "Its calls were not recorded."}
                </Empty>
            )}
            <Receipt hash={hash} state={state} names={names} chainId={answer.value.chainId} />
        </>
    );
}

// --- what its own chain says ---

function Log({ log, names }) {
    const known = names.book.event(log);
    return (
        <li>
            <Account names={names} address={log.address} />{" "}
            {known ? (
                <>
                    <code>{known.item.name}</code>
                    <Values types={known.item.inputs} values={known.values} />
                </>
            ) : (
                <Data hex={log.data} what="data" />
            )}
        </li>
    );
}

function Receipt({ hash, chainId, names }) {
    const answer = useAsked(
        () =>
            batch(
                [
                    ["eth_getTransactionByHash", hash],
                    ["eth_getTransactionReceipt", hash],
                ],
                chainId,
            ),
        [hash, chainId],
    );
    const [tx, receipt] = answer.value ?? [];
    if (!tx) return null;
    return (
        <Section title="Transaction">
            <Facts
                rows={[
                    ["nonce", number(tx.nonce)],
                    ["value", ether(tx.value)],
                    ["gas limit", number(tx.gas)],
                    receipt && ["gas used", number(receipt.gasUsed)],
                    receipt && ["fee", ether(BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice ?? 0))],
                    receipt?.contractAddress && [
                        "created",
                        <Account names={names} address={receipt.contractAddress} whole />,
                    ],
                    ["input", <Data hex={tx.input} what="input" />],
                ]}
            />
            {receipt?.logs.length > 0 && (
                <>
                    <h3>Logs</h3>
                    <ul class="logs">
                        {receipt.logs.map((l) => (
                            <Log key={l.logIndex} log={l} names={names} />
                        ))}
                    </ul>
                </>
            )}
        </Section>
    );
}
