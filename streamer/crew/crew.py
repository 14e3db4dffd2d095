"""Starts the workers, and starts again those that end."""

import asyncio
import os
import socket
import sys
from collections.abc import Mapping
from random import Random

import structlog

from core.backoff import Backoff
from core.clock import Clock
from streamer.crew.departures import DepartureReader
from streamer.crew.ledger import Ledger
from streamer.settings import StreamerSettings

STEADY_S = 10.0
"""A worker that lived so long was well: the next one starts at once."""
_BACKOFF = Backoff(first_s=0.2, cap_s=10.0)
_END_S = 8.0
_LOOPBACK = "127.0.0.1"

_log = structlog.get_logger(__name__)


class Worker:
    """One worker process, and the next one when it ends.

    Its listening socket stays open from one process to the next: who calls meanwhile waits.

    Args:
        number: Which.
        settings: Of the whole crew.
        clock: The time.
        ledger: Told who has left.
    """

    def __init__(
        self, number: int, settings: StreamerSettings, clock: Clock, ledger: Ledger
    ) -> None:
        self.number = number
        self._ledger = ledger
        self.is_alive = False
        self._clock = clock
        self._listener = socket.create_server((_LOOPBACK, 0))
        self._environment = _environment_of(number, settings)

    @property
    def url(self) -> str:
        """Where this process alone reaches it."""
        return f"http://{_LOOPBACK}:{self._listener.getsockname()[1]}"

    async def run(self, random: Random) -> None:
        """Keep it running until cancelled."""
        failures = 0
        try:
            while True:
                began_s = self._clock.monotonic_s()
                code = await self._run_once()
                lasted_s = self._clock.monotonic_s() - began_s
                failures = 1 if lasted_s > STEADY_S else failures + 1
                _log.error("worker.ended", worker=self.number, code=code)
                await asyncio.sleep(_BACKOFF.delay_s(failures, random))
        finally:
            self._listener.close()

    async def _run_once(self) -> int:
        process = await self._start()
        self.is_alive = True
        _log.info("worker.began", worker=self.number, pid=process.pid)
        try:
            return await process.wait()
        finally:
            self.is_alive = False
            await _end(process)

    async def _start(self) -> asyncio.subprocess.Process:
        ours, theirs = socket.socketpair()
        with theirs:
            fds = (self._listener.fileno(), theirs.fileno())
            inherited = ("--listen-fd", str(fds[0]), "--crew-fd", str(fds[1]))
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "cli", "streamer", "serve", *inherited),
                env=os.environ | self._environment,
                pass_fds=fds,
            )
        ours.setblocking(False)  # noqa: FBT003 the socket module's own signature
        reader = DepartureReader(self._ledger.leave, lambda: self._ledger.leave_all_at(self.number))
        await asyncio.get_running_loop().create_connection(lambda: reader, sock=ours)
        return process


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_END_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _environment_of(number: int, settings: StreamerSettings) -> Mapping[str, str]:
    own = {
        "WORKERS": "1",
        "WORKER": str(number),
        "NODE": settings.node,
        "TRUSTED_PROXIES": _LOOPBACK,
        "UDP_PORT": str(settings.udp_port + number if settings.udp_port else 0),
    }
    return {f"POLLCAM_STREAMER_{name}": value for name, value in own.items()}
