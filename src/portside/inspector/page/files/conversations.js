// The list of conversations; choosing one shows it alone.

import { byId, make, rem } from "./dom.js";
import { Pages } from "./pages.js";
import { Rows } from "./rows.js";
import { count, grouped, hue, size, span } from "./units.js";

export class Conversations {
  // `chose(number)`: 0 for all of them.
  constructor(chose) {
    this.box = byId("talk-rows");
    this.chosen = 0;
    this.chose = chose;
    this.seen = [0, 0];
    this.pages = new Pages("api/conversations", {
      came: () => this.rows.renew(),
      total: (total) => this.rows.resize(total + 1),
    });
    this.rows = new Rows(this.box, {
      height: () => 3.35 * rem(),
      row: (index) => this.#row(index),
      seen: (first, last) => {
        this.seen = [Math.max(0, first - 1), Math.max(0, last - 1)];
        if (last > 0) this.pages.want(...this.seen);
      },
    });
    this.box.addEventListener("keydown", (event) => this.#key(event));
  }

  restart() { return this.pages.restart(); }

  heard(state) {
    byId("talks").textContent = state.conversations ? `· ${grouped(state.conversations)}` : "";
    return this.pages.refresh(...this.seen);
  }

  choose(number) {
    this.chosen = number;
    this.rows.renew();
    if (number) this.rows.show(number);
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    this.chose(Math.max(0, Math.min(this.rows.count - 1, this.chosen + step)));
  }

  #row(index) {
    const selected = index === this.chosen;
    const options = { class: "talk", role: "option", id: `talk-${index}`, "aria-selected": selected,
      on: { click: () => this.chose(selected ? 0 : index) } };
    if (selected) this.box.setAttribute("aria-activedescendant", `talk-${index}`);
    if (index === 0) return make("div", { ...options, class: "talk all" }, make("b", {}, "All conversations"));
    const one = this.pages.get(index - 1);
    if (!one) return make("div", options, make("b", {}, "…"));
    const spoken = one.protocols.at(-1);
    const state = one.state === "reset" ? " · reset" : one.state === "open" ? " · open" : "";
    return make("div", { ...options, title: told(one) },
      make("b", {}, tag(one.number), " ", one.name || one.server),
      make("span", { class: "spoken" }, spoken),
      make("span", { class: "ends" }, `${one.client} → ${one.server}`,
        make("span", { class: `state-${one.state}` }, state)),
      make("span", { class: "weight" }, size(one.up + one.down)));
  }
}

export const tag = (number, further = "") =>
  make("span", { class: `tag ${further}`, style: { "--hue": hue(number) } }, `${number}`);

function told(one) {
  const lines = [
    `${one.client} → ${one.server}`,
    `${one.protocols.join(", ")}; ${count(one.messages, "message")} in ${count(one.packets, "packet")}`,
    `${size(one.up)} from the client, ${size(one.down)} from the server, in ${span(one.until - one.began)}`,
  ];
  if (one.roundTrip != null) lines.push(`round trip of the handshake: ${span(one.roundTrip)}`);
  if (one.repeated) lines.push(`${count(one.repeated, "segment")} sent again`);
  if (one.missing) lines.push(`${count(one.missing, "byte")} not captured`);
  return lines.join("\n");
}
