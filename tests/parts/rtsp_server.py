"""A real RTSP server for tests and benchmarks: GStreamer's, with one mount for each camera.

Run by the system's Python, which has GStreamer's bindings, not by the project's:

    /usr/bin/python3 tests/parts/rtsp_server.py --mount cam1=file:/footage/walk.mp4 \
        --mount cam2=test:1280x720@25,kbps=2000,gop=50 --mount cam3=test:,sound=alaw

It prints `ready PORT` when it accepts sessions and ends with SIGTERM. A file is played from its
start to its end, in real time, for each session that opens it; a test source is live and
encoded once for all its sessions. SIGSTOP makes a camera that is connected and silent.
"""

import argparse
import signal
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 versions come first

SOUND = {
    "alaw": "alawenc ! rtppcmapay name=pay1 pt=8",
    "mulaw": "mulawenc ! rtppcmupay name=pay1 pt=0",
    "aac": "avenc_aac ! aacparse ! rtpmp4gpay name=pay1 pt=97",
}


def launch_line(source: str) -> str:
    """The GStreamer pipeline of one mount."""
    kind, _, rest = source.partition(":")
    if kind == "file":
        return (
            f'( filesrc location="{rest}" ! qtdemux ! h264parse config-interval=-1 '
            "! rtph264pay name=pay0 pt=96 )"
        )
    if kind == "hevc":
        return (
            f'( filesrc location="{rest}" ! qtdemux ! h265parse config-interval=-1 '
            "! rtph265pay name=pay0 pt=96 )"
        )
    if kind == "test":
        return test_line(rest)
    raise SystemExit(
        f"a source is file:PATH, hevc:PATH or test:WxH@FPS,kbps=N,gop=N,sound=NAME: {source}"
    )


def test_line(rest: str) -> str:
    """A live picture that is encoded here; every part has a default."""
    size, _, options = rest.partition(",")
    width, height, fps = sized(size or "640x360@25")
    chosen = dict(part.split("=") for part in options.split(",") if part)
    rate, gop = int(chosen.get("kbps", 500)), int(chosen.get("gop", 25))
    line = (
        f"videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width={width},"
        f"height={height},framerate={fps}/1 ! x264enc tune=zerolatency speed-preset=ultrafast "
        f"bitrate={rate} key-int-max={gop} bframes=0 ! video/x-h264,profile=constrained-baseline "
        "! h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96"
    )
    if "sound" in chosen:
        rate_hz = 48000 if chosen["sound"] == "aac" else 8000
        line += (
            f" audiotestsrc is-live=true ! audio/x-raw,rate={rate_hz},channels=1 ! audioconvert "
            f"! {SOUND[chosen['sound']]}"
        )
    return f"( {line} )"


def sized(text: str) -> tuple[int, int, int]:
    """Read `1280x720@25`."""
    size, _, fps = text.partition("@")
    width, _, height = size.partition("x")
    return int(width), int(height), int(fps or 25)


def mounted(server: GstRtspServer.RTSPServer, name: str, source: str) -> None:
    """Add one camera."""
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(launch_line(source))
    factory.set_shared(source.startswith("test:"))
    server.get_mount_points().add_factory(f"/{name}", factory)


def with_account(server: GstRtspServer.RTSPServer, account: str) -> None:
    """Ask every session for a user and a password, as real cameras do."""
    user, _, password = account.partition(":")
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)


def main() -> int:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", default="0", help="0: any free one, told on standard output")
    parser.add_argument("--mount", action="append", default=[], metavar="NAME=SOURCE")
    chosen = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(chosen.port)
    for mount in chosen.mount:
        name, _, source = mount.partition("=")
        mounted(server, name, source)
    if server.attach(None) == 0:
        raise SystemExit(f"port {chosen.port} is in use")
    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, loop.quit)
    print("ready", server.get_bound_port(), flush=True)
    loop.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
