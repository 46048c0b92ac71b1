// transactions - all that the node remembers, in pages.

import { useState } from "preact/hooks";
import { call } from "../node.mjs";
import { Loading, Section, useAsked } from "../parts.jsx";
import { Transactions } from "./overview.jsx";

const PAGE = "0x32",
    STATUSES = ["", "pending", "simulated", "settled", "rejected"];

export function TransactionList({ state, names }) {
    const [pages, setPages] = useState([null]),
        [status, setStatus] = useState("");
    const before = pages.at(-1);
    const answer = useAsked(
        () => call("scope_listTransactions", [{ limit: PAGE, ...(before && { before }), ...(status && { status }) }]),
        [before, status, state.statuses[0]?.hash],
    );
    const choose = (e) => (setPages([null]), setStatus(e.target.value));
    const aside = (
        <label>
            Status{" "}
            <select value={status} onChange={choose}>
                {STATUSES.map((s) => (
                    <option key={s} value={s}>
                        {s || "any"}
                    </option>
                ))}
            </select>
        </label>
    );
    return (
        <Section title="Scopes and transactions" aside={aside}>
            {answer.value ? (
                <>
                    <Transactions
                        items={answer.value.transactions}
                        chains={state.chains}
                        names={names}
                        caption="Transactions"
                    />
                    <div class="pager">
                        <button
                            type="button"
                            disabled={pages.length === 1}
                            onClick={() => setPages(pages.slice(0, -1))}>
                            Newer
                        </button>
                        <button
                            type="button"
                            disabled={!answer.value.next}
                            onClick={() => setPages([...pages, answer.value.next])}>
                            Older
                        </button>
                    </div>
                </>
            ) : (
                <Loading answer={answer} what="transactions" />
            )}
        </Section>
    );
}
