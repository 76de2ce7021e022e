// A list of any length, of which only the rows in sight exist.
//
// All rows have one height, but for a few that are unfolded. A browser's elements end at some 16 million pixels; a list
// that would be longer is scrolled in proportion, and the wheel still moves it row by row.

const BEYOND = 8; // rows made above and below what is in sight
const TALLEST = 8_000_000;

export class Rows {
  // `height()`: pixels of a row; `extra(index)`: what an unfolded one has besides; `row(index)`: its element.
  constructor(box, { height, row, seen = () => {} }) {
    this.box = box;
    this.height = height;
    this.make = row;
    this.seen = seen;
    this.count = 0;
    this.extras = new Map();
    this.made = new Map();
    this.pressed = -1; // the row that is being clicked on: its element stays from the press to the release, or it is no click
    this.stale = false; // whether it has changed meanwhile
    this.at = 0;
    this.sizer = document.createElement("div");
    this.sizer.setAttribute("role", "presentation");
    this.sizer.style.cssText = "position:relative;overflow:hidden;min-height:100%";
    box.append(this.sizer);
    box.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    box.addEventListener("wheel", (event) => this.#turned(event), { passive: false });
    box.addEventListener("pointerdown", (event) => { this.pressed = this.#holding(event.target); });
    for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, () => setTimeout(() => this.#released()));
    new ResizeObserver(() => this.draw()).observe(box);
  }

  get total() {
    let extra = 0;
    for (const value of this.extras.values()) extra += value;
    return this.count * this.height() + extra;
  }

  get #tall() { return Math.min(this.total, TALLEST); }
  get #scaled() { return this.total > TALLEST; }

  top(index) {
    let top = index * this.height();
    for (const [which, extra] of this.extras) if (which < index) top += extra;
    return top;
  }

  index(top) {
    const height = this.height();
    let index = Math.floor(top / height);
    for (const [which, extra] of [...this.extras].sort((a, b) => a[0] - b[0])) {
      if (which * height >= top) break;
      top -= Math.min(extra, Math.max(0, top - (which + 1) * height));
      index = Math.floor(top / height);
    }
    return Math.max(0, Math.min(this.count - 1, index));
  }

  // There are `count` rows now; those that are made already stay.
  resize(count) {
    this.count = count;
    this.draw();
  }

  // Every row may have changed, or every one from `first` to `last`.
  renew(first = 0, last = Infinity) {
    for (const index of [...this.made.keys()]) if (index >= first && index <= last) this.#drop(index);
    this.draw();
  }

  change(index) {
    this.#drop(index);
    this.draw();
  }

  #drop(index) {
    if (index === this.pressed) { this.stale = true; return; }
    this.made.get(index)?.remove();
    this.made.delete(index);
  }

  #holding(element) {
    for (const [index, row] of this.made) if (row.contains(element)) return index;
    return -1;
  }

  #released() {
    const { pressed, stale } = this;
    this.pressed = -1;
    this.stale = false;
    if (stale) this.change(pressed);
  }

  unfold(index, extra) {
    if (extra) this.extras.set(index, extra);
    else this.extras.delete(index);
    this.change(index);
  }

  goTo(top) {
    this.at = Math.max(0, Math.min(top, this.total - this.box.clientHeight));
    this.#place();
    this.draw();
  }

  show(index) {
    const top = this.top(index);
    const bottom = top + this.height() + (this.extras.get(index) ?? 0);
    if (top < this.at) this.goTo(top);
    else if (bottom > this.at + this.box.clientHeight) this.goTo(Math.min(top, bottom - this.box.clientHeight));
  }

  #place() {
    const room = this.total - this.box.clientHeight;
    const wanted = this.#scaled ? (this.at / room) * (this.#tall - this.box.clientHeight) : this.at;
    if (Math.abs(this.box.scrollTop - wanted) >= 1) {
      this.placed = true;
      this.box.scrollTop = wanted;
    }
  }

  #scrolled() {
    if (this.placed) this.placed = false;
    else if (this.#scaled) {
      const share = this.box.scrollTop / (this.#tall - this.box.clientHeight);
      this.at = share * (this.total - this.box.clientHeight);
    } else this.at = this.box.scrollTop;
    this.draw();
  }

  #turned(event) {
    if (!this.#scaled || event.ctrlKey) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? this.height() : event.deltaMode === 2 ? this.box.clientHeight : 1;
    this.goTo(this.at + event.deltaY * unit);
  }

  draw() {
    this.sizer.style.height = `${this.#tall}px`;
    if (!this.count) {
      for (const element of this.made.values()) element.remove();
      this.made.clear();
      return;
    }
    const view = this.box.clientHeight;
    this.at = Math.max(0, Math.min(this.at, this.total - view));
    const first = Math.max(0, this.index(this.at) - BEYOND);
    const last = Math.min(this.count - 1, this.index(this.at + view) + BEYOND);
    for (const [index, element] of this.made) {
      if (index < first || index > last) { element.remove(); this.made.delete(index); }
    }
    const shift = this.#scaled ? this.box.scrollTop - this.at : 0;
    let top = this.top(first);
    for (let index = first; index <= last; index += 1) {
      const height = this.height() + (this.extras.get(index) ?? 0);
      const element = this.made.get(index) ?? this.#begin(index);
      element.style.transform = `translateY(${top + shift}px)`;
      element.style.height = `${height}px`;
      top += height;
    }
    this.seen(first, last);
  }

  #begin(index) {
    const element = this.make(index);
    element.style.cssText += ";position:absolute;left:0;right:0;top:0;contain:layout style";
    this.made.set(index, element);
    this.sizer.append(element);
    return element;
  }
}
