// The tree of a document: passages below, summaries above, hits filled.

import { ask, at } from "./api.js";
import { count, el, many, reveal, svg } from "./dom.js";
import { bars } from "./bars.js";
import { looksMarked, markdown } from "./markdown.js";
import { gaps, painted } from "./text.js";

const ROW = 46;
/** Least and most room for a node, and what a tree takes if there is as much. */
const [NARROW, WIDE, BREADTH] = [9, 60, 640];
const RADIUS = 5;
const EDGE = 16;
const MOST = 600;

const known = new Map();

/** Forgets trees, which may have grown. */
export const forget = () => known.clear();

/** Sizes of a collection's layers, with how many hits each has. */
export async function layers(collection, hits, parts, signal) {
  const found = await ask(`${at(collection)}/tree`, { signal });
  const total = found.layers.reduce((sum, layer) => sum + layer.nodes, 0);
  parts.section.hidden = total === 0;
  const rows = [...found.layers].reverse().map(({ layer, nodes }) => {
    const within = hits.filter((hit) => hit.layer === layer && hit.kind !== "document").length;
    const shown = within ? `${count(nodes)} · ${many(within, "hit")}` : count(nodes);
    return { label: layer ? `layer ${layer}` : "passages", value: nodes, shown, lit: within > 0 };
  });
  bars(parts.list, rows);
  parts.note.textContent = found.trees ? `${many(found.trees, "document")} with a tree of summaries` : "no trees: build with --raptor, or create with \"raptor\": true";
}

/** Draws the tree that a hit is of. `hits` are cards by passage id. */
export async function draw(place, collection, hit, hits) {
  if (!hit.document_id) {
    place.replaceChildren(el("p", { class: "quiet" }, "A node over several documents; it quotes ", ...quoted(hit, hits)));
    return;
  }
  const path = `${at(collection)}/tree?document=${encodeURIComponent(hit.document_id)}`;
  if (!known.has(path)) known.set(path, ask(path));
  let tree;
  try {
    tree = await known.get(path);
  } catch (problem) {
    known.delete(path);
    place.replaceChildren(el("p", { class: "quiet" }, `The tree cannot be shown: ${problem.message}`));
    return;
  }
  const top = Math.max(...tree.nodes.map((node) => node.layer));
  if (top === 0) {
    place.replaceChildren(el("p", { class: "quiet" }, `${many(tree.nodes.length, "passage")}, and no summaries above.`));
    return;
  }
  if (tree.nodes.length > MOST) {
    place.replaceChildren(el("p", { class: "quiet" }, `The tree has ${count(tree.nodes.length)} nodes, too many to draw.`));
    return;
  }
  const said = el("div", { class: "node-text", "aria-live": "polite" });
  const tell = (node) => {
    const card = hits.get(node.id);
    const go = card && node.id !== hit.passage_id && el("button", { type: "button", class: "more", onclick: () => (card.node.focus({ preventScroll: true }), reveal(card.node)) }, "to the hit");
    const name = node.layer ? `layer ${node.layer}, over ${many(node.leaves.length, "passage")}` : "passage";
    said.replaceChildren(el("p", { class: "quiet" }, `${node.id} · ${name} `, go), el("p", { dir: "auto" }, told(clipped(node.text), hit)));
  };
  place.replaceChildren(el("div", { class: "drawing" }, drawing(tree, hit, hits, tell)), said);
  const here = tree.nodes.find((node) => node.id === hit.passage_id);
  if (!here) return;
  tell(here);
  const [frame, dot] = [place.querySelector(".drawing"), place.querySelector(".here .dot")];
  frame.scrollLeft = Number(dot.getAttribute("cx")) - frame.clientWidth / 2;
}

const told = (text, hit) => painted(text, [...gaps(text), ...(looksMarked(hit, text) ? markdown(text) : [])]);

const clipped = (text) => (text.length > 420 ? `${text.slice(0, 419)}…` : text);

function quoted(hit, hits) {
  const ids = [...new Set(hit.leaves ?? [])].slice(0, 12);
  return ids.flatMap((id, number) => {
    const card = hits.get(id);
    const shown = card ? el("button", { type: "button", class: "more", onclick: () => card.node.focus() }, id) : el("span", { class: "where" }, id);
    return number ? [", ", shown] : [shown];
  });
}

/** Where each node stands: leaves in order, parents above the middle of their children, none over another. */
function places(tree, top) {
  const x = new Map();
  const leaves = tree.nodes.filter((node) => node.layer === 0);
  const step = Math.max(NARROW, Math.min(WIDE, BREADTH / leaves.length));
  leaves.forEach((node, number) => x.set(node.id, number * step));
  const apart = Math.max(step, 2 * RADIUS + 4);
  for (let layer = 1; layer <= top; layer += 1) {
    const row = tree.nodes.filter((node) => node.layer === layer);
    const middle = (node) => {
      const below = node.children.map((id) => x.get(id)).filter((at) => at !== undefined);
      return below.length ? below.reduce((sum, at) => sum + at, 0) / below.length : 0;
    };
    let last = -apart;
    for (const [node, wanted] of row.map((node) => [node, middle(node)]).sort((a, b) => a[1] - b[1])) {
      last = Math.max(wanted, last + apart);
      x.set(node.id, last);
    }
  }
  return [x, Math.min(RADIUS, step / 2.6)];
}

function drawing(tree, hit, hits, tell) {
  const top = Math.max(...tree.nodes.map((node) => node.layer));
  const [x, small] = places(tree, top);
  const width = Math.max(...x.values()) + 2 * EDGE;
  const height = top * ROW + 2 * EDGE;
  const at = (node) => [x.get(node.id) + EDGE, (top - node.layer) * ROW + EDGE];
  const nodes = new Map(tree.nodes.map((node) => [node.id, node]));
  const path = above(tree, hit.passage_id);
  const lines = tree.nodes.flatMap((node) => node.children.filter((id) => nodes.has(id)).map((id) => {
    const [[x1, y1], [x2, y2]] = [at(node), at(nodes.get(id))];
    const bend = (y1 + y2) / 2;
    const through = path.has(node.id) && (path.has(id) || id === hit.passage_id);
    return svg("path", { class: through ? "line on" : "line", d: `M${x1} ${y1}C${x1} ${bend} ${x2} ${bend} ${x2} ${y2}` });
  }));
  const dots = tree.nodes.map((node) => {
    const [cx, cy] = at(node);
    const kind = ["node", node.layer ? "summary" : "leaf", hits.has(node.id) && "found", node.id === hit.passage_id && "here"];
    const label = `${node.layer ? `summary of layer ${node.layer}` : "passage"}${hits.has(node.id) ? ", a hit" : ""}: ${node.text.slice(0, 60)}`;
    const act = (event) => {
      if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      tell(node);
    };
    return svg("g", { class: kind.filter(Boolean).join(" "), tabindex: 0, role: "button", "aria-label": label, onclick: act, onkeydown: act, onmouseenter: () => tell(node), onfocus: () => tell(node) },
      svg("circle", { class: "halo", cx, cy, r: node.layer ? 10 : small * 2 }), svg("circle", { class: "dot", cx, cy, r: node.layer ? RADIUS + 1 : small }));
  });
  const name = `Tree of ${tree.document_id}: ${many(tree.nodes.filter((node) => node.layer === 0).length, "passage")}, ${many(top, "layer")} of summaries`;
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-label": name }, ...lines, ...dots);
}

/** The nodes above one. */
function above(tree, id) {
  const found = new Set();
  let below = new Set([id]);
  while (below.size) {
    const parents = tree.nodes.filter((node) => !found.has(node.id) && node.children.some((child) => below.has(child)));
    parents.forEach((node) => found.add(node.id));
    below = new Set(parents.map((node) => node.id));
  }
  return found;
}
