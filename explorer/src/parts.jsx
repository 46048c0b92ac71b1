// parts - small pieces that every page uses.

import { useEffect, useState } from "preact/hooks";
import { shortHex } from "./abi.mjs";
import { watch } from "./node.mjs";

export function useNode() {
    const [state, setState] = useState(null);
    useEffect(() => watch(setState), []);
    return state;
}

// The result of a promise: undefined while it runs; { error } when it failed. keys: asks again when one changes.
export function useAsked(ask, keys) {
    const [answer, setAnswer] = useState({});
    useEffect(() => {
        let isOver = false;
        ask().then(
            (value) => isOver || setAnswer({ value }),
            (error) => isOver || setAnswer({ error: error.message }),
        );
        return () => (isOver = true);
    }, keys);
    return answer;
}

export const number = (quantity) => Number(quantity).toLocaleString("en-US");

// Wei as ether, exact, without trailing zeros.
export function ether(wei) {
    const x = BigInt(wei),
        whole = x / 10n ** 18n,
        part = (x % 10n ** 18n).toString().padStart(18, "0").replace(/0+$/, "");
    if (whole === 0n && x !== 0n && x < 10n ** 12n) return `${x.toLocaleString("en-US")} wei`;
    return `${whole.toLocaleString("en-US")}${part ? `.${part}` : ""} ETH`;
}

export function ago(seconds, now = Date.now() / 1000) {
    const s = Math.max(0, Math.round(now - Number(seconds)));
    return s < 60
        ? `${s} s ago`
        : s < 3600
          ? `${Math.floor(s / 60)} min ago`
          : s < 86400
            ? `${Math.floor(s / 3600)} h ago`
            : `${Math.floor(s / 86400)} d ago`;
}

export function chainName(chains, chainId) {
    const chain = chains.find((c) => c.chainId === Number(chainId));
    return chain?.kind === "l1" ? "L1" : `Rollup ${chainId}`;
}

// One of six colors, fixed by the place of the chain in the list: class c0 to c5.
export const chainClass = (chains, chainId) =>
    `c${
        Math.max(
            0,
            chains.findIndex((c) => c.chainId === Number(chainId)),
        ) % 6
    }`;

export const Chain = ({ chains, id }) => (
    <span class={`chain ${chainClass(chains, id)}`}>{chainName(chains, id)}</span>
);

// quiet: shown when the pointer or the focus is there.
export function Copy({ text, what, quiet = false }) {
    const [isDone, setDone] = useState(false);
    const copy = () =>
        navigator.clipboard.writeText(text).then(() => {
            setDone(true);
            setTimeout(() => setDone(false), 1200);
        });
    return (
        <button class={`copy ${quiet ? "quiet" : ""}`} type="button" onClick={copy} title={`Copy ${what}`} aria-label={`Copy ${what}`}>
            {isDone ? (
                "✓"
            ) : (
                <svg width="13" height="13" viewBox="0 0 13 13" aria-hidden="true">
                    <rect x="1" y="1" width="7.5" height="8.5" rx="1.5" />
                    <rect x="4.5" y="3.5" width="7.5" height="8.5" rx="1.5" />
                </svg>
            )}
        </button>
    );
}

export const Hash = ({ hash, to, whole = false, what = "hash" }) => (
    <span class="hash">
        {to ? (
            <a href={to} title={hash}>
                {whole ? hash : shortHex(hash)}
            </a>
        ) : (
            <span title={hash}>{whole ? hash : shortHex(hash)}</span>
        )}
        <Copy text={hash} what={what} quiet={!whole} />
    </span>
);

export const Account = ({ names, address, whole = false }) =>
    address ? (
        <span class="hash">
            <a href={`#/account/${address}`} title={address}>
                {names.of(address) ?? (whole ? address : shortHex(address))}
            </a>
            <Copy text={address} what="address" quiet={!whole} />
        </span>
    ) : (
        <span>{names.of(address)}</span>
    );

// Of a transaction or operation; one that is in a block may have failed there.
export const Status = ({ of }) =>
    of.reverted ? (
        <span class="status rejected">reverted</span>
    ) : (
        <span class={`status ${of.status}`}>{of.status}</span>
    );

export const Empty = ({ children }) => <p class="empty">{children}</p>;

export const Section = ({ title, aside, children }) => (
    <section class="panel">
        <div class="panel-head">
            <h2>{title}</h2>
            {aside}
        </div>
        {children}
    </section>
);

export const Facts = ({ rows }) => (
    <dl class="facts">
        {rows.filter(Boolean).map(([label, value]) => (
            <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
            </div>
        ))}
    </dl>
);

export const Loading = ({ answer, what }) =>
    answer.error ? (
        <p class="problem" role="alert">
            {answer.error}
        </p>
    ) : (
        <p class="empty">Loading {what} …</p>
    );

// Blocks of text that a person may want to copy as a whole: data, code.
export const Data = ({ hex, what }) =>
    hex === "0x" ? (
        <span class="muted">none</span>
    ) : (
        <details class="data">
            <summary>{(hex.length - 2) / 2} bytes</summary>
            <Copy text={hex} what={what} />
            <code>{hex}</code>
        </details>
    );
