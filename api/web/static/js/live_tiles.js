/** Live pictures on the first tiles that are on screen; the others keep their stills. */

import { LivePlayer } from "./live_player.js";
import { labelOf, oldAfter_s } from "./live_words.js";

const MOST = 9; // pictures that an old control room's computer still decodes at once
const SETTLED_MS = 400; // a wall that is scrolled past begins nothing

export class LiveTiles {
  constructor() {
    this.players = new Map(); // cameraId -> {player, tile}
    this.wanted = new Map();
    this.timer = null;
  }

  /** Show these live, as far as there is room, and no others. `wanted` is [[cameraId, tile], …]. */
  want(wanted) {
    const before = [...this.wanted.keys()].join();
    this.wanted = new Map(wanted.slice(0, MOST));
    for (const id of [...this.players.keys()]) {
      if (this.players.get(id).tile !== this.wanted.get(id)) this.#end(id);
    }
    if ([...this.wanted.keys()].join() === before) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#beginAll(), SETTLED_MS);
  }

  #beginAll() {
    for (const [id, tile] of this.wanted) if (!this.players.has(id)) this.#begin(id, tile);
  }

  #begin(id, tile) {
    const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true, hidden: true });
    const label = Object.assign(document.createElement("span"), { className: "label" });
    tile.querySelector(".age").before(video, label); // the age stays on top
    const player = new LivePlayer(video, `/api/v1/cameras/${id}/live`, (state) => this.#tell(tile, video, label, state));
    this.players.set(id, { player, tile, video, label });
    player.start();
  }

  #end(id) {
    const { player, tile, video, label } = this.players.get(id);
    this.players.delete(id);
    player.stop();
    video.remove();
    label.remove();
    delete tile.dataset.live;
    delete tile.dataset.oldAfter;
  }

  #tell(tile, video, label, state) {
    const { text, isWhole, isLess } = labelOf({ ...state, bitrate_bps: null });
    if (state.phase === "playing") video.hidden = false;
    label.classList.toggle("is-live", isWhole);
    if (label.textContent !== text) label.textContent = text;
    label.classList.toggle("is-thinned", isLess);
    tile.dataset.oldAfter = oldAfter_s(state);
    if (state.frame_age_s === null) return;
    const taken_ms = Date.now() - state.frame_age_s * 1000 - (performance.now() - state.at_ms);
    tile.dataset.live = Math.round(taken_ms);
  }
}
