/** Watches one camera live by WHEP, and comes back by itself whenever the picture is lost. */

import { WhepConnection, WhepRefusal } from "./whep_connection.js";

const WAY_WITHIN_MS = 8000; // ICE asks again every 50 ms: where it found no way by then, there is none

const STALLED_AFTER_MS = 3000;
const GIVEN_UP_AFTER_MS = 12_000; // a station that is back within that time goes on in the same session
const ASK_AFTER_MS = 1500; // and again at the same distances: whether the streamer still has the session
const ASK_THINNED_MS = 3000; // whether a thinned session is still that
const THINNED_LATER = 4; // keyframes come that much later than pictures before something is wrong
const FIRST_FRAME_WITHIN_MS = 15_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 20_000;
const FAILED_AFTER = 4; // attempts in a row before the reader is told that it does not work
const LOOK_MS = 500;

export class WhepPlayer {
  /**
   * Plays into `video`. `ticketUrl` answers a LiveTicket; a fresh one is asked for each attempt.
   * `onState` gets `{phase, share, since_ms, at_ms, frame_age_s, first_frame_ms, bitrate_bps}`: on
   * each change of phase, and twice a second while a picture is there. `share` is `whole`, or
   * `smaller` or `keyframes` while this link carries no more. Phases: `connecting`, `waiting`
   * (for the station), `playing`, `stalled`, `retrying`, `failed` (still trying), `refused`
   * (trying rarely), `stopped`. `since_ms` is wall time, `at_ms` is `performance.now()`.
   *
   * `onTried` gets `{kind, hasPlayed, ticket, retry_ms}` after each attempt (`kind` as in
   * `live_tier.js`), and may answer how long it is to the next one, in ms.
   */
  constructor(video, ticketUrl, onState, onTried = () => undefined) {
    this.video = video;
    this.ticketUrl = ticketUrl;
    this.onState = onState;
    this.onTried = onTried;
    this.wake = () => {};
    this.connection = null;
    this.phase = "stopped";
    this.since_ms = Date.now();
    this.stopping = null;
    this.#forget();
  }

  /** Begin, or do nothing when it has begun. */
  start() {
    if (this.stopping) return;
    this.stopping = new AbortController();
    const { signal } = this.stopping;
    addEventListener("pagehide", () => this.#leave(), { signal });
    this.#run(signal);
  }

  /** End: the streamer is told, the picture that was last shown stays. */
  stop() {
    this.stopping?.abort();
    this.stopping = null;
    this.connection?.close();
    this.#enter("stopped");
  }

  /** Make the next attempt now. */
  hurry() {
    this.wake();
  }

  /** A page that is left tells the streamer; one that is shown again goes on. */
  #leave() {
    this.stop();
    addEventListener("pageshow", (event) => { if (event.persisted) this.start(); }, { once: true });
  }

  async #run(signal) {
    let failures = 0;
    while (!signal.aborted) {
      const outcome = await this.#attempt(signal);
      if (signal.aborted) return;
      failures = outcome.hasPlayed ? 1 : failures + (outcome.isFailure ? 1 : 0);
      const isHopeless = outcome.phase === "retrying" && failures >= FAILED_AFTER;
      this.#enter(isHopeless ? "failed" : outcome.phase);
      const wait_ms = this.onTried(outcome) ?? jittered(outcome.retry_ms ?? growing(failures));
      const isWoken = new Promise((resolve) => { this.wake = resolve; });
      await Promise.race([pause(wait_ms, signal), isWoken]);
    }
  }

  /** One ticket, one session, to its end. */
  async #attempt(signal) {
    if (["stopped", "refused"].includes(this.phase)) this.#enter("connecting");
    const connection = new WhepConnection(signal);
    this.connection = connection;
    this.#forget();
    let ticket = null;
    const ended = (advice) => ({ ...advice, ticket, hasPlayed: this.#hasPlayed });
    try {
      ticket = await connection.ticket(this.ticketUrl);
      connection.onTrack = (track) => this.#show(track, connection);
      await connection.open(ticket);
      await this.#look(connection, signal);
    } catch (error) {
      if (error instanceof WhepRefusal) return ended(error.advice);
      if (!signal.aborted) console.warn("live:", error);
    } finally {
      connection.close();
    }
    return ended({ phase: "retrying", isFailure: true, kind: ticket ? "unreachable" : "unanswered" });
  }

  /** Watch over the picture until it is lost for good. */
  async #look(connection, signal) {
    const opened_ms = performance.now();
    while (!signal.aborted && !connection.isLost) {
      await pause(LOOK_MS, signal);
      if (signal.aborted || connection.isLost) return;
      if (!connection.hasWay && performance.now() - opened_ms > WAY_WITHIN_MS) return;
      const bitrate_bps = await connection.bitrate_bps();
      if (signal.aborted) return;
      // A hidden page is given no frames: that is no stall.
      if (document.hidden) this.seen_ms = performance.now();
      const silent_ms = performance.now() - (this.seen_ms ?? this.begun_ms);
      if (this.#isToAsk(silent_ms) && (await this.#isGone(connection))) return;
      const patience = this.share === "keyframes" ? THINNED_LATER : 1;
      const limit_ms = this.#hasPlayed ? GIVEN_UP_AFTER_MS : FIRST_FRAME_WITHIN_MS;
      if (silent_ms > patience * limit_ms) return;
      if (this.#hasPlayed) {
        this.bitrate_bps = bitrate_bps ?? this.bitrate_bps;
        this.#enter(silent_ms > patience * STALLED_AFTER_MS ? "stalled" : "playing");
      }
    }
  }

  /** The streamer is asked only by those whose picture is not as it should be. */
  #isToAsk(silent_ms) {
    const isThinned = this.share !== "whole";
    const isOther = this.#hasPlayed && this.video.videoHeight !== this.asked_height;
    if (!isOther && !isThinned && silent_ms < ASK_AFTER_MS) return false;
    return performance.now() - this.asked_ms >= (isThinned ? ASK_THINNED_MS : ASK_AFTER_MS);
  }

  async #isGone(connection) {
    this.asked_ms = performance.now();
    this.asked_height = this.video.videoHeight;
    const { isGone, share } = await connection.standing();
    this.share = share ?? "whole";
    return isGone;
  }

  #show(track, connection) {
    this.video.srcObject = new MediaStream([track]);
    this.video.play().catch(() => {}); // refused only where sound is wanted: there is none
    const frame = (now_ms, metadata) => {
      if (connection.isClosed) return;
      this.received_ms = metadata.receiveTime ?? now_ms;
      this.seen_ms = performance.now();
      if (!this.#hasPlayed) {
        this.first_frame_ms = this.seen_ms - this.begun_ms;
        this.asked_height = this.video.videoHeight;
        this.#enter("playing");
      }
      this.video.requestVideoFrameCallback(frame);
    };
    this.video.requestVideoFrameCallback(frame);
  }

  get #hasPlayed() {
    return this.first_frame_ms !== null;
  }

  #forget() {
    this.begun_ms = performance.now();
    this.share = "whole";
    this.asked_ms = 0;
    this.asked_height = this.video.videoHeight;
    this.first_frame_ms = null;
    this.bitrate_bps = null;
    this.seen_ms = null;
    // The age of the last picture goes on growing through attempts: it is still on screen.
    this.received_ms ??= null;
  }

  #enter(phase) {
    if (phase !== this.phase) this.since_ms = Date.now();
    this.phase = phase;
    const at_ms = performance.now();
    this.onState({
      phase,
      share: this.share,
      since_ms: this.since_ms,
      at_ms,
      frame_age_s: this.received_ms === null ? null : (at_ms - this.received_ms) / 1000,
      first_frame_ms: this.first_frame_ms,
      bitrate_bps: this.bitrate_bps,
    });
  }
}

function growing(failures) {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, failures - 1));
}

/** Between the delay and half as much again: a thousand pages that lost one node must not meet. */
function jittered(delay_ms) {
  return delay_ms * (1 + Math.random() / 2);
}

function pause(delay_ms, signal) {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, delay_ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
