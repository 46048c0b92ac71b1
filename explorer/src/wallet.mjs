// wallet - wallets of the browser: EIP-6963 announcements, and window.ethereum (EIP-1193) where none announces itself.

const found = new Map(), watchers = new Set();
const tell = () => watchers.forEach((w) => w([...found.values()]));

export function startWallets() {
    addEventListener("eip6963:announceProvider", ({ detail }) => {
        if (!detail?.info?.uuid || typeof detail.provider?.request !== "function")
            return;
        found.set(String(detail.info.uuid), { name: String(detail.info.name).slice(0, 60), provider: detail.provider });
        tell();
    });
    dispatchEvent(new Event("eip6963:requestProvider"));
    if (!found.size && typeof globalThis.ethereum?.request === "function")
        found.set("window.ethereum", { name: "Browser wallet", provider: globalThis.ethereum });
    tell();
}

export function watchWallets(watcher) {
    watchers.add(watcher);
    watcher([...found.values()]);
    return () => watchers.delete(watcher);
}

// Onto the chain, which the wallet may not know yet.
async function choose(provider, chain) {
    const chainId = `0x${chain.chainId.toString(16)}`;
    if (Number(await provider.request({ method: "eth_chainId" })) === chain.chainId)
        return;
    try {
        await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
    } catch {
        await provider.request({ method: "wallet_addEthereumChain", params: [{ chainId, chainName: chain.kind === "l1"
            ? "scope L1" : `scope rollup ${chain.chainId}`, rpcUrls: [new URL(`/${chain.chainId}`, location.href).href],
        nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 } }] });
        await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
    }
}

// Sends a transaction of the wallet's account; its hash.
export async function sendByWallet(provider, chain, tx) {
    const [from] = await provider.request({ method: "eth_requestAccounts" });
    await choose(provider, chain);
    return provider.request({ method: "eth_sendTransaction", params: [{ ...tx, from }] });
}
