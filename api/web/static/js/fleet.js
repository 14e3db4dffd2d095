/** What the centre knows of all stations, as it changes, and whether this page still hears it. */

import { retryIn_ms } from "./reconnect.js";

const SILENT_AFTER_MS = 12_000; // two ticks of 5 s and some slack

export class Fleet extends EventTarget {
  /** Fires `change` (with the ids of changed stations), `tick`, `incident`, `lost` and `found`. */

  constructor(url) {
    super();
    this.url = url;
    this.stations = new Map();
    this.heardAt_ms = Date.now();
    this.isLost = false;
    this.serverAhead_ms = 0;
    this.failures = 0;
    this.isFirst = true;
  }

  start() {
    this.#connect();
    setInterval(() => this.#watch(), 1000);
  }

  serverNow_ms() {
    return Date.now() + this.serverAhead_ms;
  }

  #connect() {
    const source = new EventSource(this.url);
    this.isFirst = true;
    source.addEventListener("fleet", (event) => this.#takeFleet(JSON.parse(event.data)));
    source.addEventListener("tick", (event) => this.#takeTick(JSON.parse(event.data)));
    source.addEventListener("incident", (event) => this.#tell("incident", JSON.parse(event.data)));
    source.addEventListener("error", () => {
      source.close(); // the browser's own retry does not come back after an error status
      setTimeout(() => this.#connect(), retryIn_ms(this.failures));
      this.failures += 1;
    });
  }

  #takeFleet(list) {
    this.#hear();
    const now = Date.now();
    if (this.isFirst) {
      const known = new Set(list.map((station) => station.id));
      for (const id of this.stations.keys()) if (!known.has(id)) this.stations.delete(id);
      this.isFirst = false;
    }
    for (const station of list) {
      station.at_ms = now; // ages in the message count from here
      this.stations.set(station.id, station);
    }
    this.#tell("change", list.map((station) => station.id));
  }

  #takeTick(tick) {
    this.serverAhead_ms = Date.parse(tick.server_utc) - Date.now();
    this.#hear();
    this.#tell("tick", tick);
  }

  #hear() {
    this.heardAt_ms = Date.now();
    this.failures = 0;
    if (this.isLost) {
      this.isLost = false;
      this.#tell("found", null);
    }
  }

  #watch() {
    if (!this.isLost && Date.now() - this.heardAt_ms > SILENT_AFTER_MS) {
      this.isLost = true;
      this.#tell("lost", this.heardAt_ms);
    }
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
