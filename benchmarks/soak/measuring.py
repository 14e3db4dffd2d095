"""What a streamer holds, again and again, and how it grows."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

WARM_SHARE = 0.5
"""Of the visits: what a process takes once for all, it has by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A streamer after so many visits."""

    connects: int
    memory_kib: float
    sockets: int
    """All its open files: sockets are the most of them."""
    tasks: int


class Watched:
    """A streamer process.

    Args:
        pid: Its own.
        metrics_url: Where it tells Prometheus.
    """

    def __init__(self, pid: int, metrics_url: str) -> None:
        self._process = psutil.Process(pid)
        self._metrics_url = metrics_url

    async def sample(self, connects: int, http: httpx.AsyncClient) -> Sample:
        """Look once."""
        return Sample(
            connects=connects,
            memory_kib=round(self._process.memory_full_info().uss / 1024),
            sockets=self._process.num_fds(),
            tasks=await self._tasks(http),
        )

    async def _tasks(self, http: httpx.AsyncClient) -> int:
        text = (await http.get(self._metrics_url)).raise_for_status().text
        families = {family.name: family for family in text_string_to_metric_families(text)}
        return int(families["pollcam_streamer_tasks"].samples[0].value)


def slope_per_1000(samples: Sequence[Sample], name: str) -> float | None:
    """Growth of a figure with 1,000 visits, by least squares over the samples after the warm-up."""
    last = samples[-1].connects
    warm = [s for s in samples if s.connects >= WARM_SHARE * last]
    if len(warm) < 3:
        return None
    xs = [s.connects / 1000 for s in warm]
    ys = [float(getattr(s, name)) for s in warm]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    if spread == 0:
        return None
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread
