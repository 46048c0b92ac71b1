// explorer_test - the page of a running node in Chromium: every page, what arrives while it is open, hostile content, a
// wallet that sends a call across chains, keyboard, dark and narrow. It prints the sizes, and compares the drawing of
// the README with the one that the page makes of the same scope.
//
//   node tests/explorer/explorer_test.mjs build/release/bin/scope [--write]      docs/scope.svg and explorer.png anew

import { readFileSync, writeFileSync } from "node:fs";
import { encodeFunctionData, parseAbi, parseEther, toFunctionSelector } from "viem";
import { contract, deploy, openWorld, rpc } from "../client/up_world.mjs";
import { openBrowser, serious } from "./browser.mjs";
import { standAlone, textsOf } from "./picture.mjs";

const PICTURE = "docs/scope.svg",
    SCREENSHOT = "docs/explorer.png",
    BYTES_MAX = 150 << 10,
    BLOCKS = 11,
    MARKUP = '<img src=x onerror="window.hacked=1">';
const shown = (page, selector, text) => page.locator(selector).filter({ hasText: text }).first().waitFor();
const open = (page, to, chain = l1) => page.goto(`${chain.url}/${to}`);
let passed = 0,
    failed = 0;

function check(what, good, detail = "") {
    good ? passed++ : failed++;
    if (!good)
        console.log(`FAIL ${what}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`.slice(0, 3000));
}

const world = await openWorld(process.argv[2]);
const { up, l1, west, east, alice, bob, shop, buyer, undoing } = world;
const browser = await openBrowser();
try {
    await world.order(9n);
    const hash = await world.buy(parseEther("1"));
    const refused = (
        await rpc(west.url, "eth_sendTransaction", {
            from: alice.address,
            to: undoing,
            value: "0x1",
            data: toFunctionSelector("buy()"),
            gas: "0x100000",
        })
    ).error.data.hash;
    await files();
    const page = await browser.page();
    await overview(page);
    await scope(page, hash);
    await rejected(page, refused);
    await others(page, hash);
    await searches(page, hash);
    await hostile();
    await wallet();
    await swap();
    await copies(hash);
    await looks(hash, refused);
    check("nothing in the console", browser.errors.length === 0, browser.errors);
} finally {
    await browser.close();
    check("SIGTERM", (await up.stop()) === 0, up.said());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

// --- how it is served ---

async function files() {
    const get = (path, headers = {}) => fetch(l1.url + path, { headers: { accept: "text/html", ...headers } });
    let zipped = 0,
        plain = 0;
    for (const path of ["/", "/explorer/app.js", "/explorer/style.css", "/explorer/icon.svg"]) {
        const sent = await get(path, { "accept-encoding": "identity" });
        plain += (await sent.arrayBuffer()).byteLength;
        const small = await get(path, { "accept-encoding": "gzip" });
        zipped += Number(small.headers.get("content-length"));
        const policy = small.headers.get("content-security-policy") ?? "";
        check(
            `${path}: headers`,
            policy.includes("default-src 'none'") &&
                policy.includes("script-src 'self'") &&
                !policy.includes("unsafe") &&
                !policy.includes("*") &&
                small.headers.get("content-encoding") === "gzip" &&
                small.headers.get("x-content-type-options") === "nosniff" &&
                !sent.headers.get("content-encoding"),
            policy,
        );
    }
    console.log(`the page: ${plain} bytes, ${zipped} by gzip`);
    check("below 150 KB", zipped < BYTES_MAX, zipped);
    const bare = await fetch(l1.url);
    check("a program that asks gets nothing, as from geth", bare.status === 200 && (await bare.text()) === "");
    check(
        "no other files",
        (await get("/explorer/../etc/passwd")).status === 404 && (await get("/explorer/")).status === 404,
    );
    check(
        "the page of each port",
        (await (await fetch(east.url, { headers: { accept: "text/html" } })).text()).includes("/explorer/app.js"),
    );
}

// --- pages ---

async function overview(page) {
    await open(page, "#/");
    await shown(page, ".live", "live");
    check(
        "a lane each",
        (await page
            .locator(".lane-name")
            .allInnerTexts()
            .then((t) => t.join())) === "L1,Rollup 7001,Rollup 7002" ||
            (await page.locator(".lane-name").count()) === 3,
    );
    const bundles = await page.locator(".block.bundle").count(),
        rows = await page.locator("tbody tr").count(),
        listed = await page.locator("tbody .status").count();
    check("bundles are there", bundles >= 4, bundles);
    const began = performance.now();
    const hash = await world.buy(parseEther("1"));
    await page
        .locator("tr", { has: page.locator(".status.settled") })
        .and(page.locator("tr", { has: page.locator(`a[href="#/tx/${hash}"]`) }))
        .waitFor();
    await page.locator(".block.bundle").nth(bundles).waitFor();
    console.log(`from sending to the screen: ${Math.round(performance.now() - began)} ms`);
    check("one more is listed", (await page.locator("tbody .status").count()) === listed + 1);
    check("in the rows that were there", (await page.locator("tbody tr").count()) === rows);
    await blocks(page);
    await still(page, "the overview, while blocks come");
    await accessible(page, "accessible");
    const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
    console.log(`first contentful paint: ${Math.round(paint)} ms`);
}

async function accessible(page, what) {
    const found = await serious(page);
    check(what, found.length === 0, found.join("\n"));
}

// Nothing moves but by an input of the user.
async function still(page, what) {
    const shifts = await page.evaluate(() => globalThis.shifts);
    check(`no layout shift: ${what}`, shifts.length === 0, shifts);
}

// From the request that makes a block to the block on the screen: the request is in it, so it is the upper bound.
async function blocks(page) {
    const times = [];
    for (let i = 0; i < BLOCKS; i++) {
        const next = Number((await rpc(l1.url, "eth_blockNumber")).result) + 1;
        const shownAt = page.evaluate(
            (text) =>
                new Promise((done) => {
                    const isThere = () =>
                        [...document.querySelectorAll(".block text")].some((t) => t.textContent === text);
                    const observer = new MutationObserver(
                        () =>
                            isThere() &&
                            (observer.disconnect(), requestAnimationFrame(() => done(Date.now()))),
                    );
                    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
                }),
            String(next),
        );
        await page.evaluate(() => 0); // the observer is there
        const began = Date.now();
        await rpc(l1.url, "evm_mine");
        times.push((await shownAt) - began);
    }
    times.sort((a, b) => a - b);
    console.log(`from making a block to the screen: median ${times[BLOCKS >> 1]} ms, most ${times.at(-1)} ms`);
}

async function scope(page, hash) {
    await open(page, `#/tx/${hash}`);
    await page.locator(".arrow.call").first().waitFor();
    const calls = await page.locator(".arrow.call .label").evaluateAll((l) => l.map((t) => t.firstChild.textContent));
    check("who called whom", calls.length === 2 && calls.every((c) => c === "buy() · 1 ETH"), calls);
    check("one of them crosses", (await page.locator(".arrow.call.crosses").count()) === 1);
    const answers = await page
        .locator(".arrow.return .label")
        .evaluateAll((l) => l.map((t) => t.firstChild.textContent));
    check("answers", answers.length === 2 && new Set(answers).size === 1 && /^\d+$/.test(answers[0]), answers);
    check("bands", (await page.locator(".band-name").allTextContents()).join() === "Rollup 7001,Rollup 7002");
    check(
        "hashes are equal",
        (await page.locator(".mailboxes td.good").count()) === 6 &&
            (await page.locator(".mailboxes td.bad").count()) === 0,
    );
    await keyboard(page);
    await still(page, "a scope");
    await page.getByLabel("every frame").check();
    await shown(page, ".arrow.call .label", "handleScopedCall");
    check("every frame", (await page.locator(".arrow.call").count()) > 6);
    check("view calls are told apart", (await page.locator(".arrow.call.static").count()) >= 2);
    await accessible(page, "accessible");
}

// Arrows take the focus; Enter opens the frames, Escape closes them.
async function keyboard(page) {
    await page.locator(".arrow.call.crosses").focus();
    await page.keyboard.press("Enter");
    await shown(page, "section.chosen", "Returned");
    await page.locator("section.chosen summary").first().focus();
    await page.keyboard.press("Enter");
    check(
        "the frames of an arrow",
        (await page.locator("section.chosen .node").count()) >= 5 &&
            (await page.locator("section.chosen").innerText()).includes("handleScopedCall"),
    );
    await page.keyboard.press("Escape");
    await page.locator("section.chosen").waitFor({ state: "detached" });
    await page.keyboard.press("/");
    check("/ is the search", (await page.evaluate(() => document.activeElement.type)) === "search");
    await page.keyboard.press("Tab");
}

async function rejected(page, hash) {
    await open(page, `#/tx/${hash}`);
    await page.locator(".why").waitFor();
    const why = await page.locator(".why").innerText();
    check(
        "why",
        why.includes("revert around call") && why.includes("Rollup 7001"),
        why,
    );
    check("what to do", why.includes("tryScopedCall"), why);
    const red = await page.locator(".arrow.failed .label").allTextContents();
    check("in red", red.length === 2 && red.filter((t) => t.includes("reverted without a reason")).length === 1, red);
    await page.locator(".why summary").click();
    check("the way to it", (await page.locator(".path li").count()) === 1, await page.locator(".path").innerText());
    await accessible(page, "accessible");
}

async function others(page, hash) {
    const { bundle, blockNumber } = (await rpc(west.url, "scope_getTransaction", hash)).result;
    await open(page, `#/bundle/${bundle.hash}`);
    await shown(page, "h1", "Bundle");
    check(
        "a bundle",
        (await page.locator("main").innerText()).includes("Rollup 7002") &&
            (await page.locator(`a[href="#/tx/${hash}"]`).count()) === 1,
    );
    await accessible(page, "accessible");
    await open(page, `#/block/7001/${Number(blockNumber)}`);
    await shown(page, "h1", `Block ${Number(blockNumber)}`);
    check("a block", (await page.locator(`a[href="#/tx/${hash}"]`).count()) === 1);
    await page.locator("a", { hasText: "←" }).click();
    await shown(page, "h1", `Block ${Number(blockNumber) - 1}`);
    await open(page, `#/account/${bob.address.toLowerCase()}`);
    await shown(page, "h1", "account 1");
    check("an account", (await page.locator(`a[href="#/tx/${hash}"]`).count()) === 1);
    await accessible(page, "accessible");
    await open(page, "#/transactions");
    await page.locator(`a[href="#/tx/${hash}"]`).waitFor();
    await page.locator("select").selectOption("rejected");
    await page.locator(`a[href="#/tx/${hash}"]`).waitFor({ state: "detached" });
    check("rejected ones alone", (await page.locator(".status.rejected").count()) === 1);
    await open(page, `#/account/${shop.toLowerCase()}`, east);
    await page.locator(".function", { hasText: "stock" }).locator("summary").click();
    await page.getByRole("button", { name: "Call" }).click();
    await page.locator(".result").waitFor();
    const stock = BigInt(
        (await rpc(east.url, "eth_call", { to: shop, data: toFunctionSelector("stock()") }, "latest")).result,
    );
    check("a function is called", (await page.locator(".result").innerText()).trim() === `${stock}`);
    await pagesStandStill(hash);
    await open(page, "#/nowhere");
    await shown(page, ".problem", "no such page");
}

// Each page from its first byte.
async function pagesStandStill(hash) {
    for (const to of [`#/tx/${hash}`, "#/transactions", `#/account/${shop.toLowerCase()}`, "#/block/7001/1"]) {
        const page = await browser.page();
        await open(page, to);
        await page.locator("main h1, main h2").first().waitFor();
        await still(page, to);
        await page.context().close();
    }
}

async function searches(page, hash) {
    const { bundle } = (await rpc(west.url, "scope_getTransaction", hash)).result;
    const block = (await rpc(east.url, "eth_getBlockByNumber", "0x1", false)).result;
    await open(page, "#/");
    await page.locator(".search input").waitFor();
    for (const [text, to] of [
        [hash, `#/tx/${hash}`],
        [bundle.hash, `#/bundle/${bundle.hash}`],
        [shop, `#/account/${shop.toLowerCase()}`],
        ["7001/2", "#/block/7001/2"],
        ["3", `#/block/${l1.chainId}/3`],
        [block.hash, `#/block/${east.chainId}/1`],
        ["sharedbridge", `#/account/${l1.bridge.toLowerCase()}`],
    ]) {
        await page.locator(".search input").fill(text);
        await page.keyboard.press("Enter");
        await page.waitForURL(`**/${to}`);
        check(`search: ${text}`, page.url().endsWith(to), page.url());
    }
    await page.goto(`${l1.url}/#/account/${buyer.toLowerCase()}`);
    await page.getByLabel("Label").fill("my buyer");
    await page.getByRole("button", { name: "Save label" }).click();
    await open(page, "#/");
    await page.locator(".search input").fill("My Buyer");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/#/account/${buyer.toLowerCase()}`);
    check("search: a label", (await page.locator("h1").innerText()) === "my buyer");
    await page.locator(".search input").fill("nobody");
    await page.keyboard.press("Enter");
    await shown(page, ".search-missing", "Nothing found");
}

// --- hostile content: a revert string, an ABI, a file's name and a label with markup ---

// PUSH the text's ABI encoding, REVERT: Error(string).
function reverting(text) {
    const data = encodeFunctionData({ abi: parseAbi(["function Error(string)"]), args: [text] }).slice(2);
    const size = (data.length / 2).toString(16).padStart(4, "0");
    return `0x61${size}80600c6000396000fd${data}`;
}

async function hostile() {
    const page = await browser.page();
    const sent = await rpc(west.url, "eth_sendTransaction", {
        from: alice.address,
        data: reverting(MARKUP),
        gas: "0x100000",
    });
    const hash = sent.result ?? sent.error.data.hash;
    await open(page, `#/tx/${hash}`);
    await shown(page, ".why", MARKUP);
    check("a revert string is text", (await page.locator(".why").innerText()).includes(MARKUP));
    const abi = [
        {
            type: "function",
            name: "buy",
            inputs: [],
            outputs: [{ name: MARKUP, type: "uint256" }],
            stateMutability: "payable",
        },
        { type: "error", name: MARKUP, inputs: [] },
    ];
    await page
        .locator("input[type=file]")
        .setInputFiles({
            name: `${MARKUP}.json`,
            mimeType: "application/json",
            buffer: Buffer.from(JSON.stringify({ contractName: MARKUP, abi })),
        });
    await shown(page, "footer", MARKUP);
    await page
        .locator("input[type=file]")
        .setInputFiles({
            name: "no.json",
            mimeType: "application/json",
            buffer: Buffer.from('{"abi": [null, 7, {}]'),
        });
    await shown(page, "footer", "No ABI");
    await open(page, `#/account/${buyer.toLowerCase()}`);
    await page.getByLabel("Label").fill(MARKUP);
    await page.getByRole("button", { name: "Save label" }).click();
    await shown(page, "h1", MARKUP);
    await page.locator(".search input").fill(MARKUP);
    await page.keyboard.press("Enter");
    await page.goto(`${l1.url}/#/tx/${encodeURIComponent(MARKUP)}`);
    await shown(page, ".problem", "no such page");
    await open(page, `#/account/${buyer.toLowerCase()}`);
    await page.reload();
    await shown(page, "h1", MARKUP);
    check(
        "nothing ran",
        (await page.evaluate(() => globalThis.hacked)) === undefined && (await page.locator("img").count()) === 0,
    );
    await page.evaluate(() => {
        const script = document.createElement("script");
        script.textContent = "window.hacked = 2";
        document.body.append(script);
    });
    check("nor would an injected script", (await page.evaluate(() => globalThis.hacked)) === undefined);
    check(
        "which the console tells",
        browser.errors.some((e) => e.includes("Content Security Policy")),
        browser.errors,
    );
    browser.errors.length = 0;
    await page.context().close();
}

// --- a wallet: EIP-6963 and EIP-1193, whose account is one of the node's ---

function injectWallet({ urls, account, isAnnounced }) {
    let chainId = "0x1";
    const post = async (method, params) => {
        const answer = await (
            await fetch(urls[Number(chainId)], {
                method: "POST",
                headers: {
                    "content-type": "application/json",
                },
                body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
            })
        ).json();
        if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
        return answer.result;
    };
    const known = new Set();
    globalThis.asked = [];
    const provider = {
        request: async ({ method, params }) => {
            globalThis.asked.push(method);
            if (method === "eth_requestAccounts" || method === "eth_accounts") return [account];
            if (method === "eth_chainId") return chainId;
            if (method === "wallet_addEthereumChain") return void known.add(params[0].chainId);
            if (method === "wallet_switchEthereumChain") {
                if (!known.has(params[0].chainId))
                    throw Object.assign(new Error("Unrecognized chain ID"), { code: 4902 });
                return void (chainId = params[0].chainId);
            }
            return post(method, method === "eth_sendTransaction" ? [{ gas: "0x300000", ...params[0] }] : params);
        },
    };
    const announce = () =>
        dispatchEvent(
            new CustomEvent("eip6963:announceProvider", {
                detail: Object.freeze({
                    info: {
                        uuid: "11111111-2222-4333-8444-555555555555",
                        name: "Test wallet",
                        rdns: "test.wallet",
                        icon: "",
                    },
                    provider,
                }),
            }),
        );
    if (!isAnnounced) return void (globalThis.ethereum = provider);
    addEventListener("eip6963:requestProvider", announce);
    announce();
}

// isAnnounced: by EIP-6963; else it is window.ethereum alone.
function pageWithWallet(isAnnounced) {
    const urls = Object.fromEntries([l1, west, east].map((c) => [c.chainId, `/${c.chainId}`]));
    return browser.page({
        script: `(${injectWallet})(${JSON.stringify({ urls, account: alice.address, isAnnounced })})`,
    });
}

async function wallet() {
    const page = await pageWithWallet(true);
    const stockOf = async () =>
        BigInt((await rpc(east.url, "eth_call", { to: shop, data: toFunctionSelector("stock()") }, "latest")).result);
    const before = await stockOf();

    // Buyer.buy of the west, which buys on the east.
    await open(page, `#/account/${buyer.toLowerCase()}`);
    const buy = page.locator(".function").filter({ has: page.locator("summary code", { hasText: /^buy$/ }) });
    await buy.locator("summary").click();
    await buy.getByLabel("value ETH").fill("1");
    await buy.getByRole("button", { name: "Send" }).click();
    await buy.getByRole("status").waitFor();
    check("a wallet sends a call across chains", (await stockOf()) === before - 1n, await buy.innerText());
    check(
        "it was asked for the chain",
        (await page.evaluate(() => globalThis.asked))
            .join()
            .includes(
                "wallet_switchEthereumChain,wallet_addEthereumChain,wallet_switchEthereumChain,eth_sendTransaction",
            ),
    );

    // Shop.order of the east, sent from the west: the shop's owner is Alice there.
    await open(page, `#/account/${shop.toLowerCase()}`);
    const order = page.locator(".function").filter({ has: page.locator("summary code", { hasText: /^order$/ }) });
    await order.locator("summary").click();
    await order.locator("input").first().fill("7");
    await order.getByLabel("from chain").selectOption(String(west.chainId));
    await order.getByRole("button", { name: "Send across to Rollup 7002" }).click();
    await order.getByRole("status").waitFor();
    check("a function is called from another chain", (await stockOf()) === before - 1n + 7n, await order.innerText());
    await order.getByRole("link").click();
    await page.locator(".arrow.call.crosses").waitFor();
    check("and drawn", (await page.locator(".arrow.call.crosses").textContent()).includes("order(7)"));
    await page.context().close();
}

// --- a swap on the Uniswap V2 of the east, sent by a wallet from the west; the router's artifact is dropped ---

function uniswap(part, name) {
    const { abi, bytecode } = JSON.parse(readFileSync(`node_modules/@uniswap/v2-${part}/build/${name}.json`, "utf8"));
    return { abi, bytecode: bytecode.startsWith("0x") ? bytecode : `0x${bytecode}` };
}

async function openExchange() {
    const Token = contract("examples/Token.sol", "Token"),
        Router = uniswap("periphery", "UniswapV2Router02");
    const token = await deploy(east, alice, Token, ["Gold", "AU"]),
        weth = await deploy(east, alice, uniswap("periphery", "WETH9"));
    const factory = await deploy(east, alice, uniswap("core", "UniswapV2Factory"), [alice.address], 6000000n);
    const router = await deploy(east, alice, Router, [factory, weth], 6000000n);
    const write = async (address, abi, functionName, args, value) => {
        const sent = { address, abi, functionName, args, value, gas: 5000000n };
        await east.reader.waitForTransactionReceipt({ hash: await east.wallet(alice).writeContract(sent) });
    };
    const tokens = 10n ** 20n;
    await write(token, Token.abi, "mint", [alice.address, tokens]);
    await write(token, Token.abi, "approve", [router, tokens]);
    const ends = [0n, 0n, alice.address, 2n ** 40n];
    await write(router, Router.abi, "addLiquidityETH", [token, tokens, ...ends], parseEther("10"));
    const balance = () =>
        east.reader.readContract({ address: token, abi: Token.abi, functionName: "balanceOf", args: [bob.address] });
    return { Router, router, path: [weth, token], tokens, balance };
}

async function drop(page, name, json) {
    const files = await page.evaluateHandle(([name, text]) => {
        const data = new DataTransfer();
        data.items.add(new File([text], name, { type: "application/json" }));
        return data;
    }, [name, JSON.stringify(json)]);
    await page.dispatchEvent("body", "drop", { dataTransfer: files });
    await shown(page, "footer", name.replace(".json", ""));
}

async function swap() {
    const { Router, router, path, tokens, balance } = await openExchange();
    const page = await pageWithWallet(false);
    await open(page, `#/account/${router.toLowerCase()}`);
    await drop(page, "Router.json", { contractName: "Router", abi: Router.abi });
    const name = /^swapExactETHForTokens$/,
        form = page.locator(".function").filter({ has: page.locator("summary code", { hasText: name }) });
    await form.locator("summary").click();
    const inputs = form.locator("form .field input");
    for (const [i, text] of ["1", JSON.stringify(path), bob.address, "1099511627776"].entries())
        await inputs.nth(i).fill(text);
    await form.getByLabel("value ETH").fill("1");
    await form.getByLabel("from chain").selectOption(String(west.chainId));
    await form.getByRole("button", { name: "Send across to Rollup 7002" }).click();
    await form.getByRole("status").or(form.getByRole("alert")).waitFor();
    // x y = k, less 0.3 %
    const value = parseEther("1"),
        bought = (value * 997n * tokens) / (parseEther("10") * 1000n + value * 997n);
    check("a wallet swaps across chains", (await balance()) === bought, await form.innerText());
    check("by window.ethereum", (await page.evaluate(() => globalThis.asked)).includes("eth_sendTransaction"));
    await form.getByRole("link").click();
    await page.locator(".arrow.call.crosses").waitFor();
    const arrow = await page.locator(".arrow.call.crosses").textContent();
    check("and it is drawn", arrow.includes("swapExactETHForTokens"), arrow);
    await page.context().close();
}

// --- copy ---

async function copies(hash) {
    const page = await browser.page(),
        clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    await open(page, `#/tx/${hash}`);
    await page.locator("h1 ~ *, .facts").first().waitFor();
    await page.getByRole("button", { name: "Copy hash" }).first().click();
    check("a hash is copied", (await clipboard()) === hash, await clipboard());
    await page.locator(".mailboxes").getByRole("button", { name: "Copy hash" }).first().focus();
    await page.keyboard.press("Enter");
    const { mailboxes } = (await rpc(l1.url, "scope_trace", hash)).result;
    check("a mailbox's hash, by keyboard", (await clipboard()) === mailboxes[0].here.requestsOut, await clipboard());
    await open(page, "#/transactions");
    await page.locator("tbody tr").first().waitFor();
    const rows = await page.locator("tbody tr").count();
    check(
        "each row's hash and sender can be copied",
        (await page.getByRole("button", { name: "Copy hash" }).count()) === rows &&
            (await page.getByRole("button", { name: "Copy address" }).count()) === rows,
    );
    await page.context().close();
}

// --- dark, narrow, and the picture ---

async function looks(hash, refused) {
    for (const options of [{ dark: true }, { width: 390, height: 800 }]) {
        const page = await browser.page(options),
            what = JSON.stringify(options);
        for (const to of ["#/", `#/tx/${hash}`, `#/tx/${refused}`]) {
            await open(page, to);
            await page
                .locator(to === "#/" ? ".block.bundle" : ".arrow.call")
                .first()
                .waitFor();
            await accessible(page, `accessible, ${what} ${to}`);
            check(
                `no wider than the screen, ${what} ${to}`,
                await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
            );
        }
        await page.context().close();
    }
    await screenshot();
    const page = await browser.page();
    for (const [address, text] of [
        [shop, "Shop"],
        [buyer, "Buyer"],
    ]) {
        await open(page, `#/account/${address.toLowerCase()}`);
        await page.getByLabel("Label").fill(text);
        await page.getByRole("button", { name: "Save label" }).click();
        await shown(page, "h1", text);
    }
    await open(page, `#/tx/${hash}`);
    await shown(page, ".life", "Shop");
    const svg = await page.locator("svg.sequence").evaluate(standAlone);
    if (process.argv.includes("--write")) writeFileSync(PICTURE, svg);
    const kept = readFileSync(PICTURE, "utf8");
    check(
        `${PICTURE} is the drawing of this scope; --write makes it anew`,
        textsOf(kept).join("\n") === textsOf(svg).join("\n"),
        textsOf(svg),
    );
    console.log(`${PICTURE}: ${kept.length} bytes`);
    await page.context().close();
}

// The overview as it is, for the documents: another run has other times in it, so only its size is compared.
async function screenshot() {
    const size = { width: 1280, height: 800 },
        page = await browser.page(size);
    await open(page, "#/");
    await page.locator(".block.bundle").first().waitFor();
    const png = await page.screenshot();
    if (process.argv.includes("--write")) writeFileSync(SCREENSHOT, png);
    const sizeOf = (image) => [image.readUInt32BE(16), image.readUInt32BE(20)].join();
    const there = sizeOf(readFileSync(SCREENSHOT));
    check(`${SCREENSHOT} is one of the page`, there === sizeOf(png) && there === "1280,800", there);
    await page.context().close();
}
