"""The engines with one camera on each, reached at an address of their own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.badlink.links import Place
from benchmarks.fanout.engines import (
    PollcamServer,
    ending,
    free_port,
    mediamtx_server,
    wait_listening,
)
from core.live_stream import LiveStream
from core.live_token import LiveAction

GOP_S = 4
_FPS = 25
_CAMERA = f"test:bench?size=640x360&fps={_FPS}&gop={GOP_S * _FPS}&kbps=1000"
_SMALLER = "test:bench?size=320x180&fps=10&gop=20&kbps=120"
"""Published to our streamer alone: MediaMTX has no place for a second stream of a camera."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """An engine with a camera on it."""

    place: Place
    whep_url: str
    whep_token: str
    whip_url: str
    whip_token: str
    smaller: tuple[str, ...] = ()
    """Address and token for a smaller stream; none where the engine has no place for one."""


def pollcam(stack: ExitStack, host: str) -> Watched:
    """This project's streamer."""
    server, udp_port = PollcamServer(), free_port()
    command, environment = server.command()
    chosen = {"LISTEN_HOST": "0.0.0.0", "PUBLIC_ADDRESS": host, "UDP_PORT": str(udp_port)}
    environment |= {f"POLLCAM_STREAMER_{name}": value for name, value in chosen.items()}
    stack.enter_context(ending(subprocess.Popen(command, env=environment)))
    wait_listening(server.port)
    camera_id = server.camera_id(0)
    return Watched(
        place=Place(host=host, udp_port=udp_port),
        whep_url=f"http://{host}:{server.port}/whep/{camera_id}",
        whep_token=server.token(camera_id, LiveAction.VIEW),
        whip_url=server.whip_url(camera_id),
        whip_token=server.token(camera_id, LiveAction.PUBLISH),
        smaller=(
            f"{server.whip_url(camera_id)}/{LiveStream.SMALLER}",
            server.token(camera_id, LiveAction.PUBLISH_SMALLER),
        ),
    )


def mediamtx(stack: ExitStack, host: str, binary: Path, folder: Path) -> Watched:
    """MediaMTX."""
    server = stack.enter_context(mediamtx_server(binary, folder, host))
    path = f"http://{host}:{server.http_port}/camera"
    return Watched(
        place=Place(host=host, udp_port=server.udp_port),
        whep_url=f"{path}/whep",
        whep_token="",
        whip_url=f"{path}/whip",
        whip_token="none",  # none is asked for, but our agent sends one
    )


def start(stack: ExitStack, hosts: Sequence[str], folder: Path) -> dict[str, Watched]:
    """Ours, and MediaMTX where its path is given; our agent publishes one camera to each."""
    engines = {"pollcam": pollcam(stack, hosts[0])}
    if os.environ.get("MEDIAMTX"):
        binary = Path(os.environ["MEDIAMTX"]).resolve(strict=True)
        engines["mediamtx"] = mediamtx(stack, hosts[1], binary, folder)
    targets = [part for e in engines.values() for part in (e.whip_url, e.whip_token)]
    smaller = [part for engine in engines.values() for part in engine.smaller]
    for camera, its_targets in ((_CAMERA, targets), (_SMALLER, smaller)):
        agents = [sys.executable, "-m", "benchmarks.ingest.agents", camera, *its_targets]
        stack.enter_context(ending(subprocess.Popen(agents)))
    return engines
