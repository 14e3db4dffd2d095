import assert from "node:assert/strict";
import { test } from "node:test";

import {
  about_s, bound_ms, holdBack_s, isYoung, newestOf, serverAhead_ms, standingOf,
} from "./js/live_delay.js";
import { Turns } from "./js/live_turns.js";

const NOW_MS = Date.UTC(2026, 10, 24, 8, 0, 0);
const segment = (end_ms, duration = 10, more = {}) => (
  { programDateTime: end_ms - duration * 1000, duration, ...more }
);
const ending = (age_s, longest_s = 10) => ({ end_ms: NOW_MS - age_s * 1000, longest_s });

test("the newest footage is the last segment that is there", () => {
  const listed = [segment(NOW_MS - 30_000, 12), segment(NOW_MS - 20_000), segment(NOW_MS, 10, { gap: true })];
  assert.deepEqual(newestOf(listed), { end_ms: NOW_MS - 20_000, longest_s: 12 });
});

test("a playlist without footage, or without its time, says nothing of the present", () => {
  assert.equal(newestOf([]), null);
  assert.equal(newestOf([segment(NOW_MS, 10, { gap: true })]), null);
  assert.equal(newestOf([{ programDateTime: null, duration: 10 }]), null);
  assert.equal(isYoung(null, NOW_MS), false);
});

test("how old live may be follows from the length of segments, up to a minute", () => {
  assert.deepEqual([2, 4, 10, 60].map(bound_ms), [16_000, 22_000, 40_000, 60_000]);
});

test("footage is live until it is older than that, and kept from then on", () => {
  for (const age_s of [0, 5, 25, 40]) assert.equal(isYoung(ending(age_s), NOW_MS), true);
  for (const age_s of [40.1, 60, 3600]) assert.equal(isYoung(ending(age_s), NOW_MS), false);
  assert.equal(isYoung(ending(25, 4), NOW_MS), false);
});

test("a clock that is a little ahead is forgiven, footage of the future is not live", () => {
  assert.equal(isYoung(ending(-9), NOW_MS), true);
  assert.equal(isYoung(ending(-11), NOW_MS), false);
});

test("a picture that stands still is stalled after 3 s and over after 20 s", () => {
  const told = [0, 2900, 3100, 19_900, 20_100].map((ms) => standingOf(ending(5), NOW_MS, ms));
  assert.deepEqual(told, ["delayed", "delayed", "stalled", "stalled", "over"]);
});

test("a picture that moves is over as soon as nothing newer has come for too long", () => {
  assert.equal(standingOf(ending(39), NOW_MS, 0), "delayed");
  assert.equal(standingOf(ending(41), NOW_MS, 0), "over");
});

test("two segments are kept in hand", () => {
  assert.equal(holdBack_s(ending(5, 4)), 8);
});

test("the delay is told in steps of five seconds, never as none", () => {
  assert.deepEqual([0.3, 7, 23, 28.4].map((s) => about_s(s, null)), [5, 5, 25, 30]);
});

test("what was told is told again until it is wrong by a step", () => {
  const delays = [24, 26, 28, 29.9, 30, 27, 25.5, 25];
  const told = delays.reduce((so_far, delay_s) => [...so_far, about_s(delay_s, so_far.at(-1) ?? null)], []);
  assert.deepEqual(told, [25, 25, 25, 25, 30, 30, 30, 25]);
});

test("the server's clock is read from an answer, to half a second", () => {
  const date = new Date(NOW_MS).toUTCString();
  assert.equal(serverAhead_ms(date, NOW_MS - 60_100, NOW_MS - 59_900), 60_500);
  assert.equal(serverAhead_ms(null, NOW_MS, NOW_MS), 0);
  assert.equal(serverAhead_ms("yesterday", NOW_MS, NOW_MS), 0);
});

test("nine that come together take turns, and who comes later alone does not wait", () => {
  const turns = new Turns(700);
  const waits = Array.from({ length: 9 }, () => turns.take(5000));
  assert.deepEqual(waits, [0, 700, 1400, 2100, 2800, 3500, 4200, 4900, 5600]);
  assert.equal(turns.take(5000 + 6300), 0);
  assert.equal(turns.take(60_000), 0);
});
