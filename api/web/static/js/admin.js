/** What the administrator's pages do beyond plain forms: secrets shown once, a list tried first. */

import { call } from "./api.js";
import { explain, tell } from "./forms.js";
import { word } from "./words.js";

const token = document.getElementById("make-token");
token?.addEventListener("answered", (event) => {
  const made = event.detail;
  const sheet = document.getElementById("made-token").content.cloneNode(true);
  const command = `pollcam agent enroll --server ${location.origin} --token ${made.token}`;
  for (const place of sheet.querySelectorAll("[data-secret]")) {
    place.textContent = { ...made, command }[place.dataset.secret];
  }
  sheet.querySelector("[data-print]").addEventListener("click", () => window.print());
  token.nextElementSibling?.classList.contains("made") && token.nextElementSibling.remove();
  token.after(sheet);
});

const list = document.getElementById("import");
list?.addEventListener("change", () => { list.querySelector('[value="take"]').disabled = true; });
list?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const isTry = event.submitter?.value !== "take";
  const text = await document.getElementById("list").files[0].text();
  try {
    const path = `/api/v1/stations/import${isTry ? "?dry_run=true" : ""}`;
    showReport(await call("POST", path, text, "text/csv"), isTry);
  } catch (error) {
    const said = explain(error);
    tell(list, "failing", said.title, said.text, said.detail);
  }
});

function needs(fault) {
  const name = `import.needs.${fault.column}`;
  return word(name) === name ? word("import.needs.other") : word(name);
}

function showReport(report, isTry) {
  const faults = document.getElementById("faults");
  faults.replaceChildren(...report.bad_lines.map((fault) => {
    const line = document.createElement("li");
    line.textContent = faults.dataset.pattern
      .replace("{line}", fault.line).replace("{column}", fault.column || "–").replace("{reason}", needs(fault));
    line.append(Object.assign(document.createElement("small"), { lang: "en", textContent: ` (${fault.reason})` }));
    return line;
  }));
  const isGood = report.bad_lines.length === 0;
  list.querySelector('[value="take"]').disabled = !(isTry && isGood);
  const name = !isGood ? "import.bad" : isTry ? "import.good" : "import.done";
  tell(list, isGood ? "ok" : "failing", word(name, { faults: report.bad_lines.length }), word("import.counts", report));
  if (!isTry) setTimeout(() => location.reload(), 1500);
}
