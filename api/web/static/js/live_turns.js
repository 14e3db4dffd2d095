/** Turns for what many tiles of a page would do in the same instant. Pure. */

export class Turns {
  /** One every `apart_ms`, however many come at once. */
  constructor(apart_ms) {
    this.apart_ms = apart_ms;
    this.next_ms = -Infinity;
  }

  /** Take one: how long it is from `now_ms` to it, in ms. */
  take(now_ms) {
    const at_ms = Math.max(now_ms, this.next_ms);
    this.next_ms = at_ms + this.apart_ms;
    return at_ms - now_ms;
  }
}
