// The page as somebody uses it, against a real daemon: drive.mjs URL WITHOUT_COLLECTIONS WITHOUT_ENCODER LOCKED KEY [managed].
// Prints what was checked. SHOTS names a folder for pictures.

import assert from "node:assert/strict";

const { chromium } = (await import(process.env.PLAYWRIGHT)).default;
const [url, empty, wordsOnly, locked, key, generator] = process.argv.slice(2);
const shots = process.env.SHOTS;
const QUESTION = "how does late interaction compare a query with a passage?";

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
const done = [];
const check = (what) => done.push(what);

/** A page of its own that fails the run by anything that must not happen. */
async function opened(path, { base = url, expected = [], ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.wrong = [];
  const note = (text) => expected.some((known) => text.includes(known)) || page.wrong.push(text);
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && note(message.text()));
  page.on("pageerror", (error) => note(error.message));
  page.on("dialog", (dialog) => (note(`dialog ${dialog.message()}`), dialog.dismiss()));
  page.on("request", (request) => new URL(request.url()).origin === base || request.url().startsWith("data:") || note(`asks ${request.url()}`));
  await page.addInitScript(() => {
    window.refused = [];
    document.addEventListener("securitypolicyviolation", (event) => window.refused.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto(base + path);
  return page;
}

/** Nothing went wrong, nothing was refused, and nothing is wider than the window. */
async function clean(page, what) {
  assert.deepEqual(page.wrong, [], what);
  assert.deepEqual(await page.evaluate(() => window.refused), [], what);
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= room, `${what}: ${wide} px in ${room}`);
}

const shot = async (page, name) => shots && page.screenshot({ path: `${shots}/${name}.png` });
const searched = (more) => `/?${new URLSearchParams({ c: "corpus", q: QUESTION, scope: "all", ...more })}`;
const focused = (page) => page.evaluate(() => document.activeElement.dataset.passage ?? document.activeElement.id);

async function searching() {
  const page = await opened("/");
  await page.waitForSelector('#collection option[value="corpus"]', { state: "attached" });
  await page.waitForFunction(() => document.activeElement.id === "query");
  await page.selectOption("#collection", "corpus");
  await page.selectOption("#scope", "all");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.locator("#collection").focus();
  await page.locator("h1").click();
  await page.keyboard.press("/");
  assert.equal(await focused(page), "query");
  await page.keyboard.type(QUESTION);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".hit");
  assert.equal(await page.locator("#hits .hit").count(), 10);
  const asked = new URL(page.url()).searchParams;
  assert.deepEqual([asked.get("c"), asked.get("q"), asked.get("scope")], ["corpus", QUESTION, "all"]);
  check("a search by keyboard, in the address");

  const lit = await page.locator("#hits .lit").evaluateAll((marks) => marks.map((mark) => [mark.textContent.toLowerCase(), Number(mark.style.getPropertyValue("--heat"))]));
  const hottest = lit.reduce((a, b) => (b[1] > a[1] ? b : a));
  assert.ok(lit.length > 20 && hottest[1] > 0.99 && lit.every(([, heat]) => heat > 0 && heat <= 1), JSON.stringify(lit));
  for (const word of ["late", "interaction", "query", "passage"]) {
    assert.ok(lit.some(([text, heat]) => text.startsWith(word) && heat > 0.3), `${word} in ${JSON.stringify(lit)}`);
  }
  const words = await page.locator("#words-list .word").allTextContents();
  assert.ok(words.some((word) => /^interaction0\.[89]/.test(word)), words.join());
  await page.locator("#words-list .word", { hasText: "interaction" }).hover();
  const on = await page.locator("#hits .lit.on").allTextContents();
  assert.ok(on.length > 0 && on.some((word) => /interaction/i.test(word)), on.join());
  check("words are lit by what they contribute");

  const times = await page.locator("#times-list dt").allTextContents();
  assert.ok(["queue", "score", "fetch"].every((stage) => times.includes(stage)), times.join());
  const fills = await page.locator("#times-list .fill").evaluateAll((all) => all.map((fill) => fill.getBoundingClientRect().width));
  assert.ok(Math.max(...fills) > 60 && Math.min(...fills) < Math.max(...fills) / 2, fills.join());
  assert.match(await page.locator("#times-note").textContent(), /ms in the daemon, .* passages scored by /);
  await page.waitForSelector("#layers-list .on");
  assert.ok((await page.locator("#layers-list dt").allTextContents()).includes("layer 1"));
  assert.ok((await page.locator(".hit.summary .layer").first().textContent()).startsWith("layer 1 · over "));
  check("bars of stages, layers of hits");
  await page.mouse.move(0, 0);
  await shot(page, "light");
  await clean(page, "search");

  await page.locator("#query").focus();
  await page.keyboard.press("ArrowDown");
  const first = await focused(page);
  await page.keyboard.press("ArrowDown");
  const second = await focused(page);
  assert.ok(first.includes("#") && second.includes("#") && first !== second, `${first} ${second}`);
  await page.keyboard.press("ArrowUp");
  assert.equal(await focused(page), first);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".hit.open svg .here");
  assert.ok((await page.locator(".hit.open table tbody tr").count()) > 8);
  assert.ok((await page.locator(".hit.open svg .node").count()) > 2);
  assert.ok((await page.locator(".hit.open svg .found").count()) > 0);
  await page.locator(".hit.open svg .summary").first().focus();
  await page.keyboard.press("Enter");
  assert.match(await page.locator(".hit.open .node-text").textContent(), /layer 1, over \d+ passage/);
  await shot(page, "tree");
  await clean(page, "drawer");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".hit.open").count(), 0);
  assert.equal(await focused(page), first);
  await page.keyboard.press("ArrowUp");
  assert.equal(await focused(page), "query");
  check("hits, tokens and trees by keyboard");

  for (const mode of ["exhaustive", "hybrid", "bm25"]) {
    await Promise.all([page.waitForResponse((reply) => reply.url().endsWith("/search")), page.selectOption("#mode", mode)]);
    await page.waitForFunction((mode) => new URLSearchParams(location.search).get("mode") === mode, mode);
    await page.waitForSelector(mode === "bm25" ? "#hits .hit:not(:has(.lit))" : "#hits .lit");
  }
  await Promise.all([page.waitForResponse((reply) => reply.url().endsWith("/search")), page.goBack()]);
  assert.equal(await page.locator("#mode").inputValue(), "hybrid");
  await page.waitForSelector("#hits .lit");
  check("modes, and back");
  await page.fill("#filter", "nothing = 1");
  await page.locator("#query").focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("#notice:not([hidden])");
  assert.match(await page.locator("#notice").textContent(), /filter.*nothing/s);
  page.wrong = page.wrong.filter((text) => !text.includes("422"));
  check("a problem is told");
  await clean(page, "filter");
  await page.context().close();
}

async function answering() {
  const page = await opened(searched({ answer: "1" }));
  await page.waitForSelector("#said .cite");
  assert.ok((await page.locator("#said").textContent()).length > 40);
  assert.match(await page.locator("#basis").textContent(), /% sure · .* · technique /);
  assert.ok((await page.locator("#steps-list dt").allTextContents()).includes("retrieve"));
  const quote = await page.locator("#said .cite").first().getAttribute("title");
  await page.waitForSelector(".cited-1");
  await page.locator("#said .cite").first().click();
  await page.waitForSelector(".cited-1.flash");
  const cited = await page.locator(".cited-1").evaluateAll((all) => all.map((node) => node.textContent).join(""));
  const plain = (text) => text.replace(/[\s*`_#]+/g, "");
  assert.equal(plain(cited), plain(quote));
  await page.waitForFunction(() => {
    const { top, bottom } = document.querySelector(".cited-1").getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
  await page.locator(".cited-1 ~ sup .back").first().click();
  assert.equal(await focused(page), "cite-1");
  await shot(page, "answer");
  await clean(page, "answer");
  check("an answer, and citations there and back");

  if (generator) {
    await page.selectOption("#generator", generator);
    await page.locator("#query").focus();
    await page.keyboard.press("Shift+Enter");
    await page.waitForFunction(() => document.querySelector("#said.coming")?.textContent.length > 3, undefined, { timeout: 180_000 });
    await shot(page, "streaming");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.querySelector("#progress").textContent === "stopped");
    await page.keyboard.press("Shift+Enter");
    await page.waitForSelector("#basis p", { timeout: 180_000 });
    assert.ok((await page.locator("#said").textContent()).length > 10);
    await clean(page, "generator");
    check("an answer that is written, stopped, and written");
  }
  await page.goto(url + searched({ q: "when did the emperor of Mars abdicate?", answer: "1" }));
  await page.waitForSelector("#said .abstained");
  await clean(page, "abstained");
  check("no answer is said to be none");
  await page.context().close();
}

/** Whatever a document, its fields, a query or an address say is text. */
async function hostile() {
  const attack = `<img src=x onerror="window.pwned='query'"><svg/onload=window.pwned='svg'> late interaction`;
  const page = await opened(`/?${new URLSearchParams({ c: "hostile", q: attack, answer: "1" })}`);
  await page.waitForSelector("#hits .hit");
  await page.waitForSelector("#said:not(.coming)");
  const text = await page.locator("main").textContent();
  for (const part of ["<script>window.pwned='title'</script>", "onerror=window.pwned='text'", "<b>field</b>", "onerror=window.pwned='field'", "onerror=window.pwned='id'"]) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
  assert.ok((await page.locator("#hits .lit").allTextContents()).some((word) => /interaction/i.test(word)));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".hit.open table");
  for (const word of await page.locator("#hits .lit").all()) await word.hover();
  await page.waitForTimeout(300);
  const made = await page.evaluate(() => ({
    pwned: window.pwned ?? null,
    elements: document.querySelectorAll("main :is(img, script, iframe, object, embed, b, u, link, style, a), main svg:not(.tree svg), [onerror], [onload], [onmouseover]").length,
    links: [...document.querySelectorAll("[href]")].filter((link) => /^javascript:/i.test(link.getAttribute("href"))).length,
  }));
  assert.deepEqual(made, { pwned: null, elements: 0, links: 0 });
  await shot(page, "hostile");
  await clean(page, "hostile");
  for (const name of ["c", "mode", "scope", "technique", "generator", "k", "filter"]) {
    await page.goto(`${url}/?${new URLSearchParams({ c: "hostile", q: "late interaction", [name]: `"><img src=x onerror=window.pwned=1>` })}`);
    await page.waitForSelector(name === "c" || name === "filter" ? "#notice:not([hidden])" : "#hits .hit");
    assert.equal(await page.evaluate(() => window.pwned ?? null), null, name);
    assert.equal(await page.locator("main img").count(), 0, name);
  }
  page.wrong = page.wrong.filter((text) => !/40[04]|422/.test(text));
  await clean(page, "addresses");
  check("nothing that a document, a query or an address says is run");
  await page.context().close();
}

/** Contrast of colours as the WCAG reckon it. */
function contrast(a, b) {
  const [high, low] = [a, b].map((colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map((value) => {
      const share = Number(value) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }).sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

async function looks() {
  const papers = [];
  for (const colorScheme of ["light", "dark"]) {
    const page = await opened(searched({ answer: "1" }), { colorScheme, reducedMotion: "reduce" });
    await page.waitForSelector("#said .cite");
    const colour = (selector, property = "color") => page.locator(selector).first().evaluate((node, property) => getComputedStyle(node)[property], property);
    const paper = await colour("html", "backgroundColor");
    papers.push(paper);
    for (const selector of [".hit .text", ".quiet", ".about", ".score", ".more", ".heading", ".choice"]) {
      const reads = contrast(await colour(selector), paper);
      assert.ok(reads >= 4.5, `${selector} in ${colorScheme}: ${reads.toFixed(2)}`);
    }
    await page.evaluate(() => scrollTo(0, 0));
    await shot(page, `answer-${colorScheme}`);
    await clean(page, colorScheme);
    await page.context().close();
  }
  assert.notEqual(papers[0], papers[1]);
  check("light and dark, readable");
  for (const width of [320, 390]) {
    const page = await opened(searched({ answer: "1" }), { viewport: { width, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
    await page.waitForSelector("#said .cite");
    await clean(page, `${width} px`);
    await shot(page, `phone-${width}`);
    await page.locator("#options").tap();
    assert.ok(await page.locator("#technique").isVisible());
    await clean(page, `${width} px with options`);
    await page.locator("#hits .more").first().tap();
    await page.waitForSelector(".hit.open svg");
    await clean(page, `${width} px with a tree`);
    await page.goto(`${url}/?${new URLSearchParams({ c: "hostile", q: "late interaction" })}`);
    await page.waitForSelector("#hits .hit");
    await clean(page, `${width} px with long words`);
    await page.context().close();
  }
  check("a phone's width is enough");
}

async function lacking() {
  const none = await opened("/", { base: empty });
  await none.waitForSelector("#notice:not([hidden])");
  assert.match(await none.locator("#notice").textContent(), /no collections yet.*maxsim build/s);
  await shot(none, "empty");
  await clean(none, "empty");
  await none.context().close();
  check("without collections it says how to make one");

  const words = await opened(searched({ scope: "passages" }), { base: wordsOnly, expected: ["503"] });
  await words.waitForSelector("#notice .act");
  assert.match(await words.locator("#notice").textContent(), /encoder/);
  assert.match(await words.locator("#state").textContent(), /no encoder/);
  await words.locator("#notice .act").click();
  await words.waitForSelector("#hits .hit");
  await clean(words, "words only");
  await words.context().close();
  check("without an encoder it searches words");

  // A browser without a window cannot ask for a password, which is its error then.
  const stranger = await browser.newContext();
  await assert.rejects((await stranger.newPage()).goto(locked), /ERR_INVALID_AUTH_CREDENTIALS/);
  await stranger.close();
  const keyed = await opened(searched({}), { base: locked, httpCredentials: { username: "anybody", password: key } });
  await keyed.waitForSelector("#hits .hit");
  const kept = await keyed.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie, location.href]));
  assert.ok(!kept.includes(key), kept);
  await clean(keyed, "key");
  await keyed.context().close();
  check("a key is asked for by the browser, used and kept nowhere");
}

async function documented() {
  const page = await opened("/docs");
  await page.waitForSelector(".opblock");
  const { paths } = await (await fetch(`${url}/openapi.json`)).json();
  const operations = Object.values(paths).flatMap((item) => Object.keys(item)).length;
  assert.equal(await page.locator(".opblock").count(), operations);
  await page.locator("#operations-operations-version .opblock-summary").click();
  await page.locator("#operations-operations-version .try-out__btn").click();
  await page.locator("#operations-operations-version .execute").click();
  await page.waitForSelector("#operations-operations-version .live-responses-table .response-col_status");
  await page.locator("#operations-search-search .opblock-summary").click();
  await page.waitForSelector("#operations-search-search .opblock-section-request-body .model-example");
  await shot(page, "docs");
  await clean(page, "docs");
  await page.context().close();
  check("the protocol's page shows every operation and asks the daemon");
}

try {
  for (const part of [searching, answering, hostile, looks, lacking, documented]) await part();
  console.log(JSON.stringify({ checked: done }));
} finally {
  await browser.close();
}
