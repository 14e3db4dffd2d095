/** A still of the archive beside the pointer: the picture that a segment begins with. */

import { clockTime } from "./words.js";

const PAUSE_MS = 120; // the pointer rests
const HOUR_MS = 3600_000; // one playlist: a hover is not a look of its own
const HEAD_BYTES = 512 * 1024; // a keyframe and more; players take what is cut off behind it
const INITS = 8;
const VISIBLE_MS = 5000;

export class HoverStill {
  constructor(figure, cameraId, zone) {
    this.figure = figure;
    this.video = figure.querySelector("video");
    this.cameraId = cameraId;
    this.zone = zone;
    this.playlists = new Map();
    this.inits = new Map();
    this.shown = null;
    this.timer = 0;
    this.fetching = new AbortController();
  }

  /** Show the picture of an instant, `share` of the way along the bar, once the pointer rests. */
  show(at_ms, share) {
    clearTimeout(this.timer);
    this.figure.style.setProperty("--share", share.toFixed(4));
    this.timer = setTimeout(() => this.#load(at_ms).catch((error) => this.#failed(error)), PAUSE_MS);
  }

  hide() {
    clearTimeout(this.timer);
    this.fetching.abort();
    this.figure.hidden = true;
    this.shown = null;
  }

  #failed(error) {
    if (error.name !== "AbortError") this.hide(); // else another place is already being loaded
  }

  async #load(at_ms) {
    this.fetching.abort();
    this.fetching = new AbortController();
    const { signal } = this.fetching;
    const hour_ms = Math.floor(at_ms / HOUR_MS) * HOUR_MS;
    const segments = await this.#segments(hour_ms);
    const segment = segments.find((one) => at_ms >= one.start_ms && at_ms < one.end_ms);
    if (signal.aborted) return;
    if (!segment) return this.hide();
    if (this.shown === segment.uri) return;
    const [init, head] = await Promise.all([this.#init(segment.map), this.#bytes(segment.uri, signal, HEAD_BYTES)]);
    if (signal.aborted) return;
    await this.#paint(init, head, signal);
    if (signal.aborted) return;
    this.shown = segment.uri;
    this.figure.querySelector("figcaption").textContent = clockTime(segment.start_ms, this.zone);
    this.figure.hidden = false;
  }

  /** The hour's playlist, asked for once; the newest hour still grows and is not kept. */
  #segments(hour_ms) {
    const known = this.playlists.get(hour_ms);
    if (known && (known.isWhole || Date.now() - known.at_ms < VISIBLE_MS)) return known.segments;
    const range = { start: new Date(hour_ms).toISOString(), end: new Date(hour_ms + HOUR_MS).toISOString() };
    const segments = fetch(`/api/v1/cameras/${this.cameraId}/playlist.m3u8?${new URLSearchParams(range)}`)
      .then(async (answer) => (answer.ok ? segmentsOf(await answer.text()) : []));
    this.playlists.set(hour_ms, { segments, at_ms: Date.now(), isWhole: hour_ms + 2 * HOUR_MS < Date.now() });
    return segments;
  }

  #init(uri) {
    if (!this.inits.has(uri)) {
      if (this.inits.size >= INITS) this.inits.delete(this.inits.keys().next().value);
      this.inits.set(uri, this.#bytes(uri));
    }
    return this.inits.get(uri);
  }

  async #bytes(uri, signal, most) {
    const headers = most ? { Range: `bytes=0-${most - 1}` } : {};
    const answer = await fetch(uri, { signal, headers });
    if (!answer.ok) throw new Error(`${uri}: ${answer.status}`);
    return answer.arrayBuffer();
  }

  async #paint(init, head, signal) {
    const source = new MediaSource();
    const url = URL.createObjectURL(source);
    const loaded = once(this.video, "loadeddata", signal);
    this.video.src = url;
    await once(source, "sourceopen", signal);
    URL.revokeObjectURL(url);
    const buffer = source.addSourceBuffer(`video/mp4; codecs="${codecOf(init)}"`);
    for (const data of [init, head]) {
      const taken = once(buffer, "updateend", signal);
      buffer.appendBuffer(data);
      await taken;
    }
    // The run's clock began long before this segment.
    this.video.currentTime = buffer.buffered.start(0);
    await loaded;
  }
}

/** The playable segments of a playlist as pollcam writes them. */
export function segmentsOf(text) {
  const found = [];
  let [map, start_ms, isGap, length_ms] = [null, 0, false, 0];
  for (const line of text.split("\n")) {
    if (line.startsWith("#EXT-X-MAP:")) map = line.match(/URI="([^"]+)"/)[1];
    else if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) start_ms = Date.parse(line.slice(25));
    else if (line.startsWith("#EXT-X-GAP")) isGap = true;
    else if (line.startsWith("#EXTINF:")) length_ms = 1000 * Number.parseFloat(line.slice(8));
    else if (line && !line.startsWith("#")) {
      if (!isGap) found.push({ uri: line, map, start_ms, end_ms: start_ms + length_ms });
      isGap = false;
    }
  }
  return found;
}

/** The RFC 6381 name of the H.264 track of an init. Source: ISO/IEC 14496-15 section 5.3.3. */
export function codecOf(init) {
  const bytes = new Uint8Array(init);
  const at = bytes.findIndex((_, i) => bytes[i] === 0x61 && bytes[i + 1] === 0x76 && bytes[i + 2] === 0x63 && bytes[i + 3] === 0x43);
  if (at < 0) throw new Error("no H.264 track");
  const hex = [...bytes.subarray(at + 5, at + 8)].map((byte) => byte.toString(16).padStart(2, "0"));
  return `avc1.${hex.join("")}`;
}

function once(target, name, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new DOMException("another place", "AbortError"));
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    target.addEventListener("error", () => reject(new Error(name)), { once: true, signal });
    target.addEventListener(name, resolve, { once: true, signal });
    return undefined;
  });
}
