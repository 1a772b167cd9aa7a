// How Markdown looks while its text stays what it is: marks are hidden, lines that were wrapped flow.

const INLINE = /(\*\*|__)(?=\S)(.+?)(?<=\S)\1|(`+)(.+?)\3|(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])|!?\[([^\]\n]*)\]\(([^)\n]*)\)/g;
const KEPT = /^(\s*([-*+]|\d+[.)])\s|\s*\||\s{4}|>|#{1,6}\s)/;

/** Whether a hit is Markdown: files say so, of other documents it can be seen. */
export const looksMarked = (hit, text) => hit.metadata?.type === "markdown" || (!hit.metadata?.type && /^#{1,6} \S|\*\*\S/m.test(text));

/** Ranges for `painted`. */
export function markdown(text) {
  const ranges = [];
  const hide = (start, end) => end > start && ranges.push({ start, end, class: "mk" });
  let at = 0;
  let fence = "";
  let before;
  for (const line of text.split("\n")) {
    const end = at + line.length;
    const mark = line.match(/^\s*(```+|~~~+)/)?.[1];
    if (mark && (!fence || mark.startsWith(fence))) {
      fence = fence ? "" : mark;
      hide(at, Math.min(end + 1, text.length));
      before = undefined;
    } else if (fence || /^\s*\|/.test(line)) {
      ranges.push({ start: at, end: Math.min(end + 1, text.length), class: "pre" });
      before = undefined;
    } else {
      const head = line.match(/^(#{1,6})\s+/);
      if (head) {
        hide(at, at + head[0].length);
        ranges.push({ start: at, end, class: "headline" });
      } else {
        inline(line, at, ranges, hide);
      }
      if (before !== undefined && line.trim() && !KEPT.test(line)) ranges.push({ start: before, end: before + 1, soft: true });
      before = line.trim() && !head ? end : undefined;
    }
    at = end + 1;
  }
  return ranges;
}

function inline(line, at, ranges, hide) {
  for (const found of line.matchAll(INLINE)) {
    const start = at + found.index;
    const end = start + found[0].length;
    const [, strong, , code, , slanted, link] = found;
    const marks = strong?.length ?? code?.length ?? 1;
    if (link !== undefined) {
      const open = found[0].indexOf("[") + 1;
      hide(start, start + open);
      hide(start + open + link.length, end);
      continue;
    }
    hide(start, start + marks);
    hide(end - marks, end);
    ranges.push({ start: start + marks, end: end - marks, class: strong ? "strong" : code ? "code" : slanted ? "slanted" : "" });
  }
}
