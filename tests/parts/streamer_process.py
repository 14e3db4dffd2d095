"""The streamer as it is run in production, for an API, with cameras that a film stands in for."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import imageio_ffmpeg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import SystemClock
from core.live_stream import LiveStream
from core.live_token import LiveAction, sign_live_token
from tests.parts.free_port import free_port
from tests.parts.live_streamer import public_key_of
from tests.parts.whip_ffmpeg import WHIP_OPTIONS
from tests.waiting import wait_until

_END_S = 30


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where a streamer that is yet to be started will be."""

    http: int = field(default_factory=free_port)
    udp: int = field(default_factory=lambda: free_port(socket.SOCK_DGRAM))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"


@contextmanager
def streamer_process(ports: Ports, key: Ed25519PrivateKey) -> Iterator[None]:
    """Serve for the time of the block, whoever has a token of that key."""
    chosen = {
        "API_PUBLIC_KEY": public_key_of(key),
        "LISTEN_PORT": ports.http,
        "UDP_PORT": ports.udp,
        "PUBLIC_ADDRESS": "127.0.0.1",
        "REQUESTS_PER_S": 1000,
        "LOG_LEVEL": "ERROR",
    }
    environment = {f"POLLCAM_STREAMER_{name}": str(value) for name, value in chosen.items()}
    command = [sys.executable, "-m", "cli", "streamer", "serve"]
    with _ended(subprocess.Popen(command, env=os.environ | environment)) as process:
        wait_until(lambda: _answers(ports, process), within_s=120, what="the streamer answers")
        yield


@contextmanager
def film_on_cameras(
    film: Path,
    cameras: Sequence[UUID],
    ports: Ports,
    key: Ed25519PrivateKey,
    stream: LiveStream = LiveStream.MAIN,
) -> Iterator[None]:
    """Each camera shows the film, over and over, from a publisher of its own."""
    now_utc, outputs = SystemClock().utc(), []
    for camera_id in cameras:
        token, _ = sign_live_token(
            key, camera_id, LiveAction.publishing(stream), "a station", now_utc, timedelta(hours=1)
        )
        path = camera_id if stream is LiveStream.MAIN else f"{camera_id}/{stream}"
        outputs += ["-map", "0:v", "-c", "copy", "-f", "whip", *WHIP_OPTIONS,
                    "-authorization", token, f"{ports.url}/whip/{path}"]  # fmt: skip
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "fatal", "-re", "-stream_loop", "-1",
        "-i", str(film), *outputs,
    ]  # fmt: skip
    with _ended(subprocess.Popen(command, stdin=subprocess.DEVNULL)):
        yield


@contextmanager
def _ended(process: subprocess.Popen) -> Iterator[subprocess.Popen]:
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(ports: Ports, process: subprocess.Popen) -> bool:
    assert process.poll() is None, "the streamer ended"
    try:
        return httpx.get(f"{ports.url}/healthz").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
