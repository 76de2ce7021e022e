// All bytes of an opened message, each layer's own in its colour, in the order in which they are wrapped.
//
// Bytes that a layer hands on as they are stand with the inner layer alone. Where that had to be decrypted or decoded
// first, they stand in both: sealed in the outer one, readable in the inner one.

import { byId, make, rem } from "./dom.js";
import { Rows } from "./rows.js";
import { count, grouped, tone } from "./units.js";

const OFFSET = 6; // letters: four digits and two spaces
const ABOVE = 3; // lines shown before the one that is pointed out

export class Bytes {
  // `pointed(layer, offset)` or `pointed(null)`: the pointer is on a byte; `held(layer, offset)`: it was clicked.
  constructor({ pointed, held }) {
    this.box = byId("bytes");
    this.layers = [];
    this.lines = [];
    this.marks = [];
    this.width = 16;
    this.rows = new Rows(this.box, { height: () => 1.25 * rem(),
      row: (index) => this.#line(index) });
    const over = (event) => event.target.closest?.("span[data-at]");
    const place = (span) => [Number(span.dataset.layer), Number(span.dataset.at)];
    this.box.addEventListener("pointerover", (event) => {
      const span = over(event);
      if (span) pointed(...place(span));
    });
    this.box.addEventListener("pointerleave", () => pointed(null));
    this.box.addEventListener("click", (event) => { const span = over(event); if (span) held(...place(span)); });
  }

  show(layers, width) {
    this.layers = layers;
    this.width = width;
    const letters = width * 3 + width / 8; // two digits and a space for each byte, one more after every eighth
    this.box.parentElement.style.setProperty("--letters", letters);
    this.box.parentElement.style.setProperty("--line-length", OFFSET + letters + width);
    this.marks = [];
    this.lines = layers.flatMap((layer, index) => this.#band(layer, index));
    this.rows.count = this.lines.length;
    this.rows.at = 0;
    this.box.scrollTop = 0;
    this.rows.renew();
  }

  // Mark bytes `start` to `stop` of layer `index`; `show` brings the first of them into sight.
  mark(index, start, stop, show) {
    this.marks = index == null ? [] : this.#places(index, start, stop);
    for (const span of this.box.querySelectorAll("span[data-at]")) {
      span.classList.toggle("on", this.#isMarked(Number(span.dataset.layer), Number(span.dataset.at)));
    }
    if (!show || !this.marks.length) return;
    const [layer, first] = this.marks[0];
    const line = this.lines.findIndex((one) => one.layer === layer && one.stop > first && one.start <= first);
    if (line < 0) return;
    const top = this.rows.top(line);
    const sees = top >= this.rows.at && top + this.rows.height() <= this.rows.at + this.box.clientHeight;
    if (!sees) this.rows.goTo(this.rows.top(Math.max(0, line - ABOVE)));
  }

  #isMarked(layer, at) {
    return this.marks.some(([which, start, stop]) => which === layer && at >= start && at < stop);
  }

  // Where bytes of a layer are shown: [layer, start, stop], some with itself, some with those inside it.
  #places(index, start, stop) {
    const layer = this.layers[index];
    if (!layer.literal) return [[index, start, stop]];
    const [from, to] = layer.inner;
    const found = [];
    if (start < from) found.push([index, start, Math.min(stop, from)]);
    const [low, high] = [Math.max(start, from), Math.min(stop, to)];
    if (low < high) found.push(...this.#places(index + 1, low - from + layer.at, high - from + layer.at));
    if (stop > to) found.push([index, Math.max(start, to), stop]);
    return found;
  }

  #band(layer, index) {
    const ranges = [];
    const whole = layer.data.length;
    if (!layer.literal) ranges.push([0, whole]);
    else ranges.push([0, layer.inner[0]], [Math.min(layer.inner[1], whole), whole]);
    const lines = [];
    for (const [from, to] of ranges.filter(([from, to]) => from < to)) {
      lines.push({ layer: index, title: title(layer, from, to) });
      for (let start = from; start < to; start += this.width) {
        lines.push({ layer: index, start, stop: Math.min(to, start + this.width) });
      }
    }
    const handedOn = layer.literal && layer.inner[1] >= whole; // what is missing is the inner layer's
    if (whole < layer.size && !handedOn) lines.push({ layer: index, more: `${grouped(layer.size - whole)} more bytes are not shown` });
    return lines;
  }

  #line(number) {
    const line = this.lines[number];
    const layer = this.layers[line.layer];
    const colour = tone(layer.protocol, layer.name);
    if (line.title) return make("div", { class: `band ${colour}` }, line.title);
    if (line.more) return make("div", { class: "more" }, line.more);
    const element = make("div", { class: `row ${colour}` });
    element.append(make("span", { class: "offset" }, line.start.toString(16).padStart(4, "0"), "  "));
    const [codes, letters] = [[], []];
    for (let at = line.start; at < line.stop; at += 1) {
      const byte = layer.data[at];
      const options = { class: this.#isMarked(line.layer, at) ? "on" : null, data: { layer: line.layer, at } };
      const gap = (at - line.start) % 8 === 7 ? "  " : " ";
      codes.push(make("span", options, byte.toString(16).padStart(2, "0")), gap);
      letters.push(make("span", options, byte > 32 && byte < 127 ? String.fromCharCode(byte) : byte === 32 ? " " : "·"));
    }
    if (layer.sealed && line.start >= layer.inner[0] && line.stop <= layer.inner[1]) element.classList.add("sealed");
    element.append(
      make("span", { class: "codes" }, ...codes),
      ...letters,
    );
    return element;
  }
}

// Whether the next layer's bytes are those that this one hands on, and from which of them on.
export function join(layers) {
  layers.forEach((layer, index) => {
    const next = layers[index + 1];
    layer.literal = false;
    layer.sealed = false;
    if (!next || !layer.inner) return;
    layer.at = place(layer.data.subarray(...layer.inner), next.data);
    layer.literal = layer.at >= 0;
    layer.sealed = !layer.literal;
  });
  return layers;
}

const LOOKED_AT = 256; // bytes by which a part is found again in the whole

function place(part, whole) {
  const size = Math.min(part.length, LOOKED_AT, whole.length);
  for (let at = 0; at + size <= whole.length; at += 1) {
    let same = 0;
    while (same < size && part[same] === whole[at + same]) same += 1;
    if (same === size) return at;
  }
  return -1;
}

function title(layer, from, to) {
  const part = to - from === layer.data.length ? "" : from === 0 ? ": header" : ": trailer";
  return `${layer.name}${part} · ${count(to - from, "byte")}`;
}
