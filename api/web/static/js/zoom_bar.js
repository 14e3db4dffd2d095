/** The bar of the day, from the whole day down to seconds. */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000;
const HEIGHT = 32;
const SHORTEST_MS = 20_000;
const STEPS_MS = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800].map((seconds) => seconds * 1000);
const LABELS = 8;

export class ZoomBar {
  /** `spans` are `{start_ms, end_ms, state}`; a click calls `pick(ms)`, a move `hover(ms | null)`. */

  constructor(root, day, spans, { zone, pick, hover }) {
    this.root = root;
    this.day = day;
    this.spans = spans;
    this.zone = zone;
    this.pick = pick;
    this.hover = hover;
    this.view = { ...day };
    this.at_ms = null;
    this.marks = { in_ms: null, out_ms: null };
    this.#build();
    this.#listen();
    this.draw();
  }

  /** Show a stretch; it is kept inside the day and not shorter than some seconds. */
  look(start_ms, end_ms) {
    const whole = this.day.end_ms - this.day.start_ms;
    const length = Math.min(Math.max(end_ms - start_ms, SHORTEST_MS), whole);
    const start = Math.min(Math.max(start_ms, this.day.start_ms), this.day.end_ms - length);
    this.view = { start_ms: start, end_ms: start + length };
    this.draw();
  }

  zoom(factor, around_ms = this.at_ms ?? (this.view.start_ms + this.view.end_ms) / 2) {
    const { start_ms, end_ms } = this.view;
    this.look(around_ms - (around_ms - start_ms) * factor, around_ms + (end_ms - around_ms) * factor);
  }

  setPlace(at_ms) {
    this.at_ms = at_ms;
    this.#drawPlace();
  }

  setMarks(marks) {
    this.marks = marks;
    this.#drawMarks();
  }

  draw() {
    const pieces = this.spans.filter((one) => one.end_ms > this.view.start_ms && one.start_ms < this.view.end_ms);
    this.pieces.replaceChildren(...pieces.map((one) => this.#piece(one)));
    this.#drawTicks();
    this.#drawPlace();
    this.#drawMarks();
  }

  #x(ms) {
    return ((ms - this.view.start_ms) / (this.view.end_ms - this.view.start_ms)) * WIDTH;
  }

  #msAt(event) {
    const box = this.svg.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    return this.view.start_ms + share * (this.view.end_ms - this.view.start_ms);
  }

  #build() {
    this.svg = this.root.querySelector(".day-bar svg");
    for (const rect of this.svg.querySelectorAll(":scope > rect")) rect.remove();
    this.root.querySelector(".scale")?.remove();
    this.root.querySelector(".hours")?.remove();
    this.pieces = this.svg.appendChild(document.createElementNS(SVG, "g"));
    this.marked = this.svg.appendChild(document.createElementNS(SVG, "rect"));
    this.marked.setAttribute("class", "marked");
    this.playhead = this.svg.appendChild(document.createElementNS(SVG, "line"));
    this.playhead.setAttribute("class", "playhead");
    this.ticks = this.root.querySelector(".day-bar").appendChild(document.createElement("div"));
    this.ticks.className = "ticks";
  }

  #piece({ start_ms, end_ms, state }) {
    const rect = document.createElementNS(SVG, "rect");
    const from = Math.max(0, this.#x(start_ms));
    const to = Math.min(WIDTH, this.#x(end_ms));
    // A gap of a second must be seen in the bar of a day.
    const width = state === "gap" ? Math.max(to - from, 2) : Math.max(to - from, 0);
    const fill = { gap: "url(#hatch-day)", on_device: "url(#rows-day)", unknown: "url(#dots-day)" }[state];
    rect.setAttribute("class", `is-${state}`);
    rect.setAttribute("x", from.toFixed(2));
    rect.setAttribute("width", width.toFixed(2));
    rect.setAttribute("height", HEIGHT);
    if (fill) rect.setAttribute("fill", fill);
    return rect;
  }

  #drawTicks() {
    const length = this.view.end_ms - this.view.start_ms;
    const step = STEPS_MS.find((one) => length / one <= LABELS) ?? STEPS_MS.at(-1);
    const labels = [];
    // Counted from midnight of the zone, so that full hours stay full where the offset is odd.
    const first = Math.ceil((this.view.start_ms - this.day.start_ms) / step) * step + this.day.start_ms;
    for (let ms = first; ms <= this.view.end_ms; ms += step) {
      const share = this.#x(ms) / WIDTH;
      if (share < 0.02 || share > 0.98) continue;
      const label = document.createElement("span");
      label.textContent = this.#clock(ms, step < 60_000);
      label.style.left = `${share * 100}%`;
      labels.push(label);
    }
    this.ticks.replaceChildren(...labels);
  }

  #clock(ms, hasSeconds) {
    const text = new Date(ms).toLocaleTimeString("en-GB", { timeZone: this.zone });
    return hasSeconds ? text : text.slice(0, 5);
  }

  #drawPlace() {
    this.playhead.toggleAttribute("hidden", this.at_ms === null);
    if (this.at_ms === null) return;
    const x = this.#x(this.at_ms).toFixed(2);
    for (const [name, value] of [["x1", x], ["x2", x], ["y1", 0], ["y2", HEIGHT]]) {
      this.playhead.setAttribute(name, value);
    }
    this.root.setAttribute("aria-valuenow", Math.round((this.at_ms - this.day.start_ms) / 1000));
    this.root.setAttribute("aria-valuetext", this.#clock(this.at_ms, true));
  }

  #drawMarks() {
    const { in_ms, out_ms } = this.marks;
    const isSet = in_ms !== null;
    this.marked.style.display = isSet ? "" : "none";
    if (!isSet) return;
    const from = this.#x(in_ms);
    this.marked.setAttribute("x", from.toFixed(2));
    this.marked.setAttribute("width", Math.max((out_ms === null ? from + 1 : this.#x(out_ms)) - from, 1).toFixed(2));
    this.marked.setAttribute("height", HEIGHT);
  }

  #listen() {
    let grip = null;
    this.root.addEventListener("pointerdown", (event) => {
      grip = { x: event.clientX, view: { ...this.view }, hasMoved: false };
      this.root.setPointerCapture(event.pointerId);
    });
    this.root.addEventListener("pointermove", (event) => {
      this.hover(this.#msAt(event));
      if (!grip || Math.abs(event.clientX - grip.x) < 4) return;
      grip.hasMoved = true;
      const width = this.svg.getBoundingClientRect().width;
      const shift = ((grip.x - event.clientX) / width) * (grip.view.end_ms - grip.view.start_ms);
      this.look(grip.view.start_ms + shift, grip.view.end_ms + shift);
    });
    this.root.addEventListener("pointerup", (event) => {
      if (grip && !grip.hasMoved) this.pick(this.#msAt(event));
      grip = null;
    });
    this.root.addEventListener("pointerleave", () => this.hover(null));
    this.root.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.#msAt(event));
    }, { passive: false });
  }
}
