"""Starts an engine with the film published on it; each in processes of its own."""

import base64
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.fanout.film import Film, publish
from core.clock import SystemClock
from core.live_token import LiveAction, sign_live_token

_END_S = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine at work."""

    name: str
    pid: int
    whep_url: str
    headers: dict[str, str] = field(default_factory=dict)


Start = Callable[[Film, Path], AbstractContextManager[Engine]]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def ending(
    process: subprocess.Popen[bytes], within_s: float = _END_S
) -> Iterator[subprocess.Popen[bytes]]:
    """End a process with the block."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(within_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class PollcamServer:
    """This project's streamer as it is run in production, and the keys to it."""

    def __init__(self) -> None:
        self.port = free_port()
        self._key = Ed25519PrivateKey.generate()
        self._first = uuid4()

    def command(self, workers: int = 1) -> tuple[list[str], dict[str, str]]:
        """The command and its environment."""
        public = base64.b64encode(self._key.public_key().public_bytes_raw()).decode()
        chosen = {
            "API_PUBLIC_KEY": public,
            "LISTEN_PORT": str(self.port),
            "PUBLIC_ADDRESS": "127.0.0.1",
            "WORKERS": str(workers),
            "REQUESTS_PER_S": "100000",
            "VIEWERS_MAX": "100000",
            "VIEWERS_PER_CAMERA_MAX": "100000",
            "VIEWERS_PER_ACCOUNT_MAX": "100000",
            "VIEWERS_PER_ADDRESS_MAX": "100000",
            "REQUESTS_PER_ADDRESS_PER_S": "100000",
            "PUBLICATIONS_PER_DEVICE_MAX": "1000",
            "LOG_LEVEL": "WARNING",
        }
        environment = {f"POLLCAM_STREAMER_{name}": value for name, value in chosen.items()}
        return [sys.executable, "-m", "cli", "streamer", "serve"], os.environ | environment

    def token(self, camera_id: UUID, action: LiveAction) -> str:
        """A bearer as the API signs it."""
        now_utc, lifetime = SystemClock().utc(), timedelta(hours=1)
        return sign_live_token(self._key, camera_id, action, "bench", now_utc, lifetime)[0]

    def camera_id(self, number: int) -> UUID:
        """One of its cameras."""
        return UUID(int=self._first.int + number)

    def whip_url(self, camera_id: UUID) -> str:
        """Where a camera is published."""
        return f"http://127.0.0.1:{self.port}/whip/{camera_id}"


@contextmanager
def pollcam(film: Film, _directory: Path) -> Iterator[Engine]:
    """This project's streamer; ffmpeg publishes by WHIP."""
    server = PollcamServer()
    camera_id = server.camera_id(0)
    command, environment = server.command()
    sent = ["-f", "whip", "-whip_flags", "dtls_active", "-authorization"]
    with ending(subprocess.Popen(command, env=environment)) as process:
        wait_listening(server.port)
        token = server.token(camera_id, LiveAction.PUBLISH)
        with ending(publish(film, *sent, token, server.whip_url(camera_id))):
            yield Engine(
                name="pollcam",
                pid=process.pid,
                whep_url=f"http://127.0.0.1:{server.port}/whep/{camera_id}",
                headers={"authorization": f"Bearer {server.token(camera_id, LiveAction.VIEW)}"},
            )


@contextmanager
def stock_aiortc(film: Film, _directory: Path) -> Iterator[Engine]:
    """Aiortc without a line of ours in its media path; it reads the film itself."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.fanout.stock", "--port", str(port), str(film.ts)]
    with ending(subprocess.Popen(command)) as server:
        wait_listening(port)
        yield Engine(name="aiortc", pid=server.pid, whep_url=f"http://127.0.0.1:{port}/whep")


@dataclass(frozen=True, slots=True, kw_only=True)
class MediamtxServer:
    """MediaMTX with RTSP and WebRTC alone."""

    pid: int
    rtsp_port: int
    http_port: int
    udp_port: int


@contextmanager
def mediamtx_server(
    binary: Path, directory: Path, host: str = "127.0.0.1"
) -> Iterator[MediamtxServer]:
    """MediaMTX at work; `host` is where its media and its HTTP are reached."""
    rtsp, http, udp = free_port(), free_port(), free_port()
    settings = directory / "mediamtx.yml"
    settings.write_text(
        "logLevel: error\nrtmp: no\nhls: no\nsrt: no\nmoq: no\nrtspTransports: [tcp]\n"
        f"rtspAddress: 127.0.0.1:{rtsp}\nwebrtcAddress: :{http}\n"
        f"webrtcLocalUDPAddress: {host}:{udp}\nwebrtcIPsFromInterfaces: no\n"
        f"webrtcAdditionalHosts: [{host}]\npaths:\n  all_others:\n"
    )
    with ending(subprocess.Popen([binary, settings])) as process:
        wait_listening(rtsp)
        wait_listening(http)
        yield MediamtxServer(pid=process.pid, rtsp_port=rtsp, http_port=http, udp_port=udp)


@contextmanager
def mediamtx(binary: Path, film: Film, directory: Path) -> Iterator[Engine]:
    """MediaMTX; ffmpeg publishes by RTSP, the cheapest way in that it has."""
    with ExitStack() as stack:
        server = stack.enter_context(mediamtx_server(binary, directory))
        _by_rtsp(stack, film, f"rtsp://127.0.0.1:{server.rtsp_port}/camera")
        whep = f"http://127.0.0.1:{server.http_port}/camera/whep"
        yield Engine(name="mediamtx", pid=server.pid, whep_url=whep)


@dataclass(frozen=True, slots=True, kw_only=True)
class Go2rtcServer:
    """go2rtc with RTSP and WebRTC alone."""

    pid: int
    rtsp_port: int
    webrtc_url: str
    """Of WHIP with `?dst=` and a stream's name, of WHEP with `?src=`."""


@contextmanager
def go2rtc_server(binary: Path, directory: Path, streams: Iterable[str]) -> Iterator[Go2rtcServer]:
    """go2rtc at work; it takes in only those streams whose names it was told before."""
    rtsp, http, udp = free_port(), free_port(), free_port()
    settings = directory / "go2rtc.yaml"
    settings.write_text(
        f"log: {{level: error}}\napi: {{listen: '127.0.0.1:{http}'}}\n"
        f"rtsp: {{listen: '127.0.0.1:{rtsp}'}}\nstreams:\n"
        + "".join(f"  {name}: []\n" for name in streams)
        # Unless told so it leaves loopback out, where FFmpeg alone would look for it.
        + f"webrtc:\n  listen: ':{udp}/udp'\n  ice_servers: []\n"
        "  filters: {loopback: true, ips: [127.0.0.1]}\n"
    )
    with ending(subprocess.Popen([str(binary), "-config", str(settings)])) as process:
        wait_listening(rtsp)
        wait_listening(http)
        url = f"http://127.0.0.1:{http}/api/webrtc"
        yield Go2rtcServer(pid=process.pid, rtsp_port=rtsp, webrtc_url=url)


@contextmanager
def go2rtc(binary: Path, film: Film, directory: Path) -> Iterator[Engine]:
    """go2rtc; ffmpeg publishes by RTSP."""
    with ExitStack() as stack:
        server = stack.enter_context(go2rtc_server(binary, directory, ["camera"]))
        _by_rtsp(stack, film, f"rtsp://127.0.0.1:{server.rtsp_port}/camera")
        yield Engine(name="go2rtc", pid=server.pid, whep_url=f"{server.webrtc_url}?src=camera")


def wait_listening(port: int) -> None:
    """Wait until a process of ours accepts connections."""
    deadline_s = SystemClock().monotonic_s() + _END_S
    while SystemClock().monotonic_s() < deadline_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        os.sched_yield()
    raise TimeoutError(f"nobody listens on port {port}")


def chosen(paths: Mapping[str, str]) -> dict[str, Start]:
    """The engines to compare: ours and stock aiortc always, the others where a path is given."""
    engines: dict[str, Start] = {
        "pollcam": pollcam,
        "aiortc": stock_aiortc,
    }
    for name, variable, start in (
        ("mediamtx", "MEDIAMTX", mediamtx),
        ("go2rtc", "GO2RTC", go2rtc),
    ):
        if paths.get(variable):
            binary = Path(paths[variable]).resolve(strict=True)
            engines[name] = partial(start, binary)
    return engines


def _by_rtsp(stack: ExitStack, film: Film, url: str) -> None:
    stack.enter_context(ending(publish(film, "-f", "rtsp", "-rtsp_transport", "tcp", url)))
