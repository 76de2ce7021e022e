// The list of messages, the latest first. What is far down is fetched as one comes near it.

import { byId, make, rem } from "./dom.js";
import { Rows } from "./rows.js";
import { ask, place } from "./server.js";
import { brief } from "./times.js";
import { count } from "./units.js";

const FIRST = 100; // rows of the first look
const FURTHER = 1000; // rows of each further one
const FEW = 20; // changed messages that are asked for one by one
const HEIGHT = 4.35; // rem

export class List {
  // `chose(summary)`: it was selected; `counted(total)`: so many match.
  constructor({ chose, counted }) {
    this.box = byId("list");
    this.query = "";
    this.found = [];
    this.total = 0;
    this.selected = "";
    this.place = 0; // the row of the selected one: its message may leave the list before we hear that it is gone
    this.chose = chose;
    this.counted = counted;
    this.age = 0;
    this.fetching = null;
    this.wanted = 0;
    this.rows = new Rows(this.box, {
      height: () => Math.round(HEIGHT * rem()),
      row: (index) => this.#row(index),
      seen: (first, last) => { if (last >= this.found.length && this.found.length < this.total) this.#further(last); },
    });
  }

  get index() { return this.found.findIndex((one) => one.id === this.selected); }
  get message() { return this.found[this.index]; }

  // Another list begins.
  async restart(query = this.query) {
    this.query = query;
    const age = this.age += 1;
    this.fetching = null;
    this.wanted = 0;
    const told = await ask("api/messages", { now: 1, query, limit: Math.max(FIRST, Math.min(this.found.length, FURTHER)) });
    if (age === this.age) this.#show(told.messages, told.total);
  }

  // There may be newer messages, and some that came late have their place among them.
  async freshen() {
    const age = this.age;
    const told = await ask("api/messages", { now: 1, query: this.query, limit: FIRST });
    if (age !== this.age) return;
    const isWhole = this.found.length >= this.total;
    const top = this.found[0]?.id;
    const behind = this.found.findIndex((one) => one.id === told.messages.at(-1)?.id);
    const found = [...told.messages, ...(behind < 0 ? [] : this.found.slice(behind + 1))];
    if ((top && behind < 0) || (isWhole && found.length !== told.total)) await this.restart();
    else this.#show(found, told.total, Math.max(0, found.findIndex((one) => one.id === top)));
  }

  async changed(ids) {
    const here = ids.filter((id) => this.found.some((one) => one.id === id));
    if (here.length > FEW) { await this.restart(); return; }
    for (const id of here) this.update(await ask(place(id, "/summary")));
  }

  update(summary) {
    const index = this.found.findIndex((one) => one.id === summary.id);
    if (index < 0) return;
    this.found[index] = summary;
    this.rows.change(index);
  }

  // They are gone; who was selected hands it on to the next one.
  removed(ids) {
    const gone = new Set(ids);
    const place = this.index < 0 ? this.place : this.index;
    const left = this.found.filter((one) => !gone.has(one.id));
    const count = this.found.length - left.length;
    const lost = gone.has(this.selected);
    this.#show(left, this.total - count);
    if (lost) this.select(left[Math.min(place, left.length - 1)]?.id ?? "", { quietly: !left.length });
  }

  select(id, { quietly = false } = {}) {
    const before = this.index;
    this.selected = id;
    const now = this.index;
    for (const index of [before, now]) if (index >= 0) this.rows.change(index);
    if (now >= 0) { this.rows.show(now); this.box.setAttribute("aria-activedescendant", `row-${now}`); }
    else this.box.removeAttribute("aria-activedescendant");
    if (!quietly) this.chose(this.message);
  }

  async walk(step) {
    if (!this.found.length) return;
    const wanted = Math.max(0, Math.min(this.total - 1, (this.index < 0 ? (step > 0 ? -1 : 0) : this.index) + step));
    while (wanted >= this.found.length && this.found.length < this.total) await this.#further(wanted); // the list may begin anew meanwhile
    this.select(this.found[Math.min(wanted, this.found.length - 1)].id);
  }

  #show(found, total, shift = 0) {
    if (this.index >= 0) this.place = this.index;
    const stay = shift && this.rows.at > 0 ? this.rows.at + shift * this.rows.height() : null;
    this.found = found;
    this.total = Math.max(total, found.length);
    this.rows.count = this.total;
    this.rows.renew();
    if (stay !== null) this.rows.goTo(stay);
    this.counted(this.total);
  }

  // Fetch until row `last` is there.
  #further(last) {
    this.wanted = Math.max(this.wanted, last);
    this.fetching ??= this.#fetch(this.age).finally(() => { this.fetching = null; });
    return this.fetching;
  }

  async #fetch(age) {
    while (age === this.age && this.found.length <= this.wanted && this.found.length < this.total) {
      const before = this.found.at(-1)?.id;
      const told = await ask("api/messages", { now: 1, query: this.query, limit: FURTHER, before });
      if (age !== this.age || before !== this.found.at(-1)?.id) return;
      const all = [...this.found, ...told.messages];
      this.#show(all, told.messages.length ? told.total : all.length); // the next look finds what we may have missed
    }
  }

  #row(index) {
    const one = this.found[index];
    if (!one) return make("div", { class: "mail waits", role: "option" }, "…");
    const chosen = one.id === this.selected;
    return make("div", { class: one.seen ? "mail" : "mail unread", role: "option", id: `row-${index}`, "aria-selected": chosen,
      data: { id: one.id }, on: { click: () => this.select(one.id) } },
    make("span", { class: "who", title: one.sender }, nameOf(one.sender) || "(nobody)"),
    make("time", {}, brief(one.time)),
    make("span", { class: "subject" }, one.subject || "(no subject)"),
    one.attachments ? make("span", { class: "clip" }, count(one.attachments, "file")) : null,
    make("span", { class: "rest" }, make("b", {}, `→ ${one.recipients.join(", ")}`), " ", one.snippet));
  }
}

// The name alone where there is one, without the quotes that a comma in it asks for.
const nameOf = (sender) => sender.replace(/(?<=\S)\s*<[^>]*>$/, "").replace(/^"(.*)"$/, "$1");
