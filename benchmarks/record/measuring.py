"""Reads what processes use, both contestants in the same seconds."""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import psutil

from benchmarks.record.contestants import recorded_bytes, stop

WARM_UP_S = 8
"""Longer than either needs to open its sessions, and long enough that caches are filled."""
_MIB = 2**20
Start = Callable[[Sequence[str], Path], list[Popen[bytes]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one contestant used for so many cameras."""

    contestant: str
    cameras: int
    cpu_user_pct: float
    """Of one core, all processes together."""
    cpu_system_pct: float
    pss_mib: float
    """Memory, shared pages counted once."""
    recorded_mib: float
    """Video on the disk at the end: that both did the work."""

    @property
    def cpu_pct(self) -> float:
        """User and system together."""
        return self.cpu_user_pct + self.cpu_system_pct


class _Watched:
    """One contestant at work."""

    def __init__(self, name: str, start: Start, urls: Sequence[str], root: Path) -> None:
        self.name = name
        self.cameras = len(urls)
        self.directory = root / f"{name}-{len(urls)}"
        self.directory.mkdir()
        self.processes = start(urls, self.directory)
        self.watched = [psutil.Process(process.pid) for process in self.processes]
        self.user_s = self.system_s = 0.0

    def read(self) -> tuple[float, float]:
        """CPU seconds, user and system, since the last reading."""
        times = [process.cpu_times() for process in self.watched]
        user_s, system_s = sum(t.user for t in times), sum(t.system for t in times)
        used = user_s - self.user_s, system_s - self.system_s
        self.user_s, self.system_s = user_s, system_s
        return used

    def cost(self, used: tuple[float, float], window_s: float) -> Cost:
        pss = sum(process.memory_full_info().pss for process in self.watched)
        stop(self.processes)
        recorded = recorded_bytes(self.directory)
        shutil.rmtree(self.directory)
        return Cost(
            contestant=self.name,
            cameras=self.cameras,
            cpu_user_pct=round(100 * used[0] / window_s, 2),
            cpu_system_pct=round(100 * used[1] / window_s, 2),
            pss_mib=round(pss / _MIB, 1),
            recorded_mib=round(recorded / _MIB, 1),
        )


def measure(
    contestants: Mapping[str, Start], urls: Sequence[str], window_s: int, root: Path
) -> list[Cost]:
    """Let all contestants record the same cameras in the same seconds.

    Whatever else the machine does then, and however fast it clocks, is the same for each.
    """
    working = [_Watched(name, start, urls, root) for name, start in contestants.items()]
    time.sleep(WARM_UP_S)
    for contestant in working:
        contestant.read()
    began_s = time.perf_counter()
    time.sleep(window_s)
    lasted_s = time.perf_counter() - began_s
    used = [contestant.read() for contestant in working]
    return [contestant.cost(u, lasted_s) for contestant, u in zip(working, used, strict=True)]
