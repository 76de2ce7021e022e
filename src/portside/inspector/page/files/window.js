// The window: what is chosen, and everything that shows it.

import { address } from "./addresses.js";
import { Conversations } from "./conversations.js";
import { byId, make } from "./dom.js";
import { Envelope } from "./envelope.js";
import { colour, keep, kept } from "./kept.js";
import { onKeys } from "./keys.js";
import { Ladder } from "./ladder.js";
import { Plot } from "./plot.js";
import { listen } from "./server.js";
import { count, grouped, size, span, tone } from "./units.js";

const FILTERS = ["text", "host", "protocol", "conversation", "since", "until"];
const [NARROW, LOW] = [60, 34]; // rem below which a window is called so
const WRITTEN = ["text", "host"];
const SOON = 200; // ms after the last letter until what was typed counts
const SIZES = [0.75, 0.85, 1, 1.15, 1.3, 1.5, 1.75, 2, 2.5];
const PLOTTED = 1000; // ms between two plots of a living capture

const filters = {};
const protocols = new Map(); // their buttons, by their names
const typing = new Map(); // what was written and does not count yet, by its field
let state = { began: "0", live: false };
let opened = 0;
let plotted = 0;
let replot = 0;

const ladder = new Ladder({
  query: () => filters,
  chose: (message) => { if (envelope.isOpen) open(message.number); },
  opened: (number, packet) => open(number, packet),
  found: (total) => showFound(total),
});
const envelope = new Envelope({
  closed: () => { opened = 0; arrange(); remember(); byId("ladder").focus(); },
  moved: (step) => ladder.select(ladder.selected + step),
  answered: (number) => { ladder.find(number, filtered()); open(number); },
  began: () => state.began,
});
const conversations = new Conversations((number) => filter({ conversation: number || 0 }));
const plot = new Plot((since, until) => filter({ since: Math.max(1, since), until }));

async function open(number, packet) {
  opened = number;
  try {
    await envelope.open(number, packet);
  } catch (error) {
    say(error.message);
    return;
  }
  arrange();
  remember();
}

// ------------------------------------------------------------------------------------------------- filters

const filtered = () => FILTERS.some((name) => filters[name]);

function filter(changes) {
  for (const [name, timer] of typing) {
    clearTimeout(timer);
    filters[name] = byId(name).value.trim();
  }
  typing.clear();
  Object.assign(filters, changes);
  showFilters();
  remember();
  ladder.restart();
  conversations.choose(Number(filters.conversation) || 0);
  plot.load(filters);
}

function showFilters() {
  for (const name of WRITTEN) {
    if (byId(name) !== document.activeElement) byId(name).value = filters[name] ?? "";
  }
  const chips = [];
  if (filters.conversation) chips.push(chip(`conversation ${filters.conversation}`, { conversation: 0 }));
  if (filters.since || filters.until) {
    chips.push(chip(`${span(Number(filters.since))} to ${span(Number(filters.until))}`, { since: 0, until: 0 }));
  }
  byId("chosen").replaceChildren(...chips);
  for (const name of ["pcapng", "har", "text"]) byId(`export-${name}`).href = address(`export/${name}`, filters);
  showProtocols();
}

const chip = (text, changes) =>
  make("button", { type: "button", title: "Take this filter away", on: { click: () => filter(changes) } }, text);

// A button stays the same one whatever changes about it: somebody may just be clicking on it.
function showProtocols() {
  const box = byId("protocols");
  const known = Object.entries(state.protocols ?? {}).map(([name, number]) => {
    const button = protocols.get(name) ?? protocolButton(name);
    button.title = `Only messages of ${name}; ${count(number, "conversation")}`;
    button.setAttribute("aria-pressed", filters.protocol === name);
    return button;
  });
  if (known.length !== box.children.length || known.some((button, index) => button !== box.children[index])) box.replaceChildren(...known);
}

function protocolButton(name) {
  const click = () => filter({ protocol: filters.protocol === name ? "" : name });
  protocols.set(name, make("button", { type: "button", class: tone(name), on: { click } }, name));
  return protocols.get(name);
}

function showFound(total) {
  ladder.head(Boolean(filters.conversation));
  byId("found").textContent = filtered() ? count(total, "message") + " found" : "";
  const nothing = byId("nothing");
  nothing.hidden = total > 0;
  nothing.textContent = filtered() ? "No message passes these filters." :
    state.live ? "Nothing has been said yet. The first message appears here." : "No message was found in this capture.";
}

// ---------------------------------------------------------------------------------------------- what is said

function hear(news) {
  const anew = news.generation !== state.generation && state.generation !== undefined;
  const before = state;
  state = news;
  byId("files").textContent = news.files.join(", ") + (news.generation ? ` · part ${news.generation + 1}` : "");
  document.title = `${news.files.join(", ")} · Portside`;
  byId("live").hidden = !news.live;
  byId("follow").hidden = !news.live;
  byId("counts").textContent = [count(news.messages, "message"), count(news.conversations, "conversation"),
    `${grouped(news.packets)} packets`, size(news.size)].join(" · ");
  const reading = byId("reading");
  reading.hidden = news.live || news.read >= news.size;
  reading.value = news.size ? news.read / news.size : 1;
  showRemarks(news);
  byId("export-note").textContent = news.secrets ? "Logins and keys are in it, as they were said." : "Logins are overwritten by *.";
  if (JSON.stringify(before.protocols) !== JSON.stringify(news.protocols)) showProtocols();
  if (anew) beginAnew();
  else { ladder.heard(); conversations.heard(news); }
  plotSoon();
}

// Another part of a divided record: its conversations, numbers and times are others.
function beginAnew() {
  Object.assign(filters, { conversation: "", since: "", until: "" });
  opened = 0;
  envelope.outlive();
  showFilters();
  remember();
  ladder.restart();
  conversations.choose(0);
  conversations.restart();
}

function plotSoon() {
  clearTimeout(replot);
  replot = setTimeout(() => { plotted = Date.now(); plot.load(filters); }, Math.max(0, plotted + PLOTTED - Date.now()));
}

function showRemarks({ remarks }) {
  const about = byId("about");
  about.hidden = !remarks.length;
  about.textContent = count(remarks.length, "remark");
  byId("remark-list").replaceChildren(...remarks.map((remark) => make("li", {}, remark)));
}

function say(text) {
  byId("found").textContent = text;
}

// ----------------------------------------------------------------------------------------- how it looks

function arrange() {
  const main = document.querySelector("main");
  const hidden = kept("sidebar") === "hidden" || (envelope.isOpen && innerWidth < 100 * 16 * scale());
  main.classList.toggle("open", envelope.isOpen);
  main.classList.toggle("bare", hidden);
  const root = document.documentElement.classList;
  root.toggle("narrow", innerWidth < NARROW * 16 * scale());
  root.toggle("low", innerHeight < LOW * 16 * scale());
  root.toggle("open-letter", envelope.isOpen);
  byId("sidebar").setAttribute("aria-expanded", !hidden);
  requestAnimationFrame(() => ladder.rows.show(ladder.selected));
}

function toggleSidebar() {
  keep("sidebar", byId("sidebar").getAttribute("aria-expanded") === "true" ? "hidden" : "shown");
  arrange();
}

const scale = () => SIZES[Number(kept("size") ?? 2)] ?? 1;

function resize(step) {
  const now = Math.max(0, Math.min(SIZES.length - 1, Number(kept("size") ?? 2) + step));
  keep("size", now);
  document.documentElement.style.setProperty("--size", SIZES[now]);
  ladder.resized();
  conversations.rows.renew();
  envelope.bytes.rows.renew();
  arrange();
}

// ------------------------------------------------------------------------------------------- the address

function remember() {
  const said = new URLSearchParams();
  for (const name of FILTERS) if (filters[name]) said.set(name, filters[name]);
  if (opened) said.set("message", opened);
  history.replaceState(null, "", `#${said}`);
}

function recall() {
  const said = new URLSearchParams(location.hash.slice(1));
  for (const name of FILTERS) filters[name] = said.get(name) ?? "";
  showFilters();
  ladder.restart().then(() => {
    const number = Number(said.get("message"));
    if (number) { ladder.find(number, filtered()); open(number); } else if (opened) envelope.close();
  });
  conversations.choose(Number(filters.conversation) || 0);
}

// -------------------------------------------------------------------------------------------- the start

for (const name of WRITTEN) {
  byId(name).addEventListener("input", () => {
    clearTimeout(typing.get(name));
    typing.set(name, setTimeout(() => filter({}), SOON));
  });
}
byId("sidebar").addEventListener("click", toggleSidebar);
byId("theme").addEventListener("click", () => colour(true));
byId("smaller").addEventListener("click", () => resize(-1));
byId("larger").addEventListener("click", () => resize(1));
byId("follow").addEventListener("click", () => follow(!ladder.following));
byId("ladder").addEventListener("wheel", (event) => { if (event.deltaY < 0) follow(false); }, { passive: true });
for (const link of byId("exports").querySelectorAll("a")) link.addEventListener("click", () => byId("exports").hidePopover());
addEventListener("hashchange", recall);
addEventListener("resize", arrange);

// Who walks does not follow any more.
function walk(step) {
  follow(false);
  ladder.select(ladder.selected + step);
}

function follow(on) {
  ladder.following = on;
  byId("follow").setAttribute("aria-pressed", on);
  if (on) ladder.toEnd();
}

onKeys({
  next: () => walk(1),
  before: () => walk(-1),
  page: (way) => walk(way * Math.max(1, Math.floor(ladder.box.clientHeight / ladder.rows.height()) - 1)),
  first: () => walk(-Infinity),
  last: () => ladder.select(ladder.total - 1),
  open: () => { if (ladder.message) open(ladder.message.number); },
  close: () => {
    if (envelope.isOpen) envelope.close();
    else if (filtered()) filter(Object.fromEntries(FILTERS.map((name) => [name, ""])));
  },
  unfold: () => ladder.fold(true),
  fold: () => ladder.fold(false),
  packet: (step) => { if (envelope.isOpen) envelope.turn(step); },
  question: () => { const number = ladder.message?.answers; if (number) { ladder.find(number, filtered()); if (envelope.isOpen) open(number); } },
  only: () => filter({ conversation: filters.conversation ? 0 : ladder.message?.conversation ?? 0 }),
  find: () => byId("text").focus(),
  sidebar: toggleSidebar,
  follow: () => { if (state.live) follow(!ladder.following); },
  theme: () => colour(true),
  resize,
});

document.documentElement.style.setProperty("--size", scale());
colour(false);
arrange();
recall();
conversations.restart();
plot.load(filters);
byId("ladder").focus();
listen(hear, (lost) => {
  const live = byId("live");
  live.classList.toggle("lost", lost);
  live.lastChild.textContent = lost ? "gone: what is on the screen is all there is" : "live";
  if (lost) live.hidden = false;
});
