/** Thousands of cameras as tiles, of which only those on screen exist. */

import { LiveTiles } from "./live_tiles.js";
import { Stills } from "./stills.js";
import { duration, word } from "./words.js";

const OLD_AFTER_S = 10;
const GAP = 8;
const EDGE = 12;
const WIDTHS = { s: 148, m: 232, l: 400, live: 400 };
const TEXT_HEIGHT = { s: 70, m: 70, l: 70, live: 70 };
const OVERSCAN_ROWS = 1;

export class Tiles {
  /** `items` are `{camera, station, tone, cause}` in order; a click or Enter calls `open(cameraId)`. */

  constructor(root, icons, { open, hrefOf }) {
    this.root = root;
    this.icons = icons;
    this.open = open;
    this.hrefOf = hrefOf;
    this.size = "m";
    this.items = [];
    this.chosen = null;
    this.onScreen = new Map();
    this.showsPictures = root.dataset.pictures === "yes";
    this.template = document.getElementById("tile-template").content.firstElementChild;
    this.floor = Object.assign(document.createElement("div"), { className: "floor" });
    this.floor.setAttribute("role", "presentation");
    this.stills = this.showsPictures ? new Stills((id, still) => this.#showStill(id, still)) : null;
    this.live = root.dataset.live === "yes" ? new LiveTiles() : null;
    this.pending = false;
    this.isStarted = false;
  }

  /** Take over from the tiles that came with the page; until then those stay. */
  start() {
    this.isStarted = true;
    this.root.replaceChildren(this.floor);
    this.root.classList.add("is-virtual");
    this.root.addEventListener("scroll", () => this.#later(), { passive: true });
    new ResizeObserver(() => this.#later()).observe(this.root);
    this.root.addEventListener("click", (event) => this.#clicked(event));
    this.root.addEventListener("focusin", (event) => {
      const tile = event.target.closest(".tile");
      if (tile) this.chosen = tile.dataset.camera;
    });
    setInterval(() => this.#tellAges(), 1000);
  }

  setSize(size) {
    this.root.classList.replace(`size-${this.size}`, `size-${size}`);
    this.size = size;
    this.#later();
  }

  setItems(items) {
    this.items = items;
    this.#later();
  }

  /** Move the choice by whole tiles; `focus` brings it on screen and under the keyboard. */
  move(columns, rows) {
    const at = this.items.findIndex((item) => item.camera.id === this.chosen);
    const step = columns + rows * this.#shape().columns;
    const to = at < 0 ? 0 : Math.min(Math.max(at + step, 0), this.items.length - 1);
    if (this.items[to]) this.choose(this.items[to].camera.id);
  }

  choose(cameraId) {
    const at = this.items.findIndex((item) => item.camera.id === cameraId);
    if (at < 0) return;
    this.chosen = cameraId;
    const { columns, rowHeight } = this.#shape();
    const top = EDGE + Math.floor(at / columns) * rowHeight;
    const view = this.root;
    if (top < view.scrollTop) view.scrollTop = top - EDGE;
    else if (top + rowHeight > view.scrollTop + view.clientHeight) {
      view.scrollTop = top + rowHeight + EDGE - view.clientHeight;
    }
    this.#draw();
    this.onScreen.get(cameraId)?.focus({ preventScroll: true });
  }

  #shape() {
    const width = this.root.clientWidth - 2 * EDGE;
    const columns = Math.max(1, Math.floor((width + GAP) / (WIDTHS[this.size] + GAP)));
    const tileWidth = Math.floor((width - (columns - 1) * GAP) / columns);
    const pictureHeight = this.showsPictures ? Math.round((tileWidth * 9) / 16) : 0;
    const tileHeight = pictureHeight + TEXT_HEIGHT[this.size];
    return { columns, tileWidth, tileHeight, rowHeight: tileHeight + GAP };
  }

  #later() {
    if (this.pending || !this.isStarted) return;
    this.pending = true;
    requestAnimationFrame(() => { this.pending = false; this.#draw(); });
  }

  #draw() {
    const shape = this.#shape();
    const rows = Math.ceil(this.items.length / shape.columns);
    this.floor.style.height = `${rows * shape.rowHeight + 2 * EDGE}px`;
    const first = Math.max(0, Math.floor(this.root.scrollTop / shape.rowHeight) - OVERSCAN_ROWS);
    const last = Math.ceil((this.root.scrollTop + this.root.clientHeight) / shape.rowHeight) + OVERSCAN_ROWS;
    const from = first * shape.columns;
    const visible = this.items.slice(from, last * shape.columns);
    this.#dropOthers(new Set(visible.map((item) => item.camera.id)));
    visible.forEach((item, place) => this.#place(item, from + place, shape));
    // Of a camera without a still none is asked for: the centre wishes for its first one by itself.
    this.stills?.want(visible.filter((item) => item.camera.still_age_s !== null).map((item) => item.camera.id));
    this.#wantLive(visible);
    this.#drawEmpty();
  }

  #wantLive(visible) {
    const isOn = this.size === "live";
    const cameras = isOn ? visible.filter(({ station }) => station.mode === "online" && station.live !== "never") : [];
    this.live?.want(cameras.map(({ camera }) => [camera.id, this.onScreen.get(camera.id)]));
  }

  #drawEmpty() {
    this.floor.querySelector(".empty")?.remove();
    if (this.items.length) return;
    const text = document.createElement("p");
    text.className = "empty";
    text.setAttribute("role", "listitem");
    text.textContent = word("wall.nothing");
    this.floor.append(text);
    this.floor.style.height = "100%";
  }

  #dropOthers(kept) {
    for (const [id, tile] of this.onScreen) {
      if (kept.has(id) || tile.contains(document.activeElement)) continue;
      this.onScreen.delete(id);
      tile.remove();
    }
  }

  #place(item, index, shape) {
    const id = item.camera.id;
    let tile = this.onScreen.get(id);
    if (!tile) {
      tile = this.template.cloneNode(true);
      tile.dataset.camera = id;
      this.onScreen.set(id, tile);
      this.floor.append(tile);
    }
    const x = EDGE + (index % shape.columns) * (shape.tileWidth + GAP);
    const y = EDGE + Math.floor(index / shape.columns) * shape.rowHeight;
    tile.style.transform = `translate(${x}px, ${y}px)`;
    tile.style.width = `${shape.tileWidth}px`;
    tile.style.height = `${shape.tileHeight}px`;
    tile.setAttribute("aria-posinset", index + 1);
    tile.setAttribute("aria-setsize", this.items.length);
    tile.tabIndex = id === (this.chosen ?? this.items[0].camera.id) ? 0 : -1;
    this.#fill(tile, item);
  }

  #fill(tile, { station, camera, cause, tone }) {
    const href = this.hrefOf(camera.id); // of those on screen alone: making thousands is slow
    const mark = `${camera.still_age_s === null}|${tone}|${cause}|${station.number}|${station.name}|${camera.position}|${href}`;
    if (tile.dataset.mark === mark) return;
    tile.dataset.mark = mark;
    tile.className = `tile tone-${tone}`;
    tile.href = href;
    tile.querySelector("strong").textContent = `${station.number} · ${word("camera.title", { n: camera.position })}`;
    tile.querySelector(".place").textContent = station.name;
    tile.querySelector(".state").className = `state tone-${tone}`;
    tile.querySelector(".state use").setAttribute("href", `${this.icons}#${tone}`);
    tile.querySelector(".state span").textContent = cause ? word(`reason.${cause}`) : word(`status.${camera.status}`);
    tile.classList.toggle("is-waiting", camera.still_age_s !== null && !tile.dataset.taken);
    if (!tile.dataset.taken) tile.querySelector(".age").textContent = camera.still_age_s === null ? word("tile.no_picture") : "";
  }

  #showStill(id, { url, taken_ms }) {
    const tile = this.onScreen.get(id);
    if (!tile) return;
    const image = tile.querySelector("img");
    tile.dataset.taken = taken_ms;
    tile.classList.remove("is-waiting");
    if (image.src !== url) image.src = url;
    image.hidden = false;
    this.#tellAge(tile);
  }

  #tellAges() {
    for (const tile of this.onScreen.values()) this.#tellAge(tile);
  }

  #tellAge(tile) {
    const taken_ms = Number(tile.dataset.live ?? tile.dataset.taken);
    if (!taken_ms) return;
    const age_s = (Date.now() - taken_ms) / 1000;
    tile.querySelector(".picture").classList.toggle("is-old", age_s > Number(tile.dataset.oldAfter ?? OLD_AFTER_S));
    const text = word("tile.age", { age: duration(age_s) });
    const label = tile.querySelector(".age");
    if (label.textContent !== text) label.textContent = text;
  }

  #clicked(event) {
    const tile = event.target.closest(".tile");
    if (!tile || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.open(tile.dataset.camera);
  }
}
