/** What a live picture is, in words: the same on an open camera and on a tile. */

import { bitrate, duration, word } from "./words.js";

const OLD_AFTER_S = 10;

/**
 * The label of a player's state; `isWhole` where everything is there that the camera sends, `isLess`
 * where a picture is there that is less than that.
 */
export function labelOf({ phase, share, bitrate_bps, about_s }) {
  const less = { isWhole: false, isLess: true };
  if (phase === "delayed") return { text: word("live.delayed", { time: duration(about_s) }), ...less };
  const isPlaying = phase === "playing";
  if (isPlaying && share !== "whole") return { text: word(`live.share.${share}`), ...less };
  const name = word(`live.${phase}`);
  const text = isPlaying && bitrate_bps ? `${name} · ${bitrate(bitrate_bps)}` : name;
  return { text, isWhole: isPlaying, isLess: false };
}

/** From which age on, in seconds, a picture is old: later than its words say. */
export function oldAfter_s(state) {
  return OLD_AFTER_S + (state?.about_s ?? 0);
}
