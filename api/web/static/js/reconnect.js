/** When a page asks again: so that hundreds of them do not ask at the same moment. Pure. */

const FIRST_MS = 4000; // with the time of an answer below the 12 s after which a page calls itself lost
const CAP_MS = 15_000;
const LEAST_MS = 500;

/** After so many failures in a row; anywhere below a bound that grows, for all were cut off at once. */
export function retryIn_ms(failures, chance = Math.random()) {
  const bound = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(failures, 8));
  return LEAST_MS + chance * (bound - LEAST_MS);
}

const SUMMARY_EVERY_MS = 5000; // however much changes
const SUMMARY_SPREAD_MS = 3000; // a tick reaches all pages at the same moment
const SUMMARY_LASTS_MS = 15_000; // then "checked at" and "since" are told anew, though nothing changed

/** When to ask for the summary after a tick, in ms from now; null: what is shown is still right. */
export function summaryIn_ms({ shown, told, age_ms }, chance = Math.random()) {
  if (shown === told && age_ms < SUMMARY_LASTS_MS) return null;
  return Math.max(0, SUMMARY_EVERY_MS - age_ms) + chance * SUMMARY_SPREAD_MS;
}
