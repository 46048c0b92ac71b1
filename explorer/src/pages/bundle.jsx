// bundle - what settled with one transaction of L1: blocks of rollups, data, gas, and the mailboxes it left.

import { call } from "../node.mjs";
import {
    ago,
    Chain,
    chainClass,
    chainName,
    ether,
    Facts,
    Hash,
    Loading,
    number,
    Section,
    useAsked,
} from "../parts.jsx";
import { Transactions } from "./overview.jsx";
import { Bars, Mailboxes } from "./scope.jsx";

function Rollups({ bundle, chains }) {
    return (
        <div class="scroll" tabIndex={0} role="group" aria-label="Rollups in the bundle">
            <table>
                <caption class="unseen">Rollups in the bundle</caption>
                <thead>
                    <tr>
                        <th>Chain</th>
                        <th>Blocks</th>
                        <th class="right">Transactions</th>
                        <th class="right">Of the system</th>
                        <th class="right">Data</th>
                        <th class="right">Attestations</th>
                        <th>Statement</th>
                        <th>State root</th>
                    </tr>
                </thead>
                <tbody>
                    {bundle.rollups.map((r) => (
                        <tr key={r.chainId}>
                            <td>
                                <Chain chains={chains} id={r.chainId} />
                            </td>
                            <td>
                                <a href={`#/block/${r.chainId}/${Number(r.lastBlock)}`}>
                                    {Number(r.firstBlock) === Number(r.lastBlock)
                                        ? number(r.lastBlock)
                                        : `${number(r.firstBlock)} to ${number(r.lastBlock)}`}
                                </a>
                            </td>
                            <td class="right">{r.transactions}</td>
                            <td class="right">{r.systemTransactions}</td>
                            <td class="right">{number(r.dataBytes)} B</td>
                            <td class="right">{r.attestations}</td>
                            <td>
                                <Hash hash={r.statement} />
                            </td>
                            <td>
                                <Hash hash={r.stateRoot} />
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export function Bundle({ state, names, hash }) {
    const { chains } = state,
        answer = useAsked(() => load(hash), [hash]);
    if (!answer.value) return <Loading answer={answer} what="the bundle" />;
    const { bundle, transactions } = answer.value;
    const gas = [
        ["l1", "L1 transaction", Number(bundle.gasUsed), chainClass(chains, chains[0].chainId)],
        ...bundle.rollups.map((r) => [
            r.chainId,
            chainName(chains, r.chainId),
            Number(r.gasUsed),
            chainClass(chains, r.chainId),
        ]),
    ];
    const bytes = bundle.rollups.map((r) => [
        r.chainId,
        chainName(chains, r.chainId),
        r.dataBytes,
        chainClass(chains, r.chainId),
    ]);
    return (
        <>
            <section class="panel">
                <div class="panel-head">
                    <h1>Bundle</h1>
                    <span class="status settled">settled</span>
                </div>
                <Facts
                    rows={[
                        ["L1 transaction", <Hash hash={bundle.hash} to={`#/tx/${bundle.hash}`} whole />],
                        [
                            "L1 block",
                            <a href={`#/block/${chains[0].chainId}/${Number(bundle.blockNumber)}`}>
                                {number(bundle.blockNumber)}
                            </a>,
                        ],
                        ["age", ago(bundle.timestamp)],
                        ["scoped calls", bundle.scopedCalls],
                        ["size", `${number(bundle.bytes)} bytes`],
                        ["data in", bundle.data === "blobs" ? `${bundle.blobs} blobs` : "calldata"],
                        [
                            "estimated cost",
                            `${ether(bundle.estimatedWei)} (${ether(bundle.otherEstimatedWei)} in ${
                                bundle.data === "blobs" ? "calldata" : "blobs"
                            })`,
                        ],
                    ]}
                />
            </section>
            <Section title="Rollups">
                <Rollups bundle={bundle} chains={chains} />
            </Section>
            <div class="pair">
                <Section title="Gas">
                    <Bars rows={gas} unit="gas" />
                </Section>
                <Section title="Published data">
                    <Bars rows={bytes} unit="bytes" />
                </Section>
            </div>
            <Section title="Transactions and operations">
                <Transactions
                    items={transactions}
                    chains={chains}
                    names={names}
                    caption="Transactions and operations"
                />
            </Section>
            {bundle.mailboxes.length > 0 && (
                <Section title="Mailboxes after the bundle">
                    <Mailboxes pairs={bundle.mailboxes} chains={chains} />
                </Section>
            )}
        </>
    );
}

async function load(hash) {
    const bundle = await call("scope_getBundle", [hash]);
    if (!bundle) throw new Error("The node knows no such bundle. It remembers the last 4,096.");
    const transactions = await Promise.all(bundle.transactions.map((h) => call("scope_getTransaction", [h])));
    return { bundle, transactions: transactions.filter(Boolean) };
}
