// What is wrong, in words that help.

import { byId, el, show } from "./dom.js";

/** A problem with advice; `words` searches for words instead. */
export function explained(problem, { words }) {
  const { title, code, id } = problem;
  const advice = {
    encoder_unavailable: {
      hint: "Without an encoder the daemon compares words, and vectors that come with requests. A model is fetched by:",
      commands: ["maxsim models pull"], act: { name: "Search for words", run: words },
    },
    encoder_mismatch: { hint: "The collection was built with another model: start the daemon with --model, or search for words.", act: { name: "Search for words", run: words } },
    mode_unavailable: { hint: "Another mode works; mode exact needs a collection that was built with --keep-vectors." },
    scope_unavailable: { hint: "Summaries are there in collections built with --raptor, representations in those built with --represent." },
    collection_not_found: { hint: "It may have been dropped. Choose another one." },
    overloaded: { hint: "The daemon has more to do than it takes. Try again in a moment." },
    deadline_exceeded: { hint: "Try again, or ask for fewer hits." },
    key_unknown: { hint: "Load the page again to give another one." },
    scope_too_small: { hint: "Load the page with a key that may: in a new private window, it is asked for." },
    index_damaged: { hint: "This says what is damaged:", commands: ["maxsim verify --data DATA --collection NAME"] },
  };
  return { title, detail: `${problem.field ? `${problem.field}: ` : ""}${problem.message}`, id, ...(advice[code] ?? {}) };
}

/** Shows a problem or something to do: `{title, detail, hint?, commands?, act?, id?}`; nothing takes it away. */
export function tell(problem) {
  const notice = byId("notice");
  show(notice, problem !== undefined);
  if (!problem) return void notice.replaceChildren();
  const { title, detail, hint, commands = [], act, id } = problem;
  notice.replaceChildren(
    el("h2", null, title), el("p", { dir: "auto" }, detail), hint ? el("p", null, hint) : "",
    ...commands.map((command) => el("pre", null, el("code", null, command))),
    act ? el("button", { type: "button", class: "act", onclick: act.run }, act.name) : "",
    id ? el("p", { class: "quiet" }, `request ${id}`) : "",
  );
}
