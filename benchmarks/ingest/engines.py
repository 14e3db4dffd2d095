"""Engines that take in publishers, and the two kinds of publishers."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from benchmarks.fanout.engines import (
    PollcamServer,
    ending,
    free_port,
    go2rtc_server,
    mediamtx_server,
    wait_listening,
)
from benchmarks.fanout.film import Film, publish
from benchmarks.ingest.agents import TAKEN
from core.live_token import LiveAction

_MOST_CAMERAS = 256
_APART_S = 0.25
"""Between two FFmpegs: it sends no DTLS record twice, and a stampede of them loses some."""
_HANDSHAKE_S = 8.0
"""By then an FFmpeg whose handshake lost a record has given up (5 s, its `handshake_timeout`)."""
_TRIES = 4
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


@contextmanager
def go2rtc(binary: Path, directory: Path) -> Iterator[Intake]:
    """go2rtc."""
    names = [f"camera{number}" for number in range(_MOST_CAMERAS)]
    with go2rtc_server(binary, directory, names) as server:
        yield Intake(
            name="go2rtc",
            pid=server.pid,
            target=lambda number: (f"{server.webrtc_url}?dst={names[number]}", ""),
        )


def chosen(paths: Mapping[str, str]) -> dict[str, Start]:
    """Ours and stock aiortc always, the others where a path is given."""
    engines: dict[str, Start] = {"pollcam": pollcam, "aiortc": stock_aiortc}
    for name, start in (("mediamtx", mediamtx), ("go2rtc", go2rtc)):
        if path := paths.get(name.upper()):
            engines[name] = partial(start, Path(path).resolve(strict=True))
    return engines


@contextmanager
def ffmpeg_publishing(film: Film, targets: Sequence[Sequence[Target]]) -> Iterator[None]:
    """One process of FFmpeg for each camera; one that does not get through is started anew.

    Args:
        film: What they send.
        targets: By engine.

    Raises:
        ConnectionError: One did not get through in any of its tries, or ended while it was needed.
    """
    with ExitStack() as stack:
        sending: dict[Target, subprocess.Popen[bytes]] = {}
        missing = list(chain.from_iterable(targets))
        tries = 0
        while missing and tries < _TRIES:
            for target in missing:
                sending[target] = stack.enter_context(_ffmpeg(film, target))
                time.sleep(_APART_S)
            time.sleep(_HANDSHAKE_S)
            missing, tries = _ended(sending), tries + 1
        if missing:
            raise ConnectionError(f"no FFmpeg gets through to {missing[0][0]}")
        yield
        if ended := _ended(sending):
            raise ConnectionError(f"FFmpeg's stream to {ended[0][0]} ended")


def _ffmpeg(film: Film, target: Target) -> AbstractContextManager[subprocess.Popen[bytes]]:
    url, token = target
    allowed = ["-authorization", token] if token else []
    sent = ["-f", "whip", "-whip_flags", "dtls_active", *allowed, url]
    return ending(publish(film, *sent), within_s=3)


def _ended(sending: Mapping[Target, subprocess.Popen[bytes]]) -> list[Target]:
    return [target for target, process in sending.items() if process.poll() is not None]


@contextmanager
def agent_publishing(film: Film, targets: Sequence[Sequence[Target]]) -> Iterator[None]:
    """Our agent with all cameras, one for each engine.

    Args:
        film: What they send.
        targets: By engine.

    Raises:
        ConnectionError: Some camera was not taken in.
    """
    with ExitStack() as stack:
        for of_engine in targets:
            stack.enter_context(_agent(film, of_engine))
        yield


@contextmanager
def _agent(film: Film, targets: Sequence[Target]) -> Iterator[None]:
    pairs = [part for url, token in targets for part in (url, token or "none")]
    command = [sys.executable, "-m", "benchmarks.ingest.agents", str(film.mp4), *pairs]
    running = subprocess.Popen(command, stdout=subprocess.PIPE)
    with ending(running, within_s=3), running.stdout or nullcontext() as said:
        if said is None or said.readline().decode().strip() != TAKEN:
            raise ConnectionError(f"the agent cannot publish to {targets[0][0]} and its like")
        yield
