/** The delayed picture of one camera: live HLS, in a video of its own above the direct one's. */

import { about_s, holdBack_s, isYoung, newestOf, standingOf } from "./live_delay.js";

const PLAYER = "/static/web/vendor/hls.light.min.js"; // fetched by those who need it
const LOOK_MS = 500;
const FIRST_FRAME_WITHIN_MS = 30_000;
const SETTINGS = {
  autoStartLoad: false, // its place is chosen by the lengths of its segments
  maxBufferLength: 30,
  maxMaxBufferLength: 60,
  backBufferLength: 10,
  enableWorker: false, // CMAF goes to the decoder as it is
};

export class DelayedPicture {
  /**
   * Plays a ticket's `hls_url` over `below`, hidden until its first picture. `onTold` gets
   * `{phase, about_s, delay_s, at_ms}` twice a second from then on, with `delayed` or `stalled` for
   * a phase; and null, once, when it is over by itself: nothing young enough, or nothing at all.
   */
  constructor(below, { hls_url: url, serverAhead_ms }, onTold) {
    this.url = url;
    this.serverAhead_ms = serverAhead_ms;
    this.onTold = onTold;
    this.hls = null;
    this.newest = null;
    this.said_s = null;
    this.place_s = 0;
    this.movedAt_ms = performance.now();
    this.begunAt_ms = performance.now();
    this.isEnded = false;
    this.video = Object.assign(document.createElement("video"), { muted: true, playsInline: true, hidden: true });
    below.after(this.video);
    this.timer = setInterval(() => this.#look(), LOOK_MS);
  }

  async start() {
    try {
      const { default: Hls } = await import(PLAYER);
      if (this.isEnded) return;
      if (Hls.isSupported()) this.#load(Hls);
      else this.#over("not supported");
    } catch (error) {
      this.#over(error);
    }
  }

  /** Take it away. */
  end() {
    this.isEnded = true;
    clearInterval(this.timer);
    this.hls?.destroy();
    this.video.remove();
  }

  #load(Hls) {
    const hls = new Hls(SETTINGS);
    this.hls = hls;
    hls.on(Hls.Events.LEVEL_LOADED, (_name, { details }) => this.#listed(details.fragments));
    hls.on(Hls.Events.ERROR, (_name, data) => { if (data.fatal) this.#over(data.details); });
    hls.attachMedia(this.video);
    hls.loadSource(this.url);
  }

  #listed(fragments) {
    const isFirst = this.newest === null;
    this.newest = newestOf(fragments);
    if (!isYoung(this.newest, this.#now_ms)) return this.#over("its newest footage is old");
    if (!isFirst) return undefined;
    this.hls.targetLatency = holdBack_s(this.newest);
    this.hls.startLoad();
    return this.video.play().catch(() => {}); // refused only where sound is wanted: there is none
  }

  get #now_ms() {
    return Date.now() + this.serverAhead_ms;
  }

  #look() {
    const at_ms = performance.now();
    const shown = this.hls?.playingDate;
    const isReady = shown && this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    if (this.video.hidden && !isReady) {
      if (at_ms - this.begunAt_ms > FIRST_FRAME_WITHIN_MS) this.#over("no picture in time");
      return;
    }
    // A hidden page is given no pictures: that is no stall.
    if (this.video.currentTime !== this.place_s || document.hidden) this.movedAt_ms = at_ms;
    this.place_s = this.video.currentTime;
    const phase = standingOf(this.newest, this.#now_ms, at_ms - this.movedAt_ms);
    if (phase === "over") this.#over("it stands still, or its newest footage is old");
    else if (shown) this.#tell(phase, (this.#now_ms - shown.getTime()) / 1000, at_ms);
  }

  #tell(phase, delay_s, at_ms) {
    this.said_s = about_s(delay_s, this.said_s);
    this.video.hidden = false; // never without the words that it is late
    this.onTold({ phase, about_s: this.said_s, delay_s, at_ms });
  }

  #over(reason) {
    if (this.isEnded) return;
    console.warn("delayed live:", reason);
    this.end();
    this.onTold(null);
  }
}
