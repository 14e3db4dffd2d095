"""What the centre's processes use while more and more stations call."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

import psutil

from benchmarks.centre.agent import Agent, Habits
from benchmarks.centre.country import Country, Device
from benchmarks.centre.parts import Centre
from benchmarks.centre.tally import Tally

_JOINING_PER_S = 20.0
"""All at once would be the morning after a power cut, which is not what is measured."""
_SETTLE_S = 10.0
"""Two heartbeats: whoever joined has begun its chains and handed over its inits."""
FULL_PCT = 90.0
LATE_MS = 1000.0
"""An answer that comes later is late; see the promise of live within two seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The centre with so many stations."""

    stations: int
    cpu_pct: float
    """Of one core, user and system, of the API's process."""
    database_cpu_pct: float
    """Of all of PostgreSQL's."""
    load_cpu_pct: float
    """Of this process: near 100, and the times are its own."""
    pss_mib: float
    database_pss_mib: float
    requests_per_s: Mapping[str, float]
    ms: Mapping[str, tuple[float, float]]
    """Median and 95th percentile, by kind."""
    errors: Mapping[str, int]
    machine_load: float

    @property
    def is_too_much(self) -> bool:
        """Whether more stations would say nothing new."""
        return self.cpu_pct > FULL_PCT or self.ms["all"][1] > LATE_MS or bool(self.errors)


class Processes:
    """One process, with its children if need be, as one."""

    def __init__(self, pid: int, *, with_children: bool = False) -> None:
        self._first = psutil.Process(pid)
        self._with_children = with_children

    def used_s(self) -> float:
        """Processor time so far, that of children that ended included."""
        own_s = sum(map(_own_s, self._all()))
        times = self._first.cpu_times()
        return own_s + float(times.children_user + times.children_system) * self._with_children

    def pss_mib(self) -> float:
        """Memory, what is shared counted once."""
        return sum(map(_own_pss_mib, self._all()))

    def _all(self) -> Sequence[psutil.Process]:
        return [self._first, *(self._first.children() if self._with_children else ())]


def _own_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0  # it has just ended; its parent's count has it from now on
    return float(times.user + times.system)


def _own_pss_mib(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss) / 2**20
    except psutil.NoSuchProcess:
        return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time, and what each group of processes used in it."""

    lasted_s: float
    cpu_pct: Sequence[float]


async def over(window_s: float, *groups: Processes) -> Window:
    """Let time pass and see who uses how much of a core, all in the same seconds."""
    loop = asyncio.get_running_loop()
    before = [(loop.time(), group.used_s()) for group in groups]
    await asyncio.sleep(window_s)
    after = [(loop.time(), group.used_s()) for group in groups]
    pairs = list(zip(before, after, strict=True))
    return Window(
        lasted_s=after[0][0] - before[-1][0],
        cpu_pct=[round(100 * (b[1] - a[1]) / (b[0] - a[0]), 2) for a, b in pairs],
    )


class Crowd:
    """Agents at work; grows."""

    def __init__(self, url: str, habits: Habits, tasks: asyncio.TaskGroup) -> None:
        self.tally = Tally()
        self._url, self._habits, self._tasks = url, habits, tasks
        self._running: list[asyncio.Task[None]] = []
        self._random = Random(11)

    async def grow_to(self, devices: Sequence[Device]) -> None:
        """Let those begin that have not, one after the other, and wait until they are at home."""
        for device in devices[len(self._running) :]:
            agent = Agent(device, self._url, self._habits, self.tally, self._random)
            self._running.append(self._tasks.create_task(agent.run()))
            await asyncio.sleep(1 / _JOINING_PER_S)
        await asyncio.sleep(_SETTLE_S)

    def leave(self) -> None:
        """End them all."""
        for task in self._running:
            task.cancel()


@asynccontextmanager
async def crowd(url: str, habits: Habits) -> AsyncIterator[Crowd]:
    """Agents for the time of the block."""
    async with asyncio.TaskGroup() as tasks:
        agents = Crowd(url, habits, tasks)
        try:
            yield agents
        finally:
            agents.leave()


async def rise(centre: Centre, habits: Habits, steps: Sequence[int], window_s: float) -> list[Step]:
    """Measure with more and more stations, until the API's core is full or it answers late."""
    measured: list[Step] = []
    country = Country(centre.database_url, habits.mode, habits.live, habits.jpeg)
    async with crowd(centre.url, habits) as agents:
        for stations in steps:
            await agents.grow_to(await asyncio.to_thread(country.grow_to, stations))
            measured.append(await _measure(centre, agents.tally, stations, window_s))
            if measured[-1].is_too_much:
                break
    return measured


async def _measure(centre: Centre, tally: Tally, stations: int, window_s: float) -> Step:
    api, database = Processes(centre.pid), Processes(centre.database_pid, with_children=True)
    tally.restart()
    window = await over(window_s, api, database, Processes(psutil.Process().pid))
    return Step(
        stations=stations,
        cpu_pct=window.cpu_pct[0],
        database_cpu_pct=window.cpu_pct[1],
        load_cpu_pct=window.cpu_pct[2],
        pss_mib=round(api.pss_mib(), 1),
        database_pss_mib=round(database.pss_mib(), 1),
        requests_per_s=tally.rates(window.lasted_s),
        ms=tally.percentiles(),
        errors=dict(tally.errors),
        machine_load=round(psutil.getloadavg()[0], 1),
    )
