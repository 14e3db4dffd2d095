/** Forms that speak to the API: `<form data-api="POST /api/v1/…">`.
 *
 * Fields become JSON by their names; `data-type` (number, list, text-or-null) says how. The answer
 * goes into the form's `.form-answer`; afterwards the form fires `answered` with what came back.
 */

import { Problem, call } from "./api.js";
import { hasWord, word } from "./words.js";

/** Refusals that are about one field of a form. */
const PLACES = {
  account_exists: "user", empty_comment: "comment", foreign_region: "region",
  station_exists: "number", weak_password: "password",
};

const READERS = {
  number: (field) => (field.value === "" ? null : Number(field.value)),
  flag: (field) => field.checked,
  lines: (field) => field.value.split(",").map((one) => one.trim()).filter(Boolean),
  "text-or-null": (field) => field.value.trim() || null,
};

/** The fields of a form as the API wants them. */
export function bodyOf(form) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled) continue;
    if (field.dataset.type === "list") {
      body[field.name] ??= [];
      if (field.checked) body[field.name].push(field.value);
    } else {
      const read = READERS[field.dataset.type] ?? ((one) => one.value);
      body[field.name] = read(field);
    }
  }
  return body;
}

/** What went wrong in words: what happened, what it means for the recording, what to do now. */
export function explain(error) {
  const { status = 0, code = "" } = error instanceof Problem ? error : {};
  const kind = kindOf(status, code);
  const isNamed = hasWord(`refusal.${code}`);
  const text = isNamed ? word(`refusal.${code}`) : word(`problem.${kind}.now`);
  return { title: word(`problem.${kind}`), text, detail: isNamed || kind === "signed_out" ? "" : error.message };
}

function kindOf(status, code) {
  if (status === 0) return "no_answer";
  if (status === 401 || code === "stale_page") return "signed_out";
  if (status >= 500) return "server";
  return status === 429 ? "limit" : "refused";
}

/** Show a notice in the form's place for answers; `detail` is for the support, in English. */
export function tell(form, tone, title, text = "", detail = "") {
  const place = form.querySelector(".form-answer");
  const notice = document.createElement("div");
  notice.className = `notice tone-${tone}`;
  const body = document.createElement("div");
  for (const [tag, content] of [["strong", title], ["p", text], ["small", detail]]) {
    if (!content) continue;
    const line = document.createElement(tag);
    line.textContent = content;
    if (tag === "small") line.lang = "en";
    body.append(line);
  }
  notice.append(iconOf(tone), body);
  place.replaceChildren(notice);
}

function iconOf(name) {
  const icon = document.querySelector("svg.icon").cloneNode(true);
  const use = icon.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
  return icon;
}

/** Say it beside the fields that are meant, and go to the first; false where there is none. */
function blame(form, error) {
  const found = [...findings(error)].map(([name, text]) => [form.elements[name], text]);
  const seen = found.filter(([field]) => field instanceof HTMLElement && field.type !== "hidden");
  for (const [field, text] of seen) {
    const fault = Object.assign(document.createElement("small"), { className: "fault", id: `${field.id}-fault` });
    fault.append(iconOf("failing"), Object.assign(document.createElement("span"), { textContent: text }));
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${fault.id}`.trim());
    field.after(fault);
  }
  seen[0]?.[0].focus();
  return seen.length > 0;
}

function* findings(error) {
  if (error.code in PLACES) yield [PLACES[error.code], word(`refusal.${error.code}`)];
  for (const { where, code, limit } of error.errors ?? []) {
    const name = hasWord(`fault.${code}`) ? `fault.${code}` : "fault.other";
    yield [where.split(".")[1], word(name, { limit })];
  }
}

function absolve(field) {
  const fault = document.getElementById(`${field.id}-fault`);
  if (!fault) return;
  const others = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id !== fault.id);
  if (others.length) field.setAttribute("aria-describedby", others.join(" "));
  else field.removeAttribute("aria-describedby");
  field.removeAttribute("aria-invalid");
  fault.remove();
}

async function send(form) {
  const [method, path] = form.dataset.api.split(" ");
  const button = form.querySelector("button:not([type=button])");
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) return;
  button.disabled = true;
  for (const field of form.elements) absolve(field);
  form.querySelector(".form-answer")?.replaceChildren(); // what was said of the last try
  try {
    const hasBody = method !== "DELETE";
    const answer = await call(method, path, hasBody ? bodyOf(form) : undefined);
    form.dispatchEvent(new CustomEvent("answered", { bubbles: true, detail: answer }));
    if (form.dataset.then === "reload") location.reload();
    else if (form.dataset.then?.startsWith("/")) location.assign(form.dataset.then);
  } catch (error) {
    const said = explain(error);
    if (blame(form, error)) tell(form, "failing", said.title, word("problem.fields"));
    else tell(form, "failing", said.title, said.text, said.detail);
  } finally {
    button.disabled = false;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-api]");
  if (!form) return;
  event.preventDefault();
  send(form);
});

document.addEventListener("input", (event) => absolve(event.target));
