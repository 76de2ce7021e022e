// The mailbox: what is chosen, what happens on the server, and everything that shows it.

import { byId } from "./dom.js";
import { colour } from "./kept.js";
import { onKeys } from "./keys.js";
import { Letter, TABS } from "./letter.js";
import { List } from "./list.js";
import { ask, have, listen, place } from "./server.js";
import { count, grouped } from "./units.js";

const SOON = 250; // ms after the last letter until what was typed counts, and between two looks at a flood of mail
const NOTICED = 6000; // ms that a notice stays

let state = { total: 0, unread: 0, smtp: "", release: "", ladder: "", judges: false };
let typing = 0;
let looking = 0;
let looked = 0;
let looks = Promise.resolve();
let arrivals = 0; // since the list was last fresh
let noticed = 0;

const list = new List({
  chose: (summary) => { if (summary) open(summary.id); else close(); },
  counted: (total) => showCounts(total),
});
const letter = new Letter({
  does: { close: back, unread, release, remove },
  state: () => state,
  turned: () => remember(),
});

async function tried(doing) {
  try {
    return await doing();
  } catch (error) {
    if (error.status !== 404) notice(error.message); // somebody else has deleted it just now; we are about to hear of it
    return undefined;
  }
}

// ---------------------------------------------------------------------------------------------- one message

async function open(id, tab) {
  await tried(async () => {
    await letter.open(id, tab);
    arrange();
    if (letter.id === id && !letter.told.seen) await mark(id, true);
  });
}

async function mark(id, seen) {
  await have("PATCH", place(id), { seen });
  const one = list.found.find((each) => each.id === id);
  if (one) list.update({ ...one, seen });
  if (letter.id === id) letter.marked(seen);
}

function close() {
  letter.close();
  arrange();
  remember();
}

// From the message to the list; a message that fills the window is closed.
function back() {
  if (byId("main").dataset.shows === "letter") { list.select(""); }
  byId("list").focus();
}

function unread() {
  if (letter.isOpen) tried(() => mark(letter.id, !letter.told.seen));
}

function remove() {
  const id = list.selected || letter.id;
  if (id) tried(async () => { await have("DELETE", place(id)); gone([id]); byId("list").focus(); });
}

function gone(ids) {
  list.removed(ids);
  if (ids.includes(letter.id) && !list.message) close(); // else the next one is being opened in its place
  lookSoon();
}

// -------------------------------------------------------------------------------------------------- sending on

function release() {
  if (!letter.isOpen || !state.release) return;
  byId("relay").textContent = state.release;
  byId("release-to").value = letter.told.recipients.join(", ");
  byId("released").textContent = "";
  byId("releasing").showPopover();
  byId("release-to").focus();
}

byId("release-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const to = byId("release-to").value.split(/[\s,;]+/).filter(Boolean);
  const said = byId("released");
  said.textContent = "…";
  byId("release-now").disabled = true;
  try {
    const { released } = await have("POST", place(letter.id, "/release"), { to });
    byId("releasing").hidePopover();
    notice(`Sent on to ${released.join(", ")}.`, true);
  } catch (error) {
    said.textContent = error.message;
  } finally {
    byId("release-now").disabled = false;
  }
});

// ------------------------------------------------------------------------------------------------ what happens

function lookSoon() {
  clearTimeout(looking);
  looking = setTimeout(look, Math.max(0, looked + SOON - Date.now()));
}

// One look at a time: of two under way the older answer might come last, and stay.
function inTurn(work) {
  looks = looks.then(() => tried(work));
  return looks;
}

function look() {
  looked = Date.now();
  return inTurn(async () => {
    const before = state;
    state = await ask("api/state");
    const isOther = arrivals || state.total !== before.total || !list.found.length; // as many as before may be others
    arrivals = 0;
    if (isOther) await list.freshen();
    showCounts(list.total);
    arrange();
  });
}

const anew = (query) => inTurn(async () => { state = await ask("api/state"); await list.restart(query); arrange(); });

function showCounts(found) {
  byId("counts").textContent = state.total ? `${count(state.total, "message")} · ${grouped(state.unread)} unread` : "";
  document.title = state.unread ? `(${grouped(state.unread)}) Mailbox · Portside` : "Mailbox · Portside";
  byId("found").textContent = list.query ? `${count(found, "message")} found` : "";
  byId("clear").hidden = !found;
  byId("clear").textContent = list.query ? "Delete these" : "Delete all";
  const nothing = byId("nothing");
  nothing.hidden = Boolean(found) || !list.query;
  nothing.textContent = "No message matches. Esc takes the search away.";
}

function lost(isLost) {
  const live = byId("live");
  live.hidden = false;
  live.classList.toggle("lost", isLost);
  live.lastElementChild.textContent = isLost ? "gone: the server does not answer" : "live";
}

function notice(words, good = false) {
  const box = byId("notice");
  box.textContent = words;
  box.classList.toggle("good", good);
  box.hidden = false;
  clearTimeout(noticed);
  noticed = setTimeout(() => { box.hidden = true; }, NOTICED);
}

// ------------------------------------------------------------------------------------------------- searching

function search(query) {
  clearTimeout(typing);
  byId("query").value = query;
  for (const chip of document.querySelectorAll("[data-term]")) chip.setAttribute("aria-pressed", terms(query).includes(chip.dataset.term));
  if (query.trim() === list.query) return;
  remember(query.trim());
  tried(() => list.restart(query.trim()));
}

const terms = (query) => query.split(/\s+/).filter(Boolean);

byId("query").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => search(byId("query").value), SOON);
});
for (const chip of document.querySelectorAll("[data-term]")) {
  chip.addEventListener("click", () => {
    const said = terms(byId("query").value);
    const { term } = chip.dataset;
    search((said.includes(term) ? said.filter((each) => each !== term) : [...said, term]).join(" "));
  });
}

// ------------------------------------------------------------------------------------------------ deleting all

byId("clearing").addEventListener("beforetoggle", (event) => {
  if (event.newState !== "open") return;
  byId("clear-what").textContent = list.query ? `Delete the ${count(list.total, "message")} that match?` : `Delete all ${count(state.total, "message")}?`;
});
byId("clear-now").addEventListener("click", () => {
  byId("clearing").hidePopover();
  tried(async () => {
    await have("DELETE", "api/messages", list.query ? { query: list.query } : { all: true });
    close();
    await anew();
  });
});

// ----------------------------------------------------------------------------------------- how it looks

function arrange() {
  const main = byId("main");
  const empty = !state.total && !list.query && !letter.isOpen;
  main.dataset.shows = empty ? "empty" : letter.isOpen ? "letter" : "list";
  byId("empty").hidden = !empty;
  byId("closed").hidden = empty || letter.isOpen;
  document.querySelector(".list").hidden = empty;
  if (!empty) return;
  const { hostname, port } = new URL((state.smtp || "smtp://127.0.0.1:2525").replace(/^smtps?:|^lmtp:/, "http:"));
  byId("where").textContent = state.smtp || "smtp://127.0.0.1:2525";
  byId("first").textContent = `portside send --to ann@example.com --subject Hello --body Hi ${state.smtp || "smtp://127.0.0.1:2525"}`;
  byId("swaks").textContent = `swaks --to ann@example.com --server ${hostname}:${port || 25}`;
}

for (const button of document.querySelectorAll("[data-copies]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(byId(button.dataset.copies).textContent);
    button.textContent = "Copied";
  });
}

// ------------------------------------------------------------------------------------------- the address

// Who opens a message comes back to the list by the browser's own way back, which on a telephone is the one at hand.
function remember(query = list.query) {
  const opens = letter.id && !new URLSearchParams(location.hash.slice(1)).has("message");
  const said = new URLSearchParams();
  if (query) said.set("query", query);
  if (letter.id) { said.set("message", letter.id); said.set("show", letter.tab); }
  history[opens ? "pushState" : "replaceState"](null, "", said.size ? `#${said}` : location.pathname);
}

async function recall() {
  const said = new URLSearchParams(location.hash.slice(1));
  const [query, id, tab] = [said.get("query") ?? "", said.get("message"), said.get("show")];
  byId("query").value = query;
  await anew(query);
  search(query);
  if (id) { list.select(id, { quietly: true }); await open(id, tab ?? ""); } else if (letter.isOpen) list.select("");
  arrange();
}

// -------------------------------------------------------------------------------------------- the start

byId("theme").addEventListener("click", () => colour(true));
addEventListener("hashchange", recall);

onKeys({
  next: () => list.walk(1),
  before: () => list.walk(-1),
  page: (way) => list.walk(way * Math.max(1, Math.floor(list.box.clientHeight / list.rows.height()) - 1)),
  first: () => list.walk(-Infinity),
  last: () => tried(() => list.walk(Infinity)),
  open: () => { if (letter.isOpen) letter.pane.focus(); else list.walk(0); },
  close: () => { if (letter.isOpen) list.select(""); else if (list.query) search(""); byId("list").focus(); },
  tab: (number) => { if (letter.isOpen && (number || letter.told.html)) letter.choose(TABS[number]); },
  find: () => { byId("query").focus(); byId("query").select(); },
  unread, remove, release,
  theme: () => colour(true),
});

colour(false);
recall().then(() => {
  byId("list").focus();
  listen({
    arrived: () => { arrivals += 1; lookSoon(); },
    deleted: gone,
    changed: (ids) => { tried(() => list.changed(ids)); lookSoon(); },
    anew: () => { anew(); },
  }, lost);
});
