// The ladder: one rung for each message, between the lifelines of its client and its server.

import { tag } from "./conversations.js";
import { byId, make, rem } from "./dom.js";
import { Pages } from "./pages.js";
import { Rows } from "./rows.js";
import { clock, count, size, span, tone } from "./units.js";

const [RUNG, SEGMENT] = [2.95, 1.25]; // rem
const PIECES = 12; // of an arrow

export class Ladder {
  // `query()`: the filters; `chose(number)`: a message was selected; `opened(number, packet)`: it is to be opened.
  constructor({ query, chose, opened, found }) {
    this.box = byId("ladder");
    this.chose = chose;
    this.opened = opened;
    this.selected = 0; // the row's index, from 0
    this.wanted = 0; // the message's number, once its row has come
    this.following = false;
    this.total = 0;
    this.pages = new Pages("api/messages", {
      query,
      came: (first, last) => this.#came(first, last),
      total: (total) => { this.total = total; this.rows.resize(total); found(total); },
    });
    this.rows = new Rows(this.box, {
      height: () => RUNG * rem(),
      row: (index) => this.#rung(index),
      seen: (first, last) => { this.pages.want(first, last); this.seen = [first, last]; },
    });
    this.seen = [0, 0];
  }

  // The filters have changed.
  async restart() {
    this.rows.extras.clear();
    this.selected = 0;
    this.rows.renew();
    await this.pages.restart();
    this.rows.goTo(this.following ? Infinity : 0);
  }

  async heard() {
    await this.pages.refresh(...this.seen);
    if (this.following && this.total) {
      await this.pages.refresh(this.total - 1, this.total - 1);
      if (this.following) this.toEnd(); // who has walked meanwhile stays where they are
    }
  }

  // The newest message is in sight and selected, but not opened.
  toEnd() {
    const before = this.selected;
    this.selected = Math.max(0, this.total - 1);
    this.rows.change(before);
    this.rows.change(this.selected);
    this.rows.goTo(Infinity);
    this.box.setAttribute("aria-activedescendant", `rung-${this.selected}`);
  }

  get message() { return this.pages.get(this.selected); }

  select(index, show = true) {
    const before = this.selected;
    this.selected = Math.max(0, Math.min(this.total - 1, index));
    this.rows.change(before);
    this.rows.change(this.selected);
    if (show) this.rows.show(this.selected);
    this.box.setAttribute("aria-activedescendant", `rung-${this.selected}`);
    if (this.message) this.chose(this.message);
    else this.wanted = true;
  }

  // Select message `number`, wherever it is; without filters its row is known, else it is looked for.
  find(number, filtered) {
    const index = filtered ? this.pages.find((row) => row.number === number) : number - 1;
    if (index >= 0 && index < this.total) this.select(index);
  }

  fold(open) {
    const message = this.message;
    if (!message || message.count < 2) return;
    this.rows.unfold(this.selected, open ? message.packets.length * SEGMENT * rem() : 0);
    this.rows.show(this.selected);
  }

  resized() {
    for (const index of this.rows.extras.keys()) {
      const message = this.pages.get(index);
      this.rows.extras.set(index, (message?.packets.length ?? 0) * SEGMENT * rem());
    }
    this.rows.renew();
  }

  // What stands above the lifelines: who, where all rungs are of one conversation.
  head(alone) {
    this.alone = alone;
    const message = alone ? this.pages.get(0) : null;
    const end = (who, name) => make("span", {}, make("b", {}, who), name ? ` ${name}` : "");
    byId("ladder-head").replaceChildren(
      make("span", {}, "Time, s"),
      make("span", { class: "ends" }, end("client", message?.client), end("server", message?.server)),
      make("span", {}, "Size"));
  }

  #came(first, last) {
    this.rows.renew(first, last + 1);
    if (this.wanted && this.message) { this.wanted = false; this.chose(this.message); }
  }

  #rung(index) {
    const selected = index === this.selected;
    const outer = make("div", {
      role: "option", id: `rung-${index}`, "aria-selected": selected, "aria-setsize": this.total, "aria-posinset": index + 1,
    });
    const message = this.pages.get(index);
    if (!message) {
      outer.append(make("div", { class: "rung waits" }, make("span", { class: "when" }, "…")));
      return outer;
    }
    const before = index ? this.pages.get(index - 1) : null;
    const lane = make("div", { class: "lane" }, ...ends(message, before), this.#said(message, index));
    if (this.rows.extras.has(index)) lane.append(...message.packets.map((packet) => this.#segment(message, packet)));
    outer.setAttribute("aria-label", `${message.protocol} ${message.title}, from the ${message.from}`);
    outer.append(make("div", {
      class: "rung",
      on: { click: () => { this.select(index, false); this.opened(message.number); } },
    }, when(message, before), lane, amount(message)));
    return outer;
  }

  #said(message, index) {
    const event = message.protocol === "TCP" && message.size === 0;
    const classes = ["said", message.from, tone(message.protocol), event && "event", !message.complete && "partial",
      message.count > 1 && !event && "many"];
    const pieces = Math.min(message.count, PIECES);
    const open = this.rows.extras.has(index);
    return make("div", { class: classes.filter(Boolean).join(" "), style: { "--piece": `calc(${100 / pieces}% - 3px)` } },
      make("i", { class: "head" }),
      this.alone ? null : tag(message.conversation, "mine"),
      event ? null : make("span", { class: "chip" }, message.layers),
      message.status ? make("span", { class: `status s${String(message.status)[0]}` }, `${message.status}`) : null,
      make("span", { class: "title", title: message.title }, message.status ? message.title.replace(/^\d{3} ?/, "") : message.title),
      ...message.notes.slice(0, 2).map((note) => make("span", { class: "note", title: note }, note)),
      message.count > 1 ? make("button", {
        type: "button", class: "fold", tabindex: -1, "aria-expanded": open,
        on: { click: (event) => { event.stopPropagation(); this.select(index, false); this.fold(!open); } },
      }, `${count(message.count, "packet")} ${open ? "▾" : "▸"}`) : null);
  }

  #segment(message, [number, time, length]) {
    return make("div", {
      class: `segment ${message.from} ${tone(message.protocol)}`, title: "Open the message by way of this packet",
      on: { click: (event) => { event.stopPropagation(); this.opened(message.number, number); } },
    }, `packet ${number}`, make("span", {}, size(length)), make("span", {}, `+${span(time - message.time)}`));
  }
}

function ends(message, before) {
  if (before && before.conversation === message.conversation) return [];
  return [
    make("span", { class: "end client", title: message.client }, tag(message.conversation), ` ${message.client}`),
    make("span", { class: "end server", title: message.server }, message.server),
  ];
}

function when(message, before) {
  const took = before ? message.time - before.time : 0;
  const gap = took ? `${took > 0 ? "+" : ""}${span(took)}` : "";
  return make("span", { class: "when" }, clock(message.time), make("small", {}, gap));
}

function amount(message) {
  const after = message.after == null ? "" : span(message.after);
  return make("span", { class: "amount", title: after ? `${after} after its question` : null },
    message.size ? size(message.size) : "", make("small", {}, after && `↩ ${after}`));
}
