/** Plays the archive of one camera by instants, not by seconds of a file. */

import Hls from "/static/web/vendor/hls.light.min.js";

const WINDOW_MS = 3600_000; // one playlist; the next is loaded when it ends
const LEAD_MS = 1000;

export class Film {
  /** `bounds()` gives the day's `{start_ms, end_ms}`; fires `moved`, `failed`, `ended`, `state`. */

  constructor(video, cameraId, bounds) {
    this.video = video;
    this.cameraId = cameraId;
    this.bounds = bounds;
    this.events = new EventTarget();
    this.hls = null;
    this.fragments = [];
    this.window = null;
    this.wanted_ms = null;
    this.hasStarted = false;
    this.missed_ms = null;
    this.frame_s = 0.04;
    this.rate = 1;
    for (const name of ["play", "pause"]) video.addEventListener(name, () => this.#tell("state"));
    video.addEventListener("seeked", () => this.#tell("moved"));
    video.addEventListener("canplay", () => {
      video.closest(".picture")?.classList.add("is-playing");
      this.#tell("moved");
      if (this.missed_ms !== null) this.#seek(this.missed_ms);
    });
    video.addEventListener("ended", () => this.#goOn());
    this.#watchFrames();
  }

  /** The instant on screen, in ms since the epoch; null before the first frame. */
  get at_ms() {
    if (this.video.readyState === 0) return this.wanted_ms;
    const fragment = this.#fragmentOf(this.video.currentTime);
    if (!fragment) return this.wanted_ms;
    return fragment.programDateTime + (this.video.currentTime - fragment.start) * 1000;
  }

  get isPlaying() {
    return !this.video.paused;
  }

  /** Show an instant; what was not recorded there is skipped to what comes next. */
  show(at_ms, { play = this.isPlaying } = {}) {
    this.wanted_ms = at_ms;
    this.playWhenReady = play;
    if (this.window && at_ms >= this.window.start_ms && at_ms < this.window.end_ms && this.fragments.length) {
      this.#seek(at_ms);
    } else {
      this.#load(at_ms);
    }
  }

  async toggle() {
    if (!this.hls) return;
    if (this.video.paused) await this.video.play().catch(() => {});
    else this.video.pause();
  }

  step(frames) {
    this.video.pause();
    this.video.currentTime = Math.max(0, this.video.currentTime + frames * this.frame_s);
  }

  setRate(rate) {
    this.rate = rate;
    this.video.playbackRate = rate;
  }

  stop() {
    this.hls?.destroy();
    this.hls = null;
    this.fragments = [];
    this.window = null;
  }

  #load(at_ms) {
    this.stop();
    const { end_ms } = this.bounds();
    const until_ms = Math.min(at_ms + WINDOW_MS, end_ms);
    const from_ms = at_ms - LEAD_MS;
    this.window = { start_ms: from_ms, end_ms: until_ms };
    [this.hasStarted, this.missed_ms] = [false, null];
    const query = new URLSearchParams({
      start: new Date(from_ms).toISOString(), end: new Date(until_ms).toISOString(),
    });
    const hls = new Hls({ maxBufferLength: 20, backBufferLength: 30, startPosition: 0, autoStartLoad: false });
    this.hls = hls;
    hls.on(Hls.Events.LEVEL_LOADED, (_name, data) => this.#loaded(data.details.fragments));
    hls.on(Hls.Events.ERROR, (_name, data) => { if (data.fatal) this.#failed(data); });
    hls.attachMedia(this.video);
    hls.loadSource(`/api/v1/cameras/${this.cameraId}/playlist.m3u8?${query}`);
  }

  #loaded(fragments) {
    this.fragments = fragments.filter((one) => !one.gap);
    if (this.wanted_ms !== null) this.#seek(this.wanted_ms);
  }

  #seek(at_ms) {
    const inside = this.fragments.find((one) => at_ms < one.programDateTime + one.duration * 1000);
    if (!inside) return this.#tell("ended");
    this.missed_ms = null;
    const into_s = Math.max(0, (at_ms - inside.programDateTime) / 1000);
    const target_s = inside.start + into_s + 0.001;
    // Started once: a second start while the first is under way leaves hls.js waiting for ever.
    if (!this.hasStarted) this.hls.startLoad(target_s);
    else if (this.video.readyState === 0) this.missed_ms = at_ms; // hls.js would go to its first place
    else this.video.currentTime = target_s;
    this.hasStarted = true;
    this.video.playbackRate = this.rate;
    if (this.playWhenReady) this.video.play().catch(() => {});
    this.#tell("moved");
    return undefined;
  }

  #goOn() {
    if (!this.window) return;
    const next_ms = this.window.end_ms;
    if (next_ms < this.bounds().end_ms - 1000) this.show(next_ms, { play: true });
    else this.#tell("ended");
  }

  #failed(data) {
    this.stop();
    this.events.dispatchEvent(new CustomEvent("failed", { detail: data.response?.code ?? 0 }));
  }

  #fragmentOf(time_s) {
    return this.fragments.find((one) => time_s >= one.start - 0.05 && time_s < one.start + one.duration);
  }

  #watchFrames() {
    let last_s = null;
    const seen = (_now, frame) => {
      const step_s = frame.mediaTime - (last_s ?? frame.mediaTime);
      if (step_s > 0.005 && step_s < 0.5 && this.rate <= 1) this.frame_s = step_s;
      last_s = frame.mediaTime;
      this.#tell("moved");
      this.video.requestVideoFrameCallback(seen);
    };
    this.video.requestVideoFrameCallback?.(seen);
  }

  #tell(name) {
    this.events.dispatchEvent(new CustomEvent(name));
  }
}
