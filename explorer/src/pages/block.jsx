// block - one block of one chain.

import { call } from "../node.mjs";
import { Account, ago, Chain, Empty, ether, Facts, Hash, Loading, number, Section, useAsked } from "../parts.jsx";
import { callText } from "../sequence.jsx";

function Transactions({ block, names }) {
    return block.transactions.length === 0 ? (
        <Empty>It has no transactions.</Empty>
    ) : (
        <div class="scroll" tabIndex={0} role="group" aria-label="Transactions of the block">
            <table>
                <caption class="unseen">Transactions of the block</caption>
                <thead>
                    <tr>
                        <th class="right">Index</th>
                        <th>Hash</th>
                        <th>From</th>
                        <th>To</th>
                        <th>Call</th>
                        <th class="right">Value</th>
                    </tr>
                </thead>
                <tbody>
                    {block.transactions.map((t) => (
                        <tr key={t.hash}>
                            <td class="right">{Number(t.transactionIndex)}</td>
                            <td>
                                <Hash hash={t.hash} to={`#/tx/${t.hash}`} />
                            </td>
                            <td>
                                <Account names={names} address={t.from} />
                            </td>
                            <td>
                                {t.to ? (
                                    <Account names={names} address={t.to} />
                                ) : (
                                    <span class="muted">creation</span>
                                )}
                            </td>
                            <td class="what">
                                <code>
                                    {t.to
                                        ? callText(names, { input: t.input, value: t.value })
                                        : "deploys a contract"}
                                </code>
                            </td>
                            <td class="right">
                                {BigInt(t.value) > 0n ? ether(t.value) : <span class="muted">0</span>}
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export function Block({ state, names, chainId, id }) {
    const { chains } = state;
    const answer = useAsked(() => load(chainId, id), [chainId, id]);
    if (!answer.value) return <Loading answer={answer} what="the block" />;
    const block = answer.value,
        n = Number(block.number);
    const bundle = Number(chainId) === chains[0].chainId && state.bundles.find((b) => Number(b.blockNumber) === n);
    return (
        <>
            <section class="panel">
                <div class="panel-head">
                    <h1>
                        Block {number(n)} <Chain chains={chains} id={chainId} />
                    </h1>
                    <nav class="pager" aria-label="Blocks">
                        {n > 0 && <a href={`#/block/${chainId}/${n - 1}`}>← {number(n - 1)}</a>}
                        <a href={`#/block/${chainId}/${n + 1}`}>{number(n + 1)} →</a>
                    </nav>
                </div>
                <Facts
                    rows={[
                        ["hash", <Hash hash={block.hash} whole />],
                        ["parent", n > 0 && <Hash hash={block.parentHash} to={`#/block/${chainId}/${n - 1}`} />],
                        [
                            "time",
                            `${new Date(Number(block.timestamp) * 1000).toISOString().replace("T", " ").slice(0, 19)} UTC, ${ago(
                                block.timestamp,
                            )}`,
                        ],
                        ["gas", `${number(block.gasUsed)} of ${number(block.gasLimit)}`],
                        ["base fee", `${(Number(block.baseFeePerGas ?? 0) / 1e9).toPrecision(3)} gwei`],
                        ["coinbase", <Account names={names} address={block.miner} />],
                        ["state root", <Hash hash={block.stateRoot} />],
                        ["size", `${number(block.size)} bytes`],
                        bundle && ["bundle", <Hash hash={bundle.hash} to={`#/bundle/${bundle.hash}`} />],
                    ]}
                />
            </section>
            <Section title="Transactions">
                <Transactions block={block} names={names} />
            </Section>
        </>
    );
}

async function load(chainId, id) {
    const block =
        id.startsWith("0x") && id.length === 66
            ? await call("eth_getBlockByHash", [id, true], chainId)
            : await call("eth_getBlockByNumber", [`0x${BigInt(id).toString(16)}`, true], chainId);
    if (!block) throw new Error(`There is no such block yet.`);
    return block;
}
