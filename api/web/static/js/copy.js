/** Copies what is shown once: `<button data-copy="ID" hidden>`, where the browser lets a page do so.
 *
 * What came of it is said in the element `ID-copied`.
 */

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue; // there is none but over https
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

async function copy(button) {
  const place = document.getElementById(button.dataset.copy);
  const said = document.getElementById(`${place.id}-copied`);
  try {
    await navigator.clipboard.writeText(place.textContent.trim());
    said.textContent = button.dataset.done;
  } catch {
    getSelection().selectAllChildren(place);
    said.textContent = button.dataset.failed;
  }
}
