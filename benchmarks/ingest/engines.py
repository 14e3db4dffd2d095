"""Engines that take in publishers, and the two kinds of publishers."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.fanout.engines import (
    PollcamServer,
    ending,
    free_port,
    mediamtx_server,
    wait_listening,
)
from benchmarks.fanout.film import Film, publish
from core.live_token import LiveAction

Target = tuple[str, str]
"""A WHIP endpoint and its token; an empty one where none is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """An engine that waits for publishers."""

    name: str
    pid: int
    target: Callable[[int], Target]
    """Of the camera with that number."""


Start = Callable[[Path], AbstractContextManager[Intake]]


@contextmanager
def pollcam(_directory: Path) -> Iterator[Intake]:
    """This project's streamer."""
    server = PollcamServer()
    command, environment = server.command()

    def target(number: int) -> Target:
        camera_id = server.camera_id(number)
        return server.whip_url(camera_id), server.token(camera_id, LiveAction.PUBLISH)

    with ending(subprocess.Popen(command, env=environment)) as process:
        wait_listening(server.port)
        yield Intake(name="pollcam", pid=process.pid, target=target)


@contextmanager
def stock_aiortc(_directory: Path) -> Iterator[Intake]:
    """Aiortc with its decoder left out."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.ingest.stock", "--port", str(port)]
    with ending(subprocess.Popen(command)) as process:
        wait_listening(port)
        url = f"http://127.0.0.1:{port}/whip/"
        yield Intake(name="aiortc", pid=process.pid, target=lambda number: (f"{url}{number}", ""))


@contextmanager
def mediamtx(binary: Path, directory: Path) -> Iterator[Intake]:
    """MediaMTX."""
    with mediamtx_server(binary, directory) as server:
        url = f"http://127.0.0.1:{server.http_port}/camera"
        yield Intake(
            name="mediamtx", pid=server.pid, target=lambda number: (f"{url}{number}/whip", "")
        )


def chosen(paths: Mapping[str, str]) -> dict[str, Start]:
    """Ours and stock aiortc always, MediaMTX where its path is given."""
    engines: dict[str, Start] = {"pollcam": pollcam, "aiortc": stock_aiortc}
    if paths.get("MEDIAMTX"):
        engines["mediamtx"] = partial(mediamtx, Path(paths["MEDIAMTX"]).resolve(strict=True))
    return engines


@contextmanager
def ffmpeg_publishing(film: Film, targets: Sequence[Target]) -> Iterator[None]:
    """One process of FFmpeg for each camera."""
    with ExitStack() as stack:
        for url, token in targets:
            allowed = ["-authorization", token] if token else []
            sent = ["-f", "whip", "-whip_flags", "dtls_active", *allowed, url]
            stack.enter_context(ending(publish(film, *sent), within_s=3))
        yield


@contextmanager
def agent_publishing(film: Film, targets: Sequence[Target]) -> Iterator[None]:
    """Our agent with all cameras."""
    pairs = [part for url, token in targets for part in (url, token or "none")]
    command = [sys.executable, "-m", "benchmarks.ingest.agents", str(film.mp4), *pairs]
    with ending(subprocess.Popen(command), within_s=3):
        yield
