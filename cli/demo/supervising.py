"""Keeps the parts running as systemd would, and ends them in order."""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import Callable, Iterable
from contextlib import suppress
from random import Random

from cli.demo.errors import PartRefusedError
from cli.demo.parts import Launcher, Part
from core.backoff import Backoff
from core.clock import Clock

_RESTART = Backoff(first_s=0.5, cap_s=10.0)
_HEALTHY_AFTER_S = 30.0
_STATIONS_FIRST_S = 1.0
"""Stations are told to end first: so long they may hand over what they closed."""
_ALL_WITHIN_S = 4.5
"""Then whoever is still there is killed, and its next start recovers."""
_MISUSED = 2


class Supervisor:
    """Runs parts until `stop`.

    Args:
        launcher: Starts processes.
        clock: Time.
        say: Tells the user.
    """

    def __init__(self, launcher: Launcher, clock: Clock, say: Callable[[str], None]) -> None:
        self.is_ready = False
        """Until it is, a part that is configured wrongly ends the demo."""
        self._launcher = launcher
        self._clock = clock
        self._say = say
        self._random = Random()  # noqa: S311 spreads retries
        self._running: dict[Part, Process] = {}
        self._is_stopping = False

    async def keep(self, part: Part) -> None:
        """Start the part again whenever it ends.

        Raises:
            PartRefusedError: It never ran and says that it cannot.
        """
        failures = 0
        while not self._is_stopping:
            began_s = self._clock.monotonic_s()
            code = await self._run_once(part)
            if self._is_stopping:
                return
            if code == _MISUSED and not self.is_ready:
                raise PartRefusedError(f"{part.name}: {self._launcher.last_words(part)}")
            is_healthy = self._clock.monotonic_s() - began_s > _HEALTHY_AFTER_S
            failures = 1 if is_healthy else failures + 1
            delay_s = _RESTART.delay_s(failures, self._random)
            again = f"starting it again in {delay_s:.1f} s"
            self._say(f"{part.name} {_end_of(code)}; {again}. {self._log(part)}")
            await asyncio.sleep(delay_s)

    async def stop(self) -> None:
        """End all parts, stations first; nothing is left after 5 s."""
        self._is_stopping = True
        until_s = self._clock.monotonic_s() + _ALL_WITHIN_S
        stations = [process for part, process in self._running.items() if part.is_station]
        _send(signal.SIGTERM, stations)
        await _ended(stations, _STATIONS_FIRST_S)
        everybody = list(self._running.values())
        _send(signal.SIGTERM, everybody)
        await _ended(everybody, until_s - self._clock.monotonic_s())
        late = [part for part, process in self._running.items() if process.returncode is None]
        for part in late:
            self._say(f"{part.name} did not end in time and was killed. {self._log(part)}")
        _send(signal.SIGKILL, everybody)
        await _ended(everybody, 1.0)

    async def _run_once(self, part: Part) -> int:
        process = await self._launcher.start(part)
        self._running[part] = process
        if self._is_stopping:
            _send(signal.SIGTERM, [process])
        return await process.wait()

    def _log(self, part: Part) -> str:
        return f"Its log: {self._launcher.folder.log_of(part.key)}"


def _send(number: signal.Signals, processes: Iterable[Process]) -> None:
    for process in processes:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(number)


async def _ended(processes: Iterable[Process], within_s: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, within_s)), asyncio.TaskGroup() as waits:
            for process in processes:
                waits.create_task(_end(process))


async def _end(process: Process) -> None:
    await process.wait()


def _end_of(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    return f"was ended by {signal.Signals(-code).name}"
