/** Forms that speak to the API: `<form data-api="POST /api/v1/…">`.
 *
 * Fields become JSON by their names; `data-type` (number, list, text-or-null) says how. The answer
 * goes into the form's `.form-answer`; afterwards the form fires `answered` with what came back.
 */

import { Problem, call } from "./api.js";
import { word } from "./words.js";

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
  const status = error instanceof Problem ? error.status : 0;
  const kind = status === 0 ? "no_answer" : status >= 500 ? "server" : status === 429 ? "limit" : "refused";
  return { title: word(`problem.${kind}`), text: `${word(`problem.${kind}.now`)}`, detail: error.message };
}

/** Show a notice in the form's place for answers. */
export function tell(form, tone, title, text = "", detail = "") {
  const place = form.querySelector(".form-answer");
  const notice = document.createElement("div");
  notice.className = `notice tone-${tone}`;
  const icon = document.querySelector("svg.icon").cloneNode(true);
  const use = icon.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${tone}`));
  const body = document.createElement("div");
  for (const [tag, content] of [["strong", title], ["p", text], ["small", detail]]) {
    if (!content) continue;
    const line = document.createElement(tag);
    line.textContent = content;
    body.append(line);
  }
  notice.append(icon, body);
  place.replaceChildren(notice);
}

async function send(form) {
  const [method, path] = form.dataset.api.split(" ");
  const button = form.querySelector("button:not([type=button])");
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) return;
  button.disabled = true;
  try {
    const hasBody = method !== "DELETE";
    const answer = await call(method, path, hasBody ? bodyOf(form) : undefined);
    form.querySelector(".form-answer")?.replaceChildren();
    form.dispatchEvent(new CustomEvent("answered", { bubbles: true, detail: answer }));
    if (form.dataset.then === "reload") location.reload();
    else if (form.dataset.then?.startsWith("/")) location.assign(form.dataset.then);
  } catch (error) {
    const said = explain(error);
    tell(form, "failing", said.title, said.text, said.detail);
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
