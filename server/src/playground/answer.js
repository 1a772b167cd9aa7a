// An answer as it comes: stages, pieces that are not checked yet, then what was checked, with citations.

import { ask, at, events } from "./api.js";
import { bars } from "./bars.js";
import { byId, el, many, show } from "./dom.js";
import { markdown } from "./markdown.js";
import { gaps, indexer, painted } from "./text.js";

const REASONS = {
  generator_missing: "no such generator",
  generator_unreachable: "nobody listens where the generator should be",
  generator_declined: "the generator found no answer in the passages",
  unsupported: "less than half of what was written is supported",
  prompt_echo: "the generator repeated its prompt",
  no_tree: "the collection has no trees",
  no_representations: "the collection has no representations",
  deadline: "time was nearly over",
};

/** Asks, and shows what comes. `jump(number, citation)` goes to where a citation stands; gives what ended it. */
export async function answer(asked, { signal, jump, retrieved }) {
  const [progress, said, basis] = ["progress", "said", "basis"].map(byId);
  show(byId("answered"), true);
  show(byId("steps"), false);
  basis.replaceChildren();
  said.replaceChildren();
  said.className = "said coming";
  progress.textContent = "asking";
  const body = {
    question: asked.q, collections: [asked.c], technique: asked.technique, generator: asked.generator, stream: true, trace: "summary",
    ...(asked.filter ? { filter: asked.filter } : {}),
  };
  let written = "";
  let citations = 0;
  for await (const [name, data] of events("/v1/answer", { body, signal })) {
    if (name === "stage") {
      progress.textContent = data.stage === "generate" ? "writing, not checked yet" : `${data.stage} …`;
      if (data.stage === "generate") said.replaceChildren((written = ""));
    } else if (name === "retrieval") {
      progress.textContent = `${many(data.contexts.length, "passage")} to answer from`;
      retrieved(data.contexts);
    } else if (name === "token") {
      written += data.text;
      said.textContent = written;
    } else if (name === "note") {
      progress.textContent = `${data.question} — ${data.answer}`;
    } else if (name === "verdict") {
      progress.textContent = `checked: ${data.supported} of ${many(data.sentences, "sentence")} supported${data.accepted ? "" : ", not accepted"}`;
      if (!data.accepted) said.replaceChildren((written = ""));
    } else if (name === "citation") {
      citations += 1;
      if (!written) said.append(citations > 1 ? " " : "", data.quote);
    } else if (name === "error") {
      throw Object.assign(new Error(data.detail), data);
    } else if (name === "done") {
      return done(data, { progress, said, basis, jump });
    }
  }
  throw Object.assign(new Error("the answer was cut off"), { title: "No answer", code: "cut_off" });
}

/** Says that nothing more will come. */
export function stopped() {
  byId("progress").textContent = "stopped";
  byId("said").classList.remove("coming");
}

function done(reply, { progress, said, basis, jump }) {
  said.classList.remove("coming");
  const { decision } = reply;
  progress.textContent = "";
  if (reply.abstained) {
    said.replaceChildren(el("p", { class: "abstained" }, "Nothing in this collection seems to answer that."));
  } else {
    said.replaceChildren(text(reply, jump));
  }
  const how = { generated: `written by ${decision.generator}, each sentence checked against the passages`, quoted: "sentences of the documents; no language model wrote it", abstained: "not answered" };
  const facts = [`${Math.round(decision.confidence * 100)} % sure`, how[decision.path] ?? decision.path, `technique ${decision.technique}`];
  basis.replaceChildren(
    el("p", { class: "quiet" }, facts.join(" · ")),
    ...(decision.standalone_question ? [el("p", { class: "quiet" }, `asked as: ${decision.standalone_question}`)] : []),
    ...(decision.chosen ?? []).map((one) => el("p", { class: "quiet" }, `${one.stage}: ${one.choice}${one.reason ? `, ${one.reason}` : ""}`)),
    ...reply.degraded.map((one) => el("p", { class: "degraded" }, `${REASONS[one.reason] ?? one.reason}${one.fallback ? `; instead: ${one.fallback}` : ""}`)),
  );
  steps(reply);
  return reply;
}

/** The answer with numbers of citations behind what they support. */
function text(reply, jump) {
  const index = indexer(reply.answer);
  const loose = reply.unsupported.map(([start, end]) => ({ start: index(start), end: index(end), class: "unsupported" }));
  const numbers = reply.citations.map((citation, at) => {
    const label = `Citation ${at + 1}, ${citation.passage_id}: ${citation.quote.slice(0, 120)}`;
    const button = el("button", { type: "button", class: "cite", id: `cite-${at + 1}`, "aria-label": label, title: citation.quote, onclick: () => jump(at + 1, citation) }, String(at + 1));
    return { at: index(citation.answer_end), node: el("sup", null, button) };
  });
  return painted(reply.answer, [...markdown(reply.answer), ...gaps(reply.answer), ...loose], numbers);
}

function steps({ trace, usage }) {
  show(byId("steps"), trace?.length > 0);
  if (!trace?.length) return;
  const shown = (ms) => `${ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)} ms`;
  bars(byId("steps-list"), trace.map(({ stage, ms, ...rest }) => ({ label: stage, value: ms, shown: shown(ms), about: brief(rest) })));
  const calls = usage.llm_calls ? `${many(usage.llm_calls, "call")} of a language model, ${usage.prompt_tokens} + ${usage.completion_tokens} tokens` : "no language model was asked";
  byId("steps-note").textContent = `${shown(usage.ms)} in all; ${calls}`;
}

const brief = (details) => Object.entries(details).filter(([, value]) => typeof value !== "object").map(([name, value]) => `${name} ${value}`).join(", ");

/** Something like a hit for a citation whose passage is among none: what stands around it in its document. */
export async function around({ collection, document_id, passage_id, start, end, quote }) {
  const like = { kind: "passage", layer: 0, passage_id, document_id, title: "", heading: "", metadata: {} };
  try {
    const document = await ask(`${at(collection)}/documents/${encodeURIComponent(document_id)}`);
    const index = indexer(document.text);
    const [first, last] = [document.text.lastIndexOf("\n\n", index(start)) + 1, document.text.indexOf("\n\n", index(end))];
    const from = Math.max(first, index(start) - 400, 0);
    const text = document.text.slice(from, Math.min(last < 0 ? Infinity : last, index(end) + 400));
    const before = new TextEncoder().encode(document.text.slice(0, from)).length;
    return { ...like, title: document.title, text, metadata: document.metadata, start: before, end: before + new TextEncoder().encode(text).length };
  } catch {
    return { ...like, text: quote, start, end };
  }
}
