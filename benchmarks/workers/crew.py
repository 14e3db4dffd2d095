"""The streamer with one worker process or several, each with a camera that is published."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from uuid import UUID

import httpx
import psutil

from benchmarks.fanout.engines import Engine, PollcamServer, ending, wait_listening
from benchmarks.fanout.film import Film, publish
from core.clock import SystemClock
from core.live_token import LiveAction
from streamer.crew.assignment import worker_of_camera

_BEGIN_S = 30.0
_NUMBER = "POLLCAM_STREAMER_WORKER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """A streamer at work."""

    workers: Sequence[psutil.Process]
    """By their numbers."""
    front: psutil.Process | None
    """Their common HTTP face; a single worker has none."""
    cameras: Sequence[Engine]
    """Where each camera is watched."""


@contextmanager
def crew(film: Film, workers: int, cameras: int) -> Iterator[Crew]:
    """So many workers, and the same number of cameras on each."""
    server = PollcamServer()
    command, environment = server.command(workers)
    with ExitStack() as stack:
        process = stack.enter_context(ending(subprocess.Popen(command, env=environment)))
        wait_listening(server.port)
        found = psutil.Process(process.pid)
        members = [found] if workers == 1 else _workers(found, server.port, workers)
        chosen = [_camera_of(server, at % workers, at, workers) for at in range(cameras)]
        for camera_id in chosen:
            token = server.token(camera_id, LiveAction.PUBLISH)
            sent = ["-f", "whip", "-whip_flags", "dtls_active", "-authorization", token]
            stack.enter_context(ending(publish(film, *sent, server.whip_url(camera_id))))
        yield Crew(
            workers=members,
            front=None if workers == 1 else found,
            cameras=[
                _watched(server, camera_id, members[at % workers].pid)
                for at, camera_id in enumerate(chosen)
            ],
        )


def _watched(server: PollcamServer, camera_id: UUID, pid: int) -> Engine:
    token = server.token(camera_id, LiveAction.VIEW)
    return Engine(
        name="pollcam",
        pid=pid,
        whep_url=f"http://127.0.0.1:{server.port}/whep/{camera_id}",
        headers={"authorization": f"Bearer {token}"},
    )


def _camera_of(server: PollcamServer, worker: int, nth: int, workers: int) -> UUID:
    """The camera that is `nth` among those that the worker carries."""
    mine = (
        camera_id
        for camera_id in map(server.camera_id, count())
        if worker_of_camera(camera_id, range(workers)) == worker
    )
    return [next(mine) for _ in range(nth + 1)][-1]


def _workers(front: psutil.Process, port: int, workers: int) -> list[psutil.Process]:
    """All of them, as soon as all of them answer."""
    deadline_s = SystemClock().monotonic_s() + _BEGIN_S
    while SystemClock().monotonic_s() < deadline_s:
        told = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=_BEGIN_S).text
        if all(f'worker="{number}"' in told for number in range(workers)):
            return sorted(front.children(), key=lambda worker: worker.environ()[_NUMBER])
    raise TimeoutError(f"{workers} workers do not begin")
