import assert from "node:assert/strict";
import { test } from "node:test";

import { retryIn_ms, summaryIn_ms } from "./js/reconnect.js";

test("pages that were cut off at once come back spread, each time over longer, up to a cap", () => {
  assert.deepEqual([0, 1, 2, 30].map((failures) => retryIn_ms(failures, 1)), [4000, 8000, 15_000, 15_000]);
  assert.deepEqual([0, 1, 30].map((failures) => retryIn_ms(failures, 0)), [500, 500, 500]);
  assert.equal(retryIn_ms(5, 0.5), 7750);
});

test("a summary that the stream calls another one is asked for, at most every 5 s", () => {
  const changed = { shown: "a", told: "b" };
  assert.equal(summaryIn_ms({ ...changed, age_ms: 60_000 }, 0), 0);
  assert.equal(summaryIn_ms({ ...changed, age_ms: 2000 }, 0), 3000);
});

test("a tick reaches all pages at the same moment, and their questions are spread", () => {
  assert.equal(summaryIn_ms({ shown: "a", told: "b", age_ms: 6000 }, 1), 3000);
});

test("a summary that stays as it is is asked for only to tell how long it has lasted", () => {
  const calm = { shown: "a", told: "a" };
  assert.equal(summaryIn_ms({ ...calm, age_ms: 14_999 }, 0), null);
  assert.equal(summaryIn_ms({ ...calm, age_ms: 15_000 }, 0), 0);
});
