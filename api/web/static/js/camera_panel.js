/** One open camera: the live picture at once, over the last still until the first frame. */

import { patch } from "/static/ui/patch.js";
import { isDoor } from "./api.js";
import { labelOf, oldAfter_s } from "./live_words.js";
import { clockTime, duration, word } from "./words.js";

const ANSWER_WITHIN_MS = 10_000;
const ASK_AGAIN_MS = 2000;
const NEWS_EVERY_MS = 4000;
const SHOWING = ["playing", "delayed"];
const ASKED = "picture.asked"; // the measure `picture.first` is how long a person waited

export class CameraPanel {
  /** Lives in a dialog; `left` is called when the reader closes it. */

  constructor(dialog, left) {
    this.dialog = dialog;
    this.left = left;
    this.player = null;
    this.live = null;
    this.wanted = null; // the camera whose panel is shown or on its way
    this.newsAt_ms = 0;
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); this.close(); });
    dialog.addEventListener("click", (event) => {
      if (!event.target.closest("[data-close]") && event.target !== dialog) return;
      event.preventDefault();
      this.close();
    });
    dialog.addEventListener("answered", () => this.show(this.cameraId, { isFresh: false }));
    setInterval(() => this.#tellAge(), 500);
  }

  get cameraId() {
    return this.dialog.querySelector(".camera-panel")?.dataset.camera ?? null;
  }

  /** Show a camera; what the server rendered into the page already is taken as it is. */
  async show(cameraId, { isFresh = true } = {}) {
    if (isFresh) performance.mark(ASKED);
    this.wanted = cameraId;
    if (isFresh || this.cameraId !== cameraId) {
      this.#stop();
      this.dialog.replaceChildren(this.#skeleton());
    }
    this.#open();
    const fresh = await this.#ask(cameraId);
    if (this.wanted !== cameraId) return; // closed meanwhile, or another one was chosen
    if (!fresh) {
      setTimeout(() => this.wanted === cameraId && this.show(cameraId, { isFresh: false }), ASK_AGAIN_MS);
      return;
    }
    if (this.player && this.cameraId === cameraId) this.#keepPicture(fresh);
    this.dialog.replaceChildren(fresh);
    if (!this.player) this.#start();
    this.dialog.querySelector("[data-close]")?.focus();
  }

  /** Tell anew what is known around the picture; where somebody types, nothing moves. */
  async refresh() {
    const cameraId = this.cameraId;
    if (!cameraId || Date.now() - this.newsAt_ms < NEWS_EVERY_MS) return;
    this.newsAt_ms = Date.now();
    const fresh = await this.#ask(cameraId);
    if (!fresh?.dataset.camera || this.cameraId !== cameraId) return;
    const [old, told] = [this.dialog, fresh].map((one) => one.querySelector("#live"));
    if (!this.#isPlaying) this.#renewStill(old, told);
    for (const part of [".big-state", ".incidents"]) {
      const [was, is] = [this.dialog, fresh].map((one) => one.querySelector(part).closest(".panel"));
      if (!isTypedInto(was)) patch(was, is);
    }
  }

  /** Start on a panel that came with the page. */
  adopt() {
    this.wanted = this.cameraId;
    performance.mark(ASKED);
    this.dialog.removeAttribute("open");
    this.#open();
    this.#start();
  }

  close() {
    this.wanted = null;
    this.#stop();
    if (this.dialog.open) this.dialog.close();
    this.dialog.replaceChildren();
    this.left();
  }

  #open() {
    if (!this.dialog.open) this.dialog.showModal();
  }

  get #isPlaying() {
    return this.live !== null && (!this.live.video.hidden || this.live.state?.phase === "delayed");
  }

  /** The panel as the server has it now, null when nobody answered; who is signed out is led to the door. */
  async #ask(cameraId) {
    try {
      const answer = await fetch(`/wall/cameras/${cameraId}${location.search}`, {
        headers: { Accept: "text/html" }, signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      if (isDoor(answer)) return location.reload() ?? null; // to the door, and from there back to here
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return page.querySelector(".camera-panel") ?? page.querySelector("main");
    } catch {
      return null; // the page's band tells of a lost connection
    }
  }

  #renewStill(old, told) {
    const picture = old.querySelector("img");
    if (!picture || !told.dataset.taken || told.dataset.taken === old.dataset.taken) return;
    old.dataset.taken = told.dataset.taken;
    picture.src = `${told.querySelector("img").getAttribute("src")}?at=${encodeURIComponent(told.dataset.taken)}`;
  }

  #skeleton() {
    const frame = document.createElement("div");
    frame.className = "camera-panel";
    frame.innerHTML = '<div class="camera-body"><div class="picture skeleton"></div><div class="panel skeleton"></div></div>';
    return frame;
  }

  #keepPicture(fresh) {
    const view = this.dialog.querySelector("#live");
    fresh.querySelector("#live").replaceWith(view);
  }

  async #start() {
    const view = this.dialog.querySelector("#live");
    if (!view?.dataset.ticket) return;
    const { LivePlayer } = await import("./live_player.js");
    if (!view.isConnected) return;
    this.live = { view, video: view.querySelector("video"), label: view.querySelector("[data-live]") };
    this.player = new LivePlayer(this.live.video, view.dataset.ticket, (state) => this.#tell(state));
    this.player.start();
  }

  #stop() {
    this.player?.stop();
    this.player = null;
    this.live = null;
  }

  #tell(state) {
    if (!this.live) return;
    this.live.state = state;
    const isPlaying = state.phase === "playing";
    if (isPlaying && this.live.video.hidden) performance.measure("picture.first", ASKED);
    if (isPlaying) this.live.video.hidden = false;
    this.live.view.querySelector("img")?.toggleAttribute("hidden", SHOWING.includes(state.phase));
    const { text, isWhole, isLess } = labelOf(state);
    this.live.label.classList.toggle("is-live", isWhole);
    this.live.label.classList.toggle("is-thinned", isLess);
    this.dialog.querySelector("[data-why-delayed]")?.toggleAttribute("hidden", state.phase !== "delayed");
    if (this.live.label.textContent !== text) this.live.label.textContent = text;
    this.#tellAge();
  }

  #tellAge() {
    const view = this.dialog.querySelector("#live");
    if (!view) return;
    const age_s = this.#age_s(view);
    view.classList.toggle("is-old", age_s !== null && age_s > oldAfter_s(this.live?.state));
    const zone = this.dialog.querySelector(".camera-panel").dataset.zone;
    const label = view.querySelector(".age");
    label.hidden = age_s === null;
    if (age_s !== null) {
      const taken = clockTime(Date.now() - age_s * 1000, zone);
      label.textContent = `${taken} · ${word("tile.age", { age: duration(age_s) })}`;
    }
  }

  #age_s(view) {
    const state = this.live?.state;
    if (state?.frame_age_s !== undefined && state?.frame_age_s !== null) {
      return state.frame_age_s + (performance.now() - state.at_ms) / 1000;
    }
    return view.dataset.taken ? (Date.now() - Date.parse(view.dataset.taken)) / 1000 : null;
  }
}

function isTypedInto(part) {
  return part.matches(":focus-within") || [...part.querySelectorAll("input")].some((one) => one.value);
}
