/** The texts of the page, in its language, from the catalogue. */

const texts = JSON.parse(document.getElementById("words")?.textContent ?? "{}");

/** A text by its name, with its values filled in. */
export function word(name, values = {}) {
  const text = texts[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

/** Whether there is a text of that name. */
export function hasWord(name) {
  return name in texts;
}

/** The largest unit that says enough, rounded down; the same as the server's. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole >= 3600) return word("unit.hours", { n: Math.floor(whole / 3600) });
  if (whole >= 60) return word("unit.minutes", { n: Math.floor(whole / 60) });
  return word("unit.seconds", { n: whole });
}

/** Speed in bits a second, as people say it. */
export function bitrate(bps) {
  if (bps >= 1e6) return word("unit.mbps", { n: number(bps / 1e6, 1) });
  return word("unit.kbps", { n: number(bps / 1e3, 0) });
}

/** A number as the language writes it. */
export function number(value, digits = 0) {
  return new Intl.NumberFormat(document.documentElement.lang, {
    maximumFractionDigits: digits,
  }).format(value);
}

/** `14:03:22` by the clock of a zone. */
export function clockTime(instant_ms, zone) {
  return new Date(instant_ms).toLocaleTimeString("en-GB", { timeZone: zone });
}
