import assert from "node:assert/strict";
import { test } from "node:test";

import {
  afterDelayed, afterDirect, afterEnding, afterTry, DIRECT, kindOf, shownOf, waitAfter,
} from "./js/live_tier.js";

const FAILED = { kind: "unreachable", hasPlayed: false };
const LOST = { kind: "unreachable", hasPlayed: true };
const S = 1000;

function afterAll(tier, ...tries) {
  return tries.reduce((so_far, [tried, at_ms]) => afterTry(so_far, tried, at_ms), tier);
}

const DELAYED = afterAll(DIRECT, [FAILED, 8 * S], [FAILED, 17 * S]);

test("the second try in a row that fails asks for the delayed picture, the first does not", () => {
  assert.equal(afterTry(DIRECT, FAILED, 8 * S).isDelayed, false);
  assert.equal(DELAYED.isDelayed, true);
});

test("no right and no such camera lead to no delayed picture, and end one", () => {
  for (const status of [401, 403, 404, 410]) {
    const refused = { kind: kindOf(status), hasPlayed: false };
    assert.equal(afterAll(DIRECT, [refused, 1], [refused, 2], [refused, 3]).isDelayed, false);
    assert.equal(afterTry(DELAYED, refused, 50 * S).isDelayed, false);
  }
});

test("a streamer that is full or broken, or a proxy before it, is as good as unreachable", () => {
  for (const status of [408, 422, 429, 500, 502, 503, 504]) assert.equal(kindOf(status), "unreachable");
});

test("a silent camera asks for no delayed picture, however often, and ends none", () => {
  const silent = { kind: kindOf(409), hasPlayed: false };
  assert.equal(afterAll(DIRECT, [silent, 1], [silent, 2], [silent, 3]).isDelayed, false);
  assert.equal(afterTry(DELAYED, silent, 50 * S).isDelayed, true);
});

test("who could not even ask for a ticket has tried nothing", () => {
  const unanswered = { kind: "unanswered", hasPlayed: false };
  assert.equal(afterAll(DIRECT, [unanswered, 1], [unanswered, 2]).isDelayed, false);
  assert.equal(afterAll(DIRECT, [unanswered, 1], [FAILED, 2], [FAILED, 3]).isDelayed, true);
});

test("who had the direct picture waits out a restart of the streamer", () => {
  const tier = afterAll(afterDirect(), [LOST, 100 * S], [FAILED, 101 * S], [FAILED, 103 * S]);
  assert.equal(tier.isDelayed, false);
  assert.equal(afterTry(tier, FAILED, 107 * S).isDelayed, false);
  assert.equal(afterTry(tier, FAILED, 109 * S).isDelayed, true);
});

test("a try that showed a picture begins the count anew", () => {
  const tier = afterAll(DIRECT, [FAILED, 8 * S], [LOST, 60 * S], [FAILED, 70 * S]);
  assert.equal(tier.isDelayed, false);
  assert.deepEqual(afterDirect(), { ...DIRECT, hasPlayed: true });
});

test("tries behind the delayed picture come after 30 s, 60 s and then every 96 s to 2 min", () => {
  const waits = [0, 0, 0, 0, 0].reduce((so_far) => {
    const [tier, told] = so_far;
    return [afterTry(tier, FAILED, 0), [...told, waitAfter(tier, undefined, 0), waitAfter(tier, undefined, 1)]];
  }, [DELAYED, []])[1];
  assert.deepEqual(waits, [30, 37.5, 60, 75, 96, 120, 96, 120, 96, 120].map((s) => s * S));
});

test("a streamer may ask for more patience, and not for more than two minutes", () => {
  assert.equal(waitAfter(DELAYED, 50 * S, 0), 50 * S);
  assert.equal(waitAfter(DELAYED, 5 * S, 0), 30 * S);
  assert.equal(waitAfter(DELAYED, 3600 * S, 1), 120 * S);
});

test("without the delayed picture the player goes on at its own pace", () => {
  assert.equal(waitAfter(DIRECT, undefined, 0), undefined);
  assert.equal(waitAfter(afterEnding(DELAYED, 20 * S), undefined, 0), undefined);
});

test("a delayed picture that cannot be had is asked for again later, and later each time", () => {
  let [tier, at_ms] = [DELAYED, 20 * S];
  for (const later_s of [30, 60, 96, 96]) {
    tier = afterEnding(tier, at_ms);
    assert.equal(afterTry(tier, FAILED, at_ms + later_s * S - 1).isDelayed, false);
    at_ms += later_s * S;
    tier = afterTry(tier, FAILED, at_ms);
    assert.equal(tier.isDelayed, true);
  }
  const again = afterEnding(afterDelayed(tier), at_ms);
  assert.equal(afterTry(again, FAILED, at_ms + 30 * S).isDelayed, true);
});

test("the tries behind a delayed picture are not told, the direct picture is", () => {
  const delayed = { phase: "delayed", about_s: 25, delay_s: 26.2, at_ms: 77 };
  const trying = { phase: "retrying", share: "whole", frame_age_s: 90, at_ms: 80, bitrate_bps: 5 };
  const shown = shownOf(trying, delayed);
  assert.deepEqual([shown.phase, shown.about_s, shown.frame_age_s, shown.at_ms], ["delayed", 25, 26.2, 77]);
  assert.equal(shown.bitrate_bps, null);
  assert.equal(shownOf({ ...trying, phase: "playing" }, delayed).phase, "playing");
  assert.equal(shownOf(trying, null), trying);
});
