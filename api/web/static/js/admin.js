/** What the administrator's pages do beyond plain forms: secrets shown once, a list tried first. */

import { call } from "./api.js";
import { explain, tell } from "./forms.js";
import { hasWord, word } from "./words.js";

for (const form of document.querySelectorAll("form[data-sheet]")) {
  form.addEventListener("answered", (event) => showSheet(form, event.detail));
}

/** What is shown this once, below the form that made it. */
function showSheet(form, made) {
  const sheet = document.getElementById(form.dataset.sheet).content.cloneNode(true);
  for (const place of sheet.querySelectorAll("[data-secret]")) {
    const text = { ...made, command: enrolment(made) }[place.dataset.secret];
    place.replaceChildren(...text.split(" ").flatMap((word, at) => [at ? " " : "", inOnePiece(word)]));
  }
  sheet.querySelector("[data-print]")?.addEventListener("click", () => window.print());
  if (form.nextElementSibling?.classList.contains("made")) form.nextElementSibling.remove();
  form.after(sheet);
}

function inOnePiece(text) {
  return Object.assign(document.createElement("span"), { textContent: text });
}

/** As the technician's guide has it; the addresses of the cameras are known at the station alone. */
function enrolment(made) {
  const command = "sudo deploy/station/install.sh";
  return `${command} --server ${location.origin} --token ${made.token} --cameras-from cameras.txt`;
}

const list = document.getElementById("import");
list?.addEventListener("change", (event) => {
  list.querySelector('[value="take"]').disabled = true;
  document.getElementById("list-name").textContent = event.target.files[0]?.name ?? word("import.no_file");
});
list?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const isTry = event.submitter?.value !== "take";
  // As it is: a browser that reads it as text would make valid letters of another encoding's bytes.
  const file = document.getElementById("list").files[0];
  try {
    const path = `/api/v1/stations/import${isTry ? "?dry_run=true" : ""}`;
    showReport(await call("POST", path, file, "text/csv"), isTry);
  } catch (error) {
    const said = explain(error);
    tell(list, "failing", said.title, said.text, said.detail);
  }
});

/** What is wrong, as exactly as there are words for it. */
function needs(fault) {
  const names = [`import.fault.${fault.code}`, `import.needs.${fault.column}`, `fault.${fault.code}`, "import.needs.other"];
  return word(names.find(hasWord), { limit: fault.limit });
}

function showReport(report, isTry) {
  const faults = document.getElementById("faults");
  faults.replaceChildren(...report.bad_lines.map((fault) => {
    const line = document.createElement("li");
    line.textContent = faults.dataset.pattern
      .replace("{line}", fault.line).replace("{column}", fault.column || "–").replace("{reason}", needs(fault));
    return line;
  }));
  const isGood = report.bad_lines.length === 0;
  list.querySelector('[value="take"]').disabled = !(isTry && isGood);
  const name = !isGood ? "import.bad" : isTry ? "import.good" : "import.done";
  tell(list, isGood ? "ok" : "failing", word(name, { faults: report.bad_lines.length }), word("import.counts", report));
  if (!isTry) setTimeout(() => location.reload(), 1500);
}
