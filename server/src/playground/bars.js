// Figures as bars.

import { el, milliseconds } from "./dom.js";

const STAGES = {
  queue_us: ["queue", "waiting for a worker"],
  tokenize_us: ["tokenize", "text to token ids"],
  encode_us: ["encode", "token ids to token vectors"],
  filter_us: ["filter", "a filter to the passages that pass it"],
  probe_us: ["probe", "query tokens against centroids"],
  gather_us: ["gather", "postings to candidates"],
  estimate_us: ["estimate", "candidates by centroid ids"],
  score_us: ["score", "candidates by codes or vectors"],
  keywords_us: ["keywords", "words in the keyword index"],
  fetch_us: ["fetch", "text and metadata"],
};

/** Fills a list with bars `{label, value, shown, about?, lit?}`, the longest as wide as there is room. */
export function bars(list, rows) {
  const most = Math.max(...rows.map((row) => row.value), 1e-9);
  const bar = ({ label, value, shown, about, lit }) => [
    el("dt", { title: about }, label),
    el("dd", { class: lit ? "bar on" : "bar", "--share": (value / most).toFixed(4) }, el("span", { class: "fill", "aria-hidden": true }), el("span", { class: "figure" }, shown)),
  ];
  list.replaceChildren(...rows.flatMap(bar));
}

/** Stages of a search; those that did not run have no bar. */
export function stages(timings) {
  const ran = Object.entries(STAGES).filter(([name]) => timings[name] > 0);
  return ran.map(([name, [label, about]]) => ({ label, about, value: timings[name], shown: milliseconds(timings[name]) }));
}
