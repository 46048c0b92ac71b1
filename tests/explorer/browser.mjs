// browser - Debian's Chromium by playwright-core, and axe-core in its pages.
//
//   const browser = await openBrowser();      browser.page({ width, height, dark }), browser.errors, browser.close()
//   globalThis.shifts, longTasks               of each page: layout shifts [{ value, of }], tasks above 50 ms
//   await serious(page)                       what axe finds of impact serious or critical, as lines of text

import { chromium } from "playwright-core";
import { readFileSync } from "node:fs";

const axe = readFileSync(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

// In each page, from its beginning: what moved without an input of the user, and what ran too long to take one.
function observe() {
    globalThis.shifts = [];
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
        for (const { value, hadRecentInput, sources } of list.getEntries())
            if (!hadRecentInput)
                globalThis.shifts.push({ value, of: sources.map(({ node }) => node?.outerHTML?.slice(0, 120)) });
    }).observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) globalThis.longTasks.push(Math.round(duration));
    }).observe({ type: "longtask", buffered: true });
}

export async function openBrowser() {
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: ["--no-sandbox", "--disable-gpu"],
    });
    const errors = [];
    const page = async ({ width = 1280, height = 900, dark = false, script } = {}) => {
        const context = await browser.newContext({
            viewport: { width, height },
            reducedMotion: "reduce",
            colorScheme: dark ? "dark" : "light",
            permissions: ["clipboard-read", "clipboard-write"],
        });
        await context.addInitScript(observe);
        if (script) await context.addInitScript(script);
        const page = await context.newPage();
        page.setDefaultTimeout(60000);
        page.on("pageerror", (error) => errors.push(error.message));
        page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
        return page;
    };
    return { page, errors, close: () => browser.close() };
}

// Its script is run by the debugger, which the page's content security policy does not concern.
export async function serious(page) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    return violations
        .filter((v) => ["serious", "critical"].includes(v.impact))
        .map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join("; ")}`);
}
