/** How far the delayed picture is behind, and whether it may still be called live. Pure. */

const YOUNG_SEGMENTS = 3; // being recorded, waiting for the next look at the playlist, and one more
const UPLOAD_MS = 10_000;
const OLDEST_MS = 60_000;
const AHEAD_MS = 10_000; // a station's clock may be ahead by so much
const HELD_SEGMENTS = 2; // the playlist is looked at once a segment, and may just have been missed
const STEP_S = 5;
const STALLED_AFTER_MS = 3000;
const OVER_AFTER_MS = 20_000;

/**
 * What a playlist says of the present: `end_ms`, where its newest footage ends, and `longest_s`, the
 * length of its longest segment; null where it has none, or does not say of when that is.
 * `fragments` are those of hls.js.
 */
export function newestOf(fragments) {
  const held = fragments.filter((one) => !one.gap);
  const last = held.at(-1);
  if (!Number.isFinite(last?.programDateTime)) return null;
  const longest_s = Math.max(...held.map((one) => one.duration));
  return { end_ms: last.programDateTime + last.duration * 1000, longest_s };
}

/** How old the newest footage may be, in ms, so that what is shown is live and late, not kept. */
export function bound_ms(longest_s) {
  return Math.min(OLDEST_MS, YOUNG_SEGMENTS * longest_s * 1000 + UPLOAD_MS);
}

/** Whether the newest footage is young enough at that instant of the server's clock. */
export function isYoung(newest, now_ms) {
  if (!newest) return false;
  const age_ms = now_ms - newest.end_ms;
  return age_ms >= -AHEAD_MS && age_ms <= bound_ms(newest.longest_s);
}

/** How far from the end of the playlist to play, in seconds. */
export function holdBack_s(newest) {
  return HELD_SEGMENTS * newest.longest_s;
}

/**
 * The delay in words' precision: steps of five seconds, and the one that was said before for as long
 * as it is not wrong by a step. What is read aloud must not change with every picture.
 */
export function about_s(delay_s, said_s) {
  if (said_s !== null && Math.abs(delay_s - said_s) < STEP_S) return said_s;
  return Math.max(STEP_S, Math.round(delay_s / STEP_S) * STEP_S);
}

/** What a delayed picture is that has stood still for so long: `delayed`, `stalled` or `over`. */
export function standingOf(newest, now_ms, stood_ms) {
  if (!isYoung(newest, now_ms) || stood_ms > OVER_AFTER_MS) return "over";
  return stood_ms > STALLED_AFTER_MS ? "stalled" : "delayed";
}

/** By how much the server's clock is ahead, in ms, from the `Date` of an answer; 0 without one. */
export function serverAhead_ms(date, asked_ms, answered_ms) {
  const told_ms = Date.parse(date ?? "");
  if (Number.isNaN(told_ms)) return 0;
  return told_ms + 500 - (asked_ms + answered_ms) / 2; // it tells whole seconds, rounded down
}
