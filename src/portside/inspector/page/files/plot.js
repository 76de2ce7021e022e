// Throughput and round trips over time. Dragging over it chooses a time.

import { ask } from "./server.js";
import { byId, draw, make } from "./dom.js";
import { size, span } from "./units.js";

const COLUMNS = 240;
const STEP = 0.02; // of the plot's width, for a key
const [WIDE, HIGH] = [1000, 100];

export class Plot {
  constructor(chose) {
    this.box = byId("plot");
    this.chose = chose;
    this.drawn = null;
    this.asked = 0;
    this.range = make("div", { class: "range", hidden: "" });
    this.box.addEventListener("pointerdown", (event) => this.#begin(event));
    this.box.addEventListener("pointermove", (event) => this.#move(event));
    this.box.addEventListener("pointerup", (event) => this.#end(event));
    this.box.addEventListener("pointercancel", () => this.#cancel());
    this.box.tabIndex = 0;
    this.box.title = "Drag to choose a time; with keys: arrows move, Shift and arrows choose, Enter takes it";
    this.keyed = [0.5, 0.5];
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("blur", () => this.#cancel());
  }

  async load(query) {
    const asked = (this.asked += 1);
    try {
      const plot = await ask("api/plot", { ...query, buckets: COLUMNS });
      if (asked === this.asked) this.#show(plot);
    } catch (error) {
      console.info(`api/plot: ${error.message}`);
    }
  }

  #show(plot) {
    this.drawn = plot;
    const columns = this.#columns(plot);
    const most = Math.max(1, ...columns.map(([up, down]) => Math.max(up, down)));
    const slowest = Math.max(1, ...plot.roundTrips.map(([, took]) => took));
    const svg = draw("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    svg.append(
      draw("path", { class: "up", d: area(columns.map(([up]) => up), most, -1) }),
      draw("path", { class: "down", d: area(columns.map(([, down]) => down), most, 1) }),
      draw("path", { class: "middle", d: `M0 ${HIGH / 2}H${WIDE}` }),
      ...plot.roundTrips.map(([time, took]) => draw("rect", {
        class: "trip", width: 2, height: 3,
        x: (this.#share(time) * WIDE - 1).toFixed(1), y: (HIGH - 4 - (took / slowest) * (HIGH - 10)).toFixed(1),
      })),
    );
    const rate = most / (plot.width / 1e9);
    const silent = !columns.some(([up, down]) => up || down);
    this.box.replaceChildren(
      svg, this.range,
      make("span", { class: "axis top" }, silent ? "" : `up to ${size(rate)}/s`,
        make("span", { class: "key u" }, "client"), make("span", { class: "key d" }, "server")),
      make("span", { class: "axis trips" }, plot.roundTrips.length ? `round trips up to ${span(slowest)}` : ""),
      make("span", { class: "axis from" }, silent ? "" : span(plot.since)),
      make("span", { class: "axis to" }, silent ? "" : span(plot.until)),
    );
    this.box.setAttribute("aria-label", `Throughput over ${span(plot.until - plot.since)}, up to ${size(rate)} per second`);
  }

  #columns(plot) { return plot.up.map((up, index) => [up, plot.down[index]]); }
  #share(time) {
    const { since, until } = this.drawn;
    return until > since ? (time - since) / (until - since) : 0.5;
  }

  #where(event) {
    const box = this.box.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  }

  #begin(event) {
    if (!this.drawn || event.button !== 0) return;
    this.from = this.#where(event);
    this.box.setPointerCapture(event.pointerId);
  }

  #move(event) {
    if (this.from == null) return;
    this.#mark(this.from, this.#where(event));
  }

  #mark(from, to) {
    const [low, high] = [from, to].sort((a, b) => a - b);
    this.range.hidden = false;
    this.range.style.left = `${low * 100}%`;
    this.range.style.width = `${(high - low) * 100}%`;
  }

  #key(event) {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (step) {
      const to = Math.max(0, Math.min(1, this.keyed[1] + step));
      this.keyed = [event.shiftKey ? this.keyed[0] : to, to];
      this.#mark(...this.keyed);
    } else if (event.key === "Enter") this.#take(...this.keyed);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #end(event) {
    if (this.from == null) return;
    const from = this.from;
    this.#cancel();
    this.#take(from, this.#where(event));
  }

  #take(from, to) {
    if (!this.drawn) return;
    const [low, high] = [from, to].sort((a, b) => a - b);
    const { since, until } = this.drawn;
    if (high - low > 0.004) this.chose(Math.floor(since + low * (until - since)), Math.ceil(since + high * (until - since)));
  }

  #cancel() {
    this.from = null;
    this.range.hidden = true;
  }
}

// Steps above (-1) or below (1) the middle.
function area(values, most, way) {
  const middle = HIGH / 2;
  const step = WIDE / values.length;
  let path = `M0 ${middle}`;
  values.forEach((value, index) => {
    const y = middle + way * Math.sqrt(value / most) * (middle - 4);
    path += `L${(index * step).toFixed(1)} ${y.toFixed(1)}L${((index + 1) * step).toFixed(1)} ${y.toFixed(1)}`;
  });
  return `${path}L${WIDE} ${middle}Z`;
}
