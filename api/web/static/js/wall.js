/** The operator's wall: what is wrong first, then everything; the address holds the state. */

import { patch } from "/static/ui/patch.js";
import { isDoor } from "./api.js";
import { CameraPanel } from "./camera_panel.js";
import { Fleet } from "./fleet.js";
import "./forms.js";
import { summaryIn_ms } from "./reconnect.js";
import { Tiles } from "./tiles.js";
import { number, word } from "./words.js";

const ZONE = "Asia/Bishkek";
const URGENCY = ["failing", "unknown", "warning", "ok", "idle"];
const TONES = { ok: "ok", failing: "failing", unknown: "unknown", not_expected: "idle" };
const WARNINGS = ["disk_low", "clock_unsynced", "picture_unknown"];
const NOTHING_KEPT = ["camera_unreachable", "camera_silent", "camera_garbage", "disk_full", "disk_failed"];
const OF_STATIONS = ["disk_full", "disk_failed", "clock_wrong", "disk_low"];

const $ = (id) => document.getElementById(id);
const fleet = new Fleet("/api/v1/events");
const icons = document.querySelector("svg.icon use").getAttribute("href").replace(/#.*/, "");
const tiles = new Tiles($("tiles"), icons, {
  open: (id) => openCamera(id), hrefOf: (id) => address({ camera: id }),
});
const panel = new CameraPanel($("camera"), () => leaveCamera());
let summaryDue = false;
let summaryAt_ms = Date.now();
let drawDue = false;
let order = [];
const judged = new WeakMap();

function asked() {
  return new URLSearchParams(location.search);
}

function address(changes) {
  const query = asked();
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  return `/wall${query.size ? `?${query}` : ""}`;
}

/** Root causes of a camera's trouble; the same rule as `api.web.wall_view.causes_of`. */
function causes(station, camera) {
  const known = camera.reasons.filter((reason) => reason !== "not_recording");
  const own = known.some((reason) => NOTHING_KEPT.includes(reason)) ? known : camera.reasons;
  return [...own, ...station.reasons.filter((one) => OF_STATIONS.includes(one) && !own.includes(one))];
}

/** What the address asks for, read once for thousands of cameras. */
function askedFor() {
  const wanted = asked();
  return {
    region: wanted.get("region"), reason: wanted.get("reason"), trouble: wanted.has("trouble"),
    text: (wanted.get("q") ?? "").trim().toLowerCase(),
  };
}

function isWanted({ station, camera, found }, { region, reason, trouble, text }) {
  if (region && station.region !== region) return false;
  if (reason && !found.includes(reason)) return false;
  if (trouble && camera.status === "ok" && !found.length) return false;
  return !text || `${station.number} ${station.name} ${station.address}`.toLowerCase().includes(text);
}

/** A camera that is well, at a station that is not, does not look well. */
function toneOf(camera, cause) {
  if (camera.status !== "ok" || !cause) return TONES[camera.status];
  return WARNINGS.includes(cause) ? "warning" : "failing";
}

function byUrgency(a, b) {
  return a.urgency - b.urgency
    || a.rank - b.rank
    || (a.station.number < b.station.number ? -1 : a.station.number > b.station.number ? 1 : 0)
    || a.camera.position - b.camera.position;
}

/** Numbers by their value, everything else behind them; comparing by locale takes half a second. */
function rankOf(number) {
  return /^\d+$/.test(number) ? Number(number) : 1e9;
}

/** The cameras of a station as the tiles take them; made once for each state of the station. */
function itemsOf(station) {
  if (!judged.has(station)) judged.set(station, station.cameras.map((camera) => judge(station, camera)));
  return judged.get(station);
}

function judge(station, camera) {
  const found = causes(station, camera);
  const cause = found[0] ?? "";
  const tone = toneOf(camera, cause);
  return { station, camera, found, cause, tone, urgency: URGENCY.indexOf(tone), rank: rankOf(station.number) };
}

function drawTiles({ mayReorder = true } = {}) {
  const wanted = askedFor();
  const items = [];
  for (const station of fleet.stations.values()) {
    for (const item of itemsOf(station)) if (isWanted(item, wanted)) items.push(item);
  }
  // Tiles do not run away from under the hand that reaches for one.
  if (mayReorder || items.length !== order.length) {
    order = items.sort(byUrgency).map((one) => one.camera.id);
  } else {
    const place = new Map(order.map((id, index) => [id, index]));
    items.sort((a, b) => (place.get(a.camera.id) ?? 1e9) - (place.get(b.camera.id) ?? 1e9));
  }
  tiles.setItems(items);
  $("shown").textContent = word("wall.shown", { n: number(items.length) });
}

/** However many stations change in a moment, the tiles are put in order once. */
function drawTilesSoon() {
  if (drawDue) return;
  drawDue = true;
  requestAnimationFrame(() => {
    drawDue = false;
    if (!tiles.isStarted) tiles.start();
    drawTiles({ mayReorder: !isBusyHand() });
  });
}

function isBusyHand() {
  return $("tiles").matches(":hover, :focus-within");
}

async function refreshSummary() {
  summaryDue = false;
  summaryAt_ms = Date.now();
  const answer = await fetch(`/wall/summary${location.search}`, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  if (isDoor(answer)) return location.reload();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("summary");
  if (fresh) patch($("summary"), fresh);
}

/** The stream tells which summary is the right one now; the page asks for it when it shows another. */
function summarySoon({ detail: { summary } }) {
  if (summaryDue) return;
  const wait_ms = summaryIn_ms({
    shown: $("summary").dataset.version, told: summary, age_ms: Date.now() - summaryAt_ms,
  });
  if (wait_ms === null) return;
  summaryDue = true;
  setTimeout(refreshSummary, wait_ms);
}

function go(url, { isStep = true } = {}) {
  if (isStep) history.pushState(null, "", url);
  else history.replaceState(null, "", url);
  follow();
}

/** Make the page what the address says. */
function follow() {
  const wanted = asked();
  const size = wanted.get("size") ?? "m";
  tiles.setSize(size);
  for (const link of document.querySelectorAll("[data-size]")) {
    setCurrent(link, link.dataset.size === size);
  }
  setCurrent($("only-trouble"), wanted.has("trouble"));
  showChosen(wanted);
  const camera = wanted.get("camera");
  if (camera && panel.cameraId !== camera) panel.show(camera);
  if (!camera && $("camera").open) panel.close();
  if (document.activeElement !== $("q")) $("q").value = wanted.get("q") ?? "";
  drawTiles();
  refreshSummary();
}

function setCurrent(link, isCurrent) {
  if (isCurrent) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}

function showChosen(wanted) {
  const [reason, region] = [wanted.get("reason"), wanted.get("region")];
  $("chosen").hidden = !reason && !region;
  const words = [reason && word(`reason.${reason}`), region && word(`region.${region}`)];
  $("chosen").querySelector("span").textContent = words.filter(Boolean).join(" · ");
  $("chosen").title = words.filter(Boolean).join(" · "); // where its place is too short for it
}

function openCamera(id) {
  go(address({ camera: id }));
}

function leaveCamera() {
  const id = asked().get("camera");
  if (!id) return;
  history.pushState(null, "", address({ camera: "" }));
  tiles.choose(id);
}

/** Links that change the wall change it in place; everything else is left to the browser. */
document.addEventListener("click", (event) => {
  const link = event.target.closest(".region, .trouble, [data-size], #only-trouble, #chosen");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.dataset.size) go(address({ size: link.dataset.size }));
  else if (link.id === "only-trouble") go(address({ trouble: asked().has("trouble") ? "" : "1" }));
  else if (link.id === "chosen") go(address({ region: "", reason: "" }));
  else {
    const to = new URL(link.href).searchParams;
    const isChosen = link.classList.contains("trouble") && link.hasAttribute("aria-current");
    go(address({ region: isChosen ? "" : to.get("region"), reason: isChosen ? "" : to.get("reason") }));
  }
});

$("q").addEventListener("input", () => go(address({ q: $("q").value }), { isStep: false }));
$("q").form.addEventListener("submit", (event) => { event.preventDefault(); tiles.move(0, 0); });
$("q").addEventListener("keydown", (event) => {
  if (event.key === "Escape") { event.preventDefault(); tiles.move(0, 0); }
});
$("show-keys").addEventListener("click", () => $("keys").showModal());
window.addEventListener("popstate", follow);

const MOVES = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], k: [-1, 0], j: [1, 0],
};

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, dialog");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const isElsewhere = event.target.closest("a, button, summary") && !event.target.closest(".tile");
  if (event.key in MOVES && !(isElsewhere && event.key.startsWith("Arrow"))) tiles.move(...MOVES[event.key]);
  else if (event.key === "/") $("q").focus();
  else if (event.key === "?") $("keys").showModal();
  else return;
  event.preventDefault();
});

const lostWords = (at_ms) => word("page.lost", {
  time: new Date(at_ms).toLocaleTimeString("en-GB", { timeZone: ZONE }),
});
fleet.addEventListener("lost", (event) => {
  $("lost").querySelector("span").textContent = lostWords(event.detail);
  $("lost").hidden = false;
  document.body.classList.add("is-lost");
});
fleet.addEventListener("found", () => {
  $("lost").hidden = true;
  document.body.classList.remove("is-lost");
});
fleet.addEventListener("change", ({ detail: changed }) => {
  drawTilesSoon();
  const open = panel.cameraId; // asked for once, not for each of thousands
  if (open && changed.some((id) => fleet.stations.get(id).cameras.some((one) => one.id === open))) panel.refresh();
});
fleet.addEventListener("tick", (tick) => {
  summarySoon(tick);
  panel.refresh();
});
fleet.addEventListener("incident", () => panel.refresh());

tiles.setSize(asked().get("size") ?? "m");
if (panel.cameraId) panel.adopt();
fleet.start();
