// main - the frame of the page: header, search, routes; files that are dropped on it.

import { render } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import {
    addContracts,
    clearContracts,
    contractsIn,
    makeNames,
    storedContracts,
    storedLabels,
    withLabel,
} from "./names.mjs";
import { start } from "./node.mjs";
import { AccountPage } from "./pages/account.jsx";
import { Block } from "./pages/block.jsx";
import { Bundle } from "./pages/bundle.jsx";
import { Overview } from "./pages/overview.jsx";
import { Scope } from "./pages/scope.jsx";
import { TransactionList } from "./pages/transactions.jsx";
import { useNode } from "./parts.jsx";
import { find } from "./search.mjs";
import { startWallets } from "./wallet.mjs";

const HASH = /^0x[0-9a-f]{64}$/,
    ADDRESS = /^0x[0-9a-f]{40}$/;

// --- routes ---

function useRoute() {
    const [route, setRoute] = useState(location.hash);
    useEffect(() => {
        const change = () => (setRoute(location.hash), scrollTo(0, 0));
        addEventListener("hashchange", change);
        return () => removeEventListener("hashchange", change);
    }, []);
    return route.replace(/^#\/?/, "").split("/");
}

function Page({ route, state, names, onLabel }) {
    const [page, ...rest] = route.map((part) => part.toLowerCase());
    const props = { state, names };
    if (page === "") return <Overview {...props} />;
    if (page === "transactions") return <TransactionList {...props} />;
    if (page === "tx" && HASH.test(rest[0])) return <Scope {...props} hash={rest[0]} />;
    if (page === "bundle" && HASH.test(rest[0])) return <Bundle {...props} hash={rest[0]} />;
    if (
        page === "block" &&
        state.chains.some((c) => String(c.chainId) === rest[0]) &&
        /^(\d+|0x[0-9a-f]{64})$/.test(rest[1])
    )
        return <Block {...props} chainId={rest[0]} id={rest[1]} />;
    if (page === "account" && ADDRESS.test(rest[0]))
        return <AccountPage {...props} address={rest[0]} onLabel={onLabel} />;
    return (
        <p class="problem" role="alert">
            There is no such page. <a href="#/">Overview</a>
        </p>
    );
}

// --- the header ---

function Search({ state, names }) {
    const [text, setText] = useState(""),
        [isMissing, setMissing] = useState(false),
        input = useRef(null);
    useEffect(() => {
        const focus = (e) => {
            if (e.key !== "/" || /INPUT|SELECT|TEXTAREA/.test(document.activeElement?.tagName)) return;
            e.preventDefault();
            input.current.focus();
        };
        addEventListener("keydown", focus);
        return () => removeEventListener("keydown", focus);
    }, []);
    const go = async (e) => {
        e.preventDefault();
        const found = text.trim() && names ? await find(text, state, names).catch(() => null) : null;
        setMissing(!found && text.trim() !== "");
        if (found) {
            location.hash = found;
            setText("");
            input.current.blur();
        }
    };
    return (
        <form class="search" role="search" onSubmit={go}>
            <input
                ref={input}
                type="search"
                value={text}
                aria-label="Search by hash, address, block or name"
                autocomplete="off"
                spellcheck={false}
                placeholder="Hash, address, block, name  ( / )"
                aria-invalid={isMissing}
                onInput={(e) => (setText(e.target.value), setMissing(false))}
            />
            {isMissing && (
                <span class="search-missing" role="status">
                    Nothing found
                </span>
            )}
        </form>
    );
}

const THEMES = { system: "light", light: "dark", dark: "system" },
    THEME_SIGN = { system: "◐", light: "☀", dark: "☾" };

function useTheme() {
    const [theme, setTheme] = useState(() => {
        try {
            return localStorage.getItem("scope-explorer-theme") in THEMES
                ? localStorage.getItem("scope-explorer-theme")
                : "system";
        } catch {
            return "system";
        }
    });
    useEffect(() => {
        document.documentElement.dataset.theme = theme;
        try {
            localStorage.setItem("scope-explorer-theme", theme);
        } catch {
            // it lasts until the page is closed
        }
    }, [theme]);
    return [theme, () => setTheme(THEMES[theme])];
}

function Header({ state, names }) {
    const [theme, nextTheme] = useTheme();
    return (
        <header>
            <a class="brand" href="#/">
                <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
                    <path d="M6 9h20M6 16h20M6 23h20" class="brand-lanes" />
                    <path d="M11 9v14M21 9v7" class="brand-ties" />
                </svg>
                scope
            </a>
            <Search state={state} names={names} />
            <span class={`live ${state?.isLive ? "on" : "off"}`} role="status">
                {state?.isLive ? "live" : "connecting"}
            </span>
            <button
                type="button"
                class="theme"
                onClick={nextTheme}
                aria-label={`Theme: ${theme}`}
                title={`Theme: ${theme}`}>
                {THEME_SIGN[theme]}
            </button>
        </header>
    );
}

// --- dropped files ---

const FILE_MAX = 64 << 20;

async function readFiles(files) {
    const lists = await Promise.all(
        [...files]
            .filter((f) => f.size <= FILE_MAX)
            .map(async (file) => {
                try {
                    return contractsIn(JSON.parse(await file.text()), file.name.replace(/\.json$/i, ""));
                } catch {
                    return []; // no JSON
                }
            }),
    );
    return lists.flat();
}

function Interfaces({ contracts, setContracts, said, setSaid }) {
    const take = async (files) => {
        const found = await readFiles(files);
        setContracts(addContracts(found, contracts));
        setSaid(found.length ? `Known now: ${found.map((c) => c.name).join(", ")}` : "No ABI was found in it.");
    };
    useEffect(() => {
        const over = (e) => e.preventDefault();
        const drop = (e) => (e.preventDefault(), take(e.dataTransfer.files));
        addEventListener("dragover", over);
        addEventListener("drop", drop);
        return () => (removeEventListener("dragover", over), removeEventListener("drop", drop));
    });
    return (
        <footer>
            <label class="file">
                Add ABIs
                <input type="file" accept=".json,application/json" multiple onChange={(e) => take(e.target.files)} />
            </label>
            <span class="muted">or drop artifacts on the page; they stay in this browser.</span>
            {contracts.length > 0 && (
                <span>
                    {contracts.map((c) => c.name).join(", ")}{" "}
                    <button type="button" onClick={() => setContracts(clearContracts())}>
                        Forget
                    </button>
                </span>
            )}
            <span role="status">{said}</span>
        </footer>
    );
}

// --- the page ---

function App() {
    const state = useNode(),
        route = useRoute();
    const [contracts, setContracts] = useState(storedContracts),
        [said, setSaid] = useState("");
    const chains = state?.chains,
        accounts = state?.accounts;
    const [labels, setLabels] = useState(storedLabels);
    const onLabel = (address, text) => setLabels(withLabel(labels, address, text));
    const names = useMemo(() => state && makeNames(state, contracts, labels), [chains, accounts, contracts, labels]);
    const isThere = Boolean(state?.status);
    return (
        <>
            <a
                class="skip"
                href="#main"
                onClick={(e) => (e.preventDefault(), document.getElementById("main").focus())}>
                Skip to content
            </a>
            <Header state={state} names={names} />
            <main id="main" tabIndex={-1}>
                {isThere ? (
                    <Page key={route.join("/")} route={route} state={state} names={names} onLabel={onLabel} />
                ) : (
                    <p class="empty" role="status">
                        {state?.error ? `No node: ${state.error}` : "Connecting …"}
                    </p>
                )}
            </main>
            <Interfaces contracts={contracts} setContracts={setContracts} said={said} setSaid={setSaid} />
        </>
    );
}

start();
startWallets();
render(<App />, document.getElementById("app"));
