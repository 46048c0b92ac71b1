// picture - a drawing of the page as an SVG file that stands alone.

// Runs in the page: the drawing with its style as attributes, on a ground of its own, without titles and links.
export function standAlone(svg) {
    const style = {
        fill: "fill",
        stroke: "stroke",
        "stroke-width": "stroke-width",
        "stroke-dasharray": "stroke-dasharray",
        "stroke-linecap": "stroke-linecap",
        opacity: "opacity",
        "font-size": "font-size",
        "font-weight": "font-weight",
        "paint-order": "paint-order",
        "text-decoration-line": "text-decoration",
    };
    const usual = {
        fill: "rgb(0, 0, 0)",
        stroke: "none",
        "stroke-width": "1px",
        "stroke-dasharray": "none",
        "stroke-linecap": "butt",
        opacity: "1",
        "font-size": "",
        "font-weight": "400",
        "paint-order": "normal",
        "text-decoration-line": "none",
    };
    const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
    const write = (element) => {
        const name = element.tagName,
            computed = getComputedStyle(element);
        if (name === "title" || element.classList.contains("hit")) return "";
        const inner = [...element.childNodes]
            .map((c) => (c.nodeType === Node.TEXT_NODE ? escape(c.data) : write(c)))
            .join("");
        if (name === "g" || name === "a") return inner;
        const geometry = [...element.attributes]
            .filter((a) => /^(x|y|x1|x2|y1|y2|d|rx|width|height|text-anchor)$/.test(a.name))
            .map((a) => ` ${a.name}="${escape(a.value)}"`)
            .join("");
        const look = Object.keys(style)
            .filter(
                (s) =>
                    (name === "text" || !/^(font|text|paint)/.test(s)) && computed.getPropertyValue(s) !== usual[s],
            )
            .map((s) => ` ${style[s]}="${escape(computed.getPropertyValue(s))}"`)
            .join("");
        return `<${name}${geometry}${look}>${inner}</${name}>\n`;
    };
    const { width, height } = svg.viewBox.baseVal;
    const ground = getComputedStyle(svg.closest(".panel")).backgroundColor;
    return (
        `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
        `font-family="system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif">\n<rect width="${width}" ` +
        `height="${height}" fill="${ground}"></rect>\n${[...svg.children].map(write).join("")}</svg>\n`
    );
}

// What it says, in its order; but for gas, which changes with the contracts.
export const textsOf = (svg) =>
    [...svg.matchAll(/<text[^>]*>([^<]*)/g)].map(([, text]) => text).filter((text) => !/ gas$/.test(text));
