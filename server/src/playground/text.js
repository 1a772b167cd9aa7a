// Texts: bytes of UTF-8 as the daemon counts them, words, and ranges that are made visible.

import { el } from "./dom.js";

const encoder = new TextEncoder();

/** Of a text, the index of the character at each byte. */
export function indexer(text) {
  const bytes = encoder.encode(text).length;
  if (bytes === text.length) return (byte) => Math.min(byte, bytes);
  const indices = new Uint32Array(bytes + 1);
  let byte = 0;
  for (let index = 0; index < text.length; ) {
    const point = text.codePointAt(index);
    const width = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    indices.fill(index, byte, byte + width);
    byte += width;
    index += point > 0xffff ? 2 : 1;
  }
  indices[bytes] = text.length;
  return (at) => indices[Math.min(at, bytes)];
}

const segmenter = "Segmenter" in Intl ? new Intl.Segmenter("en", { granularity: "word" }) : undefined;
const WORD = /[\p{L}\p{N}\p{M}_]+|[^\s]/uy;

/** The words of a text: a function from an index to the word there. */
export function words(text) {
  const segments = segmenter?.segment(text);
  return (index) => {
    if (segments) {
      const found = segments.containing(index);
      return found ? { start: found.index, end: found.index + found.segment.length } : undefined;
    }
    WORD.lastIndex = index;
    return WORD.test(text) ? { start: index, end: WORD.lastIndex } : undefined;
  };
}

/**
 * A text with ranges `{start, end, class?, heat?, tokens?, title?, soft?}` made visible, and nodes `{at, node}` put into
 * it. Ranges may overlap; those of class `mk` are hidden, soft ones are a space.
 */
export function painted(text, all, inserted = []) {
  // What is lit is not hidden.
  const heat = all.filter((range) => range.heat !== undefined);
  const ranges = all.filter((range) => range.class !== "mk" || !heat.some((lit) => lit.start < range.end && range.start < lit.end));
  const cuts = new Set([0, text.length]);
  for (const { start, end } of ranges) cuts.add(start).add(end);
  for (const { at } of inserted) cuts.add(at);
  const places = [...cuts].filter((at) => at >= 0 && at <= text.length).sort((a, b) => a - b);
  const starting = grouped(ranges);
  const put = [...inserted].sort((a, b) => a.at - b.at);
  const fragment = document.createDocumentFragment();
  let open = [];
  places.forEach((start, number) => {
    while (put.length && put[0].at <= start) fragment.append(put.shift().node);
    const end = places[number + 1];
    if (end === undefined) return;
    open = open.filter((range) => range.end > start).concat((starting.get(start) ?? []).filter((range) => range.end > start));
    const piece = open.some((range) => range.soft) ? " " : text.slice(start, end);
    const classes = open.map((range) => range.class).filter(Boolean);
    const lit = open.find((range) => range.heat !== undefined);
    if (lit) {
      const attributes = { class: ["lit", ...classes].join(" "), "--heat": lit.heat.toFixed(3), title: lit.title, "data-tokens": lit.tokens.join(" ") };
      fragment.append(el("mark", attributes, piece));
    } else if (classes.length) {
      fragment.append(el("span", { class: classes.join(" ") }, piece));
    } else {
      fragment.append(piece);
    }
  });
  return fragment;
}

/** Ranges between paragraphs, which take less room than an empty line. */
export const gaps = (text) => [...text.matchAll(/\n\s*\n/g)].map(({ index, 0: gap }) => ({ start: index, end: index + gap.length, class: "gap" }));

function grouped(ranges) {
  const all = new Map();
  for (const range of ranges) {
    if (all.has(range.start)) all.get(range.start).push(range);
    else all.set(range.start, [range]);
  }
  return all;
}
