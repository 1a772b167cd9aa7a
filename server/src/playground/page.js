// The playground: what is asked in the form goes to the daemon, and what comes back is shown.

import * as address from "./address.js";
import { answer, around, stopped } from "./answer.js";
import { ask, at } from "./api.js";
import { bars, stages } from "./bars.js";
import { card, cite, flash } from "./card.js";
import { byId, count, el, many, milliseconds, reveal, show } from "./dom.js";
import * as heat from "./heat.js";
import { draw, forget, layers } from "./tree.js";
import { explained, tell } from "./problems.js";

const FIELDS = { q: "query", c: "collection", mode: "mode", scope: "scope", k: "k", filter: "filter", technique: "technique", generator: "generator" };

let collections = new Map();
let techniques = new Map();
let cards = new Map();
let shown = [];
let running;

const value = (name) => byId(FIELDS[name]).value.trim();
const asked = () => Object.fromEntries(Object.keys(FIELDS).map((name) => [name, value(name)]));

// What there is to choose from.

async function start() {
  const [listed, aliases, known] = await Promise.all([ask("/v1/collections"), ask("/v1/aliases"), ask("/v1/techniques")]);
  collections = new Map(listed.collections.map((one) => [one.name, one]));
  for (const [alias, name] of Object.entries(aliases.aliases)) {
    if (collections.has(name)) collections.set(alias, { ...collections.get(name), alias: name });
  }
  const option = ([name, one]) => el("option", { value: name, disabled: one.failure && one.generation === undefined }, one.alias ? `${name} → ${one.alias}` : name);
  byId("collection").replaceChildren(...[...collections].map(option));
  techniques = new Map(known.techniques.map((one) => [one.name, one]));
  byId("technique").replaceChildren(el("option", { value: "auto" }, `auto (${known.auto})`), ...known.techniques.map(({ name }) => el("option", { value: name }, name)));
  fill(address.read());
  if (!collections.size) {
    tell({ title: "There are no collections yet", detail: "Build one from your documents, and it appears here by itself:", commands: ["maxsim build --input FOLDER --data DATA --collection docs --raptor"] });
    setTimeout(again, 3000);
  }
}

async function again() {
  try {
    const { collections: listed } = await ask("/v1/collections");
    if (!listed.length) return void setTimeout(again, 3000);
    tell();
    await start();
  } catch {
    setTimeout(again, 3000);
  }
}

/** What became of the collections since. */
async function renew() {
  const { collections: listed } = await ask("/v1/collections");
  for (const one of listed) {
    for (const [name, known] of collections) {
      if (name === one.name || known.alias === one.name) collections.set(name, { ...one, alias: known.alias });
    }
  }
  about();
}

function fill(given) {
  for (const [name, id] of Object.entries(FIELDS)) {
    const field = byId(id);
    if (field.type === "number") field.value = Number.parseInt(given[name], 10) || field.defaultValue;
    else if (field.tagName !== "SELECT") field.value = given[name];
    else field.value = [...field.options].some((option) => option.value === given[name]) ? given[name] : field.options[0]?.value;
  }
  if (given.c && !collections.has(given.c)) tell({ title: "No such collection", detail: `There is none called “${given.c}”.` });
  else if (!given.c && collections.size) byId("collection").value = [...collections].find(([, one]) => one.passages)?.[0] ?? [...collections.keys()][0];
  about();
  grow();
}

/** What is chosen in a line, where there is no room for the choices themselves. */
function brief() {
  const label = (id) => byId(id).selectedOptions[0]?.textContent.replace(/ \(.*/, "");
  byId("options").textContent = ["collection", "mode", "scope"].map(label).filter(Boolean).join(" · ");
}

function about() {
  const one = collections.get(value("c"));
  const technique = techniques.get(value("technique"));
  const facts = [];
  if (one?.generation !== undefined) {
    facts.push(many(one.documents, "document"), many(one.passages, "passage"));
    if (one.nodes) facts.push(many(one.nodes, "summary", "summaries"));
    facts.push(`${count(one.token_vectors)} token vectors of ${one.width} × ${one.bits} bits`, one.encoder.name, `generation ${one.generation}`);
  } else if (one?.failure) {
    facts.push(`cannot be opened: ${one.failure.detail}`);
  }
  const needs = technique?.needs ? ` Needs: ${technique.needs}` : "";
  byId("about").textContent = facts.join(" · ");
  byId("technique-about").textContent = technique ? `${technique.what}${needs}` : "";
  for (const [scope, there] of [["all", one?.nodes], ["summaries", one?.nodes], ["representations", one?.representations]]) {
    byId("scope").querySelector(`[value=${scope}]`).disabled = one?.generation !== undefined && !there;
  }
  if (byId("scope").selectedOptions[0]?.disabled) byId("scope").value = "passages";
  brief();
}

async function health() {
  const dot = byId("state");
  let said = "the daemon does not answer";
  let wait = 5000;
  dot.dataset.state = "bad";
  try {
    const ready = await ask("/readyz", { accepted: [503] });
    const encoder = { ready: "", loading: "the encoder is loading", failed: "the encoder could not be loaded", absent: "no encoder: words and vectors only" }[ready.encoder] ?? "";
    const replaying = ready.collections?.replaying?.length ? "the log is replayed" : "";
    said = [ready.draining ? "stopping" : ready.ready ? "ready" : "not ready", encoder, replaying].filter(Boolean).join(" · ");
    dot.dataset.state = ready.ready && !encoder ? "good" : "fair";
    wait = ready.ready ? 30000 : 1000;
  } catch {
    // Said already.
  }
  byId("state-text").textContent = said;
  setTimeout(health, wait);
}

// What is wrong, in words that help.

function failed(problem) {
  if (problem.name === "AbortError") return;
  const words = () => {
    byId("mode").value = "bm25";
    run({});
  };
  tell(explained(problem, { words }));
}

// Searching and asking.

async function run({ answering = false, remembered = true }) {
  const wanted = asked();
  if (!wanted.q || !wanted.c) return void byId("query").focus();
  running?.abort();
  const own = new AbortController();
  running = own;
  if (remembered) address.write({ ...wanted, answer: answering ? "1" : "" });
  document.title = `${wanted.q} · maxsimd`;
  tell();
  if (!answering) show(byId("answered"), false);
  show(byId("also"), false);
  show(byId("steps"), false);
  byId("hits").setAttribute("aria-busy", "true");
  try {
    await search(wanted, own.signal);
    byId("hits").removeAttribute("aria-busy");
    if (answering) await told(wanted, own.signal);
  } catch (problem) {
    if (running === own) failed(problem);
  } finally {
    if (running === own) {
      byId("hits").removeAttribute("aria-busy");
      running = undefined;
    }
  }
}

async function search(wanted, signal) {
  const body = {
    query: wanted.q, k: Math.min(100, Math.max(1, Number.parseInt(wanted.k, 10) || 10)), mode: wanted.mode, scope: wanted.scope,
    explain: wanted.mode !== "bm25", ...(wanted.filter ? { filter: wanted.filter } : {}),
  };
  const began = performance.now();
  let reply;
  try {
    reply = await ask(`${at(wanted.c)}/search`, { body, signal });
  } catch (problem) {
    if (problem.name !== "AbortError") clear();
    throw problem;
  }
  const spent = (performance.now() - began) * 1000;
  forget();
  if (reply.generation !== collections.get(wanted.c)?.generation) renew().catch(() => {});
  present(wanted, reply);
  timed(reply, spent);
  show(byId("aside"), true);
  const parts = { section: byId("layers"), list: byId("layers-list"), note: byId("layers-note") };
  layers(wanted.c, reply.hits, parts, signal).catch(() => show(parts.section, false));
}

function clear() {
  byId("hits").replaceChildren();
  show(byId("aside"), false);
  show(byId("hits-name"), false);
  [cards, shown] = [new Map(), []];
}

function present(wanted, reply) {
  const found = reply.hits.map((hit) => heat.pairs(hit, wanted.q));
  const lit = found.map(heat.lit);
  const strongest = heat.strongest(lit);
  const best = reply.hits[0]?.score;
  cards = new Map();
  shown = reply.hits.map((hit, number) => {
    const own = card(hit, {
      rank: number + 1, best, lit: lit[number], strongest, found: found[number],
      details: (place) => draw(place, wanted.c, hit, cards),
    });
    own.found = found[number];
    cards.set(hit.passage_id, own);
    return own;
  });
  shown[0]?.node.setAttribute("tabindex", "0");
  byId("hits").replaceChildren(...shown.map((own) => own.node));
  show(byId("hits-name"), shown.length > 0);
  byId("summary").textContent = shown.length ? `${many(shown.length, "hit")} for ${wanted.q}` : "";
  if (!shown.length) tell({ title: "Nothing was found", detail: wanted.filter ? "No passage passes the filter, or none has the words." : "Try other words, or another mode." });
  words(shown.map((own) => own.found), "on average over the hits");
}

function timed(reply, spent) {
  const rows = stages(reply.timings);
  const inside = Object.values(reply.timings).reduce((sum, us) => sum + us, 0);
  show(byId("times"), true);
  bars(byId("times-list"), rows);
  const scored = reply.explain ? `; ${many(reply.explain.scored_passages, "passage")} scored by ${reply.explain.kernel}` : "";
  const sure = reply.partial ? "; the deadline ended it early" : reply.certified ? "; certified: nothing was left out" : "";
  const lesser = reply.degraded.map((one) => `; ${one.stage}: ${one.reason}, instead ${one.fallback}`).join("");
  byId("times-note").textContent = `${milliseconds(inside)} in the daemon, ${milliseconds(spent)} to here${scored}${sure}${lesser}`;
}

function words(all, of) {
  const list = heat.queried(all);
  show(byId("words"), list.length > 0);
  byId("words-of").textContent = `similarity to the best word, ${of}`;
  byId("words-list").replaceChildren(...list.map(({ text, tokens, score }) => {
    const over = (on) => () => light(tokens, on);
    return el("button", { type: "button", class: "word", "--heat": Math.max(0, Math.min(1, score)).toFixed(3), "aria-label": `${text}, ${score.toFixed(2)}; shows what it found`, onmouseenter: over(true), onmouseleave: over(false), onfocus: over(true), onblur: over(false) },
      text, el("span", { class: "figure" }, score.toFixed(2)));
  }));
}

function light(tokens, on) {
  const wanted = new Set(tokens.map(String));
  for (const mark of document.querySelectorAll("mark.lit")) {
    mark.classList.toggle("on", on && mark.dataset.tokens.split(" ").some((token) => wanted.has(token)));
  }
  byId("hits").classList.toggle("pointing", on);
}

// Answers and their citations.

async function told(wanted, signal) {
  let contexts = [];
  let reply;
  try {
    reply = await answer(wanted, { signal, jump: (number, citation) => flash(holding(citation), number), retrieved: (found) => (contexts = found) });
  } catch (problem) {
    if (problem.name === "AbortError") return void stopped();
    show(byId("answered"), false);
    throw problem;
  }
  await place(reply.citations, contexts.length ? contexts : reply.contexts, signal);
}

const holds = ({ hit }, { document_id, start, end }) => hit.kind === "passage" && hit.document_id === document_id && hit.start <= start && end <= hit.end;

const holding = (citation) => [...cards.values()].find((own) => holds(own, citation)) ?? shown[0];

/** Every citation gets a passage to jump to; those that are among no hits are added below. */
async function place(citations, contexts, signal) {
  const added = [];
  for (const citation of citations) {
    if ([...cards.values()].some((own) => holds(own, citation))) continue;
    const hit = contexts.find((context) => holds({ hit: context }, citation)) ?? (await around(citation));
    if (signal.aborted) return;
    const own = card(hit, { found: [] });
    cards.set(hit.passage_id, own);
    added.push(own);
  }
  byId("also-hits").replaceChildren(...added.map((own) => own.node));
  show(byId("also"), added.length > 0);
  const by = new Map();
  citations.forEach((citation, at) => {
    const own = holding(citation);
    if (!own) return;
    const number = at + 1;
    const go = () => (reveal(byId("answered")), byId(`cite-${number}`)?.focus({ preventScroll: true }));
    const back = el("sup", null, el("button", { type: "button", class: "cite back", "aria-label": `Back to citation ${number} in the answer`, onclick: go }, String(number)));
    by.set(own, [...(by.get(own) ?? []), { number, start: citation.start, end: citation.end, back }]);
  });
  for (const [own, cited] of by) cite(own, cited);
}

// Keys and other acts.

function move(step) {
  const all = [...document.querySelectorAll(".hits > .hit")];
  const here = all.indexOf(document.activeElement?.closest?.(".hit"));
  if (here < 0 && step < 0) return false;
  if (here === 0 && step < 0) return byId("query").focus(), true;
  const next = all[here + step];
  if (!next) return false;
  next.focus({ preventScroll: true });
  reveal(next);
  return true;
}

function close() {
  if (running) return running.abort(), true;
  const own = [...cards.values()].find((one) => one.node.contains(document.activeElement) && one.toggle(false));
  const any = own ?? [...cards.values()].find((one) => one.toggle(false));
  if (any) return any.node.focus(), true;
  if (!byId("notice").hidden && collections.size) return tell(), true;
  byId("query").focus();
  return true;
}

/** The query grows with its text; where styles cannot do that, here. */
function grow() {
  const query = byId("query");
  if (CSS.supports("field-sizing", "content")) return;
  query.style.setProperty("height", "auto");
  query.style.setProperty("height", `${query.scrollHeight}px`);
}

/** Whether an arrow leaves the query: not as long as there is a line to go to. */
function leaves(query) {
  const lines = query.scrollHeight / Number.parseFloat(getComputedStyle(query).lineHeight);
  return lines < 2 || query.selectionStart === query.value.length;
}

const typing = (target) => target.closest("input, select, textarea");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const { key, target } = event;
  const inQuery = target === byId("query");
  let done = false;
  if (key === "/" && !typing(target)) done = (byId("query").select(), byId("query").focus(), true);
  else if (key === "Escape") done = close();
  else if (key === "ArrowDown" && (inQuery ? leaves(target) : !typing(target))) done = move(1);
  else if (key === "ArrowUp" && !typing(target)) done = move(-1);
  else if (key === "Enter" && inQuery) done = (run({ answering: event.shiftKey }), true);
  else if (key === "Enter" && target.matches(".hit")) done = shown.find((own) => own.node === target)?.toggle() ?? false;
  if (done) event.preventDefault();
});

byId("hits").addEventListener("focusin", ({ target }) => {
  const own = shown.find((one) => one.node.contains(target));
  if (!own) return;
  for (const { node } of shown) node.setAttribute("tabindex", node === own.node ? "0" : "-1");
  if (own.found.length) words([own.found], `in hit ${shown.indexOf(own) + 1}`);
});

byId("query").addEventListener("input", grow);
byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  run({});
});
byId("answer").addEventListener("click", () => run({ answering: true }));
byId("options").addEventListener("click", ({ currentTarget: button }) => {
  button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") !== "true"));
});
for (const id of ["collection", "mode", "scope", "technique"]) byId(id).addEventListener("change", about);
for (const id of ["collection", "mode", "scope"]) {
  byId(id).addEventListener("change", () => shown.length && run({ answering: false }));
}

function fromAddress() {
  const given = address.read();
  fill(given);
  const there = given.c ? collections.has(given.c) : collections.size > 0;
  if (given.q && there) run({ answering: given.answer === "1", remembered: false });
}

async function begin() {
  try {
    await start();
    fromAddress();
  } catch (problem) {
    failed(problem);
  }
}

addEventListener("popstate", fromAddress);
health();
begin().then(() => byId("query").value || byId("query").focus());
