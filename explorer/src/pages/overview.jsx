// overview - all chains as lanes, with the bundles that settled them; what waits; the newest scopes and bundles.

import { Account, ago, Chain, chainClass, chainName, Empty, Hash, number, Section, Status } from "../parts.jsx";

const TRANSACTION_ROWS = 15,
    BUNDLE_ROWS = 10,
    QUEUE_ROWS = 5,
    COLUMNS = 16,
    STEP = 66,
    LANE = 54,
    LABEL = 104,
    BOX = 40;

// Columns: the newest blocks of L1, the newest to the right. Under a bundle are the blocks that it settled.
function Lanes({ state }) {
    const { chains, heads, bundles } = state,
        l1 = chains[0];
    const blocks = (heads[l1.chainId] ?? []).slice(0, COLUMNS).toReversed();
    const bundleAt = (b) => bundles.find((x) => BigInt(x.blockNumber) === BigInt(b.number));
    const width = LABEL + STEP * COLUMNS + 12,
        height = 18 + LANE * chains.length;
    const y = (lane) => 10 + LANE * lane + (LANE - BOX) / 2,
        x = (i) => LABEL + STEP * (i + COLUMNS - blocks.length);
    return (
        <div class="scroll" tabIndex={0} role="group" aria-label="Blocks of all chains">
            <svg class="lanes" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
                {chains.map((c, lane) => (
                    <g key={c.chainId} class={chainClass(chains, c.chainId)}>
                        <rect class="lane" x="0" y={10 + LANE * lane + 3} width={width} height={LANE - 6} rx="8" />
                        <text class="lane-name" x="14" y={y(lane) + 25}>
                            {chainName(chains, c.chainId)}
                        </text>
                    </g>
                ))}
                {blocks.map((b, i) => {
                    const bundle = bundleAt(b),
                        lanes = (bundle?.rollups ?? []).map((r) => ({
                            ...r,
                            lane: chains.findIndex((c) => c.chainId === r.chainId),
                        }));
                    const lowest = Math.max(0, ...lanes.map((r) => r.lane));
                    return (
                        <g key={b.hash} class="column">
                            {bundle && (
                                <line
                                    class="tie"
                                    x1={x(i) + BOX / 2}
                                    y1={y(0) + BOX / 2}
                                    x2={x(i) + BOX / 2}
                                    y2={y(lowest) + BOX / 2}
                                />
                            )}
                            <a
                                class={`block ${bundle ? "bundle" : ""} c0`}
                                href={
                                    bundle ? `#/bundle/${bundle.hash}` : `#/block/${l1.chainId}/${Number(b.number)}`
                                }>
                                <rect x={x(i)} y={y(0)} width={BOX} height={BOX} rx="8" />
                                <text x={x(i) + BOX / 2} y={y(0) + 18} text-anchor="middle">
                                    {Number(b.number)}
                                </text>
                                <text class="sub" x={x(i) + BOX / 2} y={y(0) + 31} text-anchor="middle">
                                    {bundle ? `${bundle.scopedCalls} ⇄` : `${b.transactions.length} tx`}
                                </text>
                            </a>
                            {lanes.map((r) => (
                                <a
                                    key={r.chainId}
                                    class={`block ${chainClass(chains, r.chainId)}`}
                                    href={`#/block/${r.chainId}/${Number(r.lastBlock)}`}>
                                    <rect x={x(i)} y={y(r.lane)} width={BOX} height={BOX} rx="8" />
                                    <text x={x(i) + BOX / 2} y={y(r.lane) + 18} text-anchor="middle">
                                        {Number(r.lastBlock)}
                                    </text>
                                    <text class="sub" x={x(i) + BOX / 2} y={y(r.lane) + 31} text-anchor="middle">
                                        {r.transactions + r.systemTransactions} tx
                                    </text>
                                </a>
                            ))}
                        </g>
                    );
                })}
            </svg>
        </div>
    );
}

const Figure = ({ label, value, detail }) => (
    <div class="figure">
        <div class="figure-value">{value}</div>
        <div class="figure-label">{label}</div>
        {detail && <div class="muted">{detail}</div>}
    </div>
);

const gwei = (wei) => (Number(wei) < 1e6 ? `${number(wei)} wei` : `${(Number(wei) / 1e9).toPrecision(3)} gwei`);

function Figures({ state }) {
    const { status, chains, heads, statuses, bundles, blobFee } = state;
    const l1 = heads[chains[0].chainId]?.[0],
        waiting = statuses.filter((s) => ["pending", "simulated"].includes(s.status));
    const since = status?.secondsSinceSettlement;
    return (
        <div class="figures">
            <Figure
                label="last settlement"
                value={since === null || since === undefined ? "none yet" : `${since} s ago`}
                detail={
                    status?.slotSeconds ? `a slot each ${status.slotSeconds} s` : "a slot as soon as there is work"
                }
            />
            <Figure
                label="bundles settled"
                value={number(status?.settlements ?? 0)}
                detail={`${number(status?.slots ?? 0)} slots`}
            />
            <Figure
                label="waiting"
                value={number(status?.chains.reduce((n, c) => n + c.waiting, 0) ?? 0)}
                detail={waiting.length ? `${waiting.length} in the queue below` : "nothing in the queue"}
            />
            <Figure
                label="L1 base fee"
                value={l1 ? gwei(l1.baseFeePerGas) : "…"}
                detail={
                    l1 && `${Math.round((Number(l1.gasUsed) * 100) / Number(l1.gasLimit))} % of the last block used`
                }
            />
            <Figure
                label="L1 data fee"
                value={blobFee === null ? "…" : gwei(blobFee)}
                detail={bundles[0] ? `the last bundle in ${bundles[0].data}` : "for a byte of a blob"}
            />
        </div>
    );
}

// The chains that a transaction touched, in order: L1 → Rollup 7001
export function Route({ chains, item }) {
    const ids = [item.chainId, ...item.calls.flatMap((c) => [c.source, c.target])].filter(
        (id, i, all) => all.indexOf(id) === i,
    );
    return (
        <span class="route">
            {ids.map((id, i) => (
                <span key={id}>
                    {i > 0 && <span aria-hidden="true">→</span>}
                    <Chain chains={chains} id={id} />
                </span>
            ))}
        </span>
    );
}

// Rows by place, and empty ones up to the count: what comes or changes moves nothing. cells: those of an item.
const Rows = ({ items, count, columns, cells }) =>
    Array.from({ length: Math.max(count, items.length) }, (_, i) => (
        <tr key={i} class={items[i] ? "" : "room"}>
            {items[i] ? cells(items[i]) : <td colSpan={columns} />}
        </tr>
    ));

// rows: how many there is room for; 0: for those that are there.
export const Transactions = ({ items, chains, names, caption, rows = 0 }) =>
    items.length === 0 && !rows ? (
        <Empty>None yet.</Empty>
    ) : (
        <div class="scroll" tabIndex={0} role="group" aria-label={caption}>
            <table class="steady">
                <caption class="unseen">{caption}</caption>
                <colgroup>
                    {[100, 140, null, 150, 110, 230].map((width, i) => (
                        <col key={i} width={width} />
                    ))}
                </colgroup>
                <thead>
                    <tr>
                        <th>Status</th>
                        <th>Hash</th>
                        <th>Chains</th>
                        <th>From</th>
                        <th class="right">Scoped calls</th>
                        <th>What</th>
                    </tr>
                </thead>
                <tbody>
                    <Rows
                        items={items}
                        count={rows}
                        columns={6}
                        cells={(t) => (
                            <>
                                <td>
                                    <Status of={t} />
                                </td>
                                <td>
                                    <Hash hash={t.hash} to={`#/tx/${t.hash}`} />
                                </td>
                                <td>
                                    <Route chains={chains} item={t} />
                                </td>
                                <td>
                                    <Account names={names} address={t.from} />
                                </td>
                                <td class="right">{t.calls.length || <span class="muted">0</span>}</td>
                                <td class="what">
                                    {t.error ? (
                                        <span class="bad">{t.error.reason.replace("REJECT_", "")}</span>
                                    ) : t.kind === "operation" ? (
                                        "operation"
                                    ) : t.calls.length ? (
                                        "scope"
                                    ) : (
                                        "transaction"
                                    )}
                                </td>
                            </>
                        )}
                    />
                </tbody>
            </table>
        </div>
    );

// Each attestation of a rollup's block is over the statement that the bundle settles; another one would not verify.
const said = (bundle) => {
    const count = bundle.rollups.reduce((n, r) => n + r.attestations, 0);
    return `${count} × ${count === 1 ? "agrees" : "agree"}`;
};

const Bundles = ({ bundles, chains }) => (
        <div class="scroll" tabIndex={0} role="group" aria-label="Bundles">
            <table class="steady">
                <caption class="unseen">Bundles</caption>
                <colgroup>
                    {[90, 140, null, 110, 160, 110, 130, 100].map((width, i) => (
                        <col key={i} width={width} />
                    ))}
                </colgroup>
                <thead>
                    <tr>
                        <th>L1 block</th>
                        <th>Hash</th>
                        <th>Rollups</th>
                        <th class="right">Scoped calls</th>
                        <th class="right">Bytes</th>
                        <th class="right">L1 gas</th>
                        <th>Provers</th>
                        <th>Age</th>
                    </tr>
                </thead>
                <tbody>
                    <Rows
                        items={bundles.slice(0, BUNDLE_ROWS)}
                        count={BUNDLE_ROWS}
                        columns={8}
                        cells={(b) => (
                            <>
                                <td>
                                    <a href={`#/block/${chains[0].chainId}/${Number(b.blockNumber)}`}>
                                        {number(b.blockNumber)}
                                    </a>
                                </td>
                                <td>
                                    <Hash hash={b.hash} to={`#/bundle/${b.hash}`} />
                                </td>
                                <td>
                                    {b.rollups.map((r) => (
                                        <Chain key={r.chainId} chains={chains} id={r.chainId} />
                                    ))}
                                </td>
                                <td class="right">{b.scopedCalls}</td>
                                <td class="right">
                                    {number(b.bytes)} {b.data === "blobs" && <span class="muted">+ {b.blobs} blobs</span>}
                                </td>
                                <td class="right">{number(b.gasUsed)}</td>
                                <td>{said(b)}</td>
                                <td>{ago(b.timestamp)}</td>
                            </>
                        )}
                    />
                </tbody>
            </table>
        </div>
    );

export function Overview({ state, names }) {
    const { chains, statuses, bundles } = state;
    const queue = statuses.filter((s) => ["pending", "simulated"].includes(s.status));
    return (
        <>
            <h1 class="unseen">Overview</h1>
            <Figures state={state} />
            <Section
                title="Chains"
                aside={
                    <span class="muted">
                        a column is a block of L1; a bundle is tied to the blocks that it settled
                    </span>
                }>
                <Lanes state={state} />
            </Section>
            <Section title="Scopes and transactions" aside={<a href="#/transactions">all of them</a>}>
                <Transactions
                    items={statuses.slice(0, TRANSACTION_ROWS)}
                    chains={chains}
                    names={names}
                    caption="Scopes and transactions"
                    rows={TRANSACTION_ROWS}
                />
            </Section>
            <Section title="Bundles">
                <Bundles bundles={bundles} chains={chains} />
            </Section>
            <Section
                title="Queue"
                aside={<span class="muted">{queue.length ? `${queue.length} wait` : "nothing waits"}</span>}>
                <Transactions
                    items={queue.slice(0, QUEUE_ROWS)}
                    chains={chains}
                    names={names}
                    caption="Queue"
                    rows={QUEUE_ROWS}
                />
            </Section>
        </>
    );
}
