// What `explain` says, as words: which word of a hit each word of the query found, and how much that counts.

import { indexer, words } from "./text.js";

/** The word of a text at a byte, with the text. */
function wording(text) {
  const [index, word] = [indexer(text), words(text)];
  return (byte) => {
    const found = byte === undefined ? undefined : word(index(byte));
    return found && text.slice(found.start, found.end).trim() ? { ...found, text: text.slice(found.start, found.end) } : undefined;
  };
}

/** The pairs of a hit: `{token, score, query?, part?, word?}`. Special tokens are no words. */
export function pairs(hit, query) {
  const of = { query: wording(query) };
  return (hit.explain ?? []).map(({ query_token, score, query_at, part, at }) => {
    const told = part && hit[part] !== undefined;
    if (told) of[part] ??= wording(hit[part]);
    const word = told ? of[part](at) : undefined;
    return { token: query_token, score, query: of.query(query_at), part: word && part, word };
  });
}

/** Marks are matched, too, and say nothing to a reader. */
const reads = ({ text }) => /[\p{L}\p{N}]/u.test(text);

/** The lit words of a hit by part: `{start, end, weight, tokens, title}`. */
export function lit(found) {
  const parts = { title: new Map(), heading: new Map(), text: new Map() };
  for (const { token, score, query, part, word } of found) {
    if (!query || !word || !reads(query) || !reads(word) || score <= 0) continue;
    const known = parts[part].get(word.start) ?? { start: word.start, end: word.end, weight: 0, tokens: [], because: new Map() };
    known.weight += score;
    known.tokens.push(token);
    known.because.set(query.text, (known.because.get(query.text) ?? 0) + score);
    parts[part].set(word.start, known);
  }
  return parts;
}

/** Ranges to paint, where the strongest word of all hits has a heat of 1. */
export function ranges(words, strongest) {
  return [...words.values()].map(({ start, end, weight, tokens, because }) => {
    const title = [...because].map(([word, score]) => `${word} ${score.toFixed(2)}`).join(", ");
    return { start, end, heat: Math.min(1, weight / strongest), tokens, title };
  });
}

/** The weight of the strongest word of some hits. */
export function strongest(all) {
  const weights = all.flatMap((parts) => Object.values(parts).flatMap((words) => [...words.values()].map((word) => word.weight)));
  return Math.max(0.001, ...weights);
}

/** The query's words with what they found on average over some hits: `{text, tokens, score}`. */
export function queried(all) {
  const words = new Map();
  for (const found of all) {
    for (const { query, token, score } of found) {
      if (!query || !reads(query)) continue;
      const known = words.get(query.start) ?? { text: query.text, start: query.start, tokens: new Set(), sum: 0, times: 0 };
      known.tokens.add(token);
      known.sum += score;
      known.times += 1;
      words.set(query.start, known);
    }
  }
  const ordered = [...words.values()].sort((a, b) => a.start - b.start);
  return ordered.map(({ text, tokens, sum, times }) => ({ text, tokens: [...tokens], score: sum / times }));
}
