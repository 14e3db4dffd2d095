/** One camera live: directly by WebRTC and, while that cannot be had, delayed by HLS. */

import { DelayedPicture } from "./live_hls.js";
import { afterDelayed, afterDirect, afterEnding, afterTry, DIRECT, shownOf, waitAfter } from "./live_tier.js";
import { Turns } from "./live_turns.js";
import { WhepPlayer } from "./whep.js";

const COVERED_MS = 300; // the delayed picture stays over the direct one's first for no longer
const turns = new Turns(700); // nine tiles of a wall fail together

export class LivePlayer {
  /**
   * As `WhepPlayer`, whose states it passes on. While the delayed picture is shown they are those of
   * that one: `delayed`, or `stalled`, with `about_s`, the delay to tell, and its `frame_age_s`.
   */
  constructor(video, ticketUrl, onState) {
    this.video = video;
    this.onState = onState;
    this.tier = DIRECT;
    this.pictures = []; // delayed ones: one, and its successor until that has a picture
    this.delayed = null; // what it said last
    this.ticket = null;
    this.isWaiting = false;
    this.direct = new WhepPlayer(video, ticketUrl, (state) => this.#toldDirect(state), (tried) => this.#tried(tried));
  }

  start() {
    this.direct.start();
  }

  stop() {
    this.direct.stop();
  }

  #toldDirect(state) {
    this.state = state;
    if (state.phase === "playing") this.tier = afterDirect();
    if (state.phase === "stopped") {
      this.tier = DIRECT;
      this.#endDelayed();
    }
    this.#tell();
    if (state.phase === "playing" && this.pictures.length) this.#uncover();
  }

  /** A try is over: how long to the next one, where this is not the player's own matter. */
  #tried(tried) {
    this.tier = afterTry(this.tier, tried, performance.now());
    if (!this.tier.isDelayed) this.#endDelayed();
    else if (tried.ticket?.hls_url) this.#wantDelayed(tried.ticket);
    return waitAfter(this.tier, tried.retry_ms, Math.random());
  }

  /** Paths are of their hour: a new one is gone over to while the old one still plays. */
  async #wantDelayed(ticket) {
    this.ticket = ticket;
    if (this.isWaiting) return;
    this.isWaiting = true;
    await untilVisible();
    await pause(turns.take(performance.now()));
    this.isWaiting = false;
    if (this.tier.isDelayed && this.pictures.at(-1)?.url !== this.ticket.hls_url) this.#begin();
  }

  #begin() {
    const below = this.pictures.at(-1)?.video ?? this.video;
    const picture = new DelayedPicture(below, this.ticket, (told) => this.#toldDelayed(picture, told));
    this.pictures.push(picture);
    picture.start();
  }

  #toldDelayed(picture, told) {
    if (told === null) return this.#lose(picture);
    while (this.pictures[0] !== picture) this.pictures.shift().end();
    this.tier = afterDelayed(this.tier);
    this.delayed = told;
    return this.#tell();
  }

  #lose(picture) {
    this.pictures = this.pictures.filter((one) => one !== picture);
    if (this.pictures.length) return;
    this.delayed = null;
    this.tier = afterEnding(this.tier, performance.now());
    this.#tell();
    this.direct.hurry(); // now somebody waits for it
  }

  /** The direct picture lies below and has begun: the delayed one goes when that one is seen. */
  #uncover() {
    const end = () => { if (!this.tier.isDelayed) this.#endDelayed(); };
    this.video.requestVideoFrameCallback(() => requestAnimationFrame(end));
    setTimeout(end, COVERED_MS);
  }

  #endDelayed() {
    for (const picture of this.pictures.splice(0)) picture.end();
    this.delayed = null;
  }

  #tell() {
    this.onState(shownOf(this.state, this.delayed));
  }
}

function pause(delay_ms) {
  return new Promise((resolve) => { setTimeout(resolve, delay_ms); });
}

/** A page that nobody sees fetches nothing for its looks. */
function untilVisible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => { document.addEventListener("visibilitychange", resolve, { once: true }); });
}
