/** Makes one piece of a page equal to a newer one, touching only what differs.
 *
 * What the reader did stays: opened details, focus, selection, the pictures on screen. Pictures
 * are the caller's business, so that none flashes while it loads.
 */

const KEPT = new Map([["DETAILS", "open"], ["IMG", "src"]]);

export function patch(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh.cloneNode(true));
  } else if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
  } else if (!old.isEqualNode(fresh)) {
    patchAttributes(old, fresh);
    patchChildren(old, fresh);
  }
}

function patchAttributes(old, fresh) {
  const kept = KEPT.get(old.nodeName);
  for (const { name } of [...old.attributes]) {
    if (name !== kept && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (name !== kept && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function patchChildren(old, fresh) {
  const wanted = [...fresh.childNodes];
  const present = [...old.childNodes];
  for (const [place, child] of wanted.entries()) {
    if (place < present.length) patch(present[place], child);
    else old.append(child.cloneNode(true));
  }
  for (const child of present.slice(wanted.length)) child.remove();
}
