"""What the workers use for their viewers, each by itself, and what the viewers miss."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from benchmarks.fanout.measuring import SETTLE_S, Audience
from benchmarks.workers.crew import Crew

_FULL_PCT = 93.0
_WHOLE = 0.95
"""Of the packets that each of the first viewers got."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A crew with so many viewers."""

    viewers: int
    worker_cpu_pct: tuple[float, ...]
    """Of one core, user and system."""
    front_cpu_pct: float
    packets_per_s: float
    """Of one viewer."""
    lost_packets: int
    """Of those that the viewers' filters let through."""
    machine_idle_pct: float
    """Of one core: what all cores together had left beside streamer, publishers and viewers."""

    @property
    def cpu_pct(self) -> float:
        """Of all processes of the streamer."""
        return sum(self.worker_cpu_pct) + self.front_cpu_pct

    @property
    def all_packets_per_s(self) -> float:
        """Of all viewers together."""
        return self.viewers * self.packets_per_s

    def is_sustained(self, first: "Load") -> bool:
        """Whether nobody misses anything."""
        is_whole = self.packets_per_s >= _WHOLE * first.packets_per_s
        return is_whole and not self.lost_packets


async def rise(crew: Crew, steps: Sequence[int], window_s: float) -> list[Load]:
    """Measure with more and more viewers, until packets are missed or a worker's core is full."""
    audiences = [Audience(camera) for camera in crew.cameras]
    for audience in audiences:
        await audience.until_published()
    loads: list[Load] = []
    for viewers in steps:
        for audience in audiences:
            await audience.grow_to(viewers // len(audiences))
        loads.append(await _measure(crew, audiences, window_s))
        is_full = max(loads[-1].worker_cpu_pct) > _FULL_PCT
        if is_full or not loads[-1].is_sustained(loads[0]):
            break
    for audience in audiences:
        await audience.leave()
    return loads


async def _measure(crew: Crew, audiences: Sequence[Audience], window_s: float) -> Load:
    await asyncio.sleep(SETTLE_S)
    for audience in audiences:
        audience.restart()
    loop = asyncio.get_running_loop()
    processes = [*crew.workers, *([crew.front] if crew.front else [])]
    began_s, before, idle_s = loop.time(), [_used_s(p) for p in processes], _idle_s()
    await asyncio.sleep(window_s)
    lasted_s = loop.time() - began_s
    used = [100 * (_used_s(p) - b) / lasted_s for p, b in zip(processes, before, strict=True)]
    viewers = sum(len(audience.clients) for audience in audiences)
    return Load(
        viewers=viewers,
        worker_cpu_pct=tuple(used[: len(crew.workers)]),
        front_cpu_pct=sum(used[len(crew.workers) :], 0.0),
        packets_per_s=sum(audience.packets for audience in audiences) / viewers / lasted_s,
        lost_packets=sum(audience.lost_packets for audience in audiences),
        machine_idle_pct=100 * (_idle_s() - idle_s) / lasted_s,
    )


def _used_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _idle_s() -> float:
    return float(psutil.cpu_times().idle)
