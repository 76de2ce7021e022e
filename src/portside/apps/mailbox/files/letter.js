// The opened message: who wrote to whom, and the same content in five ways.

import { address } from "./addresses.js";
import { byId, make } from "./dom.js";
import { headers } from "./headers.js";
import { parts } from "./parts.js";
import { ask, place, text } from "./server.js";
import { full } from "./times.js";
import { size } from "./units.js";

export const TABS = ["HTML", "Text", "Source", "Headers", "Parts"];
const SANDBOX = "allow-popups allow-popups-to-escape-sandbox";

export class Letter {
  // `does`: what the buttons do (close, unread, release, remove); `state()`: what the server can do; `turned(tab)`.
  constructor({ does, state, turned }) {
    this.box = byId("letter");
    this.does = does;
    this.state = state;
    this.turned = turned;
    this.told = null;
    this.tab = "";
    this.chosen = "HTML"; // how people want to see messages, where they can be seen so
    this.narrow = false;
    this.remote = false;
    this.age = 0;
  }

  get id() { return this.told?.id ?? ""; }
  get isOpen() { return !this.box.hidden; }

  async open(id, tab = "") {
    const age = this.age += 1;
    const told = await ask(place(id));
    if (age !== this.age) return;
    this.told = told;
    this.remote = false;
    this.box.hidden = false;
    this.pane = make("div", { class: "pane", role: "tabpanel", tabindex: "0" });
    const does = make("div", { class: "does", role: "group", "aria-label": "This message" }, ...this.#buttons());
    this.box.replaceChildren(this.#head(), make("div", { class: "bar" }, this.#tabs(), does), this.pane);
    this.turn(tab || this.chosen);
  }

  close() {
    this.age += 1;
    this.told = null;
    this.box.hidden = true;
    this.box.replaceChildren();
  }

  // Show it, and what follows, in another way.
  choose(tab) {
    this.chosen = tab;
    this.turn(tab);
  }

  turn(tab) {
    this.tab = TABS.includes(tab) && (tab !== "HTML" || this.told.html) ? tab : "Text";
    for (const button of this.box.querySelectorAll("[role=tab]")) {
      button.setAttribute("aria-selected", button.dataset.tab === this.tab);
    }
    this.pane.className = `pane ${this.tab.toLowerCase()}`;
    this.pane.setAttribute("aria-label", this.tab);
    this.pane.replaceChildren(...this.#content(this.tab));
    this.pane.scrollTop = 0;
    this.turned(this.tab);
  }

  // It was seen, or is unseen again.
  marked(seen) {
    if (!this.told) return;
    this.told.seen = seen;
    const button = this.box.querySelector("[data-does=unread]");
    if (button) button.textContent = seen ? "Unread" : "Read";
  }

  // ---------------------------------------------------------------------------------------------- its head

  #head() {
    const { told } = this;
    return make("header", {},
      make("button", { type: "button", class: "back", on: { click: this.does.close }, "aria-label": "Back to the list" }, "‹"),
      make("h2", {}, told.subject || "(no subject)"),
      make("dl", { class: "who" }, ...this.#people()));
  }

  #buttons() {
    const { told, does } = this;
    const state = this.state();
    const button = (name, words, title) =>
      make("button", { type: "button", title, data: { does: name }, on: { click: () => does[name]() } }, words);
    const link = (href, words, title, more = {}) => make("a", { class: "button", href, title, ...more }, words);
    return [
      state.ladder && told.client ? link(`${state.ladder}#host=${encodeURIComponent(told.client)}`, "Conversation",
        "The delivery of this message, line by line", { target: "_blank", rel: "noopener" }) : null,
      button("unread", told.seen ? "Unread" : "Read", "Unread, or read (u)"),
      link(place(told.id, "/raw"), "Download", "The message as a file (.eml)", { download: "" }),
      state.release ? button("release", "Send on", "Send it on to somebody (r)") : null,
      button("remove", "Delete", "Delete it (d)"),
    ].filter(Boolean);
  }

  #people() {
    const { told } = this;
    const line = (name, ...words) => (words.some(Boolean) ? [make("dt", {}, name), make("dd", {}, ...words)] : []);
    const named = (field) => told.addresses[field].flatMap((one, index) => [index ? ", " : null, ...written(one)]);
    const or = (people, words) => (people.length ? people : [words]);
    const others = told.recipients.join(", ");
    const seen = [...told.addresses.to, ...told.addresses.cc].map((one) => one.address.toLowerCase());
    const hidden = told.recipients.filter((one) => !seen.includes(one.toLowerCase()));
    return [
      ...line("From", ...or(named("from"), told.sender)),
      ...line("To", ...or(named("to"), others)),
      ...line("Cc", ...named("cc")),
      ...line("Reply to", ...named("reply-to")),
      ...(hidden.length && told.addresses.to.length ? line("Envelope", `also to ${hidden.join(", ")}`) : []),
      ...line("Came", `${full(told.time)} · ${size(told.size)}`),
    ];
  }

  #tabs() {
    const { told } = this;
    const numbers = { Parts: told.attachments.length };
    return make("div", { class: "tabs", role: "tablist" }, ...TABS.map((tab, index) => make("button", {
      type: "button", role: "tab", data: { tab }, title: `${tab} (${index + 1})`, disabled: tab === "HTML" && !told.html ? "" : null,
      on: { click: () => this.choose(tab) },
    }, tab, numbers[tab] ? make("small", {}, `${numbers[tab]}`) : null)));
  }

  // ------------------------------------------------------------------------------------------- its content

  #content(tab) {
    const { told } = this;
    switch (tab) {
      case "HTML": return this.#framed();
      case "Source": return [this.#source()];
      case "Headers": return headers(told, this.state());
      case "Parts": return parts(told);
      default: return [make("pre", { class: "plain" }, told.text.trim() ? told.text : "(no text)")];
    }
  }

  #framed() {
    const { told } = this;
    const shown = address(place(told.id, "/html"), { remote: this.remote ? "1" : "" });
    const frame = make("iframe", { sandbox: SANDBOX, referrerpolicy: "no-referrer", title: "The message's HTML", src: shown });
    const holder = make("div", { class: this.narrow ? "paper phone" : "paper" }, frame);
    const phone = make("button", { type: "button", "aria-pressed": this.narrow, title: "As wide as a telephone", on: { click: () => {
      this.narrow = !this.narrow;
      phone.setAttribute("aria-pressed", this.narrow);
      holder.classList.toggle("phone", this.narrow);
    } } }, "Phone width");
    const remote = told.remote_pictures && !this.remote ? make("span", { class: "remark" },
      "Pictures that lie elsewhere were not fetched: that would tell the sender. ",
      make("button", { type: "button", on: { click: () => { this.remote = true; this.turn("HTML"); } } }, "Show remote pictures")) : null;
    return [make("div", { class: "strip" }, remote ?? make("span", { class: "remark" }, this.remote ? "Remote pictures are shown." :
      "Scripts and forms are off; nothing is fetched."), phone), holder];
  }

  #source() {
    const source = make("pre", { class: "plain" }, "…");
    const { age } = this;
    text(place(this.told.id, "/source")).then(
      (found) => { if (age === this.age) source.textContent = found; },
      (error) => { source.textContent = error.message; });
    return source;
  }
}

// Each for itself: a mark in a name that turns the text around does not turn the address with it.
const written = ({ name, address: at }) => (name && at ? [make("bdi", {}, name), " ", make("bdi", {}, `<${at}>`)] : [make("bdi", {}, name || at)]);
