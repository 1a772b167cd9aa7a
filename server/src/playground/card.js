// A hit as a card: its words lit, what it is, and on request its pairs of tokens and the tree that it is of.

import { count, el, many, reveal } from "./dom.js";
import { ranges } from "./heat.js";
import { looksMarked, markdown } from "./markdown.js";
import { gaps, indexer, painted } from "./text.js";

const LONG = 1800;
const MOST_FIELDS = 6;

/** What is drawn of a hit; `lit` are its words by part, `strongest` the weight that is hottest. */
export function card(hit, { rank, best, lit, strongest, found, details }) {
  const heat = (part) => (lit ? ranges(lit[part], strongest) : []);
  const text = el("div", { class: "text", dir: "auto" });
  const own = { hit, text, heat: heat("text"), cited: [] };
  paint(own);
  const more = el("button", { type: "button", class: "more", "aria-expanded": "false", onclick: () => own.toggle() }, "tokens and tree");
  const drawer = el("div", { class: "drawer" });
  drawer.hidden = true;
  own.node = el("li", { class: `hit ${hit.kind}`, tabindex: -1, "data-passage": hit.passage_id, "aria-label": named(hit, rank) },
    el("div", { class: "head" },
      rank && el("span", { class: "rank", "aria-hidden": true }, String(rank)),
      heads(hit, heat),
      score(hit, best),
    ),
    text,
    el("div", { class: "foot" }, kind(hit), ...facts(hit), details && more),
    drawer,
  );
  own.toggle = (open = drawer.hidden) => {
    if (!details || open !== drawer.hidden) return false;
    drawer.hidden = !open;
    own.node.classList.toggle("open", open);
    more.setAttribute("aria-expanded", String(open));
    if (open && !drawer.firstChild) drawer.append(table(found), el("div", { class: "tree" }));
    if (open) details(drawer.querySelector(".tree"));
    if (open) reveal(drawer);
    return true;
  };
  if (own.hit.text?.length > LONG) {
    text.classList.add("long");
    const all = el("button", { type: "button", class: "more", onclick: () => (text.classList.remove("long"), all.remove()) }, "all of it");
    text.after(all);
  }
  return own;
}

/** Marks what an answer cites of a card's text: `{number, start, end, back}` in bytes of the document. */
export function cite(own, cited) {
  own.cited = cited;
  paint(own);
}

/** Shows where a citation stands in its card. */
export function flash(own, number) {
  own.text.classList.remove("long");
  const marks = own.text.querySelectorAll(`.cited-${number}`);
  reveal(marks[0] ?? own.node, "center");
  own.node.focus({ preventScroll: true });
  for (const mark of marks) {
    mark.classList.remove("flash");
    requestAnimationFrame(() => mark.classList.add("flash"));
  }
}

function paint(own) {
  const { hit, text, heat, cited } = own;
  const said = hit.text ?? "";
  const index = indexer(said);
  const at = cited.map(({ number, start, end, back }) => {
    const [first, last] = [index(Math.max(0, start - hit.start)), index(Math.max(0, end - hit.start))];
    return { range: { start: first, end: last, class: `cited cited-${number}` }, back: { at: last, node: back } };
  });
  const marks = looksMarked(hit, said) ? [...markdown(said), ...twice(hit, said)] : [];
  text.classList.toggle("source", hit.metadata?.type === "code");
  const ranges = [...heat, ...marks, ...gaps(said), ...at.map(({ range }) => range)];
  text.replaceChildren(painted(said, ranges, at.map(({ back }) => back)));
}

/** A headline that is the card's own is not said again. */
function twice(hit, said) {
  const first = said.match(/^#{1,6}\s+(.*?)\s*(\n\s*|$)/);
  const own = first && [hit.title, hit.heading?.split(" > ").at(-1)].includes(first[1]);
  return own ? [{ start: 0, end: first[0].length, class: "mk" }] : [];
}

function named(hit, rank) {
  const what = hit.kind === "summary" ? `summary of layer ${hit.layer}` : hit.kind;
  return `${rank ? `Hit ${rank}, ` : ""}${what}: ${hit.title || hit.passage_id}`;
}

function heads(hit, heat) {
  const shared = hit.title && hit.heading?.startsWith(hit.title) ? hit.title.length : 0;
  const rest = shared ? hit.heading.slice(shared).match(/^[ >]*/)[0].length + shared : 0;
  const hidden = rest ? [{ start: 0, end: rest, class: "mk" }] : [];
  const heading = hit.heading && rest < hit.heading.length && el("span", { class: "heading", dir: "auto" }, painted(hit.heading, [...heat("heading"), ...hidden]));
  const title = hit.title ? painted(hit.title, heat("title")) : hit.passage_id;
  return el("h3", null, el("span", { class: "title", dir: "auto" }, title), heading);
}

function score(hit, best) {
  if (!Number.isFinite(hit.score) || best === undefined) return false;
  const share = best > 0 ? Math.max(0, Math.min(1, hit.score / best)) : 0;
  return el("span", { class: "score", "--share": share.toFixed(3), title: "MaxSim, or what the mode gives" }, hit.score.toFixed(2));
}

function kind(hit) {
  if (hit.kind === "summary") {
    const over = many(hit.leaves?.length ?? 0, "passage");
    return el("span", { class: "layer", title: `a summary node over ${over}` }, `layer ${hit.layer} · over ${over}`);
  }
  return el("span", { class: "layer" }, hit.kind === "passage" ? "passage" : hit.kind);
}

function facts(hit) {
  const legs = Object.entries(hit.legs ?? {}).map(([leg, place]) => `${leg} ${place ? `#${place.rank}` : "–"}`);
  const fields = Object.entries(hit.metadata ?? {}).filter(([name]) => !["path", "type"].includes(name)).slice(0, MOST_FIELDS);
  return [
    el("span", { class: "where", dir: "auto" }, hit.document_id ?? "several documents"),
    hit.document_id && el("span", { class: "bytes" }, `${count(hit.start)}–${count(hit.end)}`),
    ...legs.map((leg) => el("span", { class: "field" }, leg)),
    ...fields.map(([name, value]) => el("span", { class: "field", dir: "auto" }, `${name} ${short(value)}`)),
  ];
}

function short(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
}

/** Which word of the query found which word, in the query's order. */
function table(found) {
  if (!found.length) return el("p", { class: "quiet" }, "This mode compares words, not tokens: there are no pairs to show.");
  const said = ({ part, word }) => (word ? `${word.text}${part === "text" ? "" : ` (${part})`}` : "no word");
  const row = (pair) => el("tr", null,
    el("th", { scope: "row" }, pair.query ? pair.query.text : el("i", null, "special")),
    el("td", { dir: "auto" }, said(pair)),
    el("td", { class: "bar", "--share": Math.max(0, Math.min(1, pair.score)).toFixed(3) }, el("span", { class: "fill", "aria-hidden": true }), el("span", { class: "figure" }, pair.score.toFixed(2))),
  );
  const sum = found.reduce((sum, pair) => sum + pair.score, 0);
  return el("div", { class: "pairs" },
    el("table", null,
      el("caption", null, `${many(found.length, "query token")}, each with the token that is most similar to it; together ${sum.toFixed(2)}`),
      el("thead", null, el("tr", null, el("th", { scope: "col" }, "query"), el("th", { scope: "col" }, "found"), el("th", { scope: "col" }, "similarity"))),
      el("tbody", null, ...found.map(row)),
    ));
}
