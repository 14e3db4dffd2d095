/** Tests by hand, ticked when this page has seen them happen: a covered lens, an unplugged link.
 *
 * A drill has two halves: the trouble was seen, and it went away while all was well again. What
 * was seen is kept in this browser until midnight of the next day.
 */

const KEEP_MS = 36 * 3600 * 1000;
const NAME = "pollcam-drills";

function remembered() {
  try {
    const all = JSON.parse(localStorage.getItem(NAME) ?? "{}");
    return Object.fromEntries(Object.entries(all).filter(([, one]) => Date.now() - one.at < KEEP_MS));
  } catch {
    return {}; // storage may be switched off: the drills then live as long as the page
  }
}

const seen = remembered();

function remember(key, half) {
  if (seen[key]?.half === half || seen[key]?.half === "passed") return;
  seen[key] = { half, at: Date.now() };
  try {
    localStorage.setItem(NAME, JSON.stringify(seen));
  } catch {
    // as above
  }
}

function observeCover(panel, line, key) {
  const camera = panel.querySelector(`[data-camera="${line.dataset.of}"]`);
  const reasons = camera?.dataset.reasons.split(" ") ?? [];
  if (reasons.includes("covered") || reasons.includes("dark")) remember(key, "begun");
  else if (seen[key]?.half === "begun" && camera?.dataset.tone === "ok") remember(key, "passed");
}

function observeUnplug(panel, key) {
  const records = [...panel.querySelectorAll('[data-check^="records-"]')];
  const isRecording = records.length > 0 && records.every((one) => one.dataset.state === "done");
  const hasLink = panel.querySelector('[data-check="link"]')?.dataset.state === "done";
  if (!hasLink && isRecording) remember(key, "begun");
  else if (hasLink && isRecording && seen[key]?.half === "begun") remember(key, "passed");
}

/** Tick, in a panel (on screen or fresh from the server), what this browser has seen. */
export function applyDrills(panel) {
  const station = panel.dataset.station;
  for (const line of panel.querySelectorAll("[data-drill]")) {
    const key = `${station}/${line.dataset.check}`;
    if (line.dataset.drill === "cover") observeCover(panel, line, key);
    else observeUnplug(panel, key);
    if (seen[key]?.half === "passed") tick(line, panel);
  }
  count(panel);
}

function tick(line, panel) {
  const done = panel.querySelector("template[data-done]").content;
  line.classList.replace("is-open", "is-done");
  line.dataset.state = "done";
  line.querySelector(".mark").replaceWith(done.cloneNode(true));
}

function count(panel) {
  const progress = panel.querySelector("[data-progress]");
  const lines = [...panel.querySelectorAll("[data-check]")];
  const done = lines.filter((one) => one.dataset.state === "done").length;
  progress.textContent = progress.dataset.pattern
    .replace("{done}", String(done))
    .replace("{all}", String(lines.length));
}
