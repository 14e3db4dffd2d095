"""A page with a WHEP client of its own, the same for every engine, and what it measures."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.parts.burnt_in import READ_VIDEO_JS

_PAGE = (
    """<!doctype html><video muted playsinline autoplay></video><script type="module">
const video = document.querySelector("video");
const read = """
    + READ_VIDEO_JS
    + """;
window.samples = [];
window.begin = async (url, token) => {
  const began = performance.now();
  const peer = new RTCPeerConnection();
  peer.addTransceiver("video", { direction: "recvonly" });
  peer.ontrack = (event) => { video.srcObject = new MediaStream([event.track]); };
  const note = (now) => {
    window.first ??= now - began;
    if (window.isSampling) window.samples.push([Date.now(), read(video)]);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  await peer.setLocalDescription();
  const headers = { "content-type": "application/sdp" };
  if (token) headers.authorization = `Bearer ${token}`;
  const body = peer.localDescription.sdp;
  const answer = await fetch(url, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`${answer.status}`);
  await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
};
</script>"""
)


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = _PAGE.encode()
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def serving_page() -> Iterator[str]:
    """Serve it; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
