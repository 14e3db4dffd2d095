/** What a live picture is, in words: the same on an open camera and on a tile. */

import { bitrate, word } from "./words.js";

/** The label of a player's state; `isWhole` where everything is there that the camera sends. */
export function labelOf({ phase, share, bitrate_bps }) {
  const isPlaying = phase === "playing";
  const isWhole = isPlaying && share === "whole";
  if (isPlaying && !isWhole) return { text: word(`live.share.${share}`), isWhole };
  const name = word(`live.${phase}`);
  return { text: isPlaying && bitrate_bps ? `${name} · ${bitrate(bitrate_bps)}` : name, isWhole };
}
