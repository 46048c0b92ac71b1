// account - an address on all chains; of a contract: its functions, which can be called and sent, across chains too.

import { useEffect, useState } from "preact/hooks";
import { encode, errorText, parseItem, valueText } from "../abi.mjs";
import { batch, call } from "../node.mjs";
import { Chain, chainName, Data, Empty, ether, Facts, Hash, Loading, number, Section, useAsked } from "../parts.jsx";
import { sendByWallet, watchWallets } from "../wallet.mjs";
import { Transactions } from "./overview.jsx";

const SCOPED_CALL = parseItem(
    "function scopedCall(uint256 targetChain, address from, (address to, uint256 value, " +
        "uint256 gasLimit, bytes data) request) payable returns (bytes)",
);
const LEG_GAS = 1000000n,
    SEND_GAS = "0x300000";

async function load(address, chains) {
    const perChain = await Promise.all(
        chains.map((c) =>
            batch(
                [
                    ["eth_getBalance", address, "latest"],
                    ["eth_getTransactionCount", address, "latest"],
                    ["eth_getCode", address, "latest"],
                ],
                c.chainId,
            ),
        ),
    );
    const sent = await call("scope_listTransactions", [{ from: address, limit: "0x19" }]);
    return { perChain, sent: sent.transactions };
}

// --- calling functions ---

// What a person typed, as the encoder takes it: lists and tuples are JSON.
const typed = (t, text) => (t.of || t.parts ? JSON.parse(text || "[]") : text);

function useWallets() {
    const [wallets, setWallets] = useState([]);
    useEffect(() => watchWallets(setWallets), []);
    return wallets;
}

// The transaction that calls `to` on the chain, sent from another one through its bridge if they differ.
export function transactionOf(chain, source, sender, to, data, value) {
    if (chain.chainId === source.chainId) return { to, data, value };
    const request = [to, BigInt(value), LEG_GAS, data];
    return {
        to: source.bridge,
        value,
        data: SCOPED_CALL.selector + encode(SCOPED_CALL.inputs, [BigInt(chain.chainId), sender, request]),
    };
}

function Result({ result, names, item }) {
    if (!result) return null;
    if (result.error)
        return (
            <p class="problem" role="alert">
                {result.error}
            </p>
        );
    if (result.hash)
        return (
            <p role="status">
                Sent: <Hash hash={result.hash} to={`#/tx/${result.hash}`} />
            </p>
        );
    const known = names.book.returned(item.selector, result.output);
    return (
        <p class="result" role="status">
            <code>
                {known
                    ? known.values.map((v, i) => valueText(known.item.outputs[i], v, true)).join(", ")
                    : result.output}
            </code>
        </p>
    );
}

function messageOf(error, names) {
    const data = typeof error.data === "string" ? error.data : null;
    return data && data.length >= 10
        ? errorText(names.book, { error: "execution reverted", output: data })
        : error.message;
}

function FunctionForm({ item, address, chain, state, names, accounts }) {
    const [values, setValues] = useState(item.inputs.map(() => "")),
        [value, setValue] = useState("0");
    const [sourceId, setSource] = useState(chain.chainId),
        [sender, setSender] = useState("0");
    const [result, setResult] = useState(null),
        [isBusy, setBusy] = useState(false);
    const isRead = item.mutability === "view" || item.mutability === "pure";
    const source = state.chains.find((c) => c.chainId === Number(sourceId));
    const dataOf = () =>
        item.selector +
        encode(
            item.inputs,
            item.inputs.map((t, i) => typed(t, values[i])),
        );
    const run = (act) => async (e) => {
        e.preventDefault();
        setBusy(true);
        try {
            setResult(await act());
        } catch (error) {
            setResult({ error: messageOf(error, names) });
        }
        setBusy(false);
    };
    const read = async () => ({
        output: await call("eth_call", [{ to: address, data: dataOf() }, "latest"], chain.chainId),
    });
    const send = async () => {
        const by = accounts[Number(sender)],
            wei = `0x${weiOf(value).toString(16)}`;
        const from = by.provider ? (await by.provider.request({ method: "eth_requestAccounts" }))[0] : by.address;
        const tx = transactionOf(chain, source, from, address, dataOf(), wei);
        return {
            hash: by.provider
                ? await sendByWallet(by.provider, source, tx)
                : await call("eth_sendTransaction", [{ ...tx, from, gas: SEND_GAS }], source.chainId),
        };
    };
    return (
        <details class="function">
            <summary>
                <code>{item.name}</code> <span class="tag">{item.mutability}</span>
            </summary>
            <form onSubmit={run(isRead ? read : send)}>
                {item.inputs.map((t, i) => (
                    <label key={i} class="field">
                        <span>
                            {t.name || `argument ${i}`} <span class="muted">{t.type}</span>
                        </span>
                        <input
                            value={values[i]}
                            autocomplete="off"
                            spellcheck={false}
                            onInput={(e) => setValues(values.with(i, e.target.value))}
                        />
                    </label>
                ))}
                {!isRead && item.mutability === "payable" && (
                    <label class="field">
                        <span>
                            value <span class="muted">ETH</span>
                        </span>
                        <input value={value} inputmode="decimal" onInput={(e) => setValue(e.target.value)} />
                    </label>
                )}
                {!isRead && (
                    <div class="fields">
                        <label class="field">
                            <span>from chain</span>
                            <select value={sourceId} onChange={(e) => setSource(e.target.value)}>
                                {state.chains
                                    .filter(
                                        (c) => c.kind !== "l1" || c === chain || accounts.some((a) => !a.provider),
                                    )
                                    .map((c) => (
                                        <option key={c.chainId} value={c.chainId}>
                                            {chainName(state.chains, c.chainId)}
                                        </option>
                                    ))}
                            </select>
                        </label>
                        <label class="field">
                            <span>by</span>
                            <select value={sender} onChange={(e) => setSender(e.target.value)}>
                                {accounts.map((a, i) => (
                                    <option key={i} value={i}>
                                        {a.name}
                                    </option>
                                ))}
                            </select>
                        </label>
                    </div>
                )}
                <button type="submit" disabled={isBusy || (!isRead && accounts.length === 0)}>
                    {isRead
                        ? "Call"
                        : source === chain
                          ? "Send"
                          : `Send across to ${chainName(state.chains, chain.chainId)}`}
                </button>
                <Result result={result} names={names} item={item} />
            </form>
        </details>
    );
}

// "1.5" as wei, exactly.
export function weiOf(text) {
    const [, whole, part = ""] = /^(\d*)(?:\.(\d{0,18}))?$/.exec(text.trim()) ?? [];
    if (whole === undefined || (whole === "" && part === "")) throw new Error("value: expected a number of ether");
    return BigInt(whole || 0) * 10n ** 18n + BigInt(part.padEnd(18, "0"));
}

function Functions({ address, state, names, code }) {
    const wallets = useWallets(),
        deployed = state.chains.filter((_, i) => code[i] && code[i] !== "0x");
    const [chainId, setChain] = useState(deployed[0]?.chainId);
    const chain = deployed.find((c) => c.chainId === Number(chainId)) ?? deployed[0];
    const bytes = code[state.chains.indexOf(chain)].toLowerCase();
    // a dispatcher compares the selector: PUSH4, EQ
    const items = [
        ...new Map(
            [...names.contracts.flatMap((c) => c.items), ...names.known]
                .filter((i) => i.kind === "function" && bytes.includes(`63${i.selector.slice(2)}14`))
                .map((i) => [i.selector, i]),
        ).values(),
    ].toSorted((a, b) => a.name.localeCompare(b.name));
    const accounts = [
        ...wallets.map((w) => ({ name: w.name, provider: w.provider })),
        ...state.accounts.map((a, i) => ({ name: `account ${i}`, address: a })),
    ];
    return (
        <Section
            title="Functions"
            aside={
                <label>
                    on{" "}
                    <select value={chain.chainId} onChange={(e) => setChain(e.target.value)}>
                        {deployed.map((c) => (
                            <option key={c.chainId} value={c.chainId}>
                                {chainName(state.chains, c.chainId)}
                            </option>
                        ))}
                    </select>
                </label>
            }>
            {items.length === 0 ? (
                <Empty>None is known. Drop the contract's artifact (a JSON file with its ABI) on this page.</Empty>
            ) : (
                items.map((i) => (
                    <FunctionForm
                        key={`${chain.chainId}${i.selector}`}
                        item={i}
                        address={address}
                        chain={chain}
                        state={state}
                        names={names}
                        accounts={accounts}
                    />
                ))
            )}
        </Section>
    );
}

function Label({ address, names, onLabel }) {
    const [text, setText] = useState(names.of(address) ?? "");
    const submit = (e) => {
        e.preventDefault();
        onLabel(address, text);
    };
    return (
        <form class="inline" onSubmit={submit}>
            <input
                value={text}
                maxLength={40}
                aria-label="Label"
                placeholder="Label"
                onInput={(e) => setText(e.target.value)}
            />
            <button type="submit">Save label</button>
        </form>
    );
}

export function AccountPage({ state, names, address, onLabel }) {
    const { chains } = state,
        newest = chains.map((c) => state.heads[c.chainId]?.[0]?.hash).join();
    const answer = useAsked(() => load(address, chains), [address, newest]);
    if (!answer.value) return <Loading answer={answer} what="the account" />;
    const { perChain, sent } = answer.value,
        code = perChain.map(([, , c]) => c);
    const isContract = code.some((c) => c && c !== "0x");
    return (
        <>
            <section class="panel">
                <div class="panel-head">
                    <h1>{names.of(address) ?? (isContract ? "Contract" : "Account")}</h1>
                    <Label address={address} names={names} onLabel={onLabel} />
                </div>
                <Facts rows={[["address", <Hash hash={address} whole what="address" />]]} />
                <div class="scroll" tabIndex={0} role="group" aria-label="On each chain">
                    <table>
                        <caption class="unseen">On each chain</caption>
                        <thead>
                            <tr>
                                <th>Chain</th>
                                <th class="right">Balance</th>
                                <th class="right">Nonce</th>
                                <th>Code</th>
                            </tr>
                        </thead>
                        <tbody>
                            {chains.map((c, i) => (
                                <tr key={c.chainId}>
                                    <td>
                                        <Chain chains={chains} id={c.chainId} />
                                    </td>
                                    <td class="right">{ether(perChain[i][0] ?? 0)}</td>
                                    <td class="right">{number(perChain[i][1] ?? 0)}</td>
                                    <td>
                                        <Data hex={code[i] ?? "0x"} what="code" />
                                    </td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </div>
            </section>
            {isContract && <Functions address={address} state={state} names={names} code={code} />}
            <Section title="Sent">
                <Transactions items={sent} chains={chains} names={names} caption="Sent" />
            </Section>
        </>
    );
}
