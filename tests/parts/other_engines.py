"""Engines that can carry live in our streamer's place, where their binaries are given.

`MEDIAMTX=path` and `GO2RTC=path` name them; a second streamer of ours needs neither.
"""

import os
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.parts.free_port import free_port
from tests.parts.live_streamer import LiveStreamer, running_streamer
from tests.waiting import wait_until

_HOST = "127.0.0.1"
_VARIABLES = {"mediamtx": "MEDIAMTX", "go2rtc": "GO2RTC"}
GIVEN = ("pollcam", *(name for name, variable in _VARIABLES.items() if os.environ.get(variable)))
"""Those that can be tried here."""


@dataclass(frozen=True, kw_only=True)
class OtherEngine:
    """An engine, and how a streamer sends clients to it."""

    whep: str
    whip: str = ""
    streamer: LiveStreamer | None = None
    """Where it is a streamer of ours."""


@asynccontextmanager
async def other_engine(
    name: str, camera_id: UUID, key: Ed25519PrivateKey, folder: Path, port: int
) -> AsyncIterator[OtherEngine]:
    """Run one beside a streamer on `port`; it asks that one who may, where it can ask."""
    if name == "pollcam":
        async with running_streamer(key) as streamer:
            template = streamer.url + "/{protocol}/{camera_id}"
            yield OtherEngine(whep=template, streamer=streamer)
    else:
        binary = os.environ[_VARIABLES[name]]
        given = _mediamtx(binary, folder, port)
        with given if name == "mediamtx" else _go2rtc(binary, folder, camera_id) as engine:
            yield engine


@contextmanager
def _mediamtx(binary: str, folder: Path, port: int) -> Iterator[OtherEngine]:
    http, udp = free_port(), free_port(socket.SOCK_DGRAM)
    settings = folder / "mediamtx.yml"
    settings.write_text(
        f"authMethod: http\nauthHTTPAddress: http://{_HOST}:{port}/engine/admission\n"
        "logLevel: error\nrtsp: no\nrtmp: no\nhls: no\nsrt: no\nmoq: no\n"
        f"webrtcAddress: {_HOST}:{http}\nwebrtcLocalUDPAddress: {_HOST}:{udp}\n"
        "webrtcAllowOrigins: ['*']\nwebrtcIPsFromInterfaces: no\n"
        f"webrtcAdditionalHosts: [{_HOST}]\npaths:\n  all_others:\n"
    )
    with _running((binary, str(settings)), http):
        yield OtherEngine(whep=f"http://{_HOST}:{http}/{{camera_id}}/{{protocol}}")


@contextmanager
def _go2rtc(binary: str, folder: Path, camera_id: UUID) -> Iterator[OtherEngine]:
    http, udp = free_port(), free_port(socket.SOCK_DGRAM)
    settings = folder / "go2rtc.yaml"
    settings.write_text(
        f"log: {{level: error}}\napi: {{listen: '{_HOST}:{http}', origin: '*'}}\n"
        f"rtsp: {{listen: ''}}\nstreams:\n  {camera_id}: []\n"
        f"webrtc:\n  listen: ':{udp}/udp'\n  candidates: ['{_HOST}:{udp}']\n  ice_servers: []\n"
    )
    api = f"http://{_HOST}:{http}/api/webrtc"
    with _running((binary, "-config", str(settings)), http):
        yield OtherEngine(whep=f"{api}?src={{camera_id}}", whip=f"{api}?dst={{camera_id}}")


@contextmanager
def _running(command: tuple[str, ...], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def listens() -> bool:
        assert process.poll() is None, f"{command[0]} ended"
        with socket.socket() as probe:
            return probe.connect_ex((_HOST, port)) == 0

    try:
        wait_until(listens, within_s=60, what=f"{command[0]} listens")
        yield
    finally:
        process.terminate()
        process.wait(60)
