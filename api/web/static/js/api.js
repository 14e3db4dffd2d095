/** Calls to the API, with the proof that it was this page that made them. */

export class Problem extends Error {
  /** An answer that says no; `status` is that of HTTP, 0 when no answer came. */

  constructor(message, status, { code = "", errors = [] } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

/** Whether an answer is the page to sign in at: whoever asked is signed out. */
export function isDoor(answer) {
  return new URL(answer.url).pathname === "/sign-in";
}

/** Ask for something; the answer's JSON, or null where there is none. A file is sent byte by byte. */
export async function call(method, path, body, type = "application/json") {
  const headers = { Accept: "application/json" };
  const proof = document.querySelector('meta[name="csrf-token"]')?.content;
  if (proof) headers["X-CSRF-Token"] = proof;
  if (body !== undefined) headers["Content-Type"] = type;
  const isReady = body === undefined || body instanceof Blob;
  const answer = await asked(path, { method, headers, body: isReady ? body : JSON.stringify(body) });
  if (answer.status === 204) return null;
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(said.detail ?? answer.statusText, answer.status, said);
  return said;
}

async function asked(path, request) {
  try {
    return await fetch(path, { ...request, signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    throw new Problem(String(error), 0);
  }
}
