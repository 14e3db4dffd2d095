/** The auditor's page: find a minute, watch it, mark it, take it away. */

import { call } from "./api.js";
import { Film } from "./film.js";
import { explain, tell } from "./forms.js";
import { HoverStill } from "./hover_still.js";
import { clockTime, word } from "./words.js";
import { ZoomBar } from "./zoom_bar.js";

const $ = (id) => document.getElementById(id);
const root = $("archive");
const zone = root.dataset.zone;
const day = { start_ms: Date.parse(root.dataset.start), end_ms: Date.parse(root.dataset.end) };
const openedAt_ms = Date.now();
const spans = JSON.parse($("coverage").textContent).spans.flatMap(untilNow);
const query = new URLSearchParams(location.search);
const marks = { in_ms: instant("in"), out_ms: instant("out") };
const film = $("video") ? new Film($("video"), root.dataset.camera, bounds) : null;
const second = $("video-second") ? new Film($("video-second"), root.dataset.second, bounds) : null;
const still = $("hover-still") ? new HoverStill($("hover-still"), root.dataset.camera, zone) : null;
const bar = new ZoomBar($("zoom"), day, spans, { zone, pick: go, hover: showHover });

function bounds() {
  const now_ms = Date.parse(root.dataset.now) + (Date.now() - openedAt_ms);
  return { start_ms: day.start_ms, end_ms: Math.min(day.end_ms, now_ms) };
}

function untilNow(span) {
  const now_ms = Date.parse(root.dataset.now);
  const made = { ...span, start_ms: Date.parse(span.start), end_ms: Date.parse(span.end) };
  if (made.state !== "unknown" || made.end_ms <= now_ms) return [made];
  if (made.start_ms >= now_ms) return [{ ...made, state: "future" }];
  return [{ ...made, end_ms: now_ms }, { ...made, start_ms: now_ms, state: "future" }];
}

function instant(name) {
  const value = Date.parse(query.get(name) ?? "");
  return Number.isNaN(value) ? null : value;
}

function iso(ms) {
  return new Date(ms).toISOString();
}

/** The address holds place and marks, so that they can be sent as a link. */
function keepAddress() {
  const wanted = new URLSearchParams(location.search);
  const values = { at: film?.at_ms ?? instant("at"), in: marks.in_ms, out: marks.out_ms };
  for (const [name, ms] of Object.entries(values)) {
    if (ms === null || ms === undefined) wanted.delete(name);
    else wanted.set(name, iso(Math.round(ms)));
  }
  wanted.set("camera", root.dataset.camera);
  wanted.delete("station");
  wanted.delete("day");
  if (!wanted.has("at")) wanted.set("day", clockDate(day.start_ms));
  history.replaceState(null, "", `/archive?${wanted}`);
}

function clockDate(ms) {
  return new Date(ms).toLocaleDateString("sv-SE", { timeZone: zone });
}

function go(at_ms, { play = true } = {}) {
  if (!film) return;
  const end_ms = bounds().end_ms;
  const to = Math.min(Math.max(at_ms, day.start_ms), end_ms - 1000);
  const span = spans.find((one) => to >= one.start_ms && to < one.end_ms);
  const next = spans.find((one) => one.state === "recorded" && one.end_ms > to);
  if (span?.state !== "recorded" && span) say(gapText(span));
  if (!next) return;
  const from_ms = Math.max(to, next.start_ms);
  film.show(from_ms, { play });
  second?.show(from_ms, { play });
  bar.setPlace(from_ms);
  keepAddress();
}

function gapText(span) {
  const what = span.cause ? word(`cause.${span.cause}`) : word(`coverage.${span.state}`);
  return `${clockTime(span.start_ms, zone)} – ${clockTime(span.end_ms, zone)}: ${what}`;
}

function say(text) {
  $("hover").textContent = text;
}

function showHover(ms) {
  const span = spans.find((one) => ms >= one.start_ms && ms < one.end_ms);
  if (ms !== null && span?.state === "recorded") {
    still?.show(ms, (ms - bar.view.start_ms) / (bar.view.end_ms - bar.view.start_ms));
  } else still?.hide();
  if (ms === null) return say("");
  const text = !span || span.state === "future" ? "" : span.state === "recorded" ? word("coverage.recorded") : gapText(span);
  return say(`${clockTime(ms, zone)}${text ? ` · ${text}` : ""}`);
}

function showPlace() {
  const at_ms = film.at_ms;
  if (at_ms === null) return;
  const tenth = Math.floor((at_ms % 1000) / 100);
  const offset = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "shortOffset" })
    .formatToParts(at_ms).find((part) => part.type === "timeZoneName").value.replace("GMT", "UTC");
  $("clock").textContent = `${clockTime(at_ms, zone)}.${tenth} ${offset}`;
  $("clock").title = iso(at_ms);
  bar.setPlace(at_ms);
  const { start_ms, end_ms } = bar.view;
  if (at_ms > end_ms || at_ms < start_ms) bar.look(at_ms - (end_ms - start_ms) * 0.1, at_ms + (end_ms - start_ms) * 0.9);
}

/** Two cameras in step: the second follows the first, gently while it is near. */
function keepStep() {
  if (!second || !film.hls || film.at_ms === null || second.at_ms === null) return;
  const ahead_ms = second.at_ms - film.at_ms;
  if (Math.abs(ahead_ms) > 1500) second.show(film.at_ms, { play: film.isPlaying });
  else if (film.isPlaying) second.video.playbackRate = film.rate * (1 - Math.max(-0.25, Math.min(0.25, ahead_ms / 1000)));
  if (film.isPlaying === second.isPlaying) return;
  if (film.isPlaying) second.video.play().catch(() => {});
  else second.video.pause();
}

function showState() {
  const label = $("play").querySelector("span");
  $("play").setAttribute("aria-pressed", String(film.isPlaying));
  label.textContent = film.isPlaying ? label.dataset.pause : label.dataset.play;
  keepAddress();
}

function toggle() {
  if (!film.hls) {
    const first = spans.find((one) => one.state === "recorded");
    if (first) go(instant("at") ?? marks.in_ms ?? first.start_ms);
    return;
  }
  film.toggle();
}

function step(frames) {
  film.step(frames);
  second?.video.pause();
  setTimeout(() => second?.show(film.at_ms, { play: false }), 50);
}

function mark(name) {
  const at_ms = film?.at_ms;
  if (at_ms === null || at_ms === undefined) return;
  marks[name] = Math.round(at_ms);
  if (marks.in_ms !== null && marks.out_ms !== null && marks.out_ms <= marks.in_ms) {
    marks[name === "in_ms" ? "out_ms" : "in_ms"] = null;
  }
  showMarks();
}

async function showMarks() {
  bar.setMarks(marks);
  keepAddress();
  const form = $("export");
  if (!form) return;
  const isWhole = marks.in_ms !== null && marks.out_ms !== null;
  showHold(isWhole);
  form.querySelector("button").disabled = true;
  $("plan").replaceChildren();
  $("range-hint").hidden = isWhole;
  if (!isWhole) return;
  form.start.value = iso(marks.in_ms);
  form.end.value = iso(marks.out_ms);
  const asked = new URLSearchParams({ camera: root.dataset.camera, start: form.start.value, end: form.end.value });
  const answer = await fetch(`/archive/plan?${asked}`, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const planned = page.getElementById("planned");
  if (!planned) return tell(form, "failing", word("problem.refused"), word("problem.refused.now"));
  $("plan").replaceChildren(planned);
  form.querySelector("button").disabled = planned.dataset.ok !== "yes";
  return undefined;
}

/** Where the marked range, or else the day, is kept from being deleted. */
function showHold(isWhole) {
  const link = $("hold");
  if (!link) return;
  const [start, end] = isWhole ? [marks.in_ms, marks.out_ms] : [day.start_ms, day.end_ms];
  const asked = new URLSearchParams({ camera: root.dataset.camera, start: iso(start), end: iso(end) });
  link.href = `/holds/new?${asked}`;
  link.textContent = isWhole ? link.dataset.range : link.dataset.day;
}

async function followExport(made) {
  const form = $("export");
  const place = form.querySelector(".form-answer");
  for (;;) {
    if (made.state === "ready") return showReady(place, made);
    if (made.state === "failed" || made.state === "expired") {
      return tell(form, "failing", word(`export.${made.state}`), word("export.failed.now"), made.error);
    }
    const share = made.total_bytes ? Math.round((100 * made.done_bytes) / made.total_bytes) : 0;
    const progress = Object.assign(document.createElement("progress"), { max: 100, value: share });
    progress.setAttribute("aria-label", word("export.title"));
    const text = document.createElement("p");
    text.textContent = word(`export.${made.state}`, { percent: share });
    place.replaceChildren(text, progress);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    try {
      made = await call("GET", `/api/v1/exports/${made.id}`);
    } catch (error) {
      const said = explain(error);
      return tell(form, "failing", said.title, said.text, said.detail);
    }
  }
}

function showReady(place, made) {
  tell($("export"), "ok", word("export.ready"), made.file_name, made.file_sha256 && `SHA-256 ${made.file_sha256}`);
  const link = Object.assign(document.createElement("a"), {
    className: "button main", href: `/api/v1/exports/${made.id}/download`, textContent: word("export.download"),
  });
  place.append(link);
}

/** To a time of the clock on the wall, paused: a minute is looked for, then watched. */
function jump(event) {
  event.preventDefault();
  const told = $("time").value.trim().match(/^(\d{1,2})[:.]?(\d{2})(?:[:.]?(\d{2}))?$/)?.slice(1);
  const [hours, minutes, seconds] = (told ?? []).map((part) => Number(part ?? 0));
  const isTime = hours < 24 && minutes < 60 && seconds < 60;
  $("time").setAttribute("aria-invalid", String(!isTime));
  $("no-such-time").textContent = isTime ? "" : word("archive.time.wrong");
  if (!isTime) return $("no-such-time").scrollIntoView({ block: "nearest" });
  say("");
  const at_ms = day.start_ms + ((hours * 60 + minutes) * 60 + seconds) * 1000;
  const { start_ms, end_ms } = bar.view;
  if (at_ms < start_ms || at_ms > end_ms) bar.look(at_ms - 1_800_000, at_ms + 1_800_000);
  go(at_ms, { play: false });
  return document.activeElement.blur(); // so that space plays
}

const KEYS = {
  " ": toggle, ",": () => step(-1), ".": () => step(1),
  "[": () => mark("in_ms"), "]": () => mark("out_ms"),
  ArrowLeft: () => go((film.at_ms ?? day.start_ms) - 10_000, { play: film.isPlaying }),
  ArrowRight: () => go((film.at_ms ?? day.start_ms) + 10_000, { play: film.isPlaying }),
  "+": () => bar.zoom(0.5), "=": () => bar.zoom(0.5), "-": () => bar.zoom(2), 0: () => bar.look(day.start_ms, day.end_ms),
};

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select");
  const isButton = event.target.closest("button, a, summary");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !film) return;
  if (isButton && (event.key === " " || event.key === "Enter")) return;
  if (event.key === "/") $("station").focus();
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
});

$("zoom-in").addEventListener("click", () => bar.zoom(0.5));
$("zoom-out").addEventListener("click", () => bar.zoom(2));
$("zoom-day").addEventListener("click", () => bar.look(day.start_ms, day.end_ms));
for (const link of document.querySelectorAll(".gaps a")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const from_ms = Date.parse(link.dataset.at);
    const length = Math.max(Date.parse(link.dataset.until) - from_ms, 60_000);
    bar.look(from_ms - length, from_ms + 2 * length);
    go(from_ms - 5000);
  });
}
if (film) {
  film.events.addEventListener("moved", showPlace);
  film.events.addEventListener("state", showState);
  film.events.addEventListener("failed", () => say(word("archive.failed")));
  $("play").addEventListener("click", toggle);
  $("jump").addEventListener("submit", jump);
  $("back").addEventListener("click", () => step(-1));
  $("forward").addEventListener("click", () => step(1));
  $("mark-in").addEventListener("click", () => mark("in_ms"));
  $("mark-out").addEventListener("click", () => mark("out_ms"));
  $("speed").addEventListener("change", () => { film.setRate(Number($("speed").value)); second?.setRate(film.rate); });
  setInterval(keepStep, 250);
  if (instant("at") !== null) go(instant("at"), { play: false });
}
$("export")?.addEventListener("answered", (event) => followExport(event.detail));
showMarks();
