/** Which picture a reader is given: the direct one (WebRTC) or the delayed one (HLS). Decisions alone. */

const FAILED_TRIES = 2;
const RESTART_MS = 8000; // whoever had the direct picture waits out a restart of the streamer first
const PACES_MS = [30_000, 60_000, 96_000]; // between tries that nobody waits for …
const SPREAD = 1 / 4; // … with so much more at random: two minutes at the most
const REFUSALS = [401, 403, 404, 410]; // no right, no such camera

/**
 * A reader's tier: a value, made anew by each of the functions below. `isDelayed`: the delayed
 * picture is wanted. `failures`: tries in a row that gave no direct picture, since `failingSince_ms`.
 * `paces`: tries since the delayed picture is wanted. `endings`: how often in a row that one could
 * not be had; it is not asked for before `delayedAfter_ms`. Instants are of `performance.now()`.
 */
export const DIRECT = Object.freeze({
  isDelayed: false, hasPlayed: false, failures: 0, failingSince_ms: null,
  paces: 0, endings: 0, delayedAfter_ms: 0,
});

/**
 * What the status of an offer's answer says: `silent` (the camera sends nothing now), `refused`
 * (there is no right to look, or nothing to look at), or `unreachable` (it could be, elsewhere).
 */
export function kindOf(status) {
  if (status === 409) return "silent";
  return REFUSALS.includes(status) ? "refused" : "unreachable";
}

/** The tier after a try that has ended. `kind` is one of those, or `unanswered`: there was no ticket. */
export function afterTry(tier, { kind, hasPlayed }, now_ms) {
  if (kind === "refused") return { ...DIRECT, hasPlayed: tier.hasPlayed || hasPlayed };
  if (hasPlayed) return { ...DIRECT, hasPlayed: true, failingSince_ms: now_ms };
  if (tier.isDelayed) return { ...tier, paces: tier.paces + 1 };
  if (kind !== "unreachable") return tier;
  const failures = tier.failures + 1;
  const failingSince_ms = tier.failingSince_ms ?? now_ms;
  const isRestart = tier.hasPlayed && now_ms - failingSince_ms < RESTART_MS;
  const isDelayed = failures >= FAILED_TRIES && !isRestart && now_ms >= tier.delayedAfter_ms;
  return { ...tier, failures, failingSince_ms, isDelayed, paces: 0 };
}

/** The tier now that the direct picture is there. */
export function afterDirect() {
  return { ...DIRECT, hasPlayed: true };
}

/** The tier now that the delayed picture is there. */
export function afterDelayed(tier) {
  return { ...tier, endings: 0 };
}

/** The tier now that there is no delayed picture, or none that is young enough. */
export function afterEnding(tier, now_ms) {
  const delayedAfter_ms = now_ms + paceOf(tier.endings);
  return { ...tier, isDelayed: false, endings: tier.endings + 1, delayedAfter_ms };
}

/**
 * How long to the next try of the direct picture, in ms, while the delayed one stands in; undefined
 * where somebody waits for it. `retry_ms` is what the streamer asked for, `random` is in [0, 1).
 */
export function waitAfter(tier, retry_ms, random) {
  if (!tier.isDelayed) return undefined;
  const asked_ms = Math.min(retry_ms ?? 0, PACES_MS.at(-1));
  return Math.max(paceOf(tier.paces), asked_ms) * (1 + SPREAD * random);
}

/** The state to tell, of that of the direct picture and, where there is one, of the delayed one. */
export function shownOf(direct, delayed) {
  if (!delayed || direct.phase === "playing") return direct;
  const { phase, about_s, delay_s, at_ms } = delayed;
  return { ...direct, phase, share: "whole", about_s, frame_age_s: delay_s, at_ms, bitrate_bps: null };
}

function paceOf(times) {
  return PACES_MS[Math.min(times, PACES_MS.length - 1)];
}
