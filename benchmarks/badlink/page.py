"""A page with a WHEP client of its own, the same for every engine; Chromium counts for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

_CLIENT = """<!doctype html><video muted playsinline autoplay></video><script type="module">
const video = document.querySelector("video");
window.begin = async (url, token, relay) => {
  const peer = window.peer = new RTCPeerConnection();
  peer.addTransceiver("video", { direction: "recvonly" });
  peer.ontrack = (event) => { video.srcObject = new MediaStream([event.track]); };
  const note = (now) => {
    window.first ??= now;
    window.last = now;
    window.shown = (window.shown ?? 0) + 1;
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  await peer.setLocalDescription();
  const offered = peer.localDescription.sdp;
  const body = relay ? offered.replace(/a=candidate:.*\\r\\n/g, "") : offered;
  const headers = { "content-type": "application/sdp" };
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await fetch(url, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const told = await answer.text();
  const place = /(a=candidate:\\S+ 1 \\S+ \\d+) \\S+ \\d+ typ host/g;
  const sdp = relay ? told.replace(place, `$1 127.0.0.1 ${relay} typ host`) : told;
  await peer.setRemoteDescription({ type: "answer", sdp });
};
window.counted = async () => {
  const reports = [...(await window.peer.getStats()).values()];
  const video = reports.find((r) => r.type === "inbound-rtp" && r.kind === "video") ?? {};
  return {
    frozen_s: (video.totalFreezesDuration ?? 0) + (video.totalPausesDuration ?? 0),
    freezes: (video.freezeCount ?? 0) + (video.pauseCount ?? 0),
    decoded: video.framesDecoded ?? 0,
    lost: video.packetsLost ?? 0,
    received: video.packetsReceived ?? 0,
    nacks: video.nackCount ?? 0,
    plis: video.pliCount ?? 0,
    repeated: video.retransmittedPacketsReceived ?? 0,
    since_last_s: window.last === undefined ? 0 : (performance.now() - window.last) / 1000,
    state: window.peer.connectionState,
  };
};
</script>"""

PAGE = _CLIENT.encode()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def serving_page(host: str) -> Iterator[str]:
    """Serve it at an address of this machine; gives its URL."""
    server = ThreadingHTTPServer((host, 0), _Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
