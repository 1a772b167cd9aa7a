// Elements. Whatever comes from the daemon becomes text, never markup.

const SVG = "http://www.w3.org/2000/svg";

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name.startsWith("--")) node.style.setProperty(name, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

/** An element with attributes, listeners (`onclick`), custom properties (`--heat`) and children; strings are text. */
export const el = (tag, attributes, ...children) => filled(document.createElement(tag), attributes, children);

/** The same for drawings. */
export const svg = (tag, attributes, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

export const byId = (id) => document.getElementById(id);

/** Shows or hides. */
export function show(node, shown) {
  node.hidden = !shown;
}

/** Moves something into view, at once for those who prefer that. */
export function reveal(node, block = "nearest") {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block, behavior: still ? "auto" : "smooth" });
}

const NUMBER = new Intl.NumberFormat("en");

export const count = (number) => NUMBER.format(number);

/** "1 passage", "2 passages". */
export const many = (number, what, plural = `${what}s`) => `${count(number)} ${number === 1 ? what : plural}`;

/** Milliseconds of some microseconds. */
export function milliseconds(us) {
  const ms = us / 1000;
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)} ms`;
}
