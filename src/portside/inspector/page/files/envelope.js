// A message opened: its layers as envelopes within envelopes, with their fields, and all of their bytes beside them.

import { Bytes, join } from "./bytes.js";
import { byId, make, rem } from "./dom.js";
import { ask } from "./server.js";
import { clock, count, grouped, moment, size, span, tone } from "./units.js";

const BRIEF = 3; // values of a folded layer's line

export class Envelope {
  // `closed()`, `moved(step)`: to the message before or the next one; `answered(number)`: to its question.
  constructor({ closed, moved, answered, began }) {
    this.box = byId("envelope");
    this.layers = byId("layers");
    this.began = began;
    this.moved = moved;
    this.closed = closed;
    this.answered = answered;
    this.message = null;
    this.held = null; // the field that was clicked
    this.folds = new Map(); // by protocol: whether its layer was left open
    this.asked = 0;
    this.bytes = new Bytes({ pointed: (...place) => this.#pointed(...place), held: (...place) => this.#grabbed(...place) });
    this.layers.addEventListener("keydown", (event) => this.#key(event));
    this.layers.addEventListener("pointerleave", () => this.#rest());
    byId("as-bytes").addEventListener("click", () => this.#showText(false));
    byId("as-text").addEventListener("click", () => this.#showText(true));
    new ResizeObserver(() => this.#fit()).observe(this.box);
  }

  get isOpen() { return this.message !== null; }

  async open(number, packet = 0) {
    const asked = (this.asked += 1);
    const opened = await ask(`api/messages/${number}`, { packet });
    if (asked !== this.asked) return;
    this.message = opened.message;
    this.chosen = opened.chosen;
    this.held = null;
    this.parts = join(opened.layers.map((layer) => ({ ...layer, data: unpacked(layer.bytes) })));
    this.box.hidden = false;
    this.#letter();
    this.#draw();
    this.#fit(true);
    this.#text();
  }

  close() {
    this.asked += 1;
    this.message = null;
    this.box.hidden = true;
    this.closed();
  }

  // What is on the screen is of a part that is gone: it stays to be read, and leads nowhere.
  outlive() {
    if (!this.message) return;
    for (const button of byId("letter").querySelectorAll("button:not([aria-label^=Close])")) button.disabled = true;
    byId("letter").querySelector("p").append(make("span", { class: "note" }, "of an earlier part"));
    this.message = { ...this.message, packets: [] };
  }

  // Another packet of the same message.
  turn(step) {
    const numbers = this.message.packets.map(([number]) => number);
    const next = numbers[numbers.indexOf(this.chosen) + step];
    if (next) this.open(this.message.number, next);
  }

  // -------------------------------------------------------------------------------------------- the letter

  #letter() {
    const message = this.message;
    const [from, to] = message.from === "client" ? [message.client, message.server] : [message.server, message.client];
    const at = message.packets.findIndex(([number]) => number === this.chosen) + 1;
    const facts = [moment(this.began(), message.time), `${clock(message.time)} s after the first packet`];
    if (message.after != null) facts.push(`${span(message.after)} after its question`);
    byId("letter").replaceChildren(
      make("h2", { title: message.title }, make("span", { class: `chip ${tone(message.protocol)}` }, message.layers), " ", message.title),
      make("p", {}, `${message.from} ${from} → ${to}`, make("br"), facts.join(" · "),
        ...message.notes.map((note) => make("span", { class: "note" }, note))),
      make("div", { class: "letter-tools" },
        message.count > 1 ? tool("‹", "The packet before ([)", at < 2, () => this.turn(-1)) : null,
        message.count > 1 ? make("span", {}, `packet ${grouped(at)} of ${grouped(message.count)}`) : null,
        message.count > 1 ? tool("›", "The next packet (])", at >= message.packets.length, () => this.turn(1)) : null,
        message.answers ? tool("↩ question", "What it answers (a)", false, () => this.answered(message.answers)) : null,
        tool("↑", "The message before (k)", false, () => this.moved(-1)),
        tool("↓", "The next message (j)", false, () => this.moved(1)),
        tool("×", "Close (Esc)", false, () => this.close())));
  }

  // -------------------------------------------------------------------------------------------- the layers

  #draw() {
    this.layers.replaceChildren();
    let outer = this.layers;
    this.parts.forEach((layer, index) => {
      const element = this.#layer(layer, index);
      outer.append(element);
      outer = element;
    });
    this.layers.querySelector("[role=treeitem]")?.setAttribute("tabindex", "0");
    this.layers.scrollTop = 0;
  }

  #layer(layer, index) {
    const open = this.folds.get(layer.protocol) ?? this.#opensByItself(layer, index);
    const own = layer.literal ? layer.size - (layer.inner[1] - layer.inner[0]) : layer.size;
    const weight = own === layer.size ? size(layer.size) : `${grouped(own)} + ${size(layer.size - own)}`;
    const element = make("section", { class: `layer ${tone(layer.protocol, layer.name)} ${open ? "unfolded" : ""}` },
      make("header", {
        role: "treeitem", tabindex: -1, "aria-expanded": open, "aria-level": index + 1, data: { layer: index },
        on: {
          click: () => this.#fold(element, layer),
          pointerenter: () => this.#mark(index, 0, layer.data.length, true),
          focus: () => this.#mark(index, 0, layer.data.length, true),
        },
      }, make("b", {}, layer.name), make("span", { class: "brief" }, brief(layer)),
        make("span", { class: "weight", title: "its own bytes, and what it carries" }, [layer.part, weight].filter(Boolean).join(" · "))),
      layer.note ? make("p", { class: "remark" }, layer.note) : null,
      make("div", { class: "fields", role: "group" }));
    if (open) this.#fields(element, layer, index);
    if (layer.sealed) element.append(make("p", { class: "seal" }, sealed(layer)));
    return element;
  }

  // The application's own message does, and of a bare one what carried it.
  #opensByItself(layer, index) {
    const last = this.parts.length - 1;
    const inmost = this.parts.findLastIndex((one) => one.name !== "Content");
    return index === Math.max(inmost, 0) || (index === last && layer.name === "Data");
  }

  #fold(element, layer) {
    const open = element.classList.toggle("unfolded");
    const index = this.parts.indexOf(layer);
    element.firstElementChild.setAttribute("aria-expanded", open);
    this.folds.set(layer.protocol, open);
    if (open) this.#fields(element, layer, index);
  }

  #fields(element, layer, index) {
    const group = element.querySelector(":scope > .fields");
    if (!group.childElementCount) group.append(...layer.fields.flatMap((field) => this.#field(field, index, 0)));
  }

  #field(field, layer, depth) {
    const many = field.parts.length > 0;
    const element = make("div", {
      class: `field ${many ? "parts" : ""} ${field.secret ? "secret" : ""}`, role: "treeitem", tabindex: -1,
      "aria-level": layer + depth + 2, "aria-expanded": many ? false : null,
      data: { layer, start: field.span[0], stop: field.span[1] }, style: { "--depth": depth },
      on: {
        pointerenter: () => this.#point(element, true), focus: () => this.#point(element, true),
        click: () => { this.held = element; this.#point(element, true); if (many) this.#unfold(element); },
      },
    },
      make("span", { class: "name" }, field.name),
      make("span", { class: `value ${field.value.length > 200 ? "long" : ""}` }, field.value),
      field.meaning || field.source ? make("span", { class: "meaning" }, field.meaning,
        field.meaning && field.source ? " · " : "", make("cite", {}, field.source)) : null);
    element.inner = () => field.parts.flatMap((part) => this.#field(part, layer, depth + 1));
    return [element];
  }

  #unfold(element, open = !element.classList.contains("unfolded")) {
    if (!element.classList.contains("parts") || open === element.classList.contains("unfolded")) return;
    element.classList.toggle("unfolded", open);
    element.setAttribute("aria-expanded", open);
    if (open) {
      element.within = element.inner();
      element.after(...element.within);
    } else {
      for (const part of element.within) { this.#unfold(part, false); part.remove(); }
    }
  }

  // ------------------------------------------------------------------------------ fields and their bytes

  #point(element, show) {
    const { layer, start, stop } = element.dataset;
    this.#pointAt(element);
    this.#mark(Number(layer), Number(start), Number(stop), show);
    const name = element.querySelector(".name").textContent;
    byId("pointed").textContent = `${name}: ${count(stop - start, "byte")}`;
  }

  #pointAt(element) {
    this.layers.querySelectorAll(".pointed").forEach((one) => one.classList.remove("pointed"));
    element?.classList.add("pointed");
  }

  #mark(...place) { this.bytes.mark(...place); }

  // Back to the field that was clicked, or to none.
  #rest() {
    if (this.held?.isConnected) this.#point(this.held, false);
    else { this.#pointAt(null); this.#mark(null); byId("pointed").textContent = ""; }
  }

  #pointed(layer, offset) {
    if (layer == null) { this.#rest(); return; }
    const element = this.#fieldAt(layer, offset);
    if (element?.classList.contains("field")) this.#point(element, false);
    else { this.#pointAt(element); this.#mark(layer, offset, offset + 1, false); }
  }

  // A byte was clicked: unfold everything down to the field that it belongs to.
  #grabbed(layer, offset) {
    const section = this.layers.querySelectorAll(".layer")[layer];
    if (!section.classList.contains("unfolded")) this.#fold(section, this.parts[layer]);
    let element = this.#fieldAt(layer, offset);
    while (element?.classList.contains("parts") && !element.classList.contains("unfolded")) {
      this.#unfold(element, true);
      const deeper = this.#fieldAt(layer, offset);
      if (deeper === element) break;
      element = deeper;
    }
    if (!element?.classList.contains("field")) return;
    this.held = element;
    this.#point(element, false);
    element.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  // The smallest field in sight that holds a byte; the layer's head where it is folded.
  #fieldAt(layer, offset) {
    let found = this.layers.querySelector(`header[data-layer="${layer}"]`);
    let width = Infinity;
    for (const element of this.layers.querySelectorAll(`.layer.unfolded > .fields > .field[data-layer="${layer}"]`)) {
      const [start, stop] = [Number(element.dataset.start), Number(element.dataset.stop)];
      if (start <= offset && offset < stop && stop - start <= width) { found = element; width = stop - start; }
    }
    return found;
  }

  #key(event) {
    const items = [...this.layers.querySelectorAll("[role=treeitem]")].filter((one) => one.offsetParent);
    const at = items.indexOf(document.activeElement);
    const item = items[at];
    const steps = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (event.key in steps) {
      const next = items[Math.max(0, Math.min(items.length - 1, at + steps[event.key]))];
      item?.setAttribute("tabindex", "-1");
      next?.setAttribute("tabindex", "0");
      next?.focus();
    } else if (["ArrowRight", "ArrowLeft", "Enter", " "].includes(event.key) && item) {
      const open = event.key === "ArrowRight" ? true : event.key === "ArrowLeft" ? false : undefined;
      if (item.classList.contains("field")) this.#unfold(item, open);
      else if (open === undefined || open !== item.parentElement.classList.contains("unfolded")) item.click();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // ------------------------------------------------------------------------------------------- the bytes

  #fit(anew = false) {
    if (!this.message) return;
    const room = this.box.clientWidth / rem();
    const width = room > 62 || room < 46 ? 16 : 8; // below 46 the bytes stand under the fields: see envelope.css
    if (anew || width !== this.bytes.width) this.bytes.show(this.parts, width);
  }

  #text() {
    const inmost = this.parts.at(-1);
    byId("plain").textContent = inmost ? readable(inmost.data) : "";
  }

  #showText(on) {
    byId("as-bytes").setAttribute("aria-pressed", !on);
    byId("as-text").setAttribute("aria-pressed", on);
    byId("bytes").hidden = on;
    byId("plain").hidden = !on;
    if (!on) this.bytes.rows.draw();
  }
}

const tool = (sign, title, disabled, click) =>
  make("button", { type: "button", title, "aria-label": title, disabled: disabled ? "" : null, on: { click } }, sign);

const unpacked = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function brief(layer) {
  const wanted = /^(Source|Destination) (address|port)$|^(Request line|Status line|Flags|Content type)$/;
  const found = layer.fields.filter((field) => wanted.test(field.name));
  const ends = found.filter((field) => /^Source|^Destination/.test(field.name));
  if (ends.length === 2) {
    const from = ends.find((field) => field.name.startsWith("S"));
    const to = ends.find((field) => field.name.startsWith("D"));
    const flags = found.find((field) => field.name === "Flags");
    return `${from.value} → ${to.value}${flags ? ` · ${flags.value}` : ""}`;
  }
  return found.slice(0, BRIEF).map((field) => field.meaning && layer.protocol === "TLS" ? field.meaning : field.value).join(" · ");
}

function sealed(layer) {
  const amount = count(layer.inner[1] - layer.inner[0], "byte");
  return layer.protocol === "TLS" ? `${amount} of it are encrypted; what they say is in the envelope below` : `${amount} of it are encoded; what they say is in the envelope below`;
}

// Text as it is, and every control character as a sign of its own.
function readable(data) {
  const text = new TextDecoder().decode(data);
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (letter) =>
    letter === "\r" ? "" : letter < " " ? String.fromCharCode(0x2400 + letter.charCodeAt(0)) : "�");
}
