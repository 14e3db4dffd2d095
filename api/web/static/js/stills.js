/** Stills for the tiles on screen: few at a time, each again only when it may have changed. */

const AT_ONCE = 4;
const STARTS_PER_S = 12;
const AGAIN_AFTER_MS = 5000;
const PAUSES_MS = [1000, 2000, 5000, 10_000]; // after a request that nobody answered
const KEPT = 160; // pictures of some 20 kB each that stay in memory beyond those on screen

export class Stills {
  /** Calls `show(cameraId, {url, taken_ms})` for each picture that arrived. */

  constructor(show) {
    this.show = show;
    this.wanted = new Set();
    this.kept = new Map(); // cameraId -> {url, taken_ms, etag, asked_ms}; the order is that of use
    this.loading = new Set();
    this.failures = 0;
    this.pausedUntil_ms = 0;
    setInterval(() => this.#turn(), 1000 / STARTS_PER_S);
  }

  /** Say which cameras are on screen now, in the order of importance. */
  want(cameraIds) {
    this.wanted = new Set(cameraIds);
    for (const id of this.wanted) {
      const known = this.kept.get(id);
      if (known?.url) this.show(id, known);
    }
  }

  #turn() {
    if (document.hidden || this.loading.size >= AT_ONCE || Date.now() < this.pausedUntil_ms) return;
    const id = this.#next();
    if (id) this.#load(id);
  }

  #next() {
    let oldest = null;
    let oldestAsked = Date.now() - AGAIN_AFTER_MS;
    for (const id of this.wanted) {
      if (this.loading.has(id)) continue;
      const asked = this.kept.get(id)?.asked_ms ?? 0;
      if (asked < oldestAsked) [oldest, oldestAsked] = [id, asked];
    }
    return oldest;
  }

  async #load(id) {
    this.loading.add(id);
    const known = this.kept.get(id) ?? { url: "", taken_ms: 0, etag: "" };
    this.kept.delete(id);
    this.kept.set(id, { ...known, asked_ms: Date.now() });
    try {
      await this.#fetch(id);
      this.failures = 0;
    } catch {
      // the page's band tells of a lost connection; the picture's age tells the rest
      this.pausedUntil_ms = Date.now() + PAUSES_MS[Math.min(this.failures, PAUSES_MS.length - 1)];
      this.failures += 1;
    } finally {
      this.loading.delete(id);
      this.#forget();
    }
  }

  async #fetch(id) {
    const entry = this.kept.get(id);
    const headers = entry.etag ? { "If-None-Match": entry.etag } : {};
    const answer = await fetch(`/api/v1/cameras/${id}/snapshot.jpg`, {
      headers, cache: "no-store", signal: AbortSignal.timeout(10_000),
    });
    if (answer.status === 304 || !answer.ok) return;
    const picture = await answer.blob();
    if (entry.url) URL.revokeObjectURL(entry.url);
    entry.url = URL.createObjectURL(picture);
    entry.etag = answer.headers.get("etag") ?? "";
    entry.taken_ms = Date.now() - 1000 * Number(answer.headers.get("x-still-age-s") ?? 0);
    if (this.wanted.has(id)) this.show(id, entry);
  }

  #forget() {
    for (const [id, entry] of this.kept) {
      if (this.kept.size <= KEPT + this.wanted.size) return;
      if (this.wanted.has(id) || this.loading.has(id)) continue;
      if (entry.url) URL.revokeObjectURL(entry.url);
      this.kept.delete(id);
    }
  }
}
