/** What every page's frame does: a menu that closes, and choices that keep where the reader is. */

const CHOICES = ["lang", "theme"];
const menu = document.querySelector(".menu");

/** A cookie holds the choice; in the address it would go along with every link that is sent. */
function tidyAddress() {
  const address = new URL(location.href);
  if (!CHOICES.some((name) => address.searchParams.has(name))) return;
  for (const name of CHOICES) address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
}

function choose(event) {
  const link = event.target.closest(".choice a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const wanted = new URL(link.href).searchParams;
  const address = new URL(location.href); // as it is now, not as it was when the page was made
  for (const name of CHOICES) if (wanted.has(name)) address.searchParams.set(name, wanted.get(name));
  location.assign(address);
}

menu.addEventListener("click", choose);
document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
menu.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
tidyAddress();
