/** Keeps the station page fresh, and honest about how old it is. */

import { applyDrills } from "./drills.js";
import { patch } from "./patch.js";

const OLD_AFTER_S = 10;
const LOST_AFTER_FAILURES = 2;

const main = document.querySelector("[data-refresh-s]");
const band = document.getElementById("lost");
const dialog = document.getElementById("large-picture");
const timeout = Number(main.dataset.refreshS) * 1000;

let serverAhead_ms = Date.parse(panel().dataset.now) - Date.now();
let failures = 0;
let enlarged = null;

function panel() {
  return main.querySelector(".station-panel");
}

function serverNow_ms() {
  return Date.now() + serverAhead_ms;
}

async function refresh() {
  try {
    const answer = await fetch(main.dataset.refreshUrl, {
      signal: AbortSignal.timeout(timeout), cache: "no-store", headers: { Accept: "text/html" },
    });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(".station-panel");
    if (!fresh) throw new Error("the answer is another page");
    serverAhead_ms = Date.parse(fresh.dataset.now) - Date.now();
    applyDrills(fresh);
    patch(panel(), fresh);
    tellAges();
    document.title = page.title;
    failures = 0;
    band.hidden = true;
    await showPictures();
  } catch {
    failures += 1;
    if (failures >= LOST_AFTER_FAILURES) showLost();
  }
}

function showLost() {
  const since = new Date(Date.parse(panel().dataset.now));
  const time = since.toLocaleTimeString("ru", { timeZone: panel().dataset.zone });
  band.querySelector("span").textContent = band.dataset.text.replace("{time}", time);
  band.hidden = false;
}

async function showPictures() {
  const frames = panel().querySelectorAll(".picture[data-url]");
  await Promise.all([...frames].map(showPicture));
}

async function showPicture(frame) {
  const image = frame.querySelector("img");
  const url = frame.dataset.url;
  if (image.getAttribute("src") === url) return;
  const next = new Image();
  next.src = url;
  await next.decode().catch(() => {}); // a picture that will not load leaves the last one, ageing
  if (next.naturalWidth && frame.dataset.url === url) image.src = url;
  if (enlarged === frame.closest("[data-camera]")?.dataset.camera) enlarge(frame);
}

function tellAges() {
  for (const frame of document.querySelectorAll(".picture[data-taken]")) {
    const age_s = (serverNow_ms() - Date.parse(frame.dataset.taken)) / 1000;
    frame.classList.toggle("is-old", age_s > OLD_AFTER_S);
  }
}

function enlarge(frame) {
  const camera = frame.closest("[data-camera]");
  const large = dialog.querySelector(".picture");
  enlarged = camera.dataset.camera;
  large.dataset.taken = frame.dataset.taken;
  large.querySelector("img").src = frame.querySelector("img").src;
  large.querySelector("img").alt = frame.dataset.alt;
  large.querySelector(".label").textContent = camera.querySelector("h2").textContent;
  large.querySelector(".age").textContent = frame.querySelector(".age").textContent;
  if (!dialog.open) dialog.showModal();
  tellAges();
}

main.addEventListener("click", (event) => {
  const frame = event.target.closest("button.picture");
  if (frame) enlarge(frame);
});
dialog.addEventListener("close", () => { enlarged = null; });

async function run() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, timeout));
    if (!document.hidden) await refresh();
  }
}

applyDrills(panel());
tellAges();
setInterval(tellAges, 1000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
run();
