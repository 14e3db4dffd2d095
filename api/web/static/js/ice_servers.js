/** STUN and TURN servers that a WHEP answer names by `Link`. Source: RFC 9725 section 4.6. */

const VALUE = '"(?:[^"\\\\]|\\\\.)*"|[^\\s",;]+';
const LINK = new RegExp(`<([^>]*)>((?:\\s*;\\s*[\\w-]+\\s*=\\s*(?:${VALUE}))*)`, "g");
const PARAMETER = new RegExp(`([\\w-]+)\\s*=\\s*(${VALUE})`, "g");

/** What RTCPeerConnection takes; links of other kinds are passed over. */
export function iceServersOf(header) {
  return [...(header ?? "").matchAll(LINK)].flatMap(([, url, rest]) => {
    const parameters = Object.fromEntries(
      [...rest.matchAll(PARAMETER)].map(([, name, value]) => [name.toLowerCase(), bare(value)]),
    );
    if (parameters.rel !== "ice-server" || !/^(stun|turn)s?:/.test(url)) return [];
    const { username, credential } = parameters;
    return [username === undefined ? { urls: url } : { urls: url, username, credential }];
  });
}

function bare(value) {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
}
