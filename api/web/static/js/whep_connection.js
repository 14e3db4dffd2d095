/** One WHEP session: offer, answer, end. Source: draft-ietf-wish-whep-03. */

import { alternateOf, iceServersOf } from "./link_header.js";
import { serverAhead_ms } from "./live_delay.js";
import { kindOf } from "./live_tier.js";

const REQUEST_MS = 10_000;
const REFUSED_AGAIN_MS = 30_000;
const SDP = "application/sdp";

export class WhepRefusal extends Error {
  /** Somebody said no; `advice` says what that means to the reader, and when to ask again. */
  constructor(message, advice) {
    super(message);
    this.advice = advice;
  }
}

export class WhepConnection {
  /** Lives until `close`, or until `signal` aborts. `onTrack` gets the video when it flows. */
  constructor(signal) {
    this.signal = signal;
    this.onTrack = () => {};
    this.isLost = false;
    this.hasWay = false; // ICE found one, for once
    this.isClosed = false;
    this.session = null;
    this.token = null;
    this.counted = null;
    this.peer = null;
  }

  /** The ticket for an attempt, with `serverAhead_ms`, what the server's clock is ahead of ours. */
  async ticket(url) {
    const asked_ms = Date.now();
    const answer = await fetch(url, { headers: { Accept: "application/json" }, signal: this.#limit() });
    const ahead_ms = serverAhead_ms(answer.headers.get("Date"), asked_ms, Date.now());
    if (answer.ok) return { ...(await answer.json()), serverAhead_ms: ahead_ms };
    const isLater = answer.status >= 500 || answer.status === 429;
    if (isLater) throw refusal(answer, { phase: "retrying", isFailure: true, kind: "unanswered" });
    const advice = { phase: "refused", kind: "refused", retry_ms: REFUSED_AGAIN_MS };
    throw new WhepRefusal(`ticket: ${answer.status}`, advice);
  }

  /**
   * Offer to receive, and take the answer.
   *
   * The offer is sent before it is our own description: what the answer says of relays can then
   * still be used, for no addresses have been gathered. The streamer needs none of ours.
   */
  async open({ whep_url: url, token }) {
    this.token = token;
    this.peer = this.#peer();
    this.peer.addTransceiver("video", { direction: "recvonly" });
    const offer = await this.peer.createOffer();
    const answer = await this.#offer(url, offer.sdp);
    const location = answer.headers.get("Location");
    if (location) this.session = new URL(location, answer.url).href;
    const isCounterOffer = answer.status === 406 && this.session;
    if (answer.status !== 201 && !isCounterOffer) throw refusalOf(answer);
    this.#useRelays(answer.headers.get("Link"));
    if (isCounterOffer) return this.#takeCounterOffer(await answer.text());
    await this.peer.setLocalDescription(offer);
    return this.peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  }

  /** Received bits a second since it was asked last; null at first. */
  async bitrate_bps() {
    const reports = [...(await this.peer.getStats()).values()];
    const inbound = reports.find((report) => report.type === "inbound-rtp" && report.kind === "video");
    if (!inbound) return null;
    const before = this.counted;
    this.counted = { bytes: inbound.bytesReceived, at_ms: inbound.timestamp };
    const passed_ms = before ? this.counted.at_ms - before.at_ms : 0;
    return passed_ms > 0 ? ((this.counted.bytes - before.bytes) * 8000) / passed_ms : null;
  }

  /**
   * What the streamer says of the session. `isGone`: it does not know it, for it was restarted
   * meanwhile. `share`: `whole`, `smaller` or `keyframes`, as this link carries it; null where
   * another engine does not say.
   */
  async standing() {
    const unknown = { isGone: false, share: null };
    if (!this.session) return unknown;
    try {
      const answer = await fetch(this.session, { method: "HEAD", signal: this.#limit() });
      const isGone = answer.status === 404 || answer.status === 410;
      return { isGone, share: answer.headers.get("Pollcam-Share") };
    } catch {
      return unknown;
    }
  }

  /** End it; the streamer is told, also by a page that is about to go. */
  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    this.peer?.close();
    if (!this.session) return;
    const headers = { Authorization: `Bearer ${this.token}` };
    fetch(this.session, { method: "DELETE", headers, keepalive: true }).catch(() => {});
  }

  /** A server may answer with an offer of its own, which a player has to take. */
  async #takeCounterOffer(offer) {
    await this.peer.setRemoteDescription({ type: "offer", sdp: offer });
    await this.peer.setLocalDescription();
    const answer = await this.#send("PATCH", this.session, SDP, this.peer.localDescription.sdp);
    if (!answer.ok) throw refusalOf(answer);
  }

  /**
   * A streamer may send us on to another engine. Browsers leave the bearer out on the way there,
   * and come from the origin `null`, which some engines refuse: then the streamer is asked where
   * it is.
   */
  async #offer(url, sdp) {
    try {
      const answer = await this.#send("POST", url, SDP, sdp);
      const isBearerMissing = answer.status === 401 && answer.redirected;
      return isBearerMissing ? await this.#send("POST", answer.url, SDP, sdp) : answer;
    } catch (error) {
      if (error.name === "AbortError") throw error; // nobody answered in time: this is no refusal
      const told = await this.#send("OPTIONS", url);
      const engine = alternateOf(told.headers.get("Link"));
      if (!engine) throw error;
      return this.#send("POST", engine, SDP, sdp);
    }
  }

  #useRelays(header) {
    const iceServers = iceServersOf(header);
    if (iceServers.length === 0) return;
    try {
      this.peer.setConfiguration({ ...this.peer.getConfiguration(), iceServers });
    } catch (error) {
      console.warn("live: relays:", error); // without them most networks still get through
    }
  }

  #send(method, url, type, body) {
    const headers = { Authorization: `Bearer ${this.token}` };
    if (type) headers["Content-Type"] = type;
    return fetch(url, { method, headers, body, signal: this.#limit() });
  }

  #limit() {
    const limit = new AbortController();
    const abort = () => limit.abort();
    if (this.signal.aborted) abort();
    this.signal.addEventListener("abort", abort, { once: true });
    setTimeout(abort, REQUEST_MS);
    return limit.signal;
  }

  /** The last picture of before stays on screen until packets of this session come. */
  #wait(track) {
    if (!track.muted) return this.onTrack(track);
    track.addEventListener("unmute", () => this.onTrack(track), { once: true });
  }

  /** Only now, for a browser may have none: the ticket shows other ways, too. */
  #peer() {
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    peer.addEventListener("connectionstatechange", () => {
      this.isLost = ["failed", "closed"].includes(peer.connectionState);
    });
    peer.addEventListener("iceconnectionstatechange", () => {
      this.hasWay ||= ["connected", "completed"].includes(peer.iceConnectionState);
    });
    peer.addEventListener("track", (event) => this.#wait(event.track));
    return peer;
  }
}

function refusalOf(answer) {
  const kind = kindOf(answer.status);
  const isSilent = kind === "silent";
  return refusal(answer, { phase: isSilent ? "waiting" : "retrying", isFailure: !isSilent, kind });
}

function refusal(answer, advice) {
  const after_s = Number(answer.headers.get("Retry-After"));
  const retry_ms = after_s > 0 ? Math.min(after_s, 120) * 1000 : undefined;
  return new WhepRefusal(`live: ${answer.status}`, { ...advice, retry_ms });
}
