// A long list of the server's, fetched piece by piece as it comes into sight.

import { ask } from "./server.js";

const PIECE = 200;
const KEPT = 60; // pieces: 12,000 rows

export class Pages {
  // `query()`: what to ask besides; `came(first, last)`: those rows are there, or have changed; `total(count)`.
  constructor(path, { query = () => ({}), came, total }) {
    this.path = path;
    this.query = query;
    this.came = came;
    this.counted = total;
    this.pieces = new Map();
    this.waiting = new Map(); // by piece: `stop` takes the question back, `answer` comes when it was dealt with
    this.age = 0;
  }

  get(index) { return this.pieces.get(Math.floor(index / PIECE))?.[index % PIECE]; }

  // The index of the first row that `test` finds among those that are kept, or -1.
  find(test) {
    for (const [piece, rows] of this.pieces) {
      const at = rows.findIndex(test);
      if (at >= 0) return piece * PIECE + at;
    }
    return -1;
  }

  // Another list begins: nothing of the old one holds.
  restart() {
    this.age += 1;
    for (const { stop } of this.waiting.values()) stop.abort();
    this.waiting.clear();
    this.pieces.clear();
    return this.fetch(0);
  }

  // Rows `first` to `last` are in sight.
  want(first, last) {
    for (let piece = Math.floor(first / PIECE); piece <= Math.floor(last / PIECE); piece += 1) {
      if (!this.pieces.has(piece) && !this.waiting.has(piece)) this.fetch(piece);
    }
  }

  // What is in sight may have changed, and there may be more.
  refresh(first, last) {
    const seen = new Set([Math.floor(first / PIECE), Math.floor(last / PIECE)]);
    return Promise.all([...seen].map((piece) => this.#again(piece)));
  }

  // An answer that is on its way may be of the time before the change: only one that is asked for after it will do.
  async #again(piece) {
    await this.waiting.get(piece)?.answer;
    return this.fetch(piece);
  }

  fetch(piece) {
    if (!this.waiting.has(piece)) {
      const stop = new AbortController();
      this.waiting.set(piece, { stop, answer: this.#fetch(piece, stop.signal) });
    }
    return this.waiting.get(piece).answer;
  }

  async #fetch(piece, signal) {
    const age = this.age;
    try {
      const answer = await ask(this.path, { ...this.query(), offset: piece * PIECE, limit: PIECE }, signal);
      if (age !== this.age) return;
      this.pieces.delete(piece);
      this.pieces.set(piece, answer.rows);
      if (this.pieces.size > KEPT) this.pieces.delete(this.pieces.keys().next().value);
      this.counted(answer.total);
      this.came(piece * PIECE, piece * PIECE + answer.rows.length - 1);
    } catch (error) {
      if (error.name !== "AbortError" && age === this.age) console.info(`${this.path}: ${error.message}`);
    } finally {
      if (age === this.age) this.waiting.delete(piece);
    }
  }
}
