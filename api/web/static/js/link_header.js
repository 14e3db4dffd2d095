/** What a streamer names by `Link` headers. Sources: RFC 8288, RFC 9725 section 4.6. */

const VALUE = '"(?:[^"\\\\]|\\\\.)*"|[^\\s",;]+';
const LINK = new RegExp(`<([^>]*)>((?:\\s*;\\s*[\\w-]+\\s*=\\s*(?:${VALUE}))*)`, "g");
const PARAMETER = new RegExp(`([\\w-]+)\\s*=\\s*(${VALUE})`, "g");

/** STUN and TURN servers, as RTCPeerConnection takes them. */
export function iceServersOf(header) {
  return linksOf(header, "ice-server")
    .filter(({ url }) => /^(stun|turn)s?:/.test(url))
    .map(({ url, username, credential }) =>
      username === undefined ? { urls: url } : { urls: url, username, credential },
    );
}

/** The engine that carries live in the streamer's place, or undefined. */
export function alternateOf(header) {
  return linksOf(header, "alternate").find(({ url }) => /^https?:/.test(url))?.url;
}

function linksOf(header, rel) {
  return [...(header ?? "").matchAll(LINK)]
    .map(([, url, rest]) => ({ url, ...parametersOf(rest) }))
    .filter((link) => link.rel === rel);
}

function parametersOf(text) {
  const found = [...text.matchAll(PARAMETER)];
  return Object.fromEntries(found.map(([, name, value]) => [name.toLowerCase(), bare(value)]));
}

function bare(value) {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
}
