// What is asked, as it stands in the page's address, so that a search can be shared.

const DEFAULTS = {
  q: "", c: "", mode: "late", scope: "passages", k: "10", filter: "", technique: "auto", generator: "auto", answer: "",
};

/** What the address asks. */
export function read() {
  const given = new URLSearchParams(location.search);
  return Object.fromEntries(Object.entries(DEFAULTS).map(([name, value]) => [name, given.get(name) ?? value]));
}

/** Puts what is asked into the address; a step in the history only if it is something else. */
export function write(asked) {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(DEFAULTS)) {
    if (asked[name] !== value) given.set(name, asked[name]);
  }
  const search = given.size ? `?${given}` : location.pathname;
  if (location.search !== (given.size ? search : "")) history.pushState(null, "", search);
}
